/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-worker.h"

#include "bus-plan.h"
#include "clock.h"

#include <assert.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#define TICK_US            USEC_PER_SEC
#define HEARTBEAT_US       (2 * USEC_PER_SEC)
#define REOPEN_MIN_US      (500 * USEC_PER_MSEC)
#define REOPEN_MAX_PORT_US (4 * USEC_PER_SEC)
#define REOPEN_MAX_NET_US  (10 * USEC_PER_SEC)
/* A line that flaps does not get everything read anew each time. */
#define ANEW_MIN_US (10 * USEC_PER_SEC)
/* Bytes that keep coming while nobody on the line answers: a stuck or noisy line. Far more than the
 * late reply of one unit that has just died. */
#define NOISE_BYTES 1024
#define MORE_MAX    16 /* exchanges in one step while .more says that frames are left */

static_assert((int)PLAN_LISTEN == (int)BLOCK_LISTEN &&
		      (int)PLAN_KEEPALIVE == (int)BLOCK_KEEPALIVE &&
		      (int)PLAN_HANDSHAKE == (int)BLOCK_HANDSHAKE,
	"the plan's flags are the blocks' flags");

struct wblock {
	uint8_t reason,
		detail; /* why its points are bad, as last sent; REASON_NONE = they are not */
	bool pending;   /* main did not take it */
	bool busy;      /* the last answer was "not now" */
	uint64_t sent_at;
};

struct wsource {
	uint32_t tag;
	struct profile *profile; /* a reference */
	const struct adapter *adapter;
	void *state;
	struct blocks blocks;
	struct wblock *wblocks;
	char *trouble;
	bool listens; /* nothing of it is asked for */
	bool known;   /* answered or failed often enough to say */
	bool answering;
	bool unsent;            /* main does not know it yet */
	uint8_t reason, detail; /* of the last failure */
	uint8_t told_reason;    /* main knows it silent for this */
};

struct bus_worker {
	const struct bus_env *env;
	int fd;
	bool end;
	bool listen; /* the bus never transmits */
	struct transport *line;
	struct bus_plan *plan;
	struct wsource *sources;
	size_t n;
	uint64_t bound;

	bool up, line_known, line_unsent;
	int line_error;
	uint64_t reopen_at, reopen_pause, reopen_max, anew_at;
	bool noisy;            /* open, but told as down: bytes and no answers */
	uint64_t rx_at_answer; /* bytes received until the last answer */

	uint64_t tick_at, status_at;
	bool worked; /* since the last status */
	uint32_t dropped;

	struct reading *scratch; /* of one decode */
	size_t n_scratch;
	struct poll_result result;
	struct bus_msg msg;
};

/* ---- set-up */

static struct transport *line_new(const struct transport_config *c, const struct bus_env *env)
{
	struct transport *t = NULL;

	return env->line->make(c, &t) < 0 ? NULL : t;
}

/* What the bus does not state, the first profile that does. */
static struct transport_config line_config(
	const struct bus_config *conf, const struct bus_source *sources, size_t n)
{
	struct transport_config c = {
		.baud = conf->baud, .parity = conf->parity, .stop_bits = conf->stop_bits};

	(void)str_copy(c.device, sizeof(c.device), conf->device);
	for (size_t i = 0; i < n; i++) {
		const struct line_defaults *l = &sources[i].profile->line;

		if (c.baud == 0)
			c.baud = l->baud;
		if (c.parity == 0)
			c.parity = l->parity;
		if (c.stop_bits == 0)
			c.stop_bits = l->stop_bits;
	}
	return c;
}

