/* SPDX-License-Identifier: Apache-2.0 */
#include "manager.h"
#include "../adapters/check.h"
#include "log.h"
#include "notify.h"

#include <dirent.h>
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

/* Mixed into the machine's boot id, so that what leaves the house says nothing about the machine. */
#define BOOT_APP_ID SD_ID128_MAKE(3f, 0c, 8e, 52, 91, 7d, 4a, 0b, 8c, 3e, 61, d4, 2a, f7, 5b, 90)

#define TICK_US USEC_PER_SEC
/* Reloads come at most this often, so that a storm of SIGHUP leaves time to poll in between. */
#define RELOAD_MIN_US USEC_PER_SEC
/* A stop waits this long for events on their way into the outbox. */
#define STOP_US      (2 * USEC_PER_SEC)
#define STOP_TICK_US (20 * USEC_PER_MSEC)

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
	if (!known)
		return "unknown";
	return appliance_reachable(u->appliance) ? "ok" : "unreachable";
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

/* ---- findings: one road for appliances and buses */

struct subject {
	struct manager *manager;
	enum subject_kind kind;
	const char *id;
	struct unit *unit; /* SUBJECT_APPLIANCE */
};

static void log_finding(
	const struct subject *s, const struct finding *v, enum finding_change change)
{
	char subject[64], code[80];
	const char *fields[] = {subject, code, NULL};
	bool zh = s->manager->config->zh;
	const char *meaning = zh && v->meaning_zh ? v->meaning_zh : v->meaning_en;

	snprintf(subject, sizeof(subject), "HEARTHD_%s=%s",
		s->kind == SUBJECT_APPLIANCE ? "APPLIANCE" : "BUS", s->id);
	snprintf(code, sizeof(code), "HEARTHD_CODE=%s", v->code);
	switch (change) {
	case FINDING_RAISED:
		log_full(v->severity >= SEVERITY_SERVICE ? LOG_WARNING : LOG_NOTICE,
			MSG_FINDING_RAISED, fields, "%s: %s: %s (%s)", s->id, v->code,
			meaning ? meaning : "unknown code", severity_name(v->severity));
		break;
	case FINDING_CHANGED:
		log_debug("%s: %s changed", s->id, v->code);
		break;
	case FINDING_CLEARED:
		log_full(
			LOG_NOTICE, MSG_FINDING_CLEARED, fields, "%s: %s: cleared", s->id, v->code);
		break;
	}
}

static void on_finding(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata)
{
	struct subject *s = userdata;

	if (change == FINDING_RAISED && s->unit)
		diagnose_freeze(&s->unit->diagnose, v);
	log_finding(s, v, change);
	manager_store_finding(s->manager, s->kind, s->id, v, change);
	manager_dbus_finding(s->manager, v);
	if (s->unit) {
		s->unit->retained_dirty = true;
		manager_dbus_unit_changed(s->unit);
	}
}

/* ---- steps 5 and 6: readings */

struct changes {
	struct unit *unit;
	struct attribute *v[BATCH_READINGS];
	size_t n;
};

static void on_attribute(struct appliance *a, struct attribute *attr, void *userdata)
{
	struct changes *c = userdata;

	manager_add_sample(c->unit, attr);
	c->unit->retained_dirty = true;
	if (c->n < ARRAY_SIZE(c->v))
		c->v[c->n++] = attr;
	if (c->n == ARRAY_SIZE(c->v)) {
		manager_dbus_readings(c->unit, c->v, c->n);
		c->n = 0;
	}
}

static void changes_done(struct changes *c)
{
	bool reachable = appliance_reachable(c->unit->appliance);

	if (c->n > 0)
		manager_dbus_readings(c->unit, c->v, c->n);
	if (reachable != c->unit->reachable) {
		c->unit->reachable = reachable;
		c->unit->retained_dirty = true;
		manager_dbus_unit_changed(c->unit);
		manager_dbus_manager_changed(c->unit->manager);
	}
}

static struct unit *unit_of_tag(struct manager *m, uint32_t tag)
{
	uint32_t i = tag >> 8;

	return i < m->n_units && (tag & 0xff) < m->units[i].appliance->n_sources ? &m->units[i]
										 : NULL;
}

