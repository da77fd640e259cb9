/* SPDX-License-Identifier: Apache-2.0 */
/* From the values a profile wants to the reads that fetch them for the least time on the line. Pure;
 * called at configure(). Addresses are 0-based, as on the wire. */
#ifndef HEARTHD_MODBUS_PLAN_H
#define HEARTHD_MODBUS_PLAN_H

#include "modbus-frame.h"

/* One value: registers or bits FIRST…LAST of one function, never cut in two. */
struct modbus_span {
	uint64_t period_us;
	uint16_t first, last;
	uint16_t point; /* the caller's */
	uint8_t function;
	uint8_t unit; /* of several in one product; a read is of one */
};

struct modbus_range { /* may be read across */
	uint16_t first, last;
	uint8_t function;
};

/* No read of UNIT and FUNCTION may hold both FIRST and LAST, nor, with ANY, one of FIRST…LAST, nor, with
 * LENGTH, be longer than LAST. */
struct modbus_barrier {
	enum { BARRIER_BOTH, BARRIER_ANY, BARRIER_LENGTH } kind;
	uint16_t first, last;
	uint8_t unit, function;
};

struct modbus_limits {
	uint16_t max_registers, max_bits; /* a request; 1…125, 1…2000 */
	bool block_reads; /* no: one value a request; values that share registers share it */
	uint64_t char_us; /* 0 on TCP */
	const struct modbus_range *ranges; /* a function without one: only runs of spans are read */
	size_t n_ranges;
	uint64_t quiet_us; /* before a request, where longer than 3.5 characters */
	uint64_t
		turnaround_us; /* end of request to beginning of reply; 0: 20 ms and 3.5 characters */
	const struct modbus_barrier *barriers;
	size_t n_barriers;
};

/* One read. Its spans are SPANS[span … span + n_spans - 1] of the array as modbus_plan() left it. */
struct modbus_read {
	uint64_t period_us;
	size_t span, n_spans;
	uint16_t first, last;
	uint16_t slack; /* known readable behind LAST and within the limits, at most 2 */
	uint8_t unit, function;
};

/* Line time of one read: request 8 bytes, reply 5 and its data, twice 3.5 characters of silence, 20
 * ms until the appliance answers. On TCP a round trip of 5 ms and next to nothing for the data. */
uint64_t modbus_plan_cost_us(uint64_t char_us, uint8_t function, uint16_t count);
/* The same with the quiet time and the turnaround of LIMITS. */
uint64_t modbus_plan_cost(const struct modbus_limits *limits, uint8_t function, uint16_t count);

/* Replies of one shape cannot be told apart on RTU: unit, function, bytes of data. */
uint32_t modbus_plan_shape(uint8_t unit, uint8_t function, uint16_t count);

/* Sorts SPANS and fills RET, which has room for N. For each function the values of one period are cut
 * into reads by a dynamic programme; one that is wanted less often rides along where a read passes
 * over it anyway. Gaps are crossed within one range, or where no range is known within addresses that
 * hold values themselves: an address nobody named is never touched. The reads come fastest first, and those of one period so that neighbours, the last
 * and the first too, differ in shape where there is such an order. -ERANGE with *ret_bad = the
 * point whose value is longer than one read may be; -ENOMEM. */
int modbus_plan(struct modbus_span *spans, size_t n, const struct modbus_limits *limits,
	struct modbus_read *ret, size_t *ret_n, uint16_t *ret_bad);

#endif
