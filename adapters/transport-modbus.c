/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus RTU, Modbus TCP and RTU over TCP: one transaction with every check made.
 *
 * libmodbus opens and sets up the serial line and frames the request on it. It does not receive: it
 * takes the length of a reply from the reply, does not compare unit, protocol or byte count with the
 * request, and waits with select(). See docs/decisions/ and modbus-frame.h. */
#include "transport-internal.h"

#include "../daemon/clock.h"
#include "modbus-frame.h"
#include "modbus-identify.h"

#include <fcntl.h>
#include <modbus/modbus.h> /* not ours of the same name */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>

/* Shapes remembered. A request takes 6 ms at the very least on the fastest lines, so 256 last for
 * more than the usual second; when the table is full nothing is sent until an entry is old. */
#define SHAPES_MAX 256
/* Bytes taken while one reply is awaited or one line is drained. A line at 115200 baud brings 11520
 * a second; what brings more is a socket gone mad. */
#define FLOOD_BYTES 16384
/* After a reply with a wrong CRC nothing more is expected; USB adapters hold bytes for 16 ms. */
#define CORRUPT_SILENCE_US (30 * USEC_PER_MSEC)
/* How long after a good answer a second copy of it may come: repeaters and radio links send some
 * twice; trials were made with 300 ms. */
#define DOUBLED_US (500 * USEC_PER_MSEC)
/* What a drain may take beyond one longest frame. */
#define DRAIN_SLACK_US (100 * USEC_PER_MSEC)

struct shape {
	uint8_t unit, function; /* function 0: all requests to this unit */
	bool mixed;             /* of several addresses, or none: nobody may have it */
	uint16_t count;
	uint16_t
		address; /* not .mixed: of all of them; a second reply to one of these says the same */
	uint64_t until_us;
};

struct line {
	modbus_t *mb; /* RTU alone; owns fd then */
	int fd;       /* -1 while closed */
	bool connect; /* sockets: closed after a mismatch, connect again at the next use */
	uint16_t transaction;
	bool echoes;        /* what was sent last came back: an adapter that hears itself */
	uint64_t active_us; /* when the last byte passed, as far as known */
	struct shape shapes[SHAPES_MAX];
	struct { /* the last request to each unit; function 0: none */
		uint8_t function;
		uint16_t address, count;
	} before[256];
	size_t n_rx;
	uint8_t rx[2 * MODBUS_FRAME_TCP_MAX];
};

/* ---- open and close */

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

/* A connection that is out of step is dropped; to the caller the line stays open. */
static int out_of_step(struct transport *t, int r)
{
	struct line *l = t->impl;

	(void)line_close(t);
	l->connect = true;
	return r;
}

static int connect_again(struct transport *t, uint64_t deadline_us)
{
	int r = modbus_open(t, deadline_us);

	if (r < 0)
		return -ENODEV;
	t->stats.reopens++;
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

/* ---- shapes: on RTU nothing tells a reply from an older one with the same unit, function and byte
 * count, so a request does not follow one like it while that may still be answered. */

/* Reads of one bit and of eight are answered with as many bytes. */
static uint16_t shape_of_read(uint8_t function, uint16_t count)
{
	return (uint16_t)modbus_reply_bytes(function, count);
}

static bool shape_recent(const struct line *l, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	uint64_t until = 0, first_free = USEC_INFINITY;

	for (size_t i = 0; i < SHAPES_MAX; i++) {
		const struct shape *s = &l->shapes[i];

		first_free = MIN(first_free, s->until_us);
		if (s->until_us > now_us && s->unit == unit &&
			(s->function == 0 || (s->function == function && s->count == count &&
						     (s->mixed || s->address != address))))
			until = MAX(until, s->until_us);
	}
	if (until == 0 && first_free > now_us)
		until = first_free;
	if (until == 0)
		return false;
	*ret_until_us = until;
	return true;
}

static bool modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	const struct line *l = t->impl;

	if (t->words.scheme == SCHEME_TCP)
		return false; /* transaction numbers */
	count = shape_of_read(function, count);
	if (shape_recent(l, unit, function, address, count, now_us, ret_until_us))
		return true;
	if (l->before[unit].function != function || l->before[unit].count != count ||
		l->before[unit].address == address)
		return false;
	*ret_until_us = USEC_INFINITY;
	return true;
}

