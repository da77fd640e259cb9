/* SPDX-License-Identifier: Apache-2.0 */
/* What a household costs upstream and on disk, without a clock: readings of a series
 * (household.py series) go through steps 5 to 8 with the daemon's own code.
 *
 *   bench-report CONFIG-DIR VENDOR-DIR [INTERVAL-SECONDS [lossless MESSAGES-FILE]] < series
 *
 * One line of JSON: bytes and messages for an hour, by exception, with the dictionary and without. */
#include "bench-heap.h"
#include "daemon/report/deflate.h"
#include "daemon/report/report.h"

#include <time.h>

#define SAMPLES_MAX (1 << 16)

struct unit {
	struct appliance *a;
	struct sample *samples;
	size_t n;
};

struct bench {
	bool lossless;
	FILE *messages_to; /* each report's JSON, a line; NULL: nowhere */
	struct unit units[CONFIG_APPLIANCES_MAX];
	size_t n_units;
	struct report_state *told;
	struct dictionary dict;
	uint64_t t0_us, seq;
	uint64_t readings, samples, messages, values, raw, wire, wire_plain, history;
	size_t heap;         /* the most that compressing a report took, bytes */
	clock_t compressing; /* reports alone, with the dictionary */
};

static void on_changed(struct appliance *a, struct attribute *attr, void *userdata)
{
	struct unit *u = userdata;

	if (u->n < SAMPLES_MAX)
		u->samples[u->n++] = (struct sample){
			.attr = (uint16_t)(attr - a->attrs),
			.t_us = attr->value.t_us,
			.r = attr->value,
		};
}

static int report(struct bench *b, const struct report_block *v, size_t n)
{
	size_t first = 0;

	while (first < n) {
		struct message_head head = {
			.gw = "k3v9q2x7", .epoch = "7f3a91c2", .seq = b->seq + 1, .prev = b->seq};
		struct report_text text;
		void *packed;
		size_t packed_n;
		clock_t began;
		struct report_limits limits = {.lossless = b->lossless};
		int r = report_compose(b->told, &head, v + first, n - first, &limits, &text);

		if (r < 0)
			return r;
		report_state_commit(b->told);
		first += text.blocks_done;
		if (!text.json)
			break;
		b->seq++;
		b->messages++;
		b->values += text.values;
		b->raw += text.n;
		if (b->messages_to)
			(void)fprintf(b->messages_to, "%s\n", text.json);
		heap_mark();
		began = clock();
		r = deflate_bytes(text.json, text.n, &b->dict, &packed, &packed_n);
		if (r < 0)
			return r;
		b->compressing += clock() - began;
		b->heap = MAX(b->heap, heap_peak());
		b->wire += packed_n;
		free(packed);
		r = deflate_bytes(text.json, text.n, NULL, &packed, &packed_n);
		if (r < 0)
			return r;
		b->wire_plain += packed_n;
		free(packed);
		free(text.json);
	}
	return 0;
}

/* The manager's flush and feed, without the journal between. */
static int flush(struct bench *b, uint64_t now_us)
{
	struct report_block v[CONFIG_APPLIANCES_MAX];
	struct decoded_block decoded[CONFIG_APPLIANCES_MAX];
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < b->n_units && r >= 0; i++) {
		struct unit *u = &b->units[i];
		void *block, *packed;
		size_t block_n, packed_n;

		r = block_encode(u->a, u->samples, u->n, b->t0_us, &block, &block_n);
		if (r < 0)
			break;
		r = deflate_bytes(block, block_n, NULL, &packed, &packed_n);
		if (r >= 0) {
			b->history += packed_n;
			free(packed);
			r = block_decode(block, block_n, b->t0_us, &decoded[n]);
		}
		free(block);
		if (r < 0)
			break;
		v[n] = (struct report_block){
			.appliance = u->a->conf->id,
			.t0 = {.boot_id = 1,
				.t_us = b->t0_us,
				.wall_us = 1795001200000000 + (int64_t)b->t0_us},
			.t1_us = now_us,
			.block = &decoded[n],
		};
		n++;
		b->samples += u->n;
		u->n = 0;
	}
	if (r >= 0)
		r = report(b, v, n);
	for (size_t i = 0; i < n; i++)
		decoded_block_done(&decoded[i]);
	b->t0_us = now_us;
	return r;
}

