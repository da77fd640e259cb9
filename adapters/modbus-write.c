/* SPDX-License-Identifier: Apache-2.0 */
/* A write as the gate has allowed it, step by step: what goes before, the value, the end of a pulse,
 * what goes after. One request a call; the core calls again for the next step. Nothing is ever sent
 * twice. */
#include "modbus.h"

#include "daemon/base/clock.h"
#include "daemon/profile/write-rule.h"

/* Between steps that have no pause of their own: nothing but the appliance's Gap= holds them up. */
#define NEXT_US (1 * USEC_PER_MSEC)
/* How soon to ask again when the line or this unit is not free. */
#define BUSY_US (20 * USEC_PER_MSEC)

/* The parts of a write in their order. A bit that is changed by reading takes three requests: the
 * register is read twice and must be the same, for a reply that belongs to another request would be
 * written back with all its other bits. */
enum part { PART_BEFORE, PART_READ, PART_AGAIN, PART_VALUE, PART_PULSE_END, PART_AFTER, PART_NONE };

struct place {
	enum part part;
	unsigned i; /* of PART_BEFORE and PART_AFTER */
};

static bool needs_read(const struct write_rule *w)
{
	return w->width > 0 && w->function != MODBUS_MASK_REGISTER;
}

/* Whose step this is. A put-back of a pulse is its end alone. */
static struct place place_of(const struct write_rule *w, bool restore, unsigned step)
{
	bool pulse_end = restore && w->pulse_us;

	if (!pulse_end) {
		if (step < w->n_before)
			return (struct place){PART_BEFORE, step};
		step -= w->n_before;
	}
	if (needs_read(w)) {
		if (step < 2)
			return (struct place){step ? PART_AGAIN : PART_READ, 0};
		step -= 2;
	}
	if (!pulse_end) {
		if (step == 0)
			return (struct place){PART_VALUE, 0};
		step--;
	}
	if (w->pulse_us) {
		if (step == 0)
			return (struct place){PART_PULSE_END, 0};
		step--;
	}
	if (step < w->n_after)
		return (struct place){PART_AFTER, step};
	return (struct place){PART_NONE, 0};
}

/* ---- bytes */

static bool order_little(enum word_order o)
{
	return o == ORDER_LITTLE || o == ORDER_LITTLE_SWAP;
}

static bool order_swaps(enum word_order o)
{
	return o == ORDER_BIG_SWAP || o == ORDER_LITTLE_SWAP;
}

static uint64_t to_bcd(uint64_t v)
{
	uint64_t pattern = 0;

	for (unsigned shift = 0; v > 0 && shift < 64; shift += 4, v /= 10)
		pattern |= v % 10 << shift;
	return pattern;
}

