/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for a repair (docs/repair.md): from a draft that the household has seen to a signed message in an
 * outbox, and the desk's answers. Main thread. A request is a small value of the journal ("repair/SLOT"), its page
 * another ("repair.packet/SLOT"), the visit code blanked in it. */
#ifndef HEARTHD_MANAGER_REPAIR_H
#define HEARTHD_MANAGER_REPAIR_H

#include "daemon/manager/manager.h"
#include "manager-sign.h"
#include "daemon/repair/repair.h"

#define REPAIR_PACKET_MAX (36 * 1024) /* in base64, with the rest, below a message's bound */
#define REPAIR_DRAFTS_MAX 4           /* shown and not sent; the oldest gives way */
#define REPAIR_DRAFT_US   (15 * USEC_PER_MIN)
#define REPAIR_NOTE_MAX   500 /* bytes of a note */
#define REPAIR_FIELD_MAX  120 /* of a wished time, of each part of the contact */
#define REPAIR_SETS_MAX   8   /* values set that a packet tells */

/* What the household says with it; "" where it does not. */
struct repair_words {
	char note[REPAIR_NOTE_MAX + 1], when[REPAIR_FIELD_MAX + 1];
	char name[REPAIR_FIELD_MAX + 1], phone[REPAIR_FIELD_MAX + 1];
	char address[REPAIR_FIELD_MAX + 1], mail[REPAIR_FIELD_MAX + 1];
};

/* A value that was set, of the record of writes. */
struct repair_set {
	char attribute[65], asked[65], outcome[33];
	int64_t wall_us;
};

struct repair_draft {
	uint64_t number; /* 0 = free */
	uint32_t uid;    /* whose it is */
	uint64_t made_us;
	char id[REPAIR_ID_SIZE];
	char appliance[33], upstream[33];
	char *packet; /* as it would leave, without a visit code */
	size_t n;
};

struct repairs {
	struct manager *manager;
	struct signer *signer;
	struct repair_request v[REPAIR_KEPT_MAX]; /* by slot; .number 0 = free */
	unsigned loading;                         /* answers of the journal still to come */
	bool loaded;
	uint64_t next_number, next_draft;
	struct repair_draft drafts[REPAIR_DRAFTS_MAX];
	struct repair_job *jobs; /* on their way into an outbox */
};

int manager_repairs_start(struct manager *m);
/* Before the upstreams stop for good, so that what was not stored is said to have failed. */
void manager_repairs_stop(struct manager *m);
struct repairs *manager_repairs_free(struct repairs *r);
void manager_repairs_tick(struct manager *m);
/* Its names or what it may see change: pages shown for it (NULL: for any) are not sent any more. */
void manager_repairs_forget_drafts(struct manager *m, const char *upstream);

/* Answers exactly once, later. NUMBER: of the request. -ENODATA: the journal has not told of earlier ones; -ENOENT:
 * no such draft of UID; -EEXIST: one is open for this appliance and upstream, NUMBER; -E2BIG: too many are open;
 * -EACCES: the upstream or the appliance does not let it out any more; -ENOTCONN: no such upstream; else what went
 * wrong: nothing left then. */
typedef void (*repair_fn)(int error, uint64_t number, void *userdata);

/* Composes and keeps a draft: 0 and RET, which lives until the next call. SETS: latest first. */
int manager_repair_draft(struct manager *m, uint32_t uid, struct feed *f, struct unit *u,
	const struct repair_words *words, const struct repair_set *sets, size_t n_sets,
	unsigned resets, const struct repair_draft **ret);
/* 0: FN will come; else as above, and it will not. */
int manager_repair_send(struct manager *m, uint32_t uid, uint64_t draft, repair_fn fn,
	void *userdata, uint64_t *other);
/* -ENOENT, -EALREADY: it has ended. */
int manager_repair_cancel(struct manager *m, uint64_t number, repair_fn fn, void *userdata);
/* FN's error: 0 = it is the code; -EKEYREJECTED = it is not; -EPERM = locked; -EINVAL = it cannot be one. */
int manager_repair_verify_visit(
	struct manager *m, uint64_t number, const char *code, repair_fn fn, void *userdata);
struct repair_request *manager_repair_find(struct manager *m, uint64_t number); /* NULL */
/* Q was changed: stored and told. */
void manager_repair_changed(struct manager *m, const struct repair_request *q);
void manager_repair_packet_key(const struct repair_request *r, char *dst, size_t size);

/* From the upstreams: the broker has taken the message (or never will). */
void manager_repair_gone(struct manager *m, const char *upstream, uint64_t seq, bool acked);

/* -repair-packet.c: hearth.repair/1 without a visit code. */
int manager_repair_packet(struct feed *f, struct unit *u, const char *id,
	const struct repair_words *words, const struct repair_set *sets, size_t n_sets,
	unsigned resets, char **ret, size_t *ret_n);
int manager_repair_cancel_packet(
	struct feed *f, const struct repair_request *r, char **ret, size_t *ret_n);
/* {"requests":[…]}, or one of them. */
int manager_repair_list(struct manager *m, char **ret);
int manager_repair_show(const struct repair_request *r, const char *packet, size_t n, char **ret);

void manager_dbus_repair_changed(struct manager *m, const struct repair_request *r);
extern const sd_bus_vtable
	manager_repair_vtable[]; /* manager-dbus-repair.c; userdata: the manager */

#endif
