/* SPDX-License-Identifier: Apache-2.0 */
/* Functions: the pure ones known everywhere, and those of the caller's table. */
#include "expr-internal.h"

#include <math.h>

static const struct expr_unit plain = {.factor = 1};

static const struct {
	const char *name;
	enum expr_op op;
	uint8_t min_args, max_args;
	const char *form;
} builtins[] = {
	{"abs", EXPR_OP_ABS, 1, 1, "abs(x)"},
	{"min", EXPR_OP_MIN, 2, EXPR_ARGS_MAX, "min(a, b, ...)"},
	{"max", EXPR_OP_MAX, 2, EXPR_ARGS_MAX, "max(a, b, ...)"},
	{"switch", EXPR_OP_SWITCH, 2, EXPR_ARGS_MAX, "switch(i, v0, v1, ...)"},
	{"default", EXPR_OP_DEFAULT, 2, 2, "default(x, y)"},
	{"present", EXPR_OP_PRESENT, 1, 1, "present(x)"},
	{"has", EXPR_OP_HAS, 2, 2, "has(SET, NAME)"},
};

struct call {
	const char *name;
	size_t column;
	const struct expr_func *func; /* NULL = none of that name */
	int builtin;                  /* index, -1 = none */
	struct operand args[EXPR_ARGS_MAX];
	int nodes[EXPR_ARGS_MAX];
	unsigned n_args, n_keys;
	double floor; /* NAN = not stated */
	struct expr_unit floor_unit;
	size_t floor_column;
};

static bool add_arg(struct parser *p, struct call *c, const struct expr_names *want)
{
	struct operand o = expr_parse_or(p, want);

	if (p->r < 0)
		return false;
	if (c->n_args >= EXPR_ARGS_MAX) {
		(void)expr_fail(p, o.column, "more than %d values; write fewer", EXPR_ARGS_MAX);
		return false;
	}
	c->args[c->n_args++] = o;
	return true;
}

/* "by k1,k2" or "~ x1,x2": 1 to 3. */
static bool parse_keys(struct parser *p, struct call *c)
{
	do {
		expr_next(p);
		if (!add_arg(p, c, NULL))
			return false;
		if (++c->n_keys > 3) {
			(void)expr_fail(p, c->args[c->n_args - 1].column,
				"more than 3 of them; choose the most telling");
			return false;
		}
	} while (p->token == TOKEN_COMMA);
	return true;
}

static bool parse_args(struct parser *p, struct call *c, const struct expr_names *want)
{
	uint8_t flags = c->func ? c->func->flags : 0;

	expr_next(p);
	if (p->token == TOKEN_CLOSE)
		return true;
	if (!add_arg(p, c, want))
		return false;
	if (flags & EXPR_F_FIT) {
		if (p->token != TOKEN_TILDE) {
			(void)expr_fail(
				p, p->start, "\"~\" is missing here; write %s(y ~ x1,x2)", c->name);
			return false;
		}
		if (!parse_keys(p, c))
			return false;
	} else if ((flags & EXPR_F_BY) && expr_at_word(p, "by") && !parse_keys(p, c)) {
		return false;
	}
	if ((flags & EXPR_F_BY) && expr_at_word(p, "floor")) {
		expr_next(p);
		if (p->token != TOKEN_NUMBER) {
			(void)expr_fail(p, p->start, "a number is missing behind \"floor\"");
			return false;
		}
		c->floor = p->number;
		c->floor_unit = p->unit;
		c->floor_column = p->start;
		expr_next(p);
	}
	while (p->r == 0 && p->token == TOKEN_COMMA) {
		expr_next(p);
		if (!add_arg(p, c, want))
			return false;
	}
	if (p->r == 0 && p->token != TOKEN_CLOSE)
		(void)expr_fail(p, p->start, "a , or ) is missing in %s(...)", c->name);
	return p->r == 0;
}

/* What stands behind "a." in cycle(a, b).len; the closing parenthesis is the token. */
static bool parse_accessor(struct parser *p, char name[EXPR_NAME_MAX + 1], size_t *ret_column)
{
	name[0] = 0;
	if (p->text[p->pos] == '.') {
		p->pos++;
		expr_next(p);
		if (p->token != TOKEN_NAME || strchr(p->name, '.')) {
			(void)expr_fail(p, p->start,
				"a word is missing behind the \".\"; write one such as .len");
			return false;
		}
		memcpy(name, p->name, EXPR_NAME_MAX + 1);
		*ret_column = p->start;
	}
	expr_next(p);
	return p->r == 0;
}

