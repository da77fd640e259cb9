/* SPDX-License-Identifier: Apache-2.0 */
/* What the transports share among themselves: the parsed device words, the table of operations each
 * flavour fills, and bounded descriptor I/O. Nobody but adapters/transport*.c includes this. One
 * thread owns a transport and everything in it; the only other thread is a name look-up's, which
 * touches nothing but its own reference-counted struct. */
#ifndef HEARTHD_TRANSPORT_INTERNAL_H
#define HEARTHD_TRANSPORT_INTERNAL_H

#include "transport.h"

enum transport_scheme {
	SCHEME_RTU,    /* rtu:/dev/…           Modbus RTU on a serial line or pseudo-terminal */
	SCHEME_TCP,    /* tcp:host[:502]       Modbus TCP */
	SCHEME_RTUTCP, /* rtutcp:host:port     RTU frames through a serial server */
	SCHEME_SERIAL, /* serial:/dev/…        a maker's protocol on a serial line */
	SCHEME_SERIALTCP, /* serialtcp:host:port  the same through a serial server */
};

/* The words of a device, taken apart. */
struct transport_words {
	enum transport_scheme scheme;
	char path[256]; /* RTU, SERIAL: absolute */
	char host[256]; /* the others; without brackets */
	uint16_t port;
};

struct transport_lookup; /* one name look-up, perhaps still under way in its thread */

/* One flavour. Calls that a kind has not are NULL. OPEN leaves everything closed when it fails;
 * CLOSE and DONE are idempotent. */
struct transport_ops {
	int (*init)(struct transport *t); /* optional: checks the line settings, allocates impl */
	int (*open)(struct transport *t, uint64_t deadline_us);
	void (*close)(struct transport *t);
	void (*done)(struct transport *t); /* frees impl; after close */
	/* TRANSPORT_MODBUS */
	int (*modbus)(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
		uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us,
		uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception);
	bool (*shape_busy)(const struct transport *t, uint8_t unit, uint8_t function,
		uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us);
	int (*probe)(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
		uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us,
		uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception);
	/* TRANSPORT_BYTES; set_line both */
	int (*send)(struct transport *t, const uint8_t *p, size_t n, uint64_t deadline_us);
	int (*recv)(struct transport *t, uint8_t *p, size_t size, uint64_t deadline_us);
	int (*drain)(struct transport *t, uint64_t silence_us, uint64_t deadline_us);
	int (*set_line)(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits);
};

extern const struct transport_ops transport_modbus_ops; /* transport-modbus.c */
extern const struct transport_ops transport_bytes_ops;  /* transport-serial.c */

struct transport {
	const struct transport_ops *ops;
	enum transport_kind kind;
	struct transport_config config; /* baud, parity and stop_bits never 0 */
	struct transport_words words;
	bool open;        /* between a successful open and close or -ENODEV */
	bool opened_once; /* for stats.reopens */
	uint64_t char_us; /* 0 on TCP */
	struct transport_stats stats;
	transport_trace_fn trace;
	void *trace_userdata;
	struct transport_lookup *lookup;
	void *impl;
};

/* Connects to words.host:words.port; *ret is non-blocking, close-on-exec, without Nagle delay and
 * with keep-alive. -ECONNREFUSED, -ETIMEDOUT, -EACCES, -ENODEV (no such name, no route). */
int transport_tcp_connect(struct transport *t, uint64_t deadline_us, int *ret);

/* Bounded I/O on a non-blocking descriptor. Anything that says the other side or the port is gone
 * (end of file, EIO, hang-up) is -ENODEV; the caller closes. They keep stats.tx_bytes and rx_bytes
 * and do not trace. */
int transport_fd_write(struct transport *t, int fd, const uint8_t *p, size_t n,
	uint64_t deadline_us); /* 0 when all went, -ETIMEDOUT, -ENODEV */
int transport_fd_read(struct transport *t, int fd, uint8_t *p, size_t size,
	uint64_t deadline_us); /* 1…size bytes, -ETIMEDOUT, -ENODEV; DEADLINE 0 does not wait */
/* Tells the trace, if there is one. */
void transport_traced(
	const struct transport *t, bool to_appliance, uint64_t t_us, const uint8_t *p, size_t n);

#endif
