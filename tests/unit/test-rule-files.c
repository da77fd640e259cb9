/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that are shipped: they load clean for every kind, and each of the 27 worked ones is silent on
 * a healthy appliance, finds its own fault, and lets it go after the repair. The appliances here are a
 * few lines of arithmetic with noise; they show that a rule says what it means, not how well it does in
 * the field. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "rule-bench.h"

#define DAY  86400.0
#define HOUR 3600.0

static uint32_t seed;

static double noise(double size)
{
	seed = seed * 1664525 + 1013904223;
	return ((seed >> 8) / (double)(1 << 24) - 0.5) * 2 * size;
}

static const char *rules_dir(void)
{
	static char dir[512];

	(void)snprintf(dir, sizeof(dir), "%s/etc/rules", getenv("SRCDIR") ? getenv("SRCDIR") : ".");
	return dir;
}

static struct rule_set *load(void)
{
	const char *dirs[] = {rules_dir(), NULL};
	struct problems p = {0};
	struct rule_set *set = NULL;

	assert_int_equal(rule_set_load(dirs, &p, &set), 0);
	(void)rule_set_check(set, &p);
	bench_print(&p);
	assert_int_equal(p.n, 0);
	problems_done(&p);
	return set;
}

static void open_kind(struct bench *b, const char *kind, double period)
{
	*b = (struct bench){.period = period, .local_hour = NAN};
	b->set = load();
	b->n_points =
		rule_points_of_kind(model_kind_by_name(kind), b->points, RULES_POINTS_MAX, NULL);
	for (size_t i = 0; i < b->n_points; i++) {
		b->values[i] = ABSENT;
		b->points[i].present = false;
	}
	seed = 1;
}

static double at(double t, double period, double length)
{
	return t - floor(t / period) * period < length;
}

static double swing(double t)
{
	return sin(t / DAY * 2 * M_PI);
}

/* --- appliances: T is the time, FAULT which one; NULL = healthy --- */

static bool is(const char *fault, const char *name)
{
	return fault && streq(fault, name);
}

static void heat_pump(struct bench *b, double t, const char *fault)
{
	bool cycling = is(fault, "short_cycling");
	bool on = cycling ? at(t, 360, 180) : at(t, HOUR, 2400);
	double outdoor = 4 + 2 * swing(t) + noise(0.2);
	bool defrost = at(t, is(fault, "hp_defrost_often") ? 1800 : 3 * HOUR, 300) && on;
	double spread = on ? (is(fault, "hp_low_flow") ? 15 : 5) + noise(0.3) : noise(0.2);

	bench_set(b, "compressor_running", on);
	bench_set(b, "defrosting", defrost);
	bench_set(b, "outdoor_temperature", outdoor);
	bench_set(b, "return.temperature", is(fault, "sensor_range") ? -60 : 30 + noise(0.2));
	bench_set(b, "flow.temperature", is(fault, "data_lost") ? NAN : 30 + spread);
	bench_set(b, "outdoor_coil_temperature",
		is(fault, "sensor_stuck") ? 5 : outdoor - (on ? 6 : 0) + noise(0.2));
	bench_set(b, "active_power", on ? 1500 + noise(30) : 8);
	bench_set(b, "circulation_pump", 1);
}

static void air_conditioner(struct bench *b, double t, const char *fault)
{
	bool weak = is(fault, "ac_weak");
	bool on = weak || at(t, 2 * HOUR, 5400);
	double outdoor = 30 + 2 * swing(t) + noise(0.2);
	double hz = on ? 60 : 0, room = (weak ? 31 : 26) + noise(0.1);
	double coil = 15 - (is(fault, "ac_filter") ? 6 : 0) - (is(fault, "ac_coil_ice") ? 18 : 0);
	bool low = is(fault, "ac_charge_low");

	bench_set(b, "system_mode", 3);
	bench_set(b, "outdoor_temperature", outdoor);
	bench_set(b, "local_temperature", room);
	bench_set(b, "cooling_setpoint", 26);
	bench_set(
		b, "coil_temperature", on ? coil + (low ? -1.0 : 0) + noise(0.1) : 24 + noise(0.3));
	bench_set(b, "supply_temperature", on ? (low ? 18 : 14) + noise(0.3) : 25);
	bench_set(b, "discharge_temperature", on ? (low ? 85 : 70) + noise(0.6) : 35);
	bench_set(b, "outdoor_coil_temperature",
		outdoor + (on ? (is(fault, "ac_outdoor_fan") ? 30 : 12) : 0) + noise(0.4));
	bench_set(b, "compressor_frequency", hz);
	bench_set(b, "active_power", on ? 900 + noise(15) : 3);
}

