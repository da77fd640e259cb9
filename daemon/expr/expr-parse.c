/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an expression: precedence. Tokens are expr-token.c's. */
#include "expr-internal.h"

#include <math.h>

int expr_fail(struct parser *p, size_t column, const char *fmt, ...)
{
	va_list ap;

	if (p->r < 0)
		return -1;
	p->r = -EINVAL;
	p->token = TOKEN_BAD;
	p->err->column = 1;
	for (size_t i = 0; i < column && p->text[i]; i++)
		if (((unsigned char)p->text[i] & 0xc0) != 0x80)
			p->err->column++;
	va_start(ap, fmt);
	(void)vsnprintf(p->err->text, sizeof(p->err->text), fmt, ap);
	va_end(ap);
	return -1;
}

bool expr_enter(struct parser *p)
{
	if (++p->depth <= EXPR_DEPTH_MAX)
		return true;
	(void)expr_fail(p, p->start, "more than %d levels within each other; name a part of it",
		EXPR_DEPTH_MAX);
	return false;
}

bool expr_at_word(const struct parser *p, const char *word)
{
	return p->token == TOKEN_NAME && streq(p->name, word);
}

static const struct operand nothing = {.node = -1};

static int emit_const(struct parser *p, double v, enum expr_type type, const struct expr_unit *unit,
	size_t column)
{
	struct expr_node n = {.op = EXPR_OP_CONST, .type = type, .num = v};

	return expr_emit(p, n, unit, column);
}

/* A name by itself. Whether it is known is asked when its partner is. */
static struct operand parse_name(struct parser *p)
{
	static const struct expr_unit plain = {.factor = 1};
	struct expr_symbol s = {.unit = {.factor = 1}};
	struct operand o = {.node = -1, .name_len = (unsigned)strlen(p->name), .column = p->start};
	struct expr_node n = {.op = EXPR_OP_REF};

	if (streq(p->name, "true") || streq(p->name, "false")) {
		o.node = emit_const(p, *p->name == 't', EXPR_BOOL, &plain, p->start);
		o.name_len = 0;
	} else if (p->scope->resolve && p->scope->resolve(p->scope->userdata, p->name, &s) == 0) {
		n.type = s.type;
		if (s.constant) {
			n.op = EXPR_OP_CONST;
			n.num = s.value;
		} else {
			n.ref = s.ref;
		}
		o.node = expr_emit(p, n, s.type == EXPR_NUMBER ? &s.unit : &plain, p->start);
		if (o.node >= 0)
			p->node_names[o.node] = s.names;
	}
	expr_next(p);
	return o;
}

static struct operand parse_primary(struct parser *p, const struct expr_names *want)
{
	struct operand o = {.node = -1, .column = p->start};
	size_t o_start = p->start;

	switch (p->token) {
	case TOKEN_NUMBER:
		o.node = emit_const(p, p->number, EXPR_NUMBER, &p->unit, p->start);
		expr_next(p);
		return o;
	case TOKEN_OPEN:
		if (!expr_enter(p))
			return nothing;
		expr_next(p);
		o = expr_parse_or(p, want);
		p->depth--;
		if (p->r < 0)
			return nothing;
		if (p->token != TOKEN_CLOSE) {
			(void)expr_fail(p, p->start, "a ) is missing here");
			return nothing;
		}
		if (o.node >= 0) {
			p->nodes[o.node].begin = (uint16_t)o_start;
			p->nodes[o.node].end = (uint16_t)p->pos;
		}
		expr_next(p);
		return o;
	case TOKEN_NAME:
		if (p->text[p->pos + strspn(p->text + p->pos, " \t")] == '(') {
			char name[EXPR_NAME_MAX + 1];
			size_t column = p->start;

			memcpy(name, p->name, sizeof(name));
			expr_next(p);
			return expr_parse_call(p, name, column, want);
		}
		return parse_name(p);
	case TOKEN_END:
		(void)expr_fail(p, p->start, "a value is missing here");
		return nothing;
	case TOKEN_OP:
	case TOKEN_CLOSE:
	case TOKEN_COMMA:
	case TOKEN_TILDE:
		(void)expr_fail(p, p->start, "a value is missing before \"%.*s\"",
			(int)MAX(p->pos - p->start, (size_t)1), p->text + p->start);
		return nothing;
	case TOKEN_BAD:
		break;
	}
	return nothing;
}

static struct operand parse_unary(struct parser *p, const struct expr_names *want)
{
	struct operand o, r = {.node = -1, .column = p->start};

