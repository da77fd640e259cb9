/* SPDX-License-Identifier: Apache-2.0 */
#include "discovery-internal.h"

#include <math.h>

#define TEMPLATE_MAX 2048

/* ---- small parts */

bool discovery_topic(const char *gw, const char *id, char *dst, size_t size)
{
	int n = snprintf(dst, size, "homeassistant/device/hearth_%s_%s/config", gw, id);

	return n > 0 && (size_t)n < size;
}

const struct attribute *discovery_attr(const struct discovery *d, const char *name)
{
	for (size_t i = 0; i < d->a->n_attrs; i++)
		if (streq(d->a->attrs[i].name, name))
			return &d->a->attrs[i];
	return NULL;
}

void discovery_group(struct discovery *d, const char *name)
{
	const struct attribute *a = discovery_attr(d, name);

	if (a)
		d->grouped[a - d->a->attrs] = true;
}

static struct way way_of(const struct discovery *d, const char *attribute)
{
	for (size_t i = 0; i < d->a->conf->n_sources; i++) {
		const struct profile *p = d->a->conf->sources[i].profile;

		for (size_t k = 0; p && k < p->n_writes; k++)
			if (streq(p->writes[k].attribute, attribute))
				return (struct way){p, &p->writes[k]};
	}
	return (struct way){0};
}

bool discovery_writable(const struct discovery *d, const char *attribute)
{
	return way_of(d, attribute).rule;
}

struct way discovery_way(const struct discovery *d, const char *attribute)
{
	if (!d->t->granted || !d->t->granted(d->t->userdata, attribute))
		return (struct way){0};
	return way_of(d, attribute);
}

/* Dots part a component from its attribute; ids have none. */
static const char *key_of(const char *name, char *dst, size_t size)
{
	(void)str_copy(dst, size, name);
	for (char *p = dst; *p; p++)
		if (*p == '.' || *p == '-')
			*p = '_';
	return dst;
}

void discovery_textf(struct discovery *d, const char *key, const char *fmt, ...)
{
	char text[TEMPLATE_MAX] = "";
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	write_member(&d->w, key, text);
}

void discovery_open(struct discovery *d, const char *platform, const char *key, const char *name)
{
	char k[64], id[64], text[128];

	(void)key_of(key, k, sizeof(k));
	(void)key_of(d->t->card->id, id, sizeof(id));
	(void)snprintf(text, sizeof(text), "%s_%s", platform, k);
	write_key(&d->w, text);
	write_open(&d->w, '{');
	write_member(&d->w, "p", platform);
	discovery_textf(d, "uniq_id", "hearth_%s_%s_%s", d->t->gw, d->t->card->id, k);
	/* Else Home Assistant makes it from the name, which may be Chinese. */
	discovery_textf(d, "def_ent_id", "%s.%s_%s", platform, id, k);
	write_key(&d->w, "name");
	write_string(&d->w, name);
}

void discovery_none(struct discovery *d, const char *platform, const char *key)
{
	char k[64], text[128];

	(void)snprintf(text, sizeof(text), "%s_%s", platform, key_of(key, k, sizeof(k)));
	write_key(&d->w, text);
	write_open(&d->w, '{');
	write_member(&d->w, "p", platform);
	write_close(&d->w, '}');
}

void discovery_command(struct discovery *d, const char *key, const char *attribute)
{
	char level[64];

	/* As manager-down-set.c reads it. */
	(void)str_copy(level, sizeof(level), attribute);
	for (char *p = level; (p = strchr(p, '.'));)
		*p = '-';
	discovery_textf(d, key, "%s/a/%s/set/%s", d->t->base, d->t->card->id, level);
}

void discovery_state(struct discovery *d, const char *key)
{
	discovery_textf(d, key, "%s/a/%s/state", d->t->base, d->t->card->id);
}

void discovery_unread(struct discovery *d)
{
	discovery_textf(d, "stat_t", "%s/a/%s/unread", d->t->base, d->t->card->id);
}

void discovery_choices_in(
	struct discovery *d, const struct way *w, const char *(*map)(const char *name))
{
	for (size_t i = 0; i < w->rule->n_enums; i++) {
		const char *name = map ? map(w->rule->enums[i].name) : w->rule->enums[i].name;
		bool again = false;

		/* Two raw values may have one name, and two names one word of Home Assistant. */
		for (size_t k = 0; k < i && name; k++) {
			const char *other =
				map ? map(w->rule->enums[k].name) : w->rule->enums[k].name;

			again |= other && streq(other, name);
		}
		if (name && !again)
			write_string(&d->w, name);
	}
}

