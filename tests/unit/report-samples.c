/* SPDX-License-Identifier: Apache-2.0 */
/* One line a message, "SCHEMA<tab>JSON", of every kind and corner, for tests/test_schemas.py. */
#include "daemon/control/command.h"
#include "daemon/repair/repair.h"
#include "report-sample.h"

#define BOOT 0x1122334455667788ULL
#define T0   (1000 * USEC_PER_SEC)
#define WALL 1795001200000000LL

/* A pointer, because arguments are evaluated in any order. */
static void print(const char *schema, int e, char **json)
{
	if (e < 0) {
		(void)fprintf(stderr, "%s: %s\n", schema, strerror(-e));
		exit(1);
	}
	if (*json)
		(void)printf("%s\t%s\n", schema, *json);
	free(*json);
	*json = NULL;
}

static const struct seq_range lost[] = {{3, 4}, {7, 7}};
static const struct boot_offset boots[] = {{.boot_id = 0xff, .wall_us = 1795000000500000}};

static struct message_head head_of(bool full)
{
	return (struct message_head){.gw = "k3v9q2x7",
		.epoch = "7f3a91c2",
		.seq = 9,
		.prev = full ? 8 : 0,
		.lost = lost,
		.n_lost = full ? 2 : 0,
		.withheld = lost,
		.n_withheld = full ? 1 : 0,
		.boots = boots,
		.n_boots = full ? 1 : 0};
}

static void summary(const struct decoded_block *d)
{
	struct summary *s = summary_new();
	struct message_head head = head_of(true);
	size_t first = 0, n;
	char *json = NULL;

	if (!s || summary_add(s, "pump", d, T0, T0 + USEC_PER_HOUR) < 0)
		exit(1);
	print("hearth.summary/1", summary_compose(s, &head, 1794996000, 24, &first, &json, &n),
		&json);
	summary_free(s);
}

static void reports(bool clock)
{
	struct sample v[] = {
		sample_number(A_TEMPERATURE, T0, -21.8),
		sample_number(A_POWER, T0, 1e7),
		sample_number(A_ENERGY, T0, 0.1),
		sample_code(A_ONLINE, T0, VALUE_BOOL, 1),
		sample_code(A_MODE, T0, VALUE_ENUM, ENUM_CODE_VENDOR + 7),
		sample_text(A_TEXT, T0, "空调 \"\\\x01"),
		sample_code(A_FLAGS, T0, VALUE_BITS, 9),
		sample_bad(A_FLAGS, T0 + 1, QUALITY_UNAVAILABLE, REASON_LINE_DOWN),
		sample_code(A_FLAGS, T0 + 2, VALUE_BITS, 1),
		sample_bad(A_POWER, T0 + 3, QUALITY_STALE, REASON_NONE),
		sample_bad(A_ENERGY, T0 + 3, QUALITY_ABSENT, REASON_NONE),
		sample_bad(A_TEMPERATURE, T0 + 3, QUALITY_SUSPECT, REASON_RANGE),
	};
	struct report_state *state = report_state_new();
	struct message_head head = head_of(clock);
	struct decoded_block d = {0};
	struct report_block b = {.appliance = "pump",
		.t0 = {.boot_id = BOOT, .t_us = T0, .wall_us = clock ? WALL : 0},
		.t1_us = T0 + USEC_PER_SEC,
		.block = &d};
	struct report_text t = {0};
	void *blob;
	size_t n;

	if (!state || block_encode(sample_new(), v, ARRAY_SIZE(v), T0, &blob, &n) < 0 ||
		block_decode(blob, n, T0, &d) < 0)
		exit(1);
	free(blob);
	print("hearth.report/1", report_compose(state, &head, &b, 1, NULL, &t), &t.json);
	report_state_commit(state);
	head = head_of(true);
	print("hearth.report/1", report_compose(state, &head, NULL, 0, NULL, &t), &t.json);
	report_state_reset(state);
	print("hearth.report/2",
		report_compose(state, &head, &b, 1, &(struct report_limits){.lossless = true}, &t),
		&t.json);
	summary(&d);
	decoded_block_done(&d);
	report_state_free(state);
}

