/* SPDX-License-Identifier: Apache-2.0 */
/* A store with many rows costs no more than one with few: counted in pages that SQLite asks for and steps of
 * its machine, which no busy computer changes. On the store itself, without its thread. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/journal/journal-internal.h"

static char dir[64], path[96];

struct cost {
	uint64_t pages, steps;
};

static uint64_t pages_of(struct store *s)
{
	int hit = 0, miss = 0, high;

	(void)sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_HIT, &hit, &high, 0);
	(void)sqlite3_db_status(s->db, SQLITE_DBSTATUS_CACHE_MISS, &miss, &high, 0);
	return (uint64_t)hit + (uint64_t)miss;
}

static uint64_t steps_of(struct store *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < _ST_MAX; i++)
		if (s->statements[i])
			n += (uint64_t)sqlite3_stmt_status(
				s->statements[i], SQLITE_STMTSTATUS_VM_STEP, 0);
	return n;
}

static struct cost now(struct store *s)
{
	return (struct cost){pages_of(s), steps_of(s)};
}

static struct cost run(struct store *s, struct request *r)
{
	struct cost a = now(s), b;

	store_run(s, &r, 1);
	assert_int_equal(r->error, 0);
	b = now(s);
	request_clear_answer(r);
	return (struct cost){b.pages - a.pages, b.steps - a.steps};
}

static void fill(uint64_t rows)
{
	char *text = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	/* 100 bytes a message, reports and a tenth of events, of the upstream with id 1; and the history. */
	assert_true(
		asprintf(&text,
			"PRAGMA synchronous=OFF; BEGIN; DELETE FROM outbox_size;"
			"WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+1 FROM n LIMIT %llu)"
			" INSERT INTO outbox SELECT (1<<50)|((CASE WHEN i%%10=0 THEN 1 ELSE 2 END)<<48)"
			"|i, i-1, 0, '', 'g/report', 0, zeroblob(100) FROM n;"
			"WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+1 FROM n LIMIT %llu)"
			" INSERT INTO history SELECT i, 'a', 1, i, i, 0, 0, zeroblob(100) FROM n;"
			"WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+20 FROM n LIMIT %llu)"
			" INSERT INTO lost SELECT 1, i, i, 0 FROM n;"
			"COMMIT;",
			(unsigned long long)rows, (unsigned long long)rows,
			(unsigned long long)rows / 20) > 0);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	free(text);
}

enum { OPEN, STATE, PUT, FETCH, ACK, LOST, APPEND, READ, DROP, _COSTS };
static const char *const names[_COSTS] = {
	"open", "state", "put", "fetch", "ack", "lost", "append", "read", "drop"};

static void put(struct store *s, uint64_t seq, struct cost *ret)
{
	struct out_message m = {.seq = seq,
		.class = OUT_EVENT,
		.topic = "g/event",
		.payload = (char[]){"x"},
		.n = 1};
	struct request r = {.kind = REQ_OUT_PUT, .name = "cloud", .message = &m};

	*ret = run(s, &r);
}

static void measure(uint64_t rows, struct cost v[_COSTS])
{
	struct request open = {.kind = REQ_OUT_OPEN, .name = "cloud"},
		       fetch = {.kind = REQ_OUT_FETCH, .name = "cloud", .max = 4},
		       ack = {.kind = REQ_OUT_ACKED, .name = "cloud", .id = 1},
		       lost = {.kind = REQ_OUT_LOST, .name = "cloud"},
		       drop = {.kind = REQ_OUT_DROP, .name = "cloud", .id = 5000},
		       append = {.kind = REQ_APPEND, .name = "a", .blob = (char[]){"x"}, .n = 1},
		       read = {.kind = REQ_READ_BLOCKS, .id = 0, .max = 8};
	struct store *s;
	struct cost c;
	uint64_t began;

	(void)unlink(path);
	assert_int_equal(store_new(path, UINT64_C(1) << 40, &s), 0);
	store_open(s);
	(void)run(s, &open);
	for (uint64_t seq = 1; seq < 10; seq++)
		put(s, seq, &c);
	store_free(s);
	fill(rows);
	/* The first opening of a file from elsewhere counts; its own later ones need not. */
	assert_int_equal(store_new(path, UINT64_C(1) << 40, &s), 0);
	store_open(s);
	assert_int_equal(s->upstreams[0]->state.waiting[OUT_REPORT], rows * 9 / 10);
	s->upstreams[0]->state.last_seq = 2 * rows;
	assert_int_equal(store_begin(s, true), 0);
	assert_int_equal(store_upstream_save(s, s->upstreams[0]), 0);
	assert_int_equal(store_commit(s), 0);
	store_free(s);

	assert_int_equal(store_new(path, UINT64_C(1) << 40, &s), 0);
	(void)sqlite3_memory_highwater(1);
	began = clock_boottime_us();
	store_open(s);
	print_message("%llu rows: opened in %llu ms (not judged), SQLite took %lld kB at most\n",
		(unsigned long long)rows,
		(unsigned long long)((clock_boottime_us() - began) / USEC_PER_MSEC),
		(long long)sqlite3_memory_highwater(0) / 1024);
	assert_true(sqlite3_memory_highwater(0) < 1024 * 1024);
	assert_false(s->status.degraded);
	v[OPEN] = now(s);
	assert_int_equal(s->upstreams[0]->state.waiting[OUT_EVENT], 9 + rows / 10);
	v[STATE] = run(s, &open);
	put(s, 2 * rows + 1, &v[PUT]);
	v[FETCH] = run(s, &fetch);
	v[ACK] = run(s, &ack);
	v[LOST] = run(s, &lost);
	v[DROP] = run(s, &drop);
	v[APPEND] = run(s, &append);
	v[READ] = run(s, &read);
	assert_true(sqlite3_memory_highwater(0) < 1024 * 1024);
	store_free(s);
}

static void test_flat(void **state)
{
	bool all = !isempty(getenv("HEARTHD_ALL"));
	uint64_t many = all ? 1000000 : 80000;
	uint64_t some = all ? 500000 : 20000;
	struct cost few[_COSTS], much[_COSTS];

	measure(some, few);
	measure(many, much);
	for (unsigned i = 0; i < _COSTS; i++) {
		print_message("%-7s %llu rows: %llu pages, %llu steps; %llu rows: %llu, %llu\n",
			names[i], (unsigned long long)some, (unsigned long long)few[i].pages,
			(unsigned long long)few[i].steps, (unsigned long long)many,
			(unsigned long long)much[i].pages, (unsigned long long)much[i].steps);
		/* An opening checks the whole of a smaller file (CHECK_PAGES), and no more. */
		if (i == OPEN && !all)
			continue;
		/* A tree may have grown by a level. */
		assert_true(much[i].pages <= few[i].pages + few[i].pages / 4 + 16);
		assert_true(much[i].steps <= few[i].steps + few[i].steps / 4 + 64);
	}
}

static int setup(void **s)
{
	scratch_new(dir);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	return 0;
}

static int teardown(void **s)
{
	return scratch_done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flat, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
