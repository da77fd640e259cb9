/* SPDX-License-Identifier: Apache-2.0 */
/* One upstream with everything around it: the outbox in the journal, and the listening socket
 * RUNTIME/relay/NAME/sock for its hearth-relay. Owns the struct upstream. Main thread, sd-event, never
 * blocks. One relay at a time: a second connection is closed at once while the first one lives. */
#ifndef HEARTHD_MANAGER_RELAY_H
#define HEARTHD_MANAGER_RELAY_H

#include "upstream.h"

struct manager_relay;

/* CONFIG and J must outlive it: free it before the journal. RUNTIME_DIR "/run/hearthd". The directory RUNTIME/relay/NAME is made
 * 0750 and the socket 0660, both of the process's group (the unit runs hearthd in group hearthd).
 * OPS and USERDATA are handed to upstream_new(). A socket that cannot be made is an error: -errno. */
int manager_relay_new(sd_event *event, struct journal *j, const char *runtime_dir,
	const struct upstream_config *config, const struct upstream_ops *ops, void *userdata,
	struct manager_relay **ret);
struct manager_relay *manager_relay_free(struct manager_relay *r); /* removes the socket */
DEFINE_CLEANUP(struct manager_relay *, manager_relay_free);

struct upstream *manager_relay_upstream(struct manager_relay *r);

#endif
