/* SPDX-License-Identifier: Apache-2.0 */
/* hearth-share BUS: answers Modbus TCP readers from what hearthd has read. One thread, poll(); it listens
 * on the sockets it was given (systemd's LISTEN_FDS), and opens none but the one to hearthd. */
#include "image.h"

#include "build-config.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define CLIENTS_MAX 8
#define LISTEN_MAX  4
#define IDLE_US     (2 * USEC_PER_MIN)
/* A request that does not get complete, a reply that is not taken. */
#define STALL_US   (5 * USEC_PER_SEC)
#define RETRY_US   (2 * USEC_PER_SEC)
#define FRAMES_MAX 64 /* of the tap, and of a client, taken in one go */

struct client {
	int fd; /* -1: free */
	uint8_t rx[MODBUS_FRAME_TCP_MAX], tx[MODBUS_FRAME_TCP_MAX];
	size_t n_rx, n_tx, at_tx;
	uint64_t active_us;
};

struct share {
	const char *bus, *socket;
	int listen[LISTEN_MAX], tap, signals;
	size_t n_listen;
	uint64_t retry_us;
	bool said;
	struct image *image;
	struct client clients[CLIENTS_MAX];
	uint64_t refused, answered;
};

static int tap_open(const struct share *s)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (!str_copy(sa.sun_path, sizeof(sa.sun_path), s->socket))
		return -ENAMETOOLONG;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void tap_try(struct share *s, uint64_t now)
{
	if (s->tap >= 0 || now < s->retry_us)
		return;
	s->retry_us = now + RETRY_US;
	s->tap = tap_open(s);
	if (s->tap >= 0) {
		log_notice("bus %s: hearthd tells its frames", s->bus);
		(void)sd_notifyf(0, "STATUS=sharing bus %s", s->bus);
		s->said = false;
	} else if (!s->said) {
		s->said = true;
		log_warning(
			"bus %s: nothing from hearthd at %s: %s. Share=yes in its [Bus %s]? Trying again.",
			s->bus, s->socket, strerror(-s->tap), s->bus);
		(void)sd_notifyf(0, "STATUS=bus %s: waiting for hearthd", s->bus);
	}
}

static void tap_read(struct share *s)
{
	for (unsigned k = 0; k < FRAMES_MAX; k++) {
		uint8_t buf[TAP_MAX + 1];
		ssize_t n = recv(s->tap, buf, sizeof(buf), MSG_DONTWAIT);
		struct tap_frame f;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			closep(&s->tap);
			s->tap = -1;
			image_break(s->image);
			return;
		}
		if (tap_decode(buf, (size_t)n, &f) == 0)
			image_take(s->image, &f);
	}
}

/* ---- clients */

static void client_close(struct client *c)
{
	closep(&c->fd);
	*c = (struct client){.fd = -1};
}

static void client_accept(struct share *s, int listen_fd, uint64_t now)
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd < 0) {
			s->clients[i] = (struct client){.fd = fd, .active_us = now};
			return;
		}
	s->refused++;
	(void)close(fd);
}

