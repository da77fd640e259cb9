/* SPDX-License-Identifier: Apache-2.0 */
/* The outboxes: messages that wait, and their acknowledgements. On the journal's thread alone. */
#include "journal-internal.h"

static uint32_t message_crc(const char *topic, const char *dict, uint64_t seq, uint64_t prev,
	bool deflated, const void *payload, size_t n)
{
	char line[256];
	int k = snprintf(line, sizeof(line), "%llu %llu %d %s %s", (unsigned long long)seq,
		(unsigned long long)prev, deflated, dict, topic);
	uint32_t crc = crc32c(0, line, MIN((size_t)k, sizeof(line) - 1));

	return n > 0 ? crc32c(crc, payload, n) : crc;
}

#define PRIVATE_PAD 4096 /* more than a page holds of a row */

static int message_insert(struct store *s, struct store_upstream *u, const struct out_message *m)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_OUT_INSERT, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, m->class, m->seq));
	(void)sqlite3_bind_int64(st, 2, (int64_t)m->prev);
	(void)sqlite3_bind_int(st, 3, m->deflated);
	(void)sqlite3_bind_text(st, 4, m->dict, -1, SQLITE_STATIC);
	/* A row's first page is copied about as the tree is balanced, and what it leaves behind is not
	 * overwritten. So that has none of a private payload: read back, the zeros are "". */
	if (endswith(m->topic, "/repair"))
		(void)sqlite3_bind_zeroblob(st, 4, PRIVATE_PAD);
	(void)sqlite3_bind_text(st, 5, m->topic, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 6,
		message_crc(m->topic, m->dict, m->seq, m->prev, m->deflated, m->payload, m->n));
	(void)sqlite3_bind_blob64(st, 7, m->payload ?: "", m->n, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

int store_message_leaves(struct store *s, int64_t id)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_OUT_PRIVATE, &e);
	bool private;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, id);
	private = sqlite3_step(st) == SQLITE_ROW;
	(void)sqlite3_reset(st);
	return private ? store_scrub(s) : 0;
}

static int message_delete(struct store *s, struct store_upstream *u, int64_t id, uint64_t size)
{
	int e = store_message_leaves(s, id);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_OUT_DELETE, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, id);
	e = store_step_done(s, st);
	u->state.waiting[store_class(u, id)]--;
	if (e == 0 && store_id_class(id) == STORE_CLASS_AWAITING)
		e = store_await_end(s, u, id);
	u->state.waiting_bytes -= MIN(size, u->state.waiting_bytes);
	return e;
}

int store_out_remove(
	struct store *s, struct store_upstream *u, int64_t id, uint64_t size, bool withheld)
{
	uint64_t seq = store_id_seq(id);
	int e = 0;

	if (seq <= u->fetched)
		e = store_ledger_take(s, u, id, LEDGER_GIVEN_UP);
	if (e == 0)
		e = message_delete(s, u, id, size);
	return e == 0 ? store_range_add(s, u, seq, withheld) : e;
}

/* 1 with *RET_ID and *RET_SIZE, 0 when there is none. */
static int message_row(struct store *s, sqlite3_stmt *st, int64_t *ret_id, uint64_t *ret_size)
{
	int rc = sqlite3_step(st), e;

	if (rc == SQLITE_ROW) {
		*ret_id = sqlite3_column_int64(st, 0);
		*ret_size = (uint64_t)sqlite3_column_int64(st, 1);
	}
	e = rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

static int message_oldest(struct store *s, const struct store_upstream *u, unsigned class,
	int64_t *ret_id, uint64_t *ret_size)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_OUT_OLDEST, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, class, 0));
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id, class, STORE_SEQ_MAX));
	return message_row(s, st, ret_id, ret_size);
}

int store_message_size(struct store *s, int64_t id, uint64_t *ret)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_OUT_OLDEST, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, id);
	(void)sqlite3_bind_int64(st, 2, id);
	return message_row(s, st, &id, ret);
}

static int message_find(struct store *s, const struct store_upstream *u, uint64_t seq,
	int64_t *ret_id, uint64_t *ret_size)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_OUT_FIND, &e);

	if (!st)
		return e;
	for (unsigned class = 0; class <= STORE_CLASS_AWAITING; class ++)
		(void)sqlite3_bind_int64(st, (int)class + 1, store_row_id(u->id, class, seq));
	return message_row(s, st, ret_id, ret_size);
}

/* The oldest of the lowest class go until MAX_BYTES hold the rest. */
static int enforce_bound(struct store *s, struct store_upstream *u, uint64_t max_bytes)
{
	for (unsigned class = _OUT_CLASS_MAX; class -- > 0;)
		while (u->state.waiting_bytes > max_bytes) {
			int64_t id;
			uint64_t size;
			int e = message_oldest(s, u, class, &id, &size);
			int64_t sent = store_await_oldest(u, class);

			if (sent && (e == 0 || (e > 0 && store_id_seq(sent) < store_id_seq(id))))
				e = store_message_size(s, id = sent, &size);
			if (e < 0)
				return e;
			if (e == 0)
				break;
			e = store_out_remove(s, u, id, size, false);
			if (e < 0)
				return e;
		}
	return 0;
}

