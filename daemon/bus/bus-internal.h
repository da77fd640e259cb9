/* SPDX-License-Identifier: Apache-2.0 */
/* What bus.c and bus-log.c share. */
#ifndef HEARTHD_BUS_INTERNAL_H
#define HEARTHD_BUS_INTERNAL_H

#include "bus-worker.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"

#include <pthread.h>

#include <systemd/sd-event.h>

struct log_limit {
	unsigned used;
	uint64_t since;
	unsigned suppressed;
};

struct source_info {
	uint32_t tag; /* main's */
	char name[72];
	char *trouble;
	struct bus_use use;
	bool known, answering;
	uint8_t reason, detail;
	bool log_silent; /* the last thing logged was that it is silent */
	struct log_limit limit;
};

struct bus {
	char *id;
	char *device;
	const struct bus_env *env;
	struct bus_ops ops;
	void *userdata;
	struct source_info *sources;
	size_t n;

	pthread_t thread;
	struct bus_thread *shared;
	int fd;
	sd_event_source *io, *timer;

	uint64_t bound;   /* of silence of the worker */
	uint64_t silence; /* counted in ticks of env->watch_us */
	bool stuck;
	bool worker_up; /* as the worker told last */
	int worker_error;
	bool up; /* as told to the manager: false while stuck */
	int error;
	bool line_known;
	bool log_down;
	struct log_limit limit;
	struct bus_status status;
	uint64_t dropped;
	struct bus_msg msg;

	/* bus_end(): nobody wants to hear of it any more. */
	bus_ended_fn ended;
	void *ended_userdata;
	bool gave_up; /* its worker had its time to end */
};

/* bus-log.c: each edge one line, and not all of a thing that flaps. */
void bus_log_line(struct bus *b);
void bus_log_source(struct bus *b, struct source_info *s);
void bus_log_stuck(const struct bus *b);

#endif
