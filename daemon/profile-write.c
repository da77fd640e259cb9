/* SPDX-License-Identifier: Apache-2.0 */
/* [Write ATTRIBUTE] of a profile. */
#include "expr.h"
#include "profile-load.h"
#include "write-rule.h"

#include <ctype.h>
#include <math.h>

/* One [Write] while it is read. */
struct draft {
	struct loader *l;
	struct ini_section *s;
	struct write_rule *w;
	const struct model_attr *attr; /* NULL for vendor. */
	struct point like; /* encoding: that of the feeding point, changed by the keys */
	bool has_like;
	bool in_use; /* Confidence= is not low */
};

static int bad(const struct draft *d, const char *key, const char *fmt, ...) _printf_(3, 4);
static int bad(const struct draft *d, const char *key, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return loader_bad(d->l, d->s, key ? ini_get(d->s, key, NULL) : NULL, "%s", text);
}

/* ---- places */

/* Digits or 0x at *S; the end is the first character that is no digit. */
static int take_number(const char **s, uint32_t max, uint32_t *ret)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] | 0x20) == 'x';
	const char *p = hex ? *s + 2 : *s, *start = p;
	uint32_t v = 0;

	for (; hex ? isxdigit((unsigned char)*p) : isdigit((unsigned char)*p); p++) {
		unsigned digit = isdigit((unsigned char)*p) ? (unsigned)(*p - '0')
							    : (unsigned)((*p | 0x20) - 'a') + 10;

		v = v * (hex ? 16 : 10) + digit;
		if (v > max)
			return -ERANGE;
	}
	if (p == start)
		return -EINVAL;
	*s = p;
	*ret = v;
	return 0;
}

/* "holding:138", "coil:5", with Addressing=modicon "40139", "00006": *S behind it. */
static int take_cell(const struct loader *l, const char **s, struct write_cell *ret)
{
	enum addressing a = l->profile->addressing;
	uint32_t base = a == ADDRESSING_ZERO ? 0 : 1, v;
	const char *p = *s;

	if (a == ADDRESSING_MODICON) {
		size_t digits = strspn(p, "0123456789");

		if ((digits != 5 && digits != 6) || (p[0] != '0' && p[0] != '4'))
			return -EINVAL;
		ret->coil = p[0] == '0';
		for (p++; *p == '0' && isdigit((unsigned char)p[1]);)
			p++;
	} else if (startswith(p, "holding:")) {
		ret->coil = false;
		p += strlen("holding:");
	} else if (startswith(p, "coil:")) {
		ret->coil = true;
		p += strlen("coil:");
	} else {
		return -EINVAL;
	}
	if (take_number(&p, 65535 + base, &v) < 0 || v < base)
		return -EINVAL;
	ret->address = (uint16_t)(v - base);
	*s = p;
	return 0;
}

static const char *cell_example(const struct loader *l)
{
	return l->profile->addressing == ADDRESSING_MODICON ? "40139" : "holding:138";
}

/* To=, or the place of the feeding point. */
static int load_place(struct draft *d)
{
	struct write_rule *w = d->w;
	const char *key = ini_get(d->s, "To", NULL) ? "To" : NULL, *s;
	uint32_t bit, width = 1, bits;

	loader_string(d->l, d->s, "To", &w->to);
	if (!w->to && d->has_like && d->like.read)
		w->to = loader_strdup(d->l, d->like.read);
	if (!w->to)
		return bad(d, NULL, "To= is missing: no point is fed by %s; write To=%s",
			w->attribute, cell_example(d->l));
	if (!d->l->modbus)
		return 0;
	s = w->to;
	if (take_cell(d->l, &s, &w->cell) < 0)
		return bad(d, key,
			"\"%.64s\" cannot be written: name a holding register or coil, To=%s",
			w->to, cell_example(d->l));
	if (w->type == POINT_NATIVE && w->cell.coil)
		w->type = POINT_BIT;
	if (w->type == POINT_NATIVE &&
		(ini_get(d->s, "Fixed", NULL) || ini_get(d->s, "Pulse", NULL)))
		w->type = POINT_U16;
	w->n = (uint8_t)point_type_registers(w->type, 0);
	if (w->n == 0)
		return bad(d, ini_get(d->s, "Type", NULL) ? "Type" : NULL,
			"Type= is missing or a text: a register is written as u16, s32, f32 or the like");
	if (w->cell.coil && w->n != 1)
		return bad(d, "Type", "a coil has Type=bit");
	bits = 16U * w->n;
	if (*s == '.' && !w->cell.coil) {
		s++;
		if (w->type == POINT_F32 || w->type == POINT_F64)
			return bad(d, key, "only whole numbers have bits");
		if (take_number(&s, bits - 1, &bit) < 0)
			return bad(d, key, "the bit behind '.' must be 0 to %u", bits - 1);
		if (*s == ':') {
			s++;
			if (take_number(&s, bits - bit, &width) < 0 || width == 0)
				return bad(d, key, "the width behind ':' reaches beyond the value");
		}
		if (w->n > 1)
			return bad(d, key, "bits are written in one register; name that register");
		w->bit = (uint8_t)bit;
		w->width = (uint8_t)width;
	} else if (w->type == POINT_BIT && !w->cell.coil) {
		return bad(d, key, "a bit of a register is written %s.3", cell_example(d->l));
	}
	if (*s)
		return bad(d, key, "unexpected text \"%.32s\" behind the address", s);
	if (w->cell.address + w->n > 65536)
		return bad(d, key, "the value reaches beyond address 65535");
	return 0;
}

