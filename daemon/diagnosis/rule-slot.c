/* SPDX-License-Identifier: Apache-2.0 */
/* Each call of a function with a memory gets a slot: its place in the appliance's state, shared by all that
 * ask the same of the same values, and the name it is found by after a restart. */
#include "rule-internal.h"

#include <math.h>

static bool same_slot(const struct slot *s, const struct expr *e, unsigned node, uint16_t inst)
{
	const struct expr_node *x = &s->e->nodes[s->node], *y = &e->nodes[node];

	if (s->inst != inst || x->func != y->func || x->n_args != y->n_args ||
		x->n_keys != y->n_keys)
		return false;
	if (x->floor != y->floor && !(isnan(x->floor) && isnan(y->floor)))
		return false;
	for (unsigned i = 0; i < x->n_args; i++)
		if (!expr_same(s->e, s->e->args[x->first + i], e, e->args[y->first + i]))
			return false;
	return true;
}

/* Points that mean the same whoever asks: a tree with none of a rule's own can be shared by all. */
static bool mentions_local(const struct expr *e, unsigned node)
{
	const struct expr_node *n = &e->nodes[node];

	if (n->op == EXPR_OP_REF)
		return n->ref & REF_LOCAL;
	for (unsigned i = 0; i < n->n_args; i++)
		if (mentions_local(e, e->args[n->first + i]))
			return true;
	return false;
}

static const struct tree *let_of(const struct rules *r, const struct instance *in, uint32_t ref)
{
	if (ref & REF_LET)
		return &r->lets[ref & 0xffff].tree;
	if (ref & REF_LOCAL)
		return &in->lets[ref & 0xff].tree;
	return NULL;
}

void rule_each_call(const struct rules *r, const struct instance *in, const struct tree *t,
	unsigned node, rule_call_fn fn, void *userdata)
{
	const struct expr_node *n = &t->e->nodes[node];
	const struct tree *let = r && n->op == EXPR_OP_REF ? let_of(r, in, n->ref) : NULL;

	if (let)
		rule_each_call(r, in, let, let->e->n_nodes - 1u, fn, userdata);
	if (n->op == EXPR_OP_CALL)
		fn(userdata, t, node);
	for (unsigned i = 0; i < n->n_args; i++)
		rule_each_call(r, in, t, t->e->args[n->first + i], fn, userdata);
}

struct feed {
	const struct rules *r;
	bool cusum;
	uint16_t slot;
	double longest_s;
};

static void find_feed(void *userdata, const struct tree *t, unsigned node)
{
	struct feed *f = userdata;
	uint16_t k = t->slots[node];
	const struct slot *s = k != NO_SLOT ? &f->r->slots[k] : NULL;

	if (!s)
		return;
	if (s->width > 0)
		f->longest_s = MAX(f->longest_s, s->w);
	if (f->slot == NO_SLOT &&
		(s->func == FUNC_CYCLE || (f->cusum && (s->func == FUNC_Z || s->func == FUNC_FIT))))
		f->slot = k;
}

/* Whose samples those of S are: of the first cycle() or, for a cusum, z() within its first argument. Without a
 * gate those in Lets count too: the other way is a sample an hour, and a cycle that is still the last one,
 * or a mean over a day, tells nothing new an hour later. */
static void find_samples(
	const struct binder *b, struct slot *s, const struct tree *t, unsigned node)
{
	const struct expr_node *n = &t->e->nodes[node];
	struct feed f = {b->r, s->func == FUNC_CUSUM, NO_SLOT, 0};

	for (unsigned i = 0; i < n->n_args; i++)
		rule_each_call(
			s->gated ? NULL : b->r, b->in, t, t->e->args[n->first + i], find_feed, &f);
	s->feeds = f.slot;
	s->w = s->gated ? 0 : MIN(f.longest_s, LEARN_APART_MOST_S);
}

static uint64_t hash_text(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * UINT64_C(1099511628211);
	return (h ^ 0xff) * UINT64_C(1099511628211);
}

/* The signatures of all points below a node. */
struct signing {
	const struct binder *b;
	uint64_t h;
};

static void sign_ref(void *userdata, uint32_t ref)
{
	struct signing *s = userdata;
	const struct rules *r = s->b->r;

	if (ref & REF_LET)
		expr_each_ref(r->lets[ref & 0xffff].tree.e, sign_ref, s);
	else if (ref & REF_LOCAL)
		expr_each_ref(s->b->in->lets[ref & 0xff].tree.e, sign_ref, s);
	else
		s->h = hash_text(s->h, (const char *)&r->points[ref].signature,
			sizeof(r->points[ref].signature));
}

static void sign_node(struct signing *s, const struct expr *e, unsigned node)
{
	const struct expr_node *n = &e->nodes[node];

	if (n->op == EXPR_OP_REF)
		sign_ref(s, n->ref);
	for (unsigned i = 0; i < n->n_args; i++)
		sign_node(s, e, e->args[n->first + i]);
}

