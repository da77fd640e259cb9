/* SPDX-License-Identifier: Apache-2.0 */
/* A set of rules bound to the points of one appliance: names, types and units are settled, and the bounds
 * are held. */
#include "rule-internal.h"

#include <math.h>

static int parse_key(struct binder *b, const char *key, bool gated, struct tree *ret)
{
	static const struct expr_want truth = {.type = EXPR_BOOL};
	struct ini_entry *e = ini_get(b->rec->section, key, NULL);

	return e ? rule_parse(b, e, e->value, &truth, gated, ret) : 0;
}

/* Fault without Clear: its opposite, with a margin. */
static int default_clear(struct binder *b)
{
	struct instance *in = b->in;
	const struct expr *e = in->fault.e;
	const struct expr_node *n = expr_root(e), *l, *c;
	const struct expr_unit *u;
	double band = 0;

	if (in->clear.e)
		return 0;
	if (b->rec->latch == LATCH_REPAIR || n->op == EXPR_OP_REF ||
		(n->op == EXPR_OP_NOT && e->nodes[e->args[n->first]].op == EXPR_OP_REF)) {
		in->auto_not = true;
		return 0;
	}
	if (n->op < EXPR_OP_LT || n->op > EXPR_OP_GE)
		return ini_problem_section(b->problems, PROBLEM_ERROR, b->rec->section,
			"Clear= is missing; only a Fault of one comparison with a constant may do without");
	l = &e->nodes[e->args[n->first]];
	c = &e->nodes[e->args[n->first + 1u]];
	if (c->op != EXPR_OP_CONST) {
		if (b->rec->kind == RULE_CONTEXT) {
			in->auto_not = true;
			return 0;
		}
		return ini_problem_section(b->problems, PROBLEM_ERROR, b->rec->section,
			"Clear= is missing; the right side of Fault is no constant");
	}
	u = &e->units[l->unit];
	if (u->id != UNIT_NONE)
		band = 2 * model_unit_deadband(u->id);
	in->auto_margin = MAX(0.1 * fabs(c->num), band);
	/* > 0 has no size of its own */
	if (in->auto_margin <= 0)
		in->auto_margin = 1e-12;
	return 0;
}

static void note_cycle(void *userdata, const struct tree *t, unsigned node)
{
	bool *found = userdata;

	*found = *found || t->e->nodes[node].func->id == FUNC_CYCLE;
}

static int find_cycles(struct binder *b)
{
	struct instance *in = b->in;
	bool wants =
		b->rec->confirm_unit == CONFIRM_CYCLES || b->rec->repair_unit == CONFIRM_CYCLES;
	struct expr_symbol s;

	in->cycle_slot = NO_SLOT;
	rule_each_call(
		b->r, in, &in->fault, in->fault.e->n_nodes - 1u, note_cycle, &in->holds_cycles);
	if (!wants)
		return 0;
	for (unsigned i = 0; i < in->fault.e->n_nodes && in->cycle_slot == NO_SLOT; i++)
		if (in->fault.e->nodes[i].op == EXPR_OP_CALL &&
			in->fault.e->nodes[i].func->id == FUNC_CYCLE)
			in->cycle_slot = in->fault.slots[i];
	if (in->cycle_slot != NO_SLOT || in->gate.e)
		return 0;
	if (rule_resolve(b, "run", &s) == 0 && s.type == EXPR_BOOL && !s.constant) {
		in->run_cycles = true;
		in->run_ref = s.ref;
		return 0;
	}
	return ini_problem_section(b->problems, PROBLEM_ERROR, b->rec->section,
		"no cycles are known; write While=, or cycle() in Fault, or a Let \"run\" of the kind");
}

/* A name of one of the lists. */
static int find_name(struct binder *b, const char *key, const char *name, struct expr_symbol *ret)
{
	if (rule_resolve(b, name, ret) == 0)
		return 0;
	return ini_problem(b->problems, PROBLEM_ERROR, ini_get(b->rec->section, key, NULL),
		"%s: there is no point \"%s\"; write one that is there", b->r->kind->name, name);
}

