/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: exact bytes, report by exception as a property (what a receiver rebuilds is what was
 * sampled, within the deadband, qualities exactly), splitting, roll-back, and the way back. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/deflate.h"
#include "report-sample.h"
#include <jansson.h>
#include <math.h>

#define BOOT 0x1122334455667788ULL
#define WALL 1795001200000000LL /* at boot time T0 */
#define T0   (1000 * USEC_PER_SEC)
#define SEC  USEC_PER_SEC

static struct message_head head_of(uint64_t seq)
{
	return (struct message_head){
		.gw = "k3v9q2x7", .epoch = "7f3a91c2", .seq = seq, .prev = seq - 1};
}

/* A row as the manager makes one. */
struct row {
	struct decoded_block d;
	struct report_block b;
};

static void row_make(struct row *r, const char *alias, const struct sample *v, size_t n,
	uint64_t t0, uint64_t t1, bool clock)
{
	void *blob;
	size_t blob_n;

	assert_int_equal(block_encode(sample_new(), v, n, t0, &blob, &blob_n), 0);
	assert_int_equal(block_decode(blob, blob_n, t0, &r->d), 0);
	free(blob);
	r->b = (struct report_block){
		.appliance = alias,
		.t0 = {.boot_id = BOOT,
			.t_us = t0,
			.wall_us = clock ? WALL + (int64_t)(t0 - T0) : 0},
		.t1_us = t1,
		.block = &r->d,
	};
}

static void row_done(struct row *r)
{
	decoded_block_done(&r->d);
}

static void check_message(const char *json, const char *want)
{
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL);

	assert_string_equal(json, want);
	assert_non_null(o);
	json_decref(o);
}

static void test_golden(void **s)
{
	const struct sample ac[] = {
		sample_bad(A_POWER, T0, QUALITY_UNAVAILABLE, REASON_NO_REPLY),
		sample_number(A_TEMPERATURE, T0 + 40 * SEC, 21.8),
		sample_number(A_TEMPERATURE, T0 + 60 * SEC, 22.1),
		sample_number(A_TEMPERATURE, T0 + 65 * SEC, 22.2), /* within 0.2 */
		sample_number(A_TEMPERATURE, T0 + 70 * SEC, 21.9), /* 0.2 is not more than 0.2 */
		sample_number(A_TEMPERATURE, T0 + 80 * SEC, 21.8),
		sample_code(A_MODE, T0 + 120 * SEC, VALUE_ENUM, 3),
	};
	const struct sample bath[] = {
		sample_bad(A_TEMPERATURE, T0 + 60 * SEC, QUALITY_STALE, REASON_NONE),
		sample_code(A_ONLINE, T0 + 61 * SEC, VALUE_BOOL, 1),
		sample_text(A_TEXT, T0 + 61 * SEC, "a\"b\\c"),
	};
	const struct seq_range lost[] = {{4698, 4699}, {4703, 4703}};
	const struct boot_offset boots[] = {{.boot_id = 0xff, .wall_us = 1795000000500000}};
	struct message_head head = head_of(4711);
	struct report_state *state = report_state_new();
	struct row r[2];
	struct report_block v[2];
	struct report_text t;

	head.lost = lost;
	head.n_lost = 2;
	head.boots = boots;
	head.n_boots = 1;
	row_make(&r[0], "ac-living", ac, ARRAY_SIZE(ac), T0, T0 + 300 * SEC, true);
	row_make(&r[1], "boiler-bath", bath, ARRAY_SIZE(bath), T0 + SEC, T0 + 300 * SEC, true);
	v[0] = r[0].b;
	v[1] = r[1].b;
	assert_int_equal(report_compose(state, &head, v, 2, NULL, &t), 0);
	assert_int_equal(t.blocks_done, 2);
	assert_int_equal(t.values, 8);
	check_message(t.json,
		"{\"schema\":\"hearth.report/1\",\"gw\":\"k3v9q2x7\",\"epoch\":\"7f3a91c2\","
		"\"seq\":4711,\"prev\":4710,\"t\":1795001200,"
		"\"boots\":{\"00000000000000ff\":1795000000.5},"
		"\"lost\":[[4698,4699],[4703,4703]],"
		"\"a\":{\"ac-living\":{\"flow.temperature\":[40,21.8,20,22.1,20,21.8],"
		"\"system_mode\":[120,\"cool\"]},"
		"\"boiler-bath\":{\"vendor.pump\":[61,true],\"vendor.note\":[61,\"a\\\"b\\\\c\"]}},"
		"\"q\":{\"ac-living\":{\"active_power\":[0,\"unavailable:no-reply\"]},"
		"\"boiler-bath\":{\"flow.temperature\":[60,\"stale\"]}}}");
	assert_int_equal(t.n, strlen(t.json));
	free(t.json);
	report_state_commit(state);

	/* All of it again: nothing to say, unless something was lost. */
	head = head_of(4712);
	assert_int_equal(report_compose(state, &head, v + 1, 1, NULL, &t), 0);
	assert_null(t.json);
	assert_int_equal(t.blocks_done, 1);
	head.lost = lost;
	head.n_lost = 1;
	assert_int_equal(report_compose(state, &head, NULL, 0, NULL, &t), 0);
	check_message(t.json,
		"{\"schema\":\"hearth.report/1\",\"gw\":\"k3v9q2x7\",\"epoch\":\"7f3a91c2\","
		"\"seq\":4712,\"prev\":4711,\"lost\":[[4698,4699]]}");
	free(t.json);
	row_done(&r[0]);
	row_done(&r[1]);
	report_state_free(state);
}