static int apply(struct bench *b, double t, const char *appliance, const char *point, int64_t raw)
{
	struct raw_value v = {.kind = RAW_INT, .i = raw};
	struct reading r = {.t_us = (uint64_t)(t * 1e6) + USEC_PER_SEC};

	for (size_t i = 0; i < b->n_units; i++) {
		const struct profile *p = b->units[i].a->conf->sources[0].profile;
		int index;

		if (!streq(b->units[i].a->conf->id, appliance))
			continue;
		index = profile_point_by_name(p, point);
		if (index < 0)
			return index;
		r.point = (uint16_t)index;
		point_convert(p, (unsigned)index, &v, &r);
		appliance_apply(b->units[i].a, 0, &r, 1, on_changed, &b->units[i]);
		b->readings++;
		return 0;
	}
	return -ENOENT;
}

static int setup(struct bench *b, const struct config *c)
{
	struct appliance_text texts[CONFIG_APPLIANCES_MAX];
	char *dict;
	int r;

	for (size_t i = 0; i < c->n_appliances; i++) {
		struct unit *u = &b->units[b->n_units];

		r = appliance_new(&c->appliances[i], NULL, &u->a);
		if (r < 0)
			return r;
		u->samples = calloc(SAMPLES_MAX, sizeof(*u->samples));
		if (!u->samples)
			return -ENOMEM;
		texts[b->n_units++] =
			(struct appliance_text){.id = u->a->conf->id, .a = u->a, .online = true};
	}
	b->told = report_state_new();
	if (!b->told)
		return -ENOMEM;
	r = dictionary_compose("k3v9q2x7", texts, b->n_units, b->lossless, &dict, &b->dict.n);
	b->dict.bytes = dict;
	return r;
}

int main(int argc, char **argv)
{
	struct problems problems = {0};
	struct config *config;
	static struct bench b;
	double t = 0, next, interval = argc > 3 ? atof(argv[3]) : 300, hours;
	char appliance[64], point[64];
	long long raw;
	clock_t cpu;
	int r;

	if (argc < 3) {
		fputs("usage: bench-report CONFIG-DIR VENDOR-DIR [INTERVAL-SECONDS [lossless FILE]] < series\n",
			stderr);
		return 2;
	}
	b.lossless = argc > 4 && streq(argv[4], "lossless");
	r = config_load(argv[1], argv[2], &problems, &config);
	for (size_t i = 0; i < problems.n; i++)
		problem_print(stderr, &problems.v[i]);
	if (r >= 0)
		r = setup(&b, config);
	b.messages_to = argc > 5 ? fopen(argv[5], "we") : NULL;
	b.t0_us = USEC_PER_SEC;
	next = interval;
	cpu = clock();
	while (r >= 0 && scanf("%lf %63s %63s %lld", &t, appliance, point, &raw) == 4) {
		if (t >= next) {
			r = flush(&b, (uint64_t)(next * 1e6) + USEC_PER_SEC);
			next += interval;
		}
		if (r >= 0)
			r = apply(&b, t, appliance, point, raw);
	}
	if (r >= 0)
		r = flush(&b, (uint64_t)(next * 1e6) + USEC_PER_SEC);
	if (r < 0) {
		fprintf(stderr, "bench-report: %s\n", strerror(-r));
		return 1;
	}
	hours = next / 3600;
	printf("{\"hours\":%.2f,\"interval_s\":%.0f,\"readings\":%llu,\"changes\":%llu,\"values\":%llu,"
	       "\"messages\":%llu,\"json_per_hour\":%.0f,\"payload_per_hour\":%.0f,"
	       "\"payload_without_dictionary_per_hour\":%.0f,\"history_per_hour\":%.0f,"
	       "\"cpu_ms_per_1000_readings\":%.3f,\"compressing_ms_per_message\":%.3f,"
	       "\"compressing_heap\":%zu}\n",
		hours, interval, (unsigned long long)b.readings, (unsigned long long)b.samples,
		(unsigned long long)b.values, (unsigned long long)b.messages, (double)b.raw / hours,
		(double)b.wire / hours, (double)b.wire_plain / hours, (double)b.history / hours,
		(double)(clock() - cpu) * 1e6 / CLOCKS_PER_SEC / (double)MAX(b.readings, 1u),
		(double)b.compressing * 1e3 / CLOCKS_PER_SEC / (double)MAX(b.messages, 1u), b.heap);
	for (size_t i = 0; i < b.n_units; i++) {
		appliance_free(b.units[i].a);
		free(b.units[i].samples);
	}
	if (b.messages_to)
		(void)fclose(b.messages_to);
	report_state_free(b.told);
	free((void *)b.dict.bytes);
	config_free(config);
	problems_done(&problems);
	return 0;
}
