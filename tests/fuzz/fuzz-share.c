/* SPDX-License-Identifier: Apache-2.0 */
/* hearth-share between a hostile line and a hostile reader: pieces of the input, each of one byte of length,
 * go in turn as frames of the tap and as requests. */
#include "share/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t size)
{
	uint8_t ret[MODBUS_FRAME_PDU_MAX];
	struct image *m = NULL;
	uint64_t t = 1;

	if (image_new(&m) < 0)
		return 0;
	while (size >= 2) {
		size_t n = MIN((size_t)p[0], size - 2);
		struct tap_frame f;

		t += USEC_PER_SEC;
		if (p[1] == 'r') {
			size_t len = image_answer(
				m, n > 0 ? p[2] : 0, p + 2 + (n > 0), n - (n > 0), t, ret);

			if (len < 2 || len > sizeof(ret))
				__builtin_trap();
		} else if (p[1] == 't') {
			if (tap_decode(p + 2, n, &f) == 0)
				image_take(m, &f);
		} else {
			f = (struct tap_frame){.kind = p[1] & 1 ? TAP_TO : TAP_FROM,
				.boot_us = t,
				.len = (uint16_t)n};
			memcpy(f.data, p + 2, n);
			image_take(m, &f);
		}
		p += 2 + n;
		size -= 2 + n;
	}
	if (image_cells(m) > IMAGE_CELLS_MAX)
		__builtin_trap();
	(void)image_free(m);
	return 0;
}