static void test_clock_not_set(void **s)
{
	const struct sample v[] = {sample_number(A_TEMPERATURE, T0 + 5 * SEC, 20)};
	struct message_head head = head_of(1);
	struct report_state *state = report_state_new();
	struct row r[3];
	struct report_block b[3];
	struct report_text t;

	row_make(&r[0], "a", v, 1, T0, T0 + 10 * SEC, false);
	row_make(&r[1], "b", v, 1, T0, T0 + 10 * SEC, true);
	row_make(&r[2], "c", v, 1, T0, T0 + 10 * SEC, true);
	for (size_t i = 0; i < 3; i++)
		b[i] = r[i].b;
	/* Two clocks never share a message. */
	assert_int_equal(report_compose(state, &head, b, 3, NULL, &t), 0);
	assert_int_equal(t.blocks_done, 1);
	assert_non_null(strstr(t.json, "\"t\":1000,\"clk\":\"boot\",\"boot\":\"1122334455667788\","
				       "\"a\":{\"a\":{\"flow.temperature\":[5,20]}}"));
	free(t.json);
	report_state_commit(state);
	assert_int_equal(report_compose(state, &head, b + 1, 2, NULL, &t), 0);
	assert_int_equal(t.blocks_done, 2);
	assert_null(strstr(t.json, "clk"));
	free(t.json);
	report_state_commit(state);
	/* A silent one in front does not hide what follows. */
	assert_int_equal(report_compose(state, &head, b, 3, NULL, &t), 0);
	assert_null(t.json);
	assert_int_equal(t.blocks_done, 3);
	for (size_t i = 0; i < 3; i++)
		row_done(&r[i]);
	report_state_free(state);
}

static void test_rollback_and_reset(void **s)
{
	const struct sample v[] = {
		sample_number(A_TEMPERATURE, T0, 20), sample_code(A_MODE, T0, VALUE_ENUM, 4)};
	struct message_head head = head_of(1);
	struct report_state *state = report_state_new();
	struct report_text a, b;
	struct row r;

	row_make(&r, "a", v, 2, T0, T0 + SEC, true);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &a), 0);
	report_state_rollback(state);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &b), 0);
	assert_string_equal(a.json, b.json);
	free(b.json);
	report_state_commit(state);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &b), 0);
	assert_null(b.json);
	report_state_reset(state);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &b), 0);
	assert_string_equal(a.json, b.json);
	free(a.json);
	free(b.json);
	row_done(&r);
	report_state_free(state);
}

/* A quality and a value in one second: the order survives. */
static void test_ties(void **s)
{
	const struct sample down_up[] = {
		sample_bad(A_TEMPERATURE, T0, QUALITY_UNAVAILABLE, REASON_NONE),
		sample_number(A_TEMPERATURE, T0 + 400000, 20)};
	const struct sample up_down[] = {sample_number(A_TEMPERATURE, T0, 20),
		sample_bad(A_TEMPERATURE, T0 + 400000, QUALITY_UNAVAILABLE, REASON_NONE)};
	struct message_head head = head_of(1);
	struct report_state *state = report_state_new();
	struct report_text t;
	struct row r;

	row_make(&r, "a", down_up, 2, T0, T0 + SEC, true);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &t), 0);
	assert_non_null(strstr(t.json, "\"a\":{\"a\":{\"flow.temperature\":[0,20]}},\"q\":{\"a\":{"
				       "\"flow.temperature\":[0,\"unavailable\",0,\"good\"]}}"));
	free(t.json);
	row_done(&r);
	report_state_reset(state);
	row_make(&r, "a", up_down, 2, T0, T0 + SEC, true);
	assert_int_equal(report_compose(state, &head, &r.b, 1, NULL, &t), 0);
	assert_non_null(strstr(t.json, "\"a\":{\"a\":{\"flow.temperature\":[0,20]}},\"q\":{\"a\":{"
				       "\"flow.temperature\":[0,\"unavailable\"]}}"));
	free(t.json);
	row_done(&r);
	report_state_free(state);
}

/* ---- the receiver, written from hearth-messages(7) alone */

#define EVENTS_MAX 40000

struct heard {
	int64_t t;
	char quality[24]; /* "good" for values */
	double num;
	char text[32];
};
struct receiver {
	struct heard *v[A_COUNT];
	size_t n[A_COUNT];
	uint64_t last_seq;
	size_t messages;
};

