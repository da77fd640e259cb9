/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/event.h"

bool event_post(int fd, struct event *ev)
{
	ssize_t n;

	do
		n = write(fd, ev, sizeof(*ev));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*ev))
		return true;
	free(ev->data);
	return false;
}
