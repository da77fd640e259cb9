/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong in something a person wrote: file, line, key, and what would be right. Loaders
 * collect as many as they find instead of stopping at the first. Owned by the caller; one thread. */
#ifndef HEARTHD_PROBLEM_H
#define HEARTHD_PROBLEM_H

#include "util.h"

enum problem_level { PROBLEM_WARNING, PROBLEM_ERROR };

struct problem {
	enum problem_level level;
	char *file;    /* as given; NULL when the text came from nowhere */
	unsigned line; /* from 1; 0 = the whole file */
	char *key;     /* "Section.Key" or NULL */
	char *text;    /* a sentence, ends with what would be right */
};

#define PROBLEMS_MAX 200 /* beyond: counted in .dropped */

struct problems {
	struct problem *v;
	size_t n, dropped, n_errors;
};

void problems_done(struct problems *p); /* idempotent */
/* Always returns -EINVAL for errors, 0 for warnings, so that callers can write
 * "return problem_add(...)". P may be NULL. The same said again about the same place counts once. */
int problem_add(struct problems *p, enum problem_level level, const char *file, unsigned line,
	const char *key, const char *fmt, ...) _printf_(6, 7);
/* "FILE:LINE: KEY: error: TEXT" */
void problem_print(FILE *f, const struct problem *p);
void problem_format(char *dst, size_t size, const struct problem *p);

#endif
