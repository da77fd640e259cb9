/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of Mitsubishi Electric's CN105 socket, one for air-to-air and air-to-water units:
 * FC type H1 H2 n payload[n] checksum, checksum = (FC - sum of all before it) mod 256. Only the
 * header H1 H2 differs. FC stands inside payloads too, so a frame is found by start byte,
 * plausible header and length, and checksum, stepping one byte on failure. Pure; any thread. */
#ifndef HEARTHD_MITSUBISHI_FRAME_H
#define HEARTHD_MITSUBISHI_FRAME_H

#include "daemon/base/util.h"

#define MITSUBISHI_START       0xFC
#define MITSUBISHI_OVERHEAD    6  /* start, type, header 2, length, checksum */
#define MITSUBISHI_PAYLOAD     16 /* of every get and set, both ways */
#define MITSUBISHI_PAYLOAD_MAX 16 /* longest seen; a longer claim is no frame */
#define MITSUBISHI_FRAME_MAX   (MITSUBISHI_OVERHEAD + MITSUBISHI_PAYLOAD_MAX)

enum mitsubishi_type {
	MITSUBISHI_SET = 0x41,
	MITSUBISHI_GET = 0x42,
	MITSUBISHI_CONNECT = 0x5A,
	MITSUBISHI_CONNECT_EXT = 0x5B,
	MITSUBISHI_SET_REPLY = 0x61,
	MITSUBISHI_GET_REPLY = 0x62,
	MITSUBISHI_CONNECT_REPLY = 0x7A,
	MITSUBISHI_CAPABILITIES = 0x7B,
};

#define MITSUBISHI_HEADER_AIR   0x0130 /* air-to-air */
#define MITSUBISHI_HEADER_WATER 0x027A /* air-to-water, Ecodan */

struct mitsubishi_frame {
	uint8_t type;
	uint8_t n; /* payload bytes */
	uint8_t payload[MITSUBISHI_PAYLOAD_MAX];
};

/* What is wrong with a frame, and where. */
enum mitsubishi_wrong {
	MITSUBISHI_OK,
	MITSUBISHI_SHORT, /* so far right, not complete */
	MITSUBISHI_NO_START,
	MITSUBISHI_BAD_TYPE,
	MITSUBISHI_BAD_HEADER,
	MITSUBISHI_BAD_LENGTH,
	MITSUBISHI_BAD_CHECKSUM,
};

uint8_t mitsubishi_checksum(const uint8_t *p, size_t n);
/* Total bytes; DST holds MITSUBISHI_FRAME_MAX, N <= MITSUBISHI_PAYLOAD_MAX. */
size_t mitsubishi_build(
	uint8_t *dst, uint8_t type, uint16_t header, const uint8_t *payload, size_t n);
/* The frame at P. On MITSUBISHI_OK *ret and *ret_len; else *ret_at is the offset of the wrong byte
 * (of the first missing one). */
enum mitsubishi_wrong mitsubishi_parse(const uint8_t *p, size_t n, uint16_t header,
	struct mitsubishi_frame *ret, size_t *ret_len, size_t *ret_at);

/* Bytes of a line to frames. Embedded in an adapter's state, all zero at first. */
struct mitsubishi_parser {
	uint8_t buf[64];
	size_t n;
	uint64_t skipped; /* bytes that belonged to no good frame */
};
/* Takes at most what fits; bytes taken. Call mitsubishi_parser_next() until it is false, then there
 * is room for more. */
size_t mitsubishi_parser_push(struct mitsubishi_parser *s, const uint8_t *p, size_t n);
/* The next good frame and its bytes (RET_BYTES: MITSUBISHI_FRAME_MAX, may be NULL). AT_END: nothing
 * more will come, so an incomplete candidate is noise and what hides behind it is looked for. */
bool mitsubishi_parser_next(struct mitsubishi_parser *s, uint16_t header, bool at_end,
	struct mitsubishi_frame *ret, uint8_t *ret_bytes, size_t *ret_len);

#endif
