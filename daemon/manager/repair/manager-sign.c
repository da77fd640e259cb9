/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-sign.h"

#include "daemon/base/log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#define ANSWER_MAX       (1 + SIGN_PUBLIC + SIGN_SIGNATURE)
#define DYING_MAX        4 /* killed, and not gone yet: a disk that does not answer holds them */
#define REAP_US          (20 * USEC_PER_MSEC)
#define EXIT_NOT_STARTED 127

struct job {
	struct job *next;
	bool verify;
	int input; /* a sealed file in memory */
	signer_fn fn;
	void *userdata;
};

struct signer {
	sd_event *event;
	char *program, *key;
	uint64_t timeout_us;
	struct job *head;
	unsigned n;
	pid_t dying[DYING_MAX];
	unsigned n_dying;
	sd_event_source *reap;
	/* of the head */
	pid_t pid; /* 0: none is running */
	int fd;
	uint8_t answer[ANSWER_MAX + 1];
	size_t n_answer;
	sd_event_source *io, *timer, *next;
};

int signer_new(sd_event *event, const char *libexec, const char *key, uint64_t timeout_us,
	struct signer **ret)
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	s->fd = -1;
	s->timeout_us = timeout_us;
	s->key = strdup(key);
	if (!s->key || asprintf(&s->program, "%s/hearth-sign", libexec) < 0) {
		s->program = NULL;
		signer_free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

/* ---- the end of a process: nothing here waits for it */

static bool is_gone(const struct signer *s, pid_t pid)
{
	int status = 0;
	pid_t r = waitpid(pid, &status, WNOHANG);

	if (r == pid && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_STARTED)
		log_warning("%s cannot be started", s->program);
	return r != 0; /* or somebody else has seen its end */
}

static int on_reap(sd_event_source *e, uint64_t usec, void *userdata);

static void reap(struct signer *s)
{
	for (unsigned i = s->n_dying; i-- > 0;)
		if (is_gone(s, s->dying[i]))
			s->dying[i] = s->dying[--s->n_dying];
	s->reap = sd_event_source_disable_unref(s->reap);
	/* Without memory for it they are looked for at the next job. */
	if (s->n_dying > 0)
		(void)sd_event_add_time_relative(
			s->event, &s->reap, CLOCK_MONOTONIC, REAP_US, 0, on_reap, s);
}

static int on_reap(sd_event_source *e, uint64_t usec, void *userdata)
{
	reap(userdata);
	return 0;
}

static void end_process(struct signer *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	s->timer = sd_event_source_disable_unref(s->timer);
	if (s->fd >= 0)
		(void)close(TAKE_FD(s->fd));
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		s->dying[s->n_dying++] = s->pid; /* spawn() has left room */
		reap(s);
	}
	s->pid = 0;
}

static void end_job(struct signer *s, int error)
{
	struct job *j = s->head;
	const uint8_t *public = s->answer + 1;

	end_process(s);
	s->head = j->next;
	s->n--;
	(void)close(j->input);
	if (error == 0 && !j->verify)
		j->fn(0, public, public + SIGN_PUBLIC, j->userdata);
	else
		j->fn(error, NULL, NULL, j->userdata);
	free(j);
}

static int answer_error(const struct signer *s)
{
	if (s->head->verify && s->n_answer == 1)
		return s->answer[0] == 'Y' ? 0 : s->answer[0] == 'N' ? -EKEYREJECTED : -ENOEXEC;
	return !s->head->verify && s->n_answer == ANSWER_MAX && s->answer[0] == 'S' ? 0 : -ENOEXEC;
}

static void run_next(struct signer *s);

static int on_output(sd_event_source *e, int fd, uint32_t revents, void *userdata)
{
	struct signer *s = userdata;
	ssize_t n = read(fd, s->answer + s->n_answer, sizeof(s->answer) - s->n_answer);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		s->n_answer += (size_t)n;
	if (n > 0 && s->n_answer < sizeof(s->answer))
		return 0;
	end_job(s, answer_error(s));
	run_next(s);
	return 0;
}

static int on_timeout(sd_event_source *e, uint64_t usec, void *userdata)
{
	struct signer *s = userdata;

	end_job(s, -ETIMEDOUT);
	run_next(s);
	return 0;
}

