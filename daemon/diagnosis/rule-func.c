/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of hearthd.rules(5): their table, and those whose memory is a few numbers. */
#include "rule-internal.h"

#include <math.h>

#define NUM EXPR_ARG_NUMBER
#define YES EXPR_ARG_BOOL
#define DUR EXPR_ARG_DURATION

static const struct expr_accessor cycle_accessors[] = {
	{"len", EXPR_RESULT_TIME},
	{"mean", EXPR_RESULT_FIRST},
	{"max", EXPR_RESULT_FIRST},
	{"min", EXPR_RESULT_FIRST},
	{"sum", EXPR_RESULT_INTEGRAL},
	{"rest", EXPR_RESULT_TIME},
	{"after", EXPR_RESULT_DIFFERENCE},
	{NULL, EXPR_RESULT_BOOL},
};
enum { CYCLE_LEN, CYCLE_MEAN, CYCLE_MAX, CYCLE_MIN, CYCLE_SUM, CYCLE_REST, CYCLE_AFTER };
#define AFTER_S 600.0 /* how long .after watches */

#define STATE(n, lo, hi, r, f, ...) \
	{ \
		.name = n, .min_args = lo, .max_args = hi, .args = {__VA_ARGS__}, .result = r, \
		.flags = EXPR_F_STATE, .id = f \
	}
const struct expr_func rule_funcs[] = {
	STATE("mean", 2, 2, EXPR_RESULT_FIRST, FUNC_MEAN, NUM, DUR),
	STATE("min", 2, 2, EXPR_RESULT_FIRST, FUNC_MIN, NUM, DUR),
	STATE("max", 2, 2, EXPR_RESULT_FIRST, FUNC_MAX, NUM, DUR),
	STATE("span", 2, 2, EXPR_RESULT_DIFFERENCE, FUNC_SPAN, NUM, DUR),
	STATE("slope", 2, 2, EXPR_RESULT_RATE, FUNC_SLOPE, NUM, DUR),
	STATE("sum", 2, 2, EXPR_RESULT_INTEGRAL, FUNC_SUM, NUM, DUR),
	STATE("energy", 2, 2, EXPR_RESULT_ENERGY, FUNC_ENERGY, NUM, DUR),
	STATE("duty", 2, 2, EXPR_RESULT_PLAIN, FUNC_DUTY, YES, DUR),
	STATE("count", 2, 2, EXPR_RESULT_PLAIN, FUNC_COUNT, YES, DUR),
	STATE("run", 1, 1, EXPR_RESULT_TIME, FUNC_RUN, YES),
	STATE("since", 1, 1, EXPR_RESULT_TIME, FUNC_SINCE, YES),
	STATE("stuck", 3, 3, EXPR_RESULT_BOOL, FUNC_STUCK, NUM, DUR, EXPR_ARG_LIKE),
	STATE("steady", 3, 3, EXPR_RESULT_BOOL, FUNC_STEADY, NUM, DUR, EXPR_ARG_LIKE),
	STATE("ewma", 2, 2, EXPR_RESULT_FIRST, FUNC_EWMA, NUM, DUR),
	STATE("delta", 2, 2, EXPR_RESULT_DIFFERENCE, FUNC_DELTA, NUM, DUR),
	STATE("hold", 2, 2, EXPR_RESULT_FIRST, FUNC_HOLD, NUM, DUR),
	{.name = "cycle",
		.min_args = 1,
		.max_args = 2,
		.args = {YES, NUM},
		.result = EXPR_RESULT_ACCESSOR,
		.flags = EXPR_F_STATE,
		.id = FUNC_CYCLE,
		.accessors = cycle_accessors},
	{.name = "base",
		.min_args = 1,
		.max_args = 1,
		.args = {NUM},
		.result = EXPR_RESULT_FIRST,
		.flags = EXPR_F_STATE | EXPR_F_BY,
		.id = FUNC_BASE},
	{.name = "z",
		.min_args = 1,
		.max_args = 1,
		.args = {NUM},
		.result = EXPR_RESULT_PLAIN,
		.flags = EXPR_F_STATE | EXPR_F_BY,
		.id = FUNC_Z},
	STATE("cusum", 3, 3, EXPR_RESULT_PLAIN, FUNC_CUSUM, NUM, EXPR_ARG_CONST, EXPR_ARG_CONST),
	{.name = "fit",
		.min_args = 1,
		.max_args = 1,
		.args = {NUM},
		.result = EXPR_RESULT_DIFFERENCE,
		.flags = EXPR_F_STATE | EXPR_F_FIT,
		.id = FUNC_FIT},
	STATE("age", 1, 1, EXPR_RESULT_TIME, FUNC_AGE, EXPR_ARG_REF),
	STATE("lost", 1, 1, EXPR_RESULT_PLAIN, FUNC_LOST, DUR),
	STATE("coverage", 2, 2, EXPR_RESULT_PLAIN, FUNC_COVERAGE, EXPR_ARG_ANY, DUR),
	{.name = "tcf",
		.min_args = 1,
		.max_args = 1,
		.args = {NUM},
		.result = EXPR_RESULT_PLAIN,
		.id = FUNC_TCF},
	{.name = "local_hour", .result = EXPR_RESULT_PLAIN, .id = FUNC_LOCAL_HOUR},
	{.name = "all",
		.min_args = 1,
		.max_args = 1,
		.args = {EXPR_ARG_ANY},
		.result = EXPR_RESULT_FIRST,
		.flags = EXPR_F_ALL,
		.id = FUNC_ALL},
	{.name = NULL},
};

