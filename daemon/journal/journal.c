/* SPDX-License-Identifier: Apache-2.0 */
#include "journal-internal.h"
#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>

#define WINDOW        32 /* requests at the thread; a reply for each fits the socket's buffer */
#define STACK_BYTES   (256 * 1024)
#define PROBE_US      (5 * USEC_PER_SEC)
#define FREE_BOUND_MS 5000

struct list {
	struct request *first, *last;
};

struct journal {
	enum clock_trust clock;
	sd_event *event;
	sd_event_source *io, *turn;
	int fd;
	pthread_t thread;
	uint64_t queue_bytes;
	struct list pending;  /* not handed to the thread yet */
	struct list sent;     /* at the thread, in order */
	struct list finished; /* dropped here; callbacks are due */
	unsigned n_sent;
	size_t used; /* bytes of pending and sent */
	uint64_t serial, last_reply_us, lost_rows;
	struct store_status status;
	void (*on_status)(struct journal *j, void *userdata);
	void *on_status_userdata;
	bool stopping;
};

/* ---- the thread's side */

struct thread_args {
	struct store *store;
	int fd;
	uint64_t probe_us;
};

static void reply(int fd, struct store *s, struct request *r)
{
	struct store_reply m = {.request = r, .status = s->status};

	/* WINDOW bounds what can be waiting, so this does not block; when main is gone nobody
	 * frees the request but us. */
	while (send(fd, &m, sizeof(m), MSG_NOSIGNAL) < 0)
		if (errno != EINTR) {
			request_free(r);
			return;
		}
}

static bool same_group(const struct request *a, const struct request *b)
{
	return a->kind == b->kind &&
	       (a->kind == REQ_APPEND || a->kind == REQ_OUT_ACKED || a->kind == REQ_LEDGER_NOTE);
}

static void run_batch(struct thread_args *t, struct request **v, size_t n)
{
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && same_group(v[i], v[k]);)
			k++;
		store_run(t->store, v + i, k - i);
		store_refresh_status(t->store);
		for (size_t m = i; m < k; m++)
			reply(t->fd, t->store, v[m]);
	}
}

static void *thread_main(void *userdata)
{
	struct thread_args *t = userdata;
	uint64_t probe_at;

	pthread_setname_np(pthread_self(), "journal");
	store_open(t->store);
	store_refresh_status(t->store);
	reply(t->fd, t->store, NULL);
	probe_at = clock_boottime_us() + t->probe_us;
	for (;;) {
		struct request *v[WINDOW];
		size_t n = 0;
		bool end = false, degraded = t->store->status.degraded;
		uint64_t now = clock_boottime_us();

		if (degraded && now >= probe_at) {
			store_probe(t->store);
			store_refresh_status(t->store);
			reply(t->fd, t->store, NULL);
			probe_at = clock_boottime_us() + t->probe_us;
			continue;
		}
		if (!degraded)
			probe_at = now + t->probe_us;
		else {
			struct pollfd p = {.fd = t->fd, .events = POLLIN};

			if (poll(&p, 1, (int)((probe_at - now) / USEC_PER_MSEC + 1)) == 0)
				continue;
		}
		/* No more than WINDOW are on their way, so none is cut off by the end of the array. */
		while (n < WINDOW) {
			ssize_t k = recv(
				t->fd, v + n, (WINDOW - n) * sizeof(*v), n > 0 ? MSG_DONTWAIT : 0);

			if (k < 0 && errno == EINTR)
				continue;
			end = k == 0 || (k < 0 && n == 0);
			if (k <= 0)
				break;
			n += (size_t)k / sizeof(*v);
		}
		run_batch(t, v, n);
		if (end)
			break;
	}
	store_free(t->store);
	(void)close(t->fd);
	free(t);
	return NULL;
}

/* ---- lists */

static void list_append(struct list *l, struct request *r)
{
	r->next = NULL;
	if (l->last)
		l->last->next = r;
	else
		l->first = r;
	l->last = r;
}

static struct request *list_take(struct list *l, struct request *r)
{
	struct request *before = NULL;

	if (l->first == r)
		l->first = r->next;
	else {
		for (before = l->first; before && before->next != r;)
			before = before->next;
		if (!before)
			return NULL;
		before->next = r->next;
	}
	if (l->last == r)
		l->last = before;
	r->next = NULL;
	return r;
}

/* Back to where it was, by serial. */
static void list_return(struct list *l, struct request *r)
{
	struct request **at = &l->first;

	while (*at && (*at)->serial < r->serial)
		at = &(*at)->next;
	r->next = *at;
	*at = r;
	if (!r->next)
		l->last = r;
}

/* ---- main's side */

