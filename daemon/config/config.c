/* SPDX-License-Identifier: Apache-2.0 */
/* hearthd.conf: [Daemon] [Journal] [Bus NAME] [Upstream NAME]. */
#include "config-internal.h"

#include "daemon/base/log.h"

#include <limits.h>

#define DEFAULT_FLUSH_US      (300 * USEC_PER_SEC)
#define DEFAULT_HOLDOFF_US    (10 * USEC_PER_SEC)
#define DEFAULT_JOURNAL_BYTES (64ULL << 20)
#define DEFAULT_REPORT_US     (300 * USEC_PER_SEC)
#define DEFAULT_KEEPALIVE_US  (60 * USEC_PER_SEC)
#define DEFAULT_OUTBOX_BYTES  (16ULL << 20)
#define DEFAULT_WINDOW        4
#define DEFAULT_PREFIX        "hearth/v1"
#define TEXT_MAX              128 /* bytes of a label, a name, a location */
#define PREFIX_MAX            64
#define DEVICE_MAX            255 /* transport.h */

/* Names of privacy levels, in the order of enum privacy_level. */
const struct ini_name config_level_names[] = {{"off", LEVEL_OFF}, {"faults", LEVEL_FAULTS},
	{"daily", LEVEL_DAILY}, {"full", LEVEL_FULL}, {NULL, 0}};

const char *privacy_level_name(enum privacy_level l)
{
	return (unsigned)l <= LEVEL_FULL ? config_level_names[l].name : "unknown";
}

int config_get_level(struct ini_section *s, struct problems *p, enum privacy_level *ret)
{
	int v = 0, r = ini_get_enum(s, "Level", config_level_names, p, &v);

	if (r <= 0)
		return r;
	*ret = (enum privacy_level)v;
	return 1;
}

int config_get_text(struct ini_section *s, const char *key, const char *locale, size_t max,
	struct problems *p, char **ret)
{
	struct ini_entry *e = ini_get(s, key, locale);
	char *copy;

	if (!e)
		return 0;
	if (strlen(e->value) > max)
		return ini_problem(p, PROBLEM_ERROR, e, "longer than %zu bytes; shorten it", max);
	copy = strdup(e->value);
	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 1;
}

/* Devices */

static const struct device_scheme schemes[] = {
	{"rtu:", false, 0, true, 1, 247},
	{"tcp:", true, 502, true, 0, 255},
	{"rtutcp:", true, 0, true, 1, 247},
	{"serial:", false, 0, false, 0, 0},
	{"serialtcp:", true, 0, false, 0, 0},
};

const struct device_scheme *device_scheme(const char *device)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (startswith(device, schemes[i].prefix))
			return &schemes[i];
	return NULL;
}

/* "host", "host:port", "[v6]", "[v6]:port": NULL, or what is wrong. *ret_port is 0 when none is
 * given. */
static const char *check_host(const char *s, uint64_t *ret_port)
{
	const char *end, *port = NULL;

	*ret_port = 0;
	if (*s == '[') {
		end = strchr(s, ']');
		if (!end || (end[1] && end[1] != ':'))
			return "an IPv6 address stands in brackets, as in [fe80::1]:502";
		port = end[1] ? end + 2 : NULL;
		s++;
	} else {
		end = strchrnul(s, ':');
		if (*end && strchr(end + 1, ':'))
			return "an IPv6 address stands in brackets, as in [fe80::1]:502";
		port = *end ? end + 1 : NULL;
	}
	if (startswith(s, "//"))
		return "no \"//\" here; write host:port, as in tcp:192.0.2.5:502";
	if (end == s || end - s > 253 || *s == '-' || *s == '.')
		return "a host name or address is needed";
	for (; s < end; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			    (*s >= '0' && *s <= '9') || strchr("-._:%", *s)))
			return "a host name has letters, digits, \"-\" and \".\" only";
	if (port && parse_u64(port, 1, 65535, ret_port) < 0)
		return "the port must be 1 to 65535";
	return NULL;
}

