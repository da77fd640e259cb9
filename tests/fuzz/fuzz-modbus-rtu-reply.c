/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from an RTU line. The first 6 bytes choose the request, the seventh how much comes at a time;
 * the rest is what the line gives. What is accepted must be a sound frame of the right shape. */
#include "../../adapters/modbus-frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_found(const struct modbus_request *rq, const uint8_t *p, size_t n,
	enum modbus_verdict v, const struct modbus_found *f)
{
	size_t start = f->pdu - 1, len = f->pdu_len + 3;

	if (f->pdu < 1 || start + len > n || p[start] != rq->unit ||
		modbus_crc16(p + start, len - 2) !=
			(uint16_t)(p[start + len - 2] | p[start + len - 1] << 8))
		abort();
	if (v == MODBUS_REPLY &&
		(p[f->pdu] != rq->function ||
			f->pdu_len != 2 + modbus_reply_bytes(rq->function, rq->count)))
		abort();
	if (v == MODBUS_EXCEPTION && (p[f->pdu] != (rq->function | 0x80) || f->exception == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t pdu[MODBUS_READ_PDU], rx[512];
	struct modbus_request rq;
	size_t n = 0, step;

	if (size < 7)
		return 0;
	pdu[0] = data[1] % 4 + 1;
	memcpy(pdu + 1, data + 2, 4);
	if (modbus_request_parse(data[0], pdu, sizeof(pdu), &rq) < 0)
		return 0;
	step = data[6] % 64 + 1U;
	data += 7;
	size -= 7;
	while (size > 0) {
		struct modbus_found f;
		enum modbus_verdict v;
		size_t k = MIN(MIN(step, size), sizeof(rx) - n);

		memcpy(rx + n, data, k);
		n += k;
		data += k;
		size -= k;
		v = modbus_rtu_scan(&rq, rx, n, &f);
		if (v == MODBUS_REPLY || v == MODBUS_EXCEPTION) {
			check_found(&rq, rx, n, v, &f);
			return 0;
		}
		if (v == MODBUS_BAD)
			return 0;
		if (f.drop > n || f.noise > n)
			abort();
		memmove(rx, rx + f.drop, n - f.drop);
		n -= f.drop;
		/* What may yet become a frame is never longer than one. */
		if (n > MODBUS_FRAME_RTU_MAX)
			abort();
	}
	return 0;
}