static int trouble(struct wsource *s, const char *key, const char *text)
{
	s->blocks.n = 0;
	if (asprintf(&s->trouble, "%s%s%s", key, *key ? ": " : "", text) < 0) {
		s->trouble = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool blocks_valid(const struct blocks *b, const struct profile *p)
{
	for (size_t k = 0; k < b->n; k++) {
		if (b->v[k].needs >= 0 &&
			((size_t)b->v[k].needs >= b->n || (size_t)b->v[k].needs == k ||
				!(b->v[b->v[k].needs].flags & BLOCK_HANDSHAKE)))
			return false;
		for (size_t i = 0; i < b->v[k].n_points; i++)
			if (b->v[k].points[i] >= p->n_points)
				return false;
	}
	return b->n < RAW_UNASKED;
}

/* What the adapter is asked to do on this bus, checked once more here: on a bus that never transmits
 * nothing but listening runs, whatever an adapter thinks. */
static const char *blocks_trouble(const struct bus_worker *w, const struct wsource *s)
{
	if (!blocks_valid(&s->blocks, s->profile))
		return "the adapter made blocks that contradict themselves";
	for (size_t k = 0; w->listen && k < s->blocks.n; k++)
		if (!(s->blocks.v[k].flags & BLOCK_LISTEN))
			return "Listen=yes on the bus, but this protocol has to ask";
	return NULL;
}

static int source_configure(struct bus_worker *w, struct wsource *s, const struct bus_source *src)
{
	struct source_config config = src->config;
	struct errdetail detail = {0};
	const char *text;
	int r;

	s->adapter = w->env->adapter(s->profile->adapter);
	if (!s->adapter)
		return trouble(s, "Adapter", "there is no adapter of this name");
	s->state = calloc(1, MAX(s->adapter->state_size, 1));
	if (!s->state)
		return -ENOMEM;
	config.listen_only = w->listen;
	config.char_us = w->env->line->char_us(w->line);
	r = s->adapter->configure(s->state, s->profile, &config, &s->blocks, &detail);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		text = r == -EOPNOTSUPP ? "Listen=yes on the bus, but this protocol has to ask"
					: strerror(-r);
		return trouble(s, detail.key, *detail.text ? detail.text : text);
	}
	text = blocks_trouble(w, s);
	if (text) {
		blocks_done(&s->blocks);
		return trouble(s, "", text);
	}
	s->listens = s->blocks.n > 0;
	for (size_t k = 0; k < s->blocks.n; k++)
		if (!(s->blocks.v[k].flags & (BLOCK_LISTEN | BLOCK_KEEPALIVE)))
			s->listens = false;
	return 0;
}

static int source_init(struct bus_worker *w, struct wsource *s, const struct bus_source *src)
{
	int r;

	s->tag = src->tag;
	s->profile = profile_ref(src->profile);
	r = source_configure(w, s, src);
	if (r < 0)
		return r;
	s->wblocks = calloc(s->blocks.n + 1, sizeof(*s->wblocks));
	if (!s->wblocks)
		return -ENOMEM;
	if (s->trouble) {
		s->known = s->unsent = true;
		s->reason = REASON_UNSUPPORTED;
	}
	w->n_scratch = MAX(w->n_scratch, s->profile->n_points);
	for (size_t k = 0; k < s->blocks.n; k++)
		w->bound = MAX(w->bound, s->blocks.v[k].timeout_us);
	return 0;
}

/* Where several sources listen with one adapter, the first does it for all. */
static bool listens_for(const struct bus_worker *w, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!w->sources[k].trouble && w->sources[k].adapter == w->sources[i].adapter)
			for (size_t b = 0; b < w->sources[k].blocks.n; b++)
				if (w->sources[k].blocks.v[b].flags & BLOCK_LISTEN)
					return false;
	return true;
}

static int make_plan(struct bus_worker *w)
{
	_cleanup_free_ struct bus_plan_source *sources = NULL;
	_cleanup_free_ struct bus_plan_block *blocks = NULL;
	size_t total = 0, used = 0;

	for (size_t i = 0; i < w->n; i++)
		total += w->sources[i].blocks.n;
	sources = calloc(w->n + 1, sizeof(*sources));
	blocks = calloc(total + 1, sizeof(*blocks));
	if (!sources || !blocks)
		return -ENOMEM;
	for (size_t i = 0; i < w->n; i++) {
		const struct blocks *b = &w->sources[i].blocks;

		sources[i] = (struct bus_plan_source){blocks + used, b->n};
		for (size_t k = 0; k < b->n; k++) {
			uint8_t flags = b->v[k].flags;

			if ((flags & BLOCK_LISTEN) && !listens_for(w, i))
				flags |= PLAN_OFF;
			blocks[used++] = (struct bus_plan_block){b->v[k].period_us, b->v[k].cost_us,
				b->v[k].timeout_us, b->v[k].needs, flags};
		}
	}
	return bus_plan_new(sources, w->n, &w->plan);
}

DEFINE_CLEANUP(struct bus_worker *, bus_worker_free);

