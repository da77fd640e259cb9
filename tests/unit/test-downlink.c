/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/upstream/downlink.h"

static void test_match(void **state)
{
	struct downlink_levels l;

	assert_true(downlink_match("receipt", "receipt", &l));
	assert_int_equal(l.n, 0);
	assert_true(downlink_match("a/+/set/+", "a/ac-living/set/freezer.setpoint", &l));
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0], "ac-living");
	assert_string_equal(l.v[1], "freezer.setpoint");
	assert_true(downlink_match("cmd/+", "cmd/set", &l));
	assert_true(downlink_match("homeassistant/status", "homeassistant/status", &l));
	/* Too short, too long, other words, empty levels at each place. */
	static const char *const none[] = {"a/ac/set", "a/ac/set/", "a/ac/set/m/", "a/ac/set/m/x",
		"b/ac/set/m", "a/ac/sets/m", "a//set/m", "/ac/set/m", "a/ac", "", "/",
		"aa/ac/set/m", "a/ac/set/m x", "a/../set/m", "a/./set/m", "a/.x/set/m",
		"a/-x/set/m", "a/ac/set/..", "a/ac/set/m\n", "a/ac/set/\x1b[2J", "a/a\x7f/set/m",
		"a/ac\xc3\xa9/set/m", "a/ac/set/m\\..", "a/ac/set/+", "a/#/set/m", "a/a%2f/set/m",
		"a/a:b/set/m"};

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(downlink_match("a/+/set/+", none[i], &l));
	assert_false(downlink_match("+/+/+", "a/b/c", &l)); /* more than there is room for */
}

static void test_match_length(void **state)
{
	char topic[200] = "cmd/";
	struct downlink_levels l;

	memset(topic + 4, 'x', DOWNLINK_LEVEL_MAX - 1);
	assert_true(downlink_match("cmd/+", topic, &l));
	assert_int_equal(strlen(l.v[0]), DOWNLINK_LEVEL_MAX - 1);
	topic[4 + DOWNLINK_LEVEL_MAX - 1] = 'x';
	assert_false(downlink_match("cmd/+", topic, &l));
}

static void test_bucket(void **state)
{
	struct downlink_bucket b = {};
	uint64_t now = 5 * USEC_PER_HOUR;
	unsigned n = 0;

	for (unsigned i = 0; i < 100; i++)
		n += downlink_take(&b, 8, USEC_PER_SEC, now);
	assert_int_equal(n, 8);
	assert_false(downlink_take(&b, 8, USEC_PER_SEC, now + USEC_PER_SEC - 1));
	assert_true(downlink_take(&b, 8, USEC_PER_SEC, now + USEC_PER_SEC));
	assert_false(downlink_take(&b, 8, USEC_PER_SEC, now + USEC_PER_SEC));
	/* A storm of an hour gets what the rate allows, to one. */
	for (uint64_t t = 0, k = (n = 0); t < USEC_PER_HOUR; t += USEC_PER_MSEC * 10, k++)
		n += downlink_take(&b, 8, USEC_PER_SEC, now + USEC_PER_SEC + t);
	assert_in_range(n, 3599, 3600);
	/* After a pause all of it, and no more. */
	now += 3 * USEC_PER_HOUR;
	for (unsigned i = n = 0; i < 100; i++)
		n += downlink_take(&b, 8, USEC_PER_SEC, now);
	assert_int_equal(n, 8);
	/* A clock that stands still or goes back gives nothing away. */
	assert_false(downlink_take(&b, 8, USEC_PER_SEC, now - USEC_PER_HOUR));
	assert_false(downlink_take(&b, 8, USEC_PER_SEC, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_match_length),
		cmocka_unit_test(test_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