static const struct expr_value unknown = {NAN, QUALITY_UNAVAILABLE, REASON_NONE};

void *slot_state(const struct rules *r, const struct slot *s)
{
	return r->arena + s->offset;
}

static double arg_const(const struct slot *s, unsigned i)
{
	const struct expr_node *n = &s->e->nodes[s->node];

	return s->e->nodes[s->e->args[n->first + i]].num;
}

static bool is_time(const struct expr_unit *u)
{
	static const int8_t dim[UNIT_DIMS] = {0, 0, 1, 0, 0};

	return memcmp(u->dim, dim, sizeof(dim)) == 0;
}

int rule_slot_shape(const struct rules *r, struct slot *s, char *text, size_t size)
{
	const struct expr_node *n = &s->e->nodes[s->node];

	s->width = (uint16_t)window_width((enum rule_func)s->func);
	switch ((enum rule_func)s->func) {
	case FUNC_MEAN:
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
	case FUNC_SLOPE:
	case FUNC_SUM:
	case FUNC_ENERGY:
	case FUNC_DUTY:
	case FUNC_COUNT:
	case FUNC_STUCK:
	case FUNC_STEADY:
	case FUNC_DELTA:
	case FUNC_COVERAGE: {
		unsigned most = s->width >= 6 ? WINDOW_PARTS / 2 : WINDOW_PARTS;

		s->w = arg_const(s, 1);
		if (s->w > WINDOW_LONGEST) {
			(void)snprintf(text, size, "a window of %g d; at most %g d", s->w / 86400,
				WINDOW_LONGEST / 86400);
			return -EINVAL;
		}
		if (s->func == FUNC_STUCK || s->func == FUNC_STEADY)
			s->param = arg_const(s, 2);
		s->n_parts = (uint16_t)CLAMP(ceil(s->w / r->period_s), 1.0, (double)most);
		s->part_s = s->w / s->n_parts;
		s->size = (uint32_t)(sizeof(struct window) +
				     (s->n_parts + 1u) * s->width * sizeof(double));
		return 0;
	}
	case FUNC_EWMA:
	case FUNC_HOLD:
		s->w = arg_const(s, 1);
		s->size = sizeof(struct runner);
		return 0;
	case FUNC_RUN:
	case FUNC_SINCE:
		s->size = sizeof(struct runner);
		return 0;
	case FUNC_CYCLE:
		s->size = sizeof(struct cycle);
		return 0;
	case FUNC_BASE:
	case FUNC_Z:
		s->param = n->floor;
		if (isnan(n->floor)) {
			const struct expr_node *x = &s->e->nodes[s->e->args[n->first]];
			const struct expr_unit *unit = &s->e->units[x->unit];
			double d = unit->id != UNIT_NONE ? model_unit_deadband(unit->id) : 0;

			/* The model's deadband of times is one for showing them; a length is known to
			 * a poll. */
			if (is_time(unit)) {
				d = 0;
				s->part_s = r->period_s / unit->factor;
			}
			s->param = d > 0 ? d : NAN;
		}
		s->max_bins = n->n_keys == 0 ? 1 : n->n_keys == 1 ? BINS_ONE : BINS_MORE;
		s->size = (uint32_t)(sizeof(struct learner) + s->max_bins * sizeof(struct bin));
		return 0;
	case FUNC_CUSUM:
		s->size = sizeof(struct cusum);
		return 0;
	case FUNC_FIT:
		s->size = sizeof(struct fit);
		return 0;
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		s->size = 0;
		return 0;
	}
	return -EINVAL;
}

