/* SPDX-License-Identifier: Apache-2.0 */
/* On virtual time, against a journal and a relay in memory. The journal does what journal.h says, one
 * request at a time, only when a test lets it (run_store), and fails when it is told to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/upstream.h"

/* --- the journal */

enum op_kind { OP_OPEN, OP_PUT, OP_FETCH, OP_ACKED, OP_RECEIPT, OP_DROP, OP_LOST };

struct op {
	enum op_kind kind;
	struct out_message message;
	uint64_t seq, seqs[OUT_RECEIPT_MAX], cursor;
	size_t n_seqs, max;
	void (*fn)(void);
	void *userdata;
};

static struct {
	struct op ops[256];
	size_t head, tail;
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

/* --- the relay's socket, the clock */

struct sent {
	struct relay_msg msg;
	char topic[RELAY_TOPIC_MAX];
	char payload[512];
	char extra[RELAY_EXTRA_MAX];
};

static struct {
	struct sent v[1024];
	size_t n, taken;
	bool full;
	unsigned dropped;
	uint64_t now, wake;
} io;

static struct {
	unsigned ready, connect, changed, message;
	char topic[RELAY_TOPIC_MAX], suffix[RELAY_TOPIC_MAX];
	bool no_suffix, retained, deflated;
	size_t n, n_correlation;
	char response[RELAY_TOPIC_MAX], correlation[RELAY_CORRELATION_MAX];
} seen;

static struct upstream_config config;
static struct upstream *u;

static int post(struct op op)
{
	if (store.post_error)
		return store.post_error;
	assert_true(store.tail - store.head < ARRAY_SIZE(store.ops));
	store.ops[store.tail++ % ARRAY_SIZE(store.ops)] = op;
	return 0;
}

static int f_open(void *s, const char *upstream, journal_out_state_fn fn, void *userdata)
{
	assert_string_equal(upstream, "cloud");
	return post((struct op){.kind = OP_OPEN, .fn = (void (*)(void))fn, .userdata = userdata});
}

static int f_put(void *s, const char *upstream, struct out_message *m, uint64_t cursor,
	uint64_t max_bytes, journal_done_fn done, void *userdata)
{
	struct op op = {.kind = OP_PUT, .message = *m, .cursor = cursor, .userdata = userdata};
	int r;

	op.fn = (void (*)(void))done;
	m->payload = NULL;
	r = post(op);
	if (r < 0)
		free(op.message.payload);
	return r;
}

static int f_fetch(void *s, const char *upstream, const uint64_t *in_flight, size_t n, size_t max,
	uint64_t now_us, uint64_t session_us, journal_out_fetch_fn fn, void *userdata)
{
	struct op op = {.kind = OP_FETCH,
		.n_seqs = n,
		.max = max,
		.cursor = now_us,
		.seq = session_us,
		.userdata = userdata};

	assert_true(n <= ARRAY_SIZE(op.seqs) && max > 0 && max <= UPSTREAM_WINDOW_MAX);
	op.fn = (void (*)(void))fn;
	memcpy(op.seqs, in_flight, n * sizeof(*in_flight));
	return post(op);
}

static int f_acked(void *s, const char *up, uint64_t seq, uint64_t await_us, journal_done_fn done,
	void *userdata)
{
	store.awaiting += await_us != 0;
	return post((struct op){.kind = OP_ACKED,
		.seq = seq,
		.cursor = await_us,
		.fn = (void (*)(void))done,
		.userdata = userdata});
}

static int f_receipt(void *s, const char *up, const uint64_t *seqs, size_t n, journal_done_fn done,
	void *userdata)
{
	struct op op = {.kind = OP_RECEIPT, .n_seqs = n, .userdata = userdata};

	assert_true(n <= ARRAY_SIZE(op.seqs));
	op.fn = (void (*)(void))done;
	memcpy(op.seqs, seqs, n * sizeof(*seqs));
	return post(op);
}

static int f_drop(void *s, const char *up, uint64_t seq, journal_done_fn done, void *userdata)
{
	return post((struct op){
		.kind = OP_DROP, .seq = seq, .fn = (void (*)(void))done, .userdata = userdata});
}

static int f_lost(void *s, const char *up, journal_lost_fn fn, void *userdata)
{
	return post((struct op){.kind = OP_LOST, .fn = (void (*)(void))fn, .userdata = userdata});
}

static void do_put(struct op *op)
{
	int error = store.op_error;

	store.puts++;
	if (op->message.seq != store.state.last_seq + 1)
		error = -ESTALE;
	if (error == 0 || store.put_succeeds_but_says_error) {
		store.rows[store.n_rows] = op->message;
		store.gone[store.n_rows++] = false;
		store.state.last_seq = op->message.seq;
		store.state.cursor = op->cursor;
		store.state.waiting[op->message.class]++;
		store.n_lost = 0;
	} else {
		free(op->message.payload);
	}
	((journal_done_fn)op->fn)(error, op->userdata);
}

static void do_fetch(const struct op *op)
{
	struct out_message v[UPSTREAM_WINDOW_MAX];
	size_t n = 0;

	store.fetches++;
	for (int c = 0; c < _OUT_CLASS_MAX; c++)
		for (size_t i = 0; i < store.n_rows && n < op->max; i++) {
			bool due = op->cursor >= store.sent[i] + 120 * USEC_PER_SEC ||
				   store.sent[i] < op->seq;
			bool skip = (store.awaits[i] && !due) || store.gone[i] ||
				    (int)store.rows[i].class != c;

			for (size_t k = 0; k < op->n_seqs; k++)
				skip |= op->seqs[k] == store.rows[i].seq;
			if (!skip)
				v[n++] = store.rows[i];
		}
	((journal_out_fetch_fn)op->fn)(
		store.op_error, store.op_error ? NULL : v, store.op_error ? 0 : n, op->userdata);
}

static void do_gone(const struct op *op)
{
	if (op->kind == OP_ACKED)
		store.acked++;
	else
		store.drops++;
	for (size_t i = 0; i < store.n_rows && store.op_error == 0; i++)
		if (store.rows[i].seq == op->seq && !store.gone[i]) {
			if (op->kind == OP_ACKED && op->cursor) {
				store.state.unreceipted += !store.awaits[i];
				store.awaits[i] = true;
				store.sent[i] = op->cursor;
				store.state.last_acked = MAX(store.state.last_acked, op->seq);
				break;
			}
			store.gone[i] = true;
			store.state.waiting[store.rows[i].class]--;
			if (op->kind == OP_DROP) {
				store.state.lost_messages++;
				store.lost[store.n_lost++] = (struct seq_range){op->seq, op->seq};
			} else {
				store.state.last_acked = MAX(store.state.last_acked, op->seq);
			}
		}
	((journal_done_fn)op->fn)(store.op_error, op->userdata);
}

static void do_receipt(const struct op *op)
{
	for (size_t i = 0; i < store.n_rows && store.op_error == 0; i++)
		for (size_t k = 0; k < MAX(op->n_seqs, 1u); k++)
			if (store.awaits[i] && !store.gone[i] &&
				(op->n_seqs == 0 || store.rows[i].seq == op->seqs[k])) {
				store.gone[i] = true;
				store.state.unreceipted--;
				store.state.waiting[store.rows[i].class]--;
			}
	((journal_done_fn)op->fn)(store.op_error, op->userdata);
}

static bool store_step(void)
{
	struct op op;
	int error = store.op_error;

	if (store.head == store.tail)
		return false;
	op = store.ops[store.head++ % ARRAY_SIZE(store.ops)];
	store.unknown = store.unknown && op.kind != OP_OPEN;
	if (store.unknown)
		store.op_error = -ENOENT;
	switch (op.kind) {
	case OP_OPEN:
		((journal_out_state_fn)op.fn)(
			store.op_error, store.op_error ? NULL : &store.state, op.userdata);
		break;
	case OP_LOST:
		((journal_lost_fn)op.fn)(store.op_error, store.lost, store.n_lost, op.userdata);
		break;
	case OP_PUT:
		do_put(&op);
		break;
	case OP_FETCH:
		do_fetch(&op);
		break;
	case OP_RECEIPT:
		do_receipt(&op);
		break;
	case OP_ACKED:
	case OP_DROP:
		do_gone(&op);
		break;
	}
	store.op_error = error;
	return true;
}

static void run_store(void)
{
	for (unsigned i = 0; store_step(); i++)
		assert_true(i < 10000); /* a loop that never ends */
}

/* --- io */

static int f_send(
	void *x, const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	static unsigned char buf[RELAY_MSG_MAX];
	struct relay_view v;
	struct sent *s;
	size_t n = sizeof(*m);

	if (io.full)
		return -EAGAIN;
	/* All that hearthd sends must pass the relay's own check. */
	memcpy(buf, m, n);
	if (m->n1)
		memcpy(buf + n, p1, m->n1);
	n += m->n1;
	if (m->n2)
		memcpy(buf + n, p2, m->n2);
	n += m->n2;
	if (m->n3)
		memcpy(buf + n, p3, m->n3);
	n += m->n3;
	assert_int_equal(relay_msg_parse(buf, n, false, &v), 0);
	assert_true(io.n < ARRAY_SIZE(io.v));
	s = &io.v[io.n++];
	*s = (struct sent){.msg = *m};
	if (m->type == RELAY_PUBLISH || m->type == RELAY_SUBSCRIBE) {
		memcpy(s->topic, p1, m->n1);
		memcpy(s->payload, p2 ? p2 : "", MIN(m->n2, sizeof(s->payload) - 1));
		memcpy(s->extra, p3 ? p3 : "", m->n3);
	} else if (m->type == RELAY_SETTINGS) {
		const struct relay_settings *set = p1;

		strcpy(s->topic, set->will_topic);
		strcpy(s->payload, set->will_payload);
	}
	return 0;
}

static void f_drop_io(void *x)
{
	io.dropped++;
}

static uint64_t f_now(void *x)
{
	return io.now;
}

static void f_wake(void *x, uint64_t at)
{
	io.wake = at;
}

/* Time goes on to the next timer, within a bound. */
static void advance(uint64_t us)
{
	uint64_t until = io.now + us;

	for (unsigned i = 0; io.wake <= until; i++) {
		assert_true(i < 100000);
		io.now = MAX(io.now, io.wake);
		io.wake = USEC_INFINITY;
		upstream_run(u);
		run_store();
	}
	io.now = until;
}

/* The next thing sent, or NULL. */
static struct sent *next(void)
{
	return io.taken < io.n ? &io.v[io.taken++] : NULL;
}

static struct sent *next_publish(void)
{
	struct sent *s = next();

