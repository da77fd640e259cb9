/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a rule as trees over the points of an appliance: what each name stands for, a point, a Param or a
 * Let of the rule or of the kind. */
#include "rule-internal.h"

int64_t rule_word(const void *list, const char *name)
{
	/* FNV-1a, above all numbers that lists give */
	uint32_t h = 2166136261u;

	for (const char *c = name; *c; c++)
		h = (h ^ (uint8_t)*c) * 16777619u;
	return ENUM_CODE_VENDOR + h;
}

size_t rule_points_of_kind(
	const struct model_kind *k, struct rule_point *ret, size_t max, int16_t *index)
{
	static const enum expr_type types[] = {
		[ATTR_NUMBER] = EXPR_NUMBER,
		[ATTR_BOOL] = EXPR_BOOL,
		[ATTR_ENUM] = EXPR_ENUM,
		[ATTR_BITS] = EXPR_BITS,
	};
	size_t n = 0;

	for (size_t i = 0; i < k->n_attrs; i++) {
		const struct model_attr *a = &k->attrs[i];

		if (index)
			index[i] = -1;
		if (a->type > ATTR_BITS || n >= max || a->origin == ORIGIN_HEARTHD)
			continue;
		if (index)
			index[i] = (int16_t)n;
		ret[n++] = (struct rule_point){
			.name = a->name,
			.type = types[a->type],
			.unit = expr_unit_of(a->unit),
			.names = {.at = expr_names_model,
				.list = a->values,
				.n = a->n_values,
				.intern = a->n_values == 0 ? rule_word : NULL},
			.present = true,
			.setting = a->writable || endswith(a->name, "setpoint"),
		};
	}
	return n;
}

static struct expr_symbol symbol_of(const struct expr *e, uint32_t ref)
{
	return (struct expr_symbol){
		.type = (enum expr_type)expr_root(e)->type, .unit = *expr_unit(e), .ref = ref};
}

int rule_resolve(void *userdata, const char *name, struct expr_symbol *ret)
{
	const struct binder *b = userdata;
	const struct rules *r = b->r;
	int point = -1;

	for (size_t i = 0; i < b->n_params; i++)
		if (streq(b->params[i].name, name)) {
			*ret = (struct expr_symbol){.type = EXPR_NUMBER,
				.unit = b->params[i].unit,
				.constant = true,
				.value = b->params[i].value};
			return 0;
		}
	for (size_t i = 0; b->in && i < b->in->n_lets; i++)
		if (streq(b->in->lets[i].name, name)) {
			*ret = symbol_of(b->in->lets[i].tree.e, REF_LOCAL | (uint32_t)i);
			return 0;
		}
	for (size_t i = 0; i < r->n_lets; i++)
		if (streq(r->lets[i].name, name)) {
			*ret = symbol_of(r->lets[i].tree.e, REF_LET | (uint32_t)i);
			return 0;
		}
	if (b->in && b->in->each >= 0 && streq(name, "each"))
		point = b->in->each;
	for (size_t i = 0; i < r->n_points && point < 0; i++)
		if (streq(r->points[i].name, name))
			point = (int)i;
	if (point < 0)
		return -ENOENT;
	*ret = (struct expr_symbol){.type = r->binding[point].type,
		.unit = r->binding[point].unit,
		.names = r->binding[point].names,
		.ref = (uint32_t)point};
	return 0;
}

static const char *name_at(void *userdata, size_t i)
{
	const struct binder *b = userdata;

	if (i < b->r->n_lets)
		return b->r->lets[i].name;
	i -= b->r->n_lets;
	return i < b->r->n_points ? b->r->points[i].name : NULL;
}

void rule_tree_done(struct tree *t)
{
	free(t->slots);
	*t = (struct tree){0};
}

int rule_parse(struct binder *b, const struct ini_entry *e, const char *value,
	const struct expr_want *want, bool gated, struct tree *ret)
{
	const struct expr_scope scope = {.userdata = b,
		.resolve = rule_resolve,
		.name_at = name_at,
		.funcs = rule_funcs,
		.poll_s = b->r->period_s};
	struct expr_error err;
	struct expr *parsed;
	int k = expr_parse(value, &scope, want, &parsed, &err);

	if (k == -EINVAL)
		return ini_problem(b->problems, PROBLEM_ERROR, e, "%s: column %u: %s",
			b->r->kind->name, err.column, err.text);
	if (k < 0)
		return k;
	ret->e = rule_pool_take(b->r->set->pool, parsed);
	if (!ret->e)
		return -ENOMEM;
	if (b->r->n_nodes + ret->e->n_nodes > RULES_NODES_MAX) {
		rule_tree_done(ret);
		return ini_problem(b->problems, PROBLEM_ERROR, e,
			"%s: more than %d values and operators of all rules; write fewer",
			b->r->kind->name, RULES_NODES_MAX);
	}
	b->r->n_nodes += ret->e->n_nodes;
	return rule_add_slots(b, ret, gated, e);
}

