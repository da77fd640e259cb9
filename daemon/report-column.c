/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of hearth.report/2: numbers told at every change, as steps of their register, one
 * character a change where it is small. The grammar is in hearth-messages(7). */
#include "report-internal.h"
#include <math.h>

#define GROUPS_MAX 8 /* of one appliance; what fits none is told as a series */
#define LETTERS    26
/* Seconds, of two values that are still thought to come at a pace. */
#define DISTANCE_MAX 3600

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

int64_t column_second(const struct column_group *g, unsigned slot)
{
	return g->t0 + (int64_t)((slot * g->step + 5) / 10);
}

/* The slot whose second is at most one away from T. */
static bool slot_of(const struct column_group *g, int64_t t, unsigned *ret)
{
	int64_t tenths = MAX(t - g->t0, 0) * 10;
	uint64_t k = (2 * (uint64_t)tenths + g->step) / (2 * g->step);

	if (k >= COLUMN_SLOTS_MAX || llabs(t - column_second(g, (unsigned)k)) > 1)
		return false;
	*ret = (unsigned)k;
	return true;
}

static bool fits(const struct column_group *g, const struct report_column *c, unsigned *ret_slots)
{
	unsigned slots = 0;

	for (size_t i = 0; i < c->n; i++) {
		unsigned k;

		if (!slot_of(g, c->v[i].t, &k) || (i > 0 && k < slots))
			return false;
		slots = k + 1;
	}
	*ret_slots = slots;
	return true;
}

/* How far values are apart, in tenths of a second: the most frequent distance of two values of one
 * column, measured over all of the column that lasts longest. */
static uint64_t pace(const struct report_column *v, size_t n)
{
	unsigned *times = calloc(DISTANCE_MAX, sizeof(*times));
	int64_t usual = 0, far = 0, slots;

	for (size_t i = 0; times && i < n; i++)
		for (size_t k = 1; k < v[i].n; k++) {
			int64_t d = v[i].v[k].t - v[i].v[k - 1].t;

			far = MAX(far, v[i].v[k].t - v[i].v[0].t);
			if (d > 0 && d < DISTANCE_MAX)
				times[d]++;
		}
	for (int64_t d = 1; times && d < DISTANCE_MAX; d++)
		if (times[d] > (usual > 0 ? times[usual] : 0))
			usual = d;
	free(times);
	if (usual == 0)
		return 100;
	slots = MAX((2 * far + usual) / (2 * usual), 1);
	return (uint64_t)((10 * far + slots / 2) / slots);
}

/* ---- as text */

/* What each slot of G changes, by COLUMN's values; 0 where there is none. */
static void changes(const struct column_group *g, const struct report_column *c, int64_t *ret,
	unsigned *ret_first)
{
	int64_t at = c->known ? c->from.n : c->v[0].n;

	memset(ret, 0, g->slots * sizeof(*ret));
	for (size_t i = 0; i < c->n; i++) {
		unsigned k = 0;

		(void)slot_of(g, c->v[i].t, &k);
		if (i == 0)
			*ret_first = c->known ? 0 : k;
		ret[k] = c->v[i].n - at;
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

/* The changes themselves, or the changes of the change where these are shorter. */
static void put_column(
	struct writer *w, const struct column_group *g, struct report_column *c, int64_t *d)
{
	uint64_t once = 0, twice = 0;
	int64_t was, held;
	unsigned first = 0, last;

	changes(g, c, d, &first);
	was = held = c->anchor ? 0 : c->slope;
	for (unsigned k = first; k < g->slots; k++) {
		once += bits(d[k]);
		twice += bits(d[k] - was);
		was = d[k];
	}
	if (c->anchor)
		put_anchor(w, c);
	c->slope = 0;
	if (twice < once) {
		writer_text(w, "~");
		c->slope = d[g->slots - 1];
		for (unsigned k = g->slots; k-- > first + 1;)
			d[k] -= d[k - 1];
		d[first] -= held;
	}
	for (last = g->slots; last > first && d[last - 1] == 0; last--)
		;
	/* Where it was not known before, its first slot has to be seen. */
	if (!c->known)
		last = MAX(last, first + 1);
	for (unsigned k = 0; k < last; k++)
		if (k < first)
			writer_text(w, ".");
		else
			put_change(w, d[k]);
}

static void put_group(struct writer *w, const struct column_group *g, int64_t t,
	struct report_column *v, size_t n, const uint8_t *group_of, uint8_t index)
{
	struct writer names = {0}, columns = {0};
	int64_t *d = calloc(MAX(g->slots, 1U), sizeof(*d));
	bool any = false;

	for (size_t i = 0; d && i < n; i++) {
		if (group_of[i] != index)
			continue;
		if (any) {
			writer_text(&names, ",");
			writer_text(&columns, ",");
		}
		any = true;
		writer_text(&names, v[i].name);
		put_column(&columns, g, &v[i], d);
	}
	write_open(w, '[');
	write_signed(w, g->t0 - t);
	write_decimal(w, (double)g->step / 10, 1);
	write_unsigned(w, g->slots);
	write_string(w, names.p ? names.p : "");
	write_string(w, columns.p ? columns.p : "");
	write_close(w, ']');
	w->failed = w->failed || !d || names.failed || columns.failed;
	free(d);
	writer_done(&names);
	writer_done(&columns);
}

void columns_write(struct writer *w, int64_t t, struct report_column *v, size_t n)
{
	struct column_group groups[GROUPS_MAX];
	uint8_t *group_of = calloc(MAX(n, 1U), 1);
	uint64_t step = pace(v, n);
	uint8_t n_groups = 0;

	if (!group_of) {
		w->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned slots = 0;
		uint8_t k;

		group_of[i] = GROUPS_MAX;
		if (v[i].n == 0)
			continue;
		for (k = 0; k < n_groups && !fits(&groups[k], &v[i], &slots); k++)
			;
		if (k == n_groups) {
			struct column_group g = {.step = step};

			/* As early as the grid of its first value allows. */
			g.t0 = v[i].v[0].t -
			       (v[i].v[0].t - t) * 10 / (int64_t)step * (int64_t)step / 10;
			if (n_groups == GROUPS_MAX || !fits(&g, &v[i], &slots))
				continue;
			groups[n_groups++] = g;
		}
		groups[k].slots = MAX(groups[k].slots, slots);
		group_of[i] = k;
		v[i].told = true;
	}
	for (uint8_t k = 0; k < n_groups; k++)
		put_group(w, &groups[k], t, v, n, group_of, k);
	free(group_of);
}
