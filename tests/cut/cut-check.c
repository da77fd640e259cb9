/* SPDX-License-Identifier: Apache-2.0 */
/* The check: every promise of the journal, from what the child has told and from what is left. */
#include "cut.h"

struct cut_told told;

unsigned losses;
bool quiet;
char label[96];

void lost(const char *fmt, ...)
{
	va_list ap;

	losses++;
	if (quiet)
		return;
	fprintf(stderr, "LOST %s: ", label);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void take(const struct told *t)
{
	switch (t->kind) {
	case TOLD_EPOCH:
		told.epoch[t->up] = t->a;
		break;
	case TOLD_ROW:
		told.rows = t->a;
		break;
	case TOLD_TRY:
		told.tried[t->a] = t->b;
		break;
	case TOLD_FINDING:
		told.found[t->a] = t->b;
		break;
	case TOLD_PUTTING:
		told.seq[t->up][t->a] |= IS_PUTTING;
		told.untold_of[t->up][t->a] = t->b;
		break;
	case TOLD_PUT:
		told.seq[t->up][t->a] |= IS_PUT;
		told.cursor[t->up] = MAX(told.cursor[t->up], t->b);
		break;
	case TOLD_STATES:
		if (told.n_states < ARRAY_SIZE(told.states))
			told.states[told.n_states++] = *t;
		break;
	case TOLD_GONE:
		told.seq[t->up][t->a] |= IS_GONE;
		break;
	case TOLD_META:
		told.meta[t->a] = t->b;
		break;
	case TOLD_CONTROL:
		told.controls = t->a;
		break;
	case TOLD_ERROR:
		told.errors++;
		break;
	case TOLD_END:
		told.ended = true;
		break;
	}
}

/* ---- the check */

struct cut_now now;

static void on_blocks(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	for (size_t i = 0; i < n; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "block %llu", (unsigned long long)v[i].t0_us);
		if (v[i].n != 900 || memcmp(v[i].blob, text, strlen(text) + 1) != 0)
			lost("block %llu has other bytes", (unsigned long long)v[i].row);
		if (v[i].t0_us != v[i].row && !now.damaged)
			lost("block %llu is in row %llu", (unsigned long long)v[i].t0_us,
				(unsigned long long)v[i].row);
		now.seen_rows++;
	}
	now.n_answer = n;
	now.last_row = last_row;
}

static void on_finding(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u)
{
	unsigned long long v = 0;

	if (id == 0) {
		on_done(error, u);
		return;
	}
	if (id > FINDINGS || n != 400 || sscanf(blob, "version %llu", &v) != 1 || v % 2 != open ||
		v % FINDINGS + 1 != id)
		lost("finding %llu has other bytes", (unsigned long long)id);
	else
		now.version[id] = v;
}

static void on_control(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *u)
{
	if (id == 0)
		on_done(error, u);
	else
		now.controls++;
}

static void on_untold(
	int error, const struct journal_untold *v, size_t n, uint64_t last_row, void *u)
{
	on_done(error, u);
	for (size_t i = 0; i < n; i++) {
		unsigned long long k = 0;

		if (v[i].n != 400 || sscanf(v[i].blob, "version %llu", &k) != 1 ||
			v[i].id != 1000 + k || v[i].at_us != k)
			lost("untold %llu has other bytes", (unsigned long long)v[i].id);
		else
			now.untold[v[i].id] = true;
	}
	now.n_answer = n;
	now.after = last_row;
}

static void on_fetch(int error, const struct out_message *v, size_t n, void *u)
{
	on_done(error, u);
	now.n_answer = error ? 0 : n;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = NULL;
		size_t k;

		text = message_text(now.up, v[i].seq, &k);
		if (k != v[i].n || memcmp(text, v[i].payload, k) != 0)
			lost("%s %llu has other bytes", ups[now.up], (unsigned long long)v[i].seq);
		if (v[i].seq >= SEQ_MAX)
			continue;
		now.fetched[now.n_fetched++] = v[i].seq;
		told.seq[now.up][v[i].seq] |= IS_STORED;
	}
}

