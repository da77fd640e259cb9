/* SPDX-License-Identifier: Apache-2.0 */
#include "line-peer.h"

#include "adapters/modbus-frame.h"
#include "daemon/base/clock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>

uint16_t value_of(unsigned address)
{
	return (uint16_t)(address * 40503U + 7U);
}

void pause_ms(unsigned ms)
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

void peer_start(struct peer *p, enum kind kind, struct transport **ret)
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

void peer_stop(struct peer *p, struct transport *t)
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
