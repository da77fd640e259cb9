/* SPDX-License-Identifier: Apache-2.0 */
/* The worker of one bus: owns the transport, the plan and the adapters' states, runs one exchange
 * after the other and sends what came of them to main as struct bus_msg datagrams. Made on main,
 * then used by one thread alone; allocates in bus_worker_new() and never again. Logs nothing.
 *
 * What it tells main:
 *  - readings, of bad quality where there are no others: at the moment a block fails and then once
 *    each period, never silence and never an old value;
 *  - a source is "answering" at its first success and "silent" after SOURCE_SILENT_AFTER failed
 *    exchanges in a row, or with its line; both on the edge, and until main has taken it;
 *  - the line is up or down, on the edge; down is tried again after 0.5 s, then at doubling pauses up
 *    to 4 s (ports: a replugged adapter is back within 5 s) or 10 s (network);
 *  - a line on which bytes keep coming and nobody answers is told as down with EPROTO;
 *  - a status once in 4 s, main's proof that the worker makes progress, and the use of the line by
 *    each source once in 10 s while there is work. */
#ifndef HEARTHD_BUS_WORKER_H
#define HEARTHD_BUS_WORKER_H

#include "bus.h"

#define SOURCE_SILENT_AFTER 3

/* The parts of a transport that the worker itself uses. It sends nothing but
 * probes: adapters do. */
struct line_ops {
	int (*make)(const struct transport_config *config, struct transport **ret);
	struct transport *(*free)(struct transport *t);
	int (*open)(struct transport *t, uint64_t deadline_us);
	void (*close)(struct transport *t);
	bool (*is_open)(const struct transport *t);
	void (*get_stats)(const struct transport *t, struct transport_stats *ret);
	uint64_t (*char_us)(const struct transport *t);
	/* Of commands; NULL where a test has none. */
	void (*set_trace)(struct transport *t, transport_trace_fn fn, void *userdata);
	int (*set_line)(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits);
	int (*probe)(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
		uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us,
		uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception);
};

/* What a test replaces. */
struct bus_env {
	const struct adapter *(*adapter)(const char *name);
	const struct line_ops *line;
	uint64_t (*now)(void);
	uint64_t open_timeout_us; /* of opening the line */
	uint64_t stuck_grace_us;  /* a worker is stuck this long after its longest exchange */
	uint64_t watch_us;        /* main looks for progress this often */
	uint64_t stop_wait_us;    /* bus_free() waits this long for a worker to end */
};
extern const struct bus_env bus_env_default;

struct bus_worker;

/* FD, the worker's end of the socket pair, becomes the worker's with success. A source whose adapter
 * refuses it costs that source alone, see bus_worker_trouble(). -EINVAL when the device's words are
 * wrong, -ENOMEM. */
int bus_worker_new(const struct bus_config *conf, const struct bus_source *sources, size_t n,
	const struct bus_env *env, int fd, struct bus_worker **ret);
struct bus_worker *bus_worker_free(struct bus_worker *w);
/* Why source I is not read, in words, or NULL. Constant after bus_worker_new(). */
const char *bus_worker_trouble(const struct bus_worker *w, size_t i);
/* The longest a step takes when nothing hangs. Constant after bus_worker_new(). */
uint64_t bus_worker_bound_us(const struct bus_worker *w);

/* What is due now: at most one exchange. False when main has closed the other end; *ret_wake_us is
 * when to step again. */
bool bus_worker_step(struct bus_worker *w, uint64_t *ret_wake_us);
/* Steps until main closes the other end or shuts it for writing, then shuts its own. */
void bus_worker_run(struct bus_worker *w);

#endif
