/* SPDX-License-Identifier: Apache-2.0 */
/* Windows over time in bounded memory: the last w seconds in at most WINDOW_PARTS parts, plus the one
 * that is leaving. What a part holds depends on the function. */
#include "rule-internal.h"

#include <math.h>

/* A part: .good is always first. */
enum { P_GOOD, P_SUM }; /* mean sum energy duty count coverage: ∫x dt, ∫b dt, edges */
enum { P_MIN = 1, P_MAX };
enum { P_N = 1, P_T, P_X, P_TT, P_TX, P_LOW, P_HIGH }; /* slope; steady has the last two too */
enum { P_AT = 1, P_VALUE };                            /* delta: the first good sample */

unsigned window_width(enum rule_func f)
{
	switch (f) {
	case FUNC_MEAN:
	case FUNC_SUM:
	case FUNC_ENERGY:
	case FUNC_DUTY:
	case FUNC_COUNT:
	case FUNC_COVERAGE:
		return 2;
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
	case FUNC_STUCK:
	case FUNC_DELTA:
		return 3;
	case FUNC_SLOPE:
		return 6;
	case FUNC_STEADY:
		return 8;
	case FUNC_RUN:
	case FUNC_SINCE:
	case FUNC_EWMA:
	case FUNC_HOLD:
	case FUNC_CYCLE:
	case FUNC_BASE:
	case FUNC_Z:
	case FUNC_CUSUM:
	case FUNC_FIT:
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		break;
	}
	return 0;
}

static double *part(const struct slot *s, struct window *w, unsigned back)
{
	unsigned n = s->n_parts + 1u;

	return w->part + (size_t)((w->at + n - back) % n) * s->width;
}

static void clear_part(const struct slot *s, double *p)
{
	memset(p, 0, s->width * sizeof(*p));
	if (s->width == 3 && s->func != FUNC_DELTA) {
		p[P_MIN] = INFINITY;
		p[P_MAX] = -INFINITY;
	}
	if (s->width == 3 && s->func == FUNC_DELTA)
		p[P_AT] = NAN;
	if (s->width == 8) {
		p[P_LOW] = INFINITY;
		p[P_HIGH] = -INFINITY;
	}
}

static void advance(struct slot *s, struct window *w, double c)
{
	unsigned n = s->n_parts + 1u;

	if (c - w->head > s->part_s * (n + 1)) {
		/* Everything has left. Parts keep their beat. */
		w->head += floor((c - w->head) / s->part_s) * s->part_s;
		for (unsigned i = 0; i < n; i++)
			clear_part(s, w->part + (size_t)i * s->width);
	}
	while (c >= w->head + s->part_s * (1 - 1e-9)) {
		w->head += s->part_s;
		w->at = (w->at + 1) % n;
		clear_part(s, w->part + (size_t)w->at * s->width);
	}
}

static void extreme(double *low, double *high, double x)
{
	if (x < *low)
		*low = x;
	if (x > *high)
		*high = x;
}

/* X held for DT, all within the newest part. */
static void account(struct slot *s, struct window *w, double dt, double x)
{
	double *p = part(s, w, 0);

	p[P_GOOD] += dt;
	switch ((enum rule_func)s->func) {
	case FUNC_MEAN:
	case FUNC_SUM:
	case FUNC_ENERGY:
	case FUNC_DUTY:
		p[P_SUM] += x * dt;
		break;
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
	case FUNC_STUCK:
		extreme(&p[P_MIN], &p[P_MAX], x);
		break;
	case FUNC_STEADY:
		extreme(&p[P_LOW], &p[P_HIGH], x);
		break;
	case FUNC_DELTA:
		if (isnan(p[P_AT])) {
			p[P_AT] = w->head;
			p[P_VALUE] = x;
		}
		break;
	case FUNC_SLOPE:
	case FUNC_COUNT:
	case FUNC_COVERAGE:
	case FUNC_RUN:
	case FUNC_SINCE:
	case FUNC_EWMA:
	case FUNC_HOLD:
	case FUNC_CYCLE:
	case FUNC_BASE:
	case FUNC_Z:
	case FUNC_CUSUM:
	case FUNC_FIT:
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		break;
	}
}

/* What counts by samples, not by time. */
static void sample(struct slot *s, struct window *w, double c, double hold, double x)
{
	double *p = part(s, w, 0), t = c - w->head;

	if (s->func == FUNC_COUNT) {
		/* A lost poll is no gap: what was known holds for its life. */
		if (x != 0 && w->known == 0 && c - w->known_at <= hold)
			p[P_SUM] += 1;
	} else if (s->width >= 6) {
		p[P_N] += 1;
		p[P_T] += t;
		p[P_X] += x;
		p[P_TT] += t * t;
		p[P_TX] += t * x;
		if (s->width == 8)
			extreme(&p[P_LOW], &p[P_HIGH], x);
	} else if (s->func == FUNC_DELTA) {
		if (isnan(p[P_AT])) {
			p[P_AT] = c;
			p[P_VALUE] = x;
		}
	} else if (s->width == 3) {
		extreme(&p[P_MIN], &p[P_MAX], x);
	}
}

void window_push(struct slot *s, struct window *w, double c, double hold, bool good, double x)
{
	double t, end, gap = 0;

	if (isnan(w->first)) {
		w->first = w->last = w->head = c;
		w->known_at = NAN;
		for (unsigned i = 0; i <= s->n_parts; i++)
			clear_part(s, w->part + (size_t)i * s->width);
	} else {
		gap = c - w->last;
		t = w->last;
		end = w->prev_good ? t + MIN(gap, hold) : t;
		while (end - t > 1e-9 * s->part_s) {
			double until;

			advance(s, w, t);
			until = MIN(end, w->head + s->part_s);
			account(s, w, until - t, w->prev);
			t = until;
		}
		advance(s, w, c);
	}
	if (good)
		sample(s, w, c, hold, x);
	if (good) {
		w->known = x;
		w->known_at = c;
	}
	w->last = c;
	w->prev = x;
	w->prev_good = good;
}

