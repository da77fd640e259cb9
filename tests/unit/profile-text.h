/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles out of a few lines. Behind the headers of cmocka. */
#ifndef TESTS_PROFILE_TEXT_H
#define TESTS_PROFILE_TEXT_H

#include "daemon/profile/profile.h"

/* Loads without a word. */
static inline struct profile *profile_of_with(
	const char *text, const struct profile_choices *choices)
{
	struct problems problems = {0};
	struct profile *p = NULL;
	int r = profile_load_buffer_with(
		text, strlen(text), "test.profile", choices, &problems, &p);

	for (size_t i = 0; i < problems.n; i++)
		problem_print(stderr, &problems.v[i]);
	assert_int_equal(r, 0);
	assert_int_equal(problems.n, 0);
	problems_done(&problems);
	return p;
}

static inline struct profile *profile_of(const char *text)
{
	return profile_of_with(text, NULL);
}

/* TEXT must fail with a problem that holds SAYS: "f:LINE: key: error: …". */
static inline void profile_bad(const char *text, const char *says)
{
	struct problems problems = {0};
	struct profile *p = NULL;
	char line[1024] = "";
	bool found = false;

	assert_int_equal(profile_load_buffer(text, strlen(text), "f", &problems, &p), -EINVAL);
	assert_null(p);
	assert_true(problems.n_errors > 0);
	for (size_t i = 0; i < problems.n; i++) {
		problem_format(line, sizeof(line), &problems.v[i]);
		found = found || strstr(line, says);
	}
	if (!found)
		fail_msg("“%s” says “%s”, not “%s”", text, line, says);
	problems_done(&problems);
}

static inline const struct point *point_of(const struct profile *p, const char *name)
{
	int i = profile_point_by_name(p, name);

	assert_true(i >= 0);
	return &p->points[i];
}

#endif
