/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus-identify.h"

#define MEI_DEVICE_ID 14
#define DEVICE_HEADER 7 /* function, MEI type, code, conformity, more follows, next, count */

bool modbus_identify_valid(const uint8_t *pdu, size_t n)
{
	if (n == 1)
		return pdu[0] == MODBUS_REPORT_ID;
	/* Codes 1-3 stream a category, 4 gives one object. */
	return n == MODBUS_IDENTIFY_PDU && pdu[0] == MODBUS_DEVICE_ID && pdu[1] == MEI_DEVICE_ID &&
	       pdu[2] >= 1 && pdu[2] <= 4;
}

size_t modbus_identify_rtu(
	uint8_t unit, const uint8_t *pdu, size_t n, uint8_t ret[MODBUS_IDENTIFY_PDU + 3])
{
	uint16_t crc;

	n = MIN(n, MODBUS_IDENTIFY_PDU);
	ret[0] = unit;
	memcpy(ret + 1, pdu, n);
	crc = modbus_crc16(ret, n + 1);
	ret[n + 1] = (uint8_t)crc;
	ret[n + 2] = (uint8_t)(crc >> 8);
	return n + 3;
}

size_t modbus_identify_tcp(uint8_t unit, const uint8_t *pdu, size_t n, uint16_t transaction,
	uint8_t ret[MODBUS_IDENTIFY_PDU + 7])
{
	n = MIN(n, MODBUS_IDENTIFY_PDU);
	put_be16(ret, transaction);
	put_be16(ret + 2, 0);
	put_be16(ret + 4, (uint16_t)(1 + n));
	ret[6] = unit;
	memcpy(ret + 7, pdu, n);
	return n + 7;
}

/* Length of the PDU that begins at P by its own word: 0 when P begins no reply to REQUEST, more than
 * N while a byte that decides is missing. */
static size_t reply_len(const uint8_t *request, const uint8_t *p, size_t n)
{
	size_t at = DEVICE_HEADER;

	if (n < 1)
		return 1;
	if (p[0] == (request[0] | 0x80))
		return 2;
	if (p[0] != request[0])
		return 0;
	if (n < 2)
		return 2;
	if (request[0] == MODBUS_REPORT_ID)
		return p[1] <= MODBUS_FRAME_PDU_MAX - 2 ? 2U + p[1] : 0;
	if (p[1] != MEI_DEVICE_ID || (n >= 3 && p[2] != request[2]))
		return 0;
	if (n < DEVICE_HEADER)
		return DEVICE_HEADER;
	for (unsigned k = 0; k < p[6]; k++) {
		if (at + 2 > MODBUS_FRAME_PDU_MAX)
			return 0;
		if (at + 2 > n)
			return at + 2;
		at += 2U + p[at + 1];
	}
	return at <= MODBUS_FRAME_PDU_MAX ? at : 0;
}

enum modbus_verdict modbus_identify_check(
	const uint8_t *request, const uint8_t *pdu, size_t n, uint8_t *ret_exception)
{
	if (n < 2 || reply_len(request, pdu, n) != n)
		return MODBUS_BAD;
	if (!(pdu[0] & 0x80))
		return MODBUS_REPLY;
	if (pdu[1] == 0)
		return MODBUS_BAD;
	*ret_exception = pdu[1];
	return MODBUS_EXCEPTION;
}

enum modbus_verdict modbus_identify_rtu_scan(uint8_t unit, const uint8_t *request, size_t n_request,
	const uint8_t *p, size_t n, struct modbus_found *ret)
{
	uint8_t sent[MODBUS_IDENTIFY_PDU + 3];
	size_t n_sent = modbus_identify_rtu(unit, request, n_request, sent);

	*ret = (struct modbus_found){0};
	for (size_t i = 0; i < n; i++) {
		size_t len;

		/* Adapters that hear themselves. */
		if (n - i >= n_sent && memcmp(p + i, sent, n_sent) == 0) {
			i += n_sent - 1;
			continue;
		}
		if (p[i] != unit)
			continue;
		len = reply_len(request, p + i + 1, n - i - 1);
		if (len == 0 || i + 1 + len + 2 > n ||
			modbus_crc16(p + i, len + 1) !=
				(uint16_t)(p[i + 1 + len] | p[i + 2 + len] << 8))
			continue;
		ret->pdu = i + 1;
		ret->pdu_len = len;
		return modbus_identify_check(request, p + i + 1, len, &ret->exception);
	}
	return MODBUS_MORE;
}

enum modbus_verdict modbus_identify_tcp_check(uint8_t unit, const uint8_t *request,
	uint16_t transaction, const uint8_t *p, size_t n, struct modbus_found *ret)
{
	size_t len;

	*ret = (struct modbus_found){0};
	if (n < 6)
		return MODBUS_MORE;
	len = be16(p + 4);
	if (be16(p) != transaction || be16(p + 2) != 0 || len < 3 || len > 1 + MODBUS_FRAME_PDU_MAX)
		return MODBUS_BAD;
	if (n > 6 + len || (n > 6 && p[6] != unit))
		return MODBUS_BAD;
	if (n < 6 + len)
		return MODBUS_MORE;
	ret->pdu = 7;
	ret->pdu_len = len - 1;
	return modbus_identify_check(request, p + 7, len - 1, &ret->exception);
}

int modbus_device_object(
	const uint8_t *pdu, size_t n, uint8_t id, const uint8_t **ret, size_t *ret_n)
{
	size_t at = DEVICE_HEADER;

	if (n < DEVICE_HEADER || pdu[0] != MODBUS_DEVICE_ID)
		return -ENOENT;
	for (unsigned k = 0; k < pdu[6] && at + 2 <= n && at + 2U + pdu[at + 1] <= n; k++) {
		if (pdu[at] == id) {
			*ret = pdu + at + 2;
			*ret_n = pdu[at + 1];
			return 0;
		}
		at += 2U + pdu[at + 1];
	}
	return -ENOENT;
}
