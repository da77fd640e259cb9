/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken out of a parsed file: typed values, and messages about what is left over. */
#include "ini.h"

#include <ctype.h>
#include <math.h>

static void place(char *dst, size_t size, const struct ini_section *s, const struct ini_entry *e)
{
	size_t used = 0;

	*dst = '\0';
	(void)str_appendf(dst, size, &used, "%s", s->type);
	if (*s->arg && !str_appendf(dst, size, &used, " %s", s->arg))
		(void)str_appendf(dst, size, &used, " ...");
	if (e)
		(void)str_appendf(
			dst, size, &used, e->locale ? ".%s[%s]" : ".%s", e->key, e->locale);
}

/* What people bring along from other formats and input methods, where a value is wrong. */
static const char *habit(const struct ini_entry *e)
{
	size_t n = strlen(e->value);

	if (e->locale)
		return "";
	if (n >= 2 && (*e->value == '"' || *e->value == '\'') && e->value[n - 1] == *e->value)
		return " (quotes are part of the value here: leave them out)";
	if (ini_fullwidth(e->value))
		return " (it has full-width characters: type it with the input method off)";
	if (strstr(e->value, "\u00a0") || strstr(e->value, "\u200b") || strstr(e->value, "\ufeff"))
		return " (it has an invisible character: type the value anew)";
	if (strstr(e->value, " #") || strstr(e->value, " ;") || strstr(e->value, "\t#"))
		return " (a comment needs a line of its own)";
	return "";
}

int ini_problem(struct problems *p, enum problem_level level, const struct ini_entry *e,
	const char *fmt, ...)
{
	char key[192], text[768];
	va_list ap;

	place(key, sizeof(key), e->section, e);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return problem_add(p, level, e->file, e->line, key, "%s%s", text,
		level == PROBLEM_ERROR ? habit(e) : "");
}

int ini_problem_section(struct problems *p, enum problem_level level, const struct ini_section *s,
	const char *fmt, ...)
{
	char key[192], text[768];
	va_list ap;

	place(key, sizeof(key), s, NULL);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return problem_add(p, level, s->file, s->line, key, "%s", text);
}

/* A value in a message: enough of it to be recognised. */
#define SHOWN_MAX         48
#define shown(buf, value) str_abbreviate(buf, sizeof(buf), value)

int ini_get_string(struct ini_section *s, const char *key, const char **ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);

	if (!e)
		return 0;
	*ret = e->value;
	return 1;
}

int ini_get_bool(struct ini_section *s, const char *key, struct problems *p, bool *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX];

	if (!e)
		return 0;
	if (parse_bool(e->value, ret) < 0)
		return ini_problem(
			p, PROBLEM_ERROR, e, "\"%s\" is neither yes nor no", shown(show, e->value));
	return 1;
}

int ini_get_u64(struct ini_section *s, const char *key, uint64_t min, uint64_t max,
	struct problems *p, uint64_t *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX];

	if (!e)
		return 0;
	if (parse_u64(e->value, min, max, ret) < 0)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no whole number from %llu to %llu", shown(show, e->value),
			(unsigned long long)min, (unsigned long long)max);
	return 1;
}

int ini_get_double(struct ini_section *s, const char *key, double min, double max,
	struct problems *p, double *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX];
	double v;

	if (!e)
		return 0;
	if (parse_double(e->value, &v) < 0)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no number; write 0.1 or -12.5, a point and no unit",
			shown(show, e->value));
	if (v < min || v > max)
		return ini_problem(p, PROBLEM_ERROR, e, "%s is outside %g to %g",
			shown(show, e->value), min, max);
	*ret = v;
	return 1;
}

static void duration_text(char *dst, size_t size, uint64_t us)
{
	static const struct {
		uint64_t us;
		const char *name;
	} units[] = {{USEC_PER_DAY, "d"}, {USEC_PER_HOUR, "h"}, {USEC_PER_MIN, "min"},
		{USEC_PER_SEC, "s"}, {USEC_PER_MSEC, "ms"}, {1, "us"}};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (us >= units[i].us && us % units[i].us == 0) {
			snprintf(dst, size, "%llu%s", (unsigned long long)(us / units[i].us),
				units[i].name);
			return;
		}
	snprintf(dst, size, "0");
}

int ini_get_duration(struct ini_section *s, const char *key, uint64_t min_us, uint64_t max_us,
	struct problems *p, uint64_t *ret_us)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX], least[32], most[32];
	uint64_t v = 0;
	int r;

	if (!e)
		return 0;
	r = parse_duration(e->value, &v);
	if (r == -EINVAL)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no duration; write 500ms, 10s, 5min, 2h or 1d",
			shown(show, e->value));
	if (r < 0 || v < min_us || v > max_us) {
		duration_text(least, sizeof(least), min_us);
		duration_text(most, sizeof(most), max_us);
		return ini_problem(p, PROBLEM_ERROR, e, "%s%s is outside %s to %s",
			shown(show, e->value),
			strspn(e->value, "0123456789") == strlen(e->value) ? ", in seconds," : "",
			least, most);
	}
	*ret_us = v;
	return 1;
}

static void size_text(char *dst, size_t size, uint64_t v)
{
	static const char *const units[] = {"", "K", "M", "G"};
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && v >= 1024 && v % 1024 == 0) {
		v /= 1024;
		i++;
	}
	snprintf(dst, size, "%llu%s", (unsigned long long)v, units[i]);
}

