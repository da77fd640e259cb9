/* SPDX-License-Identifier: Apache-2.0 */
/* The one durable store (SQLite, in a thread of its own): history blocks, findings, and an outbox
 * per upstream. Knows no JSON.
 *
 * Main thread only. Every call posts a request and returns at once: 0 = posted and its callback will
 * come exactly once, later, from sd-event, never from inside the call; negative = refused, no
 * callback (-ENOBUFS: the queue is full of what may not be dropped; -EINVAL, -E2BIG). Requests are
 * carried out in the order posted. What a callback is given lives until it returns.
 *
 * Disk full, read-only file system, I/O errors: the journal is degraded. Then history blocks and
 * findings wait in memory within the queue's bound (oldest blocks go first, counted) and are stored
 * when the disk is back, everything else fails with -ENOSPC, -EROFS, -EIO … It probes every few
 * seconds and recovers by itself; journal_on_status() tells. */
#ifndef HEARTHD_JOURNAL_H
#define HEARTHD_JOURNAL_H

#include "daemon/base/clock.h"
#include "daemon/base/util.h"

struct sd_event;
typedef struct sd_event sd_event;
struct journal;

enum out_class { OUT_URGENT, OUT_EVENT, OUT_REPORT, _OUT_CLASS_MAX };

struct journal_config {
	const char *path;       /* …/journal.db */
	uint64_t max_bytes;     /* of history */
	uint64_t queue_bytes;   /* bound of the queue into the thread: 1 MiB */
	uint64_t probe_us;      /* how often a degraded store is tried; 0 = 5 s */
	enum clock_trust clock; /* when what leaves is dated: the clock's, else 0 */
	/* Blanks in place what of a message's bytes the ledger must not keep (the visit code of a
	 * repair); called on the journal's thread. NULL: nothing. */
	void (*mask)(char *p, size_t n);
};

struct journal_status {
	bool degraded; /* disk full, read-only, I/O error: memory only for now */
	int error;     /* errno-like, 0 */
	char text[128];
	uint64_t bytes, rows;  /* of history: pages in use, rows */
	uint64_t lost_rows;    /* never stored: the queue was full; since start */
	uint64_t expired_rows; /* oldest ones deleted at max_bytes; since start */
	uint64_t bad_rows;     /* CRC; since start */
	uint64_t set_aside;    /* times a damaged file was set aside; since start */
	uint64_t
		wal_lost; /* sound pages of the write-ahead log behind a damaged one; since start */
	uint64_t written_bytes; /* by the journal's thread, since start (/proc) */
	uint64_t queued_bytes;  /* in memory, not stored yet */
	bool findings_queued;   /* among them */
};

/* Opens or creates PATH on the thread; a file that cannot be read is set aside as *.bad-N and a new
 * epoch begins. RET exists at once; requests queue until it is open. */
int journal_new(sd_event *event, const struct journal_config *config, struct journal **ret);
/* Flushes the queue, bounded by 5 s. Callbacks still due come before it returns, with -ECANCELED for
 * what was not carried out. */
struct journal *journal_free(struct journal *j);
void journal_get_status(const struct journal *j, struct journal_status *ret);
/* Now, as the ledger dates it: 0 while the clock is not believed. Any thread. */
int64_t journal_wall_us(const struct journal *j);
/* For the watchdog: false when the thread owes an answer and gave none for JOURNAL_STUCK_US (worn
 * flash stalls for seconds; that is not stuck). NOW_US is CLOCK_BOOTTIME. */
#define JOURNAL_STUCK_US (120 * USEC_PER_SEC)
bool journal_alive(const struct journal *j, uint64_t now_us);
/* Called on main when .degraded or .error changes. */
void journal_on_status(struct journal *j, void (*fn)(struct journal *j, void *u), void *u);

/* Every completion: ERROR 0 = on disk (fsynced where the call says so). */
typedef void (*journal_done_fn)(int error, void *userdata);

/* --- history: one row = one appliance's block of one flush, opaque to the journal. BLOB is taken
 * over (freed by the journal) in every case, also when the call is refused. Not fsynced one by one:
 * safe against a crash of the program, a power cut may cost the last ones. WALL_US is the wall time
 * of T0_US. */