static void events(void)
{
	static struct frozen frozen[3] = {
		{.name = "flow.temperature",
			.value = "71.5",
			.before = "45",
			.unit = "°C",
			.type = VALUE_NUMBER,
			.quality = QUALITY_GOOD},
		{.name = "system_mode", .type = VALUE_ENUM, .quality = QUALITY_STALE},
		{.name = "vendor.pump", .value = "true", .type = VALUE_BOOL},
	};
	struct finding f = {.id = 0x2a,
		.code = "E4",
		.meaning_en = (char *)"High pressure",
		.severity = SEVERITY_DANGER,
		.class = CLASS_WARNING,
		.household = -1,
		.first_us = T0,
		.first_wall_us = WALL,
		.last_us = T0,
		.cleared_us = T0,
		.times = 2,
		.freeze = frozen,
		.n_freeze = 3};
	struct event_text e = {.appliance = "a1b2", .kind = "heat_pump", .boot_id = BOOT, .f = &f};
	struct stamp now = {.boot_id = BOOT, .t_us = T0, .wall_us = WALL};

	for (int change = FINDING_RAISED; change <= FINDING_CLEARED; change++) {
		struct message_head head = head_of(change != FINDING_RAISED);
		char *json = NULL;
		size_t n;

		print("hearth.event/1",
			event_compose(&head, now, (enum finding_change)change, &e, &json, &n),
			&json);
		/* A rule's, with its record. */
		f.diagnosis =
			(char *)"{\"rule\":\"boiler_pressure_low\",\"point\":\"water.pressure\","
				"\"sureness\":\"low\",\"causes\":[{\"id\":\"boiler.leak\",\"share\":1}],"
				"\"evidence\":{\"comparisons\":[{\"of\":\"z(a)\",\"value\":null,"
				"\"op\":\"<\",\"limit\":\"3\",\"threshold\":3,\"holds\":null}]},"
				"\"not_known\":[\"pump_off\"]}";
		(void)str_copy(f.causes, sizeof(f.causes), "any.water_cut any.wiring");
		(void)str_copy(f.common, sizeof(f.common), "any.water_cut");
		head.prev = head.seq++;
		print("hearth.event/1",
			event_compose(&head, now, (enum finding_change)change, &e, &json, &n),
			&json);
		for (int level = LEVEL_FAULTS; level <= LEVEL_FULL; level++) {
			const struct event_privacy privacy = {
				.level = (enum privacy_level)level, .id = 0xfedcba9876543210};

			e.privacy = &privacy;
			head.prev = head.seq++;
			print("hearth.event/1",
				event_compose(
					&head, now, (enum finding_change)change, &e, &json, &n),
				&json);
		}
		e.privacy = NULL;
		f.diagnosis = NULL;
		f.causes[0] = f.common[0] = '\0';
		/* Of a bus, with a code nobody knows, the clock not set. */
		e = (struct event_text){.subject = "rs485-0", .boot_id = BOOT, .f = &f};
		f.meaning_en = NULL;
		f.household = 1;
		f.n_freeze = 0;
		now.wall_us = 0;
		str_copy(f.component, sizeof(f.component), "compressor");
		str_copy(f.source, sizeof(f.source), "maker's manual, page 12");
	}
}

static void documents(const struct appliance_text *a)
{
	struct birth_text b = {.gw = "k3v9q2x7",
		.epoch = "7f3a91c2",
		.after = 4711,
		.t = {.boot_id = BOOT, .t_us = T0, .wall_us = WALL},
		.dict = "0123456789abcdef",
		.appliances = a,
		.n_appliances = 1};
	struct info_text i = {.gw = "k3v9q2x7",
		.epoch = "7f3a91c2",
		.version = "0.1.0",
		.t = {.boot_id = BOOT, .t_us = T0},
		.level = LEVEL_FULL,
		.dict = "0123456789abcdef",
		.planes = PLANE_EVENT | PLANE_REPORT | PLANE_STATE,
		.boots = boots,
		.n_boots = 1,
		.assists = &(const struct info_assist){"a1b2", 61},
		.n_assists = 1};
	char *json = NULL;
	size_t n;

	print("hearth.birth/1", birth_compose(&b, &json, &n), &json);
	b.n_appliances = 0;
	b.t.wall_us = 0;
	print("hearth.birth/1", birth_compose(&b, &json, &n), &json);
	print("hearth.info/1", info_compose(&i, &json, &n), &json);
	print("hearth.meta/1", meta_compose(a, &json, &n), &json);
	print("hearth.state/1", state_compose(a, &json, &n), &json);
	print("hearth.status/1",
		status_compose(
			true, (struct stamp){.t_us = T0, .wall_us = WALL}, "0.1.0", &json, &n),
		&json);
	print("hearth.status/1", status_compose(false, (struct stamp){0}, "0.1.0", &json, &n),
		&json);
}

