/* SPDX-License-Identifier: Apache-2.0 */
/* The one gate every write to an appliance passes, whoever asks: a person, an upstream, a timer that
 * puts a value back. It knows the rules of the appliance's profiles, counts what was written, and says
 * yes with an order for the bus, or no with the reason. One gate an appliance, one write in flight.
 *
 * Pure: no I/O, no log; time is an argument (CLOCK_BOOTTIME). Main thread. Profiles outlive it.
 *
 * What always holds, whatever is asked, lost or restarted:
 *  - a value outside Min= and Max= is never ordered, but for Safe=, which the profile states;
 *  - no register is written more often than its Budget=, put-backs and refreshes included: before a
 *    value that has to be put back is written the put-back's share is kept free;
 *  - no two values within LeastInterval=, no more than PerHour= in any hour, put-backs included. The
 *    put-back at a stop or after a restart does not wait for LeastInterval=. Refreshes (Expires=) write
 *    the same value again and count for the budget alone;
 *  - what is counted is saved before the write leaves: after gate_ask() or gate_next() the caller
 *    stores gate_save() and only then sends the order, or calls gate_abandon(). */
#ifndef HEARTHD_GATE_H
#define HEARTHD_GATE_H

#include "daemon/profile/write-rule.h"

struct gate;

#define GATE_SOURCES_MAX 4
#define GATE_CELLS_MAX   1024        /* registers counted; further ones are refused */
#define GATE_SAVE_MAX    (60 * 1024) /* bytes of gate_save() */
#define GATE_TEXT_MAX    64
/* A put-back that does not succeed is tried again after this long, or LeastInterval=, so often. */
#define GATE_RETRY_US  USEC_PER_MIN
#define GATE_TRIES_MAX 10

struct gate_source {
	const char *
		name; /* what is counted is counted under it: the thing on the bus, not its name here */
	const struct profile *profile;
	bool writable; /* the adapter can write at all */
};

/* What the gate may look at. */
struct gate_env {
	void *userdata;
	/* Last reading of a point in the terms of its attribute, or NULL. */
	const struct reading *(*reading)(void *userdata, unsigned source, unsigned point);
	bool (*reachable)(void *userdata, unsigned source);
	/* What it reads fits its profile, so that a register is what the profile says. NULL: always.
	 * Put-backs do not ask: what they put back was written while it did. */
	bool (*fits)(void *userdata, unsigned source);
};

enum write_outcome {
	WRITE_CONFIRMED,     /* read back and found */
	WRITE_ACCEPTED,      /* the appliance took it; nothing shows the result */
	WRITE_UNCHANGED,     /* it was so already: nothing was sent */
	WRITE_NOT_CONFIRMED, /* taken, but what is read back differs, or cannot be read */
	WRITE_UNKNOWN,       /* the answer was lost and nothing tells whether it was done */
	WRITE_FAILED,        /* not done: refused by the appliance, or it never left */
	WRITE_REFUSED,       /* by this gate; .word says why */
};
const char *write_outcome_name(enum write_outcome o); /* "not-confirmed" */

enum gate_kind { GATE_ASKED, GATE_REFRESH, GATE_PUT_BACK };
const char *gate_kind_name(enum gate_kind k);

struct gate_answer {
	enum write_outcome outcome;
	const char *word; /* for machines: "below-min", "budget-spent"; "" when nothing was wrong */
	char en[240], zh[240];
	char read[GATE_TEXT_MAX]; /* what was read back; "" = nothing */
	bool begun; /* gate_ask(): nothing is sent, but from now on something is to be put back: save */
};

/* What is to be written; numbers and names for the record. */
struct gate_order {
	enum gate_kind kind;
	unsigned source;
	struct write_raw raw;
	uint16_t rule;
	bool restore;
	const char *attribute;
	char old[GATE_TEXT_MAX], asked[GATE_TEXT_MAX];
};

int gate_new(const struct gate_source *sources, size_t n, bool control, struct gate **ret);
struct gate *gate_free(struct gate *g);
DEFINE_CLEANUP(struct gate *, gate_free);

/* A person's or an upstream's wish. FOR_US 0: as long as the rule allows. True: *ret_order is to be
 * saved and sent. False: it is over, *ret_answer says how. */
bool gate_ask(struct gate *g, uint64_t now_us, const struct gate_env *env, const char *attribute,
	const char *value, uint64_t for_us, struct gate_order *ret_order,
	struct gate_answer *ret_answer);
/* Put back now what is set. -ENOENT: nothing is; -EALREADY: it is on its way. */
int gate_clear(struct gate *g, uint64_t now_us, const char *attribute);
/* What is due by itself: put-backs and refreshes. True as gate_ask(). */
bool gate_next(
	struct gate *g, uint64_t now_us, const struct gate_env *env, struct gate_order *ret_order);

/* The order could not be saved, so it did not leave: everything as before. */
void gate_abandon(struct gate *g, uint64_t now_us, struct gate_answer *ret_answer);
/* The bus is done with the order: RESULT and SENT as in struct bus_done. True: read *ret_point of the
 * order's source at *ret_at_us and call gate_read(); false: it is over. */
bool gate_done(struct gate *g, uint64_t now_us, int result, bool sent, uint8_t exception,
	unsigned *ret_point, uint64_t *ret_at_us, struct gate_answer *ret_answer);
/* What was read back, NULL when nothing came. */
void gate_read(
	struct gate *g, uint64_t now_us, const struct reading *r, struct gate_answer *ret_answer);
/* After gate_load() and gate_next(): an attribute whose value was to be put back and will not be, because
 * it did not succeed GATE_TRIES_MAX times, nothing is left of the budget, or its rule is gone. True once
 * for each; ATTRIBUTE has at least 64 bytes. */
bool gate_forsaken(struct gate *g, char *attribute);

/* No wishes any more; everything that has a safe value is put back at once. */
void gate_stop(struct gate *g, uint64_t now_us);
/* Nothing is left to be put back, and nothing in flight. */
bool gate_settled(const struct gate *g);

/* What must survive, -E2BIG or the length. */
int gate_save(const struct gate *g, uint8_t *dst, size_t size);
/* SAME_BOOT: the times in it are of this boot; else everything counts as written just now. RESTART:
 * what was set is put back at once; else (a reload) it stays. -EBADMSG: nothing is taken over. */
int gate_load(
	struct gate *g, uint64_t now_us, const uint8_t *p, size_t n, bool same_boot, bool restart);

struct gate_info {
	const char *attribute;
	const struct profile *profile;
	const struct write_rule *rule;
	char choices[200], min[40], max[40], step[40]; /* as people see them; bounds of now */
	uint32_t budget, left;                         /* 0, 0: volatile */
	bool active;
	char set[GATE_TEXT_MAX], safe[GATE_TEXT_MAX]; /* of active ones */
	uint64_t until_us;                            /* USEC_INFINITY: no end */
	uint64_t max_for_us;
	struct gate_answer
		now; /* WRITE_REFUSED with the reason why nothing at all may be written now */
};
size_t gate_rules(const struct gate *g);
void gate_describe(const struct gate *g, size_t i, uint64_t now_us, const struct gate_env *env,
	struct gate_info *ret);

#endif
