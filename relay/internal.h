/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by relay.c (loop, hearthd's words) and attempt.c (the way to a connection). */
#ifndef HEARTH_RELAY_INTERNAL_H
#define HEARTH_RELAY_INTERNAL_H

#include "relay/link.h"
#include "relay/local.h"
#include "relay/relay.h"

#define RESOLVE_BOUND_US  (15 * USEC_PER_SEC)
#define CONNECT_BOUND_US  (30 * USEC_PER_SEC)
#define PROBE_WAIT_US     (12 * USEC_PER_SEC)
#define FAREWELL_BOUND_US (2 * USEC_PER_SEC)
/* How long the reason of an end is waited for that a publish has noticed first. */
#define ENDING_US USEC_PER_SEC
/* An acknowledgement stands behind the messages that came before it: while some come it is waited for as long again,
 * and looked for this often. */
#define BEHIND_US USEC_PER_SEC
/* After these a connection was a good one, and the next failure counts from the beginning. */
#define STABLE_US (60 * USEC_PER_SEC)
/* Id of the publish that says "offline"; hearthd's ids are smaller. */
#define FAREWELL_ID UINT64_MAX

enum phase {
	PHASE_IDLE, /* no settings: hearthd is not there, or has not said */
	PHASE_WAIT, /* until .deadline_us, then again */
	PHASE_RESOLVING,
	PHASE_CONNECTING,
	PHASE_PROBING, /* the attempt failed, .reason is being found out */
	PHASE_UP,
	PHASE_FAREWELL, /* the last publish is under way */
};

struct relay {
	const struct relay_options *options;
	struct local *local;
	int pipe[2];
	bool stopping;

	/* from hearthd */
	struct relay_settings settings;
	char host[256];
	uint16_t port;
	bool tls;
	char *filters[RELAY_FILTERS_MAX];
	size_t n_filters;
	uint32_t keepalive_s; /* Paho's interval; shorter when the broker wants it so */

	/* this attempt */
	enum phase phase;
	uint32_t generation;
	uint64_t deadline_us;
	struct credentials credentials;
	unsigned contexts; /* revocation_contexts() when it began */
	struct addresses addresses;
	size_t address;
	struct link *link;
	struct limits limits;
	char failure[160];             /* Paho's word for it */
	enum relay_reason if_all_well; /* what it was when the probe finds nothing */

	/* this session */
	uint64_t session, up_us, progress_us;
	uint64_t ack_due_us; /* while something is in flight */
	uint64_t heard;      /* link_messages() when that was set */
	uint64_t ending_us;  /* since when nothing can be published any more; 0 = it can */
	uint64_t in_flight[RELAY_WINDOW_MAX];
	size_t n_in_flight;
	bool acked;

	unsigned failures; /* in a row */
	enum relay_reason reason, logged;
	uint64_t dropped_logged, dropped_log_us; /* not again before */

	uint64_t watchdog_us, fed_us; /* 0 = none */
};

/* relay.c */
void relay_report(struct relay *r, enum relay_state state, const char *text);
void relay_up(struct relay *r, uint64_t now);

/* attempt.c */
void attempt_start(struct relay *r, uint64_t now);
void attempt_drop(struct relay *r); /* what was of this attempt is void */
void attempt_fail(struct relay *r, enum relay_reason reason, const char *text, uint64_t now);
void attempt_deadline(struct relay *r, uint64_t now);
void attempt_event(struct relay *r, struct event *ev, uint64_t now);

#endif