static int check_device(const struct ini_entry *e, struct problems *p)
{
	const struct device_scheme *d = device_scheme(e->value);
	const char *rest, *wrong;
	uint64_t port;

	if (strlen(e->value) > DEVICE_MAX)
		return ini_problem(p, PROBLEM_ERROR, e, "longer than %d bytes", DEVICE_MAX);
	if (!d)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no device; write rtu:/dev/..., tcp:host:502, rtutcp:host:port, "
			"serial:/dev/... or serialtcp:host:port",
			e->value);
	rest = e->value + strlen(d->prefix);
	if (!d->network)
		return *rest == '/' ? 0
				    : ini_problem(p, PROBLEM_ERROR, e,
					      "%s needs an absolute path, best one that names the "
					      "adapter: %s/dev/serial/by-id/...",
					      d->prefix, d->prefix);
	wrong = check_host(rest, &port);
	if (!wrong && port == 0 && d->port == 0)
		wrong = "a port is needed, as in host:4001";
	return wrong ? ini_problem(p, PROBLEM_ERROR, e, "\"%s\": %s", e->value, wrong) : 0;
}

/* Two words for one line: the path, or host and port, whatever the protocol on it. */
static bool same_line(const char *a, const char *b)
{
	const struct device_scheme *da = device_scheme(a), *db = device_scheme(b);
	uint64_t pa, pb;

	if (!da || !db || da->network != db->network)
		return false;
	a += strlen(da->prefix);
	b += strlen(db->prefix);
	if (!da->network) {
		char ra[PATH_MAX], rb[PATH_MAX];

		return streq(a, b) || (realpath(a, ra) && realpath(b, rb) && streq(ra, rb));
	}
	if (check_host(a, &pa) || check_host(b, &pb))
		return false;
	if ((pa ? pa : da->port) != (pb ? pb : db->port))
		return false;
	if (pa)
		a = strndupa(a, (size_t)(strrchr(a, ':') - a));
	if (pb)
		b = strndupa(b, (size_t)(strrchr(b, ':') - b));
	return strcasecmp(a, b) == 0;
}

/* Sections */

/* ISO 3166: CN, or CN-31 of it. */
static int get_region(struct ini_section *s, struct config *c, struct problems *p)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			  part[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789";
	struct ini_entry *e = ini_get(s, "Region", NULL);
	const char *v = e ? e->value : "";
	size_t n = strlen(v);

	if (*v && (strspn(v, upper) < 2 || (n != 2 && (v[2] != '-' || n < 4 || n > 6 ||
							      strspn(v + 3, part) != n - 3))))
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%.32s\" is no region; write a country or a part of one as in ISO 3166, as CN "
			"or CN-31",
			v);
	(void)str_copy(c->region, sizeof(c->region), v);
	return 0;
}

static int load_daemon(struct ini *ini, struct config *c, struct problems *p)
{
	static const char *const known[] = {
		"Language", "Clock", "Region", "LogLevel", "FlushInterval", "FindingHoldOff", NULL};
	static const char *const known_journal[] = {"MaxSize", NULL};
	static const struct ini_name languages[] = {{"en", 0}, {"zh_CN", 1}, {NULL, 0}};
	static const struct ini_name clocks[] = {
		{"auto", CLOCK_TRUST_AUTO}, {"trusted", CLOCK_TRUST_YES}, {NULL, 0}};
	static const struct ini_name levels[] = {{"err", LOG_ERR}, {"warning", LOG_WARNING},
		{"notice", LOG_NOTICE}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}, {NULL, 0}};
	struct ini_section *s = ini_section(ini, "Daemon", NULL);
	int v, bad = 0;

	v = 0;
	bad |= ini_get_enum(s, "Language", languages, p, &v) < 0;
	c->zh = v == 1;
	v = CLOCK_TRUST_AUTO;
	bad |= ini_get_enum(s, "Clock", clocks, p, &v) < 0;
	c->clock = (enum clock_trust)v;
	bad |= get_region(s, c, p) < 0;
	bad |= ini_get_enum(s, "LogLevel", levels, p, &c->log_level) < 0;
	bad |= ini_get_duration(
		       s, "FlushInterval", 10 * USEC_PER_SEC, USEC_PER_HOUR, p, &c->flush_us) < 0;
	bad |= ini_get_duration(s, "FindingHoldOff", 0, USEC_PER_HOUR, p, &c->finding_holdoff_us) <
	       0;
	ini_warn_unused(s, known, p);
	s = ini_section(ini, "Journal", NULL);
	bad |= ini_get_size(s, "MaxSize", 4ULL << 20, 16ULL << 30, p, &c->journal_max_bytes) < 0;
	ini_warn_unused(s, known_journal, p);
	return bad ? -EINVAL : 0;
}