/* What may wait in memory for the disk to come back. */
static bool can_wait(const struct request *r)
{
	return r->kind == REQ_APPEND || r->kind == REQ_PUT_FINDING;
}

/* What waits goes to the thread as one message, so that what was asked in one turn of the event loop
 * and belongs together is one transaction: a page that ten blocks share is written once. */
static void pump(struct journal *j)
{
	struct request *v[WINDOW];
	size_t n = 0;

	for (struct request *r = j->pending.first; r && j->n_sent + n < WINDOW; r = r->next)
		if (!j->status.degraded || !can_wait(r) || j->stopping)
			v[n++] = r;
	if (n == 0 || send(j->fd, v, n * sizeof(*v), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		v[i]->sent_us = clock_boottime_us();
		list_take(&j->pending, v[i]);
		list_append(&j->sent, v[i]);
		j->n_sent++;
	}
}

static void call_back(struct request *r)
{
	int e = r->error;
	void *u = r->userdata;

	switch (r->kind) {
	case REQ_APPEND:
	case REQ_PUT_FINDING:
	case REQ_PUT_CONTROL:
	case REQ_END_COMMAND:
	case REQ_PUT_META:
	case REQ_OUT_PUT:
	case REQ_OUT_ACKED:
	case REQ_OUT_RECEIPT:
	case REQ_OUT_DROP:
		if (r->fn.done)
			r->fn.done(e, u);
		break;
	case REQ_FORGET_UNTOLD:
	case REQ_KEEP_UNTOLD:
		break;
	case REQ_READ_UNTOLD:
		r->fn.untold(e, r->ret_untold, e ? 0 : r->ret_n, r->ret_last, u);
		break;
	case REQ_READ_BLOCKS:
	case REQ_READ_BACK:
		r->fn.blocks(e, r->ret_blocks, e ? 0 : r->ret_n, r->ret_last, u);
		break;
	case REQ_READ_FINDINGS:
	case REQ_READ_CONTROLS:
	case REQ_READ_COMMANDS:
		for (size_t i = 0; !e && i < r->ret_n; i++) {
			const struct finding_row *f = &r->ret_findings[i];

			r->fn.finding(0, f->id, f->appliance, f->open, f->blob, f->n, u);
		}
		if (e || !r->ret_more)
			r->fn.finding(e, 0, NULL, false, NULL, 0, u);
		break;
	case REQ_PUT_COMMAND:
		r->fn.meta(e == 0 && r->ret_more ? -EEXIST : e, r->key, r->ret_blob,
			e ? 0 : r->ret_n, u);
		break;
	case REQ_GET_META:
		r->fn.meta(e, r->key, r->ret_blob, e ? 0 : r->ret_n, u);
		break;
	case REQ_OUT_OPEN:
		r->fn.state(e, e ? NULL : r->ret_state, u);
		break;
	case REQ_OUT_FETCH:
		r->fn.fetch(e, r->ret_messages, e ? 0 : r->ret_n, u);
		break;
	case REQ_OUT_LOST:
		r->fn.lost(e, r->ret_ranges, e ? 0 : r->ret_n, u);
		break;
	case REQ_OUT_DICTS:
		r->fn.dicts(e, (const char(*)[17])r->ret_dicts, e ? 0 : r->ret_n, u);
		break;
	case REQ_ALIAS:
		r->fn.alias(e, e ? NULL : r->ret_alias, u);
		break;
	case REQ_OUT_READ:
		r->fn.fetch(e, r->ret_messages, e ? 0 : r->ret_n, u);
		break;
	case REQ_OUT_WITHDRAW:
		r->fn.withdraw(e, r->ret_last, r->ret_more, u);
		break;
	case REQ_OUT_ROTATE:
		r->fn.done(e, u);
		break;
	case REQ_LEDGER_READ:
		r->fn.ledger(e, r->ret_ledger, e ? 0 : r->ret_n, r->ret_last, u);
		break;
	case REQ_LEDGER_NOTE:
		if (r->fn.row)
			r->fn.row(e, r->ret_last, u);
		break;
	}
}

/* Findings come in pieces: ask for the next one. */
static struct request *next_piece(const struct request *r)
{
	struct request *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->kind = r->kind;
	n->id = r->ret_last;
	n->open = r->open;
	n->fn = r->fn;
	n->userdata = r->userdata;
	n->serial = r->serial;
	n->bytes = sizeof(*n);
	return n;
}

static void finish(struct journal *j, struct request *r)
{
	struct request *more = NULL;

	/* The disk took the message while the finding waited here for it: stored later, it must not
	 * say that nobody was told. */
	if (r->kind == REQ_OUT_PUT && !r->error && r->message->told)
		for (struct request *p = j->pending.first; p; p = p->next)
			request_told(p, r->name, r->message->told);
	if (r->kind == REQ_READ_FINDINGS && !r->error && r->ret_more && !j->stopping) {
		more = next_piece(r);
		if (!more)
			r->ret_more = false;
	}
	if (r->kind == REQ_READ_FINDINGS && !more && r->ret_more)
		r->error = -ECANCELED;
	call_back(r);
	request_free(r);
	if (more) {
		j->used += more->bytes;
		list_return(&j->pending, more);
	}
}

static void status_changed(struct journal *j)
{
	char code[24];
	const char *fields[] = {code, NULL};

	(void)snprintf(code, sizeof(code), "ERRNO=%d", -j->status.error);
	if (j->status.degraded)
		log_full(LOG_WARNING, MSG_JOURNAL_DEGRADED, fields,
			"Journal: %s; history waits in memory", j->status.text);
	else
		log_full(LOG_NOTICE, MSG_JOURNAL_RECOVERED, NULL, "Journal: storing again");
	if (j->on_status)
		j->on_status(j, j->on_status_userdata);
}

static void take_reply(struct journal *j, const struct store_reply *m)
{
	bool changed =
		m->status.degraded != j->status.degraded || m->status.error != j->status.error;
	struct request *r = m->request;

	j->last_reply_us = clock_boottime_us();
	if (m->status.set_aside > j->status.set_aside)
		log_full(LOG_ERR, NULL, NULL,
			"Journal: the file was damaged and has been set aside; a new one begins");
	j->status = m->status;
	if (r) {
		list_take(&j->sent, r);
		j->n_sent--;
		if (r->error && m->status.degraded && r->error == m->status.error && can_wait(r) &&
			!j->stopping)
			list_return(&j->pending, r);
		else {
			j->used -= r->bytes;
			finish(j, r);
		}
	}
	if (changed)
		status_changed(j);
}

/* False when nothing was there. */
static bool receive(struct journal *j)
{
	struct store_reply m;
	ssize_t k = recv(j->fd, &m, sizeof(m), MSG_DONTWAIT);

	if (k != sizeof(m))
		return false;
	take_reply(j, &m);
	return true;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct journal *j = userdata;

	for (unsigned i = 0; i < WINDOW && receive(j); i++)
		;
	pump(j);
	return 0;
}

static void finish_dropped(struct journal *j)
{
	struct request *r;

	while ((r = j->finished.first))
		finish(j, list_take(&j->finished, r));
}

static int on_turn(sd_event_source *source, void *userdata)
{
	struct journal *j = userdata;

	finish_dropped(j);
	pump(j);
	return 0;
}

/* Drops the oldest waiting block; false when there is none. */
static bool drop_block(struct journal *j)
{
	struct request *r = j->pending.first;

	while (r && r->kind != REQ_APPEND)
		r = r->next;
	if (!r)
		return false;
	list_take(&j->pending, r);
	j->used -= r->bytes;
	r->error = j->status.degraded ? j->status.error : -ENOBUFS;
	j->lost_rows++;
	list_append(&j->finished, r);
	(void)sd_event_source_set_enabled(j->turn, SD_EVENT_ONESHOT);
	return true;
}

/* Blocks may fill the queue once, and then push out older ones; everything else may fill it a second
 * time before it is refused. */
int journal_post(struct journal *j, struct request *r, size_t extra)
{
	r->bytes = sizeof(*r) + extra;
	r->serial = ++j->serial;
	while (j->used + r->bytes > j->queue_bytes && drop_block(j))
		;
	if (j->used + r->bytes > j->queue_bytes * 2 && r->kind != REQ_APPEND) {
		request_free(r);
		return -ENOBUFS;
	}
	j->used += r->bytes;
	list_append(&j->pending, r);
	if (r->kind == REQ_APPEND && j->used > j->queue_bytes)
		drop_block(j);
	(void)sd_event_source_set_enabled(j->turn, SD_EVENT_ONESHOT);
	return 0;
}

/* ---- life */

static void configure_sqlite(void)
{
	/* One connection in one thread: no mutexes, little memory. Before sqlite3_initialize(). */
	(void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 256, 64);
	(void)sqlite3_initialize();
	(void)sqlite3_soft_heap_limit64(1024 * 1024);
}

static int start_thread(struct journal *j, struct thread_args *args)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int e;

	e = pthread_attr_init(&attr);
	if (e != 0)
		return -e;
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	e = pthread_create(&j->thread, &attr, thread_main, args);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return -e;
}

