/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-tap.h"

#include "share/tap.h"

#include <assert.h>
#include <sys/epoll.h>
#include <sys/socket.h>

struct reader {
	struct line *line;
	int fd; /* -1: free */
	sd_event_source *source;
	uint32_t lost;
	bool share;
};

struct tap {
	struct reader readers[TAP_READERS_MAX + 1]; /* the last is hearth-share's */
	size_t n;
};

static int line_tap(struct line *l, bool on)
{
	return l->bus ? bus_send(l->bus, &(struct bus_cmd){.type = BUS_CMD_TAP, .on = on})
		      : -ENOTCONN;
}

static void reader_close(struct reader *r)
{
	struct tap *t = r->line->tap;

	if (r->fd < 0)
		return;
	r->source = sd_event_source_disable_unref(r->source);
	closep(&r->fd);
	r->fd = -1;
	if (--t->n == 0)
		(void)line_tap(r->line, false);
}

/* Readers have nothing to say; all that comes is their end. */
static int on_reader(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct reader *r = userdata;
	char c[16];
	ssize_t n = recv(fd, c, sizeof(c), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
		(revents & (EPOLLHUP | EPOLLERR)))
		reader_close(r);
	return 0;
}

static void reader_send(struct reader *r, struct tap_frame *f)
{
	uint8_t buf[TAP_MAX];
	uint32_t lost = f->lost;

	f->lost = r->lost + lost < lost ? UINT32_MAX : r->lost + lost;
	if (send(r->fd, buf, tap_encode(f, buf), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		r->lost = 0;
	else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == EINTR)
		r->lost = f->lost < UINT32_MAX ? f->lost + 1 : f->lost;
	else
		reader_close(r);
	f->lost = lost;
}

static void hello(struct reader *r)
{
	const struct bus_config *c = r->line->conf;
	struct tap_frame f = {.kind = TAP_HELLO, .boot_us = clock_boottime_us()};
	int n = snprintf((char *)f.data, sizeof(f.data), "%.*s %s", (int)strcspn(c->device, ":"),
		c->device, c->id);

	f.len = (uint16_t)CLAMP(n, 0, (int)sizeof(f.data) - 1);
	reader_send(r, &f);
}

static struct tap *tap_of(struct line *l)
{
	struct tap *t = l->tap ? l->tap : calloc(1, sizeof(*t));

	if (!t || l->tap)
		return t;
	for (size_t i = 0; i < ARRAY_SIZE(t->readers); i++) {
		t->readers[i].fd = -1;
		t->readers[i].line = l;
	}
	return l->tap = t;
}

int manager_tap_add(struct line *l, int fd, bool share)
{
	struct tap *t = tap_of(l);
	struct reader *r = NULL;
	int e;

	if (!t)
		return -ENOMEM;
	for (size_t i = share ? TAP_READERS_MAX : 0;
		i < (share ? TAP_READERS_MAX + 1 : TAP_READERS_MAX); i++)
		if (t->readers[i].fd < 0)
			r = &t->readers[i];
	if (!r)
		return -EBUSY;
	if (t->n == 0) {
		e = line_tap(l, true);
		if (e < 0)
			return e;
	}
	e = sd_event_add_io(l->manager->event, &r->source, fd, EPOLLIN, on_reader, r);
	if (e < 0)
		return e;
	r->fd = fd;
	r->lost = 0;
	r->share = share;
	t->n++;
	hello(r);
	return 0;
}

void manager_tap_frame(struct line *l, uint64_t t_us, const struct bus_frame *b)
{
	struct tap_frame f = {.kind = b->to_appliance ? TAP_TO : TAP_FROM,
		.boot_us = t_us,
		.lost = b->lost,
		.len = b->len};

	static_assert(TAP_DATA_MAX == FRAME_DATA_MAX, "a frame fits");
	if (!l->tap)
		return;
	if (clock_is_set(l->manager->config->clock))
		f.wall_us = clock_realtime_us() - (clock_boottime_us() - t_us);
	memcpy(f.data, b->data, b->len);
	for (size_t i = 0; i < ARRAY_SIZE(l->tap->readers); i++)
		if (l->tap->readers[i].fd >= 0)
			reader_send(&l->tap->readers[i], &f);
}

void manager_tap_move(struct line *to, struct line *from)
{
	to->tap = TAKE_PTR(from->tap);
	for (size_t i = 0; to->tap && i < ARRAY_SIZE(to->tap->readers); i++)
		to->tap->readers[i].line = to;
}

void manager_tap_done(struct line *l)
{
	for (size_t i = 0; l->tap && i < ARRAY_SIZE(l->tap->readers); i++)
		reader_close(&l->tap->readers[i]);
	free(l->tap);
	l->tap = NULL;
}
