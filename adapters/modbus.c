/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus.h"

#include "../daemon/clock.h"

/* Longest time to a complete answer where the profile says nothing: half a second, libmodbus'
 * default, is too short for real inverters (libmodbus issue 776). */
#define TIMEOUT_DEFAULT_US USEC_PER_SEC
/* A reply may come as late again as it may take, and half a second at least. */
#define LATE_MIN_US (500 * USEC_PER_MSEC)
/* Draining what still comes before a request. */
#define DRAIN_US (50 * USEC_PER_MSEC)
/* Exceptions 2 or 3 in a row after which a block is cut: before the core gives it up at 3. */
#define CUT_AFTER        2
#define REFUSED_FOR_GOOD 3
/* A register refused for good is asked again each so many rounds, a cut block as a whole each so
 * many: appliances answer "illegal address" to everything while they start. */
#define RETEST_ROUNDS 16
#define WHOLE_ROUNDS  256

static const char *const banks[] = {[MODBUS_READ_COILS] = "coil",
	[MODBUS_READ_DISCRETE] = "discrete",
	[MODBUS_READ_HOLDING] = "holding",
	[MODBUS_READ_INPUT] = "input"};

const char *modbus_bank_name(uint8_t function)
{
	return function >= 1 && function <= 4 ? banks[function] : "?";
}

int modbus_bank_parse(const char *s, size_t n)
{
	for (int f = 1; f <= 4; f++)
		if (strlen(banks[f]) == n && memcmp(s, banks[f], n) == 0)
			return f;
	return -EINVAL;
}

/* ---- Read= */

static int wrong(char *reterr, size_t size, const char *text)
{
	(void)str_copy(reterr, size, text);
	return -EINVAL;
}

/* Decimal (also with leading zeros) or 0x; the end is the first character that is no digit. */
static int parse_number(const char **s, uint32_t max, uint32_t *ret)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X');
	const char *p = hex ? *s + 2 : *s, *start = p;
	uint32_t v = 0;

	for (;; p++) {
		unsigned d;

		if (*p >= '0' && *p <= '9')
			d = (unsigned)(*p - '0');
		else if (hex && ((*p >= 'a' && *p <= 'f') || (*p >= 'A' && *p <= 'F')))
			d = (unsigned)((*p | 0x20) - 'a') + 10;
		else
			break;
		v = v * (hex ? 16 : 10) + d;
		if (v > max)
			return -ERANGE;
	}
	if (p == start)
		return -EINVAL;
	*s = p;
	*ret = v;
	return 0;
}

/* "00001" is coil 0, "30001" input 0, "40001" and "400001" holding 0. */
static int parse_modicon(const char **s, uint8_t *ret_function, uint32_t *ret_address)
{
	static const uint8_t functions[] = {
		MODBUS_READ_COILS, MODBUS_READ_DISCRETE, 0, MODBUS_READ_INPUT, MODBUS_READ_HOLDING};
	const char *p = *s;
	size_t digits = strspn(p, "0123456789");
	uint32_t v;

	if ((digits != 5 && digits != 6) || p[0] > '4' || functions[p[0] - '0'] == 0)
		return -EINVAL;
	*ret_function = functions[p[0] - '0'];
	p++;
	if (parse_number(&p, 65536, &v) < 0 || v == 0)
		return -EINVAL;
	*ret_address = v - 1;
	*s = p;
	return 0;
}

static unsigned type_registers(enum point_type type, uint8_t string_len)
{
	switch (type) {
	case POINT_BIT:
	case POINT_U16:
	case POINT_S16:
	case POINT_BCD16:
		return 1;
	case POINT_U32:
	case POINT_S32:
	case POINT_F32:
	case POINT_BCD32:
		return 2;
	case POINT_U64:
	case POINT_S64:
	case POINT_F64:
		return 4;
	case POINT_STRING:
	case POINT_STRING_2:
		return string_len;
	case POINT_NATIVE:
	case _POINT_TYPE_MAX:
		break;
	}
	return 0;
}

