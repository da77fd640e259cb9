/* SPDX-License-Identifier: Apache-2.0 */
#include "write-rule.h"

#include "daemon/expr/expr.h"

#include <math.h>

void write_rule_done(struct write_rule *w)
{
	free(w->attribute);
	free(w->to);
	for (size_t i = 0; i < w->n_enums; i++)
		free(w->enums[i].name);
	free(w->enums);
	(void)expr_free(w->min.expr);
	(void)expr_free(w->max.expr);
	(void)expr_free(w->condition);
	free(w->source);
	free(w->file);
	*w = (struct write_rule){0};
}

static const struct model_attr *attr_of(const struct profile *p, const struct write_rule *w)
{
	return w->attr >= 0 ? &p->kind->attrs[w->attr] : NULL;
}

enum value_type write_rule_type(const struct profile *p, const struct write_rule *w)
{
	const struct model_attr *attr = attr_of(p, w);

	if (w->fixed)
		return VALUE_NONE;
	if (attr) {
		enum value_type type = attr_value_type(attr->type);

		return type == VALUE_STRING ? VALUE_NONE : type; /* texts are not written */
	}
	if (w->n_enums > 0)
		return w->bits ? VALUE_BITS : VALUE_ENUM;
	return w->type == POINT_BIT ? VALUE_BOOL : VALUE_NUMBER;
}

unit_id write_rule_unit(const struct profile *p, const struct write_rule *w)
{
	const struct model_attr *attr = attr_of(p, w);

	return attr ? attr->unit : w->unit;
}

static bool is_float(const struct write_rule *w)
{
	return w->type == POINT_F32 || w->type == POINT_F64;
}

double write_rule_step(const struct write_rule *w)
{
	if (w->step > 0)
		return w->step;
	return is_float(w) ? 0 : fabs(w->scale);
}

/* ---- values and texts */

static const struct enum_map *enum_by_name(const struct write_rule *w, const char *name, size_t n)
{
	for (size_t i = 0; i < w->n_enums; i++)
		if (strlen(w->enums[i].name) == n && memcmp(w->enums[i].name, name, n) == 0)
			return &w->enums[i];
	return NULL;
}

static const struct enum_map *enum_by_value(const struct write_rule *w, int64_t value)
{
	for (size_t i = 0; i < w->n_enums; i++)
		if (w->enums[i].value == value)
			return &w->enums[i];
	return NULL;
}

/* Names joined by blanks or "+"; "none" is the empty set. */
static int parse_set(
	const struct profile *p, const struct write_rule *w, const char *text, int64_t *ret)
{
	const struct model_attr *attr = attr_of(p, w);
	int64_t set = 0;

	if (streq(text, "none")) {
		*ret = 0;
		return 0;
	}
	while (*text) {
		size_t n = strcspn(text, " +");
		char name[64];
		int64_t bit;

		if (n == 0 || n >= sizeof(name))
			return -EINVAL;
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, text);
		if (attr) {
			if (model_value_by_name(attr, name, &bit) < 0)
				return -EINVAL;
		} else {
			const struct enum_map *e = enum_by_name(w, name, n);

			if (!e)
				return -EINVAL;
			bit = e->value;
		}
		set |= INT64_C(1) << bit;
		text += n;
		text += strspn(text, " +");
	}
	*ret = set;
	return 0;
}

int write_value_parse(const struct profile *p, const struct write_rule *w, const char *text,
	struct write_value *ret)
{
	struct write_value v = {.type = (uint8_t)write_rule_type(p, w)};
	const struct enum_map *e;
	bool yes = false;
	int r = 0;

	switch ((enum value_type)v.type) {
	case VALUE_NUMBER:
		r = parse_double(text, &v.num);
		/* strtod() takes 0x2d for 45; a person means something else. */
		if (r == 0 && (!isfinite(v.num) || strpbrk(text, "xX")))
			r = -EINVAL;
		break;
	case VALUE_BOOL:
		r = parse_bool(text, &yes);
		v.code = yes;
		break;
	case VALUE_ENUM:
		e = enum_by_name(w, text, strlen(text));
		r = e ? 0 : -EINVAL;
		v.code = e ? e->value : 0;
		break;
	case VALUE_BITS:
		r = parse_set(p, w, text, &v.code);
		break;
	case VALUE_NONE:
		r = isempty(text) ? 0 : -EINVAL;
		break;
	case VALUE_STRING:
		r = -EINVAL;
		break;
	}
	if (r < 0)
		return -EINVAL;
	*ret = v;
	return 0;
}

