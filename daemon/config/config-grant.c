/* SPDX-License-Identifier: Apache-2.0 */
/* [Control UPSTREAM] of an appliance: what that upstream may change. What is not written there, nobody
 * outside may change. */
#include "config-internal.h"
#include "daemon/profile/write-rule.h"

void config_grants_done(struct appliance_config *a)
{
	for (size_t i = 0; i < a->n_grants; i++) {
		free(a->grants[i].upstream);
		free(a->grants[i].json);
		free(a->grants[i].plain);
	}
	free(TAKE_PTR(a->grants));
	a->n_grants = 0;
}

static bool listed(char *const *v, size_t n, const char *attribute)
{
	for (size_t i = 0; i < n; i++)
		if (streq(v[i], attribute))
			return true;
	return false;
}

bool config_granted(const struct appliance_config *a, const struct upstream_config *u,
	const char *attribute, enum commands_form form)
{
	if (!a->control || !(u->commands & form))
		return false;
	for (size_t i = 0; i < a->n_grants; i++) {
		const struct grant_conf *g = &a->grants[i];

		if (streq(g->upstream, u->id))
			return form == COMMANDS_PLAIN ? listed(g->plain, g->n_plain, attribute)
						      : listed(g->json, g->n_json, attribute);
	}
	return false;
}

static const char *names_of_writes(const struct appliance_config *a, const char *near_to, bool *ret)
{
	const char *names[CONFIG_SOURCES_MAX * PROFILE_WRITES_MAX + 1] = {NULL};
	size_t n = 0;

	*ret = false;
	for (size_t i = 0; i < a->n_sources; i++) {
		const struct profile *p = a->sources[i].profile;

		for (size_t k = 0; k < p->n_writes; k++) {
			*ret |= streq(p->writes[k].attribute, near_to);
			names[n++] = p->writes[k].attribute;
		}
	}
	return ini_nearest(near_to, names);
}

/* A name that nothing can be written to grants nothing: worth a word, not the appliance. */
static int load_list(struct ini_section *s, const char *key, const struct appliance_config *a,
	struct problems *p, char ***ret, size_t *ret_n)
{
	struct ini_entry *e = ini_get(s, key, NULL);
	int r = ini_get_list(s, key, CONFIG_GRANTS_MAX, p, ret, ret_n);

	for (size_t i = 0; r > 0 && i < *ret_n; i++) {
		const char *near;
		bool known;

		near = names_of_writes(a, (*ret)[i], &known);
		if (known)
			continue;
		if (near)
			(void)ini_problem(p, PROBLEM_WARNING, e,
				"no profile of this appliance can change %s; did you mean %s?",
				(*ret)[i], near);
		else
			(void)ini_problem(p, PROBLEM_WARNING, e,
				"no profile of this appliance can change %s; \"hearthctl set %s\" "
				"lists what can be changed",
				(*ret)[i], a->id);
	}
	return r;
}

static void check_upstream(const struct ini_section *s, const struct config *c,
	const struct appliance_config *a, const struct grant_conf *g, struct problems *p)
{
	const struct upstream_config *u = NULL;
	const char *ids[CONFIG_UPSTREAMS_MAX + 1] = {NULL}, *near;

	for (size_t i = 0; i < c->n_upstreams; i++) {
		ids[i] = c->upstreams[i].id;
		if (ids[i] && streq(ids[i], g->upstream))
			u = &c->upstreams[i];
	}
	near = u ? NULL : ini_nearest(g->upstream, ids);
	if (!u)
		(void)ini_problem_section(p, PROBLEM_WARNING, s,
			near ? "hearthd.conf has no [Upstream %s]; did you mean %s?"
			     : "hearthd.conf has no [Upstream %s]",
			g->upstream, near);
	else if ((g->n_json > 0 && !(u->commands & COMMANDS_JSON)) ||
		 (g->n_plain > 0 && !(u->commands & COMMANDS_PLAIN)))
		(void)ini_problem_section(p, PROBLEM_WARNING, s,
			"has no effect before [Upstream %s] of hearthd.conf has Commands=%s%s%s",
			g->upstream, g->n_json > 0 ? "json" : "",
			g->n_json > 0 && g->n_plain > 0 ? " " : "", g->n_plain > 0 ? "plain" : "");
	if (!a->control)
		(void)ini_problem_section(
			p, PROBLEM_WARNING, s, "has no effect before [Appliance] has Control=yes");
}

int config_load_grants(const struct ini *ini, const struct config *c, struct appliance_config *a,
	struct problems *p)
{
	static const char *const known[] = {"Attributes", "Plain", NULL};
	size_t n = 0;
	int bad = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Control", s));)
		n++;
	if (n == 0)
		return 0;
	a->grants = calloc(n, sizeof(*a->grants));
	if (!a->grants)
		return -ENOMEM;
	for (struct ini_section *s = NULL; (s = ini_section_next(ini, "Control", s));) {
		struct grant_conf *g = &a->grants[a->n_grants];

		if (!id_valid(s->arg)) {
			bad |= ini_problem_section(p, PROBLEM_ERROR, s,
				       "needs the name of an upstream of hearthd.conf, as in "
				       "[Control home]") < 0;
			continue;
		}
		g->upstream = strdup(s->arg);
		if (!g->upstream)
			return -ENOMEM;
		a->n_grants++;
		bad |= load_list(s, "Attributes", a, p, &g->json, &g->n_json) < 0;
		bad |= load_list(s, "Plain", a, p, &g->plain, &g->n_plain) < 0;
		check_upstream(s, c, a, g, p);
		ini_warn_unused(s, known, p);
	}
	return bad ? -EINVAL : 0;
}
