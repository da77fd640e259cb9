/* SPDX-License-Identifier: Apache-2.0 */
/* Types and units: every node is checked, and its operands converted, when it is made. */
#include "expr-internal.h"

#include <math.h>

static const struct expr_unit plain = {.factor = 1};

static const char *type_name(enum expr_type t)
{
	static const char *const names[] = {
		[EXPR_NUMBER] = "a number",
		[EXPR_BOOL] = "true or false",
		[EXPR_ENUM] = "one of several names",
		[EXPR_BITS] = "a set of names",
	};

	return names[t];
}

const struct expr_unit *expr_node_unit(const struct parser *p, int node)
{
	return &p->units[p->nodes[node].unit];
}

static int unit_index(struct parser *p, const struct expr_unit *u)
{
	for (unsigned i = 0; i < p->n_units; i++) {
		const struct expr_unit *v = &p->units[i];

		if (v->id == u->id && v->absolute == u->absolute && v->factor == u->factor &&
			memcmp(v->dim, u->dim, sizeof(v->dim)) == 0)
			return (int)i;
	}
	p->units[p->n_units] = *u; /* no more than nodes */
	return (int)p->n_units++;
}

/* A node over constants alone becomes one: they are the last ones emitted. */
static int fold(struct parser *p, int node, size_t column)
{
	struct expr_node *n = &p->nodes[node];
	struct expr_value v[EXPR_ARGS_MAX], r;
	struct expr_node c = {.op = EXPR_OP_CONST, .type = n->type, .unit = n->unit};
	uint16_t args[EXPR_ARGS_MAX];

	if (n->op == EXPR_OP_CONST || n->op == EXPR_OP_REF || n->op == EXPR_OP_CALL ||
		n->n_args == 0 || n->n_args > EXPR_ARGS_MAX || node < n->n_args)
		return node;
	for (unsigned i = 0; i < n->n_args; i++) {
		unsigned a = p->args[n->first + i];

		if (a != (unsigned)node - n->n_args + i || p->nodes[a].op != EXPR_OP_CONST)
			return node;
		v[i] = expr_good(p->nodes[a].num);
		args[i] = (uint16_t)i;
	}
	c.first = n->first;
	n->first = 0;
	r = expr_eval_pure(n, args, v);
	if (r.quality != QUALITY_GOOD)
		return expr_fail(
			p, column, "this has no finite value; write one that can be calculated");
	c.num = r.v;
	c.column = n->column;
	c.begin = n->begin;
	c.end = n->end;
	p->node_names[node - n->n_args] = p->node_names[node];
	p->n_args = c.first;
	p->n_nodes = (unsigned)(node - n->n_args + 1);
	c.first = 0;
	p->nodes[p->n_nodes - 1] = c;
	return (int)p->n_nodes - 1;
}

int expr_emit_args(struct parser *p, struct expr_node n, const struct expr_unit *unit,
	const int *args, unsigned n_args, size_t column)
{
	if (p->r < 0)
		return -1;
	if (p->n_nodes >= EXPR_NODES_MAX || p->n_args + n_args > EXPR_NODES_MAX)
		return expr_fail(p, column, "more than %d values and operators; name a part of it",
			EXPR_NODES_MAX);
	n.unit = (uint8_t)unit_index(p, unit);
	n.first = (uint16_t)p->n_args;
	n.n_args = (uint8_t)n_args;
	n.all = p->all;
	n.column = 1;
	for (size_t i = 0; i < column; i++)
		if (((unsigned char)p->text[i] & 0xc0) != 0x80)
			n.column++;
	/* A leaf is the token at hand; anything else ends before it. */
	n.begin = (uint16_t)column;
	n.end = (uint16_t)(n_args > 0 ? p->last_end : p->pos);
	for (unsigned i = 0; i < n_args; i++) {
		n.begin = MIN(n.begin, p->nodes[args[i]].begin);
		p->args[p->n_args++] = (uint16_t)args[i];
	}
	p->nodes[p->n_nodes] = n;
	p->node_names[p->n_nodes] = (struct expr_names){0};
	return fold(p, (int)p->n_nodes++, column);
}

