/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd on D-Bus, as org.hearthd(5) describes it. Reads only, but for Reload and SetLogLevel,
 * which the bus policy and the missing UNPRIVILEGED flag leave to root. */
#include "log.h"
#include "manager-care.h"
#include "manager-assist.h"
#include "manager-directory.h"
#include "manager-repair.h"
#include "manager-privacy.h"
#include "manager-command.h"
#include "manager-control.h"
#include "manager-rules.h"
#include "manager-bus.h"
#include "manager-tap.h"

#include "build-config.h"

#define ROOT         "/org/hearthd"
#define NAME         "org.hearthd"
#define RECONNECT_US (10 * USEC_PER_SEC)

#define PROPERTY(name, sig, get, flags) SD_BUS_PROPERTY(name, sig, get, 0, flags)
#define CHANGES                         SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

struct manager_dbus {
	sd_event_source *reconnect;
	bool said;
};

/* ---- paths and objects */

static int path_of(const char *kind, const char *id, char **ret)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), ROOT "/%s", kind);
	return sd_bus_path_encode(prefix, id, ret);
}

static int id_of(const char *path, const char *kind, char **ret)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), ROOT "/%s", kind);
	return sd_bus_path_decode(path, prefix, ret);
}

static int find_unit(sd_bus *bus, const char *path, const char *interface, void *userdata,
	void **ret, sd_bus_error *e)
{
	_cleanup_free_ char *id = NULL;

	if (id_of(path, "appliance", &id) <= 0)
		return 0;
	*ret = manager_unit(userdata, id);
	return *ret != NULL;
}

static int find_line(sd_bus *bus, const char *path, const char *interface, void *userdata,
	void **ret, sd_bus_error *e)
{
	_cleanup_free_ char *id = NULL;

	if (id_of(path, "bus", &id) <= 0)
		return 0;
	*ret = manager_line(userdata, id);
	return *ret != NULL;
}

static struct feed *feed_by_id(struct manager *m, const char *id)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, id))
			return m->feeds[i];
	return NULL;
}

static int find_feed(sd_bus *bus, const char *path, const char *interface, void *userdata,
	void **ret, sd_bus_error *e)
{
	_cleanup_free_ char *id = NULL;

	if (id_of(path, "upstream", &id) <= 0)
		return 0;
	*ret = feed_by_id(userdata, id);
	return *ret != NULL;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret, sd_bus_error *e)
{
	struct manager *m = userdata;
	char **v = calloc(m->n_units + m->n_lines + m->n_feeds + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_units; i++)
		n += path_of("appliance", m->units[i].appliance->conf->id, &v[n]) >= 0;
	for (size_t i = 0; i < m->n_lines; i++)
		n += path_of("bus", m->lines[i].conf->id, &v[n]) >= 0;
	for (size_t i = 0; i < m->n_feeds; i++)
		n += path_of("upstream", m->feeds[i]->conf->id, &v[n]) >= 0;
	*ret = v;
	return 0;
}

/* ---- org.hearthd.Manager1 */

#define GETTER(function, type) \
	static int function(sd_bus *bus, const char *path, const char *interface, \
		const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *e)

GETTER(manager_get, struct manager)
{
	struct manager *m = userdata;
	struct journal_status js;
	uint64_t lost = 0;

	journal_get_status(m->journal, &js);
	for (size_t i = 0; i < m->n_units; i++)
		lost += m->units[i].samples_lost;
	if (streq(property, "Version"))
		return sd_bus_message_append(reply, "s", HEARTHD_VERSION);
	if (streq(property, "Language"))
		return sd_bus_message_append(reply, "s", m->config->zh ? "zh_CN" : "en");
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", m->status);
	if (streq(property, "Appliances"))
		return sd_bus_message_append(reply, "u", (uint32_t)m->n_units);
	if (streq(property, "Answering"))
		return sd_bus_message_append(reply, "u", (uint32_t)manager_answering(m));
	if (streq(property, "ConfigState"))
		return sd_bus_message_append(reply, "s",
			m->config_kept             ? "reload-refused"
			: m->problems.n_errors > 0 ? "errors"
						   : "ok");
	if (streq(property, "ClockSet"))
		return sd_bus_message_append(reply, "b", clock_is_set(m->config->clock));
	if (streq(property, "JournalState"))
		return sd_bus_message_append(reply, "s", js.degraded ? "degraded" : "ok");
	if (streq(property, "JournalText"))
		return sd_bus_message_append(reply, "s", js.text);
	if (streq(property, "JournalBytes"))
		return sd_bus_message_append(reply, "t", js.bytes);
	if (streq(property, "JournalWrittenBytes"))
		return sd_bus_message_append(reply, "t", js.written_bytes);
	if (streq(property, "JournalBadRows"))
		return sd_bus_message_append(reply, "t", js.bad_rows);
	if (streq(property, "JournalSetAside"))
		return sd_bus_message_append(reply, "t", js.set_aside);
	if (streq(property, "JournalLogLost"))
		return sd_bus_message_append(reply, "t", js.wal_lost);
	return sd_bus_message_append(reply, "t", lost); /* SamplesLost */
}

