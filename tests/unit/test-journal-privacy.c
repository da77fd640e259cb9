/* SPDX-License-Identifier: Apache-2.0 */
/* Withdrawing, renaming, and the ledger, on a real file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/journal/journal.h"
#include "daemon/base/clock.h"

#include <sqlite3.h>
#include <stdio.h>
#include <systemd/sd-event.h>

static char dir[64], path[96];
static sd_event *event;
static struct journal *j;

static struct {
	int calls, error;
	struct out_state state;
	struct seq_range lost[OUT_LOST_MAX];
	size_t n_lost, n_out, n_ledger;
	uint64_t out[300], n, row;
	bool more;
	struct ledger_entry ledger[LEDGER_READ_MAX];
	char first_payload[64], alias[33];
} got;

static void on_done(int error, void *u)
{
	got.calls++;
	got.error = error;
}

static void on_state(int error, const struct out_state *s, void *u)
{
	if (s)
		got.state = *s;
	on_done(error, u);
}

static void on_lost(int error, const struct seq_range *v, size_t n, void *u)
{
	if (n > 0)
		memcpy(got.lost, v, n * sizeof(*v));
	got.n_lost = n;
	on_done(error, u);
}

static void on_out(int error, const struct out_message *v, size_t n, void *u)
{
	for (size_t i = 0; i < n; i++)
		got.out[i] = v[i].seq;
	got.n_out = n;
	on_done(error, u);
}

static void on_withdrawn(int error, uint64_t n, bool more, void *u)
{
	got.n = n;
	got.more = more;
	on_done(error, u);
}

static void on_ledger(int error, const struct ledger_entry *v, size_t n, uint64_t last_row, void *u)
{
	if (n > 0)
		memcpy(got.ledger, v, n * sizeof(*v));
	got.n_ledger = n;
	got.row = last_row;
	got.first_payload[0] = '\0';
	if (n > 0 && v[0].payload)
		(void)snprintf(got.first_payload, sizeof(got.first_payload), "%.*s", (int)v[0].n,
			(const char *)v[0].payload);
	on_done(error, u);
}

static void on_row(int error, uint64_t row, void *u)
{
	got.row = row;
	on_done(error, u);
}

static void on_alias(int error, const char *alias, void *u)
{
	(void)str_copy(got.alias, sizeof(got.alias), alias ? alias : "");
	on_done(error, u);
}

/* The outcome of the call just made. */
static int outcome(int posted)
{
	int until = got.calls + 1;
	uint64_t end = clock_boottime_us() + 30 * USEC_PER_SEC;

	assert_int_equal(posted, 0);
	while (got.calls < until) {
		assert_true(clock_boottime_us() < end);
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
	return got.error;
}

static void mask(char *p, size_t n)
{
	memset(p, '*', n);
}

static void open_journal(void)
{
	assert_int_equal(journal_new(event,
				 &(struct journal_config){
					 .path = path, .clock = CLOCK_TRUST_YES, .mask = mask},
				 &j),
		0);
	assert_int_equal(outcome(journal_out_open(j, "cloud", on_state, NULL)), 0);
}

static void reopen(void)
{
	j = journal_free(j);
	open_journal();
}

static void put_as(enum out_class class, const char *topic, size_t n, uint64_t replaces)
{
	struct out_message m = {.class = class, .n = n, .replaces = replaces};

	assert_int_equal(outcome(journal_out_open(j, "cloud", on_state, NULL)), 0);
	m.seq = got.state.last_seq + 1;
	(void)str_copy(m.topic, sizeof(m.topic), topic);
	m.payload = malloc(n + 1);
	assert_non_null(m.payload);
	memset(m.payload, 'a' + (int)(m.seq % 26), n);
	assert_int_equal(outcome(journal_out_put(j, "cloud", &m, 0, UINT64_MAX, on_done, NULL)), 0);
}

static void put(enum out_class class, const char *topic)
{
	put_as(class, topic, 5, 0);
}

static void lost(void)
{
	assert_int_equal(outcome(journal_out_lost(j, "cloud", on_lost, NULL)), 0);
}

static void fetch(void)
{
	assert_int_equal(
		outcome(journal_out_fetch(j, "cloud", NULL, 0, 256, 0, 0, on_out, NULL)), 0);
}

static void ledger(void)
{
	assert_int_equal(
		outcome(journal_ledger_read(j, "cloud", UINT64_MAX, 0, 0, 200, on_ledger, NULL)),
		0);
}

static int setup(void **s)
{
	memset(&got, 0, sizeof(got));
	scratch_new(dir);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_true(sd_event_new(&event) >= 0);
	open_journal();
	return 0;
}

static int teardown(void **s)
{
	j = journal_free(j);
	event = sd_event_unref(event);
	return scratch_done(dir);
}

static void test_withdraw(void **state)
{
	const uint64_t seqs[] = {2, 77};

	put(OUT_REPORT, "t/report");
	put(OUT_EVENT, "t/event");
	put(OUT_REPORT, "t/report");
	put(OUT_URGENT, "t/event");
	put(OUT_REPORT, "t/summary");
	assert_int_equal(outcome(journal_out_read(j, "cloud", OUT_URGENT, 0, 10, on_out, NULL)), 0);
	assert_int_equal(got.n_out, 5);
	assert_int_equal(got.out[0], 4);
	assert_int_equal(got.out[1], 2);
	assert_int_equal(outcome(journal_out_read(j, "cloud", OUT_EVENT, 2, 10, on_out, NULL)), 0);
	assert_int_equal(got.n_out, 3);
	assert_int_equal(got.out[0], 1);
	/* By topic; nothing of it ever left, so nothing of it is in the ledger. */
	assert_int_equal(outcome(journal_out_withdraw(
				 j, "cloud", "t/no\nt/report", NULL, 0, on_withdrawn, NULL)),
		0);
	assert_int_equal(got.n, 2);
	assert_false(got.more);
	ledger();
	assert_int_equal(got.n_ledger, 3);
	assert_int_equal(got.ledger[0].state, LEDGER_WAITING);
	/* By number. */
	assert_int_equal(
		outcome(journal_out_withdraw(j, "cloud", NULL, seqs, 2, on_withdrawn, NULL)), 0);
	assert_int_equal(got.n, 1);
	lost();
	assert_int_equal(got.n_lost, 1);
	assert_true(got.lost[0].first == (1 | OUT_WITHHELD) && got.lost[0].last == 3);
	/* Stated by the next message, and gone when that is acknowledged. */
	put(OUT_EVENT, "t/event");
	lost();
	assert_int_equal(got.n_lost, 0);
	reopen();
	lost();
	assert_int_equal(got.n_lost, 0);
	/* Given up before it was heard: stated again, beside its own loss. */
	assert_int_equal(outcome(journal_out_drop(j, "cloud", 6, on_done, NULL)), 0);
	lost();
	assert_int_equal(got.n_lost, 2);
	assert_int_equal(got.lost[0].first, 6);
	assert_true(got.lost[1].first == (1 | OUT_WITHHELD) && got.lost[1].last == 3);
	assert_int_equal(
		outcome(journal_out_withdraw(j, "cloud", "*", NULL, 0, on_withdrawn, NULL)), 0);
	assert_int_equal(got.n, 2);
	/* It was there when this run began: it may have left before. */
	ledger();
	assert_int_equal(got.n_ledger, 3);
	assert_int_equal(got.ledger[0].state, LEDGER_GIVEN_UP);
}

static void test_many(void **state)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < OUT_WITHDRAW_MAX + 9; i++)
		put(OUT_REPORT, "t/report");
	do {
		assert_int_equal(
			outcome(journal_out_withdraw(j, "cloud", "*", NULL, 0, on_withdrawn, NULL)),
			0);
		n += got.n;
	} while (got.more);
	assert_int_equal(n, OUT_WITHDRAW_MAX + 9);
	lost();
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].last, OUT_WITHDRAW_MAX + 9);
}

