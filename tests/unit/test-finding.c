/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/appliance/finding.h"

struct count {
	int raised, changed, cleared;
	uint64_t last_id;
};

static void on_change(struct findings *f, struct finding *v, enum finding_change change, void *u)
{
	struct count *c = u;

	switch (change) {
	case FINDING_RAISED:
		c->raised++;
		break;
	case FINDING_CHANGED:
		c->changed++;
		break;
	case FINDING_CLEARED:
		c->cleared++;
		break;
	}
	c->last_id = v->id;
}

static const struct finding_template e4 = {.code = "E4",
	.meaning_en = "Low pressure",
	.meaning_zh = "低压",
	.severity = SEVERITY_SERVICE};

#define AT(s) \
	(&(struct finding_clock){.now_us = (s)*USEC_PER_SEC, \
		.wall_us = 1795219200000000 + (int64_t)(s)*1000000, \
		.holdoff_us = 10 * USEC_PER_SEC, \
		.next_id = &next_id})

static void test_raised_and_cleared_once(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 7;

	for (uint64_t s = 100; s <= 160; s += 5)
		findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(s), on_change, &c);
	assert_int_equal(c.raised, 1);
	assert_int_equal(c.last_id, 7);
	assert_int_equal(findings_active(&f, NULL, NULL), 1);
	assert_int_equal(f.v[0]->first_us, 100 * USEC_PER_SEC);
	/* Flickers inside the hold-off: still one episode. */
	findings_observe(&f, "main/E4", OBSERVED_ABSENT, NULL, AT(165), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(170), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_ABSENT, NULL, AT(175), on_change, &c);
	assert_int_equal(findings_tick(&f, AT(180), on_change, &c), 185 * USEC_PER_SEC);
	assert_int_equal(c.cleared, 0);
	(void)findings_tick(&f, AT(185), on_change, &c);
	assert_int_equal(c.cleared, 1);
	assert_int_equal(f.v[0]->cleared_us, 175 * USEC_PER_SEC);
	assert_int_equal(f.v[0]->cleared_wall_us, 1795219200000000 + 175000000);
	/* Back again: the same finding, its second episode. */
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(300), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(310), on_change, &c);
	assert_int_equal(c.raised, 2);
	assert_int_equal(f.v[0]->id, 7);
	assert_int_equal(f.v[0]->times, 2);
	findings_done(&f);
}

static void test_a_blip_is_never_told(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 1;

	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(100), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_ABSENT, NULL, AT(105), on_change, &c);
	(void)findings_tick(&f, AT(200), on_change, &c);
	assert_int_equal(c.raised + c.cleared, 0);
	assert_int_equal(f.n, 0);
	assert_int_equal(next_id, 1);
	findings_done(&f);
}

static void test_unknown_freezes(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 1;

	findings_observe(&f, "k", OBSERVED_UNKNOWN, &e4, AT(1), on_change, &c);
	assert_int_equal(f.n, 0);
	findings_observe(&f, "k", OBSERVED_PRESENT, &e4, AT(100), on_change, &c);
	findings_observe(&f, "k", OBSERVED_UNKNOWN, NULL, AT(150), on_change, &c);
	(void)findings_tick(&f, AT(500), on_change, &c);
	assert_int_equal(c.raised, 0); /* time alone raises nothing */
	findings_observe(&f, "k", OBSERVED_PRESENT, &e4, AT(501), on_change, &c);
	assert_int_equal(c.raised, 1);
	findings_observe(&f, "k", OBSERVED_UNKNOWN, NULL, AT(5000), on_change, &c);
	(void)findings_tick(&f, AT(9000), on_change, &c);
	assert_int_equal(c.cleared, 0);
	findings_done(&f);
}

