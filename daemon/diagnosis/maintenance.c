/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of each item of care, and how much of its life is used. */
#include "maintenance-internal.h"

#include <math.h>

/* A level once reached is left only this far below it: readings of a share flicker. */
#define HYSTERESIS 0.02
/* A share of life that the appliance itself counts jumps from below to above when it was reset there. */
#define OWN_LOW  0.50
#define OWN_HIGH 0.95
/* Days of a life before a pace is told. */
#define PACE_DAYS 7.0
#define DAY_S     86400.0

const char *maintenance_state_name(enum maintenance_state s)
{
	switch (s) {
	case MAINTENANCE_NOT_KNOWN:
		return "not-known";
	case MAINTENANCE_OK:
		return "ok";
	case MAINTENANCE_SOON:
		return "soon";
	case MAINTENANCE_DUE:
		return "due";
	}
	return "";
}

/* --- what is counted --- */

struct presence {
	const bool *present;
	bool any;
};

static void check_present(void *userdata, uint32_t ref)
{
	struct presence *p = userdata;

	p->any = p->any || !p->present || p->present[ref];
}

/* A default() may mention points that are absent: one that is there is enough. A constant is no way of
 * counting. */
static int parse(const struct model_kind *kind, const bool *present, const char *text,
	const struct expr_want *want, struct expr **ret)
{
	struct presence p = {.present = present};
	struct expr_error err;
	struct expr *e = NULL;
	int r;

	if (!text)
		return 0;
	r = knowledge_parse(kind, text, want, &e, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0) /* a point that this kind has not */
		return 0;
	expr_each_ref(e, check_present, &p);
	if (p.any)
		*ret = e;
	else
		expr_free(e);
	return 0;
}

static struct expr_unit unit_named(const char *name)
{
	unit_id id = UNIT_NONE;

	(void)unit_by_name(name, &id);
	return expr_unit_of(id);
}

static int parse_every(const struct model_kind *kind, struct counter *c)
{
	struct expr_want want = {.type = EXPR_NUMBER, .has_unit = true, .unit = c->unit};
	_cleanup_(expr_freep) struct expr *e = NULL;
	struct expr_error err;
	int r = knowledge_parse(kind, c->item->every, &want, &e, &err);

	if (r == 0)
		c->every = expr_eval(e, &(const struct expr_env){0}).v;
	return r;
}

static int counter_init(struct counter *c, const struct maintenance_item *item,
	const struct model_kind *kind, const bool *present)
{
	const struct expr_unit percent = unit_named("%"), flow = unit_named("m³/h");
	const struct expr_want share = {.type = EXPR_NUMBER, .has_unit = true, .unit = percent};
	const struct expr_want any = {.any = true};
	double scale = 1;
	int r;

	*c = (struct counter){.item = item,
		.every = NAN,
		.used = 0,
		.last_total = NAN,
		.pending_total = NAN,
		.own_left = NAN,
		.share_use = NAN,
		.share_time = NAN,
		.share_own = NAN,
		.per_hour = 1};
	r = parse(kind, present, item->rate, &any, &c->rate);
	if (r == 0)
		r = parse(kind, present, item->total, &any, &c->total);
	if (r == 0)
		r = parse(kind, present, item->left, &share, &c->left);
	if (r < 0)
		return r;
	if (c->total)
		c->unit = *expr_unit(c->total);
	else if (c->rate && expr_root(c->rate)->type == EXPR_NUMBER &&
		 !expr_unit_is_plain(expr_unit(c->rate)) &&
		 expr_unit_convertible(expr_unit(c->rate), &flow, &scale)) {
		c->unit = unit_named("m³");
		c->per_hour = scale;
	} else if (c->rate)
		c->unit = unit_named("h");
	return c->rate || c->total ? parse_every(kind, c) : 0;
}

static void counter_done(struct counter *c)
{
	expr_free(c->rate);
	expr_free(c->total);
	expr_free(c->left);
}

