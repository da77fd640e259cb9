/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.receipt/1: a receiver's own word that it has messages. Pure; bytes from outside are hostile. */
#ifndef HEARTHD_RECEIPT_H
#define HEARTHD_RECEIPT_H

#include "daemon/base/util.h"

#define RECEIPT_BYTES_MAX 8192
#define RECEIPT_SEQS_MAX  256

struct receipt {
	char epoch[9]; /* 8 hex digits */
	uint64_t seqs[RECEIPT_SEQS_MAX];
	size_t n; /* at least 1 */
};
/* -EBADMSG, -E2BIG: nothing of it is taken. */
int receipt_parse(const void *json, size_t n, struct receipt *ret);

#endif
