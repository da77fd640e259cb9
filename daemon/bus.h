/* SPDX-License-Identifier: Apache-2.0 */
/* A bus as main sees it: starts the worker thread, takes its batches from a socket pair, watches
 * that it makes progress. Main thread, sd-event. The worker owns transport, plan and adapter states;
 * nothing is shared but immutable profiles. */
#ifndef HEARTHD_BUS_H
#define HEARTHD_BUS_H

#include "config.h"
#include "../adapters/adapter.h"

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
	BUS_STATUS,       /* .status: once a second at most, and after every stretch of work */
};

/* Worker → main, one SOCK_SEQPACKET datagram by value. */
struct bus_msg {
	enum bus_msg_type type;
	uint32_t tag;
	uint64_t t_us;
	uint32_t dropped; /* batches the socket did not take before this one */
	union {
		struct {
			uint32_t n;
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
		struct bus_status {
			struct transport_stats transport;
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
/* Not from within a callback. Asks the worker to end and waits at most 2 s; a worker that hangs in the kernel is left behind
 * with its memory, counted. */
struct bus *bus_free(struct bus *b);
const char *bus_id(const struct bus *b);
bool bus_line_up(const struct bus *b);
int bus_line_error(const struct bus *b);
void bus_get_status(const struct bus *b, struct bus_status *ret);
/* The worker made progress within its bound; false: marked stuck. The bound is counted in ticks of
 * main's own loop, so that neither a suspend nor a slow main makes a worker look stuck; NOW_US is
 * not used. */
bool bus_alive(const struct bus *b, uint64_t now_us);
/* Why this source is not read at all, in words, or NULL. */
const char *bus_source_trouble(const struct bus *b, uint32_t tag);
/* Workers left behind by bus_free() since the start that have not come back. */
unsigned bus_abandoned(void);

#endif
