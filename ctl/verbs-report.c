/* SPDX-License-Identifier: Apache-2.0 */
/* report decode: a message as it came from the broker, readable. Needs no daemon. */
#include "ctl.h"
#include "daemon/report/deflate.h"
#include "daemon/report/report.h"

#include <fcntl.h>

#define DICTS_MAX 16
#define FILES_MAX 1024

/* FILE or standard input ("-", a pipe), at most MAX bytes. */
static int read_input(const char *path, size_t max, char **ret, size_t *ret_n)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *p = malloc(max + 2);
	size_t n = 0;

	if (!p)
		return -ENOMEM;
	fd = streq(path, "-") ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	while (n <= max) {
		ssize_t k = read(fd, p + n, max + 1 - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		n += (size_t)k;
	}
	if (n > max)
		return -EFBIG;
	p[n] = 0;
	*ret = TAKE_PTR(p);
	*ret_n = n;
	return 0;
}

struct decode_args {
	const char *dicts[DICTS_MAX];
	size_t n_dicts;
	enum report_to to;
	const char *files[FILES_MAX];
	size_t n_files;
	const char *file; /* the one at hand */
};

/* "--NAME=VALUE" or "--NAME VALUE"; NULL when ARGV[*I] is another one. */
static const char *option_value(const char *name, int argc, char **argv, int *i)
{
	const char *rest = startswith(argv[*i], name);

	if (!rest || (*rest && *rest != '='))
		return NULL;
	if (*rest == '=')
		return rest + 1;
	return *i + 1 < argc ? argv[++*i] : "";
}

static int parse_args(int argc, char **argv, const struct ctl_options *o, struct decode_args *ret)
{
	bool only_files = false;

	for (int i = 1; i < argc; i++) {
		const char *v;

		if (!only_files && streq(argv[i], "--"))
			only_files = true;
		else if (!only_files && (v = option_value("--dict", argc, argv, &i))) {
			if (!*v)
				return ctl_usage(o, argv[0], "option %s needs a value", "--dict");
			if (ret->n_dicts == DICTS_MAX)
				return ctl_usage(o, argv[0], "at most %d times --dict", DICTS_MAX);
			ret->dicts[ret->n_dicts++] = v;
		} else if (!only_files && (v = option_value("--to", argc, argv, &i))) {
			if (report_to_from_string(v, &ret->to) < 0)
				return ctl_usage(o, argv[0],
					"--to takes json, senml, line or csv, not \"%s\"", v);
		} else if (!only_files && argv[i][0] == '-' && argv[i][1])
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[i]);
		else if (ret->n_files == FILES_MAX)
			return ctl_usage(o, argv[0], "at most %d files", FILES_MAX);
		else
			ret->files[ret->n_files++] = argv[i];
	}
	if (ret->n_files == 0)
		ret->files[ret->n_files++] = "-";
	return CTL_OK;
}

static int load_dicts(
	const struct decode_args *a, const struct ctl_options *o, struct dictionary *ret)
{
	for (size_t i = 0; i < a->n_dicts; i++) {
		char *p;
		size_t n;
		int e = read_input(a->dicts[i], INFLATE_MAX, &p, &n);

		if (e < 0)
			return ctl_error(
				o, CTL_FAILURE, NULL, "%s: %s", a->dicts[i], ctl_strerror(o, -e));
		ret[i] = (struct dictionary){p, n};
	}
	return CTL_OK;
}

static int inflate_message(const struct decode_args *a, const struct ctl_options *o,
	const struct dictionary *dicts, char **p, size_t *n)
{
	void *plain;
	size_t plain_n;
	int e;

	if (!deflate_is_stream(*p, *n))
		return CTL_OK;
	e = inflate_bytes(*p, *n, dicts, a->n_dicts, INFLATE_MAX, &plain, &plain_n);
	switch (-e) {
	case 0:
		free(*p);
		*p = plain;
		*n = plain_n;
		return CTL_OK;
	case ENOKEY:
		return ctl_error(o, CTL_FAILURE,
			"take it from the topic …/dict/ID that …/info names, and give it with --dict FILE",
			"%s: made with a dictionary of names that was not given", a->file);
	case E2BIG:
		return ctl_error(
			o, CTL_FAILURE, NULL, "%s: larger than 1 MiB when inflated", a->file);
	default:
		return ctl_error(o, CTL_FAILURE, NULL, "%s: damaged or cut short", a->file);
	}
}

static int print_decoded(const struct decode_args *a, const struct ctl_options *o,
	struct report_decoder *d, const char *p, size_t n)
{
	_cleanup_free_ char *text = NULL;
	size_t text_n, open = 0;
	char err[256] = "";
	int e = report_decode(d, p, n, a->to, &text, &text_n, &open, err, sizeof(err));

	if (e < 0)
		return ctl_error(
			o, CTL_FAILURE, NULL, "%s: %s", a->file, *err ? err : ctl_strerror(o, -e));
	if (fwrite(text, 1, text_n, stdout) != text_n)
		return ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, errno));
	if (open > 0)
		(void)fprintf(stderr,
			ctl_tr(o, "%s: %zu columns go on from an earlier report and are left out; "
				  "give the reports in their order\n"),
			a->file, open);
	return CTL_OK;
}

static int decode_file(const struct decode_args *a, const struct ctl_options *o,
	const struct dictionary *dicts, struct report_decoder *d)
{
	_cleanup_free_ char *p = NULL;
	size_t n = 0;
	int e = read_input(a->file, INFLATE_MAX, &p, &n), r;

	if (e < 0)
		return ctl_error(o, CTL_FAILURE, NULL, "%s: %s", a->file, ctl_strerror(o, -e));
	r = inflate_message(a, o, dicts, &p, &n);
	return r == CTL_OK ? print_decoded(a, o, d, p, n) : r;
}

static int report_decode_verb(int argc, char **argv, const struct ctl_options *o)
{
	struct decode_args a = {.to = REPORT_TO_JSON};
	struct dictionary dicts[DICTS_MAX] = {{0}};
	struct report_decoder *d = report_decoder_new();
	int r = d ? parse_args(argc, argv, o, &a)
		  : ctl_error(o, CTL_FAILURE, NULL, "%s", ctl_strerror(o, ENOMEM));

	if (r == CTL_OK)
		r = load_dicts(&a, o, dicts);
	for (size_t i = 0; r == CTL_OK && i < a.n_files; i++) {
		a.file = a.files[i];
		r = decode_file(&a, o, dicts, d);
	}
	for (size_t i = 0; i < a.n_dicts; i++)
		free((void *)dicts[i].bytes);
	report_decoder_free(d);
	return r;
}

const struct verb verbs_report[] = {
	{"report decode", "[--dict FILE]… [--to=json|senml|line|csv] [FILE]…",
		"Show a message as it came from the broker", "显示从服务器收到的消息",
		report_decode_verb,
		"FILE (or standard input) is the payload: zlib or plain JSON. --dict gives the documents "
		"of …/dict/ID it may need.",
		"FILE（或标准输入）是消息内容：zlib 或纯 JSON。--dict 给出它可能用到的 …/dict/ID 文档。"},
	{0},
};
