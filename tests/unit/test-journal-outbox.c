/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that wait in the journal: numbers, the order of classes, what is lost over a bound, receipts; and
 * events that are not messages yet. */
#include "journal-rig.h"

#include <signal.h>
#include <sys/resource.h>

static void test_outbox(void **s)
{
	struct journal *j = open_journal();
	uint64_t flight[] = {2, 3};
	char epoch[9], gw[17];

	state(j);
	assert_int_equal(got.state.last_seq, 0);
	assert_int_equal(strlen(got.state.epoch), 8);
	assert_true(id_valid(got.state.gw_alias));
	str_copy(epoch, sizeof(epoch), got.state.epoch);
	str_copy(gw, sizeof(gw), got.state.gw_alias);
	put(j, 1, OUT_REPORT, "g/report", "r1", 4, 0);
	put(j, 2, OUT_EVENT, "g/event", "e2", 0, 0);
	put(j, 3, OUT_URGENT, "g/event", "u3", 0, 0);
	put(j, 4, OUT_REPORT, "g/report", "r4", 9, 0);
	settle(4);
	assert_int_equal(got.errors, 0);
	put(j, 4, OUT_REPORT, "g/report", "again", 0, 0);
	put(j, 6, OUT_REPORT, "g/report", "hole", 0, 0);
	settle(2);
	assert_int_equal(got.errors, 2);
	assert_int_equal(got.last_error, -ESTALE);
	got.errors = 0;
	journal_free(j);

	j = open_journal();
	state(j);
	assert_string_equal(got.state.epoch, epoch);
	assert_string_equal(got.state.gw_alias, gw);
	assert_int_equal(got.state.last_seq, 4);
	assert_int_equal(got.state.last_acked, 0);
	assert_int_equal(got.state.cursor, 9);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 1);
	assert_int_equal(got.state.waiting[OUT_REPORT], 2);
	assert_int_equal(got.state.waiting_bytes, 8);
	assert_int_equal(got.state.n_topics, 2);
	assert_string_equal(got.state.topics[0].topic, "g/report");
	assert_int_equal(got.state.topics[0].last_seq, 4);
	assert_int_equal(got.state.topics[1].last_seq, 3);
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 4);
	assert_string_equal(got.out[0].payload, "u3");
	assert_string_equal(got.out[1].payload, "e2");
	assert_string_equal(got.out[2].payload, "r1");
	assert_string_equal(got.out[3].payload, "r4");
	assert_int_equal(got.out[3].prev, 3);
	assert_int_equal(got.out[3].class, OUT_REPORT);
	assert_string_equal(got.out[3].topic, "g/report");
	assert_string_equal(got.out[3].dict, "0123456789abcdef");
	assert_true(got.out[3].deflated);
	fetch(j, flight, 2, 1);
	assert_int_equal(got.n_out, 1);
	assert_string_equal(got.out[0].payload, "r1");
	assert_int_equal(journal_out_dicts(j, "cloud", on_dicts, NULL), 0);
	settle(1);
	assert_int_equal(got.n_dicts, 1);
	assert_string_equal(got.dicts[0], "0123456789abcdef");
	/* Acknowledged in any order, twice, and what never was. */
	assert_int_equal(journal_out_acked(j, "cloud", 4, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 3, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 3, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 99, 0, on_done, NULL), 0);
	settle(4);
	assert_int_equal(got.errors, 0);
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 2);
	state(j);
	assert_int_equal(got.state.last_acked, 4);
	assert_int_equal(got.state.waiting_bytes, 4);
	assert_int_equal(got.state.waiting[OUT_URGENT], 0);
	journal_free(j);
	/* Numbers never go back, also when nothing waits. */
	j = open_journal();
	assert_int_equal(journal_out_acked(j, "cloud", 1, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 2, 0, on_done, NULL), 0);
	journal_free(j);
	j = open_journal();
	state(j);
	assert_int_equal(got.state.last_seq, 4);
	assert_int_equal(got.state.waiting_bytes, 0);
	journal_free(j);
}

