/* SPDX-License-Identifier: Apache-2.0 */
/* What a service desk sends, a stored request, and the blanking of a visit code in anything. */
#include "daemon/base/base64.h"
#include "daemon/repair/repair.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct repair_request r = {.number = 1, .phase = REQUEST_SENT}, stored;
	char id[REPAIR_ID_SIZE], *copy = malloc(n + 1);
	struct repair_answer a;
	const char *why;

	if (!copy)
		return 0;
	memcpy(copy, p, n);
	copy[n] = '\0';
	if (repair_answer_parse(p, n, &a, id, &why) == 0)
		for (int i = 0; i < 10; i++, a.t_s++)
			(void)repair_answer_apply(&r, &a);
	if (repair_unpack(copy, n, &stored) == 0) {
		char *packed;
		size_t k;

		if (repair_pack(&stored, &packed, &k) == 0)
			free(packed);
	}
	(void)repair_visit_try(&r, copy, 1);
	repair_mask(copy, n);
	free(copy);
	return 0;
}
