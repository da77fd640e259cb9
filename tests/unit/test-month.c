/* SPDX-License-Identifier: Apache-2.0 */
/* Thirty days without the upstream, on virtual time: the manager's feed, the upstream, the reports and the
 * journal as they are, for a household of ten appliances that says as much as the bench household does in
 * its quiet hours, and once a day as much as in its busiest. The relay, the broker and the clock are the
 * test's. The gateway has no clock chip: it boots into 1970. After three days hearthd is restarted, and its
 * clock is set meanwhile; it is restarted again on the twelfth; on the twentieth the power goes, and the
 * clock is right six hours later. Then the upstream is back, and a fault comes while thousands of reports
 * wait. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"
#include <inttypes.h>
#include <math.h>
#include <sys/stat.h>

#include "daemon/report/deflate.h"
#include "daemon/base/log.h"
#include "daemon/manager/manager.h"
#include "daemon/manager/repair/manager-assist.h"
#include "daemon/upstream/upstream-internal.h" /* DRAIN_… */

#define DAYS       30
#define FLUSH_US   (5 * USEC_PER_MIN)
#define FLUSHES    (DAYS * 24 * 12)
#define APPLIANCES 10
/* Measured on the bench household of ten appliances: 13,215 values in the busiest hour, about 1,040 in a
 * quiet one; of one appliance in five minutes: */
#define BUSY       110
#define QUIET      9
#define POINTS     12
#define NO_POWER   (20 * 288)        /* flush at which it goes */
#define NO_CLOCK   72                /* flushes until the clock is right after it */
#define OUTBOX     (2 * 1024 * 1024) /* MaxSize= */
#define A_DAY      3                 /* events */
#define EVENTS_MAX (DAYS * A_DAY + 1)
#define SEQS       (FLUSHES + FLUSHES / 4)
#define REAL_US    (INT64_C(1767225600) * (int64_t)USEC_PER_SEC) /* what a right clock says at 0 */

/* ---- time: the world's, and that of the boot */

static uint64_t world_us, booted_us;
static bool clock_right;

uint64_t __wrap_clock_boottime_us(void)
{
	return __atomic_load_n(&world_us, __ATOMIC_RELAXED) - booted_us;
}
int64_t __wrap_clock_realtime_us(void)
{
	return clock_right ? REAL_US + (int64_t)world_us : (int64_t)__wrap_clock_boottime_us();
}
bool __wrap_clock_is_set(enum clock_trust trust)
{
	return clock_right;
}
void __wrap_manager_dbus_feed_changed(struct feed *f)
{
}

/* ---- the relay and the broker: what is published is acknowledged at once */

static struct manager m;
static struct upstream *up;
static uint64_t wake_us, session, posts;
static bool away;
static struct {
	enum relay_msg_type type;
	uint64_t id;
	uint32_t a;
} words[256];
static size_t n_words;
static char *dictionary;
static size_t dictionary_n;

static void word(enum relay_msg_type type, uint64_t id, uint32_t a)
{
	assert_true(n_words < ARRAY_SIZE(words));
	words[n_words].type = type;
	words[n_words].id = id;
	words[n_words++].a = a;
}

static void receive(const char *topic, const void *payload, size_t n);

static int io_send(
	void *io, const struct relay_msg *msg, const void *p1, const void *p2, const void *p3)
{
	char topic[RELAY_TOPIC_MAX];

	if (msg->type != RELAY_PUBLISH || away || msg->a != (uint32_t)session)
		return 0;
	memcpy(topic, p1, msg->n1);
	topic[msg->n1] = 0;
	receive(topic, p2, msg->n2);
	word(RELAY_ACK, msg->id, 0);
	return 0;
}

static void io_drop(void *io)
{
	fail();
}

static uint64_t io_now(void *io)
{
	return __wrap_clock_boottime_us();
}

static void io_wake(void *io, uint64_t at_us)
{
	wake_us = at_us;
}

