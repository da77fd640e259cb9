/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl doctor: what is wrong and what to do about it; with --bundle, one text file for whoever helps, out of
 * which everything that says whose home it is was taken. It asks hearthd through the verbs that people use, as
 * a process of its own each, so that it shows what they show. */
#include "ctl.h"
#include "redact.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PART_MAX   (512 * 1024) /* of one command or file; the rest is cut and said so */
#define PART_S     20
#define CREDSTORES "/etc/credstore/hearthd.*", "/etc/credstore.encrypted/hearthd.*"

/* --- parts */

/* WORDS run (a path first), standard output as text; NULL when it cannot be had. RET: its exit status, or -1. */
static char *run(const char *const *words, int *ret)
{
	char *text = malloc(PART_MAX + 1);
	size_t n = 0;
	int p[2], status;
	pid_t pid;

	*ret = -1;
	if (!text || pipe2(p, O_CLOEXEC) < 0) {
		free(text);
		return NULL;
	}
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)dup2(null, STDIN_FILENO);
		(void)dup2(p[1], STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)alarm(PART_S); /* survives exec: nothing is waited for longer */
		(void)execv(words[0], (char *const *)words);
		_exit(127);
	}
	(void)close(p[1]);
	while (pid > 0 && n < PART_MAX) {
		ssize_t k = read(p[0], text + n, PART_MAX - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	(void)close(p[0]);
	text[n] = 0;
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		*ret = WEXITSTATUS(status);
	return text;
}

static char *ask(const struct ctl_options *o, const char *a, const char *b, int *ret)
{
	char bus[512], etc[512], vendor[512];
	const char *words[] = {"/proc/self/exe", "--json=short", "--lang=en", etc, vendor, a,
		b ? b : (o->bus ? bus : NULL), b && o->bus ? bus : NULL, NULL};

	(void)snprintf(bus, sizeof(bus), "--bus=%s", o->bus ? o->bus : "");
	(void)snprintf(etc, sizeof(etc), "--config=%s", o->etc);
	(void)snprintf(vendor, sizeof(vendor), "--vendor=%s", o->vendor);
	return run(words, ret);
}

static json_t *ask_json(const struct ctl_options *o, const char *a, const char *b, int *ret)
{
	_cleanup_free_ char *text = ask(o, a, b, ret);

	return text ? json_loads(text, 0, NULL) : NULL;
}

/* --- what is wrong */

struct visit {
	const struct ctl_options *o;
	struct table *table;
	json_t *list;
	unsigned wrong;
};

static const char *member(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s ? s : "";
}

/* NAME for the * of what is to be done. */
static void with_name(const char *next, const char *name, char *dst, size_t size)
{
	const char *star = strchr(next, '*');

	(void)snprintf(dst, size, "%.*s%s%s", star ? (int)(star - next) : (int)strlen(next), next,
		star ? name : "", star ? star + 1 : "");
}

/* NEXT: what to do, NULL when all is well; translated here. */
static void judge(
	struct visit *v, const char *step, const char *name, const char *state, const char *next)
{
	char what[256], say[512], todo[512] = "";

	if (next) {
		with_name(ctl_tr(v->o, next), name, say, sizeof(say));
		with_name(next, name, todo, sizeof(todo));
	}
	(void)snprintf(what, sizeof(what), "%s%s%s", ctl_tr(v->o, step), *name ? " " : "", name);
	table_cell(v->table, PLAIN, what);
	table_cell(v->table, next ? RED : GREEN, next ? "✗" : "✓");
	table_cell(v->table, PLAIN, *state ? ctl_tr(v->o, state) : "–");
	table_cell(v->table, PLAIN, next ? say : "");
	(void)json_array_append_new(
		v->list, json_pack("{s:s,s:s,s:b,s:s,s:s}", "step", step, "name", name, "ok", !next,
				 "state", state, "next", todo));
	v->wrong += !!next;
}

static void look_at_upstream(struct visit *v, const json_t *u)
{
	char state[512];
	bool up = streq(member(u, "state"), "connected");

	/* "no-relay" is its own reason. */
	if (*member(u, "reason") && !streq(member(u, "reason"), member(u, "state")))
		(void)snprintf(state, sizeof(state), "%s (%s)", ctl_tr(v->o, member(u, "state")),
			ctl_tr(v->o, member(u, "reason")));
	else
		(void)str_copy(state, sizeof(state), member(u, "state"));
	judge(v, "Upstream", member(u, "id"), state,
		up || streq(member(u, "state"), "syncing") ? NULL
		: streq(member(u, "state"), "no-relay")
			? "systemctl enable --now hearth-relay@*"
			: "hearthctl upstream show *; the word is explained in hearth-relay(8)");
}

/* Gateways without a clock chip start in the past. */
static void look_at_clock(struct visit *v, bool set)
{
	judge(v, "Clock", "", set ? "the time is set" : "not set",
		set ? NULL
		    : "Findings, reports and repairs get no date, nothing is due by time, a summary of "
		      "the day is not made, and brokers' certificates may seem not valid yet. Has the "
		      "gateway internet for NTP (timedatectl)? Clock= in hearthd.conf(5)");
}

/* What the store found by its checksums since the start: a sound flash gives none. */
static void look_at_flash(struct visit *v, const json_t *manager)
{
	static const char *const counts[] = {
		"journal_bad_rows", "journal_set_aside", "journal_log_lost"};
	json_int_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		n += json_integer_value(json_object_get(manager, counts[i]));
	judge(v, "Flash", "", n == 0 ? "nothing damaged was read" : "damaged data was read",
		n == 0 ? NULL
		       : "Nothing damaged is used or sent; hearthctl status --json counts it. The flash may "
			 "be wearing out: keep a copy of /etc/hearthd, and have it replaced");
}

static void look(struct visit *v)
{
	json_t *check, *status, *x;
	int ret;
	size_t i;

	check = ask_json(v->o, "config", "check", &ret);
	judge(v, "Configuration", "", ret == 0 ? "ok" : "errors",
		ret == 0 ? NULL : "hearthctl config check");
	json_decref(check);
	status = ask_json(v->o, "status", NULL, &ret);
	judge(v, "hearthd", "", ret == CTL_NO_DAEMON ? "not running" : "running",
		ret == CTL_NO_DAEMON ? "systemctl status hearthd; journalctl -u hearthd" : NULL);
	x = json_object_get(status, "manager");
	if (x)
		judge(v, "Journal", "", member(x, "journal_state"),
			streq(member(x, "journal_state"), "ok")
				? NULL
				: "df /var/lib/hearthd; is the disk full or read-only?");
	if (json_object_get(x, "journal_bad_rows"))
		look_at_flash(v, x);
	if (json_object_get(x, "clock_set"))
		look_at_clock(v, json_is_true(json_object_get(x, "clock_set")));
	json_array_foreach(json_object_get(status, "buses"), i, x) judge(v, "Bus", member(x, "id"),
		*member(x, "error") ? member(x, "error") : member(x, "state"),
		streq(member(x, "state"), "up") || streq(member(x, "state"), "unused")
			? NULL
			: "is the adapter plugged in, is the device switched on? hearthctl bus list");
	json_array_foreach(json_object_get(status, "appliances"), i, x) judge(v, "Appliance",
		member(x, "id"), member(x, "state"),
		!json_is_true(json_object_get(x, "reachable"))
			? "power, wiring A/B, unit, baud rate; hearthctl scan finds what answers"
		: streq(member(x, "state"), "fault") ? "hearthctl diagnose * says what is wrong"
						     : NULL);
	json_decref(status);
	status = ask_json(v->o, "upstream", "list", &ret);
	json_array_foreach(status, i, x) look_at_upstream(v, x);
	json_decref(status);
}

/* --- the bundle */

struct bundle {
	const struct ctl_options *o;
	struct redact *r;
	FILE *f;
	int error;
};

static void hide(struct bundle *b, const char *kind, const char *word)
{
	int e = redact_add(b->r, kind, word, strlen(word));

	if (e < 0)
		b->error = e;
}

/* The host of mqtts://host:8883/, tcp:host:502 and the like. */
static void hide_host(struct bundle *b, const char *value)
{
	const char *p = strstr(value, "://");
	char host[256];
	size_t n;

	if (p)
		p += 3;
	else if ((p = startswith(value, "tcp:")) || (p = startswith(value, "rtutcp:")) ||
		 (p = startswith(value, "serialtcp:")))
		;
	else
		return;
	if (strchr(p, '@'))
		p = strchr(p, '@') + 1;
	n = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, ":/");
	if (n >= sizeof(host))
		n = sizeof(host) - 1;
	memcpy(host, p, n);
	host[n] = 0;
	if (!startswith(host, "127."))
		hide(b, "host", host);
}