	if (p->token != TOKEN_OP || (p->op != EXPR_OP_SUB && p->op != EXPR_OP_ADD))
		return parse_primary(p, want);
	if (p->op == EXPR_OP_ADD) {
		(void)expr_fail(p, p->start, "a value is missing before \"+\"; no sign is +");
		return nothing;
	}
	if (!expr_enter(p))
		return nothing;
	expr_next(p);
	/* "-40 °C" is a temperature, "-(40 °C)" is nothing. */
	if (p->token == TOKEN_NUMBER) {
		p->number = -p->number;
		o = parse_primary(p, want);
		p->depth--;
		o.column = r.column;
		if (o.node >= 0)
			p->nodes[o.node].begin = (uint16_t)r.column;
		return o;
	}
	o = parse_unary(p, want);
	p->depth--;
	if (p->r == 0)
		r.node = expr_build_unary(p, EXPR_OP_NEG, &o, r.column);
	return r;
}

static struct operand parse_left(struct parser *p, const struct expr_names *want,
	struct operand (*below)(struct parser *, const struct expr_names *), enum expr_op op_a,
	enum expr_op op_b)
{
	struct operand l = below(p, want), r;

	while (p->r == 0 && p->token == TOKEN_OP && (p->op == op_a || p->op == op_b)) {
		enum expr_op op = p->op;
		size_t column = p->start;

		expr_next(p);
		r = below(p, NULL);
		if (p->r < 0)
			return nothing;
		l = (struct operand){
			.node = expr_build_binary(p, op, &l, &r, column), .column = l.column};
	}
	return l;
}

static struct operand parse_product(struct parser *p, const struct expr_names *want)
{
	return parse_left(p, want, parse_unary, EXPR_OP_MUL, EXPR_OP_DIV);
}

static struct operand parse_sum(struct parser *p, const struct expr_names *want)
{
	return parse_left(p, want, parse_product, EXPR_OP_ADD, EXPR_OP_SUB);
}

static bool is_comparison(const struct parser *p)
{
	return p->token == TOKEN_OP && p->op >= EXPR_OP_LT && p->op <= EXPR_OP_NE;
}

static struct operand parse_comparison(struct parser *p, const struct expr_names *want)
{
	struct operand l = parse_sum(p, want), r;
	enum expr_op op = p->op;
	size_t column = p->start;
	struct expr_names names;

	if (p->r < 0 || !is_comparison(p))
		return l;
	expr_next(p);
	/* The words of the left side count for "mode == switch(x, heat, cool)" too. */
	names = l.node >= 0 ? p->node_names[l.node] : (struct expr_names){0};
	r = parse_sum(p, names.n > 0 || names.intern ? &names : NULL);
	if (p->r < 0)
		return nothing;
	l = (struct operand){.node = expr_build_binary(p, op, &l, &r, column), .column = l.column};
	if (p->r == 0 && is_comparison(p))
		(void)expr_fail(p, p->start,
			"two comparisons in a row; write \"a < b and b < c\" or parentheses");
	return l;
}

static struct operand parse_not(struct parser *p, const struct expr_names *want)
{
	struct operand o, r = {.node = -1, .column = p->start};

	if (p->token != TOKEN_OP || p->op != EXPR_OP_NOT)
		return parse_comparison(p, want);
	if (!expr_enter(p))
		return nothing;
	expr_next(p);
	o = parse_not(p, NULL);
	p->depth--;
	if (p->r == 0)
		r.node = expr_build_unary(p, EXPR_OP_NOT, &o, r.column);
	return r;
}

static struct operand parse_and(struct parser *p, const struct expr_names *want)
{
	return parse_left(p, want, parse_not, EXPR_OP_AND, EXPR_OP_AND);
}

struct operand expr_parse_or(struct parser *p, const struct expr_names *want)
{
	return parse_left(p, want, parse_and, EXPR_OP_OR, EXPR_OP_OR);
}

/* What the caller needs, from what was written. */
static int finish(struct parser *p, const struct operand *o, const struct expr_want *want)
{
	int node = expr_settle(
		p, o, want && !want->any && want->type == EXPR_ENUM ? &want->names : NULL);

	if (node < 0 || !want || want->any)
		return node;
	if (!expr_expect(p, node, want->type, "the expression", o->column))
		return -1;
	if (want->type != EXPR_NUMBER || !want->has_unit)
		return node;
	if (want->plain_ok && expr_unit_is_plain(expr_node_unit(p, node)) &&
		!expr_unit_is_plain(&want->unit)) {
		/* The same number, now called by the unit. */
		struct expr_node n = {.op = EXPR_OP_SAME, .type = EXPR_NUMBER};

		return expr_emit_args(p, n, &want->unit, &node, 1, o->column);
	}
	return expr_to_unit(p, node, &want->unit, "the expression", o->column);
}

