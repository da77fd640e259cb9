/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the rule engine. Nobody else includes this. */
#ifndef HEARTHD_RULE_INTERNAL_H
#define HEARTHD_RULE_INTERNAL_H

#include "daemon/config/ini.h"
#include "rule.h"

#define WINDOW_PARTS   60 /* of a window; slopes have half of them */
#define WINDOW_LONGEST (60 * 86400.0)
#define HOLD_PERIODS   3     /* a sample lasts no longer */
#define LEARN_LEAST_S  300.0 /* of a session or hour that gives a sample */
#define LEARN_LEAST_N  5
#define LEARN_SPLIT_S  (6 * 3600.0) /* a longer session gives one each */
#define LEARN_APART_MOST_S \
	86400.0         /* samples of a long window lie its length apart, but at most this */
#define BINS_ONE      8 /* of a base with one key */
#define BINS_MORE     24
#define RULE_KEYS_MAX 3

enum confirm_unit { CONFIRM_NONE, CONFIRM_SESSIONS, CONFIRM_CYCLES, CONFIRM_DAYS };

/* --- records --- */
struct rule_record {
	char name[RULE_NAME_MAX + 1];
	struct ini_section *section;
	enum rule_kind kind;
	enum severity severity;
	enum rule_latch latch;
	bool raw;
	double for_s, clear_for_s, settled_s, session_end_s, repair_for_s;
	bool has_clear_for;
	enum confirm_unit confirm_unit, repair_unit;
	unsigned confirm_n, confirm_within, repair_n;
	char **on, **needs, **helped, **each, **unless, **freeze;
	size_t n_on, n_needs, n_helped, n_each, n_unless, n_freeze;
	struct {
		char id[RULE_NAME_MAX + 1];
		double weight;
		struct ini_entry *sign, *not ; /* NULL = none */
	} causes[RULE_CAUSES_MAX];
	size_t n_causes;
	char *name_en, *name_zh; /* NULL = not given */
};

/* Expressions of all appliances, each once: most homes have several of a kind, and Each= makes many alike.
 * A set is immutable but for this. */
struct rule_pool {
	struct pooled {
		uint32_t hash;
		struct expr *e;
	} * v;
	size_t n, allocated;
};

struct rule_set {
	struct ini **files;
	size_t n_files;
	struct rule_record *rules;
	size_t n_rules;
	struct rule_pool *pool;
};

/* A file of [Let KIND] sections that is always there. */
extern const char rule_known_points[];

bool rule_is_for(const struct rule_record *rec, const char *kind);

/* --- functions --- */
enum rule_func {
	FUNC_MEAN,
	FUNC_MIN,
	FUNC_MAX,
	FUNC_SPAN,
	FUNC_SLOPE,
	FUNC_SUM,
	FUNC_ENERGY,
	FUNC_DUTY,
	FUNC_COUNT,
	FUNC_RUN,
	FUNC_SINCE,
	FUNC_STUCK,
	FUNC_STEADY,
	FUNC_EWMA,
	FUNC_DELTA,
	FUNC_HOLD,
	FUNC_CYCLE,
	FUNC_BASE,
	FUNC_Z,
	FUNC_CUSUM,
	FUNC_FIT,
	FUNC_AGE,
	FUNC_LOST,
	FUNC_COVERAGE,
	FUNC_TCF,
	FUNC_LOCAL_HOUR,
	FUNC_ALL,
};
extern const struct expr_func rule_funcs[];

/* A window: its parts follow the header. Times are of the slot's clock, in s. */
struct window {
	double first, last, head;     /* first and latest sample; where the newest part begins */
	double prev, known, known_at; /* latest sample; latest good one, for edges */
	uint32_t prev_good;
	uint32_t at;   /* index of the newest part */
	double part[]; /* (n_parts + 1) × width */
};

struct runner { /* run, since, ewma, hold, age */
	double first, last, mark, value;
	uint32_t seen, good; /* .good: the latest sample; .seen: mark and value mean something */
};