/* Names in values of switch() and default() are words of what is wanted, else of the first value's
 * list: default(mode, heat). */
static bool settle_values(struct parser *p, struct call *c, enum expr_op op, unsigned first,
	const struct expr_names *want)
{
	bool given = want && (want->n > 0 || want->intern);
	struct expr_names names = {0};

	for (unsigned i = 0; i < c->n_args; i++) {
		bool words = (op == EXPR_OP_SWITCH && i > 0) || op == EXPR_OP_DEFAULT;

		if (words && !given && i > first && p->nodes[c->nodes[first]].type == EXPR_ENUM)
			names = p->node_names[c->nodes[first]];
		c->nodes[i] = expr_settle(p, &c->args[i], !words ? NULL : given ? want : &names);
		if (c->nodes[i] < 0)
			return false;
	}
	return true;
}

static int build_has(struct parser *p, struct call *c)
{
	struct expr_node n = {.op = EXPR_OP_HAS, .type = EXPR_BOOL};
	const struct operand *w = &c->args[1];
	char word[EXPR_NAME_MAX + 1] = "";
	const struct expr_names *names;
	int set = expr_settle(p, &c->args[0], NULL);
	int64_t bit;

	if (!expr_expect(p, set, EXPR_BITS, c->name, c->args[0].column))
		return -1;
	if (w->name_len == 0)
		return expr_fail(p, w->column, "has(SET, NAME) wants a name of the set");
	names = &p->node_names[set];
	memcpy(word, p->text + w->column, w->name_len);
	if (!expr_names_find(names, word, &bit)) {
		const struct operand bare = {
			.node = -1, .name_len = w->name_len, .column = w->column};

		return expr_settle(p, &bare, names);
	}
	n.num = (double)bit;
	return expr_emit_args(p, n, &plain, &set, 1, c->column);
}

static bool check_values(struct parser *p, struct call *c, enum expr_op op)
{
	if (op == EXPR_OP_PRESENT)
		return true;
	if (op == EXPR_OP_DEFAULT)
		return expr_unify(p, c->nodes, c->n_args, c->name, c->column);
	if (op == EXPR_OP_SWITCH) {
		if (p->nodes[c->nodes[0]].type == EXPR_BITS ||
			(p->nodes[c->nodes[0]].type == EXPR_NUMBER &&
				!expr_unit_is_plain(expr_node_unit(p, c->nodes[0])))) {
			(void)expr_fail(p, c->args[0].column,
				"switch chooses by a number without unit; write one that counts 0, 1, 2");
			return false;
		}
		return expr_unify(p, c->nodes + 1, c->n_args - 1, c->name, c->column);
	}
	for (unsigned i = 0; i < c->n_args; i++)
		if (!expr_expect(p, c->nodes[i], EXPR_NUMBER, c->name, c->args[i].column))
			return false;
	if (op == EXPR_OP_ABS && expr_node_unit(p, c->nodes[0])->absolute) {
		(void)expr_fail(p, c->args[0].column,
			"a temperature in °C has no size; write the difference of two");
		return false;
	}
	return expr_unify(p, c->nodes, c->n_args, c->name, c->column);
}