static void topic_note(struct out_state *o, const char *topic, uint64_t seq)
{
	struct out_topic *t = NULL;

	for (size_t i = 0; i < o->n_topics; i++)
		if (streq(o->topics[i].topic, topic))
			t = &o->topics[i];
	if (!t && o->n_topics < OUT_TOPICS_MAX)
		t = &o->topics[o->n_topics++];
	if (!t) {
		t = &o->topics[0];
		for (size_t i = 1; i < o->n_topics; i++)
			if (o->topics[i].last_seq < t->last_seq)
				t = &o->topics[i];
	}
	str_copy(t->topic, sizeof(t->topic), topic);
	t->last_seq = seq;
}

/* The message that the new one stands for; it may be gone. */
static int replace(struct store *s, struct store_upstream *u, uint64_t seq)
{
	int64_t id;
	uint64_t size;
	int e = message_find(s, u, seq, &id, &size);

	return e > 0 ? store_out_remove(s, u, id, size, true) : e;
}

int store_out_put(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	const struct out_message *m = r->message;
	int e;

	if (!u)
		return -ENOENT;
	if (m->seq != u->state.last_seq + 1 || m->seq > STORE_SEQ_MAX)
		return -ESTALE;
	e = store_begin(s, true);
	if (e == 0)
		e = message_insert(s, u, m);
	if (e < 0)
		return e;
	u->state.last_seq = m->seq;
	u->state.waiting[m->class]++;
	u->state.waiting_bytes += m->n;
	if (r->cursor > u->state.cursor)
		u->state.cursor = r->cursor;
	topic_note(&u->state, m->topic, m->seq);
	e = store_ranges_state(s, u, m->seq);
	if (e == 0 && m->told)
		e = store_told(s, u->name, m->told);
	if (e == 0 && m->replaces)
		e = replace(s, u, m->replaces);
	if (e == 0)
		e = enforce_bound(s, u, r->max ?: UINT64_MAX);
	if (e == 0)
		e = store_upstream_save(s, u);
	if (e == 0)
		e = store_commit(s);
	if (e == 0)
		u->n_answer = 0;
	return e;
}

static bool in_flight(const struct request *r, uint64_t seq)
{
	for (size_t i = 0; i < r->n_in_flight; i++)
		if (r->in_flight[i] == seq)
			return true;
	return false;
}

/* 1 when the row under ST became MESSAGE, 0 when its CRC fails; then .seq is what it most likely was. */
int store_message_read(sqlite3_stmt *st, struct out_message *m)
{
	int64_t id = sqlite3_column_int64(st, 0);
	int n = sqlite3_column_bytes(st, 6);
	const void *payload;
	uint32_t crc;

	*m = (struct out_message){
		.seq = store_id_seq(id),
		.class = (enum out_class)MIN(store_id_class(id), (unsigned)_OUT_CLASS_MAX - 1),
		.prev = (uint64_t)sqlite3_column_int64(st, 1),
		.deflated = sqlite3_column_int(st, 2) != 0,
		.n = (size_t)n,
	};
	str_copy(m->dict, sizeof(m->dict), (const char *)sqlite3_column_text(st, 3) ?: "");
	str_copy(m->topic, sizeof(m->topic), (const char *)sqlite3_column_text(st, 4) ?: "");
	payload = sqlite3_column_blob(st, 6);
	crc = (uint32_t)sqlite3_column_int64(st, 5);
	if (message_crc(m->topic, m->dict, m->seq, m->prev, m->deflated, payload, m->n) != crc) {
		/* One bit of the number itself: then it is this one that is lost. */
		for (uint64_t bit = 1, seq = m->seq; bit < STORE_SEQ_MAX; bit <<= 1)
			if (message_crc(m->topic, m->dict, seq ^ bit, m->prev, m->deflated, payload,
				    m->n) == crc)
				m->seq = seq ^ bit;
		return 0;
	}
	return store_blob_copy(st, 6, &m->payload, &m->n) < 0 ? -ENOMEM : 1;
}

#define BAD_MAX 16 /* damaged rows given up in one fetch; the next one finds more */

/* SEQS: what is lost with them, NULL: what their rows say. */
static int drop_bad(struct store *s, struct store_upstream *u, const int64_t *ids,
	const uint64_t *sizes, const uint64_t *seqs, size_t n)
{
	int e = store_begin(s, true);

	for (size_t i = 0; e == 0 && i < n; i++) {
		if (!seqs || seqs[i] == store_id_seq(ids[i])) {
			e = store_out_remove(s, u, ids[i], sizes[i], false);
			continue;
		}
		e = message_delete(s, u, ids[i], sizes[i]);
		if (e == 0)
			e = store_range_add(s, u, seqs[i], false);
	}
	if (e == 0)
		e = store_upstream_save(s, u);
	return e == 0 ? store_commit(s) : e;
}

