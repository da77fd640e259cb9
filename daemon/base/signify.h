/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of OpenBSD's signify(1): public keys, and files signed with -S -e (the signature in front of the text).
 * Form alone: whether a signature is good hearth-sign says. Pure; any thread; nothing here is trusted. */
#ifndef HEARTHD_SIGNIFY_H
#define HEARTHD_SIGNIFY_H

#include "util.h"

#define SIGNIFY_COMMENT_MAX 1024 /* bytes of the first line */

struct signify_key {
	uint8_t number[8]; /* random; tells keys apart, proves nothing */
	uint8_t key[32];
};
struct signify_signed {
	uint8_t number[8]; /* of the key it claims */
	uint8_t signature[64];
	const char *message; /* inside what was parsed */
	size_t n;
};

/* -EBADMSG: not of this form, another algorithm, or something behind it. */
int signify_parse_key(const char *p, size_t n, struct signify_key *ret);
/* The second line alone, as in NextKey=. */
int signify_parse_key_line(const char *p, size_t n, struct signify_key *ret);
int signify_parse_signed(const char *p, size_t n, struct signify_signed *ret);

#endif
