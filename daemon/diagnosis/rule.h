/* SPDX-License-Identifier: Apache-2.0 */
/* The rule engine of hearthd.rules(5). A rule_set is what the files say: immutable, shared. A struct
 * rules is that set bound to one appliance: its points, the trees, the memories of all functions and
 * the life of every rule. Pure: time and values are arguments; steps allocate nothing. One thread at a
 * time. */
#ifndef HEARTHD_RULE_H
#define HEARTHD_RULE_H

#include "daemon/expr/expr.h"
#include "daemon/model/model.h"
#include "daemon/base/problem.h"
#include "daemon/profile/profile.h"

#define RULES_MAX           64    /* rules of an appliance */
#define RULES_NODES_MAX     1024  /* of all their expressions, each instance counted */
#define RULES_INSTANCES_MAX 256   /* with Each= */
#define RULES_STATE_MAX     32768 /* bytes of memory of all functions of an appliance */
#define RULES_POINTS_MAX    256   /* attributes of an appliance */
#define RULE_NAME_MAX       32
#define RULE_CAUSES_MAX     12
#define RULE_LABEL_MAX      96 /* bytes of Name= */
#define RULE_LIST_MAX       16 /* names in Needs=, Unless= ... */
#define RULE_LETS_MAX       8  /* of one rule, and as many Param */
#define RULE_KIND_LETS_MAX  64
#define RULE_ATOMS_MAX      8 /* comparisons shown as evidence */

enum rule_kind {
	RULE_FAULT,
	RULE_WARNING,
	RULE_MAINTENANCE,
	RULE_INFORMATION,
	RULE_CONTEXT, /* silent */
	RULE_SENSOR,  /* judges readings */
};
enum rule_state {
	RULE_NOT_READY,
	RULE_PASS,
	RULE_PENDING,
	RULE_CONFIRMED,
	RULE_CLEARED, /* an event alone: the state after it is pass */
	RULE_NOT_EVALUABLE,
};
enum rule_latch { LATCH_AUTO, LATCH_USER, LATCH_REPAIR };
enum rule_sureness { SURE_LOW, SURE_MEDIUM, SURE_HIGH };

const char *rule_kind_name(enum rule_kind k);
const char *rule_state_name(enum rule_state s); /* "not-evaluable" */
const char *rule_sureness_name(enum rule_sureness s);

/* --- what the files say --- */
struct rule_set;
/* DIRS: NULL-terminated, highest priority first; *.rules of all of them and their drop-ins. Rules with
 * problems are left out. 0 also when there are none. */
int rule_set_load(const char *const *dirs, struct problems *problems, struct rule_set **ret);
int rule_set_load_file(const char *path, struct problems *problems, struct rule_set **ret);
int rule_set_load_buffer(const char *buf, size_t len, const char *name, struct problems *problems,
	struct rule_set **ret);
struct rule_set *rule_set_free(struct rule_set *s);
DEFINE_CLEANUP(struct rule_set *, rule_set_free);
/* Drops what is for none of KINDS; before anything is bound. */
void rule_set_keep(struct rule_set *s, const struct model_kind *const *kinds, size_t n);
/* Nothing will be bound any more: the files are given back. */
void rule_set_strip(struct rule_set *s);
size_t rule_set_count(const struct rule_set *s);
const char *rule_set_name(const struct rule_set *s, size_t i);
/* Its Name=; NULL: it has none. */
const char *rule_set_label(const struct rule_set *s, size_t i, bool zh);
/* Binds every rule to every kind it is for, with all points of the model: what a linter wants. -EINVAL
 * when PROBLEMS got an error. */
int rule_set_check(const struct rule_set *s, struct problems *problems);

