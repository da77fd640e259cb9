/* SPDX-License-Identifier: Apache-2.0 */
/* Inside report: what a receiver knows of each attribute. What a message tells is staged, and counts when the
 * message is stored (report_state_commit()). */
#ifndef HEARTHD_REPORT_STATE_H
#define HEARTHD_REPORT_STATE_H

#include "report-internal.h"

/* What the receiver knows of one attribute. */
struct told {
	uint8_t have; /* anything */
	uint8_t quality, reason, type;
	double num;      /* told */
	double num_seen; /* last one, maybe within the deadband */
	char *text;      /* ENUM, BITS, STRING; owned */
	uint64_t boot_id, t_us;
	double step; /* of its columns, as the receiver has it; 0: not told */
	uint64_t anchor_us;
	int64_t slope;
};

struct entry {
	char *alias, *name; /* one allocation, at .alias */
	struct told told;   /* as stored */
	struct told staged;
	bool is_staged;
	int8_t decimals;
	double step;     /* of the register, 0: unknown */
	uint16_t order;  /* in its appliance */
	uint32_t series; /* of the message being composed, +1; 0 = none */
};

struct report_state {
	struct entry *entries;
	uint32_t n, size;
	uint32_t *table;     /* open addressing: entry + 1 */
	uint32_t table_size; /* a power of two */
};

/* Index of the entry, made on first sight. */
int report_state_find(struct report_state *s, const char *alias, const char *name, uint32_t *ret);
/* What is told so far, the message being composed with it. */
struct told *entry_current(struct entry *e);
/* From here entry_current() is the staged one. -ENOMEM. */
int entry_stage(struct entry *e);

#endif
