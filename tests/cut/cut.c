/* SPDX-License-Identifier: Apache-2.0 */
/* The journal under power cuts, failing disks and damaged bytes: a child drives it through everything it
 * stores and tells, over a pipe, what it asked for and what it was told is done; the disk below it
 * (shim.c) fails at operation N; the parent opens what is left and checks every promise.
 *
 *	cut SHIM [--all] [--only WHAT] [--step N] [--at N --mode MODE]   WHAT: power errors flips wal
 *	cut --child DIR FD [ROUNDS]    the child alone; tells to FD
 *	cut --check DIR <TOLD          the check alone, of what was told (tests/system/hotplug/test_power.py)
 *
 * Without --all a sample of the points is tried. The last line has the numbers. */
#include "daemon/journal.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#define ROUNDS   24
#define SEQ_MAX  1024
#define METAS    3
#define FINDINGS 5
#define UPS      2
#define TRIES    400 /* of one request, while the disk fails */

static const char *const ups[UPS] = {"cloud", "home"};
static char dir[128], db[160];
static sd_event *event;
static struct journal *j;

/* ---- the journal as if it answered at once */

static struct {
	bool done;
	int error;
	struct out_state state;
	struct seq_range gaps[OUT_LOST_MAX];
	size_t n_gaps;
	char text[512];
} got;

static void on_done(int error, void *u)
{
	got.done = true;
	got.error = error;
}

static void on_state(int error, const struct out_state *s, void *u)
{
	on_done(error, u);
	if (s)
		got.state = *s;
}

static void on_gaps(int error, const struct seq_range *v, size_t n, void *u)
{
	on_done(error, u);
	got.n_gaps = error ? 0 : n;
	if (!error && n > 0)
		memcpy(got.gaps, v, n * sizeof(*v));
}

static void on_meta(int error, const char *key, const void *blob, size_t n, void *u)
{
	on_done(error, u);
	(void)snprintf(got.text, sizeof(got.text), "%.*s", (int)n, (const char *)(blob ?: ""));
}

/* 0 or the error; -ETIME: no answer at all. */
static int wait_for(int posted)
{
	uint64_t until = clock_boottime_us() + 60 * USEC_PER_SEC;

	if (posted < 0)
		return posted;
	for (got.done = false; !got.done;)
		if (clock_boottime_us() > until || sd_event_run(event, USEC_PER_SEC) < 0)
			return -ETIME;
	return got.error;
}

static void open_journal(void)
{
	struct journal_config c = {
		.path = db, .max_bytes = 160 * 1024, .probe_us = 2 * USEC_PER_MSEC};

	if (journal_new(event, &c, &j) < 0)
		_exit(20);
}

/* ---- what the child tells */

enum told_kind {
	TOLD_EPOCH,   /* up, epoch */
	TOLD_ROW,     /* a: count of history blocks stored */
	TOLD_TRY,     /* finding: a = id, b = version */
	TOLD_FINDING, /* the same, stored */
	TOLD_PUTTING, /* up, a = seq, b = untold id or 0 */
	TOLD_PUT,     /* up, a = seq, b = cursor */
	TOLD_STATES,  /* up, a = seq, that states b..c as lost */
	TOLD_GONE,    /* up, a = seq: to be acknowledged or dropped from now on */
	TOLD_META,    /* a: key, b: version */
	TOLD_CONTROL, /* a: how many */
	TOLD_ERROR,   /* a: errno of a request that failed */
	TOLD_END,
};
struct told {
	enum told_kind kind;
	unsigned up;
	uint64_t a, b, c;
};
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

/* ---- the child */

/* The bytes of a message depend on nothing but what it is. Some are longer than a page. */
static char *message_text(unsigned up, uint64_t seq, size_t *ret_n)
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

static void hang(void);

static int child(int fd, uint64_t rounds)
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

/* ---- what the parent knows */

