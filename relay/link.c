/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/link.h"

#include <MQTTAsync.h>
#include <stdatomic.h>

#include "daemon/base/clock.h"

struct link;

struct pub { /* context of one publish; read by callbacks, written only while none can come */
	struct link *l;
	uint64_t id;
	bool used;
};

struct link {
	MQTTAsync client;
	uint32_t generation;
	int fd;
	bool v5;
	uint64_t down_us; /* the bucket of EVENT_DOWN_BURST is empty again then; callbacks alone */
	struct pub pubs[RELAY_WINDOW_MAX + 1]; /* one more for the farewell */
};

static atomic_uint messages_in_pipe;
static atomic_ullong messages, messages_dropped;

uint64_t link_messages(void)
{
	return atomic_load(&messages);
}

uint64_t link_dropped_messages(void)
{
	return atomic_load(&messages_dropped);
}

void link_message_dropped(void)
{
	(void)atomic_fetch_add(&messages_dropped, 1);
}

void link_message_taken(void)
{
	(void)atomic_fetch_sub(&messages_in_pipe, 1);
}

/* --- callbacks: in Paho's threads, under its lock; they copy and return */

static void post(
	const struct link *l, enum event_type type, int code, uint64_t id, const char *text)
{
	struct event ev = {.type = type, .generation = l->generation, .code = code, .id = id};

	if (text)
		(void)str_copy(ev.text, sizeof(ev.text), text);
	(void)event_post(l->fd, &ev);
}

static void on_connected(void *context, MQTTAsync_successData *data)
{
	struct link *l = context;

	post(l, EVENT_UP, 0, 0, NULL);
}

static bool property(MQTTProperties *p, enum MQTTPropertyCodes code, uint32_t *ret)
{
	int v;

	if (!MQTTProperties_hasProperty(p, code))
		return false;
	v = MQTTProperties_getNumericValue(p, code);
	*ret = (uint32_t)v;
	return true;
}

static void on_connected5(void *context, MQTTAsync_successData5 *data)
{
	struct link *l = context;
	struct event ev = {.type = EVENT_UP, .generation = l->generation};
	uint32_t v;

	ev.limits.qos_max = 2;
	if (property(&data->properties, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, &v))
		ev.limits.packet_max = v;
	if (property(&data->properties, MQTTPROPERTY_CODE_MAXIMUM_QOS, &v))
		ev.limits.qos_max = (int)v;
	if (property(&data->properties, MQTTPROPERTY_CODE_RETAIN_AVAILABLE, &v))
		ev.limits.no_retain = v == 0;
	if (property(&data->properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE, &v))
		ev.limits.keepalive_s = v;
	if (property(&data->properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, &v))
		ev.limits.takes_none = v == 0;
	(void)event_post(l->fd, &ev);
}

static void on_connect_failed(void *context, MQTTAsync_failureData *data)
{
	post(context, EVENT_FAILED, data && data->code ? data->code : -1, 0,
		data ? data->message : NULL);
}

static void on_connect_failed5(void *context, MQTTAsync_failureData5 *data)
{
	int code = -1;

	if (data && data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR)
		code = (int)data->reasonCode;
	else if (data && data->code)
		code = data->code;
	post(context, EVENT_FAILED, code, 0, data ? data->message : NULL);
}

static void on_lost(void *context, char *cause)
{
	post(context, EVENT_DOWN, 0, 0, cause);
}

static void on_disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes code)
{
	post(context, EVENT_DOWN, (int)code, 0, NULL);
}

static void pub_end(struct pub *p, enum event_type type, int code, int token)
{
	struct event ev = {.type = type,
		.generation = p->l->generation,
		.code = code,
		.id = p->id,
		.token = token};

	(void)event_post(p->l->fd, &ev);
}

static void on_published(void *context, MQTTAsync_successData *data)
{
	pub_end(context, EVENT_ACK, 0, data->token);
}

static void on_published5(void *context, MQTTAsync_successData5 *data)
{
	if (data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR)
		pub_end(context, EVENT_REFUSED, (int)data->reasonCode, data->token);
	else
		pub_end(context, EVENT_ACK, 0, data->token);
}

