/* SPDX-License-Identifier: Apache-2.0 */
/* An upstream on virtual time: its states, the numbers of its messages, how they are composed and stored before
 * they leave, and what a store that fails or forgets does to it. */
#include "upstream-rig.h"

static void test_states(void **state)
{
	struct sent *s;

	assert_int_equal(status().state, UPSTREAM_OPENING);
	assert_false(upstream_ready(u));
	run_store();
	assert_int_equal(seen.ready, 1);
	assert_int_equal(status().state, UPSTREAM_NO_RELAY);
	assert_string_equal(status().reason, "no-relay");
	assert_string_equal(upstream_base(u), "hearth/v1/k3v9");

	upstream_on_relay_here(u);
	assert_null(next()); /* nothing before its HELLO */
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	s = next();
	assert_non_null(s);
	assert_int_equal(s->msg.type, RELAY_SETTINGS);
	assert_string_equal(s->topic, "hearth/v1/k3v9/status"); /* the will */
	assert_string_equal(s->payload, "offline");
	from_relay(RELAY_STATE, 0, RELAY_CONNECTING, 0, NULL, NULL);
	assert_int_equal(status().state, UPSTREAM_CONNECTING);
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "dns", "no\x1b[31msuch name");
	assert_int_equal(status().state, UPSTREAM_DISCONNECTED);
	assert_string_equal(status().reason, "dns");
	assert_null(strchr(status().text, 0x1b));
	connect_session(1);
	assert_int_equal(status().state, UPSTREAM_CONNECTED);
	assert_int_equal(seen.connect, 1);
	assert_int_equal(status().connections, 1);
	upstream_on_relay_gone(u);
	assert_int_equal(status().state, UPSTREAM_NO_RELAY);
}

