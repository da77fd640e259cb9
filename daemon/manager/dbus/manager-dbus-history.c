/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.History1 of an appliance: what the journal still knows of one attribute. It is read from the
 * newest block back, a few at a time, so that main goes on between them; bounded by the samples of one
 * answer and by the rows looked at. */
#include "daemon/report/deflate.h"
#include "daemon/manager/rules/manager-rules.h"

#include <math.h>

#define HISTORY_SAMPLES_MAX 8192 /* of one answer; older ones by a further call */
#define HISTORY_BLOCKS      16   /* decoded between two turns of the loop */
#define HISTORY_ROUNDS      512  /* of up to JOURNAL_WINDOW rows each */
#define HISTORY_JOBS_MAX    4    /* at a time */

struct past { /* one sample, its text apart */
	int64_t wall_us;
	double num;
	uint8_t quality;
	char text[READING_TEXT_MAX];
};

struct history_job {
	struct manager *manager;
	sd_bus_message *call;
	char appliance[33], attribute[64];
	int64_t since_us, until_us;
	unit_id unit;
	bool unit_known, found, ended;
	unsigned rounds;
	struct past *v; /* newest first */
	size_t n, size;
	int error;
};

static unsigned jobs; /* main thread */

static void push(struct history_job *j, const struct past *p)
{
	if (j->n == HISTORY_SAMPLES_MAX || j->error < 0)
		return;
	if (j->n == j->size) {
		size_t size = MAX(j->size * 2, (size_t)128);
		struct past *v = reallocarray(j->v, size, sizeof(*v));

		if (!v) {
			j->error = -ENOMEM;
			return;
		}
		j->v = v;
		j->size = size;
	}
	j->v[j->n++] = *p;
}

/* Newest first; the first one before SINCE ends it: until then it was the value. */
static void take(struct history_job *j, int64_t wall_us, const struct reading *r, const char *text)
{
	struct past p = {.wall_us = wall_us, .num = NAN, .quality = r->quality};

	if (j->ended || wall_us > j->until_us)
		return;
	if (r->type == VALUE_NUMBER)
		p.num = r->num;
	else if (r->type == VALUE_BOOL)
		p.num = r->code != 0;
	if (r->type == VALUE_BOOL)
		text = r->code ? "true" : "false";
	(void)str_copy(p.text, sizeof(p.text), text ? text : "");
	push(j, &p);
	j->ended = wall_us < j->since_us || j->n == HISTORY_SAMPLES_MAX;
}

static void take_block(struct history_job *j, const struct journal_block *b)
{
	_cleanup_free_ void *plain = NULL;
	struct decoded_block d;
	int64_t wall = b->wall_us;
	size_t n, column;

	/* Of this boot how long ago is known, whatever the clock says: who asks has the same one. */
	if (b->boot_id == j->manager->boot_id)
		wall = clock_realtime_us() - (int64_t)(clock_boottime_us() - b->t0_us);
	if (wall == 0 || wall > j->until_us)
		return;
	if (inflate_bytes(b->blob, b->n, NULL, 0, INFLATE_MAX, &plain, &n) < 0 ||
		block_decode(plain, n, b->t0_us, &d) < 0)
		return;
	for (column = 0; column < d.n_columns; column++)
		if (streq(d.columns[column].name, j->attribute))
			break;
	if (column < d.n_columns) {
		j->found = true;
		if (!j->unit_known)
			j->unit = d.columns[column].unit;
		j->unit_known = true;
	}
	for (size_t i = d.n_samples; i-- > 0 && column < d.n_columns && !j->ended;) {
		const struct sample *s = &d.samples[i];
		bool worded = s->r.type == VALUE_ENUM || s->r.type == VALUE_BITS ||
			      s->r.type == VALUE_STRING;

		if (s->attr == column)
			take(j, wall + (int64_t)s->t_us - (int64_t)b->t0_us, &s->r,
				worded && s->r.code >= 0 && (size_t)s->r.code < d.n_texts
					? d.texts[s->r.code]
					: NULL);
	}
	decoded_block_done(&d);
	/* Blocks are whole: what is older than this one is older than SINCE. */
	if (wall < j->since_us - (int64_t)USEC_PER_DAY)
		j->ended = true;
}

