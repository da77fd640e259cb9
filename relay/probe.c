/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/base/clock.h"
#include "relay/link.h"

struct probe {
	struct probe_target target;
	int fd;
	uint32_t generation;
	uint64_t until_us;
	struct event ev;
};

static atomic_bool busy;

static void say(struct probe *p, enum relay_reason reason, const char *fmt, ...) _printf_(3, 4);
static void say(struct probe *p, enum relay_reason reason, const char *fmt, ...)
{
	va_list ap;

	p->ev.code = (int)reason;
	va_start(ap, fmt);
	(void)vsnprintf(p->ev.text, sizeof(p->ev.text), fmt, ap);
	va_end(ap);
}

/* False: the time is over. */
static bool wait_for(struct probe *p, int fd, short events, int max_ms)
{
	uint64_t now = clock_boottime_us();
	int ms = now >= p->until_us ? 0 : (int)((p->until_us - now) / USEC_PER_MSEC);
	struct pollfd pfd = {.fd = fd, .events = events};

	return ms > 0 && poll(&pfd, 1, MIN(ms, max_ms)) > 0;
}

static int tcp_connect(struct probe *p)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *ai;
	_cleanup_close_ int fd = -1;
	char port[8];
	int e = 0;
	socklen_t n = sizeof(e);

	(void)snprintf(port, sizeof(port), "%u", p->target.port);
	if (getaddrinfo(p->target.address, port, &hints, &ai) != 0)
		return -EINVAL;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || (connect(fd, ai->ai_addr, ai->ai_addrlen) < 0 && errno != EINPROGRESS)) {
		e = errno;
		freeaddrinfo(ai);
		return -e;
	}
	freeaddrinfo(ai);
	if (!wait_for(p, fd, POLLOUT, PROBE_BOUND_MS))
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		return -errno;
	if (e != 0)
		return -e;
	return TAKE_FD(fd);
}

static int connect_or_say(struct probe *p)
{
	int fd = tcp_connect(p);

	if (fd >= 0)
		return fd;
	if (fd == -ECONNREFUSED)
		say(p, RELAY_REASON_REFUSED, "nothing listens at %s port %u", p->target.address,
			p->target.port);
	else if (fd == -ETIMEDOUT)
		say(p, RELAY_REASON_TIMEOUT, "no answer from %s port %u", p->target.address,
			p->target.port);
	else
		say(p, RELAY_REASON_UNREACHABLE, "%s cannot be reached: %s", p->target.address,
			strerror(-fd));
	return fd;
}

/* A captive portal or a web server answers an MQTT ping with a page. */
static bool is_web(struct probe *p)
{
	static const unsigned char ping[] = {0xc0, 0x00, '\r', '\n', '\r', '\n'};
	_cleanup_close_ int fd = tcp_connect(p);
	char answer[8];
	ssize_t n;

	if (fd < 0 || send(fd, ping, sizeof(ping), MSG_NOSIGNAL) < 0 ||
		!wait_for(p, fd, POLLIN, 3000))
		return false;
	n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	return n >= 5 && (memcmp(answer, "HTTP/", 5) == 0 || answer[0] == '<');
}

static void say_not_mqtt(struct probe *p, const char *text)
{
	if (is_web(p))
		say(p, RELAY_REASON_PORTAL,
			"a web page answers at %s port %u: a captive portal, or the wrong port",
			p->target.address, p->target.port);
	else
		say(p, RELAY_REASON_PROTOCOL, "%s", text);
}

static void say_verify(struct probe *p, long v)
{
	const char *text = X509_verify_cert_error_string(v);

	switch (v) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		say(p, RELAY_REASON_TLS_EXPIRED, "the broker's certificate: %s", text);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		say(p, RELAY_REASON_TLS_NOT_YET_VALID,
			"the broker's certificate: %s; is this machine's clock right?", text);
		break;
	case X509_V_ERR_CRL_NOT_YET_VALID:
		say(p, RELAY_REASON_TLS_NOT_YET_VALID,
			"the revocation list: %s; is this machine's clock right?", text);
		break;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
	case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:
	case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
		say(p, RELAY_REASON_TLS_REVOCATION_LIST, "the revocation list: %s", text);
		break;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		say(p, RELAY_REASON_TLS_WEAK, "the broker's certificate: %s", text);
		break;
	case X509_V_ERR_CERT_REVOKED:
		say(p, RELAY_REASON_TLS_REVOKED, "the broker's certificate: %s", text);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		say(p, RELAY_REASON_TLS_HOST, "the broker's certificate is not for %s",
			p->target.host);
		break;
	default:
		say(p, RELAY_REASON_TLS_UNTRUSTED, "the broker's certificate: %s", text);
		break;
	}
}

