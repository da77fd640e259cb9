/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"
#include <math.h>

#include "daemon/profile/profile.h"

#define HEAD "[Profile]\nName=Test\nSource=a test\nKind="

/* A profile whose first point is described by TEXT behind "[Point a]\nRead=holding:1\n". */
static struct profile *load(const char *kind, const char *text)
{
	char buf[2048];

	(void)snprintf(buf, sizeof(buf), HEAD "%s\n[Point a]\nRead=holding:1\n%s", kind, text);
	return profile_of(buf);
}

static struct reading convert(const struct profile *p, struct raw_value v)
{
	struct reading r;

	memset(&r, 0xa5, sizeof(r));
	r.point = 0;
	r.t_us = 42;
	point_convert(p, 0, &v, &r);
	assert_int_equal(r.t_us, 42);
	assert_int_equal(r.raw, v.kind == RAW_INT ? v.i : 0);
	assert_int_equal(r.detail, 0);
	return r;
}

static struct reading from_int(const struct profile *p, int64_t i)
{
	return convert(p, (struct raw_value){.kind = RAW_INT, .i = i});
}

static struct reading from_float(const struct profile *p, double f)
{
	return convert(p, (struct raw_value){.kind = RAW_FLOAT, .f = f});
}

static struct reading from_text(const struct profile *p, const char *text)
{
	struct raw_value v = {.kind = RAW_TEXT};

	(void)str_copy(v.text, sizeof(v.text), text);
	return convert(p, v);
}

#define is(r, q, why) \
	do { \
		assert_int_equal((r).quality, (q)); \
		assert_int_equal((r).reason, (why)); \
	} while (0)

static void is_number(struct reading r, double v)
{
	is(r, QUALITY_GOOD, REASON_NONE);
	assert_int_equal(r.type, VALUE_NUMBER);
	if (r.num != v)
		fail_msg("%.17g is not %.17g", r.num, v);
}

static void is_code(struct reading r, enum value_type type, int64_t code)
{
	is(r, QUALITY_GOOD, REASON_NONE);
	assert_int_equal(r.type, type);
	assert_int_equal(r.code, code);
}

static void test_numbers(void **state)
{
	struct profile *p =
		load("heat_pump", "Type=s16\nScale=0.1\nUnit=°C\n"
				  "Absent=0x7FFF\nUnavailable=0x7FFE\nSensorFault=0x8000\n"
				  "Possible=-50..120\nAttribute=flow.temperature\n");
	struct reading r;

	is_number(from_int(p, 203), 20.3); /* the double nearest to 20.3, which 203 * 0.1 is not */
	is_number(from_int(p, -7), -0.7);
	is_number(from_int(p, 1200), 120);
	is(from_int(p, 0x7fff), QUALITY_ABSENT, REASON_NONE);
	assert_int_equal(from_int(p, 0x7fff).type, VALUE_NONE);
	is(from_int(p, 0x7ffe), QUALITY_UNAVAILABLE, REASON_NONE);
	is(from_int(p, -32768), QUALITY_SUSPECT, REASON_SENSOR);
	assert_int_equal(from_int(p, -32768).type, VALUE_NONE);
	r = from_int(p, 1201);
	is(r, QUALITY_SUSPECT, REASON_RANGE);
	assert_int_equal(r.type, VALUE_NUMBER);
	assert_true(r.num == 120.1); /* shown, not trusted */
	is(from_int(p, -501), QUALITY_SUSPECT, REASON_RANGE);
	is(from_text(p, "21"), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);

	/* Fahrenheit to the model's Celsius; the possible range is the point's. */
	p = load("heat_pump", "Type=u16\nUnit=°F\nPossible=32..212\nAttribute=flow.temperature\n");
	is_number(from_int(p, 212), 100);
	is(from_int(p, 213), QUALITY_SUSPECT, REASON_RANGE);
	profile_unref(p);

	p = load("water_heater",
		"Type=u16\nScale=0.5\nOffset=-15\nUnit=°C\nAttribute=local_temperature\n");
	is_number(from_int(p, 131), 50.5);
	profile_unref(p);
	p = load("electrical_meter", "Type=u32\nUnit=Wh\nAttribute=energy_imported\n");
	is_number(from_int(p, 0xffffffff), 4294967.295);
	profile_unref(p);
	p = load("boiler", "Type=u16\nDivide=207\nScale=100\nUnit=%\nAttribute=modulation\n");
	is_number(from_int(p, 207), 100);
	profile_unref(p);
	p = load("electrical_meter", "Type=u64\n");
	is_number(from_int(p, -1), 18446744073709551615.0);
	assert_string_equal(p->points[0].attribute, "vendor.a");
	profile_unref(p);
}

