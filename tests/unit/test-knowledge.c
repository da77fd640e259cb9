/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/knowledge/knowledge.h"

#define HEAD \
	"[Cause ac.filter]\nKinds=room_air_conditioner\nName=Filter\nName[zh_CN]=滤网\nPart=filter\n" \
	"Part[zh_CN]=滤网\nText=Dust.\nText[zh_CN]=积灰。\nWho=household\nDanger=none\nMinutes=15\n" \
	"Sources=own model\nDecide=Look.\nDecide[zh_CN]=看。\n"
#define STEP "[Step ac.filter 1]\nText=Switch it off.\nText[zh_CN]=关机。\nTouches=controls\n"

static struct knowledge *load(const char *text, struct problems *p)
{
	struct knowledge *k = NULL;

	assert_int_equal(knowledge_load_buffer(text, strlen(text), "t.knowledge", NULL, p, &k), 0);
	return k;
}

static void test_loads(void **state)
{
	struct problems p = {0};
	struct knowledge *k = load(HEAD
		"Alias=low_flow dust\nExpectAfter=ac_filter\nUnconfirmed=yes\n"
		"[Step ac.filter 2]\nText=Look.\nText[zh_CN]=看。\nTouches=none\nCheck=active_power < 0.03 kW\n"
		"CheckFor=1min\nStop=coil_temperature > 80 °C\n" STEP,
		&p);
	const struct model_kind *ac = model_kind_by_name("room_air_conditioner");
	const struct cause *c = knowledge_cause(k, "ac.filter");

	assert_int_equal(p.n, 0);
	assert_int_equal(knowledge_n_causes(k), 1);
	assert_non_null(c);
	assert_string_equal(c->short_name, "filter");
	assert_string_equal(words_in(&c->name, true), "滤网");
	assert_int_equal(c->n_steps, 2);
	assert_string_equal(c->steps[0].text.en, "Switch it off.");
	assert_int_equal(c->steps[0].touches, TOUCH_CONTROLS);
	assert_string_equal(c->steps[1].check, "active_power < 0.03 kW");
	assert_true(c->steps[1].check_for_us == USEC_PER_MIN && c->steps[1].stop);
	assert_true(c->unconfirmed);
	assert_string_equal(c->expect_after[0], "ac_filter");
	assert_ptr_equal(knowledge_resolve(k, ac, "filter"), c);
	assert_ptr_equal(knowledge_resolve(k, ac, "dust"), c);
	assert_ptr_equal(knowledge_resolve(k, ac, "ac.filter"), c);
	assert_null(knowledge_resolve(k, model_kind_by_name("boiler"), "filter"));
	assert_null(knowledge_resolve(k, model_kind_by_name("boiler"), "ac.filter"));
	assert_null(knowledge_resolve(k, ac, "nothing"));
	assert_null(knowledge_cause(k, "ac.nothing"));
	knowledge_free(k);
	problems_done(&p);
}

/* WHAT one line of HEAD STEP is replaced by; the entry is refused with a problem that says SAYS. */
static void refused(const char *line, const char *with, const char *says)
{
	char text[4096], *at;
	struct problems p = {0};
	struct knowledge *k;
	size_t before;

	(void)snprintf(text, sizeof(text), "%s", HEAD STEP);
	at = strstr(text, line);
	assert_non_null(at);
	before = (size_t)(at - text);
	(void)snprintf(text + before, sizeof(text) - before, "%s%s", with,
		strstr(HEAD STEP, line) + strlen(line));
	k = load(text, &p);
	if (knowledge_n_causes(k) != 0 || p.n_errors == 0)
		fail_msg("\"%s\" was taken", with);
	for (size_t i = 0; i < p.n; i++) {
		assert_true(p.v[i].line > 0 && p.v[i].file);
		if (strstr(p.v[i].text, says))
			says = NULL;
		if (!says)
			break;
	}
	if (says)
		fail_msg("\"%s\": \"%s\" does not say \"%s\"", with, p.v[0].text, says);
	knowledge_free(k);
	problems_done(&p);
}

