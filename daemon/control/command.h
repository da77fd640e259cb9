/* SPDX-License-Identifier: Apache-2.0 */
/* hearth.command/1: what somebody outside wants done, taken apart and checked; and hearth.answer/1, what
 * became of it. Pure; bytes from outside are hostile. Whether it may be done, and that it is done once, is
 * command-run.h's matter. The wire is hearth-messages(7). Main thread. */
#ifndef HEARTHD_COMMAND_H
#define HEARTHD_COMMAND_H

#include "daemon/base/util.h"

#define COMMAND_INFLATED_MAX (64 * 1024) /* bytes of JSON, however small it came */
#define COMMAND_DEPTH_MAX    8           /* of nested objects and lists */
#define COMMAND_AHEAD_US     USEC_PER_DAY
#define COMMAND_ID_MAX       65 /* with their NUL */
#define COMMAND_TEXT_MAX     129
#define COMMAND_NAME_MAX     64
#define COMMAND_REASON_MAX   200 /* bytes of an answer's reason */

enum command_verb { COMMAND_SET, COMMAND_CLEAR, COMMAND_REFRESH };
const char *command_verb_name(enum command_verb v);
bool command_verb_by_name(const char *s, enum command_verb *ret);

struct command {
	enum command_verb verb;
	bool plain;                    /* a bare value: no id, no expiry, nothing claimed */
	char id[COMMAND_ID_MAX];       /* of A-Z a-z 0-9 . _ : - */
	char actor[COMMAND_NAME_MAX];  /* as claimed: UTF-8 without control bytes */
	char reason[COMMAND_TEXT_MAX]; /* the same; "" */
	char client[33];               /* of A-Z a-z 0-9 _ -; "" */
	char epoch[9];                 /* "" */
	char appliance[33];            /* as this upstream knows it */
	char attribute[COMMAND_NAME_MAX];
	char value[COMMAND_TEXT_MAX]; /* as a person would write it; "" for a command attribute */
	int64_t expires_us;           /* wall time */
	uint64_t for_us;              /* 0 = as long as the rule allows */
};

/* A refusal: a word for machines; .en and .zh for people, at most COMMAND_REASON_MAX bytes. */
struct command_refusal {
	const char *word;
	const char *en, *zh;
};
/* By its word; one of the table below always. */
const struct command_refusal *command_refusal(const char *word);

/* JSON of N bytes (inflated) to a command. APPLIANCE and ATTRIBUTE NULL: members of the message; else they
 * stand in the topic and may not be members. NULL when it is good, else the word of the refusal, and in
 * RET what was good before it: the id, so that the answer can name it. */
const char *command_parse(const void *json, size_t n, enum command_verb verb, const char *appliance,
	const char *attribute, struct command *ret);
/* A bare value. The same. "PRESS" is none, as Home Assistant's buttons send it. */
const char *command_parse_plain(const void *value, size_t n, const char *appliance,
	const char *attribute, struct command *ret);
/* JSON that begins so is an object; no value of an attribute does. */
bool command_is_object(const void *payload, size_t n);

struct command_answer {
	const char *id; /* "" = none was readable */
	enum command_verb verb;
	const char *appliance, *attribute; /* "" = none */
	const char *result;                /* write_outcome_name(), or "done" */
	const char *word;                  /* "" */
	const char *reason;                /* ""; cut to COMMAND_REASON_MAX bytes */
	const char *value; /* as read back; "" = nothing, or not for this upstream */
	const char *first; /* of one that was repeated: the result of the first time; "" */
};
/* Where the answer goes: RESPONSE, the topic an MQTT 5 message asked for, or BASE/cmd/VERB/reply/CLIENT
 * ("any" where it named none). An asked topic is not taken when it would let an upstream write into what
 * others read as a gateway's word, this one's or another's: beside and below BASE elsewhere than at BASE's own
 * cmd/VERB/reply/, below homeassistant/, at $…, or with control bytes. False: it does not fit SIZE. */
bool command_reply_topic(const char *base, const char *response, enum command_verb verb,
	const char *client, char *dst, size_t size);
/* Text with its NUL, the caller's to free. -ENOMEM. */
int command_answer_compose(const struct command_answer *a, char **ret, size_t *ret_n);

#endif