static bool type_has_fields(enum point_type type)
{
	return type != POINT_F32 && type != POINT_F64 && type != POINT_STRING &&
	       type != POINT_STRING_2;
}

static int parse_field(
	const char **s, enum point_type type, struct modbus_point *m, char *reterr, size_t size)
{
	uint32_t bit, width = 1, bits = 16U * m->n;

	if (!type_has_fields(type))
		return wrong(
			reterr, size, "only whole numbers have bits; drop what follows the '.'");
	(*s)++;
	if (parse_number(s, bits - 1, &bit) < 0)
		return wrong(
			reterr, size, "the bit behind '.' lies outside the value; 0 is its lowest");
	if (**s == ':') {
		(*s)++;
		if (parse_number(s, bits - bit, &width) < 0 || width == 0)
			return wrong(reterr, size, "the width behind ':' reaches beyond the value");
	}
	if (type == POINT_BIT && width != 1)
		return wrong(reterr, size, "Type=bit is one bit wide; use u16 for a bit field");
	m->bit = (uint8_t)bit;
	m->width = (uint8_t)width;
	return 0;
}

int modbus_point_parse(const char *read, enum addressing addressing, enum point_type type,
	uint8_t string_len, struct modbus_point *ret, char *reterr, size_t size)
{
	struct modbus_point m = {0};
	const char *s = read, *colon;
	uint32_t address = 0;
	unsigned n = type_registers(type, string_len);
	int f;

	if (n == 0)
		return wrong(reterr, size, "needs Type= with modbus, a string its Length= too");
	if (addressing == ADDRESSING_MODICON) {
		if (parse_modicon(&s, &m.function, &address) < 0)
			return wrong(reterr, size,
				"with Addressing=modicon write 5 or 6 digits such as 40001 or 30012.3");
	} else {
		colon = strchr(s, ':');
		f = colon ? modbus_bank_parse(s, (size_t)(colon - s)) : -EINVAL;
		if (f < 0)
			return wrong(reterr, size,
				"must be holding:ADDRESS, input:ADDRESS, coil:ADDRESS or "
				"discrete:ADDRESS; 40001 and the like need Addressing=modicon");
		m.function = (uint8_t)f;
		s = colon + 1;
		if (parse_number(&s, addressing == ADDRESSING_ONE ? 65536 : 65535, &address) < 0 ||
			(addressing == ADDRESSING_ONE && address == 0))
			return wrong(reterr, size,
				addressing == ADDRESSING_ONE
					? "the address must be 1 to 65536 with Addressing=1"
					: "the address must be 0 to 65535");
		if (addressing == ADDRESSING_ONE)
			address--;
	}
	m.first = (uint16_t)address;
	if (m.function <= MODBUS_READ_DISCRETE) {
		if (type != POINT_BIT && type != POINT_U16)
			return wrong(reterr, size, "a coil or discrete input has Type=bit");
		m.n = 1;
	} else {
		m.n = (uint8_t)n;
		if (*s == '.') {
			f = parse_field(&s, type, &m, reterr, size);
			if (f < 0)
				return f;
		} else if (type == POINT_BIT) {
			return wrong(
				reterr, size, "a bit of a register is written holding:ADDRESS.BIT");
		}
	}
	if (*s != '\0')
		return wrong(reterr, size, "unexpected text behind the address");
	if (address + m.n > 65536)
		return wrong(reterr, size, "the value reaches beyond address 65535");
	*ret = m;
	return 0;
}

/* ---- configure */

