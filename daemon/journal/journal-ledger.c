/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of what left. A message stands in the outbox from before it may leave until the
 * transaction that takes it out, and that one puts it here; so it is in one of them at every moment. On
 * the journal's thread alone. */
#include "journal-internal.h"
#include "daemon/base/clock.h"

static int64_t wall_now(const struct store *s)
{
	return clock_is_set(s->clock) ? clock_realtime_us() : 0;
}

int store_ledger_open(struct store *s)
{
	s->ledger_bytes = s->ledger_oldest = 0;
	return store_read_number(s, ST_LEDGER_SIZE, &s->ledger_bytes);
}

static int step_with(struct store *s, enum store_statement id, int64_t a)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, a);
	return store_step_done(s, st);
}

/* The oldest bytes give way, and the oldest rows. */
static int enforce_bounds(struct store *s)
{
	uint64_t last = 0;
	int e = 0;

	while (e == 0 && s->ledger_bytes > LEDGER_BYTES_MAX) {
		sqlite3_stmt *st = store_statement(s, ST_LEDGER_OLDEST, &e);
		uint64_t row = 0, size = 0;

		if (!st)
			return e;
		(void)sqlite3_bind_int64(st, 1, (int64_t)s->ledger_oldest);
		if (sqlite3_step(st) == SQLITE_ROW) {
			row = (uint64_t)sqlite3_column_int64(st, 0);
			size = (uint64_t)sqlite3_column_int64(st, 1);
		}
		(void)sqlite3_reset(st);
		if (row == 0) {
			s->ledger_bytes = 0;
			break;
		}
		e = step_with(s, ST_LEDGER_DROP_BYTES, (int64_t)row);
		s->ledger_oldest = row;
		s->ledger_bytes -= MIN(size, s->ledger_bytes);
	}
	if (e == 0)
		e = store_read_number(s, ST_LEDGER_LAST, &last);
	/* With bytes a row has gone long before: 16 MiB are fewer messages than rows, or small ones. */
	if (e == 0 && last > LEDGER_ROWS_MAX)
		e = step_with(s, ST_LEDGER_TRIM, (int64_t)(last - LEDGER_ROWS_MAX));
	return e;
}

/* A repair's packet carries what only its receiver may know: *RET is a copy without it, NULL for other
 * messages. */
static int masked(struct store *s, int64_t id, void **ret, size_t *ret_n)
{
	int e = 0, rc;
	sqlite3_stmt *st = s->mask ? store_statement(s, ST_OUT_PRIVATE, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		e = store_blob_copy(
			st, 0, ret, ret_n); /* else not in the ledger yet, rather than as it left */
	} else if (rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	if (*ret)
		s->mask(*ret, *ret_n);
	return e;
}

int store_ledger_take(
	struct store *s, const struct store_upstream *u, int64_t id, enum ledger_state state)
{
	_cleanup_free_ void *blank = NULL;
	size_t n = 0;
	int e = masked(s, id, &blank, &n);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_LEDGER_PUT, &e) : NULL;
	uint64_t size = 0;

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, u->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, u->state.epoch, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 3, (int64_t)store_id_seq(id));
	(void)sqlite3_bind_int(st, 4, (int)state);
	(void)sqlite3_bind_int64(st, 5, wall_now(s));
	(void)sqlite3_bind_int64(st, 6, id);
	if (blank)
		(void)sqlite3_bind_blob64(st, 7, blank, n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	if (e == 0)
		e = store_read_number(s, ST_LEDGER_NEWEST_SIZE, &size);
	s->ledger_bytes += size;
	return e == 0 ? enforce_bounds(s) : e;
}

/* ---- retained documents */