int maintenance_new(const struct knowledge *k, const struct model_kind *kind, const bool *present,
	double period_s, struct maintenance **ret)
{
	_cleanup_(maintenance_freep) struct maintenance *m = NULL;
	size_t most = 0;

	for (size_t i = 0; i < knowledge_n_items(k); i++)
		most += knowledge_kinds_have(&knowledge_item_at(k, i)->kinds, kind);
	most = MIN(most, (size_t)MAINTENANCE_ITEMS_MAX);
	m = calloc(1, sizeof(*m) + most * sizeof(m->v[0]));
	if (!m)
		return -ENOMEM;
	m->kind = kind;
	m->max_gap_s = 3 * period_s;
	for (size_t i = 0; i < knowledge_n_items(k) && m->n < most; i++) {
		const struct maintenance_item *item = knowledge_item_at(k, i);
		struct counter *c = &m->v[m->n];
		int r;

		if (!knowledge_kinds_have(&item->kinds, kind))
			continue;
		r = counter_init(c, item, kind, present);
		if (r < 0) {
			counter_done(c);
			return r;
		}
		if (c->rate || c->total || c->left || item->calendar_us)
			m->n++;
		else
			counter_done(c);
	}
	*ret = TAKE_PTR(m);
	return 0;
}

struct maintenance *maintenance_free(struct maintenance *m)
{
	if (!m)
		return NULL;
	for (unsigned i = 0; i < m->n; i++)
		counter_done(&m->v[i]);
	free(m);
	return NULL;
}

/* --- a step --- */

static struct expr_value value_of(void *userdata, uint32_t ref)
{
	return ((const struct expr_value *)userdata)[ref];
}

static double eval(const struct expr *e, const struct expr_value *values)
{
	union {
		const struct expr_value *in;
		void *out;
	} u = {.in = values};
	const struct expr_env env = {.userdata = u.out, .value = value_of};
	struct expr_value v = expr_eval(e, &env);

	return v.quality == QUALITY_GOOD && isfinite(v.v) ? v.v : NAN;
}

/* A counter of the appliance. One that falls, or leaps by more than a whole life, is believed when the
 * next value stands by it: a misread value must not age a filter by years. */
static void count_total(struct counter *c, double v)
{
	double d = v - c->last_total;

	if (isnan(v))
		return;
	if (isnan(c->last_total)) {
		c->last_total = v;
	} else if (d >= 0 && d <= c->every) {
		c->used += d;
		c->last_total = v;
		c->pending_total = NAN;
	} else if (!isnan(c->pending_total) && v >= c->pending_total &&
		   v - c->pending_total <= c->every) {
		c->used += d < 0 ? v - c->pending_total : d;
		c->last_total = v;
		c->pending_total = NAN;
	} else {
		c->pending_total = v;
	}
}

static void count_rate(struct counter *c, double v, double dt_s, double seen_s)
{
	if (isnan(v)) {
		c->missing_s += dt_s;
		return;
	}
	c->missing_s += dt_s - seen_s;
	if (v > 0)
		c->used += v * c->per_hour * seen_s / 3600;
}

static void new_life(struct counter *c, enum who who, const char *by, int64_t wall_s, double share)
{
	memmove(&c->records[1], &c->records[0], sizeof(c->records) - sizeof(c->records[0]));
	c->records[0] = (struct maintenance_record){.at_s = wall_s, .who = who, .share = share};
	(void)str_copy(c->records[0].by, sizeof(c->records[0].by), by ? by : "");
	c->n_records = MIN(c->n_records + 1, (size_t)MAINTENANCE_RECORDS);
	c->used = c->missing_s = 0;
	c->since_s = wall_s;
	c->age_s = 0;
}

static void shares(struct counter *c, const struct expr_value *values, int64_t wall_s)
{
	double left = c->left ? eval(c->left, values) : NAN;

	if (!isnan(left)) {
		if (c->own_left <= 100 * OWN_LOW && left >= 100 * OWN_HIGH)
			new_life(c, WHO_HOUSEHOLD, "appliance", wall_s, 1 - c->own_left / 100);
		c->own_left = left;
	}
	c->share_own =
		isnan(c->own_left) ? NAN : (100 - c->own_left) / (100 - MIN(c->item->left_due, 99));
	c->share_use = isnan(c->every) ? NAN : c->used / c->every;
	if (c->total && isnan(c->last_total))
		c->share_use = NAN;
	if (wall_s > 0 && c->since_s == 0)
		c->since_s = wall_s;
	c->share_time = NAN;
	if (wall_s > 0) {
		c->age_s = (double)MAX(wall_s - c->since_s, 0);
		if (c->item->calendar_us)
			c->share_time = c->age_s * 1e6 / (double)c->item->calendar_us;
	}
}

