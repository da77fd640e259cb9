/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the journal. journal.c and journal-calls.c are the side of main: queue, bound, callbacks.
 * journal-store.c, journal-history.c and journal-outbox.c run on the journal's thread alone and own the database. A request passes from one
 * side to the other as a pointer through a socket pair: whoever holds it owns it, nothing is shared
 * and nothing is locked. */
#ifndef HEARTHD_JOURNAL_INTERNAL_H
#define HEARTHD_JOURNAL_INTERNAL_H

#include "journal.h"
#include <sqlite3.h>

#define STORE_FORMAT         1
#define STORE_APPLICATION_ID 0x68727468   /* "hrth" */
#define STORE_UPSTREAMS_MAX  64           /* ever seen; more are refused with -ENOSPC */
#define STORE_READ_BYTES     (256 * 1024) /* about, of one answer */
#define STORE_FINDING_MAX    (64 * 1024)
#define STORE_META_BLOB_MAX  (64 * 1024)
#define STORE_CONTROL_MAX    (4 * 1024) /* one record */
#define STORE_BAD_FILES_MAX  3          /* set aside; the oldest goes */

enum request_kind {
	REQ_APPEND,
	REQ_READ_BLOCKS,
	REQ_READ_BACK,
	REQ_PUT_FINDING,
	REQ_READ_FINDINGS,
	REQ_READ_UNTOLD,
	REQ_FORGET_UNTOLD,
	REQ_KEEP_UNTOLD,
	REQ_PUT_CONTROL,
	REQ_READ_CONTROLS,
	REQ_PUT_COMMAND,
	REQ_END_COMMAND,
	REQ_READ_COMMANDS,
	REQ_PUT_META,
	REQ_GET_META,
	REQ_OUT_OPEN,
	REQ_OUT_PUT,
	REQ_OUT_FETCH,
	REQ_OUT_ACKED,
	REQ_OUT_RECEIPT,
	REQ_OUT_DROP,
	REQ_OUT_LOST,
	REQ_OUT_DICTS,
	REQ_ALIAS,
	REQ_OUT_READ,
	REQ_OUT_WITHDRAW,
	REQ_OUT_ROTATE,
	REQ_LEDGER_READ,
	REQ_LEDGER_NOTE,
};

struct finding_row {
	uint64_t id;
	char appliance[33];
	bool open;
	void *blob;
	size_t n;
};

struct request {
	enum request_kind kind;
	int error;
	struct request *next; /* in main's lists */
	uint64_t serial;      /* rises in the order posted */
	size_t bytes;         /* of the queue's bound */
	uint64_t sent_us;

	/* what is asked */
	char name[33]; /* appliance, or upstream */
	char key[128]; /* meta key, appliance of an alias */
	uint64_t id;   /* row after which, finding, seq */
	uint64_t boot_id, t0_us, t1_us, cursor, max;
	enum out_class max_class; /* of .id */
	int64_t wall_us;
	bool open;
	void *blob; /* owned */
	size_t n;
	uint64_t untold; /* of a finding: the change's id, 0 = nobody is to be told */
	uint8_t change;
	char *upstreams;             /* owned: " cloud home " */
	struct ledger_entry *entry;  /* owned */
	struct out_message *message; /* owned, with payload */
	uint64_t *in_flight;         /* owned */
	size_t n_in_flight;

	/* who wants to know */
	union {
		journal_done_fn done;
		journal_blocks_fn blocks;
		journal_finding_fn finding;
		journal_meta_fn meta;
		journal_out_state_fn state;
		journal_out_fetch_fn fetch;
		journal_lost_fn lost;
		journal_dicts_fn dicts;
		journal_alias_fn alias;
		journal_withdraw_fn withdraw;
		journal_ledger_fn ledger;
		journal_row_fn row;
		journal_untold_fn untold;
	} fn;
	void *userdata;

	/* the answer, owned */
	struct journal_block *ret_blocks; /* each .blob owned */
	struct finding_row *ret_findings;
	struct journal_untold *ret_untold; /* each .blob owned */
	struct out_message *ret_messages;  /* each .payload owned */
	struct out_state *ret_state;
	struct seq_range *ret_ranges;
	struct ledger_entry *ret_ledger; /* each .payload owned */
	char (*ret_dicts)[17];
	char ret_alias[33];
	void *ret_blob;
	size_t ret_n;      /* elements, or bytes of ret_blob */
	uint64_t ret_last; /* row, finding */
	bool ret_more;
};
struct request *request_free(struct request *r);
void request_clear_answer(struct request *r);
/* Takes R over, also when it is refused. EXTRA: bytes beside the struct itself. */
int journal_post(struct journal *j, struct request *r, size_t extra);
struct request *request_new(enum request_kind kind, const char *name, void *userdata);

