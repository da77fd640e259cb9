/* SPDX-License-Identifier: Apache-2.0 */
/* The child: stores all that a journal stores, and tells what it asked for and what it was told is done. */
#include "cut.h"

static int tell_fd;

static void tell(enum told_kind kind, unsigned up, uint64_t a, uint64_t b, uint64_t c)
{
	struct told t = {kind, up, a, b, c};

	if (write(tell_fd, &t, sizeof(t)) != sizeof(t))
		_exit(21);
}

static void pause_after(int error)
{
	if (error == -ETIME)
		_exit(22);
	tell(TOLD_ERROR, 0, (uint64_t)-error, 0, 0);
	/* Time for the probe, as a caller that tries again a little later gives it. */
	(void)sd_event_run(event, 3 * USEC_PER_MSEC);
}

#define UNTIL_DONE(call) \
	do { \
		int error_, tries_ = 0; \
		while ((error_ = wait_for(call)) < 0) { \
			pause_after(error_); \
			if (++tries_ > TRIES) \
				_exit(23); \
		} \
	} while (0)

char *message_text(unsigned up, uint64_t seq, size_t *ret_n)
{
	size_t n = seq % 5 == 0 ? 6000 : 80;
	char *p = malloc(n + 1);
	int k = snprintf(p, n, "%s %llu ", ups[up], (unsigned long long)seq);

	for (size_t i = (size_t)k; i < n; i++)
		p[i] = (char)('a' + (i * 7 + seq) % 26);
	p[n] = 0;
	*ret_n = n;
	return p;
}

static uint64_t last_put[UPS];

static void put_message(unsigned up, enum out_class class, uint64_t untold, uint64_t cursor)
{
	uint64_t seq;
	int e;

	for (unsigned tries = 0;; tries++) {
		struct out_message m = {.class = class, .told = untold};

		UNTIL_DONE(journal_out_open(j, ups[up], on_state, NULL));
		seq = m.seq = got.state.last_seq + 1;
		UNTIL_DONE(journal_out_lost(j, ups[up], on_gaps, NULL));
		tell(TOLD_PUTTING, up, seq, untold, 0);
		for (size_t i = 0; i < got.n_gaps; i++)
			tell(TOLD_STATES, up, seq, got.gaps[i].first, got.gaps[i].last);
		(void)snprintf(m.topic, sizeof(m.topic), "%s",
			class == OUT_REPORT ? "g/report" : "g/event");
		m.payload = message_text(up, seq, &m.n);
		e = wait_for(journal_out_put(
			j, ups[up], &m, cursor, up == 1 ? 20000 : 0, on_done, NULL));
		if (e == 0)
			break;
		pause_after(e);
		if (tries > TRIES)
			_exit(24);
		/* As upstream-compose.c does: was it stored after all? */
		UNTIL_DONE(journal_out_open(j, ups[up], on_state, NULL));
		if (got.state.last_seq >= seq)
			break;
	}
	tell(TOLD_PUT, up, seq, cursor, 0);
	last_put[up] = seq;
}

static void append_block(uint64_t i)
{
	void *p;

	for (;; pause_after(got.error)) {
		p = calloc(1, 900);
		(void)snprintf(p, 900, "block %llu", (unsigned long long)i);
		if (wait_for(journal_append_block(j, "a", 1, i, i, 0, p, 900, on_done, NULL)) == 0)
			break;
	}
	tell(TOLD_ROW, 0, i, 0, 0);
}

static void find_something(uint64_t round)
{
	struct journal_untold untold = {
		.id = 1000 + round, .change = 1, .boot_id = 3, .at_us = round};
	uint64_t id = 1 + round % FINDINGS;
	char text[400];

	memset(text, 'f', sizeof(text));
	(void)snprintf(text, sizeof(text), "version %llu", (unsigned long long)round);
	tell(TOLD_TRY, 0, id, round, 0);
	UNTIL_DONE(journal_tell_finding(
		j, id, "a", round % 2, text, sizeof(text), &untold, "cloud home", on_done, NULL));
	tell(TOLD_FINDING, 0, id, round, 0);
}

static void forget(unsigned up, uint64_t seq, bool drop)
{
	tell(TOLD_GONE, up, seq, 0, 0);
	if (drop)
		UNTIL_DONE(journal_out_drop(j, ups[up], seq, on_done, NULL));
	else
		UNTIL_DONE(journal_out_acked(j, ups[up], seq, 0, on_done, NULL));
}

