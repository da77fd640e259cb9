/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl config check|cat: the configuration as hearthd would read it, without hearthd. */
#include "ctl.h"

#include "adapters/check.h"
#include "daemon/config/ini.h"

static json_t *problem_json(const struct problem *p)
{
	json_t *j = json_pack("{s:s}", "level", p->level == PROBLEM_ERROR ? "error" : "warning");
	char text[1024];

	/* A file may be called anything, JSON is UTF-8. */
	if (p->file) {
		str_escape(text, sizeof(text), p->file, strlen(p->file));
		(void)json_object_set_new(j, "file", json_string(text));
	}
	if (p->line)
		(void)json_object_set_new(j, "line", json_integer(p->line));
	if (p->key)
		(void)json_object_set_new(j, "key", json_string(p->key));
	str_escape(text, sizeof(text), p->text, strlen(p->text));
	(void)json_object_set_new(j, "text", json_string(text));
	return j;
}

void ctl_print_problems(const struct ctl_options *o, const struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct problem *v = &p->v[i];
		char raw[1024], said[1024], line[2048];

		problem_format(raw, sizeof(raw), v);
		ctl_problem(o, raw, said, sizeof(said));
		str_escape(line, sizeof(line), said, strlen(said));
		ctl_print(o, v->level == PROBLEM_ERROR ? RED : YELLOW, line);
		putchar('\n');
	}
	if (p->dropped)
		printf(ctl_tr(o, "and %zu more\n"), p->dropped);
}

static int verb_config_check(int argc, char **argv, const struct ctl_options *o)
{
	struct problems p = {0};
	struct config *c = NULL;
	size_t built = 0, warnings;
	json_t *list;
	int r;

	if (argc > 1)
		return ctl_usage(o, "config check",
			argv[1][0] == '-' ? "unknown option \"%s\"" : "too many words: \"%s\"",
			argv[1]);
	r = config_load(o->etc, o->vendor, &p, &c);
	if (r < 0 && r != -EINVAL)
		return ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, -r));
	if (c)
		built = check_config(c, &p);
	warnings = p.n + p.dropped - p.n_errors;
	if (o->json != JSON_OFF) {
		list = json_array();
		for (size_t i = 0; i < p.n; i++)
			(void)json_array_append_new(list, problem_json(&p.v[i]));
		(void)ctl_print_json(o,
			json_pack("{s:b,s:i,s:i,s:i,s:i,s:i,s:o}", "ok", p.n_errors == 0, "errors",
				(int)p.n_errors, "warnings", (int)warnings, "buses",
				c ? (int)c->n_buses : 0, "upstreams", c ? (int)c->n_upstreams : 0,
				"appliances", (int)built, "problems", list));
	} else {
		ctl_print_problems(o, &p);
		if (c && c->n_buses + c->n_upstreams + c->n_appliances == 0 && p.n == 0)
			printf(ctl_tr(o, "Nothing is configured in %s or %s.\n"), o->etc,
				o->vendor);
		printf(ctl_tr(o, "Errors: %zu, warnings: %zu. "), p.n_errors, warnings);
		if (c)
			printf(ctl_tr(o, "Usable: buses %zu, upstreams %zu, appliances %zu.\n"),
				c->n_buses, c->n_upstreams, built);
		else
			ctl_say(o,
				"hearthd would not start with this configuration, and a reload would keep "
				"the old one.");
	}
	r = p.n_errors ? CTL_FAILURE : CTL_OK;
	problems_done(&p);
	config_free(c);
	return r;
}

static bool printed_any;

static int print_file(const struct ctl_options *o, const char *path)
{
	_cleanup_free_ char *text = NULL, *shown = NULL;
	size_t len = 0;
	int r = read_file(path, INI_FILE_MAX, &text, &len);
	char head[512];

	if (r < 0)
		return ctl_error(o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(o, -r));
	if (printed_any)
		putchar('\n');
	printed_any = true;
	snprintf(head, sizeof(head), "# %s\n", path);
	ctl_print(o, GREY, head);
	shown = malloc(4 * len + 1);
	if (!shown)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	/* Line by line: what would move the cursor is shown and not done. */
	for (char *s = text, *end = text + len; s < end;) {
		char *nl = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((nl ? nl : end) - s);

		if (n > 0 && s[n - 1] == '\r')
			str_escape(shown, 4 * len + 1, s, n - 1);
		else
			str_escape(shown, 4 * len + 1, s, n);
		puts(shown);
		s += n + 1;
	}
	return CTL_OK;
}

