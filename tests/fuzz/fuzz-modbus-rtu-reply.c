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
	if (v == MODBUS_REPLY && (p[f->pdu] != rq->function || f->pdu_len != modbus_reply_len(rq) ||
					 (rq->pdu && memcmp(p + f->pdu, rq->pdu, f->pdu_len) != 0)))
		abort();
	if (v == MODBUS_EXCEPTION && (p[f->pdu] != (rq->function | 0x80) || f->exception == 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t functions[] = {1, 2, 3, 4, 5, 6, 15, 16, 22};
	uint8_t pdu[8], rx[512];
	struct modbus_request rq;
	size_t n = 0, step, n_pdu = MODBUS_READ_PDU;

	if (size < 7)
		return 0;
	pdu[0] = data[1] < 4 ? data[1] + 1 : functions[data[1] % ARRAY_SIZE(functions)];
	memcpy(pdu + 1, data + 2, 4);
	pdu[5] = data[6];
	pdu[6] = pdu[7] = 0x5A;
	if (pdu[0] == MODBUS_MASK_REGISTER)
		n_pdu = 7;
	if (pdu[0] == MODBUS_WRITE_COILS || pdu[0] == MODBUS_WRITE_REGISTERS) {
		n_pdu = 8;
		put_be16(pdu + 3, pdu[0] == MODBUS_WRITE_COILS ? 16 : 1);
		pdu[5] = 2;
	}
	if (modbus_request_parse(data[0], pdu, n_pdu, &rq) < 0)
		return 0;
	rq.echoes = data[6] & 0x80;
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