static void add_freeze(void *userdata, uint32_t ref)
{
	struct binder *b = userdata;
	struct instance *in = b->in;

	if (ref & REF_LET) {
		expr_each_ref(b->r->lets[ref & 0xffff].tree.e, add_freeze, b);
		return;
	}
	if (ref & REF_LOCAL) {
		expr_each_ref(in->lets[ref & 0xff].tree.e, add_freeze, b);
		return;
	}
	for (size_t i = 0; i < b->n_freeze; i++)
		if (b->freeze[i] == ref)
			return;
	if (b->n_freeze < RULE_FREEZE_MAX)
		b->freeze[b->n_freeze++] = (uint16_t)ref;
}

static uint16_t *memdup_array(const uint16_t *v, size_t n)
{
	uint16_t *p = malloc(MAX(n, (size_t)1) * sizeof(*p));

	if (p)
		memcpy(p, v, n * sizeof(*p));
	return p;
}

static int find_needs(struct binder *b)
{
	const struct rule_record *rec = b->rec;
	struct instance *in = b->in;
	struct expr_symbol s;
	int k = 0;

	for (size_t i = 0; i < rec->n_needs && k >= 0; i++) {
		k = find_name(b, "Needs", rec->needs[i], &s);
		if (k < 0 || s.constant)
			continue;
		if (!(s.ref & (REF_LET | REF_LOCAL)))
			b->needs[b->n_needs++] = (uint16_t)s.ref;
		add_freeze(b, s.ref);
	}
	for (size_t i = 0; i < rec->n_freeze && k >= 0; i++) {
		k = find_name(b, "Freeze", rec->freeze[i], &s);
		if (k >= 0 && !s.constant)
			add_freeze(b, s.ref);
	}
	for (size_t i = 0; i < rec->n_helped && k >= 0; i++)
		k = find_name(b, "Helped", rec->helped[i], &s);
	if (k < 0)
		return k;
	expr_each_ref(in->fault.e, add_freeze, b);
	if (in->each >= 0 && rec->n_needs == 0)
		b->needs[b->n_needs++] = (uint16_t)in->each;
	in->needs = memdup_array(b->needs, b->n_needs);
	in->freeze = memdup_array(b->freeze, b->n_freeze);
	if (!in->needs || !in->freeze)
		return -ENOMEM;
	in->n_needs = (uint16_t)b->n_needs;
	in->n_freeze = (uint16_t)b->n_freeze;
	return 0;
}

/* Sign= or Not= of cause I, among *V. */
static int bind_sign(struct binder *b, const struct ini_entry *e, struct rule_sign **v, size_t i)
{
	static const struct expr_want truth = {.type = EXPR_BOOL};

	if (!e)
		return 0;
	if (!*v)
		*v = calloc(b->rec->n_causes, sizeof(**v));
	if (!*v)
		return -ENOMEM;
	return rule_parse(b, e, e->value, &truth, true, &(*v)[i].tree);
}

static int bind_signs(struct binder *b)
{
	int k = 0;

	for (size_t i = 0; i < b->rec->n_causes && k >= 0; i++) {
		k = bind_sign(b, b->rec->causes[i].sign, &b->in->signs, i);
		if (k >= 0)
			k = bind_sign(b, b->rec->causes[i].not, &b->in->nots, i);
	}
	return k;
}

static void each_tree(struct instance *in, void (*fn)(struct tree *t, size_t arg), size_t arg)
{
	fn(&in->gate, arg);
	fn(&in->fault, arg);
	fn(&in->clear, arg);
	fn(&in->repair, arg);
	for (size_t i = 0; i < in->n_lets; i++)
		fn(&in->lets[i].tree, arg);
	for (size_t i = 0; in->signs && i < in->rec->n_causes; i++)
		fn(&in->signs[i].tree, arg);
	for (size_t i = 0; in->nots && i < in->rec->n_causes; i++)
		fn(&in->nots[i].tree, arg);
}

