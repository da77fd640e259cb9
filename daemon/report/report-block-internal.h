/* SPDX-License-Identifier: Apache-2.0 */
/* The history block, format 1, as report-block.c writes and report-block-decode.c reads it. Integers are LEB128 varints, signed ones zigzag; text is a length and
 * its bytes:
 *
 *   u8 format · kind · m · m moments in 0.1 s since t0, as changes of the difference ·
 *   columns · column…
 *   column: name · unit · u8 type (+ 0x80 a running total) · u8 encoding · f32 deadband · f32 resolution · order · n
 *           n moments by number, each as the difference to the one before
 *           runs of equal quality: length, u8 quality, u8 reason
 *           a value for each sample of quality good: by encoding
 *
 * Columns because a column is alike in itself: deltas are small, and deflate finds the rest. Moments
 * are shared because points read in one transaction are. */
#ifndef HEARTHD_REPORT_BLOCK_INTERNAL_H
#define HEARTHD_REPORT_BLOCK_INTERNAL_H

#include "report-internal.h"

#define BLOCK_FORMAT     1
#define BLOCK_TYPE_TOTAL 0x80 /* in the byte of the type: a running total */
#define BLOCK_TICK_US    (100 * USEC_PER_MSEC)
#define BLOCK_TEXT_MAX   255
#define BLOCK_TEXTS_MAX  65536
#define BLOCK_NUMBER_MAX 9e15 /* of a scaled integer: exact in a double */

enum encoding {
	ENC_DECIMAL_0, /* …9: value × 10^n, deltas */
	ENC_FLOAT = 16,
	ENC_DOUBLE,
	ENC_TEXT, /* list of texts, then an index a value */
	ENC_BOOL, /* a byte a value */
};

static inline bool has_value(const struct reading *r)
{
	return r->quality == QUALITY_GOOD && r->type != VALUE_NONE;
}

#endif
