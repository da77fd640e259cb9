/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists. Paho has no option for them, so this program's own SSL_CTX_new() stands before
 * OpenSSL's, as its getaddrinfo() stands before the C library's (resolve.h): every context that is
 * made in this process, Paho's and the probe's, gets the pinned list, and with it the demand that no
 * certificate of the chain is on one. A context that cannot have it is not made. Should a linker
 * ignore the definition, revocation_contexts() does not rise, and the loop refuses the connection
 * (docs/decisions/0034). */
#ifndef HEARTH_RELAY_REVOCATION_H
#define HEARTH_RELAY_REVOCATION_H

#include "daemon/base/util.h"

int revocation_init(void); /* before any thread */
/* PATH: PEM, one list for each CA of the chain; "" = none. 0, or -errno with TEXT when it holds no list;
 * then none is pinned. */
int revocation_pin(const char *path, char *text, size_t text_size);
/* Contexts made with a list, since start. */
unsigned revocation_contexts(void);

#endif
