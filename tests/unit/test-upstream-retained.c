/* SPDX-License-Identifier: Apache-2.0 */
/* The retained documents of an upstream: before all messages, and never in the way of an alarm. */
#include "upstream-rig.h"

static void test_retained_before_messages(void **state)
{
	struct sent *s;
	uint64_t ids[4];

	bring_up();
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	set_doc(RETAINED_STATE, "a/ac/state", "s");
	set_doc(RETAINED_INFO, "info", "i");
	set_doc(RETAINED_META, "a/ac/meta", "m");
	set_doc(RETAINED_STATUS, "status", "on");
	set_doc(RETAINED_AVAILABILITY, "a/ac/availability", "online");
	send_one(OUT_URGENT, "event", "fire");
	run_store();
	assert_null(next());
	connect_session(2);
	for (int i = 0; i < 4; i++) {
		static const char *const order[] = {"status", "info", "a/ac/meta", "a/ac/state"};
		char topic[64];

		s = next_publish();
		snprintf(topic, sizeof(topic), "hearth/v1/k3v9/%s", order[i]);
		assert_string_equal(s->topic, topic);
		assert_true(s->msg.flags & RELAY_RETAINED);
		ids[i] = s->msg.id;
	}
	assert_null(next()); /* the window */
	assert_int_equal(status().state, UPSTREAM_SYNCING);
	for (int i = 3; i >= 0; i--)
		ack(ids[i]);
	s = next_publish();
	assert_string_equal(s->topic, "hearth/v1/k3v9/a/ac/availability");
	assert_null(next()); /* not even an urgent one before the last is acknowledged */
	ack(s->msg.id);
	assert_int_equal(status().state, UPSTREAM_CONNECTED);
	assert_int_equal(next_publish()->msg.id, 1);
	assert_null(next());
}

static void test_retained_changes(void **state)
{
	struct sent *s;
	uint64_t id;

	bring_up();
	set_doc(RETAINED_STATE, "a/ac/state", "1");
	s = next_publish();
	id = s->msg.id;
	assert_string_equal(s->payload, "1");
	set_doc(RETAINED_STATE, "a/ac/state", "2");
	set_doc(RETAINED_STATE, "a/ac/state", "3");
	assert_null(next()); /* one copy at a time: 1 may not come after 3 */
	ack(id);
	s = next_publish();
	assert_string_equal(s->payload, "3");
	ack(s->msg.id);
	set_doc(RETAINED_STATE, "a/ac/state", "3"); /* unchanged */
	assert_null(next());

	assert_int_equal(upstream_clear_retained(u, RETAINED_STATE, "a/ac/state"), 0);
	s = next_publish();
	assert_int_equal(s->msg.n2, 0);
	assert_true(s->msg.flags & RELAY_RETAINED);
	assert_int_equal(status().retained, 1);
	ack(s->msg.id);
	assert_int_equal(status().retained, 0);

	/* A topic of another life is cleared at the next connect. */
	from_relay(RELAY_STATE, 0, RELAY_DISCONNECTED, 0, "closed", "");
	assert_int_equal(upstream_clear_retained(u, RETAINED_DISCOVERY, "/homeassistant/x"), 0);
	connect_session(2);
	s = next_publish();
	assert_string_equal(s->topic, "homeassistant/x");
	assert_int_equal(s->msg.n2, 0);
}

static void test_busy_state_holds_up_no_alarm(void **state)
{
	char suffix[32];
	unsigned retained = 0, alarms = 0;

	bring_up();
	for (int i = 0; i < 20; i++) {
		snprintf(suffix, sizeof(suffix), "a/x%d/state", i);
		set_doc(RETAINED_STATE, suffix, "1");
	}
	for (int i = 0; i < 4; i++)
		send_one(OUT_URGENT, "event", "fire");
	run_store();
	for (struct sent *s = next_publish(); s; s = next_publish())
		if (s->msg.flags & RELAY_RETAINED)
			retained++;
		else
			alarms++;
	assert_int_equal(retained, 2);
	assert_int_equal(alarms, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_retained_before_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retained_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy_state_holds_up_no_alarm, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
