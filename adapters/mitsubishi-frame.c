/* SPDX-License-Identifier: Apache-2.0 */
#include "mitsubishi-frame.h"

uint8_t mitsubishi_checksum(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + p[i]);
	return (uint8_t)(MITSUBISHI_START - sum);
}

size_t mitsubishi_build(
	uint8_t *dst, uint8_t type, uint16_t header, const uint8_t *payload, size_t n)
{
	dst[0] = MITSUBISHI_START;
	dst[1] = type;
	put_be16(dst + 2, header);
	dst[4] = (uint8_t)n;
	memcpy(dst + 5, payload, n);
	dst[5 + n] = mitsubishi_checksum(dst, 5 + n);
	return MITSUBISHI_OVERHEAD + n;
}

static bool type_known(uint8_t type)
{
	switch (type) {
	case MITSUBISHI_SET:
	case MITSUBISHI_GET:
	case MITSUBISHI_CONNECT:
	case MITSUBISHI_CONNECT_EXT:
	case MITSUBISHI_SET_REPLY:
	case MITSUBISHI_GET_REPLY:
	case MITSUBISHI_CONNECT_REPLY:
	case MITSUBISHI_CAPABILITIES:
		return true;
	}
	return false;
}

enum mitsubishi_wrong mitsubishi_parse(const uint8_t *p, size_t n, uint16_t header,
	struct mitsubishi_frame *ret, size_t *ret_len, size_t *ret_at)
{
	size_t len;

	*ret_at = 0;
	if (n < 1)
		return MITSUBISHI_SHORT;
	if (p[0] != MITSUBISHI_START)
		return MITSUBISHI_NO_START;
	*ret_at = 1;
	if (n < 2)
		return MITSUBISHI_SHORT;
	if (!type_known(p[1]))
		return MITSUBISHI_BAD_TYPE;
	for (size_t i = 2; i < 4; i++) {
		*ret_at = i;
		if (n <= i)
			return MITSUBISHI_SHORT;
		if (p[i] != (uint8_t)(i == 2 ? header >> 8 : header))
			return MITSUBISHI_BAD_HEADER;
	}
	*ret_at = 4;
	if (n < 5)
		return MITSUBISHI_SHORT;
	if (p[4] < 1 || p[4] > MITSUBISHI_PAYLOAD_MAX)
		return MITSUBISHI_BAD_LENGTH;
	len = MITSUBISHI_OVERHEAD + (size_t)p[4];
	if (n < len) {
		*ret_at = n;
		return MITSUBISHI_SHORT;
	}
	*ret_at = len - 1;
	if (mitsubishi_checksum(p, len - 1) != p[len - 1])
		return MITSUBISHI_BAD_CHECKSUM;

	*ret = (struct mitsubishi_frame){.type = p[1], .n = p[4]};
	memcpy(ret->payload, p + 5, p[4]);
	*ret_len = len;
	return MITSUBISHI_OK;
}

size_t mitsubishi_parser_push(struct mitsubishi_parser *s, const uint8_t *p, size_t n)
{
	n = MIN(n, sizeof(s->buf) - s->n);
	memcpy(s->buf + s->n, p, n);
	s->n += n;
	return n;
}

bool mitsubishi_parser_next(struct mitsubishi_parser *s, uint16_t header, bool at_end,
	struct mitsubishi_frame *ret, uint8_t *ret_bytes, size_t *ret_len)
{
	size_t at = 0;
	bool found = false;

	while (at < s->n && !found) {
		size_t len, wrong_at;
		enum mitsubishi_wrong w =
			mitsubishi_parse(s->buf + at, s->n - at, header, ret, &len, &wrong_at);

		if (w == MITSUBISHI_SHORT && !at_end)
			break;
		if (w != MITSUBISHI_OK) {
			s->skipped++;
			at++;
			continue;
		}
		if (ret_bytes)
			memcpy(ret_bytes, s->buf + at, len);
		if (ret_len)
			*ret_len = len;
		at += len;
		found = true;
	}
	memmove(s->buf, s->buf + at, s->n - at);
	s->n -= at;
	return found;
}
