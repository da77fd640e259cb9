/* SPDX-License-Identifier: Apache-2.0 */
/* Which point of which source feeds which attribute, and with what unit and resolution. */
#include "appliance-internal.h"

#include <math.h>

#define PERIOD_DEFAULT_US (10 * USEC_PER_SEC)

/* What feeds one attribute while the appliance is put together. */
struct feed {
	int source; /* -1: nothing */
	uint16_t point;
	unsigned map_line; /* 0: by the profile's own Attribute= */
	bool alone;        /* [Map] names the point, and not what the profile makes of it */
};

struct builder {
	struct appliance *a;
	const struct appliance_config *conf;
	struct problems *problems;
	struct feed *model; /* one an attribute of the kind */
	struct attribute *vendor;
	struct feed *vendor_feed;
	size_t n_vendor, max_vendor;
	bool bad;
};

static const struct point *feed_point(const struct builder *b, const struct feed *f)
{
	return &b->conf->sources[f->source].profile->points[f->point];
}

/* The type of value that point_convert() makes of a point. ATTR_COMMAND: only the reading tells. */
static enum attr_type point_result(const struct profile *p, const struct point *point)
{
	const struct model_attr *m = point_model(p, point);

	if (m)
		return m->type;
	if (point->n_enums > 0)
		return point->bits ? ATTR_BITS : ATTR_ENUM;
	if (point->format)
		return ATTR_STRING;
	switch (point->type) {
	case POINT_BIT:
		return ATTR_BOOL;
	case POINT_STRING:
	case POINT_STRING_2:
		return ATTR_STRING;
	case POINT_NATIVE:
		return ATTR_COMMAND;
	case POINT_U16:
	case POINT_S16:
	case POINT_U32:
	case POINT_S32:
	case POINT_U64:
	case POINT_S64:
	case POINT_F32:
	case POINT_F64:
	case POINT_BCD16:
	case POINT_BCD32:
	case _POINT_TYPE_MAX:
		break;
	}
	return ATTR_NUMBER;
}

static int map_problem(struct builder *b, const struct map_conf *m, const char *fmt, ...)
	_printf_(3, 4);
static int map_problem(struct builder *b, const struct map_conf *m, const char *fmt, ...)
{
	char key[80], text[512];
	va_list ap;

	snprintf(key, sizeof(key), "Map.%.70s", m->attribute);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->bad = true;
	return problem_add(b->problems, PROBLEM_ERROR, b->conf->file, m->line, key, "%s", text);
}

/* A claim by the profiles alone; two of them are an error that [Map] can settle. */
static void claim(struct builder *b, struct feed *f, int source, uint16_t point, const char *name)
{
	const struct source_conf *s = b->conf->sources;

	if (f->map_line)
		return;
	if (f->source == source)
		return; /* one of several under conditions, which the loader has checked */
	if (f->source >= 0) {
		b->bad = true;
		(void)problem_add(b->problems, PROBLEM_ERROR, b->conf->file, s[source].line, name,
			"both %s.%s and %s.%s give it; say in [Map] which one counts: %s=%s.%s",
			s[f->source].name, feed_point(b, f)->name, s[source].name,
			s[source].profile->points[point].name, name, s[f->source].name,
			feed_point(b, f)->name);
		return;
	}
	f->source = source;
	f->point = point;
}

static int vendor_slot(struct builder *b, const char *name, size_t *ret)
{
	for (size_t i = 0; i < b->n_vendor; i++)
		if (streq(b->vendor[i].name, name)) {
			*ret = i;
			return 0;
		}
	if (b->n_vendor == b->max_vendor)
		return -ENOBUFS;
	b->vendor[b->n_vendor].name = name;
	b->vendor_feed[b->n_vendor] = (struct feed){.source = -1};
	*ret = b->n_vendor++;
	return 0;
}

/* [Map] first names a point, then an attribute of the profile. */
static int map_point(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_points; i++)
		if (streq(p->points[i].name, name))
			return (int)i;
	for (size_t i = 0; i < p->n_points; i++)
		if (p->points[i].attribute && streq(p->points[i].attribute, name))
			return (int)i;
	return -ENOENT;
}

static bool same_values(const struct model_attr *a, const struct model_attr *b)
{
	if (a->n_values != b->n_values)
		return false;
	for (size_t i = 0; i < a->n_values && a->values != b->values; i++)
		if (a->values[i].value != b->values[i].value ||
			!streq(a->values[i].name, b->values[i].name))
			return false;
	return true;
}

