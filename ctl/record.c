/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "profile-play.h"

#include <fcntl.h>

#define CELLS_MAX 8192 /* registers and bits that are kept; an appliance has some hundreds */

struct cell {
	uint8_t unit, function;
	uint16_t address, value;
};

struct record {
	const struct modbus_state *s;
	bool tcp;
	struct cell *cells;
	size_t n;
	uint8_t *exceptions; /* of each block; 0: none */
	uint16_t transaction;
};

int record_new(const struct modbus_state *state, bool tcp, struct record **ret)
{
	_cleanup_(record_freep) struct record *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->s = state;
	r->tcp = tcp;
	r->cells = calloc(CELLS_MAX, sizeof(*r->cells));
	r->exceptions = calloc(state->n_blocks + 1, 1);
	if (!r->cells || !r->exceptions)
		return -ENOMEM;
	*ret = TAKE_PTR(r);
	return 0;
}

struct record *record_free(struct record *r)
{
	if (!r)
		return NULL;
	free(r->cells);
	free(r->exceptions);
	free(r);
	return NULL;
}

static struct cell *cell_at(
	const struct record *r, uint8_t unit, uint8_t function, uint32_t address)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->cells[i].address == address && r->cells[i].function == function &&
			r->cells[i].unit == unit)
			return &r->cells[i];
	return NULL;
}

void record_reply(struct record *r, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, const uint8_t *data)
{
	for (unsigned i = 0; i < count; i++) {
		uint16_t v = function <= MODBUS_READ_DISCRETE ? data[i / 8] >> i % 8 & 1
							      : be16(data + 2U * i);
		struct cell *c = cell_at(r, unit, function, address + i);

		if (!c && r->n < CELLS_MAX) {
			c = &r->cells[r->n++];
			*c = (struct cell){unit, function, (uint16_t)(address + i), 0};
		}
		if (c)
			c->value = v;
	}
}

void record_exception(struct record *r, uint8_t unit, uint8_t function, uint16_t address,
	uint16_t count, uint8_t exception)
{
	for (size_t i = 0; i < r->s->n_blocks; i++) {
		const struct modbus_block *b = &r->s->blocks[i];

		if (b->unit == unit && b->function == function && b->first == address &&
			b->last - b->first + 1 == count)
			r->exceptions[i] = exception;
	}
}

/* All that points lie in; what is between them nobody may have asked for. */
static bool seen(const struct record *r, size_t i)
{
	const struct modbus_block *b = &r->s->blocks[i];

	for (size_t k = 0; !r->exceptions[i] && k < b->n_parts; k++)
		for (unsigned a = b->parts[k].first; a <= b->parts[k].last; a++)
			if (!cell_at(r, b->unit, b->function, a))
				return false;
	return true;
}

size_t record_missing(const struct record *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->s->n_blocks; i++)
		n += !seen(r, i);
	return n;
}

static size_t reply_pdu(const struct record *r, size_t i, unsigned count, uint8_t *pdu)
{
	const struct modbus_block *b = &r->s->blocks[i];
	size_t bytes = modbus_reply_bytes(b->function, (uint16_t)count);

	if (r->exceptions[i]) {
		pdu[0] = b->function | 0x80;
		pdu[1] = r->exceptions[i];
		return 2;
	}
	pdu[0] = b->function;
	pdu[1] = (uint8_t)bytes;
	memset(pdu + 2, 0, bytes);
	for (unsigned k = 0; k < count; k++) {
		const struct cell *c = cell_at(r, b->unit, b->function, b->first + k);
		uint16_t v = c ? c->value : 0;

		if (b->function <= MODBUS_READ_DISCRETE)
			pdu[2 + k / 8] |= (uint8_t)(v << k % 8);
		else
			put_be16(pdu + 2 + 2 * k, v);
	}
	return 2 + bytes;
}

