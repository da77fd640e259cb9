/* SPDX-License-Identifier: Apache-2.0 */
/* Entities of Home Assistant that are made of several attributes. Each exists only where something of it
 * may be changed; else its attributes are shown one by one. */
#include "discovery-internal.h"

#include <math.h>

static bool has(const struct discovery *d, const char *name)
{
	return discovery_attr(d, name);
}

static bool of_group(const struct discovery *d, const char *name, const char *component)
{
	int i = model_attr_index(d->a->conf->kind, name);

	return i >= 0 && streq(d->a->conf->kind->attrs[i].ha_component, component);
}

/* May NAME be changed, with a value of TYPE? *RET is how. */
static bool may(const struct discovery *d, const char *name, enum value_type type, struct way *ret)
{
	*ret = discovery_way(d, name);
	if (ret->rule && write_rule_type(ret->profile, ret->rule) != type)
		ret->rule = NULL;
	return ret->rule;
}

static void write_double(struct discovery *d, const char *key, double v)
{
	write_key(&d->w, key);
	write_decimal(&d->w, v, fabs(v - round(v)) < 1e-9 ? 0 : 3);
}

/* Topic and template of one state. */
static void state(struct discovery *d, const char *topic, const char *template, const char *name)
{
	discovery_state(d, topic);
	discovery_textf(d, template, "{{ value_json['%s'] }}", name);
}

/* The same of a choice: what is none of what may be set is unknown. Home Assistant drops a word that it was not told,
 * and would go on showing the one before. */
static void choice_state(struct discovery *d, const char *topic, const char *template,
	const char *name, const struct way *w)
{
	char names[1024];

	discovery_names(w, names, sizeof(names));
	discovery_state(d, topic);
	discovery_textf(d, template, "{%% set v=value_json['%s'] %%}{{ v if v in %s else 'None' }}",
		name, names);
}

static void power(struct discovery *d)
{
	discovery_command(d, "pow_cmd_t", "on_off");
	write_member(&d->w, "pl_on", "true");
	write_member(&d->w, "pl_off", "false");
}

static void limits(struct discovery *d, double min, double max, double step, bool with_step)
{
	write_double(d, "min_temp", min);
	write_double(d, "max_temp", max);
	if (with_step)
		write_double(d, "temp_step", step);
	write_double(d, "precision", step >= 1 ? 1 : step >= 0.5 ? 0.5 : 0.1);
	write_member(&d->w, "temp_unit", "C");
}

/* ---- climate */

/* Words of Home Assistant for ours; NULL: it has none. */
static const char *climate_mode(const char *name)
{
	static const char *const same[] = {"off", "cool", "heat", "fan_only", "dry"};

	if (streq(name, "auto"))
		return "heat_cool";
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		if (streq(name, same[i]))
			return name;
	return NULL;
}

static const char *not_none(const char *name)
{
	return streq(name, "none") ? NULL : name; /* Home Assistant's own word */
}

static void climate_temperature(struct discovery *d)
{
	struct way heat, cool;
	bool h = may(d, "heating_setpoint", VALUE_NUMBER, &heat);
	bool c = may(d, "cooling_setpoint", VALUE_NUMBER, &cool);
	double min = 7, max = 35, step = 0.5, v[3];

	if (h)
		discovery_range(d, &heat, "heating_setpoint", &min, &max, &step);
	if (c) {
		discovery_range(d, &cool, "cooling_setpoint", &v[0], &v[1], &v[2]);
		min = h ? MIN(min, v[0]) : v[0];
		max = h ? MAX(max, v[1]) : v[1];
		step = h ? MIN(step, v[2]) : v[2];
	}
	if (h && c) {
		discovery_command(d, "temp_lo_cmd_t", "heating_setpoint");
		state(d, "temp_lo_stat_t", "temperature_low_state_template", "heating_setpoint");
		discovery_command(d, "temp_hi_cmd_t", "cooling_setpoint");
		state(d, "temp_hi_stat_t", "temperature_high_state_template", "cooling_setpoint");
	} else if (h || c) {
		const char *name = h ? "heating_setpoint" : "cooling_setpoint";

		discovery_command(d, "temp_cmd_t", name);
		if (has(d, name))
			state(d, "temp_stat_t", "temp_stat_tpl", name);
	}
	if (h || c)
		limits(d, min, max, step, true);
	if (h)
		discovery_group(d, "heating_setpoint");
	if (c)
		discovery_group(d, "cooling_setpoint");
}

