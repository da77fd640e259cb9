/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/resolve.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>

typedef int (*getaddrinfo_fn)(
	const char *, const char *, const struct addrinfo *, struct addrinfo **);

static getaddrinfo_fn libc_getaddrinfo;
static atomic_int threads;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char host[256], address[64];
} pin; /* under LOCK */

struct look_up {
	char host[256];
	int fd;
	uint32_t generation;
};

int resolve_init(void)
{
	void *p = dlsym(RTLD_NEXT, "getaddrinfo");

	if (!p)
		return -ENOSYS;
	/* ISO C knows no conversion from void * to a function. */
	memcpy(&libc_getaddrinfo, &p, sizeof(p));
	return 0;
}

void resolve_pin(const char *host, const char *address)
{
	(void)pthread_mutex_lock(&lock);
	(void)str_copy(pin.host, sizeof(pin.host), host);
	(void)str_copy(pin.address, sizeof(pin.address), address);
	(void)pthread_mutex_unlock(&lock);
}

/* Before the C library's, for every library in this process. */
int getaddrinfo(const char *restrict node, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict res)
{
	struct addrinfo h = hints ? *hints : (struct addrinfo){};
	char address[64];
	bool ours;

	(void)pthread_mutex_lock(&lock);
	ours = node && pin.address[0] && streq(node, pin.host);
	if (ours)
		(void)str_copy(address, sizeof(address), pin.address);
	(void)pthread_mutex_unlock(&lock);
	/* Numeric alone: the caller may hold a lock that everything waits for. */
	h.ai_flags |= AI_NUMERICHOST;
	return libc_getaddrinfo(ours ? address : node, service, &h, res);
}

static void addresses_add(struct addresses *a, const struct addrinfo *ai)
{
	if (a->n == ARRAY_SIZE(a->v))
		return;
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, a->v[a->n].text, sizeof(a->v[0].text), NULL, 0,
		    NI_NUMERICHOST) != 0)
		return;
	a->v[a->n++].family = ai->ai_family;
}

static void *look_up_thread(void *arg)
{
	_cleanup_free_ struct look_up *l = arg;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct event ev = {.type = EVENT_RESOLVED, .generation = l->generation};
	struct addrinfo *list = NULL;
	struct addresses *a = calloc(1, sizeof(*a));

	/* AI_ADDRCONFIG hides ::1 and 127.0.0.1 where only loopback is configured. */
	ev.code = libc_getaddrinfo(l->host, NULL, &hints, &list);
	if (ev.code != 0) {
		hints.ai_flags = AI_NUMERICHOST;
		if (libc_getaddrinfo(l->host, NULL, &hints, &list) == 0)
			ev.code = 0;
	}
	if (ev.code == 0 && a)
		for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
			addresses_add(a, ai);
	if (ev.code == 0)
		freeaddrinfo(list);
	if (ev.code == 0 && (!a || a->n == 0))
		ev.code = EAI_NONAME;
	if (ev.code != 0)
		(void)str_copy(ev.text, sizeof(ev.text), gai_strerror(ev.code));
	ev.data = a;
	(void)event_post(l->fd, &ev);
	(void)atomic_fetch_sub(&threads, 1);
	return NULL;
}

bool resolve_running(void)
{
	return atomic_load(&threads) > 0;
}

int resolve_start(const char *host, int fd, uint32_t generation)
{
	struct look_up *l;
	pthread_attr_t attr;
	pthread_t t;
	int r;

	if (atomic_fetch_add(&threads, 1) >= RESOLVE_THREADS_MAX) {
		(void)atomic_fetch_sub(&threads, 1);
		return -EBUSY;
	}
	l = calloc(1, sizeof(*l));
	if (!l || !str_copy(l->host, sizeof(l->host), host)) {
		free(l);
		(void)atomic_fetch_sub(&threads, 1);
		return -ENOMEM;
	}
	l->fd = fd;
	l->generation = generation;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&t, &attr, look_up_thread, l);
	(void)pthread_attr_destroy(&attr);
	if (r != 0) {
		free(l);
		(void)atomic_fetch_sub(&threads, 1);
	}
	return -r;
}