#define JOURNAL_BLOB_MAX (256 * 1024)
int journal_append_block(struct journal *j, const char *appliance, uint64_t boot_id, uint64_t t0_us,
	uint64_t t1_us, int64_t wall_us /* 0 = clock not set */, void *blob, size_t n,
	journal_done_fn done, void *userdata);
struct journal_block {
	uint64_t row;
	char appliance[33];
	uint64_t boot_id, t0_us, t1_us;
	int64_t wall_us;
	const void *blob;
	size_t n;
};
/* Rows with row > AFTER in order, at most MAX; a row whose CRC fails is skipped and counted. */
typedef void (*journal_blocks_fn)(int error, const struct journal_block *v, size_t n,
	uint64_t last_row /* skipped ones included */, void *userdata);
int journal_read_blocks(
	struct journal *j, uint64_t after, size_t max, journal_blocks_fn fn, void *userdata);

/* Rows of one appliance before row BEFORE (UINT64_MAX: from the newest), newest first, at most MAX and
 * 64; looks at no more than JOURNAL_WINDOW rows of all appliances. LAST_ROW: go on before it; 1 or 0:
 * there are no older ones. */
#define JOURNAL_WINDOW 2048
int journal_read_back(struct journal *j, const char *appliance, uint64_t before, size_t max,
	journal_blocks_fn fn, void *userdata);

/* --- findings: an opaque record by id; upserted and fsynced; BLOB is copied. Ids rise with time: of
 * the closed ones the newest JOURNAL_CLOSED_MAX are kept. Read back in the order of ids. */
#define JOURNAL_CLOSED_MAX 1000
int journal_put_finding(struct journal *j, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, journal_done_fn done, void *userdata);
typedef void (*journal_finding_fn)(int error, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, void *userdata); /* once per row, then once with id 0 */
int journal_read_findings(struct journal *j, bool open_only, journal_finding_fn fn, void *userdata);

/* --- changes of findings that upstreams are still to be told: stored with the finding in one
 * transaction, gone in the one that stores the message about it (struct out_message .told). What a
 * crash leaves is read back and composed. Bound: JOURNAL_UNTOLD_MAX rows, the oldest give way. */
#define JOURNAL_UNTOLD_MAX  1024
#define JOURNAL_UNTOLD_READ 64
struct journal_untold {
	uint64_t row;   /* in the order stored; not in journal_tell_finding */
	uint64_t id;    /* the caller's, random: below 1 << 63, not 0 */
	uint8_t change; /* the caller's word, as the next three */
	uint64_t boot_id, at_us;
	int64_t wall_us;
	const void *blob; /* the finding as it was then; in journal_tell_finding: BLOB */
	size_t n;
};
/* journal_put_finding(), and that each of UPSTREAMS (names, blanks between) is to be told. */
int journal_tell_finding(struct journal *j, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, const struct journal_untold *untold, const char *upstreams,
	journal_done_fn done, void *userdata);
/* Those of UPSTREAM with row > AFTER, in order, at most JOURNAL_UNTOLD_READ. LAST_ROW: go on after it,
 * damaged ones included; AFTER: there are no more. */
typedef void (*journal_untold_fn)(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *userdata);
int journal_read_untold(struct journal *j, const char *upstream, uint64_t after,
	journal_untold_fn fn, void *userdata);
/* There is nothing to be said of it after all. */
int journal_forget_untold(struct journal *j, const char *upstream, uint64_t id);
/* Forgets what is there for others than UPSTREAMS (names, blanks between). */
int journal_keep_untold(struct journal *j, const char *upstreams);

/* --- what was written to appliances: append-only, the newest JOURNAL_CONTROLS_MAX are kept. RECORD
 * (N 0: none) and the gate's STATE (N_STATE 0: as it was; else under JOURNAL_CONTROL_KEY APPLIANCE in
 * the small values) are stored in one fsynced transaction; both are copied. */
