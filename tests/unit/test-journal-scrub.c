/* SPDX-License-Identifier: Apache-2.0 */
/* A visit code is for the receiver alone: when its message has gone out of the outbox, its bytes are in no
 * file beside or of the journal. In a store that is full of other things, with and without receipts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/base/clock.h"
#include "daemon/journal/journal.h"
#include "daemon/repair/repair.h"
#include "daemon/report/report.h"

#include <dirent.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

#define SEEDS 120

static char dir[64], path[96];
static sd_event *event;
static struct journal *j;
static uint64_t chance_state, seq, put_seqs[4096], n_put;

static uint64_t below(uint64_t n)
{
	uint64_t z = chance_state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

/* ---- the journal as if it answered at once */

static struct {
	bool done;
	int error;
	struct out_state state;
} got;

static void on_done(int error, void *u)
{
	got.done = true;
	got.error = error;
}

static void on_state(int error, const struct out_state *s, void *u)
{
	if (s)
		got.state = *s;
	on_done(error, u);
}

static void on_withdrawn(int error, uint64_t n, bool more, void *u)
{
	on_done(error, u);
}

static void outcome(int posted)
{
	assert_int_equal(posted, 0);
	for (got.done = false; !got.done;)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	assert_int_equal(got.error, 0);
}

static void open_journal(void)
{
	const struct journal_config c = {.path = path,
		.max_bytes = 256 * 1024,
		.clock = CLOCK_TRUST_YES,
		.mask = repair_mask};

	assert_int_equal(journal_new(event, &c, &j), 0);
	outcome(journal_out_open(j, "cloud", on_state, NULL));
	seq = got.state.last_seq;
}

/* ---- what is stored */

static void put(const char *topic, enum out_class class, char *payload, size_t n)
{
	struct out_message m = {.seq = ++seq, .class = class, .payload = payload, .n = n};

	(void)str_copy(m.topic, sizeof(m.topic), topic);
	outcome(journal_out_put(j, "cloud", &m, 0, 64 * 1024, on_done, NULL));
}

static void something_else(void)
{
	size_t n = 40 + (size_t)below(below(4) == 0 ? 9000 : 900);
	char *p = malloc(n);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)('a' + below(26));
	switch (below(5)) {
	case 0:
		outcome(journal_append_block(j, "a", 1, seq, seq, 0, p, n, on_done, NULL));
		break;
	case 1:
		outcome(journal_put_meta(j, "key", p, n, on_done, NULL));
		free(p);
		break;
	default:
		put("g/report", OUT_REPORT, p, n);
		put_seqs[n_put++ % ARRAY_SIZE(put_seqs)] = seq;
		break;
	}
	if (n_put > 0 && below(3) == 0)
		outcome(journal_out_acked(j, "cloud",
			put_seqs[below(MIN(n_put, ARRAY_SIZE(put_seqs)))], 0, on_done, NULL));
}

/* A packet as it leaves: the code in it, and once more in the encoding of the signed form. */
static char code[16], encoded[16];

static void repair(void)
{
	static const uint8_t signature[64], key[32];
	size_t n = 200 + (size_t)below(8000);
	const struct message_head head = {.gw = "g", .epoch = "00000000", .seq = seq + 1};
	char *packet = malloc(n + 1), *text, *end;

	memset(packet, 'p', n);
	memcpy(packet, "{\"a\":\"", 6);
	memcpy(packet + n - 2, "\"}", 3);
	for (unsigned i = 0; i < 9; i++)
		code[i] = i == 4 ? '-' : "ABCDEFGHJKMNPQRSTVWXYZ"[below(22)];
	assert_int_equal(repair_packet_add_visit(&packet, &n, code), 0);
	assert_int_equal(signed_compose(&head, (struct stamp){.t_us = 1},
				 &(struct signed_text){.of = "hearth.repair/1",
					 .request = "1",
					 .payload = packet,
					 .n = n,
					 .signature = signature,
					 .key = key},
				 &text, &n),
		0);
	end = strchr(strstr(text, "\"payload\":\"") + 11, '"');
	memcpy(encoded, end - 16, 12); /* eight of the nine; behind them there may be padding */
	free(packet);
	put("g/repair", OUT_URGENT, text, n);
}

/* How many files of the directory have TEXT. */
static unsigned files_with(const char *text)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned n = 0;

	assert_non_null(d);
	while ((de = readdir(d))) {
		char name[512], *p;
		struct stat st;
		FILE *f;

		(void)snprintf(name, sizeof(name), "%s/%s", dir, de->d_name);
		f = fopen(name, "rb");
		if (!f || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode)) {
			if (f)
				(void)fclose(f);
			continue;
		}
		p = malloc((size_t)st.st_size + 1);
		assert_int_equal(fread(p, 1, (size_t)st.st_size, f), st.st_size);
		n += memmem(p, (size_t)st.st_size, text, strlen(text)) != NULL;
		free(p);
		(void)fclose(f);
	}
	(void)closedir(d);
	return n;
}

enum way { ACKED, RECEIPT, DROPPED, WITHDRAWN, ROTATED, CROWDED_OUT, _WAYS };

static void gone(enum way way, uint64_t s)
{
	switch (way) {
	case ACKED:
	case _WAYS:
		outcome(journal_out_acked(j, "cloud", s, 0, on_done, NULL));
		break;
	case RECEIPT:
		outcome(journal_out_acked(j, "cloud", s, 1, on_done, NULL));
		for (unsigned i = 0; i < 8; i++)
			something_else();
		assert_true(files_with(encoded) > 0);
		outcome(journal_out_receipt(j, "cloud", &s, 1, on_done, NULL));
		break;
	case DROPPED:
		outcome(journal_out_drop(j, "cloud", s, on_done, NULL));
		break;
	case WITHDRAWN:
		outcome(journal_out_withdraw(j, "cloud", NULL, &s, 1, on_withdrawn, NULL));
		break;
	case ROTATED:
		outcome(journal_out_rotate(j, "cloud", 1, true, on_done, NULL));
		outcome(journal_out_open(j, "cloud", on_state, NULL));
		seq = got.state.last_seq;
		n_put = 0;
		break;
	case CROWDED_OUT:
		for (unsigned i = 0; i < 20; i++)
			put("g/event", OUT_URGENT, calloc(1, 4000), 4000);
		break;
	}
}

static void test_no_trace(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		enum way way = (enum way)(seed % _WAYS);
		uint64_t s;

		chance_state = seed;
		for (uint64_t i = below(40); i > 0; i--)
			something_else();
		repair();
		s = seq;
		for (uint64_t i = below(40); i > 0; i--)
			something_else();
		if (below(4) == 0) { /* a restart in between: it is in the file itself */
			j = journal_free(j);
			open_journal();
		}
		assert_true(files_with(encoded) > 0); /* the search is not blind */
		gone(way, s);
		if (files_with(encoded) > 0 || files_with(code) > 0)
			fail_msg("seed %llu, way %d: the code is still there",
				(unsigned long long)seed, way);
	}
}

static int setup(void **state)
{
	scratch_new_in_memory(dir);
	(void)snprintf(path, sizeof(path), "%s/journal.db", dir);
	assert_true(sd_event_new(&event) >= 0);
	open_journal();
	return 0;
}

static int teardown(void **state)
{
	j = journal_free(j);
	event = sd_event_unref(event);
	return scratch_done(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_trace, setup, teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