static void hide_value(struct bundle *b, const char *key, const char *value)
{
	static const char *const names[] = {"Label", "Location", "Username", "ClientId", "Contact",
		"Prefix", "Serial", "Description", "Note", "Owner", "Address", "Phone", "Name"};
	size_t n = strcspn(key, "[ =");

	if (n == strlen("Url") && memcmp(key, "Url", n) == 0)
		hide_host(b, value);
	if (n == strlen("Device") && memcmp(key, "Device", n) == 0)
		hide_host(b, value);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == n && memcmp(key, names[i], n) == 0)
			hide(b, "text", value);
}

static char *file_text(const char *path)
{
	const char *const words[] = {"/bin/cat", path, NULL};
	int ret;

	return run(words, &ret);
}

/* Calls FN for each line of each file of the household's own configuration; comments are left out: anything may
 * stand in them. */
static void each_file(struct bundle *b, void (*fn)(struct bundle *b, const char *path, char *text))
{
	static const char *const patterns[] = {"hearthd.conf", "hearthd.conf.d/*.conf",
		"appliances.d/*.conf", "appliances.d/*.conf.d/*.conf"};
	char pattern[600];

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		glob_t g = {};

		(void)snprintf(pattern, sizeof(pattern), "%s/%s", b->o->etc, patterns[i]);
		if (glob(pattern, 0, NULL, &g) == 0)
			for (size_t k = 0; k < g.gl_pathc; k++) {
				_cleanup_free_ char *text = file_text(g.gl_pathv[k]);

				if (text)
					fn(b, g.gl_pathv[k], text);
			}
		globfree(&g);
	}
}

