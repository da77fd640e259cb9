/* SPDX-License-Identifier: Apache-2.0 */
#include "replay.h"

#include "daemon/config/ini.h"

#include <math.h>

/* --- points --- */

static const char *enum_map_at(const void *list, size_t i, int64_t *ret)
{
	const struct enum_map *m = list;

	*ret = m[i].value;
	return m[i].name;
}

static int find_point(const struct replay *r, const char *name)
{
	for (size_t i = 0; i < r->n_points; i++)
		if (streq(r->points[i].name, name))
			return (int)i;
	return -1;
}

/* What the profile has beyond the model: names of enums, and points under "vendor.". */
static void add_profile_points(struct replay *r)
{
	const struct profile *p = r->profile;

	for (size_t i = 0; i < r->n_points; i++)
		r->points[i].present = false;
	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];
		enum value_type t = point_value_type(p, (unsigned)i);
		int k = pt->attribute ? find_point(r, pt->attribute) : -1;
		struct rule_point *v;

		if (!pt->attribute || t == VALUE_NONE || t == VALUE_STRING)
			continue;
		if (k < 0 && r->n_points >= RULES_POINTS_MAX)
			continue;
		if (k < 0) {
			k = (int)r->n_points++;
			r->points[k] = (struct rule_point){.name = pt->attribute,
				.unit = expr_unit_of(pt->unit),
				.type = t == VALUE_BOOL   ? EXPR_BOOL
					: t == VALUE_ENUM ? EXPR_ENUM
					: t == VALUE_BITS ? EXPR_BITS
							  : EXPR_NUMBER};
		}
		v = &r->points[k];
		v->present = true;
		if (pt->n_enums > 0 && v->names.n == 0)
			v->names = (struct expr_names){enum_map_at, pt->enums, pt->n_enums, NULL};
	}
}

static int no_such_kind(const struct replay *r)
{
	char list[1024] = "";
	size_t n = 0;

	for (size_t i = 0; i < model_n_kinds && n < sizeof(list); i++)
		n += (size_t)snprintf(
			list + n, sizeof(list) - n, "%s%s", i ? " " : "", model_kinds[i].name);
	return ctl_error(
		r->o, CTL_FAILURE, NULL, "there is no kind \"%s\": %s", r->kind_name, list);
}

int replay_load_kind(struct replay *r)
{
	char etc[512], vendor[512];
	const char *dirs[] = {etc, vendor, NULL}, *names[64] = {0};
	struct problems problems = {0};
	int k;

	if (r->kind_name) {
		r->kind = model_kind_by_name(r->kind_name);
		for (size_t i = 0; i < model_n_kinds && i < ARRAY_SIZE(names) - 1; i++)
			names[i] = model_kinds[i].name;
		if (!r->kind && ini_nearest(r->kind_name, names))
			return ctl_error(r->o, CTL_FAILURE, NULL,
				"there is no kind \"%s\"; did you mean \"%s\"?", r->kind_name,
				ini_nearest(r->kind_name, names));
		if (!r->kind)
			return no_such_kind(r);
		r->n_points = rule_points_of_kind(r->kind, r->points, RULES_POINTS_MAX, NULL);
		for (size_t i = 0; i < r->n_points; i++)
			r->points[i].present = false;
		return 0;
	}
	(void)snprintf(etc, sizeof(etc), "%s/profiles", r->o->etc);
	(void)snprintf(vendor, sizeof(vendor), "%s/profiles", r->o->vendor);
	if (strchr(r->profile_name, '/') || endswith(r->profile_name, ".profile"))
		k = profile_load_file(r->profile_name, &problems, &r->profile);
	else
		k = profile_load(dirs, r->profile_name, &problems, &r->profile);
	if (k == -EINVAL)
		ctl_print_problems(r->o, &problems);
	problems_done(&problems);
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, "hearthctl profile list", "profile %s: %s",
			r->profile_name, ctl_strerror(r->o, -k));
	r->kind = r->profile->kind;
	if (!r->kind)
		return ctl_error(
			r->o, CTL_FAILURE, NULL, "profile %s has no kind", r->profile_name);
	r->n_points = rule_points_of_kind(r->kind, r->points, RULES_POINTS_MAX, NULL);
	add_profile_points(r);
	return 0;
}

