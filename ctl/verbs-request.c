/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl repair request, list, show, cancel, verify-visit, key: asking for a repair. */
#include "client.h"
#include "names.h"
#include "install-file.h"

/* ---- request */

struct ask {
	const char *appliance, *upstream, *note, *when, *print;
	const char *contact[4]; /* name phone address mail */
	bool yes;
};

static const char *const contact_keys[] = {"name", "phone", "address", "mail"};

static int take_contact(const struct ctl_options *o, struct ask *a, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(contact_keys); i++) {
		const char *rest = startswith(value, contact_keys[i]);

		if (rest && *rest == '=') {
			a->contact[i] = rest + 1;
			return CTL_OK;
		}
	}
	return ctl_usage(o, "repair request",
		"--contact is name=…, phone=…, address=… or mail=…, not \"%s\"", value);
}

/* 1: one of the options with a value; 0: none; else a usage error. */
static int take_option(const struct ctl_options *o, struct ask *a, int argc, char **argv, int *at)
{
	const struct {
		const char *name;
		const char **dst;
	} options[] = {{"--note", &a->note}, {"--when", &a->when}, {"--upstream", &a->upstream},
		{"--print", &a->print}, {"--contact", NULL}};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const char *rest = startswith(argv[*at], options[i].name), *value;

		if (!rest || (*rest && *rest != '='))
			continue;
		if (!*rest && options[i].dst == &a->print) {
			a->print = "text";
			return 1;
		}
		if (!*rest && *at + 1 >= argc)
			return -ctl_usage(o, argv[0], "option %s needs a value", argv[*at]);
		value = *rest ? rest + 1 : argv[++*at];
		if (!options[i].dst)
			return take_contact(o, a, value) == CTL_OK ? 1 : -CTL_USAGE;
		*options[i].dst = value;
		return 1;
	}
	return 0;
}

static int parse_ask(const struct ctl_options *o, struct ask *a, int argc, char **argv)
{
	*a = (struct ask){.note = "", .when = "", .upstream = "", .contact = {"", "", "", ""}};
	for (int i = 1; i < argc; i++) {
		int r = take_option(o, a, argc, argv, &i);

		if (r < 0)
			return -r;
		if (r > 0)
			continue;
		if (streq(argv[i], "--yes"))
			a->yes = true;
		else if (argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else if (a->appliance)
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[i]);
		else
			a->appliance = argv[i];
	}
	if (!a->appliance)
		return ctl_usage(o, argv[0], "needs an appliance; \"hearthctl list\" names them");
	if (a->print && !streq(a->print, "text") && !streq(a->print, "html"))
		return ctl_usage(o, argv[0], "--print is text or html, not \"%s\"", a->print);
	if (!a->print && !a->yes && o->json == JSON_OFF && !isatty(STDIN_FILENO))
		return ctl_usage(o, argv[0],
			"not at a terminal: say --print to see the page, --yes to send it");
	return CTL_OK;
}

static int draft(
	const struct ctl_options *o, sd_bus *bus, const struct ask *a, sd_bus_message **reply)
{
	return client_call(o, bus, reply, "Repair1.Draft", "a{ss}", 8, "appliance", a->appliance,
		"upstream", a->upstream, "note", a->note, "when", a->when, "contact.name",
		a->contact[0], "contact.phone", a->contact[1], "contact.address", a->contact[2],
		"contact.mail", a->contact[3]);
}

static int send_draft(const struct ctl_options *o, sd_bus *bus, uint64_t number, const char *where)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	uint64_t request = 0;
	int r = client_call(o, bus, &reply, "Repair1.Send", "t", number);

	if (r != CTL_OK)
		return r;
	(void)sd_bus_message_read(reply, "t", &request);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_pack("{s:I}", "number", (json_int_t)request));
	printf(ctl_tr(o, "Request %llu is on its way to %s. \"hearthctl repair show %llu\" has the "
			 "answers.\n"),
		(unsigned long long)request, where, (unsigned long long)request);
	if (!o->no_legend)
		ctl_say(o, "Whoever comes has to know a visit code: ask for it, and check it with "
			   "\"hearthctl repair verify-visit\" before you open.");
	return CTL_OK;
}