/* At least one name of the point means something to the target. */
static bool enum_overlaps(
	const struct profile *p, const struct point *point, const struct model_attr *target)
{
	const struct model_attr *m = point_model(p, point);
	int64_t v;

	if (target->n_values == 0)
		return true;
	for (size_t i = 0; m && i < m->n_values; i++)
		if (model_value_by_name(target, m->values[i].name, &v) == 0)
			return true;
	for (size_t i = 0; !m && i < point->n_enums; i++)
		if (model_value_by_name(target, point->enums[i].name, &v) == 0)
			return true;
	return false;
}

static int map_check(struct builder *b, const struct map_conf *m, const struct profile *p,
	const struct point *point, const struct model_attr *target)
{
	static const char *const names[] = {"a number", "on or off", "one of a list",
		"a set of bits", "a text", "a time", "anything"};
	enum attr_type type = point_result(p, point);

	if (target->type == ATTR_COMMAND)
		return map_problem(b, m, "is a command and cannot be read");
	if (type != ATTR_COMMAND && type != target->type)
		return map_problem(b, m, "%s.%s is %s, and this attribute is %s", m->source,
			point->name, names[type], names[target->type]);
	if (target->type == ATTR_NUMBER && !unit_convertible(point_unit(p, point), target->unit))
		return map_problem(b, m, "%s.%s is in \"%s\", which cannot become \"%s\"",
			m->source, point->name, unit_name(point_unit(p, point)),
			unit_name(target->unit));
	if (target->type == ATTR_BITS && point_model(p, point) &&
		!same_values(point_model(p, point), target))
		return map_problem(b, m,
			"the bits of %s.%s have other names than those of this attribute",
			m->source, point->name);
	if (target->type == ATTR_ENUM && type == ATTR_ENUM && !enum_overlaps(p, point, target))
		return map_problem(b, m, "no value of %s.%s is one of this attribute's", m->source,
			point->name);
	return 0;
}

static const char *nearest_attr(const struct model_kind *kind, const char *name)
{
	const char *after = strrchr(name, '.');

	/* "temperature" for "flow.temperature" and the like. */
	for (size_t i = 0; i < kind->n_attrs; i++) {
		const char *other = strrchr(kind->attrs[i].name, '.');

		if (streq(after ? after + 1 : name, other ? other + 1 : kind->attrs[i].name))
			return kind->attrs[i].name;
	}
	return NULL;
}

static int apply_map(struct builder *b, const struct map_conf *m)
{
	const struct appliance_config *conf = b->conf;
	const struct profile *p;
	struct feed *f;
	int source, point, attr;
	size_t slot;

	for (source = 0; source < (int)conf->n_sources; source++)
		if (streq(conf->sources[source].name, m->source))
			break;
	if (source == (int)conf->n_sources)
		return map_problem(b, m, "there is no [Source %s] in this file", m->source);
	p = conf->sources[source].profile;
	point = map_point(p, m->point);
	if (point < 0)
		return map_problem(b, m,
			"profile %s has no point or attribute \"%s\"; \"hearthctl profile show %s\" "
			"lists them",
			p->id, m->point, p->id);
	if (startswith(m->attribute, "vendor.")) {
		if (vendor_slot(b, m->attribute, &slot) < 0)
			return map_problem(b, m, "too many attributes");
		f = &b->vendor_feed[slot];
	} else {
		attr = model_attr_index(conf->kind, m->attribute);
		if (attr < 0) {
			const char *near = nearest_attr(conf->kind, m->attribute);

			return map_problem(b, m,
				near ? "%s has no such attribute; did you mean %s?"
				     : "%s has no such attribute; vendor.NAME takes any value",
				conf->kind->name, near);
		}
		if (map_check(b, m, p, &p->points[point], &conf->kind->attrs[attr]) < 0)
			return -EINVAL;
		f = &b->model[attr];
	}
	/* One key of [Map] is one attribute; two keys for one point would need two readings. */
	if (b->a->sources[source].attr_of_point[point] >= 0)
		return map_problem(b, m, "%s.%s feeds another attribute of this section already",
			m->source, p->points[point].name);
	b->a->sources[source].attr_of_point[point] = 0;
	*f = (struct feed){.source = source,
		.point = (uint16_t)point,
		.map_line = m->line,
		.alone = streq(p->points[point].name, m->point)};
	for (size_t k = 0; k < p->n_points && !f->alone; k++)
		if (streq_ptr(p->points[k].attribute, p->points[point].attribute))
			b->a->sources[source].attr_of_point[k] = 0;
	return 0;
}

