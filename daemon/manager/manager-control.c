/* SPDX-License-Identifier: Apache-2.0 */
/* Control=yes: one write at a time, from an order of a person or of the gate to its answer. */
#include "manager-control-internal.h"
#include "daemon/base/log.h"

#include <math.h>

/* A write that has not begun by then is not sent. */
#define BEGIN_US (5 * USEC_PER_SEC)
/* A worker that does not answer at all: its bus hangs or is gone. Longer than any pulse. */
#define ANSWER_US (60 * USEC_PER_SEC)
/* A read-back that was not to be had in this time. */
#define READ_US (10 * USEC_PER_SEC)
/* Refusals that are recorded: so many at once, then one more each period, 1 MB a day of flash for an appliance.
 * The record is for people; the log has every one. */
#define REFUSALS_BURST     24
#define REFUSALS_PERIOD_US (5 * USEC_PER_MIN)
/* A reading older than three periods is not fresh; a bus may be late by this much beside. */
#define FRESH_SLACK_US (2 * USEC_PER_SEC)

static uint64_t next_number; /* of attempts, and of commands to buses */

/* ---- what the gate may look at */

static uint64_t fresh_for(const struct control *c, unsigned source, unsigned point)
{
	const struct source_conf *s = c->unit->appliance->sources[source].conf;
	uint64_t period = MAX(s->profile->points[point].period_us,
		MAX(s->period_us, s->profile->line.least_period_us));

	return 3 * period + FRESH_SLACK_US;
}

static const struct reading *reading_of(void *userdata, unsigned source, unsigned point)
{
	static struct reading stale;
	struct control *c = userdata;
	struct reading *r;

	if (source >= GATE_SOURCES_MAX || point >= c->n_last[source])
		return NULL;
	r = &c->last[source][point];
	if (r->quality != QUALITY_GOOD ||
		clock_boottime_us() <= r->t_us + fresh_for(c, source, point))
		return r;
	stale = *r;
	stale.quality = QUALITY_STALE;
	return &stale;
}

static bool is_reachable(void *userdata, unsigned source)
{
	const struct control *c = userdata;

	return c->unit && c->unit->appliance->sources[source].state == SOURCE_ANSWERING;
}

static bool map_fits(void *userdata, unsigned source)
{
	const struct control *c = userdata;

	return c->unit && c->unit->fits[source].verdict == FIT_OK;
}

static struct gate_env env_of(struct control *c)
{
	return (struct gate_env){c, reading_of, is_reachable, map_fits};
}

static struct bus *bus_of(const struct control *c, unsigned source)
{
	struct line *l = manager_line(c->manager, c->unit->appliance->sources[source].conf->bus);

	return l ? l->bus : NULL;
}

static uint32_t tag_of(const struct control *c, unsigned source)
{
	return (uint32_t)c->unit->appliance->index << 8 | source;
}

/* ---- one write, from order to answer */

static void log_end(const struct control *c, const struct gate_answer *a)
{
	char appliance[64];
	const char *const fields[] = {appliance, NULL};
	bool good = a->outcome <= WRITE_UNCHANGED;

	(void)snprintf(appliance, sizeof(appliance), "HEARTHD_APPLIANCE=%s", control_id(c));
	log_full(good ? (c->order.kind == GATE_REFRESH ? LOG_DEBUG : LOG_NOTICE) : LOG_WARNING,
		NULL, fields, "%s: %s %s %s, %s: %s%s%s", control_id(c),
		gate_kind_name(c->order.kind), c->order.attribute, c->order.asked, c->actor,
		write_outcome_name(a->outcome), good ? "" : ": ", good ? "" : a->en);
}

/* A value stays that was to be put back: the household has to know. */
static void observe_put_back(struct control *c, const char *attribute, enum observation o)
{
	struct finding_clock clock = manager_clock(c->manager);
	char key[128], en[160], zh[160];

	(void)snprintf(key, sizeof(key), "%s/put-back.%s",
		c->unit->appliance->sources[0].conf->name, attribute);
	(void)snprintf(
		en, sizeof(en), "%s was set for a time and could not be put back", attribute);
	(void)snprintf(zh, sizeof(zh), "%s 曾被临时设置，未能恢复原值", attribute);
	findings_observe(&c->unit->diagnose.findings, key, o,
		&(struct finding_template){.code = "put-back-failed",
			.meaning_en = en,
			.meaning_zh = zh,
			.severity = SEVERITY_CARE,
			.class = CLASS_WARNING,
			.confidence = CONFIDENCE_HIGH,
			.household = 1},
		&clock, manager_unit_finding, c->unit);
}

