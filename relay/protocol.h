/* SPDX-License-Identifier: Apache-2.0 */
/* Between hearthd and one hearth-relay, over /run/hearthd/relay/NAME/sock: AF_UNIX SOCK_SEQPACKET,
 * hearthd listens. One datagram = struct relay_msg followed by .n1 + .n2 + .n3 bytes. Host byte
 * order: both ends are the same machine. Both sides check every length and treat nonsense as the end
 * of the connection. The relay knows nothing but what comes over this socket and its credentials.
 *
 *   relay                      hearthd
 *   HELLO           →
 *                   ←          SETTINGS, SUBSCRIBE…
 *   STATE connecting →
 *   STATE connected, session 7 →
 *                   ←          PUBLISH, session 7 (retained documents, then messages)
 *   ACK id          →          … at most .window of them without ACK or REFUSED
 *   STATE disconnected, reason →          everything without ACK is forgotten by the relay,
 *                                         hearthd sends it again in the next session
 *
 * Text is UTF-8 without NUL inside its length. */
#ifndef HEARTHD_RELAY_PROTOCOL_H
#define HEARTHD_RELAY_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_PROTOCOL         2
#define RELAY_MAGIC            0x48725231u  /* "HrR1" */
#define RELAY_TOPIC_MAX        256          /* with its NUL */
#define RELAY_PAYLOAD_MAX      (128 * 1024) /* Home Assistant's document of 220 points has 95 KiB */
#define RELAY_DOWN_MAX         (16 * 1024)  /* largest message handed down from the broker */
#define RELAY_CONTENT_TYPE_MAX 64
#define RELAY_CORRELATION_MAX  128 /* bytes of MQTT 5 correlation data */
#define RELAY_REASON_MAX       32  /* with their NUL */
#define RELAY_TEXT_MAX         192
#define RELAY_VERSION_MAX      32
#define RELAY_WINDOW_MAX       16
#define RELAY_FILTERS_MAX      8

enum relay_msg_type {
	/* relay → hearthd */
	RELAY_HELLO = 1, /* .a = RELAY_PROTOCOL; p1 = version text */
	RELAY_STATE,     /* .a = enum relay_state; p1 = reason as a machine word, p2 = text;
			    * connected: .id = session, 1, 2, … */
	RELAY_ACK,       /* .id: the broker's PUBACK for that publish has come */
	RELAY_REFUSED,   /* .id: not taken; .a = MQTT 5 reason code, 0 = unknown; p1 = text;
			    * .flags RELAY_FOR_GOOD: it can never be sent as it is */
	RELAY_DOWN,      /* p1 = topic, p2 = payload, p3 = MQTT 5 response topic, then perhaps a NUL
			    * and the correlation data; .flags RELAY_RETAINED, RELAY_DEFLATED */
	/* hearthd → relay */
	RELAY_SETTINGS = 64, /* p1 = struct relay_settings; first message, and again when changed */
	RELAY_PUBLISH,   /* .id, .a = session, .flags, p1 = topic, p2 = payload, p3 = content type,
			    * then perhaps a NUL and the correlation data of an answer; one of
			    * another session is ignored */
	RELAY_SUBSCRIBE, /* p1 = topic filter; kept until SETTINGS, subscribed at every connect */
	RELAY_FORGET,    /* drop the connection and all that is unsent with it; connect again */
};
enum relay_state { RELAY_DISCONNECTED, RELAY_CONNECTING, RELAY_CONNECTED };
enum relay_flags {
	RELAY_RETAINED = 1 << 0,
	RELAY_QOS1 = 1 << 1,
	RELAY_DEFLATED = 1 << 2, /* MQTT 5: user property content-encoding: deflate */
	RELAY_FOR_GOOD = 1 << 3,
};

struct relay_msg {
	uint32_t magic;
	uint16_t type, flags;
	uint64_t id;
	uint32_t a;
	uint32_t n1, n2, n3;
};

/* All NUL-terminated. The password and the keys never come this way: credentials. */
struct relay_settings {
	char url[256]; /* mqtt://host[:1883], mqtts://host[:8883] */
	char client_id[64];
	char username[128];               /* "" = none */
	char will_topic[RELAY_TOPIC_MAX]; /* "" = no will; retained, QoS 1 */
	char will_payload[512];
	uint32_t mqtt_version;  /* 5 or 4 (3.1.1) */
	uint32_t keepalive_s;   /* 5 … 3600 */
	uint32_t window;        /* 1 … RELAY_WINDOW_MAX */
	uint32_t ack_timeout_s; /* 5 … 600: then the connection is dropped */
};

