/* SPDX-License-Identifier: Apache-2.0 */
/* On virtual time, against a journal, a gate and a broker in memory. The journal answers only when a test
 * lets it, so that a crash can come at every place. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/control/command-run.h"

#define NOW INT64_C(1795000000000000)

/* --- the journal */

struct row {
	char id[COMMAND_ID_MAX], blob[1024];
	int64_t expires_us;
	size_t n;
	bool open;
};
static struct {
	struct row rows[256];
	size_t n;
	struct {
		bool read;
		char id[COMMAND_ID_MAX], blob[1024];
		size_t n;
		int64_t expires_us;
		journal_meta_fn fn;
		journal_finding_fn read_fn;
		void *userdata;
	} ops[256];
	size_t head, tail;
	int refuse, error; /* the next calls; the next requests */
	unsigned ends;
} store;

static int f_put(void *s, const char *up, const char *id, int64_t now_us, int64_t expires_us,
	const void *blob, size_t n, journal_meta_fn fn, void *userdata)
{
	size_t i = store.tail % ARRAY_SIZE(store.ops);

	assert_string_equal(up, "cloud");
	assert_true(n < 1024);
	if (store.refuse)
		return store.refuse;
	store.tail++;
	store.ops[i].read = false;
	(void)str_copy(store.ops[i].id, COMMAND_ID_MAX, id);
	memcpy(store.ops[i].blob, blob, n);
	store.ops[i].n = n;
	store.ops[i].expires_us = expires_us;
	store.ops[i].fn = fn;
	store.ops[i].userdata = userdata;
	return 0;
}

static int f_end(void *s, const char *up, const char *id, const void *blob, size_t n)
{
	store.ends++;
	for (size_t i = 0; i < store.n; i++)
		if (streq(store.rows[i].id, id)) {
			memcpy(store.rows[i].blob, blob, n);
			store.rows[i].n = n;
			store.rows[i].open = false;
		}
	return 0;
}

static int f_read(void *s, const char *up, journal_finding_fn fn, void *userdata)
{
	size_t i = store.tail++ % ARRAY_SIZE(store.ops);

	store.ops[i].read = true;
	store.ops[i].read_fn = fn;
	store.ops[i].userdata = userdata;
	return 0;
}

static bool store_step(void)
{
	size_t i = store.head % ARRAY_SIZE(store.ops);
	struct row *found = NULL;

	if (store.head == store.tail)
		return false;
	store.head++;
	if (store.ops[i].read) {
		for (size_t k = 0; k < store.n; k++)
			if (store.rows[k].open)
				store.ops[i].read_fn(0, k + 1, "cloud", true, store.rows[k].blob,
					store.rows[k].n, store.ops[i].userdata);
		store.ops[i].read_fn(0, 0, NULL, false, NULL, 0, store.ops[i].userdata);
		return true;
	}
	for (size_t k = 0; k < store.n; k++)
		if (streq(store.rows[k].id, store.ops[i].id))
			found = &store.rows[k];
	if (store.error) {
		store.ops[i].fn(store.error, store.ops[i].id, NULL, 0, store.ops[i].userdata);
	} else if (found) {
		char copy[1024];
		size_t n = found->n;

		memcpy(copy, found->blob, n);
		store.ops[i].fn(-EEXIST, store.ops[i].id, copy, n, store.ops[i].userdata);
	} else {
		assert_true(store.n < ARRAY_SIZE(store.rows));
		found = &store.rows[store.n++];
		*found = (struct row){
			.expires_us = store.ops[i].expires_us, .n = store.ops[i].n, .open = true};
		(void)str_copy(found->id, sizeof(found->id), store.ops[i].id);
		memcpy(found->blob, store.ops[i].blob, found->n);
		store.ops[i].fn(0, store.ops[i].id, NULL, 0, store.ops[i].userdata);
	}
	return true;
}

static void run_store(void)
{
	while (store_step())
		;
}

