/* SPDX-License-Identifier: Apache-2.0 */
/* Which block is next: deadlines, fairness, back-off. */
#include "bus-plan-internal.h"

/* A block may run this late without anybody noticing: 1/33 = 3 % of its period. */
#define TOLERANCE_DIV 33

/* What goes before its turn leaves at least every fourth exchange to the others. */
#define ROW_MAX 3

/* A block that looks like the last request to its source gives way to any other that is due, until it
 * is later than that one by so many of its periods. */
#define LIKE_PENALTY 0.5

enum class {
	CLASS_NONE,
	CLASS_ON_TIME,
	CLASS_SLACK,
};

struct candidate {
	enum class class;
	uint64_t ready; /* may run from then on */
	/* Slack: by force from then on, tokens permitting; PLAN_AGAIN does not put it off for ever. */
	uint64_t force_at;
	uint64_t change_at; /* slack that becomes on time by itself; USEC_INFINITY: never */
	uint64_t interval;  /* what its lateness is measured by */
};
/* ---- what may run */

/* The block a silent source is asked with: its handshake where one is missing, else, of the blocks
 * that ever worked, the one not tried for longest. */
static size_t probe_block(const struct source *s)
{
	size_t best = s->n;
	int best_rank = -1;

	for (size_t k = 0; k < s->n; k++) {
		const struct item *i = &s->items[k];
		int rank = i->worked ? 2 : i->unsupported ? 0 : 1;

		if ((i->conf.flags & (PLAN_LISTEN | PLAN_KEEPALIVE | PLAN_OFF)) ||
			bus_plan_handshake_missing(s, i) || i->open)
			continue;
		if (i->conf.flags & PLAN_HANDSHAKE)
			rank = 3;
		if (rank > best_rank || (rank == best_rank && i->tried < s->items[best].tried)) {
			best = k;
			best_rank = rank;
		}
	}
	return best;
}

/* Nothing else of a source can be slack: what answers is not looked at twice. */
static bool may_be_slack(const struct source *s, const struct item *i, uint64_t now)
{
	return s->silent || i->unsupported || i->fails >= PLAN_SILENT_AFTER ||
	       (s->fails > 0 && now < s->hold_until);
}

static struct candidate classify(const struct source *s, size_t k, size_t probe, uint64_t now)
{
	const struct item *i = &s->items[k];
	bool urgent = i->urgent_at > 0;
	struct candidate c = {
		.class = CLASS_ON_TIME,
		.ready = MAX(urgent ? MIN(i->urgent_at, i->due) : i->due, i->not_before),
		.force_at = USEC_INFINITY,
		.change_at = USEC_INFINITY,
		.interval =
			i->anew ? MIN(bus_plan_interval(s, i), s->period) : bus_plan_interval(s, i),
	};

	if (bus_plan_handshake_missing(s, i) || i->open || (i->conf.flags & PLAN_OFF)) {
		c.class = CLASS_NONE;
	} else if (i->conf.flags & (PLAN_LISTEN | PLAN_KEEPALIVE) || urgent) {
		return c;
	} else if (s->silent) {
		c.class = k == probe ? CLASS_SLACK : CLASS_NONE;
		c.ready = MAX(s->probe_due, i->not_before);
		c.force_at = MAX(s->probe_due + s->period, i->not_before);
		c.interval = PLAN_PROBE_FACTOR * s->period;
	} else if (i->unsupported || i->fails >= PLAN_SILENT_AFTER) {
		c.class = CLASS_SLACK;
		c.force_at = MAX(i->due + MAX(i->conf.period_us, s->period), i->not_before);
	} else if (s->fails > 0 && now < s->hold_until) {
		c.class = CLASS_SLACK;
		c.change_at = MAX(s->hold_until, c.ready);
	}
	return c;
}

static double lateness(const struct candidate *c, uint64_t now)
{
	return (double)(now - c->ready) / (double)c->interval;
}

/* Lateness counts from the due time even where PLAN_AGAIN held a block back; one that has begun and
 * wants more queues up anew. */
static double lateness_due(const struct item *i, const struct candidate *c, uint64_t now)
{
	uint64_t since = MAX(i->due, i->turn);

	return now > since ? (double)(now - since) / (double)c->interval : 0;
}

static void refill(struct bus_plan *p, uint64_t now)
{
	uint64_t add;

	if (now <= p->tokens_at)
		return;
	add = (now - p->tokens_at) / PLAN_FORCED_SHARE;
	if (add == 0)
		return;
	p->tokens = MIN(p->tokens + add, p->tokens_max);
	p->tokens_at += add * PLAN_FORCED_SHARE;
}

static uint64_t affordable_at(const struct bus_plan *p, uint64_t cost)
{
	return p->tokens >= cost ? 0 : p->tokens_at + (cost - p->tokens) * PLAN_FORCED_SHARE;
}

/* Which class goes first: what was asked for out of turn, alarms, the rest; and when a row of the
 * first two was long enough, only who is late. */
static unsigned rank_of(const struct bus_plan *p, const struct item *i)
{
	if (p->row >= ROW_MAX)
		return 0;
	return i->urgent_at > 0 ? 2 : i->conf.flags & PLAN_ALARM ? 1 : 0;
}

