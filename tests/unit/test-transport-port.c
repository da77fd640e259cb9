/* SPDX-License-Identifier: Apache-2.0 */
/* What transport-serial asks of libserialport on a real port, and what it makes of the answers. The
 * library is replaced at link time; behind the port is a pseudo-terminal. /dev/null stands for a
 * character device that is none itself. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <libserialport.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "../../adapters/transport.h"
#include "daemon/base/clock.h"

static struct {
	char name[128]; /* of the pseudo-terminal */
	int master, slave, fd;
	bool listed;
	int open_errno;
	enum sp_return baud_result;
	int baud, bits, parity, stop, flow;
	int baud_took; /* what the driver runs at; 0 = as asked */
	int ports, opens, configs;
} fake;

/* The library's types are opaque: any address will do. */
static struct sp_port *const the_port = (struct sp_port *)&fake.ports;
static struct sp_port_config *const the_config = (struct sp_port_config *)&fake.configs;

enum sp_return __wrap_sp_get_port_by_name(const char *name, struct sp_port **ret)
{
	assert_string_equal(name, "/dev/null");
	if (!fake.listed)
		return SP_ERR_ARG;
	fake.ports++;
	*ret = the_port;
	return SP_OK;
}

void __wrap_sp_free_port(struct sp_port *p)
{
	fake.ports--;
}

enum sp_return __wrap_sp_open(struct sp_port *p, enum sp_mode mode)
{
	assert_int_equal(mode, SP_MODE_READ_WRITE);
	if (fake.open_errno) {
		errno = fake.open_errno;
		return SP_ERR_FAIL;
	}
	fake.fd = open(fake.name, O_RDWR | O_NOCTTY);
	fake.opens++;
	return SP_OK;
}

enum sp_return __wrap_sp_close(struct sp_port *p)
{
	(void)close(fake.fd);
	fake.opens--;
	return SP_OK;
}

enum sp_return __wrap_sp_get_port_handle(const struct sp_port *p, void *ret)
{
	*(int *)ret = fake.fd;
	return SP_OK;
}

enum sp_return __wrap_sp_set_baudrate(struct sp_port *p, int v)
{
	fake.baud = v;
	return fake.baud_result;
}

enum sp_return __wrap_sp_set_bits(struct sp_port *p, int v)
{
	fake.bits = v;
	return SP_OK;
}

enum sp_return __wrap_sp_set_parity(struct sp_port *p, enum sp_parity v)
{
	fake.parity = (int)v;
	return SP_OK;
}

enum sp_return __wrap_sp_set_stopbits(struct sp_port *p, int v)
{
	fake.stop = v;
	return SP_OK;
}

enum sp_return __wrap_sp_set_flowcontrol(struct sp_port *p, enum sp_flowcontrol v)
{
	fake.flow = (int)v;
	return SP_OK;
}

enum sp_return __wrap_sp_new_config(struct sp_port_config **ret)
{
	fake.configs++;
	*ret = the_config;
	return SP_OK;
}

void __wrap_sp_free_config(struct sp_port_config *c)
{
	fake.configs--;
}

enum sp_return __wrap_sp_get_config(struct sp_port *p, struct sp_port_config *c)
{
	return SP_OK;
}

enum sp_return __wrap_sp_get_config_baudrate(const struct sp_port_config *c, int *ret)
{
	*ret = fake.baud_took ? fake.baud_took : fake.baud;
	return SP_OK;
}

enum sp_return __wrap_sp_get_config_parity(const struct sp_port_config *c, enum sp_parity *ret)
{
	*ret = (enum sp_parity)fake.parity;
	return SP_OK;
}

enum sp_return __wrap_sp_get_config_stopbits(const struct sp_port_config *c, int *ret)
{
	*ret = fake.stop;
	return SP_OK;
}

static uint64_t soon(void)
{
	return clock_boottime_us() + 10 * USEC_PER_SEC;
}

static int setup(void **u)
{
	struct termios tio;

	memset(&fake, 0, sizeof(fake));
	fake.listed = true;
	fake.fd = -1;
	assert_int_equal(openpty(&fake.master, &fake.slave, fake.name, NULL, NULL), 0);
	assert_int_equal(tcgetattr(fake.slave, &tio), 0);
	cfmakeraw(&tio);
	assert_int_equal(tcsetattr(fake.slave, TCSANOW, &tio), 0);
	return 0;
}

static int teardown(void **u)
{
	(void)close(fake.master);
	(void)close(fake.slave);
	/* nothing is left behind, whatever went wrong */
	return fake.ports == 0 && fake.opens == 0 && fake.configs == 0 ? 0 : -1;
}

static struct transport *transport(uint32_t baud, char parity, uint8_t stop)
{
	struct transport_config c = {
		.device = "serial:/dev/null", .baud = baud, .parity = parity, .stop_bits = stop};
	struct transport *t;

