/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a rule: what its Fault, Clear and Repair make of it; timers, confirmation, latch. */
#include "rule-internal.h"

const char *rule_state_name(enum rule_state s)
{
	static const char *const names[] = {
		[RULE_NOT_READY] = "not-ready",
		[RULE_PASS] = "pass",
		[RULE_PENDING] = "pending",
		[RULE_CONFIRMED] = "confirmed",
		[RULE_CLEARED] = "cleared",
		[RULE_NOT_EVALUABLE] = "not-evaluable",
	};

	return names[s];
}

struct expr_value tree_eval(
	struct rules *r, const struct tree *t, struct instance *in, struct expr_value *nodes)
{
	const struct expr_env env = {.userdata = r, .value = rule_ref, .call = rule_call};
	const struct tree *outer = r->tree;
	struct expr_value v;

	r->tree = t;
	r->inst = in;
	v = nodes ? expr_eval_nodes(t->e, &env, nodes) : expr_eval(t->e, &env);
	r->tree = outer;
	return v;
}

enum truth rule_truth(struct expr_value v)
{
	return v.quality != QUALITY_GOOD ? UNKNOWN : v.v != 0 ? YES : NO;
}

void rule_go(const struct turn *t, enum rule_state to, enum rule_state shown)
{
	struct life *l = &t->in->l;
	enum rule_state from = (enum rule_state)l->state;

	if (from == to)
		return;
	l->state = (uint8_t)to;
	if (to == RULE_CONFIRMED) {
		l->times++;
		l->confirmed_s = t->r->now_s;
	}
	if (t->in->rec->kind == RULE_CONTEXT || !t->changed)
		return;
	t->changed(t->r, (unsigned)(t->in - t->r->insts), from, shown, t->userdata);
}

static unsigned trips(const struct instance *in)
{
	const struct rule_record *rec = in->rec;
	uint32_t mask = rec->confirm_within > 1 ? (1u << (rec->confirm_within - 1)) - 1 : 0;

	return (unsigned)__builtin_popcount(in->l.history & mask) + in->l.tripped;
}

/* A session, cycle or day is over. */
void rule_end_unit(const struct turn *t)
{
	struct life *l = &t->in->l;

	if (l->state == RULE_CONFIRMED) {
		if (l->judged)
			l->clear_units = l->tripped ? 0 : l->clear_units + 1;
		l->judged = l->tripped = false;
		return;
	}
	if (l->judged) {
		l->history = l->history << 1 | l->tripped;
		if (l->history_n < 32)
			l->history_n++;
	}
	l->judged = l->tripped = false;
	if (l->state == RULE_PENDING && trips(t->in) == 0 && l->fault_s <= 0 && !l->fault_before)
		rule_go(t, RULE_PASS, RULE_PASS);
}

static bool suppressed(struct rules *r, struct instance *in)
{
	in->unless_unknown = false;
	for (size_t i = 0; i < in->n_unless; i++) {
		const struct instance *o = &r->insts[in->unless[i]];

		if (o->l.held)
			return true;
		if (o->l.state == RULE_NOT_READY || o->l.state == RULE_NOT_EVALUABLE)
			in->unless_unknown = true;
	}
	return false;
}

/* The comparison turned round, with its margin. */
static enum truth auto_clear(const struct rules *r, const struct instance *in, enum truth fault)
{
	const struct expr_node *n = expr_root(in->fault.e);
	struct expr_value v;
	double c;

	if (in->auto_not)
		return fault == UNKNOWN ? UNKNOWN : fault == YES ? NO : YES;
	v = r->scratch[in->fault.e->args[n->first]];
	c = in->fault.e->nodes[in->fault.e->args[n->first + 1u]].num;
	if (v.quality != QUALITY_GOOD)
		return UNKNOWN;
	if (n->op == EXPR_OP_GT || n->op == EXPR_OP_GE)
		return v.v <= c - in->auto_margin ? YES : NO;
	return v.v >= c + in->auto_margin ? YES : NO;
}

static void confirm(const struct turn *t)
{
	struct life *l = &t->in->l;

	l->clear_s = l->clear_unknown_s = l->repair_s = 0;
	l->repairs = l->clear_units = 0;
	/* The session, cycle or day that confirmed it is none that speaks for its end. */
	l->judged = l->tripped = true;
	l->released = l->clear_before = l->clear_done = l->repair_held = false;
	rule_go(t, RULE_CONFIRMED, RULE_CONFIRMED);
}

struct cycles_sum {
	const struct rules *r;
	uint16_t counted; /* slot */
	uint32_t sum, own;
	bool others;
};

