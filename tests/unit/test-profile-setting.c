/* SPDX-License-Identifier: Apache-2.0 */
/* [Setting], switch(setting.…) and [Repeat]. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"

#define HEAD "[Profile]\nKind=heat_pump\nName=Pump\nSource=a test\n"

static struct profile *load(const char *text, const char *setting, const char *value)
{
	struct profile_choice choice = {setting, value};

	return profile_of_with(text, &(struct profile_choices){&choice, setting ? 1 : 0});
}

static void test_choice(void **state)
{
	static const char text[] = HEAD
		"[Setting word_order]\nValues=big little\nDefault=big\n"
		"Label=Order of words\nLabel[zh_CN]=字序\n"
		"[Setting gen]\nValues=2..4\nDefault=3\n"
		"[Setting pool]\nValues=no yes\nDefault=no\n"
		"[Line]\nUnit=switch(setting.gen, 1, 2, 3)\nGap=switch(setting.pool,,50ms)\n"
		"[Point b]\nRead=holding:switch(setting.gen, 10, 20, 30).4:8\nType=u16\n"
		"Scale=switch(setting.word_order, switch(setting.gen, 1, 0.1, 0.01), 5)\n"
		"Enum=switch(setting.pool, , 0:off 1:on)\n"
		"[Point c]\nRead=holding:1\nType=u32\nOrder=switch(setting.word_order,big,little)\n";
	struct profile *p = load(text, NULL, NULL);

	assert_int_equal(p->n_settings, 3);
	assert_int_equal(p->settings[0].type, SETTING_NAMES);
	assert_int_equal(p->settings[1].type, SETTING_NUMBERS);
	assert_int_equal(p->settings[2].type, SETTING_SWITCH);
	assert_int_equal(p->settings[1].n_values, 3);
	assert_string_equal(p->settings[1].values[0], "2");
	assert_int_equal(p->settings[1].chosen, 1);
	assert_string_equal(text_get(&p->settings[0].label, true), "字序");
	assert_int_equal(setting_value(&p->settings[1], "0x4"), 2);
	assert_int_equal(setting_value(&p->settings[1], "5"), -ENOENT);
	assert_int_equal(setting_value(&p->settings[2], "true"), 1);
	assert_int_equal(p->line.unit, 2);
	assert_int_equal(p->line.gap_us, 0);
	assert_string_equal(point_of(p, "b")->read, "holding:20.4:8");
	assert_float_equal(point_of(p, "b")->scale, 0.1, 1e-12);
	assert_int_equal(point_of(p, "b")->n_enums, 0);
	assert_int_equal(point_of(p, "c")->order, ORDER_BIG);
	profile_unref(p);
	p = load(text, "gen", "4");
	assert_int_equal(p->settings[1].chosen, 2);
	assert_int_equal(p->settings[1].preset, 1);
	assert_string_equal(point_of(p, "b")->read, "holding:30.4:8");
	assert_float_equal(point_of(p, "b")->scale, 0.01, 1e-12);
	profile_unref(p);
	p = load(text, "word_order", "little");
	assert_int_equal(point_of(p, "c")->order, ORDER_LITTLE);
	assert_float_equal(point_of(p, "b")->scale, 5, 1e-12);
	profile_unref(p);
}

static void test_bad_settings(void **state)
{
	struct profile_choice choice = {"nothing", "1"};
	struct profile_choices choices = {&choice, 1};
	struct problems problems = {0};
	struct profile *p = NULL;

	profile_bad(HEAD "[Setting A]\nValues=a b\nDefault=a\n", "a setting needs a name");
	profile_bad(HEAD "[Setting a]\nDefault=a\n", "Values= is missing");
	profile_bad(HEAD "[Setting a]\nValues=a b\n", "Default= is missing");
	profile_bad(HEAD "[Setting a]\nValues=a b\nDefault=c\n", "is none of its values: a b");
	profile_bad(HEAD "[Setting a]\nValues=a b a\nDefault=a\n", "stands twice");
	profile_bad(HEAD "[Setting a]\nValues=1 0x1\nDefault=1\n", "stands twice");
	profile_bad(HEAD "[Setting a]\nValues=a-b\nDefault=a-b\n", "is no name");
	profile_bad(HEAD "[Setting a]\nValues=5..0\nDefault=1\n", "is no range");
	profile_bad(HEAD "[Setting a]\nValues=0..64\nDefault=1\n", "is no range of at most 64");
	profile_bad(HEAD "[Setting a]\nValues=0..2\nDefault=1\nX=1\n", "unknown key");
	profile_bad(HEAD "[Setting a]\nValues=0..2\nDefault=1\n"
			 "[Point p]\nRead=holding:1\nType=switch(setting.a, u16, s16)\n",
		"setting.a has 3 values, and here stand 2");
	profile_bad(HEAD "[Point p]\nRead=holding:1\nType=switch(setting.a, u16, s16)\n",
		"there is no [Setting a]");
	/* What has no end is no call, and no type. */
	profile_bad(HEAD "[Setting a]\nValues=0..1\nDefault=1\n"
			 "[Point p]\nRead=holding:1\nType=switch(setting.a, u16, s16\n",
		"Type");
	assert_int_equal(profile_load_buffer_with(HEAD, strlen(HEAD), "f", &choices, &problems, &p),
		-EINVAL);
	assert_string_equal(problems.v[0].text, "there is no [Setting nothing]");
	problems_done(&problems);
}