enum { IS_PUTTING = 1, IS_PUT = 2, IS_GONE = 4, IS_STORED = 8, IS_STATED = 16 };
static struct {
	uint64_t epoch[UPS];
	uint64_t rows, cursor[UPS];
	uint64_t tried[FINDINGS + 1], found[FINDINGS + 1];
	unsigned char seq[UPS][SEQ_MAX];
	uint64_t untold_of[UPS][SEQ_MAX];
	struct told states[4096];
	size_t n_states;
	uint64_t meta[METAS], controls;
	unsigned errors;
	bool ended;
} told;

static unsigned losses;
static bool quiet;
static char label[96];

static void lost(const char *fmt, ...) _printf_(1, 2);
static void lost(const char *fmt, ...)
{
	va_list ap;

	losses++;
	if (quiet)
		return;
	fprintf(stderr, "LOST %s: ", label);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void take(const struct told *t)
{
	switch (t->kind) {
	case TOLD_EPOCH:
		told.epoch[t->up] = t->a;
		break;
	case TOLD_ROW:
		told.rows = t->a;
		break;
	case TOLD_TRY:
		told.tried[t->a] = t->b;
		break;
	case TOLD_FINDING:
		told.found[t->a] = t->b;
		break;
	case TOLD_PUTTING:
		told.seq[t->up][t->a] |= IS_PUTTING;
		told.untold_of[t->up][t->a] = t->b;
		break;
	case TOLD_PUT:
		told.seq[t->up][t->a] |= IS_PUT;
		told.cursor[t->up] = MAX(told.cursor[t->up], t->b);
		break;
	case TOLD_STATES:
		if (told.n_states < ARRAY_SIZE(told.states))
			told.states[told.n_states++] = *t;
		break;
	case TOLD_GONE:
		told.seq[t->up][t->a] |= IS_GONE;
		break;
	case TOLD_META:
		told.meta[t->a] = t->b;
		break;
	case TOLD_CONTROL:
		told.controls = t->a;
		break;
	case TOLD_ERROR:
		told.errors++;
		break;
	case TOLD_END:
		told.ended = true;
		break;
	}
}

/* ---- the check */

static struct {
	uint64_t seen_rows, last_row;
	uint64_t version[FINDINGS + 1];
	unsigned up;
	bool untold[2048];
	uint64_t after, controls;
	uint64_t fetched[SEQ_MAX];
	size_t n_fetched, n_answer;
	bool damaged;    /* bytes were flipped: missing is no loss, wrong is */
	bool cut_off;    /* the end of the WAL is gone: what history was told of is told again */
	bool may_repeat; /* and nothing says whether the last number was given */
} now;

static void on_blocks(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	for (size_t i = 0; i < n; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "block %llu", (unsigned long long)v[i].t0_us);
		if (v[i].n != 900 || memcmp(v[i].blob, text, strlen(text) + 1) != 0)
			lost("block %llu has other bytes", (unsigned long long)v[i].row);
		if (v[i].t0_us != v[i].row && !now.damaged)
			lost("block %llu is in row %llu", (unsigned long long)v[i].t0_us,
				(unsigned long long)v[i].row);
		now.seen_rows++;
	}
	now.n_answer = n;
	now.last_row = last_row;
}

static void on_finding(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u)
{
	unsigned long long v = 0;

	if (id == 0) {
		on_done(error, u);
		return;
	}
	if (id > FINDINGS || n != 400 || sscanf(blob, "version %llu", &v) != 1 || v % 2 != open ||
		v % FINDINGS + 1 != id)
		lost("finding %llu has other bytes", (unsigned long long)id);
	else
		now.version[id] = v;
}

static void on_control(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u)
{
	if (id == 0)
		on_done(error, u);
	else
		now.controls++;
}

static void on_untold(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	for (size_t i = 0; i < n; i++) {
		unsigned long long k = 0;

		if (v[i].n != 400 || sscanf(v[i].blob, "version %llu", &k) != 1 ||
			v[i].id != 1000 + k || v[i].at_us != k)
			lost("untold %llu has other bytes", (unsigned long long)v[i].id);
		else
			now.untold[v[i].id] = true;
	}
	now.n_answer = n;
	now.after = last_row;
}

