/* SPDX-License-Identifier: Apache-2.0 */
#include "appliance-internal.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>

#define TELLS_US      (30 * USEC_PER_SEC)
#define STALE_PERIODS 3

struct appliance *appliance_free(struct appliance *a)
{
	if (!a)
		return NULL;
	for (size_t i = 0; i < a->n_sources; i++) {
		free(a->sources[i].attr_of_point);
		compute_free(a->sources[i].compute);
	}
	free(a->sources);
	free(a->attrs);
	free(a);
	return NULL;
}

const struct model_attr *point_model(const struct profile *p, const struct point *point)
{
	return point->attr >= 0 && p->kind ? &p->kind->attrs[point->attr] : NULL;
}

unit_id point_unit(const struct profile *p, const struct point *point)
{
	const struct model_attr *m = point_model(p, point);

	return m ? m->unit : point->unit;
}

/* Readings */

static void undecodable(struct reading *r)
{
	r->quality = QUALITY_SUSPECT;
	r->reason = REASON_DECODE;
	r->type = VALUE_NONE;
}

/* A reading of a point that [Map] brought to an attribute of another name: unit and list of the
 * point's own attribute become those of this one. */
static void translate(const struct appliance *a, const struct attribute *attr,
	const struct point *point, struct reading *r)
{
	const struct profile *p = a->sources[attr->source].conf->profile;
	const struct model_attr *from = point_model(p, point), *to = attr->model;
	const char *name;
	int64_t v;

	/* Points that take turns may have units of their own. */
	if (!to && attr->alternatives && r->type == VALUE_NUMBER)
		r->num = unit_convert(r->num, point_unit(p, point), attr->unit);
	if (!to || from == to || r->type == VALUE_NONE)
		return;
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		if (to->type != ATTR_NUMBER && to->type != ATTR_TIMESTAMP) {
			undecodable(r);
			return;
		}
		if (point_unit(p, point) != to->unit)
			r->num = unit_convert(r->num, point_unit(p, point), to->unit);
		return;
	case VALUE_BOOL:
		if (to->type != ATTR_BOOL)
			undecodable(r);
		return;
	case VALUE_ENUM:
		if (to->type != ATTR_ENUM) {
			undecodable(r);
			return;
		}
		if (to->n_values == 0)
			return;
		name = from ? model_value_name(from, r->code) : NULL;
		for (size_t i = 0; !from && !name && i < point->n_enums; i++)
			if (point->enums[i].value == r->code)
				name = point->enums[i].name;
		if (name && model_value_by_name(to, name, &v) == 0)
			r->code = v;
		else
			undecodable(r);
		return;
	case VALUE_BITS:
		if (to->type != ATTR_BITS)
			undecodable(r);
		return;
	case VALUE_STRING:
		if (to->type != ATTR_STRING)
			undecodable(r);
		return;
	case VALUE_NONE:
		return;
	}
}

static bool same_value(const struct reading *a, const struct reading *b)
{
	if (a->quality != b->quality || a->type != b->type)
		return false;
	switch ((enum value_type)a->type) {
	case VALUE_NONE:
		return true;
	case VALUE_NUMBER:
		return a->num == b->num;
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		return a->code == b->code;
	case VALUE_STRING:
		return strncmp(a->text, b->text, sizeof(a->text)) == 0;
	}
	return false;
}

size_t appliance_compute(struct appliance *a, unsigned source, const struct reading *r, size_t n,
	bool more, struct reading *out)
{
	struct compute *c = source < a->n_sources ? a->sources[source].compute : NULL;

	if (c)
		return compute_apply(c, r, n, more, out);
	if (n > 0)
		memcpy(out, r, n * sizeof(*r));
	return n;
}

/* Which of the points that may feed ATTR does: the first that exists, else the first of which that is
 * not known, else the first. */
static unsigned feeding_point(const struct source *s, const struct attribute *attr, int16_t index)
{
	const struct profile *p = s->conf->profile;
	unsigned unknown = attr->point_index;
	bool any = false;

	for (unsigned i = attr->point_index; i < p->n_points; i++) {
		int exists = s->attr_of_point[i] == index ? compute_exists(s->compute, i) : 0;

		if (exists > 0)
			return i;
		if (exists < 0 && !any) {
			unknown = i;
			any = true;
		}
	}
	return unknown;
}

