/* SPDX-License-Identifier: Apache-2.0 */
/* A bus as main sees it: starts the worker thread, takes its batches from a socket pair, watches
 * that it makes progress. Main thread, sd-event. The worker owns transport, plan and adapter states;
 * nothing is shared but immutable profiles. */
#ifndef HEARTHD_BUS_H
#define HEARTHD_BUS_H

#include "daemon/config/config.h"
#include "adapters/adapter.h"

struct sd_event;
typedef struct sd_event sd_event;

/* One source for the worker; copied. TAG comes back with every batch. */
struct bus_source {
	uint32_t tag;            /* manager's: appliance index << 8 | source index */
	struct profile *profile; /* a reference is taken */
	struct source_config config;
	char name[72]; /* "ac-living/main", for logs */
};

#define BATCH_READINGS 64

enum bus_msg_type {
	BUS_READINGS,     /* .readings */
	BUS_SOURCE_STATE, /* .source_state: answering / silent, with reason */
	BUS_LINE_STATE,   /* .line: up / down, with errno */
	BUS_DONE,         /* .done: a command has ended */
	BUS_FRAME,        /* .frame: while tapped */
	BUS_HOLES,        /* .holes: all that the source .tag is known to refuse */
	BUS_USE,          /* .use: one source after the other, each 10 s while there is work */
	BUS_STATUS,       /* .status: once in 4 s */
};

/* ---- main → worker, one datagram by value; worker → main, the answer. */

enum bus_cmd_type {
	BUS_CMD_TAP,   /* .on: every frame of the line is told as BUS_FRAME, or no more */
	BUS_CMD_READ,  /* .point of the source .tag: its block runs before its turn */
	BUS_CMD_WRITE, /* .write to the source .tag, through its adapter, before anything else */
	BUS_CMD_PROBE, /* .probe: one read-only request to any unit, in a gap of the schedule */
};
#define BUS_COMMANDS_MAX 16 /* waiting in a worker; further ones are answered with -EBUSY */

/* A Modbus request that only reads (functions 1-4, 17, 43/14). Other settings of the line (BAUD not 0)
 * are -EPERM where a source is configured. At most one probe waits, a second is -EBUSY. */
#define BUS_PROBE_LATE_US \
	(100 * USEC_PER_MSEC) /* how late its unit may still answer: time-outs are ample */
#define BUS_PROBE_TIMEOUT_MAX_US (2 * USEC_PER_SEC)
struct bus_probe {
	uint8_t unit, len;
	uint32_t baud; /* 0: as the line is */
	char parity;
	uint8_t stop_bits;
	uint64_t timeout_us;
	uint8_t pdu[16];
};

struct bus_cmd {
	enum bus_cmd_type type;
	uint32_t tag;
	uint64_t id;       /* comes back in .done */
	uint64_t until_us; /* not begun by then: -ETIMEDOUT, nothing was sent */
	union {
		bool on;
		uint16_t point;
		struct write write;
		struct bus_probe probe;
	};
};

struct bus_done {
	uint64_t id;
	enum bus_cmd_type type;
	int result; /* 0 or negative errno, as adapter->poll() and ->write() */
	bool sent;  /* something left the gateway */
	uint8_t exception;
	uint16_t len; /* of a probe's reply PDU */
	uint8_t pdu[MODBUS_PDU_MAX];
	uint64_t took_us;
};

#define FRAME_DATA_MAX 300 /* a Modbus frame whole; longer chunks come in pieces */
struct bus_frame {
	bool to_appliance;
	uint16_t len;
	uint32_t lost; /* frames main did not take before this one */
	uint8_t data[FRAME_DATA_MAX];
};

/* What a source uses of its bus. Times and counters as measured; 0 where there is none yet. */
struct bus_use {
	uint32_t tag, blocks, holes;
	uint64_t replies, timeouts, bad_frames,
		exceptions;              /* since the start; exceptions answer too */
	uint64_t p50_us, p99_us;         /* request sent to reply complete */
	uint64_t turnaround_us;          /* end of request to begin of reply */
	uint64_t timeout_us, suggest_us; /* in force; what would do */
	uint64_t period_us, slower_us;   /* shortest; on an over-full bus what would make it fit */
	uint64_t late_us;                /* worst in the last minute or two */
	double demand;                   /* share of the line it asks for */
};
#define BUS_USE_BATCH 16

