/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>

#include "../../adapters/transport.h"
#include "daemon/base/clock.h"

/* Far enough that only a fault meets it. */
static uint64_t soon(void)
{
	return clock_boottime_us() + 10 * USEC_PER_SEC;
}

struct peer {
	int fd, slave;
	char device[256];
	struct transport *t;
};

static void pty_peer(struct peer *p)
{
	char name[128];

	/* A cooked line, as a fresh pseudo-terminal is: the transport has to make it raw. */
	assert_int_equal(openpty(&p->fd, &p->slave, name, NULL, NULL), 0);
	(void)snprintf(p->device, sizeof(p->device), "serial:%s", name);
}

static int open_device(const char *device, struct transport **ret)
{
	struct transport_config c = {.baud = 2400, .parity = 'E', .stop_bits = 1};

	(void)str_copy(c.device, sizeof(c.device), device);
	assert_int_equal(transport_new(&c, ret), 0);
	assert_int_equal(transport_kind(*ret), TRANSPORT_BYTES);
	assert_false(transport_is_open(*ret));
	return transport_open(*ret, soon());
}

static int setup_pty(void **u)
{
	struct peer *p = calloc(1, sizeof(*p));

	pty_peer(p);
	assert_int_equal(open_device(p->device, &p->t), 0);
	*u = p;
	return 0;
}

static int teardown(void **u)
{
	struct peer *p = *u;

	(void)transport_free(p->t);
	if (p->fd >= 0)
		(void)close(p->fd);
	if (p->slave >= 0)
		(void)close(p->slave);
	free(p);
	return 0;
}

static void read_all(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t k = read(fd, p, n);

		assert_true(k > 0);
		p += k;
		n -= (size_t)k;
	}
}

static void recv_all(struct transport *t, uint8_t *p, size_t n)
{
	while (n > 0) {
		int r = transport_recv(t, p, n, soon());

		assert_in_range(r, 1, n);
		p += r;
		n -= (size_t)r;
	}
}

struct traced {
	size_t tx, rx;
};

static void trace(void *userdata, bool to_appliance, uint64_t t_us, const uint8_t *p, size_t n)
{
	struct traced *c = userdata;

	assert_true(t_us > 0);
	if (to_appliance)
		c->tx += n;
	else
		c->rx += n;
}

/* All 256 values, both ways, unchanged: no echo, no CR/NL, no XON/XOFF, no signals. */
static void test_raw(void **u)
{
	struct peer *p = *u;
	struct traced c = {0};
	struct transport_stats stats;
	uint8_t all[256], got[256];

	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	transport_set_trace(p->t, trace, &c);
	assert_int_equal(transport_send(p->t, all, sizeof(all), soon()), 0);
	read_all(p->fd, got, sizeof(got));
	assert_memory_equal(got, all, sizeof(all));
	memset(got, 0, sizeof(got));
	assert_int_equal(write(p->fd, all, sizeof(all)), sizeof(all));
	recv_all(p->t, got, sizeof(got));
	assert_memory_equal(got, all, sizeof(all));
	assert_int_equal(transport_recv(p->t, got, sizeof(got), clock_boottime_us()), -ETIMEDOUT);
	transport_get_stats(p->t, &stats);
	assert_int_equal(stats.requests, 1);
	assert_int_equal(stats.replies, 1);
	assert_int_equal(stats.timeouts, 0);
	assert_int_equal(stats.tx_bytes, 256);
	assert_int_equal(stats.rx_bytes, 256);
	assert_int_equal(c.tx, 256);
	assert_int_equal(c.rx, 256);
	assert_int_equal(transport_char_us(p->t), 4584); /* 11 bits at 2400 */
}

static void test_deadline(void **u)
{
	struct peer *p = *u;
	struct transport_stats stats;
	uint8_t byte = 1;

	assert_int_equal(transport_send(p->t, &byte, 1, soon()), 0);
	assert_int_equal(transport_recv(p->t, &byte, 1, clock_boottime_us() + 2 * USEC_PER_MSEC),
		-ETIMEDOUT);
	assert_true(transport_is_open(p->t));
	transport_get_stats(p->t, &stats);
	assert_int_equal(stats.timeouts, 1);
	assert_true(stats.busy_us >= 2 * USEC_PER_MSEC);
	/* Nobody takes the bytes: a pseudo-terminal holds a few thousand. */
	for (unsigned i = 0; i < 100; i++) {
		uint8_t block[4096] = {0};
		int r = transport_send(
			p->t, block, sizeof(block), clock_boottime_us() + 2 * USEC_PER_MSEC);

		if (r == -ETIMEDOUT)
			return;
		assert_int_equal(r, 0);
	}
	fail_msg("sending never met its deadline");
}

static void test_drain(void **u)
{
	struct peer *p = *u;
	uint8_t buf[600] = {0}, one = 0x55;
	struct transport_stats stats;

	assert_int_equal(write(p->fd, buf, sizeof(buf)), sizeof(buf));
	/* A pseudo-terminal may hand them over in pieces: quiet for 20 ms ends it. */
	assert_int_equal(transport_drain(p->t, 20 * USEC_PER_MSEC, soon()), sizeof(buf));
	assert_int_equal(transport_drain(p->t, 0, soon()), 0);
	transport_get_stats(p->t, &stats);
	assert_int_equal(stats.drained_bytes, sizeof(buf));
	assert_int_equal(write(p->fd, &one, 1), 1);
	recv_all(p->t, buf, 1);
	assert_int_equal(buf[0], 0x55);
}

