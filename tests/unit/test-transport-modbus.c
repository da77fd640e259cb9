/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile peer over a real pseudo-terminal and real loopback sockets: whatever it does, no value
 * that is not the one asked for is ever accepted. Register A holds A * 40503 + 7 (mod 65536), so a
 * reply to another address shows. The peer's pauses are its misbehaviour, not synchronisation: what
 * is asserted does not depend on how fast anything runs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../adapters/modbus-frame.h"
#include "../../adapters/transport.h"
#include "../../daemon/clock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>

#define UNIT       7
#define LATE_MS    5     /* how late the peer's replies may be, as the client is told */
#define PATIENT_MS 30000 /* where an answer is expected: never reached */
/* Registers that a reply has too many. On a busy machine it may come later than the client is told, when
 * that asks for something else: never for so many (ask()). */
#define TOO_MANY 60U

enum mode {
	GOOD,
	SILENT,
	LATE,
	DUP_NOW,
	DUP_LATER,
	OFF_BY_ONE,
	UNASKED,
	WRONG_UNIT,
	WRONG_FUNCTION,
	FEWER,
	MORE,
	BAD_CRC,
	TRUNCATED,
	OVERSIZE,
	LYING_COUNT,
	FLOOD,
	FLOOD_OF_REPLIES,
	DRIBBLE,
	SPLIT,
	ECHOED,
	ECHO_ONLY,
	NOISE_BEFORE,
	NOISE_AFTER,
	STRANGER_BEFORE,
	OTHER_MASTER,
	CONTRADICTION,
	EXCEPTION,
	EXCEPTION_BARE,
	EXCEPTION_LONG,
	EXCEPTION_FOREIGN,
	/* TCP */
	WRONG_TRANSACTION,
	WRONG_PROTOCOL,
	LENGTH_SHORT,
	LENGTH_LONG,
	CLOSE_AFTER,
	CLOSE_BEFORE,
};

struct peer {
	pthread_t thread;
	int listener, fd, stop[2];
	char link[64]; /* to the terminal */
	bool tcp;
	atomic_int mode;
	atomic_uint exception, seen, connections;
	uint8_t last[260]; /* the reply before, for OFF_BY_ONE and UNASKED */
	size_t n_last;
};

static uint16_t value_of(unsigned address)
{
	return (uint16_t)(address * 40503U + 7U);
}

static void pause_ms(unsigned ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};

	(void)nanosleep(&ts, NULL);
}

static bool stopped(const struct peer *p)
{
	struct pollfd pfd = {.fd = p->stop[0], .events = POLLIN};

	return poll(&pfd, 1, 0) > 0;
}

static void put(struct peer *p, const uint8_t *b, size_t n)
{
	while (n > 0 && !stopped(p)) {
		struct pollfd pfd = {.fd = p->fd, .events = POLLOUT};
		ssize_t k = p->listener >= 0 ? send(p->fd, b, n, MSG_NOSIGNAL) : write(p->fd, b, n);

		if (k < 0 && errno == EAGAIN && poll(&pfd, 1, 50) >= 0)
			continue;
		if (k <= 0)
			return;
		b += k;
		n -= (size_t)k;
	}
}

/* A frame around PDU, as this peer's kind has it; its length. */
static size_t wrap(const struct peer *p, uint16_t transaction, uint8_t unit, const uint8_t *pdu,
	size_t n, uint8_t *out)
{
	uint16_t crc;

	if (p->tcp) {
		put_be16(out, transaction);
		put_be16(out + 2, 0);
		put_be16(out + 4, (uint16_t)(n + 1));
		out[6] = unit;
		memcpy(out + 7, pdu, n);
		return n + 7;
	}
	out[0] = unit;
	memcpy(out + 1, pdu, n);
	crc = modbus_crc16(out, n + 1);
	out[n + 1] = (uint8_t)crc;
	out[n + 2] = (uint8_t)(crc >> 8);
	return n + 3;
}

static size_t reply_pdu(uint8_t function, unsigned address, unsigned count, uint8_t *out)
{
	out[0] = function;
	out[1] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++)
		put_be16(out + 2 + 2 * i, value_of(address + i));
	return 2 + 2 * count;
}

/* Pseudo-random and fixed. */
static void noise(uint8_t *b, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245U + 12345U;
		b[i] = (uint8_t)(seed >> 16);
	}
}

