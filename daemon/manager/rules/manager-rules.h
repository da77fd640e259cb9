/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the appliances at work: values go in at their own times, what is confirmed becomes a
 * finding, what was learned survives restarts. Main thread. Memory of an appliance: the engine's 32 KB
 * of state, its trees, and a few bytes an instance; nothing grows with time. */
#ifndef HEARTHD_MANAGER_RULES_H
#define HEARTHD_MANAGER_RULES_H

#include "daemon/knowledge/knowledge.h"
#include "daemon/manager/manager.h"
#include "daemon/diagnosis/rule.h"

#define MANAGER_RULES_KEY     "rules/"     /* + appliance: state, in the journal's small values */
#define MANAGER_RULES_OLD_KEY "rules-old/" /* what was there before baselines were reset */
#define MANAGER_RULES_PREFIX  "@rule/"     /* of the keys of findings; no source has such a name */
/* At most one new message a day and appliance below urgent. */
#define MANAGER_RULES_QUIET_US USEC_PER_DAY

struct instance_note {          /* what hearthd knows of an instance beside the engine */
	bool deferred;          /* confirmed, but a silent source explains it */
	uint64_t pass_since_us; /* of one whose finding is older than its memory */
	uint64_t after_us;      /* when the freeze frame gets its "after"; 0 = not due */
	uint32_t lost;    /* hash of the lost points that were told; 0 = it is not about such */
	uint64_t lost_us; /* when they were looked at last */
};

/* manager-since.c: faults before and since the gateway was attached. Bytes of the stored state. */
#define MANAGER_SINCE_PREFIX "@since/" /* of the keys of findings; no source has such a name */
#define SINCE_COUNTERS_MAX   4
struct since_counter {
	double failures_before, tries_before; /* as the appliance had counted at the first sight */
	double failures, tries;               /* since then */
	double failures_last, tries_last;
	uint64_t
		known; /* 0: not yet; else whose it is: 1 = of the common model, a hash of the point */
};
struct since {
	int64_t attached_wall_us; /* 0 = the clock was not set yet */
	uint64_t own_codes;       /* episodes of the appliance's own codes since then */
	struct since_counter counters[SINCE_COUNTERS_MAX];
};

/* manager-past.c: the maker's own list of past codes, as it stood when the gateway was attached, and what has
 * come into it. Bytes of the stored state of those appliances that have one. */
#define PAST_MAX 16 /* points, and codes of either side; further ones are not kept */
struct past_code {
	char code[40];
	double at; /* of HistoryAt=; NAN = not given */
};
struct past_list {
	uint32_t points; /* hash of their names */
	uint32_t read;   /* which of them ever were */
	uint32_t n_before, n_after;
	struct past_code before[PAST_MAX], after[PAST_MAX];
};

struct unit_rules {
	struct manager *manager;
	struct unit *unit; /* NULL: it has gone; freed when nothing is pending */
	unsigned pending;  /* answers of the journal on their way here */
	struct rules *engine;
	struct instance_note *notes; /* by instance */
	struct since since;
	struct past_list *past; /* NULL: the profile marks no such points */
	int16_t *attr_of_point; /* -1: the appliance has none */
	struct expr_value *values;
	size_t n_points;
	uint64_t period_us;
	bool loaded, load_asked, synced;
	uint64_t latest_us;      /* newest reading */
	uint64_t last_us;        /* of the last step; 0 = none */
	uint64_t saved_us;       /* last time the state was posted; 0 = never */
	uint64_t saved_step_us;  /* and up to which step */
	bool save_due;           /* a finding changed */
	uint64_t quiet_until_us; /* no new message below urgent until then */
};

/* After manager_build(), and again after a reload: reads the rule files, binds them. */
int manager_rules_start(struct manager *m);
/* The kinds of all appliances, each once. The model has fewer. */
#define MANAGER_KINDS_MAX 64
size_t manager_kinds(const struct manager *m, const struct model_kind **ret);
/* From the unit of the same name before a reload. */
void manager_rules_take(struct unit *to, struct unit *from);
struct unit_rules *manager_rules_free(struct unit_rules *x);
/* Everything that is not stored yet, at a stop. */
void manager_rules_save_all(struct manager *m);

