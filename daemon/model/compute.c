/* SPDX-License-Identifier: Apache-2.0 */
#include "compute.h"

#include <math.h>

#define STALE_PERIODS 3

struct slot { /* of a point that is an operand, computed or under a condition */
	uint16_t point;
	bool seen, came;     /* ever; since its followers were last evaluated */
	int8_t exists;       /* of a condition: 1, 0, -1 */
	bool judged;         /* .exists was set */
	uint8_t when_reason; /* enum reason, while it is unknown for want of an answer */
	struct reading r;    /* as others see it */
	struct reading own;  /* as it was read, before its condition */
	bool own_seen;
};

struct compute {
	const struct profile *profile;
	uint64_t period_us;
	uint16_t *slot_of; /* point → slot + 1; 0 = none */
	struct slot *slots;
	size_t n_slots;
};

/* ---- values of operands */

struct look { /* one evaluation */
	const struct compute *c;
	bool any_came, all_seen;
	uint64_t t_us;
};

static struct slot *slot_of(const struct compute *c, unsigned point)
{
	unsigned k = c->slot_of[point];

	return k > 0 ? &c->slots[k - 1] : NULL;
}

static struct expr_value value_of(const struct profile *p, const struct reading *r)
{
	const struct point *pt = &p->points[r->point];
	struct expr_value v = expr_of_reading(r);

	if (pt->fault_code)
		v.v = (double)r->raw;
	return v;
}

static struct expr_value operand(void *userdata, uint32_t ref)
{
	const struct look *look = userdata;
	const struct slot *s = slot_of(look->c, ref);

	if (!s || !s->seen)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NONE);
	return value_of(look->c->profile, &s->r);
}

static void look_at(void *userdata, uint32_t ref)
{
	struct look *look = userdata;
	const struct slot *s = slot_of(look->c, ref);

	look->any_came = look->any_came || (s && s->came);
	look->all_seen = look->all_seen && s && s->seen;
	if (s && s->seen)
		look->t_us = MAX(look->t_us, s->r.t_us);
}

enum outcome {
	NOTHING_NEW, /* nothing it needs came; *ret is not set */
	WAITING,     /* for the first value of something that would decide it */
	EVALUATED,
};

static enum outcome evaluate(const struct compute *c, const struct expr *e, bool force,
	struct expr_value *ret, uint64_t *ret_t_us)
{
	struct look look = {.c = c, .all_seen = true};
	const struct expr_env env = {.userdata = &look, .value = operand};

	expr_each_ref(e, look_at, &look);
	if (!look.any_came && !force)
		return NOTHING_NEW;
	*ret = expr_eval(e, &env);
	*ret_t_us = look.t_us;
	return look.all_seen || ret->quality == QUALITY_GOOD ? EVALUATED : WAITING;
}

/* ---- results */

static void put_value(
	const struct profile *p, unsigned point, const struct expr_value *v, struct reading *r)
{
	const struct point *pt = &p->points[point];
	struct raw_value raw = {.kind = RAW_FLOAT, .f = v->v};
	uint64_t t_us = r->t_us;

	/* What it was last is kept, as with every stale value. */
	if (v->quality == QUALITY_STALE && r->type != VALUE_NONE) {
		r->quality = QUALITY_STALE;
		r->reason = v->reason;
		return;
	}
	*r = (struct reading){.point = (uint16_t)point, .t_us = t_us};
	if (isfinite(v->v) && (v->quality == QUALITY_GOOD || v->quality == QUALITY_SUSPECT ||
				      v->quality == QUALITY_STALE)) {
		enum expr_type type = (enum expr_type)expr_root(pt->value)->type;

		if (type == EXPR_ENUM || type == EXPR_BITS) {
			r->type = type == EXPR_ENUM ? VALUE_ENUM : VALUE_BITS;
			r->code = (int64_t)v->v;
		} else {
			/* What has no fraction is a raw value, for lists, formats and faults. */
			if (v->v == rint(v->v) && fabs(v->v) < 9e15 && pt->type != POINT_F64)
				raw = (struct raw_value){.kind = RAW_INT, .i = (int64_t)v->v};
			point_convert(p, point, &raw, r);
		}
	} else if (v->quality == QUALITY_GOOD) {
		r->quality = QUALITY_SUSPECT;
		r->reason = REASON_DECODE;
	}
	if (v->quality != QUALITY_GOOD) {
		r->quality = v->quality;
		r->reason = v->reason;
	}
}

/* What others see of a point whose condition is not true. */
static void put_missing(const struct slot *s, struct reading *r)
{
	*r = (struct reading){.point = s->point, .t_us = r->t_us, .quality = QUALITY_ABSENT};
	if (s->exists == 0)
		return;
	r->quality = QUALITY_UNAVAILABLE;
	r->reason = s->when_reason;
}

/* The condition of S; true when it turned. */
static bool judge(struct compute *c, struct slot *s, uint64_t *ret_t_us)
{
	const struct point *pt = &c->profile->points[s->point];
	int8_t before = s->exists;
	bool first = !s->judged;
	struct expr_value v;

	if (evaluate(c, pt->when, first, &v, ret_t_us) != EVALUATED)
		return false;
	s->exists = v.quality != QUALITY_GOOD ? -1 : v.v != 0;
	s->when_reason = v.quality == QUALITY_UNAVAILABLE ? v.reason : REASON_NONE;
	s->judged = true;
	return first || s->exists != before;
}