/* FUNCTION 0, COUNT 0: the unit as a whole. MIXED: not even the same request may follow. */
static void shape_used(struct line *l, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, bool mixed, uint64_t now_us, uint64_t until_us)
{
	struct shape *slot = &l->shapes[0];

	for (size_t i = 0; i < SHAPES_MAX; i++) {
		struct shape *s = &l->shapes[i];

		if (s->until_us != 0 && s->unit == unit && s->function == function &&
			s->count == count) {
			if (s->until_us <= now_us) {
				s->mixed = false;
				s->address = address;
			}
			s->mixed = s->mixed || mixed || s->address != address;
			s->until_us = MAX(s->until_us, until_us);
			return;
		}
		if (s->until_us < slot->until_us)
			slot = s;
	}
	*slot = (struct shape){unit, function, mixed, count, address, until_us};
}

/* What was read before a write is no answer to what is read after it. */
static void shapes_spoilt(struct line *l, uint8_t unit)
{
	for (size_t i = 0; i < SHAPES_MAX; i++)
		if (l->shapes[i].unit == unit)
			l->shapes[i].mixed = true;
}

/* What tells the reply of one request from that of another: of reads the count alone, of writes all
 * that the reply repeats. */
static uint16_t shape_of(const struct modbus_request *rq)
{
	return rq->pdu ? modbus_crc16(rq->pdu, modbus_reply_len(rq))
		       : shape_of_read(rq->function, rq->count);
}

/* ---- receiving */

/* Takes what comes until DEADLINE into l->rx, whose beginning gives way when it is full. */
static int line_read(struct transport *t, uint64_t deadline_us)
{
	struct line *l = t->impl;
	int n;

	if (l->n_rx == sizeof(l->rx)) {
		size_t keep = MODBUS_FRAME_TCP_MAX;

		memmove(l->rx, l->rx + l->n_rx - keep, keep);
		l->n_rx = keep;
	}
	n = transport_fd_read(t, l->fd, l->rx + l->n_rx, sizeof(l->rx) - l->n_rx, deadline_us);
	if (n <= 0)
		return n;
	l->active_us = clock_boottime_us();
	transport_traced(t, false, l->active_us, l->rx + l->n_rx, (size_t)n);
	l->n_rx += (size_t)n;
	return n;
}

static void line_forget(struct line *l, size_t n)
{
	memmove(l->rx, l->rx + n, l->n_rx - n);
	l->n_rx -= n;
}

/* Throws away what is there and waits for SILENCE. 0, -EBADMSG when the line never becomes quiet,
 * -EAGAIN when the deadline comes first, -ENODEV. */
static int line_quiet(struct transport *t, uint64_t silence_us, uint64_t deadline_us)
{
	struct line *l = t->impl;
	uint64_t limit = clock_boottime_us() + silence_us + MODBUS_FRAME_RTU_MAX * t->char_us +
			 DRAIN_SLACK_US;
	size_t bytes = 0;

	for (;;) {
		uint64_t until = l->active_us + silence_us, now;
		int n;

		l->n_rx = 0;
		n = line_read(t, MIN(until, deadline_us));
		if (n == -ENODEV)
			return n;
		now = clock_boottime_us();
		if (n > 0) {
			bytes += (size_t)n;
			t->stats.drained_bytes += (uint64_t)n;
			if (bytes > FLOOD_BYTES || now >= limit)
				return -EBADMSG;
			continue;
		}
		if (now >= until)
			return 0;
		if (now >= deadline_us)
			return -EAGAIN;
	}
}

/* ---- RTU, on a line or through a serial server */

static int rtu_send(struct transport *t, const struct modbus_request *rq, uint64_t deadline_us)
{
	struct line *l = t->impl;
	uint8_t frame[MODBUS_FRAME_RTU_MAX];
	size_t n = modbus_rtu_build(rq, frame);
	int r;

	if (l->mb) {
		/* libmodbus appends the CRC itself. The descriptor does not block, and a driver
		 * that cannot take a frame after a silence is stuck. */
		if (modbus_send_raw_request(l->mb, frame, (int)n - 2) != (int)n)
			return -ENODEV;
		t->stats.tx_bytes += n;
	} else {
		r = transport_fd_write(t, l->fd, frame, n, deadline_us);
		if (r < 0)
			return -ENODEV;
	}
	t->stats.requests++;
	l->active_us = clock_boottime_us() + n * t->char_us;
	transport_traced(t, true, clock_boottime_us(), frame, n);
	return 0;
}

/* The beginning of the answer is there. Each byte that comes would wake us: sleep until all but the
 * last can be there, and take them at once. */