void write_rule_choices(const struct profile *p, const struct write_rule *w, char *dst, size_t size)
{
	unit_id unit = write_rule_unit(p, w);
	size_t used = 0;

	dst[0] = '\0';
	switch (write_rule_type(p, w)) {
	case VALUE_NUMBER:
		(void)snprintf(dst, size, "%s%s", unit == UNIT_NONE ? "number" : "number ",
			unit_name(unit));
		break;
	case VALUE_BOOL:
		(void)snprintf(dst, size, "true false");
		break;
	case VALUE_ENUM:
	case VALUE_BITS:
		for (size_t i = 0; i < w->n_enums; i++) {
			bool seen = false;

			for (size_t k = 0; k < i; k++)
				seen = seen || streq(w->enums[k].name, w->enums[i].name);
			if (!seen && !str_appendf(dst, size, &used, "%s%s", used ? " " : "",
					     w->enums[i].name))
				break;
		}
		break;
	case VALUE_NONE:
	case VALUE_STRING:
		break;
	}
}

static void format_double(double v, double step, char *dst, size_t size)
{
	int digits = 0;

	/* As many decimals as a step has, so that 21.5 is not 21.499999999999996. */
	for (double s = step; digits < 6 && s > 0 && fabs(s - rint(s)) > 1e-9 * digits + 1e-9;
		digits++)
		s *= 10;
	if (step > 0)
		(void)snprintf(dst, size, "%.*f", digits, v);
	else
		(void)snprintf(dst, size, "%.6g", v);
	if (streq(dst, "-0"))
		(void)str_copy(dst, size, "0");
}

void write_number_format(
	const struct profile *p, const struct write_rule *w, double v, char *dst, size_t size)
{
	unit_id unit = write_rule_unit(p, w);
	char number[40];
	double step = write_rule_step(w);

	if (unit != w->unit && unit_convertible(w->unit, unit)) {
		v = unit_convert(v, w->unit, unit);
		step = 0;
	}
	format_double(v, step, number, sizeof(number));
	(void)snprintf(dst, size, "%s%s%s", number, unit == UNIT_NONE ? "" : " ", unit_name(unit));
}

void write_value_format(const struct profile *p, const struct write_rule *w,
	const struct write_value *v, char *dst, size_t size)
{
	const struct enum_map *e;
	size_t used = 0;

	dst[0] = '\0';
	switch ((enum value_type)v->type) {
	case VALUE_NUMBER:
		format_double(v->num, write_rule_unit(p, w) == w->unit ? write_rule_step(w) : 0,
			dst, size);
		break;
	case VALUE_BOOL:
		(void)str_copy(dst, size, v->code ? "true" : "false");
		break;
	case VALUE_ENUM:
		e = enum_by_value(w, v->code);
		if (e)
			(void)str_copy(dst, size, e->name);
		else
			(void)snprintf(
				dst, size, "vendor_%llx", (unsigned long long)v->code & 0xffffffff);
		break;
	case VALUE_BITS:
		for (int64_t bit = 0; bit < 63; bit++) {
			const struct model_attr *attr = attr_of(p, w);
			const char *name = NULL;

			if (!(v->code >> bit & 1))
				continue;
			if (attr)
				name = model_value_name(attr, bit);
			else if ((e = enum_by_value(w, bit)))
				name = e->name;
			(void)str_appendf(
				dst, size, &used, "%s%s", used ? " " : "", name ? name : "?");
		}
		if (used == 0)
			(void)str_copy(dst, size, "none");
		break;
	case VALUE_NONE:
	case VALUE_STRING:
		break;
	}
}

/* ---- to the register and back */

static unsigned value_bits(const struct write_rule *w)
{
	if (w->width)
		return w->width;
	if (w->cell.coil)
		return 1;
	return 16U * (w->n ? w->n : 4);
}

