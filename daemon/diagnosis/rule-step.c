/* SPDX-License-Identifier: Apache-2.0 */
/* A step of all rules: time and values are taken, gates and sessions move, and what happened while a gate was open
 * is judged by rule-life.c. */
#include "rule-internal.h"

#include <math.h>

/* Behind a shut gate only what stands in all(...) goes on. */
static void watch_all(const struct turn *t)
{
	struct rules *r = t->r;
	struct instance *in = t->in;
	const struct tree *trees[] = {&in->fault, &in->clear, &in->repair};

	r->shut = true;
	r->clock = in->l.open_s;
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		if (trees[i]->all)
			(void)tree_eval(r, trees[i], in, NULL);
	for (size_t i = 0; in->signs && i < in->rec->n_causes; i++)
		if (in->signs[i].tree.all)
			(void)tree_eval(r, &in->signs[i].tree, in, NULL);
	for (size_t i = 0; in->nots && i < in->rec->n_causes; i++)
		if (in->nots[i].tree.all)
			(void)tree_eval(r, &in->nots[i].tree, in, NULL);
	r->shut = false;
}

/* The session is over: what was seen in it becomes one sample. */
static void close_session(const struct turn *t)
{
	struct rules *r = t->r;
	struct life *l = &t->in->l;

	watch_all(t);
	r->closing = r->shut = true;
	rule_judge(t, 0);
	r->closing = r->shut = false;
	l->session = false;
	l->split_s = 0;
	if (t->in->rec->confirm_unit == CONFIRM_SESSIONS)
		rule_end_unit(t);
}

static void pass_gate(const struct turn *t, enum truth gate)
{
	struct rules *r = t->r;
	struct life *l = &t->in->l;
	const struct rule_record *rec = t->in->rec;
	bool was_open = l->gate_open;
	/* What held at the last look held until now, but not across a gap. */
	double dt = r->started ? r->dt_s : 0, open = 0;

	bool alive = r->now_s - l->yes_at <= r->hold_s; /* a lost poll is no break */

	if (was_open)
		open = dt <= r->hold_s ? dt : dt <= rec->session_end_s ? dt : r->hold_s;
	l->open_s += open;
	if (gate == YES) {
		l->true_s = l->true_s < 0 || !alive ? 0 : l->true_s + (r->now_s - l->yes_at);
		l->yes_at = r->now_s;
		/* A long gap ends the session too. */
		if (l->session && dt > r->hold_s && dt + l->false_s >= rec->session_end_s)
			close_session(t);
		l->false_s = 0;
	} else {
		if (gate == NO || !alive)
			l->true_s = -1;
		l->false_s += dt;
	}
	if (gate != UNKNOWN || !alive)
		l->gate_open = gate == YES && l->true_s >= rec->settled_s * (1 - 1e-9);
	if (l->gate_open && !l->session) {
		l->session = true;
		l->split_s = 0;
	}
	if (gate != YES && l->session && l->false_s >= rec->session_end_s)
		close_session(t);
	if (gate == NO && was_open && rec->confirm_unit == CONFIRM_CYCLES &&
		t->in->cycle_slot == NO_SLOT)
		rule_end_unit(t);
	if (gate != YES || !l->gate_open)
		watch_all(t);
	if (gate == YES && l->gate_open) {
		l->split_s += open;
		/* What lies beyond the last sample's life is unknown, not true. */
		if (open > r->hold_s && l->state != RULE_CONFIRMED)
			rule_look_for_fault(t, UNKNOWN, open - r->hold_s);
		r->closing = l->split_s >= LEARN_SPLIT_S;
		if (r->closing)
			l->split_s = 0;
		rule_judge(t, MIN(open, r->hold_s));
		r->closing = false;
	} else if (gate == UNKNOWN && l->state != RULE_CONFIRMED) {
		rule_look_for_fault(t, UNKNOWN, dt);
	}
}

