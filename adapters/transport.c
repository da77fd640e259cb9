/* SPDX-License-Identifier: Apache-2.0 */
#include "transport-internal.h"

#include "daemon/base/clock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* ---- device words */

static const struct {
	const char *prefix;
	enum transport_scheme scheme;
	enum transport_kind kind;
	bool host;
	uint16_t port; /* default; 0 = must be given */
} schemes[] = {
	{"rtu:", SCHEME_RTU, TRANSPORT_MODBUS, false, 0},
	{"tcp:", SCHEME_TCP, TRANSPORT_MODBUS, true, 502},
	{"rtutcp:", SCHEME_RTUTCP, TRANSPORT_MODBUS, true, 0},
	{"serial:", SCHEME_SERIAL, TRANSPORT_BYTES, false, 0},
	{"serialtcp:", SCHEME_SERIALTCP, TRANSPORT_BYTES, true, 0},
};

static int bad(char *reterr, size_t size, const char *text)
{
	if (reterr && size > 0)
		(void)str_copy(reterr, size, text);
	return -EINVAL;
}

static bool host_valid(const char *s)
{
	if (*s == '-' || *s == '.')
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			    (*s >= '0' && *s <= '9') || strchr("-._:%", *s)))
			return false;
	return true;
}

/* "host", "host:port", "[v6]", "[v6]:port". */
static int parse_host(
	const char *s, uint16_t port, struct transport_words *w, char *reterr, size_t errsize)
{
	const char *end, *port_text = NULL;
	uint64_t v = port;
	size_t n;

	if (*s == '[') {
		end = strchr(++s, ']');
		if (!end || (end[1] != '\0' && end[1] != ':'))
			return bad(reterr, errsize,
				"an IPv6 address stands in brackets: [fe80::1]:502");
		if (end[1] == ':')
			port_text = end + 2;
	} else {
		end = strchr(s, ':');
		if (end && strchr(end + 1, ':'))
			return bad(reterr, errsize,
				"an IPv6 address stands in brackets: [fe80::1]:502");
		if (end)
			port_text = end + 1;
		else
			end = s + strlen(s);
	}
	n = (size_t)(end - s);
	if (n == 0 || n > 253)
		return bad(reterr, errsize, "needs a host name or address of 1 to 253 characters");
	memcpy(w->host, s, n);
	w->host[n] = '\0';
	if (!host_valid(w->host))
		return bad(reterr, errsize, "the host may hold letters, digits, '-', '.' only");
	if (port_text && parse_u64(port_text, 1, 65535, &v) < 0)
		return bad(reterr, errsize, "the port must be 1 to 65535");
	if (v == 0)
		return bad(reterr, errsize, "needs a port, as in host:4001");
	w->port = (uint16_t)v;
	return 0;
}

/* Device words apart; -EINVAL with RETERR (may be NULL). */
static int parse_words(
	const char *device, struct transport_words *ret, char *reterr, size_t errsize)
{
	struct transport_words w = {0};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const char *rest = startswith(device, schemes[i].prefix);

		if (!rest)
			continue;
		w.scheme = schemes[i].scheme;
		if (schemes[i].host) {
			int r = parse_host(rest, schemes[i].port, &w, reterr, errsize);

			if (r < 0)
				return r;
		} else {
			if (*rest != '/' || !str_copy(w.path, sizeof(w.path), rest))
				return bad(reterr, errsize,
					"needs an absolute path of at most 255 characters, as in "
					"/dev/serial/by-id/...");
		}
		*ret = w;
		return 0;
	}
	return bad(reterr, errsize,
		"must be rtu:/dev/..., tcp:host:502, rtutcp:host:port, serial:/dev/... or "
		"serialtcp:host:port");
}

static enum transport_kind scheme_kind(enum transport_scheme scheme)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (schemes[i].scheme == scheme)
			return schemes[i].kind;
	return TRANSPORT_MODBUS;
}

int transport_parse(const char *device, enum transport_kind *ret_kind, char *reterr, size_t errsize)
{
	struct transport_words w;
	int r = parse_words(device, &w, reterr, errsize);

	if (r < 0)
		return r;
	if (ret_kind)
		*ret_kind = scheme_kind(w.scheme);
	return 0;
}

static uint64_t line_char_us(uint32_t baud, char parity, uint8_t stop_bits)
{
	uint64_t bits = 1U + 8U + (parity != 'N') + stop_bits;

	return (bits * USEC_PER_SEC + baud - 1) / baud;
}