struct search {
	unsigned on_time_rank;
	bool others; /* something of the lowest rank is due */
	struct bus_plan_pick on_time, slack, forced;
	double on_time_late, slack_late, forced_late; /* < 0: none */
	uint64_t room; /* how long the line can be taken before somebody is noticeably late */
	uint64_t wake;
	uint64_t shortest; /* interval of what is on time */
};

/* While there is room on the line, a delay up to half a period is caught up by the grid and costs no
 * block its mean period: that much of a probe is free, once in a period. */
static uint64_t forced_free(const struct bus_plan *p, const struct search *r, uint64_t now)
{
	if (bus_plan_load(p, now) > FULL_LOAD ||
		now < p->forced_at + MIN(r->shortest, USEC_PER_DAY))
		return 0;
	return r->shortest / 2;
}

static uint64_t forced_from(const struct bus_plan *p, const struct search *r,
	const struct candidate *c, uint64_t timeout, uint64_t now)
{
	uint64_t unfree = affordable_at(p, timeout), free_at;

	if (c->force_at == USEC_INFINITY || unfree <= now)
		return c->force_at;
	if (bus_plan_load(p, now) > FULL_LOAD)
		return MAX(c->force_at, unfree);
	free_at = MAX(p->forced_at + MIN(r->shortest, USEC_PER_DAY),
		affordable_at(p, timeout - MIN(timeout, r->shortest / 2)));
	return MAX(c->force_at, MIN(unfree, free_at));
}

/* Its reply could not be told from one to the last request of this source. */
static bool looks_like_last(const struct source *s, size_t k)
{
	return s->shape != 0 && s->items[k].conf.shape == s->shape && s->block != k;
}

static void search_on_time(const struct bus_plan *p, uint64_t now, struct search *r)
{
	for (size_t s = 0; s < p->n; s++)
		for (size_t k = 0; k < p->sources[s].n; k++) {
			const struct item *i = &p->sources[s].items[k];
			struct candidate c = classify(&p->sources[s], k, SIZE_MAX, now);
			unsigned rank;
			double late;

			if (c.class != CLASS_ON_TIME)
				continue;
			r->shortest = MIN(r->shortest, c.interval);
			if (c.ready > now) {
				r->wake = MIN(r->wake, c.ready);
				r->room = MIN(r->room, c.ready - now + c.interval / TOLERANCE_DIV);
				continue;
			}
			late = lateness_due(i, &c, now) + LIKE_PENALTY;
			if (looks_like_last(&p->sources[s], k))
				late -= LIKE_PENALTY;
			rank = rank_of(p, i);
			r->others = r->others || rank == 0;
			if (rank > r->on_time_rank ||
				(rank == r->on_time_rank && late > r->on_time_late)) {
				r->on_time_rank = rank;
				r->on_time_late = late;
				r->on_time = (struct bus_plan_pick){
					s, k, MIN(i->due, now), false, false};
			}
		}
}

static void search_slack(const struct bus_plan *p, uint64_t now, struct search *r)
{
	for (size_t s = 0; s < p->n; s++) {
		const struct source *src = &p->sources[s];
		size_t probe = src->silent ? probe_block(src) : SIZE_MAX;

		for (size_t k = 0; k < src->n; k++) {
			uint64_t timeout = bus_plan_longest(&src->items[k]);
			uint64_t force_at;
			struct candidate c;
			double late;

			if (!may_be_slack(src, &src->items[k], now))
				continue;
			c = classify(src, k, probe, now);
			if (c.class != CLASS_SLACK)
				continue;
			if (c.ready > now) {
				r->wake = MIN(r->wake, c.ready);
				continue;
			}
			late = lateness(&c, now);
			force_at = forced_from(p, r, &c, timeout, now);
			if (force_at <= now && late > r->forced_late) {
				r->forced_late = late;
				r->forced = (struct bus_plan_pick){s, k, c.ready, true, true};
			}
			if (timeout <= r->room && late > r->slack_late) {
				r->slack_late = late;
				r->slack = (struct bus_plan_pick){s, k, c.ready, true, false};
			}
			r->wake = MIN(r->wake, MIN(force_at, c.change_at));
		}
	}
}

/* Nobody else waits: then it is no row. */
static void count_row(struct bus_plan *p, const struct search *r)
{
	p->row = r->on_time_rank > 0 && r->others ? p->row + 1 : 0;
}

bool bus_plan_next(struct bus_plan *p, uint64_t now, struct bus_plan_pick *ret, uint64_t *ret_wake)
{
	struct search r = {
		.on_time_late = -1,
		.slack_late = -1,
		.forced_late = -1,
		.room = USEC_INFINITY,
		.wake = USEC_INFINITY,
		.shortest = USEC_INFINITY,
	};

	if (p->expected != USEC_INFINITY && now > p->expected + PLAN_JUMP_US)
		bus_plan_spread(p, now);
	refill(p, now);
	search_on_time(p, now, &r);
	if (r.on_time_late >= 0)
		r.room = 0;
	search_slack(p, now, &r);
	p->expected = now;
	if (r.forced_late >= 0) {
		p->forced_free = forced_free(p, &r, now);
		*ret = r.forced;
	} else if (r.on_time_late >= 0) {
		*ret = r.on_time;
		count_row(p, &r);
	} else if (r.slack_late >= 0) {
		*ret = r.slack;
	} else {
		p->expected = r.wake;
		*ret_wake = r.wake;
		return false;
	}
	return true;
}
