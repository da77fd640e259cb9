/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-plan.h"

#define WINDOW 60 /* seconds, one bucket each */

/* A block may run this late without anybody noticing: 1/33 = 3 % of its period. */
#define TOLERANCE_DIV 33

/* The line is full: everything takes its time from something else. */
#define FULL_LOAD 0.95

/* Periods below this would only heat the CPU. */
#define PERIOD_MIN_US (10 * USEC_PER_MSEC)

struct item {
	struct bus_plan_block conf;
	uint64_t due;
	uint64_t not_before;          /* PLAN_AGAIN said so */
	uint64_t turn;                /* PLAN_MORE: when it last had its turn */
	uint64_t tried;               /* start of the last exchange */
	uint8_t fails, refused, busy; /* in a row; saturate */
	bool unsupported;
	bool worked; /* ever answered */
	bool open;   /* handshake: succeeded since the line opened */
	bool anew;   /* its turn in a round has not come: as urgent as the fastest of its source */
};

struct source {
	struct item *items;
	size_t n;
	uint64_t period;     /* shortest of its blocks */
	uint64_t hold_until; /* after a failure: until then only in gaps */
	uint64_t probe_due;
	unsigned fails;
	bool silent;
	bool listens; /* is never asked anything */
};

struct bucket {
	uint64_t second; /* of the clock; tells an old bucket from a new one */
	uint64_t busy, late;
};

struct bus_plan {
	struct source *sources;
	size_t n;
	struct item *items;
	size_t n_items;
	uint64_t expected; /* the latest moment at which we should be asked next */
	uint64_t tokens, tokens_max, tokens_at; /* microseconds of forced probes left */
	uint64_t forced_at;                     /* end of the last forced probe */
	uint64_t forced_free; /* of the running one: so much of it costs no tokens */
	struct bucket window[WINDOW];
};

enum class {
	CLASS_NONE,
	CLASS_ON_TIME,
	CLASS_SLACK,
};

struct candidate {
	enum class class;
	uint64_t ready;     /* may run from then on */
	uint64_t force_at;  /* slack: by force from then on, tokens permitting */
	uint64_t change_at; /* slack that becomes on time by itself; USEC_INFINITY: never */
	uint64_t interval;  /* what its lateness is measured by */
};

/* ---- set-up */

static int item_init(struct item *i, const struct bus_plan_source *s, size_t k)
{
	const struct bus_plan_block *b = &s->blocks[k];

	if (b->needs >= 0 && ((size_t)b->needs >= s->n || (size_t)b->needs == k ||
				     !(s->blocks[b->needs].flags & PLAN_HANDSHAKE)))
		return -EINVAL;
	i->conf = *b;
	/* One block may fill the line but not ask for more: a listener without a period listens all the
	 * time that others leave. */
	if (!(b->flags & PLAN_HANDSHAKE) || b->period_us > 0)
		i->conf.period_us = MAX(MAX(b->period_us, b->cost_us), PERIOD_MIN_US);
	return 0;
}

static uint64_t longest(const struct item *i)
{
	return MAX(i->conf.timeout_us, i->conf.cost_us);
}

static uint64_t shortest_period(const struct source *s, uint8_t except)
{
	uint64_t p = USEC_INFINITY;

	for (size_t k = 0; k < s->n; k++)
		if (s->items[k].conf.period_us > 0 && !(s->items[k].conf.flags & except))
			p = MIN(p, s->items[k].conf.period_us);
	return p;
}

static void source_init(struct source *s)
{
	s->period = shortest_period(s, PLAN_HANDSHAKE | PLAN_KEEPALIVE);
	if (s->period == USEC_INFINITY)
		s->period = shortest_period(s, 0);
	if (s->period == USEC_INFINITY)
		s->period = 10 * USEC_PER_SEC;
	s->listens = s->n > 0;
	for (size_t k = 0; k < s->n; k++)
		if (!(s->items[k].conf.flags & (PLAN_LISTEN | PLAN_KEEPALIVE)))
			s->listens = false;
}