/* What one fetch gathers. */
struct gathering {
	struct request *r;
	size_t max, bytes, n_bad;
	int64_t bad[BAD_MAX];
	uint64_t bad_sizes[BAD_MAX], bad_seqs[BAD_MAX];
};

static bool is_full(const struct gathering *g)
{
	return g->r->ret_n == g->max || g->bytes >= STORE_READ_BYTES || g->n_bad == BAD_MAX;
}

/* Rows FROM to TO of one class. */
static int gather(struct store *s, struct store_upstream *u, struct gathering *g, unsigned class,
	int64_t from, int64_t to)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_OUT_RANGE, &e);
	struct request *r = g->r;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while (!is_full(g) && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(st, 0);
		struct out_message *m = &r->ret_messages[r->ret_n];
		int k;

		if (in_flight(r, store_id_seq(id)))
			continue;
		k = store_message_read(st, m);
		if (k < 0) {
			e = k;
			break;
		}
		if (k == 0) {
			g->bad_sizes[g->n_bad] = m->n;
			g->bad_seqs[g->n_bad] = m->seq;
			g->bad[g->n_bad++] = id;
			continue;
		}
		m->class = (enum out_class) class;
		u->fetched = MAX(u->fetched, store_id_seq(id));
		g->bytes += m->n;
		r->ret_n++;
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

int store_out_fetch(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	struct gathering g = {.r = r, .max = CLAMP(r->max, 1, 256)};
	int e = 0;

	if (!u)
		return -ENOENT;
	r->ret_messages = calloc(g.max, sizeof(*r->ret_messages));
	if (!r->ret_messages)
		return -ENOMEM;
	for (unsigned class = 0; e == 0 && class < _OUT_CLASS_MAX && !is_full(&g); class ++) {
		int64_t again;
		size_t i = 0;

		while (e == 0 && !is_full(&g) &&
			(again = store_await_due(u, class, r->t0_us, r->t1_us, &i)))
			e = gather(s, u, &g, class, again, again);
		if (e == 0)
			e = gather(s, u, &g, class, store_row_id(u->id, class, 0),
				store_row_id(u->id, class, STORE_SEQ_MAX));
	}
	if (e == 0 && g.n_bad > 0) {
		s->status.bad_rows += g.n_bad;
		e = drop_bad(s, u, g.bad, g.bad_sizes, g.bad_seqs, g.n_bad);
		/* How long they were is not sure. */
		if (e == 0)
			e = store_count_sizes(s, u);
	}
	return e;
}

/* The receiver has it, or the broker where that is enough. */
int store_message_heard(struct store *s, struct store_upstream *u, int64_t id, uint64_t seq)
{
	uint64_t size = 0;
	int e = store_message_size(s, id, &size);

	if (e <= 0)
		return e;
	e = store_ledger_take(s, u, id, LEDGER_ACKED);
	if (e == 0)
		e = message_delete(s, u, id, size);
	return e == 0 ? store_ranges_of(s, ST_LOST_ACKED, u, seq) : e;
}

int store_out_acked(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int64_t id;
	uint64_t size;
	int e;

	if (!u)
		return -ENOENT;
	e = message_find(s, u, r->id, &id, &size);
	if (e <= 0)
		return e;
	if (r->t0_us && store_class(u, id) != OUT_REPORT)
		e = store_await_begin(s, u, id, size, r->t0_us);
	else
		e = store_message_heard(s, u, id, r->id);
	u->state.last_acked = MAX(u->state.last_acked, r->id);
	return e == 0 ? store_upstream_save(s, u) : e;
}

int store_out_drop(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int64_t id;
	uint64_t size;
	int e;

	if (!u)
		return -ENOENT;
	e = message_find(s, u, r->id, &id, &size);
	if (e <= 0)
		return e;
	return drop_bad(s, u, &id, &size, NULL, 1);
}

int store_out_dicts(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int e = 0, rc;
	sqlite3_stmt *st;

	if (!u)
		return -ENOENT;
	r->ret_dicts = calloc(16, sizeof(*r->ret_dicts));
	if (!r->ret_dicts)
		return -ENOMEM;
	st = store_statement(s, ST_OUT_DICTS, &e);
	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, 0, 0));
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id, _OUT_CLASS_MAX - 1, STORE_SEQ_MAX));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && r->ret_n < 16)
		str_copy(r->ret_dicts[r->ret_n++], sizeof(*r->ret_dicts),
			(const char *)sqlite3_column_text(st, 0) ?: "");
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}