#define JOURNAL_CONTROLS_MAX  4096
#define JOURNAL_CONTROLS_READ 200
#define JOURNAL_CONTROL_KEY   "gate/"
int journal_put_control(struct journal *j, const char *appliance, const void *record, size_t n,
	const void *state, size_t n_state, journal_done_fn done, void *userdata);
/* Newest first, at most MAX and JOURNAL_CONTROLS_READ; APPLIANCE "": of all. Answered as findings are,
 * OPEN false. */
int journal_read_controls(struct journal *j, const char *appliance, size_t max,
	journal_finding_fn fn, void *userdata);

/* --- commands of upstreams, so that each is carried out once: (UPSTREAM, ID) is kept until it has
 * expired, at most JOURNAL_COMMANDS_MAX in all and JOURNAL_COMMANDS_EACH of one upstream. BLOB is the
 * caller's and copied; wall times in microseconds. */
#define JOURNAL_COMMANDS_MAX  4096
#define JOURNAL_COMMANDS_EACH 1024
#define JOURNAL_COMMAND_MAX   (2 * 1024) /* bytes of BLOB */
#define JOURNAL_COMMAND_ID    65         /* with its NUL */
typedef void (*journal_meta_fn)(
	int error, const char *key, const void *blob, size_t n, void *userdata);
/* Stored as begun, in one fsynced transaction, after those that have expired by NOW_US were forgotten. FN
 * once, with KEY the id: 0 = on disk; -EEXIST = it was stored before, and BLOB is what is kept of it
 * (N 0: damaged); -ESTALE = it expires no later than one that was forgotten already, so that a clock put
 * back makes no command new again; -E2BIG = no room among those that live. */
int journal_put_command(struct journal *j, const char *upstream, const char *id, int64_t now_us,
	int64_t expires_us, const void *blob, size_t n, journal_meta_fn fn, void *userdata);
/* Its end is known. Not fsynced: after a power cut it may be begun again, and its outcome unknown. */
int journal_end_command(struct journal *j, const char *upstream, const char *id, const void *blob,
	size_t n, journal_done_fn done, void *userdata);
/* Those begun and not ended, at most 64. Answered as findings are, ids without meaning. */
int journal_read_commands(
	struct journal *j, const char *upstream, journal_finding_fn fn, void *userdata);

/* --- small values: gateway id, boot offsets. Fsynced; BLOB is copied, N == 0 deletes. At most
 * JOURNAL_META_MAX keys (-E2BIG). */
#define JOURNAL_META_MAX 1024
int journal_put_meta(struct journal *j, const char *key, const void *blob, size_t n,
	journal_done_fn done, void *userdata);
/* FN: -ENOENT where there is none. */
int journal_get_meta(struct journal *j, const char *key, journal_meta_fn fn, void *userdata);

/* --- outbox of an upstream (a name by id_valid()).
 *
 * To send something: number it last_seq + 1, with prev of its topic and the ranges of the last
 * journal_out_lost() answer, hand it to journal_out_put(), and compose nothing more for this upstream
 * until it is done. One composer at a time, so -ESTALE never happens; after an error nothing has
 * changed: compose again. */
#define OUT_TOPICS_MAX 16
#define OUT_LOST_MAX   32 /* ranges one answer holds; more follow in the next */
struct out_state {
	char epoch[9];       /* 8 hex digits, random, new only when the store was lost; each
				 * upstream has its own, or two of them could compare */
	uint64_t last_seq;   /* last stored; the next message takes last_seq + 1 */
	uint64_t last_acked; /* highest acknowledged */
	uint64_t cursor;     /* history row composed up to */
	uint64_t waiting[_OUT_CLASS_MAX], waiting_bytes;
	size_t unreceipted; /* of those: the broker has them, the receiver has said nothing yet */
	uint64_t lost_messages; /* dropped at the bound since the epoch */
	char gw_alias[17];      /* random per upstream */
	/* Last stored seq by topic in this epoch, kept when the message itself is gone, so that prev
	 * is right after a restart. The oldest gives way at the bound. */
	struct out_topic {
		char topic[128];
		uint64_t last_seq;
	} topics[OUT_TOPICS_MAX];
	size_t n_topics;
	uint64_t history; /* last row of the history when this was answered */
};
/* S is NULL when ERROR is not 0. */
typedef void (*journal_out_state_fn)(int error, const struct out_state *s, void *userdata);
/* State as of now; creates the upstream on first sight. Any number of times. */
int journal_out_open(
	struct journal *j, const char *upstream, journal_out_state_fn fn, void *userdata);