static int attr_of(const char *name)
{
	for (int i = 0; i < A_COUNT; i++)
		if (streq(sample_attrs[i].name, name))
			return i;
	fail_msg("no attribute %s", name);
	return -1;
}

static void hear_value(struct receiver *r, int attr, int64_t t, const json_t *v)
{
	struct heard *h = &r->v[attr][r->n[attr]++];

	assert_true(r->n[attr] < EVENTS_MAX);
	*h = (struct heard){.t = t, .quality = "good"};
	if (json_is_string(v))
		str_copy(h->text, sizeof(h->text), json_string_value(v));
	else
		h->num = json_is_boolean(v) ? json_is_true(v) : json_number_value(v);
}

static void hear_quality(struct receiver *r, int attr, int64_t t, const char *q)
{
	struct heard *h = &r->v[attr][r->n[attr]];
	struct heard before = r->n[attr] > 0 ? h[-1] : (struct heard){0};

	r->n[attr]++;
	*h = before; /* the value stands */
	h->t = t;
	str_copy(h->quality, MIN(sizeof(h->quality), strcspn(q, ":") + 1), q);
}

/* Series of one attribute, merged: at equal times the value first. */
static void hear_series(struct receiver *r, int attr, int64_t t, const json_t *a, const json_t *q)
{
	size_t i = 0, k = 0;
	int64_t ta = t, tq = t;

	while (i < json_array_size(a) || k < json_array_size(q)) {
		int64_t na = i < json_array_size(a) ? ta + json_integer_value(json_array_get(a, i))
						    : INT64_MAX;
		int64_t nq = k < json_array_size(q) ? tq + json_integer_value(json_array_get(q, k))
						    : INT64_MAX;

		if (na <= nq) {
			hear_value(r, attr, na, json_array_get(a, i + 1));
			ta = na;
			i += 2;
		} else {
			hear_quality(r, attr, nq, json_string_value(json_array_get(q, k + 1)));
			tq = nq;
			k += 2;
		}
	}
}

static void hear(struct receiver *r, const char *json)
{
	json_t *o = json_loads(json, JSON_REJECT_DUPLICATES, NULL), *a, *q;

	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "prev")), r->last_seq);
	r->last_seq = (uint64_t)json_integer_value(json_object_get(o, "seq"));
	r->messages++;
	a = json_object_get(json_object_get(o, "a"), "pump");
	q = json_object_get(json_object_get(o, "q"), "pump");
	for (int i = 0; i < A_COUNT; i++)
		hear_series(r, i, json_integer_value(json_object_get(o, "t")),
			json_object_get(a, sample_attrs[i].name),
			json_object_get(q, sample_attrs[i].name));
	(void)attr_of;
	json_decref(o);
}

static const struct heard *heard_at(const struct receiver *r, int attr, int64_t t)
{
	const struct heard *h = NULL;

	for (size_t i = 0; i < r->n[attr] && r->v[attr][i].t <= t; i++)
		h = &r->v[attr][i];
	return h;
}

static struct sample random_sample(unsigned *seed, int attr, uint64_t t, double *walk)
{
	static const int64_t modes[] = {0, 3, 4};
	static const char *const notes[] = {"ok", "E4", "水泵"};

	if (rand_r(seed) % 12 == 0)
		return sample_bad((uint16_t)attr, t, (enum quality)(1 + rand_r(seed) % 4),
			rand_r(seed) % 2 ? REASON_NO_REPLY : REASON_NONE);
	walk[attr] += (rand_r(seed) % 7 - 3) * (attr == A_TEMPERATURE ? 0.1 : 1.37);
	switch (attr) {
	case A_TEMPERATURE:
		return sample_number(A_TEMPERATURE, t, round(walk[attr] * 10) / 10);
	case A_POWER:
	case A_ENERGY:
		return sample_number((uint16_t)attr, t, (double)(float)walk[attr]);
	case A_ONLINE:
		return sample_code(A_ONLINE, t, VALUE_BOOL, rand_r(seed) % 2);
	case A_MODE:
		return sample_code(A_MODE, t, VALUE_ENUM, modes[rand_r(seed) % 3]);
	case A_TEXT:
		return sample_text(A_TEXT, t, notes[rand_r(seed) % 3]);
	default:
		return sample_code(A_FLAGS, t, VALUE_BITS, rand_r(seed) % 2 ? 1 : 9);
	}
}

/* Composes what V holds, as the feed does: in as many messages as it takes, now and then failing. */
static void send_rows(struct receiver *r, struct report_state *state, struct report_block *v,
	size_t n, unsigned *seed)
{
	while (n > 0) {
		struct message_head head = head_of(r->last_seq + 1);
		struct report_limits limits = {.max_raw = 4000 + (size_t)rand_r(seed) % 9000};
		struct report_text t;

		assert_int_equal(report_compose(state, &head, v, n, &limits, &t), 0);
		if (rand_r(seed) % 4 == 0) {
			report_state_rollback(state);
			free(t.json);
			continue;
		}
		report_state_commit(state);
		if (t.json) {
			assert_true(t.n <= MAX(limits.max_raw, 512 + 4096));
			hear(r, t.json);
			free(t.json);
		}
		v += t.blocks_done;
		n -= t.blocks_done;
		if (n > 0)
			v->skip += t.samples_done;
	}
}

