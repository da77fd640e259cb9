/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of journal.h: arguments checked, copied into a request, posted. Main thread. */
#include "journal-internal.h"

/* Forgets the answer, as of an attempt that failed. */
void request_clear_answer(struct request *r)
{
	for (size_t i = 0; r->ret_blocks && i < r->ret_n; i++)
		free((void *)r->ret_blocks[i].blob);
	for (size_t i = 0; r->ret_findings && i < r->ret_n; i++)
		free(r->ret_findings[i].blob);
	for (size_t i = 0; r->ret_untold && i < r->ret_n; i++)
		free((void *)r->ret_untold[i].blob);
	for (size_t i = 0; r->ret_messages && i < r->ret_n; i++)
		free(r->ret_messages[i].payload);
	for (size_t i = 0; r->ret_ledger && i < r->ret_n; i++)
		free((void *)r->ret_ledger[i].payload);
	free(TAKE_PTR(r->ret_ledger));
	free(TAKE_PTR(r->ret_blocks));
	free(TAKE_PTR(r->ret_findings));
	free(TAKE_PTR(r->ret_untold));
	free(TAKE_PTR(r->ret_messages));
	free(TAKE_PTR(r->ret_state));
	free(TAKE_PTR(r->ret_ranges));
	free(TAKE_PTR(r->ret_dicts));
	free(TAKE_PTR(r->ret_blob));
	r->ret_n = 0;
	r->ret_more = false;
}

struct request *request_free(struct request *r)
{
	if (!r)
		return NULL;
	request_clear_answer(r);
	free(r->blob);
	free(r->upstreams);
	free(r->in_flight);
	free(r->entry);
	if (r->message)
		free(r->message->payload);
	free(r->message);
	free(r);
	return NULL;
}

struct request *request_new(enum request_kind kind, const char *name, void *userdata)
{
	struct request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->kind = kind;
	r->userdata = userdata;
	str_copy(r->name, sizeof(r->name), name ?: "");
	return r;
}

static bool name_fits(const char *s)
{
	return s && *s && strlen(s) < sizeof(((struct request *)NULL)->name);
}

int journal_append_block(struct journal *j, const char *appliance, uint64_t boot_id, uint64_t t0_us,
	uint64_t t1_us, int64_t wall_us, void *blob, size_t n, journal_done_fn done, void *userdata)
{
	_cleanup_free_ void *owned = blob;
	struct request *r;

	if (!name_fits(appliance))
		return -EINVAL;
	if (n > JOURNAL_BLOB_MAX)
		return -E2BIG;
	r = request_new(REQ_APPEND, appliance, userdata);
	if (!r)
		return -ENOMEM;
	r->boot_id = boot_id;
	r->t0_us = t0_us;
	r->t1_us = t1_us;
	r->wall_us = wall_us;
	r->blob = TAKE_PTR(owned);
	r->n = n;
	r->fn.done = done;
	return journal_post(j, r, n);
}

int journal_read_blocks(
	struct journal *j, uint64_t after, size_t max, journal_blocks_fn fn, void *userdata)
{
	struct request *r = request_new(REQ_READ_BLOCKS, NULL, userdata);

	if (!r)
		return -ENOMEM;
	r->id = after;
	r->max = max;
	r->fn.blocks = fn;
	return journal_post(j, r, 0);
}

int journal_read_back(struct journal *j, const char *appliance, uint64_t before, size_t max,
	journal_blocks_fn fn, void *userdata)
{
	struct request *r;

	if (!name_fits(appliance))
		return -EINVAL;
	r = request_new(REQ_READ_BACK, appliance, userdata);
	if (!r)
		return -ENOMEM;
	r->id = MIN(before, (uint64_t)INT64_MAX);
	r->max = max;
	r->fn.blocks = fn;
	return journal_post(j, r, 0);
}

static int copy_blob(struct request *r, const void *blob, size_t n)
{
	r->blob = malloc(n + 1);
	if (!r->blob)
		return -ENOMEM;
	if (n > 0)
		memcpy(r->blob, blob, n);
	r->n = n;
	return 0;
}

int journal_put_finding(struct journal *j, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, journal_done_fn done, void *userdata)
{
	return journal_tell_finding(j, id, appliance, open, blob, n, NULL, NULL, done, userdata);
}