#define OUT_PAYLOAD_MAX (64 * 1024) /* of a message that is stored; the relay takes more */
struct out_message {
	uint64_t seq;
	enum out_class class;
	uint64_t prev; /* seq sent before it on the same topic; 0 = none */
	bool deflated; /* for MQTT 5's content-encoding */
	char topic[128];
	void *payload; /* final bytes; in journal_out_put taken over by the journal */
	size_t n;
	char dict[17]; /* id of the dictionary it needs, or "" */
	uint64_t
		replaces; /* in journal_out_put: a waiting message that this one stands for; it goes
			    * with it, as withheld; 0 = none */
	uint64_t told;    /* in journal_out_put: what is not untold any more with it; 0 = nothing */
};
/* One fsynced transaction: stores the message with its final bytes and moves the upstream's history
 * cursor. MESSAGE->seq must be last_seq + 1, else -ESTALE. The payload is freed by the journal in
 * every case. When more than MAX_BYTES wait, the oldest of the lowest class go first and become lost
 * ranges. The ranges of the last journal_out_lost() answer count as stated by this message: they are
 * forgotten when it is acknowledged, and come back when it is dropped itself. Only after DONE(0) may
 * it leave. */
int journal_out_put(struct journal *j, const char *upstream, struct out_message *message,
	uint64_t cursor, uint64_t max_bytes, journal_done_fn done, void *userdata);
/* The next waiting messages beside those in flight: class order, oldest first; at most MAX and about
 * 256 KiB. A row whose CRC fails becomes a lost range. Those that wait for a receipt are among them when
 * they are due again at NOW_US (CLOCK_BOOTTIME): after 2 minutes, doubling up to 6 hours, or 10 seconds when
 * they went out before SESSION_US, at which the connection began. */
typedef void (*journal_out_fetch_fn)(
	int error, const struct out_message *v, size_t n, void *userdata);
int journal_out_fetch(struct journal *j, const char *upstream, const uint64_t *in_flight,
	size_t n_in_flight, size_t max, uint64_t now_us, uint64_t session_us,
	journal_out_fetch_fn fn, void *userdata);
/* Its own PUBACK has come: the row goes, or, with AWAIT_US not 0 (the time now), waits for the receiver's
 * word; of those OUT_UNRECEIPTED_MAX, then the oldest of the lowest class is given up. Unknown ones are no
 * error. Not fsynced: after a power cut it may be sent once more, the same bytes. */
#define OUT_UNRECEIPTED_MAX 1024
int journal_out_acked(struct journal *j, const char *upstream, uint64_t seq, uint64_t await_us,
	journal_done_fn done, void *userdata);
/* The receiver has them, at most OUT_RECEIPT_MAX: the rows that wait for it go; what does not wait stays
 * (it may never have left). N 0: all go, receipts are not wanted any more. Fsynced. */
#define OUT_RECEIPT_MAX 256
int journal_out_receipt(struct journal *j, const char *upstream, const uint64_t *seqs, size_t n,
	journal_done_fn done, void *userdata);
/* The broker will never take it: the row goes, and its seq joins the lost ranges. */
int journal_out_drop(struct journal *j, const char *upstream, uint64_t seq, journal_done_fn done,
	void *userdata);
/* Ranges dropped and not yet stated in a message, lowest first, at most OUT_LOST_MAX; those with
 * OUT_WITHHELD set in .first were not lost but withdrawn. */