static void check_replay(const struct receiver *r, const struct sample *v, size_t n)
{
	size_t checked = 0;

	for (size_t i = 0; i < n; i++) {
		int attr = v[i].attr;
		int64_t t = 1795001200 + (int64_t)((v[i].t_us - T0) / SEC);
		const struct heard *h;
		bool last = true;

		/* Of several in one second the last one counts. */
		for (size_t k = i + 1; k < n && (v[k].t_us - T0) / SEC == (v[i].t_us - T0) / SEC;
			k++)
			last = last && v[k].attr != attr;
		if (!last)
			continue;
		h = heard_at(r, attr, t);
		assert_non_null(h);
		assert_string_equal(h->quality, quality_name(v[i].r.quality));
		checked++;
		if (v[i].r.quality != QUALITY_GOOD)
			continue;
		if (attr <= A_ENERGY) {
			double band = sample_attrs[attr].deadband;

			/* Half a step of what is printed comes on top. */
			band += attr == A_POWER    ? 0.05
				: attr == A_ENERGY ? fabs(v[i].r.num) * 1e-7 /* the same float */
						   : 1e-6;
			if (fabs(h->num - v[i].r.num) > band * (1 + 1e-9))
				fail_msg("%s at %lld: heard %.9g, was %.9g",
					sample_attrs[attr].name, (long long)t, h->num, v[i].r.num);
		} else if (attr == A_ONLINE)
			assert_true(h->num == (double)v[i].r.code);
		else {
			char text[64];

			attribute_format(&sample_attrs[attr], &v[i].r, text, sizeof(text));
			assert_string_equal(h->text, text);
		}
	}
	assert_true(checked > n / 2);
}

#define SAMPLES 6000

static void test_property(void **s)
{
	static struct sample v[SAMPLES];
	unsigned seed = 20;

	sample_new();
	for (int round = 0; round < 6; round++) {
		struct report_state *state = report_state_new();
		struct receiver r = {0};
		double walk[A_COUNT] = {20, 500, 1234.5};
		size_t n = 0, from = 0, n_rows = 0;
		uint64_t t = T0, t0 = T0;
		struct row rows[8];
		struct report_block blocks[8];

		for (int i = 0; i < A_COUNT; i++)
			r.v[i] = calloc(EVENTS_MAX, sizeof(*r.v[i]));
		for (int i = 0; i < A_COUNT; i++)
			v[n++] = random_sample(&seed, i, t, walk);
		while (n < SAMPLES) {
			t += (uint64_t)rand_r(&seed) % 20 * 100000;
			v[n] = random_sample(&seed, rand_r(&seed) % A_COUNT, t, walk);
			n++;
			if (t - t0 < 300 * SEC && n < SAMPLES)
				continue;
			/* The flush comes after its last sample. */
			t += SEC;
			row_make(&rows[n_rows], "pump", v + from, n - from, t0, t, true);
			blocks[n_rows] = rows[n_rows].b;
			n_rows++;
			t0 = t;
			from = n;
			/* Sometimes several rows wait. */
			if (n_rows < 8 && n < SAMPLES && rand_r(&seed) % 3 == 0)
				continue;
			send_rows(&r, state, blocks, n_rows, &seed);
			while (n_rows > 0)
				row_done(&rows[--n_rows]);
		}
		assert_true(r.messages > 10);
		check_replay(&r, v, n);
		for (int i = 0; i < A_COUNT; i++)
			free(r.v[i]);
		report_state_free(state);
	}
}

/* Quiet attributes are told once an interval, with the value as it is and not as it was told. */
static void test_repeat(void **s)
{
	struct report_state *state = report_state_new();
	struct receiver r = {0};
	const struct sample first[] = {sample_number(A_TEMPERATURE, T0, 20.0),
		sample_bad(A_POWER, T0, QUALITY_ABSENT, REASON_NONE),
		sample_number(A_TEMPERATURE, T0 + 10 * SEC, 20.1)};

	sample_new();
	for (int i = 0; i < A_COUNT; i++)
		r.v[i] = calloc(64, sizeof(*r.v[i]));
	for (int i = 0; i < 40; i++) {
		uint64_t t = T0 + (uint64_t)i * 300 * SEC;
		struct message_head head = head_of(r.last_seq + 1);
		struct report_text text;
		struct row row;

		row_make(&row, "pump", first, i == 0 ? 3 : 0, t, t + 300 * SEC, true);
		assert_int_equal(report_compose(state, &head, &row.b, 1, NULL, &text), 0);
		report_state_commit(state);
		if (text.json)
			hear(&r, text.json);
		free(text.json);
		row_done(&row);
	}
	/* 12,000 s: at 0, 3600, 7200, 10800. */
	assert_int_equal(r.n[A_TEMPERATURE], 4);
	assert_int_equal(r.n[A_POWER], 4);
	for (size_t i = 1; i < 4; i++) {
		assert_int_equal(r.v[A_TEMPERATURE][i].t - 1795001200, 3600 * i);
		assert_true(r.v[A_TEMPERATURE][i].num == 20.1);
		assert_string_equal(r.v[A_POWER][i].quality, "absent");
	}
	for (int i = 0; i < A_COUNT; i++)
		free(r.v[i]);
	report_state_free(state);
}

