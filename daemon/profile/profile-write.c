/* SPDX-License-Identifier: Apache-2.0 */
/* [Write ATTRIBUTE] of a profile. */
#include "daemon/expr/expr.h"
#include "profile-write-internal.h"

#include <math.h>

int write_bad(const struct draft *d, const char *key, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return loader_bad(d->l, d->s, key ? ini_get(d->s, key, NULL) : NULL, "%s", text);
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
			return write_bad(d, NULL, "stands twice");
	for (size_t i = 0; i < p->n_points && w->point < 0; i++)
		if (p->points[i].attribute && streq(p->points[i].attribute, w->attribute))
			w->point = (int)i;
	if (startswith(d->s->arg, "vendor.")) {
		const char *name = d->s->arg + strlen("vendor.");

		if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")] ||
			strlen(name) > 48)
			return write_bad(d, NULL, "use a-z 0-9 _ and dot behind vendor.");
		return 0;
	}
	w->attr = model_attr_index(p->kind, d->s->arg);
	if (w->attr >= 0) {
		d->attr = &p->kind->attrs[w->attr];
		if (d->attr->type == ATTR_COMMAND ||
			(d->attr->writable && d->attr->type != ATTR_STRING &&
				d->attr->type != ATTR_TIMESTAMP))
			return 0;
		return write_bad(d, NULL,
			"%s is not writable in the common model; write what feeds it as vendor.POINT",
			d->attr->name);
	}
	w->attr = -1;
	for (size_t i = 0; i < p->kind->n_attrs && n + 1 < ARRAY_SIZE(names); i++)
		if (p->kind->attrs[i].writable || p->kind->attrs[i].type == ATTR_COMMAND)
			names[n++] = p->kind->attrs[i].name;
	near = ini_nearest(d->s->arg, names);
	if (near)
		return write_bad(d, NULL,
			"a %s has no %.64s that can be written; did you mean [Write %s]?",
			p->kind->name, d->s->arg, near);
	return write_bad(d, NULL,
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
		(void)write_bad(
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
				(void)write_bad(d, keys[i], "only numbers have it");
		return;
	}
	load_bound(d, "Min", &w->min);
	load_bound(d, "Max", &w->max);
	loader_note(d->l, ini_get_double(d->s, "Step", 1e-9, 1e12, problems, &w->step));
	w->tolerance = write_rule_step(w) / 2;
	loader_note(d->l, ini_get_double(d->s, "Tolerance", 0, 1e12, problems, &w->tolerance));
	if (!ini_get(d->s, "Min", NULL))
		(void)write_bad(d, NULL, "Min= is missing: the least value that may be written");
	if (!ini_get(d->s, "Max", NULL))
		(void)write_bad(d, NULL, "Max= is missing: the greatest value that may be written");
	if (w->min.value > w->max.value)
		(void)write_bad(d, "Max", "lies below Min=");
	for (unsigned i = 0; i < 2 && !d->l->failed; i++) {
		struct write_value v = {.type = VALUE_NUMBER};
		double bound = i ? w->max.value : w->min.value;

		if (isnan(bound))
			continue;
		v.num = unit_convertible(w->unit, write_rule_unit(d->l->profile, w))
				? unit_convert(bound, w->unit, write_rule_unit(d->l->profile, w))
				: bound;
		if (write_value_encode(d->l->profile, w, &v, bound, &raw, &near) == -ERANGE)
			(void)write_bad(
				d, i ? "Max" : "Min", "the register cannot hold this value");
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
		(void)write_bad(d, "Budget", "and Volatile=yes exclude each other");
	else if (!budget && !is_volatile && d->in_use)
		(void)write_bad(d, NULL,
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
		(void)write_bad(d, "Safe", "a command has no value that could be put back");
		return;
	}
	if (streq(e->value, "before")) {
		if (w->point < 0)
			(void)write_bad(d, "Safe",
				"no point shows what %s was before; give the value itself",
				w->attribute);
		w->safe = SAFE_BEFORE;
		return;
	}
	if (write_value_parse(p, w, e->value, &v) < 0) {
		write_rule_choices(p, w, choices, sizeof(choices));
		(void)write_bad(d, "Safe", "\"%.32s\" is neither \"before\" nor one of: %s",
			e->value, choices);
		return;
	}
	if (type == VALUE_NUMBER) {
		bound = v.num;
		if (bound < w->min.value || bound > w->max.value)
			(void)write_bad(d, "Safe", "lies outside Min= and Max=");
		if (unit_convertible(w->unit, write_rule_unit(p, w)))
			v.num = unit_convert(v.num, w->unit, write_rule_unit(p, w));
		if (write_value_encode(p, w, &v, bound, &raw, &near) < 0) {
			(void)write_bad(d, "Safe", "the register cannot hold this value");
			return;
		}
	} else if (write_value_encode(p, w, &v, 0, &raw, &near) < 0) {
		(void)write_bad(d, "Safe", "no raw value of Enum= means it");
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
		(void)write_bad(d, "Expires", "a command is not refreshed");
	load_safe(d, type);
	if (w->max_for_us && w->safe == SAFE_NONE && !w->expires_us)
		(void)write_bad(d, "MaxFor",
			"needs Safe= or Expires=: what happens when the time has passed");
	if (w->safe != SAFE_NONE && w->per_hour < 2)
		(void)write_bad(
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
		(void)write_bad(
			d, "ReadBack", "there is no [Point %.48s]; name one, or none", e->value);
	else if (type == VALUE_NONE)
		(void)write_bad(d, "ReadBack", "a command has no value to compare with");
}

static void load_command(struct draft *d)
{
	struct ini_entry *e = ini_get(d->s, "Fixed", NULL), *pulse = ini_get(d->s, "Pulse", NULL);
	struct write_rule *w = d->w;
	unsigned bits = w->width ? w->width : w->cell.coil ? 1 : 16U * MAX(w->n, 1);

	loader_note(d->l, ini_get_duration(d->s, "Pulse", 100 * USEC_PER_MSEC, 10 * USEC_PER_SEC,
				  d->l->problems, &w->pulse_us));
	if (pulse && d->l->modbus && !w->cell.coil && w->width != 1)
		(void)write_bad(d, "Pulse", "needs a coil or one bit of a register");
	if (pulse && !e) {
		w->fixed = true;
		w->fixed_raw = 1;
	}
	if (e) {
		w->fixed = true;
		if (loader_parse_raw(e->value, &w->fixed_raw) < 0)
			(void)write_bad(
				d, "Fixed", "\"%.32s\" is no raw value such as 0x99C6", e->value);
		else if (d->l->modbus && bits < 64 &&
			 (w->fixed_raw < -(INT64_C(1) << (bits - 1)) ||
				 w->fixed_raw >= INT64_C(1) << bits))
			(void)write_bad(d, "Fixed", "does not fit into %u bits", bits);
	}
	if (!w->fixed && d->attr && d->attr->type == ATTR_COMMAND)
		(void)write_bad(
			d, NULL, "Fixed= is missing: the raw value that means %s", w->attribute);
	if (w->fixed && d->attr && d->attr->type != ATTR_COMMAND)
		(void)write_bad(d, e ? "Fixed" : "Pulse",
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
	if (load_attribute(&d) < 0 || load_encoding(&d) < 0 || write_load_place(&d) < 0)
		return;
	load_device(&d);
	load_command(&d);
	type = write_rule_type(l->profile, w);
	if ((type == VALUE_ENUM || (type == VALUE_BITS && !w->bits)) && w->n_enums == 0)
		(void)write_bad(&d, NULL, "Enum= is missing: which raw value is which name of %s",
			w->attribute);
	write_load_neighbours(&d);
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