/* [Type NAME]: the name as an id, or a problem. */
static int section_id(struct ini_section *s, struct problems *p, char **ret)
{
	if (!id_valid(s->arg))
		return ini_problem_section(p, PROBLEM_ERROR, s,
			"needs a name of 1 to 32 of a-z 0-9 _ -, as in [%s %s]", s->type,
			streq(s->type, "Bus") ? "rs485-0" : "cloud");
	*ret = strdup(s->arg);
	return *ret ? 0 : -ENOMEM;
}

static const struct ini_name bauds[] = {{"300", 300}, {"600", 600}, {"1200", 1200}, {"2400", 2400},
	{"4800", 4800}, {"9600", 9600}, {"19200", 19200}, {"38400", 38400}, {"57600", 57600},
	{"115200", 115200}, {"230400", 230400}, {"460800", 460800}, {"921600", 921600}, {NULL, 0}};
static const struct ini_name parities[] = {{"none", 'N'}, {"even", 'E'}, {"odd", 'O'}, {NULL, 0}};
static const struct ini_name stop_bits[] = {{"1", 1}, {"2", 2}, {NULL, 0}};

static int load_bus(
	struct ini_section *s, struct config *c, struct bus_config *b, struct problems *p)
{
	static const char *const known[] = {
		"Device", "Baud", "Parity", "StopBits", "Listen", "Share", NULL};
	static const char *const line_keys[] = {"Baud", "Parity", "StopBits"};
	const struct device_scheme *d;
	struct ini_entry *e;
	int baud = 0, parity = 0, stop = 0, bad = 0, r;

	r = section_id(s, p, &b->id);
	if (r < 0)
		return r;
	b->line = s->line;
	b->file = strdup(s->file);
	if (!b->file)
		return -ENOMEM;
	bad |= ini_get_enum(s, "Baud", bauds, p, &baud) < 0;
	bad |= ini_get_enum(s, "Parity", parities, p, &parity) < 0;
	bad |= ini_get_enum(s, "StopBits", stop_bits, p, &stop) < 0;
	bad |= ini_get_bool(s, "Listen", p, &b->listen) < 0;
	bad |= ini_get_bool(s, "Share", p, &b->share) < 0;
	b->baud = (uint32_t)baud;
	b->parity = (char)parity;
	b->stop_bits = (uint8_t)stop;
	e = ini_get(s, "Device", NULL);
	if (!e)
		bad |= ini_problem_section(p, PROBLEM_ERROR, s,
			       "needs Device=, as in Device=rtu:/dev/serial/by-id/...") < 0;
	else if (check_device(e, p) < 0)
		bad = 1;
	else {
		d = device_scheme(e->value);
		b->device = strdup(e->value);
		if (!b->device)
			return -ENOMEM;
		for (size_t i = 0; d->network && i < ARRAY_SIZE(line_keys); i++)
			if (ini_get(s, line_keys[i], NULL))
				(void)ini_problem(p, PROBLEM_WARNING,
					ini_get(s, line_keys[i], NULL),
					"has no effect on %s; the line is set at its far end",
					d->prefix);
		for (size_t i = 0; &c->buses[i] != b; i++)
			if (c->buses[i].device && same_line(c->buses[i].device, b->device))
				bad |= ini_problem(p, PROBLEM_ERROR, e,
					       "[Bus %s] has this line already; one line is one "
					       "bus, with all its units on it",
					       c->buses[i].id) < 0;
	}
	ini_warn_unused(s, known, p);
	return bad ? -EINVAL : 0;
}

static int check_url(const struct ini_entry *e, struct problems *p)
{
	const char *host = startswith(e->value, "mqtt://"), *wrong;
	uint64_t port;

	if (!host)
		host = startswith(e->value, "mqtts://");
	if (!host)
		return ini_problem(p, PROBLEM_ERROR, e,
			"\"%s\" is no address; write mqtts://host:8883 or mqtt://host:1883",
			e->value);
	if (strchr(host, '@'))
		return ini_problem(p, PROBLEM_ERROR, e,
			"no user or password here; set Username=, and give the password as a "
			"credential of hearth-relay@%s.service",
			e->section->arg);
	if (strchr(host, '/'))
		return ini_problem(p, PROBLEM_ERROR, e,
			"nothing may follow the port; remove it from the \"/\"");
	wrong = check_host(host, &port);
	return wrong ? ini_problem(p, PROBLEM_ERROR, e, "\"%s\": %s", e->value, wrong) : 0;
}