/* The mode as a template: what has no word here is unknown; OFF: a switch of its own says so. */
static void climate_mode_state(struct discovery *d, bool off)
{
	discovery_state(d, "mode_stat_t");
	discovery_textf(d, "mode_stat_tpl",
		"{%% set v=value_json['system_mode'] %%}"
		"{{ %s{'off':'off','auto':'heat_cool','cool':'cool','heat':'heat','emergency_heat':'heat',"
		"'precooling':'cool','fan_only':'fan_only','dry':'dry'}.get(v,'None') }}",
		off ? "'off' if value_json['on_off']==false else " : "");
}

/* Only shown: those the model has. */
static void climate_modes_shown(struct discovery *d)
{
	static const char *const all[] = {"off", "heat_cool", "cool", "heat", "fan_only", "dry"};

	write_key(&d->w, "modes");
	write_open(&d->w, '[');
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		write_string(&d->w, all[i]);
	write_close(&d->w, ']');
	climate_mode_state(d, has(d, "on_off"));
}

/* It has none: it heats or cools, or is off. */
static void climate_modes_none(struct discovery *d)
{
	struct way w;
	const char *mode = may(d, "heating_setpoint", VALUE_NUMBER, &w) ? "heat" : "cool";

	write_key(&d->w, "modes");
	write_open(&d->w, '[');
	write_string(&d->w, "off");
	write_string(&d->w, mode);
	write_close(&d->w, ']');
	discovery_state(d, "mode_stat_t");
	if (has(d, "on_off"))
		discovery_textf(d, "mode_stat_tpl",
			"{{ {true:'%s',false:'off'}.get(value_json['on_off'],'None') }}", mode);
	else
		discovery_textf(d, "mode_stat_tpl", "%s", mode);
}

static bool climate_has_off(const struct way *w)
{
	for (size_t i = 0; i < w->rule->n_enums; i++)
		if (streq(w->rule->enums[i].name, "off"))
			return true;
	return false;
}

static void climate_modes(struct discovery *d)
{
	struct way w, on;
	bool off;

	if (!may(d, "system_mode", VALUE_ENUM, &w)) {
		if (has(d, "system_mode"))
			climate_modes_shown(d);
		else
			climate_modes_none(d);
		return;
	}
	/* Home Assistant's "off" of one whose modes have none is its switch: manager-down-set.c. */
	off = !climate_has_off(&w) && has(d, "on_off") && may(d, "on_off", VALUE_BOOL, &on);
	write_key(&d->w, "modes");
	write_open(&d->w, '[');
	if (off)
		write_string(&d->w, "off");
	discovery_choices_in(d, &w, climate_mode);
	write_close(&d->w, ']');
	discovery_command(d, "mode_cmd_t", "system_mode");
	write_member(&d->w, "mode_cmd_tpl", "{{ {'heat_cool':'auto'}.get(value,value) }}");
	if (has(d, "system_mode"))
		climate_mode_state(d, off);
	discovery_group(d, "system_mode");
	if (off)
		discovery_group(d, "on_off");
}

static void climate_fan(struct discovery *d)
{
	struct way w;

	if (!of_group(d, "fan_mode", "climate") || !may(d, "fan_mode", VALUE_ENUM, &w))
		return;
	discovery_choices(d, "fan_modes", &w, NULL);
	discovery_command(d, "fan_mode_cmd_t", "fan_mode");
	if (has(d, "fan_mode"))
		choice_state(d, "fan_mode_stat_t", "fan_mode_stat_tpl", "fan_mode", &w);
	discovery_group(d, "fan_mode");
}