/* --- everything else */

static struct {
	uint64_t now, session;
	int64_t wall;
	bool clock_set, at_once;
	const char *may;
	/* the gate: what was asked of it, oldest first */
	struct {
		char id[COMMAND_ID_MAX], appliance[33], value[COMMAND_TEXT_MAX];
		bool plain;
		command_done_fn fn;
		void *job;
	} asked[512];
	size_t n_asked, n_done;
	/* the last answer */
	unsigned answers;
	char id[COMMAND_ID_MAX], result[32], word[32], first[32], response[256], value[64];
	size_t n_reason, n_correlation;
	char correlation[COMMANDS_DATA_MAX];
} w;

static uint64_t f_now(void *u)
{
	return w.now;
}
static bool f_wall(void *u, int64_t *ret)
{
	*ret = w.wall;
	return w.clock_set;
}
static uint64_t f_session(void *u)
{
	return w.session;
}
static const char *f_epoch(void *u)
{
	return "7f3a91c2";
}
static const char *f_may(void *u, const struct command *c)
{
	return w.may;
}

static void gate_answers(const char *result)
{
	size_t i = w.n_done++;

	while (i < w.n_asked && !w.asked[i].fn) /* answered at once */
		i = w.n_done++;
	assert_true(i < w.n_asked);
	w.asked[i].fn(&(struct command_outcome){result, "", "", "21.5"}, w.asked[i].job);
}

static void f_carry_out(void *u, const struct command *c, command_done_fn fn, void *job)
{
	assert_true(w.n_asked < ARRAY_SIZE(w.asked));
	(void)str_copy(w.asked[w.n_asked].id, COMMAND_ID_MAX, c->id);
	(void)str_copy(w.asked[w.n_asked].appliance, 33, c->appliance);
	(void)str_copy(w.asked[w.n_asked].value, COMMAND_TEXT_MAX, c->value);
	w.asked[w.n_asked].plain = c->plain;
	w.asked[w.n_asked].fn = fn;
	w.asked[w.n_asked].job = job;
	w.n_asked++;
	/* The rule above all: nothing is done for an id that is not on disk. */
	if (!c->plain && c->verb != COMMAND_REFRESH) {
		bool there = false;

		for (size_t i = 0; i < store.n; i++)
			there |= streq(store.rows[i].id, c->id) && store.rows[i].open;
		assert_true(there);
	}
	if (w.at_once) {
		w.asked[w.n_asked - 1].fn = NULL;
		fn(&(struct command_outcome){"confirmed", "", "", ""}, job);
	}
}

static void f_answer(void *u, const struct command *c, const struct command_to *to,
	const struct command_answer *a)
{
	w.answers++;
	(void)str_copy(w.id, sizeof(w.id), a->id);
	(void)str_copy(w.result, sizeof(w.result), a->result);
	(void)str_copy(w.word, sizeof(w.word), a->word);
	(void)str_copy(w.first, sizeof(w.first), a->first);
	(void)str_copy(w.value, sizeof(w.value), a->value);
	(void)str_copy(w.response, sizeof(w.response), to->response);
	w.n_correlation = to->n_correlation;
	if (to->n_correlation)
		memcpy(w.correlation, to->correlation, to->n_correlation);
	w.n_reason = strlen(a->reason);
	assert_true(w.n_reason <= COMMAND_REASON_MAX);
}

static const struct commands_env env = {.put = f_put,
	.end = f_end,
	.read = f_read,
	.now = f_now,
	.wall = f_wall,
	.session = f_session,
	.epoch = f_epoch,
	.may = f_may,
	.carry_out = f_carry_out,
	.answer = f_answer};
static struct commands *cs;

static void start(void)
{
	assert_int_equal(commands_new(&env, "cloud", &cs), 0);
	run_store();
}

/* What hearthd was doing is gone, the file is not. The jobs of the old run leak by intent: nobody frees
 * memory in a crash; so they are ended first, without a trace. */