static void load_extras(
	struct draft *d, const char *key, struct write_cell v[WRITE_EXTRAS_MAX], uint8_t *ret_n)
{
	struct ini_entry *e = ini_get(d->s, key, NULL);
	_cleanup_free_ char **words = NULL;
	size_t n = 0;
	int r;

	if (!e)
		return;
	if (!d->l->modbus) {
		(void)bad(d, key, "only the modbus adapter has registers");
		return;
	}
	r = ini_get_list(d->s, key, WRITE_EXTRAS_MAX, d->l->problems, &words, &n);
	loader_note(d->l, r);
	for (size_t i = 0; r > 0 && i < n; i++) {
		const char *s = words[i];
		int64_t raw;

		if (take_cell(d->l, &s, &v[i]) < 0 || *s != '=' ||
			loader_parse_raw(s + 1, &raw) < 0 || raw < -32768 || raw > 65535 ||
			(v[i].coil && (raw < 0 || raw > 1))) {
			(void)bad(d, key, "\"%.64s\" is no register and value; write %s=1",
				words[i], cell_example(d->l));
			return;
		}
		v[i].value = (uint16_t)raw;
	}
	*ret_n = (uint8_t)n;
}

/* With= goes into the same request: together with the value one run of neighbours. */
static void check_with(struct draft *d)
{
	const struct write_rule *w = d->w;
	uint32_t first = w->cell.address, last = first + w->n - 1U;

	if (w->n_with == 0)
		return;
	if (w->width || w->pulse_us) {
		(void)bad(
			d, "With", "goes with whole registers or coils alone, and without Pulse=");
		return;
	}
	for (unsigned i = 0; i < w->n_with; i++) {
		if (w->with[i].coil != w->cell.coil) {
			(void)bad(d, "With", "must be of the same bank as To=");
			return;
		}
		for (unsigned k = 0; k < i; k++)
			if (w->with[k].address == w->with[i].address) {
				(void)bad(d, "With", "names an address twice");
				return;
			}
		if (w->with[i].address >= w->cell.address &&
			w->with[i].address < w->cell.address + w->n) {
			(void)bad(d, "With", "names the address of To= itself");
			return;
		}
		first = MIN(first, (uint32_t)w->with[i].address);
		last = MAX(last, (uint32_t)w->with[i].address);
	}
	if (last - first + 1 != (uint32_t)w->n + w->n_with)
		(void)bad(d, "With",
			"must be neighbours of To= without a gap, one request writes them");
}

