/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that no receiver will see, as ranges: lost, or withheld; to be stated, or stated in a message that
 * waits. On the journal's thread alone. */
#include "journal-internal.h"

static int lost_statement(
	struct store *s, enum store_statement id, uint64_t upstream, uint64_t a, uint64_t b)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)upstream);
	(void)sqlite3_bind_int64(st, 2, (int64_t)a);
	if (sqlite3_bind_parameter_count(st) > 2)
		(void)sqlite3_bind_int64(st, 3, (int64_t)b);
	return store_step_done(s, st);
}

/* A range that touches SEQ, into *EDGE: 1, 0 or -errno. */
static int lost_neighbour(
	struct store *s, enum store_statement id, uint64_t upstream, uint64_t seq, uint64_t *edge)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)upstream);
	(void)sqlite3_bind_int64(st, 2, (int64_t)seq);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*edge = (uint64_t)sqlite3_column_int64(st, 0);
	e = rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

/* In the table, the ranges of an upstream that were withheld stand under its id negated. */
static uint64_t range_key(const struct store_upstream *u, bool withheld)
{
	return withheld ? -u->id : u->id;
}

/* Of what is stated in SEQ, both kinds. */
int store_ranges_of(
	struct store *s, enum store_statement id, const struct store_upstream *u, uint64_t seq)
{
	int e = lost_statement(s, id, range_key(u, false), seq, 0);

	return e == 0 ? lost_statement(s, id, range_key(u, true), seq, 0) : e;
}

int store_range_add(struct store *s, struct store_upstream *u, uint64_t seq, bool withheld)
{
	uint64_t first = seq, last = seq, key = range_key(u, withheld);
	int e;

	e = lost_neighbour(s, ST_LOST_BELOW, key, seq - 1, &first);
	if (e > 0)
		e = lost_statement(s, ST_LOST_DELETE, key, first, 0);
	if (e < 0)
		return e;
	e = lost_neighbour(s, ST_LOST_ABOVE, key, seq + 1, &last);
	if (e > 0)
		e = lost_statement(s, ST_LOST_DELETE, key, seq + 1, 0);
	if (e < 0)
		return e;
	e = lost_statement(s, ST_LOST_INSERT, key, first, last);
	/* What it stated was never heard. */
	if (e == 0)
		e = store_ranges_of(s, ST_LOST_UNSTATE, u, seq);
	u->state.lost_messages += !withheld;
	return e;
}

int store_out_skip(struct store *s, uint64_t n)
{
	int e = store_begin(s, true);

	for (size_t i = 0; e == 0 && i < s->n_upstreams; i++) {
		struct store_upstream *u = s->upstreams[i];

		for (uint64_t k = 0; e == 0 && k < n && u->state.last_seq < STORE_SEQ_MAX; k++)
			e = store_range_add(s, u, ++u->state.last_seq, false);
		if (e == 0)
			e = store_upstream_save(s, u);
	}
	return e == 0 ? store_commit(s) : e;
}

/* The ranges of the last answer are stated by SEQ. */
int store_ranges_state(struct store *s, struct store_upstream *u, uint64_t seq)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < u->n_answer; i++) {
		sqlite3_stmt *st = store_statement(s, ST_LOST_STATE, &e);

		if (!st)
			return e;
		(void)sqlite3_bind_int64(st, 1, (int64_t)seq);
		(void)sqlite3_bind_int64(
			st, 2, (int64_t)range_key(u, u->answer[i].first & OUT_WITHHELD));
		(void)sqlite3_bind_int64(st, 3, (int64_t)(u->answer[i].first & ~OUT_WITHHELD));
		(void)sqlite3_bind_int64(st, 4, (int64_t)u->answer[i].last);
		e = store_step_done(s, st);
	}
	return e;
}

int store_out_lost(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st;

	if (!u)
		return -ENOENT;
	r->ret_ranges = calloc(OUT_LOST_MAX, sizeof(*r->ret_ranges));
	if (!r->ret_ranges)
		return -ENOMEM;
	for (unsigned withheld = 0; e == 0 && withheld < 2; withheld++) {
		st = store_statement(s, ST_LOST_READ, &e);
		if (!st)
			return e;
		(void)sqlite3_bind_int64(st, 1, (int64_t)range_key(u, withheld));
		(void)sqlite3_bind_int64(st, 2, (int64_t)(OUT_LOST_MAX - r->ret_n));
		while (r->ret_n < OUT_LOST_MAX && (rc = sqlite3_step(st)) == SQLITE_ROW) {
			r->ret_ranges[r->ret_n].first = (uint64_t)sqlite3_column_int64(st, 0) |
							(withheld ? OUT_WITHHELD : 0);
			r->ret_ranges[r->ret_n++].last = (uint64_t)sqlite3_column_int64(st, 1);
		}
		e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
		(void)sqlite3_reset(st);
	}
	if (e == 0) {
		memcpy(u->answer, r->ret_ranges, sizeof(u->answer));
		u->n_answer = r->ret_n;
	}
	return e;
}
