/* SPDX-License-Identifier: Apache-2.0 */
/* Computed points and conditions at run time: keeps the last reading of each point that an expression of
 * the profile mentions, and turns a batch of readings into one that has the computed points too, and
 * where what does not exist now is absent. One for each source; its owner's thread; time is that of
 * the readings. */
#ifndef HEARTHD_COMPUTE_H
#define HEARTHD_COMPUTE_H

#include "daemon/profile/profile.h"

struct compute;

/* 0; *ret NULL where P has nothing to compute. P outlives it. PERIOD_US: points are not read more often
 * than this (0: no such bound). */
int compute_new(const struct profile *p, uint64_t period_us, struct compute **ret);
struct compute *compute_free(struct compute *c);

/* Most readings that compute_apply() makes of N: points under a condition come again when it turns. */
size_t compute_room(const struct compute *c, size_t n);
/* OUT has compute_room(). MORE: the batch goes on; what needs several values waits for the rest.
 * Readings of a point under a condition that is false come out absent, where it is unknown with the
 * condition's quality. Something is computed when what it is made of came, and not before all of it
 * came once, unless it is decided without. Its time is that of the newest operand. */
size_t compute_apply(
	struct compute *c, const struct reading *in, size_t n, bool more, struct reading *out);
/* Operands older than three of their periods turn stale; what comes of that goes to OUT. */
size_t compute_expire(struct compute *c, uint64_t now_us, struct reading *out);
/* The source is silent: all operands are unavailable. The points themselves are the caller's. */
void compute_fail(struct compute *c, enum reason reason, uint64_t now_us);
/* 1, 0, or -1 unknown: whether POINT exists now. 1 where it has no condition. */
int compute_exists(const struct compute *c, unsigned point);

#endif
