/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before every write: each refusal, each outcome, and a long random life in which no value
 * leaves the bounds, no budget is overspent, no rate exceeded, and what was set is put back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "profile-text.h"

#include "daemon/control/gate.h"

#define S USEC_PER_SEC
#define M USEC_PER_MIN

static const char profile_text[] =
	"[Profile]\nKind=water_heater\nName=Tank\nSource=test\n"
	"[Point mode]\nRead=holding:1\nType=u16\nEnum=0:off 1:eco 2:boost\n"
	"[Point target]\nRead=holding:2\nType=u16\nScale=0.5\nUnit=°C\n"
	"[Point limit]\nRead=holding:3\nType=u16\nUnit=°C\n"
	"[Point offset]\nRead=holding:4\nType=s16\nUnit=K\n"
	"[Point surplus]\nRead=holding:5\nType=u16\nUnit=W\n"
	"[Point lamp]\nRead=holding:6.0\nType=bit\n"
	"[Point horn]\nRead=holding:6.1\nType=bit\n"
	"[Point running]\nRead=coil:9\nType=bit\n"
	/* 0: bounds by an expression, interlock, budget */
	"[Write vendor.target]\nMin=30\nMax=limit\nStep=0.5\nIf=running\nBudget=30\nPerHour=6\n"
	"LeastInterval=10s\nSafe=before\nMaxFor=2h\n"
	/* 1: refreshed, put back to a value */
	"[Write vendor.surplus]\nMin=0\nMax=3000\nVolatile=yes\nExpires=2min\nSafe=0\nPerHour=4\n"
	"LeastInterval=10min\nMaxFor=6h\n"
	/* 2, 3: two bits of one register share its budget */
	"[Write vendor.lamp]\nBudget=40\n"
	"[Write vendor.horn]\nBudget=40\nLeastInterval=1s\nPerHour=30\n"
	/* 4: plain */
	"[Write vendor.offset]\nMin=-5\nMax=5\nVolatile=yes\nPerHour=3\n"
	/* 5, 6: commands */
	"[Write boost]\nTo=coil:20\nPulse=1s\nVolatile=yes\n"
	"[Write vendor.reset]\nTo=holding:99\nFixed=0x99C6\nVolatile=yes\n"
	/* 7: nobody is sure */
	"[Write vendor.mode]\nConfidence=low\n";
enum { P_MODE, P_TARGET, P_LIMIT, P_OFFSET, P_SURPLUS, P_LAMP, P_HORN, P_RUNNING, POINTS };

static struct profile *profile;
static struct reading readings[POINTS];
static bool reachable = true, fits = true;

static const struct reading *reading_of(void *u, unsigned source, unsigned point)
{
	assert_true(point < POINTS);
	return &readings[point];
}

static bool is_reachable(void *u, unsigned source)
{
	return reachable;
}

static bool map_fits(void *u, unsigned source)
{
	return fits;
}

static const struct gate_env env = {
	.reading = reading_of, .reachable = is_reachable, .fits = map_fits};

static void number(unsigned p, double v, uint64_t t)
{
	readings[p] = (struct reading){
		.type = VALUE_NUMBER, .quality = QUALITY_GOOD, .t_us = t, .num = v};
}

static void truth(unsigned p, bool v, uint64_t t)
{
	readings[p] =
		(struct reading){.type = VALUE_BOOL, .quality = QUALITY_GOOD, .t_us = t, .code = v};
}

static void fresh(uint64_t t)
{
	reachable = fits = true;
	number(P_TARGET, 45, t);
	number(P_LIMIT, 60, t);
	number(P_OFFSET, 0, t);
	number(P_SURPLUS, 0, t);
	truth(P_LAMP, false, t);
	truth(P_HORN, false, t);
	truth(P_RUNNING, true, t);
}

static struct gate *make(bool control)
{
	const struct gate_source s = {"main", profile, true};
	struct gate *g = NULL;

	assert_int_equal(gate_new(&s, 1, control, &g), 0);
	return g;
}

static bool ask(struct gate *g, uint64_t now, const char *attr, const char *value, uint64_t for_us,
	struct gate_answer *a)
{
	struct gate_order o;

	return gate_ask(g, now, &env, attr, value, for_us, &o, a);
}