/* The road of a reading: 5 apply, 6 diagnose; 7 to 9 begin in manager_flush(). */
static void manager_on_readings(
	struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u)
{
	struct line *l = u;
	struct unit *unit = unit_of_tag(l->manager, tag);
	struct changes changes = {.unit = unit};
	struct finding_clock clock;
	struct subject subject;

	if (!unit)
		return;
	appliance_apply(unit->appliance, tag & 0xff, r, n, on_attribute, &changes);
	clock = manager_clock(l->manager);
	subject = (struct subject){l->manager, SUBJECT_APPLIANCE, unit->appliance->conf->id, unit};
	diagnose_apply(&unit->diagnose, tag & 0xff, r, n, &clock, on_finding, &subject);
	changes_done(&changes);
}

/* Silence is a finding of the bus: what is wrong may be the cable as well as the appliance. */
static void observe_source(struct line *l, struct unit *unit, unsigned source, bool answering,
	enum reason reason, uint8_t detail)
{
	const struct source_conf *conf = unit->appliance->sources[source].conf;
	struct finding_clock clock = manager_clock(l->manager);
	struct subject subject = {l->manager, SUBJECT_BUS, l->conf->id, NULL};
	char key[64], code[48], en[160], zh[160], extra[64] = "", number[16] = "";

	if (reason == REASON_EXCEPTION)
		snprintf(extra, sizeof(extra), " (%s)", modbus_exception_name(detail));
	snprintf(key, sizeof(key), "%s/%s", unit->appliance->conf->id, conf->name);
	snprintf(code, sizeof(code), "%s", reason_name(reason));
	if (conf->unit >= 0)
		snprintf(number, sizeof(number), "%d", conf->unit);
	/* Which of the line's units; but no name of the house: the words may leave it. */
	snprintf(en, sizeof(en), "%s%s%s%s%s", *number ? "unit " : "", number, *number ? ": " : "",
		reason_text(reason, false), extra);
	snprintf(zh, sizeof(zh), "%s%s%s%s%s", *number ? "单元 " : "", number, *number ? "：" : "",
		reason_text(reason, true), extra);
	findings_observe(&l->findings, key, answering ? OBSERVED_ABSENT : OBSERVED_PRESENT,
		&(struct finding_template){.code = code,
			.meaning_en = en,
			.meaning_zh = zh,
			.component = "bus",
			.severity = SEVERITY_CARE,
			.class = CLASS_WARNING,
			.confidence = CONFIDENCE_HIGH,
			.household = 1},
		&clock, on_finding, &subject);
}

static void on_source_state(
	struct bus *b, uint32_t tag, bool answering, enum reason reason, uint8_t detail, void *u)
{
	struct line *l = u;
	struct unit *unit = unit_of_tag(l->manager, tag);
	struct changes changes = {.unit = unit};

	if (!unit)
		return;
	appliance_source_state(unit->appliance, tag & 0xff,
		answering                    ? SOURCE_ANSWERING
		: reason == REASON_LINE_DOWN ? SOURCE_LINE_DOWN
					     : SOURCE_SILENT,
		reason, clock_boottime_us(), on_attribute, &changes);
	changes_done(&changes);
	/* A line that is down explains its silent sources: it is said once, by the line. */
	if (answering || reason != REASON_LINE_DOWN)
		observe_source(l, unit, tag & 0xff, answering, reason, detail);
}

static void observe_line(struct line *l, bool up, int error)
{
	struct finding_clock clock = manager_clock(l->manager);
	struct subject subject = {l->manager, SUBJECT_BUS, l->conf->id, NULL};
	char en[160], zh[160];

	snprintf(en, sizeof(en), "the line is down: %s", line_error_text(error, false));
	snprintf(zh, sizeof(zh), "线路中断：%s", line_error_text(error, true));
	findings_observe(&l->findings, "line", up ? OBSERVED_ABSENT : OBSERVED_PRESENT,
		&(struct finding_template){.code = "line-down",
			.meaning_en = en,
			.meaning_zh = zh,
			.component = "bus",
			.severity = SEVERITY_CARE,
			.class = CLASS_WARNING,
			.confidence = CONFIDENCE_HIGH,
			.household = 1},
		&clock, on_finding, &subject);
}