#define POST(call) (posts++, journal_##call)
static int s_open(void *s, const char *u, journal_out_state_fn fn, void *x)
{
	return POST(out_open(s, u, fn, x));
}
static int s_put(void *s, const char *u, struct out_message *v, uint64_t cursor, uint64_t max,
	journal_done_fn fn, void *x)
{
	return POST(out_put(s, u, v, cursor, max, fn, x));
}
static int s_fetch(void *s, const char *u, const uint64_t *v, size_t n, size_t max, uint64_t now,
	uint64_t since, journal_out_fetch_fn fn, void *x)
{
	return POST(out_fetch(s, u, v, n, max, now, since, fn, x));
}
static int s_acked(
	void *s, const char *u, uint64_t seq, uint64_t await, journal_done_fn fn, void *x)
{
	return POST(out_acked(s, u, seq, await, fn, x));
}
static int s_receipt(
	void *s, const char *u, const uint64_t *v, size_t n, journal_done_fn fn, void *x)
{
	return POST(out_receipt(s, u, v, n, fn, x));
}
static int s_drop(void *s, const char *u, uint64_t seq, journal_done_fn fn, void *x)
{
	return POST(out_drop(s, u, seq, fn, x));
}
static int s_lost(void *s, const char *u, journal_lost_fn fn, void *x)
{
	return POST(out_lost(s, u, fn, x));
}

/* manager-relay.c without its socket. */
int __wrap_manager_relay_new(sd_event *event, struct journal *j, const char *runtime,
	const struct upstream_config *config, const struct upstream_ops *ops, void *userdata,
	struct manager_relay **ret)
{
	const struct upstream_env env = {.store = j,
		.out_open = s_open,
		.out_put = s_put,
		.out_fetch = s_fetch,
		.out_acked = s_acked,
		.out_receipt = s_receipt,
		.out_drop = s_drop,
		.out_lost = s_lost,
		.send = io_send,
		.drop = io_drop,
		.now = io_now,
		.wake = io_wake};

	wake_us = USEC_INFINITY;
	*ret = (struct manager_relay *)&up;
	return upstream_new(config, &env, ops, userdata, &up);
}
struct manager_relay *__wrap_manager_relay_free(struct manager_relay *r)
{
	up = upstream_free(up);
	return NULL;
}
struct upstream *__wrap_manager_relay_upstream(struct manager_relay *r)
{
	return up;
}
void __wrap_manager_relay_tick(struct manager_relay *r)
{
}

/* ---- until nothing is under way any more */

static bool answered;

static void on_barrier(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	answered = true;
}

static void settle(void)
{
	uint64_t before;

	do {
		before = posts;
		for (size_t i = 0; i < n_words; i++) {
			struct relay_view v = {.msg = relay_msg_make(words[i].type, words[i].id,
						       words[i].a, 0, 0, 0, 0)};

			assert_int_equal(upstream_on_relay_msg(up, &v), 0);
		}
		n_words = 0;
		answered = false;
		assert_int_equal(journal_get_meta(m.journal, "barrier", on_barrier, NULL), 0);
		while (!answered)
			assert_true(sd_event_run(m.event, UINT64_MAX) >= 0);
	} while (posts != before || n_words > 0 || (m.n_feeds > 0 && m.feeds[0]->pending > 0));
}

static void go_on_until(uint64_t t_us)
{
	while (wake_us != USEC_INFINITY && booted_us + wake_us <= t_us) {
		world_us = MAX(world_us, booted_us + wake_us);
		wake_us = USEC_INFINITY;
		upstream_run(up);
		settle();
	}
	world_us = t_us;
}

static void connect_relay(bool broker)
{
	upstream_on_relay_here(up);
	word(RELAY_HELLO, 0, RELAY_PROTOCOL);
	settle();
	away = !broker;
	word(RELAY_STATE, 0, RELAY_CONNECTING);
	if (broker)
		word(RELAY_STATE, ++session, RELAY_CONNECTED);
	else
		word(RELAY_STATE, 0, RELAY_DISCONNECTED);
	settle();
}

