/* SPDX-License-Identifier: Apache-2.0 */
#include "profile-play.h"

#include "daemon/base/clock.h"
#include "daemon/model/compute.h"

#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>

struct peer { /* the appliance: a thread, told of passes under the lock */
	struct trace *t;
	pthread_mutex_t lock;
	const struct trace_pass *pass;
	char wrong[1800]; /* what it met that no line of the trace has */
	int fd, stop[2];
};

/* ---- The appliance: answers what the trace has, and nothing else */

static bool request_begins(
	const struct trace *t, const struct trace_exchange *e, const uint8_t *p, size_t n)
{
	/* MBAP: the client chooses the transaction number. */
	size_t skip = t->wire == WIRE_TCP ? MIN(n, (size_t)2) : 0;

	return n <= e->n_request && memcmp(e->request + skip, p + skip, n - skip) == 0;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Bytes of P taken: 0 = an unfinished request, N = answered, -EINVAL = not in the trace. */
static int answer(struct peer *a, int fd, const uint8_t *p, size_t n)
{
	const struct trace_pass *pass = a->pass;
	struct trace *t = a->t;
	bool begins = false;

	for (size_t i = 0; pass && i < pass->n_exchanges; i++) {
		struct trace_exchange *e = &t->exchanges[pass->exchange + i];
		uint8_t reply[ADU_MAX];

		if (!request_begins(t, e, p, n))
			continue;
		begins = true;
		if (n < e->n_request)
			continue;
		e->used = true;
		memcpy(reply, e->reply, e->n_reply);
		if (t->wire == WIRE_TCP && e->n_reply >= 2)
			memcpy(reply, p, 2);
		return write_all(fd, reply, e->n_reply) < 0 ? -EIO : (int)n;
	}
	return begins ? 0 : -EINVAL;
}

static void serve(struct peer *a, int fd)
{
	uint8_t buf[ADU_MAX];
	size_t n = 0;

	for (;;) {
		struct pollfd p[2] = {
			{.fd = fd, .events = POLLIN}, {.fd = a->stop[0], .events = POLLIN}};
		char hex[3 * ADU_MAX + 1];
		int r;

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents)
			return;
		if (!p[0].revents)
			continue;
		/* One byte at a time: a request ends where the trace says it does. */
		if (read(fd, buf + n, 1) != 1)
			return;
		n++;
		pthread_mutex_lock(&a->lock);
		r = answer(a, fd, buf, n);
		if (r < 0 && !*a->wrong) {
			/* Show the whole of it: what follows at once belongs to it. */
			while (n < sizeof(buf) && poll(p, 1, 20) > 0 && read(fd, buf + n, 1) == 1)
				n++;
			hex_encode(hex, sizeof(hex), buf, n);
			(void)snprintf(a->wrong, sizeof(a->wrong),
				"a request that is not in the trace: %s", hex);
		}
		pthread_mutex_unlock(&a->lock);
		if (r != 0)
			n = 0;
		if (r == -EIO)
			return;
	}
}

static void *appliance_main(void *userdata)
{
	struct peer *a = userdata;
	struct pollfd p[2] = {
		{.fd = a->fd, .events = POLLIN}, {.fd = a->stop[0], .events = POLLIN}};

	if (a->t->wire != WIRE_TCP) {
		serve(a, a->fd);
		return NULL;
	}
	while (poll(p, 2, -1) > 0 && !p[1].revents) {
		_cleanup_close_ int fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve(a, fd);
	}
	return NULL;
}

