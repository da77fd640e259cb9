/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of findings that upstreams are still to be told. Between the finding and the message about
 * it lie names, numbers and the event loop; a kill or a power cut there must not cost the event. On the
 * journal's thread alone, but for request_told() and the calls at the end. */
#include "journal-internal.h"

static uint32_t untold_crc(const char *upstream, const struct journal_untold *u)
{
	char line[192];
	int k = snprintf(line, sizeof(line), "%llu %s %u %llu %llu %lld", (unsigned long long)u->id,
		upstream, u->change, (unsigned long long)u->boot_id, (unsigned long long)u->at_us,
		(long long)u->wall_us);
	uint32_t crc = crc32c(0, line, (size_t)k);

	return u->n > 0 ? crc32c(crc, u->blob, u->n) : crc;
}

static int put_row(struct store *s, const char *upstream, const struct journal_untold *u)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_PUT_UNTOLD, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
	(void)sqlite3_bind_text(st, 2, upstream, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int(st, 3, u->change);
	(void)sqlite3_bind_int64(st, 4, (int64_t)u->boot_id);
	(void)sqlite3_bind_int64(st, 5, (int64_t)u->at_us);
	(void)sqlite3_bind_int64(st, 6, u->wall_us);
	(void)sqlite3_bind_int64(st, 7, untold_crc(upstream, u));
	(void)sqlite3_bind_blob64(st, 8, u->n > 0 ? u->blob : "", u->n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

int store_put_untold(struct store *s, const struct request *r)
{
	struct journal_untold u = {
		.id = r->untold,
		.change = r->change,
		.boot_id = r->boot_id,
		.at_us = r->t0_us,
		.wall_us = r->wall_us,
		.blob = r->blob,
		.n = r->n,
	};
	sqlite3_stmt *st;
	int e = 0;

	for (const char *p = r->upstreams; e == 0 && *(p += strspn(p, " "));) {
		size_t n = strcspn(p, " ");
		char name[33];

		if (n >= sizeof(name))
			return -EINVAL;
		memcpy(name, p, n);
		name[n] = 0;
		e = put_row(s, name, &u);
		p += n;
	}
	st = e == 0 ? store_statement(s, ST_TRIM_UNTOLD, &e) : NULL;
	if (!st)
		return e;
	(void)sqlite3_bind_int(st, 1, JOURNAL_UNTOLD_MAX);
	return store_step_done(s, st);
}

int store_told(struct store *s, const char *upstream, uint64_t id)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_DELETE_UNTOLD, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, upstream, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, (int64_t)id);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

static int read_row(struct store *s, sqlite3_stmt *st, struct request *r)
{
	struct journal_untold *u = &r->ret_untold[r->ret_n];
	void *blob;
	int e;

	*u = (struct journal_untold){
		.row = (uint64_t)sqlite3_column_int64(st, 0),
		.id = (uint64_t)sqlite3_column_int64(st, 1),
		.change = (uint8_t)sqlite3_column_int(st, 2),
		.boot_id = (uint64_t)sqlite3_column_int64(st, 3),
		.at_us = (uint64_t)sqlite3_column_int64(st, 4),
		.wall_us = sqlite3_column_int64(st, 5),
		.n = (size_t)sqlite3_column_bytes(st, 7),
		.blob = sqlite3_column_blob(st, 7),
	};
	r->ret_last = u->row;
	if (untold_crc(r->name, u) != (uint32_t)sqlite3_column_int64(st, 6)) {
		s->status.bad_rows++;
		return 0;
	}
	e = store_blob_copy(st, 7, &blob, &u->n);
	if (e < 0)
		return e;
	u->blob = blob;
	r->ret_n++;
	return 0;
}

int store_read_untold(struct store *s, struct request *r)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_READ_UNTOLD, &e);

	if (!st)
		return e;
	r->ret_untold = calloc(JOURNAL_UNTOLD_READ, sizeof(*r->ret_untold));
	if (!r->ret_untold)
		return -ENOMEM;
	r->ret_last = r->id;
	(void)sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 2, (int64_t)r->id);
	(void)sqlite3_bind_int(st, 3, JOURNAL_UNTOLD_READ);
	while (e == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = read_row(s, st, r);
	if (e == 0 && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

int store_forget_untold(struct store *s, struct request *r)
{
	int e = store_begin(s, true);

	if (e == 0)
		e = store_told(s, r->name, r->id);
	return e == 0 ? store_commit(s) : e;
}

int store_keep_untold(struct store *s, struct request *r)
{
	int e = store_begin(s, true);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_KEEP_UNTOLD, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_text(st, 1, r->upstreams, -1, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e == 0 ? store_commit(s) : e;
}

/* ---- on main */

void request_told(struct request *r, const char *upstream, uint64_t id)
{
	char name[40], *p;

	if (r->kind != REQ_PUT_FINDING || r->untold != id)
		return;
	(void)snprintf(name, sizeof(name), " %s ", upstream);
	p = strstr(r->upstreams, name);
	if (p) /* its name becomes blanks */
		memset(p, ' ', strlen(name));
}

int journal_read_untold(struct journal *j, const char *upstream, uint64_t after,
	journal_untold_fn fn, void *userdata)
{
	struct request *r;

	if (!id_valid(upstream))
		return -EINVAL;
	r = request_new(REQ_READ_UNTOLD, upstream, userdata);
	if (!r)
		return -ENOMEM;
	r->id = MIN(after, (uint64_t)INT64_MAX);
	r->fn.untold = fn;
	return journal_post(j, r, 0);
}

int journal_forget_untold(struct journal *j, const char *upstream, uint64_t id)
{
	struct request *r = request_new(REQ_FORGET_UNTOLD, upstream, NULL);

	if (!r)
		return -ENOMEM;
	r->id = id;
	return journal_post(j, r, 0);
}

int journal_keep_untold(struct journal *j, const char *upstreams)
{
	struct request *r = request_new(REQ_KEEP_UNTOLD, NULL, NULL);

	if (!r || asprintf(&r->upstreams, " %s ", upstreams) < 0) {
		if (r)
			r->upstreams = NULL;
		request_free(r);
		return -ENOMEM;
	}
	return journal_post(j, r, strlen(r->upstreams));
}
