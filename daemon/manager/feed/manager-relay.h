/* SPDX-License-Identifier: Apache-2.0 */
/* One upstream with everything around it: the outbox in the journal, and the listening socket
 * RUNTIME/relay/NAME/sock for its hearth-relay. Owns the struct upstream. Main thread, sd-event, never
 * blocks. One relay at a time: a second connection is closed at once while the first one lives. */
#ifndef HEARTHD_MANAGER_RELAY_H
#define HEARTHD_MANAGER_RELAY_H

#include "daemon/upstream/upstream.h"

struct manager_relay;

/* CONFIG and J must outlive it: free it before the journal. RUNTIME_DIR "/run/hearthd". The directory RUNTIME/relay/NAME is made
 * 0750 and the socket 0660, both of the process's group (the unit runs hearthd in group hearthd).
 * OPS and USERDATA are handed to upstream_new(). A socket that cannot be made is an error: -errno. */
int manager_relay_new(sd_event *event, struct journal *j, const char *runtime_dir,
	const struct upstream_config *config, const struct upstream_ops *ops, void *userdata,
	struct manager_relay **ret);
struct manager_relay *manager_relay_free(struct manager_relay *r); /* removes the socket */
DEFINE_CLEANUP(struct manager_relay *, manager_relay_free);

/* The same content at another place. */
void manager_relay_set_config(struct manager_relay *r, const struct upstream_config *config);

struct upstream *manager_relay_upstream(struct manager_relay *r);

/* manager-relay-notes.c: the ledger's entries of retained documents. One a topic and day, on disk
 * before the first document of it leaves; counts are brought up to date every hour, when the relay is
 * freed, and by notes_flush(). JOURNAL must outlive it. */
struct notes;
struct notes *notes_new(struct journal *journal, const char *upstream, void (*wake)(void *userdata),
	void *userdata);
struct notes *notes_free(struct notes *n);
bool notes_may_publish(
	struct notes *n, const char *topic, const void *payload, size_t size, uint64_t now_us);
void notes_flush(struct notes *n);
bool notes_wait(const struct notes *n); /* something waits to be noted, and nothing is under way */
/* What the journal refused is tried again. */
void manager_relay_tick(struct manager_relay *r);
struct notes *manager_relay_notes(struct manager_relay *r);

#endif
