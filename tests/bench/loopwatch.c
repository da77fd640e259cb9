/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded: how long a program's main loop was busy with one turn, the longest. A turn is what lies between an
 * epoll_wait() of the main thread that has something and the next; written to the file $LOOPWATCH at the end, and
 * whenever it grows: CPU and time of day of the longest, in microseconds. The CPU is the figure to hold against a
 * bound: on a machine with others at work the time has their turns in it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static long long began_cpu = -1, began, longest_cpu, longest;

static long long now(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void turn_ends(void)
{
	const char *path = getenv("LOOPWATCH");
	long long cpu, wall;
	FILE *f;

	if (began_cpu < 0 || gettid() != getpid() || !path)
		return;
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - began_cpu;
	wall = now(CLOCK_MONOTONIC) - began;
	began_cpu = -1;
	if (cpu <= longest_cpu && wall <= longest)
		return;
	longest_cpu = cpu > longest_cpu ? cpu : longest_cpu;
	longest = wall > longest ? wall : longest;
	f = fopen(path, "we");
	if (f) {
		fprintf(f, "%lld %lld\n", longest_cpu, longest);
		(void)fclose(f);
	}
}

static void turn_begins(void)
{
	if (gettid() != getpid())
		return;
	began_cpu = now(CLOCK_THREAD_CPUTIME_ID);
	began = now(CLOCK_MONOTONIC);
}

int epoll_wait(int fd, struct epoll_event *v, int n, int timeout)
{
	static int (*real)(int, struct epoll_event *, int, int);
	int r;

	if (!real)
		real = (int (*)(int, struct epoll_event *, int, int))dlsym(RTLD_NEXT, "epoll_wait");
	turn_ends();
	r = real(fd, v, n, timeout);
	turn_begins();
	return r;
}

int epoll_pwait2(
	int fd, struct epoll_event *v, int n, const struct timespec *timeout, const sigset_t *mask)
{
	static int (*real)(
		int, struct epoll_event *, int, const struct timespec *, const sigset_t *);
	int r;

	if (!real)
		real = (int (*)(int, struct epoll_event *, int, const struct timespec *,
			const sigset_t *))dlsym(RTLD_NEXT, "epoll_pwait2");
	turn_ends();
	r = real(fd, v, n, timeout, mask);
	turn_begins();
	return r;
}