/* ---- the receiver */

static struct {
	bool got, stated, report, urgent;
	uint64_t prev, at_us; /* at: the world's */
} letters[SEQS];
static struct offset {
	char boot[17];
	double s;
} offsets[8];
static size_t n_offsets;
/* An event, as it was made and as it came. */
static struct {
	uint64_t at_us; /* the world's */
	bool urgent, came;
	uint64_t seq;
	int64_t t;
	char boot[17]; /* "": dated */
} events[EVENTS_MAX];
static unsigned n_events, n_reports, n_undated_reports;
static uint64_t last_value, gateway_bytes;

static int64_t member(const char *json, const char *key)
{
	char text[32];
	const char *p;

	(void)snprintf(text, sizeof(text), "\"%s\":", key);
	p = strstr(json, text);
	return p ? strtoll(p + strlen(text), NULL, 10) : -1;
}

static void member_text(const char *json, const char *key, char *dst, size_t size)
{
	char text[32];
	const char *p;
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "\"%s\":\"", key);
	p = strstr(json, text);
	for (p = p ? p + strlen(text) : ""; *p && *p != '"' && n + 1 < size; p++)
		dst[n++] = *p;
	dst[n] = 0;
}

static void read_boots(const char *json)
{
	const char *p = strstr(json, "\"boots\":{\"");
	struct offset o = {.s = 0};

	if (!p)
		return;
	assert_int_equal(sscanf(p, "\"boots\":{\"%16[0-9a-f]\":%lf", o.boot, &o.s), 2);
	for (size_t i = 0; i < n_offsets; i++)
		if (streq(offsets[i].boot, o.boot)) {
			assert_true(fabs(offsets[i].s - o.s) < 0.01); /* it is told many times */
			return;
		}
	assert_true(n_offsets < ARRAY_SIZE(offsets));
	offsets[n_offsets++] = o;
}

static void read_lost(const char *json)
{
	const char *p = strstr(json, "\"lost\":[");
	uint64_t first, last;
	int k;

	for (p = p ? p + 8 : ""; sscanf(p, "[%" SCNu64 ",%" SCNu64 "]%n", &first, &last, &k) == 2;
		p += k + (p[k] == ',')) {
		assert_true(first <= last && last < SEQS);
		for (uint64_t s = first; s <= last; s++) {
			assert_false(letters[s].got || letters[s].stated);
			letters[s].stated = true;
		}
	}
}

static void receive_event(const char *json, uint64_t seq)
{
	char code[16];
	unsigned k;

	member_text(json, "code", code, sizeof(code));
	assert_int_equal(sscanf(code, "E%u", &k), 1);
	assert_true(k < n_events && !events[k].came);
	events[k].came = true;
	events[k].seq = seq;
	events[k].t = member(json, "t");
	member_text(json, "boot", events[k].boot, sizeof(events[k].boot));
	letters[seq].urgent = events[k].urgent;
}

/* The first appliance's first point says which flush it was, from 1 on. */
static void receive_report(const char *json)
{
	const char *p = strstr(json, "\"vendor.p0\":[");
	unsigned long long dt, value;
	char boot[17];
	double t;

	assert_non_null(p);
	assert_int_equal(sscanf(p, "\"vendor.p0\":[%llu,%llu", &dt, &value), 2);
	assert_true(value > last_value); /* oldest first */
	last_value = value--;
	member_text(json, "boot", boot, sizeof(boot));
	t = (double)member(json, "t") + (double)dt;
	n_reports++;
	if (boot[0]) { /* before the clock was set */
		n_undated_reports++;
		assert_true(value * FLUSH_US < 3 * USEC_PER_DAY ||
			    (value >= NO_POWER && value < NO_POWER + NO_CLOCK));
		return;
	}
	t -= (double)REAL_US / USEC_PER_SEC;
	assert_true(fabs(t - (double)(value * FLUSH_US / USEC_PER_SEC)) <= 2);
}