static void apply(struct appliance *a, unsigned source, const struct reading *r, size_t n,
	bool heard, appliance_changed_fn changed, void *userdata)
{
	struct source *s;

	if (source >= a->n_sources)
		return;
	s = &a->sources[source];
	for (size_t i = 0; i < n; i++) {
		struct reading v = r[i];
		struct attribute *attr;
		bool same;

		if (heard && (v.quality != QUALITY_UNAVAILABLE || v.reason == REASON_EXCEPTION))
			s->last_reply_us = MAX(s->last_reply_us, v.t_us);
		if (v.point >= s->conf->profile->n_points || s->attr_of_point[v.point] < 0)
			continue;
		attr = &a->attrs[s->attr_of_point[v.point]];
		if (attr->alternatives) {
			if (feeding_point(s, attr, s->attr_of_point[v.point]) != v.point)
				continue;
			attr->point = &s->conf->profile->points[v.point];
		}
		translate(a, attr, attr->point, &v);
		same = attr->seen && same_value(&attr->value, &v);
		attr->value = v;
		attr->seen = true;
		if (same)
			continue;
		attr->changed_us = v.t_us;
		if (changed)
			changed(a, attr, userdata);
	}
}

void appliance_apply(struct appliance *a, unsigned source, const struct reading *r, size_t n,
	appliance_changed_fn changed, void *userdata)
{
	apply(a, source, r, n, true, changed, userdata);
}

void appliance_expire(
	struct appliance *a, uint64_t now_us, appliance_changed_fn changed, void *userdata)
{
	struct reading out[PROFILE_DERIVED_MAX];

	for (unsigned i = 0; i < a->n_sources; i++)
		if (a->sources[i].compute)
			apply(a, i, out, compute_expire(a->sources[i].compute, now_us, out), false,
				changed, userdata);
	for (size_t i = 0; i < a->n_attrs; i++) {
		struct attribute *attr = &a->attrs[i];

		if (!attr->seen || attr->value.quality == QUALITY_UNAVAILABLE ||
			attr->value.quality == QUALITY_STALE)
			continue;
		if (now_us <= attr->value.t_us ||
			now_us - attr->value.t_us <= STALE_PERIODS * attr->period_us)
			continue;
		/* Value and time of it stay: people may want to know what it was last. */
		attr->value.quality = QUALITY_STALE;
		attr->changed_us = now_us;
		if (changed)
			changed(a, attr, userdata);
	}
}

bool appliance_tells(const struct appliance *a)
{
	uint64_t newest = 0, newest_usable = 0;
	bool any = false;

	for (size_t i = 0; i < a->n_attrs; i++) {
		const struct reading *v = &a->attrs[i].value;

		/* What an appliance never has says nothing, whenever it was tried; nor does what hearthd
		 * says of it itself. */
		if (!a->attrs[i].seen || v->reason == REASON_UNSUPPORTED ||
			a->attrs[i].source == ATTRIBUTE_NO_SOURCE)
			continue;
		newest = MAX(newest, v->t_us);
		if (v->quality != QUALITY_GOOD && v->quality != QUALITY_SUSPECT)
			continue;
		newest_usable = MAX(newest_usable, v->t_us);
		any = true;
	}
	return a->n_attrs == 0 || (any && newest - newest_usable <= TELLS_US);
}

void appliance_source_state(struct appliance *a, unsigned source, enum source_state state,
	enum reason reason, uint64_t now_us, appliance_changed_fn changed, void *userdata)
{
	struct source *s;

	if (source >= a->n_sources)
		return;
	s = &a->sources[source];
	if (s->state != state)
		s->since_us = now_us;
	s->state = state;
	s->reason = (uint8_t)(state == SOURCE_ANSWERING ? REASON_NONE : reason);
	if (state == SOURCE_ANSWERING || state == SOURCE_UNKNOWN)
		return;
	if (s->compute)
		compute_fail(s->compute, reason, now_us);
	for (size_t i = 0; i < a->n_attrs; i++) {
		struct attribute *attr = &a->attrs[i];

		if (attr->source != source)
			continue;
		if (attr->seen && attr->value.quality == QUALITY_UNAVAILABLE) {
			attr->value.reason = (uint8_t)reason;
			continue;
		}
		attr->value = (struct reading){.point = attr->point_index,
			.quality = QUALITY_UNAVAILABLE,
			.reason = (uint8_t)reason,
			.type = VALUE_NONE,
			.t_us = now_us};
		attr->seen = true;
		attr->changed_us = now_us;
		if (changed)
			changed(a, attr, userdata);
	}
}

void appliance_distrust(struct appliance *a, unsigned source, enum reason reason, uint64_t now_us,
	appliance_changed_fn changed, void *userdata)
{
	for (size_t i = 0; i < a->n_attrs; i++) {
		struct attribute *attr = &a->attrs[i];

		if (attr->source != source || !attr->seen || attr->value.quality != QUALITY_GOOD)
			continue;
		attr->value.quality = QUALITY_SUSPECT;
		attr->value.reason = (uint8_t)reason;
		attr->changed_us = now_us;
		if (changed)
			changed(a, attr, userdata);
	}
}