/* ---- the other messages */

static void fill_values(void)
{
	struct appliance *a = sample_new();

	for (size_t i = 0; i < a->n_attrs; i++)
		a->attrs[i].seen = true;
	a->attrs[A_TEMPERATURE].value = sample_number(0, T0, 21.8).r;
	a->attrs[A_POWER].value = sample_number(0, T0, 230.4567).r;
	a->attrs[A_ENERGY].value = sample_bad(0, T0, QUALITY_UNAVAILABLE, REASON_NO_REPLY).r;
	a->attrs[A_ONLINE].value = sample_code(0, T0, VALUE_BOOL, 0).r;
	a->attrs[A_MODE].value = sample_code(0, T0, VALUE_ENUM, 3).r;
	a->attrs[A_TEXT].seen = false;
	a->attrs[A_FLAGS].value = sample_code(0, T0, VALUE_BITS, 8).r;
}

static struct appliance_text appliance_sample(const char *id)
{
	fill_values();
	return (struct appliance_text){.id = id,
		.label_en = "Pump",
		.label_zh = "热泵",
		.installed = "2014",
		.maker = "PHNIX",
		.a = &sample_appliance,
		.online = true};
}

static struct finding finding_sample(void)
{
	static struct frozen frozen[2] = {
		{.name = "flow.temperature",
			.value = "71.5",
			.before = "45",
			.unit = "°C",
			.type = VALUE_NUMBER,
			.quality = QUALITY_GOOD},
		{.name = "system_mode", .type = VALUE_ENUM, .quality = QUALITY_STALE},
	};
	struct finding f = {.id = 0x2a,
		.code = "E4",
		.meaning_en = (char *)"High pressure",
		.meaning_zh = (char *)"高压保护",
		.severity = SEVERITY_SERVICE,
		.class = CLASS_FAULT,
		.confidence = CONFIDENCE_HIGH,
		.household = 0,
		.first_us = T0,
		.first_wall_us = WALL,
		.last_us = T0 + 60 * SEC,
		.times = 2,
		.freeze = frozen,
		.n_freeze = 2};

	str_copy(f.component, sizeof(f.component), "compressor");
	return f;
}

static void test_event(void **s)
{
	struct finding f = finding_sample();
	struct event_text e = {.appliance = "a1b2", .kind = "heat_pump", .boot_id = BOOT, .f = &f};
	struct message_head head = head_of(9);
	struct stamp now = {.boot_id = BOOT, .t_us = T0 + 61 * SEC, .wall_us = WALL + 61000000};
	char *json;
	size_t n;

	assert_int_equal(event_compose(&head, now, FINDING_RAISED, &e, &json, &n), 0);
	check_message(json,
		"{\"schema\":\"hearth.event/1\",\"gw\":\"k3v9q2x7\",\"epoch\":\"7f3a91c2\","
		"\"seq\":9,\"prev\":8,\"t\":1795001261,\"event\":\"raised\","
		"\"id\":\"000000000000002a\",\"appliance\":\"a1b2\",\"kind\":\"heat_pump\","
		"\"code\":\"E4\",\"meaning\":{\"en\":\"High pressure\",\"zh\":\"高压保护\"},"
		"\"severity\":\"service\",\"class\":\"fault\",\"confidence\":\"high\","
		"\"component\":\"compressor\",\"household\":false,\"state\":\"active\","
		"\"first\":{\"t\":1795001200},"
		"\"last\":{\"t\":1060,\"clk\":\"boot\",\"boot\":\"1122334455667788\"},"
		"\"times\":2,\"frame\":{\"flow.temperature\":{\"v\":71.5,\"before\":45,"
		"\"unit\":\"°C\"},\"system_mode\":{\"v\":null,\"q\":\"stale\"}}}");
	free(json);
	/* A code nobody knows, with bytes nobody expects; times of a boot nobody remembers. */
	f.meaning_en = f.meaning_zh = NULL;
	str_copy(f.code, sizeof(f.code), "\x01\"\xff");
	f.restored = true;
	f.cleared_wall_us = WALL;
	f.n_freeze = 0;
	assert_int_equal(event_compose(&head, now, FINDING_CLEARED, &e, &json, &n), 0);
	assert_non_null(strstr(json, "\"code\":\"\\u0001\\\"\xef\xbf\xbd\",\"meaning\":null,"));
	assert_non_null(strstr(json, "\"state\":\"cleared\",\"first\":{\"t\":1795001200},"
				     "\"cleared\":{\"t\":1795001200},\"times\""));
	free(json);
}

