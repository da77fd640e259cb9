/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by upstream*.c alone: upstream.c (the relay's words, the pump), upstream-window.c (what is
 * under way), upstream-compose.c (jobs and the store), upstream-retained.c (retained documents), upstream-answer.c
 * (answers to commands). */
#ifndef HEARTHD_UPSTREAM_INTERNAL_H
#define HEARTHD_UPSTREAM_INTERNAL_H

#include "upstream.h"

/* Refused for now (a missing right, a full quota): not offered again before this, or a reconnect. */
#define HELD_MAX     16
#define HELD_US      (15 * USEC_PER_MIN)
#define SLOTS_MAX    (UPSTREAM_WINDOW_MAX + HELD_MAX)
#define RETRY_MIN_US USEC_PER_SEC /* after an error of the store, doubling */
#define RETRY_MAX_US USEC_PER_MIN
/* After an outage reports go at a bounded rate; 30 days of them are gone within 8 minutes. */
#define DRAIN_BURST     32
#define DRAIN_PERIOD_US (USEC_PER_SEC / 20)
/* Ids of retained documents on the socket; messages use their seq. */
#define RETAINED_ID (UINT64_C(1) << 63)

struct doc {
	enum retained_rank rank;
	char *topic;   /* whole */
	void *payload; /* NULL when cleared */
	size_t n;
	const char *content_type;
	bool deflated;
	bool dirty;     /* to be sent in this session */
	bool in_flight; /* one copy of a document at a time, so that an older never comes last */
	bool synced;    /* acknowledged or refused once in this session */
};

enum slot_kind {
	SLOT_FREE,
	SLOT_RETAINED, /* at the relay */
	SLOT_ANSWER,   /* at the relay */
	SLOT_SENT,     /* at the relay */
	SLOT_ACKED,    /* the store has yet to forget it */
	SLOT_DROPPING, /* refused for good; the store has yet to write it off */
	SLOT_HELD,     /* refused for now */
};

struct slot {
	struct upstream *u;
	enum slot_kind kind;
	bool heard;  /* SENT: the receipt came before the acknowledgement */
	bool posted; /* ACKED, DROPPING: the store works on it */
	uint64_t id; /* seq, or RETAINED_ID | n */
	struct doc *doc;
	struct answer *answer; /* NULL: it was given up meanwhile */
	enum out_class class;
	size_t n;
	uint64_t due_us; /* HELD: until; ACKED, DROPPING: next try */
};

/* An answer to a command: in memory alone. */
struct answer {
	struct answer *next;
	char *topic;
	void *payload;
	size_t n, n_correlation;
	uint64_t until_us;
	bool in_flight;
	unsigned char correlation[RELAY_CORRELATION_MAX];
};

#define RECEIPT_CHECK_US (30 * USEC_PER_SEC) /* how often is looked what is due again */

struct job {
	struct job *next;
	enum out_class class;
	char suffix[96];
	upstream_compose_fn fn;
	upstream_done_fn done;
	void *job;
};

struct job_queue {
	struct job *head, **tail;
	size_t n;
};

enum compose_phase { COMPOSE_IDLE, COMPOSE_LOST, COMPOSE_PUT, COMPOSE_CHECK };

struct upstream {
	const struct upstream_config *config;
	struct upstream_env env;
	struct upstream_ops ops;
	void *userdata;
	unsigned refs; /* one of the owner, one for each completion still to come */
	bool dead, running, again;
	unsigned granted; /* planes */

	/* store */
	bool ready, opening;
	struct out_state out;
	char base[RELAY_TOPIC_MAX];
	int store_error;
	uint64_t store_retry_us; /* length of the next pause */

	/* jobs */
	enum compose_phase phase;
	struct job_queue jobs[_OUT_CLASS_MAX];
	struct job *current;
	struct out_message current_message; /* what was put: payload is the journal's by then */
	uint64_t current_cursor;
	uint64_t compose_after_us, open_after_us;

	/* relay */
	bool held;
	bool relay_here, hello, settings_sent, settings_due, blocked;
	size_t filters_sent, n_filters;
	char *filters[RELAY_FILTERS_MAX];
	char will[512];
	enum upstream_state state;
	enum relay_state link;
	uint64_t session, since_us;
	char reason[RELAY_REASON_MAX], text[RELAY_TEXT_MAX], version[RELAY_VERSION_MAX];
	bool changed;

