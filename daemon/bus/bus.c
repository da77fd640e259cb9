/* SPDX-License-Identifier: Apache-2.0 */
#include "bus-internal.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>

#include <systemd/sd-event.h>

/* Taken in one go by the watch. The event loop takes one at a time: mostly there is no second, and to
 * ask for it costs as much as to be called again. */
#define MESSAGES_MAX 32

/* The worker's frames are small: its buffers are on the heap. */
#define STACK_SIZE (256 * 1024)

enum owner {
	OWNER_MAIN,      /* frees after the join */
	OWNER_ENDED,     /* the thread has done with the worker */
	OWNER_ABANDONED, /* main has gone on: the thread frees, if it ever comes back */
};

/* What main and the thread share; the one who comes second frees it. */
struct bus_thread {
	struct bus_worker *worker;
	_Atomic int owner;
};

static _Atomic unsigned abandoned;

unsigned bus_abandoned(void)
{
	return atomic_load(&abandoned);
}

static const struct line_ops real_line = {
	.make = transport_new,
	.free = transport_free,
	.open = transport_open,
	.close = transport_close,
	.is_open = transport_is_open,
	.get_stats = transport_get_stats,
	.char_us = transport_char_us,
	.set_trace = transport_set_trace,
	.set_line = transport_set_line,
	.probe = transport_modbus_probe,
};

const struct bus_env bus_env_default = {
	.adapter = adapter_by_name,
	.line = &real_line,
	.now = clock_boottime_us,
	.open_timeout_us = 5 * USEC_PER_SEC,
	.stuck_grace_us = 5 * USEC_PER_SEC,
	.watch_us = 2 * USEC_PER_SEC,
	.stop_wait_us = 2 * USEC_PER_SEC,
};

/* ---- what the worker says */

/* The worker's tags are numbers of sources, so that main's may change while it runs. */
static struct source_info *source_of(const struct bus *b, const struct bus_msg *m)
{
	return m->tag < b->n ? &b->sources[m->tag] : NULL;
}

static uint32_t tag_of(const struct bus *b, const struct bus_msg *m)
{
	return m->tag < b->n ? b->sources[m->tag].tag : m->tag;
}

static void set_line(struct bus *b, bool up, int error)
{
	if (b->line_known && b->up == up && b->error == error)
		return;
	b->line_known = true;
	b->up = up;
	b->error = error;
	bus_log_line(b);
	b->ops.line_state(b, up, error, b->userdata);
}

static void unstick(struct bus *b)
{
	b->silence = 0;
	if (!b->stuck)
		return;
	b->stuck = false;
	log_notice("Bus %s goes on.", b->id);
	set_line(b, b->worker_up, b->worker_error);
	for (size_t i = 0; i < b->n; i++) {
		struct source_info *s = &b->sources[i];

		if (s->known)
			b->ops.source_state(
				b, s->tag, s->answering, s->reason, s->detail, b->userdata);
	}
}

static void on_source_state(struct bus *b, const struct bus_msg *m)
{
	struct source_info *s = source_of(b, m);

	if (!s)
		return;
	s->known = true;
	s->answering = m->source_state.answering;
	s->reason = m->source_state.reason;
	s->detail = m->source_state.detail;
	if (!s->trouble)
		bus_log_source(b, s);
	b->ops.source_state(b, s->tag, s->answering, s->reason, s->detail, b->userdata);
}

static void on_message(struct bus *b, const struct bus_msg *m, size_t size)
{
	if (size < offsetof(struct bus_msg, readings.v))
		return;
	b->dropped += m->dropped;
	if (m->type == BUS_LINE_STATE) {
		b->worker_up = m->line.up;
		b->worker_error = m->line.error;
	}
	unstick(b);
	switch (m->type) {
	case BUS_READINGS:
		if (m->readings.n <= BATCH_READINGS &&
			size >= offsetof(struct bus_msg, readings.v) +
					m->readings.n * sizeof(struct reading))
			b->ops.readings(b, tag_of(b, m), m->readings.v, m->readings.n, b->userdata);
		break;
	case BUS_SOURCE_STATE:
		on_source_state(b, m);
		break;
	case BUS_LINE_STATE:
		set_line(b, b->worker_up, b->worker_error);
		break;
	case BUS_DONE:
		if (b->ops.done)
			b->ops.done(b, tag_of(b, m), &m->done, b->userdata);
		break;
	case BUS_FRAME:
		if (b->ops.frame && m->frame.len <= FRAME_DATA_MAX)
			b->ops.frame(b, m->t_us, &m->frame, b->userdata);
		break;
	case BUS_HOLES:
		if (b->ops.holes && m->holes.n <= HOLES_MAX)
			b->ops.holes(b, tag_of(b, m), m->holes.v, m->holes.n, b->userdata);
		break;
	case BUS_USE:
		for (uint32_t i = 0; i < MIN(m->use.n, BUS_USE_BATCH); i++)
			if (m->use.v[i].tag < b->n)
				b->sources[m->use.v[i].tag].use = m->use.v[i];
		break;
	case BUS_STATUS:
		b->status = m->status;
		break;
	}
}

