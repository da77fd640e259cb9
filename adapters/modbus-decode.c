/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a reply become raw values of points. Pure. */
#include "modbus.h"

void modbus_raw_put(struct raw *raw, const struct modbus_raw *h, const uint8_t *data, size_t n)
{
	n = MIN(n, (size_t)RAW_DATA_MAX - MODBUS_RAW_HEADER);
	raw->data[0] = h->function;
	put_be16(raw->data + 1, h->address);
	put_be16(raw->data + 3, h->count);
	raw->data[5] = h->exception;
	raw->data[6] = h->for_good;
	if (n > 0)
		memcpy(raw->data + MODBUS_RAW_HEADER, data, n);
	raw->len = (uint16_t)(MODBUS_RAW_HEADER + n);
}

static int raw_take(const struct raw *raw, struct modbus_raw *ret)
{
	size_t bytes;

	if (raw->len < MODBUS_RAW_HEADER || raw->len > RAW_DATA_MAX)
		return -EBADMSG;
	ret->function = raw->data[0];
	ret->address = be16(raw->data + 1);
	ret->count = be16(raw->data + 3);
	ret->exception = raw->data[5];
	ret->for_good = raw->data[6];
	if (ret->function < MODBUS_READ_COILS || ret->function > MODBUS_READ_INPUT ||
		ret->count == 0)
		return -EBADMSG;
	bytes = ret->exception ? 0 : modbus_reply_bytes(ret->function, ret->count);
	return raw->len == MODBUS_RAW_HEADER + bytes ? 0 : -EBADMSG;
}

/* ---- one value */

static bool order_swaps(enum word_order o)
{
	return o == ORDER_BIG_SWAP || o == ORDER_LITTLE_SWAP;
}

static bool order_little(enum word_order o)
{
	return o == ORDER_LITTLE || o == ORDER_LITTLE_SWAP;
}

/* Up to 4 registers at P to one pattern. A single register has no order. */
static uint64_t assemble(const uint8_t *p, unsigned n, enum word_order order)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++) {
		uint16_t w = be16(p + 2 * (order_little(order) ? n - 1 - i : i));

		if (n > 1 && order_swaps(order))
			w = (uint16_t)(w << 8 | w >> 8);
		v = v << 16 | w;
	}
	return v;
}

/* Maker's text: ends at a NUL, padded with blanks or 0xFF; what is no text is shown as \xHH. */
static void take_text(
	const struct point *pt, const uint8_t *p, unsigned n, char ret[READING_TEXT_MAX])
{
	char buf[2 * 255];
	size_t len = 0;

	for (unsigned i = 0; i < n; i++) {
		uint8_t hi = p[2 * i], lo = p[2 * i + 1];

		if (pt->type == POINT_STRING) {
			buf[len++] = (char)lo;
			continue;
		}
		buf[len++] = (char)(order_swaps(pt->order) ? lo : hi);
		buf[len++] = (char)(order_swaps(pt->order) ? hi : lo);
	}
	len = strnlen(buf, len);
	while (len > 0 && (buf[len - 1] == ' ' || (uint8_t)buf[len - 1] == 0xFF))
		len--;
	str_escape(ret, READING_TEXT_MAX, buf, len);
}

static bool take_bcd(uint64_t pattern, unsigned bits, int64_t *ret)
{
	int64_t v = 0;

	for (int shift = (int)(bits + 3) / 4 * 4 - 4; shift >= 0; shift -= 4) {
		unsigned digit = pattern >> shift & 0xF;

		if (digit > 9)
			return false;
		v = v * 10 + (int64_t)digit;
	}
	*ret = v;
	return true;
}

static bool is_sentinel(const struct point *pt, int64_t raw)
{
	for (size_t i = 0; i < pt->n_sentinels; i++)
		if (pt->sentinels[i].raw == raw)
			return true;
	return false;
}

