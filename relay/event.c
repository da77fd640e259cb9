/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/event.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool ended; /* under LOCK */

bool event_post(int fd, struct event *ev)
{
	ssize_t n = -1;

	(void)pthread_mutex_lock(&lock);
	if (!ended)
		do
			n = write(fd, ev, sizeof(*ev));
		while (n < 0 && errno == EINTR);
	(void)pthread_mutex_unlock(&lock);
	if (n == (ssize_t)sizeof(*ev))
		return true;
	free(ev->data);
	return false;
}

void event_end(int fd)
{
	struct event ev;

	(void)pthread_mutex_lock(&lock);
	ended = true;
	while (read(fd, &ev, sizeof(ev)) == (ssize_t)sizeof(ev))
		free(ev.data);
	(void)pthread_mutex_unlock(&lock);
}