/* One derived point after those it needs. True when *RET is a reading to tell. */
static bool derive(struct compute *c, unsigned point, struct reading *ret)
{
	const struct point *pt = &c->profile->points[point];
	struct slot *s = slot_of(c, point);
	bool came = s->came, turned = false;
	struct expr_value v;
	uint64_t t_us = 0, t_value_us = 0;

	s->came = false;
	if (pt->when)
		turned = judge(c, s, &t_us);
	if (pt->value) {
		came = evaluate(c, pt->value, turned, &v, &t_value_us) == EVALUATED;
		if (came) {
			s->own.t_us = t_value_us;
			put_value(c->profile, point, &v, &s->own);
			s->own_seen = true;
		}
	}
	if (!s->own_seen || (!came && !turned))
		return false;
	/* Nothing is told before its condition could be judged once. */
	if (pt->when && !s->judged)
		return false;
	s->r = s->own;
	if (pt->when && s->exists != 1) {
		s->r.t_us = MAX(s->r.t_us, t_us);
		put_missing(s, &s->r);
	}
	s->seen = s->came = true;
	*ret = s->r;
	return true;
}

static size_t derive_all(struct compute *c, struct reading *out)
{
	const struct profile *p = c->profile;
	size_t n = 0;

	for (size_t i = 0; i < p->n_derived; i++)
		n += derive(c, p->derived[i], &out[n]);
	for (size_t i = 0; i < c->n_slots; i++)
		c->slots[i].came = false;
	return n;
}

size_t compute_room(const struct compute *c, size_t n)
{
	return n + (c ? c->profile->n_derived : 0);
}

size_t compute_apply(
	struct compute *c, const struct reading *in, size_t n, bool more, struct reading *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct slot *s =
			in[i].point < c->profile->n_points ? slot_of(c, in[i].point) : NULL;

		if (s) {
			s->own = in[i];
			s->own_seen = s->came = true;
			if (c->profile->points[s->point].when)
				continue; /* comes out behind its condition */
			s->r = in[i];
			s->seen = true;
		}
		out[k++] = in[i];
	}
	return more ? k : k + derive_all(c, out + k);
}

size_t compute_expire(struct compute *c, uint64_t now_us, struct reading *out)
{
	bool any = false;

	for (size_t i = 0; i < c->n_slots; i++) {
		struct slot *s = &c->slots[i];
		const struct point *pt = &c->profile->points[s->point];
		uint64_t period = MAX(pt->period_us, c->period_us);

		if (pt->value || !s->own_seen || s->own.quality == QUALITY_STALE ||
			s->own.quality == QUALITY_UNAVAILABLE || now_us <= s->own.t_us ||
			now_us - s->own.t_us <= STALE_PERIODS * period)
			continue;
		s->own.quality = QUALITY_STALE;
		s->came = any = true;
		if (!pt->when) {
			s->r = s->own;
			s->seen = true;
		}
	}
	return any ? derive_all(c, out) : 0;
}

void compute_fail(struct compute *c, enum reason reason, uint64_t now_us)
{
	for (size_t i = 0; i < c->n_slots; i++) {
		struct slot *s = &c->slots[i];

		s->own = s->r = (struct reading){.point = s->point,
			.quality = QUALITY_UNAVAILABLE,
			.reason = (uint8_t)reason,
			.t_us = now_us};
		s->seen = s->own_seen = true;
		s->came = false;
		s->exists = -1;
		s->judged = false;
	}
}

int compute_exists(const struct compute *c, unsigned point)
{
	const struct slot *s = c && c->profile->points[point].when ? slot_of(c, point) : NULL;

	if (!s)
		return 1;
	return s->judged ? s->exists : -1;
}

/* ---- making */

static void mark(void *userdata, uint32_t ref)
{
	struct compute *c = userdata;

	c->slot_of[ref] = 1;
}

int compute_new(const struct profile *p, uint64_t period_us, struct compute **ret)
{
	struct compute *c;

	*ret = NULL;
	if (p->n_derived == 0)
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->profile = p;
	c->period_us = MAX(period_us, p->line.least_period_us);
	c->slot_of = calloc(p->n_points, sizeof(*c->slot_of));
	if (!c->slot_of)
		goto fail;
	for (size_t i = 0; i < p->n_derived; i++) {
		const struct point *pt = &p->points[p->derived[i]];

		c->slot_of[p->derived[i]] = 1;
		if (pt->value)
			expr_each_ref(pt->value, mark, c);
		if (pt->when)
			expr_each_ref(pt->when, mark, c);
	}
	for (size_t i = 0; i < p->n_points; i++)
		if (c->slot_of[i])
			c->slot_of[i] = (uint16_t)++c->n_slots;
	c->slots = calloc(c->n_slots, sizeof(*c->slots));
	if (!c->slots)
		goto fail;
	for (size_t i = 0; i < p->n_points; i++)
		if (c->slot_of[i])
			c->slots[c->slot_of[i] - 1] =
				(struct slot){.point = (uint16_t)i, .exists = -1};
	*ret = c;
	return 0;
fail:
	compute_free(c);
	return -ENOMEM;
}

struct compute *compute_free(struct compute *c)
{
	if (!c)
		return NULL;
	free(c->slots);
	free(c->slot_of);
	free(c);
	return NULL;
}