static void test_relay_that_lies(void **state)
{
	struct relay_view v = {};

	run_store();
	upstream_on_relay_here(u);
	v.msg = relay_msg_make(RELAY_STATE, 1, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* before HELLO */
	v.msg = relay_msg_make(RELAY_HELLO, 0, RELAY_PROTOCOL + 1, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO);
	v.msg = relay_msg_make(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* twice */
	connect_session(5);
	v.msg = relay_msg_make(RELAY_STATE, 5, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO); /* the same session again */
	v.msg = relay_msg_make(RELAY_PUBLISH, 1, 5, 0, 0, 0, 0);
	assert_int_equal(upstream_on_relay_msg(u, &v), -EPROTO);
	ack(4711);
	from_relay(RELAY_REFUSED, 4711, 0, 0, NULL, NULL);
	assert_int_equal(status().bad_acks, 2);
	assert_int_equal(store.acked, 0);
}

static void test_numbers_and_prev(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_REPORT, "report", "r");
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_int_equal(done_ok, 3);
	/* The event overtakes the report that was queued before it; prev counts by topic. */
	assert_string_equal(next_publish()->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");
	assert_string_equal(next_publish()->payload, "f seq=2 prev=1 epoch=7f3a91c2 lost=0");
	assert_string_equal(next_publish()->payload, "r seq=3 prev=0 epoch=7f3a91c2 lost=0");
	assert_null(next());
	assert_int_equal(upstream_cursor(u), 30);
	assert_int_equal(status().waiting[OUT_EVENT], 2);
	assert_int_equal(status().in_flight, 3);
}

static void test_prev_after_restart(void **state)
{
	u = upstream_free(u);
	run_store();
	store.state.last_seq = 4710;
	store.state.n_topics = 2;
	strcpy(store.state.topics[0].topic, "hearth/v1/k3v9/report");
	store.state.topics[0].last_seq = 4709;
	strcpy(store.state.topics[1].topic, "hearth/v1/k3v9/event");
	store.state.topics[1].last_seq = 4710;
	start(4);
	bring_up();
	send_one(OUT_REPORT, "report", "r");
	run_store();
	assert_string_equal(next_publish()->payload, "r seq=4711 prev=4709 epoch=7f3a91c2 lost=0");
}

static void test_nothing_leaves_before_it_is_durable(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step()); /* lost ranges */
	assert_int_equal(composed, 1);
	assert_int_equal(done_ok, 0);
	assert_null(next());
	assert_true(store_step()); /* put */
	assert_int_equal(done_ok, 1);
	assert_null(next());
	run_store();
	assert_non_null(next_publish());
}

static void test_bounds(void **state)
{
	static char big[RELAY_PAYLOAD_MAX + 1];
	struct retained_doc d = {.rank = RETAINED_STATE, .suffix = "a/x/state"};
	char suffix[32];
	int r = 0;

	assert_int_equal(upstream_set_retained(u, &d, "x", 1), -EAGAIN); /* not ready */
	bring_up();
	assert_int_equal(upstream_set_retained(u, &d, big, sizeof(big)), -EMSGSIZE);
	assert_int_equal(upstream_set_retained(u, &d, big, 0), -EINVAL);
	for (int i = 0; r == 0; i++) {
		snprintf(suffix, sizeof(suffix), "a/y%d/state", i);
		d.suffix = suffix;
		r = upstream_set_retained(u, &d, big, sizeof(big) - 1);
		assert_true(i <= 16);
	}
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(status().retained, 1024 * 1024 / RELAY_PAYLOAD_MAX);

	store.post_error = -EIO;
	for (int i = 0; i < UPSTREAM_JOBS_MAX; i++)
		send_one(OUT_REPORT, "report", "r");
	assert_int_equal(
		upstream_compose(u, OUT_URGENT, "event", compose, composed_done, NULL), -ENOBUFS);
	assert_int_equal(status().jobs, UPSTREAM_JOBS_MAX);
	store.post_error = 0;
	/* What was queued ends, once each, when the upstream goes. */
	u = upstream_free(u);
	assert_int_equal(done_bad, UPSTREAM_JOBS_MAX);
	assert_int_equal(done_error, -ECANCELED);
}

static void test_store_errors_lose_no_job(void **state)
{
	bring_up();
	store.op_error = -ENOSPC;
	send_one(OUT_EVENT, "event", "e");
	run_store();
	advance(10 * USEC_PER_MIN);
	assert_int_equal(done_ok + done_bad, 0);
	assert_int_equal(status().store_error, -ENOSPC);
	assert_int_equal(status().jobs, 1);
	store.op_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_int_equal(done_ok, 1);
	assert_int_equal(done_seq, 1);
	assert_int_equal(status().store_error, 0);
	assert_string_equal(next_publish()->payload, "e seq=1 prev=0 epoch=7f3a91c2 lost=0");

	/* Refused at the door: the same. */
	store.post_error = -ENOBUFS;
	send_one(OUT_EVENT, "event", "f");
	advance(USEC_PER_MIN);
	assert_int_equal(done_ok, 1);
	store.post_error = 0;
	advance(2 * USEC_PER_MIN);
	assert_int_equal(done_ok, 2);
}

static void test_put_stored_though_it_failed(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	assert_true(store_step());
	store.op_error = -EIO;
	store.put_succeeds_but_says_error = true;
	assert_true(store_step());
	store.op_error = 0;
	store.put_succeeds_but_says_error = false;
	advance(5 * USEC_PER_SEC);
	assert_int_equal(store.n_rows, 1); /* not under a second number */
	assert_int_equal(done_ok, 1);
	assert_int_equal(done_seq, 1);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());
}

static void test_new_epoch(void **state)
{
	bring_up();
	set_doc(RETAINED_STATUS, "status", "on");
	ack(next_publish()->msg.id);
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	/* The store is lost and begins anew while the message is under way. */
	strcpy(store.state.epoch, "00000001");
	strcpy(store.state.gw_alias, "neww");
	store.state.last_seq = 0;
	for (size_t i = 0; i < store.n_rows; i++)
		store.gone[i] = true;
	send_one(OUT_EVENT, "event", "f"); /* its put is refused, which makes it ask */
	run_store();
	advance(2 * USEC_PER_MIN);
	assert_int_equal(seen.ready, 2);
	assert_string_equal(upstream_epoch(u), "00000001");
	assert_string_equal(upstream_base(u), "hearth/v1/neww");
	ack(1); /* of the old one: not that of the new message 1 */
	assert_int_equal(status().bad_acks, 1);
	assert_int_equal(status().retained, 0);
	io.taken = io.n;
	connect_session(2);
	assert_string_equal(next_publish()->payload, "f seq=1 prev=0 epoch=00000001 lost=0");
}

