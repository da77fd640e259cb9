/* SPDX-License-Identifier: Apache-2.0 */
/* The one way down: what a broker sends an upstream goes by its topic to one handler. Bytes from outside,
 * perhaps from a hostile broker, which may also send what nobody subscribed to. Main thread.
 *
 * A handler is a file of its own with one constant struct, named in the table of manager-down.c. It is
 * called only where it is switched on, for a name without surprises (downlink.h), within its size and its
 * rate. What is refused before that is counted and not answered. */
#ifndef HEARTHD_MANAGER_DOWN_H
#define HEARTHD_MANAGER_DOWN_H

#include "daemon/manager/manager.h"

/* Lives during the call. */
struct down_message {
	const struct upstream_message *raw; /* payload, response topic, … */
	struct downlink_levels levels;      /* what stood for each '+' of the filter */
};

struct down_handler {
	const char *filter; /* behind the base, "a/+/set/+"; after a leading '/' a whole topic */
	bool retained;      /* takes retained messages too (to answer a refusal); else dropped */
	size_t max;         /* bytes of payload; 0 = RELAY_DOWN_MAX */
	unsigned burst;     /* so many at once, */
	uint64_t period_us; /* and one more each such time */
	/* Is it switched on for this upstream? Asked at the start of a feed, where its subscriptions are
	 * made, and again for each message. */
	bool (*wanted)(const struct feed *f);
	void (*message)(struct feed *f, const struct down_message *d);
};

const char *down_fate_name(enum down_fate fate);

extern const struct down_handler down_command; /* manager-down-command.c */
extern const struct down_handler down_hass;    /* manager-feed-discovery.c */
extern const struct down_handler down_repair;  /* manager-repair-answer.c */
extern const struct down_handler down_set;     /* manager-down-set.c */
extern const struct down_handler down_receipt; /* manager-down-receipt.c */

/* For manager-feed.c. */
void feed_down_subscribe(struct feed *f);
enum down_fate feed_down_message(struct feed *f, const struct upstream_message *m);

#endif