/* The household's value of a Param, else VALUE. */
static double tuned(struct binder *b, const struct ini_entry *e, const char *name, double value,
	double least, double greatest)
{
	for (size_t i = 0; i < b->config->n_params; i++) {
		const struct rule_param *p = &b->config->params[i];

		if (!streq(p->rule, b->rec->name) || !streq(p->name, name))
			continue;
		if (p->value >= least && p->value <= greatest)
			return p->value;
		(void)ini_problem(b->problems, PROBLEM_WARNING, e,
			"the tuned value %g is outside %g to %g; write one inside", p->value, least,
			greatest);
	}
	return value;
}

/* "0.8 bar from 0.5 bar to 1.0 bar" */
static int bind_param(struct binder *b, const struct ini_entry *e, const char *name)
{
	const struct expr_scope none = {0};
	const char *from = strstr(e->value, " from "), *to = from ? strstr(from + 6, " to ") : NULL;
	struct expr *v[3] = {0};
	struct expr_error err = {.text = "write VALUE from LEAST to GREATEST"};
	char part[3][64] = {{0}};
	struct expr_want want = {.type = EXPR_NUMBER};
	int k = -EINVAL;

	if (from && to && from - e->value < 63 && to - from < 63 && b->n_params < RULE_LETS_MAX &&
		strlen(name) <= RULE_NAME_MAX) {
		(void)snprintf(part[0], 64, "%.*s", (int)(from - e->value), e->value);
		(void)snprintf(part[1], 64, "%.*s", (int)(to - from - 6), from + 6);
		(void)snprintf(part[2], 64, "%.63s", to + 4);
		k = 0;
		for (unsigned i = 0; i < 3 && k >= 0; i++) {
			k = expr_parse(part[i], &none, &want, &v[i], &err);
			if (k >= 0 && !expr_is_constant(v[i]))
				k = -EINVAL;
			if (i == 0 && k >= 0) {
				want.has_unit = true;
				want.unit = *expr_unit(v[0]);
			}
		}
	}
	if (k >= 0 && !(expr_root(v[1])->num <= expr_root(v[0])->num &&
			      expr_root(v[0])->num <= expr_root(v[2])->num)) {
		(void)str_copy(err.text, sizeof(err.text), "the value is outside its bounds");
		k = -EINVAL;
	}
	if (k >= 0) {
		(void)str_copy(b->params[b->n_params].name, RULE_NAME_MAX + 1, name);
		b->params[b->n_params].value = tuned(b, e, name, expr_root(v[0])->num,
			expr_root(v[1])->num, expr_root(v[2])->num);
		b->params[b->n_params++].unit = *expr_unit(v[0]);
	}
	for (unsigned i = 0; i < 3; i++)
		expr_free(v[i]);
	return k == -EINVAL ? ini_problem(b->problems, PROBLEM_ERROR, e, "%s", err.text) : k;
}

int rule_bind_names(struct binder *b)
{
	struct instance *in = b->in;
	int k = 0;

	for (struct ini_entry *e = b->rec->section->entries; e && k >= 0; e = e->next) {
		const char *name = startswith(e->key, "Param.");

		if (name && *e->value)
			k = bind_param(b, e, name);
		name = startswith(e->key, "Let.");
		if (!name || !*e->value || k < 0)
			continue;
		if (in->n_lets >= RULE_LETS_MAX || strlen(name) > RULE_NAME_MAX)
			return ini_problem(b->problems, PROBLEM_ERROR, e,
				"more than %d Let, or a name of more than %d bytes", RULE_LETS_MAX,
				RULE_NAME_MAX);
		k = rule_let_add(&in->lets, in->n_lets, name);
		if (k < 0)
			break;
		k = rule_parse(b, e, e->value, NULL, false, &in->lets[in->n_lets].tree);
		if (k >= 0)
			in->n_lets++;
		else
			rule_tree_done(&in->lets[in->n_lets].tree);
	}
	return k;
}
