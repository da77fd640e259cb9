/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of delivery, on virtual time: the upstream's state machine and the real journal against a relay,
 * a network and a broker in memory, each of which fails at random by a seed. hearthd is killed between any
 * two requests to its store, and between a request and its answer; the relay and the connection at any time;
 * acknowledgements are lost, late, doubled and of nothing; the socket is full, the store has errors, the
 * broker refuses. Afterwards, for every message that was stored:
 * - it was acknowledged by the broker, or a later message states it as lost;
 * - with Receipts=yes, and unless it was a report: the receiver has it, although the broker loses what it
 *   acknowledged and receipts are lost, repeated and of nothing;
 * - whatever came twice was the same bytes; nothing came before it was stored, and nothing was stored twice;
 * - within a class the first copies came in the order of their numbers, refused ones aside;
 * - prev named the message stored before on its topic.
 * HEARTHD_LEDGER_SEEDS=N tries N seeds, HEARTHD_LEDGER_SEED=S one of them. */
#include "upstream-calls.h"
#include "scratch.h"

#include "daemon/base/clock.h"

#include <systemd/sd-event.h>
#include <unistd.h>

#define SEEDS       200
#define SEEDS_ALL   3000
#define STEPS       500
#define LETTERS     512
#define STORE_SEEDS 32                /* then another file: a journal knows at most 64 upstreams */
#define FOREIGN     UINT64_C(1000000) /* ids that nobody used */

/* --- what is known of every message, by seq */

static struct letter {
	bool stored, got, acked, refused, stated;
	bool had; /* the receiver has it */
	enum out_class class;
	char bytes[400];
	size_t n;
	uint64_t prev;
} letters[LETTERS];
static uint64_t last_stored, last_got[_OUT_CLASS_MAX];
static bool job_stored[4096];

/* --- chance */

static uint64_t chance_state, seed;

static uint64_t chance_u64(void)
{
	uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return (size_t)(chance_u64() % n);
}

static bool quiet; /* nothing fails any more */

static bool one_in(size_t n)
{
	return !quiet && below(n) == 0;
}

