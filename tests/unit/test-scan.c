/* SPDX-License-Identifier: Apache-2.0 */
/* The scan against lines that exist in this file alone, with the profiles that are shipped. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "adapters/scan.h"

#include <dirent.h>

#define DEVICES_MAX 300
#define CELLS_MAX   64

struct device {
	struct scan_line line;
	uint8_t unit;
	int exception; /* to everything */
	bool zero, random, mute_43;
	const char *product;
	struct cell {
		uint8_t function;
		uint16_t address, value;
	} cells[CELLS_MAX];
	size_t n;
};

static struct device devices[DEVICES_MAX];
static size_t n_devices;
static const struct profile *profiles[SCAN_PROFILES_MAX];
static size_t n_profiles;
static unsigned asked, asked_unit[256], asked_baud_9600;
static uint64_t spent_us;
static uint32_t seed = 1;

static struct device *device(uint8_t unit, uint32_t baud, char parity, uint8_t stop)
{
	struct device *d = &devices[n_devices++];

	*d = (struct device){.line = {baud, parity, stop}, .unit = unit};
	return d;
}

static void words(struct device *d, uint8_t function, uint16_t address, size_t n, ...)
{
	va_list ap;

	va_start(ap, n);
	for (size_t i = 0; i < n; i++)
		d->cells[d->n++] =
			(struct cell){function, (uint16_t)(address + i), (uint16_t)va_arg(ap, int)};
	va_end(ap);
}

static int cell(const struct device *d, uint8_t function, unsigned address)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->cells[i].function == function && d->cells[i].address == address)
			return d->cells[i].value;
	return d->zero ? 0 : -1;
}

static uint8_t dice(void)
{
	seed = seed * 1103515245 + 12345;
	return (uint8_t)(seed >> 16);
}

/* A reply PDU: its length, or -errno. */
static int answer(
	const struct device *d, const struct scan_request *rq, uint8_t *ret, uint8_t *ret_ex)
{
	uint16_t address = be16(rq->pdu + 1), count = be16(rq->pdu + 3);

	if (d->random) {
		int n = dice() % 64;

		for (int i = 0; i < n; i++)
			ret[i] = dice();
		*ret_ex = dice() | 1;
		return dice() % 4 == 0 ? -ETIMEDOUT : dice() % 4 == 0 ? -EREMOTEIO : n;
	}
	if (d->exception) {
		*ret_ex = (uint8_t)d->exception;
		return -EREMOTEIO;
	}
	if (rq->pdu[0] == MODBUS_DEVICE_ID && d->product) {
		size_t n = strlen(d->product);

		memcpy(ret, (uint8_t[]){0x2B, 14, 1, 1, 0, 0, 1, 1, (uint8_t)n}, 9);
		memcpy(ret + 9, d->product, n);
		return (int)(9 + n);
	}
	if (rq->pdu[0] == MODBUS_DEVICE_ID && d->mute_43)
		return -ETIMEDOUT;
	*ret_ex = 1;
	if (rq->pdu[0] > 4)
		return -EREMOTEIO;
	*ret_ex = 2;
	ret[0] = rq->pdu[0];
	ret[1] = (uint8_t)modbus_reply_bytes(ret[0], count);
	memset(ret + 2, 0, ret[1]);
	for (unsigned i = 0; i < count; i++) {
		int v = cell(d, ret[0], address + i);

		if (v < 0)
			return -EREMOTEIO;
		if (ret[0] > 2)
			put_be16(ret + 2 + 2 * i, (uint16_t)v);
		else
			ret[2 + i / 8] |= (uint8_t)((v & 1) << i % 8);
	}
	return 2 + ret[1];
}

static struct scan *run(const struct scan_options *o, unsigned limit)
{
	struct scan_progress before = {0}, p;
	struct scan_request rq, again;
	struct scan *s = NULL;