static void tree_done(struct tree *t, size_t arg)
{
	rule_tree_done(t);
}

static void instance_done(struct instance *in)
{
	free(in->name);
	free(in->unless);
	free(in->seen);
	each_tree(in, tree_done, 0);
	free(in->lets);
	free(in->signs);
	free(in->nots);
	free(in->needs);
	free(in->freeze);
}

static void life_begin(struct instance *in)
{
	in->l = (struct life){
		.coverage = NAN, .true_s = -1, .yes_at = -1e9, .repair_before = 2 /* unknown */};
}

static int more_instances(struct rules *r)
{
	size_t n = r->insts_allocated + 16;
	struct instance *v;

	if (r->n_insts < r->insts_allocated)
		return 0;
	v = realloc(r->insts, n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->insts = v;
	r->insts_allocated = n;
	return 0;
}

/* A needed point that this appliance has not got: it is said and judged by nobody. */
static bool never_ready(const struct rules *r, const struct instance *in)
{
	for (size_t i = 0; i < in->n_needs; i++)
		if (!r->points[in->needs[i]].present)
			return true;
	return false;
}

static void drop_slots(struct tree *t, size_t from)
{
	for (unsigned i = 0; t->e && i < t->e->n_nodes; i++)
		if (t->slots[i] != NO_SLOT && t->slots[i] >= from)
			t->slots[i] = NO_SLOT;
}

static int bind_instance(struct rules *r, const struct rule_record *rec, int each,
	const struct rules_config *config, struct problems *problems)
{
	struct instance *in;
	struct binder *b;
	size_t slots = r->n_slots, nodes = r->n_nodes, arena = r->arena_used;
	int k = more_instances(r);

	if (k < 0)
		return k;
	in = &r->insts[r->n_insts];
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	*b = (struct binder){.r = r, .problems = problems, .config = config, .rec = rec, .in = in};
	*in = (struct instance){.rec = rec, .each = (int16_t)each, .cycle_slot = NO_SLOT};
	life_begin(in);
	k = asprintf(&in->name, "%s%s%s", rec->name, each >= 0 ? "/" : "",
		    each >= 0 ? r->points[each].name : "") < 0
		    ? -ENOMEM
		    : 0;
	if (k >= 0)
		k = rule_bind_names(b);
	if (k >= 0)
		k = parse_key(b, "While", false, &in->gate);
	if (k >= 0)
		k = parse_key(b, "Fault", true, &in->fault);
	if (k >= 0)
		k = parse_key(b, "Clear", true, &in->clear);
	if (k >= 0)
		k = parse_key(b, "Repair", true, &in->repair);
	if (k >= 0)
		k = bind_signs(b);
	if (k >= 0)
		k = default_clear(b);
	if (k >= 0)
		k = find_cycles(b);
	if (k >= 0)
		k = find_needs(b);
	free(b);
	if (k >= 0 && never_ready(r, in)) {
		each_tree(in, drop_slots, slots);
		in->cycle_slot = NO_SLOT;
		r->n_slots = slots;
		r->arena_used = arena;
	}
	if (k >= 0) {
		r->n_insts++;
		return 0;
	}
	instance_done(in);
	*in = (struct instance){0};
	r->n_slots = slots;
	r->n_nodes = nodes;
	r->arena_used = arena;
	return k;
}

/* "*", "*°C" or a name: whether Each= means this point. */
static bool each_means(const struct rule_record *rec, const struct rule_point *p)
{
	for (size_t i = 0; i < rec->n_each; i++) {
		const char *w = rec->each[i];

		if (*w != '*' ? streq(w, p->name)
			      : p->present &&
					(!w[1] || (!p->setting &&
							  streq(w + 1, unit_name(p->unit.id)))))
			return true;
	}
	return false;
}

static int check_each(
	const struct rules *r, const struct rule_record *rec, struct problems *problems)
{
	for (size_t i = 0; i < rec->n_each; i++) {
		bool found = *rec->each[i] == '*';
		unit_id u;

		if (found && rec->each[i][1])
			found = unit_by_name(rec->each[i] + 1, &u) == 0;
		for (size_t k = 0; k < r->n_points && !found; k++)
			found = streq(r->points[k].name, rec->each[i]);
		if (!found)
			return ini_problem(problems, PROBLEM_ERROR,
				ini_get(rec->section, "Each", NULL),
				"%s: there is no point or unit \"%s\"", r->kind->name,
				rec->each[i]);
	}
	return 0;
}

static int bind_rule(struct rules *r, const struct rule_record *rec,
	const struct rules_config *config, struct problems *problems)
{
	int k = 0;

	if (r->n_rules >= RULES_MAX)
		return ini_problem_section(problems, PROBLEM_ERROR, rec->section,
			"%s: more than %d rules; write fewer", r->kind->name, RULES_MAX);
	r->n_rules++;
	if (rec->n_each == 0) {
		if (r->n_insts >= RULES_INSTANCES_MAX)
			return ini_problem_section(problems, PROBLEM_ERROR, rec->section,
				"more than %d instances; write fewer", RULES_INSTANCES_MAX);
		return bind_instance(r, rec, -1, config, problems);
	}
	k = check_each(r, rec, problems);
	for (size_t i = 0; i < r->n_points && k >= 0; i++) {
		if (!each_means(rec, &r->binding[i]))
			continue;
		if (r->n_insts >= RULES_INSTANCES_MAX)
			return ini_problem_section(problems, PROBLEM_ERROR, rec->section,
				"more than %d instances; write fewer", RULES_INSTANCES_MAX);
		k = bind_instance(r, rec, (int)i, config, problems);
	}
	return k;
}

static int bind_unless(struct rules *r)
{
	for (size_t i = 0; i < r->n_insts; i++) {
		struct instance *in = &r->insts[i];

		if (in->rec->n_unless == 0)
			continue;
		for (unsigned pass = 0; pass < 2; pass++) {
			in->n_unless = 0;
			for (size_t k = 0; k < in->rec->n_unless; k++)
				for (size_t j = 0; j < r->n_insts; j++) {
					if (!streq(r->insts[j].rec->name, in->rec->unless[k]))
						continue;
					if (pass > 0)
						in->unless[in->n_unless] = (uint16_t)j;
					in->n_unless++;
				}
			if (pass == 0)
				in->unless = calloc(MAX(in->n_unless, 1), sizeof(*in->unless));
			if (!in->unless)
				return -ENOMEM;
		}
	}
	return 0;
}

static int allocate(struct rules *r, const struct rules_config *c)
{
	size_t n = MAX(c->n_points, (size_t)1);

	r->points = calloc(n, sizeof(*r->points));
	r->values = calloc(n, sizeof(*r->values));
	r->raw = calloc(n, sizeof(*r->raw));
	r->good_at = calloc(n, sizeof(*r->good_at));
	r->seen_at = calloc(n, sizeof(*r->seen_at));
	r->steady_at = calloc(n, sizeof(*r->steady_at));
	r->holed = calloc(n, sizeof(*r->holed));
	r->suspect = calloc(n, sizeof(*r->suspect));
	r->arena = calloc(1, RULES_STATE_MAX);
	if (!r->points || !r->values || !r->raw || !r->good_at || !r->seen_at || !r->steady_at ||
		!r->holed || !r->suspect || !r->arena)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_points; i++) {
		r->points[i] = (struct known_point){
			c->points[i].name, c->points[i].signature, c->points[i].present};
		r->good_at[i] = r->seen_at[i] = r->steady_at[i] = NAN;
	}
	r->n_points = c->n_points;
	return 0;
}

