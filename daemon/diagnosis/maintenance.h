/* SPDX-License-Identifier: Apache-2.0 */
/* Care that is due: items of hearthd.knowledge(5) counted for one appliance from its readings. Pure and
 * on virtual time; steps allocate nothing; one thread at a time. What is remembered is handed over as
 * bytes. The knowledge outlives it. */
#ifndef HEARTHD_MAINTENANCE_H
#define HEARTHD_MAINTENANCE_H

#include "daemon/knowledge/knowledge.h"

#define MAINTENANCE_ITEMS_MAX 32 /* of an appliance */
#define MAINTENANCE_RECORDS   4  /* resets that are kept of each */
#define MAINTENANCE_BY_MAX    48 /* bytes of a name */

enum maintenance_state {
	MAINTENANCE_NOT_KNOWN, /* nothing counted yet: no reading, no clock */
	MAINTENANCE_OK,
	MAINTENANCE_SOON, /* Remind= */
	MAINTENANCE_DUE,
};
const char *maintenance_state_name(enum maintenance_state s); /* "not-known" */
/* What brought it there. */
enum maintenance_reason {
	MAINTENANCE_BY_NONE,
	MAINTENANCE_BY_USE,  /* Rate or Total */
	MAINTENANCE_BY_TIME, /* Calendar */
	MAINTENANCE_BY_OWN,  /* the appliance's own Left */
};

struct maintenance_status {
	const struct maintenance_item *item;
	enum maintenance_state state;
	enum maintenance_reason reason;
	double share;          /* of the life that is used, 1 = due; NAN = not known */
	double used, every;    /* in UNIT; NAN where nothing is counted */
	struct expr_unit unit; /* of both */
	double missing_h;      /* time in this life that Rate could not see */
	double days_left;      /* at the pace of this life; NAN before a week of it */
	int64_t since_s;       /* wall clock: begin of this life; 0 = not known */
};
struct maintenance_record {
	int64_t at_s; /* wall clock; 0 = it was not set */
	enum who who;
	char by[MAINTENANCE_BY_MAX + 1]; /* as given; "appliance" where it was reset there */
	double share;                    /* of the life that was used; NAN = not known */
};

struct maintenance;
/* PRESENT: which of kind->attrs the appliance has; NULL = all. Items for whose every way of counting a
 * point is absent are left out. PERIOD_S: how often values come. */
int maintenance_new(const struct knowledge *k, const struct model_kind *kind, const bool *present,
	double period_s, struct maintenance **ret);
struct maintenance *maintenance_free(struct maintenance *m);
DEFINE_CLEANUP(struct maintenance *, maintenance_free);

typedef void (*maintenance_changed_fn)(struct maintenance *m, unsigned i,
	enum maintenance_state from, enum maintenance_state to, void *userdata);
/* VALUES in the order of kind->attrs. T_US never less than before; WALL_S 0 = the clock is not set. */
void maintenance_step(struct maintenance *m, uint64_t t_us, int64_t wall_s,
	const struct expr_value *values, maintenance_changed_fn changed, void *userdata);

unsigned maintenance_count(const struct maintenance *m);
int maintenance_find(const struct maintenance *m, const char *id); /* -ENOENT */
void maintenance_status(const struct maintenance *m, unsigned i, struct maintenance_status *ret);
/* The latest first; returns how many. */
size_t maintenance_records(const struct maintenance *m, unsigned i,
	struct maintenance_record ret[MAINTENANCE_RECORDS]);
/* It was done: a new life begins, and a record is kept. BY is cut to fit; may be empty. */
int maintenance_reset(
	struct maintenance *m, unsigned i, enum who who, const char *by, int64_t wall_s);

/* All counts and records as bytes (format 1); *ret is malloc'd. Load takes what still fits and returns
 * how many items did not, or -EBADMSG, -EPROTONOSUPPORT (and nothing is changed). */
int maintenance_save(const struct maintenance *m, uint8_t **ret, size_t *ret_n);
int maintenance_load(struct maintenance *m, const uint8_t *p, size_t n);

#endif
