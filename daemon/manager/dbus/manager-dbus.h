/* SPDX-License-Identifier: Apache-2.0 */
/* What the interfaces of org.hearthd share, and the tables of those that have no other home. Each is in a file
 * of its own, manager-dbus-*.c; manager-dbus.c has the list of all of them. Main thread. */
#ifndef HEARTHD_MANAGER_DBUS_H
#define HEARTHD_MANAGER_DBUS_H

#include "daemon/manager/manager.h"

#define DBUS_ROOT "/org/hearthd"
#define DBUS_NAME "org.hearthd"

#define DBUS_GETTER(function) \
	static int function(sd_bus *bus, const char *path, const char *interface, \
		const char *property, sd_bus_message *reply, void *userdata, sd_bus_error *e)
#define DBUS_PROPERTY(name, sig, get, flags) SD_BUS_PROPERTY(name, sig, get, 0, flags)
#define DBUS_CHANGES                         SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

/* KIND: "appliance", "bus", "upstream". *ret is the caller's to free. */
int manager_dbus_path(const char *kind, const char *id, char **ret);
/* A bus daemon that takes nothing does not cost memory: it misses signals. */
bool manager_dbus_may_signal(struct manager *m);

/* Who calls, for a record: "uid 1000", "local"; names of users are for others to look up. */
void manager_dbus_actor(sd_bus_message *call, char *dst, size_t size);
/* Sends a reply whose array is open, unless R, what writing it said, is below zero. What a method returns. */
int manager_dbus_end_list(sd_bus_message *reply, int r);

extern const sd_bus_vtable manager_main_vtable[], manager_findings_vtable[];
extern const sd_bus_vtable manager_appliance_vtable[]; /* userdata: the unit */
extern const sd_bus_vtable manager_bus_vtable[];       /* the line */
extern const sd_bus_vtable manager_upstream_vtable[];  /* the feed */

#endif