/* What a memory is found by after a restart: whose it is, and the exact text and shape. */
static uint64_t slot_identity(const struct binder *b, const struct slot *s)
{
	const struct expr_node *n = &s->e->nodes[s->node];
	uint64_t h = UINT64_C(14695981039346656037);
	char unit[64];

	h = hash_text(h, b->rec ? b->in->name : "", b->rec ? strlen(b->in->name) : 0);
	h = hash_text(h, s->gated ? "gated" : "all", s->gated ? 5 : 3);
	h = hash_text(h, n->func->name, strlen(n->func->name));
	for (unsigned i = 0; i < n->n_args; i++) {
		const struct expr_node *a = &s->e->nodes[s->e->args[n->first + i]];

		expr_unit_format(unit, sizeof(unit), &s->e->units[a->unit]);
		h = hash_text(h, s->e->text + a->begin, (size_t)(a->end - a->begin));
		h = hash_text(h, unit, strlen(unit));
		if (a->op == EXPR_OP_CONST)
			h = hash_text(h, (const char *)&a->num, sizeof(a->num));
	}
	struct signing sum = {b, h};

	sign_node(&sum, s->e, s->node);
	return hash_text(sum.h, (const char *)&s->n_parts, sizeof(s->n_parts));
}

static void slot_begin(struct rules *r, struct slot *s)
{
	void *p = slot_state(r, s);

	memset(p, 0, s->size);
	s->value = expr_unknown(QUALITY_UNAVAILABLE, REASON_NONE);
	s->step = 0;
	if (s->width > 0)
		((struct window *)p)->first = NAN;
	else if (s->size == sizeof(struct runner) && s->func != FUNC_CYCLE)
		((struct runner *)p)->first = NAN;
	if (s->func == FUNC_CUSUM)
		((struct cusum *)p)->unknown_since = NAN;
}

static int add_slot(
	struct binder *b, struct tree *t, unsigned node, bool gated, char *text, size_t size)
{
	struct rules *r = b->r;
	struct slot s = {.e = t->e, .node = (uint16_t)node, .feeds = NO_SLOT}, *slots;
	const struct expr_node *n = &t->e->nodes[node];
	bool local = mentions_local(t->e, node);
	int k;

	s.func = (uint8_t)n->func->id;
	s.gated = gated && !n->all && b->in->gate.e;
	/* A rule's own eyes see other values than the rest. */
	if (s.gated || local || (b->rec && b->rec->raw))
		s.inst = (uint16_t)(b->in - r->insts);
	else
		s.inst = UINT16_MAX;
	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].gated == s.gated && same_slot(&r->slots[i], t->e, node, s.inst)) {
			t->slots[node] = (uint16_t)i;
			return 0;
		}
	k = rule_slot_shape(r, &s, text, size);
	if (k < 0)
		return k;
	if (s.func == FUNC_BASE || s.func == FUNC_Z || s.func == FUNC_FIT || s.func == FUNC_CUSUM)
		find_samples(b, &s, t, node);
	s.size = (s.size + 7u) & ~7u;
	if (r->arena_used + s.size > RULES_STATE_MAX) {
		(void)snprintf(text, size,
			"%s(...) needs %u bytes where %zu are left of %d; write shorter windows or fewer keys",
			n->func->name, s.size, RULES_STATE_MAX - r->arena_used, RULES_STATE_MAX);
		return -ENOSPC;
	}
	slots = realloc(r->slots, (r->n_slots + 1) * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	r->slots = slots;
	s.offset = (uint32_t)r->arena_used;
	r->arena_used += s.size;
	s.id = slot_identity(b, &s);
	slots[r->n_slots] = s;
	slot_begin(r, &slots[r->n_slots]);
	t->slots[node] = (uint16_t)r->n_slots++;
	return 0;
}

static bool has_state(const struct expr_node *n)
{
	return n->op == EXPR_OP_CALL && (n->func->flags & EXPR_F_STATE) && n->func->id != FUNC_AGE;
}

int rule_add_slots(struct binder *b, struct tree *t, bool gated, const struct ini_entry *e)
{
	char text[160] = "";

	t->slots = malloc(t->e->n_nodes * sizeof(*t->slots));
	if (!t->slots)
		return -ENOMEM;
	for (unsigned i = 0; i < t->e->n_nodes; i++)
		t->slots[i] = NO_SLOT;
	for (unsigned i = 0; i < t->e->n_nodes; i++) {
		int k;

		if (!has_state(&t->e->nodes[i]))
			continue;
		t->stateful = true;
		if (gated && b->in->gate.e && t->e->nodes[i].all)
			t->all = true;
		k = add_slot(b, t, i, gated, text, sizeof(text));
		if (k == -ENOMEM)
			return k;
		if (k < 0)
			return ini_problem(b->problems, PROBLEM_ERROR, e, "column %u: %s",
				t->e->nodes[i].column, text);
	}
	return 0;
}

void rules_forget(struct rules *r)
{
	for (size_t i = 0; i < r->n_slots; i++) {
		struct slot *s = &r->slots[i];

		if (s->func == FUNC_BASE || s->func == FUNC_Z || s->func == FUNC_CUSUM ||
			s->func == FUNC_FIT)
			slot_begin(r, s);
	}
}