int expr_emit(struct parser *p, struct expr_node n, const struct expr_unit *unit, size_t column)
{
	return expr_emit_args(p, n, unit, NULL, 0, column);
}

bool expr_is_zero(const struct parser *p, int node)
{
	const struct expr_node *n = &p->nodes[node];

	return n->op == EXPR_OP_CONST && n->type == EXPR_NUMBER && n->num == 0 &&
	       expr_unit_is_plain(expr_node_unit(p, node));
}

/* "heat, cool, auto" */
static void list_names(char *dst, size_t size, const struct expr_names *names)
{
	size_t used = 0;
	int64_t value;

	dst[0] = 0;
	for (size_t i = 0; i < names->n; i++)
		if (!str_appendf(dst, size - 5, &used, "%s%s", used ? ", " : "",
			    names->at(names->list, i, &value))) {
			str_appendf(dst, size, &used, ", ...");
			return;
		}
}

static int word(struct parser *p, const struct operand *o, const struct expr_names *names)
{
	char name[EXPR_NAME_MAX + 1];
	struct expr_node n = {.op = EXPR_OP_CONST, .type = EXPR_ENUM};
	int64_t value;
	int node;

	memcpy(name, p->text + o->column, o->name_len);
	name[o->name_len] = 0;
	if (!expr_names_find(names, name, &value))
		return -1;
	n.num = (double)value;
	if (o->node >= 0) {
		/* A point of that name exists too: here the word is meant. */
		n.unit = (uint8_t)unit_index(p, &plain);
		n.column = p->nodes[o->node].column;
		n.begin = p->nodes[o->node].begin;
		n.end = p->nodes[o->node].end;
		p->nodes[o->node] = n;
		p->node_names[o->node] = *names;
		return o->node;
	}
	node = expr_emit(p, n, &plain, o->column);
	if (node >= 0)
		p->node_names[node] = *names;
	return node;
}

static int unknown_name(struct parser *p, const struct operand *o, const struct expr_names *want)
{
	const char *near = NULL, *known[256] = {0};
	char name[EXPR_NAME_MAX + 1], list[120];

	memcpy(name, p->text + o->column, o->name_len);
	name[o->name_len] = 0;
	if (want && want->n > 0 && !want->intern) {
		list_names(list, sizeof(list), want);
		return expr_fail(p, o->column, "\"%s\" is none of the names here; write one of %s",
			name, list);
	}
	for (size_t i = 0; p->scope->name_at && i < ARRAY_SIZE(known) - 1; i++) {
		known[i] = p->scope->name_at(p->scope->userdata, i);
		if (!known[i])
			break;
	}
	near = ini_nearest(name, known);
	if (near)
		return expr_fail(p, o->column, "there is no \"%s\"; is \"%s\" meant?", name, near);
	return expr_fail(p, o->column, "there is no \"%s\"; write a name that is known here", name);
}

int expr_settle(struct parser *p, const struct operand *o, const struct expr_names *want)
{
	int node;

	if (p->r < 0)
		return -1;
	if (o->name_len > 0 && want && (want->n > 0 || want->intern)) {
		node = word(p, o, want);
		if (node >= 0 || p->r < 0)
			return node;
	}
	if (o->node >= 0)
		return o->node;
	if (o->name_len > 0)
		return unknown_name(p, o, want);
	return expr_fail(p, o->column, "a value is missing here");
}