static void on_fetch(int error, const struct out_message *v, size_t n, void *u)
{
	on_done(error, u);
	now.n_answer = error ? 0 : n;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = NULL;
		size_t k;

		text = message_text(now.up, v[i].seq, &k);
		if (k != v[i].n || memcmp(text, v[i].payload, k) != 0)
			lost("%s %llu has other bytes", ups[now.up], (unsigned long long)v[i].seq);
		if (v[i].seq >= SEQ_MAX)
			continue;
		now.fetched[now.n_fetched++] = v[i].seq;
		told.seq[now.up][v[i].seq] |= IS_STORED;
	}
}

static void check_outbox(unsigned up)
{
	unsigned char *seq = told.seq[up];
	uint64_t last;
	int e;

	now.up = up;
	now.n_fetched = 0;
	e = wait_for(journal_out_open(j, ups[up], on_state, NULL));
	if (e < 0) {
		lost("%s cannot be opened: %s", ups[up], strerror(-e));
		return;
	}
	last = got.state.last_seq;
	if (told.epoch[up] && strtoul(got.state.epoch, NULL, 16) != told.epoch[up]) {
		if (!now.damaged)
			lost("%s has another epoch", ups[up]);
		return;
	}
	if (got.state.cursor < told.cursor[up] && !now.cut_off)
		lost("%s: cursor %llu, was %llu", ups[up], (unsigned long long)got.state.cursor,
			(unsigned long long)told.cursor[up]);
	do {
		if (wait_for(journal_out_fetch(j, ups[up], now.fetched, now.n_fetched, 64, 1, 0,
			    on_fetch, NULL)) < 0) {
			if (!now.damaged)
				lost("%s cannot be fetched: %s", ups[up], strerror(-got.error));
			return;
		}
	} while (now.n_answer > 0 && now.n_fetched < 900);
	if (wait_for(journal_out_lost(j, ups[up], on_gaps, NULL)) < 0)
		lost("%s: no ranges", ups[up]);
	for (size_t i = 0; i < got.n_gaps; i++)
		for (uint64_t k = got.gaps[i].first; k <= got.gaps[i].last && k < SEQ_MAX; k++)
			seq[k] |= IS_STATED;
	for (size_t i = 0; i < told.n_states; i++) {
		const struct told *t = &told.states[i];

		/* Stated by what is there, or has been heard. */
		if (t->up == up && seq[t->a] & (IS_STORED | IS_GONE))
			for (uint64_t k = t->b; k <= t->c && k < SEQ_MAX; k++)
				seq[k] |= IS_STATED;
	}
	for (uint64_t k = 1; k < SEQ_MAX; k++) {
		uint64_t id = told.untold_of[up][k];

		if (seq[k] & IS_PUT && k > last && !now.may_repeat)
			lost("%s %llu was stored; the last is %llu", ups[up], (unsigned long long)k,
				(unsigned long long)last);
		if (k <= last && !(seq[k] & (IS_STORED | IS_GONE | IS_STATED)))
			lost("%s %llu is neither there nor stated", ups[up], (unsigned long long)k);
		if (now.damaged || !id)
			continue;
		if (k <= last && now.untold[id])
			lost("%s %llu is stored, and still to be told", ups[up],
				(unsigned long long)k);
	}
}

/* Every finding stored is told, or to be told. */
static void check_told(unsigned up)
{
	now.after = 0;
	memset(now.untold, 0, sizeof(now.untold));
	do {
		if (wait_for(journal_read_untold(j, ups[up], now.after, on_untold, NULL)) < 0) {
			if (!now.damaged)
				lost("%s: untold cannot be read", ups[up]);
			return;
		}
	} while (now.n_answer > 0);
	check_outbox(up);
	for (uint64_t id = 1; id <= FINDINGS && !now.damaged; id++)
		for (uint64_t v = id > 1 ? id - 1 : FINDINGS; v <= now.version[id]; v += FINDINGS) {
			bool stored = false;

			for (uint64_t k = 1; k <= got.state.last_seq && k < SEQ_MAX; k++)
				stored |= told.untold_of[up][k] == 1000 + v;
			if (!stored && !now.untold[1000 + v])
				lost("%s will not hear of version %llu of finding %llu", ups[up],
					(unsigned long long)v, (unsigned long long)id);
		}
}

