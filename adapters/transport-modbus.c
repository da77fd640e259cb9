/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus RTU, Modbus TCP and RTU over TCP: lines opened, set up and written to. libmodbus opens and sets up the
 * serial line and frames the request on it; receiving is transport-modbus-exchange.c. */
#include "transport-modbus-internal.h"

#include "daemon/base/clock.h"

#include <modbus/modbus.h> /* not ours of the same name */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>

static int line_close(struct transport *t)
{
	struct line *l = t->impl;

	if (l->mb) {
		if (l->fd >= 0) {
			/* Else close() waits up to 30 s for bytes a dead line does not take. */
			(void)tcflush(l->fd, TCIOFLUSH);
			modbus_close(l->mb);
		}
		modbus_free(l->mb);
		l->mb = NULL;
	} else if (l->fd >= 0) {
		(void)close(l->fd);
	}
	l->fd = -1;
	l->n_rx = 0;
	return 0;
}

static int open_error(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return -EACCES;
	case EBUSY:
	case EWOULDBLOCK: /* flock(): another program holds it */
		return -EBUSY;
	case EINVAL:
	case ENOTTY:
		return -EINVAL;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return -error;
	default:
		return -ENODEV;
	}
}

static bool is_pty(int fd)
{
	struct stat st;

	/* Unix98 pseudo-terminals, majors 136-143. They take no parity and no speed. */
	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) >= 136 &&
	       major(st.st_rdev) <= 143;
}

static int rtu_open(struct transport *t)
{
	const struct transport_config *c = &t->config;
	struct line *l = t->impl;
	struct termios tios;
	speed_t speed;
	int r;

	l->mb = modbus_new_rtu(t->words.path, (int)c->baud, c->parity, 8, c->stop_bits);
	if (!l->mb)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (modbus_connect(l->mb) < 0) {
		r = open_error(errno);
		(void)line_close(t);
		return r;
	}
	l->fd = modbus_get_socket(l->mb);
	/* Two programs on one line spoil each other's replies. */
	if (flock(l->fd, LOCK_EX | LOCK_NB) < 0 || tcgetattr(l->fd, &tios) < 0) {
		r = open_error(errno);
		(void)line_close(t);
		return r;
	}
	/* libmodbus leaves VMIN 0, with which "nothing there" and "gone" both read 0 bytes. */
	tios.c_cc[VMIN] = 1;
	tios.c_cc[VTIME] = 0;
	speed = cfgetospeed(&tios);
	r = tcsetattr(l->fd, TCSANOW, &tios) < 0 ? open_error(errno) : 0;
	/* tcsetattr() succeeds when any one setting was taken: look at what the driver made of it.
	 * Unknown speeds became 9600 in libmodbus. */
	if (r == 0 && (tcgetattr(l->fd, &tios) < 0 || cfgetospeed(&tios) != speed))
		r = -EINVAL;
	if (r == 0 && !is_pty(l->fd) &&
		((tios.c_cflag & CSIZE) != CS8 || !(tios.c_cflag & PARENB) != (c->parity == 'N') ||
			((tios.c_cflag & PARODD) != 0) != (c->parity == 'O') ||
			((tios.c_cflag & CSTOPB) != 0) != (c->stop_bits == 2)))
		r = -EINVAL;
	if (r < 0)
		(void)line_close(t);
	return r;
}

static int modbus_open(struct transport *t, uint64_t deadline_us)
{
	struct line *l = t->impl;
	int r;

	(void)line_close(t);
	r = t->words.scheme == SCHEME_RTU ? rtu_open(t)
					  : transport_tcp_connect(t, deadline_us, &l->fd);
	if (r < 0)
		return r;
	l->connect = false;
	/* The line's past is unknown: the silence before the first request counts from here. */
	l->active_us = clock_boottime_us();
	return 0;
}

static void modbus_shut(struct transport *t)
{
	struct line *l = t->impl;

	if (!l)
		return;
	(void)line_close(t);
	l->connect = false;
}

int line_out_of_step(struct transport *t, int r)
{
	struct line *l = t->impl;

	(void)line_close(t);
	l->connect = true;
	return r;
}

int line_connect_again(struct transport *t, uint64_t deadline_us)
{
	int r = modbus_open(t, deadline_us);

	if (r < 0)
		return -ENODEV;
	t->stats.reopens++;
	return 0;
}

int line_send(struct transport *t, const uint8_t *frame, size_t n, uint64_t deadline_us)
{
	struct line *l = t->impl;

	if (l->mb) {
		/* libmodbus appends the CRC itself. The descriptor does not block, and a driver
		 * that cannot take a frame after a silence is stuck. */
		if (modbus_send_raw_request(l->mb, frame, (int)n - 2) != (int)n)
			return -ENODEV;
		t->stats.tx_bytes += n;
	} else if (transport_fd_write(t, l->fd, frame, n, deadline_us) < 0) {
		return -ENODEV;
	}
	t->stats.requests++;
	l->active_us = clock_boottime_us() + n * t->char_us;
	transport_traced(t, true, clock_boottime_us(), frame, n);
	return 0;
}

/* What libmodbus 3.1.6 knows; it would take anything else as 9600. */
static bool baud_known(uint32_t baud)
{
	static const uint32_t bauds[] = {110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600,
		115200, 230400, 460800, 500000, 576000, 921600, 1000000};

	for (size_t i = 0; i < ARRAY_SIZE(bauds); i++)
		if (baud == bauds[i])
			return true;
	return false;
}

static int modbus_init(struct transport *t)
{
	struct line *l;

	if (t->words.scheme == SCHEME_RTU && !baud_known(t->config.baud))
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->fd = -1;
	(void)random_bytes(&l->transaction, sizeof(l->transaction));
	t->impl = l;
	return 0;
}

static void modbus_done(struct transport *t)
{
	free(t->impl);
	t->impl = NULL;
}

static bool modbus_busy(const struct transport *t, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	const struct line *l = t->impl;

	/* TCP has transaction numbers. */
	return t->words.scheme != SCHEME_TCP &&
	       modbus_shape_busy(&l->shapes, unit, function, address, count, now_us, ret_until_us);
}

static int modbus_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits)
{
	struct transport_config before = t->config;
	struct line *l = t->impl;
	int r;

	if (t->words.scheme != SCHEME_RTU)
		return 0;
	if (!baud_known(baud) || !strchr("NEO", parity) || stop_bits < 1 || stop_bits > 2)
		return -EINVAL;
	if (baud == before.baud && parity == before.parity && stop_bits == before.stop_bits)
		return 0;
	(void)line_close(t);
	t->config.baud = baud;
	t->config.parity = parity;
	t->config.stop_bits = stop_bits;
	r = rtu_open(t);
	if (r < 0) {
		t->config = before;
		if (rtu_open(t) < 0)
			return -ENODEV;
	}
	l->active_us = clock_boottime_us();
	return r;
}

const struct transport_ops transport_modbus_ops = {
	.init = modbus_init,
	.open = modbus_open,
	.close = modbus_shut,
	.done = modbus_done,
	.modbus = modbus_transaction,
	.shape_busy = modbus_busy,
	.probe = modbus_probe,
	.set_line = modbus_set_line,
};