/* The bus and the appliance do all they should. */
static void confirm(struct gate *g, uint64_t now, const struct reading *r, enum write_outcome want)
{
	struct gate_answer a;
	unsigned point;
	uint64_t at;

	if (gate_done(g, now, 0, true, 0, &point, &at, &a))
		gate_read(g, now, r, &a);
	assert_int_equal(a.outcome, want);
}

static void refused(struct gate *g, uint64_t now, const char *attr, const char *value,
	uint64_t for_us, const char *word, const char *says)
{
	struct gate_answer a;

	assert_false(ask(g, now, attr, value, for_us, &a));
	assert_int_equal(a.outcome, WRITE_REFUSED);
	assert_string_equal(a.word, word);
	if (!strstr(a.en, says))
		fail_msg("\"%s\" does not name %s", a.en, says);
	assert_true(a.zh[0] != '\0');
}

static void test_refusals(void **state)
{
	uint64_t now = 1000 * S;
	struct gate *g = make(false);

	fresh(now);
	refused(g, now, "vendor.target", "50", 0, "control-off", "Control=yes");
	(void)gate_free(g);
	g = make(true);
	refused(g, now, "vendor.nothing", "50", 0, "no-such-attribute", "[Write]");
	refused(g, now, "vendor.mode", "eco", 0, "low-confidence", "Confidence=low");
	refused(g, now, "vendor.target", "hot", 0, "bad-value", "number °C");
	refused(g, now, "vendor.lamp", "maybe", 0, "bad-value", "true false");
	refused(g, now, "vendor.reset", "1", 0, "bad-value", "no value");
	refused(g, now, "vendor.target", "29.5", 0, "below-min", "30.0 °C");
	refused(g, now, "vendor.target", "60.5", 0, "above-max", "60.0 °C");
	refused(g, now, "vendor.target", "50.2", 0, "step", "50.0 °C");
	refused(g, now, "vendor.target", "50", 3 * 60 * M, "for-too-long", "120 min");
	refused(g, now, "vendor.target", "50", 5 * S, "for-too-short", "10 s");
	refused(g, now, "vendor.lamp", "true", M, "no-for", "put back");
	readings[P_LIMIT].quality = QUALITY_STALE;
	refused(g, now, "vendor.target", "50", 0, "bound-unknown", "Max=");
	number(P_LIMIT, 60, now);
	truth(P_RUNNING, false, now);
	refused(g, now, "vendor.target", "50", 0, "interlock", "running");
	readings[P_RUNNING].quality = QUALITY_UNAVAILABLE;
	refused(g, now, "vendor.target", "50", 0, "interlock-unknown", "running");
	truth(P_RUNNING, true, now);
	readings[P_TARGET].quality = QUALITY_SUSPECT;
	refused(g, now, "vendor.target", "50", 0, "no-safe", "put back");
	number(P_TARGET, 75, now);
	refused(g, now, "vendor.target", "50", 0, "no-safe", "bounds");
	reachable = false;
	refused(g, now, "vendor.target", "50", 0, "unreachable", "answer");
	/* Registers have moved: nothing is written into what is not known any more. */
	fresh(now);
	reachable = true;
	fits = false;
	refused(g, now, "vendor.target", "50", 0, "map-misfit", "profile");
	fits = true;
	(void)gate_free(g);
}

static void test_rates(void **state)
{
	uint64_t now = 1000 * S;
	struct gate *g = make(true);
	struct gate_answer a;
	struct reading r;

	fresh(now);
	assert_true(ask(g, now, "vendor.offset", "1", 0, &a));
	refused(g, now, "vendor.lamp", "true", 0, "busy", "on its way");
	r = (struct reading){.type = VALUE_NUMBER, .num = 1};
	confirm(g, now + S, &r, WRITE_CONFIRMED);
	refused(g, now + 4 * S, "vendor.offset", "2", 0, "too-soon", "6 s");
	assert_true(ask(g, now + 10 * S, "vendor.offset", "2", 0, &a));
	r.num = 3;
	confirm(g, now + 11 * S, &r, WRITE_NOT_CONFIRMED);
	assert_true(ask(g, now + 20 * S, "vendor.offset", "2", 0, &a));
	confirm(g, now + 21 * S, NULL, WRITE_NOT_CONFIRMED);
	refused(g, now + 40 * S, "vendor.offset", "3", 0, "too-often", "allows 3");
	assert_true(ask(g, now + 60 * M + S, "vendor.offset", "3", 0, &a));
	(void)gate_free(g);
}