static void on_publish_failed(void *context, MQTTAsync_failureData *data)
{
	pub_end(context, EVENT_REFUSED, -1, 0);
}

static void on_publish_failed5(void *context, MQTTAsync_failureData5 *data)
{
	if (data && data->reasonCode >= MQTTREASONCODE_UNSPECIFIED_ERROR)
		pub_end(context, EVENT_REFUSED, (int)data->reasonCode, data->token);
	else
		pub_end(context, EVENT_REFUSED, -1, 0);
}

/* The text of a property, N bytes; NULL when there is none. */
static const char *text_property(MQTTProperties *p, enum MQTTPropertyCodes code, size_t *ret_n)
{
	MQTTProperty *v = MQTTProperties_getProperty(p, code);

	if (!v || !v->value.data.data || v->value.data.len <= 0)
		return NULL;
	*ret_n = (size_t)v->value.data.len;
	return v->value.data.data;
}

static bool is_deflated(MQTTProperties *p)
{
	static const char name[] = "content-encoding", value[] = "deflate";

	for (int i = 0; i < p->count; i++) {
		const MQTTProperty *v = &p->array[i];

		if (v->identifier == MQTTPROPERTY_CODE_USER_PROPERTY &&
			v->value.data.len == sizeof(name) - 1 &&
			v->value.value.len == sizeof(value) - 1 &&
			memcmp(v->value.data.data, name, sizeof(name) - 1) == 0 &&
			memcmp(v->value.value.data, value, sizeof(value) - 1) == 0)
			return true;
	}
	return false;
}

/* Where an answer goes: p3 of RELAY_DOWN, its length, or -EBADMSG for what cannot be answered. */
static int answer_to(MQTTProperties *p, char dst[RELAY_EXTRA_MAX])
{
	const char *topic, *data;
	size_t n_topic = 0, n = 0;

	topic = text_property(p, MQTTPROPERTY_CODE_RESPONSE_TOPIC, &n_topic);
	if (!topic)
		return 0;
	data = text_property(p, MQTTPROPERTY_CODE_CORRELATION_DATA, &n);
	if (!relay_topic_valid(topic, n_topic) || n > RELAY_CORRELATION_MAX)
		return -EBADMSG;
	memcpy(dst, topic, n_topic);
	if (!data)
		return (int)n_topic;
	dst[n_topic] = 0;
	memcpy(dst + n_topic + 1, data, n);
	return (int)(n_topic + 1 + n);
}

static struct message *copy_message(const char *topic, size_t n_topic, MQTTAsync_message *m)
{
	char extra[RELAY_EXTRA_MAX];
	struct message *copy;
	int n_extra;

	if (m->payloadlen < 0 || m->payloadlen > RELAY_DOWN_MAX ||
		!relay_topic_valid(topic, n_topic))
		return NULL;
	n_extra = answer_to(&m->properties, extra);
	if (n_extra < 0)
		return NULL;
	copy = malloc(sizeof(*copy) + n_topic + (size_t)m->payloadlen + (size_t)n_extra);
	if (!copy)
		return NULL;
	copy->retained = m->retained;
	copy->deflated = is_deflated(&m->properties);
	copy->n_topic = n_topic;
	copy->n = (size_t)m->payloadlen;
	copy->n_extra = (size_t)n_extra;
	memcpy(copy->bytes, topic, n_topic);
	if (copy->n > 0)
		memcpy(copy->bytes + n_topic, m->payload, copy->n);
	memcpy(copy->bytes + n_topic + copy->n, extra, copy->n_extra);
	return copy;
}

static bool within_rate(struct link *l)
{
	uint64_t now = clock_boottime_us();

	l->down_us = MAX(l->down_us, now);
	if (l->down_us - now > (EVENT_DOWN_BURST - 1) * EVENT_DOWN_US)
		return false;
	l->down_us += EVENT_DOWN_US;
	return true;
}

