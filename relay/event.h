/* SPDX-License-Identifier: Apache-2.0 */
/* What other threads tell the loop: fixed records through a pipe, each written at once (PIPE_BUF), so
 * that a callback inside Paho only copies and returns. GENERATION names the attempt it belongs to;
 * records of an older one are thrown away, their data freed. */
#ifndef HEARTH_RELAY_EVENT_H
#define HEARTH_RELAY_EVENT_H

#include <sys/socket.h>

#include "daemon/base/util.h"
#include "relay/protocol.h"

/* Messages from the broker on their way through the pipe; more are dropped and counted. */
#define EVENT_DOWN_MAX 32
/* And of a connection: this many at once, then one each. hearthd's own bounds, which are those of its handlers, are together
 * 200 at once and 25 a second; what is more than that is not worth a copy. */
#define EVENT_DOWN_BURST 256
#define EVENT_DOWN_US    (20 * USEC_PER_MSEC)

enum event_type {
	EVENT_RESOLVED, /* .code = getaddrinfo()'s; .data = struct addresses */
	EVENT_UP,       /* .limits */
	EVENT_FAILED,   /* no connection: .code = CONNACK's (version 3 or 5), or negative */
	EVENT_DOWN,     /* a connection ended: .code = MQTT 5 reason of a DISCONNECT, 0 = none */
	EVENT_ACK,      /* .id, .token */
	EVENT_REFUSED,  /* .id, .token, .code = PUBACK's MQTT 5 reason, or negative */
	EVENT_MESSAGE,  /* .data = struct message */
	EVENT_PROBED,   /* .code = enum relay_reason, .text */
};

struct addresses {
	size_t n;
	struct {
		char text[64]; /* numeric host */
		int family;
	} v[8];
};

struct message {
	bool retained, deflated;
	size_t n_topic, n, n_extra;
	char bytes[]; /* topic, payload; MQTT 5: p3 of RELAY_DOWN */
};

struct limits { /* of the broker, MQTT 5; what it does not say is unlimited */
	uint32_t packet_max;
	uint32_t keepalive_s; /* 0 = as we asked */
	int qos_max;
	bool no_retain;
	bool takes_none; /* receive maximum 0, which the standard forbids */
};

struct event {
	enum event_type type;
	uint32_t generation;
	int code;
	uint64_t id;
	int token;  /* Paho's, of the publish: link_acknowledged() */
	void *data; /* malloc()ed, the receiver's */
	struct limits limits;
	char text[160];
};

/* False: the pipe was full (it holds 64 KiB, what may be under way is bounded below that), EV's data
 * are freed. */
bool event_post(int fd, struct event *ev);
/* The loop has ended: frees what is in the pipe, at its reading end, and what is posted from now on. */
void event_end(int fd);

#endif
