/* SPDX-License-Identifier: Apache-2.0 */
/* NAME.password, whatever is in the file: a text of at most CREDENTIAL_PASSWORD_MAX bytes without NUL, or nothing at
 * all. */
#include "relay/credentials.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct credentials c = {};
	char password[CREDENTIAL_PASSWORD_MAX + 1];
	int fd = memfd_create("password", MFD_CLOEXEC), r;

	if (fd < 0)
		return 0;
	if (size > 0 && write(fd, data, size) != (ssize_t)size) {
		(void)close(fd);
		return 0;
	}
	(void)snprintf(c.password, sizeof(c.password), "/proc/self/fd/%d", fd);
	memset(password, 'x', sizeof(password));
	r = credentials_password(&c, password);
	if (r == 0 && (strnlen(password, sizeof(password)) > CREDENTIAL_PASSWORD_MAX ||
			      !password[0] || !utf8_valid(password, strlen(password)) ||
			      memcmp(password, data, strlen(password)) != 0))
		abort();
	if (r < 0)
		for (size_t i = 0; i < sizeof(password); i++)
			if (password[i]) /* nothing of it is left */
				abort();
	(void)close(fd);
	return 0;
}
