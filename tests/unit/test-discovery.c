/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/homeassistant does not look at: time, topics, health. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/discovery.h"

static void test_rediscovery(void **state)
{
	struct rediscovery r = {};
	uint64_t now = 1000 * USEC_PER_SEC, earliest = USEC_INFINITY, latest = 0;

	assert_false(rediscovery_take(&r, now));
	for (uint64_t random = 0; random < 20; random++) {
		uint64_t x = random * UINT64_C(0x9e3779b97f4a7c15), at = now;

		rediscovery_online(&r, now, x);
		/* A second one changes nothing, and puts nothing off. */
		rediscovery_online(&r, now + USEC_PER_SEC, x + 12345);
		while (!rediscovery_take(&r, at))
			at += 10 * USEC_PER_MSEC;
		earliest = MIN(earliest, at - now);
		latest = MAX(latest, at - now);
		/* Once. */
		assert_false(rediscovery_take(&r, at + USEC_PER_HOUR));
	}
	assert_true(earliest < USEC_PER_SEC);
	assert_in_range(latest, 4 * USEC_PER_SEC, REDISCOVERY_MAX_US + 10 * USEC_PER_MSEC);
	rediscovery_online(&r, now, UINT64_MAX);
	assert_true(rediscovery_take(&r, now + REDISCOVERY_MAX_US));
	/* The ends: at once, and exactly at the bound. */
	rediscovery_online(&r, now, 0);
	assert_true(rediscovery_take(&r, now));
	rediscovery_online(&r, now, REDISCOVERY_MAX_US);
	assert_false(rediscovery_take(&r, now + REDISCOVERY_MAX_US - 1));
	assert_true(rediscovery_take(&r, now + REDISCOVERY_MAX_US));
}

static void test_topic(void **state)
{
	char topic[64];

	assert_true(discovery_topic("k3v9", "ac-living", topic, sizeof(topic)));
	assert_string_equal(topic, "homeassistant/device/hearth_k3v9_ac-living/config");
	assert_false(discovery_topic("k3v9", "ac-living", topic, 20));
}

static void test_health(void **state)
{
	char *json;
	size_t n;

	assert_int_equal(
		health_compose(&(struct health_text){"ok", false, NULL, NULL}, &json, &n), 0);
	assert_string_equal(json, "{\"health\":\"ok\",\"problem\":false,\"fault_code\":null,"
				  "\"fault_text\":null}");
	assert_int_equal(n, strlen(json));
	free(json);
	assert_int_equal(
		health_compose(&(struct health_text){"critical", true, "E4", "a \"b\""}, &json, &n),
		0);
	assert_string_equal(json, "{\"health\":\"critical\",\"problem\":true,\"fault_code\":\"E4\","
				  "\"fault_text\":\"a \\\"b\\\"\"}");
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rediscovery),
		cmocka_unit_test(test_topic),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
