/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a rule's word in the manager, on virtual time: a message a day, "after" five minutes
 * later, one cause told once, numbers of an episode before, care that is due, a code that was only reset. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"
#include <dirent.h>
#include <math.h>
#include <sys/stat.h>

#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/rules/manager-rules.h"

static uint64_t now_us;
#define WALL_US (INT64_C(1767225600) * (int64_t)USEC_PER_SEC) /* 2026-01-01 */

uint64_t __wrap_clock_boottime_us(void)
{
	return now_us;
}
int64_t __wrap_clock_realtime_us(void)
{
	return WALL_US + (int64_t)now_us;
}
bool __wrap_clock_is_set(enum clock_trust trust)
{
	return true;
}

/* What would be stored and sent. */
static struct seen {
	char unit[33], code[48];
	enum finding_change change;
	bool held;
	uint64_t t_us;
} seen[256];
static size_t n_seen;

void __wrap_manager_store_finding(struct manager *m, enum subject_kind kind, const char *id,
	struct finding *v, enum finding_change change)
{
	struct seen *s = &seen[n_seen++];

	assert_true(n_seen < ARRAY_SIZE(seen));
	*s = (struct seen){.change = change, .held = v->held, .t_us = now_us};
	(void)str_copy(s->unit, sizeof(s->unit), id);
	(void)str_copy(s->code, sizeof(s->code), v->code);
}
void __wrap_manager_dbus_finding(struct manager *m, const struct finding *v)
{
}
void __wrap_manager_dbus_unit_changed(struct unit *u)
{
}
void __wrap_manager_dbus_readings(struct unit *u, struct attribute *const *v, size_t n)
{
}
int __wrap_journal_put_meta(struct journal *j, const char *key, const void *blob, size_t n,
	journal_done_fn done, void *userdata)
{
	return 0;
}
int __wrap_journal_get_meta(struct journal *j, const char *key, journal_meta_fn fn, void *userdata)
{
	return -ENOTCONN;
}

static const struct seen *last(const char *unit, const char *code, enum finding_change change)
{
	for (size_t i = n_seen; i > 0; i--)
		if (streq(seen[i - 1].unit, unit) && streq(seen[i - 1].code, code) &&
			seen[i - 1].change == change)
			return &seen[i - 1];
	return NULL;
}

/* Told: raised and not held back. */
static unsigned told(const char *unit)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_seen; i++)
		n += streq(seen[i].unit, unit) && seen[i].change == FINDING_RAISED && !seen[i].held;
	return n;
}

static const char rules[] =
	"[Rule hot]\nName=Too hot\nName[zh_CN]=过热\nOn=boiler\nFault=flow.temperature > 80 °C\n"
	"For=1 min\nClear=flow.temperature < 70 °C\nClearFor=1 min\nSeverity=care\nBlame=dust:1\n"
	"Freeze=return.temperature\n"
	"[Rule low]\nOn=boiler\nFault=water.pressure < 50 kPa\nFor=1 min\nClear=water.pressure > 60 kPa\n"
	"ClearFor=1 min\nSeverity=service\n"
	"[Rule burst]\nOn=boiler\nFault=water.pressure < 10 kPa\nClear=water.pressure > 60 kPa\n"
	"ClearFor=1 min\nSeverity=danger\n"
	"[Rule data_lost]\nName=Readings are missing\nName[zh_CN]=部分读数中断\nOn=*\nFault=lost(10 poll) > 0\n"
	"For=15 min\nClear=lost(2 poll) == 0\nClearFor=5 min\nSeverity=care\nKind=warning\n";
