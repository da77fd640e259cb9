/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about a finding, and whether what was done has helped. */
#include "manager-care.h"
#include "manager-rules.h"
#include "daemon/report/report-internal.h"

#include <math.h>

#define CAUSES_SHOWN MANAGER_CARE_WORDS

/* ---- causes and steps */

/* Ids of causes, the likeliest first: of a rule's record, or what a code may mean. */
size_t manager_care_words(const struct finding *v, char (*ret)[KNOWLEDGE_ID_MAX + 1])
{
	const char *p = v->diagnosis ? strstr(v->diagnosis, "\"causes\":[") : NULL, *end;
	size_t n = 0, len;

	/* diagnosis_compose() wrote it: no blanks, ids without escapes. */
	end = p ? strchr(p, ']') : NULL;
	while (p && end && n < CAUSES_SHOWN && (p = strstr(p, "\"id\":\"")) && p < end) {
		p += strlen("\"id\":\"");
		(void)snprintf(ret[n++], KNOWLEDGE_ID_MAX + 1, "%.*s",
			(int)MIN(strcspn(p, "\""), (size_t)KNOWLEDGE_ID_MAX), p);
	}
	for (p = v->causes; n < CAUSES_SHOWN && *p; p += len) {
		p += strspn(p, " ");
		len = strcspn(p, " ");
		if (len > 0 && len <= KNOWLEDGE_ID_MAX)
			(void)snprintf(ret[n++], KNOWLEDGE_ID_MAX + 1, "%.*s", (int)len, p);
	}
	return n;
}

const struct cause *manager_care_cause(const struct unit *u, const char *word)
{
	return knowledge_resolve(u->manager->knowledge, u->appliance->conf->kind, word);
}

static void write_step(struct writer *w, const struct step *s, unsigned number)
{
	write_open(w, '{');
	write_key(w, "step");
	write_unsigned(w, number);
	write_member(w, "who", who_word(s->who));
	write_both(w, "who_name", who_name(s->who, false), who_name(s->who, true));
	write_both(w, "text", s->text.en, s->text.zh);
	write_member(w, "check", s->check);
	write_member(w, "stop", s->stop);
	if (s->check) {
		write_key(w, "check_for_s");
		write_unsigned(w, s->check_for_us / USEC_PER_SEC);
	}
	write_close(w, '}');
}

static void write_cause(struct writer *w, const struct unit *u, const struct cause *c)
{
	const char *en[3], *zh[3];
	size_t n = knowledge_first_words(u->appliance->conf->kind, c->danger, false, en);

	(void)knowledge_first_words(u->appliance->conf->kind, c->danger, true, zh);
	write_open(w, '{');
	write_member(w, "cause", c->id);
	write_both(w, "name", c->name.en, c->name.zh);
	write_both(w, "text", c->text.en, c->text.zh);
	write_both(w, "decide", c->decide.en, c->decide.zh);
	write_member(w, "who", who_word(c->who));
	write_both(w, "who_name", who_name(c->who, false), who_name(c->who, true));
	write_member(w, "danger", danger_word(c->danger));
	write_key(w, "first");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		write_open(w, '{');
		write_member(w, "en", en[i]);
		write_member(w, "zh", zh[i]);
		write_close(w, '}');
	}
	write_close(w, ']');
	write_key(w, "unconfirmed");
	write_bool(w, c->unconfirmed);
	write_key(w, "steps");
	write_open(w, '[');
	for (size_t i = 0; i < c->n_steps; i++)
		write_step(w, &c->steps[i], (unsigned)i + 1);
	write_close(w, ']');
	write_close(w, '}');
}

static void write_finding(struct writer *w, const struct unit *u, const struct finding *v)
{
	write_key(w, "finding");
	write_unsigned(w, v->id);
	write_member(w, "appliance", u->appliance->conf->id);
	write_both(w, "label", u->appliance->conf->label.en, u->appliance->conf->label.zh);
	write_member(w, "code", v->code);
	write_both(w, "meaning", v->meaning_en, v->meaning_zh);
	write_member(w, "severity", severity_name(v->severity));
	write_member(w, "state", finding_state_name(v->state));
	write_key(w, "own_code");
	write_bool(w, !v->diagnosis);
}

