/* SPDX-License-Identifier: Apache-2.0 */
/* What may be taken from a broker at all: which topic is meant, and how often. Pure; time is a parameter. */
#ifndef HEARTHD_DOWNLINK_H
#define HEARTHD_DOWNLINK_H

#include "daemon/base/util.h"

#define DOWNLINK_LEVELS_MAX 2  /* '+' in a filter */
#define DOWNLINK_LEVEL_MAX  64 /* with its NUL: an attribute's name is the longest */

struct downlink_levels {
	char v[DOWNLINK_LEVELS_MAX][DOWNLINK_LEVEL_MAX];
	size_t n;
};
/* FILTER "a/+/set/+": what stood for each '+'. A level is 1 to 63 of a-z A-Z 0-9 _ - . and begins with
 * none of the last two, so that nothing of it can be a path, an option or a control byte; any other is no
 * match. */
bool downlink_match(const char *filter, const char *topic, struct downlink_levels *ret);

/* A token bucket: BURST at once, one more each PERIOD_US. Zeroed = full. */
struct downlink_bucket {
	unsigned used;
	uint64_t since_us;
};
bool downlink_take(struct downlink_bucket *b, unsigned burst, uint64_t period_us, uint64_t now_us);

#endif