	asked = asked_baud_9600 = 0;
	spent_us = 0;
	memset(asked_unit, 0, sizeof(asked_unit));
	assert_int_equal(scan_new(o, profiles, n_profiles, &s), 0);
	while (scan_next(s, &rq)) {
		uint8_t pdu[MODBUS_FRAME_PDU_MAX], exception = 0;
		int r = -ETIMEDOUT;
		uint64_t took;

		assert_true(scan_next(s, &again));
		assert_memory_equal(&rq, &again, sizeof(rq));
		assert_true(rq.n >= 1 && rq.n <= sizeof(rq.pdu));
		assert_in_range(rq.timeout_ms, 10, 2000);
		/* It only reads. */
		assert_true(rq.pdu[0] <= 4 || modbus_identify_valid(rq.pdu, rq.n));
		assert_true(++asked < limit);
		asked_unit[rq.unit]++;
		asked_baud_9600 += rq.line.baud == 9600;
		for (size_t i = 0; i < n_devices; i++)
			if (devices[i].unit == rq.unit &&
				(o->tcp || (devices[i].line.baud == rq.line.baud &&
						   devices[i].line.parity == rq.line.parity &&
						   devices[i].line.stop_bits == rq.line.stop_bits)))
				r = answer(&devices[i], &rq, pdu, &exception);
		took = r == -ETIMEDOUT ? rq.timeout_ms * USEC_PER_MSEC : 30 * USEC_PER_MSEC;
		spent_us += took;
		(void)scan_reply(s, r < 0 ? r : 0, exception, pdu, r < 0 ? 0 : (size_t)r, took);
		scan_get_progress(s, &p);
		assert_true(p.done >= before.done && p.done <= p.total);
		before = p;
	}
	scan_get_progress(s, &p);
	assert_int_equal(p.done, p.total);
	assert_int_equal(p.remaining_us, 0);
	return s;
}

static const struct scan_match *match(const struct scan_found *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (streq(f->matches[i].profile->id, id))
			return &f->matches[i];
	return NULL;
}

static struct device *onokom(uint8_t unit, uint32_t baud, char parity, uint8_t stop)
{
	struct device *d = device(unit, baud, parity, stop);

	words(d, 4, 290, 12, 'M', 'E', '-', '1', '-', 'M', 'B', '-', 'B', 0, 0, 0);
	words(d, 3, 0, 4, 0, 1, 2, 2215);
	return d;
}

/* 230.1 V, 0.5 A, 115 W, 1234 Wh, 50.0 Hz, 0.97, no alarm. */
static struct device *pzem(uint8_t unit)
{
	struct device *d = device(unit, 9600, 'N', 1);

	words(d, 4, 0, 10, 2301, 500, 0, 1150, 0, 1234, 0, 500, 97, 0);
	return d;
}

static int setup(void **state)
{
	n_devices = 0;
	return 0;
}

static void test_identified(void **state)
{
	struct scan_options o = {0};
	const struct scan_found *f;
	struct scan *s;

	onokom(1, 9600, 'N', 1)->product = "ONOKOM\x1b[31m";
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 1);
	f = scan_found(s, 0);
	assert_int_equal(f->unit, 1);
	assert_int_equal(f->line.baud, 9600);
	assert_string_equal(f->product, "ONOKOM\\x1b[31m");
	assert_true(f->n >= 1);
	assert_string_equal(f->matches[0].profile->id, "onokom-mitsubishi-electric-me1");
	assert_true(f->matches[0].certainty >= 85);
	assert_non_null(strstr(f->matches[0].reason, "ME-1-MB-B"));
	assert_int_equal(f->alike, 1);
	scan_free(s);
}