static int check_prefix(const struct ini_entry *e, struct problems *p)
{
	size_t n = strlen(e->value);

	if (n > PREFIX_MAX || strpbrk(e->value, "+# ") || *e->value == '$' || *e->value == '/' ||
		e->value[n - 1] == '/' || strstr(e->value, "//"))
		return ini_problem(p, PROBLEM_ERROR, e,
			"a topic prefix has up to %d bytes, no blanks, no + and #, no $ in front, "
			"and levels that are not empty, as in hearth/v1",
			PREFIX_MAX);
	return 0;
}

static int load_planes(struct ini_section *s, struct upstream_config *u, struct problems *p)
{
	static const struct {
		const char *name;
		unsigned planes;
	} names[] = {{"event", PLANE_EVENT}, {"report", PLANE_REPORT}, {"state", PLANE_STATE},
		{"summary", PLANE_SUMMARY}, {"repair", PLANE_REPAIR},
		{"discovery", PLANE_DISCOVERY | PLANE_STATE}};
	_cleanup_free_ char **words = NULL;
	struct ini_entry *e = ini_get(s, "Planes", NULL);
	size_t n = 0, k;
	int r;

	u->planes = PLANE_EVENT | (u->level == LEVEL_FULL           ? PLANE_REPORT
					  : u->level == LEVEL_DAILY ? PLANE_SUMMARY
								    : 0);
	r = ini_get_list(s, "Planes", 8, p, &words, &n);
	if (r <= 0)
		return r;
	u->planes = 0;
	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_SIZE(names) && !streq(names[k].name, words[i]); k++)
			;
		if (k == ARRAY_SIZE(names))
			return ini_problem(p, PROBLEM_ERROR, e,
				"\"%s\" is not one of event, repair, summary, report, state and discovery",
				words[i]);
		u->planes |= names[k].planes;
	}
	if ((u->planes & (PLANE_REPORT | PLANE_STATE)) && u->level < LEVEL_FULL)
		(void)ini_problem(p, PROBLEM_WARNING, e,
			"report, state and discovery leave only with Level=full; now events alone do");
	if ((u->planes & PLANE_SUMMARY) && u->level < LEVEL_DAILY)
		(void)ini_problem(p, PROBLEM_WARNING, e,
			"a summary leaves only with Level=daily or full; now events alone do");
	return 1;
}

static int load_commands(struct ini_section *s, struct upstream_config *u, struct problems *p)
{
	_cleanup_free_ char **words = NULL;
	struct ini_entry *e = ini_get(s, "Commands", NULL);
	size_t n = 0;
	int r = ini_get_list(s, "Commands", 2, p, &words, &n);

	if (r <= 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (streq(words[i], "json"))
			u->commands |= COMMANDS_JSON;
		else if (streq(words[i], "plain"))
			u->commands |= COMMANDS_PLAIN;
		else if (!streq(words[i], "no") || n > 1)
			return ini_problem(p, PROBLEM_ERROR, e,
				"\"%s\" is not one of json and plain, nor no alone", words[i]);
	}
	if (u->commands & COMMANDS_PLAIN && !(u->level == LEVEL_FULL && u->planes & PLANE_STATE)) {
		u->commands &= ~(unsigned)COMMANDS_PLAIN;
		return ini_problem(p, PROBLEM_WARNING, e,
			       "plain has no effect without Level=full and the state plane: whoever "
			       "sends bare values has to see what they change") < 0
			       ? 0
			       : 1;
	}
	return 1;
}

static int load_upstream_values(
	struct ini_section *s, struct upstream_config *u, struct problems *p)
{
	static const struct ini_name versions[] = {{"5", 5}, {"3.1.1", 4}, {NULL, 0}};
	static const struct ini_name compressions[] = {
		{"deflate", COMPRESSION_DEFLATE}, {"none", COMPRESSION_NONE}, {NULL, 0}};
	static const struct ini_name reports[] = {{"exception", 0}, {"lossless", 1}, {NULL, 0}};
	uint64_t window = DEFAULT_WINDOW;
	int version = 5, lossless = 0, compression = COMPRESSION_DEFLATE, bad = 0;