void discovery_choices(struct discovery *d, const char *key, const struct way *w,
	const char *(*map)(const char *name))
{
	write_key(&d->w, key);
	write_open(&d->w, '[');
	discovery_choices_in(d, w, map);
	write_close(&d->w, ']');
}

void discovery_names(const struct way *w, char *dst, size_t size)
{
	size_t used = 0;

	dst[0] = 0;
	(void)str_appendf(dst, size, &used, "[");
	for (size_t i = 0; i < w->rule->n_enums; i++)
		(void)str_appendf(
			dst, size - 2, &used, "%s'%s'", i ? "," : "", w->rule->enums[i].name);
	(void)str_appendf(dst, size, &used, "]");
}

void discovery_range(const struct discovery *d, const struct way *w, const char *attribute,
	double *ret_min, double *ret_max, double *ret_step)
{
	const struct attribute *a = discovery_attr(d, attribute);
	const struct model_attr *m = w->rule->attr >= 0 ? &w->profile->kind->attrs[w->rule->attr]
				     : a                ? a->model
							: NULL;
	unit_id to = write_rule_unit(w->profile, w->rule), from = w->rule->unit;
	bool same = from == to || !unit_convertible(from, to);
	double v[3] = {w->rule->min.expr ? NAN : w->rule->min.value,
		w->rule->max.expr ? NAN : w->rule->max.value, write_rule_step(w->rule)};

	if (!same) {
		v[0] = unit_convert(v[0], from, to);
		v[1] = unit_convert(v[1], from, to);
		v[2] = fabs(unit_convert(v[2], from, to) - unit_convert(0, from, to));
	}
	/* A bound that depends on something else: what is usual, and the gate says no. */
	if (!isfinite(v[0]))
		v[0] = m && isfinite(m->usual_min) ? m->usual_min : 0;
	if (!isfinite(v[1]))
		v[1] = m && isfinite(m->usual_max) ? m->usual_max : v[0] + 100;
	if (v[1] <= v[0])
		v[1] = v[0] + 1;
	*ret_min = v[0];
	*ret_max = v[1];
	*ret_step = isfinite(v[2]) && v[2] >= 0.001 ? v[2] : 0.1;
}

/* ---- one attribute alone */

static enum attr_type type_of(const struct attribute *a)
{
	if (a->model)
		return a->model->type;
	if (a->point->n_enums > 0)
		return a->point->bits ? ATTR_BITS : ATTR_ENUM;
	if (a->point->format)
		return streq(a->point->format, FORMAT_TIME) ? ATTR_TIMESTAMP : ATTR_STRING;
	if (a->point->type == POINT_BIT)
		return ATTR_BOOL;
	if (a->point->type == POINT_STRING || a->point->type == POINT_STRING_2)
		return ATTR_STRING;
	return ATTR_NUMBER;
}

static const char *text_or_null(const char *s)
{
	return isempty(s) ? NULL : s;
}

static const struct ha_unit {
	const char *unit, *ha, *class;
	bool total; /* the class is that of a running total alone */
} ha_units[] = {
	{"°C", "°C", "temperature", false},
	{"W", "W", "power", false},
	{"kW", "kW", "power", false},
	{"VA", "VA", "apparent_power", false},
	{"var", "var", "reactive_power", false},
	{"kWh", "kWh", "energy", true},
	{"Wh", "Wh", "energy", true},
	{"MWh", "MWh", "energy", true},
	{"MJ", "MJ", "energy", true},
	{"V", "V", "voltage", false},
	{"mV", "mV", "voltage", false},
	{"A", "A", "current", false},
	{"mA", "mA", "current", false},
	{"Hz", "Hz", "frequency", false},
	{"kHz", "kHz", "frequency", false},
	{"Pa", "Pa", "pressure", false},
	{"hPa", "hPa", "pressure", false},
	{"kPa", "kPa", "pressure", false},
	{"bar", "bar", "pressure", false},
	{"psi", "psi", "pressure", false},
	{"m³/h", "m³/h", "volume_flow_rate", false},
	{"L/min", "L/min", "volume_flow_rate", false},
	{"s", "s", "duration", false},
	{"ms", "ms", "duration", false},
	{"min", "min", "duration", false},
	{"h", "h", "duration", false},
	{"d", "d", "duration", false},
	{"kg", "kg", "weight", false},
	{"g", "g", "weight", false},
	{"lux", "lx", "illuminance", false},
	{"dBm", "dBm", "signal_strength", false},
	{"ratio", NULL, NULL, false},
	{"count", NULL, NULL, false},
	{"steps", NULL, NULL, false},
};

