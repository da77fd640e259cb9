/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-relay.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "daemon/base/clock.h"
#include "daemon/base/log.h"

/* Datagrams taken in one go, so that a talkative relay does not starve the buses. */
#define BATCH_MAX 32
/* The largest datagram a relay may send. */
#define RX_MAX (sizeof(struct relay_msg) + RELAY_TOPIC_MAX + RELAY_DOWN_MAX + RELAY_EXTRA_MAX)

struct manager_relay {
	sd_event *event;
	const struct upstream_config *config;
	struct upstream *upstream;
	struct upstream_ops ops; /* the manager's */
	void *userdata;
	int listen_fd, fd, dir_fd;
	sd_event_source *listen_source, *source, *timer, *drop;
	char *dir;
	bool logged_up;
	char logged_reason[RELAY_REASON_MAX];
	unsigned char rx[RX_MAX];
	struct notes *notes;
};

/* --- edges into the log */

static void log_edge(struct manager_relay *r)
{
	struct upstream_status s;
	char upstream[80], reason[80];
	const char *const fields[] = {upstream, reason, NULL};

	upstream_get_status(r->upstream, &s);
	(void)snprintf(upstream, sizeof(upstream), "HEARTHD_UPSTREAM=%s", r->config->id);
	(void)snprintf(reason, sizeof(reason), "HEARTHD_REASON=%s", s.reason);
	switch (s.state) {
	case UPSTREAM_CONNECTED:
		if (!r->logged_up)
			log_full(LOG_NOTICE, MSG_UPSTREAM_UP, fields,
				"Upstream %s: connected to %s", r->config->id, r->config->url);
		r->logged_up = true;
		r->logged_reason[0] = 0;
		break;
	case UPSTREAM_NO_RELAY:
	case UPSTREAM_DISCONNECTED:
		if (streq(s.reason, "starting") ||
			(!r->logged_up && streq(s.reason, r->logged_reason)))
			break;
		log_full(LOG_WARNING, MSG_UPSTREAM_DOWN, fields,
			"Upstream %s: not connected (%s): %s", r->config->id, s.reason, s.text);
		r->logged_up = false;
		(void)str_copy(r->logged_reason, sizeof(r->logged_reason), s.reason);
		break;
	case UPSTREAM_OPENING:
	case UPSTREAM_CONNECTING:
	case UPSTREAM_SYNCING:
		break;
	}
}

static void on_changed(struct upstream *u, void *userdata)
{
	struct manager_relay *r = userdata;

	r->upstream = u; /* the first one comes from within upstream_new() */
	log_edge(r);
	if (r->ops.on_changed)
		r->ops.on_changed(u, r->userdata);
}

static void on_ready(struct upstream *u, void *userdata)
{
	struct manager_relay *r = userdata;

	if (r->ops.on_ready)
		r->ops.on_ready(u, r->userdata);
}

static void on_connect(struct upstream *u, void *userdata)
{
	struct manager_relay *r = userdata;

	if (r->ops.on_connect)
		r->ops.on_connect(u, r->userdata);
}

static void on_message(struct upstream *u, const struct upstream_message *message, void *userdata)
{
	struct manager_relay *r = userdata;

	if (r->ops.on_message)
		r->ops.on_message(u, message, r->userdata);
}

static void on_gone(struct upstream *u, uint64_t seq, bool acked, void *userdata)
{
	struct manager_relay *r = userdata;

	if (r->ops.on_gone)
		r->ops.on_gone(u, seq, acked, r->userdata);
}

/* --- one relay */

static void relay_close(struct manager_relay *r)
{
	if (r->fd < 0)
		return;
	r->source = sd_event_source_disable_unref(r->source);
	r->drop = sd_event_source_disable_unref(r->drop);
	(void)close(TAKE_FD(r->fd));
	upstream_on_relay_gone(r->upstream);
}

static int io_send(
	void *io, const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	struct manager_relay *r = io;
	int e;

	if (r->fd < 0)
		return -ENOTCONN;
	e = relay_msg_send(r->fd, m, p1, p2, p3);
	if (e == -EAGAIN)
		(void)sd_event_source_set_io_events(r->source, EPOLLIN | EPOLLOUT);
	return e;
}

static int on_drop(sd_event_source *s, void *userdata)
{
	relay_close(userdata);
	return 0;
}