	if (s)
		assert_int_equal(s->msg.type, RELAY_PUBLISH);
	return s;
}

static void from_relay(enum relay_msg_type type, uint64_t id, uint32_t a, unsigned flags,
	const char *p1, const char *p2)
{
	struct relay_view v = {.p1 = p1, .p2 = p2};

	v.msg = relay_msg_make(
		type, id, a, (uint16_t)flags, p1 ? strlen(p1) : 0, p2 ? strlen(p2) : 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	run_store();
}

static void ack(uint64_t id)
{
	from_relay(RELAY_ACK, id, 0, 0, NULL, NULL);
}

static void connect_session(uint64_t session)
{
	from_relay(RELAY_STATE, session, RELAY_CONNECTED, 0, NULL, NULL);
}

/* --- the manager */

static void on_ready(struct upstream *up, void *x)
{
	seen.ready++;
	assert_int_equal(upstream_set_will(up, "offline"), 0);
}
static void on_connect(struct upstream *up, void *x)
{
	seen.connect++;
}
static void on_changed(struct upstream *up, void *x)
{
	seen.changed++;
}
static void on_message(struct upstream *up, const struct upstream_message *m, void *x)
{
	seen.message++;
	strcpy(seen.topic, m->topic);
	seen.no_suffix = !m->suffix;
	strcpy(seen.suffix, m->suffix ? m->suffix : "");
	seen.n = m->n;
	strcpy(seen.response, m->response);
	seen.n_correlation = m->n_correlation;
	if (m->n_correlation)
		memcpy(seen.correlation, m->correlation, m->n_correlation);
	seen.retained = m->retained;
	seen.deflated = m->deflated;
}

static unsigned composed, done_ok, done_bad;
static uint64_t done_seq;
static int done_error;

static int compose(
	struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
{
	char *text;
	int n;

	composed++;
	n = asprintf(&text, "%s seq=%llu prev=%llu epoch=%s lost=%zu", (char *)job,
		(unsigned long long)in->seq, (unsigned long long)in->prev, in->epoch, in->n_lost);
	assert_true(n > 0);
	ret->payload = text;
	ret->n = (size_t)n;
	ret->cursor = in->cursor + 10;
	return 0;
}

static void composed_done(struct upstream *up, int error, uint64_t seq, void *job)
{
	if (error == 0)
		done_ok++;
	else
		done_bad++;
	done_error = error;
	done_seq = seq;
	free(job);
}

static void send_one(enum out_class class, const char *suffix, const char *text)
{
	assert_int_equal(
		upstream_compose(u, class, suffix, compose, composed_done, strdup(text)), 0);
}

static const struct upstream_env env = {
	.out_open = f_open,
	.out_put = f_put,
	.out_fetch = f_fetch,
	.out_acked = f_acked,
	.out_receipt = f_receipt,
	.out_drop = f_drop,
	.out_lost = f_lost,
	.send = f_send,
	.drop = f_drop_io,
	.now = f_now,
	.wake = f_wake,
};
static const struct upstream_ops ops = {on_ready, on_connect, on_changed, on_message};

static void start(unsigned window)
{
	config = (struct upstream_config){
		.id = (char *)"cloud",
		.url = (char *)"mqtt://broker.example",
		.mqtt_version = 5,
		.prefix = (char *)"hearth/v1",
		.keepalive_us = 60 * USEC_PER_SEC,
		.max_bytes = 1 << 20,
		.window = window,
		.level = LEVEL_FULL,
		.planes = PLANE_EVENT | PLANE_REPORT,
	};
	assert_int_equal(upstream_new(&config, &env, &ops, NULL, &u), 0);
}

static int setup(void **state)
{
	memset(&store, 0, sizeof(store));
	memset(&io, 0, sizeof(io));
	memset(&seen, 0, sizeof(seen));
	composed = done_ok = done_bad = 0;
	done_seq = 0;
	done_error = 0;
	io.wake = USEC_INFINITY;
	io.now = 1000 * USEC_PER_SEC;
	strcpy(store.state.epoch, "7f3a91c2");
	strcpy(store.state.gw_alias, "k3v9");
	start(4);
	return 0;
}

static int teardown(void **state)
{
	u = upstream_free(u);
	run_store();
	for (size_t i = 0; i < store.n_rows; i++)
		free(store.rows[i].payload);
	return 0;
}

/* Up to a connection with nothing retained. */
static void bring_up(void)
{
	run_store();
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	connect_session(1);
	io.taken = io.n;
}

static struct upstream_status status(void)
{
	struct upstream_status s;

	upstream_get_status(u, &s);
	return s;
}

/* --- tests */

static void test_states(void **state)
{
	struct sent *s;

	assert_int_equal(status().state, UPSTREAM_OPENING);
	assert_false(upstream_ready(u));
	run_store();
	assert_int_equal(seen.ready, 1);
	assert_int_equal(status().state, UPSTREAM_NO_RELAY);
	assert_string_equal(status().reason, "no-relay");
	assert_string_equal(upstream_base(u), "hearth/v1/k3v9");

	upstream_on_relay_here(u);
	assert_null(next()); /* nothing before its HELLO */
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	s = next();
	assert_non_null(s);
	assert_int_equal(s->msg.type, RELAY_SETTINGS);
	assert_string_equal(s->topic, "hearth/v1/k3v9/status"); /* the will */
	assert_string_equal(s->payload, "offline");
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	assert_int_equal(status().state, UPSTREAM_CONNECTING);
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "dns", "no\x1b[31msuch name");
	assert_int_equal(status().state, UPSTREAM_DISCONNECTED);
	assert_string_equal(status().reason, "dns");
	assert_null(strchr(status().text, 0x1b));
	connect_session(1);
	assert_int_equal(status().state, UPSTREAM_CONNECTED);
	assert_int_equal(seen.connect, 1);
	assert_int_equal(status().connections, 1);
	upstream_on_relay_gone(u);
	assert_int_equal(status().state, UPSTREAM_NO_RELAY);
}

static void test_relay_that_lies(void **state)
{
	struct relay_view v = {};

	run_store();
	upstream_on_relay_here(u);
	v.msg = relay_msg_make(RELAY_STATE, 1, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* before HELLO */
	v.msg = relay_msg_make(RELAY_HELLO, 0, RELAY_PROTOCOL + 1, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO);
	v.msg = relay_msg_make(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* twice */
	connect_session(5);
	v.msg = relay_msg_make(RELAY_STATE, 5, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* the same session again */
	v.msg = relay_msg_make(RELAY_PUBLISH, 1, 5, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO);
	ack(4711);
	from_relay(RELAY_REFUSED, 4711, 0, 0, NULL, NULL);
	assert_int_equal(status().bad_acks, 2);
	assert_int_equal(store.acked, 0);
}

static void test_numbers_and_prev(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_REPORT, "report", "r");
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_int_equal(done_ok, 3);
	/* The event overtakes the report that was queued before it; prev counts by topic. */
	assert_string_equal(next_publish()->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");
	assert_string_equal(next_publish()->payload, "f seq=2 prev=1 epoch=7f3a91c2 lost=0");
	assert_string_equal(next_publish()->payload, "r seq=3 prev=0 epoch=7f3a91c2 lost=0");
	assert_null(next());
	assert_int_equal(upstream_cursor(u), 30);
	assert_int_equal(status().waiting[OUT_EVENT], 2);
	assert_int_equal(status().in_flight, 3);
}

static void test_prev_after_restart(void **state)
{
	u = upstream_free(u);
	run_store();
	store.state.last_seq = 4710;
	store.state.n_topics = 2;
	strcpy(store.state.topics[0].topic, "hearth/v1/k3v9/report");
	store.state.topics[0].last_seq = 4709;
	strcpy(store.state.topics[1].topic, "hearth/v1/k3v9/event");
	store.state.topics[1].last_seq = 4710;
	start(4);
	bring_up();
	send_one(OUT_REPORT, "report", "r");
	run_store();
	assert_string_equal(next_publish()->payload, "r seq=4711 prev=4709 epoch=7f3a91c2 lost=0");
}

static void test_nothing_leaves_before_it_is_durable(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step()); /* lost ranges */
	assert_int_equal(composed, 1);
	assert_int_equal(done_ok, 0);
	assert_null(next());
	assert_true(store_step()); /* put */
	assert_int_equal(done_ok, 1);
	assert_null(next());
	run_store();
	assert_non_null(next_publish());
}

static void test_window_and_acks_out_of_order(void **state)
{
	bring_up();
	for (int i = 0; i < 10; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (uint64_t i = 1; i <= 4; i++)
		assert_int_equal(next_publish()->msg.id, i);
	assert_null(next());
	ack(3);
	assert_int_equal(next_publish()->msg.id, 5);
	assert_null(next());
	assert_int_equal(status().last_acked, 3);
	ack(3); /* twice */
	assert_int_equal(status().bad_acks, 1);
	assert_null(next());
	ack(1);
	ack(5);
	ack(4);
	ack(2);
	assert_int_equal(next_publish()->msg.id, 6);
	for (uint64_t i = 6; i <= 10; i++)
		ack(i);
	assert_int_equal(status().last_acked, 10);
	assert_int_equal(status().in_flight, 0);
	assert_int_equal(status().waiting[OUT_EVENT], 0);
	assert_int_equal(status().waiting_bytes, 0);
	assert_int_equal(store.acked, 10);
	for (size_t i = 0; i < store.n_rows; i++)
		assert_true(store.gone[i]);
}

static void test_same_bytes_again(void **state)
{
	struct sent first[3];

	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (int i = 0; i < 3; i++)
		first[i] = *next_publish();
	ack(2);
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	assert_null(next());
	assert_int_equal(status().in_flight, 0);
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	connect_session(2);
	for (int i = 0; i < 3; i += 2) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_string_equal(s->payload, first[i].payload);
		assert_int_equal(s->msg.id, first[i].msg.id);
		assert_int_equal(s->msg.a, 2);
	}
	assert_null(next());
	assert_int_equal(composed, 3);

	/* The relay dies mid-window: the same from the next one. */
	upstream_on_relay_gone(u);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	assert_int_equal(next()->msg.type, RELAY_SETTINGS);
	connect_session(1); /* a new process counts anew */
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 3);
	assert_null(next());
}

static void test_answer_for_an_older_session(void **state)
{
	struct relay_view v = {};

	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step());
	assert_true(store_step()); /* durable; a fetch is under way */
	upstream_on_relay_gone(u);
	run_store(); /* its answer must not be taken as sent */
	assert_null(next());
	assert_int_equal(status().in_flight, 0);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	(void)next();
	connect_session(1);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());

	/* Asked for what comes behind 1; answered when 1 is unsent again: it must not overtake. */
	send_one(OUT_EVENT, "event", "f");
	while (done_ok < 2)
		assert_true(store_step());
	v.msg = relay_msg_make(RELAY_STATE, 2, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 2);
	assert_null(next());
}

static void set_doc(enum retained_rank rank, const char *suffix, const char *text)
{
	struct retained_doc d = {.rank = rank, .suffix = suffix, .content_type = "text/plain"};

	assert_int_equal(upstream_set_retained(u, &d, text, strlen(text)), 0);
}

static void test_retained_before_messages(void **state)
{
	struct sent *s;
	uint64_t ids[4];

	bring_up();
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	set_doc(RETAINED_STATE, "a/ac/state", "s");
	set_doc(RETAINED_INFO, "info", "i");
	set_doc(RETAINED_META, "a/ac/meta", "m");
	set_doc(RETAINED_STATUS, "status", "on");
	set_doc(RETAINED_AVAILABILITY, "a/ac/availability", "online");
	send_one(OUT_URGENT, "event", "fire");
	run_store();
	assert_null(next());
	connect_session(2);
	for (int i = 0; i < 4; i++) {
		static const char *const order[] = {"status", "info", "a/ac/meta", "a/ac/state"};
		char topic[64];

		s = next_publish();
		snprintf(topic, sizeof(topic), "hearth/v1/k3v9/%s", order[i]);
		assert_string_equal(s->topic, topic);
		assert_true(s->msg.flags & RELAY_RETAINED);
		ids[i] = s->msg.id;
	}
	assert_null(next()); /* the window */
	assert_int_equal(status().state, UPSTREAM_SYNCING);
	for (int i = 3; i >= 0; i--)
		ack(ids[i]);
	s = next_publish();
	assert_string_equal(s->topic, "hearth/v1/k3v9/a/ac/availability");
	assert_null(next()); /* not even an urgent one before the last is acknowledged */
	ack(s->msg.id);
	assert_int_equal(status().state, UPSTREAM_CONNECTED);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());
}