/* A needed point is absent: for now, or it was never there. */
static bool lacks(const struct rules *r, const struct instance *in)
{
	for (size_t i = 0; i < in->n_needs; i++)
		if (r->raw[in->needs[i]].quality == QUALITY_ABSENT ||
			!r->points[in->needs[i]].present)
			return true;
	return false;
}

static void watch_coverage(struct rules *r, struct instance *in)
{
	double good = 1, a = MIN(r->dt_s / 3600, 1.0);

	/* The point of Each= is what is judged, not what it is judged by. */
	for (size_t i = 0; i < in->n_needs && in->rec->n_needs > 0; i++)
		if ((in->rec->raw ? r->raw : r->values)[in->needs[i]].quality != QUALITY_GOOD)
			good = 0;
	if (r->dt_s > r->hold_s)
		in->l.coverage *= 1 - MIN((r->dt_s - r->hold_s) / 3600, 1.0);
	if (isnan(in->l.coverage))
		in->l.coverage = good;
	else
		in->l.coverage += a * (good - in->l.coverage);
}

static void watch_run(const struct turn *t)
{
	struct instance *in = t->in;
	struct expr_value v;

	t->r->inst = in;
	v = rule_ref(t->r, in->run_ref);
	if (v.quality == QUALITY_GOOD && v.v == 0 && in->l.run_prev) {
		if (in->rec->confirm_unit == CONFIRM_CYCLES)
			rule_end_unit(t);
		in->l.run_prev = false;
	} else if (v.quality == QUALITY_GOOD) {
		in->l.run_prev = v.v != 0;
	}
}

static void instance_step(
	struct rules *r, struct instance *in, rules_changed_fn changed, void *userdata)
{
	const struct turn t = {r, in, changed, userdata};
	struct life *l = &in->l;
	enum truth gate = YES;

	r->evidence_of = UINT32_MAX; /* until it is judged */
	watch_coverage(r, in);
	if (lacks(r, in)) {
		if (l->state != RULE_CONFIRMED)
			rule_go(&t, RULE_NOT_READY, RULE_NOT_READY);
		/* Nobody looks: nothing goes on from here as if it had been seen. */
		l->gate_open = l->fault_before = l->clear_before = l->repair_held = false;
		l->clear_done = false;
		l->clear_s = 0;
		l->true_s = -1;
		l->held = l->state == RULE_CONFIRMED;
		r->n_trouble_next += in->rec->kind != RULE_CONTEXT && l->held;
		return;
	}
	r->see_raw = in->rec->raw;
	r->clock = r->now_s;
	r->closing = r->shut = false;
	for (size_t i = 0; i < in->n_lets; i++)
		in->lets[i].value = tree_eval(r, &in->lets[i].tree, in, NULL);
	if (in->rec->confirm_unit == CONFIRM_DAYS && r->new_day)
		rule_end_unit(&t);
	if (in->run_cycles)
		watch_run(&t);
	if (in->gate.e) {
		gate = rule_truth(tree_eval(r, &in->gate, in, NULL));
		pass_gate(&t, gate);
	} else {
		double dt = r->started ? MIN(r->dt_s, r->hold_s) : 0;

		l->open_s = r->now_s;
		r->closing = r->new_hour;
		if (r->started && r->dt_s > r->hold_s && l->state != RULE_CONFIRMED)
			rule_look_for_fault(&t, UNKNOWN, r->dt_s - r->hold_s);
		rule_judge(&t, dt);
		r->closing = false;
	}
	r->see_raw = false;
	/* For Unless= of others. */
	l->held = l->state == RULE_CONFIRMED || (l->tripped && l->state == RULE_PENDING);
	/* A point that does not answer, or a filter that is due, says nothing about the others' health. */
	if (in->rec->kind == RULE_FAULT && (l->state == RULE_CONFIRMED || l->state == RULE_PENDING))
		r->n_trouble_next++;
}

