/* SPDX-License-Identifier: Apache-2.0 */
/* The database: opening, damage, format, transactions, history, findings, small values. On the
 * journal's thread alone. Settings by measurement: docs/decisions/0011-journal-settings.md. */
#include "journal-internal.h"
#include <fcntl.h>
#include <sys/stat.h>

#define PROBE_BYTES (32 * 1024)
#define BUSY_MS     1000

/* ---- errors */

static int errno_of(int code, int system_errno)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_TOOBIG:
		return -E2BIG;
	case SQLITE_CONSTRAINT:
		return -EEXIST; /* a mistake of ours, which no disk explains and no time mends */
	default:
		break;
	}
	switch (system_errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* RLIMIT_FSIZE: full as well */
		return -ENOSPC;
	case EROFS:
		return -EROFS;
	case EACCES:
	case EPERM:
		return -EACCES;
	case ENOENT: /* its directory; -ENOENT itself means a row that is not there */
	case ENOTDIR:
		return -ENOTDIR;
	default:
		return -EIO;
	}
}

/* Of the last failed call on the file or its WAL; sqlite3_system_errno() is too often that of the
 * clean-up behind it. */
static int file_errno(const struct store *s)
{
	static const int which[] = {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER};

	for (size_t i = 0; i < ARRAY_SIZE(which); i++) {
		sqlite3_file *f = NULL;
		int e = 0;

		if (sqlite3_file_control(s->db, "main", which[i], &f) == SQLITE_OK && f &&
			f->pMethods &&
			f->pMethods->xFileControl(f, SQLITE_FCNTL_LAST_ERRNO, &e) == SQLITE_OK &&
			e != 0)
			return e;
	}
	return sqlite3_system_errno(s->db);
}

int store_errno(const struct store *s)
{
	int code = sqlite3_extended_errcode(s->db);
	bool io = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;

	return errno_of(code, io ? file_errno(s) : 0);
}

/* What the state of the disk explains, and time may mend. */
bool store_is_degrading(int e)
{
	return e == -ENOSPC || e == -EROFS || e == -EIO || e == -EACCES || e == -ENOTDIR ||
	       e == -EBUSY || e == -EPROTONOSUPPORT;
}

static void set_degraded(struct store *s, int e, const char *text)
{
	s->status.degraded = true;
	s->status.error = e;
	str_copy(s->status.text, sizeof(s->status.text), text);
}

void store_degrade(struct store *s, int e)
{
	char text[128];

	switch (e) {
	case -ENOSPC:
		set_degraded(s, e, "no space left for the journal's file");
		break;
	case -EROFS:
		set_degraded(s, e, "the journal's file cannot be written (read-only)");
		break;
	case -EBUSY:
		set_degraded(s, e, "the journal's file is in use by another process");
		break;
	default:
		(void)snprintf(text, sizeof(text), "the journal's file: %s", strerror(-e));
		set_degraded(s, e, text);
		break;
	}
}

static void recovered(struct store *s)
{
	s->status.degraded = false;
	s->status.error = 0;
	s->status.text[0] = 0;
}

/* ---- opening */

void store_close(struct store *s)
{
	for (unsigned i = 0; i < _ST_MAX; i++) {
		(void)sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	(void)sqlite3_close_v2(s->db);
	s->db = NULL;
	s->sync = 0;
	s->names_safe = false;
	s->scrub = false; /* opening empties the WAL */
	s->in_transaction = false;
	store_forget_upstreams(s);
}

static int open_file(struct store *s)
{
	uint64_t first = 0, last = 0;
	int fd, e;

	/* SQLite would create it for everybody to read. */
	fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno_of(SQLITE_CANTOPEN, errno);
	(void)close(fd);
	e = store_check_file(s->path);
	if (e < 0)
		return e;
	s->wal_lost = MAX(s->wal_lost, store_wal_lost(s->path));
	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK)
		return s->db ? store_errno(s) : -ENOMEM;
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	/* Exclusive: the WAL's index is heap instead of a mapped file, which a full disk turns into
	 * SIGBUS, and a second hearthd is kept out. */
	e = store_run_script(s,
		"PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
		"PRAGMA cache_size=-256; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
		"PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=1048576;"
		"PRAGMA secure_delete=FAST;"
		"PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL;");
	store_wal_watch(s);
	if (e == 0)
		e = store_check(s);
	if (e == 0)
		e = store_read_number(s, ST_FIRST_ROW, &first);
	if (e == 0)
		e = store_read_number(s, ST_LAST_ROW, &last);
	if (e == 0)
		e = store_read_number(s, ST_ROOTS, &s->roots);
	if (e == 0)
		e = store_load_upstreams(s);
	if (e == 0)
		e = store_ledger_open(s);
	/* No disk says this: a number in the header, or a text, that SQLite does not know. */
	if (e == -EIO && (sqlite3_errcode(s->db) & 0xff) == SQLITE_ERROR)
		return -EUCLEAN;
	if (e < 0)
		return e;
	/* A row number that a cursor has passed is never given again. */
	s->next_row = last + 1;
	for (size_t i = 0; i < s->n_upstreams; i++)
		s->next_row = MAX(s->next_row, s->upstreams[i]->state.cursor + 1);
	s->first_row = first ? first : s->next_row;
	return 0;
}

static void bad_name(char *dst, size_t size, const struct store *s, unsigned n, const char *suffix)
{
	(void)snprintf(dst, size, "%s.bad-%u%s", s->path, n, suffix);
}

