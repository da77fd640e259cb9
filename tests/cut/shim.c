/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails at a chosen moment, for LD_PRELOAD. It counts what changes the files below CUT_DIR
 * (open with O_CREAT, write, pwrite, ftruncate, fsync, fdatasync, rename, unlink) and at number CUT_AT
 * does as CUT_MODE says:
 *   discard  the power goes: the operation itself and all that no fsync has covered is undone
 *   random   the same, but each sector of it, and the last changes of directories, are kept or undone by
 *            chance (CUT_SEED); a write that is cut is torn
 *   keep     the process is killed, nothing is undone
 *   eio enospc erofs   that one and the CUT_FOR - 1 after it fail. What an fsync that failed should have
 *            covered stays unsafe: later ones do not cover it.
 *   hang     an fsync does not return before there is a file CUT_RELEASE
 * With CUT_LIE=1 an fsync does nothing, as on a disk that lies: what a test of the test needs. With CUT_END=1
 * the power goes when the process ends. With CUT_AFTER nothing is counted before there is a file of that name. CUT_REPORT names a file for the count. A new name
 * is safe when its directory was synced, as POSIX has it; not when its file was. */
#include <dlfcn.h> /* plain names: both of open and open64 are defined here */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR  512
#define FILES   512
#define DIR_OPS 1024

struct sector { /* as it is on the disk, while the cache has something newer */
	uint64_t n;
	bool used, stuck; /* stuck: its fsync failed */
	char old[SECTOR];
};

struct file {
	bool used;
	dev_t dev;
	ino_t ino;
	int fd; /* our own; never closed, or SQLite's locks would go */
	off_t durable;
	bool stuck_size;
	struct sector *v;
	size_t n, size;
};

struct dir_op {
	enum { CREATE, RENAME, UNLINK } kind;
	char a[PATH_MAX], b[PATH_MAX], backup[PATH_MAX];
};

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct file files[FILES];
static struct dir_op ops[DIR_OPS];
static size_t n_ops;
static unsigned backups;
static uint64_t count, cut_at, cut_for = 1, seed;
static const char *dir, *after, *mode = "";
static bool cut_end, inside, lies;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_open)(const char *, int, ...);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void)
{
	const char *s;

	real_pwrite = dlsym(RTLD_NEXT, "pwrite");
	real_write = dlsym(RTLD_NEXT, "write");
	real_open = dlsym(RTLD_NEXT, "open");
	real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
	real_fsync = dlsym(RTLD_NEXT, "fsync");
	real_rename = dlsym(RTLD_NEXT, "rename");
	real_unlink = dlsym(RTLD_NEXT, "unlink");
	dir = getenv("CUT_DIR");
	mode = getenv("CUT_MODE") ? getenv("CUT_MODE") : "";
	cut_at = (s = getenv("CUT_AT")) ? strtoull(s, NULL, 10) : 0;
	cut_for = (s = getenv("CUT_FOR")) ? strtoull(s, NULL, 10) : 1;
	seed = (s = getenv("CUT_SEED")) ? strtoull(s, NULL, 10) * 2654435761u + 1 : 1;
	cut_end = getenv("CUT_END") != NULL;
	lies = getenv("CUT_LIE") != NULL;
	after = getenv("CUT_AFTER");
}

static void die(int line)
{
	(void)dprintf(2, "shim.c:%d: cannot go on: %s\n", line, strerror(errno));
	abort();
}

static unsigned chance(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static bool is_below(const char *path)
{
	size_t n = dir ? strlen(dir) : 0;

	return n > 0 && strncmp(path, dir, n) == 0 && path[n] == '/';
}

static bool path_of(int fd, char *dst)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, dst, PATH_MAX - 1);
	if (n <= 0)
		return false;
	dst[n] = 0;
	return true;
}

/* ---- what is not safe yet */

static struct file *file_of(int fd)
{
	char path[PATH_MAX], link[64];
	struct file *f = NULL;
	struct stat st;

	if (!dir || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	for (size_t i = 0; i < FILES; i++)
		if (files[i].used && files[i].dev == st.st_dev && files[i].ino == st.st_ino)
			return &files[i];
	if (!path_of(fd, path) || !is_below(path))
		return NULL;
	for (size_t i = 0; i < FILES && !f; i++)
		if (!files[i].used)
			f = &files[i];
	if (!f)
		die(__LINE__);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	*f = (struct file){.used = true, .dev = st.st_dev, .ino = st.st_ino, .durable = st.st_size};
	f->fd = real_open(link, O_RDWR | O_CLOEXEC);
	if (f->fd < 0)
		die(__LINE__);
	return f;
}

static void note_sector(struct file *f, uint64_t n)
{
	struct sector *s;

	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].n == n) {
			f->v[i].stuck = false; /* written anew: a later fsync covers it */
			return;
		}
	if (f->n == f->size) {
		f->size = f->size * 2 + 64;
		f->v = realloc(f->v, f->size * sizeof(*f->v));
		if (!f->v)
			die(__LINE__);
	}
	s = &f->v[f->n++];
	*s = (struct sector){.n = n};
	if (pread(f->fd, s->old, SECTOR, (off_t)(n * SECTOR)) < 0)
		die(__LINE__);
}

