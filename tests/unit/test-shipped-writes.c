/* SPDX-License-Identifier: Apache-2.0 */
/* The [Write] sections that we ship: every value that may be written fits into its register, and the
 * point that shows the result reads it back as the same; some of them against registers worked out
 * by hand from the makers' maps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/profile/write-rule.h"

#include <dirent.h>
#include <math.h>

static struct profile *load(const char *name, const char *setting, const char *value)
{
	struct profile_choice choice = {setting, value};
	struct profile_choices choices = {&choice, setting ? 1 : 0};
	struct problems problems = {0};
	struct profile *p = NULL;
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/etc/profiles/%s", getenv("SRCDIR"), name);
	if (profile_load_file_with(path, &choices, &problems, &p) < 0 && problems.n > 0)
		problem_print(stderr, &problems.v[0]);
	problems_done(&problems);
	assert_non_null(p);
	return p;
}

static const struct write_rule *find(const struct profile *p, const char *attribute)
{
	for (size_t i = 0; i < p->n_writes; i++)
		if (streq(p->writes[i].attribute, attribute))
			return &p->writes[i];
	fail_msg("%s has no [Write %s]", p->id, attribute);
	return NULL;
}

/* A register for the state that is not the one for the request may number things its own way, but
 * must have a name for what was asked. */
static bool has_name_for(const struct point *pt, const struct write_value *v)
{
	for (size_t i = 0; i < pt->n_enums; i++)
		if (pt->enums[i].value == v->code)
			return true;
	return pt->n_enums == 0;
}

/* What the point shows once the register holds RAW. */
static void reads_back(const struct profile *p, const struct write_rule *w,
	const struct write_value *v, const struct write_raw *raw)
{
	const struct point *pt;
	struct raw_value seen = {.kind = RAW_INT, .i = raw->raw};
	struct reading r = {0};
	struct write_value back;
	bool same;

	if (w->read_back < 0)
		return;
	pt = &p->points[w->read_back];
	if (!w->to || streq(w->to, pt->read)) {
		if (pt->type == POINT_F32 || pt->type == POINT_F64) {
			seen.kind = RAW_FLOAT;
			seen.f = raw->num;
		}
		point_convert(p, (unsigned)w->read_back, &seen, &r);
		same = write_value_of_reading(&r, &back) && write_value_equal(p, w, v, &back);
	} else {
		same = v->type == VALUE_NUMBER || has_name_for(pt, v);
	}
	if (!same)
		fail_msg("%s: [Write %s] of raw %lld is read back as something else by [Point %s]",
			p->id, w->attribute, (long long)raw->raw, pt->name);
}

static void one_value(const struct profile *p, const struct write_rule *w, struct write_value v)
{
	double anchor = isnan(w->min.value) ? 0 : w->min.value, near = 0;
	struct write_raw raw = {0};
	int r = write_value_encode(p, w, &v, anchor, &raw, &near);

	if (r < 0)
		fail_msg("%s: [Write %s]: a value that may be written does not fit: %d", p->id,
			w->attribute, r);
	reads_back(p, w, &v, &raw);
}

static unsigned every_value(const struct profile *p, const struct write_rule *w)
{
	enum value_type type = write_rule_type(p, w);
	unsigned n = 0;

	if (w->fixed)
		return 0;
	if (type == VALUE_NUMBER) {
		for (unsigned i = 0; i < 2; i++) {
			double v = i ? w->max.value : w->min.value;

			if (isnan(v))
				continue;
			if (unit_convertible(w->unit, write_rule_unit(p, w)))
				v = unit_convert(v, w->unit, write_rule_unit(p, w));
			one_value(p, w, (struct write_value){.type = VALUE_NUMBER, .num = v});
			n++;
		}
		return n;
	}
	if (w->n_enums == 0 && type == VALUE_BOOL) {
		for (; n < 2; n++)
			one_value(p, w, (struct write_value){.type = VALUE_BOOL, .code = n});
		return n;
	}
	for (; n < w->n_enums && !w->bits; n++)
		one_value(p, w,
			(struct write_value){.type = (uint8_t)type, .code = w->enums[n].value});
	return n;
}

static void test_every_one(void **state)
{
	char dir[512];
	struct dirent **names = NULL;
	unsigned values = 0;
	size_t rules = 0;
	int n;

	(void)snprintf(dir, sizeof(dir), "%s/etc/profiles", getenv("SRCDIR"));
	n = scandir(dir, &names, NULL, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		struct profile *p = NULL;

		if (endswith(names[i]->d_name, ".profile"))
			p = load(names[i]->d_name, NULL, NULL);
		free(names[i]);
		for (size_t k = 0; p && k < p->n_writes; k++)
			values += every_value(p, &p->writes[k]);
		rules += p ? p->n_writes : 0;
		profile_unref(p);
	}
	free(names);
	assert_true(rules > 100);
	assert_true(values > 3 * rules / 2);
}

