/* SPDX-License-Identifier: Apache-2.0 */
/* An attribute alone: as it is shown, and as it may be changed. */
#include "discovery-internal.h"
#include "daemon/model/value-words.h"

#include <math.h>

#define TEMPLATE_MAX 2048

/* ---- shown */

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

/* ---- names of values, and the words Home Assistant shows for them */

#define CHOICES_MAX 128 /* what is more is left out */

struct choice {
	const char *name, *word; /* the same in English, and where no word is known */
};

static bool chosen(const struct choice *v, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (streq(v[i].name, text) || streq(v[i].word, text))
			return true;
	return false;
}

/* Each name once; two raw values may have one. A word stands for one name alone. */
static size_t add_choice(struct choice *v, size_t n, const char *name, bool zh)
{
	const char *word = value_word(name, zh);

	for (size_t i = 0; i < n; i++)
		if (streq(v[i].name, name))
			return n;
	if (n == CHOICES_MAX)
		return n;
	v[n] = (struct choice){name, chosen(v, n, word) ? name : word};
	return n + 1;
}

/* What this appliance can show. */
static size_t shown_choices(const struct discovery *d, const struct attribute *a, struct choice *v)
{
	size_t n = 0;

	for (size_t i = 0; i < a->point->n_enums; i++)
		n = add_choice(v, n, a->point->enums[i].name, d->t->zh);
	for (size_t i = 0; a->point->n_enums == 0 && a->model && i < a->model->n_values; i++)
		n = add_choice(v, n, a->model->values[i].name, d->t->zh);
	return n;
}

static size_t set_choices(const struct discovery *d, const struct way *w, struct choice *v)
{
	size_t n = 0;

	for (size_t i = 0; i < w->rule->n_enums; i++)
		n = add_choice(v, n, w->rule->enums[i].name, d->t->zh);
	return n;
}

/* {'NAME':'WORD',…}; BACK: {'WORD':'NAME',…}. ALL: also where they are the same. False: it does not fit, and then the
 * names are shown as they are. */
static bool choice_map(
	const struct choice *v, size_t n, bool back, bool all, char *dst, size_t size)
{
	size_t used = 0, shown = 0;

	*dst = '\0';
	for (size_t i = 0; i < n; i++)
		if ((all || !streq(v[i].name, v[i].word)) &&
			!str_appendf(dst, size, &used, "%s'%s':'%s'", shown++ ? "," : "{",
				back ? v[i].word : v[i].name, back ? v[i].name : v[i].word))
			return false;
	return str_appendf(dst, size, &used, shown ? "}" : "{}");
}

static bool has_words(const struct choice *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!streq(v[i].name, v[i].word))
			return true;
	return false;
}

static void as_named(struct choice *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		v[i].word = v[i].name;
}

static void write_choices(struct discovery *d, const struct choice *v, size_t n)
{
	write_key(&d->w, "ops");
	write_open(&d->w, '[');
	for (size_t i = 0; i < n; i++)
		write_string(&d->w, v[i].word);
	write_close(&d->w, ']');
}

/* ---- sensors */

static void write_enum(struct discovery *d, const struct attribute *a)
{
	struct choice v[CHOICES_MAX];
	size_t n = shown_choices(d, a, v);
	char map[TEMPLATE_MAX - 256] = "";

	if (has_words(v, n) && !choice_map(v, n, false, false, map, sizeof(map))) {
		as_named(v, n);
		*map = '\0';
	}
	write_member(&d->w, "dev_cla", "enum");
	write_choices(d, v, n);
	/* vendor_HEX, of a value nobody knows, is none of the options. */
	discovery_textf(d, "val_tpl",
		"{%% set v=value_json['%s'] %%}{{ None if not v or v[:7]=='vendor_' else %s%s }}",
		a->name, *map ? map : "v", *map ? ".get(v,v)" : "");
}

/* Several names at once, apart by blanks. */
static void write_bits(struct discovery *d, const struct attribute *a)
{
	struct choice v[CHOICES_MAX];
	size_t n = shown_choices(d, a, v);
	char map[TEMPLATE_MAX - 256];

	if (has_words(v, n) && choice_map(v, n, false, false, map, sizeof(map)))
		discovery_textf(d, "val_tpl",
			"{%% set v=value_json['%s'] %%}{%% if v is none %%}None{%% elif v=='' "
			"%%}-{%% else %%}{%% for w in v.split() %%}{{ '' if loop.first else ' ' }}"
			"{{ %s.get(w,w) }}{%% endfor %%}{%% endif %%}",
			a->name, map);
	else
		discovery_textf(d, "val_tpl",
			"{%% set v=value_json['%s'] %%}{{ '-' if v=='' else v }}", a->name);
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
		write_enum(d, a);
	} else if (type == ATTR_BITS) {
		write_bits(d, a);
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
	struct choice v[CHOICES_MAX];
	size_t n = set_choices(d, w, v);
	char map[TEMPLATE_MAX - 256], names[TEMPLATE_MAX / 2];
	bool words = has_words(v, n) && choice_map(v, n, true, false, map, sizeof(map));

	if (words)
		discovery_textf(d, "cmd_tpl", "{{ %s.get(value,value) }}", map);
	if (words && a && choice_map(v, n, false, true, map, sizeof(map)))
		discovery_textf(
			d, "val_tpl", "{{ %s.get(value_json['%s'],'None') }}", map, a->name);
	else if (words && a)
		words = false;
	if (!words)
		as_named(v, n);
	write_choices(d, v, n);
	if (words || !a)
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
	/* A number out of bounds is dropped there, and the one before stays. */
	if (a)
		discovery_textf(d, "val_tpl",
			"{%% set v=value_json['%s'] %%}{{ v if v is none or %.6g<=v<=%.6g else 'None' }}",
			a->name, min, max);
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

void discovery_one(struct discovery *d, const struct attribute *a)
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
	w = discovery_way_of(d, a->name);
	if (control && !grouped && read_platform(a))
		discovery_none(d, read_platform(a), a->name);
	if ((!control || grouped) && write_platform(&w))
		discovery_none(d, write_platform(&w), a->name);
}

/* What can be set and has no reading of its own: actions, and values asked for at another register. */
void discovery_rest(struct discovery *d)
{
	for (size_t i = 0; i < d->a->conf->n_sources; i++) {
		const struct profile *p = d->a->conf->sources[i].profile;

		for (size_t k = 0; p && k < p->n_writes; k++) {
			const char *name = p->writes[k].attribute, *platform;
			struct way w = discovery_way_of(d, name);

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