static int build_builtin(struct parser *p, struct call *c, const struct expr_names *want)
{
	const enum expr_op op = builtins[c->builtin].op;
	const unsigned first = op == EXPR_OP_SWITCH ? 1 : 0;
	struct expr_node n = {.op = op, .type = EXPR_BOOL};
	struct expr_names names = {0};
	struct expr_unit unit = plain;
	int node;

	if (c->n_args < builtins[c->builtin].min_args || c->n_args > builtins[c->builtin].max_args)
		return expr_fail(p, c->column, "%s has %u values; write %s", c->name, c->n_args,
			builtins[c->builtin].form);
	if (op == EXPR_OP_HAS)
		return build_has(p, c);
	if (!settle_values(p, c, op, first, want) || !check_values(p, c, op))
		return -1;
	if (op == EXPR_OP_PRESENT)
		return expr_emit_args(p, n, &plain, c->nodes, c->n_args, c->column);
	n.type = p->nodes[c->nodes[first]].type;
	names = p->node_names[c->nodes[first]];
	for (unsigned i = first; i < c->n_args; i++) {
		/* after expr_unify() all but a bare 0 have the one unit */
		if (!expr_is_zero(p, c->nodes[i]))
			unit = *expr_node_unit(p, c->nodes[i]);
		if ((n.type == EXPR_ENUM || n.type == EXPR_BITS) &&
			p->node_names[c->nodes[i]].list != names.list)
			return expr_fail(p, c->args[i].column,
				"the values have different names; write names of one list");
	}
	node = expr_emit_args(p, n, &unit, c->nodes, c->n_args, c->column);
	if (node >= 0 && (n.type == EXPR_ENUM || n.type == EXPR_BITS))
		p->node_names[node] = names;
	return node;
}

static enum expr_arg arg_kind(const struct expr_func *f, unsigned i)
{
	if (i >= EXPR_FUNC_ARGS)
		i = EXPR_FUNC_ARGS - 1;
	while (i > 0 && f->args[i] == EXPR_ARG_END)
		i--;
	return (enum expr_arg)f->args[i];
}

static bool is_time(const struct parser *p, int node)
{
	static const int8_t dim[UNIT_DIMS] = {0, 0, 1, 0, 0};

	return node >= 0 && p->nodes[node].op == EXPR_OP_CONST &&
	       p->nodes[node].type == EXPR_NUMBER &&
	       memcmp(expr_node_unit(p, node)->dim, dim, sizeof(dim)) == 0;
}

static bool check_constant(struct parser *p, const struct call *c, unsigned i, const char *what)
{
	if (p->nodes[c->nodes[i]].op == EXPR_OP_CONST && p->nodes[c->nodes[i]].type == EXPR_NUMBER)
		return true;
	(void)expr_fail(p, c->args[i].column, "%s must be constant; write %s", c->name, what);
	return false;
}

/* Argument I of a function of the table, with its unit. */
static bool check_arg(struct parser *p, struct call *c, unsigned i, enum expr_arg kind)
{
	size_t column = c->args[i].column;
	struct expr_unit u;
	unit_id s = UNIT_NONE;

	c->nodes[i] = expr_settle(p, &c->args[i], NULL);
	if (c->nodes[i] < 0)
		return false;
	switch (kind) {
	case EXPR_ARG_END:
		return true;
	case EXPR_ARG_NUMBER:
		return expr_expect(p, c->nodes[i], EXPR_NUMBER, c->name, column);
	case EXPR_ARG_BOOL:
		return expr_expect(p, c->nodes[i], EXPR_BOOL, c->name, column);
	case EXPR_ARG_ANY:
		if (p->nodes[c->nodes[i]].type != EXPR_BITS)
			return true;
		return expr_expect(p, c->nodes[i], EXPR_NUMBER, c->name, column);
	case EXPR_ARG_REF:
		if (p->nodes[c->nodes[i]].op == EXPR_OP_REF)
			return true;
		(void)expr_fail(p, column, "%s wants the name of a point alone", c->name);
		return false;
	case EXPR_ARG_DURATION:
		(void)unit_by_name("s", &s);
		u = expr_unit_of(s);
		if (!is_time(p, c->nodes[i]) || p->nodes[c->nodes[i]].num <= 0) {
			(void)expr_fail(p, column,
				"%s wants a constant time here; write one such as 10 min", c->name);
			return false;
		}
		c->nodes[i] = expr_to_unit(p, c->nodes[i], &u, c->name, column);
		return c->nodes[i] >= 0;
	case EXPR_ARG_CONST:
		if (!check_constant(p, c, i, "a number such as 0.5"))
			return false;
		c->nodes[i] = expr_to_unit(p, c->nodes[i], &plain, c->name, column);
		return c->nodes[i] >= 0;
	case EXPR_ARG_LIKE:
		if (!check_constant(p, c, i, "a number with its unit"))
			return false;
		u = expr_unit_difference(expr_node_unit(p, c->nodes[0]));
		c->nodes[i] = expr_to_unit(p, c->nodes[i], &u, c->name, column);
		return c->nodes[i] >= 0;
	}
	return false;
}

