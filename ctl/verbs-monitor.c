/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl bus monitor: the frames of a line, decoded with the profiles that are configured on it. */
#include "client.h"

#include "adapters/check.h"
#include "profile-play.h"
#include "record.h"
#include "share/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

#define SOURCES_MAX (CONFIG_APPLIANCES_MAX * CONFIG_SOURCES_MAX)
/* What came and is no frame yet is shown as it is when nothing more comes for so long: longer than the
 * pause a USB adapter makes within a frame. */
#define PIECES_MS 100

struct source {
	const struct appliance_config *a;
	const struct source_conf *conf;
	const struct adapter *adapter;
	void *state;
	struct blocks blocks;
};

struct monitor {
	const struct ctl_options *o;
	const char *bus;
	int unit; /* -1: all */
	long count;
	bool raw;
	const char *record_path, *record_id;

	struct config *config;
	struct source *sources;
	size_t n;
	char scheme[16]; /* as hello said: "rtu" "tcp" … */
	uint8_t context[16];
	uint8_t rx[4 * TAP_DATA_MAX];
	size_t n_rx;
	struct tap_frame from; /* times of what is in rx */
	struct record *record;
	struct source *recorded;
	struct frame_info info;
	long shown;
	uint64_t lost;
};

static bool is_tcp(const struct monitor *m)
{
	return streq(m->scheme, "tcp");
}

static bool is_modbus(const struct monitor *m)
{
	return !startswith(m->scheme, "serial");
}

static int unit_of(const struct monitor *m, const uint8_t *p, size_t n)
{
	size_t at = is_tcp(m) ? 6 : 0;

	return is_modbus(m) && n > at ? p[at] : -1;
}

static bool source_has(const struct monitor *m, const struct source *s, int unit)
{
	const struct modbus_state *ms = s->state;

	if (!is_modbus(m))
		return true;
	if (!ms || s->adapter != &adapter_modbus)
		return false;
	for (size_t i = 0; i < ms->n_blocks; i++)
		if (ms->blocks[i].unit == unit)
			return true;
	return ms->unit == unit;
}

static const char *source_name(const struct source *s, char *dst, size_t size)
{
	if (s->a->n_sources > 1)
		(void)snprintf(dst, size, "%s/%s", s->a->id, s->conf->name);
	else
		(void)str_copy(dst, size, s->a->id);
	return dst;
}

/* ---- what is shown */

/* Where hearthd does not trust the clock, what the clock of this machine says still helps a person. */
static void show_time_of(const struct tap_frame *f, char *dst, size_t size)
{
	uint64_t us =
		f->wall_us ? f->wall_us : clock_realtime_us() - (clock_boottime_us() - f->boot_us);
	time_t t = (time_t)(us / USEC_PER_SEC);
	struct tm tm;
	size_t n = strftime(dst, size, "%H:%M:%S", localtime_r(&t, &tm));

	(void)snprintf(dst + n, size - n, ".%03llu", (unsigned long long)(us / 1000 % 1000));
}

static json_t *reading_json(const struct profile *p, const struct reading *r)
{
	const struct point *pt = &p->points[r->point];
	char value[READING_TEXT_MAX + 64];

	trace_format(p, r, value, sizeof(value));
	return json_pack("{s:s, s:s, s:s, s:s}", "point", pt->name, "value",
		r->quality == QUALITY_GOOD ? value : "", "unit", trace_unit(p, r), "quality",
		quality_name((enum quality)r->quality));
}

static void show_json(struct monitor *m, const struct tap_frame *f, const uint8_t *p, size_t n,
	const struct source *s, const char *error)
{
	char hex[3 * sizeof(m->rx) + 1], name[80];
	json_t *list = json_array(), *j;
	struct ctl_options o = *m->o;
	int unit = unit_of(m, p, n);

	hex_encode(hex, sizeof(hex), p, n);
	for (size_t i = 0; s && i < m->info.n_readings; i++)
		(void)json_array_append_new(
			list, reading_json(s->conf->profile, &m->info.readings[i]));
	j = json_pack("{s:I, s:I, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:I}", "time_us",
		(json_int_t)f->wall_us, "boottime_us", (json_int_t)f->boot_us, "direction",
		f->kind == TAP_TO ? "to" : "from", "unit",
		unit < 0 ? json_null() : json_integer(unit), "source",
		s ? json_string(source_name(s, name, sizeof(name))) : json_null(), "hex", hex,
		"kind", error || m->raw ? json_null() : json_string(m->info.kind), "error",
		error ? json_string(error) : json_null(), "readings", list, "lost",
		(json_int_t)m->lost);
	o.json = JSON_SHORT;
	(void)ctl_print_json(&o, j);
}

