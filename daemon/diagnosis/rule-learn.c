/* SPDX-License-Identifier: Apache-2.0 */
/* What is normal here: base, z, cusum and fit. They take one sample a session, hour or cycle, because
 * neighbours in time are no independent evidence. */
#include "rule-internal.h"

#include <math.h>

static const struct expr_value unknown = {NAN, QUALITY_UNAVAILABLE, REASON_NONE};

/* MAD of normal noise from its mean absolute deviation: 0.6745 σ / 0.7979 σ. */
#define MAD_OF_DEV 0.8453
/* Deviations beyond which a sample counts no further. */
#define WINSOR 3.0
/* Of fit: beyond this the line is a guess. */
#define FIT_LEVERAGE_MOST 0.5
#define WEIGHT_MOST       100 /* samples that weigh the same */

static bool enough(const struct accumulator *a)
{
	return a->t >= LEARN_LEAST_S && a->n >= LEARN_LEAST_N;
}

/* A session or an hour ends, and with it this sample: unless it is of a long window, and the last one was
 * not long ago. */
static bool closes(const struct rules *r, const struct slot *s, struct accumulator *a)
{
	if (!r->closing)
		return false;
	if (s->w <= 3600 || r->shut)
		return true;
	if (a->since > r->now_s || r->now_s - a->since >= 0.99 * s->w) {
		a->since = r->now_s;
		return true;
	}
	return false;
}

/* Adds what held since the last look. */
static void gather(struct rules *r, struct accumulator *a)
{
	double dt = a->begun ? r->clock - a->last : 0;

	if (a->begun && a->good && dt > 0) {
		dt = MIN(dt, r->hold_s);
		a->t += dt;
		a->sx += a->x * dt;
		for (unsigned i = 0; i < RULE_KEYS_MAX; i++)
			a->sk[i] += a->k[i] * dt;
	}
	a->last = r->clock;
	a->begun = true;
	if (r->n_trouble > 0)
		a->tainted = true;
}

static void restart(struct accumulator *a)
{
	a->t = a->sx = 0;
	memset(a->sk, 0, sizeof(a->sk));
	a->n = 0;
	a->tainted = false;
}

/* The mean over what was gathered; names and truth are as they were last. */
static struct sample mean_of(
	const struct accumulator *a, const struct expr *e, const struct expr_node *n)
{
	struct sample s = {.x = a->sx / a->t};

	for (unsigned i = 0; i < n->n_keys; i++) {
		const struct expr_node *k = &e->nodes[e->args[n->first + 1u + i]];

		s.k[i] = k->type == EXPR_NUMBER ? a->sk[i] / a->t : a->k[i];
	}
	return s;
}

static void take(struct accumulator *a, const struct expr *e, const struct expr_node *n,
	const struct expr_value *v)
{
	const struct expr_value *x = &v[e->args[n->first]];

	a->good = x->quality == QUALITY_GOOD;
	a->x = x->v;
	for (unsigned i = 0; i < n->n_keys; i++) {
		const struct expr_value *k = &v[e->args[n->first + 1u + i]];

		a->good = a->good && k->quality == QUALITY_GOOD;
		/* A name that is unknown for a moment is still the one it was. */
		if (k->quality == QUALITY_GOOD)
			a->k[i] = k->v;
	}
	if (a->good)
		a->n++;
	else
		a->x = 0;
}

/* Number of the slot's own samples, of the cycle or z it hangs on. */
static uint32_t feed_count(const struct rules *r, const struct slot *s)
{
	const struct slot *f = &r->slots[s->feeds];
	const void *p = slot_state(r, f);

	if (f->func == FUNC_CYCLE)
		return ((const struct cycle *)p)->count;
	if (f->func == FUNC_FIT)
		return ((const struct fit *)p)->samples;
	return ((const struct learner *)p)->samples;
}

