/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Directory1 of the daemon: whom to call. */
#include "daemon/manager/repair/manager-directory.h"

static void on_import(
	const char *why, const struct publisher *p, const struct directory *list, void *userdata)
{
	sd_bus_message *call = userdata;

	if (why)
		(void)sd_bus_reply_method_errorf(
			call, "org.hearthd.Error.Refused", "this directory is refused: %s", why);
	else
		(void)sd_bus_reply_method_return(call, "stxxu", p->name, list->version,
			list->issued_s, list->expires_s, (uint32_t)list->n);
	sd_bus_message_unref(call);
}

static int import(sd_bus_message *call, struct manager *m, bool store)
{
	const void *bytes;
	size_t n;
	int r = sd_bus_message_read_array(call, 'y', &bytes, &n);

	if (r < 0)
		return r;
	(void)sd_bus_message_ref(call);
	r = manager_directory_import(m, bytes, n, store, on_import, call);
	if (r < 0)
		sd_bus_message_unref(call);
	return r < 0 ? r : 1;
}

static int method_check(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	return import(call, userdata, false);
}

static int method_import(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	return import(call, userdata, true);
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	_cleanup_free_ char *json = NULL;
	const char *id, *region;
	struct unit *u = NULL;
	int r = sd_bus_message_read(call, "ss", &id, &region);

	if (r < 0)
		return r;
	if (*id) {
		u = manager_unit(m, id);
		if (!u)
			return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
				"there is no appliance '%.64s': 'hearthctl list' names them", id);
	}
	r = manager_directory_list(m, u, region, &json);
	return r < 0 ? r : sd_bus_reply_method_return(call, "s", json);
}

const sd_bus_vtable manager_directory_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("List", "ss", "s", method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Check", "ay", "stxxu", method_check, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Import", "ay", "stxxu", method_import, 0),
	SD_BUS_VTABLE_END,
};
