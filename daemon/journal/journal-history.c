/* SPDX-License-Identifier: Apache-2.0 */
/* History, findings, small values, and the dispatch of requests. On the journal's thread alone. */
#include "journal-internal.h"

#define EXPIRE_STEP  32 /* rows deleted at a time */
#define EXPIRE_STEPS 32 /* at most, in one transaction */

/* ---- history */

/* Everything of the row under one checksum, so that no field can change unseen. */
static uint32_t row_crc(
	const char *name, const uint64_t *numbers, size_t n_numbers, const void *blob, size_t n)
{
	uint32_t crc = crc32c(0, name, strlen(name) + 1);

	for (size_t i = 0; i < n_numbers; i++) {
		uint8_t b[8];

		for (unsigned k = 0; k < 8; k++)
			b[k] = (uint8_t)(numbers[i] >> 8 * k);
		crc = crc32c(crc, b, sizeof(b));
	}
	return n > 0 ? crc32c(crc, blob, n) : crc;
}

static int append_row(struct store *s, const struct request *r, uint64_t row)
{
	const uint64_t numbers[] = {row, r->boot_id, r->t0_us, r->t1_us, (uint64_t)r->wall_us};
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_APPEND, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)row);
	(void)sqlite3_bind_text(st, 2, r->name, -1, SQLITE_STATIC);
	for (int i = 1; i < 5; i++)
		(void)sqlite3_bind_int64(st, 2 + i, (int64_t)numbers[i]);
	(void)sqlite3_bind_int64(
		st, 7, row_crc(r->name, numbers, ARRAY_SIZE(numbers), r->blob, r->n));
	(void)sqlite3_bind_blob64(st, 8, r->blob ?: "", r->n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

/* Deletes oldest rows until the bound holds, a little each time; BEFORE is the first row that must
 * stay. Deleting frees whole pages, which new rows use again. */
static int expire(struct store *s, uint64_t before, uint64_t *first_row)
{
	int e = 0;

	for (unsigned i = 0; i < EXPIRE_STEPS && store_history_bytes(s) > s->max_bytes; i++) {
		uint64_t to = MIN(*first_row + EXPIRE_STEP, before);
		sqlite3_stmt *st = store_statement(s, ST_EXPIRE, &e);

		if (!st)
			return e;
		if (to <= *first_row)
			break;
		(void)sqlite3_bind_int64(st, 1, (int64_t)*first_row);
		(void)sqlite3_bind_int64(st, 2, (int64_t)to);
		e = store_step_done(s, st);
		if (e < 0)
			return e;
		*first_row = to;
	}
	return 0;
}

static int append_rows(struct store *s, struct request **v, size_t n)
{
	uint64_t first_row = s->first_row;
	int e = store_begin(s, false);

	for (size_t i = 0; e == 0 && i < n; i++)
		e = append_row(s, v[i], s->next_row + i);
	if (e == 0)
		e = expire(s, s->next_row, &first_row);
	if (e == 0)
		e = store_commit(s);
	if (e < 0) {
		store_rollback(s);
		return e;
	}
	s->status.expired_rows += first_row - s->first_row;
	s->first_row = first_row;
	s->next_row += n;
	return 0;
}

static const char *column_text(sqlite3_stmt *st, int column)
{
	return (const char *)sqlite3_column_text(st, column) ?: "";
}

static int read_block(struct store *s, sqlite3_stmt *st, struct request *r)
{
	struct journal_block *b = &r->ret_blocks[r->ret_n];
	uint64_t numbers[5];
	void *blob;
	int e;

	numbers[0] = (uint64_t)sqlite3_column_int64(st, 0);
	for (int i = 1; i < 5; i++)
		numbers[i] = (uint64_t)sqlite3_column_int64(st, i + 1);
	r->ret_last = numbers[0];
	e = store_blob_copy(st, 7, &blob, &b->n);
	if (e < 0)
		return e;
	if (row_crc(column_text(st, 1), numbers, ARRAY_SIZE(numbers), blob, b->n) !=
		(uint32_t)sqlite3_column_int64(st, 6)) {
		free(blob);
		s->status.bad_rows++;
		return 0;
	}
	b->row = numbers[0];
	str_copy(b->appliance, sizeof(b->appliance), column_text(st, 1));
	b->boot_id = numbers[1];
	b->t0_us = numbers[2];
	b->t1_us = numbers[3];
	b->wall_us = (int64_t)numbers[4];
	b->blob = blob;
	r->ret_n++;
	return 0;
}

static int read_blocks(struct store *s, struct request *r)
{
	size_t bytes = 0, max = CLAMP(r->max, 1, 256);
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_READ_BLOCKS, &e);

	if (!st)
		return e;
	r->ret_last = r->id;
	r->ret_blocks = calloc(max, sizeof(*r->ret_blocks));
	if (!r->ret_blocks)
		return -ENOMEM;
	(void)sqlite3_bind_int64(st, 1, (int64_t)r->id);
	(void)sqlite3_bind_int64(st, 2, (int64_t)max);
	while (e == 0 && bytes < STORE_READ_BYTES && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		bytes += (size_t)sqlite3_column_bytes(st, 7);
		e = read_block(s, st, r);
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

static int read_back(struct store *s, struct request *r)
{
	size_t bytes = 0, max = CLAMP(r->max, 1, 64);
	uint64_t before = MIN(r->id, s->next_row);
	uint64_t from = before > JOURNAL_WINDOW ? before - JOURNAL_WINDOW : 1;
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_READ_BACK, &e);

	if (!st)
		return e;
	from = MAX(from, s->first_row);
	r->ret_blocks = calloc(max, sizeof(*r->ret_blocks));
	if (!r->ret_blocks)
		return -ENOMEM;
	(void)sqlite3_bind_int64(st, 1, (int64_t)before);
	(void)sqlite3_bind_int64(st, 2, (int64_t)from);
	(void)sqlite3_bind_text(st, 3, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 4, (int64_t)max);
	while (e == 0 && bytes < STORE_READ_BYTES && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		bytes += (size_t)sqlite3_column_bytes(st, 7);
		e = read_block(s, st, r);
		max--;
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	/* All of the window was looked at, unless there was enough before. */
	if (rc == SQLITE_DONE && max > 0)
		r->ret_last = from <= s->first_row ? 0 : from;
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

/* ---- findings */

static int put_finding(struct store *s, const struct request *r)
{
	const uint64_t numbers[] = {r->id, r->open};
	int e = store_begin(s, true);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_PUT_FINDING, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)r->id);
	(void)sqlite3_bind_text(st, 2, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(st, 3, r->open);
	(void)sqlite3_bind_int64(
		st, 4, row_crc(r->name, numbers, ARRAY_SIZE(numbers), r->blob, r->n));
	(void)sqlite3_bind_blob64(st, 5, r->blob, r->n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	if (e == 0 && !r->open) {
		st = store_statement(s, ST_TRIM_FINDINGS, &e);
		if (st) {
			(void)sqlite3_bind_int(st, 1, JOURNAL_CLOSED_MAX);
			e = store_step_done(s, st);
		}
	}
	if (e == 0 && r->untold)
		e = store_put_untold(s, r);
	return e == 0 ? store_commit(s) : e;
}

static int read_finding(struct store *s, sqlite3_stmt *st, struct request *r)
{
	struct finding_row *f, *v;
	uint64_t numbers[2];
	void *blob;
	size_t n;
	int e;

	v = reallocarray(r->ret_findings, r->ret_n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	r->ret_findings = v;
	f = &v[r->ret_n];
	numbers[0] = r->ret_last = (uint64_t)sqlite3_column_int64(st, 0);
	numbers[1] = (uint64_t)sqlite3_column_int64(st, 2);
	e = store_blob_copy(st, 4, &blob, &n);
	if (e < 0)
		return e;
	if (row_crc(column_text(st, 1), numbers, ARRAY_SIZE(numbers), blob, n) !=
		(uint32_t)sqlite3_column_int64(st, 3)) {
		free(blob);
		s->status.bad_rows++;
		return 0;
	}
	f->id = numbers[0];
	str_copy(f->appliance, sizeof(f->appliance), column_text(st, 1));
	f->open = numbers[1];
	f->blob = blob;
	f->n = n;
	r->ret_n++;
	return 0;
}

static int read_findings(struct store *s, struct request *r)
{
	size_t bytes = 0;
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_READ_FINDINGS, &e);

	if (!st)
		return e;
	r->ret_last = r->id;
	(void)sqlite3_bind_int64(st, 1, (int64_t)r->id);
	(void)sqlite3_bind_int(st, 2, r->open);
	while (e == 0 && bytes < STORE_READ_BYTES && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		bytes += (size_t)sqlite3_column_bytes(st, 4);
		e = read_finding(s, st, r);
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	r->ret_more = rc == SQLITE_ROW;
	(void)sqlite3_reset(st);
	return e;
}

/* ---- small values */

static int delete_meta(struct store *s, const struct request *r)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_DELETE_META, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->key, -1, SQLITE_STATIC);
	return store_step_done(s, st);
}

int store_put_meta_row(struct store *s, const char *key, const void *blob, size_t n)
{
	uint64_t keys = 0;
	sqlite3_stmt *st;
	int e = store_read_number(s, ST_COUNT_META, &keys); /* bounded, so it may be counted */

	if (e == 0 && keys >= JOURNAL_META_MAX)
		e = -E2BIG;
	st = e == 0 ? store_statement(s, ST_PUT_META, &e) : NULL;
	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, row_crc(key, NULL, 0, blob, n));
	(void)sqlite3_bind_blob64(st, 3, blob, n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

static int put_meta(struct store *s, const struct request *r)
{
	int e = store_begin(s, true);

	if (e < 0)
		return e;
	e = r->n == 0 ? delete_meta(s, r) : store_put_meta_row(s, r->key, r->blob, r->n);
	return e == 0 ? store_commit(s) : e;
}

static int get_meta(struct store *s, struct request *r)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, ST_GET_META, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->key, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		e = store_blob_copy(st, 1, &r->ret_blob, &r->ret_n);
		if (e == 0 && row_crc(r->key, NULL, 0, r->ret_blob, r->ret_n) !=
				      (uint32_t)sqlite3_column_int64(st, 0)) {
			s->status.bad_rows++;
			e = -ENOENT;
		}
	} else
		e = rc == SQLITE_DONE ? -ENOENT : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

/* ---- one request, or a group */

static int acked_group(struct store *s, struct request **v, size_t n)
{
	int e = store_begin(s, false);

	for (size_t i = 0; e == 0 && i < n; i++)
		e = store_out_acked(s, v[i]);
	return e == 0 ? store_commit(s) : e;
}

static int run(struct store *s, struct request **v, size_t n)
{
	struct request *r = v[0];

	switch (r->kind) {
	case REQ_APPEND:
		return append_rows(s, v, n);
	case REQ_OUT_ACKED:
		return acked_group(s, v, n);
	case REQ_READ_BLOCKS:
		return read_blocks(s, r);
	case REQ_READ_BACK:
		return read_back(s, r);
	case REQ_PUT_FINDING:
		return put_finding(s, r);
	case REQ_READ_FINDINGS:
		return read_findings(s, r);
	case REQ_READ_UNTOLD:
		return store_read_untold(s, r);
	case REQ_FORGET_UNTOLD:
		return store_forget_untold(s, r);
	case REQ_KEEP_UNTOLD:
		return store_keep_untold(s, r);
	case REQ_PUT_CONTROL:
		return store_put_control(s, r);
	case REQ_READ_CONTROLS:
		return store_read_controls(s, r);
	case REQ_PUT_COMMAND:
		return store_put_command(s, r);
	case REQ_END_COMMAND:
		return store_end_command(s, r);
	case REQ_READ_COMMANDS:
		return store_read_commands(s, r);
	case REQ_PUT_META:
		return put_meta(s, r);
	case REQ_GET_META:
		return get_meta(s, r);
	case REQ_OUT_OPEN:
		return store_out_open(s, r);
	case REQ_OUT_PUT:
		return store_out_put(s, r);
	case REQ_OUT_FETCH:
		return store_out_fetch(s, r);
	case REQ_OUT_RECEIPT:
		return store_out_receipt(s, r);
	case REQ_OUT_DROP:
		return store_out_drop(s, r);
	case REQ_OUT_LOST:
		return store_out_lost(s, r);
	case REQ_OUT_DICTS:
		return store_out_dicts(s, r);
	case REQ_ALIAS:
		return store_alias(s, r);
	case REQ_OUT_READ:
		return store_out_read(s, r);
	case REQ_OUT_WITHDRAW:
		return store_out_withdraw(s, r);
	case REQ_OUT_ROTATE:
		return store_out_rotate(s, r);
	case REQ_LEDGER_READ:
		return store_ledger_read(s, r);
	case REQ_LEDGER_NOTE:
		return store_ledger_notes(s, v, n);
	}
	return -EINVAL;
}

/* Back to a sound state after a failure: nothing half done in the database, and the numbers in
 * memory are those on disk. */
static int run_and_mend(struct store *s, struct request **v, size_t n)
{
	int e = run(s, v, n);

	if (e == 0)
		return 0;
	if (s->in_transaction) {
		store_rollback(s);
		store_forget_upstreams(s);
		if (store_load_upstreams(s) < 0)
			store_close(s);
	}
	for (size_t i = 0; i < n; i++)
		request_clear_answer(v[i]);
	return e;
}

void store_run(struct store *s, struct request **v, size_t n)
{
	int e = s->db ? run_and_mend(s, v, n) : s->status.error;

	if (e == -EUCLEAN) {
		e = store_set_aside(s);
		if (e == 0)
			store_open(s);
		e = s->db ? run_and_mend(s, v, n) : s->status.error;
		if (e == -EUCLEAN)
			e = -EIO;
	}
	if (s->db && store_is_degrading(e))
		store_degrade(s, e);
	for (size_t i = 0; i < n; i++)
		v[i]->error = e;
}