static void receive(const char *topic, const void *payload, size_t n)
{
	const struct dictionary dict = {dictionary, dictionary_n};
	_cleanup_free_ char *json = NULL;
	const char *name = strrchr(topic, '/') + 1;
	void *plain;
	size_t k;
	uint64_t seq;

	gateway_bytes += n;
	if (strstr(topic, "/dict/") && n > 0) {
		free(dictionary);
		dictionary = malloc(n);
		memcpy(dictionary, payload, dictionary_n = n);
	}
	if (!streq(name, "event") && !streq(name, "report"))
		return;
	if (deflate_is_stream(payload, n)) {
		assert_int_equal(inflate_bytes(payload, n, &dict, 1, INFLATE_MAX, &plain, &k), 0);
		json = plain;
	} else {
		json = strndup(payload, n);
	}
	seq = (uint64_t)member(json, "seq");
	assert_true(seq > 0 && seq < SEQS && !letters[seq].got);
	letters[seq].got = true;
	letters[seq].report = streq(name, "report");
	letters[seq].prev = (uint64_t)member(json, "prev");
	letters[seq].at_us = world_us;
	read_boots(json);
	read_lost(json);
	if (letters[seq].report)
		receive_report(json);
	else
		receive_event(json, seq);
}

/* ---- the household */

static char dir[64], path[96];

static void household(void)
{
	char name[96], text[4096];
	size_t used = 0;

	scratch_new_in_memory(dir);
	(void)snprintf(text, sizeof(text),
		"[Bus b]\nDevice=tcp:127.0.0.1:1\n[Upstream cloud]\nUrl=mqtt://broker.example\n"
		"Level=full\nPlanes=event report\nMaxSize=%u\n",
		OUTBOX);
	scratch_put(dir, "hearthd.conf", text);
	for (unsigned i = 0; i < APPLIANCES; i++) {
		(void)snprintf(name, sizeof(name), "appliances.d/a%u.conf", i);
		(void)snprintf(text, sizeof(text),
			"[Appliance]\nKind=boiler\n[Source main]\nBus=b\nUnit=%u\nProfile=t\n",
			i + 1);
		scratch_put(dir, name, text);
	}
	(void)str_appendf(text, sizeof(text), &used,
		"[Profile]\nMaker=t\nModel=t\nKind=boiler\nName=t\nSource=t\nConfidence=high\n"
		"Version=1\n[Line]\nBaud=9600\nParity=none\nStopBits=1\nUnit=1\n"
		"Readable=holding:0-99\n");
	for (unsigned i = 0; i < POINTS; i++)
		(void)str_appendf(text, sizeof(text), &used,
			"[Point p%u]\nRead=holding:%u\nType=u32\nPeriod=2s\n", i, 2 * i);
	scratch_put(dir, "profiles/t.profile", text);
}

static void hearthd_start(void)
{
	const struct journal_config c = {.path = path, .max_bytes = m.config->journal_max_bytes};

	assert_int_equal(journal_new(m.event, &c, &m.journal), 0);
	assert_int_equal(manager_feeds_start(&m), 0);
	settle();
}

static void hearthd_stop(void)
{
	settle();
	manager_feeds_stop(&m, NULL);
	m.journal = journal_free(m.journal);
}

static struct sample sample_of(uint16_t attr, uint64_t t_us, double v)
{
	return (struct sample){.attr = attr,
		.t_us = t_us,
		.r = {.type = VALUE_NUMBER, .quality = QUALITY_GOOD, .num = v, .t_us = t_us}};
}

/* As little to be foreseen as a register's noise. */
static double reading_of(unsigned flush, size_t unit, unsigned n)
{
	uint32_t key[] = {flush, (uint32_t)unit, n};

	return crc32c(0, key, sizeof(key)) % 8192 / 10.0;
}

