/* SPDX-License-Identifier: Apache-2.0 */
/* What comes down to an upstream, and the answers that go up. */
#include "upstream-rig.h"

static void test_down(void **state)
{
	bring_up();
	assert_int_equal(upstream_subscribe(u, "a/+/set/#"), 0);
	assert_int_equal(upstream_subscribe(u, "a/+/set/#"), 0); /* once */
	assert_string_equal(next()->topic, "hearth/v1/k3v9/a/+/set/#");
	assert_null(next());
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9/a/ac/set/mode", "cool");
	assert_string_equal(seen.suffix, "a/ac/set/mode");
	assert_int_equal(seen.n, 4);
	from_relay(RELAY_DOWN, 0, 0, 0, "homeassistant/status", NULL);
	assert_true(seen.no_suffix);
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9x/a", NULL);
	assert_true(seen.no_suffix);
	assert_int_equal(seen.message, 3);
	/* Told again to every new relay, behind the settings. */
	upstream_on_relay_gone(u);
	upstream_on_relay_here(u);
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	assert_int_equal(next()->msg.type, RELAY_SETTINGS);
	assert_int_equal(next()->msg.type, RELAY_SUBSCRIBE);
	assert_null(next());
}

static void test_down_with_an_address(void **state)
{
	char payload[] = "{}", p3[] = "reply/me\0\1\0\2";
	struct relay_view v = {.p1 = "hearth/v1/k3v9/cmd/set",
		.p2 = payload,
		.p3 = p3,
		.n_text = 8,
		.correlation = p3 + 9,
		.n_correlation = 3};

	bring_up();
	v.msg = relay_msg_make(
		RELAY_DOWN, 0, 0, RELAY_RETAINED | RELAY_DEFLATED, strlen(v.p1), 2, 12);
	assert_int_equal(upstream_on_relay_msg(u, &v), 0);
	assert_string_equal(seen.suffix, "cmd/set");
	assert_string_equal(seen.response, "reply/me");
	assert_int_equal(seen.n_correlation, 3);
	assert_memory_equal(seen.correlation, "\1\0\2", 3);
	assert_true(seen.retained && seen.deflated);
	from_relay(RELAY_DOWN, 0, 0, 0, "hearth/v1/k3v9/cmd/set", "{}");
	assert_string_equal(seen.response, "");
	assert_int_equal(seen.n_correlation, 0);
	assert_false(seen.retained || seen.deflated);
}

static void test_answers(void **state)
{
	struct upstream_status status;
	struct sent *s;

	bring_up();
	assert_int_equal(upstream_answer(u, "reply/me", "\1\0", 2, "{\"result\":1}", 12), 0);
	s = next_publish();
	assert_non_null(s);
	assert_string_equal(s->topic, "reply/me");
	assert_string_equal(s->payload, "{\"result\":1}");
	assert_int_equal(s->msg.flags, RELAY_QOS1); /* not retained */
	assert_int_equal(s->msg.n3, strlen("application/json") + 3);
	assert_memory_equal(s->extra, "application/json\0\1\0", 19);
	assert_null(next());
	/* Not acknowledged: once more in the next session, not twice in this one. */
	connect_session(2);
	assert_string_equal(next_publish()->topic, "reply/me");
	assert_null(next());
	ack(io.v[io.taken - 1].msg.id);
	upstream_get_status(u, &status);
	assert_int_equal(status.in_flight, 0);
	connect_session(3);
	assert_null(next());
	/* Refused: not offered again. */
	assert_int_equal(upstream_answer(u, "reply/me", NULL, 0, "1", 1), 0);
	from_relay(RELAY_REFUSED, next_publish()->msg.id, 0x87, 0, "no", NULL);
	connect_session(4);
	assert_null(next());

	static char big[UPSTREAM_ANSWER_MAX + 1];

	assert_int_equal(upstream_answer(u, "reply/#", NULL, 0, "1", 1), -EINVAL);
	assert_int_equal(upstream_answer(u, "", NULL, 0, "1", 1), -EINVAL);
	assert_int_equal(
		upstream_answer(u, "t", big, RELAY_CORRELATION_MAX + 1, "1", 1), -EMSGSIZE);
	assert_int_equal(upstream_answer(u, "t", NULL, 0, big, sizeof(big)), -EMSGSIZE);
	assert_null(next());
}

static void test_answers_are_bounded(void **state)
{
	char text[16];

	/* No connection: the oldest give way, and after their time all do. */
	upstream_on_relay_here(u);
	run_store();
	for (unsigned i = 0; i < UPSTREAM_ANSWERS_MAX + 3; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(upstream_answer(u, "r", NULL, 0, text, strlen(text)), 0);
	}
	from_relay(RELAY_HELLO, 0, RELAY_PROTOCOL, 0, "1.0", NULL);
	connect_session(1);
	io.taken = 1; /* the settings */
	for (unsigned i = 3; i < UPSTREAM_ANSWERS_MAX + 3; i++) {
		struct sent *s = next_publish();

		assert_non_null(s);
		assert_int_equal(strtoul(s->payload, NULL, 10), i);
		ack(s->msg.id);
	}
	assert_null(next());

	assert_int_equal(upstream_answer(u, "r", NULL, 0, "late", 4), 0);
	assert_string_equal(next_publish()->payload, "late");
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	advance(UPSTREAM_ANSWER_US + 1);
	connect_session(2);
	assert_null(next());
	/* Given up while it was at the relay: its place comes back with the acknowledgement. */
	assert_int_equal(upstream_answer(u, "r", NULL, 0, "slow", 4), 0);
	advance(UPSTREAM_ANSWER_US + 1);
	ack(next_publish()->msg.id);
	struct upstream_status status;

	upstream_get_status(u, &status);
	assert_int_equal(status.in_flight, 0);
	assert_int_equal(status.bad_acks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_down_with_an_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