static void load_function(struct draft *d)
{
	struct write_rule *w = d->w;
	uint64_t f = 0;
	bool ok;
	int r = ini_get_u64(d->s, "Function", 1, 255, d->l->problems, &f);

	loader_note(d->l, r);
	if (r < 0)
		return;
	if (!d->l->modbus) {
		if (r > 0)
			(void)bad(d, "Function", "only the modbus adapter has function codes");
		return;
	}
	if (r == 0) {
		if (w->cell.coil)
			f = w->n_with ? 15 : 5;
		else
			f = w->n > 1 || w->n_with ? 16 : 6;
	}
	w->function = (uint8_t)f;
	switch (f) {
	case 5:
		ok = w->cell.coil && w->n_with == 0;
		break;
	case 15:
		ok = w->cell.coil;
		break;
	case 6:
		ok = !w->cell.coil && w->n == 1 && w->n_with == 0;
		break;
	case 16:
		ok = !w->cell.coil;
		break;
	case 22:
		ok = w->width > 0;
		break;
	default:
		(void)bad(d, "Function", "must be 5, 6, 15, 16 or 22");
		return;
	}
	if (!ok)
		(void)bad(d, "Function",
			"%llu does not write this: 5 is one coil, 15 coils, 6 one register, 16 registers, "
			"22 bits of a register",
			(unsigned long long)f);
}

/* ---- attribute and encoding */

static int load_attribute(struct draft *d)
{
	struct profile *p = d->l->profile;
	struct write_rule *w = d->w;
	const char *names[256] = {NULL}, *near;
	size_t n = 0;

	w->attribute = loader_strdup(d->l, d->s->arg);
	if (!w->attribute)
		return -ENOMEM;
	for (size_t i = 0; i + 1 < p->n_writes; i++)
		if (streq_ptr(p->writes[i].attribute, w->attribute))
			return bad(d, NULL, "stands twice");
	for (size_t i = 0; i < p->n_points && w->point < 0; i++)
		if (p->points[i].attribute && streq(p->points[i].attribute, w->attribute))
			w->point = (int)i;
	if (startswith(d->s->arg, "vendor.")) {
		const char *name = d->s->arg + strlen("vendor.");

		if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")] ||
			strlen(name) > 48)
			return bad(d, NULL, "use a-z 0-9 _ and dot behind vendor.");
		return 0;
	}
	w->attr = model_attr_index(p->kind, d->s->arg);
	if (w->attr >= 0) {
		d->attr = &p->kind->attrs[w->attr];
		if (d->attr->type == ATTR_COMMAND ||
			(d->attr->writable && d->attr->type != ATTR_STRING &&
				d->attr->type != ATTR_TIMESTAMP))
			return 0;
		return bad(d, NULL,
			"%s is not writable in the common model; write what feeds it as vendor.POINT",
			d->attr->name);
	}
	w->attr = -1;
	for (size_t i = 0; i < p->kind->n_attrs && n + 1 < ARRAY_SIZE(names); i++)
		if (p->kind->attrs[i].writable || p->kind->attrs[i].type == ATTR_COMMAND)
			names[n++] = p->kind->attrs[i].name;
	near = ini_nearest(d->s->arg, names);
	if (near)
		return bad(d, NULL,
			"a %s has no %.64s that can be written; did you mean [Write %s]?",
			p->kind->name, d->s->arg, near);
	return bad(d, NULL,
		"a %s has no %.64s in the common model; others are [Write vendor.POINT]",
		p->kind->name, d->s->arg);
}

static int copy_enums(struct draft *d, const struct point *from)
{
	struct write_rule *w = d->w;

	if (from->n_enums == 0)
		return 0;
	w->enums = calloc(from->n_enums, sizeof(*w->enums));
	if (!w->enums) {
		d->l->failed = true;
		return -ENOMEM;
	}
	for (size_t i = 0; i < from->n_enums; i++) {
		w->enums[i] = from->enums[i];
		w->enums[i].name = loader_strdup(d->l, from->enums[i].name);
		w->n_enums = i + 1;
		if (!w->enums[i].name)
			return -ENOMEM;
	}
	w->bits = from->bits;
	return 0;
}

static int load_encoding(struct draft *d)
{
	static const struct ini_name orders[] = {{"big", ORDER_BIG}, {"little", ORDER_LITTLE},
		{"big-swap", ORDER_BIG_SWAP}, {"little-swap", ORDER_LITTLE_SWAP}, {NULL, 0}};
	struct profile *p = d->l->profile;
	struct write_rule *w = d->w;
	struct point own = {0};
	int order, r = 0;
	uint8_t len;

	if (w->point >= 0) {
		d->like = p->points[w->point];
		d->has_like = true;
	} else {
		d->like = (struct point){.type = POINT_NATIVE, .scale = 1, .attr = w->attr};
	}
	if (ini_get(d->s, "Type", NULL))
		r = loader_type(d->l, d->s, &d->like.type, &len);
	order = (int)d->like.order;
	loader_enum(d->l, d->s, "Order", orders, &order);
	if (r < 0)
		return r;
	w->type = d->like.type;
	w->order = (enum word_order)order;
	/* The same keys as a point's, read by the same code; what is not given stays the point's. */
	own = d->like;
	own.enums = NULL;
	own.n_enums = 0;
	loader_point_encoding(d->l, d->s, d->attr, d->has_like, &own);
	w->scale = own.scale;
	w->offset = own.offset;
	w->unit = own.unit;
	r = copy_enums(d, own.n_enums > 0 ? &own : &d->like);
	for (size_t i = 0; i < own.n_enums; i++)
		free(own.enums[i].name);
	free(own.enums);
	return r;
}

