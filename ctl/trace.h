/* SPDX-License-Identifier: Apache-2.0 */
/* Transcripts: requests and replies of one appliance as they stand on the wire, with the readings they
 * must decode to, played through the real transport and adapter by
 * profile-play.c. One thread; owned by its caller.
 *
 *     # a comment
 *     profile: pzem-016
 *     transport: rtu            (rtu, tcp, serial)
 *     unit: 1
 *     setting: word_order little    (other than the profile's default; one a line)
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
#ifndef HEARTHD_TRACE_H
#define HEARTHD_TRACE_H

#include "daemon/profile/profile.h"

#define TRACE_FILE_MAX (1024u * 1024u)
#define ADU_MAX        512 /* the longest frame of a trace */
#define EXCHANGES_MAX  4096
#define EXPECTS_MAX    16384

enum trace_wire { WIRE_RTU, WIRE_TCP, WIRE_SERIAL };

struct trace_exchange {
	uint8_t request[ADU_MAX], reply[ADU_MAX];
	size_t n_request, n_reply;
	unsigned line;
	bool used;
	bool optional;    /* >~ */
	bool alternative; /* >| to the one before */
};

struct trace_expect {
	char *name, *value; /* name NULL: VALUE is an active fault's code, "" for none */
	unsigned line;
};

struct trace_pass {
	size_t exchange, n_exchanges, expect, n_expects;
};

struct trace {
	char *path, *profile;
	enum trace_wire wire;
	int16_t unit;
	struct profile_choice choices[PROFILE_SETTINGS_MAX]; /* own strings */
	size_t n_choices;
	struct trace_exchange *exchanges;
	struct trace_expect *expects;
	struct trace_pass *passes;
	size_t n_exchanges, n_expects, n_passes;
};

/* -errno with REASON ("FILE:LINE: …"). */
int trace_load(const char *path, struct trace **ret, char *reason, size_t size);
struct trace *trace_free(struct trace *t);
DEFINE_CLEANUP(struct trace *, trace_free);

#endif
