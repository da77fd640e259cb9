/* SPDX-License-Identifier: Apache-2.0 */
/* Rules at work: bound to each appliance, fed, ticked, remembered. What they say goes out by
 * manager-rules-tell.c. */
#include "manager-rules.h"

#include "deflate.h"
#include "log.h"

#include <math.h>
#include <time.h>

/* A look at all values is not repeated sooner, however fast some of them are polled. */
#define PERIOD_LEAST_US (5 * USEC_PER_SEC)
#define PERIOD_MOST_US  (5 * USEC_PER_MIN)
#define SILENT_PERIODS  3
/* A source must have answered for so long before a value it lacks counts as lost. */
#define ANSWERED_US   (5 * USEC_PER_MIN)
#define SAVE_US       USEC_PER_HOUR
#define SAVE_LEAST_US USEC_PER_MIN /* between two, however much is found */
/* How long it was off, where no clock can tell. */
#define UNKNOWN_GAP_US USEC_PER_HOUR
/* The engine's memory, life of 256 instances and points, a header. */
#define STATE_MAX (256 * 1024)

/* ---- the appliance's attributes as points of rules */

static const char *enum_map_at(const void *list, size_t i, int64_t *ret)
{
	const struct enum_map *m = list;

	*ret = m[i].value;
	return m[i].name;
}

static int find_point(const struct rule_point *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(v[i].name, name))
			return (int)i;
	return -1;
}

struct scale { /* how a value comes from its register: hashes */
	uint32_t name, scale;
};

static struct scale scale_of(const struct attribute *attr)
{
	const struct point *p = attr->point;
	struct scale s = {.name = crc32c(0, attr->name, strlen(attr->name))};
	char text[64];

	/* What changes the number of one and the same state; not the address, which may move. */
	(void)snprintf(text, sizeof(text), "%.9g %.9g %u", p ? p->scale : 0.0, p ? p->offset : 0.0,
		(unsigned)attr->unit);
	s.scale = crc32c(0, text, strlen(text));
	if (p && p->value)
		s.scale = crc32c(s.scale, p->value->text, strlen(p->value->text));
	return s;
}

/* A maker's point read less often than this is one of its settings or totals. */
#define MEASURED_US (15 * 60 * USEC_PER_SEC)

static bool vendor_point(const struct attribute *attr, struct rule_point *ret)
{
	if (attr->model || !attr->point)
		return false;
	*ret = (struct rule_point){.name = attr->name,
		.unit = expr_unit_of(attr->unit),
		.setting = attr->period_us >= MEASURED_US || endswith(attr->name, "setpoint"),
		.type = attr->point->bits                ? EXPR_BITS
			: attr->point->n_enums > 0       ? EXPR_ENUM
			: attr->point->type == POINT_BIT ? EXPR_BOOL
							 : EXPR_NUMBER};
	return attr->point->type != POINT_STRING && attr->point->type != POINT_STRING_2 &&
	       !attr->point->format && !attr->point->fault_code;
}

/* POINTS has room for RULES_POINTS_MAX. */
static size_t make_points(const struct appliance *a, struct rule_point *points, int16_t *attr_of)
{
	size_t n = rule_points_of_kind(a->conf->kind, points, RULES_POINTS_MAX, NULL);

	for (size_t i = 0; i < n; i++) {
		points[i].present = false;
		attr_of[i] = -1;
	}
	for (size_t i = 0; i < a->n_attrs; i++) {
		const struct attribute *attr = &a->attrs[i];
		int k = find_point(points, n, attr->name);

		if (k < 0 && n < RULES_POINTS_MAX && vendor_point(attr, &points[n]))
			k = (int)n++;
		if (k < 0)
			continue;
		points[k].present = true;
		points[k].signature = scale_of(attr).scale | 1;
		attr_of[k] = (int16_t)i;
		if (attr->point && attr->point->n_enums > 0 && points[k].names.n == 0)
			points[k].names = (struct expr_names){
				enum_map_at, attr->point->enums, attr->point->n_enums, NULL};
	}
	return n;
}

static uint64_t period_of(const struct unit_rules *x)
{
	const struct appliance *a = x->unit->appliance;
	uint64_t least = USEC_INFINITY;

	for (size_t i = 0; i < x->n_points; i++)
		if (x->attr_of_point[i] >= 0)
			least = MIN(least, a->attrs[x->attr_of_point[i]].period_us);
	return CLAMP(least, PERIOD_LEAST_US, PERIOD_MOST_US);
}

