/* SPDX-License-Identifier: Apache-2.0 */
/* Names of values ("low_energy") as people read them. On the wire and in files the names stay what they are. Pure;
 * any thread. */
#ifndef HEARTHD_VALUE_WORDS_H
#define HEARTHD_VALUE_WORDS_H

#include <stdbool.h>

/* NAME itself in English, and where no word is known: makers have names of their own. */
const char *value_word(const char *name, bool zh);

#endif