/* Points of a sensor rule that is pending or confirmed are not to be trusted. */
static void mark_suspects(struct rules *r)
{
	memset(r->suspect, 0, r->n_points);
	for (size_t i = 0; i < r->n_insts; i++) {
		const struct instance *in = &r->insts[i];

		if (in->rec->kind != RULE_SENSOR ||
			(in->l.state != RULE_CONFIRMED && in->l.state != RULE_PENDING))
			continue;
		for (size_t k = 0; k < in->n_needs; k++)
			r->suspect[in->needs[k]] = true;
	}
}

/* What comes and goes by its nature, as a programme's temperature, is not lost when it goes. */
static void look_for_hole(struct rules *r, size_t i, const struct expr_value *v)
{
	double since = isnan(r->good_at[i]) ? r->seen_at[i] : r->good_at[i];
	bool good = v->quality == QUALITY_GOOD || v->quality == QUALITY_SUSPECT;

	if (good && r->holed[i])
		r->steady_at[i] = r->now_s;
	if (good)
		r->holed[i] = false;
	else if (v->reason != REASON_LINE_DOWN && r->now_s - since > RULE_HOLE_POLLS * r->period_s)
		r->holed[i] = true;
}

static void take_values(struct rules *r, const struct expr_value *values)
{
	for (size_t i = 0; i < r->n_points; i++) {
		struct expr_value v = values[i];

		if (v.quality == QUALITY_GOOD && !isfinite(v.v))
			v = expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
		if (isnan(r->seen_at[i]))
			r->seen_at[i] = r->now_s;
		look_for_hole(r, i, &v);
		if (v.quality == QUALITY_GOOD || v.quality == QUALITY_SUSPECT)
			r->good_at[i] = r->now_s;
		r->raw[i] = r->values[i] = v;
		/* rules of Raw=yes take a suspect number as it is */
		if (v.quality == QUALITY_SUSPECT && !isnan(v.v))
			r->raw[i].quality = QUALITY_GOOD;
		if (r->suspect[i] && v.quality == QUALITY_GOOD)
			r->values[i].quality = QUALITY_SUSPECT;
	}
}

static void take_time(struct rules *r, const struct rules_clock *clock)
{
	double now;
	int64_t day, hour;

	if (!r->started && r->t0_us == 0)
		r->t0_us = clock->t_us;
	if (clock->t_us < r->t0_us)
		r->t0_us = clock->t_us;
	now = r->base_s + (double)(clock->t_us - r->t0_us) / 1e6;
	r->dt_s = r->started ? MAX(now - r->now_s, 0.0) : 0;
	r->now_s = MAX(now, r->started ? r->now_s : now);
	r->local_hour = clock->local_hour;
	day = isnan(clock->local_hour) ? (int64_t)floor(r->now_s / 86400) : clock->local_day;
	hour = (int64_t)floor(r->now_s / 3600);
	r->new_day = r->started && day != r->day;
	r->new_hour = r->started && hour != r->hour;
	r->day = day;
	r->hour = hour;
}

void rules_step(struct rules *r, const struct rules_clock *clock, const struct expr_value *values,
	rules_changed_fn changed, void *userdata)
{
	take_time(r, clock);
	if (++r->step == 0)
		r->step = 1;
	mark_suspects(r);
	take_values(r, values);
	r->inst = NULL;
	r->clock = r->now_s;
	r->closing = r->shut = r->see_raw = false;
	for (size_t i = 0; i < r->n_lets; i++)
		r->lets[i].value = tree_eval(r, &r->lets[i].tree, NULL, NULL);
	r->n_trouble_next = 0;
	for (size_t i = 0; i < r->n_insts; i++)
		instance_step(r, &r->insts[i], changed, userdata);
	r->n_trouble = r->n_trouble_next;
	r->started = true;
}

void rules_new_recording(struct rules *r, uint64_t gap_us)
{
	if (!r->started)
		return;
	/* now_s goes on by the gap at the first step of the new clock */
	r->base_s = r->now_s + (double)gap_us / 1e6;
	r->t0_us = UINT64_MAX;
}