/* A choice may hold a call of another setting, but not for ever. */
static void test_nested(void **state)
{
	char text[4096];
	size_t used = 0;

	(void)str_appendf(text, sizeof(text), &used,
		HEAD "[Setting a]\nValues=0..0\nDefault=0\n[Point p]\nRead=holding:1\nType=");
	for (int i = 0; i < 20; i++)
		(void)str_appendf(text, sizeof(text), &used, "switch(setting.a, ");
	(void)str_appendf(text, sizeof(text), &used, "u16");
	for (int i = 0; i < 20; i++)
		(void)str_appendf(text, sizeof(text), &used, ")");
	(void)str_appendf(text, sizeof(text), &used, "\n");
	profile_bad(text, "more than 16 switch(");
}

static void test_repeat(void **state)
{
	static const char text[] = HEAD
		"[Setting circuits]\nValues=0..3\nDefault=2\n"
		"[Repeat circuit]\nCount=setting.circuits\nStep=100\n"
		"[Repeat slot]\nCount=3\nFrom=0\nStep=0\n"
		"[Point before]\nRead=holding:1\nType=u16\n"
		"[Point circuit{n}.flow]\nRepeat=circuit\nRead=input:1003.2:8\nType=u16\nUnit=°C\n"
		"Attribute=flow.temperature\nLabel=Circuit {n}\n"
		"[Point circuit{n}.mode]\nRepeat=circuit\nRead=holding:0x10\nType=u16\n"
		"Attribute=vendor.mode_{n}\nDevice=+{n}\n"
		"[Point after]\nRead=holding:2\nType=u16\n"
		"[Fault A{n}]\nRepeat=slot\nRead=holding:50.{n}\nMeaning=Alarm {n}\n";
	struct profile *p = load(text, NULL, NULL);

	assert_int_equal(p->n_repeats, 2);
	assert_int_equal(p->repeats[0].count, 2);
	/* In the place of the one that was written, and in order. */
	assert_string_equal(p->points[0].name, "before");
	assert_string_equal(p->points[1].name, "circuit1.flow");
	assert_string_equal(p->points[2].name, "circuit2.flow");
	assert_string_equal(p->points[3].name, "circuit1.mode");
	assert_string_equal(p->points[5].name, "after");
	assert_string_equal(p->points[1].read, "input:1003.2:8");
	assert_string_equal(p->points[2].read, "input:1103.2:8");
	assert_string_equal(p->points[4].read, "holding:116");
	assert_string_equal(p->points[1].attribute, "flow.temperature");
	assert_string_equal(p->points[2].attribute, "vendor.circuit2.flow");
	assert_string_equal(p->points[4].attribute, "vendor.mode_2");
	assert_string_equal(p->points[2].label.en, "Circuit 2");
	assert_int_equal(p->points[4].device, 2);
	assert_false(p->points[4].device_absolute);
	assert_int_equal(p->n_faults, 3);
	assert_string_equal(p->faults[2].code, "A2");
	assert_int_equal(p->faults[2].mask, 4);
	assert_int_equal(p->faults[0].point, p->faults[2].point);
	profile_unref(p);
	p = load(text, "circuits", "0");
	assert_int_equal(profile_point_by_name(p, "circuit1.flow"), -ENOENT);
	assert_int_equal(p->n_points, 3);
	profile_unref(p);
}

