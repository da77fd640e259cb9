/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "util.h"

#include <time.h>

#include "build-config.h"

static uint64_t read_clock_us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_boottime_us(void)
{
	return read_clock_us(CLOCK_BOOTTIME);
}

int64_t clock_realtime_us(void)
{
	return (int64_t)read_clock_us(CLOCK_REALTIME);
}

/* Whoever sets the date of a machine that woke in the past makes it jump; nothing else does so by
 * hours. Main thread only, as all who ask for dates. */
#define JUMP_US (int64_t)(2 * USEC_PER_HOUR)

static bool clock_has_jumped(void)
{
	static int64_t first;
	int64_t offset = clock_realtime_us() - (int64_t)clock_boottime_us();

	if (first == 0)
		first = offset;
	return offset - first > JUMP_US;
}

/* adjtimex() would say, but ProtectClock= forbids the call; timesyncd leaves this file, and a machine
 * with a clock chip knows the date without the network. Looked at once a second at most. */
static bool clock_is_kept(void)
{
	static uint64_t looked_us;
	static bool kept;
	uint64_t now = clock_boottime_us();

	if (looked_us == 0 || now - looked_us >= USEC_PER_SEC) {
		looked_us = now;
		kept = access("/run/systemd/timesync/synchronized", F_OK) == 0 ||
		       access("/sys/class/rtc/rtc0", F_OK) == 0;
	}
	return kept;
}

bool clock_is_set(enum clock_trust trust)
{
	bool jumped = clock_has_jumped();

	if (clock_realtime_us() < HEARTHD_BUILD_EPOCH_S * (int64_t)USEC_PER_SEC)
		return false;
	return trust == CLOCK_TRUST_YES || jumped || clock_is_kept();
}
