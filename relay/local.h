/* SPDX-License-Identifier: Apache-2.0 */
/* The relay's end of hearthd's socket: connects and connects again, sends without blocking through a
 * bounded queue, hands over checked datagrams. Loop thread only; time is a parameter. */
#ifndef HEARTH_RELAY_LOCAL_H
#define HEARTH_RELAY_LOCAL_H

#include "daemon/base/util.h"
#include "relay/protocol.h"

/* Datagrams waiting for room in the socket: 16 acknowledgements, some states, messages from the broker.
 * Past it the connection is given up, which loses nothing: hearthd sends again what has no answer. */
#define LOCAL_QUEUE_MAX 128

struct local;

int local_new(const char *path, struct local **ret);
struct local *local_free(struct local *l);
int local_fd(const struct local *l); /* -1 while there is none */
short local_events(const struct local *l);
uint64_t local_next_us(const struct local *l);
/* Connects when it is time; true when a connection has just begun. */
bool local_run(struct local *l, uint64_t now_us);
void local_close(struct local *l, uint64_t now_us);
/* Sends what is queued: 0 or -errno (the connection is closed then). */
int local_flush(struct local *l, uint64_t now_us);
/* The next datagram: 1, 0 = none now, negative = the end or nonsense; the caller closes. VIEW points
 * into L until the next call. */
int local_receive(struct local *l, struct relay_view *view);
int local_send(
	struct local *l, const struct relay_msg *m, const void *p1, const void *p2, const void *p3);
size_t local_queued(const struct local *l);

#endif
