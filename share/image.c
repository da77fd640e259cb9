/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#define EXCEPTION_FUNCTION 1
#define EXCEPTION_VALUE    3
#define EXCEPTION_PATH     10
#define EXCEPTION_TARGET   11

#define RX_MAX     (2 * MODBUS_FRAME_TCP_MAX)
#define SLOTS      (2 * IMAGE_CELLS_MAX) /* of the hash table: half empty at most */
#define PERIOD_MAX (IMAGE_FRESH_MAX_US / IMAGE_FRESH_FACTOR)

struct cell {
	bool used;
	uint8_t unit, function;
	uint16_t address, value;
	uint64_t t_us, period_us; /* period 0: read once */
};

struct image {
	bool tcp;
	bool asked; /* a request waits for its reply */
	struct modbus_request rq;
	uint16_t transaction;
	uint8_t rx[RX_MAX];
	size_t n_rx;
	bool units[256];
	size_t n;
	uint64_t refused;
	struct cell *cells; /* open addressing */
};

int image_new(struct image **ret)
{
	struct image *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->cells = calloc(SLOTS, sizeof(*m->cells));
	if (!m->cells) {
		free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

struct image *image_free(struct image *m)
{
	if (!m)
		return NULL;
	free(m->cells);
	free(m);
	return NULL;
}

/* The cell, or the empty one where it would be. */
static struct cell *slot(const struct image *m, uint8_t unit, uint8_t function, uint32_t address)
{
	uint32_t h = ((uint32_t)unit << 19) ^ ((uint32_t)function << 16) ^ address;

	h = (h * 2654435761u) % SLOTS;
	while (m->cells[h].used && (m->cells[h].unit != unit || m->cells[h].function != function ||
					   m->cells[h].address != address))
		h = (h + 1) % SLOTS;
	return &m->cells[h];
}

static void put(
	struct image *m, const struct modbus_request *rq, unsigned i, uint16_t value, uint64_t t_us)
{
	struct cell *c = slot(m, rq->unit, rq->function, rq->address + i);

	if (!c->used) {
		if (m->n == IMAGE_CELLS_MAX) {
			m->refused++;
			return;
		}
		m->n++;
		m->units[rq->unit] = true;
		*c = (struct cell){.used = true,
			.unit = rq->unit,
			.function = rq->function,
			.address = (uint16_t)(rq->address + i)};
	} else if (t_us > c->t_us) {
		c->period_us = MIN(t_us - c->t_us, PERIOD_MAX);
	}
	c->value = value;
	c->t_us = t_us;
}

static void put_all(struct image *m, const uint8_t *data, uint64_t t_us)
{
	for (unsigned i = 0; i < m->rq.count; i++)
		put(m, &m->rq, i,
			m->rq.function <= MODBUS_READ_DISCRETE
				? (uint16_t)(data[i / 8] >> i % 8 & 1)
				: be16(data + 2U * i),
			t_us);
}

static void take_request(struct image *m, const uint8_t *p, size_t n)
{
	m->n_rx = 0;
	if (m->tcp)
		m->asked = n > 7 && n <= MODBUS_FRAME_TCP_MAX &&
			   modbus_request_parse(p[6], p + 7, n - 7, &m->rq) == 0;
	else
		m->asked = n > 3 && modbus_request_parse(p[0], p + 1, n - 3, &m->rq) == 0;
	if (m->asked && m->tcp)
		m->transaction = be16(p);
}

static void take_reply(struct image *m, const uint8_t *p, size_t n, uint64_t t_us)
{
	struct modbus_found f;
	enum modbus_verdict v;

	if (!m->asked)
		return;
	if (m->n_rx + n > sizeof(m->rx)) {
		m->asked = false;
		return;
	}
	memcpy(m->rx + m->n_rx, p, n);
	m->n_rx += n;
	v = m->tcp ? modbus_tcp_check(&m->rq, m->transaction, m->rx, m->n_rx, &f)
		   : modbus_rtu_scan(&m->rq, m->rx, m->n_rx, &f);
	if (v == MODBUS_MORE)
		return;
	m->asked = false;
	if (v == MODBUS_REPLY)
		put_all(m, m->rx + f.pdu + 2, t_us);
}

void image_break(struct image *m)
{
	m->asked = false;
	m->n_rx = 0;
}

void image_take(struct image *m, const struct tap_frame *f)
{
	if (f->lost > 0)
		image_break(m);
	switch (f->kind) {
	case TAP_HELLO:
		image_break(m);
		m->tcp = f->len >= 4 && memcmp(f->data, "tcp ", 4) == 0;
		break;
	case TAP_TO:
		take_request(m, f->data, f->len);
		break;
	case TAP_FROM:
		take_reply(m, f->data, f->len, f->boot_us);
		break;
	}
}

static bool fresh(const struct cell *c, uint64_t now)
{
	uint64_t bound =
		CLAMP(IMAGE_FRESH_FACTOR * c->period_us, IMAGE_FRESH_MIN_US, IMAGE_FRESH_MAX_US);

	/* Read once: how often it comes is not known yet. */
	if (c->period_us == 0)
		bound = IMAGE_FRESH_ONCE_US;
	return c->used && (now < c->t_us || now - c->t_us <= bound);
}

static size_t exception(uint8_t function, uint8_t code, uint8_t *ret)
{
	ret[0] = function | 0x80;
	ret[1] = code;
	return 2;
}

size_t image_answer(const struct image *m, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t now_us, uint8_t ret[MODBUS_FRAME_PDU_MAX])
{
	uint8_t function = n > 0 ? pdu[0] & 0x7F : 0;
	struct modbus_request rq;
	size_t bytes;
	int r = modbus_request_parse(unit, pdu, n, &rq);

	/* Reads alone, whatever else that function may know. */
	if (r == -EOPNOTSUPP || n == 0 || pdu[0] < MODBUS_READ_COILS || pdu[0] > MODBUS_READ_INPUT)
		return exception(function, EXCEPTION_FUNCTION, ret);
	if (r < 0)
		return exception(function, EXCEPTION_VALUE, ret);
	if (!m->units[unit])
		return exception(function, EXCEPTION_PATH, ret);
	bytes = modbus_reply_bytes(rq.function, rq.count);
	ret[0] = rq.function;
	ret[1] = (uint8_t)bytes;
	memset(ret + 2, 0, bytes);
	for (unsigned i = 0; i < rq.count; i++) {
		const struct cell *c = slot(m, unit, rq.function, rq.address + i);

		if (!fresh(c, now_us))
			return exception(function, EXCEPTION_TARGET, ret);
		if (rq.function <= MODBUS_READ_DISCRETE)
			ret[2 + i / 8] |= (uint8_t)(c->value << i % 8);
		else
			put_be16(ret + 2 + 2 * i, c->value);
	}
	return 2 + bytes;
}

size_t image_cells(const struct image *m)
{
	return m->n;
}

uint64_t image_refused_cells(const struct image *m)
{
	return m->refused;
}