static int append_problems(struct manager *m, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "s");

	for (size_t i = 0; r >= 0 && i < m->problems.n; i++) {
		char raw[1024], line[1024];

		problem_format(raw, sizeof(raw), &m->problems.v[i]);
		/* D-Bus carries UTF-8 only; a file may hold anything. */
		str_escape(line, sizeof(line), raw, strlen(raw));
		r = sd_bus_message_append(reply, "s", line);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

GETTER(manager_get_problems, struct manager)
{
	return append_problems(userdata, reply);
}

static int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	sd_bus_message *reply = NULL;
	int r;

	if (manager_reload(m) < 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.BadConfiguration",
			"the configuration has errors, the old one stays: see 'hearthctl config check'");
	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = append_problems(m, reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static int method_set_log_level(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *text;
	int level, r = sd_bus_message_read(call, "s", &text);

	if (r < 0)
		return r;
	if (log_parse_level(text, &level) < 0)
		return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
			"log level '%s': choose err, warning, notice, info or debug", text);
	log_set_max_level(level);
	return sd_bus_reply_method_return(call, "");
}

static const sd_bus_vtable manager_vtable[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Version", "s", manager_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Language", "s", manager_get, CHANGES),
	PROPERTY("State", "s", manager_get, CHANGES),
	PROPERTY("Appliances", "u", manager_get, CHANGES),
	PROPERTY("Answering", "u", manager_get, CHANGES),
	PROPERTY("ConfigState", "s", manager_get, CHANGES),
	PROPERTY("ConfigProblems", "as", manager_get_problems, 0),
	PROPERTY("ClockSet", "b", manager_get, 0),
	PROPERTY("JournalState", "s", manager_get, CHANGES),
	PROPERTY("JournalText", "s", manager_get, 0),
	PROPERTY("JournalBytes", "t", manager_get, 0),
	PROPERTY("JournalWrittenBytes", "t", manager_get, 0),
	PROPERTY("JournalBadRows", "t", manager_get, 0),
	PROPERTY("JournalSetAside", "t", manager_get, 0),
	PROPERTY("JournalLogLost", "t", manager_get, 0),
	PROPERTY("SamplesLost", "t", manager_get, 0),
	SD_BUS_METHOD("Reload", "", "as", method_reload, 0),
	SD_BUS_METHOD("SetLogLevel", "s", "", method_set_log_level, 0),
	SD_BUS_VTABLE_END,
};

/* ---- org.hearthd.Findings1 */

static int append_finding(
	sd_bus_message *reply, bool appliance, const char *subject, const struct finding *v)
{
	const char *en = v->meaning_en ? v->meaning_en : "";
	const char *zh = v->meaning_zh ? v->meaning_zh : "";
	char who_en[512], who_zh[512]; /* of the bus: observe_source()'s own short words */

	if (v->id == 0)
		return 0;
	/* Inside the house a bus says whom it misses. */
	if (!appliance && strchr(v->key, '/')) {
		snprintf(who_en, sizeof(who_en), "%s: %s", v->key, en);
		snprintf(who_zh, sizeof(who_zh), "%s：%s", v->key, zh);
		en = who_en;
		zh = who_zh;
	}
	return sd_bus_message_append(reply, "(tsssssssssxxxu)", v->id,
		appliance ? "appliance" : "bus", subject, v->code, en, zh,
		severity_name(v->severity), fault_class_name(v->class), v->component,
		finding_state_name(v->state), v->first_wall_us, v->last_wall_us, v->cleared_wall_us,
		v->times);
}