static void print_frame(FILE *f, const struct record *r, const char *mark, uint8_t unit,
	const uint8_t *pdu, size_t n)
{
	uint8_t frame[MODBUS_FRAME_TCP_MAX + 1];
	char hex[3 * sizeof(frame) + 1];
	size_t len;

	if (r->tcp) {
		put_be16(frame, r->transaction);
		put_be16(frame + 2, 0);
		put_be16(frame + 4, (uint16_t)(n + 1));
		frame[6] = unit;
		memcpy(frame + 7, pdu, n);
		len = n + 7;
	} else {
		uint16_t crc;

		frame[0] = unit;
		memcpy(frame + 1, pdu, n);
		crc = modbus_crc16(frame, n + 1);
		frame[n + 1] = (uint8_t)crc;
		frame[n + 2] = (uint8_t)(crc >> 8);
		len = n + 3;
	}
	hex_encode(hex, sizeof(hex), frame, len);
	fprintf(f, "%s %s\n", mark, hex);
}

static void print_exchange(FILE *f, struct record *r, size_t i, const char *mark, unsigned count)
{
	const struct modbus_block *b = &r->s->blocks[i];
	struct modbus_request rq = {b->unit, b->function, b->first, (uint16_t)count};
	uint8_t request[MODBUS_READ_PDU], reply[MODBUS_FRAME_PDU_MAX];

	r->transaction++;
	modbus_request_pdu(&rq, request);
	print_frame(f, r, mark, b->unit, request, sizeof(request));
	if (seen(r, i))
		print_frame(f, r, "<", b->unit, reply, reply_pdu(r, i, count, reply));
}

/* The block as it is, longer by what its slack allows where that was seen, shorter as a request between
 * two that look alike. */
static void print_block(FILE *f, struct record *r, size_t i)
{
	const struct modbus_block *b = &r->s->blocks[i];
	unsigned count = b->last - b->first + 1u;

	print_exchange(f, r, i, ">", count);
	for (unsigned k = 1; k <= b->slack; k++)
		print_exchange(f, r, i, ">|", count + k);
	if (!r->tcp && count > 1)
		print_exchange(f, r, i, ">~", count - 1);
}

static void print_values(FILE *f, const struct record *r, size_t i)
{
	const struct modbus_block *b = &r->s->blocks[i];
	const struct profile *p = r->s->profile;
	struct modbus_raw h = {.function = b->function,
		.address = b->first,
		.count = (uint16_t)(b->last - b->first + 1),
		.exception = r->exceptions[i]};
	struct reading readings[FRAME_READINGS_MAX];
	uint8_t pdu[MODBUS_FRAME_PDU_MAX];
	struct raw raw = {.block = (uint16_t)i};
	size_t len = reply_pdu(r, i, h.count, pdu);
	int n;

	modbus_raw_put(&raw, &h, h.exception ? NULL : pdu + 2, h.exception ? 0 : len - 2);
	n = modbus_decode(r->s, &raw, readings, FRAME_READINGS_MAX);
	for (int k = 0; k < n; k++) {
		const struct point *pt = &p->points[readings[k].point];
		char value[READING_TEXT_MAX + 64];

		if (pt->hidden)
			continue;
		trace_format(p, &readings[k], value, sizeof(value));
		fprintf(f, "= %s %s\n", pt->name, value);
	}
}

int record_write(const struct record *record, const char *path)
{
	struct record r = *record;
	_cleanup_close_ int fd = -1;
	_cleanup_fclose_ FILE *f = NULL;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	f = fdopen(fd, "w");
	if (!f)
		return -errno;
	(void)TAKE_FD(fd);
	fprintf(f,
		"# Recorded by hearthctl bus monitor. Registers without a point that were not read stand as 0.\nprofile: %s\ntransport: %s\nunit: %u\n",
		r.s->profile->id, r.tcp ? "tcp" : "rtu", r.s->unit);
	for (size_t i = 0; i < r.s->profile->n_settings; i++) {
		const struct setting *s = &r.s->profile->settings[i];

		if (s->chosen != s->preset)
			fprintf(f, "setting: %s %s\n", s->name, s->values[s->chosen]);
	}
	fputc('\n', f);
	/* One that was not asked for meanwhile stands as silent: the rest can be played. */
	for (size_t i = 0; i < r.s->n_blocks; i++)
		print_block(f, &r, i);
	for (size_t i = 0; i < r.s->n_blocks; i++)
		if (seen(&r, i))
			print_values(f, &r, i);
	return fflush(f) == 0 && !ferror(f) ? 0 : -EIO;
}