int ini_get_size(struct ini_section *s, const char *key, uint64_t min, uint64_t max,
	struct problems *p, uint64_t *ret_bytes)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX], least[32], most[32];
	uint64_t v = 0;
	int r;

	if (!e)
		return 0;
	r = parse_size(e->value, &v);
	if (r == -EINVAL)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no size; write bytes or 64K, 64M, 1G", shown(show, e->value));
	if (r < 0 || v < min || v > max) {
		size_text(least, sizeof(least), min);
		size_text(most, sizeof(most), max);
		return ini_problem(p, PROBLEM_ERROR, e, "%s is outside %s to %s",
			shown(show, e->value), least, most);
	}
	*ret_bytes = v;
	return 1;
}

int ini_get_enum(struct ini_section *s, const char *key, const struct ini_name *names,
	struct problems *p, int *ret)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	char show[SHOWN_MAX], choice[256];
	size_t used = 0;

	if (!e)
		return 0;
	*choice = '\0';
	for (const struct ini_name *n = names; n->name; n++) {
		if (streq(n->name, e->value)) {
			*ret = n->value;
			return 1;
		}
		(void)str_appendf(choice, sizeof(choice), &used, "%s%s",
			n == names  ? ""
			: n[1].name ? ", "
				    : " or ",
			n->name);
	}
	return ini_problem(
		p, PROBLEM_ERROR, e, "\"%s\" is not one of %s", shown(show, e->value), choice);
}

int ini_split(const char *value, size_t max, char ***ret, size_t *ret_n)
{
	static const char blanks[] = " \t";
	size_t n = 0;
	char **v, *to;

	for (const char *s = value + strspn(value, blanks); *s; n++) {
		s += strcspn(s, blanks);
		s += strspn(s, blanks);
	}
	if (n > max)
		return -E2BIG;
	v = malloc((n + 1) * sizeof(*v) + strlen(value) + 1);
	if (!v)
		return -ENOMEM;
	to = (char *)(v + n + 1);
	n = 0;
	for (const char *s = value + strspn(value, blanks); *s; s += strspn(s, blanks)) {
		size_t len = strcspn(s, blanks);

		memcpy(to, s, len);
		to[len] = '\0';
		v[n++] = to;
		to += len + 1;
		s += len;
	}
	v[n] = NULL;
	*ret = v;
	*ret_n = n;
	return 0;
}

int ini_get_list(struct ini_section *s, const char *key, size_t max, struct problems *p,
	char ***ret, size_t *ret_n)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	int r;

	if (!e)
		return 0;
	r = ini_split(e->value, max, ret, ret_n);
	if (r == -E2BIG)
		return ini_problem(
			p, PROBLEM_ERROR, e, "more than %zu words, the most it may have", max);
	return r < 0 ? r : 1;
}

/* Suggestions */

#define WORD_MAX 48

/* Edits between two words, a swap of neighbours counting as one and case as nothing: people
 * write "baud" for "Baud". */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];

	if (n > WORD_MAX || m > WORD_MAX)
		return UINT32_MAX;
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *t;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			int x = tolower((unsigned char)a[i - 1]),
			    y = tolower((unsigned char)b[j - 1]);
			unsigned best = last[j - 1] + (x != y);

			best = MIN(best, last[j] + 1);
			best = MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
				y == tolower((unsigned char)a[i - 2]))
				best = MIN(best, before[j - 2] + 1);
			row[j] = best;
		}
		t = before;
		before = last;
		last = row;
		row = t;
	}
	return last[m];
}

const char *ini_nearest(const char *word, const char *const *names)
{
	unsigned best = (unsigned)MIN(strlen(word) / 3 + 1, 3u) + 1;
	const char *nearest = NULL;

	for (; names && *names; names++) {
		unsigned d = distance(word, *names);

		if (d < best) {
			best = d;
			nearest = *names;
		}
	}
	return nearest;
}

void ini_warn_unused(const struct ini_section *s, const char *const *known, struct problems *p)
{
	for (const struct ini_entry *e = s ? s->entries : NULL; e; e = e->next) {
		const char *near;

		if (e->used || startswith(e->key, "X-"))
			continue;
		near = ini_nearest(e->key, known);
		if (near && streq(near, e->key) && e->locale)
			(void)ini_problem(p, PROBLEM_WARNING, e,
				"texts are known in English and zh_CN; write %s= or %s[zh_CN]=",
				near, near);
		else if (near && streq(near, e->key))
			(void)ini_problem(p, PROBLEM_WARNING, e, "has no effect here; remove it");
		else if (near)
			(void)ini_problem(p, PROBLEM_WARNING, e,
				"unknown key, ignored; did you mean %s=?", near);
		else
			(void)ini_problem(p, PROBLEM_WARNING, e,
				"unknown key, ignored; see the manual page for those of [%s]",
				s->type);
	}
}

void ini_warn_unknown_sections(const struct ini *ini, const char *const *known, struct problems *p)
{
	for (const struct ini_section *s = ini->sections; s; s = s->next) {
		const char *near = ini_nearest(s->type, known);

		if ((near && streq(near, s->type)) || startswith(s->type, "X-"))
			continue;
		if (near)
			(void)ini_problem_section(p, PROBLEM_WARNING, s,
				"unknown section, ignored; did you mean [%s]?", near);
		else
			(void)ini_problem_section(
				p, PROBLEM_WARNING, s, "unknown section, ignored");
	}
}

void ini_digest(struct digester *d, const struct ini_section *s)
{
	if (!s)
		return;
	digest_text(d, s->type);
	digest_text(d, s->arg);
	for (const struct ini_entry *e = s->entries; e; e = e->next) {
		digest_text(d, e->key);
		digest_text(d, e->locale);
		digest_text(d, e->value);
	}
	digest_text(d, NULL);
}
