/* SPDX-License-Identifier: Apache-2.0 */
/* What each privacy level lets out, as docs/privacy.md says it: which level is in force, which
 * readings a record may carry, how far numbers and times are rounded, and names of a single upstream.
 * Pure; any thread. */
#ifndef HEARTHD_PRIVACY_H
#define HEARTHD_PRIVACY_H

#include "daemon/config/config.h"
#include "daemon/model/reading.h"

/* The level of one appliance at one upstream: the tightest of the upstream's, the appliance's own and
 * what the appliance says of this upstream. U is an element of C->upstreams, or a copy of one. */
enum privacy_level privacy_level_of(
	const struct config *c, const struct upstream_config *u, const struct appliance_config *a);
/* Least level at which a plane leaves. */
enum privacy_level privacy_plane_level(enum plane plane);

/* A reading called NAME of an appliance of KIND (a model kind's name, NULL: unknown), in a record that
 * leaves at LEVEL. At faults these are the machine's own (a discharge temperature), never those that
 * tell how the household lives (set points, rooms, modes, meters, hours). */
bool privacy_may_reading(
	enum privacy_level level, const char *kind, const char *name, enum value_type type);
/* Every attribute that stands in the text of an expression may leave; false when it has a name that is
 * none of the model. */
bool privacy_may_expression(enum privacy_level level, const char *kind, const char *text);

/* A number in UNIT, as coarse as LEVEL wants it: below full, temperatures to 1 K, power to 50 W; what
 * power or use could be found from as coarsely; everything else to two digits. */
double privacy_round(enum privacy_level level, double v, unit_id unit);
/* Seconds, below full rounded down to the hour. */
int64_t privacy_seconds(enum privacy_level level, int64_t s);

/* ---- names of one upstream. A number that counts for the whole house (a finding, a start) leaves as
 * SipHash-2-4 of it under a key of this upstream alone, so that two upstreams, or one before and after
 * its names were changed, cannot be compared by it. */
struct privacy_key {
	uint64_t k[2];
};
uint64_t privacy_name(const struct privacy_key *key, uint64_t number);
uint64_t privacy_siphash(const uint64_t k[2], const void *p, size_t n);
/* From two random names of the journal. */
struct privacy_key privacy_key_from(const char *a, const char *b);

#endif
