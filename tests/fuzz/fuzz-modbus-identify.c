/* SPDX-License-Identifier: Apache-2.0 */
/* Replies to 43/14 and 17 as bytes of a line: byte 0 chooses the request, 1 the unit, the rest came. */
#include "adapters/modbus-identify.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t size)
{
	static const uint8_t requests[2][4] = {{0x11}, {0x2B, 0x0E, 0x01, 0x00}};
	static const size_t lens[2] = {1, 4};
	struct modbus_found f;
	const uint8_t *object;
	size_t n;

	if (size < 2)
		return 0;
	for (unsigned tcp = 0; tcp < 2; tcp++) {
		unsigned k = p[0] & 1;
		enum modbus_verdict v =
			tcp ? modbus_identify_tcp_check(p[1], requests[k], 0, p + 2, size - 2, &f)
			    : modbus_identify_rtu_scan(
				      p[1], requests[k], lens[k], p + 2, size - 2, &f);

		if (v != MODBUS_REPLY && v != MODBUS_EXCEPTION)
			continue;
		if (f.pdu_len > MODBUS_FRAME_PDU_MAX || f.pdu + f.pdu_len > size - 2)
			__builtin_trap();
		for (unsigned id = 0; id < 256; id++)
			if (modbus_device_object(
				    p + 2 + f.pdu, f.pdu_len, (uint8_t)id, &object, &n) == 0 &&
				(object < p + 2 + f.pdu || object + n > p + 2 + f.pdu + f.pdu_len))
				__builtin_trap();
	}
	return 0;
}