static void io_drop(void *io)
{
	struct manager_relay *r = io;

	if (r->fd >= 0 && !r->drop)
		(void)sd_event_add_defer(r->event, &r->drop, on_drop, r);
}

static uint64_t io_now(void *io)
{
	return clock_boottime_us();
}

static bool io_may_publish(void *io, const char *topic, const void *payload, size_t n)
{
	struct manager_relay *r = io;

	return notes_may_publish(r->notes, topic, payload, n, clock_boottime_us());
}

static void on_noted(void *userdata)
{
	struct manager_relay *r = userdata;

	upstream_run(r->upstream);
}

void manager_relay_tick(struct manager_relay *r)
{
	if (notes_wait(r->notes))
		upstream_run(r->upstream);
}

struct notes *manager_relay_notes(struct manager_relay *r)
{
	return r->notes;
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager_relay *r = userdata;

	upstream_run(r->upstream);
	return 0;
}

static void io_wake(void *io, uint64_t at_us)
{
	struct manager_relay *r = io;

	if (at_us == USEC_INFINITY) {
		(void)sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(r->timer, at_us);
	(void)sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static int on_relay_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct manager_relay *r = userdata;
	struct relay_view v;
	int n, e;

	if (revents & EPOLLOUT) {
		(void)sd_event_source_set_io_events(s, EPOLLIN);
		upstream_on_writable(r->upstream);
	}
	for (unsigned i = 0; i < BATCH_MAX && r->fd >= 0; i++) {
		n = relay_msg_receive(r->fd, r->rx, sizeof(r->rx));
		if (n == -EAGAIN)
			return 0;
		if (n == 0 || n == -ECONNRESET) {
			relay_close(r);
			return 0;
		}
		e = n < 0 ? n : relay_msg_parse(r->rx, (size_t)n, true, &v);
		if (e == 0)
			e = upstream_on_relay_msg(r->upstream, &v);
		if (e < 0) {
			log_warning(
				"Upstream %s: the relay sent nonsense, its connection is closed",
				r->config->id);
			relay_close(r);
			return 0;
		}
	}
	return 0;
}

static int on_listen(sd_event_source *s, int listen_fd, uint32_t revents, void *userdata)
{
	struct manager_relay *r = userdata;
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	if (r->fd >= 0) {
		struct pollfd p = {.fd = r->fd};

		/* A killed relay's end may be behind its successor's beginning in the queue. */
		if (poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR))
			relay_close(r);
	}
	if (r->fd >= 0) {
		log_warning("Upstream %s: a second relay was turned away", r->config->id);
		(void)close(fd);
		return 0;
	}
	if (sd_event_add_io(r->event, &r->source, fd, EPOLLIN, on_relay_io, r) < 0) {
		(void)close(fd);
		return 0;
	}
	r->fd = fd;
	upstream_on_relay_here(r->upstream);
	return 0;
}

/* --- its socket */

