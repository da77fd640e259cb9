/* SPDX-License-Identifier: Apache-2.0 */
/* Who is on a Modbus line, and what is it? Decides what to ask next and judges what came: requests go
 * out and replies come in through the caller, who has the line (a worker's, over D-Bus, or one of its
 * own). Only reads. Pure: no I/O, no clock, no log; allocates in scan_new() alone. One thread.
 *
 * The order, likely first: the units that profiles name at each setting of the line that profiles name;
 * then all other units, at the settings at which somebody answered, or else at each. A line has one
 * setting: once somebody has answered, the others are dropped. Of a unit that answers anything, an
 * exception too: 43/14, 17, the [Identify] probes of all profiles, each register once for all of them,
 * and where a profile has none or few, some of its points, which must lie in their possible ranges. */
#ifndef HEARTHD_ADAPTERS_SCAN_H
#define HEARTHD_ADAPTERS_SCAN_H

#include "modbus-identify.h"
#include "daemon/profile/profile.h"

#define SCAN_LINES_MAX    32
#define SCAN_FOUND_MAX    247
#define SCAN_MATCHES_MAX  8 /* told of one unit, best first */
#define SCAN_PROFILES_MAX 512

struct scan_line { /* baud 0: as it is */
	uint32_t baud;
	char parity;
	uint8_t stop_bits;
};

struct scan_options {
	bool tcp;   /* slower replies, no line settings, devices that answer to any unit */
	bool quick; /* only the units that profiles name, and 1 to 10 */
	struct scan_line lines[SCAN_LINES_MAX]; /* none: scan_likely_lines() */
	size_t n_lines;
	bool units[256]; /* none: 1 to 247 */
	bool skip[256];  /* configured already */
};

struct scan_request {
	uint8_t unit;
	struct scan_line line;
	uint32_t timeout_ms;
	uint8_t pdu[MODBUS_READ_PDU];
	size_t n;
};

struct scan_match {
	const struct profile *profile;
	int certainty; /* 0 to 100 */
	char reason[200];
	unsigned probes, values; /* how many of them agreed */
};

struct scan_found {
	uint8_t unit;
	struct scan_line line;
	bool any_unit; /* the device answers to every unit identifier */
	/* Its own words, made printable; "" where it has none. */
	char vendor[64], product[64], version[64];
	struct scan_match matches[SCAN_MATCHES_MAX];
	size_t n;
	size_t alike; /* so many of the first cannot be told apart */
};

struct scan_progress {
	unsigned done, total; /* units at a setting */
	uint64_t remaining_us;
	struct scan_line line; /* at which it is */
	uint8_t unit;
	size_t found;
	unsigned garbled; /* answers that were no frames: a wrong speed, or two of one unit */
};

struct scan;

/* PROFILES are borrowed; those that are not Modbus are passed over. */
int scan_new(const struct scan_options *options, const struct profile *const *profiles, size_t n,
	struct scan **ret);
struct scan *scan_free(struct scan *s);
DEFINE_CLEANUP(struct scan *, scan_free);
/* False when it is over. The same request until scan_reply(). */
bool scan_next(struct scan *s, struct scan_request *ret);
/* RESULT: 0 with the reply's PDU, -EREMOTEIO with EXCEPTION, -ETIMEDOUT, -EBADMSG (came, and is none),
 * -EPERM (this unit or setting may not be asked: passed over). True when a unit is done with and new in
 * scan_found(). */
bool scan_reply(struct scan *s, int result, uint8_t exception, const uint8_t *pdu, size_t n,
	uint64_t took_us);
size_t scan_n_found(const struct scan *s);
const struct scan_found *scan_found(const struct scan *s, size_t i);
void scan_get_progress(const struct scan *s, struct scan_progress *ret);

/* The settings that profiles name, most of them first; 9600 8N1 always. */
size_t scan_likely_lines(
	const struct profile *const *profiles, size_t n, struct scan_line ret[SCAN_LINES_MAX]);

#endif