/* Between fork and exec only what a signal handler may do. Not vfork or posix_spawn: they hold this thread until the
 * program was read from a disk that may be slow. */
static _Noreturn void become(char *const argv[], int in, int out)
{
	static char lang[] = "LC_ALL=C";
	char *const env[] = {lang, NULL};

	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		(void)execve(argv[0], argv, env);
	_exit(EXIT_NOT_STARTED);
}

static int spawn(struct signer *s, int input)
{
	char *const sign[] = {s->program, (char *)"--key", s->key, NULL};
	char *const verify[] = {s->program, (char *)"--verify", NULL};
	_cleanup_close_ int out = -1;
	int ends[2], r;

	reap(s);
	if (s->n_dying == DYING_MAX)
		return -ETIMEDOUT;
	if (lseek(input, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	s->fd = ends[0];
	out = ends[1];
	if (fcntl(s->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	s->n_answer = 0;
	s->pid = fork();
	if (s->pid == 0)
		become(s->head->verify ? verify : sign, input, out);
	if (s->pid < 0) {
		r = -errno;
		s->pid = 0;
		return r;
	}
	r = sd_event_add_io(s->event, &s->io, s->fd, EPOLLIN, on_output, s);
	if (r >= 0)
		r = sd_event_add_time_relative(
			s->event, &s->timer, CLOCK_MONOTONIC, s->timeout_us, 0, on_timeout, s);
	return r;
}

static int on_next(sd_event_source *e, void *userdata)
{
	struct signer *s = userdata;
	int r;

	s->next = sd_event_source_disable_unref(s->next);
	if (s->pid > 0 || !s->head)
		return 0;
	r = spawn(s, s->head->input);
	if (r < 0) {
		end_job(s, r);
		run_next(s);
	}
	return 0;
}

static void run_next(struct signer *s)
{
	if (s->head && s->pid == 0 && !s->next &&
		sd_event_add_defer(s->event, &s->next, on_next, s) < 0)
		log_error("no memory for a signature");
}

struct signer *signer_free(struct signer *s)
{
	if (!s)
		return NULL;
	s->next = sd_event_source_disable_unref(s->next);
	while (s->head)
		end_job(s, -ECANCELED);
	s->reap = sd_event_source_disable_unref(s->reap);
	free(s->program);
	free(s->key);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}

static int add(
	struct signer *s, struct job *j, const void *head, size_t n_head, const void *p, size_t n)
{
	struct job **at = &s->head;

	if (n > SIGN_INPUT_MAX)
		return -E2BIG;
	if (s->n >= SIGN_JOBS_MAX)
		return -ENOBUFS;
	j->input = memfd_create("hearth-sign", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (j->input < 0)
		return -errno;
	if ((n_head > 0 && write(j->input, head, n_head) != (ssize_t)n_head) ||
		(n > 0 && write(j->input, p, n) != (ssize_t)n) ||
		fcntl(j->input, F_ADD_SEALS,
			F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		(void)close(j->input);
		return -ENOMEM;
	}
	while (*at)
		at = &(*at)->next;
	*at = j;
	s->n++;
	run_next(s);
	return 0;
}

static int start(struct signer *s, bool verify, const void *head, size_t n_head, const void *p,
	size_t n, signer_fn fn, void *userdata)
{
	struct job *j = malloc(sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	*j = (struct job){.verify = verify, .fn = fn, .userdata = userdata};
	r = add(s, j, head, n_head, p, n);
	if (r < 0)
		free(j);
	return r;
}

int signer_sign(struct signer *s, const void *p, size_t n, signer_fn fn, void *userdata)
{
	return start(s, false, NULL, 0, p, n, fn, userdata);
}

int signer_verify(struct signer *s, const uint8_t public[static SIGN_PUBLIC],
	const uint8_t signature[static SIGN_SIGNATURE], const void *p, size_t n, signer_fn fn,
	void *userdata)
{
	uint8_t head[SIGN_PUBLIC + SIGN_SIGNATURE];

	memcpy(head, public, SIGN_PUBLIC);
	memcpy(head + SIGN_PUBLIC, signature, SIGN_SIGNATURE);
	return start(s, true, head, sizeof(head), p, n, fn, userdata);
}
