/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a transcript (trace.h): an appliance of our own, on a pseudo-terminal or a loopback socket and a
 * thread of its own, answers what the trace has; transport, adapter and decoding are those of hearthd,
 * on the caller's thread. */
#ifndef HEARTHD_PROFILE_PLAY_H
#define HEARTHD_PROFILE_PLAY_H

#include "adapters/adapter.h"
#include "trace.h"

struct trace_result {
	size_t passes, exchanges, values, faults; /* held against the trace */
};
/* 0, or -EINVAL with REASON. Changes PROFILE's line: pauses between requests are cut short. */
int trace_play(struct trace *t, struct profile *profile, struct trace_result *ret, char *reason,
	size_t size);

/* The unit of what trace_format() gives of a number: a value of the common model is in the model's. */
const char *trace_unit(const struct profile *p, const struct reading *r);
/* A reading in the words of a trace. */
void trace_format(const struct profile *p, const struct reading *r, char *dst, size_t size);

#endif
