/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line for test_discovery.py and test_templates.py: each kind of the model with every
 * attribute it can have, made from a profile of its own, with nothing granted and with everything; and states of it, from
 * registers through what hearthd does with them. With "downlink": lines of KIND, ATTRIBUTE and a bare value, apart by
 * tabs, and for each whether hearthd takes it. With "sizes PROFILE...": how large their documents are. */
#include "daemon/control/command.h"
#include "daemon/report/discovery.h"
#include "daemon/profile/write-rule.h"

static char text[256 * 1024];
static size_t used;

static void put(const char *fmt, ...) _printf_(1, 2);
static void put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	va_end(ap);
	if (used >= sizeof(text))
		abort();
}

static void put_names(const char *key, const struct model_attr *m)
{
	put("%s=", key);
	for (size_t i = 0; i < m->n_values; i++)
		put("%zu:%s ", i, m->values[i].name);
	put("%s\n", m->n_values ? "" : "0:one 1:two");
}

static void put_point(const struct model_attr *m, unsigned i)
{
	put("[Point p%u]\nAttribute=%s\n", i, m->name);
	switch (m->type) {
	case ATTR_NUMBER:
		put("Read=holding:%u\nType=s16\nScale=0.1\n", i);
		if (m->unit != UNIT_NONE)
			put("Unit=%s\n", unit_name(m->unit));
		break;
	case ATTR_BOOL:
		put("Read=coil:%u\nType=bit\n", i);
		break;
	case ATTR_ENUM:
		put("Read=holding:%u\nType=u16\n", i);
		put_names("Enum", m);
		break;
	case ATTR_BITS:
		put("Read=holding:%u\nType=u16\n", i);
		put_names("Bits", m);
		break;
	case ATTR_STRING:
		put("Read=holding:%u\nType=string2\nLength=4\n", i);
		break;
	case ATTR_TIMESTAMP:
		put("Read=holding:%u\nType=u32\nFormat=time\n", i);
		break;
	case ATTR_COMMAND:
	case _ATTR_TYPE_MAX:
		break;
	}
}

static bool put_write(const struct model_attr *m, unsigned i)
{
	switch (m->type) {
	case ATTR_NUMBER:
		put("[Write %s]\nMin=20\nMax=30\nStep=0.5\nVolatile=yes\n", m->name);
		return true;
	case ATTR_BOOL:
		put("[Write %s]\nVolatile=yes\n", m->name);
		return true;
	case ATTR_ENUM:
		put("[Write %s]\nVolatile=yes\n", m->name);
		put_names("Enum", m);
		return true;
	case ATTR_COMMAND:
		put("[Write %s]\nTo=holding:%u\nFixed=1\nVolatile=yes\n", m->name, i);
		return true;
	case ATTR_BITS:
	case ATTR_STRING:
	case ATTR_TIMESTAMP:
	case _ATTR_TYPE_MAX:
		break;
	}
	return false;
}

static void put_profile(const struct model_kind *k)
{
	used = 0;
	put("[Profile]\nKind=%s\nName=Everything\nMaker=Maker\nSource=made up for this test\n",
		k->name);
	for (unsigned i = 0; i < k->n_attrs; i++)
		if (k->attrs[i].origin != ORIGIN_HEARTHD && k->attrs[i].type != ATTR_COMMAND)
			put_point(&k->attrs[i], 2 * i);
	put("[Point own_temperature]\nRead=holding:2000\nType=s16\nUnit=°C\nAttribute=vendor.coil\n"
	    "[Point own_energy]\nRead=holding:2002\nType=u32\nUnit=kWh\nAttribute=vendor.energy\n"
	    "[Point own_mode]\nRead=holding:2004\nType=u16\nEnum=0:eco 1:boost 2:eco\n"
	    "Attribute=vendor.mode\n"
	    "[Point own_flags]\nRead=holding:2005\nType=u16\nBits=0:door 1:lamp\n"
	    "Attribute=vendor.flags\n"
	    "[Point own_lamp]\nRead=coil:2000\nType=bit\nAttribute=vendor.lamp\n"
	    "[Point own_ratio]\nRead=holding:2006\nType=f32\nUnit=K\nAttribute=vendor.offset\n");
	for (unsigned i = 0; i < k->n_attrs; i++)
		if (k->attrs[i].writable && k->attrs[i].origin != ORIGIN_HEARTHD)
			(void)put_write(&k->attrs[i], 2 * i);
	put("[Write vendor.mode]\nEnum=0:eco 1:boost\nVolatile=yes\n[Write vendor.lamp]\nVolatile=yes\n"
	    "[Write vendor.offset]\nMin=-5\nMax=5\nVolatile=yes\n"
	    "[Write vendor.asked]\nTo=holding:3000\nType=u16\nMin=0\nMax=5\nVolatile=yes\n"
	    "[Write vendor.told]\nTo=holding:3001\nType=u16\nEnum=0:one 1:two\nVolatile=yes\n");
}

