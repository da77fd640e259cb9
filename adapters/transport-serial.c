/* SPDX-License-Identifier: Apache-2.0 */
/* TRANSPORT_BYTES: serial lines and serial servers that pass raw bytes (ser2net "raw", no telnet).
 * Real ports are opened and set up through libserialport, which knows custom speeds; it refuses
 * what sysfs does not list as a port, pseudo-terminals above all, so those are plain descriptors.
 * After opening all three are one non-blocking descriptor and bounded I/O on it: the library's own
 * blocking calls are not used. */
#include "transport-internal.h"

#include "daemon/base/clock.h"

#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

/* Documentation/admin-guide/devices.txt: Unix98 pseudo-terminal slaves. */
#define PTY_MAJOR_FIRST 136
#define PTY_MAJOR_LAST  143

struct bytes {
	int fd; /* -1 = closed; belongs to PORT where there is one */
	struct sp_port *port;
	bool pty, tcp;
	/* For the counters: a send opens a request, its first byte back makes it a reply. */
	bool waiting;
	uint64_t busy_from_us; /* 0 = nothing was sent since the line opened */
};

static int bytes_init(struct transport *t)
{
	struct bytes *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->fd = -1;
	t->impl = b;
	return 0;
}

static void bytes_close(struct transport *t)
{
	struct bytes *b = t->impl;

	if (!b || b->fd < 0)
		return;
	if (!b->tcp && !b->pty)
		(void)ioctl(b->fd, TIOCNXCL);
	if (b->port) {
		(void)sp_close(b->port);
		sp_free_port(b->port);
		b->port = NULL;
	} else {
		(void)close(b->fd);
	}
	b->fd = -1;
}

static void bytes_done(struct transport *t)
{
	free(t->impl);
	t->impl = NULL;
}

/* ---- opening */

static int open_error(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return -EACCES;
	case EBUSY:
	case EAGAIN:
		return -EBUSY;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return -error;
	default:
		return -ENODEV;
	}
}

static int port_error(enum sp_return r)
{
	switch (r) {
	case SP_OK:
		return 0;
	case SP_ERR_MEM:
		return -ENOMEM;
	case SP_ERR_ARG:
	case SP_ERR_SUPP:
		return -EINVAL;
	case SP_ERR_FAIL:
		break;
	}
	return errno == EIO || errno == ENXIO || errno == ENODEV ? -ENODEV : -EINVAL;
}

static enum sp_parity port_parity(char parity)
{
	switch (parity) {
	case 'E':
		return SP_PARITY_EVEN;
	case 'O':
		return SP_PARITY_ODD;
	}
	return SP_PARITY_NONE;
}

/* A driver may take a setting without an error and run at another, so what it took is read back.
 * 3 % is what an 11-bit character still survives. */
static int port_check(struct sp_port *port, uint32_t baud, char parity, uint8_t stop_bits)
{
	struct sp_port_config *c = NULL;
	enum sp_parity got_parity = SP_PARITY_INVALID;
	int got_baud = 0, got_stop = 0, r;

	if (sp_new_config(&c) != SP_OK)
		return -ENOMEM;
	r = port_error(sp_get_config(port, c));
	if (r == 0 && (sp_get_config_baudrate(c, &got_baud) != SP_OK ||
			      sp_get_config_parity(c, &got_parity) != SP_OK ||
			      sp_get_config_stopbits(c, &got_stop) != SP_OK))
		r = -EINVAL;
	sp_free_config(c);
	if (r < 0)
		return r;
	if (got_baud < 0 || (uint64_t)got_baud * 100 < (uint64_t)baud * 97 ||
		(uint64_t)got_baud * 100 > (uint64_t)baud * 103)
		return -EINVAL;
	return got_parity == port_parity(parity) && got_stop == stop_bits ? 0 : -EINVAL;
}

static int port_set_line(struct sp_port *port, uint32_t baud, char parity, uint8_t stop_bits)
{
	int r;

	if (baud > INT_MAX)
		return -EINVAL;
	r = port_error(sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE));
	if (r == 0)
		r = port_error(sp_set_baudrate(port, (int)baud));
	if (r == 0)
		r = port_error(sp_set_bits(port, 8));
	if (r == 0)
		r = port_error(sp_set_parity(port, port_parity(parity)));
	if (r == 0)
		r = port_error(sp_set_stopbits(port, stop_bits));
	if (r == 0)
		r = port_check(port, baud, parity, stop_bits);
	return r;
}

/* Two programs on one line would each get half of the other's replies. flock() keeps out those
 * that ask, TIOCEXCL the others; not on a pseudo-terminal, where the flag outlives us for as long
 * as the other side holds the slave open. */
static int take_line(int fd, bool pty)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -ENODEV;
	if (!pty && ioctl(fd, TIOCEXCL) < 0)
		return -ENODEV;
	return 0;
}

