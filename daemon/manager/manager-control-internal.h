/* SPDX-License-Identifier: Apache-2.0 */
/* Between manager-control.c, which carries writes out, and manager-control-keep.c, which keeps what is known of
 * them. */
#ifndef HEARTHD_MANAGER_CONTROL_INTERNAL_H
#define HEARTHD_MANAGER_CONTROL_INTERNAL_H

#include "manager-control.h"

enum phase { IDLE, SAVING, WRITING, PAUSE, READING };

struct control {
	struct manager *manager;
	struct unit *unit; /* NULL: it has gone; freed when nothing is pending */
	unsigned pending;  /* answers of the journal on their way here */
	struct gate *gate;
	char stands[64]; /* the attribute that could not be put back last */
	char things[GATE_SOURCES_MAX]
		   [48]; /* "bus/unit": what wears out is the thing, whatever its name */
	bool allowed;    /* Control=yes */
	bool loaded, load_asked;
	struct reading *last[GATE_SOURCES_MAX]; /* by point */
	size_t n_last[GATE_SOURCES_MAX];

	enum phase phase;
	struct gate_order order;
	char actor[64], reason[160];
	control_answer_fn fn;
	void *fn_userdata;
	uint64_t number, read_number, began_us, ended_us, deadline_us;
	unsigned point;
	sd_event_source *timer;

	struct downlink_bucket refusals;
};

static inline const char *control_id(const struct control *c)
{
	return c->unit->appliance->conf->id;
}

#define CONTROL_RECORD_MAX 2048
/* A is NULL before it has ended. Returns the length. */
size_t control_make_record(const struct control *c, const char *phase, const struct gate_answer *a,
	char dst[CONTROL_RECORD_MAX]);
/* RECORD, and the state of now, in one. */
int control_store(struct control *c, const char *record, size_t n, journal_done_fn done, void *u);
/* Asks the journal once; .loaded when it has answered. */
void control_ask_state(struct control *c);
/* At a reload, of the same appliance before it. */
void control_take_state(struct control *c, const struct control *old);
/* Frees what has no unit and waits for nothing. */
void control_release(struct control *c);

#endif
