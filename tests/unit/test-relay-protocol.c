/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sys/socket.h>

#include "daemon/base/util.h"
#include "relay/protocol.h"

static unsigned char buf[RELAY_MSG_MAX + 64];

static size_t put(const struct relay_msg *m, const void *p1, const void *p2, const void *p3)
{
	size_t n = 0;

	memcpy(buf, m, sizeof(*m));
	n += sizeof(*m);
	if (m->n1 && p1)
		memcpy(buf + n, p1, m->n1);
	n += m->n1;
	if (m->n2 && p2)
		memcpy(buf + n, p2, m->n2);
	n += m->n2;
	if (m->n3 && p3)
		memcpy(buf + n, p3, m->n3);
	return n + m->n3;
}

static struct relay_settings good_settings(void)
{
	return (struct relay_settings){
		.url = "mqtt://broker.example",
		.client_id = "hearth-1",
		.will_topic = "hearth/v1/g/status",
		.mqtt_version = 5,
		.keepalive_s = 60,
		.window = 8,
		.ack_timeout_s = 30,
	};
}

static void test_layout(void **state)
{
	/* Written again by hand in tests/system; a change here is a new RELAY_PROTOCOL. */
	assert_int_equal(sizeof(struct relay_msg), 32);
	assert_int_equal(offsetof(struct relay_msg, id), 8);
	assert_int_equal(offsetof(struct relay_msg, n1), 20);
	assert_int_equal(sizeof(struct relay_settings), 256 + 64 + 128 + 256 + 512 + 16);
}

static void test_publish(void **state)
{
	struct relay_msg m = relay_msg_make(RELAY_PUBLISH, 77, 3, RELAY_QOS1, 3, 5, 2);
	struct relay_view v;
	size_t n = put(&m, "a/b", "he\0lo", "ct");

	assert_int_equal(relay_msg_parse(buf, n, false, &v), 0);
	assert_int_equal(v.msg.id, 77);
	assert_memory_equal(v.p1, "a/b", 3);
	assert_memory_equal(v.p2, "he\0lo", 5);
	assert_memory_equal(v.p3, "ct", 2);
	/* Direction, and each length cut or stretched by one. */
	assert_int_equal(relay_msg_parse(buf, n, true, &v), -EBADMSG);
	assert_int_equal(relay_msg_parse(buf, n - 1, false, &v), -EBADMSG);
	assert_int_equal(relay_msg_parse(buf, n + 1, false, &v), -EBADMSG);
	assert_int_equal(relay_msg_parse(buf, sizeof(m) - 1, false, &v), -EBADMSG);
	assert_int_equal(relay_msg_parse(buf, 0, false, &v), -EBADMSG);

	m.magic ^= 1;
	n = put(&m, "a/b", "he\0lo", "ct");
	assert_int_equal(relay_msg_parse(buf, n, false, &v), -EBADMSG);
}

static void test_lengths_that_wrap(void **state)
{
	struct relay_msg m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, 4, 4, 0);
	struct relay_view v;

	put(&m, "abcd", "efgh", NULL);
	/* In 32 bits 0xfffffffc + 8 + 4 is 8 again. */
	m.n1 = 0xfffffffc;
	m.n2 = 8;
	m.n3 = 4;
	memcpy(buf, &m, sizeof(m));
	assert_int_equal(relay_msg_parse(buf, sizeof(m) + 8, false, &v), -EBADMSG);
}

static void test_topics(void **state)
{
	static const char *const bad[] = {"", "a/+/b", "a/#", "\xff", "\xc3"};
	struct relay_view v;
	char longest[RELAY_TOPIC_MAX];
	struct relay_msg m;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, strlen(bad[i]), 0, 0);
		assert_int_equal(relay_msg_parse(buf, put(&m, bad[i], 0, 0), false, &v), -EBADMSG);
	}
	m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, 3, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "a\0b", 0, 0), false, &v), -EBADMSG);
	m = relay_msg_make(RELAY_SUBSCRIBE, 1, 1, 0, 3, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "a/#", 0, 0), false, &v), 0);

	memset(longest, 'x', sizeof(longest));
	m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, RELAY_TOPIC_MAX - 1, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, longest, 0, 0), false, &v), 0);
	m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, RELAY_TOPIC_MAX, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, longest, 0, 0), false, &v), -EBADMSG);
}

