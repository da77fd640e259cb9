/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "daemon/model/mapfit.h"

#define HEAD "[Profile]\nKind=heat_pump\nName=Test\nSource=a test\n"
#define TEMPERATURE(name, at) \
	"[Point " name "]\nRead=holding:" at "\nType=s16\nScale=0.1\nUnit=°C\nPossible=-40..120\n"
#define COUNTER(name, at) "[Point " name "]\nRead=holding:" at "\nType=u16\nUnit=h\n"
#define FLOAT(name, at)   "[Point " name "]\nRead=input:" at "\nType=f32\nUnit=W\n"

static const char seven[] = HEAD TEMPERATURE("a", "0") TEMPERATURE("b", "1") TEMPERATURE("c", "2")
	TEMPERATURE("d", "3") COUNTER("e", "4") COUNTER("f", "5") COUNTER("g", "6");
static const char counters[] = HEAD COUNTER("a", "0") COUNTER("b", "1") COUNTER("c", "2")
	COUNTER("d", "3") COUNTER("e", "4") COUNTER("f", "5");
static const char watched[] = HEAD TEMPERATURE("a",
	"0") "[Identify version]\nRead=holding:100\nType=u16\nEquals=0x100..0x105\nScore=50\nWatch=yes\n"
	     "[Identify serial]\nRead=holding:101\nType=u16\nEquals=7\nScore=50\n";

struct fixture {
	struct profile *p;
	struct mapfit m;
};

static void open_fixture(struct fixture *f, const char *text, size_t n)
{
	struct problems problems = {0};

	if (profile_load_buffer(text, n, "t", &problems, &f->p) < 0) {
		problem_print(stderr, &problems.v[0]);
		fail();
	}
	assert_int_equal(mapfit_init(&f->m, f->p), 0);
}
#define open_text(f, text) open_fixture(f, text, sizeof(text) - 1)

static void close_fixture(struct fixture *f)
{
	mapfit_done(&f->m);
	mapfit_done(&f->m);
	(void)profile_unref(f->p);
}

/* One sweep: RAWS in the order of the points, through the same conversion as a bus. */
static bool sweep(struct fixture *f, const int *raws, size_t n)
{
	struct reading r[16] = {0};

	for (size_t i = 0; i < n; i++) {
		const struct raw_value v = {.kind = RAW_INT, .i = raws[i]};

		r[i].point = (uint16_t)i;
		point_convert(f->p, (unsigned)i, &v, &r[i]);
	}
	(void)mapfit_doubts(&f->m, r, n); /* as the manager does */
	return mapfit_apply(&f->m, r, n);
}

static const int healthy[] = {215, 305, -12, 480, 1200, 17, 0};

static void test_healthy_is_silent(void **state)
{
	struct fixture f;
	char text[100];

	open_text(&f, seven);
	for (int i = 0; i < 10; i++)
		assert_false(sweep(&f, healthy, 7));
	assert_int_equal(f.m.verdict, FIT_OK);
	mapfit_text(&f.m, false, text, sizeof(text));
	assert_string_equal(text, "");
	close_fixture(&f);
}

static void test_all_zero_and_all_ones(void **state)
{
	static const int zero[7] = {0}, ones[7] = {-1, -1, -1, -1, 65535, 65535, 65535};
	struct fixture f;
	char text[100];

	/* Four temperatures of exactly 0 need no history. */
	open_text(&f, seven);
	assert_true(sweep(&f, zero, 7));
	assert_int_equal(f.m.verdict, FIT_ALIKE);
	mapfit_text(&f.m, false, text, sizeof(text));
	assert_string_equal(text, "all 7 numbers read 0");
	assert_true(sweep(&f, healthy, 7));
	assert_int_equal(f.m.verdict, FIT_OK);
	assert_true(sweep(&f, ones, 7));
	mapfit_text(&f.m, true, text, sizeof(text));
	assert_string_equal(text, "全部 7 个数值都是 ffff");
	assert_false(sweep(&f, ones, 7));
	close_fixture(&f);
}