static void say_ssl_error(struct probe *p, SSL *ssl)
{
	unsigned long e = ERR_peek_error();
	int reason = ERR_GET_REASON(e);
	char text[96];

	if (SSL_get_verify_result(ssl) != X509_V_OK) {
		say_verify(p, SSL_get_verify_result(ssl));
		return;
	}
	(void)str_copy(text, sizeof(text),
		e && ERR_reason_error_string(e) ? ERR_reason_error_string(e)
						: "the connection was closed");
	if (ERR_GET_LIB(e) != ERR_LIB_SSL) {
		say(p, RELAY_REASON_TLS, "TLS handshake: %s", text);
		return;
	}
	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_UNEXPECTED_MESSAGE:
		say_not_mqtt(p, "the broker does not speak TLS at this port");
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_NO_CIPHERS_AVAILABLE:
		say(p, RELAY_REASON_TLS_VERSION,
			"no common TLS version or cipher (1.2 with AEAD or 1.3 is needed): %s",
			text);
		break;
	case SSL_R_DH_KEY_TOO_SMALL:
	case SSL_R_EE_KEY_TOO_SMALL:
	case SSL_R_CA_MD_TOO_WEAK:
	case SSL_R_WRONG_SIGNATURE_TYPE:
		say(p, RELAY_REASON_TLS_WEAK, "TLS handshake: %s", text);
		break;
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
		say(p, RELAY_REASON_TLS_CLIENT, "the broker refuses our client certificate: %s",
			text);
		break;
	default:
		say(p, RELAY_REASON_TLS, "TLS handshake: %s", text);
		break;
	}
}

/* Drives one SSL call until it is done or the time is over: its result, 0 for the time. */
static int drive(struct probe *p, SSL *ssl, int (*call)(SSL *), int fd)
{
	for (;;) {
		int r, e;

		ERR_clear_error();
		r = call(ssl);
		if (r == 1)
			return 1;
		e = SSL_get_error(ssl, r);
		if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
			return -1;
		if (!wait_for(p, fd, e == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, PROBE_BOUND_MS))
			return 0;
	}
}

/* With TLS 1.3 the broker's word on our certificate comes after the handshake. */
static int read_one(SSL *ssl)
{
	char c;
	int r = SSL_read(ssl, &c, 1);

	return r > 0 ? 1 : r;
}

static SSL_CTX *context_new(struct probe *p)
{
	const struct credentials *c = &p->target.credentials;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return NULL;
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_cipher_list(ctx, LINK_CIPHERS) != 1 ||
		(c->ca[0] ? SSL_CTX_load_verify_locations(ctx, c->ca, NULL)
			  : SSL_CTX_set_default_verify_paths(ctx)) != 1)
		say(p, RELAY_REASON_CREDENTIALS, "the CA certificates cannot be read");
	else if (c->cert[0] &&
		 (SSL_CTX_use_certificate_chain_file(ctx, c->cert) != 1 ||
			 SSL_CTX_use_PrivateKey_file(
				 ctx, c->key[0] ? c->key : c->cert, SSL_FILETYPE_PEM) != 1))
		say(p, RELAY_REASON_CREDENTIALS,
			"the client certificate and its key cannot be used together");
	else
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

static void probe_tls(struct probe *p, int fd)
{
	unsigned char ip[sizeof(struct in6_addr)];
	SSL_CTX *ctx = context_new(p);
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	int r = -1;

	if (!ssl || SSL_set_fd(ssl, fd) != 1)
		goto out;
	if (inet_pton(AF_INET, p->target.host, ip) == 1 ||
		inet_pton(AF_INET6, p->target.host, ip) == 1) {
		(void)X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), p->target.host);
	} else {
		(void)SSL_set_tlsext_host_name(ssl, p->target.host);
		(void)SSL_set1_host(ssl, p->target.host);
	}
	r = drive(p, ssl, SSL_connect, fd);
	if (r == 0) {
		say(p, RELAY_REASON_TIMEOUT, "TCP is open, but nothing answers the TLS handshake");
	} else if (r < 0) {
		say_ssl_error(p, ssl);
	} else if (wait_for(p, fd, POLLIN, 1500) && drive(p, ssl, read_one, fd) < 0 &&
		   ERR_peek_error() != 0) {
		say_ssl_error(p, ssl);
	}
out:
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void *probe_thread(void *arg)
{
	_cleanup_free_ struct probe *p = arg;
	_cleanup_close_ int fd = connect_or_say(p);

	if (fd >= 0 && p->target.tls)
		probe_tls(p, fd);
	else if (fd >= 0 && is_web(p))
		say(p, RELAY_REASON_PORTAL,
			"a web page answers at %s port %u: a captive portal, or the wrong port",
			p->target.address, p->target.port);
	(void)event_post(p->fd, &p->ev);
	atomic_store(&busy, false);
	return NULL;
}

bool probe_running(void)
{
	return atomic_load(&busy);
}

int probe_start(const struct probe_target *target, int fd, uint32_t generation)
{
	pthread_attr_t attr;
	struct probe *p;
	pthread_t t;
	int r;

	if (atomic_exchange(&busy, true))
		return -EBUSY;
	p = calloc(1, sizeof(*p));
	if (!p) {
		atomic_store(&busy, false);
		return -ENOMEM;
	}
	p->target = *target;
	p->fd = fd;
	p->generation = generation;
	p->until_us = clock_boottime_us() + PROBE_BOUND_MS * USEC_PER_MSEC;
	p->ev = (struct event){
		.type = EVENT_PROBED, .generation = generation, .code = RELAY_REASON_OK};
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&t, &attr, probe_thread, p);
	(void)pthread_attr_destroy(&attr);
	if (r != 0) {
		free(p);
		atomic_store(&busy, false);
	}
	return -r;
}
