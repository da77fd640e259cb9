/* SPDX-License-Identifier: Apache-2.0 */
/* Words to the service manager that may be lost, STATUS= and WATCHDOG=1: as sd_notifyf(), which would
 * wait for a service manager that is busy; the next word says the same. READY=1 and its like are
 * sd_notify()'s. Any thread. */
#ifndef HEARTHD_NOTIFY_H
#define HEARTHD_NOTIFY_H

#include "util.h"

void notify_service(const char *fmt, ...) _printf_(1, 2);

#endif
