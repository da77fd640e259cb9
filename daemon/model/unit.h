/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of units: names as people write them, the dimension, the factor and offset to the
 * dimension's base. Pure. */
#ifndef HEARTHD_UNIT_H
#define HEARTHD_UNIT_H

#include "daemon/base/util.h"

/* Index into the table; 0 is "no unit". Temperatures (°C) and temperature differences (K) are two
 * dimensions. */
typedef uint8_t unit_id;
#define UNIT_NONE 0

int unit_by_name(const char *name, unit_id *ret); /* aliases too (degC, m3/h); -ENOENT */
const char *unit_name(unit_id u);                 /* "°C"; "" for UNIT_NONE */
bool unit_convertible(unit_id from, unit_id to);
/* Value in TO; both must be convertible. */
double unit_convert(double v, unit_id from, unit_id to);

/* For products and quotients of units: exponents over m kg s A K, and the factor to that coherent
 * unit. A temperature has those of a difference. */
#define UNIT_DIMS 5
void unit_si(unit_id u, int8_t dim[UNIT_DIMS], double *ret_factor);
bool unit_is_absolute(unit_id u); /* °C, °F: has a zero of its own */
/* The unit that a product of these exponents and this factor is; -ENOENT. */
int unit_by_si(const int8_t dim[UNIT_DIMS], double factor, unit_id *ret);

#endif