static int fail(struct errdetail *e, const char *key, const char *fmt, ...) _printf_(3, 4);
static int fail(struct errdetail *e, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		(void)str_copy(e->key, sizeof(e->key), key);
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

static void modbus_done(void *state)
{
	struct modbus_state *s = state;

	for (size_t i = 0; s->blocks && i < s->n_blocks; i++) {
		free(s->blocks[i].parts);
		free(s->blocks[i].points);
	}
	free(s->blocks);
	free(s->points);
	*s = (struct modbus_state){0};
}

static int make_spans(struct modbus_state *s, const struct source_config *config,
	struct modbus_span *spans, struct errdetail *reterr)
{
	const struct profile *p = s->profile;
	uint64_t least = MAX(config->period_us, p->line.least_period_us);
	char text[160], key[64];
	int unit;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];
		struct modbus_point *m = &s->points[i];

		if (modbus_point_parse(pt->read, p->addressing, pt->type, pt->string_len, m, text,
			    sizeof(text)) < 0) {
			(void)snprintf(key, sizeof(key), "Point %s.Read", pt->name);
			return fail(reterr, key, "\"%s\": %s", pt->read, text);
		}
		unit = pt->device_relative ? s->unit + pt->device : pt->device;
		if (unit > 255 || (config->char_us > 0 && unit == 0)) {
			(void)snprintf(key, sizeof(key), "Point %s.Device", pt->name);
			return fail(reterr, key, "unit %d: must be 1 to 247", unit);
		}
		m->unit = (uint8_t)unit;
		spans[i] = (struct modbus_span){.period_us = MAX(MAX(pt->period_us, least), 1ULL),
			.first = m->first,
			.last = (uint16_t)(m->first + m->n - 1),
			.point = (uint16_t)i,
			.unit = m->unit,
			.function = m->function};
	}
	return 0;
}

static int make_ranges(const struct profile *p, struct modbus_range *ranges, size_t *ret_n,
	struct errdetail *reterr)
{
	for (size_t i = 0; i < p->n_ranges; i++) {
		const struct read_range *r = &p->ranges[i];
		int f = modbus_bank_parse(r->bank, strlen(r->bank));

		if (f < 0 || r->first > r->last || r->last > 65535)
			return fail(reterr, "Line.Readable",
				"%s: write holding:0-116, first not behind last, at most 65535",
				r->bank);
		ranges[i] =
			(struct modbus_range){(uint16_t)r->first, (uint16_t)r->last, (uint8_t)f};
	}
	*ret_n = p->n_ranges;
	return 0;
}

/* Values that overlap are one part. SPANS by address. */
static int make_parts(struct modbus_block *b, const struct modbus_span *spans, size_t n)
{
	b->parts = calloc(n, sizeof(*b->parts));
	b->points = calloc(n, sizeof(*b->points));
	if (!b->parts || !b->points)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct modbus_part *last = b->n_parts > 0 ? &b->parts[b->n_parts - 1] : NULL;

		b->points[b->n_points++] = spans[i].point;
		if (last && spans[i].first <= last->last)
			last->last = MAX(last->last, spans[i].last);
		else
			b->parts[b->n_parts++] = (struct modbus_part){
				.first = spans[i].first, .last = spans[i].last};
	}
	return 0;
}

static bool carries_fault(const struct profile *p, const struct modbus_block *b)
{
	for (uint16_t i = 0; i < b->n_points; i++) {
		if (p->points[b->points[i]].fault_code)
			return true;
		for (size_t k = 0; k < p->n_faults; k++)
			if (p->faults[k].point == b->points[i])
				return true;
	}
	return false;
}

static int make_block(struct modbus_block *b, struct block *core, const struct modbus_read *read,
	const struct modbus_span *spans, int unit, uint64_t char_us, uint64_t timeout_us)
{
	char other[16] = "";
	uint16_t count = (uint16_t)(read->last - read->first + 1);
	int r;

	*b = (struct modbus_block){.unit = read->unit,
		.function = read->function,
		.first = read->first,
		.last = read->last,
		.slack = read->slack};
	r = make_parts(b, spans + read->span, read->n_spans);
	if (r < 0)
		return r;
	core->points = calloc(b->n_points, sizeof(*core->points));
	if (!core->points)
		return -ENOMEM;
	memcpy(core->points, b->points, b->n_points * sizeof(*core->points));
	core->n_points = b->n_points;
	core->period_us = read->period_us;
	core->cost_us = modbus_plan_cost_us(char_us, read->function, count);
	core->timeout_us = timeout_us;
	core->needs = -1;
	core->shape = modbus_plan_shape(read->function, count);
	if (b->unit != unit)
		(void)snprintf(other, sizeof(other), "unit %u ", b->unit);
	if (count > 1)
		(void)snprintf(core->label, sizeof(core->label), "%s%s %u-%u", other,
			modbus_bank_name(b->function), b->first, b->last);
	else
		(void)snprintf(core->label, sizeof(core->label), "%s%s %u", other,
			modbus_bank_name(b->function), b->first);
	return 0;
}

