/* SPDX-License-Identifier: Apache-2.0 */
/* A raw value becomes a reading: sentinels, scale, names, bounds of what is possible. */
#include "daemon/profile/profile.h"

#include <math.h>
#include <time.h>

static const struct model_attr *point_attr(const struct profile *p, const struct point *pt)
{
	return pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;
}

enum value_type attr_value_type(enum attr_type type)
{
	switch (type) {
	case ATTR_NUMBER:
		return VALUE_NUMBER;
	case ATTR_BOOL:
		return VALUE_BOOL;
	case ATTR_ENUM:
		return VALUE_ENUM;
	case ATTR_BITS:
		return VALUE_BITS;
	case ATTR_STRING:
	case ATTR_TIMESTAMP:
		return VALUE_STRING;
	case ATTR_COMMAND:
	case _ATTR_TYPE_MAX:
		break;
	}
	return VALUE_NONE;
}

enum value_type point_value_type(const struct profile *p, unsigned point)
{
	const struct point *pt = &p->points[point];
	const struct model_attr *attr = point_attr(p, pt);

	if (attr)
		return attr_value_type(attr->type);
	if (pt->n_enums > 0)
		return pt->bits ? VALUE_BITS : VALUE_ENUM;
	if (pt->format || pt->type == POINT_STRING || pt->type == POINT_STRING_2)
		return VALUE_STRING;
	return pt->type == POINT_BIT ? VALUE_BOOL : VALUE_NUMBER;
}

static void set_suspect(struct reading *r, enum reason reason)
{
	r->quality = QUALITY_SUSPECT;
	r->reason = (uint8_t)reason;
}

static bool float_is_sentinel(enum point_type type, double v, double sentinel)
{
	if (isnan(sentinel))
		return isnan(v);
	/* 3276.7 in a profile means the nearest number the register can hold. */
	return type == POINT_F32 ? (float)v == (float)sentinel : v == sentinel;
}

static bool apply_sentinels(const struct point *pt, const struct raw_value *v, struct reading *r)
{
	/* A text has them where it is short enough for .i to hold its registers. */
	if (v->kind == RAW_TEXT && pt->type == POINT_NATIVE)
		return false;
	for (size_t i = 0; i < pt->n_sentinels; i++) {
		const struct sentinel *s = &pt->sentinels[i];

		if (v->kind != RAW_FLOAT && v->i != s->raw)
			continue;
		if (v->kind == RAW_FLOAT && !float_is_sentinel(pt->type, v->f, s->num))
			continue;
		r->quality = s->quality;
		r->reason = s->reason;
		return true;
	}
	return false;
}

static double raw_number(const struct point *pt, const struct raw_value *v)
{
	if (v->kind == RAW_FLOAT)
		return v->f;
	return pt->type == POINT_U64 ? (double)(uint64_t)v->i : (double)v->i;
}

static double apply_scale(const struct point *pt, double v)
{
	double inverse = 1 / pt->scale;

	/* 0.1 has no exact double but 10 has: 203 / 10 is the double nearest to 20.3, 203 * 0.1 is not. */
	if (fabs(inverse) > 1 && inverse == rint(inverse))
		v /= inverse;
	else
		v *= pt->scale;
	return v + pt->offset;
}

static void convert_number(const struct point *pt, const struct model_attr *attr,
	const struct raw_value *v, struct reading *r)
{
	double x;

	if (v->kind == RAW_TEXT) {
		set_suspect(r, REASON_DECODE);
		return;
	}
	x = apply_scale(pt, raw_number(pt, v));
	if (!isfinite(x)) {
		set_suspect(r, REASON_DECODE);
		return;
	}
	/* NAN compares false: no bound. */
	if (x < pt->possible_min || x > pt->possible_max)
		set_suspect(r, REASON_RANGE);
	if (attr)
		x = unit_convert(x, pt->unit, attr->unit);
	r->type = VALUE_NUMBER;
	r->num = x;
}

