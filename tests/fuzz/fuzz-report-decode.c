/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a message: refused with a reason, or text in every form. */
#include "daemon/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_decoder *d = report_decoder_new();

	/* Twice: the second time columns have something to go on from. */
	for (int to = REPORT_TO_JSON; to <= REPORT_TO_CSV; to++) {
		char err[128] = "", *text;
		size_t n;
		int e = report_decode(
			d, data, size, (enum report_to)to, &text, &n, NULL, err, sizeof(err));

		if (e == 0) {
			if (strlen(text) != n)
				abort();
			free(text);
		} else if (!*err && e != -ENOMEM)
			abort();
	}
	report_decoder_free(d);
	return 0;
}
