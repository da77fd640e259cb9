/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an expression: tokens and precedence. */
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

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Bytes of a character beyond ASCII that may stand in a name or a unit (°, µ, Ω, ³, CJK letters);
 * 0 for punctuation and symbols, which input methods and word processors put in place of ASCII. */
static size_t foreign_letter(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	uint32_t u;
	size_t n;

	if (c[0] < 0xc2)
		return 0;
	n = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	u = c[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		u = u << 6 | (c[i] & 0x3fu);
	if (u == 0xa0 || u == 0xb1 || u == 0xb7 || u == 0xd7 || u == 0xf7)
		return 0; /* no-break space ± · × ÷ */
	if ((u >= 0x2000 && u < 0x2100) || (u >= 0x2190 && u < 0x2400))
		return 0; /* general punctuation (the per mille sign too), arrows, operators */
	if ((u >= 0x3000 && u < 0x3040) || (u >= 0xff00 && u < 0xfff0) || u == 0xfeff)
		return 0; /* full width */
	return n;
}

static size_t name_length(const char *s)
{
	size_t n = 0, k;

	for (;;) {
		if (is_letter(s[n]) || is_digit(s[n]))
			n++;
		else if (s[n] == '.' && n > 0 && (is_letter(s[n + 1]) || is_digit(s[n + 1])))
			n++;
		else if ((k = foreign_letter(s + n)) > 0)
			n += k;
		else
			return n;
	}
}

static bool is_keyword(const char *s, size_t n)
{
	static const char *const words[] = {"and", "or", "not", "by", "floor"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
			return true;
	return false;
}

/* The unit that S[0 .. N) is, alone ("L/min") or per time ("K/h"). */
static bool unit_of_text(const char *s, size_t n, struct expr_unit *ret)
{
	char buf[32], *slash;
	struct expr_unit a, b;
	unit_id id;

	if (n == 0 || n >= sizeof(buf))
		return false;
	memcpy(buf, s, n);
	buf[n] = 0;
	if (unit_by_name(buf, &id) == 0) {
		*ret = expr_unit_of(id);
		return true;
	}
	slash = strrchr(buf, '/');
	if (!slash)
		return false;
	*slash = 0;
	if (unit_by_name(buf, &id) < 0)
		return false;
	a = expr_unit_of(id);
	if (unit_by_name(slash + 1, &id) < 0)
		return false;
	b = expr_unit_of(id);
	if (a.absolute || b.dim[2] != 1 || b.dim[0] || b.dim[1] || b.dim[3] || b.dim[4])
		return false;
	*ret = expr_unit_product(&a, &b, -1);
	return true;
}

/* The unit behind a number: the longest that begins here, ends at a "/" or at the end of the word, and
 * is no name of a function. */
static void read_unit(struct parser *p)
{
	static const struct expr_unit none = {.factor = 1};
	const char *s = p->text + p->pos;
	size_t blanks = strspn(s, " \t"), n = 0, first = 0, k;

	p->unit = none;
	s += blanks;
	for (;;) {
		if (is_letter(s[n]) || s[n] == '%' || (n > 0 && (is_digit(s[n]) || s[n] == '/')))
			n++;
		else if ((k = foreign_letter(s + n)) > 0)
			n += k;
		else if (memcmp(s + n, "\xe2\x80\xb0", MIN(strlen(s + n), 3)) == 0 && s[n])
			n += 3; /* ‰ */
		else if (n > 0 && memcmp(s + n, "\xc2\xb7", MIN(strlen(s + n), 2)) == 0 && s[n])
			n += 2; /* the dot of °C·min */
		else
			break;
		if (first == 0 && s[n] == '/')
			first = n;
	}
	if (first == 0)
		first = n;
	if (n == 0 || is_keyword(s, first))
		return;
	if (first == 4 && memcmp(s, "poll", 4) == 0) {
		unit_id sec;

		if (p->scope->poll_s <= 0) {
			(void)expr_fail(p, p->pos + blanks,
				"\"poll\" has no meaning here; write a time such as 30 s");
			return;
		}
		p->number *= p->scope->poll_s;
		if (unit_by_name("s", &sec) == 0)
			p->unit = expr_unit_of(sec);
		p->pos += blanks + 4;
		return;
	}
	for (k = n; k > 0; k--) {
		if (k < n && s[k] != '/')
			continue;
		/* "5 L/min(a, b)" divides by a function. */
		if (s[k] == '(' && k == n && k != first)
			continue;
		if (unit_of_text(s, k, &p->unit)) {
			p->pos += blanks + k;
			return;
		}
	}
	(void)expr_fail(p, p->pos + blanks,
		"\"%.*s\" is no unit; write one such as K, bar, L/min or min", (int)MIN(first, 40),
		s);
}

static void read_number(struct parser *p)
{
	const char *s = p->text + p->pos;
	char buf[64];
	size_t n;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		uint64_t u;

		n = 2 + strspn(s + 2, "0123456789abcdefABCDEF");
		if (n >= sizeof(buf)) {
			(void)expr_fail(p, p->pos,
				"the number is too long; write 0x and at most 13 digits");
			return;
		}
		memcpy(buf, s, n);
		buf[n] = 0;
		/* 2^53: what a double holds exactly */
		if (parse_u64(buf, 0, UINT64_C(1) << 53, &u) < 0) {
			(void)expr_fail(
				p, p->pos, "\"%s\" is no number; write 0x and 1 to 13 digits", buf);
			return;
		}
		p->number = (double)u;
	} else {
		n = strspn(s, "0123456789");
		if (s[n] == '.')
			n += 1 + strspn(s + n + 1, "0123456789");
		if ((s[n] == 'e' || s[n] == 'E') &&
			is_digit(s[n + 1 + (s[n + 1] == '+' || s[n + 1] == '-')])) {
			n += 1 + (s[n + 1] == '+' || s[n + 1] == '-');
			n += strspn(s + n, "0123456789");
		}
		if (n >= sizeof(buf)) {
			(void)expr_fail(
				p, p->pos, "the number is too long; write at most 60 digits");
			return;
		}
		memcpy(buf, s, n);
		buf[n] = 0;
		if (buf[0] == '.' || buf[n - 1] == '.' || parse_double(buf, &p->number) < 0) {
			(void)expr_fail(
				p, p->pos, "\"%s\" is no number; write digits such as 0.5", buf);
			return;
		}
	}
	p->pos += n;
	p->token = TOKEN_NUMBER;
	read_unit(p);
}

static bool take_op(struct parser *p, const char *text, enum expr_op op)
{
	size_t n = strlen(text);

	if (strncmp(p->text + p->pos, text, n) != 0)
		return false;
	p->pos += n;
	p->token = TOKEN_OP;
	p->op = op;
	return true;
}

static void bad_character(struct parser *p)
{
	static const struct {
		const char *met, *write;
	} mended[] = {
		{"\xe2\x88\x92", "-"},
		{"\xe2\x80\x93", "-"},
		{"\xc3\x97", "*"},
		{"\xc2\xb7", "*"},
		{"\xc3\xb7", "/"},
		{"\xe2\x89\xa4", "<="},
		{"\xe2\x89\xa5", ">="},
		{"\xe2\x89\xa0", "!="},
		{"=", "=="},
		{"!", "not"},
		{"&&", "and"},
		{"||", "or"},
		{"&", "and"},
		{"|", "or"},
	};
	const char *s = p->text + p->pos;
	size_t n = 1;

	for (size_t i = 0; i < ARRAY_SIZE(mended); i++)
		if (strncmp(s, mended[i].met, strlen(mended[i].met)) == 0) {
			(void)expr_fail(p, p->pos, "\"%s\" is not used here; write \"%s\"",
				mended[i].met, mended[i].write);
			return;
		}
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	if (*s == '"' || *s == '\'')
		(void)expr_fail(p, p->pos, "there are no strings; write the name without quotes");
	else if ((unsigned char)*s < 0x20 || *s == 0x7f)
		(void)expr_fail(p, p->pos, "a control byte (0x%02x); write blanks alone",
			(unsigned char)*s);
	else
		(void)expr_fail(p, p->pos,
			"\"%.*s\" is not used here; write letters, digits, "
			"+ - * / < > == != ( ) and ,%s",
			(int)n, s, (unsigned char)*s >= 0x80 ? ", in ASCII" : "");
}

void expr_next(struct parser *p)
{
	size_t n;

	if (p->r < 0)
		return;
	p->last_end = p->pos;
	p->pos += strspn(p->text + p->pos, " \t");
	p->start = p->pos;
	switch (p->text[p->pos]) {
	case 0:
		p->token = TOKEN_END;
		return;
	case '(':
		p->token = TOKEN_OPEN;
		p->pos++;
		return;
	case ')':
		p->token = TOKEN_CLOSE;
		p->pos++;
		return;
	case ',':
		p->token = TOKEN_COMMA;
		p->pos++;
		return;
	case '~':
		p->token = TOKEN_TILDE;
		p->pos++;
		return;
	}
	if (take_op(p, "<=", EXPR_OP_LE) || take_op(p, ">=", EXPR_OP_GE) ||
		take_op(p, "==", EXPR_OP_EQ) || take_op(p, "!=", EXPR_OP_NE) ||
		take_op(p, "<", EXPR_OP_LT) || take_op(p, ">", EXPR_OP_GT) ||
		take_op(p, "+", EXPR_OP_ADD) || take_op(p, "-", EXPR_OP_SUB) ||
		take_op(p, "*", EXPR_OP_MUL) || take_op(p, "/", EXPR_OP_DIV))
		return;
	if (is_digit(p->text[p->pos])) {
		read_number(p);
		return;
	}
	n = name_length(p->text + p->pos);
	if (n == 0) {
		bad_character(p);
		return;
	}
	if (n > EXPR_NAME_MAX) {
		(void)expr_fail(p, p->pos, "a name of %zu bytes; at most %d", n, EXPR_NAME_MAX);
		return;
	}
	memcpy(p->name, p->text + p->pos, n);
	p->name[n] = 0;
	p->token = TOKEN_NAME;
	p->op = streq(p->name, "and")   ? EXPR_OP_AND
		: streq(p->name, "or")  ? EXPR_OP_OR
		: streq(p->name, "not") ? EXPR_OP_NOT
					: _EXPR_OP_MAX;
	if (p->op != _EXPR_OP_MAX)
		p->token = TOKEN_OP;
	p->pos += n;
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

static int keep(const struct parser *p, struct expr **ret)
{
	_cleanup_(expr_freep) struct expr *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->text = strdup(p->text);
	e->nodes = calloc(p->n_nodes, sizeof(*e->nodes));
	e->args = calloc(p->n_args + 1, sizeof(*e->args));
	e->units = calloc(p->n_units, sizeof(*e->units));
	if (!e->text || !e->nodes || !e->args || !e->units)
		return -ENOMEM;
	memcpy(e->nodes, p->nodes, p->n_nodes * sizeof(*e->nodes));
	memcpy(e->args, p->args, p->n_args * sizeof(*e->args));
	memcpy(e->units, p->units, p->n_units * sizeof(*e->units));
	e->n_nodes = (uint16_t)p->n_nodes;
	e->n_args = (uint16_t)p->n_args;
	e->n_units = (uint16_t)p->n_units;
	*ret = TAKE_PTR(e);
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
	if (!e)
		return NULL;
	free(e->text);
	free(e->nodes);
	free(e->args);
	free(e->units);
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
