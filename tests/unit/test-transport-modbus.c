/* SPDX-License-Identifier: Apache-2.0 */
/* A hostile peer over a real pseudo-terminal and real loopback sockets: whatever it does, no value
 * that is not the one asked for is ever accepted. Register A holds A * 40503 + 7 (mod 65536), so a
 * reply to another address shows. The peer's pauses are its misbehaviour, not synchronisation: what
 * is asserted does not depend on how fast anything runs. */
#include "line-peer.h"

#include "adapters/modbus-frame.h"
#include "daemon/base/clock.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

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
