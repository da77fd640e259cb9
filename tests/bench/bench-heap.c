/* SPDX-License-Identifier: Apache-2.0 */
#include "bench-heap.h"

#include <malloc.h>

static size_t held, marked, most;

void heap_mark(void)
{
	marked = most = held;
}

size_t heap_peak(void)
{
	return most - marked;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* glibc's own, under the names it keeps for those who replace malloc(). */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static void *taken(void *p)
{
	held += malloc_usable_size(p);
	if (held > most)
		most = held;
	return p;
}

void *malloc(size_t n)
{
	return taken(__libc_malloc(n));
}

void *calloc(size_t n, size_t each)
{
	return taken(__libc_calloc(n, each));
}

void *realloc(void *p, size_t n)
{
	size_t had = malloc_usable_size(p);
	void *q = __libc_realloc(p, n);

	if (!q && n > 0)
		return NULL;
	held -= had;
	return q ? taken(q) : NULL;
}

void free(void *p)
{
	held -= malloc_usable_size(p);
	__libc_free(p);
}

#endif
