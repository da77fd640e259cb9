/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-worker-internal.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* A line that flaps does not get everything read anew each time. */
#define ANEW_MIN_US (10 * USEC_PER_SEC)
/* Bytes that keep coming while nobody on the line answers: a stuck or noisy line. Far more than the
 * late reply of one unit that has just died. */
#define NOISE_BYTES 1024

/* Steps of one block in a row that end with .more: an adapter that never has enough gets on. */
#define MORE_STEPS_MAX 32

/* ---- the line */

static uint64_t received(const struct bus_worker *w)
{
	struct transport_stats st = {0};

	w->env->line->get_stats(w->line, &st);
	return st.rx_bytes;
}

static void line_down(struct bus_worker *w, int error, uint64_t now)
{
	w->env->line->close(w->line);
	w->reopen_at = now + w->reopen_pause;
	w->reopen_pause = MIN(2 * w->reopen_pause, w->reopen_max);
	if (w->line_known && !w->up && w->line_error == error)
		return;
	w->up = w->noisy = false;
	w->line_known = true;
	w->line_error = error;
	bus_worker_tell_line(w, now);
	for (size_t i = 0; i < w->n; i++) {
		w->sources[i].reason = REASON_LINE_DOWN;
		w->sources[i].detail = 0;
		bus_worker_tell_source(w, i, false, now);
	}
	bus_worker_tell_again(w, now);
}

static void line_open(struct bus_worker *w, uint64_t now)
{
	int r = w->env->line->open(w->line, now + w->env->open_timeout_us);
	bool anew;

	now = w->env->now();
	w->worked = true;
	if (r < 0) {
		line_down(w, -r, now);
		return;
	}
	anew = !w->up && (w->anew_at == 0 || now >= w->anew_at + ANEW_MIN_US);
	if (anew)
		w->anew_at = now;
	bus_plan_line_opened(w->plan, now, anew);
	if (w->up)
		return;
	w->up = w->line_known = true;
	w->line_error = 0;
	w->rx_at_answer = received(w);
	bus_worker_tell_line(w, now);
}

/* ---- one exchange */

/* N readings of source I in w->scratch. */
static void source_spoke(struct bus_worker *w, size_t i, int n, uint64_t now)
{
	if (n <= 0)
		return;
	bus_worker_tell_good(w, &w->sources[i], (size_t)n, now);
	if (w->sources[i].listens)
		bus_worker_tell_source(w, i, true, now);
}

/* What was heard, not asked for, may be another source's of the same protocol. */
static void offer_to_peers(struct bus_worker *w, size_t from, struct raw *raw, uint64_t now)
{
	uint16_t block = raw->block;

	raw->block = RAW_UNASKED;
	for (size_t i = 0; i < w->n; i++) {
		struct wsource *s = &w->sources[i];

		if (i != from && !s->trouble && s->adapter == w->sources[from].adapter)
			source_spoke(w, i,
				s->adapter->decode(s->state, raw, w->scratch, w->n_scratch), now);
	}
	raw->block = block;
}

/* 0, or -EBADMSG when nothing of what came could be understood. */
static int decode_all(struct bus_worker *w, size_t i, size_t block, uint64_t now)
{
	struct wsource *s = &w->sources[i];
	bool listened = s->blocks.v[block].flags & BLOCK_LISTEN;
	size_t bad = 0, n = MIN(w->result.n_raws, RAWS_MAX);

	for (size_t k = 0; k < n; k++) {
		struct raw *raw = &w->result.raws[k];
		int r = s->adapter->decode(s->state, raw, w->scratch, w->n_scratch);

		if (r < 0)
			bad++;
		else
			source_spoke(w, i, MIN(r, (int)w->n_scratch), now);
		if (r >= 0 && raw->block < s->blocks.n)
			s->wblocks[raw->block].reason = REASON_NONE;
		if (listened || raw->block == RAW_UNASKED)
			offer_to_peers(w, i, raw, now);
	}
	return n > 0 && bad == n ? -EBADMSG : 0;
}

