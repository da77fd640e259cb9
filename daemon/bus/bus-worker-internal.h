/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the worker share: bus-worker-setup.c makes it, bus-worker-tell.c sends to main,
 * bus-worker-command.c and bus-worker-probe.c do what main asks for, bus-worker.c runs. */
#ifndef HEARTHD_BUS_WORKER_INTERNAL_H
#define HEARTHD_BUS_WORKER_INTERNAL_H

#include "bus-worker.h"

#include "daemon/plan/bus-plan.h"

#define TICK_US       USEC_PER_SEC       /* while something is bad or untold */
#define STATUS_US     (4 * USEC_PER_SEC) /* below the grace that main gives a worker */
#define USE_US        (10 * USEC_PER_SEC)
#define REOPEN_MIN_US (500 * USEC_PER_MSEC)
#define MORE_MAX      4 /* exchanges in one step while .more says that there is more */

struct wblock {
	/* Why its points are bad, as told last; REASON_NONE: they are not. */
	uint8_t reason, detail;
	bool pending; /* main did not take it */
	bool busy;    /* the last answer was "not now" */
	uint8_t more; /* steps that ended with .more, in a row */
	uint64_t sent_at;
};

/* Reply times, request sent to reply complete: log buckets, see bus-worker-measure.c. */
#define REPLY_BUCKETS 64
struct reply_times {
	uint32_t n;
	uint16_t buckets[REPLY_BUCKETS];
};

struct wsource {
	uint32_t tag;
	struct profile *profile; /* a reference */
	const struct adapter *adapter;
	void *state;
	struct blocks blocks;
	struct wblock *wblocks;
	char *trouble;
	bool listens; /* nothing of it is asked for */
	bool known;   /* answered or failed often enough to say */
	bool answering;
	bool unsent;            /* main does not know it yet */
	uint8_t reason, detail; /* of the last failure */
	uint8_t told_reason;    /* main knows it silent for this */

	struct source_config config; /* for the next plan; .holes are those below */
	struct hole holes[HOLES_MAX];
	bool learned;      /* the adapter has: to be planned anew */
	bool holes_unsent; /* main does not know them yet */
	uint64_t char_us;
	uint64_t replies, timeouts, bad_frames, exceptions; /* since the start */
	struct reply_times times;
	uint64_t turnaround; /* running median, 0: none */
	uint32_t n_turnaround;
	uint64_t replan_at; /* for a new turnaround not before */
};

/* How far the first of the waiting commands has come. */
struct bus_command {
	bool running;
	bool sent; /* something of it has left */
	uint64_t begun_us;
	uint8_t step;          /* of a write */
	bool reads, read_done; /* a read: waits for this block */
	size_t source, block;
	int result;
	uint8_t exception;
};

struct bus_worker {
	const struct bus_env *env;
	int fd;
	bool end;
	bool poked;  /* main may have said something */
	bool listen; /* the bus never transmits */
	struct transport *line;
	struct bus_plan *plan;
	struct wsource *sources;
	size_t n;
	uint64_t bound;

	bool up, line_known, line_unsent;
	int line_error;
	uint64_t reopen_at, reopen_pause, reopen_max, anew_at;
	bool noisy;            /* open, but told as down: bytes and no answers */
	uint64_t rx_at_answer; /* bytes received until the last answer */

	uint64_t tick_at, status_at, use_at;
	bool worked;   /* since the use of the line was told last */
	bool troubled; /* something became bad, or was not taken by main */
	uint32_t dropped;
	double demand;            /* of the line, as counted last */
	struct bus_plan_use *use; /* one a source */

	struct bus_cmd commands[BUS_COMMANDS_MAX]; /* a ring, first come first served */
	size_t first_command, n_commands;
	struct bus_command command;
	uint64_t command_at; /* the first one waits until then: a pulse, a gap */
	/* At most one probe: it waits for a gap, and nothing else waits for it. */
	struct bus_cmd probe;
	bool probing;
	uint64_t probe_since, probe_at;
	uint32_t frames_lost; /* of a tapped line, since the last that main took */

