/* SPDX-License-Identifier: Apache-2.0 */
/* The tap and the probes of a worker, stepped by hand on virtual time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/socket.h>

#include "fake-bus.h"

#define MS  USEC_PER_MSEC
#define SEC USEC_PER_SEC

static char bus_id_text[] = "b1", port_text[] = "rtu:/dev/fake";

static struct {
	struct bus_worker *w;
	int fd;
	unsigned dones, frames, to_appliance, lost;
	struct bus_done done;
	struct bus_frame frame;
	uint64_t done_at;
} h;

static void hear(void)
{
	static struct bus_msg m;

	while (recv(h.fd, &m, sizeof(m), MSG_DONTWAIT) > 0) {
		if (m.type == BUS_DONE) {
			h.dones++;
			h.done = m.done;
			h.done_at = m.t_us;
		} else if (m.type == BUS_FRAME) {
			h.frames++;
			h.to_appliance += m.frame.to_appliance;
			h.frame = m.frame;
			h.lost += m.frame.lost;
		}
	}
}

static void start(unsigned n, bool listen)
{
	struct bus_config conf = {.id = bus_id_text, .device = port_text, .listen = listen};
	struct bus_source sources[FAKE_UNITS];
	int fds[2];

	memset(&h, 0, sizeof(h));
	for (unsigned i = 0; i < n; i++)
		fake_source(&sources[i], i);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	h.fd = fds[0];
	assert_int_equal(bus_worker_new(&conf, sources, n, &fake_env, fds[1], &h.w), 0);
}

static void run(uint64_t us)
{
	uint64_t until = atomic_load(&fake_now) + us;

	while (atomic_load(&fake_now) < until) {
		uint64_t wake = 0, now;

		assert_true(bus_worker_step(h.w, &wake));
		hear();
		now = atomic_load(&fake_now);
		if (wake > now)
			atomic_store(&fake_now, MIN(wake, until));
	}
}

static void stop(void)
{
	h.w = bus_worker_free(h.w);
	(void)close(h.fd);
}

static void probe(uint64_t id, uint32_t baud, uint64_t timeout)
{
	struct bus_cmd c = {.type = BUS_CMD_PROBE,
		.id = id,
		.until_us = atomic_load(&fake_now) + 30 * SEC,
		.probe = {.unit = 9,
			.len = 5,
			.baud = baud,
			.parity = 'E',
			.stop_bits = 2,
			.timeout_us = timeout,
			.pdu = {3, 0, 0, 0, 1}}};

	assert_int_equal(send(h.fd, &c, sizeof(c), 0), sizeof(c));
}

static void tap(bool on)
{
	struct bus_cmd c = {.type = BUS_CMD_TAP, .id = 77, .on = on};

	assert_int_equal(send(h.fd, &c, sizeof(c), 0), sizeof(c));
}

static int setup(void **state)
{
	fake_reset();
	return 0;
}

static void test_probe_in_gap(void **state)
{
	/* Two blocks of 20 ms a second: a probe of 300 ms has room and delays nothing. */
	start(1, false);
	run(3 * SEC);
	fake_lines[0].probe_takes = 300 * MS;
	probe(5, 0, 300 * MS);
	run(2 * SEC);
	assert_int_equal(fake_lines[0].probes, 1);
	assert_int_equal(fake_lines[0].probe_unit, 9);
	assert_int_equal(h.dones, 1);
	assert_int_equal(h.done.id, 5);
	assert_int_equal(h.done.result, 0);
	assert_int_equal(h.done.len, 5);
	assert_int_equal(h.done.pdu[0], 3);
	assert_int_equal(h.done.took_us, 300 * MS);
	assert_true(h.done.sent);
	stop();
}

static void test_probes_do_not_disturb(void **state)
{
	unsigned polls, n = 0;

	start(1, false);
	run(5 * SEC);
	polls = atomic_load(&fake_units[0].polls[0]);
	fake_lines[0].probe_result = -ETIMEDOUT;
	fake_lines[0].probe_takes = 200 * MS;
	for (uint64_t end = atomic_load(&fake_now) + 60 * SEC; atomic_load(&fake_now) < end; n++) {
		unsigned dones = h.dones;

		probe(n, 0, 200 * MS);
		while (h.dones == dones)
			run(10 * MS);
	}
	assert_true(n > 150); /* a second has room for four of them */
	assert_in_range(atomic_load(&fake_units[0].polls[0]) - polls, 59, 62);
	stop();
}

static void test_probe_on_full_line(void **state)
{
	uint64_t asked;

	/* Never free: it goes by force after 10 s, and one dead line of 2 s is all it costs. */
	fake_units[0].cost_us = 600 * MS;
	fake_units[0].timeout_us = 2 * SEC;
	start(1, false);
	run(5 * SEC);
	asked = atomic_load(&fake_now);
	probe(1, 0, 200 * MS);
	run(20 * SEC);
	assert_int_equal(h.dones, 1);
	assert_in_range(fake_lines[0].probed_at[0] - asked, 10 * SEC, 11 * SEC);
	stop();
}

