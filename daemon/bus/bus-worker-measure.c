/* SPDX-License-Identifier: Apache-2.0 */
/* What the worker measures of each source's replies, and what follows from it: how long a source that
 * has begun to fail is waited for, and when its blocks are planned anew. */
#include "bus-worker-internal.h"

/* Replies that make a figure. */
#define ENOUGH 64
/* A source that has just failed is waited for so many times the reply time that 99 of 100 need, and
 * not less than the floor. What comes later is not taken for another answer: the adapter leaves the
 * unit alone for its whole Timeout=. */
#define PATIENCE_FACTOR 4
#define PATIENCE_MIN_US (150 * USEC_PER_MSEC)
/* A plan is made anew for a turnaround that differs by a quarter and 4 ms, not more often than this. */
#define REPLAN_DIFF_US  (4 * USEC_PER_MSEC)
#define REPLAN_PAUSE_US (10 * USEC_PER_MIN)
#define TURNAROUND_US   (20 * USEC_PER_MSEC) /* what a plan assumes that knows nothing */
#define TURNAROUND_MIN  USEC_PER_MSEC
#define TURNAROUND_MAX  (500 * USEC_PER_MSEC)

/* ---- a histogram: four buckets an octave from 250 us to 16 s; the newest thousands count */

static size_t bucket_of(uint64_t us)
{
	uint64_t v = us / 250;
	unsigned octave;

	if (v < 1)
		return 0;
	octave = 63U - (unsigned)__builtin_clzll(v);
	v = octave >= 2 ? v >> (octave - 2) : v << (2 - octave);
	return MIN(4 * (size_t)octave + (v & 3), REPLY_BUCKETS - 1U);
}

/* The upper edge. */
static uint64_t edge_of(size_t bucket)
{
	return (250ULL << (bucket / 4)) * (5 + bucket % 4) / 4;
}

static void histogram_add(struct reply_times *h, uint64_t us)
{
	uint16_t *b = &h->buckets[bucket_of(us)];

	if (*b == UINT16_MAX) {
		h->n = 0;
		for (size_t i = 0; i < REPLY_BUCKETS; i++)
			h->n += h->buckets[i] /= 2;
	}
	(*b)++;
	h->n++;
}

static uint64_t quantile(const struct reply_times *h, double share)
{
	double want = share * h->n, seen = 0;

	for (size_t i = 0; i < REPLY_BUCKETS; i++) {
		seen += h->buckets[i];
		if (h->n > 0 && seen >= want)
			return edge_of(i);
	}
	return 0;
}

/* ---- one exchange */

/* The time between the end of the request and the beginning of the reply, as far as the bytes that
 * passed leave any: a line that is faster than its settings say (a pseudo-terminal) gives none. The
 * estimate steps towards each sample, and so towards their median. */
static void turnaround_add(struct wsource *s, uint64_t busy, uint64_t bytes_us)
{
	uint64_t t, step = MAX(s->turnaround / 32, 100ULL);

	if (busy <= bytes_us) {
		s->n_turnaround = 0;
		return;
	}
	t = CLAMP(busy - bytes_us, TURNAROUND_MIN, TURNAROUND_MAX);
	if (s->n_turnaround < ENOUGH)
		s->n_turnaround++;
	if (s->turnaround == 0)
		s->turnaround = t;
	else if (t > s->turnaround)
		s->turnaround += MIN(step, t - s->turnaround);
	else
		s->turnaround -= MIN(step, s->turnaround - t);
}

void bus_worker_measure(struct bus_worker *w, size_t i, size_t block, int r,
	const struct transport_stats *before, uint64_t took)
{
	struct wsource *s = &w->sources[i];
	struct transport_stats st = {0};
	uint64_t requests, answers, busy;

	if (s->blocks.v[block].flags & (BLOCK_LISTEN | BLOCK_KEEPALIVE))
		return;
	w->env->line->get_stats(w->line, &st);
	requests = st.requests - before->requests;
	answers = st.replies + st.exceptions - before->replies - before->exceptions;
	busy = st.busy_us - before->busy_us;
	if (s->adapter->transport != TRANSPORT_MODBUS) {
		requests = answers = r == 0;
		busy = took;
	}
	s->replies += answers;
	s->exceptions += st.exceptions - before->exceptions;
	s->timeouts += r == -ETIMEDOUT;
	s->bad_frames += r == -EBADMSG;
	if (requests != 1 || answers != 1 || busy == 0)
		return;
	histogram_add(&s->times, busy);
	if (s->char_us > 0 && r == 0)
		turnaround_add(s, busy,
			(st.tx_bytes + st.rx_bytes - before->tx_bytes - before->rx_bytes) *
				s->char_us);
}

