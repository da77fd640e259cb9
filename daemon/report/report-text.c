/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer, and the members that every message may have. */
#include "report-internal.h"
#include <float.h>
#include <inttypes.h>
#include <math.h>

void writer_done(struct writer *w)
{
	free(w->p);
	*w = (struct writer){0};
}

int writer_take(struct writer *w, char **ret, size_t *ret_n)
{
	if (w->failed || !w->p) {
		writer_done(w);
		return -ENOMEM;
	}
	*ret = w->p;
	*ret_n = w->n;
	*w = (struct writer){0};
	return 0;
}

void writer_raw(struct writer *w, const void *p, size_t n)
{
	if (w->failed)
		return;
	if (w->n + n + 1 > w->size) {
		size_t size = MAX(w->size * 2, w->n + n + 64);
		char *q = realloc(w->p, size);

		if (!q) {
			w->failed = true;
			return;
		}
		w->p = q;
		w->size = size;
	}
	memcpy(w->p + w->n, p, n);
	w->n += n;
	w->p[w->n] = 0;
}

void writer_text(struct writer *w, const char *s)
{
	writer_raw(w, s, strlen(s));
}

/* The byte before tells whether something stands before: strings end in a quote. */
static void separate(struct writer *w)
{
	if (w->n > 0 && !strchr("{[:,", w->p[w->n - 1]))
		writer_raw(w, ",", 1);
}

void write_open(struct writer *w, char bracket)
{
	separate(w);
	writer_raw(w, &bracket, 1);
}

void write_close(struct writer *w, char bracket)
{
	writer_raw(w, &bracket, 1);
}

/* Length of the UTF-8 sequence at S, 0 when it is none. */
static size_t sequence(const char *s)
{
	uint8_t b = (uint8_t)*s;
	size_t n = b < 0x80 ? 1 : b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc2 ? 2 : 0;

	for (size_t i = 1; i < n; i++)
		if (((uint8_t)s[i] & 0xc0) != 0x80)
			return 0;
	return n > 0 && utf8_valid(s, n) ? n : 0;
}

void write_string(struct writer *w, const char *s)
{
	char escape[8];

	if (!s) {
		write_null(w);
		return;
	}
	separate(w);
	writer_raw(w, "\"", 1);
	while (*s) {
		size_t n = sequence(s);

		if (n == 0) {
			writer_text(w, "\xef\xbf\xbd");
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			writer_raw(w, "\\", 1);
			writer_raw(w, s, 1);
		} else if ((uint8_t)*s < 0x20 || *s == 0x7f) {
			(void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*s);
			writer_text(w, escape);
		} else
			writer_raw(w, s, n);
		s += n;
	}
	writer_raw(w, "\"", 1);
}

void write_token(struct writer *w, const char *token)
{
	separate(w);
	writer_text(w, token);
}

void write_key(struct writer *w, const char *key)
{
	write_string(w, key);
	writer_raw(w, ":", 1);
}

void write_unsigned(struct writer *w, uint64_t v)
{
	char b[24];

	(void)snprintf(b, sizeof(b), "%" PRIu64, v);
	write_token(w, b);
}

void write_signed(struct writer *w, int64_t v)
{
	char b[24];

	(void)snprintf(b, sizeof(b), "%" PRId64, v);
	write_token(w, b);
}

void write_bool(struct writer *w, bool v)
{
	write_token(w, v ? "true" : "false");
}

void write_null(struct writer *w)
{
	write_token(w, "null");
}

void write_decimal(struct writer *w, double v, int decimals)
{
	char b[40];

	if (!isfinite(v)) {
		write_null(w);
		return;
	}
	number_format(b, sizeof(b), v, decimals);
	write_token(w, b);
}

void write_member(struct writer *w, const char *key, const char *s)
{
	if (!s)
		return;
	write_key(w, key);
	write_string(w, s);
}

void write_both(struct writer *w, const char *key, const char *en, const char *zh)
{
	if (!en && !zh)
		return;
	write_key(w, key);
	write_open(w, '{');
	write_member(w, "en", en);
	write_member(w, "zh", zh);
	write_close(w, '}');
}

/* ---- numbers */

/* Places after which a tenth of a step no longer shows. */
static int places_for(double step)
{
	double d = ceil(-log10(step) - 1e-9);

	return (int)CLAMP(d, 0, 9);
}

int number_decimals(double resolution, double deadband)
{
	if (resolution > 0 && isfinite(resolution)) {
		double scale = 1;

		/* Decimal steps exactly: 0.1 → 1, 0.25 → 2, 5 → 0. */
		for (int d = 0; d <= 4; d++, scale *= 10)
			if (resolution * scale > 0.5 &&
				fabs(resolution * scale - round(resolution * scale)) < 1e-6)
				return d;
		return MIN(places_for(resolution) + 1, 9); /* 1/207, 5/9: one place more */
	}
	if (deadband > 0 && isfinite(deadband))
		return places_for(deadband / 10);
	return -1;
}

static void trim_zeros(char *s)
{
	size_t n = strlen(s);

	if (!strchr(s, '.'))
		return;
	while (s[n - 1] == '0')
		s[--n] = 0;
	if (s[n - 1] == '.')
		s[--n] = 0;
}

/* What "%.*f" and trim_zeros() write, of the numbers that readings are: not many digits, and not half way
 * between two that could be written. False: it is another one. */
