/* SPDX-License-Identifier: Apache-2.0 */
/* What a tighter privacy level and new names do to an outbox. On the journal's thread alone, but for
 * the calls at the end. */
#include "journal-internal.h"

static int64_t first_id(const struct store_upstream *u)
{
	return store_row_id(u->id, 0, 0);
}

static int64_t last_id(const struct store_upstream *u)
{
	return store_row_id(u->id + 1, 0, 0) - 1;
}

int store_out_read(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	size_t max = CLAMP(r->max, 1, 256), bytes = 0;
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st;

	if (!u)
		return -ENOENT;
	r->ret_messages = calloc(max, sizeof(*r->ret_messages));
	st = r->ret_messages ? store_statement(s, ST_OUT_RANGE, &e) : NULL;
	if (!st)
		return r->ret_messages ? e : -ENOMEM;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, (unsigned)r->max_class, r->id) + 1);
	(void)sqlite3_bind_int64(st, 2, last_id(u));
	while (e == 0 && r->ret_n < max && bytes < STORE_READ_BYTES &&
		(rc = sqlite3_step(st)) == SQLITE_ROW) {
		e = store_message_read(st, &r->ret_messages[r->ret_n]);
		if (e > 0)
			bytes += r->ret_messages[r->ret_n++].n;
		e = MIN(e, 0);
	}
	if (e == 0 && rc != SQLITE_ROW && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

static bool is_listed(const char *topics, const char *topic)
{
	size_t n = strlen(topic);

	if (streq(topics, "*"))
		return true;
	for (const char *p = topics; *p;) {
		size_t k = strcspn(p, "\n");

		if (k == n && memcmp(p, topic, n) == 0)
			return true;
		p += k + (p[k] == '\n');
	}
	return false;
}

static bool is_asked(const struct request *r, uint64_t seq)
{
	for (size_t i = 0; i < r->n_in_flight; i++)
		if (r->in_flight[i] == seq)
			return true;
	return false;
}

struct victim {
	int64_t id;
	uint64_t size;
};

/* Not while the statement runs: it walks the table that loses the rows. */
static int find_victims(struct store *s, const struct store_upstream *u, const struct request *r,
	struct victim *v, size_t *ret_n)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_OUT_LIST, &e);
	size_t n = 0;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, first_id(u));
	(void)sqlite3_bind_int64(st, 2, last_id(u));
	while (n < OUT_WITHDRAW_MAX && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(st, 0);
		const char *topic = (const char *)sqlite3_column_text(st, 2);

		if ((r->blob && is_listed(r->blob, topic ?: "")) || is_asked(r, store_id_seq(id)))
			v[n++] = (struct victim){id, (uint64_t)sqlite3_column_int64(st, 1)};
	}
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	*ret_n = n;
	return e;
}

int store_out_withdraw(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	struct victim v[OUT_WITHDRAW_MAX];
	size_t n = 0;
	int e;

	if (!u)
		return 0; /* it never had anything */
	e = find_victims(s, u, r, v, &n);
	if (e < 0 || n == 0)
		return e;
	e = store_begin(s, true);
	for (size_t i = 0; e == 0 && i < n; i++)
		e = store_out_remove(s, u, v[i].id, v[i].size, true);
	if (e == 0)
		e = store_upstream_save(s, u);
	if (e == 0)
		e = store_commit(s);
	r->ret_last = n;
	r->ret_more = n == OUT_WITHDRAW_MAX;
	return e;
}

/* ---- new names */

static int clear(struct store *s, enum store_statement id, int64_t a, int64_t b)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, id, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, a);
	if (sqlite3_bind_parameter_count(st) > 1)
		(void)sqlite3_bind_int64(st, 2, b);
	return store_step_done(s, st);
}

/* The topics and dictionaries of the old names, which would betray the new ones. */
static int clear_values(struct store *s, const struct store_upstream *u)
{
	char topics[64], dicts[64], each[64];
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_META_CLEAR, &e);

	if (!st)
		return e;
	(void)snprintf(topics, sizeof(topics), "topics.%s", u->name);
	(void)snprintf(dicts, sizeof(dicts), "dicts.%s", u->name);
	(void)snprintf(each, sizeof(each), "dict.%s.*", u->name);
	(void)sqlite3_bind_text(st, 1, topics, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, dicts, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 3, each, -1, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e;
}