static void show_text(struct monitor *m, const struct tap_frame *f, const uint8_t *p, size_t n,
	const struct source *s, const char *error)
{
	char hex[3 * sizeof(m->rx) + 1], now[32], name[80], value[READING_TEXT_MAX + 64], text[256];
	int unit = unit_of(m, p, n);

	show_time_of(f, now, sizeof(now));
	ctl_print(m->o, GREY, now);
	ctl_print(m->o, f->kind == TAP_TO ? YELLOW : GREEN, f->kind == TAP_TO ? " > " : " < ");
	hex_encode(hex, sizeof(hex), p, n);
	puts(hex);
	if (m->raw)
		return;
	printf("%*s", (int)strlen(now) + 3, "");
	if (s) {
		ctl_print(m->o, BOLD, source_name(s, name, sizeof(name)));
		fputs("  ", stdout);
	} else if (unit >= 0)
		printf(ctl_tr(m->o, "unit %d  "), unit);
	str_escape(text, sizeof(text), error ? error : m->info.kind,
		strlen(error ? error : m->info.kind));
	ctl_print(m->o, error ? RED : PLAIN, text);
	if (!error && m->info.n_readings == 0)
		for (size_t i = 0; i < m->info.n_fields && i < 16; i++) {
			const struct field *v = &m->info.fields[i];

			if (v->type == FIELD_TEXT)
				printf("  %s \"%s\"", v->name, v->text);
			else if (v->type != FIELD_ABSENT && !streq(v->name, "unit"))
				printf("  %s %g", v->name, v->num);
		}
	putchar('\n');
	for (size_t i = 0; !error && s && i < m->info.n_readings; i++) {
		const struct reading *r = &m->info.readings[i];
		const struct profile *profile = s->conf->profile;
		const struct point *pt = &profile->points[r->point];

		show_reading(m->o, profile, r, value, sizeof(value));
		printf("%*s%s = ", (int)strlen(now) + 5, "", pt->name);
		ctl_print(m->o, r->quality == QUALITY_GOOD ? BOLD : GREY, value);
		printf("%s%s\n", r->quality == QUALITY_GOOD && *unit_name(pt->unit) ? " " : "",
			r->quality == QUALITY_GOOD ? unit_name(pt->unit) : "");
	}
}

static void show(struct monitor *m, const struct tap_frame *f, const uint8_t *p, size_t n,
	const struct source *s, const char *error)
{
	if ((m->unit >= 0 && unit_of(m, p, n) != m->unit) || (m->count && m->shown == m->count))
		return;
	if (m->lost > 0 && m->o->json == JSON_OFF)
		(void)ctl_error(m->o, 0, NULL, "%llu frames were lost: this reader was too slow",
			(unsigned long long)m->lost);
	if (!m->record || m->o->json != JSON_OFF) {
		if (m->o->json != JSON_OFF)
			show_json(m, f, p, n, s, error);
		else
			show_text(m, f, p, n, s, error);
	}
	m->lost = 0;
	m->shown++;
	fflush(stdout);
}

/* ---- frames */

static void take_record(struct monitor *m, const uint8_t *p)
{
	struct modbus_request rq = {.unit = m->context[1],
		.function = m->context[2],
		.address = be16(m->context + 3),
		.count = be16(m->context + 5)};
	const uint8_t *pdu = p + (is_tcp(m) ? 7 : 1);
	size_t n = m->info.len - (is_tcp(m) ? 7 : 3);
	uint8_t exception;

	if (m->context[0] != 1 || pdu[-1] != rq.unit)
		return;
	switch (modbus_pdu_check(&rq, pdu, n, &exception)) {
	case MODBUS_REPLY:
		record_reply(m->record, rq.unit, rq.function, rq.address, rq.count, pdu + 2);
		break;
	case MODBUS_EXCEPTION:
		record_exception(m->record, rq.unit, rq.function, rq.address, rq.count, exception);
		break;
	case MODBUS_MORE:
	case MODBUS_BAD:
		break;
	}
}

/* The frame at the start of P: 0 with m->info and the source whose it is, or -EBADMSG. Of several
 * sources at one unit the one that finds most in it. */
