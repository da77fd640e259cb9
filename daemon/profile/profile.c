/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

#include "write-rule.h"

const char *text_get(const struct text *t, bool zh)
{
	if (zh && t->zh)
		return t->zh;
	if (t->en)
		return t->en;
	return t->zh ? t->zh : "";
}

static void text_done(struct text *t)
{
	free(t->en);
	free(t->zh);
}

static void point_done(struct point *pt)
{
	free(pt->name);
	free(pt->read);
	free(pt->file);
	free(pt->sentinels);
	for (size_t i = 0; i < pt->n_enums; i++)
		free(pt->enums[i].name);
	free(pt->enums);
	free(pt->attribute);
	free(pt->no_fault);
	for (size_t i = 0; i < pt->n_no_fault_text; i++)
		free(pt->no_fault_text[i]);
	free(pt->no_fault_text);
	free(pt->format);
	expr_free(pt->value);
	expr_free(pt->when);
	free(pt->code_format);
	text_done(&pt->label);
}

static void fault_done(struct fault *f)
{
	free(f->code);
	free(f->name);
	text_done(&f->meaning);
	free(f->component);
	free(f->source);
	free(f->causes);
}

static void setting_done(struct setting *s)
{
	for (size_t i = 0; i < s->n_values; i++)
		free(s->values[i]);
	free(s->values);
	free(s->name);
	text_done(&s->label);
}

static struct profile *profile_free(struct profile *p)
{
	for (size_t i = 0; i < p->n_settings; i++)
		setting_done(&p->settings[i]);
	for (size_t i = 0; i < p->n_repeats; i++)
		free(p->repeats[i].name);
	free(p->settings);
	free(p->repeats);
	for (size_t i = 0; i < p->n_points; i++)
		point_done(&p->points[i]);
	for (size_t i = 0; i < p->n_faults; i++)
		fault_done(&p->faults[i]);
	for (size_t i = 0; i < p->n_probes; i++) {
		free(p->probes[i].name);
		free(p->probes[i].read);
		free(p->probes[i].equals);
	}
	for (size_t i = 0; i < p->n_ranges; i++)
		free(p->ranges[i].bank);
	for (size_t i = 0; i < p->n_writes; i++)
		write_rule_done(&p->writes[i]);
	free(p->writes);
	free(p->points);
	free(p->by_name);
	free(p->derived);
	free(p->faults);
	free(p->probes);
	free(p->ranges);
	free(p->id);
	free(p->path);
	free(p->adapter);
	free(p->maker);
	free(p->model);
	free(p->source);
	text_done(&p->name);
	free(p);
	return NULL;
}

struct profile *profile_ref(struct profile *p)
{
	(void)__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

struct profile *profile_unref(struct profile *p)
{
	if (p && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
		return profile_free(p);
	return NULL;
}

int profile_point_by_name(const struct profile *p, const char *name)
{
	size_t lo = 0, hi = p->n_points;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->points[p->by_name[mid]].name, name);

		if (c == 0)
			return p->by_name[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

int profile_setting(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_settings; i++)
		if (streq_ptr(p->settings[i].name, name))
			return (int)i;
	return -ENOENT;
}

int setting_value(const struct setting *s, const char *value)
{
	int64_t a, b;
	bool x, y;

	for (size_t i = 0; i < s->n_values; i++)
		switch (s->type) {
		case SETTING_NAMES:
			if (streq(s->values[i], value))
				return (int)i;
			break;
		case SETTING_NUMBERS:
			if (parse_i64(s->values[i], INT32_MIN, INT32_MAX, &a) == 0 &&
				parse_i64(value, INT32_MIN, INT32_MAX, &b) == 0 && a == b)
				return (int)i;
			break;
		case SETTING_SWITCH:
			if (parse_bool(s->values[i], &x) == 0 && parse_bool(value, &y) == 0 &&
				x == y)
				return (int)i;
			break;
		}
	return -ENOENT;
}

int profile_point_by_attr(const struct profile *p, int attr)
{
	for (size_t i = 0; i < p->n_points; i++)
		if (p->points[i].attr == attr)
			return (int)i;
	return -ENOENT;
}

const char *point_type_name(enum point_type t)
{
	switch (t) {
	case POINT_BIT:
		return "bit";
	case POINT_U16:
		return "u16";
	case POINT_S16:
		return "s16";
	case POINT_U32:
		return "u32";
	case POINT_S32:
		return "s32";
	case POINT_U64:
		return "u64";
	case POINT_S64:
		return "s64";
	case POINT_F32:
		return "f32";
	case POINT_F64:
		return "f64";
	case POINT_BCD16:
		return "bcd16";
	case POINT_BCD32:
		return "bcd32";
	case POINT_STRING:
		return "string";
	case POINT_STRING_2:
		return "string2";
	case POINT_NATIVE:
		return "native";
	case _POINT_TYPE_MAX:
		break;
	}
	return "unknown";
}

const char *severity_name(enum severity s)
{
	switch (s) {
	case SEVERITY_INFO:
		return "info";
	case SEVERITY_CARE:
		return "care";
	case SEVERITY_SERVICE:
		return "service";
	case SEVERITY_URGENT:
		return "urgent";
	case SEVERITY_DANGER:
		return "danger";
	}
	return "unknown";
}

const char *fault_class_name(enum fault_class c)
{
	switch (c) {
	case CLASS_FAULT:
		return "fault";
	case CLASS_WARNING:
		return "warning";
	case CLASS_MAINTENANCE:
		return "maintenance";
	case CLASS_INFORMATION:
		return "information";
	}
	return "unknown";
}

const char *confidence_name(enum confidence c)
{
	switch (c) {
	case CONFIDENCE_LOW:
		return "low";
	case CONFIDENCE_MEDIUM:
		return "medium";
	case CONFIDENCE_HIGH:
		return "high";
	}
	return "unknown";
}

bool identify_match(const struct identify *probe, const struct raw_value *v)
{
	switch (v->kind) {
	case RAW_INT:
		return v->i >= probe->low && v->i <= probe->high;
	case RAW_FLOAT:
		return v->f >= (double)probe->low && v->f <= (double)probe->high;
	case RAW_TEXT:
		return streq(v->text, probe->equals);
	}
	return false;
}

const char *when_gone_name(enum when_gone w)
{
	switch (w) {
	case WHEN_GONE_UNKNOWN:
		break;
	case WHEN_GONE_CONTINUES:
		return "continues";
	case WHEN_GONE_FALLS_BACK:
		return "falls-back";
	case WHEN_GONE_STOPS:
		return "stops";
	}
	return "unknown";
}
