/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Care1 of the daemon: care that is due, and what was done. */
#include "daemon/manager/rules/manager-care.h"
#include "manager-dbus.h"

static bool text_good(const char *s)
{
	for (const char *c = s; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return strlen(s) <= CARE_NOTE_MAX;
}

static int bad_text(sd_bus_error *e)
{
	return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
		"a name, a part or a note is one line of at most %d bytes", CARE_NOTE_MAX);
}

static int no_appliance(sd_bus_error *e, const char *id)
{
	return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
		"there is no appliance '%.64s': 'hearthctl list' names them", id);
}

static int reply_json(sd_bus_message *call, int r, char *json)
{
	if (r < 0)
		return r;
	r = sd_bus_reply_method_return(call, "s", json);
	free(json);
	return r;
}

static int method_maintenance(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	const char *id;
	char *json = NULL;
	int r = sd_bus_message_read(call, "s", &id);

	if (r < 0)
		return r;
	if (!isempty(id) && !manager_unit(m, id))
		return no_appliance(e, id);
	r = manager_care_items(m, id, &json);
	return reply_json(call, r, json);
}

static int who_of(const char *word, enum who *ret)
{
	for (unsigned i = 0; i < _WHO_MAX; i++)
		if (streq(who_word((enum who)i), word)) {
			*ret = (enum who)i;
			return 0;
		}
	return -EINVAL;
}

static int bad_who(sd_bus_error *e)
{
	return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
		"who did it is household, electrician, gas-fitter, refrigeration, plumber or "
		"manufacturer");
}

static int method_maintenance_done(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	const char *id, *item, *who_text, *note;
	char actor[64], by[64 + CARE_NOTE_MAX + 3];
	enum who who;
	struct unit *u;
	int r = sd_bus_message_read(call, "ssss", &id, &item, &who_text, &note);

	if (r < 0)
		return r;
	u = manager_unit(m, id);
	if (!u)
		return no_appliance(e, id);
	if (who_of(isempty(who_text) ? "household" : who_text, &who) < 0)
		return bad_who(e);
	if (!text_good(note))
		return bad_text(e);
	manager_dbus_actor(call, actor, sizeof(actor));
	(void)snprintf(by, sizeof(by), "%s%s%s", actor, *note ? ": " : "", note);
	r = manager_care_reset(u, item, who, by);
	if (r == -ENOENT)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchItem",
			"%s has no maintenance '%.64s': 'hearthctl maintenance %s' names what it has",
			id, item, id);
	if (r == -ENODATA)
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"what was counted before has not been read from the journal yet");
	return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

/* The first argument of all methods below. */
struct subject {
	uint64_t id;
	struct finding *finding;
	struct unit *unit;
};

static int read_subject(
	sd_bus_message *call, struct manager *m, struct subject *ret, sd_bus_error *e)
{
	int r = sd_bus_message_read(call, "t", &ret->id);

	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_units && ret->id > 0; i++) {
		ret->unit = &m->units[i];
		ret->finding = findings_by_id(&ret->unit->diagnose.findings, ret->id);
		if (ret->finding)
			return 0;
	}
	return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchFinding",
		"no appliance has a finding %llu: 'hearthctl findings --all' lists them",
		(unsigned long long)ret->id);
}

static int method_guide(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct subject s;
	char *json = NULL;
	int r = read_subject(call, userdata, &s, e);

	if (r < 0)
		return r;
	r = manager_care_guide(s.unit, s.finding, &json);
	return reply_json(call, r, json);
}

static int no_step(sd_bus_error *e, const char *cause, unsigned step)
{
	return sd_bus_error_setf(
		e, SD_BUS_ERROR_INVALID_ARGS, "there is no step %u of '%.64s'", step, cause);
}

static int method_check(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *cause, *check, *stop;
	struct subject s;
	uint32_t step;
	int r = read_subject(call, userdata, &s, e);

	if (r >= 0)
		r = sd_bus_message_read(call, "su", &cause, &step);
	if (r < 0)
		return r;
	if (manager_care_check(s.unit, cause, step, &check, &stop) < 0)
		return no_step(e, cause, step);
	return sd_bus_reply_method_return(call, "ss", check, stop);
}

static int method_step_done(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *cause;
	struct subject s;
	uint32_t step;
	int r = read_subject(call, userdata, &s, e);

	if (r >= 0)
		r = sd_bus_message_read(call, "su", &cause, &step);
	if (r < 0)
		return r;
	r = manager_care_step_done(s.unit, s.finding, cause, step);
	if (r == -ENOENT)
		return no_step(e, cause, step);
	return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_repair_done(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *by, *part, *note;
	struct subject s;
	char actor[64];
	int r = read_subject(call, userdata, &s, e);

	if (r >= 0)
		r = sd_bus_message_read(call, "sss", &by, &part, &note);
	if (r < 0)
		return r;
	if (!text_good(by) || !text_good(part) || !text_good(note))
		return bad_text(e);
	manager_dbus_actor(call, actor, sizeof(actor));
	r = manager_care_claim(s.unit, s.finding, isempty(by) ? actor : by, part, note);
	return r < 0 ? r : sd_bus_reply_method_return(call, "");
}

static int method_repair_verify(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct subject s;
	char *json = NULL;
	int r = read_subject(call, userdata, &s, e);

	if (r < 0)
		return r;
	if (!s.finding->repair)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoRepair",
			"nobody has claimed a repair of finding %llu: 'hearthctl repair done %llu'",
			(unsigned long long)s.id, (unsigned long long)s.id);
	r = manager_care_verify(s.unit, s.finding, &json);
	return reply_json(call, r, json);
}

const sd_bus_vtable manager_care_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Maintenance", "s", "s", method_maintenance, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD(
		"MaintenanceDone", "ssss", "", method_maintenance_done, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Guide", "t", "s", method_guide, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Check", "tsu", "ss", method_check, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StepDone", "tsu", "", method_step_done, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RepairDone", "tsss", "", method_repair_done, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RepairVerify", "t", "s", method_repair_verify, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