/* --- one appliance --- */
struct rule_point {
	const char *name; /* borrowed while the engine lives */
	enum expr_type type;
	struct expr_unit unit;
	struct expr_names names; /* enums and bits; borrowed while the engine lives */
	bool present;            /* the appliance has it; else Each=* passes it by */
	bool setting; /* set rather than measured, or read too seldom to watch: Each=*UNIT passes it by */
	/* Changes when what stands behind the name does (source, register, scale): what was learned
	 * from it begins anew. 0 = never. */
	uint32_t signature;
};
/* The points of a kind, in the order of the model; strings are left out (-1 in INDEX, which has
 * kind->n_attrs entries and may be NULL). PRESENT: all. Returns how many of at most MAX. */
size_t rule_points_of_kind(
	const struct model_kind *k, struct rule_point *ret, size_t max, int16_t *index);
/* The number of a word of an enum whose list is nowhere declared. */
int64_t rule_word(const void *list, const char *name);

/* A Param that the household has tuned; a value outside its bounds is told and not taken. */
struct rule_param {
	const char *rule, *name;
	double value; /* in the unit of the rule */
};

struct rules_config {
	const struct model_kind *kind;
	const struct rule_point *points; /* copied */
	size_t n_points;
	double period_s; /* how often values come */
	const struct rule_param *params;
	size_t n_params;
};

struct rules;
/* Rules that do not fit (a name the appliance's kind has not, a bound) are told in PROBLEMS and left out. SET
 * outlives it. */
int rules_new(const struct rule_set *set, const struct rules_config *c, struct problems *problems,
	struct rules **ret);
struct rules *rules_free(struct rules *r);
DEFINE_CLEANUP(struct rules *, rules_free);

/* The clock on the wall, where it is set. */
struct rules_clock {
	uint64_t t_us;     /* monotonic; never less than before */
	double local_hour; /* 0 ... 24; NAN = not set */
	int64_t local_day; /* any count of days; ignored while local_hour is NAN */
};
/* Called at each change of state of an instance that is no context. */
typedef void (*rules_changed_fn)(struct rules *r, unsigned instance, enum rule_state from,
	enum rule_state to, void *userdata);
/* One look at all points: VALUES in the order of the points. */
void rules_step(struct rules *r, const struct rules_clock *clock, const struct expr_value *values,
	rules_changed_fn changed, void *userdata);
/* The next step begins a new recording: GAP_US have passed, and its clock counts from wherever it likes. */
void rules_new_recording(struct rules *r, uint64_t gap_us);

unsigned rules_count(const struct rules *r); /* instances, contexts included */
const char *rules_name(
	const struct rules *r, unsigned instance); /* "sensor_range/flow.temperature" */
/* Name= for people; NULL: it has none. */
const char *rules_label(const struct rules *r, unsigned instance, bool zh);
enum rule_kind rules_kind(const struct rules *r, unsigned instance);
enum rule_state rules_state(const struct rules *r, unsigned instance);
enum severity rules_severity(const struct rules *r, unsigned instance);
uint32_t rules_times(const struct rules *r, unsigned instance); /* confirmed so often */
/* Why it is not ready or cannot be judged: "needs outdoor_temperature"; "" otherwise. */
void rules_why(const struct rules *r, unsigned instance, char *dst, size_t size);

/* Points for the freeze frame: Needs, Freeze and what Fault mentions, indexes of the config's points. */
#define RULE_FREEZE_MAX 16
size_t rules_freeze(const struct rules *r, unsigned instance, uint16_t ret[RULE_FREEZE_MAX]);

