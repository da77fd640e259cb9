/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong with the journal's file: flipped bytes, foreign and newer files, a full disk, kill -9. Damage
 * costs what was damaged, every loss is stated, and what was reported done is there. */
#include "journal-rig.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A file of an earlier version, whose bringing up to date was cut off between two tables. */
static void test_half_brought_up_to_date(void **s)
{
	static const char *const missing[] = {"DROP TABLE command", "DROP TABLE control",
		"DROP TABLE command; DROP TABLE ledger; DROP TABLE await", "DROP TABLE untold",
		"DROP INDEX lost_stated; DROP TABLE outbox_size"};
	struct journal_status st;
	struct journal *j;

	for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
		j = open_journal();
		state(j);
		assert_int_equal(append(j, "a", i, "block"), 0);
		settle(1);
		journal_free(j);
		sql(missing[i]);
	}
	j = open_journal();
	read_blocks(j, 0, 10);
	assert_int_equal(got.n_blocks, ARRAY_SIZE(missing));
	journal_get_status(j, &st);
	assert_int_equal(st.set_aside, 0);
	assert_false(st.degraded);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_half_brought_up_to_date, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kill, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