static int make_plan(struct modbus_state *s, const struct source_config *config,
	struct modbus_span *spans, struct modbus_read *reads, struct modbus_range *ranges,
	struct blocks *ret, struct errdetail *reterr)
{
	const struct line_defaults *line = &s->profile->line;
	struct modbus_limits limits = {
		.max_registers = line->max_read ? MIN(line->max_read, MODBUS_REGISTERS_MAX)
						: MODBUS_REGISTERS_MAX,
		.max_bits = line->max_read_bits ? MIN(line->max_read_bits, MODBUS_BITS_MAX)
						: MODBUS_BITS_MAX,
		.block_reads = line->block_reads,
		.char_us = config->char_us,
		.ranges = ranges,
	};
	uint64_t timeout = line->timeout_us ? line->timeout_us : TIMEOUT_DEFAULT_US;
	uint16_t bad = 0;
	size_t n = 0;
	int r;

	r = make_spans(s, config, spans, reterr);
	if (r == 0)
		r = make_ranges(s->profile, ranges, &limits.n_ranges, reterr);
	if (r < 0)
		return r;
	r = modbus_plan(spans, s->profile->n_points, &limits, reads, &n, &bad);
	if (r == -ERANGE)
		return fail(reterr, s->profile->points[bad].name,
			"longer than MaxRead=%u allows; raise it or drop the point",
			limits.max_registers);
	if (r < 0)
		return r;
	s->gap_us = line->gap_us;
	s->late_us = MAX(timeout, LATE_MIN_US);
	s->blocks = calloc(MAX(n, 1U), sizeof(*s->blocks));
	ret->v = calloc(MAX(n, 1U), sizeof(*ret->v));
	if (!s->blocks || !ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		s->n_blocks = ret->n = i + 1;
		/* Gap, silence and drain go before the request. */
		r = make_block(&s->blocks[i], &ret->v[i], &reads[i], spans, s->unit,
			config->char_us, s->gap_us + timeout + DRAIN_US + 4 * config->char_us);
		if (r < 0)
			return r;
		if (carries_fault(s->profile, &s->blocks[i]))
			ret->v[i].flags |= BLOCK_ALARM;
	}
	return 0;
}

static int modbus_configure(void *state, const struct profile *profile,
	const struct source_config *config, struct blocks *ret, struct errdetail *reterr)
{
	_cleanup_free_ struct modbus_span *spans =
		calloc(MAX(profile->n_points, 1U), sizeof(*spans));
	_cleanup_free_ struct modbus_read *reads =
		calloc(MAX(profile->n_points, 1U), sizeof(*reads));
	_cleanup_free_ struct modbus_range *ranges =
		calloc(MAX(profile->n_ranges, 1U), sizeof(*ranges));
	int unit = config->unit >= 0 ? config->unit : profile->line.unit;
	struct modbus_state *s = state;
	struct blocks blocks = {0};
	int r;

	if (config->listen_only) {
		(void)fail(reterr, "Listen",
			"Modbus answers only when asked; this appliance cannot be read on a bus with Listen=yes");
		return -EOPNOTSUPP;
	}
	if (unit < 0 || unit > 255)
		return fail(reterr, "Unit", "needs a unit identifier, 1 to 247");
	if (config->char_us > 0 && unit == 0)
		return fail(
			reterr, "Unit", "0 is a broadcast, which nobody answers; must be 1 to 247");
	modbus_done(s);
	s->profile = profile;
	s->unit = (uint8_t)unit;
	s->points = calloc(MAX(profile->n_points, 1U), sizeof(*s->points));
	if (!spans || !reads || !ranges || !s->points)
		r = -ENOMEM;
	else
		r = make_plan(s, config, spans, reads, ranges, &blocks, reterr);
	if (r < 0) {
		modbus_done(s);
		blocks_done(&blocks);
		return r;
	}
	*ret = blocks;
	return 0;
}