static double leaked, ignitions;

static void boiler(struct bench *b, double t, const char *fault)
{
	bool on = at(t, DAY, 8 * HOUR) && at(t, HOUR, 2400);
	double hot = at(t, DAY, 8 * HOUR) ? 30 : 0;

	if (is(fault, "boiler_losing_water"))
		leaked += 1.3 * b->period / DAY; /* kPa */
	if (is(fault, "boiler_ignition") && at(t, HOUR, b->period))
		ignitions++;
	bench_set(b, "flame", on);
	bench_set(b, "flow.temperature", 25 + hot + (on ? 5 : 0) + noise(0.3));
	bench_set(b, "return.temperature", 24 + hot + noise(0.3));
	bench_set(b, "outdoor_temperature", 5 + noise(0.2));
	bench_set(b, "pump", at(t, DAY, 8 * HOUR));
	bench_set(b, "water.pressure",
		(is(fault, "boiler_pressure_low") ? 70 : 140 - leaked) +
			(hot > 0 ? (is(fault, "boiler_vessel") ? 100 : 20) : 0) + noise(1));
	bench_set(b, "ignition_failures", ignitions);
}

static void water_heater(struct bench *b, double t, const char *fault)
{
	/* three heatings a day; scale: as many again */
	bool scale = is(fault, "ewh_scale"), open = is(fault, "ewh_element_open");
	bool heat = at(t, scale ? 4 * HOUR : 8 * HOUR, 5400);
	double volt = 230 + 5 * swing(t) + noise(1), g = 2000 / (230.0 * 230);
	double since = t - floor(t / (scale ? 4 * HOUR : 8 * HOUR)) * (scale ? 4 * HOUR : 8 * HOUR);
	double tank = heat ? 48 + since / 5400 * 12 : 60 - (since - 5400) / (6.5 * HOUR) * 12;
	double p;

	/* after-heat: what the element still holds */
	if (!heat && since < 5400 + 600)
		tank += (scale ? 4 : 1) * (since - 5400) / 600 + noise(0.1);
	if (is(fault, "ewh_element_half"))
		g /= 2;
	if (scale)
		g *= 0.96;
	p = heat && !open ? g * volt * volt + noise(5) : 0;
	/* hot water that is made up with cold: the sensor falls twice as fast */
	if (is(fault, "ewh_night_loss") && !heat)
		tank -= (since - 5400) / (6.5 * HOUR) * 12;
	if (open)
		tank = 40;
	if (is(fault, "ewh_overheat"))
		tank = 85;
	b->local_hour = fmod(t, DAY) / HOUR;
	b->local_day = (int64_t)floor(t / DAY);
	bench_set(b, "heat_demand", heat || open);
	bench_set(b, "local_temperature", tank + noise(0.05));
	bench_set(b, "heating_setpoint", 60);
	bench_set(b, "active_power", p);
	bench_set(b, "rms_voltage", volt);
}

static void refrigerator(struct bench *b, double t, const char *fault)
{
	double on_for = is(fault, "fridge_duty") || is(fault, "fridge_no_defrost") ? 1560 : 1200;
	bool defrost = at(t, 12 * HOUR, 900) && !is(fault, "fridge_no_defrost");
	bool on = at(t, HOUR, on_for) && !defrost;

	bench_set(b, "fridge.temperature", (is(fault, "fridge_warm") ? 11 : 4) + noise(0.2));
	bench_set(b, "fridge.door_open", at(t, 5 * HOUR, 120));
	bench_set(b, "ambient_temperature", 22 + noise(0.3));
	bench_set(b, "compressor_running", on);
	bench_set(b, "active_power", defrost ? 180 : on ? 80 + noise(2) : 2);
}