static void test_replace(void **state)
{
	put(OUT_EVENT, "t/event");
	put(OUT_EVENT, "t/event");
	put_as(OUT_EVENT, "t/event", 3, 1);
	fetch();
	assert_int_equal(got.n_out, 2);
	assert_int_equal(got.out[0], 2);
	assert_int_equal(got.out[1], 3);
	lost();
	assert_true(got.n_lost == 1 && got.lost[0].first == (1 | OUT_WITHHELD));
}

static void test_ledger(void **state)
{
	struct ledger_entry note = {
		.state = LEDGER_RETAINED, .wall_us = 5, .end_us = 5, .times = 1, .bytes = 9};
	uint64_t row;

	put(OUT_EVENT, "t/event");
	put(OUT_REPORT, "t/report");
	fetch();
	assert_int_equal(outcome(journal_out_acked(j, "cloud", 1, 0, on_done, NULL)), 0);
	/* Handed over, then withdrawn without an answer: it may have left. */
	assert_int_equal(
		outcome(journal_out_withdraw(j, "cloud", "*", NULL, 0, on_withdrawn, NULL)), 0);
	(void)str_copy(note.upstream, sizeof(note.upstream), "cloud");
	(void)str_copy(note.topic, sizeof(note.topic), "t/status");
	note.hash[0] = 7;
	assert_int_equal(outcome(journal_ledger_note(j, &note, on_row, NULL)), 0);
	row = note.row = got.row;
	assert_int_equal(row, 3);
	note.times = 4;
	note.bytes = 40;
	note.end_us = 99;
	assert_int_equal(outcome(journal_ledger_note(j, &note, on_row, NULL)), 0);
	assert_int_equal(got.row, row);
	reopen();
	ledger();
	assert_int_equal(got.n_ledger, 3);
	assert_int_equal(got.ledger[0].state, LEDGER_RETAINED);
	assert_int_equal(got.ledger[0].times, 4);
	assert_int_equal(got.ledger[0].bytes, 40);
	assert_int_equal(got.ledger[0].wall_us, 5);
	assert_int_equal(got.ledger[0].end_us, 99);
	assert_int_equal(got.ledger[0].hash[0], 7);
	assert_int_equal(got.ledger[1].state, LEDGER_GIVEN_UP);
	/* Dated where the administrator says that the clock is right. */
	assert_in_range(got.ledger[1].end_us ? got.ledger[1].end_us : got.ledger[1].wall_us,
		1700000000000000, INT64_MAX);
	assert_int_equal(got.ledger[1].seq, 2);
	assert_int_equal(got.ledger[2].state, LEDGER_ACKED);
	assert_string_equal(got.ledger[2].topic, "t/event");
	assert_string_equal(got.ledger[2].epoch, got.state.epoch);
	assert_int_equal(got.ledger[2].bytes, 5);
	assert_null(got.ledger[2].payload);
	/* One, with its bytes. */
	assert_int_equal(outcome(journal_ledger_read(j, "", 0, 0, 1, 1, on_ledger, NULL)), 0);
	assert_int_equal(got.n_ledger, 1);
	assert_string_equal(got.first_payload, "bbbbb");
	/* Of another upstream, and of later: nothing. */
	assert_int_equal(
		outcome(journal_ledger_read(j, "home", UINT64_MAX, 0, 0, 9, on_ledger, NULL)), 0);
	assert_int_equal(got.n_ledger, 0);
	assert_int_equal(
		outcome(journal_ledger_read(j, "", UINT64_MAX, INT64_MAX, 0, 9, on_ledger, NULL)),
		0);
	assert_int_equal(got.n_ledger, 0);
}

