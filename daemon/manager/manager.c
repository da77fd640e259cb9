/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-control.h"
#include "manager-bus.h"
#include "manager-command.h"
#include "daemon/manager/repair/manager-assist.h"
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/repair/manager-directory.h"
#include "daemon/manager/repair/manager-repair.h"
#include "daemon/manager/feed/manager-privacy.h"
#include "daemon/manager/rules/manager-rules.h"
#include "daemon/base/log.h"
#include "daemon/base/notify.h"

#include <signal.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

/* Mixed into the machine's boot id, so that what leaves the house says nothing about the machine. */
#define BOOT_APP_ID SD_ID128_MAKE(3f, 0c, 8e, 52, 91, 7d, 4a, 0b, 8c, 3e, 61, d4, 2a, f7, 5b, 90)

#define TICK_US USEC_PER_SEC
/* Reloads come at most this often, so that a storm of SIGHUP leaves time to poll in between. */
#define RELOAD_MIN_US USEC_PER_SEC
/* A stop waits this long for events on their way into the outbox. */
#define STOP_US (2 * USEC_PER_SEC)
/* And for values that are put back before the lines close. */
#define CONTROL_STOP_US (8 * USEC_PER_SEC)
#define STOP_TICK_US    (20 * USEC_PER_MSEC)

/* ---- names and small questions */

struct unit *manager_unit(const struct manager *m, const char *id)
{
	for (size_t i = 0; i < m->n_units; i++)
		if (streq(m->units[i].appliance->conf->id, id))
			return &m->units[i];
	return NULL;
}

struct line *manager_line(const struct manager *m, const char *id)
{
	for (size_t i = 0; i < m->n_lines; i++)
		if (streq(m->lines[i].conf->id, id))
			return &m->lines[i];
	return NULL;
}

struct finding_clock manager_clock(struct manager *m)
{
	return (struct finding_clock){
		.now_us = clock_boottime_us(),
		.wall_us = clock_is_set(m->config->clock) ? clock_realtime_us() : 0,
		.holdoff_us = m->config->finding_holdoff_us,
		.next_id = &m->next_finding_id,
	};
}

const char *unit_state(const struct unit *u)
{
	enum fault_class class;
	bool known = false;

	if (findings_active(&u->diagnose.findings, &class, NULL) > 0 && class <= CLASS_WARNING)
		return class == CLASS_FAULT ? "fault" : "warning";
	for (size_t i = 0; i < u->appliance->n_sources; i++)
		known = known || u->appliance->sources[i].state != SOURCE_UNKNOWN;
	if (known && !appliance_reachable(u->appliance))
		return "unreachable";
	/* One that answers with nothing but refusals is not known to be well. */
	return known && appliance_tells(u->appliance) ? "ok" : "unknown";
}

size_t manager_answering(const struct manager *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_units; i++)
		n += appliance_reachable(m->units[i].appliance);
	return n;
}

void manager_print_problems(const struct manager *m)
{
	char line[1024];

	for (size_t i = 0; i < m->problems.n; i++) {
		problem_format(line, sizeof(line), &m->problems.v[i]);
		log_full(m->problems.v[i].level == PROBLEM_ERROR ? LOG_ERR : LOG_WARNING,
			MSG_CONFIG_BAD, NULL, "%s", line);
	}
	if (m->problems.dropped)
		log_error("%zu further problems are not shown", m->problems.dropped);
}

/* ---- the second's work */

void manager_update_status(struct manager *m)
{
	char s[sizeof(m->status)];
	size_t used = 0;

	*s = '\0';
	if (m->config_kept)
		(void)str_appendf(s, sizeof(s), &used, "reload refused, old configuration kept; ");
	if (m->n_units == 0)
		(void)str_appendf(s, sizeof(s), &used, "no appliances yet");
	else
		(void)str_appendf(s, sizeof(s), &used, "%zu appliance%s, %zu answering", m->n_units,
			m->n_units == 1 ? "" : "s", manager_answering(m));
	if (!m->config_kept && m->problems.n_errors > 0)
		(void)str_appendf(s, sizeof(s), &used,
			", %zu error%s in the configuration (hearthctl config check)",
			m->problems.n_errors, m->problems.n_errors == 1 ? "" : "s");
	for (size_t i = 0; i < m->n_feeds; i++) {
		struct upstream_status us;

		upstream_get_status(m->feeds[i]->up, &us);
		(void)str_appendf(s, sizeof(s), &used, ", upstream %s %s, %llu waiting",
			m->feeds[i]->conf->id, upstream_state_name(us.state),
			(unsigned long long)(us.waiting[OUT_URGENT] + us.waiting[OUT_EVENT] +
					     us.waiting[OUT_REPORT]));
	}
	for (size_t i = 0; i < m->n_lines; i++)
		if (!m->lines[i].alive)
			(void)str_appendf(
				s, sizeof(s), &used, ", bus %s stuck", m->lines[i].conf->id);
	if (m->journal) {
		struct journal_status js;

		journal_get_status(m->journal, &js);
		if (js.degraded)
			(void)str_appendf(s, sizeof(s), &used, ", journal: %s", js.text);
	}
	if (!streq(s, m->status)) {
		(void)str_copy(m->status, sizeof(m->status), s);
		notify_service("STATUS=%s", s);
		manager_dbus_manager_changed(m);
	}
}