static void load_device(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Device", NULL);
	uint64_t v;

	d->w->device_relative = true;
	if (d->has_like) {
		d->w->device = d->like.device;
		d->w->device_relative = !d->like.device_absolute;
	}
	if (!e)
		return;
	d->w->device_relative = e->value[0] == '+';
	if (!d->l->modbus || parse_u64(e->value + d->w->device_relative, 0, 247, &v) < 0)
		(void)bad(
			d, "Device", "\"%.16s\" is no unit identifier: 1 to 247, or +N", e->value);
	else
		d->w->device = (int16_t)v;
}

/* ---- bounds */

/* "20", or an expression. */
static void load_bound(struct draft *d, const char *key, struct write_bound *ret)
{
	struct ini_entry *e = ini_get(d->s, key, NULL);
	struct expr_want want = {.type = EXPR_NUMBER,
		.has_unit = true,
		.plain_ok = true,
		.unit = expr_unit_of(d->w->unit)};

	ret->value = NAN;
	if (!e || parse_double(e->value, &ret->value) == 0)
		return;
	loader_expr(d->l, d->s, e, &want, &ret->expr);
}

static void load_bounds(struct draft *d, enum value_type type)
{
	static const char *const keys[] = {"Min", "Max", "Step", "Tolerance"};
	struct write_rule *w = d->w;
	struct problems *problems = d->l->problems;
	struct expr_want truth = {.type = EXPR_BOOL};
	struct ini_entry *e = ini_get(d->s, "If", NULL);
	struct write_raw raw;
	double near;

	w->min.value = w->max.value = NAN;
	if (e)
		loader_expr(d->l, d->s, e, &truth, &w->condition);
	if (type != VALUE_NUMBER) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (ini_get(d->s, keys[i], NULL))
				(void)bad(d, keys[i], "only numbers have it");
		return;
	}
	load_bound(d, "Min", &w->min);
	load_bound(d, "Max", &w->max);
	loader_note(d->l, ini_get_double(d->s, "Step", 1e-9, 1e12, problems, &w->step));
	w->tolerance = write_rule_step(w) / 2;
	loader_note(d->l, ini_get_double(d->s, "Tolerance", 0, 1e12, problems, &w->tolerance));
	if (!ini_get(d->s, "Min", NULL))
		(void)bad(d, NULL, "Min= is missing: the least value that may be written");
	if (!ini_get(d->s, "Max", NULL))
		(void)bad(d, NULL, "Max= is missing: the greatest value that may be written");
	if (w->min.value > w->max.value)
		(void)bad(d, "Max", "lies below Min=");
	for (unsigned i = 0; i < 2 && !d->l->failed; i++) {
		struct write_value v = {.type = VALUE_NUMBER};
		double bound = i ? w->max.value : w->min.value;

		if (isnan(bound))
			continue;
		v.num = unit_convertible(w->unit, write_rule_unit(d->l->profile, w))
				? unit_convert(bound, w->unit, write_rule_unit(d->l->profile, w))
				: bound;
		if (write_value_encode(d->l->profile, w, &v, bound, &raw, &near) == -ERANGE)
			(void)bad(d, i ? "Max" : "Min", "the register cannot hold this value");
	}
}

/* ---- what it costs, and for how long */