static void check_outbox(unsigned up)
{
	unsigned char *seq = told.seq[up];
	uint64_t last;
	int e;

	now.up = up;
	now.n_fetched = 0;
	e = wait_for(journal_out_open(j, ups[up], on_state, NULL));
	if (e < 0) {
		lost("%s cannot be opened: %s", ups[up], strerror(-e));
		return;
	}
	last = got.state.last_seq;
	if (told.epoch[up] && strtoul(got.state.epoch, NULL, 16) != told.epoch[up]) {
		if (!now.damaged)
			lost("%s has another epoch", ups[up]);
		return;
	}
	if (got.state.cursor < told.cursor[up] && !now.cut_off)
		lost("%s: cursor %llu, was %llu", ups[up], (unsigned long long)got.state.cursor,
			(unsigned long long)told.cursor[up]);
	do {
		if (wait_for(journal_out_fetch(j, ups[up], now.fetched, now.n_fetched, 64, 1, 0,
			    on_fetch, NULL)) < 0) {
			if (!now.damaged)
				lost("%s cannot be fetched: %s", ups[up], strerror(-got.error));
			return;
		}
	} while (now.n_answer > 0 && now.n_fetched < 900);
	if (wait_for(journal_out_lost(j, ups[up], on_gaps, NULL)) < 0)
		lost("%s: no ranges", ups[up]);
	for (size_t i = 0; i < got.n_gaps; i++)
		for (uint64_t k = got.gaps[i].first; k <= got.gaps[i].last && k < SEQ_MAX; k++)
			seq[k] |= IS_STATED;
	for (size_t i = 0; i < told.n_states; i++) {
		const struct told *t = &told.states[i];

		/* Stated by what is there, or has been heard. */
		if (t->up == up && seq[t->a] & (IS_STORED | IS_GONE))
			for (uint64_t k = t->b; k <= t->c && k < SEQ_MAX; k++)
				seq[k] |= IS_STATED;
	}
	for (uint64_t k = 1; k < SEQ_MAX; k++) {
		uint64_t id = told.untold_of[up][k];

		if (seq[k] & IS_PUT && k > last && !now.may_repeat)
			lost("%s %llu was stored; the last is %llu", ups[up], (unsigned long long)k,
				(unsigned long long)last);
		if (k <= last && !(seq[k] & (IS_STORED | IS_GONE | IS_STATED)))
			lost("%s %llu is neither there nor stated", ups[up], (unsigned long long)k);
		if (now.damaged || !id)
			continue;
		/* A number that the end of a torn log may have held is passed over and stated: that event is told
		 * under another one. */
		if (k <= last && now.untold[id] &&
			(seq[k] & (IS_STORED | IS_GONE) || !(seq[k] & IS_STATED)))
			lost("%s %llu is stored, and still to be told", ups[up],
				(unsigned long long)k);
	}
}

/* Every finding stored is told, or to be told. */
static void check_told(unsigned up)
{
	now.after = 0;
	memset(now.untold, 0, sizeof(now.untold));
	do {
		if (wait_for(journal_read_untold(j, ups[up], now.after, on_untold, NULL)) < 0) {
			if (!now.damaged)
				lost("%s: untold cannot be read", ups[up]);
			return;
		}
	} while (now.n_answer > 0);
	check_outbox(up);
	for (uint64_t id = 1; id <= FINDINGS && !now.damaged; id++)
		for (uint64_t v = id > 1 ? id - 1 : FINDINGS; v <= now.version[id]; v += FINDINGS) {
			bool stored = false;

			for (uint64_t k = 1; k <= got.state.last_seq && k < SEQ_MAX; k++)
				stored |= told.untold_of[up][k] == 1000 + v;
			if (!stored && !now.untold[1000 + v])
				lost("%s will not hear of version %llu of finding %llu", ups[up],
					(unsigned long long)v, (unsigned long long)id);
		}
}

