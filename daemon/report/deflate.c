/* SPDX-License-Identifier: Apache-2.0 */
#include "deflate.h"
#include <limits.h>
#include <zlib.h>

/* How far back zlib looks stops this short of its window (MIN_LOOKAHEAD in its deflate.h). */
#define WINDOW_LOST 262

/* A window that holds N bytes, and memory to match: the 256 KiB of the largest are for the largest alone. */
static int init_for(z_stream *z, size_t n)
{
	int bits = 9;

	while (bits < MAX_WBITS && (size_t)1 << bits < n + WINDOW_LOST)
		bits++;
	return deflateInit2(
		z, Z_BEST_COMPRESSION, Z_DEFLATED, bits, MIN(bits - 6, 8), Z_DEFAULT_STRATEGY);
}

int deflate_bytes(
	const void *src, size_t n, const struct dictionary *dict, void **ret, size_t *ret_n)
{
	z_stream z = {0};
	uLong bound;
	Bytef *out;
	int rc;

	if (n > INT_MAX || (dict && dict->n > INT_MAX))
		return -E2BIG;
	if (init_for(&z, n + (dict ? dict->n : 0)) != Z_OK)
		return -ENOMEM;
	if (dict && deflateSetDictionary(&z, dict->bytes, (uInt)dict->n) != Z_OK) {
		(void)deflateEnd(&z);
		return -EINVAL;
	}
	/* Room for DICTID too, which deflateBound() of 1.2.13 counts only once it is set. */
	bound = deflateBound(&z, (uLong)n) + 8;
	out = malloc(bound);
	if (!out) {
		(void)deflateEnd(&z);
		return -ENOMEM;
	}
	z.next_in = (z_const Bytef *)src;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)bound;
	rc = deflate(&z, Z_FINISH);
	(void)deflateEnd(&z);
	if (rc != Z_STREAM_END) {
		free(out);
		return -EIO;
	}
	*ret = out;
	*ret_n = z.total_out;
	return 0;
}

/* Makes room for more, up to MAX plus one byte that shows the bound was passed and one for NUL. */
static int grow(Bytef **out, size_t *size, size_t max, z_stream *z)
{
	size_t used = z->total_out, want = MIN(*size * 2, max + 1);
	Bytef *p;

	if (want <= used)
		return -E2BIG;
	p = realloc(*out, want + 1);
	if (!p)
		return -ENOMEM;
	*out = p;
	*size = want;
	z->next_out = p + used;
	z->avail_out = (uInt)(want - used);
	return 0;
}

static int set_dictionary(z_stream *z, const struct dictionary *dicts, size_t n_dicts)
{
	for (size_t i = 0; i < n_dicts; i++)
		if (dicts[i].n <= INT_MAX &&
			adler32(adler32(0, NULL, 0), dicts[i].bytes, (uInt)dicts[i].n) == z->adler)
			return inflateSetDictionary(z, dicts[i].bytes, (uInt)dicts[i].n) == Z_OK
				       ? 0
				       : -EBADMSG;
	return -ENOKEY;
}

/* Every turn makes progress or ends it: output is bounded by MAX, input by its length, and the
 * dictionary is asked for once. */
static int inflate_all(z_stream *z, const struct dictionary *dicts, size_t n_dicts, size_t max,
	Bytef **out, size_t size)
{
	for (;;) {
		uLong in = z->total_in, made = z->total_out;
		int rc = inflate(z, Z_NO_FLUSH), e;

		switch (rc) {
		case Z_STREAM_END:
			if (z->total_out > max)
				return -E2BIG;
			return z->avail_in == 0 ? 0 : -EBADMSG;
		case Z_NEED_DICT:
			e = set_dictionary(z, dicts, n_dicts);
			if (e < 0)
				return e;
			break;
		case Z_OK:
		case Z_BUF_ERROR:
			if (z->avail_out == 0) {
				e = grow(out, &size, max, z);
				if (e < 0)
					return e;
			} else if (z->total_in == in && z->total_out == made)
				return -EBADMSG; /* truncated */
			break;
		case Z_MEM_ERROR:
			return -ENOMEM;
		default:
			return -EBADMSG;
		}
	}
}

int inflate_bytes(const void *src, size_t n, const struct dictionary *dicts, size_t n_dicts,
	size_t max, void **ret, size_t *ret_n)
{
	z_stream z = {.next_in = (z_const Bytef *)src, .avail_in = (uInt)n};
	size_t size = MIN(MAX(n * 4, 256), max + 1);
	Bytef *out;
	int e;

	if (n > INT_MAX || max >= INT_MAX)
		return -E2BIG;
	out = malloc(size + 1);
	if (!out)
		return -ENOMEM;
	z.next_out = out;
	z.avail_out = (uInt)size;
	if (inflateInit(&z) != Z_OK) {
		free(out);
		return -ENOMEM;
	}
	e = inflate_all(&z, dicts, n_dicts, max, &out, size);
	(void)inflateEnd(&z);
	if (e < 0) {
		free(out);
		return e;
	}
	out[z.total_out] = 0;
	*ret = out;
	*ret_n = z.total_out;
	return 0;
}

bool deflate_is_stream(const void *src, size_t n)
{
	const uint8_t *p = src;

	return n >= 2 && (p[0] & 0x0f) == 8 && p[0] >> 4 <= 7 && be16(p) % 31 == 0;
}

void dictionary_id(const void *bytes, size_t n, char ret[static 17])
{
	uint8_t h[32];

	sha256(bytes, n, h);
	for (unsigned i = 0; i < 8; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", h[i]);
}
