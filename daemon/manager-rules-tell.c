/* SPDX-License-Identifier: Apache-2.0 */
/* What rules say becomes findings, told with care: the record at once, a message at most once a day and
 * appliance below urgent, silence that the bus explains not at all, and one cause behind several
 * appliances once. */
#include "manager-rules.h"

#include "log.h"

#include <math.h>

/* "After" in the freeze frame; a source must have answered as long before a lost value counts. */
#define AFTER_US    (5 * USEC_PER_MIN)
#define ANSWERED_US (5 * USEC_PER_MIN)
/* A finding whose rule has lost its memory goes when the rule has found nothing for so long. */
#define ORPHAN_US USEC_PER_DAY
/* Findings of one common cause at several appliances, within: told by the first of them. */
#define COMMON_US      USEC_PER_MIN
#define CODE_SEPARATOR "\x1f"

void rules_key(const struct unit_rules *x, unsigned instance, char *dst, size_t size)
{
	(void)snprintf(dst, size, MANAGER_RULES_PREFIX "%s", rules_name(x->engine, instance));
}

static struct finding *finding_of(const struct unit_rules *x, unsigned instance)
{
	char key[sizeof(((struct finding *)0)->key)];

	rules_key(x, instance, key, sizeof(key));
	return findings_by_key(&x->unit->diagnose.findings, key);
}

static const char *point_of(const struct unit_rules *x, unsigned instance)
{
	const char *slash = strchr(rules_name(x->engine, instance), '/');

	return slash ? slash + 1 : NULL;
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

static bool is_own_code(const struct finding *v)
{
	return finding_is_active(v) && !startswith(v->key, MANAGER_RULES_PREFIX) &&
	       v->class <= CLASS_WARNING && !endswith(v->key, "/map-misfit");
}

static void own_codes(const struct unit *u, char *dst, size_t size)
{
	const struct findings *f = &u->diagnose.findings;
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; i < f->n; i++)
		if (is_own_code(f->v[i]))
			(void)str_appendf(dst, size, &used, "%s%s", used ? CODE_SEPARATOR : "",
				f->v[i]->code);
}

/* ---- words: what was compared, with its numbers */

/* What people call X, where it is an attribute and nothing more. */
static const char *called(const struct unit_rules *x, unsigned instance, const char *text, bool zh)
{
	const char *point = point_of(x, instance);
	const struct attribute *attr;

	if (streq(text, "each") && point)
		text = point;
	attr = appliance_attr(x->unit->appliance, text);
	return attr ? attribute_label(attr, zh) : text;
}

static void add_comparison(const struct unit_rules *x, unsigned instance, const struct rule_atom *a,
	bool zh, char *dst, size_t size, size_t *used)
{
	double value = a->value, threshold = a->threshold;
	const char *unit = a->unit;

	/* Seconds say little where hours are meant. */
	if (streq(unit, "s") && fabs(threshold) >= 120) {
		value /= 60;
		threshold /= 60;
		unit = "min";
	}
	(void)str_appendf(dst, size, used, "%s%s %.4g%s%s (%s %.4g%s%s)",
		*used ? (zh ? "，" : ", ") : "", called(x, instance, a->text, zh), value,
		*unit ? " " : "", unit, a->op, threshold, *unit ? " " : "", unit);
}

static void make_meaning(const struct unit_rules *x, unsigned instance,
	const struct rule_evidence *ev, bool zh, char *dst, size_t size)
{
	const char *point = point_of(x, instance);
	size_t used = 0, n = 0;

	*dst = '\0';
	if (point)
		(void)str_appendf(dst, size, &used, "%s", called(x, instance, point, zh));
	for (size_t i = 0; i < ev->n && n < 3; i++)
		if (ev->atoms[i].known && ev->atoms[i].holds && isfinite(ev->atoms[i].value)) {
			add_comparison(x, instance, &ev->atoms[i], zh, dst, size, &used);
			n++;
		}
}

static const struct cause *cause_of(const struct unit_rules *x, const char *word)
{
	const struct knowledge *k = x->manager->knowledge;

	return k ? knowledge_resolve(k, x->unit->appliance->conf->kind, word) : NULL;
}

/* As the knowledge has it; a word it does not know stays. */
static const char *cause_id(const struct unit_rules *x, const char *word)
{
	const struct cause *c = cause_of(x, word);

	return c ? c->id : word;
}

/* What it may be, no surer than it is. Causes come with the likeliest first. */
static void add_causes(const struct unit_rules *x, const struct diagnosis_cause *v, size_t n,
	enum rule_sureness sureness, bool zh, char *dst, size_t size)
{
	bool likely = n > 0 && v[0].share >= 0.5 && sureness > SURE_LOW;
	size_t used = strlen(dst), told = 0;

