/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include "sha256.h"

#define CHAIN 32

static void put(struct digester *d, const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t k = MIN(n, sizeof(d->buf) - CHAIN - d->n);

		memcpy(d->buf + CHAIN + d->n, p, k);
		d->n += k;
		p += k;
		n -= k;
		if (d->n == sizeof(d->buf) - CHAIN) {
			uint8_t chain[CHAIN];

			sha256(d->buf, sizeof(d->buf), chain);
			memcpy(d->buf, chain, sizeof(chain));
			d->n = 0;
		}
	}
}

/* Seven bits a byte, the lowest first: most pieces are short, and their lengths would be most of what is hashed. */
static void put_number(struct digester *d, uint64_t number)
{
	uint8_t v[10];
	size_t n = 0;

	for (; number > 0x7f; number >>= 7)
		v[n++] = (uint8_t)(number | 0x80);
	v[n++] = (uint8_t)number;
	put(d, v, n);
}

void digest_add(struct digester *d, const void *p, size_t n)
{
	put_number(d, n);
	if (n > 0)
		put(d, p, n);
}

void digest_text(struct digester *d, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	put_number(d, text ? n + 1 : 0);
	if (n > 0)
		put(d, (const uint8_t *)text, n);
}

void digest_number(struct digester *d, int64_t number)
{
	put_number(d, (uint64_t)number);
}

void digest_other(struct digester *d, const struct digest *other)
{
	put(d, other->v, sizeof(other->v));
}

void digest_end(struct digester *d, struct digest *ret)
{
	sha256(d->buf, CHAIN + d->n, ret->v);
	*d = (struct digester){0};
}

bool digest_same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->v, b->v, sizeof(a->v)) == 0;
}