static void journal_release(struct journal *j)
{
	sd_event_source_unref(j->io);
	sd_event_source_unref(j->turn);
	sd_event_unref(j->event);
	if (j->fd >= 0)
		(void)close(j->fd);
	free(j);
}

int journal_new(sd_event *event, const struct journal_config *config, struct journal **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct thread_args *args;
	struct journal *j;
	int fds[2], e;

	(void)pthread_once(&once, configure_sqlite);
	j = calloc(1, sizeof(*j));
	args = calloc(1, sizeof(*args));
	if (!j || !args) {
		free(j);
		free(args);
		return -ENOMEM;
	}
	j->fd = args->fd = -1;
	j->event = sd_event_ref(event);
	j->queue_bytes = config->queue_bytes ?: 1024 * 1024;
	args->probe_us = config->probe_us ?: PROBE_US;
	e = store_new(config->path, config->max_bytes, &args->store);
	if (e < 0)
		goto fail;
	args->store->mask = config->mask;
	args->store->clock = j->clock = config->clock;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		e = -errno;
		goto fail;
	}
	j->fd = fds[0];
	args->fd = fds[1];
	e = sd_event_add_io(event, &j->io, j->fd, EPOLLIN, on_io, j);
	if (e >= 0)
		e = sd_event_add_defer(event, &j->turn, on_turn, j);
	if (e >= 0)
		e = sd_event_source_set_enabled(j->turn, SD_EVENT_OFF);
	if (e >= 0)
		e = start_thread(j, args);
	if (e < 0)
		goto fail;
	j->last_reply_us = clock_boottime_us();
	*ret = j;
	return 0;
