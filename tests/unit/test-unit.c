/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>

#include "daemon/model/unit.h"

static unit_id id(const char *name)
{
	unit_id u = 255;

	assert_int_equal(unit_by_name(name, &u), 0);
	return u;
}

static double convert(double v, const char *from, const char *to)
{
	assert_true(unit_convertible(id(from), id(to)));
	return unit_convert(v, id(from), id(to));
}

static void near(double a, double b)
{
	if (fabs(a - b) > 1e-9 * fmax(1, fabs(b)))
		fail_msg("%.17g is not %.17g", a, b);
}

static void test_names(void **state)
{
	unit_id u = 77;

	assert_string_equal(unit_name(id("degC")), "°C");
	assert_string_equal(unit_name(id("m3/h")), "m³/h");
	assert_string_equal(unit_name(id("l/min")), "L/min");
	assert_string_equal(unit_name(id("%RH")), "%");
	assert_string_equal(unit_name(UNIT_NONE), "");
	assert_string_equal(unit_name(250), "");
	assert_int_equal(unit_by_name("", &u), -ENOENT);
	assert_int_equal(unit_by_name("degc", &u), -ENOENT);
	assert_int_equal(unit_by_name("degC C", &u), -ENOENT); /* two aliases are no name */
	assert_int_equal(unit_by_name("kW ", &u), -ENOENT);
	assert_int_equal(u, 77);
}

static void test_conversions(void **state)
{
	near(convert(50, "°F", "°C"), 10);
	near(convert(-40, "°C", "°F"), -40);
	near(convert(1.5, "bar", "kPa"), 150);
	near(convert(1, "psi", "Pa"), 6894.757293168361);
	near(convert(10, "L/min", "m³/h"), 0.6);
	near(convert(1, "L/s", "m³/h"), 3.6);
	near(convert(2, "kW", "W"), 2000);
	near(convert(3.6, "MJ", "kWh"), 1);
	near(convert(0.97, "ratio", "%"), 97);
	near(convert(90, "min", "h"), 1.5);
	near(convert(30, "rps", "rpm"), 1800);
	near(convert(500, "ppb", "ppm"), 0.5);
	/* Rounded once: exactly the double that 0.012 is. */
	assert_true(convert(12, "Wh", "kWh") == 0.012);
	assert_true(convert(17, "kWh", "kWh") == 17);
}

static void test_dimensions(void **state)
{
	assert_false(unit_convertible(id("°C"), id("K")));
	assert_false(unit_convertible(id("W"), id("VA")));
	assert_false(unit_convertible(id("var"), id("VA")));
	assert_false(unit_convertible(id("%"), id("ppm")));
	assert_false(unit_convertible(id("dB"), id("dBm")));
	assert_false(unit_convertible(UNIT_NONE, id("count")));
	assert_false(unit_convertible(id("count"), UNIT_NONE));
	assert_true(unit_convertible(UNIT_NONE, UNIT_NONE));
	assert_false(unit_convertible(254, 254));
}

/* There and back over every pair that converts. */
static void test_round_trip(void **state)
{
	unsigned pairs = 0;

	for (unsigned f = 1; f < 255; f++)
		for (unsigned t = 1; t < 255; t++) {
			if (!unit_convertible((unit_id)f, (unit_id)t))
				continue;
			near(unit_convert(unit_convert(21.5, (unit_id)f, (unit_id)t), (unit_id)t,
				     (unit_id)f),
				21.5);
			pairs++;
		}
	assert_true(pairs > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_dimensions),
		cmocka_unit_test(test_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