static enum plan_outcome outcome_of(
	const struct wsource *s, const struct block *b, int r, const struct poll_result *p)
{
	if (r == 0)
		return (b->flags & (BLOCK_KEEPALIVE | BLOCK_LISTEN)) && p->n_raws == 0 ? PLAN_SENT
										       : PLAN_OK;
	if (r == -EAGAIN)
		return PLAN_AGAIN;
	if (r == -ETIMEDOUT && (b->flags & BLOCK_LISTEN))
		return PLAN_SENT;
	if (r != -EREMOTEIO)
		return PLAN_FAILED;
	if (s->adapter->transport != TRANSPORT_MODBUS)
		return PLAN_BUSY;
	/* 10 and 11: a gateway says that the unit behind it does not answer. */
	if (p->exception == 10 || p->exception == 11)
		return PLAN_FAILED;
	return p->exception >= 1 && p->exception <= 3 ? PLAN_REFUSED : PLAN_BUSY;
}

/* Runs the block once, and again while it says that more is to be had. */
static int exchange(struct bus_worker *w, size_t i, size_t block)
{
	struct wsource *s = &w->sources[i];
	bool heard = false;
	int r = 0;

	for (unsigned k = 0; k < MORE_MAX && !w->end; k++) {
		uint64_t start = w->env->now();
		uint64_t deadline = start + bus_worker_patience(w, i, block);
		struct transport_stats before = {0};

		w->result.n_raws = 0;
		w->result.exception = 0;
		w->result.retry_at_us = 0;
		w->result.session_lost = w->result.more = w->result.learned = false;
		w->env->line->get_stats(w->line, &before);
		r = s->adapter->poll(s->state, w->line, (unsigned)block, deadline, &w->result);
		if (r == 0)
			r = decode_all(w, i, block, w->env->now());
		else if (w->result.n_raws > 0)
			(void)decode_all(w, i, block, w->env->now());
		bus_worker_measure(w, i, block, r, &before, w->env->now() - start);
		s->learned = s->learned || w->result.learned;
		heard = heard || (r == 0 && w->result.n_raws > 0);
		if (r < 0 || !w->result.more)
			break;
	}
	/* Frames came; that a listener found no further one is no failure. */
	return heard && r == -ETIMEDOUT && (s->blocks.v[block].flags & BLOCK_LISTEN) ? 0 : r;
}

static void failed(
	struct bus_worker *w, size_t i, size_t k, int r, enum plan_outcome outcome, uint64_t now)
{
	struct wsource *s = &w->sources[i];
	struct wblock *wb = &s->wblocks[k];
	uint8_t reason = reason_from_errno(r);
	uint8_t detail = r == -EREMOTEIO ? w->result.exception : 0;

	if (outcome == PLAN_FAILED) {
		s->reason = reason;
		s->detail = detail;
	}
	/* "Not now" is worth no word the first time. */
	if (outcome == PLAN_BUSY && !wb->busy) {
		wb->busy = true;
		return;
	}
	if (bus_plan_unsupported(w->plan, i, k))
		reason = REASON_UNSUPPORTED;
	bus_worker_tell_bad(w, s, k, reason, detail, now);
}

static void line_noisy(struct bus_worker *w, bool noisy, uint64_t now)
{
	w->noisy = noisy;
	w->line_error = noisy ? EPROTO : 0;
	bus_worker_tell_line(w, now);
}

/* Nobody answers, and yet it talks. Asking goes on, at the pace of silent sources: an answer is the
 * only thing that shows the end of it. */
static void judge_noise(struct bus_worker *w, uint64_t now)
{
	for (size_t i = 0; i < w->n; i++)
		if (!w->sources[i].trouble && (!w->sources[i].known || w->sources[i].answering))
			return;
	if (!w->noisy && received(w) >= w->rx_at_answer + NOISE_BYTES)
		line_noisy(w, true, now);
}

static void answered(struct bus_worker *w, uint64_t now)
{
	w->reopen_pause = REOPEN_MIN_US;
	w->rx_at_answer = received(w);
	if (w->noisy)
		line_noisy(w, false, now);
}

/* The state of the source after an exchange; only the edges go to main. */
static void judge_source(struct bus_worker *w, size_t i, enum plan_outcome outcome, uint64_t now)
{
	switch (outcome) {
	case PLAN_OK:
	case PLAN_MORE:
	case PLAN_REFUSED:
	case PLAN_BUSY:
		answered(w, now);
		bus_worker_tell_source(w, i, true, now);
		break;
	case PLAN_FAILED:
		if (bus_plan_fails(w->plan, i) >= SOURCE_SILENT_AFTER)
			bus_worker_tell_source(w, i, false, now);
		judge_noise(w, now);
		break;
	case PLAN_SENT:
	case PLAN_AGAIN:
		break;
	}
}

