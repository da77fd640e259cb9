/* SPDX-License-Identifier: Apache-2.0 */
/* The words and the record of a rule's finding: what was compared with which numbers, the causes and what
 * speaks for and against them, what was normal, and what an earlier episode said. */
#include "manager-rules.h"
#include "daemon/report/report.h"

#include <math.h>

#define CODE_SEPARATOR "\x1f"
#define POINTS_SHOWN   8   /* names of lost points in a sentence; the record has more */
#define EARLIER_MAX    480 /* bytes */

const char *rules_point(const struct unit_rules *x, unsigned instance)
{
	const char *slash = strchr(rules_name(x->engine, instance), '/');

	return slash ? slash + 1 : NULL;
}

bool rules_is_own_code(const struct finding *v)
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
		if (rules_is_own_code(f->v[i]))
			(void)str_appendf(dst, size, &used, "%s%s", used ? CODE_SEPARATOR : "",
				f->v[i]->code);
}

/* ---- words: what was compared, with its numbers */

/* What people call X, where it is an attribute and nothing more. */
static const char *called(const struct unit_rules *x, unsigned instance, const char *text, bool zh)
{
	const char *point = rules_point(x, instance);
	const struct attribute *attr;

	if (streq(text, "each") && point)
		text = point;
	attr = appliance_attr(x->unit->appliance, text);
	return attr ? attribute_label(attr, zh) : text;
}

/* A rule without a name is called what it compares: no number that was measured, for that would leave the house
 * at every level (docs/privacy.md). Those are in the record. */
static void add_comparison(const struct unit_rules *x, unsigned instance, const struct rule_atom *a,
	bool zh, char *dst, size_t size, size_t *used)
{
	(void)str_appendf(dst, size, used, "%s%s %s %s", *used ? (zh ? "，" : ", ") : "",
		called(x, instance, a->text, zh), a->op, a->limit);
}

static void add_lost(const struct unit_rules *x, const struct rule_evidence *ev, bool zh, char *dst,
	size_t size, size_t *used)
{
	size_t shown = MIN(MIN(ev->n_lost, (size_t)POINTS_SHOWN), ARRAY_SIZE(ev->lost));

	for (size_t i = 0; i < shown; i++) {
		int16_t k = x->attr_of_point[ev->lost[i]];

		if (k >= 0)
			(void)str_appendf(dst, size, used, "%s%s",
				i == 0 ? ""
				: zh   ? "、"
				       : ", ",
				attribute_label(&x->unit->appliance->attrs[k], zh));
	}
	if (ev->n_lost > shown)
		(void)str_appendf(dst, size, used, zh ? "等共 %zu 项" : " and %zu more",
			zh ? ev->n_lost : ev->n_lost - shown);
}

static void make_meaning(const struct unit_rules *x, unsigned instance,
	const struct rule_evidence *ev, bool zh, char *dst, size_t size)
{
	const char *point = rules_point(x, instance), *label = rules_label(x->engine, instance, zh);
	size_t used = 0, n = 0;

	*dst = '\0';
	if (label)
		(void)str_appendf(dst, size, &used, "%s%s", label, zh ? "：" : ": ");
	if (ev->n_lost > 0) {
		add_lost(x, ev, zh, dst, size, &used);
		return;
	}
	if (point)
		(void)str_appendf(dst, size, &used, "%s", called(x, instance, point, zh));
	for (size_t i = 0; !label && i < ev->n && n < 3; i++)
		if (ev->atoms[i].known && ev->atoms[i].holds) {
			add_comparison(x, instance, &ev->atoms[i], zh, dst, size, &used);
			n++;
		}
	if (label && !point) /* nothing follows the separator */
		dst[used - strlen(zh ? "：" : ": ")] = '\0';
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

/* ---- the record */

uint32_t rules_lost_hash(const struct unit_rules *x, unsigned instance)
{
	uint16_t v[RULE_LOST_MAX] = {0};
	size_t n;

	if (!rules_counts_lost(x->engine, instance))
		return 0;
	n = rules_lost(x->engine, instance, 0, v, ARRAY_SIZE(v));
	return crc32c((uint32_t)n, v, MIN(n, ARRAY_SIZE(v)) * sizeof(*v)) | 1;
}

/* The numbers of the episode before, which the new record would else wipe out. diagnosis_compose() wrote
 * them: neither brackets in its texts nor blanks around its keys. */
static char *earlier_of(const struct finding *v)
{
	static const char key[] = "\"comparisons\":[";
	const char *p =
		v && v->diagnosis && !finding_is_active(v) ? strstr(v->diagnosis, key) : NULL;
	const char *end = p ? strchr(p, ']') : NULL;
	char *json = NULL;
	size_t n;

	if (!end || v->times == 0)
		return NULL;
	p += strlen(key);
	n = (size_t)(end - p);
	if (n > EARLIER_MAX) { /* the first of them */
		const char *stop = memmem(p, n, "},{", 3);

		n = stop ? (size_t)(stop - p) + 1 : n;
	}
	if (n == 0 || n > EARLIER_MAX)
		return NULL;
	if (asprintf(&json, "{\"times\":%" PRIu32 ",\"first\":%" PRId64 ",\"comparisons\":[%.*s]}",
		    v->times, v->first_wall_us / (int64_t)USEC_PER_SEC, (int)n, p) < 0)
		return NULL;
	return json;
}

static void name_lost(
	const struct unit_rules *x, const struct rule_evidence *ev, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; i < MIN(ev->n_lost, ARRAY_SIZE(ev->lost)); i++) {
		int16_t k = x->attr_of_point[ev->lost[i]];

		if (k >= 0)
			(void)str_appendf(dst, size, &used, "%s%s", used ? " " : "",
				x->unit->appliance->attrs[k].name);
	}
}