static int16_t bin_of(const struct expr *e, const struct expr_node *n, double v)
{
	const struct expr_unit *u = &e->units[n->unit];
	const char *unit = unit_name(u->id);
	double q;

	if (!(fabs(v) < 1e18))
		return INT16_MIN;
	if (n->type != EXPR_NUMBER)
		/* a name: its number, words of unknown lists folded */
		return (int16_t)((int64_t)v ^ (int64_t)v >> 15);
	if (u->dim[4] == 1 && !u->dim[0] && !u->dim[1] && !u->dim[2] && !u->dim[3]) {
		if (streq(unit, "°F"))
			v = (v - 32) / 1.8;
		q = CLAMP(floor((v + 10) / 5), 0.0, 7.0);
	} else if (streq(unit, "Hz")) {
		q = CLAMP(floor(v / 15), 0.0, 7.0);
	} else if (streq(unit, "%")) {
		q = CLAMP(floor(v / 12.5), 0.0, 7.0);
	} else if (expr_unit_is_plain(u)) {
		q = CLAMP(floor(v / 3), -1000.0, 1000.0);
	} else if (fabs(v) < 1e-12) {
		q = -20000;
	} else {
		q = CLAMP(floor(log(fabs(v)) / log(1.25)), -10000.0, 10000.0);
	}
	return (int16_t)q;
}

static struct bin *find_bin(const struct slot *s, struct learner *l, const struct expr *e,
	const struct expr_node *n, const struct sample *x, bool make)
{
	int16_t key[RULE_KEYS_MAX] = {0};
	struct bin *b;

	for (unsigned i = 0; i < n->n_keys; i++)
		key[i] = bin_of(e, &e->nodes[e->args[n->first + 1u + i]], x->k[i]);
	for (uint32_t i = 0; i < l->n_bins; i++)
		if (memcmp(l->bins[i].key, key, sizeof(key)) == 0)
			return &l->bins[i];
	if (!make || l->n_bins >= s->max_bins)
		return NULL;
	b = &l->bins[l->n_bins++];
	*b = (struct bin){0};
	memcpy(b->key, key, sizeof(key));
	return b;
}

static bool is_learned(const struct bin *b)
{
	return b && b->n >= 12 && b->days >= 4;
}

static void learn(const struct rules *r, struct bin *b, double x, double floor_)
{
	double d = x - b->mean, limit = WINSOR * MAX(1.4826 * MAD_OF_DEV * b->dev, floor_), gain;

	if (b->n >= 6 && limit > 0)
		d = CLAMP(d, -limit, limit);
	if (b->n < UINT16_MAX)
		b->n++;
	gain = 1.0 / MIN(b->n, WEIGHT_MOST);
	b->mean = (float)(b->mean + d * gain);
	if (b->n == 1) {
		b->mean = (float)x;
		b->dev = 0;
	} else {
		/* of the deviation from the mean before: 1/(n-1), as the first has none */
		b->dev = (float)(b->dev + (fabs(d) - b->dev) / MIN(b->n - 1, WEIGHT_MOST));
	}
	if (b->days == 0 || b->last_day != (uint16_t)r->day) {
		if (b->days < UINT16_MAX)
			b->days++;
		b->last_day = (uint16_t)r->day;
	}
}

/* In the unit of x: as stated, else the model's deadband (both in .param), else 2 % of the base, and of a time
 * not less than a poll. */
static double floor_of(const struct slot *s, double base)
{
	return isnan(s->param) ? MAX(0.02 * fabs(base), s->part_s) : s->param;
}

/* Beyond it no reading of a household lies, and a float would not hold it. */
static bool is_sane(const struct sample *x, unsigned n_keys)
{
	bool sane = fabs(x->x) < 1e30;

	for (unsigned i = 0; i < n_keys; i++)
		sane = sane && fabs(x->k[i]) < 1e30;
	return sane;
}

static struct expr_value judge(const struct slot *s, struct learner *l, const struct expr *e,
	const struct expr_node *n, const struct sample *x)
{
	const struct bin *b = find_bin(s, l, e, n, x, false);
	double spread;

	if (!is_learned(b))
		return unknown;
	if (s->func == FUNC_BASE)
		return expr_good(b->mean);
	spread = MAX(1.4826 * MAD_OF_DEV * b->dev, floor_of(s, b->mean));
	if (!(spread > 0))
		return unknown;
	return expr_good((x->x - b->mean) / spread);
}

double learner_spread(const struct slot *s, const struct bin *b)
{
	return MAX(1.4826 * MAD_OF_DEV * b->dev, floor_of(s, b->mean));
}

