/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions in a profile: what their names mean. */
#include "profile-load.h"

#include "expr.h"

static const char *enum_at(const void *list, size_t i, int64_t *ret)
{
	const struct enum_map *m = list;

	*ret = m[i].value;
	return m[i].name;
}

static void symbol_of_point(const struct profile *p, unsigned point, struct expr_symbol *ret)
{
	const struct point *pt = &p->points[point];
	unit_id unit = pt->attr >= 0 ? p->kind->attrs[pt->attr].unit : pt->unit;

	*ret = (struct expr_symbol){.ref = point};
	switch (point_value_type(p, point)) {
	case VALUE_BOOL:
		ret->type = EXPR_BOOL;
		break;
	case VALUE_ENUM:
		ret->type = EXPR_ENUM;
		break;
	case VALUE_BITS:
		ret->type = EXPR_BITS;
		break;
	case VALUE_NUMBER:
	case VALUE_STRING:
	case VALUE_NONE:
		ret->type = EXPR_NUMBER;
		ret->unit = expr_unit_of(unit);
		break;
	}
	if (ret->type == EXPR_ENUM || ret->type == EXPR_BITS) {
		const struct model_attr *attr = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;

		if (attr && attr->n_values > 0)
			ret->names = (struct expr_names){
				.at = expr_names_model, .list = attr->values, .n = attr->n_values};
		else
			ret->names = (struct expr_names){
				.at = enum_at, .list = pt->enums, .n = pt->n_enums};
	}
}

static const char *choice_at(const void *list, size_t i, int64_t *ret)
{
	char *const *names = list;

	*ret = (int64_t)i;
	return names[i];
}

static void symbol_of_setting(const struct setting *s, struct expr_symbol *ret)
{
	int64_t number = 0;

	*ret = (struct expr_symbol){.constant = true, .value = s->chosen};
	switch (s->type) {
	case SETTING_NAMES:
		ret->type = EXPR_ENUM;
		ret->names = (struct expr_names){choice_at, s->values, s->n_values};
		break;
	case SETTING_SWITCH:
		ret->type = EXPR_BOOL;
		ret->value = streq(s->values[s->chosen], "yes");
		break;
	case SETTING_NUMBERS:
		ret->type = EXPR_NUMBER;
		ret->unit = expr_unit_of(UNIT_NONE);
		(void)parse_i64(s->values[s->chosen], INT64_MIN, INT64_MAX, &number);
		ret->value = (double)number;
		break;
	}
}

static int resolve(void *userdata, const char *name, struct expr_symbol *ret)
{
	struct loader *l = userdata;
	int i;

	if (startswith(name, "setting.")) {
		i = profile_setting(l->profile, name + strlen("setting."));
		if (i < 0)
			return i;
		symbol_of_setting(&l->profile->settings[i], ret);
		return 0;
	}
	i = profile_point_by_name(l->profile, name);
	if (i < 0)
		return -ENOENT;
	symbol_of_point(l->profile, (unsigned)i, ret);
	return 0;
}

static const char *name_at(void *userdata, size_t i)
{
	const struct loader *l = userdata;

	return i < l->profile->n_points ? l->profile->points[i].name : NULL;
}

int loader_expr(struct loader *l, const struct ini_section *s, const struct ini_entry *e,
	const struct expr_want *want, struct expr **ret)
{
	const struct expr_scope scope = {.userdata = l, .resolve = resolve, .name_at = name_at};
	struct expr_error error;
	int r = expr_parse(e->value, &scope, want, ret, &error);

	if (r == -EINVAL)
		return loader_bad(l, s, e, "at character %u: %s", error.column, error.text);
	if (r < 0)
		l->failed = true;
	return r;
}
