/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/protocol.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "daemon/base/util.h"

const char *relay_reason_word(enum relay_reason r)
{
	static const char *const words[] = {
#define X(name, word) [RELAY_REASON_##name] = word,
		RELAY_REASONS(X)
#undef X
	};

	return (unsigned)r < ARRAY_SIZE(words) ? words[r] : "";
}

static bool text_ok(const char *p, size_t n)
{
	return n == 0 || (!memchr(p, 0, n) && utf8_valid(p, n));
}

static bool topic_ok(const char *p, size_t n, bool filter)
{
	if (n == 0 || n >= RELAY_TOPIC_MAX || !text_ok(p, n))
		return false;
	return filter || (!memchr(p, '+', n) && !memchr(p, '#', n));
}

bool relay_topic_valid(const char *p, size_t n)
{
	return topic_ok(p, n, false);
}

/* A text, and behind a NUL correlation data: any bytes, at least one. */
static bool extra_split(struct relay_view *v)
{
	const char *nul = v->p3 ? memchr(v->p3, 0, v->msg.n3) : NULL;

	v->n_text = v->msg.n3;
	if (!nul)
		return true;
	v->n_text = (size_t)(nul - v->p3);
	v->correlation = nul + 1;
	v->n_correlation = v->msg.n3 - v->n_text - 1;
	return v->n_correlation > 0 && v->n_correlation <= RELAY_CORRELATION_MAX;
}

size_t relay_extra_make(
	char dst[RELAY_EXTRA_MAX], const char *text, const void *correlation, size_t n)
{
	size_t k = strlen(text);

	memcpy(dst, text, k);
	if (n == 0)
		return k;
	dst[k] = 0;
	memcpy(dst + k + 1, correlation, n);
	return k + 1 + n;
}

static bool field_ok(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	return n < size && utf8_valid(s, n);
}

static bool settings_ok(const struct relay_settings *s)
{
	if (!field_ok(s->url, sizeof(s->url)) || !field_ok(s->client_id, sizeof(s->client_id)) ||
		!field_ok(s->username, sizeof(s->username)) ||
		!field_ok(s->will_topic, sizeof(s->will_topic)) ||
		!field_ok(s->will_payload, sizeof(s->will_payload)))
		return false;
	if (s->will_topic[0] && !topic_ok(s->will_topic, strlen(s->will_topic), false))
		return false;
	return (s->mqtt_version == 4 || s->mqtt_version == 5) && s->keepalive_s >= 5 &&
	       s->keepalive_s <= 3600 && s->window >= 1 && s->window <= RELAY_WINDOW_MAX &&
	       s->ack_timeout_s >= 5 && s->ack_timeout_s <= 600;
}

static bool from_relay_ok(const struct relay_view *v)
{
	const struct relay_msg *m = &v->msg;

	switch (m->type) {
	case RELAY_HELLO:
		return m->n1 < RELAY_VERSION_MAX && text_ok(v->p1, m->n1) && m->n2 == 0 &&
		       m->n3 == 0;
	case RELAY_STATE:
		return m->a <= RELAY_CONNECTED && m->n1 < RELAY_REASON_MAX &&
		       text_ok(v->p1, m->n1) && m->n2 < RELAY_TEXT_MAX && text_ok(v->p2, m->n2) &&
		       m->n3 == 0 && (m->a != RELAY_CONNECTED || m->id > 0);
	case RELAY_ACK:
		return m->n1 == 0 && m->n2 == 0 && m->n3 == 0;
	case RELAY_REFUSED:
		return m->a <= 255 && m->n1 < RELAY_TEXT_MAX && text_ok(v->p1, m->n1) &&
		       m->n2 == 0 && m->n3 == 0;
	case RELAY_DOWN:
		/* Correlation data without anywhere to send it to is nonsense. */
		return topic_ok(v->p1, m->n1, false) && m->n2 <= RELAY_DOWN_MAX &&
		       (m->n3 == 0 || topic_ok(v->p3, v->n_text, false));
	default:
		return false;
	}
}