/* -EOPNOTSUPP: not a port in the library's eyes. */
static int open_port(struct transport *t, struct bytes *b, const char *path)
{
	struct sp_port *port = NULL;
	int fd = -1, r;

	if (sp_get_port_by_name(path, &port) != SP_OK)
		return -EOPNOTSUPP;
	errno = 0;
	if (sp_open(port, SP_MODE_READ_WRITE) != SP_OK) {
		r = errno ? open_error(errno) : -ENODEV;
		sp_free_port(port);
		return r;
	}
	r = port_error(sp_get_port_handle(port, &fd));
	if (r == 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0))
		r = -ENODEV;
	if (r == 0)
		r = take_line(fd, false);
	if (r < 0)
		goto fail;
	r = port_set_line(port, t->config.baud, t->config.parity, t->config.stop_bits);
	if (r < 0) {
		/* Else whoever has it open besides keeps everybody but root from it. */
		(void)ioctl(fd, TIOCNXCL);
		goto fail;
	}
	(void)tcflush(fd, TCIFLUSH);
	b->port = port;
	b->fd = fd;
	return 0;
fail:
	(void)sp_close(port);
	sp_free_port(port);
	return r;
}

/* Speed and parity mean nothing on a pseudo-terminal; what matters is that the line discipline
 * leaves the bytes alone. */
static int open_plain(struct bytes *b, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios tio;
	int r;

	if (fd < 0)
		return open_error(errno);
	if (tcgetattr(fd, &tio) < 0)
		return errno == ENOTTY ? -EINVAL : -ENODEV;
	r = take_line(fd, true);
	if (r < 0)
		return r;
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	tio.c_cc[VMIN] = 1;
	tio.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &tio) < 0)
		return -ENODEV;
	(void)tcflush(fd, TCIFLUSH);
	b->fd = TAKE_FD(fd);
	return 0;
}

static int open_line(struct transport *t, struct bytes *b)
{
	_cleanup_free_ char *path = realpath(t->words.path, NULL); /* by-id names are links */
	struct stat st;

	if (!path || stat(path, &st) < 0)
		return open_error(errno);
	if (!S_ISCHR(st.st_mode))
		return -EINVAL;
	b->pty = major(st.st_rdev) >= PTY_MAJOR_FIRST && major(st.st_rdev) <= PTY_MAJOR_LAST;
	return b->pty ? open_plain(b, path) : open_port(t, b, path);
}

static int bytes_open(struct transport *t, uint64_t deadline_us)
{
	struct bytes *b = t->impl;
	int r;

	b->tcp = t->words.scheme == SCHEME_SERIALTCP;
	r = b->tcp ? transport_tcp_connect(t, deadline_us, &b->fd) : open_line(t, b);
	if (r < 0)
		return r == -EOPNOTSUPP ? -EINVAL : r;
	b->waiting = false;
	b->busy_from_us = 0;
	return 0;
}

/* ---- bytes */

static int bytes_send(struct transport *t, const uint8_t *p, size_t n, uint64_t deadline_us)
{
	struct bytes *b = t->impl;
	int r;

	t->stats.requests++;
	b->waiting = true;
	b->busy_from_us = clock_boottime_us();
	transport_traced(t, true, b->busy_from_us, p, n);
	r = transport_fd_write(t, b->fd, p, n, deadline_us);
	return r;
}

static int bytes_recv(struct transport *t, uint8_t *p, size_t size, uint64_t deadline_us)
{
	struct bytes *b = t->impl;
	int r = transport_fd_read(t, b->fd, p, size, deadline_us);
	uint64_t now = clock_boottime_us();

	if (b->busy_from_us) {
		t->stats.busy_us += now - b->busy_from_us;
		b->busy_from_us = now;
	}
	if (r > 0) {
		if (b->waiting)
			t->stats.replies++;
		transport_traced(t, false, now, p, (size_t)r);
	} else if (r == -ETIMEDOUT && b->waiting) {
		t->stats.timeouts++;
	}
	b->waiting = false;
	if (r == -ETIMEDOUT)
		b->busy_from_us = 0;
	return r;
}

static int bytes_drain(struct transport *t, uint64_t silence_us, uint64_t deadline_us)
{
	struct bytes *b = t->impl;
	uint8_t buf[256];
	int dropped = 0;

	for (;;) {
		uint64_t now = clock_boottime_us();
		uint64_t until = silence_us ? MIN(now + silence_us, deadline_us) : 0;
		int r = transport_fd_read(t, b->fd, buf, sizeof(buf), until);

		if (r == -ETIMEDOUT)
			return dropped;
		if (r < 0)
			return r;
		transport_traced(t, false, clock_boottime_us(), buf, (size_t)r);
		dropped = dropped > INT_MAX - r ? INT_MAX : dropped + r;
		t->stats.drained_bytes += (uint64_t)r;
		if (clock_boottime_us() >= deadline_us) /* a flood never goes quiet */
			return dropped;
	}
}

static int bytes_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits)
{
	struct bytes *b = t->impl;
	int r;

	if (baud == 0 || !strchr("NEO", parity) || parity == 0 || stop_bits < 1 || stop_bits > 2)
		return -EINVAL;
	if (!b->port)
		return 0;
	r = port_set_line(b->port, baud, parity, stop_bits);
	if (r < 0)
		return r;
	(void)tcflush(b->fd, TCIFLUSH); /* what came at the other speed is noise */
	return 0;
}

const struct transport_ops transport_bytes_ops = {
	.init = bytes_init,
	.open = bytes_open,
	.close = bytes_close,
	.done = bytes_done,
	.send = bytes_send,
	.recv = bytes_recv,
	.drain = bytes_drain,
	.set_line = bytes_set_line,
};