static void test_danger_at_once(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 1;
	struct finding_template t = {.code = "CO", .severity = SEVERITY_DANGER};
	enum severity worst;

	findings_observe(&f, "k", OBSERVED_PRESENT, &t, AT(100), on_change, &c);
	assert_int_equal(c.raised, 1);
	assert_int_equal(findings_active(&f, NULL, &worst), 1);
	assert_int_equal(worst, SEVERITY_DANGER);
	findings_done(&f);
}

static void test_bound(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 1;
	char key[16];

	for (unsigned i = 0; i < 200;
		i++) { /* 200 episodes of different codes, one after another */
		snprintf(key, sizeof(key), "k%u", i);
		findings_observe(&f, key, OBSERVED_PRESENT, &e4, AT(i * 100), on_change, &c);
		findings_observe(&f, key, OBSERVED_PRESENT, &e4, AT(i * 100 + 20), on_change, &c);
		findings_observe(&f, key, OBSERVED_ABSENT, NULL, AT(i * 100 + 30), on_change, &c);
		(void)findings_tick(&f, AT(i * 100 + 60), on_change, &c);
	}
	assert_int_equal(c.raised, 200);
	assert_int_equal(c.cleared, 200);
	assert_true(f.n <= FINDINGS_KEPT + 1);
	assert_non_null(findings_by_id(&f, 200));
	assert_null(findings_by_id(&f, 1));
	for (unsigned i = 0; i < 100; i++) { /* at once: the bound refuses, counted */
		snprintf(key, sizeof(key), "x%u", i);
		findings_observe(&f, key, OBSERVED_PRESENT, &e4, AT(90000), on_change, &c);
	}
	assert_int_equal(f.n, FINDINGS_MAX);
	assert_true(f.refused > 0);
	findings_done(&f);
}

static void test_pack(void **state)
{
	struct findings f = {0}, g = {0};
	struct count c = {0};
	uint64_t next_id = 41;
	struct finding *v;
	char *text, kind[16], subject[33];
	size_t n;

	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(100), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(120), on_change, &c);
	f.v[0]->freeze = calloc(FREEZE_MAX, sizeof(struct frozen));
	f.v[0]->n_freeze = 1;
	f.v[0]->freeze[0] = (struct frozen){
		.name = "flow.temperature", .value = "21.5", .before = "35", .unit = "°C"};
	(void)str_copy(f.v[0]->component, sizeof(f.v[0]->component), "a\nb|c\\d");
	assert_int_equal(finding_pack(f.v[0], "appliance", "ac-living", &text, &n), 0);
	assert_int_equal(finding_unpack(text, n, kind, subject, &v), 0);
	assert_string_equal(kind, "appliance");
	assert_string_equal(subject, "ac-living");
	assert_string_equal(v->component, "a\nb|c\\d");
	assert_string_equal(v->meaning_zh, "低压");
	assert_int_equal(v->id, 41);
	assert_int_equal(v->n_freeze, 1);
	assert_string_equal(v->freeze[0].before, "35");
	assert_int_equal(v->first_wall_us, f.v[0]->first_wall_us);
	/* After a restart it is not raised a second time, and cleared once. */
	assert_int_equal(findings_restore(&g, v), 0);
	findings_observe(&g, "main/E4", OBSERVED_PRESENT, &e4, AT(10), on_change, &c);
	assert_int_equal(c.raised, 1);
	findings_observe(&g, "main/E4", OBSERVED_ABSENT, NULL, AT(20), on_change, &c);
	(void)findings_tick(&g, AT(40), on_change, &c);
	assert_int_equal(c.cleared, 1);
	/* Any prefix is refused or understood, never more. */
	for (size_t i = 0; i < n; i++)
		if (finding_unpack(text, i, kind, subject, &v) == 0)
			finding_free(v);
	text[7] = '9';
	assert_int_equal(finding_unpack(text, n, kind, subject, &v), -EPROTONOSUPPORT);
	free(text);
	findings_done(&f);
	findings_done(&g);
}

static struct finding *record(uint64_t id, const char *key, enum finding_state state)
{
	struct finding *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	v->id = id;
	v->state = state;
	assert_true(str_copy(v->key, sizeof(v->key), key));
	return v;
}