	struct reading *scratch; /* of one decode */
	size_t n_scratch;
	struct poll_result result;
	struct bus_msg msg;
};

/* ---- bus-worker-tell.c */

/* N readings in w->scratch, in batches. */
void bus_worker_tell_good(struct bus_worker *w, const struct wsource *s, size_t n, uint64_t now_us);
/* The points of block K have no value; told on the edge, then once each period. */
void bus_worker_tell_bad(struct bus_worker *w, struct wsource *s, size_t k, uint8_t reason,
	uint8_t detail, uint64_t now_us);
/* Told when it is new: another state, or silent for another reason (s->reason). */
void bus_worker_tell_source(struct bus_worker *w, size_t i, bool answering, uint64_t now_us);
void bus_worker_tell_line(struct bus_worker *w, uint64_t now_us);
void bus_worker_tell_done(
	struct bus_worker *w, uint32_t tag, const struct bus_done *d, uint64_t now_us);
void bus_worker_tell_frame(
	struct bus_worker *w, bool to_appliance, const uint8_t *p, size_t n, uint64_t t_us);
void bus_worker_tell_holes(struct bus_worker *w, size_t i, uint64_t now_us);
void bus_worker_tell_status(struct bus_worker *w, uint64_t now_us);
/* Nothing has to be told again. */
bool bus_worker_all_well(const struct bus_worker *w);
/* What main did not take, and what is bad and not told for a period. */
void bus_worker_tell_again(struct bus_worker *w, uint64_t now_us);

/* ---- bus-worker-setup.c */

struct bus_plan_block bus_worker_plan_block(const struct block *b);

/* ---- bus-worker-measure.c */

/* After an exchange of BLOCK that gave R; BEFORE: the line's counters before it. */
void bus_worker_measure(struct bus_worker *w, size_t i, size_t block, int r,
	const struct transport_stats *before, uint64_t took_us);
/* How long this exchange may take. */
uint64_t bus_worker_patience(const struct bus_worker *w, size_t i, size_t block);
/* Plans source I anew when it has learned something. Between exchanges alone. */
void bus_worker_replan(struct bus_worker *w, size_t i, uint64_t now_us);
void bus_worker_get_use(
	const struct bus_worker *w, size_t i, const struct bus_plan_use *use, struct bus_use *ret);

/* ---- bus-worker-command.c */

/* Takes what main has sent; w->end when it has closed its end. */
void bus_worker_take_commands(struct bus_worker *w, uint64_t now_us);
/* Runs the first waiting command, or a step of it. False when there is none or it has to wait, until
 * *ret_wake_us at the latest. */
bool bus_worker_run_command(struct bus_worker *w, uint64_t now_us, uint64_t *ret_wake_us);
/* ---- bus-worker-write.c: one step of the first command; false: it waits. */

bool bus_worker_run_write(struct bus_worker *w, const struct bus_cmd *c, uint64_t now_us);
bool bus_worker_run_read(struct bus_worker *w, const struct bus_cmd *c, uint64_t now_us);
/* A block ran to its end, with this result of its last exchange. */
void bus_worker_block_ran(struct bus_worker *w, size_t i, size_t block, int r);
/* Before the thread ends: what must not stay half done. */
void bus_worker_finish_write(struct bus_worker *w);

void bus_worker_answer(struct bus_worker *w, const struct bus_cmd *c, int result, uint64_t now_us);

/* ---- bus-worker-probe.c */

void bus_worker_tap(struct bus_worker *w, bool on);
void bus_worker_take_probe(struct bus_worker *w, const struct bus_cmd *c, uint64_t now_us);
bool bus_worker_probe_overdue(const struct bus_worker *w, uint64_t now_us);
/* As bus_worker_run_command() for the waiting probe. Nothing of the schedule is due before NEXT_US. */
bool bus_worker_run_probe(
	struct bus_worker *w, uint64_t next_us, uint64_t now_us, uint64_t *ret_wake_us);

#endif
