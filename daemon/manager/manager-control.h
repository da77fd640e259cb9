/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of the appliances: from a wish through the gate, the journal and the bus to its result.
 * Main thread. Everybody who wants something changed comes here: D-Bus now, upstreams later. */
#ifndef HEARTHD_MANAGER_CONTROL_H
#define HEARTHD_MANAGER_CONTROL_H

#include "daemon/upstream/downlink.h"
#include "daemon/control/gate.h"
#include "manager.h"

struct control; /* of one unit; NULL where no profile of it has a [Write] section */

/* After manager_build(), and again after a reload. */
int manager_controls_start(struct manager *m);
/* Of units that are about to go; what must survive goes to those of the same name by
 * manager_control_take(), wishes on their way are answered. */
struct control *manager_control_free(struct control *c);
void manager_control_take(struct unit *to, struct unit *from);
/* Where nothing else changed, all of it: wishes on their way arrive. */
void manager_control_move(struct unit *to, struct unit *from);
/* U is not in the new configuration: says so where that leaves something set. */
void manager_control_left(const struct unit *u);

void manager_control_readings(struct unit *u, unsigned source, const struct reading *r, size_t n);
void manager_control_done(struct unit *u, const struct bus_done *d);
/* Each second: put-backs, refreshes, and answers that never came. */
void manager_controls_tick(struct manager *m);

/* No wishes any more; everything set is put back. */
void manager_controls_stop(struct manager *m);
bool manager_controls_settled(const struct manager *m);

/* FN is called exactly once, perhaps from inside the call. ACTOR: who wants it ("uid 1000",
 * "upstream home"); REASON: in their words; both are recorded. */
typedef void (*control_answer_fn)(const struct gate_answer *a, void *userdata);
void manager_control_set(struct unit *u, const char *attribute, const char *value, uint64_t for_us,
	const char *actor, const char *reason, control_answer_fn fn, void *userdata);
/* -ENOENT: it is not set; -EALREADY. */
int manager_control_clear(struct unit *u, const char *attribute, const char *actor);
size_t manager_control_rules(const struct unit *u);
void manager_control_describe(struct unit *u, size_t i, struct gate_info *ret);

/* One row of the record, as journal_read_controls() gives it. */
struct control_record {
	uint64_t number;   /* of the attempt: its rows have the same */
	const char *phase; /* "ordered": it is about to leave; "ended" */
	int64_t wall_us;
	const char *kind, *actor, *reason, *attribute, *old, *asked, *raw, *outcome, *word, *read;
};
/* Cuts BLOB, N bytes and one of room, into its fields. -EBADMSG. */
int control_record_parse(char *blob, size_t n, struct control_record *ret);

extern const sd_bus_vtable
	manager_control_vtable[]; /* manager-dbus-control.c; userdata: the unit */

#endif
