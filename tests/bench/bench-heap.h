/* SPDX-License-Identifier: Apache-2.0 */
/* How much heap a piece of work takes, libraries' included: malloc() and its kin of the program are replaced by
 * ones that count what malloc_usable_size() says. One thread. Under a sanitizer, which has its own, it says 0. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <stddef.h>

void heap_mark(void); /* from here */
size_t heap_peak(
	void); /* the most that was held at a time since, beyond what was held then; bytes */

#endif