static void on_line_state(struct bus *b, bool up, int error, void *u)
{
	struct line *l = u;

	observe_line(l, up, error);
	manager_dbus_line_changed(l);
}

static const struct bus_ops bus_ops = {
	.readings = manager_on_readings,
	.source_state = on_source_state,
	.line_state = on_line_state,
};

/* ---- building from a configuration */

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
			n++;
		}
	if (r >= 0 && n > 0)
		r = bus_new(m->event, &conf, sources, n, &bus_ops, l, &l->bus);
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
static void end_workers(struct manager *m)
{
	for (size_t i = 0; i < m->n_lines; i++)
		bus_stop(m->lines[i].bus);
	for (size_t i = 0; i < m->n_lines; i++)
		m->lines[i].bus = bus_free(m->lines[i].bus);
}

static void stop_lines(struct manager *m)
{
	end_workers(m);
	for (size_t i = 0; i < m->n_lines; i++)
		findings_done(&m->lines[i].findings);
	free(m->lines);
	m->lines = NULL;
	m->n_lines = 0;
}

static void stop_units(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++) {
		diagnose_done(&m->units[i].diagnose);
		appliance_free(m->units[i].appliance);
		free(m->units[i].samples);
	}
	free(m->units);
	m->units = NULL;
	m->n_units = 0;
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
		r = appliance_new(&m->config->appliances[i], &m->problems, &u->appliance);
		if (r == -EINVAL)
			continue; /* said in the problems; it costs that appliance alone */
		if (r < 0)
			return r;
		r = diagnose_init(&u->diagnose, u->appliance);
		if (r < 0)
			return r;
		u->samples = calloc(UNIT_SAMPLES_MAX, sizeof(*u->samples));
		if (!u->samples)
			return -ENOMEM;
		u->samples_t0_us = clock_boottime_us();
		u->appliance->index = (uint16_t)m->n_units++;
		u->appliance->userdata = u;
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

/* ---- findings of earlier runs */

static bool has_source(const struct appliance *a, const char *name, size_t n, const char *bus)
{
	for (size_t i = 0; i < a->n_sources; i++) {
		const struct source_conf *c = a->sources[i].conf;

		if (strlen(c->name) == n && strncmp(c->name, name, n) == 0)
			return !bus || streq(c->bus, bus);
	}
	return false;
}

/* "SOURCE/CODE" */
static bool unit_has_key(const char *key, void *userdata)
{
	const struct unit *u = userdata;

	return has_source(u->appliance, key, strcspn(key, "/"), NULL);
}

/* "line", or "APPLIANCE/SOURCE" */
static bool line_has_key(const char *key, void *userdata)
{
	const struct line *l = userdata;
	char id[33];
	size_t n = strcspn(key, "/");
	const struct unit *u;

	if (!key[n])
		return l->bus;
	(void)snprintf(id, sizeof(id), "%.*s", (int)MIN(n, sizeof(id) - 1), key);
	u = manager_unit(l->manager, id);
	return u && has_source(u->appliance, key + n + 1, strlen(key + n + 1), l->conf->id);
}

/* What is said of something that is not configured any more is over: nobody will look again. */
static void retire_findings(struct manager *m)
{
	struct finding_clock clock = manager_clock(m);

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = &m->units[i];
		struct subject s = {m, SUBJECT_APPLIANCE, u->appliance->conf->id, u};

		findings_retire(&u->diagnose.findings, unit_has_key, u, &clock, on_finding, &s);
	}
	for (size_t i = 0; i < m->n_lines; i++) {
		struct line *l = &m->lines[i];
		struct subject s = {m, SUBJECT_BUS, l->conf->id, NULL};

		findings_retire(&l->findings, line_has_key, l, &clock, on_finding, &s);
	}
}

static void start_lines(struct manager *m)
{
	for (size_t i = 0; i < m->n_lines; i++)
		(void)start_line(m, &m->lines[i]);
	retire_findings(m);
}

