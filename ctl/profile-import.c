/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include "adapters/check.h"

#include <ctype.h>

#define ROUNDS_MAX 256 /* of loading and leaving out what the loader refuses */

void import_tell(struct import *im, bool of_faults, unsigned line, const char *column,
	bool left_out, const char *fmt, ...)
{
	struct import_result *ret = im->ret;
	struct import_report *r, *reports;
	const char *file = of_faults ? im->o->faults_file : im->o->file;
	char text[768];
	va_list ap;

	ret->left_out += left_out;
	if (ret->n_reports == IMPORT_REPORTS_MAX) {
		ret->dropped++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if ((ret->n_reports & (ret->n_reports - 1)) == 0) {
		reports = reallocarray(
			ret->reports, MAX(2 * ret->n_reports, (size_t)16), sizeof(*reports));
		if (!reports) {
			im->no_memory = true;
			return;
		}
		ret->reports = reports;
	}
	r = &ret->reports[ret->n_reports];
	*r = (struct import_report){.file = strdup(file ? file : ""),
		.text = strdup(text),
		.column = column,
		.line = line,
		.left_out = left_out,
		.of_faults = of_faults};
	ret->n_reports++;
	if (!r->file || !r->text)
		im->no_memory = true;
}

void import_clean(char *dst, size_t size, const char *text)
{
	char *w = dst;
	bool blank = false;

	if (size == 0)
		return;
	while (*text) {
		size_t n = 1;

		if ((unsigned char)*text <= ' ' || *text == 0x7f) {
			blank = w > dst;
			text++;
			continue;
		}
		while (n <= 4 && !(strnlen(text, n) == n && utf8_valid(text, n)))
			n++;
		if (n > 4 || ((unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0)) {
			text += n > 4 ? 1 : n; /* no UTF-8, or a control character of it */
			blank = w > dst;
			continue;
		}
		if ((size_t)(w - dst) + blank + n >= size)
			break;
		if (blank)
			*w++ = ' ';
		blank = false;
		memcpy(w, text, n);
		w += n;
		text += n;
	}
	*w = '\0';
}

bool import_slug(char *dst, size_t size, const char *text)
{
	size_t n = 0;
	bool gap = false;

	for (; *text; text++) {
		char c = (char)tolower((unsigned char)*text);

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			gap = n > 0;
			continue;
		}
		if (n + gap + 1 >= size) {
			dst[n] = '\0';
			return false;
		}
		if (gap)
			dst[n++] = '_';
		gap = false;
		dst[n++] = c;
	}
	dst[n] = '\0';
	return true;
}

void import_id(const char *path, char ret[33])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char text[256];
	size_t n;

	(void)str_copy(text, sizeof(text), name);
	n = strlen(text);
	if (n > 4 && text[n - 4] == '.')
		text[n - 4] = '\0';
	(void)import_slug(ret, 33, text);
	for (char *p = ret; *p; p++)
		if (*p == '_')
			*p = '-';
}

/* The section that LINE of the text lies in is dropped; false when there is none. */
static bool drop_at(struct import *im, unsigned line, const char *text)
{
	for (size_t i = 0; i < im->n_points; i++) {
		struct point_row *p = &im->points[i];

		if (p->dropped || p->access == ACCESS_WO || line < p->text_first ||
			line > p->text_last)
			continue;
		p->dropped = true;
		import_tell(im, false, p->line, NULL, true,
			"the loader refuses the point: %s; %s is left out", text, p->name);
		return true;
	}
	for (size_t i = 0; i < im->n_faults; i++) {
		struct fault_row *f = &im->faults[i];

		if (f->dropped || line < f->text_first || line > f->text_last)
			continue;
		f->dropped = true;
		import_tell(im, true, f->line, NULL, true,
			"the loader refuses the code: %s; \"%s\" is left out", text, f->code);
		return true;
	}
	return false;
}

