/* SPDX-License-Identifier: Apache-2.0 */
/* A profile under every value of each of its settings: each varied alone, the others at their defaults,
 * so that the work stays bounded. One thread. */
#ifndef HEARTHD_PROFILE_CHECK_H
#define HEARTHD_PROFILE_CHECK_H

#include "daemon/profile/profile.h"

/* Loads the profile at hand for CHOICES. */
typedef int (*profile_load_fn)(void *userdata, const struct profile_choices *choices,
	struct problems *problems, struct profile **ret);

/* P is as loaded for the defaults, and what was wrong with it stands in PROBLEMS; what is wrong beside
 * under another choice is added, and names it. */
void profile_check_varied(
	const struct profile *p, profile_load_fn load, void *userdata, struct problems *problems);
/* One warning for what the kind expects and no point gives. */
void profile_check_model(const struct profile *p, struct problems *problems);

#endif