/* The broker has it and the receiver has not: it stays. Then it has, too. */
static void receipt(uint64_t seq, bool heard)
{
	if (!heard) {
		UNTIL_DONE(journal_out_acked(j, ups[0], seq, 1, on_done, NULL));
		return;
	}
	tell(TOLD_GONE, 0, seq, 0, 0);
	UNTIL_DONE(journal_out_receipt(j, ups[0], &seq, 1, on_done, NULL));
}

static void run_round(uint64_t round)
{
	static uint64_t unheard;
	char text[64], key[16];
	uint64_t rows = 2 * round;

	append_block(rows - 1);
	append_block(rows);
	find_something(round);
	/* Every fourth is told a round later. */
	for (unsigned up = 0; up < UPS && round % 4 != 0; up++)
		put_message(up, OUT_EVENT, 1000 + round, 0);
	for (unsigned up = 0; up < UPS && round % 4 == 1 && round > 1; up++)
		put_message(up, OUT_URGENT, 1000 + round - 1, 0);
	if (round % 4 == 2)
		receipt(unheard = last_put[0], false);
	if (round % 8 == 3)
		receipt(unheard, true);
	put_message(0, OUT_REPORT, 0, rows);
	put_message(1, OUT_REPORT, 0, rows / 2);
	if (round % 3 == 0) {
		forget(0, round, false);
		forget(0, round + 1, false);
	}
	if (round % 7 == 0)
		forget(0, round + 3, true);
	(void)snprintf(key, sizeof(key), "key%llu", (unsigned long long)(round % METAS));
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)round);
	UNTIL_DONE(journal_put_meta(j, key, text, strlen(text), on_done, NULL));
	tell(TOLD_META, 0, round % METAS, round, 0);
	UNTIL_DONE(
		journal_put_control(j, "a", text, strlen(text), text, strlen(text), on_done, NULL));
	tell(TOLD_CONTROL, 0, round, 0, 0);
	if (round % 8 == 0) { /* a checkpoint, and the WAL goes */
		journal_free(j);
		open_journal();
	}
}

/* The shim says so by a name beside the directory. */
bool hangs(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s.hangs", dir);
	return access(path, F_OK) == 0;
}

static unsigned answers;

static void on_answer(int error, void *u)
{
	answers++;
}

/* Main asks for 200 things while an fsync does not return, and goes round its loop: nothing waits. Were
 * it to wait, this would end by the time-out of the test. */
static void hang(void)
{
	char release[160];

	(void)snprintf(release, sizeof(release), "%s.release", dir);
	open_journal();
	(void)wait_for(journal_out_open(j, ups[0], on_state, NULL));
	(void)setenv("CUT_RELEASE", release, 1);
	(void)journal_put_meta(j, "hang", "x", 1, on_answer, NULL);
	while (access(dir, F_OK) == 0 && !hangs())
		(void)sd_event_run(event, 1000);
	for (unsigned i = 0; i < 200; i++) {
		struct journal_status st;

		if (i % 2)
			(void)journal_put_finding(j, 1 + i, "a", true, "x", 1, on_answer, NULL);
		else
			(void)journal_append_block(
				j, "a", 1, i, i, 0, calloc(1, 100), 100, on_answer, NULL);
		journal_get_status(j, &st);
		if (sd_event_run(event, 0) < 0 || answers > 0)
			_exit(30);
	}
	if (!journal_alive(j, clock_boottime_us()))
		_exit(31);
	(void)close(open(release, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (answers < 201)
		(void)sd_event_run(event, USEC_PER_SEC);
	journal_free(j);
	(void)unlink(release);
}

int child(int fd, uint64_t rounds)
{
	tell_fd = fd;
	if (sd_event_new(&event) < 0)
		_exit(25);
	if (getenv("CUT_MODE") && streq(getenv("CUT_MODE"), "hang")) {
		hang();
		tell(TOLD_END, 0, 0, 0, 0);
		return 0;
	}
	open_journal();
	for (unsigned up = 0; up < UPS; up++) {
		UNTIL_DONE(journal_out_open(j, ups[up], on_state, NULL));
		tell(TOLD_EPOCH, up, strtoul(got.state.epoch, NULL, 16), 0, 0);
	}
	for (uint64_t round = 1; round <= rounds; round++)
		run_round(round);
	journal_free(j);
	tell(TOLD_END, 0, 0, 0, 0);
	sd_event_unref(event);
	return 0;
}
