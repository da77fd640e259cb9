/* SPDX-License-Identifier: Apache-2.0 */
/* The database: opening, damage, format, transactions, history, findings, small values. On the
 * journal's thread alone. Settings by measurement: docs/decisions/0011-journal-settings.md. */
#include "journal-internal.h"
#include <fcntl.h>
#include <sys/stat.h>

#define PROBE_BYTES (32 * 1024)
#define BUSY_MS     1000

static const char schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, crc INTEGER NOT NULL, value BLOB NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE history(row INTEGER PRIMARY KEY, appliance TEXT NOT NULL, boot INTEGER NOT NULL,"
	" t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, wall INTEGER NOT NULL, crc INTEGER NOT NULL,"
	" blob BLOB NOT NULL);"
	"CREATE TABLE finding(id INTEGER PRIMARY KEY, appliance TEXT NOT NULL, open INTEGER NOT NULL,"
	" crc INTEGER NOT NULL, blob BLOB NOT NULL);"
	"CREATE INDEX finding_open ON finding(open, id);"
	"CREATE TABLE upstream(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,"
	" gw TEXT NOT NULL, last_seq INTEGER NOT NULL, last_acked INTEGER NOT NULL,"
	" cursor INTEGER NOT NULL, lost INTEGER NOT NULL, topics TEXT NOT NULL, crc INTEGER NOT NULL);"
	/* id = upstream, class, seq: one tree, in the order of sending (journal-outbox.c). */
	"CREATE TABLE outbox(id INTEGER PRIMARY KEY, prev INTEGER NOT NULL, deflated INTEGER NOT NULL,"
	" dict TEXT NOT NULL, topic TEXT NOT NULL, crc INTEGER NOT NULL, payload BLOB NOT NULL);"
	"CREATE TABLE lost(upstream INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
	" stated_in INTEGER NOT NULL, PRIMARY KEY(upstream, first)) WITHOUT ROWID;"
	"CREATE TABLE alias(upstream INTEGER NOT NULL, appliance TEXT NOT NULL, alias TEXT NOT NULL,"
	" PRIMARY KEY(upstream, appliance), UNIQUE(upstream, alias)) WITHOUT ROWID;";

/* Came later: add_tables(). */
static const char schema_control[] =
	"CREATE TABLE IF NOT EXISTS control(id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" appliance TEXT NOT NULL, crc INTEGER NOT NULL, blob BLOB NOT NULL);"
	/* The row with id '' is the mark: nothing that expires no later is taken any more. */
	"CREATE TABLE IF NOT EXISTS command(upstream TEXT NOT NULL, id TEXT NOT NULL,"
	" expires INTEGER NOT NULL, open INTEGER NOT NULL, crc INTEGER NOT NULL,"
	" blob BLOB NOT NULL, PRIMARY KEY(upstream, id)) WITHOUT ROWID;";

static const char schema_untold[] =
	"CREATE TABLE IF NOT EXISTS untold(row INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id INTEGER NOT NULL, upstream TEXT NOT NULL, change INTEGER NOT NULL,"
	" boot INTEGER NOT NULL, at INTEGER NOT NULL, wall INTEGER NOT NULL, crc INTEGER NOT NULL,"
	" blob BLOB NOT NULL, UNIQUE(upstream, id));";

/* Of ranges there may be thousands after a long outage. */
static const char schema_lost_stated[] =
	"CREATE INDEX IF NOT EXISTS lost_stated ON lost(upstream, stated_in, first);";

/* How much waits in an outbox, so that opening need not count it. */
static const char schema_size[] =
	"CREATE TABLE IF NOT EXISTS outbox_size(upstream INTEGER PRIMARY KEY, urgent INTEGER NOT NULL,"
	" event INTEGER NOT NULL, report INTEGER NOT NULL, bytes INTEGER NOT NULL,"
	" mark INTEGER NOT NULL);";

/* What the broker has and the receiver has not confirmed: journal-receipt.c. */
static const char schema_await[] =
	"CREATE TABLE IF NOT EXISTS await(id INTEGER PRIMARY KEY, class INTEGER NOT NULL);";