static const char profile[] =
	"[Profile]\nMaker=t\nModel=t\nKind=boiler\nName=t\nSource=t\nConfidence=high\nVersion=1\n[Line]\n"
	"Baud=9600\nParity=none\nStopBits=1\nUnit=1\nReadable=holding:0-20\n"
	"[Point flow]\nRead=holding:0\nType=s16\nScale=0.1\nUnit=°C\nAttribute=flow.temperature\nPeriod=10s\n"
	"[Point back]\nRead=holding:1\nType=s16\nScale=0.1\nUnit=°C\nAttribute=return.temperature\nPeriod=10s\n"
	"[Point press]\nRead=holding:2\nType=u16\nUnit=kPa\nAttribute=water.pressure\nPeriod=10s\n"
	"[Point code]\nRead=holding:3\nType=u16\nFault=code\nPeriod=10s\n"
	"[Point starts]\nRead=holding:4\nType=u16\nUnit=count\nAttribute=burner_starts\nTotal=yes\nPeriod=10s\n"
	"[Point fails]\nRead=holding:5\nType=u16\nUnit=count\nAttribute=ignition_failures\nTotal=yes\nPeriod=10s\n"
	"[Point past1]\nRead=holding:6\nType=u16\nHistory=code\nHistoryAt=at1\n"
	"[Point past2]\nRead=holding:7\nType=u16\nHistory=code\nHistoryAt=at2\n"
	"[Point past3]\nRead=holding:8\nType=u16\nHistory=code\n"
	"[Point at1]\nRead=holding:9\nType=u16\nUnit=h\nPeriod=1h\n"
	"[Point at2]\nRead=holding:10\nType=u16\nUnit=h\nPeriod=1h\n"
	"[Point total]\nRead=holding:11\nType=u16\nUnit=count\nTotal=yes\nFailuresOf=hours\n"
	"[Point hours]\nRead=holding:12\nType=u16\nUnit=h\nTotal=yes\n"
	"[Fault 7]\nValue=7\nMeaning=Mains\nMeaning[zh_CN]=市电\nSource=t\nCauses=any.mains_dip\nSeverity=care\n"
	"[Fault 9]\nValue=9\nMeaning=Hot\nMeaning[zh_CN]=热\nSource=t\nCauses=b.dust\nSeverity=care\n";
static const char knowledge[] =
	"[Cause any.mains_dip]\nKinds=*\nName=Dip\nName[zh_CN]=瞬降\nPart=mains\nPart[zh_CN]=市电\nText=t\n"
	"Text[zh_CN]=t\nWho=household\nDanger=none\nMinutes=1\nSources=s\nDecide=d\nDecide[zh_CN]=d\n"
	"[Step any.mains_dip 1]\nText=Wait.\nText[zh_CN]=等待。\nTouches=none\n"
	"[Cause b.dust]\nKinds=boiler\nName=Dust\nName[zh_CN]=灰\nPart=p\nPart[zh_CN]=p\nText=t\n"
	"Text[zh_CN]=t\nWho=household\nDanger=none\nMinutes=1\nSources=s\nDecide=d\nDecide[zh_CN]=d\n"
	"ExpectAfter=hot\n[Step b.dust 1]\nText=Wait.\nText[zh_CN]=等待。\nTouches=none\n"
	"[Maintenance b.clean]\nKinds=boiler\nName=Cleaning\nName[zh_CN]=清洁\nPart=filter\n"
	"Part[zh_CN]=滤网\nText=Clean it.\nText[zh_CN]=请清洁。\nWho=household\nDanger=none\nMinutes=10\n"
	"Sources=s\nCalendar=30d\nRemind=10 %\n";

static char dir[64];
static struct manager m;

