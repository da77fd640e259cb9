/* SPDX-License-Identifier: Apache-2.0 */
/* The common model: kinds of appliances and their attributes, in household units, under Matter's
 * names where Matter has one. Compiled in from etc/model.csv by daemon/model/model-gen.py; constant;
 * any thread. */
#ifndef HEARTHD_MODEL_H
#define HEARTHD_MODEL_H

#include "unit.h"

enum attr_type {
	ATTR_NUMBER,
	ATTR_BOOL,
	ATTR_ENUM, /* one of .values */
	ATTR_BITS, /* a set of .values; value = bit number */
	ATTR_STRING,
	ATTR_TIMESTAMP,
	ATTR_COMMAND, /* never read */
	_ATTR_TYPE_MAX,
};
const char *attr_type_name(enum attr_type type); /* "number", ..., "command" */
enum attr_priority { ATTR_MANDATORY, ATTR_RECOMMENDED, ATTR_OPTIONAL };
enum attr_origin {
	ORIGIN_APPLIANCE, /* a point of a profile */
	ORIGIN_HEARTHD,   /* made by hearthd; no profile may claim it */
	ORIGIN_EITHER,    /* a point where there is one, else hearthd's own knowledge */
};

struct model_value {
	const char *name; /* travels on the wire */
	int64_t value;    /* Matter's number, or the bit number of ATTR_BITS */
};

struct model_attr {
	const char *name; /* "flow.temperature" */
	enum attr_type type;
	enum attr_priority priority;
	enum attr_origin origin;
	bool writable;
	unit_id unit;
	double usual_min, usual_max; /* NAN = none; a note, never a filter */
	double deadband;             /* report by exception; 0 = every change */
	const struct model_value *values;
	size_t n_values; /* 0 for an enum whose names the profile declares */
	const char *label_en, *label_zh;
	/* Home Assistant, used by discovery later */
	const char *ha_component, *ha_key, *ha_device_class, *ha_state_class, *ha_unit,
		*ha_category;
};

struct model_kind {
	const char *name; /* "room_air_conditioner" */
	const char *label_en, *label_zh;
	const struct model_attr *attrs; /* canonical order: the common ones first */
	size_t n_attrs;
};

extern const struct model_kind model_kinds[];
extern const size_t model_n_kinds;

const struct model_kind *model_kind_by_name(const char *name); /* NULL */
/* Index in kind->attrs, or -ENOENT. */
int model_attr_index(const struct model_kind *k, const char *name);
/* Number of a name of .values (of a bit for ATTR_BITS), -ENOENT. */
int model_value_by_name(const struct model_attr *a, const char *name, int64_t *ret);
const char *model_value_name(const struct model_attr *a, int64_t value); /* NULL */
/* What the model takes for noise in a unit: the least deadband above 0 it gives an attribute of that
 * dimension, in UNIT; 0 where it has none. For quantities that have no place in the model. */
double model_unit_deadband(unit_id unit);

#endif
