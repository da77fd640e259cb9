/* SPDX-License-Identifier: Apache-2.0 */
/* Faults since the gateway was attached, against those that the appliance had counted before: "is it us?"
 * Kept with the state of the rules (manager-rules.c). */
#include "manager-rules.h"
#include "daemon/report/report-internal.h"

#include <math.h>

/* Counters of the common model that count what goes wrong, and what they are held against. */
static const struct {
	const char *failures, *of;
} counters[] = {
	{"ignition_failures", "burner_starts"},
};
_Static_assert(ARRAY_SIZE(counters) < SINCE_COUNTERS_MAX, "room for all, and for some of profiles");

/* Fewer failures, or in fewer tries before, say nothing. */
#define FAILURES_LEAST 5
#define TRIES_LEAST    100
#define RISE_LEAST     2.0 /* times the rate before */
#define RISE_OVER      1.5 /* below it what was said is over */
/* A counter that leaps by more between two looks was misread. */
#define LEAP_MOST 10000.0

struct pair {
	const struct attribute *failures, *of;
	uint64_t whose; /* .known */
};

static const struct attribute *attr_of(const struct appliance *a, unsigned source, int point)
{
	int i = a->sources[source].attr_of_point[point];

	return i >= 0 ? &a->attrs[i] : NULL;
}

/* Those of the common model, then those that the profiles mark by FailuresOf=. */
static size_t pairs(const struct unit *u, struct pair ret[SINCE_COUNTERS_MAX])
{
	struct appliance *a = u->appliance;
	size_t n = 0;

	for (; n < ARRAY_SIZE(counters); n++)
		ret[n] = (struct pair){appliance_attr(a, counters[n].failures),
			appliance_attr(a, counters[n].of), 1};
	for (size_t i = 0; i < a->n_attrs && n < SINCE_COUNTERS_MAX; i++) {
		const struct attribute *attr = &a->attrs[i];
		const struct attribute *of =
			attr->point && attr->point->failures_of
				? attr_of(a, attr->source, attr->point->failures_of - 1)
				: NULL;

		if (of && attr != ret[0].failures)
			ret[n++] = (struct pair){attr, of,
				UINT64_C(1) << 32 | crc32c(0, attr->name, strlen(attr->name))};
	}
	return n;
}

static double value_of(const struct attribute *attr)
{
	return attr && attr->seen && attr->value.quality == QUALITY_GOOD &&
			       attr->value.type == VALUE_NUMBER
		       ? attr->value.num
		       : NAN;
}

/* What came on since the last look; a counter that was set back begins anew. */
static double gained(double *last, double now)
{
	double d = now - *last;

	*last = now;
	return d >= 0 && d <= LEAP_MOST ? d : 0;
}

/* Failures, were all as before; NAN. */
static double expected_failures(const struct since_counter *c)
{
	return c->tries_before >= TRIES_LEAST
		       ? (c->failures_before + 0.5) / c->tries_before * c->tries
		       : NAN;
}

bool manager_since_rose(const struct since_counter *c)
{
	double expected = expected_failures(c);

	/* Three standard deviations of what chance does to a count. */
	return c->known && c->failures >= FAILURES_LEAST && c->failures > RISE_LEAST * expected &&
	       c->failures - expected > 3 * sqrt(expected + 1);
}

static void look(struct since_counter *c, const struct pair *p)
{
	double failures = value_of(p->failures), tries = value_of(p->of);

	if (isnan(failures) || isnan(tries))
		return;
	if (c->known != p->whose) {
		*c = (struct since_counter){.known = p->whose,
			.failures_before = failures,
			.tries_before = tries,
			.failures_last = failures,
			.tries_last = tries};
		return;
	}
	c->failures += gained(&c->failures_last, failures);
	c->tries += gained(&c->tries_last, tries);
}

