/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 5 and 6: what comes from the buses becomes attributes and findings; and the findings of
 * earlier runs, so that an episode is told once. */
#include "daemon/base/log.h"
#include "manager-control.h"
#include "manager-bus.h"
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/rules/manager-check.h"
#include "daemon/manager/rules/manager-rules.h"
#include "manager-tap.h"

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

	if (change == FINDING_RAISED && s->unit) {
		diagnose_freeze(&s->unit->diagnose, v);
		if (!v->diagnosis)
			v->held = manager_rules_common(s->unit, v, v->causes);
		manager_since_code(s->unit, v);
	}
	if (!v->held)
		log_finding(s, v, change);
	manager_store_finding(s->manager, s->kind, s->id, v, change);
	manager_dbus_finding(s->manager, v);
	if (s->unit) {
		s->unit->retained_dirty = true;
		manager_dbus_unit_changed(s->unit);
	}
}

void manager_unit_finding(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata)
{
	struct unit *u = userdata;
	struct subject s = {u->manager, SUBJECT_APPLIANCE, u->appliance->conf->id, u};

	on_finding(f, v, change, &s);
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

static const struct reading *distrusted(
	const struct reading *r, size_t n, struct reading copy[BATCH_READINGS])
{
	n = MIN(n, (size_t)BATCH_READINGS);
	memcpy(copy, r, n * sizeof(*r));
	for (size_t i = 0; i < n; i++) {
		if (copy[i].quality != QUALITY_GOOD)
			continue;
		copy[i].quality = QUALITY_SUSPECT;
		copy[i].reason = REASON_MAP;
	}
	return copy;
}

/* Whether the profile still fits, before anything is believed. COPY takes the readings where it does
 * not; its good values are suspect. */
static const struct reading *check_fit(struct line *l, struct changes *c, unsigned source,
	const struct reading *r, size_t n, struct reading copy[BATCH_READINGS])
{
	struct unit *unit = c->unit;
	struct mapfit *fit = &unit->fits[source];
	struct finding_clock clock = manager_clock(l->manager);
	struct subject subject = {l->manager, SUBJECT_APPLIANCE, unit->appliance->conf->id, unit};
	const struct finding *known;
	char key[64], why[2][128], text[2][400];
	bool was = fit->verdict != FIT_OK, doubted = mapfit_doubts(fit, r, n);
	bool changed = mapfit_apply(fit, r, n);

	(void)snprintf(key, sizeof(key), "%s/%s", unit->appliance->sources[source].conf->name,
		reason_name(REASON_MAP));
	/* A finding may be older than this verdict: of an earlier run, or from before a reload. */
	known = findings_by_key(&unit->diagnose.findings, key);
	if (fit->verdict == FIT_OK && !was &&
		(!known || known->state != FINDING_ACTIVE || !mapfit_proven(fit)))
		return doubted ? distrusted(r, n, copy) : r;
	for (int zh = 0; zh < 2; zh++) {
		mapfit_text(fit, zh, why[zh], sizeof(why[zh]));
		(void)snprintf(text[zh], sizeof(text[zh]), "%s%s%s", reason_text(REASON_MAP, zh),
			zh ? "：" : ": ", why[zh]);
	}
	findings_observe(&unit->diagnose.findings, key,
		fit->verdict == FIT_OK ? OBSERVED_ABSENT : OBSERVED_PRESENT,
		&(struct finding_template){.code = reason_name(REASON_MAP),
			.meaning_en = text[0],
			.meaning_zh = text[1],
			.component = "profile",
			.severity = SEVERITY_CARE,
			.class = CLASS_WARNING,
			.confidence = CONFIDENCE_MEDIUM,
			.household = 0},
		&clock, on_finding, &subject);
	if (fit->verdict == FIT_OK)
		return doubted ? distrusted(r, n, copy) : r;
	if (changed)
		appliance_distrust(
			unit->appliance, source, REASON_MAP, clock.now_us, on_attribute, c);
	return distrusted(r, n, copy);
}

/* The road of a reading: 5 apply, 6 diagnose; 7 to 9 begin in manager_flush(). */
static void manager_on_readings(
	struct bus *b, uint32_t tag, const struct reading *r, size_t n, void *u)
{
	struct line *l = u;
	struct unit *unit = unit_of_tag(l->manager, tag);
	struct changes changes = {.unit = unit};
	struct reading copy[BATCH_READINGS];
	struct finding_clock clock;
	struct reading all[APPLIANCE_ROOM(BATCH_READINGS)];
	struct subject subject;

	if (!unit || n > BATCH_READINGS)
		return;
	r = check_fit(l, &changes, tag & 0xff, r, n, copy);
	/* A full batch is the first part of one reply. */
	n = appliance_compute(unit->appliance, tag & 0xff, r, n, n == BATCH_READINGS, all);
	manager_control_readings(unit, tag & 0xff, all, n);
	appliance_apply(unit->appliance, tag & 0xff, all, n, on_attribute, &changes);
	manager_rules_readings(unit, all, n);
	clock = manager_clock(l->manager);
	subject = (struct subject){l->manager, SUBJECT_APPLIANCE, unit->appliance->conf->id, unit};
	diagnose_apply(&unit->diagnose, tag & 0xff, all, n, &clock, on_finding, &subject);
	changes_done(&changes);
}

static void observe_bus(struct line *l, const char *key, const char *code, bool present,
	const char *en, const char *zh)
{
	struct finding_clock clock = manager_clock(l->manager);
	struct subject subject = {l->manager, SUBJECT_BUS, l->conf->id, NULL};

	findings_observe(&l->findings, key, present ? OBSERVED_PRESENT : OBSERVED_ABSENT,
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

/* Silence is a finding of the bus: what is wrong may be the cable as well as the appliance. */
static void observe_source(struct line *l, struct unit *unit, unsigned source, bool answering,
	enum reason reason, uint8_t detail)
{
	const struct source_conf *conf = unit->appliance->sources[source].conf;
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
	observe_bus(l, key, code, !answering, en, zh);
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
	char en[160], zh[160];

	snprintf(en, sizeof(en), "the line is down: %s", line_error_text(error, false));
	snprintf(zh, sizeof(zh), "线路中断：%s", line_error_text(error, true));
	observe_bus(l, "line", "line-down", !up, en, zh);
}

static void on_line_state(struct bus *b, bool up, int error, void *u)
{
	struct line *l = u;

	observe_line(l, up, error);
	manager_dbus_line_changed(l);
}

static void on_done(struct bus *b, uint32_t tag, const struct bus_done *d, void *u)
{
	struct line *l = u;
	struct unit *unit = unit_of_tag(l->manager, tag);

	switch (d->type) {
	case BUS_CMD_PROBE:
		manager_scan_on_done(u, d);
		break;
	case BUS_CMD_TAP:
		break;
	case BUS_CMD_READ:
	case BUS_CMD_WRITE:
		if (unit && !manager_check_done(unit, d))
			manager_control_done(unit, d);
		break;
	}
}

static void on_frame(struct bus *b, uint64_t t_us, const struct bus_frame *f, void *u)
{
	manager_tap_frame(u, t_us, f);
}

static void on_holes(struct bus *b, uint32_t tag, const struct hole *v, size_t n, void *u)
{
	struct line *l = u;

	manager_holes_put(l->manager, tag, v, n);
}

const struct bus_ops manager_bus_ops = {
	.readings = manager_on_readings,
	.source_state = on_source_state,
	.line_state = on_line_state,
	.holes = on_holes,
	.done = on_done,
	.frame = on_frame,
};

void manager_tick_findings(struct manager *m)
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

/* "SOURCE/CODE", "@rule/NAME", "@care/ITEM" */
static bool unit_has_key(const char *key, void *userdata)
{
	const struct unit *u = userdata;

	return has_source(u->appliance, key, strcspn(key, "/"), NULL) ||
	       manager_rules_has_key(u, key) || manager_care_has_key(u, key) ||
	       manager_since_has_key(key);
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
void manager_retire_findings(struct manager *m)
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
			manager_start_lines(m);
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

int manager_load_findings(struct manager *m)
{
	return journal_read_findings(m->journal, false, on_finding_read, m);
}
