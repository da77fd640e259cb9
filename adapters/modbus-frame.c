/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus-frame.h"

bool modbus_function_writes(uint8_t function)
{
	return function == MODBUS_WRITE_COIL || function == MODBUS_WRITE_REGISTER ||
	       function == MODBUS_WRITE_COILS || function == MODBUS_WRITE_REGISTERS ||
	       function == MODBUS_MASK_REGISTER;
}

static int parse_write(const uint8_t *pdu, size_t n, struct modbus_request *rq)
{
	size_t bytes;

	if (n < MODBUS_READ_PDU)
		return -EINVAL;
	rq->address = be16(pdu + 1);
	rq->count = 1;
	rq->pdu = pdu;
	rq->pdu_len = (uint8_t)n;
	if (rq->function == MODBUS_WRITE_COIL)
		return n == 5 && (be16(pdu + 3) == 0 || be16(pdu + 3) == 0xFF00) ? 0 : -EINVAL;
	if (rq->function == MODBUS_WRITE_REGISTER)
		return n == 5 ? 0 : -EINVAL;
	if (rq->function == MODBUS_MASK_REGISTER)
		return n == 7 ? 0 : -EINVAL;
	rq->count = be16(pdu + 3);
	if (rq->count < 1 || n < 6 || n > MODBUS_FRAME_PDU_MAX ||
		rq->count > (rq->function == MODBUS_WRITE_COILS ? MODBUS_WRITE_BITS_MAX
								: MODBUS_WRITE_REGISTERS_MAX) ||
		(uint32_t)rq->address + rq->count > 65536)
		return -EINVAL;
	bytes = rq->function == MODBUS_WRITE_COILS ? (rq->count + 7U) / 8U : 2U * rq->count;
	return pdu[5] == bytes && n == 6 + bytes ? 0 : -EINVAL;
}

int modbus_request_parse(uint8_t unit, const uint8_t *pdu, size_t n, struct modbus_request *ret)
{
	struct modbus_request rq = {.unit = unit};
	unsigned max;
	int r;

	if (n < 1)
		return -EINVAL;
	rq.function = pdu[0];
	if (modbus_function_writes(rq.function)) {
		r = parse_write(pdu, n, &rq);
		if (r < 0)
			return r;
		*ret = rq;
		return 0;
	}
	if (rq.function < MODBUS_READ_COILS || rq.function > MODBUS_READ_INPUT)
		return -EOPNOTSUPP;
	if (n != MODBUS_READ_PDU)
		return -EINVAL;
	rq.address = be16(pdu + 1);
	rq.count = be16(pdu + 3);
	max = rq.function <= MODBUS_READ_DISCRETE ? MODBUS_BITS_MAX : MODBUS_REGISTERS_MAX;
	if (rq.count < 1 || rq.count > max || (uint32_t)rq.address + rq.count > 65536)
		return -EINVAL;
	*ret = rq;
	return 0;
}

void modbus_request_pdu(const struct modbus_request *rq, uint8_t ret[MODBUS_READ_PDU])
{
	ret[0] = rq->function;
	put_be16(ret + 1, rq->address);
	put_be16(ret + 3, rq->count);
}

size_t modbus_reply_bytes(uint8_t function, uint16_t count)
{
	return function <= MODBUS_READ_DISCRETE ? (count + 7U) / 8U : 2U * count;
}

size_t modbus_reply_len(const struct modbus_request *rq)
{
	if (!rq->pdu)
		return 2 + modbus_reply_bytes(rq->function, rq->count);
	return rq->function == MODBUS_MASK_REGISTER ? 7 : 5;
}

uint16_t modbus_crc16(const uint8_t *p, size_t n)
{
	/* Polynomial 0xA001 (reflected 0x8005), by half bytes. */
	static const uint16_t table[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800,
		0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400};
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = (uint16_t)(crc >> 4 ^ table[crc & 0xF]);
		crc = (uint16_t)(crc >> 4 ^ table[crc & 0xF]);
	}
	return crc;
}

static bool crc_good(const uint8_t *p, size_t n)
{
	return modbus_crc16(p, n - 2) == (uint16_t)(p[n - 2] | p[n - 1] << 8);
}