/* The journal keeps more than a table does, in the order of ids. */
static void test_restore_prefers_the_newest(void **state)
{
	struct findings f = {0};
	char key[16];

	assert_int_equal(findings_restore(&f, record(3, "main/E4", FINDING_GONE)), 0);
	assert_int_equal(findings_restore(&f, record(9, "main/E4", FINDING_ACTIVE)), 0);
	assert_int_equal(f.n, 1);
	assert_int_equal(findings_active(&f, NULL, NULL), 1);
	assert_int_equal(findings_restore(&f, record(9, "main/E4", FINDING_GONE)), -EEXIST);
	assert_int_equal(findings_restore(&f, record(4, "main/E4", FINDING_GONE)), -EEXIST);
	assert_int_equal(findings_by_key(&f, "main/E4")->id, 9);
	assert_true(finding_is_active(f.v[0]));

	for (uint64_t i = 10; i < 200; i++) {
		snprintf(key, sizeof(key), "main/U%u", (unsigned)i);
		assert_int_equal(findings_restore(&f, record(i, key, FINDING_GONE)), 0);
	}
	assert_int_equal(findings_restore(&f, record(200, "main/E5", FINDING_ACTIVE)), 0);
	assert_int_equal(findings_active(&f, NULL, NULL), 2);
	findings_done(&f);
	for (uint64_t i = 1; i <= FINDINGS_MAX; i++) {
		snprintf(key, sizeof(key), "main/U%u", (unsigned)i);
		assert_int_equal(findings_restore(&f, record(i, key, FINDING_ACTIVE)), 0);
	}
	assert_int_equal(findings_restore(&f, record(200, "main/E5", FINDING_ACTIVE)), -ENOSPC);
	findings_done(&f);
}

/* What a profile may say in a line comes back whole: else the event and the record were lost. */
static void test_pack_long_meaning(void **state)
{
	char kind[16], subject[33], *text;
	struct finding *v = record(1, "main/E4", FINDING_ACTIVE), *w;
	size_t n;

	v->meaning_zh = malloc(4000);
	assert_non_null(v->meaning_zh);
	memset(v->meaning_zh, 'x', 3999);
	v->meaning_zh[3999] = '\0';
	assert_int_equal(finding_pack(v, "appliance", "ac", &text, &n), 0);
	assert_int_equal(finding_unpack(text, n, kind, subject, &w), 0);
	assert_string_equal(v->meaning_zh, w->meaning_zh);
	finding_free(v);
	finding_free(w);
	free(text);
}

static bool is_e4(const char *key, void *userdata)
{
	return streq(key, "main/E4");
}

/* A source that is not configured any more is looked at by nobody: its findings end. */
/* A claim comes back as it was; one without its beginning, or of a state nobody knows, is refused. */
static void test_pack_repair(void **state)
{
	char kind[16], subject[33], *text, *p;
	struct finding *v = record(1, "main/E4", FINDING_ACTIVE), *w;
	size_t n;

	v->repair = calloc(1, sizeof(*v->repair));
	assert_non_null(v->repair);
	*v->repair = (struct finding_repair){.state = REPAIR_ONLY_RESET,
		.wall_us = 1234567,
		.times = 3,
		.by = "Firm & Söhne",
		.part = "pump",
		.note = "a|b"};
	assert_int_equal(finding_pack(v, "appliance", "ac", &text, &n), 0);
	assert_int_equal(finding_unpack(text, n, kind, subject, &w), 0);
	assert_non_null(w->repair);
	assert_int_equal(w->repair->state, REPAIR_ONLY_RESET);
	assert_true(w->repair->wall_us == 1234567 && w->repair->times == 3);
	assert_string_equal(w->repair->by, "Firm & Söhne");
	assert_string_equal(w->repair->part, "pump");
	assert_string_equal(w->repair->note, "a|b");
	finding_free(w);
	p = strstr(text, "rstate 3");
	assert_non_null(p);
	p[7] = '4';
	assert_int_equal(finding_unpack(text, n, kind, subject, &w), -EBADMSG);
	memcpy(p, "source", 6); /* no claim to belong to any more */
	assert_int_equal(finding_unpack(text, n, kind, subject, &w), -EBADMSG);
	finding_free(v);
	free(text);
}