/* Five minutes of polling, from the flush K on. */
static void poll_and_flush(unsigned k)
{
	unsigned n = k / 12 % 24 == 19 ? BUSY : QUIET;
	uint64_t t = __wrap_clock_boottime_us();

	for (size_t i = 0; i < m.n_units; i++) {
		struct unit *u = &m.units[i];

		u->n_samples = 0;
		for (unsigned s = 0; s < n; s++)
			u->samples[u->n_samples++] =
				sample_of((uint16_t)(s % POINTS), t + (uint64_t)s * FLUSH_US / BUSY,
					s % POINTS == 0 ? (double)k + s : reading_of(k, i, s));
		u->samples[0].r.num = k + 1;
	}
	go_on_until((uint64_t)(k + 1) * FLUSH_US);
	manager_flush(&m);
	settle();
}

static void fault(void)
{
	struct finding f = {.id = n_events + 1,
		.severity = n_events % A_DAY ? SEVERITY_CARE : SEVERITY_DANGER,
		.class = CLASS_FAULT,
		.household = -1,
		.first_us = __wrap_clock_boottime_us(),
		.first_wall_us = clock_right ? __wrap_clock_realtime_us() : 0,
		.times = 1};

	(void)snprintf(f.key, sizeof(f.key), "main/E%u", n_events);
	(void)snprintf(f.code, sizeof(f.code), "E%u", n_events);
	assert_true(n_events < EVENTS_MAX);
	events[n_events].at_us = world_us;
	events[n_events++].urgent = f.severity >= SEVERITY_URGENT;
	manager_store_finding(&m, SUBJECT_APPLIANCE, "a0", &f, FINDING_RAISED);
	settle();
}

/* ---- what must hold */

static void check_sum(const struct upstream_status *s)
{
	uint64_t prev[2] = {}, lost = 0, got = 0;

	for (uint64_t seq = 1; seq <= s->last_seq; seq++) {
		assert_true(letters[seq].got != letters[seq].stated);
		lost += letters[seq].stated;
		got += letters[seq].got;
		/* What was before it on its topic came too, or is stated as lost. */
		if (letters[seq].got && letters[seq].prev > prev[letters[seq].report])
			assert_true(letters[letters[seq].prev].stated);
		if (letters[seq].got)
			prev[letters[seq].report] = seq;
	}
	assert_int_equal(lost, s->lost);
	assert_true(lost > 1000);
	print_message("%" PRIu64 " messages, %" PRIu64 " came, %" PRIu64
		      " are stated as lost; %u reports, %u of them undated; %u events; %" PRIu64
		      " bytes\n",
		s->last_seq, got, lost, n_reports, n_undated_reports, n_events, gateway_bytes);
}

/* A receiver can date every event: by itself, or by the offset of its boot. */
static void check_dates(void)
{
	unsigned undated = 0;

	for (unsigned i = 0; i < n_events; i++) {
		double t = (double)events[i].t, is;

		assert_true(events[i].came);
		is = (double)(REAL_US + (int64_t)events[i].at_us) / USEC_PER_SEC;
		for (size_t k = 0; k < n_offsets && events[i].boot[0]; k++)
			if (streq(offsets[k].boot, events[i].boot))
				t += offsets[k].s;
		undated += events[i].boot[0] != 0;
		assert_true(fabs(t - is) <= 2);
	}
	assert_int_equal(undated, 3 * A_DAY + 1); /* three days, and one after the power had gone */
	assert_int_equal(n_offsets, 2);
}