uint64_t bus_worker_patience(const struct bus_worker *w, size_t i, size_t block)
{
	const struct wsource *s = &w->sources[i];
	uint64_t full = s->blocks.v[block].timeout_us;

	if (s->adapter->transport != TRANSPORT_MODBUS || s->times.n < ENOUGH ||
		bus_plan_fails(w->plan, i) == 0 || bus_plan_silent(w->plan, i))
		return full;
	return MIN(full, s->profile->line.gap_us +
				 MAX(PATIENCE_FACTOR * quantile(&s->times, 0.99), PATIENCE_MIN_US));
}

/* ---- planned anew */

static bool turnaround_differs(const struct wsource *s, uint64_t now)
{
	uint64_t planned = s->config.turnaround_us;

	if (s->n_turnaround < ENOUGH || now < s->replan_at)
		return false;
	if (planned == 0)
		planned = TURNAROUND_US + s->char_us * 7 / 2;
	return (s->turnaround > planned ? s->turnaround - planned : planned - s->turnaround) >
	       MAX(planned / 4, REPLAN_DIFF_US);
}

/* The new set of blocks takes the place of the old one, or nothing changes. */
static int replan(struct bus_worker *w, size_t i, uint64_t now)
{
	struct wsource *s = &w->sources[i];
	_cleanup_free_ struct bus_plan_block *plan = NULL;
	struct errdetail detail = {0};
	struct wblock *wblocks = NULL;
	struct blocks blocks = {0};
	void *state = calloc(1, MAX(s->adapter->state_size, 1));
	int r = state ? s->adapter->configure(state, s->profile, &s->config, &blocks, &detail)
		      : -ENOMEM;

	if (r == 0) {
		plan = calloc(blocks.n + 1, sizeof(*plan));
		wblocks = calloc(blocks.n + 1, sizeof(*wblocks));
		r = plan && wblocks ? 0 : -ENOMEM;
	}
	for (size_t k = 0; r == 0 && k < blocks.n; k++)
		plan[k] = bus_worker_plan_block(&blocks.v[k]);
	if (r == 0)
		r = bus_plan_replace(w->plan, i, &(struct bus_plan_source){plan, blocks.n}, now);
	if (r == 0) {
		s->adapter->done(s->state);
		free(s->state);
		blocks_done(&s->blocks);
		free(s->wblocks);
		s->state = state;
		s->blocks = blocks;
		s->wblocks = wblocks;
		return 0;
	}
	if (state)
		s->adapter->done(state);
	free(state);
	blocks_done(&blocks);
	free(wblocks);
	return r;
}

void bus_worker_replan(struct bus_worker *w, size_t i, uint64_t now)
{
	struct wsource *s = &w->sources[i];
	bool slower = turnaround_differs(s, now);

	/* A command in several steps goes on with the state it began with. */
	if ((!s->learned && !slower) || w->n_commands > 0)
		return;
	if (s->learned && s->adapter->holes) {
		s->config.n_holes = s->adapter->holes(s->state, s->holes, HOLES_MAX);
		s->config.holes = s->holes;
		s->holes_unsent = true;
	}
	if (slower) {
		s->config.turnaround_us = s->turnaround;
		s->replan_at = now + REPLAN_PAUSE_US;
	}
	s->learned = false;
	(void)replan(w, i, now);
	if (s->holes_unsent)
		bus_worker_tell_holes(w, i, now);
}

/* ---- for people */

/* Twice what 99 of 100 need, in steps of 50 ms; where time-outs come and answers just before them,
 * twice the time-out. */
static uint64_t suggest(const struct wsource *s, uint64_t timeout, uint64_t p99)
{
	uint64_t us = 2 * p99;

	if (s->timeouts * 200 > s->replies && p99 > timeout / 10 * 7)
		us = 2 * timeout;
	return CLAMP((us / (50 * USEC_PER_MSEC) + 1) * 50 * USEC_PER_MSEC, 100 * USEC_PER_MSEC,
		10 * USEC_PER_SEC);
}

void bus_worker_get_use(
	const struct bus_worker *w, size_t i, const struct bus_plan_use *use, struct bus_use *ret)
{
	const struct wsource *s = &w->sources[i];
	uint64_t timeout = s->profile->line.timeout_us;

	*ret = (struct bus_use){.tag = s->tag,
		.blocks = (uint32_t)s->blocks.n,
		.holes = (uint32_t)s->config.n_holes,
		.replies = s->replies,
		.timeouts = s->timeouts,
		.bad_frames = s->bad_frames,
		.exceptions = s->exceptions,
		.turnaround_us = s->n_turnaround == ENOUGH ? s->turnaround : 0,
		.timeout_us = timeout > 0 ? timeout : USEC_PER_SEC,
		.period_us = use->period_us,
		.slower_us = use->slower_us,
		.late_us = use->late_us,
		.demand = use->demand};
	if (s->times.n == 0)
		return;
	ret->p50_us = quantile(&s->times, 0.5);
	ret->p99_us = quantile(&s->times, 0.99);
	if (s->times.n >= ENOUGH)
		ret->suggest_us = suggest(s, ret->timeout_us, ret->p99_us);
}