/* Ten bytes a message, forty allowed. */
static void test_outbox_bound(void **s)
{
	struct journal *j = open_journal();

	state(j);
	put(j, 1, OUT_EVENT, "e", "0123456789", 0, 40);
	put(j, 2, OUT_REPORT, "r", "0123456789", 0, 40);
	put(j, 3, OUT_REPORT, "r", "0123456789", 0, 40);
	put(j, 4, OUT_EVENT, "e", "0123456789", 0, 40);
	settle(4);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	put(j, 5, OUT_URGENT, "e", "0123456789", 0, 40);
	put(j, 6, OUT_REPORT, "r", "0123456789", 0, 40);
	settle(2);
	/* The oldest reports went, no event. */
	fetch(j, NULL, 0, 10);
	assert_int_equal(got.n_out, 4);
	assert_int_equal(got.out[0].seq, 5);
	assert_int_equal(got.out[1].seq, 1);
	assert_int_equal(got.out[2].seq, 4);
	assert_int_equal(got.out[3].seq, 6);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 2);
	assert_int_equal(got.lost[0].last, 3);
	/* 7 states them and pushes out 6, which nobody has stated yet. */
	put(j, 7, OUT_EVENT, "e", "0123456789", 0, 40);
	settle(1);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 6);
	assert_int_equal(got.lost[0].last, 6);
	/* 8 states 6. 7 is dropped: what it stated must be stated anew, beside itself. */
	put(j, 8, OUT_URGENT, "e", "0123456789", 0, 40);
	settle(1);
	assert_int_equal(journal_out_drop(j, "cloud", 7, on_done, NULL), 0);
	settle(1);
	state(j);
	assert_int_equal(got.state.lost_messages, 5); /* 2 3 6, then 1 for 8's sake, 7 */
	lost(j);
	assert_int_equal(got.n_lost, 3);
	assert_int_equal(got.lost[0].first, 1);
	assert_int_equal(got.lost[0].last, 1);
	assert_int_equal(got.lost[1].first, 2);
	assert_int_equal(got.lost[1].last, 3);
	assert_int_equal(got.lost[2].first, 7);
	assert_int_equal(got.lost[2].last, 7);
	/* Once a message that stated them is acknowledged they are settled for good. */
	put(j, 9, OUT_URGENT, "e", "x", 0, 40);
	settle(1);
	assert_int_equal(journal_out_acked(j, "cloud", 8, 0, on_done, NULL), 0);
	assert_int_equal(journal_out_acked(j, "cloud", 9, 0, on_done, NULL), 0);
	settle(2);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	journal_free(j);
	j = open_journal();
	state(j);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	assert_int_equal(got.state.lost_messages, 5);
	journal_free(j);
}

