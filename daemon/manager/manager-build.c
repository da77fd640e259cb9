/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to appliances and buses at work, and back. A mistake in one costs that one. */
#include "adapters/check.h"
#include "daemon/base/log.h"
#include "daemon/manager/rules/manager-check.h"
#include "manager-control.h"
#include "manager-bus.h"
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/rules/manager-rules.h"
#include "manager-tap.h"

/* Line settings nobody wrote down come from the profiles on the line, which must agree. */
static int resolve_line(const struct manager *m, struct bus_config *c, char *text, size_t size)
{
	const char *by[3] = {0};

	for (size_t i = 0; i < m->n_units; i++)
		for (size_t k = 0; k < m->units[i].appliance->n_sources; k++) {
			const struct source_conf *s = m->units[i].appliance->sources[k].conf;
			const struct line_defaults *d = &s->profile->line;

			if (!streq(s->bus, c->id))
				continue;
#define TAKE(field, n, key) \
	if (d->field && (by[n] || !c->field)) { \
		if (by[n] && c->field != d->field) { \
			snprintf(text, size, \
				"profiles %s and %s want different " key ": set " key \
				"= in [Bus %s]", \
				by[n], s->profile->id, c->id); \
			return -EINVAL; \
		} \
		c->field = d->field; \
		by[n] = s->profile->id; \
	}
			TAKE(baud, 0, "Baud")
			TAKE(parity, 1, "Parity")
			TAKE(stop_bits, 2, "StopBits")
#undef TAKE
		}
	c->baud = c->baud ? c->baud : 9600;
	c->parity = c->parity ? c->parity : 'N';
	c->stop_bits = c->stop_bits ? c->stop_bits : 1;
	return 0;
}

/* Each source of the line, in the order in which its worker has them. */
static void for_each_source(
	const struct line *l, void (*fn)(struct line *l, uint32_t tag, size_t n))
{
	const struct manager *m = l->manager;
	size_t n = 0;

	for (size_t i = 0; i < m->n_units; i++)
		for (size_t k = 0; k < m->units[i].appliance->n_sources; k++)
			if (streq(m->units[i].appliance->sources[k].conf->bus, l->conf->id))
				fn((struct line *)l, (uint32_t)(i << 8 | k), n++);
}

/* Of an appliance that was there before a reload. */
static void say_unreachable(struct line *l, uint32_t tag, size_t n)
{
	manager_bus_ops.source_state(NULL, tag, false, REASON_LINE_DOWN, 0, l);
}

static void set_tag(struct line *l, uint32_t tag, size_t n)
{
	bus_set_tag(l->bus, n, tag);
}

static int start_line(struct manager *m, struct line *l)
{
	struct bus_source sources[CONFIG_APPLIANCES_MAX * CONFIG_SOURCES_MAX];
	struct bus_config conf = *l->conf;
	size_t n = 0;
	int r;

	r = resolve_line(m, &conf, l->text, sizeof(l->text));
	for (size_t i = 0; r >= 0 && i < m->n_units; i++)
		for (size_t k = 0; k < m->units[i].appliance->n_sources; k++) {
			const struct source_conf *s = m->units[i].appliance->sources[k].conf;

			if (!streq(s->bus, conf.id))
				continue;
			sources[n] = (struct bus_source){
				.tag = (uint32_t)(i << 8 | k),
				.profile = s->profile,
				.config = {.unit = s->unit >= 0 ? s->unit : s->profile->line.unit,
					.listen_only = conf.listen,
					.period_us = s->period_us},
			};
			(void)snprintf(sources[n].name, sizeof(sources[n].name), "%s/%s",
				m->units[i].appliance->conf->id, s->name);
			sources[n].config.holes = manager_holes_get(
				m, sources[n].name, s->profile->id, &sources[n].config.n_holes);
			n++;
		}
	if (r >= 0 && n > 0)
		r = bus_new(m->event, &conf, sources, n, &manager_bus_ops, l, &l->bus);
	if (r < 0) {
		if (isempty(l->text))
			(void)snprintf(l->text, sizeof(l->text), "%s", strerror(-r));
		(void)problem_add(
			&m->problems, PROBLEM_ERROR, conf.file, conf.line, "Bus", "%s", l->text);
		log_full(LOG_ERR, MSG_CONFIG_BAD, NULL, "bus %s: %s", conf.id, l->text);
		for_each_source(l, say_unreachable);
	}
	return 0; /* a bus that cannot work costs itself alone */
}

