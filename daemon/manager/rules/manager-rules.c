/* SPDX-License-Identifier: Apache-2.0 */
/* Rules at work: bound to each appliance, fed, ticked. What they say goes out by manager-rules-tell.c, what they
 * remember is kept by manager-rules-keep.c. */
#include "manager-rules.h"

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

struct rules_scale rules_scale_of(const struct attribute *attr)
{
	const struct point *p = attr->point;
	struct rules_scale s = {.name = crc32c(0, attr->name, strlen(attr->name))};
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
		points[k].signature = rules_scale_of(attr).scale | 1;
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

	if (!attr->seen)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	/* It will never answer: the appliance has not got it. */
	if (r->reason == REASON_UNSUPPORTED)
		return expr_unknown(QUALITY_ABSENT, REASON_UNSUPPORTED);
	/* Not even for rules that judge sensors: the register is another one. */
	if (r->reason == REASON_MAP)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_MAP);
	if ((r->type == VALUE_NONE || r->type == VALUE_STRING) && r->quality == QUALITY_GOOD)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_DECODE);
	return expr_of_reading(r);
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

/* ---- life */

static void tick(struct unit_rules *x, uint64_t now)
{
	uint64_t period = x->period_us;

	rules_ask_state(x);
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
		rules_save_state(x, now);
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
		(void)manager_rules_free(x);
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
			rules_ask_state(m->units[i].rules);
	}
	if (r >= 0)
		rule_set_strip(m->rule_set);
	return r;
}

bool manager_rules_has_key(const struct unit *u, const char *key)
{
	const char *name = startswith(key, MANAGER_RULES_PREFIX);

	for (unsigned i = 0; name && u->rules && i < rules_count(u->rules->engine); i++)
		if (streq(rules_name(u->rules->engine, i), name))
			return true;
	return false;
}
