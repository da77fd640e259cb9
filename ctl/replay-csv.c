/* SPDX-License-Identifier: Apache-2.0 */
#include "replay-csv.h"

#include <math.h>
#include <time.h>

#define SPACING_ROWS 5000

bool csv_parse_time(const char *s, double *ret, double *ret_offset_s)
{
	int year, month, day, hour, minute, n = 0, oh = 0, om = 0;
	double second = 0, offset = 0;
	struct tm tm = {0};
	const char *p;

	if (sscanf(s, "%4d-%2d-%2d%*1[Tt ]%2d:%2d%n", &year, &month, &day, &hour, &minute, &n) <
			5 ||
		n == 0)
		return false;
	p = s + n;
	if (*p == ':') {
		char buf[24];
		size_t len = strspn(p + 1, "0123456789.");

		if (len == 0 || len >= sizeof(buf))
			return false;
		memcpy(buf, p + 1, len);
		buf[len] = 0;
		if (parse_double(buf, &second) < 0)
			return false;
		p += 1 + len;
	}
	if (*p == '+' || *p == '-') {
		if (sscanf(p + 1, "%2d:%2d%n", &oh, &om, &n) < 2 || p[1 + n] || oh > 23 || om > 59)
			return false;
		offset = (*p == '-' ? -1 : 1) * (oh * 3600.0 + om * 60.0);
	} else if (*p && !streq(p, "Z") && !streq(p, "z")) {
		return false;
	}
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 24 || minute < 0 ||
		minute > 59 || second < 0 || second >= 61)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	*ret = (double)timegm(&tm) + second - offset;
	*ret_offset_s = offset;
	return true;
}

/* Most cells are a few digits: strtod costs five times as much. */
static double number(const char *s)
{
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	const char *p = s + (*s == '-');
	uint64_t v = 0;
	unsigned digits = 0, after = 0;
	double d;

	while (*p >= '0' && *p <= '9' && digits < 15) {
		v = v * 10 + (uint64_t)(*p++ - '0');
		digits++;
	}
	if (*p == '.' && digits > 0) {
		p++;
		while (*p >= '0' && *p <= '9' && digits < 15 && after < 9) {
			v = v * 10 + (uint64_t)(*p++ - '0');
			digits++;
			after++;
		}
	}
	/* below 2^53 and a power of ten that is exact: one rounding, as strtod */
	if (*p == 0 && digits > 0)
		return (*s == '-' ? -1 : 1) * ((double)v / tens[after]);
	if (*s == '+')
		s++;
	return parse_double(s, &d) == 0 ? d : NAN;
}

static size_t split(char *line, char **fields, size_t max)
{
	size_t n = 0;

	for (;;) {
		char *end = line + strcspn(line, ","), *last = end;
		bool more = *end == ',';

		while (*line == ' ' || *line == '\t' || *line == '"')
			line++;
		while (last > line && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '"'))
			last--;
		*last = 0;
		if (n < max)
			fields[n] = line;
		n++;
		if (!more)
			return n;
		line = end + 1;
	}
}

/* No more than CSV_LINE_MAX is read for want of an end. */
static int read_line(struct csv *c)
{
	size_t n = 0;
	int ch;

	if (!c->line)
		c->line = malloc(CSV_LINE_MAX + 1);
	if (!c->line)
		return -ENOMEM;
	while ((ch = getc_unlocked(c->f)) != EOF && ch != '\n') {
		if (n == CSV_LINE_MAX || ch == 0) {
			c->row++;
			return -EBADMSG;
		}
		c->line[n++] = (char)ch;
	}
	if (ch == EOF && n == 0)
		return ferror(c->f) ? -EIO : 0;
	c->row++;
	while (n > 0 && c->line[n - 1] == '\r')
		n--;
	c->line[n] = 0;
	return 1;
}

int csv_open(struct csv *c, const char *path)
{
	FILE *f = fopen(path, "re");

	*c = (struct csv){.path = path};
	return f ? csv_open_stream(c, f, path) : -errno;
}

int csv_open_stream(struct csv *c, FILE *f, const char *path)
{
	char *fields[CSV_COLUMNS_MAX + 1];
	size_t n;
	int r;

	*c = (struct csv){.path = path, .f = f};
	r = read_line(c);
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	if (!utf8_valid(c->line, strlen(c->line)))
		return -EBADMSG;
	n = split(c->line, fields, ARRAY_SIZE(fields));
	if (n < 2 || n > CSV_COLUMNS_MAX)
		return -EBADMSG;
	for (size_t i = 1; i < n; i++) {
		c->names[c->n_names] = strdup(fields[i]);
		if (!c->names[c->n_names])
			return -ENOMEM;
		c->n_names++;
	}
	return 0;
}