static void climate_preset(struct discovery *d)
{
	struct way w;

	if (!of_group(d, "preset", "climate") || !may(d, "preset", VALUE_ENUM, &w))
		return;
	discovery_choices(d, "pr_modes", &w, not_none);
	discovery_command(d, "pr_mode_cmd_t", "preset");
	if (has(d, "preset"))
		choice_state(d, "pr_mode_stat_t", "pr_mode_val_tpl", "preset", &w);
	discovery_group(d, "preset");
}

static void climate_shown(struct discovery *d)
{
	static const char *const now[] = {
		"local_temperature", "return.temperature", "flow.temperature"};
	const struct attribute *a;

	for (size_t i = 0; i < ARRAY_SIZE(now); i++)
		if (has(d, now[i])) {
			state(d, "curr_temp_t", "curr_temp_tpl", now[i]);
			break;
		}
	a = discovery_attr(d, "relative_humidity");
	if (a)
		state(d, "curr_hum_t", "curr_hum_tpl", a->name);
	if (has(d, "running_mode")) {
		discovery_state(d, "act_t");
		write_member(&d->w, "act_tpl",
			"{{ {'off':'idle','cool':'cooling','heat':'heating'}.get(value_json['"
			"running_mode'],'None') }}");
	}
}

static void climate(struct discovery *d)
{
	struct way w;

	if (!of_group(d, "system_mode", "climate"))
		return;
	if (!may(d, "system_mode", VALUE_ENUM, &w) &&
		!may(d, "heating_setpoint", VALUE_NUMBER, &w) &&
		!may(d, "cooling_setpoint", VALUE_NUMBER, &w)) {
		if (discovery_writable(d, "system_mode") ||
			discovery_writable(d, "heating_setpoint") ||
			discovery_writable(d, "cooling_setpoint"))
			discovery_none(d, "climate", "climate");
		return;
	}
	discovery_open(d, "climate", "climate", NULL);
	climate_modes(d);
	climate_temperature(d);
	climate_fan(d);
	climate_preset(d);
	climate_shown(d);
	if (may(d, "on_off", VALUE_BOOL, &w))
		power(d);
	write_close(&d->w, '}');
}

/* ---- water heater: temperature and power; its modes are more than Home Assistant has words for, and are
 * a choice of their own beside it. */

static void water_heater(struct discovery *d)
{
	struct way w;
	double min, max, step;

	if (!of_group(d, "heating_setpoint", "water_heater"))
		return;
	if (!may(d, "heating_setpoint", VALUE_NUMBER, &w)) {
		if (discovery_writable(d, "heating_setpoint"))
			discovery_none(d, "water_heater", "water_heater");
		return;
	}
	discovery_open(d, "water_heater", "water_heater", NULL);
	discovery_command(d, "temp_cmd_t", "heating_setpoint");
	if (has(d, "heating_setpoint"))
		state(d, "temp_stat_t", "temp_stat_tpl", "heating_setpoint");
	discovery_range(d, &w, "heating_setpoint", &min, &max, &step);
	limits(d, min, max, step, false);
	discovery_group(d, "heating_setpoint");
	if (has(d, "local_temperature"))
		state(d, "curr_temp_t", "curr_temp_tpl", "local_temperature");
	if (has(d, "on_off") || has(d, "water_heater_mode")) {
		static const char *const modes[] = {"off", "eco", "performance", "high_demand"};

		write_key(&d->w, "modes");
		write_open(&d->w, '[');
		for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
			write_string(&d->w, modes[i]);
		write_close(&d->w, ']');
		discovery_state(d, "mode_stat_t");
		if (has(d, "water_heater_mode"))
			discovery_textf(d, "mode_stat_tpl",
				"{%% set m=value_json['water_heater_mode'] %%}{{ 'off' if "
				"value_json.get('on_off')==false or m=='off' else 'None' if m is none "
				"or m[:7]=='vendor_' else 'high_demand' if m=='quick' else 'eco' if m "
				"in ['low_energy','quiet','low_noise','night','vacation','min'] else "
				"'performance' }}");
		else
			write_member(&d->w, "mode_stat_tpl",
				"{{ {true:'performance',false:'off'}.get(value_json['on_off'],"
				"'None') }}");
	}
	if (may(d, "on_off", VALUE_BOOL, &w))
		power(d);
	write_close(&d->w, '}');
}