static void test_refuses_form(void **state)
{
	refused("Name[zh_CN]=滤网\n", "", "in Chinese");
	refused("Name=Filter\n", "", "in English");
	refused("Text[zh_CN]=积灰。\n", "", "in Chinese");
	refused("Part[zh_CN]=滤网\n", "", "in Chinese");
	refused("Sources=own model\n", "", "Sources= is missing");
	refused("Sources=own model\n", "Sources=\n", "Sources= is missing");
	refused("Minutes=15\n", "", "Minutes= is missing");
	refused("Minutes=15\n", "Minutes=0\n", "");
	refused("Who=household\n", "Who=neighbour\n", "");
	refused("Who=household\n", "", "Who= is missing");
	refused("Danger=none\n", "Danger=sharks\n", "");
	refused("Kinds=room_air_conditioner\n", "Kinds=toaster\n", "no kind \"toaster\"");
	refused("Kinds=room_air_conditioner\n", "", "Kinds= is missing");
	refused("[Cause ac.filter]", "[Cause filter]", "no name");
	refused("[Cause ac.filter]", "[Cause ac.Filter]", "no name");
	refused("[Step ac.filter 1]", "[Step ac.filter 2]", "without holes");
	refused("[Step ac.filter 1]", "[Step ac.filter 0]", "each number");
	refused("[Step ac.filter 1]", "[Step ac.filter]", "each number");
	refused("[Step ac.filter 1]",
		"[Step ac.filter 01]\nText=a\nText[zh_CN]=a\nTouches=none\n[Step ac.filter 1]",
		"each number");
	refused("[Step ac.filter 1]", "[Step ac.other 1]", "at least one step");
	refused("Text[zh_CN]=关机。\n", "", "in Chinese");
	refused("Touches=controls\n", "", "Touches= is missing");
	refused("Touches=controls\n", "Touches=none controls\n", "none");
	refused("Touches=controls\n", "Touches=teeth\n", "not understood");
	refused("Touches=controls\n", "Touches=none\nCheck=active_power <\n", "");
	refused("Touches=controls\n", "Touches=none\nCheck=active_power < 5 °C\n", "");
	refused("Touches=controls\n", "Touches=none\nCheck=active_power\n", "");
	refused("Touches=controls\n", "Touches=none\nCheck=water.pressure > 1 bar\n",
		"none of the kinds");
	refused("Touches=controls\n", "Touches=none\nCheck=mean(active_power,5 min) < 3 W\n", "");
	refused("Touches=controls\n", "Touches=none\nStop=nonsense > 3\n", "");
	refused("Decide=Look.\n", "", "in English");
	refused("Decide[zh_CN]=看。\n", "", "in Chinese");
	refused("Minutes=15\n", "Minutes=15\nAlias=A\n", "no name");
}