/* What is not needed any more is given back: most appliances have few rules. */
static void shrink(struct rules *r)
{
	void *p = r->n_insts > 0 ? realloc(r->insts, r->n_insts * sizeof(*r->insts)) : NULL;

	if (p)
		r->insts = p;
	p = realloc(r->arena, MAX(r->arena_used, (size_t)8));
	if (p)
		r->arena = p;
}

static int allocate_scratch(struct rules *r)
{
	size_t fault = 1, clear = 1;

	for (size_t i = 0; i < r->n_insts; i++) {
		const struct instance *in = &r->insts[i];

		fault = MAX(fault, (size_t)in->fault.e->n_nodes);
		clear = MAX(clear, in->clear.e ? (size_t)in->clear.e->n_nodes : 0);
	}
	r->scratch = calloc(fault + clear, sizeof(*r->scratch));
	if (!r->scratch)
		return -ENOMEM;
	r->clear_scratch = r->scratch + fault;
	return 0;
}

int rules_new(const struct rule_set *set, const struct rules_config *c, struct problems *problems,
	struct rules **ret)
{
	_cleanup_(rules_freep) struct rules *r = calloc(1, sizeof(*r));
	int k;

	if (!r)
		return -ENOMEM;
	if (c->n_points > RULES_POINTS_MAX || !(c->period_s > 0))
		return -EINVAL;
	r->set = set;
	r->kind = c->kind;
	r->binding = c->points;
	r->period_s = c->period_s;
	r->hold_s = HOLD_PERIODS * c->period_s;
	r->evidence_of = UINT32_MAX;
	r->local_hour = NAN;
	k = allocate(r, c);
	if (k >= 0)
		k = rule_bind_lets(r, set, problems);
	for (size_t i = 0; i < set->n_rules && k != -ENOMEM; i++)
		if (rule_is_for(&set->rules[i], c->kind->name))
			k = bind_rule(r, &set->rules[i], c, problems);
	if (k != -ENOMEM)
		k = bind_unless(r);
	if (k >= 0)
		k = allocate_scratch(r);
	if (k < 0)
		return k;
	shrink(r);
	r->binding = NULL;
	*ret = TAKE_PTR(r);
	return 0;
}

