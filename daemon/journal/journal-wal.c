/* SPDX-License-Identifier: Apache-2.0 */
/* The write-ahead log: how long it may get, when it is emptied, and what of it is lost to damage. On the
 * journal's thread alone. SQLite checks its frames only when it opens a file, and there a frame that is
 * not sound ends the log. */
#include "journal-internal.h"
#include <fcntl.h>
#include <sys/stat.h>

/* The format: https://www.sqlite.org/fileformat.html, section 4. All numbers are big-endian; the last bit of the
 * first one says whether the sums are of big-endian words. */
#define WAL_HEADER   32
#define FRAME_HEADER 24

int store_settle(struct store *s)
{
	int e = sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
				SQLITE_OK
			? 0
			: store_errno(s);

	if (e == 0)
		s->wal_frames = 0;
	return e;
}

static int on_commit(void *userdata, sqlite3 *db, const char *name, int frames)
{
	struct store *s = userdata;

	s->wal_frames = (unsigned)frames;
	return SQLITE_OK;
}

void store_wal_watch(struct store *s)
{
	s->wal_frames = 0;
	(void)sqlite3_wal_hook(s->db, on_commit, s);
}

void store_wal_tidy(struct store *s)
{
	int e = 0;

	if (s->scrub) {
		e = store_settle(s);
		if (e < 0) /* tried again behind the next transaction, and at every opening */
			return;
		(void)store_step_done(s, store_statement(s, ST_SCRUB_OFF, &e));
		s->scrub = e < 0;
		return;
	}
	if (s->wal_frames < WAL_FRAMES ||
		sqlite3_wal_checkpoint_v2(s->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
			SQLITE_OK)
		return;
	/* The transaction is in the log, and safe; but the file does not take it over. */
	e = store_errno(s);
	if (s->wal_frames >= WAL_FRAMES_MAX)
		store_degrade(s, store_is_degrading(e) ? e : -EIO);
}

/* ---- what damage has cost */

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* N is a multiple of 8. */
static void checksum(bool big, const uint8_t *p, size_t n, uint32_t sum[static 2])
{
	for (size_t i = 0; i < n; i += 8) {
		sum[0] += (big ? be32(p + i) : le32(p + i)) + sum[1];
		sum[1] += (big ? be32(p + i + 4) : le32(p + i + 4)) + sum[0];
	}
}

uint64_t store_wal_lost(const char *path)
{
	uint8_t header[WAL_HEADER], frame[FRAME_HEADER + 4096];
	char name[4096 + 8];
	uint32_t chain[2] = {0}, own[2];
	uint64_t sound = 0, lost = 0;
	bool big, broken;
	int fd;

	(void)snprintf(name, sizeof(name), "%s-wal", path);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0;
	if (read(fd, header, sizeof(header)) != sizeof(header)) {
		(void)close(fd);
		return 0;
	}
	big = be32(header) & 1;
	checksum(big, header, 24, chain);
	broken = chain[0] != be32(header + 24) || chain[1] != be32(header + 28);
	/* A frame's sum goes on from the one before. That stands in its header, so that a frame behind a
	 * damaged one can be known as sound; frames of an earlier round have other salts. What was never
	 * committed has no frame that says so. */
	while (read(fd, frame, sizeof(frame)) == sizeof(frame)) {
		memcpy(own, chain, sizeof(own));
		checksum(big, frame, 8, own);
		checksum(big, frame + FRAME_HEADER, 4096, own);
		chain[0] = be32(frame + 16);
		chain[1] = be32(frame + 20);
		if (memcmp(frame + 8, header + 16, 8) != 0 || own[0] != chain[0] ||
			own[1] != chain[1])
			broken = true;
		else
			sound += broken;
		if (broken && own[0] == chain[0] && own[1] == chain[1] && be32(frame + 4) > 0)
			lost = sound;
	}
	(void)close(fd);
	return lost;
}