int bus_plan_new(const struct bus_plan_source *sources, size_t n, struct bus_plan **ret)
{
	_cleanup_(bus_plan_freep) struct bus_plan *p = calloc(1, sizeof(*p));
	size_t total = 0;
	uint64_t timeout = 0;

	if (!p)
		return -ENOMEM;
	for (size_t s = 0; s < n; s++)
		total += sources[s].n;
	p->sources = calloc(n + 1, sizeof(*p->sources));
	p->items = calloc(total + 1, sizeof(*p->items));
	if (!p->sources || !p->items)
		return -ENOMEM;
	p->n = n;
	for (size_t s = 0; s < n; s++) {
		p->sources[s].items = p->items + p->n_items;
		p->sources[s].n = sources[s].n;
		p->n_items += sources[s].n;
		for (size_t k = 0; k < sources[s].n; k++) {
			int r = item_init(&p->sources[s].items[k], &sources[s], k);

			if (r < 0)
				return r;
			timeout = MAX(timeout, longest(&p->sources[s].items[k]));
		}
		source_init(&p->sources[s]);
	}
	p->tokens_max = 2 * timeout;
	p->tokens = timeout;
	p->expected = USEC_INFINITY;
	*ret = TAKE_PTR(p);
	return 0;
}

struct bus_plan *bus_plan_free(struct bus_plan *p)
{
	if (p) {
		free(p->sources);
		free(p->items);
		free(p);
	}
	return NULL;
}

/* ---- due times */

/* Everything due once, one behind the other. */
static void spread(struct bus_plan *p, uint64_t now)
{
	uint64_t t = now;
	bool more = true;

	/* A probe missed meanwhile waits for its gap behind the living. */
	for (size_t s = 0; s < p->n; s++)
		p->sources[s].probe_due = MAX(p->sources[s].probe_due, now);
	for (size_t k = 0; more; k++) {
		more = false;
		for (size_t s = 0; s < p->n; s++) {
			struct item *i;

			if (k >= p->sources[s].n)
				continue;
			more = true;
			i = &p->sources[s].items[k];
			if (i->unsupported && i->due > now)
				continue;
			i->due = t;
			i->anew = true;
			i->not_before = 0;
			if (!p->sources[s].silent && !(i->conf.flags & PLAN_OFF))
				t += i->conf.cost_us;
		}
	}
}

/* All blocks of one source due once; NEEDS: only those that wait for this handshake. */
static void spread_source(struct source *s, const struct item *done, int needs, uint64_t now)
{
	uint64_t t = now;

	for (size_t k = 0; k < s->n; k++) {
		struct item *i = &s->items[k];

		if (i == done || i->unsupported || (needs >= 0 && i->conf.needs != needs))
			continue;
		i->due = t;
		i->anew = true;
		t += i->conf.cost_us;
	}
}

static void handshake_void(struct item *i, uint64_t now)
{
	if (!(i->conf.flags & PLAN_HANDSHAKE))
		return;
	i->open = false;
	i->not_before = 0;
	i->due = MAX(now, i->tried > 0 ? i->tried + i->conf.period_us : 0);
}

void bus_plan_line_opened(struct bus_plan *p, uint64_t now, bool anew)
{
	for (size_t k = 0; k < p->n_items; k++)
		handshake_void(&p->items[k], now);
	if (!anew)
		return;
	spread(p, now);
	p->expected = now;
	p->tokens_at = now;
}

void bus_plan_session_lost(struct bus_plan *p, size_t source, size_t block, uint64_t now)
{
	struct source *s = &p->sources[source];
	struct item *i = &s->items[block];

	handshake_void(i->conf.needs >= 0 ? &s->items[i->conf.needs] : i, now);
}

static uint64_t interval(const struct source *s, const struct item *i)
{
	uint64_t period = i->conf.period_us > 0 ? i->conf.period_us : s->period;

	if (i->unsupported)
		return MAX(period, PLAN_RETEST_US);
	if (i->conf.flags & PLAN_LISTEN)
		return period;
	if (i->fails >= PLAN_SILENT_AFTER && !(i->conf.flags & PLAN_KEEPALIVE))
		return PLAN_PROBE_FACTOR * period;
	if (i->busy > 0)
		return MIN(1ULL << MIN(i->busy, 8), PLAN_PROBE_FACTOR) * period;
	return period;
}

static void reschedule(const struct source *s, struct item *i, uint64_t start)
{
	uint64_t period = i->conf.period_us > 0 ? i->conf.period_us : s->period;
	uint64_t every = interval(s, i);
	uint64_t late = start > i->due ? start - i->due : 0;

	if (every != period)
		i->due = start + every;
	else if (late <= period / 2)
		i->due += period;
	else
		i->due = start + period / 2;
	i->not_before = 0;
}