static int verb_request(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(json_decrefp) json_t *packet = NULL, *contacts = NULL, *labels = NULL;
	struct names names = {.o = o};
	const char *upstream, *url;
	char where[300];
	struct ask a;
	uint64_t number;
	int r = parse_ask(o, &a, argc, argv);

	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = draft(o, bus, &a, &reply);
	if (r != CTL_OK)
		return r;
	r = sd_bus_message_read(reply, "tss", &number, &upstream, &url);
	if (r < 0)
		return client_failed(o, r, NULL);
	r = client_read_json(o, reply, &packet);
	if (r != CTL_OK)
		return r;
	(void)snprintf(where, sizeof(where), o->zh ? "%s（%s）" : "%s (%s)", upstream, url);
	contacts = service_contacts(bus, a.appliance);
	if (o->json != JSON_OFF && !a.yes)
		return ctl_print_json(o, TAKE_PTR(packet));
	names.readings = labels = client_labels(bus, a.appliance);
	if (o->json == JSON_OFF)
		request_print(&names, packet, NULL, contacts, where,
			a.print && streq(a.print, "html"), stdout);
	names_done(&names);
	if (a.print)
		return CTL_OK;
	if (!a.yes) {
		putchar('\n');
		if (install_ask(o, 'n', "Send this to %s? [y/N]", where) != 'y') {
			ctl_say(o, "Nothing was sent.");
			return CTL_OK;
		}
	}
	return send_draft(o, bus, number, where);
}

/* ---- what became of it */

static int verb_list(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const headers[] = {
		">NUMBER", "APPLIANCE", "UPSTREAM", "STATE", "MADE", "APPOINTMENT", NULL};
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(table_freep) struct table *t = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	const json_t *list;
	char text[64];
	int r;

	if (argc > 1)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[1]);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Repair1.List", "");
	if (r != CTL_OK)
		return r;
	list = json_object_get(all, "requests");
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_incref((json_t *)list));
	t = table_new(o, headers);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *q = json_array_get(list, i), *answers = json_object_get(q, "answers");
		const json_t *last = json_array_get(answers, json_array_size(answers) - 1);

		table_cellf(t, BOLD, "%lld", (long long)json_int(q, "number"));
		table_cell(t, PLAIN, json_str(q, "appliance"));
		table_cell(t, PLAIN, json_str(q, "upstream"));
		table_cell(t, json_is_true(json_object_get(q, "open")) ? YELLOW : GREY,
			ctl_tr(o, json_str(q, "state")));
		show_time(o, text, sizeof(text), json_int(q, "made") * (json_int_t)USEC_PER_SEC);
		table_cell(t, PLAIN, text);
		show_time(o, text, sizeof(text),
			last ? json_int(last, "from") * (json_int_t)USEC_PER_SEC : 0);
		table_cell(t, PLAIN, text);
	}
	table_print(t);
	if (table_rows(t) == 0 && !o->no_legend)
		ctl_say(o, "No repair was asked for.");
	return CTL_OK;
}

static int the_number(
	const struct ctl_options *o, const char *verb, const char *text, uint64_t *ret)
{
	if (!text || parse_u64(text, 1, UINT64_MAX, ret) < 0)
		return ctl_usage(o, verb,
			"needs the number of a request; \"hearthctl repair list\" has them");
	return CTL_OK;
}

static int verb_show(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL, *contacts = NULL, *labels = NULL;
	const char *print = "text", *word = NULL, *id;
	struct names names = {.o = o};
	uint64_t number;
	int r;

	for (int i = 1; i < argc; i++)
		if (startswith(argv[i], "--print="))
			print = argv[i] + strlen("--print=");
		else if (argv[i][0] == '-' && !streq(argv[i], "--print"))
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else if (argv[i][0] != '-')
			word = argv[i];
	if (!streq(print, "text") && !streq(print, "html"))
		return ctl_usage(o, argv[0], "--print is text or html, not \"%s\"", print);
	r = the_number(o, argv[0], word, &number);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Repair1.Show", "t", number);
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	id = json_str(json_object_get(all, "request"), "appliance");
	contacts = service_contacts(bus, id);
	names.readings = labels = client_labels(bus, id);
	ctl_pager_open(o);
	request_print(&names, json_object_get(all, "packet"), json_object_get(all, "request"),
		contacts, NULL, streq(print, "html"), stdout);
	names_done(&names);
	return CTL_OK;
}

