/* SPDX-License-Identifier: Apache-2.0 */
/* The worker of a bus, stepped by hand on virtual time over a real socket pair. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/socket.h>

#include "fake-bus.h"

#define MS  USEC_PER_MSEC
#define SEC USEC_PER_SEC

static char bus_id_text[] = "b1", port_text[] = "rtu:/dev/fake", net_text[] = "tcp:fake:500";

/* What main heard of one source. */
struct heard {
	unsigned good, bad, states;
	unsigned bad_by[_REASON_MAX];
	uint64_t last_bad[256],
		repeat_min; /* shortest pause between two equal bad readings of a point */
	uint8_t quality[256], reason[256], detail[256];
	double num[256];
	bool answering;
	uint8_t state_reason;
	uint32_t batch_max;
	struct bus_use use;
};

static struct {
	struct bus_worker *w;
	int fd;
	bool deaf; /* main takes nothing */
	struct heard units[FAKE_UNITS];
	unsigned line_states, statuses, holes;
	bool up;
	int error;
	uint64_t line_at, dropped;
	struct bus_status status;
	unsigned steps;
	struct bus_done done; /* of the last write or read */
	unsigned n_done;
	uint64_t done_at;
} h;

static void hear_reading(struct heard *u, const struct reading *r)
{
	assert_true(r->point < 256);
	u->quality[r->point] = r->quality;
	if (r->quality == QUALITY_GOOD) {
		assert_true(u->num[r->point] == 0 || u->num[r->point] == r->num);
		u->num[r->point] = r->num;
		u->good++;
		return;
	}
	assert_int_equal(r->quality, QUALITY_UNAVAILABLE);
	assert_int_equal(r->type, VALUE_NONE);
	if (u->last_bad[r->point] > 0 && u->reason[r->point] == r->reason &&
		u->detail[r->point] == r->detail)
		u->repeat_min = MIN(u->repeat_min, r->t_us - u->last_bad[r->point]);
	u->last_bad[r->point] = r->t_us;
	u->reason[r->point] = r->reason;
	u->detail[r->point] = r->detail;
	u->bad++;
	u->bad_by[r->reason]++;
}

static void hear(void)
{
	static struct bus_msg m;
	ssize_t n;

	while (!h.deaf && (n = recv(h.fd, &m, sizeof(m), MSG_DONTWAIT)) > 0) {
		struct heard *u = m.tag >= 100 ? &h.units[m.tag - 100] : NULL;

		h.dropped += m.dropped;
		switch (m.type) {
		case BUS_READINGS:
			assert_int_equal(n, offsetof(struct bus_msg, readings.v) +
						    m.readings.n * sizeof(struct reading));
			assert_in_range(m.readings.n, 1, BATCH_READINGS);
			u->batch_max = MAX(u->batch_max, m.readings.n);
			for (uint32_t i = 0; i < m.readings.n; i++)
				hear_reading(u, &m.readings.v[i]);
			break;
		case BUS_SOURCE_STATE:
			u->states++;
			u->answering = m.source_state.answering;
			u->state_reason = m.source_state.reason;
			break;
		case BUS_LINE_STATE:
			h.line_states++;
			h.up = m.line.up;
			h.error = m.line.error;
			h.line_at = m.t_us;
			break;
		case BUS_HOLES:
			h.holes++;
			assert_in_range(m.holes.n, 0, HOLES_MAX);
			break;
		case BUS_USE:
			assert_in_range(m.use.n, 1, BUS_USE_BATCH);
			for (uint32_t i = 0; i < m.use.n; i++)
				h.units[m.use.v[i].tag - 100].use = m.use.v[i];
			break;
		case BUS_STATUS:
			h.statuses++;
			h.status = m.status;
			break;
		case BUS_DONE:
			if (m.done.type == BUS_CMD_WRITE || m.done.type == BUS_CMD_READ) {
				h.done = m.done;
				h.n_done++;
				h.done_at = m.t_us;
			}
			break;
		case BUS_FRAME:
			fail_msg("nothing was asked of the worker");
		}
	}
}