struct cycle {
	double last, on_at, off_at; /* latest sample; edges */
	double sum, good, min, max, prev;
	double before; /* OFF period before the ON period under way */
	double len, rest, mean, least, most, total, after, end_value;
	uint32_t count; /* complete periods */
	uint8_t on, known, prev_good, whole, off_known, has, has_x, after_state, rest_known,
		has_rest;
};
enum { AFTER_NONE, AFTER_WAITING, AFTER_KNOWN };

struct accumulator {
	double last, t, sx, sk[RULE_KEYS_MAX], x, k[RULE_KEYS_MAX];
	double since; /* when the last sample of a long window was taken */
	uint32_t n;
	uint8_t good, begun, tainted, pad;
};
struct sample {
	double x, k[RULE_KEYS_MAX];
};
struct bin {
	int16_t key[RULE_KEYS_MAX];
	uint16_t n;
	uint16_t days, last_day;
	float mean, dev;
};
struct learner { /* base and z */
	struct accumulator acc;
	struct sample last;
	uint32_t samples, has, cycles, n_bins;
	struct bin bins[];
};
struct cusum {
	struct accumulator acc;
	double s, unknown_since;
	uint32_t samples, has, seen, pad;
};
struct fit {
	struct accumulator acc; /* x = y, k = regressors */
	struct sample last;
	double theta[4], p[4][4], scale[4];
	uint32_t samples, has, cycles, n;
	uint16_t days, last_day;
	uint32_t pad;
};

struct slot {
	const struct expr *e; /* the first expression that mentions it */
	uint16_t node;
	uint8_t func;
	bool gated;
	uint16_t inst; /* whose gate and clock; UINT16_MAX = all samples */
	uint16_t n_parts, width;
	uint16_t feeds; /* slot whose samples these are: a cycle or a z below; UINT16_MAX */
	uint16_t max_bins;
	uint32_t offset, size; /* in the arena */
	uint32_t step;
	double w, part_s,
		param; /* of learners: .w = least time between samples, .part_s = least floor */
	struct expr_value value;
	uint64_t id; /* hash of rule, clock and text */
};
#define NO_SLOT UINT16_MAX

struct tree {
	const struct expr *e; /* of the pool; NULL = not given */
	uint16_t *slots;      /* by node */
	bool stateful;
	bool all; /* mentions functions that see all samples, though the rule has a gate */
};

enum truth { NO, YES, UNKNOWN };

/* Of a claimed repair: the latest known numbers of Fault= and Repair=. Not saved. */
struct repair_seen {
	size_t n_fault, n_repair;
	struct rule_atom fault[RULE_ATOMS_MAX], repair[RULE_ATOMS_MAX];
	double failed_s;           /* the test has failed for so long */
	struct expr_value nodes[]; /* of Repair= */
};

struct rule_let {
	char name[RULE_NAME_MAX + 1];
	struct tree tree;
	struct expr_value value;
};
struct rule_sign { /* .tree.e NULL = this cause has none */
	struct tree tree;
	struct expr_value value;
};

/* There are many: what most have not is allocated by need. */
struct instance {
	const struct rule_record *rec;
	char *name;
	int16_t each; /* point, -1 */
	uint16_t n_needs, n_freeze;
	uint16_t *needs;  /* points */
	uint16_t *freeze; /* points */
	struct tree gate, fault, clear, repair;
	struct rule_let *lets;
	struct rule_sign *signs, *nots; /* NULL, or one for each of rec->causes */
	uint16_t *unless;               /* instances */
	uint16_t n_lets, n_unless;
	uint16_t cycle_slot; /* Confirm= cycles: of this cycle(), or NO_SLOT */
	bool holds_cycles;   /* Fault speaks of cycles, perhaps of others than are counted */
	bool run_cycles;     /* of the point "run" */
	uint32_t run_ref;
	double auto_margin; /* > 0: Clear is the comparison turned round */
	bool auto_not;      /* Clear is not Fault */