struct store_status {
	bool degraded;
	int error;
	char text[128];
	uint64_t bytes, rows, expired_rows, bad_rows, set_aside, wal_lost, written_bytes;
};

/* From the thread to main; REQUEST NULL: only the status. */
struct store_reply {
	struct request *request;
	struct store_status status;
};

enum store_statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_SYNC_FULL,
	ST_SYNC_NORMAL,
	ST_SCRUB_ON,
	ST_SCRUB_OFF,
	ST_PAGE_COUNT,
	ST_ROOTS,
	ST_FREELIST,
	ST_APPEND,
	ST_READ_BLOCKS,
	ST_READ_BACK,
	ST_FIRST_ROW,
	ST_LAST_ROW,
	ST_EXPIRE,
	ST_PUT_FINDING,
	ST_TRIM_FINDINGS,
	ST_READ_FINDINGS,
	ST_PUT_UNTOLD,
	ST_TRIM_UNTOLD,
	ST_READ_UNTOLD,
	ST_DELETE_UNTOLD,
	ST_KEEP_UNTOLD,
	ST_PUT_CONTROL,
	ST_TRIM_CONTROLS,
	ST_READ_CONTROLS,
	ST_COMMAND_GET,
	ST_COMMAND_PUT,
	ST_COMMAND_END,
	ST_COMMAND_MARK,
	ST_COMMAND_MARKED,
	ST_COMMAND_PURGE,
	ST_COMMAND_COUNT,
	ST_COMMAND_COUNT_EACH,
	ST_COMMAND_OPEN,
	ST_PUT_META,
	ST_GET_META,
	ST_DELETE_META,
	ST_COUNT_META,
	ST_UPSTREAMS,
	ST_NEW_UPSTREAM,
	ST_SAVE_UPSTREAM,
	ST_OUT_SIZES,
	ST_SIZE_GET,
	ST_SIZE_PUT,
	ST_OUT_INSERT,
	ST_OUT_RANGE,
	ST_OUT_OLDEST,
	ST_OUT_FIND,
	ST_OUT_DELETE,
	ST_OUT_PRIVATE,
	ST_OUT_DICTS,
	ST_AWAIT_READ,
	ST_AWAIT_PUT,
	ST_AWAIT_DELETE,
	ST_AWAIT_MOVE,
	ST_LOST_READ,
	ST_LOST_INSERT,
	ST_LOST_BELOW,
	ST_LOST_ABOVE,
	ST_LOST_DELETE,
	ST_LOST_STATE,
	ST_LOST_UNSTATE,
	ST_LOST_ACKED,
	ST_ALIAS_GET,
	ST_ALIAS_PUT,
	ST_ALIAS_FORGET,
	ST_RENAME_UPSTREAM,
	ST_OUT_LIST,
	ST_OUT_CLEAR,
	ST_LOST_CLEAR,
	ST_META_CLEAR,
	ST_LEDGER_PUT,
	ST_LEDGER_NOTE,
	ST_LEDGER_SIZE,
	ST_LEDGER_NEWEST_SIZE,
	ST_LEDGER_WAITING,
	ST_LEDGER_LAST,
	ST_LEDGER_TRIM,
	ST_LEDGER_OLDEST,
	ST_LEDGER_DROP_BYTES,
	ST_LEDGER_READ,
	ST_LEDGER_ROW,
	_ST_MAX,
};

/* A row's id sorts by upstream, class, seq: sending order, and no second index to write. */
#define STORE_SEQ_BITS   48
#define STORE_CLASS_BITS 2
#define STORE_SEQ_MAX    ((UINT64_C(1) << STORE_SEQ_BITS) - 1)

/* A class of its own in a row's id, behind the others: journal-receipt.c. */
#define STORE_CLASS_AWAITING 3
struct await {
	uint64_t seq, sent_us; /* 0: before this start */
	uint8_t class, tries;
};