/* The journal set its file aside while it did something else: the upstream hears of it first. */
static void test_store_that_knows_nothing(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	run_store();
	assert_int_equal(next_publish()->msg.id, 1);
	store.op_error = -EIO;
	ack(1); /* the store will not hear of this one before it is another's number */
	store.op_error = 0;
	strcpy(store.state.epoch, "00000001");
	store.state.last_seq = 0;
	store.gone[0] = true;
	store.unknown = true;
	send_one(OUT_EVENT, "event", "f");
	run_store();
	advance(2 * USEC_PER_MIN);
	assert_int_equal(seen.ready, 2);
	assert_int_equal(done_ok, 2);
	assert_false(store.gone[1]);
	io.taken = io.n;
	connect_session(2);
	assert_string_equal(next_publish()->payload, "f seq=1 prev=0 epoch=00000001 lost=0");
}

static void test_reports_withdrawn(void **state)
{
	run_store();
	send_one(OUT_REPORT, "report", "r");
	send_one(OUT_REPORT, "report", "s");
	send_one(OUT_EVENT, "event", "e");
	run_store();
	u = upstream_free(u);
	start(4);
	config.level = LEVEL_FAULTS;
	bring_up();
	io.taken = 0;
	advance(2 * USEC_PER_SEC);
	for (struct sent *s; (s = next());)
		assert_true(s->msg.type != RELAY_PUBLISH || !strstr(s->topic, "report"));
	assert_int_equal(store.drops, 2);
	assert_int_equal(status().waiting[OUT_REPORT], 0);
	send_one(OUT_EVENT, "event", "f");
	run_store();
	assert_non_null(strstr(next_publish()->payload, "lost=2"));
}

static void test_forget(void **state)
{
	bring_up();
	for (int i = 0; i < 3; i++)
		send_one(OUT_EVENT, "event", "e");
	run_store();
	io.taken = io.n;
	store.gone[1] = true; /* withdrawn in the store first */
	upstream_forget(u);
	run_store();
	assert_int_equal(next()->msg.type, RELAY_FORGET);
	assert_null(next());
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "forget", "");
	connect_session(2);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_int_equal(next_publish()->msg.id, 3);
	assert_null(next());
	/* Without room for the word the connection itself goes. */
	io.full = true;
	upstream_forget(u);
	assert_int_equal(io.dropped, 1);
}

static int compose_nothing(
	struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
{
	return -ENODATA;
}

static int compose_huge(
	struct upstream *up, const struct compose_in *in, void *job, struct compose_out *ret)
{
	ret->n = RELAY_PAYLOAD_MAX + 1;
	ret->payload = calloc(1, ret->n);
	return 0;
}

static void test_compose_errors(void **state)
{
	bring_up();
	assert_int_equal(
		upstream_compose(u, OUT_REPORT, "report", compose_nothing, composed_done, NULL), 0);
	run_store();
	assert_int_equal(done_error, -ENODATA);
	assert_int_equal(
		upstream_compose(u, OUT_REPORT, "report", compose_huge, composed_done, NULL), 0);
	run_store();
	assert_int_equal(done_error, -EMSGSIZE);
	assert_int_equal(done_bad, 2);
	send_one(OUT_REPORT, "report", "r"); /* no number was used up */
	run_store();
	assert_int_equal(done_seq, 1);
	assert_int_equal(store.puts, 1);
}

static void test_freed_in_the_middle(void **state)
{
	bring_up();
	send_one(OUT_EVENT, "event", "e");
	send_one(OUT_EVENT, "event", "f");
	assert_true(store_step());
	u = upstream_free(u); /* a put is under way */
	assert_int_equal(done_bad, 1);
	assert_int_equal(done_error, -ECANCELED);
	run_store();
	assert_int_equal(done_ok, 1); /* stored it was, and its owner must not send it again */
	assert_int_equal(done_seq, 1);

	start(4);
	run_store();
	send_one(OUT_EVENT, "event", "g");
	assert_true(store_step());
	u = upstream_free(u);
	store.op_error = -ENOSPC;
	run_store();
	assert_int_equal(done_bad, 2);
	assert_int_equal(done_error, -ECANCELED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_relay_that_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_and_prev, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prev_after_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_nothing_leaves_before_it_is_durable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_errors_lose_no_job, setup, teardown),
		cmocka_unit_test_setup_teardown(test_put_stored_though_it_failed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_epoch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_that_knows_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reports_withdrawn, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
		cmocka_unit_test_setup_teardown(test_compose_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_freed_in_the_middle, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
