/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/report.h"

#include <math.h>
#include <stdio.h>

static unit_id unit(const char *name)
{
	unit_id u;

	assert_int_equal(unit_by_name(name, &u), 0);
	return u;
}

static double coarse(double v, const char *name)
{
	return privacy_round(LEVEL_DAILY, v, *name ? unit(name) : UNIT_NONE);
}

static void test_rounding(void **state)
{
	assert_true(coarse(21.4999, "°C") == 21);
	assert_true(coarse(21.5, "°C") == 22);
	assert_true(coarse(-0.4, "°C") == 0 && !signbit(coarse(-0.4, "°C")));
	assert_true(coarse(-18.6, "°C") == -19);
	assert_true(coarse(0.74, "K") == 1);
	assert_true(coarse(1234.5, "W") == 1250);
	assert_true(coarse(24.9, "W") == 0);
	assert_true(fabs(coarse(1.2345, "kW") - 1.25) < 1e-9);
	assert_true(fabs(coarse(5.37, "A") - 5.4) < 1e-9);
	assert_true(fabs(coarse(12.345, "kWh") - 12.3) < 1e-9);
	assert_true(coarse(5432, "s") == 7200);
	assert_true(coarse(17.6, "h") == 18);
	assert_true(coarse(1537, "") == 1500);
	assert_true(coarse(7, "") == 7);
	assert_true(fabs(coarse(2.3456, "bar") - 2.3) < 1e-9);
	assert_true(isnan(coarse(NAN, "W")));
	assert_true(privacy_round(LEVEL_FAULTS, 21.4, unit("°C")) == 21);
	assert_true(privacy_round(LEVEL_FULL, 21.4999, unit("°C")) == 21.4999);
	assert_int_equal(privacy_seconds(LEVEL_FAULTS, 1795001261), 1794999600);
	assert_int_equal(privacy_seconds(LEVEL_DAILY, 1794999600), 1794999600);
	assert_int_equal(privacy_seconds(LEVEL_FULL, 1795001261), 1795001261);
	assert_int_equal(privacy_seconds(LEVEL_DAILY, -1), -3600);
}

/* Every name of the list is one of the model, or it would let nothing out that anybody has. */
static void test_readings(void **state)
{
	static const char *const kept[] = {"heating_setpoint", "cooling_setpoint",
		"local_temperature", "occupancy", "system_mode", "energy_imported", "total_volume",
		"water_used", "door_open", "fridge.door_open", "operating_hours",
		"compressor_starts", "relative_humidity", "on_off", "temperature_setpoint",
		"countdown_time", "vendor.anything", "node_label", "serial_number", "fan_mode",
		"light"};
	unsigned let_out = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_false(privacy_may_reading(
			LEVEL_FAULTS, "room_air_conditioner", kept[i], VALUE_NUMBER));
	for (size_t k = 0; k < model_n_kinds; k++)
		for (size_t i = 0; i < model_kinds[k].n_attrs; i++) {
			const struct model_attr *a = &model_kinds[k].attrs[i];
			bool may = privacy_may_reading(
				LEVEL_FAULTS, model_kinds[k].name, a->name, VALUE_NUMBER);

			let_out += may;
			/* What people set is theirs. */
			assert_false(may && a->writable);
			assert_true(privacy_may_reading(LEVEL_FULL, NULL, a->name, VALUE_STRING));
			assert_false(privacy_may_reading(LEVEL_OFF, NULL, a->name, VALUE_NUMBER));
		}
	assert_in_range(let_out, 100, 400);
	assert_true(
		privacy_may_reading(LEVEL_FAULTS, "heat_pump", "flow.temperature", VALUE_NUMBER));
	assert_false(
		privacy_may_reading(LEVEL_FAULTS, "heat_pump", "flow.temperature", VALUE_STRING));
	assert_false(privacy_may_reading(LEVEL_FAULTS, NULL, "flow.temperature", VALUE_NUMBER));
	/* The meter of a house tells of the house. */
	assert_false(privacy_may_reading(
		LEVEL_FAULTS, "electrical_meter", "active_power", VALUE_NUMBER));
	assert_true(
		privacy_may_reading(LEVEL_FAULTS, "electrical_meter", "rms_voltage", VALUE_NUMBER));
	assert_false(privacy_may_reading(LEVEL_DAILY, "heat_pump", "fault_text", VALUE_STRING));
}

static void test_expressions(void **state)
{
	assert_true(privacy_may_expression(LEVEL_FAULTS, "boiler", "avg(flow.temperature, 10min)"));
	assert_true(privacy_may_expression(
		LEVEL_FAULTS, "boiler", "flow.temperature - return.temperature"));
	assert_false(privacy_may_expression(
		LEVEL_FAULTS, "boiler", "heating_setpoint - flow.temperature"));
	assert_false(privacy_may_expression(LEVEL_FAULTS, "boiler", "local_name"));
	assert_false(privacy_may_expression(LEVEL_FAULTS, "boiler", "42 + 7"));
	assert_true(privacy_may_expression(LEVEL_DAILY, "boiler", "heating_setpoint"));
	assert_false(privacy_may_expression(LEVEL_OFF, "boiler", "flow.temperature"));
}