void manager_rules_readings(struct unit *u, const struct reading *r, size_t n);
/* Each second, once findings are there. */
void manager_rules_tick(struct manager *m);
/* Looks at the values of now, without waiting for the period. */
void manager_rules_look(struct unit *u);
/* Begins all baselines of an appliance anew; what was learned is kept aside. WHY for the log. */
int manager_rules_forget(struct unit *u, const char *why);
/* manager-learned.c: what is normal for an appliance, as JSON, now and before baselines were reset. */
#define MANAGER_RULES_WAS_KEY "rules-was/" /* + appliance, in the journal's small values */
int manager_learned_json(const struct unit *u, const char *why, char **ret, size_t *ret_n);
/* Answers CALL, at once or when the journal has answered. */
int manager_learned_reply(struct unit *u, sd_bus_message *call);
/* A finding's KEY belongs to a rule that exists. */
bool manager_rules_has_key(const struct unit *u, const char *key);

struct rules_scale { /* how a value comes from its register: hashes */
	uint32_t name, scale;
};
struct rules_scale rules_scale_of(const struct attribute *attr);

/* manager-rules-keep.c: asks the journal, once; X->loaded when it has answered. */
void rules_ask_state(struct unit_rules *x);
void rules_save_state(struct unit_rules *x, uint64_t now);

/* manager-rules-record.c: what a finding of INSTANCE says now. BEFORE: the finding as it is, NULL. */
struct rule_words {
	char *record; /* JSON */
	char *en, *zh;
	enum rule_sureness sureness;
	char cause[KNOWLEDGE_ID_MAX + 1]; /* the likeliest; "" */
};
void rules_words(struct unit_rules *x, unsigned instance, const struct finding *before,
	struct rule_words *ret);
void rules_words_done(struct rule_words *w);
const char *rules_point(const struct unit_rules *x, unsigned instance); /* of Each=; NULL */
bool rules_is_own_code(const struct finding *v);
uint32_t rules_lost_hash(const struct unit_rules *x, unsigned instance);
/* The next freeze frame begins with the points of the rule. */
void rules_freeze_first(struct unit_rules *x, unsigned instance);

/* manager-rules-tell.c */
void rules_on_change(struct rules *r, unsigned instance, enum rule_state from, enum rule_state to,
	void *userdata);
/* After both memories are there: findings and rules agree again. */
void rules_sync(struct unit_rules *x);
void rules_tell_tick(struct unit_rules *x, uint64_t now);
/* What a check of now says, as JSON (org.hearthd.Diagnose1). */
struct check_reads { /* of what is read seldom, for this check */
	unsigned asked, answered;
};
int manager_rules_verdict(struct unit *u, const struct check_reads *reads, char **ret);
/* Whether V, which is new, may be told now; then that is noted. Below urgent one message a day. */
bool manager_rules_may_tell(struct unit *u, struct finding *v, const struct finding_clock *clock);
/* Whether V, which may mean CAUSES (the likeliest first), has been told by another appliance of the house:
 * then that is all that is said. Notes that, or that V tells it. */
bool manager_rules_common(struct unit *u, struct finding *v, const char *causes);
/* "ok" "notice" "warning" "critical" "unknown": health of the common model. */
const char *unit_health(const struct unit *u);
bool unit_problem(const struct unit *u); /* something is open that is more than information */

void manager_since_step(struct unit_rules *x);
/* V was raised. */
void manager_since_code(struct unit *u, const struct finding *v);
bool manager_since_has_key(const char *key);
int manager_past_new(struct unit_rules *x); /* -ENOMEM */
void manager_past_step(struct unit_rules *x);
bool manager_past_good(const struct past_list *p);
struct writer;
void manager_past_write(const struct unit *u, struct writer *w);
bool manager_since_rose(const struct since_counter *c);
char *manager_since_json(const struct unit *u); /* NULL: no memory */

/* manager-own.c: these two as attributes. */
int manager_own_init(struct unit *u);
void manager_own_update(struct unit *u, uint64_t now);

/* userdata: the unit */
extern const sd_bus_vtable manager_diagnose_vtable[]; /* manager-dbus-diagnose.c */
extern const sd_bus_vtable manager_history_vtable[];  /* manager-dbus-history.c */

#endif
