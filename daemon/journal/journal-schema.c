/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, and what a file must be to be taken for sound. On the journal's thread alone. */
#include "journal-internal.h"
#include <fcntl.h>

#define FORMAT_MAX 64 /* no hearthd will ever have written a higher one */

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

int store_run_script(struct store *s, const char *script)
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
		e = store_run_script(s, script);
		if (e < 0)
			store_rollback(s);
		return e;
	}
	if (application != STORE_APPLICATION_ID)
		return -EUCLEAN;
	if (format > STORE_FORMAT)
		return format <= FORMAT_MAX ? -EPROTONOSUPPORT : -EUCLEAN;
	/* Older formats are brought up to date here, one step each, once there is a second one. */
	return format == STORE_FORMAT ? 0 : -EUCLEAN;
}

/* A file of before is given the tables that came later: all or none, for a file in which one is missing is taken
 * for damaged. */
static int add_tables(struct store *s)
{
	static const struct {
		const char *question, *script;
	} tables[] = {
		{"SELECT count(*) FROM sqlite_schema WHERE name='control'", schema_control},
		{"SELECT count(*) FROM sqlite_schema WHERE name='command'", schema_control},
		{"SELECT count(*) FROM sqlite_schema WHERE name='untold'", schema_untold},
		{"SELECT count(*) FROM sqlite_schema WHERE name='ledger'", schema_ledger},
		{"SELECT count(*) FROM sqlite_schema WHERE name='await'", schema_await},
		{"SELECT count(*) FROM sqlite_schema WHERE name='outbox_size'", schema_size},
		{"SELECT count(*) FROM sqlite_schema WHERE name='lost_stated'", schema_lost_stated},
	};
	bool begun = false;
	int e = 0;

	for (size_t i = 0; e == 0 && i < ARRAY_SIZE(tables); i++) {
		int64_t n = 0;

		e = read_pragma(s, tables[i].question, &n, NULL, 0);
		if (e < 0 || n > 0)
			continue;
		if (!begun)
			e = store_run_script(s, "BEGIN IMMEDIATE");
		begun = e == 0;
		if (e == 0)
			e = store_run_script(s, tables[i].script);
	}
	if (begun && e == 0)
		e = store_run_script(s, "COMMIT");
	if (begun && e < 0)
		store_rollback(s);
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

		if (startswith(store_sql[i], "PRAGMA")) /* some are carried out by being prepared */
			continue;
		rc = sqlite3_prepare_v2(s->db, store_sql[i], -1, &st, NULL);
		(void)sqlite3_finalize(st);
		if (rc != SQLITE_OK)
			e = (rc & 0xff) == SQLITE_ERROR ? -EUCLEAN : store_errno(s);
	}
	return e;
}

/* Nor may a number that is the row's own, or the kind of a column, have become something else. */
static int check_columns(struct store *s)
{
	static const char keys[] =
		"WITH k(t, c) AS (VALUES('history','row'),('finding','id'),('upstream','id'),"
		"('outbox','id'),('control','id'),('untold','row'),('ledger','id'),('await','id'),"
		"('outbox_size','upstream'))"
		" SELECT count(*) FROM k WHERE NOT EXISTS(SELECT 1 FROM pragma_table_info(k.t) i"
		" WHERE i.name=k.c AND i.type='INTEGER' AND i.pk=1)";
	static const char kinds[] =
		"SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name) i WHERE s.type='table'"
		" AND s.name NOT GLOB 'sqlite_*' AND i.type NOT IN ('INTEGER','TEXT','BLOB')";
	int64_t wrong = 0, more = 0;
	int e = read_pragma(s, keys, &wrong, NULL, 0);

	if (e == 0)
		e = read_pragma(s, kinds, &more, NULL, 0);
	return e == 0 && wrong + more > 0 ? -EUCLEAN : e;
}

/* Numbers in the file's first bytes that SQLite takes for a reason to read only. */
int store_check_file(const char *path)
{
	uint8_t b[20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, b, sizeof(b), 0);

	/* Closed here the locks of the file would go: this comes before SQLite has it. */
	if (fd >= 0)
		(void)close(fd);
	return n == sizeof(b) && (b[18] < 1 || b[18] > 2 || b[19] < 1 || b[19] > 2) ? -EUCLEAN : 0;
}

int store_check(struct store *s)
{
	int e = check_format(s);

	if (e == 0)
		e = quick_check(s);
	if (e == 0)
		e = add_tables(s);
	if (e == 0)
		e = check_statements(s);
	return e == 0 ? check_columns(s) : e;
}