int bus_worker_new(const struct bus_config *conf, const struct bus_source *sources, size_t n,
	const struct bus_env *env, int fd, struct bus_worker **ret)
{
	_cleanup_(bus_worker_freep) struct bus_worker *w = calloc(1, sizeof(*w));
	struct transport_config line = line_config(conf, sources, n);
	int r;

	if (!w)
		return -ENOMEM;
	w->env = env;
	w->fd = -1;
	w->listen = conf->listen;
	w->bound = env->open_timeout_us;
	w->reopen_pause = REOPEN_MIN_US;
	w->reopen_max = strchr(conf->device, '/') ? REOPEN_MAX_PORT_US : REOPEN_MAX_NET_US;
	w->line = line_new(&line, env);
	if (!w->line)
		return -EINVAL;
	w->sources = calloc(n + 1, sizeof(*w->sources));
	if (!w->sources)
		return -ENOMEM;
	for (; w->n < n; w->n++) {
		r = source_init(w, &w->sources[w->n], &sources[w->n]);
		if (r < 0) {
			w->n++;
			return r;
		}
	}
	w->scratch = calloc(w->n_scratch + 1, sizeof(*w->scratch));
	if (!w->scratch)
		return -ENOMEM;
	r = make_plan(w);
	if (r < 0)
		return r;
	w->fd = fd;
	*ret = TAKE_PTR(w);
	return 0;
}

struct bus_worker *bus_worker_free(struct bus_worker *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->n; i++) {
		struct wsource *s = &w->sources[i];

		if (s->state)
			s->adapter->done(s->state);
		free(s->state);
		blocks_done(&s->blocks);
		free(s->wblocks);
		free(s->trouble);
		(void)profile_unref(s->profile);
	}
	if (w->line)
		(void)w->env->line->free(w->line);
	(void)bus_plan_free(w->plan);
	free(w->sources);
	free(w->scratch);
	closep(&w->fd);
	free(w);
	return NULL;
}

const char *bus_worker_trouble(const struct bus_worker *w, size_t i)
{
	return w->sources[i].trouble;
}

uint64_t bus_worker_bound_us(const struct bus_worker *w)
{
	return w->bound;
}

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

static void post_good(struct bus_worker *w, const struct wsource *s, size_t n, uint64_t now)
{
	for (size_t i = 0; i < n; i += BATCH_READINGS) {
		size_t k = MIN(n - i, BATCH_READINGS);

		memcpy(w->msg.readings.v, w->scratch + i, k * sizeof(struct reading));
		(void)post_readings(w, s, k, now);
	}
}

