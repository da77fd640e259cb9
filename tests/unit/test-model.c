/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <sys/wait.h>

#include "daemon/model/model.h"
#include "daemon/base/util.h"
#include "daemon/model/value-words.h"

static const struct model_attr *attr(const char *kind, const char *name)
{
	const struct model_kind *k = model_kind_by_name(kind);
	int i;

	assert_non_null(k);
	i = model_attr_index(k, name);
	assert_true(i >= 0);
	return &k->attrs[i];
}

static void test_kinds(void **state)
{
	assert_int_equal(model_n_kinds, 22);
	assert_null(model_kind_by_name("common"));
	assert_null(model_kind_by_name("samovar"));
	for (size_t i = 0; i < model_n_kinds; i++) {
		const struct model_kind *k = &model_kinds[i];

		assert_string_equal(k->attrs[0].name, "vendor_name");
		assert_true(k->n_attrs > 15);
		for (size_t a = 0; a < k->n_attrs; a++) {
			const struct model_attr *m = &k->attrs[a];

			assert_int_equal(model_attr_index(k, m->name), a);
			assert_non_null(m->label_en);
			assert_true(utf8_valid(m->label_zh, strlen(m->label_zh)));
			assert_true(m->type < _ATTR_TYPE_MAX);
			assert_int_equal(m->type == ATTR_NUMBER, m->unit != UNIT_NONE);
		}
	}
}

/* Home Assistant is told words instead of names, and tells them back. */
static void test_words_of_values(void **state)
{
	assert_string_equal(value_word("low_energy", false), "low_energy");
	assert_string_equal(value_word("low_energy", true), "节能模式");
	assert_string_equal(value_word("acme_turbine", true), "acme_turbine");
	assert_string_equal(value_word("", true), "");
	assert_null(value_word(NULL, true));
	for (size_t i = 0; i < model_n_kinds; i++)
		for (size_t a = 0; a < model_kinds[i].n_attrs; a++) {
			const struct model_attr *m = &model_kinds[i].attrs[a];

			for (size_t v = 0; v < m->n_values; v++) {
				const char *word = value_word(m->values[v].name, true);

				assert_true(utf8_valid(word, strlen(word)));
				if (streq(word, m->values[v].name))
					fail_msg("%s has no Chinese word", word);
				for (size_t k = 0; k < v; k++)
					assert_string_not_equal(
						word, value_word(m->values[k].name, true));
			}
		}
}

static void test_attributes(void **state)
{
	const struct model_attr *a = attr("heat_pump", "flow.temperature");

	assert_int_equal(a->type, ATTR_NUMBER);
	assert_int_equal(a->priority, ATTR_MANDATORY);
	assert_false(a->writable);
	assert_string_equal(unit_name(a->unit), "°C");
	assert_true(a->usual_min == -20 && a->usual_max == 100 && a->deadband == 0.2);
	assert_string_equal(a->label_zh, "供水温度");
	assert_string_equal(a->ha_device_class, "temperature");
	a = attr("boiler", "water.pressure");
	assert_string_equal(unit_name(a->unit), "kPa");
	assert_string_equal(unit_name(attr("boiler", "ionisation_current")->unit), "µA");
	a = attr("ventilation_unit", "energy_imported");
	assert_true(isnan(a->usual_max));
	assert_string_equal(unit_name(a->unit), "kWh");
	assert_int_equal(attr("boiler", "reachable")->origin, ORIGIN_HEARTHD);
	assert_int_equal(attr("boiler", "fault_code")->origin, ORIGIN_EITHER);
	assert_int_equal(attr("boiler", "flame")->origin, ORIGIN_APPLIANCE);
	assert_int_equal(attr("water_heater", "boost")->type, ATTR_COMMAND);
	assert_int_equal(model_attr_index(model_kind_by_name("boiler"), "swing"), -ENOENT);
}

static void test_values(void **state)
{
	const struct model_attr *mode = attr("room_air_conditioner", "system_mode");
	const struct model_attr *swing = attr("room_air_conditioner", "swing");
	int64_t v = -7;

	assert_int_equal(mode->type, ATTR_ENUM);
	assert_int_equal(model_value_by_name(mode, "fan_only", &v), 0);
	assert_int_equal(v, 7); /* Matter's SystemModeEnum.FanOnly */
	assert_string_equal(model_value_name(mode, 3), "cool");
	assert_null(model_value_name(mode, 2)); /* a hole in Matter's list */
	v = -7;
	assert_int_equal(model_value_by_name(mode, "turbo", &v), -ENOENT);
	assert_int_equal(v, -7);
	assert_int_equal(swing->type, ATTR_BITS);
	assert_int_equal(model_value_by_name(swing, "rock_up_down", &v), 0);
	assert_int_equal(v, 1);
	assert_int_equal(attr("laundry_washer", "current_phase")->n_values, 0);
}