static void add_cycles(void *userdata, const struct tree *t, unsigned node)
{
	struct cycles_sum *c = userdata;
	uint16_t k = t->slots[node];
	uint32_t n;

	if (k == NO_SLOT || c->r->slots[k].func != FUNC_CYCLE)
		return;
	n = ((const struct cycle *)slot_state(c->r, &c->r->slots[k]))->count;
	if (k == c->counted) {
		c->own = n;
	} else {
		c->others = true;
		c->sum += n;
	}
}

/* A number that changes with each cycle that Fault speaks of: of those that are not counted by Confirm=,
 * where there are any. */
static uint32_t cycles_behind(const struct rules *r, const struct instance *in)
{
	struct cycles_sum c = {.r = r, .counted = in->cycle_slot};

	rule_each_call(r, in, &in->fault, in->fault.e->n_nodes - 1u, add_cycles, &c);
	return c.others ? c.sum : c.own;
}

/* What was summed up to the alarm is over with it. */
static void forget_sums(struct rules *r, const struct instance *in)
{
	for (unsigned i = 0; i < in->fault.e->n_nodes; i++) {
		uint16_t k = in->fault.slots[i];

		if (k != NO_SLOT && r->slots[k].func == FUNC_CUSUM)
			((struct cusum *)slot_state(r, &r->slots[k]))->s = 0;
	}
}

/* Another finding is why: what is summed meanwhile would outlive its repair. A context is over soon, and
 * takes nothing with it. */
static bool is_explained(const struct rules *r, const struct instance *in)
{
	for (size_t i = 0; i < in->n_unless; i++) {
		const struct instance *o = &r->insts[in->unless[i]];

		if (o->rec->kind != RULE_CONTEXT && o->l.state == RULE_CONFIRMED)
			return true;
	}
	return false;
}

/* Fault of this step, while nothing is confirmed. DT: open time since the last one. */
void rule_look_for_fault(const struct turn *t, enum truth fault, double dt)
{
	struct rules *r = t->r;
	struct instance *in = t->in;
	struct life *l = &in->l;
	const struct rule_record *rec = in->rec;
	double patience = MAX(rec->for_s / 4, HOLD_PERIODS * r->period_s);

	if (suppressed(r, in) && fault == YES)
		fault = NO;
	if (is_explained(r, in))
		forget_sums(r, in);
	if (fault == UNKNOWN) {
		l->unknown_s += dt;
		l->fault_before = false;
		if (l->ever_known && l->unknown_s > patience) {
			l->fault_s = 0;
			if (trips(in) == 0)
				rule_go(t, RULE_NOT_EVALUABLE, RULE_NOT_EVALUABLE);
		}
		return;
	}
	l->ever_known = true;
	l->unknown_s = 0;
	l->judged = true;
	if (fault == NO) {
		l->fault_s = 0;
		l->fault_before = false;
		rule_go(t, trips(in) > 0 ? RULE_PENDING : RULE_PASS,
			trips(in) > 0 ? RULE_PENDING : RULE_PASS);
		return;
	}
	/* It has been true since the look before. */
	if (l->fault_before)
		l->fault_s += dt;
	l->fault_before = true;
	if (l->fault_s >= rec->for_s * (1 - 1e-9)) {
		bool first = !l->tripped;

		if (first && in->holds_cycles && rec->confirm_unit == CONFIRM_CYCLES) {
			uint32_t stamp = cycles_behind(r, in);

			/* What one long cycle says is no second witness in the next. */
			if (stamp == l->trip_stamp) {
				rule_go(t, RULE_PENDING, RULE_PENDING);
				return;
			}
			l->trip_stamp = stamp;
		}
		l->tripped = true;
		if (rec->confirm_unit == CONFIRM_NONE || rec->severity == SEVERITY_DANGER ||
			(first && trips(in) >= rec->confirm_n)) {
			confirm(t);
			return;
		}
	}
	rule_go(t, RULE_PENDING, RULE_PENDING);
}

#define CLEAR_UNITS_MOST 3U

/* What took several sessions, cycles or days to be believed is not over within one. */
static bool clear_often_enough(
	const struct rules *r, const struct rule_record *rec, const struct life *l)
{
	unsigned n;

	if (rec->has_clear_for || rec->severity == SEVERITY_DANGER || rec->confirm_n < 2)
		return true;
	n = MIN(rec->confirm_n - 1, CLEAR_UNITS_MOST);
	if (rec->confirm_unit == CONFIRM_DAYS)
		return r->now_s - l->clear_from_s >= n * 86400.0;
	return l->clear_units >= n;
}

