/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd on D-Bus, as org.hearthd(5) describes it: its objects, what they tell of themselves, and the
 * connection. */
#include "daemon/base/log.h"
#include "daemon/manager/rules/manager-care.h"
#include "daemon/manager/repair/manager-assist.h"
#include "daemon/manager/repair/manager-directory.h"
#include "daemon/manager/repair/manager-repair.h"
#include "daemon/manager/feed/manager-privacy.h"
#include "daemon/manager/manager-command.h"
#include "daemon/manager/manager-control.h"
#include "manager-dbus.h"
#include "daemon/manager/rules/manager-rules.h"
#include "daemon/manager/manager-bus.h"
#include "daemon/manager/manager-tap.h"

#define RECONNECT_US (10 * USEC_PER_SEC)

struct manager_dbus {
	sd_event_source *reconnect;
	bool said;
};

/* ---- paths and objects */

int manager_dbus_path(const char *kind, const char *id, char **ret)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), DBUS_ROOT "/%s", kind);
	return sd_bus_path_encode(prefix, id, ret);
}

void manager_dbus_actor(sd_bus_message *call, char *dst, size_t size)
{
	sd_bus_creds *creds = NULL;
	uid_t uid;

	(void)str_copy(dst, size, "local");
	if (sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds) >= 0 &&
		sd_bus_creds_get_euid(creds, &uid) >= 0)
		(void)snprintf(dst, size, "uid %u", (unsigned)uid);
	sd_bus_creds_unref(creds);
}

int manager_dbus_end_list(sd_bus_message *reply, int r)
{
	if (r >= 0)
		r = sd_bus_message_close_container(reply);
	if (r >= 0)
		r = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 1;
}

static int id_of(const char *path, const char *kind, char **ret)
{
	char prefix[64];

	snprintf(prefix, sizeof(prefix), DBUS_ROOT "/%s", kind);
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
		n += manager_dbus_path("appliance", m->units[i].appliance->conf->id, &v[n]) >= 0;
	for (size_t i = 0; i < m->n_lines; i++)
		n += manager_dbus_path("bus", m->lines[i].conf->id, &v[n]) >= 0;
	for (size_t i = 0; i < m->n_feeds; i++)
		n += manager_dbus_path("upstream", m->feeds[i]->conf->id, &v[n]) >= 0;
	*ret = v;
	return 0;
}

/* ---- changes */

#define QUEUED_MAX 256 /* messages; sd-bus itself would keep 384 Ki of them */

bool manager_dbus_may_signal(struct manager *m)
{
	uint64_t n;

	return m->dbus && sd_bus_get_n_queued_write(m->dbus, &n) >= 0 && n < QUEUED_MAX;
}

static void emit(struct manager *m, const char *kind, const char *id, const char *interface,
	const char *const *properties)
{
	_cleanup_free_ char *path = NULL;

	if (manager_dbus_may_signal(m) && manager_dbus_path(kind, id, &path) >= 0)
		(void)sd_bus_emit_properties_changed_strv(
			m->dbus, path, interface, (char **)properties);
}

void manager_dbus_unit_changed(struct unit *u)
{
	static const char *const names[] = {
		"State", "Reachable", "Findings", "Assist", "Sources", NULL};

	emit(u->manager, "appliance", u->appliance->conf->id, DBUS_NAME ".Appliance1", names);
}

void manager_dbus_line_changed(struct line *l)
{
	static const char *const names[] = {"State", "Error", NULL};

	emit(l->manager, "bus", l->conf->id, DBUS_NAME ".Bus1", names);
}

void manager_dbus_feed_changed(struct feed *f)
{
	static const char *const names[] = {"State", "Reason", "Text", "Assist", NULL};

	emit(f->manager, "upstream", f->conf->id, DBUS_NAME ".Upstream1", names);
}

