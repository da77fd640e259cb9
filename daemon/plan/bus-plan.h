/* SPDX-License-Identifier: Apache-2.0 */
/* Which block of which source is read next on one bus. Pure: no I/O, no clock, no log; time comes
 * in as CLOCK_BOOTTIME microseconds. Owned by the bus's worker, one thread; allocates in
 * bus_plan_new() and bus_plan_replace() alone.
 *
 * The rules, in the order in which they bite:
 *  - Every block has a grid of due times, one period apart. Of the blocks that are due, the one whose
 *    lateness is the greatest share of its period goes first. While there is room for everything that
 *    is earliest deadline first; on an over-full bus everything slows by the same factor.
 *  - What was asked for out of turn (bus_plan_due_now()) goes first, blocks with fault codes second;
 *    at most three such exchanges in a row while others wait, so that nobody starves.
 *  - Of blocks that are due, one whose reply could not be told from the last of its source waits for
 *    another to pass, for half of its period at most.
 *  - A block that ran late keeps its grid up to half a period; what was missed beyond is never made
 *    up. After a suspend, a stall or a reopened line everything is due once.
 *  - A source that did not answer gives way: its next exchange waits for a gap in which it hurts
 *    nobody, or for one period, whichever comes first. A failed block is asked again at its next due
 *    time, never in place.
 *  - After PLAN_SILENT_AFTER failures in a row the source is silent: one probe each PLAN_PROBE_FACTOR
 *    of its shortest period, in a gap; where no gap comes within one period more, by force. Forced
 *    probes of all silent sources together never take more than 1/PLAN_FORCED_SHARE of the line from
 *    the others: what a probe delays them beyond half a period, or all of it on a full line. The first
 *    answer returns all blocks of the source to their period at once.
 *  - A block that alone does not answer, is refused, or is told "busy" backs off alone. A source that
 *    refuses everything is asked at the pace of a silent one; the first block that is there again
 *    brings the refused others with it. */
#ifndef HEARTHD_BUS_PLAN_H
#define HEARTHD_BUS_PLAN_H

#include "daemon/base/util.h"

#define PLAN_SILENT_AFTER   5  /* failed exchanges in a row */
#define PLAN_HANDSHAKE_LOST 3  /* failures in a row after which a handshake has to be done anew */
#define PLAN_PROBE_FACTOR   10 /* a silent source is asked at 1/10 of its rate */
#define PLAN_FORCED_SHARE   50 /* forced probes take at most 1/50 of the line from others */
#define PLAN_REFUSED_AFTER  3  /* refusals in a row that make a block unsupported */
#define PLAN_RETEST_FIRST_US \
	USEC_PER_MIN                 /* an unsupported block is tried again; then in twice that, */
#define PLAN_RETEST_US USEC_PER_HOUR /* up to this */
#define PLAN_JUMP_US   (10 * USEC_PER_SEC) /* time nobody accounts for: a suspend */

/* The same bits as enum block_flags of adapters/adapter.h. */
enum plan_flags {
	PLAN_LISTEN =
		1 << 0, /* only listens: never backs off, for it hurts nobody more than before */
	PLAN_KEEPALIVE = 1 << 1, /* goes on while the source is silent */
	PLAN_HANDSHAKE =
		1 << 2, /* runs until it has succeeded; its period is the pause between tries */
	PLAN_ALARM = 1 << 3, /* carries fault codes: goes before what is due beside it */
	PLAN_OFF = 1 << 7,   /* never runs: another source's block does it as well */
};

struct bus_plan_block {
	uint64_t period_us, cost_us, timeout_us;
	int16_t needs; /* index of a PLAN_HANDSHAKE block of the same source, or -1 */
	uint8_t flags;
	uint32_t shape; /* replies of one source that look alike have one; 0: none does */
};

struct bus_plan_source {
	const struct bus_plan_block *blocks; /* copied */
	size_t n;
};