/* Unit, class and state class of a number; the model says, or for a maker's own its unit does. */
static void write_number_words(struct discovery *d, const struct attribute *a)
{
	const struct model_attr *m = a->model;
	const char *name = unit_name(a->unit);
	const struct ha_unit *u = NULL;
	int decimals = number_decimals(a->resolution, a->deadband);

	for (size_t i = 0; i < ARRAY_SIZE(ha_units); i++)
		if (streq(ha_units[i].unit, name))
			u = &ha_units[i];
	if (m) {
		write_member(&d->w, "dev_cla", text_or_null(m->ha_device_class));
		write_member(&d->w, "unit_of_meas", text_or_null(m->ha_unit));
		write_member(&d->w, "stat_cla", text_or_null(m->ha_state_class));
	} else {
		bool total = a->total || (u && u->total);

		write_member(&d->w, "dev_cla", u ? u->class : NULL);
		write_member(&d->w, "unit_of_meas", text_or_null(u ? u->ha : name));
		write_member(&d->w, "stat_cla", total ? "total_increasing" : "measurement");
	}
	if (decimals >= 0) {
		write_key(&d->w, "sug_dsp_prc");
		write_signed(&d->w, MIN(decimals, 3));
	}
}

static void write_category(struct discovery *d, const struct attribute *a, bool control)
{
	const char *c = a && a->model ? text_or_null(a->model->ha_category)
			: control     ? "config"
				      : "diagnostic";

	/* What only shows cannot be of the configuration: Home Assistant refuses the entity. */
	if (c && !control && streq(c, "config"))
		c = "diagnostic";
	write_member(&d->w, "ent_cat", c);
}

static void write_options(struct discovery *d, const struct attribute *a)
{
	const struct point *p = a->point;

	write_key(&d->w, "ops");
	write_open(&d->w, '[');
	/* What this appliance can show; two raw values may have one name. */
	for (size_t i = 0; i < p->n_enums; i++) {
		size_t k = 0;

		while (k < i && !streq(p->enums[k].name, p->enums[i].name))
			k++;
		if (k == i)
			write_string(&d->w, p->enums[i].name);
	}
	for (size_t i = 0; p->n_enums == 0 && i < a->model->n_values; i++)
		write_string(&d->w, a->model->values[i].name);
	write_close(&d->w, ']');
}

static void write_sensor(struct discovery *d, const struct attribute *a, enum attr_type type)
{
	const char *n = a->name;

	discovery_open(d, "sensor", n, attribute_label(a, d->t->zh));
	if (type == ATTR_NUMBER) {
		write_number_words(d, a);
		discovery_textf(d, "val_tpl", "{{ value_json['%s'] }}", n);
	} else if (type == ATTR_ENUM &&
		   (a->point->n_enums > 0 || (a->model && a->model->n_values > 0))) {
		write_member(&d->w, "dev_cla", "enum");
		write_options(d, a);
		/* vendor_HEX, of a value nobody knows, is none of the options. */
		discovery_textf(d, "val_tpl",
			"{%% set v=value_json['%s'] %%}{{ None if not v or v[:7]=='vendor_' else v "
			"}}",
			n);
	} else if (type == ATTR_BITS) {
		discovery_textf(
			d, "val_tpl", "{%% set v=value_json['%s'] %%}{{ '-' if v=='' else v }}", n);
	} else {
		if (type == ATTR_TIMESTAMP)
			write_member(&d->w, "dev_cla", "timestamp");
		discovery_textf(d, "val_tpl", "{{ value_json['%s'] }}", n);
	}
	write_category(d, a, false);
	write_close(&d->w, '}');
}