static void let_it_come(const struct transport *t, const struct modbus_request *rq, uint64_t end_us)
{
	const struct line *l = t->impl;
	size_t all = modbus_reply_len(rq) + 3; /* unit and CRC */
	uint64_t now = clock_boottime_us(), us;
	struct timespec ts;

	if (t->char_us == 0 || l->n_rx < 2 || l->rx[0] != rq->unit || l->rx[1] != rq->function ||
		l->n_rx + 2 >= all)
		return;
	us = (all - l->n_rx - 1) * t->char_us;
	if (now + us >= end_us)
		return;
	ts = (struct timespec){(time_t)(us / USEC_PER_SEC), (long)(us % USEC_PER_SEC) * 1000};
	(void)nanosleep(&ts, NULL);
}

/* 0 with *ret_found over l->rx, -EREMOTEIO, -EBADMSG, -ETIMEDOUT, -ENODEV. *ret_silent when the
 * answer may still come. */
static int rtu_receive(struct transport *t, const struct modbus_request *asked,
	uint64_t deadline_us, struct modbus_found *ret_found, bool *ret_silent)
{
	struct line *l = t->impl;
	struct modbus_request rq = *asked;
	uint64_t end_us = deadline_us;
	bool suspect = false, corrupt = false, echoed = false;
	size_t bytes = 0;

	*ret_silent = false;
	for (;;) {
		struct modbus_found f;
		enum modbus_verdict v;
		int n = line_read(t, end_us);

		if (n == -ETIMEDOUT) {
			*ret_silent = !corrupt;
			return suspect || corrupt || l->n_rx > 0 ? -EBADMSG : -ETIMEDOUT;
		}
		if (n < 0)
			return n;
		v = modbus_rtu_scan(&rq, l->rx, l->n_rx, &f);
		t->stats.foreign += f.foreign;
		t->stats.echoes += f.echoes;
		if (f.echoes > 0) {
			echoed = true;
			rq.echoes = false;
		}
		if (v == MODBUS_REPLY || v == MODBUS_EXCEPTION) {
			if (!rq.pdu)
				l->echoes = echoed;
			*ret_found = f;
			/* It has come: what was incomplete before, or our own echo, is no sign of
			 * another one. */
			*ret_silent = suspect;
			return v == MODBUS_REPLY ? 0 : -EREMOTEIO;
		}
		*ret_silent = true;
		if (v == MODBUS_BAD)
			return -EBADMSG;
		line_forget(l, f.drop);
		if (!f.corrupt)
			let_it_come(t, &rq, end_us);
		suspect = suspect || f.mismatch || f.noise > 0;
		corrupt = corrupt || f.corrupt;
		end_us = deadline_us;
		if (corrupt)
			end_us = MIN(end_us, l->active_us + CORRUPT_SILENCE_US);
		bytes += (size_t)n;
		if (bytes > FLOOD_BYTES)
			return l->mb ? -EBADMSG : out_of_step(t, -EBADMSG);
	}
}

static int rtu_transaction(struct transport *t, const struct modbus_request *rq, uint64_t quiet_us,
	uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception)
{
	struct line *l = t->impl;
	uint64_t sent, end, until;
	struct modbus_found f = {0};
	uint16_t shape = shape_of(rq);
	bool silent;
	int r;

	if (rq->unit == 0)
		return -EINVAL; /* broadcast: nobody answers */
	if (shape_recent(
		    l, rq->unit, rq->function, rq->address, shape, clock_boottime_us(), &until))
		return -EAGAIN;
	/* 3.5 characters; above 19200 baud the specification fixes 1.75 ms. */
	quiet_us = MAX(quiet_us, t->char_us * 7 / 2);
	if (t->char_us > 0)
		quiet_us = MAX(quiet_us, 1750ULL);
	r = line_quiet(t, quiet_us, deadline_us);
	if (r == -EBADMSG) {
		t->stats.bad_frames++;
		return l->mb ? r : out_of_step(t, r);
	}
	if (r < 0)
		return r;
	r = rtu_send(t, rq, deadline_us);
	if (r < 0)
		return r;
	sent = clock_boottime_us();
	r = rtu_receive(t, rq, deadline_us, &f, &silent);
	end = clock_boottime_us();
	l->before[rq->unit].function = rq->function;
	l->before[rq->unit].address = rq->address;
	l->before[rq->unit].count = shape;
	if (rq->pdu)
		shapes_spoilt(l, rq->unit);
	shape_used(l, rq->unit, rq->function, rq->address, shape, rq->pdu || silent, end,
		end + (silent ? late_us : MIN(late_us, DOUBLED_US)));
	if (silent)
		shape_used(l, rq->unit, 0, 0, 0, true, end, end + late_us);
	switch (r) {
	case 0:
		memcpy(ret, l->rx + f.pdu, f.pdu_len);
		/* What stands behind it is left over: noise, or the reply again. */
		t->stats.drained_bytes += l->n_rx - (f.pdu + f.pdu_len + 2);
		t->stats.replies++;
		t->stats.busy_us += end - sent;
		return (int)f.pdu_len;
	case -EREMOTEIO:
		*ret_exception = f.exception;
		t->stats.exceptions++;
		t->stats.busy_us += end - sent;
		return r;
	case -ETIMEDOUT:
		t->stats.timeouts++;
		return r;
	case -EBADMSG:
		t->stats.bad_frames++;
		return r;
	default:
		return r;
	}
}