static void crash(void)
{
	struct row rows[128];
	size_t n = store.n;

	memcpy(rows, store.rows, sizeof(rows));
	while (w.n_done < w.n_asked)
		gate_answers("confirmed");
	cs = commands_free(cs);
	run_store();
	memcpy(store.rows, rows, sizeof(rows));
	store.n = n;
	store.head = store.tail;
	w.n_asked = w.n_done = w.answers = 0;
	w.result[0] = w.word[0] = w.id[0] = 0;
	start();
}

static struct command command(const char *id)
{
	struct command c = {.verb = COMMAND_SET,
		.actor = "app",
		.appliance = "ac",
		.attribute = "on_off",
		.value = "true",
		.expires_us = NOW + 60 * (int64_t)USEC_PER_SEC};

	(void)str_copy(c.id, sizeof(c.id), id);
	return c;
}

static void take(const struct command *c)
{
	commands_take(cs, c, NULL, false, &(struct command_to){"reply/me", "\1\0\2", 3});
}

static void take_id(const char *id)
{
	struct command c = command(id);

	take(&c);
}

static void expect(const char *result, const char *word)
{
	if (!streq(w.result, result) || !streq(w.word, word))
		fail_msg("answer %s %s, not %s %s", w.result, w.word, result, word);
}

static int setup(void **state)
{
	memset(&store, 0, sizeof(store));
	memset(&w, 0, sizeof(w));
	w.now = 1000 * USEC_PER_SEC;
	w.session = 1;
	w.wall = NOW;
	w.clock_set = true;
	start();
	return 0;
}

static void finish_all(void)
{
	for (; w.n_done < w.n_asked; w.n_done++)
		if (w.asked[w.n_done].fn)
			w.asked[w.n_done].fn(&(struct command_outcome){"confirmed", "", "", ""},
				w.asked[w.n_done].job);
}

static int teardown(void **state)
{
	finish_all();
	cs = commands_free(cs);
	run_store();
	return 0;
}

/* --- tests */

static void test_once_and_answered(void **state)
{
	take_id("1");
	assert_int_equal(w.n_asked, 0); /* not before its id is stored */
	run_store();
	assert_int_equal(w.n_asked, 1);
	assert_int_equal(w.answers, 0);
	gate_answers("confirmed");
	assert_int_equal(w.answers, 1);
	expect("confirmed", "");
	assert_string_equal(w.id, "1");
	assert_string_equal(w.value, "21.5");
	assert_string_equal(w.response, "reply/me");
	assert_memory_equal(w.correlation, "\1\0\2", 3);
	assert_false(store.rows[0].open);
	/* The same id: never again, and what became of it. */
	take_id("1");
	run_store();
	assert_int_equal(w.n_asked, 1);
	expect("refused", "repeated");
	assert_string_equal(w.first, "confirmed");
	/* The same id with other words is still the same id. */
	struct command c = command("1");

	strcpy(c.value, "false");
	take(&c);
	run_store();
	assert_int_equal(w.n_asked, 1);
	expect("refused", "repeated");
	assert_int_equal(commands_waiting(cs), 0);
}

static void test_repeated_while_under_way(void **state)
{
	take_id("1");
	take_id("1"); /* before the store answered the first */
	run_store();
	assert_int_equal(w.n_asked, 1);
	expect("refused", "repeated");
	assert_string_equal(w.first, "under-way");
	take_id("1");
	run_store();
	assert_int_equal(w.n_asked, 1);
	assert_string_equal(w.first, "under-way");
	gate_answers("accepted");
	expect("accepted", "");
}

