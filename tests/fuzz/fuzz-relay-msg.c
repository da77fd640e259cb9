/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams of the relay's socket. The first byte says whose: odd = hearthd's words, which the relay
 * parses; even = a relay's, which hearthd parses and acts upon, one after another (each with two bytes
 * of length before it), with messages under way. */
#include "daemon/upstream/upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- just enough of a journal and a relay */

#define OPS_MAX 64
struct op {
	int kind; /* 0 open, 1 done, 2 fetch, 3 lost */
	void (*fn)(void);
	void *userdata;
	uint64_t last;
	size_t max;
};
static struct op ops[OPS_MAX];
static size_t n_ops;
static uint64_t now, sent_session, sends;

static int post(int kind, void (*fn)(void), void *userdata, size_t max)
{
	if (n_ops == OPS_MAX)
		return -ENOBUFS;
	ops[n_ops++] = (struct op){.kind = kind, .fn = fn, .userdata = userdata, .max = max};
	return 0;
}

static int f_open(void *s, const char *up, journal_out_state_fn fn, void *u)
{
	return post(0, (void (*)(void))fn, u, 0);
}
static int f_put(void *s, const char *up, struct out_message *m, uint64_t cursor, uint64_t max,
	journal_done_fn fn, void *u)
{
	free(TAKE_PTR(m->payload));
	return post(1, (void (*)(void))fn, u, 0);
}
static int f_fetch(void *s, const char *up, const uint64_t *v, size_t n, size_t max,
	uint64_t now_us, uint64_t session_us, journal_out_fetch_fn fn, void *u)
{
	return post(2, (void (*)(void))fn, u, max);
}
static int f_done(void *s, const char *up, uint64_t seq, journal_done_fn fn, void *u)
{
	return post(1, (void (*)(void))fn, u, 0);
}
static int f_acked(
	void *s, const char *up, uint64_t seq, uint64_t await_us, journal_done_fn fn, void *u)
{
	return f_done(s, up, seq, fn, u);
}
static int f_receipt(
	void *s, const char *up, const uint64_t *v, size_t n, journal_done_fn fn, void *u)
{
	return f_done(s, up, n, fn, u);
}
static int f_lost(void *s, const char *up, journal_lost_fn fn, void *u)
{
	return post(3, (void (*)(void))fn, u, 0);
}

static int f_send(
	void *io, const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	if (m->type == RELAY_PUBLISH && m->a != (uint32_t)sent_session)
		abort(); /* never into a session that is not */
	sends++;
	return 0;
}
static void f_drop(void *io)
{
}
static uint64_t f_now(void *io)
{
	return now;
}
static void f_wake(void *io, uint64_t at)
{
}

static void run(void)
{
	static const struct out_state state = {
		.epoch = "7f3a91c2", .gw_alias = "gw", .last_seq = 100, .waiting = {3, 3, 3}};
	static uint64_t seq = 100;

	for (unsigned k = 0; n_ops > 0 && k < 1000; k++) {
		struct op op = ops[0];
		struct out_message m[UPSTREAM_WINDOW_MAX] = {};
		char payload[] = "{}";

		memmove(ops, ops + 1, --n_ops * sizeof(ops[0]));
		for (size_t i = 0; op.kind == 2 && i < op.max; i++)
			m[i] = (struct out_message){.seq = seq++ % 64,
				.class = OUT_EVENT,
				.topic = "t",
				.payload = payload,
				.n = 2};
		if (op.kind == 0)
			((journal_out_state_fn)op.fn)(0, &state, op.userdata);
		else if (op.kind == 1)
			((journal_done_fn)op.fn)(0, op.userdata);
		else if (op.kind == 2)
			((journal_out_fetch_fn)op.fn)(0, m, k < 8 ? op.max : 0, op.userdata);
		else
			((journal_lost_fn)op.fn)(0, NULL, 0, op.userdata);
	}
}

static void on_message(struct upstream *u, const struct upstream_message *m, void *userdata)
{
	if (strlen(m->topic) >= RELAY_TOPIC_MAX || m->n > RELAY_DOWN_MAX ||
		strpbrk(m->topic, "+#") || m->n_correlation > RELAY_CORRELATION_MAX ||
		(m->n_correlation > 0 && !*m->response))
		abort();
	/* Answered at once, past the bound of answers too. */
	if (*m->response && upstream_answer(u, m->response, m->correlation, m->n_correlation,
				    m->payload, MIN(m->n, (size_t)UPSTREAM_ANSWER_MAX)) < 0)
		abort();
}

/* Every text ends inside the datagram it came in. */
static void check_view(const struct relay_view *v, const uint8_t *p, size_t n)
{
	const char *begin = (const char *)p, *end = begin + n;

	if ((v->p1 && (v->p1 < begin || v->p1 + v->msg.n1 > end)) ||
		(v->p2 && (v->p2 < begin || v->p2 + v->msg.n2 > end)) ||
		(v->p3 && (v->p3 < begin || v->p3 + v->msg.n3 > end)) ||
		(v->correlation && (v->correlation < v->p3 + v->n_text ||
					   v->correlation + v->n_correlation > end)))
		abort();
	if (strlen(v->settings.url) >= sizeof(v->settings.url) ||
		strlen(v->settings.will_payload) >= sizeof(v->settings.will_payload))
		abort();
}

static void as_hearthd(const uint8_t *p, size_t n)
{
	static const struct upstream_env env = {.out_open = f_open,
		.out_put = f_put,
		.out_fetch = f_fetch,
		.out_acked = f_acked,
		.out_receipt = f_receipt,
		.out_drop = f_done,
		.out_lost = f_lost,
		.send = f_send,
		.drop = f_drop,
		.now = f_now,
		.wake = f_wake};
	static const struct upstream_ops up = {.on_message = on_message};
	static const struct retained_doc doc = {.rank = RETAINED_STATUS, .suffix = "status"};
	static const struct upstream_config config = {.id = (char *)"u",
		.url = (char *)"mqtt://h",
		.prefix = (char *)"p",
		.window = 4,
		.max_bytes = 1 << 20};
	struct upstream_status status;
	struct upstream *u = NULL;

	n_ops = 0;
	now = 1000000;
	sent_session = 0;
	if (upstream_new(&config, &env, &up, NULL, &u) < 0)
		return;
	run();
	upstream_on_relay_here(u);
	(void)upstream_set_retained(u, &doc, "on", 2);
	while (n >= 2) {
		size_t k = MIN((size_t)be16(p), n - 2);
		struct relay_view v;

		if (relay_msg_parse(p + 2, k, true, &v) == 0) {
			check_view(&v, p + 2, k);
			if (v.msg.type == RELAY_STATE && v.msg.a == RELAY_CONNECTED)
				sent_session = v.msg.id;
			if (upstream_on_relay_msg(u, &v) < 0) {
				upstream_on_relay_gone(u);
				upstream_on_relay_here(u);
				sent_session = 0;
			}
			run();
		}
		now += 1000000;
		p += 2 + k;
		n -= 2 + k;
	}
	upstream_get_status(u, &status);
	if (status.in_flight > 4 || !utf8_valid(status.text, strlen(status.text)) ||
		!utf8_valid(status.reason, strlen(status.reason)))
		abort();
	(void)upstream_free(u);
	run();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay_view v;

	if (size == 0)
		return 0;
	if (!(data[0] & 1))
		as_hearthd(data + 1, size - 1);
	else if (relay_msg_parse(data + 1, size - 1, false, &v) == 0)
		check_view(&v, data + 1, size - 1);
	return 0;
}