/* What left, see journal-ledger.c. The rows are written once, in order, and go in order. */
static const char schema_ledger[] =
	"CREATE TABLE IF NOT EXISTS ledger(id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" upstream TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, state INTEGER NOT NULL,"
	" wall INTEGER NOT NULL, wall_end INTEGER NOT NULL, times INTEGER NOT NULL,"
	" bytes INTEGER NOT NULL, hash BLOB NOT NULL, deflated INTEGER NOT NULL,"
	" topic TEXT NOT NULL, payload BLOB);";

static const char *const sql[_ST_MAX] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_SYNC_FULL] = "PRAGMA synchronous=FULL",
	[ST_SYNC_NORMAL] = "PRAGMA synchronous=NORMAL",
	[ST_SCRUB_ON] = "PRAGMA secure_delete=ON",
	[ST_SCRUB_OFF] = "PRAGMA secure_delete=FAST",
	[ST_PAGE_COUNT] = "PRAGMA page_count",
	[ST_ROOTS] = "SELECT count(*) FROM sqlite_schema WHERE rootpage > 0",
	[ST_FREELIST] = "PRAGMA freelist_count",
	[ST_APPEND] = "INSERT INTO history VALUES(?,?,?,?,?,?,?,?)",
	[ST_READ_BLOCKS] = "SELECT row, appliance, boot, t0, t1, wall, crc, blob FROM history"
			   " WHERE row > ? ORDER BY row LIMIT ?",
	/* Other appliances' rows are passed over by their first page alone. */
	[ST_READ_BACK] = "SELECT row, appliance, boot, t0, t1, wall, crc, blob FROM history"
			 " WHERE row < ?1 AND row >= ?2 AND appliance = ?3"
			 " ORDER BY row DESC LIMIT ?4",
	[ST_FIRST_ROW] = "SELECT min(row) FROM history",
	[ST_LAST_ROW] = "SELECT max(row) FROM history",
	[ST_EXPIRE] = "DELETE FROM history WHERE row >= ? AND row < ?",
	[ST_PUT_FINDING] = "INSERT INTO finding VALUES(?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET"
			   " appliance=excluded.appliance, open=excluded.open, crc=excluded.crc,"
			   " blob=excluded.blob",
	[ST_TRIM_FINDINGS] = "DELETE FROM finding WHERE open=0 AND id <= (SELECT id FROM finding"
			     " WHERE open=0 ORDER BY id DESC LIMIT 1 OFFSET ?)",
	[ST_READ_FINDINGS] = "SELECT id, appliance, open, crc, blob FROM finding"
			     " WHERE id > ? AND open >= ? ORDER BY id",
	/* A transaction that failed may have been stored after all: then it is there already. */
	[ST_PUT_UNTOLD] = "INSERT INTO untold(id, upstream, change, boot, at, wall, crc, blob)"
			  " VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
	[ST_TRIM_UNTOLD] = "DELETE FROM untold WHERE row <= (SELECT max(row) FROM untold) - ?",
	[ST_READ_UNTOLD] = "SELECT row, id, change, boot, at, wall, crc, blob FROM untold"
			   " WHERE upstream=? AND row > ? ORDER BY row LIMIT ?",
	[ST_DELETE_UNTOLD] = "DELETE FROM untold WHERE upstream=? AND id=?",
	[ST_KEEP_UNTOLD] = "DELETE FROM untold WHERE instr(?, ' '||upstream||' ')=0",
	[ST_PUT_CONTROL] = "INSERT INTO control(appliance, crc, blob) VALUES(?,?,?)",
	[ST_TRIM_CONTROLS] = "DELETE FROM control WHERE id <= (SELECT max(id) FROM control) - ?",
	[ST_READ_CONTROLS] = "SELECT id, appliance, crc, blob FROM control"
			     " WHERE ?1 = '' OR appliance = ?1 ORDER BY id DESC LIMIT ?2",
	[ST_COMMAND_GET] = "SELECT crc, blob FROM command WHERE upstream=? AND id=?",
	[ST_COMMAND_PUT] = "INSERT INTO command VALUES(?,?,?,1,?,?)",
	[ST_COMMAND_END] = "UPDATE command SET open=0, crc=?, blob=? WHERE upstream=? AND id=?",
	[ST_COMMAND_MARK] = "INSERT INTO command SELECT upstream, '', max(expires), 0, 0, x''"
			    " FROM command WHERE expires <= ? AND id <> '' GROUP BY upstream"
			    " ON CONFLICT(upstream, id) DO UPDATE SET"
			    " expires=max(expires, excluded.expires)",
	[ST_COMMAND_MARKED] = "SELECT expires FROM command WHERE upstream=? AND id=''",
	[ST_COMMAND_PURGE] = "DELETE FROM command WHERE expires <= ? AND id <> ''",
	[ST_COMMAND_COUNT] = "SELECT count(*) FROM command WHERE id <> ''",
	[ST_COMMAND_COUNT_EACH] = "SELECT count(*) FROM command WHERE upstream=? AND id <> ''",
	[ST_COMMAND_OPEN] = "SELECT crc, blob, id FROM command WHERE upstream=? AND open=1"
			    " ORDER BY id LIMIT ?",
	[ST_PUT_META] = "INSERT INTO meta VALUES(?,?,?) ON CONFLICT(key) DO UPDATE SET"
			" crc=excluded.crc, value=excluded.value",
	[ST_GET_META] = "SELECT crc, value FROM meta WHERE key=?",
	[ST_DELETE_META] = "DELETE FROM meta WHERE key=?",
	[ST_COUNT_META] = "SELECT count(*) FROM meta",
	[ST_UPSTREAMS] =
		"SELECT id, name, epoch, gw, last_seq, last_acked, cursor, lost, topics, crc"
		" FROM upstream ORDER BY id",
	[ST_NEW_UPSTREAM] = "INSERT INTO upstream VALUES(?,?,?,?,0,0,0,0,'',0)",
	[ST_SAVE_UPSTREAM] = "UPDATE upstream SET last_seq=?, last_acked=?, cursor=?, lost=?,"
			     " topics=?, crc=? WHERE id=?",
	[ST_OUT_SIZES] = "SELECT id, length(payload) FROM outbox WHERE id BETWEEN ? AND ?",
	[ST_SIZE_GET] =
		"SELECT urgent, event, report, bytes, mark FROM outbox_size WHERE upstream=?",
	[ST_SIZE_PUT] = "INSERT OR REPLACE INTO outbox_size VALUES(?,?,?,?,?,?)",
	[ST_OUT_INSERT] = "INSERT INTO outbox VALUES(?,?,?,?,?,?,?)",
	[ST_OUT_RANGE] = "SELECT id, prev, deflated, dict, topic, crc, payload FROM outbox"
			 " WHERE id BETWEEN ? AND ? ORDER BY id",
	[ST_OUT_OLDEST] = "SELECT id, length(payload) FROM outbox WHERE id BETWEEN ? AND ?"
			  " ORDER BY id LIMIT 1",
	[ST_OUT_FIND] = "SELECT id, length(payload) FROM outbox WHERE id IN (?,?,?,?)",
	[ST_AWAIT_READ] = "SELECT o.id, coalesce(a.class, 1) FROM outbox o LEFT JOIN await a"
			  " ON a.id = o.id WHERE o.id BETWEEN ? AND ? ORDER BY o.id",
	[ST_AWAIT_PUT] = "INSERT OR REPLACE INTO await VALUES(?,?)",
	[ST_AWAIT_DELETE] = "DELETE FROM await WHERE id=?",
	[ST_AWAIT_MOVE] = "UPDATE outbox SET id=? WHERE id=?",
	[ST_OUT_DELETE] = "DELETE FROM outbox WHERE id=?",
	[ST_OUT_PRIVATE] = "SELECT payload FROM outbox WHERE id=? AND topic GLOB '*/repair'",
	[ST_OUT_DICTS] = "SELECT DISTINCT dict FROM outbox WHERE id BETWEEN ? AND ?"
			 " AND dict <> '' AND typeof(dict)='text' LIMIT 16",
	[ST_LOST_READ] = "SELECT first, last FROM lost WHERE upstream=? AND stated_in=0"
			 " ORDER BY first LIMIT ?",
	[ST_LOST_INSERT] = "INSERT INTO lost VALUES(?,?,?,0)",
	[ST_LOST_BELOW] = "SELECT first FROM (SELECT first, last FROM lost WHERE upstream=?1"
			  " AND stated_in=0 AND first <= ?2 ORDER BY first DESC LIMIT 1)"
			  " WHERE last=?2",
	[ST_LOST_ABOVE] = "SELECT last FROM lost WHERE upstream=? AND stated_in=0 AND first=?",
	[ST_LOST_DELETE] = "DELETE FROM lost WHERE upstream=? AND first=?",
	[ST_LOST_STATE] = "UPDATE lost SET stated_in=? WHERE upstream=? AND first=? AND last=?"
			  " AND stated_in=0",
	[ST_LOST_UNSTATE] = "UPDATE lost SET stated_in=0 WHERE upstream=? AND stated_in=?",
	[ST_LOST_ACKED] = "DELETE FROM lost WHERE upstream=? AND stated_in=?",
	[ST_ALIAS_GET] = "SELECT alias FROM alias WHERE upstream=? AND appliance=?",
	[ST_ALIAS_PUT] = "INSERT INTO alias VALUES(?,?,?)",
	[ST_ALIAS_FORGET] = "DELETE FROM alias WHERE upstream=?",
	[ST_RENAME_UPSTREAM] = "UPDATE upstream SET epoch=?, gw=? WHERE id=?",
	[ST_OUT_LIST] = "SELECT id, length(payload), topic FROM outbox WHERE id BETWEEN ? AND ?"
			" ORDER BY id",
	[ST_OUT_CLEAR] = "DELETE FROM outbox WHERE id BETWEEN ? AND ?",
	[ST_LOST_CLEAR] = "DELETE FROM lost WHERE upstream=?",
	[ST_META_CLEAR] = "DELETE FROM meta WHERE key=?1 OR key=?2 OR key GLOB ?3",
	[ST_LEDGER_PUT] =
		"INSERT INTO ledger SELECT NULL, ?1, ?2, ?3, ?4, ?5, ?5, 1,"
		" length(payload), x'', deflated, topic, coalesce(?7, payload) FROM outbox"
		" WHERE id=?6",
	[ST_LEDGER_NOTE] = "INSERT INTO ledger VALUES(?,?,'',0,?,?,?,?,?,?,0,?,NULL)"
			   " ON CONFLICT(id) DO UPDATE SET wall_end=excluded.wall_end,"
			   " times=excluded.times, bytes=excluded.bytes, hash=excluded.hash",
	[ST_LEDGER_SIZE] = "SELECT coalesce(sum(length(payload)),0) FROM ledger",
	[ST_LEDGER_NEWEST_SIZE] = "SELECT length(payload) FROM ledger ORDER BY id DESC LIMIT 1",
	[ST_LEDGER_WAITING] = "SELECT id, length(payload), topic, deflated FROM outbox"
			      " WHERE id BETWEEN ? AND ? ORDER BY id DESC",
	[ST_LEDGER_LAST] = "SELECT coalesce(max(id),0) FROM ledger",
	[ST_LEDGER_TRIM] = "DELETE FROM ledger WHERE id <= ?",
	[ST_LEDGER_OLDEST] = "SELECT id, length(payload) FROM ledger WHERE id > ?"
			     " AND payload IS NOT NULL ORDER BY id LIMIT 1",
	[ST_LEDGER_DROP_BYTES] = "UPDATE ledger SET payload=NULL WHERE id=?",
	[ST_LEDGER_READ] = "SELECT id, state, upstream, epoch, topic, seq, wall, wall_end, times,"
			   " bytes, hash, deflated, NULL FROM ledger WHERE id < ?1"
			   " AND (?2 = '' OR upstream = ?2) AND wall_end >= ?3"
			   " ORDER BY id DESC LIMIT ?4",
	[ST_LEDGER_ROW] = "SELECT id, state, upstream, epoch, topic, seq, wall, wall_end, times,"
			  " bytes, hash, deflated, payload FROM ledger WHERE id = ?1",
};

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

