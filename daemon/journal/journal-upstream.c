/* SPDX-License-Identifier: Apache-2.0 */
/* What the store knows of an upstream: its row, its numbers, how much waits, its aliases. On the journal's
 * thread alone. The numbers of every upstream are kept in memory too; after a failed transaction they
 * are read anew (run_and_mend()). */
#include "journal-internal.h"

int64_t store_row_id(uint64_t upstream, unsigned class, uint64_t seq)
{
	return (int64_t)(upstream << (STORE_SEQ_BITS + STORE_CLASS_BITS) |
			 (uint64_t) class << STORE_SEQ_BITS | seq);
}

uint64_t store_id_seq(int64_t id)
{
	return (uint64_t)id & STORE_SEQ_MAX;
}

unsigned store_id_class(int64_t id)
{
	return (unsigned)((uint64_t)id >> STORE_SEQ_BITS & ((1u << STORE_CLASS_BITS) - 1));
}

struct store_upstream *store_upstream_by_name(struct store *s, const char *name)
{
	for (size_t i = 0; i < s->n_upstreams; i++)
		if (streq(s->upstreams[i]->name, name))
			return s->upstreams[i];
	return NULL;
}

uint64_t store_outbox_bytes(const struct store *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_upstreams; i++)
		n += s->upstreams[i]->state.waiting_bytes;
	return n;
}

void store_forget_upstreams(struct store *s)
{
	for (size_t i = 0; i < s->n_upstreams; i++) {
		free(s->upstreams[i]->await);
		free(s->upstreams[i]);
	}
	s->n_upstreams = 0;
}

/* ---- the row of an upstream */

/* "SEQ TOPIC\n" a topic. */
static void topics_pack(const struct out_state *o, char *dst, size_t size)
{
	size_t used = 0;

	dst[0] = 0;
	for (size_t i = 0; i < o->n_topics; i++)
		(void)str_appendf(dst, size, &used, "%llu %s\n",
			(unsigned long long)o->topics[i].last_seq, o->topics[i].topic);
}

static int topics_unpack(const char *text, struct out_state *o)
{
	for (const char *p = text, *end; *p; p = end + 1) {
		struct out_topic *t = &o->topics[o->n_topics];
		unsigned long long seq;
		int at;

		end = strchr(p, '\n');
		if (!end || o->n_topics == OUT_TOPICS_MAX || sscanf(p, "%llu %n", &seq, &at) != 1 ||
			p + at >= end || (size_t)(end - p - at) >= sizeof(t->topic))
			return -EUCLEAN;
		memcpy(t->topic, p + at, (size_t)(end - p - at));
		t->last_seq = seq;
		o->n_topics++;
	}
	return 0;
}

static uint32_t upstream_crc(const struct store_upstream *u, const char *topics)
{
	const struct out_state *o = &u->state;
	char line[160];
	int n = snprintf(line, sizeof(line), "%llu %s %s %s %llu %llu %llu %llu",
		(unsigned long long)u->id, u->name, o->epoch, o->gw_alias,
		(unsigned long long)o->last_seq, (unsigned long long)o->last_acked,
		(unsigned long long)o->cursor, (unsigned long long)o->lost_messages);

	return crc32c(crc32c(0, line, (size_t)n), topics, strlen(topics));
}

/* Of the numbers beside it: a hearthd that does not know the table changes those and not it. */
static uint32_t size_mark(const struct store_upstream *u)
{
	const struct out_state *o = &u->state;
	char line[200];
	int n = snprintf(line, sizeof(line), "%llu %llu %llu %llu %llu %llu %llu %llu",
		(unsigned long long)o->last_seq, (unsigned long long)o->last_acked,
		(unsigned long long)o->cursor, (unsigned long long)o->lost_messages,
		(unsigned long long)o->waiting[0], (unsigned long long)o->waiting[1],
		(unsigned long long)o->waiting[2], (unsigned long long)o->waiting_bytes);

	return crc32c(0, line, (size_t)n);
}

