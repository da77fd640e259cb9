/* SPDX-License-Identifier: Apache-2.0 */
/* What the household can see and do about its privacy: org.hearthd.Privacy1. Main thread. */
#ifndef HEARTHD_MANAGER_PRIVACY_H
#define HEARTHD_MANAGER_PRIVACY_H

#include "daemon/manager/manager.h"

/* New names for an upstream. FN comes once, later: 0, -ETIMEDOUT (the broker did not forget the old
 * topics; nothing was changed), -ECANCELED (a reload), or of the journal (the old names stay). At once:
 * -ENOENT, -EALREADY, -ENOTCONN (LEAVE goes on without clearing), -ENOTEMPTY (events wait under the old
 * names; DISCARD gives them up). */
typedef void (*manager_rotated_fn)(int error, void *userdata);
int manager_rotate(struct manager *m, const char *id, bool leave, bool discard,
	manager_rotated_fn fn, void *userdata);
/* Topics that an upstream which is off still has to take back; 0: none. */
unsigned manager_leaving(const struct manager *m, const char *id);

/* As JSON, docs/privacy.md in numbers: what may leave to whom, under which names. */
int manager_privacy_show(struct manager *m, char **ret);
/* manager-privacy-preview.c: what UPSTREAM would get next, and its retained documents, as JSON; with
 * LEVEL as if that were in force. -ENOENT. */
int manager_privacy_preview(
	struct manager *m, const char *upstream, const enum privacy_level *level, char **ret);
/* Entries of the ledger as JSON. */
int manager_ledger_json(const struct ledger_entry *v, size_t n, uint64_t last_row, char **ret);

/* Everything the household has here: the brokers are asked to forget, then FN gets the answer as JSON
 * (or -errno), and hearthd leaves its loop with M->wipe set; main deletes the files and begins anew.
 * -EALREADY. */
typedef void (*manager_wiped_fn)(int error, const char *json, void *userdata);
int manager_wipe(struct manager *m, manager_wiped_fn fn, void *userdata);
void manager_wipe_tick(struct manager *m);
/* After manager_free(). Deletes what is in the state directory. */
int manager_wipe_files(const char *state);

extern const sd_bus_vtable
	manager_privacy_vtable[]; /* manager-dbus-privacy.c; userdata: the manager */

#endif
