/* SPDX-License-Identifier: Apache-2.0 */
/* One run of "diagnose replay": what was asked, the points of the appliance, and where in the columns of
 * the file at hand each of them comes from. One thread. */
#ifndef HEARTHD_CTL_REPLAY_H
#define HEARTHD_CTL_REPLAY_H

#include "ctl.h"
#include "replay-csv.h"

#include "daemon/profile/profile.h"
#include "daemon/diagnosis/rule.h"

#define REPLAY_FILES_MAX 1024
#define REPLAY_MAPS_MAX  128
#define REPLAY_STATE_MAX (1024 * 1024)
/* What lies between two recordings whose times do not say it. */
#define REPLAY_GAP_S 3600.0

struct replay_map {
	const char *text; /* as given */
	char name[EXPR_NAME_MAX + 1];
	const char *expression;
};

struct replay_source {  /* of one point, for the file at hand */
	struct expr *e; /* over columns; NULL: the column itself */
	int column;     /* -1 = none */
};

struct replay {
	const struct ctl_options *o;
	const char *csv[REPLAY_FILES_MAX];
	size_t n_csv;
	struct replay_map maps[REPLAY_MAPS_MAX];
	size_t n_maps;
	const char *profile_name, *kind_name, *rules_path, *state_in, *state_out;
	double period_s;
	bool summary;

	struct profile *profile;
	const struct model_kind *kind;
	struct rule_set *set;
	struct rules *rules;
	struct rule_point points[RULES_POINTS_MAX];
	size_t n_points;
	struct replay_source sources[RULES_POINTS_MAX];
	struct expr_value values[RULES_POINTS_MAX];

	struct csv in;
	uint64_t clock_us;
	unsigned long rows, late, doubled, restarts, bad;
	unsigned confirmed[RULES_INSTANCES_MAX];
	bool dated_before;
	double last_dated_t;
	int worst;
};

/* Each says what is wrong and returns an enum ctl_exit. */
int replay_load_kind(struct replay *r);
/* Points that --map makes, and which of the kind's the first file has. */
int replay_add_mapped_points(struct replay *r);
int replay_bind_columns(struct replay *r); /* of the file that is open */
void replay_read_values(struct replay *r); /* of the row at hand, into r->values */
void replay_drop_sources(struct replay *r);

#endif
