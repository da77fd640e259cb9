/* SPDX-License-Identifier: Apache-2.0 */
/* A bus as main sees it: real threads, a real event loop, and a protocol that does as it is told.
 * Nothing here depends on how long something takes: the loop runs until what is expected came. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <systemd/sd-event.h>

#include "daemon/bus.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "fake-bus.h"

struct seen {
	unsigned readings, good, bad, source_states, answering, silent, line_ups, line_downs;
	int error;
	enum reason reason;
};

static void on_readings(struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u)
{
	struct seen *s = u;

	assert_in_range(tag, 100, 100 + FAKE_UNITS - 1);
	for (size_t i = 0; i < n; i++) {
		s->readings++;
		if (r[i].quality == QUALITY_GOOD) {
			assert_true(r[i].num == (tag - 100) * 1000.0 + r[i].point);
			s->good++;
		} else
			s->bad++;
	}
}

static void on_source_state(
	struct bus *b, uint32_t tag, bool answering, enum reason reason, uint8_t detail, void *u)
{
	struct seen *s = u;

	s->source_states++;
	s->answering += answering;
	s->silent += !answering;
	s->reason = reason;
}

static void on_line_state(struct bus *b, bool up, int error, void *u)
{
	struct seen *s = u;

	s->line_ups += up;
	s->line_downs += !up;
	s->error = error;
}

static const struct bus_ops ops = {on_readings, on_source_state, on_line_state};

static int setup(void **state)
{
	fake_reset();
	log_open("test-bus", LOG_ERR);
	for (unsigned i = 0; i < FAKE_UNITS; i++) {
		fake_units[i].period_us = 2 * USEC_PER_MSEC;
		fake_units[i].cost_us = 0;
		fake_units[i].timeout_us = 10 * USEC_PER_MSEC;
	}
	return 0;
}

static struct bus *start(sd_event *event, char *id, unsigned first, unsigned n, struct seen *seen)
{
	char device[] = "rtu:/dev/fake0";
	struct bus_config conf = {.id = id, .device = device};
	struct bus_source sources[FAKE_UNITS];
	struct bus *b = NULL;

	/* A line of its own for each bus. */
	device[sizeof(device) - 2] = (char)('0' + first);

	for (unsigned i = 0; i < n; i++)
		fake_source(&sources[i], first + i);
	assert_int_equal(bus_new_with(event, &conf, sources, n, &ops, seen, &fake_env_real, &b), 0);
	assert_string_equal(bus_id(b), id);
	return b;
}

/* Runs the loop until COND; a test that hangs is ended by meson. */
#define run_until(event, cond) \
	while (!(cond)) \
	assert_true(sd_event_run(event, 100 * USEC_PER_MSEC) >= 0)

static void test_readings_come(void **state)
{
	struct seen seen = {0};
	struct bus_status status;
	char id[] = "a-bus-with-a-long-name";
	sd_event *event = NULL;
	struct bus *b;

	assert_int_equal(sd_event_new(&event), 0);
	b = start(event, id, 0, 4, &seen);
	run_until(event, seen.good >= 400);
	assert_int_equal(seen.bad, 0);
	assert_int_equal(seen.line_ups, 1);
	assert_int_equal(seen.answering, 4);
	assert_int_equal(seen.silent, 0);
	assert_true(bus_line_up(b));
	assert_true(bus_alive(b, 0));
	bus_get_status(b, &status);
	assert_int_equal(status.n_sources, 4);
	/* One unit falls silent, and answers again. */
	atomic_store(&fake_units[2].result[0], -ETIMEDOUT);
	atomic_store(&fake_units[2].result[1], -ETIMEDOUT);
	run_until(event, seen.silent == 1);
	assert_int_equal(seen.reason, REASON_NO_REPLY);
	run_until(event, seen.bad >= 4);
	atomic_store(&fake_units[2].result[0], 0);
	atomic_store(&fake_units[2].result[1], 0);
	run_until(event, seen.answering == 5);
	b = bus_free(b);
	assert_null(b);
	assert_int_equal(bus_abandoned(), 0);
	assert_int_equal(fake_profile.refs, 1);
	(void)sd_event_unref(event);
}

static void test_refused_source(void **state)
{
	struct seen seen = {0};
	char id[] = "b1";
	sd_event *event = NULL;
	struct bus *b;

	fake_units[1].configure = -EINVAL;
	assert_int_equal(sd_event_new(&event), 0);
	b = start(event, id, 0, 2, &seen);
	assert_null(bus_source_trouble(b, 100));
	assert_string_equal(bus_source_trouble(b, 101), "Point x.Read: no such register");
	assert_null(bus_source_trouble(b, 7));
	run_until(event, seen.good >= 20 && seen.silent == 1);
	assert_int_equal(seen.bad, 256);
	b = bus_free(b);
	(void)sd_event_unref(event);
}