/* From the makers' maps, by hand. */
static const struct known {
	const char *profile, *setting, *choice, *attribute, *value;
	bool coil;
	unsigned address, registers, bit, width;
	int64_t raw;
} knowns[] = {
	{"onokom-gree-gr1", NULL, NULL, "on_off", "true", true, 1, 1, 0, 0, 1},
	{"onokom-gree-gr1", NULL, NULL, "cooling_setpoint", "24", false, 5, 1, 0, 0, 2400},
	{"onokom-gree-gr1", NULL, NULL, "fan_mode", "high", false, 7, 1, 0, 0, 5},
	{"onokom-gree-gr1", NULL, NULL, "vendor.smart_fan_speed", "turbo", false, 8, 1, 0, 0, 7},
	{"onokom-gree-gr1", NULL, NULL, "ionizer", "true", true, 9, 1, 0, 0, 1},
	{"onokom-daikin-dk1", NULL, NULL, "vendor.outdoor_quiet_mode", "true", true, 16, 1, 0, 0,
		1},
	{"onokom-hisense-hs6", NULL, NULL, "fan_mode", "high", false, 7, 1, 0, 0, 3},
	{"lg-pdrycb500-ac", NULL, NULL, "system_mode", "auto", false, 0, 1, 0, 0, 3},
	{"lg-pdrycb500-ac", NULL, NULL, "heating_setpoint", "21", false, 1, 1, 0, 0, 210},
	{"intesis-mh-rc-mbs-1", NULL, NULL, "system_mode", "fan_only", false, 1, 1, 0, 0, 3},
	{"intesis-mh-rc-mbs-1", NULL, NULL, "cooling_setpoint", "25", false, 4, 1, 0, 0, 250},
	{"intesis-mh-rc-mbs-1", "temperature_scale", "whole", "cooling_setpoint", "25", false, 4, 1,
		0, 0, 25},
	{"intesis-mh-rc-mbs-1", "temperature_scale", "fahrenheit", "cooling_setpoint", "25", false,
		4, 1, 0, 0, 77},
	{"lg-therma-v", NULL, NULL, "tank.setpoint", "50", false, 8, 1, 0, 0, 50},
	{"lg-therma-v", "target_temperature_scale", "tenths", "tank.setpoint", "50", false, 8, 1, 0,
		0, 500},
	{"lg-therma-v", NULL, NULL, "sg_ready", "forced", false, 9, 1, 0, 0, 4},
	{"lg-therma-v", NULL, NULL, "vendor.auto_mode_shift", "-3", false, 4, 1, 0, 0, -3},
	{"mitsubishi-electric-procon-a1m", NULL, NULL, "fan_mode", "low", false, 2, 1, 0, 0, 3},
	{"mitsubishi-procon-a1m-lossnay", NULL, NULL, "temperature_setpoint", "21", false, 304, 1,
		0, 0, 210},
	{"midea-mthermal-r290", NULL, NULL, "on_off", "true", false, 0, 1, 1, 1, 1},
	{"midea-mthermal-r290", NULL, NULL, "flow_setpoint", "40", false, 2, 1, 0, 8, 40},
	{"midea-mthermal-r290", NULL, NULL, "vendor.set_water_temp_t1s_zone2", "30", false, 2, 1, 8,
		8, 30},
	{"midea-mthermal-r290", NULL, NULL, "heating_setpoint", "21.5", false, 3, 1, 0, 0, 43},
	{"midea-mthermal-r290", NULL, NULL, "vendor.forced_tank_heating", "off", false, 7, 1, 0, 0,
		2},
	{"daikin-altherma4", NULL, NULL, "heating_setpoint", "40", false, 0, 1, 0, 0, 40},
	{"daikin-altherma4", NULL, NULL, "hot_water_enabled", "false", true, 0, 1, 0, 0, 0},
	{"nibe-s1155-s1255", NULL, NULL, "vendor.hot_water_demand_mode", "smart_control", false, 56,
		1, 0, 0, 4},
	{"stiebel-isg-wpm", NULL, NULL, "sg_ready", "forced", false, 4001, 2, 0, 0, 0x10001},
	{"stiebel-isg-wpm", NULL, NULL, "sg_ready", "blocked", false, 4001, 2, 0, 0, 1},
	{"keba-mtec-heatpump", NULL, NULL, "vendor.circuit_1_room_offset_temperature", "-1.5",
		false, 6, 1, 0, 0, -15},
	{"keba-mtec-heatpump", NULL, NULL, "system_mode", "auto", false, 1500, 1, 0, 0, 4},
	{"alpha-innotec-luxtronik", NULL, NULL, "vendor.smart_grid_control", "high", false, 14, 1,
		0, 0, 3},
};

static void test_known(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(knowns); i++) {
		const struct known *k = &knowns[i];
		const struct write_rule *w;
		struct write_value v;
		struct write_raw raw = {0};
		struct profile *p;
		double near = 0;
		char name[64];

		(void)snprintf(name, sizeof(name), "%s.profile", k->profile);
		p = load(name, k->setting, k->choice);
		w = find(p, k->attribute);
		assert_int_equal(write_value_parse(p, w, k->value, &v), 0);
		assert_int_equal(write_value_encode(p, w, &v,
					 isnan(w->min.value) ? 0 : w->min.value, &raw, &near),
			0);
		if (w->cell.coil != k->coil || w->cell.address != k->address ||
			w->n != k->registers || w->bit != k->bit || w->width != k->width ||
			raw.raw != k->raw)
			fail_msg("%s %s %s: %s %u, %u registers, bits %u:%u, raw %lld", k->profile,
				k->attribute, k->value, w->cell.coil ? "coil" : "holding",
				w->cell.address, w->n, w->bit, w->width, (long long)raw.raw);
		profile_unref(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_one),
		cmocka_unit_test(test_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
