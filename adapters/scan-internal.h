/* SPDX-License-Identifier: Apache-2.0 */
/* What scan.c (whom to ask) and scan-judge.c (what is it) share. */
#ifndef HEARTHD_ADAPTERS_SCAN_INTERNAL_H
#define HEARTHD_ADAPTERS_SCAN_INTERNAL_H

#include "modbus.h"
#include "scan.h"

#define ANSWERS_MAX 400 /* different requests to one unit */

/* What a unit said to one request. */
struct scan_answer {
	uint8_t pdu[MODBUS_READ_PDU];
	size_t n;
	int result;
	uint8_t exception;
	uint8_t reply[MODBUS_FRAME_PDU_MAX];
	size_t len;
};

struct scan_memory { /* of the unit that is looked at */
	struct scan_answer *v;
	size_t n;
	unsigned silent; /* in a row */
};

const struct scan_answer *scan_recall(const struct scan_memory *m, const uint8_t *pdu, size_t n);
/* The next request that would tell more of what the unit is; false when nothing is left to ask. */
bool scan_judge_next(const struct scan_memory *m, const struct profile *const *profiles, size_t n,
	uint8_t ret[MODBUS_READ_PDU], size_t *ret_n);
/* What it is, from what it has said. */
void scan_judge(const struct scan_memory *m, const struct profile *const *profiles, size_t n,
	struct scan_found *ret);
/* The request for the first thing a profile would read; false when it has none. */
bool scan_first_read(const struct profile *p, uint8_t ret[MODBUS_READ_PDU]);

#endif
