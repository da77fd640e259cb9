/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that the broker has and whose receiver has said nothing yet. Their rows stand behind the other
 * classes (STORE_CLASS_AWAITING), so that what is new is found as fast as ever; their class is in the table
 * "await", and when to send them again is in memory alone: after a start all of them are due. On the
 * journal's thread alone, but for the call at the end. */
#include "journal-internal.h"

/* A receiver that answers at all does it within seconds. */
#define AGAIN_MIN_US (2 * USEC_PER_MIN)
#define AGAIN_MAX_US (6 * USEC_PER_HOUR)
#define RECONNECTED_US \
	(10 * USEC_PER_SEC) /* least time between two copies, whatever the connection does */

static int await_run(struct store *s, enum store_statement id, int64_t row, unsigned class)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, row);
	if (sqlite3_bind_parameter_count(st) > 1)
		(void)sqlite3_bind_int(st, 2, (int)class);
	return store_step_done(s, st);
}

static struct await *await_find(const struct store_upstream *u, uint64_t seq)
{
	for (size_t i = 0; i < u->state.unreceipted; i++)
		if (u->await[i].seq == seq)
			return &u->await[i];
	return NULL;
}

unsigned store_class(const struct store_upstream *u, int64_t id)
{
	const struct await *a;

	if (store_id_class(id) < _OUT_CLASS_MAX)
		return store_id_class(id);
	a = await_find(u, store_id_seq(id));
	return a ? a->class : OUT_EVENT;
}

/* In the order of seq: a resend keeps the order of its class. */
static int await_note(struct store_upstream *u, uint64_t seq, unsigned class, uint64_t now_us)
{
	size_t i = u->state.unreceipted;

	if (!u->await)
		u->await = calloc(OUT_UNRECEIPTED_MAX + 1, sizeof(*u->await));
	if (!u->await)
		return -ENOMEM;
	for (; i > 0 && u->await[i - 1].seq > seq; i--)
		u->await[i] = u->await[i - 1];
	u->await[i] = (struct await){.seq = seq, .class = (uint8_t) class, .sent_us = now_us};
	u->state.unreceipted++;
	return 0;
}

int store_await_load(struct store *s, struct store_upstream *u)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_AWAIT_READ, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, STORE_CLASS_AWAITING, 0));
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id + 1, 0, 0) - 1);
	while (e == 0 && u->state.unreceipted < OUT_UNRECEIPTED_MAX &&
		(rc = sqlite3_step(st)) == SQLITE_ROW) {
		unsigned class = (unsigned)sqlite3_column_int(st, 1);

		e = await_note(u, store_id_seq(sqlite3_column_int64(st, 0)),
			MIN(class, (unsigned)OUT_EVENT), 0);
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

/* Its row goes. */
int store_await_end(struct store *s, struct store_upstream *u, int64_t id)
{
	struct await *a = await_find(u, store_id_seq(id));

	if (a) {
		size_t i = (size_t)(a - u->await);

		memmove(a, a + 1, (u->state.unreceipted - i - 1) * sizeof(*a));
		u->state.unreceipted--;
	}
	return await_run(s, ST_AWAIT_DELETE, id, 0);
}

/* The broker has it (again). */
int store_await_begin(
	struct store *s, struct store_upstream *u, int64_t id, uint64_t size, uint64_t now_us)
{
	uint64_t seq = store_id_seq(id);
	int64_t to = store_row_id(u->id, STORE_CLASS_AWAITING, seq);
	struct await *a = await_find(u, seq);
	unsigned class = store_id_class(id);
	sqlite3_stmt *st;
	int e = 0;

	if (id == to) {
		if (a) {
			a->sent_us = now_us;
			a->tries += a->tries < 32;
		}
		return 0;
	}
	e = store_message_leaves(s, id);
	st = e == 0 ? store_statement(s, ST_AWAIT_MOVE, &e) : NULL;
	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, to);
	(void)sqlite3_bind_int64(st, 2, id);
	e = store_step_done(s, st);
	if (e == 0)
		e = await_run(s, ST_AWAIT_PUT, to, class);
	if (e == 0)
		e = await_note(u, seq, class, now_us);
	/* A receiver that never answers: the oldest of the lowest class is given up, and stated. */
	if (e == 0 && u->state.unreceipted > OUT_UNRECEIPTED_MAX) {
		const struct await *oldest = &u->await[0];

		for (size_t i = 1; i < u->state.unreceipted; i++)
			if (u->await[i].class > oldest->class)
				oldest = &u->await[i];
		id = store_row_id(u->id, STORE_CLASS_AWAITING, oldest->seq);
		e = store_message_size(s, id, &size);
		if (e >= 0)
			e = store_out_remove(s, u, id, size, false);
	}
	return e;
}

int64_t store_await_oldest(const struct store_upstream *u, unsigned class)
{
	for (size_t i = 0; i < u->state.unreceipted; i++)
		if (u->await[i].class == class)
			return store_row_id(u->id, STORE_CLASS_AWAITING, u->await[i].seq);
	return 0;
}

/* The next one of CLASS behind *I that is to be sent again; 0: none. SESSION_US: since when the broker
 * is connected; what it had before, it may have lost. */
int64_t store_await_due(const struct store_upstream *u, unsigned class, uint64_t now_us,
	uint64_t session_us, size_t *i)
{
	for (; *i < u->state.unreceipted; (*i)++) {
		const struct await *a = &u->await[*i];
		uint64_t pause = MIN(AGAIN_MIN_US << MIN(a->tries, 16), AGAIN_MAX_US);

		if (a->sent_us < session_us)
			pause = RECONNECTED_US;
		if (a->class == class && (a->sent_us == 0 || now_us >= a->sent_us + pause)) {
			(*i)++;
			return store_row_id(u->id, STORE_CLASS_AWAITING, a->seq);
		}
	}
	return 0;
}

/* The receiver has R->in_flight, or, with none named, is not asked any more. */
int store_out_receipt(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	size_t n = r->n_in_flight, done = 0;
	int e;

	if (!u)
		return -ENOENT;
	e = store_begin(s, true);
	for (size_t i = 0; e == 0 && (n > 0 ? i < n : u->state.unreceipted > 0); i++) {
		uint64_t seq = n > 0 ? r->in_flight[i] : u->await[0].seq;

		if (n > 0 && !await_find(u, seq))
			continue;
		e = store_message_heard(s, u, store_row_id(u->id, STORE_CLASS_AWAITING, seq), seq);
		done++;
	}
	if (e == 0 && done > 0)
		e = store_upstream_save(s, u);
	return e == 0 ? store_commit(s) : e;
}

int journal_out_receipt(struct journal *j, const char *upstream, const uint64_t *seqs, size_t n,
	journal_done_fn done, void *userdata)
{
	struct request *r;

	if (!id_valid(upstream) || n > OUT_RECEIPT_MAX)
		return -EINVAL;
	r = request_new(REQ_OUT_RECEIPT, upstream, userdata);
	if (!r)
		return -ENOMEM;
	r->fn.done = done;
	r->in_flight = calloc(n + 1, sizeof(*seqs));
	if (!r->in_flight) {
		request_free(r);
		return -ENOMEM;
	}
	if (n > 0)
		memcpy(r->in_flight, seqs, n * sizeof(*seqs));
	r->n_in_flight = n;
	return journal_post(j, r, n * sizeof(*seqs));
}
