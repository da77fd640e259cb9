/* SPDX-License-Identifier: Apache-2.0 */
/* The outboxes: numbers, waiting messages, acknowledgements, lost ranges, aliases. On the journal's
 * thread alone. The numbers of every upstream are kept in memory too; after a failed transaction they
 * are read anew (run_and_mend()). */
#include "journal-internal.h"

/* A row's id sorts by upstream, class, seq: sending order, and no second index to write. */
#define SEQ_BITS   48
#define CLASS_BITS 2
#define SEQ_MAX    ((UINT64_C(1) << SEQ_BITS) - 1)

int64_t store_row_id(uint64_t upstream, unsigned class, uint64_t seq)
{
	return (int64_t)(upstream << (SEQ_BITS + CLASS_BITS) | (uint64_t) class << SEQ_BITS | seq);
}

uint64_t store_id_seq(int64_t id)
{
	return (uint64_t)id & SEQ_MAX;
}

unsigned store_id_class(int64_t id)
{
	return (unsigned)((uint64_t)id >> SEQ_BITS & ((1u << CLASS_BITS) - 1));
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

static int count_sizes(struct store *s, struct store_upstream *u)
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
	return e == 0 && !sound ? count_sizes(s, u) : e;
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

/* ---- lost ranges */

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
static int ranges_of(
	struct store *s, enum store_statement id, const struct store_upstream *u, uint64_t seq)
{
	int e = lost_statement(s, id, range_key(u, false), seq, 0);

	return e == 0 ? lost_statement(s, id, range_key(u, true), seq, 0) : e;
}

static int range_add(struct store *s, struct store_upstream *u, uint64_t seq, bool withheld)
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
		e = ranges_of(s, ST_LOST_UNSTATE, u, seq);
	u->state.lost_messages += !withheld;
	return e;
}

int store_out_skip(struct store *s, uint64_t n)
{
	int e = store_begin(s, true);

	for (size_t i = 0; e == 0 && i < s->n_upstreams; i++) {
		struct store_upstream *u = s->upstreams[i];

		for (uint64_t k = 0; e == 0 && k < n && u->state.last_seq < SEQ_MAX; k++)
			e = range_add(s, u, ++u->state.last_seq, false);
		if (e == 0)
			e = store_upstream_save(s, u);
	}
	return e == 0 ? store_commit(s) : e;
}

/* The ranges of the last answer are stated by SEQ. */
static int lost_stated(struct store *s, struct store_upstream *u, uint64_t seq)
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

/* ---- messages */

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
	return e == 0 ? range_add(s, u, seq, withheld) : e;
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
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id, class, SEQ_MAX));
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
	if (m->seq != u->state.last_seq + 1 || m->seq > SEQ_MAX)
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
	e = lost_stated(s, u, m->seq);
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

/* 1 when the row under ST became MESSAGE, 0 when its CRC fails. */
int store_message_read(sqlite3_stmt *st, struct out_message *m)
{
	int64_t id = sqlite3_column_int64(st, 0);
	int n = sqlite3_column_bytes(st, 6);

	*m = (struct out_message){
		.seq = store_id_seq(id),
		.class = (enum out_class)MIN(store_id_class(id), (unsigned)_OUT_CLASS_MAX - 1),
		.prev = (uint64_t)sqlite3_column_int64(st, 1),
		.deflated = sqlite3_column_int(st, 2) != 0,
		.n = (size_t)n,
	};
	str_copy(m->dict, sizeof(m->dict), (const char *)sqlite3_column_text(st, 3) ?: "");
	str_copy(m->topic, sizeof(m->topic), (const char *)sqlite3_column_text(st, 4) ?: "");
	if (message_crc(m->topic, m->dict, m->seq, m->prev, m->deflated, sqlite3_column_blob(st, 6),
		    m->n) != (uint32_t)sqlite3_column_int64(st, 5))
		return 0;
	m->payload = malloc(m->n + 1);
	if (!m->payload)
		return -ENOMEM;
	if (n > 0)
		memcpy(m->payload, sqlite3_column_blob(st, 6), m->n);
	return 1;
}

#define BAD_MAX 16 /* damaged rows given up in one fetch; the next one finds more */

static int drop_bad(struct store *s, struct store_upstream *u, const int64_t *ids,
	const uint64_t *sizes, size_t n)
{
	int e = store_begin(s, true);

	for (size_t i = 0; e == 0 && i < n; i++) {
		e = store_out_remove(s, u, ids[i], sizes[i], false);
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
	uint64_t bad_sizes[BAD_MAX];
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
				store_row_id(u->id, class, SEQ_MAX));
	}
	if (e == 0 && g.n_bad > 0) {
		s->status.bad_rows += g.n_bad;
		e = drop_bad(s, u, g.bad, g.bad_sizes, g.n_bad);
		/* How long they were is not sure. */
		if (e == 0)
			e = count_sizes(s, u);
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
	return e == 0 ? ranges_of(s, ST_LOST_ACKED, u, seq) : e;
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
	return drop_bad(s, u, &id, &size, 1);
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
	(void)sqlite3_bind_int64(st, 2, store_row_id(u->id, _OUT_CLASS_MAX - 1, SEQ_MAX));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && r->ret_n < 16)
		str_copy(r->ret_dicts[r->ret_n++], sizeof(*r->ret_dicts),
			(const char *)sqlite3_column_text(st, 0) ?: "");
	e = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_errno(s);
	(void)sqlite3_reset(st);
	return e;
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
