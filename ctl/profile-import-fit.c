/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-import-internal.h"

#include <strings.h>

const char *row_fit_place(struct point_row *p)
{
	struct cell_place *at = &p->place;
	bool bits = p->bank == BANK_COIL || p->bank == BANK_DISCRETE;
	unsigned n = at->last - at->first + 1;

	if (bits) {
		if (p->type.type != POINT_BIT)
			return "is a coil or discrete input, whose type is bit";
		return at->bit >= 0 ? "has a bit number, and a coil or discrete input is one bit"
				    : NULL;
	}
	if (p->type.type == POINT_STRING && p->type.length == 0)
		p->type.length = n > 1 && n <= 64 ? n : 0;
	if (p->type.type == POINT_STRING && p->type.length == 0)
		return "does not say how many registers the string has; write string[n]";
	if (n > 1 && n != cell_registers(&p->type))
		return "is a block of another length than its type; write a row for each value";
	at->last = at->first;
	if (at->first + cell_registers(&p->type) > 65536)
		return "reaches beyond the last address";
	if (p->type.type == POINT_BIT && at->bit < 0) {
		if (!p->type.whole_ok)
			return "does not say which bit of the register; write 205.3";
		p->type.type = POINT_U16;
	}
	if (p->type.type == POINT_BIT) {
		if (at->bit > 15 || (at->width > 1 && !at->range))
			return "is no single bit of a register; a bit field has type u8 or u16";
		if (at->range && (unsigned)at->bit + at->width > 16)
			return "reaches beyond the register";
		at->width = at->range ? at->width : 0; /* 205.0-7 is a block of bits */
		return NULL;
	}
	if (at->bit >= 0 && at->width == 0)
		return "names one bit, and the type another width; write type bit, or 10.8:8 for a "
		       "field";
	if (at->bit >= 0 && !row_is_integer(p))
		return "is a bit field, and only whole numbers have those";
	if (p->type.width && at->bit < 0) { /* an 8-bit value in a register is its low byte */
		at->bit = 0;
		at->width = 8;
	}
	if (at->bit >= 0 && ((unsigned)at->bit + at->width > 16 * cell_registers(&p->type) ||
				    (p->type.width && at->width > p->type.width)))
		return "reaches beyond the value";
	return NULL;
}

const char *row_fit_string(struct point_row *p)
{
	bool two = text_has_word(p->notes, "two") && (strcasestr(p->notes, "in one register") ||
							     strcasestr(p->notes, "per register") ||
							     strcasestr(p->notes, "a register") ||
							     strcasestr(p->notes, "each register"));
	bool one = strcasestr(p->notes, "one character per register") ||
		   strcasestr(p->notes, "one character a register");

	if (p->type.type != POINT_STRING)
		return NULL;
	if (two && one)
		return "has notes that say both one character and two a register";
	if (p->type.chars && !two && !one)
		return "does not say whether a register has one character or two; write string[n] "
		       "with the number of registers, and \"two characters per register\" in the notes";
	if (two)
		p->type.type = POINT_STRING_2;
	if (two && p->type.chars)
		p->type.length = (p->type.length + 1) / 2;
	return p->type.length > 64 ? "is longer than 64 registers" : NULL;
}
