/* SPDX-License-Identifier: Apache-2.0 */
/* An event of the outbox cut down to a level: the first byte chooses it. */
#include "daemon/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct seq_range withheld = {1, 2};
	const struct message_head head = {
		.gw = "g", .epoch = "00000000", .seq = 3, .withheld = &withheld, .n_withheld = 1};
	char *json;
	size_t size;

	if (n == 0)
		return 0;
	if (event_reduce(&head, (enum privacy_level)(p[0] % 4), p + 1, n - 1, &json, &size) >= 0) {
		if (strlen(json) != size || !strstr(json, "\"seq\":3"))
			abort();
		free(json);
	}
	return 0;
}
