/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule says of itself: numbers behind a change, causes and their shares, how sure. */
#include "rule-internal.h"

#include <math.h>

unsigned rules_count(const struct rules *r)
{
	return (unsigned)r->n_insts;
}

const char *rules_name(const struct rules *r, unsigned i)
{
	return r->insts[i].name;
}

enum rule_kind rules_kind(const struct rules *r, unsigned i)
{
	return r->insts[i].rec->kind;
}

enum rule_state rules_state(const struct rules *r, unsigned i)
{
	return (enum rule_state)r->insts[i].l.state;
}

enum severity rules_severity(const struct rules *r, unsigned i)
{
	return r->insts[i].rec->severity;
}

uint32_t rules_times(const struct rules *r, unsigned i)
{
	return r->insts[i].l.times;
}

const char *rule_sureness_name(enum rule_sureness s)
{
	static const char *const names[] = {
		[SURE_LOW] = "low", [SURE_MEDIUM] = "medium", [SURE_HIGH] = "high"};

	return names[s];
}

struct mention {
	const struct rules *r;
	char *dst;
	size_t size, used;
	uint32_t seen[RULE_LIST_MAX];
	size_t n;
};

static void mention_absent(struct mention *m, uint32_t ref)
{
	if (ref & (REF_LET | REF_LOCAL) || m->r->raw[ref].quality == QUALITY_GOOD)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (m->seen[i] == ref)
			return;
	if (m->n < RULE_LIST_MAX)
		m->seen[m->n++] = ref;
	str_appendf(m->dst, m->size, &m->used, "%s%s", m->used ? " " : "needs ",
		m->r->points[ref].name);
}

/* An absent point that default() or present() asks about is not missed. */
static void mention_tree(struct mention *m, const struct expr *e, unsigned node, bool optional)
{
	const struct expr_node *n = &e->nodes[node];

	if (n->op == EXPR_OP_REF) {
		if (!optional || n->ref & (REF_LET | REF_LOCAL) ||
			m->r->raw[n->ref].quality != QUALITY_ABSENT)
			mention_absent(m, n->ref);
		return;
	}
	if (n->op == EXPR_OP_PRESENT)
		return;
	for (unsigned i = 0; i < n->n_args; i++)
		mention_tree(m, e, e->args[n->first + i],
			optional || (n->op == EXPR_OP_DEFAULT && i == 0));
}

static size_t baselines(const struct rules *r, const struct tree *t, struct rule_baseline *ret);

/* What the least learned base still needs. */
static void say_learning(const struct rules *r, const struct instance *in, char *dst, size_t size)
{
	struct rule_baseline b[RULE_BASELINES_MAX];
	size_t n = baselines(r, &in->fault, b), least = 0;

	for (size_t i = 1; i < n; i++)
		if (b[i].samples < b[least].samples)
			least = i;
	if (n == 0 || (b[least].samples >= 12 && b[least].days >= 4))
		(void)str_copy(dst, size, "still learning, or its windows are not full yet");
	else
		(void)snprintf(dst, size, "still learning %s: %u of 12 samples, %u of 4 days",
			b[least].text, b[least].samples, b[least].days);
}

static bool asks_the_hour(const struct expr *e)
{
	for (unsigned i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].op == EXPR_OP_CALL && e->nodes[i].func->id == FUNC_LOCAL_HOUR)
			return true;
	return false;
}

void rules_why(const struct rules *r, unsigned i, char *dst, size_t size)
{
	const struct instance *in = &r->insts[i];
	struct mention m = {.r = r, .dst = dst, .size = size};

	dst[0] = 0;
	if (in->l.state != RULE_NOT_READY && in->l.state != RULE_NOT_EVALUABLE)
		return;
	for (size_t k = 0; k < in->n_needs; k++)
		mention_absent(&m, (uint32_t)in->needs[k]);
	if (m.n == 0) {
		mention_tree(&m, in->fault.e, in->fault.e->n_nodes - 1u, false);
		if (in->gate.e)
			mention_tree(&m, in->gate.e, in->gate.e->n_nodes - 1u, false);
	}
	if (m.n == 0 && in->gate.e && isnan(r->local_hour) && asks_the_hour(in->gate.e))
		(void)str_copy(dst, size, "the clock is not set");
	else if (m.n == 0 && in->gate.e && in->l.open_s <= 0)
		(void)str_copy(dst, size, "what it looks at has not happened yet");
	else if (m.n == 0 && in->l.ever_known)
		(void)str_copy(dst, size, "values are missing");
	else if (m.n == 0)
		say_learning(r, in, dst, size);
}

static double scale_of(const struct expr *e, const struct expr_node *l, double threshold)
{
	const struct expr_unit *u = &e->units[l->unit];
	double band = u->id != UNIT_NONE ? 2 * model_unit_deadband(u->id) : 0;

	return MAX(MAX(0.1 * fabs(threshold), band), 1e-9);
}