static void answer(struct peer *p, uint16_t transaction, const uint8_t *request, size_t n_request,
	const struct modbus_request *rq)
{
	enum mode mode = (enum mode)atomic_load(&p->mode);
	unsigned k = atomic_fetch_add(&p->seen, 1);
	uint8_t pdu[300], frame[320], other[320], junk[512];
	size_t n = wrap(p, transaction, rq->unit, pdu,
		       reply_pdu(rq->function, rq->address, rq->count, pdu), frame),
	       m;

	if (mode != OFF_BY_ONE)
		p->n_last = 0;
	switch (mode) {
	case GOOD:
		put(p, frame, n);
		break;
	case SILENT:
		break;
	case LATE: /* every third, by more than the client waits */
		if (k % 3 == 2)
			pause_ms(12);
		put(p, frame, n);
		break;
	case DUP_NOW:
		put(p, frame, n);
		put(p, frame, n);
		break;
	case DUP_LATER:
		put(p, frame, n);
		pause_ms(4);
		put(p, frame, n);
		break;
	case OFF_BY_ONE:
		if (p->n_last)
			put(p, p->last, p->n_last);
		memcpy(p->last, frame, n);
		p->n_last = n;
		break;
	case UNASKED: /* the true one, then three older values in its shape */
		put(p, frame, n);
		for (unsigned i = 1; i <= 3; i++) {
			m = wrap(p, transaction, rq->unit, pdu,
				reply_pdu(rq->function, rq->address + 100 * i, rq->count, pdu),
				other);
			pause_ms(1);
			put(p, other, m);
		}
		break;
	case WRONG_UNIT:
		put(p, other,
			wrap(p, transaction, rq->unit + 1, pdu,
				reply_pdu(rq->function, rq->address, rq->count, pdu), other));
		break;
	case WRONG_FUNCTION:
		put(p, other,
			wrap(p, transaction, rq->unit, pdu,
				reply_pdu(rq->function ^ 7, rq->address, rq->count, pdu), other));
		break;
	case FEWER:
		put(p, other,
			wrap(p, transaction, rq->unit, pdu,
				reply_pdu(rq->function, rq->address, rq->count - 1U, pdu), other));
		break;
	case MORE:
		put(p, other,
			wrap(p, transaction, rq->unit, pdu,
				reply_pdu(rq->function, rq->address, rq->count + TOO_MANY, pdu),
				other));
		break;
	case BAD_CRC: /* one bit, anywhere; TCP has no checksum to see it by */
		frame[k % n] ^= (uint8_t)(1 << k % 8);
		put(p, frame, n);
		break;
	case TRUNCATED:
		put(p, frame, 1 + k % (n - 1));
		break;
	case OVERSIZE:
		memset(junk, 0xA5, sizeof(junk));
		memcpy(junk, frame, n - 1);
		junk[n - 1] = (uint8_t)~frame[n - 1]; /* or one frame in 256 would be sound */
		put(p, junk, sizeof(junk));
		break;
	case LYING_COUNT:
		frame[p->tcp ? 8 : 2] = 250;
		put(p, frame, n);
		break;
	case FLOOD:
		for (unsigned i = 0; i < 100 && !stopped(p); i++) {
			noise(junk, sizeof(junk), k * 1000 + i);
			put(p, junk, sizeof(junk));
		}
		break;
	case FLOOD_OF_REPLIES: /* sound frames, wrong shape, no end */
		m = wrap(p, transaction, rq->unit, pdu,
			reply_pdu(rq->function, rq->address, rq->count + TOO_MANY, pdu), other);
		for (unsigned i = 0; i < 2000 && !stopped(p); i++)
			put(p, other, m);
		break;
	case DRIBBLE: /* the last byte never comes */
		for (size_t i = 0; i + 1 < n; i++) {
			put(p, frame + i, 1);
			pause_ms(4);
		}
		break;
	case SPLIT:
		for (size_t i = 0; i < n; i += 3) {
			put(p, frame + i, MIN(3, n - i));
			pause_ms(1);
		}
		break;
	case ECHOED:
		put(p, request, n_request);
		put(p, frame, n);
		break;
	case ECHO_ONLY:
		put(p, request, n_request);
		break;
	case NOISE_BEFORE:
		noise(junk, 20, k);
		junk[18] = rq->unit; /* worst case: looks like our own reply's start */
		junk[19] = rq->function;
		put(p, junk, k % 20 + 1);
		put(p, frame, n);
		break;
	case NOISE_AFTER:
		noise(junk, 20, k);
		put(p, frame, n);
		put(p, junk, 1 + k % 20);
		break;
	case STRANGER_BEFORE: /* another unit's longer reply, and a request to it */
		put(p, other, wrap(p, transaction, 33, pdu, reply_pdu(3, 1, 40, pdu), other));
		pdu[0] = 3;
		memset(pdu + 1, 1, 4);
		put(p, other, wrap(p, transaction, 34, pdu, 5, other));
		put(p, frame, n);
		break;
	case OTHER_MASTER: /* asks our unit for as many registers elsewhere; we hear the answer */
		pdu[0] = rq->function;
		put_be16(pdu + 1, rq->address + 50);
		put_be16(pdu + 3, rq->count);
		put(p, other, wrap(p, transaction, rq->unit, pdu, 5, other));
		put(p, other,
			wrap(p, transaction, rq->unit, pdu,
				reply_pdu(rq->function, rq->address + 50U, rq->count, pdu), other));
		put(p, frame, n);
		break;
	case CONTRADICTION: /* in one piece, so that both are there to be compared */
		m = wrap(p, transaction, rq->unit, pdu,
			reply_pdu(rq->function, rq->address + 9U, rq->count, pdu), junk);
		memcpy(junk + m, frame, n);
		put(p, junk, m + n);
		break;
	case EXCEPTION:
		pdu[0] = rq->function | 0x80;
		pdu[1] = (uint8_t)atomic_load(&p->exception);
		put(p, other, wrap(p, transaction, rq->unit, pdu, 2, other));
		break;
	case EXCEPTION_BARE:
		pdu[0] = rq->function | 0x80;
		put(p, other, wrap(p, transaction, rq->unit, pdu, 1, other));
		break;
	case EXCEPTION_LONG:
		memset(pdu, 2, 6);
		pdu[0] = rq->function | 0x80;
		put(p, other, wrap(p, transaction, rq->unit, pdu, 6, other));
		break;
	case EXCEPTION_FOREIGN: /* of another function */
		pdu[0] = (rq->function ^ 7) | 0x80;
		pdu[1] = 2;
		put(p, other, wrap(p, transaction, rq->unit, pdu, 2, other));
		break;
	case WRONG_TRANSACTION:
		put_be16(frame, transaction + 1);
		put(p, frame, n);
		break;
	case WRONG_PROTOCOL:
		frame[3] = 1;
		put(p, frame, n);
		break;
	case LENGTH_SHORT:
		put_be16(frame + 4, 2);
		put(p, frame, n);
		break;
	case LENGTH_LONG:
		put_be16(frame + 4, 255);
		put(p, frame, n);
		break;
	case CLOSE_AFTER:
		put(p, frame, n);
		(void)shutdown(p->fd, SHUT_RDWR);
		break;
	case CLOSE_BEFORE:
		(void)shutdown(p->fd, SHUT_RDWR);
		break;
	}
}

