/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and their life: pending → active → clearing → cleared, with a hold-off at both ends, so
 * that each episode is raised once and cleared once however often it flickers. One table a subject
 * (an appliance or a bus). What is unknown neither raises nor clears. Pure: time is an argument.
 * Device codes (diagnose.c), rules (manager-rules.c) and buses feed it. Main thread. */
#ifndef HEARTHD_FINDING_H
#define HEARTHD_FINDING_H

#include "daemon/profile/profile.h"

enum finding_state {
	FINDING_PENDING, /* seen, not yet long enough; nobody is told */
	FINDING_ACTIVE,
	FINDING_CLEARING, /* gone, not yet long enough; still active for everybody */
	FINDING_GONE,
};
enum finding_change { FINDING_RAISED, FINDING_CHANGED, FINDING_CLEARED };
enum observation { OBSERVED_ABSENT, OBSERVED_PRESENT, OBSERVED_UNKNOWN };

/* One reading of the freeze frame, in the words the wire uses. */
struct frozen {
	char name[49];
	char value[READING_TEXT_MAX];  /* "" when not good */
	char before[READING_TEXT_MAX]; /* up to five minutes earlier; "" = not known */
	char after[READING_TEXT_MAX];  /* five minutes later, of rules' findings; likewise */
	char unit[12];
	uint8_t type; /* enum value_type of .value */
	uint8_t quality;
};
#define FREEZE_MAX 24

/* A repair that somebody claimed, and what the readings say of it. */
enum repair_state { REPAIR_CLAIMED, REPAIR_VERIFIED, REPAIR_RETURNED, REPAIR_ONLY_RESET };
#define REPAIR_TEXT_MAX 192
struct finding_repair {
	enum repair_state state;
	int64_t wall_us; /* 0 = the clock was not set */
	uint32_t times;  /* episodes at the claim: more of them means that it came back */
	char by[REPAIR_TEXT_MAX], part[REPAIR_TEXT_MAX], note[REPAIR_TEXT_MAX];
};
const char *repair_state_name(enum repair_state s); /* "repair-claimed" "only-reset" */

/* A step of the knowledge that was done for it. */
struct step_done {
	char cause[66];
	uint8_t step;
	bool seen; /* by the readings; else a person said so */
	int64_t wall_us;
};
#define STEPS_DONE_MAX 16 /* the latest */

struct finding {
	uint64_t id;                   /* rises for ever; 0 while pending for the first time */
	char key[112];                 /* what it is about within the subject: "main/E4" */
	char code[48];                 /* the panel's own text, verbatim */
	char *meaning_en, *meaning_zh; /* NULL: no source gives one */
	char component[48];
	char source[160]; /* where the meaning comes from; "" = unknown */
	enum severity severity;
	enum fault_class class;
	enum confidence confidence;
	int8_t household;
	enum finding_state state;
	uint64_t since_us; /* of the state; CLOCK_BOOTTIME */
	uint64_t first_us, last_us, cleared_us;
	int64_t first_wall_us, last_wall_us, cleared_wall_us; /* 0 = clock was not set */
	uint32_t times;                                       /* episodes */
	struct frozen *freeze;
	size_t n_freeze;
	struct finding_repair *repair; /* NULL = none was claimed */
	struct step_done *steps;       /* STEPS_DONE_MAX; NULL = none */
	size_t n_steps;
	bool restored; /* read back after a restart; confirmed or cleared by the next observation */
	bool at_once;  /* its observer has waited long enough: no hold-off at either end */
	bool held;     /* nobody was told yet: at most one message a day and appliance */
	int64_t told_wall_us; /* 0: nobody, or the clock was not set */
	char causes[160];     /* ids of the knowledge that a code may mean, blanks between */
	char common[66];      /* cause in the house that another appliance has told; "" */
	char *diagnosis;      /* a rule's record: a JSON object; NULL: an appliance's own code */
};
#define DIAGNOSIS_MAX 1536 /* bytes of .diagnosis */

/* What an observer knows of a finding when it first reports it. Borrowed. */
struct finding_template {
	const char *code;
	const char *meaning_en, *meaning_zh, *component, *source;
	enum severity severity;
	enum fault_class class;
	enum confidence confidence;
	int8_t household;
	bool at_once;
	const char *diagnosis, *causes;
};

#define FINDINGS_MAX \
	64 /* a subject; the oldest cleared go first, then new ones are refused, counted */
#define FINDINGS_KEPT 32 /* cleared ones kept a subject */

struct findings {
	struct finding *v[FINDINGS_MAX];
	size_t n;
	uint64_t refused;
};

/* Time and identity, given with each call. */
struct finding_clock {
	uint64_t now_us;
	int64_t wall_us; /* 0 = not set */
	uint64_t holdoff_us;
	uint64_t *next_id;
};

/* Called on RAISED (before: id, first/last are set; the callee may fill the freeze), CHANGED,
 * CLEARED. */
typedef void (*finding_changed_fn)(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata);

void findings_done(struct findings *f); /* idempotent */
/* One look at KEY. PRESENT with TEMPLATE starts or keeps it; ABSENT lets it go; UNKNOWN freezes it. */
void findings_observe(struct findings *f, const char *key, enum observation o,
	const struct finding_template *t, const struct finding_clock *clock,
	finding_changed_fn changed, void *userdata);
/* Moves those whose hold-off has passed. Returns when the next one is due, USEC_INFINITY for never. */
uint64_t findings_tick(struct findings *f, const struct finding_clock *clock,
	finding_changed_fn changed, void *userdata);
/* The end of those whose KEY nobody can observe any more (HAS says no): let go as if seen absent. */
void findings_retire(struct findings *f, bool (*has)(const char *key, void *userdata),
	void *subject, const struct finding_clock *clock, finding_changed_fn changed,
	void *userdata);
struct finding *findings_by_key(const struct findings *f, const char *key);
struct finding *findings_by_id(const struct findings *f, uint64_t id);
/* Active or clearing ones; the worst class and severity among them. */
size_t findings_active(
	const struct findings *f, enum fault_class *ret_class, enum severity *ret_severity);
bool finding_is_active(const struct finding *v);

/* The record as the journal keeps it: text, a line a field, format 1. Unpack refuses nonsense with
 * -EBADMSG and anything newer with -EPROTONOSUPPORT. *ret of pack is malloc'd. */
int finding_pack(const struct finding *v, const char *subject_kind, const char *subject, char **ret,
	size_t *ret_n);
int finding_unpack(
	const char *p, size_t n, char subject_kind[16], char subject[33], struct finding **ret);
struct finding *finding_free(struct finding *v);
/* A step done again counts once, at its latest time. */
int finding_step_done(
	struct finding *v, const char *cause, unsigned step, bool seen, int64_t wall_us);
/* Puts a record read back from the journal into the table. Takes it over. Of two with one key the one
 * with the higher id stays, and when the table is full cleared ones give way: -EEXIST, -ENOSPC free it. */
int findings_restore(struct findings *f, struct finding *v);

const char *finding_state_name(enum finding_state s); /* pending active active cleared */

#endif
