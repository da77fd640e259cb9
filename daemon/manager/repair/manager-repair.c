/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-repair.h"

#include "daemon/base/log.h"
#include "daemon/manager/feed/manager-feed-internal.h"

#define SEND_US (60 * USEC_PER_SEC) /* for a signature and a place in the outbox */

/* One message on its way: stored (a request) → signed → in the outbox → stored with its number. */
struct repair_job {
	struct repair_job *next;
	struct repairs *r;
	uint64_t number; /* of the request */
	bool cancel;
	bool submitted, done;
	uint64_t until_us;
	char *payload;
	size_t n;
	uint8_t signature[SIGN_SIGNATURE], key[SIGN_PUBLIC];
	bool is_signed;
	repair_fn fn;
	void *userdata;
};

static struct repair_job *job_free(struct repair_job *j)
{
	if (!j)
		return NULL;
	if (j->payload)
		explicit_bzero(j->payload, j->n);
	free(j->payload);
	free(j);
	return NULL;
}

static int64_t now_s(struct manager *m)
{
	int64_t us = manager_clock(m).wall_us;

	return us / (int64_t)USEC_PER_SEC;
}

/* ---- kept */

static unsigned slot_of(const struct repairs *r, const struct repair_request *q)
{
	return (unsigned)(q - r->v);
}

void manager_repair_packet_key(const struct repair_request *q, char *dst, size_t size)
{
	(void)snprintf(dst, size, "repair.packet/%u", (unsigned)(q->number % REPAIR_KEPT_MAX));
}

static int store(struct repairs *r, const struct repair_request *q, journal_done_fn done, void *u)
{
	_cleanup_free_ char *p = NULL;
	char key[32];
	size_t n;
	int e = repair_pack(q, &p, &n);

	if (e < 0)
		return e;
	(void)snprintf(key, sizeof(key), "repair/%u", slot_of(r, q));
	return journal_put_meta(r->manager->journal, key, p, n, done, u);
}

void manager_repair_changed(struct manager *m, const struct repair_request *q)
{
	int e = store(m->repairs, q, NULL, NULL);

	if (e < 0)
		log_error("repair %llu is not stored: %s", (unsigned long long)q->number,
			strerror(-e));
	manager_dbus_repair_changed(m, q);
}

static void on_loaded(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct repairs *r = userdata;
	struct repair_request q;
	uint64_t slot;

	r->loading--;
	r->loaded = r->loading == 0;
	if (error < 0 || parse_u64(strchr(key, '/') + 1, 0, REPAIR_KEPT_MAX - 1, &slot) < 0)
		return;
	if (repair_unpack(blob, n, &q) < 0 || q.number % REPAIR_KEPT_MAX != slot) {
		log_warning("a request for a repair (%s) cannot be read", key);
		return;
	}
	if (q.phase == REQUEST_PREPARING)
		q.phase = REQUEST_UNSURE;
	r->v[slot] = q;
	r->next_number = MAX(r->next_number, q.number + 1);
}

static void load(struct repairs *r)
{
	char key[32];

	for (unsigned i = 0; i < REPAIR_KEPT_MAX; i++) {
		(void)snprintf(key, sizeof(key), "repair/%u", i);
		if (journal_get_meta(r->manager->journal, key, on_loaded, r) >= 0)
			r->loading++;
	}
}

int manager_repairs_start(struct manager *m)
{
	struct repairs *r = calloc(1, sizeof(*r));
	char key[512];
	int e;

	if (!r)
		return -ENOMEM;
	(void)snprintf(key, sizeof(key), "%s/gateway.key", m->options.state);
	e = signer_new(m->event, m->options.libexec, key, SIGN_TIMEOUT_US, &r->signer);
	if (e < 0) {
		free(r);
		return e;
	}
	r->manager = m;
	r->next_number = r->next_draft = 1;
	m->repairs = r;
	load(r);
	return 0;
}

