/* SPDX-License-Identifier: Apache-2.0 */
/* hearthd.conf, hearthd.conf.d/ and appliances.d/ as one immutable tree. Loaded whole or not at
 * all at start; at reload the old one stays when the new one has an error in hearthd.conf. A bad
 * file in appliances.d costs that appliance alone. Owned by main. Keys: hearthd.conf(5). */
#ifndef HEARTHD_CONFIG_H
#define HEARTHD_CONFIG_H

#include "daemon/base/clock.h"
#include "daemon/base/digest.h"
#include "daemon/base/problem.h"
#include "daemon/profile/profile.h"

#define CONFIG_APPLIANCES_MAX 64
#define CONFIG_SOURCES_MAX    4 /* an appliance */
#define CONFIG_BUSES_MAX      16
#define CONFIG_UPSTREAMS_MAX  8
#define CONFIG_GRANTS_MAX     64 /* attributes an upstream may change of one appliance */

enum privacy_level { LEVEL_OFF, LEVEL_FAULTS, LEVEL_DAILY, LEVEL_FULL };
enum plane {
	PLANE_EVENT = 1,
	PLANE_REPORT = 2,
	PLANE_STATE = 4,
	PLANE_SUMMARY = 8,
	PLANE_REPAIR = 16,
	PLANE_DISCOVERY = 32 /* of Home Assistant; with it goes PLANE_STATE */
};
/* What an upstream may ask for at all: messages of hearth.command/1, and bare values. */
enum commands_form { COMMANDS_JSON = 1, COMMANDS_PLAIN = 2 };
enum compression { COMPRESSION_DEFLATE, COMPRESSION_NONE };

struct bus_config {
	char *id;
	char *device; /* as transport.h: "rtu:/dev/…" */
	/* 0: taken from the profiles on it, which must agree (an error in PROBLEMS when not), else
	 * 9600 8N1. */
	uint32_t baud;
	char parity; /* 'N' 'E' 'O' */
	uint8_t stop_bits;
	bool listen; /* never transmits */
	bool share;  /* hearth-share may have its frames */
	unsigned line;
	char *file;
	struct digest digest; /* of it and of the shapes of all appliances on it */
};

struct upstream_config {
	char *id;
	char *url;             /* mqtt://host:1883, mqtts://host:8883 */
	unsigned mqtt_version; /* 5 or 4 (3.1.1) */
	enum privacy_level level;
	unsigned planes;   /* enum plane bits */
	unsigned commands; /* enum commands_form bits; 0 = nothing */
	enum compression compression;
	bool lossless;               /* Report=lossless: hearth.report/2 */
	char *prefix;                /* "hearth/v1" */
	char *client_id;             /* NULL: made from the gateway alias */
	char *username;              /* password: credential NAME.password */
	uint64_t report_interval_us; /* 300 s */
	uint64_t keepalive_us;
	uint64_t max_bytes; /* bound of its outbox */
	unsigned window;    /* messages in flight, 1..16 */
	bool birth;
	bool receipts; /* events and repair packets wait for the receiver's own word */
	unsigned line;
	char *file;
	struct digest
		digest; /* of it, of [Daemon], of all appliances and of the names of all buses; words about an
			 * appliance are in it where they may be told */
};

struct source_conf {
	char *name; /* "meter"; "main" when the file has a single [Source] */
	char *bus;
	char *profile_id;
	struct profile *profile; /* a reference; for the choices of [Settings] */
	int16_t unit;            /* -1 on a line without units (serial:, serialtcp:) */
	uint64_t period_us;      /* 0 = the profile's */
	unsigned line;
};

struct map_conf { /* [Map] attribute=source.point-or-attribute */
	char *attribute;
	char *source;
	char *point;
	unsigned line;
};

struct grant_conf { /* [Control UPSTREAM]: what this upstream may change */
	char *upstream;
	char **json, **plain; /* attributes; each one allocation */
	size_t n_json, n_plain;
};

struct appliance_config {
	char *id; /* file name without .conf */
	char *file;
	unsigned line; /* of [Appliance]; 0 = it has none */
	const struct model_kind *kind;
	struct text label;
	char *location, *installed;
	enum privacy_level level; /* tightens every upstream's; LEVEL_FULL = no change */
	enum privacy_level levels
		[CONFIG_UPSTREAMS_MAX]; /* [Privacy]: at each upstream, in their order; likewise */
	bool control;                   /* Control=yes: values may be changed */
	struct source_conf *sources;
	size_t n_sources;
	struct map_conf *maps;
	size_t n_maps;
	struct grant_conf *grants;
	size_t n_grants;
	/* Of what a struct appliance is built from: kind, sources with their settings and profiles, map;
	 * of everything but the household's words for it; and of everything. */
	struct digest shape, wordless, digest;
};

struct config {
	bool zh; /* Language=zh_CN */
	enum clock_trust clock;
	char region[8]; /* Region=, "CN-31"; empty: not said */
	int log_level;
	uint64_t flush_us;           /* 300 s */
	uint64_t journal_max_bytes;  /* 64 MiB */
	uint64_t finding_holdoff_us; /* 10 s; a code must stand (or be gone) this long */
	struct bus_config *buses;
	size_t n_buses;
	struct upstream_config *upstreams;
	size_t n_upstreams;
	struct appliance_config *appliances;
	size_t n_appliances;
};

/* ETC "/etc/hearthd", VENDOR "/usr/lib/hearthd". 0, or -EINVAL when something in hearthd.conf is an
 * error. Errors of single appliances or profiles are in PROBLEMS and cost those alone. An empty
 * ETC is a valid configuration. */
int config_load(
	const char *etc, const char *vendor, struct problems *problems, struct config **ret);
struct config *config_free(struct config *c);
/* TO and FROM, of the same shape, exchange their sources and maps: what was built of FROM, and points to
 * these and to their profiles, goes on with TO. */
void config_exchange_shape(struct appliance_config *to, struct appliance_config *from);
/* NULL where there is none. */
struct bus_config *config_bus(const struct config *c, const char *id);
struct upstream_config *config_upstream(const struct config *c, const char *id);
struct appliance_config *config_appliance(const struct config *c, const char *id);

/* May U change ATTRIBUTE of A in this form? False for everything that is not written down. */
bool config_granted(const struct appliance_config *a, const struct upstream_config *u,
	const char *attribute, enum commands_form form);

const char *privacy_level_name(enum privacy_level l);

#endif