/* The vectors of the reference implementation (key 00 01 … 0f, message 00 01 … n-1). */
static void test_siphash(void **state)
{
	const uint64_t k[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t in[15];
	struct privacy_key a, b;

	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	assert_true(privacy_siphash(k, in, 0) == 0x726fdb47dd0e0e31);
	assert_true(privacy_siphash(k, in, 1) == 0x74f839c593dc67fd);
	assert_true(privacy_siphash(k, in, 8) == 0x93f5f5799a932462);
	assert_true(privacy_siphash(k, in, 15) == 0xa129ca6149be45e5);
	a = privacy_key_from("qwertyuiop", "asdfghjkl2");
	b = privacy_key_from("qwertyuiop", "asdfghjkl3");
	assert_true(privacy_name(&a, 7) == privacy_name(&a, 7));
	assert_true(privacy_name(&a, 7) != privacy_name(&a, 8));
	assert_true(privacy_name(&a, 7) != privacy_name(&b, 7));
}

static void test_levels(void **state)
{
	struct upstream_config up[2] = {{.id = (char *)"home", .level = LEVEL_FULL},
		{.id = (char *)"maker", .level = LEVEL_FAULTS}};
	struct config c = {.upstreams = up, .n_upstreams = 2};
	struct appliance_config a = {.level = LEVEL_FULL};

	for (size_t i = 0; i < ARRAY_SIZE(a.levels); i++)
		a.levels[i] = LEVEL_FULL;
	assert_int_equal(privacy_level_of(&c, &up[0], &a), LEVEL_FULL);
	assert_int_equal(privacy_level_of(&c, &up[1], &a), LEVEL_FAULTS);
	a.levels[1] = LEVEL_FULL; /* cannot loosen */
	assert_int_equal(privacy_level_of(&c, &up[1], &a), LEVEL_FAULTS);
	a.levels[0] = LEVEL_OFF;
	assert_int_equal(privacy_level_of(&c, &up[0], &a), LEVEL_OFF);
	assert_int_equal(privacy_level_of(&c, &up[1], &a), LEVEL_FAULTS);
	a.level = LEVEL_OFF;
	assert_int_equal(privacy_level_of(&c, &up[1], &a), LEVEL_OFF);
}

static char *event_at(enum privacy_level level, const char *kind)
{
	struct frozen frame[] = {
		{.name = "flow.temperature",
			.value = "71.37",
			.before = "45.62",
			.unit = "°C",
			.type = VALUE_NUMBER},
		{.name = "heating_setpoint", .value = "23.57", .unit = "°C", .type = VALUE_NUMBER},
		{.name = "active_power", .value = "1234.5", .unit = "W", .type = VALUE_NUMBER},
		{.name = "serial_number", .value = "SN-77", .type = VALUE_STRING},
	};
	struct finding f = {.id = 0x2a,
		.code = "E4",
		.household = -1,
		.first_us = 1,
		.first_wall_us = 1795001261000000,
		.last_wall_us = 1795001262000000,
		.times = 1,
		.freeze = frame,
		.n_freeze = ARRAY_SIZE(frame),
		.diagnosis =
			(char *)"{\"rule\":\"x\",\"evidence\":{\"comparisons\":["
				"{\"of\":\"heating_setpoint\",\"value\":23.57,\"op\":\">\",\"limit\":\"20 °C\","
				"\"threshold\":20.25,\"unit\":\"°C\",\"holds\":true},"
				"{\"of\":\"flow.temperature\",\"value\":71.37,\"op\":\">\",\"limit\":\"60 °C\","
				"\"threshold\":60.25,\"unit\":\"°C\",\"holds\":true}],\"coverage\":0.987}}"};
	struct event_privacy privacy = {.level = level, .id = 0xabcdef};
	struct event_text e = {
		.appliance = "x", .kind = kind, .boot_id = 5, .f = &f, .privacy = &privacy};
	struct message_head head = {.gw = "g", .epoch = "00000000", .seq = 1};
	char *json;
	size_t n;

	assert_int_equal(event_compose(&head,
				 stamp_reduce(level, (struct stamp){.wall_us = 1795001263000000}),
				 FINDING_RAISED, &e, &json, &n),
		0);
	return json;
}

static void expect(char *json, const char *const *there, const char *const *gone)
{
	for (; *there; there++)
		if (!strstr(json, *there))
			fail_msg("%s is not in %s", *there, json);
	for (; *gone; gone++)
		if (strstr(json, *gone))
			fail_msg("%s is in %s", *gone, json);
	free(json);
}

static void test_event(void **state)
{
	expect(event_at(LEVEL_FAULTS, "boiler"),
		(const char *const[]){"\"flow.temperature\":{\"v\":71,\"before\":46", "\"v\":1250",
			"\"t\":1794999600", "\"id\":\"0000000000abcdef\"", "\"value\":71.0",
			"\"threshold\":60.0", "\"of\":\"heating_setpoint\",\"value\":null", NULL},
		(const char *const[]){"23.5", "20.25", "SN-77", "1795001", "coverage", "0.987",
			"\"heating_setpoint\":{", NULL});
	expect(event_at(LEVEL_DAILY, "boiler"),
		(const char *const[]){"\"heating_setpoint\":{\"v\":24", "\"value\":24.0",
			"\"t\":1794999600", NULL},
		(const char *const[]){"23.5", "20.25", "SN-77", "1795001", "coverage", NULL});
	expect(event_at(LEVEL_FULL, "boiler"),
		(const char *const[]){"71.37", "23.57", "SN-77", "\"t\":1795001263", "1234.5",
			"0.987", "\"id\":\"0000000000abcdef\"", NULL},
		(const char *const[]){"000000000000002a", NULL});
	expect(event_at(LEVEL_FAULTS, NULL), (const char *const[]){"\"frame\":{}", NULL},
		(const char *const[]){"71", "1234", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_readings),
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_siphash),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