int manager_care_guide(struct unit *u, const struct finding *v, char **ret)
{
	char words[CAUSES_SHOWN][KNOWLEDGE_ID_MAX + 1];
	size_t n = manager_care_words(v, words), size;
	struct writer w = {0};

	write_open(&w, '{');
	write_finding(&w, u, v);
	write_steps_done(&w, v);
	write_key(&w, "causes");
	write_open(&w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct cause *c = manager_care_cause(u, words[i]);

		if (c)
			write_cause(&w, u, c);
	}
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, &size);
}

static struct expr_value value_at(void *userdata, uint32_t ref)
{
	return ((const struct expr_value *)userdata)[ref];
}

static const char *truth(const struct model_kind *kind, const char *text, struct expr_value *values)
{
	const struct expr_env env = {.userdata = values, .value = value_at};
	const struct expr_want want = {.type = EXPR_BOOL};
	_cleanup_(expr_freep) struct expr *e = NULL;
	struct expr_error err;
	struct expr_value v;

	if (!text)
		return "";
	if (knowledge_parse(kind, text, &want, &e, &err) < 0)
		return "unknown";
	v = expr_eval(e, &env);
	return v.quality != QUALITY_GOOD ? "unknown" : v.v != 0 ? "yes" : "no";
}

int manager_care_check(
	struct unit *u, const char *cause, unsigned step, const char **check, const char **stop)
{
	const struct model_kind *kind = u->appliance->conf->kind;
	const struct cause *c = manager_care_cause(u, cause);
	_cleanup_free_ struct expr_value *values = NULL;

	if (!c || step < 1 || step > c->n_steps)
		return -ENOENT;
	values = calloc(kind->n_attrs, sizeof(*values));
	if (!values)
		return -ENOMEM;
	manager_care_values(u, values);
	*check = truth(kind, c->steps[step - 1].check, values);
	*stop = truth(kind, c->steps[step - 1].stop, values);
	return 0;
}

/* ---- repairs */

static int instance_of(const struct unit *u, const char *rule)
{
	for (unsigned i = 0; u->rules && i < rules_count(u->rules->engine); i++)
		if (streq(rules_name(u->rules->engine, i), rule))
			return (int)i;
	return -ENOENT;
}

static int instance_of_finding(const struct unit *u, const struct finding *v)
{
	const char *rule = startswith(v->key, MANAGER_RULES_PREFIX);

	return rule ? instance_of(u, rule) : -ENOENT;
}

static void store(struct unit *u, struct finding *v)
{
	manager_unit_finding(&u->diagnose.findings, v, FINDING_CHANGED, u);
	if (u->rules)
		u->rules->save_due = true;
}

int manager_care_step_done(struct unit *u, struct finding *v, const char *cause, unsigned step)
{
	const char *check, *stop;
	int r = manager_care_check(u, cause, step, &check, &stop);

	if (r >= 0)
		r = finding_step_done(
			v, cause, step, streq(check, "yes"), manager_clock(u->manager).wall_us);
	if (r >= 0)
		store(u, v);
	return r;
}

int manager_care_claim(
	struct unit *u, struct finding *v, const char *by, const char *part, const char *note)
{
	int i = instance_of_finding(u, v), r;

	if (i >= 0) {
		r = rules_repair_claim(u->rules->engine, (unsigned)i);
		if (r < 0)
			return r;
	}
	if (!v->repair)
		v->repair = calloc(1, sizeof(*v->repair));
	if (!v->repair)
		return -ENOMEM;
	*v->repair = (struct finding_repair){
		.state = REPAIR_CLAIMED,
		.wall_us = manager_clock(u->manager).wall_us,
		.times = v->times,
	};
	(void)str_copy(v->repair->by, sizeof(v->repair->by), by);
	(void)str_copy(v->repair->part, sizeof(v->repair->part), part);
	(void)str_copy(v->repair->note, sizeof(v->repair->note), note);
	store(u, v);
	return 0;
}

/* A rule that the causes of a code are seen by, and that still stands; NULL. */
static const char *still_seen(const struct unit *u, const struct finding *v)
{
	char words[CAUSES_SHOWN][KNOWLEDGE_ID_MAX + 1];
	size_t n = manager_care_words(v, words);

	for (size_t i = 0; i < n; i++) {
		const struct cause *c = manager_care_cause(u, words[i]);

		for (size_t k = 0; c && k < c->n_expect_after; k++) {
			int x = instance_of(u, c->expect_after[k]);

			if (x >= 0 && rules_state(u->rules->engine, (unsigned)x) == RULE_CONFIRMED)
				return c->expect_after[k];
		}
	}
	return NULL;
}