static void *peer_run(void *arg)
{
	struct peer *p = arg;
	uint8_t in[64];
	size_t n = 0, want = p->tcp ? MODBUS_TCP_REQUEST : MODBUS_RTU_REQUEST;

	for (;;) {
		struct pollfd pfd[3] = {{.fd = p->stop[0], .events = POLLIN},
			{.fd = p->fd, .events = POLLIN}, {.fd = p->listener, .events = POLLIN}};
		struct modbus_request rq;
		ssize_t k;

		(void)poll(pfd, 3, -1);
		if (pfd[0].revents)
			return NULL;
		if (pfd[2].revents) {
			if (p->fd >= 0)
				(void)close(p->fd);
			p->fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
			(void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
			p->n_last = n = 0;
			atomic_fetch_add(&p->connections, 1);
			continue;
		}
		if (!pfd[1].revents)
			continue;
		k = read(p->fd, in + n, want - n);
		if (k <= 0) {
			if (p->listener < 0) {
				pause_ms(1); /* the slave is closed for the moment */
				continue;
			}
			(void)close(p->fd);
			p->fd = -1;
			continue;
		}
		n += (size_t)k;
		if (n < want)
			continue;
		n = 0;
		if (p->tcp)
			assert_int_equal(modbus_request_parse(in[6], in + 7, 5, &rq), 0);
		else {
			assert_int_equal(modbus_request_parse(in[0], in + 1, 5, &rq), 0);
			assert_int_equal(modbus_crc16(in, 6), in[6] | in[7] << 8);
		}
		answer(p, p->tcp ? be16(in) : 0, in, want, &rq);
	}
}

enum kind { RTU, TCP, RTUTCP };

static void peer_start(struct peer *p, enum kind kind, struct transport **ret)
{
	struct transport_config c = {.baud = 115200, .parity = 'N', .stop_bits = 1};

	memset(p, 0, sizeof(*p));
	p->fd = p->listener = -1;
	p->tcp = kind == TCP;
	assert_int_equal(pipe2(p->stop, O_CLOEXEC), 0);
	if (kind == RTU) {
		struct termios tios;
		int slave;
		char name[64];

		assert_int_equal(openpty(&p->fd, &slave, name, NULL, NULL), 0);
		assert_int_equal(tcgetattr(slave, &tios), 0);
		cfmakeraw(&tios);
		assert_int_equal(tcsetattr(slave, TCSANOW, &tios), 0);
		(void)close(slave);
		(void)fcntl(p->fd, F_SETFL, O_NONBLOCK);
		/* By a name of our own: the kernel gives that of a pulled one to the next test. */
		(void)snprintf(p->link, sizeof(p->link), "/tmp/test-transport.%d.%d", (int)getpid(),
			p->fd);
		(void)unlink(p->link);
		assert_int_equal(symlink(name, p->link), 0);
		(void)snprintf(c.device, sizeof(c.device), "rtu:%s", p->link);
	} else {
		struct sockaddr_in sa = {
			.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t len = sizeof(sa);

		p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(p->listener, (struct sockaddr *)&sa, len), 0);
		assert_int_equal(listen(p->listener, 4), 0);
		assert_int_equal(getsockname(p->listener, (struct sockaddr *)&sa, &len), 0);
		(void)snprintf(c.device, sizeof(c.device), "%s:127.0.0.1:%u",
			kind == TCP ? "tcp" : "rtutcp", ntohs(sa.sin_port));
	}
	assert_int_equal(transport_new(&c, ret), 0);
	assert_int_equal(transport_open(*ret, clock_boottime_us() + PATIENT_MS * USEC_PER_MSEC), 0);
	assert_int_equal(pthread_create(&p->thread, NULL, peer_run, p), 0);
}

static void peer_stop(struct peer *p, struct transport *t)
{
	assert_int_equal(write(p->stop[1], "", 1), 1);
	(void)pthread_join(p->thread, NULL);
	(void)transport_free(t);
	(void)unlink(p->link);
	if (p->fd >= 0)
		(void)close(p->fd);
	if (p->listener >= 0)
		(void)close(p->listener);
	(void)close(p->stop[0]);
	(void)close(p->stop[1]);
}

struct tally {
	unsigned good, exceptions, timeouts, bad, gone;
	uint8_t exception;
};

/* One read as an adapter does it: the count gives way where the shape is busy. Any accepted value
 * must be the right one. */
static int ask(
	struct transport *t, unsigned address, unsigned *count, unsigned ms, struct tally *tally)
{
	uint8_t pdu[5], reply[MODBUS_PDU_MAX], exception = 0;
	uint64_t until;
	unsigned tries = 0;
	int r;

	while (transport_modbus_shape_busy(
		t, UNIT, 3, (uint16_t)address, (uint16_t)*count, clock_boottime_us(), &until)) {
		*count = 2 + (*count - 1) % 40;
		if (++tries % 40 == 0)
			pause_ms(1);
	}
	modbus_request_pdu(
		&(struct modbus_request){
			.function = 3, .address = (uint16_t)address, .count = (uint16_t)*count},
		pdu);
	do /* -EAGAIN: too late to send anything, on a busy machine */
		r = transport_modbus(t, UNIT, pdu, 5, 0, LATE_MS * USEC_PER_MSEC,
			clock_boottime_us() + ms * USEC_PER_MSEC, reply, &exception);
	while (r == -EAGAIN);
	if (r > 0) {
		assert_int_equal(r, 2 + 2 * *count);
		assert_int_equal(reply[0], 3);
		assert_int_equal(reply[1], 2 * *count);
		for (unsigned i = 0; i < *count; i++)
			assert_int_equal(be16(reply + 2 + 2 * i), value_of(address + i));
		tally->good++;
	} else if (r == -EREMOTEIO) {
		tally->exceptions++;
		tally->exception = exception;
	} else if (r == -ETIMEDOUT) {
		tally->timeouts++;
	} else if (r == -EBADMSG) {
		tally->bad++;
	} else {
		assert_int_equal(r, -ENODEV);
		tally->gone++;
		(void)transport_open(t, clock_boottime_us() + PATIENT_MS * USEC_PER_MSEC);
	}
	*count = 2 + (*count - 1) % 40; /* neighbours always differ */
	return r;
}

static struct tally run(
	struct peer *p, struct transport *t, enum mode mode, unsigned n, unsigned ms)
{
	struct tally tally = {0};
	static unsigned address = 1000, count = 3;

	atomic_store(&p->seen, 0);
	atomic_store(&p->mode, mode);
	for (unsigned i = 0; i < n; i++)
		(void)ask(t, address = 1000 + (address * 7 + 13) % 5000, &count, ms, &tally);
	return tally;
}

/* Whatever happened, it is over when the cause is: good values within a few requests. */
static void recovers(struct peer *p, struct transport *t)
{
	for (unsigned i = 0; i < 200; i++)
		if (run(p, t, GOOD, 1, 300).good == 1) {
			/* For good, and without losing any. */
			assert_int_equal(run(p, t, GOOD, 3, PATIENT_MS).good, 3);
			return;
		}
	fail();
}

static void assert_all_good(struct peer *p, struct transport *t, enum mode mode)
{
	assert_int_equal(run(p, t, mode, 8, PATIENT_MS).good, 8);
	/* Nothing is lost, so there is nothing to give up: the line's counters are looked at. */
	assert_int_equal(run(p, t, GOOD, 4, PATIENT_MS).good, 4);
}

/* None accepted, and the error is one of the two that say so. */
static void assert_none_good(
	struct peer *p, struct transport *t, enum mode mode, unsigned n, unsigned ms)
{
	struct tally tally = run(p, t, mode, n, ms);

	assert_int_equal(tally.good + tally.exceptions + tally.gone, 0);
	assert_int_equal(tally.bad + tally.timeouts, n);
	recovers(p, t);
}

static void exceptions(struct peer *p, struct transport *t)
{
	static const uint8_t codes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 200, 255};
	struct tally tally;

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		atomic_store(&p->exception, codes[i]);
		tally = run(p, t, EXCEPTION, 1, PATIENT_MS);
		assert_int_equal(tally.exceptions, 1);
		assert_int_equal(tally.exception, codes[i]);
	}
	atomic_store(&p->exception, 0);
	tally = run(p, t, EXCEPTION, 1, 6);
	assert_int_equal(tally.exceptions + tally.good, 0);
	assert_none_good(p, t, EXCEPTION_BARE, 1, 6);
	assert_none_good(p, t, EXCEPTION_LONG, 1, 6);
	assert_none_good(p, t, EXCEPTION_FOREIGN, 1, 6);
}