static void load_rates(struct draft *d)
{
	struct write_rule *w = d->w;
	struct problems *problems = d->l->problems;
	uint64_t per_hour = 6, budget = 0;
	bool is_volatile = false;

	w->least_interval_us = 10 * USEC_PER_SEC;
	loader_note(d->l, ini_get_duration(d->s, "LeastInterval", 0, 7 * USEC_PER_DAY, problems,
				  &w->least_interval_us));
	loader_note(d->l, ini_get_u64(d->s, "PerHour", 1, 3600, problems, &per_hour));
	loader_note(d->l, ini_get_u64(d->s, "Budget", 1, 1000000000, problems, &budget));
	loader_note(d->l, ini_get_bool(d->s, "Volatile", problems, &is_volatile));
	w->per_hour = (unsigned)per_hour;
	w->budget = (uint32_t)budget;
	if (budget && is_volatile)
		(void)bad(d, "Budget", "and Volatile=yes exclude each other");
	else if (!budget && !is_volatile && d->in_use)
		(void)bad(d, NULL,
			"Budget= or Volatile=yes is missing: how many writes the appliance's memory takes "
			"in its life, or that the value is not kept in such a memory");
}

static void load_safe(struct draft *d, enum value_type type)
{
	struct ini_entry *e = ini_get(d->s, "Safe", NULL);
	struct profile *p = d->l->profile;
	struct write_rule *w = d->w;
	struct write_value v;
	struct write_raw raw;
	double near, bound;
	char choices[200];

	if (!e)
		return;
	if (type == VALUE_NONE) {
		(void)bad(d, "Safe", "a command has no value that could be put back");
		return;
	}
	if (streq(e->value, "before")) {
		if (w->point < 0)
			(void)bad(d, "Safe",
				"no point shows what %s was before; give the value itself",
				w->attribute);
		w->safe = SAFE_BEFORE;
		return;
	}
	if (write_value_parse(p, w, e->value, &v) < 0) {
		write_rule_choices(p, w, choices, sizeof(choices));
		(void)bad(d, "Safe", "\"%.32s\" is neither \"before\" nor one of: %s", e->value,
			choices);
		return;
	}
	if (type == VALUE_NUMBER) {
		bound = v.num;
		if (bound < w->min.value || bound > w->max.value)
			(void)bad(d, "Safe", "lies outside Min= and Max=");
		if (unit_convertible(w->unit, write_rule_unit(p, w)))
			v.num = unit_convert(v.num, w->unit, write_rule_unit(p, w));
		if (write_value_encode(p, w, &v, bound, &raw, &near) < 0) {
			(void)bad(d, "Safe", "the register cannot hold this value");
			return;
		}
	} else if (write_value_encode(p, w, &v, 0, &raw, &near) < 0) {
		(void)bad(d, "Safe", "no raw value of Enum= means it");
		return;
	}
	w->safe = SAFE_VALUE;
	w->safe_raw = raw.raw;
	w->safe_num = raw.num;
}

static void load_times(struct draft *d, enum value_type type)
{
	struct write_rule *w = d->w;
	struct problems *problems = d->l->problems;

	loader_note(d->l, ini_get_duration(d->s, "Expires", 3 * USEC_PER_SEC, 7 * USEC_PER_DAY,
				  problems, &w->expires_us));
	loader_note(d->l, ini_get_duration(d->s, "MaxFor", USEC_PER_SEC, 366 * USEC_PER_DAY,
				  problems, &w->max_for_us));
	if (w->expires_us && type == VALUE_NONE)
		(void)bad(d, "Expires", "a command is not refreshed");
	load_safe(d, type);
	if (w->max_for_us && w->safe == SAFE_NONE && !w->expires_us)
		(void)bad(d, "MaxFor",
			"needs Safe= or Expires=: what happens when the time has passed");
	if (w->safe != SAFE_NONE && w->per_hour < 2)
		(void)bad(
			d, "PerHour", "must be 2 at least with Safe=: one of them is the put-back");
	w->read_back_us = USEC_PER_SEC;
	loader_note(d->l, ini_get_duration(d->s, "ReadBackAfter", 0, 10 * USEC_PER_MIN, problems,
				  &w->read_back_us));
}

static void load_read_back(struct draft *d, enum value_type type)
{
	struct ini_entry *e = ini_get(d->s, "ReadBack", NULL);

	d->w->read_back = type == VALUE_NONE ? -1 : d->w->point;
	if (!e || streq(e->value, "none")) {
		if (e)
			d->w->read_back = -1;
		return;
	}
	d->w->read_back = profile_point_by_name(d->l->profile, e->value);
	if (d->w->read_back < 0)
		(void)bad(d, "ReadBack", "there is no [Point %.48s]; name one, or none", e->value);
	else if (type == VALUE_NONE)
		(void)bad(d, "ReadBack", "a command has no value to compare with");
}

