/* SPDX-License-Identifier: Apache-2.0 */
/* A journal in a directory of its own, and callbacks that note what they were told, for its tests: setup() and
 * teardown() around each. The upstream is "cloud". What has no comment asks, waits for the answer and wants
 * it to be no error. */
#ifndef TESTS_JOURNAL_RIG_H
#define TESTS_JOURNAL_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/journal/journal.h"

#include <sys/resource.h>
#include <systemd/sd-event.h>

extern char path[96]; /* of its file */
extern sd_event *event;

/* What the callbacks noted. */
struct got {
	int done_calls, last_error, errors;
	struct out_state state;
	struct {
		uint64_t row, t0, t1;
		char appliance[33], blob[64];
		size_t n;
	} blocks[512];
	size_t n_blocks;
	uint64_t last_row;
	struct {
		uint64_t seq, prev;
		enum out_class class;
		char topic[64], payload[64], dict[17];
		bool deflated;
		size_t n;
	} out[64];
	size_t n_out;
	struct seq_range lost[OUT_LOST_MAX];
	size_t n_lost;
	char alias[33], meta[128];
	uint64_t findings[1200];
	size_t n_findings;
	char finding_text[64];
	char dicts[16][17];
	size_t n_dicts;
	int status_calls;
	struct journal_untold untold[JOURNAL_UNTOLD_READ];
	char untold_text[JOURNAL_UNTOLD_READ][32];
	size_t n_untold;
};
extern struct got got;

int setup(void **s);
int teardown(void **s);
struct journal *open_journal(void);
struct journal *open_with(uint64_t max_bytes, uint64_t queue_bytes);
/* Runs the loop until N more completions have come. */
void settle(int n);
/* Changes the closed file behind the journal's back. */
void sql(const char *text);
/* RLIMIT_FSIZE is this process's own full disk. */
void set_limit(rlim_t bytes);

/* Only ask. */
int append(struct journal *j, const char *appliance, uint64_t t0, const char *text);
void put(struct journal *j, uint64_t seq, enum out_class class, const char *topic, const char *text,
	uint64_t cursor, uint64_t max);

void read_blocks(struct journal *j, uint64_t after, size_t max);
void fetch(struct journal *j, const uint64_t *in_flight, size_t n, size_t max);
void state(struct journal *j);
void lost(struct journal *j);

/* For calls that a test makes itself. */
void on_done(int error, void *u);
void on_state(int error, const struct out_state *s, void *u);
void on_meta(int error, const char *key, const void *blob, size_t n, void *u);
void on_alias(int error, const char *alias, void *u);
void on_fetch(int error, const struct out_message *v, size_t n, void *u);
void on_dicts(int error, const char (*ids)[17], size_t n, void *u);
void on_finding(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u);

#endif
