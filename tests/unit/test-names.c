/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "ctl/names.h"

/* Of client.c, which would bring D-Bus. */
const char *json_str(const json_t *object, const char *key);
const char *json_str(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static const struct ctl_options english, chinese = {.zh = true};

static const char *in_words(const struct ctl_options *o, const char *text)
{
	static char words[512];
	struct names n = {.o = o, .kind = model_kind_by_name("heat_pump")};

	names_expression(&n, text, words, sizeof(words));
	return words;
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *en, *zh;
	} v[] = {
		{"flow.temperature", "Flow temperature", "供水温度"},
		{"flow.temperature - return.temperature", "Flow temperature - Return temperature",
			"供水温度 - 回水温度"},
		{"mean(flow.temperature,20 s) > 9 °C", "mean Flow temperature of 20 s > 9 °C",
			"20 s内供水温度的均值 > 9 °C"},
		{"fit(flow.temperature - return.temperature ~ hz,outdoor_temperature)",
			"Flow temperature - Return temperature beyond what is normal here",
			"供水温度 - 回水温度超出本机常态的部分"},
		{"z(cycle(defrosting).rest by outdoor_temperature floor 5 min)",
			"pause before the last time of Defrosting off its normal, in spreads",
			"上次除霜之前的间歇偏离常态的倍数"},
		{"cycle(run,flow.temperature).max",
			"highest Flow temperature in the last time of running",
			"上次运行期间供水温度的最高值"},
		{"count(defrosting,6 h)", "how often Defrosting began in 6 h", "6 h内除霜的次数"},
		{"default(flow.rate,0 m³/h) > 0 m³/h and not defrosting",
			"Flow rate > 0 m³/h and not Defrosting", "水流量 > 0 m³/h 且 非 除霜"},
		/* what nobody has a name for */
		{"spread / heat", "spread / heat", "spread / heat"},
		{"unheard_of(flow.temperature,1 h)", "unheard_of(flow.temperature,1 h)",
			"unheard_of(flow.temperature,1 h)"},
		{"", "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		assert_string_equal(in_words(&english, v[i].text), v[i].en);
		assert_string_equal(in_words(&chinese, v[i].text), v[i].zh);
	}
}

static void test_own_labels(void **state)
{
	json_t *readings = json_pack("[{s:s,s:s,s:s}]", "attribute", "vendor.x1", "label_en",
		"Drain pan", "label_zh", "接水盘");
	struct names n = {.o = &english, .readings = readings};

	assert_string_equal(names_attribute(&n, "vendor.x1"), "Drain pan");
	assert_string_equal(names_attribute(&n, "flow.temperature"), "flow.temperature");
	n.o = &chinese;
	assert_string_equal(names_attribute(&n, "vendor.x1"), "接水盘");
	json_decref(readings);
}

/* What no rule says: nothing is read or written beyond, and it ends. */
static void test_hostile(void **state)
{
	static const char *const v[] = {"(", ")", "mean(", "mean(flow.temperature", "mean)(",
		"mean(,", "mean(,,,)", "cycle(run).", "cycle(run)..len", "fit( ~ )", "z( by )",
		"$1", "a.b.c.", ".", "9", "9 ", "°", "\xc3",
		"mean(mean(mean(mean(mean(mean(mean(mean(x,1 s),1 s),1 s),1 s),1 s),1 s),1 s),1 s)",
		"mean(x) floor", "run(run(run", "and(or(not"};
	char longest[4096], words[64], guarded[80];
	struct names n = {.o = &english, .kind = model_kind_by_name("heat_pump")};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_non_null(in_words(&english, v[i]));
	memset(longest, '(', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_non_null(in_words(&english, longest));
	memset(longest, 'a', sizeof(longest) - 1);
	assert_non_null(in_words(&english, longest));
	for (size_t i = 0; i + 5 < sizeof(longest); i += 5)
		memcpy(longest + i, "mean(", 5);
	assert_non_null(in_words(&english, longest));
	/* A short place takes what fits. */
	memset(guarded, '#', sizeof(guarded));
	names_expression(&n, "flow.temperature - return.temperature", guarded, 20);
	assert_true(strlen(guarded) < 20);
	assert_int_equal(guarded[20], '#');
	names_rule_text(&n, "no_such_rule/flow.temperature", words, sizeof(words));
	assert_string_equal(words, "no_such_rule: Flow temperature");
	names_done(&n);
	names_done(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_own_labels),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
