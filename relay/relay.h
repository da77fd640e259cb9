/* SPDX-License-Identifier: Apache-2.0 */
/* One relay: a poll() loop over hearthd's socket, signals, and the pipe from the threads of Paho, of
 * name look-ups and of probes. Keeps nothing across the loss of a connection: what has no PUBACK then
 * is hearthd's to send again. Loop thread only. */
#ifndef HEARTH_RELAY_RELAY_H
#define HEARTH_RELAY_RELAY_H

#include "daemon/base/util.h"

struct relay_options {
	const char *name;        /* of the upstream */
	const char *socket;      /* /run/hearthd/relay/NAME/sock */
	const char *credentials; /* directory or NULL */
	int signal_fd;           /* SIGTERM and SIGINT end it */
};

/* Until a signal: 0, or -errno when it could not even begin. */
int relay_run(const struct relay_options *options);

/* Pure; for tests. "mqtt://host[:port]", "mqtts://[::1]:8883": 0 or -EINVAL. HOST without brackets. */
int relay_parse_url(const char *url, char *host, size_t size, uint16_t *ret_port, bool *ret_tls);

#endif