static int open_tcp(struct peer *a, char *device, size_t size)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);

	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0 || bind(a->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
		listen(a->fd, 4) < 0 || getsockname(a->fd, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	(void)snprintf(device, size, "tcp:127.0.0.1:%u", ntohs(addr.sin_port));
	return 0;
}

/* *ret_slave stays open, so that the other side is never hung up. */
static int open_pty(struct peer *a, char *device, size_t size, int *ret_slave)
{
	struct termios tio;
	char name[64];

	a->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (a->fd < 0 || grantpt(a->fd) < 0 || unlockpt(a->fd) < 0 ||
		ptsname_r(a->fd, name, sizeof(name)) != 0)
		return -errno;
	*ret_slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_slave < 0 || tcgetattr(*ret_slave, &tio) < 0)
		return -errno;
	cfmakeraw(&tio);
	if (tcsetattr(*ret_slave, TCSANOW, &tio) < 0)
		return -errno;
	(void)snprintf(device, size, "%s:%s", a->t->wire == WIRE_RTU ? "rtu" : "serial", name);
	return 0;
}

/* ---- The gateway: transport and adapter as hearthd uses them */

struct play {
	struct trace *t;
	struct peer *peer;
	struct profile *profile;
	const struct adapter *adapter;
	struct transport_config config;
	struct transport *transport;
	void *state;
	struct blocks blocks;
	struct reading *readings; /* the last of each point; type and quality 0xff = never */
	struct compute *compute;  /* NULL: nothing to compute */
	struct poll_result result;
	char *reason;
	size_t size;
};

