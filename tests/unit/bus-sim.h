/* SPDX-License-Identifier: Apache-2.0 */
/* A line for the plan of a bus, on virtual time: units that answer, are busy, refuse or are silent, as a test
 * sets them, and what each block saw. */
#ifndef TESTS_BUS_SIM_H
#define TESTS_BUS_SIM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/plan/bus-plan.h"

#define MS      USEC_PER_MSEC
#define SEC     USEC_PER_SEC
#define SOURCES 8
#define BLOCKS  8

/* What the line does with a block, and what it saw. */
struct sim_block {
	uint64_t cost; /* time of an answered exchange */
	enum plan_outcome outcome;
	uint64_t busy_until; /* PLAN_AGAIN before */
	unsigned runs, again;
	uint64_t first, last, gap_max, gap_min;
	uint64_t starts[64]; /* the first ones */
};

struct sim_source {
	bool dead;
	struct sim_block blocks[BLOCKS];
};

struct sim {
	struct bus_plan *plan;
	struct bus_plan_block conf[SOURCES][BLOCKS];
	struct bus_plan_source sources[SOURCES];
	struct sim_source state[SOURCES];
	size_t n;
	uint64_t now, busy;
	unsigned exchanges;
};

/* A source of so many blocks alike, each polled in PERIOD; then sim_start(), and sim_done() at the end. */
void sim_add(struct sim *m, size_t n_blocks, uint64_t period, uint64_t cost, uint64_t timeout);
/* Eight units of eight blocks each 10 s, 94 ms a block: 60 % of the line. */
void sim_household(struct sim *m, uint64_t timeout);
void sim_start(struct sim *m);
void sim_run(struct sim *m, uint64_t until);
void sim_forget(struct sim *m); /* what was seen */
void sim_done(struct sim *m);

double mean_period(const struct sim_block *b);
/* Others' mean period within 3 % of theirs, for every source but EXCEPT. */
void assert_others(struct sim *m, size_t except);

#define assert_within(value, want, share) \
	do { \
		double _v = (double)(value), _w = (double)(want); \
		if (_v < _w * (1 - (share)) || _v > _w * (1 + (share))) \
			fail_msg( \
				"%s: %g is not within %g of %g", #value, _v, (double)(share), _w); \
	} while (0)

#endif