/* ---- what may run */

static bool handshake_missing(const struct source *s, const struct item *i)
{
	return i->conf.needs >= 0 && !s->items[i->conf.needs].open;
}

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
			handshake_missing(s, i) || i->open)
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

static struct candidate classify(const struct source *s, size_t k, size_t probe, uint64_t now)
{
	const struct item *i = &s->items[k];
	struct candidate c = {
		.class = CLASS_ON_TIME,
		.ready = MAX(i->due, i->not_before),
		.force_at = USEC_INFINITY,
		.change_at = USEC_INFINITY,
		.interval = i->anew ? MIN(interval(s, i), s->period) : interval(s, i),
	};

	if (handshake_missing(s, i) || i->open || (i->conf.flags & PLAN_OFF)) {
		c.class = CLASS_NONE;
	} else if (i->conf.flags & (PLAN_LISTEN | PLAN_KEEPALIVE)) {
		return c;
	} else if (s->silent) {
		c.class = k == probe ? CLASS_SLACK : CLASS_NONE;
		c.ready = MAX(s->probe_due, i->not_before);
		c.force_at = c.ready + s->period;
		c.interval = PLAN_PROBE_FACTOR * s->period;
	} else if (i->unsupported || i->fails >= PLAN_SILENT_AFTER) {
		c.class = CLASS_SLACK;
		c.force_at = c.ready + MAX(i->conf.period_us, s->period);
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

struct search {
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

static void search_on_time(const struct bus_plan *p, uint64_t now, struct search *r)
{
	for (size_t s = 0; s < p->n; s++)
		for (size_t k = 0; k < p->sources[s].n; k++) {
			const struct item *i = &p->sources[s].items[k];
			struct candidate c = classify(&p->sources[s], k, SIZE_MAX, now);
			double late;

			if (c.class != CLASS_ON_TIME)
				continue;
			r->shortest = MIN(r->shortest, c.interval);
			if (c.ready > now) {
				r->wake = MIN(r->wake, c.ready);
				r->room = MIN(r->room, c.ready - now + c.interval / TOLERANCE_DIV);
				continue;
			}
			late = lateness_due(i, &c, now);
			if (late > r->on_time_late) {
				r->on_time_late = late;
				r->on_time = (struct bus_plan_pick){s, k, i->due, false, false};
			}
		}
}

static void search_slack(const struct bus_plan *p, uint64_t now, struct search *r)
{
	for (size_t s = 0; s < p->n; s++) {
		const struct source *src = &p->sources[s];
		size_t probe = src->silent ? probe_block(src) : SIZE_MAX;

		for (size_t k = 0; k < src->n; k++) {
			struct candidate c = classify(src, k, probe, now);
			uint64_t timeout = longest(&src->items[k]);
			uint64_t force_at;
			double late;

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
		spread(p, now);
	refill(p, now);
	search_on_time(p, now, &r);
	if (r.on_time_late >= 0)
		r.room = 0;
	search_slack(p, now, &r);
	p->expected = now;
	if (r.forced_late >= 0) {
		p->forced_free = forced_free(p, &r, now);
		*ret = r.forced;
	} else if (r.on_time_late >= 0)
		*ret = r.on_time;
	else if (r.slack_late >= 0)
		*ret = r.slack;
	else {
		p->expected = r.wake;
		*ret_wake = r.wake;
		return false;
	}
	return true;
}

/* ---- what came of it */

static struct bucket *bucket_at(struct bus_plan *p, uint64_t t)
{
	uint64_t second = t / USEC_PER_SEC;
	struct bucket *b = &p->window[second % WINDOW];

	if (b->second != second)
		*b = (struct bucket){.second = second};
	return b;
}

static void account_busy(struct bus_plan *p, uint64_t start, uint64_t end)
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

static void account_late(struct bus_plan *p, const struct bus_plan_pick *pick, uint64_t start)
{
	struct bucket *b;

	if (pick->slack || start <= pick->due_us)
		return;
	b = bucket_at(p, start);
	b->late = MAX(b->late, start - pick->due_us);
}

/* The source gave a sign of life. */
static void source_answered(struct source *s, struct item *i, uint64_t end)
{
	s->fails = 0;
	i->fails = 0;
	if (!s->silent)
		return;
	s->silent = false;
	for (size_t k = 0; k < s->n; k++)
		s->items[k].fails = s->items[k].busy = 0;
	spread_source(s, i, -1, end);
}

static void source_failed(struct source *s, struct item *i, uint64_t start)
{
	if (i->fails < UINT8_MAX)
		i->fails++;
	/* That it did not speak by itself means little of an appliance that is asked as well. */
	if ((i->conf.flags & PLAN_LISTEN) && !s->listens)
		return;
	if (s->fails < UINT32_MAX)
		s->fails++;
	s->hold_until = start + s->period;
	if (s->fails >= PLAN_HANDSHAKE_LOST)
		for (size_t k = 0; k < s->n; k++)
			if (s->items[k].open)
				handshake_void(&s->items[k], start);
	if (s->fails >= PLAN_SILENT_AFTER && (!s->silent || !(i->conf.flags & PLAN_KEEPALIVE))) {
		s->silent = true;
		s->probe_due = start + PLAN_PROBE_FACTOR * s->period;
	}
}

static void item_worked(struct source *s, struct item *i, uint64_t end)
{
	bool was_open = i->open;

	i->refused = i->busy = 0;
	i->unsupported = false;
	i->worked = true;
	if (!(i->conf.flags & PLAN_HANDSHAKE))
		return;
	i->open = true;
	if (!was_open)
		spread_source(s, i, (int)(i - s->items), end);
}

void bus_plan_done(struct bus_plan *p, const struct bus_plan_pick *pick, enum plan_outcome outcome,
	uint64_t start, uint64_t end, uint64_t retry_at)
{
	struct source *s = &p->sources[pick->source];
	struct item *i = &s->items[pick->block];

	p->expected = end;
	account_busy(p, start, end);
	if (outcome == PLAN_AGAIN) {
		/* What used the line to make its way free keeps its turn; else a bound against a spin. */
		i->not_before = end > start && retry_at <= end
					? 0
					: CLAMP(retry_at, end + USEC_PER_MSEC, end + USEC_PER_SEC);
		return;
	}
	if (outcome == PLAN_MORE) {
		item_worked(s, i, end);
		source_answered(s, i, end);
		i->turn = end;
		return;
	}
	i->turn = 0;
	i->anew = false;
	account_late(p, pick, start);
	if (pick->forced) {
		uint64_t cost = end - start - MIN(end - start, p->forced_free);

		p->tokens -= MIN(p->tokens, cost);
		p->forced_at = end;
	}
	i->tried = start;
	if (s->silent && pick->slack)
		i->due = start; /* a probe has a schedule of its own */
	switch (outcome) {
	case PLAN_OK:
		item_worked(s, i, end);
		source_answered(s, i, end);
		break;
	case PLAN_SENT:
		item_worked(s, i, end);
		i->fails = 0;
		break;
	case PLAN_REFUSED:
		i->busy = 0;
		if (i->refused < UINT8_MAX)
			i->refused++;
		i->unsupported = i->refused >= PLAN_REFUSED_AFTER;
		source_answered(s, i, end);
		break;
	case PLAN_BUSY:
		source_answered(s, i, end);
		if (i->busy < UINT8_MAX)
			i->busy++;
		break;
	case PLAN_FAILED:
		source_failed(s, i, start);
		break;
	case PLAN_MORE:
	case PLAN_AGAIN:
		break;
	}
	reschedule(s, i, start);
	/* An exchange that took far longer than it may: the machine slept in the middle of it. */
	if (end > start + i->conf.timeout_us + PLAN_JUMP_US)
		spread(p, end);
}

/* ---- for others to see */

unsigned bus_plan_fails(const struct bus_plan *p, size_t source)
{
	return p->sources[source].fails;
}

bool bus_plan_silent(const struct bus_plan *p, size_t source)
{
	return p->sources[source].silent;
}

bool bus_plan_unsupported(const struct bus_plan *p, size_t source, size_t block)
{
	return p->sources[source].items[block].unsupported;
}

bool bus_plan_waits(const struct bus_plan *p, size_t source, size_t block)
{
	return handshake_missing(&p->sources[source], &p->sources[source].items[block]);
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
