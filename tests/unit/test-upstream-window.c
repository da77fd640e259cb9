/* SPDX-License-Identifier: Apache-2.0 */
/* What an upstream has on its way: the window, acknowledgements lost, late and refused, receipts. */
#include "upstream-rig.h"

static void test_window_and_acks_out_of_order(void **state)
{
	bring_up();
	for (int i = 0; i < 10; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (uint64_t i = 1; i <= 4; i++)
		assert_int_equal(next_publish()->msg.id, i);
	assert_null(next());
	ack(3);
	assert_int_equal(next_publish()->msg.id, 5);
	assert_null(next());
	assert_int_equal(status().last_acked, 3);
	ack(3); /* twice */
	assert_int_equal(status().bad_acks, 1);
	assert_null(next());
	ack(1);
	ack(5);
	ack(4);
	ack(2);
	assert_int_equal(next_publish()->msg.id, 6);
	for (uint64_t i = 6; i <= 10; i++)
		ack(i);
	assert_int_equal(status().last_acked, 10);
	assert_int_equal(status().in_flight, 0);
	assert_int_equal(status().waiting[OUT_EVENT], 0);
	assert_int_equal(status().waiting_bytes, 0);
	assert_int_equal(store.acked, 10);
	for (size_t i = 0; i < store.n_rows; i++)
		assert_true(store.gone[i]);
}

static void test_same_bytes_again(void **state)
{
	struct sent first[3];

	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (int i = 0; i < 3; i++)
		first[i] = *next_publish();
	ack(2);
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	assert_null(next());
	assert_int_equal(status().in_flight, 0);
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	connect_session(2);
	for (int i = 0; i < 3; i += 2) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_string_equal(s->payload, first[i].payload);
		assert_int_equal(s->msg.id, first[i].msg.id);
		assert_int_equal(s->msg.a, 2);
	}
	assert_null(next());
	assert_int_equal(composed, 3);

	/* The relay dies mid-window: the same from the next one. */
	upstream_on_relay_gone(u);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	assert_int_equal(next()->msg.type, RELAY_SETTINGS);
	connect_session(1); /* a new process counts anew */
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 3);
	assert_null(next());
}

static void test_answer_for_an_older_session(void **state)
{
	struct relay_view v = {};

	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step());
	assert_true(store_step()); /* durable; a fetch is under way */
	upstream_on_relay_gone(u);
	run_store(); /* its answer must not be taken as sent */
	assert_null(next());
	assert_int_equal(status().in_flight, 0);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	(void)next();
	connect_session(1);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());

	/* Asked for what comes behind 1; answered when 1 is unsent again: it must not overtake. */
	send_one(OUT_EVENT, "event", "f");
	while (done_ok < 2)
		assert_true(store_step());
	v.msg = relay_msg_make(RELAY_STATE, 2, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 2);
	assert_null(next());
}

static void test_window_of_one(void **state)
{
	unsigned retained = 0, events = 0;
	char text[16];

	u = upstream_free(u);
	run_store();
	start(1);
	bring_up();
	set_doc(RETAINED_STATE, "a/ac/state", "x");
	for (int i = 0; i < 6; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (int i = 0; i < 8; i++) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_null(next());
		/* It changes all the time. */
		snprintf(text, sizeof(text), "%d", i);
		set_doc(RETAINED_STATE, "a/ac/state", text);
		if (s->msg.flags & RELAY_RETAINED)
			retained++;
		else
			events++;
		ack(s->msg.id);
	}
	assert_int_equal(retained, 4);
	assert_int_equal(events, 4);
}

static void test_ack_survives_store_errors(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_non_null(next_publish());
	store.op_error = -EIO;
	ack(1);
	/* Acknowledged, and the store cannot forget it: never sent again, also not after a reconnect. */
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	connect_session(2);
	advance(USEC_PER_MIN);
	assert_null(next());
	store.op_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_null(next());
	assert_true(store.gone[0]);
	assert_int_equal(status().waiting[OUT_EVENT], 0);
}

static void test_refused(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	io.taken = io.n;
	from_relay(RELAY_REFUSED, 1, 0x95, RELAY_FOR_GOOD, "packet too large", NULL);
	from_relay(RELAY_REFUSED, 2, 0x87, 0, "not authorized", NULL);
	ack(3);
	assert_int_equal(store.drops, 1);
	assert_int_equal(status().refused, 2);
	assert_string_equal(status().refusal, "not authorized");
	assert_null(next());
	/* What was dropped is stated by the next message. */
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_string_equal(next_publish()->payload, "f seq=4 prev=3 epoch=7f3a91c2 lost=1");
	ack(4);
	advance(14 * USEC_PER_MIN);
	assert_null(next());
	advance(2 * USEC_PER_MIN);
	assert_int_equal(next_publish()->msg.id, 2);
	assert_null(next());
	/* A new connection may have new rights: at once. */
	from_relay(RELAY_REFUSED, 2, 0x87, 0, "not authorized", NULL);
	connect_session(2);
	assert_int_equal(next_publish()->msg.id, 2);
}

