/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl profile new: from a table of registers to a profile. No daemon needed. */
#include "ctl.h"
#include "profile-import.h"

#include <fcntl.h>

struct arguments {
	const char *csv, *faults, *name, *kind, *maker, *model, *output;
};

/* "--key VALUE" and "--key=VALUE". */
static int parse_arguments(
	int argc, char **argv, const struct ctl_options *o, struct arguments *ret)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {{"--from-csv", &ret->csv}, {"--faults", &ret->faults}, {"--name", &ret->name},
		{"--kind", &ret->kind}, {"--maker", &ret->maker}, {"--model", &ret->model},
		{"--output", &ret->output}};

	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		const char *rest = NULL;

		for (k = 0; k < ARRAY_SIZE(known); k++) {
			rest = startswith(argv[i], known[k].name);
			if (rest && (*rest == '\0' || *rest == '='))
				break;
		}
		if (k == ARRAY_SIZE(known) && argv[i][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		if (k == ARRAY_SIZE(known))
			return ctl_usage(o, argv[0], "too many arguments");
		if (*rest == '=')
			*known[k].value = rest + 1;
		else if (i + 1 < argc)
			*known[k].value = argv[++i];
		else
			return ctl_usage(o, argv[0], "option %s needs a value", argv[i]);
	}
	return ret->csv ? CTL_OK : ctl_usage(o, argv[0], "too few arguments");
}

static int load_table(const struct ctl_options *o, const char *path, char **ret, size_t *ret_len)
{
	int r = read_file(path, IMPORT_FILE_MAX, ret, ret_len);

	if (r == -EFBIG)
		return ctl_error(o, CTL_FAILURE, NULL, "%s is larger than 1 MiB", path);
	return r < 0 ? ctl_error(o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(o, -r))
		     : CTL_OK;
}

static void print_reports(const struct import_result *r)
{
	for (size_t i = 0; i < r->n_reports; i++) {
		const struct import_report *v = &r->reports[i];
		char file[512], text[2048];

		str_escape(file, sizeof(file), v->file, strlen(v->file));
		str_escape(text, sizeof(text), v->text, strlen(v->text));
		(void)fputs(file, stderr);
		if (v->line > 0)
			(void)fprintf(stderr, ":%u", v->line);
		(void)fprintf(stderr, ": %s%s%s\n", v->column ? v->column : "",
			v->column ? ": " : "", text);
	}
}

static json_t *reports_json(const struct import_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_reports; i++) {
		const struct import_report *v = &r->reports[i];
		char text[2048];

		str_escape(text, sizeof(text), v->text, strlen(v->text));
		(void)json_array_append_new(
			list, json_pack("{s:s, s:i, s:s?, s:b, s:s}", "file", v->file, "line",
				      (int)v->line, "column", v->column, "left_out", v->left_out,
				      "text", text));
	}
	return list;
}

/* Never over a file that is there: somebody may have worked on it. */
static int write_profile(
	const struct ctl_options *o, const char *path, const struct import_result *r)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	size_t done = 0;

	if (fd < 0 && errno == EEXIST)
		return ctl_error(o, CTL_FAILURE, "hearthctl profile new --help",
			"%s is there already; nothing was written", path);
	while (fd >= 0 && done < r->len) {
		ssize_t n = write(fd, r->text + done, r->len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || done < r->len || close(TAKE_FD(fd)) < 0) {
		int error = errno;

		if (done < r->len && fd >= 0)
			(void)unlink(path);
		return ctl_error(o, CTL_FAILURE, NULL, "%s: %s", path, ctl_strerror(o, error));
	}
	return CTL_OK;
}

static int tell(const struct ctl_options *o, const char *id, const char *path, bool kind, int r,
	const struct import_result *result)
{
	FILE *f = path ? stdout : stderr; /* the profile itself is on standard output */

	if (o->json != JSON_OFF && path)
		return ctl_print_json(o,
			json_pack("{s:s, s:s?, s:b, s:i, s:i, s:i, s:i, s:i, s:o}", "profile", id,
				"file", path, "ok", r == 0, "points", (int)result->points, "faults",
				(int)result->faults, "write_only", (int)result->write_only,
				"proposals", (int)result->proposals, "left_out",
				(int)result->left_out, "reports", reports_json(result)));
	print_reports(result);
	if (result->dropped > 0)
		(void)fprintf(
			stderr, ctl_tr(o, "%zu further reports are not shown\n"), result->dropped);
	if (r < 0)
		return CTL_OK;
	(void)fprintf(f, ctl_tr(o, "%s: %zu points and %zu faults taken, %zu cells left out\n"),
		path ? path : id, result->points, result->faults, result->left_out);
	(void)fprintf(f, ctl_tr(o, "Comments in it: %zu write-only rows, %zu proposals to write\n"),
		result->write_only, result->proposals);
	if (!kind)
		(void)fprintf(
			f, ctl_tr(o, "Kind= was not given: heat_pump only stands in its place\n"));
	(void)fprintf(f, ctl_tr(o, "The head of the file says what a person has to fill in.\n"));
	return CTL_OK;
}