/* Sources of the appliance's own kind need no [Map]. */
static void claim_all(struct builder *b)
{
	const struct appliance_config *conf = b->conf;

	for (size_t i = 0; i < conf->n_sources; i++) {
		const struct profile *p = conf->sources[i].profile;

		if (p->kind != conf->kind)
			continue;
		for (size_t k = 0; k < p->n_points; k++) {
			const struct point *point = &p->points[k];
			size_t slot;

			if (point->hidden || !point->attribute ||
				b->a->sources[i].attr_of_point[k] >= 0)
				continue;
			if (point->attr >= 0 && conf->kind->attrs[point->attr].type != ATTR_COMMAND)
				claim(b, &b->model[point->attr], (int)i, (uint16_t)k,
					point->attribute);
			else if (point->attr < 0 && vendor_slot(b, point->attribute, &slot) == 0)
				claim(b, &b->vendor_feed[slot], (int)i, (uint16_t)k,
					point->attribute);
		}
	}
}

/* One step of the register in the unit of the attribute; 0 for what has no steps. */
static double resolution(const struct profile *p, const struct point *point, unit_id unit)
{
	if (point->value || point->format)
		return 0;
	switch (point->type) {
	case POINT_U16:
	case POINT_S16:
	case POINT_U32:
	case POINT_S32:
	case POINT_U64:
	case POINT_S64:
	case POINT_BCD16:
	case POINT_BCD32:
		break;
	case POINT_NATIVE: /* the adapter may well give fractions */
	case POINT_BIT:
	case POINT_F32:
	case POINT_F64:
	case POINT_STRING:
	case POINT_STRING_2:
	case _POINT_TYPE_MAX:
		return 0;
	}
	if (point->n_enums > 0 || !unit_convertible(point->unit, unit))
		return 0;
	return fabs(
		unit_convert(point->scale, point->unit, unit) - unit_convert(0, point->unit, unit));
}

static uint64_t period_of(const struct source_conf *s, const struct point *point)
{
	return MAX(point->period_us ? point->period_us : PERIOD_DEFAULT_US,
		MAX(s->period_us, s->profile->line.least_period_us));
}

/* Further points of the same attribute, of which one exists at a time: the finest step and the longest
 * period of them count. */
static void add_alternatives(struct builder *b, struct attribute *attr, const struct feed *f)
{
	const struct source_conf *s = &b->conf->sources[f->source];
	const struct profile *p = s->profile;
	int16_t *attr_of_point = b->a->sources[f->source].attr_of_point;

	for (unsigned k = f->point + 1U; p->points[f->point].attribute && k < p->n_points; k++) {
		const struct point *point = &p->points[k];

		if (!streq_ptr(point->attribute, p->points[f->point].attribute))
			continue;
		attr->alternatives = true;
		attr->resolution = MIN(attr->resolution, resolution(p, point, attr->unit));
		attr->period_us = MAX(attr->period_us, period_of(s, point));
		attr->total = attr->total || point->total;
		attr_of_point[k] = (int16_t)(attr - b->a->attrs);
	}
}

static void finish_attr(struct builder *b, struct attribute *attr, const struct feed *f,
	const struct model_attr *model)
{
	const struct source_conf *s = &b->conf->sources[f->source];
	const struct point *point = feed_point(b, f);

	attr->model = model;
	attr->point = point;
	attr->source = (uint16_t)f->source;
	attr->point_index = f->point;
	attr->unit = model ? model->unit : point_unit(s->profile, point);
	attr->resolution = resolution(s->profile, point, attr->unit);
	attr->deadband = model ? model->deadband : model_unit_deadband(attr->unit);
	attr->total =
		point->total || (model && streq_ptr(model->ha_state_class, "total_increasing"));
	if (attr->deadband > 0)
		attr->deadband = MAX(attr->deadband, attr->resolution / 2);
	attr->period_us = period_of(s, point);
	b->a->sources[f->source].attr_of_point[f->point] = (int16_t)(attr - b->a->attrs);
	if (!f->alone)
		add_alternatives(b, attr, f);
}

