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
	bool right[COLUMNS_MAX], whole[COLUMNS_MAX];
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
		t->whole[t->n_columns] = *h == '!' || t->n_columns == 0;
		t->headers[t->n_columns] = ctl_tr(o, h + (*h == '>' || *h == '!'));
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

/* Bytes of the character at TEXT. */
static size_t character(const char *text)
{
	size_t n = 1;

	while (((uint8_t)text[n] & 0xc0) == 0x80 && n < 4)
		n++;
	return n;
}

static bool starts_with_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (startswith(text, *list))
			return true;
	return false;
}

/* How many bytes of TEXT take no more than COLUMNS; behind a blank or a wide character where there is one, else
 * within a long word behind a mark, else where the room ends, but one character at least. */
size_t ctl_fit(const char *text, size_t columns)
{
#define MARKS "/._:=-,"
	/* Closing punctuation stays with its word, an opening bracket with what it opens. */
	static const char *const closing[] = {"，", "。", "；", "）", "：", "、", "！", "？", NULL};
	static const char *const opening[] = {"（", "“", NULL};
	size_t used = 0, n = 0, good = 0, mark = 0;

	while (text[n]) {
		size_t len = character(text + n), w;
		char one[8] = "";

		memcpy(one, text + n, len);
		w = utf8_columns(one);
		if (used + w > columns && n > 0)
			return *one == ' ' ? n + 1 : good > 0 ? good : mark > 0 ? mark : n;
		used += w;
		n += len;
		if ((*one == ' ' || w == 2) && !starts_with_one_of(text + n, closing) &&
			!starts_with_one_of(one, opening))
			good = n;
		else if (strchr(MARKS, *one) && n > 1 && text[n] > ' ' && !strchr(MARKS, text[n]) &&
			 (*one == '/' || text[n] < '0' || text[n] > '9'))
			mark = n;
	}
	return n;
}

void ctl_print_coloured(
	const struct ctl_options *o, enum colour c, size_t at, size_t indent, const char *text)
{
	while (o->columns > indent + 8 && at + utf8_columns(text) > o->columns) {
		size_t n = ctl_fit(text, o->columns - MIN(at, o->columns - 1)), shown = n;
		_cleanup_free_ char *line = NULL;

		while (shown > 0 && text[shown - 1] == ' ')
			shown--;
		line = strndup(text, shown);
		ctl_print(o, c, line ? line : "");
		printf("\n%*s", (int)indent, "");
		text += n;
		at = indent;
	}
	ctl_print(o, c, text);
	putchar('\n');
}

void ctl_print_wrapped(const struct ctl_options *o, size_t at, size_t indent, const char *text)
{
	ctl_print_coloured(o, PLAIN, at, indent, text);
}

void ctl_say(const struct ctl_options *o, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), ctl_tr(o, fmt), ap);
	va_end(ap);
	ctl_print_wrapped(o, 0, strspn(text, " "), text);
}

/* What a column cannot go below without a word being torn: its longest one, between blanks. Wide characters may be
 * parted anywhere. */
static size_t longest_word(const char *text)
{
	size_t longest = 0;

	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		char word[128];

		(void)snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), p);
		longest =
			MAX(longest, utf8_columns(word) == strlen(word) ? strlen(word) : (size_t)2);
		p += n;
	}
	return longest;
}

/* Takes one column of the terminal from the widest that is above its floor. False: there is none. */
static bool take_one(const struct table *t, size_t *width, const size_t *floor, bool also_whole)
{
	size_t widest = 0;
	bool any = false;

	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->right[i] || width[i] <= floor[i] || (t->whole[i] && !also_whole))
			continue;
		if (!any || width[i] > width[widest])
			widest = i;
		any = true;
	}
	if (any)
		width[widest]--;
	return any;
}

/* Narrows columns of text until the table fits; what they hold is broken into lines: first between words, then the
 * columns that are better left whole too, then within words. */