static void test_retained_changes(void **state)
{
	struct sent *s;
	uint64_t id;

	bring_up();
	set_doc(RETAINED_STATE, "a/ac/state", "1");
	s = next_publish();
	id = s->msg.id;
	assert_string_equal(s->payload, "1");
	set_doc(RETAINED_STATE, "a/ac/state", "2");
	set_doc(RETAINED_STATE, "a/ac/state", "3");
	assert_null(next()); /* one copy at a time: 1 may not come after 3 */
	ack(id);
	s = next_publish();
	assert_string_equal(s->payload, "3");
	ack(s->msg.id);
	set_doc(RETAINED_STATE, "a/ac/state", "3"); /* unchanged */
	assert_null(next());

	assert_int_equal(upstream_clear_retained(u, RETAINED_STATE, "a/ac/state"), 0);
	s = next_publish();
	assert_int_equal(s->msg.n2, 0);
	assert_true(s->msg.flags & RELAY_RETAINED);
	assert_int_equal(status().retained, 1);
	ack(s->msg.id);
	assert_int_equal(status().retained, 0);

	/* A topic of another life is cleared at the next connect. */
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	assert_int_equal(upstream_clear_retained(u, RETAINED_DISCOVERY, "/homeassistant/x"), 0);
	connect_session(2);
	s = next_publish();
	assert_string_equal(s->topic, "homeassistant/x");
	assert_int_equal(s->msg.n2, 0);
}

