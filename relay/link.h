/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt at a broker: one Paho client, made, connected at most once, destroyed. link.c is the only
 * file that includes Paho (decision 0002 says how it is used and why). Everything that happens comes as
 * struct event through a pipe; no call waits for the network. Loop thread only. */
#ifndef HEARTH_RELAY_LINK_H
#define HEARTH_RELAY_LINK_H

#include "relay/credentials.h"
#include "relay/event.h"

/* Paho pings after one interval of silence and gives up 1.5 later; a dead connection is to be noticed
 * within 1.5 of the configured one. */
#define LINK_KEEPALIVE(s) MAX((s)*3 / 5, 3U)
/* What a server asks for (MQTT 5) is obeyed below that too; Paho 1.3.12 does not look at it. */
#define LINK_KEEPALIVE_SERVER(s) MAX((s)*3 / 5, 1U)
/* TLS 1.2 with authenticated encryption, or TLS 1.3: no older version has any of these. Level 2: keys of 112
 * bits of security at least (RSA 2048), no SHA-1 in signatures, whatever the system's own default is. */
#define LINK_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:!aNULL:!PSK:@SECLEVEL=2"

struct link;

struct link_target {
	const char *host; /* without brackets */
	uint16_t port;
	bool tls;
	const struct relay_settings *settings;
	const struct credentials *credentials;
	int event_fd;
	uint32_t generation;
	uint32_t keepalive_s; /* Paho's interval */
};

/* Starts to connect. EVENT_UP or EVENT_FAILED follows, perhaps never: keep a deadline. */
int link_open(const struct link_target *target, struct link **ret);
/* Up to some 0.2 s when the peer is frozen. Events of it may still be in the pipe. */
struct link *link_close(struct link *l);
/* EVENT_ACK or EVENT_REFUSED follows unless the connection is lost. At most RELAY_WINDOW_MAX. */
int link_publish(struct link *l, uint64_t id, const char *topic, const void *payload, size_t n,
	const char *content_type, const void *correlation, size_t n_correlation, unsigned flags);
/* Whether the end of the publish with this token came by a PUBACK. Paho takes a PUBCOMP, a SUBACK, an UNSUBACK
 * or a PUBREC that refuses for one, if its packet identifier is the publish's. */
bool link_acknowledged(struct link *l, int token);
/* The loop has seen the end of a publish: its place may be used again. */
void link_published(struct link *l, uint64_t id);
int link_subscribe(struct link *l, const char *filter);
uint64_t link_messages(void);         /* from brokers since start, dropped ones too */
uint64_t link_dropped_messages(void); /* since start: past the EVENT_DOWN_ bounds or RELAY_DOWN_MAX,
					 * or with a topic nobody may publish to */
void link_message_dropped(void);      /* one more */
void link_message_taken(void);        /* one EVENT_MESSAGE has left the pipe */

#endif