/* NAME and what is merged over it. *FOUND when there was anything. */
static int print_layers(const struct ctl_options *o, const char *name, bool *found)
{
	const char *dirs[] = {o->etc, o->vendor, NULL};
	_cleanup_free_ char *subdir = NULL;
	_cleanup_free_ char **paths = NULL;
	size_t n = 0;
	int r = CTL_OK;

	for (size_t i = 0; dirs[i]; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dirs[i], name) < 0) {
			path = NULL;
			return CTL_FAILURE;
		}
		if (access(path, F_OK) < 0)
			continue;
		*found = true;
		if (!ini_file_is_mask(path))
			r = print_file(o, path);
		break;
	}
	if (asprintf(&subdir, "%s.d", name) < 0) {
		subdir = NULL;
		return CTL_FAILURE;
	}
	if (ini_list_dropins(dirs, subdir, NULL, &paths, &n) < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		*found = true;
		if (print_file(o, paths[i]) != CTL_OK)
			r = CTL_FAILURE;
		free(paths[i]);
	}
	return r;
}

static int print_appliances(const struct ctl_options *o, bool *found)
{
	const char *dirs[] = {o->etc, o->vendor, NULL};
	_cleanup_free_ char **paths = NULL;
	size_t n = 0;
	int r = CTL_OK;

	if (ini_list_dropins(dirs, "appliances.d", NULL, &paths, &n) < 0)
		return CTL_OK;
	for (size_t i = 0; i < n; i++) {
		char name[300];

		snprintf(name, sizeof(name), "appliances.d/%s", strrchr(paths[i], '/') + 1);
		if (print_layers(o, name, found) != CTL_OK)
			r = CTL_FAILURE;
		free(paths[i]);
	}
	return r;
}

static int verb_config_cat(int argc, char **argv, const struct ctl_options *o)
{
	bool found = false;
	int r = CTL_OK;

	ctl_pager_open(o);
	if (argc < 2) {
		r = print_layers(o, "hearthd.conf", &found);
		if (print_appliances(o, &found) != CTL_OK)
			r = CTL_FAILURE;
		if (!found)
			return ctl_error(o, CTL_OK, "see hearthd.conf(5) for an example",
				"no configuration in %s or %s", o->etc, o->vendor);
		return r;
	}
	for (int i = 1; i < argc; i++) {
		found = false;
		if (argv[i][0] == '-')
			return ctl_usage(o, "config cat", "unknown option \"%s\"", argv[i]);
		for (size_t k = 0; id_valid(argv[i]) && k < 2; k++) {
			char name[80];

			if (k == 0)
				snprintf(name, sizeof(name), "appliances.d/%s.conf", argv[i]);
			else
				snprintf(name, sizeof(name), "profiles/%s.profile", argv[i]);
			if (print_layers(o, name, &found) != CTL_OK)
				r = CTL_FAILURE;
		}
		if (!found)
			return ctl_error(o, CTL_FAILURE, "hearthctl config cat",
				"there is no appliance or profile \"%s\"", argv[i]);
	}
	return r;
}

const struct verb verbs_config[] = {
	{"config check", "", "Read the configuration and say what is wrong with it",
		"检查配置并指出错误", verb_config_check,
		"Reads --config and --vendor as hearthd would, needs no hearthd, changes nothing.\n"
		"Exit status 1 when there is an error; warnings are none.",
		"按 hearthd 的方式读取 --config 和 --vendor，不需要 hearthd 运行，不修改任何内容。\n"
		"有错误时退出码为 1；警告不算错误。"},
	{"config cat", "[NAME…]",
		"Print the files of the configuration, or of an appliance or profile",
		"输出配置文件，或某台电器、某个设备档案的文件", verb_config_cat, NULL, NULL},
	{0},
};
