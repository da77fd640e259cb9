/* SPDX-License-Identifier: Apache-2.0 */
#include "assist.h"

#define HEAD "hearthd assist 2\n"

size_t assist_pack(const struct assist *v, size_t n, uint64_t boot, uint64_t now_us, int64_t wall_s,
	char ret[static ASSIST_RECORD])
{
	size_t used = 0;

	(void)str_appendf(ret, ASSIST_RECORD, &used, HEAD "%016llx\n", (unsigned long long)boot);
	for (size_t i = 0; i < n; i++) {
		uint64_t left = v[i].until_us > now_us ? v[i].until_us - now_us : 0;

		/* A crash right before the next save must not give back what has passed. */
		(void)str_appendf(ret, ASSIST_RECORD, &used, "%s %s %llu %llu %lld\n",
			v[i].upstream, v[i].appliance, (unsigned long long)v[i].until_us,
			(unsigned long long)(left > ASSIST_SAVE_US ? left - ASSIST_SAVE_US : 0),
			wall_s > 0 ? (long long)(wall_s + (int64_t)(left / USEC_PER_SEC)) : 0LL);
	}
	return used;
}

static uint64_t left_of(const unsigned long long t[static 2], long long wall_end, bool same_boot,
	uint64_t now_us, int64_t wall_s)
{
	uint64_t left = same_boot ? (t[0] > now_us ? t[0] - now_us : 0) : t[1];

	if (wall_end > 0 && wall_s > 0)
		left = MIN(
			left, wall_end > wall_s ? (uint64_t)(wall_end - wall_s) * USEC_PER_SEC : 0);
	return MIN(left, ASSIST_MAX_US);
}

int assist_unpack(const char *p, size_t n, uint64_t boot, uint64_t now_us, int64_t wall_s,
	struct assist *ret, size_t *ret_n)
{
	char text[ASSIST_RECORD + 1];
	unsigned long long saved_boot, t[2];
	const char *line;
	long long wall_end;
	size_t count = 0;
	int k = 0;

	if (n > ASSIST_RECORD || memchr(p, '\0', n))
		return -EBADMSG;
	memcpy(text, p, n);
	text[n] = '\0';
	line = startswith(text, HEAD);
	if (!line || sscanf(line, "%16llx\n%n", &saved_boot, &k) != 1 || k < 17)
		return -EBADMSG;
	for (line += k; *line; line = strchr(line, '\n') + 1) {
		struct assist a = {0};
		uint64_t left;

		if (!strchr(line, '\n') ||
			sscanf(line, "%32s %32s %llu %llu %lld", a.upstream, a.appliance, &t[0],
				&t[1], &wall_end) != 5 ||
			!id_valid(a.upstream) || !id_valid(a.appliance) || count == ASSISTS_MAX)
			return -EBADMSG;
		left = left_of(t, wall_end, saved_boot == boot, now_us, wall_s);
		if (left == 0)
			continue;
		a.until_us = now_us + left;
		ret[count++] = a;
	}
	*ret_n = count;
	return 0;
}