static void end(struct control *c, const struct gate_answer *a)
{
	control_answer_fn fn = c->fn;
	char record[CONTROL_RECORD_MAX];
	size_t n;

	c->phase = IDLE;
	c->fn = NULL;
	(void)sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	log_end(c, a);
	if (a->outcome <= WRITE_UNCHANGED) {
		observe_put_back(c, c->order.attribute, OBSERVED_ABSENT);
		if (streq(c->stands, c->order.attribute))
			c->stands[0] = '\0';
	}
	n = control_make_record(c, "ended", a, record);
	/* Refreshes come every few minutes and say nothing new when they succeed. */
	if (c->order.kind != GATE_REFRESH || a->outcome > WRITE_UNCHANGED)
		(void)control_store(c, record, n, NULL, NULL);
	if (fn)
		fn(a, c->fn_userdata);
}

static void read_ended(struct control *c, int result)
{
	const struct reading *r = NULL;
	struct gate_answer a;

	/* Only what was read after the write says anything about it. */
	if (result == 0 && c->point < c->n_last[c->order.source])
		r = &c->last[c->order.source][c->point];
	if (r && (r->t_us < c->ended_us || r->quality != QUALITY_GOOD))
		r = NULL;
	gate_read(c->gate, clock_boottime_us(), r, &a);
	end(c, &a);
}

static void send_read(struct control *c)
{
	uint64_t now = clock_boottime_us();
	struct bus *b = bus_of(c, c->order.source);
	struct bus_cmd cmd = {.type = BUS_CMD_READ,
		.tag = tag_of(c, c->order.source),
		.id = c->read_number = ++next_number,
		.until_us = now + READ_US,
		.point = (uint16_t)c->point};

	c->phase = READING;
	c->deadline_us = now + READ_US + ANSWER_US;
	if (!b || bus_send(b, &cmd) < 0)
		read_ended(c, -ENODEV);
}

static void write_ended(struct control *c, int result, bool sent, uint8_t exception)
{
	uint64_t now = clock_boottime_us(), at = now;
	struct gate_answer a;

	c->ended_us = now;
	if (!gate_done(c->gate, now, result, sent, exception, &c->point, &at, &a)) {
		end(c, &a);
		return;
	}
	c->phase = PAUSE;
	c->deadline_us = at;
	if (at <= now) {
		send_read(c);
		return;
	}
	(void)sd_event_source_set_time_relative(c->timer, at - now);
	(void)sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct control *c = userdata;

	if (c->phase == PAUSE)
		send_read(c);
	return 0;
}

static void on_saved(int error, void *userdata)
{
	struct control *c = userdata;
	uint64_t now = clock_boottime_us();
	struct gate_answer a;
	struct bus_cmd cmd;
	struct bus *b;

	c->pending--;
	if (!c->unit) {
		control_release(c);
		return;
	}
	if (c->phase != SAVING)
		return;
	/* A put-back goes out whatever the disk says: the appliance is worth more than the count. Anything else
	 * was judged by the readings, the expiry and the interlock of then: a disk that hangs makes them old. */
	if ((error < 0 || now - c->began_us > BEGIN_US) && c->order.kind != GATE_PUT_BACK) {
		gate_abandon(c->gate, now, &a);
		end(c, &a);
		return;
	}
	cmd = (struct bus_cmd){.type = BUS_CMD_WRITE,
		.tag = tag_of(c, c->order.source),
		.id = c->number,
		.until_us = now + BEGIN_US,
		.write = {.rule = c->order.rule,
			.restore = c->order.restore,
			.raw = c->order.raw.raw,
			.num = c->order.raw.num}};
	c->phase = WRITING;
	c->deadline_us = now + ANSWER_US;
	b = bus_of(c, c->order.source);
	if (!b || bus_send(b, &cmd) < 0)
		write_ended(c, -ENODEV, false, 0);
}

/* The order in c->order: recorded and counted on disk, then sent. */
static void carry_out(struct control *c)
{
	char record[CONTROL_RECORD_MAX];
	struct gate_answer a;
	size_t n = 0;

	c->phase = SAVING;
	c->number = ++next_number;
	c->began_us = clock_boottime_us();
	if (c->order.kind != GATE_REFRESH)
		n = control_make_record(c, "ordered", NULL, record);
	if (control_store(c, record, n, on_saved, c) < 0) {
		gate_abandon(c->gate, c->began_us, &a);
		end(c, &a);
		return;
	}
	c->pending++;
}

static bool worth_a_record(struct control *c, uint64_t now)
{
	return downlink_take(&c->refusals, REFUSALS_BURST, REFUSALS_PERIOD_US, now);
}

