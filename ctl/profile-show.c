/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-show.h"

#include "adapters/check.h"
#include "daemon/profile/write-rule.h"

#include <math.h>

json_t *profile_json(const struct profile *p)
{
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s, s:s, s:i, s:i, s:i, s:s, s:s}",
		"profile", p->id, "kind", p->kind->name, "maker", p->maker, "model", p->model,
		"name", text_get(&p->name, false), "name_zh", p->name.zh, "adapter", p->adapter,
		"confidence", confidence_name(p->confidence), "version", (int)p->version, "points",
		(int)p->n_points, "faults", (int)p->n_faults, "source", p->source, "path", p->path);
}

static const char *point_label(const struct profile *p, const struct point *pt, bool zh)
{
	if (pt->label.en || pt->label.zh)
		return text_get(&pt->label, zh);
	if (pt->attr >= 0)
		return zh ? p->kind->attrs[pt->attr].label_zh : p->kind->attrs[pt->attr].label_en;
	return "";
}

static void format_period(uint64_t us, char *dst, size_t size)
{
	if (us % USEC_PER_HOUR == 0)
		(void)snprintf(dst, size, "%lluh", (unsigned long long)(us / USEC_PER_HOUR));
	else if (us % USEC_PER_MIN == 0)
		(void)snprintf(dst, size, "%llumin", (unsigned long long)(us / USEC_PER_MIN));
	else
		(void)snprintf(dst, size, "%gs", (double)us / 1e6);
}

static void show_points(const struct ctl_options *o, const struct profile *p)
{
	static const char *const headers[] = {
		"POINT", "ATTRIBUTE", "LABEL", "!READ", "TYPE", "UNIT", ">PERIOD", "", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[32];

	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];

		table_cell(t, BOLD, pt->name);
		table_cell(t, pt->hidden ? GREY : PLAIN, pt->hidden ? "-" : pt->attribute);
		table_cell(t, PLAIN, point_label(p, pt, o->zh));
		table_cell(t, PLAIN, pt->read ? pt->read : pt->value->text);
		table_cell(t, PLAIN, point_type_name(pt->type));
		table_cell(t, PLAIN, unit_name(pt->unit));
		format_period(pt->period_us, text, sizeof(text));
		table_cell(t, PLAIN, text);
		table_cell(t, YELLOW,
			pt->confidence == CONFIDENCE_LOW ? ctl_tr(o, "to be verified") : "");
	}
	table_print(t);
}

static void show_gone(const struct ctl_options *o, const struct profile *p)
{
	char after[32] = "";

	if (p->when_gone == WHEN_GONE_UNKNOWN)
		return;
	if (p->when_gone_us)
		format_period(p->when_gone_us, after, sizeof(after));
	printf(ctl_tr(o, "When the gateway is gone: %s%s%s\n\n"),
		ctl_tr(o, when_gone_name(p->when_gone)), *after ? ", " : "", after);
}

static void show_settings(const struct ctl_options *o, const struct profile *p)
{
	static const char *const headers[] = {"SETTING", "CHOSEN", "VALUES", "LABEL", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < p->n_settings; i++) {
		const struct setting *s = &p->settings[i];
		char values[300] = "";
		size_t used = 0;

		for (size_t k = 0; k < s->n_values; k++)
			if (!str_appendf(values, sizeof(values), &used, "%s%s", k ? " " : "",
				    s->values[k]))
				break;
		table_cell(t, BOLD, s->name);
		table_cell(t, PLAIN, s->values[s->chosen]);
		table_cell(t, PLAIN, values);
		table_cell(t, PLAIN, text_get(&s->label, o->zh));
	}
	table_print(t);
}

static json_t *settings_json(const struct profile *p)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < p->n_settings; i++) {
		const struct setting *s = &p->settings[i];
		json_t *values = json_array();

		for (size_t k = 0; k < s->n_values; k++)
			(void)json_array_append_new(values, json_string(s->values[k]));
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:o, s:s, s:s?}", "setting", s->name,
				      "chosen", s->values[s->chosen], "default",
				      s->values[s->preset], "values", values, "label",
				      text_get(&s->label, false), "label_zh", s->label.zh));
	}
	return list;
}

static json_t *repeats_json(const struct profile *p)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < p->n_repeats; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:i, s:i, s:i}", "repeat", p->repeats[i].name,
				      "count", (int)p->repeats[i].count, "from",
				      (int)p->repeats[i].from, "step", (int)p->repeats[i].step));
	return list;
}

static void show_faults(const struct ctl_options *o, const struct profile *p)
{
	static const char *const headers[] = {
		"CODE", "CLASS", "SEVERITY", "MEANING", "COMPONENT", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *f = &p->faults[i];

		table_cell(t, BOLD, f->code);
		table_cell(t, PLAIN, ctl_tr(o, fault_class_name(f->class)));
		table_cell(t, f->severity >= SEVERITY_URGENT ? RED : PLAIN,
			ctl_tr(o, severity_name(f->severity)));
		table_cell(t, PLAIN, text_get(&f->meaning, o->zh));
		table_cell(t, PLAIN, f->component ? ctl_tr(o, f->component) : "");
	}
	table_print(t);
}

static void show_repeats(const struct ctl_options *o, const struct profile *p)
{
	static const char *const headers[] = {"REPEAT", ">COUNT", ">FROM", ">STEP", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < p->n_repeats; i++) {
		table_cell(t, BOLD, p->repeats[i].name);
		table_cellf(t, PLAIN, "%u", p->repeats[i].count);
		table_cellf(t, PLAIN, "%u", p->repeats[i].from);
		table_cellf(t, PLAIN, "%u", p->repeats[i].step);
	}
	table_print(t);
}