static void write_binary(struct discovery *d, const struct attribute *a, enum attr_type type)
{
	const char *n = a->name;

	discovery_open(d, "binary_sensor", n, attribute_label(a, d->t->zh));
	if (a->model && streq(a->model->ha_component, "binary_sensor"))
		write_member(&d->w, "dev_cla", text_or_null(a->model->ha_device_class));
	/* "None" is unknown; of an enum the first name is the one of no alarm, of a set none is. */
	if (type == ATTR_BOOL)
		discovery_textf(d, "val_tpl",
			"{{ {true:'ON',false:'OFF'}.get(value_json['%s'],'None') }}", n);
	else
		discovery_textf(d, "val_tpl",
			"{%% set v=value_json['%s'] %%}{{ 'None' if v is none else 'OFF' if v=='%s' "
			"else 'ON' }}",
			n,
			type == ATTR_ENUM && a->model && a->model->n_values > 0
				? a->model->values[0].name
				: "");
	write_category(d, a, false);
	write_close(&d->w, '}');
}

static const char *read_platform(const struct attribute *a)
{
	if (a->model && streq(a->model->ha_component, "device"))
		return NULL;
	if (type_of(a) == ATTR_COMMAND)
		return NULL;
	if (type_of(a) == ATTR_BOOL || (a->model && streq(a->model->ha_component, "binary_sensor")))
		return "binary_sensor";
	return "sensor";
}

static void write_shown(struct discovery *d, const struct attribute *a)
{
	const char *platform = read_platform(a);

	if (platform && streq(platform, "binary_sensor"))
		write_binary(d, a, type_of(a));
	else if (platform)
		write_sensor(d, a, type_of(a));
}

/* ---- what may be changed */

/* The form that a value of this rule has; NULL: none that Home Assistant has. */
static const char *write_platform(const struct way *w)
{
	switch (write_rule_type(w->profile, w->rule)) {
	case VALUE_NONE:
		return "button";
	case VALUE_BOOL:
		return "switch";
	case VALUE_ENUM:
		return "select";
	case VALUE_NUMBER:
		return "number";
	case VALUE_BITS:
	case VALUE_STRING:
		break;
	}
	return NULL;
}

static void write_select(struct discovery *d, const struct way *w, const struct attribute *a)
{
	char names[TEMPLATE_MAX / 2];

	discovery_choices(d, "ops", w, NULL);
	if (!a)
		return;
	discovery_names(w, names, sizeof(names));
	discovery_textf(d, "val_tpl",
		"{%% set v=value_json['%s'] %%}{{ v if v in %s else 'None' }}", a->name, names);
}

static void write_double(struct discovery *d, const char *key, double v)
{
	write_key(&d->w, key);
	write_decimal(&d->w, v, fabs(v - round(v)) < 1e-9 ? 0 : 3);
}

static void write_number(struct discovery *d, const struct way *w, const struct attribute *a)
{
	const char *unit = unit_name(write_rule_unit(w->profile, w->rule));
	double min, max, step;

	discovery_range(d, w, w->rule->attribute, &min, &max, &step);
	write_double(d, "min", min);
	write_double(d, "max", max);
	write_double(d, "step", step);
	if (streq(unit, "°C"))
		write_member(&d->w, "dev_cla", "temperature");
	if (!streq(unit, "ratio") && !streq(unit, "count") && !streq(unit, "steps"))
		write_member(&d->w, "unit_of_meas", text_or_null(unit));
	write_member(&d->w, "mode", "box");
	if (a)
		discovery_textf(d, "val_tpl", "{{ value_json['%s'] }}", a->name);
}

static void write_control(
	struct discovery *d, const char *platform, const struct way *w, const struct attribute *a)
{
	const char *n = w->rule->attribute;
	const struct model_attr *m =
		w->rule->attr >= 0 ? &w->profile->kind->attrs[w->rule->attr] : NULL;
	const char *label = a   ? attribute_label(a, d->t->zh)
			    : m ? (d->t->zh && m->label_zh ? m->label_zh : m->label_en)
				: n;

	discovery_open(d, platform, n, label);
	discovery_command(d, "cmd_t", n);
	if (!a && !streq(platform, "button")) {
		discovery_unread(d);
		write_key(&d->w, "opt");
		write_bool(&d->w, true);
	}
	if (streq(platform, "button")) {
		write_member(&d->w, "pl_prs", "PRESS");
	} else if (streq(platform, "switch")) {
		write_member(&d->w, "pl_on", "true");
		write_member(&d->w, "pl_off", "false");
		if (a)
			discovery_textf(d, "val_tpl",
				"{{ {true:'true',false:'false'}.get(value_json['%s'],'None') }}",
				n);
	} else if (streq(platform, "select")) {
		write_select(d, w, a);
	} else {
		write_number(d, w, a);
	}
	if (m)
		write_member(&d->w, "ent_cat", text_or_null(m->ha_category));
	else
		write_member(&d->w, "ent_cat", "config");
	write_close(&d->w, '}');
}