/* 255, 511, 1023 … are numbers as any other in a register of 16 bits, 255 is not in a byte of it. */
static void test_ones_by_width(void **state)
{
	static const char text[] =
		HEAD COUNTER("a", "0") "[Point b]\nRead=holding:1.8:8\nType=u16\n"
				       "[Point c]\nRead=holding:2\nType=u32\n";
	static const int64_t is[3] = {0xffff, 0xff, 0xffffffff};
	static const int64_t is_not[3] = {0xff, 0x7f, 0xffff};
	struct fixture f;

	open_text(&f, text);
	for (unsigned i = 0; i < 3; i++) {
		struct reading r = {.point = (uint16_t)i, .type = VALUE_NUMBER, .raw = 12};

		assert_false(mapfit_doubts(&f.m, &r, 1));
		(void)mapfit_apply(&f.m, &r, 1);
		r.raw = is_not[i];
		assert_false(mapfit_doubts(&f.m, &r, 1));
		r.raw = is[i];
		assert_true(mapfit_doubts(&f.m, &r, 1));
	}
	close_fixture(&f);
}

/* A serial protocol gives numbers that never were registers: their .raw says nothing. */
static void test_native_numbers(void **state)
{
	static const char native[] = HEAD "Adapter=mitsubishi-cn105\n"
					  "[Point a]\nRead=temperatures.room\nUnit=°C\n"
					  "[Point b]\nRead=temperatures.outdoor\nUnit=°C\n"
					  "[Point c]\nRead=settings.setpoint\nUnit=°C\n"
					  "[Point d]\nRead=temperatures.runtime\nUnit=min\n"
					  "[Point e]\nRead=operation.power\nUnit=W\n"
					  "[Point f]\nRead=operation.energy\nUnit=kWh\n";
	static const double cool[] = {26.5, 31, 24, 68196, 0, 0}, zero[6] = {0};
	struct fixture f;

	open_text(&f, native);
	for (int sweep = 0; sweep < 4; sweep++) {
		const double *v = sweep < 2 ? cool : sweep == 2 ? zero : cool;
		struct reading r[6] = {0};

		for (unsigned i = 0; i < 6; i++) {
			const struct raw_value raw = {.kind = RAW_FLOAT, .f = v[i]};

			r[i].point = (uint16_t)i;
			point_convert(f.p, i, &raw, &r[i]);
		}
		assert_int_equal(mapfit_doubts(&f.m, r, 6), sweep == 2);
		assert_int_equal(mapfit_apply(&f.m, r, 6), sweep >= 2);
		assert_int_equal(f.m.verdict, sweep == 2 ? FIT_ALIKE : FIT_OK);
	}
	close_fixture(&f);
}

/* That nothing speaks against it is no proof. */
static void test_proven(void **state)
{
	static const int right[] = {215, 0x102, 7}, wrong[] = {215, 0x199, 7};
	struct fixture f;

	open_text(&f, watched);
	assert_false(mapfit_proven(&f.m));
	(void)sweep(&f, right, 1);
	assert_false(mapfit_proven(&f.m));
	(void)sweep(&f, right, f.p->n_points);
	assert_true(mapfit_proven(&f.m));
	(void)sweep(&f, wrong, f.p->n_points);
	assert_int_equal(f.m.verdict, FIT_OK); /* once is not twice */
	assert_false(mapfit_proven(&f.m));
	close_fixture(&f);
}

static void test_counters_at_zero_need_history(void **state)
{
	static const int zero[6] = {0}, used[6] = {3, 1, 4, 1, 5, 9};
	struct fixture f;

	/* A new appliance has done nothing yet. */
	open_text(&f, counters);
	assert_false(sweep(&f, zero, 6));
	assert_false(sweep(&f, used, 6));
	assert_true(sweep(&f, zero, 6));
	assert_int_equal(f.m.verdict, FIT_ALIKE);
	close_fixture(&f);
}

static void test_half_a_sweep_proves_nothing(void **state)
{
	static const int zero[5] = {0};
	struct fixture f;

	open_text(&f, seven);
	assert_false(sweep(&f, zero, 5)); /* below MAPFIT_ALIKE_MIN */
	close_fixture(&f);
}

static void test_ranges(void **state)
{
	static const int moved[7] = {3000, -2000, 9000, 480, 1200, 17, 0};
	static const int one[7] = {3000, 305, -12, 480, 1200, 17, 0};
	struct fixture f;
	char text[100];

	open_text(&f, seven);
	assert_false(sweep(&f, healthy, 7));
	assert_false(sweep(&f, moved, 7)); /* once is an accident */
	assert_true(sweep(&f, moved, 7));
	assert_int_equal(f.m.verdict, FIT_RANGES);
	mapfit_text(&f.m, false, text, sizeof(text));
	assert_string_equal(text, "3 of 4 values are outside of what is possible");
	assert_false(sweep(&f, one, 7)); /* a quarter: not yet over */
	assert_true(sweep(&f, healthy, 7));
	assert_int_equal(f.m.verdict, FIT_OK);
	close_fixture(&f);
}