static int64_t sign_extend(uint64_t v, unsigned bits)
{
	return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

/* P: the point's registers. False: bad BCD, *ret holds the pattern. */
static bool take_value(const struct point *pt, const struct modbus_point *m, const uint8_t *p,
	struct raw_value *ret)
{
	unsigned bits = m->width ? m->width : 16U * m->n;
	uint64_t v = 0;
	uint32_t v32;
	float f;

	*ret = (struct raw_value){.kind = RAW_INT};
	if (pt->type == POINT_STRING || pt->type == POINT_STRING_2) {
		ret->kind = RAW_TEXT;
		take_text(pt, p, m->n, ret->text);
		/* Short ones have values that stand for none, too. */
		if (m->n <= 4)
			ret->i = (int64_t)assemble(p, m->n, ORDER_BIG);
		return true;
	}
	v = assemble(p, m->n, pt->order);
	if (m->width) {
		v >>= m->bit;
		if (bits < 64)
			v &= (1ULL << bits) - 1;
	}
	switch (pt->type) {
	case POINT_F32:
		v32 = (uint32_t)v;
		memcpy(&f, &v32, sizeof(f));
		ret->kind = RAW_FLOAT;
		ret->f = (double)f;
		return true;
	case POINT_F64:
		ret->kind = RAW_FLOAT;
		memcpy(&ret->f, &v, sizeof(ret->f));
		return true;
	case POINT_S16:
	case POINT_S32:
	case POINT_S64:
		ret->i = sign_extend(v, bits);
		return true;
	case POINT_BCD16:
	case POINT_BCD32:
		ret->i = (int64_t)v;
		/* A pattern such as 0xFFFF may say "not fitted". */
		return take_bcd(v, bits, &ret->i) || is_sentinel(pt, ret->i);
	case POINT_BIT:
	case POINT_U16:
	case POINT_U32:
	case POINT_U64:
	case POINT_STRING:
	case POINT_STRING_2:
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	ret->i = (int64_t)v;
	return true;
}

bool modbus_value(const struct point *pt, const struct modbus_point *m, const uint8_t *data,
	struct raw_value *ret)
{
	if (m->function > MODBUS_READ_DISCRETE)
		return take_value(pt, m, data, ret);
	*ret = (struct raw_value){.kind = RAW_INT, .i = data[0] & 1};
	return true;
}

static void read_point(const struct modbus_state *s, unsigned point, const struct modbus_raw *h,
	const uint8_t *data, struct reading *r)
{
	const struct modbus_point *m = &s->points[point];
	const struct point *pt = &s->profile->points[point];
	unsigned at = (unsigned)m->first - h->address;
	struct raw_value v;

	if (h->exception) {
		r->quality = QUALITY_UNAVAILABLE;
		r->reason = h->for_good ? REASON_UNSUPPORTED : REASON_EXCEPTION;
		r->detail = h->exception;
		return;
	}
	if (h->function <= MODBUS_READ_DISCRETE) {
		v = (struct raw_value){.kind = RAW_INT, .i = data[at / 8] >> at % 8 & 1};
	} else if (!take_value(pt, m, data + 2U * at, &v)) {
		r->quality = QUALITY_SUSPECT;
		r->reason = REASON_DECODE;
		r->raw = v.i;
		return;
	}
	point_convert(s->profile, point, &v, r);
}

/* The points among CANDIDATES that lie within H of UNIT. */
static size_t read_points(const struct modbus_state *s, const uint16_t *candidates, size_t n,
	uint8_t unit, const struct modbus_raw *h, const uint8_t *data, uint64_t t_us,
	struct reading *ret, size_t max)
{
	size_t k = 0;

	for (size_t i = 0; i < n && k < max; i++) {
		unsigned point = candidates ? candidates[i] : (unsigned)i;
		const struct modbus_point *m = &s->points[point];

		if (m->unit != unit || m->function != h->function || m->first < h->address ||
			(uint32_t)m->first + m->n > (uint32_t)h->address + h->count)
			continue;
		ret[k] = (struct reading){.point = (uint16_t)point, .t_us = t_us};
		read_point(s, point, h, data, &ret[k++]);
	}
	return k;
}

int modbus_decode(const void *state, const struct raw *raw, struct reading *ret, size_t max)
{
	const struct modbus_state *s = state;
	struct modbus_raw h;
	int r = raw_take(raw, &h);

	if (r < 0 || raw->block >= s->n_blocks)
		return -EBADMSG;
	return (int)read_points(s, s->blocks[raw->block].points, s->blocks[raw->block].n_points,
		s->blocks[raw->block].unit, &h, raw->data + MODBUS_RAW_HEADER, raw->t_us, ret, max);
}

/* ---- one frame for people */

static void add_field(struct frame_info *f, enum field_type type, double v, const char *name)
{
	struct field *field;

	if (f->n_fields == FRAME_FIELDS_MAX)
		return;
	field = &f->fields[f->n_fields++];
	*field = (struct field){.type = type, .num = v};
	(void)str_copy(field->name, sizeof(field->name), name);
}

static void add_item(
	struct frame_info *f, enum field_type type, double v, const char *what, unsigned k)
{
	char name[24];

	(void)snprintf(name, sizeof(name), "%s.%u", what, k);
	add_field(f, type, v, name);
}

/* context: 1, unit, function, address, count of the request before. */
static void remember(struct frame_info *f, const struct modbus_request *rq)
{
	f->context[0] = 1;
	f->context[1] = rq->unit;
	f->context[2] = rq->function;
	put_be16(f->context + 3, rq->address);
	put_be16(f->context + 5, rq->count);
}

static bool recall(const struct frame_info *f, struct modbus_request *ret)
{
	*ret = (struct modbus_request){.unit = f->context[1],
		.function = f->context[2],
		.address = be16(f->context + 3),
		.count = be16(f->context + 5)};
	return f->context[0] == 1;
}

static void tell_request(struct frame_info *f, const struct modbus_request *rq)
{
	(void)snprintf(f->kind, sizeof(f->kind), "read %s request", modbus_bank_name(rq->function));
	add_field(f, FIELD_INT, rq->unit, "unit");
	add_field(f, FIELD_INT, rq->address, "address");
	add_field(f, FIELD_INT, rq->count, "count");
	remember(f, rq);
}

/* The unit whose points a frame of UNIT may hold: a capture may come from another of the kind. */
static uint8_t unit_of_points(const struct modbus_state *s, uint8_t unit)
{
	for (size_t i = 0; i < s->profile->n_points; i++)
		if (s->points[i].unit == unit)
			return unit;
	return s->unit;
}

static void tell_reply(
	struct frame_info *f, const void *state, uint8_t unit, const uint8_t *pdu, size_t n)
{
	const struct modbus_state *s = state;
	struct modbus_request rq;
	bool known = recall(f, &rq) && rq.unit == unit && rq.function == pdu[0] &&
		     modbus_reply_bytes(rq.function, rq.count) == n - 2;
	unsigned items =
		pdu[0] <= MODBUS_READ_DISCRETE ? (unsigned)(8 * (n - 2)) : (unsigned)(n - 2) / 2;
	unsigned first = known ? rq.address : 0;

	(void)snprintf(f->kind, sizeof(f->kind), "read %s reply%s", modbus_bank_name(pdu[0]),
		known ? "" : ", request unknown");
	add_field(f, FIELD_INT, unit, "unit");
	if (known)
		items = MIN(items, (unsigned)rq.count);
	for (unsigned i = 0; i < items; i++) {
		if (pdu[0] <= MODBUS_READ_DISCRETE)
			add_item(f, FIELD_BOOL, pdu[2 + i / 8] >> i % 8 & 1, "bit", first + i);
		else
			add_item(f, FIELD_INT, be16(pdu + 2 + 2 * i), "register", first + i);
	}
	if (known && s && s->profile) {
		struct modbus_raw h = {
			.function = rq.function, .address = rq.address, .count = rq.count};

		f->n_readings = read_points(s, NULL, s->profile->n_points, unit_of_points(s, unit),
			&h, pdu + 2, 0, f->readings, FRAME_READINGS_MAX);
	}
}

static bool tell_exception(struct frame_info *f, uint8_t unit, const uint8_t *pdu)
{
	uint8_t function = pdu[0] & 0x7F;
	bool writes = modbus_function_writes(function);

	if ((!writes && (function < 1 || function > 4)) || pdu[1] == 0)
		return false;
	(void)snprintf(f->kind, sizeof(f->kind), "%s%s exception: %s", writes ? "write" : "read ",
		writes ? "" : modbus_bank_name(function), modbus_exception_name(pdu[1]));
	add_field(f, FIELD_INT, unit, "unit");
	add_field(f, FIELD_INT, pdu[1], "exception");
	return true;
}

/* Writes: the reply repeats the request, wholly or up to the count. */
static bool tell_write(
	struct frame_info *f, uint8_t unit, const uint8_t *pdu, size_t n, enum frame_direction dir)
{
	static const char *const names[] = {[MODBUS_WRITE_COIL] = "write coil",
		[MODBUS_WRITE_REGISTER] = "write register",
		[MODBUS_WRITE_COILS] = "write coils",
		[MODBUS_WRITE_REGISTERS] = "write registers",
		[MODBUS_MASK_REGISTER] = "mask register"};
	bool many = pdu[0] == MODBUS_WRITE_COILS || pdu[0] == MODBUS_WRITE_REGISTERS;
	bool reply = many && n == MODBUS_READ_PDU;
	struct modbus_request rq;

	if (reply ? dir == FRAME_TO_APPLIANCE : modbus_request_parse(unit, pdu, n, &rq) < 0)
		return false;
	(void)snprintf(f->kind, sizeof(f->kind), "%s%s", names[pdu[0]],
		reply                          ? " reply"
		: !many && dir == FRAME_EITHER ? " request or reply"
		: dir == FRAME_FROM_APPLIANCE  ? " reply"
					       : " request");
	if (many && !reply && dir == FRAME_FROM_APPLIANCE)
		return false;
	add_field(f, FIELD_INT, unit, "unit");
	add_field(f, FIELD_INT, be16(pdu + 1), "address");
	if (reply) {
		add_field(f, FIELD_INT, be16(pdu + 3), "count");
		return true;
	}
	switch (pdu[0]) {
	case MODBUS_WRITE_COIL:
		add_item(f, FIELD_BOOL, pdu[3] == 0xFF, "bit", rq.address);
		break;
	case MODBUS_WRITE_REGISTER:
		add_item(f, FIELD_INT, be16(pdu + 3), "register", rq.address);
		break;
	case MODBUS_MASK_REGISTER:
		add_field(f, FIELD_INT, be16(pdu + 3), "and");
		add_field(f, FIELD_INT, be16(pdu + 5), "or");
		break;
	case MODBUS_WRITE_COILS:
		for (unsigned i = 0; i < rq.count; i++)
			add_item(f, FIELD_BOOL, pdu[6 + i / 8] >> i % 8 & 1, "bit", rq.address + i);
		break;
	default:
		for (unsigned i = 0; i < rq.count; i++)
			add_item(f, FIELD_INT, be16(pdu + 6 + 2 * i), "register", rq.address + i);
	}
	return true;
}

/* A PDU that came whole. */
static bool tell_pdu(struct frame_info *f, const void *state, uint8_t unit, const uint8_t *pdu,
	size_t n, enum frame_direction dir)
{
	struct modbus_request rq, before;
	bool asked = recall(f, &before) && before.unit == unit && before.function == pdu[0];

	if (n == 2 && (pdu[0] & 0x80))
		return dir != FRAME_TO_APPLIANCE && tell_exception(f, unit, pdu);
	if (modbus_function_writes(pdu[0]) && n >= MODBUS_READ_PDU)
		return tell_write(f, unit, pdu, n, dir);
	if (pdu[0] < MODBUS_READ_COILS || pdu[0] > MODBUS_READ_INPUT)
		return false;
	/* Five bytes may be both: a reply with 3 bytes of bits, if one of 17 to 24 was asked for. */
	if (n == MODBUS_READ_PDU && dir != FRAME_FROM_APPLIANCE &&
		!(dir == FRAME_EITHER && asked && pdu[1] == 3 &&
			modbus_reply_bytes(pdu[0], before.count) == 3) &&
		modbus_request_parse(unit, pdu, n, &rq) == 0) {
		tell_request(f, &rq);
		return true;
	}
	if (n >= 3 && pdu[1] == n - 2 && dir != FRAME_TO_APPLIANCE &&
		(pdu[0] <= MODBUS_READ_DISCRETE || pdu[1] % 2 == 0)) {
		tell_reply(f, state, unit, pdu, n);
		return true;
	}
	return false;
}

static int frame_bad(struct frame_info *f, struct errdetail *e, size_t len, const char *fmt, ...)
	_printf_(4, 5);
static int frame_bad(struct frame_info *f, struct errdetail *e, size_t len, const char *fmt, ...)
{
	va_list ap;

	f->len = MAX(len, 1U);
	if (e) {
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return -EBADMSG;
}

/* Modbus TCP when bytes 2 and 3 are 0 and the length in the header fits; else RTU. */
static bool looks_tcp(const uint8_t *p, size_t n)
{
	return n >= 9 && be16(p + 2) == 0 && be16(p + 4) >= 3 && be16(p + 4) <= 254 &&
	       n >= 6U + be16(p + 4) &&
	       (((p[7] & 0x7F) >= 1 && (p[7] & 0x7F) <= 4) || modbus_function_writes(p[7] & 0x7F));
}

int modbus_decode_frame(const void *state, const uint8_t *p, size_t n, enum frame_direction dir,
	struct frame_info *ret, struct errdetail *reterr)
{
	size_t lens[3] = {8, 5, 0}, guess;
	uint16_t crc, computed;

	ret->n_fields = ret->n_readings = ret->n_unknown = 0;
	ret->kind[0] = '\0';
	ret->has_checksum = true;
	if (n < 4)
		return frame_bad(
			ret, reterr, n, "byte %zu: the frame ends; at least 4 bytes make one", n);
	if ((p[1] & 0x80) == 0) {
		lens[1] = 5U + p[2];
		if (dir == FRAME_FROM_APPLIANCE ||
			(dir == FRAME_EITHER && ret->context[0] == 1 && n < 8))
			lens[0] = lens[1];
	} else {
		lens[0] = 5;
	}
	if (p[1] == MODBUS_MASK_REGISTER)
		lens[2] = 10;
	if ((p[1] == MODBUS_WRITE_COILS || p[1] == MODBUS_WRITE_REGISTERS) && n >= 9)
		lens[2] = 9U + p[6];
	for (size_t i = 0; i < 3; i++) {
		size_t len = lens[i];

		if (len > n || len < 5 || len > MODBUS_FRAME_RTU_MAX ||
			modbus_crc16(p, len - 2) != (uint16_t)(p[len - 2] | p[len - 1] << 8))
			continue;
		ret->len = len;
		if (tell_pdu(ret, state, p[0], p + 1, len - 3, dir))
			return 0;
		return frame_bad(ret, reterr, len,
			"byte 1: function %02X is not known, or not in this "
			"direction",
			p[1]);
	}
	if (looks_tcp(p, n)) {
		ret->len = 6U + be16(p + 4);
		ret->has_checksum = false;
		add_field(ret, FIELD_INT, be16(p), "transaction");
		if (tell_pdu(ret, state, p[6], p + 7, ret->len - 7, dir))
			return 0;
		return frame_bad(ret, reterr, ret->len, "byte 8: byte count or length do not fit");
	}
	/* The most likely length, to say what is wrong. */
	guess = (p[1] & 0x80) ? 5 : dir == FRAME_TO_APPLIANCE || n == 8 ? 8 : 5U + p[2];
	if (guess > MODBUS_FRAME_RTU_MAX || guess > n)
		return frame_bad(ret, reterr, n,
			"byte %zu: the frame ends; %zu bytes were announced", n, guess);
	crc = (uint16_t)(p[guess - 2] | p[guess - 1] << 8);
	computed = modbus_crc16(p, guess - 2);
	return frame_bad(ret, reterr, guess, "byte %zu: checksum %02X %02X, computed %02X %02X",
		guess - 2, crc & 0xFF, crc >> 8, computed & 0xFF, computed >> 8);
}