/* ---- statements and transactions */

sqlite3_stmt *store_statement(struct store *s, enum store_statement id, int *ret_error)
{
	sqlite3_stmt **st = &s->statements[id];

	if (!*st && sqlite3_prepare_v3(s->db, sql[id], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) !=
			    SQLITE_OK) {
		*ret_error = store_errno(s);
		return NULL;
	}
	(void)sqlite3_reset(*st);
	(void)sqlite3_clear_bindings(*st);
	return *st;
}

int store_step_done(struct store *s, sqlite3_stmt *st)
{
	int rc, e;

	do
		rc = sqlite3_step(st);
	while (rc == SQLITE_ROW);
	e = rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

static int run_statement(struct store *s, enum store_statement id)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	return st ? store_step_done(s, st) : e;
}

int store_read_number(struct store *s, enum store_statement id, uint64_t *ret)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = (uint64_t)sqlite3_column_int64(st, 0);
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

int store_begin(struct store *s, bool full)
{
	int sync = full ? 2 : 1, e = 0;

	/* After an fsync that failed, what it should have covered may never reach the disk, and a later
	 * one says nothing of it: nothing is built upon it before store_settle() has written it anew. */
	if (s->status.degraded && !s->probing)
		return s->status.error;
	/* Takes effect only outside a transaction, which is where we are. */
	if (s->sync != sync) {
		e = run_statement(s, full ? ST_SYNC_FULL : ST_SYNC_NORMAL);
		if (e < 0)
			return e;
		s->sync = sync;
	}
	e = run_statement(s, ST_BEGIN);
	s->in_transaction = e == 0;
	return e;
}

