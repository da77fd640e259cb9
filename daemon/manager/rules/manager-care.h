/* SPDX-License-Identifier: Apache-2.0 */
/* What people do for an appliance: care that is due, the steps of a finding's causes, repairs that were
 * claimed and what the readings say of them. Main thread. The counts of an appliance are a small value
 * of the journal ("care/ID"); a claim is part of its finding's record. */
#ifndef HEARTHD_MANAGER_CARE_H
#define HEARTHD_MANAGER_CARE_H

#include "daemon/knowledge/knowledge.h"
#include "daemon/diagnosis/maintenance.h"
#include "daemon/manager/manager.h"

#define MANAGER_CARE_KEY    "care/"
#define MANAGER_CARE_PREFIX "@care/" /* of the keys of findings; no source has such a name */
#define CARE_NOTE_MAX       120      /* bytes of a name, a part, a note */

struct unit_care {
	struct manager *manager;
	struct unit *unit; /* NULL: it has gone; freed when nothing is pending */
	unsigned pending;  /* answers of the journal on their way here */
	struct maintenance *maintenance;
	struct expr_value *values;     /* in the order of kind->attrs */
	bool loaded, load_asked, told; /* .told: findings and counts agree */
	bool save_due;                 /* a reset, or an item became due */
	uint64_t stepped_us;           /* 0 = never */
	uint64_t saved_us;
	uint64_t looked_us; /* at claims of repairs */
};

/* After manager_build(), and again after a reload: reads the knowledge, begins to count. */
int manager_care_start(struct manager *m);
/* From the unit of the same name before a reload. */
void manager_care_take(struct unit *to, struct unit *from);
struct unit_care *manager_care_free(struct unit_care *c);
void manager_care_save_all(struct manager *m);
/* Each second, once findings are there. */
void manager_care_tick(struct manager *m);

/* Values of now, in the order of kind->attrs; RET has kind->n_attrs. */
void manager_care_values(const struct unit *u, struct expr_value *ret);
/* ITEM was done. -ENOENT, -ENODATA: what was counted is not read from the journal yet. */
int manager_care_reset(struct unit *u, const char *item, enum who who, const char *by);
/* The items of an appliance as JSON objects, commas between; appended by manager-care-tell.c. */
int manager_care_items(struct manager *m, const char *appliance, char **ret);

/* manager-care-finding.c: the finding of item I follows its state. */
void manager_care_tell(struct unit *u, unsigned i);
bool manager_care_has_key(const struct unit *u, const char *key);

/* manager-care-repair.c: what a finding may come from, the likeliest first: words for manager_care_cause(). RET has
 * MANAGER_CARE_WORDS. */
#define MANAGER_CARE_WORDS 6
size_t manager_care_words(const struct finding *v, char (*ret)[KNOWLEDGE_ID_MAX + 1]);
const struct cause *manager_care_cause(const struct unit *u, const char *word); /* NULL */
/* Causes of a finding with their steps, as JSON. */
int manager_care_guide(struct unit *u, const struct finding *v, char **ret);
/* Check= and Stop= of a step now: "yes" "no" "unknown", "" where there is none. */
int manager_care_check(
	struct unit *u, const char *cause, unsigned step, const char **check, const char **stop);
/* It was done; whether the readings show it is looked at now. */
int manager_care_step_done(struct unit *u, struct finding *v, const char *cause, unsigned step);
int manager_care_claim(
	struct unit *u, struct finding *v, const char *by, const char *part, const char *note);
int manager_care_verify(struct unit *u, struct finding *v, char **ret);
/* Looks at the claims of an appliance; once a minute. */
void manager_care_look(struct unit *u);

extern const sd_bus_vtable manager_care_vtable[]; /* manager-dbus-care.c; userdata: the manager */

#endif
