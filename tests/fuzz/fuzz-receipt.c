/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.receipt/1 as it comes from a broker. */
#include "daemon/upstream/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct receipt r = {.n = 12345};

	if (receipt_parse(data, size, &r) < 0) {
		if (r.n != 12345) /* nothing of a refused one */
			abort();
		return 0;
	}
	if (r.n == 0 || r.n > RECEIPT_SEQS_MAX || strlen(r.epoch) != 8)
		abort();
	for (size_t i = 0; i < r.n; i++)
		if (r.seqs[i] == 0 || r.seqs[i] > INT64_MAX)
			abort();
	return 0;
}