struct expr_value rule_ref(void *userdata, uint32_t ref)
{
	const struct rules *r = userdata;

	/* When a session is closed its gate is shut: what is seen now is no part of it. */
	if (r->closing && r->shut)
		return unknown;
	if (ref & REF_LOCAL)
		return r->inst->lets[ref & 0xff].value;
	if (ref & REF_LET)
		return r->lets[ref & 0xffff].value;
	return r->see_raw ? r->raw[ref] : r->values[ref];
}

static struct expr_value run_step(
	struct rules *r, const struct slot *s, struct runner *m, struct expr_value b)
{
	double c = r->clock;
	bool gap = isnan(m->first) || c - m->last > r->hold_s;

	if (b.quality != QUALITY_GOOD)
		return unknown; /* a lost poll breaks nothing, a gap does */
	m->first = m->last = c; /* of the latest good sample */
	if (s->func == FUNC_SINCE) {
		if (b.v != 0) {
			m->seen = true;
			m->mark = c;
		}
		return m->seen ? expr_good(c - m->mark) : unknown;
	}
	/* .good: true at the latest sample, since .mark */
	if (b.v == 0) {
		m->good = false;
		return expr_good(0);
	}
	if (!m->good || gap)
		m->mark = c;
	m->good = true;
	return expr_good(c - m->mark);
}

static struct expr_value ewma_step(
	struct rules *r, const struct slot *s, struct runner *m, struct expr_value x)
{
	double c = r->clock, dt, a;

	/* .mark: good time so far; the latest sample is in .first until the next one */
	if (isnan(m->first)) {
		m->mark = 0;
		m->good = false;
	} else if (m->good) {
		dt = MIN(c - m->last, r->hold_s);
		a = -expm1(-dt / s->w);
		m->value = m->mark > 0 ? m->value + a * (m->first - m->value) : m->first;
		m->mark += dt;
	}
	m->last = c;
	m->good = x.quality == QUALITY_GOOD;
	m->first = m->good ? x.v : 0;
	return m->good && m->mark >= s->w * (1 - 1e-9) ? expr_good(m->value) : unknown;
}

static struct expr_value hold_step(
	struct rules *r, const struct slot *s, struct runner *m, struct expr_value x)
{
	if (x.quality == QUALITY_GOOD) {
		m->seen = true;
		m->mark = r->clock;
		m->value = x.v;
		return x;
	}
	if (m->seen && r->clock - m->mark <= s->w)
		return expr_good(m->value);
	return unknown;
}

static void cycle_end(struct cycle *y, double c, bool has_x)
{
	y->len = c - y->on_at;
	y->has_x = has_x && y->len > 0 && y->good >= 0.9 * y->len;
	y->mean = y->good > 0 ? y->sum / y->good : 0;
	y->least = y->min;
	y->most = y->max;
	y->total = y->sum;
	y->has_rest = y->rest_known;
	y->rest = y->before;
	y->has = true;
	y->count++;
	y->end_value = y->prev;
	y->after = 0;
	y->after_state = y->has_x && y->prev_good ? AFTER_WAITING : AFTER_NONE;
}