fail:
	store_free(args->store);
	if (args->fd >= 0)
		(void)close(args->fd);
	free(args);
	journal_release(j);
	return e;
}

/* Milliseconds left until UNTIL. */
static int left_ms(uint64_t until)
{
	uint64_t now = clock_boottime_us();

	return now >= until ? 0 : (int)((until - now) / USEC_PER_MSEC) + 1;
}

struct journal *journal_free(struct journal *j)
{
	uint64_t until = clock_boottime_us() + FREE_BOUND_MS * USEC_PER_MSEC;
	struct timespec ts;
	struct request *r;
	bool joined;

	if (!j)
		return NULL;
	j->stopping = true;
	j->on_status = NULL;
	finish_dropped(j);
	pump(j);
	while (j->sent.first && left_ms(until) > 0) {
		struct pollfd p = {.fd = j->fd, .events = POLLIN};

		if (poll(&p, 1, left_ms(until)) > 0 && !receive(j) && (p.revents & POLLHUP))
			break;
		pump(j);
	}
	(void)shutdown(j->fd, SHUT_WR);
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += left_ms(until) / 1000 + 1;
	joined = pthread_timedjoin_np(j->thread, NULL, &ts) == 0;
	while (receive(j))
		;
	while ((r = j->pending.first)) {
		list_take(&j->pending, r);
		r->error = -ECANCELED;
		finish(j, r);
	}
	/* A thread that hangs in the kernel still holds what was sent: its callbacks are called from a
	 * copy, and the memory is left to it. */
	while (!joined && (r = j->sent.first)) {
		struct request copy = *r;

		list_take(&j->sent, r);
		copy.error = -ECANCELED;
		call_back(&copy);
	}
	if (!joined)
		log_warning("Journal: the disk does not answer; given up after %d s",
			FREE_BOUND_MS / 1000);
	journal_release(j);
	return NULL;
}

static bool has_finding(const struct list *l)
{
	const struct request *r = l->first;

	while (r && r->kind != REQ_PUT_FINDING)
		r = r->next;
	return r;
}

int64_t journal_wall_us(const struct journal *j)
{
	return clock_is_set(j->clock) ? clock_realtime_us() : 0;
}

void journal_get_status(const struct journal *j, struct journal_status *ret)
{
	*ret = (struct journal_status){
		.degraded = j->status.degraded,
		.error = j->status.error,
		.bytes = j->status.bytes,
		.rows = j->status.rows,
		.lost_rows = j->lost_rows,
		.expired_rows = j->status.expired_rows,
		.bad_rows = j->status.bad_rows,
		.set_aside = j->status.set_aside,
		.wal_lost = j->status.wal_lost,
		.written_bytes = j->status.written_bytes,
		.queued_bytes = j->used,
		.findings_queued = has_finding(&j->pending) || has_finding(&j->sent),
	};
	str_copy(ret->text, sizeof(ret->text), j->status.text);
}

bool journal_alive(const struct journal *j, uint64_t now_us)
{
	uint64_t since;

	if (!j->sent.first)
		return true;
	since = MAX(j->sent.first->sent_us, j->last_reply_us);
	return now_us <= since || now_us - since < JOURNAL_STUCK_US;
}

void journal_on_status(struct journal *j, void (*fn)(struct journal *j, void *u), void *u)
{
	j->on_status = fn;
	j->on_status_userdata = u;
}
