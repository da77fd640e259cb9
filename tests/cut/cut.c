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
#include "cut.h"

const char *const ups[UPS] = {"cloud", "home"};
char dir[128], db[160];
sd_event *event;
struct journal *j;

/* ---- the journal as if it answered at once */

struct cut_got got;

void on_done(int error, void *u)
{
	got.done = true;
	got.error = error;
}

void on_state(int error, const struct out_state *s, void *u)
{
	on_done(error, u);
	if (s)
		got.state = *s;
}

void on_gaps(int error, const struct seq_range *v, size_t n, void *u)
{
	on_done(error, u);
	got.n_gaps = error ? 0 : n;
	if (!error && n > 0)
		memcpy(got.gaps, v, n * sizeof(*v));
}

void on_meta(int error, const char *key, const void *blob, size_t n, void *u)
{
	on_done(error, u);
	(void)snprintf(got.text, sizeof(got.text), "%.*s", (int)n, (const char *)(blob ?: ""));
}

/* 0 or the error; -ETIME: no answer at all. */
int wait_for(int posted)
{
	uint64_t until = clock_boottime_us() + 60 * USEC_PER_SEC;

	if (posted < 0)
		return posted;
	for (got.done = false; !got.done;)
		if (clock_boottime_us() > until || sd_event_run(event, USEC_PER_SEC) < 0)
			return -ETIME;
	return got.error;
}

void open_journal(void)
{
	struct journal_config c = {
		.path = db, .max_bytes = 160 * 1024, .probe_us = 2 * USEC_PER_MSEC};

	if (journal_new(event, &c, &j) < 0)
		_exit(20);
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
