/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of FIPS 180-4: no library that hearthd maps offers one (docs/decisions/0012-dictionary-id.md). It
 * names dictionaries and hides visit codes; signatures are hearth-sign's. Pure; any thread. */
#ifndef HEARTHD_SHA256_H
#define HEARTHD_SHA256_H

#include "util.h"

void sha256(const void *p, size_t n, uint8_t ret[static 32]);

#endif