static enum repair_state judge(
	const struct unit *u, const struct finding *v, struct rule_repair *test, const char **seen)
{
	int i = instance_of_finding(u, v);
	bool active = finding_is_active(v);

	*test = (struct rule_repair){0};
	*seen = NULL;
	if (i >= 0) {
		(void)rules_repair_watch(u->rules->engine, (unsigned)i);
		rules_repair(u->rules->engine, (unsigned)i, test);
	}
	if (v->times > v->repair->times)
		return REPAIR_RETURNED;
	if (i < 0) { /* that a code stays away proves nothing */
		*seen = active ? NULL : still_seen(u, v);
		return *seen ? REPAIR_ONLY_RESET : REPAIR_CLAIMED;
	}
	switch (test->result) {
	case REPAIR_PASSED:
		return active ? REPAIR_CLAIMED : REPAIR_VERIFIED;
	case REPAIR_FAILED:
		return active ? REPAIR_RETURNED : REPAIR_ONLY_RESET;
	case REPAIR_NOT_COMPARABLE:
		break;
	}
	/* What was proven stays proven until something speaks against it. */
	return v->repair->state == REPAIR_VERIFIED ? REPAIR_VERIFIED : REPAIR_CLAIMED;
}

void manager_care_look(struct unit *u)
{
	struct findings *f = &u->diagnose.findings;

	for (size_t i = 0; i < f->n; i++) {
		struct rule_repair test;
		const char *seen;
		enum repair_state s;

		if (!f->v[i]->repair)
			continue;
		s = judge(u, f->v[i], &test, &seen);
		if (s == f->v[i]->repair->state)
			continue;
		f->v[i]->repair->state = s;
		store(u, f->v[i]);
	}
}

static void write_atoms(struct writer *w, const char *key, const struct rule_atom *v, size_t n)
{
	write_key(w, key);
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		write_open(w, '{');
		write_member(w, "of", v[i].text);
		write_member(w, "op", v[i].op);
		write_member(w, "unit", v[i].unit);
		if (isfinite(v[i].value)) {
			write_key(w, "value");
			write_decimal(w, v[i].value, 3);
		}
		if (isfinite(v[i].threshold)) {
			write_key(w, "threshold");
			write_decimal(w, v[i].threshold, 3);
		}
		write_close(w, '}');
	}
	write_close(w, ']');
}

int manager_care_verify(struct unit *u, struct finding *v, char **ret)
{
	struct writer w = {0};
	struct rule_repair test;
	const char *seen;
	size_t n;

	manager_care_look(u);
	(void)judge(u, v, &test, &seen);
	write_open(&w, '{');
	write_finding(&w, u, v);
	write_member(&w, "verdict",
		v->repair->state == REPAIR_CLAIMED ? "not-comparable-yet"
						   : repair_state_name(v->repair->state));
	write_key(&w, "claimed_at");
	write_signed(&w, v->repair->wall_us);
	write_member(&w, "by", v->repair->by);
	write_member(&w, "part", v->repair->part);
	write_member(&w, "note", v->repair->note);
	write_member(&w, "still_seen", seen);
	if (!v->diagnosis) {
		write_key(&w, "away_since");
		write_signed(&w, finding_is_active(v) ? 0 : v->cleared_wall_us);
	}
	if (test.claimed) {
		write_key(&w, "own_test");
		write_bool(&w, test.own_test);
		write_member(&w, "expression", test.expression);
		write_member(&w, "unit", test.unit);
		write_key(&w, "passed");
		write_decimal(&w, test.seen, 0);
		write_key(&w, "needed");
		write_decimal(&w, test.needed, 0);
		write_atoms(&w, "after", test.fault, test.n_fault);
		write_atoms(&w, "test", test.repair, test.n_repair);
	}
	if (v->diagnosis) {
		write_key(&w, "record");
		write_token(&w, v->diagnosis); /* diagnosis_compose() made it */
	}
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}
