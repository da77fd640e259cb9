/* SPDX-License-Identifier: Apache-2.0 */
/* The journal on a real file: what was reported done is there after a reopen, bounds hold and every
 * loss is stated, damage costs what was damaged, a full disk is survived. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/journal.h"
#include "daemon/clock.h"
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

static char dir[64], path[96];
static sd_event *event;

/* What callbacks note. */
static struct {
	int done_calls, last_error, errors;
	struct out_state state;
	struct {
		uint64_t row, t0, t1;
		char appliance[33], blob[64];
		size_t n;
	} blocks[512];
	size_t n_blocks;
	uint64_t last_row;
	struct {
		uint64_t seq, prev;
		enum out_class class;
		char topic[64], payload[64], dict[17];
		bool deflated;
		size_t n;
	} out[64];
	size_t n_out;
	struct seq_range lost[OUT_LOST_MAX];
	size_t n_lost;
	char alias[33], meta[128];
	uint64_t findings[1200];
	size_t n_findings;
	char finding_text[64];
	char dicts[16][17];
	size_t n_dicts;
	int status_calls;
	struct journal_untold untold[JOURNAL_UNTOLD_READ];
	char untold_text[JOURNAL_UNTOLD_READ][32];
	size_t n_untold;
} got;

static void on_done(int error, void *u)
{
	got.done_calls++;
	got.last_error = error;
	got.errors += error != 0;
}

static void on_state(int error, const struct out_state *s, void *u)
{
	on_done(error, u);
	assert_true((s != NULL) == (error == 0));
	if (s)
		got.state = *s;
}

static void on_blocks(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	got.n_blocks = 0;
	got.last_row = last_row;
	for (size_t i = 0; i < n && i < ARRAY_SIZE(got.blocks); i++) {
		got.blocks[i].row = v[i].row;
		got.blocks[i].t0 = v[i].t0_us;
		got.blocks[i].t1 = v[i].t1_us;
		got.blocks[i].n = v[i].n;
		str_copy(got.blocks[i].appliance, 33, v[i].appliance);
		(void)snprintf(
			got.blocks[i].blob, 64, "%.*s", (int)v[i].n, (const char *)v[i].blob);
		got.n_blocks++;
	}
}

static void on_fetch(int error, const struct out_message *v, size_t n, void *u)
{
	on_done(error, u);
	got.n_out = 0;
	for (size_t i = 0; i < n && i < ARRAY_SIZE(got.out); i++) {
		got.out[i].seq = v[i].seq;
		got.out[i].prev = v[i].prev;
		got.out[i].class = v[i].class;
		got.out[i].n = v[i].n;
		got.out[i].deflated = v[i].deflated;
		str_copy(got.out[i].dict, 17, v[i].dict);
		str_copy(got.out[i].topic, 64, v[i].topic);
		(void)snprintf(
			got.out[i].payload, 64, "%.*s", (int)v[i].n, (const char *)v[i].payload);
		got.n_out++;
	}
}

static void on_lost(int error, const struct seq_range *v, size_t n, void *u)
{
	on_done(error, u);
	got.n_lost = n;
	if (n > 0)
		memcpy(got.lost, v, n * sizeof(*v));
}

static void on_alias(int error, const char *alias, void *u)
{
	on_done(error, u);
	str_copy(got.alias, sizeof(got.alias), alias ?: "");
}

static void on_meta(int error, const char *key, const void *blob, size_t n, void *u)
{
	on_done(error, u);
	(void)snprintf(got.meta, sizeof(got.meta), "%s=%.*s", key, (int)n, (const char *)blob);
}

static void on_finding(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u)
{
	if (id == 0) {
		on_done(error, u);
		return;
	}
	assert_true(got.n_findings < ARRAY_SIZE(got.findings));
	got.findings[got.n_findings++] = id;
	(void)snprintf(got.finding_text, 64, "%s %d %.*s", appliance, open, (int)MIN(n, 20),
		(const char *)blob);
}

static void on_dicts(int error, const char (*ids)[17], size_t n, void *u)
{
	on_done(error, u);
	got.n_dicts = n;
	if (n > 0)
		memcpy(got.dicts, ids, n * 17);
}

static void on_status(struct journal *j, void *u)
{
	got.status_calls++;
}

