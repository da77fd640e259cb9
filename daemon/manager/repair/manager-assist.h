/* SPDX-License-Identifier: Apache-2.0 */
/* Assistance (docs/repair.md): for a bounded time one upstream sees one appliance at the level full, from the start of it
 * on, read and reported faster. Kept as a small value of the journal, "assist". Main thread. */
#ifndef HEARTHD_MANAGER_ASSIST_H
#define HEARTHD_MANAGER_ASSIST_H

#include "daemon/repair/assist.h"
#include "daemon/manager/manager.h"

#define ASSIST_READ_US  (2 * USEC_PER_SEC)  /* one read out of turn: of what was read longest ago */
#define ASSIST_FLUSH_US (10 * USEC_PER_SEC) /* and reported so often */

/* Before the upstreams start. */
int manager_assists_start(struct manager *m);
void manager_assists_tick(struct manager *m);
void manager_assists_save(struct manager *m); /* before the journal goes */
void manager_assists_free(struct manager *m);

/* The effective grant: may UPSTREAM see all of APPLIANCE now? NULL: no. APPLIANCE NULL: any of it. */
const struct assist *manager_assist(
	const struct manager *m, const char *upstream, const char *appliance);
/* Least time between flushes, USEC_INFINITY without assistance. */
uint64_t manager_assist_flush_us(const struct manager *m);

/* -ENOENT no such appliance; -ENOTCONN no such upstream, or it is off; -EACCES the appliance
 * is off there; -ERANGE; -E2BIG; -EAGAIN: earlier ones are not read yet, or its names are
 * just being changed. One that is there gets the new end. */
int manager_assist_start(
	struct manager *m, const char *upstream, const char *appliance, uint64_t for_us);
/* UPSTREAM "": all of the appliance. How many. */
unsigned manager_assist_stop(struct manager *m, const char *upstream, const char *appliance);
int manager_assist_list(struct manager *m, char **ret); /* JSON */
/* Names with blanks between: upstreams of an appliance, or appliances of an upstream. */
void manager_assist_names(const struct manager *m, const char *upstream, const char *appliance,
	char *dst, size_t size);

extern const sd_bus_vtable
	manager_assist_vtable[]; /* manager-dbus-assist.c; userdata: the manager */

#endif
