/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.report/2: what a receiver holds is what the registers held, at every moment to the second,
 * whatever the pace, gaps, bad qualities, messages cut in two, and compositions that were not stored. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/report/report-internal.h"
#include "report-sample.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define T0   (1000 * USEC_PER_SEC)
#define SEC  USEC_PER_SEC
#define WALL 1795001200000000LL /* at boot time T0 */

/* ---- a receiver: lines of CSV */

#define TOLD_MAX 4096
struct told_value {
	int64_t t;
	char value[24];
};
static struct {
	struct told_value v[TOLD_MAX];
	size_t n;
} told[A_COUNT];

static int attr_of(const char *name)
{
	for (int i = 0; i < A_COUNT; i++)
		if (streq(sample_attrs[i].name, name))
			return i;
	return -1;
}

static void hear(char *csv)
{
	char *line, *rest = csv;

	while ((line = strsep(&rest, "\n")) && *line) {
		char *field[7];
		int a;

		for (size_t i = 0; i < ARRAY_SIZE(field); i++)
			field[i] = strsep(&line, ",");
		a = attr_of(field[4]);
		if (a < 0 || !*field[5])
			continue; /* the first line, qualities */
		assert_true(told[a].n < TOLD_MAX);
		told[a].v[told[a].n].t = atoll(field[0]);
		str_copy(told[a].v[told[a].n].value, sizeof(told[a].v->value), field[5]);
		told[a].n++;
	}
}

static void receive(struct report_decoder *d, const struct report_text *t)
{
	char err[256] = "", *csv;
	size_t n, open;

	if (report_decode(d, t->json, t->n, REPORT_TO_CSV, &csv, &n, &open, err, sizeof(err)) < 0)
		fail_msg("%s: %s", err, t->json);
	assert_int_equal(open, 0);
	hear(csv);
	free(csv);
}

/* Was VALUE held at T, to a second? */
static bool held(int a, int64_t t, double value)
{
	for (size_t i = 0; i < told[a].n; i++) {
		bool here = told[a].v[i].t <= t + 1;
		bool stood = i + 1 == told[a].n || told[a].v[i + 1].t >= t - 1;

		if (here && stood && fabs(strtod(told[a].v[i].value, NULL) - value) < 1e-9)
			return true;
	}
	return false;
}

/* ---- an appliance */

struct walk {
	unsigned seed, pace; /* s */
	double v[A_COUNT];
	double rate;
	bool bad;
};

static size_t sweep(struct walk *w, uint64_t t, struct sample *v)
{
	unsigned r = (unsigned)rand_r(&w->seed);
	size_t n = 0;

	if (r % 37 == 0)
		return 0; /* lost */
	if (r % 11 == 0)
		t += (unsigned)rand_r(&w->seed) % (2 * w->pace * SEC); /* late */
	if (r % 23 == 0 && !w->bad) {
		v[n++] = sample_bad(A_TEMPERATURE, t, QUALITY_UNAVAILABLE, REASON_NO_REPLY);
		w->bad = true;
		return n;
	}
	if (w->bad || r % 3 == 0) {
		w->v[A_TEMPERATURE] = round(w->v[A_TEMPERATURE] * 10 + (r >> 8) % 5 - 2) / 10;
		v[n++] = sample_number(A_TEMPERATURE, t, w->v[A_TEMPERATURE]);
		w->bad = false;
	}
	w->v[A_TOTAL] += round(w->rate + (r >> 16) % 2);
	v[n++] = sample_number(A_TOTAL, t, w->v[A_TOTAL]);
	if (r % 7 == 0)
		v[n++] = sample_number(A_POWER, t, w->v[A_POWER] = r % 100000 / 7.0);
	return n;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return x->t_us < y->t_us ? -1 : x->t_us > y->t_us;
}

/* One row, told in as many messages as it takes. */
static unsigned tell(struct report_state *state, struct report_decoder *d, struct sample *v,
	size_t n, uint64_t t0, uint64_t t1, uint64_t *seq, unsigned *seed)
{
	struct decoded_block block;
	struct report_block b = {.appliance = "pump",
		.t0 = {.boot_id = 1, .t_us = t0, .wall_us = WALL + (int64_t)(t0 - T0)},
		.t1_us = t1,
		.block = &block};
	struct report_limits limits = {.lossless = true, .max_raw = 4096};
	unsigned messages = 0;
	bool done = false;
	size_t blob_n;
	void *blob;

	assert_int_equal(block_encode(sample_new(), v, n, t0, &blob, &blob_n), 0);
	assert_int_equal(block_decode(blob, blob_n, t0, &block), 0);
	free(blob);
	while (!done) {
		struct message_head head = {
			.gw = "gw", .epoch = "7f3a91c2", .seq = *seq + 1, .prev = *seq};
		struct report_text t;

		assert_int_equal(report_compose(state, &head, &b, 1, &limits, &t), 0);
		if (rand_r(seed) % 5 == 0) { /* it could not be stored */
			report_state_rollback(state);
			free(t.json);
			continue;
		}
		report_state_commit(state);
		done = t.blocks_done == 1;
		b.skip += t.samples_done;
		if (t.json) {
			++*seq;
			messages++;
			receive(d, &t);
		}
		free(t.json);
	}
	decoded_block_done(&block);
	return messages;
}

