/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"

void problems_done(struct problems *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].file);
		free(p->v[i].key);
		free(p->v[i].text);
	}
	free(p->v);
	*p = (struct problems){0};
}

/* A profile that ten appliances share is wrong once. */
static bool told(const struct problems *p, const struct problem *v)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].level == v->level && p->v[i].line == v->line &&
			streq_ptr(p->v[i].file, v->file) && streq_ptr(p->v[i].key, v->key) &&
			streq(p->v[i].text, v->text))
			return true;
	return false;
}

int problem_add(struct problems *p, enum problem_level level, const char *file, unsigned line,
	const char *key, const char *fmt, ...)
{
	int r = level == PROBLEM_ERROR ? -EINVAL : 0;
	struct problem *v, new = {.level = level, .line = line};
	va_list ap;

	if (!p)
		return r;
	va_start(ap, fmt);
	if (vasprintf(&new.text, fmt, ap) < 0)
		new.text = NULL;
	va_end(ap);
	new.file = (char *)file;
	new.key = (char *)key;
	if (new.text && told(p, &new)) {
		free(new.text);
		return r;
	}
	if (level == PROBLEM_ERROR)
		p->n_errors++;
	v = new.text && p->n < PROBLEMS_MAX ? reallocarray(p->v, p->n + 1, sizeof(*v)) : NULL;
	if (!v) {
		free(new.text);
		p->dropped++;
		return r;
	}
	p->v = v;
	new.file = file ? strdup(file) : NULL;
	new.key = key ? strdup(key) : NULL;
	p->v[p->n++] = new;
	return r;
}

void problem_format(char *dst, size_t size, const struct problem *p)
{
	size_t used = 0;

	if (size)
		*dst = '\0';
	if (p->file)
		(void)str_appendf(dst, size, &used, "%s:", p->file);
	if (p->file && p->line)
		(void)str_appendf(dst, size, &used, "%u:", p->line);
	if (p->file)
		(void)str_appendf(dst, size, &used, " ");
	if (p->key)
		(void)str_appendf(dst, size, &used, "%s: ", p->key);
	if (!str_appendf(dst, size, &used, "%s: %s",
		    p->level == PROBLEM_ERROR ? "error" : "warning", p->text))
		(void)str_copy(dst + used, size - used, p->text);
}

void problem_print(FILE *f, const struct problem *p)
{
	char line[1024];

	problem_format(line, sizeof(line), p);
	fprintf(f, "%s\n", line);
}