/* .after: how far x rises in the time after the end. */
static void cycle_after(struct cycle *y, double c, struct expr_value x)
{
	if (y->after_state != AFTER_WAITING)
		return;
	if (x.quality == QUALITY_GOOD && c - y->off_at <= AFTER_S)
		y->after = MAX(y->after, x.v - y->end_value);
	if (c - y->off_at >= AFTER_S)
		y->after_state = AFTER_KNOWN;
}

static void cycle_account(struct cycle *y, double dt)
{
	if (!y->prev_good)
		return;
	y->good += dt;
	y->sum += y->prev * dt;
}

static void cycle_look(
	struct cycle *y, double c, double hold, struct expr_value b, struct expr_value x)
{
	double dt = c - y->last;
	bool gap = y->known && dt > hold;

	/* A lost poll is no hole yet: the sample before it may still be alive. */
	if (b.quality != QUALITY_GOOD && y->known && !gap)
		return;
	if (b.quality != QUALITY_GOOD || gap) {
		/* What is under way has a hole. */
		y->whole = false;
		y->off_known = false;
		y->rest_known = false;
		if (y->after_state == AFTER_WAITING)
			y->after_state = AFTER_NONE;
		y->known = b.quality == QUALITY_GOOD;
		y->on = y->known && b.v != 0;
		y->last = c;
		y->prev_good = false;
		if (b.quality == QUALITY_GOOD && !y->on && gap) {
			y->off_at = c;
			y->off_known = false;
		}
		return;
	}
	if (y->known && y->on) {
		cycle_account(y, dt);
		if (b.v == 0) {
			if (y->whole)
				cycle_end(y, c, true);
			y->off_at = c;
			y->off_known = true;
		}
	} else if (y->known && !y->on && b.v != 0) {
		y->before = c - y->off_at;
		y->rest_known = y->off_known;
		y->on_at = c;
		y->whole = true;
		y->sum = y->good = 0;
		y->min = INFINITY;
		y->max = -INFINITY;
		if (y->after_state == AFTER_WAITING)
			y->after_state = AFTER_KNOWN;
	}
	y->known = true;
	y->on = b.v != 0;
	y->last = c;
	y->prev_good = x.quality == QUALITY_GOOD;
	y->prev = y->prev_good ? x.v : 0;
	if (y->on && y->prev_good) {
		y->min = MIN(y->min, x.v);
		y->max = MAX(y->max, x.v);
	}
	if (!y->on)
		cycle_after(y, c, x);
}

static struct expr_value cycle_value(const struct cycle *y, unsigned accessor)
{
	if (!y->has)
		return unknown;
	switch (accessor) {
	case CYCLE_LEN:
		return expr_good(y->len);
	case CYCLE_REST:
		return y->has_rest ? expr_good(y->rest) : unknown;
	case CYCLE_AFTER:
		return y->after_state == AFTER_KNOWN ? expr_good(y->after) : unknown;
	case CYCLE_MEAN:
		return y->has_x ? expr_good(y->mean) : unknown;
	case CYCLE_MAX:
		return y->has_x ? expr_good(y->most) : unknown;
	case CYCLE_MIN:
		return y->has_x ? expr_good(y->least) : unknown;
	case CYCLE_SUM:
		return y->has_x ? expr_good(y->total) : unknown;
	}
	return unknown;
}

static struct expr_value cycle_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v)
{
	struct cycle *y = slot_state(r, s);
	struct expr_value b = v[e->args[n->first]];
	/* Without x, b itself is good when it matters. */
	struct expr_value x = n->n_args > 1 ? v[e->args[n->first + 1u]] : expr_good(0);

	cycle_look(y, r->clock, r->hold_s, b, x);
	return cycle_value(y, n->accessor);
}

static struct expr_value age_of(const struct rules *r, uint32_t ref)
{
	double since;

	if (ref & (REF_LET | REF_LOCAL))
		return unknown;
	since = isnan(r->good_at[ref]) ? r->seen_at[ref] : r->good_at[ref];
	return expr_good(r->now_s - since);
}

