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

/* One row. Blanks wait for the next text, so that no line ends with them. */
static void print_row(
	const struct table *t, const struct cell *cells, size_t n, const size_t *width)
{
	size_t blanks = 0;

	for (size_t i = 0; i < n; i++) {
		const char *text = cells[i].text ? cells[i].text : "";
		size_t columns = utf8_columns(text), pad = width[i] - MIN(columns, width[i]);

		if (t->right[i])
			blanks += pad;
		if (*text) {
			printf("%*s", (int)blanks, "");
			ctl_print(t->o, cells[i].colour, text);
			blanks = 0;
		}
		blanks += (t->right[i] ? 0 : pad) + 2;
	}
	putchar('\n');
}

void table_print(const struct table *t)
{
	struct cell headers[COLUMNS_MAX] = {0};
	size_t width[COLUMNS_MAX] = {0};

	if (!t || t->n_columns == 0)
		return;
	for (size_t i = 0; i < t->n_columns && !t->o->no_legend; i++) {
		headers[i] = (struct cell){.text = (char *)t->headers[i], .colour = BOLD};
		width[i] = utf8_columns(t->headers[i]);
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t n = t->cells[i].text ? utf8_columns(t->cells[i].text) : 0;

		width[i % t->n_columns] = MAX(width[i % t->n_columns], n);
	}
	if (!t->o->no_legend)
		print_row(t, headers, t->n_columns, width);
	for (size_t i = 0; i < t->n; i += t->n_columns)
		print_row(t, t->cells + i, MIN(t->n_columns, t->n - i), width);
}
