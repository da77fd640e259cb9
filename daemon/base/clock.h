/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that asks the kernel what time it is. Everything below the manager takes the time
 * as an argument, so that tests run on virtual time. Any thread. */
#ifndef HEARTHD_CLOCK_H
#define HEARTHD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_BOOTTIME in microseconds: the clock of all readings and timers; goes on in suspend. */
uint64_t clock_boottime_us(void);
/* CLOCK_REALTIME in microseconds since 1970; meaningful only while clock_is_set(). */
int64_t clock_realtime_us(void);

enum clock_trust {
	CLOCK_TRUST_AUTO, /* set when later than the build and (synchronised by timesyncd, kept by an
			   * RTC, or set by a jump since the start) */
	CLOCK_TRUST_YES,  /* the administrator says so */
};
/* Gateways without a clock chip boot into the past; a date is attached to nothing before this. */
bool clock_is_set(enum clock_trust trust);

#endif
