/* SPDX-License-Identifier: Apache-2.0 */
/* What rules say becomes findings, told with care: the record at once, a message at most once a day and
 * appliance below urgent, silence that the bus explains not at all, and one cause behind several
 * appliances once. */
#include "manager-rules.h"

#include "daemon/base/log.h"

#include <math.h>

/* "After" in the freeze frame; a source must have answered as long before a lost value counts. */
#define AFTER_US    (5 * USEC_PER_MIN)
#define ANSWERED_US (5 * USEC_PER_MIN)
/* A finding whose rule has lost its memory goes when the rule has found nothing for so long. */
#define ORPHAN_US USEC_PER_DAY
/* Findings of one common cause at several appliances, within: told by the first of them. */
#define COMMON_US USEC_PER_MIN
/* A list of lost points is told again when it has been another one for so long. */
#define LOST_AGAIN_US (15 * USEC_PER_MIN)

static void rules_key(const struct unit_rules *x, unsigned instance, char *dst, size_t size)
{
	(void)snprintf(dst, size, MANAGER_RULES_PREFIX "%s", rules_name(x->engine, instance));
}

static struct finding *finding_of(const struct unit_rules *x, unsigned instance)
{
	char key[sizeof(((struct finding *)0)->key)];

	rules_key(x, instance, key, sizeof(key));
	return findings_by_key(&x->unit->diagnose.findings, key);
}

static enum fault_class class_of(enum rule_kind k)
{
	switch (k) {
	case RULE_FAULT:
		return CLASS_FAULT;
	case RULE_WARNING:
	case RULE_SENSOR:
	case RULE_CONTEXT:
		return CLASS_WARNING;
	case RULE_MAINTENANCE:
		return CLASS_MAINTENANCE;
	case RULE_INFORMATION:
		return CLASS_INFORMATION;
	}
	return CLASS_WARNING;
}

static enum confidence confidence_of(enum rule_sureness s)
{
	switch (s) {
	case SURE_LOW:
		return CONFIDENCE_LOW;
	case SURE_MEDIUM:
		return CONFIDENCE_MEDIUM;
	case SURE_HIGH:
		return CONFIDENCE_HIGH;
	}
	return CONFIDENCE_LOW;
}

/* ---- the appliance's own codes */

/* ---- one cause behind several appliances */

/* Causes that lie in the house and not in an appliance, whatever group the knowledge puts them in. */
static bool is_common(const char *cause)
{
	static const char *const names[] = {"mains_dip", "power_cut", "water_cut", "gas_cut"};
	const char *dot = strrchr(cause, '.');

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (streq(dot ? dot + 1 : cause, names[i]))
			return true;
	return false;
}

bool manager_rules_common(struct unit *u, struct finding *v, const char *causes)
{
	struct manager *m = u->manager;
	struct common_cause *oldest = &m->common[0];
	uint64_t now = clock_boottime_us();
	const struct cause *known;
	char cause[sizeof(v->common)];

	v->common[0] = '\0';
	(void)snprintf(cause, sizeof(cause), "%.*s",
		(int)MIN(strcspn(causes, " "), sizeof(cause) - 1), causes);
	known = m->knowledge ? knowledge_resolve(m->knowledge, u->appliance->conf->kind, cause)
			     : NULL;
	if (known)
		(void)str_copy(cause, sizeof(cause), known->id);
	if (!is_common(cause))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(m->common); i++) {
		struct common_cause *c = &m->common[i];

		if (streq(c->cause, cause) && c->until_us > now && c->unit != u->appliance->index) {
			(void)str_copy(v->common, sizeof(v->common), cause);
			return v->severity < SEVERITY_URGENT;
		}
		if (c->until_us < oldest->until_us)
			oldest = c;
	}
	*oldest = (struct common_cause){.unit = u->appliance->index, .until_us = now + COMMON_US};
	(void)str_copy(oldest->cause, sizeof(oldest->cause), cause);
	return false;
}