	for (size_t i = 0; i < n && told < (likely ? 1u : 3u); i++) {
		const struct cause *c = cause_of(x, v[i].id);

		if (!c)
			continue;
		if (told++ == 0)
			(void)str_appendf(dst, size, &used, "%s%s", used ? (zh ? "；" : "; ") : "",
				zh ? (likely ? "很可能是" : "可能是")
				   : (likely ? "likely: " : "may be: "));
		else
			(void)str_appendf(dst, size, &used, "%s", zh ? "、" : ", ");
		(void)str_appendf(dst, size, &used, "%s", words_in(&c->name, zh));
	}
}

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
	struct rule_cause causes[RULE_CAUSES_MAX];
	struct diagnosis_cause told[RULE_CAUSES_MAX];
	struct diagnosis_comparison comparisons[RULE_ATOMS_MAX];
	struct finding_clock clock = clock_of(x);
	enum rule_sureness sureness = rules_sureness(x->engine, i);
	char rule[RULE_NAME_MAX + 1], own[128], key[112], en[400], zh[400];
	const char *name = rules_name(x->engine, i), *point = point_of(x, i);
	_cleanup_free_ char *json = NULL;
	struct rule_evidence ev;
	struct raise t = {x, &clock, NULL};
	size_t n = rules_causes(x->engine, i, causes), json_n;

	rules_evidence(x->engine, i, &ev);
	(void)snprintf(rule, sizeof(rule), "%.*s", (int)strcspn(name, "/"), name);
	own_codes(x->unit, own, sizeof(own));
	for (size_t k = 0; k < n; k++)
		told[k] = (struct diagnosis_cause){cause_id(x, causes[k].id), causes[k].share};
	for (size_t k = 0; k < ev.n; k++) {
		const struct rule_atom *a = &ev.atoms[k];

		comparisons[k] = (struct diagnosis_comparison){a->text, a->op, a->limit, a->unit,
			a->value, a->threshold, a->known, a->holds};
	}
	t.cause = n > 0 ? told[0].id : NULL;
	if (diagnosis_compose(&(struct diagnosis_text){.rule = rule,
				      .point = point,
				      .sureness = rule_sureness_name(sureness),
				      .expression = ev.expression,
				      .causes = told,
				      .n_causes = n,
				      .comparisons = comparisons,
				      .n_comparisons = ev.n,
				      .shown_in = ev.trips,
				      .coverage = ev.coverage,
				      .not_known = ev.not_judged,
				      .outranked_by = own},
		    &json, &json_n) < 0)
		json = NULL;
	make_meaning(x, i, &ev, false, en, sizeof(en));
	make_meaning(x, i, &ev, true, zh, sizeof(zh));
	add_causes(x, told, n, sureness, false, en, sizeof(en));
	add_causes(x, told, n, sureness, true, zh, sizeof(zh));
	rules_key(x, i, key, sizeof(key));
	findings_observe(&x->unit->diagnose.findings, key, OBSERVED_PRESENT,
		&(struct finding_template){.code = rule,
			.meaning_en = en,
			.meaning_zh = zh,
			.component = point,
			.source = "",
			.severity = rules_severity(x->engine, i),
			.class = class_of(rules_kind(x->engine, i)),
			.confidence = confidence_of(sureness),
			.household = -1,
			.at_once = true,
			.diagnosis = json ? json : "{}"},
		&clock, on_raise, &t);
	x->notes[i].after_us = clock.now_us + AFTER_US;
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
	x->save_due = true;
}

/* A value that is missing because its source is silent is the bus's to tell, or the line's. */
static bool bus_explains(const struct unit_rules *x, unsigned i)
{
	const struct appliance *a = x->unit->appliance;
	const char *point = point_of(x, i);
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
		if (f->v[i]->held && finding_is_active(f->v[i]) && f->v[i]->diagnosis &&
			isempty(f->v[i]->common) && (!v || f->v[i]->severity > v->severity))
			v = f->v[i];
	if (!v)
		return;
	clock = clock_of(x);
	note_told(x, v, &clock);
	x->save_due = true;
	manager_unit_finding(f, v, FINDING_RAISED, x->unit);
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
		if (x->notes[i].after_us || x->notes[i].deferred)
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

const char *unit_health(const struct unit *u)
{
	enum severity severity;
	enum fault_class class;
	const char *state = unit_state(u);

	if (findings_active(&u->diagnose.findings, &class, &severity) > 0) {
		switch (severity) {
		case SEVERITY_INFO:
			break;
		case SEVERITY_CARE:
			return "notice";
		case SEVERITY_SERVICE:
			return "warning";
		case SEVERITY_URGENT:
		case SEVERITY_DANGER:
			return "critical";
		}
	}
	return streq(state, "unreachable") || streq(state, "unknown") ? "unknown" : "ok";
}

static void count_readings(const struct unit *u, struct verdict_text *v)
{
	for (size_t i = 0; i < u->appliance->n_attrs; i++) {
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
			(!worst || is_own_code(f->v[i]) > is_own_code(worst) ||
				(is_own_code(f->v[i]) == is_own_code(worst) &&
					f->v[i]->severity > worst->severity)))
			worst = f->v[i];
	v->finding = worst ? worst->id : 0;
	if (worst)
		return is_own_code(worst) ? "own-code" : sure[worst->confidence];
	if (!appliance_reachable(u->appliance))
		return "unreachable";
	return v->judged == 0      ? "cannot-judge"
	       : v->judged < v->of ? "nothing-seen"
				   : "nothing-wrong";
}

int manager_rules_verdict(struct unit *u, char **ret)
{
	struct unit_rules *x = u->rules;
	unsigned n = x ? rules_count(x->engine) : 0;
	_cleanup_free_ struct verdict_rule *rules = calloc(MAX(n, 1u), sizeof(*rules));
	_cleanup_free_ char(*why)[256] = calloc(MAX(n, 1u), sizeof(*why));
	const struct findings *f = &u->diagnose.findings;
	uint64_t own[FINDINGS_MAX];
	struct verdict_text v = {.appliance = u->appliance->conf->id,
		.kind = u->appliance->conf->kind->name,
		.state = unit_state(u),
		.rules = rules,
		.own = own};
	size_t json_n;

	if (!rules || !why)
		return -ENOMEM;
	count_readings(u, &v);
	for (size_t k = 0; k < f->n; k++)
		if (is_own_code(f->v[k]))
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