static bool result_unit(
	struct parser *p, const struct call *c, enum expr_result r, int node, struct expr_unit *ret)
{
	const struct expr_unit x = node >= 0 ? *expr_node_unit(p, node) : plain;
	unit_id id = UNIT_NONE;
	double scale;

	(void)unit_by_name("s", &id);
	switch (r) {
	case EXPR_RESULT_BOOL:
	case EXPR_RESULT_PLAIN:
	case EXPR_RESULT_ACCESSOR:
		*ret = plain;
		return true;
	case EXPR_RESULT_TIME:
		*ret = expr_unit_of(id);
		return true;
	case EXPR_RESULT_FIRST:
		*ret = x;
		return true;
	case EXPR_RESULT_DIFFERENCE:
		*ret = expr_unit_difference(&x);
		return true;
	case EXPR_RESULT_RATE: {
		const struct expr_unit d = expr_unit_difference(&x), s = expr_unit_of(id);

		*ret = expr_unit_product(&d, &s, -1);
		return true;
	}
	case EXPR_RESULT_INTEGRAL: {
		const struct expr_unit s = expr_unit_of(id);

		if (x.absolute) {
			(void)expr_fail(p, c->column,
				"a temperature in °C cannot be summed; write the difference of two");
			return false;
		}
		*ret = expr_unit_product(&x, &s, 1);
		return true;
	}
	case EXPR_RESULT_ENERGY: {
		struct expr_unit w;

		(void)unit_by_name("W", &id);
		w = expr_unit_of(id);
		if (!expr_unit_convertible(&x, &w, &scale)) {
			(void)expr_fail(p, c->column, "%s wants a power; write a point in W or kW",
				c->name);
			return false;
		}
		(void)unit_by_name("Wh", &id);
		*ret = expr_unit_of(id);
		return true;
	}
	}
	return false;
}

static bool find_accessor(struct parser *p, const struct call *c, const char *name, size_t column,
	struct expr_node *n, enum expr_result *ret)
{
	const struct expr_accessor *a = c->func->accessors;
	char list[120] = "";
	size_t used = 0;

	if (!a) {
		if (!*name)
			return true;
		(void)expr_fail(p, column, "%s(...) has no .%s; leave it out", c->name, name);
		return false;
	}
	for (unsigned i = 0; a[i].name; i++) {
		if (streq(a[i].name, name)) {
			n->accessor = (uint8_t)i;
			*ret = a[i].result;
			return true;
		}
		str_appendf(list, sizeof(list), &used, "%s.%s", used ? " " : "", a[i].name);
	}
	(void)expr_fail(
		p, *name ? column : c->column, "%s(...) is followed by one of %s", c->name, list);
	return false;
}

static int build_call(
	struct parser *p, struct call *c, const char *accessor, size_t accessor_column)
{
	const struct expr_func *f = c->func;
	enum expr_result r = (enum expr_result)f->result;
	struct expr_node n = {
		.op = f->flags & EXPR_F_ALL ? EXPR_OP_SAME : EXPR_OP_CALL, .floor = NAN};
	unsigned given = c->n_args - c->n_keys;
	struct expr_unit unit;
	int of;