static void test_busy_state_holds_up_no_alarm(void **state)
{
	char suffix[32];
	unsigned retained = 0, alarms = 0;

	bring_up();
	for (int i = 0; i < 20; i++) {
		snprintf(suffix, sizeof(suffix), "a/x%d/state", i);
		set_doc(RETAINED_STATE, suffix, "1");
	}
	for (int i = 0; i < 4; i++)
		send_one(OUT_URGENT, "event", "fire");
	run_store();
	for (struct sent *s = next_publish(); s; s = next_publish())
		if (s->msg.flags & RELAY_RETAINED)
			retained++;
		else
			alarms++;
	assert_int_equal(retained, 2);
	assert_int_equal(alarms, 2);
}

static void test_window_of_one(void **state)
{
	unsigned retained = 0, events = 0;
	char text[16];

	u = upstream_free(u);
	run_store();
	start(1);
	bring_up();
	set_doc(RETAINED_STATE, "a/ac/state", "x");
	for (int i = 0; i < 6; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (int i = 0; i < 8; i++) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_null(next());
		/* It changes all the time. */
		snprintf(text, sizeof(text), "%d", i);
		set_doc(RETAINED_STATE, "a/ac/state", text);
		if (s->msg.flags & RELAY_RETAINED)
			retained++;
		else
			events++;
		ack(s->msg.id);
	}
	assert_int_equal(retained, 4);
	assert_int_equal(events, 4);
}