static void run(unsigned seed)
{
	static struct sample all[A_COUNT * 1024], v[A_COUNT * 256];
	struct walk w = {.seed = seed, .pace = 1 + seed % 61, .rate = seed % 90};
	struct report_state *state = report_state_new();
	struct report_decoder *d = report_decoder_new();
	uint64_t t = T0, seq = 0;
	size_t n_all = 0;

	memset(told, 0, sizeof(told));
	(void)sample_new();
	for (unsigned block = 0; block < 4; block++) {
		uint64_t begun = t;
		size_t n = 0;

		for (unsigned i = 0; i < 60; i++, t += w.pace * SEC)
			n += sweep(&w, t, v + n);
		t += 3 * w.pace * SEC;
		qsort(v, n, sizeof(*v), by_time);
		memcpy(all + n_all, v, n * sizeof(*v));
		n_all += n;
		(void)tell(state, d, v, n, begun, t, &seq, &w.seed);
		if (seed % 13 == 0) {
			/* A message was lost, and stated: everything begins anew. */
			report_state_reset(state);
			report_decoder_free(d);
			d = report_decoder_new();
		}
	}
	for (size_t i = 0; i < n_all; i++) {
		int64_t s = WALL / 1000000 + (int64_t)((all[i].t_us - T0) / SEC);

		if (all[i].r.quality == QUALITY_GOOD && all[i].attr != A_POWER &&
			!held(all[i].attr, s, all[i].r.num))
			fail_msg("seed %u: %s at %" PRId64 " is not %.10g", seed,
				sample_attrs[all[i].attr].name, s, all[i].r.num);
	}
	report_state_free(state);
	report_decoder_free(d);
}

static void test_nothing_is_lost(void **state)
{
	for (unsigned seed = 1; seed <= 150; seed++)
		run(seed);
}

/* ---- the text itself */

struct heard {
	int64_t t[16];
	double v[16];
	size_t n;
};

static int note(int64_t t, const struct column_held *held_now, void *userdata)
{
	struct heard *h = userdata;

	assert_true(h->n < 16);
	h->t[h->n] = t;
	h->v[h->n++] = held_now->value;
	return 0;
}

static int read_text(const char *text, struct column_held *h, struct heard *heard)
{
	static const struct column_group g = {
		.t = {100, 111, 121, 132, 142, 153, 163, 174}, .slots = 8};

	*heard = (struct heard){0};
	return column_read(&g, text, strlen(text), h, note, heard);
}

static void test_text(void **state)
{
	struct column_held h = {0};
	struct heard heard;

	assert_int_equal(read_text("0a", &h, &heard), -ENODATA);
	assert_int_equal(read_text("=21.8/0.1;0aC(-30)", &h, &heard), 0);
	assert_int_equal(heard.n, 4);
	assert_int_equal(heard.t[0], 100);
	assert_true(fabs(heard.v[0] - 21.8) < 1e-9);
	assert_int_equal(heard.t[1], 111);
	assert_true(fabs(heard.v[1] - 21.9) < 1e-9);
	assert_true(fabs(heard.v[2] - 21.6) < 1e-9);
	assert_true(fabs(heard.v[3] - 18.6) < 1e-9);
	/* It goes on from there; an empty one says that nothing changed. */
	assert_int_equal(read_text("", &h, &heard), 0);
	assert_int_equal(heard.n, 0);
	assert_int_equal(read_text("000b", &h, &heard), 0);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.t[0], 132);
	assert_true(fabs(heard.v[0] - 18.8) < 1e-9);
	/* Changes of the change go on to the last slot, and into the next column. */
	assert_int_equal(read_text("=5/1;~0b", &h, &heard), 0);
	assert_int_equal(heard.n, 8);
	assert_true(heard.v[7] == 19);
	assert_int_equal(read_text("~", &h, &heard), 0);
	assert_int_equal(heard.n, 8);
	assert_true(heard.v[7] == 35);
	assert_int_equal(read_text("0", &h, &heard), 0);
	assert_int_equal(read_text("~", &h, &heard), 0);
	assert_int_equal(heard.n, 0);
	/* Known from the third slot on. */
	assert_int_equal(read_text("=7/1;..0a", &h, &heard), 0);
	assert_int_equal(heard.n, 2);
	assert_int_equal(heard.t[0], 121);
	assert_true(heard.v[0] == 7);
	assert_true(heard.v[1] == 8);
}