static void test_retire(void **state)
{
	static const char *const keys[] = {"main/E4", "gone/E4", "gone/E5", "gone/E6"};
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 1;

	for (size_t i = 0; i < 3; i++) {
		findings_observe(&f, keys[i], OBSERVED_PRESENT, &e4, AT(100), on_change, &c);
		findings_observe(&f, keys[i], OBSERVED_PRESENT, &e4, AT(110), on_change, &c);
	}
	findings_observe(&f, keys[3], OBSERVED_PRESENT, &e4, AT(111), on_change, &c); /* pending */
	assert_int_equal(c.raised, 3);
	findings_retire(&f, is_e4, NULL, AT(112), on_change, &c);
	findings_retire(&f, is_e4, NULL, AT(120), on_change, &c); /* does not begin again */
	(void)findings_tick(&f, AT(122), on_change, &c);
	assert_int_equal(c.cleared, 2);
	assert_int_equal(findings_active(&f, NULL, NULL), 1);
	assert_true(finding_is_active(findings_by_key(&f, "main/E4")));
	assert_null(findings_by_key(&f, "gone/E6"));
	findings_done(&f);
}

static const struct finding_template of_rule = {.code = "boiler_pressure_low",
	.meaning_en = "Water pressure 0.6 bar",
	.severity = SEVERITY_CARE,
	.at_once = true,
	.diagnosis = "{\"rule\":\"boiler_pressure_low\",\"of\":\"a\\\\b | c\"}"};

/* A rule has waited long enough by itself; a code beside it keeps its hold-off. */
static void test_at_once(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 7;

	findings_observe(&f, "@rule/boiler_pressure_low", OBSERVED_PRESENT, &of_rule, AT(100),
		on_change, &c);
	assert_int_equal(c.raised, 1);
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(100), on_change, &c);
	findings_observe(&f, "main/E4", OBSERVED_PRESENT, &e4, AT(111), on_change, &c);
	assert_int_equal(c.raised, 2);
	findings_observe(&f, "main/E4", OBSERVED_ABSENT, NULL, AT(120), on_change, &c);
	findings_observe(
		&f, "@rule/boiler_pressure_low", OBSERVED_ABSENT, NULL, AT(120), on_change, &c);
	assert_int_equal(c.cleared, 1);
	assert_int_equal(findings_active(&f, NULL, NULL), 1);
	assert_int_equal(findings_tick(&f, AT(125), on_change, &c), 130 * USEC_PER_SEC);
	(void)findings_tick(&f, AT(130), on_change, &c);
	assert_int_equal(c.cleared, 2);
	findings_done(&f);
}

