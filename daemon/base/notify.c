/* SPDX-License-Identifier: Apache-2.0 */
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>

void notify_service(const char *fmt, ...)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	char text[512];
	va_list ap;
	size_t n;

	if (isempty(path) || (*path != '/' && *path != '@') || strlen(path) >= sizeof(sa.sun_path))
		return;
	n = strlen(path);
	memcpy(sa.sun_path, path, n);
	if (*path == '@')
		sa.sun_path[0] = 0;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)sendto(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
			(struct sockaddr *)&sa,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}
