/* SPDX-License-Identifier: Apache-2.0 */
/* Transcripts: requests and replies of one appliance as they stand on the wire, with the readings they
 * must decode to, played through the real transport and adapter.
 *
 *     # a comment
 *     profile: pzem-016
 *     transport: rtu            (rtu, tcp, serial)
 *     unit: 1
 *     > 01 04 00 00 00 09 30 0C (request; CRC or MBAP included; a TCP transaction number may differ)
 *     < 01 04 12 08 FC …        (reply; none: the appliance stays silent)
 *     >| 01 04 00 00 00 0A …    (another request that serves instead of the one before)
 *     >~ 01 04 00 00 00 08 …    (a request that may come or not)
 *     = rms_voltage 230.0       (attribute or point, and its value)
 *     ! E4                      (an active fault code; "!" alone: none is active)
 *
 * Lines of > and < up to the first = or ! are one pass: every block of the adapter's plan is polled
 * once, in any order, and every request that comes must be there byte for byte. On a serial line
 * the adapter asks a register or two more, or a request between, where two requests in a row would
 * look alike: that is what >| and >~ are for. Values: numbers, true, false, names of enums, names of
 * bits joined by blanks ("" is none), texts; or absent, unavailable:REASON, suspect:REASON.
 */
#ifndef HEARTHD_PROFILE_PLAY_H
#define HEARTHD_PROFILE_PLAY_H

#include "adapters/adapter.h"

#define TRACE_FILE_MAX (1024u * 1024u)

struct trace;
/* -errno with REASON ("FILE:LINE: …"). */
int trace_load(const char *path, struct trace **ret, char *reason, size_t size);
struct trace *trace_free(struct trace *t);
DEFINE_CLEANUP(struct trace *, trace_free);
const char *trace_profile(const struct trace *t); /* its header's */

struct trace_result {
	size_t passes, exchanges, values, faults; /* held against the trace */
};
/* 0, or -EINVAL with REASON. Changes PROFILE's line: pauses between requests are cut short. */
int trace_play(struct trace *t, struct profile *profile, struct trace_result *ret, char *reason,
	size_t size);

/* A reading in the words of a trace. */
void trace_format(const struct profile *p, const struct reading *r, char *dst, size_t size);

#endif