	u->report_interval_us = DEFAULT_REPORT_US;
	u->keepalive_us = DEFAULT_KEEPALIVE_US;
	u->max_bytes = DEFAULT_OUTBOX_BYTES;
	u->level = LEVEL_FAULTS;
	bad |= ini_get_enum(s, "MqttVersion", versions, p, &version) < 0;
	bad |= config_get_level(s, p, &u->level) < 0;
	bad |= load_planes(s, u, p) < 0;
	bad |= load_commands(s, u, p) < 0;
	bad |= ini_get_enum(s, "Compression", compressions, p, &compression) < 0;
	bad |= ini_get_enum(s, "Report", reports, p, &lossless) < 0;
	bad |= ini_get_duration(s, "ReportInterval", 10 * USEC_PER_SEC, USEC_PER_DAY, p,
		       &u->report_interval_us) < 0;
	bad |= ini_get_duration(
		       s, "KeepAlive", 5 * USEC_PER_SEC, USEC_PER_HOUR, p, &u->keepalive_us) < 0;
	bad |= ini_get_size(s, "MaxSize", 64ULL << 10, 1ULL << 30, p, &u->max_bytes) < 0;
	bad |= ini_get_u64(s, "Window", 1, 16, p, &window) < 0;
	u->birth = u->level == LEVEL_FULL && (u->planes & PLANE_REPORT);
	bad |= ini_get_bool(s, "Birth", p, &u->birth) < 0;
	bad |= ini_get_bool(s, "Receipts", p, &u->receipts) < 0;
	u->mqtt_version = (unsigned)version;
	u->compression = (enum compression)compression;
	u->lossless = lossless > 0;
	u->window = (unsigned)window;
	return bad ? -EINVAL : 0;
}

static int load_upstream(
	struct ini_section *s, struct config *c, struct upstream_config *u, struct problems *p)
{
	static const char *const known[] = {"Url", "MqttVersion", "Level", "Planes", "Compression",
		"Prefix", "ClientId", "Username", "Report", "ReportInterval", "KeepAlive",
		"MaxSize", "Window", "Birth", "Receipts", "Commands", NULL};
	struct ini_entry *e;
	int bad = 0, r;

	r = section_id(s, p, &u->id);
	if (r < 0)
		return r;
	u->line = s->line;
	u->file = strdup(s->file);
	if (!u->file)
		return -ENOMEM;
	e = ini_get(s, "Url", NULL);
	if (!e)
		bad |= ini_problem_section(
			       p, PROBLEM_ERROR, s, "needs Url=, as in Url=mqtts://host:8883") < 0;
	else if (check_url(e, p) < 0)
		bad = 1;
	bad |= config_get_text(s, "Url", NULL, DEVICE_MAX, p, &u->url) < 0;
	bad |= load_upstream_values(s, u, p) < 0;
	e = ini_get(s, "Prefix", NULL);
	bad |= e && check_prefix(e, p) < 0;
	u->prefix = strdup(e ? e->value : DEFAULT_PREFIX);
	if (!u->prefix)
		return -ENOMEM;
	bad |= config_get_text(s, "ClientId", NULL, TEXT_MAX, p, &u->client_id) < 0;
	bad |= config_get_text(s, "Username", NULL, TEXT_MAX, p, &u->username) < 0;
	e = ini_get(s, "Password", NULL);
	if (e)
		(void)ini_problem(p, PROBLEM_WARNING, e,
			"ignored: a password does not belong in this file, which everybody may "
			"read; give it as a credential of hearth-relay@%s.service, see hearth-relay(8)",
			u->id);
	ini_warn_unused(s, known, p);
	return bad ? -EINVAL : 0;
}

/* The whole */

static size_t count(const struct ini *ini, const char *type)
{
	size_t n = 0;

	for (struct ini_section *s = NULL; (s = ini_section_next(ini, type, s));)
		n++;
	return n;
}

/* Goes on after errors, so that all are told: -EINVAL in the end. */
static int load_main(struct ini *ini, struct config *c, struct problems *p)
{
	static const char *const types[] = {"Daemon", "Journal", "Bus", "Upstream", NULL};
	size_t n_buses = MIN(count(ini, "Bus"), (size_t)CONFIG_BUSES_MAX);
	size_t n_upstreams = MIN(count(ini, "Upstream"), (size_t)CONFIG_UPSTREAMS_MAX);
	struct ini_section *s;
	int bad = 0, r;

	c->buses = calloc(n_buses + 1, sizeof(*c->buses));
	c->upstreams = calloc(n_upstreams + 1, sizeof(*c->upstreams));
	if (!c->buses || !c->upstreams)
		return -ENOMEM;
	bad |= load_daemon(ini, c, p) < 0;
	for (s = NULL; (s = ini_section_next(ini, "Bus", s));) {
		if (c->n_buses == n_buses) {
			bad |= ini_problem_section(p, PROBLEM_ERROR, s,
				       "more than %d buses; remove some", CONFIG_BUSES_MAX) < 0;
			break;
		}
		r = load_bus(s, c, &c->buses[c->n_buses++], p);
		if (r == -ENOMEM)
			return r;
		bad |= r < 0;
	}
	for (s = NULL; (s = ini_section_next(ini, "Upstream", s));) {
		if (c->n_upstreams == n_upstreams) {
			bad |= ini_problem_section(p, PROBLEM_ERROR, s,
				       "more than %d upstreams; remove some",
				       CONFIG_UPSTREAMS_MAX) < 0;
			break;
		}
		r = load_upstream(s, c, &c->upstreams[c->n_upstreams++], p);
		if (r == -ENOMEM)
			return r;
		bad |= r < 0;
	}
	ini_warn_unknown_sections(ini, types, p);
	return bad ? -EINVAL : 0;
}