static void washer(struct bench *b, double t, const char *fault)
{
	double in = t - floor(t / (8 * HOUR)) * 8 * HOUR; /* three programmes a day */
	bool on = in < 5400;
	double drain = is(fault, "washer_drain_slow") ? 420 : 120;
	bool draining = on && in >= 4200 && in < 4200 + drain;
	bool heating = on && in >= 600 && in < 2400 && !is(fault, "washer_no_heat");

	bench_set(b, "operational_state", on ? 1 : 0);
	bench_set(b, "current_phase", (double)rule_word(NULL, draining ? "drain" : "wash"));
	bench_set(b, "mode", 16384);
	bench_set(b, "temperature_setpoint", 40);
	bench_set(b, "active_power", !on ? 1 : heating ? 2000 + noise(30) : 200 + noise(20));
}

static void purifier(struct bench *b, double t, const char *fault)
{
	bool on = at(t, 4 * HOUR, 1800);
	double warm = 15 + 3 * swing(t);

	bench_set(b, "pump", on);
	bench_set(b, "flow.rate",
		on ? (is(fault, "purifier_clog") ? 0.05 : 0.1) *
				exp(2640 * (1 / 298.15 - 1 / (273.15 + warm)))
		   : 0);
	bench_set(b, "inlet.temperature", warm);
	bench_set(b, "inlet.dissolved_solids", 300 + noise(5));
	bench_set(b, "outlet.dissolved_solids",
		(is(fault, "purifier_membrane") ? 90 : 15) + noise(1));
	bench_set(b, "inlet.pressure", 250);
}

typedef void drive_fn(struct bench *b, double t, const char *fault);

static const struct scene {
	const char *rule, *instance;
	const char *kind;
	drive_fn *drive;
	double period;
	double healthy_d, fault_d, mended_d; /* mended 0: its end is not looked at */
} scenes[] = {
	{"data_lost", NULL, "heat_pump", heat_pump, 60, 0.5, 0.1, 0.1},
	{"sensor_range", "sensor_range/return.temperature", "heat_pump", heat_pump, 60, 0.5, 0.1,
		0.1},
	{"sensor_stuck", NULL, "heat_pump", heat_pump, 60, 2, 4, 2},
	{"short_cycling", NULL, "heat_pump", heat_pump, 60, 2, 4, 6},
	{"hp_defrost_often", NULL, "heat_pump", heat_pump, 60, 2, 4, 2},
	{"hp_low_flow", NULL, "heat_pump", heat_pump, 60, 6, 1, 1},
	{"ac_charge_low", NULL, "room_air_conditioner", air_conditioner, 60, 6, 2, 2},
	{"ac_filter", NULL, "room_air_conditioner", air_conditioner, 60, 6, 2, 2},
	{"ac_coil_ice", NULL, "room_air_conditioner", air_conditioner, 60, 1, 0.5, 0.5},
	{"ac_outdoor_fan", NULL, "room_air_conditioner", air_conditioner, 60, 6, 0.5, 0.5},
	{"ac_weak", NULL, "room_air_conditioner", air_conditioner, 300, 32, 4, 1},
	{"boiler_pressure_low", NULL, "boiler", boiler, 60, 0.5, 0.2, 1.3},
	{"boiler_losing_water", NULL, "boiler", boiler, 600, 60, 50, 0},
	{"boiler_vessel", NULL, "boiler", boiler, 60, 4, 5, 3},
	{"boiler_ignition", NULL, "boiler", boiler, 60, 3, 2, 6},
	{"ewh_element_open", NULL, "water_heater", water_heater, 60, 6, 0.5, 5},
	{"ewh_element_half", NULL, "water_heater", water_heater, 60, 7, 2, 2},
	{"ewh_scale", NULL, "water_heater", water_heater, 60, 10, 24, 0},
	{"ewh_overheat", NULL, "water_heater", water_heater, 60, 1, 0.1, 2},
	{"ewh_night_loss", NULL, "water_heater", water_heater, 60, 20, 9, 7},
	{"fridge_warm", NULL, "refrigerator", refrigerator, 60, 1, 0.5, 0.5},
	{"fridge_duty", NULL, "refrigerator", refrigerator, 60, 7, 8, 0},
	{"fridge_no_defrost", NULL, "refrigerator", refrigerator, 60, 14, 3, 4},
	{"washer_no_heat", NULL, "laundry_washer", washer, 60, 6, 2, 2},
	{"washer_drain_slow", NULL, "laundry_washer", washer, 60, 6, 2, 3},
	{"purifier_membrane", NULL, "water_purifier", purifier, 60, 2, 2, 2},
	{"purifier_clog", NULL, "water_purifier", purifier, 60, 6, 2, 2},
};