static void load_command(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Fixed", NULL), *pulse = ini_get(d->s, "Pulse", NULL);
	struct write_rule *w = d->w;
	unsigned bits = w->width ? w->width : w->cell.coil ? 1 : 16U * MAX(w->n, 1);

	loader_note(d->l, ini_get_duration(d->s, "Pulse", 100 * USEC_PER_MSEC, 10 * USEC_PER_SEC,
				  d->l->problems, &w->pulse_us));
	if (pulse && d->l->modbus && !w->cell.coil && w->width != 1)
		(void)bad(d, "Pulse", "needs a coil or one bit of a register");
	if (pulse && !e) {
		w->fixed = true;
		w->fixed_raw = 1;
	}
	if (e) {
		w->fixed = true;
		if (loader_parse_raw(e->value, &w->fixed_raw) < 0)
			(void)bad(d, "Fixed", "\"%.32s\" is no raw value such as 0x99C6", e->value);
		else if (d->l->modbus && bits < 64 &&
			 (w->fixed_raw < -(INT64_C(1) << (bits - 1)) ||
				 w->fixed_raw >= INT64_C(1) << bits))
			(void)bad(d, "Fixed", "does not fit into %u bits", bits);
	}
	if (!w->fixed && d->attr && d->attr->type == ATTR_COMMAND)
		(void)bad(d, NULL, "Fixed= is missing: the raw value that means %s", w->attribute);
	if (w->fixed && d->attr && d->attr->type != ATTR_COMMAND)
		(void)bad(d, e ? "Fixed" : "Pulse",
			"%s is no command: what to write is for the person to say", w->attribute);
}

static void load_write(struct loader *l, struct ini_section *s, struct write_rule *w)
{
	static const char *const known[] = {"To", "Type", "Order", "Scale", "Divide", "Offset",
		"Unit", "Enum", "Device", "Function", "Min", "Max", "Step", "If", "Fixed", "Pulse",
		"Before", "With", "After", "ReadBack", "ReadBackAfter", "Tolerance",
		"LeastInterval", "PerHour", "Budget", "Volatile", "Expires", "Safe", "MaxFor",
		"Confidence", "Source", NULL};
	struct draft d = {.l = l, .s = s, .w = w};
	int confidence = (int)l->profile->confidence;
	enum value_type type;

	*w = (struct write_rule){.attr = -1, .point = -1, .read_back = -1, .line = s->line};
	if (!streq(s->file, l->profile->path))
		w->file = loader_strdup(l, s->file);
	loader_check_keys(l, s, known);
	loader_enum(l, s, "Confidence", loader_confidences, &confidence);
	w->confidence = (enum confidence)confidence;
	d.in_use = confidence != CONFIDENCE_LOW;
	loader_string(l, s, "Source", &w->source);
	if (load_attribute(&d) < 0 || load_encoding(&d) < 0 || load_place(&d) < 0)
		return;
	load_device(&d);
	load_command(&d);
	type = write_rule_type(l->profile, w);
	if ((type == VALUE_ENUM || (type == VALUE_BITS && !w->bits)) && w->n_enums == 0)
		(void)bad(&d, NULL, "Enum= is missing: which raw value is which name of %s",
			w->attribute);
	load_extras(&d, "Before", w->before, &w->n_before);
	load_extras(&d, "With", w->with, &w->n_with);
	load_extras(&d, "After", w->after, &w->n_after);
	load_function(&d);
	if (l->modbus)
		check_with(&d);
	load_bounds(&d, type);
	load_rates(&d);
	load_times(&d, type);
	load_read_back(&d, type);
}

void loader_writes(struct loader *l)
{
	struct profile *p = l->profile;
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Write", s));)
		n++;
	if (n == 0)
		return;
	p->writes = calloc(MIN(n, (size_t)PROFILE_WRITES_MAX), sizeof(*p->writes));
	if (!p->writes) {
		l->failed = true;
		return;
	}
	for (struct ini_section *s = NULL; (s = ini_section_next(l->ini, "Write", s));) {
		if (p->n_writes == PROFILE_WRITES_MAX) {
			(void)loader_bad(l, s, NULL, "there are more than %u [Write] sections",
				PROFILE_WRITES_MAX);
			return;
		}
		load_write(l, s, &p->writes[p->n_writes++]);
	}
}
