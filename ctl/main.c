/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl: finds the verb and takes out the options that all verbs know, wherever they stand. */
#include "ctl.h"

#include "build-config.h"
#include "daemon/config/ini.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* A build may leave groups out. */
extern const struct verb verbs_daemon[] __attribute__((weak));
extern const struct verb verbs_config[] __attribute__((weak));
extern const struct verb verbs_profile[] __attribute__((weak));
extern const struct verb verbs_adapter[] __attribute__((weak));
extern const struct verb verbs_report[] __attribute__((weak));
extern const struct verb verbs_diagnosis[] __attribute__((weak));
extern const struct verb verbs_history[] __attribute__((weak));
extern const struct verb verbs_diagnose[] __attribute__((weak));
extern const struct verb verbs_knowledge[] __attribute__((weak));
extern const struct verb verbs_bus[] __attribute__((weak));
extern const struct verb verbs_import[] __attribute__((weak));
extern const struct verb verbs_install[] __attribute__((weak));
extern const struct verb verbs_doctor[] __attribute__((weak));
extern const struct verb verbs_care[] __attribute__((weak));
extern const struct verb verbs_repair[] __attribute__((weak));
extern const struct verb verbs_request[] __attribute__((weak));
extern const struct verb verbs_assist[] __attribute__((weak));
extern const struct verb verbs_service[] __attribute__((weak));
extern const struct verb verbs_privacy[] __attribute__((weak));
extern const struct verb verbs_ledger[] __attribute__((weak));
extern const struct verb verbs_forget[] __attribute__((weak));

static int verb_version(int argc, char **argv, const struct ctl_options *o);

static const struct verb verbs_own[] = {
	{"version", "", "Show the version of hearthctl", "显示 hearthctl 的版本", verb_version,
		NULL, NULL},
	{0},
};

static const struct {
	const char *en, *zh;
	const struct verb *verbs;
} groups[] = {
	{"The household", "家庭", verbs_daemon},
	{NULL, NULL, verbs_diagnosis},
	{NULL, NULL, verbs_history},
	{NULL, NULL, verbs_doctor},
	{"Care and repair", "保养与维修", verbs_care},
	{NULL, NULL, verbs_repair},
	{NULL, NULL, verbs_request},
	{NULL, NULL, verbs_assist},
	{NULL, NULL, verbs_service},
	{"What leaves the house", "离开家的数据", verbs_privacy},
	{NULL, NULL, verbs_ledger},
	{NULL, NULL, verbs_forget},
	{"Lines and their appliances", "线路与接入", verbs_install},
	{NULL, NULL, verbs_bus},
	{"Configuration", "配置", verbs_config},
	{"Profiles", "设备档案", verbs_profile},
	{NULL, NULL, verbs_import},
	{"Rules and what is known", "规则与知识", verbs_diagnose},
	{NULL, NULL, verbs_knowledge},
	{"Protocols and reports", "协议与报告", verbs_adapter},
	{NULL, NULL, verbs_report},
	{NULL, NULL, verbs_own},
};

#define VERBS_MAX 128 /* of all groups */

static int verb_version(int argc, char **argv, const struct ctl_options *o)
{
	if (argc > 1)
		return ctl_usage(o, "version", "unknown option \"%s\"", argv[1]);
	if (o->json != JSON_OFF)
		return ctl_print_json(o, json_pack("{s:s}", "version", HEARTHD_VERSION));
	puts("hearthctl " HEARTHD_VERSION);
	return CTL_OK;
}