static void on_finding_read(int error, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, void *userdata)
{
	struct manager *m = userdata;
	struct finding *v;
	char kind[16], subject[33];
	struct findings *f = NULL;

	if (id == 0 && error == -ECANCELED)
		return;
	if (id == 0) {
		m->findings_missing = error < 0;
		/* Not read, but there may be some, whose numbers must not be given twice: seconds
		 * are ahead of any count. */
		if (error < 0)
			m->next_finding_id = MAX(m->next_finding_id,
				(uint64_t)MAX(clock_realtime_us(), 0) / USEC_PER_SEC);
		/* All read: only now may buses start, or an old finding would be raised anew. */
		if (!m->findings_loaded) {
			m->findings_loaded = true;
			start_lines(m);
		}
		return;
	}
	m->next_finding_id = MAX(m->next_finding_id, id + 1);
	if (error < 0 || finding_unpack(blob, n, kind, subject, &v) < 0)
		return;
	if (streq(kind, "appliance")) {
		struct unit *u = manager_unit(m, subject);

		f = u ? &u->diagnose.findings : NULL;
	} else {
		struct line *l = manager_line(m, subject);

		f = l ? &l->findings : NULL;
	}
	if (!f)
		finding_free(v);
	else
		(void)findings_restore(f, v);
}

/* ---- the second's work */