static void finish(struct builder *b)
{
	struct appliance *a = b->a;
	const struct model_kind *kind = b->conf->kind;

	for (size_t i = 0; i < a->n_sources; i++)
		for (size_t k = 0; k < b->conf->sources[i].profile->n_points; k++)
			a->sources[i].attr_of_point[k] = -1;
	for (size_t i = 0; i < kind->n_attrs; i++)
		if (b->model[i].source >= 0) {
			struct attribute *attr = &a->attrs[a->n_attrs++];

			attr->name = kind->attrs[i].name;
			finish_attr(b, attr, &b->model[i], &kind->attrs[i]);
		}
	for (size_t i = 0; i < b->n_vendor; i++)
		if (b->vendor_feed[i].source >= 0) {
			struct attribute *attr = &a->attrs[a->n_attrs++];

			attr->name = b->vendor[i].name;
			finish_attr(b, attr, &b->vendor_feed[i], NULL);
		}
}

static int sources_new(struct appliance *a)
{
	a->sources = calloc(a->conf->n_sources + 1, sizeof(*a->sources));
	if (!a->sources)
		return -ENOMEM;
	for (size_t i = 0; i < a->conf->n_sources; i++) {
		size_t n = a->conf->sources[i].profile->n_points;
		struct source *s = &a->sources[i];

		s->conf = &a->conf->sources[i];
		s->attr_of_point = malloc((n + 1) * sizeof(*s->attr_of_point));
		if (!s->attr_of_point)
			return -ENOMEM;
		for (size_t k = 0; k < n; k++)
			s->attr_of_point[k] = -1;
		a->n_sources++;
		if (compute_new(s->conf->profile, s->conf->period_us, &s->compute) < 0)
			return -ENOMEM;
	}
	return 0;
}

int appliance_add_own(struct appliance *a, const struct model_attr *model)
{
	struct attribute *v = realloc(a->attrs, (a->n_attrs + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	a->attrs = v;
	v[a->n_attrs++] = (struct attribute){.name = model->name,
		.model = model,
		.source = ATTRIBUTE_NO_SOURCE,
		.unit = model->unit,
		.deadband = model->deadband,
		.period_us = PERIOD_DEFAULT_US};
	return 0;
}

int appliance_new(
	const struct appliance_config *conf, struct problems *problems, struct appliance **ret)
{
	struct builder b = {.conf = conf, .problems = problems};
	_cleanup_free_ struct feed *model = NULL, *vendor_feed = NULL;
	_cleanup_free_ struct attribute *vendor = NULL;
	struct appliance *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	a->conf = conf;
	r = sources_new(a);
	b.max_vendor = conf->n_maps;
	for (size_t i = 0; i < conf->n_sources; i++)
		b.max_vendor += conf->sources[i].profile->n_points;
	b.a = a;
	b.model = model = calloc(conf->kind->n_attrs + 1, sizeof(*model));
	b.vendor = vendor = calloc(b.max_vendor + 1, sizeof(*vendor));
	b.vendor_feed = vendor_feed = calloc(b.max_vendor + 1, sizeof(*vendor_feed));
	/* Each attribute has a point of its own, so there are no more of one than of the other. */
	a->attrs = calloc(b.max_vendor + 1, sizeof(*a->attrs));
	if (r < 0 || !model || !vendor || !vendor_feed || !a->attrs) {
		appliance_free(a);
		return -ENOMEM;
	}
	for (size_t i = 0; i < conf->kind->n_attrs; i++)
		model[i].source = -1;
	/* The profiles' own vendor attributes come first in order, whatever [Map] says of them. */
	for (size_t i = 0; i < conf->n_sources; i++)
		for (size_t k = 0; k < conf->sources[i].profile->n_points; k++) {
			const struct point *p = &conf->sources[i].profile->points[k];
			size_t slot;

			if (conf->sources[i].profile->kind == conf->kind && !p->hidden &&
				p->attribute && p->attr < 0)
				(void)vendor_slot(&b, p->attribute, &slot);
		}
	for (size_t i = 0; i < conf->n_maps; i++)
		(void)apply_map(&b, &conf->maps[i]);
	claim_all(&b);
	if (b.bad) {
		appliance_free(a);
		return -EINVAL;
	}
	finish(&b);
	if (a->n_attrs == 0)
		(void)problem_add(problems, PROBLEM_WARNING, conf->file, 0, NULL,
			"no source is of kind %s and [Map] is empty: nothing will be shown; map what "
			"the sources measure, as in active_power=%s.POINT",
			conf->kind->name, conf->n_sources ? conf->sources[0].name : "SOURCE");
	*ret = a;
	return 0;
}