static int append(const struct history_job *j, sd_bus_message *reply)
{
	int r = sd_bus_message_append(
		reply, "sb", unit_name(j->unit), (int)(j->n < HISTORY_SAMPLES_MAX));

	if (r >= 0)
		r = sd_bus_message_open_container(reply, 'a', "(xsds)");
	for (size_t i = j->n; r >= 0 && i-- > 0;) {
		char clean[4 * READING_TEXT_MAX];

		str_escape(clean, sizeof(clean), j->v[i].text, strlen(j->v[i].text));
		r = sd_bus_message_append(reply, "(xsds)", j->v[i].wall_us,
			quality_name((enum quality)j->v[i].quality), j->v[i].num, clean);
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void finish(struct history_job *j, int error)
{
	sd_bus_message *reply = NULL;

	error = j->error < 0 ? j->error : error;
	if (error >= 0)
		error = sd_bus_message_new_method_return(j->call, &reply);
	if (error >= 0)
		error = append(j, reply);
	if (error >= 0)
		(void)sd_bus_send(NULL, reply, NULL);
	else
		(void)sd_bus_reply_method_errorf(j->call, "org.hearthd.Error.Journal",
			"the journal cannot be read now: %s", strerror(-error));
	sd_bus_message_unref(reply);
	sd_bus_message_unref(j->call);
	free(j->v);
	free(j);
	jobs--;
}

static void on_blocks(
	int error, const struct journal_block *v, size_t n, uint64_t last_row, void *u)
{
	struct history_job *j = u;

	for (size_t i = 0; error == 0 && i < n && !j->ended; i++)
		take_block(j, &v[i]);
	if (error < 0 || j->ended || last_row <= 1 || ++j->rounds >= HISTORY_ROUNDS) {
		finish(j, error);
		return;
	}
	error = journal_read_back(
		j->manager->journal, j->appliance, last_row, HISTORY_BLOCKS, on_blocks, j);
	if (error < 0)
		finish(j, error);
}

/* What has not been flushed yet. */
static void take_fresh(struct history_job *j, const struct unit *u, const struct attribute *attr)
{
	uint64_t now = clock_boottime_us();
	int64_t wall = clock_realtime_us();

	for (size_t i = u->n_samples; i-- > 0 && !j->ended;) {
		const struct sample *s = &u->samples[i];
		char text[256] = "";

		if (&u->appliance->attrs[s->attr] != attr)
			continue;
		if (s->r.type != VALUE_NONE && s->r.type != VALUE_NUMBER)
			attribute_format(attr, &s->r, text, sizeof(text));
		take(j, wall - (int64_t)(now - s->t_us), &s->r, text);
	}
}

static int method_read(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct unit *u = userdata;
	const struct attribute *attr;
	struct history_job *j;
	const char *attribute;
	int64_t since, until;
	int r = sd_bus_message_read(call, "sxx", &attribute, &since, &until);

	if (r < 0)
		return r;
	if (strlen(attribute) >= sizeof(j->attribute) || since > until)
		return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
			"an attribute has at most 63 bytes, and a time ends after it begins");
	if (jobs >= HISTORY_JOBS_MAX)
		return sd_bus_error_setf(
			e, "org.hearthd.Error.Busy", "history is being read for others");
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	*j = (struct history_job){.manager = u->manager, .since_us = since, .until_us = until};
	(void)str_copy(j->appliance, sizeof(j->appliance), u->appliance->conf->id);
	(void)str_copy(j->attribute, sizeof(j->attribute), attribute);
	attr = appliance_attr(u->appliance, attribute);
	if (attr) {
		j->unit = attr->unit;
		j->unit_known = true;
		take_fresh(j, u, attr);
	}
	r = journal_read_back(
		u->manager->journal, j->appliance, UINT64_MAX, HISTORY_BLOCKS, on_blocks, j);
	if (r < 0) {
		free(j->v);
		free(j);
		return r;
	}
	jobs++;
	j->call = sd_bus_message_ref(call);
	return 1;
}

const sd_bus_vtable manager_history_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Read", "sxx", "sba(xsds)", method_read, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};