static void test_probe_that_has_to_wait(void **state)
{
	uint64_t asked;

	/* The shape of the request is busy for a while: it goes as soon as it may. */
	start(1, false);
	run(3 * SEC);
	fake_lines[0].probe_busy = 3;
	asked = atomic_load(&fake_now);
	probe(1, 0, 100 * MS);
	run(2 * SEC);
	assert_int_equal(h.dones, 1);
	assert_in_range(fake_lines[0].probed_at[0] - asked, 60 * MS, 150 * MS);
	stop();
}

static void test_probe_of_unused_line(void **state)
{
	start(0, false);
	probe(1, 19200, 100 * MS);
	run(SEC);
	assert_int_equal(h.done.result, 0);
	assert_int_equal(fake_lines[0].config.baud, 19200);
	assert_int_equal(fake_lines[0].config.parity, 'E');
	assert_int_equal(fake_lines[0].config.stop_bits, 2);
	probe(2, 1, 100 * MS); /* the driver refuses */
	run(SEC);
	assert_int_equal(h.done.id, 2);
	assert_int_equal(h.done.result, -EINVAL);
	assert_false(h.done.sent);
	fake_lines[0].probe_result = -EREMOTEIO;
	probe(3, 0, 100 * MS);
	run(SEC);
	assert_int_equal(h.done.result, -EREMOTEIO);
	assert_int_equal(h.done.exception, 2);
	stop();
}

static void test_refused(void **state)
{
	/* Other settings where something is configured, two at once, too long, a bus that listens. */
	start(1, false);
	run(SEC);
	probe(1, 19200, 100 * MS);
	run(100 * MS);
	assert_int_equal(h.done.result, -EPERM);
	assert_int_equal(fake_lines[0].config.baud, 19200); /* of the profile */
	assert_int_equal(fake_lines[0].config.parity, 0);
	probe(2, 0, 3 * SEC);
	run(100 * MS);
	assert_int_equal(h.done.result, -EINVAL);
	probe(3, 0, 100 * MS);
	probe(4, 0, 100 * MS);
	run(2 * SEC);
	assert_int_equal(h.dones, 4);
	assert_int_equal(h.done.id, 3);
	assert_int_equal(h.done.result, 0);
	stop();
	fake_reset();
	start(0, true);
	probe(5, 0, 100 * MS);
	run(SEC);
	assert_int_equal(h.done.result, -EPERM);
	assert_int_equal(fake_lines[0].probes, 0);
	stop();
}

static void test_line_down(void **state)
{
	fake_lines[0].open_result = -ENODEV;
	start(0, false);
	run(100 * MS);
	probe(1, 0, 100 * MS);
	run(SEC);
	assert_int_equal(h.done.id, 1);
	assert_int_equal(h.done.result, -ENODEV);
	stop();
}

static void test_tap(void **state)
{
	start(0, false);
	tap(true);
	run(100 * MS);
	assert_int_equal(h.done.type, BUS_CMD_TAP);
	assert_int_equal(h.done.result, 0);
	probe(1, 0, 100 * MS);
	run(SEC);
	assert_int_equal(h.frames, 1);
	assert_int_equal(h.to_appliance, 1);
	assert_int_equal(h.frame.len, 5);
	assert_memory_equal(h.frame.data, ((uint8_t[]){3, 0, 0, 0, 1}), 5);
	tap(false);
	run(SEC);
	assert_null(fake_lines[0].trace);
	stop();
}

static void test_tap_deaf_main(void **state)
{
	uint8_t chunk[700] = {1};
	unsigned told = 0;

	start(0, false);
	tap(true);
	run(100 * MS);
	for (unsigned i = 0; i < 10000; i++, told += 3)
		fake_lines[0].trace(fake_lines[0].trace_userdata, false, 1, chunk, sizeof(chunk));
	hear();
	assert_true(h.frames < told && h.frames > 100);
	fake_lines[0].trace(fake_lines[0].trace_userdata, false, 1, chunk, 10);
	hear();
	assert_int_equal(h.frame.len, 10);
	assert_int_equal(h.frames - 1 + h.lost, told);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_probe_in_gap, setup),
		cmocka_unit_test_setup(test_probes_do_not_disturb, setup),
		cmocka_unit_test_setup(test_probe_on_full_line, setup),
		cmocka_unit_test_setup(test_probe_that_has_to_wait, setup),
		cmocka_unit_test_setup(test_probe_of_unused_line, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_line_down, setup),
		cmocka_unit_test_setup(test_tap, setup),
		cmocka_unit_test_setup(test_tap_deaf_main, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