static size_t put_pdu(const struct modbus_request *rq, uint8_t *ret)
{
	if (!rq->pdu) {
		modbus_request_pdu(rq, ret);
		return MODBUS_READ_PDU;
	}
	memcpy(ret, rq->pdu, rq->pdu_len);
	return rq->pdu_len;
}

size_t modbus_rtu_build(const struct modbus_request *rq, uint8_t ret[MODBUS_FRAME_RTU_MAX])
{
	size_t n = 1 + put_pdu(rq, ret + 1);
	uint16_t crc;

	ret[0] = rq->unit;
	crc = modbus_crc16(ret, n);
	ret[n] = (uint8_t)crc;
	ret[n + 1] = (uint8_t)(crc >> 8);
	return n + 2;
}

size_t modbus_tcp_build(
	const struct modbus_request *rq, uint16_t transaction, uint8_t ret[MODBUS_FRAME_TCP_MAX])
{
	size_t n = put_pdu(rq, ret + 7);

	put_be16(ret, transaction);
	put_be16(ret + 2, 0);
	put_be16(ret + 4, (uint16_t)(1 + n));
	ret[6] = rq->unit;
	return 7 + n;
}

enum modbus_verdict modbus_pdu_check(
	const struct modbus_request *rq, const uint8_t *pdu, size_t n, uint8_t *ret_exception)
{
	size_t len = modbus_reply_len(rq);

	if (n < 2)
		return MODBUS_BAD;
	if (pdu[0] == (rq->function | 0x80) && n == 2 && pdu[1] != 0) {
		*ret_exception = pdu[1];
		return MODBUS_EXCEPTION;
	}
	if (pdu[0] != rq->function || n != len)
		return MODBUS_BAD;
	/* What a write's reply repeats must be what was asked: address and value, or count. */
	if (rq->pdu ? memcmp(pdu, rq->pdu, len) == 0 : pdu[1] == len - 2)
		return MODBUS_REPLY;
	return MODBUS_BAD;
}

/* ---- RTU */

/* Length of the frame that would answer RQ if it began at P; 0 when P cannot begin one. Where a
 * byte that decides has not come yet, the frame may still be. */
static size_t answer_len(const struct modbus_request *rq, const uint8_t *p, size_t n)
{
	size_t len = modbus_reply_len(rq);

	if (p[0] != rq->unit)
		return 0;
	if (n < 2)
		return 5;
	if (p[1] == (rq->function | 0x80))
		return n >= 3 && p[2] == 0 ? 0 : 5;
	if (p[1] != rq->function)
		return 0;
	if (rq->pdu)
		return memcmp(p + 1, rq->pdu, MIN(n - 1, len)) == 0 ? len + 3 : 0;
	return n >= 3 && p[2] != len - 2 ? 0 : len + 3;
}

static bool answer_sound(
	const struct modbus_request *rq, const uint8_t *p, size_t n, size_t *ret_len)
{
	size_t len = answer_len(rq, p, n);

	if (len == 0 || n < 5 || len > n || !crc_good(p, len))
		return false;
	*ret_len = len;
	return true;
}

enum guess { GUESS_NOTHING, GUESS_PARTIAL, GUESS_REQUEST, GUESS_OTHER };

/* What frame of anybody stands at P: a read or single write and its echo are 8 bytes, a multiple
 * write's reply too, a read's reply says its length, an exception is 5. */
static enum guess guess_frame(const uint8_t *p, size_t n, size_t *ret_len)
{
	uint8_t f;
	bool partial = false;

	if (n < 2)
		return GUESS_PARTIAL;
	f = p[1];
	if (f & 0x80) {
		f &= 0x7F;
		if (f < 1 || f > 24)
			return GUESS_NOTHING;
		if (n < 5)
			return GUESS_PARTIAL;
		*ret_len = 5;
		return crc_good(p, 5) ? GUESS_OTHER : GUESS_NOTHING;
	}
	if (f == MODBUS_MASK_REGISTER) {
		if (n < 10)
			return GUESS_PARTIAL;
		*ret_len = 10;
		return crc_good(p, 10) ? GUESS_OTHER : GUESS_NOTHING;
	}
	if (!((f >= 1 && f <= 6) || f == 15 || f == 16))
		return GUESS_NOTHING;
	if (n < 8) {
		partial = true;
	} else if (crc_good(p, 8)) {
		*ret_len = 8;
		return f <= 4 ? GUESS_REQUEST : GUESS_OTHER;
	}
	if (f <= 4) {
		if (n < 3 || (p[2] <= 250 && n < 5U + p[2]))
			partial = true;
		else if (p[2] <= 250 && crc_good(p, 5U + p[2])) {
			*ret_len = 5U + p[2];
			return GUESS_OTHER;
		}
	}
	return partial ? GUESS_PARTIAL : GUESS_NOTHING;
}