static void tick_lines(struct manager *m, uint64_t now)
{
	for (size_t i = 0; i < m->n_lines; i++) {
		struct line *l = &m->lines[i];
		bool alive = !l->bus || bus_alive(l->bus, now);

		if (alive != l->alive) {
			l->alive = alive;
			manager_dbus_line_changed(l);
		}
	}
}

static bool journal_works(const struct manager *m)
{
	struct journal_status js;

	journal_get_status(m->journal, &js);
	return !js.degraded;
}

/* sd-bus would flush at the loop's exit, and wait for a bus daemon that takes nothing. */
static int leave(struct manager *m)
{
	manager_dbus_stop(m);
	return sd_event_exit(m->event, 0);
}

static void stop_buses(struct manager *m)
{
	m->control_until_us = 0;
	m->stop_until_us = clock_boottime_us() + STOP_US;
	for (size_t i = 0; i < m->n_lines; i++)
		if (m->lines[i].bus)
			bus_stop(m->lines[i].bus);
}

static void tick_stop(struct manager *m, uint64_t now)
{
	if (m->control_until_us) {
		manager_controls_tick(m);
		if (manager_controls_settled(m) || now >= m->control_until_us) {
			if (!manager_controls_settled(m))
				log_warning(
					"not all values could be put back in time; the next start "
					"goes on with it");
			stop_buses(m);
		}
		(void)sd_event_source_set_time_relative(m->tick, STOP_TICK_US);
		return;
	}
	manager_feeds_tick(m);
	if (now >= m->stop_until_us || !manager_feeds_busy(m) || !journal_works(m))
		(void)leave(m);
	(void)sd_event_source_set_time_relative(m->tick, STOP_TICK_US);
}

void manager_tell_ready(struct manager *m)
{
	if (!m->ready)
		(void)sd_notify(0, "READY=1");
	m->ready = true;
}

static int on_tick(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	uint64_t now = clock_boottime_us();
	bool full = false;

	if (m->stop_until_us) {
		tick_stop(m, now);
		return 0;
	}
	manager_tell_ready(m); /* a bus that says nothing is not waited for any longer */
	if (m->reload_due)
		(void)manager_reload(m);
	tick_lines(m, now);
	manager_tick_findings(m);
	manager_rules_tick(m);
	manager_care_tick(m);
	manager_controls_tick(m);
	for (size_t i = 0; i < m->n_units; i++)
		full = full || m->units[i].n_samples >= UNIT_SAMPLES_MAX / 2;
	if (full || now - m->last_flush_us >= MIN(m->flush_us, manager_assist_flush_us(m)))
		manager_flush(m);
	manager_feeds_tick(m);
	manager_repairs_tick(m);
	manager_wipe_tick(m);
	manager_assists_tick(m);
	if (m->findings_missing && journal_works(m) && manager_load_findings(m) >= 0)
		m->findings_missing = false;
	manager_update_status(m);
	(void)sd_event_source_set_time_relative(s, TICK_US);
	return 0;
}

/* Fed while main, the journal, and not all workers are stuck. */
static int on_watchdog(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	uint64_t now = clock_boottime_us(), interval;
	size_t stuck = 0, running = 0;

	for (size_t i = 0; i < m->n_lines; i++) {
		running += m->lines[i].bus != NULL;
		stuck += m->lines[i].bus && !bus_alive(m->lines[i].bus, now);
	}
	if (journal_alive(m->journal, now) && (running == 0 || stuck < running))
		notify_service("WATCHDOG=1");
	else
		log_error("no progress (%zu of %zu buses stuck): the watchdog is not fed", stuck,
			running);
	if (sd_watchdog_enabled(0, &interval) > 0)
		(void)sd_event_source_set_time_relative(s, interval / 3);
	return 0;
}

/* ---- life */

static int on_sighup(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	if (clock_boottime_us() - m->reloaded_us < RELOAD_MIN_US)
		m->reload_due = true; /* on_tick() */
	else
		(void)manager_reload(m);
	return 0;
}

void manager_stop(struct manager *m)
{
	manager_controls_stop(m);
	m->control_until_us = clock_boottime_us() + CONTROL_STOP_US;
	m->stop_until_us = m->control_until_us + STOP_US;
	if (manager_controls_settled(m))
		stop_buses(m);
	(void)sd_event_source_set_time_relative(m->tick, 0);
}