static void test_other_speed(void **state)
{
	struct scan_options o = {0};
	struct scan *s;

	onokom(77, 19200, 'E', 1);
	onokom(78, 19200, 'E', 1);
	s = run(&o, 20000);
	/* 19200 8E1 is the specification's default; no unit is one that a profile names. */
	assert_int_equal(scan_n_found(s), 2);
	assert_int_equal(scan_found(s, 0)->unit, 77);
	assert_int_equal(scan_found(s, 0)->line.baud, 19200);
	assert_int_equal(scan_found(s, 0)->line.parity, 'E');
	assert_int_equal(scan_found(s, 1)->unit, 78);
	scan_free(s);
}

static void test_one_setting_a_line(void **state)
{
	struct scan_options o = {
		.lines = {{9600, 'N', 1}, {19200, 'E', 1}, {115200, 'N', 1}}, .n_lines = 3};
	unsigned all;
	struct scan *s;

	pzem(1);
	pzem(200);
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 2);
	assert_int_equal(asked, asked_baud_9600);
	all = asked;
	scan_free(s);
	setup(NULL);
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 0);
	assert_true(asked > 2 * all);
	scan_free(s);
}

static void test_plausible(void **state)
{
	struct scan_options o = {.quick = true, .lines = {{9600, 'N', 1}}, .n_lines = 1};
	const struct scan_match *m;
	struct scan *s;

	pzem(5);
	s = run(&o, 1000);
	assert_int_equal(scan_n_found(s), 1);
	m = match(scan_found(s, 0), "pzem-016");
	assert_non_null(m);
	assert_true(m->certainty >= 20);
	assert_null(match(scan_found(s, 0), "onokom-mitsubishi-electric-me1"));
	/* The best is never far below the truth. */
	assert_true(m->certainty + 15 >= scan_found(s, 0)->matches[0].certainty);
	scan_free(s);
}

static void test_all_zero(void **state)
{
	struct scan_options o = {.quick = true, .lines = {{9600, 'N', 1}}, .n_lines = 1};
	struct scan *s;

	device(3, 9600, 'N', 1)->zero = true;
	s = run(&o, 1000);
	assert_int_equal(scan_n_found(s), 1);
	for (size_t i = 0; i < scan_found(s, 0)->n; i++)
		assert_true(scan_found(s, 0)->matches[i].probes > 0 ||
			    scan_found(s, 0)->matches[i].certainty <= 1);
	scan_free(s);
}

static void test_exceptions(void **state)
{
	struct scan_options o = {.quick = true, .lines = {{9600, 'N', 1}}, .n_lines = 1};
	struct scan *s;

	device(3, 9600, 'N', 1)->exception = 1;  /* somebody, and no more */
	device(4, 9600, 'N', 1)->exception = 11; /* a gateway: nobody behind it */
	s = run(&o, 1000);
	assert_int_equal(scan_n_found(s), 1);
	assert_int_equal(scan_found(s, 0)->unit, 3);
	assert_int_equal(scan_found(s, 0)->n, 0);
	assert_int_equal(asked_unit[4], 1);
	scan_free(s);
}

static void test_configured_units_are_left_alone(void **state)
{
	struct scan_options o = {.lines = {{9600, 'N', 1}}, .n_lines = 1};
	struct scan *s;

	pzem(1);
	pzem(2);
	o.skip[1] = true;
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 1);
	assert_int_equal(scan_found(s, 0)->unit, 2);
	assert_int_equal(asked_unit[1], 0);
	assert_int_equal(asked_unit[0], 0);
	for (unsigned u = 248; u < 256; u++)
		assert_int_equal(asked_unit[u], 0);
	scan_free(s);
}

static void test_some_units(void **state)
{
	struct scan_options o = {.lines = {{9600, 'N', 1}}, .n_lines = 1};
	struct scan *s;

	for (unsigned u = 20; u <= 30; u++)
		o.units[u] = true;
	pzem(1);
	pzem(25);
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 1);
	assert_int_equal(asked_unit[1], 0);
	scan_free(s);
}