/* 0 when the text loads clean, 1 when something was dropped, -EINVAL when nothing helps. */
static int check_text(struct import *im, const char *text, size_t len)
{
	struct problems problems = {0};
	struct profile *p = NULL;
	bool dropped = false;
	int r = profile_load_buffer(text, len, "new.profile", &problems, &p);

	if (r == 0)
		r = check_profile(p, NULL, &problems, NULL);
	for (size_t i = 0; i < problems.n; i++)
		if (problems.v[i].level == PROBLEM_ERROR)
			dropped = drop_at(im, problems.v[i].line, problems.v[i].text) || dropped;
	if (r == -ENOMEM)
		im->no_memory = true;
	if (r < 0 && !dropped)
		for (size_t i = 0; i < problems.n; i++)
			import_tell(im, false, 0, NULL, true, "new.profile:%u: %s",
				problems.v[i].line, problems.v[i].text);
	if (r == 0)
		im->ret->faults = p->n_faults;
	profile_unref(p);
	problems_done(&problems);
	return r < 0 ? (dropped ? 1 : r) : 0;
}

static size_t count_points(const struct import *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->n_points; i++)
		n += !im->points[i].dropped && im->points[i].access != ACCESS_WO;
	return n;
}

static int compare_reports(const void *a, const void *b)
{
	const struct import_report *x = a, *y = b;

	if (x->of_faults != y->of_faults)
		return x->of_faults ? 1 : -1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Those of the checks come late; stable, because equal lines keep their order. */
static void sort_reports(struct import_result *ret)
{
	for (size_t i = 1; i < ret->n_reports; i++) {
		struct import_report r = ret->reports[i];
		size_t k = i;

		while (k > 0 && compare_reports(&ret->reports[k - 1], &r) > 0) {
			ret->reports[k] = ret->reports[k - 1];
			k--;
		}
		ret->reports[k] = r;
	}
}

static int make_text(struct import *im)
{
	struct import_result *ret = im->ret;
	int r = 1;

	for (unsigned round = 0; round < ROUNDS_MAX && r == 1; round++) {
		free(ret->text);
		ret->text = NULL;
		if (count_points(im) == 0)
			return -ENODATA;
		r = import_write(im, &ret->text, &ret->len);
		if (r == 0)
			r = check_text(im, ret->text, ret->len);
	}
	if (r == 0)
		return 0;
	free(ret->text);
	ret->text = NULL;
	return r == 1 ? -EINVAL : r;
}

static int parse(
	struct import *im, const char *csv, size_t len, const char *faults, size_t faults_len)
{
	const char *wrong;
	int r = csv_parse(csv, len, &im->csv, &wrong);

	if (r == -EINVAL)
		import_tell(im, false, 0, NULL, true, "%s", wrong);
	if (r < 0)
		return r;
	r = rows_read(im);
	if (r < 0 || !faults)
		return r;
	r = csv_parse(faults, faults_len, &im->faults_csv, &wrong);
	if (r == -EINVAL) {
		import_tell(im, true, 0, NULL, true, "%s", wrong);
		return 0;
	}
	return r < 0 ? r : faults_read(im);
}

int import_run(const char *csv, size_t len, const char *faults, size_t faults_len,
	const struct import_options *o, struct import_result *ret)
{
	struct import im = {.o = o, .ret = ret};
	int r;

	*ret = (struct import_result){0};
	r = parse(&im, csv, len, faults, faults_len);
	if (r == 0)
		r = make_text(&im);
	if (im.no_memory)
		r = -ENOMEM;
	sort_reports(ret);
	if (r == 0)
		ret->points = count_points(&im);
	for (size_t i = 0; i < im.n_points; i++) {
		ret->write_only += im.points[i].access == ACCESS_WO;
		free(im.points[i].enums);
	}
	free(im.points);
	free(im.faults);
	csv_done(&im.csv);
	csv_done(&im.faults_csv);
	return r;
}

void import_result_done(struct import_result *r)
{
	for (size_t i = 0; i < r->n_reports; i++) {
		free(r->reports[i].file);
		free(r->reports[i].text);
	}
	free(r->reports);
	free(r->text);
	*r = (struct import_result){0};
}