void manager_dbus_manager_changed(struct manager *m)
{
	if (manager_dbus_may_signal(m))
		(void)sd_bus_emit_properties_changed(m->dbus, DBUS_ROOT, DBUS_NAME ".Manager1",
			"State", "Appliances", "Answering", "ConfigState", "JournalState", NULL);
}

void manager_dbus_finding(struct manager *m, const struct finding *v)
{
	if (manager_dbus_may_signal(m))
		(void)sd_bus_emit_signal(m->dbus, DBUS_ROOT, DBUS_NAME ".Findings1", "Changed",
			"ts", v->id, finding_state_name(v->state));
}

/* ---- life */

static int on_disconnected(sd_bus_message *message, void *userdata, sd_bus_error *e);

/* Whoever is told that hearthd is ready may call it by its name. A name that somebody else has ends the connection
 * (sd-bus), and it is tried again. */
static int on_name(sd_bus_message *message, void *userdata, sd_bus_error *e)
{
	const char *name;

	if (sd_bus_message_read(message, "s", &name) > 0 && streq(name, DBUS_NAME))
		manager_tell_ready(userdata);
	return 0;
}

static int add_objects(struct manager *m)
{
	static const struct {
		const char *path, *interface;
		const sd_bus_vtable *vtable;
		sd_bus_object_find_t
			find; /* of each object below the path; NULL: the path is one */
	} v[] = {
		{DBUS_ROOT, DBUS_NAME ".Manager1", manager_main_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Findings1", manager_findings_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Care1", manager_care_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Repair1", manager_repair_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Assist1", manager_assist_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Directory1", manager_directory_vtable, NULL},
		{DBUS_ROOT, DBUS_NAME ".Privacy1", manager_privacy_vtable, NULL},
		{DBUS_ROOT "/appliance", DBUS_NAME ".Appliance1", manager_appliance_vtable,
			find_unit},
		{DBUS_ROOT "/appliance", DBUS_NAME ".Control1", manager_control_vtable, find_unit},
		{DBUS_ROOT "/appliance", DBUS_NAME ".Diagnose1", manager_diagnose_vtable,
			find_unit},
		{DBUS_ROOT "/appliance", DBUS_NAME ".History1", manager_history_vtable, find_unit},
		{DBUS_ROOT "/bus", DBUS_NAME ".Bus1", manager_bus_vtable, find_line},
		{DBUS_ROOT "/bus", DBUS_NAME ".Monitor1", manager_monitor_vtable, find_line},
		{DBUS_ROOT "/bus", DBUS_NAME ".BusStatus1", manager_bus_status_vtable, find_line},
		{DBUS_ROOT "/bus", DBUS_NAME ".Scan1", manager_scan_vtable, find_line},
		{DBUS_ROOT "/upstream", DBUS_NAME ".Upstream1", manager_upstream_vtable, find_feed},
		{DBUS_ROOT "/upstream", DBUS_NAME ".Commands1", manager_commands_vtable, find_feed},
	};
	int r = sd_bus_add_object_manager(m->dbus, NULL, DBUS_ROOT);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(v); i++)
		r = v[i].find ? sd_bus_add_fallback_vtable(m->dbus, NULL, v[i].path, v[i].interface,
					v[i].vtable, v[i].find, m)
			      : sd_bus_add_object_vtable(
					m->dbus, NULL, v[i].path, v[i].interface, v[i].vtable, m);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(m->dbus, NULL, DBUS_ROOT, enumerate, m);
	if (r >= 0)
		r = sd_bus_match_signal_async(m->dbus, NULL, "org.freedesktop.DBus.Local",
			"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
			on_disconnected, NULL, m);
	if (r >= 0)
		r = sd_bus_match_signal_async(m->dbus, NULL, "org.freedesktop.DBus",
			"/org/freedesktop/DBus", "org.freedesktop.DBus", "NameAcquired", on_name,
			NULL, m);
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
		r = sd_bus_request_name_async(m->dbus, NULL, DBUS_NAME, 0, NULL, NULL);
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

	if (manager_dbus_path(kind, id, &path) < 0)
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