static void test_bounds(void **state)
{
	static char big[RELAY_PAYLOAD_MAX + 1];
	struct relay_view v;
	struct relay_msg m;

	m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, 1, RELAY_PAYLOAD_MAX, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", big, 0), false, &v), 0);
	m = relay_msg_make(RELAY_PUBLISH, 1, 1, 0, 1, RELAY_PAYLOAD_MAX + 1, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", big, 0), false, &v), -EBADMSG);
	m = relay_msg_make(RELAY_DOWN, 0, 0, 0, 1, RELAY_DOWN_MAX, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", big, 0), true, &v), 0);
	m = relay_msg_make(RELAY_DOWN, 0, 0, 0, 1, RELAY_DOWN_MAX + 1, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", big, 0), true, &v), -EBADMSG);
	/* A session is never 0; a state is one of three. */
	m = relay_msg_make(RELAY_STATE, 0, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, 0, 0, 0), true, &v), -EBADMSG);
	m = relay_msg_make(RELAY_STATE, 1, RELAY_CONNECTED + 1, 0, 0, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, 0, 0, 0), true, &v), -EBADMSG);
	m = relay_msg_make(RELAY_STATE, 1, RELAY_CONNECTED, 0, 0, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, 0, 0, 0), true, &v), 0);
	m = relay_msg_make(63, 0, 0, 0, 0, 0, 0);
	assert_int_equal(relay_msg_parse(buf, put(&m, 0, 0, 0), true, &v), -EBADMSG);
}

static void test_extra(void **state)
{
	char extra[RELAY_EXTRA_MAX], data[RELAY_CORRELATION_MAX + 1] = "\1\0\xff";
	struct relay_view v;
	struct relay_msg m;
	size_t n;

	/* An answer's content type and correlation data, NUL bytes among them. */
	n = relay_extra_make(extra, "application/json", data, 3);
	assert_int_equal(n, 16 + 1 + 3);
	m = relay_msg_make(RELAY_PUBLISH, 1, 1, RELAY_QOS1, 1, 0, n);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", 0, extra), false, &v), 0);
	assert_int_equal(v.n_text, 16);
	assert_int_equal(v.n_correlation, 3);
	assert_memory_equal(v.correlation, "\1\0\xff", 3);
	assert_int_equal(relay_extra_make(extra, "x", NULL, 0), 1);

	/* Where a message wants its answer. */
	n = relay_extra_make(extra, "reply/me", data, 3);
	m = relay_msg_make(RELAY_DOWN, 0, 0, RELAY_DEFLATED, 1, 2, n);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", "{}", extra), true, &v), 0);
	assert_int_equal(v.n_text, 8);
	assert_memory_equal(v.p3, "reply/me", 8);
	assert_int_equal(v.n_correlation, 3);
	m = relay_msg_make(RELAY_DOWN, 0, 0, 0, 1, 0, 8);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", 0, "reply/me"), true, &v), 0);
	assert_null(v.correlation);

	/* Correlation data for nobody, none behind its NUL, a topic nobody may publish to. */
	static const struct {
		const char *p;
		size_t n;
	} bad[] = {{"\0abc", 4}, {"t\0", 2}, {"r/#\0a", 5}, {"r/+", 3}, {"\xff", 1}, {"\0", 1}};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		m = relay_msg_make(RELAY_DOWN, 0, 0, 0, 1, 0, bad[i].n);
		assert_int_equal(
			relay_msg_parse(buf, put(&m, "t", 0, bad[i].p), true, &v), -EBADMSG);
	}
	n = relay_extra_make(extra, "t", data, RELAY_CORRELATION_MAX);
	m = relay_msg_make(RELAY_DOWN, 0, 0, 0, 1, 0, n);
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", 0, extra), true, &v), 0);
	n = relay_extra_make(extra, "t", data, RELAY_CORRELATION_MAX + 1);
	m.n3 = (uint32_t)n;
	assert_int_equal(relay_msg_parse(buf, put(&m, "t", 0, extra), true, &v), -EBADMSG);
	/* Other words have none. */
	m = relay_msg_make(RELAY_ACK, 1, 0, 0, 0, 0, 1);
	assert_int_equal(relay_msg_parse(buf, put(&m, 0, 0, "t"), true, &v), -EBADMSG);
}

