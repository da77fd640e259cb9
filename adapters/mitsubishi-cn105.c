/* SPDX-License-Identifier: Apache-2.0 */
#include "mitsubishi-cn105.h"

#include "daemon/base/clock.h"

#include <math.h>

/* Long-lived libraries agree on these; the unit is slow and drops what comes faster. */
#define COMMAND_GAP_US     (1 * USEC_PER_SEC)
#define REPLY_TIMEOUT_US   (1 * USEC_PER_SEC)
#define CONNECT_WAIT_US    (2 * USEC_PER_SEC)  /* held by one exchange … */
#define CONNECT_PERIOD_US  (10 * USEC_PER_SEC) /* … a reply counts until the next attempt */
#define SESSION_FAILURES   5                   /* unanswered in a row */
#define SESSION_SILENCE_US (10 * USEC_PER_SEC)
#define REPLY_START_US     (100 * USEC_PER_MSEC) /* request's last byte to reply's first */

static const uint32_t speeds[] = {2400, 9600};
#define LINE_PARITY 'E'
#define LINE_STOP   1
#define CHAR_BITS   11

/* In the order in which they are worth asking; the period where the profile states none. */
static const struct {
	uint8_t query;
	uint64_t period_us;
} asked[] = {
	{CN105_SETTINGS, 5 * USEC_PER_SEC},
	{CN105_TEMPERATURES, 10 * USEC_PER_SEC},
	{CN105_ERROR, 30 * USEC_PER_SEC},
	{CN105_TIMERS, 60 * USEC_PER_SEC},
	{CN105_OPERATION, 10 * USEC_PER_SEC},
	{CN105_STAGE, 10 * USEC_PER_SEC},
	{CN105_OPTIONS, 60 * USEC_PER_SEC},
};

/* ---- configure */

static int refuse(struct errdetail *e, const struct point *p, const char *fmt, ...) _printf_(3, 4);

static int refuse(struct errdetail *e, const struct point *p, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -EINVAL;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	(void)snprintf(e->key, sizeof(e->key), "Point %.40s.Read", p->name);
	return -EINVAL;
}

/* Names of the fields that begin like READ, for a message. */
static int refuse_field(struct errdetail *e, const struct point *p)
{
	char list[140] = "";
	const char *dot = strchr(p->read, '.');
	size_t used = 0, prefix = dot ? (size_t)(dot - p->read) + 1 : 0;
	bool any = false;

	for (size_t i = 0; i < cn105_n_fields; i++)
		if (prefix && strncmp(cn105_fields[i].name, p->read, prefix) == 0) {
			any = true;
			(void)str_appendf(list, sizeof(list), &used, "%s%s", used ? " " : "",
				cn105_fields[i].name + prefix);
		}
	if (any)
		return refuse(e, p, "unknown field; %.*s has %s", (int)prefix - 1, p->read, list);
	return refuse(e, p,
		"unknown field; must be settings.…, temperatures.…, error.…, timers.…, "
		"operation.…, stage.… or options.…");
}

static int resolve(const struct profile *profile, unsigned i, const struct cn105_field **ret,
	struct errdetail *reterr)
{
	const struct point *p = &profile->points[i];
	const struct cn105_field *f;
	unit_id unit = UNIT_NONE;

	*ret = NULL;
	if (!p->read)
		return 0; /* computed from others */
	f = cn105_field_by_name(p->read);
	if (!f)
		return refuse_field(reterr, p);
	if (f->type == FIELD_TEXT && p->type != POINT_STRING)
		return refuse(reterr, p, "the field is a text; must be Type=string");
	if (f->type != FIELD_TEXT && p->type != POINT_NATIVE)
		return refuse(reterr, p, "the field has its own type; must be Type=native");
	if (p->scale == 1 && p->offset == 0 && *f->unit &&
		(unit_by_name(f->unit, &unit) < 0 || unit != p->unit))
		return refuse(reterr, p, "the field is in %s; must be Unit=%s", f->unit, f->unit);
	*ret = f;
	return 0;
}

