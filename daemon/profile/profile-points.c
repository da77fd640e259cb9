/* SPDX-License-Identifier: Apache-2.0 */
/* The points of a profile as a whole: by name, what they say of each other, and that no two give the same. */
#include "profile-load.h"

/* The point that KEY names, 1 + its index; 0. */
static uint16_t resolve_point(
	struct loader *l, struct ini_section *s, const struct point *pt, const char *key)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	int i = e ? profile_point_by_name(l->profile, e->value) : -1;

	if (!e || (i >= 0 && &l->profile->points[i] != pt))
		return (uint16_t)(i + 1);
	(void)loader_bad(l, s, e, i < 0 ? "there is no [Point %.64s]" : "[Point %.64s] is this one",
		e->value);
	return 0;
}

static void resolve_detail(struct loader *l, struct ini_section *s, struct point *pt)
{
	uint16_t detail = pt->fault_code ? resolve_point(l, s, pt, "Detail") : 0;

	pt->has_detail = detail > 0;
	if (detail)
		pt->detail = (uint16_t)(detail - 1);
}

static bool is_text(const struct point *pt)
{
	return pt->type == POINT_STRING || pt->type == POINT_STRING_2;
}

static bool is_quantity(const struct profile *p, const struct point *pt)
{
	return point_value_type(p, (unsigned)(pt - p->points)) == VALUE_NUMBER;
}

static void resolve_history(struct loader *l, struct ini_section *s, struct point *pt)
{
	const struct profile *p = l->profile;
	const struct point *code;

	pt->history = resolve_point(l, s, pt, "History");
	pt->history_at = resolve_point(l, s, pt, "HistoryAt");
	pt->failures_of = resolve_point(l, s, pt, "FailuresOf");
	code = pt->history ? &p->points[pt->history - 1] : NULL;
	if (code && (!code->fault_code || is_text(code) != is_text(pt) || pt->fault_code ||
			    pt->type == POINT_F32 || pt->type == POINT_F64))
		(void)loader_bad(l, s, ini_get(s, "History", NULL),
			"must be a Fault=code point whose codes look like those of this one, which is none");
	if (code && pt->hidden)
		(void)loader_bad(l, s, ini_get(s, "Hidden", NULL), "not with History=");
	if (pt->history_at && (!code || !is_quantity(p, &p->points[pt->history_at - 1])))
		(void)loader_bad(l, s, ini_get(s, "HistoryAt", NULL),
			"stands beside History= and must be a point that gives a number");
	if (pt->failures_of && (pt->hidden || !is_quantity(p, pt) ||
				       !is_quantity(p, &p->points[pt->failures_of - 1])))
		(void)loader_bad(l, s, ini_get(s, "FailuresOf", NULL),
			"must be a point that gives a number, and this one too, not hidden");
}

static int compare_attribute(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a,
			   *y = *(const struct point *const *)b;
	int r = strcmp(x->attribute, y->attribute);

	return r ? r : (x > y) - (x < y);
}

/* Two points of one attribute, of which one feeds it at a time. ALWAYS: that which needs nothing more
 * than these settings, or NULL. */
static void check_alternatives(struct loader *l, struct ini_section *s, const struct point *a,
	const struct point *b, const struct point *always)
{
	const struct profile *p = l->profile;
	struct ini_entry *e = ini_get(s, "Attribute", NULL);

	if (always && !b->when) {
		(void)loader_bad(l, s, e,
			"%s is given by [Point %s] too, and both are there with these "
			"settings",
			b->attribute, always->name);
		return;
	}
	if (b->attr < 0 && (point_value_type(p, (unsigned)(a - p->points)) !=
					   point_value_type(p, (unsigned)(b - p->points)) ||
				   !unit_convertible(a->unit, b->unit)))
		(void)loader_bad(l, s, e, "%s is of another type or unit in [Point %s]",
			b->attribute, a->name);
}

/* Sorted neighbours: linear-ish for the 1024 points a profile may have. */
static void check_attributes(struct loader *l, struct ini_section *const *sections)
{
	struct profile *p = l->profile;
	_cleanup_free_ struct point **v = calloc(p->n_points + 1, sizeof(struct point *));
	const struct point *always = NULL;
	size_t n = 0;

	if (!v) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_points; i++)
		if (p->points[i].attribute)
			v[n++] = &p->points[i];
	qsort(v, n, sizeof(*v), compare_attribute);
	for (size_t i = 1; i < n; i++) {
		struct ini_section *s = sections[v[i] - p->points];

		if (!streq(v[i]->attribute, v[i - 1]->attribute)) {
			always = NULL;
			continue;
		}
		always = !v[i - 1]->when ? v[i - 1] : always;
		if (loader_is_conditional(s) &&
			loader_is_conditional(sections[v[i - 1] - p->points])) {
			check_alternatives(l, s, v[i - 1], v[i], always);
			continue;
		}
		(void)loader_bad(l, s, ini_get(s, "Attribute", NULL),
			"%s is given by [Point %s] already; an attribute has one point, or several "
			"that have a When= each",
			v[i]->attribute, v[i - 1]->name);
	}
}

static int compare_name(const void *a, const void *b, void *userdata)
{
	const struct profile *p = userdata;

	return strcmp(p->points[*(const uint16_t *)a].name, p->points[*(const uint16_t *)b].name);
}

int loader_index_points(struct loader *l)
{
	struct profile *p = l->profile;
	uint16_t *v = reallocarray(p->by_name, p->n_points + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	p->by_name = v;
	for (size_t i = 0; i < p->n_points; i++) {
		if (!p->points[i].name)
			return -ENOMEM;
		v[i] = (uint16_t)i;
	}
	qsort_r(v, p->n_points, sizeof(*v), compare_name, p);
	return 0;
}

void loader_points(struct loader *l)
{
	struct profile *p = l->profile;
	_cleanup_free_ struct ini_section **sections = NULL;

	/* Room for those that [Fault] sections add. */
	p->points = calloc(PROFILE_POINTS_MAX, sizeof(*p->points));
	sections = calloc(PROFILE_POINTS_MAX, sizeof(struct ini_section *));
	if (!p->points || !sections) {
		l->failed = true;
		return;
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Point", s));) {
		if (p->n_points == PROFILE_POINTS_MAX) {
			(void)loader_bad(
				l, s, NULL, "there are more than %u points", PROFILE_POINTS_MAX);
			break;
		}
		sections[p->n_points] = s;
		loader_point(l, s, &p->points[p->n_points++]);
	}
	if (loader_index_points(l) < 0) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_points; i++)
		resolve_detail(l, sections[i], &p->points[i]);
	loader_expressions(l, sections);
	for (size_t i = 0; i < p->n_points; i++)
		resolve_history(l, sections[i], &p->points[i]);
	check_attributes(l, sections);
}