struct store_upstream {
	uint64_t id; /* 1.. */
	char name[33];
	struct out_state state;
	struct await *await; /* .state.unreceipted of them, by seq; NULL before the first */
	struct seq_range answer[OUT_LOST_MAX]; /* of the last REQ_OUT_LOST */
	size_t n_answer;
	/* Rows up to it may have been handed to the relay: all of those that were there at the start,
	 * and those that were fetched since. */
	uint64_t fetched;
};

struct store {
	char *path;
	uint64_t max_bytes;
	sqlite3 *db; /* NULL: not open, .status.error says why */
	sqlite3_stmt *statements[_ST_MAX];
	int sync;            /* 1 NORMAL, 2 FULL, 0 unknown */
	bool scrub;          /* what is deleted is overwritten, and the WAL emptied behind it */
	unsigned wal_frames; /* after the last commit */
	uint64_t wal_lost;   /* found at opening, not accounted for yet */
	bool names_safe;     /* the directory was synced since the files were opened */
	bool in_transaction, probing;
	uint64_t roots;               /* one page each */
	uint64_t first_row, next_row; /* of history; first_row == next_row: empty */
	struct store_upstream *upstreams[STORE_UPSTREAMS_MAX];
	size_t n_upstreams;
	void (*mask)(char *p, size_t n);
	enum clock_trust clock;
	uint64_t ledger_bytes, ledger_oldest; /* of payloads; none has one up to this row */
	struct store_status status;
};

int store_new(const char *path, uint64_t max_bytes, struct store **ret);
struct store *store_free(struct store *s);
void store_open(struct store *s);  /* the outcome is in .status */
void store_probe(struct store *s); /* when degraded: is it back? */
/* Carries out one request, or a run of REQ_APPEND or of REQ_OUT_ACKED as one transaction; .error of
 * each is set. */
void store_run(struct store *s, struct request **v, size_t n);
void store_refresh_status(struct store *s);
void store_close(struct store *s);
/* Moves the damaged file out of the way. */
int store_set_aside(struct store *s);
bool store_is_degrading(int error); /* the state of the disk explains it, and time may mend it */
void store_degrade(struct store *s, int error);
/* Pages in use without those of the outboxes and the ledger. */
uint64_t store_history_bytes(struct store *s);
/* First column of the first row; *RET stays when there is none. */
int store_read_number(struct store *s, enum store_statement id, uint64_t *ret);

/* journal-schema.c: makes the tables that are missing. -EUCLEAN: it is not one of ours, or damaged;
 * -EPROTONOSUPPORT: of a newer hearthd. */
int store_check(struct store *s);
int store_check_file(const char *path); /* before it is opened */
int store_run_script(struct store *s, const char *script);

/* journal-sql.c */
extern const char *const store_sql[_ST_MAX];
/* -errno of the last failure of SQLite; -EUCLEAN: the file is damaged. */
int store_errno(const struct store *s);
/* NULL with *ret_error set when it cannot be prepared. Reset and unbound. */
sqlite3_stmt *store_statement(struct store *s, enum store_statement id, int *ret_error);
/* A copy of a column under ST; *RET is the caller's to free, and ends with a NUL more. -ENOMEM. */
int store_blob_copy(sqlite3_stmt *st, int column, void **ret, size_t *ret_n);
/* For statements without rows: steps and resets. */
int store_step_done(struct store *s, sqlite3_stmt *st);
int store_begin(struct store *s, bool full);
int store_commit(struct store *s);
void store_rollback(struct store *s);
/* Inside a transaction: what it deletes or moves is private, and no file has it any more when it is
 * stored. */
int store_scrub(struct store *s);

/* journal-wal.c */
#define WAL_FRAMES 1000 /* pages: then they go into the file */
#define WAL_FRAMES_MAX \
	4000 /* behind it nothing is written while they cannot; 16 MiB and one transaction */
/* What the WAL has goes into the file, which is synced, and the WAL becomes empty. */
int store_settle(struct store *s);
void store_wal_watch(struct store *s);
/* After a commit. */
void store_wal_tidy(struct store *s);
/* Before the file is opened: pages of the WAL of PATH that are sound and were committed, and that SQLite will
 * not read because one before them is damaged. */
uint64_t store_wal_lost(const char *path);

int store_put_meta_row(struct store *s, const char *key, const void *blob, size_t n);
int store_put_control(struct store *s, struct request *r);
int store_read_controls(struct store *s, struct request *r);
int store_put_command(struct store *s, struct request *r);
int store_end_command(struct store *s, struct request *r);
int store_read_commands(struct store *s, struct request *r);