static void check_rest(void)
{
	int e;

	do {
		e = wait_for(journal_read_blocks(j, now.last_row, 64, on_blocks, NULL));
		if (e < 0 && !now.damaged)
			lost("history: %s", strerror(-e));
	} while (e == 0 && now.n_answer > 0);
	for (unsigned up = 0; up < UPS && !now.damaged; up++)
		if (now.last_row < told.cursor[up])
			lost("history ends at %llu, a message is made up to %llu",
				(unsigned long long)now.last_row,
				(unsigned long long)told.cursor[up]);
	e = wait_for(journal_read_findings(j, false, on_finding, NULL));
	if (e < 0 && !now.damaged)
		lost("findings: %s", strerror(-e));
	for (uint64_t id = 1; id <= FINDINGS && !now.damaged; id++)
		if (now.version[id] < told.found[id] || now.version[id] > told.tried[id])
			lost("finding %llu is of version %llu, not %llu to %llu",
				(unsigned long long)id, (unsigned long long)now.version[id],
				(unsigned long long)told.found[id],
				(unsigned long long)told.tried[id]);
	for (unsigned i = 0; i < METAS; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key%u", i);
		e = wait_for(journal_get_meta(j, key, on_meta, NULL));
		if (e == 0 && strtoull(got.text, NULL, 10) % METAS != i)
			lost("%s has other bytes", key);
		if (!now.damaged && told.meta[i] &&
			(e < 0 || strtoull(got.text, NULL, 10) < told.meta[i]))
			lost("%s is not of version %llu", key, (unsigned long long)told.meta[i]);
	}
	e = wait_for(journal_read_controls(j, "a", 200, on_control, NULL));
	if (!now.damaged && (e < 0 || now.controls < told.controls))
		lost("%llu records of writes, not %llu", (unsigned long long)now.controls,
			(unsigned long long)told.controls);
}

/* What comes after a cut is numbered on. */
static void check_goes_on(void)
{
	for (unsigned up = 0; up < UPS; up++) {
		struct out_message m = {.class = OUT_EVENT, .topic = "g/event"};
		int e;

		if (wait_for(journal_out_open(j, ups[up], on_state, NULL)) < 0)
			continue;
		m.seq = got.state.last_seq + 1;
		m.payload = message_text(up, m.seq, &m.n);
		e = wait_for(journal_out_put(j, ups[up], &m, 0, 0, on_done, NULL));
		if (e < 0)
			lost("%s does not go on: %s", ups[up], strerror(-e));
	}
}

struct journal_status check_all(bool damaged)
{
	struct journal_status st;

	now = (struct cut_now){
		.damaged = damaged, .cut_off = now.cut_off, .may_repeat = now.may_repeat};
	open_journal();
	check_rest();
	for (unsigned up = 0; up < UPS; up++)
		check_told(up);
	check_goes_on();
	journal_get_status(j, &st);
	if (st.degraded)
		lost("it says: %s", st.text);
	if (st.set_aside && !damaged)
		lost("the file was set aside");
	if (st.bad_rows && !damaged)
		lost("%llu rows are damaged", (unsigned long long)st.bad_rows);
	j = journal_free(j);
	return st;
}

static uint64_t count_put(unsigned up)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEQ_MAX; i++)
		n += (told.seq[up][i] & IS_PUT) != 0;
	return n;
}

int check_told_alone(void)
{
	struct told t;
	unsigned n = 0;

	for (; fread(&t, sizeof(t), 1, stdin) == 1; n++)
		take(&t);
	if (sd_event_new(&event) < 0)
		return 1;
	(void)check_all(false);
	printf("told %u, %llu blocks, %llu and %llu messages; %u errors, %u losses\n", n,
		(unsigned long long)told.rows, (unsigned long long)count_put(0),
		(unsigned long long)count_put(1), told.errors, losses);
	sd_event_unref(event);
	return losses > 0;
}