static int size_save(struct store *s, const struct store_upstream *u)
{
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_SIZE_PUT, &e);

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
	for (int i = 0; i < _OUT_CLASS_MAX; i++)
		(void)sqlite3_bind_int64(st, 2 + i, (int64_t)u->state.waiting[i]);
	(void)sqlite3_bind_int64(st, 5, (int64_t)u->state.waiting_bytes);
	(void)sqlite3_bind_int64(st, 6, size_mark(u));
	return store_step_done(s, st);
}

int store_upstream_save(struct store *s, const struct store_upstream *u)
{
	char topics[OUT_TOPICS_MAX * 152];
	const uint64_t numbers[] = {
		u->state.last_seq, u->state.last_acked, u->state.cursor, u->state.lost_messages};
	int e = 0;
	sqlite3_stmt *st = store_statement(s, ST_SAVE_UPSTREAM, &e);

	if (!st)
		return e;
	topics_pack(&u->state, topics, sizeof(topics));
	for (int i = 0; i < 4; i++)
		(void)sqlite3_bind_int64(st, i + 1, (int64_t)numbers[i]);
	(void)sqlite3_bind_text(st, 5, topics, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_int64(st, 6, upstream_crc(u, topics));
	(void)sqlite3_bind_int64(st, 7, (int64_t)u->id);
	e = store_step_done(s, st);
	return e == 0 ? size_save(s, u) : e;
}

static int load_upstream(struct store *s, sqlite3_stmt *st)
{
	struct store_upstream *u;
	struct out_state *o;
	const char *topics = (const char *)sqlite3_column_text(st, 8) ?: "";

	if (s->n_upstreams == STORE_UPSTREAMS_MAX)
		return -EUCLEAN;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	s->upstreams[s->n_upstreams++] = u;
	o = &u->state;
	u->id = (uint64_t)sqlite3_column_int64(st, 0);
	str_copy(u->name, sizeof(u->name), (const char *)sqlite3_column_text(st, 1) ?: "");
	str_copy(o->epoch, sizeof(o->epoch), (const char *)sqlite3_column_text(st, 2) ?: "");
	str_copy(o->gw_alias, sizeof(o->gw_alias), (const char *)sqlite3_column_text(st, 3) ?: "");
	o->last_seq = (uint64_t)sqlite3_column_int64(st, 4);
	o->last_acked = (uint64_t)sqlite3_column_int64(st, 5);
	o->cursor = (uint64_t)sqlite3_column_int64(st, 6);
	o->lost_messages = (uint64_t)sqlite3_column_int64(st, 7);
	u->fetched = o->last_seq;
	/* A number that went back would be given twice: rather a new epoch. */
	if (upstream_crc(u, topics) != (uint32_t)sqlite3_column_int64(st, 9))
		return -EUCLEAN;
	return topics_unpack(topics, o);
}

int store_count_sizes(struct store *s, struct store_upstream *u)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, ST_OUT_SIZES, &e);

	if (!st)
		return e;
	memset(u->state.waiting, 0, sizeof(u->state.waiting));
	u->state.waiting_bytes = 0;
	(void)sqlite3_bind_int64(st, 1, store_row_id(u->id, 0, 0));
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id + 1, 0, 0) - 1);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		u->state.waiting[store_class(u, sqlite3_column_int64(st, 0))]++;
		u->state.waiting_bytes += (uint64_t)sqlite3_column_int64(st, 1);
	}
	e = rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
}

static int load_size(struct store *s, struct store_upstream *u)
{
	int e = 0, rc;
	sqlite3_stmt *st = store_statement(s, ST_SIZE_GET, &e);
	bool sound = false;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		for (int i = 0; i < _OUT_CLASS_MAX; i++)
			u->state.waiting[i] = (uint64_t)sqlite3_column_int64(st, i);
		u->state.waiting_bytes = (uint64_t)sqlite3_column_int64(st, 3);
		sound = size_mark(u) == (uint32_t)sqlite3_column_int64(st, 4);
	}
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e == 0 && !sound ? store_count_sizes(s, u) : e;
}