static int append_findings(sd_bus_message *reply, bool appliance, const char *subject,
	const struct findings *f, bool cleared)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < f->n; i++)
		if (finding_is_active(f->v[i]) || (cleared && f->v[i]->state == FINDING_GONE))
			r = append_finding(reply, appliance, subject, f->v[i]);
	return r;
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	sd_bus_message *reply = NULL;
	const char *subject;
	int cleared, r;

	r = sd_bus_message_read(call, "sb", &subject, &cleared);
	if (r < 0)
		return r;
	if (!isempty(subject) && !manager_unit(m, subject) && !manager_line(m, subject))
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
			"there is no appliance '%s': 'hearthctl list' names them", subject);
	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(tsssssssssxxxu)");
	for (size_t i = 0; r >= 0 && i < m->n_units; i++) {
		const char *id = m->units[i].appliance->conf->id;

		if (isempty(subject) || streq(id, subject))
			r = append_findings(
				reply, true, id, &m->units[i].diagnose.findings, cleared);
	}
	for (size_t i = 0; r >= 0 && i < m->n_lines; i++)
		if (isempty(subject) || streq(m->lines[i].conf->id, subject))
			r = append_findings(
				reply, false, m->lines[i].conf->id, &m->lines[i].findings, cleared);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

/* The record as an event would carry it, without an upstream's names and numbers. */
static int record_json(struct manager *m, const char *subject, const char *kind,
	const struct finding *v, char **ret)
{
	struct message_head head = {.gw = "local", .epoch = "00000000", .seq = 0};
	uint64_t now = clock_boottime_us();
	size_t n;

	return event_compose(&head,
		(struct stamp){.boot_id = m->boot_id,
			.t_us = now,
			.wall_us = clock_is_set(m->config->clock) ? clock_realtime_us() : 0},
		v->state == FINDING_GONE ? FINDING_CLEARED : FINDING_RAISED,
		&(struct event_text){.appliance = kind ? subject : NULL,
			.subject = kind ? NULL : subject,
			.kind = kind,
			.boot_id = m->boot_id,
			.f = v},
		ret, &n);
}

static int method_get_finding(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	const struct finding *v = NULL;
	const char *subject = NULL, *kind = NULL;
	char *json;
	uint64_t id;
	int r;

	r = sd_bus_message_read(call, "t", &id);
	if (r < 0)
		return r;
	for (size_t i = 0; !v && i < m->n_units && id > 0; i++) {
		v = findings_by_id(&m->units[i].diagnose.findings, id);
		subject = m->units[i].appliance->conf->id;
		kind = m->units[i].appliance->conf->kind->name;
	}
	for (size_t i = 0; !v && i < m->n_lines && id > 0; i++) {
		v = findings_by_id(&m->lines[i].findings, id);
		subject = m->lines[i].conf->id;
		kind = NULL;
	}
	if (!v)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchFinding",
			"there is no finding %llu: 'hearthctl findings --all' lists them",
			(unsigned long long)id);
	r = record_json(m, subject, kind, v, &json);
	if (r < 0)
		return r;
	r = sd_bus_reply_method_return(call, "s", json);
	free(json);
	return r;
}

static const sd_bus_vtable findings_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("List", "sb", "a(tsssssssssxxxu)", method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Get", "t", "s", method_get_finding, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Changed", "ts", 0),
	SD_BUS_VTABLE_END,
};

/* ---- org.hearthd.Appliance1 */

static const char *source_state_name(enum source_state s)
{
	static const char *const names[] = {"unknown", "answering", "silent", "line-down"};

	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "?";
}

