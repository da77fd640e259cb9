/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl.h"

#define COLUMNS_MAX 16
#define ROWS_MAX    8192 /* 64 appliances of 100 attributes; what is more is not shown */

struct cell {
	char *text;
	enum colour colour;
};

struct table {
	const struct ctl_options *o;
	size_t n_columns;
	const char *headers[COLUMNS_MAX];
	bool right[COLUMNS_MAX];
	struct cell *cells;
	size_t n, allocated;
};

struct table *table_new(const struct ctl_options *o, const char *const *headers)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->o = o;
	for (; headers[t->n_columns] && t->n_columns < COLUMNS_MAX; t->n_columns++) {
		const char *h = headers[t->n_columns];

		t->right[t->n_columns] = *h == '>';
		t->headers[t->n_columns] = ctl_tr(o, h + (*h == '>'));
	}
	return t;
}

struct table *table_free(struct table *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
	return NULL;
}

void table_cell(struct table *t, enum colour c, const char *text)
{
	size_t size;

	if (!t || t->n >= ROWS_MAX * t->n_columns)
		return;
	if (t->n == t->allocated) {
		size_t more = t->allocated ? t->allocated * 2 : 64;
		struct cell *cells = reallocarray(t->cells, more, sizeof(*cells));

		if (!cells)
			return;
		t->cells = cells;
		t->allocated = more;
	}
	/* An escaped byte takes four. */
	size = 4 * strlen(text) + 1;
	t->cells[t->n] = (struct cell){.text = malloc(size), .colour = c};
	if (t->cells[t->n].text)
		str_escape(t->cells[t->n].text, size, text, strlen(text));
	t->n++;
}

void table_cellf(struct table *t, enum colour c, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	table_cell(t, c, text);
}

size_t table_rows(const struct table *t)
{
	return t && t->n_columns ? (t->n + t->n_columns - 1) / t->n_columns : 0;
}

void ctl_print(const struct ctl_options *o, enum colour c, const char *text)
{
	static const char *const codes[] = {
		[PLAIN] = "",
		[BOLD] = "\x1b[1m",
		[GREY] = "\x1b[90m",
		[RED] = "\x1b[1;31m",
		[YELLOW] = "\x1b[33m",
		[GREEN] = "\x1b[32m",
	};

	if (o->colour && c != PLAIN)
		printf("%s%s\x1b[0m", codes[c], text);
	else
		fputs(text, stdout);
}

/* How many bytes of TEXT take no more than COLUMNS; behind a blank or a wide character where there
 * is one, else where the room ends, but one character at least. */
size_t ctl_fit(const char *text, size_t columns)
{
	size_t used = 0, n = 0, good = 0;

	while (text[n]) {
		size_t len = 1, w;
		char one[8] = "";

		while (((uint8_t)text[n + len] & 0xc0) == 0x80 && len < 4)
			len++;
		memcpy(one, text + n, len);
		w = utf8_columns(one);
		if (used + w > columns && n > 0)
			return good > 0 ? good : n;
		used += w;
		n += len;
		/* Closing punctuation stays with its word. */
		if ((*one == ' ' || w == 2) && !startswith(text + n, "，") &&
			!startswith(text + n, "。") && !startswith(text + n, "；") &&
			!startswith(text + n, "）"))
			good = n;
	}
	return n;
}

void ctl_print_wrapped(const struct ctl_options *o, size_t at, size_t indent, const char *text)
{
	while (o->columns > indent + 8 && at + utf8_columns(text) > o->columns) {
		size_t n = ctl_fit(text, o->columns - MIN(at, o->columns - 1)), shown = n;

		while (shown > 0 && text[shown - 1] == ' ')
			shown--;
		printf("%.*s\n%*s", (int)shown, text, (int)indent, "");
		text += n;
		at = indent;
	}
	puts(text);
}