bool expr_expect(struct parser *p, int node, enum expr_type type, const char *what, size_t column)
{
	static const char *const right[] = {
		[EXPR_NUMBER] = "write a number",
		[EXPR_BOOL] = "write a comparison",
		[EXPR_ENUM] = "write one of its names",
		[EXPR_BITS] = "write a set",
	};

	if (node < 0)
		return false;
	if (p->nodes[node].type == type)
		return true;
	(void)expr_fail(p, column, "%s is %s where %s is wanted; %s%s", what,
		type_name(p->nodes[node].type), type_name(type), right[type],
		p->nodes[node].type == EXPR_BITS ? ", such as has(SET, NAME)" : "");
	return false;
}

/* "a temperature (°C)", "kPa", "a number without unit" */
static void describe(char *dst, size_t size, const struct expr_unit *u)
{
	char name[48];

	expr_unit_format(name, sizeof(name), u);
	if (u->absolute)
		(void)snprintf(dst, size, "a temperature (%s)", name);
	else if (*name)
		(void)snprintf(dst, size, "%s", name);
	else
		(void)snprintf(dst, size, "a number without unit");
}

int expr_to_unit(
	struct parser *p, int node, const struct expr_unit *unit, const char *what, size_t column)
{
	const struct expr_unit from = *expr_node_unit(p, node), to = *unit;
	struct expr_node n = {.op = EXPR_OP_SCALE, .type = EXPR_NUMBER};
	char a[80], b[80], name[48];

	if (expr_is_zero(p, node) && !to.absolute) {
		p->nodes[node].unit = (uint8_t)unit_index(p, &to);
		return node;
	}
	expr_unit_format(name, sizeof(name), &to);
	if (p->nodes[node].op == EXPR_OP_CONST && from.id == UNIT_NONE &&
		expr_unit_is_plain(&from) && !expr_unit_is_plain(&to))
		return expr_fail(p, column, "%g has no unit; write %g %s", p->nodes[node].num,
			p->nodes[node].num, name);
	if (!expr_unit_convertible(&from, &to, &n.num)) {
		describe(a, sizeof(a), &from);
		describe(b, sizeof(b), &to);
		if (from.absolute != to.absolute && from.dim[4] == 1 && to.dim[4] == 1)
			return expr_fail(p, column,
				"%s is %s where %s is wanted; °C is for temperatures, K for "
				"differences of two",
				what, a, b);
		return expr_fail(p, column, "%s is %s where %s is wanted; write it in %s", what, a,
			b, *name ? name : "a number without unit");
	}
	if (n.num == 1)
		return node;
	if (isnan(n.num) || (from.id != UNIT_NONE && unit_convertible(from.id, to.id))) {
		/* unit_convert() divides where that rounds less. */
		n.op = EXPR_OP_CONVERT;
		n.convert[0] = from.id;
		n.convert[1] = to.id;
	}
	if (p->nodes[node].op == EXPR_OP_CONST) {
		const struct expr_value v = expr_good(p->nodes[node].num);
		const uint16_t zero = 0;

		n.n_args = 1;
		p->nodes[node].num = expr_eval_pure(&n, &zero, &v).v;
		p->nodes[node].unit = (uint8_t)unit_index(p, &to);
		if (!isfinite(p->nodes[node].num))
			return expr_fail(p, column, "the number is too large; write a smaller one");
		return node;
	}
	return expr_emit_args(p, n, &to, &node, 1, column);
}

bool expr_unify(struct parser *p, int *nodes, unsigned n, const char *what, size_t column)
{
	unsigned lead = 0;

	/* max(0, power) and max(1 kW, power): whoever has a unit says which */
	while (lead + 1 < n && expr_unit_is_plain(expr_node_unit(p, nodes[lead])) &&
		p->nodes[nodes[lead]].type == EXPR_NUMBER)
		lead++;
	if (expr_unit_is_plain(expr_node_unit(p, nodes[lead])))
		lead = 0;
	for (unsigned i = 0; i < n; i++) {
		if (!expr_expect(p, nodes[i], p->nodes[nodes[lead]].type, what, column))
			return false;
		if (i == lead || p->nodes[nodes[i]].type != EXPR_NUMBER)
			continue;
		nodes[i] = expr_to_unit(p, nodes[i], expr_node_unit(p, nodes[lead]), what, column);
		if (nodes[i] < 0)
			return false;
	}
	return true;
}