static void hostile_line(enum kind kind)
{
	struct transport_stats s;
	struct transport *t;
	struct peer p;
	struct tally tally;

	peer_start(&p, kind, &t);
	assert_all_good(&p, t, GOOD);
	assert_all_good(&p, t, SPLIT);
	assert_all_good(&p, t, DUP_NOW);
	assert_all_good(&p, t, DUP_LATER);
	assert_all_good(&p, t, ECHOED);
	assert_all_good(&p, t, NOISE_AFTER);
	assert_all_good(&p, t, STRANGER_BEFORE);
	transport_get_stats(t, &s);
	assert_int_equal(s.echoes, 8);
	assert_true(s.foreign >= 16);
	assert_int_equal(s.timeouts + s.bad_frames + s.exceptions, 0);
	assert_true(s.drained_bytes > 0);
	tally = run(&p, t, NOISE_BEFORE, 20, PATIENT_MS);
	assert_int_equal(tally.good + tally.bad, 20);
	assert_true(tally.good >= 15);
	(void)run(&p, t, UNASKED, 6, PATIENT_MS); /* good or bad, never wrong */
	recovers(&p, t);
	(void)run(&p, t, LATE, 6, 6);
	recovers(&p, t);
	assert_none_good(&p, t, SILENT, 2, 6);
	assert_none_good(&p, t, OFF_BY_ONE, 3, 6);
	assert_none_good(&p, t, WRONG_UNIT, 2, 6);
	assert_none_good(&p, t, WRONG_FUNCTION, 2, 6);
	assert_none_good(&p, t, FEWER, 2, 6);
	assert_none_good(&p, t, MORE, 2, 6);
	assert_none_good(&p, t, BAD_CRC, 8, 10);
	assert_none_good(&p, t, TRUNCATED, 4, 6);
	assert_none_good(&p, t, OVERSIZE, 2, 6);
	assert_none_good(&p, t, LYING_COUNT, 2, 6);
	assert_none_good(&p, t, ECHO_ONLY, 2, 6);
	assert_none_good(&p, t, DRIBBLE, 1, 15);
	assert_none_good(&p, t, OTHER_MASTER, 2, PATIENT_MS);
	assert_none_good(&p, t, CONTRADICTION, 2, PATIENT_MS);
	assert_none_good(&p, t, FLOOD, 2, 20);
	assert_none_good(&p, t, FLOOD_OF_REPLIES, 2, 20);
	exceptions(&p, t);
	peer_stop(&p, t);
}