/* Argument I of a switch() is what it stands for at these values. */
static bool is_chosen(
	const struct expr *e, const struct expr_value *v, const struct expr_node *n, unsigned i)
{
	const struct expr_value *by = &v[e->args[n->first]];

	return i > 0 && by->quality == QUALITY_GOOD && by->v == i - 1u;
}

/* Whether a comparison stands under and, or and not alone. */
static bool is_atom(const struct expr *e, const struct expr_value *v, unsigned node, unsigned root)
{
	const struct expr_node *n = &e->nodes[root];

	if (node == root)
		return true;
	if (n->op != EXPR_OP_AND && n->op != EXPR_OP_OR && n->op != EXPR_OP_NOT &&
		n->op != EXPR_OP_SAME && n->op != EXPR_OP_SWITCH)
		return false;
	for (unsigned i = 0; i < n->n_args; i++)
		if ((n->op != EXPR_OP_SWITCH || is_chosen(e, v, n, i)) &&
			is_atom(e, v, node, e->args[n->first + i]))
			return true;
	return false;
}

static void quote(char *dst, size_t size, const struct expr *e, const struct expr_node *n)
{
	char part[EXPR_TEXT_MAX + 1];
	size_t len = (size_t)(n->end - n->begin);

	memcpy(part, e->text + n->begin, len);
	part[len] = 0;
	(void)str_abbreviate(dst, size, part);
}

/* A slope in K/s says nothing to people; per hour it does. Nor do many J. */
static void fill_unit(struct rule_atom *a, const struct expr_unit *u)
{
	struct expr_unit per_hour = *u;
	double k = 1;

	if (u->id == UNIT_NONE && !u->absolute && u->dim[2] == -1 && u->factor == 1) {
		per_hour.factor = 1 / 3600.0;
		k = 3600;
	}
	expr_unit_format(a->unit, sizeof(a->unit), &per_hour);
	if (streq(a->unit, "J")) {
		double most = fmax(fabs(a->value), fabs(a->threshold)); /* of the known */
		bool kilo = most >= 3.6e6;

		if (most >= 3600) {
			(void)str_copy(a->unit, sizeof(a->unit), kilo ? "kWh" : "Wh");
			k = 1 / (kilo ? 3.6e6 : 3600);
		}
	}
	a->value *= k;
	a->threshold *= k;
}

size_t rule_atoms(const struct expr *e, const struct expr_value *v, struct rule_atom *ret)
{
	static const char *const ops[] = {
		[EXPR_OP_LT] = "<",
		[EXPR_OP_LE] = "<=",
		[EXPR_OP_GT] = ">",
		[EXPR_OP_GE] = ">=",
		[EXPR_OP_EQ] = "==",
		[EXPR_OP_NE] = "!=",
	};
	size_t n = 0;

	for (unsigned i = 0; i < e->n_nodes && n < RULE_ATOMS_MAX; i++) {
		const struct expr_node *x = &e->nodes[i], *l, *c;
		struct rule_atom *a = &ret[n];

		if (x->op < EXPR_OP_LT || x->op > EXPR_OP_NE || !is_atom(e, v, i, e->n_nodes - 1u))
			continue;
		l = &e->nodes[e->args[x->first]];
		c = &e->nodes[e->args[x->first + 1u]];
		if (l->type != EXPR_NUMBER)
			continue;
		*a = (struct rule_atom){.value = v[e->args[x->first]].v,
			.threshold = v[e->args[x->first + 1u]].v,
			.known = v[i].quality == QUALITY_GOOD,
			.holds = v[i].quality == QUALITY_GOOD && v[i].v != 0};
		if (v[e->args[x->first]].quality != QUALITY_GOOD)
			a->value = NAN;
		if (v[e->args[x->first + 1u]].quality != QUALITY_GOOD)
			a->threshold = NAN;
		(void)str_copy(a->op, sizeof(a->op), ops[x->op]);
		quote(a->text, sizeof(a->text), e, l);
		quote(a->limit, sizeof(a->limit), e, c);
		fill_unit(a, &e->units[l->unit]);
		n++;
	}
	return n;
}