/* The worst way counts; what the appliance says of itself goes before what is counted here. */
static double worst(const struct counter *c, enum maintenance_reason *reason)
{
	double share = isnan(c->share_own) ? c->share_use : c->share_own;

	*reason = isnan(c->share_own) ? MAINTENANCE_BY_USE : MAINTENANCE_BY_OWN;
	if (isnan(share) || c->share_time > share) {
		share = c->share_time;
		*reason = MAINTENANCE_BY_TIME;
	}
	if (isnan(share))
		*reason = MAINTENANCE_BY_NONE;
	return share;
}

static enum maintenance_state judge(const struct counter *c)
{
	enum maintenance_reason reason;
	double share = worst(c, &reason), soon = 1 - c->item->remind;

	if (isnan(share))
		return MAINTENANCE_NOT_KNOWN;
	if (share >= 1 || (c->state == MAINTENANCE_DUE && share >= 1 - HYSTERESIS))
		return MAINTENANCE_DUE;
	if (share >= soon || (c->state >= MAINTENANCE_SOON && share >= soon - HYSTERESIS))
		return MAINTENANCE_SOON;
	return MAINTENANCE_OK;
}

void maintenance_step(struct maintenance *m, uint64_t t_us, int64_t wall_s,
	const struct expr_value *values, maintenance_changed_fn changed, void *userdata)
{
	double dt = m->stepped && t_us > m->last_us ? (double)(t_us - m->last_us) / 1e6 : 0;
	double seen = MIN(dt, m->max_gap_s);

	for (unsigned i = 0; i < m->n; i++) {
		struct counter *c = &m->v[i];
		enum maintenance_state from = c->state;

		if (c->rate)
			count_rate(c, eval(c->rate, values), dt, seen);
		if (c->total)
			count_total(c, eval(c->total, values));
		shares(c, values, wall_s);
		c->state = judge(c);
		if (c->state != from && changed)
			changed(m, i, from, c->state, userdata);
	}
	m->last_us = t_us;
	m->stepped = true;
}

/* --- asking and resetting --- */

unsigned maintenance_count(const struct maintenance *m)
{
	return m->n;
}

int maintenance_find(const struct maintenance *m, const char *id)
{
	for (unsigned i = 0; i < m->n; i++)
		if (streq(m->v[i].item->id, id))
			return (int)i;
	return -ENOENT;
}

void maintenance_status(const struct maintenance *m, unsigned i, struct maintenance_status *ret)
{
	const struct counter *c = &m->v[i];
	bool counts = !isnan(c->every);

	*ret = (struct maintenance_status){
		.item = c->item,
		.state = c->state,
		.used = counts ? c->used : NAN,
		.every = c->every,
		.unit = c->unit,
		.missing_h = c->missing_s / 3600,
		.days_left = NAN,
		.since_s = c->since_s,
	};
	ret->share = worst(c, &ret->reason);
	if (ret->share > 0 && c->age_s >= PACE_DAYS * DAY_S)
		ret->days_left = MAX((1 - ret->share) / ret->share * c->age_s / DAY_S, 0.0);
	if (c->item->calendar_us && !isnan(c->share_time)) {
		double rest = (double)c->item->calendar_us / 1e6 / DAY_S - c->age_s / DAY_S;

		if (isnan(ret->days_left) || rest < ret->days_left)
			ret->days_left = MAX(rest, 0.0);
	}
}

size_t maintenance_records(
	const struct maintenance *m, unsigned i, struct maintenance_record ret[MAINTENANCE_RECORDS])
{
	const struct counter *c = &m->v[i];

	memcpy(ret, c->records, sizeof(c->records));
	return c->n_records;
}

int maintenance_reset(
	struct maintenance *m, unsigned i, enum who who, const char *by, int64_t wall_s)
{
	enum maintenance_reason reason;
	struct counter *c;

	if (i >= m->n)
		return -ENOENT;
	if (who >= _WHO_MAX || (by && !utf8_valid(by, strlen(by))))
		return -EINVAL;
	c = &m->v[i];
	new_life(c, who, by, wall_s, worst(c, &reason));
	/* read again at the next step: where it still says due, it wants a reset of its own */
	c->own_left = c->share_own = NAN;
	c->share_use = isnan(c->every) ? NAN : 0;
	c->share_time = c->item->calendar_us && wall_s > 0 ? 0 : NAN;
	c->state = judge(c);
	return 0;
}