static void test_rtu(void **state)
{
	hostile_line(RTU);
}

static void test_rtutcp(void **state)
{
	hostile_line(RTUTCP);
}

static void test_tcp(void **state)
{
	struct transport *t;
	struct peer p;
	struct transport_stats s;
	struct tally tally;

	peer_start(&p, TCP, &t);
	assert_all_good(&p, t, GOOD);
	assert_all_good(&p, t, SPLIT);
	transport_get_stats(t, &s);
	assert_int_equal(s.reopens, 0);
	assert_int_equal(atomic_load(&p.connections), 1);
	/* The server closes after each reply: seen before the next request, no value is lost. */
	tally = run(&p, t, CLOSE_AFTER, 4, PATIENT_MS);
	assert_int_equal(tally.good + tally.gone, 4);
	recovers(&p, t);
	assert_int_equal(run(&p, t, CLOSE_BEFORE, 1, PATIENT_MS).gone, 1);
	recovers(&p, t);
	/* A byte behind the reply, there and then or later: the connection is not to be trusted. */
	tally = run(&p, t, DUP_NOW, 4, PATIENT_MS);
	assert_int_equal(tally.good + tally.bad, 4);
	(void)run(&p, t, DUP_LATER, 4, PATIENT_MS);
	(void)run(&p, t, NOISE_AFTER, 4, PATIENT_MS);
	(void)run(&p, t, UNASKED, 4, PATIENT_MS);
	recovers(&p, t);
	(void)run(&p, t, LATE, 6, 6);
	recovers(&p, t);
	assert_none_good(&p, t, SILENT, 2, 6);
	assert_none_good(&p, t, OFF_BY_ONE, 3, 6);
	/* A mismatch is known at once, whatever the deadline. */
	assert_none_good(&p, t, WRONG_TRANSACTION, 2, PATIENT_MS);
	assert_none_good(&p, t, WRONG_PROTOCOL, 2, PATIENT_MS);
	assert_none_good(&p, t, LENGTH_SHORT, 2, PATIENT_MS);
	assert_none_good(&p, t, LENGTH_LONG, 2, PATIENT_MS);
	assert_none_good(&p, t, WRONG_UNIT, 2, PATIENT_MS);
	assert_none_good(&p, t, WRONG_FUNCTION, 2, PATIENT_MS);
	assert_none_good(&p, t, FEWER, 2, PATIENT_MS);
	assert_none_good(&p, t, MORE, 2, PATIENT_MS);
	assert_none_good(&p, t, LYING_COUNT, 2, PATIENT_MS);
	assert_none_good(&p, t, ECHO_ONLY, 2, PATIENT_MS);
	assert_none_good(&p, t, NOISE_BEFORE, 4, 6);
	assert_none_good(&p, t, OTHER_MASTER, 2, PATIENT_MS);
	assert_none_good(&p, t, TRUNCATED, 4, 6);
	assert_none_good(&p, t, OVERSIZE, 2, 6);
	assert_none_good(&p, t, DRIBBLE, 1, 15);
	assert_none_good(&p, t, FLOOD, 2, 20);
	assert_none_good(&p, t, FLOOD_OF_REPLIES, 2, 20);
	exceptions(&p, t);
	transport_get_stats(t, &s);
	assert_true(s.reopens > 0 && s.foreign > 0);
	peer_stop(&p, t);
}

