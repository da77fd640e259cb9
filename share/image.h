/* SPDX-License-Identifier: Apache-2.0 */
/* What hearth-share knows of a line: every register and bit that hearthd has read there, as frames of the
 * tap tell, and whether it is still fresh. Pure but for the time, which is given; bytes are hostile. A
 * reply counts by the same check with which hearthd takes it (modbus-frame.h). Owned by main. */
#ifndef HEARTHD_SHARE_IMAGE_H
#define HEARTHD_SHARE_IMAGE_H

#include "../adapters/modbus-frame.h"
#include "tap.h"

#define IMAGE_CELLS_MAX 16384 /* 32 bytes each; what comes after is not served, and counted */
/* A value is served until it is three of its observed periods old, within these bounds. */
#define IMAGE_FRESH_FACTOR  3
#define IMAGE_FRESH_MIN_US  (5 * USEC_PER_SEC)
#define IMAGE_FRESH_MAX_US  (10 * USEC_PER_MIN)
#define IMAGE_FRESH_ONCE_US USEC_PER_MIN

struct image;

int image_new(struct image **ret);
struct image *image_free(struct image *m);
DEFINE_CLEANUP(struct image *, image_free);
/* A frame of the tap. */
void image_take(struct image *m, const struct tap_frame *f);
/* Everything is old: the tap broke off, or frames were lost. Values stay, what was being read does not. */
void image_break(struct image *m);
/* The reply PDU to a request PDU of N bytes: always one, an exception where there is nothing to give.
 * 1: not a read, or a write. 3: a read that no device could answer. 10: nothing of this unit is known.
 * 11: the unit is known, and these registers are old or were never read. */
size_t image_answer(const struct image *m, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t now_us, uint8_t ret[MODBUS_FRAME_PDU_MAX]);
size_t image_cells(const struct image *m);
uint64_t image_refused_cells(const struct image *m); /* beyond the bound */

#endif
