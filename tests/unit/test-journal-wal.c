/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log: a file that takes nothing over lets it grow to its bound and no further, and what it
 * has is not lost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/journal/journal-internal.h"

#include <fcntl.h>
#include <sys/stat.h>

#define BLOCK  (64 * 1024)
#define BLOCKS 600 /* 37 MiB, more than twice the bound */

static char dir[64], path[192], wal[200];
static struct store *s;

static off_t wal_size(void)
{
	struct stat st;

	return stat(wal, &st) == 0 ? st.st_size : 0;
}

/* The descriptor that SQLite has of the file itself: from now on it can only read. */
static void break_file(void)
{
	char name[32], target[256];
	ssize_t n;
	int other = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(other >= 0);
	for (int fd = 3; fd < 64; fd++) {
		(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		if (fd == other || n < 0)
			continue;
		target[n] = 0;
		if (streq(target, path))
			assert_int_equal(dup2(other, fd), fd);
	}
	/* Not closed: with it the locks of the file would go. */
}

static int append(uint64_t i)
{
	_cleanup_free_ uint64_t *blob = malloc(BLOCK);
	struct request r = {.kind = REQ_APPEND, .name = "a", .t0_us = i, .t1_us = i, .n = BLOCK},
		       *v = &r;

	for (size_t k = 0; k < BLOCK / 8; k++)
		blob[k] = i * 0x9e3779b97f4a7c15 + k;
	r.blob = blob;
	store_run(s, &v, 1);
	return r.error;
}

static uint64_t count_rows(void)
{
	uint64_t n = 0, after = 0;
	bool more = true;

	while (more) {
		struct request r = {.kind = REQ_READ_BLOCKS, .id = after, .max = 64}, *v = &r;

		store_run(s, &v, 1);
		assert_int_equal(r.error, 0);
		for (size_t i = 0; i < r.ret_n; i++)
			assert_int_equal(r.ret_blocks[i].t0_us, ++n);
		after = r.ret_last;
		more = r.ret_n > 0;
		request_clear_answer(&r);
	}
	return n;
}

static void test_bound(void **state)
{
	uint64_t n = 0;
	int e = 0;

	break_file();
	while (n < BLOCKS && (e = append(n + 1)) == 0)
		n++;
	assert_true(n < BLOCKS && n > 100);
	assert_int_equal(e, -EIO);
	assert_true(s->status.degraded);
	assert_true(wal_size() <= WAL_FRAMES_MAX * 4120 + 2 * BLOCK);
	print_message("%llu blocks, then a WAL of %lld bytes\n", (unsigned long long)n,
		(long long)wal_size());
	store_probe(s); /* opens it anew */
	assert_false(s->status.degraded);
	assert_true(wal_size() <= 2 * BLOCK); /* what the probe itself has written */
	assert_int_equal(count_rows(), n);
	assert_int_equal(append(n + 1), 0);
}

/* A sound file: the log goes into it again and again. */
static void test_short(void **state)
{
	off_t largest = 0;

	for (uint64_t i = 1; i <= BLOCKS; i++) {
		assert_int_equal(append(i), 0);
		largest = MAX(largest, wal_size());
	}
	assert_true(largest <= WAL_FRAMES * 4120 + 2 * BLOCK);
	assert_int_equal(count_rows(), BLOCKS);
}

/* What is behind a damaged page is counted, and no number that it may have is given again. */
static void test_rotten(void **state)
{
	struct request open_it = {.kind = REQ_OUT_OPEN, .name = "cloud"},
		       lost = {.kind = REQ_OUT_LOST, .name = "cloud"}, *v = &open_it;
	uint64_t last = 0;
	char command[600];
	unsigned char byte;
	int fd;

	store_run(s, &v, 1);
	assert_int_equal(open_it.error, 0);
	request_clear_answer(&open_it);
	assert_int_equal(store_settle(s), 0);
	for (uint64_t seq = 1; seq <= 20; seq++) {
		struct out_message m = {.seq = seq,
			.class = OUT_EVENT,
			.topic = "g/event",
			.payload = (char[]){"x"},
			.n = 1};
		struct request r = {.kind = REQ_OUT_PUT, .name = "cloud", .message = &m};

		v = &r;
		store_run(s, &v, 1);
		assert_int_equal(r.error, 0);
	}
	/* As after kill -9: a copy of the files. */
	(void)snprintf(
		command, sizeof(command), "cp %s %s/c && cp %s %s/c-wal", path, dir, wal, dir);
	assert_int_equal(system(command), 0);
	store_free(s);
	(void)snprintf(path, sizeof(path), "%s/c", dir);
	(void)snprintf(wal, sizeof(wal), "%s/c-wal", dir);
	fd = open(wal, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, wal_size() / 2), 1);
	byte ^= 4;
	assert_int_equal(pwrite(fd, &byte, 1, wal_size() / 2), 1);
	(void)close(fd);
	assert_int_equal(store_new(path, 0, &s), 0);
	store_open(s);
	assert_true(s->status.wal_lost > 10);
	v = &open_it;
	store_run(s, &v, 1);
	last = open_it.ret_state->last_seq;
	assert_true(last >= 20);
	assert_true(open_it.ret_state->lost_messages == s->status.wal_lost);
	v = &lost;
	store_run(s, &v, 1);
	assert_int_equal(lost.ret_n, 1);
	assert_int_equal(lost.ret_ranges[0].last, last);
	assert_int_equal(
		lost.ret_ranges[0].last - lost.ret_ranges[0].first + 1, s->status.wal_lost);
	/* Once. */
	store_close(s);
	store_open(s);
	request_clear_answer(&open_it);
	v = &open_it;
	store_run(s, &v, 1);
	assert_int_equal(open_it.ret_state->last_seq, last);
	request_clear_answer(&open_it);
	request_clear_answer(&lost);
}

static int setup(void **state)
{
	scratch_new_in_memory(dir);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(store_new(path, 1 << 30, &s), 0);
	store_open(s);
	return s->status.degraded;
}

static int teardown(void **state)
{
	s = store_free(s);
	return scratch_done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotten, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
