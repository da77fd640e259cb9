/* SPDX-License-Identifier: Apache-2.0 */
/* Inside daemon/knowledge*.c. */
#ifndef HEARTHD_KNOWLEDGE_INTERNAL_H
#define HEARTHD_KNOWLEDGE_INTERNAL_H

#include "daemon/config/ini.h"
#include "knowledge.h"

struct knowledge {
	struct ini **files;
	size_t n_files;
	char *texts;          /* instead of the files, after knowledge_keep() */
	struct cause *causes; /* sorted by id */
	size_t n_causes;
	struct maintenance_item *items; /* sorted by id */
	size_t n_items;
};

struct loading {
	struct knowledge *k;
	const struct knowledge_rules *rules;
	struct problems *problems;
};

/* Fills what causes and items share. 0, or -EINVAL with all problems said. */
struct entry_head {
	struct knowledge_kinds *kinds;
	struct words *name, *part, *text;
	enum who *who;
	enum danger *danger;
	unsigned *minutes;
	const char **sources;
	bool *unconfirmed;
};
int knowledge_load_head(struct loading *l, struct ini_section *s, const struct entry_head *h);
/* COND is parsed for each of KINDS that has its names. WANT NULL: a condition. */
int knowledge_check_expr(struct loading *l, struct ini_section *s, const char *key,
	const struct knowledge_kinds *kinds, const struct expr_want *want, const char **ret);
/* Whether KIND has every name of TEXT that any kind of the model has: a condition over a point that only
 * some of the kinds have is for those alone. */
bool knowledge_kind_has_names(const struct model_kind *kind, const char *text);
int knowledge_check_words(struct loading *l, struct ini_section *s, const char *key,
	const struct words *text, bool household);
int knowledge_load_item(struct loading *l, struct ini_section *s, struct maintenance_item *item);
int knowledge_load_cause(struct loading *l, struct ini_section *s, struct cause *cause);
void knowledge_cause_done(struct cause *c);

#endif
