/* SPDX-License-Identifier: Apache-2.0 */
/* Parsed expressions of a set of rules, each once, for as long as the set lives: ten appliances of a kind
 * have the same trees. */
#include "rule-internal.h"

static uint32_t hash_of(const struct expr *e)
{
	return crc32c(0, e->text, strlen(e->text));
}

/* All of it, and not only what it means: evidence shows the text. Padding that differs costs a copy. */
static bool same(const struct expr *a, const struct expr *b)
{
	return a->n_nodes == b->n_nodes && a->n_args == b->n_args && a->n_units == b->n_units &&
	       streq(a->text, b->text) &&
	       memcmp(a->nodes, b->nodes, a->n_nodes * sizeof(*a->nodes)) == 0 &&
	       memcmp(a->args, b->args, a->n_args * sizeof(*a->args)) == 0 &&
	       memcmp(a->units, b->units, a->n_units * sizeof(*a->units)) == 0;
}

const struct expr *rule_pool_take(struct rule_pool *p, struct expr *e)
{
	uint32_t hash = hash_of(e);

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].hash == hash && same(p->v[i].e, e)) {
			expr_free(e);
			return p->v[i].e;
		}
	if (p->n == p->allocated) {
		size_t n = p->allocated ? 2 * p->allocated : 64;
		struct pooled *v = realloc(p->v, n * sizeof(*v));

		if (!v) {
			expr_free(e);
			return NULL;
		}
		p->v = v;
		p->allocated = n;
	}
	p->v[p->n++] = (struct pooled){hash, e};
	return e;
}

struct rule_pool *rule_pool_free(struct rule_pool *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n; i++)
		expr_free(p->v[i].e);
	free(p->v);
	free(p);
	return NULL;
}
