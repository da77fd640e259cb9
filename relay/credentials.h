/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets of one upstream, from the directory systemd keeps them in (LoadCredential=): NAME.ca,
 * NAME.cert, NAME.key, NAME.crl, NAME.password; each may be missing. Only paths are kept; the password is read
 * when it is needed and wiped by the caller. None of it is ever logged. */
#ifndef HEARTH_RELAY_CREDENTIALS_H
#define HEARTH_RELAY_CREDENTIALS_H

#include "daemon/base/util.h"

#define CREDENTIAL_PASSWORD_MAX 1024

struct credentials {
	char ca[512], cert[512], key[512], crl[512]; /* paths, "" = none */
	char password[512];                          /* path */
};

/* DIR may be NULL: no credentials. 0, or -errno with TEXT saying which one cannot be used. */
int credentials_find(
	const char *dir, const char *name, struct credentials *ret, char *text, size_t text_size);
/* Reads the password without its final newline. 0; -ENOENT where there is none; else -errno. */
int credentials_password(const struct credentials *c, char ret[static CREDENTIAL_PASSWORD_MAX + 1]);

#endif