static struct diagnosis_text diagnosis_sample(void)
{
	static const struct diagnosis_cause causes[] = {{"leak", 0.7}, {"relief_valve", 0.3}};
	static const struct diagnosis_comparison comparisons[] = {
		{"water.pressure", "<", "0.8 bar", "bar", 0.62, 0.8, true, true},
		{"z(a)", ">", "3", "", NAN, 3, false, false}};

	return (struct diagnosis_text){.rule = "boiler_pressure_low",
		.sureness = "medium",
		.expression = "water.pressure < 0.8 bar and z(a) > 3",
		.causes = causes,
		.n_causes = 2,
		.comparisons = comparisons,
		.n_comparisons = 2,
		.shown_in = 3,
		.coverage = 0.98765,
		.not_known = "pump_off sign.leak",
		.outranked_by = "E4\x1f"
				"F 28"};
}

static void test_diagnosis(void **s)
{
	static const char expected[] =
		"{\"rule\":\"boiler_pressure_low\",\"sureness\":\"medium\",\"causes\":[{\"id\":\"leak\","
		"\"share\":0.7},{\"id\":\"relief_valve\",\"share\":0.3}],\"evidence\":{\"expression\":"
		"\"water.pressure < 0.8 bar and z(a) > 3\",\"comparisons\":[{\"of\":\"water.pressure\","
		"\"value\":0.62,\"op\":\"<\",\"limit\":\"0.8 bar\",\"threshold\":0.8,\"unit\":\"bar\","
		"\"holds\":true},{\"of\":\"z(a)\",\"value\":null,\"op\":\">\",\"limit\":\"3\","
		"\"threshold\":3,\"holds\":null}],\"shown_in\":3,\"coverage\":0.988},"
		"\"not_known\":[\"pump_off\",\"sign.leak\"],\"outranked_by\":[\"E4\",\"F 28\"]}";
	struct diagnosis_text d = diagnosis_sample();
	struct diagnosis_comparison many[DIAGNOSIS_COMPARISONS_MAX];
	struct finding f = finding_sample();
	struct event_text e = {.appliance = "a1b2", .kind = "boiler", .boot_id = BOOT, .f = &f};
	struct message_head head = head_of(9);
	struct stamp now = {.boot_id = BOOT, .t_us = T0 + 61 * SEC, .wall_us = WALL + 61000000};
	char *json, *event, of[128];
	size_t n;

	assert_int_equal(diagnosis_compose(&d, &json, &n), 0);
	assert_string_equal(json, expected);
	/* It travels in the event as it is. */
	f.diagnosis = json;
	assert_int_equal(event_compose(&head, now, FINDING_RAISED, &e, &event, &n), 0);
	assert_non_null(strstr(event, "\"times\":2,\"diagnosis\":{\"rule\""));
	check_message(event, event);
	free(event);
	free(json);
	/* However much there is to say, it stays within its bound, and stays JSON. */
	memset(of, '"', sizeof(of) - 1);
	of[sizeof(of) - 1] = '\0';
	for (size_t i = 0; i < DIAGNOSIS_COMPARISONS_MAX; i++)
		many[i] = (struct diagnosis_comparison){of, "<", of, "bar", 1, 2, true, true};
	d.comparisons = many;
	d.n_comparisons = DIAGNOSIS_COMPARISONS_MAX;
	assert_int_equal(diagnosis_compose(&d, &json, &n), 0);
	assert_true(n <= DIAGNOSIS_MAX && n > 700);
	f.diagnosis = json;
	assert_int_equal(event_compose(&head, now, FINDING_RAISED, &e, &event, &n), 0);
	check_message(event, event);
	free(event);
	free(json);
}

static void test_documents(void **s)
{
	struct appliance_text a = appliance_sample("pump");
	struct birth_text b = {.gw = "k3v9q2x7",
		.epoch = "7f3a91c2",
		.after = 4711,
		.t = {.boot_id = BOOT, .t_us = T0, .wall_us = WALL},
		.dict = "0123456789abcdef",
		.appliances = &a,
		.n_appliances = 1};
	struct info_text i = {.gw = "k3v9q2x7",
		.epoch = "7f3a91c2",
		.version = "0.1.0",
		.t = {.boot_id = BOOT, .t_us = T0},
		.level = LEVEL_FULL,
		.planes = PLANE_EVENT | PLANE_REPORT,
		.appliances = 2,
		.answering = 1};
	char *json;
	size_t n;

	assert_int_equal(state_compose(&a, &json, &n), 0);
	check_message(json,
		"{\"flow.temperature\":21.8,\"active_power\":230.5,\"vendor.energy\":null,"
		"\"vendor.pump\":false,\"system_mode\":\"cool\",\"vendor.note\":null,"
		"\"vendor.flags\":\"boost\",\"vendor.starts\":null}");
	free(json);
	assert_int_equal(birth_compose(&b, &json, &n), 0);
	assert_non_null(strstr(json,
		"\"a\":{\"pump\":{\"kind\":\"heat_pump\",\"online\":true,\"attributes\":{"
		"\"flow.temperature\":{\"v\":21.8,\"type\":\"number\",\"unit\":\"°C\","
		"\"deadband\":0.2},"));
	assert_non_null(strstr(json, "\"vendor.energy\":{\"v\":null,\"type\":\"number\",\"unit\":"
				     "\"kWh\",\"q\":\"unavailable\",\"reason\":\"no-reply\"}"));
	assert_non_null(
		strstr(json, "\"vendor.note\":{\"v\":null,\"type\":\"string\",\"q\":\"unknown\"}"));
	free(json);
	assert_int_equal(meta_compose(&a, &json, &n), 0);
	assert_non_null(strstr(json, "\"values\":[\"off\",\"heat\",\"cool\"]"));
	assert_null(strstr(json, "location"));
	free(json);
	assert_int_equal(info_compose(&i, &json, &n), 0);
	assert_non_null(strstr(json, "\"clk\":\"boot\""));
	assert_non_null(strstr(json, "\"planes\":[\"event\",\"report\"]"));
	assert_non_null(strstr(json, "\"clock\":\"unset\""));
	free(json);
	assert_int_equal(status_compose(false, (struct stamp){0}, "0.1.0", &json, &n), 0);
	check_message(json,
		"{\"schema\":\"hearth.status/1\",\"state\":\"offline\",\"version\":\"0.1.0\"}");
	assert_true(n < 512); /* the Last Will's room */
	free(json);
}