int expr_build_unary(struct parser *p, enum expr_op op, const struct operand *o, size_t column)
{
	struct expr_node n = {.op = op};
	int node = expr_settle(p, o, NULL);

	if (node < 0)
		return -1;
	n.type = op == EXPR_OP_NOT ? EXPR_BOOL : EXPR_NUMBER;
	if (!expr_expect(p, node, n.type,
		    op == EXPR_OP_NOT ? "what follows \"not\"" : "what follows \"-\"", o->column))
		return -1;
	if (op == EXPR_OP_NEG && expr_node_unit(p, node)->absolute)
		return expr_fail(p, column,
			"a temperature has no sign to turn; write the difference of two, or -40 °C");
	return expr_emit_args(p, n, expr_node_unit(p, node), &node, 1, column);
}

/* × and ÷: a product of units that has no name keeps its own scale, but a bare factor (kPa/bar) is
 * carried out. */
static int build_product(struct parser *p, enum expr_op op, int l, int r, size_t column)
{
	const struct expr_unit a = *expr_node_unit(p, l), b = *expr_node_unit(p, r);
	struct expr_node n = {.op = op, .type = EXPR_NUMBER};
	struct expr_unit u;
	int args[2] = {l, r}, node;
	bool none = true;

	if (a.absolute || b.absolute)
		return expr_fail(p, column,
			"a temperature in °C cannot be multiplied or divided; write a difference of two");
	u = expr_unit_product(&a, &b, op == EXPR_OP_MUL ? 1 : -1);
	for (unsigned i = 0; i < UNIT_DIMS; i++)
		none = none && u.dim[i] == 0;
	if (none && u.id == UNIT_NONE && u.factor != 1) {
		const struct expr_unit left = u;

		node = expr_emit_args(p, n, &left, args, 2, column);
		return node < 0 ? -1 : expr_to_unit(p, node, &plain, "this", column);
	}
	return expr_emit_args(p, n, &u, args, 2, column);
}

/* °C ± K = °C, °C - °C = K, °C + °C is nothing. */
static int build_sum(struct parser *p, enum expr_op op, int l, int r, size_t column)
{
	struct expr_unit a = *expr_node_unit(p, l), b = *expr_node_unit(p, r), u;
	struct expr_node n = {.op = op, .type = EXPR_NUMBER};
	unit_id celsius = UNIT_NONE;
	int args[2] = {l, r};

	(void)unit_by_name("°C", &celsius);
	u = expr_unit_of(celsius);
	if (a.absolute && b.absolute) {
		if (op == EXPR_OP_ADD)
			return expr_fail(p, column,
				"two temperatures in °C cannot be added; write K for a difference");
		/* °F too comes out in K. */
		args[0] = expr_to_unit(p, l, &u, "this", column);
		args[1] = expr_to_unit(p, r, &u, "this", column);
		u = expr_unit_difference(&u);
	} else if (a.absolute || b.absolute) {
		struct expr_unit k = expr_unit_difference(&u);

		if (op == EXPR_OP_SUB && b.absolute)
			return expr_fail(p, column,
				"a temperature in °C cannot be taken from a difference; turn the two round");
		args[0] = expr_to_unit(p, l, a.absolute ? &u : &k, "what is added to", column);
		if (args[0] >= 0)
			args[1] = expr_to_unit(p, r, a.absolute ? &k : &u, "what is added", column);
	} else if (expr_unify(p, args, 2, "what is added", column)) {
		u = *expr_node_unit(p, args[0]);
	}
	if (p->r < 0)
		return -1;
	return expr_emit_args(p, n, &u, args, 2, column);
}