static void check_rest(void)
{
	int e;

	do {
		e = wait_for(journal_read_blocks(j, now.last_row, 64, on_blocks, NULL));
		if (e < 0 && !now.damaged)
			lost("history: %s", strerror(-e));
	} while (e == 0 && now.n_answer > 0);
	for (unsigned up = 0; up < UPS && !now.damaged; up++)
		if (now.last_row < told.cursor[up])
			lost("history ends at %llu, a message is made up to %llu",
				(unsigned long long)now.last_row,
				(unsigned long long)told.cursor[up]);
	e = wait_for(journal_read_findings(j, false, on_finding, NULL));
	if (e < 0 && !now.damaged)
		lost("findings: %s", strerror(-e));
	for (uint64_t id = 1; id <= FINDINGS && !now.damaged; id++)
		if (now.version[id] < told.found[id] || now.version[id] > told.tried[id])
			lost("finding %llu is of version %llu, not %llu to %llu",
				(unsigned long long)id, (unsigned long long)now.version[id],
				(unsigned long long)told.found[id],
				(unsigned long long)told.tried[id]);
	for (unsigned i = 0; i < METAS; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key%u", i);
		e = wait_for(journal_get_meta(j, key, on_meta, NULL));
		if (e == 0 && strtoull(got.text, NULL, 10) % METAS != i)
			lost("%s has other bytes", key);
		if (!now.damaged && told.meta[i] &&
			(e < 0 || strtoull(got.text, NULL, 10) < told.meta[i]))
			lost("%s is not of version %llu", key, (unsigned long long)told.meta[i]);
	}
	e = wait_for(journal_read_controls(j, "a", 200, on_control, NULL));
	if (!now.damaged && (e < 0 || now.controls < told.controls))
		lost("%llu records of writes, not %llu", (unsigned long long)now.controls,
			(unsigned long long)told.controls);
}

/* What comes after a cut is numbered on. */
static void check_goes_on(void)
{
	for (unsigned up = 0; up < UPS; up++) {
		struct out_message m = {.class = OUT_EVENT, .topic = "g/event"};
		int e;

		if (wait_for(journal_out_open(j, ups[up], on_state, NULL)) < 0)
			continue;
		m.seq = got.state.last_seq + 1;
		m.payload = message_text(up, m.seq, &m.n);
		e = wait_for(journal_out_put(j, ups[up], &m, 0, 0, on_done, NULL));
		if (e < 0)
			lost("%s does not go on: %s", ups[up], strerror(-e));
	}
}

static struct journal_status check_all(bool damaged)
{
	struct journal_status st;

	now = (typeof(now)){
		.damaged = damaged, .cut_off = now.cut_off, .may_repeat = now.may_repeat};
	open_journal();
	check_rest();
	for (unsigned up = 0; up < UPS; up++)
		check_told(up);
	check_goes_on();
	journal_get_status(j, &st);
	if (st.degraded)
		lost("it says: %s", st.text);
	if (st.set_aside && !damaged)
		lost("the file was set aside");
	if (st.bad_rows && !damaged)
		lost("%llu rows are damaged", (unsigned long long)st.bad_rows);
	j = journal_free(j);
	return st;
}

/* The shim says so by a name beside the directory. */
static bool hangs(void)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s.hangs", dir);
	return access(path, F_OK) == 0;
}

/* ---- one try */

static void clean(void)
{
	char command[512];

	(void)snprintf(command, sizeof(command), "rm -rf '%s' '%s'.cut-* && mkdir -m 700 '%s'", dir,
		dir, dir);
	if (system(command) != 0)
		abort();
}