enum plan_outcome {
	PLAN_OK,      /* an answer with what was asked */
	PLAN_MORE,    /* the same, and the rest of it is to be had at once */
	PLAN_SENT,    /* done, but no answer was due: says nothing about the source */
	PLAN_FAILED,  /* no answer, or none that could be understood */
	PLAN_REFUSED, /* answered: there is no such thing here (Modbus exceptions 1-3) */
	PLAN_BUSY,    /* answered: not now (Modbus exceptions 4-8) */
	PLAN_AGAIN,   /* did not come to it; not before retry_at */
};

struct bus_plan_pick {
	size_t source, block;
	uint64_t due_us;
	bool slack;  /* runs beside the schedule: its lateness counts for nothing */
	bool forced; /* slack that no gap was found for */
};

struct bus_plan;

/* -EINVAL when a needs is no handshake block of its source, -ENOMEM. */
int bus_plan_new(const struct bus_plan_source *sources, size_t n, struct bus_plan **ret);
struct bus_plan *bus_plan_free(struct bus_plan *p);
DEFINE_CLEANUP(struct bus_plan *, bus_plan_free);

/* The line was opened: handshakes are void. ANEW: everything is due once as well, laid one behind the
 * other by cost, one block of each source before the second of any; else due times stand (a
 * connection that was made again without a pause). Silent sources stay silent. To be called, with
 * ANEW, before the first bus_plan_next(). */
void bus_plan_line_opened(struct bus_plan *p, uint64_t now_us, bool anew);
/* The handshake that this block needs (or is) has to succeed again. */
void bus_plan_session_lost(struct bus_plan *p, size_t source, size_t block, uint64_t now_us);

/* BLOCK runs before everything that is not asked for in the same way, once, also while its source is
 * silent; its grid stands. */
void bus_plan_due_now(struct bus_plan *p, size_t source, size_t block, uint64_t now_us);
/* Another set of blocks for SOURCE, spread over its shortest period; what is known of the source as a
 * whole stays.
 * Not between bus_plan_next() and bus_plan_done(). Errors as bus_plan_new(); nothing has changed then. */
int bus_plan_replace(
	struct bus_plan *p, size_t source, const struct bus_plan_source *conf, uint64_t now_us);

/* True with what to do now, or false with when to ask again (USEC_INFINITY: nothing to do ever).
 * Each pick is answered by bus_plan_done(). */
bool bus_plan_next(
	struct bus_plan *p, uint64_t now_us, struct bus_plan_pick *ret, uint64_t *ret_wake_us);
/* RETRY_AT_US matters with PLAN_AGAIN alone: a time in the past after an exchange that took time keeps
 * the block its turn. */
void bus_plan_done(struct bus_plan *p, const struct bus_plan_pick *pick, enum plan_outcome outcome,
	uint64_t start_us, uint64_t end_us, uint64_t retry_at_us);

unsigned bus_plan_fails(const struct bus_plan *p, size_t source); /* in a row; saturates */
bool bus_plan_silent(const struct bus_plan *p, size_t source);
bool bus_plan_unsupported(const struct bus_plan *p, size_t source, size_t block);
/* The handshake this block needs has not succeeded. */
bool bus_plan_waits(const struct bus_plan *p, size_t source, size_t block);
/* What a source wants of the line, with its blocks' cost as measured. */
struct bus_plan_use {
	double demand;      /* share of the line; a silent source wants none */
	uint64_t late_us;   /* worst of its blocks in the last minute or two */
	uint64_t period_us; /* its shortest */
	uint64_t slower_us; /* on an over-full bus: the period that would make it fit; else 0 */
};
/* One for each source; the sum of demands. Above PLAN_FULL the periods of all sources that matter are
 * stretched by one factor to PLAN_FIT: what each may ask for as its least period. */
#define PLAN_FULL 0.92
#define PLAN_FIT  0.85
double bus_plan_get_use(const struct bus_plan *p, uint64_t now_us, struct bus_plan_use *ret);
/* Share of the last minute in which the line was used, and the worst lateness of a block in it. */
double bus_plan_load(const struct bus_plan *p, uint64_t now_us);
uint64_t bus_plan_late_us(const struct bus_plan *p, uint64_t now_us);

#endif
