/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Assist1 of the daemon. Who may begin it holds the bus's policy: it lets more out than the
 * configuration says. */
#include "daemon/manager/repair/manager-assist.h"

static int refuse(sd_bus_error *e, int error, const char *appliance, const char *upstream)
{
	switch (-error) {
	case ENOENT:
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
			"there is no appliance '%.64s': 'hearthctl list' names them", appliance);
	case ENOTCONN:
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
			"there is no upstream '%.64s' that is on: 'hearthctl upstream list' names them",
			upstream);
	case EACCES:
		return sd_bus_error_setf(e, "org.hearthd.Error.NotAllowed",
			"%.64s is off for %.64s: the configuration says so", appliance, upstream);
	case ERANGE:
		return sd_bus_error_setf(
			e, SD_BUS_ERROR_INVALID_ARGS, "assistance lasts a minute to a day");
	case E2BIG:
		return sd_bus_error_setf(e, "org.hearthd.Error.TooMany",
			"there are %d already: stop one", ASSISTS_MAX);
	case EAGAIN:
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"hearthd is just starting, or changes names; try again");
	default:
		return error;
	}
}

static int method_start(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *appliance, *upstream;
	uint64_t for_us;
	int r = sd_bus_message_read(call, "sst", &appliance, &upstream, &for_us);

	if (r < 0)
		return r;
	r = manager_assist_start(userdata, upstream, appliance, for_us);
	return r < 0 ? refuse(e, r, appliance, upstream) : sd_bus_reply_method_return(call, "");
}

static int method_stop(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	const char *appliance, *upstream;
	int r = sd_bus_message_read(call, "ss", &appliance, &upstream);

	if (r < 0)
		return r;
	if (manager_assist_stop(userdata, upstream, appliance) == 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.NotSet",
			"there is no assistance for '%.64s': 'hearthctl assist list' shows it",
			appliance);
	return sd_bus_reply_method_return(call, "");
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	_cleanup_free_ char *json = NULL;
	int r = manager_assist_list(userdata, &json);

	return r < 0 ? r : sd_bus_reply_method_return(call, "s", json);
}

const sd_bus_vtable manager_assist_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Start", "sst", "", method_start, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Stop", "ss", "", method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("List", "", "s", method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
