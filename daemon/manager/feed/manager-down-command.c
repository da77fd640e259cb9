/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/VERB: a command in the form of hearth.command/1. */
#include "daemon/manager/manager-command.h"

static bool wanted(const struct feed *f)
{
	return f->conf->commands & COMMANDS_JSON;
}

static void on_message(struct feed *f, const struct down_message *d)
{
	enum command_verb verb;

	/* Of a verb nobody knows nothing is known, not even where its answer would go. */
	if (command_verb_by_name(d->levels.v[0], &verb))
		feed_command_json(f, d, verb, NULL, NULL);
}

const struct down_handler down_command = {
	.filter = "cmd/+",
	.retained = true, /* answered with a refusal */
	.burst = 32,
	.period_us = USEC_PER_SEC / 2,
	.wanted = wanted,
	.message = on_message,
};