/* A text that is cut says so. */
static void shorten(char *text, size_t columns)
{
	size_t n = 0, used = 0;

	if (utf8_columns(text) <= columns || columns < 2)
		return;
	for (;;) {
		size_t len = 1;
		char one[8] = "";

		while (((uint8_t)text[n + len] & 0xc0) == 0x80 && len < 4)
			len++;
		memcpy(one, text + n, len);
		if (used + utf8_columns(one) > columns - 1)
			break;
		used += utf8_columns(one);
		n += len;
	}
	/* What is cut off has two columns at least, and so two bytes; a third is there, or the cut
	 * character had three itself. */
	(void)snprintf(text + n, strlen(text + n) + 1, "%s", strlen(text + n) >= 3 ? "…" : "~");
}

/* Narrows the widest columns that are text until the table fits; the last one is wrapped, so that 24
 * columns do for it. */
static void narrow(const struct table *t, size_t *width)
{
	enum { LEAST = 8, LAST = 24 };
	size_t total, last = t->n_columns - 1;

	for (;;) {
		size_t widest = 0;

		total = 2 * last;
		for (size_t i = 0; i <= last; i++)
			total += i == last && !t->right[i] ? MIN(width[i], (size_t)LAST) : width[i];
		if (total <= t->o->columns)
			return;
		for (size_t i = 1; i < last; i++)
			if (!t->right[i] && width[i] > LEAST &&
				(!widest || width[i] > width[widest]))
				widest = i;
		if (!widest)
			return;
		width[widest]--;
	}
}

/* One row. Blanks wait for the next text, so that no line ends with them. */
static void print_row(
	const struct table *t, const struct cell *cells, size_t n, const size_t *width)
{
	size_t blanks = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		char *text = cells[i].text ? cells[i].text : (char *)"";
		size_t columns, pad;

		if (i > 0 && i + 1 < t->n_columns && !t->right[i] && *text)
			shorten(text, width[i]);
		columns = utf8_columns(text);
		pad = width[i] - MIN(columns, width[i]);

		if (t->right[i])
			blanks += pad;
		if (*text) {
			printf("%*s", (int)blanks, "");
			at += blanks;
			/* The last one, in as many lines as it needs. */
			while (i + 1 == t->n_columns && t->o->columns > at + 8 &&
				at + utf8_columns(text) > t->o->columns) {
				size_t bytes = ctl_fit(text, t->o->columns - at), shown = bytes;
				char *part;

				while (shown > 0 && text[shown - 1] == ' ')
					shown--;
				part = strndup(text, shown);
				ctl_print(t->o, cells[i].colour, part ? part : "");
				free(part);
				printf("\n%*s", (int)at, "");
				text += bytes;
			}
			ctl_print(t->o, cells[i].colour, text);
			at += columns;
			blanks = 0;
		}
		blanks += (t->right[i] ? 0 : pad) + 2;
	}
	putchar('\n');
}

void table_print(const struct table *t)
{
	struct cell headers[COLUMNS_MAX] = {0};
	char header[COLUMNS_MAX][48]; /* may be cut, which the catalogue of texts may not */
	size_t width[COLUMNS_MAX] = {0};

	if (!t || t->n_columns == 0)
		return;
	for (size_t i = 0; i < t->n_columns && !t->o->no_legend; i++) {
		(void)str_copy(header[i], sizeof(header[i]), t->headers[i]);
		headers[i] = (struct cell){.text = header[i], .colour = BOLD};
		width[i] = utf8_columns(t->headers[i]);
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t n = t->cells[i].text ? utf8_columns(t->cells[i].text) : 0;

		width[i % t->n_columns] = MAX(width[i % t->n_columns], n);
	}
	if (t->o->columns)
		narrow(t, width);
	if (!t->o->no_legend)
		print_row(t, headers, t->n_columns, width);
	for (size_t i = 0; i < t->n; i += t->n_columns)
		print_row(t, t->cells + i, MIN(t->n_columns, t->n - i), width);
}
