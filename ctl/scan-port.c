/* SPDX-License-Identifier: Apache-2.0 */
#include "scan-port.h"

#include "adapters/check.h"
#include "daemon/base/clock.h"

#include <dirent.h>

#define OPEN_US   (5 * USEC_PER_SEC)
#define ANSWER_US (40 * USEC_PER_SEC) /* hearthd waits 30 s for a gap */
#define SETTLE_US (20 * USEC_PER_MSEC)
#define LATE_US   (100 * USEC_PER_MSEC) /* as BUS_PROBE_LATE_US */

/* ---- words */

const char *scan_line_text(const struct scan_line *l, char *dst, size_t size)
{
	*dst = '\0';
	if (l->baud)
		(void)snprintf(dst, size, "%u 8%c%u", l->baud, l->parity, l->stop_bits);
	return dst;
}

int scan_line_parse(const char *s, struct scan_line *ret)
{
	struct scan_line l = {.parity = 'N', .stop_bits = 1};
	const char *comma = strchr(s, ',');
	char baud[12];
	uint64_t v;

	(void)snprintf(baud, sizeof(baud), "%.*s", comma ? (int)(comma - s) : 11, s);
	if (parse_u64(baud, 110, 1000000, &v) < 0)
		return -EINVAL;
	l.baud = (uint32_t)v;
	if (comma) {
		comma++;
		if (strlen(comma) != 3 || comma[0] != '8' || !strchr("NEO", comma[1]) ||
			(comma[2] != '1' && comma[2] != '2'))
			return -EINVAL;
		l.parity = comma[1];
		l.stop_bits = (uint8_t)(comma[2] - '0');
	}
	*ret = l;
	return 0;
}

void scan_address(
	const struct scan_port *p, const struct scan_line *l, unsigned unit, char *dst, size_t size)
{
	/* What the configuration says of the line needs no word. */
	bool stated = !l->baud || (p->line.baud == l->baud && p->line.parity == l->parity &&
					  p->line.stop_bits == l->stop_bits);
	size_t used = 0;

	(void)str_appendf(dst, size, &used, "%s", *p->bus_id ? p->bus_id : p->device);
	if (!stated)
		(void)str_appendf(dst, size, &used, ",%u,8%c%u", l->baud, l->parity, l->stop_bits);
	(void)str_appendf(dst, size, &used, ":%u", unit);
}

int scan_address_parse(const char *address, char *where, size_t size, struct scan_line *ret_line,
	unsigned *ret_unit)
{
	const char *colon = strrchr(address, ':');
	char *comma;
	uint64_t unit;

	if (!colon || parse_u64(colon + 1, 0, 255, &unit) < 0 ||
		(size_t)(colon - address) >= size || colon == address)
		return -EINVAL;
	(void)snprintf(where, size, "%.*s", (int)(colon - address), address);
	*ret_line = (struct scan_line){0};
	comma = strchr(where, ',');
	if (comma) {
		*comma = '\0';
		if (scan_line_parse(comma + 1, ret_line) < 0)
			return -EINVAL;
	}
	*ret_unit = (unsigned)unit;
	return 0;
}

/* ---- which line */

static void take_bus(struct scan_port *p, const struct config *c, const struct bus_config *b)
{
	(void)str_copy(p->bus_id, sizeof(p->bus_id), b->id);
	(void)str_copy(p->device, sizeof(p->device), b->device);
	p->line = (struct scan_line){b->baud, b->parity, b->stop_bits};
	for (size_t i = 0; i < c->n_appliances; i++)
		for (size_t k = 0; k < c->appliances[i].n_sources; k++) {
			const struct source_conf *s = &c->appliances[i].sources[k];
			const struct line_defaults *l = &s->profile->line;
			int unit = s->unit >= 0 ? s->unit : l->unit;

			if (!streq(s->bus, b->id))
				continue;
			p->fixed = true;
			if (unit >= 0)
				p->configured[unit & 255] = true;
			if (!p->line.baud)
				p->line.baud = l->baud;
			if (!p->line.parity)
				p->line.parity = l->parity;
			if (!p->line.stop_bits)
				p->line.stop_bits = l->stop_bits;
		}
	if (p->line.baud || p->fixed) {
		p->line.baud = p->line.baud ? p->line.baud : 9600;
		p->line.parity = p->line.parity ? p->line.parity : 'N';
		p->line.stop_bits = p->line.stop_bits ? p->line.stop_bits : 1;
	}
}