static bool to_relay_ok(const struct relay_view *v)
{
	const struct relay_msg *m = &v->msg;

	switch (m->type) {
	case RELAY_SETTINGS:
		return m->n1 == sizeof(struct relay_settings) && m->n2 == 0 && m->n3 == 0 &&
		       settings_ok(&v->settings);
	case RELAY_PUBLISH:
		return topic_ok(v->p1, m->n1, false) && m->n2 <= RELAY_PAYLOAD_MAX &&
		       v->n_text < RELAY_CONTENT_TYPE_MAX && text_ok(v->p3, v->n_text);
	case RELAY_SUBSCRIBE:
		return topic_ok(v->p1, m->n1, true) && m->n2 == 0 && m->n3 == 0;
	case RELAY_FORGET:
		return m->n1 == 0 && m->n2 == 0 && m->n3 == 0;
	default:
		return false;
	}
}

int relay_msg_parse(const void *buf, size_t n, bool from_relay, struct relay_view *ret)
{
	struct relay_view v = {};
	const char *p = buf;
	size_t left;

	if (n < sizeof(v.msg) || n > RELAY_MSG_MAX)
		return -EBADMSG;
	memcpy(&v.msg, p, sizeof(v.msg));
	if (v.msg.magic != RELAY_MAGIC)
		return -EBADMSG;
	p += sizeof(v.msg);
	left = n - sizeof(v.msg);
	/* In 64 bits, where three 32-bit numbers cannot wrap. */
	if ((uint64_t)v.msg.n1 + v.msg.n2 + v.msg.n3 != left)
		return -EBADMSG;
	v.p1 = v.msg.n1 ? p : NULL;
	v.p2 = v.msg.n2 ? p + v.msg.n1 : NULL;
	v.p3 = v.msg.n3 ? p + v.msg.n1 + v.msg.n2 : NULL;
	if (!extra_split(&v))
		return -EBADMSG;
	if (!from_relay && v.msg.type == RELAY_SETTINGS && v.msg.n1 == sizeof(v.settings))
		memcpy(&v.settings, v.p1, sizeof(v.settings));

	if (!(from_relay ? from_relay_ok(&v) : to_relay_ok(&v)))
		return -EBADMSG;
	*ret = v;
	return 0;
}

struct relay_msg relay_msg_make(enum relay_msg_type type, uint64_t id, uint32_t a, uint16_t flags,
	size_t n1, size_t n2, size_t n3)
{
	return (struct relay_msg){
		.magic = RELAY_MAGIC,
		.type = (uint16_t)type,
		.flags = flags,
		.id = id,
		.a = a,
		.n1 = (uint32_t)n1,
		.n2 = (uint32_t)n2,
		.n3 = (uint32_t)n3,
	};
}

int relay_msg_send(
	int fd, const struct relay_msg *msg, const void *p1, const void *p2, const void *p3)
{
	struct iovec iov[4] = {
		{.iov_base = (void *)msg, .iov_len = sizeof(*msg)},
		{.iov_base = (void *)p1, .iov_len = msg->n1},
		{.iov_base = (void *)p2, .iov_len = msg->n2},
		{.iov_base = (void *)p3, .iov_len = msg->n3},
	};
	struct msghdr h = {.msg_iov = iov, .msg_iovlen = ARRAY_SIZE(iov)};
	size_t n = sizeof(*msg) + msg->n1 + msg->n2 + msg->n3;
	ssize_t k;

	if (n > RELAY_MSG_MAX)
		return -EMSGSIZE;
	do
		k = sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : -errno;
	return (size_t)k == n ? 0 : -EIO;
}

int relay_msg_receive(int fd, void *buf, size_t size)
{
	/* No room for control data: descriptors sent along are closed by the kernel (MSG_CTRUNC). */
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t k;

	do
		k = recvmsg(fd, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (k < 0 && errno == EINTR);
	if (k < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (h.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EBADMSG;
	return (int)k;
}