/* ---- TCP */

/* Ready to send: connected, nothing left over from before, QUIET passed. Servers close idle
 * connections, and what came late closes ours: one new connection is made in place, since nothing
 * was asked yet. */
static int tcp_ready(struct transport *t, uint64_t quiet_us, uint64_t deadline_us)
{
	struct line *l = t->impl;

	for (int attempt = 0; attempt < 2; attempt++) {
		int n;

		if (l->fd < 0 && connect_again(t, deadline_us) < 0)
			return -ENODEV;
		l->n_rx = 0;
		n = line_read(t, MIN(l->active_us + quiet_us, deadline_us));
		if (n == -ETIMEDOUT)
			return clock_boottime_us() < l->active_us + quiet_us ? -EAGAIN : 0;
		if (n > 0)
			t->stats.drained_bytes += (uint64_t)n;
		(void)out_of_step(t, 0);
	}
	return -ENODEV;
}

static int tcp_receive(struct transport *t, const struct modbus_request *rq, uint64_t deadline_us,
	struct modbus_found *ret)
{
	struct line *l = t->impl;

	l->n_rx = 0;
	for (;;) {
		enum modbus_verdict v;
		int n = line_read(t, deadline_us);

		if (n == -ETIMEDOUT)
			return l->n_rx > 0 ? -EBADMSG : n;
		if (n < 0)
			return n;
		v = modbus_tcp_check(rq, l->transaction, l->rx, l->n_rx, ret);
		switch (v) {
		case MODBUS_MORE:
			continue;
		case MODBUS_REPLY:
			return 0;
		case MODBUS_EXCEPTION:
			return -EREMOTEIO;
		case MODBUS_BAD:
			t->stats.foreign++;
			return -EBADMSG;
		}
	}
}

static int tcp_transaction(struct transport *t, const struct modbus_request *rq, uint64_t quiet_us,
	uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception)
{
	struct line *l = t->impl;
	uint8_t frame[MODBUS_FRAME_TCP_MAX];
	struct modbus_found f = {0};
	uint64_t sent, end;
	size_t n;
	int r;

	r = tcp_ready(t, quiet_us, deadline_us);
	if (r < 0)
		return r;
	n = modbus_tcp_build(rq, ++l->transaction, frame);
	r = transport_fd_write(t, l->fd, frame, n, deadline_us);
	if (r < 0)
		return -ENODEV;
	sent = l->active_us = clock_boottime_us();
	t->stats.requests++;
	transport_traced(t, true, sent, frame, n);
	r = tcp_receive(t, rq, deadline_us, &f);
	end = clock_boottime_us();
	switch (r) {
	case 0:
		memcpy(ret, l->rx + f.pdu, f.pdu_len);
		t->stats.replies++;
		t->stats.busy_us += end - sent;
		return (int)f.pdu_len;
	case -EREMOTEIO:
		*ret_exception = f.exception;
		t->stats.exceptions++;
		t->stats.busy_us += end - sent;
		return r;
	case -ETIMEDOUT:
		/* The late reply dies with its connection; a half-open one is noticed too. */
		t->stats.timeouts++;
		return out_of_step(t, r);
	case -EBADMSG:
		t->stats.bad_frames++;
		return out_of_step(t, r);
	default:
		return r;
	}
}

