/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a history block: refused, or samples that a report can be made of, within its size. */
#include "daemon/report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define T0 (1000 * USEC_PER_SEC)

static void compose(const struct decoded_block *d)
{
	struct message_head head = {.gw = "g", .epoch = "00000000", .seq = 1};
	struct report_limits limits = {.max_raw = 4096};
	struct report_state *state = report_state_new();
	struct report_block b = {.appliance = "a",
		.t0 = {.boot_id = 1, .t_us = T0, .wall_us = 1795001200000000},
		.t1_us = 2 * T0,
		.block = d};

	/* Each message makes progress; a block of so many bytes cannot hold more of them. */
	for (int i = 0; state && i < 200; i++) {
		struct report_text t;

		if (report_compose(state, &head, &b, 1, &limits, &t) < 0)
			break;
		report_state_commit(state);
		if (t.json && (t.n > 512 + 4096 || strlen(t.json) != t.n))
			abort();
		free(t.json);
		if (t.blocks_done == 1)
			break;
		if (t.samples_done == 0 && !t.json)
			abort();
		b.skip += t.samples_done;
		if (b.skip > d->n_samples)
			abort();
	}
	report_state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoded_block d;

	if (block_decode(data, size, T0, &d) < 0)
		return 0;
	if (d.n_samples > size || d.n_columns > BLOCK_COLUMNS_MAX)
		abort();
	for (size_t i = 0; i < d.n_samples; i++) {
		const struct sample *s = &d.samples[i];

		if (s->attr >= d.n_columns || s->r.quality >= _QUALITY_MAX ||
			(i > 0 && s->t_us < s[-1].t_us))
			abort();
		if (s->r.quality == QUALITY_GOOD && s->r.type >= VALUE_ENUM &&
			(uint64_t)s->r.code >= d.n_texts)
			abort();
	}
	compose(&d);
	decoded_block_done(&d);
	return 0;
}