static void test_bounds(void **state)
{
	static char big[RELAY_PAYLOAD_MAX + 1];
	struct retained_doc d = {.rank = RETAINED_STATE, .suffix = "a/x/state"};
	char suffix[32];
	int r = 0;

	assert_int_equal(upstream_set_retained(u, &d, "x", 1), -EAGAIN); /* not ready */
	bring_up();
	assert_int_equal(upstream_set_retained(u, &d, big, sizeof(big)), -EMSGSIZE);
	assert_int_equal(upstream_set_retained(u, &d, big, 0), -EINVAL);
	for (int i = 0; r == 0; i++) {
		snprintf(suffix, sizeof(suffix), "a/y%d/state", i);
		d.suffix = suffix;
		r = upstream_set_retained(u, &d, big, sizeof(big) - 1);
		assert_true(i <= 16);
	}
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(status().retained, 1024 * 1024 / RELAY_PAYLOAD_MAX);

	store.post_error = -EIO;
	for (int i = 0; i < UPSTREAM_JOBS_MAX; i++)
		send_one(OUT_REPORT, "report", "r");
	assert_int_equal(
		upstream_compose(u, OUT_URGENT, "event", compose, composed_done, NULL), -ENOBUFS);
	assert_int_equal(status().jobs, UPSTREAM_JOBS_MAX);
	store.post_error = 0;
	/* What was queued ends, once each, when the upstream goes. */
	u = upstream_free(u);
	assert_int_equal(done_bad, UPSTREAM_JOBS_MAX);
	assert_int_equal(done_error, -ECANCELED);
}

static void test_store_errors_lose_no_job(void **state)
{
	bring_up();
	store.op_error = -ENOSPC;
	send_one(OUT_EVENT, "event", "e");
	run_store();
	advance(10 * USEC_PER_MIN);
	assert_int_equal(done_ok + done_bad, 0);
	assert_int_equal(status().store_error, -ENOSPC);
	assert_int_equal(status().jobs, 1);
	store.op_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_int_equal(done_ok, 1);
	assert_int_equal(done_seq, 1);
	assert_int_equal(status().store_error, 0);
	assert_string_equal(next_publish()->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");

	/* Refused at the door: the same. */
	store.post_error = -ENOBUFS;
	send_one(OUT_EVENT, "event", "f");
	advance(USEC_PER_MIN);
	assert_int_equal(done_ok, 1);
	store.post_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_int_equal(done_ok, 2);
}

static void test_put_stored_though_it_failed(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step());
	store.op_error = -EIO;
	store.put_succeeds_but_says_error = true;
	assert_true(store_step());
	store.op_error = 0;
	store.put_succeeds_but_says_error = false;
	advance(5 * USEC_PER_SEC);
	assert_int_equal(store.n_rows, 1); /* not under a second number */
	assert_int_equal(done_ok, 1);
	assert_int_equal(done_seq, 1);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());
}