/* base() and z() of a tree, each memory once. */
static size_t baselines(const struct rules *r, const struct tree *t, struct rule_baseline *ret)
{
	uint16_t seen[RULE_BASELINES_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < t->e->n_nodes && n < RULE_BASELINES_MAX; i++) {
		const struct expr_node *x = &t->e->nodes[i];
		const struct slot *s;
		bool again = false;

		if (t->slots[i] == NO_SLOT || (x->func->id != FUNC_BASE && x->func->id != FUNC_Z))
			continue;
		for (size_t k = 0; k < n; k++)
			again = again || seen[k] == t->slots[i];
		s = &r->slots[t->slots[i]];
		if (again || !learner_look(s, slot_state(r, s), t->e, x, &ret[n]))
			continue;
		const struct expr_node *first = &t->e->nodes[t->e->args[x->first]];
		struct expr_node span = *first;

		span.end = t->e->nodes[t->e->args[x->first + x->n_args - 1u]].end;
		quote(ret[n].text, sizeof(ret[n].text), t->e, &span);
		expr_unit_format(ret[n].unit, sizeof(ret[n].unit), &t->e->units[first->unit]);
		/* base() and z() of one x have a memory each, which learned the same. */
		for (size_t k = 0; k < n && !again; k++)
			again = streq(ret[k].text, ret[n].text) && ret[k].mean == ret[n].mean;
		if (!again)
			seen[n++] = t->slots[i];
	}
	return n;
}

void rules_each_learned(const struct rules *r,
	void (*fn)(void *userdata, const struct rule_learned *v), void *userdata)
{
	for (size_t i = 0; i < r->n_slots; i++) {
		const struct slot *s = &r->slots[i];
		const struct expr_node *x = &s->e->nodes[s->node], *first;
		const struct learner *l = slot_state(r, s);
		struct expr_node span;

		if (s->func != FUNC_BASE && s->func != FUNC_Z)
			continue;
		first = &s->e->nodes[s->e->args[x->first]];
		span = *first;
		span.end = s->e->nodes[s->e->args[x->first + x->n_args - 1u]].end;
		for (uint32_t k = 0; k < l->n_bins; k++) {
			struct rule_learned v = {
				.rule = s->inst == UINT16_MAX ? "" : r->insts[s->inst].name,
				.bin = k,
				.mean = l->bins[k].mean,
				.spread = learner_spread(s, &l->bins[k]),
				.samples = l->bins[k].n,
				.days = l->bins[k].days};

			quote(v.text, sizeof(v.text), s->e, &span);
			expr_unit_format(v.unit, sizeof(v.unit), &s->e->units[first->unit]);
			fn(userdata, &v);
		}
	}
}

static bool known(const struct rule_sign *s, bool truth)
{
	return s->tree.e && s->value.quality == QUALITY_GOOD && (s->value.v != 0) == truth;
}

/* Not.CAUSE= speaks against it, or its own sign does while that of another is there. */
static bool is_excluded(const struct instance *in, size_t cause)
{
	if (in->nots && known(&in->nots[cause], true))
		return true;
	if (!in->signs || !known(&in->signs[cause], false))
		return false;
	for (size_t k = 0; k < in->rec->n_causes; k++)
		if (k != cause && known(&in->signs[k], true) &&
			!(in->nots && known(&in->nots[k], true)))
			return true;
	return false;
}

static void fill_excluded(
	const struct rules *r, const struct instance *in, struct rule_evidence *ret)
{
	size_t used = 0;

	for (size_t k = 0; k < in->rec->n_causes; k++)
		if (is_excluded(in, k))
			str_appendf(ret->excluded, sizeof(ret->excluded), &used, "%s%s",
				used ? " " : "", in->rec->causes[k].id);
	used = 0;
	for (size_t k = 0; k < in->n_unless; k++) {
		const struct instance *o = &r->insts[in->unless[k]];

		if (!o->l.held && (o->l.state == RULE_PASS || o->l.state == RULE_PENDING))
			str_appendf(ret->not_explained_by, sizeof(ret->not_explained_by), &used,
				"%s%s", used ? " " : "", o->name);
	}
	for (size_t k = 0; k < in->rec->n_causes; k++) {
		const struct rule_sign *pair[] = {
			in->signs ? &in->signs[k] : NULL, in->nots ? &in->nots[k] : NULL};

		for (unsigned not = 0; not < 2; not ++)
			if (pair[not ] && pair[not ]->tree.e &&
				pair[not ]->value.quality == QUALITY_GOOD &&
				ret->n_signs < ARRAY_SIZE(ret->signs))
				ret->signs[ret->n_signs++] = (struct rule_sign_seen){
					in->rec->causes[k].id, pair[not ]->tree.e->text, not,
					pair[not ]->value.v != 0};
	}
}

/* The first lost() of Fault; its time in s, NAN = there is none. */
static double lost_after(const struct instance *in)
{
	const struct expr *e = in->fault.e;

	for (unsigned i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].op == EXPR_OP_CALL && e->nodes[i].func->id == FUNC_LOST)
			return e->nodes[e->args[e->nodes[i].first]].num;
	return NAN;
}

size_t rules_lost(const struct rules *r, unsigned i, double more_s, uint16_t *ret, size_t max)
{
	double after = lost_after(&r->insts[i]);
	size_t n = 0;

	for (size_t k = 0; k < r->n_points && !isnan(after); k++)
		if (rule_is_lost(r, k, after + more_s)) {
			if (n < max)
				ret[n] = (uint16_t)k;
			n++;
		}
	return n;
}

