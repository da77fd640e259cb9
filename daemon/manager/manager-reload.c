/* SPDX-License-Identifier: Apache-2.0 */
/* From one configuration to the next, as a difference. Buses and upstreams carry a digest of what was loaded
 * for them, appliances one of their shape (config.h). What has the same digest moves over and does not
 * notice; of the rest the old ends and the new begins. A worker that is to end is not waited for: it ends
 * while the loop goes on, and the new ones start when the last of them has. */
#include "daemon/base/log.h"
#include "daemon/manager/repair/manager-assist.h"
#include "manager-bus.h"
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/rules/manager-check.h"
#include "manager-control.h"
#include "daemon/manager/repair/manager-directory.h"
#include "daemon/manager/repair/manager-repair.h"
#include "daemon/manager/rules/manager-rules.h"

#include <malloc.h>
#include <systemd/sd-daemon.h>

static void notify_reloading(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)ts.tv_sec * USEC_PER_SEC +
			(unsigned long long)ts.tv_nsec / 1000);
}

static int refuse(struct manager *m, int error)
{
	m->config_kept = true;
	manager_print_problems(m);
	log_full(LOG_ERR, MSG_CONFIG_BAD, NULL, "reload refused, the old configuration stays");
	manager_update_status(m);
	(void)sd_notify(0, "READY=1");
	return error;
}

static bool is_kept(const struct unit *u, const struct unit *was)
{
	return u && u->appliance == was->appliance;
}

/* All its workers go on: so do exchanges that are under way for it. */
static bool is_untouched(const struct unit *u, const struct unit *was)
{
	for (size_t i = 0; is_kept(u, was) && i < u->appliance->n_sources; i++) {
		const struct line *l = manager_line(u->manager, u->appliance->sources[i].conf->bus);

		if (!l || !l->bus)
			return false;
	}
	return is_kept(u, was);
}

/* An appliance that is built anew, of another profile perhaps, is still the thing that answered a moment ago
 * at the same place. Whether it does is soon seen; until then nobody is told that it has gone. */
static void presume_answering(struct unit *u, const struct unit *was)
{
	for (size_t i = 0; i < u->appliance->n_sources; i++) {
		struct source *s = &u->appliance->sources[i];

		for (size_t k = 0; k < was->appliance->n_sources; k++) {
			const struct source *o = &was->appliance->sources[k];

			if (o->state != SOURCE_ANSWERING || !streq(o->conf->bus, s->conf->bus) ||
				o->conf->unit != s->conf->unit)
				continue;
			s->state = SOURCE_ANSWERING;
			s->since_us = o->since_us;
			s->last_reply_us = o->last_reply_us;
		}
	}
	u->reachable = appliance_reachable(u->appliance);
}

/* Rules and knowledge are read again for all; what they remember goes over. */
static int take_over(struct manager *m, struct household *old)
{
	int r;

	for (size_t i = 0; i < old->n_units; i++) {
		struct unit *was = &old->units[i];
		struct unit *u = manager_unit(m, was->appliance->conf->id);

		if (!is_untouched(u, was))
			continue;
		manager_control_move(u, was);
		manager_check_move(u, was);
	}
	r = manager_controls_start(m);
	if (r >= 0)
		r = manager_rules_start(m);
	if (r >= 0)
		r = manager_care_start(m);
	for (size_t i = 0; i < old->n_units; i++) {
		struct unit *was = &old->units[i];
		struct unit *u = manager_unit(m, was->appliance->conf->id);

		if (!u) {
			manager_control_left(was);
			continue;
		}
		if (!is_kept(u, was)) {
			u->diagnose.findings = was->diagnose.findings;
			was->diagnose.findings = (struct findings){0};
			presume_answering(u, was);
		}
		manager_control_take(u, was);
		manager_rules_take(u, was);
		manager_care_take(u, was);
	}
	return r;
}

static void household_done(struct manager *m, struct household *old)
{
	for (size_t i = 0; i < old->n_units; i++) {
		struct unit *was = &old->units[i];

		unit_detach(was);
		if (is_kept(manager_unit(m, was->appliance->conf->id), was))
			was->appliance = NULL;
		unit_done(was);
	}
	for (size_t i = 0; i < old->n_lines; i++)
		findings_done(&old->lines[i].findings);
	free(old->units);
	free(old->lines);
	config_free(old->config);
}

int manager_reload(struct manager *m)
{
	struct config *config = NULL;
	struct household old;
	struct rule_set *old_rules;
	struct knowledge *old_knowledge;
	int r, e;

	/* New feeds would publish again what brokers are just made to forget. */
	if (m->stop_until_us || m->wiping)
		return -ESHUTDOWN;
	notify_reloading();
	m->reloaded_us = clock_boottime_us();
	m->reload_due = false;
	problems_done(&m->problems);
	r = config_load(m->options.etc, m->options.vendor, &m->problems, &config);
	if (r < 0)
		return refuse(m, r);
	m->config_kept = false;
	manager_repairs_forget_drafts(m, NULL); /* causes and contacts may be others now */
	manager_flush(m);
	manager_dbus_objects(m, config, false);
	manager_feeds_stop(m, config);
	old = (struct household){m->config, m->units, m->lines, m->n_units, m->n_lines};
	old_rules = TAKE_PTR(m->rule_set);
	old_knowledge = TAKE_PTR(m->knowledge);
	m->config = config;
	m->units = NULL;
	m->lines = NULL;
	m->n_units = m->n_lines = 0;
	log_set_max_level(config->log_level);
	r = manager_build(m, &old);
	for (size_t i = 0; i < old.n_lines; i++)
		manager_end_line(&old.lines[i]);
	e = take_over(m, &old);
	r = r < 0 ? r : e;
	manager_print_problems(m);
	if (r >= 0)
		r = manager_feeds_start(m);
	(void)manager_directories_start(m);
	manager_holes_load(m);
	if (m->findings_loaded)
		manager_start_lines(m);
	manager_dbus_objects(m, old.config, true);

	/* The old tree goes last: nothing may point into it now. */
	household_done(m, &old);
	rule_set_free(old_rules);
	knowledge_free(old_knowledge);
	(void)malloc_trim(0);
	log_notice("configuration read again: %zu appliance%s", m->n_units,
		m->n_units == 1 ? "" : "s");
	manager_update_status(m);
	(void)sd_notify(0, "READY=1");
	return r;
}