/* Runs the loop until N more completions have come; the bound is for a test that would hang. */
static void settle(int n)
{
	int until = got.done_calls + n;
	uint64_t end = clock_boottime_us() + 30 * USEC_PER_SEC;

	while (got.done_calls < until) {
		assert_true(clock_boottime_us() < end);
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
}

static struct journal *open_with(uint64_t max_bytes, uint64_t queue_bytes)
{
	struct journal_config c = {
		.path = path,
		.max_bytes = max_bytes,
		.queue_bytes = queue_bytes,
		.probe_us = 20 * USEC_PER_MSEC,
	};
	struct journal *j = NULL;

	assert_int_equal(journal_new(event, &c, &j), 0);
	journal_on_status(j, on_status, NULL);
	return j;
}

static struct journal *open_journal(void)
{
	return open_with(0, 0);
}

static int append(struct journal *j, const char *appliance, uint64_t t0, const char *text)
{
	return journal_append_block(
		j, appliance, 7, t0, t0 + 5, 0, strdup(text), strlen(text), on_done, NULL);
}

static void put(struct journal *j, uint64_t seq, enum out_class class, const char *topic,
	const char *text, uint64_t cursor, uint64_t max)
{
	struct out_message m = {.seq = seq, .class = class, .prev = seq - 1, .deflated = true};

	str_copy(m.topic, sizeof(m.topic), topic);
	str_copy(m.dict, sizeof(m.dict), class == OUT_REPORT ? "0123456789abcdef" : "");
	m.payload = strdup(text);
	m.n = strlen(text);
	assert_int_equal(journal_out_put(j, "cloud", &m, cursor, max, on_done, NULL), 0);
	assert_null(m.payload);
}

static void read_blocks(struct journal *j, uint64_t after, size_t max)
{
	assert_int_equal(journal_read_blocks(j, after, max, on_blocks, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void fetch(struct journal *j, const uint64_t *in_flight, size_t n, size_t max)
{
	assert_int_equal(journal_out_fetch(j, "cloud", in_flight, n, max, 0, 0, on_fetch, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void state(struct journal *j)
{
	assert_int_equal(journal_out_open(j, "cloud", on_state, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void lost(struct journal *j)
{
	assert_int_equal(journal_out_lost(j, "cloud", on_lost, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static int setup(void **s)
{
	memset(&got, 0, sizeof(got));
	str_copy(dir, sizeof(dir), "/tmp/hearth-journal-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_true(sd_event_new(&event) >= 0);
	return 0;
}

static int teardown(void **s)
{
	char command[128];

	event = sd_event_unref(event);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* Changes the closed file behind the journal's back. */
static void sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_reopen(void **s)
{
	struct journal *j = open_journal();
	struct stat st;

	assert_int_equal(append(j, "fridge", 10, "one"), 0);
	assert_int_equal(append(j, "boiler", 20, "two"), 0);
	assert_int_equal(
		journal_append_block(j, "boiler", 7, 30, 40, -5, NULL, 0, on_done, NULL), 0);
	/* Nothing comes from inside the call. */
	assert_int_equal(got.done_calls, 0);
	settle(3);
	assert_int_equal(got.errors, 0);
	j = journal_free(j);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	j = open_journal();
	read_blocks(j, 0, 100);
	assert_int_equal(got.n_blocks, 3);
	assert_string_equal(got.blocks[0].appliance, "fridge");
	assert_string_equal(got.blocks[0].blob, "one");
	assert_int_equal(got.blocks[0].t0, 10);
	assert_int_equal(got.blocks[0].t1, 15);
	assert_int_equal(got.blocks[2].n, 0);
	assert_int_equal(got.last_row, 3);
	read_blocks(j, 1, 1);
	assert_int_equal(got.n_blocks, 1);
	assert_string_equal(got.blocks[0].blob, "two");
	assert_int_equal(got.last_row, 2);
	read_blocks(j, 3, 10);
	assert_int_equal(got.n_blocks, 0);
	assert_int_equal(got.last_row, 3);
	journal_free(j);
}

static void test_free_flushes(void **s)
{
	struct journal *j = open_journal();
	char name[16];

	for (int i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "b%d", i);
		assert_int_equal(append(j, "a", (uint64_t)i, name), 0);
	}
	journal_free(j);
	assert_int_equal(got.done_calls, 200);
	assert_int_equal(got.errors, 0);
	j = open_journal();
	read_blocks(j, 0, 256);
	assert_int_equal(got.n_blocks, 200);
	assert_string_equal(got.blocks[199].blob, "b199");
	journal_free(j);
}

static void test_refusals(void **s)
{
	struct journal *j = open_journal();
	struct out_message m = {.seq = 1, .class = OUT_REPORT};

	assert_int_equal(
		journal_append_block(j, "", 0, 0, 0, 0, strdup("x"), 1, on_done, NULL), -EINVAL);
	assert_int_equal(journal_append_block(j, "a", 0, 0, 0, 0, strdup("x"), JOURNAL_BLOB_MAX + 1,
				 on_done, NULL),
		-E2BIG);
	assert_int_equal(journal_out_open(j, "../x", on_state, NULL), -EINVAL);
	m.payload = strdup("x");
	m.n = 1;
	assert_int_equal(journal_out_put(j, "cloud", &m, 0, 0, on_done, NULL), -EINVAL); /* topic */
	str_copy(m.topic, sizeof(m.topic), "t");
	m.payload = strdup("x");
	m.n = OUT_PAYLOAD_MAX + 1;
	assert_int_equal(journal_out_put(j, "cloud", &m, 0, 0, on_done, NULL), -E2BIG);
	/* Not opened yet: no numbers to put it under. */
	put(j, 1, OUT_REPORT, "t", "x", 0, 0);
	settle(1);
	assert_int_equal(got.last_error, -ENOENT);
	journal_free(j);
}

static void test_findings_meta_alias(void **s)
{
	struct journal *j = open_journal();
	char alias[33];
	char big[300];

	memset(big, 'x', sizeof(big));
	assert_int_equal(journal_put_finding(j, 5, "fridge", true, "E4", 2, on_done, NULL), 0);
	assert_int_equal(journal_put_finding(j, 6, "boiler", true, "E5", 2, on_done, NULL), 0);
	assert_int_equal(
		journal_put_finding(j, 5, "fridge", false, "E4 gone", 7, on_done, NULL), 0);
	assert_int_equal(journal_put_meta(j, "gateway", "g1", 2, on_done, NULL), 0);
	assert_int_equal(journal_put_meta(j, "gateway", "g2", 2, on_done, NULL), 0);
	assert_int_equal(journal_put_meta(j, "gone", "x", 1, on_done, NULL), 0);
	assert_int_equal(journal_put_meta(j, "gone", NULL, 0, on_done, NULL), 0);
	assert_int_equal(journal_alias(j, "cloud", "fridge", on_alias, NULL), 0);
	settle(8);
	assert_int_equal(got.errors, 0);
	assert_true(id_valid(got.alias));
	assert_int_equal(strlen(got.alias), 10);
	str_copy(alias, sizeof(alias), got.alias);
	assert_int_equal(journal_alias(j, "home", "fridge", on_alias, NULL), 0);
	settle(1);
	assert_string_not_equal(got.alias, alias);
	journal_free(j);

	j = open_journal();
	assert_int_equal(journal_alias(j, "cloud", "fridge", on_alias, NULL), 0);
	settle(1);
	assert_string_equal(got.alias, alias);
	assert_int_equal(journal_get_meta(j, "gateway", on_meta, NULL), 0);
	settle(1);
	assert_string_equal(got.meta, "gateway=g2");
	assert_int_equal(journal_get_meta(j, "gone", on_meta, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, -ENOENT);
	assert_int_equal(journal_read_findings(j, true, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 1);
	assert_string_equal(got.finding_text, "boiler 1 E5");
	got.n_findings = 0;
	assert_int_equal(journal_read_findings(j, false, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 2);
	assert_int_equal(got.findings[0], 5);

	/* The bound of closed ones; the open one stays. Read back in several pieces. */
	for (uint64_t id = 10; id < 10 + JOURNAL_CLOSED_MAX + 20; id++) {
		assert_int_equal(
			journal_put_finding(j, id, "a", false, big, sizeof(big), on_done, NULL), 0);
		if (id % 50 == 0)
			settle(1);
	}
	assert_int_equal(journal_put_meta(j, "x", "x", 1, NULL, NULL), 0);
	assert_int_equal(journal_get_meta(j, "x", on_meta, NULL), 0);
	while (strcmp(got.meta, "x=x") != 0)
		settle(1);
	got.n_findings = 0;
	assert_int_equal(journal_read_findings(j, false, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, JOURNAL_CLOSED_MAX + 1);
	assert_int_equal(got.findings[0], 6);
	assert_int_equal(got.findings[1], 30);
	journal_free(j);
}

static void test_outbox(void **s)
{
	struct journal *j = open_journal();
	uint64_t flight[] = {2, 3};
	char epoch[9], gw[17];

	state(j);
	assert_int_equal(got.state.last_seq, 0);
	assert_int_equal(strlen(got.state.epoch), 8);
	assert_true(id_valid(got.state.gw_alias));
	str_copy(epoch, sizeof(epoch), got.state.epoch);
	str_copy(gw, sizeof(gw), got.state.gw_alias);
	put(j, 1, OUT_REPORT, "g/report", "r1", 4, 0);
	put(j, 2, OUT_EVENT, "g/event", "e2", 0, 0);
	put(j, 3, OUT_URGENT, "g/event", "u3", 0, 0);
	put(j, 4, OUT_REPORT, "g/report", "r4", 9, 0);
	settle(4);
	assert_int_equal(got.errors, 0);
	put(j, 4, OUT_REPORT, "g/report", "again", 0, 0);
	put(j, 6, OUT_REPORT, "g/report", "hole", 0, 0);
	settle(2);
	assert_int_equal(got.errors, 2);
	assert_int_equal(got.last_error, -ESTALE);
	got.errors = 0;
	journal_free(j);

	j = open_journal();
	state(j);
	assert_string_equal(got.state.epoch, epoch);
	assert_string_equal(got.state.gw_alias, gw);
	assert_int_equal(got.state.last_seq, 4);
	assert_int_equal(got.state.last_acked, 0);
	assert_int_equal(got.state.cursor, 9);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 1);
	assert_int_equal(got.state.waiting[OUT_REPORT], 2);
	assert_int_equal(got.state.waiting_bytes, 8);
	assert_int_equal(got.state.n_topics, 2);
	assert_string_equal(got.state.topics[0].topic, "g/report");
	assert_int_equal(got.state.topics[0].last_seq, 4);
	assert_int_equal(got.state.topics[1].last_seq, 3);
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 4);
	assert_string_equal(got.out[0].payload, "u3");
	assert_string_equal(got.out[1].payload, "e2");
	assert_string_equal(got.out[2].payload, "r1");
	assert_string_equal(got.out[3].payload, "r4");
	assert_int_equal(got.out[3].prev, 3);
	assert_int_equal(got.out[3].class, OUT_REPORT);
	assert_string_equal(got.out[3].topic, "g/report");
	assert_string_equal(got.out[3].dict, "0123456789abcdef");
	assert_true(got.out[3].deflated);
	fetch(j, flight, 2, 1);
	assert_int_equal(got.n_out, 1);
	assert_string_equal(got.out[0].payload, "r1");
	assert_int_equal(journal_out_dicts(j, "cloud", on_dicts, NULL), 0);
	settle(1);
	assert_int_equal(got.n_dicts, 1);
	assert_string_equal(got.dicts[0], "0123456789abcdef");
	/* Acknowledged in any order, twice, and what never was. */
	assert_int_equal(journal_out_acked(j, "cloud", 4, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 3, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 3, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 99, 0, on_done, NULL), 0);
	settle(4);
	assert_int_equal(got.errors, 0);
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 2);
	state(j);
	assert_int_equal(got.state.last_acked, 4);
	assert_int_equal(got.state.waiting_bytes, 4);
	assert_int_equal(got.state.waiting[OUT_URGENT], 0);
	journal_free(j);
	/* Numbers never go back, also when nothing waits. */
	j = open_journal();
	assert_int_equal(journal_out_acked(j, "cloud", 1, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 2, 0, on_done, NULL), 0);
	journal_free(j);
	j = open_journal();
	state(j);
	assert_int_equal(got.state.last_seq, 4);
	assert_int_equal(got.state.waiting_bytes, 0);
	journal_free(j);
}

/* Ten bytes a message, forty allowed. */
static void test_outbox_bound(void **s)
{
	struct journal *j = open_journal();

	state(j);
	put(j, 1, OUT_EVENT, "e", "0123456789", 0, 40);
	put(j, 2, OUT_REPORT, "r", "0123456789", 0, 40);
	put(j, 3, OUT_REPORT, "r", "0123456789", 0, 40);
	put(j, 4, OUT_EVENT, "e", "0123456789", 0, 40);
	settle(4);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	put(j, 5, OUT_URGENT, "e", "0123456789", 0, 40);
	put(j, 6, OUT_REPORT, "r", "0123456789", 0, 40);
	settle(2);
	/* The oldest reports went, no event. */
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 4);
	assert_int_equal(got.out[0].seq, 5);
	assert_int_equal(got.out[1].seq, 1);
	assert_int_equal(got.out[2].seq, 4);
	assert_int_equal(got.out[3].seq, 6);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 2);
	assert_int_equal(got.lost[0].last, 3);
	/* 7 states them and pushes out 6, which nobody has stated yet. */
	put(j, 7, OUT_EVENT, "e", "0123456789", 0, 40);
	settle(1);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 6);
	assert_int_equal(got.lost[0].last, 6);
	/* 8 states 6. 7 is dropped: what it stated must be stated anew, beside itself. */
	put(j, 8, OUT_URGENT, "e", "0123456789", 0, 40);
	settle(1);
	assert_int_equal(journal_out_drop(j, "cloud", 7, on_done, NULL), 0);
	settle(1);
	state(j);
	assert_int_equal(got.state.lost_messages, 5); /* 2 3 6, then 1 for 8's sake, 7 */
	lost(j);
	assert_int_equal(got.n_lost, 3);
	assert_int_equal(got.lost[0].first, 1);
	assert_int_equal(got.lost[0].last, 1);
	assert_int_equal(got.lost[1].first, 2);
	assert_int_equal(got.lost[1].last, 3);
	assert_int_equal(got.lost[2].first, 7);
	assert_int_equal(got.lost[2].last, 7);
	/* Once a message that stated them is acknowledged they are settled for good. */
	put(j, 9, OUT_URGENT, "e", "x", 0, 40);
	settle(1);
	assert_int_equal(journal_out_acked(j, "cloud", 8, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 9, 0, on_done, NULL), 0);
	settle(2);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	journal_free(j);
	j = open_journal();
	state(j);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	assert_int_equal(got.state.lost_messages, 5);
	journal_free(j);
}

static void test_history_bound(void **s)
{
	struct journal *j = open_with(200 * 1024, 0);
	struct journal_status st;
	uint64_t first;

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 32; i++) {
			void *p = calloc(1, 1000);

			assert_int_equal(
				journal_append_block(j, "a", 1, 1, 2, 3, p, 1000, on_done, NULL),
				0);
		}
		settle(32);
	}
	assert_int_equal(got.errors, 0);
	journal_get_status(j, &st);
	/* One group may stand above the bound until the next one. */
	assert_true(st.bytes <= 200 * 1024 + 40 * 4096);
	assert_true(st.rows >= 80 && st.rows <= 220);
	assert_int_equal(st.rows + st.expired_rows, 640);
	read_blocks(j, 0, 1);
	first = got.blocks[0].row;
	assert_int_equal(first, st.expired_rows + 1);
	journal_free(j);
	/* Row numbers go on. */
	j = open_with(200 * 1024, 0);
	assert_int_equal(append(j, "a", 1, "x"), 0);
	settle(1);
	read_blocks(j, 640, 10);
	assert_int_equal(got.blocks[0].row, 641);
	journal_free(j);
}

/* A cursor is never passed by new rows, not even when every row it saw is gone. */
static void test_cursor_and_rows(void **s)
{
	struct journal *j = open_journal();

	for (int i = 0; i < 3; i++)
		assert_int_equal(append(j, "a", 1, "x"), 0);
	settle(3);
	state(j);
	assert_int_equal(got.state.cursor, 3); /* history before it was configured is not its own */
	put(j, 1, OUT_REPORT, "r", "x", 3, 0);
	settle(1);
	journal_free(j);
	sql("DELETE FROM history");
	j = open_journal();
	assert_int_equal(append(j, "a", 1, "new"), 0);
	settle(1);
	read_blocks(j, 3, 10);
	assert_int_equal(got.n_blocks, 1);
	assert_int_equal(got.blocks[0].row, 4);
	journal_free(j);
}

static void test_crc(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;

	state(j);
	for (int i = 0; i < 4; i++)
		assert_int_equal(append(j, "a", (uint64_t)i, "block"), 0);
	put(j, 1, OUT_REPORT, "r", "one", 0, 0);
	put(j, 2, OUT_REPORT, "r", "two", 0, 0);
	put(j, 3, OUT_REPORT, "r", "three", 0, 0);
	assert_int_equal(journal_put_finding(j, 1, "a", true, "f", 1, on_done, NULL), 0);
	assert_int_equal(journal_put_meta(j, "k", "v", 1, on_done, NULL), 0);
	settle(9);
	assert_int_equal(got.errors, 0);
	journal_free(j);
	sql("UPDATE history SET blob='blick' WHERE row=2; UPDATE history SET t0=99 WHERE row=4;"
	    "UPDATE outbox SET payload='owt' WHERE payload=CAST('two' AS BLOB);"
	    "UPDATE finding SET open=0; UPDATE meta SET value='w'");
	j = open_journal();
	read_blocks(j, 0, 10);
	assert_int_equal(got.n_blocks, 2);
	assert_int_equal(got.blocks[0].row, 1);
	assert_int_equal(got.blocks[1].row, 3);
	assert_int_equal(got.last_row, 4);
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 2);
	assert_string_equal(got.out[1].payload, "three");
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 2);
	assert_int_equal(journal_read_findings(j, false, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 0);
	assert_int_equal(journal_get_meta(j, "k", on_meta, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, -ENOENT);
	journal_get_status(j, &st);
	assert_int_equal(st.bad_rows, 5);
	assert_int_equal(st.set_aside, 0);
	assert_false(st.degraded);
	journal_free(j);
	/* A number that went back would be given twice: the whole store is given up. */
	sql("UPDATE upstream SET last_seq=1");
	j = open_journal();
	state(j);
	assert_int_equal(got.state.last_seq, 0);
	journal_get_status(j, &st);
	assert_int_equal(st.set_aside, 1);
	journal_free(j);
}

static void overwrite(off_t at, size_t n)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	_cleanup_free_ char *junk = malloc(n);

	memset(junk, 0xa5, n);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, n, at), (ssize_t)n);
}

static bool exists(const char *suffix)
{
	char p[160];

	(void)snprintf(p, sizeof(p), "%s%s", path, suffix);
	return access(p, F_OK) == 0;
}

static void test_damaged_file(void **s)
{
	struct journal_status st;
	struct journal *j;
	char epoch[9];

	for (int round = 0; round < 5; round++) {
		j = open_journal();
		state(j);
		str_copy(epoch, sizeof(epoch), got.state.epoch);
		for (int i = 0; i < 100; i++)
			assert_int_equal(append(j, "a", 1, "some text to fill pages"), 0);
		settle(100);
		journal_free(j);
		overwrite(4096 * round, 2000);
		j = open_journal();
		state(j);
		assert_string_not_equal(got.state.epoch, epoch);
		assert_int_equal(got.state.last_seq, 0);
		read_blocks(j, 0, 10);
		assert_int_equal(got.n_blocks, 0);
		journal_get_status(j, &st);
		assert_int_equal(st.set_aside, 1);
		assert_false(st.degraded);
		journal_free(j);
	}
	assert_true(exists(".bad-1") && exists(".bad-2") && exists(".bad-3"));
	assert_false(exists(".bad-4"));
	/* Text, and a directory in its place. */
	overwrite(0, 100);
	assert_int_equal(truncate(path, 50), 0);
	j = open_journal();
	state(j);
	journal_free(j);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	j = open_journal();
	assert_int_equal(journal_out_open(j, "cloud", on_state, NULL), 0);
	settle(1);
	assert_true(got.last_error < 0);
	/* Recovers when the cause is gone. */
	assert_int_equal(rmdir(path), 0);
	while (journal_get_status(j, &st), st.degraded)
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	state(j);
	journal_free(j);
}

static void test_formats(void **s)
{
	struct journal_status st;
	struct journal *j = open_journal();
	char epoch[9];

	state(j);
	str_copy(epoch, sizeof(epoch), got.state.epoch);
	journal_free(j);
	sql("PRAGMA user_version=2");
	j = open_journal();
	assert_int_equal(journal_out_open(j, "cloud", on_state, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, -EPROTONOSUPPORT);
	journal_get_status(j, &st);
	assert_true(st.degraded);
	assert_non_null(strstr(st.text, "newer hearthd"));
	journal_free(j);
	assert_false(exists(".bad-1"));
	sql("PRAGMA user_version=1");
	j = open_journal();
	state(j);
	assert_string_equal(got.state.epoch, epoch);
	journal_free(j);
	/* Somebody else's database is not ours to use. */
	sql("PRAGMA application_id=1");
	j = open_journal();
	state(j);
	assert_true(exists(".bad-1"));
	journal_free(j);
}

/* While something else has the file there is no answer to what is in it. */
static void test_queue_overflow(void **s)
{
	struct journal_status st;
	struct journal *j;
	sqlite3 *db;

	j = open_journal();
	state(j);
	journal_free(j);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE", NULL,
				 NULL, NULL),
		SQLITE_OK);
	j = open_with(0, 256 * 1024);
	got.done_calls = 0;
	for (int i = 0; i < 1000; i++) {
		void *p = calloc(1, 2000);

		assert_int_equal(
			journal_append_block(j, "a", 1, (uint64_t)i, 2, 3, p, 2000, on_done, NULL),
			0);
		assert_int_equal(sd_event_run(event, 0) >= 0, 1);
		if (i == 500)
			assert_int_equal(
				journal_put_finding(j, 1, "a", true, "E4", 2, on_done, NULL), 0);
	}
	journal_get_status(j, &st);
	assert_true(st.queued_bytes <= 256 * 1024);
	assert_true(st.lost_rows > 800 && st.lost_rows < 950);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	while (got.done_calls < 1001)
		settle(1);
	assert_int_equal(got.done_calls, 1001);
	assert_int_equal(got.errors, (int)st.lost_rows);
	/* The newest were kept, and the finding though it was older than most. */
	assert_int_equal(journal_read_findings(j, false, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 1);
	read_blocks(j, 0, 256);
	assert_int_equal(got.blocks[got.n_blocks - 1].t0, 999);
	journal_free(j);
}

/* RLIMIT_FSIZE is this process's own full disk. */
static void set_limit(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = MIN(bytes, r.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void test_disk_full(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;
	char big[4001];
	uint64_t seq = 1;

	(void)signal(SIGXFSZ, SIG_IGN);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	state(j);
	set_limit(128 * 1024);
	do {
		put(j, seq, OUT_REPORT, "r", big, seq + 1, 0);
		seq++;
		settle(1);
	} while (got.last_error == 0 && seq < 1000);
	assert_int_equal(got.last_error, -ENOSPC);
	seq--;
	journal_get_status(j, &st);
	assert_true(st.degraded);
	assert_int_equal(st.error, -ENOSPC);
	assert_int_equal(got.status_calls, 1);
	/* What does not write goes on, the failed put left nothing. */
	state(j);
	assert_int_equal(got.state.last_seq, seq - 1);
	assert_int_equal(got.state.cursor, seq);
	assert_int_equal(got.state.waiting[OUT_REPORT], seq - 1);
	/* History waits. */
	got.done_calls = 0;
	got.errors = 0;
	assert_int_equal(append(j, "a", 1, "while full"), 0);
	assert_int_equal(journal_put_finding(j, 9, "a", true, "E4", 2, on_done, NULL), 0);
	for (int i = 0; i < 5; i++)
		state(j);
	assert_int_equal(got.done_calls, 5);
	set_limit(RLIM_INFINITY);
	settle(2);
	assert_int_equal(got.errors, 0);
	assert_int_equal(got.status_calls, 2);
	journal_get_status(j, &st);
	assert_false(st.degraded);
	put(j, seq, OUT_REPORT, "r", big, seq, 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
	journal_free(j);
	j = open_journal();
	state(j);
	assert_int_equal(got.state.last_seq, seq);
	read_blocks(j, 0, 10);
	assert_string_equal(got.blocks[0].blob, "while full");
	journal_get_status(j, &st);
	assert_int_equal(st.set_aside, 0);
	journal_free(j);
}

static void test_alive(void **s)
{
	struct journal *j = open_journal();
	uint64_t now = clock_boottime_us();

	assert_true(journal_alive(j, now));
	assert_int_equal(append(j, "a", 1, "x"), 0);
	assert_true(journal_alive(j, now + JOURNAL_STUCK_US / 2));
	/* It owes an answer that this loop has not taken yet. */
	assert_false(journal_alive(j, now + 2 * JOURNAL_STUCK_US));
	settle(1);
	assert_true(journal_alive(j, now + 2 * JOURNAL_STUCK_US));
	journal_free(j);
}

/* --- kill -9: what the child was told is done must be there. It tells by a pipe, from the
 * callback. */
struct told {
	char kind; /* 'h' history, 'o' outbox, 'a' acknowledged */
	uint64_t n;
};
static int tell_fd;
static uint64_t child_seq, child_row;

static void tell(char kind, uint64_t n)
{
	struct told t = {.kind = kind, .n = n};

	if (write(tell_fd, &t, sizeof(t)) != sizeof(t))
		_exit(1);
}

static void child_appended(int error, void *u)
{
	if (error == 0)
		tell('h', (uint64_t)(uintptr_t)u);
}

static void child_acked(int error, void *u)
{
	if (error == 0)
		tell('a', (uint64_t)(uintptr_t)u);
}

static struct journal *child_journal;

static void child_post(void);

static void child_put(int error, void *u)
{
	uint64_t seq = (uint64_t)(uintptr_t)u;

	if (error != 0)
		_exit(2);
	tell('o', seq);
	if (seq % 3 == 0)
		(void)journal_out_acked(child_journal, "cloud", seq, 0, child_acked, u);
	child_seq = seq;
	child_post();
}

static void child_post(void)
{
	uint64_t seq = child_seq + 1;
	struct out_message m = {.seq = seq, .class = OUT_REPORT, .topic = "r"};
	char text[32];

	for (int i = 0; i < 2; i++) {
		child_row++;
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)child_row);
		(void)journal_append_block(child_journal, "a", 1, child_row, 0, 0, strdup(text),
			strlen(text), child_appended, (void *)(uintptr_t)child_row);
	}
	(void)snprintf(text, sizeof(text), "m%llu", (unsigned long long)seq);
	m.payload = strdup(text);
	m.n = strlen(text);
	(void)journal_out_put(
		child_journal, "cloud", &m, child_row, 0, child_put, (void *)(uintptr_t)seq);
}

static void child_ready(int error, const struct out_state *s, void *u)
{
	if (error != 0)
		_exit(3);
	child_seq = s->last_seq;
	child_row = s->cursor;
	child_post();
}

static void child_run(int fd)
{
	struct journal_config c = {.path = path};
	sd_event *e;

	tell_fd = fd;
	if (sd_event_new(&e) < 0 || journal_new(e, &c, &child_journal) < 0 ||
		journal_out_open(child_journal, "cloud", child_ready, NULL) < 0)
		_exit(4);
	(void)sd_event_loop(e);
	_exit(5);
}

static void on_untold(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	got.n_untold = n;
	got.last_row = last_row;
	for (size_t i = 0; i < n; i++) {
		got.untold[i] = v[i];
		(void)snprintf(got.untold_text[i], 32, "%.*s", (int)v[i].n, (char *)v[i].blob);
	}
}

static void read_untold(struct journal *j, const char *upstream, uint64_t after)
{
	assert_int_equal(journal_read_untold(j, upstream, after, on_untold, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void tell_finding(
	struct journal *j, uint64_t id, uint64_t untold, const char *text, const char *upstreams)
{
	struct journal_untold u = {
		.id = untold, .change = 2, .boot_id = 77, .at_us = 5, .wall_us = -9};

	assert_int_equal(journal_tell_finding(j, id, "fridge", true, text, strlen(text), &u,
				 upstreams, on_done, NULL),
		0);
}

static void put_telling(struct journal *j, uint64_t seq, uint64_t told)
{
	struct out_message m = {.seq = seq, .class = OUT_EVENT, .topic = "event", .told = told};

	m.payload = strdup("e");
	m.n = 1;
	assert_int_equal(journal_out_put(j, "cloud", &m, 0, 0, on_done, NULL), 0);
}

static void fetch_at(struct journal *j, uint64_t now, uint64_t session)
{
	assert_int_equal(
		journal_out_fetch(j, "cloud", NULL, 0, 50, now, session, on_fetch, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void acked_at(struct journal *j, uint64_t seq, uint64_t now)
{
	assert_int_equal(journal_out_acked(j, "cloud", seq, now, on_done, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void receipt(struct journal *j, const uint64_t *seqs, size_t n)
{
	assert_int_equal(journal_out_receipt(j, "cloud", seqs, n, on_done, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

/* Acknowledged by the broker, and not by the receiver: kept over a restart, sent again with patience. */
static void test_receipts(void **s)
{
	const uint64_t min = 60 * USEC_PER_SEC, both[] = {2, 3, 77};
	struct journal *j = open_journal();

	state(j);
	put(j, 1, OUT_REPORT, "r", "r1", 0, 0);
	put(j, 2, OUT_EVENT, "e", "e2", 0, 0);
	put(j, 3, OUT_URGENT, "e", "u3", 0, 0);
	put(j, 4, OUT_EVENT, "e", "e4", 0, 0);
	settle(4);
	acked_at(j, 1, min); /* a report is done with that */
	acked_at(j, 2, min);
	acked_at(j, 3, min);
	state(j);
	assert_int_equal(got.state.unreceipted, 2);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 2);
	assert_int_equal(got.state.waiting[OUT_REPORT], 0);
	assert_int_equal(got.state.waiting_bytes, 6);
	fetch_at(j, 2 * min, min);
	assert_int_equal(got.n_out, 1); /* only the new one */
	assert_int_equal(got.out[0].seq, 4);
	fetch_at(j, 3 * min, min); /* two minutes on, in the order of classes */
	assert_int_equal(got.n_out, 3);
	assert_string_equal(got.out[0].payload, "u3");
	assert_int_equal(got.out[0].class, OUT_URGENT);
	assert_string_equal(got.out[1].payload, "e2");
	assert_string_equal(got.out[2].payload, "e4");
	acked_at(j, 2, 3 * min);
	fetch_at(j, 6 * min, min); /* 2 was sent twice: its turn is at 7 */
	assert_int_equal(got.n_out, 2);
	fetch_at(j, 7 * min, min);
	assert_int_equal(got.n_out, 3);
	/* The broker came back: at once, but not sooner than 10 s after the last copy. */
	fetch_at(j, 3 * min + 9 * USEC_PER_SEC, 3 * min + 1);
	assert_int_equal(got.n_out, 2); /* 3 and 4 */
	fetch_at(j, 3 * min + 10 * USEC_PER_SEC, 3 * min + 1);
	assert_int_equal(got.n_out, 3);
	journal_free(j);

	j = open_journal();
	state(j);
	assert_int_equal(got.state.unreceipted, 2);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 2);
	fetch_at(j, 1, 1); /* after a start all are due */
	assert_int_equal(got.n_out, 3);
	assert_string_equal(got.out[0].payload, "u3");
	/* A receipt for what was never acknowledged is no reason to give it up. */
	receipt(j, &(uint64_t){4}, 1);
	receipt(j, both, 3);
	receipt(j, both, 3);
	state(j);
	assert_int_equal(got.state.unreceipted, 0);
	assert_int_equal(got.state.waiting[OUT_EVENT], 1);
	assert_int_equal(got.state.waiting_bytes, 2);
	fetch_at(j, 1000 * min, min);
	assert_int_equal(got.n_out, 1);
	assert_int_equal(got.out[0].seq, 4);
	/* Not wanted any more. */
	acked_at(j, 4, min);
	receipt(j, NULL, 0);
	fetch_at(j, 1000 * min, min);
	assert_int_equal(got.n_out, 0);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	/* A damaged one is lost; it and what is over the bound are stated. */
	put(j, 5, OUT_EVENT, "e", "damage me", 0, 0);
	put(j, 6, OUT_URGENT, "e", "u6", 0, 0);
	settle(2);
	acked_at(j, 5, min);
	acked_at(j, 6, min);
	journal_free(j);
	sql("UPDATE outbox SET payload='x' WHERE payload=CAST('damage me' AS BLOB)");
	j = open_journal();
	state(j);
	fetch_at(j, 1, 1);
	assert_int_equal(got.n_out, 1);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 5);
	for (uint64_t seq = 7; seq < 7 + OUT_UNRECEIPTED_MAX; seq++) {
		put(j, seq, OUT_EVENT, "e", "x", 0, 0);
		settle(1);
		acked_at(j, seq, min);
	}
	state(j);
	assert_int_equal(got.state.unreceipted, OUT_UNRECEIPTED_MAX);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], OUT_UNRECEIPTED_MAX - 1);
	/* The bound of bytes takes the oldest, wherever it stands. */
	put(j, 7 + OUT_UNRECEIPTED_MAX, OUT_EVENT, "e", "y", 0, 20);
	settle(1);
	state(j);
	assert_int_equal(got.state.waiting_bytes, 20);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.unreceipted, 18);
	assert_int_equal(got.errors, 0);
	journal_free(j);
}

/* What is to be told survives, upstream by upstream, until the message about it is stored. */
static void test_untold(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;

	state(j);
	tell_finding(j, 1, 901, "one", "cloud home");
	tell_finding(j, 1, 17, "two", "cloud");
	tell_finding(j, 2, 500, "three", "home");
	tell_finding(j, 3, 501, "nobody", "");
	settle(4);
	assert_int_equal(got.errors, 0);
	journal_free(j);

	j = open_journal();
	state(j);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 2);
	assert_int_equal(got.untold[0].id, 901);
	assert_int_equal(got.untold[0].change, 2);
	assert_int_equal(got.untold[0].boot_id, 77);
	assert_int_equal(got.untold[0].at_us, 5);
	assert_int_equal(got.untold[0].wall_us, -9);
	assert_string_equal(got.untold_text[0], "one");
	assert_string_equal(got.untold_text[1], "two"); /* as it was then */
	read_untold(j, "cloud", got.untold[0].row);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(got.untold[0].id, 17);
	put_telling(j, 1, 901);
	settle(1);
	journal_free(j);
	j = open_journal();
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(got.untold[0].id, 17);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 2);
	/* A put that is refused has told nothing. */
	put_telling(j, 9, 17);
	settle(1);
	assert_int_equal(got.last_error, -ESTALE);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(journal_forget_untold(j, "cloud", 17), 0);
	assert_int_equal(journal_forget_untold(j, "cloud", 17), 0);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 0);
	assert_int_equal(journal_keep_untold(j, "cloud hom"), 0);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 0);

	/* Its bound: the oldest give way. */
	for (uint64_t i = 1; i <= JOURNAL_UNTOLD_MAX + 10; i++) {
		tell_finding(j, 1, i, "x", "cloud");
		settle(1);
	}
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, JOURNAL_UNTOLD_READ);
	assert_int_equal(got.untold[0].id, 11);
	assert_int_equal(got.errors, 1);
	journal_free(j);
	sql("UPDATE untold SET at=6 WHERE id=12");
	j = open_journal();
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, JOURNAL_UNTOLD_READ - 1);
	assert_int_equal(got.untold[1].id, 13);
	journal_get_status(j, &st);
	assert_int_equal(st.bad_rows, 1);
	journal_free(j);
}

/* A finding waits in memory for the disk; messages are refused meanwhile, none is told before it. */
static void test_untold_overtaken(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;

	(void)signal(SIGXFSZ, SIG_IGN);
	state(j);
	set_limit(4096); /* not even what is in the WAL fits the file */
	put(j, 1, OUT_REPORT, "r", "x", 0, 0);
	settle(1);
	assert_int_equal(got.last_error, -ENOSPC);
	state(j);
	tell_finding(j, 5, 55, "waits", "cloud home");
	journal_get_status(j, &st);
	assert_true(st.degraded && st.findings_queued);
	/* Nothing else is written meanwhile. */
	put_telling(j, got.state.last_seq + 1, 55);
	settle(1);
	assert_int_equal(got.last_error, -ENOSPC);
	set_limit(RLIM_INFINITY);
	settle(1); /* the finding */
	put_telling(j, got.state.last_seq + 1, 55);
	settle(1);
	assert_int_equal(got.last_error, 0);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 0);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 1);
	journal_free(j);
}

static void test_kill(void **s)
{
	static bool rows[100000], messages[100000], acked[100000];
	unsigned seed = 1;
	uint64_t total = 0;

	for (int round = 0; round < 12; round++) {
		struct journal *j;
		struct told t;
		uint64_t after = 0;
		int fds[2], status;
		unsigned told = 0, limit;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)close(fds[0]);
			child_run(fds[1]);
		}
		(void)close(fds[1]);
		/* Killed after so many reports, wherever it is then. */
		limit = 1 + (unsigned)rand_r(&seed) % 120;
		while (read(fds[0], &t, sizeof(t)) == sizeof(t)) {
			bool *v = t.kind == 'h' ? rows : t.kind == 'o' ? messages : acked;

			assert_true(t.n < 100000);
			v[t.n] = true;
			total++;
			if (++told == limit)
				assert_int_equal(kill(pid, SIGKILL), 0);
		}
		(void)close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSIGNALED(status))
			fail_msg("status %x after %u", status, told);

		j = open_journal();
		state(j);
		for (uint64_t i = 1; i < 100000; i++) {
			if (messages[i])
				assert_true(i <= got.state.last_seq);
			if (messages[i] && i % 3 != 0)
				assert_true(got.state.waiting[OUT_REPORT] > 0);
		}
		do {
			read_blocks(j, after, 256);
			for (size_t i = 0; i < got.n_blocks; i++) {
				char text[32];

				(void)snprintf(text, sizeof(text), "%llu",
					(unsigned long long)got.blocks[i].t0);
				assert_string_equal(got.blocks[i].blob, text);
				rows[got.blocks[i].t0] = false;
			}
			after = got.last_row;
		} while (got.n_blocks > 0);
		for (uint64_t i = 0; i < 100000; i++)
			assert_false(rows[i]);
		/* Every message that was stored and not acknowledged is there with its bytes. */
		for (uint64_t i = 1; i <= got.state.last_seq; i++) {
			uint64_t n = 0;

			if (i % 3 == 0)
				continue;
			if (i % 17 == 0) { /* enough of them */
				static uint64_t others[1024];

				for (uint64_t k = 1; k <= got.state.last_seq && n < 1024; k++)
					if (k != i)
						others[n++] = k;
				fetch(j, others, n, 1);
				assert_int_equal(got.n_out, 1);
				assert_int_equal(got.out[0].seq, i);
			}
		}
		journal_free(j);
	}
	assert_true(total > 100);
}

/* The record of writes and what the gate counts: one transaction; newest first; a file of before has
 * the table made. */
static void test_controls(void **s)
{
	struct journal *j = open_journal();

	got.n_findings = 0;
	assert_int_equal(journal_put_control(j, "fridge", "one", 3, "S1", 2, on_done, NULL), 0);
	assert_int_equal(journal_put_control(j, "boiler", "two", 3, NULL, 0, on_done, NULL), 0);
	assert_int_equal(journal_put_control(j, "fridge", NULL, 0, "S2", 2, on_done, NULL), 0);
	assert_int_equal(journal_put_control(j, "fridge", "three", 5, "S3", 2, on_done, NULL), 0);
	assert_int_equal(journal_get_meta(j, JOURNAL_CONTROL_KEY "fridge", on_meta, NULL), 0);
	assert_int_equal(journal_read_controls(j, "fridge", 10, on_finding, NULL), 0);
	settle(6);
	assert_int_equal(got.errors, 0);
	assert_string_equal(got.meta, "gate/fridge=S3");
	assert_int_equal(got.n_findings, 2);
	assert_int_equal(got.findings[0], 3);
	assert_int_equal(got.findings[1], 1);
	assert_string_equal(got.finding_text, "fridge 0 one");
	got.n_findings = 0;
	assert_int_equal(journal_read_controls(j, "", 2, on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 2);
	assert_int_equal(got.findings[1], 2);
	assert_int_equal(journal_put_control(j, "", "x", 1, NULL, 0, on_done, NULL), -EINVAL);
	assert_int_equal(journal_put_control(j, "a", "x", 5000, NULL, 0, on_done, NULL), -E2BIG);
	journal_free(j);
}

static int64_t command_now = INT64_C(1795000000000000);

static int put_command(struct journal *j, const char *up, const char *id, int64_t in_s)
{
	got.meta[0] = 0;
	assert_int_equal(journal_put_command(j, up, id, command_now, command_now + in_s * 1000000,
				 "begun", 5, on_meta, NULL),
		0);
	settle(1);
	return got.last_error;
}

/* Each id once: over a restart, after its end, and when the clock goes back. */
static void test_commands(void **s)
{
	struct journal *j = open_journal();

	assert_int_equal(put_command(j, "cloud", "1", 60), 0);
	assert_int_equal(put_command(j, "cloud", "1", 60), -EEXIST);
	assert_string_equal(got.meta, "1=begun");
	assert_int_equal(put_command(j, "home", "1", 60), 0); /* another's ids are its own */
	assert_int_equal(put_command(j, "cloud", "2", 3600), 0);
	assert_int_equal(journal_end_command(j, "cloud", "1", "ended", 5, on_done, NULL), 0);
	settle(1);
	journal_free(j);

	j = open_journal();
	got.n_findings = 0;
	assert_int_equal(journal_read_commands(j, "cloud", on_finding, NULL), 0);
	settle(1);
	assert_int_equal(got.n_findings, 1); /* begun and not ended */
	assert_string_equal(got.finding_text, "cloud 1 begun");
	assert_int_equal(put_command(j, "cloud", "1", 60), -EEXIST);
	assert_string_equal(got.meta, "1=ended");
	/* Expired: forgotten, and no clock that is put back makes it new again. */
	command_now += 61 * 1000000;
	assert_int_equal(put_command(j, "cloud", "3", 60), 0);
	command_now -= 61 * 1000000;
	assert_int_equal(put_command(j, "cloud", "1", 60), -ESTALE);
	assert_int_equal(put_command(j, "cloud", "4", 61), 0);
	assert_int_equal(put_command(j, "cloud", "2", 3600), -EEXIST); /* it lives still */
	journal_free(j);
	j = open_journal();
	assert_int_equal(put_command(j, "cloud", "1", 60), -ESTALE);
	assert_int_equal(put_command(j, "garden", "1", 60), 0); /* never seen there */

	/* No names and no sizes that do not fit. */
	char id[JOURNAL_COMMAND_ID + 1];

	memset(id, 'x', sizeof(id));
	id[JOURNAL_COMMAND_ID] = 0;
	assert_int_equal(journal_put_command(j, "cloud", id, 0, 1, "b", 1, on_meta, NULL), -EINVAL);
	assert_int_equal(journal_put_command(j, "cloud", "", 0, 1, "b", 1, on_meta, NULL), -EINVAL);
	assert_int_equal(journal_put_command(j, "../x", "1", 0, 1, "b", 1, on_meta, NULL), -EINVAL);
	assert_int_equal(journal_put_command(j, "cloud", "9", 0, 1, path, JOURNAL_COMMAND_MAX + 1,
				 on_meta, NULL),
		-E2BIG);
	journal_free(j);
}

/* The rows are made by hand: 4096 fsyncs would take their time. */
static void fill_commands(const char *up, unsigned n)
{
	char sql[512];
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	(void)snprintf(sql, sizeof(sql),
		"WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM k WHERE i<%u)"
		" INSERT INTO command SELECT '%s', 'n' || i, %lld, 0, 0, x'' FROM k",
		n, up, (long long)(command_now + 3600 * INT64_C(1000000)));
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_commands_bound(void **s)
{
	struct journal *j = open_journal();

	assert_int_equal(put_command(j, "cloud", "1", 60), 0);
	journal_free(j);
	fill_commands("cloud", JOURNAL_COMMANDS_EACH - 2);
	j = open_journal();
	assert_int_equal(put_command(j, "cloud", "last", 60), 0);
	assert_int_equal(put_command(j, "cloud", "over", 60), -E2BIG);
	assert_int_equal(put_command(j, "cloud", "last", 60), -EEXIST);
	assert_int_equal(put_command(j, "home", "1", 60), 0); /* it has its own share */
	journal_free(j);
	fill_commands("b", JOURNAL_COMMANDS_EACH);
	fill_commands("c", JOURNAL_COMMANDS_EACH);
	fill_commands("d", JOURNAL_COMMANDS_EACH - 2);
	j = open_journal();
	assert_int_equal(put_command(j, "home", "2", 60), 0);
	assert_int_equal(put_command(j, "home", "3", 60), -E2BIG); /* 4096 in all */
	command_now += 3601 * INT64_C(1000000);
	assert_int_equal(put_command(j, "home", "3", 60), 0); /* time makes room */
	journal_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commands_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_flushes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_findings_meta_alias, setup, teardown),
		cmocka_unit_test_setup_teardown(test_controls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outbox, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outbox_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor_and_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receipts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_untold, setup, teardown),
		cmocka_unit_test_setup_teardown(test_untold_overtaken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kill, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