static int finish(const struct ctl_options *o, const struct arguments *a, const char *id, int r,
	const struct import_result *result)
{
	bool to_stdout = streq_ptr(a->output, "-");
	char path[1024];
	int code = CTL_OK;

	(void)snprintf(path, sizeof(path), "%s/%s.profile", a->output ? a->output : ".", id);
	if (r == 0 && !to_stdout)
		code = write_profile(o, startswith(path, "./") ? path + 2 : path, result);
	else if (r == 0 && fwrite(result->text, 1, result->len, stdout) != result->len)
		code = ctl_error(o, CTL_FAILURE, NULL, "cannot write");
	if (code != CTL_OK)
		return code;
	code = tell(o, id,
		to_stdout                ? NULL
		: startswith(path, "./") ? path + 2
					 : path,
		a->kind != NULL, r, result);
	if (r == -ENOMEM)
		return ctl_error(o, CTL_FAILURE, NULL, "out of memory");
	if (r < 0)
		return ctl_error(o, CTL_FAILURE, "hearthctl profile new --help",
			"%s has no point that can be used; no profile was made", a->csv);
	return code;
}

static int verb_new(int argc, char **argv, const struct ctl_options *o)
{
	struct arguments a = {0};
	struct import_options options = {0};
	struct import_result result;
	_cleanup_free_ char *csv = NULL, *faults = NULL;
	size_t len = 0, faults_len = 0;
	char id[33];
	int r = parse_arguments(argc, argv, o, &a);

	if (r != CTL_OK)
		return r;
	if (a.name)
		(void)str_copy(id, sizeof(id), a.name);
	else
		import_id(a.csv, id);
	if (!id_valid(id) || (a.name && !streq(id, a.name)))
		return ctl_usage(o, argv[0],
			"\"%s\" is no name of a profile; give --name of a-z 0-9 _ -",
			a.name ? a.name : a.csv);
	options = (struct import_options){.file = a.csv,
		.faults_file = a.faults,
		.id = id,
		.maker = a.maker,
		.model = a.model};
	if (a.kind) {
		options.kind = model_kind_by_name(a.kind);
		if (!options.kind)
			return ctl_error(o, CTL_FAILURE, "hearthctl profile kinds",
				"there is no kind \"%s\"", a.kind);
	}
	r = load_table(o, a.csv, &csv, &len);
	if (r == CTL_OK && a.faults)
		r = load_table(o, a.faults, &faults, &faults_len);
	if (r != CTL_OK)
		return r;
	r = import_run(csv, len, faults, faults_len, &options, &result);
	r = finish(o, &a, id, r, &result);
	import_result_done(&result);
	return r;
}

const struct verb verbs_import[] = {
	{"profile new",
		"--from-csv FILE [--faults FILE] [--name NAME] [--kind KIND] [--maker M] [--model M] "
		"[--output DIR|-]",
		"Make a profile of a table of registers, to be edited",
		"由寄存器表生成设备档案，供人工修改", verb_new,
		"The first line of the table names its columns: name,register_type,address_0based,type,\n"
		"word_order,scale,offset,unit,access,min,max,enum,notes. What a cell says is taken as it\n"
		"stands, or left out and reported with its line; nothing is guessed. Nothing that can be\n"
		"written is in force: proposals are comments. NAME.profile is never written over.",
		"表的第一行是列名：name,register_type,address_0based,type,word_order,scale,offset,unit,\n"
		"access,min,max,enum,notes。单元格按原样采用，无法采用的会按行报告并略去，绝不猜测。\n"
		"可写的内容不会生效，只作为注释中的建议。已有的 NAME.profile 不会被覆盖。"},
	{0},
};
