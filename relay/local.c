/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/local.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define RETRY_MIN_US (200 * USEC_PER_MSEC)
#define RETRY_MAX_US (5 * USEC_PER_SEC)

struct datagram {
	struct datagram *next;
	struct relay_msg msg;
	char bytes[];
};

struct local {
	char *path;
	int fd;
	bool broken; /* a send failed; the end is seen by the next receive */
	uint64_t retry_us, next_us;
	struct datagram *head, **tail;
	size_t n;
	unsigned char rx[RELAY_MSG_MAX];
};

int local_new(const char *path, struct local **ret)
{
	struct local *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->fd = -1;
	l->retry_us = RETRY_MIN_US;
	l->tail = &l->head;
	l->path = strdup(path);
	if (!l->path) {
		free(l);
		return -ENOMEM;
	}
	*ret = l;
	return 0;
}

static void queue_clear(struct local *l)
{
	struct datagram *d;

	while ((d = l->head)) {
		l->head = d->next;
		free(d);
	}
	l->tail = &l->head;
	l->n = 0;
}

struct local *local_free(struct local *l)
{
	if (l) {
		closep(&l->fd);
		queue_clear(l);
		free(l->path);
		free(l);
	}
	return NULL;
}

int local_fd(const struct local *l)
{
	return l->fd;
}

short local_events(const struct local *l)
{
	return l->head ? POLLIN | POLLOUT : POLLIN;
}

size_t local_queued(const struct local *l)
{
	return l->n;
}

uint64_t local_next_us(const struct local *l)
{
	return l->fd >= 0 ? USEC_INFINITY : l->next_us;
}

/* sun_path holds 107 bytes: a longer path is reached through its directory. */
static int connect_path(int fd, const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_cleanup_close_ int dir_fd = -1;
	char dir[4096];
	char *slash;

	if (!str_copy(sa.sun_path, sizeof(sa.sun_path), path)) {
		if (!str_copy(dir, sizeof(dir), path) || !(slash = strrchr(dir, '/')))
			return -ENAMETOOLONG;
		*slash = 0;
		dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir_fd < 0)
			return -errno;
		if (snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/%s", dir_fd,
			    slash + 1) >= (int)sizeof(sa.sun_path))
			return -ENAMETOOLONG;
	}
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
}

bool local_run(struct local *l, uint64_t now_us)
{
	if (l->fd >= 0 || now_us < l->next_us)
		return false;
	/* Non-blocking: a hearthd that does not accept must not hold us in connect(). */
	l->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd >= 0 && connect_path(l->fd, l->path) == 0) {
		l->broken = false;
		return true;
	}
	local_close(l, now_us);
	return false;
}

void local_close(struct local *l, uint64_t now_us)
{
	if (l->fd >= 0)
		(void)close(TAKE_FD(l->fd));
	queue_clear(l);
	l->next_us = now_us + l->retry_us;
	l->retry_us = MIN(l->retry_us * 2, RETRY_MAX_US);
}

int local_flush(struct local *l, uint64_t now_us)
{
	struct datagram *d;
	int r;

	while ((d = l->head)) {
		r = relay_msg_send(l->fd, &d->msg, d->bytes, d->bytes + d->msg.n1,
			d->bytes + d->msg.n1 + d->msg.n2);
		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return r;
		l->head = d->next;
		if (!l->head)
			l->tail = &l->head;
		l->n--;
		free(d);
	}
	return 0;
}

int local_send(
	struct local *l, const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	struct datagram *d;
	int r = -EAGAIN;

	if (l->fd < 0 || l->broken)
		return -ENOTCONN;
	if (!l->head)
		r = relay_msg_send(l->fd, m, p1, p2, p3);
	if (r != -EAGAIN)
		goto out;
	r = -ENOBUFS;
	if (l->n >= LOCAL_QUEUE_MAX)
		goto out;
	d = malloc(sizeof(*d) + m->n1 + m->n2 + m->n3);
	if (!d)
		goto out;
	d->next = NULL;
	d->msg = *m;
	if (m->n1)
		memcpy(d->bytes, p1, m->n1);
	if (m->n2)
		memcpy(d->bytes + m->n1, p2, m->n2);
	if (m->n3)
		memcpy(d->bytes + m->n1 + m->n2, p3, m->n3);
	*l->tail = d;
	l->tail = &d->next;
	l->n++;
	return 0;
out:
	if (r < 0)
		l->broken = true;
	return r;
}

int local_receive(struct local *l, struct relay_view *view)
{
	int n;

	if (l->broken)
		return -EPIPE;
	n = relay_msg_receive(l->fd, l->rx, sizeof(l->rx));
	if (n == -EAGAIN)
		return 0;
	if (n == 0)
		return -ENOTCONN;
	if (n < 0)
		return n;
	n = relay_msg_parse(l->rx, (size_t)n, false, view);
	if (n < 0)
		return n;
	l->retry_us = RETRY_MIN_US;
	return 1;
}