/* One piece of memory: the widest parts first, the text last. */
static int keep(const struct parser *p, struct expr **ret)
{
	size_t nodes = p->n_nodes * sizeof(struct expr_node);
	size_t units = p->n_units * sizeof(struct expr_unit);
	size_t args = p->n_args * sizeof(uint16_t), text = strlen(p->text) + 1;
	struct expr *e = malloc(sizeof(*e) + nodes + units + args + text);

	if (!e)
		return -ENOMEM;
	e->nodes = (struct expr_node *)(e + 1);
	e->units = (struct expr_unit *)(e->nodes + p->n_nodes);
	e->args = (uint16_t *)(e->units + p->n_units);
	e->text = (char *)(e->args + p->n_args);
	memcpy(e->nodes, p->nodes, nodes);
	memcpy(e->units, p->units, units);
	memcpy(e->args, p->args, args);
	memcpy(e->text, p->text, text);
	e->n_nodes = (uint16_t)p->n_nodes;
	e->n_args = (uint16_t)p->n_args;
	e->n_units = (uint16_t)p->n_units;
	*ret = e;
	return 0;
}

int expr_parse(const char *text, const struct expr_scope *scope, const struct expr_want *want,
	struct expr **ret, struct expr_error *reterr)
{
	_cleanup_free_ struct parser *p = calloc(1, sizeof(*p));
	struct expr_error unused;
	struct operand o;
	size_t len = strlen(text);
	int root;

	if (!p)
		return -ENOMEM;
	p->text = text;
	p->scope = scope;
	p->err = reterr ? reterr : &unused;
	if (len > EXPR_TEXT_MAX) {
		(void)expr_fail(
			p, 0, "%zu bytes; at most %d: name a part of it", len, EXPR_TEXT_MAX);
		return p->r;
	}
	if (!utf8_valid(text, len)) {
		(void)expr_fail(p, 0, "the text is no valid UTF-8");
		return p->r;
	}
	expr_next(p);
	o = expr_parse_or(p, want && !want->any && want->type == EXPR_ENUM ? &want->names : NULL);
	if (p->r == 0 && p->token != TOKEN_END)
		(void)expr_fail(p, p->start,
			p->token == TOKEN_CLOSE
				? "a ) without its ("
				: "an operator is missing here: + - * / < > == and, or");
	if (p->r < 0)
		return p->r;
	root = finish(p, &o, want);
	if (p->r < 0)
		return p->r;
	/* The whole is the last node; what folding left behind it has no readers. */
	p->n_nodes = (unsigned)root + 1;
	return keep(p, ret);
}

struct expr *expr_free(struct expr *e)
{
	free(e);
	return NULL;
}

bool expr_is_constant(const struct expr *e)
{
	return expr_root(e)->op == EXPR_OP_CONST;
}

void expr_each_ref(const struct expr *e, void (*fn)(void *userdata, uint32_t ref), void *userdata)
{
	for (unsigned i = 0; i < e->n_nodes; i++)
		if (e->nodes[i].op == EXPR_OP_REF)
			fn(userdata, e->nodes[i].ref);
}

bool expr_same(const struct expr *a, unsigned node_a, const struct expr *b, unsigned node_b)
{
	const struct expr_node *x = &a->nodes[node_a], *y = &b->nodes[node_b];
	const struct expr_unit *u = &a->units[x->unit], *v = &b->units[y->unit];

	if (x->op != y->op || x->type != y->type || x->n_args != y->n_args ||
		x->n_keys != y->n_keys || x->accessor != y->accessor || x->all != y->all)
		return false;
	if (memcmp(u->dim, v->dim, sizeof(u->dim)) != 0 || u->absolute != v->absolute ||
		u->factor != v->factor || u->id != v->id)
		return false;
	if (x->floor != y->floor && !(isnan(x->floor) && isnan(y->floor)))
		return false;
	if ((x->op == EXPR_OP_CONST || x->op == EXPR_OP_SCALE || x->op == EXPR_OP_HAS) &&
		x->num != y->num)
		return false;
	if (x->op == EXPR_OP_REF && x->ref != y->ref)
		return false;
	if (x->op == EXPR_OP_CALL && x->func != y->func)
		return false;
	if (x->op == EXPR_OP_CONVERT &&
		(x->convert[0] != y->convert[0] || x->convert[1] != y->convert[1]))
		return false;
	for (unsigned i = 0; i < x->n_args; i++)
		if (!expr_same(a, a->args[x->first + i], b, b->args[y->first + i]))
			return false;
	return true;
}