static void test_crash_between_id_and_write(void **state)
{
	/* Before the id is stored: nothing happened, and the same id may come again. */
	take_id("1");
	crash();
	assert_int_equal(w.answers, 0);
	take_id("1");
	run_store();
	assert_int_equal(w.n_asked, 1);
	/* Behind it, while the gate works: the answer comes by itself, to where it was asked for. */
	crash();
	assert_int_equal(w.answers, 1);
	expect("unknown", "outcome-unknown");
	assert_string_equal(w.id, "1");
	assert_string_equal(w.response, "reply/me");
	assert_int_equal(w.n_correlation, 3);
	assert_memory_equal(w.correlation, "\1\0\2", 3);
	/* Never a second write, however often it is asked for. */
	for (unsigned i = 0; i < 3; i++) {
		take_id("1");
		run_store();
		expect("unknown", "outcome-unknown");
		assert_int_equal(w.n_asked, 0);
		if (i == 1)
			crash();
	}
	/* Told once, not at each start. */
	crash();
	assert_int_equal(w.answers, 0);
	/* After the write and before its end was stored it is the same. */
	take_id("2");
	run_store();
	gate_answers("confirmed");
	store.rows[1].open = true; /* the end was not on disk yet */
	store.rows[1].n = 0;
	crash();
	take_id("2");
	run_store();
	expect("unknown", "outcome-unknown");
	assert_int_equal(w.n_asked, 0);
}

static void test_damaged_row(void **state)
{
	take_id("1");
	run_store();
	gate_answers("confirmed");
	store.rows[0].n = 0;
	take_id("1");
	run_store();
	assert_int_equal(w.n_asked, 1);
	expect("unknown", "outcome-unknown");
}

static void test_time(void **state)
{
	struct command c = command("1");

	w.clock_set = false;
	take(&c);
	expect("refused", "clock-unset");
	w.clock_set = true;
	c.expires_us = NOW;
	take(&c);
	expect("refused", "expired");
	c.expires_us = NOW - (int64_t)USEC_PER_DAY;
	take(&c);
	expect("refused", "expired");
	c.expires_us = NOW + (int64_t)COMMAND_AHEAD_US + 1000000;
	take(&c);
	expect("refused", "too-far-ahead");
	strcpy(c.epoch, "00000000");
	c.expires_us = NOW + 1000000;
	take(&c);
	expect("refused", "stale");
	run_store();
	assert_int_equal(w.n_asked, 0);
	assert_int_equal(store.n, 0); /* not even an id is kept */
	strcpy(c.epoch, "7f3a91c2");
	c.expires_us = NOW + (int64_t)COMMAND_AHEAD_US;
	take(&c);
	run_store();
	assert_int_equal(w.n_asked, 1);
	/* It expires while it waits for the store, or behind another. */
	c = command("2");
	take(&c);
	run_store();
	w.wall = NOW + 61 * (int64_t)USEC_PER_SEC;
	gate_answers("confirmed");
	expect("refused", "expired");
	assert_int_equal(w.n_asked, 1);
	take_id("2");
	expect("refused", "expired");
	/* The clock was lost while it waited. */
	w.wall = NOW;
	take_id("3");
	w.clock_set = false;
	run_store();
	expect("refused", "clock-unset");
	assert_int_equal(w.n_asked, 1);
}

static void test_retained_and_grants(void **state)
{
	struct command c = command("1");

	commands_take(cs, &c, NULL, true, &(struct command_to){"", NULL, 0});
	expect("refused", "retained");
	/* That it is retained is said first, whatever else is wrong. */
	commands_take(cs, &c, "not-json", true, &(struct command_to){"", NULL, 0});
	expect("refused", "retained");
	commands_take(cs, &c, "too-deep", false, &(struct command_to){"", NULL, 0});
	expect("refused", "too-deep");
	w.may = "not-granted";
	take_id("1");
	expect("refused", "not-granted");
	assert_int_equal(store.head, store.tail); /* the file is not troubled */
	/* Withdrawn while it waited. */
	w.may = NULL;
	take_id("2");
	w.may = "not-granted";
	run_store();
	expect("refused", "not-granted");
	assert_int_equal(w.n_asked, 0);
	assert_false(store.rows[0].open);
}

