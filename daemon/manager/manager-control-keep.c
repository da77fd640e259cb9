/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of writes in the journal: a record of each, and what the gate counts. */
#include "manager-control-internal.h"
#include "daemon/base/log.h"

/* ---- the record: fields between 0x1F, which str_escape() leaves in no text */

#define SEPARATOR '\x1f'
#define N_FIELDS  13

size_t control_make_record(const struct control *c, const char *phase, const struct gate_answer *a,
	char dst[CONTROL_RECORD_MAX])
{
	const struct gate_order *o = &c->order;
	char raw[32], number[24], wall[24], reason[2 * sizeof(c->reason)];
	const char *const fields[N_FIELDS] = {number, phase, wall, gate_kind_name(o->kind),
		c->actor, reason, o->attribute ? o->attribute : "", o->old, o->asked, raw,
		a ? write_outcome_name(a->outcome) : "", a && a->word ? a->word : "",
		a ? a->read : ""};
	size_t used = 0;

	(void)snprintf(number, sizeof(number), "%llu", (unsigned long long)c->number);
	(void)snprintf(wall, sizeof(wall), "%lld",
		(long long)(clock_is_set(c->manager->config->clock) ? clock_realtime_us() : 0));
	if (o->raw.num != (double)o->raw.raw)
		(void)snprintf(raw, sizeof(raw), "%.9g", o->raw.num);
	else
		(void)snprintf(raw, sizeof(raw), "%lld", (long long)o->raw.raw);
	str_escape(reason, sizeof(reason), c->reason, strlen(c->reason));
	dst[0] = '\0';
	for (size_t i = 0; i < N_FIELDS; i++)
		if (!str_appendf(dst, CONTROL_RECORD_MAX, &used, i ? "\x1f%s" : "%s", fields[i]))
			break;
	return used;
}

int control_record_parse(char *blob, size_t n, struct control_record *ret)
{
	char *f[N_FIELDS];
	size_t k = 1;

	blob[n] = '\0';
	f[0] = blob;
	for (char *p = blob; *p; p++)
		if (*p == SEPARATOR) {
			if (k == N_FIELDS)
				return -EBADMSG;
			*p = '\0';
			f[k++] = p + 1;
		}
	if (k != N_FIELDS || parse_u64(f[0], 0, UINT64_MAX, &ret->number) < 0 ||
		parse_i64(f[2], INT64_MIN, INT64_MAX, &ret->wall_us) < 0)
		return -EBADMSG;
	ret->phase = f[1];
	ret->kind = f[3];
	ret->actor = f[4];
	ret->reason = f[5];
	ret->attribute = f[6];
	ret->old = f[7];
	ret->asked = f[8];
	ret->raw = f[9];
	ret->outcome = f[10];
	ret->word = f[11];
	ret->read = f[12];
	return 0;
}

/* ---- state in the journal: the boot it was made in, then the gate's own bytes */

#define STATE_HEAD 8

static int make_state(const struct control *c, uint8_t **ret)
{
	uint8_t *p = malloc(STATE_HEAD + GATE_SAVE_MAX);
	int n;

	if (!p)
		return -ENOMEM;
	memcpy(p, &c->manager->boot_id, STATE_HEAD);
	n = gate_save(c->gate, p + STATE_HEAD, GATE_SAVE_MAX);
	if (n < 0) {
		free(p);
		return n;
	}
	*ret = p;
	return n + STATE_HEAD;
}

int control_store(struct control *c, const char *record, size_t n, journal_done_fn done, void *u)
{
	_cleanup_free_ uint8_t *state = NULL;
	int r = make_state(c, &state);

	if (r < 0)
		return r;
	return journal_put_control(
		c->manager->journal, control_id(c), record, n, state, (size_t)r, done, u);
}

void control_release(struct control *c)
{
	if (c->unit || c->pending > 0)
		return;
	for (size_t i = 0; i < GATE_SOURCES_MAX; i++)
		free(c->last[i]);
	(void)gate_free(c->gate);
	free(c);
}

static void on_loaded(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct control *c = userdata;
	uint64_t boot = 0;

	c->pending--;
	if (!c->unit) {
		control_release(c);
		return;
	}
	c->load_asked = false;
	if (c->loaded)
		return; /* taken over from before a reload */
	if (error < 0 && error != -ENOENT)
		return; /* asked again in a second; nothing is written before it is known */
	c->loaded = true;
	if (error < 0 || n < STATE_HEAD)
		return;
	memcpy(&boot, blob, sizeof(boot));
	if (gate_load(c->gate, clock_boottime_us(), (const uint8_t *)blob + STATE_HEAD,
		    n - STATE_HEAD, boot == c->manager->boot_id, true) < 0)
		log_error("%s: what was counted of its writes cannot be read; counting begins anew",
			control_id(c));
}

void control_ask_state(struct control *c)
{
	char key[64];

	if (c->loaded || c->load_asked)
		return;
	(void)snprintf(key, sizeof(key), JOURNAL_CONTROL_KEY "%s", control_id(c));
	if (journal_get_meta(c->manager->journal, key, on_loaded, c) < 0)
		return;
	c->load_asked = true;
	c->pending++;
}

void control_take_state(struct control *c, const struct control *old)
{
	_cleanup_free_ uint8_t *state = NULL;
	int n = make_state(old, &state);

	if (n >= 0 && gate_load(c->gate, clock_boottime_us(), state + STATE_HEAD,
			      (size_t)n - STATE_HEAD, true, false) == 0)
		c->loaded = true;
}
