/* SPDX-License-Identifier: Apache-2.0 */
/* Between maintenance.c and maintenance-save.c. */
#ifndef HEARTHD_MAINTENANCE_INTERNAL_H
#define HEARTHD_MAINTENANCE_INTERNAL_H

#include "maintenance.h"

struct counter {
	const struct maintenance_item *item;
	struct expr *rate, *total, *left; /* NULL = not given, or a point is absent */
	double every;                     /* in .unit; NAN */
	struct expr_unit unit;
	double per_hour; /* a Rate of 1 adds so much in an hour */

	/* remembered */
	double used, missing_s, last_total, pending_total, own_left; /* NAN = none */
	int64_t since_s;
	enum maintenance_state state;
	struct maintenance_record records[MAINTENANCE_RECORDS];
	size_t n_records;

	/* of the last step */
	double share_use, share_time, share_own, age_s;
};

struct maintenance {
	const struct model_kind *kind;
	double max_gap_s; /* a sample lasts no longer */
	uint64_t last_us;
	bool stepped;
	unsigned n;
	struct counter v[];
};

#endif
