/* SPDX-License-Identifier: Apache-2.0 */
/* Between profile-write.c ([Write ATTRIBUTE]: what, in which bounds, for how long) and profile-write-place.c
 * (where). */
#ifndef HEARTHD_PROFILE_WRITE_INTERNAL_H
#define HEARTHD_PROFILE_WRITE_INTERNAL_H

#include "profile-load.h"
#include "write-rule.h"

/* One [Write] while it is read. */
struct draft {
	struct loader *l;
	struct ini_section *s;
	struct write_rule *w;
	const struct model_attr *attr; /* NULL for vendor. */
	struct point like; /* encoding: that of the feeding point, changed by the keys */
	bool has_like;
	bool in_use; /* Confidence= is not low */
};

/* KEY NULL: the section as a whole. Returns -EINVAL. */
int write_bad(const struct draft *d, const char *key, const char *fmt, ...) _printf_(3, 4);
/* To=, or the place of the feeding point. */
int write_load_place(struct draft *d);
/* Before=, With=, After= and Function=. */
void write_load_neighbours(struct draft *d);

#endif
