/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a rule's finding, and the verdict of a check: values in, JSON out. */
#include "report-internal.h"

#include <math.h>

void write_list(struct writer *w, const char *key, const char *words, char separator)
{
	if (isempty(words))
		return;
	write_key(w, key);
	write_open(w, '[');
	while (*words) {
		char one[128];
		size_t n = strcspn(words, (char[]){separator, '\0'});

		(void)snprintf(one, sizeof(one), "%.*s", (int)MIN(n, sizeof(one) - 1), words);
		if (n > 0)
			write_string(w, one);
		words += n + (words[n] != '\0');
	}
	write_close(w, ']');
}

/* Seven digits are more than any sensor has. */
static void write_measure(struct writer *w, const char *key, double v)
{
	char s[32];

	write_key(w, key);
	if (!isfinite(v)) {
		write_null(w);
		return;
	}
	(void)snprintf(s, sizeof(s), "%.7g", v == 0 ? 0.0 : v);
	write_token(w, s);
}

static void write_comparison(struct writer *w, const struct diagnosis_comparison *c)
{
	write_open(w, '{');
	write_member(w, "of", c->of);
	write_measure(w, "value", c->value);
	write_member(w, "op", c->op);
	write_member(w, "limit", c->limit);
	write_measure(w, "threshold", c->threshold);
	write_member(w, "unit", isempty(c->unit) ? NULL : c->unit);
	write_key(w, "holds");
	if (c->known)
		write_bool(w, c->holds);
	else
		write_null(w);
	write_close(w, '}');
}

