/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as JSON text, and the history block, the columnar blob a journal row holds. Pure: values
 * in, bytes out; no clock, no I/O, no compression (the caller deflates), no knowledge of upstreams
 * (the caller has filtered by privacy level and gives names as they are to appear: aliases).
 * The wire is hearth-messages(7); schemas in etc/schemas/. Main thread or hearthctl. Every RET is
 * NUL-terminated text, the caller's to free. */
#ifndef HEARTHD_REPORT_H
#define HEARTHD_REPORT_H

#include "daemon/appliance/appliance.h"
#include "daemon/appliance/finding.h"
#include "privacy.h"

/* ---- history block: samples of one appliance between two flushes. */
#define BLOCK_COLUMNS_MAX 1024
#define BLOCK_SAMPLES_MAX (1 << 20)
struct sample {
	uint16_t attr;    /* index in appliance->attrs when encoding; in .columns when decoding */
	uint64_t t_us;    /* CLOCK_BOOTTIME; kept to 0.1 s */
	struct reading r; /* type, quality, reason, value; decoded ENUM, BITS and STRING have in
			     * .code their index in .texts */
};
/* Samples in time order. The blob names its attributes, units and enum values, so that it outlives a
 * change of profile or program. Numbers are kept to the attribute's resolution (floats: a tenth of
 * its deadband or better). -ENOMEM, -E2BIG, -EINVAL (attr out of range, or
 * not in time order). The caller deflates it. */
int block_encode(const struct appliance *a, const struct sample *v, size_t n, uint64_t t0_us,
	void **ret, size_t *ret_n);
struct block_column {
	char name[64];
	uint16_t order; /* place in the appliance's attributes when it was written */
	uint8_t type;   /* enum value_type */
	unit_id unit;
	bool total;  /* a running total: only the last sample of a block is told */
	size_t last; /* index of that sample */
	double deadband, resolution;
	const struct model_attr *model; /* NULL: vendor. or unknown now */
};
struct decoded_block {
	char kind[48];
	struct block_column *columns;
	size_t n_columns;
	struct sample *samples;
	size_t n_samples; /* time order */
	char **texts;
	size_t n_texts;
};
/* -EBADMSG, -ENOMEM; bounded by the maxima above whatever the blob claims. */
int block_decode(const void *blob, size_t n, uint64_t t0_us, struct decoded_block *ret);
void decoded_block_done(struct decoded_block *b); /* idempotent */

/* ---- what messages have in common. */

/* A moment: boot time, and wall time where the clock was set or the boot's offset became known. */
struct stamp {
	uint64_t boot_id; /* random per boot */
	uint64_t t_us;    /* CLOCK_BOOTTIME of that boot */
	int64_t wall_us;  /* of t_us; 0 = not known: goes out as seconds since boot, "clk":"boot" */
};
struct boot_offset { /* "a boot's second 0 was at": goes out as "boots":{ID: seconds} */
	uint64_t boot_id;
	int64_t wall_us; /* wall time of that boot's t_us = 0 */
};
/* Head of event and report. */
struct message_head {
	const char *gw;    /* alias of the gateway */
	const char *epoch; /* 8 hex digits */
	uint64_t seq, prev;
	const struct seq_range *lost;
	size_t n_lost;
	const struct seq_range *withheld;
	size_t n_withheld;
	const struct boot_offset *boots;
	size_t n_boots; /* learned since, at most 8 */
};

/* Decimal places that carry RESOLUTION (or, where that is 0, a tenth of DEADBAND): 0..9; -1: as
 * many digits as the value has. And the number itself, shortest at that. */
int number_decimals(double resolution, double deadband);
void number_format(char *dst, size_t size, double v, int decimals);

/* ---- hearth.report/1 and, lossless, hearth.report/2 */
#define REPORT_RAW_MAX   (48 * 1024)   /* so that deflated it stays about 16 KiB */
#define REPORT_REPEAT_US USEC_PER_HOUR /* an unchanged value is repeated after that */
#define REPORT_STATE_MAX 16384         /* attributes; beyond: sent without exception */

/* What an upstream was last told of each attribute: report by exception. Kept by the caller, one per
 * upstream, in memory only: after a restart every attribute is told once more. */
struct report_state;
struct report_state *report_state_new(void);
struct report_state *report_state_free(struct report_state *s);
void report_state_commit(struct report_state *s);   /* the messages composed are stored */
void report_state_rollback(struct report_state *s); /* they are not: as before report_compose() */
/* Forgets all, so that the next report tells everything: when messages were lost or a level or
 * alias changed. */
void report_state_reset(struct report_state *s);