/* Worker → main, one SOCK_SEQPACKET datagram by value. */
struct bus_msg {
	enum bus_msg_type type;
	uint32_t tag;
	uint64_t t_us;
	uint32_t dropped; /* batches the socket did not take before this one */
	union {
		struct {
			uint32_t n; /* BATCH_READINGS: the rest of the reply follows */
			struct reading v[BATCH_READINGS];
		} readings;
		struct {
			bool answering;
			uint8_t reason, detail;
		} source_state;
		struct {
			bool up;
			int error; /* errno, 0 when up */
		} line;
		struct bus_done done;
		struct bus_frame frame;
		struct {
			uint32_t n;
			struct hole v[HOLES_MAX];
		} holes;
		struct {
			uint32_t n;
			struct bus_use v[BUS_USE_BATCH];
		} use;
		struct bus_status {
			struct transport_stats transport;
			double demand;    /* share of the line that all periods ask for */
			double load;      /* share of the last minute the line was used, 0..1+ */
			uint64_t late_us; /* worst lateness of a due block in the last minute */
			uint32_t n_sources, n_answering;
		} status;
	};
};

struct bus;

/* Callbacks run on main. */
struct bus_ops {
	void (*readings)(struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u);
	/* Edges, and a new reason of a source that is silent. */
	void (*source_state)(struct bus *b, uint32_t tag, bool answering, enum reason reason,
		uint8_t detail, void *u);
	void (*line_state)(struct bus *b, bool up, int error, void *u);
	/* Optional, as all below. Every command that bus_send() took ends here once, unless the bus
	 * is freed first. */
	void (*done)(struct bus *b, uint32_t tag, const struct bus_done *d, void *u);
	void (*frame)(struct bus *b, uint64_t t_us, const struct bus_frame *f, void *u);
	/* Optional: what a source is known to refuse, to be given back at the next start. */
	void (*holes)(struct bus *b, uint32_t tag, const struct hole *v, size_t n, void *u);
};

/* Copies what it needs from CONF. The worker starts at once and opens the line itself. A source
 * that its adapter refuses is told by source_state with REASON_UNSUPPORTED and bus_source_trouble();
 * the others run. -EINVAL: the device's words are wrong; -ENOMEM, -EAGAIN: no thread. */
int bus_new(sd_event *event, const struct bus_config *conf, const struct bus_source *sources,
	size_t n, const struct bus_ops *ops, void *userdata, struct bus **ret);
/* The same with parts replaced, for tests; ENV outlives the worker. */
struct bus_env;
int bus_new_with(sd_event *event, const struct bus_config *conf, const struct bus_source *sources,
	size_t n, const struct bus_ops *ops, void *userdata, const struct bus_env *env,
	struct bus **ret);
/* Optional, before bus_free() of several buses, so that they end side by side: asks the worker to
 * end and does not wait. No callback comes after it. NULL-safe. */
void bus_stop(struct bus *b);
/* Takes B over: asks the worker to end and returns at once, without a callback to come. When it has
 * ended, or after the time that bus_free() would wait, B is freed and ENDED called, from the loop. Until
 * then bus_free() may take it back, and ENDED is not called. */
typedef void (*bus_ended_fn)(void *userdata);
void bus_end(struct bus *b, bus_ended_fn ended, void *userdata);
/* Not from within a callback. Asks the worker to end and waits at most 2 s; a worker that hangs in the kernel is left behind
 * with its memory, counted. */
struct bus *bus_free(struct bus *b);
/* Never blocks: 0, -EAGAIN (the worker has not taken earlier ones), -ENOTCONN (it has ended). */
int bus_send(struct bus *b, const struct bus_cmd *cmd);
const char *bus_id(const struct bus *b);
/* For a manager whose tables have moved while the worker runs: what callbacks are told from now on. I: in
 * the order of bus_new(). */
void bus_set_userdata(struct bus *b, void *userdata);
void bus_set_tag(struct bus *b, size_t i, uint32_t tag);
bool bus_line_up(const struct bus *b);
int bus_line_error(const struct bus *b);
void bus_get_status(const struct bus *b, struct bus_status *ret);
/* Of each source in turn, as the worker told last (zeros before); false past the last. */
bool bus_get_use(const struct bus *b, size_t i, struct bus_use *ret, const char **ret_name);
/* The worker made progress within its bound; false: marked stuck. The bound is counted in ticks of
 * main's own loop, so that neither a suspend nor a slow main makes a worker look stuck; NOW_US is
 * not used. */
bool bus_alive(const struct bus *b, uint64_t now_us);
/* Why this source is not read at all, in words, or NULL. */
const char *bus_source_trouble(const struct bus *b, uint32_t tag);
/* Workers left behind by bus_free() since the start that have not come back. */
unsigned bus_abandoned(void);

#endif