static void test_refuses_harm(void **state)
{
	static const char *const touches[] = {
		"gas", "mains", "refrigerant", "cover", "flue", "safety"};
	static const char *const en[] = {"Open the cover.", "Take the covers off.", "Unscrew it.",
		"Use a screwdriver.", "Turn the gas off.", "Top up refrigerant.",
		"Touch the wiring.", "Do not worry, open the casing.",
		"Do not worry and open the casing.", "Switch it off; clean the burner.",
		"Bridge the thermostat.", "Measure the mains.", "Recharge it.",
		"See whether the screw is loose.", "BYPASS the valve.",
		"Never mind and open the casing.", "Do not hesitate to open the cover.",
		"Leave the cover open.", "Press the reset button.", "Call nobody; unscrew it."};
	static const char *const zh[] = {"打开机盖。", "拧下螺丝。", "关闭燃气。", "加氟。",
		"检查接线。", "不要担心，拆开外壳。", "请打开外壳。", "短接开关。",
		"解除锁定后再试。", "不要忘记打开外壳。", "按复位键。", "open the cover"};
	static const char *const fine[][2] = {
		{"Do not open the cover.", "不要打开机盖。"},
		{"Call a gas fitter.", "联系燃气维修人员。"},
		{"Ask a technician to check the refrigerant.", "告诉维修人员检查制冷剂。"},
		{"See whether the gas cooker lights.", "看燃气灶能否点着。"},
		{"Rewire is no word here: discover.", "拔下电源插头。"},
	};
	char buf[256];

	for (size_t i = 0; i < ARRAY_SIZE(touches); i++) {
		(void)snprintf(buf, sizeof(buf), "Touches=controls %s\n", touches[i]);
		refused("Touches=controls\n", buf, "does not touch");
	}
	for (size_t i = 0; i < ARRAY_SIZE(en); i++) {
		(void)snprintf(buf, sizeof(buf), "Text=%s\n", en[i]);
		refused("Text=Switch it off.\n", buf, "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(zh); i++) {
		(void)snprintf(buf, sizeof(buf), "Text[zh_CN]=%s\n", zh[i]);
		refused("Text[zh_CN]=关机。\n", buf, "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		const struct words w = {fine[i][0], fine[i][1]};

		if (knowledge_forbidden(&w, false))
			fail_msg("%s: %s", fine[i][0], knowledge_forbidden(&w, false));
	}
	refused("Danger=none\n", "Danger=gas\n", "may not mend");
	refused("Danger=none\n", "Danger=co\n", "may not mend");
	refused("Danger=none\n", "Danger=electric\n", "may not mend");
	refused("Danger=none\n", "Danger=fire\n", "may not mend");
	refused("Danger=none\n", "Danger=refrigerant\n", "may not mend");
	refused("Who=household\nDanger=none\n", "Who=electrician\nDanger=gas\n", "may not mend");
	/* the household's steps of a dangerous cause */
	refused("Who=household\nDanger=none\nMinutes=15\nSources=own model\nDecide=Look.\nDecide[zh_CN]=看。\n"
		"[Step ac.filter 1]\nText=Switch it off.\nText[zh_CN]=关机。\nTouches=controls\n",
		"Who=gas-fitter\nDanger=gas\nMinutes=15\nSources=own model\nDecide=Look.\nDecide[zh_CN]=看。\n"
		"[Step ac.filter 1]\nText=Pull the plug.\nText[zh_CN]=拔插头。\nTouches=plug\n",
		"danger of gas");
}

/* What somebody trained does may be said to them. */
static void test_trained(void **state)
{
	struct problems p = {0};
	struct knowledge *k = load(
		"[Cause ac.leak]\nKinds=room_air_conditioner\nName=Leak\nName[zh_CN]=泄漏\n"
		"Part=pipes\nPart[zh_CN]=管路\nText=Refrigerant is lost.\nText[zh_CN]=制冷剂流失。\n"
		"Who=refrigeration\nDanger=refrigerant\nMinutes=120\nSources=x\nDecide=a\nDecide[zh_CN]=a\n"
		"[Step ac.leak 1]\nWho=refrigeration\nText=Find the leak behind the cover.\n"
		"Text[zh_CN]=拆下外壳查漏。\nTouches=refrigerant cover\n",
		&p);

	assert_int_equal(p.n, 0);
	assert_int_equal(knowledge_n_causes(k), 1);
	knowledge_free(k);
	problems_done(&p);
}

static void test_names(void **state)
{
	static const char *const two = HEAD STEP
		"[Cause fan.filter]\nKinds=%s\nName=a\nName[zh_CN]=a\nPart=a\nPart[zh_CN]=a\n"
		"Text=a\nText[zh_CN]=a\nWho=household\nDanger=none\nMinutes=1\nSources=a\nDecide=a\nDecide[zh_CN]=a\n"
		"[Step fan.filter 1]\nText=a\nText[zh_CN]=a\nTouches=none\n";
	char text[4096];
	struct problems p = {0};
	struct knowledge *k;

	(void)snprintf(text, sizeof(text), two, "boiler room_air_conditioner");
	k = load(text, &p);
	assert_int_equal(knowledge_n_causes(k), 1);
	assert_int_equal(p.n_errors, 1);
	assert_non_null(strstr(p.v[0].text, "goes by \"filter\" too"));
	knowledge_free(k);
	problems_done(&p);
	/* one of a kind goes before one of all kinds */
	(void)snprintf(text, sizeof(text), two, "*");
	k = load(text, &p);
	assert_int_equal(p.n, 0);
	assert_string_equal(
		knowledge_resolve(k, model_kind_by_name("room_air_conditioner"), "filter")->id,
		"ac.filter");
	assert_string_equal(
		knowledge_resolve(k, model_kind_by_name("boiler"), "filter")->id, "fan.filter");
	assert_string_equal(knowledge_resolve(k, NULL, "filter")->id, "fan.filter");
	knowledge_free(k);
	problems_done(&p);
}

static bool knows(void *userdata, const char *rule)
{
	return streq(rule, userdata);
}

static void test_rules(void **state)
{
	static const char text[] = HEAD "ExpectAfter=ac_filter\n" STEP;
	struct knowledge_rules rules = {knows, (char[]){"ac_filter"}};
	struct problems p = {0};
	struct knowledge *k = NULL;

	assert_int_equal(knowledge_load_buffer(text, strlen(text), "t", &rules, &p, &k), 0);
	assert_int_equal(knowledge_n_causes(k), 1);
	knowledge_free(k);
	rules.userdata = (char[]){"other"};
	assert_int_equal(knowledge_load_buffer(text, strlen(text), "t", &rules, &p, &k), 0);
	assert_int_equal(knowledge_n_causes(k), 0);
	assert_string_equal(p.v[0].text, "there is no rule \"ac_filter\"; write one that is there");
	knowledge_free(k);
	problems_done(&p);
}

#define ITEM \
	"[Maintenance ac.clean]\nKinds=room_air_conditioner\nName=a\nName[zh_CN]=a\nPart=a\n" \
	"Part[zh_CN]=a\nText=a\nText[zh_CN]=a\nWho=household\nDanger=none\nMinutes=1\nSources=a\n"

static void item(const char *keys, bool good)
{
	char text[2048];
	struct problems p = {0};
	struct knowledge *k;

	(void)snprintf(text, sizeof(text), ITEM "%s", keys);
	k = load(text, &p);
	if ((knowledge_n_items(k) == 1) != good || (p.n_errors == 0) != good)
		fail_msg("%s: %s", keys, p.n ? p.v[0].text : "taken");
	knowledge_free(k);
	problems_done(&p);
}

static void test_maintenance(void **state)
{
	item("", false);
	item("Calendar=365d\n", true);
	item("Calendar=1h\n", false);
	item("Rate=on_off\nEvery=300 h\n", true);
	item("Rate=on_off\n", false);
	item("Rate=on_off\nEvery=300\n", false);
	item("Rate=on_off\nEvery=300 L\n", false);
	item("Rate=on_off\nEvery=0 h\n", false);
	item("Rate=on_off\nEvery=-3 h\n", false);
	item("Rate=default(fan_percent_current / 100 %, 1)\nEvery=300 h\n", true);
	item("Rate=fan_percent_current\nEvery=300 h\n", false);
	item("Total=energy_imported\nEvery=500 kWh\n", true);
	item("Total=on_off\nEvery=500 kWh\n", false);
	item("Total=energy_imported\nRate=on_off\nEvery=500 kWh\n", false);
	item("Left=hepa_filter.condition\nLeftDue=5\n", true);
	item("Left=local_temperature\n", false);
	item("Calendar=365d\nRemind=20 %\n", true);
	item("Calendar=365d\nRemind=60 %\n", false);
	item("Calendar=365d\nRemind=20\n", false);
	item("Calendar=365d\nEvery=1 h\n", true);
}

static void test_item_refuses(void **state)
{
	static const struct {
		const char *line, *with;
	} changes[] = {
		{"Who=household\nDanger=none\n", "Danger=gas\n"}, /* nobody who could */
		{"Who=household\nDanger=none\n", "Who=household\nDanger=gas\n"},
		{"Who=household\nDanger=none\n", "Who=household\nDanger=pressure\n"},
		{"Text=a\n", "Text=Open the cover.\n"},
		{"Text[zh_CN]=a\n", ""},
		{"Sources=a\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		static const char whole[] = ITEM "Calendar=365d\n";
		const char *at = strstr(whole, changes[i].line);
		struct problems p = {0};
		struct knowledge *k;
		char text[1024];

		assert_non_null(at);
		(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - whole), whole,
			changes[i].with, at + strlen(changes[i].line));
		k = load(text, &p);
		assert_int_equal(knowledge_n_items(k), 0);
		assert_true(p.n_errors > 0);
		knowledge_free(k);
		problems_done(&p);
	}
}

static void test_first_words(void **state)
{
	const char *w[3];
	const struct model_kind *boiler = model_kind_by_name("boiler");

	assert_int_equal(knowledge_first_words(boiler, DANGER_NONE, false, w), 2);
	assert_non_null(strstr(w[0], "smell gas"));
	assert_non_null(strstr(w[1], "carbon monoxide"));
	assert_int_equal(knowledge_first_words(boiler, DANGER_PRESSURE, true, w), 3);
	assert_non_null(strstr(w[0], "燃气味"));
	assert_non_null(strstr(w[2], "安全阀"));
	assert_int_equal(knowledge_first_words(NULL, DANGER_NONE, false, w), 0);
	assert_int_equal(knowledge_first_words(NULL, DANGER_CO, false, w), 2);
	assert_non_null(strstr(w[0], "smell gas"));
	for (int d = DANGER_GAS; d < _DANGER_MAX; d++)
		for (int zh = 0; zh < 2; zh++) {
			size_t n = knowledge_first_words(NULL, (enum danger)d, zh, w);

			assert_true(n >= 1 && n <= 3);
			for (size_t i = 0; i < n; i++)
				assert_true(strlen(w[i]) > 20);
		}
}

/* What a home needs is as it was, without the files; the rest is gone. */
static void test_keep(void **state)
{
	static const char text[] = HEAD
		"Alias=dust\nExpectAfter=ac_filter\n" STEP
		"[Cause fan.motor]\nKinds=boiler\nName=a\nName[zh_CN]=a\nPart=a\nPart[zh_CN]=a\n"
		"Text=a\nText[zh_CN]=a\nWho=household\nDanger=none\nMinutes=1\nSources=a\nDecide=a\nDecide[zh_CN]=a\n"
		"[Step fan.motor 1]\nText=a\nText[zh_CN]=a\nTouches=none\n"
		"[Maintenance ac.clean]\nKinds=room_air_conditioner\nName=n\nName[zh_CN]=n\nPart=p\nPart[zh_CN]=p\n"
		"Text=t\nText[zh_CN]=t\nWho=household\nDanger=none\nMinutes=1\nSources=s\nCalendar=365d\n";
	const struct model_kind *ac = model_kind_by_name("room_air_conditioner");
	struct problems p = {0};
	struct knowledge *k = load(text, &p);
	const struct cause *c;

	assert_int_equal(p.n_errors, 0);
	assert_int_equal(knowledge_n_causes(k), 2);
	assert_int_equal(knowledge_keep(k, &ac, 1), 0);
	assert_int_equal(knowledge_n_causes(k), 1);
	assert_int_equal(knowledge_n_items(k), 1);
	c = knowledge_resolve(k, ac, "dust");
	assert_non_null(c);
	assert_string_equal(c->id, "ac.filter");
	assert_string_equal(c->short_name, "filter");
	assert_string_equal(c->decide.zh, "看。");
	assert_string_equal(c->steps[0].text.en, "Switch it off.");
	assert_string_equal(c->expect_after[0], "ac_filter");
	assert_string_equal(c->file, "t.knowledge");
	assert_string_equal(knowledge_item_at(k, 0)->part.en, "p");
	assert_null(knowledge_cause(k, "fan.motor"));
	/* once more, for nobody */
	assert_int_equal(knowledge_keep(k, NULL, 0), 0);
	assert_int_equal(knowledge_n_causes(k) + knowledge_n_items(k), 0);
	knowledge_free(k);
	problems_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_refuses_form),
		cmocka_unit_test(test_refuses_harm),
		cmocka_unit_test(test_trained),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_maintenance),
		cmocka_unit_test(test_item_refuses),
		cmocka_unit_test(test_first_words),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