/* 0: it is no terminal. */
static unsigned terminal_columns(FILE *f)
{
	struct winsize size;

	return isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* To standard error, broken at blanks where that is a terminal. */
static void to_stderr(const char *text)
{
	size_t columns = terminal_columns(stderr);

	while (columns > 20 && utf8_columns(text) > columns) {
		size_t n = ctl_fit(text, columns), shown = n;

		while (shown > 0 && text[shown - 1] == ' ')
			shown--;
		fprintf(stderr, "%.*s\n", (int)shown, text);
		text += n;
	}
	fprintf(stderr, "%s\n", text);
}

/* What is longer than TEXT is cut. */
_printf_(2, 0) static void complain(const char *verb, const char *fmt, va_list ap)
{
	char text[2048];
	size_t used = 0;

	(void)str_appendf(text, sizeof(text), &used, "hearthctl%s%s: ", *verb ? " " : "", verb);
	(void)vsnprintf(text + used, sizeof(text) - used, fmt, ap);
	to_stderr(text);
}

int ctl_error(const struct ctl_options *o, int code, const char *next, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	complain("", ctl_tr(o, fmt), ap);
	va_end(ap);
	if (next) {
		(void)snprintf(text, sizeof(text), ctl_tr(o, "Try: %s"), ctl_tr(o, next));
		to_stderr(text);
	}
	return code;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (const struct verb *v = groups[g].verbs; v && v->name; v++)
			if (streq(v->name, name))
				return v;
	return NULL;
}

/* What a verb takes, in lines that break between arguments: "[--name NAME]" stays in one piece. AT: columns taken.
 * Columns it took, SIZE_MAX when more than a line. */
static size_t print_args(FILE *f, size_t columns, size_t at, const char *args)
{
	char piece[128];
	bool broken = false;

	for (const char *p = args; *p;) {
		size_t n = 0, width;
		int open = 0;

		for (; p[n] && (open > 0 || p[n] != ' '); n++)
			open += (p[n] == '[' || p[n] == '(') - (p[n] == ']' || p[n] == ')');
		(void)snprintf(piece, sizeof(piece), "%.*s", (int)n, p);
		width = utf8_columns(piece);
		if (columns && at + 1 + width > columns) {
			fprintf(f, "\n%*s", 8, "");
			at = 8;
			broken = true;
		} else {
			fputc(' ', f);
			at++;
		}
		fputs(piece, f);
		at += width;
		p += n + strspn(p + n, " ");
	}
	return broken ? SIZE_MAX : at;
}

static void print_call(FILE *f, const struct ctl_options *o, const struct verb *v)
{
	char call[128];

	(void)snprintf(call, sizeof(call), ctl_tr(o, "Usage: hearthctl %s"), v->name);
	fputs(call, f);
	(void)print_args(f, terminal_columns(f), utf8_columns(call), v->args);
	fputc('\n', f);
}

int ctl_usage(const struct ctl_options *o, const char *verb, const char *fmt, ...)
{
	const struct verb *v = find_verb(verb);
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	complain(verb, ctl_tr(o, fmt), ap);
	va_end(ap);
	if (v)
		print_call(stderr, o, v);
	return CTL_USAGE;
}

int ctl_print_json(const struct ctl_options *o, json_t *j)
{
	size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) |
		       (o->json == JSON_PRETTY ? JSON_INDENT(2) : JSON_COMPACT);
	int r;

	if (!j)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	r = json_dumpf(j, stdout, flags);
	json_decref(j);
	putchar('\n');
	return r < 0 ? ctl_error(o, CTL_FAILURE, NULL, "cannot write") : CTL_OK;
}

static pid_t pager;

void ctl_pager_open(const struct ctl_options *o)
{
	const char *command = getenv("PAGER");
	int p[2];

	if (pager || o->no_pager || !isatty(STDOUT_FILENO))
		return;
	if (!command)
		command = "command -v less >/dev/null && exec less; exec cat"; /* minimal systems */
	if (isempty(command) || streq(command, "cat") || pipe2(p, O_CLOEXEC) < 0)
		return;
	fflush(stdout);
	pager = fork();
	if (pager == 0) {
		(void)dup2(p[0], STDIN_FILENO);
		(void)setenv("LESS", "FRSX", 0);
		(void)setenv("LESSCHARSET", "utf-8", 0);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pager > 0)
		(void)dup2(p[1], STDOUT_FILENO);
	(void)close(p[0]);
	(void)close(p[1]);
}

static void pager_close(void)
{
	if (pager <= 0)
		return;
	fflush(stdout);
	(void)fclose(stdout);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
}

static const struct {
	const char *name, *value, *en, *zh;
} option_table[] = {
	{"--json", "[=short|pretty|off]", "Print JSON", "输出 JSON"},
	{"--lang", "=en|zh_CN", "Language of texts; else LC_ALL, LC_MESSAGES, LANG",
		"文字语言；默认取 LC_ALL、LC_MESSAGES、LANG"},
	{"--no-pager", "", "Do not pipe long output into a pager", "不使用分页程序"},
	{"--no-legend", "", "No headers and hints", "不显示表头和提示"},
	{"--bus", "=ADDRESS", "D-Bus address of hearthd; else the system bus",
		"hearthd 的 D-Bus 地址；默认为系统总线"},
	{"--config", "=DIR", "Configuration, instead of " HEARTHD_ETC,
		"配置目录，默认 " HEARTHD_ETC},
	{"--vendor", "=DIR", "Vendor files, instead of " HEARTHD_VENDOR,
		"随软件安装的文件目录，默认 " HEARTHD_VENDOR},
	{"--help", "", "Show this, or the help of a verb", "显示本帮助，或某个命令的帮助"},
	{"--version", "", "Show the version", "显示版本"},
};

static void print_verb(const struct ctl_options *o, const struct verb *v)
{
	size_t at;

	printf("  %s", v->name);
	at = print_args(stdout, o->columns, 2 + utf8_columns(v->name), v->args);
	if (at > 34)
		printf("\n%*s", 36, "");
	else
		printf("%*s", (int)(36 - at), "");
	ctl_print_wrapped(o, 36, 36, o->zh ? v->help_zh : v->help_en);
}

