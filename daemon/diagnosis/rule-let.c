/* SPDX-License-Identifier: Apache-2.0 */
/* Points that are calculated for all rules of a kind: [Let KIND ...]. */
#include "rule-internal.h"

static bool let_is_for(const char *kinds, const char *kind)
{
	char **words = NULL;
	size_t n = 0;
	bool found = false;

	if (ini_split(kinds, RULE_LIST_MAX, &words, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		found = found || streq(words[i], "*") || streq(words[i], kind);
	free(words);
	return found;
}

/* An appliance that has a point of the name needs no calculated one. */
static bool is_point(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->n_points; i++)
		if (streq(r->points[i].name, name))
			return true;
	return false;
}

/* What a file says of NAME for this kind, NULL. */
static struct ini_entry *let_of_files(
	const struct rules *r, const struct rule_set *set, const char *name)
{
	for (size_t f = 0; f + 1 < set->n_files; f++)
		for (struct ini_section *s = NULL; (s = ini_section_next(set->files[f], "Let", s));)
			for (struct ini_entry *e = s->entries; e; e = e->next)
				if (streq(e->key, name) && *e->value &&
					let_is_for(s->arg, r->kind->name))
					return e;
	return NULL;
}

int rule_let_add(struct rule_let **v, size_t n, const char *name)
{
	struct rule_let *p = realloc(*v, (n + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	*v = p;
	p[n] = (struct rule_let){0};
	(void)str_copy(p[n].name, sizeof(p[n].name), name);
	return 0;
}

static bool is_let(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->n_lets; i++)
		if (streq(r->lets[i].name, name))
			return true;
	return false;
}

static int bind_let(struct binder *b, const struct ini_entry *e)
{
	struct rules *r = b->r;
	int k;

	if (!*e->value || is_point(r, e->key) || is_let(r, e->key))
		return 0;
	if (r->n_lets >= RULE_KIND_LETS_MAX || strlen(e->key) > RULE_NAME_MAX)
		return ini_problem(b->problems, PROBLEM_ERROR, e,
			"more than %d names, or one of more than %d bytes", RULE_KIND_LETS_MAX,
			RULE_NAME_MAX);
	k = rule_let_add(&r->lets, r->n_lets, e->key);
	if (k < 0)
		return k;
	k = rule_parse(b, e, e->value, NULL, false, &r->lets[r->n_lets].tree);
	if (k < 0) {
		rule_tree_done(&r->lets[r->n_lets].tree);
		return k;
	}
	r->n_lets++;
	return 0;
}

/* [Let KIND ...]: those that are known without files first (the last of the set's files), each in the
 * words of a file that says it otherwise; then those of the files, in their order. */
int rule_bind_lets(struct rules *r, const struct rule_set *set, struct problems *problems)
{
	struct binder b = {.r = r, .problems = problems};

	for (size_t n = 0; n < set->n_files; n++) {
		size_t f = n == 0 ? set->n_files - 1 : n - 1;

		for (struct ini_section *s = NULL;
			(s = ini_section_next(set->files[f], "Let", s));) {
			if (!let_is_for(s->arg, r->kind->name))
				continue;
			for (struct ini_entry *e = s->entries; e; e = e->next) {
				const struct ini_entry *own =
					n == 0 ? let_of_files(r, set, e->key) : NULL;

				e->used = true;
				/* A caller that gives other points than the model's does without. */
				b.problems = n == 0 && !own ? NULL : problems;
				if (bind_let(&b, own ? own : e) == -ENOMEM)
					return -ENOMEM;
			}
		}
	}
	return 0;
}
