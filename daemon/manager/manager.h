/* SPDX-License-Identifier: Apache-2.0 */
/* The manager owns everything at run time: configuration, buses, appliances, journal, upstreams, the
 * D-Bus face. One sd-event loop, the main thread. manager.c: its life and the second's work;
 * manager-build.c: from a configuration to workers; manager-reload.c: and from there to another one; manager-readings.c: steps 5 and 6;
 * manager-flush.c: step 7; manager-feed*.c: steps 8 and 9; manager-dbus.c: org.hearthd. */
#ifndef HEARTHD_MANAGER_H
#define HEARTHD_MANAGER_H

#include "daemon/bus/bus.h"
#include "daemon/diagnosis/diagnose.h"
#include "daemon/report/discovery.h"
#include "daemon/upstream/downlink.h"
#include "daemon/journal/journal.h"
#include "daemon/model/mapfit.h"
#include "daemon/manager/feed/manager-relay.h"
#include "daemon/report/report.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct manager;
struct commands;
struct control;
struct knowledge;
struct repairs;
struct directories;
struct assists;
struct rule_set;
struct unit_care;
struct unit_rules;

/* What a finding is about. */
enum subject_kind { SUBJECT_APPLIANCE, SUBJECT_BUS };

/* An appliance and what the manager keeps for it. */
struct unit {
	struct manager *manager;
	struct appliance *appliance;
	struct control *control; /* NULL: nothing of it can be written */
	struct diagnose diagnose;
	struct unit_rules *rules;               /* manager-rules.c */
	struct unit_care *care;                 /* manager-care.c */
	struct unit_check *check;               /* manager-check.c; NULL: none runs */
	struct mapfit fits[CONFIG_SOURCES_MAX]; /* of each source */
	struct sample *samples;                 /* since the last flush; UNIT_SAMPLES_MAX */
	size_t n_samples;
	uint64_t samples_t0_us;
	uint64_t samples_lost; /* over the bound while the journal could not take them */
	bool retained_dirty;   /* state or availability to be published anew */
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
	bool waits;               /* to be started: manager_start_lines() */
	struct tap *tap;          /* manager-tap.c: who looks at its frames */
	struct scan_port *scan;   /* manager-dbus-scan.c */
	struct share_port *share; /* manager-share.c */
};

struct finding_job;

/* manager-down.h: why a message from a broker was not handed on */
enum down_fate { DOWN_TAKEN, DOWN_UNKNOWN, DOWN_RETAINED, DOWN_LARGE, DOWN_RATE, _DOWN_FATE_MAX };
#define DOWN_HANDLERS_MAX RELAY_FILTERS_MAX /* each has one filter */

/* What came down to one upstream, since its feed's start. */
struct feed_down {
	struct downlink_bucket buckets[DOWN_HANDLERS_MAX];
	uint64_t counts[_DOWN_FATE_MAX];
	uint64_t logged_us; /* of what was refused: once an hour */
};

/* What an upstream is still to be told and only the journal holds: after a start, and when more
 * happened at once than is kept in memory. */
struct untold_gap {
	char upstream[33];
	bool open;      /* new events stay in the journal too, so that none overtakes those there */
	bool grown;     /* they did, since the journal was asked last */
	uint64_t after; /* row read up to */
};