static void bound_text(const struct profile *p, const struct write_rule *w,
	const struct write_bound *b, char *dst, size_t size)
{
	*dst = '\0';
	if (b->expr)
		(void)str_copy(dst, size, b->expr->text);
	else if (!isnan(b->value))
		write_number_format(p, w, b->value, dst, size);
}

static void show_writes(const struct ctl_options *o, const struct profile *p)
{
	static const char *const headers[] = {
		"WRITE", "TO", "VALUES", "MIN", "MAX", ">BUDGET", "", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);
	char text[256];

	for (size_t i = 0; i < p->n_writes; i++) {
		const struct write_rule *w = &p->writes[i];

		table_cell(t, BOLD, w->attribute);
		table_cell(t, PLAIN, w->to);
		write_rule_choices(p, w, text, sizeof(text));
		table_cell(t, PLAIN, text);
		bound_text(p, w, &w->min, text, sizeof(text));
		table_cell(t, PLAIN, text);
		bound_text(p, w, &w->max, text, sizeof(text));
		table_cell(t, PLAIN, text);
		if (w->budget > 0)
			table_cellf(t, PLAIN, "%u", w->budget);
		else
			table_cell(t, PLAIN, "");
		table_cell(t, YELLOW,
			w->confidence == CONFIDENCE_LOW ? ctl_tr(o, "to be verified") : "");
	}
	table_print(t);
}

static json_t *writes_json(const struct profile *p)
{
	json_t *list = json_array();
	char values[256], min[256], max[256];

	for (size_t i = 0; list && i < p->n_writes; i++) {
		const struct write_rule *w = &p->writes[i];

		write_rule_choices(p, w, values, sizeof(values));
		bound_text(p, w, &w->min, min, sizeof(min));
		bound_text(p, w, &w->max, max, sizeof(max));
		(void)json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "write", w->attribute,
				"to", w->to, "values", values, "min", min, "max", max, "unit",
				unit_name(write_rule_unit(p, w)), "budget", (json_int_t)w->budget,
				"confidence", confidence_name(w->confidence)));
	}
	return list;
}

static json_t *show_json(const struct profile *p)
{
	json_t *j = profile_json(p), *points = json_array(), *faults = json_array(),
	       *reads = json_array();
	struct blocks blocks = {0};

	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];

		(void)json_array_append_new(
			points, json_pack("{s:s, s:s?, s:s, s:s?, s:s?, s:s?, s:s, s:s, s:f, s:s}",
					"point", pt->name, "attribute", pt->attribute, "label",
					point_label(p, pt, false), "read", pt->read, "value",
					pt->value ? pt->value->text : NULL, "when",
					pt->when ? pt->when->text : NULL, "type",
					point_type_name(pt->type), "unit", unit_name(pt->unit),
					"period_s", (double)pt->period_us / 1e6, "confidence",
					confidence_name(pt->confidence)));
	}
	for (size_t i = 0; i < p->n_faults; i++) {
		const struct fault *f = &p->faults[i];

		(void)json_array_append_new(faults,
			json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o}", "code", f->code,
				"class", fault_class_name(f->class), "severity",
				severity_name(f->severity), "meaning", f->meaning.en, "meaning_zh",
				f->meaning.zh, "component", f->component, "source", f->source,
				"household",
				f->household < 0 ? json_null() : json_boolean(f->household)));
	}
	if (check_profile(p, NULL, NULL, &blocks) == 0)
		for (size_t i = 0; i < blocks.n; i++)
			(void)json_array_append_new(
				reads, json_pack("{s:s, s:f}", "read", blocks.v[i].label,
					       "period_s", (double)blocks.v[i].period_us / 1e6));
	blocks_done(&blocks);
	(void)json_object_set_new(j, "when_gateway_gone",
		p->when_gone ? json_string(when_gone_name(p->when_gone)) : json_null());
	(void)json_object_set_new(j, "when_gateway_gone_after_s",
		p->when_gone_us ? json_real((double)p->when_gone_us / 1e6) : json_null());
	(void)json_object_set_new(j, "settings", settings_json(p));
	(void)json_object_set_new(j, "repeats", repeats_json(p));
	(void)json_object_set_new(j, "writes", writes_json(p));
	(void)json_object_set_new(j, "reads", reads);
	(void)json_object_set_new(j, "point_list", points);
	(void)json_object_set_new(j, "fault_list", faults);
	return j;
}

int profile_show(const struct ctl_options *o, const struct profile *p)
{
	if (o->json != JSON_OFF)
		return ctl_print_json(o, show_json(p));
	ctl_pager_open(o);
	ctl_print(o, BOLD, p->id);
	printf("  %s\n", text_get(&p->name, o->zh));
	if (p->maker || p->model)
		printf("%s %s\n", p->maker ? p->maker : "", p->model ? p->model : "");
	printf(ctl_tr(o, "Kind: %s\n"), o->zh ? p->kind->label_zh : p->kind->label_en);
	ctl_say(o, "Source: %s (confidence: %s)", p->source,
		ctl_tr(o, confidence_name(p->confidence)));
	printf(ctl_tr(o, "File: %s\n\n"), p->path);
	show_gone(o, p);
	if (p->n_settings > 0) {
		show_settings(o, p);
		putchar('\n');
	}
	if (p->n_repeats > 0) {
		show_repeats(o, p);
		putchar('\n');
	}
	show_points(o, p);
	if (p->n_writes > 0) {
		putchar('\n');
		show_writes(o, p);
	}
	if (p->n_faults > 0) {
		putchar('\n');
		show_faults(o, p);
	}
	return CTL_OK;
}
