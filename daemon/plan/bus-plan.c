/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-plan-internal.h"

/* Periods below this would only heat the CPU. */
#define PERIOD_MIN_US (10 * USEC_PER_MSEC)

/* ---- set-up */

static int item_init(struct item *i, const struct bus_plan_source *s, size_t k)
{
	const struct bus_plan_block *b = &s->blocks[k];

	if (b->needs >= 0 && ((size_t)b->needs >= s->n || (size_t)b->needs == k ||
				     !(s->blocks[b->needs].flags & PLAN_HANDSHAKE)))
		return -EINVAL;
	i->conf = *b;
	i->cost = b->cost_us;
	/* One block may fill the line but not ask for more: a listener without a period listens all the
	 * time that others leave. */
	if (!(b->flags & PLAN_HANDSHAKE) || b->period_us > 0)
		i->conf.period_us = MAX(MAX(b->period_us, b->cost_us), PERIOD_MIN_US);
	return 0;
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

/* Blocks in, items out. */
static int items_new(const struct bus_plan_source *conf, struct item **ret)
{
	struct item *items = calloc(conf->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t k = 0; k < conf->n; k++) {
		int r = item_init(&items[k], conf, k);

		if (r < 0) {
			free(items);
			return r;
		}
	}
	*ret = items;
	return 0;
}

static void tokens_init(struct bus_plan *p)
{
	uint64_t timeout = 0;

	for (size_t s = 0; s < p->n; s++)
		for (size_t k = 0; k < p->sources[s].n; k++)
			timeout = MAX(timeout, bus_plan_longest(&p->sources[s].items[k]));
	p->tokens_max = 2 * timeout;
	p->tokens = timeout;
}

int bus_plan_new(const struct bus_plan_source *sources, size_t n, struct bus_plan **ret)
{
	_cleanup_(bus_plan_freep) struct bus_plan *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->sources = calloc(n + 1, sizeof(*p->sources));
	if (!p->sources)
		return -ENOMEM;
	p->n = n;
	for (size_t s = 0; s < n; s++) {
		int r = items_new(&sources[s], &p->sources[s].items);

		if (r < 0)
			return r;
		p->sources[s].n = sources[s].n;
		source_init(&p->sources[s]);
	}
	tokens_init(p);
	p->expected = USEC_INFINITY;
	*ret = TAKE_PTR(p);
	return 0;
}

struct bus_plan *bus_plan_free(struct bus_plan *p)
{
	if (p) {
		for (size_t s = 0; p->sources && s < p->n; s++)
			free(p->sources[s].items);
		free(p->sources);
		free(p);
	}
	return NULL;
}

/* ---- due times */

/* Everything due once, one behind the other. */
void bus_plan_spread(struct bus_plan *p, uint64_t now)
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

/* All blocks of one source due once, those that were refused too: it may have changed while it was
 * away. NEEDS: only those that wait for this handshake. */
static void spread_source(struct source *s, const struct item *done, int needs, uint64_t now)
{
	uint64_t t = now;

	for (size_t k = 0; k < s->n; k++) {
		struct item *i = &s->items[k];

		if (i == done || (needs >= 0 && (i->unsupported || i->conf.needs != needs)))
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
	for (size_t s = 0; s < p->n; s++) {
		p->sources[s].shape = 0;
		for (size_t k = 0; k < p->sources[s].n; k++)
			handshake_void(&p->sources[s].items[k], now);
	}
	if (!anew)
		return;
	bus_plan_spread(p, now);
	p->expected = now;
	p->tokens_at = now;
}

int bus_plan_replace(
	struct bus_plan *p, size_t source, const struct bus_plan_source *conf, uint64_t now)
{
	struct source *s = &p->sources[source];
	struct item *items = NULL;
	uint64_t tokens = p->tokens;
	bool worked = false;
	int r = items_new(conf, &items);

	if (r < 0)
		return r;
	for (size_t k = 0; k < s->n; k++)
		worked = worked || s->items[k].worked;
	free(s->items);
	s->items = items;
	s->n = conf->n;
	s->shape = 0;
	for (size_t k = 0; k < s->n; k++)
		s->items[k].worked = worked;
	source_init(s);
	/* What was just read to learn what to read is fresh: no hurry. */
	for (size_t k = 0; k < s->n; k++)
		s->items[k].due = now + k * s->period / s->n;
	tokens_init(p);
	p->tokens = MIN(tokens, p->tokens_max);
	return 0;
}

void bus_plan_due_now(struct bus_plan *p, size_t source, size_t block, uint64_t now)
{
	struct item *i = &p->sources[source].items[block];

	if (i->urgent_at == 0)
		i->urgent_at = MAX(now, 1ULL);
	i->not_before = 0;
	p->expected = MIN(p->expected, now);
}

void bus_plan_session_lost(struct bus_plan *p, size_t source, size_t block, uint64_t now)
{
	struct source *s = &p->sources[source];
	struct item *i = &s->items[block];

	handshake_void(i->conf.needs >= 0 ? &s->items[i->conf.needs] : i, now);
}

/* Of all that is asked for nothing is there: an appliance that starts, or is being updated, rather
 * than one without these values. */
static bool refuses_everything(const struct source *s)
{
	for (size_t k = 0; k < s->n; k++)
		if (!s->items[k].unsupported &&
			!(s->items[k].conf.flags &
				(PLAN_LISTEN | PLAN_KEEPALIVE | PLAN_HANDSHAKE | PLAN_OFF)))
			return false;
	return true;
}

static uint64_t retest_interval(const struct source *s, const struct item *i)
{
	unsigned tests = i->refused - MIN(i->refused, PLAN_REFUSED_AFTER);
	uint64_t every = MIN(PLAN_RETEST_FIRST_US << MIN(tests, 6U), PLAN_RETEST_US);

	return refuses_everything(s) ? MIN(every, PLAN_PROBE_FACTOR * s->period) : every;
}

uint64_t bus_plan_interval(const struct source *s, const struct item *i)
{
	uint64_t period = i->conf.period_us > 0 ? i->conf.period_us : s->period;

	if (i->unsupported)
		return MAX(period, retest_interval(s, i));
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
	uint64_t every = bus_plan_interval(s, i);
	uint64_t late = start > i->due ? start - i->due : 0;

	if (every != period)
		i->due = start + every;
	else if (i->due > start)
		; /* read out of turn: the grid stands */
	else if (late <= period / 2)
		i->due += period;
	else
		i->due = start + period / 2;
	i->not_before = 0;
}
/* ---- what came of it */

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

	i->busy = 0;
	i->worked = true;
	if (!(i->conf.flags & PLAN_HANDSHAKE))
		return;
	i->open = true;
	if (!was_open)
		spread_source(s, i, (int)(i - s->items), end);
}

/* The block is there. Where it was refused before, the others that are may be back as well. */
static void item_there(struct source *s, struct item *i, uint64_t end)
{
	bool back = i->refused > 0;
	uint64_t t = end;

	i->refused = 0;
	i->unsupported = false;
	if (!back)
		return;
	for (size_t k = 0; k < s->n; k++) {
		struct item *other = &s->items[k];

		if (!other->unsupported)
			continue;
		/* Refused once more, its pauses begin anew. */
		other->refused = PLAN_REFUSED_AFTER - 1;
		other->due = MIN(other->due, t);
		t += other->conf.cost_us;
	}
}

/* What the appliance was asked last, for those that must not look like it. */
static void remember_shape(struct source *s, const struct bus_plan_pick *pick, bool own)
{
	s->shape = own ? s->items[pick->block].conf.shape : 0;
	s->block = pick->block;
}

/* The turn of a block is over. */
static void turn_ends(struct bus_plan *p, const struct bus_plan_pick *pick,
	enum plan_outcome outcome, uint64_t start, uint64_t end)
{
	struct item *i = &p->sources[pick->source].items[pick->block];

	i->took += end - start;
	if (outcome == PLAN_OK)
		i->cost = i->cost - i->cost / 8 + i->took / 8;
	i->took = 0;
	i->turn = 0;
	i->anew = false;
	i->urgent_at = 0;
	bus_plan_account_late(p, pick, start);
	if (pick->forced) {
		uint64_t cost = end - start - MIN(end - start, p->forced_free);

		p->tokens -= MIN(p->tokens, cost);
		p->forced_at = end;
	}
	i->tried = start;
}

void bus_plan_done(struct bus_plan *p, const struct bus_plan_pick *pick, enum plan_outcome outcome,
	uint64_t start, uint64_t end, uint64_t retry_at)
{
	struct source *s = &p->sources[pick->source];
	struct item *i = &s->items[pick->block];

	p->expected = end;
	bus_plan_account_busy(p, start, end);
	if (end > start)
		remember_shape(s, pick, outcome != PLAN_AGAIN);
	if (outcome == PLAN_AGAIN) {
		/* What used the line to make its way free keeps its turn; else a bound against a spin. */
		i->not_before = end > start && retry_at <= end
					? 0
					: CLAMP(retry_at, end + USEC_PER_MSEC, end + USEC_PER_SEC);
		i->took += end - start;
		return;
	}
	if (outcome == PLAN_MORE) {
		item_worked(s, i, end);
		source_answered(s, i, end);
		i->turn = end;
		i->took += end - start;
		return;
	}
	turn_ends(p, pick, outcome, start, end);
	if (s->silent && pick->slack)
		i->due = start; /* a probe has a schedule of its own */
	switch (outcome) {
	case PLAN_OK:
		item_there(s, i, end);
		item_worked(s, i, end);
		source_answered(s, i, end);
		break;
	case PLAN_SENT:
		item_there(s, i, end);
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
		bus_plan_spread(p, end);
}
/* ---- for others to see */

bool bus_plan_handshake_missing(const struct source *s, const struct item *i)
{
	return i->conf.needs >= 0 && !s->items[i->conf.needs].open;
}

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
	return bus_plan_handshake_missing(&p->sources[source], &p->sources[source].items[block]);
}