static int setup(void **state)
{
	char line[512];

	scratch_new(dir);
	scratch_put(dir, "hearthd.conf", "[Bus b]\nDevice=tcp:127.0.0.1:1\n");
	for (unsigned i = 1; i <= 3; i++) {
		char name[32], text[128];

		(void)snprintf(name, sizeof(name), "appliances.d/a%u.conf", i);
		(void)snprintf(text, sizeof(text),
			"[Appliance]\nKind=boiler\n[Source main]\nBus=b\nUnit=%u\nProfile=t\n", i);
		scratch_put(dir, name, text);
	}
	scratch_put(dir, "profiles/t.profile", profile);
	scratch_put(dir, "rules/t.rules", rules);
	scratch_put(dir, "knowledge/t.knowledge", knowledge);
	now_us = 1000 * USEC_PER_SEC;
	n_seen = 0;
	m = (struct manager){.options = {.etc = dir, .vendor = "/nonexistent"},
		.next_finding_id = 1,
		.findings_loaded = true,
		.boot_id = 1};
	assert_int_equal(config_load(dir, "/nonexistent", &m.problems, &m.config), 0);
	assert_int_equal(manager_build(&m, NULL), 0);
	assert_int_equal(manager_rules_start(&m), 0);
	assert_int_equal(manager_care_start(&m), 0);
	for (size_t i = 0; i < m.problems.n; i++) {
		problem_format(line, sizeof(line), &m.problems.v[i]);
		print_message("%s\n", line);
	}
	assert_int_equal(m.problems.n_errors, 0);
	assert_int_equal(m.n_units, 3);
	for (size_t i = 0; i < m.n_units; i++) {
		m.units[i].rules->loaded = m.units[i].care->loaded = true;
		appliance_source_state(
			m.units[i].appliance, 0, SOURCE_ANSWERING, REASON_NONE, now_us, NULL, NULL);
	}
	return 0;
}

static int teardown(void **state)
{
	manager_stop_units(&m);
	free(m.lines);
	rule_set_free(m.rule_set);
	knowledge_free(m.knowledge);
	config_free(m.config);
	problems_done(&m.problems);
	return scratch_done(dir);
}

struct values {
	double flow, back, pressure; /* NAN: refused */
	int code;
	double starts, fails;
	double past[3], past_at[2]; /* NAN: not read this time */
	double total, hours;
};
static struct values v[3];

static void no_change(struct appliance *a, struct attribute *attr, void *userdata)
{
}