/* What nobody set in [Bus] is taken from the profiles on it (by the manager, which knows the
 * appliances that really run), and one line has one speed. */
static void check_line(const struct bus_config *b, const struct config *c, struct problems *p)
{
	static const char *const names[] = {"Baud", "Parity", "StopBits"};
	const uint32_t set[] = {b->baud, (uint32_t)b->parity, b->stop_bits};
	const char *first[ARRAY_SIZE(names)] = {0};
	uint32_t wanted[ARRAY_SIZE(names)] = {0};
	char key[48];

	if (device_scheme(b->device)->network)
		return;
	snprintf(key, sizeof(key), "Bus %s", b->id);
	for (size_t i = 0; i < c->n_appliances; i++)
		for (size_t k = 0; k < c->appliances[i].n_sources; k++) {
			const struct source_conf *s = &c->appliances[i].sources[k];
			const struct line_defaults *l = &s->profile->line;
			const uint32_t wants[] = {l->baud, (uint32_t)l->parity, l->stop_bits};

			for (size_t n = 0; streq(s->bus, b->id) && n < ARRAY_SIZE(names); n++) {
				if (set[n] || !wants[n] || wants[n] == wanted[n])
					continue;
				if (wanted[n]) {
					(void)problem_add(p, PROBLEM_ERROR, b->file, b->line, key,
						"profiles %s and %s want different %s=, so the bus "
						"stays off; set here what the line runs at",
						first[n], s->profile_id, names[n]);
					return;
				}
				wanted[n] = wants[n];
				first[n] = s->profile_id;
			}
		}
}

int config_load(const char *etc, const char *vendor, struct problems *problems, struct config **ret)
{
	const char *dirs[] = {etc, vendor, NULL};
	_cleanup_(ini_freep) struct ini *ini = NULL;
	struct config *c = calloc(1, sizeof(*c));
	int r, bad;

	if (!c)
		return -ENOMEM;
	c->log_level = LOG_INFO;
	c->flush_us = DEFAULT_FLUSH_US;
	c->journal_max_bytes = DEFAULT_JOURNAL_BYTES;
	c->finding_holdoff_us = DEFAULT_HOLDOFF_US;
	r = ini_load(dirs, "hearthd.conf", problems, &ini);
	if (r == -ENOENT) {
		r = ini_new(&ini);
		if (r == 0)
			r = ini_merge_dropins(ini, dirs, "hearthd.conf.d", problems);
	}
	bad = r == -EINVAL;
	if (r == 0 || bad) {
		r = bad ? 0 : load_main(ini, c, problems);
		bad |= r == -EINVAL;
	}
	/* Without buses each appliance would miss its own. */
	if (!bad && r == 0)
		r = config_load_appliances(c, dirs, problems);
	for (size_t i = 0; !bad && r == 0 && i < c->n_buses; i++)
		check_line(&c->buses[i], c, problems);
	if (bad || r < 0) {
		config_free(c);
		return bad ? -EINVAL : r;
	}
	config_digest_main(c, ini);
	*ret = c;
	return 0;
}

struct config *config_free(struct config *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n_buses; i++) {
		free(c->buses[i].id);
		free(c->buses[i].device);
		free(c->buses[i].file);
	}
	for (size_t i = 0; i < c->n_upstreams; i++) {
		struct upstream_config *u = &c->upstreams[i];

		free(u->id);
		free(u->url);
		free(u->prefix);
		free(u->client_id);
		free(u->username);
		free(u->file);
	}
	for (size_t i = 0; i < c->n_appliances; i++)
		appliance_config_done(&c->appliances[i]);
	free(c->buses);
	free(c->upstreams);
	free(c->appliances);
	free(c);
	return NULL;
}