/* The next three are for within rules_changed_fn: they show the step that changed the state. */
enum rule_sureness rules_sureness(const struct rules *r, unsigned instance);
struct rule_cause {
	const char *id;
	double share;
};
size_t rules_causes(struct rules *r, unsigned instance, struct rule_cause ret[RULE_CAUSES_MAX]);
struct rule_atom {      /* one comparison */
	char text[128]; /* left side, as written */
	char limit[64]; /* right side, as written */
	char unit[32];
	char op[3];
	double value, threshold; /* NAN = unknown */
	bool known, holds;
};
struct rule_baseline { /* what base() or z() knows of its x, in the bin of the moment */
	char text[96]; /* "flow.temperature - return.temperature by outdoor_temperature" */
	char unit[32];
	double value, mean, spread; /* .value: of the session so far; mean NAN = never seen */
	unsigned samples, days;
};
#define RULE_BASELINES_MAX 4
#define RULE_LOST_MAX      32
struct rule_evidence {
	const char *expression; /* Fault=, or Clear= where it was cleared */
	size_t n;
	struct rule_atom atoms[RULE_ATOMS_MAX];
	size_t n_baselines;
	struct rule_baseline baselines[RULE_BASELINES_MAX];
	unsigned trips;             /* sessions, cycles or days that showed it */
	double coverage;            /* of about the last hour */
	char not_judged[96];        /* contexts and signs that are unknown, separated by blanks */
	char excluded[200];         /* causes that their Not= or Sign= speaks against, likewise */
	char not_explained_by[200]; /* rules of Unless= that were judged and do not hold */
	size_t n_signs;
	struct rule_sign_seen {
		const char *cause, *text;
		bool is_not, holds;   /* .is_not: a Not=, that speaks against it where it holds */
	} signs[2 * RULE_CAUSES_MAX]; /* that are known */
	size_t n_lost;                /* points that lost() counts; the first of them */
	uint16_t lost[RULE_LOST_MAX];
};
/* Points that lost() in Fault= counts and that have been so for MORE_S longer: how many, and up to MAX of
 * them. */
size_t rules_lost(
	const struct rules *r, unsigned instance, double more_s, uint16_t *ret, size_t max);
bool rules_counts_lost(const struct rules *r, unsigned instance);
void rules_evidence(const struct rules *r, unsigned instance, struct rule_evidence *ret);

/* All that base() and z() have learned, bin by bin. */
struct rule_learned {
	const char *rule; /* "" = of a Let of the kind */
	char text[96], unit[32];
	unsigned bin;
	double mean, spread;
	unsigned samples, days;
};
void rules_each_learned(const struct rules *r,
	void (*fn)(void *userdata, const struct rule_learned *v), void *userdata);

/* What a household does: starts the baselines anew (an appliance replaced, a scale changed). */
void rules_forget(struct rules *r);

/* The proof of a repair. From the claim on Repair= is judged whether the fault stands or not; without
 * an own test the passing of the fault is one. It fails only on what came after the claim: not before
 * the longest window of the test has passed. */
enum rule_repair_result { REPAIR_NOT_COMPARABLE, REPAIR_PASSED, REPAIR_FAILED };
struct rule_repair {
	bool claimed, own_test;
	enum rule_repair_result result;
	const char *expression;
	const char *unit;         /* of the next two: "s", "sessions", "cycles" */
	double seen, needed;      /* passed without a break */
	double memory_s, since_s; /* longest window; since the claim */
	size_t n_fault, n_repair; /* latest known numbers since the claim */
	struct rule_atom fault[RULE_ATOMS_MAX], repair[RULE_ATOMS_MAX];
};
int rules_repair_claim(struct rules *r, unsigned instance);
/* After rules_load(): the numbers of a claim are looked at again. */
int rules_repair_watch(struct rules *r, unsigned instance);
void rules_repair_end(struct rules *r, unsigned instance);
void rules_repair(const struct rules *r, unsigned instance, struct rule_repair *ret);

/* Everything that is remembered, as bytes (format 1); *ret is malloc'd. Load takes what still fits and
 * returns how many parts did not, or -EBADMSG, -EPROTONOSUPPORT. GAP_US have passed since it was saved. */
int rules_save(const struct rules *r, uint8_t **ret, size_t *ret_n);
int rules_load(struct rules *r, const uint8_t *p, size_t n, uint64_t gap_us);

struct rules_costs {
	size_t rules, instances, nodes, slots, state_bytes;
};
void rules_costs(const struct rules *r, struct rules_costs *ret);
/* Bytes of state that this instance has for itself; the rest is shared. */
size_t rules_own_bytes(const struct rules *r, unsigned instance);

#endif