bool learner_look(const struct slot *s, const struct learner *l, const struct expr *e,
	const struct expr_node *n, struct rule_baseline *ret)
{
	struct sample now = l->last;
	const struct bin *b;

	if (enough(&l->acc) && s->feeds == NO_SLOT)
		now = mean_of(&l->acc, e, n);
	else if (!l->has)
		return false;
	b = find_bin(s, (struct learner *)l, e, n, &now, false);
	*ret = (struct rule_baseline){.value = now.x, .mean = NAN, .spread = NAN};
	if (b) {
		ret->mean = b->mean;
		ret->spread = MAX(1.4826 * MAD_OF_DEV * b->dev, floor_of(s, b->mean));
		ret->samples = b->n;
		ret->days = b->days;
	}
	return true;
}

struct expr_value learner_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v)
{
	struct learner *l = slot_state(r, s);
	bool due = false, closing = s->feeds == NO_SLOT && closes(r, s, &l->acc);
	struct sample now;

	gather(r, &l->acc);
	if (s->feeds != NO_SLOT) {
		uint32_t count = feed_count(r, s);

		take(&l->acc, e, n, v);
		/* The value that came with the cycle, once it is there. */
		due = count != l->cycles && l->acc.good;
		if (due) {
			l->cycles = count;
			now = (struct sample){.x = l->acc.x};
			memcpy(now.k, l->acc.k, sizeof(now.k));
		}
	} else if (closing) {
		due = enough(&l->acc);
		if (due)
			now = mean_of(&l->acc, e, n);
	}
	if (due) {
		struct bin *b =
			find_bin(s, l, e, n, &now, !l->acc.tainted && is_sane(&now, n->n_keys));
		struct expr_value z = judge(s, l, e, n, &now);

		l->last = now;
		l->has = true;
		l->samples++;
		if (b && !l->acc.tainted && is_sane(&now, n->n_keys))
			learn(r, b, now.x, floor_of(s, b->mean));
		restart(&l->acc);
		if (s->feeds == NO_SLOT && !r->shut)
			take(&l->acc, e, n, v);
		/* What is judged was judged before it was learned. */
		return z;
	}
	if (closing || (s->feeds != NO_SLOT && r->closing))
		restart(&l->acc);
	if (s->feeds == NO_SLOT && !r->shut)
		take(&l->acc, e, n, v);
	if (s->feeds == NO_SLOT && enough(&l->acc)) {
		now = mean_of(&l->acc, e, n);
		return judge(s, l, e, n, &now);
	}
	if (l->has)
		return judge(s, l, e, n, &l->last);
	/* A base may be asked for without a sample of one's own: the bin of the keys now. */
	if (s->func == FUNC_BASE && l->acc.good) {
		now = (struct sample){.x = l->acc.x};
		memcpy(now.k, l->acc.k, sizeof(now.k));
		return judge(s, l, e, n, &now);
	}
	return unknown;
}

struct expr_value cusum_step(struct rules *r, struct slot *s, struct expr_value x)
{
	struct cusum *c = slot_state(r, s);
	const struct expr_node *n = &s->e->nodes[s->node];
	double k = s->e->nodes[s->e->args[n->first + 1u]].num;
	double h = s->e->nodes[s->e->args[n->first + 2u]].num;
	struct expr_value v = x; /* the sample, where one is due */
	bool due, closing = s->feeds == NO_SLOT && closes(r, s, &c->acc);

	gather(r, &c->acc);
	if (s->feeds != NO_SLOT) {
		uint32_t count = feed_count(r, s);

		due = count != c->seen;
		c->seen = count;
	} else {
		due = closing && enough(&c->acc);
		if (due)
			v = expr_good(c->acc.sx / c->acc.t);
		if (closing)
			restart(&c->acc);
	}
	if (due && v.quality == QUALITY_GOOD) {
		c->s = CLAMP(c->s + v.v - k, 0.0, 1e30);
		c->has = true;
		c->samples++;
		c->unknown_since = NAN;
	} else if (x.quality != QUALITY_GOOD) {
		if (isnan(c->unknown_since))
			c->unknown_since = r->now_s;
		if (r->now_s - c->unknown_since >= 86400) {
			c->s /= 2;
			c->unknown_since += 86400;
		}
	} else {
		c->unknown_since = NAN;
	}
	if (s->feeds == NO_SLOT) {
		c->acc.good = x.quality == QUALITY_GOOD && !r->shut;
		c->acc.x = c->acc.good ? x.v : 0;
		c->acc.n += c->acc.good;
	}
	return c->has ? expr_good(c->s - h) : unknown;
}