static void test_settings(void **state)
{
	struct relay_msg m =
		relay_msg_make(RELAY_SETTINGS, 0, 0, 0, sizeof(struct relay_settings), 0, 0);
	struct relay_settings s = good_settings();
	struct relay_view v;

	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), 0);
	assert_string_equal(v.settings.url, "mqtt://broker.example");

	memset(s.url, 'x', sizeof(s.url)); /* no NUL */
	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), -EBADMSG);
	s = good_settings();
	s.window = RELAY_WINDOW_MAX + 1;
	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), -EBADMSG);
	s = good_settings();
	s.mqtt_version = 3;
	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), -EBADMSG);
	s = good_settings();
	strcpy(s.will_topic, "a/#");
	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), -EBADMSG);
	m.n1--;
	s = good_settings();
	assert_int_equal(relay_msg_parse(buf, put(&m, &s, 0, 0), false, &v), -EBADMSG);
}

static void test_socket(void **state)
{
	static char big[RELAY_PAYLOAD_MAX];
	struct relay_msg m = relay_msg_make(RELAY_PUBLISH, 9, 1, 0, 1, sizeof(big), 0);
	struct relay_view v;
	int fds[2], n, r;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(relay_msg_receive(fds[1], buf, sizeof(buf)), -EAGAIN);
	assert_int_equal(relay_msg_send(fds[0], &m, "t", big, NULL), 0);
	n = relay_msg_receive(fds[1], buf, sizeof(buf));
	assert_int_equal(n, sizeof(m) + 1 + sizeof(big));
	assert_int_equal(relay_msg_parse(buf, (size_t)n, false, &v), 0);
	assert_int_equal(v.msg.id, 9);

	/* Nobody reads: full, never blocked. */
	for (r = 0; r == 0;)
		r = relay_msg_send(fds[0], &m, "t", big, NULL);
	assert_int_equal(r, -EAGAIN);

	/* Longer than the room for it. */
	assert_int_equal(relay_msg_receive(fds[1], buf, 100), -EBADMSG);
	m.n2 = RELAY_MSG_MAX;
	assert_int_equal(relay_msg_send(fds[0], &m, "t", big, NULL), -EMSGSIZE);

	close(fds[1]);
	m = relay_msg_make(RELAY_FORGET, 0, 0, 0, 0, 0, 0);
	/* Closed with unread data: the first call learns of a reset, the next of the end. */
	assert_int_equal(relay_msg_send(fds[0], &m, 0, 0, 0), -ECONNRESET);
	assert_int_equal(relay_msg_send(fds[0], &m, 0, 0, 0), -EPIPE);
	assert_int_equal(relay_msg_receive(fds[0], buf, sizeof(buf)), 0);
	close(fds[0]);
}

static void test_words(void **state)
{
	assert_string_equal(relay_reason_word(RELAY_REASON_OK), "");
	assert_string_equal(relay_reason_word(RELAY_REASON_STOPPING), "stopping");
	for (int i = 1; i < _RELAY_REASON_MAX; i++) {
		const char *w = relay_reason_word((enum relay_reason)i);

		assert_true(strlen(w) > 0 && strlen(w) < RELAY_REASON_MAX);
	}
	assert_string_equal(relay_reason_word((enum relay_reason)999), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_lengths_that_wrap),
		cmocka_unit_test(test_topics),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_extra),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
