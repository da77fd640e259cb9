/* SPDX-License-Identifier: Apache-2.0 */
/* A line to appliances: opened, owned and used by exactly one thread (the bus's worker, or a tool).
 * Every call is bounded by an absolute CLOCK_BOOTTIME deadline. Two families share the type:
 * TRANSPORT_MODBUS moves PDUs with every check made, TRANSPORT_BYTES moves bytes. */
#ifndef HEARTHD_TRANSPORT_H
#define HEARTHD_TRANSPORT_H

#include "daemon/base/problem.h"

enum transport_kind { TRANSPORT_MODBUS, TRANSPORT_BYTES };

struct transport_config {
	char device[256]; /* "rtu:/dev/serial/by-id/…" "tcp:host:502" "rtutcp:host:port"
			   * "serial:/dev/…" "serialtcp:host:port" */
	uint32_t baud;
	char parity; /* 'N' 'E' 'O' */
	uint8_t stop_bits;
};

struct transport;

/* Counters since open; by value. */
struct transport_stats {
	uint64_t requests, replies, timeouts, bad_frames, exceptions, foreign, drained_bytes,
		tx_bytes, rx_bytes, reopens;
	uint64_t echoes;  /* of our own requests: an RS-485 adapter that hears itself */
	uint64_t busy_us; /* request sent to reply complete, summed */
};

/* Sees every frame or chunk that crossed the line; called on the transport's thread. */
typedef void (*transport_trace_fn)(
	void *userdata, bool to_appliance, uint64_t t_us, const uint8_t *p, size_t n);

/* Checks the words of CONFIG without opening anything; the scheme decides the kind. */
int transport_parse(
	const char *device, enum transport_kind *ret_kind, char *reterr, size_t errsize);
/* Allocates; opens nothing yet. */
int transport_new(const struct transport_config *config, struct transport **ret);
struct transport *transport_free(struct transport *t); /* NULL-safe, closes */
/* 0, or -ENODEV / -ECONNREFUSED / -ETIMEDOUT / -EACCES / -EBUSY (another program has locked the
 * line) / -EINVAL (no serial line, or the driver refuses the settings). Open again after any
 * -ENODEV. DEADLINE bounds a TCP connect; names are resolved in a helper thread with the same
 * bound. */
int transport_open(struct transport *t, uint64_t deadline_us);
void transport_close(struct transport *t); /* idempotent */
bool transport_is_open(const struct transport *t);
enum transport_kind transport_kind(const struct transport *t);
void transport_set_trace(struct transport *t, transport_trace_fn fn, void *userdata);
void transport_get_stats(const struct transport *t, struct transport_stats *ret);
/* Microseconds one character takes on the line (0 on TCP). */
uint64_t transport_char_us(const struct transport *t);

/* ---- TRANSPORT_MODBUS: one client transaction. PDU = function code + data, no unit, no CRC;
 * functions 1-4, 5, 6, 15, 16 and 22 alone (-EOPNOTSUPP). Returns the reply PDU's length; the reply is
 * checked: unit, function, byte count against the request, of a write all that it repeats, CRC or MBAP.
 * A write is never sent twice; whether one without a good answer was done is not known (stats.requests
 * tells whether it left). Replies of strangers are dropped and
 * listening goes on until DEADLINE, which bounds everything.
 * QUIET_US: nothing is sent before the line was silent that long (at least 3.5 characters).
 * LATE_US: how late this unit may still answer (RTU). After a time-out the unit is not asked for
 * that long, and a request of one shape does not follow another of it sooner (after a good
 * answer: than 500 ms, where a doubled one may come, unless it asks for the same address again,
 * with no write between): see shape_busy.
 * Errors: -ETIMEDOUT, -EREMOTEIO (*ret_exception), -EBADMSG, -ENODEV (closed already), -EAGAIN
 * (nothing was sent: the shape or unit is busy, or DEADLINE is too near for QUIET_US), -EINVAL. */
#define MODBUS_PDU_MAX 253
int transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);
/* On RTU nothing tells a reply from one to an earlier request that looked the same (unit, function,
 * count). True when
 *  - such a reply may still come late or twice, or the unit let a request run out and may answer it
 *    yet: until *ret_until_us. transport_modbus() refuses by the same rule;
 *  - the last request to this unit looked the same but was for another ADDRESS, so that a peer that
 *    is one reply behind would answer this one with that value: *ret_until_us is USEC_INFINITY,
 *    another shape must pass first. This is advice.
 * The caller changes the count, or takes another block or unit. */
bool transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us);

/* The same for scans: functions 17 and 43/14 too. Other functions are -EOPNOTSUPP as above. */
int transport_modbus_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception);

/* ---- TRANSPORT_BYTES */
int transport_send(struct transport *t, const uint8_t *p, size_t n, uint64_t deadline_us);
/* At least 1 byte, or -ETIMEDOUT at DEADLINE, or -ENODEV. */
int transport_recv(struct transport *t, uint8_t *p, size_t size, uint64_t deadline_us);
/* Throws away what is waiting until SILENCE_US of quiet or DEADLINE; bytes dropped. */
int transport_drain(struct transport *t, uint64_t silence_us, uint64_t deadline_us);

/* ---- both: for protocols and scans that try several speeds. 0 or -errno; no-op on TCP, and on
 * pseudo-terminals, which have none. -EINVAL: the driver refuses, the line is as it was before. An
 * RTU line is opened anew for it. */
int transport_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits);

#endif
