/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the gate: gate.c decides, gate-check.c holds a wish against the rule, gate-done.c judges how it
 * went, gate-save.c keeps. */
#ifndef HEARTHD_GATE_INTERNAL_H
#define HEARTHD_GATE_INTERNAL_H

#include "gate.h"

/* Writes of the last hour. Of up to SLOTS_MAX an hour each has a slot; of more, several share one and
 * count as the latest of them. */
#define SLOTS_MAX 24
struct slot {
	uint64_t t_us;
	uint16_t n;
};

struct entry {
	uint8_t source;
	uint16_t rule;
	const struct write_rule *w;
	bool written; /* ever: last_us counts */
	uint64_t last_us;
	struct slot slots[SLOTS_MAX];
	uint8_t n_slots;

	/* What is set for a time and will be put back or refreshed. */
	bool active, has_safe, put_back, at_once;
	struct write_raw set, safe;
	uint64_t until_us, refresh_at_us, retry_at_us;
	uint8_t tries;
};

struct cell {
	uint8_t source;
	bool coil, relative;
	int16_t device;
	uint16_t address;
	uint32_t count;
};

struct gate {
	struct gate_source sources[GATE_SOURCES_MAX];
	size_t n_sources;
	bool control, stopping;
	struct entry *entries;
	size_t n_entries;
	struct cell *cells; /* GATE_CELLS_MAX */
	size_t n_cells;
	char forsaken[64]; /* see gate_forsaken() */

	struct { /* the one in flight */
		bool on, reading, unknown;
		struct entry *e;
		struct entry before; /* as it was */
		enum gate_kind kind;
		struct write_value value;
		bool has_value;
	} flight;
};

struct check {
	struct gate *g;
	struct entry *e;
	const struct profile *p;
	uint64_t now_us;
	const struct gate_env *env;
	struct gate_answer *answer;
};

const struct profile *gate_profile_of(const struct gate *g, const struct entry *e);
/* Nothing of it is to be put back or refreshed any more. */
void gate_entry_end(struct entry *e);
/* Fills *A and returns false. */
bool gate_refuse(struct gate_answer *a, enum write_outcome outcome, const char *word,
	const char *en, const char *zh);
/* The bounds of now, in the rule's unit; false with the reason. */
bool gate_bounds(const struct check *c, double *ret_min, double *ret_max);
bool gate_condition(const struct check *c);
/* V against bounds and steps. */
bool gate_check_value(const struct check *c, const struct write_value *v, struct write_raw *ret);
bool gate_check_rate(const struct check *c, bool reserve);
/* One write of the entry, and RESERVE: one more to put it back. */
bool gate_check_budget(const struct check *c, bool reserve);
void gate_charge(struct gate *g, struct entry *e, uint64_t now_us, bool counts_for_rate);
void gate_uncharge(struct gate *g, const struct entry *e);
unsigned gate_writes_in_hour(const struct entry *e, uint64_t now_us);
uint32_t gate_budget_used(const struct gate *g, const struct entry *e);
/* The reading of the point that feeds the attribute, when it is good. */
const struct reading *gate_reading(const struct check *c);

#endif
