/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of an expression: numbers with units, names, operators. */
#include "expr-internal.h"

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