static void learn_file(struct bundle *b, const char *path, char *text)
{
	const char *id = strstr(path, "/appliances.d/");
	char *save, name[64];

	if (id) {
		id += strlen("/appliances.d/");
		(void)snprintf(name, sizeof(name), "%.*s",
			(int)MIN(strcspn(id, "."), sizeof(name) - 1), id);
		hide(b, "appliance", name);
	}
	for (char *line = strtok_r(text, "\r\n", &save); line;
		line = strtok_r(NULL, "\r\n", &save)) {
		char *eq = strchr(line, '='), *end;

		line += strspn(line, " \t");
		if (!eq || *line == '#' || *line == ';')
			continue;
		for (eq++; *eq == ' ' || *eq == '\t'; eq++)
			;
		for (end = eq + strlen(eq); end > eq && (end[-1] == ' ' || end[-1] == '\t'); end--)
			end[-1] = 0;
		hide_value(b, line, eq);
	}
}

static void learn_aliases(struct bundle *b)
{
	int ret;
	size_t i;
	json_t *u, *list = ask_json(b->o, "upstream", "list", &ret), *alias;
	const char *id;

	json_array_foreach(list, i, u)
	{
		hide(b, "gateway", member(u, "gateway"));
		hide_host(b, member(u, "url"));
		json_object_foreach(json_object_get(u, "aliases"), id, alias)
		{
			const char *bus = startswith(id, "bus:");

			if (!streq(bus ? bus : id, json_string_value(alias)))
				hide(b, "alias", json_string_value(alias));
		}
	}
	json_decref(list);
}

/* Never written; known so that they can be taken out where somebody else has printed them. */
static void learn_secrets(struct bundle *b)
{
	static const char *const patterns[] = {CREDSTORES};
	static const char *const own[] = {"/etc/machine-id", "/etc/hostname"};
	glob_t g;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		g = (glob_t){};
		if (glob(patterns[i], 0, NULL, &g) == 0)
			for (size_t k = 0; k < g.gl_pathc; k++) {
				_cleanup_free_ char *text = file_text(g.gl_pathv[k]);

				if (text && !strstr(text, "-----BEGIN")) {
					text[strcspn(text, "\r\n")] = 0;
					hide(b, "secret", text);
					explicit_bzero(text, strlen(text));
				}
			}
		globfree(&g);
	}
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		_cleanup_free_ char *text = file_text(own[i]);

		if (text) {
			text[strcspn(text, "\r\n")] = 0;
			if (!streq(text, "localhost"))
				hide(b, "machine", text);
		}
	}
}

static void part(struct bundle *b, const char *title, char *text)
{
	_cleanup_free_ char *own = text, *clean = NULL, *name = NULL;

	if (b->error || !own)
		return;
	clean = redact_apply(b->r, own, strlen(own));
	name = redact_apply(b->r, title, strlen(title));
	if (!clean || !name) {
		b->error = -ENOMEM;
		return;
	}
	fprintf(b->f, "==== %s\n%s%s%s\n", name, clean,
		*clean && clean[strlen(clean) - 1] == '\n' ? "" : "\n",
		strlen(own) >= PART_MAX ? "(cut here)\n" : "");
}