	assert_int_equal(transport_new(&c, &t), 0);
	return t;
}

static int exclusive(void)
{
	int v = -1;

	assert_int_equal(ioctl(fake.slave, TIOCGEXCL, &v), 0);
	return v;
}

static void test_settings(void **u)
{
	static const struct {
		uint32_t baud;
		char parity;
		uint8_t stop;
		int want;
	} cases[] = {
		{2400, 'E', 2, SP_PARITY_EVEN}, /* Daikin S21 */
		{9600, 'O', 1, SP_PARITY_ODD}, {19200, 'N', 1, SP_PARITY_NONE},
		{104, 'N', 1, SP_PARITY_NONE}, /* LG wall controller: no speed of the table */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct transport *t = transport(cases[i].baud, cases[i].parity, cases[i].stop);
		uint8_t byte = 0x5A, got = 0;

		assert_int_equal(transport_open(t, soon()), 0);
		assert_int_equal(fake.baud, cases[i].baud);
		assert_int_equal(fake.bits, 8);
		assert_int_equal(fake.parity, cases[i].want);
		assert_int_equal(fake.stop, cases[i].stop);
		assert_int_equal(fake.flow, SP_FLOWCONTROL_NONE);
		assert_true(fcntl(fake.fd, F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(fake.fd, F_GETFL) & O_NONBLOCK);
		assert_int_equal(exclusive(), 1);
		assert_int_equal(transport_send(t, &byte, 1, soon()), 0);
		assert_int_equal(read(fake.master, &got, 1), 1);
		assert_int_equal(got, byte);
		(void)transport_free(t);
		assert_int_equal(exclusive(), 0);
		assert_int_equal(fake.opens, 0);
	}
}

/* A driver that takes a speed and runs at another is found out; 3 % is near enough. */
static void test_refused(void **u)
{
	struct transport *t = transport(10000, 'E', 1);

	fake.baud_took = 9600;
	assert_int_equal(transport_open(t, soon()), -EINVAL);
	assert_false(transport_is_open(t));
	assert_int_equal(fake.opens, 0);
	assert_int_equal(exclusive(), 0); /* root would not notice */
	fake.baud_took = 10300;
	assert_int_equal(transport_open(t, soon()), 0);
	fake.baud_took = 0;
	fake.baud_result = SP_ERR_SUPP;
	assert_int_equal(transport_set_line(t, 104, 'N', 1), -EINVAL);
	assert_true(transport_is_open(t));
	fake.baud_result = SP_OK;
	assert_int_equal(transport_set_line(t, 9600, 'E', 1), 0);
	assert_int_equal(fake.baud, 9600);
	assert_int_equal(transport_char_us(t), 1146);
	/* what worked last is what the next opening sets */
	transport_close(t);
	fake.baud = 0;
	assert_int_equal(transport_open(t, soon()), 0);
	assert_int_equal(fake.baud, 9600);
	/* the port goes while its settings change */
	errno = EIO;
	fake.baud_result = SP_ERR_FAIL;
	assert_int_equal(transport_set_line(t, 2400, 'E', 1), -ENODEV);
	assert_false(transport_is_open(t));
	(void)transport_free(t);
}

static void test_open_errors(void **u)
{
	static const struct {
		int error, want;
	} cases[] = {{EACCES, -EACCES}, {EPERM, -EACCES}, {EBUSY, -EBUSY}, {ENOENT, -ENODEV},
		{ENXIO, -ENODEV}, {EIO, -ENODEV}, {EMFILE, -EMFILE}};
	struct transport *t = transport(9600, 'N', 1);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fake.open_errno = cases[i].error;
		assert_int_equal(transport_open(t, soon()), cases[i].want);
		assert_int_equal(fake.ports, 0);
	}
	fake.open_errno = 0;
	fake.listed = false;
	assert_int_equal(transport_open(t, soon()), -EINVAL);
	fake.listed = true;
	assert_int_equal(transport_open(t, soon()), 0);
	(void)transport_free(t);
}

/* An unplugged USB adapter hangs the line up: it is let go at once. */
static void test_unplugged(void **u)
{
	struct transport *t = transport(9600, 'N', 1);
	uint8_t byte;

	assert_int_equal(transport_open(t, soon()), 0);
	(void)close(fake.master);
	assert_int_equal(transport_recv(t, &byte, 1, soon()), -ENODEV);
	assert_false(transport_is_open(t));
	assert_int_equal(fake.opens, 0);
	fake.master = open("/dev/null", O_RDWR);
	(void)transport_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unplugged, setup, teardown),
	};

	return cmocka_run_group_tests_name("transport-port", tests, NULL, NULL);
}