static bool raw_fits(const struct write_rule *w, double raw)
{
	unsigned bits = value_bits(w);

	switch (w->type) {
	case POINT_S16:
	case POINT_S32:
	case POINT_S64:
		return raw >= -ldexp(1, (int)bits - 1) && raw <= ldexp(1, (int)bits - 1) - 1;
	case POINT_BCD16:
	case POINT_BCD32:
		return raw >= 0 && raw <= pow(10, bits / 4) - 1;
	case POINT_NATIVE:
		return fabs(raw) < 9e15;
	case POINT_F32:
	case POINT_F64:
		return true;
	case POINT_BIT:
	case POINT_U16:
	case POINT_U32:
	case POINT_U64:
	case POINT_STRING:
	case POINT_STRING_2:
	case _POINT_TYPE_MAX:
		break;
	}
	/* Beyond 2^53 a double skips whole numbers. */
	return raw >= 0 && raw <= ldexp(1, (int)MIN(bits, 53U)) - 1;
}

/* v = raw × scale + offset, the other way round and with the same care for 0.1 as point_convert(). */
static double unscale(const struct write_rule *w, double v)
{
	double inverse = 1 / w->scale;

	v -= w->offset;
	if (fabs(inverse) > 1 && fabs(inverse - rint(inverse)) < 1e-9)
		return v * rint(inverse);
	return v / w->scale;
}

static double scale(const struct write_rule *w, double raw)
{
	double inverse = 1 / w->scale;

	if (fabs(inverse) > 1 && fabs(inverse - rint(inverse)) < 1e-9)
		return raw / rint(inverse) + w->offset;
	return raw * w->scale + w->offset;
}

static bool near(double a, double b, double unit)
{
	return fabs(a - b) <= 1e-6 * MAX(unit, 1e-9) + 1e-12 * fabs(a);
}

static int encode_number(const struct profile *p, const struct write_rule *w, double v,
	double anchor, struct write_raw *ret, double *ret_near)
{
	unit_id unit = write_rule_unit(p, w);
	double step = write_rule_step(w), raw, on;
	bool converted = unit != w->unit && unit_convertible(unit, w->unit);

	if (converted)
		v = unit_convert(v, unit, w->unit);
	if (step > 0) {
		on = anchor + rint((v - anchor) / step) * step;
		/* What came through another unit has lost its last digits on the way. */
		if (!near(v, on, step) && !(converted && fabs(v - on) < step / 100)) {
			*ret_near = on;
			return -EDOM;
		}
		v = on;
	}
	raw = unscale(w, v);
	if (is_float(w)) {
		*ret = (struct write_raw){.num = raw};
		return isfinite(raw) && (w->type == POINT_F64 || fabs(raw) <= 3.4e38) ? 0 : -ERANGE;
	}
	if (!raw_fits(w, rint(raw)))
		return -ERANGE;
	/* A step that is no whole number of the register's own: the register decides. */
	if (fabs(raw - rint(raw)) > 1e-6) {
		*ret_near = scale(w, rint(raw));
		return -EDOM;
	}
	*ret = (struct write_raw){.raw = (int64_t)rint(raw), .num = rint(raw)};
	return 0;
}

int write_value_encode(const struct profile *p, const struct write_rule *w,
	const struct write_value *v, double anchor, struct write_raw *ret, double *ret_near)
{
	const struct enum_map *e;
	int64_t raw = 0;

	switch ((enum value_type)v->type) {
	case VALUE_NUMBER:
		return encode_number(p, w, v->num, anchor, ret, ret_near);
	case VALUE_BITS:
		if (w->bits) {
			for (size_t i = 0; i < w->n_enums; i++)
				if (v->code >> w->enums[i].value & 1)
					raw |= INT64_C(1) << w->enums[i].raw;
			break;
		}
		e = enum_by_value(w, v->code);
		if (!e)
			return -ERANGE;
		raw = e->raw;
		break;
	case VALUE_BOOL:
	case VALUE_ENUM:
		if (w->n_enums == 0 && v->type == VALUE_BOOL) {
			raw = v->code;
			break;
		}
		e = enum_by_value(w, v->code);
		if (!e)
			return -ERANGE;
		raw = e->raw;
		break;
	case VALUE_NONE:
		raw = w->fixed_raw;
		break;
	case VALUE_STRING:
		return -ERANGE;
	}
	*ret = (struct write_raw){.raw = raw, .num = (double)raw};
	return 0;
}