static void test_ack_survives_store_errors(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_non_null(next_publish());
	store.op_error = -EIO;
	ack(1);
	/* Acknowledged, and the store cannot forget it: never sent again, also not after a reconnect. */
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	connect_session(2);
	advance(USEC_PER_MIN);
	assert_null(next());
	store.op_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_null(next());
	assert_true(store.gone[0]);
	assert_int_equal(status().waiting[OUT_EVENT], 0);
}

static void test_refused(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	io.taken = io.n;
	from_relay(RELAY_REFUSED, 1, 0x95, RELAY_FOR_GOOD, "packet too large", NULL);
	from_relay(RELAY_REFUSED, 2, 0x87, 0, "not authorized", NULL);
	ack(3);
	assert_int_equal(store.drops, 1);
	assert_int_equal(status().refused, 2);
	assert_string_equal(status().refusal, "not authorized");
	assert_null(next());
	/* What was dropped is stated by the next message. */
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_string_equal(next_publish()->payload, "f seq=4 prev=3 epoch=7f3a91c2 lost=1");
	ack(4);
	advance(14 * USEC_PER_MIN);
	assert_null(next());
	advance(2 * USEC_PER_MIN);
	assert_int_equal(next_publish()->msg.id, 2);
	assert_null(next());
	/* A new connection may have new rights: at once. */
	from_relay(RELAY_REFUSED, 2, 0x87, 0, "not authorized", NULL);
	connect_session(2);
	assert_int_equal(next_publish()->msg.id, 2);
}

static void test_everything_refused(void **state)
{
	bring_up();
	for (int i = 0; i < 40; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (struct sent *s = next_publish(); s; s = next_publish())
		from_relay(RELAY_REFUSED, s->msg.id, 0x87, 0, "no", NULL);
	/* HELD_MAX of them, the window at the moment of the bound, and then silence. */
	assert_in_range(io.taken, 17, 30);
	assert_int_equal(store.drops, 0);
	advance(10 * USEC_PER_MIN);
	assert_null(next());
	advance(6 * USEC_PER_MIN);
	assert_non_null(next());
}

static void test_socket_full(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	io.full = true;
	run_store();
	assert_null(next());
	advance(USEC_PER_HOUR); /* no timer turns on it meanwhile */
	assert_true(store.fetches < 5);
	io.full = false;
	upstream_on_writable(u);
	run_store();
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(next_publish()->msg.id, i);
	assert_null(next());
}

static void test_drain_is_bounded_but_not_for_events(void **state)
{
	uint64_t t0;
	unsigned n = 0;

	run_store();
	for (int i = 0; i < 200; i++) {
		send_one(OUT_REPORT, "report", "r");
		run_store();
	}
	bring_up();
	io.taken = 0;
	t0 = io.now;
	while (n < 200) {
		struct sent *s = next();

		if (!s) {
			advance(10 * USEC_PER_MSEC);
			assert_true(io.now - t0 < USEC_PER_MIN);
			continue;
		}
		if (s->msg.type != RELAY_PUBLISH)
			continue;
		n++;
		if (n == 100) {
			/* In the middle of it an alarm goes at once. */
			send_one(OUT_URGENT, "event", "fire");
			run_store();
			ack(s->msg.id);
			s = next_publish();
			assert_non_null(s);
			assert_int_equal(s->msg.id, 201);
		}
		ack(s->msg.id);
	}
	/* 32 at once, then 20 a second. */
	assert_in_range(io.now - t0, 8 * USEC_PER_SEC, 9 * USEC_PER_SEC);
	assert_true(store.fetches < 450);
}

static void test_new_epoch(void **state)
{
	bring_up();
	set_doc(RETAINED_STATUS, "status", "on");
	ack(next_publish()->msg.id);
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	/* The store is lost and begins anew while the message is under way. */
	strcpy(store.state.epoch, "00000001");
	strcpy(store.state.gw_alias, "neww");
	store.state.last_seq = 0;
	for (size_t i = 0; i < store.n_rows; i++)
		store.gone[i] = true;
	send_one(OUT_EVENT, "event", "f"); /* its put is refused, which makes it ask */
	run_store();
	advance(2 * USEC_PER_MIN);
	assert_int_equal(seen.ready, 2);
	assert_string_equal(upstream_epoch(u), "00000001");
	assert_string_equal(upstream_base(u), "hearth/v1/neww");
	ack(1); /* of the old one: not that of the new message 1 */
	assert_int_equal(status().bad_acks, 1);
	assert_int_equal(status().retained, 0);
	io.taken = io.n;
	connect_session(2);
	assert_string_equal(next_publish()->payload, "f seq=1 prev=0 epoch=00000001 lost=0");
}

/* The journal set its file aside while it did something else: the upstream hears of it first. */
static void test_store_that_knows_nothing(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	store.op_error = -EIO;
	ack(1); /* the store will not hear of this one before it is another's number */
	store.op_error = 0;
	strcpy(store.state.epoch, "00000001");
	store.state.last_seq = 0;
	store.gone[0] = true;
	store.unknown = true;
	send_one(OUT_EVENT, "event", "f");
	run_store();
	advance(2 * USEC_PER_MIN);
	assert_int_equal(seen.ready, 2);
	assert_int_equal(done_ok, 2);
	assert_false(store.gone[1]);
	io.taken = io.n;
	connect_session(2);
	assert_string_equal(next_publish()->payload, "f seq=1 prev=0 epoch=00000001 lost=0");
}

/* Tightened with reports waiting: they are written off, and the next message says so. */
/* Receipts=yes: an event stays until the receiver itself has answered. */
static void test_receipts(void **state)
{
	uint64_t one = 1, two[] = {2, 99, 0};
	struct sent *s;

	config.receipts = true;
	bring_up();
	io.taken = io.n;
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_REPORT, "report", "r");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 2);
	ack(1);
	ack(2);
	assert_int_equal(store.awaiting, 1); /* the report is done with its PUBACK */
	assert_int_equal(status().unreceipted, 1);
	assert_int_equal(status().waiting[OUT_EVENT], 1);
	assert_int_equal(status().waiting[OUT_REPORT], 0);
	assert_null(next());
	/* Silence: the same bytes again, and it does not hold up others. */
	send_one(OUT_URGENT, "event", "u");
	run_store();
	assert_int_equal(next_publish()->msg.id, 3);
	ack(3);
	assert_null(next());
	advance(60 * USEC_PER_SEC);
	assert_null(next());
	advance(120 * USEC_PER_SEC);
	s = next_publish();
	assert_non_null(s);
	assert_int_equal(s->msg.id, 3); /* the urgent one first */
	s = next_publish();
	assert_int_equal(s->msg.id, 1);
	assert_string_equal(s->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");
	/* Its receipt comes before the acknowledgement. */
	upstream_receipt(u, "7f3a91c2", &one, 1);
	run_store();
	ack(1);
	assert_true(store.gone[0]);
	ack(3);
	assert_int_equal(status().unreceipted, 1);
	/* Another epoch, numbers never given, a report's: nothing. */
	upstream_receipt(u, "00000000", &(uint64_t){3}, 1);
	upstream_receipt(u, "7f3a91c2", two, 3);
	run_store();
	assert_int_equal(status().bad_receipts, 3);
	assert_int_equal(status().unreceipted, 1);
	/* After a reconnect it goes out again. */
	connect_session(7);
	advance(RELAY_TEXT_MAX * USEC_PER_SEC);
	s = next_publish();
	assert_non_null(s);
	assert_int_equal(s->msg.id, 3);
	ack(3);
	/* The store fails: the receipt is not forgotten. */
	store.op_error = -EIO;
	upstream_receipt(u, "7f3a91c2", &(uint64_t){3}, 1);
	run_store();
	store.op_error = 0;
	advance(5 * USEC_PER_SEC);
	assert_int_equal(status().unreceipted, 0);
	assert_int_equal(status().waiting[OUT_URGENT], 0);
	assert_int_equal(status().receipts, 4 - 1);
}