static void plan_block(const struct profile *profile, const struct cn105 *s,
	const struct source_config *config, size_t k, struct block *b)
{
	uint64_t least = MAX(config->period_us, profile->line.least_period_us);
	uint64_t period = 0;

	for (unsigned i = 0; i < b->n_points; i++) {
		uint64_t wish = profile->points[b->points[i]].period_us;

		if (wish == 0)
			wish = asked[k].period_us;
		period = period == 0 ? wish : MIN(period, wish);
	}
	b->period_us = MAX(MAX(period, least), COMMAND_GAP_US);
	b->cost_us = 2 * MITSUBISHI_FRAME_MAX * config->char_us + REPLY_START_US;
	b->timeout_us = (profile->line.timeout_us ? profile->line.timeout_us : REPLY_TIMEOUT_US) +
			2 * MITSUBISHI_FRAME_MAX * config->char_us;
	b->needs = 0;
	(void)snprintf(b->label, sizeof(b->label), "query 0x%02X %s", asked[k].query,
		cn105_query_name(asked[k].query));
}

static int plan(struct cn105 *s, const struct source_config *config, struct blocks *ret)
{
	struct blocks blocks = {.v = calloc(ARRAY_SIZE(asked) + 1, sizeof(*blocks.v))};

	if (!blocks.v)
		return -ENOMEM;
	blocks.v[blocks.n++] = (struct block){
		.period_us = CONNECT_PERIOD_US,
		.cost_us = 15 * config->char_us + REPLY_START_US,
		.timeout_us = CONNECT_WAIT_US,
		.needs = -1,
		.flags = BLOCK_HANDSHAKE,
		.label = "connect",
	};
	s->queries[0] = 0;
	for (size_t k = 0; k < ARRAY_SIZE(asked); k++) {
		struct block *b = &blocks.v[blocks.n];

		for (unsigned i = 0; i < s->profile->n_points; i++)
			b->n_points =
				(uint16_t)(b->n_points +
					   (s->fields[i] && s->fields[i]->query == asked[k].query));
		if (b->n_points == 0)
			continue;
		b->points = calloc(b->n_points, sizeof(*b->points));
		if (!b->points) {
			blocks_done(&blocks);
			return -ENOMEM;
		}
		for (unsigned i = 0, n = 0; i < s->profile->n_points; i++)
			if (s->fields[i] && s->fields[i]->query == asked[k].query)
				b->points[n++] = (uint16_t)i;
		plan_block(s->profile, s, config, k, b);
		s->queries[blocks.n++] = asked[k].query;
	}
	s->n_blocks = blocks.n;
	*ret = blocks;
	return 0;
}

static void cn105_done(void *state)
{
	struct cn105 *s = state;

	free(s->fields);
	s->fields = NULL;
	s->n_blocks = 0;
}

/* Speeds are tried only where the line was set up as one of them: someone who states another
 * knows what stands between. */
