/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus.h"

#include "daemon/base/clock.h"

/* Longest time to a complete answer where the profile says nothing: half a second, libmodbus'
 * default, is too short for real inverters (libmodbus issue 776). */
#define TIMEOUT_DEFAULT_US USEC_PER_SEC
/* A reply may come as late again as it may take, and half a second at least. */
#define LATE_MIN_US (500 * USEC_PER_MSEC)
/* Draining what still comes before a request. */
#define DRAIN_US (50 * USEC_PER_MSEC)

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
	unsigned n = point_type_registers(type, string_len);
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

/* Room that configure() needs for its time. */
struct scratch {
	struct modbus_span *spans;
	struct modbus_read *reads;
	struct modbus_range *ranges;
	size_t *owner;
};

/* Values that are not asked for, and the block that tells so of each. */
struct gone {
	const struct modbus_span *spans;
	size_t *owner;
	size_t n;
};

static int scratch_init(struct scratch *x, const struct profile *p)
{
	x->spans = calloc(MAX(p->n_points, 1U), sizeof(*x->spans));
	x->reads = calloc(MAX(p->n_points, 1U), sizeof(*x->reads));
	x->owner = calloc(MAX(p->n_points, 1U), sizeof(*x->owner));
	x->ranges = calloc(MAX(p->n_ranges, 1U), sizeof(*x->ranges));
	return x->spans && x->reads && x->owner && x->ranges ? 0 : -ENOMEM;
}