#define HEADER \
	"kind,name,priority,access,by,type,unit,min,max,values,deadband,label_en,label_zh," \
	"ha_component,ha_key,ha_device_class,ha_state_class,ha_unit,ha_category,matter\n" \
	"common,,,,,kind,,,,,,Any,电器,,,,,,,\n" \
	"lamp,,,,,kind,,,,,,Lamp,灯,,,,,,,\n"

/* The generator's exit status on TEXT, its messages in OUT. */
static int generate(const char *text, char *out, size_t size)
{
	char dir[] = "/tmp/hearth-model-XXXXXX", cmd[1024], path[64];
	size_t n;
	FILE *f;
	int r;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/model.csv", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	snprintf(cmd, sizeof(cmd),
		"/usr/bin/python3 -B %s/daemon/model/model-gen.py %s %s/out.c 2>&1; r=$?; rm -r %s; exit $r",
		getenv("SRCDIR"), path, dir, dir);
	f = popen(cmd, "r");
	assert_non_null(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	r = pclose(f);
	return WEXITSTATUS(r);
}

static void test_generator(void **state)
{
	static const struct {
		const char *rows, *says;
	} bad[] = {
		{"lamp,a,M,r,,number,furlong,,,,0,A,甲,,,,,,,\n", ":4: unit: “furlong”"},
		{"lamp,a,M,r,,number,degC,,,,0,A,甲,,,,,,,\n", ":4: unit: “degC”"},
		{"lamp,a,M,r,,number,W,5,5,,0,A,甲,,,,,,,\n", ":4: min 5 is not below"},
		{"lamp,a,M,r,,enum,,,,on=1;off=1,0,A,甲,,,,,,,\n",
			":4: values: “off=1” stands twice"},
		{"lamp,a,M,r,,enum,,,,on:1,0,A,甲,,,,,,,\n", ":4: values: “on:1” is not"},
		{"lamp,a,M,r,,bool,,,,,0,A,甲,,,,,,,\nlamp,a,M,r,,bool,,,,,0,A,甲,,,,,,,\n",
			":5: lamp.a stands twice"},
		{"lamp,a,M,r,,bool,,,,,0,A,,,,,,,,\n", ":4: label_en and label_zh"},
		{"lamp,a,M,r,,bool,,,,,-1,A,甲,,,,,,,\n", ":4: deadband"},
		{"lamp,a,M,w,,bool,,,,,0,A,甲,,,,,,,\n", ":4: access w and type command"},
		{"lamp,A,M,r,,bool,,,,,0,A,甲,,,,,,,\n", ":4: name: “A”"},
		{"oven,a,M,r,,bool,,,,,0,A,甲,,,,,,,\n", ":4: kind oven has no row"},
		{"lamp,a,M,r\n", ":4: 4 columns, 20 expected"},
	};
	char text[2048], out[4096];

	snprintf(text, sizeof(text), HEADER "%s", "lamp,a,M,r,,number,W,1,5,,0,A,甲,,,,,,,\n");
	assert_int_equal(generate(text, out, sizeof(out)), 0);
	assert_string_equal(out, "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), HEADER "%s", bad[i].rows);
		assert_int_equal(generate(text, out, sizeof(out)), 1);
		if (!strstr(out, bad[i].says))
			fail_msg("“%s” does not say “%s”", out, bad[i].says);
	}
}

static void test_unit_deadband(void **state)
{
	unit_id celsius, wh, kwh;

	assert_int_equal(unit_by_name("°C", &celsius), 0);
	assert_int_equal(unit_by_name("Wh", &wh), 0);
	assert_int_equal(unit_by_name("kWh", &kwh), 0);
	assert_float_equal(model_unit_deadband(celsius), 0.2, 1e-9);
	assert_float_equal(model_unit_deadband(wh), 1000 * model_unit_deadband(kwh), 1e-6);
	assert_true(model_unit_deadband(kwh) > 0);
	assert_float_equal(model_unit_deadband(UNIT_NONE), 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_words_of_values),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_unit_deadband),
		cmocka_unit_test(test_generator),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