static void write_one(struct discovery *d, const struct attribute *a)
{
	struct way w = discovery_way(d, a->name);
	const char *control = w.rule ? write_platform(&w) : NULL;
	bool grouped = d->grouped[a - d->a->attrs];

	if (!a->point)
		return; /* of no source, but hearthd's own: write_own() */
	if (control && !grouped)
		write_control(d, control, &w, a);
	else if (!grouped)
		write_shown(d, a);
	/* What it was before a grant came or went must not stay beside it. */
	if (grouped && read_platform(a))
		discovery_none(d, read_platform(a), a->name);
	if (!discovery_writable(d, a->name))
		return;
	w = way_of(d, a->name);
	if (control && !grouped && read_platform(a))
		discovery_none(d, read_platform(a), a->name);
	if ((!control || grouped) && write_platform(&w))
		discovery_none(d, write_platform(&w), a->name);
}

/* What can be set and has no reading of its own: actions, and values asked for at another register. */
static void write_unread(struct discovery *d)
{
	for (size_t i = 0; i < d->a->conf->n_sources; i++) {
		const struct profile *p = d->a->conf->sources[i].profile;

		for (size_t k = 0; p && k < p->n_writes; k++) {
			const char *name = p->writes[k].attribute, *platform;
			struct way w = way_of(d, name);

			/* A name of an earlier source is that one's. */
			if (w.rule != &p->writes[k] || discovery_attr(d, name))
				continue;
			platform = write_platform(&w);
			if (platform && discovery_way(d, name).rule)
				write_control(d, platform, &w, NULL);
			else if (platform)
				discovery_none(d, platform, name);
		}
	}
}

/* ---- the gateway's own word on the appliance */

static const struct model_attr *model_attr(const struct discovery *d, const char *name)
{
	int i = model_attr_index(d->a->conf->kind, name);

	return i >= 0 ? &d->a->conf->kind->attrs[i] : NULL;
}

static void open_own(struct discovery *d, const char *platform, const char *name)
{
	const struct model_attr *m = model_attr(d, name);

	discovery_open(d, platform, name, !m ? name : d->t->zh ? m->label_zh : m->label_en);
	write_member(&d->w, "dev_cla", m ? text_or_null(m->ha_device_class) : NULL);
	write_member(&d->w, "ent_cat", "diagnostic");
}

/* Where a silent appliance must not silence what is said of it. */
static void write_gateway_alone(struct discovery *d)
{
	write_key(&d->w, "avty");
	write_open(&d->w, '[');
	write_open(&d->w, '{');
	discovery_textf(d, "t", "%s/status", d->t->base);
	write_member(&d->w, "val_tpl", "{{ value_json['state'] }}");
	write_close(&d->w, '}');
	write_close(&d->w, ']');
}

static void health_topic(struct discovery *d)
{
	discovery_textf(d, "stat_t", "%s/a/%s/health", d->t->base, d->t->card->id);
	write_gateway_alone(d);
}

static void write_own(struct discovery *d)
{
	static const char *const texts[] = {"fault_code", "fault_text"};
	const struct model_attr *m;

	open_own(d, "binary_sensor", "reachable");
	discovery_textf(d, "stat_t", "%s/a/%s/availability", d->t->base, d->t->card->id);
	write_member(&d->w, "pl_on", "online");
	write_member(&d->w, "pl_off", "offline");
	write_gateway_alone(d);
	write_close(&d->w, '}');

	open_own(d, "binary_sensor", "problem");
	write_member(&d->w, "val_tpl", "{{ 'ON' if value_json['problem'] else 'OFF' }}");
	health_topic(d);
	write_close(&d->w, '}');

	open_own(d, "sensor", "health");
	m = model_attr(d, "health");
	write_key(&d->w, "ops");
	write_open(&d->w, '[');
	for (size_t i = 0; m && i < m->n_values; i++)
		write_string(&d->w, m->values[i].name);
	write_close(&d->w, ']');
	write_member(&d->w, "val_tpl", "{{ value_json['health'] }}");
	health_topic(d);
	write_close(&d->w, '}');

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct attribute *a = discovery_attr(d, texts[i]);

		if (a && a->point)
			continue; /* the appliance's own */
		open_own(d, "sensor", texts[i]);
		discovery_textf(d, "val_tpl", "{{ value_json['%s'] or '-' }}", texts[i]);
		health_topic(d);
		write_close(&d->w, '}');
	}
}

