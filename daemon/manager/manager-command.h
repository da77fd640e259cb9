/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of upstreams: what command-run.h needs from the rest of the daemon, and the only place where a
 * grant is looked up. Main thread. */
#ifndef HEARTHD_MANAGER_COMMAND_H
#define HEARTHD_MANAGER_COMMAND_H

#include "daemon/control/command-run.h"
#include "daemon/manager/feed/manager-down.h"

extern const sd_bus_vtable
	manager_commands_vtable[]; /* manager-dbus-command.c; userdata: the feed */

/* For manager-feed.c: when the upstream's names are known; any number of times. */
void feed_commands_start(struct feed *f);
void feed_commands_stop(struct feed *f);

/* For the handlers: JSON of hearth.command/1, perhaps deflated. */
void feed_command_json(struct feed *f, const struct down_message *d, enum command_verb verb,
	const char *appliance, const char *attribute);
void feed_command_plain(
	struct feed *f, const struct down_message *d, const char *appliance, const char *attribute);

/* Home Assistant's climate has "off" among its modes. Where system_mode has none of its own and on_off may be
 * set as well, "off" is on_off=false, and another mode of one that is off is on_off=true before it. */
void feed_command_mode(struct feed *f, const struct down_message *d, const char *appliance);

#endif
