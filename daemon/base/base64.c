/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *dst, const void *p, size_t n)
{
	const uint8_t *s = p;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)s[i] << 16 | (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
			     (left > 2 ? s[i + 2] : 0);

		*dst++ = digits[v >> 18];
		*dst++ = digits[v >> 12 & 63];
		*dst++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*dst++ = left > 2 ? digits[v & 63] : '=';
	}
	*dst = '\0';
}

static int digit(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int base64_decode(const char *text, size_t n, uint8_t *ret)
{
	size_t used = 0;

	if (n % 4)
		return -EBADMSG;
	for (size_t i = 0; i < n; i += 4) {
		bool last = i + 4 == n;
		size_t pad = last && text[i + 3] == '=' ? 1 + (text[i + 2] == '=') : 0;
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			int d = k >= 4 - pad ? 0 : digit(text[i + k]);

			if (d < 0)
				return -EBADMSG;
			v = v << 6 | (uint32_t)d;
		}
		/* One text for one value: else a signed file could be changed and still verify. */
		if ((pad == 1 && v & 0xff) || (pad == 2 && v & 0xffff))
			return -EBADMSG;
		ret[used++] = (uint8_t)(v >> 16);
		if (pad < 2)
			ret[used++] = (uint8_t)(v >> 8);
		if (pad < 1)
			ret[used++] = (uint8_t)v;
	}
	return (int)used;
}
