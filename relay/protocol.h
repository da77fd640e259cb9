/* SPDX-License-Identifier: Apache-2.0 */
/* Between hearthd and one hearth-relay, over /run/hearthd/relay/NAME/sock: AF_UNIX SOCK_SEQPACKET,
 * hearthd listens. One datagram = struct relay_msg followed by .n1 + .n2 + .n3 bytes. Host byte
 * order: both ends are the same machine. Both sides check every length and treat nonsense as the end
 * of the connection. The relay knows nothing but what comes over this socket and its credentials. */
#ifndef HEARTHD_RELAY_PROTOCOL_H
#define HEARTHD_RELAY_PROTOCOL_H

#include <stdint.h>

#define RELAY_PROTOCOL    1
#define RELAY_MAGIC       0x48725231u /* "HrR1" */
#define RELAY_TOPIC_MAX   256
#define RELAY_PAYLOAD_MAX (64 * 1024)
#define RELAY_DOWN_MAX    (16 * 1024) /* largest message handed down from the broker */

enum relay_msg_type {
	/* relay → hearthd */
	RELAY_HELLO = 1,   /* .a = protocol; p1 = version text */
	RELAY_STATE,       /* .a = enum relay_state; p1 = reason as a machine word, p2 = text */
	RELAY_ACK,         /* .id: the broker's PUBACK for that publish has come */
	RELAY_REFUSED,     /* .id: the broker refused it for good (MQTT 5 reason .a); p1 = text */
	RELAY_DOWN,        /* p1 = topic, p2 = payload; .flags RELAY_RETAINED */
	/* hearthd → relay */
	RELAY_SETTINGS = 64, /* p1 = struct relay_settings; first message, and again when changed */
	RELAY_PUBLISH,     /* .id, .flags, p1 = topic, p2 = payload, p3 = content type */
	RELAY_SUBSCRIBE,   /* p1 = topic filter */
	RELAY_FORGET,      /* drop the window: unsent publishes are not sent */
};
enum relay_state { RELAY_DISCONNECTED, RELAY_CONNECTING, RELAY_CONNECTED };
enum relay_flags {
	RELAY_RETAINED = 1 << 0,
	RELAY_QOS1 = 1 << 1,
	RELAY_DEFLATED = 1 << 2, /* MQTT 5: user property content-encoding: deflate */
};

struct relay_msg {
	uint32_t magic;
	uint16_t type, flags;
	uint64_t id;
	uint32_t a;
	uint32_t n1, n2, n3;
};

/* All NUL-terminated. */
struct relay_settings {
	char url[256];
	char client_id[64];
	char username[128];
	char will_topic[RELAY_TOPIC_MAX];
	char will_payload[512];
	uint32_t mqtt_version; /* 5 or 4 */
	uint32_t keepalive_s;
	uint32_t window;
};

#endif