static int on_message(void *context, char *topic, int topic_len, MQTTAsync_message *m)
{
	struct link *l = context;
	struct event ev = {.type = EVENT_MESSAGE, .generation = l->generation};
	size_t n_topic = topic_len > 0 ? (size_t)topic_len : strlen(topic);
	struct message *copy = NULL;

	(void)atomic_fetch_add(&messages, 1);
	if (within_rate(l) && atomic_load(&messages_in_pipe) < EVENT_DOWN_MAX)
		copy = copy_message(topic, n_topic, m);
	if (copy) {
		ev.data = copy;
		(void)atomic_fetch_add(&messages_in_pipe, 1);
		if (!event_post(l->fd, &ev)) {
			link_message_taken();
			link_message_dropped();
		}
	} else {
		link_message_dropped();
	}
	MQTTAsync_freeMessage(&m);
	MQTTAsync_free(topic);
	return 1;
}

/* --- calls */

static int connect_client(struct link *l, const struct link_target *t)
{
	const struct relay_settings *s = t->settings;
	const struct credentials *c = t->credentials;
	MQTTAsync_connectOptions o = MQTTAsync_connectOptions_initializer;
	MQTTAsync_connectOptions o5 = MQTTAsync_connectOptions_initializer5;
	MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
	MQTTAsync_SSLOptions ssl = MQTTAsync_SSLOptions_initializer;
	MQTTProperties props = MQTTProperties_initializer;
	MQTTProperty packet_max = {.identifier = MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE};
	char password[CREDENTIAL_PASSWORD_MAX + 1];
	int r;

	if (l->v5) {
		o = o5;
		o.cleanstart = 1;
		o.onSuccess5 = on_connected5;
		o.onFailure5 = on_connect_failed5;
		/* An honest broker then sends nothing larger. */
		packet_max.value.integer4 =
			RELAY_DOWN_MAX + RELAY_TOPIC_MAX + RELAY_EXTRA_MAX + 1024;
		(void)MQTTProperties_add(&props, &packet_max);
		o.connectProperties = &props;
	} else {
		o.MQTTVersion = MQTTVERSION_3_1_1;
		o.cleansession = 1;
		o.onSuccess = on_connected;
		o.onFailure = on_connect_failed;
	}
	o.context = l;
	o.keepAliveInterval = (int)t->keepalive_s;
	o.connectTimeout = 60; /* the loop's own deadline comes first */
	o.maxInflight = (int)s->window + 1;
	o.retryInterval = 0;
	o.automaticReconnect = 0;
	if (s->will_topic[0]) {
		will.topicName = s->will_topic;
		will.message = s->will_payload;
		will.retained = 1;
		will.qos = 1;
		o.will = &will;
	}
	if (s->username[0])
		o.username = s->username;
	if (t->tls) {
		ssl.trustStore = c->ca[0] ? c->ca : NULL;
		ssl.keyStore = c->cert[0] ? c->cert : NULL;
		ssl.privateKey = c->key[0] ? c->key : NULL;
		ssl.enabledCipherSuites = LINK_CIPHERS;
		ssl.enableServerCertAuth = 1;
		ssl.verify = 1; /* the name in the certificate */
		o.ssl = &ssl;
	}
	r = credentials_password(c, password);
	if (r == 0)
		o.password = password;
	else if (r != -ENOENT)
		goto out;
	r = MQTTAsync_connect(l->client, &o) == MQTTASYNC_SUCCESS ? 0 : -EIO;
out:
	explicit_bzero(password, sizeof(password));
	MQTTProperties_free(&props);
	return r;
}

