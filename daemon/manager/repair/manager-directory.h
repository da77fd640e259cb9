/* SPDX-License-Identifier: Apache-2.0 */
/* Service directories: keys that were pinned (ETC/directory.d/PUBLISHER.pub), lists that their holders signed. A list
 * is verified by hearth-sign when it comes and again at each start; what was accepted is a small value of the
 * journal ("directory/PUBLISHER"). Main thread. */
#ifndef HEARTHD_MANAGER_DIRECTORY_H
#define HEARTHD_MANAGER_DIRECTORY_H

#include "daemon/repair/directory.h"
#include "daemon/manager/manager.h"

#define DIRECTORIES_MAX 8 /* pinned keys */

enum publisher_state {
	PUBLISHER_LOADING,
	PUBLISHER_NONE, /* no list was accepted */
	PUBLISHER_GOOD,
	PUBLISHER_DAMAGED, /* the one kept does not verify any more */
};

struct publisher {
	char name[33];
	struct signify_key pin, key; /* as pinned; in force: the pin, or what it was replaced by */
	enum publisher_state state;
	uint64_t version;       /* accepted last; 0 = none */
	struct directory *list; /* NULL but in GOOD */
	bool storing;           /* another one was accepted and is on its way to the journal */
};

struct directories {
	struct manager *manager;
	unsigned refs; /* one of the manager, one for each answer on its way */
	bool dead;
	struct publisher v[DIRECTORIES_MAX];
	size_t n;
};

/* At the start and at each reload: reads the pins, then what was kept. */
int manager_directories_start(struct manager *m);
void manager_directories_stop(struct manager *m);

/* Answers once, perhaps from inside: WHY is a sentence, or NULL and it was accepted (or would be, with STORE false);
 * LIST then lives during the call. */
typedef void (*directory_fn)(
	const char *why, const struct publisher *p, const struct directory *list, void *userdata);
int manager_directory_import(struct manager *m, const void *bytes, size_t n, bool store,
	directory_fn fn, void *userdata);
/* Publishers, and the services that fit APPLIANCE (NULL = any) and REGION ("": Region= of the configuration; "*":
 * any), as JSON; none of a list that has expired. */
int manager_directory_list(
	struct manager *m, const struct unit *appliance, const char *region, char **ret);

extern const sd_bus_vtable
	manager_directory_vtable[]; /* manager-dbus-directory.c; userdata: the manager */

#endif