/* False when the worker's end is closed. */
static bool take_messages(struct bus *b, unsigned most)
{
	for (unsigned k = 0; k < most; k++) {
		ssize_t r = recv(b->fd, &b->msg, sizeof(b->msg), MSG_DONTWAIT);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return errno == EAGAIN;
		if (r == 0)
			return false;
		on_message(b, &b->msg, (size_t)r);
	}
	return true;
}

static void end(struct bus *b)
{
	bus_ended_fn ended = b->ended;
	void *ended_userdata = b->ended_userdata;

	(void)bus_free(b);
	ended(ended_userdata);
}

static int on_io(sd_event_source *es, int fd, uint32_t revents, void *userdata)
{
	struct bus *b = userdata;

	if (b->ended) {
		end(b);
		return 0;
	}
	/* A worker ends only when it is told to; the watch sees one that did by itself. */
	if (!take_messages(b, 1))
		(void)sd_event_source_set_enabled(es, SD_EVENT_OFF);
	return 0;
}

static int on_watch(sd_event_source *es, uint64_t t_us, void *userdata)
{
	struct bus *b = userdata;

	if (b->ended) {
		b->gave_up = true;
		end(b);
		return 0;
	}
	b->silence += b->env->watch_us;
	(void)take_messages(b, MESSAGES_MAX);
	if (!b->stuck && b->silence > b->bound) {
		b->stuck = true;
		bus_log_stuck(b);
		set_line(b, false, ETIMEDOUT);
		for (size_t i = 0; i < b->n; i++)
			b->ops.source_state(
				b, b->sources[i].tag, false, REASON_LINE_DOWN, 0, b->userdata);
	}
	(void)sd_event_source_set_time_relative(es, b->env->watch_us);
	(void)sd_event_source_set_enabled(es, SD_EVENT_ONESHOT);
	return 0;
}

/* ---- life */

static void thread_free(struct bus_thread *t)
{
	(void)bus_worker_free(t->worker);
	free(t);
}

static void *thread_main(void *arg)
{
	struct bus_thread *t = arg;

	bus_worker_run(t->worker);
	if (atomic_exchange(&t->owner, OWNER_ENDED) == OWNER_ABANDONED) {
		thread_free(t);
		atomic_fetch_sub(&abandoned, 1);
	}
	return NULL;
}

static int thread_start(struct bus *b, struct bus_thread *t)
{
	sigset_t all, before;
	pthread_attr_t attr;
	char name[16];
	int r;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&b->thread, &attr, thread_main, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	if (r != 0)
		return -r;
	(void)snprintf(name, sizeof(name), "bus-%s", b->id);
	(void)pthread_setname_np(b->thread, name);
	b->shared = t;
	return 0;
}

static int copy_sources(
	struct bus *b, const struct bus_source *sources, size_t n, const struct bus_worker *w)
{
	b->sources = calloc(n + 1, sizeof(*b->sources));
	if (!b->sources)
		return -ENOMEM;
	for (; b->n < n; b->n++) {
		struct source_info *s = &b->sources[b->n];
		const char *why = bus_worker_trouble(w, b->n);

		s->tag = sources[b->n].tag;
		(void)str_copy(s->name, sizeof(s->name), sources[b->n].name);
		if (!why)
			continue;
		s->trouble = strdup(why);
		if (!s->trouble) {
			b->n++;
			return -ENOMEM;
		}
		log_warning("%s on bus %s is not read: %s", s->name, b->id, why);
	}
	return 0;
}

static int attach(struct bus *b, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &b->io, b->fd, EPOLLIN, on_io, b);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(event, &b->timer, CLOCK_MONOTONIC, b->env->watch_us,
		b->env->watch_us / 4, on_watch, b);
}

DEFINE_CLEANUP(struct bus *, bus_free);

int bus_new_with(sd_event *event, const struct bus_config *conf, const struct bus_source *sources,
	size_t n, const struct bus_ops *ops, void *userdata, const struct bus_env *env,
	struct bus **ret)
{
	_cleanup_(bus_freep) struct bus *b = calloc(1, sizeof(*b));
	struct bus_thread *t;
	_cleanup_free_ struct bus_source *numbered = calloc(n + 1, sizeof(*numbered));
	int fds[2], r;

	if (!b || !numbered)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		numbered[i] = sources[i];
		numbered[i].tag = (uint32_t)i;
	}
	b->fd = -1;
	b->env = env;
	b->ops = *ops;
	b->userdata = userdata;
	b->id = strdup(conf->id);
	b->device = strdup(conf->device);
	t = calloc(1, sizeof(*t));
	if (!b->id || !b->device || !t) {
		free(t);
		return -ENOMEM;
	}
	atomic_init(&t->owner, OWNER_MAIN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		r = -errno;
		free(t);
		return r;
	}
	b->fd = fds[0];
	r = bus_worker_new(conf, numbered, n, env, fds[1], &t->worker);
	if (r < 0) {
		(void)close(fds[1]);
		free(t);
		return r;
	}
	b->bound = bus_worker_bound_us(t->worker) + env->stuck_grace_us;
	r = copy_sources(b, sources, n, t->worker);
	if (r == 0)
		r = attach(b, event);
	if (r >= 0)
		r = thread_start(b, t);
	if (r < 0) {
		thread_free(t);
		return r;
	}
	*ret = TAKE_PTR(b);
	return 0;
}