/* ---- findings */

/* On its way through findings_observe(): what manager_unit_finding() is to know. */
static bool may_tell(struct unit_rules *x, enum severity severity, uint64_t now)
{
	if (severity >= SEVERITY_URGENT)
		return true;
	return now >= x->quiet_until_us;
}

static void note_told(struct unit_rules *x, struct finding *v, const struct finding_clock *clock)
{
	v->held = false;
	v->told_wall_us = clock->wall_us;
	if (v->severity < SEVERITY_URGENT)
		x->quiet_until_us = clock->now_us + MANAGER_RULES_QUIET_US;
}

bool manager_rules_may_tell(struct unit *u, struct finding *v, const struct finding_clock *clock)
{
	if (!u->rules)
		return true;
	if (!may_tell(u->rules, v->severity, clock->now_us))
		return false;
	note_told(u->rules, v, clock);
	u->rules->save_due = true;
	return true;
}

struct raise {
	struct unit_rules *x;
	const struct finding_clock *clock;
	const char *cause; /* the likeliest; NULL */
};

static void on_raise(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata)
{
	struct raise *t = userdata;

	if (change == FINDING_RAISED) {
		v->held = (t->cause && manager_rules_common(t->x->unit, v, t->cause)) ||
			  !may_tell(t->x, v->severity, t->clock->now_us);
		if (!v->held)
			note_told(t->x, v, t->clock);
	}
	manager_unit_finding(f, v, change, t->x->unit);
}

static struct finding_clock clock_of(const struct unit_rules *x)
{
	return manager_clock(x->manager);
}

static void raise_finding(struct unit_rules *x, unsigned i)
{
	struct finding_clock clock = clock_of(x);
	struct rule_words words;
	struct finding *v = finding_of(x, i);
	struct raise t = {x, &clock, NULL};
	char rule[RULE_NAME_MAX + 1], key[112];
	const char *name = rules_name(x->engine, i);

	rules_words(x, i, v, &words);
	(void)snprintf(rule, sizeof(rule), "%.*s", (int)strcspn(name, "/"), name);
	t.cause = *words.cause ? words.cause : NULL;
	rules_key(x, i, key, sizeof(key));
	rules_freeze_first(x, i);
	findings_observe(&x->unit->diagnose.findings, key, OBSERVED_PRESENT,
		&(struct finding_template){.code = rule,
			.meaning_en = words.en,
			.meaning_zh = words.zh,
			.component = rules_point(x, i),
			.source = "",
			.severity = rules_severity(x->engine, i),
			.class = class_of(rules_kind(x->engine, i)),
			.confidence = confidence_of(words.sureness),
			.household = -1,
			.at_once = true,
			.diagnosis = words.record ? words.record : "{}"},
		&clock, on_raise, &t);
	diagnose_freeze_first(&x->unit->diagnose, NULL, 0);
	rules_words_done(&words);
	x->notes[i].after_us = clock.now_us + AFTER_US;
	x->notes[i].lost = rules_lost_hash(x, i);
	x->notes[i].lost_us = clock.now_us;
	x->save_due = true;
}

static void clear_finding(struct unit_rules *x, unsigned i)
{
	struct finding_clock clock = clock_of(x);
	struct raise t = {x, &clock, NULL};
	char key[112];

	rules_key(x, i, key, sizeof(key));
	findings_observe(
		&x->unit->diagnose.findings, key, OBSERVED_ABSENT, NULL, &clock, on_raise, &t);
	x->notes[i].after_us = 0;
	x->notes[i].lost = 0;
	x->save_due = true;
}

/* A value that is missing because its source is silent is the bus's to tell, or the line's. */
static bool bus_explains(const struct unit_rules *x, unsigned i)
{
	const struct appliance *a = x->unit->appliance;
	const char *point = rules_point(x, i);
	const struct attribute *attr = point ? appliance_attr(x->unit->appliance, point) : NULL;
	const struct source *s;
	uint64_t now = clock_boottime_us();

	if (!attr)
		return false;
	s = &a->sources[attr->source];
	return s->state != SOURCE_ANSWERING || now < s->since_us + ANSWERED_US;
}