struct report_block { /* one row of the journal, decoded; no samples = "nothing changed till T1" */
	const char *appliance; /* alias */
	struct stamp t0;       /* of the row */
	uint64_t t1_us;        /* boot time of its end: values unchanged are repeated then */
	const struct decoded_block *block;
	size_t skip; /* samples an earlier message has told (.samples_done) */
};
struct report_limits {
	size_t max_raw;     /* 0 = REPORT_RAW_MAX */
	uint64_t repeat_us; /* 0 = REPORT_REPEAT_US */
	bool lossless;      /* every change of a register, running totals too: hearth.report/2 */
};
struct report_text {
	char *json; /* NULL: by exception there is nothing to say, and HEAD stated nothing */
	size_t n;
	size_t blocks_done;  /* of N, told whole: the cursor may go to the last one's row */
	size_t samples_done; /* of the block after these, beyond its .skip: add them to .skip and
			      * compose the rest as the next message */
	size_t values;       /* told */
};
/* Composes blocks (in row order) into ONE message, as many as fit; all blocks told when
 * ret->blocks_done == N. After it is stored report_state_commit(), else (and when it turns out too
 * large deflated: with a smaller max_raw) report_state_rollback() and compose again. Blocks with and
 * without wall time, or of two boots, never share a message. -ENOMEM. */
int report_compose(struct report_state *s, const struct message_head *head,
	const struct report_block *v, size_t n, const struct report_limits *limits,
	struct report_text *ret);

/* ---- hearth.event/1: a finding with its record. */
struct event_privacy {
	enum privacy_level level; /* what the record may say, and how finely */
	uint64_t id;              /* the finding's name here */
	int64_t names_since_us; /* wall time at which the names here were changed; what began before
				   * has no beginning here, or both could be compared. 0: never */
};
struct event_text {
	const char *appliance; /* alias; NULL: of a bus or source, then SUBJECT names it */
	const char *subject;   /* or NULL */
	const char *kind;      /* of the appliance, or NULL */
	uint64_t boot_id;      /* now: of times in F that have no wall time */
	const struct finding *f;
	const struct event_privacy *privacy; /* NULL: it stays in the house */
};
int event_compose(const struct message_head *head, struct stamp t, enum finding_change change,
	const struct event_text *e, char **ret, size_t *ret_n);

/* hearth.signed/1. PAYLOAD is what was signed, Ed25519. */
struct signed_text {
	const char *of;      /* schema of the payload */
	const char *request; /* it is about */
	const void *payload;
	size_t n;
	const uint8_t *signature, *key; /* 64 and 32 bytes */
};
int signed_compose(const struct message_head *head, struct stamp t, const struct signed_text *s,
	char **ret, size_t *ret_n);

/* ---- report-summary.c: hearth.summary/1, a day of every appliance in a few rounded numbers. At most 64
 * appliances, 256 attributes each; values stand over midnight, and behind a restart from their first
 * sample on. SUMMARY_ADD takes a block whole (T0 to T1, boot time) into the day: -ENOMEM, -E2BIG. */
struct summary;
struct summary *summary_new(void);
struct summary *summary_free(struct summary *s);
int summary_add(struct summary *s, const char *alias, const struct decoded_block *b, uint64_t t0_us,
	uint64_t t1_us);
void summary_next_day(struct summary *s);
size_t summary_appliances(const struct summary *s);
/* One message of the appliances from *IO_FIRST on, which is moved behind the last that found room. */
int summary_compose(const struct summary *s, const struct message_head *head, int64_t day_s,
	unsigned hours, size_t *io_first, char **ret, size_t *ret_n);
/* The local midnight before, and with *RET_END the next one. */
int64_t summary_day(int64_t wall_s, int64_t *ret_end);

/* ---- report-privacy.c: what a level leaves of a record. DIAGNOSIS_REDUCE: of diagnosis_compose()'s JSON;
 * *RET is the caller's to free. -EBADMSG, -ENOMEM. FROZEN_REDUCE: false when nothing of it may leave. */
int diagnosis_reduce(enum privacy_level level, const char *kind, const char *json, char **ret);
bool frozen_reduce(
	enum privacy_level level, const char *kind, const struct frozen *z, struct frozen *ret);
struct stamp stamp_reduce(enum privacy_level level, struct stamp t);
/* An event as event_compose() made it at a higher level, under another head. -EBADMSG, -ENOMEM. */
int event_reduce(const struct message_head *head, enum privacy_level level, const void *json,
	size_t n, char **ret, size_t *ret_n);

/* ---- report-diagnosis.c: what a rule says, as JSON. All texts are borrowed. */
struct diagnosis_cause {
	const char *id;
	double share;
};
struct diagnosis_comparison {
	const char *of, *op, *limit, *unit;
	double value, threshold; /* NAN: unknown */
	bool known, holds;
};
struct diagnosis_sign { /* what speaks for a cause, or (.is_not) against it */
	const char *cause, *of;
	bool is_not, holds;
};
struct diagnosis_normal { /* what was learned, and what is now */
	const char *of, *unit;
	double value, mean, spread; /* NAN: unknown */
	unsigned samples, days;
};
#define DIAGNOSIS_CAUSES_MAX      12
#define DIAGNOSIS_COMPARISONS_MAX 8
struct diagnosis_text {
	const char *rule, *point; /* NULL: of no single point */
	const char *points;       /* lost ones, blanks between; "" */
	const char *sureness;
	const char *expression;
	const struct diagnosis_cause *causes;
	size_t n_causes;
	const struct diagnosis_comparison *comparisons;
	size_t n_comparisons;
	const struct diagnosis_sign *signs;
	size_t n_signs;
	const struct diagnosis_normal *normals;
	size_t n_normals;
	unsigned shown_in;                /* sessions, cycles or days; 0: at once */
	double coverage;                  /* NAN: unknown */
	const char *excluded, *not_known; /* words with blanks between */
	const char *not_explained_by;     /* rules of Unless= that do not hold, likewise */
	const char *outranked_by;         /* the appliance's own codes, 0x1F between; "" */
	const char *earlier;              /* the episode before, as JSON; NULL */
};
/* At most DIAGNOSIS_MAX bytes: comparisons and causes at the end give way. */
int diagnosis_compose(const struct diagnosis_text *d, char **ret, size_t *ret_n);

