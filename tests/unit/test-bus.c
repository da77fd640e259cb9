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

#include "daemon/bus/bus.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "fake-bus.h"

struct seen {
	unsigned readings, good, bad, source_states, answering, silent, line_ups, line_downs;
	int error;
	enum reason reason;
};

static bool moved; /* test_new_tags() */
static struct bus_done last_done;
static uint32_t last_tag;

static void on_readings(struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u)
{
	struct seen *s = u;

	if (moved) {
		assert_in_range(tag, 7 << 8, 7 << 8 | 1);
		tag = 102 + (tag & 0xff);
	}
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

static void on_done(struct bus *b, uint32_t tag, const struct bus_done *d, void *u)
{
	last_done = *d;
	last_tag = tag;
}

static const struct bus_ops ops = {on_readings, on_source_state, on_line_state, on_done};

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

static struct bus *start_with(sd_event *event, char *id, unsigned first, unsigned n,
	struct seen *seen, const struct bus_env *env)
{
	char device[] = "rtu:/dev/fake0";
	struct bus_config conf = {.id = id, .device = device};
	struct bus_source sources[FAKE_UNITS];
	struct bus *b = NULL;

	/* A line of its own for each bus. */
	device[sizeof(device) - 2] = (char)('0' + first);

	for (unsigned i = 0; i < n; i++)
		fake_source(&sources[i], first + i);
	assert_int_equal(bus_new_with(event, &conf, sources, n, &ops, seen, env, &b), 0);
	assert_string_equal(bus_id(b), id);
	return b;
}

static struct bus *start(sd_event *event, char *id, unsigned first, unsigned n, struct seen *seen)
{
	return start_with(event, id, first, n, seen, &fake_env_real);
}

/* Nothing of it hangs, however long it takes. */
static struct bus *start_patient(
	sd_event *event, char *id, unsigned first, unsigned n, struct seen *seen)
{
	static struct bus_env env;

	env = fake_env_real;
	env.stuck_grace_us = env.stop_wait_us = USEC_PER_HOUR;
	return start_with(event, id, first, n, seen, &env);
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

static void on_ended(void *userdata)
{
	(*(unsigned *)userdata)++;
}

/* An exchange is under way and will not end: nobody waits for it, others go on, and the end is told once. */
static void test_end_without_waiting(void **state)
{
	struct seen busy = {0}, other = {0};
	char id1[] = "busy", id2[] = "other";
	unsigned ended = 0, before;
	int hang[2];
	sd_event *event = NULL;
	struct bus *b1, *b2;

	assert_int_equal(pipe2(hang, O_CLOEXEC), 0);
	fake_units[0].hang_fd = hang[0];
	assert_int_equal(sd_event_new(&event), 0);
	b1 = start_patient(event, id1, 0, 1, &busy);
	b2 = start(event, id2, 1, 2, &other);
	while (atomic_load(&fake_units[0].polls[0]) == 0)
		(void)sched_yield();
	bus_end(b1, on_ended, &ended);
	assert_int_equal(ended, 0);
	before = other.good;
	run_until(event, other.good >= before + 100);
	assert_int_equal(ended, 0);
	assert_int_equal(bus_abandoned(), 0);
	/* The exchange ends, and the worker with it; nothing of it is told any more. */
	before = busy.readings + busy.source_states;
	assert_int_equal(write(hang[1], "x", 1), 1);
	run_until(event, ended == 1);
	assert_int_equal(busy.readings + busy.source_states, before);
	assert_int_equal(bus_abandoned(), 0);
	before = other.good;
	run_until(event, other.good >= before + 100);
	assert_int_equal(ended, 1);
	b2 = bus_free(b2);
	(void)sd_event_unref(event);
	(void)close(hang[0]);
	(void)close(hang[1]);
}

/* It does not end in its time: it is left behind, and that is told too, but not to whoever has taken it
 * back. */
static void end_one_that_hangs(bool take_back)
{
	struct seen seen = {0};
	char id[] = "hangs", c;
	unsigned ended = 0;
	int hang[2], done[2];
	sd_event *event = NULL;
	struct bus *b;

	log_open("test-bus", LOG_EMERG);
	assert_int_equal(pipe2(hang, O_CLOEXEC), 0);
	assert_int_equal(pipe2(done, O_CLOEXEC), 0);
	fake_units[0].hang_fd = hang[0];
	fake_units[0].done_fd = done[1];
	assert_int_equal(sd_event_new(&event), 0);
	b = start(event, id, 0, 1, &seen);
	while (atomic_load(&fake_units[0].polls[0]) == 0)
		(void)sched_yield();
	bus_end(b, on_ended, &ended);
	if (take_back)
		b = bus_free(b);
	else
		run_until(event, ended == 1);
	assert_int_equal(bus_abandoned(), 1);
	assert_int_equal(write(hang[1], "xxxxxxxx", 8), 8);
	assert_int_equal(read(done[0], &c, 1), 1);
	while (bus_abandoned() > 0)
		(void)sched_yield();
	assert_int_equal(sd_event_run(event, 0), 0);
	assert_int_equal(ended, !take_back);
	(void)sd_event_unref(event);
	for (unsigned k = 0; k < 2; k++) {
		(void)close(hang[k]);
		(void)close(done[k]);
	}
}

static void test_end_of_one_that_hangs(void **state)
{
	end_one_that_hangs(false);
}

static void test_end_taken_back(void **state)
{
	end_one_that_hangs(true);
}

/* The tables of main have moved: the worker does not notice, and everything comes by its new name. */
static void test_new_tags(void **state)
{
	struct seen first = {0}, second = {0};
	char id[] = "b1";
	sd_event *event = NULL;
	const char *name;
	struct bus_use use;
	struct bus *b;

	fake_units[3].configure = -EINVAL;
	assert_int_equal(sd_event_new(&event), 0);
	b = start(event, id, 2, 2, &first);
	run_until(event, first.good >= 100);
	/* Their readings are those of the numbers 102 and 103; on_moved() knows. */
	bus_set_tag(b, 0, 7 << 8);
	bus_set_tag(b, 1, 7 << 8 | 1);
	bus_set_tag(b, 2, 9); /* there is none */
	moved = true;
	bus_set_userdata(b, &second);
	first.good = 0;
	run_until(event, second.good >= 100);
	assert_int_equal(first.good, 0);
	assert_int_equal(second.line_ups, 0);
	assert_string_equal(bus_source_trouble(b, 7 << 8 | 1), "Point x.Read: no such register");
	assert_null(bus_source_trouble(b, 103));
	assert_true(bus_get_use(b, 0, &use, &name));
	assert_int_equal(use.tag, 7 << 8);
	last_done = (struct bus_done){0};
	assert_int_equal(bus_send(b, &(struct bus_cmd){.type = BUS_CMD_READ,
					     .tag = 7 << 8,
					     .id = 11,
					     .until_us = UINT64_MAX}),
		0);
	run_until(event, last_done.id == 11);
	assert_int_equal(last_done.result, 0);
	assert_int_equal(last_tag, 7 << 8);
	/* A tag of before is nobody's. */
	assert_int_equal(bus_send(b, &(struct bus_cmd){.type = BUS_CMD_READ,
					     .tag = 102,
					     .id = 12,
					     .until_us = UINT64_MAX}),
		0);
	run_until(event, last_done.id == 12);
	assert_true(last_done.result < 0);
	b = bus_free(b);
	moved = false;
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
		cmocka_unit_test_setup(test_end_without_waiting, setup),
		cmocka_unit_test_setup(test_end_of_one_that_hangs, setup),
		cmocka_unit_test_setup(test_end_taken_back, setup),
		cmocka_unit_test_setup(test_new_tags, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