static struct expr_value value_of(const struct attribute *attr)
{
	const struct reading *r = &attr->value;
	struct expr_value v = {.v = NAN, .quality = r->quality, .reason = r->reason};

	if (!attr->seen)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	/* It will never answer: the appliance has not got it. */
	if (r->reason == REASON_UNSUPPORTED)
		return expr_unknown(QUALITY_ABSENT, REASON_UNSUPPORTED);
	/* Not even for rules that judge sensors: the register is another one. */
	if (r->reason == REASON_MAP)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_MAP);
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		v.v = r->num;
		break;
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		v.v = (double)r->code;
		break;
	case VALUE_NONE:
	case VALUE_STRING:
		if (r->quality == QUALITY_GOOD)
			return expr_unknown(QUALITY_UNAVAILABLE, REASON_DECODE);
		break;
	}
	return v;
}

static struct rules_clock clock_of(const struct manager *m, uint64_t t_us)
{
	struct rules_clock c = {.t_us = t_us, .local_hour = NAN};
	int64_t wall;
	struct tm tm;
	time_t s;

	if (!clock_is_set(m->config->clock))
		return c;
	wall = clock_realtime_us() - (int64_t)(clock_boottime_us() - t_us);
	s = (time_t)(wall / (int64_t)USEC_PER_SEC);
	if (!localtime_r(&s, &tm))
		return c;
	c.local_hour = tm.tm_hour + tm.tm_min / 60.0 + tm.tm_sec / 3600.0;
	c.local_day = (s + tm.tm_gmtoff) / 86400;
	return c;
}

/* What is missing because a source is silent as a whole, or was until a moment ago, is the bus's to tell. */
static bool source_explains(const struct source *s, uint64_t now)
{
	return s->state != SOURCE_ANSWERING || now < s->since_us + ANSWERED_US;
}

static void step(struct unit_rules *x, uint64_t t_us)
{
	struct appliance *a = x->unit->appliance;
	struct rules_clock clock = clock_of(x->manager, t_us);
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < x->n_points; i++) {
		const struct attribute *attr =
			x->attr_of_point[i] < 0 ? NULL : &a->attrs[x->attr_of_point[i]];

		x->values[i] = attr ? value_of(attr) : expr_unknown(QUALITY_ABSENT, REASON_NONE);
		if (attr && x->values[i].quality != QUALITY_GOOD &&
			x->values[i].quality != QUALITY_ABSENT &&
			source_explains(&a->sources[attr->source], now))
			x->values[i].reason = REASON_LINE_DOWN;
	}
	x->last_us = t_us;
	manager_since_step(x);
	if (x->past)
		manager_past_step(x);
	rules_step(x->engine, &clock, x->values, rules_on_change, x);
}

void manager_rules_readings(struct unit *u, const struct reading *r, size_t n)
{
	struct unit_rules *x = u->rules;

	for (size_t i = 0; x && i < n; i++)
		x->latest_us = MAX(x->latest_us, r[i].t_us);
}

void manager_rules_look(struct unit *u)
{
	struct unit_rules *x = u->rules;

	if (x && x->synced && x->latest_us > x->last_us)
		step(x, x->latest_us);
}

/* ---- memory */

struct head {
	uint32_t format, n_scales;
	uint64_t boot_id, t_us;
	int64_t wall_us;        /* of t_us; 0 = not known */
	uint64_t quiet_left_us; /* until a new message may go out */
	struct since since;
};
#define STATE_FORMAT      2
#define STATE_FORMAT_PAST 3 /* likewise, and then a struct past_list */

