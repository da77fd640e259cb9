/* SPDX-License-Identifier: Apache-2.0 */
/* One upstream inside hearthd: which bytes leave next, and when. A state machine without descriptors,
 * sockets or a clock of its own: the journal, the relay's socket and the time come in through struct
 * upstream_env, so that tests run it on virtual time against fakes. Main thread only. Knows no JSON.
 *
 * Two kinds of documents:
 * - messages (event, report, …): composed once into the outbox with seq and prev, stored durably, sent
 *   in class order through a window, gone when their own PUBACK has come;
 * - retained documents (status, info, dict/<id>, birth, a/<id>/…): the current set is kept here,
 *   published and acknowledged after every connect before any message leaves, and again when changed.
 *
 * The relay keeps nothing across a loss of its connection; what had no PUBACK is read from the outbox
 * again, so the same bytes are sent, and there is one owner of retry (docs/decisions/0002). */
#ifndef HEARTHD_UPSTREAM_H
#define HEARTHD_UPSTREAM_H

#include "daemon/config/config.h"
#include "daemon/journal/journal.h"
#include "relay/protocol.h"

#define UPSTREAM_WINDOW_MAX         16  /* messages at the relay, not acknowledged yet */
#define UPSTREAM_JOBS_MAX           64  /* messages waiting to be composed, of all classes */
#define UPSTREAM_RETAINED_MAX       450 /* documents: 64 appliances × 6, and the gateway's own */
#define UPSTREAM_RETAINED_BYTES_MAX (1024 * 1024) /* of all retained documents of one upstream */
#define UPSTREAM_ANSWERS_MAX        32            /* answers to commands, not acknowledged yet */
#define UPSTREAM_ANSWER_MAX         4096          /* bytes of one */
#define UPSTREAM_ANSWER_US          (5 * USEC_PER_MIN) /* older ones help nobody */

struct upstream;

enum upstream_state {
	UPSTREAM_OPENING,      /* the journal has not answered yet */
	UPSTREAM_NO_RELAY,     /* hearth-relay@NAME is not there */
	UPSTREAM_DISCONNECTED, /* the relay waits before its next attempt, or was refused */
	UPSTREAM_CONNECTING,
	UPSTREAM_SYNCING, /* connected; the retained documents are not all acknowledged */
	UPSTREAM_CONNECTED,
};
const char *upstream_state_name(enum upstream_state s); /* "opening" "no-relay" … */

/* A message from the broker: raw bytes from outside. Lives during the call. */
struct upstream_message {
	const char *topic;  /* UTF-8, no wildcards, below RELAY_TOPIC_MAX */
	const char *suffix; /* the topic behind the upstream's base, NULL when it is not there */
	const void *payload;
	size_t n; /* at most RELAY_DOWN_MAX */
	bool retained;
	bool deflated;        /* MQTT 5: content-encoding says so */
	const char *response; /* MQTT 5: a topic for the answer; "" = none */
	const void *correlation;
	size_t n_correlation; /* at most RELAY_CORRELATION_MAX */
};

/* What upstream's owner (the manager) learns. Every pointer may be NULL. No call may free U. */
struct upstream_ops {
	/* Epoch, gateway alias and numbers are known: set the will and the retained documents now,
	 * and queue messages. Again after the store was lost (new epoch). */
	void (*on_ready)(struct upstream *u, void *userdata);
	/* The broker has accepted a connection; the retained set goes out when this returns, so set
	 * what must be fresh (status, info). */
	void (*on_connect)(struct upstream *u, void *userdata);
	/* State, reason or text changed. */
	void (*on_changed)(struct upstream *u, void *userdata);
	/* A broker may send what nobody subscribed to. */
	void (*on_message)(
		struct upstream *u, const struct upstream_message *message, void *userdata);
	/* The broker has taken message SEQ, or will never take it. May be told again after a restart. */
	void (*on_gone)(struct upstream *u, uint64_t seq, bool acked, void *userdata);
};

/* What the upstream needs from below: the journal's functions bound to STORE, the relay's socket,
 * time. The completions come later from the event loop, never from inside the call. */
struct upstream_env {
	void *store;
	int (*out_open)(void *store, const char *upstream, journal_out_state_fn fn, void *userdata);
	int (*out_put)(void *store, const char *upstream, struct out_message *message,
		uint64_t cursor, uint64_t max_bytes, journal_done_fn done, void *userdata);
	int (*out_fetch)(void *store, const char *upstream, const uint64_t *in_flight,
		size_t n_in_flight, size_t max, uint64_t now_us, uint64_t session_us,
		journal_out_fetch_fn fn, void *userdata);
	int (*out_acked)(void *store, const char *upstream, uint64_t seq, uint64_t await_us,
		journal_done_fn done, void *userdata);
	int (*out_receipt)(void *store, const char *upstream, const uint64_t *seqs, size_t n,
		journal_done_fn done, void *userdata);
	int (*out_drop)(void *store, const char *upstream, uint64_t seq, journal_done_fn done,
		void *userdata);
	int (*out_lost)(void *store, const char *upstream, journal_lost_fn fn, void *userdata);