/* The adapter is pulled: -ENODEV at once, the descriptor is let go, and nothing spins. */
static void test_pulled(void **state)
{
	struct transport *t;
	struct peer p;
	struct tally tally;

	peer_start(&p, RTU, &t);
	assert_all_good(&p, t, GOOD);
	assert_int_equal(write(p.stop[1], "", 1), 1);
	(void)pthread_join(p.thread, NULL);
	(void)unlink(p.link);
	(void)close(TAKE_FD(p.fd));
	tally = run(&p, t, GOOD, 1, PATIENT_MS);
	assert_int_equal(tally.gone, 1);
	assert_false(transport_is_open(t));
	assert_int_equal(transport_open(t, clock_boottime_us() + USEC_PER_SEC), -ENODEV);
	(void)transport_free(t);
	(void)close(p.stop[0]);
	(void)close(p.stop[1]);
}

/* Shapes: refused while one like it may still be answered; a silent unit rests, others do not. */
static void test_shapes(void **state)
{
	static const uint8_t pdu[] = {3, 0, 100, 0, 4};
	uint8_t reply[MODBUS_PDU_MAX], exception;
	struct transport *t;
	struct peer p;
	uint64_t until, now;
	int r;

	peer_start(&p, RTU, &t);
	assert_int_equal(
		transport_modbus(t, UNIT, pdu, 5, 0, USEC_PER_HOUR,
			clock_boottime_us() + PATIENT_MS * USEC_PER_MSEC, reply, &exception),
		10);
	now = clock_boottime_us();
	/* Answered: only a doubled reply may come, and does within half a second. */
	assert_true(
		transport_modbus_shape_busy(t, UNIT, 3, 101, 4, now - USEC_PER_SEC / 2, &until));
	assert_in_range(until, now - USEC_PER_MIN, now + USEC_PER_SEC / 2);
	/* To the same request it says the same. */
	assert_false(transport_modbus_shape_busy(
		t, UNIT, 3, 100, 4, now - USEC_PER_SEC / 2, &(uint64_t){0}));
	assert_false(transport_modbus_shape_busy(t, UNIT, 3, 100, 4, until, &until));
	/* The same shape elsewhere: never right behind this one. */
	assert_true(transport_modbus_shape_busy(t, UNIT, 3, 200, 4, until, &until));
	assert_int_equal(until, USEC_INFINITY);
	assert_false(transport_modbus_shape_busy(t, UNIT, 3, 100, 5, now, &until));
	assert_false(transport_modbus_shape_busy(t, UNIT, 4, 100, 4, now, &until));
	assert_false(transport_modbus_shape_busy(t, UNIT + 1, 3, 100, 4, now, &until));
	atomic_store(&p.mode, SILENT);
	do /* -EAGAIN: too late to send anything, on a busy machine */
		r = transport_modbus(t, UNIT + 1, pdu, 5, 0, USEC_PER_HOUR,
			clock_boottime_us() + 20 * USEC_PER_MSEC, reply, &exception);
	while (r == -EAGAIN);
	assert_int_equal(r, -ETIMEDOUT);
	now = clock_boottime_us();
	assert_true(transport_modbus_shape_busy(t, UNIT + 1, 1, 100, 77, now, &until));
	assert_false(transport_modbus_shape_busy(t, UNIT + 2, 3, 100, 4, now, &(uint64_t){0}));
	assert_in_range(until, now + USEC_PER_HOUR - USEC_PER_MIN, now + USEC_PER_HOUR);
	assert_int_equal(transport_modbus(t, UNIT + 1, pdu, 5, 0, USEC_PER_HOUR,
				 now + 3 * USEC_PER_SEC, reply, &exception),
		-EAGAIN);
	/* A silent unit takes two places of 256; when the table is full nothing may go. */
	for (unsigned i = 0; i < 127; i++) {
		do /* -EAGAIN: too late to send anything, on a busy machine */
			r = transport_modbus(t, (uint8_t)(20 + i), pdu, 5, 0, USEC_PER_HOUR,
				clock_boottime_us() + 4 * USEC_PER_MSEC, reply, &exception);
		while (r == -EAGAIN);
		assert_int_equal(r, -ETIMEDOUT);
	}
	assert_true(transport_modbus_shape_busy(t, 99, 3, 100, 1, clock_boottime_us(), &until));
	peer_stop(&p, t);
}