/* Moves the damaged file and its WAL (which a new file would otherwise replay) out of the way. */
int store_set_aside(struct store *s)
{
	static const char *const suffixes[] = {"-wal", "-shm", ""};
	char from[4096 + 32], to[4096 + 32];
	unsigned n = 1;

	store_close(s);
	for (; n <= STORE_BAD_FILES_MAX; n++) {
		bad_name(to, sizeof(to), s, n, "");
		if (access(to, F_OK) < 0)
			break;
	}
	if (n > STORE_BAD_FILES_MAX) {
		n = STORE_BAD_FILES_MAX;
		for (unsigned i = 1; i < n; i++)
			for (size_t k = 0; k < ARRAY_SIZE(suffixes); k++) {
				bad_name(from, sizeof(from), s, i + 1, suffixes[k]);
				bad_name(to, sizeof(to), s, i, suffixes[k]);
				if (rename(from, to) < 0)
					(void)unlink(to);
			}
	}
	for (size_t k = 0; k < ARRAY_SIZE(suffixes); k++) {
		(void)snprintf(from, sizeof(from), "%s%s", s->path, suffixes[k]);
		bad_name(to, sizeof(to), s, n, suffixes[k]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return errno_of(SQLITE_IOERR, errno);
	}
	s->status.set_aside++;
	return 0;
}

/* In what damage has cut off the WAL there may have been a message for each page, and it may have been
 * sent: its number is not given again. */
static int skip_lost(struct store *s)
{
	int e = s->wal_lost > 0 ? store_out_skip(s, s->wal_lost) : 0;

	if (e < 0) {
		store_rollback(s);
		return e;
	}
	s->status.wal_lost += s->wal_lost;
	s->wal_lost = 0;
	return 0;
}

/* A file is safe when its name is. SQLite syncs the directory of a WAL that it has made, and takes no notice when
 * that fails: with the power everything since would be gone. By now both files are there, and stay. */
static int sync_names(struct store *s)
{
	const char *slash = strrchr(s->path, '/');
	char folder[4096];
	int fd, e = 0;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - s->path) : 1,
		slash ? s->path : ".");
	fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* EINVAL: a file system whose directories cannot be synced. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		e = errno_of(SQLITE_IOERR, errno);
	closep(&fd);
	s->names_safe = e == 0;
	return e;
}

void store_open(struct store *s)
{
	int e = open_file(s);

	if (e == -EUCLEAN) {
		e = store_set_aside(s);
		if (e == 0)
			e = open_file(s);
	}
	if (e == 0) {
		/* A WAL that is left over may hold what another run could not make safe. */
		e = store_settle(s);
		if (e == 0)
			e = sync_names(s);
		if (e == 0) {
			recovered(s);
			e = skip_lost(s);
		}
		if (e < 0)
			store_degrade(s, e);
		return;
	}
	store_close(s);
	if (e == -EPROTONOSUPPORT)
		set_degraded(s, e,
			"the journal's file was written by a newer hearthd; it is left "
			"untouched: install that version, or move the file away");
	else
		store_degrade(s, e);
}

int store_new(const char *path, uint64_t max_bytes, struct store **ret)
{
	struct store *s;

	if (strlen(path) > 4000)
		return -ENAMETOOLONG;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->path = strdup(path);
	if (!s->path) {
		free(s);
		return -ENOMEM;
	}
	s->max_bytes = max_bytes ?: 64ULL * 1024 * 1024;
	*ret = s;
	return 0;
}

struct store *store_free(struct store *s)
{
	if (!s)
		return NULL;
	store_close(s);
	free(s->path);
	free(s);
	return NULL;
}

/* Writes as much as a flush and a message do, and takes it away again. */
static int probe_write(struct store *s)
{
	int e = 0;
	sqlite3_stmt *st;

	e = store_settle(s);
	if (e == 0)
		e = store_begin(s, true);
	st = e == 0 ? store_statement(s, ST_PUT_META, &e) : NULL;
	if (st) {
		(void)sqlite3_bind_text(st, 1, ".probe", -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(st, 2, 0);
		(void)sqlite3_bind_zeroblob(st, 3, PROBE_BYTES);
		e = store_step_done(s, st);
	}
	if (e == 0)
		e = store_commit(s);
	if (e < 0) {
		store_rollback(s);
		return e;
	}
	st = store_statement(s, ST_DELETE_META, &e);
	if (st) {
		(void)sqlite3_bind_text(st, 1, ".probe", -1, SQLITE_STATIC);
		e = store_step_done(s, st);
	}
	return e;
}

void store_probe(struct store *s)
{
	int e;

	/* After anything but a full disk the connection may know things that are not so. */
	if (s->db && s->status.error != -ENOSPC)
		store_close(s);
	if (!s->db)
		store_open(s);
	if (!s->db)
		return;
	s->probing = true;
	e = s->names_safe ? 0 : sync_names(s);
	if (e == 0)
		e = probe_write(s);
	s->probing = false;
	if (e == 0)
		recovered(s);
	else
		store_degrade(s, e);
}

static uint64_t thread_written_bytes(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/thread-self/io", "re");
	unsigned long long v;
	char line[64];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "write_bytes: %llu", &v) == 1)
			return v;
	return 0;
}

uint64_t store_history_bytes(struct store *s)
{
	uint64_t pages = 0, unused = 0, used, outbox;

	(void)store_read_number(s, ST_PAGE_COUNT, &pages);
	(void)store_read_number(s, ST_FREELIST, &unused);
	unused += s->roots; /* what tables and indices take while they are empty */
	used = pages > unused ? (pages - unused) * 4096 : 0;
	outbox = store_outbox_bytes(s) + s->ledger_bytes;
	return used > outbox ? used - outbox : 0;
}

void store_refresh_status(struct store *s)
{
	s->status.written_bytes = thread_written_bytes();
	if (!s->db)
		return;
	s->status.bytes = store_history_bytes(s);
	s->status.rows = s->next_row > s->first_row ? s->next_row - s->first_row : 0;
}
