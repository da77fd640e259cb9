/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl service: whom to call, from directories whose signature, version and expiry hearthd has checked. */
#include "client.h"

#define SIGNED_MAX (48 * 1024) /* hearthd takes no more */

static void words(const json_t *list, char *dst, size_t size)
{
	size_t used = 0;

	*dst = '\0';
	for (size_t i = 0; i < json_array_size(list); i++)
		(void)str_appendf(dst, size, &used, "%s%s", i ? " " : "",
			json_string_value(json_array_get(list, i)));
}

static void show_publishers(const struct ctl_options *o, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);
		const char *state = json_str(p, "state"), *id = json_str(p, "publisher");

		if (streq(state, "expired"))
			printf(ctl_tr(o,
				       "The directory of %s has expired; its contacts are not shown.\n"),
				id);
		else if (streq(state, "expiry-not-checked"))
			printf(ctl_tr(o,
				       "Expiry of the directory of %s not checked: the clock is not set.\n"),
				id);
		else if (streq(state, "damaged"))
			printf(ctl_tr(o,
				       "The directory of %s is damaged and not shown; import it again.\n"),
				id);
		else if (streq(state, "none"))
			printf(ctl_tr(o, "No directory of %s was imported yet.\n"), id);
	}
	if (json_array_size(list) == 0)
		ctl_say(o,
			"No publisher of service contacts is trusted here, so none are shown: no "
			"contact is better than a guessed one.");
}

static void show_services(const struct ctl_options *o, const json_t *list)
{
	static const char *const headers[] = {
		"SERVICE", "PHONE", "WEB", "MAIL", "HOURS", "FOR", "REGION", "PUBLISHER", NULL};
	_cleanup_(table_freep) struct table *t = table_new(o, headers);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		char makers[256], regions[256];

		words(json_object_get(s, "makers"), makers, sizeof(makers));
		words(json_object_get(s, "regions"), regions, sizeof(regions));
		table_cell(t, BOLD, care_words(o, s, "name"));
		table_cell(t, PLAIN, json_str(s, "phone"));
		table_cell(t, PLAIN, json_str(s, "web"));
		table_cell(t, PLAIN, json_str(s, "mail"));
		table_cell(t, PLAIN, care_words(o, s, "hours"));
		table_cell(t, PLAIN, makers);
		table_cell(t, PLAIN, regions);
		table_cell(t, PLAIN, json_str(s, "publisher"));
	}
	if (table_rows(t) > 0)
		table_print(t);
}

void service_line(const struct ctl_options *o, const json_t *s, char *dst, size_t size)
{
	const char *const parts[] = {json_str(s, "phone"), json_str(s, "web"), json_str(s, "mail"),
		care_words(o, s, "hours")};
	size_t used = 0;

	(void)str_appendf(dst, size, &used, "%s", care_words(o, s, "name"));
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (*parts[i])
			(void)str_appendf(dst, size, &used, "%s%s", o->zh ? "，" : ", ", parts[i]);
	(void)str_appendf(dst, size, &used, o->zh ? "（由 %s 签名）" : " (signed by %s)",
		json_str(s, "publisher"));
}

json_t *service_contacts(sd_bus *bus, const char *appliance)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const char *text;

	if (isempty(appliance) ||
		sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Directory1",
			"List", NULL, &reply, "ss", appliance, "") < 0 ||
		sd_bus_message_read(reply, "s", &text) < 0)
		return NULL;
	all = json_loads(text, 0, NULL);
	return json_incref(json_object_get(all, "services"));
}

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const char *appliance = "", *region = "";
	int r;

	for (int i = 1; i < argc; i++)
		if (startswith(argv[i], "--region="))
			region = argv[i] + strlen("--region=");
		else if (streq(argv[i], "--region")) {
			if (i + 1 >= argc)
				return ctl_usage(o, argv[0], "option %s needs a value", argv[i]);
			region = argv[++i];
		} else if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else if (*appliance)
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[i]);
		else
			appliance = argv[i];
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Directory1.List", "ss", appliance, region);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	show_services(o, json_object_get(all, "services"));
	if (!o->no_legend)
		show_publishers(o, json_object_get(all, "publishers"));
	return CTL_OK;
}

static int verb_file(int argc, char **argv, const struct ctl_options *o)
{
	bool store = streq(argv[0], "service import");
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *bytes = NULL;
	const char *publisher;
	uint64_t version;
	int64_t issued, expires;
	uint32_t services;
	char text[64];
	size_t n;
	int r;

	if (argc != 2 || argv[1][0] == '-')
		return ctl_usage(o, argv[0], "needs a signed file");
	r = read_file(argv[1], SIGNED_MAX, &bytes, &n);
	if (r < 0)
		return ctl_error(o, CTL_FAILURE, NULL, "%s: %s", argv[1], ctl_strerror(o, -r));
	r = client_open(o, &bus);
	if (r != CTL_OK)
		return r;
	r = sd_bus_message_new_method_call(bus, &m, HEARTHD_NAME, HEARTHD_ROOT,
		HEARTHD_NAME ".Directory1", store ? "Import" : "Check");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', bytes, n);
	if (r < 0)
		return client_failed(o, r, NULL);
	r = sd_bus_call(bus, m, CLIENT_LONG_US, &e, &reply);
	if (r < 0)
		return client_failed(o, r, &e);
	if (sd_bus_message_read(
		    reply, "stxxu", &publisher, &version, &issued, &expires, &services) < 0)
		return client_failed(o, -EBADMSG, NULL);
	if (o->json != JSON_OFF)
		return ctl_print_json(
			o, json_pack("{s:s, s:I, s:I, s:I, s:i}", "publisher", publisher, "version",
				   (json_int_t)version, "issued", (json_int_t)issued, "expires",
				   (json_int_t)expires, "services", (int)services));
	show_time(o, text, sizeof(text), expires * (json_int_t)USEC_PER_SEC);
	printf(ctl_tr(o, store ? "Imported: %s, version %llu, %u services, until %s\n"
			       : "Good: %s, version %llu, %u services, until %s\n"),
		publisher, (unsigned long long)version, services, text);
	return CTL_OK;
}

const struct verb verbs_service[] = {
	{"service list", "[APPLIANCE] [--region REGION]", "Whom to call, from signed directories",
		"列出经签名的维修联系方式", verb_list,
		"REGION is a country or a part of one as in ISO 3166: CN, CN-31; * is any. Without it: "
		"Region= of hearthd.conf.",
		"REGION 为 ISO 3166 的国家或地区代码：CN、CN-31；* 为任意。缺省为 hearthd.conf 的 "
		"Region=。"},
	{"service check", "FILE", "Whether a signed directory would be taken",
		"检查一份签名目录能否采用", verb_file, NULL, NULL},
	{"service import", "FILE", "Take a signed directory in", "导入一份签名目录", verb_file,
		NULL, NULL},
	{0},
};
