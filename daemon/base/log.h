/* SPDX-License-Identifier: Apache-2.0 */
/* Logging: to the journal with fields when stderr is the journal, else to stderr as text. Any
 * thread. Log on edges (something went silent, something came back), never per poll. Only bus,
 * relay, journal, manager and main log above debug; pure code logs nothing. Texts from outside go
 * through str_escape() first. */
#ifndef HEARTHD_LOG_H
#define HEARTHD_LOG_H

#include "util.h"
#include <syslog.h>

void log_open(const char *identifier, int max_level); /* before threads start */
void log_set_max_level(int level);
int log_parse_level(const char *s, int *ret); /* "err" "warning" "notice" "info" "debug" */

/* One record. FIELDS is NULL or a NULL-terminated list "NAME=value" of extra journal fields. */
void log_full(int level, const char *message_id, const char *const *fields, const char *fmt, ...)
	_printf_(4, 5);

#define log_error(...)   log_full(LOG_ERR, NULL, NULL, __VA_ARGS__)
#define log_warning(...) log_full(LOG_WARNING, NULL, NULL, __VA_ARGS__)
#define log_notice(...)  log_full(LOG_NOTICE, NULL, NULL, __VA_ARGS__)
#define log_info(...)    log_full(LOG_INFO, NULL, NULL, __VA_ARGS__)
#define log_debug(...)   log_full(LOG_DEBUG, NULL, NULL, __VA_ARGS__)

/* MESSAGE_IDs; each has an entry in systemd/hearthd.catalog (en, zh_CN). */
#define MSG_LINE_DOWN         "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a01"
#define MSG_LINE_UP           "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a02"
#define MSG_SOURCE_SILENT     "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a03"
#define MSG_SOURCE_BACK       "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a04"
#define MSG_FINDING_RAISED    "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a05"
#define MSG_FINDING_CLEARED   "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a06"
#define MSG_CONFIG_BAD        "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a07"
#define MSG_UPSTREAM_UP       "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a08"
#define MSG_UPSTREAM_DOWN     "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a09"
#define MSG_JOURNAL_DEGRADED  "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a0a"
#define MSG_JOURNAL_RECOVERED "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a0b"
#define MSG_WORKER_STUCK      "6a1b4f0e3d5c4b7f9b1f2a6d8c0e4a0c"

#endif
