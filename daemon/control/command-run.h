/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of one upstream on their way: each is judged, stored by its id before anything is done,
 * carried out once, and answered with its result or a reason. A state machine without a clock, a socket or
 * a bus of its own: all of that comes in through struct commands_env, so that tests run it on virtual time.
 * Main thread only.
 *
 *   taken → STORING (its id on disk) → WAITING (for those before it at the same appliance) → DOING → ended
 *
 * What always holds: nothing is done for a command whose id is not on disk; nothing twice for one id,
 * whatever crashes in between; nothing after its expiry; nothing that is not granted at that moment; nothing
 * while the clock is not set. A bare value (docs/decisions/0040) has no id: it is done in the session it came
 * in, within COMMANDS_PLAIN_US, or not at all, and a newer one for the same attribute takes its place. */
#ifndef HEARTHD_COMMAND_RUN_H
#define HEARTHD_COMMAND_RUN_H

#include "command.h"
#include "daemon/upstream/downlink.h"
#include "daemon/journal/journal.h"

#define COMMANDS_MAX      32 /* taken and not ended */
#define COMMANDS_PLAIN_US (10 * USEC_PER_SEC)
/* Each id that is stored costs the flash about 14 kB, whatever becomes of the command: so many at once, and one
 * more a minute, 20 MB a day. What an appliance is written counts with its gate; this is for a sender whose
 * commands are refused there, or change nothing. */
#define COMMANDS_BURST     128
#define COMMANDS_PERIOD_US USEC_PER_MIN
#define COMMANDS_DATA_MAX  128 /* bytes of correlation data */

struct commands;

/* Where an answer goes. */
struct command_to {
	const char *response; /* MQTT 5; "" */
	const void *correlation;
	size_t n_correlation;
};

struct command_outcome {
	const char *result; /* write_outcome_name() or "done" */
	const char *word, *reason, *value;
};
/* Exactly once, perhaps from inside carry_out(). */
typedef void (*command_done_fn)(const struct command_outcome *o, void *job);

struct commands_env {
	void *store;
	int (*put)(void *store, const char *upstream, const char *id, int64_t now_us,
		int64_t expires_us, const void *blob, size_t n, journal_meta_fn fn, void *userdata);
	int (*end)(void *store, const char *upstream, const char *id, const void *blob, size_t n);
	int (*read)(void *store, const char *upstream, journal_finding_fn fn, void *userdata);

	/* None of these is called after commands_free(). */
	void *userdata;
	uint64_t (*now)(void *userdata);               /* CLOCK_BOOTTIME */
	bool (*wall)(void *userdata, int64_t *ret_us); /* false: the clock is not set */
	uint64_t (*session)(void *userdata); /* of the connection to the broker; 0 = none */
	const char *(*epoch)(void *userdata);
	/* NULL, or the word of the refusal. Asked when it comes and again before it is done. */
	const char *(*may)(void *userdata, const struct command *c);
	void (*carry_out)(void *userdata, const struct command *c, command_done_fn fn, void *job);
	/* C: what was readable of it. */
	void (*answer)(void *userdata, const struct command *c, const struct command_to *to,
		const struct command_answer *a);
	bool zh; /* reasons of refusals */
};

/* Asks the journal which commands an earlier run did not end; those are answered "unknown". */
int commands_new(const struct commands_env *env, const char *upstream, struct commands **ret);
/* What has not begun is answered "refused", stopping. What is being done goes on and is recorded; where nothing is
 * known of it in the end, it stays as begun, and the next commands_new() answers "unknown". Memory goes when the last
 * completion has come. */
struct commands *commands_free(struct commands *c);
DEFINE_CLEANUP(struct commands *, commands_free);

/* A message: WRONG NULL, or the word of why its text is refused already. */
void commands_take(struct commands *c, const struct command *command, const char *wrong,
	bool retained, const struct command_to *to);
size_t commands_waiting(const struct commands *c);

struct commands_counts {
	uint64_t done, refused, unknown;
};
struct commands_counts commands_counts(const struct commands *c);

#endif
