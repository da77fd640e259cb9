/* SPDX-License-Identifier: Apache-2.0 */
/* A protocol, a line and a clock that a test plays with: for the tests of bus-worker and bus. Unit N
 * of the protocol behaves as fake_units[N] says. With more than one thread a test changes a unit
 * before the threads start, or the _Atomic fields alone. */
#ifndef TESTS_FAKE_BUS_H
#define TESTS_FAKE_BUS_H

#include "daemon/bus/bus-worker.h"

#include <stdatomic.h>

#define FAKE_UNITS  8
#define FAKE_BLOCKS 4

struct fake_unit {
	/* What configure() makes: BLOCKS blocks of POINTS points each. */
	unsigned blocks, points;
	uint64_t period_us, cost_us, timeout_us;
	uint8_t flags[FAKE_BLOCKS];
	int16_t needs[FAKE_BLOCKS]; /* -1: set by fake_reset() */
	int configure;              /* its return value */
	/* What an exchange does: 0 answers; -ETIMEDOUT takes the time-out, others the cost. */
	_Atomic int result[FAKE_BLOCKS];
	_Atomic int exception;
	uint64_t retry_at_us;
	bool session_lost, undecodable, closes, mute;
	unsigned more; /* so many answers with .more */
	int hang_fd;   /* >= 0: read one byte from it first */
	int done_fd;   /* >= 0: done() writes one byte to it */
	bool learns;   /* the next answer says so; then it has one hole and one block less */
	/* What it saw. */
	_Atomic unsigned polls[FAKE_BLOCKS];
	bool listen_only;
	size_t n_holes; /* that configure() was given, and: */
	uint64_t turnaround_us;
	/* A write of so many steps, a pause between them, and how the last one ends. */
	unsigned write_steps;
	uint64_t write_pause_us;
	int write_result;
	unsigned n_wrote;
	uint64_t wrote_at[16];
	uint64_t failed_us[8]; /* how long the first exchanges without an answer took */
	unsigned n_failed;
};

struct fake_line {
	int open_result;
	bool is_open;
	unsigned opens, closes;
	uint64_t noise; /* bytes received an exchange */
	uint64_t rx_bytes;
	uint64_t requests, replies, busy_us;
	uint64_t opened_at[64];
	struct transport_config config;
	transport_trace_fn trace;
	void *trace_userdata;
	/* Of a probe: what it returns and takes, and what it was asked. */
	int probe_result;
	uint64_t probe_takes;
	unsigned probe_busy; /* so many -EAGAIN first */
	unsigned probes;
	uint64_t probed_at[64];
	uint8_t probe_unit;
};

extern struct fake_unit fake_units[FAKE_UNITS];
extern struct fake_line fake_lines[FAKE_UNITS]; /* by the last digit of the device, else 0 */
extern _Atomic uint64_t fake_now;               /* of fake_env alone */

extern struct profile fake_profile;        /* 256 points, adapter "fake" */
extern const struct bus_env fake_env;      /* virtual time */
extern const struct bus_env fake_env_real; /* real time, small bounds */

void fake_reset(void); /* every unit: 2 blocks of 2 points, 1 s, 20 ms, time-out 200 ms, answers */
void fake_source(struct bus_source *s, unsigned unit);

#endif
