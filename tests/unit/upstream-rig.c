/* SPDX-License-Identifier: Apache-2.0 */
#include "upstream-rig.h"

struct store store;
struct io io;
struct seen seen;
struct upstream_config config;
struct upstream *u;

/* --- the journal */

int op_refuse(const struct op *op)
{
	store.awaiting += op->kind == OP_ACKED && op->now_us != 0;
	return store.post_error;
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
			bool due = op->now_us >= store.sent[i] + 120 * USEC_PER_SEC ||
				   store.sent[i] < op->session_us;
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
			if (op->kind == OP_ACKED && op->now_us) {
				store.state.unreceipted += !store.awaits[i];
				store.awaits[i] = true;
				store.sent[i] = op->now_us;
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

bool store_step(void)
{
	struct op op;
	int error = store.op_error;

	if (!op_take(&op))
		return false;
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

void run_store(void)
{
	for (unsigned i = 0; store_step(); i++)
		assert_true(i < 10000); /* a loop that never ends */
}

/* --- the relay */

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
void advance(uint64_t us)
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
struct sent *next(void)
{
	return io.taken < io.n ? &io.v[io.taken++] : NULL;
}

struct sent *next_publish(void)
{
	struct sent *s = next();

	if (s)
		assert_int_equal(s->msg.type, RELAY_PUBLISH);
	return s;
}

void from_relay(enum relay_msg_type type, uint64_t id, uint32_t a, unsigned flags, const char *p1,
	const char *p2)
{
	struct relay_view v = {.p1 = p1, .p2 = p2};

	v.msg = relay_msg_make(
		type, id, a, (uint16_t)flags, p1 ? strlen(p1) : 0, p2 ? strlen(p2) : 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	run_store();
}

void ack(uint64_t id)
{
	from_relay(RELAY_ACK, id, 0, 0, NULL, NULL);
}

void connect_session(uint64_t session)
{
	from_relay(RELAY_STATE, session, RELAY_CONNECTED, 0, NULL, NULL);
}

/* --- the manager */

unsigned composed, done_ok, done_bad;
uint64_t done_seq;
int done_error;

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

int compose(struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
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

void composed_done(struct upstream *up, int error, uint64_t seq, void *job)
{
	if (error == 0)
		done_ok++;
	else
		done_bad++;
	done_error = error;
	done_seq = seq;
	free(job);
}

void send_one(enum out_class class, const char *suffix, const char *text)
{
	assert_int_equal(
		upstream_compose(u, class, suffix, compose, composed_done, strdup(text)), 0);
}

void set_doc(enum retained_rank rank, const char *suffix, const char *text)
{
	struct retained_doc d = {.rank = rank, .suffix = suffix, .content_type = "text/plain"};

	assert_int_equal(upstream_set_retained(u, &d, text, strlen(text)), 0);
}

static struct upstream_env env = {
	.send = f_send,
	.drop = f_drop_io,
	.now = f_now,
	.wake = f_wake,
};
static const struct upstream_ops ops = {on_ready, on_connect, on_changed, on_message};

void start(unsigned window)
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
	upstream_env_calls(&env);
	assert_int_equal(upstream_new(&config, &env, &ops, NULL, &u), 0);
}

int setup(void **state)
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

int teardown(void **state)
{
	u = upstream_free(u);
	run_store();
	for (size_t i = 0; i < store.n_rows; i++)
		free(store.rows[i].payload);
	return 0;
}

/* Up to a connection with nothing retained. */
void bring_up(void)
{
	run_store();
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	connect_session(1);
	io.taken = io.n;
}

struct upstream_status status(void)
{
	struct upstream_status s;

	upstream_get_status(u, &s);
	return s;
}