static void note_range(struct file *f, off_t from, off_t to)
{
	for (off_t n = from / SECTOR; n * SECTOR < to; n++)
		note_sector(f, (uint64_t)n);
}

static void synced(struct file *f, bool failed)
{
	struct stat st;
	size_t k = 0;

	for (size_t i = 0; i < f->n; i++) {
		f->v[i].stuck |= failed;
		if (f->v[i].stuck)
			f->v[k++] = f->v[i];
	}
	f->n = k;
	if (!failed && fstat(f->fd, &st) == 0)
		f->durable = st.st_size;
}

static void note_dir_op(int kind, const char *a, const char *b, const char *backup)
{
	struct dir_op *o;

	if (n_ops == DIR_OPS)
		die(__LINE__);
	o = &ops[n_ops++];
	o->kind = kind;
	(void)snprintf(o->a, sizeof(o->a), "%s", a);
	(void)snprintf(o->b, sizeof(o->b), "%s", b ? b : "");
	(void)snprintf(o->backup, sizeof(o->backup), "%s", backup ? backup : "");
}

/* A second name for PATH beside the directory, so that it can be put back. */
static const char *back_up(const char *path, char *dst)
{
	(void)snprintf(dst, PATH_MAX, "%s.cut-%d-%u", dir, (int)getpid(), backups++);
	return link(path, dst) == 0 ? dst : NULL;
}

/* ---- the power goes */

static void undo_file(struct file *f, bool random)
{
	bool keep_size = random && chance(2);
	struct stat st;
	off_t now, size;

	if (fstat(f->fd, &st) < 0)
		return;
	now = st.st_size;
	size = keep_size ? now : f->durable;
	for (size_t i = 0; i < f->n; i++) {
		off_t at = (off_t)(f->v[i].n * SECTOR);

		if (random && at < now && chance(2))
			continue;
		if (at < size)
			(void)real_pwrite(f->fd, f->v[i].old, SECTOR, at);
	}
	(void)real_ftruncate(f->fd, size);
}

static void undo_dir_op(const struct dir_op *o)
{
	switch (o->kind) {
	case CREATE:
		(void)real_unlink(o->a);
		break;
	case RENAME:
		(void)real_rename(o->b, o->a);
		if (*o->backup)
			(void)real_rename(o->backup, o->b);
		break;
	case UNLINK:
		if (*o->backup)
			(void)real_rename(o->backup, o->a);
		break;
	}
}

static void report(void)
{
	const char *path = getenv("CUT_REPORT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%llu\n", (unsigned long long)count);
		fclose(f);
	}
}

static void power_cut(void)
{
	bool random = strcmp(mode, "random") == 0;
	size_t keep = random ? chance((unsigned)n_ops + 1) : 0;

	if (strcmp(mode, "keep") != 0) {
		for (size_t i = 0; i < FILES; i++)
			if (files[i].used)
				undo_file(&files[i], random);
		while (n_ops > keep)
			undo_dir_op(&ops[--n_ops]);
	}
	for (size_t i = 0; i < n_ops; i++)
		if (*ops[i].backup)
			(void)real_unlink(ops[i].backup);
	inside = true;
	report();
	(void)syscall(SYS_kill, getpid(), SIGKILL);
}

__attribute__((destructor)) static void end(void)
{
	(void)pthread_mutex_lock(&lock);
	if (cut_end && dir)
		power_cut();
	report();
	for (size_t i = 0; i < n_ops; i++)
		if (*ops[i].backup)
			(void)real_unlink(ops[i].backup);
	(void)pthread_mutex_unlock(&lock);
}

enum fate { GO, CUT, FAIL };

/* With the lock held. */
static enum fate next_op(bool takes_space)
{
	if (after && access(after, F_OK) < 0)
		return GO;
	after = NULL;
	count++;
	if (cut_at == 0 || count < cut_at || count >= cut_at + cut_for)
		return GO;
	if (strcmp(mode, "eio") == 0)
		errno = EIO;
	else if (strcmp(mode, "erofs") == 0)
		errno = EROFS;
	else if (strcmp(mode, "enospc") == 0) {
		if (!takes_space)
			return GO;
		errno = ENOSPC;
	} else
		return count == cut_at ? CUT : GO;
	return FAIL;
}

/* ---- the calls */