static void test_steps_done(void **state)
{
	struct finding v = {.id = 7, .key = "k", .state = FINDING_ACTIVE}, *w;
	char *p, kind[16], subject[33], cause[80];
	size_t n;

	assert_int_equal(finding_step_done(&v, "ac.filter", 0, true, 1), -EINVAL);
	memset(cause, 'a', sizeof(cause) - 1);
	cause[sizeof(cause) - 1] = '\0';
	assert_int_equal(finding_step_done(&v, cause, 1, true, 1), -EINVAL);
	assert_int_equal(finding_step_done(&v, "ac.filter", 1, true, 5000000), 0);
	assert_int_equal(finding_step_done(&v, "ac.filter", 2, false, 6000000), 0);
	/* done again: once, and last */
	assert_int_equal(finding_step_done(&v, "ac.filter", 1, false, 7000000), 0);
	assert_int_equal(v.n_steps, 2);
	assert_int_equal(finding_pack(&v, "appliance", "a", &p, &n), 0);
	assert_int_equal(finding_unpack(p, n, kind, subject, &w), 0);
	free(p);
	assert_int_equal(w->n_steps, 2);
	assert_int_equal(w->steps[0].step, 2);
	assert_string_equal(w->steps[1].cause, "ac.filter");
	assert_true(w->steps[1].step == 1 && !w->steps[1].seen && w->steps[1].wall_us == 7000000);
	finding_free(w);
	/* the latest are kept */
	for (unsigned i = 1; i <= 2 * STEPS_DONE_MAX; i++)
		assert_int_equal(finding_step_done(&v, "b.c", i, true, 0), 0);
	assert_int_equal(v.n_steps, STEPS_DONE_MAX);
	assert_int_equal(v.steps[0].step, STEPS_DONE_MAX + 1);
	free(v.steps);
	/* nonsense from a damaged file */
	for (unsigned i = 0; i < 4; i++) {
		static const char *const bad[] = {
			"step a", "step a 1 2 3", "step a 0 1 3", "step a 1 1 -3"};
		char text[128];

		n = (size_t)snprintf(text, sizeof(text),
			"format 1\nkind appliance\nsubject a\nid 7\nkey k\n%s\n", bad[i]);
		assert_int_equal(finding_unpack(text, n, kind, subject, &w), -EBADMSG);
	}
}

static void test_pack_diagnosis(void **state)
{
	struct findings f = {0};
	struct count c = {0};
	uint64_t next_id = 7;
	char kind[16], subject[33], *record, *broken;
	struct finding *v;
	size_t n;

	findings_observe(&f, "@rule/boiler_pressure_low", OBSERVED_PRESENT, &of_rule, AT(100),
		on_change, &c);
	f.v[0]->held = true;
	f.v[0]->told_wall_us = 1795219200000001;
	f.v[0]->freeze = calloc(FREEZE_MAX, sizeof(*f.v[0]->freeze));
	f.v[0]->n_freeze = 2;
	(void)str_copy(f.v[0]->freeze[0].name, sizeof(f.v[0]->freeze[0].name), "water.pressure");
	(void)str_copy(f.v[0]->freeze[0].after, sizeof(f.v[0]->freeze[0].after), "0.7");
	(void)str_copy(f.v[0]->freeze[1].name, sizeof(f.v[0]->freeze[1].name), "flame");
	assert_int_equal(finding_pack(f.v[0], "appliance", "boiler", &record, &n), 0);
	assert_int_equal(finding_unpack(record, n, kind, subject, &v), 0);
	assert_string_equal(v->diagnosis, of_rule.diagnosis);
	assert_string_equal(v->key, "@rule/boiler_pressure_low");
	assert_true(v->held && v->at_once);
	assert_true(v->told_wall_us == 1795219200000001);
	assert_string_equal(v->freeze[0].after, "0.7");
	assert_string_equal(v->freeze[1].after, "");
	finding_free(v);
	/* One longer than any that was made is none. */
	broken = calloc(1, n + 4096);
	n = (size_t)sprintf(broken, "%.*sdiagnosis ", (int)n, record);
	memset(broken + n, 'x', DIAGNOSIS_MAX + 1);
	broken[n + DIAGNOSIS_MAX + 1] = '\n';
	assert_int_equal(
		finding_unpack(broken, n + DIAGNOSIS_MAX + 2, kind, subject, &v), -EBADMSG);
	free(broken);
	free(record);
	findings_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raised_and_cleared_once),
		cmocka_unit_test(test_a_blip_is_never_told),
		cmocka_unit_test(test_unknown_freezes),
		cmocka_unit_test(test_danger_at_once),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_pack_diagnosis),
		cmocka_unit_test(test_steps_done),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_restore_prefers_the_newest),
		cmocka_unit_test(test_pack_long_meaning),
		cmocka_unit_test(test_pack_repair),
		cmocka_unit_test(test_retire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