static void test_any_unit(void **state)
{
	struct scan_options o = {.tcp = true};
	struct scan *s;

	for (unsigned u = 0; u < 256; u++)
		(void)pzem((uint8_t)u);
	s = run(&o, 4000);
	assert_int_equal(scan_n_found(s), 1);
	assert_true(scan_found(s, 0)->any_unit);
	scan_free(s);
	/* Different ones are not one. */
	for (unsigned u = 0; u < 256; u++)
		devices[u].cells[3].value = (uint16_t)(1000 + u);
	s = run(&o, 40000);
	assert_int_equal(scan_n_found(s), 247);
	assert_false(scan_found(s, 0)->any_unit);
	scan_free(s);
}

static void test_mute_to_43(void **state)
{
	struct scan_options o = {.quick = true, .lines = {{9600, 'N', 1}}, .n_lines = 1};
	struct scan *s;

	onokom(1, 9600, 'N', 1)->mute_43 = true;
	s = run(&o, 1000);
	assert_int_equal(scan_n_found(s), 1);
	assert_string_equal(
		scan_found(s, 0)->matches[0].profile->id, "onokom-mitsubishi-electric-me1");
	scan_free(s);
}

static void test_hostile(void **state)
{
	struct scan_options o = {.lines = {{9600, 'N', 1}, {2400, 'E', 2}}, .n_lines = 2};

	for (unsigned round = 0; round < 5; round++) {
		setup(NULL);
		for (unsigned u = 1; u < 248; u++)
			device((uint8_t)u, 9600, 'N', 1)->random = true;
		scan_free(run(&o, 100000));
	}
}

/* A quick scan of an empty line at every likely setting is over within this: the first five minutes. */
static void test_time(void **state)
{
	struct scan_options o = {.quick = true};
	struct scan *s = run(&o, 10000);

	assert_true(spent_us < 3 * USEC_PER_MIN);
	print_message("an empty line, quick: %u requests, %.0f s\n", asked, (double)spent_us / 1e6);
	scan_free(s);
	o = (struct scan_options){.lines = {{9600, 'N', 1}}, .n_lines = 1};
	pzem(1);
	s = run(&o, 10000);
	print_message(
		"247 units at one setting: %u requests, %.0f s\n", asked, (double)spent_us / 1e6);
	assert_true(spent_us < 3 * USEC_PER_MIN);
	scan_free(s);
}

static int load(void **state)
{
	char dir[512];
	const char *const dirs[] = {dir, NULL};
	struct dirent *e;
	DIR *d;

	(void)snprintf(dir, sizeof(dir), "%s/etc/profiles", getenv("SRCDIR"));
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		struct problems problems = {0};
		struct profile *p = NULL;
		char id[256];

		if (!endswith(e->d_name, ".profile"))
			continue;
		(void)snprintf(id, sizeof(id), "%.*s", (int)strlen(e->d_name) - 8, e->d_name);
		if (profile_load(dirs, id, &problems, &p) == 0)
			profiles[n_profiles++] = p;
		problems_done(&problems);
	}
	(void)closedir(d);
	assert_true(n_profiles > 10);
	return 0;
}

static int unload(void **state)
{
	for (size_t i = 0; i < n_profiles; i++)
		(void)profile_unref((struct profile *)profiles[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_identified, setup),
		cmocka_unit_test_setup(test_other_speed, setup),
		cmocka_unit_test_setup(test_one_setting_a_line, setup),
		cmocka_unit_test_setup(test_plausible, setup),
		cmocka_unit_test_setup(test_all_zero, setup),
		cmocka_unit_test_setup(test_exceptions, setup),
		cmocka_unit_test_setup(test_configured_units_are_left_alone, setup),
		cmocka_unit_test_setup(test_some_units, setup),
		cmocka_unit_test_setup(test_any_unit, setup),
		cmocka_unit_test_setup(test_mute_to_43, setup),
		cmocka_unit_test_setup(test_hostile, setup),
		cmocka_unit_test_setup(test_time, setup),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
