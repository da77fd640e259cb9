/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A missing file is no error, one that is there and cannot be read is: quietly going on without a
 * client certificate would only move the failure to where nobody understands it. */
static int find(const char *dir, const char *name, const char *kind, char *ret, size_t size,
	char *text, size_t text_size)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int n;

	ret[0] = 0;
	if (!dir)
		return 0;
	n = snprintf(ret, size, "%s/%s.%s", dir, name, kind);
	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	fd = open(ret, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ENOENT) {
		ret[0] = 0;
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		int e = fd < 0 ? errno : EINVAL;

		(void)snprintf(text, text_size, "credential %s.%s cannot be read: %s", name, kind,
			strerror(e));
		return -e;
	}
	if (st.st_size == 0) {
		(void)snprintf(text, text_size, "credential %s.%s is empty", name, kind);
		return -EINVAL;
	}
	return 0;
}

int credentials_find(
	const char *dir, const char *name, struct credentials *ret, char *text, size_t text_size)
{
	int r;

	r = find(dir, name, "ca", ret->ca, sizeof(ret->ca), text, text_size);
	if (r == 0)
		r = find(dir, name, "cert", ret->cert, sizeof(ret->cert), text, text_size);
	if (r == 0)
		r = find(dir, name, "key", ret->key, sizeof(ret->key), text, text_size);
	if (r == 0)
		r = find(dir, name, "crl", ret->crl, sizeof(ret->crl), text, text_size);
	if (r == 0)
		r = find(dir, name, "password", ret->password, sizeof(ret->password), text,
			text_size);
	if (r == 0 && ret->key[0] && !ret->cert[0]) {
		(void)snprintf(text, text_size,
			"credential %s.key is there but %s.cert, its certificate, is not", name,
			name);
		return -ENOENT;
	}
	return r;
}

int credentials_password(const struct credentials *c, char ret[static CREDENTIAL_PASSWORD_MAX + 1])
{
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	ssize_t k;
	int r = 0;

	if (!c->password[0])
		return -ENOENT;
	fd = open(c->password, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (n <= CREDENTIAL_PASSWORD_MAX) {
		k = read(fd, ret + n, CREDENTIAL_PASSWORD_MAX + 1 - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			r = -errno;
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	if (r == 0 && n > CREDENTIAL_PASSWORD_MAX)
		r = -EFBIG;
	if (r == 0 && n > 0 && ret[n - 1] == '\n')
		n--;
	if (r == 0 && (n == 0 || memchr(ret, 0, n) || !utf8_valid(ret, n)))
		r = -EINVAL;
	if (r < 0) {
		explicit_bzero(ret, CREDENTIAL_PASSWORD_MAX + 1);
		return r;
	}
	ret[n] = 0;
	return 0;
}
