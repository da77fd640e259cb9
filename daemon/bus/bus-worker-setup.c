/* SPDX-License-Identifier: Apache-2.0 */
/* A worker before its first turn: its line, its sources and their blocks, its plan. */
#include "bus-worker-internal.h"

#include <assert.h>

#define REOPEN_MAX_PORT_US (4 * USEC_PER_SEC)
#define REOPEN_MAX_NET_US  (10 * USEC_PER_SEC)

static_assert(
	(int)PLAN_LISTEN == (int)BLOCK_LISTEN && (int)PLAN_KEEPALIVE == (int)BLOCK_KEEPALIVE &&
		(int)PLAN_HANDSHAKE == (int)BLOCK_HANDSHAKE && (int)PLAN_ALARM == (int)BLOCK_ALARM,
	"the plan's flags are the blocks' flags");

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
	struct errdetail detail = {0};
	const char *text;
	int r;

	s->adapter = w->env->adapter(s->profile->adapter);
	if (!s->adapter)
		return trouble(s, "Adapter", "there is no adapter of this name");
	s->state = calloc(1, MAX(s->adapter->state_size, 1));
	if (!s->state)
		return -ENOMEM;
	s->char_us = w->env->line->char_us(w->line);
	s->config = src->config;
	s->config.listen_only = w->listen;
	s->config.char_us = s->char_us;
	s->config.n_holes = MIN(src->config.n_holes, HOLES_MAX);
	if (s->config.n_holes > 0)
		memcpy(s->holes, src->config.holes, s->config.n_holes * sizeof(struct hole));
	s->config.holes = s->holes;
	r = s->adapter->configure(s->state, s->profile, &s->config, &s->blocks, &detail);
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
		w->bound = MAX(w->bound, MORE_MAX * s->blocks.v[k].timeout_us);
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

struct bus_plan_block bus_worker_plan_block(const struct block *b)
{
	return (struct bus_plan_block){
		b->period_us, b->cost_us, b->timeout_us, b->needs, b->flags, b->shape};
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
		for (size_t k = 0; k < b->n; k++, used++) {
			blocks[used] = bus_worker_plan_block(&b->v[k]);
			if ((b->v[k].flags & BLOCK_LISTEN) && !listens_for(w, i))
				blocks[used].flags |= PLAN_OFF;
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
	w->poked = true;
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
	w->use = calloc(n + 1, sizeof(*w->use));
	if (!w->scratch || !w->use)
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
	free(w->use);
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