/* The names of an enum on one side say what a bare name on the other means. */
static bool settle_pair(
	struct parser *p, const struct operand *l, const struct operand *r, int *args)
{
	const struct expr_names *names = NULL;

	if (l->node >= 0 && p->nodes[l->node].type == EXPR_ENUM)
		names = &p->node_names[l->node];
	args[1] = expr_settle(p, r, names);
	if (args[1] < 0)
		return false;
	names = NULL;
	if (p->nodes[args[1]].type == EXPR_ENUM &&
		(l->node < 0 || p->nodes[l->node].type != EXPR_ENUM))
		names = &p->node_names[args[1]];
	args[0] = expr_settle(p, l, names);
	return args[0] >= 0;
}

static int build_comparison(struct parser *p, enum expr_op op, const struct operand *l,
	const struct operand *r, size_t column)
{
	struct expr_node n = {.op = op, .type = EXPR_BOOL};
	const struct expr_names *a, *b;
	bool constant;
	int args[2];

	if (!settle_pair(p, l, r, args))
		return -1;
	if (op != EXPR_OP_EQ && op != EXPR_OP_NE)
		if (!expr_expect(p, args[0], EXPR_NUMBER, "the left side", l->column) ||
			!expr_expect(p, args[1], EXPR_NUMBER, "the right side", r->column))
			return -1;
	if (p->nodes[args[0]].type == EXPR_BITS)
		return expr_fail(p, column, "a set is not compared; write has(SET, NAME)");
	if (!expr_expect(p, args[1], p->nodes[args[0]].type, "the right side", r->column))
		return -1;
	if (p->nodes[args[0]].type == EXPR_ENUM) {
		a = &p->node_names[args[0]];
		b = &p->node_names[args[1]];
		if (a->list != b->list || a->n != b->n)
			return expr_fail(p, r->column,
				"the two sides have different names; compare with one of the names");
		return expr_emit_args(p, n, &plain, args, 2, column);
	}
	if (p->nodes[args[0]].type == EXPR_BOOL)
		return expr_emit_args(p, n, &plain, args, 2, column);
	/* The side that moves is left in its unit; a constant is converted. */
	constant = p->nodes[args[0]].op == EXPR_OP_CONST && p->nodes[args[1]].op != EXPR_OP_CONST;
	args[!constant] = expr_to_unit(p, args[!constant], expr_node_unit(p, args[constant]),
		constant ? "the left side" : "the right side", constant ? l->column : r->column);
	if (args[!constant] < 0)
		return -1;
	return expr_emit_args(p, n, &plain, args, 2, column);
}

int expr_build_binary(struct parser *p, enum expr_op op, const struct operand *l,
	const struct operand *r, size_t column)
{
	struct expr_node n = {.op = op, .type = EXPR_BOOL};
	int args[2];

	if (op >= EXPR_OP_LT && op <= EXPR_OP_NE)
		return build_comparison(p, op, l, r, column);
	args[0] = expr_settle(p, l, NULL);
	args[1] = args[0] < 0 ? -1 : expr_settle(p, r, NULL);
	if (args[1] < 0)
		return -1;
	if (op == EXPR_OP_AND || op == EXPR_OP_OR) {
		if (!expr_expect(p, args[0], EXPR_BOOL, "the left side", l->column) ||
			!expr_expect(p, args[1], EXPR_BOOL, "the right side", r->column))
			return -1;
		return expr_emit_args(p, n, &plain, args, 2, column);
	}
	if (!expr_expect(p, args[0], EXPR_NUMBER, "the left side", l->column) ||
		!expr_expect(p, args[1], EXPR_NUMBER, "the right side", r->column))
		return -1;
	if (op == EXPR_OP_MUL || op == EXPR_OP_DIV)
		return build_product(p, op, args[0], args[1], column);
	return build_sum(p, op, args[0], args[1], column);
}