/* Switched off: what waits is done. */
static void test_receipts_off(void **state)
{
	config.receipts = true;
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	ack(1);
	assert_int_equal(status().unreceipted, 1);
	u = upstream_free(u);
	run_store();
	start(4);
	bring_up();
	advance(2 * USEC_PER_SEC);
	assert_int_equal(status().unreceipted, 0);
	assert_true(store.gone[0]);
	upstream_receipt(u, "7f3a91c2", &(uint64_t){1}, 1);
	assert_int_equal(status().bad_receipts, 1);
}

static void test_reports_withdrawn(void **state)
{
	run_store();
	send_one(OUT_REPORT, "report", "r");
	send_one(OUT_REPORT, "report", "s");
	send_one(OUT_EVENT, "event", "e");
	run_store();
	u = upstream_free(u);
	start(4);
	config.level = LEVEL_FAULTS;
	bring_up();
	io.taken = 0;
	advance(2 * USEC_PER_SEC);
	for (struct sent *s; (s = next());)
		assert_true(s->msg.type != RELAY_PUBLISH || !strstr(s->topic, "report"));
	assert_int_equal(store.drops, 2);
	assert_int_equal(status().waiting[OUT_REPORT], 0);
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_non_null(strstr(next_publish()->payload, "lost=2"));
}

static void test_forget(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	io.taken = io.n;
	store.gone[1] = true; /* withdrawn in the store first */
	upstream_forget(u);
	run_store();
	assert_int_equal(next()->msg.type, RELAY_FORGET);
	assert_null(next());
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "forget", "");
	connect_session(2);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 3);
	assert_null(next());
	/* Without room for the word the connection itself goes. */
	io.full = true;
	upstream_forget(u);
	assert_int_equal(io.dropped, 1);
}

static void test_down(void **state)
{
	bring_up();
	assert_int_equal(upstream_subscribe(u, "a/+/set/#"), 0);
	assert_int_equal(upstream_subscribe(u, "a/+/set/#"), 0); /* once */
	assert_string_equal(next()->topic, "hearth/v1/k3v9/a/+/set/#");
	assert_null(next());
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9/a/ac/set/mode", "cool");
	assert_string_equal(seen.suffix, "a/ac/set/mode");
	assert_int_equal(seen.n, 4);
	from_relay(RELAY_DOWN, 0, 0, 0, "homeassistant/status", NULL);
	assert_true(seen.no_suffix);
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9x/a", NULL);
	assert_true(seen.no_suffix);
	assert_int_equal(seen.message, 3);
	/* Told again to every new relay, behind the settings. */
	upstream_on_relay_gone(u);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	assert_int_equal(next()->msg.type, RELAY_SETTINGS);
	assert_int_equal(next()->msg.type, RELAY_SUBSCRIBE);
	assert_null(next());
}

static void test_down_with_an_address(void **state)
{
	char payload[] = "{}", p3[] = "reply/me\0\1\0\2";
	struct relay_view v = {.p1 = "hearth/v1/k3v9/cmd/set",
		.p2 = payload,
		.p3 = p3,
		.n_text = 8,
		.correlation = p3 + 9,
		.n_correlation = 3};

	bring_up();
	v.msg = relay_msg_make(
		RELAY_DOWN, 0, 0, RELAY_RETAINED | RELAY_DEFLATED, strlen(v.p1), 2, 12);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	assert_string_equal(seen.suffix, "cmd/set");
	assert_string_equal(seen.response, "reply/me");
	assert_int_equal(seen.n_correlation, 3);
	assert_memory_equal(seen.correlation, "\1\0\2", 3);
	assert_true(seen.retained && seen.deflated);
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9/cmd/set", "{}");
	assert_string_equal(seen.response, "");
	assert_int_equal(seen.n_correlation, 0);
	assert_false(seen.retained || seen.deflated);
}