static void test_floats(void **state)
{
	struct profile *p = load("heat_pump", "Type=f32\nUnit=kW\nAttribute=active_power\n"
					      "Absent=-1 3276.7\nSensorFault=nan\n");

	is_number(from_float(p, 1.5), 1500);
	is(from_float(p, -1), QUALITY_ABSENT, REASON_NONE);
	is(from_float(p, (double)3276.7f), QUALITY_ABSENT,
		REASON_NONE); /* as the register holds it */
	is(from_float(p, NAN), QUALITY_SUSPECT, REASON_SENSOR);
	is(from_float(p, INFINITY), QUALITY_SUSPECT, REASON_DECODE);
	is(from_float(p, -INFINITY), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);
	p = load("heat_pump", "Type=f64\nScale=1000000\n");
	is(from_float(p, NAN), QUALITY_SUSPECT, REASON_DECODE);
	is(from_float(p, 1e308), QUALITY_SUSPECT, REASON_DECODE); /* overflows by the scale */
	assert_int_equal(from_float(p, 1e308).type, VALUE_NONE);
	is_number(from_float(p, -0.25), -250000);
	profile_unref(p);
}

static void test_enums(void **state)
{
	struct profile *p = load(
		"heat_pump", "Type=u16\nEnum=0:cool 1:heat 250:heat\nAttribute=running_mode\n");
	struct reading r;

	is_code(from_int(p, 0), VALUE_ENUM, 3);
	is_code(from_int(p, 1), VALUE_ENUM, 4);
	is_code(from_int(p, 250), VALUE_ENUM, 4);
	r = from_int(p, 0xfa00);
	is_code(r, VALUE_ENUM, ENUM_CODE_VENDOR | 0xfa00);
	assert_true(enum_code_is_vendor(r.code));
	is_code(from_int(p, -2), VALUE_ENUM, ENUM_CODE_VENDOR | 0xfffffffe);
	is_code(from_text(p, "heat"), VALUE_ENUM, 4);
	is(from_text(p, "warm"), QUALITY_SUSPECT, REASON_DECODE);
	is(from_float(p, 0.5), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);
	p = load("heat_pump", "Type=u16\nAbsent=9\nEnum=0:stay_home 5:custom\n");
	is_code(from_int(p, 5), VALUE_ENUM, 5); /* the profile's own list */
	is(from_int(p, 9), QUALITY_ABSENT, REASON_NONE);
	profile_unref(p);
}

static void test_bools(void **state)
{
	struct profile *p = load("heat_pump", "Type=u16\nAttribute=on_off\n");

	is_code(from_int(p, 0), VALUE_BOOL, 0);
	is_code(from_int(p, 1), VALUE_BOOL, 1);
	is(from_int(p, 2), QUALITY_SUSPECT, REASON_DECODE);
	assert_int_equal(from_int(p, 2).type, VALUE_NONE);
	is(from_text(p, "on"), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);
	p = load("heat_pump", "Type=u16\nAttribute=defrosting\nEnum=0:no 1:no 250:yes\n");
	is_code(from_int(p, 1), VALUE_BOOL, 0);
	is_code(from_int(p, 250), VALUE_BOOL, 1);
	is(from_int(p, 3), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);
	p = load("refrigerator",
		"Type=bit\nAttribute=on_off\nEnum=0:true 1:false\n"); /* inverted coil */
	is_code(from_int(p, 0), VALUE_BOOL, 1);
	profile_unref(p);
	p = load("refrigerator", "Type=bit\n");
	is_code(from_int(p, 1), VALUE_BOOL, 1);
	profile_unref(p);
}