bool appliance_reachable(const struct appliance *a)
{
	for (size_t i = 0; i < a->n_sources; i++)
		if (a->sources[i].state == SOURCE_ANSWERING)
			return true;
	return false;
}

struct attribute *appliance_attr(struct appliance *a, const char *name)
{
	for (size_t i = 0; i < a->n_attrs; i++)
		if (streq(a->attrs[i].name, name))
			return &a->attrs[i];
	return NULL;
}

/* Words */

const char *attribute_enum_name(const struct attribute *attr, int64_t code)
{
	const char *name = attr->model ? model_value_name(attr->model, code) : NULL;

	if (name || (attr->model && attr->model->n_values > 0))
		return name;
	for (size_t i = 0; attr->point && i < attr->point->n_enums; i++)
		if (attr->point->enums[i].value == code)
			return attr->point->enums[i].name;
	return NULL;
}

const char *attribute_label(const struct attribute *attr, bool zh)
{
	static const struct text none;
	const struct text *own = attr->point ? &attr->point->label : &none;

	if (zh && own->zh)
		return own->zh;
	if (zh && attr->model && attr->model->label_zh)
		return attr->model->label_zh;
	if (own->en)
		return own->en;
	if (attr->model && attr->model->label_en)
		return attr->model->label_en;
	return attr->name;
}

/* The shortest decimal in [V-TOLERANCE, V+TOLERANCE]; false when nine places are not enough. */
static bool shortest(double v, double tolerance, char *dst, size_t size)
{
	for (int places = 0; places <= 9; places++) {
		double w;

		snprintf(dst, size, "%.*f", places, v);
		w = strtod(dst, NULL);
		if (fabs(w - v) <= tolerance) {
			/* no "-0" */
			if (w == 0)
				(void)str_copy(dst, size, "0");
			return true;
		}
	}
	return false;
}

/* hearthd never leaves the C locale, so the point is a point. */
static void format_number(const struct attribute *attr, double v, char *dst, size_t size)
{
	double noise = fabs(v) * 1e-14;

	if (fabs(v) >= 1e15 || (v != 0 && fabs(v) < 1e-6 && attr->resolution == 0)) {
		snprintf(dst, size, "%.15g", v);
		return;
	}
	if (attr->resolution > 0) {
		/* Exact to what a register times a decimal scale can be; else, after a conversion of
		 * units, as many places as tell two steps apart. */
		if (shortest(v, MAX(attr->resolution * 1e-6, noise), dst, size) &&
			strcspn(dst, ".") + 5 >= strlen(dst))
			return;
		if (shortest(v, attr->resolution / 4, dst, size))
			return;
	} else if (attr->point && attr->point->type == POINT_F32) {
		int e;

		/* Nearer than half a step of the 24 bits of a float: the same float. */
		(void)frexp(v, &e);
		if (shortest(v, ldexp(0.999, e - FLT_MANT_DIG - 1), dst, size))
			return;
	} else if (shortest(v, noise, dst, size))
		return;
	snprintf(dst, size, "%.15g", v);
}

static void format_bits(const struct attribute *attr, int64_t set, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (unsigned bit = 0; bit < 64; bit++) {
		const char *name = attribute_enum_name(attr, bit);

		if (!((uint64_t)set >> bit & 1))
			continue;
		if (name)
			(void)str_appendf(dst, size, &used, "%s%s", used ? " " : "", name);
		else
			(void)str_appendf(dst, size, &used, "%svendor_bit%u", used ? " " : "", bit);
	}
}

void attribute_format(const struct attribute *attr, const struct reading *r, char *dst, size_t size)
{
	const char *name;

	if (size == 0)
		return;
	*dst = '\0';
	switch ((enum value_type)r->type) {
	case VALUE_NONE:
		return;
	case VALUE_NUMBER:
		format_number(attr, r->num, dst, size);
		return;
	case VALUE_BOOL:
		(void)str_copy(dst, size, r->code ? "true" : "false");
		return;
	case VALUE_ENUM:
		name = attribute_enum_name(attr, r->code);
		if (name)
			(void)str_copy(dst, size, name);
		else
			snprintf(dst, size, "vendor_%" PRIx32, (uint32_t)r->code);
		return;
	case VALUE_BITS:
		format_bits(attr, r->code, dst, size);
		return;
	case VALUE_STRING: {
		char text[READING_TEXT_MAX + 1] = {0};

		memcpy(text, r->text, READING_TEXT_MAX);
		(void)str_copy(dst, size, text);
		return;
	}
	}
}
