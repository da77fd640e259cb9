/* SPDX-License-Identifier: Apache-2.0 */
/* [Maintenance]: what is due by use or by time. */
#include "knowledge-internal.h"

#include <math.h>

static int bad(int r, int *worst)
{
	if (r < 0)
		*worst = r;
	return r;
}

/* The unit in which Rate= or Total= is counted, so that Every= can be in it. */
static int counted_unit(
	struct loading *l, struct ini_section *s, struct maintenance_item *m, struct expr_want *ret)
{
	const char *text = m->rate ? m->rate : m->total;
	struct expr_unit h, volume, flow;
	unit_id id;
	double scale;

	(void)unit_by_name("h", &id);
	h = expr_unit_of(id);
	(void)unit_by_name("m³", &id);
	volume = expr_unit_of(id);
	(void)unit_by_name("m³/h", &id);
	flow = expr_unit_of(id);
	*ret = (struct expr_want){.type = EXPR_NUMBER, .has_unit = true};
	for (size_t i = 0; i < (m->kinds.all ? model_n_kinds : m->kinds.n); i++) {
		const struct model_kind *kind = m->kinds.all ? &model_kinds[i] : m->kinds.v[i];
		_cleanup_(expr_freep) struct expr *x = NULL;
		struct expr_error err;

		if (!knowledge_kind_has_names(kind, text) ||
			knowledge_parse(kind, text, NULL, &x, &err) < 0)
			continue;
		if (m->total && expr_root(x)->type == EXPR_NUMBER) {
			ret->unit = *expr_unit(x);
			return 0;
		}
		if (m->total)
			break;
		if (expr_root(x)->type == EXPR_BOOL ||
			(expr_root(x)->type == EXPR_NUMBER && expr_unit_is_plain(expr_unit(x)))) {
			ret->unit = h;
			return 0;
		}
		if (expr_root(x)->type == EXPR_NUMBER &&
			expr_unit_convertible(expr_unit(x), &flow, &scale)) {
			ret->unit = volume;
			return 0;
		}
		break;
	}
	return ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, m->rate ? "Rate" : "Total", NULL),
		m->rate ? "write true or false, a number without unit, or a flow"
			: "write a number");
}

static int check_every(struct loading *l, struct ini_section *s, struct maintenance_item *m,
	const struct expr_want *want)
{
	struct ini_entry *e = ini_get(s, "Every", NULL);
	_cleanup_(expr_freep) struct expr *x = NULL;
	struct expr_error err;
	int r = knowledge_parse(&model_kinds[0], e->value, want, &x, &err);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return ini_problem(
			l->problems, PROBLEM_ERROR, e, "column %u: %s", err.column, err.text);
	if (!expr_is_constant(x) || !(expr_eval(x, &(const struct expr_env){0}).v > 0))
		return ini_problem(l->problems, PROBLEM_ERROR, e,
			"\"%s\" is no amount; write a number above 0 with its unit, such as 300 h",
			e->value);
	m->every = e->value;
	return 1;
}

static int load_counting(struct loading *l, struct ini_section *s, struct maintenance_item *m)
{
	static const struct expr_want any = {.any = true};
	struct expr_want want = {.type = EXPR_NUMBER, .has_unit = true};
	unit_id percent;
	int worst = 0;

	(void)unit_by_name("%", &percent);
	want.unit = expr_unit_of(percent);
	bad(knowledge_check_expr(l, s, "Rate", &m->kinds, &any, &m->rate), &worst);
	bad(knowledge_check_expr(l, s, "Total", &m->kinds, &any, &m->total), &worst);
	bad(knowledge_check_expr(l, s, "Left", &m->kinds, &want, &m->left), &worst);
	if (worst < 0)
		return worst;
	if (m->rate && m->total)
		return ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, "Total", NULL),
			"there is Rate= too; write one of them");
	if (m->rate || m->total) {
		if (!ini_get(s, "Every", NULL))
			return ini_problem_section(l->problems, PROBLEM_ERROR, s,
				"Every= is missing; write after how much it is due");
		if (bad(counted_unit(l, s, m, &want), &worst) >= 0)
			bad(check_every(l, s, m, &want), &worst);
	}
	if (worst == 0 && !m->rate && !m->total && !m->left && !m->calendar_us)
		return ini_problem_section(l->problems, PROBLEM_ERROR, s,
			"nothing says when it is due; write Rate=, Total=, Left= or Calendar=");
	return worst;
}

int knowledge_load_item(struct loading *l, struct ini_section *s, struct maintenance_item *m)
{
	static const char *const known[] = {"Kinds", "Name", "Part", "Text", "Who", "Danger",
		"Minutes", "Sources", "Unconfirmed", "Rate", "Total", "Left", "LeftDue", "Every",
		"Calendar", "Remind", NULL};
	const struct entry_head head = {&m->kinds, &m->name, &m->part, &m->text, &m->who,
		&m->danger, &m->minutes, &m->sources, &m->unconfirmed};
	double remind = 10;
	int worst = 0;

	m->id = s->arg;
	m->file = s->file;
	m->line = s->line;
	if (bad(knowledge_load_head(l, s, &head), &worst) == -ENOMEM)
		return worst;
	if (m->text.en)
		bad(knowledge_check_words(l, s, "Text", &m->text, m->who == WHO_HOUSEHOLD), &worst);
	if (worst == 0 && m->who == WHO_HOUSEHOLD && m->danger != DANGER_NONE &&
		m->danger != DANGER_SCALD && m->danger != DANGER_FLOOD && m->danger != DANGER_FOOD)
		bad(ini_problem(l->problems, PROBLEM_ERROR, ini_get(s, "Who", NULL),
			    "household care has no danger of %s; write somebody trained for it",
			    danger_word(m->danger)),
			&worst);
	bad(ini_get_double(s, "LeftDue", 0, 100, l->problems, &m->left_due), &worst);
	bad(ini_get_duration(
		    s, "Calendar", USEC_PER_DAY, 3660 * USEC_PER_DAY, l->problems, &m->calendar_us),
		&worst);
	if (ini_get(s, "Remind", NULL)) {
		const struct ini_entry *e = ini_get(s, "Remind", NULL);
		int end = 0;

		if (sscanf(e->value, "%lf %%%n", &remind, &end) != 1 || end == 0 || e->value[end] ||
			!(remind >= 0 && remind <= 50))
			bad(ini_problem(l->problems, PROBLEM_ERROR, e,
				    "\"%s\" is not understood; write a share from 0 %% to 50 %%",
				    e->value),
				&worst);
	}
	m->remind = remind / 100;
	if (m->kinds.all || m->kinds.n > 0)
		bad(load_counting(l, s, m), &worst);
	ini_warn_unused(s, known, l->problems);
	return worst;
}