static void test_modicon_repeat(void **state)
{
	struct profile *p = load("[Profile]\nKind=heat_pump\nName=P\nSource=s\nAddressing=modicon\n"
				 "[Repeat r]\nCount=2\nStep=10\n"
				 "[Point h{n}]\nRepeat=r\nRead=40001.3\nType=bit\n"
				 "[Point c{n}]\nRepeat=r\nRead=00007\nType=bit\n",
		NULL, NULL);

	assert_string_equal(point_of(p, "h2")->read, "40011.3");
	assert_string_equal(point_of(p, "c2")->read, "00017");
	profile_unref(p);
}

static void test_bad_repeats(void **state)
{
#define R "[Repeat r]\nCount=2\nStep=10\n"
	profile_bad(HEAD "[Repeat r]\nStep=1\n", "Count= is missing");
	profile_bad(HEAD "[Repeat r]\nCount=2\n", "Step= is missing");
	profile_bad(HEAD "[Repeat r]\nCount=65\nStep=1\n", "neither a number up to 64");
	profile_bad(HEAD "[Repeat r]\nCount=setting.x\nStep=1\n", "neither a number");
	profile_bad(HEAD
		"[Setting x]\nValues=a b\nDefault=a\n[Repeat r]\nCount=setting.x\nStep=1\n",
		"neither a number");
	profile_bad(HEAD R "[Point p{n}]\nRepeat=q\nRead=holding:1\nType=u16\n",
		"there is no [Repeat q]");
	profile_bad(
		HEAD R "[Point p]\nRepeat=r\nRead=holding:1\nType=u16\n", "needs {n} in its name");
	profile_bad(HEAD R "[Point p{n}]\nRepeat=r\nRead=holding:1\nType=u16\n"
			   "[Point p2]\nRead=holding:1\nType=u16\n",
		"[Point p2] stands in the file too");
	profile_bad(HEAD R "[Point p{n}]\nRepeat=r\nRead=holding:x\nType=u16\n", "has no address");
	profile_bad(
		"[Profile]\nKind=room_air_conditioner\nName=P\nSource=s\nAdapter=mitsubishi-cn105\n" R,
		"the adapter's fields have no addresses");
	profile_bad(HEAD "[Point p]\nRead=holding:1\nType=u16\nDevice=256\n", "no unit identifier");
	profile_bad(HEAD "[Point p]\nRead=holding:1\nType=u16\nDevice=-1\n", "no unit identifier");
}

static void test_when_gone(void **state)
{
	struct profile *p =
		load(HEAD "WhenGatewayGone=falls-back\nWhenGatewayGoneAfter=10min\n", NULL, NULL);

	assert_int_equal(p->when_gone, WHEN_GONE_FALLS_BACK);
	assert_int_equal(p->when_gone_us, 10 * USEC_PER_MIN);
	assert_string_equal(when_gone_name(p->when_gone), "falls-back");
	profile_unref(p);
	profile_bad(HEAD "WhenGatewayGone=maybe\n", "WhenGatewayGone");
	profile_bad(HEAD "WhenGatewayGoneAfter=10min\n", "needs WhenGatewayGone=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_modicon_repeat),
		cmocka_unit_test(test_bad_repeats),
		cmocka_unit_test(test_when_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
