/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by cut*.c: cut.c the sweeps, cut-child.c what drives the journal, cut-check.c what must be true of
 * what is left. One program, one thread; the child is the same program, run again. */
#ifndef HEARTHD_TEST_CUT_H
#define HEARTHD_TEST_CUT_H

#include "daemon/journal/journal.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#define ROUNDS   24
#define SEQ_MAX  1024
#define METAS    3
#define FINDINGS 5
#define UPS      2
#define TRIES    400 /* of one request, while the disk fails */

extern const char *const ups[UPS];
extern char dir[128], db[160];
extern sd_event *event;
extern struct journal *j;

/* The journal as if it answered at once: what the last callback said. */
struct cut_got {
	bool done;
	int error;
	struct out_state state;
	struct seq_range gaps[OUT_LOST_MAX];
	size_t n_gaps;
	char text[512];
};
extern struct cut_got got;
void on_done(int error, void *u);
void on_state(int error, const struct out_state *s, void *u);
void on_gaps(int error, const struct seq_range *v, size_t n, void *u);
void on_meta(int error, const char *key, const void *blob, size_t n, void *u);
int wait_for(int posted); /* 0 or the error; -ETIME: no answer at all */
void open_journal(void);

/* What the child tells. */
enum told_kind {
	TOLD_EPOCH,   /* up, epoch */
	TOLD_ROW,     /* a: count of history blocks stored */
	TOLD_TRY,     /* finding: a = id, b = version */
	TOLD_FINDING, /* the same, stored */
	TOLD_PUTTING, /* up, a = seq, b = untold id or 0 */
	TOLD_PUT,     /* up, a = seq, b = cursor */
	TOLD_STATES,  /* up, a = seq, that states b..c as lost */
	TOLD_GONE,    /* up, a = seq: to be acknowledged or dropped from now on */
	TOLD_META,    /* a: key, b: version */
	TOLD_CONTROL, /* a: how many */
	TOLD_ERROR,   /* a: errno of a request that failed */
	TOLD_END,
};
struct told {
	enum told_kind kind;
	unsigned up;
	uint64_t a, b, c;
};

/* The bytes of a message depend on nothing but what it is. Some are longer than a page. */
char *message_text(unsigned up, uint64_t seq, size_t *ret_n);
int child(int fd, uint64_t rounds);
bool hangs(void); /* the shim says so by a name beside the directory */

/* What the parent knows. */
enum { IS_PUTTING = 1, IS_PUT = 2, IS_GONE = 4, IS_STORED = 8, IS_STATED = 16 };
struct cut_told {
	uint64_t epoch[UPS];
	uint64_t rows, cursor[UPS];
	uint64_t tried[FINDINGS + 1], found[FINDINGS + 1];
	unsigned char seq[UPS][SEQ_MAX];
	uint64_t untold_of[UPS][SEQ_MAX];
	struct told states[4096];
	size_t n_states;
	uint64_t meta[METAS], controls;
	unsigned errors;
	bool ended;
};
extern struct cut_told told;
struct cut_now {
	uint64_t seen_rows, last_row;
	uint64_t version[FINDINGS + 1];
	unsigned up;
	bool untold[2048];
	uint64_t after, controls;
	uint64_t fetched[SEQ_MAX];
	size_t n_fetched, n_answer;
	bool damaged;    /* bytes were flipped: missing is no loss, wrong is */
	bool cut_off;    /* the end of the WAL is gone: what history was told of is told again */
	bool may_repeat; /* and nothing says whether the last number was given */
};
extern struct cut_now now;
extern unsigned losses;
extern bool quiet;
extern char label[96];
void lost(const char *fmt, ...) _printf_(1, 2);
void take(const struct told *t);
struct journal_status check_all(bool damaged);
int check_told_alone(void); /* --check */

#endif
