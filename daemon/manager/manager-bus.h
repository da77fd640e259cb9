/* SPDX-License-Identifier: Apache-2.0 */
/* What the manager keeps and tells of a bus beside its readings: addresses that appliances refuse,
 * remembered over restarts, and the use of the line by each source. Main thread. */
#ifndef HEARTHD_MANAGER_BUS_H
#define HEARTHD_MANAGER_BUS_H

#include "manager.h"

/* manager-holes.c. One small value of the journal for each source that has holes: "holes/ID/SOURCE". */

/* Asks the journal for the holes of sources not asked for before; the answers come in its order, so
 * before those to any later question. */
void manager_holes_load(struct manager *m);
/* The worker of TAG has learned; remembered, and given to the next worker. */
void manager_holes_put(struct manager *m, uint32_t tag, const struct hole *v, size_t n);
/* NAME: "ID/SOURCE"; PROFILE: what was learned with another is not given. NULL where there is none. */
const struct hole *manager_holes_get(
	const struct manager *m, const char *name, const char *profile, size_t *ret_n);
void manager_holes_free(struct manager *m); /* idempotent; after the journal */

/* Version, profile id with its length, 8 bytes a hole. */
#define HOLES_BLOB_MAX (2 + 255 + 8 * HOLES_MAX)
size_t holes_pack(const char *profile, const struct hole *v, size_t n, uint8_t dst[HOLES_BLOB_MAX]);
/* -EBADMSG, -ESTALE when they are of another profile. */
int holes_unpack(
	const uint8_t *p, size_t n, const char *profile, struct hole ret[HOLES_MAX], size_t *ret_n);

/* manager-dbus-bus.c: org.hearthd.BusStatus1 of a bus. */
extern const sd_bus_vtable manager_bus_status_vtable[];

#endif