	if (given < f->min_args || given > f->max_args)
		return expr_fail(p, c->column, "%s has %u values; write %u%s", c->name, given,
			f->min_args, f->max_args > f->min_args ? " or more" : "");
	for (unsigned i = 0; i < c->n_args; i++) {
		bool key = i > 0 && i <= c->n_keys;
		enum expr_arg kind = key ? EXPR_ARG_ANY : arg_kind(f, i > 0 ? i - c->n_keys : 0);

		if (key && (f->flags & EXPR_F_FIT))
			kind = EXPR_ARG_NUMBER;
		if (!check_arg(p, c, i, kind))
			return -1;
	}
	if (!find_accessor(p, c, accessor, accessor_column, &n, &r))
		return -1;
	of = c->nodes[0];
	if (f->accessors && r != EXPR_RESULT_TIME && r != EXPR_RESULT_BOOL &&
		r != EXPR_RESULT_PLAIN) {
		if (given < 2)
			return expr_fail(p, c->column,
				"%s(...).%s wants a second value; write %s(b, x).%s", c->name,
				accessor, c->name, accessor);
		of = c->nodes[1];
	}
	n.type = r == EXPR_RESULT_BOOL ? EXPR_BOOL : EXPR_NUMBER;
	if (n.op == EXPR_OP_SAME)
		n.type = p->nodes[of].type;
	if (!result_unit(p, c, r, of, &unit))
		return -1;
	if (r == EXPR_RESULT_ENERGY) {
		unit_id w = UNIT_NONE;

		(void)unit_by_name("W", &w);
		const struct expr_unit watt = expr_unit_of(w);

		c->nodes[0] = expr_to_unit(p, c->nodes[0], &watt, c->name, c->args[0].column);
		if (c->nodes[0] < 0)
			return -1;
	}
	if (!isnan(c->floor)) {
		const struct expr_unit d = expr_unit_difference(expr_node_unit(p, c->nodes[0]));
		double scale;

		if (!expr_unit_convertible(&c->floor_unit, &d, &scale)) {
			char name[48];

			expr_unit_format(name, sizeof(name), &d);
			return expr_fail(p, c->floor_column,
				"the floor is in the unit of the value; write %g %s", c->floor,
				name);
		}
		n.floor = c->floor * scale;
	}
	n.n_keys = (uint8_t)c->n_keys;
	n.func = f;
	if (n.op == EXPR_OP_SAME)
		n.func = NULL;
	of = expr_emit_args(p, n, &unit, c->nodes, c->n_args, c->column);
	if (of >= 0 && n.op == EXPR_OP_SAME)
		p->node_names[of] = p->node_names[c->nodes[0]];
	return of;
}

static bool find_function(struct parser *p, struct call *c)
{
	const char *known[128] = {0};
	size_t n = 0;

	c->builtin = -1;
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++) {
		known[n++] = builtins[i].name;
		if (streq(builtins[i].name, c->name))
			c->builtin = (int)i;
	}
	for (const struct expr_func *f = p->scope->funcs; f && f->name; f++) {
		if (n < ARRAY_SIZE(known) - 1)
			known[n++] = f->name;
		if (streq(f->name, c->name))
			c->func = f;
	}
	if (c->func || c->builtin >= 0)
		return true;
	if (ini_nearest(c->name, known))
		(void)expr_fail(p, c->column, "there is no function %s(); is %s() meant?", c->name,
			ini_nearest(c->name, known));
	else
		(void)expr_fail(p, c->column,
			"there is no function %s(); hearthd.expr(5) lists them", c->name);
	return false;
}

struct operand expr_parse_call(
	struct parser *p, const char *name, size_t column, const struct expr_names *want)
{
	struct operand o = {.node = -1, .column = column};
	struct call c = {.name = name, .column = column, .floor = NAN};
	char accessor[EXPR_NAME_MAX + 1] = "";
	size_t accessor_column = column;
	bool outer = p->all, words;

	if (p->r < 0 || !find_function(p, &c) || !expr_enter(p))
		return o;
	if (++p->calls > EXPR_CALLS_MAX) {
		(void)expr_fail(p, column, "functions more than %d deep; name a part of it",
			EXPR_CALLS_MAX);
		return o;
	}
	if (c.func && (c.func->flags & EXPR_F_ALL))
		p->all = true;
	words = c.builtin >= 0 && (builtins[c.builtin].op == EXPR_OP_SWITCH ||
					  builtins[c.builtin].op == EXPR_OP_DEFAULT);
	if (!parse_args(p, &c, words ? want : NULL) ||
		!parse_accessor(p, accessor, &accessor_column))
		return o;
	p->all = outer;
	p->calls--;
	p->depth--;
	for (unsigned i = 0; i < c.n_args; i++)
		c.nodes[i] = c.args[i].node;
	/* min(x, 10 min) is over a time where such a function exists, min(a, b) over values. */
	if (c.func && c.builtin >= 0 && (c.n_args != 2 || !is_time(p, c.args[1].node)))
		c.func = NULL;
	if (c.func) {
		o.node = build_call(p, &c, accessor, accessor_column);
	} else if (*accessor) {
		(void)expr_fail(
			p, accessor_column, "%s(...) has no .%s; leave it out", name, accessor);
	} else {
		o.node = build_builtin(p, &c, want);
	}
	return o;
}