static void test_refused(void **state)
{
	static const uint8_t both[] = {23, 0, 1, 0, 1}, half[] = {5, 0, 1, 0xFF, 1},
			     none[] = {3, 0, 1, 0, 0}, big[] = {3, 0, 1, 0, 126},
			     past[] = {3, 0xFF, 0xFF, 0, 2}, good[] = {3, 0, 1, 0, 1};
	uint64_t deadline = clock_boottime_us() + PATIENT_MS * USEC_PER_MSEC;
	uint8_t reply[MODBUS_PDU_MAX], exception;
	struct transport *t;
	struct peer p;

	peer_start(&p, RTU, &t);
	assert_int_equal(
		transport_modbus(t, 1, both, 5, 0, 0, deadline, reply, &exception), -EOPNOTSUPP);
	assert_int_equal(
		transport_modbus(t, 1, half, 5, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(
		transport_modbus(t, 1, none, 5, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(
		transport_modbus(t, 1, big, 5, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(
		transport_modbus(t, 1, past, 5, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(
		transport_modbus(t, 1, good, 4, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(
		transport_modbus(t, 0, good, 5, 0, 0, deadline, reply, &exception), -EINVAL);
	assert_int_equal(transport_send(t, good, 5, deadline), -EOPNOTSUPP);
	/* The line was not silent long enough before the deadline: nothing is sent. */
	assert_int_equal(transport_modbus(t, 1, good, 5, USEC_PER_HOUR, 0,
				 clock_boottime_us() + 5 * USEC_PER_MSEC, reply, &exception),
		-EAGAIN);
	transport_close(t);
	assert_int_equal(
		transport_modbus(t, 1, good, 5, 0, 0, deadline, reply, &exception), -ENODEV);
	assert_int_equal(atomic_load(&p.seen), 0);
	peer_stop(&p, t);
}

static void test_open_errors(void **state)
{
	struct transport_config c = {.baud = 9600, .parity = 'N', .stop_bits = 1};
	uint64_t deadline = clock_boottime_us() + PATIENT_MS * USEC_PER_MSEC;
	struct transport *t = NULL;
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	struct addrinfo *found;
	bool known;
	int fd, r;

	(void)str_copy(c.device, sizeof(c.device), "rtu:/dev/no-such-port");
	assert_int_equal(transport_new(&c, &t), 0);
	assert_int_equal(transport_char_us(t), 1042);
	assert_int_equal(transport_open(t, deadline), -ENODEV);
	t = transport_free(t);
	(void)str_copy(c.device, sizeof(c.device), "rtu:/dev/null"); /* no terminal */
	assert_int_equal(transport_new(&c, &t), 0);
	assert_int_equal(transport_open(t, deadline), -EINVAL);
	t = transport_free(t);
	c.baud = 12345; /* libmodbus would open it at 9600 */
	assert_int_equal(transport_new(&c, &t), -EINVAL);
	c.baud = 9600;
	c.parity = 'M';
	assert_int_equal(transport_new(&c, &t), -EINVAL);
	c.parity = 'E';
	/* A port nobody listens on: bound, so that it stays free, but not listening. */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	(void)snprintf(c.device, sizeof(c.device), "tcp:127.0.0.1:%u", ntohs(sa.sin_port));
	assert_int_equal(transport_new(&c, &t), 0);
	assert_int_equal(transport_char_us(t), 0);
	assert_int_equal(transport_open(t, deadline), -ECONNREFUSED);
	t = transport_free(t);
	/* The same through the look-up thread. A bare chroot may have no /etc/hosts. */
	(void)snprintf(c.device, sizeof(c.device), "tcp:localhost:%u", ntohs(sa.sin_port));
	assert_int_equal(transport_new(&c, &t), 0);
	known = getaddrinfo("localhost", NULL, NULL, &found) == 0;
	if (known)
		freeaddrinfo(found);
	r = transport_open(t, deadline);
	assert_true(known ? r == -ECONNREFUSED : r < 0);
	t = transport_free(t);
	/* A deadline in the past never hangs, whatever the resolver does. */
	assert_int_equal(transport_new(&c, &t), 0);
	assert_true(transport_open(t, 1) < 0);
	t = transport_free(t);
	(void)close(fd);
}

static void test_words(void **state)
{
	static const struct {
		const char *device;
		int kind; /* -1: refused */
	} cases[] = {
		{"rtu:/dev/serial/by-id/usb-FTDI", TRANSPORT_MODBUS},
		{"tcp:192.168.1.5:502", TRANSPORT_MODBUS},
		{"tcp:192.168.1.5", TRANSPORT_MODBUS},
		{"tcp:[fd00::1]:1502", TRANSPORT_MODBUS},
		{"tcp:[fd00::1]", TRANSPORT_MODBUS},
		{"rtutcp:gw.lan:4001", TRANSPORT_MODBUS},
		{"serial:/dev/ttyS0", TRANSPORT_BYTES},
		{"serialtcp:10.0.0.1:23", TRANSPORT_BYTES},
		{"", -1},
		{"/dev/ttyUSB0", -1},
		{"rtu:", -1},
		{"rtu:ttyUSB0", -1},
		{"tcp:", -1},
		{"tcp::502", -1},
		{"tcp:host:0", -1},
		{"tcp:host:65536", -1},
		{"tcp:host:", -1},
		{"tcp:host:5x", -1},
		{"tcp:fd00::1:502", -1},
		{"tcp:[fd00::1", -1},
		{"tcp:[fd00::1]x", -1},
		{"rtutcp:host", -1},
		{"serialtcp:host", -1},
		{"tcp:ho st:502", -1},
		{"tcp:-x:502", -1},
		{"TCP:host:502", -1},
		{"udp:host:502", -1},
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum transport_kind kind;

		text[0] = '\0';
		if (cases[i].kind < 0) {
			assert_int_equal(
				transport_parse(cases[i].device, &kind, text, sizeof(text)),
				-EINVAL);
			assert_true(text[0] != '\0');
		} else {
			assert_int_equal(
				transport_parse(cases[i].device, &kind, text, sizeof(text)), 0);
			assert_int_equal(kind, cases[i].kind);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_pulled),
		cmocka_unit_test(test_rtu),
		cmocka_unit_test(test_rtutcp),
		cmocka_unit_test(test_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
