/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of hearth.report/2: numbers told at every change, as steps of their register, one
 * character a change where it is small. The grammar is in hearth-messages(7). */
#include "report-internal.h"
#include <math.h>

#define GROUPS_MAX 8 /* of one appliance; what fits none is told as a series */
#define NO_GROUP   UINT8_MAX
#define NOT_YET    (UINT8_MAX - 1)
#define LETTERS    26

/* Cost of a change in bits, about: only the order of two matters. */
static unsigned bits(int64_t d)
{
	uint64_t v = (uint64_t)llabs(d);

	return v == 0 ? 1 : 3 + 2 * (64 - (unsigned)__builtin_clzll(v));
}

static void put_change(struct writer *w, int64_t d)
{
	char text[32];

	if (d == 0)
		writer_raw(w, "0", 1);
	else if (d > 0 && d <= LETTERS)
		writer_raw(w, &(char){(char)('a' + d - 1)}, 1);
	else if (d < 0 && d >= -LETTERS)
		writer_raw(w, &(char){(char)('A' - d - 1)}, 1);
	else {
		(void)snprintf(text, sizeof(text), "(%lld)", (long long)d);
		writer_text(w, text);
	}
}

bool column_steps(double v, double step, int64_t *ret)
{
	double n = round(v / step);

	if (!(step > 0) || !(fabs(n) <= 1e15) || fabs(n * step - v) > 1e-6 * step)
		return false;
	*ret = (int64_t)n;
	return true;
}

/* ---- where the values of an appliance stand in time */

/* Columns whose values were read together have moments in common. */
struct group {
	int64_t *t; /* seconds, rising */
	unsigned n, size;
};

/* The moment nearest to T and at most a second away, from FROM on; G->n when there is none. */
static unsigned moment_of(const struct group *g, int64_t t, unsigned from)
{
	unsigned a = from, z = g->n, best = g->n;

	while (a < z) {
		unsigned m = a + (z - a) / 2;

		if (g->t[m] < t - 1)
			a = m + 1;
		else
			z = m;
	}
	for (; a < g->n && g->t[a] <= t + 1; a++)
		if (best == g->n || llabs(g->t[a] - t) < llabs(g->t[best] - t))
			best = a;
	return best;
}

static bool insert(struct group *g, int64_t t)
{
	unsigned k = g->n;

	if (g->n == COLUMN_SLOTS_MAX)
		return false;
	if (g->n == g->size) {
		unsigned size = MAX(32U, g->size * 2);
		int64_t *p = reallocarray(g->t, size, sizeof(*p));

		if (!p)
			return false;
		g->t = p;
		g->size = size;
	}
	for (; k > 0 && g->t[k - 1] > t; k--)
		g->t[k] = g->t[k - 1];
	g->t[k] = t;
	g->n++;
	return true;
}

/* Each value at a moment of its own? RET: which; may be NULL. */
static bool place(const struct group *g, const struct report_column *c, unsigned *ret)
{
	unsigned from = 0;

	for (size_t i = 0; i < c->n; i++) {
		unsigned k = moment_of(g, c->v[i].t, from);

		if (k == g->n)
			return false;
		if (ret)
			ret[i] = k;
		from = k + 1;
	}
	return true;
}

static size_t known_moments(const struct group *g, const struct report_column *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += moment_of(g, c->v[i].t, 0) < g->n;
	return n;
}

/* Takes C in, with the moments that it alone shows, if it has most of its own in common with G. */
static bool join(struct group *g, const struct report_column *c)
{
	if (g->n > 0 && 2 * known_moments(g, c) <= c->n)
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (moment_of(g, c->v[i].t, 0) == g->n && !insert(g, c->v[i].t))
			return false;
	return place(g, c, NULL);
}

/* ---- as text */

/* What each moment of G changes, by COLUMN's values; 0 where there is none. */
static void changes(const struct group *g, const struct report_column *c, const unsigned *at_moment,
	int64_t *ret, unsigned *ret_first)
{
	int64_t at = c->known ? c->from.n : c->v[0].n;

	memset(ret, 0, g->n * sizeof(*ret));
	*ret_first = c->known ? 0 : at_moment[0];
	for (size_t i = 0; i < c->n; i++) {
		ret[at_moment[i]] = c->v[i].n - at;
		at = c->v[i].n;
	}
}

static void put_anchor(struct writer *w, const struct report_column *c)
{
	char value[64], step[64];

	number_format(value, sizeof(value), c->known ? c->from.value : c->v[0].value,
		number_decimals(c->step, 0));
	number_format(step, sizeof(step), c->step, 9);
	writer_text(w, "=");
	writer_text(w, value);
	writer_text(w, "/");
	writer_text(w, step);
	writer_text(w, ";");
}

