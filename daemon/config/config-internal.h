/* SPDX-License-Identifier: Apache-2.0 */
/* What config.c, config-appliance.c, config-source.c and config-grant.c share. */
#ifndef HEARTHD_CONFIG_INTERNAL_H
#define HEARTHD_CONFIG_INTERNAL_H

#include "config.h"
#include "ini.h"

/* What the first word of Device= says about the units behind it. The transports have the full
 * table; the layers forbid to look there, and this is all that configuration needs. */
struct device_scheme {
	const char *prefix;
	bool network;  /* host and port instead of a path */
	uint16_t port; /* when none is given; 0 = one must be */
	bool modbus;   /* units are addressed */
	uint8_t unit_min, unit_max;
};

const struct device_scheme *device_scheme(const char *device); /* NULL: unknown */

extern const struct ini_name config_level_names[];
/* Level= of upstreams and appliances: as ini_get_enum(), and refuses what is not built yet. */
int config_get_level(struct ini_section *s, struct problems *p, enum privacy_level *ret);
/* A text of people or machines: at most MAX bytes, copied to *ret; *ret untouched when not given. */
int config_get_text(struct ini_section *s, const char *key, const char *locale, size_t max,
	struct problems *p, char **ret);

/* Profiles of this load: each is read once for each set of choices, and a bad one is explained once. */
struct profile_cache {
	const char *dirs[3];
	struct problems *problems;
	struct {
		char *key; /* the id, and choices that are not the defaults: "id word_order=little" */
		struct profile *profile; /* NULL: cannot be used */
		int error;
	} v[2 * CONFIG_APPLIANCES_MAX * CONFIG_SOURCES_MAX]; /* defaults, and what was chosen */
	size_t n;
};
/* A [Source] section into the next of A's sources. -EINVAL when told. */
int config_load_source(struct ini_section *s, struct config *c, struct appliance_config *a,
	struct profile_cache *cache, struct problems *p);
/* A [Settings] section that belongs to no source would be answers nobody hears. */
int config_check_settings(
	const struct ini *ini, const struct appliance_config *a, struct problems *p);

/* [Control UPSTREAM] sections of an appliance whose sources are loaded. */
int config_load_grants(const struct ini *ini, const struct config *c, struct appliance_config *a,
	struct problems *p);
void config_grants_done(struct appliance_config *a);

/* config-digest.c: the digests of A from its file, and those of all buses and upstreams of C from
 * hearthd.conf and the appliances. */
void config_digest_appliance(struct appliance_config *a, const struct ini *ini);
void config_digest_main(struct config *c, const struct ini *ini);

/* Appends the good appliances of appliances.d to C, whose buses are there. -ENOMEM alone is an
 * error; bad files are in PROBLEMS. */
int config_load_appliances(struct config *c, const char *const *dirs, struct problems *problems);
void appliance_config_done(struct appliance_config *a);

#endif