static bool probe_from(uint64_t char_us, uint8_t *ret)
{
	for (uint8_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		uint64_t want = CHAR_BITS * USEC_PER_SEC / speeds[i];

		if (char_us >= want - want / 32 && char_us <= want + want / 32) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int cn105_configure(void *state, const struct profile *profile,
	const struct source_config *config, struct blocks *ret, struct errdetail *reterr)
{
	struct cn105 *s = state;
	int r = 0;

	if (config->listen_only) {
		if (reterr) {
			(void)str_copy(reterr->key, sizeof(reterr->key), "Bus.Listen");
			(void)str_copy(reterr->text, sizeof(reterr->text),
				"a CN105 unit says nothing unasked; must be Listen=no");
		}
		return -EOPNOTSUPP;
	}
	*s = (struct cn105){.profile = profile};
	s->fields = calloc(MAX(profile->n_points, 1U), sizeof(*s->fields));
	if (!s->fields)
		return -ENOMEM;
	for (unsigned i = 0; i < profile->n_points && r == 0; i++)
		r = resolve(profile, i, &s->fields[i], reterr);
	if (r == 0)
		r = plan(s, config, ret);
	if (r < 0) {
		cn105_done(s);
		return r;
	}
	s->probe = probe_from(config->char_us, &s->speed);
	return 0;
}

/* ---- exchanges */

static struct raw *keep(struct poll_result *ret, uint16_t block, const uint8_t *p, size_t n)
{
	struct raw *raw;

	if (ret->n_raws >= RAWS_MAX)
		return NULL;
	raw = &ret->raws[ret->n_raws++];
	raw->block = block;
	raw->len = (uint16_t)n;
	raw->t_us = clock_boottime_us();
	memcpy(raw->data, p, n);
	return raw;
}

static void remember(struct cn105 *s, const struct mitsubishi_frame *f)
{
	for (size_t i = 0; i < cn105_n_fields; i++) {
		const struct cn105_field *field = &cn105_fields[i];
		struct cn105_value v;

		if (field->ever == CN105_EVER_NONE || field->query != f->payload[0])
			continue;
		field->get(f->payload, field, &v);
		if (v.raw != 0)
			s->ever[field->ever] = true;
	}
}

/* Waits for a frame of TYPE (and QUERY, where it is a get reply). A reply to another query came
 * too late for its own exchange; it says itself what it holds, so it is kept as unasked. */
static int await(struct cn105 *s, struct transport *t, uint8_t type, uint8_t query, unsigned block,
	uint64_t deadline_us, struct poll_result *ret)
{
	uint64_t skipped = s->parser.skipped;
	uint8_t buf[sizeof(s->parser.buf)], frame[MITSUBISHI_FRAME_MAX];
	struct mitsubishi_frame f;
	bool at_end = false;
	size_t len;

	for (;;) {
		int r;

		while (mitsubishi_parser_next(
			&s->parser, MITSUBISHI_HEADER_AIR, at_end, &f, frame, &len)) {
			bool get = f.type == MITSUBISHI_GET_REPLY && f.n == MITSUBISHI_PAYLOAD;

			if (get)
				remember(s, &f);
			if (f.type == type &&
				(type != MITSUBISHI_GET_REPLY || (get && f.payload[0] == query))) {
				if (get)
					(void)keep(ret, (uint16_t)block, frame, len);
				return 0;
			}
			/* One place stays free for the reply itself. */
			if (get && ret->n_raws < RAWS_MAX - 1)
				(void)keep(ret, RAW_UNASKED, frame, len);
		}
		if (at_end)
			return s->parser.skipped > skipped ? -EBADMSG : -ETIMEDOUT;
		r = transport_recv(t, buf, sizeof(buf) - s->parser.n, deadline_us);
		if (r == -ETIMEDOUT) {
			at_end = true;
			continue;
		}
		if (r < 0)
			return r;
		(void)mitsubishi_parser_push(&s->parser, buf, (size_t)r);
	}
}

static int command(struct cn105 *s, struct transport *t, uint8_t type, const uint8_t *payload,
	size_t n, uint64_t now_us, uint64_t deadline_us)
{
	uint8_t frame[MITSUBISHI_FRAME_MAX];
	size_t len = mitsubishi_build(frame, type, MITSUBISHI_HEADER_AIR, payload, n);
	int r;

	s->parser.n = 0;
	r = transport_drain(t, 3 * transport_char_us(t), deadline_us);
	if (r < 0)
		return r;
	s->next_command_us = now_us + MAX(COMMAND_GAP_US, s->profile->line.gap_us);
	return transport_send(t, frame, len, deadline_us);
}

/* One attempt. The unit may take up to 10 s to answer, the line is not held that long: what comes
 * between two attempts is found at the start of the next. */
static int poll_connect(struct cn105 *s, struct transport *t, uint64_t now_us, uint64_t deadline_us,
	struct poll_result *ret)
{
	static const uint8_t payload[] = {0xCA, 0x01};
	int r;

	if (s->connecting) {
		r = await(s, t, MITSUBISHI_CONNECT_REPLY, 0, 0, now_us, ret);
		if (r == 0)
			goto connected;
		if (r == -ENODEV)
			return r;
		s->speed = (uint8_t)((s->speed + 1U) % ARRAY_SIZE(speeds));
	}
	if (s->probe) {
		r = transport_set_line(t, speeds[s->speed], LINE_PARITY, LINE_STOP);
		if (r < 0 && r != -EINVAL) /* a driver that lacks the speed: stay at the last */
			return r;
	}
	s->connecting = true;
	r = command(s, t, MITSUBISHI_CONNECT, payload, sizeof(payload), now_us, deadline_us);
	if (r == 0)
		r = await(s, t, MITSUBISHI_CONNECT_REPLY, 0, 0, deadline_us, ret);
	if (r < 0)
		return r;
connected:
	s->connecting = false;
	s->failures = 0;
	return 0;
}

/* A unit that lost its mains forgets the session. A query that a unit does not know stays without
 * an answer too, but others are answered between. */
static bool session_lost(struct cn105 *s, uint64_t now_us)
{
	if (s->failures++ == 0)
		s->first_failure_us = now_us;
	if (s->failures < SESSION_FAILURES &&
		(s->failures < 2 || now_us - s->first_failure_us < SESSION_SILENCE_US))
		return false;
	s->failures = 0;
	s->connecting = false;
	return true;
}

static int cn105_poll(void *state, struct transport *t, unsigned block, uint64_t deadline_us,
	struct poll_result *ret)
{
	struct cn105 *s = state;
	uint8_t payload[MITSUBISHI_PAYLOAD] = {0};
	uint64_t now = clock_boottime_us();
	int r;

	if (block >= s->n_blocks)
		return -EINVAL;
	if (now < s->next_command_us) {
		ret->retry_at_us = s->next_command_us;
		return -EAGAIN;
	}
	if (s->queries[block] == 0)
		return poll_connect(s, t, now, deadline_us, ret);

	payload[0] = s->queries[block];
	r = command(s, t, MITSUBISHI_GET, payload, sizeof(payload), now, deadline_us);
	if (r == 0)
		r = await(s, t, MITSUBISHI_GET_REPLY, payload[0], block, deadline_us, ret);
	if (r == 0)
		s->failures = 0;
	else if (r == -ETIMEDOUT || r == -EBADMSG)
		ret->session_lost = session_lost(s, now);
	return r;
}

/* ---- decode */

void cn105_reading(const struct cn105 *s, uint16_t point, const uint8_t payload[MITSUBISHI_PAYLOAD],
	struct reading *ret)
{
	const struct cn105_field *f = s->fields[point];
	struct raw_value raw = {.kind = RAW_INT};
	struct cn105_value v;

	*ret = (struct reading){.point = point};
	cn105_field_get(f, payload, s->ever, &v);
	switch (v.state) {
	case CN105_ABSENT:
		ret->quality = QUALITY_ABSENT;
		return;
	case CN105_BAD:
		ret->quality = QUALITY_SUSPECT;
		ret->reason = REASON_DECODE;
		ret->raw = v.raw;
		return;
	case CN105_GOOD:
		break;
	}
	switch (f->type) {
	case FIELD_NUMBER:
		raw.kind = RAW_FLOAT;
		raw.f = v.num;
		break;
	case FIELD_TEXT:
		raw.kind = RAW_TEXT;
		(void)str_copy(raw.text, sizeof(raw.text), v.text);
		break;
	case FIELD_INT:
	case FIELD_BOOL:
	case FIELD_ABSENT:
		raw.i = (int64_t)v.num;
		break;
	}
	point_convert(s->profile, point, &raw, ret);
}

static int cn105_decode(const void *state, const struct raw *raw, struct reading *ret, size_t max)
{
	const struct cn105 *s = state;
	struct mitsubishi_frame f;
	size_t len, at, n = 0;

	if (raw->len > sizeof(raw->data) ||
		mitsubishi_parse(raw->data, raw->len, MITSUBISHI_HEADER_AIR, &f, &len, &at) !=
			MITSUBISHI_OK ||
		len != raw->len || f.type != MITSUBISHI_GET_REPLY || f.n != MITSUBISHI_PAYLOAD)
		return -EBADMSG;
	if (raw->block != RAW_UNASKED &&
		(raw->block >= s->n_blocks || s->queries[raw->block] != f.payload[0]))
		return -EBADMSG;
	for (unsigned i = 0; i < s->profile->n_points && n < max; i++) {
		if (!s->fields[i] || s->fields[i]->query != f.payload[0])
			continue;
		cn105_reading(s, (uint16_t)i, f.payload, &ret[n]);
		ret[n++].t_us = raw->t_us;
	}
	return (int)n;
}

static bool cn105_field(size_t i, struct field *ret)
{
	if (i >= cn105_n_fields)
		return false;
	*ret = (struct field){.type = cn105_fields[i].type};
	(void)str_copy(ret->name, sizeof(ret->name), cn105_fields[i].name);
	(void)str_copy(ret->unit, sizeof(ret->unit), cn105_fields[i].unit);
	return true;
}

const struct adapter adapter_mitsubishi_cn105 = {
	.name = "mitsubishi-cn105",
	.transport = TRANSPORT_BYTES,
	.state_size = sizeof(struct cn105),
	.configure = cn105_configure,
	.done = cn105_done,
	.poll = cn105_poll,
	.decode = cn105_decode,
	.field = cn105_field,
	.decode_frame = cn105_decode_frame,
};