static void forget(void)
{
	for (unsigned i = 0; i < FAKE_UNITS; i++) {
		struct heard *u = &h.units[i];

		u->good = u->bad = u->states = 0;
		memset(u->bad_by, 0, sizeof(u->bad_by));
		memset(u->last_bad, 0, sizeof(u->last_bad));
		u->repeat_min = USEC_INFINITY;
	}
	h.line_states = h.statuses = h.steps = h.holes = 0;
	for (unsigned i = 0; i < FAKE_UNITS; i++)
		for (unsigned k = 0; k < FAKE_BLOCKS; k++)
			atomic_store(&fake_units[i].polls[k], 0);
}

static int start_on(char *device, bool listen, unsigned n)
{
	struct bus_config conf = {.id = bus_id_text, .device = device, .listen = listen};
	struct bus_source sources[FAKE_UNITS];
	int fds[2], r;

	memset(&h, 0, sizeof(h));
	for (unsigned i = 0; i < n; i++)
		fake_source(&sources[i], i);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	h.fd = fds[0];
	r = bus_worker_new(&conf, sources, n, &fake_env, fds[1], &h.w);
	if (r < 0) {
		(void)close(fds[0]);
		(void)close(fds[1]);
	}
	forget();
	return r;
}

static void start(unsigned n)
{
	assert_int_equal(start_on(port_text, false, n), 0);
}

static void run(uint64_t us)
{
	uint64_t until = atomic_load(&fake_now) + us;

	while (atomic_load(&fake_now) < until) {
		uint64_t wake = 0, now;

		assert_true(bus_worker_step(h.w, &wake));
		h.steps++;
		hear();
		now = atomic_load(&fake_now);
		if (wake > now)
			atomic_store(&fake_now, MIN(wake, until));
	}
}

static void finish(void)
{
	h.w = bus_worker_free(h.w);
	(void)close(h.fd);
	assert_int_equal(fake_profile.refs, 1);
}

static int setup(void **state)
{
	fake_reset();
	return 0;
}

static void fail_unit(unsigned unit, int result)
{
	for (unsigned k = 0; k < FAKE_BLOCKS; k++)
		atomic_store(&fake_units[unit].result[k], result);
}

static void test_values_at_their_period(void **state)
{
	start(3);
	run(100 * SEC);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(h.units[i].good, 400);
		assert_int_equal(h.units[i].bad, 0);
		assert_int_equal(h.units[i].states, 1);
		assert_true(h.units[i].answering);
		assert_true(h.units[i].num[3] == i * 1000.0 + 3);
	}
	assert_int_equal(h.line_states, 1);
	assert_true(h.up);
	assert_in_range(h.statuses, 24, 26);
	assert_int_equal(h.status.n_sources, 3);
	assert_int_equal(h.status.n_answering, 3);
	assert_true(h.status.transport.requests > 42);
	assert_true(h.status.load > 0.11 && h.status.load < 0.13);
	/* No spin: one step an exchange, a tick or a wait. */
	assert_true(h.steps < 1000);
	assert_int_equal(fake_lines[0].config.baud, 19200);
	assert_int_equal(fake_lines[0].opens, 1);
	finish();
}

static void test_silent_unit(void **state)
{
	struct heard *u = &h.units[1];
	unsigned polls;

	start(3);
	run(20 * SEC);
	forget();
	fail_unit(1, -ETIMEDOUT);
	run(100 * SEC);
	assert_false(u->answering);
	assert_int_equal(u->states, 1);
	assert_int_equal(u->state_reason, REASON_NO_REPLY);
	assert_int_equal(u->good, 0);
	/* All four points, once a second, also where nobody asked. */
	assert_int_equal(u->bad, u->bad_by[REASON_NO_REPLY]);
	assert_in_range(u->bad, 4 * 95, 4 * 101);
	assert_true(u->repeat_min >= SEC / 2);
	for (unsigned p = 0; p < 4; p++)
		assert_int_equal(u->quality[p], QUALITY_UNAVAILABLE);
	polls = fake_units[1].polls[0] + fake_units[1].polls[1];
	assert_in_range(polls, 13, 16);
	assert_int_equal(h.units[0].good, 400);
	assert_int_equal(h.units[2].good, 400);
	assert_int_equal(h.status.n_answering, 2);
	/* Back: one probe at most away. */
	forget();
	fail_unit(1, 0);
	run(12 * SEC);
	assert_true(u->answering);
	assert_int_equal(u->states, 1);
	forget();
	run(10 * SEC);
	assert_int_equal(u->good, 40);
	assert_int_equal(u->bad, 0);
	finish();
}