static bool format_plain(char *dst, size_t size, double v, int decimals)
{
	static const double scales[] = {1, 10, 100, 1000, 10000};
	double scaled, whole;
	char digits[24], *p = digits + sizeof(digits);
	uint64_t n;

	if (decimals >= (int)ARRAY_SIZE(scales) || !(fabs(v) < 1e9) || size < sizeof(digits))
		return false;
	scaled = fabs(v) * scales[decimals];
	whole = rint(scaled);
	if (fabs(scaled - whole) > 0.499)
		return false;
	*--p = 0;
	n = (uint64_t)whole;
	for (; decimals > 0 && n % 10 == 0; decimals--)
		n /= 10;
	for (int i = 0; n > 0 || i <= decimals; i++, n /= 10) {
		if (i == decimals && i > 0)
			*--p = '.';
		*--p = (char)('0' + n % 10);
	}
	if (v < 0 && whole > 0)
		*--p = '-';
	memcpy(dst, p, (size_t)(digits + sizeof(digits) - p));
	return true;
}

void number_format(char *dst, size_t size, double v, int decimals)
{
	if (decimals >= 0 && format_plain(dst, size, v, decimals))
		return;
	if (decimals >= 0 && fabs(v) < 1e15) {
		(void)snprintf(dst, size, "%.*f", decimals, v);
		trim_zeros(dst);
		if (streq(dst, "-0"))
			str_copy(dst, size, "0");
		return;
	}
	/* The fewest digits that give back the same float, or the same double. */
	for (int digits = 6; digits <= 17; digits++) {
		(void)snprintf(dst, size, "%.*g", digits, v);
		if ((double)(float)v == v ? (float)strtod(dst, NULL) == (float)v
					  : strtod(dst, NULL) == v)
			break;
	}
}

/* ---- what messages share */

int64_t stamp_seconds(const struct stamp *t)
{
	int64_t us = t->wall_us ? t->wall_us : (int64_t)t->t_us;
	int64_t s = us / (int64_t)USEC_PER_SEC;

	return us % (int64_t)USEC_PER_SEC < 0 ? s - 1 : s;
}

static void boot_text(uint64_t boot_id, char dst[static 17])
{
	(void)snprintf(dst, 17, "%016" PRIx64, boot_id);
}

void write_stamp(struct writer *w, const struct stamp *t)
{
	char boot[17];

	write_key(w, "t");
	write_signed(w, stamp_seconds(t));
	if (t->wall_us)
		return;
	write_member(w, "clk", "boot");
	boot_text(t->boot_id, boot);
	write_member(w, "boot", boot);
}

void write_boots(struct writer *w, const struct boot_offset *v, size_t n)
{
	char boot[17];

	if (n == 0)
		return;
	write_key(w, "boots");
	write_open(w, '{');
	for (size_t i = 0; i < n; i++) {
		boot_text(v[i].boot_id, boot);
		write_key(w, boot);
		write_decimal(w, (double)v[i].wall_us / 1e6, 3);
	}
	write_close(w, '}');
}

static void write_ranges(struct writer *w, const char *key, const struct seq_range *v, size_t n)
{
	if (n == 0)
		return;
	write_key(w, key);
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		write_open(w, '[');
		write_unsigned(w, v[i].first);
		write_unsigned(w, v[i].last);
		write_close(w, ']');
	}
	write_close(w, ']');
}

void write_head(struct writer *w, const char *schema, const struct message_head *head)
{
	write_member(w, "schema", schema);
	write_member(w, "gw", head->gw);
	write_member(w, "epoch", head->epoch);
	write_key(w, "seq");
	write_unsigned(w, head->seq);
	write_key(w, "prev");
	write_unsigned(w, head->prev);
}

void write_head_rest(struct writer *w, const struct message_head *head)
{
	write_boots(w, head->boots, head->n_boots);
	write_ranges(w, "lost", head->lost, head->n_lost);
	write_ranges(w, "withheld", head->withheld, head->n_withheld);
}

static bool is_number(const char *s)
{
	double v;

	/* JSON is stricter than strtod: no sign, dot or zero in front that it does not know. */
	return *s && strspn(s, "+-.0123456789eE") == strlen(s) && *s != '+' && *s != '.' &&
	       parse_double(s, &v) == 0;
}

void write_value(struct writer *w, uint8_t type, const char *text)
{
	switch ((enum value_type)type) {
	case VALUE_NONE:
		write_null(w);
		return;
	case VALUE_NUMBER:
		if (is_number(text))
			write_token(w, text);
		else
			write_null(w);
		return;
	case VALUE_BOOL:
		write_bool(w, streq(text, "true"));
		return;
	case VALUE_ENUM:
	case VALUE_BITS:
	case VALUE_STRING:
		write_string(w, text);
		return;
	}
	write_null(w);
}

const char *value_type_name(const struct attribute *a)
{
	if (a->model && a->model->type != ATTR_COMMAND)
		return attr_type_name(a->model->type);
	switch ((enum value_type)a->value.type) {
	case VALUE_NUMBER:
		return "number";
	case VALUE_BOOL:
		return "bool";
	case VALUE_ENUM:
		return "enum";
	case VALUE_BITS:
		return "bits";
	case VALUE_STRING:
		return "string";
	case VALUE_NONE:
		break;
	}
	/* Not seen yet: what its point can be. */
	if (!a->point)
		return "number";
	if (a->point->n_enums > 0)
		return a->point->bits ? "bits" : "enum";
	if (a->point->format || a->point->type == POINT_STRING || a->point->type == POINT_STRING_2)
		return "string";
	return a->point->type == POINT_BIT ? "bool" : "number";
}