/* 0, or -errno when the client is to go. */
static int client_send(struct client *c, uint64_t now)
{
	while (c->at_tx < c->n_tx) {
		ssize_t k = send(
			c->fd, c->tx + c->at_tx, c->n_tx - c->at_tx, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return errno == EAGAIN ? 0 : -errno;
		c->at_tx += (size_t)k;
		c->active_us = now;
	}
	c->at_tx = c->n_tx = 0;
	return 0;
}

/* One request of rx, if it is there whole: 1, 0, or -EBADMSG. A next one waits until this reply is taken:
 * a client that pipelines is answered in order, in bounded space. */
static int client_serve(struct share *s, struct client *c, uint64_t now)
{
	size_t len, n;

	if (c->n_tx > 0 || c->n_rx < 7)
		return 0;
	len = be16(c->rx + 4);
	if (be16(c->rx + 2) != 0 || len < 2 || len > 1 + MODBUS_FRAME_PDU_MAX)
		return -EBADMSG;
	if (c->n_rx < 6 + len)
		return 0;
	n = image_answer(s->image, c->rx[6], c->rx + 7, len - 1, clock_boottime_us(), c->tx + 7);
	memcpy(c->tx, c->rx, 4);
	put_be16(c->tx + 4, (uint16_t)(n + 1));
	c->tx[6] = c->rx[6];
	c->n_tx = 7 + n;
	c->n_rx -= 6 + len;
	memmove(c->rx, c->rx + 6 + len, c->n_rx);
	s->answered++;
	c->active_us = now;
	return 1;
}

static int client_run(struct share *s, struct client *c, short revents, uint64_t now)
{
	ssize_t k;
	int r;

	if (c->n_tx > 0) {
		r = client_send(c, now);
		if (r < 0 || c->n_tx > 0)
			return r;
	}
	if (revents & (POLLIN | POLLHUP | POLLERR)) {
		k = recv(c->fd, c->rx + c->n_rx, sizeof(c->rx) - c->n_rx, MSG_DONTWAIT);
		if (k == 0 && c->n_rx < sizeof(c->rx))
			return -ECONNRESET;
		if (k < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (k > 0)
			c->n_rx += (size_t)k;
	}
	for (unsigned i = 0; i < FRAMES_MAX; i++) {
		r = client_serve(s, c, now);
		if (r <= 0)
			return r;
		r = client_send(c, now);
		if (r < 0 || c->n_tx > 0)
			return r;
	}
	return 0;
}

static bool client_stalled(const struct client *c, uint64_t now)
{
	return now > c->active_us + (c->n_rx > 0 || c->n_tx > 0 ? STALL_US : IDLE_US);
}

/* ---- the loop */

static int loop(struct share *s)
{
	for (;;) {
		struct pollfd p[2 + LISTEN_MAX + CLIENTS_MAX];
		uint64_t now = clock_boottime_us(), interval;
		size_t n = 0;

		if (sd_watchdog_enabled(0, &interval) > 0)
			(void)sd_notify(0, "WATCHDOG=1");
		tap_try(s, now);
		p[n++] = (struct pollfd){.fd = s->signals, .events = POLLIN};
		p[n++] = (struct pollfd){.fd = s->tap, .events = POLLIN};
		for (size_t i = 0; i < s->n_listen; i++)
			p[n++] = (struct pollfd){.fd = s->listen[i], .events = POLLIN};
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			p[n++] = (struct pollfd){.fd = s->clients[i].fd,
				.events = s->clients[i].n_tx > 0 ? POLLOUT : POLLIN};
		if (poll(p, n, 1000) < 0 && errno != EINTR)
			return -errno;
		now = clock_boottime_us();
		if (p[0].revents)
			return 0;
		if (p[1].revents && s->tap >= 0)
			tap_read(s);
		for (size_t i = 0; i < CLIENTS_MAX; i++) {
			struct client *c = &s->clients[i];
			short revents = p[2 + s->n_listen + i].revents;

			if (c->fd >= 0 && ((revents && client_run(s, c, revents, now) < 0) ||
						  client_stalled(c, now)))
				client_close(c);
		}
		for (size_t i = 0; i < s->n_listen; i++)
			if (p[2 + i].revents)
				client_accept(s, s->listen[i], now);
	}
}

static int usage(FILE *f, int code)
{
	fputs("Usage: hearth-share BUS [--socket PATH]\n"
	      "Answers Modbus TCP readers from what hearthd has read on BUS. It listens on the sockets\n"
	      "that hearth-share@BUS.socket gives it; see hearth-share(8).\n",
		f);
	return code;
}

static int take_sockets(struct share *s)
{
	int n = sd_listen_fds(1);

	if (n <= 0 || n > LISTEN_MAX) {
		log_error(
			"1 to %d listening sockets must be given: start hearth-share@%s.socket, with "
			"ListenStream= of your choice (hearth-share(8))",
			LISTEN_MAX, s->bus);
		return -EINVAL;
	}
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) {
			log_error("socket %d that was given does not listen for streams", i);
			return -EINVAL;
		}
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		s->listen[s->n_listen++] = fd;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct share s = {.tap = -1, .signals = -1};
	char path[108];
	sigset_t mask;
	int r;

	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--help"))
			return usage(stdout, 0);
		if (streq(argv[i], "--version")) {
			puts("hearth-share " HEARTHD_VERSION);
			return 0;
		}
		if (streq(argv[i], "--socket") && i + 1 < argc)
			s.socket = argv[++i];
		else if (argv[i][0] != '-' && !s.bus)
			s.bus = argv[i];
		else
			return usage(stderr, 2);
	}
	if (!s.bus || !id_valid(s.bus))
		return usage(stderr, 2);
	if (!s.socket) {
		(void)snprintf(path, sizeof(path), HEARTHD_RUNTIME "/share/%s/sock", s.bus);
		s.socket = path;
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s.clients[i].fd = -1;
	if (take_sockets(&s) < 0)
		return 78; /* EX_CONFIG */
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	s.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signals < 0 || image_new(&s.image) < 0) {
		log_error("out of memory or descriptors");
		return 1;
	}
	(void)sd_notify(0, "READY=1");
	r = loop(&s);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		client_close(&s.clients[i]);
	closep(&s.tap);
	closep(&s.signals);
	(void)image_free(s.image);
	return r < 0 ? 1 : 0;
}