/* What only a repair's receiver may know is not kept. */
static void test_ledger_masks(void **state)
{
	put(OUT_URGENT, "t/repair");
	put(OUT_URGENT, "t/event");
	assert_int_equal(outcome(journal_out_acked(j, "cloud", 1, 0, on_done, NULL)), 0);
	assert_int_equal(outcome(journal_out_acked(j, "cloud", 2, 0, on_done, NULL)), 0);
	assert_int_equal(outcome(journal_ledger_read(j, "", 0, 0, 1, 1, on_ledger, NULL)), 0);
	assert_string_equal(got.first_payload, "*****");
	assert_int_equal(outcome(journal_ledger_read(j, "", 0, 0, 2, 1, on_ledger, NULL)), 0);
	assert_string_equal(got.first_payload, "ccccc");
}

/* 16 MiB of bytes, and no more rows than the bound. */
static void test_ledger_bounds(void **state)
{
	const size_t each = OUT_PAYLOAD_MAX;
	const unsigned n = LEDGER_BYTES_MAX / OUT_PAYLOAD_MAX + 10;
	sqlite3 *db;
	sqlite3_stmt *st;

	for (unsigned i = 0; i < n; i++) {
		put_as(OUT_REPORT, "t/report", each, 0);
		assert_int_equal(
			outcome(journal_out_acked(j, "cloud", i + 1, 0, on_done, NULL)), 0);
	}
	j = journal_free(j);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db,
			"SELECT count(*), count(payload), sum(length(payload)), min(CASE WHEN payload IS "
			"NULL THEN 99 ELSE id END) FROM ledger",
			-1, &st, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(st, 0), n);
	assert_int_equal(sqlite3_column_int(st, 1), LEDGER_BYTES_MAX / OUT_PAYLOAD_MAX);
	assert_int_equal(sqlite3_column_int64(st, 2), LEDGER_BYTES_MAX);
	assert_int_equal(sqlite3_column_int(st, 3), 11);
	(void)sqlite3_finalize(st);
	/* As if 20000 had come: the next one makes room. */
	assert_int_equal(
		sqlite3_exec(db, "UPDATE sqlite_sequence SET seq=40000 WHERE name='ledger'", NULL,
			NULL, NULL),
		SQLITE_OK);
	(void)sqlite3_close(db);
	open_journal();
	put(OUT_EVENT, "t/event");
	assert_int_equal(outcome(journal_out_acked(j, "cloud", n + 1, 0, on_done, NULL)), 0);
	ledger();
	assert_int_equal(got.n_ledger, 1);
	assert_int_equal(got.ledger[0].row, 40001);
}

