/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader of a tapped line gets: one datagram a frame, over a SOCK_SEQPACKET socket from hearthd
 * (org.hearthd(5), Monitor1.Open, and /run/hearthd/share/BUS/sock). Pure; bytes are hostile to whoever
 * decodes them.
 *
 *     0  'T', version 1, kind, 0
 *     4  u32  frames lost before this one, for a reader that was too slow
 *     8  u64  CLOCK_BOOTTIME, microseconds
 *    16  u64  microseconds since 1970, 0 while the clock is not set
 *    24  the bytes as they stood on the line
 *
 * Integers are big endian. Kinds: 'h' comes first and once, its bytes are "SCHEME BUS"
 * ("rtu rs485-0"); '>' went to the appliance; '<' came, a frame or a piece of one. */
#ifndef HEARTHD_SHARE_TAP_H
#define HEARTHD_SHARE_TAP_H

#include "daemon/base/util.h"

#define TAP_HEADER   24
#define TAP_DATA_MAX 300
#define TAP_MAX      (TAP_HEADER + TAP_DATA_MAX)

enum tap_kind { TAP_HELLO = 'h', TAP_TO = '>', TAP_FROM = '<' };

struct tap_frame {
	enum tap_kind kind;
	uint32_t lost;
	uint64_t boot_us, wall_us;
	uint16_t len;
	uint8_t data[TAP_DATA_MAX];
};

/* Bytes of the datagram. */
size_t tap_encode(const struct tap_frame *f, uint8_t ret[TAP_MAX]);
int tap_decode(const uint8_t *p, size_t n, struct tap_frame *ret); /* 0 or -EBADMSG */

#endif