void rules_on_change(
	struct rules *r, unsigned i, enum rule_state from, enum rule_state to, void *userdata)
{
	struct unit_rules *x = userdata;

	if (to == RULE_CONFIRMED) {
		x->notes[i].deferred = bus_explains(x, i);
		if (!x->notes[i].deferred)
			raise_finding(x, i);
	} else if (to == RULE_CLEARED) {
		x->notes[i].deferred = false;
		clear_finding(x, i);
	}
}

void rules_sync(struct unit_rules *x)
{
	int64_t wall = clock_of(x).wall_us;
	const struct findings *f = &x->unit->diagnose.findings;

	x->synced = true;
	for (unsigned i = 0; i < rules_count(x->engine); i++) {
		struct finding *v = finding_of(x, i);
		bool active = v && finding_is_active(v);

		if (rules_kind(x->engine, i) == RULE_CONTEXT)
			continue;
		if (rules_state(x->engine, i) == RULE_CONFIRMED) {
			x->notes[i].deferred = !active;
			if (v)
				v->restored = false;
		}
	}
	/* The engine's memory may be older than the last message. */
	for (size_t k = 0; k < f->n && wall > 0; k++) {
		int64_t ago = f->v[k]->diagnosis && f->v[k]->told_wall_us
				      ? wall - f->v[k]->told_wall_us
				      : (int64_t)MANAGER_RULES_QUIET_US;

		if (f->v[k]->severity < SEVERITY_URGENT && ago >= 0 &&
			ago < (int64_t)MANAGER_RULES_QUIET_US)
			x->quiet_until_us = MAX(x->quiet_until_us,
				clock_boottime_us() + MANAGER_RULES_QUIET_US - (uint64_t)ago);
	}
}

/* Of those that wait for a quiet day to pass, the gravest. */
static void tell_held(struct unit_rules *x, uint64_t now)
{
	struct findings *f = &x->unit->diagnose.findings;
	struct finding_clock clock;
	struct finding *v = NULL;

	if (now < x->quiet_until_us)
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i]->held && finding_is_active(f->v[i]) && isempty(f->v[i]->common) &&
			(!v || f->v[i]->severity > v->severity))
			v = f->v[i];
	if (!v)
		return;
	clock = clock_of(x);
	note_told(x, v, &clock);
	x->save_due = true;
	manager_unit_finding(f, v, FINDING_RAISED, x->unit);
}

/* Others are lost now than the record says. */
static void look_at_lost(struct unit_rules *x, unsigned i, uint64_t now)
{
	uint32_t hash = rules_lost_hash(x, i);
	struct finding *v = finding_of(x, i);
	struct rule_words words;

	x->notes[i].lost_us = now;
	if (hash == 0 || hash == x->notes[i].lost || !v || !finding_is_active(v))
		return;
	x->notes[i].lost = hash;
	rules_words(x, i, v, &words);
	if (words.record && words.en && words.zh) {
		free(v->diagnosis);
		free(v->meaning_en);
		free(v->meaning_zh);
		v->diagnosis = TAKE_PTR(words.record);
		v->meaning_en = TAKE_PTR(words.en);
		v->meaning_zh = TAKE_PTR(words.zh);
		manager_unit_finding(&x->unit->diagnose.findings, v, FINDING_CHANGED, x->unit);
	}
	rules_words_done(&words);
}