/* --- columns --- */

static int resolve_column(void *userdata, const char *name, struct expr_symbol *ret)
{
	const struct csv *c = userdata;

	for (size_t i = 0; i < c->n_names; i++)
		if (streq(c->names[i], name)) {
			*ret = (struct expr_symbol){
				.type = EXPR_NUMBER, .unit = {.factor = 1}, .ref = (uint32_t)i};
			return 0;
		}
	return -ENOENT;
}

static const char *column_at(void *userdata, size_t i)
{
	const struct csv *c = userdata;

	return i < c->n_names ? c->names[i] : NULL;
}

static struct expr_value cell_value(const struct csv_cell *c)
{
	bool b;

	if (!*c->text || streq(c->text, "nan") || streq(c->text, "NaN") || streq(c->text, "null"))
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	if (!isnan(c->num))
		return expr_good(c->num);
	if (parse_bool(c->text, &b) == 0)
		return expr_good(b);
	return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
}

static struct expr_value column_value(void *userdata, uint32_t ref)
{
	const struct csv *c = userdata;

	return cell_value(&c->cells[ref]);
}

static int column_of(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_names; i++)
		if (streq(c->names[i], name))
			return (int)i;
	return -1;
}

/* A map over the columns of this file. A true-or-false point takes a number too: not 0; one with names
 * a column of names or numbers, a name, or a number. */
static int parse_map(struct replay *r, const struct replay_map *m, const struct rule_point *pt,
	struct replay_source *ret)
{
	const struct expr_scope scope = {
		.userdata = &r->in, .resolve = resolve_column, .name_at = column_at};
	struct expr_want want = {.any = !pt};
	struct expr_error err;
	char text[EXPR_TEXT_MAX + 16];
	bool named = pt && (pt->type == EXPR_ENUM || pt->type == EXPR_BITS);
	int k;

	/* A column may be called what is no name in an expression: "Power (W)". */
	ret->column = column_of(&r->in, m->expression + strspn(m->expression, " "));
	if (pt && ret->column >= 0)
		return 0;
	ret->column = -1;
	if (pt) {
		want.type = pt->type;
		want.has_unit = want.plain_ok = pt->type == EXPR_NUMBER;
		want.unit = pt->unit;
		want.names = pt->names;
	}
	k = expr_parse(m->expression, &scope, &want, &ret->e, &err);
	if (k == -EINVAL && named) {
		const struct expr_want number = {.type = EXPR_NUMBER};
		struct expr_error second;

		k = expr_parse(m->expression, &scope, &number, &ret->e, &second);
	}
	if (k == -EINVAL && pt && pt->type == EXPR_BOOL) {
		struct expr_error second;

		(void)snprintf(text, sizeof(text), "(%s) != 0", m->expression);
		k = expr_parse(text, &scope, &want, &ret->e, &second);
	}
	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "--map %s: %s: column %u: %s", m->text,
			r->in.path, err.column, err.text);
	return 0;
}

void replay_drop_sources(struct replay *r)
{
	for (size_t i = 0; i < RULES_POINTS_MAX; i++) {
		r->sources[i].e = expr_free(r->sources[i].e);
		r->sources[i].column = -1;
	}
}

int replay_bind_columns(struct replay *r)
{
	replay_drop_sources(r);
	for (size_t i = 0; i < r->n_points; i++)
		r->sources[i].column = column_of(&r->in, r->points[i].name);
	for (size_t i = 0; i < r->n_maps; i++) {
		int k = find_point(r, r->maps[i].name);

		if (k < 0)
			continue; /* made when the points were */
		k = parse_map(r, &r->maps[i], &r->points[k], &r->sources[k]);
		if (k != 0)
			return k;
	}
	return 0;
}

