/* SPDX-License-Identifier: Apache-2.0 */
/* What hearthctl says of a profile: for people as tables, else as JSON. */
#ifndef HEARTHD_PROFILE_SHOW_H
#define HEARTHD_PROFILE_SHOW_H

#include "ctl.h"

#include "daemon/profile/profile.h"

int profile_show(const struct ctl_options *o, const struct profile *p);
/* The head alone, for lists. */
json_t *profile_json(const struct profile *p);

#endif