/* "repair --help": the verbs whose first word that is. False when there are none. */
static bool print_help_of(const struct ctl_options *o, const char *first)
{
	bool any = false;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (const struct verb *v = groups[g].verbs; v && v->name; v++) {
			const char *rest = startswith(v->name, first);

			if (!rest || *rest != ' ')
				continue;
			print_verb(o, v);
			any = true;
		}
	return any;
}

static int print_help(const struct ctl_options *o)
{
	char left[96];

	ctl_pager_open(o);
	ctl_say(o, "Usage: hearthctl [OPTION…] [VERB] [ARGUMENT…]");
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		if (groups[g].en && groups[g].verbs) {
			putchar('\n');
			ctl_print(o, BOLD, o->zh ? groups[g].zh : groups[g].en);
			puts(o->zh ? "：" : ":");
		}
		for (const struct verb *v = groups[g].verbs; v && v->name; v++)
			print_verb(o, v);
	}
	putchar('\n');
	ctl_print(o, BOLD, ctl_tr(o, "Options:\n"));
	for (size_t i = 0; i < ARRAY_SIZE(option_table); i++) {
		snprintf(left, sizeof(left), "%s%s", option_table[i].name, option_table[i].value);
		printf("  %-33s ", left);
		ctl_print_wrapped(o, 36, 36, o->zh ? option_table[i].zh : option_table[i].en);
	}
	putchar('\n');
	ctl_say(o,
		"Exit status: 0 it worked, 1 it failed, 2 wrong usage, 3 hearthd cannot be reached, 4 it worked "
		"and an appliance is in fault.");
	ctl_say(o, "\"hearthctl VERB --help\" says more of one, with examples; hearthctl(1) all.");
	return CTL_OK;
}

struct line {
	struct ctl_options o;
	bool help, version, lang_given;
	int argc; /* what is left for the verb */
	char **argv;
};

/* Takes one option that all verbs know: 1, or 0 when it is none; *i moves over a value. */
static int take_option(struct line *l, int argc, char **argv, int *i)
{
	const char *arg = argv[*i], *value = NULL, *equals = strchr(arg, '=');
	char name[16];
	size_t k;

	if (equals) {
		if ((size_t)(equals - arg) >= sizeof(name))
			return 0;
		value = equals + 1;
	}
	snprintf(name, sizeof(name), "%.*s", equals ? (int)(equals - arg) : 15, arg);
	if (streq(name, "-h")) {
		l->help = true;
		return 1;
	}
	for (k = 0; k < ARRAY_SIZE(option_table); k++)
		if (streq(option_table[k].name, name))
			break;
	if (k == ARRAY_SIZE(option_table))
		return 0;
	if (option_table[k].value[0] == '=' && !value) {
		if (*i + 1 >= argc)
			return -ctl_error(&l->o, CTL_USAGE, "hearthctl --help",
				"option %s needs a value", name);
		value = argv[++*i];
	}
	if (streq(name, "--json")) {
		if (!value || streq(value, "short"))
			l->o.json = JSON_SHORT;
		else if (streq(value, "pretty"))
			l->o.json = JSON_PRETTY;
		else if (streq(value, "off"))
			l->o.json = JSON_OFF;
		else
			return -ctl_error(&l->o, CTL_USAGE, "hearthctl --help",
				"%s takes short, pretty or off, not \"%s\"", name, value);
	} else if (streq(name, "--lang")) {
		if (!streq(value, "en") && !streq(value, "zh_CN"))
			return -ctl_error(&l->o, CTL_USAGE, "hearthctl --help",
				"%s takes en or zh_CN, not \"%s\"", name, value);
		l->o.zh = streq(value, "zh_CN");
	} else if (streq(name, "--no-pager"))
		l->o.no_pager = true;
	else if (streq(name, "--no-legend"))
		l->o.no_legend = true;
	else if (streq(name, "--bus"))
		l->o.bus = value;
	else if (streq(name, "--config"))
		l->o.etc = value;
	else if (streq(name, "--vendor"))
		l->o.vendor = value;
	else if (streq(name, "--help"))
		l->help = true;
	else
		l->version = true;
	return 1;
}

static void options_from_environment(struct ctl_options *o)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	o->etc = HEARTHD_ETC;
	o->vendor = HEARTHD_VENDOR;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!isempty(getenv(names[i]))) {
			o->zh = ctl_lang_zh(getenv(names[i]));
			break;
		}
	o->columns = terminal_columns(stdout);
	o->colour = isatty(STDOUT_FILENO) && isempty(getenv("NO_COLOR")) &&
		    !streq_ptr(getenv("TERM"), "dumb");
}

