/* SPDX-License-Identifier: Apache-2.0 */
/* What a line was used for, and what would fit on it. */
#include "bus-plan-internal.h"

static struct bucket *bucket_at(struct bus_plan *p, uint64_t t)
{
	uint64_t second = t / USEC_PER_SEC;
	struct bucket *b = &p->window[second % WINDOW];

	if (b->second != second)
		*b = (struct bucket){.second = second};
	return b;
}

void bus_plan_account_busy(struct bus_plan *p, uint64_t start, uint64_t end)
{
	uint64_t t = start;

	if (end > start && end - start > WINDOW * USEC_PER_SEC)
		t = end - WINDOW * USEC_PER_SEC;
	while (t < end) {
		uint64_t stop = MIN((t / USEC_PER_SEC + 1) * USEC_PER_SEC, end);

		bucket_at(p, t)->busy += stop - t;
		t = stop;
	}
}

void bus_plan_account_late(struct bus_plan *p, const struct bus_plan_pick *pick, uint64_t start)
{
	struct source *s = &p->sources[pick->source];
	uint64_t minute = start / USEC_PER_MIN, late;
	struct bucket *b;

	if (pick->slack || start <= pick->due_us)
		return;
	late = start - pick->due_us;
	b = bucket_at(p, start);
	b->late = MAX(b->late, late);
	if (s->late_minute != minute) {
		s->late[1] = s->late_minute + 1 == minute ? s->late[0] : 0;
		s->late[0] = 0;
		s->late_minute = minute;
	}
	s->late[0] = MAX(s->late[0], late);
}

double bus_plan_load(const struct bus_plan *p, uint64_t now)
{
	uint64_t second = now / USEC_PER_SEC, busy = 0;

	for (size_t k = 0; k < WINDOW; k++)
		if (p->window[k].second + WINDOW > second)
			busy += p->window[k].busy;
	return (double)busy / (double)(WINDOW * USEC_PER_SEC);
}

uint64_t bus_plan_late_us(const struct bus_plan *p, uint64_t now)
{
	uint64_t second = now / USEC_PER_SEC, late = 0;

	for (size_t k = 0; k < WINDOW; k++)
		if (p->window[k].second + WINDOW > second)
			late = MAX(late, p->window[k].late);
	return late;
}

/* ---- what is wanted of the line */

/* The source's blocks cost this share of the line when none runs more often than once a LEAST. */
static double demand(const struct source *s, uint64_t least)
{
	double sum = 0;

	if (s->silent)
		return 0;
	for (size_t k = 0; k < s->n; k++) {
		const struct item *i = &s->items[k];

		if (i->conf.period_us == 0 || i->unsupported || i->open ||
			(i->conf.flags & (PLAN_LISTEN | PLAN_OFF)))
			continue;
		sum += (double)i->cost / (double)MAX(bus_plan_interval(s, i), least);
	}
	return sum;
}

/* Sources that want less than this share of the line are not worth a change. */
#define SHARE_MIN 0.02

/* People write periods in whole seconds, short ones in tenths. */
static uint64_t round_period(double us)
{
	uint64_t step = us < 2 * (double)USEC_PER_SEC ? USEC_PER_SEC / 10 : USEC_PER_SEC;

	return ((uint64_t)us / step + 1) * step;
}

static double stretched(const struct bus_plan *p, double factor, const struct bus_plan_use *use)
{
	double sum = 0;

	for (size_t s = 0; s < p->n; s++)
		sum += use[s].demand < SHARE_MIN
			       ? use[s].demand
			       : demand(&p->sources[s],
					 (uint64_t)((double)use[s].period_us * factor));
	return sum;
}

double bus_plan_get_use(const struct bus_plan *p, uint64_t now, struct bus_plan_use *ret)
{
	double sum = 0, low = 1, high = 1;

	for (size_t s = 0; s < p->n; s++) {
		const struct source *src = &p->sources[s];
		uint64_t age = now / USEC_PER_MIN - src->late_minute;

		ret[s] = (struct bus_plan_use){.demand = demand(src, 0),
			.period_us = src->period,
			.late_us = age == 0   ? MAX(src->late[0], src->late[1])
				   : age == 1 ? src->late[0]
					      : 0};
		sum += ret[s].demand;
	}
	if (sum <= PLAN_FULL)
		return sum;
	while (high < 1024 && stretched(p, high, ret) > PLAN_FIT)
		high *= 2;
	for (unsigned i = 0; i < 20; i++) {
		double middle = (low + high) / 2;

		*(stretched(p, middle, ret) > PLAN_FIT ? &low : &high) = middle;
	}
	for (size_t s = 0; s < p->n; s++)
		if (ret[s].demand >= SHARE_MIN)
			ret[s].slower_us = round_period((double)ret[s].period_us * high);
	return sum;
}