/* ---- name look-up: getaddrinfo() has no bound of its own, so it runs in a thread that may be left
 * behind. At most one a transport: a later open takes up the one still under way. */

struct transport_lookup {
	atomic_uint refs; /* the transport and the thread */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool done;
	int error; /* EAI_* */
	struct addrinfo *list;
	char host[256], port[8];
};

static struct transport_lookup *lookup_unref(struct transport_lookup *l)
{
	if (l && atomic_fetch_sub(&l->refs, 1) == 1) {
		if (l->list)
			freeaddrinfo(l->list);
		(void)pthread_cond_destroy(&l->cond);
		(void)pthread_mutex_destroy(&l->lock);
		free(l);
	}
	return NULL;
}

static void *lookup_thread(void *arg)
{
	struct transport_lookup *l = arg;
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list = NULL;
	int error = getaddrinfo(l->host, l->port, &hints, &list);

	(void)pthread_mutex_lock(&l->lock);
	l->error = error;
	l->list = error == 0 ? list : NULL;
	l->done = true;
	(void)pthread_cond_signal(&l->cond);
	(void)pthread_mutex_unlock(&l->lock);
	(void)lookup_unref(l);
	return NULL;
}

static int lookup_start(const struct transport_words *w, struct transport_lookup **ret)
{
	struct transport_lookup *l = calloc(1, sizeof(*l));
	pthread_condattr_t cattr;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, before;
	int r;

	if (!l)
		return -ENOMEM;
	(void)str_copy(l->host, sizeof(l->host), w->host);
	(void)snprintf(l->port, sizeof(l->port), "%u", w->port);
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_condattr_init(&cattr);
	(void)pthread_condattr_setclock(&cattr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->cond, &cattr);
	(void)pthread_condattr_destroy(&cattr);
	atomic_init(&l->refs, 2);

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, 256 * 1024);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	r = pthread_create(&thread, &attr, lookup_thread, l);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	if (r != 0) {
		atomic_store(&l->refs, 1);
		(void)lookup_unref(l);
		return -r;
	}
	*ret = l;
	return 0;
}

/* 0 when t->lookup is done. */
static int lookup_wait(struct transport *t, uint64_t deadline_us)
{
	struct transport_lookup *l = t->lookup;
	uint64_t now = clock_boottime_us();
	struct timespec ts;
	bool done;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	if (deadline_us > now) {
		uint64_t left = MIN(deadline_us - now, USEC_PER_HOUR);

		ts.tv_sec += (time_t)(left / USEC_PER_SEC);
		ts.tv_nsec += (long)(left % USEC_PER_SEC) * 1000;
		if (ts.tv_nsec >= 1000000000L) {
			ts.tv_sec++;
			ts.tv_nsec -= 1000000000L;
		}
	}
	(void)pthread_mutex_lock(&l->lock);
	while (!l->done && pthread_cond_timedwait(&l->cond, &l->lock, &ts) == 0)
		;
	done = l->done;
	(void)pthread_mutex_unlock(&l->lock);
	return done ? 0 : -ETIMEDOUT;
}

/* ---- TCP connect */

static int wait_fd(int fd, short events, uint64_t deadline_us, short *ret_revents)
{
	for (;;) {
		uint64_t now = clock_boottime_us(), left;
		struct pollfd p = {.fd = fd, .events = events};
		struct timespec ts;
		int r;

		left = deadline_us > now ? MIN(deadline_us - now, USEC_PER_HOUR) : 0;
		ts.tv_sec = (time_t)(left / USEC_PER_SEC);
		ts.tv_nsec = (long)(left % USEC_PER_SEC) * 1000;
		r = ppoll(&p, 1, &ts, NULL);
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0) {
			*ret_revents = p.revents;
			return 0;
		}
		if (r == 0 && left == 0)
			return -ETIMEDOUT;
	}
}

static int connect_error(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ETIMEDOUT:
	case EACCES:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return -error;
	case EPERM: /* the sandbox's address filter */
		return -EACCES;
	default:
		return -ENODEV;
	}
}

static int connect_one(const struct sockaddr *sa, socklen_t len, uint64_t deadline_us, int *ret)
{
	_cleanup_close_ int fd = -1;
	int one = 1, idle = 30, interval = 10, count = 3, unacked_ms = 10000, error = 0, r;
	socklen_t size = sizeof(error);
	short revents;

	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0)
		return connect_error(errno);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	/* A peer that lost its power is noticed after a minute even where nobody asks. */
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
	if (connect(fd, sa, len) < 0) {
		if (errno != EINPROGRESS)
			return connect_error(errno);
		r = wait_fd(fd, POLLOUT, deadline_us, &revents);
		if (r < 0)
			return r;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
			return -ENODEV;
		if (error != 0)
			return connect_error(error);
	}
	*ret = TAKE_FD(fd);
	return 0;
}