int store_load_upstreams(struct store *s)
{
	int e = 0, rc = SQLITE_DONE;
	sqlite3_stmt *st = store_statement(s, ST_UPSTREAMS, &e);

	if (!st)
		return e;
	while (e == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW)
		e = load_upstream(s, st);
	if (e == 0 && rc != SQLITE_DONE)
		e = store_errno(s);
	(void)sqlite3_reset(st);
	for (size_t i = 0; e == 0 && i < s->n_upstreams; i++) {
		e = store_await_load(s, s->upstreams[i]);
		if (e == 0)
			e = load_size(s, s->upstreams[i]);
	}
	return e;
}

/* N characters of 5 random bits; the first one a letter. */
int store_random_name(char *dst, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t b[32];
	int e = random_bytes(b, n);

	if (e < 0)
		return e;
	for (size_t i = 0; i < n; i++)
		dst[i] = letters[i == 0 ? b[i] % 26 : b[i] % 32];
	dst[n] = 0;
	return 0;
}

static int new_upstream(struct store *s, const char *name, struct store_upstream **ret)
{
	struct store_upstream *u;
	uint32_t epoch;
	sqlite3_stmt *st;
	int e;

	if (s->n_upstreams == STORE_UPSTREAMS_MAX)
		return -E2BIG;
	e = random_bytes(&epoch, sizeof(epoch));
	if (e < 0)
		return e;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->id = s->n_upstreams > 0 ? s->upstreams[s->n_upstreams - 1]->id + 1 : 1;
	str_copy(u->name, sizeof(u->name), name);
	(void)snprintf(u->state.epoch, sizeof(u->state.epoch), "%08x", epoch);
	/* History from before the upstream was configured is none of its business. */
	u->state.cursor = s->next_row - 1;
	e = store_random_name(u->state.gw_alias, 12);
	if (e == 0)
		e = store_begin(s, true);
	st = e == 0 ? store_statement(s, ST_NEW_UPSTREAM, &e) : NULL;
	if (st) {
		(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
		(void)sqlite3_bind_text(st, 2, u->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(st, 3, u->state.epoch, -1, SQLITE_STATIC);
		(void)sqlite3_bind_text(st, 4, u->state.gw_alias, -1, SQLITE_STATIC);
		e = store_step_done(s, st);
		(void)sqlite3_clear_bindings(st);
	}
	if (e == 0)
		e = store_upstream_save(s, u);
	if (e == 0)
		e = store_commit(s);
	if (e < 0) {
		free(u);
		return e;
	}
	s->upstreams[s->n_upstreams++] = u;
	*ret = u;
	return 0;
}

int store_out_open(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int e = u ? 0 : new_upstream(s, r->name, &u);

	if (e < 0)
		return e;
	r->ret_state = malloc(sizeof(*r->ret_state));
	if (!r->ret_state)
		return -ENOMEM;
	*r->ret_state = u->state;
	r->ret_state->history = s->next_row - 1;
	return 0;
}

/* ---- aliases */

static int alias_put(
	struct store *s, const struct store_upstream *u, const char *appliance, const char *alias)
{
	int e = store_begin(s, true);
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_ALIAS_PUT, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
	(void)sqlite3_bind_text(st, 2, appliance, -1, SQLITE_STATIC);
	(void)sqlite3_bind_text(st, 3, alias, -1, SQLITE_STATIC);
	e = store_step_done(s, st);
	(void)sqlite3_clear_bindings(st);
	return e == 0 ? store_commit(s) : e;
}

int store_alias(struct store *s, struct request *r)
{
	struct store_upstream *u = store_upstream_by_name(s, r->name);
	int e = u ? 0 : new_upstream(s, r->name, &u), rc;
	sqlite3_stmt *st = e == 0 ? store_statement(s, ST_ALIAS_GET, &e) : NULL;

	if (!st)
		return e;
	(void)sqlite3_bind_int64(st, 1, (int64_t)u->id);
	(void)sqlite3_bind_text(st, 2, r->key, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		str_copy(r->ret_alias, sizeof(r->ret_alias),
			(const char *)sqlite3_column_text(st, 0) ?: "");
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	if (e < 0 || rc == SQLITE_ROW)
		return e;
	e = store_random_name(r->ret_alias, 10);
	return e == 0 ? alias_put(s, u, r->key, r->ret_alias) : e;
}
