/* SPDX-License-Identifier: Apache-2.0 */
/* Takes out of a text what says who somebody is: words that were named to it, and what looks like an
 * address, an adapter's serial number, a key or a password wherever it stands. Pure. */
#ifndef HEARTHD_CTL_REDACT_H
#define HEARTHD_CTL_REDACT_H

#include "daemon/base/util.h"

#define REDACT_WORDS_MAX 1024 /* more are refused: then nothing may be written */

struct redact;
struct redact *redact_new(void);
struct redact *redact_free(struct redact *r);
DEFINE_CLEANUP(struct redact *, redact_free);
/* WORD (of N bytes) becomes "[KIND-1]", "[KIND-2]" …, the same word the same. Shorter than 2 bytes and known ones
 * are no error. 0, -ENOBUFS or -ENOMEM. KIND is a constant. */
int redact_add(struct redact *r, const char *kind, const char *word, size_t n);
/* A copy of TEXT without them, malloc()ed and terminated; NULL on no memory. Control bytes but tabs and line ends become
 * '?'. */
char *redact_apply(struct redact *r, const char *text, size_t n);
uint64_t redact_count(const struct redact *r); /* of what was taken out */

#endif
