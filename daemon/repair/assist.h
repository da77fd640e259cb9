/* SPDX-License-Identifier: Apache-2.0 */
/* Assistance: one upstream sees one appliance in full for a bounded time. What is kept of it, so that neither a
 * restart nor a change of the clock makes it longer. Pure; time is a parameter. */
#ifndef HEARTHD_ASSIST_H
#define HEARTHD_ASSIST_H

#include "daemon/base/util.h"

#define ASSISTS_MAX   8
#define ASSIST_MIN_US USEC_PER_MIN
#define ASSIST_MAX_US (24 * USEC_PER_HOUR)
#define ASSIST_SAVE_US \
	USEC_PER_MIN       /* stored at least so often; the record is charged that much ahead */
#define ASSIST_RECORD 2048 /* bytes of all of them */

struct assist {
	char upstream[33], appliance[33];
	uint64_t until_us; /* CLOCK_BOOTTIME */
};

/* BOOT: which start of the machine NOW_US counts from. WALL_S 0: the clock is not set. RET has ASSIST_RECORD bytes. */
size_t assist_pack(const struct assist *v, size_t n, uint64_t boot, uint64_t now_us, int64_t wall_s,
	char ret[static ASSIST_RECORD]);
/* What is left of them now; RET has ASSISTS_MAX. Within one start of the machine that is exact; after another the time
 * without power does not count, but where both clocks were set the wall clock's end holds too. -EBADMSG. */
int assist_unpack(const char *p, size_t n, uint64_t boot, uint64_t now_us, int64_t wall_s,
	struct assist *ret, size_t *ret_n);

#endif