/* Inside the transaction of the finding, of the message. */
int store_put_untold(struct store *s, const struct request *r);
int store_told(struct store *s, const char *upstream, uint64_t id);
int store_read_untold(struct store *s, struct request *r);
int store_forget_untold(struct store *s, struct request *r);
int store_keep_untold(struct store *s, struct request *r);
/* On main: the request waits in memory still, but UPSTREAM was told meanwhile. */
void request_told(struct request *r, const char *upstream, uint64_t id);

/* journal-receipt.c */
unsigned store_class(const struct store_upstream *u, int64_t id); /* of the message of a row */
int store_await_load(struct store *s, struct store_upstream *u);
int store_await_begin(
	struct store *s, struct store_upstream *u, int64_t id, uint64_t size, uint64_t now_us);
int store_await_end(struct store *s, struct store_upstream *u, int64_t id);
int64_t store_await_oldest(const struct store_upstream *u, unsigned class);
int64_t store_await_due(const struct store_upstream *u, unsigned class, uint64_t now_us,
	uint64_t session_us, size_t *i);
int store_out_receipt(struct store *s, struct request *r);
/* journal-outbox.c: 1, 0 when it is not there. It is heard: the row goes to the ledger. */
int store_message_size(struct store *s, int64_t id, uint64_t *ret);
/* Before its row is deleted or moved: a repair's packet leaves nothing behind. */
int store_message_leaves(struct store *s, int64_t id);
int store_message_heard(struct store *s, struct store_upstream *u, int64_t id, uint64_t seq);

/* journal-upstream.c */
int store_load_upstreams(struct store *s);
int store_count_sizes(struct store *s, struct store_upstream *u); /* of what waits, anew */
/* The next N numbers of each upstream may have been given already: they are stated as lost. */
int store_out_skip(struct store *s, uint64_t n);
void store_forget_upstreams(struct store *s);
uint64_t store_outbox_bytes(const struct store *s);
/* journal-lost.c, inside a transaction: SEQ will not be seen, and what it stated is to be stated again;
 * what is to be done with the ranges stated in SEQ; those of the last answer are stated in SEQ. */
int store_range_add(struct store *s, struct store_upstream *u, uint64_t seq, bool withheld);
int store_ranges_of(
	struct store *s, enum store_statement id, const struct store_upstream *u, uint64_t seq);
int store_ranges_state(struct store *s, struct store_upstream *u, uint64_t seq);
int store_out_open(struct store *s, struct request *r);
int store_out_put(struct store *s, struct request *r);
int store_out_fetch(struct store *s, struct request *r);
int store_out_acked(struct store *s, struct request *r); /* inside a transaction */
int store_out_drop(struct store *s, struct request *r);
int store_out_lost(struct store *s, struct request *r);
int store_out_dicts(struct store *s, struct request *r);
int store_alias(struct store *s, struct request *r);

/* For journal-privacy.c and journal-ledger.c. */
struct store_upstream *store_upstream_by_name(struct store *s, const char *name);
unsigned store_id_class(int64_t id);
int64_t store_row_id(uint64_t upstream, unsigned class, uint64_t seq);
uint64_t store_id_seq(int64_t id);
int store_upstream_save(struct store *s, const struct store_upstream *u);
/* The row of a message goes, into the ledger if it may have left, and its seq becomes lost or withheld;
 * inside a transaction. */
int store_out_remove(
	struct store *s, struct store_upstream *u, int64_t id, uint64_t size, bool withheld);
/* 1 when the row under ST (columns of ST_OUT_RANGE) became MESSAGE, 0 when its CRC fails. */
int store_message_read(sqlite3_stmt *st, struct out_message *m);
int store_random_name(char *dst, size_t n);

int store_out_read(struct store *s, struct request *r);
int store_out_withdraw(struct store *s, struct request *r);
int store_out_rotate(struct store *s, struct request *r);

int store_ledger_open(struct store *s);
/* Inside the transaction that deletes the row ID. */
int store_ledger_take(
	struct store *s, const struct store_upstream *u, int64_t id, enum ledger_state state);
int store_ledger_read(struct store *s, struct request *r);
int store_ledger_notes(struct store *s, struct request **v, size_t n);

#endif
