/* SPDX-License-Identifier: Apache-2.0 */
/* An upstream named "cloud" on virtual time, with a journal, a relay and a manager in memory that note what they
 * are told and fail when they are told to: setup() and teardown() around each test. */
#ifndef TESTS_UPSTREAM_RIG_H
#define TESTS_UPSTREAM_RIG_H

#include "upstream-calls.h"

extern struct upstream *u;
extern struct upstream_config config;

extern struct store {
	struct out_message rows[512];
	bool gone[512];
	size_t n_rows;
	struct out_state state;
	struct seq_range lost[8];
	size_t n_lost;
	int post_error; /* of the next calls */
	int op_error;   /* of the next requests carried out */
	bool put_succeeds_but_says_error;
	bool unknown;     /* a new file: knows no upstream before it is opened */
	bool awaits[512]; /* a row: PUBACKed, waits for its receipt */
	uint64_t sent[512];
	unsigned awaiting;
	unsigned puts, fetches, acked, drops;
} store;

struct sent {
	struct relay_msg msg;
	char topic[RELAY_TOPIC_MAX];
	char payload[512];
	char extra[RELAY_EXTRA_MAX];
};

extern struct io {
	struct sent v[1024];
	size_t n, taken;
	bool full;
	unsigned dropped;
	uint64_t now, wake;
} io;

/* By the manager. */
extern struct seen {
	unsigned ready, connect, changed, message;
	char topic[RELAY_TOPIC_MAX], suffix[RELAY_TOPIC_MAX];
	bool no_suffix, retained, deflated;
	size_t n, n_correlation;
	char response[RELAY_TOPIC_MAX], correlation[RELAY_CORRELATION_MAX];
} seen;

int setup(void **state);
int teardown(void **state);
void start(unsigned window); /* instead of setup()'s, which has a window of 4 */
void bring_up(void);         /* to a connection with nothing retained */
struct upstream_status status(void);

bool store_step(void);     /* one request; false: there is none */
void run_store(void);      /* all of them, and what they lead to */
void advance(uint64_t us); /* time goes on, timer by timer */

struct sent *next(void); /* sent, or NULL */
struct sent *next_publish(void);
void from_relay(enum relay_msg_type type, uint64_t id, uint32_t a, unsigned flags, const char *p1,
	const char *p2);
void ack(uint64_t id);
void connect_session(uint64_t session);

/* A message of TEXT and what composing was told. */
void send_one(enum out_class class, const char *suffix, const char *text);
int compose(struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret);
void composed_done(struct upstream *up, int error, uint64_t seq, void *job);
void set_doc(enum retained_rank rank, const char *suffix, const char *text);
extern unsigned composed, done_ok, done_bad;
extern uint64_t done_seq;
extern int done_error;

#endif
