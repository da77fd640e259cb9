/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Privacy1 of the daemon. */
#include "daemon/manager/feed/manager-privacy.h"

static int no_upstream(sd_bus_error *e, const char *id)
{
	return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
		"there is no upstream '%.64s': 'hearthctl upstream list' names them", id);
}

static int reply_json(sd_bus_message *call, int r, char *json)
{
	if (r >= 0)
		r = sd_bus_reply_method_return(call, "s", json);
	free(json);
	return r;
}

static int method_show(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	char *json = NULL;
	int r = manager_privacy_show(userdata, &json);

	return reply_json(call, r, json);
}

static int method_preview(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *id, *word;
	enum privacy_level level;
	char *json = NULL;
	int r = sd_bus_message_read(call, "ss", &id, &word);

	if (r < 0)
		return r;
	for (level = LEVEL_OFF; level < LEVEL_FULL && !streq(word, privacy_level_name(level));)
		level++;
	if (!isempty(word) && !streq(word, privacy_level_name(level)))
		return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
			"level '%.32s': choose off, faults, daily or full", word);
	r = manager_privacy_preview(userdata, id, isempty(word) ? NULL : &level, &json);
	if (r == -ENOENT)
		return no_upstream(e, id);
	return reply_json(call, r, json);
}

/* ---- answers of the journal */

static void answer_error(sd_bus_message *call, int error)
{
	sd_bus_error e = SD_BUS_ERROR_NULL;

	(void)sd_bus_error_setf(&e, "org.hearthd.Error.Journal", "the journal cannot do it now: %s",
		strerror(-error));
	(void)sd_bus_reply_method_error(call, &e);
	sd_bus_error_free(&e);
}

static void on_ledger(
	int error, const struct ledger_entry *v, size_t n, uint64_t last_row, void *userdata)
{
	sd_bus_message *call = userdata;
	char *json = NULL;

	if (error >= 0)
		error = manager_ledger_json(v, n, last_row, &json);
	if (error >= 0)
		(void)sd_bus_reply_method_return(call, "s", json);
	else
		answer_error(call, error);
	free(json);
	sd_bus_message_unref(call);
}

static int method_ledger(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	const char *id;
	int64_t since_us;
	uint64_t before;
	uint32_t max;
	int r = sd_bus_message_read(call, "sxtu", &id, &since_us, &before, &max);

	if (r < 0)
		return r;
	if (!isempty(id) && !id_valid(id))
		return no_upstream(e, id);
	for (size_t i = 0; i < m->n_feeds; i++)
		notes_flush(manager_relay_notes(m->feeds[i]->relay));
	r = journal_ledger_read(m->journal, id, before ? before : UINT64_MAX, since_us, 0, max,
		on_ledger, sd_bus_message_ref(call));
	if (r < 0)
		sd_bus_message_unref(call);
	return r < 0 ? r : 1;
}

static void on_entry(
	int error, const struct ledger_entry *v, size_t n, uint64_t last_row, void *userdata)
{
	sd_bus_message *call = userdata, *reply = NULL;
	sd_bus_error e = SD_BUS_ERROR_NULL;

	if (error < 0)
		answer_error(call, error);
	else if (n == 0 || !v[0].payload) {
		(void)sd_bus_error_setf(&e, "org.hearthd.Error.NoSuchEntry",
			n == 0 ? "the ledger has no such entry"
			       : "the ledger has no bytes of this entry (any more)");
		(void)sd_bus_reply_method_error(call, &e);
		sd_bus_error_free(&e);
	} else if (sd_bus_message_new_method_return(call, &reply) >= 0 &&
		   sd_bus_message_append_array(reply, 'y', v[0].payload, v[0].n) >= 0)
		(void)sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	sd_bus_message_unref(call);
}

static int method_ledger_bytes(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	uint64_t row;
	int r = sd_bus_message_read(call, "t", &row);

	if (r < 0)
		return r;
	if (row == 0)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.NoSuchEntry", "the ledger has no such entry");
	r = journal_ledger_read(m->journal, "", 0, 0, row, 1, on_entry, sd_bus_message_ref(call));
	if (r < 0)
		sd_bus_message_unref(call);
	return r < 0 ? r : 1;
}

/* ---- changes: for root */

static int rotation_error(sd_bus_error *e, int error, const char *id)
{
	switch (error) {
	case -ENOENT:
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
			"there is no upstream '%.64s' that is on: 'hearthctl upstream list' names them",
			id);
	case -ENOTCONN:
		return sd_bus_error_setf(e, "org.hearthd.Error.NotConnected",
			"not connected: the broker cannot be asked to forget the old names");
	case -ENOTEMPTY:
		return sd_bus_error_setf(
			e, "org.hearthd.Error.EventsWait", "events wait that carry the old names");
	case -EALREADY:
		return sd_bus_error_setf(
			e, "org.hearthd.Error.Busy", "it is not ready, or is being done already");
	case -ETIMEDOUT:
		return sd_bus_error_setf(e, "org.hearthd.Error.NotConnected",
			"the broker did not forget the old names in time; nothing was changed");
	case -ECANCELED:
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"the configuration was read again meanwhile; nothing was changed");
	}
	return sd_bus_error_setf(e, "org.hearthd.Error.Journal",
		"the journal cannot do it now, the old names stay: %s", strerror(-error));
}

static void on_rotated(int error, void *userdata)
{
	sd_bus_message *call = userdata;
	sd_bus_error e = SD_BUS_ERROR_NULL;

	if (error < 0) {
		(void)rotation_error(&e, error, "");
		(void)sd_bus_reply_method_error(call, &e);
		sd_bus_error_free(&e);
	} else
		(void)sd_bus_reply_method_return(call, "");
	sd_bus_message_unref(call);
}

static int method_rotate(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *id;
	int leave, discard, r;

	r = sd_bus_message_read(call, "sbb", &id, &leave, &discard);
	if (r < 0)
		return r;
	r = manager_rotate(userdata, id, leave, discard, on_rotated, sd_bus_message_ref(call));
	if (r < 0) {
		sd_bus_message_unref(call);
		return rotation_error(e, r, id);
	}
	return 1;
}

static void on_wiped(int error, const char *json, void *userdata)
{
	sd_bus_message *call = userdata;

	if (error >= 0)
		(void)sd_bus_reply_method_return(call, "s", json);
	else
		answer_error(call, error);
	sd_bus_message_unref(call);
}

static int method_wipe(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	int r = manager_wipe(userdata, on_wiped, sd_bus_message_ref(call));

	if (r < 0) {
		sd_bus_message_unref(call);
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy", "it is being done already");
	}
	return 1;
}

const sd_bus_vtable manager_privacy_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Show", "", "s", method_show, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Preview", "ss", "s", method_preview, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Ledger", "sxtu", "s", method_ledger, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("LedgerBytes", "t", "ay", method_ledger_bytes, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Rotate", "sbb", "", method_rotate, 0),
	SD_BUS_METHOD("Wipe", "", "s", method_wipe, 0),
	SD_BUS_VTABLE_END,
};
