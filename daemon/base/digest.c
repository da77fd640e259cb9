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

void digest_add(struct digester *d, const void *p, size_t n)
{
	const uint64_t size = n;

	put(d, (const uint8_t *)&size, sizeof(size));
	if (n > 0)
		put(d, p, n);
}

void digest_text(struct digester *d, const char *text)
{
	digest_number(d, text != NULL);
	if (text)
		digest_add(d, text, strlen(text));
}

void digest_number(struct digester *d, int64_t number)
{
	put(d, (const uint8_t *)&number, sizeof(number));
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
