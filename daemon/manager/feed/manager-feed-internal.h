/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of one feed share: manager-feed.c its life and names, -event.c, -report.c and
 * -retained.c what it tells. A feed is an upstream as the manager sees it. Main thread. */
#ifndef HEARTHD_MANAGER_FEED_INTERNAL_H
#define HEARTHD_MANAGER_FEED_INTERNAL_H

#include "daemon/manager/manager.h"

/* An answer of the journal has come. False: the feed is gone, touch nothing of it. */
bool feed_answered(struct feed *f);

/* The privacy level: what this upstream may know at all, and of one appliance (whose own level
 * tightens the upstream's, never loosens it). */
bool feed_may(const struct feed *f, enum plane plane);
/* The same by the configuration alone, without assistance (manager-assist.h). */
bool feed_may_conf(const struct feed *f, enum plane plane);
bool feed_may_unit(const struct feed *f, const struct unit *u, enum plane plane);
/* A row of history about U. */
bool feed_may_row(const struct feed *f, const struct unit *u, enum plane plane, uint64_t row);
/* Names of the house stay on its own brokers: where the state plane is in force, not only written. */
bool feed_may_name(const struct feed *f);
/* Numbers and aliases are known. */
bool feed_is_complete(const struct feed *f);
/* The appliance's name here. */
const char *feed_alias(const struct feed *f, const struct unit *u);

/* The level in force for one appliance here; and for what is of no appliance. */
enum privacy_level feed_level(const struct feed *f, const struct unit *u);
/* What counts for the whole house (a finding, a start) under its name here. */
uint64_t feed_name(const struct feed *f, uint64_t number);
/* As fine as LEVEL lets times out, the boot under its name here. T_US of this boot (0 = none); WALL_US
 * 0 is filled in where the clock is set by now. */
struct stamp feed_stamp_at(
	const struct feed *f, enum privacy_level level, uint64_t t_us, int64_t wall_us);
struct stamp feed_stamp_now(const struct feed *f);
struct message_head feed_head_of(const struct compose_in *in); /* without offsets of boots */
/* BOOT must live as long as the head. */
struct message_head feed_head(
	struct feed *f, const struct compose_in *in, struct boot_offset *boot);
/* The payload as it leaves: deflated where the upstream wants it. Takes JSON over. */
int feed_pack(struct feed *f, char *json, size_t n, bool with_dict, struct compose_out *ret);

/* -event.c */
struct finding_job {
	struct manager *manager;
	struct feed *feed;        /* NULL while it is kept for the next one */
	struct finding_job *next; /* of those kept */
	char upstream[33];
	enum subject_kind kind;
	char subject[33];
	enum finding_change change;
	uint64_t untold; /* under which the journal keeps it until the message is stored */
	uint64_t boot_id, at_us;
	int64_t wall_us;         /* 0 = not known then */
	struct finding *finding; /* a copy: the table goes on */
};
struct finding_job *finding_job_free(struct finding_job *j);
/* Takes J over. False: no more fit, the journal has it. */
bool feed_queue_event(struct feed *f, struct finding_job *j);
void feed_submit_waiting(struct feed *f);
bool feed_event_may(
	const struct feed *f, enum subject_kind kind, const char *subject, const struct finding *v);
int feed_compose_event(const struct feed *f, const struct message_head *head, struct stamp at,
	enum subject_kind kind, const char *subject, const struct finding *v,
	enum finding_change change, char **ret, size_t *ret_n);
/* -untold.c: events that only the journal has */
void feed_find_gap(struct feed *f);
void feed_read_untold(struct feed *f);
/* The feed stops before J is stored: the next one for this upstream takes it. */
void feed_keep_event(struct finding_job *j);
void feed_adopt_events(struct manager *m);
/* Numbers, names and terms are known: everything that waited for them goes. */
void feed_complete(struct feed *f);
/* Stops F, calls BETWEEN, and starts it anew. */
int feed_renew(struct feed *f, int (*between)(struct manager *m, const char *id, void *u), void *u);
/* -leave.c: upstreams that are off, until the broker has forgotten them; and new names */
void manager_leave_start(struct manager *m, const struct upstream_config *conf);
void manager_leave_stop(struct manager *m);
void manager_leave_tick(struct manager *m);
void feed_tick_rotation(struct feed *f);
void feed_stop_rotation(struct feed *f);
/* After a rotation that was given up: everything is published again. */
void feed_restore(struct feed *f);
/* -withdraw.c: nothing leaves before what waits is within the level of now */
void feed_settle_terms(struct feed *f);
/* -summary.c: one a day */
void feed_read_summary(struct feed *f);
void feed_tick_summary(struct feed *f);
/* -report.c: reports of what the history has behind f->read_after */
void feed_read_history(struct feed *f);
/* -retained.c */
/* Where a feed without an upstream has its documents go: manager-privacy-preview.c shows them. */
struct feed_sink {
	char base[RELAY_TOPIC_MAX];
	const char *gw, *epoch;
	struct upstream_status status;
	/* TEXT as it was before it was deflated, N bytes; WIRE: as it leaves. */
	void (*document)(void *userdata, const struct retained_doc *d, const char *text, size_t n,
		size_t wire);
	void *userdata;
};
const char *feed_gw(const struct feed *f);
const char *feed_base(const struct feed *f);
/* Publishes TEXT, deflated when PACKED and the upstream wants it. Takes TEXT over. */
void feed_retain(struct feed *f, struct retained_doc d, char *text, size_t n, bool packed);
/* Everything that F publishes for good. */
void feed_set_all(struct feed *f);
void feed_set_status(struct feed *f);
void feed_set_info(struct feed *f);
void feed_set_birth(struct feed *f);
void feed_set_unit(struct feed *f, const struct unit *u, bool with_meta);
/* -discovery.c */
bool feed_may_discover(const struct feed *f, const struct unit *u);
void feed_set_discovery(struct feed *f, const struct unit *u, const struct appliance_text *card);
void feed_set_health(struct feed *f, const struct unit *u);
void feed_tick_discovery(struct feed *f);
/* -topics.c: takes back from the broker what the feed published once and may not or need not now */
void feed_clear_topics(struct feed *f);
void feed_tick_topics(struct feed *f);

#endif