int bus_new(sd_event *event, const struct bus_config *conf, const struct bus_source *sources,
	size_t n, const struct bus_ops *ops, void *userdata, struct bus **ret)
{
	return bus_new_with(event, conf, sources, n, ops, userdata, &bus_env_default, ret);
}

void bus_stop(struct bus *b)
{
	if (!b)
		return;
	(void)sd_event_source_set_enabled(b->io, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(b->timer, SD_EVENT_OFF);
	/* The worker sees it after its exchange and hangs up in turn. */
	(void)shutdown(b->fd, SHUT_WR);
}

void bus_end(struct bus *b, bus_ended_fn ended, void *userdata)
{
	bus_stop(b);
	b->ended = ended;
	b->ended_userdata = userdata;
	/* Unread messages do not count; a hang-up is told whatever is asked for. */
	(void)sd_event_source_set_io_events(b->io, 0);
	(void)sd_event_source_set_enabled(b->io, SD_EVENT_ON);
	(void)sd_event_source_set_time_relative(b->timer, b->env->stop_wait_us);
	(void)sd_event_source_set_enabled(b->timer, SD_EVENT_ONESHOT);
}

/* True when the worker has hung up within the bound. */
static bool wait_for_end(const struct bus *b)
{
	uint64_t now = clock_boottime_us(), end = now + (b->gave_up ? 0 : b->env->stop_wait_us);
	struct pollfd p = {.fd = b->fd}; /* POLLHUP alone: unread messages do not count */

	for (; now < end; now = clock_boottime_us()) {
		struct timespec ts = {(time_t)((end - now) / USEC_PER_SEC),
			(long)((end - now) % USEC_PER_SEC) * 1000};

		if (ppoll(&p, 1, &ts, NULL) > 0)
			return true;
	}
	return false;
}

static void thread_end(struct bus *b)
{
	if (wait_for_end(b)) {
		(void)pthread_join(b->thread, NULL);
		thread_free(b->shared);
		return;
	}
	atomic_fetch_add(&abandoned, 1);
	if (atomic_exchange(&b->shared->owner, OWNER_ABANDONED) == OWNER_ENDED) {
		/* It ended just now. */
		atomic_fetch_sub(&abandoned, 1);
		(void)pthread_join(b->thread, NULL);
		thread_free(b->shared);
		return;
	}
	(void)pthread_detach(b->thread);
	log_error("Bus %s hangs in its driver; it is left behind.", b->id);
}

struct bus *bus_free(struct bus *b)
{
	if (!b)
		return NULL;
	if (b->shared) {
		bus_stop(b);
		thread_end(b);
	}
	(void)sd_event_source_unref(b->io);
	(void)sd_event_source_unref(b->timer);
	closep(&b->fd);
	for (size_t i = 0; i < b->n; i++)
		free(b->sources[i].trouble);
	free(b->sources);
	free(b->device);
	free(b->id);
	free(b);
	return NULL;
}

static uint32_t number_of(const struct bus *b, uint32_t tag)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->sources[i].tag == tag)
			return (uint32_t)i;
	return UINT32_MAX;
}

int bus_send(struct bus *b, const struct bus_cmd *cmd)
{
	struct bus_cmd numbered = *cmd;

	numbered.tag = number_of(b, cmd->tag);
	for (;;) {
		if (send(b->fd, &numbered, sizeof(numbered), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
			return 0;
		if (errno == EINTR)
			continue;
		return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -ENOTCONN;
	}
}

/* ---- for others to see */

const char *bus_id(const struct bus *b)
{
	return b->id;
}

bool bus_line_up(const struct bus *b)
{
	return b->up;
}

int bus_line_error(const struct bus *b)
{
	return b->error;
}

void bus_get_status(const struct bus *b, struct bus_status *ret)
{
	*ret = b->status;
	ret->n_sources = (uint32_t)b->n;
	if (b->stuck)
		ret->n_answering = 0;
}

bool bus_get_use(const struct bus *b, size_t i, struct bus_use *ret, const char **ret_name)
{
	if (i >= b->n)
		return false;
	*ret = b->sources[i].use;
	ret->tag = b->sources[i].tag;
	*ret_name = b->sources[i].name;
	return true;
}

bool bus_alive(const struct bus *b, uint64_t now_us)
{
	return !b->stuck;
}

const char *bus_source_trouble(const struct bus *b, uint32_t tag)
{
	uint32_t i = number_of(b, tag);

	return i < b->n ? b->sources[i].trouble : NULL;
}

void bus_set_userdata(struct bus *b, void *userdata)
{
	b->userdata = userdata;
}

void bus_set_tag(struct bus *b, size_t i, uint32_t tag)
{
	if (i < b->n)
		b->sources[i].tag = tag;
}