static void test_first_failure_is_told_at_once(void **state)
{
	start(1);
	run(5500 * MS);
	forget();
	atomic_store(&fake_units[0].result[1], -EBADMSG);
	run(SEC);
	/* One block failed: its points say so, the other's go on; the unit answers. */
	assert_int_equal(h.units[0].bad, 2);
	assert_int_equal(h.units[0].bad_by[REASON_BAD_FRAME], 2);
	assert_int_equal(h.units[0].quality[2], QUALITY_UNAVAILABLE);
	assert_int_equal(h.units[0].quality[0], QUALITY_GOOD);
	atomic_store(&fake_units[0].result[1], 0);
	run(2 * SEC);
	assert_int_equal(h.units[0].quality[2], QUALITY_GOOD);
	assert_int_equal(h.units[0].states, 0);
	finish();
}

static void test_exceptions(void **state)
{
	struct heard *u = &h.units[0];

	start(1);
	run(5500 * MS);
	/* 6 "busy": not worth a word the first time, then it is; the unit answers all the while. */
	atomic_store(&fake_units[0].exception, 6);
	atomic_store(&fake_units[0].result[1], -EREMOTEIO);
	forget();
	run(SEC);
	assert_int_equal(u->bad, 0);
	run(3 * SEC);
	assert_int_equal(u->reason[2], REASON_EXCEPTION);
	assert_int_equal(u->detail[2], 6);
	atomic_store(&fake_units[0].result[1], 0);
	run(20 * SEC);
	assert_int_equal(u->quality[2], QUALITY_GOOD);
	/* 2 "illegal data address": three times, then unsupported, and said again each period. */
	atomic_store(&fake_units[0].exception, 2);
	atomic_store(&fake_units[0].result[1], -EREMOTEIO);
	forget();
	run(2 * SEC);
	assert_int_equal(u->reason[2], REASON_EXCEPTION);
	assert_int_equal(u->detail[2], 2);
	run(98 * SEC);
	assert_int_equal(fake_units[0].polls[1], 4); /* once more after a minute */
	assert_int_equal(u->reason[2], REASON_UNSUPPORTED);
	assert_in_range(u->bad_by[REASON_UNSUPPORTED], 2 * 95, 2 * 99);
	assert_true(u->repeat_min >= SEC / 2);
	assert_int_equal(u->states, 0);
	assert_int_equal(u->good, 200);
	/* 11: the gateway says that the unit is not there. */
	atomic_store(&fake_units[0].exception, 11);
	fail_unit(0, -EREMOTEIO);
	run(10 * SEC);
	assert_false(u->answering);
	assert_int_equal(u->state_reason, REASON_EXCEPTION);
	assert_int_equal(u->detail[0], 11);
	finish();
}

static void test_undecodable(void **state)
{
	start(1);
	fake_units[0].undecodable = true;
	run(4 * SEC);
	assert_int_equal(h.units[0].good, 0);
	assert_int_equal(h.units[0].reason[0], REASON_BAD_FRAME);
	assert_false(h.units[0].answering);
	finish();
}