static int decode(struct monitor *m, const uint8_t *p, size_t n, enum frame_direction dir,
	const struct source **ret, char *error, size_t size)
{
	int unit = unit_of(m, p, n), best = -1;
	const struct adapter *adapter = is_modbus(m) ? &adapter_modbus : NULL;
	struct errdetail detail = {0};
	const struct source *found = NULL;
	size_t most = 0;
	int r;

	for (size_t i = 0; i < m->n; i++) {
		if (!source_has(m, &m->sources[i], unit))
			continue;
		memcpy(m->info.context, m->context, sizeof(m->context));
		if (m->sources[i].adapter->decode_frame &&
			m->sources[i].adapter->decode_frame(
				m->sources[i].state, p, n, dir, &m->info, NULL) == 0 &&
			(best < 0 || m->info.n_readings > most)) {
			best = (int)i;
			most = m->info.n_readings;
		}
		adapter = m->sources[i].adapter;
	}
	if (best >= 0)
		found = &m->sources[best];
	memcpy(m->info.context, m->context, sizeof(m->context));
	if (!adapter || !adapter->decode_frame) {
		m->info.len = n;
		(void)str_copy(error, size, "no protocol of this line can decode it");
		return -EBADMSG;
	}
	r = adapter->decode_frame(found ? found->state : NULL, p, n, dir, &m->info, &detail);
	memcpy(m->context, m->info.context, sizeof(m->context));
	(void)str_copy(error, size, detail.text);
	*ret = found;
	return r;
}

/* What is in rx, as frames; a rest that may still grow stays unless ALL. */
static void flush_from(struct monitor *m, bool all)
{
	while (m->n_rx > 0) {
		const struct source *s = NULL;
		char error[200] = "";
		int r = 0;
		size_t len = m->n_rx;

		if (!m->raw || m->record) {
			r = decode(
				m, m->rx, m->n_rx, FRAME_FROM_APPLIANCE, &s, error, sizeof(error));
			if (r < 0 && !all)
				return;
			len = MIN(MAX(m->info.len, 1U), m->n_rx);
		} else if (!all)
			return;
		if (r == 0 && m->record && s == m->recorded)
			take_record(m, m->rx);
		show(m, &m->from, m->rx, len, s, r < 0 ? error : NULL);
		memmove(m->rx, m->rx + len, m->n_rx - len);
		m->n_rx -= len;
	}
}

static void take_frame(struct monitor *m, const struct tap_frame *f)
{
	const struct source *s = NULL;
	char error[200] = "";
	int r;

	m->lost += f->lost;
	switch (f->kind) {
	case TAP_HELLO:
		(void)snprintf(m->scheme, sizeof(m->scheme), "%.*s",
			(int)strcspn((const char *)f->data, " "), (const char *)f->data);
		break;
	case TAP_TO:
		flush_from(m, true);
		r = m->raw && !m->record ? 0
					 : decode(m, f->data, f->len, FRAME_TO_APPLIANCE, &s, error,
						   sizeof(error));
		show(m, f, f->data, f->len, s, r < 0 ? error : NULL);
		break;
	case TAP_FROM:
		if (m->n_rx + f->len > sizeof(m->rx))
			flush_from(m, true);
		if (m->n_rx == 0)
			m->from = *f;
		memcpy(m->rx + m->n_rx, f->data, f->len);
		m->n_rx += f->len;
		flush_from(m, false);
		break;
	}
}

/* ---- set-up */

static void sources_free(struct monitor *m)
{
	m->record = record_free(m->record);
	for (size_t i = 0; i < m->n; i++) {
		if (m->sources[i].state)
			m->sources[i].adapter->done(m->sources[i].state);
		free(m->sources[i].state);
		blocks_done(&m->sources[i].blocks);
	}
	free(m->sources);
	config_free(m->config);
}

/* The profile's own line, as "profile test" plays it: the plan depends on how long a character takes. */
static uint64_t char_us(const struct monitor *m, const struct profile *p)
{
	uint32_t bits = 9u + (p->line.parity != 0 && p->line.parity != 'N') +
			(p->line.stop_bits ? p->line.stop_bits : 1);
	uint32_t baud = p->line.baud ? p->line.baud : 9600;

	for (size_t i = 0; i < m->config->n_buses; i++)
		if (streq(m->config->buses[i].id, m->bus) &&
			startswith(m->config->buses[i].device, "tcp:"))
			return 0;
	return (bits * USEC_PER_SEC + baud - 1) / baud;
}

