/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a Modbus TCP connection. The first 6 bytes choose the request, the next 2 the
 * transaction; the rest is the reply. A verdict must not depend on how the bytes were split. */
#include "../../adapters/modbus-frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modbus_found f;
	struct modbus_request rq;
	enum modbus_verdict whole, part;
	uint8_t pdu[MODBUS_READ_PDU];
	uint16_t transaction;

	if (size < 8)
		return 0;
	pdu[0] = data[1] % 4 + 1;
	memcpy(pdu + 1, data + 2, 4);
	if (modbus_request_parse(data[0], pdu, sizeof(pdu), &rq) < 0)
		return 0;
	transaction = be16(data + 6);
	data += 8;
	size -= 8;
	whole = modbus_tcp_check(&rq, transaction, data, size, &f);
	if (whole == MODBUS_REPLY && (size != 9 + modbus_reply_bytes(rq.function, rq.count) ||
					     be16(data) != transaction || be16(data + 2) != 0 ||
					     be16(data + 4) != size - 6 || data[6] != rq.unit ||
					     data[7] != rq.function || f.pdu + f.pdu_len != size))
		abort();
	if (whole == MODBUS_EXCEPTION && (size != 9 || data[7] != (rq.function | 0x80) ||
						 data[8] == 0 || f.exception != data[8]))
		abort();
	if (whole == MODBUS_MORE && size > MODBUS_FRAME_TCP_MAX)
		abort();
	for (size_t n = 0; n < size; n++) {
		part = modbus_tcp_check(&rq, transaction, data, n, &f);
		if (whole == MODBUS_REPLY && part != MODBUS_MORE)
			abort();
		if (part == MODBUS_BAD && whole != MODBUS_BAD)
			abort();
	}
	return 0;
}