/* "rtu:" and the lasting name of a serial adapter, when there is exactly one. */
static size_t find_adapters(char *dst, size_t size)
{
	static const char dir[] = "/dev/serial/by-id";
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && n++ == 0)
			(void)snprintf(dst, size, "rtu:%s/%.200s", dir, e->d_name);
	if (d)
		(void)closedir(d);
	return n;
}

/* Another name of the same serial line. */
static bool same_device(const char *a, const char *b)
{
	const char *pa = strchr(a, '/'), *pb = strchr(b, '/');
	char ra[4096], rb[4096];

	if (streq(a, b))
		return true;
	return pa && pb && startswith(a, "rtu:") && startswith(b, "rtu:") && realpath(pa, ra) &&
	       realpath(pb, rb) && streq(ra, rb);
}

/* What a person types: /dev/ttyUSB0 and 192.168.1.20 need no word in front. */
static const char *device_of(const char *where, char *dst, size_t size)
{
	size_t dots = 0;

	for (const char *c = where; *c; c++)
		dots += *c == '.';
	if (*where != '/' && (dots != 3 || where[strspn(where, "0123456789.:")]))
		return where;
	(void)snprintf(dst, size, "%s%s", *where == '/' ? "rtu:" : "tcp:", where);
	return dst;
}

static int choose(struct scan_port *p, const char *given, const struct config *c)
{
	char device[300];
	const char *where = given ? device_of(given, device, sizeof(device)) : NULL;
	const struct bus_config *only = NULL;
	size_t n = 0;
	char text[200];

	for (size_t i = 0; c && i < c->n_buses; i++) {
		const struct bus_config *b = &c->buses[i];

		if (!b->device || startswith(b->device, "serial"))
			continue;
		n++;
		only = b;
		if (where && (streq(b->id, where) || same_device(b->device, where))) {
			take_bus(p, c, b);
			return CTL_OK;
		}
	}
	if (!where && n == 1) {
		take_bus(p, c, only);
		return CTL_OK;
	}
	if (!where && n > 1)
		return ctl_error(
			p->o, CTL_USAGE, "hearthctl bus list", "there are %zu lines; say which", n);
	if (!where) {
		n = find_adapters(p->device, sizeof(p->device));
		if (n == 1)
			return CTL_OK;
		if (n == 0)
			return ctl_error(p->o, CTL_FAILURE,
				"plug in an RS-485 adapter; or hearthctl scan tcp:ADDRESS",
				"there is no serial adapter, and no line is configured");
		return ctl_error(p->o, CTL_USAGE, "ls /dev/serial/by-id",
			"there are %zu serial adapters; say which, as rtu:/dev/serial/by-id/...",
			n);
	}
	if (!strchr(where, ':'))
		return ctl_error(p->o, CTL_FAILURE,
			n ? "hearthctl bus list" : "hearthctl scan /dev/ttyUSB0",
			"there is no bus \"%s\"; a device is written rtu:/dev/... or tcp:host",
			where);
	if (transport_parse(where, &(enum transport_kind){0}, text, sizeof(text)) < 0)
		return ctl_error(p->o, CTL_USAGE, NULL, "%s: %s", where, text);
	if (startswith(where, "serial"))
		return ctl_error(p->o, CTL_FAILURE, NULL,
			"only Modbus can be scanned: rtu:, tcp: or rtutcp:");
	if (!str_copy(p->device, sizeof(p->device), where))
		return ctl_error(p->o, CTL_USAGE, NULL, "%s: too long", where);
	return CTL_OK;
}

