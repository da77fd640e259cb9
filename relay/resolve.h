/* SPDX-License-Identifier: Apache-2.0 */
/* Names to addresses without waiting. A look-up runs in a thread of its own, because getaddrinfo()
 * has no bound; Paho, which would call it under its one global lock (issue 1125 of its tracker: every
 * call blocks while the resolver is dead), is given the answer found here: this program's own
 * getaddrinfo() stands before the C library's. It returns the pinned address for the pinned name, so
 * Paho still knows the host by its name for SNI and for the check of the certificate, and fails at
 * once for any other name. */
#ifndef HEARTH_RELAY_RESOLVE_H
#define HEARTH_RELAY_RESOLVE_H

#include "relay/event.h"

/* Look-ups that may hang at a time; at the bound a new one is refused. */
#define RESOLVE_THREADS_MAX 2

int resolve_init(void); /* before any thread */
/* EVENT_RESOLVED with GENERATION comes through FD. 0, -EBUSY when too many hang, -errno. */
int resolve_start(const char *host, int fd, uint32_t generation);
bool resolve_running(void); /* a look-up */
/* What Paho gets for HOST from now on. */
void resolve_pin(const char *host, const char *address);

#endif