int link_open(const struct link_target *t, struct link **ret)
{
	MQTTAsync_createOptions o = MQTTAsync_createOptions_initializer;
	bool bare_v6 = strchr(t->host, ':');
	struct link *l = calloc(1, sizeof(*l));
	char uri[320];
	int r;

	if (!l)
		return -ENOMEM;
	l->generation = t->generation;
	l->fd = t->event_fd;
	l->v5 = t->settings->mqtt_version == 5;
	for (size_t i = 0; i < ARRAY_SIZE(l->pubs); i++)
		l->pubs[i].l = l;
	(void)snprintf(uri, sizeof(uri), "%s://%s%s%s:%u", t->tls ? "ssl" : "tcp",
		bare_v6 ? "[" : "", t->host, bare_v6 ? "]" : "", t->port);
	o.MQTTVersion = l->v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
	/* Else Paho writes a text of every packet and every call into a ring that nobody reads: most of what a
	 * message from the broker costs. */
	MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
	o.sendWhileDisconnected = 0;
	o.maxBufferedMessages = RELAY_WINDOW_MAX * 2;
	if (MQTTAsync_createWithOptions(&l->client, uri, t->settings->client_id,
		    MQTTCLIENT_PERSISTENCE_NONE, NULL, &o) != MQTTASYNC_SUCCESS) {
		free(l);
		return -EINVAL;
	}
	(void)MQTTAsync_setCallbacks(l->client, l, on_lost, on_message, NULL);
	if (l->v5)
		(void)MQTTAsync_setDisconnected(l->client, l, on_disconnected);
	r = connect_client(l, t);
	if (r < 0) {
		(void)link_close(l);
		return r;
	}
	*ret = l;
	return 0;
}

struct link *link_close(struct link *l)
{
	if (l) {
		/* Fires failure callbacks for what is pending; the caller has moved on to another
		 * generation, so that they fall on deaf ears. */
		MQTTAsync_destroy(&l->client);
		free(l);
	}
	return NULL;
}

static void add_pair(MQTTProperties *p, const char *name, const char *value)
{
	MQTTProperty pair = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};

	pair.value.data = (MQTTLenString){(int)strlen(name), (char *)name};
	pair.value.value = (MQTTLenString){(int)strlen(value), (char *)value};
	(void)MQTTProperties_add(p, &pair);
}

int link_publish(struct link *l, uint64_t id, const char *topic, const void *payload, size_t n,
	const char *content_type, const void *correlation, size_t n_correlation, unsigned flags)
{
	MQTTAsync_message m = MQTTAsync_message_initializer;
	MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;
	MQTTProperty type = {.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE};
	MQTTProperty data = {.identifier = MQTTPROPERTY_CODE_CORRELATION_DATA};
	struct pub *p = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(l->pubs) && !p; i++)
		if (!l->pubs[i].used)
			p = &l->pubs[i];
	if (!p)
		return -ENOBUFS;
	p->id = id;
	m.payload = (void *)payload;
	m.payloadlen = (int)n;
	m.qos = 1;
	m.retained = !!(flags & RELAY_RETAINED);
	o.context = p;
	if (l->v5) {
		o.onSuccess5 = on_published5;
		o.onFailure5 = on_publish_failed5;
		if (!isempty(content_type)) {
			type.value.data =
				(MQTTLenString){(int)strlen(content_type), (char *)content_type};
			(void)MQTTProperties_add(&m.properties, &type);
		}
		if (n_correlation > 0) {
			data.value.data = (MQTTLenString){(int)n_correlation, (char *)correlation};
			(void)MQTTProperties_add(&m.properties, &data);
		}
		if (flags & RELAY_DEFLATED)
			add_pair(&m.properties, "content-encoding", "deflate");
	} else {
		o.onSuccess = on_published;
		o.onFailure = on_publish_failed;
	}
	p->used = true;
	r = MQTTAsync_sendMessage(l->client, topic, &m, &o);
	MQTTProperties_free(&m.properties);
	if (r != MQTTASYNC_SUCCESS) {
		p->used = false;
		return r == MQTTASYNC_DISCONNECTED ? -ENOTCONN : -EIO;
	}
	return 0;
}

bool link_acknowledged(struct link *l, int token)
{
	/* A PUBACK alone takes the message off Paho's list of those in flight, before the callback. */
	return MQTTAsync_isComplete(l->client, token) == MQTTASYNC_TRUE;
}

void link_published(struct link *l, uint64_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(l->pubs); i++)
		if (l->pubs[i].used && l->pubs[i].id == id)
			l->pubs[i].used = false;
}

int link_subscribe(struct link *l, const char *filter)
{
	MQTTAsync_responseOptions o = MQTTAsync_responseOptions_initializer;

	return MQTTAsync_subscribe(l->client, filter, 1, &o) == MQTTASYNC_SUCCESS ? 0 : -EIO;
}