/* What is so already is not written, when that was seen after the last write. */
static void test_unchanged(void **state)
{
	uint64_t now = 1000 * S;
	struct gate *g = make(true);
	struct gate_answer a;

	fresh(now);
	number(P_OFFSET, 2, now);
	assert_false(ask(g, now, "vendor.offset", "2", 0, &a));
	assert_int_equal(a.outcome, WRITE_UNCHANGED);
	assert_true(ask(g, now, "vendor.offset", "1", 0, &a));
	confirm(g, now + S, &(struct reading){.type = VALUE_NUMBER, .num = 1}, WRITE_CONFIRMED);
	/* An old reading, or one that is not good, proves nothing. */
	assert_true(ask(g, now + 20 * S, "vendor.offset", "2", 0, &a));
	confirm(g, now + 21 * S, &(struct reading){.type = VALUE_NUMBER, .num = 2},
		WRITE_CONFIRMED);
	number(P_OFFSET, 1, now + 25 * S);
	readings[P_OFFSET].quality = QUALITY_STALE;
	assert_true(ask(g, now + 40 * S, "vendor.offset", "1", 0, &a));
	(void)gate_free(g);
}

static void test_outcomes(void **state)
{
	uint64_t now = 1000 * S, at;
	struct gate *g = make(true);
	struct gate_answer a;
	struct gate_order o;
	unsigned point;

	fresh(now);
	/* A lost answer; the read-back settles it. */
	assert_true(ask(g, now, "vendor.lamp", "true", 0, &a));
	assert_true(gate_done(g, now, -ETIMEDOUT, true, 0, &point, &at, &a));
	assert_int_equal(point, P_LAMP);
	assert_int_equal(at, now + S);
	gate_read(g, at, &(struct reading){.type = VALUE_BOOL, .code = 1}, &a);
	assert_int_equal(a.outcome, WRITE_CONFIRMED);
	now += M;
	assert_true(ask(g, now, "vendor.lamp", "true", 0, &a));
	assert_true(gate_done(g, now, -EBADMSG, true, 0, &point, &at, &a));
	gate_read(g, at, NULL, &a);
	assert_int_equal(a.outcome, WRITE_UNKNOWN);
	/* Confirmed by its echo, shown otherwise. */
	now += M;
	assert_true(ask(g, now, "vendor.lamp", "true", 0, &a));
	assert_true(gate_done(g, now, 0, true, 0, &point, &at, &a));
	gate_read(g, at, &(struct reading){.type = VALUE_BOOL, .code = 0}, &a);
	assert_int_equal(a.outcome, WRITE_NOT_CONFIRMED);
	assert_string_equal(a.read, "false");
	/* Refused by the appliance; never left; a command that nothing shows. */
	now += M;
	assert_true(ask(g, now, "vendor.lamp", "true", 0, &a));
	assert_false(gate_done(g, now, -EREMOTEIO, true, 3, &point, &at, &a));
	assert_int_equal(a.outcome, WRITE_FAILED);
	assert_non_null(strstr(a.en, "illegal data value"));
	now += M;
	assert_true(ask(g, now, "vendor.lamp", "true", 0, &a));
	assert_false(gate_done(g, now, -ENODEV, false, 0, &point, &at, &a));
	assert_int_equal(a.outcome, WRITE_FAILED);
	assert_true(ask(g, now, "vendor.reset", "", 0, &a));
	confirm(g, now, NULL, WRITE_ACCEPTED);
	/* A pulse whose answer was lost is ended at once. */
	assert_true(gate_ask(g, now, &env, "boost", "", 0, &o, &a));
	assert_false(gate_done(g, now, -ETIMEDOUT, true, 0, &point, &at, &a));
	assert_int_equal(a.outcome, WRITE_UNKNOWN);
	assert_true(gate_next(g, now, &env, &o));
	assert_int_equal(o.kind, GATE_PUT_BACK);
	assert_true(o.restore);
	assert_false(gate_done(g, now, 0, true, 0, &point, &at, &a));
	assert_true(gate_settled(g));
	/* The journal could not take it: nothing happened, nothing counts. */
	now += M;
	assert_true(ask(g, now, "vendor.horn", "true", 0, &a));
	gate_abandon(g, now, &a);
	assert_string_equal(a.word, "journal");
	assert_true(ask(g, now, "vendor.horn", "true", 0, &a));
	(void)gate_free(g);
}

