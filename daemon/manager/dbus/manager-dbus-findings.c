/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Findings1: what is said of all appliances and buses. */
#include "manager-dbus.h"
#include "daemon/manager/rules/manager-rules.h"
#include "daemon/report/report-internal.h"

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
	return manager_dbus_end_list(reply, r);
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

/* The appliance's own list of past codes, behind the members of a record; it is for the house alone. */
static int add_past(const struct unit *u, char **json)
{
	struct writer w = {0};
	char *past, *all;
	size_t n;
	int r;

	if (!u->rules)
		return 0;
	write_open(&w, '{');
	manager_past_write(u, &w);
	write_close(&w, '}');
	r = writer_take(&w, &past, &n);
	if (r < 0)
		return r;
	if (n > strlen("{}")) {
		r = asprintf(&all, "%.*s,%s", (int)strlen(*json) - 1, *json, past + 1);
		if (r >= 0) {
			free(*json);
			*json = all;
		}
	}
	free(past);
	return r < 0 ? -ENOMEM : 0;
}

static int method_get_finding(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	const struct finding *v = NULL;
	const char *subject = NULL, *kind = NULL;
	const struct unit *u = NULL;
	char *json;
	uint64_t id;
	int r;

	r = sd_bus_message_read(call, "t", &id);
	if (r < 0)
		return r;
	for (size_t i = 0; !v && i < m->n_units && id > 0; i++) {
		u = &m->units[i];
		v = findings_by_id(&u->diagnose.findings, id);
		subject = m->units[i].appliance->conf->id;
		kind = m->units[i].appliance->conf->kind->name;
	}
	for (size_t i = 0; !v && i < m->n_lines && id > 0; i++) {
		u = NULL;
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
	r = u ? add_past(u, &json) : 0;
	if (r >= 0)
		r = sd_bus_reply_method_return(call, "s", json);
	free(json);
	return r;
}

const sd_bus_vtable manager_findings_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("List", "sb", "a(tsssssssssxxxu)", method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Get", "t", "s", method_get_finding, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Changed", "ts", 0),
	SD_BUS_VTABLE_END,
};