	void *io;
	/* One datagram to the relay. 0, -EAGAIN (call upstream_on_writable() later), or -errno: the
	 * relay is gone and upstream_on_relay_gone() follows later. Never blocks. */
	int (*send)(void *io, const struct relay_msg *msg, const void *p1, const void *p2,
		const void *p3);
	/* Ends the connection with the relay; upstream_on_relay_gone() follows later. */
	void (*drop)(void *io);
	uint64_t (*now)(void *io);              /* CLOCK_BOOTTIME, microseconds */
	void (*wake)(void *io, uint64_t at_us); /* call upstream_run() then; USEC_INFINITY: never */
	/* May this retained document leave now? False: not yet, upstream_run() is called when it may
	 * (it is not in the ledger). For a connection TOPIC is "$connect …". NULL: always. */
	bool (*may_publish)(void *io, const char *topic, const void *payload, size_t n);
};

/* CONFIG must live as long as the upstream, or until upstream_set_config() gives it the same at another
 * place. */
int upstream_new(const struct upstream_config *config, const struct upstream_env *env,
	const struct upstream_ops *ops, void *userdata, struct upstream **ret);
/* Jobs are freed without being composed. Memory goes when the last completion has come. */
struct upstream *upstream_free(struct upstream *u);
DEFINE_CLEANUP(struct upstream *, upstream_free);

/* --- for the manager */

const struct upstream_config *upstream_config(const struct upstream *u);
void upstream_set_config(struct upstream *u, const struct upstream_config *config);
bool upstream_ready(const struct upstream *u);        /* on_ready has come */
const char *upstream_epoch(const struct upstream *u); /* "7f3a91c2"; "" before ready */
const char *upstream_gw(const struct upstream *u);    /* the gateway's alias here */
const char *upstream_base(const struct upstream *u);  /* "hearth/v1/<gw>" */
uint64_t upstream_history(const struct upstream *u);  /* last row there is, as of the answer */
uint64_t upstream_cursor(const struct upstream *u);   /* history row composed up to, as stored */
/* Of the connection to the broker there is now; 0 = none. Never the same twice in a run. */
uint64_t upstream_session(const struct upstream *u);

/* Payload of the Last Will (retained, topic <base>/status). In on_ready; later only when it changes,
 * because the relay reconnects for it. At most 511 bytes of text. */
int upstream_set_will(struct upstream *u, const char *payload);

/* What a compose function gets: the numbers this message will carry. */
struct compose_in {
	const char *epoch, *gw;
	uint64_t seq, prev;           /* prev = 0: nothing was sent on this topic in this epoch */
	uint64_t cursor;              /* as stored */
	const struct seq_range *lost; /* to be stated in this message */
	size_t n_lost;
	const struct seq_range
		*withheld; /* likewise: withdrawn, the household tightened the level */
	size_t n_withheld;
};
struct compose_out {
	void *payload; /* malloc()ed; taken over; at most OUT_PAYLOAD_MAX */
	size_t n;
	bool deflated;
	uint64_t cursor;   /* new history cursor; preset to the stored one */
	char dict[17];     /* id of the dictionary needed to read it, "" = none */
	uint64_t replaces; /* a waiting message that this one stands for; 0 = none */
	uint64_t told;     /* what the journal need not keep as untold any more, 0 = nothing */
};
/* Composes the final bytes. Called from the event loop, again with newer numbers if the store failed,
 * so it must not consume its job. -ENODATA: there is nothing to say, the job ends without a message.
 * Any other error ends the job as failed. */
typedef int (*upstream_compose_fn)(
	struct upstream *u, const struct compose_in *in, void *job, struct compose_out *ret);
/* The end of a job, once and always: 0 = durable under SEQ, -ENODATA = nothing to say, -ECANCELED = the
 * upstream went away and nothing was stored, else why it failed. Frees JOB. For one that the store was
 * writing when the upstream was freed it comes after upstream_free(): use nothing of U then. */
typedef void (*upstream_done_fn)(struct upstream *u, int error, uint64_t seq, void *job);

/* Queues a message to <base>/SUFFIX. -ENOBUFS at UPSTREAM_JOBS_MAX: then DONE is not called, and the
 * job is still the caller's. The store's errors never lose a job: it is tried again. */