/* ---- the end of a worker, for which main does not wait */

struct ending {
	struct manager *manager;
	struct bus *bus;
	struct ending *next;
};

static void on_ended(void *userdata)
{
	struct ending *e = userdata;
	struct manager *m = e->manager;
	struct ending **p = &m->ending;

	while (*p != e)
		p = &(*p)->next;
	*p = e->next;
	free(e);
	if (m->findings_loaded)
		manager_start_lines(m);
}

void manager_end_bus(struct manager *m, struct bus *b)
{
	struct ending *e = b ? calloc(1, sizeof(*e)) : NULL;

	if (!e) {
		(void)bus_free(b);
		return;
	}
	*e = (struct ending){m, b, m->ending};
	m->ending = e;
	bus_end(b, on_ended, e);
}

void manager_end_line(struct line *l)
{
	manager_share_done(l);
	manager_tap_done(l);
	manager_scan_done(l);
	manager_end_bus(l->manager, TAKE_PTR(l->bus));
}

/* All are asked before one is waited for: they end side by side. */
void manager_end_workers(struct manager *m)
{
	for (size_t i = 0; i < m->n_lines; i++)
		manager_end_line(&m->lines[i]);
	while (m->ending) {
		struct ending *e = m->ending;

		m->ending = e->next;
		(void)bus_free(e->bus);
		free(e);
	}
}

void manager_stop_lines(struct manager *m)
{
	manager_end_workers(m);
	for (size_t i = 0; i < m->n_lines; i++)
		findings_done(&m->lines[i].findings);
	free(m->lines);
	m->lines = NULL;
	m->n_lines = 0;
}

void unit_detach(struct unit *u)
{
	u->check = manager_check_free(u->check);
	u->control = manager_control_free(u->control);
	u->rules = manager_rules_free(u->rules);
	u->care = manager_care_free(u->care);
}

void unit_done(struct unit *u)
{
	unit_detach(u);
	diagnose_done(&u->diagnose);
	for (size_t i = 0; i < CONFIG_SOURCES_MAX; i++)
		mapfit_done(&u->fits[i]);
	u->appliance = appliance_free(u->appliance);
	free(TAKE_PTR(u->samples));
}

void manager_stop_units(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++)
		unit_done(&m->units[i]);
	free(m->units);
	m->units = NULL;
	m->n_units = 0;
}

static int build_unit(struct unit *u, const struct appliance_config *conf)
{
	int r = appliance_new(conf, &u->manager->problems, &u->appliance);

	if (r >= 0)
		r = manager_own_init(u);
	if (r >= 0)
		r = diagnose_init(&u->diagnose, u->appliance);
	for (size_t i = 0; r >= 0 && i < u->appliance->n_sources; i++)
		r = mapfit_init(&u->fits[i], u->appliance->sources[i].conf->profile);
	if (r < 0)
		return r;
	u->samples = calloc(UNIT_SAMPLES_MAX, sizeof(*u->samples));
	if (!u->samples)
		return -ENOMEM;
	u->samples_t0_us = clock_boottime_us();
	u->appliance->userdata = u;
	return 0;
}

static struct unit *unit_before(const struct household *old, const char *id)
{
	for (size_t i = 0; old && i < old->n_units; i++)
		if (streq(old->units[i].appliance->conf->id, id))
			return &old->units[i];
	return NULL;
}

static struct line *line_before(const struct household *old, const char *id)
{
	for (size_t i = 0; old && i < old->n_lines; i++)
		if (streq(old->lines[i].conf->id, id))
			return &old->lines[i];
	return NULL;
}