static int verb_cancel(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	uint64_t number;
	int r;

	if (argc > 2)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[2]);
	r = the_number(o, argv[0], argc > 1 ? argv[1] : NULL, &number);
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, NULL, "Repair1.Cancel", "t", number);
	if (r == CTL_OK && !o->no_legend && o->json == JSON_OFF)
		printf(ctl_tr(o, "Request %llu is cancelled; the service desk is told.\n"),
			(unsigned long long)number);
	return r;
}

/* ---- the visitor */

/* Arguments of a command can be seen by others on the machine, and the shell keeps them; what is typed here is not. */
static bool hear_code(const struct ctl_options *o, char *dst, size_t size)
{
	if (isatty(STDIN_FILENO)) {
		fputs(ctl_tr(o, "The code the visitor says: "), stdout);
		fflush(stdout);
	}
	if (!fgets(dst, (int)size, stdin))
		return false;
	dst[strcspn(dst, "\r\n")] = '\0';
	return true;
}

static int verb_verify_visit(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	char code[64];
	uint64_t number = 0;
	uint32_t left = 0;
	int r = CTL_OK, good = 0;

	for (int i = 1; i < argc && r == CTL_OK; i++)
		if (streq(argv[i], "--request") && i + 1 < argc)
			r = the_number(o, argv[0], argv[++i], &number);
		else if (startswith(argv[i], "--request="))
			r = the_number(o, argv[0], argv[i] + strlen("--request="), &number);
		else if (argv[i][0] == '-' && argv[i][1])
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else if (!streq(argv[i], "-"))
			return ctl_usage(o, argv[0],
				"the code is asked for, or read from standard input: on the "
				"command line others could read it");
	if (r == CTL_OK && !hear_code(o, code, sizeof(code)))
		*code = '\0';
	if (r == CTL_OK)
		r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, &reply, "Repair1.VerifyVisit", "ts", number, code);
	if (r != CTL_OK)
		return r;
	(void)sd_bus_message_read(reply, "bu", &good, &left);
	if (o->json != JSON_OFF)
		(void)ctl_print_json(
			o, json_pack("{s:b, s:i}", "good", good, "tries_left", (int)left));
	else if (good)
		ctl_say(o, "It is the right code: this visitor comes from the service desk.");
	else if (left > 0)
		printf(ctl_tr(o,
			       "It is NOT the code: do not let this visitor in. %u more tries.\n"),
			left);
	else
		ctl_say(o, "It is NOT the code: do not let this visitor in. No more tries: ask for "
			   "the repair anew.");
	return good ? CTL_OK : CTL_FAILURE;
}

static int verb_key(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *key = "";
	int r;

	if (argc > 1)
		return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[1]);
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(o, bus, &reply, "Repair1.Key", "");
	if (r != CTL_OK)
		return r;
	(void)sd_bus_message_read(reply, "s", &key);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_pack("{s:s}", "key", key));
	puts(key);
	return CTL_OK;
}

const struct verb verbs_request[] = {
	{"repair request",
		"APPLIANCE [--note TEXT] [--when TEXT] [--contact KEY=TEXT]... [--upstream U] "
		"[--print[=text|html]] [--yes]",
		"Ask a service desk for a repair", "一键报修", verb_request,
		"Shows the page that would be sent, and asks. --print shows it and sends nothing.\n"
		"--contact name=…, phone=…, address=…, mail=…: only what is given here is sent.",
		"先显示将要发送的内容，确认后才发送。--print 只显示、不发送。\n"
		"--contact name=…、phone=…、address=…、mail=…：只发送此处给出的联系方式。"},
	{"repair list", "", "Requests for repairs and what became of them", "列出报修及其进展",
		verb_list, NULL, NULL},
	{"repair show", "NUMBER [--print=text|html]", "A request, its page and the desk's answers",
		"显示一次报修的内容和客服答复", verb_show, NULL, NULL},
	{"repair cancel", "NUMBER", "Take a request back; the desk is told", "撤销报修并通知客服",
		verb_cancel, NULL, NULL},
	{"repair verify-visit", "[--request NUMBER]",
		"Whether the code a visitor says is the right one", "核对上门人员说出的验证码",
		verb_verify_visit,
		"The code is asked for, or read from standard input: never on the command line, where others could\n"
		"read it. Five wrong ones, then none any more.",
		"运行后输入验证码，或从标准输入读取；不要写在命令行上，以免被他人看到。\n"
		"错误五次后不再接受。"},
	{"repair key", "", "The gateway's public key, for a service desk",
		"显示网关公钥，供客服核对", verb_key, NULL, NULL},
	{0},
};