static int make_state(const struct unit_rules *x, void **ret, size_t *ret_n)
{
	const struct appliance *a = x->unit->appliance;
	uint64_t now = clock_boottime_us(), t = x->last_us ? x->last_us : now;
	struct head h = {.format = STATE_FORMAT,
		.n_scales = (uint32_t)a->n_attrs,
		.boot_id = x->manager->boot_id,
		.t_us = t,
		.wall_us = clock_is_set(x->manager->config->clock)
				   ? clock_realtime_us() - (int64_t)(now - t)
				   : 0,
		.quiet_left_us = x->quiet_until_us > now ? x->quiet_until_us - now : 0,
		.since = x->since};
	_cleanup_free_ uint8_t *engine = NULL, *all = NULL;
	size_t n, used = sizeof(h);
	int r = rules_save(x->engine, &engine, &n);

	if (r < 0)
		return r;
	all = malloc(sizeof(h) + sizeof(struct past_list) + a->n_attrs * sizeof(struct scale) + n);
	if (!all)
		return -ENOMEM;
	if (x->past) {
		h.format = STATE_FORMAT_PAST;
		memcpy(all + used, x->past, sizeof(*x->past));
		used += sizeof(*x->past);
	}
	memcpy(all, &h, sizeof(h));
	for (size_t i = 0; i < a->n_attrs; i++) {
		struct scale s = scale_of(&a->attrs[i]);

		memcpy(all + used, &s, sizeof(s));
		used += sizeof(s);
	}
	memcpy(all + used, engine, n);
	return deflate_bytes(all, used + n, NULL, ret, ret_n);
}

static const char *id_of(const struct unit_rules *x)
{
	return x->unit->appliance->conf->id;
}

static int put(struct unit_rules *x, const char *prefix, const void *packed, size_t n)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "%s%s", prefix, id_of(x));
	return journal_put_meta(x->manager->journal, key, packed, n, NULL, NULL);
}

static int put_old(struct unit_rules *x, const void *packed, size_t n)
{
	return put(x, MANAGER_RULES_OLD_KEY, packed, n);
}

static int put_state(struct unit_rules *x, const char *prefix)
{
	_cleanup_free_ void *packed = NULL;
	size_t n;
	int r = make_state(x, &packed, &n);

	return r < 0 ? r : put(x, prefix, packed, n);
}

static void save(struct unit_rules *x, uint64_t now)
{
	int r;

	if (!x->loaded)
		return;
	x->save_due = false;
	x->saved_us = now;
	/* Nothing was looked at since: it is stored already. */
	if (x->last_us == 0 || x->last_us == x->saved_step_us)
		return;
	r = put_state(x, MANAGER_RULES_KEY);
	if (r < 0)
		log_warning("%s: what its rules have learned is not stored: %s", id_of(x),
			strerror(-r));
	else
		x->saved_step_us = x->last_us;
}

void manager_rules_save_all(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++)
		if (m->units[i].rules)
			save(m->units[i].rules, clock_boottime_us());
}

int manager_rules_forget(struct unit *u, const char *why)
{
	struct unit_rules *x = u->rules;
	_cleanup_free_ char *was = NULL;
	size_t n;
	int r;

	if (!x || !x->loaded)
		return -ENODATA;
	r = put_state(x, MANAGER_RULES_OLD_KEY);
	if (r >= 0)
		r = manager_learned_json(u, why, &was, &n);
	if (r >= 0)
		r = put(x, MANAGER_RULES_WAS_KEY, was, n);
	if (r < 0)
		return r;
	rules_forget(x->engine);
	log_notice("%s: its learned baselines begin anew: %s", id_of(x), why);
	x->save_due = true;
	x->saved_step_us = 0;
	return 0;
}

static uint64_t gap_since(const struct unit_rules *x, const struct head *h)
{
	uint64_t now = clock_boottime_us();

	if (h->boot_id == x->manager->boot_id)
		return now > h->t_us ? now - h->t_us : 0;
	if (h->wall_us > 0 && clock_is_set(x->manager->config->clock))
		return (uint64_t)CLAMP(clock_realtime_us() - h->wall_us, INT64_C(0),
			INT64_C(10) * 365 * (int64_t)USEC_PER_DAY);
	return UNKNOWN_GAP_US;
}

/* Names of attributes whose numbers mean something else than when P was stored. */
static size_t changed_scales(
	const struct unit_rules *x, const uint8_t *p, uint32_t n, char *names, size_t size)
{
	const struct appliance *a = x->unit->appliance;
	size_t changed = 0, used = 0;

	*names = '\0';
	for (uint32_t k = 0; k < n; k++) {
		struct scale was;

		memcpy(&was, p + k * sizeof(was), sizeof(was));
		for (size_t i = 0; i < a->n_attrs; i++) {
			struct scale is = scale_of(&a->attrs[i]);

			if (is.name != was.name || is.scale == was.scale)
				continue;
			changed++;
			(void)str_appendf(
				names, size, &used, "%s%s", used ? " " : "", a->attrs[i].name);
		}
	}
	return changed;
}

