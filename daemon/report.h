/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as JSON text: report, event, birth, state, meta, info, status, dictionary. Pure: what
 * goes in is values, what comes out is bytes (jansson inside). And the history block: the columnar
 * blob a journal row holds. */
#ifndef HEARTHD_REPORT_H
#define HEARTHD_REPORT_H

#include "appliance.h"

/* ---- history block: samples of one appliance between two flushes. */
struct sample {
	uint16_t attr;      /* index in appliance->attrs when encoding; in .names when decoding */
	uint64_t t_us;      /* CLOCK_BOOTTIME */
	struct reading r;   /* type, quality, reason, value */
};
/* Blob names its attributes, so that it outlives a change of profile. -ENOMEM, -E2BIG. */
int block_encode(const struct appliance *a, const struct sample *v, size_t n, uint64_t t0_us,
	void **ret, size_t *ret_n);
struct block_column {
	char name[64];
	uint8_t type;        /* enum value_type */
	unit_id unit;
	double deadband, resolution;
	const struct model_attr *model; /* NULL: vendor. or unknown now */
};
struct decoded_block {
	struct block_column *columns; size_t n_columns;
	struct sample *samples; size_t n_samples; /* time order; enum values as text in .r.text */
};
int block_decode(const void *blob, size_t n, uint64_t t0_us, struct decoded_block *ret); /* bounded */
void decoded_block_done(struct decoded_block *b);

#endif