static void test_one_program(void **u)
{
	struct peer *p = *u;
	struct transport *other;

	assert_int_equal(open_device(p->device, &other), -EBUSY);
	assert_false(transport_is_open(other));
	transport_close(p->t);
	transport_close(p->t);
	assert_int_equal(transport_open(other, soon()), 0);
	assert_int_equal(transport_open(p->t, soon()), -EBUSY);
	(void)transport_free(other);
	assert_int_equal(transport_open(p->t, soon()), 0);
}

/* The other side goes: closed at once, and what holds the same name later is opened afresh. */
static void test_gone(void **u)
{
	struct peer *p = *u;
	uint8_t byte;

	(void)close(p->slave);
	(void)close(p->fd);
	p->slave = p->fd = -1;
	assert_int_equal(transport_recv(p->t, &byte, 1, soon()), -ENODEV);
	assert_false(transport_is_open(p->t));
	assert_int_equal(transport_recv(p->t, &byte, 1, soon()), -ENODEV);
	assert_int_equal(transport_send(p->t, &byte, 1, soon()), -ENODEV);
	assert_int_equal(transport_drain(p->t, 0, soon()), -ENODEV);
	assert_int_equal(transport_set_line(p->t, 9600, 'E', 1), -ENODEV);
}

static void test_set_line(void **u)
{
	struct peer *p = *u;

	assert_int_equal(transport_set_line(p->t, 9600, 'E', 2), 0);
	assert_int_equal(transport_char_us(p->t), 1250);
	assert_int_equal(transport_set_line(p->t, 104, 'N', 1), 0);
	assert_int_equal(transport_set_line(p->t, 0, 'N', 1), -EINVAL);
	assert_int_equal(transport_set_line(p->t, 9600, 'M', 1), -EINVAL);
	assert_int_equal(transport_set_line(p->t, 9600, 'N', 3), -EINVAL);
	assert_int_equal(
		transport_modbus(p->t, 1, (uint8_t[]){3, 0, 0, 0, 1}, 5, 0, 0, 0, NULL, NULL),
		-EOPNOTSUPP);
}

/* /dev/serial/by-id holds links. */
static void test_link(void **u)
{
	struct peer *p = calloc(1, sizeof(*p));
	char dir[] = "/tmp/hearthd-test-XXXXXX", link[64], device[80];

	*u = p;
	pty_peer(p);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(link, sizeof(link), "%s/port", dir);
	assert_int_equal(symlink(p->device + strlen("serial:"), link), 0);
	(void)snprintf(device, sizeof(device), "serial:%s", link);
	assert_int_equal(open_device(device, &p->t), 0);
	(void)unlink(link);
	(void)rmdir(dir);
}

static void test_no_line(void **u)
{
	static const struct {
		const char *device;
		int r;
	} cases[] = {
		{"serial:/dev/no-such-port", -ENODEV},
		{"serial:/dev/null", -EINVAL},
		{"serial:/etc/passwd", -EINVAL},
		{"serial:/tmp", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct transport *t;

		assert_int_equal(open_device(cases[i].device, &t), cases[i].r);
		assert_false(transport_is_open(t));
		(void)transport_free(t);
	}
}

static void test_tcp(void **u)
{
	struct peer *p = calloc(1, sizeof(*p));
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sa);
	uint8_t out[] = {0xFC, 0x00, 0xFF, 0x0D}, in[8];

	*u = p;
	p->fd = -1;
	p->slave = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->slave, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(getsockname(p->slave, (struct sockaddr *)&sa, &len), 0);
	(void)snprintf(p->device, sizeof(p->device), "serialtcp:127.0.0.1:%u", ntohs(sa.sin_port));
	assert_int_equal(open_device(p->device, &p->t), -ECONNREFUSED); /* bound, not listening */
	assert_int_equal(listen(p->slave, 1), 0);
	assert_int_equal(transport_open(p->t, soon()), 0);
	p->fd = accept(p->slave, NULL, NULL);
	assert_true(p->fd >= 0);
	assert_int_equal(transport_char_us(p->t), 0);
	assert_int_equal(transport_set_line(p->t, 9600, 'E', 1), 0);
	assert_int_equal(transport_char_us(p->t), 0);
	assert_int_equal(transport_send(p->t, out, sizeof(out), soon()), 0);
	read_all(p->fd, in, sizeof(out));
	assert_memory_equal(in, out, sizeof(out));
	assert_int_equal(write(p->fd, out, sizeof(out)), sizeof(out));
	recv_all(p->t, in, sizeof(out));
	assert_memory_equal(in, out, sizeof(out));
	/* Last words are heard, then the end of the stream is the end of the line. */
	assert_int_equal(write(p->fd, out, 1), 1);
	(void)close(p->fd);
	p->fd = -1;
	recv_all(p->t, in, 1);
	assert_int_equal(transport_recv(p->t, in, 1, soon()), -ENODEV);
	assert_false(transport_is_open(p->t));
	assert_int_equal(transport_open(p->t, soon()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_raw, setup_pty, teardown),
		cmocka_unit_test_setup_teardown(test_deadline, setup_pty, teardown),
		cmocka_unit_test_setup_teardown(test_drain, setup_pty, teardown),
		cmocka_unit_test_setup_teardown(test_one_program, setup_pty, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup_pty, teardown),
		cmocka_unit_test_setup_teardown(test_set_line, setup_pty, teardown),
		cmocka_unit_test_teardown(test_link, teardown),
		cmocka_unit_test(test_no_line),
		cmocka_unit_test_teardown(test_tcp, teardown),
	};

	return cmocka_run_group_tests_name("transport-serial", tests, NULL, NULL);
}