/* Urgent ones first, then the other events, then reports, no faster than the bound. */
static void check_drain(uint64_t back_us, unsigned late)
{
	uint64_t last_urgent = 0, last_event = 0, first_report = UINT64_MAX, end = 0, reports = 0;

	for (uint64_t seq = 1; seq < SEQS; seq++) {
		if (!letters[seq].got || letters[seq].at_us < back_us || seq == events[late].seq)
			continue;
		end = MAX(end, letters[seq].at_us);
		if (letters[seq].report) {
			reports++;
			first_report = MIN(first_report, letters[seq].at_us);
		} else if (letters[seq].urgent) {
			last_urgent = MAX(last_urgent, letters[seq].at_us);
		} else {
			last_event = MAX(last_event, letters[seq].at_us);
		}
	}
	assert_true(last_urgent <= last_event && last_event <= first_report);
	assert_true(reports > 1000);
	assert_true((reports - DRAIN_BURST - 1) * DRAIN_PERIOD_US <= end - back_us);
	/* The new fault went at once, while reports still waited. */
	assert_int_equal(letters[events[late].seq].at_us, events[late].at_us);
	assert_true(end > events[late].at_us + USEC_PER_MIN);
	print_message("drained: %" PRIu64 " reports in %" PRIu64 " s\n", reports,
		(uint64_t)((end - back_us) / USEC_PER_SEC));
}

static void flushes(unsigned from, unsigned to)
{
	for (unsigned k = from; k < to; k++) {
		if (k % 96 == 40)
			fault();
		poll_and_flush(k);
	}
}

static void test_month(void **state)
{
	struct upstream_status s;
	uint64_t back_us;
	unsigned late, k;

	hearthd_start();
	connect_relay(true);
	poll_and_flush(0);
	assert_int_equal(n_reports, 1); /* it works */
	connect_relay(false);
	flushes(1, 3 * 288);
	/* hearthd is not there in the moment in which the clock is set. */
	hearthd_stop();
	clock_right = true;
	hearthd_start();
	connect_relay(false);
	flushes(3 * 288, 12 * 288);
	hearthd_stop();
	hearthd_start();
	connect_relay(false);
	flushes(12 * 288, NO_POWER);
	hearthd_stop();
	/* The power was away for ten seconds. */
	world_us += 10 * USEC_PER_SEC;
	booted_us = world_us;
	clock_right = false;
	m.boot_id = 2;
	for (size_t i = 0; i < m.n_units; i++)
		m.units[i].samples_t0_us = 0;
	hearthd_start();
	connect_relay(false);
	flushes(NO_POWER, NO_POWER + NO_CLOCK);
	clock_right = true;
	flushes(NO_POWER + NO_CLOCK, FLUSHES);
	upstream_get_status(up, &s);
	assert_true(s.waiting_bytes <= OUTBOX && s.waiting_bytes > OUTBOX * 9 / 10);
	assert_int_equal(s.waiting[OUT_URGENT], DAYS);
	assert_int_equal(s.waiting[OUT_EVENT], DAYS * (A_DAY - 1));
	assert_int_equal(n_reports, 1);

	back_us = world_us;
	connect_relay(true);
	for (late = 0; late == 0 || s.waiting[OUT_REPORT] > 0 || s.in_flight > 0;) {
		assert_true(wake_us != USEC_INFINITY || n_words > 0);
		go_on_until(MAX(world_us, booted_us + wake_us));
		upstream_get_status(up, &s);
		if (late == 0 && n_reports > 300) {
			late = n_events;
			fault();
		}
	}
	check_drain(back_us, late);
	k = (unsigned)(world_us / FLUSH_US) + 1;
	go_on_until(k * FLUSH_US);
	poll_and_flush(k); /* states what was lost last */
	upstream_get_status(up, &s);
	check_sum(&s);
	check_dates();
	hearthd_stop();
}

static int setup(void **state)
{
	log_set_max_level(LOG_EMERG);
	household();
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	m = (struct manager){.options = {.etc = dir, .vendor = "/nonexistent"},
		.next_finding_id = 1,
		.findings_loaded = true,
		.boot_id = 1};
	assert_int_equal(config_load(dir, "/nonexistent", &m.problems, &m.config), 0);
	assert_int_equal(manager_build(&m, NULL), 0);
	assert_int_equal(m.n_units, APPLIANCES);
	return sd_event_new(&m.event) < 0;
}

static int teardown(void **state)
{
	manager_stop_units(&m);
	free(m.lines);
	config_free(m.config);
	problems_done(&m.problems);
	m.event = sd_event_unref(m.event);
	free(dictionary);
	return scratch_done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_month, setup, teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