static void narrow(const struct table *t, size_t *width)
{
	enum { LEAST = 8, SHORT = 12, TORN = 14, LAST = 24, WORD = 20 };
	size_t floor[4][COLUMNS_MAX], round = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		size_t word = LEAST, header = 0;

		if (!t->o->no_legend)
			header = longest_word(t->headers[i]);
		for (size_t k = i; k < t->n; k += t->n_columns)
			if (t->cells[k].text)
				word = MAX(word, longest_word(t->cells[k].text));
		word = MIN(word, (size_t)WORD);
		/* What is short anyway is not torn while something long can be. */
		floor[0][i] = MAX(MAX(word, MIN(width[i], (size_t)SHORT)), header);
		if (i + 1 == t->n_columns)
			floor[0][i] = MAX(floor[0][i], (size_t)LAST);
		floor[1][i] = MAX(word, header);
		floor[2][i] = MAX(t->whole[i] ? (size_t)TORN : word, header);
		floor[3][i] = MAX((size_t)LEAST, header);
	}
	while (round < ARRAY_SIZE(floor)) {
		size_t total = 2 * (t->n_columns - 1);

		for (size_t i = 0; i < t->n_columns; i++)
			total += width[i];
		if (total <= t->o->columns)
			return;
		if (!take_one(t, width, floor[round], round > 1))
			round++;
	}
}

/* One line of one cell: as much of *TEXT as fits into WIDTH, which moves on. */
static void print_part(
	const struct table *t, enum colour c, const char **text, size_t width, size_t *ret_columns)
{
	size_t n = t->o->columns ? ctl_fit(*text, width) : strlen(*text), shown = n;
	_cleanup_free_ char *part = NULL;

	while (shown > 0 && (*text)[shown - 1] == ' ')
		shown--;
	part = strndup(*text, shown);
	ctl_print(t->o, c, part ? part : "");
	*ret_columns = part ? utf8_columns(part) : 0;
	*text += n;
}

/* One row, in as many lines as its longest cell needs. Blanks wait for the next text, so that no line ends with
 * them. */
static void print_row(
	const struct table *t, const struct cell *cells, size_t n, const size_t *width)
{
	const char *rest[COLUMNS_MAX];
	bool more = true;

	for (size_t i = 0; i < n; i++)
		rest[i] = cells[i].text ? cells[i].text : "";
	while (more) {
		size_t blanks = 0;

		more = false;
		for (size_t i = 0; i < n; i++) {
			size_t columns = 0, pad;

			if (t->right[i] && *rest[i]) {
				columns = utf8_columns(rest[i]);
				blanks += width[i] - MIN(columns, width[i]);
			}
			pad = width[i];
			if (*rest[i]) {
				printf("%*s", (int)blanks, "");
				blanks = 0;
				print_part(t, cells[i].colour, &rest[i],
					t->right[i] ? SIZE_MAX : width[i], &columns);
				pad = t->right[i] ? 0 : width[i] - MIN(columns, width[i]);
				more = more || *rest[i];
			}
			blanks += pad + 2;
		}
		putchar('\n');
	}
}

/* On a narrow terminal, where columns would be torn to bits: a paragraph a row. */
static void print_paragraphs(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		size_t k = i % t->n_columns, at = 2;

		if (!t->cells[i].text || !*t->cells[i].text)
			continue;
		if (k == 0) {
			ctl_print_coloured(t->o, BOLD, 0, 2, t->cells[i].text);
			continue;
		}
		fputs("  ", stdout);
		if (*t->headers[k]) {
			fputs(t->headers[k], stdout);
			fputs(t->o->zh ? "：" : ": ", stdout);
			at += utf8_columns(t->headers[k]) + 2;
		}
		ctl_print_coloured(t->o, t->cells[i].colour, at, 4, t->cells[i].text);
	}
}

void table_print(const struct table *t)
{
	enum { NARROW = 60 };
	struct cell headers[COLUMNS_MAX] = {0};
	char header[COLUMNS_MAX][48]; /* may be cut, which the catalogue of texts may not */
	size_t width[COLUMNS_MAX] = {0};

	if (!t || t->n == 0)
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
	if (t->o->columns) {
		size_t total = 2 * (t->n_columns - 1);

		for (size_t i = 0; i < t->n_columns; i++)
			total += width[i];
		if (total > t->o->columns && t->o->columns < NARROW && !t->o->no_legend) {
			print_paragraphs(t);
			return;
		}
		narrow(t, width);
	}
	if (!t->o->no_legend)
		print_row(t, headers, t->n_columns, width);
	for (size_t i = 0; i < t->n; i += t->n_columns)
		print_row(t, t->cells + i, MIN(t->n_columns, t->n - i), width);
}