static void test_hostile_text(void **state)
{
	static const char *const bad[] = {"=", "=1", "=1/", "=1/0;", "=1/-1;", "=/1;", "=1/1",
		"=x/1;", "=1e9/1;0", "=9999999999999999/0.001;0", "=1/1;000000000", "=1/1;........",
		"..0", "=1/1;(", "=1/1;()", "=1/1;(1.5)", "=1/1;(x)", "=1/1;(9999999999999999)",
		"=1/1;1", "=1/1; ", "=1/1;~~", "=1/1;0=1/1;", "=nan/1;", "=1/inf;",
		"=999999999999999/1;(999999999999999)"};
	struct heard heard;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct column_held h = {.value = 1, .step = 1};

		if (read_text(bad[i], &h, &heard) != -EBADMSG)
			fail_msg("%s was taken", bad[i]);
	}
}

static void refuse(const char *s)
{
	struct report_decoder *d = report_decoder_new();
	char text[512], err[256] = "", *csv;
	size_t n;

	n = (size_t)snprintf(text, sizeof(text),
		"{\"schema\":\"hearth.report/2\",\"gw\":\"g\",\"epoch\":\"7f3a91c2\",\"seq\":1,"
		"\"prev\":0,\"t\":1000,\"s\":%s}",
		s);
	assert_int_equal(report_decode(d, text, n, REPORT_TO_CSV, &csv, &n, NULL, err, sizeof(err)),
		-EBADMSG);
	assert_string_not_equal(err, "");
	report_decoder_free(d);
}

static void test_hostile_groups(void **state)
{
	refuse("1");
	refuse("{\"p\":1}");
	refuse("{\"p\":[1]}");
	refuse("{\"p\":[[[0],\"x\"]]}");
	refuse("{\"p\":[[[0,10],\"x\",\"=1/1;0\",0]]}");
	refuse("{\"p\":[[[],\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[7,\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[0,0],\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[-1,5],\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[1.5],\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[9000000001],\"x\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[0,10],\"x,y\",\"=1/1;0\"]]}");
	refuse("{\"p\":[[[0,10],\"x\",\"=1/1;0,0\"]]}");
	refuse("{\"p\":[[[0,10],\"\",\"\"]]}");
	refuse("{\"p\":[[[0,10],\"x\",7]]}");
}

/* Few bytes that would make many records. */
static void test_bound(void **state)
{
	struct report_decoder *d = report_decoder_new();
	struct writer w = {0};
	char err[256] = "", *csv;
	size_t n;

	writer_text(&w,
		"{\"schema\":\"hearth.report/2\",\"gw\":\"g\",\"epoch\":\"7f3a91c2\",\"seq\":1,"
		"\"prev\":0,\"t\":1000,\"s\":{\"p\":[[[0");
	for (unsigned i = 1; i < 4096; i++)
		writer_text(&w, ",1");
	writer_text(&w, "],\"x");
	for (unsigned i = 0; i < 300; i++)
		writer_text(&w, ",x");
	writer_text(&w, "\",\"=1/1;~a");
	for (unsigned i = 0; i < 300; i++)
		writer_text(&w, ",=1/1;~a");
	writer_text(&w, "\"]]}}");
	assert_int_equal(
		report_decode(d, w.p, w.n, REPORT_TO_CSV, &csv, &n, NULL, err, sizeof(err)),
		-EBADMSG);
	writer_done(&w);
	report_decoder_free(d);
}

/* A receiver that comes late holds nothing until a column begins anew; it is told how many wait. */
static void test_late_receiver(void **state)
{
	static const char text[] =
		"{\"schema\":\"hearth.report/2\",\"gw\":\"g\",\"epoch\":\"7f3a91c2\","
		"\"seq\":9,\"prev\":8,\"t\":1000,\"s\":{\"p\":[[[0,10],\"x,y\","
		"\"a,=4/1;0\"]]},\"a\":{\"p\":{\"z\":[1,\"on\"]}}}";
	struct report_decoder *d = report_decoder_new();
	char err[256] = "", *csv;
	size_t n, open;

	assert_int_equal(report_decode(d, text, strlen(text), REPORT_TO_CSV, &csv, &n, &open, err,
				 sizeof(err)),
		0);
	assert_int_equal(open, 1);
	assert_string_equal(csv, "time,boot,gateway,appliance,attribute,value,quality\n"
				 "1000,,g,p,y,4,good\n1001,,g,p,z,on,good\n");
	free(csv);
	report_decoder_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lost),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_hostile_groups),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_late_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