/* ---- the document */

static void write_value_of(
	struct discovery *d, const char *key, const char *name, const char *other)
{
	const struct attribute *a = discovery_attr(d, name);
	char text[128] = "";

	if (a && a->seen && a->value.quality == QUALITY_GOOD)
		attribute_format(a, &a->value, text, sizeof(text));
	write_member(&d->w, key, *text ? text : text_or_null(other));
}

static void write_device(struct discovery *d)
{
	const struct appliance_text *c = d->t->card;
	const char *name = d->t->zh && !isempty(c->label_zh) ? c->label_zh
			   : !isempty(c->label_en)           ? c->label_en
			   : !isempty(c->label_zh)           ? c->label_zh
							     : c->id;

	write_key(&d->w, "dev");
	write_open(&d->w, '{');
	write_key(&d->w, "ids");
	write_open(&d->w, '[');
	{
		char id[128];

		(void)snprintf(id, sizeof(id), "hearth_%s_%s", d->t->gw, c->id);
		write_string(&d->w, id);
	}
	write_close(&d->w, ']');
	write_member(&d->w, "name", name);
	write_value_of(d, "mf", "vendor_name", c->maker);
	write_value_of(d, "mdl", "product_name", c->model);
	write_value_of(d, "sn", "serial_number", NULL);
	write_value_of(d, "hw", "hardware_version", NULL);
	write_value_of(d, "sw", "software_version", NULL);
	write_member(&d->w, "sa", text_or_null(c->location));
	write_close(&d->w, '}');
	write_key(&d->w, "o");
	write_open(&d->w, '{');
	write_member(&d->w, "name", "hearthd");
	write_member(&d->w, "sw", d->t->version);
	write_close(&d->w, '}');
}

static void write_availability(struct discovery *d)
{
	write_key(&d->w, "avty");
	write_open(&d->w, '[');
	write_open(&d->w, '{');
	discovery_textf(d, "t", "%s/status", d->t->base);
	write_member(&d->w, "val_tpl", "{{ value_json['state'] }}");
	write_close(&d->w, '}');
	write_open(&d->w, '{');
	discovery_textf(d, "t", "%s/a/%s/availability", d->t->base, d->t->card->id);
	write_close(&d->w, '}');
	write_close(&d->w, ']');
	write_member(&d->w, "avty_mode", "all");
}

int discovery_compose(const struct discovery_text *t, char **ret, size_t *ret_n)
{
	struct discovery d = {.t = t, .a = t->card->a};

	d.grouped = calloc(MAX(d.a->n_attrs, (size_t)1), sizeof(*d.grouped));
	if (!d.grouped)
		return -ENOMEM;
	write_open(&d.w, '{');
	write_device(&d);
	write_availability(&d);
	discovery_state(&d, "stat_t");
	write_key(&d.w, "qos");
	write_unsigned(&d.w, 1);
	write_key(&d.w, "cmps");
	write_open(&d.w, '{');
	write_own(&d);
	discovery_groups(&d);
	for (size_t i = 0; i < d.a->n_attrs; i++)
		write_one(&d, &d.a->attrs[i]);
	write_unread(&d);
	write_close(&d.w, '}');
	write_close(&d.w, '}');
	free(d.grouped);
	return writer_take(&d.w, ret, ret_n);
}

int health_compose(const struct health_text *h, char **ret, size_t *ret_n)
{
	struct writer w = {0};

	write_open(&w, '{');
	write_member(&w, "health", h->health);
	write_key(&w, "problem");
	write_bool(&w, h->problem);
	write_key(&w, "fault_code");
	write_string(&w, h->fault_code);
	write_key(&w, "fault_text");
	write_string(&w, h->fault_text);
	write_close(&w, '}');
	return writer_take(&w, ret, ret_n);
}

void rediscovery_online(struct rediscovery *r, uint64_t now_us, uint64_t random)
{
	if (r->at_us == 0)
		r->at_us = now_us + random % (REDISCOVERY_MAX_US + 1);
}

bool rediscovery_take(struct rediscovery *r, uint64_t now_us)
{
	if (r->at_us == 0 || now_us < r->at_us)
		return false;
	r->at_us = 0;
	return true;
}