static int on_stop(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	if (m->stop_until_us) {
		m->wipe = false; /* a signal is meant to end it */
		return leave(m);
	}
	manager_stop(m);
	return 0;
}

int manager_new(const struct manager_options *options, sd_event *event, struct manager **ret)
{
	struct manager *m = calloc(1, sizeof(*m));
	sd_id128_t boot;

	if (!m)
		return -ENOMEM;
	m->options = *options;
	m->event = sd_event_ref(event);
	m->next_finding_id = 1;
	m->started_us = clock_boottime_us();
	if (sd_id128_get_boot_app_specific(BOOT_APP_ID, &boot) < 0 &&
		random_bytes(&boot, sizeof(boot)) < 0) {
		manager_free(m);
		return -EIO;
	}
	memcpy(&m->boot_id, &boot, sizeof(m->boot_id));
	*ret = m;
	return 0;
}

int manager_start(struct manager *m)
{
	_cleanup_free_ char *path = NULL;
	uint64_t interval;
	int r;

	r = config_load(m->options.etc, m->options.vendor, &m->problems, &m->config);
	if (r < 0)
		return r;
	if (m->config->log_level >= 0)
		log_set_max_level(m->config->log_level);
	r = manager_build(m, NULL);
	if (r >= 0)
		r = manager_rules_start(m);
	if (r >= 0)
		r = manager_care_start(m);
	if (r < 0)
		return r;
	manager_print_problems(m);
	if (asprintf(&path, "%s/journal.db", m->options.state) < 0)
		return -ENOMEM;
	r = journal_new(m->event,
		&(struct journal_config){.path = path,
			.max_bytes = m->config->journal_max_bytes,
			.queue_bytes = 1 << 20,
			.clock = m->config->clock,
			.mask = repair_mask},
		&m->journal);
	if (r < 0)
		return r;
	r = manager_assists_start(m);
	if (r < 0)
		return r;
	/* The journal answers in order: aliases are known before the findings, and those before the
	 * first reading. */
	r = manager_feeds_start(m);
	if (r < 0)
		return r;
	manager_holes_load(m);
	r = manager_repairs_start(m);
	if (r >= 0)
		r = manager_directories_start(m);
	if (r < 0)
		return r;
	r = manager_controls_start(m);
	if (r < 0)
		return r;
	r = manager_load_findings(m);
	if (r < 0)
		return r;
	r = manager_dbus_start(m);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(
		m->event, &m->tick, CLOCK_MONOTONIC, TICK_US, 50 * USEC_PER_MSEC, on_tick, m);
	if (r >= 0)
		r = sd_event_source_set_enabled(m->tick, SD_EVENT_ON);
	if (r >= 0)
		r = sd_event_add_signal(m->event, &m->sighup, SIGHUP, on_sighup, m);
	if (r >= 0)
		r = sd_event_add_signal(m->event, &m->sigterm, SIGTERM, on_stop, m);
	if (r >= 0)
		r = sd_event_add_signal(m->event, &m->sigint, SIGINT, on_stop, m);
	if (r >= 0 && sd_watchdog_enabled(0, &interval) > 0) {
		r = sd_event_add_time_relative(
			m->event, &m->watchdog, CLOCK_MONOTONIC, interval / 3, 0, on_watchdog, m);
		if (r >= 0)
			r = sd_event_source_set_enabled(m->watchdog, SD_EVENT_ON);
	}
	if (r < 0)
		return r;
	manager_update_status(m);
	return 0;
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	manager_end_workers(m);
	/* First: what a write's end cannot be told of any more is told by the next start. */
	for (size_t i = 0; i < m->n_feeds; i++)
		feed_commands_stop(m->feeds[i]);
	for (size_t i = 0; i < m->n_units; i++)
		m->units[i].control = manager_control_free(m->units[i].control);
	if (m->journal) {
		manager_flush(m);
		manager_rules_save_all(m);
		manager_care_save_all(m);
		manager_assists_save(m);
	}
	manager_dbus_stop(m);
	/* Before the journal's last answers: a kept list would be given to the signer, which is gone. */
	manager_directories_stop(m);
	manager_repairs_stop(m);
	manager_feeds_stop(m, NULL);
	m->journal = journal_free(m->journal);
	m->repairs = manager_repairs_free(m->repairs);
	manager_assists_free(m);
	manager_holes_free(m);
	manager_feeds_free_kept(m);
	manager_stop_lines(m);
	manager_stop_units(m);
	rule_set_free(m->rule_set);
	knowledge_free(m->knowledge);
	free(m->wiping);
	config_free(m->config);
	problems_done(&m->problems);
	sd_event_source_disable_unref(m->tick);
	sd_event_source_disable_unref(m->watchdog);
	sd_event_source_disable_unref(m->sighup);
	sd_event_source_disable_unref(m->sigterm);
	sd_event_source_disable_unref(m->sigint);
	sd_event_unref(m->event);
	free(m);
	return NULL;
}
