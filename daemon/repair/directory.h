/* SPDX-License-Identifier: Apache-2.0 */
/* A service directory: whom to call for which appliance, as its publisher signed it (hearthd.directory(5)). The text
 * alone; that it is the publisher's the caller has made sure of. Immutable once parsed; pure; any thread. */
#ifndef HEARTHD_DIRECTORY_H
#define HEARTHD_DIRECTORY_H

#include "daemon/base/problem.h"
#include "daemon/base/signify.h"

#define DIRECTORY_SIZE_MAX     (48 * 1024) /* bytes of a signed file: a small value of the journal */
#define DIRECTORY_SERVICES_MAX 256
#define DIRECTORY_WORDS_MAX    32 /* in Makers=, Kinds=, Regions= */

struct service {
	const char *id;
	const char *name, *name_zh, *hours, *hours_zh; /* NULL: not given, but .name */
	const char *phone, *web, *mail;
	char **makers, **kinds, **regions; /* "*" = all */
	size_t n_makers, n_kinds, n_regions;
};
struct directory {
	const char *publisher;
	uint64_t version;
	int64_t issued_s, expires_s; /* begin of the day after Expires= */
	bool has_next;               /* NextKey= */
	struct signify_key next;
	struct service *v;
	size_t n;
	struct ini *ini; /* owns the texts */
};

/* 0, or -EINVAL: PROBLEMS says why. Nothing of a text with an error is used. */
int directory_parse(const char *p, size_t n, const char *name, struct problems *problems,
	struct directory **ret);
struct directory *directory_free(struct directory *d);
DEFINE_CLEANUP(struct directory *, directory_free);

/* Why a text that is the publisher's must not be used; NULL: it may. KEPT: version accepted last, 0 = none. NOW_S 0: the
 * clock is not set. */
const char *directory_refuse(const struct directory *d, uint64_t kept, int64_t now_s);

/* Fits an appliance: any of its makers (compared without case), its kind, the region of the house ("CN-31"; NULL, "" or "*": not
 * known, then only services for all regions and those of one region of which nothing is known are left to the
 * reader). A service for "CN" fits "CN-31". */
bool service_fits(const struct service *s, const char *maker, const char *kind, const char *region);

#endif