/* Regressors are divided by the size they had first, so that the matrix is of one order. */
static void regressors(const struct fit *f, unsigned m, const struct sample *x, double *ret)
{
	ret[0] = 1;
	for (unsigned i = 0; i < m; i++)
		ret[1 + i] = x->k[i] / f->scale[i];
}

static void fit_learn(const struct rules *r, struct fit *f, unsigned m, const struct sample *x)
{
	double phi[4], g[4] = {0}, d = 1, err = x->x;

	if (f->n == 0) {
		for (unsigned i = 0; i < m; i++)
			f->scale[i] = fabs(x->k[i]) > 1 ? fabs(x->k[i]) : 1;
		memset(f->theta, 0, sizeof(f->theta));
		for (unsigned i = 0; i < 4; i++)
			for (unsigned j = 0; j < 4; j++)
				f->p[i][j] = i == j ? 1e6 : 0;
	}
	regressors(f, m, x, phi);
	for (unsigned i = 0; i <= m; i++) {
		for (unsigned j = 0; j <= m; j++)
			g[i] += f->p[i][j] * phi[j];
		d += phi[i] * g[i];
		err -= f->theta[i] * phi[i];
	}
	for (unsigned i = 0; i <= m; i++)
		f->theta[i] += g[i] / d * err;
	for (unsigned i = 0; i <= m; i++)
		for (unsigned j = 0; j <= m; j++)
			f->p[i][j] -= g[i] * g[j] / d;
	f->n++;
	if (f->days == 0 || f->last_day != (uint16_t)r->day) {
		if (f->days < UINT16_MAX)
			f->days++;
		f->last_day = (uint16_t)r->day;
	}
}

static struct expr_value residual(const struct fit *f, unsigned m, const struct sample *x)
{
	double phi[4], y = 0, known = 0;

	if (f->n < 12 || f->days < 5)
		return unknown;
	/* How well the line is known here: noise of one sample times the root of this. About 1/n where the
	 * samples were, large where they never went. A regressor that never moved (the speed of a
	 * compressor that has but one) does no harm as long as it stays. */
	regressors(f, m, x, phi);
	for (unsigned i = 0; i <= m; i++)
		for (unsigned j = 0; j <= m; j++)
			known += phi[i] * f->p[i][j] * phi[j];
	if (!(known < FIT_LEVERAGE_MOST))
		return unknown;
	for (unsigned i = 0; i <= m; i++)
		y += f->theta[i] * phi[i];
	return isfinite(x->x - y) ? expr_good(x->x - y) : unknown;
}

struct expr_value fit_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v)
{
	struct fit *f = slot_state(r, s);
	struct sample now;
	bool due = false, closing = s->feeds == NO_SLOT && closes(r, s, &f->acc);

	gather(r, &f->acc);
	if (s->feeds != NO_SLOT) {
		uint32_t count = feed_count(r, s);

		take(&f->acc, e, n, v);
		due = count != f->cycles && f->acc.good;
		if (due) {
			f->cycles = count;
			now = (struct sample){.x = f->acc.x};
			memcpy(now.k, f->acc.k, sizeof(now.k));
		}
	} else if (closing) {
		due = enough(&f->acc);
		if (due)
			now = mean_of(&f->acc, e, n);
	}
	if (due) {
		struct expr_value y = residual(f, n->n_keys, &now);

		f->last = now;
		f->has = true;
		f->samples++;
		if (!f->acc.tainted && is_sane(&now, n->n_keys))
			fit_learn(r, f, n->n_keys, &now);
		restart(&f->acc);
		if (s->feeds == NO_SLOT && !r->shut)
			take(&f->acc, e, n, v);
		return y;
	}
	if (closing || (s->feeds != NO_SLOT && r->closing))
		restart(&f->acc);
	if (s->feeds == NO_SLOT && !r->shut)
		take(&f->acc, e, n, v);
	if (s->feeds == NO_SLOT && enough(&f->acc)) {
		now = mean_of(&f->acc, e, n);
		return residual(f, n->n_keys, &now);
	}
	return f->has ? residual(f, n->n_keys, &f->last) : unknown;
}