static void run_pick(struct bus_worker *w, const struct bus_plan_pick *pick, uint64_t start)
{
	size_t i = pick->source, k = pick->block;
	struct wsource *s = &w->sources[i];
	const struct block *b = &s->blocks.v[k];
	int r = exchange(w, i, k);
	enum plan_outcome outcome = outcome_of(s, b, r, &w->result);
	uint64_t end = w->env->now();

	if (outcome == PLAN_OK && w->result.more && ++s->wblocks[k].more < MORE_STEPS_MAX)
		outcome = PLAN_MORE;
	else
		s->wblocks[k].more = 0;
	bus_plan_done(w->plan, pick, outcome, start, end, w->result.retry_at_us);
	if (outcome == PLAN_AGAIN)
		return;
	if (outcome != PLAN_MORE)
		bus_worker_block_ran(w, i, k, r);
	w->worked = true;
	if (w->result.session_lost)
		bus_plan_session_lost(w->plan, i, k, end);
	if (outcome != PLAN_BUSY)
		s->wblocks[k].busy = false;
	if (outcome == PLAN_OK || outcome == PLAN_MORE)
		s->wblocks[k].reason = REASON_NONE;
	/* The line first: with it down there is nothing to be said of one source. */
	if (r == -ENODEV) {
		line_down(w, ENODEV, end);
		return;
	}
	if (outcome != PLAN_OK && outcome != PLAN_MORE && outcome != PLAN_SENT)
		failed(w, i, k, r, outcome, end);
	judge_source(w, i, outcome, end);
	if (outcome == PLAN_OK)
		bus_worker_replan(w, i, end);
}

/* ---- the loop */

static void tick(struct bus_worker *w, uint64_t now)
{
	bus_worker_tell_again(w, now);
	if (now >= w->status_at + STATUS_US)
		bus_worker_tell_status(w, now);
	w->tick_at = bus_worker_all_well(w) ? w->status_at + STATUS_US : now + TICK_US;
}

bool bus_worker_step(struct bus_worker *w, uint64_t *ret_wake)
{
	uint64_t now = w->env->now(), wake = USEC_INFINITY, plan_wake = USEC_INFINITY;
	struct bus_plan_pick pick;

	if (now >= w->tick_at)
		tick(w, now);
	if (!w->env->line->is_open(w->line) && (w->up || now >= w->reopen_at)) {
		/* Up, but closed: the transport let go of a connection that was out of step. */
		line_open(w, now);
		now = w->env->now();
	}
	if (w->poked)
		bus_worker_take_commands(w, now);
	w->poked = true;
	if (w->end)
		return false;
	if (bus_worker_run_command(w, now, &wake)) {
		wake = now;
	} else if (!w->up) {
		(void)bus_worker_run_probe(w, 0, now, &wake);
		wake = w->reopen_at;
	} else if (bus_worker_probe_overdue(w, now) && bus_worker_run_probe(w, 0, now, &wake)) {
		wake = now;
	} else if (bus_plan_next(w->plan, now, &pick, &plan_wake)) {
		run_pick(w, &pick, now);
		wake = now;
	} else if (bus_worker_run_probe(w, plan_wake, now, &wake)) {
		wake = now;
	} else {
		wake = MIN(wake, plan_wake);
	}
	/* What has just gone wrong is told again at the pace of a tick. */
	if (w->troubled)
		w->tick_at = MIN(w->tick_at, now + TICK_US);
	w->troubled = false;
	*ret_wake = MIN(wake, w->tick_at);
	return !w->end;
}

/* Until T at most, or until main says something. */
static void wait_until(struct bus_worker *w, uint64_t t)
{
	uint64_t now = w->env->now();
	uint64_t left = t > now ? MIN(t - now, STATUS_US) : 0;
	struct timespec ts = {(time_t)(left / USEC_PER_SEC), (long)(left % USEC_PER_SEC) * 1000};
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	/* Without a wait the next step looks for commands itself. */
	if (left > 0)
		w->poked = ppoll(&p, 1, &ts, NULL) != 0;
}

void bus_worker_run(struct bus_worker *w)
{
	uint64_t wake;

	while (bus_worker_step(w, &wake))
		wait_until(w, wake);
	bus_worker_finish_write(w);
	(void)shutdown(w->fd, SHUT_RDWR); /* main waits for this */
}