bool write_raw_decode(const struct profile *p, const struct write_rule *w,
	const struct write_raw *raw, struct write_value *ret)
{
	struct write_value v = {.type = (uint8_t)write_rule_type(p, w)};
	unit_id unit = write_rule_unit(p, w);
	int64_t set = 0;

	switch ((enum value_type)v.type) {
	case VALUE_NUMBER:
		v.num = scale(w, is_float(w) ? raw->num : (double)raw->raw);
		if (unit != w->unit && unit_convertible(w->unit, unit))
			v.num = unit_convert(v.num, w->unit, unit);
		*ret = v;
		return true;
	case VALUE_BITS:
		if (w->bits) {
			for (size_t i = 0; i < w->n_enums; i++)
				if (raw->raw >> w->enums[i].raw & 1)
					set |= INT64_C(1) << w->enums[i].value;
			v.code = set;
			*ret = v;
			return true;
		}
		break;
	case VALUE_BOOL:
		if (w->n_enums == 0) {
			v.code = raw->raw != 0;
			*ret = v;
			return true;
		}
		break;
	case VALUE_ENUM:
		break;
	case VALUE_NONE:
		*ret = v;
		return true;
	case VALUE_STRING:
		return false;
	}
	for (size_t i = 0; i < w->n_enums; i++)
		if (w->enums[i].raw == raw->raw) {
			v.code = w->enums[i].value;
			*ret = v;
			return true;
		}
	return false;
}

bool write_value_of_reading(const struct reading *r, struct write_value *ret)
{
	if (r->quality != QUALITY_GOOD)
		return false;
	*ret = (struct write_value){.type = r->type};
	switch ((enum value_type)r->type) {
	case VALUE_NUMBER:
		ret->num = r->num;
		return true;
	case VALUE_BOOL:
	case VALUE_ENUM:
	case VALUE_BITS:
		ret->code = r->code;
		return true;
	case VALUE_NONE:
	case VALUE_STRING:
		break;
	}
	return false;
}

bool write_value_equal(const struct profile *p, const struct write_rule *w,
	const struct write_value *a, const struct write_value *b)
{
	unit_id unit = write_rule_unit(p, w);
	double x, y;

	if (a->type != b->type) {
		/* A read-back point of another type: a status that is 1 or 0 for a switch. */
		if (a->type == VALUE_NUMBER && b->type == VALUE_BOOL)
			return a->num == (double)b->code;
		if (b->type == VALUE_NUMBER && a->type == VALUE_BOOL)
			return b->num == (double)a->code;
		return false;
	}
	if (a->type != VALUE_NUMBER)
		return a->code == b->code;
	x = a->num;
	y = b->num;
	if (unit != w->unit && unit_convertible(unit, w->unit)) {
		x = unit_convert(x, unit, w->unit);
		y = unit_convert(y, unit, w->unit);
	}
	return fabs(x - y) <= w->tolerance + 1e-6 * MAX(fabs(w->scale), 1e-9);
}

/* ---- what it touches */

static void touch(struct write_touch *v, size_t *n, bool coil, uint16_t address, uint8_t times)
{
	for (size_t i = 0; i < *n; i++)
		if (v[i].coil == coil && v[i].address == address) {
			v[i].times = (uint8_t)(v[i].times + times);
			return;
		}
	if (*n < WRITE_CELLS_MAX)
		v[(*n)++] = (struct write_touch){coil, address, times};
}

size_t write_rule_touches(const struct write_rule *w, struct write_touch ret[WRITE_CELLS_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < w->n && i < 4; i++)
		touch(ret, &n, w->cell.coil, (uint16_t)(w->cell.address + i), w->pulse_us ? 2 : 1);
	for (unsigned i = 0; i < w->n_before; i++)
		touch(ret, &n, w->before[i].coil, w->before[i].address, 1);
	for (unsigned i = 0; i < w->n_with; i++)
		touch(ret, &n, w->with[i].coil, w->with[i].address, 1);
	for (unsigned i = 0; i < w->n_after; i++)
		touch(ret, &n, w->after[i].coil, w->after[i].address, 1);
	return n;
}