/* Ids as the knowledge has them. */
static void resolve_words(const struct unit_rules *x, const char *words, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	while (*words) {
		size_t n = strcspn(words, " ");
		char one[RULE_NAME_MAX + 1];

		(void)snprintf(one, sizeof(one), "%.*s", (int)MIN(n, sizeof(one) - 1), words);
		if (n > 0)
			(void)str_appendf(
				dst, size, &used, "%s%s", used ? " " : "", cause_id(x, one));
		words += n + (words[n] != '\0');
	}
}

struct parts { /* of a record, in the terms of report.h */
	struct diagnosis_cause causes[RULE_CAUSES_MAX];
	struct diagnosis_comparison comparisons[RULE_ATOMS_MAX];
	struct diagnosis_sign signs[2 * RULE_CAUSES_MAX];
	struct diagnosis_normal normals[RULE_BASELINES_MAX];
};

static void fill_parts(const struct unit_rules *x, const struct rule_evidence *ev, struct parts *p)
{
	for (size_t k = 0; k < ev->n; k++) {
		const struct rule_atom *a = &ev->atoms[k];

		p->comparisons[k] = (struct diagnosis_comparison){a->text, a->op, a->limit, a->unit,
			a->value, a->threshold, a->known, a->holds};
	}
	for (size_t k = 0; k < ev->n_signs; k++)
		p->signs[k] = (struct diagnosis_sign){cause_id(x, ev->signs[k].cause),
			ev->signs[k].text, ev->signs[k].is_not, ev->signs[k].holds};
	for (size_t k = 0; k < ev->n_baselines; k++) {
		const struct rule_baseline *b = &ev->baselines[k];

		p->normals[k] = (struct diagnosis_normal){
			b->text, b->unit, b->value, b->mean, b->spread, b->samples, b->days};
	}
}

void rules_words(
	struct unit_rules *x, unsigned i, const struct finding *before, struct rule_words *ret)
{
	struct rule_cause causes[RULE_CAUSES_MAX];
	char rule[RULE_NAME_MAX + 1], own[128], en[600], zh[600], lost[DIAGNOSIS_MAX / 2];
	char excluded[600];
	const char *name = rules_name(x->engine, i);
	_cleanup_free_ struct parts *p = calloc(1, sizeof(*p));
	_cleanup_free_ struct rule_evidence *ev = calloc(1, sizeof(*ev));
	_cleanup_free_ char *earlier = earlier_of(before);
	size_t n = rules_causes(x->engine, i, causes), json_n;

	*ret = (struct rule_words){.sureness = rules_sureness(x->engine, i)};
	if (!p || !ev)
		return;
	rules_evidence(x->engine, i, ev);
	(void)snprintf(rule, sizeof(rule), "%.*s", (int)strcspn(name, "/"), name);
	own_codes(x->unit, own, sizeof(own));
	for (size_t k = 0; k < n; k++)
		p->causes[k] = (struct diagnosis_cause){cause_id(x, causes[k].id), causes[k].share};
	if (n > 0)
		(void)str_copy(ret->cause, sizeof(ret->cause), p->causes[0].id);
	fill_parts(x, ev, p);
	name_lost(x, ev, lost, sizeof(lost));
	resolve_words(x, ev->excluded, excluded, sizeof(excluded));
	if (diagnosis_compose(&(struct diagnosis_text){.rule = rule,
				      .point = rules_point(x, i),
				      .points = lost,
				      .sureness = rule_sureness_name(ret->sureness),
				      .expression = ev->expression,
				      .causes = p->causes,
				      .n_causes = n,
				      .comparisons = p->comparisons,
				      .n_comparisons = ev->n,
				      .signs = p->signs,
				      .n_signs = ev->n_signs,
				      .normals = p->normals,
				      .n_normals = ev->n_baselines,
				      .shown_in = ev->trips,
				      .coverage = ev->coverage,
				      .excluded = excluded,
				      .not_explained_by = ev->not_explained_by,
				      .not_known = ev->not_judged,
				      .outranked_by = own,
				      .earlier = earlier},
		    &ret->record, &json_n) < 0)
		ret->record = NULL;
	make_meaning(x, i, ev, false, en, sizeof(en));
	make_meaning(x, i, ev, true, zh, sizeof(zh));
	add_causes(x, p->causes, n, ret->sureness, false, en, sizeof(en));
	add_causes(x, p->causes, n, ret->sureness, true, zh, sizeof(zh));
	ret->en = strdup(en);
	ret->zh = strdup(zh);
}

void rules_words_done(struct rule_words *w)
{
	free(w->record);
	free(w->en);
	free(w->zh);
	*w = (struct rule_words){0};
}

void rules_freeze_first(struct unit_rules *x, unsigned instance)
{
	uint16_t points[RULE_FREEZE_MAX], attrs[RULE_FREEZE_MAX];
	size_t n = rules_freeze(x->engine, instance, points), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (x->attr_of_point[points[i]] >= 0)
			attrs[kept++] = (uint16_t)x->attr_of_point[points[i]];
	diagnose_freeze_first(&x->unit->diagnose, attrs, kept);
}
