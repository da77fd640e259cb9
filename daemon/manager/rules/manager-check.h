/* SPDX-License-Identifier: Apache-2.0 */
/* A check of now: what is read seldom is read once, then all rules look, then the answer goes to whoever
 * asked. One check an appliance at a time; who asks meanwhile waits for the same one. Main thread. */
#ifndef HEARTHD_MANAGER_CHECK_H
#define HEARTHD_MANAGER_CHECK_H

#include "daemon/bus/bus.h"
#include "daemon/manager/manager.h"

#define CHECK_READS_MAX 48                 /* blocks asked for */
#define CHECK_ALL_US    (8 * USEC_PER_SEC) /* then the answer is given with what has come */
#define CHECK_SELDOM_US USEC_PER_MIN       /* a longer period is not often */
#define CHECK_FRESH_US  (30 * USEC_PER_SEC)
#define CHECK_CALLS_MAX 8 /* that wait for one check */

/* Takes a reference of CALL. -EBUSY: too many wait already. */
int manager_check_start(struct unit *u, sd_bus_message *call);
/* A BUS_CMD_READ has ended; false: it was none of a check's. */
bool manager_check_done(struct unit *u, const struct bus_done *d);
/* After a reload that left the appliance and its buses alone. */
void manager_check_move(struct unit *to, struct unit *from);
/* Whoever waits is told that there is no answer. */
struct unit_check *manager_check_free(struct unit_check *c);

#endif