static int append_sources(sd_bus_message *reply, const struct appliance *a)
{
	int r = sd_bus_message_open_container(reply, 'a', "(ssssss)");

	for (size_t i = 0; r >= 0 && i < a->n_sources; i++) {
		const struct source *s = &a->sources[i];
		char unit[8] = "";
		int number = s->conf->unit >= 0 ? s->conf->unit : s->conf->profile->line.unit;

		if (number >= 0)
			snprintf(unit, sizeof(unit), "%d", number);
		r = sd_bus_message_append(reply, "(ssssss)", s->conf->name, s->conf->bus,
			s->conf->profile->id, unit, source_state_name(s->state),
			s->state == SOURCE_ANSWERING ? "" : reason_name((enum reason)s->reason));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

GETTER(unit_get, struct unit)
{
	struct unit *u = userdata;
	const struct appliance_config *c = u->appliance->conf;

	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", c->id);
	if (streq(property, "Kind"))
		return sd_bus_message_append(reply, "s", c->kind->name);
	if (streq(property, "Label"))
		return sd_bus_message_append(reply, "s", c->label.en ? c->label.en : c->id);
	if (streq(property, "LabelZh"))
		return sd_bus_message_append(reply, "s",
			c->label.zh   ? c->label.zh
			: c->label.en ? c->label.en
				      : c->id);
	if (streq(property, "Location"))
		return sd_bus_message_append(reply, "s", c->location ? c->location : "");
	if (streq(property, "Assist")) {
		char names[33 * ASSISTS_MAX + 1];

		manager_assist_names(
			u->manager, NULL, u->appliance->conf->id, names, sizeof(names));
		return sd_bus_message_append(reply, "s", names);
	}
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", unit_state(u));
	if (streq(property, "Reachable"))
		return sd_bus_message_append(reply, "b", (int)appliance_reachable(u->appliance));
	if (streq(property, "Findings"))
		return sd_bus_message_append(
			reply, "u", (uint32_t)findings_active(&u->diagnose.findings, NULL, NULL));
	return append_sources(reply, u->appliance); /* Sources */
}

#define READING "(ssssssstss)"

static int append_reading(sd_bus_message *m, const struct attribute *attr, uint64_t now)
{
	static const char *const types[] = {"none", "number", "bool", "enum", "bits", "string"};
	const struct reading *r = &attr->value;
	char value[256] = "", clean[256];
	const char *detail = "";

	if (r->quality == QUALITY_GOOD ||
		(r->quality == QUALITY_SUSPECT && r->type != VALUE_NONE) ||
		(r->quality == QUALITY_STALE && r->type != VALUE_NONE))
		attribute_format(attr, r, value, sizeof(value));
	str_escape(clean, sizeof(clean), value, strlen(value));
	if (r->reason == REASON_EXCEPTION)
		detail = modbus_exception_name(r->detail);
	return sd_bus_message_append(m, READING, attr->name,
		r->type < ARRAY_SIZE(types) ? types[r->type] : "?", clean, unit_name(attr->unit),
		quality_name((enum quality)r->quality),
		r->reason == REASON_NONE ? "" : reason_name((enum reason)r->reason), detail,
		now > r->t_us ? now - r->t_us : (uint64_t)0, attribute_label(attr, false),
		attribute_label(attr, true));
}

static int method_get_readings(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	uint64_t now = clock_boottime_us();
	sd_bus_message *reply = NULL;
	int r;

	r = sd_bus_message_new_method_return(call, &reply);
	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', READING);
	for (size_t i = 0; r >= 0 && i < u->appliance->n_attrs; i++)
		if (u->appliance->attrs[i].seen)
			r = append_reading(reply, &u->appliance->attrs[i], now);
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static const sd_bus_vtable unit_vtable[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Id", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Kind", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Label", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("LabelZh", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Location", "s", unit_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("State", "s", unit_get, CHANGES),
	PROPERTY("Reachable", "b", unit_get, CHANGES),
	PROPERTY("Findings", "u", unit_get, CHANGES),
	PROPERTY("Assist", "s", unit_get, CHANGES),
	PROPERTY("Sources", "a(ssssss)", unit_get, CHANGES),
	SD_BUS_METHOD(
		"GetReadings", "", "a" READING, method_get_readings, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("ReadingsChanged", "a" READING, 0),
	SD_BUS_VTABLE_END,
};

/* ---- org.hearthd.Bus1 */

GETTER(line_get, struct line)
{
	struct line *l = userdata;
	struct bus_status s = {0};
	static const struct {
		const char *name;
		size_t offset;
	} counters[] = {
#define COUNTER(name, field) {name, offsetof(struct transport_stats, field)}
		COUNTER("Requests", requests),
		COUNTER("Replies", replies),
		COUNTER("Timeouts", timeouts),
		COUNTER("BadFrames", bad_frames),
		COUNTER("Exceptions", exceptions),
		COUNTER("Foreign", foreign),
		COUNTER("TxBytes", tx_bytes),
		COUNTER("RxBytes", rx_bytes),
#undef COUNTER
	};

	if (l->bus)
		bus_get_status(l->bus, &s);
	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", l->conf->id);
	if (streq(property, "Device"))
		return sd_bus_message_append(reply, "s", l->conf->device);
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s",
			!l->bus               ? (l->waits                  ? "down"
							: isempty(l->text) ? "unused"
									   : "error")
			: !l->alive           ? "stuck"
			: bus_line_up(l->bus) ? "up"
					      : "down");
	if (streq(property, "Error"))
		return sd_bus_message_append(reply, "s",
			!l->bus ? l->text
			: bus_line_error(l->bus) != 0
				? line_error_text(bus_line_error(l->bus), false)
				: "");
	if (streq(property, "Load"))
		return sd_bus_message_append(reply, "d", s.load);
	if (streq(property, "LateMs"))
		return sd_bus_message_append(reply, "t", s.late_us / USEC_PER_MSEC);
	if (streq(property, "Sources"))
		return sd_bus_message_append(reply, "u", s.n_sources);
	if (streq(property, "Answering"))
		return sd_bus_message_append(reply, "u", s.n_answering);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		if (streq(property, counters[i].name))
			return sd_bus_message_append(reply, "t",
				*(const uint64_t *)((const char *)&s.transport +
						    counters[i].offset));
	return -ENOENT;
}

static const sd_bus_vtable line_vtable[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Id", "s", line_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Device", "s", line_get, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("State", "s", line_get, CHANGES),
	PROPERTY("Error", "s", line_get, CHANGES),
	PROPERTY("Load", "d", line_get, 0),
	PROPERTY("LateMs", "t", line_get, 0),
	PROPERTY("Requests", "t", line_get, 0),
	PROPERTY("Replies", "t", line_get, 0),
	PROPERTY("Timeouts", "t", line_get, 0),
	PROPERTY("BadFrames", "t", line_get, 0),
	PROPERTY("Exceptions", "t", line_get, 0),
	PROPERTY("Foreign", "t", line_get, 0),
	PROPERTY("TxBytes", "t", line_get, 0),
	PROPERTY("RxBytes", "t", line_get, 0),
	PROPERTY("Sources", "u", line_get, 0),
	PROPERTY("Answering", "u", line_get, 0),
	SD_BUS_VTABLE_END,
};

/* ---- org.hearthd.Upstream1 */

static int append_planes(sd_bus_message *reply, unsigned planes)
{
	char s[64] = "";
	size_t used = 0;

	if (planes & PLANE_EVENT)
		(void)str_appendf(s, sizeof(s), &used, " event");
	if (planes & PLANE_REPORT)
		(void)str_appendf(s, sizeof(s), &used, " report");
	if (planes & PLANE_STATE)
		(void)str_appendf(s, sizeof(s), &used, " state");
	if (planes & PLANE_SUMMARY)
		(void)str_appendf(s, sizeof(s), &used, " summary");
	if (planes & PLANE_REPAIR)
		(void)str_appendf(s, sizeof(s), &used, " repair");
	if (planes & PLANE_DISCOVERY)
		(void)str_appendf(s, sizeof(s), &used, " discovery");
	return sd_bus_message_append(reply, "s", used ? s + 1 : s);
}

GETTER(feed_get_text, struct feed)
{
	struct feed *f = userdata;
	struct upstream_status s;

	upstream_get_status(f->up, &s);
	if (streq(property, "Id"))
		return sd_bus_message_append(reply, "s", f->conf->id);
	if (streq(property, "Url"))
		return sd_bus_message_append(reply, "s", f->conf->url);
	if (streq(property, "Level"))
		return sd_bus_message_append(reply, "s", privacy_level_name(f->conf->level));
	if (streq(property, "Planes"))
		return append_planes(reply, f->conf->planes);
	if (streq(property, "Assist")) {
		char names[33 * ASSISTS_MAX + 1];

		manager_assist_names(f->manager, f->conf->id, NULL, names, sizeof(names));
		return sd_bus_message_append(reply, "s", names);
	}
	if (streq(property, "State"))
		return sd_bus_message_append(reply, "s", upstream_state_name(s.state));
	if (streq(property, "Reason"))
		return sd_bus_message_append(reply, "s", s.reason);
	if (streq(property, "Text"))
		return sd_bus_message_append(reply, "s", s.text);
	if (streq(property, "Epoch"))
		return sd_bus_message_append(reply, "s", upstream_epoch(f->up));
	return sd_bus_message_append(reply, "s", upstream_gw(f->up)); /* Gateway */
}

GETTER(feed_get_number, struct feed)
{
	struct feed *f = userdata;
	struct upstream_status s;
	uint64_t v;

	upstream_get_status(f->up, &s);
	if (streq(property, "LastStored"))
		v = s.last_seq;
	else if (streq(property, "LastAcked"))
		v = s.last_acked;
	else if (streq(property, "WaitingUrgent"))
		v = s.waiting[OUT_URGENT];
	else if (streq(property, "WaitingEvents"))
		v = s.waiting[OUT_EVENT];
	else if (streq(property, "WaitingReports"))
		v = s.waiting[OUT_REPORT];
	else if (streq(property, "WaitingBytes"))
		v = s.waiting_bytes;
	else if (streq(property, "Unreceipted"))
		v = s.unreceipted;
	else if (streq(property, "Lost"))
		v = s.lost + f->events_lost;
	else
		v = s.connections;
	return sd_bus_message_append(reply, "t", v);
}

GETTER(feed_get_aliases, struct feed)
{
	struct feed *f = userdata;
	int r = sd_bus_message_open_container(reply, 'a', "(ss)");

	for (size_t i = 0; r >= 0 && i < f->manager->n_units; i++)
		r = sd_bus_message_append(
			reply, "(ss)", f->manager->units[i].appliance->conf->id, f->aliases[i]);
	for (size_t i = 0; r >= 0 && i < f->manager->n_lines; i++) {
		char id[40]; /* apart from an appliance of the same name */

		snprintf(id, sizeof(id), "bus:%s", f->manager->lines[i].conf->id);
		r = sd_bus_message_append(reply, "(ss)", id, f->bus_aliases[i]);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const sd_bus_vtable feed_vtable[] = {
	SD_BUS_VTABLE_START(0),
	PROPERTY("Id", "s", feed_get_text, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Url", "s", feed_get_text, SD_BUS_VTABLE_PROPERTY_CONST),
	PROPERTY("Level", "s", feed_get_text, CHANGES),
	PROPERTY("Planes", "s", feed_get_text, CHANGES),
	PROPERTY("Assist", "s", feed_get_text, CHANGES),
	PROPERTY("State", "s", feed_get_text, CHANGES),
	PROPERTY("Reason", "s", feed_get_text, CHANGES),
	PROPERTY("Text", "s", feed_get_text, CHANGES),
	PROPERTY("Epoch", "s", feed_get_text, 0),
	PROPERTY("Gateway", "s", feed_get_text, 0),
	PROPERTY("LastStored", "t", feed_get_number, 0),
	PROPERTY("LastAcked", "t", feed_get_number, 0),
	PROPERTY("WaitingUrgent", "t", feed_get_number, 0),
	PROPERTY("WaitingEvents", "t", feed_get_number, 0),
	PROPERTY("WaitingReports", "t", feed_get_number, 0),
	PROPERTY("WaitingBytes", "t", feed_get_number, 0),
	PROPERTY("Unreceipted", "t", feed_get_number, 0),
	PROPERTY("Lost", "t", feed_get_number, 0),
	PROPERTY("Connections", "t", feed_get_number, 0),
	PROPERTY("Aliases", "a(ss)", feed_get_aliases, 0),
	SD_BUS_VTABLE_END,
};

/* ---- changes */

#define QUEUED_MAX 256 /* messages; sd-bus itself would keep 384 Ki of them */

/* A bus daemon that takes nothing does not cost memory: it misses signals. */
static bool may_signal(struct manager *m)
{
	uint64_t n;

	return m->dbus && sd_bus_get_n_queued_write(m->dbus, &n) >= 0 && n < QUEUED_MAX;
}

static void emit(struct manager *m, const char *kind, const char *id, const char *interface,
	const char *const *properties)
{
	_cleanup_free_ char *path = NULL;

	if (may_signal(m) && path_of(kind, id, &path) >= 0)
		(void)sd_bus_emit_properties_changed_strv(
			m->dbus, path, interface, (char **)properties);
}

void manager_dbus_unit_changed(struct unit *u)
{
	static const char *const names[] = {
		"State", "Reachable", "Findings", "Assist", "Sources", NULL};

	emit(u->manager, "appliance", u->appliance->conf->id, NAME ".Appliance1", names);
}

void manager_dbus_line_changed(struct line *l)
{
	static const char *const names[] = {"State", "Error", NULL};

	emit(l->manager, "bus", l->conf->id, NAME ".Bus1", names);
}

void manager_dbus_feed_changed(struct feed *f)
{
	static const char *const names[] = {"State", "Reason", "Text", "Assist", NULL};

	emit(f->manager, "upstream", f->conf->id, NAME ".Upstream1", names);
}

void manager_dbus_manager_changed(struct manager *m)
{
	if (may_signal(m))
		(void)sd_bus_emit_properties_changed(m->dbus, ROOT, NAME ".Manager1", "State",
			"Appliances", "Answering", "ConfigState", "JournalState", NULL);
}

void manager_dbus_finding(struct manager *m, const struct finding *v)
{
	if (may_signal(m))
		(void)sd_bus_emit_signal(m->dbus, ROOT, NAME ".Findings1", "Changed", "ts", v->id,
			finding_state_name(v->state));
}

void manager_dbus_readings(struct unit *u, struct attribute *const *attrs, size_t n)
{
	_cleanup_free_ char *path = NULL;
	sd_bus_message *signal = NULL;
	uint64_t now = clock_boottime_us();
	int r;

	if (!may_signal(u->manager) || path_of("appliance", u->appliance->conf->id, &path) < 0)
		return;
	r = sd_bus_message_new_signal(
		u->manager->dbus, &signal, path, NAME ".Appliance1", "ReadingsChanged");
	if (r >= 0)
		r = sd_bus_message_open_container(signal, 'a', READING);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = append_reading(signal, attrs[i], now);
	if (r >= 0)
		r = sd_bus_message_close_container(signal);
	if (r >= 0)
		(void)sd_bus_send(u->manager->dbus, signal, NULL);
	sd_bus_message_unref(signal);
}

/* ---- life */

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *e);

static int add_objects(struct manager *m)
{
	int r;

	r = sd_bus_add_object_manager(m->dbus, NULL, ROOT);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Manager1", manager_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Findings1", findings_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Care1", manager_care_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Repair1", manager_repair_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Assist1", manager_assist_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Directory1", manager_directory_vtable, m);
	if (r >= 0)
		r = sd_bus_add_object_vtable(
			m->dbus, NULL, ROOT, NAME ".Privacy1", manager_privacy_vtable, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/appliance", NAME ".Appliance1",
			unit_vtable, find_unit, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/appliance", NAME ".Control1",
			manager_control_vtable, find_unit, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/appliance", NAME ".Diagnose1",
			manager_diagnose_vtable, find_unit, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/appliance", NAME ".History1",
			manager_history_vtable, find_unit, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(
			m->dbus, NULL, ROOT "/bus", NAME ".Bus1", line_vtable, find_line, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/bus", NAME ".Monitor1",
			manager_monitor_vtable, find_line, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/bus", NAME ".BusStatus1",
			manager_bus_status_vtable, find_line, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/bus", NAME ".Scan1",
			manager_scan_vtable, find_line, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/upstream", NAME ".Upstream1",
			feed_vtable, find_feed, m);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(m->dbus, NULL, ROOT "/upstream", NAME ".Commands1",
			manager_commands_vtable, find_feed, m);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(m->dbus, NULL, ROOT, enumerate, m);
	if (r >= 0)
		r = sd_bus_match_signal_async(m->dbus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_disconnected, NULL, m);
	return r;
}

static int connect_bus(struct manager *m)
{
	int r = sd_bus_new(&m->dbus);

	if (r >= 0)
		r = sd_bus_set_address(m->dbus, m->options.bus_address
							? m->options.bus_address
							: "unix:path=/run/dbus/system_bus_socket");
	if (r >= 0)
		r = sd_bus_set_bus_client(m->dbus, 1);
	if (r >= 0)
		r = sd_bus_negotiate_creds(
			m->dbus, 1, SD_BUS_CREDS_EUID | SD_BUS_CREDS_EFFECTIVE_CAPS);
	if (r >= 0)
		r = sd_bus_start(m->dbus);
	if (r >= 0)
		r = add_objects(m);
	if (r >= 0)
		r = sd_bus_request_name_async(m->dbus, NULL, NAME, 0, NULL, NULL);
	if (r >= 0)
		r = sd_bus_attach_event(m->dbus, m->event, SD_EVENT_PRIORITY_NORMAL);
	if (r < 0)
		m->dbus = sd_bus_close_unref(m->dbus);
	return r;
}

static int on_reconnect(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct manager *m = userdata;
	int r = connect_bus(m);

	if (r >= 0) {
		if (m->dbus_state->said)
			log_notice("D-Bus is back");
		m->dbus_state->said = false;
		return 0;
	}
	if (!m->dbus_state->said)
		log_warning("no D-Bus, hearthctl will not reach hearthd: %s", strerror(-r));
	m->dbus_state->said = true;
	(void)sd_event_source_set_time_relative(s, RECONNECT_US);
	(void)sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
	return 0;
}

/* The bus went away (a restart of dbus-daemon): polling does not care, and it is tried again. */
static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;

	log_warning("D-Bus went away");
	m->dbus_state->said = true;
	(void)sd_bus_detach_event(m->dbus);
	m->dbus = sd_bus_unref(m->dbus);
	(void)sd_event_source_set_time_relative(m->dbus_state->reconnect, RECONNECT_US / 10);
	(void)sd_event_source_set_enabled(m->dbus_state->reconnect, SD_EVENT_ONESHOT);
	return 1;
}

int manager_dbus_start(struct manager *m)
{
	int r;

	if (m->options.bus_address && streq(m->options.bus_address, "none"))
		return 0;
	m->dbus_state = calloc(1, sizeof(*m->dbus_state));
	if (!m->dbus_state)
		return -ENOMEM;
	r = sd_event_add_time_relative(m->event, &m->dbus_state->reconnect, CLOCK_MONOTONIC,
		RECONNECT_US, 0, on_reconnect, m);
	if (r < 0)
		return r;
	(void)sd_event_source_set_enabled(m->dbus_state->reconnect, SD_EVENT_OFF);
	return on_reconnect(m->dbus_state->reconnect, 0, m);
}

void manager_dbus_stop(struct manager *m)
{
	if (m->dbus) {
		(void)sd_bus_detach_event(m->dbus);
		/* No flush: it would wait for a bus daemon that takes nothing. */
		m->dbus = sd_bus_close_unref(m->dbus);
	}
	if (m->dbus_state)
		sd_event_source_disable_unref(m->dbus_state->reconnect);
	free(m->dbus_state);
	m->dbus_state = NULL;
}

static void emit_object(struct manager *m, const char *kind, const char *id, bool added)
{
	_cleanup_free_ char *path = NULL;

	if (path_of(kind, id, &path) < 0)
		return;
	if (added)
		(void)sd_bus_emit_object_added(m->dbus, path);
	else
		(void)sd_bus_emit_object_removed(m->dbus, path);
}

void manager_dbus_objects(struct manager *m, const struct config *other, bool added)
{
	if (!m->dbus)
		return;
	for (size_t i = 0; i < m->n_units; i++) {
		const struct appliance_config *c = m->units[i].appliance->conf;
		const struct appliance_config *o = config_appliance(other, c->id);

		if (!o || !digest_same(&c->digest, &o->digest))
			emit_object(m, "appliance", c->id, added);
	}
	for (size_t i = 0; i < m->n_lines; i++) {
		const struct bus_config *c = m->lines[i].conf, *o = config_bus(other, c->id);

		if (!o || !digest_same(&c->digest, &o->digest))
			emit_object(m, "bus", c->id, added);
	}
	for (size_t i = 0; i < m->n_feeds; i++) {
		const struct upstream_config *c = m->feeds[i]->conf;
		const struct upstream_config *o = config_upstream(other, c->id);

		if (!o || !digest_same(&c->digest, &o->digest))
			emit_object(m, "upstream", c->id, added);
	}
}
