/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define FIELDS_MAX 12

static _Atomic int max_level = LOG_INFO;
static bool to_journal;
static char ident[32] = "hearthd";

/* $JOURNAL_STREAM names device and inode of the stream systemd gave us as stderr. */
static bool stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == dev && st.st_ino == ino;
}

void log_open(const char *identifier, int level)
{
	(void)str_copy(ident, sizeof(ident), identifier);
	atomic_store(&max_level, level);
	to_journal = stderr_is_journal();
}

void log_set_max_level(int level)
{
	atomic_store(&max_level, level);
}

int log_parse_level(const char *s, int *ret)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"err", LOG_ERR}, {"warning", LOG_WARNING}, {"notice", LOG_NOTICE},
		{"info", LOG_INFO}, {"debug", LOG_DEBUG}};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (streq(s, levels[i].name)) {
			*ret = levels[i].level;
			return 0;
		}
	return -EINVAL;
}

static void send_journal(int level, const char *id, const char *const *fields, const char *text)
{
	char message[1100], priority[16], tag[64], mid[64];
	struct iovec iov[4 + FIELDS_MAX];
	int n = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s", text);
	snprintf(priority, sizeof(priority), "PRIORITY=%d", level);
	snprintf(tag, sizeof(tag), "SYSLOG_IDENTIFIER=%s", ident);
	iov[n++] = (struct iovec){message, strlen(message)};
	iov[n++] = (struct iovec){priority, strlen(priority)};
	iov[n++] = (struct iovec){tag, strlen(tag)};
	if (id) {
		snprintf(mid, sizeof(mid), "MESSAGE_ID=%s", id);
		iov[n++] = (struct iovec){mid, strlen(mid)};
	}
	for (size_t i = 0; fields && fields[i] && i < FIELDS_MAX; i++)
		iov[n++] = (struct iovec){(void *)fields[i], strlen(fields[i])};
	(void)sd_journal_sendv(iov, n);
}

void log_full(int level, const char *id, const char *const *fields, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (level > atomic_load(&max_level))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* One record stays one record, whatever a caller forgot to escape. */
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			*p = '?';
	if (to_journal)
		send_journal(level, id, fields, text);
	else
		fprintf(stderr, "%s: %s\n", ident, text);
}
