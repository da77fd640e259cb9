/* SPDX-License-Identifier: Apache-2.0 */
/* hearthd as hearthctl sees it over D-Bus: everything arrives as JSON, with the names of org.hearthd(5)
 * in lower case ("LastStored" is "last_stored"), and is printed from there. */
#ifndef HEARTHD_CTL_CLIENT_H
#define HEARTHD_CTL_CLIENT_H

#include "ctl.h"

#include <systemd/sd-bus.h>

struct names;

#define HEARTHD_NAME "org.hearthd"
#define HEARTHD_ROOT "/org/hearthd"

/* All of these return CTL_OK, or say on standard error what is wrong and what to try, and return
 * the exit code. */
int client_open(const struct ctl_options *o, sd_bus **ret);
/* Calls METHOD, "Privacy1.Show", of hearthd; REPLY may be NULL. It is waited for CLIENT_LONG_US at most: brokers are
 * asked, keys are made, and a slow disk takes its time. */
#define CLIENT_LONG_US (75 * USEC_PER_SEC)
int client_call(const struct ctl_options *o, sd_bus *bus, sd_bus_message **reply,
	const char *method, const char *types, ...);
/* The same where the answer is a text of JSON. */
int client_call_json(const struct ctl_options *o, sd_bus *bus, json_t **ret, const char *method,
	const char *types, ...);
int client_read_json(const struct ctl_options *o, sd_bus_message *reply, json_t **ret);
/* The message for a failed call; R is its negative errno. */
int client_failed(const struct ctl_options *o, int r, const sd_bus_error *e);
/* {"manager":{…},"appliances":[…],"buses":[…],"upstreams":[…]}, each list by id. */
int client_objects(const struct ctl_options *o, sd_bus *bus, json_t **ret);
/* The object of that id in such a list, borrowed; NOUN for the message: "appliance". */
int client_find(
	const struct ctl_options *o, json_t *list, const char *noun, const char *id, json_t **ret);
int client_readings(const struct ctl_options *o, sd_bus *bus, const char *id, json_t **ret);
/* The same for the names in them: NULL, and nothing is said, where the appliance is gone. */
json_t *client_labels(sd_bus *bus, const char *id);
int client_findings(
	const struct ctl_options *o, sd_bus *bus, const char *subject, bool cleared, json_t **ret);
/* a(ssssssstss) at the cursor of M: an array of readings. Negative errno. */
int client_parse_readings(sd_bus_message *m, json_t **ret);

/* a{sv} at the cursor of M into the object TO. Negative errno. */
int client_parse_properties(sd_bus_message *m, json_t *to);

/* "" when there is no such text. */
const char *json_str(const json_t *object, const char *key);
json_int_t json_int(const json_t *object, const char *key);

/* verbs-*.c */
int verb_watch(int argc, char **argv, const struct ctl_options *o);
int verb_scan(int argc, char **argv, const struct ctl_options *o);
int verb_add(int argc, char **argv, const struct ctl_options *o);
int verb_remove(int argc, char **argv, const struct ctl_options *o);
int verb_rename(int argc, char **argv, const struct ctl_options *o);
int verb_bus_monitor(int argc, char **argv, const struct ctl_options *o);
int verb_findings_show(int argc, char **argv, const struct ctl_options *o); /* finding-show.c */
int verb_set(int argc, char **argv, const struct ctl_options *o);
int verb_bus_list(int argc, char **argv, const struct ctl_options *o);
int verb_upstream_list(int argc, char **argv, const struct ctl_options *o);
int verb_upstream_show(int argc, char **argv, const struct ctl_options *o);
int verb_log_level(int argc, char **argv, const struct ctl_options *o);
int verb_reload(int argc, char **argv, const struct ctl_options *o);
void show_buses_short(const struct ctl_options *o, json_t *objects);
void show_buses(const struct ctl_options *o, json_t *objects);
void show_upstreams(const struct ctl_options *o, json_t *objects);

/* verbs-care.c. A text of {"en":…,"zh":…} at KEY; "" when there is none. */
const char *care_words(const struct ctl_options *o, const json_t *object, const char *key);
/* finding-show.c: the record of a finding, what it means, in a few words and with its numbers; and "3.5 °C" or "-" */
void finding_title(struct names *names, const json_t *record, char *dst, size_t size);
void finding_why(struct names *names, const json_t *record, char *dst, size_t size);
int finding_record(const struct ctl_options *o, sd_bus *bus, uint64_t id, json_t **ret);
const char *finding_meaning(const struct ctl_options *o, const json_t *record);
void show_number(char *dst, size_t size, const json_t *v, const char *unit);

/* verbs-service.c: contacts of verified directories that fit APPLIANCE, an array or NULL; and one of them as a line. */
json_t *service_contacts(sd_bus *bus, const char *appliance);
void service_line(const struct ctl_options *o, const json_t *service, char *dst, size_t size);

/* repair-page.c: what RepairVerify answered, as one page; APPLIANCE NULL: it is gone. */
void repair_print(
	struct names *names, const json_t *appliance, const json_t *v, bool html, FILE *f);

/* request-page.c: a packet as it would leave to WHERE, or a REQUEST that was made, as one page. CONTACTS, of
 * service_contacts(), are for the reader alone. */
void request_print(struct names *names, const json_t *packet, const json_t *request,
	const json_t *contacts, const char *where, bool html, FILE *f);

/* verbs-assist.c: a table of who sees what; with IF_NONE also when nobody does, and as JSON. */
int assist_show(const struct ctl_options *o, sd_bus *bus, bool if_none);

/* show.c: pieces of text that several verbs show. */
const char *show_label(const struct ctl_options *o, const json_t *object);
const char *show_kind(const struct ctl_options *o, const char *kind);
enum colour show_state_colour(const char *state);
/* "no-reply" as people say it. */
const char *show_reason(const struct ctl_options *o, const char *reason);
void show_age(char *dst, size_t size, json_int_t us);
/* Local time, "-" when it is not known. */
void show_time(const struct ctl_options *o, char *dst, size_t size, json_int_t wall_us);
const char *show_meaning(const struct ctl_options *o, const json_t *finding);
struct profile;
struct reading;
/* A decoded reading of a profile's point, not yet hearthd's. */
void show_reading(const struct ctl_options *o, const struct profile *p, const struct reading *r,
	char *dst, size_t size);
/* Names of values, apart by blanks, as O's language has them. */
void show_words(const struct ctl_options *o, const char *names, char *dst, size_t size);
/* Its value as people read it: yes and no, words for names; "-" when there is none. */
void show_plain(const struct ctl_options *o, char *dst, size_t size, const json_t *reading);
/* The same with its unit; "" when there is none. */
void show_value(const struct ctl_options *o, char *dst, size_t size, const json_t *reading);
/* Quality and reason of a reading that is not good; "" for a good one. */
void show_quality(const struct ctl_options *o, char *dst, size_t size, const json_t *reading);

#endif