static bool since_good(const struct since *s)
{
	for (size_t i = 0; i < SINCE_COUNTERS_MAX; i++) {
		const double *v = &s->counters[i].failures_before;

		for (unsigned k = 0; k < 6; k++)
			if (!isfinite(v[k]) || fabs(v[k]) > 1e15)
				return false;
	}
	return s->attached_wall_us >= 0;
}

/* Bytes of the struct past_list behind the head; -EBADMSG. */
static int take_past(struct unit_rules *x, const uint8_t *p, size_t n)
{
	struct past_list past;

	if (n < sizeof(past))
		return -EBADMSG;
	memcpy(&past, p, sizeof(past));
	if (!manager_past_good(&past))
		return -EBADMSG;
	if (x->past)
		*x->past = past;
	return sizeof(past);
}

static int take_state(struct unit_rules *x, const void *packed, size_t packed_n)
{
	_cleanup_free_ void *all = NULL;
	char names[256];
	const uint8_t *p;
	struct head h;
	size_t n, scales, skip;
	int r = inflate_bytes(packed, packed_n, NULL, 0, STATE_MAX, &all, &n);

	if (r < 0)
		return r;
	p = all;
	if (n < sizeof(h))
		return -EBADMSG;
	memcpy(&h, p, sizeof(h));
	if (h.format != STATE_FORMAT && h.format != STATE_FORMAT_PAST)
		return -EPROTONOSUPPORT;
	r = h.format == STATE_FORMAT_PAST ? take_past(x, p + sizeof(h), n - sizeof(h)) : 0;
	if (r < 0)
		return r;
	scales = sizeof(h) + (size_t)r;
	skip = scales + (size_t)h.n_scales * sizeof(struct scale);
	if (h.n_scales > UINT16_MAX || skip > n)
		return -EBADMSG;
	/* The engine drops what rests on them by itself; here it is said, and what was is kept. */
	if (changed_scales(x, p + scales, h.n_scales, names, sizeof(names)) > 0) {
		log_notice("%s: the profile now scales %s another way: baselines begin anew",
			id_of(x), names);
		(void)put_old(x, packed, packed_n);
	}
	r = rules_load(x->engine, p + skip, n - skip, gap_since(x, &h));
	if (r < 0)
		return r;
	x->loaded = true;
	if (r > 0)
		log_info("%s: %d parts of what its rules remembered belong to other rules now",
			id_of(x), r);
	if (since_good(&h.since))
		x->since = h.since;
	if (h.quiet_left_us > 0 && h.quiet_left_us <= MANAGER_RULES_QUIET_US) {
		uint64_t gap = gap_since(x, &h);

		if (gap < h.quiet_left_us)
			x->quiet_until_us = clock_boottime_us() + h.quiet_left_us - gap;
	}
	return 0;
}

static void release(struct unit_rules *x)
{
	if (x->unit || x->pending > 0)
		return;
	rules_free(x->engine);
	free(x->notes);
	free(x->past);
	free(x->attr_of_point);
	free(x->values);
	free(x);
}

struct unit_rules *manager_rules_free(struct unit_rules *x)
{
	if (!x)
		return NULL;
	x->unit = NULL;
	x->engine = rules_free(x->engine); /* before the set it is made of */
	release(x);
	return NULL;
}

static void on_loaded(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct unit_rules *x = userdata;
	int r;

	x->pending--;
	if (!x->unit) {
		release(x);
		return;
	}
	x->load_asked = false;
	if (x->loaded || (error < 0 && error != -ENOENT))
		return; /* taken over from before a reload; or asked again in a second */
	if (error == 0) {
		r = take_state(x, blob, n);
		if (r < 0)
			log_warning("%s: what its rules have learned cannot be read (%s): they "
				    "begin anew",
				id_of(x), strerror(-r));
	}
	x->loaded = true;
}

static void ask_state(struct unit_rules *x)
{
	char key[64];

	if (x->loaded || x->load_asked || !x->manager->journal)
		return;
	(void)snprintf(key, sizeof(key), MANAGER_RULES_KEY "%s", id_of(x));
	if (journal_get_meta(x->manager->journal, key, on_loaded, x) < 0)
		return;
	x->load_asked = true;
	x->pending++;
}

/* ---- life */

