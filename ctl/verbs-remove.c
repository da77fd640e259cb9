/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl remove, rename: what add has written, taken back or given another name. */
#include "add-internal.h"
#include "install-file.h"

/* As hearthd.conf(5) wants it; what is written here must never cost the appliance its file. */
bool add_label_valid(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > LABEL_BYTES_MAX || !utf8_valid(s, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return s[strspn(s, " ")] != '\0';
}

static int own_file(const struct ctl_options *o, const char *id, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/appliances.d/%s.conf", o->etc, id);
	if (!id_valid(id) || access(path, F_OK) < 0)
		return ctl_error(o, CTL_FAILURE, "hearthctl list",
			"there is no appliance \"%s\" in %s/appliances.d", id, o->etc);
	return CTL_OK;
}

int verb_remove(int argc, char **argv, const struct ctl_options *o)
{
	const char *id = NULL;
	bool yes = false;
	char path[600];
	int r;

	for (int i = 1; i < argc; i++)
		if (streq(argv[i], "--yes"))
			yes = true;
		else if (argv[i][0] == '-')
			return ctl_usage(o, "remove", "unknown option \"%s\"", argv[i]);
		else if (id)
			return ctl_usage(o, "remove", "too many words: \"%s\"", argv[i]);
		else
			id = argv[i];
	if (!id)
		return ctl_usage(o, "remove", "which appliance?");
	if (!yes && !isatty(STDIN_FILENO))
		return ctl_usage(
			o, "remove", "not at a terminal: say --yes to remove without a question");
	r = own_file(o, id, path, sizeof(path));
	if (r != CTL_OK)
		return r;
	if (!yes && install_ask(o, 'n', "Remove %s? Its history stays. [y/N]", id) != 'y')
		return ctl_error(o, CTL_FAILURE, NULL, "nothing was removed");
	if (unlink(path) < 0)
		return ctl_error(o, CTL_FAILURE,
			errno == EACCES || errno == EPERM ? "sudo hearthctl remove ..." : NULL,
			"%s: %s", path, ctl_strerror(o, errno));
	printf(ctl_tr(o, "%s removed. Its history stays under this id until it is old.\n"), path);
	return install_reload(o, path);
}

int verb_rename(int argc, char **argv, const struct ctl_options *o)
{
	char path[600], dir[640], own[700], text[600];
	size_t used = 0;
	int r;

	if (argc != 3)
		return ctl_usage(o, "rename", "needs an id and a label");
	if (!add_label_valid(argv[2]))
		return ctl_usage(o, "rename", LABEL_RULE);
	r = own_file(o, argv[1], path, sizeof(path));
	if (r != CTL_OK)
		return r;
	/* A drop-in of ours: the file itself is somebody's. */
	(void)snprintf(dir, sizeof(dir), "%s.d", path);
	(void)snprintf(own, sizeof(own), "%s/90-label.conf", dir);
	(void)str_appendf(text, sizeof(text), &used,
		"# Written by hearthctl rename.\n[Appliance]\nLabel=%s\nLabel[zh_CN]=%s\n", argv[2],
		argv[2]);
	r = install_file(dir, "90-label.conf", text, true);
	if (r < 0)
		return ctl_error(o, CTL_FAILURE,
			r == -EACCES || r == -EPERM ? "sudo hearthctl rename ..." : NULL,
			"cannot write %s: %s", own, ctl_strerror(o, -r));
	printf(ctl_tr(o, "%s is now called %s; its id and history stay.\n"), argv[1], argv[2]);
	return install_reload(o, own);
}
