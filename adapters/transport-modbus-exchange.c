/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction with every check made, on RTU and on TCP; and what a scan asks beside.
 *
 * libmodbus does not receive: it takes the length of a reply from the reply, does not compare unit, protocol or
 * byte count with the request, and waits with select(). See docs/decisions/ and modbus-frame.h. */
#include "transport-modbus-internal.h"

#include "daemon/base/clock.h"
#include "modbus-identify.h"

#include <time.h>

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

/* Ready to send on RTU: nothing like this may still be answered, and the line is quiet. */
static int rtu_ready(struct transport *t, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t shape, uint64_t quiet_us, uint64_t deadline_us)
{
	struct line *l = t->impl;
	uint64_t until;
	int r;

	if (unit == 0)
		return -EINVAL; /* broadcast: nobody answers */
	if (l->fd < 0 && line_connect_again(t, deadline_us) < 0)
		return -ENODEV;
	if (modbus_shape_recent(
		    &l->shapes, unit, function, address, shape, clock_boottime_us(), &until))
		return -EAGAIN;
	/* 3.5 characters; above 19200 baud the specification fixes 1.75 ms. */
	quiet_us = MAX(quiet_us, t->char_us * 7 / 2);
	if (t->char_us > 0)
		quiet_us = MAX(quiet_us, 1750ULL);
	r = line_quiet(t, quiet_us, deadline_us);
	if (r == -EBADMSG)
		t->stats.bad_frames++;
	return r == -EBADMSG && !l->mb ? line_out_of_step(t, r) : r;
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
			return l->mb ? -EBADMSG : line_out_of_step(t, -EBADMSG);
	}
}

static int rtu_transaction(struct transport *t, const struct modbus_request *rq, uint64_t quiet_us,
	uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception)
{
	struct line *l = t->impl;
	uint8_t frame[MODBUS_FRAME_RTU_MAX];
	uint64_t sent, end;
	struct modbus_found f = {0};
	uint16_t shape = modbus_shape_of(rq);
	bool silent;
	int r;

	r = rtu_ready(t, rq->unit, rq->function, rq->address, shape, quiet_us, deadline_us);
	if (r < 0)
		return r;
	r = line_send(t, frame, modbus_rtu_build(rq, frame), deadline_us);
	if (r < 0)
		return r;
	sent = clock_boottime_us();
	r = rtu_receive(t, rq, deadline_us, &f, &silent);
	end = clock_boottime_us();
	l->shapes.before[rq->unit].function = rq->function;
	l->shapes.before[rq->unit].address = rq->address;
	l->shapes.before[rq->unit].count = shape;
	if (rq->pdu)
		modbus_shapes_spoilt(&l->shapes, rq->unit);
	modbus_shape_used(&l->shapes, rq->unit, rq->function, rq->address, shape, rq->pdu || silent,
		end, end + (silent ? late_us : MIN(late_us, DOUBLED_US)));
	if (silent)
		modbus_shape_used(&l->shapes, rq->unit, 0, 0, 0, true, end, end + late_us);
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

		if (l->fd < 0 && line_connect_again(t, deadline_us) < 0)
			return -ENODEV;
		l->n_rx = 0;
		n = line_read(t, MIN(l->active_us + quiet_us, deadline_us));
		if (n == -ETIMEDOUT)
			return clock_boottime_us() < l->active_us + quiet_us ? -EAGAIN : 0;
		if (n > 0)
			t->stats.drained_bytes += (uint64_t)n;
		(void)line_out_of_step(t, 0);
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
	r = line_send(t, frame, n, deadline_us);
	if (r < 0)
		return r;
	sent = l->active_us;
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
		return line_out_of_step(t, r);
	case -EBADMSG:
		t->stats.bad_frames++;
		return line_out_of_step(t, r);
	default:
		return r;
	}
}

int modbus_transaction(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
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

int modbus_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n, uint64_t quiet_us,
	uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX], uint8_t *ret_exception)
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
	r = tcp ? tcp_ready(t, quiet_us, deadline_us)
		: rtu_ready(t, unit, pdu[0], 0, 0, quiet_us, deadline_us);
	if (r < 0)
		return r;
	r = line_send(t, frame,
		tcp ? modbus_identify_tcp(unit, pdu, n, ++l->transaction, frame)
		    : modbus_identify_rtu(unit, pdu, n, frame),
		deadline_us);
	if (r < 0)
		return r;
	r = identify_receive(t, unit, pdu, n, deadline_us, &f);
	end = clock_boottime_us();
	if (!tcp) {
		modbus_shape_used(
			&l->shapes, unit, pdu[0], 0, 0, true, end, end + MIN(late_us, DOUBLED_US));
		if (r == -ETIMEDOUT || r == -EBADMSG)
			modbus_shape_used(&l->shapes, unit, 0, 0, 0, true, end, end + late_us);
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
		return line_out_of_step(t, r);
	return r == 0 ? (int)f.pdu_len : r;
}
