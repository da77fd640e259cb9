/* SPDX-License-Identifier: Apache-2.0 */
/* Why a connection failed. Paho says no more than "TCP/TLS connect failure"; after one, a thread looks
 * at the same address once: is there a route, does something listen, does it speak TLS, which check of
 * its certificate fails, does it answer like a web page? It sends no data of the household, and it
 * decides nothing: whether to trust a broker is checked inside Paho at every connection. */
#ifndef HEARTH_RELAY_PROBE_H
#define HEARTH_RELAY_PROBE_H

#include "relay/credentials.h"
#include "relay/event.h"

#define PROBE_BOUND_MS 10000

struct probe_target {
	char host[256], address[64];
	uint16_t port;
	int family;
	bool tls;
	struct credentials credentials;
};

/* EVENT_PROBED follows within about PROBE_BOUND_MS; its code is RELAY_REASON_OK when nothing is wrong
 * now. -EBUSY while one is under way. */
int probe_start(const struct probe_target *target, int fd, uint32_t generation);
bool probe_running(void);

#endif
