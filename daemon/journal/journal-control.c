/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what was written to appliances, and beside it what the gate must not forget: one
 * transaction for both, or a crash between them would spend a budget nobody counted. Append-only,
 * bounded. On the journal's thread alone, but for the two calls at the end. */
#include "journal-internal.h"

static uint32_t control_crc(const char *appliance, const void *blob, size_t n)
{
	uint32_t crc = crc32c(0, appliance, strlen(appliance) + 1);

	return n > 0 ? crc32c(crc, blob, n) : crc;
}

static int put_record(struct store *s, const struct request *r, size_t n)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_PUT_CONTROL, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, control_crc(r->name, r->blob, n));
	(void)sqlite3_bind_blob64(st, 3, r->blob, n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	if (e < 0)
		return e;
	st = store_statement(s, ST_TRIM_CONTROLS, &e);
	if (!st)
		return e;
	(void)sqlite3_bind_int(st, 1, JOURNAL_CONTROLS_MAX);
	return store_step_done(s, st);
}

int store_put_control(struct store *s, struct request *r)
{
	size_t n = r->max; /* of the record; the state is behind it */
	int e = store_begin(s, true);

	if (e == 0 && n > 0)
		e = put_record(s, r, n);
	if (e == 0 && r->n > n)
		e = store_put_meta_row(s, r->key, (const uint8_t *)r->blob + n, r->n - n);
	return e == 0 ? store_commit(s) : e;
}

int store_read_controls(struct store *s, struct request *r)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_READ_CONTROLS, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, (int64_t)MIN(r->max, (uint64_t)JOURNAL_CONTROLS_READ));
	r->ret_findings = calloc(JOURNAL_CONTROLS_READ, sizeof(*r->ret_findings));
	if (!r->ret_findings)
		return -ENOMEM;
	while (r->ret_n < JOURNAL_CONTROLS_READ && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct finding_row *f = &r->ret_findings[r->ret_n];
		const char *name = (const char *)sqlite3_column_text(st, 1) ?: "";
		size_t n = (size_t)sqlite3_column_bytes(st, 3);
		const void *blob = sqlite3_column_blob(st, 3);

		if (control_crc(name, blob, n) != (uint32_t)sqlite3_column_int64(st, 2)) {
			s->status.bad_rows++;
			continue;
		}
		f->id = (uint64_t)sqlite3_column_int64(st, 0);
		str_copy(f->appliance, sizeof(f->appliance), name);
		e = store_blob_copy(st, 3, &f->blob, &f->n);
		if (e < 0)
			break;
		r->ret_n++;
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}
