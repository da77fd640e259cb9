/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to appliances and buses at work, and back. A mistake in one costs that one. */
#include "../adapters/check.h"
#include "log.h"
#include "manager-check.h"
#include "manager-control.h"
#include "manager-bus.h"
#include "manager-care.h"
#include "manager-rules.h"
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
	}
	return 0; /* a bus that cannot work costs itself alone */
}

/* All are asked before one is waited for: they end side by side. */
void manager_end_workers(struct manager *m)
{
	for (size_t i = 0; i < m->n_lines; i++) {
		manager_share_done(&m->lines[i]);
		manager_tap_done(&m->lines[i]);
		manager_scan_done(&m->lines[i]);
		bus_stop(m->lines[i].bus);
	}
	for (size_t i = 0; i < m->n_lines; i++)
		m->lines[i].bus = bus_free(m->lines[i].bus);
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

void unit_done(struct unit *u)
{
	u->check = manager_check_free(u->check);
	u->control = manager_control_free(u->control);
	u->rules = manager_rules_free(u->rules);
	u->care = manager_care_free(u->care);
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

static int build_units(struct manager *m)
{
	m->units = calloc(MAX(m->config->n_appliances, 1u), sizeof(*m->units));
	if (!m->units)
		return -ENOMEM;
	for (size_t i = 0; i < m->config->n_appliances; i++) {
		struct unit *u = &m->units[m->n_units];
		int r;

		*u = (struct unit){.manager = m, .retained_dirty = true};
		r = build_unit(u, &m->config->appliances[i]);
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

static int build_lines(struct manager *m)
{
	m->lines = calloc(MAX(m->config->n_buses, 1u), sizeof(*m->lines));
	if (!m->lines)
		return -ENOMEM;
	for (size_t i = 0; i < m->config->n_buses; i++)
		m->lines[m->n_lines++] =
			(struct line){.manager = m, .conf = &m->config->buses[i], .alive = true};
	return 0;
}

void manager_start_lines(struct manager *m)
{
	for (size_t i = 0; i < m->n_lines; i++) {
		(void)start_line(m, &m->lines[i]);
		(void)manager_share_start(&m->lines[i]);
	}
	manager_retire_findings(m);
}

int manager_build(struct manager *m)
{
	int r = build_units(m);

	if (r >= 0)
		r = build_lines(m);
	/* The workers would find the same and show it at the source; here it has file and line. */
	for (size_t i = 0; r >= 0 && i < m->config->n_appliances; i++)
		for (size_t k = 0; k < m->config->appliances[i].n_sources; k++)
			(void)check_source(m->config, &m->config->appliances[i],
				&m->config->appliances[i].sources[k], &m->problems);
	return r;
}