bool rule_is_lost(const struct rules *r, size_t i, double after_s)
{
	return r->points[i].present && !isnan(r->good_at[i]) &&
	       r->raw[i].quality != QUALITY_ABSENT && r->raw[i].quality != QUALITY_GOOD &&
	       r->raw[i].reason != REASON_LINE_DOWN && r->now_s - r->good_at[i] > after_s &&
	       !(r->good_at[i] - r->steady_at[i] < RULE_STEADY_S); /* NAN: since the start */
}

static struct expr_value lost_of(const struct rules *r, double after_s)
{
	unsigned n = 0, present = 0;

	for (size_t i = 0; i < r->n_points; i++) {
		present += r->points[i].present;
		n += rule_is_lost(r, i, after_s);
	}
	return present > 0 ? expr_good(n) : unknown;
}

static struct expr_value slot_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v)
{
	struct expr_value a = n->n_args > 0 ? v[e->args[n->first]] : expr_good(0);
	bool good = a.quality == QUALITY_GOOD;

	switch ((enum rule_func)s->func) {
	case FUNC_MEAN:
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
	case FUNC_SLOPE:
	case FUNC_SUM:
	case FUNC_ENERGY:
	case FUNC_DUTY:
	case FUNC_COUNT:
	case FUNC_STUCK:
	case FUNC_STEADY:
	case FUNC_DELTA:
	case FUNC_COVERAGE:
		window_push(s, slot_state(r, s), r->clock, r->hold_s, good, good ? a.v : 0);
		return window_value(s, slot_state(r, s), r->clock);
	case FUNC_RUN:
	case FUNC_SINCE:
		return run_step(r, s, slot_state(r, s), a);
	case FUNC_EWMA:
		return ewma_step(r, s, slot_state(r, s), a);
	case FUNC_HOLD:
		return hold_step(r, s, slot_state(r, s), a);
	case FUNC_CYCLE:
		return cycle_step(r, s, e, n, v);
	case FUNC_BASE:
	case FUNC_Z:
		return learner_step(r, s, e, n, v);
	case FUNC_CUSUM:
		return cusum_step(r, s, a);
	case FUNC_FIT:
		return fit_step(r, s, e, n, v);
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		break;
	}
	return unknown;
}

static bool learns(const struct slot *s)
{
	return s->func == FUNC_BASE || s->func == FUNC_Z || s->func == FUNC_CUSUM ||
	       s->func == FUNC_FIT;
}

struct expr_value rule_call(
	void *userdata, const struct expr *e, unsigned node, const struct expr_value *v)
{
	struct rules *r = userdata;
	const struct expr_node *n = &e->nodes[node];
	double clock = r->clock;
	bool closing = r->closing, shut = r->shut;
	struct expr_value a;
	struct slot *s;

	switch (n->func->id) {
	case FUNC_AGE:
		return age_of(r, e->nodes[e->args[n->first]].ref);
	case FUNC_LOST:
		return lost_of(r, v[e->args[n->first]].v);
	case FUNC_TCF:
		a = v[e->args[n->first]];
		if (a.quality != QUALITY_GOOD)
			return unknown;
		return expr_good(exp(2640 * (1 / 298.15 - 1 / (273.15 + a.v))));
	case FUNC_LOCAL_HOUR:
		return isnan(r->local_hour) ? unknown : expr_good(r->local_hour);
	}
	s = &r->slots[r->tree->slots[node]];
	/* The same function of the same values, mentioned twice, is one memory. */
	if (s->step == r->step) {
		if (n->func->id == FUNC_CYCLE)
			return cycle_value(slot_state(r, s), n->accessor);
		return s->value;
	}
	if (!s->gated) {
		r->clock = r->now_s;
		r->closing = r->new_hour;
		r->shut = false;
	} else if (shut && !(closing && learns(s))) {
		/* The gate is shut, or this is about the session that ended. */
		if (n->func->id == FUNC_CYCLE)
			return cycle_value(slot_state(r, s), n->accessor);
		return s->value;
	}
	s->value = slot_step(r, s, e, n, v);
	if (s->value.quality == QUALITY_GOOD && !isfinite(s->value.v))
		s->value = unknown;
	s->step = r->step;
	r->clock = clock;
	r->closing = closing;
	r->shut = shut;
	return s->value;
}