/* What a check of now says: of each rule of an appliance. */
struct verdict_rule {
	const char *name; /* "RULE" or "RULE/POINT" */
	const char *state, *class, *severity, *sureness, *why;
	uint64_t finding; /* 0: none is open */
	bool judged, context;
	const char *cause; /* the likeliest, NULL */
};
struct verdict_missing {
	const char *name, *quality, *reason;
};
#define VERDICT_MISSING_MAX 48
struct verdict_text {
	const char *appliance, *kind, *state;
	const char *verdict; /* word: see hearthd's D-Bus reference */
	uint64_t finding;    /* it rests on; 0 */
	unsigned judged, of;
	uint64_t readings, good; /* attributes, and how many are good now */
	const struct verdict_rule *rules;
	size_t n_rules;
	const uint64_t *own; /* open findings of the appliance's own codes */
	size_t n_own;
	const char *health; /* of the common model */
	bool problem;
	const struct verdict_missing *missing; /* readings without a good value */
	size_t n_missing;
	unsigned asked, answered; /* reads for this check alone */
	const char *since; /* faults before and since the gateway was attached, as JSON; NULL */
};
int verdict_compose(const struct verdict_text *v, char **ret, size_t *ret_n);

/* ---- retained ones. */
struct appliance_text {
	const char *id; /* alias */
	const char *label_en, *label_zh, *location,
		*installed; /* NULL where the level hides them */
	const char *maker, *model;
	const struct appliance *a; /* kind, attributes, values */
	bool online;
};
/* hearth.birth/1: everything as it stands; AFTER = last seq stored when it was composed. */
struct birth_text {
	const char *gw, *epoch;
	uint64_t after;
	struct stamp t;
	const char *dict; /* id or NULL */
	const struct appliance_text *appliances;
	size_t n_appliances;
};
int birth_compose(const struct birth_text *b, char **ret, size_t *ret_n);

/* hearth.info/1: counts only. */
struct info_text {
	const char *gw, *epoch, *version;
	struct stamp t;
	enum privacy_level level;
	unsigned planes;  /* enum plane */
	const char *dict; /* id or NULL */
	bool clock_set;
	unsigned appliances, answering, findings_open;
	uint64_t last_seq, lost_messages;
	bool journal_degraded;
	const struct boot_offset *boots;
	size_t n_boots;
	const struct info_assist {
		const char *appliance; /* alias */
		int64_t left_s;
	} * assists; /* who is seen in full for a time */
	size_t n_assists;
};
int info_compose(const struct info_text *i, char **ret, size_t *ret_n);

/* hearth.status/1; SINCE.t_us 0: left out, as in the Last Will. */
int status_compose(bool online, struct stamp since, const char *version, char **ret, size_t *ret_n);
int meta_compose(const struct appliance_text *a, char **ret, size_t *ret_n); /* hearth.meta/1 */
/* Flat {"name": value, …}; null where the quality is not good. */
int state_compose(const struct appliance_text *a, char **ret, size_t *ret_n);

/* ---- the dictionary of names: a preset dictionary for deflate; names only, no values. Depends on
 * nothing but GW, the aliases in order, and their kinds' and profiles' names. COLUMNS: for
 * hearth.report/2. */
#define DICTIONARY_MAX 4096
int dictionary_compose(const char *gw, const struct appliance_text *v, size_t n, bool columns,
	char **ret, size_t *ret_n);

/* ---- the way back (hearthctl report decode). JSON text of any message (inflated by the caller). */
enum report_to { REPORT_TO_JSON, REPORT_TO_SENML, REPORT_TO_LINE, REPORT_TO_CSV };
int report_to_from_string(const char *s, enum report_to *ret); /* -EINVAL */
/* What a receiver holds: columns of hearth.report/2 go on from the report before. */
struct report_decoder;
struct report_decoder *report_decoder_new(void);
struct report_decoder *report_decoder_free(struct report_decoder *d);
/* Reports of one gateway in their order. -EBADMSG with ERR (a sentence), -EOPNOTSUPP when a message other
 * than a report is asked for as anything but JSON, -ENOMEM. RET_OPEN: columns left out, because they
 * go on from a report that D has not seen; may be NULL. */
int report_decode(struct report_decoder *d, const void *json, size_t n, enum report_to to,
	char **ret, size_t *ret_n, size_t *ret_open, char *err, size_t err_size);

#endif
