/* SPDX-License-Identifier: Apache-2.0 */
/* An appliance at run time: its attributes in the order of the common model, fed by readings of its
 * sources. Main thread; time is an argument. */
#ifndef HEARTHD_APPLIANCE_H
#define HEARTHD_APPLIANCE_H

#include "daemon/model/compute.h"
#include "daemon/config/config.h"

struct attribute {
	const char *name;               /* model's or "vendor.NAME"; borrowed */
	const struct model_attr *model; /* NULL for vendor. */
	const struct point *point;      /* what feeds it: scale, enums, label; NULL: of no source */
	bool alternatives; /* several points may; .point is the one that does, .point_index the first */
	uint16_t source, point_index;
	unit_id unit;
	double deadband;   /* model's, never below the point's resolution's half */
	bool total;        /* a running total: told once a report */
	double resolution; /* one step of the register in UNIT; 0 = unknown (floats) */
	uint64_t period_us;
	struct reading value; /* last reading, type/quality/value in the model's terms */
	bool seen;
	uint64_t changed_us;
};

enum source_state { SOURCE_UNKNOWN, SOURCE_ANSWERING, SOURCE_SILENT, SOURCE_LINE_DOWN };

struct source {
	const struct source_conf *conf;
	enum source_state state;
	uint8_t reason; /* enum reason, when not answering */
	uint64_t since_us, last_reply_us;
	int16_t *attr_of_point;  /* point → index in attributes; -1 */
	struct compute *compute; /* NULL: the profile has nothing to compute */
};

/* Most readings that appliance_compute() makes of N. */
#define APPLIANCE_ROOM(n) ((n) + PROFILE_DERIVED_MAX)

struct appliance {
	const struct appliance_config *conf;
	struct attribute *attrs; /* canonical order: model order, then vendor. by profile order */
	size_t n_attrs;
	struct source *sources;
	size_t n_sources;
	uint16_t index; /* in the manager's table */
	void *userdata; /* the manager's */
};

/* Builds from CONF; -EINVAL with PROBLEMS when [Map] names what is not there or two sources claim
 * one attribute. CONF outlives it. */
int appliance_new(
	const struct appliance_config *conf, struct problems *problems, struct appliance **ret);
/* One more attribute, that no source feeds; behind the others. Before anybody has a pointer to one. */
int appliance_add_own(struct appliance *a, const struct model_attr *model);
#define ATTRIBUTE_NO_SOURCE UINT16_MAX
struct appliance *appliance_free(struct appliance *a);

/* Before step 5. Readings as they came from a source, to OUT with room for APPLIANCE_ROOM(N): computed
 * points follow, and what does not exist now is absent. MORE: the batch goes on. Returns how many;
 * these are what appliance_apply() and diagnose_apply() see. */
size_t appliance_compute(struct appliance *a, unsigned source, const struct reading *r, size_t n,
	bool more, struct reading *out);
/* Step 5. Applies readings of one source. For each that changed (value, quality or type; any change
 * of the register counts, deadbands are the report's matter) CHANGED is called once. Readings of
 * hidden points are skipped. */
typedef void (*appliance_changed_fn)(struct appliance *a, struct attribute *attr, void *userdata);
void appliance_apply(struct appliance *a, unsigned source, const struct reading *r, size_t n,
	appliance_changed_fn changed, void *userdata);
/* Does it say how it is? True when a usable value came with the newest readings, refusals among them, or
 * at most 30 s before: a slow value read before everything was refused says nothing of now. */
bool appliance_tells(const struct appliance *a);
/* Marks what is older than 3 of its periods stale; calls CHANGED for those. */
void appliance_expire(
	struct appliance *a, uint64_t now_us, appliance_changed_fn changed, void *userdata);
/* A source went silent or came back: all its attributes become unavailable with REASON at once. */
void appliance_source_state(struct appliance *a, unsigned source, enum source_state state,
	enum reason reason, uint64_t now_us, appliance_changed_fn changed, void *userdata);
/* Good values of a source become suspect with REASON: what it says is no longer believed. */
void appliance_distrust(struct appliance *a, unsigned source, enum reason reason, uint64_t now_us,
	appliance_changed_fn changed, void *userdata);
/* At least one source answers. */
bool appliance_reachable(const struct appliance *a);
struct attribute *appliance_attr(struct appliance *a, const char *name); /* NULL */

/* The value as the wire shows it: number shortest that round-trips at the attribute's resolution,
 * enum name ("vendor_<hex>" when the model has none), "true"/"false", bit names joined by space. */
void attribute_format(
	const struct attribute *attr, const struct reading *r, char *dst, size_t size);
const char *attribute_enum_name(const struct attribute *attr, int64_t code); /* NULL */
const char *attribute_label(const struct attribute *attr, bool zh);

#endif