static int make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int socket_listen(struct manager_relay *r, const char *runtime_dir)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char parent[PATH_MAX];
	struct stat st;
	int e;

	if (snprintf(parent, sizeof(parent), "%s/relay", runtime_dir) >= (int)sizeof(parent) ||
		asprintf(&r->dir, "%s/%s", parent, r->config->id) < 0)
		return -ENAMETOOLONG;
	e = make_dir(parent, 0755);
	if (e == 0)
		e = chmod(parent, 0755) < 0 ? -errno : make_dir(r->dir, 0750);
	if (e < 0)
		return e;
	r->dir_fd = open(r->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The modes said, whatever the umask. */
	if (r->dir_fd < 0 || fchmod(r->dir_fd, 0750) < 0)
		return -errno;
	if (fstatat(r->dir_fd, "sock", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return -EEXIST;
		if (unlinkat(r->dir_fd, "sock", 0) < 0)
			return -errno;
	}
	r->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->listen_fd < 0)
		return -errno;
	/* sun_path holds 107 bytes; a runtime directory in a test tree may be longer. */
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/sock", r->dir_fd);
	if (bind(r->listen_fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
		fchmodat(r->dir_fd, "sock", 0660, 0) < 0 || listen(r->listen_fd, 4) < 0)
		return -errno;
	return 0;
}

/* --- the journal's functions, bound */

static int out_open(void *store, const char *upstream, journal_out_state_fn fn, void *userdata)
{
	return journal_out_open(store, upstream, fn, userdata);
}

static int out_put(void *store, const char *upstream, struct out_message *message, uint64_t cursor,
	uint64_t max_bytes, journal_done_fn done, void *userdata)
{
	return journal_out_put(store, upstream, message, cursor, max_bytes, done, userdata);
}

static int out_fetch(void *store, const char *upstream, const uint64_t *in_flight,
	size_t n_in_flight, size_t max, uint64_t now_us, uint64_t session_us,
	journal_out_fetch_fn fn, void *userdata)
{
	return journal_out_fetch(
		store, upstream, in_flight, n_in_flight, max, now_us, session_us, fn, userdata);
}

static int out_acked(void *store, const char *upstream, uint64_t seq, uint64_t await_us,
	journal_done_fn done, void *userdata)
{
	return journal_out_acked(store, upstream, seq, await_us, done, userdata);
}

static int out_receipt(void *store, const char *upstream, const uint64_t *seqs, size_t n,
	journal_done_fn done, void *userdata)
{
	return journal_out_receipt(store, upstream, seqs, n, done, userdata);
}

static int out_drop(
	void *store, const char *upstream, uint64_t seq, journal_done_fn done, void *userdata)
{
	return journal_out_drop(store, upstream, seq, done, userdata);
}

static int out_lost(void *store, const char *upstream, journal_lost_fn fn, void *userdata)
{
	return journal_out_lost(store, upstream, fn, userdata);
}

/* --- life */

int manager_relay_new(sd_event *event, struct journal *j, const char *runtime_dir,
	const struct upstream_config *config, const struct upstream_ops *ops, void *userdata,
	struct manager_relay **ret)
{
	struct upstream_env env = {
		.may_publish = io_may_publish,
		.store = j,
		.out_open = out_open,
		.out_put = out_put,
		.out_fetch = out_fetch,
		.out_acked = out_acked,
		.out_receipt = out_receipt,
		.out_drop = out_drop,
		.out_lost = out_lost,
		.send = io_send,
		.drop = io_drop,
		.now = io_now,
		.wake = io_wake,
	};
	const struct upstream_ops mine = {
		.on_ready = on_ready,
		.on_connect = on_connect,
		.on_changed = on_changed,
		.on_message = on_message,
		.on_gone = on_gone,
	};
	_cleanup_(manager_relay_freep) struct manager_relay *r = NULL;
	int e;

	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->listen_fd = r->fd = r->dir_fd = -1;
	r->config = config;
	r->event = sd_event_ref(event);
	r->userdata = userdata;
	if (ops)
		r->ops = *ops;
	r->notes = notes_new(j, config->id, on_noted, r);
	if (!r->notes)
		return -ENOMEM;
	env.io = r;
	e = socket_listen(r, runtime_dir);
	if (e < 0)
		return e;
	e = sd_event_add_io(event, &r->listen_source, r->listen_fd, EPOLLIN, on_listen, r);
	if (e < 0)
		return e;
	e = sd_event_add_time(event, &r->timer, CLOCK_BOOTTIME, 0, 0, on_timer, r);
	if (e < 0)
		return e;
	(void)sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	e = upstream_new(config, &env, &mine, r, &r->upstream);
	if (e < 0)
		return e;
	*ret = TAKE_PTR(r);
	return 0;
}

struct manager_relay *manager_relay_free(struct manager_relay *r)
{
	if (!r)
		return NULL;
	r->source = sd_event_source_disable_unref(r->source);
	r->drop = sd_event_source_disable_unref(r->drop);
	r->listen_source = sd_event_source_disable_unref(r->listen_source);
	closep(&r->fd);
	closep(&r->listen_fd);
	r->upstream = upstream_free(r->upstream);
	r->notes = notes_free(r->notes);
	r->timer = sd_event_source_disable_unref(r->timer);
	if (r->dir_fd >= 0) {
		(void)unlinkat(r->dir_fd, "sock", 0);
		(void)close(r->dir_fd);
		(void)rmdir(r->dir);
	}
	free(r->dir);
	r->event = sd_event_unref(r->event);
	free(r);
	return NULL;
}

void manager_relay_set_config(struct manager_relay *r, const struct upstream_config *config)
{
	r->config = config;
	upstream_set_config(r->upstream, config);
}

struct upstream *manager_relay_upstream(struct manager_relay *r)
{
	return r->upstream;
}