static void test_line_that_is_not_there(void **state)
{
	static const unsigned pauses[] = {500, 1000, 2000, 4000, 4000};

	fake_lines[0].open_result = -ENODEV;
	start(2);
	run(20 * SEC);
	assert_int_equal(h.line_states, 1);
	assert_false(h.up);
	assert_int_equal(h.error, ENODEV);
	for (unsigned k = 0; k < ARRAY_SIZE(pauses); k++)
		assert_int_equal(fake_lines[0].opened_at[k + 1] - fake_lines[0].opened_at[k],
			pauses[k] * MS);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(h.units[i].bad, h.units[i].bad_by[REASON_LINE_DOWN]);
		assert_in_range(h.units[i].bad, 4 * 19, 4 * 21);
		assert_int_equal(h.units[i].state_reason, REASON_LINE_DOWN);
		assert_int_equal(h.units[i].states, 1);
	}
	/* Another error is another state; the line is asked for no more often. */
	fake_lines[0].open_result = -EACCES;
	run(5 * SEC);
	assert_int_equal(h.line_states, 2);
	assert_int_equal(h.error, EACCES);
	fake_lines[0].open_result = 0;
	run(5 * SEC);
	assert_true(h.up);
	assert_true(h.units[1].answering);
	assert_true(h.units[1].good > 0);
	assert_int_equal(h.units[1].quality[3], QUALITY_GOOD);
	finish();
}

static void test_network_line_pauses_longer(void **state)
{
	fake_lines[0].open_result = -ECONNREFUSED;
	assert_int_equal(start_on(net_text, false, 1), 0);
	run(100 * SEC);
	/* 0 .5 1.5 3.5 7.5 15.5 25.5 ... */
	assert_int_equal(fake_lines[0].opened_at[5] - fake_lines[0].opened_at[4], 8 * SEC);
	assert_int_equal(fake_lines[0].opened_at[6] - fake_lines[0].opened_at[5], 10 * SEC);
	assert_int_equal(fake_lines[0].opens, 14);
	assert_int_equal(h.error, ECONNREFUSED);
	finish();
}

static void test_pulled_and_replugged(void **state)
{
	uint64_t pulled;

	start(2);
	run(10500 * MS);
	forget();
	fake_lines[0].open_result = -ENODEV;
	fake_lines[0].is_open = false;
	fail_unit(0, -ENODEV);
	fail_unit(1, -ENODEV);
	pulled = atomic_load(&fake_now);
	run(30 * SEC);
	assert_false(h.up);
	assert_true(h.line_at <= pulled + SEC);
	assert_int_equal(h.line_states, 1);
	/* Nobody is asked while the line is down. */
	assert_true(fake_units[0].polls[0] + fake_units[0].polls[1] + fake_units[1].polls[0] +
			    fake_units[1].polls[1] <=
		    1);
	assert_int_equal(h.units[0].reason[0], REASON_LINE_DOWN);
	assert_int_equal(h.status.n_answering, 0);
	fake_lines[0].open_result = 0;
	fail_unit(0, 0);
	fail_unit(1, 0);
	forget();
	run(5 * SEC);
	assert_true(h.up);
	for (unsigned i = 0; i < 2; i++) {
		assert_true(h.units[i].answering);
		for (unsigned p = 0; p < 4; p++)
			assert_int_equal(h.units[i].quality[p], QUALITY_GOOD);
	}
	finish();
}

/* A transport that lets go of a connection that was out of step is no outage. */
static void test_connection_made_again_quietly(void **state)
{
	start(2);
	run(10500 * MS);
	forget();
	fake_units[1].closes = true;
	atomic_store(&fake_units[1].result[0], -EBADMSG);
	run(100 * MS);
	run(900 * MS);
	fake_units[1].closes = false;
	atomic_store(&fake_units[1].result[0], 0);
	run(10 * SEC);
	assert_int_equal(h.line_states, 0);
	assert_true(fake_lines[0].opens >= 2);
	/* Nothing was asked more often for it. */
	assert_in_range(h.units[0].good, 40, 46);
	finish();
}

/* Constant bytes: everybody fails, and the line is told as down within ten seconds; once. */
static void test_stuck_line(void **state)
{
	start(3);
	fake_lines[0].noise = 20;
	run(10500 * MS);
	assert_int_equal(h.line_states, 1);
	forget();
	fake_lines[0].noise = 250;
	for (unsigned i = 0; i < 3; i++)
		fail_unit(i, -EBADMSG);
	run(10 * SEC);
	assert_false(h.up);
	assert_int_equal(h.error, EPROTO);
	run(100 * SEC);
	assert_int_equal(h.line_states, 1);
	assert_int_equal(h.units[0].reason[0], REASON_BAD_FRAME);
	assert_int_equal(fake_lines[0].opens, 1);
	fail_unit(1, 0);
	run(12 * SEC);
	assert_true(h.up);
	assert_int_equal(h.line_states, 2);
	assert_true(h.units[1].answering);
	assert_false(h.units[0].answering);
	finish();
}