/* ---- states */

#define STATES 26

/* Of the n-th state: nothing; then 0, 1, 2 … in every register, so that each name of a value comes; then one that
 * nobody knows, a negative one and a large one. */
static int64_t register_of(unsigned n)
{
	return n < STATES - 3    ? (int64_t)n - 1
	       : n == STATES - 3 ? 200
	       : n == STATES - 2 ? -1234
				 : 32000;
}

static void read_all(struct appliance *a, unsigned n)
{
	const struct profile *p = a->conf->sources[0].profile;

	for (unsigned i = 0; i < p->n_points; i++) {
		struct raw_value raw = {.kind = RAW_INT, .i = register_of(n)};
		struct reading r = {.point = (uint16_t)i, .t_us = n};

		if (p->points[i].type == POINT_STRING || p->points[i].type == POINT_STRING_2) {
			raw.kind = RAW_TEXT;
			(void)snprintf(raw.text, sizeof(raw.text), "%s", n % 2 ? "AB 12" : "");
		} else if (p->points[i].type == POINT_BIT)
			raw.i &= 1;
		else if (p->points[i].type == POINT_F32) {
			raw.kind = RAW_FLOAT;
			raw.f = 0.1 * (double)raw.i;
		} else if (p->points[i].format)
			raw.i = 1700000000 + raw.i;
		point_convert(p, i, &raw, &r);
		appliance_apply(a, 0, &r, 1, NULL, NULL);
	}
}

static void print_states(const struct appliance_text *card, struct appliance *a)
{
	const struct health_text healths[] = {{"ok", false, NULL, NULL},
		{"critical", true, "E7", "Fan \"blocked\""}, {"unknown", false, NULL, NULL}};
	char *json;
	size_t n;

	printf(",\"states\":[");
	for (unsigned i = 0; i < STATES; i++) {
		if (i > 0)
			read_all(a, i);
		if (state_compose(card, &json, &n) < 0)
			abort();
		printf("%s%s", i ? "," : "", json);
		free(json);
	}
	printf("],\"healths\":[");
	for (size_t i = 0; i < ARRAY_SIZE(healths); i++) {
		if (health_compose(&healths[i], &json, &n) < 0)
			abort();
		printf("%s%s", i ? "," : "", json);
		free(json);
	}
	printf("]");
}

static bool all(void *userdata, const char *attribute)
{
	return true;
}

static void print(const struct model_kind *k, struct appliance *a, bool granted, bool zh)
{
	struct appliance_text card = {.id = "my-thing",
		.label_en = "My \"thing\"",
		.label_zh = "我的电器",
		.location = "kitchen",
		.maker = "Maker",
		.model = "X",
		.a = a};
	struct discovery_text d = {.card = &card,
		.base = "hearth/v1/k3v9",
		.gw = "k3v9",
		.version = "0.1.0",
		.zh = zh,
		.granted = granted ? all : NULL};
	const struct profile *p = a->conf->sources[0].profile;
	char topic[256], *json;
	size_t n;

	if (!discovery_topic(d.gw, card.id, topic, sizeof(topic)) ||
		discovery_compose(&d, &json, &n) < 0)
		abort();
	printf("{\"kind\":\"%s\",\"granted\":%s,\"zh\":%s,\"topic\":\"%s\",\"bytes\":%zu,\"attributes\":[",
		k->name, granted ? "true" : "false", zh ? "true" : "false", topic, n);
	for (size_t i = 0; i < a->n_attrs; i++)
		printf("%s\"%s\"", i ? "," : "", a->attrs[i].name);
	printf("],\"shown\":[");
	for (size_t i = 0, k2 = 0; i < a->n_attrs; i++)
		if (!a->attrs[i].model || !streq(a->attrs[i].model->ha_component, "device"))
			printf("%s\"%s\"", k2++ ? "," : "", a->attrs[i].name);
	printf("],\"writable\":[");
	for (size_t i = 0; i < p->n_writes; i++)
		printf("%s\"%s\"", i ? "," : "", p->writes[i].attribute);
	printf("],\"payload\":%s", json);
	free(json);
	if (granted &&
		zh) /* the last of a kind: the documents are of an appliance that was not read */
		print_states(&card, a);
	printf("}\n");
}