/* One failed sensor is a sensor's matter. */
static void test_one_sensor_is_no_misfit(void **state)
{
	static const int one[7] = {3000, 305, -12, 480, 1200, 17, 0};
	struct fixture f;

	open_text(&f, seven);
	for (int i = 0; i < 5; i++)
		assert_false(sweep(&f, one, 7));
	close_fixture(&f);
}

static void test_identity(void **state)
{
	static const int right[2] = {215, 0x103}, wrong[2] = {215, 0x200};
	struct fixture f;
	char text[100];

	open_text(&f, watched);
	assert_int_equal(f.p->n_points, 2);
	assert_int_equal(f.p->probes[0].point, 1);
	assert_int_equal(f.p->probes[1].point, -1);
	assert_true(f.p->points[1].hidden);
	assert_int_equal(f.p->points[1].period_us, PROFILE_WATCH_US);
	assert_false(sweep(&f, right, 2));
	assert_false(sweep(&f, wrong, 2));
	assert_true(sweep(&f, wrong, 2));
	assert_int_equal(f.m.verdict, FIT_IDENTITY);
	mapfit_text(&f.m, false, text, sizeof(text));
	assert_string_equal(text, "identity version (holding:100) is no longer 0x100..0x105");
	assert_true(sweep(&f, right, 2));
	assert_int_equal(f.m.verdict, FIT_OK);
	close_fixture(&f);
}

static void test_silence_changes_nothing(void **state)
{
	struct reading gone[7];
	struct fixture f;

	open_text(&f, seven);
	assert_false(sweep(&f, healthy, 7));
	for (size_t i = 0; i < 7; i++)
		gone[i] = (struct reading){.point = (uint16_t)i,
			.quality = QUALITY_UNAVAILABLE,
			.reason = REASON_NO_REPLY};
	assert_false(mapfit_apply(&f.m, gone, 7));
	gone[0].point = 999; /* of nobody */
	assert_false(mapfit_apply(&f.m, gone, 1));
	assert_int_equal(f.m.verdict, FIT_OK);
	close_fixture(&f);
}

static void test_floats(void **state)
{
	static const char text[] = HEAD FLOAT("a", "0") FLOAT("b", "2") FLOAT("c", "4")
		FLOAT("d", "6") FLOAT("e", "8") FLOAT("f", "10");
	struct fixture f;
	struct reading r[6] = {0};

	open_text(&f, text);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 6; i++) {
			const struct raw_value v = {.kind = RAW_FLOAT,
				.f = round == 0 ? 1.5 * (double)i + 1 : (double)NAN};

			r[i].point = (uint16_t)i;
			point_convert(f.p, (unsigned)i, &v, &r[i]);
		}
		assert_int_equal(mapfit_apply(&f.m, r, 6), round == 1);
	}
	assert_int_equal(f.m.verdict, FIT_ALIKE);
	close_fixture(&f);
}

/* Temperatures that all turn to 0 in one exchange wait for the next one. */
static void test_doubt(void **state)
{
	struct fixture f;
	struct reading r[3] = {0};
	static const int before[3] = {215, 305, -12};

	open_text(&f, seven);
	assert_false(sweep(&f, before, 3));
	for (size_t i = 0; i < 3; i++) {
		const struct raw_value v = {.kind = RAW_INT, .i = 0};

		r[i].point = (uint16_t)i;
		point_convert(f.p, (unsigned)i, &v, &r[i]);
	}
	assert_false(mapfit_doubts(&f.m, r + 2, 1)); /* -1.2 °C may well be at the freezing point */
	assert_true(mapfit_doubts(&f.m, r, 1));      /* 21.5 °C a moment ago */
	assert_false(mapfit_apply(&f.m, r, 3));
	assert_true(mapfit_doubts(&f.m, r, 3)); /* as long as nothing else was read */
	assert_false(sweep(&f, healthy, 7));
	assert_false(mapfit_doubts(&f.m, r + 2, 1));
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy_is_silent),
		cmocka_unit_test(test_all_zero_and_all_ones),
		cmocka_unit_test(test_ones_by_width),
		cmocka_unit_test(test_proven),
		cmocka_unit_test(test_native_numbers),
		cmocka_unit_test(test_counters_at_zero_need_history),
		cmocka_unit_test(test_half_a_sweep_proves_nothing),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_one_sensor_is_no_misfit),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_silence_changes_nothing),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
