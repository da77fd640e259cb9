/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of commands in the journal: each once, over restarts and clocks put back, within its bounds. */
#include "journal-rig.h"

#include <sqlite3.h>

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