static void test_queue_and_order(void **state)
{
	char id[16];

	for (unsigned i = 0; i < COMMANDS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		take_id(id);
	}
	assert_int_equal(w.answers, 0);
	take_id("over");
	expect("refused", "queue-full");
	run_store();
	/* One at a time at an appliance, in order; another appliance does not wait. */
	assert_int_equal(w.n_asked, 1);
	gate_answers("confirmed");
	struct command c = command("other");

	strcpy(c.appliance, "boiler");
	take(&c);
	run_store();
	assert_int_equal(w.n_asked, 3);
	assert_string_equal(w.asked[1].id, "1");
	assert_string_equal(w.asked[2].id, "other");
	w.at_once = true;
	gate_answers("confirmed");
	assert_string_equal(w.asked[3].id, "2");
	assert_int_equal(w.n_asked, COMMANDS_MAX + 1);
	assert_string_equal(w.asked[COMMANDS_MAX].id, "31");
	assert_int_equal(commands_waiting(cs), 1);
	gate_answers("confirmed");
	assert_int_equal(commands_waiting(cs), 0);
	assert_int_equal(commands_counts(cs).refused, 1);
}

static void test_store_refuses(void **state)
{
	store.refuse = -ENOBUFS;
	take_id("1");
	expect("refused", "journal");
	store.refuse = 0;
	static const struct {
		int error;
		const char *word;
	} v[] = {{-ENOSPC, "journal"}, {-EROFS, "journal"}, {-EIO, "journal"}, {-ESTALE, "stale"},
		{-E2BIG, "too-many-ids"}, {-ECANCELED, "journal"}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		store.error = v[i].error;
		take_id("1");
		run_store();
		expect("refused", v[i].word);
		assert_int_equal(w.n_asked, 0);
	}
	store.error = 0;
	take_id("1"); /* nothing of it was kept */
	run_store();
	assert_int_equal(w.n_asked, 1);
	assert_int_equal(commands_waiting(cs), 1);
}

/* Each id costs the flash, so there is an end to them, whatever becomes of the commands. */
static void test_many_ids(void **state)
{
	char id[16];

	w.at_once = true;
	for (unsigned i = 0; i < 2 * COMMANDS_BURST; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		take_id(id);
		run_store();
		expect(i < COMMANDS_BURST ? "confirmed" : "refused",
			i < COMMANDS_BURST ? "" : "too-many");
	}
	assert_int_equal(store.n, COMMANDS_BURST);
	assert_int_equal(w.n_asked, COMMANDS_BURST);
	/* What is not stored is not meant, and what is refused at the door costs nothing. */
	struct command c = command("refresh");

	c.verb = COMMAND_REFRESH;
	take(&c);
	expect("confirmed", "");
	w.may = "not-granted";
	take_id("not granted");
	expect("refused", "not-granted");
	w.may = NULL;
	/* An hour later sixty more. */
	w.now += USEC_PER_HOUR;
	for (unsigned i = 0; i <= 60; i++) {
		(void)snprintf(id, sizeof(id), "later-%u", i);
		take_id(id);
		run_store();
		expect(i < 60 ? "confirmed" : "refused", i < 60 ? "" : "too-many");
	}
}

static struct command plain(const char *attribute, const char *value)
{
	struct command c = {.verb = COMMAND_SET, .plain = true, .appliance = "ac"};

	strcpy(c.attribute, attribute);
	strcpy(c.value, value);
	return c;
}