static void write_file(struct bundle *b, const char *path, char *text)
{
	char *copy = calloc(1, strlen(text) + 1), *save;

	if (!copy) {
		b->error = -ENOMEM;
		return;
	}
	for (char *line = strtok_r(text, "\r\n", &save); line;
		line = strtok_r(NULL, "\r\n", &save)) {
		line += strspn(line, " \t");
		if (*line == '#' || *line == ';')
			continue;
		strcat(copy, line);
		strcat(copy, "\n");
	}
	part(b, path, copy);
}

static void write_parts(struct bundle *b)
{
	static const char *const asked[][2] = {{"version", NULL}, {"config", "check"},
		{"status", NULL}, {"bus", "list"}, {"bus", "status"}, {"upstream", "list"},
		{"findings", NULL}};
	static const char *const commands[][8] = {
		{"/bin/uname", "-srm", NULL},
		{"/bin/cat", "/etc/os-release", NULL},
		{"/usr/bin/systemctl", "show", "hearthd", "hearth-relay@*",
			"--property=Id,ActiveState,Result,NRestarts,MemoryCurrent,StatusText",
			NULL},
		{"/usr/bin/journalctl", "--boot", "--lines=400", "--output=short-iso",
			"--no-hostname", "--unit=hearthd", "--unit=hearth-relay@*", NULL},
	};
	char title[128];
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		char *text = ask(b->o, asked[i][0], asked[i][1], &ret);

		(void)snprintf(title, sizeof(title), "hearthctl %s%s%s: exit %d", asked[i][0],
			asked[i][1] ? " " : "", asked[i][1] ? asked[i][1] : "", ret);
		part(b, title, text);
	}
	each_file(b, write_file);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (access(commands[i][0], X_OK) == 0)
			part(b, strrchr(commands[i][0], '/') + 1, run(commands[i], &ret));
}

static int write_bundle(const struct ctl_options *o, const char *path)
{
	_cleanup_(redact_freep) struct redact *r = redact_new();
	struct bundle b = {.o = o, .r = r, .f = stdout};
	int fd;

	if (!r)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	learn_secrets(&b);
	each_file(&b, learn_file);
	learn_aliases(&b);
	if (b.error)
		return ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, -b.error));
	if (!streq(path, "-")) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return ctl_error(
				o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(o, errno));
		b.f = fdopen(fd, "w");
		if (!b.f) {
			(void)close(fd);
			return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
		}
	}
	write_parts(&b);
	if (fflush(b.f) != 0 || ferror(b.f))
		b.error = -EIO;
	if (b.f != stdout)
		(void)fclose(b.f);
	if (b.error) {
		if (b.f != stdout)
			(void)unlink(path); /* half of it would look like all of it */
		return ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, -b.error));
	}
	if (b.f != stdout)
		printf(ctl_tr(o,
			       "%s: %llu names, addresses and secrets were taken out. Read it before you give it away.\n"),
			path, (unsigned long long)redact_count(r));
	return CTL_OK;
}

static int verb_doctor(int argc, char **argv, const struct ctl_options *o)
{
	static const char *const headers[] = {"CHECKED", "", "STATE", "WHAT TO DO", NULL};
	_cleanup_(table_freep) struct table *t = NULL;
	struct visit v = {.o = o};

	if (argc == 3 && streq(argv[1], "--bundle"))
		return write_bundle(o, argv[2]);
	if (argc > 1)
		return ctl_usage(o, "doctor",
			streq(argv[1], "--bundle") ? "option %s needs a value"
			: argv[1][0] == '-'        ? "unknown option \"%s\""
						   : "too many words: \"%s\"",
			argv[1]);
	v.table = t = table_new(o, headers);
	v.list = json_array();
	look(&v);
	if (o->json != JSON_OFF) {
		(void)ctl_print_json(o, v.list);
	} else {
		json_decref(v.list);
		table_print(t);
	}
	return v.wrong ? CTL_FAILURE : CTL_OK;
}

const struct verb verbs_doctor[] = {
	{"doctor", "[--bundle FILE]",
		"Look at everything and say what to do; --bundle: a file for whoever helps, without names and secrets",
		"逐项检查并说明该怎么做；--bundle：生成供求助用的文件，去除名称和机密", verb_doctor,
		NULL, NULL},
	{0},
};