static double lost; /* share of polls without an answer; as many rows are not there at all */

static void play(struct bench *b, const struct scene *s, double days, const char *fault)
{
	for (double end = b->t + days * DAY; b->t < end - 1e-6;) {
		s->drive(b, b->t, fault);
		if (lost > 0 && noise(1) < 2 * lost - 1) {
			b->t += b->period;
			continue;
		}
		for (size_t i = 0; i < b->n_points && lost > 0; i++)
			if (b->values[i].quality == QUALITY_GOOD && noise(1) < 2 * lost - 1)
				b->values[i] = MISSING;
		bench_step(b);
	}
}

static void play_scene(const struct scene *s)
{
	const char *name = s->instance ? s->instance : s->rule;
	struct bench b;
	size_t before;

	leaked = ignitions = 0;
	open_kind(&b, s->kind, s->period);
	s->drive(&b, 0, NULL);
	for (size_t i = 0; i < b.n_points; i++)
		b.points[i].present = b.values[i].quality != QUALITY_ABSENT;
	bench_bind(&b, s->kind);
	play(&b, s, s->healthy_d, NULL);
	/* A healthy appliance is left in peace by all rules of its kind. */
	for (size_t i = 0; i < b.n_events; i++)
		if (b.events[i].state == RULE_CONFIRMED)
			fail_msg("%s: %s confirmed at %g d on a healthy %s", s->rule,
				b.events[i].name, b.events[i].t / DAY, s->kind);
	before = b.n_events;
	play(&b, s, s->fault_d, s->rule);
	if (!bench_event(&b, name, RULE_CONFIRMED)) {
		char why[128];

		for (unsigned i = 0; i < rules_count(b.rules); i++)
			if (streq(rules_name(b.rules, i), name)) {
				rules_why(b.rules, i, why, sizeof(why));
				print_message("%s: %s %s\n", name,
					rule_state_name(rules_state(b.rules, i)), why);
			}
		for (size_t i = before; i < b.n_events; i++)
			if (b.events[i].state == RULE_CONFIRMED)
				print_message("  but %s\n", b.events[i].name);
		fail_msg("%s: not found", s->rule);
	}
	leaked = 0;
	if (s->mended_d > 0) {
		play(&b, s, s->mended_d, NULL);
		if (bench_state(&b, name) == RULE_CONFIRMED)
			fail_msg("%s: still there after the repair", s->rule);
	}
	bench_close(&b);
}

static void test_scenes(void **state)
{
	const char *only = getenv("SCENE"); /* while one is being written */

	for (unsigned i = 0; i < ARRAY_SIZE(scenes); i++)
		if (!only || streq(only, scenes[i].rule))
			play_scene(&scenes[i]);
	assert_int_equal(ARRAY_SIZE(scenes), 27);
}

