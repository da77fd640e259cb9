/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of a repair: from the claim on, the rule's Repair= is judged at comparable times, whether
 * its fault still stands or not, and the numbers of both expressions are kept. */
#include "rule-internal.h"

#include <math.h>

int rules_repair_claim(struct rules *r, unsigned i)
{
	struct instance *in = &r->insts[i];
	struct life *l = &in->l;
	int k = rules_repair_watch(r, i);

	if (k < 0)
		return k;
	l->claimed = l->released = true;
	l->failed = 0;
	l->claimed_s = r->now_s;
	l->repairs = 0;
	l->repair_s = in->seen->failed_s = 0;
	l->repair_held = false;
	in->seen->n_fault = in->seen->n_repair = 0;
	return 0;
}

int rules_repair_watch(struct rules *r, unsigned i)
{
	struct instance *in = &r->insts[i];
	size_t nodes = in->repair.e ? in->repair.e->n_nodes : 0;

	if (!in->seen)
		in->seen = calloc(1, sizeof(*in->seen) + nodes * sizeof(struct expr_value));
	return in->seen ? 0 : -ENOMEM;
}

void rules_repair_end(struct rules *r, unsigned i)
{
	r->insts[i].l.claimed = false;
	free(r->insts[i].seen);
	r->insts[i].seen = NULL;
}

/* How long what was before the claim is still in the windows of the test. */
static double memory_s(const struct rules *r, const struct instance *in)
{
	const struct tree *t = in->repair.e ? &in->repair : &in->fault;
	double longest = 0;

	for (unsigned i = 0; i < t->e->n_nodes; i++)
		if (t->slots[i] != NO_SLOT && r->slots[t->slots[i]].width > 0)
			longest = MAX(longest, r->slots[t->slots[i]].w);
	return longest;
}

static bool may_fail(const struct rules *r, const struct instance *in)
{
	return in->l.claimed && r->now_s - in->l.claimed_s >= memory_s(r, in);
}

void rule_repair_count(struct rules *r, struct instance *in, enum truth repair)
{
	struct life *l = &in->l;

	if (repair == YES) {
		l->repairs++;
		l->failed = 0;
	} else if (repair == NO) {
		l->repairs = 0;
		if (may_fail(r, in) && l->failed < UINT8_MAX)
			l->failed++;
	}
}

void rule_repair_time(struct rules *r, struct instance *in, enum truth repair, double dt)
{
	struct life *l = &in->l;

	if (repair == YES && l->repair_held)
		l->repair_s += dt;
	else if (repair == NO)
		l->repair_s = 0;
	if (in->seen) {
		if (repair == YES)
			in->seen->failed_s = 0;
		else if (repair == NO && may_fail(r, in))
			in->seen->failed_s += dt;
	}
	l->repair_held = repair == YES;
}

/* The latest known of each comparison. */
static size_t keep(struct rule_atom *kept, const struct expr *e, const struct expr_value *v)
{
	struct rule_atom now[RULE_ATOMS_MAX];
	size_t n = rule_atoms(e, v, now);

	for (size_t i = 0; i < n; i++)
		if (now[i].known || isempty(kept[i].op))
			kept[i] = now[i];
	return n;
}

void rule_repair_keep(struct rules *r, struct instance *in, bool repair)
{
	struct repair_seen *s = in->seen;

	if (!s)
		return;
	if (s->n_fault == 0)
		memset(s->fault, 0, sizeof(s->fault));
	if (s->n_repair == 0)
		memset(s->repair, 0, sizeof(s->repair));
	s->n_fault = keep(s->fault, in->fault.e, r->scratch);
	if (repair)
		s->n_repair = keep(s->repair, in->repair.e, s->nodes);
}

void rules_repair(const struct rules *r, unsigned i, struct rule_repair *ret)
{
	const struct instance *in = &r->insts[i];
	const struct rule_record *rec = in->rec;
	const struct life *l = &in->l;
	bool by_time = rec->repair_unit == CONFIRM_NONE;
	double failed = by_time ? in->seen ? in->seen->failed_s : 0 : l->failed;

	*ret = (struct rule_repair){
		.claimed = l->claimed,
		.own_test = in->repair.e,
		.expression = in->repair.e ? in->repair.e->text : in->fault.e->text,
		.unit = by_time                              ? "s"
			: rec->repair_unit == CONFIRM_CYCLES ? "cycles"
							     : "sessions",
		.seen = by_time ? l->repair_s : l->repairs,
		.needed = by_time ? rec->repair_for_s : rec->repair_n,
		.memory_s = memory_s(r, in),
		.since_s = l->claimed ? r->now_s - l->claimed_s : 0,
	};
	if (!l->claimed)
		return;
	/* A time of nothing at all proves nothing. */
	if (by_time && ret->needed < HOLD_PERIODS * r->period_s)
		ret->needed = HOLD_PERIODS * r->period_s;
	if (ret->seen >= ret->needed * (1 - 1e-9) && (!by_time || l->repair_held))
		ret->result = REPAIR_PASSED;
	else if (failed >= ret->needed * (1 - 1e-9))
		ret->result = REPAIR_FAILED;
	if (!in->seen)
		return;
	ret->n_fault = in->seen->n_fault;
	memcpy(ret->fault, in->seen->fault, sizeof(ret->fault));
	ret->n_repair = in->seen->n_repair;
	memcpy(ret->repair, in->seen->repair, sizeof(ret->repair));
}