bool rules_counts_lost(const struct rules *r, unsigned i)
{
	return !isnan(lost_after(&r->insts[i]));
}

const char *rules_label(const struct rules *r, unsigned i, bool zh)
{
	const struct rule_record *rec = r->insts[i].rec;

	return zh && rec->name_zh ? rec->name_zh : rec->name_en;
}

void rules_evidence(const struct rules *r, unsigned i, struct rule_evidence *ret)
{
	const struct instance *in = &r->insts[i];
	bool clear = r->evidence_of == i && r->evidence_clear;
	const struct expr *e = clear ? in->clear.e : in->fault.e;
	uint32_t mask = in->rec->confirm_within > 1 ? (1u << (in->rec->confirm_within - 1)) - 1 : 0;
	size_t used = 0;

	*ret = (struct rule_evidence){.expression = e->text,
		.trips = (unsigned)__builtin_popcount(in->l.history & mask) + in->l.tripped,
		.coverage = isnan(in->l.coverage) ? 0 : in->l.coverage};
	if (r->evidence_of == i)
		ret->n = rule_atoms(e, clear ? r->clear_scratch : r->scratch, ret->atoms);
	ret->n_baselines = baselines(r, &in->fault, ret->baselines);
	if (in->unless_unknown)
		for (size_t k = 0; k < in->n_unless; k++) {
			const struct instance *o = &r->insts[in->unless[k]];

			if (o->l.state == RULE_NOT_READY || o->l.state == RULE_NOT_EVALUABLE)
				str_appendf(ret->not_judged, sizeof(ret->not_judged), &used, "%s%s",
					used ? " " : "", o->name);
		}
	for (size_t k = 0; k < in->rec->n_causes; k++)
		if (in->signs && in->signs[k].tree.e && in->signs[k].value.quality != QUALITY_GOOD)
			str_appendf(ret->not_judged, sizeof(ret->not_judged), &used, "%ssign.%s",
				used ? " " : "", in->rec->causes[k].id);
	fill_excluded(r, in, ret);
	ret->n_lost = rules_lost(r, i, 0, ret->lost, ARRAY_SIZE(ret->lost));
}

/* Least margin of the comparisons that made Fault true. */
static double margin(const struct rules *r, const struct instance *in)
{
	const struct expr *e = in->fault.e;
	const struct expr_value *v = r->scratch;
	double least = INFINITY;

	for (unsigned i = 0; i < e->n_nodes; i++) {
		const struct expr_node *x = &e->nodes[i];
		double a, b;

		if (x->op < EXPR_OP_LT || x->op > EXPR_OP_GE ||
			!is_atom(e, v, i, e->n_nodes - 1u) || v[i].quality != QUALITY_GOOD ||
			v[i].v == 0)
			continue;
		a = v[e->args[x->first]].v;
		b = v[e->args[x->first + 1u]].v;
		least = MIN(least, fabs(a - b) / scale_of(e, &e->nodes[e->args[x->first]], b));
	}
	return least;
}

enum rule_sureness rules_sureness(const struct rules *r, unsigned i)
{
	const struct instance *in = &r->insts[i];
	struct rule_evidence ev;
	double m = r->evidence_of == i && !r->evidence_clear ? margin(r, in) : INFINITY;

	rules_evidence(r, i, &ev);
	if (m < 0.25 || ev.coverage < 0.7)
		return SURE_LOW;
	if (m >= 1 && ev.coverage >= 0.9 && (ev.trips >= 2 || in->l.times >= 2))
		return SURE_HIGH;
	return SURE_MEDIUM;
}

size_t rules_causes(struct rules *r, unsigned i, struct rule_cause ret[RULE_CAUSES_MAX])
{
	const struct instance *in = &r->insts[i];
	size_t n = 0;
	double sum = 0;

	for (size_t k = 0; k < in->rec->n_causes; k++) {
		double w = in->rec->causes[k].weight;

		if (in->nots && known(&in->nots[k], true))
			continue;
		if (in->signs && in->signs[k].tree.e && in->signs[k].value.quality == QUALITY_GOOD)
			w *= in->signs[k].value.v != 0 ? 3 : 1 / 3.0;
		ret[n++] = (struct rule_cause){in->rec->causes[k].id, w};
		sum += w;
	}
	for (size_t k = 0; k < n; k++)
		ret[k].share /= sum;
	/* the likeliest first; few enough for the plainest sort */
	for (size_t k = 1; k < n; k++)
		for (size_t j = k; j > 0 && ret[j].share > ret[j - 1].share; j--) {
			struct rule_cause c = ret[j];

			ret[j] = ret[j - 1];
			ret[j - 1] = c;
		}
	return n;
}
