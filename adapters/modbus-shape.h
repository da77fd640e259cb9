/* SPDX-License-Identifier: Apache-2.0 */
/* What may still be answered on an RTU line. Nothing tells a reply from an older one with the same unit, function
 * and byte count, so a request does not follow one like it while that one may still be answered. Pure; embedded
 * zeroed in a line. */
#ifndef HEARTHD_MODBUS_SHAPE_H
#define HEARTHD_MODBUS_SHAPE_H

#include "modbus-frame.h"

/* Shapes remembered. A request takes 6 ms at the very least on the fastest lines, so 256 last for
 * more than the usual second; when the table is full nothing is sent until an entry is old. */
#define MODBUS_SHAPES_MAX 256

struct modbus_shape {
	uint8_t unit, function; /* function 0: all requests to this unit */
	bool mixed;             /* of several addresses, or none: nobody may have it */
	uint16_t count;
	uint16_t
		address; /* not .mixed: of all of them; a second reply to one of these says the same */
	uint64_t until_us;
};

struct modbus_shapes {
	struct modbus_shape v[MODBUS_SHAPES_MAX];
	struct { /* the last request to each unit; function 0: none */
		uint8_t function;
		uint16_t address, count;
	} before[256];
};

/* What tells the reply of one request from that of another: of reads the count alone, of writes all
 * that the reply repeats. The COUNT of the functions below. */
uint16_t modbus_shape_of(const struct modbus_request *rq);

/* May a request like this still be answered, and until when? */
bool modbus_shape_recent(const struct modbus_shapes *l, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us);
/* The same of a read, COUNT registers or bits; and is it like the last request to the unit, of another address?
 * Then *ret_until_us is USEC_INFINITY. */
bool modbus_shape_busy(const struct modbus_shapes *l, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us);
/* It may be answered until UNTIL_US. FUNCTION 0, COUNT 0: the unit as a whole. MIXED: not even the same request
 * may follow. */
void modbus_shape_used(struct modbus_shapes *l, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, bool mixed, uint64_t now_us, uint64_t until_us);
/* What was read before a write is no answer to what is read after it. */
void modbus_shapes_spoilt(struct modbus_shapes *l, uint8_t unit);

#endif