static void write_signs(struct writer *w, const struct diagnosis_sign *v, size_t n)
{
	if (n == 0)
		return;
	write_key(w, "signs");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		write_open(w, '{');
		write_member(w, "cause", v[i].cause);
		write_member(w, v[i].is_not ? "against" : "for", v[i].of);
		write_key(w, "holds");
		write_bool(w, v[i].holds);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static void write_normals(struct writer *w, const struct diagnosis_normal *v, size_t n)
{
	if (n == 0)
		return;
	write_key(w, "normal");
	write_open(w, '[');
	for (size_t i = 0; i < n; i++) {
		write_open(w, '{');
		write_member(w, "of", v[i].of);
		write_measure(w, "value", v[i].value);
		write_measure(w, "mean", v[i].mean);
		write_measure(w, "spread", v[i].spread);
		write_member(w, "unit", isempty(v[i].unit) ? NULL : v[i].unit);
		write_key(w, "samples");
		write_unsigned(w, v[i].samples);
		write_key(w, "days");
		write_unsigned(w, v[i].days);
		write_close(w, '}');
	}
	write_close(w, ']');
}

static int compose(const struct diagnosis_text *d, size_t n_comparisons, size_t n_causes,
	char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "rule", d->rule);
	write_member(&w, "point", d->point);
	write_list(&w, "points", d->points, ' ');
	write_member(&w, "sureness", d->sureness);
	if (n_causes > 0) {
		write_key(&w, "causes");
		write_open(&w, '[');
		for (size_t i = 0; i < n_causes; i++) {
			write_open(&w, '{');
			write_member(&w, "id", d->causes[i].id);
			write_key(&w, "share");
			write_decimal(&w, d->causes[i].share, 2);
			write_close(&w, '}');
		}
		write_close(&w, ']');
	}
	write_key(&w, "evidence");
	write_open(&w, '{');
	write_member(&w, "expression", d->expression);
	write_key(&w, "comparisons");
	write_open(&w, '[');
	for (size_t i = 0; i < n_comparisons; i++)
		write_comparison(&w, &d->comparisons[i]);
	write_close(&w, ']');
	if (d->shown_in > 0) {
		write_key(&w, "shown_in");
		write_unsigned(&w, d->shown_in);
	}
	if (isfinite(d->coverage)) {
		write_key(&w, "coverage");
		write_decimal(&w, d->coverage, 3);
	}
	write_normals(&w, d->normals, d->n_normals);
	write_signs(&w, d->signs, d->n_signs);
	write_close(&w, '}');
	write_list(&w, "excluded", d->excluded, ' ');
	write_list(&w, "not_explained_by", d->not_explained_by, ' ');
	write_list(&w, "not_known", d->not_known, ' ');
	write_list(&w, "outranked_by", d->outranked_by, '\x1f');
	if (d->earlier) {
		write_key(&w, "earlier");
		write_token(&w, d->earlier);
	}
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

int diagnosis_compose(const struct diagnosis_text *d, char **ret, size_t *ret_n)
{
	size_t n_comparisons = MIN(d->n_comparisons, (size_t)DIAGNOSIS_COMPARISONS_MAX);
	size_t n_causes = MIN(d->n_causes, (size_t)DIAGNOSIS_CAUSES_MAX);
	struct diagnosis_text t = *d;
	char expression[512];

	if (t.expression && strlen(t.expression) >= sizeof(expression))
		t.expression = str_abbreviate(expression, sizeof(expression), t.expression);
	for (;;) {
		char *json;
		size_t n;
		int r = compose(&t, n_comparisons, n_causes, &json, &n);

		if (r < 0)
			return r;
		if (n <= DIAGNOSIS_MAX) {
			*ret = json;
			*ret_n = n;
			return 0;
		}
		free(json);
		if (t.n_signs > 0)
			t.n_signs--;
		else if (n_comparisons > 1)
			n_comparisons--;
		else if (t.n_normals > 1)
			t.n_normals--;
		else if (n_causes > 3)
			n_causes--;
		else if (t.expression)
			t.expression = NULL;
		else if (!isempty(t.points))
			t.points = NULL;
		else if (t.earlier)
			t.earlier = NULL;
		else
			return -E2BIG;
	}
}

static void write_rule(struct writer *w, const struct verdict_rule *r)
{
	write_open(w, '{');
	write_member(w, "rule", r->name);
	write_member(w, "state", r->state);
	write_member(w, "class", r->class);
	write_member(w, "severity", r->severity);
	write_key(w, "judged");
	write_bool(w, r->judged);
	write_member(w, "why", isempty(r->why) ? NULL : r->why);
	write_member(w, "sureness", r->sureness);
	write_member(w, "cause", r->cause);
	if (r->finding > 0) {
		write_key(w, "finding");
		write_unsigned(w, r->finding);
	}
	write_close(w, '}');
}

int verdict_compose(const struct verdict_text *v, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "appliance", v->appliance);
	write_member(&w, "kind", v->kind);
	write_member(&w, "state", v->state);
	write_member(&w, "verdict", v->verdict);
	if (v->finding > 0) {
		write_key(&w, "finding");
		write_unsigned(&w, v->finding);
	}
	write_key(&w, "judged");
	write_unsigned(&w, v->judged);
	write_key(&w, "of");
	write_unsigned(&w, v->of);
	write_key(&w, "readings");
	write_unsigned(&w, v->readings);
	write_key(&w, "good");
	write_unsigned(&w, v->good);
	write_member(&w, "health", v->health);
	write_key(&w, "problem");
	write_bool(&w, v->problem);
	write_key(&w, "read_now");
	write_open(&w, '{');
	write_key(&w, "asked");
	write_unsigned(&w, v->asked);
	write_key(&w, "answered");
	write_unsigned(&w, v->answered);
	write_close(&w, '}');
	write_key(&w, "missing");
	write_open(&w, '[');
	for (size_t i = 0; i < v->n_missing; i++) {
		write_open(&w, '{');
		write_member(&w, "name", v->missing[i].name);
		write_member(&w, "q", v->missing[i].quality);
		write_member(&w, "why", v->missing[i].reason);
		write_close(&w, '}');
	}
	write_close(&w, ']');
	if (v->since) {
		write_key(&w, "since_attached");
		write_token(&w, v->since);
	}
	write_key(&w, "own");
	write_open(&w, '[');
	for (size_t i = 0; i < v->n_own; i++)
		write_unsigned(&w, v->own[i]);
	write_close(&w, ']');
	write_key(&w, "rules");
	write_open(&w, '[');
	for (size_t i = 0; i < v->n_rules; i++)
		write_rule(&w, &v->rules[i]);
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}
