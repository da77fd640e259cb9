/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/diagnose.h"

/* A ventilation unit with two alarm slots and a word of fault bits, as the makers do it. */
static char name_alarm1[] = "alarm1", name_alarm2[] = "alarm2", name_bits[] = "bits";
static struct point points[] = {
	{.name = name_alarm1, .fault_code = true, .hidden = true, .attr = -1},
	{.name = name_alarm2, .fault_code = true, .hidden = true, .attr = -1},
	{.name = name_bits, .hidden = true, .attr = -1},
};
static char code_f1[] = "F1", code_w3[] = "W3", code_hp[] = "2076.4",
	    flow[] = "Supply flow not reached", flow_zh[] = "送风量不足";
static struct fault faults[] = {
	{.code = code_f1,
		.point = -1,
		.value = 1,
		.meaning = {flow, flow_zh},
		.severity = SEVERITY_CARE},
	{.code = code_w3, .point = -1, .value = 0x83, .class = CLASS_WARNING},
	{.code = code_hp,
		.point = 2,
		.by_bit = true,
		.mask = 0x10,
		.match = 0x10,
		.severity = SEVERITY_URGENT},
};
static struct profile profile = {
	.points = points,
	.n_points = ARRAY_SIZE(points),
	.faults = faults,
	.n_faults = ARRAY_SIZE(faults),
};
static struct source_conf source_conf = {.profile = &profile};
static struct source source = {.conf = &source_conf};
static struct appliance appliance = {.sources = &source, .n_sources = 1};

struct count {
	int raised, cleared;
	char last[48];
};

static void on_change(struct findings *f, struct finding *v, enum finding_change change, void *u)
{
	struct count *c = u;

	c->raised += change == FINDING_RAISED;
	c->cleared += change == FINDING_CLEARED;
	(void)str_copy(c->last, sizeof(c->last), v->code);
}

static uint64_t next_id;

static void look(struct diagnose *d, uint64_t s, struct count *c, int alarm1, int alarm2, int bits)
{
	const int raw[] = {alarm1, alarm2, bits};
	const struct finding_clock clock = {s * USEC_PER_SEC, 0, 10 * USEC_PER_SEC, &next_id};
	struct reading r[3];

	for (unsigned i = 0; i < 3; i++)
		r[i] = (struct reading){.point = (uint16_t)i,
			.quality = raw[i] < 0 ? QUALITY_UNAVAILABLE : QUALITY_GOOD,
			.type = VALUE_NUMBER,
			.raw = raw[i],
			.num = raw[i],
			.t_us = clock.now_us};
	diagnose_apply(d, 0, r, 3, &clock, on_change, c);
	(void)diagnose_tick(d, &clock, on_change, c);
}

static struct diagnose d;

static int setup(void **state)
{
	static char name[] = "main";

	source_conf.name = name;
	next_id = 1;
	return diagnose_init(&d, &appliance);
}

static int teardown(void **state)
{
	diagnose_done(&d);
	return 0;
}

static void test_code_with_meaning(void **state)
{
	struct count c = {0};

	for (uint64_t s = 0; s <= 20; s += 10)
		look(&d, s, &c, 1, 0, 0);
	assert_int_equal(c.raised, 1);
	assert_string_equal(c.last, "F1");
	assert_string_equal(d.findings.v[0]->meaning_zh, "送风量不足");
	assert_int_equal(d.findings.v[0]->severity, SEVERITY_CARE);
	for (uint64_t s = 30; s <= 50; s += 10)
		look(&d, s, &c, 0, 0, 0);
	assert_int_equal(c.cleared, 1);
}

static void test_unknown_code_is_said_to_be_unknown(void **state)
{
	struct count c = {0};

	for (uint64_t s = 0; s <= 20; s += 10)
		look(&d, s, &c, 99, 0, 0);
	assert_int_equal(c.raised, 1);
	assert_string_equal(c.last, "99");
	assert_null(d.findings.v[0]->meaning_en);
	assert_null(d.findings.v[0]->meaning_zh);
}

static void test_code_moves_between_slots(void **state)
{
	struct count c = {0};

	for (uint64_t s = 0; s <= 20; s += 10)
		look(&d, s, &c, 1, 0x83, 0);
	assert_int_equal(c.raised, 2);
	/* F1 is gone; the warning moves up into its slot and is no new finding. */
	for (uint64_t s = 30; s <= 60; s += 10)
		look(&d, s, &c, 0x83, 0, 0);
	assert_int_equal(c.raised, 2);
	assert_int_equal(c.cleared, 1);
	assert_string_equal(c.last, "F1");
	assert_true(finding_is_active(findings_by_key(&d.findings, "main/W3")));
}

static void test_bits(void **state)
{
	struct count c = {0};

	for (uint64_t s = 0; s <= 20; s += 10)
		look(&d, s, &c, 0, 0, 0x11);
	assert_int_equal(c.raised, 1);
	assert_string_equal(c.last, "2076.4");
	for (uint64_t s = 30; s <= 50; s += 10)
		look(&d, s, &c, 0, 0, 0x01); /* the other bit is nobody's */
	assert_int_equal(c.cleared, 1);
	assert_int_equal(d.findings.n, 1);
}

static void test_lost_readings_change_nothing(void **state)
{
	struct count c = {0};

	for (uint64_t s = 0; s <= 20; s += 10)
		look(&d, s, &c, 1, 0, 0x10);
	assert_int_equal(c.raised, 2);
	for (uint64_t s = 30; s <= 3000; s += 10)
		look(&d, s, &c, -1, -1, -1);
	assert_int_equal(c.cleared, 0);
	/* One slot readable and empty is not enough: the code may stand in the other. */
	for (uint64_t s = 3010; s <= 3100; s += 10)
		look(&d, s, &c, 0, -1, -1);
	assert_int_equal(c.cleared, 0);
	for (uint64_t s = 3110; s <= 3200; s += 10)
		look(&d, s, &c, 0, 0, 0);
	assert_int_equal(c.cleared, 2);
	assert_int_equal(c.raised, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_code_with_meaning, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_unknown_code_is_said_to_be_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_code_moves_between_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_readings_change_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