static int note(struct store *s, struct request *r)
{
	const struct ledger_entry *v = r->entry;
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_LEDGER_NOTE, &e);

	if (!st)
		return e;
	if (v->row > 0)
		(void)sqlite3_bind_int64(st, 1, (int64_t)v->row);
	(void)sqlite3_bind_text(st, 2, v->upstream, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(st, 3, (int)LEDGER_RETAINED);
	(void)sqlite3_bind_int64(st, 4, v->wall_us);
	(void)sqlite3_bind_int64(st, 5, v->end_us);
	(void)sqlite3_bind_int64(st, 6, (int64_t)v->times);
	(void)sqlite3_bind_int64(st, 7, (int64_t)v->bytes);
	(void)sqlite3_bind_blob(st, 8, v->hash, sizeof(v->hash), SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 9, v->topic, -1, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	r->ret_last = v->row > 0 ? v->row : (uint64_t)sqlite3_last_insert_rowid(s->db);
	return e;
}

/* One transaction for all that came together, as after a connect. */
int store_ledger_notes(struct store *s, struct request **v, size_t n)
{
	bool fresh = false;
	int e;

	for (size_t i = 0; i < n; i++)
		fresh = fresh || v[i]->entry->row == 0;
	e = store_begin(s, fresh);
	for (size_t i = 0; e == 0 && i < n; i++)
		e = note(s, v[i]);
	if (e == 0 && fresh)
		e = enforce_bounds(s);
	return e == 0 ? store_commit(s) : e;
}

/* ---- reading */

static void text_of(sqlite3_stmt *st, int column, char *dst, size_t size)
{
	(void)str_copy(dst, size, (const char *)sqlite3_column_text(st, column) ?: "");
}

static int read_row(sqlite3_stmt *st, struct ledger_entry *v)
{
	const void *hash = sqlite3_column_blob(st, 10);

	*v = (struct ledger_entry){
		.row = (uint64_t)sqlite3_column_int64(st, 0),
		.state = (enum ledger_state)sqlite3_column_int(st, 1),
		.seq = (uint64_t)sqlite3_column_int64(st, 5),
		.wall_us = sqlite3_column_int64(st, 6),
		.end_us = sqlite3_column_int64(st, 7),
		.times = (uint64_t)sqlite3_column_int64(st, 8),
		.bytes = (uint64_t)sqlite3_column_int64(st, 9),
		.deflated = sqlite3_column_int(st, 11) != 0,
	};
	text_of(st, 2, v->upstream, sizeof(v->upstream));
	text_of(st, 3, v->epoch, sizeof(v->epoch));
	text_of(st, 4, v->topic, sizeof(v->topic));
	if (hash && sqlite3_column_bytes(st, 10) == (int)sizeof(v->hash))
		memcpy(v->hash, hash, sizeof(v->hash));
	if (sqlite3_column_type(st, 12) == SQLITE_BLOB) {
		void *p;
		int e = store_blob_copy(st, 12, &p, &v->n);

		if (e < 0)
			return e;
		v->payload = p;
	}
	return 0;
}

/* What waits, newest first, as far as there is room. */
static int read_waiting(
	struct store *s, const struct store_upstream *u, struct request *r, size_t max)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_LEDGER_WAITING, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, 0, 0));
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id + 1, 0, 0) - 1);
	while (r->ret_n < max && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct ledger_entry *v = &r->ret_ledger[r->ret_n++];

		*v = (struct ledger_entry){
			.state = LEDGER_WAITING,
			.seq = store_id_seq(sqlite3_column_int64(st, 0)),
			.times = 1,
			.bytes = (uint64_t)sqlite3_column_int64(st, 1),
			.deflated = sqlite3_column_int(st, 3) != 0,
		};
		(void)str_copy(v->upstream, sizeof(v->upstream), u->name);
		(void)str_copy(v->epoch, sizeof(v->epoch), u->state.epoch);
		text_of(st, 2, v->topic, sizeof(v->topic));
	}
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

int store_ledger_read(struct store *s, struct request *r)
{
	size_t max = r->id ? 1 : CLAMP(r->max, 1, LEDGER_READ_MAX);
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st;

	r->ret_ledger = calloc(max, sizeof(*r->ret_ledger));
	if (!r->ret_ledger)
		return -ENOMEM;
	r->ret_last = r->cursor;
	/* Half of the room, so that a long outage does not hide what did leave. */
	for (size_t i = 0; !r->id && r->cursor > INT64_MAX && e == 0 && i < s->n_upstreams; i++)
		if (isempty(r->name) || streq(s->upstreams[i]->name, r->name))
			e = read_waiting(s, s->upstreams[i], r, max / 2);
	st = e == 0 ? store_statement(s, r->id ? ST_LEDGER_ROW : ST_LEDGER_READ, &e) : NULL;
	if (!st)
		return e;
	if (r->id)
		(void)sqlite3_bind_int64(st, 1, (int64_t)r->id);
	else {
		(void)sqlite3_bind_int64(st, 1, (int64_t)MIN(r->cursor, (uint64_t)INT64_MAX));
		(void)sqlite3_bind_text(st, 2, r->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(st, 3, r->wall_us);
		(void)sqlite3_bind_int64(st, 4, (int64_t)(max - r->ret_n));
	}
	while (e == 0 && r->ret_n < max && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		e = read_row(st, &r->ret_ledger[r->ret_n]);
		r->ret_last = r->ret_ledger[r->ret_n++].row;
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}
