/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of a test's own, and files in it. Behind the headers of cmocka. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "daemon/base/util.h"

#include <stdio.h>
#include <sys/stat.h>

static inline void scratch_new(char dir[64])
{
	(void)str_copy(dir, 64, "/tmp/hearth-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
}

/* For what is written so often that it should not go onto a disk. */
static inline void scratch_new_in_memory(char dir[64])
{
	(void)str_copy(dir, 64,
		access("/dev/shm", W_OK) == 0 ? "/dev/shm/hearth-test-XXXXXX"
					      : "/tmp/hearth-test-XXXXXX");
	assert_non_null(mkdtemp(dir));
}

/* With all that is in it. */
static inline int scratch_done(const char *dir)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* The file NAME, with the folders above it, holds TEXT; NULL: it is gone. */
static inline void scratch_put(const char *dir, const char *name, const char *text)
{
	char full[512];
	FILE *f;

	(void)snprintf(full, sizeof(full), "%s/%s", dir, name);
	for (char *slash = full + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(full, 0777);
		*slash = '/';
	}
	(void)unlink(full);
	if (!text)
		return;
	f = fopen(full, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

#endif