int journal_tell_finding(struct journal *j, uint64_t id, const char *appliance, bool open,
	const void *blob, size_t n, const struct journal_untold *untold, const char *upstreams,
	journal_done_fn done, void *userdata)
{
	struct request *r;

	if (!name_fits(appliance) || id == 0 || id > INT64_MAX)
		return -EINVAL;
	if (n > STORE_FINDING_MAX)
		return -E2BIG;
	r = request_new(REQ_PUT_FINDING, appliance, userdata);
	if (!r || copy_blob(r, blob, n) < 0) {
		request_free(r);
		return -ENOMEM;
	}
	r->id = id;
	r->open = open;
	r->fn.done = done;
	if (untold && !isempty(upstreams)) {
		r->untold = untold->id;
		r->change = untold->change;
		r->boot_id = untold->boot_id;
		r->t0_us = untold->at_us;
		r->wall_us = untold->wall_us;
		if (asprintf(&r->upstreams, " %s ", upstreams) < 0) {
			r->upstreams = NULL;
			request_free(r);
			return -ENOMEM;
		}
	}
	return journal_post(j, r, n);
}

int journal_read_findings(struct journal *j, bool open_only, journal_finding_fn fn, void *userdata)
{
	struct request *r = request_new(REQ_READ_FINDINGS, NULL, userdata);

	if (!r)
		return -ENOMEM;
	r->open = open_only;
	r->fn.finding = fn;
	return journal_post(j, r, 0);
}

static int request_keyed(enum request_kind kind, const char *name, const char *key, void *userdata,
	struct request **ret)
{
	struct request *r;

	if (isempty(key) || strlen(key) >= sizeof(r->key))
		return -EINVAL;
	r = request_new(kind, name, userdata);
	if (!r)
		return -ENOMEM;
	str_copy(r->key, sizeof(r->key), key);
	*ret = r;
	return 0;
}

int journal_put_meta(struct journal *j, const char *key, const void *blob, size_t n,
	journal_done_fn done, void *userdata)
{
	struct request *r;
	int e;

	if (n > STORE_META_BLOB_MAX)
		return -E2BIG;
	e = request_keyed(REQ_PUT_META, NULL, key, userdata, &r);
	if (e < 0)
		return e;
	if (copy_blob(r, blob, n) < 0) {
		request_free(r);
		return -ENOMEM;
	}
	r->fn.done = done;
	return journal_post(j, r, n);
}

int journal_get_meta(struct journal *j, const char *key, journal_meta_fn fn, void *userdata)
{
	struct request *r;
	int e = request_keyed(REQ_GET_META, NULL, key, userdata, &r);

	if (e < 0)
		return e;
	r->fn.meta = fn;
	return journal_post(j, r, 0);
}

static int request_out(
	enum request_kind kind, const char *upstream, void *userdata, struct request **ret)
{
	if (!id_valid(upstream))
		return -EINVAL;
	*ret = request_new(kind, upstream, userdata);
	return *ret ? 0 : -ENOMEM;
}