#define check(c) \
	do { \
		if (!(c)) \
			fail_msg("seed %llu: %s", (unsigned long long)seed, #c); \
	} while (0)

static struct upstream_config config;

static bool waits_for_receipt(const struct letter *l)
{
	return config.receipts && l->class != OUT_REPORT;
}

/* --- the store: requests wait here until the world lets them through, one at a time */

static sd_event *event;
static struct journal *journal;
static char dir[64], path[96], name[32];

/* The request that is carried out. */
static struct {
	bool done;
	bool silent;          /* nobody is there any more to hear of it */
	int says;             /* instead of the store's own word */
	struct letter letter; /* OP_PUT */
} at_work;

int op_refuse(const struct op *op)
{
	switch (op->kind) {
	case OP_ACKED:
		check(op->seq < LETTERS && letters[op->seq].acked);
		/* Nothing that is waited for goes without the receiver's word. */
		check(op->now_us > 0 || !waits_for_receipt(&letters[op->seq]) ||
			letters[op->seq].had);
		break;
	case OP_RECEIPT:
		check(op->n_seqs > 0);
		for (size_t i = 0; i < op->n_seqs; i++)
			check(op->seqs[i] < LETTERS && letters[op->seqs[i]].had);
		break;
	case OP_DROP:
		check(op->seq < LETTERS && letters[op->seq].refused);
		break;
	case OP_OPEN:
	case OP_PUT:
	case OP_FETCH:
	case OP_LOST:
		break;
	}
	return one_in(200) ? -ENOBUFS : 0;
}

/* What hearthd hears of OP when its process has gone: nothing. Its memory is to be freed all the same. */
static void answer_nothing(struct op *op, int error)
{
	switch (op->kind) {
	case OP_OPEN:
		((journal_out_state_fn)op->fn)(error, NULL, op->userdata);
		break;
	case OP_LOST:
		((journal_lost_fn)op->fn)(error, NULL, 0, op->userdata);
		break;
	case OP_FETCH:
		((journal_out_fetch_fn)op->fn)(error, NULL, 0, op->userdata);
		break;
	case OP_PUT:
	case OP_ACKED:
	case OP_RECEIPT:
	case OP_DROP:
		((journal_done_fn)op->fn)(error, op->userdata);
		break;
	}
}

static void on_state(int error, const struct out_state *s, void *x)
{
	struct op *op = x;

	at_work.done = true;
	if (!at_work.silent)
		((journal_out_state_fn)op->fn)(error, s, op->userdata);
}

static void on_fetch(int error, const struct out_message *v, size_t n, void *x)
{
	struct op *op = x;

	at_work.done = true;
	if (!at_work.silent)
		((journal_out_fetch_fn)op->fn)(error, v, n, op->userdata);
}

static void on_lost(int error, const struct seq_range *v, size_t n, void *x)
{
	struct op *op = x;

	at_work.done = true;
	if (!at_work.silent)
		((journal_lost_fn)op->fn)(error, v, n, op->userdata);
}

static void on_done(int error, void *x)
{
	struct op *op = x;
	unsigned long job;

	at_work.done = true;
	if (op->kind == OP_PUT && error == 0) {
		check(op->message.seq == last_stored + 1 && op->message.seq < LETTERS);
		last_stored = op->message.seq;
		letters[last_stored] = at_work.letter;
		/* The same thing under two numbers is a duplicate that no receiver can see. */
		job = strtoul(at_work.letter.bytes, NULL, 10);
		check(job < ARRAY_SIZE(job_stored) && !job_stored[job]);
		job_stored[job] = true;
	}
	if (!at_work.silent)
		((journal_done_fn)op->fn)(at_work.says ? at_work.says : error, op->userdata);
}

/* Through the real journal and back. */
static void carry_out(struct op *op, bool silent, int says)
{
	uint64_t end = clock_boottime_us() + 60 * USEC_PER_SEC;
	int r = 0;

	at_work.done = false;
	at_work.silent = silent;
	at_work.says = says;
	switch (op->kind) {
	case OP_OPEN:
		r = journal_out_open(journal, name, on_state, op);
		break;
	case OP_PUT:
		at_work.letter = (struct letter){.stored = true,
			.class = op->message.class,
			.n = op->message.n,
			.prev = op->message.prev};
		check(op->message.n <= sizeof(at_work.letter.bytes));
		memcpy(at_work.letter.bytes, op->message.payload, op->message.n);
		r = journal_out_put(
			journal, name, &op->message, op->cursor, op->max_bytes, on_done, op);
		break;
	case OP_FETCH:
		r = journal_out_fetch(journal, name, op->seqs, op->n_seqs, op->max, op->now_us,
			op->session_us, on_fetch, op);
		break;
	case OP_ACKED:
		r = journal_out_acked(journal, name, op->seq, op->now_us, on_done, op);
		break;
	case OP_RECEIPT:
		r = journal_out_receipt(journal, name, op->seqs, op->n_seqs, on_done, op);
		break;
	case OP_DROP:
		r = journal_out_drop(journal, name, op->seq, on_done, op);
		break;
	case OP_LOST:
		r = journal_out_lost(journal, name, on_lost, op);
		break;
	}
	check(r == 0);
	while (!at_work.done) {
		check(clock_boottime_us() < end);
		check(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
}

static void store_step(void)
{
	struct op op;

	if (!op_take(&op))
		return;
	if (one_in(40)) { /* the disk says no */
		if (op.kind == OP_PUT)
			free(op.message.payload);
		answer_nothing(&op, -EIO);
		return;
	}
	/* A message is there, and the answer says that it is not. */
	carry_out(&op, false, op.kind == OP_PUT && one_in(40) ? -EIO : 0);
}

/* --- hearthd */

static struct upstream *u;
static uint64_t now, wake;
static unsigned jobs_made, jobs_ended;

/* --- the relay, the network, the broker */

struct publish {
	uint64_t id;
	char bytes[400];
	size_t n;
};

static struct word { /* from the relay to hearthd */
	enum relay_msg_type type;
	uint64_t id;
	uint32_t a;
	unsigned flags;
} words[2048];
static size_t word_head, word_tail;

static struct {
	bool here, settings, up;
	uint64_t session, in_flight[RELAY_WINDOW_MAX];
	size_t n_in_flight;
} relay;

static struct publish up[RELAY_WINDOW_MAX]; /* on their way to the broker */
static size_t n_up;
static struct {
	uint64_t id;
	bool refused, for_good;
} down[256]; /* acknowledgements on their way to the relay, in any order */
static size_t n_down;

/* Between broker and receiver, and receipts on their way back; a broker that loses its store loses both. */
static uint64_t broker_has[1024], receipts[1024];
static size_t n_broker_has, n_receipts;

static void broker_loses_all(void)
{
	n_broker_has = n_receipts = 0;
}

static void receiver_take(void)
{
	uint64_t id = broker_has[0];

	memmove(broker_has, broker_has + 1, --n_broker_has * sizeof(id));
	letters[id].had = true;
	if (config.receipts && n_receipts < ARRAY_SIZE(receipts))
		receipts[n_receipts++] = id; /* a report's too: hearthd does not ask for them */
}

static void word_add(enum relay_msg_type type, uint64_t id, uint32_t a, unsigned flags)
{
	if (!relay.here)
		return;
	check(word_tail - word_head < ARRAY_SIZE(words));
	words[word_tail++ % ARRAY_SIZE(words)] = (struct word){type, id, a, flags};
}

static void down_add(uint64_t id, bool refused, bool for_good)
{
	if (n_down == ARRAY_SIZE(down))
		return;
	down[n_down].id = id;
	down[n_down].refused = refused;
	down[n_down++].for_good = for_good;
}

/* "… lost=3-5,9-9": what a receiver strikes off its list. */
static void broker_read_lost(const char *bytes, size_t n)
{
	char text[401];
	const char *p;

	memcpy(text, bytes, n);
	text[n] = 0;
	p = strstr(text, "lost=");
	check(p);
	p += 5;
	while (*p) {
		unsigned long long first, last;
		int k;

		check(sscanf(p, "%llu-%llu,%n", &first, &last, &k) == 2 && first <= last &&
			last < LETTERS);
		for (uint64_t s = first; s <= last; s++)
			letters[s].stated = true;
		p += k;
	}
}

static void broker_take(void)
{
	struct publish p = up[0];
	struct letter *l;

	memmove(up, up + 1, --n_up * sizeof(up[0]));
	if (p.id >= FOREIGN) { /* a retained document */
		if (!one_in(20))
			down_add(p.id, false, false);
		return;
	}
	check(p.id < LETTERS);
	l = &letters[p.id];
	check(l->stored); /* never before it is durable */
	check(l->n == p.n && memcmp(l->bytes, p.bytes, p.n) == 0);
	if (!l->got) {
		broker_read_lost(p.bytes, p.n);
		if (!l->refused) {
			check(p.id > last_got[l->class]);
			last_got[l->class] = p.id;
		}
	}
	if (one_in(60)) {
		l->refused = true;
		down_add(p.id, true, one_in(2));
		return;
	}
	l->got = true;
	if (n_broker_has < ARRAY_SIZE(broker_has))
		broker_has[n_broker_has++] = p.id;
	if (one_in(12))
		return; /* its acknowledgement is lost */
	l->acked = true;
	down_add(p.id, false, false);
	if (one_in(10))
		down_add(p.id, false, false);
	if (one_in(10))
		down_add(FOREIGN * 2 + below(1000), false, false);
}

static void relay_take(void)
{
	size_t k = one_in(3) ? below(n_down) : 0;
	uint64_t id = down[k].id;
	bool refused = down[k].refused, for_good = down[k].for_good, mine = false;

	memmove(down + k, down + k + 1, (--n_down - k) * sizeof(down[0]));
	for (size_t i = 0; i < relay.n_in_flight; i++)
		if (relay.in_flight[i] == id) {
			relay.in_flight[i] = relay.in_flight[--relay.n_in_flight];
			mine = true;
			break;
		}
	if (!mine && !one_in(4)) /* a good relay passes on nothing of the kind */
		return;
	word_add(refused ? RELAY_REFUSED : RELAY_ACK, id, 0, for_good ? RELAY_FOR_GOOD : 0);
}

/* The connection to the broker ends: of what was on its way a part arrives. */
static void network_cut(void)
{
	size_t n = n_up > 0 ? below(n_up + 1) : 0;

	while (n-- > 0)
		broker_take();
	n_up = n_down = relay.n_in_flight = 0;
	if (relay.up)
		word_add(RELAY_STATE, 0, RELAY_DISCONNECTED, 0);
	relay.up = false;
}

static void relay_connect(void)
{
	if (!relay.here || !relay.settings || relay.up)
		return;
	word_add(RELAY_STATE, 0, RELAY_CONNECTING, 0);
	relay.up = true;
	word_add(RELAY_STATE, ++relay.session, RELAY_CONNECTED, 0);
}

static int f_send(
	void *io, const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	struct publish *p;

	if (!relay.here)
		return -ENOTCONN;
	if (one_in(50))
		return -EAGAIN;
	if (m->type == RELAY_SETTINGS || m->type == RELAY_FORGET) {
		network_cut();
		relay.settings |= m->type == RELAY_SETTINGS;
		return 0;
	}
	if (m->type != RELAY_PUBLISH || !relay.up || m->a != (uint32_t)relay.session)
		return 0;
	check(relay.n_in_flight < config.window);
	relay.in_flight[relay.n_in_flight++] = m->id;
	p = &up[n_up++];
	*p = (struct publish){.id = m->id, .n = m->n2};
	check(m->n2 <= sizeof(p->bytes));
	memcpy(p->bytes, p2, m->n2);
	return 0;
}

static void f_drop_io(void *io)
{
}

static uint64_t f_now(void *io)
{
	return now;
}

static void f_wake(void *io, uint64_t at)
{
	wake = at;
}

/* --- hearthd's life */

static int compose(
	struct upstream *x, const struct compose_in *in, void *job, struct compose_out *ret)
{
	char *text = malloc(400);
	size_t n = (size_t)snprintf(text, 400, "%s seq=%llu prev=%llu lost=", (char *)job,
		(unsigned long long)in->seq, (unsigned long long)in->prev);

	for (size_t i = 0; i < in->n_lost && n < 340; i++)
		n += (size_t)snprintf(text + n, 400 - n, "%llu-%llu,",
			(unsigned long long)in->lost[i].first,
			(unsigned long long)in->lost[i].last);
	ret->payload = text;
	ret->n = n;
	return 0;
}

static void composed(struct upstream *x, int error, uint64_t seq, void *job)
{
	free(job);
	jobs_ended++;
}

static void job_add(enum out_class class)
{
	static const char *const suffixes[] = {"event", "event", "report"};
	char *text;

	if (!u || last_stored + UPSTREAM_JOBS_MAX + 8 > LETTERS)
		return;
	check(asprintf(&text, "%u", jobs_made) > 0);
	if (upstream_compose(u, class, suffixes[class], compose, composed, text) == 0)
		jobs_made++;
	else
		free(text);
}

static void on_connect(struct upstream *x, void *userdata)
{
	static const struct retained_doc info = {.rank = RETAINED_INFO, .suffix = "info"};
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)chance_u64());
	check(upstream_set_retained(x, &info, text, strlen(text)) == 0);
}

static void hearthd_start(void)
{
	static struct upstream_env env = {
		.send = f_send, .drop = f_drop_io, .now = f_now, .wake = f_wake};
	static const struct upstream_ops upstream_ops = {.on_connect = on_connect};

	upstream_env_calls(&env);
	if (!u)
		check(upstream_new(&config, &env, &upstream_ops, NULL, &u) == 0);
}

static void relay_lost(void)
{
	word_head = word_tail;
	relay.here = false; /* no word of it arrives any more */
	network_cut();
	relay.settings = false;
	relay.session = 0;
}

/* kill -9: what was not with the store is gone, and what the store was just doing is done or not. */
static void hearthd_kill(void)
{
	struct op op;
	bool was_at_work = one_in(2);

	if (!u)
		return;
	relay_lost();
	if (was_at_work && op_first())
		carry_out(op_first(), true, 0);
	u = upstream_free(u);
	while (op_take(&op)) {
		if (op.kind == OP_PUT)
			free(op.message.payload); /* NULL: the journal has it */
		answer_nothing(&op, -ECANCELED);
	}
	wake = USEC_INFINITY;
}

static void relay_start(void)
{
	if (!u || relay.here)
		return;
	relay.here = true;
	upstream_on_relay_here(u);
	word_add(RELAY_HELLO, 0, RELAY_PROTOCOL, 0);
}

static void relay_kill(void)
{
	if (!relay.here)
		return;
	relay_lost();
	if (u)
		upstream_on_relay_gone(u);
}

static void hear_word(void)
{
	struct relay_view v = {};
	struct word w;

	if (!u || word_head == word_tail)
		return;
	w = words[word_head++ % ARRAY_SIZE(words)];
	v.msg = relay_msg_make(w.type, w.id, w.a, (uint16_t)w.flags, 0, 0, 0);
	check(upstream_on_relay_msg(u, &v) == 0);
}

/* Some of them in one message, in any order, some again; or one that is nobody's. */
static void hear_receipt(void)
{
	uint64_t seqs[8], foreign[] = {0, LETTERS + below(1000), UINT64_MAX};
	size_t n = 0, k;

	if (!u || !relay.up)
		return;
	if (one_in(6)) {
		upstream_receipt(u, upstream_epoch(u), foreign, ARRAY_SIZE(foreign));
		upstream_receipt(u, "00000000", receipts, MIN(n_receipts, ARRAY_SIZE(seqs)));
	}
	while (n_receipts > 0 && n < ARRAY_SIZE(seqs)) {
		k = one_in(3) ? below(n_receipts) : 0;
		seqs[n++] = receipts[k];
		if (one_in(8))
			break; /* it comes again */
		memmove(receipts + k, receipts + k + 1, (--n_receipts - k) * sizeof(seqs[0]));
	}
	if (n > 0 && !one_in(6)) /* else lost */
		upstream_receipt(u, upstream_epoch(u), seqs, n);
}

static void time_goes_on(void)
{
	if (wake != USEC_INFINITY && (quiet || !one_in(4)))
		now = MAX(now, wake);
	else
		now += below(20) * USEC_PER_SEC;
	if (u && wake <= now) {
		wake = USEC_INFINITY;
		upstream_run(u);
	}
}

static void step(void)
{
	switch (below(22)) {
	case 0 ... 2:
		job_add((enum out_class)below(_OUT_CLASS_MAX));
		break;
	case 3 ... 8:
		store_step();
		break;
	case 9 ... 11:
		hear_word();
		break;
	case 12 ... 14:
		if (n_up > 0)
			broker_take();
		else if (n_broker_has > 0)
			receiver_take();
		else
			hear_receipt();
		break;
	case 15 ... 16:
		if (n_down > 0)
			relay_take();
		break;
	case 17:
		time_goes_on();
		break;
	case 18:
		if (u)
			upstream_on_writable(u);
		break;
	case 19:
		if (one_in(3)) {
			network_cut();
			if (one_in(3))
				broker_loses_all();
		} else
			relay_connect();
		break;
	case 20:
		if (one_in(5))
			relay_kill();
		else
			relay_start();
		break;
	default:
		if (one_in(4))
			hearthd_kill();
		else
			hearthd_start();
		break;
	}
}

/* Nothing fails any more: everything must leave, in a bounded number of steps. */
static void drain(void)
{
	struct upstream_status s = {};

	quiet = true;
	for (unsigned i = 0; i < 20000; i++) {
		hearthd_start();
		relay_start();
		relay_connect();
		if (op_first()) {
			store_step();
		} else if (word_head != word_tail) {
			hear_word();
		} else if (n_up > 0) {
			broker_take();
		} else if (n_down > 0) {
			relay_take();
		} else if (n_broker_has > 0) {
			receiver_take();
		} else if (n_receipts > 0 && relay.up) {
			hear_receipt();
		} else {
			upstream_on_writable(u);
			upstream_get_status(u, &s);
			if (s.state == UPSTREAM_CONNECTED && s.jobs == 0 && s.in_flight == 0 &&
				s.waiting[0] + s.waiting[1] + s.waiting[2] == 0 && !op_first())
				break;
			if (relay.n_in_flight > 0) /* what was never acknowledged: its deadline */
				network_cut();
			time_goes_on();
		}
	}
	upstream_get_status(u, &s);
	check(s.waiting[0] + s.waiting[1] + s.waiting[2] == 0 && s.jobs == 0);
	quiet = false;
}

static void check_ledger(void)
{
	uint64_t last[_OUT_CLASS_MAX] = {}; /* events share their topic */

	for (uint64_t seq = 1; seq <= last_stored; seq++) {
		const struct letter *l = &letters[seq];
		int topic = l->class == OUT_REPORT;

		check(l->stored);
		check(l->acked || l->stated);
		check(!waits_for_receipt(l) || l->had || l->stated);
		check(l->prev == last[topic]);
		last[topic] = seq;
	}
}

static void store_new(void)
{
	static unsigned n;
	struct journal_config c = {.path = path};

	journal = journal_free(journal);
	(void)snprintf(path, sizeof(path), "%s/journal-%u.db", dir, n++);
	check(journal_new(event, &c, &journal) == 0);
}

static unsigned long long told_messages, told_seeds;

static void play(uint64_t s)
{
	seed = chance_state = s;
	memset(letters, 0, sizeof(letters));
	memset(last_got, 0, sizeof(last_got));
	memset(job_stored, 0, sizeof(job_stored));
	memset(&relay, 0, sizeof(relay));
	last_stored = 0;
	word_head = word_tail = n_up = n_down = 0;
	broker_loses_all();
	jobs_made = jobs_ended = 0;
	now = 1000 * USEC_PER_SEC;
	wake = USEC_INFINITY;
	(void)snprintf(name, sizeof(name), "u%llu", (unsigned long long)s);
	config = (struct upstream_config){
		.id = name,
		.url = (char *)"mqtt://broker.example",
		.mqtt_version = 5,
		.prefix = (char *)"hearth/v1",
		.keepalive_us = 60 * USEC_PER_SEC,
		.max_bytes = below(4) == 0 ? 600 : 1 << 20, /* a few messages, or all of them */
		.window = 1 + (unsigned)below(RELAY_WINDOW_MAX),
		.level = LEVEL_FULL,
		.planes = PLANE_EVENT | PLANE_REPORT,
		.receipts = below(2) == 0,
	};
	for (unsigned i = 0; i < STEPS; i++)
		step();
	drain();
	/* They state what was lost until now, OUT_LOST_MAX ranges each. */
	for (unsigned i = 0; i < 8; i++) {
		job_add(OUT_URGENT);
		drain();
	}
	check_ledger();
	relay_lost();
	u = upstream_free(u);
	check(!op_first() && jobs_made == jobs_ended);
	told_messages += last_stored;
	told_seeds++;
}

static void test_ledger(void **state)
{
	const char *one = getenv("HEARTHD_LEDGER_SEED"), *many = getenv("HEARTHD_LEDGER_SEEDS"),
		   *all = getenv("HEARTHD_ALL");
	uint64_t n = many ? strtoull(many, NULL, 10) : isempty(all) ? SEEDS : SEEDS_ALL;

	if (one)
		play(strtoull(one, NULL, 10));
	for (uint64_t s = 1; !one && s <= n; s++) {
		if (s % STORE_SEEDS == 0)
			store_new();
		play(s);
	}
	print_message("%llu seeds, %llu messages\n", told_seeds, told_messages);
	assert_true(one || told_messages > 5 * n);
}

static int setup(void **state)
{
	/* Written a hundred times a second: not onto a disk, where there is something else. */
	scratch_new_in_memory(dir);
	assert_true(sd_event_new(&event) >= 0);
	store_new();
	return 0;
}

static int teardown(void **state)
{
	journal = journal_free(journal);
	event = sd_event_unref(event);
	return scratch_done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ledger)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