/* ---- poll */

static int again(struct poll_result *ret, uint64_t at_us)
{
	ret->retry_at_us = at_us;
	return -EAGAIN;
}

static bool shape_busy(const struct modbus_state *s, const struct transport *t,
	const struct modbus_request *rq, uint64_t *ret_until_us)
{
	return transport_modbus_shape_busy(t, rq->unit, rq->function, rq->address, rq->count,
		clock_boottime_us(), ret_until_us);
}

static int request(struct modbus_state *s, struct transport *t, const struct modbus_request *rq,
	uint64_t deadline_us, uint8_t reply[MODBUS_PDU_MAX], struct poll_result *ret)
{
	uint8_t pdu[MODBUS_READ_PDU];

	modbus_request_pdu(rq, pdu);
	return transport_modbus(t, rq->unit, pdu, sizeof(pdu), s->gap_us, s->late_us, deadline_us,
		reply, &ret->exception);
}

/* Another shape for the line to see between two requests that look alike: the beginning of the same
 * registers, else another block. What it brings is thrown away. -EAGAIN when the way is free now;
 * 0 when there is no such shape. */
static int separate(struct modbus_state *s, struct transport *t, const struct modbus_request *like,
	uint64_t deadline_us, struct poll_result *ret)
{
	struct modbus_request rq = *like;
	uint8_t reply[MODBUS_PDU_MAX];
	uint64_t until;
	bool found = false;
	int r;

	while (!found && rq.count > 1) {
		rq.count--;
		found = !shape_busy(s, t, &rq, &until);
	}
	for (size_t i = 0; !found && i < s->n_blocks; i++) {
		const struct modbus_block *b = &s->blocks[i];

		rq = (struct modbus_request){.unit = b->unit,
			.function = b->function,
			.address = b->first,
			.count = (uint16_t)(b->last - b->first + 1)};
		found = !b->learned &&
			(rq.unit != like->unit || rq.function != like->function ||
				rq.count != like->count) &&
			!shape_busy(s, t, &rq, &until);
	}
	if (!found)
		return 0;
	r = request(s, t, &rq, deadline_us, reply, ret);
	if (r >= 0 || r == -EREMOTEIO || r == -EAGAIN)
		return again(ret, clock_boottime_us());
	return r;
}

/* The parts the next request takes: [*ret_from, *ret_to). */
static void next_parts(
	const struct modbus_block *b, bool whole, unsigned *ret_from, unsigned *ret_to)
{
	unsigned from = whole ? 0 : b->next, to = from + 1;

	while (to < b->n_parts && (whole || !b->parts[to].cut))
		to++;
	*ret_from = from;
	*ret_to = to;
}

static void advance(struct modbus_block *b, unsigned to, struct poll_result *ret)
{
	ret->more = to < b->n_parts;
	b->next = ret->more ? (uint16_t)to : 0;
	if (!ret->more && b->rounds < UINT16_MAX)
		b->rounds++;
}

static void put_refused(struct modbus_block *b, unsigned block, unsigned part, uint8_t exception,
	struct poll_result *ret)
{
	const struct modbus_part *p = &b->parts[part];
	struct modbus_raw h = {.function = b->function,
		.address = p->first,
		.count = (uint16_t)(p->last - p->first + 1),
		.exception = exception,
		.for_good = p->refused >= REFUSED_FOR_GOOD};
	struct raw *raw = &ret->raws[ret->n_raws++];

	raw->block = (uint16_t)block;
	raw->t_us = clock_boottime_us();
	modbus_raw_put(raw, &h, NULL, 0);
}

/* Not in two equal halves, whose requests would look alike. */
static unsigned cut_at(unsigned n)
{
	return MAX(1U, (n - 1) / 2);
}

/* Exception 2 or 3: one bad register must not cost its neighbours. A block that is refused as a whole
 * is cut in the middle, and each half that is refused again, until the register stands alone. */
