/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/report.h"

#include <stdio.h>
#include <time.h>

#define H USEC_PER_HOUR

static struct block_column column(
	const char *name, enum value_type type, const char *unit, bool total)
{
	struct block_column c = {.type = type, .total = total};

	(void)str_copy(c.name, sizeof(c.name), name);
	if (unit)
		assert_int_equal(unit_by_name(unit, &c.unit), 0);
	return c;
}

static struct sample number(uint16_t attr, uint64_t t, double v)
{
	return (struct sample){.attr = attr,
		.t_us = t,
		.r = {.type = VALUE_NUMBER, .quality = QUALITY_GOOD, .num = v}};
}

static struct sample code(uint16_t attr, uint64_t t, enum value_type type, int64_t v)
{
	return (struct sample){.attr = attr,
		.t_us = t,
		.r = {.type = (uint8_t)type, .quality = QUALITY_GOOD, .code = v}};
}

static char *compose(const struct summary *s, size_t *first)
{
	struct message_head head = {.gw = "g", .epoch = "00000000", .seq = 1};
	char *json;
	size_t n;

	assert_int_equal(summary_compose(s, &head, 1795001261, 24, first, &json, &n), 0);
	return json;
}

static void has(const char *json, const char *text)
{
	if (!strstr(json, text))
		fail_msg("%s is not in %s", text, json);
}

static void test_day(void **state)
{
	struct block_column columns[] = {
		column("local_temperature", VALUE_NUMBER, "°C", false),
		column("active_power", VALUE_NUMBER, "W", false),
		column("energy_imported", VALUE_NUMBER, "kWh", true),
		column("compressor_running", VALUE_BOOL, NULL, false),
		column("system_mode", VALUE_ENUM, NULL, false),
		column("serial_number", VALUE_STRING, NULL, false),
	};
	char *texts[] = {(char *)"cool", (char *)"off"};
	struct sample v[] = {
		number(0, 0, 20.4),
		number(1, 0, 1234),
		number(2, 0, 100.04),
		code(3, 0, VALUE_BOOL, 0),
		code(4, 0, VALUE_ENUM, 0),
		code(5, 0, VALUE_STRING, 0),
		number(0, 3 * H, 26.4),
		code(3, 4 * H, VALUE_BOOL, 1),
		number(2, 5 * H, 101.37),
		number(1, 6 * H, 30),
		code(4, 10 * H, VALUE_ENUM, 1),
		code(3, 10 * H, VALUE_BOOL, 0),
	};
	struct decoded_block b = {.kind = "room_air_conditioner",
		.columns = columns,
		.n_columns = ARRAY_SIZE(columns),
		.samples = v,
		.n_samples = ARRAY_SIZE(v),
		.texts = texts,
		.n_texts = 2};
	struct decoded_block empty = {.kind = "room_air_conditioner"};
	struct summary *s = summary_new();
	size_t first = 0;
	char *json;

	assert_int_equal(summary_add(s, "ac", &b, 0, 12 * H), 0);
	/* Six hours nobody saw, then six more as before. */
	assert_int_equal(summary_add(s, "ac", &empty, 18 * H, 24 * H), 0);
	json = compose(s, &first);
	assert_int_equal(first, 1);
	has(json, "\"t\":1794999600,\"hours\":24");
	/* (3 × 20.4 + 15 × 26.4) / 18 = 25.4 */
	has(json, "\"local_temperature\":{\"min\":20,\"mean\":25,\"max\":26,\"unit\":\"°C\"}");
	/* (6 × 1234 + 12 × 30) / 18 = 431 */
	has(json, "\"active_power\":{\"min\":50,\"mean\":450,\"max\":1250,\"unit\":\"W\"}");
	has(json, "\"energy_imported\":{\"sum\":1.3,\"unit\":\"kWh\"}");
	has(json, "\"compressor_running\":{\"hours\":6,\"times\":1}");
	has(json, "\"system_mode\":{\"hours\":{\"cool\":10,\"off\":8}}");
	has(json, "\"seen\":18");
	assert_null(strstr(json, "serial"));
	assert_null(strstr(json, "1.37"));
	free(json);
	/* The next day begins with what stood; a counter goes on. */
	summary_next_day(s);
	v[0] = number(2, 25 * H, 103.37);
	b.n_samples = 1;
	assert_int_equal(summary_add(s, "ac", &b, 24 * H, 26 * H), 0);
	first = 0;
	json = compose(s, &first);
	has(json, "\"energy_imported\":{\"sum\":2,\"unit\":\"kWh\"}");
	has(json, "\"local_temperature\":{\"min\":26,\"mean\":26,\"max\":26");
	has(json, "\"seen\":2");
	free(json);
	/* A day nobody saw. */
	summary_next_day(s);
	first = 0;
	json = compose(s, &first);
	has(json, "\"a\":{}");
	free(json);
	summary_free(s);
}

/* More than one message holds comes as several, each appliance once. */
static void test_parts(void **state)
{
	struct block_column columns[200];
	struct sample v[200];
	struct decoded_block b = {.kind = "heat_pump",
		.columns = columns,
		.n_columns = 200,
		.samples = v,
		.n_samples = 200};
	struct summary *s = summary_new();
	size_t first = 0, messages = 0, seen = 0;

	for (unsigned i = 0; i < 200; i++) {
		char name[40];

		(void)snprintf(name, sizeof(name), "vendor.point_%u", i);
		columns[i] = column(name, VALUE_NUMBER, NULL, false);
		v[i] = number((uint16_t)i, 0, i);
	}
	for (unsigned i = 0; i < 70; i++) {
		char alias[16];

		(void)snprintf(alias, sizeof(alias), "a%u", i);
		assert_int_equal(summary_add(s, alias, &b, 0, H), i < 64 ? 0 : -E2BIG);
	}
	while (first < summary_appliances(s)) {
		size_t before = first;
		char *json = compose(s, &first);

		assert_true(first > before);
		assert_true(strlen(json) <= 60 * 1024);
		for (char *p = json; (p = strstr(p, "\"seen\"")); p++)
			seen++;
		free(json);
		messages++;
	}
	assert_true(messages > 1);
	assert_int_equal(seen, 64);
	summary_free(s);
}

static void test_midnight(void **state)
{
	int64_t end;

	(void)setenv("TZ", "Asia/Shanghai", 1);
	tzset();
	/* 2026-11-18 18:07:41 +08:00 */
	assert_int_equal(summary_day(1794996461, &end), 1794931200);
	assert_int_equal(end, 1794931200 + 86400);
	(void)setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(summary_day(1794996461, &end), 1794960000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_midnight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
