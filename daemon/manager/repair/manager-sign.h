/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures by hearth-sign, one process each, so that libcrypto is not mapped in hearthd. One at a time,
 * the others wait in a bounded queue; each is ended after SIGN_TIMEOUT_US. A process is never waited for: one that is
 * killed and does not go (a disk that hangs) is looked for now and then. Main thread. */
#ifndef HEARTHD_MANAGER_SIGN_H
#define HEARTHD_MANAGER_SIGN_H

#include "daemon/base/util.h"

#include <systemd/sd-event.h>

#define SIGN_JOBS_MAX   16
#define SIGN_INPUT_MAX  (112 * 1024) /* of a message; hearth-sign takes 128 KiB in all */
#define SIGN_TIMEOUT_US (10 * USEC_PER_SEC)
#define SIGN_PUBLIC     32
#define SIGN_SIGNATURE  64

struct signer;
/* KEY: the gateway's key file, made at the first signature. TIMEOUT_US: SIGN_TIMEOUT_US; tests have less. */
int signer_new(sd_event *event, const char *libexec, const char *key, uint64_t timeout_us,
	struct signer **ret);
/* What waits ends with -ECANCELED, its process is killed. */
struct signer *signer_free(struct signer *s);

/* Once, later, from the event loop. ERROR 0: PUBLIC has SIGN_PUBLIC bytes and SIGNATURE SIGN_SIGNATURE. Of a
 * check both are NULL: 0 = it is good, -EKEYREJECTED = it is not. Else why there is no answer: -ENOEXEC
 * (hearth-sign is not there, or has failed and said why in the log), -ETIMEDOUT, -ECANCELED, -ENOMEM. */
typedef void (*signer_fn)(
	int error, const uint8_t *public, const uint8_t *signature, void *userdata);
/* The message is copied. -ENOBUFS, -E2BIG. */
int signer_sign(struct signer *s, const void *p, size_t n, signer_fn fn, void *userdata);
int signer_verify(struct signer *s, const uint8_t public[static SIGN_PUBLIC],
	const uint8_t signature[static SIGN_SIGNATURE], const void *p, size_t n, signer_fn fn,
	void *userdata);

#endif