static void observe(struct unit_rules *x, size_t i, const struct pair *p)
{
	const struct since_counter *c = &x->since.counters[i];
	struct finding_clock clock = manager_clock(x->manager);
	bool rose = manager_since_rose(c);
	double before = 1000 * c->failures_before / MAX(c->tries_before, 1.0);
	double after = 1000 * c->failures / MAX(c->tries, 1.0);
	bool hours = p->of && streq(unit_name(p->of->unit), "h");
	char key[112], en[256], zh[256];

	if (!p->failures)
		return;
	(void)snprintf(key, sizeof(key), MANAGER_SINCE_PREFIX "%s", p->failures->name);
	if (!rose && !findings_by_key(&x->unit->diagnose.findings, key))
		return;
	(void)snprintf(en, sizeof(en),
		"Since the gateway was attached it fails more often: %.0f in 1000 %s, before that "
		"%.1f. Let hearthd only listen for some days and compare.",
		after, hours ? "hours" : "tries", before);
	(void)snprintf(zh, sizeof(zh),
		"自网关接入以来失败增多：每 1000 %s %.0f 次，此前 %.1f 次。可让 hearthd 仅监听数日再作比较。",
		hours ? "小时" : "次", after, before);
	findings_observe(&x->unit->diagnose.findings, key,
		rose                                             ? OBSERVED_PRESENT
		: c->failures < RISE_OVER * expected_failures(c) ? OBSERVED_ABSENT
								 : OBSERVED_UNKNOWN,
		&(struct finding_template){.code = "more-since-attached",
			.meaning_en = en,
			.meaning_zh = zh,
			.component = p->failures->name,
			.severity = SEVERITY_CARE,
			.class = CLASS_WARNING,
			.confidence = CONFIDENCE_MEDIUM,
			.household = 1,
			.at_once = true},
		&clock, manager_unit_finding, x->unit);
}

void manager_since_step(struct unit_rules *x)
{
	struct since *s = &x->since;
	struct pair v[SINCE_COUNTERS_MAX];
	size_t n = pairs(x->unit, v);

	if (s->attached_wall_us == 0)
		s->attached_wall_us = manager_clock(x->manager).wall_us;
	for (size_t i = 0; i < n; i++) {
		look(&s->counters[i], &v[i]);
		observe(x, i, &v[i]);
	}
}

void manager_since_code(struct unit *u, const struct finding *v)
{
	if (u->rules && rules_is_own_code(v) && *v->key != '@')
		u->rules->since.own_codes++;
}

bool manager_since_has_key(const char *key)
{
	return startswith(key, MANAGER_SINCE_PREFIX);
}

char *manager_since_json(const struct unit *u)
{
	const struct since *s = &u->rules->since;
	struct writer own = {0}, *w = &own;
	struct pair v[SINCE_COUNTERS_MAX];
	size_t n_pairs = pairs(u, v), n;
	char *json = NULL;

	write_open(w, '{');
	if (s->attached_wall_us > 0) {
		write_key(w, "at");
		write_unsigned(w, (uint64_t)s->attached_wall_us / USEC_PER_SEC);
	}
	write_key(w, "own_codes");
	write_unsigned(w, s->own_codes);
	write_key(w, "counters");
	write_open(w, '[');
	for (size_t i = 0; i < n_pairs; i++) {
		const struct since_counter *c = &s->counters[i];

		if (c->known != v[i].whose || !v[i].failures || !v[i].of)
			continue;
		write_open(w, '{');
		write_member(w, "name", v[i].failures->name);
		write_member(w, "of", v[i].of->name);
		write_key(w, "before");
		write_decimal(w, c->failures_before, 0);
		write_key(w, "of_before");
		write_decimal(w, c->tries_before, 0);
		write_key(w, "after");
		write_decimal(w, c->failures, 0);
		write_key(w, "of_after");
		write_decimal(w, c->tries, 0);
		write_key(w, "rose");
		write_bool(w, manager_since_rose(c));
		write_close(w, '}');
	}
	write_close(w, ']');
	manager_past_write(u, w);
	write_close(w, '}');
	return writer_take(w, &json, &n) < 0 ? NULL : json;
}
