/* SPDX-License-Identifier: Apache-2.0 */
/* The manager owns everything at run time: configuration, buses, appliances, journal, upstreams, the
 * D-Bus face. One sd-event loop, the main thread. manager.c: life, buses, readings, findings;
 * manager-flush.c: journal blocks and what goes upstream; manager-dbus.c: org.hearthd. */
#ifndef HEARTHD_MANAGER_H
#define HEARTHD_MANAGER_H

#include "bus.h"
#include "diagnose.h"
#include "journal.h"
#include "report.h"
#include "upstream.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct manager;

/* What a finding is about. */
enum subject_kind { SUBJECT_APPLIANCE, SUBJECT_BUS };

/* An appliance and what the manager keeps for it. */
struct unit {
	struct manager *manager;
	struct appliance *appliance;
	struct diagnose diagnose;
	struct sample *samples; /* since the last flush; UNIT_SAMPLES_MAX */
	size_t n_samples;
	uint64_t samples_t0_us;
	uint64_t samples_lost;  /* over the bound while the journal could not take them */
	bool retained_dirty;    /* state or availability to be published anew */
	bool reachable;
};
#define UNIT_SAMPLES_MAX 4096 /* 288 KiB; a flush is asked for at half of it */

struct line { /* a bus and what the manager keeps for it */
	struct manager *manager;
	const struct bus_config *conf;
	struct bus *bus; /* NULL: its configuration cannot work; .text says why */
	struct findings findings;
	char text[200];
	bool alive;
};

struct manager_options {
	const char *etc, *vendor, *state, *runtime;
	const char *bus_address; /* NULL = system bus, "none" = no D-Bus */
};

struct manager {
	struct manager_options options;
	sd_event *event;
	struct config *config;
	struct problems problems; /* of the last load, good or refused */
	bool config_kept;         /* the last reload was refused: the old one stays */

	struct line *lines;
	size_t n_lines;
	struct unit *units;
	size_t n_units;
	struct upstream **upstreams;
	size_t n_upstreams;

	struct journal *journal;
	uint64_t next_finding_id;
	bool findings_loaded;
	uint64_t boot_id;         /* random per boot: groups undated messages */
	uint64_t flush_us;        /* effective interval */
	bool flushing;
	unsigned flush_pending;
	uint64_t started_us;
	uint64_t last_flush_us;

	sd_bus *dbus;
	struct manager_dbus *dbus_state;
	sd_event_source *tick, *watchdog, *sighup, *sigterm, *sigint;
	char status[256]; /* last STATUS= */
};

int manager_new(const struct manager_options *options, sd_event *event, struct manager **ret);
struct manager *manager_free(struct manager *m);
/* Reads the configuration, opens the journal, starts everything. -EINVAL: see m->problems. */
int manager_start(struct manager *m);
/* SIGHUP or D-Bus: 0, or -EINVAL and the old configuration stays. */
int manager_reload(struct manager *m);

struct unit *manager_unit(const struct manager *m, const char *id); /* NULL */
struct line *manager_line(const struct manager *m, const char *id);
struct finding_clock manager_clock(struct manager *m);
/* "ok" "warning" "fault" "unreachable" "unknown" */
const char *unit_state(const struct unit *u);
size_t manager_answering(const struct manager *m);
void manager_print_problems(const struct manager *m);

/* manager-flush.c */
int manager_flush_init(struct manager *m);
void manager_flush(struct manager *m);
void manager_flush_done(struct manager *m); /* at stop: what is in memory goes to the journal */
void manager_add_sample(struct unit *u, const struct attribute *attr);
/* A finding changed: to the journal and to every upstream that may know. */
void manager_store_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change);
int manager_upstreams_start(struct manager *m, const struct config *old);
void manager_upstreams_stop(struct manager *m);
/* Retained documents of every upstream with the state plane, and status and info of all. */
void manager_refresh_retained(struct manager *m);

/* manager-dbus.c */
int manager_dbus_start(struct manager *m);
void manager_dbus_stop(struct manager *m);
void manager_dbus_rebuild(struct manager *m); /* after a reload: the objects are others */
void manager_dbus_finding(struct manager *m, const struct finding *v);
void manager_dbus_readings(struct unit *u, struct attribute *const *attrs, size_t n);
void manager_dbus_unit_changed(struct unit *u);
void manager_dbus_line_changed(struct line *l);
void manager_dbus_upstream_changed(struct manager *m, struct upstream *u);
void manager_dbus_manager_changed(struct manager *m);

#endif