static int add_source(
	struct monitor *m, const struct appliance_config *a, const struct source_conf *conf)
{
	struct source *s = &m->sources[m->n];
	struct source_config c = {.unit = conf->unit,
		.period_us = conf->period_us,
		.char_us = char_us(m, conf->profile)};

	*s = (struct source){.a = a, .conf = conf};
	s->adapter = adapter_by_name(conf->profile->adapter);
	if (!s->adapter)
		return 0;
	s->state = calloc(1, MAX(s->adapter->state_size, 1U));
	if (!s->state)
		return -ENOMEM;
	m->n++;
	/* One that cannot be configured decodes nothing; hearthd says why. */
	if (s->adapter->configure(s->state, conf->profile, &c, &s->blocks, NULL) < 0) {
		free(TAKE_PTR(s->state));
		m->n--;
	}
	return 0;
}

static int load_sources(struct monitor *m)
{
	struct problems problems = {0};
	int r = config_load(m->o->etc, m->o->vendor, &problems, &m->config);

	problems_done(&problems);
	m->sources = calloc(SOURCES_MAX, sizeof(*m->sources));
	if (!m->sources)
		return -ENOMEM;
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->config->n_appliances; i++)
		for (size_t k = 0; k < m->config->appliances[i].n_sources; k++) {
			const struct appliance_config *a = &m->config->appliances[i];

			if (streq(a->sources[k].bus, m->bus) && m->n < SOURCES_MAX &&
				add_source(m, a, &a->sources[k]) < 0)
				return -ENOMEM;
		}
	return 0;
}

static int start_record(struct monitor *m)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < m->n && !m->recorded; i++)
		if (streq(m->sources[i].a->id, m->record_id))
			m->recorded = &m->sources[i];
	if (!m->recorded)
		return ctl_error(m->o, CTL_FAILURE, "hearthctl list",
			"no appliance \"%s\" is configured on bus %s", m->record_id, m->bus);
	if (m->recorded->adapter != &adapter_modbus)
		return ctl_error(m->o, CTL_FAILURE, NULL,
			"only Modbus can be recorded; \"%s\" speaks %s", m->record_id,
			m->recorded->adapter->name);
	if (access(m->record_path, F_OK) == 0)
		return ctl_error(m->o, CTL_FAILURE, NULL, "%s exists already", m->record_path);
	if (record_new(m->recorded->state, is_tcp(m), &m->record) < 0)
		return ctl_error(m->o, CTL_FAILURE, NULL, "out of memory");
	for (size_t i = 0; i < m->recorded->blocks.n; i++)
		longest = MAX(longest, m->recorded->blocks.v[i].period_us);
	(void)ctl_error(m->o, 0, NULL,
		"recording %s until each of its %zu reads was answered, %llu s at most; Ctrl-C ends it sooner",
		m->record_id, m->recorded->blocks.n,
		(unsigned long long)((longest + USEC_PER_SEC - 1) / USEC_PER_SEC));
	return CTL_OK;
}

static int end_record(struct monitor *m)
{
	size_t missing = record_missing(m->record);
	int r;

	if (missing == m->recorded->blocks.n)
		return ctl_error(m->o, CTL_FAILURE, NULL, "%s did not answer; nothing was recorded",
			m->record_id);
	r = record_write(m->record, m->record_path);
	if (r < 0)
		return ctl_error(m->o, CTL_FAILURE, NULL, "cannot write %s: %s", m->record_path,
			ctl_strerror(m->o, -r));
	(void)ctl_error(m->o, 0, NULL, "%s: %zu of %zu reads recorded", m->record_path,
		m->recorded->blocks.n - missing, m->recorded->blocks.n);
	if (missing > 0)
		(void)ctl_error(m->o, 0, NULL, "the reads that are missing stand as not answered");
	return CTL_OK;
}