static uint64_t pattern_of(const struct write_rule *w, const struct write *write)
{
	uint64_t v = (uint64_t)write->raw;
	uint32_t v32;
	float f;

	if (w->fixed)
		return v;
	switch (w->type) {
	case POINT_F32:
		f = (float)write->num;
		memcpy(&v32, &f, sizeof(v32));
		return v32;
	case POINT_F64:
		memcpy(&v, &write->num, sizeof(v));
		return v;
	case POINT_BCD16:
	case POINT_BCD32:
		return to_bcd(v);
	case POINT_BIT:
	case POINT_U16:
	case POINT_S16:
	case POINT_U32:
	case POINT_S32:
	case POINT_U64:
	case POINT_S64:
	case POINT_STRING:
	case POINT_STRING_2:
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return v;
}

static void value_words(const struct write_rule *w, const struct write *write, uint16_t ret[4])
{
	uint64_t v = pattern_of(w, write);

	for (unsigned i = 0; i < w->n; i++) {
		unsigned at = order_little(w->order) ? i : w->n - 1U - i;
		uint16_t word = (uint16_t)(v >> 16 * at);

		if (w->n > 1 && order_swaps(w->order))
			word = (uint16_t)(word << 8 | word >> 8);
		ret[i] = word;
	}
}

static uint16_t field_mask(const struct write_rule *w)
{
	return (uint16_t)(((1U << w->width) - 1U) << w->bit);
}

/* ---- requests */

static size_t put_single(bool coil, uint16_t address, uint16_t value, uint8_t *pdu)
{
	pdu[0] = coil ? MODBUS_WRITE_COIL : MODBUS_WRITE_REGISTER;
	put_be16(pdu + 1, address);
	put_be16(pdu + 3, coil ? (value ? 0xFF00 : 0) : value);
	return 5;
}

static size_t put_registers(uint16_t first, const uint16_t *v, unsigned n, uint8_t *pdu)
{
	pdu[0] = MODBUS_WRITE_REGISTERS;
	put_be16(pdu + 1, first);
	put_be16(pdu + 3, (uint16_t)n);
	pdu[5] = (uint8_t)(2 * n);
	for (unsigned i = 0; i < n; i++)
		put_be16(pdu + 6 + 2 * i, v[i]);
	return 6 + 2 * n;
}

static size_t put_coils(uint16_t first, const uint16_t *v, unsigned n, uint8_t *pdu)
{
	pdu[0] = MODBUS_WRITE_COILS;
	put_be16(pdu + 1, first);
	put_be16(pdu + 3, (uint16_t)n);
	pdu[5] = 1;
	pdu[6] = 0;
	for (unsigned i = 0; i < n && i < 8; i++)
		pdu[6] |= (uint8_t)((v[i] ? 1U : 0U) << i);
	return 7;
}

/* The value and its With= neighbours, whole registers or coils. */
static size_t put_run(const struct write_rule *w, const uint16_t words[4], uint8_t *pdu)
{
	uint16_t first = w->cell.address, v[4 + WRITE_EXTRAS_MAX] = {0};
	unsigned n = (unsigned)w->n + w->n_with;

	for (unsigned i = 0; i < w->n_with; i++)
		first = MIN(first, w->with[i].address);
	for (unsigned i = 0; i < w->n; i++)
		v[w->cell.address - first + i] = words[i];
	for (unsigned i = 0; i < w->n_with; i++)
		v[w->with[i].address - first] = w->with[i].value;
	return w->cell.coil ? put_coils(first, v, n, pdu) : put_registers(first, v, n, pdu);
}

/* VALUE: of the field or the whole. WORD: the register as read, where that is needed. */
static size_t put_value(
	const struct write_rule *w, const struct write *write, uint16_t word, uint8_t *pdu)
{
	uint16_t words[4] = {0}, mask, bits;

	value_words(w, write, words);
	if (w->width) {
		mask = field_mask(w);
		bits = (uint16_t)(words[0] << w->bit) & mask;
		if (w->function == MODBUS_MASK_REGISTER) {
			pdu[0] = MODBUS_MASK_REGISTER;
			put_be16(pdu + 1, w->cell.address);
			put_be16(pdu + 3, (uint16_t)~mask);
			put_be16(pdu + 5, bits);
			return 7;
		}
		words[0] = (uint16_t)((word & ~mask) | bits);
	}
	if (w->function == MODBUS_WRITE_COIL || w->function == MODBUS_WRITE_REGISTER)
		return put_single(w->cell.coil, w->cell.address, words[0], pdu);
	return put_run(w, words, pdu);
}

size_t modbus_write_pdu(const struct write_rule *w, const struct write *write, unsigned step,
	uint16_t word, uint8_t ret[MODBUS_FRAME_PDU_MAX])
{
	struct place at = place_of(w, write->restore, step);
	struct write other = *write;

	switch (at.part) {
	case PART_BEFORE:
		return put_single(
			w->before[at.i].coil, w->before[at.i].address, w->before[at.i].value, ret);
	case PART_AFTER:
		return put_single(
			w->after[at.i].coil, w->after[at.i].address, w->after[at.i].value, ret);
	case PART_READ:
	case PART_AGAIN:
		ret[0] = MODBUS_READ_HOLDING;
		put_be16(ret + 1, w->cell.address);
		put_be16(ret + 3, 1);
		return MODBUS_READ_PDU;
	case PART_VALUE:
		return put_value(w, write, word, ret);
	case PART_PULSE_END:
		/* The last write was of the same register: only the field has changed. */
		other.raw = !w->fixed_raw;
		{
			struct write_rule end = *w;

			end.fixed = false;
			end.type = POINT_BIT;
			return put_value(&end, &other, word, ret);
		}
	case PART_NONE:
		break;
	}
	return 0;
}

/* ---- one step */

static uint64_t requests(const struct transport *t)
{
	struct transport_stats st;

	transport_get_stats(t, &st);
	return st.requests;
}

static int again(struct write_result *ret, uint64_t at_us, unsigned step)
{
	ret->retry_at_us = at_us;
	ret->step = (uint8_t)step;
	return -EAGAIN;
}

/* The unit a rule writes to; -1 when there is none. */
static int unit_of(const struct modbus_state *s, const struct write_rule *w)
{
	int unit = w->device_relative ? s->unit + w->device : w->device;

	return unit >= 0 && unit <= 255 ? unit : -1;
}

int modbus_write(void *state, struct transport *t, const struct write *write, uint64_t deadline_us,
	struct write_result *ret)
{
	struct modbus_state *s = state;
	const struct write_rule *w;
	uint8_t pdu[MODBUS_FRAME_PDU_MAX], reply[MODBUS_PDU_MAX];
	struct place at, next;
	uint64_t before = requests(t), until;
	uint16_t word;
	size_t n;
	int r, unit;

	*ret = (struct write_result){0};
	if (write->rule >= s->profile->n_writes)
		return -EINVAL;
	w = &s->profile->writes[write->rule];
	unit = unit_of(s, w);
	at = place_of(w, write->restore, write->step);
	n = modbus_write_pdu(w, write, write->step, s->write_word, pdu);
	if (unit < 0 || at.part == PART_NONE || n == 0)
		return -EINVAL;
	if ((at.part == PART_READ || at.part == PART_AGAIN) &&
		transport_modbus_shape_busy(t, (uint8_t)unit, pdu[0], w->cell.address, 1,
			clock_boottime_us(), &until) &&
		until != USEC_INFINITY)
		return again(ret, until, write->step);
	r = transport_modbus(t, (uint8_t)unit, pdu, n, s->gap_us, s->late_us, deadline_us, reply,
		&ret->exception);
	if (r == -EAGAIN) {
		uint64_t now = clock_boottime_us();

		/* The very moment the unit is free: a read that was due would come before it. */
		if (!transport_modbus_shape_busy(t, (uint8_t)unit, pdu[0], 0, 0, now, &until) ||
			until == USEC_INFINITY)
			until = now + BUSY_US;
		return again(ret, until, write->step);
	}
	ret->sent = at.part != PART_READ && at.part != PART_AGAIN && requests(t) != before;
	if (r < 0)
		return r;
	if (at.part == PART_READ || at.part == PART_AGAIN) {
		word = be16(reply + 2);
		if (at.part == PART_AGAIN && word != s->write_word)
			return -EBADMSG;
		s->write_word = word;
	}
	next = place_of(w, write->restore, write->step + 1U);
	if (next.part == PART_NONE)
		return 0;
	return again(ret,
		clock_boottime_us() + (next.part == PART_PULSE_END && at.part == PART_VALUE
						      ? w->pulse_us
						      : NEXT_US),
		write->step + 1U);
}
