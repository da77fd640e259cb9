/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by discovery.c (the document), discovery-attribute.c (attributes alone) and discovery-group.c (entities made
 * of several attributes: climate, water heater, fan, valve). */
#ifndef HEARTHD_DISCOVERY_INTERNAL_H
#define HEARTHD_DISCOVERY_INTERNAL_H

#include "discovery.h"
#include "report-internal.h"
#include "daemon/profile/write-rule.h"

struct discovery {
	const struct discovery_text *t;
	const struct appliance *a;
	struct writer w;
	bool *grouped; /* of a->attrs: part of a group, not shown alone */
};

/* How an attribute is written, and in which profile that stands. */
struct way {
	const struct profile *profile;
	const struct write_rule *rule; /* NULL: not at all, or not granted */
};
struct way discovery_way(const struct discovery *d, const char *attribute);
struct way discovery_way_of(const struct discovery *d, const char *attribute); /* granted or not */
bool discovery_writable(const struct discovery *d, const char *attribute);     /* granted or not */
const struct attribute *discovery_attr(const struct discovery *d, const char *name); /* NULL */
void discovery_group(struct discovery *d, const char *name); /* it is not shown alone */

/* "PLATFORM_KEY": { with platform, unique and entity id; NAME NULL: the device's own name. KEY is an
 * attribute's name. Closed by write_close(&d->w, '}'). */
void discovery_open(struct discovery *d, const char *platform, const char *key, const char *name);
/* The same as nothing but its platform: Home Assistant removes it if it was there. */
void discovery_none(struct discovery *d, const char *platform, const char *key);
/* "KEY": topic that sets ATTRIBUTE; topic of the state. */
void discovery_command(struct discovery *d, const char *key, const char *attribute);
void discovery_state(struct discovery *d, const char *key);
/* The document's topic of the state counts for every entity. One that has no reading must not take that for
 * its own: nothing is ever published here. */
void discovery_unread(struct discovery *d);
void discovery_textf(struct discovery *d, const char *key, const char *fmt, ...) _printf_(3, 4);
/* "KEY": [names of what may be set]; MAP may change or leave out (NULL) each. */
void discovery_choices(struct discovery *d, const char *key, const struct way *w,
	const char *(*map)(const char *name));
void discovery_choices_in(
	struct discovery *d, const struct way *w, const char *(*map)(const char *name));
/* Names in a template: ['a','b']. */
void discovery_names(const struct way *w, char *dst, size_t size);
/* What numbers may be set, in the unit they are given in. */
void discovery_range(const struct discovery *d, const struct way *w, const char *attribute,
	double *ret_min, double *ret_max, double *ret_step);

/* discovery-attribute.c */
void discovery_one(struct discovery *d, const struct attribute *a);
/* What can be set and has no reading of its own. */
void discovery_rest(struct discovery *d);

/* discovery-group.c */
void discovery_groups(struct discovery *d);

#endif