static void test_main_takes_nothing(void **state)
{
	start(2);
	run(5 * SEC);
	h.deaf = true;
	run(300 * SEC);
	fail_unit(1, -ETIMEDOUT);
	run(300 * SEC);
	h.deaf = false;
	hear();
	forget();
	run(3 * SEC);
	/* The loss is told, the edge is not lost. */
	assert_true(h.dropped > 500);
	assert_int_equal(h.units[1].states, 1);
	assert_false(h.units[1].answering);
	assert_true(h.units[1].bad >= 4);
	assert_true(h.units[0].good >= 8);
	h.dropped = 0;
	run(10 * SEC);
	assert_int_equal(h.dropped, 0);
	finish();
}

static void test_long_block_in_batches(void **state)
{
	fake_units[0].blocks = 1;
	fake_units[0].points = 150;
	start(1);
	run(9500 * MS);
	assert_int_equal(h.units[0].good, 1500);
	assert_int_equal(h.units[0].batch_max, BATCH_READINGS);
	fail_unit(0, -ETIMEDOUT);
	forget();
	run(SEC);
	assert_int_equal(h.units[0].bad, 150);
	finish();
	(void)setup(NULL);
	memset(&h, 0, sizeof(h));
	fake_units[0].blocks = 1;
	/* A full batch says that more follows; a reply of just so many is never one. */
	fake_units[0].points = BATCH_READINGS;
	start(1);
	run(9500 * MS);
	assert_int_equal(h.units[0].good, 10 * BATCH_READINGS);
	assert_in_range(h.units[0].batch_max, 1, BATCH_READINGS - 1);
	finish();
}

static void test_listen_bus(void **state)
{
	fake_units[0].blocks = 1;
	fake_units[0].flags[0] = BLOCK_LISTEN;
	fake_units[1].configure = -EOPNOTSUPP;
	fake_units[3].configure = -EINVAL;
	/* Unit 2's adapter would ask in spite of all. */
	assert_int_equal(start_on(port_text, true, 4), 0);
	run(20 * SEC);
	assert_true(fake_units[0].listen_only);
	assert_null(bus_worker_trouble(h.w, 0));
	assert_non_null(strstr(bus_worker_trouble(h.w, 1), "Listen=yes"));
	assert_non_null(strstr(bus_worker_trouble(h.w, 2), "Listen=yes"));
	assert_string_equal(bus_worker_trouble(h.w, 3), "Point x.Read: no such register");
	assert_true(h.units[0].good >= 38);
	for (unsigned i = 1; i < 4; i++) {
		assert_int_equal(fake_units[i].polls[0] + fake_units[i].polls[1], 0);
		assert_int_equal(h.units[i].states, 1);
		assert_int_equal(h.units[i].state_reason, REASON_UNSUPPORTED);
		/* Every point of the profile, each 10 s. */
		assert_in_range(h.units[i].bad_by[REASON_UNSUPPORTED], 256, 3 * 256);
	}
	finish();
}

static void test_one_listens_for_all(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		fake_units[i].blocks = 1;
		fake_units[i].flags[0] = BLOCK_LISTEN;
	}
	assert_int_equal(start_on(port_text, true, 3), 0);
	run(20 * SEC);
	assert_true(fake_units[0].polls[0] > 15);
	assert_int_equal(fake_units[1].polls[0] + fake_units[2].polls[0], 0);
	/* The fake takes every unasked frame for its own: point 200. */
	assert_true(h.units[2].good >= 30);
	assert_true(h.units[2].num[200] == 2200);
	assert_true(h.units[2].answering);
	/* Hearing nothing is no failure. */
	fail_unit(0, -ETIMEDOUT);
	run(60 * SEC);
	assert_true(h.units[0].answering);
	assert_int_equal(h.units[0].bad, 0);
	assert_true(fake_units[0].polls[0] > 70);
	finish();
}