struct totals {
	double good, sum, low, high;
};

static void add_up(const struct slot *s, const struct window *w, double oldest, struct totals *t)
{
	const unsigned n = s->n_parts + 1u, width = s->width;
	/* The one after the newest in the ring is about to leave. */
	const unsigned leaving = w->at + 1u == n ? 0 : w->at + 1u;
	const double *p = w->part;

	*t = (struct totals){.low = INFINITY, .high = -INFINITY};
	for (unsigned i = 0; i < n; i++, p += width) {
		double f = i == leaving ? oldest : 1;

		if (f <= 1e-6)
			continue;
		t->good += f * p[P_GOOD];
		if (width == 2) {
			t->sum += f * p[P_SUM];
		} else if (width == 3) {
			t->low = MIN(t->low, p[P_MIN]);
			t->high = MAX(t->high, p[P_MAX]);
		} else if (width == 8) {
			t->low = MIN(t->low, p[P_LOW]);
			t->high = MAX(t->high, p[P_HIGH]);
		}
	}
}

/* Per second; NAN with fewer than 5 samples or all at one moment. */
static double slope(const struct slot *s, struct window *w, double oldest)
{
	double n = 0, st = 0, sx = 0, stt = 0, stx = 0, d;

	for (unsigned i = 0, at_part = w->at; i <= s->n_parts; i++) {
		const double *p = w->part + (size_t)at_part * s->width;
		double at = -(double)i * s->part_s;

		at_part = at_part == 0 ? s->n_parts : at_part - 1;
		if ((i == s->n_parts && oldest < 0.5) || p[P_N] == 0)
			continue;
		n += p[P_N];
		st += p[P_T] + at * p[P_N];
		sx += p[P_X];
		stt += p[P_TT] + 2 * at * p[P_T] + at * at * p[P_N];
		stx += p[P_TX] + at * p[P_X];
	}
	d = n * stt - st * st;
	if (n < 5 || d <= 0)
		return NAN;
	return (n * stx - st * sx) / d;
}

/* The value W ago: the first good one of the part in which that moment lies, else of the next part. */
static double then(const struct slot *s, struct window *w)
{
	for (unsigned i = 0; i < 2; i++) {
		const double *p = part(s, w, s->n_parts - i);

		if (!isnan(p[P_AT]))
			return p[P_VALUE];
	}
	return NAN;
}

static const struct expr_value unknown = {NAN, QUALITY_UNAVAILABLE, REASON_NONE};

static struct expr_value good_or_unknown(double v)
{
	return isfinite(v) ? expr_good(v) : unknown;
}

struct expr_value window_value(const struct slot *s, const struct window *cw, double c)
{
	struct window *w = (struct window *)cw;
	double oldest = CLAMP(1 - (c - w->head) / s->part_s, 0.0, 1.0);
	double good = s->w * (1 - 1e-9), b;
	struct totals t;

	add_up(s, w, oldest, &t);
	switch ((enum rule_func)s->func) {
	case FUNC_MEAN:
		if (t.good < 0.7 * good || c - w->first < good || t.good <= 0)
			return unknown;
		return good_or_unknown(t.sum / t.good);
	case FUNC_MIN:
	case FUNC_MAX:
	case FUNC_SPAN:
		if (t.good < 0.7 * good || c - w->first < good)
			return unknown;
		return good_or_unknown(s->func == FUNC_MIN   ? t.low
				       : s->func == FUNC_MAX ? t.high
							     : t.high - t.low);
	case FUNC_STUCK:
		if (t.good < 0.9 * good)
			return unknown;
		return expr_good(t.high - t.low <= s->param);
	case FUNC_SLOPE:
		return t.good < 0.7 * good ? unknown : good_or_unknown(slope(s, w, oldest));
	case FUNC_STEADY:
		b = slope(s, w, oldest);
		if (t.good < 0.7 * good || isnan(b))
			return unknown;
		return expr_good(fabs(b) * s->w <= s->param && t.high - t.low <= 3 * s->param);
	case FUNC_SUM:
		return t.good < 0.9 * good ? unknown : good_or_unknown(t.sum);
	case FUNC_ENERGY:
		return t.good < 0.9 * good ? unknown : good_or_unknown(t.sum / 3600);
	case FUNC_DUTY:
		if (t.good < 0.7 * good)
			return unknown;
		return good_or_unknown(CLAMP(t.sum / t.good, 0.0, 1.0));
	case FUNC_COUNT:
		return t.good < 0.9 * good ? unknown : good_or_unknown(floor(t.sum + 0.5));
	case FUNC_COVERAGE:
		b = MIN(s->w, c - w->first);
		return expr_good(b > 0 ? CLAMP(t.good / b, 0.0, 1.0) : w->prev_good);
	case FUNC_DELTA:
		if (!w->prev_good || c - w->first < good)
			return unknown;
		return good_or_unknown(w->prev - then(s, w));
	case FUNC_RUN:
	case FUNC_SINCE:
	case FUNC_EWMA:
	case FUNC_HOLD:
	case FUNC_CYCLE:
	case FUNC_BASE:
	case FUNC_Z:
	case FUNC_CUSUM:
	case FUNC_FIT:
	case FUNC_AGE:
	case FUNC_LOST:
	case FUNC_TCF:
	case FUNC_LOCAL_HOUR:
	case FUNC_ALL:
		break;
	}
	return unknown;
}