void csv_close(struct csv *c)
{
	if (c->f)
		(void)fclose(c->f);
	for (size_t i = 0; i < c->n_names; i++)
		free(c->names[i]);
	free(c->line);
	free(c->slow);
	*c = (struct csv){0};
}

static bool take_time(struct csv *c)
{
	double offset;

	c->t = number(c->time_text);
	c->dated = isnan(c->t);
	c->local_hour = NAN;
	c->local_day = 0;
	if (!c->dated)
		return fabs(c->t) < 1e11;
	if (!csv_parse_time(c->time_text, &c->t, &offset))
		return false;
	c->local_day = (int64_t)floor((c->t + offset) / 86400);
	c->local_hour = (c->t + offset - (double)c->local_day * 86400) / 3600;
	return true;
}

static void hold_slow(struct csv *c)
{
	for (size_t i = 0; c->slow && i < c->n_names; i++) {
		struct csv_slow *s = &c->slow[i];
		struct csv_cell *cell = &c->cells[i];

		if (s->hold_s == 0)
			continue;
		if (*cell->text && strlen(cell->text) < sizeof(s->text)) {
			(void)snprintf(s->text, sizeof(s->text), "%s", cell->text);
			s->t = c->t;
		} else if (!*cell->text && c->t >= s->t && c->t - s->t <= s->hold_s) {
			*cell = (struct csv_cell){.text = s->text, .num = number(s->text)};
		}
	}
}

int csv_next(struct csv *c)
{
	char *fields[CSV_COLUMNS_MAX + 1];
	size_t n;
	int r;

	do {
		r = read_line(c);
		if (r <= 0)
			return r;
	} while (!*c->line);
	n = split(c->line, fields, ARRAY_SIZE(fields));
	if (n > c->n_names + 1)
		return -EBADMSG;
	c->time_text = fields[0];
	if (!take_time(c))
		return -EBADMSG;
	for (size_t i = 0; i < c->n_names; i++) {
		c->cells[i].text = i + 1 < n ? fields[i + 1] : "";
		c->cells[i].num = *c->cells[i].text ? number(c->cells[i].text) : NAN;
	}
	hold_slow(c);
	return 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The median of the spacings of rows, and of the filled cells of each of the columns in EVERY (NULL: not
 * asked for; 0: fewer than three). */
static int spacings(const char *path, double *ret_rows, double *every, size_t n_every)
{
	_cleanup_free_ double *gaps = calloc(SPACING_ROWS * (n_every + 1), sizeof(*gaps));
	_cleanup_free_ double *last = calloc(n_every + 1, sizeof(*last));
	_cleanup_free_ size_t *n = calloc(n_every + 1, sizeof(*n));
	struct csv c;
	int r;

	if (!gaps || !last || !n)
		return -ENOMEM;
	r = csv_open(&c, path);
	for (size_t i = 0; i <= n_every; i++)
		last[i] = NAN;
	while (r >= 0 && n[n_every] < SPACING_ROWS) {
		r = csv_next(&c);
		if (r == 0 || (r < 0 && r != -EBADMSG))
			break;
		for (size_t i = 0; r > 0 && i <= n_every; i++) {
			if (i < n_every && (i >= c.n_names || !*c.cells[i].text))
				continue;
			if (!isnan(last[i]) && c.t > last[i] && n[i] < SPACING_ROWS)
				gaps[i * SPACING_ROWS + n[i]++] = c.t - last[i];
			last[i] = c.t;
		}
		r = 0;
	}
	csv_close(&c);
	for (size_t i = 0; i <= n_every; i++) {
		double *of = &gaps[i * SPACING_ROWS];

		qsort(of, n[i], sizeof(*of), compare);
		if (i < n_every)
			every[i] = n[i] < 3 ? 0 : of[n[i] / 2];
		else
			*ret_rows = n[i] == 0 ? 0 : of[n[i] / 2];
	}
	return r;
}

double csv_spacing(const char *path)
{
	double rows = 0;

	(void)spacings(path, &rows, NULL, 0);
	return rows;
}

int csv_hold_slow(struct csv *c)
{
	double every[CSV_COLUMNS_MAX], rows = 0;
	int r = spacings(c->path, &rows, every, c->n_names);

	if (r < 0)
		return r;
	c->slow = calloc(MAX(c->n_names, (size_t)1), sizeof(*c->slow));
	if (!c->slow)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_names; i++)
		c->slow[i] = (struct csv_slow){
			.hold_s = every[i] >= 1.9 * rows ? 3 * every[i] : 0, .t = NAN};
	return 0;
}
