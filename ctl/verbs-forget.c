/* SPDX-License-Identifier: Apache-2.0 */
/* hearthctl privacy rotate, hearthctl wipe: to be known no more, and to know nothing more. */
#include "client.h"
#include "install-file.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---- rotate */

static int verb_rotate(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	const char *id = NULL;
	bool leave = false, discard = false;
	int r;

	for (int k = 1; k < argc; k++) {
		if (streq(argv[k], "--leave"))
			leave = true;
		else if (streq(argv[k], "--discard"))
			discard = true;
		else if (argv[k][0] == '-')
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
		else if (!id)
			id = argv[k];
		else
			return ctl_usage(o, argv[0], "too many words: \"%s\"", argv[k]);
	}
	if (!id)
		return ctl_usage(o, argv[0], "needs the name of an upstream");
	r = client_open(o, &bus);
	if (r == CTL_OK)
		r = client_call(
			o, bus, NULL, "Privacy1.Rotate", "sbb", id, (int)leave, (int)discard);
	if (r != CTL_OK || o->no_legend || o->json != JSON_OFF)
		return r;
	printf(ctl_tr(o, "%s knows this house by new names now.\n"), id);
	ctl_say(o, "What still identifies it there: a client certificate or user name, a fixed "
		   "ClientId=, the internet address, and counters of appliances at level full.");
	if (leave)
		ctl_say(o, "The broker was not asked to forget the old names: what it kept under "
			   "them may still be there.");
	return r;
}

/* ---- wipe */

static void print_list(const struct ctl_options *o, const char *text, const json_t *list)
{
	const json_t *v;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	puts(ctl_tr(o, text));
	json_array_foreach(list, i, v)
	{
		printf("  %s\n", json_string_value(v));
	}
}

/* FILES of DIR, "" as DIR is no directory; the count of those that could not be deleted. */
static unsigned remove_files(const struct ctl_options *o, const char *dir, const char *suffix)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned failed = 0;

	while (d && (de = readdir(d))) {
		char path[4096];

		if (!endswith(de->d_name, suffix) || de->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		if (unlink(path) == 0)
			printf(ctl_tr(o, "deleted %s\n"), path);
		else if (errno != EISDIR && errno != EPERM) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			failed++;
		}
	}
	if (d)
		(void)closedir(d);
	return failed;
}

static int remove_config(const struct ctl_options *o)
{
	char path[4096];
	unsigned failed;

	(void)snprintf(path, sizeof(path), "%s/appliances.d", o->etc);
	failed = remove_files(o, path, ".conf");
	(void)snprintf(path, sizeof(path), "%s/hearthd.conf.d", o->etc);
	failed += remove_files(o, path, ".conf");
	(void)snprintf(path, sizeof(path), "%s/hearthd.conf", o->etc);
	if (unlink(path) == 0)
		printf(ctl_tr(o, "deleted %s\n"), path);
	else if (errno != ENOENT) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		failed++;
	}
	return failed ? CTL_FAILURE : CTL_OK;
}

static bool confirmed(const struct ctl_options *o, bool config)
{
	ctl_say(o,
		"This deletes for ever: history, findings, what was learned of the appliances, counts "
		"of care, records of changes, what waits to be sent, the names at every upstream, "
		"and the ledger. Budgets of writes to appliances begin anew.");
	if (config)
		printf(ctl_tr(o, "And the configuration in %s: appliances, lines, upstreams.\n"),
			o->etc);
	return install_ask(o, 'n', "%s", ctl_tr(o, "Delete all of it? [y/N] ")) == 'y';
}

static int verb_wipe(int argc, char **argv, const struct ctl_options *o)
{
	_cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
	_cleanup_(json_decrefp) json_t *all = NULL;
	bool yes = false, config = false;
	int r;

	for (int k = 1; k < argc; k++) {
		if (streq(argv[k], "--yes"))
			yes = true;
		else if (streq(argv[k], "--all"))
			config = true;
		else
			return ctl_usage(o, argv[0], "unknown option \"%s\"", argv[k]);
	}
	if (!yes && !isatty(STDIN_FILENO))
		return ctl_error(o, CTL_USAGE, "hearthctl wipe --yes",
			"this deletes everything; without a terminal to ask on it needs --yes");
	if (!yes && !confirmed(o, config))
		return CTL_FAILURE;
	r = client_open(o, &bus);
	/* First, so that hearthd begins anew without it. */
	if (r == CTL_OK && config)
		r = remove_config(o);
	if (r == CTL_OK)
		r = client_call_json(o, bus, &all, "Privacy1.Wipe", "");
	if (r != CTL_OK)
		return r;
	if (o->json != JSON_OFF)
		return ctl_print_json(o, TAKE_PTR(all));
	printf(ctl_tr(o, "Deleted, in %s:\n"), json_str(all, "state"));
	print_list(o, "", json_object_get(all, "files"));
	print_list(o, "Brokers that were made to forget what they kept:",
		json_object_get(all, "forgotten"));
	print_list(o, "Brokers that could not be reached and may keep documents:",
		json_object_get(all, "not_reached"));
	if (!config)
		printf(ctl_tr(o, "Not deleted: the configuration in %s (hearthctl wipe --all).\n"),
			json_str(all, "config"));
	ctl_say(o, "Not deleted: credentials of the relays (systemd credentials), the system's "
		   "journal, and what receivers were told before.");
	return CTL_OK;
}

const struct verb verbs_forget[] = {
	{"privacy rotate", "UPSTREAM [--leave] [--discard]",
		"Give gateway and appliances new random names there",
		"为该上行目标更换网关和电器的随机名称", verb_rotate,
		"--leave goes on when the broker cannot be asked to forget the old names, --discard gives up\n"
		"events that wait under them. A client certificate still identifies the gateway.",
		"--leave：无法让服务器忘记旧名称时仍继续；--discard：放弃以旧名称等待的事件。\n"
		"客户端证书仍可识别网关。"},
	{"wipe", "[--yes] [--all]", "Delete everything hearthd has stored",
		"删除 hearthd 存储的全部数据", verb_wipe,
		"--all deletes the configuration too, --yes does not ask.",
		"--all 同时删除配置；--yes 不再询问。"},
	{0},
};