/* Nothing is on its way, but somebody wanted something: refused, or so already. */
static void answer_now(struct control *c, const char *attribute, const char *value,
	const char *actor, const char *reason, const struct gate_answer *a)
{
	struct control other = {.manager = c->manager, .unit = c->unit, .number = ++next_number};
	char record[CONTROL_RECORD_MAX], name[GATE_TEXT_MAX];
	size_t n;

	str_escape(name, sizeof(name), attribute, strlen(attribute));
	other.order = (struct gate_order){.kind = GATE_ASKED, .attribute = name};
	str_escape(other.order.asked, sizeof(other.order.asked), value, strlen(value));
	(void)str_copy(other.actor, sizeof(other.actor), actor);
	(void)str_copy(other.reason, sizeof(other.reason), reason);
	log_info("%s: %s %s, %s: %s: %s", control_id(c), name, other.order.asked, actor,
		write_outcome_name(a->outcome), a->en);
	/* What is to be put back must outlive us, however many other wishes there were this minute. */
	if (!c->loaded || (!worth_a_record(c, clock_boottime_us()) && !a->begun))
		return;
	n = control_make_record(&other, "ended", a, record);
	(void)control_store(c, record, n, NULL, NULL);
}

void manager_control_set(struct unit *u, const char *attribute, const char *value, uint64_t for_us,
	const char *actor, const char *reason, control_answer_fn fn, void *userdata)
{
	struct control *c = u->control;
	struct gate_answer a = {.outcome = WRITE_REFUSED, .word = "no-such-attribute"};
	struct gate_env env;

	if (!c) {
		(void)str_copy(
			a.en, sizeof(a.en), "no profile of this appliance has a [Write] section");
		(void)str_copy(a.zh, sizeof(a.zh), "该电器的档案没有 [Write] 小节");
		fn(&a, userdata);
		return;
	}
	env = env_of(c);
	if (!c->loaded) {
		a.word = "journal";
		(void)str_copy(a.en, sizeof(a.en),
			"what was written before has not been read from the journal yet");
		(void)str_copy(a.zh, sizeof(a.zh), "尚未从日志读出以往的写入计数");
	} else if (gate_ask(c->gate, clock_boottime_us(), &env, attribute, value, for_us, &c->order,
			   &a)) {
		(void)str_copy(c->actor, sizeof(c->actor), actor);
		(void)str_copy(c->reason, sizeof(c->reason), reason);
		c->fn = fn;
		c->fn_userdata = userdata;
		carry_out(c);
		return;
	}
	answer_now(c, attribute, value, actor, reason, &a);
	fn(&a, userdata);
}

/* What is due by itself. */
static void run_due(struct control *c)
{
	struct gate_env env = env_of(c);
	bool due;

	if (c->phase != IDLE || !c->loaded)
		return;
	due = gate_next(c->gate, clock_boottime_us(), &env, &c->order);
	(void)gate_forsaken(c->gate, c->stands);
	if (*c->stands)
		observe_put_back(c, c->stands, OBSERVED_PRESENT);
	if (!due)
		return;
	(void)str_copy(c->actor, sizeof(c->actor), "hearthd");
	(void)str_copy(c->reason, sizeof(c->reason),
		c->order.kind == GATE_PUT_BACK ? "the time has passed, or hearthd stopped"
					       : "Expires=");
	c->fn = NULL;
	carry_out(c);
}

int manager_control_clear(struct unit *u, const char *attribute, const char *actor)
{
	struct control *c = u->control;
	int r = c && c->loaded ? gate_clear(c->gate, clock_boottime_us(), attribute) : -ENOENT;

	if (r == 0) {
		log_notice("%s: %s is put back for %s", control_id(c), attribute, actor);
		run_due(c);
	}
	return r;
}

void manager_control_readings(struct unit *u, unsigned source, const struct reading *r, size_t n)
{
	struct control *c = u->control;

	if (!c || source >= GATE_SOURCES_MAX)
		return;
	for (size_t i = 0; i < n; i++)
		if (r[i].point < c->n_last[source])
			c->last[source][r[i].point] = r[i];
}

void manager_control_done(struct unit *u, const struct bus_done *d)
{
	struct control *c = u->control;

	if (!c)
		return;
	if (d->type == BUS_CMD_WRITE && c->phase == WRITING && d->id == c->number)
		write_ended(c, d->result, d->sent, d->exception);
	else if (d->type == BUS_CMD_READ && c->phase == READING && d->id == c->read_number)
		read_ended(c, d->result);
}

size_t manager_control_rules(const struct unit *u)
{
	return u->control ? gate_rules(u->control->gate) : 0;
}

void manager_control_describe(struct unit *u, size_t i, struct gate_info *ret)
{
	struct gate_env env = env_of(u->control);

	gate_describe(u->control->gate, i, clock_boottime_us(), &env, ret);
}

/* ---- life */

static void tick(struct control *c, uint64_t now)
{
	control_ask_state(c);
	if ((c->phase == WRITING || c->phase == READING) && now > c->deadline_us) {
		if (c->phase == WRITING)
			write_ended(c, -ETIMEDOUT, true, 0);
		else
			read_ended(c, -ETIMEDOUT);
	}
	run_due(c);
}

