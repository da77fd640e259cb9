/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus-shape.h"

/* Reads of one bit and of eight are answered with as many bytes. */
static uint16_t shape_of_read(uint8_t function, uint16_t count)
{
	return (uint16_t)modbus_reply_bytes(function, count);
}

uint16_t modbus_shape_of(const struct modbus_request *rq)
{
	return rq->pdu ? modbus_crc16(rq->pdu, modbus_reply_len(rq))
		       : shape_of_read(rq->function, rq->count);
}

bool modbus_shape_recent(const struct modbus_shapes *l, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	uint64_t until = 0, first_free = USEC_INFINITY;

	for (size_t i = 0; i < MODBUS_SHAPES_MAX; i++) {
		const struct modbus_shape *s = &l->v[i];

		first_free = MIN(first_free, s->until_us);
		if (s->until_us > now_us && s->unit == unit &&
			(s->function == 0 || (s->function == function && s->count == count &&
						     (s->mixed || s->address != address))))
			until = MAX(until, s->until_us);
	}
	if (until == 0 && first_free > now_us)
		until = first_free;
	if (until == 0)
		return false;
	*ret_until_us = until;
	return true;
}

bool modbus_shape_busy(const struct modbus_shapes *l, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	count = shape_of_read(function, count);
	if (modbus_shape_recent(l, unit, function, address, count, now_us, ret_until_us))
		return true;
	if (l->before[unit].function != function || l->before[unit].count != count ||
		l->before[unit].address == address)
		return false;
	*ret_until_us = USEC_INFINITY;
	return true;
}

void modbus_shape_used(struct modbus_shapes *l, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, bool mixed, uint64_t now_us, uint64_t until_us)
{
	struct modbus_shape *slot = &l->v[0];

	for (size_t i = 0; i < MODBUS_SHAPES_MAX; i++) {
		struct modbus_shape *s = &l->v[i];

		if (s->until_us != 0 && s->unit == unit && s->function == function &&
			s->count == count) {
			if (s->until_us <= now_us) {
				s->mixed = false;
				s->address = address;
			}
			s->mixed = s->mixed || mixed || s->address != address;
			s->until_us = MAX(s->until_us, until_us);
			return;
		}
		if (s->until_us < slot->until_us)
			slot = s;
	}
	*slot = (struct modbus_shape){unit, function, mixed, count, address, until_us};
}

void modbus_shapes_spoilt(struct modbus_shapes *l, uint8_t unit)
{
	for (size_t i = 0; i < MODBUS_SHAPES_MAX; i++)
		if (l->v[i].unit == unit)
			l->v[i].mixed = true;
}
