/* SPDX-License-Identifier: Apache-2.0 */
/* Home Assistant's MQTT device discovery: one document an appliance, from its attributes and from what
 * may be changed. Pure: no clock, no I/O. Texts are the caller's to free. Main thread.
 *
 * Home Assistant drops keys it does not know without a word, so every document made in the tests passes
 * tests/homeassistant/check.py. What is shown how: docs/home-assistant.md. */
#ifndef HEARTHD_DISCOVERY_H
#define HEARTHD_DISCOVERY_H

#include "report.h"

struct discovery_text {
	const struct appliance_text *card;
	const char *base, *gw, *version; /* "hearth/v1/GW", "GW" */
	bool zh;
	/* May whoever reads this change ATTRIBUTE by a bare value? NULL: nothing. */
	bool (*granted)(void *userdata, const char *attribute);
	void *userdata;
};
/* "homeassistant/device/hearth_GW_ID/config"; false when it does not fit. */
bool discovery_topic(const char *gw, const char *id, char *dst, size_t size);
int discovery_compose(const struct discovery_text *d, char **ret, size_t *ret_n);

/* a/ID/health, which the entities of health and faults read. */
struct health_text {
	const char *health; /* "ok" "notice" "warning" "critical" "unknown" */
	bool problem;
	const char *fault_code, *fault_text; /* of the gravest; NULL */
};
int health_compose(const struct health_text *h, char **ret, size_t *ret_n);

/* Home Assistant says when it has started; everything is told anew a random time later, so that not all
 * gateways of a broker speak at once. Zeroed = nothing is due. */
#define REDISCOVERY_MAX_US (5 * USEC_PER_SEC)
struct rediscovery {
	uint64_t at_us; /* 0 = nothing is due */
};
/* RANDOM: any number. A second "online" before that changes nothing. */
void rediscovery_online(struct rediscovery *r, uint64_t now_us, uint64_t random);
bool rediscovery_take(struct rediscovery *r, uint64_t now_us);

#endif