#define OUT_WITHHELD (UINT64_C(1) << 63)
typedef void (*journal_lost_fn)(int error, const struct seq_range *v, size_t n, void *userdata);
int journal_out_lost(struct journal *j, const char *upstream, journal_lost_fn fn, void *userdata);
/* Dictionaries that waiting messages need ("" never among them). */
typedef void (*journal_dicts_fn)(int error, const char (*ids)[17], size_t n, void *userdata);
int journal_out_dicts(struct journal *j, const char *upstream, journal_dicts_fn fn, void *userdata);
/* Alias of an appliance at an upstream, made on first use; stable until rotated. */
typedef void (*journal_alias_fn)(int error, const char *alias, void *userdata);
int journal_alias(struct journal *j, const char *upstream, const char *appliance,
	journal_alias_fn fn, void *userdata);

/* --- privacy (journal-privacy.c, journal-ledger.c) */

/* Waiting messages behind (CLASS, AFTER) in the order of sending, at most MAX and about 256 KiB; damaged
 * ones are left out. Begin with OUT_URGENT, 0. */
int journal_out_read(struct journal *j, const char *upstream, enum out_class class, uint64_t after,
	size_t max, journal_out_fetch_fn fn, void *userdata);
/* Deletes waiting messages: those of SEQS, and with TOPICS not NULL those of these whole topics, a line
 * each ("*": all of them). They become withheld ranges. One fsynced transaction of at most
 * OUT_WITHDRAW_MAX; MORE: call again. */
#define OUT_WITHDRAW_MAX 128
typedef void (*journal_withdraw_fn)(int error, uint64_t n, bool more, void *userdata);
int journal_out_withdraw(struct journal *j, const char *upstream, const char *topics,
	const uint64_t *seqs, size_t n_seqs, journal_withdraw_fn fn, void *userdata);
/* New names for UPSTREAM: gateway, aliases, epoch, numbers from 1; what waits is deleted, and the small
 * values that name old topics or dictionaries. The cursor stays. "names.UPSTREAM" becomes WALL_US. One
 * fsynced transaction. -ENOTEMPTY: events wait, and DISCARD does not give them up. */
int journal_out_rotate(struct journal *j, const char *upstream, int64_t wall_us, bool discard,
	journal_done_fn done, void *userdata);

/* The ledger: what left. A message comes into it in the transaction that takes it out of the outbox,
 * with its bytes: acknowledged, or given up although it may have left. What still waits in the outbox
 * is read with it. A retained document is noted before it leaves. Bounds: LEDGER_ROWS_MAX entries,
 * LEDGER_BYTES_MAX of bytes; the oldest give way. */
#define LEDGER_ROWS_MAX  20000
#define LEDGER_BYTES_MAX (16 * 1024 * 1024)
#define LEDGER_READ_MAX  256
enum ledger_state {
	LEDGER_ACKED,
	LEDGER_GIVEN_UP, /* dropped or withdrawn, and it may have left before */
	LEDGER_RETAINED, /* .times documents between .wall_us and .end_us */
	LEDGER_WAITING,  /* in the outbox: it may leave, or is on its way */
};
struct ledger_entry {
	uint64_t row; /* 0: of the outbox */
	enum ledger_state state;
	char upstream[33], epoch[9], topic[320];
	uint64_t seq;            /* 0: a retained document */
	int64_t wall_us, end_us; /* 0: the clock was not set */
	uint64_t times, bytes;   /* bytes of all of them */
	uint8_t hash[32];        /* of the last one; zero: see .payload */
	const void *payload;     /* NULL: not kept (any more), or not asked for */
	size_t n;
	bool deflated;
};
/* Newest first, rows < BEFORE (UINT64_MAX: with those of the outbox), of UPSTREAM ("": of all), since
 * SINCE_US; at most MAX and LEDGER_READ_MAX. With ROW not 0 that one alone, with its bytes. */
typedef void (*journal_ledger_fn)(
	int error, const struct ledger_entry *v, size_t n, uint64_t last_row, void *userdata);
int journal_ledger_read(struct journal *j, const char *upstream, uint64_t before, int64_t since_us,
	uint64_t row, size_t max, journal_ledger_fn fn, void *userdata);
/* ENTRY->row 0: a new entry, fsynced; else that one is brought up to date. FN gets the row. */
typedef void (*journal_row_fn)(int error, uint64_t row, void *userdata);
int journal_ledger_note(
	struct journal *j, const struct ledger_entry *entry, journal_row_fn fn, void *userdata);

#endif
