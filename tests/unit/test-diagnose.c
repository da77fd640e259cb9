/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/diagnosis/diagnose.h"

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

/* Two bits with one text, a slot that is not fitted, letters with a sub code, and a broken sensor. */
static void test_loaded_profile(void **state)
{
	static const char text[] =
		"[Profile]\nKind=heat_pump\nName=Pump\nSource=a test\n"
		"[Point letters]\nRead=input:21\nType=string2\nLength=1\nFault=code\nDetail=sub\n"
		"Class=warning\n"
		"[Point sub]\nRead=input:22\nType=u16\nHidden=yes\n"
		"[Point slot]\nRead=input:23\nType=u16\nHidden=yes\nFault=code\nAbsent=0xFFFE\n"
		"[Point water]\nRead=input:24\nType=s16\nScale=0.1\nSensorFault=0x7FFF\n"
		"[Fault first pump]\nCode=E4\nRead=holding:1.0\n"
		"[Fault second pump]\nCode=E4\nRead=holding:1.1\n"
		"[Fault P02]\nRead=input:24\nValue=0x7FFF\n"
		"[Fault U4]\nMeaning=Transmission\n";
	char name[] = "main";
	struct finding_clock clock = {0, 0, 10 * USEC_PER_SEC, &next_id};
	struct source_conf conf = {.name = name};
	struct source src = {.conf = &conf};
	struct appliance a = {.sources = &src, .n_sources = 1};
	struct reading r[5];
	struct count c = {0};
	struct diagnose own;
	struct profile *p;

	assert_int_equal(profile_load_buffer(text, strlen(text), "t", NULL, &p), 0);
	conf.profile = p;
	assert_int_equal(diagnose_init(&own, &a), 0);
	for (unsigned i = 0; i < 5; i++)
		r[i] = (struct reading){.point = (uint16_t)i, .type = VALUE_NUMBER};
	r[0].type = VALUE_STRING;
	(void)str_copy(r[0].text, sizeof(r[0].text), "U4");
	r[1].num = 1;
	r[2].quality = QUALITY_ABSENT;
	r[2].raw = 0xFFFE;
	r[3].quality = QUALITY_SUSPECT;
	r[3].reason = REASON_SENSOR;
	r[3].raw = 0x7FFF;
	r[4].raw = 2; /* the bits of holding 1: the second pump alone */
	assert_string_equal(p->points[4].read, "holding:1");
	for (clock.now_us = 0; clock.now_us <= 60 * USEC_PER_SEC; clock.now_us += USEC_PER_SEC) {
		/* The code before its sub code: nothing is raised that is changed at once. */
		diagnose_apply(&own, 0, r, 1, &clock, on_change, &c);
		diagnose_apply(&own, 0, r + 1, 4, &clock, on_change, &c);
		(void)diagnose_tick(&own, &clock, on_change, &c);
	}
	assert_int_equal(c.raised, 3);
	assert_int_equal(c.cleared, 0); /* one E4 does not take the other back */
	for (size_t i = 0; i < own.findings.n; i++) {
		const struct finding *v = own.findings.v[i];

		if (v->state != FINDING_ACTIVE)
			continue;
		if (streq(v->code, "U4-01")) {
			assert_string_equal(v->meaning_en, "Transmission");
			assert_int_equal(v->class, CLASS_WARNING);
		} else if (streq(v->code, "E4"))
			assert_string_equal(v->key, "main/second pump");
		else
			assert_string_equal(v->code, "P02");
	}
	/* The absent slot does not keep the others from being cleared. */
	r[0].text[0] = '\0';
	r[3].quality = QUALITY_GOOD;
	r[3].reason = REASON_NONE;
	r[3].raw = 250;
	r[4].raw = 0;
	for (; clock.now_us <= 120 * USEC_PER_SEC; clock.now_us += USEC_PER_SEC) {
		diagnose_apply(&own, 0, r, 5, &clock, on_change, &c);
		(void)diagnose_tick(&own, &clock, on_change, &c);
	}
	assert_int_equal(c.raised, 3);
	assert_int_equal(c.cleared, 3);
	diagnose_done(&own);
	profile_unref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loaded_profile),
		cmocka_unit_test_setup_teardown(test_code_with_meaning, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_unknown_code_is_said_to_be_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(test_code_moves_between_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_readings_change_nothing, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