static ssize_t do_write(int fd, const void *p, size_t n, off_t at, bool positioned)
{
	struct file *f;
	ssize_t r = -1;
	off_t to;

	(void)pthread_mutex_lock(&lock);
	f = inside ? NULL : file_of(fd);
	to = positioned || !f ? at : lseek(fd, 0, SEEK_CUR);
	switch (f ? next_op(true) : GO) {
	case FAIL:
		break;
	case CUT:
		if (strcmp(mode, "random") == 0 && n > 1) { /* torn */
			n = 1 + chance((unsigned)n - 1);
			note_range(f, to, to + (off_t)n);
			(void)real_pwrite(fd, p, n, to);
		}
		power_cut();
		break;
	case GO:
		if (f)
			note_range(f, to, to + (off_t)n);
		r = positioned ? real_pwrite(fd, p, n, at) : real_write(fd, p, n);
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return do_write(fd, p, n, at, true);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return do_write(fd, p, n, at, true);
}

ssize_t write(int fd, const void *p, size_t n)
{
	return do_write(fd, p, n, 0, false);
}

static int do_ftruncate(int fd, off_t size)
{
	struct file *f;
	struct stat st;
	int r = -1;

	(void)pthread_mutex_lock(&lock);
	f = file_of(fd);
	switch (f ? next_op(false) : GO) {
	case FAIL:
		break;
	case CUT:
		power_cut();
		break;
	case GO:
		if (f && fstat(fd, &st) == 0 && st.st_size > size)
			note_range(f, size, st.st_size);
		r = real_ftruncate(fd, size);
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}

int ftruncate(int fd, off_t size)
{
	return do_ftruncate(fd, size);
}

int ftruncate64(int fd, off_t size)
{
	return do_ftruncate(fd, size);
}

static void dir_synced(const char *path)
{
	size_t k = 0, n = strlen(path);

	for (size_t i = 0; i < n_ops; i++) {
		const char *name = ops[i].kind == RENAME ? ops[i].b : ops[i].a;

		if (strncmp(name, path, n) == 0 && name[n] == '/' && !strchr(name + n + 1, '/')) {
			if (*ops[i].backup)
				(void)real_unlink(ops[i].backup);
		} else {
			if (k != i)
				ops[k] = ops[i];
			k++;
		}
	}
	n_ops = k;
}

static void hang(void)
{
	const char *release = getenv("CUT_RELEASE");
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s.hangs", dir);
	(void)close(real_open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (release && access(release, F_OK) < 0)
		(void)usleep(1000);
	(void)real_unlink(name);
}

static int do_fsync(int fd)
{
	char path[PATH_MAX];
	struct stat st;
	struct file *f;
	bool is_dir;
	int r = -1;

	/* Without the lock: everything else goes on. */
	if (strcmp(mode, "hang") == 0 && getenv("CUT_RELEASE")) {
		mode = "";
		hang();
	}
	(void)pthread_mutex_lock(&lock);
	f = file_of(fd);
	is_dir = dir && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && path_of(fd, path) &&
		 (is_below(path) || strcmp(path, dir) == 0);
	switch (f || is_dir ? next_op(false) : GO) {
	case FAIL:
		if (f)
			synced(f, true);
		break;
	case CUT:
		power_cut();
		break;
	case GO:
		r = f || is_dir ? 0 : real_fsync(fd);
		if (f && !lies)
			synced(f, false);
		if (is_dir)
			dir_synced(path);
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}

int fsync(int fd)
{
	return do_fsync(fd);
}

int fdatasync(int fd)
{
	return do_fsync(fd);
}

static int do_open(const char *path, int flags, mode_t m)
{
	enum fate fate = GO;
	bool creates;
	int r = -1;

	(void)pthread_mutex_lock(&lock);
	creates = !inside && (flags & O_CREAT) && is_below(path) && access(path, F_OK) < 0;
	if (creates)
		fate = next_op(true);
	else if (!inside && (flags & O_ACCMODE) != O_RDONLY && is_below(path) &&
		 strcmp(mode, "erofs") == 0 && cut_at && count >= cut_at &&
		 count < cut_at + cut_for) {
		count++;
		errno = EROFS;
		fate = FAIL;
	}
	switch (fate) {
	case FAIL:
		break;
	case CUT:
		power_cut();
		break;
	case GO:
		r = real_open(path, flags, m);
		if (r >= 0 && creates)
			note_dir_op(CREATE, path, NULL, NULL);
		if (r >= 0 && !inside && (flags & O_TRUNC) && !creates) {
			/* Not used by what is tested: it would have to be noted before. */
			if (file_of(r))
				die(__LINE__);
		}
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return do_open(path, flags, m);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return do_open(path, flags, m);
}

int rename(const char *a, const char *b)
{
	char backup[PATH_MAX];
	const char *kept = NULL;
	int r = -1;

	(void)pthread_mutex_lock(&lock);
	switch (is_below(b) ? next_op(true) : GO) {
	case FAIL:
		break;
	case CUT:
		power_cut();
		break;
	case GO:
		if (is_below(b))
			kept = back_up(b, backup);
		r = real_rename(a, b);
		if (r == 0 && is_below(b))
			note_dir_op(RENAME, a, b, kept);
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}

int unlink(const char *a)
{
	char backup[PATH_MAX];
	const char *kept = NULL;
	int r = -1;

	(void)pthread_mutex_lock(&lock);
	switch (is_below(a) && access(a, F_OK) == 0 ? next_op(false) : GO) {
	case FAIL:
		break;
	case CUT:
		power_cut();
		break;
	case GO:
		if (is_below(a))
			kept = back_up(a, backup);
		r = real_unlink(a);
		if (r == 0 && is_below(a))
			note_dir_op(UNLINK, a, NULL, kept);
		else if (kept)
			(void)real_unlink(kept);
		break;
	}
	(void)pthread_mutex_unlock(&lock);
	return r;
}