static void fetch_at(struct journal *j, uint64_t now, uint64_t session)
{
	assert_int_equal(
		journal_out_fetch(j, "cloud", NULL, 0, 50, now, session, on_fetch, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void acked_at(struct journal *j, uint64_t seq, uint64_t now)
{
	assert_int_equal(journal_out_acked(j, "cloud", seq, now, on_done, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void receipt(struct journal *j, const uint64_t *seqs, size_t n)
{
	assert_int_equal(journal_out_receipt(j, "cloud", seqs, n, on_done, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

/* Acknowledged by the broker, and not by the receiver: kept over a restart, sent again with patience. */
static void test_receipts(void **s)
{
	const uint64_t min = 60 * USEC_PER_SEC, both[] = {2, 3, 77};
	struct journal *j = open_journal();

	state(j);
	put(j, 1, OUT_REPORT, "r", "r1", 0, 0);
	put(j, 2, OUT_EVENT, "e", "e2", 0, 0);
	put(j, 3, OUT_URGENT, "e", "u3", 0, 0);
	put(j, 4, OUT_EVENT, "e", "e4", 0, 0);
	settle(4);
	acked_at(j, 1, min); /* a report is done with that */
	acked_at(j, 2, min);
	acked_at(j, 3, min);
	state(j);
	assert_int_equal(got.state.unreceipted, 2);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 2);
	assert_int_equal(got.state.waiting[OUT_REPORT], 0);
	assert_int_equal(got.state.waiting_bytes, 6);
	fetch_at(j, 2 * min, min);
	assert_int_equal(got.n_out, 1); /* only the new one */
	assert_int_equal(got.out[0].seq, 4);
	fetch_at(j, 3 * min, min); /* two minutes on, in the order of classes */
	assert_int_equal(got.n_out, 3);
	assert_string_equal(got.out[0].payload, "u3");
	assert_int_equal(got.out[0].class, OUT_URGENT);
	assert_string_equal(got.out[1].payload, "e2");
	assert_string_equal(got.out[2].payload, "e4");
	acked_at(j, 2, 3 * min);
	fetch_at(j, 6 * min, min); /* 2 was sent twice: its turn is at 7 */
	assert_int_equal(got.n_out, 2);
	fetch_at(j, 7 * min, min);
	assert_int_equal(got.n_out, 3);
	/* The broker came back: at once, but not sooner than 10 s after the last copy. */
	fetch_at(j, 3 * min + 9 * USEC_PER_SEC, 3 * min + 1);
	assert_int_equal(got.n_out, 2); /* 3 and 4 */
	fetch_at(j, 3 * min + 10 * USEC_PER_SEC, 3 * min + 1);
	assert_int_equal(got.n_out, 3);
	journal_free(j);

	j = open_journal();
	state(j);
	assert_int_equal(got.state.unreceipted, 2);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], 2);
	fetch_at(j, 1, 1); /* after a start all are due */
	assert_int_equal(got.n_out, 3);
	assert_string_equal(got.out[0].payload, "u3");
	/* A receipt for what was never acknowledged is no reason to give it up. */
	receipt(j, &(uint64_t){4}, 1);
	receipt(j, both, 3);
	receipt(j, both, 3);
	state(j);
	assert_int_equal(got.state.unreceipted, 0);
	assert_int_equal(got.state.waiting[OUT_EVENT], 1);
	assert_int_equal(got.state.waiting_bytes, 2);
	fetch_at(j, 1000 * min, min);
	assert_int_equal(got.n_out, 1);
	assert_int_equal(got.out[0].seq, 4);
	/* Not wanted any more. */
	acked_at(j, 4, min);
	receipt(j, NULL, 0);
	fetch_at(j, 1000 * min, min);
	assert_int_equal(got.n_out, 0);
	lost(j);
	assert_int_equal(got.n_lost, 0);
	/* A damaged one is lost; it and what is over the bound are stated. */
	put(j, 5, OUT_EVENT, "e", "damage me", 0, 0);
	put(j, 6, OUT_URGENT, "e", "u6", 0, 0);
	settle(2);
	acked_at(j, 5, min);
	acked_at(j, 6, min);
	journal_free(j);
	sql("UPDATE outbox SET payload='x' WHERE payload=CAST('damage me' AS BLOB)");
	j = open_journal();
	state(j);
	fetch_at(j, 1, 1);
	assert_int_equal(got.n_out, 1);
	lost(j);
	assert_int_equal(got.n_lost, 1);
	assert_int_equal(got.lost[0].first, 5);
	for (uint64_t seq = 7; seq < 7 + OUT_UNRECEIPTED_MAX; seq++) {
		put(j, seq, OUT_EVENT, "e", "x", 0, 0);
		settle(1);
		acked_at(j, seq, min);
	}
	state(j);
	assert_int_equal(got.state.unreceipted, OUT_UNRECEIPTED_MAX);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.waiting[OUT_EVENT], OUT_UNRECEIPTED_MAX - 1);
	/* The bound of bytes takes the oldest, wherever it stands. */
	put(j, 7 + OUT_UNRECEIPTED_MAX, OUT_EVENT, "e", "y", 0, 20);
	settle(1);
	state(j);
	assert_int_equal(got.state.waiting_bytes, 20);
	assert_int_equal(got.state.waiting[OUT_URGENT], 1);
	assert_int_equal(got.state.unreceipted, 18);
	assert_int_equal(got.errors, 0);
	journal_free(j);
}

static void on_untold(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	got.n_untold = n;
	got.last_row = last_row;
	for (size_t i = 0; i < n; i++) {
		got.untold[i] = v[i];
		(void)snprintf(got.untold_text[i], 32, "%.*s", (int)v[i].n, (char *)v[i].blob);
	}
}

static void read_untold(struct journal *j, const char *upstream, uint64_t after)
{
	assert_int_equal(journal_read_untold(j, upstream, after, on_untold, NULL), 0);
	settle(1);
	assert_int_equal(got.last_error, 0);
}

static void tell_finding(
	struct journal *j, uint64_t id, uint64_t untold, const char *text, const char *upstreams)
{
	struct journal_untold u = {
		.id = untold, .change = 2, .boot_id = 77, .at_us = 5, .wall_us = -9};

	assert_int_equal(journal_tell_finding(j, id, "fridge", true, text, strlen(text), &u,
				 upstreams, on_done, NULL),
		0);
}

static void put_telling(struct journal *j, uint64_t seq, uint64_t told)
{
	struct out_message m = {.seq = seq, .class = OUT_EVENT, .topic = "event", .told = told};

	m.payload = strdup("e");
	m.n = 1;
	assert_int_equal(journal_out_put(j, "cloud", &m, 0, 0, on_done, NULL), 0);
}

/* What is to be told survives, upstream by upstream, until the message about it is stored. */
static void test_untold(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;

	state(j);
	tell_finding(j, 1, 901, "one", "cloud home");
	tell_finding(j, 1, 17, "two", "cloud");
	tell_finding(j, 2, 500, "three", "home");
	tell_finding(j, 3, 501, "nobody", "");
	settle(4);
	assert_int_equal(got.errors, 0);
	journal_free(j);

	j = open_journal();
	state(j);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 2);
	assert_int_equal(got.untold[0].id, 901);
	assert_int_equal(got.untold[0].change, 2);
	assert_int_equal(got.untold[0].boot_id, 77);
	assert_int_equal(got.untold[0].at_us, 5);
	assert_int_equal(got.untold[0].wall_us, -9);
	assert_string_equal(got.untold_text[0], "one");
	assert_string_equal(got.untold_text[1], "two"); /* as it was then */
	read_untold(j, "cloud", got.untold[0].row);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(got.untold[0].id, 17);
	put_telling(j, 1, 901);
	settle(1);
	journal_free(j);
	j = open_journal();
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(got.untold[0].id, 17);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 2);
	/* A put that is refused has told nothing. */
	put_telling(j, 9, 17);
	settle(1);
	assert_int_equal(got.last_error, -ESTALE);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 1);
	assert_int_equal(journal_forget_untold(j, "cloud", 17), 0);
	assert_int_equal(journal_forget_untold(j, "cloud", 17), 0);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 0);
	assert_int_equal(journal_keep_untold(j, "cloud hom"), 0);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 0);

	/* Its bound: the oldest give way. */
	for (uint64_t i = 1; i <= JOURNAL_UNTOLD_MAX + 10; i++) {
		tell_finding(j, 1, i, "x", "cloud");
		settle(1);
	}
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, JOURNAL_UNTOLD_READ);
	assert_int_equal(got.untold[0].id, 11);
	assert_int_equal(got.errors, 1);
	journal_free(j);
	sql("UPDATE untold SET at=6 WHERE id=12");
	j = open_journal();
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, JOURNAL_UNTOLD_READ - 1);
	assert_int_equal(got.untold[1].id, 13);
	journal_get_status(j, &st);
	assert_int_equal(st.bad_rows, 1);
	journal_free(j);
}

