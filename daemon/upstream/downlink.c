/* SPDX-License-Identifier: Apache-2.0 */
#include "downlink.h"

static bool level_valid(const char *p, size_t n)
{
	if (n == 0 || n >= DOWNLINK_LEVEL_MAX || *p == '.' || *p == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			    (p[i] >= '0' && p[i] <= '9') || p[i] == '_' || p[i] == '-' ||
			    p[i] == '.'))
			return false;
	return true;
}

bool downlink_match(const char *filter, const char *topic, struct downlink_levels *ret)
{
	struct downlink_levels l = {};

	for (;;) {
		size_t nf = strcspn(filter, "/"), nt = strcspn(topic, "/");

		if (nf == 1 && *filter == '+') {
			if (l.n == DOWNLINK_LEVELS_MAX || !level_valid(topic, nt))
				return false;
			memcpy(l.v[l.n], topic, nt);
			l.v[l.n++][nt] = 0;
		} else if (nf != nt || memcmp(filter, topic, nf) != 0) {
			return false;
		}
		filter += nf;
		topic += nt;
		if (!*filter || !*topic)
			break;
		filter++;
		topic++;
	}
	if (*filter || *topic)
		return false;
	*ret = l;
	return true;
}

bool downlink_take(struct downlink_bucket *b, unsigned burst, uint64_t period_us, uint64_t now_us)
{
	uint64_t n = now_us > b->since_us ? (now_us - b->since_us) / period_us : 0;

	if (b->used == 0 || n >= b->used) {
		b->used = 0;
		b->since_us = now_us;
	} else {
		b->used -= (unsigned)n;
		b->since_us += n * period_us;
	}
	if (b->used >= burst)
		return false;
	b->used++;
	return true;
}