/* An upstream and what the manager keeps for it: the names it may know and what it was last told. */
struct feed {
	struct manager *manager;
	unsigned pending; /* answers of the journal on their way here */
	bool stopped;     /* freed when the last of them has come */
	const struct upstream_config *conf;
	struct manager_relay *relay;
	struct upstream *up;
	struct feed_sink *sink;    /* instead of up: documents are shown and nothing leaves */
	struct report_state *told; /* PLANE_REPORT */
	char (*aliases)[33];       /* of m->units, in their order; "" = not known yet */
	char (*bus_aliases)[33];   /* of m->lines */
	size_t aliases_missing;
	uint64_t *since; /* of m->units: history up to this row stays in the house */
	bool terms_asked, terms_settled; /* manager-feed-withdraw.c */
	uint64_t terms_retry_us;
	char *dict; /* the dictionary of names; NULL while an alias is missing */
	size_t dict_n;
	char dict_id[17];
	bool topics_known;        /* asked for, to clear what may not stay there */
	bool clearing;            /* the broker has not taken all of that yet */
	uint64_t read_after;      /* history row read up to; never behind the stored cursor */
	bool reading, report_job; /* one of each at a time */
	bool retell;              /* messages were lost or withheld: the next report tells all */
	bool told_undated;        /* a message of this boot left without a date */
	char key_names[2][33];    /* random; the key of privacy_name() here */
	int64_t names_since_us;   /* wall time at which the names were changed; 0: never */
	uint64_t names_since_boot_us;         /* if in this run */
	struct summary *summary;              /* manager-feed-summary.c */
	uint64_t summary_after;               /* history row it has read up to */
	int64_t summary_day_s, summary_end_s; /* the day that is open; 0: none */
	bool summary_reading, summary_job;
	struct finding_job *waiting[UPSTREAM_JOBS_MAX]; /* events before the aliases are known */
	size_t n_waiting;
	struct feed_down down; /* manager-down.c */
	struct untold_gap *gap;
	bool reading_untold;
	struct rotation *rotation; /* manager-feed-leave.c: its names are being changed */
	bool wiping;               /* what the broker keeps is being taken back, for good */
	uint64_t events_lost;      /* not even the journal has them */
	struct rediscovery rediscovery;
	struct commands *commands; /* manager-command.c; NULL: it may ask for nothing */
	uint64_t commands_logged_us;
};

struct manager_options {
	const char *etc, *vendor, *state, *runtime, *libexec;
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
	struct ending *ending;     /* manager-build.c: buses whose workers have not ended yet */
	struct known_holes *holes; /* manager-holes.c */
	struct rule_set *rule_set;
	struct knowledge *knowledge;     /* manager-care.c */
	struct repairs *repairs;         /* manager-repair.c */
	struct directories *directories; /* manager-directory.c */
	struct assists *assists;         /* manager-assist.c */
	struct common_cause {            /* told by one appliance, so that others need not */
		char cause[66];
		uint16_t unit;
		uint64_t until_us;
	} common[8]; /* the oldest gives way */
	struct feed *feeds[CONFIG_UPSTREAMS_MAX];
	size_t n_feeds;
	struct wiping *wiping; /* manager-privacy.c */
	bool wipe;             /* stopped in order to delete everything and begin anew */
	struct leaving *leaving[CONFIG_UPSTREAMS_MAX]; /* manager-feed-leave.c */
	uint64_t dirty_us; /* when the state planes last took units' retained_dirty */

	struct journal *journal;
	struct finding_job *kept_events; /* of feeds that a reload has stopped */
	struct untold_gap gaps[CONFIG_UPSTREAMS_MAX];
	uint64_t next_finding_id;
	bool findings_loaded;
	bool findings_missing; /* the journal could not tell those of earlier runs yet */
	uint64_t boot_id;      /* random per boot: groups undated messages */
	uint64_t flush_us;     /* effective interval */
	uint64_t started_us;
	uint64_t last_flush_us;

	sd_bus *dbus;
	struct manager_dbus *dbus_state;
	sd_event_source *tick, *watchdog, *sighup, *sigterm, *sigint;
	uint64_t reloaded_us;
	bool ready;                /* READY=1 is said */
	bool reload_due;           /* asked for too soon after the last one */
	uint64_t control_until_us; /* asked to stop: values are put back until then */
	uint64_t stop_until_us;    /* asked to stop: events still go into the outbox until then */
	char status[256];          /* last STATUS= */
};

int manager_new(const struct manager_options *options, sd_event *event, struct manager **ret);
struct manager *manager_free(struct manager *m);
/* Reads the configuration, opens the journal, starts everything. -EINVAL: see m->problems. */
int manager_start(struct manager *m);
/* manager-reload.c. SIGHUP or D-Bus: 0, or -EINVAL and the old configuration stays. What did not change by
 * content goes on untouched; never waits for a worker. */
int manager_reload(struct manager *m);
/* Ends the loop soon: nothing is asked any more, values set for a time are put back, what is on its way
 * into the outbox gets there. A signal after it ends it at once. */
void manager_stop(struct manager *m);