static void tick(struct unit_rules *x, uint64_t now)
{
	uint64_t period = x->period_us;

	ask_state(x);
	if (!x->loaded || !x->manager->findings_loaded)
		return;
	if (!x->synced)
		rules_sync(x);
	/* Half a second early is on time: readings come when the line is free. */
	if (x->latest_us > x->last_us && x->latest_us + USEC_PER_SEC / 2 >= x->last_us + period)
		step(x, x->latest_us);
	else if (x->last_us > 0 && now >= x->last_us + SILENT_PERIODS * period)
		step(x, now);
	rules_tell_tick(x, now);
	if (x->saved_us == 0)
		x->saved_us = now;
	if (now - x->saved_us >= (x->save_due ? SAVE_LEAST_US : SAVE_US))
		save(x, now);
}

void manager_rules_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < m->n_units; i++) {
		if (m->units[i].rules)
			tick(m->units[i].rules, now);
		if (m->findings_loaded)
			manager_own_update(&m->units[i], now);
	}
}

static int rules_of_unit(struct manager *m, struct unit *u)
{
	_cleanup_free_ struct rule_point *points = calloc(RULES_POINTS_MAX, sizeof(*points));
	struct rules_config c = {.kind = u->appliance->conf->kind, .points = points};
	struct unit_rules *x = calloc(1, sizeof(*x));
	int r = -ENOMEM;

	if (!x || !points)
		goto fail;
	x->manager = m;
	x->unit = u;
	x->attr_of_point = calloc(RULES_POINTS_MAX, sizeof(*x->attr_of_point));
	if (!x->attr_of_point)
		goto fail;
	x->n_points = c.n_points = make_points(u->appliance, points, x->attr_of_point);
	x->period_us = period_of(x);
	c.period_s = (double)x->period_us / USEC_PER_SEC;
	x->values = calloc(MAX(x->n_points, (size_t)1), sizeof(*x->values));
	if (!x->values)
		goto fail;
	r = rules_new(m->rule_set, &c, &m->problems, &x->engine);
	if (r < 0)
		goto fail;
	r = -ENOMEM;
	x->notes = calloc(MAX(rules_count(x->engine), 1u), sizeof(*x->notes));
	if (!x->notes || manager_past_new(x) < 0)
		goto fail;
	u->rules = x;
	return 0;
fail:
	if (x) {
		x->unit = NULL;
		release(x);
	}
	return r;
}

size_t manager_kinds(const struct manager *m, const struct model_kind **ret)
{
	size_t n = 0, k;

	for (size_t i = 0; i < m->n_units; i++) {
		const struct model_kind *kind = m->units[i].appliance->conf->kind;

		for (k = 0; k < n && ret[k] != kind; k++)
			;
		if (k == n && n < MANAGER_KINDS_MAX)
			ret[n++] = kind;
	}
	return n;
}

int manager_rules_start(struct manager *m)
{
	const struct model_kind *kinds[MANAGER_KINDS_MAX];
	char etc[512], vendor[512];
	const char *const dirs[] = {etc, vendor, NULL};
	int r;

	(void)snprintf(etc, sizeof(etc), "%s/rules", m->options.etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/rules", m->options.vendor);
	r = rule_set_load(dirs, &m->problems, &m->rule_set);
	if (r >= 0) {
		size_t n = manager_kinds(m, kinds);

		rule_set_keep(m->rule_set, kinds, n);
	}
	for (size_t i = 0; r >= 0 && i < m->n_units; i++) {
		r = rules_of_unit(m, &m->units[i]);
		if (r >= 0)
			ask_state(m->units[i].rules);
	}
	if (r >= 0)
		rule_set_strip(m->rule_set);
	return r;
}

void manager_rules_take(struct unit *to, struct unit *from)
{
	struct unit_rules *old = from->rules, *x = to->rules;
	_cleanup_free_ void *packed = NULL;
	size_t n;

	if (!old || !x || !old->loaded || make_state(old, &packed, &n) < 0)
		return;
	x->quiet_until_us = old->quiet_until_us;
	if (take_state(x, packed, n) < 0)
		return;
	x->latest_us = old->latest_us;
	x->saved_us = old->saved_us;
	x->save_due = x->save_due || old->save_due;
}

bool manager_rules_has_key(const struct unit *u, const char *key)
{
	const char *name = startswith(key, MANAGER_RULES_PREFIX);

	for (unsigned i = 0; name && u->rules && i < rules_count(u->rules->engine); i++)
		if (streq(rules_name(u->rules->engine, i), name))
			return true;
	return false;
}