static void test_answers(void **state)
{
	struct upstream_status status;
	struct sent *s;

	bring_up();
	assert_int_equal(upstream_answer(u, "reply/me", "\1\0", 2, "{\"result\":1}", 12), 0);
	s = next_publish();
	assert_non_null(s);
	assert_string_equal(s->topic, "reply/me");
	assert_string_equal(s->payload, "{\"result\":1}");
	assert_int_equal(s->msg.flags, RELAY_QOS1); /* not retained */
	assert_int_equal(s->msg.n3, strlen("application/json") + 3);
	assert_memory_equal(s->extra, "application/json\0\1\0", 19);
	assert_null(next());
	/* Not acknowledged: once more in the next session, not twice in this one. */
	connect_session(2);
	assert_string_equal(next_publish()->topic, "reply/me");
	assert_null(next());
	ack(io.v[io.taken - 1].msg.id);
	upstream_get_status(u, &status);
	assert_int_equal(status.in_flight, 0);
	connect_session(3);
	assert_null(next());
	/* Refused: not offered again. */
	assert_int_equal(upstream_answer(u, "reply/me", NULL, 0, "1", 1), 0);
	from_relay(RELAY_REFUSED, next_publish()->msg.id, 0x87, 0, "no", NULL);
	connect_session(4);
	assert_null(next());

	static char big[UPSTREAM_ANSWER_MAX + 1];

	assert_int_equal(upstream_answer(u, "reply/#", NULL, 0, "1", 1), -EINVAL);
	assert_int_equal(upstream_answer(u, "", NULL, 0, "1", 1), -EINVAL);
	assert_int_equal(
		upstream_answer(u, "t", big, RELAY_CORRELATION_MAX + 1, "1", 1), -EMSGSIZE);
	assert_int_equal(upstream_answer(u, "t", NULL, 0, big, sizeof(big)), -EMSGSIZE);
	assert_null(next());
}

static void test_answers_are_bounded(void **state)
{
	char text[16];

	/* No connection: the oldest give way, and after their time all do. */
	upstream_on_relay_here(u);
	run_store();
	for (unsigned i = 0; i < UPSTREAM_ANSWERS_MAX + 3; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(upstream_answer(u, "r", NULL, 0, text, strlen(text)), 0);
	}
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	connect_session(1);
	io.taken = 1; /* the settings */
	for (unsigned i = 3; i < UPSTREAM_ANSWERS_MAX + 3; i++) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_int_equal(strtoul(s->payload, NULL, 10), i);
		ack(s->msg.id);
	}
	assert_null(next());

	assert_int_equal(upstream_answer(u, "r", NULL, 0, "late", 4), 0);
	assert_string_equal(next_publish()->payload, "late");
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	advance(UPSTREAM_ANSWER_US + 1);
	connect_session(2);
	assert_null(next());
	/* Given up while it was at the relay: its place comes back with the acknowledgement. */
	assert_int_equal(upstream_answer(u, "r", NULL, 0, "slow", 4), 0);
	advance(UPSTREAM_ANSWER_US + 1);
	ack(next_publish()->msg.id);
	struct upstream_status status;

	upstream_get_status(u, &status);
	assert_int_equal(status.in_flight, 0);
	assert_int_equal(status.bad_acks, 0);
}

static int compose_nothing(
	struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
{
	return -ENODATA;
}

static int compose_huge(
	struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
{
	ret->n = RELAY_PAYLOAD_MAX + 1;
	ret->payload = calloc(1, ret->n);
	return 0;
}

static void test_compose_errors(void **state)
{
	bring_up();
	assert_int_equal(
		upstream_compose(u, OUT_REPORT, "report", compose_nothing, composed_done, NULL), 0);
	run_store();
	assert_int_equal(done_error, -ENODATA);
	assert_int_equal(
		upstream_compose(u, OUT_REPORT, "report", compose_huge, composed_done, NULL), 0);
	run_store();
	assert_int_equal(done_error, -EMSGSIZE);
	assert_int_equal(done_bad, 2);
	send_one(OUT_REPORT, "report", "r"); /* no number was used up */
	run_store();
	assert_int_equal(done_seq, 1);
	assert_int_equal(store.puts, 1);
}

static void test_freed_in_the_middle(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_EVENT, "event", "f");
	assert_true(store_step());
	u = upstream_free(u); /* a put is under way */
	assert_int_equal(done_bad, 1);
	assert_int_equal(done_error, -ECANCELED);
	run_store();
	assert_int_equal(done_ok, 1); /* stored it was, and its owner must not send it again */
	assert_int_equal(done_seq, 1);

	start(4);
	run_store();
	send_one(OUT_EVENT, "event", "g");
	assert_true(store_step());
	u = upstream_free(u);
	store.op_error = -ENOSPC;
	run_store();
	assert_int_equal(done_bad, 2);
	assert_int_equal(done_error, -ECANCELED);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_states),
		T(test_relay_that_lies),
		T(test_numbers_and_prev),
		T(test_prev_after_restart),
		T(test_nothing_leaves_before_it_is_durable),
		T(test_window_and_acks_out_of_order),
		T(test_same_bytes_again),
		T(test_answer_for_an_older_session),
		T(test_retained_before_messages),
		T(test_retained_changes),
		T(test_busy_state_holds_up_no_alarm),
		T(test_window_of_one),
		T(test_bounds),
		T(test_store_errors_lose_no_job),
		T(test_put_stored_though_it_failed),
		T(test_ack_survives_store_errors),
		T(test_refused),
		T(test_everything_refused),
		T(test_socket_full),
		T(test_drain_is_bounded_but_not_for_events),
		T(test_new_epoch),
		T(test_store_that_knows_nothing),
		T(test_receipts),
		T(test_receipts_off),
		T(test_reports_withdrawn),
		T(test_forget),
		T(test_down),
		T(test_down_with_an_address),
		T(test_answers),
		T(test_answers_are_bounded),
		T(test_compose_errors),
		T(test_freed_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
