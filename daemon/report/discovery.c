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

struct way discovery_way_of(const struct discovery *d, const char *attribute)
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
	return discovery_way_of(d, attribute).rule;
}

struct way discovery_way(const struct discovery *d, const char *attribute)
{
	if (!d->t->granted || !d->t->granted(d->t->userdata, attribute))
		return (struct way){0};
	return discovery_way_of(d, attribute);
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

static const char *text_or_null(const char *s)
{
	return isempty(s) ? NULL : s;
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

static void write_gateway_topic(struct discovery *d)
{
	write_open(&d->w, '{');
	discovery_textf(d, "t", "%s/status", d->t->base);
	write_member(&d->w, "val_tpl", "{{ value_json['state'] }}");
	write_close(&d->w, '}');
}

/* Where a silent appliance must not silence what is said of it. */
static void write_gateway_alone(struct discovery *d)
{
	write_key(&d->w, "avty");
	write_open(&d->w, '[');
	write_gateway_topic(d);
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
	write_gateway_topic(d);
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
		discovery_one(&d, &d.a->attrs[i]);
	discovery_rest(&d);
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
