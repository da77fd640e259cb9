/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of tapped lines: each frame goes to each of them, and nobody waits for one that is slow.
 * A line is tapped while it has readers. Main thread; a reload ends those of
 * lines that change. */
#ifndef HEARTHD_MANAGER_TAP_H
#define HEARTHD_MANAGER_TAP_H

#include "manager.h"

#define TAP_READERS_MAX 4 /* a line, beside hearth-share */

/* FD, a SOCK_SEQPACKET socket, is taken over with success. -EBUSY: there are enough; -ENOTCONN: the
 * line has no worker. */
int manager_tap_add(struct line *l, int fd, bool share);
void manager_tap_frame(struct line *l, uint64_t t_us, const struct bus_frame *f);
void manager_tap_move(struct line *to, struct line *from);
void manager_tap_done(struct line *l); /* idempotent */

/* manager-share.c: the socket of hearth-share, where [Bus] has Share=yes. */
int manager_share_start(struct line *l);
void manager_share_move(struct line *to, struct line *from);
void manager_share_done(struct line *l); /* idempotent */

/* manager-dbus-monitor.c, manager-dbus-scan.c: further interfaces of a bus. */
extern const sd_bus_vtable manager_monitor_vtable[], manager_scan_vtable[];
void manager_scan_on_done(struct line *l, const struct bus_done *d);
void manager_scan_move(struct line *to, struct line *from);
void manager_scan_done(struct line *l); /* idempotent */

#endif