static int fail(struct play *p, unsigned line, const char *fmt, ...) _printf_(3, 4);
static int fail(struct play *p, unsigned line, const char *fmt, ...)
{
	size_t used = 0;
	va_list ap;

	(void)str_appendf(p->reason, p->size, &used, "%s:%u: ", p->t->path, line);
	va_start(ap, fmt);
	(void)vsnprintf(p->reason + used, p->size - used, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static void sleep_until(uint64_t t_us)
{
	struct timespec ts = {.tv_sec = (time_t)(t_us / USEC_PER_SEC),
		.tv_nsec = (long)(t_us % USEC_PER_SEC * 1000)};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* As main does with what comes of one reply. */
static void keep(struct play *p, const struct reading *v, size_t n)
{
	struct reading out[FRAME_READINGS_MAX + PROFILE_DERIVED_MAX];

	if (p->compute) {
		n = compute_apply(p->compute, v, n, false, out);
		v = out;
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].point < p->profile->n_points)
			p->readings[v[i].point] = v[i];
}

static void take_readings(struct play *p, unsigned block, int r)
{
	struct reading v[FRAME_READINGS_MAX];
	const struct block *b = &p->blocks.v[block];

	/* What did not come is unavailable, as the core has it. */
	for (size_t i = 0; r < 0 && i < b->n_points; i++) {
		v[0] = (struct reading){.point = b->points[i],
			.quality = QUALITY_UNAVAILABLE,
			.reason = (uint8_t)reason_from_errno(r),
			.detail = p->result.exception};
		keep(p, v, 1);
	}
	for (size_t i = 0; i < p->result.n_raws; i++) {
		int n = p->adapter->decode(p->state, &p->result.raws[i], v, ARRAY_SIZE(v));

		if (n > 0)
			keep(p, v, (size_t)n);
	}
}

static int line_new(struct play *p)
{
	int r;

	p->transport = transport_free(p->transport);
	r = transport_new(&p->config, &p->transport);
	if (r < 0)
		return r;
	return transport_open(p->transport, clock_boottime_us() + 2 * USEC_PER_SEC);
}

#define RETRIES_MAX 16 /* of -EAGAIN, and of .more, for one block */

static int poll_block(struct play *p, unsigned block)
{
	const struct block *b = &p->blocks.v[block];
	int r = 0;

	for (unsigned i = 0; i < RETRIES_MAX; i++) {
		uint64_t now = clock_boottime_us();

		memset(&p->result, 0, sizeof(p->result));
		r = p->adapter->poll(
			p->state, p->transport, block, now + b->timeout_us, &p->result);
		if (r == -EAGAIN) {
			/* It would wait until no late reply to a like request can come. Here none
			 * comes late: a new line knows of no earlier request. */
			if (p->t->wire == WIRE_RTU &&
				p->result.retry_at_us > now + 10 * USEC_PER_MSEC) {
				r = line_new(p);
				if (r < 0)
					return r;
			} else if (p->result.retry_at_us > now &&
				   p->result.retry_at_us < now + 5 * USEC_PER_SEC)
				sleep_until(p->result.retry_at_us);
			continue;
		}
		take_readings(p, block, r);
		if (r < 0 || !p->result.more)
			break;
	}
	return r;
}

const char *trace_unit(const struct profile *p, const struct reading *r)
{
	const struct point *pt = &p->points[r->point];

	if (r->quality != QUALITY_GOOD || r->type != VALUE_NUMBER)
		return "";
	return unit_name(pt->attr >= 0 ? p->kind->attrs[pt->attr].unit : pt->unit);
}

void trace_format(const struct profile *p, const struct reading *r, char *dst, size_t size)
{
	const struct point *pt = &p->points[r->point];
	const struct model_attr *a = pt->attr >= 0 ? &p->kind->attrs[pt->attr] : NULL;
	const char *name = NULL;
	size_t used = 0;

	*dst = '\0';
	if (r->quality != QUALITY_GOOD) {
		(void)str_appendf(dst, size, &used, "%s", quality_name(r->quality));
		if (r->reason != REASON_NONE)
			(void)str_appendf(dst, size, &used, ":%s", reason_name(r->reason));
		return;
	}
	switch ((enum value_type)r->type) {
	case VALUE_NONE:
		break;
	case VALUE_NUMBER:
		(void)str_appendf(dst, size, &used, "%.12g", r->num);
		break;
	case VALUE_BOOL:
		(void)str_appendf(dst, size, &used, "%s", r->code ? "true" : "false");
		break;
	case VALUE_ENUM:
		if (enum_code_is_vendor(r->code)) {
			(void)str_appendf(dst, size, &used, "vendor_%x", (unsigned)r->code);
			break;
		}
		if (a && a->n_values > 0)
			name = model_value_name(a, r->code);
		for (size_t i = 0; !name && i < pt->n_enums; i++)
			if (pt->enums[i].value == r->code)
				name = pt->enums[i].name;
		(void)str_appendf(dst, size, &used, "%s", name ? name : "?");
		break;
	case VALUE_BITS:
		for (int bit = 0; bit < 63; bit++) {
			if (!(r->code >> bit & 1))
				continue;
			name = a ? model_value_name(a, bit) : NULL;
			for (size_t i = 0; !name && i < pt->n_enums; i++)
				if (pt->enums[i].value == bit)
					name = pt->enums[i].name;
			(void)str_appendf(
				dst, size, &used, "%s%s", used ? " " : "", name ? name : "?");
		}
		break;
	case VALUE_STRING:
		(void)str_appendf(dst, size, &used, "%s", r->text);
		break;
	}
}

static int find_point(const struct profile *p, const struct compute *c, const char *name)
{
	int i = profile_point_by_name(p, name);

	if (i >= 0)
		return i;
	for (size_t k = 0; k < p->n_points; k++)
		if (streq_ptr(p->points[k].attribute, name)) {
			if (i < 0)
				i = (int)k;
			/* Of several under conditions, the one that exists. */
			if (compute_exists(c, (unsigned)k) > 0)
				return (int)k;
		}
	return i;
}

static bool same_value(const char *is, const char *should)
{
	double a, b;

	if (streq(is, should))
		return true;
	if (parse_double(is, &a) < 0 || parse_double(should, &b) < 0)
		return false;
	return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static int check_value(struct play *p, const struct trace_expect *e)
{
	int i = find_point(p->profile, p->compute, e->name);
	char text[256];

	if (i < 0)
		return fail(p, e->line, "the profile has no point or attribute %s", e->name);
	if (p->readings[i].quality >= _QUALITY_MAX)
		return fail(p, e->line, "%s was never read", e->name);
	trace_format(p->profile, &p->readings[i], text, sizeof(text));
	if (!same_value(text, e->value))
		return fail(p, e->line, "%s is \"%s\", expected \"%s\"", e->name, text, e->value);
	return 0;
}

#define ACTIVE_MAX 256
static size_t active_faults(const struct play *p, char (*codes)[48])
{
	const struct profile *profile = p->profile;
	size_t n = 0;

	for (size_t i = 0; i < profile->n_faults && n < ACTIVE_MAX; i++) {
		const struct fault *f = &profile->faults[i];

		if (f->by_bit && p->readings[f->point].quality < _QUALITY_MAX &&
			fault_bit_state(profile, f, &p->readings[f->point]) > 0)
			(void)str_copy(codes[n++], 48, f->code);
	}
	for (unsigned i = 0; i < profile->n_points && n < ACTIVE_MAX; i++) {
		const struct point *pt = &profile->points[i];
		const struct fault *f;

		if (pt->fault_code &&
			profile_fault_shown(profile, &p->readings[i],
				pt->has_detail ? &p->readings[pt->detail] : NULL, &f, codes[n], 48))
			n++;
	}
	return n;
}

static int check_faults(struct play *p, const struct trace_pass *pass, struct trace_result *result)
{
	char codes[ACTIVE_MAX][48];
	size_t n = active_faults(p, codes), expected = 0;
	unsigned line = 0;

	for (size_t i = 0; i < pass->n_expects; i++) {
		const struct trace_expect *e = &p->t->expects[pass->expect + i];
		bool found = false;

		if (e->name)
			continue;
		line = e->line;
		if (!*e->value)
			continue;
		for (size_t k = 0; k < n && !found; k++)
			found = streq(codes[k], e->value);
		if (!found)
			return fail(p, e->line, "the fault %s is not active", e->value);
		expected++;
	}
	result->faults += expected;
	if (line && n != expected)
		for (size_t k = 0; k < n; k++) {
			bool found = false;

			for (size_t i = 0; i < pass->n_expects; i++) {
				const struct trace_expect *e = &p->t->expects[pass->expect + i];

				found = found || (!e->name && streq(e->value, codes[k]));
			}
			if (!found)
				return fail(p, line, "the fault %s is active", codes[k]);
		}
	return 0;
}

static int check_requests(struct play *p, const struct trace_pass *pass)
{
	const struct trace_exchange *e = &p->t->exchanges[pass->exchange];

	for (size_t i = 0; i < pass->n_exchanges;) {
		unsigned line = e[i].line;
		bool came = e[i].used || e[i].optional;

		for (i++; i < pass->n_exchanges && e[i].alternative; i++)
			came = came || e[i].used;
		if (!came)
			return fail(p, line, "this request never came");
	}
	return 0;
}

static int play_pass(
	struct play *p, const struct trace_pass *pass, bool first, struct trace_result *result)
{
	struct trace *t = p->t;
	int r = 0;

	pthread_mutex_lock(&p->peer->lock);
	p->peer->pass = pass;
	pthread_mutex_unlock(&p->peer->lock);
	for (unsigned round = 0; round < 2; round++)
		for (unsigned b = 0; b < p->blocks.n; b++) {
			bool handshake = p->blocks.v[b].flags & BLOCK_HANDSHAKE;

			/* Handshakes before all else, and once. */
			if (handshake != (round == 0) || (handshake && !first))
				continue;
			r = poll_block(p, b);
			pthread_mutex_lock(&p->peer->lock);
			if (*p->peer->wrong)
				r = fail(p, t->exchanges[pass->exchange].line, "%s: %s",
					p->blocks.v[b].label, p->peer->wrong);
			else
				r = 0;
			pthread_mutex_unlock(&p->peer->lock);
			if (r < 0)
				return r;
		}
	pthread_mutex_lock(&p->peer->lock);
	r = check_requests(p, pass);
	pthread_mutex_unlock(&p->peer->lock);
	if (r < 0)
		return r;
	for (size_t i = 0; i < pass->n_expects; i++) {
		const struct trace_expect *e = &t->expects[pass->expect + i];

		if (e->name && check_value(p, e) < 0)
			return -EINVAL;
		result->values += e->name != NULL;
	}
	if (check_faults(p, pass, result) < 0)
		return -EINVAL;
	result->passes++;
	result->exchanges += pass->n_exchanges;
	return 0;
}

static int play_configure(struct play *p)
{
	struct source_config source = {.unit = p->t->unit};
	struct errdetail detail = {0};
	enum transport_kind kind = p->t->wire == WIRE_SERIAL ? TRANSPORT_BYTES : TRANSPORT_MODBUS;
	int r;

	p->adapter = adapter_by_name(p->profile->adapter);
	if (!p->adapter)
		return fail(p, 1, "there is no adapter %s", p->profile->adapter);
	if (p->adapter->transport != kind)
		return fail(p, 1, "the adapter %s uses another transport", p->profile->adapter);
	r = line_new(p);
	if (r < 0)
		return fail(p, 1, "%s: %s", p->config.device, strerror(-r));
	source.char_us = transport_char_us(p->transport);
	/* The pauses an appliance needs are the schedule's matter. */
	p->profile->line.gap_us = MIN(p->profile->line.gap_us, 5 * USEC_PER_MSEC);
	p->state = calloc(1, p->adapter->state_size);
	p->readings = malloc(MAX(p->profile->n_points, 1u) * sizeof(*p->readings));
	if (!p->state || !p->readings)
		return fail(p, 1, "out of memory");
	if (compute_new(p->profile, 0, &p->compute) < 0)
		return fail(p, 1, "out of memory");
	memset(p->readings, 0xff, MAX(p->profile->n_points, 1u) * sizeof(*p->readings));
	r = p->adapter->configure(p->state, p->profile, &source, &p->blocks, &detail);
	if (r < 0)
		return fail(p, 1, "%s: %s", detail.key, detail.text);
	return 0;
}

int trace_play(struct trace *t, struct profile *profile, struct trace_result *ret, char *reason,
	size_t size)
{
	_cleanup_free_ struct play *p = calloc(1, sizeof(*p));
	struct transport_config config = {.baud = profile->line.baud ? profile->line.baud : 9600,
		.parity = profile->line.parity ? profile->line.parity : 'N',
		.stop_bits = profile->line.stop_bits ? profile->line.stop_bits : 1};
	struct peer peer = {.t = t, .fd = -1};
	struct trace_result result = {0};
	_cleanup_close_ int slave = -1;
	pthread_t thread;
	int r;

	if (!p)
		return -ENOMEM;
	*p = (struct play){
		.t = t, .peer = &peer, .profile = profile, .reason = reason, .size = size};
	(void)pthread_mutex_init(&peer.lock, NULL);
	r = t->wire == WIRE_TCP ? open_tcp(&peer, config.device, sizeof(config.device))
				: open_pty(&peer, config.device, sizeof(config.device), &slave);
	if (r >= 0)
		r = pipe2(peer.stop, O_CLOEXEC) < 0
			    ? -errno
			    : -pthread_create(&thread, NULL, appliance_main, &peer);
	if (r < 0) {
		closep(&peer.fd);
		return fail(p, 1, "%s", strerror(-r));
	}
	p->config = config;
	r = play_configure(p);
	for (size_t i = 0; r == 0 && i < t->n_passes; i++)
		r = play_pass(p, &t->passes[i], i == 0, &result);
	if (p->state)
		p->adapter->done(p->state);
	free(p->state);
	free(p->readings);
	compute_free(p->compute);
	blocks_done(&p->blocks);
	(void)transport_free(p->transport);
	(void)close(peer.stop[1]); /* wakes the appliance */
	(void)pthread_join(thread, NULL);
	(void)close(peer.stop[0]);
	closep(&peer.fd);
	(void)pthread_mutex_destroy(&peer.lock);
	if (r == 0)
		*ret = result;
	return r;
}
