/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of an appliance remember, kept in the journal: read once, stored each hour, at a stop and when a
 * finding changed, taken over at a reload. */
#include "manager-rules.h"

#include "daemon/report/deflate.h"
#include "daemon/base/log.h"

#include <math.h>

/* How long it was off, where no clock can tell. */
#define UNKNOWN_GAP_US USEC_PER_HOUR
/* The engine's memory, life of 256 instances and points, a header. */
#define STATE_MAX (256 * 1024)

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
	all = malloc(
		sizeof(h) + sizeof(struct past_list) + a->n_attrs * sizeof(struct rules_scale) + n);
	if (!all)
		return -ENOMEM;
	if (x->past) {
		h.format = STATE_FORMAT_PAST;
		memcpy(all + used, x->past, sizeof(*x->past));
		used += sizeof(*x->past);
	}
	memcpy(all, &h, sizeof(h));
	for (size_t i = 0; i < a->n_attrs; i++) {
		struct rules_scale s = rules_scale_of(&a->attrs[i]);

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

void rules_save_state(struct unit_rules *x, uint64_t now)
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
			rules_save_state(m->units[i].rules, clock_boottime_us());
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
		struct rules_scale was;

		memcpy(&was, p + k * sizeof(was), sizeof(was));
		for (size_t i = 0; i < a->n_attrs; i++) {
			struct rules_scale is = rules_scale_of(&a->attrs[i]);

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
	skip = scales + (size_t)h.n_scales * sizeof(struct rules_scale);
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

void rules_ask_state(struct unit_rules *x)
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