/* How many operations there were. */
static uint64_t run_child(const char *self, const char *shim, const char *mode, uint64_t at,
	uint64_t for_ops, uint64_t seed, bool end)
{
	char numbers[3][24], report[160], fd_text[16];
	unsigned long long count = 0;
	int fds[2], status;
	struct told t;
	FILE *f;
	pid_t pid;

	memset(&told, 0, sizeof(told));
	(void)snprintf(report, sizeof(report), "%s.report", dir);
	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		(void)fcntl(fds[1], F_SETFD, 0);
		(void)snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
		(void)snprintf(numbers[0], 24, "%llu", (unsigned long long)at);
		(void)snprintf(numbers[1], 24, "%llu", (unsigned long long)for_ops);
		(void)snprintf(numbers[2], 24, "%llu", (unsigned long long)seed);
		if (shim)
			(void)setenv("LD_PRELOAD", shim, 1);
		(void)setenv("CUT_DIR", dir, 1);
		(void)setenv("CUT_MODE", mode, 1);
		(void)setenv("CUT_AT", numbers[0], 1);
		(void)setenv("CUT_FOR", numbers[1], 1);
		(void)setenv("CUT_SEED", numbers[2], 1);
		(void)setenv("CUT_REPORT", report, 1);
		if (end)
			(void)setenv("CUT_END", "1", 1);
		(void)execl(self, self, "--child", dir, fd_text, (char *)NULL);
		_exit(26);
	}
	(void)close(fds[1]);
	while (read(fds[0], &t, sizeof(t)) == sizeof(t))
		take(&t);
	(void)close(fds[0]);
	if (waitpid(pid, &status, 0) != pid)
		abort();
	if (!(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) &&
		!(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		lost("the child ended with status %x after %u errors", status, told.errors);
	f = fopen(report, "r");
	if (f) {
		if (fscanf(f, "%llu", &count) != 1)
			count = 0;
		(void)fclose(f);
		(void)unlink(report);
	}
	return count;
}

static const char *self, *shim;

static void try_power(const char *mode, uint64_t at, uint64_t seed)
{
	(void)snprintf(label, sizeof(label), "power %s at %llu seed %llu", mode,
		(unsigned long long)at, (unsigned long long)seed);
	clean();
	(void)run_child(self, shim, mode, at, 1, seed, false);
	(void)check_all(false);
}

static void try_errors(const char *mode, uint64_t at, uint64_t for_ops)
{
	(void)snprintf(label, sizeof(label), "%s at %llu for %llu", mode, (unsigned long long)at,
		(unsigned long long)for_ops);
	clean();
	(void)run_child(self, shim, mode, at, for_ops, 1, true);
	if (!told.ended)
		lost("the child did not recover");
	(void)check_all(false);
}

static unsigned points, noticed, set_aside, unseen, wal_cut;

/* A sweep takes many minutes: where it is, every ten seconds, for the log of who waits for it. */
static void progress(const char *what, uint64_t at, uint64_t total)
{
	static uint64_t began, next;
	uint64_t t = clock_boottime_us();

	points++;
	if (!began)
		began = t;
	if (t < next)
		return;
	if (next)
		fprintf(stderr, "%llu s: %s %llu of %llu, %u points, %u losses\n",
			(unsigned long long)((t - began) / USEC_PER_SEC), what,
			(unsigned long long)at, (unsigned long long)total, points, losses);
	next = t + 10 * USEC_PER_SEC;
}

/* A check that finds nothing on a disk that lies would find nothing anywhere. */
static void doubt(uint64_t total)
{
	unsigned before = losses, n = 0;

	(void)setenv("CUT_LIE", "1", 1);
	for (uint64_t at = total / 8; at < total; at += total / 8, n++) {
		losses = 0;
		quiet = true;
		try_power("discard", at, at);
		quiet = false;
		if (losses == 0)
			before++, fprintf(stderr, "the test itself is blind at %llu\n",
					  (unsigned long long)at);
	}
	(void)unsetenv("CUT_LIE");
	losses = before;
}

/* ---- a disk that hangs */

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

static void power(uint64_t total, unsigned step)
{
	static const char *const modes[] = {"discard", "random", "keep"};

	for (uint64_t at = 1; at <= total; at++)
		for (unsigned k = 0; k < ARRAY_SIZE(modes); k++) {
			if ((at * ARRAY_SIZE(modes) + k) % step != 0)
				continue;
			try_power(modes[k], at, at);
			progress("power", at, total);
		}
}

static void errors(uint64_t total, unsigned step)
{
	static const char *const modes[] = {"eio", "enospc", "erofs"};

	for (uint64_t at = 1; at <= total; at++)
		for (unsigned k = 0; k < ARRAY_SIZE(modes); k++) {
			if ((at * ARRAY_SIZE(modes) + k) % step != 0)
				continue;
			/* One operation, or twelve in a row; in a whole sweep each of the kinds at
			 * each of the numbers, each kind with both by turns. */
			try_errors(modes[k], at, (at + k) % 2 ? 1 : 12);
			progress("errors", at, total);
		}
}

/* ---- damaged bytes */

static char *bytes_of(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *p;

	if (!f || fstat(fileno(f), &st) < 0)
		abort();
	p = malloc((size_t)st.st_size + 1);
	if (fread(p, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		abort();
	(void)fclose(f);
	*ret_n = (size_t)st.st_size;
	return p;
}

static void put_bytes(const char *path, const char *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static void flips(size_t from, unsigned step)
{
	_cleanup_free_ char *sound = NULL;
	size_t n;

	(void)snprintf(label, sizeof(label), "sound");
	clean();
	(void)run_child(self, NULL, "", 0, 0, 0, false);
	sound = bytes_of(db, &n);
	/* The first pages say what everything is: closer. */
	for (size_t at = from; at < n; at += at < 8192 ? MAX(step / 13, 1u) : step) {
		unsigned char before[UPS][SEQ_MAX];
		struct journal_status st;

		memcpy(before, told.seq, sizeof(before));
		(void)snprintf(label, sizeof(label), "byte %zu flipped", at);
		sound[at] ^= (char)(1 << at % 8);
		clean();
		put_bytes(db, sound, n);
		sound[at] ^= (char)(1 << at % 8);
		st = check_all(true);
		noticed += st.bad_rows > 0;
		set_aside += st.set_aside > 0;
		unseen += st.bad_rows == 0 && st.set_aside == 0;
		progress("flips", at, n);
		memcpy(told.seq, before, sizeof(before));
		if (at / step % 4 == 0) {
			(void)snprintf(label, sizeof(label), "cut off at %zu", at);
			clean();
			put_bytes(db, sound, at);
			(void)check_all(true);
			points++;
			memcpy(told.seq, before, sizeof(before));
		}
	}
}

static uint64_t count_put(unsigned up)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEQ_MAX; i++)
		n += (told.seq[up][i] & IS_PUT) != 0;
	return n;
}

static int check_told_alone(void)
{
	struct told t;
	unsigned n = 0;

	for (; fread(&t, sizeof(t), 1, stdin) == 1; n++)
		take(&t);
	if (sd_event_new(&event) < 0)
		return 1;
	(void)check_all(false);
	printf("told %u, %llu blocks, %llu and %llu messages; %u errors, %u losses\n", n,
		(unsigned long long)told.rows, (unsigned long long)count_put(0),
		(unsigned long long)count_put(1), told.errors, losses);
	sd_event_unref(event);
	return losses > 0;
}

/* Where the last frame that ends a transaction begins. */
static size_t last_commit(const char *wal, size_t n)
{
	size_t last = 0;

	for (size_t at = 32; at + 4120 <= n; at += 4120)
		if (memcmp(wal + at + 8, wal + 16, 8) == 0 &&
			memcmp(wal + at + 4, "\0\0\0\0", 4) != 0)
			last = at;
	return last;
}

/* The same in the WAL of a hearthd that was killed: there damage ends the log, and no number comes again,
 * unless nothing of the last transaction's end is left to tell it from a torn one. */
static void flip_wal(uint64_t total, unsigned step)
{
	_cleanup_free_ char *sound = NULL, *file = NULL;
	size_t n, n_file;
	char wal[200];

	(void)snprintf(wal, sizeof(wal), "%s-wal", db);
	(void)snprintf(label, sizeof(label), "killed");
	clean();
	(void)run_child(self, shim, "keep", total * 31 / 32, 1, 0, false);
	file = bytes_of(db, &n_file);
	sound = bytes_of(wal, &n);
	for (size_t at = step / 2; at < n; at += step) {
		unsigned char before[UPS][SEQ_MAX];
		struct journal_status st;

		memcpy(before, told.seq, sizeof(before));
		(void)snprintf(label, sizeof(label), "byte %zu of the WAL flipped", at);
		clean();
		put_bytes(db, file, n_file);
		sound[at] ^= (char)(1 << at % 8);
		put_bytes(wal, sound, n);
		sound[at] ^= (char)(1 << at % 8);
		now.cut_off = true;
		now.may_repeat = at >= last_commit(sound, n);
		st = check_all(true);
		now.cut_off = now.may_repeat = false;
		wal_cut += st.wal_lost > 0;
		progress("flips of the WAL", at, n);
		memcpy(told.seq, before, sizeof(before));
	}
}

int main(int argc, char **argv)
{
	const char *only = "", *mode = NULL;
	bool all = false;
	unsigned step = 0;
	uint64_t at = 0, total;

	if (argc >= 3) {
		(void)snprintf(dir, sizeof(dir), "%s", argv[2]);
		(void)snprintf(db, sizeof(db), "%s/journal.db", dir);
	}
	if (argc >= 4 && streq(argv[1], "--child"))
		return child(atoi(argv[3]), argc > 4 ? strtoull(argv[4], NULL, 10) : ROUNDS);
	if (argc == 3 && streq(argv[1], "--check"))
		return check_told_alone();
	if (argc < 2)
		return 2;
	self = argv[0];
	shim = argv[1];
	for (int i = 2; i < argc; i++) {
		if (streq(argv[i], "--all"))
			all = true;
		else if (streq(argv[i], "--only") && i + 1 < argc)
			only = argv[++i];
		else if (streq(argv[i], "--at") && i + 1 < argc)
			at = strtoull(argv[++i], NULL, 10);
		else if (streq(argv[i], "--step") && i + 1 < argc)
			step = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (streq(argv[i], "--mode") && i + 1 < argc)
			mode = argv[++i];
	}
	all = all || !isempty(getenv("HEARTHD_ALL"));
	/* In memory where there is such a place: fsync is the shim's. */
	(void)snprintf(dir, sizeof(dir), "%s/hearth-cut-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(dir))
		return 1;
	(void)snprintf(db, sizeof(db), "%s/journal.db", dir);
	if (sd_event_new(&event) < 0)
		return 1;
	log_set_max_level(LOG_EMERG);
	(void)snprintf(label, sizeof(label), "nothing fails");
	clean();
	total = run_child(self, shim, "", 0, 0, 0, false);
	(void)check_all(false);
	if (!told.ended || total < 300)
		lost("the scenario has %llu operations", (unsigned long long)total);
	if (mode && at) {
		if (streq(mode, "flip"))
			flips(at, UINT_MAX);
		else if (streq(mode, "eio") || streq(mode, "enospc") || streq(mode, "erofs"))
			try_errors(mode, at, at % 2 ? 1 : 12);
		else
			try_power(mode, at, at);
	} else {
		if (isempty(only) || streq(only, "doubt"))
			doubt(total);
		if (isempty(only) || streq(only, "hang")) {
			(void)snprintf(label, sizeof(label), "a disk that hangs");
			clean();
			(void)run_child(self, shim, "hang", 0, 1, 0, false);
			if (!told.ended)
				lost("main has waited for the disk");
		}
		if (isempty(only) || streq(only, "power"))
			power(total, step ?: all ? 1 : 101);
		if (isempty(only) || streq(only, "errors"))
			errors(total, step ?: all ? 1 : 151);
		if (isempty(only) || streq(only, "flips"))
			flips(0, step ?: all ? 13 : 2503);
		if (isempty(only) || streq(only, "wal"))
			flip_wal(total, step ?: all ? 521 : 16411);
	}
	printf("%llu operations, %u points tried; of bytes flipped %u cost a row, %u the file, %u "
	       "nothing, %u an end of the WAL; %u losses\n",
		(unsigned long long)total, points, noticed, set_aside, unseen, wal_cut, losses);
	clean();
	(void)rmdir(dir);
	sd_event_unref(event);
	return losses > 0;
}