	/* what is saved */
	struct life {
		double open_s;  /* clock of the gate */
		double true_s;  /* While true without break; -1 = it was not */
		double yes_at;  /* when While was last known true */
		double false_s; /* While not true */
		double fault_s, unknown_s, clear_s, clear_unknown_s, repair_s, split_s;
		double clear_from_s;                     /* .clear_s has grown since then */
		double claimed_s, confirmed_s, coverage; /* .claimed_s: of a repair */
		uint32_t history;                        /* units, newest in bit 0: did it show */
		uint32_t history_n;
		uint32_t times, repairs, cycles;
		uint32_t trip_stamp;  /* cycles that the latest trip rests on */
		uint32_t clear_units; /* sessions, cycles or days that were clear, in a row */
		uint8_t state, gate_open, session, judged, tripped, ever_known, held, run_prev;
		uint8_t released, fault_before, repair_before; /* .repair_before: enum truth */
		uint8_t clear_before, clear_done, repair_held;
		uint8_t claimed,
			failed; /* since then: sessions or cycles in which the test failed */
	} l;
	struct repair_seen *seen; /* while a repair is to be proven */
	/* of this step */
	bool unless_unknown;
	bool fresh_gate;
};

/* What is left of a struct rule_point when everything is bound. */
struct known_point {
	const char *name;
	uint32_t signature;
	bool present;
};

struct rules {
	const struct rule_set *set;
	const struct model_kind *kind;
	const struct rule_point *binding; /* the caller's, while it is bound; then NULL */
	struct known_point *points;
	size_t n_points;
	double period_s, hold_s;
	size_t insts_allocated;
	struct expr_value *values, *raw;
	double *good_at; /* by point: when last good; NAN */
	double *seen_at; /* when first asked */
	/* Since when it has come without a hole, NAN = always; a hole: asked for in vain that long. Not saved. */
	double *steady_at;
	bool *holed;
	uint8_t *suspect;
	struct rule_let *lets; /* of the kind */
	size_t n_lets;
	struct instance *insts;
	size_t n_insts, n_rules;
	struct slot *slots;
	size_t n_slots;
	uint8_t *arena;
	size_t arena_used, n_nodes;
	struct expr_value *scratch,
		*clear_scratch; /* values of the nodes of any Fault and of any Clear */

	uint64_t t0_us; /* of this recording */
	double base_s;  /* what was before it */
	double now_s, dt_s;
	bool started;
	uint32_t step;
	double local_hour;
	int64_t day, hour;
	bool new_day, new_hour;
	unsigned n_trouble, n_trouble_next; /* instances pending or confirmed */

	/* of the pass at hand */
	const struct tree *tree;
	struct instance *inst; /* NULL: Lets of the kind */
	bool see_raw, closing, shut;
	double clock;
	unsigned evidence_of; /* instance whose Fault or Clear the scratch holds */
	bool evidence_clear;
};

#define REF_LET   0x40000000u /* of the kind */
#define REF_LOCAL 0x80000000u /* of the rule */

/* What the building of one rule knows. */
struct binder {
	struct rules *r;
	struct problems *problems;
	const struct rules_config *config;
	const struct rule_record *rec; /* NULL: Lets of the kind */
	struct instance *in;           /* NULL likewise */
	struct {
		char name[RULE_NAME_MAX + 1];
		double value;
		struct expr_unit unit;
	} params[RULE_LETS_MAX];
	size_t n_params;
	uint16_t needs[RULE_LIST_MAX + 1], freeze[RULE_FREEZE_MAX];
	size_t n_needs, n_freeze;
};

/* rule-pool.c: takes E over and gives back its like. NULL: no memory, and E is gone. */
const struct expr *rule_pool_take(struct rule_pool *p, struct expr *e);
struct rule_pool *rule_pool_free(struct rule_pool *p);

