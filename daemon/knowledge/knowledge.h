/* SPDX-License-Identifier: Apache-2.0 */
/* What hearthd.knowledge(5) says: causes of findings with their steps, and items of maintenance, in two
 * languages. Immutable once loaded; any thread. Owned by its loader; every string lives as long as it.
 * Entries that could lead a household into harm are refused here, not where they are shown. Pure but for
 * reading files. */
#ifndef HEARTHD_KNOWLEDGE_H
#define HEARTHD_KNOWLEDGE_H

#include "daemon/expr/expr.h"
#include "daemon/model/model.h"
#include "daemon/base/problem.h"

#define KNOWLEDGE_CAUSES_MAX 512 /* of all files */
#define KNOWLEDGE_ITEMS_MAX  128 /* of maintenance */
#define KNOWLEDGE_STEPS_MAX  12  /* of a cause */
#define KNOWLEDGE_KINDS_MAX  24  /* in Kinds= */
#define KNOWLEDGE_LIST_MAX   8   /* in Alias=, ExpectAfter= */
#define KNOWLEDGE_NAME_MAX   32  /* bytes of GROUP and of NAME */
#define KNOWLEDGE_ID_MAX     (2 * KNOWLEDGE_NAME_MAX + 1)

enum who {
	WHO_HOUSEHOLD,
	WHO_ELECTRICIAN,
	WHO_GAS_FITTER,
	WHO_REFRIGERATION,
	WHO_PLUMBER,
	WHO_MANUFACTURER,
	_WHO_MAX,
};
enum danger {
	DANGER_NONE,
	DANGER_GAS,
	DANGER_CO,
	DANGER_FIRE,
	DANGER_ELECTRIC,
	DANGER_REFRIGERANT,
	DANGER_SCALD,
	DANGER_PRESSURE,
	DANGER_FLOOD,
	DANGER_FOOD,
	_DANGER_MAX,
};
/* What a step lays hands on; bits of step.touches. */
enum touches {
	TOUCH_NONE = 0,
	TOUCH_CONTROLS = 1 << 0,
	TOUCH_PLUG = 1 << 1,
	TOUCH_BREAKER = 1 << 2,
	TOUCH_TAP = 1 << 3,
	TOUCH_FILTER = 1 << 4,
	TOUCH_OUTSIDE = 1 << 5,
	TOUCH_DOOR = 1 << 6,
	TOUCH_DRAIN = 1 << 7,
	TOUCH_FILLING = 1 << 8,
	TOUCH_GAS = 1 << 9,
	TOUCH_MAINS = 1 << 10,
	TOUCH_REFRIGERANT = 1 << 11,
	TOUCH_COVER = 1 << 12,
	TOUCH_FLUE = 1 << 13,
	TOUCH_SAFETY = 1 << 14,
};

struct words { /* .zh is never NULL where .en is not */
	const char *en, *zh;
};

struct step {
	struct words text;
	enum who who;
	unsigned touches;
	const char *check, *stop; /* NULL = none; parse with knowledge_parse() */
	uint64_t check_for_us;
	const char *file;
	unsigned line;
};

struct knowledge_kinds {
	bool all; /* "*" */
	const struct model_kind *v[KNOWLEDGE_KINDS_MAX];
	size_t n;
};

struct cause {
	const char *id;         /* "ac.filter" */
	const char *short_name; /* "filter" */
	char **aliases;
	size_t n_aliases;
	struct knowledge_kinds kinds;
	struct words name, part, text, decide;
	enum who who;
	enum danger danger;
	unsigned minutes;
	char **expect_after; /* names of rules */
	size_t n_expect_after;
	const char *sources;
	bool unconfirmed;
	struct step *steps; /* 1 ... n_steps */
	size_t n_steps;
	const char *file;
	unsigned line;
};

struct maintenance_item {
	const char *id;
	struct knowledge_kinds kinds;
	struct words name, part, text;
	enum who who;
	enum danger danger;
	unsigned minutes;
	const char *sources;
	bool unconfirmed;
	const char *rate, *total, *left, *every; /* as written; NULL = not given */
	double left_due;                         /* % */
	uint64_t calendar_us;                    /* 0 = none */
	double remind;                           /* 0 ... 0.5 of a life */
	const char *file;
	unsigned line;
};

struct knowledge;

/* Who knows the rules of ExpectAfter=; NULL: not checked. */
struct knowledge_rules {
	bool (*known)(void *userdata, const char *rule);
	void *userdata;
};

/* DIRS: NULL-terminated, highest priority first; *.knowledge of all of them and their drop-ins. What
 * has problems is left out. 0 also when there is nothing. */
int knowledge_load(const char *const *dirs, const struct knowledge_rules *rules,
	struct problems *problems, struct knowledge **ret);
int knowledge_load_file(const char *path, const struct knowledge_rules *rules,
	struct problems *problems, struct knowledge **ret);
int knowledge_load_buffer(const char *buf, size_t len, const char *name,
	const struct knowledge_rules *rules, struct problems *problems, struct knowledge **ret);
struct knowledge *knowledge_free(struct knowledge *k);
/* Drops what is for none of KINDS, and the files with it: a sixth of the memory is left. Pointers into K
 * are no longer good. */
int knowledge_keep(struct knowledge *k, const struct model_kind *const *kinds, size_t n);
DEFINE_CLEANUP(struct knowledge *, knowledge_free);

size_t knowledge_n_causes(const struct knowledge *k);
const struct cause *knowledge_cause_at(const struct knowledge *k, size_t i);
/* By the whole id. NULL. */
const struct cause *knowledge_cause(const struct knowledge *k, const char *id);
/* What a rule or a fault of an appliance of KIND means by WORD: an id, a short name or an alias. NULL. */
const struct cause *knowledge_resolve(
	const struct knowledge *k, const struct model_kind *kind, const char *word);
bool knowledge_kinds_have(const struct knowledge_kinds *v, const struct model_kind *kind);

size_t knowledge_n_items(const struct knowledge *k);
const struct maintenance_item *knowledge_item_at(const struct knowledge *k, size_t i);

/* The words of files: "gas-fitter". */
const char *who_word(enum who w);
const char *danger_word(enum danger d);
/* For people. */
const char *who_name(enum who w, bool zh);
/* What must be said before anything else about an appliance of KIND (NULL: any) and a danger, the most
 * urgent first: at most 3 sentences. */
size_t knowledge_first_words(
	const struct model_kind *kind, enum danger d, bool zh, const char *ret[3]);
static inline const char *words_in(const struct words *w, bool zh)
{
	return zh && w->zh ? w->zh : w->en;
}

/* An expression over the attributes of KIND without memory: refs are indexes of kind->attrs. Words of
 * enums whose list is the profile's own have the number knowledge_word(). As expr_parse(). */
int knowledge_parse(const struct model_kind *kind, const char *text, const struct expr_want *want,
	struct expr **ret, struct expr_error *reterr);
int64_t knowledge_word(const void *list, const char *name);

/* Inside, for tests: what a household's text must not say; NULL or the word found. ANYBODY: only what
 * nobody may be told. */
const char *knowledge_forbidden(const struct words *text, bool anybody);

#endif
