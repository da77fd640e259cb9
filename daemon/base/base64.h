/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648, section 4: padded, one line, and nothing else is taken. Pure; any thread. */
#ifndef HEARTHD_BASE64_H
#define HEARTHD_BASE64_H

#include "util.h"

/* Bytes of the text of N bytes, the NUL included. */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* DST has BASE64_SIZE(N) bytes. */
void base64_encode(char *dst, const void *p, size_t n);
/* N bytes of text; RET has room for N / 4 * 3 bytes. The number of bytes, or -EBADMSG: blanks, wrong padding,
 * bits that an encoder leaves zero. */
int base64_decode(const char *text, size_t n, uint8_t *ret);

#endif