/* READY=1, once: when hearthd can be called by its name, where there is a bus that gives it one soon. */
void manager_tell_ready(struct manager *m);

struct unit *manager_unit(const struct manager *m, const char *id); /* NULL */
struct line *manager_line(const struct manager *m, const char *id);
struct finding_clock manager_clock(struct manager *m);
/* "ok" "warning" "fault" "unreachable" "unknown" */
const char *unit_state(const struct unit *u);
size_t manager_answering(const struct manager *m);
void manager_update_status(struct manager *m); /* STATUS= of the service, when it is another */
void manager_print_problems(const struct manager *m);

/* manager-build.c: units and lines of m->config */

/* What was before a reload. A unit of the same shape, and a line that is made of the same, moves over as it
 * is: its worker, values, findings, readers. What is left here then is the caller's to end. */
struct household {
	struct config *config;
	struct unit *units;
	struct line *lines;
	size_t n_units, n_lines;
};
int manager_build(struct manager *m, struct household *old); /* NULL at the start */
/* The workers of lines that wait, when the last of those that are to end has. */
void manager_start_lines(struct manager *m);
/* Readers, scans and the worker of a line; nobody waits for it. */
void manager_end_line(struct line *l);
void manager_end_bus(struct manager *m, struct bus *b); /* b may be NULL */
/* All, and waits for them: side by side, 2 s at most. */
void manager_end_workers(struct manager *m);
void manager_stop_lines(struct manager *m);
void manager_stop_units(struct manager *m);
void unit_detach(struct unit *u); /* what knows the appliance, and is not a part of it */
void unit_done(struct unit *u);

/* manager-readings.c: steps 5 and 6 */
extern const struct bus_ops manager_bus_ops;
/* A finding of an appliance changed (finding_changed_fn; USERDATA: the unit): frozen, logged, stored,
 * sent, shown. One that is held back is not logged and not sent. */
void manager_unit_finding(
	struct findings *f, struct finding *v, enum finding_change change, void *userdata);
void manager_tick_findings(struct manager *m);
/* Reads what earlier runs found; when it is there, the buses start. */
int manager_load_findings(struct manager *m);
/* What is said of something that is not configured any more is over. */
void manager_retire_findings(struct manager *m);

/* manager-flush.c: step 7, samples and findings to the journal */
void manager_flush(struct manager *m);
void manager_add_sample(struct unit *u, const struct attribute *attr);
/* A finding changed: to the journal and to every upstream that may know. SUBJECT is an appliance's or
 * a bus's id. */
void manager_store_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change);

/* manager-feed.c: steps 8 and 9, what each upstream may know */
/* Feeds that run already, whose upstream is the same in m->config, go on. */
int manager_feeds_start(struct manager *m);
/* Stops all but those whose upstream is the same in NEXT; all without it. */
void manager_feeds_stop(struct manager *m, const struct config *next);
/* A finding, stored as RECORD: to the journal, and to every upstream with the event plane. */
int manager_feeds_finding(struct manager *m, enum subject_kind kind, const char *subject,
	const struct finding *v, enum finding_change change, const char *record, size_t n);
/* History has grown: reports are composed from it. */
void manager_feeds_history(struct manager *m);
/* An event is on its way into an outbox. */
bool manager_feeds_busy(const struct manager *m);
/* After the journal has gone: events that found no outbox. */
void manager_feeds_free_kept(struct manager *m);
/* Retained documents that changed; asks again for what the journal could not tell. */
void manager_feeds_tick(struct manager *m);

/* manager-dbus.c */
int manager_dbus_start(struct manager *m);
void manager_dbus_stop(struct manager *m);
/* Around a reload: says which objects go, and which ones came: those that are not the same in OTHER. */
void manager_dbus_objects(struct manager *m, const struct config *other, bool added);
void manager_dbus_finding(struct manager *m, const struct finding *v);
void manager_dbus_readings(struct unit *u, struct attribute *const *attrs, size_t n);
void manager_dbus_unit_changed(struct unit *u);
void manager_dbus_line_changed(struct line *l);
void manager_dbus_feed_changed(struct feed *f);
void manager_dbus_manager_changed(struct manager *m);

#endif