int store_commit(struct store *s)
{
	int e = run_statement(s, ST_COMMIT);

	if (e == 0) {
		s->in_transaction = false;
		store_wal_tidy(s);
	}
	return e;
}

int store_scrub(struct store *s)
{
	/* FAST, which is otherwise in force, overwrites where it writes anyway: pages that become free
	 * keep what they had. */
	int e = s->scrub ? 0 : run_statement(s, ST_SCRUB_ON);

	s->scrub = s->scrub || e == 0;
	return e;
}

void store_rollback(struct store *s)
{
	s->in_transaction = false;
	/* Some errors have rolled back already. */
	if (s->db && !sqlite3_get_autocommit(s->db))
		(void)run_statement(s, ST_ROLLBACK);
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
	s->scrub = false; /* opening empties the WAL */
	s->in_transaction = false;
	store_forget_upstreams(s);
}

static int run_script(struct store *s, const char *script)
{
	return sqlite3_exec(s->db, script, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_errno(s);
}

static int read_pragma(struct store *s, const char *pragma, int64_t *ret, char *text, size_t size)
{
	sqlite3_stmt *st;
	int e = 0, rc;

	if (sqlite3_prepare_v2(s->db, pragma, -1, &st, NULL) != SQLITE_OK)
		return store_errno(s);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW && ret)
		*ret = sqlite3_column_int64(st, 0);
	if (rc == SQLITE_ROW && text)
		str_copy(text, size, (const char *)sqlite3_column_text(st, 0) ?: "");
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_finalize(st);
	return e;
}

