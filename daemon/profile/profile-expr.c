/* SPDX-License-Identifier: Apache-2.0 */
/* When= and Value=: what holds for settings alone is decided here and leaves no trace; the rest becomes
 * expressions over points, put in an order in which each follows what it needs. */
#include "profile-load.h"

#define NESTING_MAX 16 /* computed points that need each other */

enum visit { VISIT_NONE, VISIT_NOW, VISIT_DONE };

struct visitor {
	struct loader *l;
	struct ini_section *const *sections; /* of the points */
	uint8_t *state;                      /* enum visit of each point */
	unsigned depth;
	unsigned point; /* whose expression is parsed */
	uint64_t period_us;
	bool told; /* a message was made where parsing alone would say "no such name" */
};

/* ---- names */

static const char *setting_name_at(const void *list, size_t i, int64_t *ret)
{
	const struct setting *s = list;

	*ret = (int64_t)i;
	return s->values[i];
}

static const char *enum_name_at(const void *list, size_t i, int64_t *ret)
{
	const struct enum_map *m = list;

	*ret = m[i].value;
	return m[i].name;
}

static int resolve_setting(void *userdata, const char *name, struct expr_symbol *ret)
{
	struct loader *l = userdata;
	const char *rest = startswith(name, "setting.");
	int i = rest ? profile_setting(l->profile, rest) : -ENOENT;
	const struct setting *s;
	bool yes = false;
	int64_t v = 0;

	if (i < 0 || l->profile->settings[i].n_values == 0)
		return -ENOENT;
	s = &l->profile->settings[i];
	*ret = (struct expr_symbol){
		.unit = expr_unit_of(UNIT_NONE), .constant = true, .value = s->chosen};
	switch (s->type) {
	case SETTING_NAMES:
		ret->type = EXPR_ENUM;
		ret->names = (struct expr_names){setting_name_at, s, s->n_values};
		break;
	case SETTING_NUMBERS:
		ret->type = EXPR_NUMBER;
		(void)parse_i64(s->values[s->chosen], INT32_MIN, INT32_MAX, &v);
		ret->value = (double)v;
		break;
	case SETTING_SWITCH:
		ret->type = EXPR_BOOL;
		(void)parse_bool(s->values[s->chosen], &yes);
		ret->value = yes;
		break;
	}
	return 0;
}

static void names_of(const struct profile *p, const struct point *pt, struct expr_names *ret)
{
	const struct model_attr *a = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;

	if (a && a->n_values > 0)
		*ret = (struct expr_names){expr_names_model, a->values, a->n_values};
	else
		*ret = (struct expr_names){enum_name_at, pt->enums, pt->n_enums};
}

/* What the name of a point stands for in an expression (.ref is its index); -ENOENT for a text. */
static int symbol_of_point(const struct profile *p, unsigned point, struct expr_symbol *ret)
{
	const struct point *pt = &p->points[point];

	*ret = (struct expr_symbol){.ref = point, .unit = expr_unit_of(UNIT_NONE)};
	if (pt->fault_code && !pt->format && pt->type != POINT_STRING &&
		pt->type != POINT_STRING_2) {
		ret->type = EXPR_NUMBER; /* the code itself */
		return 0;
	}
	switch (point_value_type(p, point)) {
	case VALUE_NUMBER:
		ret->type = EXPR_NUMBER;
		ret->unit = expr_unit_of(pt->attr >= 0 ? p->kind->attrs[pt->attr].unit : pt->unit);
		return 0;
	case VALUE_BOOL:
		ret->type = EXPR_BOOL;
		return 0;
	case VALUE_ENUM:
		ret->type = EXPR_ENUM;
		names_of(p, pt, &ret->names);
		return 0;
	case VALUE_BITS:
		ret->type = EXPR_BITS;
		names_of(p, pt, &ret->names);
		return 0;
	case VALUE_STRING:
	case VALUE_NONE:
		break;
	}
	return -ENOENT;
}

/* ---- settings alone */

/* 1 or 0 when TEXT is an expression over settings; -ENOENT when it has other names, or is none. */
static int static_truth(struct loader *l, const char *text, struct expr_error *error)
{
	struct expr_scope scope = {.userdata = l, .resolve = resolve_setting};
	struct expr_want want = {.type = EXPR_BOOL};
	_cleanup_(expr_freep) struct expr *e = NULL;
	struct expr_value v;
	int r = expr_parse(text, &scope, &want, &e, error);

	if (r == -ENOMEM) {
		l->failed = true;
		return r;
	}
	if (r < 0)
		return -ENOENT;
	v = expr_eval(e, &(struct expr_env){0});
	return v.quality == QUALITY_GOOD && v.v != 0;
}