/* A name that is nearly one of the kind's is a slip more often than a point of its own. */
static void say_if_slip(const struct replay *r, const struct replay_map *m)
{
	const char *names[RULES_POINTS_MAX + 1] = {0}, *nearest;

	for (size_t i = 0; i < r->n_points; i++)
		names[i] = r->points[i].name;
	nearest = ini_nearest(m->name, names);
	if (nearest)
		fprintf(stderr, "hearthctl: --map %s: %s has no point \"%s\"; is \"%s\" meant?\n",
			m->text, r->kind->name, m->name, nearest);
}

/* Names in --map that the model does not have become points of their own, of the type of their
 * expression: "compressor=comp_hz > 0". */
int replay_add_mapped_points(struct replay *r)
{
	struct replay_source s = {.column = -1};
	int k = csv_open(&r->in, r->csv[0]);

	if (k < 0)
		return ctl_error(r->o, CTL_FAILURE, NULL, "%s: %s", r->csv[0],
			k == -EBADMSG ? "the first line is no list of columns"
				      : ctl_strerror(r->o, -k));
	k = 0;
	for (size_t i = 0; i < r->n_maps && k == 0; i++) {
		int p = find_point(r, r->maps[i].name);

		if (p >= 0) {
			r->points[p].present = true;
			continue;
		}
		say_if_slip(r, &r->maps[i]);
		k = parse_map(r, &r->maps[i], NULL, &s);
		if (k == 0 && r->n_points >= RULES_POINTS_MAX)
			k = ctl_error(
				r->o, CTL_FAILURE, NULL, "more than %d points", RULES_POINTS_MAX);
		if (k == 0)
			r->points[r->n_points++] = (struct rule_point){.name = r->maps[i].name,
				.type = (enum expr_type)expr_root(s.e)->type,
				.unit = *expr_unit(s.e),
				.present = true};
		s.e = expr_free(s.e);
	}
	csv_close(&r->in);
	/* What any of the recordings has, the appliance has. */
	for (size_t f = 0; f < r->n_csv && k == 0; f++) {
		if (csv_open(&r->in, r->csv[f]) < 0)
			continue; /* told when it is played */
		for (size_t i = 0; i < r->n_points; i++)
			if (column_of(&r->in, r->points[i].name) >= 0)
				r->points[i].present = true;
		csv_close(&r->in);
	}
	for (size_t i = 0; i < r->n_points && k == 0; i++)
		if (r->points[i].present)
			return 0;
	if (k == 0)
		fprintf(stderr,
			"hearthctl: no column of %s is a point of %s; say what they are with "
			"--map ATTRIBUTE=COLUMN\n",
			r->csv[0], r->kind->name);
	return k;
}

static struct expr_value text_value(const struct rule_point *p, const struct csv_cell *c)
{
	int64_t code;

	if (!*c->text)
		return expr_unknown(QUALITY_UNAVAILABLE, REASON_NO_REPLY);
	if (!isnan(c->num))
		return expr_good(c->num);
	for (size_t i = 0; i < p->names.n; i++)
		if (streq(p->names.at(p->names.list, i, &code), c->text))
			return expr_good(
				(double)(p->type == EXPR_BITS ? INT64_C(1) << (code & 63) : code));
	if (p->names.intern)
		return expr_good((double)p->names.intern(p->names.list, c->text));
	return expr_unknown(QUALITY_SUSPECT, REASON_DECODE);
}

void replay_read_values(struct replay *r)
{
	const struct expr_env env = {.userdata = &r->in, .value = column_value};

	for (size_t i = 0; i < r->n_points; i++) {
		const struct replay_source *s = &r->sources[i];
		const struct rule_point *p = &r->points[i];

		if (s->e)
			r->values[i] = expr_eval(s->e, &env);
		else if (s->column < 0)
			r->values[i] = expr_unknown(QUALITY_ABSENT, REASON_NONE);
		else if (p->type == EXPR_ENUM || p->type == EXPR_BITS)
			r->values[i] = text_value(p, &r->in.cells[s->column]);
		else
			r->values[i] = cell_value(&r->in.cells[s->column]);
		if (p->type == EXPR_BOOL && r->values[i].quality == QUALITY_GOOD)
			r->values[i].v = r->values[i].v != 0;
	}
}
