/* SPDX-License-Identifier: Apache-2.0 */
/* Does what a source says still fit its profile? Firmware moves registers, appliances are exchanged,
 * half-dead controllers answer every read with zeros. One struct a source, fed with every batch of
 * readings before they are applied; while the verdict is not FIT_OK a good value is only suspect.
 * Pure, no clock; allocates in mapfit_init() alone. Main thread.
 *
 * Three proofs, each of facts that cannot all be chance:
 *  - identity: a [Identify] with Watch=yes gave something else, MAPFIT_TWICE times in a row;
 *  - alike: every number known is 0, or every register ffff, where numbers stood before, or where at
 *    least MAPFIT_PHYSICAL temperatures or voltages are among them: no house has those all at 0.
 *    After a jump (all numbers of one exchange turn to 0 or ffff at once, and among them is a ffff, or
 *    a 0 that was 5 °C or 20 V a moment ago) MAPFIT_ALIKE_MIN numbers are enough, with none between
 *    that is something else; until then the readings are doubted;
 *  - ranges: most of the points whose possible range is known are outside of it.
 * It ends when the proof is gone: the identity is right again, something else than 0 is read, fewer
 * than a quarter is out of range. */
#ifndef HEARTHD_MAPFIT_H
#define HEARTHD_MAPFIT_H

#include "daemon/profile/profile.h"

#define MAPFIT_TWICE     2 /* readings of a point in a row */
#define MAPFIT_ALIKE_MIN 6 /* numbers that must be alike */
#define MAPFIT_PHYSICAL  3 /* temperatures or voltages of 0 that are no chance */
#define MAPFIT_RANGE_MIN 3 /* points out of range, and at least half of those that have one */

enum misfit { FIT_OK, FIT_IDENTITY, FIT_ALIKE, FIT_RANGES };

struct mapfit_point {
	uint8_t kind;       /* of the last reading with a value; of an identity: that it was read */
	uint8_t out;        /* readings out of range in a row, saturating */
	uint8_t mismatches; /* of a watched identity, in a row, saturating */
	int8_t probe;       /* it is the watched one of this index, or -1 */
	bool since;         /* read since the jump */
	bool far;           /* a temperature or voltage that does not go to 0 in one step */
	bool varied;        /* something else than 0 and ffff was read since the start */
	/* of the profile */
	bool number;    /* a whole register that holds a quantity */
	float far_from; /* of temperatures and voltages: where .far begins; else NAN */
};

struct mapfit {
	const struct profile *profile; /* borrowed */
	struct mapfit_point *points;
	enum misfit verdict;
	bool doubting; /* since a jump nothing else than 0 and ffff was read */
	int16_t probe; /* with FIT_IDENTITY: index in profile->probes */
};

/* -ENOMEM. PROFILE outlives it. */
int mapfit_init(struct mapfit *m, const struct profile *profile);
void mapfit_done(struct mapfit *m); /* idempotent */
/* Readings of one exchange, before mapfit_apply(): not to be believed, because of a jump. */
bool mapfit_doubts(struct mapfit *m, const struct reading *r, size_t n);
/* Looks at readings of the source; true when the verdict has changed. */
bool mapfit_apply(struct mapfit *m, const struct reading *r, size_t n);
/* FIT_OK is more than that nothing was read yet: all watched identities were, and some number is
 * neither 0 nor ffff. */
bool mapfit_proven(const struct mapfit *m);
/* "identity version: 1.07, expected 1.00..1.05"; "all 12 numbers are 0". "" when it fits. */
void mapfit_text(const struct mapfit *m, bool zh, char *dst, size_t size);

#endif
