/* SPDX-License-Identifier: Apache-2.0 */
/* Which files of which folders are read, and over each other in which order. */
#include "ini.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

bool ini_file_is_mask(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	return (S_ISREG(st.st_mode) && st.st_size == 0) ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

struct file_found {
	char *name, *path;
	size_t priority; /* of its directory; 0 is the highest */
};

static int compare(const void *pa, const void *pb)
{
	const struct file_found *a = pa, *b = pb;
	int r = strcmp(a->name, b->name);

	return r ? r : (a->priority > b->priority) - (a->priority < b->priority);
}

struct found {
	struct file_found v[INI_DROPINS_MAX];
	size_t n;
};

static void found_free(struct found *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].name);
		free(d->v[i].path);
	}
	free(d);
}
DEFINE_CLEANUP(struct found *, found_free);

/* The files of PATH that end in SUFFIX. */
static int scan(struct found *d, const char *path, const char *suffix, size_t priority,
	struct problems *problems)
{
	struct dirent *de;
	int r = 0;
	DIR *dp = opendir(path);

	if (!dp) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		return problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
			"cannot be read: %s; check the rights of the directory", strerror(errno));
	}
	while (r == 0 && (de = readdir(dp))) {
		struct file_found *n = &d->v[d->n];

		if (de->d_name[0] == '.' || !endswith(de->d_name, suffix))
			continue;
		if (d->n == INI_DROPINS_MAX) {
			r = problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
				"more than %u files *%s; merge some", INI_DROPINS_MAX, suffix);
			break;
		}
		*n = (struct file_found){.name = strdup(de->d_name), .priority = priority};
		if (!n->name || asprintf(&n->path, "%s/%s", path, de->d_name) < 0) {
			free(n->name);
			r = -ENOMEM;
			break;
		}
		d->n++;
	}
	(void)closedir(dp);
	return r;
}

int ini_list_dropins(const char *const *dirs, const char *subdir, struct problems *problems,
	char ***ret, size_t *ret_n)
{
	_cleanup_(found_freep) struct found *d = calloc(1, sizeof(*d));
	size_t n = 0;
	char **paths;
	int r;

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; dirs[i]; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dirs[i], subdir) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = scan(d, path, ".conf", i, problems);
		if (r < 0)
			return r;
	}
	qsort(d->v, d->n, sizeof(d->v[0]), compare);
	paths = calloc(d->n + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < d->n; i++) {
		if (i > 0 && streq(d->v[i].name, d->v[i - 1].name))
			continue; /* hidden by that of a higher priority */
		if (!ini_file_is_mask(d->v[i].path))
			paths[n++] = TAKE_PTR(d->v[i].path);
	}
	*ret = paths;
	*ret_n = n;
	return 0;
}

static int merge_file(struct ini *ini, const char *path, struct problems *problems)
{
	_cleanup_(ini_freep) struct ini *one = NULL;
	int r = ini_load_file(path, problems, &one);

	if (r == 0)
		return ini_merge(ini, one, problems);
	if (r == -EINVAL || r == -ENOMEM)
		return r;
	if (r == -EFBIG)
		return -EINVAL;
	return problem_add(
		problems, PROBLEM_ERROR, path, 0, NULL, "cannot be read: %s", strerror(-r));
}

int ini_merge_dropins(
	struct ini *ini, const char *const *dirs, const char *subdir, struct problems *problems)
{
	_cleanup_free_ char **paths = NULL;
	size_t n = 0;
	int r = ini_list_dropins(dirs, subdir, problems, &paths, &n), result = r;

	for (size_t i = 0; i < n; i++) {
		if (r != -ENOMEM)
			r = merge_file(ini, paths[i], problems);
		if (r < 0)
			result = r;
		free(paths[i]);
	}
	return r == -ENOMEM ? r : result;
}

int ini_load(const char *const *dirs, const char *name, struct problems *problems, struct ini **ret)
{
	_cleanup_(ini_freep) struct ini *ini = NULL;
	_cleanup_free_ char *subdir = NULL;
	int r = -ENOENT, k;

	for (size_t i = 0; dirs[i] && r == -ENOENT; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", dirs[i], name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (ini_file_is_mask(path))
			return -ENOENT;
		r = ini_load_file(path, problems, &ini);
		if (r == -ENOTDIR)
			r = -ENOENT;
		if (r < 0 && r != -ENOENT && r != -EINVAL && r != -EFBIG && r != -ENOMEM)
			return problem_add(problems, PROBLEM_ERROR, path, 0, NULL,
				"cannot be read: %s", strerror(-r));
	}
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (asprintf(&subdir, "%s.d", name) < 0) {
		subdir = NULL;
		return -ENOMEM;
	}
	/* Also when the base is bad: people want to hear of all mistakes at once. */
	if (ini) {
		k = ini_merge_dropins(ini, dirs, subdir, problems);
		if (k < 0)
			return k;
	}
	if (r < 0)
		return -EINVAL;
	*ret = TAKE_PTR(ini);
	return 0;
}

int ini_load_all(const char *const *dirs, const char *suffix, struct problems *problems,
	ini_take take, void *userdata)
{
	_cleanup_(found_freep) struct found *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	for (size_t i = 0; dirs[i] && r >= 0; i++)
		r = scan(d, dirs[i], suffix, i, problems);
	qsort(d->v, d->n, sizeof(d->v[0]), compare);
	for (size_t i = 0; i < d->n && r >= 0; i++) {
		struct ini *ini = NULL;

		if (i > 0 && streq(d->v[i].name, d->v[i - 1].name))
			continue; /* ini_load() took that of a higher priority */
		r = ini_load(dirs, d->v[i].name, problems, &ini);
		if (r >= 0)
			r = take(ini, userdata);
		else if (r != -ENOMEM) /* masked, or told */
			r = 0;
	}
	return r;
}