static int open_tap(struct monitor *m, int *ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	_cleanup_free_ char *path = NULL;
	json_t *line;
	int fd, r = client_open(m->o, &bus);

	if (r == CTL_OK)
		r = client_objects(m->o, bus, &all);
	if (r == CTL_OK)
		r = client_find(m->o, json_object_get(all, "buses"), "bus", m->bus, &line);
	if (r != CTL_OK)
		return r;
	if (sd_bus_path_encode(HEARTHD_ROOT "/bus", m->bus, &path) < 0)
		return ctl_error(m->o, CTL_FAILURE, NULL, "out of memory");
	r = sd_bus_call_method(
		bus, HEARTHD_NAME, path, HEARTHD_NAME ".Monitor1", "Open", &e, &reply, "");
	if (r >= 0)
		r = sd_bus_message_read(reply, "h", &fd);
	if (r < 0)
		return client_failed(m->o, r, &e);
	*ret = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *ret < 0 ? ctl_error(m->o, CTL_FAILURE, NULL, "%s", ctl_strerror(m->o, errno))
			: CTL_OK;
}

/* CTL_OK when it has ended as it should. */
static int loop(struct monitor *m, int fd, int signals)
{
	uint8_t buf[TAP_MAX];
	struct tap_frame f;

	while (m->count == 0 || m->shown < m->count) {
		struct pollfd p[] = {
			{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
		int r = poll(p, 2, m->n_rx > 0 ? PIECES_MS : -1);
		ssize_t n;

		if (r < 0 && errno != EINTR)
			return ctl_error(m->o, CTL_FAILURE, NULL, "%s", ctl_strerror(m->o, errno));
		if (p[1].revents)
			return CTL_OK;
		if (r == 0) {
			flush_from(m, true);
			continue;
		}
		n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return ctl_error(m->o, CTL_FAILURE, NULL,
				"hearthd has stopped or has read its configuration anew");
		if (tap_decode(buf, (size_t)n, &f) < 0)
			continue;
		take_frame(m, &f);
		if (f.kind == TAP_HELLO && m->record_path) {
			r = start_record(m);
			if (r != CTL_OK)
				return r;
		}
		if (m->record && record_missing(m->record) == 0)
			return CTL_OK;
	}
	return CTL_OK;
}

static int parse(struct monitor *m, int argc, char **argv)
{
	static const char verb[] = "bus monitor";
	uint64_t v;

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
		const char *equals = strchr(a, '=');
		char name[16];

		(void)snprintf(name, sizeof(name), "%.*s",
			equals && a[0] == '-' ? (int)(equals - a) : 15, a);
		if (streq(name, "--raw")) {
			m->raw = true;
			continue;
		}
		if (a[0] != '-') {
			if (m->bus)
				return ctl_usage(m->o, verb, "too many words: \"%s\"", a);
			m->bus = a;
			continue;
		}
		if (equals)
			value = equals + 1;
		else
			i++;
		if (!streq(name, "--unit") && !streq(name, "--count") && !streq(name, "--record") &&
			!streq(name, "--appliance"))
			return ctl_usage(m->o, verb, "unknown option \"%s\"", a);
		if (!value)
			return ctl_usage(m->o, verb, "option %s needs a value", name);
		if (streq(name, "--record"))
			m->record_path = value;
		else if (streq(name, "--appliance"))
			m->record_id = value;
		else if (parse_u64(value, streq(name, "--unit") ? 0 : 1,
				 streq(name, "--unit") ? 255 : 1000000000, &v) < 0)
			return ctl_usage(m->o, verb, "%s \"%s\" is no such number", name, value);
		else if (streq(name, "--unit"))
			m->unit = (int)v;
		else
			m->count = (long)v;
	}
	if (!m->bus)
		return ctl_usage(m->o, verb, "which bus? \"hearthctl bus list\" shows them");
	if (!m->record_path != !m->record_id)
		return ctl_usage(m->o, verb, "--record needs --appliance, and the other way round");
	return CTL_OK;
}

int verb_bus_monitor(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_free_ struct monitor *m = calloc(1, sizeof(*m));
	_cleanup_close_ int fd = -1, signals = -1;
	sigset_t mask;
	int r;

	if (!m)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	m->o = o;
	m->unit = -1;
	r = parse(m, argc, argv);
	if (r != CTL_OK)
		return r;
	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signals = signalfd(-1, &mask, SFD_CLOEXEC);
	r = load_sources(m);
	if (r < 0 && m->record_path)
		r = ctl_error(o, CTL_FAILURE, "hearthctl config check",
			"the configuration cannot be read: %s", ctl_strerror(o, -r));
	else
		r = open_tap(m, &fd);
	if (r == CTL_OK)
		r = loop(m, fd, signals);
	if (r == CTL_OK && m->count == 0)
		flush_from(m, true);
	if (r == CTL_OK && m->record)
		r = end_record(m);
	sources_free(m);
	return r;
}
