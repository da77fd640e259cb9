/* SPDX-License-Identifier: Apache-2.0 */
/* What appliance.c and appliance-build.c share. */
#ifndef HEARTHD_APPLIANCE_INTERNAL_H
#define HEARTHD_APPLIANCE_INTERNAL_H

#include "appliance.h"

/* The model's entry behind a point's own attribute, in the kind of its profile; NULL for vendor. */
const struct model_attr *point_model(const struct profile *p, const struct point *point);
/* The unit its readings arrive in: that of its own attribute, else its own. */
unit_id point_unit(const struct profile *p, const struct point *point);

#endif