struct rules *rules_free(struct rules *r)
{
	if (!r)
		return NULL;
	for (size_t i = 0; r->insts && i < r->n_insts; i++)
		instance_done(&r->insts[i]);
	for (size_t i = 0; r->lets && i < r->n_lets; i++)
		rule_tree_done(&r->lets[i].tree);
	free(r->points);
	free(r->values);
	free(r->raw);
	free(r->good_at);
	free(r->seen_at);
	free(r->steady_at);
	free(r->holed);
	free(r->suspect);
	free(r->lets);
	free(r->insts);
	free(r->slots);
	free(r->arena);
	free(r->scratch);
	free(r);
	return NULL;
}

size_t rules_freeze(const struct rules *r, unsigned i, uint16_t ret[RULE_FREEZE_MAX])
{
	const struct instance *in = &r->insts[i];

	memcpy(ret, in->freeze, in->n_freeze * sizeof(*ret));
	return in->n_freeze;
}

void rules_costs(const struct rules *r, struct rules_costs *ret)
{
	*ret = (struct rules_costs){
		.rules = r->n_rules,
		.instances = r->n_insts,
		.nodes = r->n_nodes,
		.slots = r->n_slots,
		.state_bytes = r->arena_used + r->n_insts * sizeof(struct life),
	};
}

size_t rules_own_bytes(const struct rules *r, unsigned instance)
{
	size_t sum = sizeof(struct life);

	for (size_t i = 0; i < r->n_slots; i++)
		if (r->slots[i].inst == instance)
			sum += r->slots[i].size;
	return sum;
}