void loader_when(struct loader *l)
{
	for (struct ini_section *s = l->ini->sections; s;) {
		bool fixed = streq(s->type, "Fault") || streq(s->type, "Write");
		struct ini_entry *e =
			fixed || streq(s->type, "Point") ? ini_get(s, "When", NULL) : NULL;
		struct expr_error error;
		int r = e ? static_truth(l, e->value, &error) : 1;

		if (r == 0) {
			s = ini_drop_section(l->ini, s);
			continue;
		}
		if (r == -ENOENT && fixed)
			(void)loader_bad(l, s, e,
				"at character %u: %s; When= of [%s] is over settings alone",
				error.column, error.text, s->type);
		/* The entry stays, empty: it says that there was a condition. */
		if (e && r > 0 && ini_set_value(e, "") < 0)
			l->failed = true;
		s = s->next;
	}
}

bool loader_is_conditional(const struct ini_section *s)
{
	for (const struct ini_entry *e = s->entries; e; e = e->next)
		if (streq(e->key, "When") && !e->locale)
			return true;
	return false;
}

/* ---- points */

static int visit(struct visitor *v, unsigned point);

static int resolve_point(void *userdata, const char *name, struct expr_symbol *ret)
{
	struct visitor *v = userdata;
	struct profile *p = v->l->profile;
	int i, r;

	if (startswith(name, "setting."))
		return resolve_setting(v->l, name, ret);
	i = profile_point_by_name(p, name);
	if (i < 0)
		return -ENOENT;
	r = visit(v, (unsigned)i);
	if (r < 0) {
		v->told = true;
		return -ENOENT;
	}
	v->period_us = MAX(v->period_us, p->points[i].period_us);
	r = symbol_of_point(p, (unsigned)i, ret);
	if (r < 0) {
		struct ini_section *s = v->sections[v->point];

		(void)loader_bad(
			v->l, s, NULL, "[Point %s] is a text, which no expression can use", name);
		v->told = true;
	}
	return r;
}

static const char *name_at(void *userdata, size_t i)
{
	struct visitor *v = userdata;

	return i < v->l->profile->n_points ? v->l->profile->points[i].name : NULL;
}

static int parse_key(
	struct visitor *v, const char *key, const struct expr_want *want, struct expr **ret)
{
	struct ini_section *s = v->sections[v->point];
	struct ini_entry *e = ini_get(s, key, NULL);
	struct expr_scope scope = {.userdata = v, .resolve = resolve_point, .name_at = name_at};
	struct expr_error error;
	int r;

	if (!e)
		return 0;
	v->told = false;
	r = expr_parse(e->value, &scope, want, ret, &error);
	if (r == -EINVAL && !v->told)
		(void)loader_bad(v->l, s, e, "at character %u: %s", error.column, error.text);
	v->l->failed = v->l->failed || r < 0;
	return r;
}

/* What the expression of a computed point must give. */
static void want_of(
	const struct profile *p, const struct point *pt, bool unit_given, struct expr_want *ret)
{
	const struct model_attr *a = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;

	*ret = (struct expr_want){.type = EXPR_NUMBER,
		.has_unit = unit_given,
		.plain_ok = true,
		.unit = expr_unit_of(pt->unit)};
	if (pt->n_enums > 0 || pt->format || pt->fault_code)
		return;
	if (!a) {
		ret->any = !unit_given;
		return;
	}
	if (a->type == ATTR_BOOL)
		ret->type = EXPR_BOOL;
	else if (a->type == ATTR_ENUM || a->type == ATTR_BITS)
		ret->type = a->type == ATTR_ENUM ? EXPR_ENUM : EXPR_BITS;
	if (ret->type == EXPR_ENUM || ret->type == EXPR_BITS)
		ret->names = (struct expr_names){expr_names_model, a->values, a->n_values};
}

static int settle_value(struct visitor *v, struct point *pt, bool unit_given)
{
	struct ini_section *s = v->sections[v->point];
	const struct profile *p = v->l->profile;
	const struct model_attr *a = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;
	const struct expr_unit *u = expr_unit(pt->value);
	char text[40];

	switch ((enum expr_type)expr_root(pt->value)->type) {
	case EXPR_BOOL:
		pt->type = POINT_BIT;
		return 0;
	case EXPR_ENUM:
	case EXPR_BITS:
		return a ? 0
			 : loader_bad(v->l, s, ini_get(s, "Value", NULL),
				   "a name needs an Attribute= that has it, or a number with Enum=");
	case EXPR_NUMBER:
		break;
	}
	if (pt->n_enums > 0 || pt->format || pt->fault_code)
		return 0;
	pt->type = POINT_F64;
	if (unit_given)
		return 0;
	if (u->id == UNIT_NONE && !expr_unit_is_plain(u)) {
		expr_unit_format(text, sizeof(text), u);
		return loader_bad(v->l, s, NULL, "is in %s; say by Unit= what that is", text);
	}
	pt->unit = u->id;
	if (a && !unit_convertible(pt->unit, a->unit))
		return loader_bad(v->l, s, NULL,
			"Unit= is missing; the expression is in \"%s\" and %s in %s",
			unit_name(pt->unit), a->name, unit_name(a->unit));
	return 0;
}