static void test_rotate(void **state)
{
	struct out_state before;
	char alias[33];

	put(OUT_EVENT, "t/event");
	put(OUT_REPORT, "t/report");
	assert_int_equal(
		outcome(journal_out_withdraw(j, "cloud", "t/report", NULL, 0, on_withdrawn, NULL)),
		0);
	assert_int_equal(outcome(journal_alias(j, "cloud", "fridge", on_alias, NULL)), 0);
	(void)str_copy(alias, sizeof(alias), got.alias);
	assert_int_equal(outcome(journal_put_meta(j, "topics.cloud", "x", 1, on_done, NULL)), 0);
	assert_int_equal(outcome(journal_put_meta(j, "dict.cloud.ff", "x", 1, on_done, NULL)), 0);
	assert_int_equal(outcome(journal_put_meta(j, "dict.cloud2.ff", "x", 1, on_done, NULL)), 0);
	assert_int_equal(outcome(journal_out_open(j, "cloud", on_state, NULL)), 0);
	before = got.state;
	/* Events wait, and nobody gave them up. */
	assert_int_equal(
		outcome(journal_out_rotate(j, "cloud", 1234567, false, on_done, NULL)), -ENOTEMPTY);
	assert_int_equal(outcome(journal_out_rotate(j, "cloud", 1234567, true, on_done, NULL)), 0);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(outcome(journal_out_open(j, "cloud", on_state, NULL)), 0);
		assert_string_not_equal(got.state.epoch, before.epoch);
		assert_string_not_equal(got.state.gw_alias, before.gw_alias);
		assert_int_equal(got.state.last_seq, 0);
		assert_int_equal(got.state.waiting[OUT_EVENT], 0);
		assert_int_equal(got.state.n_topics, 0);
		lost();
		assert_int_equal(got.n_lost, 0);
		reopen();
	}
	assert_int_equal(outcome(journal_alias(j, "cloud", "fridge", on_alias, NULL)), 0);
	assert_string_not_equal(got.alias, alias);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_withdraw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ledger, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ledger_masks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ledger_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotate, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