static bool numeric_address(
	const struct transport_words *w, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, w->host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(w->port);
		*ret_len = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, w->host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(w->port);
		*ret_len = sizeof(*v6);
		return true;
	}
	return false; /* names, and link-local addresses with a zone */
}

int transport_tcp_connect(struct transport *t, uint64_t deadline_us, int *ret)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int r;

	if (numeric_address(&t->words, &ss, &len))
		return connect_one((const struct sockaddr *)&ss, len, deadline_us, ret);

	if (!t->lookup) {
		r = lookup_start(&t->words, &t->lookup);
		if (r < 0)
			return r;
	}
	r = lookup_wait(t, deadline_us);
	if (r < 0)
		return r; /* the look-up goes on; the next open takes it up */
	r = -ENODEV;
	/* The addresses share the deadline, so that a dead first one cannot use it up. */
	if (t->lookup->error == 0) {
		unsigned n = 0;

		for (struct addrinfo *a = t->lookup->list; a; a = a->ai_next)
			n++;
		for (struct addrinfo *a = t->lookup->list; a; a = a->ai_next, n--) {
			uint64_t now = clock_boottime_us();
			uint64_t left = deadline_us > now ? deadline_us - now : 0;

			r = connect_one(a->ai_addr, a->ai_addrlen, now + left / n, ret);
			if (r >= 0)
				break;
		}
	}
	t->lookup = lookup_unref(t->lookup);
	return r;
}

/* ---- bounded I/O */

int transport_fd_write(
	struct transport *t, int fd, const uint8_t *p, size_t n, uint64_t deadline_us)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
		short revents;
		int r;

		if (k < 0 && errno == ENOTSOCK)
			k = write(fd, p, n);
		if (k > 0) {
			p += k;
			n -= (size_t)k;
			t->stats.tx_bytes += (uint64_t)k;
			continue;
		}
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno != EAGAIN)
			return -ENODEV;
		r = wait_fd(fd, POLLOUT, deadline_us, &revents);
		if (r < 0)
			return r == -ETIMEDOUT ? r : -ENODEV;
		if (revents & (POLLHUP | POLLERR | POLLNVAL))
			return -ENODEV;
	}
	return 0;
}

int transport_fd_read(struct transport *t, int fd, uint8_t *p, size_t size, uint64_t deadline_us)
{
	short revents;
	ssize_t k;
	int r;

	for (;;) {
		r = wait_fd(fd, POLLIN, deadline_us, &revents);
		if (r < 0)
			return r == -ETIMEDOUT ? r : -ENODEV;
		/* With POLLIN beside a hang-up there may be last bytes; read() tells. */
		if (!(revents & POLLIN))
			return -ENODEV;
		k = read(fd, p, size);
		if (k > 0) {
			t->stats.rx_bytes += (uint64_t)k;
			return (int)k;
		}
		if (k == 0 || (errno != EAGAIN && errno != EINTR))
			return -ENODEV;
	}
}

void transport_traced(
	const struct transport *t, bool to_appliance, uint64_t t_us, const uint8_t *p, size_t n)
{
	if (t->trace && n > 0)
		t->trace(t->trace_userdata, to_appliance, t_us, p, n);
}

/* ---- the common part of every transport */

int transport_new(const struct transport_config *config, struct transport **ret)
{
	struct transport *t;
	int r;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->config = *config;
	if (t->config.baud == 0)
		t->config.baud = 9600;
	if (t->config.parity == 0)
		t->config.parity = 'N';
	if (t->config.stop_bits == 0)
		t->config.stop_bits = 1;
	r = parse_words(config->device, &t->words, NULL, 0);
	if (r == 0 && (!strchr("NEO", t->config.parity) || t->config.stop_bits > 2))
		r = -EINVAL;
	if (r < 0) {
		free(t);
		return r;
	}
	t->kind = scheme_kind(t->words.scheme);
	t->ops = t->kind == TRANSPORT_MODBUS ? &transport_modbus_ops : &transport_bytes_ops;
	if (t->words.scheme == SCHEME_RTU || t->words.scheme == SCHEME_SERIAL)
		t->char_us = line_char_us(t->config.baud, t->config.parity, t->config.stop_bits);
	if (t->ops->init) {
		r = t->ops->init(t);
		if (r < 0) {
			(void)transport_free(t);
			return r;
		}
	}
	*ret = t;
	return 0;
}