static void test_bits(void **state)
{
	struct profile *p = load("room_air_conditioner",
		"Type=u16\nAttribute=swing\nEnum=0:none 1:rock_left_right+rock_up_down 2:rock_up_down\n");

	is_code(from_int(p, 0), VALUE_BITS, 0);
	is_code(from_int(p, 1), VALUE_BITS, 3);
	is_code(from_int(p, 2), VALUE_BITS, 2);
	is(from_int(p, 3), QUALITY_SUSPECT, REASON_DECODE);
	profile_unref(p);
	p = load("heat_pump", "Type=u16\nAttribute=running_state\nBits=0:cool 15:fan\n");
	is_code(from_int(p, 0x8001), VALUE_BITS, 6); /* Matter: cool is bit 1, fan bit 2 */
	is_code(from_int(p, 0x7ffe), VALUE_BITS, 0);
	profile_unref(p);
	p = load("heat_pump", "Type=s16\nBits=15:top 2:low\n");
	is_code(from_int(p, -1), VALUE_BITS, 0x8004);
	profile_unref(p);
}

static void test_strings(void **state)
{
	struct profile *p = load("heat_pump", "Type=string\nLength=9\nAttribute=serial_number\n");

	assert_string_equal(from_text(p, "ME-1-MB-B").text, "ME-1-MB-B");
	assert_string_equal(from_text(p, "").text, "");
	profile_unref(p);
	p = load("heat_pump", "Type=u16\nScale=0.01\nAttribute=software_version\n");
	assert_string_equal(from_int(p, 193).text, "1.93");
	assert_int_equal(from_int(p, 193).type, VALUE_STRING);
	profile_unref(p);
	p = load("air_purifier", "Type=u32\nAttribute=hepa_filter.last_changed\n");
	assert_string_equal(from_int(p, 1700000000).text, "2023-11-14T22:13:20Z");
	assert_string_equal(from_int(p, 0).text, "1970-01-01T00:00:00Z");
	is(from_int(p, -1), QUALITY_SUSPECT, REASON_DECODE);
	is(from_int(p, INT64_MAX), QUALITY_SUSPECT, REASON_DECODE);
	assert_int_equal(from_int(p, -1).type, VALUE_NONE);
	profile_unref(p);
	/* The panel's own text of a code. */
	p = load("heat_pump",
		"Type=u16\nAttribute=fault_code\nFault=code\nNoFault=0 8000\nCode=E%02X\n"
		"[Fault P1 (hot)]\nValue=17\n");
	assert_string_equal(from_int(p, 17).text, "P1 (hot)");
	assert_string_equal(from_int(p, 8000).text, "");
	assert_string_equal(from_int(p, 10).text, "E0A");
	profile_unref(p);
}

static void test_code_format(void **state)
{
	struct profile *p = load("heat_pump", "Type=s16\nFault=code\nCode=%04X\n");
	const struct fault *f;
	char text[32];

	assert_true(fault_code_format(NULL, 7, text, sizeof(text)));
	assert_string_equal(text, "7");
	assert_true(fault_code_format("F%d %%", -7, text, sizeof(text)));
	assert_string_equal(text, "F-7 %");
	assert_true(fault_code_format("%03d", 7, text, sizeof(text)));
	assert_string_equal(text, "007");
	assert_true(fault_code_format("故障%x", 0xab, text, sizeof(text)));
	assert_string_equal(text, "故障ab");
	assert_true(fault_code_format("plain", 1, text, sizeof(text)));
	assert_string_equal(text, "plain");
	assert_false(fault_code_format("%s", 1, text, sizeof(text)));
	assert_false(fault_code_format("%n", 1, text, sizeof(text)));
	assert_false(fault_code_format("%0d", 1, text, sizeof(text)));
	assert_false(fault_code_format("%d%x", 1, text, sizeof(text)));
	assert_false(fault_code_format("%", 1, text, sizeof(text)));
	assert_false(fault_code_format("%d", 12345, text, 5));
	/* The register's own 16 bits, not those of a long negative number. */
	profile_fault_lookup(p, 0, -2, &f, text, sizeof(text));
	assert_null(f);
	assert_string_equal(text, "FFFE");
	profile_unref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_enums),
		cmocka_unit_test(test_bools),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_code_format),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