static int refused(struct modbus_block *b, unsigned block, bool whole, unsigned from, unsigned to,
	struct poll_result *ret)
{
	if (whole && b->learned) {
		b->rounds = 1;
		return again(ret, clock_boottime_us());
	}
	if (whole) {
		if (b->exceptions < UINT8_MAX)
			b->exceptions++;
		if (b->n_parts > 1 && b->exceptions >= CUT_AFTER) {
			b->parts[cut_at(b->n_parts)].cut = true;
			b->learned = true;
			b->next = 0;
			b->rounds = 1;
		}
		return -EREMOTEIO;
	}
	if (to - from > 1) {
		b->parts[from + cut_at(to - from)].cut = true;
		ret->more = true; /* its halves at once */
		return 0;
	}
	if (b->parts[from].refused < REFUSED_FOR_GOOD)
		b->parts[from].refused++;
	put_refused(b, block, from, ret->exception, ret);
	advance(b, to, ret);
	return 0;
}

static void accepted(
	struct modbus_block *b, bool whole, unsigned from, unsigned to, struct poll_result *ret)
{
	b->exceptions = 0;
	for (unsigned i = from; i < to; i++) {
		b->parts[i].refused = 0;
		if (whole)
			b->parts[i].cut = false;
	}
	if (whole)
		b->learned = false;
	else
		advance(b, to, ret);
}

static int modbus_poll(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
	struct poll_result *ret)
{
	struct modbus_state *s = state;
	struct modbus_block *b = &s->blocks[block];
	bool whole = !b->learned || b->rounds % WHOLE_ROUNDS == 0;
	uint64_t until = 0, earliest = USEC_INFINITY;
	struct modbus_request rq = {.unit = b->unit, .function = b->function};
	uint8_t reply[MODBUS_PDU_MAX];
	unsigned from, to, slack;
	uint16_t count;
	int r;

	ret->n_raws = 0;
	ret->more = false;
	next_parts(b, whole, &from, &to);
	while (!whole && to - from == 1 && b->parts[from].refused >= REFUSED_FOR_GOOD &&
		b->rounds % RETEST_ROUNDS != 0) {
		put_refused(b, block, from, 2, ret);
		advance(b, to, ret);
		if (!ret->more || ret->n_raws == RAWS_MAX - 1)
			return 0;
		next_parts(b, false, &from, &to);
	}
	ret->more = false;
	rq.address = b->parts[from].first;
	count = (uint16_t)(b->parts[to - 1].last - rq.address + 1);
	slack = whole ? b->slack : 0;
	for (rq.count = count; rq.count <= count + slack; rq.count++) {
		if (!shape_busy(s, t, &rq, &until))
			break;
		earliest = MIN(earliest, until);
	}
	if (rq.count > count + slack) {
		if (earliest != USEC_INFINITY)
			return again(ret, earliest);
		rq.count = count;
		r = separate(s, t, &rq, deadline_us, ret);
		if (r < 0)
			return r;
	}
	r = request(s, t, &rq, deadline_us, reply, ret);
	if (r == -EAGAIN)
		return again(ret, clock_boottime_us() + s->gap_us);
	if (r == -EREMOTEIO && (ret->exception == 2 || ret->exception == 3))
		return refused(b, block, whole, from, to, ret);
	if (r < 0)
		return r;
	accepted(b, whole, from, to, ret);
	ret->raws[ret->n_raws].block = (uint16_t)block;
	ret->raws[ret->n_raws].t_us = clock_boottime_us();
	modbus_raw_put(&ret->raws[ret->n_raws++],
		&(struct modbus_raw){
			.function = rq.function, .address = rq.address, .count = rq.count},
		reply + 2, (size_t)r - 2);
	return 0;
}

const struct adapter adapter_modbus = {
	.name = "modbus",
	.transport = TRANSPORT_MODBUS,
	.state_size = sizeof(struct modbus_state),
	.configure = modbus_configure,
	.done = modbus_done,
	.poll = modbus_poll,
	.decode = modbus_decode,
	.decode_frame = modbus_decode_frame,
};
