/* SPDX-License-Identifier: Apache-2.0 */
/* One appliance on virtual time for tests of the rule engine: rules from a text, points of a few names,
 * events written down. */
#ifndef HEARTHD_TEST_RULE_BENCH_H
#define HEARTHD_TEST_RULE_BENCH_H

#include <math.h>

#include "daemon/diagnosis/rule.h"

#define BENCH_EVENTS 8192
#define MISSING      expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY)
#define ABSENT       expr_unknown(QUALITY_ABSENT, REASON_NONE)

struct bench_event {
	char name[64];
	enum rule_state state;
	double t;
	enum rule_sureness sureness;
	double share; /* of the first cause */
	char cause[64], not_judged[96];
};

struct bench {
	struct rule_set *set;
	struct rules *rules;
	struct rule_point points[RULES_POINTS_MAX];
	struct expr_value values[RULES_POINTS_MAX];
	size_t n_points;
	double t, period;
	double local_hour;
	int64_t local_day;
	struct bench_event events[BENCH_EVENTS];
	size_t n_events;
};

static inline void bench_point(
	struct bench *b, const char *name, enum expr_type type, const char *u)
{
	unit_id id = UNIT_NONE;

	if (*u)
		assert_int_equal(unit_by_name(u, &id), 0);
	b->points[b->n_points] = (struct rule_point){
		.name = name, .type = type, .unit = expr_unit_of(id), .present = true};
	b->values[b->n_points++] = MISSING;
}

static inline unsigned bench_index(const struct bench *b, const char *name)
{
	for (unsigned i = 0; i < b->n_points; i++)
		if (streq(b->points[i].name, name))
			return i;
	fail_msg("no point %s", name);
	return 0;
}

static inline void bench_set(struct bench *b, const char *name, double v)
{
	b->values[bench_index(b, name)] = isnan(v) ? MISSING : expr_good(v);
}

static inline void bench_print(const struct problems *p)
{
	char line[512];

	for (size_t i = 0; i < p->n; i++) {
		problem_format(line, sizeof(line), &p->v[i]);
		print_message("%s\n", line);
	}
}

static inline void bench_bind(struct bench *b, const char *kind)
{
	const struct rules_config c = {.kind = model_kind_by_name(kind),
		.points = b->points,
		.n_points = b->n_points,
		.period_s = b->period};
	struct problems p = {0};

	assert_int_equal(rules_new(b->set, &c, &p, &b->rules), 0);
	bench_print(&p);
	assert_int_equal(p.n_errors, 0);
	problems_done(&p);
}

/* Points a b x y (numbers), p q (truth), temp (°C), power (W), pressure (kPa). */
static inline void bench_points(struct bench *b)
{
	bench_point(b, "a", EXPR_NUMBER, "");
	bench_point(b, "b", EXPR_NUMBER, "");
	bench_point(b, "x", EXPR_NUMBER, "");
	bench_point(b, "y", EXPR_NUMBER, "");
	bench_point(b, "p", EXPR_BOOL, "");
	bench_point(b, "q", EXPR_BOOL, "");
	bench_point(b, "temp", EXPR_NUMBER, "°C");
	bench_point(b, "power", EXPR_NUMBER, "W");
	bench_point(b, "pressure", EXPR_NUMBER, "kPa");
}

static inline void bench_open(struct bench *b, const char *text, double period)
{
	struct problems p = {0};

	*b = (struct bench){.period = period, .local_hour = NAN};
	bench_points(b);
	assert_int_equal(rule_set_load_buffer(text, strlen(text), "test", &p, &b->set), 0);
	bench_print(&p);
	assert_int_equal(p.n_errors, 0);
	problems_done(&p);
	bench_bind(b, "boiler");
}

static inline void bench_close(struct bench *b)
{
	rules_free(b->rules);
	rule_set_free(b->set);
	*b = (struct bench){0};
}

static inline void bench_changed(
	struct rules *r, unsigned i, enum rule_state from, enum rule_state to, void *userdata)
{
	struct bench *b = userdata;
	struct bench_event *e = &b->events[b->n_events];
	struct rule_cause causes[RULE_CAUSES_MAX];
	struct rule_evidence ev;

	assert_true(from != to);
	assert_true(b->n_events < BENCH_EVENTS);
	b->n_events++;
	*e = (struct bench_event){.state = to, .t = b->t, .sureness = rules_sureness(r, i)};
	(void)str_copy(e->name, sizeof(e->name), rules_name(r, i));
	if (rules_causes(r, i, causes) > 0) {
		e->share = causes[0].share;
		(void)str_copy(e->cause, sizeof(e->cause), causes[0].id);
	}
	rules_evidence(r, i, &ev);
	(void)str_copy(e->not_judged, sizeof(e->not_judged), ev.not_judged);
}

static inline void bench_step(struct bench *b)
{
	const struct rules_clock c = {.t_us = (uint64_t)(b->t * 1e6 + 0.5),
		.local_hour = b->local_hour,
		.local_day = b->local_day};

	rules_step(b->rules, &c, b->values, bench_changed, b);
	b->t += b->period;
}

/* The same values for a while: S seconds. */
static inline void bench_run(struct bench *b, double s)
{
	for (double end = b->t + s; b->t < end - 1e-6;)
		bench_step(b);
}

static inline enum rule_state bench_state(const struct bench *b, const char *name)
{
	for (unsigned i = 0; i < rules_count(b->rules); i++)
		if (streq(rules_name(b->rules, i), name))
			return rules_state(b->rules, i);
	fail_msg("no rule %s", name);
	return RULE_PASS;
}

/* The last event of NAME into STATE; NULL. */
static inline const struct bench_event *bench_event(
	const struct bench *b, const char *name, enum rule_state state)
{
	for (size_t i = b->n_events; i > 0; i--)
		if (streq(b->events[i - 1].name, name) && b->events[i - 1].state == state)
			return &b->events[i - 1];
	return NULL;
}

#endif