int upstream_compose(struct upstream *u, enum out_class class, const char *suffix,
	upstream_compose_fn fn, upstream_done_fn done, void *job);
size_t upstream_jobs(const struct upstream *u, enum out_class class);

/* In this order after a connect. */
enum retained_rank {
	RETAINED_STATUS,
	RETAINED_INFO,
	RETAINED_DICT,
	RETAINED_BIRTH,
	RETAINED_META,
	RETAINED_STATE,
	RETAINED_AVAILABILITY,
	RETAINED_DISCOVERY,
};
struct retained_doc {
	enum retained_rank rank;
	const char *suffix; /* behind the base; a leading '/' makes it a whole topic, without it */
	const char *content_type; /* MQTT 5; NULL = none; a constant, not copied */
	bool deflated;
};
/* Sets or replaces one document; unchanged bytes cost nothing. PAYLOAD is copied, N is at least 1.
 * -ENOBUFS or -EMSGSIZE at a bound: the old one stays. */
int upstream_set_retained(
	struct upstream *u, const struct retained_doc *doc, const void *payload, size_t n);
/* Publishes an empty payload, which makes the broker forget the document, now or after the next
 * connect; works for topics that were not set in this run too. */
int upstream_clear_retained(struct upstream *u, enum retained_rank rank, const char *suffix);

/* Publishes all retained documents of rank FROM and behind once more, as after a connect. */
void upstream_resend_retained(struct upstream *u, enum retained_rank from);

/* Filter behind the base, or a whole one after '/'. Subscribed after every connect. At most 8. */
int upstream_subscribe(struct upstream *u, const char *suffix);

/* Publishes an answer once, QoS 1 and not retained, from memory alone: sent again after a reconnect
 * until it is acknowledged or UPSTREAM_ANSWER_US old; the oldest gives way to the 33rd. TOPIC is a whole
 * one, as the message asked it for; everything is copied. -EINVAL: not a topic to publish to;
 * -EMSGSIZE. */
int upstream_answer(struct upstream *u, const char *topic, const void *correlation,
	size_t n_correlation, const void *payload, size_t n);

/* While it is held nothing goes to the relay, not even the settings to connect with. */
void upstream_hold(struct upstream *u, bool hold);
/* Takes back every retained document that was set in this run. */
void upstream_clear_all_retained(struct upstream *u);
/* Planes that may leave although the configuration does not say so (assistance). What waits of a plane that
 * is taken back is not sent any more. */
void upstream_grant(struct upstream *u, unsigned planes);

/* The receiver says (hearth.receipt/1) that it has messages SEQS of EPOCH. Wrong epochs, numbers never
 * given, and what there is no room for are counted and otherwise nothing: a receiver says it again. */
void upstream_receipt(struct upstream *u, const char *epoch, const uint64_t *seqs, size_t n);

/* Unsent messages were deleted in the store (privacy was tightened): what the relay has is dropped,
 * and the outbox is read anew. */
void upstream_forget(struct upstream *u);

struct upstream_status {
	enum upstream_state state;
	char reason[RELAY_REASON_MAX]; /* a machine word, "" when all is well */
	char text[RELAY_TEXT_MAX];     /* for people, control bytes escaped */
	char relay_version[32];
	uint64_t since_us; /* of the state */
	uint64_t last_seq, last_acked, last_acked_us;
	uint64_t waiting[_OUT_CLASS_MAX], waiting_bytes;
	uint64_t unreceipted; /* of those waiting: the broker has them, the receiver is silent */
	uint64_t receipts, bad_receipts; /* numbers confirmed, and refused; since start */
	uint64_t lost;                   /* dropped at the bound since the epoch */
	char refusal[RELAY_TEXT_MAX];    /* the last one's text */
	uint64_t refused;                /* refused by the broker since start */
	uint64_t connections;            /* since start */
	uint64_t bad_acks;               /* acknowledgements of nothing; since start */
	unsigned in_flight, jobs;
	unsigned retained, retained_unacked;
	int store_error; /* negative errno while the store refuses, else 0 */
};
void upstream_get_status(const struct upstream *u, struct upstream_status *ret);

/* --- for the glue below the manager */

void upstream_run(struct upstream *u);           /* whatever is due; from wake */
void upstream_on_relay_here(struct upstream *u); /* a relay connected to the socket */
void upstream_on_relay_gone(struct upstream *u);
void upstream_on_writable(struct upstream *u);
/* One checked datagram (relay_msg_parse). -EPROTO or -EBADMSG: close the connection. */
int upstream_on_relay_msg(struct upstream *u, const struct relay_view *view);

#endif
