/* SPDX-License-Identifier: Apache-2.0 */
/* What people call things: attributes by the model and the profile, rules and causes by their files, expressions in
 * words. Files are read when they are first asked for; what nobody has a name for stays as it is written. */
#ifndef HEARTHD_CTL_NAMES_H
#define HEARTHD_CTL_NAMES_H

#include "ctl.h"

#include "daemon/knowledge/knowledge.h"
#include "daemon/diagnosis/rule.h"

struct names {
	const struct ctl_options *o;
	const struct model_kind *kind; /* of the appliance that is spoken of; NULL = not known */
	const json_t *readings; /* of client_readings(), borrowed: the maker's own labels; NULL */
	struct knowledge *knowledge;
	struct rule_set *rules;
	bool knowledge_read, rules_read;
};

void names_done(struct names *n); /* idempotent */

/* "Flow temperature" for "flow.temperature". */
const char *names_attribute(const struct names *n, const char *attribute);
/* "Less water flows than used to" for "hp_flow_falls"; NULL: the rule has no name, or is none. */
const char *names_rule(struct names *n, const char *rule);
/* The same with the point of a rule that has several: "It stands still: Flow temperature"; RULE where there is no name. */
void names_rule_text(struct names *n, const char *rule, char *dst, size_t size);
/* By id, short name or alias; NULL. */
const struct cause *names_cause(struct names *n, const char *word);
/* "Flow temperature - Return temperature", "mean Power of 1 h". */
void names_expression(const struct names *n, const char *text, char *dst, size_t size);

#endif