static int modbus_transaction(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	struct line *l = t->impl;
	struct modbus_request rq;
	int r = modbus_request_parse(unit, pdu, n, &rq);

	if (r < 0)
		return r;
	if (t->words.scheme == SCHEME_TCP)
		return tcp_transaction(t, &rq, quiet_us, deadline_us, ret, ret_exception);
	if (l->fd < 0 && connect_again(t, deadline_us) < 0)
		return -ENODEV;
	rq.echoes = l->echoes;
	return rtu_transaction(t, &rq, quiet_us, late_us, deadline_us, ret, ret_exception);
}

/* ---- what scans ask beside */

static int identify_receive(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t deadline_us, struct modbus_found *ret)
{
	struct line *l = t->impl;
	size_t bytes = 0;

	l->n_rx = 0;
	for (;;) {
		enum modbus_verdict v;
		int k = line_read(t, deadline_us);

		if (k == -ETIMEDOUT)
			return l->n_rx > 0 ? -EBADMSG : k;
		if (k < 0)
			return k;
		if (t->words.scheme == SCHEME_TCP)
			v = modbus_identify_tcp_check(
				unit, pdu, l->transaction, l->rx, l->n_rx, ret);
		else
			v = modbus_identify_rtu_scan(unit, pdu, n, l->rx, l->n_rx, ret);
		if (v == MODBUS_REPLY)
			return 0;
		if (v == MODBUS_EXCEPTION)
			return -EREMOTEIO;
		bytes += (size_t)k;
		if (v == MODBUS_BAD || bytes > FLOOD_BYTES)
			return -EBADMSG;
	}
}

static int identify_send(struct transport *t, const uint8_t *frame, size_t n, uint64_t deadline_us)
{
	struct line *l = t->impl;

	if (l->mb) {
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

static int identify_ready(struct transport *t, uint8_t unit, uint8_t function, uint64_t quiet_us,
	uint64_t deadline_us)
{
	struct line *l = t->impl;
	uint64_t until;
	int r;

	if (t->words.scheme == SCHEME_TCP)
		return tcp_ready(t, quiet_us, deadline_us);
	if (unit == 0)
		return -EINVAL;
	if (l->fd < 0 && connect_again(t, deadline_us) < 0)
		return -ENODEV;
	if (shape_recent(l, unit, function, 0, 0, clock_boottime_us(), &until))
		return -EAGAIN;
	quiet_us = MAX(quiet_us, t->char_us * 7 / 2);
	if (t->char_us > 0)
		quiet_us = MAX(quiet_us, 1750ULL);
	r = line_quiet(t, quiet_us, deadline_us);
	if (r == -EBADMSG)
		t->stats.bad_frames++;
	return r == -EBADMSG && !l->mb ? out_of_step(t, r) : r;
}

static int modbus_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	struct line *l = t->impl;
	uint8_t frame[MODBUS_IDENTIFY_PDU + 7];
	struct modbus_found f = {0};
	bool tcp = t->words.scheme == SCHEME_TCP;
	uint64_t end;
	int r;

	if (!modbus_identify_valid(pdu, n))
		return modbus_transaction(
			t, unit, pdu, n, quiet_us, late_us, deadline_us, ret, ret_exception);
	r = identify_ready(t, unit, pdu[0], quiet_us, deadline_us);
	if (r < 0)
		return r;
	r = identify_send(t, frame,
		tcp ? modbus_identify_tcp(unit, pdu, n, ++l->transaction, frame)
		    : modbus_identify_rtu(unit, pdu, n, frame),
		deadline_us);
	if (r < 0)
		return r;
	r = identify_receive(t, unit, pdu, n, deadline_us, &f);
	end = clock_boottime_us();
	if (!tcp) {
		shape_used(l, unit, pdu[0], 0, 0, true, end, end + MIN(late_us, DOUBLED_US));
		if (r == -ETIMEDOUT || r == -EBADMSG)
			shape_used(l, unit, 0, 0, 0, true, end, end + late_us);
	}
	t->stats.replies += r == 0;
	t->stats.exceptions += r == -EREMOTEIO;
	t->stats.timeouts += r == -ETIMEDOUT;
	t->stats.bad_frames += r == -EBADMSG;
	if (r == 0)
		memcpy(ret, l->rx + f.pdu, f.pdu_len);
	if (r == -EREMOTEIO)
		*ret_exception = f.exception;
	if (tcp && (r == -ETIMEDOUT || r == -EBADMSG))
		return out_of_step(t, r);
	return r == 0 ? (int)f.pdu_len : r;
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
	.shape_busy = modbus_shape_busy,
	.probe = modbus_probe,
	.set_line = modbus_set_line,
};