static void test_everything_refused(void **state)
{
	bring_up();
	for (int i = 0; i < 40; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	for (struct sent *s = next_publish(); s; s = next_publish())
		from_relay(RELAY_REFUSED, s->msg.id, 0x87, 0, "no", NULL);
	/* HELD_MAX of them, the window at the moment of the bound, and then silence. */
	assert_in_range(io.taken, 17, 30);
	assert_int_equal(store.drops, 0);
	advance(10 * USEC_PER_MIN);
	assert_null(next());
	advance(6 * USEC_PER_MIN);
	assert_non_null(next());
}

static void test_socket_full(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	io.full = true;
	run_store();
	assert_null(next());
	advance(USEC_PER_HOUR); /* no timer turns on it meanwhile */
	assert_true(store.fetches < 5);
	io.full = false;
	upstream_on_writable(u);
	run_store();
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(next_publish()->msg.id, i);
	assert_null(next());
}

static void test_drain_is_bounded_but_not_for_events(void **state)
{
	uint64_t t0;
	unsigned n = 0;

	run_store();
	for (int i = 0; i < 200; i++) {
		send_one(OUT_REPORT, "report", "r");
		run_store();
	}
	bring_up();
	io.taken = 0;
	t0 = io.now;
	while (n < 200) {
		struct sent *s = next();

		if (!s) {
			advance(10 * USEC_PER_MSEC);
			assert_true(io.now - t0 < USEC_PER_MIN);
			continue;
		}
		if (s->msg.type != RELAY_PUBLISH)
			continue;
		n++;
		if (n == 100) {
			/* In the middle of it an alarm goes at once. */
			send_one(OUT_URGENT, "event", "fire");
			run_store();
			ack(s->msg.id);
			s = next_publish();
			assert_non_null(s);
			assert_int_equal(s->msg.id, 201);
		}
		ack(s->msg.id);
	}
	/* 32 at once, then 20 a second. */
	assert_in_range(io.now - t0, 8 * USEC_PER_SEC, 9 * USEC_PER_SEC);
	assert_true(store.fetches < 450);
}

/* Tightened with reports waiting: they are written off, and the next message says so. */
/* Receipts=yes: an event stays until the receiver itself has answered. */
static void test_receipts(void **state)
{
	uint64_t one = 1, two[] = {2, 99, 0};
	struct sent *s;

	config.receipts = true;
	bring_up();
	io.taken = io.n;
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_REPORT, "report", "r");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 2);
	ack(1);
	ack(2);
	assert_int_equal(store.awaiting, 1); /* the report is done with its PUBACK */
	assert_int_equal(status().unreceipted, 1);
	assert_int_equal(status().waiting[OUT_EVENT], 1);
	assert_int_equal(status().waiting[OUT_REPORT], 0);
	assert_null(next());
	/* Silence: the same bytes again, and it does not hold up others. */
	send_one(OUT_URGENT, "event", "u");
	run_store();
	assert_int_equal(next_publish()->msg.id, 3);
	ack(3);
	assert_null(next());
	advance(60 * USEC_PER_SEC);
	assert_null(next());
	advance(120 * USEC_PER_SEC);
	s = next_publish();
	assert_non_null(s);
	assert_int_equal(s->msg.id, 3); /* the urgent one first */
	s = next_publish();
	assert_int_equal(s->msg.id, 1);
	assert_string_equal(s->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");
	/* Its receipt comes before the acknowledgement. */
	upstream_receipt(u, "7f3a91c2", &one, 1);
	run_store();
	ack(1);
	assert_true(store.gone[0]);
	ack(3);
	assert_int_equal(status().unreceipted, 1);
	/* Another epoch, numbers never given, a report's: nothing. */
	upstream_receipt(u, "00000000", &(uint64_t){3}, 1);
	upstream_receipt(u, "7f3a91c2", two, 3);
	run_store();
	assert_int_equal(status().bad_receipts, 3);
	assert_int_equal(status().unreceipted, 1);
	/* After a reconnect it goes out again. */
	connect_session(7);
	advance(RELAY_TEXT_MAX * USEC_PER_SEC);
	s = next_publish();
	assert_non_null(s);
	assert_int_equal(s->msg.id, 3);
	ack(3);
	/* The store fails: the receipt is not forgotten. */
	store.op_error = -EIO;
	upstream_receipt(u, "7f3a91c2", &(uint64_t){3}, 1);
	run_store();
	store.op_error = 0;
	advance(5 * USEC_PER_SEC);
	assert_int_equal(status().unreceipted, 0);
	assert_int_equal(status().waiting[OUT_URGENT], 0);
	assert_int_equal(status().receipts, 4 - 1);
}

/* Switched off: what waits is done. */
static void test_receipts_off(void **state)
{
	config.receipts = true;
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	ack(1);
	assert_int_equal(status().unreceipted, 1);
	u = upstream_free(u);
	run_store();
	start(4);
	bring_up();
	advance(2 * USEC_PER_SEC);
	assert_int_equal(status().unreceipted, 0);
	assert_true(store.gone[0]);
	upstream_receipt(u, "7f3a91c2", &(uint64_t){1}, 1);
	assert_int_equal(status().bad_receipts, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_window_and_acks_out_of_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_bytes_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_for_an_older_session, setup, teardown),
		cmocka_unit_test_setup_teardown(test_window_of_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ack_survives_store_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_everything_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_full, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_drain_is_bounded_but_not_for_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receipts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_receipts_off, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
