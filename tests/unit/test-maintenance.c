/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/diagnosis/maintenance.h"

#include <math.h>

#define COMMON \
	"Name=a\nName[zh_CN]=a\nPart=a\nPart[zh_CN]=a\nText=a\nText[zh_CN]=a\nWho=household\n" \
	"Danger=none\nMinutes=1\nSources=a\n"
#define HOUR  3600.0
#define START 1800000000 /* a wall clock that is set */

static const char items[] =
	"[Maintenance t.rate]\nKinds=ventilation_unit\n" COMMON
	"Rate=switch(on_off, 0, default(supply.fan_percent / 100 %, 1))\nEvery=100 h\n"
	"[Maintenance t.time]\nKinds=ventilation_unit\n" COMMON "Calendar=100d\nRemind=20 %\n"
	"[Maintenance t.own]\nKinds=ventilation_unit\n" COMMON "Left=filter.condition\nLeftDue=5\n"
	"[Maintenance t.energy]\nKinds=ventilation_unit\n" COMMON
	"Total=energy_imported\nEvery=500 kWh\n"
	"[Maintenance t.volume]\nKinds=water_purifier\n" COMMON "Rate=flow.rate\nEvery=4000 L\n";

struct rig {
	struct knowledge *k;
	const struct model_kind *kind;
	struct maintenance *m;
	struct expr_value v[128];
	double t;
	int64_t wall; /* 0 = not set */
	unsigned changes[4];
};

static void rig_new(struct rig *r, const char *kind, const bool *present)
{
	struct problems p = {0};

	*r = (struct rig){.wall = START};
	assert_int_equal(knowledge_load_buffer(items, strlen(items), "t", NULL, &p, &r->k), 0);
	assert_int_equal(p.n, 0);
	r->kind = model_kind_by_name(kind);
	assert_true(r->kind->n_attrs <= ARRAY_SIZE(r->v));
	for (size_t i = 0; i < ARRAY_SIZE(r->v); i++)
		r->v[i] = expr_unknown(QUALITY_ABSENT, REASON_NONE);
	assert_int_equal(maintenance_new(r->k, r->kind, present, 60, &r->m), 0);
}

static void rig_done(struct rig *r)
{
	maintenance_free(r->m);
	knowledge_free(r->k);
}

static void set(struct rig *r, const char *name, double v)
{
	int i = model_attr_index(r->kind, name);

	assert_true(i >= 0);
	r->v[i] = isnan(v) ? expr_unknown(QUALITY_STALE, REASON_NONE) : expr_good(v);
}

static void changed(struct maintenance *m, unsigned i, enum maintenance_state from,
	enum maintenance_state to, void *userdata)
{
	((struct rig *)userdata)->changes[to]++;
}

static void run(struct rig *r, double seconds, double step)
{
	for (double left = seconds; left > -1e-6; left -= step) {
		maintenance_step(r->m, (uint64_t)(r->t * 1e6), r->wall, r->v, changed, r);
		if (left < step)
			break;
		r->t += step;
		if (r->wall)
			r->wall += (int64_t)step;
	}
}

static struct maintenance_status status(struct rig *r, const char *id)
{
	struct maintenance_status s;
	int i = maintenance_find(r->m, id);

	assert_true(i >= 0);
	maintenance_status(r->m, (unsigned)i, &s);
	return s;
}

static void test_rate(void **state)
{
	struct rig r;
	struct maintenance_status s;

	rig_new(&r, "ventilation_unit", NULL);
	set(&r, "on_off", 0);
	run(&r, 10 * HOUR, 60);
	assert_true(status(&r, "t.rate").used < 1e-9);
	set(&r, "on_off", 1);
	set(&r, "supply.fan_percent", 50);
	run(&r, 40 * HOUR, 60);
	s = status(&r, "t.rate");
	assert_true(fabs(s.used - 20) < 0.05 && fabs(s.share - 0.2) < 0.001);
	assert_int_equal(s.state, MAINTENANCE_OK);
	assert_int_equal(s.reason, MAINTENANCE_BY_USE);
	assert_true(isnan(s.days_left));
	/* a fan whose speed nobody knows wears in full */
	r.v[model_attr_index(r.kind, "supply.fan_percent")] =
		expr_unknown(QUALITY_ABSENT, REASON_NONE);
	run(&r, 69 * HOUR, 60);
	s = status(&r, "t.rate");
	assert_true(fabs(s.used - 89) < 0.1);
	assert_int_equal(s.state, MAINTENANCE_OK);
	run(&r, 2 * HOUR, 60);
	assert_int_equal(status(&r, "t.rate").state, MAINTENANCE_SOON);
	run(&r, 10 * HOUR, 60);
	assert_int_equal(status(&r, "t.rate").state, MAINTENANCE_DUE);
	assert_int_equal(r.changes[MAINTENANCE_SOON], 1);
	assert_int_equal(r.changes[MAINTENANCE_DUE], 1);
	rig_done(&r);
}

