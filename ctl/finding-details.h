/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a finding's record, and pictures of what it rests on. */
#ifndef HEARTHD_CTL_FINDING_DETAILS_H
#define HEARTHD_CTL_FINDING_DETAILS_H

#include "names.h"

#include <systemd/sd-bus.h>

/* RECORD of finding_record(). */
void finding_details(struct names *names, sd_bus *bus, const json_t *record);
/* Words apart by commas, TITLE before them, as wide as the terminal; nothing for an empty list. */
void finding_words(const struct ctl_options *o, const char *title, const char *text);

#endif
