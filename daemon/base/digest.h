/* SPDX-License-Identifier: Apache-2.0 */
/* The content of what was loaded, as one number of 32 bytes: two that are the same were made of the same
 * pieces in the same order. A reload compares them. Pure; any thread. */
#ifndef HEARTHD_DIGEST_H
#define HEARTHD_DIGEST_H

#include "util.h"

struct digest {
	uint8_t v[32];
};

/* Begins as {0}. Where a piece begins and ends counts, so "ab" "c" is not "a" "bc". */
struct digester {
	uint8_t buf[32 + 480]; /* the digest of what came before, then what has come since */
	size_t n;
};

void digest_add(struct digester *d, const void *p, size_t n);
void digest_text(struct digester *d, const char *text); /* NULL is not "" */
void digest_number(struct digester *d, int64_t number);
void digest_other(struct digester *d, const struct digest *other);
void digest_end(struct digester *d, struct digest *ret);
bool digest_same(const struct digest *a, const struct digest *b);

#endif