/* N points (POINTS NULL: the first N of the profile) without a value. */
static bool post_bad(struct bus_worker *w, const struct wsource *s, const uint16_t *points,
	size_t n, uint8_t reason, uint8_t detail, uint64_t now)
{
	bool taken = true;

	for (size_t i = 0; i < n; i += BATCH_READINGS) {
		size_t k = MIN(n - i, BATCH_READINGS);

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
}

static void post_line(struct bus_worker *w, uint64_t now)
{
	w->msg.line.up = w->up && !w->noisy;
	w->msg.line.error = w->line_error;
	w->line_unsent = !post(w, BUS_LINE_STATE, 0, now, sizeof(w->msg));
}

static void post_status(struct bus_worker *w, uint64_t now)
{
	struct bus_status *st = &w->msg.status;

	memset(st, 0, sizeof(*st));
	w->env->line->get_stats(w->line, &st->transport);
	st->load = bus_plan_load(w->plan, now);
	st->late_us = bus_plan_late_us(w->plan, now);
	st->n_sources = (uint32_t)w->n;
	for (size_t i = 0; i < w->n; i++)
		st->n_answering += w->sources[i].known && w->sources[i].answering;
	(void)post(w, BUS_STATUS, 0, now, sizeof(w->msg));
	w->status_at = now;
	w->worked = false;
}

/* ---- quality of what did not come */

static void block_bad(struct bus_worker *w, struct wsource *s, size_t k, uint8_t reason,
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
			block_bad(w, s, k, REASON_LINE_DOWN, 0, now);
		else if (silent)
			block_bad(w, s, k, s->reason, s->detail, now);
		else if (bus_plan_waits(w->plan, i, k) && bus_plan_fails(w->plan, i) > 0)
			block_bad(w, s, k, REASON_SKIPPED, 0, now);
		else if (wb->reason != REASON_NONE)
			block_bad(w, s, k, wb->reason, wb->detail, now);
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

static void source_state(struct bus_worker *w, size_t i, bool answering, uint64_t now)
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
	post_line(w, now);
	for (size_t i = 0; i < w->n; i++) {
		w->sources[i].reason = REASON_LINE_DOWN;
		w->sources[i].detail = 0;
		source_state(w, i, false, now);
	}
	refresh(w, now);
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
	post_line(w, now);
}

/* ---- one exchange */

/* N readings of source I in w->scratch. */
static void source_spoke(struct bus_worker *w, size_t i, int n, uint64_t now)
{
	if (n <= 0)
		return;
	post_good(w, &w->sources[i], (size_t)n, now);
	if (w->sources[i].listens)
		source_state(w, i, true, now);
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

/* Runs the block once, and again while it says that complete frames are left. */
static int exchange(struct bus_worker *w, size_t i, size_t block, uint64_t deadline)
{
	struct wsource *s = &w->sources[i];
	bool heard = false;
	int r = 0;

	for (unsigned k = 0; k < MORE_MAX && !w->end; k++) {
		w->result.n_raws = 0;
		w->result.exception = 0;
		w->result.retry_at_us = 0;
		w->result.session_lost = w->result.more = false;
		r = s->adapter->poll(s->state, w->line, (unsigned)block, deadline, &w->result);
		if (r == 0)
			r = decode_all(w, i, block, w->env->now());
		else if (w->result.n_raws > 0)
			(void)decode_all(w, i, block, w->env->now());
		heard = heard || (r == 0 && w->result.n_raws > 0);
		if (r < 0 || !w->result.more || w->env->now() >= deadline)
			break;
	}
	/* Frames came; that the last look found none is no failure. */
	return heard && r == -ETIMEDOUT ? 0 : r;
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
	block_bad(w, s, k, reason, detail, now);
}

static void line_noisy(struct bus_worker *w, bool noisy, uint64_t now)
{
	w->noisy = noisy;
	w->line_error = noisy ? EPROTO : 0;
	post_line(w, now);
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
	case PLAN_REFUSED:
	case PLAN_BUSY:
		answered(w, now);
		source_state(w, i, true, now);
		break;
	case PLAN_FAILED:
		if (bus_plan_fails(w->plan, i) >= SOURCE_SILENT_AFTER)
			source_state(w, i, false, now);
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
	int r = exchange(w, i, k, start + b->timeout_us);
	enum plan_outcome outcome = outcome_of(s, b, r, &w->result);
	uint64_t end = w->env->now();

	bus_plan_done(w->plan, pick, outcome, start, end, w->result.retry_at_us);
	if (outcome == PLAN_AGAIN)
		return;
	w->worked = true;
	if (w->result.session_lost)
		bus_plan_session_lost(w->plan, i, k, end);
	if (outcome != PLAN_BUSY)
		s->wblocks[k].busy = false;
	if (outcome == PLAN_OK)
		s->wblocks[k].reason = REASON_NONE;
	/* The line first: with it down there is nothing to be said of one source. */
	if (r == -ENODEV) {
		line_down(w, ENODEV, end);
		return;
	}
	if (outcome != PLAN_OK && outcome != PLAN_SENT)
		failed(w, i, k, r, outcome, end);
	judge_source(w, i, outcome, end);
}

/* ---- the loop */

static void tick(struct bus_worker *w, uint64_t now)
{
	if (w->line_unsent)
		post_line(w, now);
	for (size_t i = 0; i < w->n; i++)
		if (w->sources[i].unsent)
			post_source(w, &w->sources[i], now);
	refresh(w, now);
	if (w->worked || now >= w->status_at + HEARTBEAT_US)
		post_status(w, now);
	w->tick_at = now + TICK_US;
}

bool bus_worker_step(struct bus_worker *w, uint64_t *ret_wake)
{
	uint64_t now = w->env->now(), wake = USEC_INFINITY;
	struct bus_plan_pick pick;

	if (now >= w->tick_at)
		tick(w, now);
	if (!w->env->line->is_open(w->line) && (w->up || now >= w->reopen_at)) {
		/* Up, but closed: the transport let go of a connection that was out of step. */
		line_open(w, now);
		now = w->env->now();
	}
	if (!w->up) {
		wake = w->reopen_at;
	} else if (bus_plan_next(w->plan, now, &pick, &wake)) {
		run_pick(w, &pick, now);
		wake = now;
	}
	*ret_wake = MIN(wake, w->tick_at);
	return !w->end;
}

/* True while main holds the other end; waits until T at most. */
static bool wait_until(struct bus_worker *w, uint64_t t)
{
	uint64_t now = w->env->now();
	uint64_t left = t > now ? MIN(t - now, HEARTBEAT_US) : 0;
	struct timespec ts = {(time_t)(left / USEC_PER_SEC), (long)(left % USEC_PER_SEC) * 1000};
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	return ppoll(&p, 1, &ts, NULL) <= 0;
}

void bus_worker_run(struct bus_worker *w)
{
	uint64_t wake;

	do {
		if (!bus_worker_step(w, &wake))
			break;
	} while (wait_until(w, wake));
	(void)shutdown(w->fd, SHUT_RDWR); /* main waits for this */
}
