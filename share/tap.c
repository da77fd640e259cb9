/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

static void put_be64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

size_t tap_encode(const struct tap_frame *f, uint8_t ret[TAP_MAX])
{
	size_t len = MIN(f->len, TAP_DATA_MAX);

	ret[0] = 'T';
	ret[1] = 1;
	ret[2] = (uint8_t)f->kind;
	ret[3] = 0;
	put_be16(ret + 4, (uint16_t)(f->lost >> 16));
	put_be16(ret + 6, (uint16_t)f->lost);
	put_be64(ret + 8, f->boot_us);
	put_be64(ret + 16, f->wall_us);
	memcpy(ret + TAP_HEADER, f->data, len);
	return TAP_HEADER + len;
}

int tap_decode(const uint8_t *p, size_t n, struct tap_frame *ret)
{
	if (n < TAP_HEADER || n > TAP_MAX || p[0] != 'T' || p[1] != 1 ||
		(p[2] != TAP_HELLO && p[2] != TAP_TO && p[2] != TAP_FROM))
		return -EBADMSG;
	ret->kind = p[2];
	ret->lost = be32(p + 4);
	ret->boot_us = be64(p + 8);
	ret->wall_us = be64(p + 16);
	ret->len = (uint16_t)(n - TAP_HEADER);
	memcpy(ret->data, p + TAP_HEADER, ret->len);
	return 0;
}
