/* SPDX-License-Identifier: Apache-2.0 */
/* What the three files of the plan share: bus-plan.c keeps due times and learns what came of an
 * exchange, bus-plan-pick.c chooses, bus-plan-load.c counts what the line was used for. */
#ifndef HEARTHD_BUS_PLAN_INTERNAL_H
#define HEARTHD_BUS_PLAN_INTERNAL_H

#include "bus-plan.h"

#define WINDOW 60 /* seconds, one bucket each */

/* The line is full: everything takes its time from something else. */
#define FULL_LOAD 0.95

struct item {
	struct bus_plan_block conf;
	uint64_t due;
	uint64_t not_before;          /* PLAN_AGAIN said so */
	uint64_t turn;                /* PLAN_MORE: when it last had its turn */
	uint64_t tried;               /* start of the last exchange */
	uint64_t urgent_at;           /* asked for out of turn since then; 0: not */
	uint64_t cost;                /* as measured: 1/8 of the new, 7/8 of the old */
	uint64_t took;                /* of a turn that is not over: PLAN_MORE */
	uint8_t fails, refused, busy; /* in a row; saturate */
	bool unsupported;
	bool worked; /* ever answered */
	bool open;   /* handshake: succeeded since the line opened */
	bool anew;   /* its turn in a round has not come: as urgent as the fastest of its source */
};

struct source {
	struct item *items; /* owned */
	size_t n;
	uint32_t shape; /* of the last request, of the block BLOCK; 0: none that matters */
	size_t block;
	uint64_t late[2];     /* worst of this minute and of the one before */
	uint64_t late_minute; /* of late[0] */
	uint64_t period;      /* shortest of its blocks */
	uint64_t hold_until;  /* after a failure: until then only in gaps */
	uint64_t probe_due;
	unsigned fails;
	bool silent;
	bool listens; /* is never asked anything */
};

struct bucket {
	uint64_t second; /* of the clock; tells an old bucket from a new one */
	uint64_t busy, late;
};

struct bus_plan {
	struct source *sources;
	size_t n;
	uint64_t expected; /* the latest moment at which we should be asked next */
	uint64_t tokens, tokens_max, tokens_at; /* microseconds of forced probes left */
	uint64_t forced_at;                     /* end of the last forced probe */
	uint64_t forced_free; /* of the running one: so much of it costs no tokens */
	unsigned row;         /* picks in a row that went before their turn */
	struct bucket window[WINDOW];
};

static inline uint64_t bus_plan_longest(const struct item *i)
{
	return MAX(i->conf.timeout_us, i->conf.cost_us);
}
uint64_t bus_plan_interval(const struct source *s, const struct item *i);
bool bus_plan_handshake_missing(const struct source *s, const struct item *i);
/* Everything due once, one behind the other. */
void bus_plan_spread(struct bus_plan *p, uint64_t now);
void bus_plan_account_late(struct bus_plan *p, const struct bus_plan_pick *pick, uint64_t start);
void bus_plan_account_busy(struct bus_plan *p, uint64_t start, uint64_t end);

#endif