static void poll_unit(struct unit *u, const struct values *x)
{
	const double num[] = {x->flow, x->back, x->pressure, x->code, x->starts, x->fails,
		x->past[0], x->past[1], x->past[2], x->past_at[0], x->past_at[1], x->total,
		x->hours};
	struct finding_clock clock = manager_clock(&m);
	struct reading r[ARRAY_SIZE(num)];

	for (uint16_t i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = isnan(num[i]) ? (struct reading){.point = i,
					       .quality = QUALITY_UNAVAILABLE,
					       .reason = REASON_EXCEPTION,
					       .t_us = now_us}
				     : (struct reading){.point = i,
					       .type = VALUE_NUMBER,
					       .num = num[i],
					       .raw = (int64_t)num[i],
					       .t_us = now_us};
	appliance_apply(u->appliance, 0, r, ARRAY_SIZE(r), no_change, NULL);
	diagnose_apply(&u->diagnose, 0, r, ARRAY_SIZE(r), &clock, manager_unit_finding, u);
	manager_rules_readings(u, r, ARRAY_SIZE(r));
}

/* SECONDS go by, ten at a time, with a poll each. */
static void run(double seconds)
{
	for (double s = 0; s < seconds; s += 10) {
		now_us += 10 * USEC_PER_SEC;
		for (size_t i = 0; i < m.n_units; i++) {
			struct finding_clock clock = manager_clock(&m);

			poll_unit(&m.units[i], &v[i]);
			(void)diagnose_tick(
				&m.units[i].diagnose, &clock, manager_unit_finding, &m.units[i]);
			m.units[i].n_samples = 0; /* flushed */
		}
		manager_rules_tick(&m);
		manager_care_tick(&m);
	}
}

static void all_well(void)
{
	for (size_t i = 0; i < 3; i++)
		v[i] = (struct values){60, 40, 150, 0, 1000, 10};
	run(600);
	assert_int_equal(n_seen, 0);
}

static struct finding *finding(size_t unit, const char *key)
{
	return findings_by_key(&m.units[unit].diagnose.findings, key);
}

static const struct frozen *frozen(const struct finding *f, const char *name)
{
	for (size_t i = 0; i < f->n_freeze; i++)
		if (streq(f->freeze[i].name, name))
			return &f->freeze[i];
	return NULL;
}

static void test_after(void **state)
{
	const struct seen *raised, *changed;
	struct finding *f;

	all_well();
	v[0].flow = 90;
	run(120);
	raised = last("a1", "hot", FINDING_RAISED);
	assert_non_null(raised);
	assert_false(raised->held);
	assert_null(last("a1", "hot", FINDING_CHANGED));
	f = finding(0, "@rule/hot");
	/* No number that was measured: the sentence leaves at every level, the record is cut down. */
	assert_string_equal(f->meaning_en, "Too hot; likely: Dust");
	assert_true(startswith(f->meaning_zh, "过热；很可能是") &&
		    !strpbrk(f->meaning_zh, "0123456789"));
	/* The points of the rule come first in the frame. */
	assert_string_equal(f->freeze[0].name, "return.temperature");
	assert_string_equal(f->freeze[1].name, "flow.temperature");
	assert_string_equal(frozen(f, "flow.temperature")->value, "90");
	assert_string_equal(frozen(f, "flow.temperature")->before, "60");
	assert_string_equal(frozen(f, "flow.temperature")->after, "");
	v[0].flow = 95;
	run(220);
	assert_null(last("a1", "hot", FINDING_CHANGED));
	run(60);
	changed = last("a1", "hot", FINDING_CHANGED);
	assert_non_null(changed);
	assert_in_range(changed->t_us - raised->t_us, 300 * USEC_PER_SEC, 320 * USEC_PER_SEC);
	assert_string_equal(frozen(f, "flow.temperature")->after, "95");
	/* Once, and not every five minutes. */
	run(1200);
	assert_ptr_equal(last("a1", "hot", FINDING_CHANGED), changed);
}

static void test_one_a_day(void **state)
{
	const struct seen *first, *second;

	all_well();
	v[0].flow = 90;
	run(120);
	first = last("a1", "hot", FINDING_RAISED);
	v[0].pressure = 40;
	run(120);
	second = last("a1", "low", FINDING_RAISED);
	assert_non_null(second);
	assert_true(second->held); /* in the house at once, upstream tomorrow */
	assert_int_equal(told("a1"), 1);
	assert_string_equal(unit_health(&m.units[0]), "warning");
	assert_true(unit_problem(&m.units[0]));
	/* Danger waits for nobody, and is no message of the day. */
	v[0].pressure = 5;
	run(20);
	assert_int_equal(told("a1"), 2);
	assert_string_equal(unit_health(&m.units[0]), "critical");
	v[0].pressure = 40;
	/* Another appliance has a day of its own. */
	v[1].flow = 90;
	run(120);
	assert_int_equal(told("a2"), 1);
	run(86400 - 600);
	assert_int_equal(told("a1"), 2);
	run(700);
	assert_int_equal(told("a1"), 3);
	second = last("a1", "low", FINDING_RAISED);
	assert_false(second->held);
	assert_in_range(second->t_us - first->t_us, 86400 * USEC_PER_SEC, 86420 * USEC_PER_SEC);
}

/* One that is over before its day has come is never told. */
static void test_held_and_gone(void **state)
{
	all_well();
	v[0].flow = 90;
	run(120);
	v[0].pressure = 40;
	run(120);
	v[0].pressure = 150;
	run(600);
	assert_int_equal(finding(0, "@rule/low")->state, FINDING_GONE);
	run(2 * 86400);
	assert_int_equal(told("a1"), 1);
}

static void test_common(void **state)
{
	all_well();
	for (size_t i = 0; i < 3; i++)
		v[i].code = 7;
	run(60);
	for (size_t i = 0; i < 3; i++)
		assert_true(finding_is_active(finding(i, "main/7")));
	assert_int_equal(told("a1") + told("a2") + told("a3"), 1);
	assert_string_equal(finding(0, "main/7")->common, "");
	assert_string_equal(finding(1, "main/7")->common, "any.mains_dip");
	assert_string_equal(finding(2, "main/7")->common, "any.mains_dip");
	/* What is one appliance's own is told by each. */
	for (size_t i = 0; i < 3; i++)
		v[i].code = 9;
	run(60);
	assert_int_equal(told("a1"), 2);
	assert_int_equal(told("a2"), 1);
	assert_int_equal(told("a3"), 1);
	/* A second dip, a day later, is news. */
	for (size_t i = 0; i < 3; i++)
		v[i].code = 0;
	run(86400);
	v[1].code = 7;
	run(60);
	assert_int_equal(told("a2"), 2);
	assert_string_equal(finding(1, "main/7")->common, "");
}

static void test_returned(void **state)
{
	const char *record;

	all_well();
	v[0].flow = 91;
	run(120);
	assert_null(strstr(finding(0, "@rule/hot")->diagnosis, "earlier"));
	v[0].flow = 60;
	run(2 * 86400);
	assert_int_equal(finding(0, "@rule/hot")->state, FINDING_GONE);
	v[0].flow = 97;
	run(120);
	record = finding(0, "@rule/hot")->diagnosis;
	assert_non_null(strstr(record, "\"value\":97"));
	record = strstr(record, "\"earlier\":{\"times\":1,");
	assert_non_null(record);
	assert_non_null(strstr(record, "\"value\":91,"));
	assert_int_equal(finding(0, "@rule/hot")->times, 2);
}

static void test_lost(void **state)
{
	const struct finding *f;

	all_well();
	v[0].flow = v[0].back = NAN;
	run(1200);
	f = finding(0, "@rule/data_lost");
	assert_non_null(f);
	assert_int_equal(told("a1"), 1);
	assert_int_equal(n_seen, 1);
	assert_non_null(
		strstr(f->diagnosis, "\"points\":[\"flow.temperature\",\"return.temperature\"]"));
	assert_non_null(strstr(f->meaning_en, "Readings are missing: "));
	/* A third one: the same finding says so, as a change. */
	v[0].pressure = NAN;
	run(1800);
	assert_non_null(last("a1", "data_lost", FINDING_CHANGED));
	assert_non_null(strstr(f->diagnosis, "\"return.temperature\",\"water.pressure\"]"));
	assert_int_equal(told("a1"), 1);
	v[0] = v[1];
	run(600);
	assert_int_equal(f->state, FINDING_GONE);
	/* The whole source silent is the bus's to tell. */
	appliance_source_state(
		m.units[1].appliance, 0, SOURCE_SILENT, REASON_NO_REPLY, now_us, no_change, NULL);
	for (unsigned i = 0; i < 360; i++) {
		now_us += 10 * USEC_PER_SEC;
		manager_rules_tick(&m);
	}
	assert_null(finding(1, "@rule/data_lost"));
}

static void test_care_due(void **state)
{
	const struct finding *f;
	struct maintenance_status s;

	all_well();
	assert_string_equal(unit_health(&m.units[0]), "ok");
	for (unsigned day = 0; day < 28; day++) {
		now_us += USEC_PER_DAY - 60 * USEC_PER_SEC;
		run(60);
	}
	maintenance_status(m.units[0].care->maintenance, 0, &s);
	assert_int_equal(s.state, MAINTENANCE_SOON);
	f = finding(0, "@care/b.clean");
	assert_non_null(f);
	assert_int_equal(f->class, CLASS_MAINTENANCE);
	assert_int_equal(f->severity, SEVERITY_INFO);
	assert_string_equal(unit_health(&m.units[0]), "ok");
	assert_false(last("a1", "b.clean", FINDING_RAISED)->held);
	for (unsigned day = 0; day < 3; day++) {
		now_us += USEC_PER_DAY - 60 * USEC_PER_SEC;
		run(60);
	}
	assert_int_equal(f->severity, SEVERITY_CARE);
	assert_non_null(last("a1", "b.clean", FINDING_CHANGED));
	assert_non_null(strstr(f->meaning_en, "Cleaning: due. Clean it."));
	assert_string_equal(unit_health(&m.units[0]), "notice");
	assert_false(unit_problem(&m.units[0]));
	assert_true(manager_care_has_key(&m.units[0], "@care/b.clean"));
	assert_false(manager_care_has_key(&m.units[0], "@care/b.other"));
	assert_int_equal(manager_care_reset(&m.units[0], "b.clean", WHO_HOUSEHOLD, "me"), 0);
	assert_int_equal(f->state, FINDING_GONE);
	assert_non_null(last("a1", "b.clean", FINDING_CLEARED));
	assert_string_equal(unit_health(&m.units[0]), "ok");
	assert_int_equal(finding_is_active(finding(1, "@care/b.clean")), true);
}

/* A code is gone, and what the rules see of its cause is still there: reset, not repaired. */
static void test_only_reset(void **state)
{
	struct finding *f;
	char *json;

	all_well();
	v[0].flow = 90;
	v[0].code = 9;
	run(180);
	f = finding(0, "main/9");
	assert_true(finding_is_active(f) && finding_is_active(finding(0, "@rule/hot")));
	v[0].code = 0;
	run(60);
	assert_int_equal(f->state, FINDING_GONE);
	assert_int_equal(manager_care_claim(&m.units[0], f, "fitter", "filter", ""), 0);
	manager_care_look(&m.units[0]);
	assert_int_equal(f->repair->state, REPAIR_ONLY_RESET);
	assert_int_equal(manager_care_verify(&m.units[0], f, &json), 0);
	assert_non_null(strstr(json, "\"verdict\":\"only-reset\""));
	assert_non_null(strstr(json, "\"still_seen\":\"hot\""));
	free(json);
	/* The rule sees it no more. That a code stays away proves nothing more. */
	v[0].flow = 60;
	run(300);
	manager_care_look(&m.units[0]);
	assert_int_equal(f->repair->state, REPAIR_CLAIMED);
	/* It is back. */
	v[0].code = 9;
	run(60);
	manager_care_look(&m.units[0]);
	assert_int_equal(f->repair->state, REPAIR_RETURNED);
}

static void test_own_attributes(void **state)
{
	const struct attribute *health, *problem;
	char text[32];

	all_well();
	health = appliance_attr(m.units[0].appliance, "health");
	problem = appliance_attr(m.units[0].appliance, "problem");
	assert_true(health && problem && health->seen && problem->seen);
	attribute_format(health, &health->value, text, sizeof(text));
	assert_string_equal(text, "ok");
	assert_int_equal(problem->value.code, 0);
	v[0].flow = 90;
	run(130);
	attribute_format(health, &health->value, text, sizeof(text));
	assert_string_equal(text, "notice");
	assert_int_equal(problem->value.code, 1);
	assert_string_equal(attribute_label(health, false), "Health");
	/* Always of now. */
	assert_true(now_us - health->value.t_us <= 10 * USEC_PER_SEC);
}

/* The burner failed ten times in a thousand starts before: how often since? */
static void test_since_attached(void **state)
{
	const struct since_counter *c = &m.units[0].rules->since.counters[0];
	char *json;

	all_well();
	assert_true(c->known && c->failures_before == 10 && c->tries_before == 1000);
	for (unsigned i = 0; i < 100; i++) { /* as before, and by chance a little more */
		v[0].starts += 5;
		v[0].fails += i % 12 == 0;
		v[1].starts += 5;
		v[1].fails += i % 5 == 0;
		run(60);
	}
	assert_true(c->failures == 9 && c->tries == 500);
	assert_false(manager_since_rose(c));
	assert_null(finding(0, "@since/ignition_failures"));
	/* The other appliance fails four times as often: said once. */
	assert_true(manager_since_rose(&m.units[1].rules->since.counters[0]));
	assert_true(finding_is_active(finding(1, "@since/ignition_failures")));
	assert_int_equal(finding(1, "@since/ignition_failures")->class, CLASS_WARNING);
	assert_int_equal(told("a2"), 1);
	assert_non_null(strstr(
		finding(1, "@since/ignition_failures")->meaning_en, "tries, before that 10.0"));
	/* Misread for a moment, then set back by a technician: neither counts. */
	v[0].fails = 65000;
	run(20);
	v[0].fails = 0;
	v[0].starts = 0;
	run(20);
	v[0].starts = 3;
	run(20);
	assert_true(c->failures == 9 && c->tries == 503);
	/* Codes of its own. */
	v[0].code = 9;
	run(60);
	assert_int_equal(m.units[0].rules->since.own_codes, 1);
	json = manager_since_json(&m.units[0]);
	assert_non_null(json);
	assert_non_null(
		strstr(json, "\"own_codes\":1,\"counters\":[{\"name\":\"ignition_failures\","
			     "\"of\":\"burner_starts\",\"before\":10,\"of_before\":1000,"
			     "\"after\":9,\"of_after\":503,\"rose\":false},"));
	free(json);
}

static bool said(const char *part)
{
	char *json = manager_since_json(&m.units[0]);
	bool found = json && strstr(json, part);

	if (!found)
		print_message("%s\nnot in %s\n", part, json);
	free(json);
	return found;
}

/* Codes of the maker's own list: old ones are old, whenever they are read first; none is a finding. */
static void test_past(void **state)
{
	struct past_list *p = m.units[0].rules->past;

	assert_non_null(p);
	for (size_t i = 0; i < 3; i++)
		v[i] = (struct values){.flow = 60,
			.back = 40,
			.pressure = 150,
			.starts = 1000,
			.fails = 10,
			.past = {7, 9, NAN},
			.past_at = {1200, 900},
			.total = 4,
			.hours = 2000};
	run(60);
	assert_true(
		said("\"past\":{\"unit\":\"h\",\"before\":[{\"code\":\"7\",\"meaning\":\"Mains\","
		     "\"meaning_zh\":\"市电\",\"at\":1200},{\"code\":\"9\",\"meaning\":\"Hot\","
		     "\"meaning_zh\":\"热\",\"at\":900}],\"after\":[]}"));
	/* A slot that could not be read until now. */
	v[0].past[2] = 7;
	run(60);
	assert_true(p->n_before == 3 && p->n_after == 0);
	/* The list shifts: 5 is new, the others are not; and a second 7, at another time. */
	v[0].past[0] = 5;
	v[0].past_at[0] = 2001;
	v[0].past[1] = 7;
	v[0].past_at[1] = 1200;
	run(60);
	assert_true(said("\"after\":[{\"code\":\"5\",\"at\":2001}]}"));
	v[0].past[1] = 5;
	v[0].past_at[1] = 2001;
	v[0].past[0] = 7;
	v[0].past_at[0] = 2010;
	run(60);
	assert_true(p->n_before == 3 && p->n_after == 2);
	/* The code of one look and the hour of another are no entry. */
	v[0].past[0] = 9;
	v[0].past_at[0] = NAN;
	run(60);
	assert_int_equal(p->n_after, 2);
	assert_int_equal(n_seen, 0);
	/* It goes with the state of the rules. */
	manager_rules_take(&m.units[1], &m.units[0]);
	assert_memory_equal(m.units[1].rules->past, p, sizeof(*p));
	/* Hostile bytes from the journal. */
	assert_true(manager_past_good(p));
	p->n_after = PAST_MAX + 1;
	assert_false(manager_past_good(p));
	p->n_after = 2;
	memset(p->after[1].code, 'x', sizeof(p->after[1].code));
	assert_false(manager_past_good(p));
}

/* A counter of the maker's, which the profile sets against the hours of operation. */
static void test_failures_of(void **state)
{
	all_well();
	for (size_t i = 0; i < 3; i++)
		v[i].total = 4;
	for (size_t i = 0; i < 3; i++)
		v[i].hours = 2000;
	m.units[0].rules->since.counters[1] = (struct since_counter){0};
	run(60);
	assert_true(said(
		"{\"name\":\"vendor.total\",\"of\":\"vendor.hours\",\"before\":4,\"of_before\":2000,"
		"\"after\":0,\"of_after\":0,\"rose\":false}]"));
	for (unsigned i = 0; i < 8; i++) {
		v[0].hours += 20;
		v[0].total += 1;
		run(60);
	}
	assert_true(finding_is_active(finding(0, "@since/vendor.total")));
	assert_non_null(strstr(finding(0, "@since/vendor.total")->meaning_en,
		"50 in 1000 hours, before that 2.0"));
}

/* Every profile that is shipped, with all its points, has room for the rules of its kind; and a set value is no
 * sensor. */
static void test_shipped(void **state)
{
	const char *top = getenv("SRCDIR") ? getenv("SRCDIR") : ".";
	char vendor[512], path[600];
	unsigned n = 0, measured = 0;
	struct dirent *e;
	DIR *d;

	(void)snprintf(vendor, sizeof(vendor), "%s/etc", top);
	(void)snprintf(path, sizeof(path), "%s/profiles", vendor);
	scratch_new(dir);
	scratch_put(dir, "hearthd.conf",
		"[Bus b]\nDevice=tcp:127.0.0.1:1\n[Bus s]\nDevice=serial:/dev/ttyS9\n");
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d))) {
		char name[300], text[400];

		if (!endswith(e->d_name, ".profile"))
			continue;
		(void)snprintf(name, sizeof(name), "appliances.d/p%u.conf", ++n);
		(void)snprintf(text, sizeof(text),
			"[Appliance]\n[Source main]\nBus=%s\nProfile=%.*s\n",
			streq(e->d_name, "mitsubishi-cn105.profile") ? "s" : "b",
			(int)(strlen(e->d_name) - strlen(".profile")), e->d_name);
		if (!streq(e->d_name, "mitsubishi-cn105.profile"))
			(void)snprintf(
				text + strlen(text), sizeof(text) - strlen(text), "Unit=%u\n", n);
		scratch_put(dir, name, text);
	}
	(void)closedir(d);
	assert_true(n >= 46);
	m = (struct manager){.options = {.etc = dir, .vendor = vendor}, .next_finding_id = 1};
	assert_int_equal(config_load(dir, vendor, &m.problems, &m.config), 0);
	assert_int_equal(manager_build(&m, NULL), 0);
	assert_int_equal(manager_rules_start(&m), 0);
	for (size_t i = 0; i < m.problems.n; i++) {
		problem_format(path, sizeof(path), &m.problems.v[i]);
		print_message("%s\n", path);
	}
	assert_int_equal(m.problems.n, 0);
	assert_int_equal(m.n_units, n);
	for (size_t i = 0; i < m.n_units; i++)
		for (unsigned k = 0; k < rules_count(m.units[i].rules->engine); k++) {
			const char *name = rules_name(m.units[i].rules->engine, k);

			measured += startswith(name, "sensor_range/") != NULL;
			assert_false(
				startswith(name, "sensor_range/") && endswith(name, "setpoint"));
		}
	assert_true(measured > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_after, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held_and_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_common, setup, teardown),
		cmocka_unit_test_setup_teardown(test_returned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
		cmocka_unit_test_setup_teardown(test_care_due, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_attributes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_since_attached, setup, teardown),
		cmocka_unit_test_setup_teardown(test_past, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failures_of, setup, teardown),
		cmocka_unit_test_teardown(test_shipped, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