static void scratch_done(struct scratch *x)
{
	free(x->spans);
	free(x->reads);
	free(x->owner);
	free(x->ranges);
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

static int parse_points(
	struct modbus_state *s, const struct source_config *config, struct errdetail *reterr)
{
	const struct profile *p = s->profile;
	char text[160], key[64];
	int unit;

	for (size_t i = 0; i < p->n_points; i++) {
		const struct point *pt = &p->points[i];
		struct modbus_point *m = &s->points[i];

		if (!pt->read)
			continue; /* computed from others */
		if (modbus_point_parse(pt->read, p->addressing, pt->type, pt->string_len, m, text,
			    sizeof(text)) < 0) {
			(void)snprintf(key, sizeof(key), "Point %s.Read", pt->name);
			return fail(reterr, key, "\"%s\": %s", pt->read, text);
		}
		unit = pt->device_absolute ? pt->device : s->unit + pt->device;
		if (unit > 255 || (config->char_us > 0 && unit == 0)) {
			(void)snprintf(key, sizeof(key), "Point %s.Device", pt->name);
			return fail(reterr, key, "unit %d: must be 1 to 247", unit);
		}
		m->unit = (uint8_t)unit;
	}
	return 0;
}

/* The point lies in addresses that the appliance refuses. */
static const struct hole *hole_of(const struct modbus_state *s, const struct modbus_point *m)
{
	for (size_t i = 0; i < s->n_holes; i++) {
		const struct hole *h = &s->holes[i].h;

		if (h->kind == HOLE_REFUSED && h->unit == m->unit && h->function == m->function &&
			m->first >= h->first && m->first + m->n - 1U <= h->last)
			return h;
	}
	return NULL;
}

/* Where not a single value of a unit and function would be left, what was learned is not believed: it
 * goes on being asked for. */
static void drop_whole_banks(struct modbus_state *s)
{
	for (size_t i = 0; i < s->n_holes;) {
		const struct hole h = s->holes[i].h;
		bool left = h.kind != HOLE_REFUSED;
		size_t n = 0;

		for (size_t k = 0; k < s->profile->n_points && !left; k++)
			left = s->points[k].unit == h.unit && s->points[k].function == h.function &&
			       !hole_of(s, &s->points[k]);
		if (left) {
			i++;
			continue;
		}
		for (size_t k = 0; k < s->n_holes; k++)
			if (s->holes[k].h.kind != HOLE_REFUSED || s->holes[k].h.unit != h.unit ||
				s->holes[k].h.function != h.function)
				s->holes[n++] = s->holes[k];
		s->n_holes = n;
		i = 0;
	}
}

/* Those that are asked for first, then, from *ret_asked on, those that are only told as refused. */
static void make_spans(struct modbus_state *s, const struct source_config *config,
	struct modbus_span *spans, size_t *ret_asked, size_t *ret_n)
{
	const struct profile *p = s->profile;
	uint64_t least = MAX(config->period_us, p->line.least_period_us);
	size_t asked = 0, end = 0;

	for (size_t i = 0; i < p->n_points; i++)
		end += p->points[i].read != NULL;
	*ret_n = end;
	for (size_t i = 0; i < p->n_points; i++) {
		const struct modbus_point *m = &s->points[i];
		size_t at;

		if (!p->points[i].read)
			continue; /* computed from others */
		at = hole_of(s, m) ? --end : asked++;

		spans[at] = (struct modbus_span){
			.period_us = MAX(MAX(p->points[i].period_us, least), 1ULL),
			.first = m->first,
			.last = (uint16_t)(m->first + m->n - 1),
			.point = (uint16_t)i,
			.unit = m->unit,
			.function = m->function};
	}
	*ret_asked = asked;
}

static size_t make_barriers(const struct modbus_state *s, struct modbus_barrier *ret)
{
	for (size_t i = 0; i < s->n_holes; i++) {
		const struct hole *h = &s->holes[i].h;

		ret[i] = (struct modbus_barrier){.kind = h->kind == HOLE_CUT     ? BARRIER_BOTH
							 : h->kind == HOLE_LIMIT ? BARRIER_LENGTH
										 : BARRIER_ANY,
			.first = h->first,
			.last = h->last,
			.unit = h->unit,
			.function = h->function};
	}
	return s->n_holes;
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

/* Values that overlap are one part. SPANS by address; GONE: refused. */
static void add_part(struct modbus_block *b, const struct modbus_span *span, bool gone)
{
	struct modbus_part *last = b->n_parts > 0 ? &b->parts[b->n_parts - 1] : NULL;

	b->points[b->n_points++] = span->point;
	if (last && span->first <= last->last && (last->refused > 0) == gone &&
		span->first >= last->first)
		last->last = MAX(last->last, span->last);
	else
		b->parts[b->n_parts++] = (struct modbus_part){
			.first = span->first, .last = span->last, .refused = gone};
}

/* The spans of GONE that this block tells are those whose owner it is. */
static int make_parts(const struct modbus_state *s, struct modbus_block *b,
	const struct modbus_span *spans, size_t n, const struct gone *gone, size_t owner)
{
	size_t all = n;

	for (size_t i = 0; i < gone->n; i++)
		all += gone->owner[i] == owner;
	b->parts = calloc(all, sizeof(*b->parts));
	b->points = calloc(all, sizeof(*b->points));
	if (!b->parts || !b->points)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		add_part(b, &spans[i], false);
	b->n_asked = b->n_parts;
	for (size_t i = 0; i < gone->n; i++) {
		if (gone->owner[i] != owner)
			continue;
		add_part(b, &gone->spans[i], true);
		b->parts[b->n_parts - 1].refused =
			hole_of(s, &s->points[gone->spans[i].point])->tests;
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

static int make_block(const struct modbus_state *s, size_t index, struct block *core,
	const struct modbus_read *read, const struct modbus_span *spans, const struct gone *gone)
{
	struct modbus_block *b = &s->blocks[index];
	uint16_t count = (uint16_t)(read->last - read->first + 1);
	char other[16] = "";
	int r;

	*b = (struct modbus_block){.unit = read->unit,
		.function = read->function,
		.first = read->first,
		.last = read->last,
		.slack = read->slack};
	r = make_parts(s, b, spans + read->span, read->n_spans, gone, index);
	if (r < 0)
		return r;
	core->points = calloc(b->n_points, sizeof(*core->points));
	if (!core->points)
		return -ENOMEM;
	memcpy(core->points, b->points, b->n_points * sizeof(*core->points));
	core->n_points = b->n_points;
	core->period_us = read->period_us;
	core->needs = -1;
	core->shape = modbus_plan_shape(read->unit, read->function, count);
	if (b->unit != s->unit)
		(void)snprintf(other, sizeof(other), "unit %u ", b->unit);
	if (count > 1)
		(void)snprintf(core->label, sizeof(core->label), "%s%s %u-%u", other,
			modbus_bank_name(b->function), b->first, b->last);
	else
		(void)snprintf(core->label, sizeof(core->label), "%s%s %u", other,
			modbus_bank_name(b->function), b->first);
	return 0;
}

/* What is only told as refused goes with a block of the same unit and function, of the nearest
 * period. False when there is none. */
static bool find_owner(
	const struct modbus_span *span, const struct modbus_read *reads, size_t n, size_t *ret)
{
	uint64_t best = USEC_INFINITY;

	for (size_t k = 0; k < n; k++) {
		uint64_t a = span->period_us, b = reads[k].period_us;
		uint64_t off = a > b ? a - b : b - a;

		if (reads[k].unit == span->unit && reads[k].function == span->function &&
			off < best) {
			best = off;
			*ret = k;
		}
	}
	return best != USEC_INFINITY;
}

static void make_limits(
	const struct modbus_state *s, const struct source_config *config, struct modbus_limits *ret)
{
	const struct line_defaults *line = &s->profile->line;

	ret->max_registers =
		line->max_read ? MIN(line->max_read, MODBUS_REGISTERS_MAX) : MODBUS_REGISTERS_MAX;
	ret->max_bits =
		line->max_read_bits ? MIN(line->max_read_bits, MODBUS_BITS_MAX) : MODBUS_BITS_MAX;
	ret->block_reads = line->block_reads;
	ret->char_us = config->char_us;
	ret->quiet_us = line->gap_us;
	ret->turnaround_us = config->turnaround_us;
}

static int make_blocks(struct modbus_state *s, const struct modbus_limits *limits,
	const struct modbus_read *reads, size_t n, const struct modbus_span *spans,
	const struct gone *gone, struct blocks *ret)
{
	const struct line_defaults *line = &s->profile->line;
	uint64_t timeout = line->timeout_us ? line->timeout_us : TIMEOUT_DEFAULT_US;

	s->gap_us = line->gap_us;
	s->late_us = MAX(timeout, LATE_MIN_US);
	s->blocks = calloc(MAX(n, 1U), sizeof(*s->blocks));
	ret->v = calloc(MAX(n, 1U), sizeof(*ret->v));
	if (!s->blocks || !ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct block *core = &ret->v[i];
		int r;

		s->n_blocks = ret->n = i + 1;
		r = make_block(s, i, core, &reads[i], spans, gone);
		if (r < 0)
			return r;
		core->cost_us = modbus_plan_cost(
			limits, reads[i].function, (uint16_t)(reads[i].last - reads[i].first + 1));
		/* Gap, silence and drain go before the request. */
		core->timeout_us = s->gap_us + timeout + DRAIN_US + 4 * limits->char_us;
		if (carries_fault(s->profile, &s->blocks[i]))
			core->flags |= BLOCK_ALARM;
	}
	return 0;
}

static int make_plan(struct modbus_state *s, const struct source_config *config,
	struct scratch *scratch, struct blocks *ret, struct errdetail *reterr)
{
	struct modbus_limits limits = {.ranges = scratch->ranges};
	struct modbus_barrier barriers[HOLES_MAX];
	struct gone gone = {.owner = scratch->owner};
	size_t n = 0, asked, n_spans;
	uint16_t bad = 0;
	int r;

	make_limits(s, config, &limits);
	r = parse_points(s, config, reterr);
	if (r == 0)
		r = make_ranges(s->profile, scratch->ranges, &limits.n_ranges, reterr);
	if (r < 0)
		return r;
	modbus_holes_load(s, config->holes, config->n_holes, clock_boottime_us());
	drop_whole_banks(s);
	make_spans(s, config, scratch->spans, &asked, &n_spans);
	limits.barriers = barriers;
	limits.n_barriers = make_barriers(s, barriers);
	r = modbus_plan(scratch->spans, asked, &limits, scratch->reads, &n, &bad);
	if (r == -ERANGE)
		return fail(reterr, s->profile->points[bad].name,
			"longer than MaxRead=%u allows; raise it or drop the point",
			limits.max_registers);
	if (r < 0)
		return r;
	gone.spans = scratch->spans + asked;
	gone.n = n_spans - asked;
	for (size_t i = 0; i < gone.n; i++)
		if (!find_owner(&gone.spans[i], scratch->reads, n, &gone.owner[i]))
			return -EINVAL; /* never: drop_whole_banks() left one of each kind */
	return make_blocks(s, &limits, scratch->reads, n, scratch->spans, &gone, ret);
}

static int modbus_configure(void *state, const struct profile *profile,
	const struct source_config *config, struct blocks *ret, struct errdetail *reterr)
{
	int unit = config->unit >= 0 ? config->unit : profile->line.unit;
	struct modbus_state *s = state;
	struct scratch scratch = {0};
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
	r = scratch_init(&scratch, profile);
	if (r == 0)
		r = s->points ? make_plan(s, config, &scratch, &blocks, reterr) : -ENOMEM;
	scratch_done(&scratch);
	if (r < 0) {
		modbus_done(s);
		blocks_done(&blocks);
		return r;
	}
	*ret = blocks;
	return 0;
}

const struct adapter adapter_modbus = {
	.name = "modbus",
	.transport = TRANSPORT_MODBUS,
	.state_size = sizeof(struct modbus_state),
	.configure = modbus_configure,
	.done = modbus_done,
	.poll = modbus_poll,
	.holes = modbus_holes,
	.write = modbus_write,
	.decode = modbus_decode,
	.decode_frame = modbus_decode_frame,
};