/* What the parser takes, and what it says to it and to others. */
static void commands(void)
{
#define COMMAND \
	"\"schema\":\"hearth.command/1\",\"id\":\"01J:a\",\"expires\":1795001200,\"actor\":" \
	"\"app:\u5b89\u5a1c\""
	static const struct {
		enum command_verb verb;
		const char *json;
	} good[] = {
		{COMMAND_REFRESH, "{" COMMAND "}"},
		{COMMAND_CLEAR, "{" COMMAND ",\"appliance\":\"ac\",\"attribute\":\"on_off\"}"},
		{COMMAND_SET, "{" COMMAND ",\"appliance\":\"ac\",\"attribute\":\"on_off\","
			      "\"value\":true,\"for\":3600,\"reason\":\"\",\"client\":\"p-1\","
			      "\"epoch\":\"7f3a91c2\"}"},
		{COMMAND_SET, "{" COMMAND ",\"appliance\":\"ac\",\"attribute\":\"x.y\","
			      "\"value\":\"heat\"}"},
	};
	char *json;
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct command c;

		json = strdup(good[i].json);
		print("hearth.command/1",
			command_parse(json, strlen(json), good[i].verb, NULL, NULL, &c) ? -1 : 0,
			&json);
	}
	print("hearth.answer/1",
		command_answer_compose(&(struct command_answer){"01J:a", COMMAND_SET, "ac",
					       "on_off", "confirmed", "", "", "true", ""},
			&json, &n),
		&json);
	print("hearth.answer/1",
		command_answer_compose(&(struct command_answer){"", COMMAND_SET, "", "", "refused",
					       "not-json", command_refusal("not-json")->zh, "", ""},
			&json, &n),
		&json);
	print("hearth.answer/1",
		command_answer_compose(
			&(struct command_answer){"1", COMMAND_CLEAR, "ac", "on_off", "refused",
				"repeated", command_refusal("repeated")->en, "", "confirmed"},
			&json, &n),
		&json);
}

/* A request for a repair, around what manager-repair-packet.c composes, and what a desk says to it. */
static void repairs(void)
{
#define REQUEST "0123456789abcdef0123456789abcdef"
	static const char packet[] =
		"{\"schema\":\"hearth.repair/1\",\"gw\":\"k3v9q2x7\",\"request\":\"" REQUEST
		"\",\"t\":1795001200,\"appliance\":{\"id\":\"a1b2\",\"kind\":\"boiler\","
		"\"online\":true,\"sources\":[{\"profile\":\"x\"}]},\"findings\":[],\"likely\":[],"
		"\"tried\":[],\"life\":{\"totals\":{},\"care\":[],\"resets\":0,\"past\":[]},"
		"\"contact\":{\"phone\":\"555 0100\"},\"visit\":\"11J2-KZZY\"}";
	static const char *const said[] = {
		"\"status\":\"accepted\"}",
		"\"status\":\"appointment\",\"appointment\":{\"from\":1795080000},\"who\":\"Li\","
		"\"text\":{\"zh\":\"\u4e0a\u5348\"}}",
	};
	static const uint8_t bytes[64] = {1, 2, 3};
	struct message_head head = head_of(true);
	char *json = strdup(packet), id[REPAIR_ID_SIZE];
	struct repair_answer a;
	const char *why;
	size_t n;

	print("hearth.repair/1", 0, &json);
	json = strdup("{\"schema\":\"hearth.cancel/1\",\"gw\":\"k3v9q2x7\",\"request\":\"" REQUEST
		      "\",\"t\":17,\"clk\":\"boot\",\"boot\":\"0123456789abcdef\"}");
	print("hearth.cancel/1", 0, &json);
	json = strdup(
		"{\"schema\":\"hearth.receipt/1\",\"epoch\":\"7f3a91c2\",\"seq\":[12,13,4711]}");
	print("hearth.receipt/1", 0, &json);
	for (size_t i = 0; i < 2; i++) {
		print("hearth.signed/1",
			signed_compose(&head, (struct stamp){.boot_id = BOOT, .t_us = T0},
				&(struct signed_text){
					.of = i ? "hearth.cancel/1" : "hearth.repair/1",
					.request = REQUEST,
					.payload = packet,
					.n = sizeof(packet) - 1 - i,
					.signature = bytes,
					.key = bytes},
				&json, &n),
			&json);
		head = head_of(false);
	}
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		if (asprintf(&json,
			    "{\"schema\":\"hearth.progress/1\",\"request\":\"" REQUEST
			    "\",\"t\":9,%s",
			    said[i]) < 0)
			exit(1);
		print("hearth.progress/1", repair_answer_parse(json, strlen(json), &a, id, &why),
			&json);
	}
}

int main(void)
{
	struct appliance_text a = {.id = "pump",
		.label_zh = "热泵",
		.location = "cellar",
		.installed = "2014",
		.maker = "PHNIX",
		.model = "X",
		.a = sample_new(),
		.online = true};

	reports(true);
	reports(false);
	events();
	commands();
	repairs();
	documents(&a);
	for (size_t i = 0; i < A_COUNT; i++) {
		sample_attrs[i].seen = true;
		sample_attrs[i].value = i % 2 ? sample_bad(0, T0, QUALITY_STALE, REASON_NONE).r
					      : sample_number(0, T0, 21.8).r;
	}
	sample_attrs[A_MODE].value = sample_code(0, T0, VALUE_ENUM, 3).r;
	documents(&a);
	return 0;
}