/* The changes themselves, or the changes of the change where these are shorter. D and AT_MOMENT have
 * room for each moment. */
static void put_column(struct writer *w, const struct group *g, struct report_column *c, int64_t *d,
	unsigned *at_moment)
{
	uint64_t once = 0, twice = 0;
	int64_t was, held;
	unsigned first = 0, last;

	(void)place(g, c, at_moment);
	changes(g, c, at_moment, d, &first);
	was = held = c->anchor ? 0 : c->slope;
	for (unsigned k = first; k < g->n; k++) {
		once += bits(d[k]);
		twice += bits(d[k] - was);
		was = d[k];
	}
	if (c->anchor)
		put_anchor(w, c);
	c->slope = 0;
	if (twice < once) {
		writer_text(w, "~");
		c->slope = d[g->n - 1];
		for (unsigned k = g->n; k-- > first + 1;)
			d[k] -= d[k - 1];
		d[first] -= held;
	}
	for (last = g->n; last > first && d[last - 1] == 0; last--)
		;
	/* Where it was not known before, its first moment has to be seen. */
	if (!c->known)
		last = MAX(last, first + 1);
	for (unsigned k = 0; k < last; k++)
		if (k < first)
			writer_text(w, ".");
		else
			put_change(w, d[k]);
}

static void put_moments(struct writer *w, const struct group *g, int64_t t)
{
	write_open(w, '[');
	for (unsigned k = 0; k < g->n; k++) {
		write_signed(w, g->t[k] - t);
		t = g->t[k];
	}
	write_close(w, ']');
}

static void put_group(struct writer *w, const struct group *g, int64_t t, struct report_column *v,
	size_t n, const uint8_t *group_of, uint8_t index)
{
	struct writer names = {0}, columns = {0};
	unsigned *at_moment = calloc(MAX(g->n, 1U), sizeof(*at_moment));
	int64_t *d = calloc(MAX(g->n, 1U), sizeof(*d));
	bool any = false;

	for (size_t i = 0; d && at_moment && i < n; i++) {
		if (group_of[i] != index)
			continue;
		if (any) {
			writer_text(&names, ",");
			writer_text(&columns, ",");
		}
		any = true;
		writer_text(&names, v[i].name);
		put_column(&columns, g, &v[i], d, at_moment);
	}
	if (any) {
		write_open(w, '[');
		put_moments(w, g, t);
		write_string(w, names.p ? names.p : "");
		write_string(w, columns.p ? columns.p : "");
		write_close(w, ']');
	}
	w->failed = w->failed || !d || !at_moment || names.failed || columns.failed;
	free(d);
	free(at_moment);
	writer_done(&names);
	writer_done(&columns);
}

/* Of those that have no place yet; N is at least 1. */
static size_t longest(const struct report_column *v, size_t n, const uint8_t *group_of)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (group_of[i] == NOT_YET && (best == n || v[i].n > v[best].n))
			best = i;
	return best;
}

void columns_write(struct writer *w, int64_t t, struct report_column *v, size_t n)
{
	uint8_t *group_of = malloc(MAX(n, 1U));
	struct group groups[GROUPS_MAX] = {{0}};
	uint8_t n_groups = 0;

	if (!group_of) {
		w->failed = true;
		return;
	}
	memset(group_of, NOT_YET, n);
	/* The longest first: it shows most moments of those that were read with it. */
	for (size_t left = n, i; left > 0; left--) {
		uint8_t k = 0;

		i = longest(v, n, group_of);
		if (v[i].n == 0)
			break;
		while (k < n_groups && !join(&groups[k], &v[i]))
			k++;
		if (k == n_groups && k < GROUPS_MAX && join(&groups[k], &v[i]))
			n_groups++;
		group_of[i] = k < n_groups ? k : NO_GROUP;
	}
	/* Moments that came in later may have parted what was together. */
	for (size_t i = 0; i < n; i++) {
		v[i].told = group_of[i] < n_groups && place(&groups[group_of[i]], &v[i], NULL);
		if (!v[i].told)
			group_of[i] = NO_GROUP;
	}
	for (uint8_t k = 0; k < n_groups; k++)
		put_group(w, &groups[k], t, v, n, group_of, k);
	for (uint8_t k = 0; k < GROUPS_MAX; k++)
		free(groups[k].t);
	free(group_of);
}