static int load_expressions(struct visitor *v, struct point *pt)
{
	struct ini_section *s = v->sections[v->point];
	bool unit_given = ini_get(s, "Unit", NULL);
	struct expr_want want = {.type = EXPR_BOOL};
	int r = parse_key(v, "When", &want, &pt->when);

	if (r < 0 || !ini_get(s, "Value", NULL))
		return r;
	/* Its age is judged by the slowest of what it is made of. */
	v->period_us = 0;
	want_of(v->l->profile, pt, unit_given, &want);
	r = parse_key(v, "Value", &want, &pt->value);
	if (v->period_us > 0)
		pt->period_us = v->period_us;
	return r < 0 ? r : settle_value(v, pt, unit_given);
}

/* Parses what POINT is made of, then POINT. */
static int visit(struct visitor *v, unsigned point)
{
	struct profile *p = v->l->profile;
	struct ini_section *s = v->sections[point];
	struct ini_entry *e = ini_get(s, "Value", NULL);
	struct visitor outer = *v;
	int r;

	if (!e)
		e = ini_get(s, "When", NULL);
	if (!e || v->state[point] == VISIT_DONE)
		return 0;
	if (v->state[point] == VISIT_NOW)
		return loader_bad(
			v->l, s, e, "a point cannot be made of itself, not through others either");
	if (v->depth == NESTING_MAX)
		return loader_bad(
			v->l, s, e, "more than %d computed points one behind another", NESTING_MAX);
	if (p->n_derived == PROFILE_DERIVED_MAX)
		return loader_bad(v->l, s, e,
			"more than %u points with Value= or When=", PROFILE_DERIVED_MAX);
	v->state[point] = VISIT_NOW;
	v->point = point;
	v->depth++;
	r = load_expressions(v, &p->points[point]);
	v->depth = outer.depth;
	v->point = outer.point;
	v->period_us = outer.period_us;
	v->state[point] = VISIT_DONE;
	if (r == 0)
		p->derived[p->n_derived++] = (uint16_t)point;
	return r;
}

void loader_expressions(struct loader *l, struct ini_section *const *sections)
{
	struct profile *p = l->profile;
	_cleanup_free_ uint8_t *state = calloc(p->n_points + 1, 1);
	struct visitor v = {.l = l, .sections = sections, .state = state};
	size_t n = 0;

	for (size_t i = 0; i < p->n_points; i++)
		n += ini_get(sections[i], "Value", NULL) || ini_get(sections[i], "When", NULL);
	if (n == 0)
		return;
	p->derived = calloc(MIN(n, (size_t)PROFILE_DERIVED_MAX), sizeof(*p->derived));
	if (!p->derived || !state) {
		l->failed = true;
		return;
	}
	for (unsigned i = 0; i < p->n_points; i++)
		(void)visit(&v, i);
}

/* ---- for other sections, once all points are known */

static int resolve_any(void *userdata, const char *name, struct expr_symbol *ret)
{
	struct loader *l = userdata;
	int i;

	if (startswith(name, "setting."))
		return resolve_setting(l, name, ret);
	i = profile_point_by_name(l->profile, name);
	return i < 0 ? i : symbol_of_point(l->profile, (unsigned)i, ret);
}

static const char *any_name_at(void *userdata, size_t i)
{
	const struct loader *l = userdata;

	return i < l->profile->n_points ? l->profile->points[i].name : NULL;
}

int loader_expr(struct loader *l, const struct ini_section *s, const struct ini_entry *e,
	const struct expr_want *want, struct expr **ret)
{
	const struct expr_scope scope = {
		.userdata = l, .resolve = resolve_any, .name_at = any_name_at};
	struct expr_error error;
	int r = expr_parse(e->value, &scope, want, ret, &error);

	if (r == -EINVAL)
		return loader_bad(l, s, e, "at character %u: %s", error.column, error.text);
	if (r < 0)
		l->failed = true;
	return r;
}