static void test_handshake_and_session(void **state)
{
	struct fake_unit *u = &fake_units[0];

	u->blocks = 3;
	u->flags[0] = BLOCK_HANDSHAKE;
	u->needs[1] = u->needs[2] = 0;
	atomic_store(&u->result[0], -ETIMEDOUT);
	start(1);
	run(1500 * MS);
	assert_int_equal(u->polls[1] + u->polls[2], 0);
	assert_int_equal(h.units[0].reason[2], REASON_SKIPPED);
	run(2 * SEC);
	assert_false(h.units[0].answering);
	assert_int_equal(h.units[0].reason[2], REASON_NO_REPLY);
	atomic_store(&u->result[0], 0);
	run(12 * SEC);
	assert_true(h.units[0].answering);
	assert_int_equal(h.units[0].quality[2], QUALITY_GOOD);
	forget();
	run(10 * SEC);
	assert_int_equal(u->polls[0], 0);
	u->session_lost = true;
	run(SEC);
	u->session_lost = false;
	run(5 * SEC);
	assert_in_range(u->polls[0], 1, 2);
	finish();
}

static void test_more_frames_at_once(void **state)
{
	fake_units[0].blocks = 1;
	fake_units[0].more = 5;
	start(2);
	run(500 * MS);
	assert_int_equal(fake_units[0].polls[0], 6);
	run(SEC);
	assert_int_equal(fake_units[0].polls[0], 7);
	/* One that always has more gets no more than its turn: the other unit keeps its period. */
	fake_units[0].more = 1000000;
	run(2 * SEC);
	forget();
	run(60 * SEC);
	assert_true(fake_units[0].polls[0] > 500);
	assert_in_range(fake_units[1].polls[0], 50, 60);
	assert_true(h.units[0].answering);
	finish();
}

static void test_again_is_no_failure(void **state)
{
	start(1);
	run(5500 * MS);
	forget();
	atomic_store(&fake_units[0].result[0], -EAGAIN);
	fake_units[0].retry_at_us = atomic_load(&fake_now) + 100 * MS;
	run(10 * SEC);
	assert_int_equal(h.units[0].bad, 0);
	assert_int_equal(h.units[0].good, 20);
	assert_true(h.steps < 30000);
	assert_int_equal(h.units[0].states, 0);
	finish();
}

static void test_use_is_measured(void **state)
{
	const struct bus_use *u = &h.units[1].use;

	start(3);
	run(100 * SEC);
	assert_in_range(u->replies, 170, 202);
	assert_int_equal(u->timeouts, 0);
	assert_int_equal(u->blocks, 2);
	/* 20 ms: buckets are a quarter wide. */
	assert_in_range(u->p50_us, 20 * MS, 25 * MS);
	assert_in_range(u->p99_us, 20 * MS, 25 * MS);
	assert_int_equal(u->suggest_us, 100 * MS);
	assert_true(u->demand > 0.039 && u->demand < 0.041);
	assert_int_equal(u->period_us, SEC);
	assert_int_equal(u->slower_us, 0);
	assert_true(h.status.demand > 0.11 && h.status.demand < 0.13);
	/* One that dies: the first time-out is the whole one, the next are short, a probe is whole. */
	fake_units[1].timeout_us = SEC;
	fail_unit(1, -ETIMEDOUT);
	run(100 * SEC);
	assert_true(fake_units[1].n_failed == 8);
	assert_int_equal(fake_units[1].failed_us[0], 200 * MS);
	for (unsigned i = 1; i < 5; i++)
		assert_int_equal(fake_units[1].failed_us[i], 150 * MS);
	for (unsigned i = 5; i < 8; i++)
		assert_int_equal(fake_units[1].failed_us[i], 200 * MS);
	assert_in_range(u->timeouts, 13, 16);
	assert_int_equal((int)u->demand, 0);
	finish();
}