/* rule-parse.c: what NAME stands for; -ENOENT. USERDATA: a struct binder. */
int rule_resolve(void *userdata, const char *name, struct expr_symbol *ret);
/* Param and Let of the rule. */
int rule_bind_names(struct binder *b);
/* VALUE of entry E as a tree. */
int rule_parse(struct binder *b, const struct ini_entry *e, const char *value,
	const struct expr_want *want, bool gated, struct tree *ret);
void rule_tree_done(struct tree *t);

/* rule-let.c */
int rule_let_add(struct rule_let **v, size_t n, const char *name); /* room for one more, empty */
int rule_bind_lets(struct rules *r, const struct rule_set *set, struct problems *problems);

/* Calls FN for each call within T, through the Lets it mentions; with R NULL in T alone. */
typedef void (*rule_call_fn)(void *userdata, const struct tree *t, unsigned node);
void rule_each_call(const struct rules *r, const struct instance *in, const struct tree *t,
	unsigned node, rule_call_fn fn, void *userdata);

/* rule-slot.c: slots for all calls of T. */
int rule_add_slots(struct binder *b, struct tree *t, bool gated, const struct ini_entry *e);

/* rule-func.c */
struct expr_value rule_call(
	void *userdata, const struct expr *e, unsigned node, const struct expr_value *v);
struct expr_value rule_ref(void *userdata, uint32_t ref);
/* Bytes and shape of the memory of a call; -EINVAL and TEXT when it is refused. */
int rule_slot_shape(const struct rules *r, struct slot *s, char *text, size_t size);
/* No good value of POINT for longer than AFTER_S, though it had one, it should have one, and no silent
 * source explains it. */
#define RULE_HOLE_POLLS 10
#define RULE_STEADY_S   86400.0
bool rule_is_lost(const struct rules *r, size_t point, double after_s);
void *slot_state(const struct rules *r, const struct slot *s);

/* rule-window.c: C is the clock, HOLD how long a sample lasts. */
void window_push(struct slot *s, struct window *w, double c, double hold, bool good, double x);
struct expr_value window_value(const struct slot *s, const struct window *w, double c);
unsigned window_width(enum rule_func f);

/* rule-learn.c */
struct expr_value learner_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v);
/* What a learner knows where it is now; false = nothing at all. */
bool learner_look(const struct slot *s, const struct learner *l, const struct expr *e,
	const struct expr_node *n, struct rule_baseline *ret);
double learner_spread(const struct slot *s, const struct bin *b);
struct expr_value cusum_step(struct rules *r, struct slot *s, struct expr_value x);
struct expr_value fit_step(struct rules *r, struct slot *s, const struct expr *e,
	const struct expr_node *n, const struct expr_value *v);

/* rule-evidence.c */
size_t rule_atoms(const struct expr *e, const struct expr_value *v, struct rule_atom *ret);

/* rule-repair.c */
void rule_repair_time(struct rules *r, struct instance *in, enum truth repair, double dt);
/* At the end of a session or cycle. */
void rule_repair_count(struct rules *r, struct instance *in, enum truth repair);
void rule_repair_keep(struct rules *r, struct instance *in, bool repair);

/* rule-life.c */
struct turn { /* an instance in a step, and who hears of it */
	struct rules *r;
	struct instance *in;
	rules_changed_fn changed;
	void *userdata;
};
enum truth rule_truth(struct expr_value v);
/* SHOWN: what CHANGED is told. */
void rule_go(const struct turn *t, enum rule_state to, enum rule_state shown);
/* All trees of the rule at one sample of the open gate (or at its closing). DT: open time since the last one. */
void rule_judge(const struct turn *t, double dt);
/* Fault of this step, while nothing is confirmed. */
void rule_look_for_fault(const struct turn *t, enum truth fault, double dt);
/* A session, cycle or day is over. */
void rule_end_unit(const struct turn *t);
struct expr_value tree_eval(
	struct rules *r, const struct tree *t, struct instance *in, struct expr_value *nodes);

#endif