/* Nothing is counted through a hole, and it is told. */
static void test_holes(void **state)
{
	struct rig r;
	struct maintenance_status s;

	rig_new(&r, "ventilation_unit", NULL);
	set(&r, "on_off", 1);
	set(&r, "supply.fan_percent", 100);
	run(&r, 10 * HOUR, 60);
	r.t += 5 * HOUR; /* the gateway was off */
	run(&r, 1 * HOUR, 60);
	s = status(&r, "t.rate");
	assert_true(fabs(s.used - 11.05) < 0.001); /* a sample lasts three periods */
	assert_true(fabs(s.missing_h - 4.95) < 0.001);
	set(&r, "on_off", NAN);
	run(&r, 2 * HOUR, 60);
	s = status(&r, "t.rate");
	assert_true(fabs(s.used - 11.05) < 0.001 && fabs(s.missing_h - 6.95) < 0.001);
	rig_done(&r);
}

static void test_time(void **state)
{
	struct rig r;
	struct maintenance_status s;

	rig_new(&r, "ventilation_unit", NULL);
	r.wall = 0;
	run(&r, 10 * HOUR, HOUR);
	assert_int_equal(status(&r, "t.time").state, MAINTENANCE_NOT_KNOWN);
	r.wall = START;
	run(&r, 79 * 24 * HOUR, HOUR);
	s = status(&r, "t.time");
	assert_int_equal(s.state, MAINTENANCE_OK);
	assert_true(fabs(s.days_left - 21) < 0.1);
	run(&r, 2 * 24 * HOUR, HOUR);
	assert_int_equal(status(&r, "t.time").state, MAINTENANCE_SOON);
	/* a clock that was an hour ahead changes nothing; one that is years back neither */
	r.wall -= 3600;
	run(&r, HOUR, HOUR);
	assert_int_equal(status(&r, "t.time").state, MAINTENANCE_SOON);
	run(&r, 20 * 24 * HOUR, HOUR);
	s = status(&r, "t.time");
	assert_int_equal(s.state, MAINTENANCE_DUE);
	assert_int_equal(s.reason, MAINTENANCE_BY_TIME);
	assert_true(s.days_left >= 0 && s.days_left < 0.001);
	assert_int_equal(r.changes[MAINTENANCE_DUE], 1);
	rig_done(&r);
}

static void test_own(void **state)
{
	struct rig r;
	struct maintenance_record rec[MAINTENANCE_RECORDS];
	unsigned i;

	rig_new(&r, "ventilation_unit", NULL);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_NOT_KNOWN);
	set(&r, "filter.condition", 60);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_OK);
	set(&r, "filter.condition", 14);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_SOON);
	set(&r, "filter.condition", 5);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_DUE);
	set(&r, "filter.condition", 6); /* flickers */
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_DUE);
	set(&r, "filter.condition", NAN);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_DUE);
	set(&r, "filter.condition", 100);
	run(&r, HOUR, 60);
	assert_int_equal(status(&r, "t.own").state, MAINTENANCE_OK);
	i = (unsigned)maintenance_find(r.m, "t.own");
	assert_int_equal(maintenance_records(r.m, i, rec), 1);
	assert_string_equal(rec[0].by, "appliance");
	assert_true(fabs(rec[0].share - 0.94) < 1e-9);
	rig_done(&r);
}

static void test_total(void **state)
{
	struct rig r;
	static const struct {
		double v, used;
	} steps[] = {
		{1000, 0},
		{1100, 100},
		{NAN, 100},
		{1150, 150},
		{11500, 150}, /* misread by ten: not believed ... */
		{1160, 160},  /* ... and forgotten */
		{0, 160},     /* one zero */
		{1170, 170},
		{3, 170}, /* a new meter: believed when the next value stands by it */
		{5, 172},
		{25, 192},
		{900, 192}, /* a leap past a whole life that stays */
		{901, 1068},
	};

	rig_new(&r, "ventilation_unit", NULL);
	run(&r, 60, 60);
	assert_int_equal(status(&r, "t.energy").state, MAINTENANCE_NOT_KNOWN);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		set(&r, "energy_imported", steps[i].v);
		r.t += 60;
		run(&r, 0, 60);
		if (fabs(status(&r, "t.energy").used - steps[i].used) > 1e-9)
			fail_msg("%zu: %g", i, status(&r, "t.energy").used);
	}
	assert_int_equal(status(&r, "t.energy").state, MAINTENANCE_DUE);
	rig_done(&r);
}

