/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of commands, so that each is carried out once, whatever crashes, repeats or turns clocks back. On
 * the journal's thread alone. */
#include "journal-internal.h"

#define OPEN_MAX 64 /* begun and not ended; command-run.h has 32 at a time */

static uint32_t command_crc(const char *upstream, const char *id, const void *blob, size_t n)
{
	uint32_t crc = crc32c(0, upstream, strlen(upstream) + 1);

	crc = crc32c(crc, id, strlen(id) + 1);
	return n > 0 ? crc32c(crc, blob, n) : crc;
}

static int with_time(struct store *s, enum store_statement id, int64_t us)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, us);
	return store_step_done(s, st);
}

static int number_of(struct store *s, enum store_statement id, const char *upstream, int64_t *ret)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	if (upstream)
		(void)sqlite3_bind_text(st, 1, upstream, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	else if (rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

/* 1: it is there, and what is kept of it in the answer. */
static int find(struct store *s, struct request *r)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, ST_COMMAND_GET, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, r->key, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		size_t n = (size_t)sqlite3_column_bytes(st, 1);
		const void *blob = sqlite3_column_blob(st, 1);

		bool sound = command_crc(r->name, r->key, blob, n) ==
			     (uint32_t)sqlite3_column_int64(st, 0);

		s->status.bad_rows += !sound;
		e = store_blob_copy(st, 1, &r->ret_blob, &r->ret_n);
		if (!sound)
			r->ret_n = 0;
		r->ret_more = true;
		e = e < 0 ? e : 1;
	} else if (rc != SQLITE_DONE) {
		e = store_errno(s);
	}
	(void)sqlite3_reset(st);
	return e;
}

static int insert(struct store *s, const struct request *r)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_COMMAND_PUT, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, r->key, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 3, (int64_t)r->max);
	(void)sqlite3_bind_int64(st, 4, command_crc(r->name, r->key, r->blob, r->n));
	(void)sqlite3_bind_blob64(st, 5, r->blob, r->n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

int store_put_command(struct store *s, struct request *r)
{
	int64_t mark = INT64_MIN, all = 0, own = 0;
	int e = store_begin(s, true);

	if (e == 0)
		e = with_time(s, ST_COMMAND_MARK, r->wall_us);
	if (e == 0)
		e = with_time(s, ST_COMMAND_PURGE, r->wall_us);
	if (e == 0)
		e = find(s, r);
	if (e == 1)
		return store_commit(s);
	if (e == 0)
		e = number_of(s, ST_COMMAND_MARKED, r->name, &mark);
	if (e == 0 && (int64_t)r->max <= mark)
		e = -ESTALE;
	if (e == 0)
		e = number_of(s, ST_COMMAND_COUNT, NULL, &all);
	if (e == 0)
		e = number_of(s, ST_COMMAND_COUNT_EACH, r->name, &own);
	if (e == 0 && (all >= JOURNAL_COMMANDS_MAX || own >= JOURNAL_COMMANDS_EACH))
		e = -E2BIG;
	if (e == 0)
		e = insert(s, r);
	return e == 0 ? store_commit(s) : e;
}

int store_end_command(struct store *s, struct request *r)
{
	int e = store_begin(s, false);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_COMMAND_END, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, command_crc(r->name, r->key, r->blob, r->n));
	(void)sqlite3_bind_blob64(st, 2, r->blob, r->n, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 3, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 4, r->key, -1, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e == 0 ? store_commit(s) : e;
}

int store_read_commands(struct store *s, struct request *r)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_COMMAND_OPEN, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, OPEN_MAX);
	r->ret_findings = calloc(OPEN_MAX, sizeof(*r->ret_findings));
	if (!r->ret_findings)
		return -ENOMEM;
	while (r->ret_n < OPEN_MAX && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct finding_row *f = &r->ret_findings[r->ret_n];
		size_t n = (size_t)sqlite3_column_bytes(st, 1);
		const void *blob = sqlite3_column_blob(st, 1);
		const char *id = (const char *)sqlite3_column_text(st, 2) ?: "";

		if (command_crc(r->name, id, blob, n) != (uint32_t)sqlite3_column_int64(st, 0)) {
			s->status.bad_rows++;
			continue;
		}
		f->id = r->ret_n + 1;
		f->open = true;
		str_copy(f->appliance, sizeof(f->appliance), r->name);
		e = store_blob_copy(st, 1, &f->blob, &f->n);
		if (e < 0)
			break;
		r->ret_n++;
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}
