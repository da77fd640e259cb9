/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

struct reader {
	struct csv *c;
	const char *p, *end;
	char *w; /* where the next byte of a cell goes; never beyond what was read */
	unsigned line;
};

/* The separator that the first line has most of, outside quotes. */
static char find_separator(const char *p, const char *end)
{
	static const char candidates[] = ",;\t";
	size_t n[3] = {0}, best = 0;
	bool quoted = false;

	for (; p < end && *p != '\n' && *p != '\r'; p++) {
		const char *found = strchr(candidates, *p);

		if (*p == '"')
			quoted = !quoted;
		else if (found && !quoted)
			n[found - candidates]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (n[i] > n[best])
			best = i;
	return candidates[best];
}

static int add_cell(struct csv *c, char *cell)
{
	if (c->n_cells == c->size_cells) {
		size_t size = c->size_cells ? 2 * c->size_cells : 1024;
		char **cells = reallocarray(c->cells, size, sizeof(*cells));

		if (!cells)
			return -ENOMEM;
		c->cells = cells;
		c->size_cells = size;
	}
	c->cells[c->n_cells++] = cell;
	return 0;
}

static bool line_end(struct reader *r)
{
	if (*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
		r->p++;
	else if (*r->p != '\n' && *r->p != '\r')
		return false;
	r->p++;
	r->line++;
	return true;
}

/* Behind the opening quote. What is wrong, or NULL. */
static const char *take_quoted(struct reader *r)
{
	const char *cell = r->w;

	for (; r->p < r->end && r->w - cell <= (ptrdiff_t)IMPORT_CELL_MAX; r->p++) {
		if (*r->p == '"') {
			r->p++;
			if (r->p == r->end || *r->p != '"')
				goto closed;
		} else if (*r->p == '\n' ||
			   (*r->p == '\r' && (r->p + 1 == r->end || r->p[1] != '\n'))) {
			r->line++;
		}
		*r->w++ = *r->p;
	}
	return "a quote is opened and not closed within 4096 bytes";
closed:
	while (r->p < r->end && *r->p == ' ')
		r->p++;
	if (r->p < r->end && *r->p != r->c->separator && *r->p != '\n' && *r->p != '\r')
		return "text follows a closing quote; write a quote inside a quoted cell twice";
	return NULL;
}

/* One record from r->p. What is wrong goes into it; -ENOMEM. */
static int take_record(struct reader *r, struct csv_record *rec)
{
	*rec = (struct csv_record){.line = r->line, .first = r->c->n_cells};
	for (;;) {
		char *cell = r->w;
		bool ended;

		while (r->p < r->end && *r->p == ' ' && r->c->separator != ' ')
			r->p++;
		if (r->p < r->end && *r->p == '"') {
			r->p++;
			rec->wrong = take_quoted(r);
			if (rec->wrong)
				return 0;
		} else {
			while (r->p < r->end && *r->p != r->c->separator && *r->p != '\n' &&
				*r->p != '\r')
				*r->w++ = *r->p++;
		}
		while (r->w > cell && (r->w[-1] == ' ' || r->w[-1] == '\t'))
			r->w--;
		if (r->w - cell > (ptrdiff_t)IMPORT_CELL_MAX) {
			rec->wrong = "a cell is longer than 4096 bytes";
			return 0;
		}
		ended = r->p == r->end || line_end(r);
		if (!ended)
			r->p++; /* the separator */
		*r->w++ = '\0';
		if (rec->n == IMPORT_COLUMNS_MAX) {
			rec->wrong = "has more than 64 cells";
			return 0;
		}
		if (add_cell(r->c, cell) < 0)
			return -ENOMEM;
		rec->n++;
		if (ended)
			return 0;
	}
}

int csv_parse(const char *buf, size_t len, struct csv *ret, const char **ret_wrong)
{
	struct csv c = {0};
	struct reader r = {.c = &c, .line = 1};
	int k = 0;

	*ret_wrong = NULL;
	if (len >= 3 && memcmp(buf, "\xef\xbb\xbf", 3) == 0) {
		buf += 3;
		len -= 3;
	}
	if (len > IMPORT_FILE_MAX)
		*ret_wrong = "is larger than 1 MiB";
	else if (len > 0 && memchr(buf, '\0', len))
		*ret_wrong = "has bytes that no text has; save the table as CSV in UTF-8";
	if (*ret_wrong)
		return -EINVAL;
	/* An unquoted last cell needs one byte more than was read. */
	c.buf = malloc(len + 2);
	c.records = calloc(IMPORT_ROWS_MAX, sizeof(*c.records));
	if (!c.buf || !c.records) {
		csv_done(&c);
		return -ENOMEM;
	}
	r.p = buf;
	r.end = buf + len;
	r.w = c.buf;
	c.separator = find_separator(buf, r.end);
	while (r.p < r.end && k == 0) {
		struct csv_record *rec = &c.records[c.n_records];
		const char *start = r.p;
		char *w = r.w;

		if (c.n_records == IMPORT_ROWS_MAX) {
			c.more = true;
			break;
		}
		k = take_record(&r, rec);
		c.n_records++;
		if (!rec->wrong || k < 0)
			continue;
		/* A stray quote must not swallow the rows behind it: go on with the next line. */
		c.n_cells = rec->first;
		rec->n = 0;
		r.line = rec->line;
		r.w = w;
		for (r.p = start; r.p < r.end && !line_end(&r);)
			r.p++;
	}
	if (k < 0) {
		csv_done(&c);
		return k;
	}
	*ret = c;
	return 0;
}

void csv_done(struct csv *c)
{
	free(c->buf);
	free(c->cells);
	free(c->records);
	*c = (struct csv){0};
}