/* ---- open */

/* What to look at when a line does not open. */
static const char *open_hint(const struct scan_port *p, int r, char *dst, size_t size)
{
	const char *path = strchr(p->device, '/');

	if (r == -EBUSY) {
		(void)snprintf(dst, size, "sudo fuser -v %s", path ? path : p->device);
		return dst;
	}
	if (r == -EACCES)
		return "sudo hearthctl ...";
	if (p->tcp)
		return "its address and port, and that Modbus TCP is switched on in it";
	if (r == -ENOENT || r == -ENODEV || r == -ENXIO || r == -EIO)
		return "ls -l /dev/serial/by-id /dev/tty[UA]*";
	return NULL;
}

/* hearthd has the line: CTL_OK. CTL_NO_DAEMON without a word: it does not run, or not with this bus. */
static int open_daemon(struct scan_port *p)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	struct ctl_options quiet = *p->o;
	const char *address = quiet.bus;
	const void *units;
	size_t n;
	int r;

	if (!address || streq(address, "system"))
		address = "unix:path=/run/dbus/system_bus_socket";
	r = sd_bus_new(&p->bus);
	if (r >= 0)
		r = sd_bus_set_address(p->bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(p->bus, 1);
	if (r >= 0)
		r = sd_bus_start(p->bus);
	if (r >= 0)
		r = sd_bus_path_encode(HEARTHD_ROOT "/bus", p->bus_id, &p->path);
	if (r >= 0)
		r = sd_bus_get_property(p->bus, HEARTHD_NAME, p->path, HEARTHD_NAME ".Scan1",
			"ConfiguredUnits", NULL, &reply, "ay");
	if (r >= 0)
		r = sd_bus_message_read_array(reply, 'y', &units, &n);
	if (r < 0) {
		p->bus = sd_bus_close_unref(p->bus);
		return CTL_NO_DAEMON;
	}
	for (size_t i = 0; i < n; i++)
		p->configured[((const uint8_t *)units)[i]] = true;
	p->fixed = p->fixed || n > 0;
	(void)sd_bus_set_method_call_timeout(p->bus, ANSWER_US);
	p->daemon = true;
	return CTL_OK;
}

static int open_own(struct scan_port *p)
{
	struct transport_config conf = {.baud = p->line.baud ? p->line.baud : 9600,
		.parity = p->line.parity ? p->line.parity : 'N',
		.stop_bits = p->line.stop_bits ? p->line.stop_bits : 1};
	char next[300];
	int r;

	(void)str_copy(conf.device, sizeof(conf.device), p->device);
	r = transport_new(&conf, &p->transport);
	if (r >= 0)
		r = transport_open(p->transport, clock_boottime_us() + OPEN_US);
	if (r < 0)
		return ctl_error(p->o, CTL_FAILURE, open_hint(p, r, next, sizeof(next)), "%s: %s",
			p->device, line_error_text(-r, p->o->zh));
	return CTL_OK;
}

int scan_port_open(const struct ctl_options *o, const char *where, const struct config *c,
	struct scan_port *ret)
{
	int r;

	*ret = (struct scan_port){.o = o};
	r = choose(ret, where, c);
	if (r != CTL_OK)
		return r;
	ret->rtutcp = startswith(ret->device, "rtutcp:");
	ret->tcp = ret->rtutcp || startswith(ret->device, "tcp:");
	if (*ret->bus_id && open_daemon(ret) == CTL_OK)
		return CTL_OK;
	r = open_own(ret);
	if (r != CTL_OK)
		scan_port_close(ret);
	return r;
}

void scan_port_close(struct scan_port *p)
{
	p->transport = transport_free(p->transport);
	p->bus = sd_bus_flush_close_unref(p->bus);
	free(p->path);
	p->path = NULL;
}

/* ---- one request */