static void look_after(struct unit_rules *x, unsigned i, uint64_t now)
{
	struct instance_note *note = &x->notes[i];
	struct finding *v;

	if (note->after_us && now >= note->after_us) {
		note->after_us = 0;
		v = finding_of(x, i);
		if (v && finding_is_active(v)) {
			diagnose_freeze_after(&x->unit->diagnose, v);
			manager_unit_finding(
				&x->unit->diagnose.findings, v, FINDING_CHANGED, x->unit);
		}
	}
	if (note->lost && now >= note->lost_us + LOST_AGAIN_US &&
		rules_state(x->engine, i) == RULE_CONFIRMED)
		look_at_lost(x, i, now);
	if (note->deferred && !bus_explains(x, i)) {
		note->deferred = false;
		if (rules_state(x->engine, i) == RULE_CONFIRMED)
			raise_finding(x, i);
	}
}

/* A finding without a memory of its rule: neither raised nor cleared by that. */
static void look_at_orphan(struct unit_rules *x, unsigned i, const struct finding *v, uint64_t now)
{
	struct instance_note *note = &x->notes[i];

	if (!finding_is_active(v) || rules_state(x->engine, i) != RULE_PASS)
		note->pass_since_us = 0;
	else if (note->pass_since_us == 0)
		note->pass_since_us = now;
	else if (now - note->pass_since_us >= ORPHAN_US)
		clear_finding(x, i);
}

void rules_tell_tick(struct unit_rules *x, uint64_t now)
{
	const struct findings *f = &x->unit->diagnose.findings;

	for (unsigned i = 0; i < rules_count(x->engine); i++)
		if (x->notes[i].after_us || x->notes[i].deferred || x->notes[i].lost)
			look_after(x, i, now);
	for (size_t k = 0; k < f->n; k++) {
		if (!f->v[k]->restored || !startswith(f->v[k]->key, MANAGER_RULES_PREFIX))
			continue;
		for (unsigned i = 0; i < rules_count(x->engine); i++)
			if (streq(rules_name(x->engine, i),
				    f->v[k]->key + strlen(MANAGER_RULES_PREFIX)))
				look_at_orphan(x, i, f->v[k], now);
	}
	tell_held(x, now);
}

/* ---- a check of now */

/* The gravest open fault or warning, -1; what is due or is only to be known is no trouble. */
static int worst_trouble(const struct unit *u, bool *ret_due)
{
	const struct findings *f = &u->diagnose.findings;
	int worst = -1;

	*ret_due = false;
	for (size_t i = 0; i < f->n; i++) {
		if (!finding_is_active(f->v[i]))
			continue;
		if (f->v[i]->class <= CLASS_WARNING)
			worst = MAX(worst, (int)f->v[i]->severity);
		*ret_due = *ret_due || (f->v[i]->class == CLASS_MAINTENANCE &&
					       f->v[i]->severity >= SEVERITY_CARE);
	}
	return worst;
}

const char *unit_health(const struct unit *u)
{
	const char *state = unit_state(u);
	bool due;
	int worst = worst_trouble(u, &due);

	if (worst >= SEVERITY_URGENT)
		return "critical";
	if (worst == SEVERITY_SERVICE)
		return "warning";
	if (worst == SEVERITY_CARE)
		return "notice";
	if (streq(state, "unreachable") || streq(state, "unknown"))
		return "unknown";
	return due ? "notice" : "ok";
}

bool unit_problem(const struct unit *u)
{
	bool due;

	return worst_trouble(u, &due) > SEVERITY_INFO;
}

static void count_readings(const struct unit *u, struct verdict_text *v)
{
	for (size_t i = 0; i < u->appliance->n_attrs; i++) {
		if (!u->appliance->attrs[i].point)
			continue;
		v->readings++;
		v->good += u->appliance->attrs[i].seen &&
			   u->appliance->attrs[i].value.quality == QUALITY_GOOD;
	}
}