/* A text of p3, its NUL, and correlation data. */
#define RELAY_EXTRA_MAX (RELAY_TOPIC_MAX + RELAY_CORRELATION_MAX)
#define RELAY_MSG_MAX \
	(sizeof(struct relay_msg) + RELAY_TOPIC_MAX + RELAY_PAYLOAD_MAX + RELAY_EXTRA_MAX)

/* The machine words of RELAY_STATE, each explained in hearth-relay(8). */
#define RELAY_REASONS(X) \
	X(OK, "") \
	X(SETTINGS, "settings")           /* the settings cannot work */ \
	X(CREDENTIALS, "credentials")     /* an own credential is missing or unreadable */ \
	X(DNS, "dns")                     /* the name could not be resolved */ \
	X(REFUSED, "refused")             /* nothing listens there */ \
	X(UNREACHABLE, "unreachable")     /* no route */ \
	X(TIMEOUT, "timeout")             /* no answer in time */ \
	X(TLS, "tls")                     /* another TLS failure */ \
	X(TLS_UNTRUSTED, "tls-untrusted") /* no chain to a trusted CA */ \
	X(TLS_HOST, "tls-host")           /* a certificate for another name */ \
	X(TLS_EXPIRED, "tls-expired") \
	X(TLS_NOT_YET_VALID, "tls-not-yet-valid") /* this machine's clock may be wrong */ \
	X(TLS_REVOKED, "tls-revoked") \
	X(TLS_REVOCATION_LIST, "tls-revocation-list") /* NAME.crl is old, or of another CA */ \
	X(TLS_WEAK, "tls-weak")       /* a key or a signature of the chain is too weak */ \
	X(TLS_VERSION, "tls-version") /* no common version or cipher of TLS 1.2 or later */ \
	X(TLS_CLIENT, "tls-client-certificate") /* the broker wants another client certificate */ \
	X(BAD_CREDENTIALS, "bad-credentials") \
	X(NOT_AUTHORIZED, "not-authorized") \
	X(CLIENT_ID, "client-id") /* the broker refuses the client identifier */ \
	X(BUSY, "server-busy") \
	X(VERSION, "mqtt-version")    /* the broker does not speak it */ \
	X(PROTOCOL, "protocol")       /* the answer was not MQTT */ \
	X(PORTAL, "portal-suspected") /* a web page answers in the broker's place */ \
	X(LIMITS, "server-limits")    /* the broker's limits leave no way to send */ \
	X(TAKEN_OVER, "taken-over")   /* another client uses the same identifier */ \
	X(CLOSED, "closed")           /* the broker ended the connection */ \
	X(ACK_TIMEOUT, "ack-timeout") /* connected, but nothing is acknowledged */ \
	X(FORGET, "forget")           /* dropped on hearthd's word */ \
	X(STOPPING, "stopping")
enum relay_reason {
#define X(name, word) RELAY_REASON_##name,
	RELAY_REASONS(X)
#undef X
		_RELAY_REASON_MAX,
};
const char *relay_reason_word(enum relay_reason r);

/* One datagram taken apart; points into the buffer it was parsed from. */
struct relay_view {
	struct relay_msg msg;
	const char *p1, *p2, *p3; /* of msg.n1, n2, n3 bytes, not terminated; NULL where empty */
	size_t n_text;            /* of p3: its text; behind it */
	const char *correlation;  /* n_correlation bytes; NULL where there is none */
	size_t n_correlation;
	struct relay_settings settings; /* RELAY_SETTINGS only; every text is terminated */
};
/* Pure. FROM_RELAY says which direction is legal. 0, or -EBADMSG for anything that is not exactly one
 * message of protocol.h within its bounds. Topics are checked: not empty, UTF-8, no NUL, and no
 * wildcards where a message is published. */
int relay_msg_parse(const void *buf, size_t n, bool from_relay, struct relay_view *ret);
/* What may be published to: not empty, UTF-8 without NUL, no wildcards, below RELAY_TOPIC_MAX. */
bool relay_topic_valid(const char *p, size_t n);
/* p3 of a text and correlation data (N 0: none): its length. Both are within their bounds. */
size_t relay_extra_make(
	char dst[RELAY_EXTRA_MAX], const char *text, const void *correlation, size_t n);
/* The header of a message with these lengths. */
struct relay_msg relay_msg_make(enum relay_msg_type type, uint64_t id, uint32_t a, uint16_t flags,
	size_t n1, size_t n2, size_t n3);
/* Sends one datagram without blocking: 0, -EAGAIN, -EMSGSIZE, or -errno. */
int relay_msg_send(
	int fd, const struct relay_msg *msg, const void *p1, const void *p2, const void *p3);
/* Receives one datagram into BUF of RELAY_MSG_MAX: its length, 0 at the end of the connection,
 * -EAGAIN, -EBADMSG when longer than any message, or -errno. Descriptors sent along are refused. */
int relay_msg_receive(int fd, void *buf, size_t size);

#endif