static void test_wrong_device(void **state)
{
	struct bus_config conf = {0};
	char id[] = "b1", wrong[] = "wrong";
	sd_event *event = NULL;
	struct bus *b = NULL;

	conf.id = id;
	conf.device = wrong;
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(
		bus_new_with(event, &conf, NULL, 0, &ops, NULL, &fake_env_real, &b), -EINVAL);
	assert_null(b);
	assert_null(bus_free(b));
	(void)sd_event_unref(event);
}

/* A worker that hangs in its driver: its line is down, the other bus goes on, it may come back, and
 * it is left behind when it does not. */
static void test_stuck_worker(void **state)
{
	struct seen stuck = {0}, other = {0};
	char id1[] = "stuck", id2[] = "other", c;
	int hang[2], done[2];
	unsigned before;
	sd_event *event = NULL;
	struct bus *b1, *b2;

	log_open("test-bus", LOG_EMERG);
	assert_int_equal(pipe2(hang, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	fake_units[0].hang_fd = hang[0];
	fake_units[0].done_fd = done[1];
	assert_int_equal(sd_event_new(&event), 0);
	b1 = start(event, id1, 0, 1, &stuck);
	b2 = start(event, id2, 1, 2, &other);
	run_until(event, stuck.line_downs == 1);
	assert_false(bus_alive(b1, 0));
	assert_false(bus_line_up(b1));
	assert_int_equal(bus_line_error(b1), ETIMEDOUT);
	assert_int_equal(stuck.silent, 1);
	assert_int_equal(stuck.reason, REASON_LINE_DOWN);
	before = other.good;
	run_until(event, other.good >= before + 200);
	assert_true(bus_alive(b2, 0));
	assert_int_equal(other.line_downs, 0);
	assert_int_equal(other.bad, 0);
	/* It stays stuck and says so once. */
	assert_int_equal(stuck.line_downs, 1);
	/* The driver lets go. */
	assert_int_equal(write(hang[1], "xxxxxxxx", 8), 8);
	run_until(event, stuck.good > 0);
	assert_true(bus_alive(b1, 0));
	assert_true(bus_line_up(b1));
	/* It hangs again when the eight bytes are used up; nobody waits for it. */
	run_until(event, stuck.line_downs == 2);
	b1 = bus_free(b1);
	assert_int_equal(bus_abandoned(), 1);
	before = other.good;
	run_until(event, other.good >= before + 20);
	/* When it comes back it cleans up after itself. */
	assert_int_equal(write(hang[1], "xxxxxxxx", 8), 8);
	assert_int_equal(read(done[0], &c, 1), 1);
	while (bus_abandoned() > 0)
		(void)sched_yield();
	b2 = bus_free(b2);
	(void)sd_event_unref(event);
	for (unsigned k = 0; k < 2; k++) {
		(void)close(hang[k]);
		(void)close(done[k]);
	}
}

/* Main that takes its time: losses are counted by the worker, edges arrive. */
static void test_slow_main(void **state)
{
	struct seen seen = {0};
	char id[] = "b1";
	sd_event *event = NULL;
	struct bus *b;

	assert_int_equal(sd_event_new(&event), 0);
	for (unsigned i = 0; i < FAKE_UNITS; i++)
		fake_units[i].blocks = FAKE_BLOCKS;
	b = start(event, id, 0, FAKE_UNITS, &seen);
	/* Until far more was read than the socket holds: 32 datagrams a round. */
	while (atomic_load(&fake_units[0].polls[0]) < 20)
		(void)sched_yield();
	run_until(event, seen.line_ups == 1 && seen.answering == FAKE_UNITS);
	run_until(event, seen.good > 2000);
	assert_true(bus_alive(b, 0));
	assert_int_equal(seen.line_downs, 0);
	b = bus_free(b);
	(void)sd_event_unref(event);
}

static void test_stop_several(void **state)
{
	struct seen seen[3] = {{0}};
	char ids[3][4] = {"b1", "b2", "b3"};
	sd_event *event = NULL;
	struct bus *b[3];

	assert_int_equal(sd_event_new(&event), 0);
	for (unsigned k = 0; k < 3; k++)
		b[k] = start(event, ids[k], k, 1, &seen[k]);
	run_until(event, seen[0].good > 0 && seen[1].good > 0 && seen[2].good > 0);
	for (unsigned k = 0; k < 3; k++)
		bus_stop(b[k]);
	for (unsigned k = 0; k < 3; k++)
		b[k] = bus_free(b[k]);
	assert_int_equal(bus_abandoned(), 0);
	(void)sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_readings_come, setup),
		cmocka_unit_test_setup(test_refused_source, setup),
		cmocka_unit_test_setup(test_wrong_device, setup),
		cmocka_unit_test_setup(test_stuck_worker, setup),
		cmocka_unit_test_setup(test_slow_main, setup),
		cmocka_unit_test_setup(test_stop_several, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