/* What is set for a time is put back: when it has passed, at a stop, after a restart, by hand. */
static void test_put_back(void **state)
{
	uint64_t now = 1000 * S;
	uint8_t saved[4096];
	struct gate_order o;
	struct gate_answer a;
	struct gate *g;
	int n;

	for (unsigned how = 0; how < 5; how++) {
		g = make(true);
		fresh(now);
		assert_true(gate_ask(g, now, &env, "vendor.target", "50", 60 * M, &o, &a));
		assert_int_equal(o.raw.raw, 100);
		n = gate_save(g, saved, sizeof(saved));
		assert_true(n > 0);
		if (how < 3) {
			number(P_TARGET, 50, now + S);
			confirm(g, now + S, &readings[P_TARGET], WRITE_CONFIRMED);
			assert_false(gate_next(g, now + 59 * M, &env, &o));
		}
		switch (how) {
		case 0:
			assert_true(gate_next(g, now + 60 * M, &env, &o));
			break;
		case 1:
			assert_int_equal(gate_clear(g, now + 20 * S, "vendor.target"), 0);
			assert_true(gate_next(g, now + 20 * S, &env, &o));
			break;
		case 2: /* at once, whatever LeastInterval= says */
			gate_stop(g, now + 2 * S);
			assert_false(gate_settled(g));
			assert_true(gate_next(g, now + 2 * S, &env, &o));
			refused(g, now + 2 * S, "vendor.offset", "1", 0, "stopping", "stop");
			break;
		case 3: /* killed with the write on its way; also with control off by now */
		case 4:
			(void)gate_free(g);
			g = make(how == 3);
			assert_int_equal(
				gate_load(g, now + S, saved, (size_t)n, how == 3, true), 0);
			assert_true(gate_next(g, now + S, &env, &o));
			break;
		}
		assert_int_equal(o.kind, GATE_PUT_BACK);
		assert_int_equal(o.raw.raw, 90);
		assert_string_equal(o.asked, "45.0");
		confirm(g, now + 61 * M, &(struct reading){.type = VALUE_NUMBER, .num = 45},
			WRITE_CONFIRMED);
		assert_true(gate_settled(g));
		(void)gate_free(g);
	}
}

static void test_refresh(void **state)
{
	uint64_t now = 1000 * S;
	struct gate *g = make(true);
	struct gate_order o;
	struct gate_answer a;
	unsigned n = 0;

	fresh(now);
	assert_true(gate_ask(g, now, &env, "vendor.surplus", "1500", 30 * M, &o, &a));
	confirm(g, now, &(struct reading){.type = VALUE_NUMBER, .num = 1500}, WRITE_CONFIRMED);
	for (uint64_t t = now; t < now + 30 * M; t += S)
		if (gate_next(g, t, &env, &o)) {
			assert_int_equal(o.kind, GATE_REFRESH);
			assert_int_equal(o.raw.raw, 1500);
			confirm(g, t, NULL, WRITE_ACCEPTED);
			n++;
		}
	assert_int_equal(n, 44); /* every 40 s */
	assert_true(gate_next(g, now + 30 * M, &env, &o));
	assert_int_equal(o.kind, GATE_PUT_BACK);
	assert_int_equal(o.raw.raw, 0);
	(void)gate_free(g);
	/* The map stops fitting: no refresh any more, but what was set is put back. */
	g = make(true);
	fresh(now);
	assert_true(gate_ask(g, now, &env, "vendor.surplus", "1500", 30 * M, &o, &a));
	confirm(g, now, &(struct reading){.type = VALUE_NUMBER, .num = 1500}, WRITE_CONFIRMED);
	fits = false;
	for (uint64_t t = now; !gate_next(g, t, &env, &o); t += S)
		assert_true(t <= now + 10 * M); /* LeastInterval= */
	assert_int_equal(o.kind, GATE_PUT_BACK);
	fits = true;
	(void)gate_free(g);
}