static int ask_daemon(struct scan_port *p, const struct scan_request *rq, uint8_t *ret,
	size_t *ret_n, uint8_t *ret_exception, uint64_t *ret_took)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	bool set = !p->fixed && !p->tcp && rq->line.baud;
	char parity[2] = {set ? rq->line.parity : 'N', '\0'};
	const char *word;
	const void *pdu;
	size_t n;
	int r = sd_bus_message_new_method_call(
		p->bus, &m, HEARTHD_NAME, p->path, HEARTHD_NAME ".Scan1", "Probe");

	if (r >= 0)
		r = sd_bus_message_append(m, "yusyu", rq->unit, set ? rq->line.baud : 0, parity,
			set ? rq->line.stop_bits : 1, rq->timeout_ms);
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', rq->pdu, rq->n);
	if (r >= 0)
		r = sd_bus_call(p->bus, m, 0, &e, &reply);
	if (r < 0 && (sd_bus_error_has_name(&e, "org.hearthd.Error.Configured") ||
			     sd_bus_error_has_name(&e, "org.hearthd.Error.BadRequest")))
		return -EPERM;
	if (r >= 0)
		r = sd_bus_message_read(reply, "syt", &word, ret_exception, ret_took);
	if (r >= 0)
		r = sd_bus_message_read_array(reply, 'y', &pdu, &n);
	if (r == -EINTR)
		return r;
	if (r < 0) {
		(void)client_failed(p->o, r, &e);
		return -EIO;
	}
	if (streq(word, "no-reply"))
		return -ETIMEDOUT;
	if (streq(word, "exception"))
		return -EREMOTEIO;
	if (*word || n > MODBUS_PDU_MAX)
		return -EBADMSG;
	memcpy(ret, pdu, n);
	*ret_n = n;
	return 0;
}

static int ask_own(struct scan_port *p, const struct scan_request *rq, uint8_t *ret, size_t *ret_n,
	uint8_t *ret_exception, uint64_t *ret_took)
{
	uint64_t timeout = rq->timeout_ms * USEC_PER_MSEC, start;
	int r = 0;

	if (!p->fixed && !p->tcp && rq->line.baud)
		r = transport_set_line(
			p->transport, rq->line.baud, rq->line.parity, rq->line.stop_bits);
	if (r == -EINVAL)
		return -EPERM; /* this adapter cannot do this speed */
	for (start = clock_boottime_us(); r >= 0;) {
		uint64_t now = clock_boottime_us();

		if (!transport_is_open(p->transport))
			r = transport_open(p->transport, now + OPEN_US);
		if (r < 0)
			break;
		r = transport_modbus_probe(p->transport, rq->unit, rq->pdu, rq->n, 0, LATE_US,
			now + timeout + 50 * USEC_PER_MSEC, ret, ret_exception);
		/* A late reply may still come; the transport says how it guards against it. */
		if (r != -EAGAIN || now > start + 5 * USEC_PER_SEC)
			break;
		(void)usleep((useconds_t)SETTLE_US);
		r = 0;
	}
	*ret_took = clock_boottime_us() - start;
	if (r == -EAGAIN)
		return -EBADMSG;
	if (r < 0 && r != -ETIMEDOUT && r != -EREMOTEIO && r != -EBADMSG) {
		(void)ctl_error(p->o, 0, NULL, "%s: %s", p->device, line_error_text(-r, p->o->zh));
		return -EIO;
	}
	*ret_n = r > 0 ? (size_t)r : 0;
	return MIN(r, 0);
}

int scan_port_ask(struct scan_port *p, const struct scan_request *rq, uint8_t ret[MODBUS_PDU_MAX],
	size_t *ret_n, uint8_t *ret_exception, uint64_t *ret_took_us)
{
	*ret_n = 0;
	*ret_exception = 0;
	*ret_took_us = 0;
	return p->daemon ? ask_daemon(p, rq, ret, ret_n, ret_exception, ret_took_us)
			 : ask_own(p, rq, ret, ret_n, ret_exception, ret_took_us);
}