static int check_format(struct store *s)
{
	int64_t format = 0, application = 0, tables = 0;
	int e;

	e = read_pragma(s, "PRAGMA user_version", &format, NULL, 0);
	if (e == 0)
		e = read_pragma(s, "PRAGMA application_id", &application, NULL, 0);
	if (e == 0)
		e = read_pragma(s, "SELECT count(*) FROM sqlite_schema", &tables, NULL, 0);
	if (e < 0)
		return e;
	if (tables == 0 && format == 0) {
		char script[sizeof(schema) + 128];

		(void)snprintf(script, sizeof(script),
			"BEGIN IMMEDIATE;%sPRAGMA application_id=%d;PRAGMA user_version=%d;COMMIT;",
			schema, STORE_APPLICATION_ID, STORE_FORMAT);
		e = run_script(s, script);
		if (e < 0)
			store_rollback(s);
		return e;
	}
	if (application != STORE_APPLICATION_ID)
		return -EUCLEAN;
	if (format > STORE_FORMAT)
		return -EPROTONOSUPPORT;
	/* Older formats are brought up to date here, one step each, once there is a second one. */
	return format == STORE_FORMAT ? 0 : -EUCLEAN;
}

/* A file of before is given the tables that came later. */
static int add_tables(struct store *s)
{
	static const struct {
		const char *question, *script;
	} tables[] = {
		{"SELECT count(*) FROM sqlite_schema WHERE name='control'", schema_control},
		{"SELECT count(*) FROM sqlite_schema WHERE name='untold'", schema_untold},
		{"SELECT count(*) FROM sqlite_schema WHERE name='ledger'", schema_ledger},
		{"SELECT count(*) FROM sqlite_schema WHERE name='await'", schema_await},
		{"SELECT count(*) FROM sqlite_schema WHERE name='outbox_size'", schema_size},
		{"SELECT count(*) FROM sqlite_schema WHERE name='lost_stated'", schema_lost_stated},
	};
	int e = 0;

	for (size_t i = 0; e == 0 && i < ARRAY_SIZE(tables); i++) {
		int64_t n = 0;

		e = read_pragma(s, tables[i].question, &n, NULL, 0);
		if (e == 0 && n == 0)
			e = run_script(s, tables[i].script);
	}
	return e;
}

