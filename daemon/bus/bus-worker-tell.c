/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker tells main: readings, lines and sources that come and go, what the line was used for. */
#include "bus-worker-internal.h"

#include <sys/socket.h>

/* ---- to main */

/* w->msg of SIZE bytes; false when main did not take it. */
static bool post(
	struct bus_worker *w, enum bus_msg_type type, uint32_t tag, uint64_t now, size_t size)
{
	w->msg.type = type;
	w->msg.tag = tag;
	w->msg.t_us = now;
	w->msg.dropped = w->dropped;
	for (;;) {
		if (send(w->fd, &w->msg, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			w->dropped = 0;
			return true;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
			if (type == BUS_READINGS && w->dropped < UINT32_MAX)
				w->dropped++;
		} else {
			w->end = true;
		}
		return false;
	}
}

static bool post_readings(struct bus_worker *w, const struct wsource *s, size_t n, uint64_t now)
{
	w->msg.readings.n = (uint32_t)n;
	return post(w, BUS_READINGS, s->tag, now,
		offsetof(struct bus_msg, readings.v) + n * sizeof(struct reading));
}

/* Of N readings that are left, those of the next batch. A full batch says that the rest follows. */
static size_t batch_of(size_t n)
{
	return n == BATCH_READINGS ? BATCH_READINGS - 1 : MIN(n, (size_t)BATCH_READINGS);
}

void bus_worker_tell_good(struct bus_worker *w, const struct wsource *s, size_t n, uint64_t now)
{
	for (size_t i = 0, k; i < n; i += k) {
		k = batch_of(n - i);
		memcpy(w->msg.readings.v, w->scratch + i, k * sizeof(struct reading));
		(void)post_readings(w, s, k, now);
	}
}

/* N points (POINTS NULL: the first N of the profile) without a value. */
static bool post_bad(struct bus_worker *w, const struct wsource *s, const uint16_t *points,
	size_t n, uint8_t reason, uint8_t detail, uint64_t now)
{
	bool taken = true;

	for (size_t i = 0, k; i < n; i += k) {
		k = batch_of(n - i);
		memset(w->msg.readings.v, 0, k * sizeof(struct reading));
		for (size_t j = 0; j < k; j++) {
			struct reading *r = &w->msg.readings.v[j];

			r->point = points ? points[i + j] : (uint16_t)(i + j);
			r->quality = QUALITY_UNAVAILABLE;
			r->reason = reason;
			r->detail = detail;
			r->type = VALUE_NONE;
			r->t_us = now;
		}
		taken = post_readings(w, s, k, now) && taken;
	}
	return taken;
}

static void post_source(struct bus_worker *w, struct wsource *s, uint64_t now)
{
	w->msg.source_state.answering = s->answering;
	w->msg.source_state.reason = s->answering ? REASON_NONE : s->reason;
	w->msg.source_state.detail = s->answering ? 0 : s->detail;
	s->unsent = !post(w, BUS_SOURCE_STATE, s->tag, now, sizeof(w->msg));
	w->troubled = w->troubled || s->unsent || !s->answering;
}

void bus_worker_tell_line(struct bus_worker *w, uint64_t now)
{
	w->msg.line.up = w->up && !w->noisy;
	w->msg.line.error = w->line_error;
	w->line_unsent = !post(w, BUS_LINE_STATE, 0, now, sizeof(w->msg));
	w->troubled = w->troubled || w->line_unsent || !w->up;
}

void bus_worker_tell_holes(struct bus_worker *w, size_t i, uint64_t now)
{
	struct wsource *s = &w->sources[i];

	memset(&w->msg.holes, 0, sizeof(w->msg.holes));
	w->msg.holes.n = (uint32_t)s->config.n_holes;
	memcpy(w->msg.holes.v, s->holes, s->config.n_holes * sizeof(struct hole));
	s->holes_unsent = !post(
		w, BUS_HOLES, s->tag, now, offsetof(struct bus_msg, holes) + sizeof(w->msg.holes));
	w->troubled = w->troubled || s->holes_unsent;
}

static void tell_use(struct bus_worker *w, uint64_t now)
{
	w->demand = bus_plan_get_use(w->plan, now, w->use);
	for (size_t i = 0; i < w->n; i += BUS_USE_BATCH) {
		size_t n = MIN(w->n - i, BUS_USE_BATCH);

		for (size_t k = 0; k < n; k++)
			bus_worker_get_use(w, i + k, &w->use[i + k], &w->msg.use.v[k]);
		w->msg.use.n = (uint32_t)n;
		(void)post(w, BUS_USE, 0, now,
			offsetof(struct bus_msg, use.v) + n * sizeof(struct bus_use));
	}
	w->use_at = now + USE_US;
	w->worked = false;
}

void bus_worker_tell_status(struct bus_worker *w, uint64_t now)
{
	struct bus_status *st = &w->msg.status;

	if (now >= w->use_at && w->worked)
		tell_use(w, now);
	memset(st, 0, sizeof(*st));
	w->env->line->get_stats(w->line, &st->transport);
	st->demand = w->demand;
	st->load = bus_plan_load(w->plan, now);
	st->late_us = bus_plan_late_us(w->plan, now);
	st->n_sources = (uint32_t)w->n;
	for (size_t i = 0; i < w->n; i++)
		st->n_answering += w->sources[i].known && w->sources[i].answering;
	(void)post(w, BUS_STATUS, 0, now, sizeof(w->msg));
	w->status_at = now;
}

/* ---- quality of what did not come */

void bus_worker_tell_bad(struct bus_worker *w, struct wsource *s, size_t k, uint8_t reason,
	uint8_t detail, uint64_t now)
{
	const struct block *b = &s->blocks.v[k];
	struct wblock *wb = &s->wblocks[k];

	if (b->n_points == 0)
		return;
	/* A tick comes a little early or late; half of one more or less is once a period still. */
	if (wb->reason == reason && wb->detail == detail && !wb->pending &&
		now + TICK_US / 2 < wb->sent_at + MAX(b->period_us, TICK_US))
		return;
	wb->reason = reason;
	wb->detail = detail;
	wb->sent_at = now;
	wb->pending = !post_bad(w, s, b->points, b->n_points, reason, detail, now);
	w->troubled = true;
}

/* Once a second and on edges: what is not there is said again each period, also of blocks that
 * nobody asks because their source backs off. */
static void source_refresh(struct bus_worker *w, size_t i, uint64_t now)
{
	struct wsource *s = &w->sources[i];
	bool silent = s->known && !s->answering;

	for (size_t k = 0; k < s->blocks.n; k++) {
		struct wblock *wb = &s->wblocks[k];

		if (w->line_known && !w->up)
			bus_worker_tell_bad(w, s, k, REASON_LINE_DOWN, 0, now);
		else if (silent)
			bus_worker_tell_bad(w, s, k, s->reason, s->detail, now);
		else if (bus_plan_waits(w->plan, i, k) && bus_plan_fails(w->plan, i) > 0)
			bus_worker_tell_bad(w, s, k, REASON_SKIPPED, 0, now);
		else if (wb->reason != REASON_NONE)
			bus_worker_tell_bad(w, s, k, wb->reason, wb->detail, now);
	}
}

/* A source that is never read: all its points, once each 10 s at most. */
static void source_refused(struct bus_worker *w, struct wsource *s, uint64_t now)
{
	struct wblock *wb = &s->wblocks[0];

	if (wb->reason != REASON_NONE && !wb->pending && now < wb->sent_at + 10 * USEC_PER_SEC)
		return;
	wb->reason = REASON_UNSUPPORTED;
	wb->sent_at = now;
	wb->pending = !post_bad(w, s, NULL, s->profile->n_points, REASON_UNSUPPORTED, 0, now);
}

static void refresh(struct bus_worker *w, uint64_t now)
{
	for (size_t i = 0; i < w->n && !w->end; i++)
		if (w->sources[i].trouble)
			source_refused(w, &w->sources[i], now);
		else
			source_refresh(w, i, now);
}

void bus_worker_tell_source(struct bus_worker *w, size_t i, bool answering, uint64_t now)
{
	struct wsource *s = &w->sources[i];

	if (s->trouble)
		return;
	if (s->known && s->answering == answering && (answering || s->told_reason == s->reason))
		return;
	s->known = true;
	s->answering = answering;
	s->told_reason = s->reason;
	post_source(w, s, now);
	if (!answering)
		source_refresh(w, i, now);
}

bool bus_worker_all_well(const struct bus_worker *w)
{
	if (w->line_unsent || !w->up)
		return false;
	for (size_t i = 0; i < w->n; i++) {
		const struct wsource *s = &w->sources[i];

		if (s->trouble || s->unsent || s->holes_unsent || (s->known && !s->answering))
			return false;
		for (size_t k = 0; k < s->blocks.n; k++)
			if (s->wblocks[k].reason != REASON_NONE ||
				(bus_plan_waits(w->plan, i, k) && bus_plan_fails(w->plan, i) > 0))
				return false;
	}
	return true;
}

void bus_worker_tell_again(struct bus_worker *w, uint64_t now)
{
	if (w->line_unsent)
		bus_worker_tell_line(w, now);
	for (size_t i = 0; i < w->n; i++)
		if (w->sources[i].unsent)
			post_source(w, &w->sources[i], now);
	for (size_t i = 0; i < w->n; i++)
		if (w->sources[i].holes_unsent)
			bus_worker_tell_holes(w, i, now);
	refresh(w, now);
}

/* ---- answers to commands, and the tap */

void bus_worker_tell_done(
	struct bus_worker *w, uint32_t tag, const struct bus_done *d, uint64_t now)
{
	w->msg.done = *d;
	(void)post(w, BUS_DONE, tag, now, offsetof(struct bus_msg, done) + sizeof(*d));
}

void bus_worker_tell_frame(
	struct bus_worker *w, bool to_appliance, const uint8_t *p, size_t n, uint64_t t)
{
	for (size_t i = 0; i < n; i += FRAME_DATA_MAX) {
		struct bus_frame *f = &w->msg.frame;

		f->to_appliance = to_appliance;
		f->len = (uint16_t)MIN(n - i, FRAME_DATA_MAX);
		f->lost = w->frames_lost;
		memcpy(f->data, p + i, f->len);
		if (post(w, BUS_FRAME, 0, t, offsetof(struct bus_msg, frame.data) + FRAME_DATA_MAX))
			w->frames_lost = 0;
		else if (w->frames_lost < UINT32_MAX)
			w->frames_lost++;
	}
}