int journal_out_open(
	struct journal *j, const char *upstream, journal_out_state_fn fn, void *userdata)
{
	struct request *r;
	int e = request_out(REQ_OUT_OPEN, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->fn.state = fn;
	return journal_post(j, r, 0);
}

int journal_out_put(struct journal *j, const char *upstream, struct out_message *message,
	uint64_t cursor, uint64_t max_bytes, journal_done_fn done, void *userdata)
{
	_cleanup_free_ void *payload = TAKE_PTR(message->payload);
	struct request *r;
	int e;

	if (message->n > OUT_PAYLOAD_MAX)
		return -E2BIG;
	if (message->class >= _OUT_CLASS_MAX || isempty(message->topic))
		return -EINVAL;
	e = request_out(REQ_OUT_PUT, upstream, userdata, &r);
	if (e < 0)
		return e;
	r->message = malloc(sizeof(*r->message));
	if (!r->message) {
		request_free(r);
		return -ENOMEM;
	}
	*r->message = *message;
	r->message->payload = TAKE_PTR(payload);
	r->cursor = cursor;
	r->max = max_bytes;
	r->fn.done = done;
	return journal_post(j, r, sizeof(*message) + message->n);
}

int journal_out_fetch(struct journal *j, const char *upstream, const uint64_t *in_flight,
	size_t n_in_flight, size_t max, uint64_t now_us, uint64_t session_us,
	journal_out_fetch_fn fn, void *userdata)
{
	size_t bytes = n_in_flight * sizeof(*in_flight);
	struct request *r;
	int e;

	if (n_in_flight > 1024)
		return -E2BIG;
	e = request_out(REQ_OUT_FETCH, upstream, userdata, &r);
	if (e < 0)
		return e;
	r->in_flight = malloc(bytes + 1);
	if (!r->in_flight) {
		request_free(r);
		return -ENOMEM;
	}
	if (bytes > 0)
		memcpy(r->in_flight, in_flight, bytes);
	r->n_in_flight = n_in_flight;
	r->max = max;
	r->t0_us = now_us;
	r->t1_us = session_us;
	r->fn.fetch = fn;
	return journal_post(j, r, bytes);
}

int journal_out_acked(struct journal *j, const char *upstream, uint64_t seq, uint64_t await_us,
	journal_done_fn done, void *userdata)
{
	struct request *r;
	int e = request_out(REQ_OUT_ACKED, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->id = seq;
	r->t0_us = await_us;
	r->fn.done = done;
	return journal_post(j, r, 0);
}

int journal_out_drop(
	struct journal *j, const char *upstream, uint64_t seq, journal_done_fn done, void *userdata)
{
	struct request *r;
	int e = request_out(REQ_OUT_DROP, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->id = seq;
	r->fn.done = done;
	return journal_post(j, r, 0);
}

int journal_out_lost(struct journal *j, const char *upstream, journal_lost_fn fn, void *userdata)
{
	struct request *r;
	int e = request_out(REQ_OUT_LOST, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->fn.lost = fn;
	return journal_post(j, r, 0);
}

int journal_out_dicts(struct journal *j, const char *upstream, journal_dicts_fn fn, void *userdata)
{
	struct request *r;
	int e = request_out(REQ_OUT_DICTS, upstream, userdata, &r);

	if (e < 0)
		return e;
	r->fn.dicts = fn;
	return journal_post(j, r, 0);
}

int journal_alias(struct journal *j, const char *upstream, const char *appliance,
	journal_alias_fn fn, void *userdata)
{
	struct request *r;
	int e;

	if (!id_valid(upstream))
		return -EINVAL;
	e = request_keyed(REQ_ALIAS, upstream, appliance, userdata, &r);
	if (e < 0)
		return e;
	r->fn.alias = fn;
	return journal_post(j, r, 0);
}

int journal_put_control(struct journal *j, const char *appliance, const void *record, size_t n,
	const void *state, size_t n_state, journal_done_fn done, void *userdata)
{
	struct request *r;
	char key[64];
	int e;

	if (!name_fits(appliance))
		return -EINVAL;
	if (n > STORE_CONTROL_MAX || n_state > STORE_META_BLOB_MAX)
		return -E2BIG;
	(void)snprintf(key, sizeof(key), JOURNAL_CONTROL_KEY "%s", appliance);
	e = request_keyed(REQ_PUT_CONTROL, appliance, key, userdata, &r);
	if (e < 0)
		return e;
	r->blob = malloc(n + n_state + 1);
	if (!r->blob) {
		request_free(r);
		return -ENOMEM;
	}
	if (n > 0)
		memcpy(r->blob, record, n);
	if (n_state > 0)
		memcpy((uint8_t *)r->blob + n, state, n_state);
	r->n = n + n_state;
	r->max = n;
	r->fn.done = done;
	return journal_post(j, r, r->n);
}

static int request_command(enum request_kind kind, const char *upstream, const char *id,
	const void *blob, size_t n, void *userdata, struct request **ret)
{
	struct request *r;
	int e;

	if (!id_valid(upstream) || isempty(id) || strlen(id) >= JOURNAL_COMMAND_ID)
		return -EINVAL;
	if (n > JOURNAL_COMMAND_MAX)
		return -E2BIG;
	e = request_keyed(kind, upstream, id, userdata, &r);
	if (e < 0)
		return e;
	if (copy_blob(r, blob, n) < 0) {
		request_free(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

int journal_put_command(struct journal *j, const char *upstream, const char *id, int64_t now_us,
	int64_t expires_us, const void *blob, size_t n, journal_meta_fn fn, void *userdata)
{
	struct request *r;
	int e = request_command(REQ_PUT_COMMAND, upstream, id, blob, n, userdata, &r);

	if (e < 0)
		return e;
	r->wall_us = now_us;
	r->max = (uint64_t)expires_us;
	r->fn.meta = fn;
	return journal_post(j, r, n);
}

int journal_end_command(struct journal *j, const char *upstream, const char *id, const void *blob,
	size_t n, journal_done_fn done, void *userdata)
{
	struct request *r;
	int e = request_command(REQ_END_COMMAND, upstream, id, blob, n, userdata, &r);

	if (e < 0)
		return e;
	r->fn.done = done;
	return journal_post(j, r, n);
}

int journal_read_commands(
	struct journal *j, const char *upstream, journal_finding_fn fn, void *userdata)
{
	struct request *r = request_new(REQ_READ_COMMANDS, upstream, userdata);

	if (!r)
		return -ENOMEM;
	r->fn.finding = fn;
	return journal_post(j, r, 0);
}

int journal_read_controls(
	struct journal *j, const char *appliance, size_t max, journal_finding_fn fn, void *userdata)
{
	struct request *r = request_new(REQ_READ_CONTROLS, appliance, userdata);

	if (!r)
		return -ENOMEM;
	r->max = max;
	r->fn.finding = fn;
	return journal_post(j, r, 0);
}