/* A sound answer at AT: is there a second one behind it that says something else? */
static bool contradicted(
	const struct modbus_request *rq, const uint8_t *p, size_t n, size_t at, size_t len)
{
	for (size_t i = at + len; i < n; i++) {
		size_t other;

		if (answer_sound(rq, p + i, n - i, &other) &&
			(other != len || memcmp(p + at, p + i, len) != 0))
			return true;
	}
	return false;
}

static enum modbus_verdict take(const struct modbus_request *rq, const uint8_t *p, size_t n,
	size_t at, size_t len, struct modbus_found *ret)
{
	if (contradicted(rq, p, n, at, len)) {
		ret->mismatch = true;
		return MODBUS_BAD;
	}
	ret->pdu = at + 1;
	ret->pdu_len = len - 3;
	return modbus_pdu_check(rq, p + ret->pdu, ret->pdu_len, &ret->exception);
}

enum modbus_verdict modbus_rtu_scan(
	const struct modbus_request *rq, const uint8_t *p, size_t n, struct modbus_found *ret)
{
	uint8_t sent[MODBUS_FRAME_RTU_MAX];
	size_t pos = 0, len, n_sent = modbus_rtu_build(rq, sent);
	/* A write whose reply is its request over again: the first copy is the reply, unless the
	 * line is known to give back everything. */
	bool twin = n_sent == modbus_reply_len(rq) + 3 && rq->pdu;

	*ret = (struct modbus_found){0};
	while (pos < n) {
		enum guess guess;

		/* Before anything else: one request in 65536 is, by its CRC, a sound reply to
		 * itself. */
		len = MIN(n - pos, n_sent);
		if (len >= 2 && (!twin || (rq->echoes && ret->echoes == 0)) &&
			memcmp(p + pos, sent, len) == 0) {
			if (len < n_sent)
				break;
			ret->echoes++;
			pos += len;
			continue;
		}
		if (answer_sound(rq, p + pos, n - pos, &len))
			return take(rq, p, n, pos, len, ret);
		len = answer_len(rq, p + pos, n - pos);
		if (len > 0 && n - pos >= MAX(len, 3U))
			ret->corrupt = true;
		guess = guess_frame(p + pos, n - pos, &len);
		if (guess == GUESS_PARTIAL)
			break;
		if (guess == GUESS_NOTHING) {
			ret->noise++;
			pos++;
			continue;
		}
		ret->foreign++;
		if (p[pos] == rq->unit) {
			ret->mismatch = true;
			if (guess == GUESS_REQUEST)
				return MODBUS_BAD;
		}
		pos += len;
	}
	ret->drop = pos;
	/* What is broken off at POS may be noise with the answer already behind it. */
	for (size_t i = pos + 1; i < n; i++)
		if (answer_sound(rq, p + i, n - i, &len))
			return take(rq, p, n, i, len, ret);
	return MODBUS_MORE;
}

/* ---- TCP */

enum modbus_verdict modbus_tcp_check(const struct modbus_request *rq, uint16_t transaction,
	const uint8_t *p, size_t n, struct modbus_found *ret)
{
	size_t len;

	*ret = (struct modbus_found){0};
	if (n < 6)
		return MODBUS_MORE;
	len = be16(p + 4);
	if (be16(p) != transaction || be16(p + 2) != 0 || len < 3 || len > 1 + MODBUS_FRAME_PDU_MAX)
		return MODBUS_BAD;
	if (n > 6 + len || (n > 6 && p[6] != rq->unit))
		return MODBUS_BAD;
	if (n < 6 + len)
		return MODBUS_MORE;
	ret->pdu = 7;
	ret->pdu_len = len - 1;
	return modbus_pdu_check(rq, p + 7, ret->pdu_len, &ret->exception);
}