struct transport *transport_free(struct transport *t)
{
	if (!t)
		return NULL;
	transport_close(t);
	if (t->ops->done)
		t->ops->done(t);
	(void)lookup_unref(t->lookup);
	free(t);
	return NULL;
}

int transport_open(struct transport *t, uint64_t deadline_us)
{
	int r;

	if (t->open)
		return 0;
	r = t->ops->open(t, deadline_us);
	if (r < 0)
		return r;
	if (t->opened_once)
		t->stats.reopens++;
	t->open = t->opened_once = true;
	return 0;
}

void transport_close(struct transport *t)
{
	t->ops->close(t);
	t->open = false;
}

bool transport_is_open(const struct transport *t)
{
	return t->open;
}

enum transport_kind transport_kind(const struct transport *t)
{
	return t->kind;
}

void transport_set_trace(struct transport *t, transport_trace_fn fn, void *userdata)
{
	t->trace = fn;
	t->trace_userdata = userdata;
}

void transport_get_stats(const struct transport *t, struct transport_stats *ret)
{
	*ret = t->stats;
}

uint64_t transport_char_us(const struct transport *t)
{
	return t->char_us;
}

/* A port that is gone is let go at once: a held descriptor would make the adapter come back under
 * another name. */
static int closed_if_gone(struct transport *t, int r)
{
	if (r == -ENODEV)
		transport_close(t);
	return r;
}

int transport_modbus(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	if (t->kind != TRANSPORT_MODBUS)
		return -EOPNOTSUPP;
	if (!t->open)
		return -ENODEV;
	return closed_if_gone(t, t->ops->modbus(t, unit, pdu, n, quiet_us, late_us, deadline_us,
					 ret, ret_exception));
}

int transport_modbus_probe(struct transport *t, uint8_t unit, const uint8_t *pdu, size_t n,
	uint64_t quiet_us, uint64_t late_us, uint64_t deadline_us, uint8_t ret[MODBUS_PDU_MAX],
	uint8_t *ret_exception)
{
	if (t->kind != TRANSPORT_MODBUS)
		return -EOPNOTSUPP;
	if (!t->open)
		return -ENODEV;
	return closed_if_gone(t,
		t->ops->probe(t, unit, pdu, n, quiet_us, late_us, deadline_us, ret, ret_exception));
}

bool transport_modbus_shape_busy(const struct transport *t, uint8_t unit, uint8_t function,
	uint16_t address, uint16_t count, uint64_t now_us, uint64_t *ret_until_us)
{
	return t->kind == TRANSPORT_MODBUS &&
	       t->ops->shape_busy(t, unit, function, address, count, now_us, ret_until_us);
}

int transport_send(struct transport *t, const uint8_t *p, size_t n, uint64_t deadline_us)
{
	if (t->kind != TRANSPORT_BYTES)
		return -EOPNOTSUPP;
	if (!t->open)
		return -ENODEV;
	return closed_if_gone(t, t->ops->send(t, p, n, deadline_us));
}

int transport_recv(struct transport *t, uint8_t *p, size_t size, uint64_t deadline_us)
{
	if (t->kind != TRANSPORT_BYTES)
		return -EOPNOTSUPP;
	if (!t->open)
		return -ENODEV;
	return closed_if_gone(t, t->ops->recv(t, p, size, deadline_us));
}

int transport_drain(struct transport *t, uint64_t silence_us, uint64_t deadline_us)
{
	if (t->kind != TRANSPORT_BYTES)
		return -EOPNOTSUPP;
	if (!t->open)
		return -ENODEV;
	return closed_if_gone(t, t->ops->drain(t, silence_us, deadline_us));
}

int transport_set_line(struct transport *t, uint32_t baud, char parity, uint8_t stop_bits)
{
	int r;

	if (!t->open)
		return -ENODEV;
	r = closed_if_gone(t, t->ops->set_line(t, baud, parity, stop_bits));
	if (r < 0)
		return r;
	t->config.baud = baud;
	t->config.parity = parity;
	t->config.stop_bits = stop_bits;
	if (t->words.scheme == SCHEME_SERIAL || t->words.scheme == SCHEME_RTU)
		t->char_us = line_char_us(baud, parity, stop_bits);
	return 0;
}