/* A finding waits in memory for the disk; messages are refused meanwhile, none is told before it. */
static void test_untold_overtaken(void **s)
{
	struct journal *j = open_journal();
	struct journal_status st;

	(void)signal(SIGXFSZ, SIG_IGN);
	state(j);
	set_limit(4096); /* not even what is in the WAL fits the file */
	put(j, 1, OUT_REPORT, "r", "x", 0, 0);
	settle(1);
	assert_int_equal(got.last_error, -ENOSPC);
	state(j);
	tell_finding(j, 5, 55, "waits", "cloud home");
	journal_get_status(j, &st);
	assert_true(st.degraded && st.findings_queued);
	/* Nothing else is written meanwhile. */
	put_telling(j, got.state.last_seq + 1, 55);
	settle(1);
	assert_int_equal(got.last_error, -ENOSPC);
	set_limit(RLIM_INFINITY);
	settle(1); /* the finding */
	put_telling(j, got.state.last_seq + 1, 55);
	settle(1);
	assert_int_equal(got.last_error, 0);
	read_untold(j, "cloud", 0);
	assert_int_equal(got.n_untold, 0);
	read_untold(j, "home", 0);
	assert_int_equal(got.n_untold, 1);
	journal_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_outbox, setup, teardown),
		cmocka_unit_test_setup_teardown(test_outbox_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receipts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_untold, setup, teardown),
		cmocka_unit_test_setup_teardown(test_untold_overtaken, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
