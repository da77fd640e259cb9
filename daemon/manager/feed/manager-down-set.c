/* SPDX-License-Identifier: Apache-2.0 */
/* a/APPLIANCE/set/ATTRIBUTE: a command whose names stand in the topic, or a bare value. */
#include "daemon/manager/manager-command.h"

static bool wanted(const struct feed *f)
{
	return f->conf->commands != 0;
}

static void on_message(struct feed *f, const struct down_message *d)
{
	const char *appliance = d->levels.v[0];
	char attribute[sizeof(d->levels.v[1])];

	/* Not every broker keeps a dot (docs/brokers.md): a '-', which no name has, stands for it. */
	(void)str_copy(attribute, sizeof(attribute), d->levels.v[1]);
	for (char *p = attribute; (p = strchr(p, '-'));)
		*p = '.';

	/* A deflated value would be longer than it was; a deflated command need not. */
	if (d->raw->deflated || command_is_object(d->raw->payload, d->raw->n))
		feed_command_json(f, d, COMMAND_SET, appliance, attribute);
	else if (streq(attribute, "system_mode"))
		feed_command_mode(f, d, appliance);
	else
		feed_command_plain(f, d, appliance, attribute);
}

const struct down_handler down_set = {
	.filter = "a/+/set/+",
	.retained = true,
	.burst = 32,
	.period_us = USEC_PER_SEC / 2,
	.wanted = wanted,
	.message = on_message,
};