void manager_controls_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();

	for (size_t i = 0; i < m->n_units; i++)
		if (m->units[i].control)
			tick(m->units[i].control, now);
}

void manager_controls_stop(struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++)
		if (m->units[i].control)
			gate_stop(m->units[i].control->gate, clock_boottime_us());
	manager_controls_tick(m);
}

bool manager_controls_settled(const struct manager *m)
{
	for (size_t i = 0; i < m->n_units; i++) {
		const struct control *c = m->units[i].control;

		/* Before its state was read nothing was written, by this run. */
		if (c && (c->phase != IDLE || (c->loaded && !gate_settled(c->gate))))
			return false;
	}
	return true;
}

static int control_new(struct manager *m, struct unit *u)
{
	struct gate_source sources[GATE_SOURCES_MAX];
	const struct appliance *a = u->appliance;
	struct control *c;
	size_t rules = 0, n = MIN(a->n_sources, (size_t)GATE_SOURCES_MAX);
	int r;

	for (size_t i = 0; i < n; i++) {
		const struct source_conf *s = a->sources[i].conf;
		const struct adapter *adapter = adapter_by_name(s->profile->adapter);

		sources[i] = (struct gate_source){NULL, s->profile, adapter && adapter->write};
		rules += s->profile->n_writes;
	}
	if (rules == 0)
		return 0;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->manager = m;
	c->allowed = a->conf->control;
	for (size_t i = 0; i < n; i++) {
		const struct source_conf *s = a->sources[i].conf;

		(void)snprintf(c->things[i], sizeof(c->things[i]), "%s/%d", s->bus, s->unit);
		sources[i].name = c->things[i];
	}
	r = gate_new(sources, n, a->conf->control, &c->gate);
	for (size_t i = 0; i < n && r >= 0; i++) {
		c->n_last[i] = sources[i].profile->n_points;
		c->last[i] = calloc(MAX(c->n_last[i], (size_t)1), sizeof(*c->last[i]));
		if (!c->last[i])
			r = -ENOMEM;
		for (size_t k = 0; r >= 0 && k < c->n_last[i]; k++)
			c->last[i][k] = (struct reading){
				.point = (uint16_t)k, .quality = QUALITY_UNAVAILABLE};
	}
	if (r >= 0)
		r = sd_event_add_time_relative(m->event, &c->timer, CLOCK_BOOTTIME, USEC_PER_HOUR,
			10 * USEC_PER_MSEC, on_timer, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (r < 0) {
		c->timer = sd_event_source_disable_unref(c->timer);
		control_release(c);
		return r;
	}
	c->unit = u;
	u->control = c;
	return 0;
}

int manager_controls_start(struct manager *m)
{
	if (next_number == 0)
		next_number = (uint64_t)MAX(clock_realtime_us(), 0);
	for (size_t i = 0; i < m->n_units; i++) {
		int r = m->units[i].control ? 0 : control_new(m, &m->units[i]);

		if (r < 0)
			return r;
		if (m->units[i].control)
			control_ask_state(m->units[i].control);
	}
	return 0;
}

void manager_control_move(struct unit *to, struct unit *from)
{
	struct control *c = from->control;

	/* Control= is in the gate. */
	if (!c || c->allowed != to->appliance->conf->control)
		return;
	to->control = TAKE_PTR(from->control);
	c->unit = to;
}

/* A worker that goes on does not read everything again. */
static void take_readings(struct control *c, struct control *old)
{
	for (size_t i = 0; i < GATE_SOURCES_MAX; i++) {
		struct reading *last = c->last[i];

		c->last[i] = old->last[i];
		old->last[i] = last;
	}
}

void manager_control_take(struct unit *to, struct unit *from)
{
	struct control *old = from->control, *c = to->control;

	if (old && c && to->appliance == from->appliance)
		take_readings(c, old);
	if (old && c && old->loaded)
		control_take_state(c, old);
}

void manager_control_left(const struct unit *u)
{
	if (u->control && u->control->loaded && !gate_settled(u->control->gate))
		log_warning(
			"%s: taken out of the configuration while a value is set for a time; it is put back when the appliance is there again",
			control_id(u->control));
}

struct control *manager_control_free(struct control *c)
{
	struct gate_answer a = {.outcome = WRITE_UNKNOWN, .word = "stopping"};

	if (!c)
		return NULL;
	if (c->fn) {
		(void)str_copy(a.en, sizeof(a.en),
			"hearthd stopped or read its configuration anew before the result was known");
		(void)str_copy(a.zh, sizeof(a.zh), "结果未知时 hearthd 已停止或重新读取配置");
		c->fn(&a, c->fn_userdata);
		c->fn = NULL;
	}
	c->timer = sd_event_source_disable_unref(c->timer);
	c->unit = NULL;
	control_release(c);
	return NULL;
}
