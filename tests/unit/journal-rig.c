/* SPDX-License-Identifier: Apache-2.0 */
#include "journal-rig.h"
#include "scratch.h"

#include "daemon/base/clock.h"

#include <sqlite3.h>
#include <sys/resource.h>

static char dir[64];

char path[96];
sd_event *event;
struct got got;

void on_done(int error, void *u)
{
	got.done_calls++;
	got.last_error = error;
	got.errors += error != 0;
}

void on_state(int error, const struct out_state *s, void *u)
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

void on_fetch(int error, const struct out_message *v, size_t n, void *u)
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

void on_alias(int error, const char *alias, void *u)
{
	on_done(error, u);
	str_copy(got.alias, sizeof(got.alias), alias ?: "");
}

void on_meta(int error, const char *key, const void *blob, size_t n, void *u)
{
	on_done(error, u);
	(void)snprintf(got.meta, sizeof(got.meta), "%s=%.*s", key, (int)n, (const char *)blob);
}

void on_finding(int error, uint64_t id, const char *appliance, bool open, const void *blob,
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

void on_dicts(int error, const char (*ids)[17], size_t n, void *u)
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
void settle(int n)
{
	int until = got.done_calls + n;
	uint64_t end = clock_boottime_us() + 30 * USEC_PER_SEC;

	while (got.done_calls < until) {
		assert_true(clock_boottime_us() < end);
		assert_true(sd_event_run(event, USEC_PER_SEC) >= 0);
	}
}

struct journal *open_with(uint64_t max_bytes, uint64_t queue_bytes)
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

struct journal *open_journal(void)
{
	return open_with(0, 0);
}

int append(struct journal *j, const char *appliance, uint64_t t0, const char *text)
{
	return journal_append_block(
		j, appliance, 7, t0, t0 + 5, 0, strdup(text), strlen(text), on_done, NULL);
}

void put(struct journal *j, uint64_t seq, enum out_class class, const char *topic, const char *text,
	uint64_t cursor, uint64_t max)
{
	struct out_message m = {.seq = seq, .class = class, .prev = seq - 1, .deflated = true};

	str_copy(m.topic, sizeof(m.topic), topic);
	str_copy(m.dict, sizeof(m.dict), class == OUT_REPORT ? "0123456789abcdef" : "");
	m.payload = strdup(text);
	m.n = strlen(text);
	assert_int_equal(journal_out_put(j, "cloud", &m, cursor, max, on_done, NULL), 0);
	assert_null(m.payload);
}

void read_blocks(struct journal *j, uint64_t after, size_t max)
{
	assert_int_equal(journal_read_blocks(j, after, max, on_blocks, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

void fetch(struct journal *j, const uint64_t *in_flight, size_t n, size_t max)
{
	assert_int_equal(journal_out_fetch(j, "cloud", in_flight, n, max, 0, 0, on_fetch, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

void state(struct journal *j)
{
	assert_int_equal(journal_out_open(j, "cloud", on_state, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

void lost(struct journal *j)
{
	assert_int_equal(journal_out_lost(j, "cloud", on_lost, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

/* RLIMIT_FSIZE is this process's own full disk. */
void set_limit(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = MIN(bytes, r.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

int setup(void **s)
{
	memset(&got, 0, sizeof(got));
	scratch_new(dir);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_true(sd_event_new(&event) >= 0);
	return 0;
}

int teardown(void **s)
{
	event = sd_event_unref(event);
	return scratch_done(dir);
}

/* Changes the closed file behind the journal's back. */
void sql(const char *text)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