struct repair_request *manager_repair_find(struct manager *m, uint64_t number)
{
	struct repair_request *q = &m->repairs->v[number % REPAIR_KEPT_MAX];

	return number > 0 && q->number == number ? q : NULL;
}

/* ---- drafts */

static void draft_done(struct repair_draft *d)
{
	free(d->packet);
	*d = (struct repair_draft){0};
}

void manager_repairs_forget_drafts(struct manager *m, const char *upstream)
{
	struct repairs *r = m->repairs;

	for (size_t i = 0; r && i < REPAIR_DRAFTS_MAX; i++)
		if (!upstream || streq(r->drafts[i].upstream, upstream))
			draft_done(&r->drafts[i]);
}

static void new_id(char ret[static REPAIR_ID_SIZE], int *error)
{
	uint8_t raw[16];

	*error = random_bytes(raw, sizeof(raw));
	for (size_t i = 0; *error == 0 && i < sizeof(raw); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", raw[i]);
}

int manager_repair_draft(struct manager *m, uint32_t uid, struct feed *f, struct unit *u,
	const struct repair_words *words, const struct repair_set *sets, size_t n_sets,
	unsigned resets, const struct repair_draft **ret)
{
	struct repairs *r = m->repairs;
	struct repair_draft *d = &r->drafts[0], fresh = {0};
	int e;

	for (size_t i = 1; i < REPAIR_DRAFTS_MAX; i++)
		if (r->drafts[i].number < d->number)
			d = &r->drafts[i];
	new_id(fresh.id, &e);
	if (e == 0)
		e = manager_repair_packet(
			f, u, fresh.id, words, sets, n_sets, resets, &fresh.packet, &fresh.n);
	if (e < 0)
		return e;
	fresh.number = r->next_draft++;
	fresh.uid = uid;
	fresh.made_us = clock_boottime_us();
	(void)str_copy(fresh.appliance, sizeof(fresh.appliance), u->appliance->conf->id);
	(void)str_copy(fresh.upstream, sizeof(fresh.upstream), f->conf->id);
	draft_done(d);
	*d = fresh;
	*ret = d;
	return 0;
}

/* ---- on its way */

static struct feed *feed_of(struct manager *m, const char *upstream)
{
	for (size_t i = 0; i < m->n_feeds; i++)
		if (streq(m->feeds[i]->conf->id, upstream))
			return m->feeds[i];
	return NULL;
}

static void job_unlink(struct repair_job *j)
{
	struct repair_job **at = &j->r->jobs;

	while (*at && *at != j)
		at = &(*at)->next;
	if (*at)
		*at = j->next;
}

/* The end of a job, once. */
static void job_end(struct repair_job *j, int error)
{
	struct repairs *r = j->r;
	struct repair_request *q = manager_repair_find(r->manager, j->number);

	job_unlink(j);
	if (q && error < 0 && !j->cancel && q->phase == REQUEST_PREPARING) {
		q->phase = REQUEST_FAILED;
		manager_repair_changed(r->manager, q);
	}
	if (error < 0)
		log_warning("repair %llu: %s was not sent: %s", (unsigned long long)j->number,
			j->cancel ? "its end" : "it",
			error == -ENOEXEC ? "hearth-sign did not sign" : strerror(-error));
	if (j->fn)
		j->fn(error, j->number, j->userdata);
	job_free(j);
}

static int compose(
	struct upstream *u, const struct compose_in *in, void *userdata, struct compose_out *ret)
{
	struct repair_job *j = userdata;
	const struct repair_request *q = manager_repair_find(j->r->manager, j->number);
	struct feed *f = q ? feed_of(j->r->manager, q->upstream) : NULL;
	struct boot_offset boot;
	struct message_head head;
	char *json;
	int e;

	if (!f)
		return -ENOENT;
	head = feed_head(f, in, &boot);
	e = signed_compose(&head, feed_stamp_now(f),
		&(struct signed_text){
			.of = j->cancel ? "hearth.cancel/1" : "hearth.repair/1",
			.request = q->id,
			.payload = j->payload,
			.n = j->n,
			.signature = j->signature,
			.key = j->key,
		},
		&json, &ret->n);
	ret->payload = json;
	return e;
}

static void on_queued(struct upstream *u, int error, uint64_t seq, void *userdata)
{
	struct repair_job *j = userdata;
	struct repair_request *q = manager_repair_find(j->r->manager, j->number);

	if (error == -ECANCELED && !j->r->manager->stop_until_us) {
		j->submitted = false; /* a reload took the upstream away: the next one gets it */
		return;
	}
	if (error == 0 && q) {
		q->phase = j->cancel ? REQUEST_CANCELLED : REQUEST_QUEUED;
		if (!j->cancel)
			q->seq = seq;
		manager_repair_changed(j->r->manager, q);
	}
	job_end(j, error);
}

/* Signed, and its upstream there: into the outbox. Also from the tick, until it works. */
static void job_submit(struct repair_job *j)
{
	struct manager *m = j->r->manager;
	struct repair_request *q = manager_repair_find(m, j->number);
	struct feed *f = q ? feed_of(m, q->upstream) : NULL;

	if (!j->is_signed || j->submitted)
		return;
	if (!q || (f && !feed_may(f, PLANE_REPAIR))) {
		job_end(j, -EACCES);
		return;
	}
	if (!f || !feed_is_complete(f))
		return;
	(void)str_copy(q->epoch, sizeof(q->epoch), upstream_epoch(f->up));
	j->submitted = true;
	if (upstream_compose(f->up, OUT_URGENT, "repair", compose, on_queued, j) < 0)
		j->submitted = false;
}

static void on_signed(int error, const uint8_t *public, const uint8_t *signature, void *userdata)
{
	struct repair_job *j = userdata;

	if (error < 0) {
		job_end(j, error);
		return;
	}
	memcpy(j->key, public, SIGN_PUBLIC);
	memcpy(j->signature, signature, SIGN_SIGNATURE);
	j->is_signed = true;
	job_submit(j);
}

static void job_sign(struct repair_job *j)
{
	int e = signer_sign(j->r->signer, j->payload, j->n, on_signed, j);

	if (e < 0)
		job_end(j, e);
}

static void on_stored(int error, void *userdata)
{
	struct repair_job *j = userdata;

	if (error < 0)
		job_end(j, error);
	else
		job_sign(j);
}

static struct repair_job *job_new(struct repairs *r, uint64_t number, repair_fn fn, void *userdata)
{
	struct repair_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	*j = (struct repair_job){.next = r->jobs,
		.r = r,
		.number = number,
		.until_us = clock_boottime_us() + SEND_US,
		.fn = fn,
		.userdata = userdata};
	r->jobs = j;
	return j;
}

/* What the household may see later, in the journal beside the request. */
static void keep_packet(struct repairs *r, const struct repair_request *q, const char *p, size_t n)
{
	char *copy = malloc(n), key[32];

	if (!copy)
		return;
	memcpy(copy, p, n);
	repair_mask(copy, n);
	manager_repair_packet_key(q, key, sizeof(key));
	(void)journal_put_meta(r->manager->journal, key, copy, n, NULL, NULL);
	free(copy);
}

static struct repair_request *free_slot(struct repairs *r)
{
	for (size_t i = 0; i < REPAIR_KEPT_MAX; i++) {
		struct repair_request *q = &r->v[r->next_number % REPAIR_KEPT_MAX];

		if (!repair_is_open(q))
			return q;
		r->next_number++;
	}
	return NULL;
}

static int may_send(
	struct repairs *r, const struct repair_draft *d, struct unit **u, uint64_t *other)
{
	struct feed *f = feed_of(r->manager, d->upstream);
	unsigned open = 0;

	*u = manager_unit(r->manager, d->appliance);
	if (!f)
		return -ENOTCONN;
	if (!*u || !feed_may_unit(f, *u, PLANE_REPAIR))
		return -EACCES;
	for (size_t i = 0; i < REPAIR_KEPT_MAX; i++) {
		const struct repair_request *q = &r->v[i];

		open += repair_is_open(q);
		if (repair_is_open(q) && streq(q->appliance, d->appliance) &&
			streq(q->upstream, d->upstream)) {
			*other = q->number;
			return -EEXIST;
		}
	}
	return open >= REPAIR_OPEN_MAX ? -E2BIG : 0;
}

/* Takes the draft's packet; the visit code goes into it, and its digest into Q. */
static int seal(struct repair_request *q, struct repair_draft *d, struct repair_job *j)
{
	uint8_t seed[VISIT_SEED];
	char code[VISIT_SIZE];
	int e = random_bytes(q->salt, sizeof(q->salt));

	if (e == 0)
		e = random_bytes(seed, sizeof(seed));
	if (e < 0)
		return e;
	repair_visit_make(q, seed, code);
	j->payload = TAKE_PTR(d->packet);
	j->n = d->n;
	e = repair_packet_add_visit(&j->payload, &j->n, code);
	explicit_bzero(seed, sizeof(seed));
	explicit_bzero(code, sizeof(code));
	return e;
}

int manager_repair_send(struct manager *m, uint32_t uid, uint64_t draft, repair_fn fn,
	void *userdata, uint64_t *other)
{
	struct repairs *r = m->repairs;
	struct repair_draft *d = NULL;
	struct repair_request *q, fresh = {.phase = REQUEST_PREPARING};
	struct repair_job *j;
	struct unit *u;
	int e;

	for (size_t i = 0; i < REPAIR_DRAFTS_MAX && draft > 0; i++)
		if (r->drafts[i].number == draft && r->drafts[i].uid == uid)
			d = &r->drafts[i];
	if (!r->loaded)
		return -ENODATA;
	if (!d || clock_boottime_us() - d->made_us > REPAIR_DRAFT_US)
		return -ENOENT;
	e = may_send(r, d, &u, other);
	q = e == 0 ? free_slot(r) : NULL;
	j = q ? job_new(r, r->next_number, fn, userdata) : NULL;
	if (!j)
		return e < 0 ? e : -ENOMEM;
	fresh.number = r->next_number++;
	fresh.made_s = now_s(m);
	(void)str_copy(fresh.id, sizeof(fresh.id), d->id);
	(void)str_copy(fresh.appliance, sizeof(fresh.appliance), d->appliance);
	(void)str_copy(fresh.upstream, sizeof(fresh.upstream), d->upstream);
	e = seal(&fresh, d, j);
	draft_done(d);
	if (e == 0) {
		*q = fresh;
		e = store(r, q, on_stored, j);
	}
	if (e < 0) {
		job_unlink(j);
		job_free(j);
		if (q->number == fresh.number)
			q->phase = REQUEST_FAILED;
		return e;
	}
	keep_packet(r, q, j->payload, j->n);
	manager_dbus_repair_changed(m, q);
	return 0;
}

int manager_repair_cancel(struct manager *m, uint64_t number, repair_fn fn, void *userdata)
{
	struct repairs *r = m->repairs;
	struct repair_request *q = manager_repair_find(m, number);
	struct feed *f;
	struct repair_job *j;
	int e;

	if (!r->loaded)
		return -ENODATA;
	if (!q)
		return -ENOENT;
	if (!repair_is_open(q) || q->phase == REQUEST_PREPARING)
		return -EALREADY;
	for (j = r->jobs; j; j = j->next)
		if (j->number == number)
			return -EALREADY;
	f = feed_of(m, q->upstream);
	if (!f || !feed_may(f, PLANE_REPAIR)) {
		/* Nobody there who could be told. */
		q->phase = REQUEST_CANCELLED;
		manager_repair_changed(r->manager, q);
		fn(0, number, userdata);
		return 0;
	}
	j = job_new(r, number, fn, userdata);
	if (!j)
		return -ENOMEM;
	j->cancel = true;
	e = manager_repair_cancel_packet(f, q, &j->payload, &j->n);
	if (e < 0) {
		job_unlink(j);
		job_free(j);
		return e;
	}
	job_sign(j);
	return 0;
}

void manager_repair_gone(struct manager *m, const char *upstream, uint64_t seq, bool acked)
{
	struct repairs *r = m->repairs;
	struct feed *f = feed_of(m, upstream);

	for (size_t i = 0; r && f && i < REPAIR_KEPT_MAX; i++) {
		struct repair_request *q = &r->v[i];

		if (q->seq != seq || !streq(q->upstream, upstream) ||
			!streq(q->epoch, upstream_epoch(f->up)) || q->phase != REQUEST_QUEUED)
			continue;
		q->phase = acked ? REQUEST_SENT : REQUEST_FAILED;
		manager_repair_changed(r->manager, q);
	}
}

void manager_repairs_tick(struct manager *m)
{
	uint64_t now = clock_boottime_us();
	struct repair_job *next;

	for (struct repair_job *j = m->repairs->jobs; j; j = next) {
		next = j->next;
		if (j->is_signed && !j->submitted) {
			if (now > j->until_us)
				job_end(j, -ETIMEDOUT);
			else
				job_submit(j);
		}
	}
	for (size_t i = 0; i < REPAIR_DRAFTS_MAX; i++)
		if (m->repairs->drafts[i].number &&
			now - m->repairs->drafts[i].made_us > REPAIR_DRAFT_US)
			draft_done(&m->repairs->drafts[i]);
}

/* ---- the visitor */

struct visit_job {
	uint64_t number;
	int result;
	repair_fn fn;
	void *userdata;
};

static void on_try_stored(int error, void *userdata)
{
	struct visit_job *v = userdata;

	v->fn(error < 0 ? error : v->result > 0 ? 0 : -EKEYREJECTED, v->number, v->userdata);
	free(v);
}

int manager_repair_verify_visit(
	struct manager *m, uint64_t number, const char *code, repair_fn fn, void *userdata)
{
	struct repair_request *q = manager_repair_find(m, number);
	struct visit_job *v;
	int e;

	if (!m->repairs->loaded)
		return -ENODATA;
	if (!q)
		return -ENOENT;
	if (!repair_is_open(q))
		return -EALREADY;
	v = malloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = (struct visit_job){.number = number, .fn = fn, .userdata = userdata};
	v->result = e = repair_visit_try(q, code, now_s(m));
	/* Counted on disk before it is told, or a restart would give new tries. */
	if (e >= 0)
		e = store(m->repairs, q, on_try_stored, v);
	if (e < 0) {
		free(v);
		return e;
	}
	manager_dbus_repair_changed(m, q);
	return 0;
}

/* ---- the end */

void manager_repairs_stop(struct manager *m)
{
	struct repairs *r = m->repairs;
	struct repair_job *next;

	if (!r)
		return;
	/* What is in the store's hands ends with its answer. */
	for (struct repair_job *j = r->jobs; j; j = next) {
		next = j->next;
		if (j->is_signed && !j->submitted)
			job_end(j, -ESHUTDOWN);
	}
	r->signer = signer_free(r->signer);
}

struct repairs *manager_repairs_free(struct repairs *r)
{
	if (!r)
		return NULL;
	while (r->jobs) {
		struct repair_job *j = r->jobs;

		r->jobs = j->next;
		job_free(j);
	}
	for (size_t i = 0; i < REPAIR_DRAFTS_MAX; i++)
		draft_done(&r->drafts[i]);
	signer_free(r->signer);
	free(r);
	return NULL;
}
