/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by verbs-add.c (who it is, its names, its file), add-read.c (what it says) and verbs-remove.c. */
#ifndef HEARTHD_CTL_ADD_INTERNAL_H
#define HEARTHD_CTL_ADD_INTERNAL_H

#include "profile-play.h"
#include "scan-port.h"

#include "adapters/modbus.h"

/* Label= of hearthd.conf(5). */
#define LABEL_BYTES_MAX 128
#define LABEL_RULE      "a label is 1 to 128 bytes (42 Chinese characters) without control characters"
bool add_label_valid(const char *s);

struct add {
	const struct ctl_options *o;
	const char *address, *profile_name, *label, *id;
	struct profile_choice choices[PROFILE_SETTINGS_MAX];
	size_t n_choices;
	bool yes, interactive;

	char where[256], own_id[33], own_bus[33], own_device[256], own_profile[64];
	char asked[PROFILE_SETTINGS_MAX][2]
		  [64]; /* what choices point at, of those that were asked */
	struct scan_line line;
	unsigned unit;
	struct config *config;
	struct scan_port port;
	struct profile *profile;
	struct modbus_state state;
	struct blocks blocks;
	struct reading *readings; /* of each point; quality of what was not read: unavailable */
	size_t good, suspect, silent;
	unsigned refusals, lost; /* reads answered with an exception; reads without a good answer */
};

/* Reads every point of A->profile once and shows the values, each with a mark. An enum ctl_exit. */
int add_read_values(struct add *a);

#endif