static void test_volume(void **state)
{
	struct rig r;
	struct maintenance_status s;

	rig_new(&r, "water_purifier", NULL);
	assert_int_equal(maintenance_count(r.m), 1);
	set(&r, "flow.rate", 0.1);
	run(&r, 10 * HOUR, 60);
	s = status(&r, "t.volume");
	assert_true(fabs(s.used - 1) < 0.001 && fabs(s.every - 4) < 1e-9);
	rig_done(&r);
}

static void test_absent(void **state)
{
	bool present[128] = {0};
	struct rig r;

	rig_new(&r, "ventilation_unit", present);
	assert_int_equal(maintenance_count(r.m), 1); /* the calendar alone */
	assert_true(maintenance_find(r.m, "t.time") >= 0);
	rig_done(&r);
	present[model_attr_index(model_kind_by_name("ventilation_unit"), "on_off")] = true;
	rig_new(&r, "ventilation_unit", present);
	assert_int_equal(maintenance_count(r.m), 2);
	rig_done(&r);
}

static void test_reset(void **state)
{
	struct rig r;
	struct maintenance_status s;
	struct maintenance_record rec[MAINTENANCE_RECORDS];
	unsigned i;

	rig_new(&r, "ventilation_unit", NULL);
	set(&r, "on_off", 1);
	i = (unsigned)maintenance_find(r.m, "t.rate");
	for (unsigned k = 0; k < 6; k++) {
		char by[32];

		run(&r, (10 + k) * HOUR, 60);
		(void)snprintf(by, sizeof(by), "visit %u", k);
		assert_int_equal(maintenance_reset(r.m, i, WHO_MANUFACTURER, by, r.wall), 0);
		s = status(&r, "t.rate");
		assert_true(s.used == 0 && s.state == MAINTENANCE_OK && s.since_s == r.wall);
	}
	assert_int_equal(maintenance_records(r.m, i, rec), MAINTENANCE_RECORDS);
	assert_string_equal(rec[0].by, "visit 5");
	assert_string_equal(rec[3].by, "visit 2");
	assert_true(fabs(rec[0].share - 0.15) < 0.001);
	assert_int_equal(rec[0].who, WHO_MANUFACTURER);
	assert_int_equal(rec[0].at_s, r.wall);
	assert_int_equal(maintenance_reset(r.m, 99, WHO_HOUSEHOLD, "", 0), -ENOENT);
	assert_int_equal(maintenance_reset(r.m, i, WHO_HOUSEHOLD, "\xff", 0), -EINVAL);
	rig_done(&r);
}

static void test_bytes(void **state)
{
	struct rig a, b;
	uint8_t *p, *q;
	size_t n, m;

	rig_new(&a, "ventilation_unit", NULL);
	set(&a, "on_off", 1);
	set(&a, "filter.condition", 40);
	set(&a, "energy_imported", 77);
	run(&a, 30 * HOUR, 60);
	assert_int_equal(maintenance_reset(a.m, 0, WHO_PLUMBER, "Meier", a.wall), 0);
	run(&a, 20 * HOUR, 60);
	assert_int_equal(maintenance_save(a.m, &p, &n), 0);
	rig_new(&b, "ventilation_unit", NULL);
	assert_int_equal(maintenance_load(b.m, p, n), 0);
	assert_int_equal(maintenance_save(b.m, &q, &m), 0);
	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	assert_true(fabs(status(&b, "t.rate").used - status(&a, "t.rate").used) < 1e-12);
	/* cut anywhere, and any byte changed: refused or loaded, never half */
	for (size_t i = 0; i < n; i++) {
		assert_true(maintenance_load(b.m, p, i) < 0);
		q[i] ^= 0x5a;
		(void)maintenance_load(b.m, q, n);
		q[i] ^= 0x5a;
	}
	q[0] = 9;
	assert_int_equal(maintenance_load(b.m, q, n), -EPROTONOSUPPORT);
	rig_done(&b);
	/* another kind: nothing fits */
	rig_new(&b, "water_purifier", NULL);
	assert_int_equal(maintenance_load(b.m, p, n), 4);
	rig_done(&b);
	free(p);
	free(q);
	rig_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