/* Bytes that were not ours. */
static void test_load(void **state)
{
	struct gate *g = make(true);
	uint8_t saved[4096], bad[4096];
	struct gate_answer a;
	int n;

	fresh(S);
	assert_true(ask(g, S, "vendor.target", "50", 60 * M, &a));
	n = gate_save(g, saved, sizeof(saved));
	assert_int_equal(gate_save(g, saved, (size_t)n - 1), -E2BIG);
	assert_int_equal(gate_save(g, saved, sizeof(saved)), n);
	for (int i = 0; i < n; i++) {
		struct gate *h = make(true);

		if (i > 1)
			assert_true(gate_load(h, S, saved, (size_t)i, true, true) == -EBADMSG ||
				    saved[i] == 'C' || saved[i] == 'E');
		memcpy(bad, saved, (size_t)n);
		bad[i] ^= 0xFF;
		(void)gate_load(h, S, bad, (size_t)n, true, true);
		(void)gate_free(h);
	}
	(void)gate_free(g);
}

/* ---- a long life */

static uint32_t seed;

static unsigned dice(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

struct life {
	uint64_t real, boot; /* time that never goes back; when this boot began */
	struct gate *g;
	uint8_t saved[GATE_SAVE_MAX];
	int n_saved;
	uint64_t times[8][4096]; /* of writes that are no refresh, by rule */
	unsigned n_times[8];
	unsigned cells[128]; /* how often register N left */
	bool owed[8];        /* set and not put back */
	int64_t safe_raw[8];
	bool at_once[8]; /* the put-back of a stop or a restart is still to come */
	unsigned writes, refusals, put_backs, refreshes, restarts, unknowns;
};
static struct life L;

static uint64_t now_of(void)
{
	return L.real - L.boot;
}

static void check_order(const struct gate_order *o)
{
	const struct write_rule *w = &profile->writes[o->rule];
	struct write_touch touches[WRITE_CELLS_MAX];
	size_t n = write_rule_touches(w, touches);
	unsigned in_hour = 0;

	for (size_t i = 0; i < n; i++) {
		if (w->budget && !touches[i].coil) {
			L.cells[touches[i].address] += touches[i].times;
			assert_true(L.cells[touches[i].address] <= w->budget);
		}
	}
	switch (o->rule) {
	case 0: /* what was there before lay within the bounds of that time */
		assert_true(o->raw.raw >= 60 && o->raw.raw <= 140);
		if (o->kind == GATE_ASKED)
			assert_true(o->raw.raw * 0.5 <= readings[P_LIMIT].num &&
				    readings[P_LIMIT].quality == QUALITY_GOOD &&
				    readings[P_RUNNING].code == 1);
		break;
	case 1:
		assert_true(o->raw.raw >= 0 && o->raw.raw <= 3000);
		break;
	case 2:
	case 3:
		assert_true(o->raw.raw == 0 || o->raw.raw == 1);
		break;
	case 4:
		assert_true(o->raw.raw >= -5 && o->raw.raw <= 5);
		break;
	case 5:
		assert_true(o->restore || o->raw.raw == 1);
		break;
	case 6:
		assert_int_equal(o->raw.raw, 0x99C6);
		break;
	default:
		fail();
	}
	if (o->kind == GATE_REFRESH) {
		assert_int_equal(o->rule, 1);
		L.refreshes++;
		return;
	}
	for (unsigned i = 0; i < L.n_times[o->rule]; i++) {
		uint64_t t = L.times[o->rule][i];

		in_hour += t + USEC_PER_HOUR > L.real;
		if (!(o->kind == GATE_PUT_BACK && (L.at_once[o->rule] || o->rule == 5)))
			assert_true(t + w->least_interval_us <= L.real);
	}
	assert_true(in_hour + 1 <= w->per_hour);
	assert_true(L.n_times[o->rule] < 4096);
	L.times[o->rule][L.n_times[o->rule]++] = L.real;
	if (o->kind == GATE_PUT_BACK) {
		L.put_backs++;
		L.owed[o->rule] = L.at_once[o->rule] = false;
	} else if (w->safe != SAFE_NONE || w->pulse_us) {
		L.owed[o->rule] = true;
		L.at_once[o->rule] = false;
	}
}

/* The order is saved, then leaves, or not; its answer comes, or not. True: killed on the way. */
static bool carry_out(const struct gate_order *o)
{
	static const struct {
		int result;
		bool sent;
		uint8_t exception;
	} ends[] = {{0, true, 0}, {0, true, 0}, {0, true, 0}, {0, true, 0}, {-ETIMEDOUT, true, 0},
		{-EBADMSG, true, 0}, {-EREMOTEIO, true, 2}, {-ENODEV, false, 0},
		{-ENODEV, true, 0}};
	unsigned end = dice(ARRAY_SIZE(ends)), point;
	bool owed = L.owed[o->rule];
	const struct write_rule *w = &profile->writes[o->rule];
	struct gate_answer a;
	struct reading r;
	uint64_t at;

	if (dice(20) == 0) {
		gate_abandon(L.g, now_of(), &a);
		return false;
	}
	L.n_saved = gate_save(L.g, L.saved, sizeof(L.saved));
	assert_true(L.n_saved > 0);
	if (dice(25) == 0) {
		if (dice(2))
			check_order(o); /* it had left */
		return true;
	}
	if (ends[end].sent)
		check_order(o);
	/* Refused: nothing was set. And a pulse that has ended owes nothing. */
	if (o->kind == GATE_ASKED && ends[end].exception && !w->pulse_us)
		L.owed[o->rule] = owed;
	if (w->pulse_us && ends[end].result == 0)
		L.owed[o->rule] = false;
	L.writes++;
	L.real += dice(3) * S;
	if (!gate_done(L.g, now_of(), ends[end].result, ends[end].sent, ends[end].exception, &point,
		    &at, &a)) {
		L.unknowns += a.outcome == WRITE_UNKNOWN;
		return false;
	}
	L.real = MAX(L.real, L.boot + at);
	assert_int_equal(point, w->read_back);
	r = readings[point];
	r.t_us = now_of();
	if (r.type == VALUE_NUMBER)
		r.num = dice(4) ? (double)o->raw.raw * w->scale : 7;
	else
		r.code = dice(4) ? o->raw.raw : !o->raw.raw;
	if (dice(8) == 0)
		r.quality = QUALITY_UNAVAILABLE;
	else
		readings[point] = r;
	gate_read(L.g, now_of(), r.quality == QUALITY_GOOD ? &r : NULL, &a);
	return false;
}

static void start(bool same_boot)
{
	L.g = gate_free(L.g);
	L.restarts++;
	if (!same_boot)
		L.boot = L.real - dice(100) * S;
	L.g = make(true);
	if (L.n_saved > 0)
		assert_int_equal(
			gate_load(L.g, now_of(), L.saved, (size_t)L.n_saved, same_boot, true), 0);
	for (unsigned i = 0; i < 8; i++)
		L.at_once[i] = true;
}

/* Everything due; true: killed. */
static bool drain(void)
{
	struct gate_order o;

	for (unsigned i = 0; i < 50 && gate_next(L.g, now_of(), &env, &o); i++)
		if (carry_out(&o))
			return true;
	return false;
}

static void weather(void)
{
	static const double limits[] = {40, 50, 60, 70};

	number(P_LIMIT, limits[dice(4)], now_of());
	if (dice(10) == 0)
		readings[P_LIMIT].quality = QUALITY_STALE;
	truth(P_RUNNING, dice(6) != 0, now_of());
	if (dice(4) == 0)
		number(P_TARGET, 30 + dice(60) * 0.5, now_of());
	reachable = dice(15) != 0;
}

/* The put-back of what is owed has been ordered, unless the appliance is not there, the hour is
 * full or the journal did not take it: then it is still to come. */
static void check_stopped(void)
{
	bool all = true;

	for (unsigned i = 0; i < 8; i++)
		all = all && !L.owed[i];
	if (gate_settled(L.g))
		assert_true(all);
}

static void live(uint32_t with, unsigned steps)
{
	static const char *const attrs[] = {"vendor.target", "vendor.surplus", "vendor.lamp",
		"vendor.horn", "vendor.offset", "boost", "vendor.reset", "vendor.mode"};
	static const uint64_t jumps[] = {0, S, 5 * S, 15 * S, 3 * M, 11 * M, 61 * M};

	seed = with;
	memset(&L, 0, sizeof(L));
	L.real = 10000 * S;
	fresh(now_of());
	start(true);
	for (unsigned i = 0; i < steps; i++) {
		struct gate_answer a;
		struct gate_order o;
		char value[32];
		const char *attr = attrs[dice(8)];
		bool killed;

		weather();
		killed = drain();
		L.real += jumps[dice(ARRAY_SIZE(jumps))];
		if (killed) {
			start(dice(2));
			continue;
		}
		switch (dice(20)) {
		case 0:
			start(dice(2));
			continue;
		case 1: /* an orderly stop, then a start */
			reachable = true;
			gate_stop(L.g, now_of());
			for (unsigned k = 0; k < 8; k++)
				L.at_once[k] = true;
			killed = false;
			for (unsigned k = 0; k < 3 && !killed; k++) {
				killed = drain();
				L.real += 70 * M;
			}
			if (!killed) {
				check_stopped();
				L.n_saved = gate_save(L.g, L.saved, sizeof(L.saved));
			}
			start(dice(2));
			continue;
		case 2:
			(void)gate_clear(L.g, now_of(), attr);
			continue;
		default:
			break;
		}
		if (streq(attr, "vendor.lamp") || streq(attr, "vendor.horn"))
			(void)snprintf(value, sizeof(value), "%s", dice(2) ? "true" : "false");
		else if (streq(attr, "boost") || streq(attr, "vendor.reset"))
			value[0] = '\0';
		else
			(void)snprintf(value, sizeof(value), "%g",
				dice(3) ? dice(80) : (double)dice(4000) - 500 + dice(10) * 0.1);
		if (gate_ask(L.g, now_of(), &env, attr, value, dice(3) ? 0 : dice(200) * M, &o,
			    &a)) {
			if (carry_out(&o))
				start(dice(2));
		} else {
			L.refusals++;
		}
	}
	L.g = gate_free(L.g);
}

static void test_life(void **state)
{
	unsigned writes = 0, put_backs = 0, refreshes = 0, refusals = 0, restarts = 0;

	for (uint32_t s = 1; s <= 60; s++) {
		live(s * 7919, 600);
		writes += L.writes;
		put_backs += L.put_backs;
		refreshes += L.refreshes;
		refusals += L.refusals;
		restarts += L.restarts;
	}
	print_message("%u writes (%u put back, %u refreshed), %u refusals, %u starts\n", writes,
		put_backs, refreshes, refusals, restarts);
	/* It did live. */
	assert_true(writes > 3000 && put_backs > 300 && refreshes > 100 && refusals > 3000);
}

static int setup(void **state)
{
	profile = profile_of(profile_text);
	return 0;
}

static int teardown(void **state)
{
	profile = profile_unref(profile);
	return 0;
}

/* A put-back that never succeeds, and one whose rule is gone, are said. */
static void test_forsaken(void **state)
{
	uint64_t now = 1000 * S, at;
	struct gate *g = make(true), *h;
	const char *other = "[Profile]\nKind=water_heater\nName=Tank\nSource=test\n"
			    "[Point offset]\nRead=holding:4\nType=s16\nUnit=K\n"
			    "[Write vendor.offset]\nMin=-5\nMax=5\nVolatile=yes\n";
	struct profile *p = NULL;
	struct gate_source s = {"main", NULL, true};
	struct gate_order o;
	struct gate_answer a;
	struct reading r = {.type = VALUE_NUMBER, .num = 50};
	uint8_t saved[4096];
	char attribute[64];
	unsigned point, tries = 0;
	int n;

	fresh(now);
	assert_true(ask(g, now, "vendor.target", "50", 10 * M, &a));
	confirm(g, now + S, &r, WRITE_CONFIRMED);
	n = gate_save(g, saved, sizeof(saved));
	assert_true(n > 0);
	for (now += 10 * M; now < 1000 * S + 24 * 60 * M; now += 10 * S) {
		fresh(now);
		if (!gate_next(g, now, &env, &o))
			continue;
		assert_int_equal(o.kind, GATE_PUT_BACK);
		tries++;
		assert_false(gate_forsaken(g, attribute));
		(void)gate_done(g, now, -EREMOTEIO, true, 4, &point, &at, &a);
	}
	assert_int_equal(tries, GATE_TRIES_MAX);
	assert_true(gate_forsaken(g, attribute));
	assert_string_equal(attribute, "vendor.target");
	assert_false(gate_forsaken(g, attribute));
	(void)gate_free(g);

	p = profile_of(other);
	s.profile = p;
	assert_int_equal(gate_new(&s, 1, true, &h), 0);
	assert_int_equal(gate_load(h, now, saved, (size_t)n, true, false), 0);
	assert_true(gate_forsaken(h, attribute));
	assert_string_equal(attribute, "vendor.target");
	(void)gate_free(h);
	(void)profile_unref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_unchanged),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_put_back),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_forsaken),
		cmocka_unit_test(test_life),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
