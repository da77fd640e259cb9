/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted, as bytes for the journal. */
#include "maintenance-internal.h"

#include <math.h>

#define FORMAT 1

/* Little-endian: format, count; of each item: length and bytes of its id, five numbers, since, state,
 * records. */
struct out {
	uint8_t *p;
	size_t n, size;
	bool failed;
};

static void put(struct out *o, const void *p, size_t n)
{
	if (o->failed || n > o->size - o->n)
		o->failed = true;
	else {
		memcpy(o->p + o->n, p, n);
		o->n += n;
	}
}

static void put_u8(struct out *o, unsigned v)
{
	put(o, &(uint8_t){(uint8_t)v}, 1);
}

static void put_u64(struct out *o, uint64_t v)
{
	uint8_t b[8];

	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(v >> 8 * i);
	put(o, b, sizeof(b));
}

static void put_double(struct out *o, double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	put_u64(o, u);
}

static void put_text(struct out *o, const char *s)
{
	put_u8(o, (unsigned)strlen(s));
	put(o, s, strlen(s));
}

int maintenance_save(const struct maintenance *m, uint8_t **ret, size_t *ret_n)
{
	/* 1 + 65 id, 5 x 8, 8, 2, 4 records of 8 + 1 + 1 + 48 + 8 */
	const size_t each = 128 + MAINTENANCE_RECORDS * (24 + MAINTENANCE_BY_MAX);
	struct out o = {.size = 2 + m->n * each};

	o.p = malloc(o.size);
	if (!o.p)
		return -ENOMEM;
	put_u8(&o, FORMAT);
	put_u8(&o, m->n);
	for (unsigned i = 0; i < m->n; i++) {
		const struct counter *c = &m->v[i];

		put_text(&o, c->item->id);
		put_double(&o, c->used);
		put_double(&o, c->missing_s);
		put_double(&o, c->last_total);
		put_double(&o, c->own_left);
		put_u64(&o, (uint64_t)c->since_s);
		put_u8(&o, c->state);
		put_u8(&o, (unsigned)c->n_records);
		for (size_t k = 0; k < c->n_records; k++) {
			put_u64(&o, (uint64_t)c->records[k].at_s);
			put_u8(&o, c->records[k].who);
			put_text(&o, c->records[k].by);
			put_double(&o, c->records[k].share);
		}
	}
	if (o.failed) {
		free(o.p);
		return -ENOSPC;
	}
	*ret = o.p;
	*ret_n = o.n;
	return 0;
}

struct in {
	const uint8_t *p;
	size_t n;
	bool failed;
};

static void get(struct in *in, void *p, size_t n)
{
	if (in->failed || n > in->n) {
		in->failed = true;
		memset(p, 0, n);
		return;
	}
	memcpy(p, in->p, n);
	in->p += n;
	in->n -= n;
}

static unsigned get_u8(struct in *in)
{
	uint8_t b;

	get(in, &b, 1);
	return b;
}

static uint64_t get_u64(struct in *in)
{
	uint8_t b[8];
	uint64_t v = 0;

	get(in, b, sizeof(b));
	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)b[i] << 8 * i;
	return v;
}

static double get_double(struct in *in)
{
	uint64_t u = get_u64(in);
	double v;

	memcpy(&v, &u, sizeof(v));
	if (isinf(v))
		in->failed = true;
	return v;
}

static void get_text(struct in *in, char *dst, size_t max)
{
	unsigned n = get_u8(in);

	if (n > max)
		in->failed = true;
	if (in->failed)
		n = 0;
	get(in, dst, n);
	dst[n] = 0;
	if (memchr(dst, 0, n) || !utf8_valid(dst, n))
		in->failed = true;
}

static void get_counter(struct in *in, char id[KNOWLEDGE_ID_MAX + 1], struct counter *c)
{
	unsigned state;

	get_text(in, id, KNOWLEDGE_ID_MAX);
	c->used = get_double(in);
	c->missing_s = get_double(in);
	c->last_total = get_double(in);
	c->own_left = get_double(in);
	c->since_s = (int64_t)get_u64(in);
	state = get_u8(in);
	c->n_records = get_u8(in);
	if (!(c->used >= 0) || !(c->missing_s >= 0) || c->since_s < 0 || state > MAINTENANCE_DUE ||
		c->n_records > MAINTENANCE_RECORDS || c->since_s > INT64_MAX / 2)
		in->failed = true;
	c->state = (enum maintenance_state)state;
	for (size_t k = 0; k < c->n_records && !in->failed; k++) {
		struct maintenance_record *r = &c->records[k];
		unsigned who;

		r->at_s = (int64_t)get_u64(in);
		who = get_u8(in);
		get_text(in, r->by, MAINTENANCE_BY_MAX);
		r->share = get_double(in);
		if (who >= _WHO_MAX)
			in->failed = true;
		r->who = (enum who)who;
	}
}

/* Once to see whether all of it can be read, once to take it. */
static int load(struct maintenance *m, const uint8_t *p, size_t n, bool take)
{
	struct in in = {.p = p, .n = n};
	unsigned count;
	int lost = 0;

	if (get_u8(&in) != FORMAT)
		return in.failed ? -EBADMSG : -EPROTONOSUPPORT;
	count = get_u8(&in);
	for (unsigned i = 0; i < count && !in.failed; i++) {
		char id[KNOWLEDGE_ID_MAX + 1];
		struct counter got = {0}, *c;
		int k;

		get_counter(&in, id, &got);
		k = in.failed ? -ENOENT : maintenance_find(m, id);
		if (k < 0) {
			lost++;
			continue;
		}
		if (!take)
			continue;
		c = &m->v[k];
		c->used = got.used;
		c->missing_s = got.missing_s;
		c->last_total = got.last_total;
		c->pending_total = NAN;
		c->own_left = got.own_left;
		c->since_s = got.since_s;
		c->state = got.state;
		c->n_records = got.n_records;
		memcpy(c->records, got.records, sizeof(c->records));
	}
	return in.failed || in.n > 0 ? -EBADMSG : lost;
}

int maintenance_load(struct maintenance *m, const uint8_t *p, size_t n)
{
	int r = load(m, p, n, false);

	return r < 0 ? r : load(m, p, n, true);
}
