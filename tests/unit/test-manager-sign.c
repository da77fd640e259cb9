/* SPDX-License-Identifier: Apache-2.0 */
/* Signing processes that hang, babble, fail, or do not even go when they are killed: the loop that asked waits for none of
 * them. The programs are shell scripts; kill() and waitpid() go through this file. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/manager/repair/manager-sign.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define QUICK (100 * USEC_PER_MSEC)
#define LONG  (60 * USEC_PER_SEC)

static struct {
	bool immortal; /* whoever is killed stays, as one that waits for a disk */
	unsigned asked, reaped, killed;
	pid_t victims[64];
} os;

int __real_kill(pid_t pid, int signal);
pid_t __real_waitpid(pid_t pid, int *status, int options);

int __wrap_kill(pid_t pid, int signal)
{
	assert_int_equal(signal, SIGKILL);
	os.victims[os.killed++] = pid;
	return os.immortal ? 0 : __real_kill(pid, signal);
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	pid_t r;

	assert_true(options & WNOHANG); /* anything else stops the loop */
	assert_true(pid > 0);
	os.asked++;
	r = os.immortal ? 0 : __real_waitpid(pid, status, options);
	os.reaped += r == pid;
	return r;
}

struct rig {
	sd_event *event;
	struct signer *signer;
	char folder[32], program[64];
	int error[64];
	unsigned n;
};

static void heard(int error, const uint8_t *public, const uint8_t *signature, void *userdata)
{
	struct rig *r = userdata;

	r->error[r->n++] = error;
}

static void program(struct rig *r, const char *text, mode_t mode)
{
	FILE *f = fopen(r->program, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(r->program, mode), 0);
}

static void begin(struct rig *r, const char *text, uint64_t timeout_us)
{
	*r = (struct rig){.folder = "/tmp/hearthd-sign-XXXXXX"};
	memset(&os, 0, sizeof(os));
	assert_non_null(mkdtemp(r->folder));
	(void)snprintf(r->program, sizeof(r->program), "%s/hearth-sign", r->folder);
	if (text)
		program(r, text, 0700);
	assert_true(sd_event_new(&r->event) >= 0);
	assert_int_equal(signer_new(r->event, r->folder, "key", timeout_us, &r->signer), 0);
}

static void until(struct rig *r, const unsigned *count, unsigned n)
{
	uint64_t now, end;

	assert_true(sd_event_now(r->event, CLOCK_MONOTONIC, &end) >= 0);
	end += LONG;
	while (*count < n) {
		assert_true(sd_event_run(r->event, USEC_PER_SEC) >= 0);
		assert_true(sd_event_now(r->event, CLOCK_MONOTONIC, &now) >= 0);
		assert_true(now < end);
	}
}

static void finish(struct rig *r)
{
	signer_free(r->signer);
	sd_event_unref(r->event);
	(void)unlink(r->program);
	assert_int_equal(rmdir(r->folder), 0);
}

static void ask(struct rig *r, bool verify)
{
	static const uint8_t zero[SIGN_SIGNATURE];

	assert_int_equal(verify ? signer_verify(r->signer, zero, zero, "x", 1, heard, r)
				: signer_sign(r->signer, "x", 1, heard, r),
		0);
}

static void test_answers(void **state)
{
	static const struct {
		const char *text;
		bool verify;
		int error;
	} v[] = {
		{"#!/bin/sh\nprintf Y", true, 0},
		{"#!/bin/sh\nprintf N", true, -EKEYREJECTED},
		{"#!/bin/sh\nprintf YY", true, -ENOEXEC},
		{"#!/bin/sh\nprintf Y", false, -ENOEXEC},
		{"#!/bin/sh\nexit 1", true, -ENOEXEC},
		{"#!/bin/sh\nkill -9 $$", true, -ENOEXEC},
		{"#!/bin/sh\nprintf 'S%096d' 0", false, 0},
		{"#!/bin/sh\nprintf 'S%095d' 0", false, -ENOEXEC},
		{"#!/bin/sh\nexec yes S", false, -ENOEXEC},
		{"no program", true, -ENOEXEC},
		{NULL, true, -ENOEXEC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct rig r;

		begin(&r, v[i].text, LONG);
		ask(&r, v[i].verify);
		until(&r, &r.n, 1);
		assert_int_equal(r.error[0], v[i].error);
		until(&r, &os.reaped, 1); /* and no zombie stays */
		finish(&r);
	}
}

/* It hangs, with its output open or closed: killed after the time-out, and the next one has its turn. */
static void test_hangs(void **state)
{
	struct rig r;

	begin(&r, "#!/bin/sh\ntrap '' TERM INT HUP\nexec sleep 1000", QUICK);
	ask(&r, false);
	ask(&r, true);
	until(&r, &r.n, 1);
	assert_int_equal(r.error[0], -ETIMEDOUT);
	program(&r, "#!/bin/sh\nprintf Y\nexec >&-\nexec sleep 1000", 0700);
	until(&r, &r.n, 2);
	assert_true(r.error[1] == 0 || r.error[1] == -ETIMEDOUT); /* started before or after that */
	ask(&r, true);
	until(&r, &r.n, 3);
	until(&r, &os.reaped, 3);
	assert_int_equal(os.killed, 3);
	finish(&r);
}

/* Killed and still there: not waited for, looked for again, and no more than four of them. */
static void test_never_exits(void **state)
{
	struct rig r;

	begin(&r, "#!/bin/sh\nexec sleep 1000", QUICK);
	os.immortal = true;
	for (unsigned i = 0; i < 6; i++)
		ask(&r, true);
	until(&r, &r.n, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(r.error[i], -ETIMEDOUT);
	assert_int_equal(os.killed, 4); /* the fifth was not started */
	until(&r, &os.asked, os.asked + 20);
	/* The disk answers again: they go, and there is room. */
	os.immortal = false;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(__real_kill(os.victims[i], SIGKILL), 0);
	until(&r, &os.reaped, 4);
	program(&r, "#!/bin/sh\nprintf Y", 0700);
	ask(&r, true);
	until(&r, &r.n, 7);
	assert_int_equal(r.error[6], 0);
	finish(&r);
}

static void test_bounds(void **state)
{
	static uint8_t big[SIGN_INPUT_MAX + 1];
	struct rig r;

	begin(&r, "#!/bin/sh\ncat >/dev/null\nprintf 'S%096d' 0", LONG);
	assert_int_equal(signer_sign(r.signer, big, sizeof(big), heard, &r), -E2BIG);
	for (unsigned i = 0; i < SIGN_JOBS_MAX; i++)
		assert_int_equal(signer_sign(r.signer, big, SIGN_INPUT_MAX, heard, &r), 0);
	assert_int_equal(signer_sign(r.signer, big, 1, heard, &r), -ENOBUFS);
	until(&r, &r.n, 2);
	assert_int_equal(r.error[1], 0);
	signer_free(r.signer); /* the others are told */
	assert_int_equal(r.n, SIGN_JOBS_MAX);
	assert_int_equal(r.error[SIGN_JOBS_MAX - 1], -ECANCELED);
	r.signer = NULL;
	finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_never_exits),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