static void test_dictionary(void **s)
{
	struct appliance_text v[64], a = appliance_sample("pump");
	struct message_head head = head_of(1);
	struct report_state *state = report_state_new();
	const struct sample samples[] = {sample_number(A_TEMPERATURE, T0, 20),
		sample_number(A_POWER, T0, 20), sample_code(A_MODE, T0, VALUE_ENUM, 3)};
	struct dictionary dict;
	struct report_text t;
	struct row row;
	char *json, ids[64][16];
	void *with, *without;
	size_t n, with_n, without_n;

	assert_int_equal(dictionary_compose("k3v9q2x7", &a, 1, false, &json, &n), 0);
	assert_true(n <= DICTIONARY_MAX);
	assert_non_null(strstr(json, "\"pump\""));
	assert_non_null(strstr(json, "\"flow.temperature\""));
	assert_null(strstr(json, "21.8"));
	row_make(&row, "pump", samples, 3, T0, T0 + SEC, true);
	assert_int_equal(report_compose(state, &head, &row.b, 1, NULL, &t), 0);
	dict = (struct dictionary){json, n};
	assert_int_equal(deflate_bytes(t.json, t.n, &dict, &with, &with_n), 0);
	assert_int_equal(deflate_bytes(t.json, t.n, NULL, &without, &without_n), 0);
	assert_true(with_n + 60 < without_n);
	free(with);
	free(without);
	free(t.json);
	free(json);
	row_done(&row);
	report_state_free(state);
	/* However many there are, it stays within its bound. */
	for (int i = 0; i < 64; i++) {
		v[i] = a;
		(void)snprintf(ids[i], sizeof(ids[i]), "a%d", i % 100);
		v[i].id = ids[i];
	}
	assert_int_equal(dictionary_compose("k3v9q2x7", v, 64, false, &json, &n), 0);
	assert_true(n <= DICTIONARY_MAX);
	free(json);
}

/* ---- the way back */

static void decode(const char *json, enum report_to to, const char *want)
{
	char err[256] = "", *text;
	size_t n;
	struct report_decoder *d = report_decoder_new();
	int e = report_decode(d, json, strlen(json), to, &text, &n, NULL, err, sizeof(err));

	report_decoder_free(d);

	if (e < 0)
		fail_msg("%s", err);
	assert_string_equal(text, want);
	assert_int_equal(n, strlen(want));
	free(text);
}

static void refuse(const char *json, enum report_to to, int want)
{
	char err[256] = "", *text;
	size_t n;

	struct report_decoder *d = report_decoder_new();

	assert_int_equal(
		report_decode(d, json, strlen(json), to, &text, &n, NULL, err, sizeof(err)), want);
	report_decoder_free(d);
	assert_string_not_equal(err, "");
}