	/* window */
	struct slot slots[SLOTS_MAX];
	bool synced, fetching, last_was_retained;
	uint64_t generation;       /* of the window: an answer of the store for another is void */
	uint64_t more_generation;  /* counts what may have made the outbox longer */
	uint64_t empty_generation; /* more_generation at which it was seen empty */
	uint64_t fetch_generation, fetch_more, fetch_max;
	uint64_t fetch_after_us, throttle_until_us;
	unsigned tokens;
	uint64_t tokens_us;

	/* retained documents in order of their rank */
	struct doc *docs[UPSTREAM_RETAINED_MAX];
	size_t n_docs, doc_bytes;
	uint64_t next_retained;

	struct answer *answers; /* oldest first */
	size_t n_answers;

	/* receipts */
	uint64_t heard[OUT_RECEIPT_MAX]; /* to be told to the store */
	size_t n_heard, n_posted;        /* the first n_posted: it works on them */
	uint64_t heard_after_us, due_check_us, session_us, receipts, bad_receipts;
	bool posting;
	bool forget_receipts; /* not wanted any more: those that wait are enough acknowledged */

	uint64_t refused, connections, bad_acks, last_acked_us;
	char refusal[RELAY_TEXT_MAX];
};

static inline uint64_t upstream_now(struct upstream *u)
{
	return u->env.now(u->env.io);
}
static inline void upstream_ref(struct upstream *u)
{
	u->refs++;
}
void upstream_unref(struct upstream *u);
/* Remembers an error of the store; the time of the next try. */
uint64_t upstream_store_failed(struct upstream *u, int error);
void upstream_store_worked(struct upstream *u);
void upstream_call(struct upstream *u, void (*fn)(struct upstream *u, void *userdata));
/* Whole topic of SUFFIX; false when it does not fit SIZE. */
bool upstream_topic(const struct upstream *u, const char *suffix, char *ret, size_t size);

int upstream_send(struct upstream *u, const struct relay_msg *m, const void *p1, const void *p2,
	const void *p3);
/* P of N bytes from outside into a terminated text without control bytes. */
void upstream_text_set(char *dst, size_t size, const char *p, size_t n);

/* upstream-window.c */
unsigned window_size(const struct upstream *u);
unsigned window_count(const struct upstream *u, unsigned kinds); /* bits 1 << enum slot_kind */
struct slot *window_slot_free(struct upstream *u);
/* The session is over: what the relay had without an acknowledgement is unsent again. */
void window_lost(struct upstream *u);
/* The store is another one: what it should forget is not in it. */
void window_forget_rows(struct upstream *u);
void window_ack(struct upstream *u, uint64_t id);
void window_refused(struct upstream *u, const struct relay_view *v);
void window_run(struct upstream *u, uint64_t now);  /* what needs the store alone */
void window_send(struct upstream *u, uint64_t now); /* connected: what may leave */
uint64_t window_next_us(const struct upstream *u);

/* upstream-receipt.c */
bool receipt_wanted(const struct upstream *u, enum out_class class);
void receipt_run(struct upstream *u, uint64_t now);
uint64_t receipt_next_us(const struct upstream *u);

/* upstream-compose.c */
void compose_open(struct upstream *u);
void compose_run(struct upstream *u, uint64_t now);
uint64_t compose_next_us(const struct upstream *u);
void compose_abandon(struct upstream *u);

/* upstream-retained.c */
void retained_reset(struct upstream *u); /* a session begins: all of them again */
bool retained_synced(const struct upstream *u);
int retained_send(struct upstream *u, unsigned max);
void retained_answered(struct upstream *u, struct slot *s);
void retained_lost(struct upstream *u); /* the session ended */
void retained_free_all(struct upstream *u);
int upstream_send_publish(struct upstream *u, uint64_t id, const char *topic, const void *payload,
	size_t n, const char *content_type, unsigned flags);

/* upstream-answer.c */
void answer_send(struct upstream *u, unsigned max);
void answer_ended(struct upstream *u, struct slot *s); /* acknowledged or refused */
void answer_lost(struct upstream *u);                  /* the session ended */
void answer_expire(struct upstream *u, uint64_t now);
uint64_t answer_next_us(const struct upstream *u);
void answer_free_all(struct upstream *u);

#endif
