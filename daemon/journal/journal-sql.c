/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement there is, and transactions. On the journal's thread alone. */
#include "journal-internal.h"

const char *const store_sql[_ST_MAX] = {
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

sqlite3_stmt *store_statement(struct store *s, enum store_statement id, int *ret_error)
{
	sqlite3_stmt **st = &s->statements[id];

	if (!*st && sqlite3_prepare_v3(s->db, store_sql[id], -1, SQLITE_PREPARE_PERSISTENT, st,
			    NULL) != SQLITE_OK) {
		*ret_error = store_errno(s);
		return NULL;
	}
	(void)sqlite3_reset(*st);
	(void)sqlite3_clear_bindings(*st);
	return *st;
}

int store_blob_copy(sqlite3_stmt *st, int column, void **ret, size_t *ret_n)
{
	size_t n = (size_t)sqlite3_column_bytes(st, column);
	void *p = malloc(n + 1);

	if (!p)
		return -ENOMEM;
	if (n > 0)
		memcpy(p, sqlite3_column_blob(st, column), n);
	((char *)p)[n] = 0;
	*ret = p;
	*ret_n = n;
	return 0;
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

static int run(struct store *s, enum store_statement id)
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
		e = run(s, full ? ST_SYNC_FULL : ST_SYNC_NORMAL);
		if (e < 0)
			return e;
		s->sync = sync;
	}
	e = run(s, ST_BEGIN);
	s->in_transaction = e == 0;
	return e;
}

int store_commit(struct store *s)
{
	int e = run(s, ST_COMMIT);

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
	int e = s->scrub ? 0 : run(s, ST_SCRUB_ON);

	s->scrub = s->scrub || e == 0;
	return e;
}

void store_rollback(struct store *s)
{
	s->in_transaction = false;
	/* Some errors have rolled back already. */
	if (s->db && !sqlite3_get_autocommit(s->db))
		(void)run(s, ST_ROLLBACK);
}