/* ---- what comes back */

/* Whether hearthd would hand VALUE to the gate, which then has its bounds. */
static const char *downlink(const struct profile *p, const char *attribute, const char *value)
{
	struct command c;
	const char *word = command_parse_plain(value, strlen(value), "my-thing", attribute, &c);

	if (word)
		return word;
	for (size_t i = 0; i < p->n_writes; i++) {
		struct write_value v;

		if (!streq(p->writes[i].attribute, attribute))
			continue;
		return write_value_parse(p, &p->writes[i], c.value, &v) < 0 ? "no value of it"
									    : "ok";
	}
	return "cannot be set";
}

static struct profile *load(const struct model_kind *k)
{
	struct problems problems = {0};
	struct profile *p;

	put_profile(k);
	if (profile_load_buffer(text, used, "everything", &problems, &p) < 0) {
		for (size_t i = 0; i < problems.n; i++)
			problem_print(stderr, &problems.v[i]);
		exit(1);
	}
	problems_done(&problems);
	return p;
}

static void answer_lines(void)
{
	struct profile *p = NULL;
	char line[4096], last[64] = "";

	while (fgets(line, sizeof(line), stdin)) {
		char *attribute = strchr(line, '\t'),
		     *value = attribute ? strchr(attribute + 1, '\t') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (!value)
			abort();
		*attribute++ = *value++ = '\0';
		if (!streq(line, last)) {
			(void)profile_unref(p);
			(void)str_copy(last, sizeof(last), line);
			p = load(model_kind_by_name(line));
		}
		puts(downlink(p, attribute, value));
	}
	(void)profile_unref(p);
}

/* ---- documents of real profiles */

/* The size of the document of each profile given, with everything granted and the longest id. */
static void sizes(int n, char **paths)
{
	for (int i = 0; i < n; i++) {
		struct problems problems = {0};
		struct source_conf source = {.name = (char *)"main", .bus = (char *)"b", .unit = 1};
		struct appliance_config conf = {
			.id = (char *)"my-thing", .sources = &source, .n_sources = 1};
		struct appliance_text card = {.id = "an-appliance-of-the-longest-name",
			.label_en = "It",
			.maker = "M",
			.model = "X"};
		struct discovery_text d = {.card = &card,
			.base = "hearth/v1/k3v9k3v9k3v9",
			.gw = "k3v9k3v9k3v9",
			.version = "0.1.0",
			.zh = true,
			.granted = all};
		struct appliance *a;
		char *json;
		size_t bytes;

		if (profile_load_file(paths[i], &problems, &source.profile) < 0)
			exit(1);
		conf.kind = source.profile->kind;
		if (appliance_new(&conf, &problems, &a) < 0)
			exit(1);
		card.a = a;
		if (discovery_compose(&d, &json, &bytes) < 0)
			abort();
		printf("%zu %s\n", bytes, paths[i]);
		free(json);
		(void)appliance_free(a);
		(void)profile_unref(source.profile);
		problems_done(&problems);
	}
}

/* ---- */

static void kind(const struct model_kind *k)
{
	struct problems problems = {0};
	struct source_conf source = {.name = (char *)"main", .bus = (char *)"b", .unit = 1};
	struct appliance_config conf = {
		.id = (char *)"my-thing", .kind = k, .sources = &source, .n_sources = 1};
	struct appliance *a;

	source.profile = load(k);
	if (appliance_new(&conf, &problems, &a) < 0) {
		for (size_t i = 0; i < problems.n; i++)
			problem_print(stderr, &problems.v[i]);
		exit(1);
	}
	/* As the manager adds them; they have no point. */
	if (appliance_add_own(a, &k->attrs[model_attr_index(k, "health")]) < 0 ||
		appliance_add_own(a, &k->attrs[model_attr_index(k, "problem")]) < 0)
		abort();
	for (unsigned i = 0; i < 4; i++)
		print(k, a, i & 1, i & 2);
	(void)appliance_free(a);
	(void)profile_unref(source.profile);
	problems_done(&problems);
}

int main(int argc, char **argv)
{
	if (argc == 2 && streq(argv[1], "downlink")) {
		answer_lines();
		return 0;
	}
	if (argc > 2 && streq(argv[1], "sizes")) {
		sizes(argc - 2, argv + 2);
		return 0;
	}
	for (size_t i = 0; i < model_n_kinds; i++)
		if (!streq(model_kinds[i].name, "common"))
			kind(&model_kinds[i]);
	return 0;
}
