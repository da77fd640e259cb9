/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6: from readings to findings, for one appliance: its own codes and bits. The rule engine is the
 * other observer of the same table (manager-rules.h). Pure: time is an argument. Main thread. */
#ifndef HEARTHD_DIAGNOSE_H
#define HEARTHD_DIAGNOSE_H

#include "daemon/appliance/appliance.h"
#include "daemon/appliance/finding.h"

/* Values of all attributes once a minute, for "before" in a freeze frame. */
#define HISTORY_MINUTES 6

struct code_point { /* last look at one Fault=code point */
	uint16_t point;
	bool seen, known; /* known: the appliance was heard to say it, or that it has none */
	bool detail_seen;
	struct reading code, detail;
};

struct kept_value { /* a good value of an attribute; VALUE_NONE = there was none. Texts are not kept. */
	uint8_t type; /* enum value_type */
	union {
		double num;
		int64_t code;
	};
};

struct diagnose {
	const struct appliance *appliance; /* borrowed */
	struct findings findings;
	struct code_point *codes[CONFIG_SOURCES_MAX];
	size_t n_codes[CONFIG_SOURCES_MAX];
	struct kept_value *history; /* HISTORY_MINUTES rows of n_attrs */
	size_t history_head, history_used;
	uint64_t history_us;
	uint16_t first[FREEZE_MAX]; /* attributes that the next frame begins with */
	size_t n_first;
};

int diagnose_init(struct diagnose *d, const struct appliance *a);
void diagnose_done(struct diagnose *d); /* idempotent */
/* Looks at the readings of one source. A reading that is not good leaves its findings as they are. */
void diagnose_apply(struct diagnose *d, unsigned source, const struct reading *r, size_t n,
	const struct finding_clock *clock, finding_changed_fn changed, void *userdata);
/* Hold-offs and the minute's history; call it every second or so. Returns when it is due next. */
uint64_t diagnose_tick(struct diagnose *d, const struct finding_clock *clock,
	finding_changed_fn changed, void *userdata);
/* Fills the freeze frame: the appliance's readings now and up to five minutes before, those named
 * by the model first, at most FREEZE_MAX. */
void diagnose_freeze(const struct diagnose *d, struct finding *v);
/* ATTRS come first in the frames to come, until it is said again. */
void diagnose_freeze_first(struct diagnose *d, const uint16_t *attrs, size_t n);
/* Some minutes later: the readings of the frame once more. */
void diagnose_freeze_after(const struct diagnose *d, struct finding *v);

#endif