static void test_decode(void **s)
{
	static const char report[] =
		"{\"schema\":\"hearth.report/1\",\"gw\":\"k3\",\"seq\":2,\"t\":1795001200,"
		"\"a\":{\"ac 1\":{\"x\":[40,21.8,20,22],\"m\":[1,\"a,\\\"b\"],\"p\":[0,true]}},"
		"\"q\":{\"ac 1\":{\"x\":[70,\"stale\"]}}}";
	static const char boot[] = "{\"schema\":\"hearth.report/1\",\"gw\":\"k3\",\"t\":5,"
				   "\"clk\":\"boot\",\"boot\":\"ff\",\"a\":{\"p\":{\"x\":[1,2]}}}";
	char *deep = calloc(1, 200001);
	enum report_to to;

	decode(report, REPORT_TO_CSV,
		"time,boot,gateway,appliance,attribute,value,quality\n"
		"1795001240,,k3,ac 1,x,21.8,good\n"
		"1795001260,,k3,ac 1,x,22,good\n"
		"1795001201,,k3,ac 1,m,\"a,\"\"b\",good\n"
		"1795001200,,k3,ac 1,p,true,good\n"
		"1795001270,,k3,ac 1,x,,stale\n");
	decode(report, REPORT_TO_LINE,
		"hearth,gw=k3,appliance=ac\\ 1 x=21.8 1795001240000000000\n"
		"hearth,gw=k3,appliance=ac\\ 1 x=22 1795001260000000000\n"
		"hearth,gw=k3,appliance=ac\\ 1 m=\"a,\\\"b\" 1795001201000000000\n"
		"hearth,gw=k3,appliance=ac\\ 1 p=true 1795001200000000000\n"
		"hearth,gw=k3,appliance=ac\\ 1 x.quality=\"stale\" 1795001270000000000\n");
	decode(report, REPORT_TO_SENML,
		"[{\"n\":\"k3/ac 1/x\",\"t\":1795001240,\"v\":21.8},"
		"{\"n\":\"k3/ac 1/x\",\"t\":1795001260,\"v\":22},"
		"{\"n\":\"k3/ac 1/m\",\"t\":1795001201,\"vs\":\"a,\\\"b\"},"
		"{\"n\":\"k3/ac 1/p\",\"t\":1795001200,\"vb\":true},"
		"{\"n\":\"k3/ac 1/x/quality\",\"t\":1795001270,\"vs\":\"stale\"}]\n");
	decode("{\"b\":1.5,\"a\":[]}", REPORT_TO_JSON, "{\n  \"b\": 1.5,\n  \"a\": []\n}\n");
	decode(boot, REPORT_TO_CSV,
		"time,boot,gateway,appliance,attribute,value,quality\n6,ff,k3,p,x,2,good\n");
	refuse(boot, REPORT_TO_SENML, -EOPNOTSUPP);
	refuse("{\"schema\":\"hearth.event/1\"}", REPORT_TO_CSV, -EOPNOTSUPP);
	refuse("[]", REPORT_TO_LINE, -EOPNOTSUPP);
	refuse("", REPORT_TO_JSON, -EBADMSG);
	refuse("{\"a\":1,\"a\":2}", REPORT_TO_JSON, -EBADMSG);
	refuse("{\"a\":1} x", REPORT_TO_JSON, -EBADMSG);
	memset(deep, '[', 200000);
	refuse(deep, REPORT_TO_JSON, -EBADMSG);
	free(deep);
#define BAD(series) "{\"schema\":\"hearth.report/1\",\"t\":1,\"a\":{\"x\":{\"y\":" series "}}}"
	refuse(BAD("[1]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("[-1,2]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("[1.5,2]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("[1,[]]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("[1,null]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("[9223372036854775807,1]"), REPORT_TO_CSV, -EBADMSG);
	refuse(BAD("{}"), REPORT_TO_CSV, -EBADMSG);
	assert_int_equal(report_to_from_string("line", &to), 0);
	assert_int_equal(to, REPORT_TO_LINE);
	assert_int_equal(report_to_from_string("xml", &to), -EINVAL);
}

/* What lies between says nothing; that it came and went does. */
static void test_totals_are_told_at_the_end(void **state)
{
	const struct sample v[] = {
		sample_number(A_TOTAL, T0 + 10 * SEC, 100),
		sample_number(A_TOTAL, T0 + 20 * SEC, 101),
		sample_number(A_TOTAL, T0 + 30 * SEC, 102),
		sample_bad(A_TOTAL, T0 + 40 * SEC, QUALITY_UNAVAILABLE, REASON_NO_REPLY),
		sample_number(A_TOTAL, T0 + 50 * SEC, 103),
		sample_number(A_TOTAL, T0 + 60 * SEC, 104),
		sample_number(A_TOTAL, T0 + 70 * SEC, 105),
	};
	struct message_head head = head_of(1);
	struct report_state *s = report_state_new();
	struct report_text t;
	struct row r;

	row_make(&r, "pump", v, ARRAY_SIZE(v), T0, T0 + 300 * SEC, true);
	assert_int_equal(report_compose(s, &head, &r.b, 1, NULL, &t), 0);
	check_message(t.json,
		"{\"schema\":\"hearth.report/1\",\"gw\":\"k3v9q2x7\",\"epoch\":\"7f3a91c2\","
		"\"seq\":1,\"prev\":0,\"t\":1795001200,"
		"\"a\":{\"pump\":{\"vendor.starts\":[10,100,40,103,20,105]}},"
		"\"q\":{\"pump\":{\"vendor.starts\":[40,\"unavailable:no-reply\"]}}}");
	free(t.json);
	report_state_free(s);
	row_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_totals_are_told_at_the_end),
		cmocka_unit_test(test_clock_not_set),
		cmocka_unit_test(test_rollback_and_reset),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_property),
		cmocka_unit_test(test_repeat),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_diagnosis),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_dictionary),
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
