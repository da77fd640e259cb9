/* SPDX-License-Identifier: Apache-2.0 */
/* What was loaded, by content, so that a reload leaves alone what has not changed. Made of the keys of the
 * files and not of what became of them: a key that is added one day is in it already. */
#include "config-internal.h"

/* What of an appliance's file is no matter of its shape: words about it, and who may see and change it. */
static bool is_card(const struct ini_section *s)
{
	return streq(s->type, "Appliance") || streq(s->type, "Privacy") ||
	       streq(s->type, "Control");
}

/* Label= and Location=, which leave the house on a plane with names alone. */
static void digest_wordless(struct digester *d, const struct ini_section *s)
{
	digest_text(d, s->type);
	digest_text(d, s->arg);
	for (const struct ini_entry *e = s->entries; e; e = e->next) {
		if (streq(e->key, "Label") || streq(e->key, "Location"))
			continue;
		digest_text(d, e->key);
		digest_text(d, e->locale);
		digest_text(d, e->value);
	}
	digest_text(d, NULL);
}

void config_digest_appliance(struct appliance_config *a, const struct ini *ini)
{
	struct digester shape = {0}, wordless = {0}, all = {0};

	digest_text(&shape, a->kind->name);
	for (const struct ini_section *s = ini->sections; s; s = s->next)
		if (!is_card(s))
			ini_digest(&shape, s);
	for (size_t i = 0; i < a->n_sources; i++) {
		digest_other(&shape, &a->sources[i].profile->digest);
		digest_number(&shape, a->sources[i].unit); /* its bus has a say in it */
	}
	digest_end(&shape, &a->shape);
	digest_other(&all, &a->shape);
	digest_other(&wordless, &a->shape);
	for (const struct ini_section *s = ini->sections; s; s = s->next)
		if (is_card(s)) {
			ini_digest(&all, s);
			digest_wordless(&wordless, s);
		}
	digest_end(&all, &a->digest);
	digest_end(&wordless, &a->wordless);
}

static bool is_on(const struct appliance_config *a, const struct bus_config *b)
{
	for (size_t i = 0; i < a->n_sources; i++)
		if (streq(a->sources[i].bus, b->id))
			return true;
	return false;
}

void config_digest_main(struct config *c, const struct ini *ini)
{
	for (size_t i = 0; i < c->n_buses; i++) {
		struct digester d = {0};

		ini_digest(&d, ini_section(ini, "Bus", c->buses[i].id));
		for (size_t k = 0; k < c->n_appliances; k++)
			if (is_on(&c->appliances[k], &c->buses[i])) {
				digest_text(&d, c->appliances[k].id);
				digest_other(&d, &c->appliances[k].shape);
			}
		digest_end(&d, &c->buses[i].digest);
	}
	for (size_t i = 0; i < c->n_upstreams; i++) {
		bool words = c->upstreams[i].planes & (PLANE_STATE | PLANE_DISCOVERY);
		struct digester d = {0};

		ini_digest(&d, ini_section(ini, "Upstream", c->upstreams[i].id));
		ini_digest(&d, ini_section(ini, "Daemon", NULL));
		for (size_t k = 0; k < c->n_appliances; k++) {
			const struct appliance_config *a = &c->appliances[k];

			digest_text(&d, a->id);
			digest_other(&d, words ? &a->digest : &a->wordless);
			/* These follow from other sections too: a name in [Privacy] that is no
			 * upstream's holds for all of them. */
			digest_number(&d, a->level);
			digest_number(&d, a->levels[i]);
		}
		for (size_t k = 0; k < c->n_buses; k++)
			digest_text(&d, c->buses[k].id);
		digest_end(&d, &c->upstreams[i].digest);
	}
}

void config_exchange_shape(struct appliance_config *to, struct appliance_config *from)
{
	const struct appliance_config was = *to;

	to->sources = from->sources;
	to->n_sources = from->n_sources;
	to->maps = from->maps;
	to->n_maps = from->n_maps;
	from->sources = was.sources;
	from->n_sources = was.n_sources;
	from->maps = was.maps;
	from->n_maps = was.n_maps;
}

struct bus_config *config_bus(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_buses; i++)
		if (streq(c->buses[i].id, id))
			return &c->buses[i];
	return NULL;
}

struct upstream_config *config_upstream(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_upstreams; i++)
		if (streq(c->upstreams[i].id, id))
			return &c->upstreams[i];
	return NULL;
}

struct appliance_config *config_appliance(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_appliances; i++)
		if (streq(c->appliances[i].id, id))
			return &c->appliances[i];
	return NULL;
}