static void test_plain(void **state)
{
	struct command c = plain("on_off", "true");

	/* Without an id nothing is stored. */
	take(&c);
	assert_int_equal(w.n_asked, 1);
	assert_int_equal(store.n + store.tail - store.head, 0);
	/* Behind it one waits; a newer value takes its place, another attribute's does not. */
	c = plain("on_off", "false");
	take(&c);
	c = plain("setpoint", "20");
	take(&c);
	assert_int_equal(w.answers, 0);
	c = plain("on_off", "true");
	take(&c);
	assert_int_equal(w.answers, 1);
	expect("refused", "superseded");
	gate_answers("confirmed");
	assert_string_equal(w.asked[1].value, "20");
	gate_answers("confirmed");
	assert_string_equal(w.asked[2].value, "true");
	gate_answers("confirmed");
	assert_int_equal(w.n_asked, 3);

	/* Of a session that ended. */
	take_id("1");
	run_store();
	c = plain("on_off", "false");
	take(&c);
	w.session = 2;
	gate_answers("confirmed");
	expect("refused", "session-ended");
	/* Too late in the same one. */
	take_id("2");
	run_store();
	take(&c);
	w.now += COMMANDS_PLAIN_US + 1;
	gate_answers("confirmed");
	expect("refused", "expired");
	assert_int_equal(w.n_asked, 5);
	/* In none, retained, without a clock. */
	w.session = 0;
	take(&c);
	expect("refused", "session-ended");
	w.session = 3;
	commands_take(cs, &c, NULL, true, &(struct command_to){"", NULL, 0});
	expect("refused", "retained");
	w.clock_set = false;
	take(&c);
	expect("refused", "clock-unset");
	assert_int_equal(w.n_asked, 5);
}

static void test_refresh_may_be_repeated(void **state)
{
	struct command c = command("1");

	c.verb = COMMAND_REFRESH;
	for (unsigned i = 0; i < 3; i++) {
		take(&c);
		gate_answers("done");
		expect("done", "");
	}
	assert_int_equal(w.n_asked, 3);
	assert_int_equal(store.ends, 0);
}

static void test_freed_in_the_middle(void **state)
{
	/* One at the store, one waiting, one at the gate. */
	take_id("1");
	run_store();
	take_id("2");
	run_store();
	take_id("3");
	cs = commands_free(cs);
	assert_int_equal(w.answers, 1);
	expect("refused", "stopping");
	assert_string_equal(w.id, "2");
	run_store();
	gate_answers("confirmed");
	assert_int_equal(w.answers, 1);
	assert_int_equal(w.n_asked, 1);
	for (size_t i = 0; i < store.n; i++)
		assert_false(store.rows[i].open);
	/* The next run knows how each ended. */
	start();
	take_id("1");
	run_store();
	assert_string_equal(w.first, "confirmed");
	take_id("2");
	run_store();
	assert_string_equal(w.first, "refused");
	take_id("3");
	run_store();
	assert_string_equal(w.first, "refused");
	assert_int_equal(w.n_asked, 1);
}

/* Ended by a reload while the appliance was asked: nobody is left who could answer, but the next one can. */
static void test_freed_and_never_known(void **state)
{
	take_id("1");
	run_store();
	assert_int_equal(w.n_asked, 1);
	cs = commands_free(cs);
	gate_answers("outcome-unknown");
	assert_int_equal(w.answers, 0);
	start();
	assert_int_equal(w.answers, 1);
	expect("unknown", "outcome-unknown");
	assert_string_equal(w.id, "1");
	assert_string_equal(w.response, "reply/me");
	take_id("1");
	run_store();
	expect("unknown", "outcome-unknown");
	assert_int_equal(w.n_asked, 1);
	/* Told once: not by every start from now on. */
	cs = commands_free(cs);
	w.answers = 0;
	start();
	assert_int_equal(w.answers, 0);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_once_and_answered),
		T(test_repeated_while_under_way),
		T(test_crash_between_id_and_write),
		T(test_damaged_row),
		T(test_time),
		T(test_retained_and_grants),
		T(test_queue_and_order),
		T(test_store_refuses),
		T(test_many_ids),
		T(test_plain),
		T(test_refresh_may_be_repeated),
		T(test_freed_in_the_middle),
		T(test_freed_and_never_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
