/* SPDX-License-Identifier: Apache-2.0 */
/* A request for a repair as the gateway keeps it: its life, the desk's answers, the visit code. Pure: time and
 * random bytes are arguments. What a desk says is bytes from outside. docs/repair.md is the page to this. */
#ifndef HEARTHD_REPAIR_H
#define HEARTHD_REPAIR_H

#include "daemon/base/util.h"

#define REPAIR_OPEN_MAX    8    /* requests that have not ended */
#define REPAIR_KEPT_MAX    32   /* requests; the oldest ended one gives way */
#define REPAIR_ANSWERS_MAX 8    /* of a desk to one request; the oldest gives way */
#define REPAIR_ANSWER_MAX  4096 /* bytes of one */
#define REPAIR_TRIES_MAX   5
#define REPAIR_RECORD_MAX  (16 * 1024) /* bytes of a stored request */
#define REPAIR_ID_SIZE     33          /* 32 hexadecimal digits */
#define VISIT_SEED         5           /* random bytes of a visit code */
#define VISIT_SIZE         10          /* "XXXX-XXXX" */

enum repair_phase {
	REQUEST_PREPARING, /* not in the outbox yet */
	REQUEST_QUEUED,    /* durable there */
	REQUEST_SENT,      /* the broker has it */
	REQUEST_ACCEPTED,  /* this and the next three are the desk's words */
	REQUEST_APPOINTMENT,
	REQUEST_DECLINED,
	REQUEST_CLOSED,
	REQUEST_CANCELLED, /* by the household */
	REQUEST_FAILED,    /* it did not leave */
	REQUEST_UNSURE,    /* hearthd stopped while it was preparing: perhaps it left */
	_REQUEST_PHASE_MAX,
};
const char *repair_phase_name(enum repair_phase p);

struct repair_answer {
	enum repair_phase status; /* one of the desk's */
	int64_t t_s;              /* its clock; of two the later counts */
	int64_t at_s;             /* ours, when it came; 0 = not set */
	int64_t from_s, to_s;     /* of an appointment; 0 */
	char text_en[256], text_zh[256], who[96], reference[96];
};

struct repair_request {
	uint64_t number; /* for people; 0 = no request */
	char id[REPAIR_ID_SIZE];
	char appliance[33], upstream[33];
	enum repair_phase phase;
	int64_t made_s; /* 0 = the clock was not set */
	char epoch[9];  /* of the message it left in, with .seq; "" before */
	uint64_t seq;
	uint8_t salt[16], digest[32]; /* of the visit code, which is nowhere else */
	unsigned wrong;               /* codes said that were not it */
	int64_t visited_s; /* when the right one was said; -1: then, without a clock; 0 = never */
	struct repair_answer answers[REPAIR_ANSWERS_MAX]; /* the oldest first */
	unsigned n_answers;
};

/* Neither the desk nor the household has ended it. */
bool repair_is_open(const struct repair_request *r);

/* As stored: JSON, format 1. Unpack: -EBADMSG, -EPROTONOSUPPORT. */
int repair_pack(const struct repair_request *r, char **ret, size_t *ret_n);
int repair_unpack(const char *p, size_t n, struct repair_request *ret);

/* hearth.progress/1. ID: of the request meant. -EBADMSG with a sentence in WHY. */
int repair_answer_parse(const void *p, size_t n, struct repair_answer *ret,
	char id[static REPAIR_ID_SIZE], const char **why);
/* -EPERM: it has ended; -ESTALE: older than, or the same as, the last. Nothing has changed then. */
int repair_answer_apply(struct repair_request *r, const struct repair_answer *a);

/* The code of SEED, and what R keeps of it; SALT is R's. */
void repair_visit_make(struct repair_request *r, const uint8_t seed[static VISIT_SEED],
	char ret[static VISIT_SIZE]);
/* A code as people write it: any case, blanks and dashes, O for 0, I and L for 1. -EINVAL: it cannot be one.
 * -EPERM: locked. Else 1 when it is the one, or 0 and one try less; R is to be stored before this is told. */
int repair_visit_try(struct repair_request *r, const char *text, int64_t now_s);
bool repair_visit_locked(const struct repair_request *r);

/* Puts the visit code behind the last member of a packet. *P is malloc'd and grows; -EINVAL, -ENOMEM. */
int repair_packet_add_visit(char **p, size_t *n, const char *code);
/* Blanks the visit code where a packet (or the message a packet is in) has one, in place: for whatever
 * keeps or shows what left. The bytes stay as many; a signature over them is void then. */
void repair_mask(char *p, size_t n);

#endif