/* ---- fan */

/* Whole numbers alone are taken. */
static void percent_state(struct discovery *d)
{
	discovery_state(d, "pct_stat_t");
	write_member(&d->w, "pct_val_tpl",
		"{% set v=value_json['fan_percent_setting'] %}{{ 'None' if v is none or v<0 or v>100 "
		"else v|round|int }}");
}

static void fan_parts(struct discovery *d)
{
	static const char *const presets[] = {"fan_mode", "mode"};
	struct way w;

	if (of_group(d, "fan_percent_setting", "fan") &&
		may(d, "fan_percent_setting", VALUE_NUMBER, &w)) {
		discovery_command(d, "pct_cmd_t", "fan_percent_setting");
		if (has(d, "fan_percent_setting"))
			percent_state(d);
		discovery_group(d, "fan_percent_setting");
	}
	for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
		if (!of_group(d, presets[i], "fan") || !may(d, presets[i], VALUE_ENUM, &w))
			continue;
		discovery_choices(d, "pr_modes", &w, NULL);
		discovery_command(d, "pr_mode_cmd_t", presets[i]);
		if (has(d, presets[i]))
			choice_state(d, "pr_mode_stat_t", "pr_mode_val_tpl", presets[i], &w);
		discovery_group(d, presets[i]);
		break;
	}
}

static void fan(struct discovery *d)
{
	struct way w;

	if (!of_group(d, "on_off", "fan"))
		return;
	/* One that cannot be switched is a speed and a mode, each alone. */
	if (!may(d, "on_off", VALUE_BOOL, &w)) {
		if (discovery_writable(d, "on_off"))
			discovery_none(d, "fan", "fan");
		return;
	}
	discovery_open(d, "fan", "fan", NULL);
	discovery_command(d, "cmd_t", "on_off");
	write_member(&d->w, "pl_on", "true");
	write_member(&d->w, "pl_off", "false");
	if (has(d, "on_off")) {
		discovery_state(d, "stat_t");
		write_member(&d->w, "stat_val_tpl",
			"{{ {true:'true',false:'false'}.get(value_json['on_off'],'None') }}");
	} else {
		discovery_unread(d);
	}
	discovery_group(d, "on_off");
	fan_parts(d);
	write_close(&d->w, '}');
}

/* ---- valve */

static void valve(struct discovery *d)
{
	struct way w;

	if (!of_group(d, "target_state", "valve"))
		return;
	if (!may(d, "target_state", VALUE_ENUM, &w)) {
		if (discovery_writable(d, "target_state"))
			discovery_none(d, "valve", "valve");
		return;
	}
	discovery_open(d, "valve", "valve", NULL);
	write_member(&d->w, "dev_cla", "water");
	discovery_command(d, "cmd_t", "target_state");
	write_member(&d->w, "payload_open", "open");
	write_member(&d->w, "payload_close", "closed");
	if (has(d, "current_state")) {
		discovery_state(d, "stat_t");
		/* On its way: whither, the target says. */
		write_member(&d->w, "val_tpl",
			"{% set v=value_json['current_state'] %}{{ v if v in ['open','closed'] else "
			"'None' if v!='transitioning' else 'closing' if "
			"value_json.get('target_state')=='closed' else 'opening' }}");
		discovery_group(d, "current_state");
	} else {
		discovery_unread(d);
	}
	discovery_group(d, "target_state");
	write_close(&d->w, '}');
}

void discovery_groups(struct discovery *d)
{
	climate(d);
	water_heater(d);
	fan(d);
	valve(d);
}