/* What rests on the sources, maps and profiles of its configuration goes on, with these; the rest of the
 * new configuration counts at once. The appliance stays with WAS too, for who takes over from there. */
static bool keep_unit(struct unit *u, struct appliance_config *conf, struct household *old)
{
	struct unit *was = unit_before(old, conf->id);

	if (!was || !digest_same(&was->appliance->conf->shape, &conf->shape))
		return false;
	config_exchange_shape(conf, config_appliance(old->config, conf->id));
	u->appliance = was->appliance;
	u->appliance->conf = conf;
	u->appliance->userdata = u;
	u->diagnose = was->diagnose;
	was->diagnose = (struct diagnose){0};
	memcpy(u->fits, was->fits, sizeof(u->fits));
	memset(was->fits, 0, sizeof(was->fits));
	u->samples = TAKE_PTR(was->samples);
	u->n_samples = was->n_samples;
	u->samples_t0_us = was->samples_t0_us;
	u->samples_lost = was->samples_lost;
	u->reachable = was->reachable;
	return true;
}

/* One that hangs is begun anew: that may be why the configuration is read again. */
static void keep_line(struct line *l, struct household *old)
{
	struct line *was = line_before(old, l->conf->id);

	if (!was)
		return;
	l->findings = was->findings;
	was->findings = (struct findings){0};
	if (!digest_same(&was->conf->digest, &l->conf->digest) || !was->alive || *was->text)
		return;
	l->waits = was->waits;
	l->bus = TAKE_PTR(was->bus);
	manager_share_move(l, was);
	manager_tap_move(l, was);
	manager_scan_move(l, was);
	if (!l->bus)
		return;
	bus_set_userdata(l->bus, l);
	for_each_source(l, set_tag);
}

static int build_units(struct manager *m, struct household *old)
{
	m->units = calloc(MAX(m->config->n_appliances, 1u), sizeof(*m->units));
	if (!m->units)
		return -ENOMEM;
	for (size_t i = 0; i < m->config->n_appliances; i++) {
		struct appliance_config *conf = &m->config->appliances[i];
		struct unit *u = &m->units[m->n_units];
		int r;

		*u = (struct unit){.manager = m, .retained_dirty = true};
		r = keep_unit(u, conf, old) ? 0 : build_unit(u, conf);
		if (r < 0)
			unit_done(u);
		if (r == -EINVAL)
			continue; /* said in the problems; it costs that appliance alone */
		if (r < 0)
			return r;
		u->appliance->index = (uint16_t)m->n_units++;
	}
	return 0;
}

static int build_lines(struct manager *m, struct household *old)
{
	m->lines = calloc(MAX(m->config->n_buses, 1u), sizeof(*m->lines));
	if (!m->lines)
		return -ENOMEM;
	for (size_t i = 0; i < m->config->n_buses; i++) {
		struct line *l = &m->lines[m->n_lines++];

		*l = (struct line){
			.manager = m, .conf = &m->config->buses[i], .alive = true, .waits = true};
		keep_line(l, old);
	}
	return 0;
}

void manager_start_lines(struct manager *m)
{
	/* The same device may be behind another name now: nobody opens one before it is free. */
	if (m->ending || m->stop_until_us)
		return;
	for (size_t i = 0; i < m->n_lines; i++) {
		struct line *l = &m->lines[i];

		if (!l->waits)
			continue;
		l->waits = false;
		(void)start_line(m, l);
		(void)manager_share_start(l);
	}
	manager_retire_findings(m);
}

int manager_build(struct manager *m, struct household *old)
{
	int r = build_units(m, old);

	if (r >= 0)
		r = build_lines(m, old);
	/* The workers would find the same and show it at the source; here it has file and line. */
	for (size_t i = 0; r >= 0 && i < m->config->n_appliances; i++)
		for (size_t k = 0; k < m->config->appliances[i].n_sources; k++)
			(void)check_source(m->config, &m->config->appliances[i],
				&m->config->appliances[i].sources[k], &m->problems);
	return r;
}
