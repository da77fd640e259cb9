/* SPDX-License-Identifier: Apache-2.0 */
/* What the relay published for good, noted in the ledger once for many. */
#include "daemon/base/clock.h"
#include "daemon/report/deflate.h"
#include "manager-relay.h"

#define NOTES_MAX (UPSTREAM_RETAINED_MAX + 80) /* documents, and topics of before */
#define DAY_US    USEC_PER_DAY
#define FLUSH_US  USEC_PER_HOUR
#define RETRY_US  (5 * USEC_PER_SEC)

struct note {
	struct notes *notes;
	struct ledger_entry e; /* .row 0: not on disk */
	uint64_t until_us;     /* then a new entry begins */
	uint64_t retry_us;
	bool pending; /* the journal works on it */
	bool credit;  /* the document it was made for has not left yet: counted already */
	bool dirty;
};

struct notes {
	struct journal *journal;
	char upstream[33];
	void (*wake)(void *userdata);
	void *userdata;
	struct note *v[NOTES_MAX];
	size_t n;
	unsigned pending;
	bool dead, refused;
	uint64_t flushed_us;
};

struct notes *notes_new(
	struct journal *journal, const char *upstream, void (*wake)(void *userdata), void *userdata)
{
	struct notes *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->journal = journal;
	n->wake = wake;
	n->userdata = userdata;
	n->flushed_us = clock_boottime_us();
	(void)str_copy(n->upstream, sizeof(n->upstream), upstream);
	return n;
}

static void free_all(struct notes *n)
{
	for (size_t i = 0; i < n->n; i++)
		free(n->v[i]);
	free(n);
}

struct notes *notes_free(struct notes *n)
{
	if (!n)
		return NULL;
	notes_flush(n);
	n->dead = true;
	if (n->pending == 0)
		free_all(n);
	return NULL;
}

static struct note *note_of(struct notes *n, const char *topic)
{
	struct note *v = NULL;

	for (size_t i = 0; i < n->n; i++)
		if (streq(n->v[i]->e.topic, topic))
			return n->v[i];
	if (n->n < NOTES_MAX) {
		v = calloc(1, sizeof(*v));
		if (!v)
			return NULL;
		n->v[n->n++] = v;
	} else
		for (size_t i = 0; i < n->n && !v; i++)
			if (!n->v[i]->pending && !n->v[i]->dirty && !n->v[i]->credit)
				v = n->v[i];
	if (!v)
		return NULL;
	*v = (struct note){.notes = n};
	(void)str_copy(v->e.topic, sizeof(v->e.topic), topic);
	(void)str_copy(v->e.upstream, sizeof(v->e.upstream), n->upstream);
	return v;
}

static void on_row(int error, uint64_t row, void *userdata)
{
	struct note *v = userdata;
	struct notes *n = v->notes;

	v->pending = false;
	n->pending--;
	if (n->dead) {
		if (n->pending == 0)
			free_all(n);
		return;
	}
	if (error < 0) {
		v->retry_us = clock_boottime_us() + RETRY_US;
		n->refused = true;
		return;
	}
	v->e.row = row;
	v->credit = true;
	n->wake(n->userdata);
}

static void begin(struct note *v, uint64_t now_us)
{
	v->e.row = 0;
	v->e.state = LEDGER_RETAINED;
	v->e.wall_us = v->e.end_us;
	v->e.times = 1;
	v->until_us = now_us + DAY_US;
	v->dirty = false;
	if (journal_ledger_note(v->notes->journal, &v->e, on_row, v) < 0) {
		v->retry_us = now_us + RETRY_US;
		v->notes->refused = true;
		return;
	}
	v->pending = true;
	v->notes->pending++;
}

bool notes_may_publish(
	struct notes *n, const char *topic, const void *payload, size_t size, uint64_t now_us)
{
	char kept[sizeof(((struct ledger_entry *)NULL)->topic)];
	struct note *v;

	(void)str_copy(kept, sizeof(kept), topic);
	v = note_of(n, kept);

	if (!v || v->pending || (v->e.row == 0 && now_us < v->retry_us)) {
		n->refused = true;
		return false;
	}
	if (now_us - n->flushed_us >= FLUSH_US)
		notes_flush(n);
	sha256(payload ? payload : "", size, v->e.hash);
	v->e.end_us = journal_wall_us(n->journal);
	if (v->e.row == 0 || now_us >= v->until_us) {
		v->e.bytes = size;
		begin(v, now_us);
		return false;
	}
	if (!v->credit) {
		v->e.times++;
		v->e.bytes += size;
	}
	v->dirty = !v->credit;
	v->credit = false;
	return true;
}

void notes_flush(struct notes *n)
{
	n->flushed_us = clock_boottime_us();
	for (size_t i = 0; i < n->n; i++) {
		struct note *v = n->v[i];

		if (v->dirty && v->e.row > 0 && !v->pending)
			v->dirty = journal_ledger_note(n->journal, &v->e, NULL, NULL) < 0;
	}
}

bool notes_wait(const struct notes *n)
{
	return n->refused && n->pending == 0;
}