static void look_for_end(const struct turn *t, enum truth clear, enum truth repair, double dt)
{
	struct life *l = &t->in->l;
	const struct rule_record *rec = t->in->rec;
	const double least = rec->for_s > 0 || rec->confirm_unit != CONFIRM_NONE
				     ? HOLD_PERIODS * t->r->period_s
				     : 0;
	bool done;

	if (clear == YES) {
		/* It has been true since the look before. */
		if (l->clear_s <= 0 && !l->clear_before)
			l->clear_from_s = t->r->now_s;
		if (l->clear_before)
			l->clear_s += dt;
		l->clear_unknown_s = 0;
		l->judged = true;
	} else if (clear == NO) {
		l->clear_s = 0;
		l->clear_done = false;
		l->judged = l->tripped = true;
	} else {
		l->clear_unknown_s += dt;
		if (l->clear_unknown_s > MAX(rec->clear_for_s / 4, HOLD_PERIODS * t->r->period_s)) {
			l->clear_s = 0;
			l->clear_done = false;
		}
	}
	l->clear_before = clear == YES;
	/* Where nobody says how long, a few samples are no end of anything. */
	if (clear == YES &&
		l->clear_s >=
			(rec->has_clear_for ? rec->clear_for_s : MAX(rec->clear_for_s, least)) *
				(1 - 1e-9) &&
		clear_often_enough(t->r, rec, l))
		l->clear_done = true;
	rule_repair_time(t->r, t->in, repair, dt);
	/* Without an own test the passing of the fault is one. */
	if (rec->latch == LATCH_REPAIR)
		done = l->clear_done &&
		       (rec->repair_unit == CONFIRM_NONE
				       ? repair == YES &&
						 l->repair_s >= rec->repair_for_s * (1 - 1e-9)
				       : l->repairs >= rec->repair_n);
	else
		done = clear == YES && l->clear_done;
	if (rec->latch == LATCH_USER)
		done = done && l->released;
	if (!done)
		return;
	l->fault_s = l->unknown_s = 0;
	l->history = l->history_n = l->clear_units = 0;
	l->judged = l->tripped = l->fault_before = false;
	forget_sums(t->r, t->in);
	rule_go(t, RULE_PASS, RULE_CLEARED);
}

static void look_at_signs(struct rules *r, struct instance *in, struct rule_sign *v)
{
	for (size_t i = 0; v && i < in->rec->n_causes; i++)
		if (v[i].tree.e)
			v[i].value = tree_eval(r, &v[i].tree, in, NULL);
}

/* All trees of the rule at one sample of the open gate (or at its closing). */
void rule_judge(const struct turn *t, double dt)
{
	struct rules *r = t->r;
	struct instance *in = t->in;
	struct life *l = &in->l;
	uint32_t cycles = 0;
	enum truth fault, clear = UNKNOWN, repair = UNKNOWN;
	bool confirmed = l->state == RULE_CONFIRMED, active = confirmed || l->claimed;

	r->clock = l->open_s;
	fault = rule_truth(tree_eval(r, &in->fault, in, r->scratch));
	if (in->clear.e && (active || in->clear.stateful))
		clear = rule_truth(tree_eval(r, &in->clear, in, r->clear_scratch));
	else if (!in->clear.e)
		clear = auto_clear(r, in, fault);
	if (in->repair.e && (active || in->repair.stateful))
		repair = rule_truth(
			tree_eval(r, &in->repair, in, in->seen ? in->seen->nodes : NULL));
	else if (!in->repair.e)
		repair = clear;
	look_at_signs(r, in, in->signs);
	look_at_signs(r, in, in->nots);
	if (in->cycle_slot != NO_SLOT) {
		cycles = ((const struct cycle *)slot_state(r, &r->slots[in->cycle_slot]))->count;
		if (cycles != l->cycles) {
			/* What is known now is about the cycle that ended. */
			if (active && in->rec->repair_unit == CONFIRM_CYCLES)
				rule_repair_count(r, in, repair);
			if (in->rec->confirm_unit == CONFIRM_CYCLES)
				rule_end_unit(t);
			l->cycles = cycles;
		}
	}
	if (l->claimed)
		rule_repair_keep(r, in, in->repair.e != NULL);
	if (r->closing && r->shut) {
		/* What the values of the last open sample said counts where the session as a whole says
		 * nothing. */
		if (repair == UNKNOWN)
			repair = (enum truth)l->repair_before;
		if (active && in->rec->repair_unit != CONFIRM_NONE && in->cycle_slot == NO_SLOT)
			rule_repair_count(r, in, repair);
		l->repair_before = UNKNOWN;
		if (fault == UNKNOWN && l->state != RULE_CONFIRMED)
			return;
	} else {
		l->repair_before = (uint8_t)repair;
	}
	r->evidence_of = (unsigned)(in - r->insts);
	r->evidence_clear = confirmed && in->clear.e;
	if (l->state == RULE_CONFIRMED)
		look_for_end(t, clear, repair, dt);
	else {
		if (l->claimed)
			rule_repair_time(r, in, repair, dt);
		rule_look_for_fault(t, fault, dt);
	}
}