/* An appliance that takes 60 ms to answer, where a plan assumes 20: planned anew, once. */
static void test_turnaround_is_planned(void **state)
{
	start(2);
	run(20 * SEC);
	fake_units[1].cost_us = 60 * MS;
	run(20 * SEC);
	run(200 * SEC);
	assert_in_range(fake_units[1].turnaround_us, 26 * MS, 60 * MS);
	assert_int_equal(fake_units[0].turnaround_us, 0);
	/* The rest of the way after the pause. */
	run(700 * SEC);
	assert_in_range(fake_units[1].turnaround_us, 58 * MS, 62 * MS);
	assert_int_equal(h.units[0].use.blocks, 2);
	finish();
}

static void test_what_is_learned_is_planned(void **state)
{
	start(2);
	run(20 * SEC);
	forget();
	assert_int_equal(fake_units[1].n_holes, 0);
	fake_units[1].blocks = 1;
	fake_units[1].learns = true;
	run(2 * SEC);
	assert_true(h.holes >= 1);
	assert_int_equal(fake_units[1].n_holes, 1);
	fake_units[1].learns = false;
	forget();
	run(100 * SEC);
	assert_int_equal(h.holes, 0);
	assert_in_range(h.units[1].good, 195, 201);
	assert_int_equal(h.units[1].use.blocks, 1);
	assert_int_equal(h.units[1].use.holes, 1);
	assert_int_equal(h.units[0].good, 400);
	/* A plan that cannot be made changes nothing. */
	fake_units[1].configure = -EINVAL;
	fake_units[1].learns = true;
	run(10 * SEC);
	fake_units[1].learns = false;
	forget();
	run(100 * SEC);
	assert_in_range(h.units[1].good, 195, 201);
	finish();
}

static void test_main_ends_it(void **state)
{
	uint64_t wake;

	start(1);
	run(5 * SEC);
	assert_int_equal(shutdown(h.fd, SHUT_RDWR), 0);
	atomic_fetch_add(&fake_now, 2 * SEC);
	assert_false(bus_worker_step(h.w, &wake));
	finish();
}

static void test_wrong_words(void **state)
{
	char wrong[] = "wrong";

	assert_int_equal(start_on(wrong, false, 1), -EINVAL);
	assert_null(h.w);
	assert_int_equal(fake_profile.refs, 1);
}

/* ---- commands */

static void command(struct bus_cmd c)
{
	assert_int_equal(send(h.fd, &c, sizeof(c), 0), sizeof(c));
}

/* Step by step, the schedule going on between; once, with its result and nothing twice. */
static void test_write(void **state)
{
	struct fake_unit *u = &fake_units[0];
	unsigned polls;

	start(2);
	run(3 * SEC);
	u->write_steps = 3;
	u->write_pause_us = 2 * SEC;
	polls = atomic_load(&fake_units[1].polls[0]);
	command((struct bus_cmd){.type = BUS_CMD_WRITE,
		.tag = 100,
		.id = 7,
		.until_us = atomic_load(&fake_now) + SEC});
	run(10 * SEC);
	assert_int_equal(h.n_done, 1);
	assert_int_equal(h.done.id, 7);
	assert_int_equal(h.done.result, 0);
	assert_true(h.done.sent);
	assert_int_equal(u->n_wrote, 3);
	assert_true(u->wrote_at[1] >= u->wrote_at[0] + 2 * SEC);
	assert_true(u->wrote_at[2] < u->wrote_at[0] + 5 * SEC);
	assert_true(atomic_load(&fake_units[1].polls[0]) >= polls + 9);
	/* The answer is lost: said so, sent, and not sent again. */
	u->write_result = -ETIMEDOUT;
	u->write_steps = 1;
	command((struct bus_cmd){.type = BUS_CMD_WRITE,
		.tag = 100,
		.id = 8,
		.until_us = atomic_load(&fake_now) + SEC});
	run(5 * SEC);
	assert_int_equal(h.n_done, 2);
	assert_int_equal(h.done.result, -ETIMEDOUT);
	assert_true(h.done.sent);
	assert_int_equal(u->n_wrote, 4);
	u->write_result = -EREMOTEIO;
	command((struct bus_cmd){.type = BUS_CMD_WRITE,
		.tag = 100,
		.id = 9,
		.until_us = atomic_load(&fake_now) + SEC});
	run(SEC);
	assert_int_equal(h.done.exception, 3);
	finish();
}

