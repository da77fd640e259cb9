/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-check.h"

#include "adapters/check.h"

/* One warning, not one for each: pool heat pumps have no room temperature, and that is fine. */
void profile_check_model(const struct profile *p, struct problems *problems)
{
	char names[400] = "";
	size_t used = 0;

	for (size_t i = 0; i < p->kind->n_attrs; i++) {
		const struct model_attr *a = &p->kind->attrs[i];

		if (a->priority == ATTR_MANDATORY && a->origin == ORIGIN_APPLIANCE &&
			profile_point_by_attr(p, (int)i) < 0)
			(void)str_appendf(names, sizeof(names), &used, " %s", a->name);
	}
	if (used > 0)
		(void)problem_add(problems, PROBLEM_WARNING, p->path, 0, NULL,
			"no point gives what most of the kind %s have:%s", p->kind->name, names);
}

static bool same_place(const struct problem *a, const struct problem *b)
{
	return a->line == b->line && streq_ptr(a->file, b->file) && streq_ptr(a->key, b->key) &&
	       streq(a->text, b->text);
}

static void add_new(struct problems *to, size_t n_before, const struct problems *from,
	const struct profile_choice *c)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct problem *v = &from->v[i];
		bool known = false;

		for (size_t k = 0; k < n_before && !known; k++)
			known = same_place(&to->v[k], v);
		if (!known)
			(void)problem_add(to, v->level, v->file, v->line, v->key, "with %s=%s: %s",
				c->setting, c->value, v->text);
	}
}

void profile_check_varied(
	const struct profile *p, profile_load_fn load, void *userdata, struct problems *problems)
{
	size_t n_before = problems->n;

	for (size_t i = 0; i < p->n_settings; i++)
		for (size_t k = 0; k < p->settings[i].n_values; k++) {
			struct profile_choice choice = {
				p->settings[i].name, p->settings[i].values[k]};
			struct problems own = {0};
			struct profile *varied = NULL;

			if (k == p->settings[i].preset)
				continue;
			if (load(userdata, &(struct profile_choices){&choice, 1}, &own, &varied) ==
					0 &&
				check_profile(varied, NULL, &own, NULL) == 0)
				profile_check_model(varied, &own);
			add_new(problems, n_before, &own, &choice);
			profile_unref(varied);
			problems_done(&own);
		}
}
