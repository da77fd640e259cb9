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

static int read_line(struct csv *c)
{
	ssize_t n = getline(&c->line, &c->size, c->f);

	if (n < 0)
		return ferror(c->f) ? -EIO : 0;
	c->row++;
	if (n > CSV_LINE_MAX || memchr(c->line, 0, (size_t)n))
		return -EBADMSG;
	while (n > 0 && (c->line[n - 1] == '\n' || c->line[n - 1] == '\r'))
		c->line[--n] = 0;
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
	return 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double csv_spacing(const char *path)
{
	_cleanup_free_ double *gaps = calloc(SPACING_ROWS, sizeof(*gaps));
	struct csv c;
	size_t n = 0;
	double last = NAN;
	int r = gaps ? csv_open(&c, path) : -ENOMEM;

	while (r >= 0 && n < SPACING_ROWS) {
		r = csv_next(&c);
		if (r == 0 || (r < 0 && r != -EBADMSG))
			break;
		if (r < 0) {
			r = 0;
			continue;
		}
		if (!isnan(last) && c.t > last)
			gaps[n++] = c.t - last;
		last = c.t;
	}
	if (gaps)
		csv_close(&c);
	if (n == 0)
		return 0;
	qsort(gaps, n, sizeof(*gaps), compare);
	return gaps[n / 2];
}
