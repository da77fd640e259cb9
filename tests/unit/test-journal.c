/* SPDX-License-Identifier: Apache-2.0 */
/* The journal on a real file: history, findings, small values and the record of writes. What was reported
 * done is there after a reopen, what is refused leaves nothing, bounds hold. */
#include "journal-rig.h"
#include <sys/stat.h>

#include "daemon/base/clock.h"

#include <sqlite3.h>
#include <sys/stat.h>

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

static off_t wal_bytes(void)
{
	char wal[sizeof(path) + 8];
	struct stat st;

	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	return stat(wal, &st) < 0 ? 0 : st.st_size;
}

/* Blocks of one turn of the loop are one transaction: the page they share is written once. */
static void test_one_turn_one_transaction(void **s)
{
	struct journal *j = open_journal();
	off_t before, single, together;

	assert_int_equal(append(j, "a", 0, "x"), 0);
	settle(1);
	before = wal_bytes();
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(append(j, "a", 1 + i, "x"), 0);
		settle(1);
	}
	single = wal_bytes() - before;
	before = wal_bytes();
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(append(j, "a", 11 + i, "x"), 0);
	settle(10);
	together = wal_bytes() - before;
	assert_true(together > 0);
	assert_int_equal(single, together * 10);
	read_blocks(j, 0, 256);
	assert_int_equal(got.n_blocks, 21);
	journal_free(j);
}

static void test_alive(void **s)
{
	struct journal *j = open_journal();
	uint64_t now = clock_boottime_us();

	assert_true(journal_alive(j, now));
	assert_int_equal(append(j, "a", 1, "x"), 0);
	assert_true(sd_event_run(event, 0) > 0); /* the turn in which it goes to the thread */
	assert_true(journal_alive(j, now + JOURNAL_STUCK_US / 2));
	/* It owes an answer that this loop has not taken yet. */
	assert_false(journal_alive(j, now + 2 * JOURNAL_STUCK_US));
	settle(1);
	assert_true(journal_alive(j, now + 2 * JOURNAL_STUCK_US));
	journal_free(j);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_free_flushes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_findings_meta_alias, setup, teardown),
		cmocka_unit_test_setup_teardown(test_controls, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cursor_and_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_overflow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_turn_one_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alive, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