static int rename_upstream(struct store *s, struct store_upstream *u)
{
	struct out_state fresh = {.cursor = u->state.cursor};
	sqlite3_stmt *st;
	uint32_t epoch;
	int e = random_bytes(&epoch, sizeof(epoch));

	if (e == 0)
		e = store_random_name(fresh.gw_alias, 12);
	st = e == 0 ? store_statement(s, ST_RENAME_UPSTREAM, &e) : NULL;
	if (!st)
		return e;
	(void)snprintf(fresh.epoch, sizeof(fresh.epoch), "%08x", epoch);
	(void)sqlite3_bind_text(st, 1, fresh.epoch, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 2, fresh.gw_alias, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(st, 3, (int64_t)u->id);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	if (e < 0)
		return e;
	u->state = fresh;
	u->fetched = 0;
	u->n_answer = 0;
	return store_upstream_save(s, u);
}

/* Every waiting row, into the ledger where it may have left. */
static int give_up_all(struct store *s, struct store_upstream *u)
{
	struct request all = {.blob = (char[]){"*"}};
	struct victim v[OUT_WITHDRAW_MAX];
	size_t n = OUT_WITHDRAW_MAX;
	int e = 0;

	while (e == 0 && n == OUT_WITHDRAW_MAX) {
		e = find_victims(s, u, &all, v, &n);
		for (size_t i = 0; e == 0 && i < n; i++)
			e = store_out_remove(s, u, v[i].id, v[i].size, true);
	}
	return e;
}

int store_out_rotate(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	char key[64], wall[32];
	int e;

	if (!u)
		return -ENOENT;
	if (!r->open && (u->state.waiting[OUT_URGENT] > 0 || u->state.waiting[OUT_EVENT] > 0))
		return -ENOTEMPTY;
	(void)snprintf(key, sizeof(key), "names.%s", u->name);
	(void)snprintf(wall, sizeof(wall), "%lld", (long long)r->wall_us);
	e = store_begin(s, true);
	if (e == 0)
		e = give_up_all(s, u);
	if (e == 0)
		e = clear(s, ST_LOST_CLEAR, (int64_t)u->id, 0);
	if (e == 0)
		e = clear(s, ST_LOST_CLEAR, -(int64_t)u->id, 0);
	if (e == 0)
		e = clear(s, ST_ALIAS_FORGET, (int64_t)u->id, 0);
	if (e == 0)
		e = clear_values(s, u);
	if (e == 0)
		e = store_put_meta_row(s, key, wall, strlen(wall));
	if (e == 0)
		e = rename_upstream(s, u);
	return e == 0 ? store_commit(s) : e;
}

/* ---- the calls: main's side */

static int request_for(
	enum request_kind kind, const char *upstream, void *userdata, struct request **ret)
{
	if (!isempty(upstream) && !id_valid(upstream))
		return -EINVAL;
	*ret = request_new(kind, upstream, userdata);
	return *ret ? 0 : -ENOMEM;
}

int journal_out_read(struct journal *j, const char *upstream, enum out_class class, uint64_t after,
	size_t max, journal_out_fetch_fn fn, void *userdata)
{
	struct request *r;
	int e = request_for(REQ_OUT_READ, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->max_class = class;
	r->id = after;
	r->max = max;
	r->fn.fetch = fn;
	return journal_post(j, r, 0);
}

int journal_out_withdraw(struct journal *j, const char *upstream, const char *topics,
	const uint64_t *seqs, size_t n_seqs, journal_withdraw_fn fn, void *userdata)
{
	struct request *r;
	int e;

	if (n_seqs > 1024)
		return -E2BIG;
	e = request_for(REQ_OUT_WITHDRAW, upstream, userdata, &r);
	if (e < 0)
		return e;
	r->blob = topics ? strdup(topics) : NULL;
	r->in_flight = malloc(n_seqs * sizeof(*seqs) + 1);
	if ((topics && !r->blob) || !r->in_flight) {
		request_free(r);
		return -ENOMEM;
	}
	if (n_seqs > 0)
		memcpy(r->in_flight, seqs, n_seqs * sizeof(*seqs));
	r->n_in_flight = n_seqs;
	r->fn.withdraw = fn;
	return journal_post(j, r, n_seqs * sizeof(*seqs) + (topics ? strlen(topics) : 0));
}

int journal_out_rotate(struct journal *j, const char *upstream, int64_t wall_us, bool discard,
	journal_done_fn done, void *userdata)
{
	struct request *r;
	int e = request_for(REQ_OUT_ROTATE, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->wall_us = wall_us;
	r->open = discard;
	r->fn.done = done;
	return journal_post(j, r, 0);
}

int journal_ledger_read(struct journal *j, const char *upstream, uint64_t before, int64_t since_us,
	uint64_t row, size_t max, journal_ledger_fn fn, void *userdata)
{
	struct request *r;
	int e = request_for(REQ_LEDGER_READ, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->cursor = before;
	r->wall_us = since_us;
	r->id = row;
	r->max = max;
	r->fn.ledger = fn;
	return journal_post(j, r, 0);
}

int journal_ledger_note(
	struct journal *j, const struct ledger_entry *entry, journal_row_fn fn, void *userdata)
{
	struct request *r;
	int e = request_for(REQ_LEDGER_NOTE, entry->upstream, userdata, &r);

	if (e < 0)
		return e;
	r->entry = malloc(sizeof(*entry));
	if (!r->entry) {
		request_free(r);
		return -ENOMEM;
	}
	*r->entry = *entry;
	r->fn.row = fn;
	return journal_post(j, r, sizeof(*entry));
}