static const struct enum_map *enum_by_raw(const struct point *pt, int64_t raw)
{
	size_t lo = 0, hi = pt->n_enums;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (pt->enums[mid].raw == raw)
			return &pt->enums[mid];
		if (pt->enums[mid].raw < raw)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The integer behind V, or false: a text, or a float with a fraction. */
static bool raw_integer(const struct raw_value *v, int64_t *ret)
{
	switch (v->kind) {
	case RAW_INT:
		*ret = v->i;
		return true;
	case RAW_FLOAT:
		if (!(fabs(v->f) < 9e15) || v->f != rint(v->f))
			return false;
		*ret = (int64_t)v->f;
		return true;
	case RAW_TEXT:
		break;
	}
	return false;
}

static const struct enum_map *enum_lookup(
	const struct point *pt, const struct raw_value *v, int64_t *ret_raw)
{
	if (v->kind == RAW_TEXT) {
		for (size_t i = 0; i < pt->n_enums; i++)
			if (streq(pt->enums[i].name, v->text))
				return &pt->enums[i];
		return NULL;
	}
	return raw_integer(v, ret_raw) ? enum_by_raw(pt, *ret_raw) : NULL;
}

static void convert_enum(const struct point *pt, const struct raw_value *v, struct reading *r)
{
	int64_t raw = 0;
	const struct enum_map *e = enum_lookup(pt, v, &raw);

	if (!e && !raw_integer(v, &raw)) {
		set_suspect(r, REASON_DECODE);
		return;
	}
	r->type = VALUE_ENUM;
	/* A value the profile does not know is a fact about the appliance, not a broken reading. */
	r->code = e ? e->value : (int64_t)(ENUM_CODE_VENDOR | (raw & 0xffffffff));
}

static void convert_bool(const struct point *pt, const struct raw_value *v, struct reading *r)
{
	int64_t raw = 0;

	if (pt->n_enums > 0) {
		const struct enum_map *e = enum_lookup(pt, v, &raw);

		if (!e) {
			set_suspect(r, REASON_DECODE);
			return;
		}
		r->code = e->value;
	} else if (raw_integer(v, &raw) && (raw == 0 || raw == 1)) {
		r->code = raw;
	} else {
		set_suspect(r, REASON_DECODE);
		return;
	}
	r->type = VALUE_BOOL;
}

static void convert_bits(const struct point *pt, const struct raw_value *v, struct reading *r)
{
	int64_t raw = 0, set = 0;

	if (!pt->bits) {
		const struct enum_map *e = enum_lookup(pt, v, &raw);

		if (!e) {
			set_suspect(r, REASON_DECODE);
			return;
		}
		set = e->value;
	} else if (!raw_integer(v, &raw)) {
		set_suspect(r, REASON_DECODE);
		return;
	} else {
		for (size_t i = 0; i < pt->n_enums; i++)
			if ((uint64_t)raw >> pt->enums[i].raw & 1)
				set |= INT64_C(1) << pt->enums[i].value;
	}
	r->type = VALUE_BITS;
	r->code = set;
}

/* Seconds since 1970 as RFC 3339; years past 9999 and before 1970 are no times of an appliance. */
static bool format_time(double s, char *dst, size_t size)
{
	struct tm tm;
	time_t t;

	if (!(s >= 0 && s <= 253402300799.0))
		return false;
	t = (time_t)s;
	if (!gmtime_r(&t, &tm))
		return false;
	return strftime(dst, size, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

static void convert_string(const struct profile *p, unsigned point, const struct model_attr *attr,
	const struct raw_value *v, struct reading *r)
{
	const struct point *pt = &p->points[point];
	const struct fault *fault;
	int64_t raw;

	r->type = VALUE_STRING;
	if (v->kind == RAW_TEXT) {
		(void)str_copy(r->text, sizeof(r->text), v->text);
		return;
	}
	if (pt->format && streq(pt->format, FORMAT_TIME)) {
		if (raw_integer(v, &raw) &&
			format_time(apply_scale(pt, (double)raw), r->text, sizeof(r->text)))
			return;
	} else if (pt->format && raw_integer(v, &raw) &&
		   point_format(pt->format, (uint64_t)raw, 64, r->text, sizeof(r->text)))
		return;
	if (pt->fault_code && raw_integer(v, &raw)) {
		r->text[0] = '\0';
		if (!point_is_no_fault(pt, raw))
			profile_fault_lookup(p, point, raw, &fault, r->text, sizeof(r->text));
		return;
	}
	if (attr && attr->type == ATTR_TIMESTAMP) {
		if (raw_integer(v, &raw) &&
			format_time(apply_scale(pt, (double)raw), r->text, sizeof(r->text)))
			return;
	} else {
		double x = apply_scale(pt, raw_number(pt, v));

		/* 15 digits: what every double holds; the process keeps LC_NUMERIC at C. */
		if (isfinite(x) && snprintf(r->text, sizeof(r->text), "%.15g", x) > 0)
			return;
	}
	r->type = VALUE_NONE;
	set_suspect(r, REASON_DECODE);
}

void point_convert(
	const struct profile *p, unsigned point, const struct raw_value *v, struct reading *r)
{
	const struct point *pt = &p->points[point];
	const struct model_attr *attr = point_attr(p, pt);

	r->quality = QUALITY_GOOD;
	r->reason = REASON_NONE;
	r->type = VALUE_NONE;
	r->detail = 0;
	r->raw = v->kind == RAW_INT ? v->i : 0;
	memset(r->text, 0, sizeof(r->text));
	if (apply_sentinels(pt, v, r))
		return;
	if (v->kind == RAW_FLOAT && !isfinite(v->f)) {
		set_suspect(r, REASON_DECODE);
		return;
	}
	switch (point_value_type(p, point)) {
	case VALUE_NUMBER:
		/* A serial protocol's field may be a text without the profile saying so. */
		if (v->kind == RAW_TEXT && !attr)
			convert_string(p, point, attr, v, r);
		else
			convert_number(pt, attr, v, r);
		break;
	case VALUE_BOOL:
		convert_bool(pt, v, r);
		break;
	case VALUE_ENUM:
		convert_enum(pt, v, r);
		break;
	case VALUE_BITS:
		convert_bits(pt, v, r);
		break;
	case VALUE_STRING:
		convert_string(p, point, attr, v, r);
		break;
	case VALUE_NONE:
		set_suspect(r, REASON_DECODE);
		break;
	}
}