static void update_status(struct manager *m)
{
	char s[sizeof(m->status)];
	size_t used = 0;

	*s = '\0';
	if (m->config_kept)
		(void)str_appendf(s, sizeof(s), &used, "reload refused, old configuration kept; ");
	if (m->n_units == 0)
		(void)str_appendf(s, sizeof(s), &used,
			"no appliances yet: describe one in %s/appliances.d (hearthd.conf(5))",
			m->options.etc);
	else
		(void)str_appendf(s, sizeof(s), &used, "%zu appliance%s, %zu answering", m->n_units,
			m->n_units == 1 ? "" : "s", manager_answering(m));
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

static void tick_findings(struct manager *m)
{
	struct finding_clock clock = manager_clock(m);

	for (size_t i = 0; i < m->n_units; i++) {
		struct unit *u = &m->units[i];
		struct subject s = {m, SUBJECT_APPLIANCE, u->appliance->conf->id, u};
		struct changes changes = {.unit = u};

		appliance_expire(u->appliance, clock.now_us, on_attribute, &changes);
		changes_done(&changes);
		(void)diagnose_tick(&u->diagnose, &clock, on_finding, &s);
	}
	for (size_t i = 0; i < m->n_lines; i++) {
		struct line *l = &m->lines[i];
		struct subject s = {m, SUBJECT_BUS, l->conf->id, NULL};

		/* Silence that lasts is one observation after another. */
		if (l->bus && !bus_line_up(l->bus) && bus_line_error(l->bus) != 0)
			observe_line(l, false, bus_line_error(l->bus));
		for (size_t k = 0; k < l->findings.n; k++)
			if (l->findings.v[k]->state == FINDING_PENDING &&
				!l->findings.v[k]->restored)
				findings_observe(&l->findings, l->findings.v[k]->key,
					OBSERVED_PRESENT, NULL, &clock, on_finding, &s);
		(void)findings_tick(&l->findings, &clock, on_finding, &s);
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

static void tick_stop(struct manager *m, uint64_t now)
{
	manager_feeds_tick(m);
	if (now >= m->stop_until_us || !manager_feeds_busy(m) || !journal_works(m))
		(void)leave(m);
	(void)sd_event_source_set_time_relative(m->tick, STOP_TICK_US);
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
	if (m->reload_due)
		(void)manager_reload(m);
	tick_lines(m, now);
	tick_findings(m);
	for (size_t i = 0; i < m->n_units; i++)
		full = full || m->units[i].n_samples >= UNIT_SAMPLES_MAX / 2;
	if (full || now - m->last_flush_us >= m->flush_us)
		manager_flush(m);
	manager_feeds_tick(m);
	if (m->findings_missing && journal_works(m) &&
		journal_read_findings(m->journal, false, on_finding_read, m) >= 0)
		m->findings_missing = false;
	update_status(m);
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

/* Nothing is asked any more; what is on its way into the outbox gets there. A second signal ends it. */
static int on_stop(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	struct manager *m = userdata;

	if (m->stop_until_us)
		return leave(m);
	m->stop_until_us = clock_boottime_us() + STOP_US;
	for (size_t i = 0; i < m->n_lines; i++)
		if (m->lines[i].bus)
			bus_stop(m->lines[i].bus);
	return sd_event_source_set_time_relative(m->tick, 0);
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

static int build(struct manager *m)
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
	r = build(m);
	if (r < 0)
		return r;
	manager_print_problems(m);
	if (asprintf(&path, "%s/journal.db", m->options.state) < 0)
		return -ENOMEM;
	r = journal_new(m->event,
		&(struct journal_config){.path = path,
			.max_bytes = m->config->journal_max_bytes,
			.queue_bytes = 1 << 20},
		&m->journal);
	if (r < 0)
		return r;
	/* The journal answers in order: aliases are known before the findings, and those before the
	 * first reading. */
	r = manager_feeds_start(m);
	if (r < 0)
		return r;
	r = journal_read_findings(m->journal, false, on_finding_read, m);
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
	update_status(m);
	return 0;
}

/* Findings outlive a reload where their subject does. */
static void carry_findings(struct findings *from, struct findings *to)
{
	*to = *from;
	*from = (struct findings){0};
}

static void notify_reloading(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)ts.tv_sec * USEC_PER_SEC +
			(unsigned long long)ts.tv_nsec / 1000);
}

int manager_reload(struct manager *m)
{
	struct config *config = NULL, *old_config;
	struct unit *old_units;
	struct line *old_lines;
	size_t n_old_units, n_old_lines;
	int r;

	if (m->stop_until_us)
		return -ESHUTDOWN;
	notify_reloading();
	m->reloaded_us = clock_boottime_us();
	m->reload_due = false;
	problems_done(&m->problems);
	r = config_load(m->options.etc, m->options.vendor, &m->problems, &config);
	if (r < 0) {
		m->config_kept = true;
		manager_print_problems(m);
		log_full(LOG_ERR, MSG_CONFIG_BAD, NULL,
			"reload refused, the old configuration stays");
		update_status(m);
		(void)sd_notify(0, "READY=1");
		return r;
	}
	m->config_kept = false;
	manager_flush(m);
	manager_dbus_objects(m, false);
	manager_feeds_stop(m);
	end_workers(m);
	old_units = TAKE_PTR(m->units);
	old_lines = TAKE_PTR(m->lines);
	n_old_units = m->n_units;
	n_old_lines = m->n_lines;
	m->n_units = m->n_lines = 0;
	old_config = m->config;
	m->config = config;
	log_set_max_level(config->log_level);
	r = build(m);
	for (size_t i = 0; i < n_old_units; i++) {
		struct unit *u = manager_unit(m, old_units[i].appliance->conf->id);

		if (u)
			carry_findings(&old_units[i].diagnose.findings, &u->diagnose.findings);
	}
	for (size_t i = 0; i < n_old_lines; i++) {
		struct line *l = manager_line(m, old_lines[i].conf->id);

		if (l)
			carry_findings(&old_lines[i].findings, &l->findings);
	}
	manager_print_problems(m);
	if (r >= 0)
		r = manager_feeds_start(m);
	if (m->findings_loaded)
		start_lines(m);
	manager_dbus_objects(m, true);

	/* The old tree goes last: nothing may point into it now. */
	for (size_t i = 0; i < n_old_units; i++) {
		diagnose_done(&old_units[i].diagnose);
		appliance_free(old_units[i].appliance);
		free(old_units[i].samples);
	}
	for (size_t i = 0; i < n_old_lines; i++)
		findings_done(&old_lines[i].findings);
	free(old_units);
	free(old_lines);
	config_free(old_config);
	log_notice("configuration read again: %zu appliances", m->n_units);
	update_status(m);
	(void)sd_notify(0, "READY=1");
	return r;
}

struct manager *manager_free(struct manager *m)
{
	if (!m)
		return NULL;
	end_workers(m);
	if (m->journal)
		manager_flush(m);
	manager_dbus_stop(m);
	manager_feeds_stop(m);
	m->journal = journal_free(m->journal);
	manager_feeds_free_kept(m);
	stop_lines(m);
	stop_units(m);
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