/* Of a file of the default bounds all of it, in order: a second or two on slow flash. Above that the small
 * tables alone, which have a bound and decide about numbers and names; the rows of history and outboxes have
 * a checksum each, and what is damaged between them, or among the lost ranges, is found when it is read. */
#define CHECK_PAGES (96 * 256) /* 96 MiB */

static int quick_check(struct store *s)
{
	static const char *const small[] = {"PRAGMA quick_check('upstream')",
		"PRAGMA quick_check('alias')", "PRAGMA quick_check('meta')",
		"PRAGMA quick_check('finding')"};
	static const char *const all[] = {"PRAGMA quick_check(1)"};
	uint64_t pages = 0;
	int e = store_read_number(s, ST_PAGE_COUNT, &pages);
	bool big = pages > CHECK_PAGES;
	size_t n = big ? ARRAY_SIZE(small) : ARRAY_SIZE(all);

	for (size_t i = 0; e == 0 && i < n; i++) {
		char text[16] = "";

		e = read_pragma(s, big ? small[i] : all[i], NULL, text, sizeof(text));
		if (e == 0 && !streq(text, "ok"))
			e = -EUCLEAN;
	}
	return e;
}

/* A damaged byte in the text of a table may leave a file that SQLite takes for sound, and in which a
 * statement means nothing. */
static int check_statements(struct store *s)
{
	int e = 0;

	for (unsigned i = 0; e == 0 && i < _ST_MAX; i++) {
		sqlite3_stmt *st = NULL;
		int rc;

		if (startswith(sql[i], "PRAGMA")) /* some are carried out by being prepared */
			continue;
		rc = sqlite3_prepare_v2(s->db, sql[i], -1, &st, NULL);
		(void)sqlite3_finalize(st);
		if (rc != SQLITE_OK)
			e = (rc & 0xff) == SQLITE_ERROR ? -EUCLEAN : store_errno(s);
	}
	return e;
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
	s->wal_lost = MAX(s->wal_lost, store_wal_lost(s->path));
	if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK)
		return s->db ? store_errno(s) : -ENOMEM;
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	/* Exclusive: the WAL's index is heap instead of a mapped file, which a full disk turns into
	 * SIGBUS, and a second hearthd is kept out. */
	e = run_script(s,
		"PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
		"PRAGMA cache_size=-256; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
		"PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=1048576;"
		"PRAGMA secure_delete=FAST;"
		"PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL;");
	store_wal_watch(s);
	if (e == 0)
		e = check_format(s);
	if (e == 0)
		e = quick_check(s);
	if (e == 0)
		e = add_tables(s);
	if (e == 0)
		e = check_statements(s);
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