/* The word for the whole; sureness of the gravest finding, an own code counting as sure. */
static const char *verdict_word(const struct unit *u, struct verdict_text *v)
{
	static const char *const sure[] = {[CONFIDENCE_LOW] = "may",
		[CONFIDENCE_MEDIUM] = "likely",
		[CONFIDENCE_HIGH] = "confirmed"};
	const struct findings *f = &u->diagnose.findings;
	const struct finding *worst = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (finding_is_active(f->v[i]) && f->v[i]->class <= CLASS_WARNING &&
			(!worst || rules_is_own_code(f->v[i]) > rules_is_own_code(worst) ||
				(rules_is_own_code(f->v[i]) == rules_is_own_code(worst) &&
					f->v[i]->severity > worst->severity)))
			worst = f->v[i];
	v->finding = worst ? worst->id : 0;
	if (worst)
		return rules_is_own_code(worst) ? "own-code" : sure[worst->confidence];
	if (!appliance_reachable(u->appliance))
		return "unreachable";
	return v->judged == 0      ? "cannot-judge"
	       : v->judged < v->of ? "nothing-seen"
				   : "nothing-wrong";
}

/* Readings that are not there, in the words of the wire. */
static size_t missing_readings(const struct unit *u, struct verdict_missing *ret, size_t max)
{
	const struct appliance *a = u->appliance;
	size_t n = 0;

	for (size_t i = 0; i < a->n_attrs && n < max; i++) {
		const struct attribute *attr = &a->attrs[i];

		if (!attr->point || (attr->seen && attr->value.quality == QUALITY_GOOD))
			continue;
		ret[n++] = (struct verdict_missing){attr->name,
			attr->seen ? quality_name((enum quality)attr->value.quality)
				   : "unavailable",
			attr->seen ? reason_name((enum reason)attr->value.reason)
				   : reason_name(REASON_NO_REPLY)};
	}
	return n;
}

int manager_rules_verdict(struct unit *u, const struct check_reads *reads, char **ret)
{
	struct unit_rules *x = u->rules;
	unsigned n = x ? rules_count(x->engine) : 0;
	_cleanup_free_ struct verdict_rule *rules = calloc(MAX(n, 1u), sizeof(*rules));
	_cleanup_free_ char(*why)[256] = calloc(MAX(n, 1u), sizeof(*why));
	const struct findings *f = &u->diagnose.findings;
	struct verdict_missing missing[VERDICT_MISSING_MAX];
	_cleanup_free_ char *since = x ? manager_since_json(u) : NULL;
	uint64_t own[FINDINGS_MAX];
	struct verdict_text v = {.appliance = u->appliance->conf->id,
		.kind = u->appliance->conf->kind->name,
		.state = unit_state(u),
		.rules = rules,
		.own = own,
		.health = unit_health(u),
		.problem = unit_problem(u),
		.missing = missing,
		.n_missing = missing_readings(u, missing, VERDICT_MISSING_MAX),
		.asked = reads->asked,
		.answered = reads->answered,
		.since = since};
	size_t json_n;

	if (!rules || !why)
		return -ENOMEM;
	count_readings(u, &v);
	for (size_t k = 0; k < f->n; k++)
		if (rules_is_own_code(f->v[k]))
			own[v.n_own++] = f->v[k]->id;
	for (unsigned i = 0; i < n; i++) {
		enum rule_state s = rules_state(x->engine, i);
		const struct finding *g = finding_of(x, i);
		struct verdict_rule *t = &rules[v.n_rules];

		if (rules_kind(x->engine, i) == RULE_CONTEXT)
			continue;
		rules_why(x->engine, i, why[i], sizeof(why[i]));
		*t = (struct verdict_rule){.name = rules_name(x->engine, i),
			.state = rule_state_name(s),
			.class = rule_kind_name(rules_kind(x->engine, i)),
			.severity = severity_name(rules_severity(x->engine, i)),
			.why = why[i],
			.judged = s != RULE_NOT_READY && s != RULE_NOT_EVALUABLE};
		if (g && finding_is_active(g)) {
			t->finding = g->id;
			t->sureness = confidence_name(g->confidence);
		}
		v.judged += t->judged;
		v.of++;
		v.n_rules++;
	}
	v.verdict = verdict_word(u, &v);
	return verdict_compose(&v, ret, &json_n);
}