static int no_verb(const struct ctl_options *o, const char *given)
{
	const char *names[VERBS_MAX + 1] = {0}, *near, *rest;
	char first[32], verbs[256] = "";
	size_t n = 0, used = 0;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (const struct verb *v = groups[g].verbs; v && v->name && n < VERBS_MAX; v++)
			names[n++] = v->name;
	near = ini_nearest(given, names);
	/* "profile" and "profile nonsense": what stands behind "profile". */
	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(given, " "), given);
	for (size_t i = 0; i < n; i++) {
		rest = startswith(names[i], first);
		if (rest && *rest == ' ')
			(void)str_appendf(
				verbs, sizeof(verbs), &used, "%s%s", used ? ", " : "", rest + 1);
	}
	if (*verbs && (!near || streq(first, given)))
		return ctl_error(
			o, CTL_USAGE, "hearthctl --help", "\"%s\" needs one of: %s", first, verbs);
	if (near)
		return ctl_error(o, CTL_USAGE, "hearthctl --help",
			"no verb \"%s\"; did you mean \"%s\"?", given, near);
	return ctl_error(o, CTL_USAGE, "hearthctl --help", "no verb \"%s\"", given);
}

/* The lines of a text are one paragraph, as wide as the terminal. */
static void print_paragraph(const struct ctl_options *o, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *to = copy;

	for (const char *p = copy; p && *p; p++)
		if (*p != '\n')
			*to++ = *p;
		else if (!o->zh)
			*to++ = ' ';
	if (to)
		*to = '\0';
	ctl_print_wrapped(o, 0, 0, copy ? copy : text);
}

static void print_more(const struct ctl_options *o, const struct verb *v)
{
	const char *more = o->zh && v->more_zh ? v->more_zh : v->more_en;
	const char *examples = ctl_examples(v->name);

	print_paragraph(o, o->zh ? v->help_zh : v->help_en);
	if (more) {
		putchar('\n');
		print_paragraph(o, more);
	}
	if (examples)
		printf("\n%s\n%s\n", ctl_tr(o, "Examples:"), examples);
}

static int run(struct line *l)
{
	const struct verb *v = NULL;
	char name[64] = "";

	if (l->version)
		return verb_version(1, NULL, &l->o);
	if (l->argc == 0) {
		v = find_verb("overview");
		if (l->help || !v)
			return print_help(&l->o);
		l->argc = 1;
		l->argv[0] = (char *)"overview";
	}
	if (!v && l->argc >= 2) {
		/* Two words first, so that "report" alone may exist beside "report decode". */
		snprintf(name, sizeof(name), "%s %s", l->argv[0], l->argv[1]);
		v = find_verb(name);
		if (v) {
			l->argv[1] = name;
			l->argv++;
			l->argc--;
		}
	}
	if (!v)
		v = find_verb(l->argv[0]);
	if (!v) {
		if (l->help && l->argc == 1 && print_help_of(&l->o, l->argv[0]))
			return CTL_OK;
		if (!*name)
			snprintf(name, sizeof(name), "%s", l->argv[0]);
		return no_verb(&l->o, name);
	}
	if (l->help) {
		print_call(stdout, &l->o, v);
		print_more(&l->o, v);
		return CTL_OK;
	}
	return v->run(l->argc, l->argv, &l->o);
}

int main(int argc, char **argv)
{
	_cleanup_free_ char **rest = calloc((size_t)argc + 2, sizeof(char *));
	struct line l = {.argv = rest};
	bool ended = false;
	int r = 0;

	if (!rest)
		return CTL_FAILURE;
	options_from_environment(&l.o);
	/* The language first: the messages about all other options use it. */
	for (int i = 1; i < argc; i++)
		if (startswith(argv[i], "--lang"))
			l.o.zh = ctl_lang_zh(argv[i][6] == '=' ? argv[i] + 7
					     : i + 1 < argc    ? argv[i + 1]
							       : "");
	for (int i = 1; i < argc; i++) {
		if (!ended && streq(argv[i], "--")) {
			ended = true;
			continue;
		}
		r = ended || argv[i][0] != '-' ? 0 : take_option(&l, argc, argv, &i);
		if (r < 0)
			return -r;
		if (r == 0)
			rest[l.argc++] = argv[i];
	}
	if (l.argc > 0 && rest[0][0] == '-' && !ended)
		return ctl_error(
			&l.o, CTL_USAGE, "hearthctl --help", "unknown option \"%s\"", rest[0]);
	r = run(&l);
	/* A full disk is no success; whoever reads along and goes, as head(1) does, is none of ours. */
	if (!pager && (fflush(stdout) != 0 || ferror(stdout)))
		r = ctl_error(
			&l.o, CTL_FAILURE, NULL, "cannot write: %s", ctl_strerror(&l.o, errno));
	pager_close();
	return r;
}