/* Every twentieth row missing, and every twentieth value of the others: no verdict is another. */
static void test_lost_polls(void **state)
{
	/* the quick ones; the long scenes say nothing new */
	static const char *const some[] = {"data_lost", "sensor_range", "sensor_stuck",
		"short_cycling", "hp_low_flow", "ac_filter", "ac_outdoor_fan", "boiler_vessel",
		"ewh_element_open", "ewh_element_half", "fridge_warm", "fridge_duty",
		"washer_no_heat", "washer_drain_slow", "purifier_membrane", "purifier_clog"};
	const char *only = getenv("SCENE");

	lost = 0.05;
	for (unsigned i = 0; i < ARRAY_SIZE(scenes); i++)
		for (unsigned k = 0; k < ARRAY_SIZE(some); k++)
			if (streq(some[k], scenes[i].rule) && (!only || streq(only, some[k])))
				play_scene(&scenes[i]);
	lost = 0;
}

/* Where a needed point is missing the rule says so and nothing else. */
static void test_missing_point(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(scenes); i++) {
		const struct scene *s = &scenes[i];
		struct bench b;

		if (s->instance)
			continue;
		leaked = ignitions = 0;
		open_kind(&b, s->kind, 600);
		bench_bind(&b, s->kind);
		bench_run(&b, 2 * DAY); /* nothing is there at all */
		assert_int_equal(bench_state(&b, s->rule), RULE_NOT_READY);
		assert_int_equal(b.n_events, 0);
		bench_close(&b);
	}
}

/* A rule with every key, for two kinds. */
static void test_all_keys(void **state)
{
	static const char text[] =
		"[Rule pump_off]\nOn=heat_pump boiler\nKind=context\nFault=not pump_running\n"
		"[Rule low_flow]\n"
		"On=heat_pump boiler\n"
		"Needs=flow.temperature return.temperature compressor\n"
		"Helped=outdoor_temperature\n"
		"While=compressor and not defrosting\n"
		"Settled=10 min\n"
		"Fault=flow.temperature - return.temperature > 12 K and z(flow.temperature - return.temperature by outdoor_temperature) > 3\n"
		"For=20 min\n"
		"Clear=flow.temperature - return.temperature < 9 K\n"
		"ClearFor=2 h\n"
		"Confirm=3 sessions within 5\n"
		"Severity=care\n"
		"Latch=auto\n"
		"Unless=pump_off\n"
		"Blame=strainer:4 pump:3 valves_closed:3 air:2\n"
		"Freeze=flow.temperature return.temperature active_power\n"
		"Repair=z(flow.temperature - return.temperature by outdoor_temperature) < 1\n"
		"RepairFor=3 sessions\n"
		"SessionEnd=10 min\nKind=fault\nDelay=service\nRaw=no\nSource=unconfirmed\n"
		"Param.most=12 K from 8 K to 20 K\nLet.spread=flow.temperature - return.temperature\n"
		"Sign.pump=spread > most\n";
	struct problems p = {0};
	struct rule_set *set = NULL;

	assert_int_equal(rule_set_load_buffer(text, strlen(text), "test", &p, &set), 0);
	assert_int_equal(rule_set_check(set, &p), 0);
	bench_print(&p);
	assert_int_equal(p.n, 0);
	problems_done(&p);
	rule_set_free(set);
}

/* The bounds hold for each kind with every point it may have. */
static void test_costs(void **state)
{
	struct rule_set *set = load();

	for (size_t i = 0; i < model_n_kinds; i++) {
		struct rule_point points[RULES_POINTS_MAX];
		struct rules_config c = {.kind = &model_kinds[i], .points = points, .period_s = 10};
		struct problems p = {0};
		struct rules *r;
		struct rules_costs costs;

		c.n_points = rule_points_of_kind(c.kind, points, RULES_POINTS_MAX, NULL);
		assert_int_equal(rules_new(set, &c, &p, &r), 0);
		assert_int_equal(p.n, 0);
		rules_costs(r, &costs);
		assert_true(costs.rules >= 2); /* data_lost and sensor_range are for all */
		assert_true(costs.state_bytes < RULES_STATE_MAX + costs.instances * 256);
		rules_free(r);
	}
	rule_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_lost_polls),
		cmocka_unit_test(test_missing_point),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
