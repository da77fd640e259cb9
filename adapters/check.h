/* SPDX-License-Identifier: Apache-2.0 */
/* What the loaders of files cannot see: whether the protocol can read what a profile names, whether
 * it fits the line it is put on, whether an appliance can be built of its parts. hearthd, hearthd
 * --check and the verbs of hearthctl ask here, so that they say the same. Opens no line and starts
 * nothing; one thread. */
#ifndef HEARTHD_ADAPTERS_CHECK_H
#define HEARTHD_ADAPTERS_CHECK_H

#include "adapter.h"

#include "daemon/config/config.h"

/* The adapter's view of a profile; errors stand at the line of their point. CONFIG NULL: the
 * appliance on a line of its own with its factory settings. RET_BLOCKS may be NULL and is the
 * caller's to blocks_done(). 0, -EINVAL with a problem, -ENOMEM, or -EOPNOTSUPP without one when it
 * has to ask on a bus that only listens. */
int check_profile(const struct profile *profile, const struct source_config *config,
	struct problems *problems, struct blocks *ret_blocks);
/* One source of an appliance of C on its bus. -EINVAL with a problem, or 0. */
int check_source(const struct config *c, const struct appliance_config *a,
	const struct source_conf *s, struct problems *problems);
/* Everything of C. How many of its appliances can be used. */
size_t check_config(const struct config *c, struct problems *problems);

#endif
