/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an expression: refused with a column and a sentence, or a tree that keeps its promises
 * (arguments before their readers, bounds, good values finite) in each of two environments. */
#include <math.h>

#include "daemon/expr/expr.h"
#include "daemon/model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct model_value phases[] = {{"fill", 1}, {"wash", 2}, {"drain", 3}};
static const char *const names[] = {
	"a", "p", "flow.temperature", "pressure", "phase", "demand", NULL};

static int resolve(void *userdata, const char *name, struct expr_symbol *ret)
{
	static const char *const units[] = {"", "", "°C", "kPa", "", ""};
	static const enum expr_type types[] = {
		EXPR_NUMBER, EXPR_BOOL, EXPR_NUMBER, EXPR_NUMBER, EXPR_ENUM, EXPR_BITS};
	unit_id u = UNIT_NONE;

	for (unsigned i = 0; names[i]; i++)
		if (streq(names[i], name)) {
			(void)unit_by_name(units[i], &u);
			*ret = (struct expr_symbol){.type = types[i],
				.unit = expr_unit_of(u),
				.names = {expr_names_model, phases, ARRAY_SIZE(phases)},
				.ref = i};
			return 0;
		}
	return -ENOENT;
}

static const char *name_at(void *userdata, size_t i)
{
	return i < ARRAY_SIZE(names) ? names[i] : NULL;
}

static const struct expr_accessor accessors[] = {
	{"len", EXPR_RESULT_TIME}, {"mean", EXPR_RESULT_FIRST}, {NULL}};
static const struct expr_func funcs[] = {
	{"mean", 2, 2, {EXPR_ARG_NUMBER, EXPR_ARG_DURATION}, EXPR_RESULT_FIRST, EXPR_F_STATE, 0},
	{"min", 2, 2, {EXPR_ARG_NUMBER, EXPR_ARG_DURATION}, EXPR_RESULT_FIRST, EXPR_F_STATE, 1},
	{"slope", 2, 2, {EXPR_ARG_NUMBER, EXPR_ARG_DURATION}, EXPR_RESULT_RATE, EXPR_F_STATE, 2},
	{"z", 1, 1, {EXPR_ARG_NUMBER}, EXPR_RESULT_PLAIN, EXPR_F_STATE | EXPR_F_BY, 3},
	{"fit", 1, 1, {EXPR_ARG_NUMBER}, EXPR_RESULT_DIFFERENCE, EXPR_F_STATE | EXPR_F_FIT, 4},
	{"cycle", 1, 2, {EXPR_ARG_BOOL, EXPR_ARG_NUMBER}, EXPR_RESULT_ACCESSOR, EXPR_F_STATE, 5,
		accessors},
	{"age", 1, 1, {EXPR_ARG_REF}, EXPR_RESULT_TIME, EXPR_F_STATE, 6},
	{"all", 1, 1, {EXPR_ARG_ANY}, EXPR_RESULT_FIRST, EXPR_F_ALL, 7},
	{"steady", 3, 3, {EXPR_ARG_NUMBER, EXPR_ARG_DURATION, EXPR_ARG_LIKE}, EXPR_RESULT_BOOL,
		EXPR_F_STATE, 8},
	{NULL},
};

static unsigned round_no;

static struct expr_value value(void *userdata, uint32_t ref)
{
	if (ref >= ARRAY_SIZE(names) - 1)
		abort();
	if ((ref + round_no) % 5 == 4)
		return expr_unknown(QUALITY_ABSENT + round_no % 3, REASON_NO_REPLY);
	if (ref == 1)
		return expr_good(round_no & 1);
	return expr_good(ref * 10.0 - round_no);
}

static struct expr_value call(
	void *userdata, const struct expr *e, unsigned node, const struct expr_value *v)
{
	const struct expr_node *n = &e->nodes[node];

	if (n->n_args == 0 || e->args[n->first] >= node || n->n_keys >= n->n_args)
		abort();
	return n->type == EXPR_BOOL ? expr_good(v[e->args[n->first]].v > 0) : v[e->args[n->first]];
}

static void try_scope(
	const char *text, const struct expr_scope *scope, const struct expr_want *want)
{
	const struct expr_env env = {.value = value, .call = call};
	struct expr_error err = {0};
	struct expr *e = NULL;
	char unit[64];
	int r = expr_parse(text, scope, want, &e, &err);

	if ((r == 0) != (e != NULL) || (r < 0 && (err.column == 0 || !*err.text)))
		abort();
	if (!e)
		return;
	if (e->n_nodes == 0 || e->n_nodes > EXPR_NODES_MAX)
		abort();
	for (unsigned i = 0; i < e->n_nodes; i++)
		for (unsigned k = 0; k < e->nodes[i].n_args; k++)
			if (e->args[e->nodes[i].first + k] >= i)
				abort();
	expr_unit_format(unit, sizeof(unit), expr_unit(e));
	if (!expr_same(e, e->n_nodes - 1u, e, e->n_nodes - 1u))
		abort();
	for (round_no = 0; round_no < 6; round_no++) {
		struct expr_value v = expr_eval(e, &env);

		if (v.quality == QUALITY_GOOD && !isfinite(v.v))
			abort();
		if (v.quality == QUALITY_GOOD && expr_root(e)->type == EXPR_BOOL && v.v != 0 &&
			v.v != 1)
			abort();
	}
	expr_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct expr_scope profile = {.resolve = resolve, .name_at = name_at};
	const struct expr_scope rule = {
		.resolve = resolve, .name_at = name_at, .funcs = funcs, .poll_s = 10};
	struct expr_want want = {.type = EXPR_NUMBER, .has_unit = true, .plain_ok = true};
	char text[EXPR_TEXT_MAX + 64];
	unit_id u;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	(void)unit_by_name("kPa", &u);
	want.unit = expr_unit_of(u);
	try_scope(text, &profile, NULL);
	try_scope(text, &profile, &want);
	try_scope(text, &rule, NULL);
	want = (struct expr_want){
		.type = EXPR_ENUM, .names = {expr_names_model, phases, ARRAY_SIZE(phases)}};
	try_scope(text, &rule, &want);
	return 0;
}
