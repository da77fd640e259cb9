/* SPDX-License-Identifier: Apache-2.0 */
/* Compression (the only user of zlib) with every bound that zlib lacks. RFC 1950 streams, optionally
 * with a preset dictionary. Pure; any thread; buffers returned are the caller's to free. */
#ifndef HEARTHD_DEFLATE_H
#define HEARTHD_DEFLATE_H

#include "daemon/base/sha256.h"

#define INFLATE_MAX (1024 * 1024) /* of a message, as receivers are told */

struct dictionary {
	const void *bytes;
	size_t n;
};

/* DICT may be NULL. 0, -ENOMEM, -E2BIG (over INT32_MAX). */
int deflate_bytes(
	const void *src, size_t n, const struct dictionary *dict, void **ret, size_t *ret_n);
/* At most MAX bytes out (-E2BIG), whatever SRC claims. The dictionary the stream asks for is looked
 * up in DICTS by its Adler-32: -ENOKEY when it is not there. -EBADMSG: damaged, truncated or trailing
 * bytes. RET has one byte more than RET_N, a NUL. */
int inflate_bytes(const void *src, size_t n, const struct dictionary *dicts, size_t n_dicts,
	size_t max, void **ret, size_t *ret_n);
/* A zlib header: CM 8, window <= 32 KiB, check bits. JSON text is never one. */
bool deflate_is_stream(const void *src, size_t n);

/* 16 hex digits: the first 64 bits of its SHA-256. */
void dictionary_id(const void *bytes, size_t n, char ret[static 17]);

#endif
