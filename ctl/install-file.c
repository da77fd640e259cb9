/* SPDX-License-Identifier: Apache-2.0 */
#include "install-file.h"

#include "client.h"
#include "daemon/config/config.h"

#include <fcntl.h>
#include <sys/stat.h>

static int write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, text, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		text += k;
		n -= (size_t)k;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Errors of closing and of the folder's entry count: the file may be the only copy. */
static int commit(int dir_fd, const char *temporary, const char *name, bool replace)
{
	int r = 0;

	if (replace)
		r = renameat(dir_fd, temporary, dir_fd, name) < 0 ? -errno : 0;
	else
		r = linkat(dir_fd, temporary, dir_fd, name, 0) < 0 ? -errno : 0;
	if (r < 0 || !replace)
		(void)unlinkat(dir_fd, temporary, 0);
	if (r == 0 && fsync(dir_fd) < 0)
		r = -errno;
	return r;
}

int install_file(const char *dir, const char *name, const char *text, bool replace)
{
	_cleanup_close_ int dir_fd = -1, fd = -1;
	char temporary[300];
	int r;

	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return -errno;
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	/* No ending that hearthd reads. */
	(void)snprintf(temporary, sizeof(temporary), ".%.200s.%ld.new", name, (long)getpid());
	(void)unlinkat(dir_fd, temporary, 0);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0644) < 0 ? -errno : 0;
	if (r == 0)
		r = write_all(fd, text, strlen(text));
	if (r < 0) {
		(void)unlinkat(dir_fd, temporary, 0);
		return r;
	}
	return commit(dir_fd, temporary, name, replace);
}

/* ---- hearthd */

int install_check(const struct ctl_options *o, const char *path)
{
	struct problems problems = {0}, ours = {0};
	struct config *c = NULL;
	size_t errors;

	(void)config_load(o->etc, o->vendor, &problems, &c);
	for (size_t i = 0; i < problems.n; i++)
		if (problems.v[i].file && streq(problems.v[i].file, path))
			(void)problem_add(&ours, problems.v[i].level, problems.v[i].file,
				problems.v[i].line, problems.v[i].key, "%s", problems.v[i].text);
	if (ours.n > 0)
		ctl_print_problems(o, &ours);
	errors = ours.n_errors;
	problems_done(&problems);
	problems_done(&ours);
	config_free(c);
	return errors > 0 ? CTL_FAILURE : CTL_OK;
}

int install_reload(const struct ctl_options *o, const char *path)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *address = o->bus && !streq(o->bus, "system")
				      ? o->bus
				      : "unix:path=/run/dbus/system_bus_socket";
	sd_bus *bus = NULL;
	int result = install_check(o, path), r;

	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Manager1",
			"Reload", &e, NULL, "");
	sd_bus_flush_close_unref(bus);
	if (r >= 0)
		return result;
	if (sd_bus_error_has_name(&e, "org.hearthd.Error.BadConfiguration"))
		return ctl_error(o, CTL_FAILURE, "hearthctl config check",
			"hearthd keeps its old configuration: the new one has errors");
	if (sd_bus_error_has_name(&e, SD_BUS_ERROR_ACCESS_DENIED))
		return ctl_error(
			o, CTL_FAILURE, "sudo hearthctl reload", "hearthd was not told of it");
	if (!o->no_legend && o->json == JSON_OFF)
		ctl_say(o, "hearthd does not run; it will find this when it starts.");
	return result;
}

/* ---- the person */

bool install_read(char *dst, size_t size)
{
	size_t n;

	fflush(stdout);
	if (!fgets(dst, (int)size, stdin))
		return false;
	n = strlen(dst);
	while (n > 0 && strchr("\r\n\t ", dst[n - 1]))
		dst[--n] = '\0';
	return true;
}

int install_ask(const struct ctl_options *o, int preset, const char *fmt, ...)
{
	char line[64];
	va_list ap;

	va_start(ap, fmt);
	vprintf(ctl_tr(o, fmt), ap);
	va_end(ap);
	putchar(' ');
	if (!install_read(line, sizeof(line))) {
		putchar('\n');
		return 0;
	}
	return *line ? line[0] | 0x20 : preset;
}