/* What cannot begin in time is not sent at all. */
static void test_write_not_begun(void **state)
{
	start(1);
	run(SEC);
	fake_units[0].write_result = -EAGAIN;
	fake_units[0].write_pause_us = 300 * MS;
	command((struct bus_cmd){.type = BUS_CMD_WRITE,
		.tag = 100,
		.id = 1,
		.until_us = atomic_load(&fake_now) + 2 * SEC});
	run(5 * SEC);
	assert_int_equal(h.n_done, 1);
	assert_int_equal(h.done.result, -ETIMEDOUT);
	assert_false(h.done.sent);
	assert_int_equal(fake_units[0].n_wrote, 0);
	/* Nobody of that name. */
	command((struct bus_cmd){.type = BUS_CMD_WRITE, .tag = 107, .id = 2});
	run(SEC);
	assert_int_equal(h.n_done, 2);
	assert_int_equal(h.done.result, -EOPNOTSUPP);
	finish();
}

/* A read out of turn: its readings come before its end. */
static void test_read(void **state)
{
	fake_units[0].period_us = 60 * SEC;
	start(1);
	run(5 * SEC);
	command((struct bus_cmd){.type = BUS_CMD_READ,
		.tag = 100,
		.id = 5,
		.until_us = atomic_load(&fake_now) + 5 * SEC,
		.point = 3});
	run(2 * SEC);
	assert_int_equal(h.n_done, 1);
	assert_int_equal(h.done.id, 5);
	assert_int_equal(h.done.result, 0);
	assert_int_equal(atomic_load(&fake_units[0].polls[1]), 2);
	atomic_store(&fake_units[0].result[1], -ETIMEDOUT);
	command((struct bus_cmd){.type = BUS_CMD_READ,
		.tag = 100,
		.id = 6,
		.until_us = atomic_load(&fake_now) + 5 * SEC,
		.point = 3});
	run(4 * SEC);
	assert_int_equal(h.n_done, 2);
	assert_int_equal(h.done.result, -ETIMEDOUT);
	command((struct bus_cmd){.type = BUS_CMD_READ,
		.tag = 100,
		.id = 7,
		.until_us = atomic_load(&fake_now) + 5 * SEC,
		.point = 200});
	run(2 * SEC);
	assert_int_equal(h.done.result, -ENOENT);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_values_at_their_period, setup),
		cmocka_unit_test_setup(test_silent_unit, setup),
		cmocka_unit_test_setup(test_first_failure_is_told_at_once, setup),
		cmocka_unit_test_setup(test_exceptions, setup),
		cmocka_unit_test_setup(test_undecodable, setup),
		cmocka_unit_test_setup(test_line_that_is_not_there, setup),
		cmocka_unit_test_setup(test_network_line_pauses_longer, setup),
		cmocka_unit_test_setup(test_pulled_and_replugged, setup),
		cmocka_unit_test_setup(test_connection_made_again_quietly, setup),
		cmocka_unit_test_setup(test_stuck_line, setup),
		cmocka_unit_test_setup(test_main_takes_nothing, setup),
		cmocka_unit_test_setup(test_long_block_in_batches, setup),
		cmocka_unit_test_setup(test_listen_bus, setup),
		cmocka_unit_test_setup(test_one_listens_for_all, setup),
		cmocka_unit_test_setup(test_handshake_and_session, setup),
		cmocka_unit_test_setup(test_more_frames_at_once, setup),
		cmocka_unit_test_setup(test_again_is_no_failure, setup),
		cmocka_unit_test_setup(test_use_is_measured, setup),
		cmocka_unit_test_setup(test_turnaround_is_planned, setup),
		cmocka_unit_test_setup(test_what_is_learned_is_planned, setup),
		cmocka_unit_test_setup(test_write, setup),
		cmocka_unit_test_setup(test_write_not_begun, setup),
		cmocka_unit_test_setup(test_read, setup),
		cmocka_unit_test_setup(test_main_ends_it, setup),
		cmocka_unit_test_setup(test_wrong_words, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
