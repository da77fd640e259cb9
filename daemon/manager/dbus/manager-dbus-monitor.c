/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Monitor1 of a bus: what crosses its line, for members of the group. */
#include "daemon/manager/manager-tap.h"

#include <sys/socket.h>

static int method_open(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct line *l = userdata;
	_cleanup_close_ int theirs = -1;
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	theirs = fds[1];
	r = manager_tap_add(l, fds[0], false);
	if (r < 0)
		(void)close(fds[0]);
	if (r == -EBUSY)
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"%d others look at bus %s already", TAP_READERS_MAX, l->conf->id);
	if (r == -ENOTCONN)
		return sd_bus_error_setf(e, "org.hearthd.Error.NotRunning",
			"bus %s has no appliance, nothing crosses its line", l->conf->id);
	if (r < 0)
		return r;
	return sd_bus_reply_method_return(call, "h", theirs);
}

const sd_bus_vtable manager_monitor_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Open", "", "h", method_open, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
