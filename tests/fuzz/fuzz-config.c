/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as hearthd.conf and, behind the first byte 0xFF, as a file of appliances.d: refused with
 * a problem, or a configuration from which every appliance can be built or is refused with a
 * problem. The files are real ones, in a directory of the process. */
#include "daemon/appliance/appliance.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[64];

static void put(const char *name, const void *p, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "w");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static void remove_root(void)
{
	static const char *const names[] = {"appliances.d/a.conf", "appliances.d/good.conf",
		"profiles/p.profile", "hearthd.conf", "appliances.d", "profiles", ""};
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		(void)remove(path);
	}
}

static void setup(void)
{
	static const char profile[] =
		"[Profile]\nKind=electrical_meter\nName=N\nSource=S\n[Line]\nUnit=3\n"
		"[Point p]\nRead=holding:1\nType=u16\nUnit=V\nAttribute=rms_voltage\n"
		"[Point q]\nRead=holding:2\nType=u16\nAttribute=vendor.q\n";
	static const char good[] = "[Source m]\nBus=b\nUnit=9\nProfile=p\n";
	char path[128];

	strcpy(root, access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-config.XXXXXX"
						   : "/tmp/fuzz-config.XXXXXX");
	if (!mkdtemp(root))
		abort();
	snprintf(path, sizeof(path), "%s/appliances.d", root);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/profiles", root);
	(void)mkdir(path, 0700);
	put("profiles/p.profile", profile, strlen(profile));
	put("appliances.d/good.conf", good, strlen(good));
	(void)atexit(remove_root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *cut = memchr(data, 0xff, size);
	size_t n = cut ? (size_t)(cut - data) : size;
	struct problems p = {0};
	struct config *c = NULL;
	int r;

	if (!*root)
		setup();
	put("hearthd.conf", data, n);
	put("appliances.d/a.conf", cut ? cut + 1 : data, cut ? size - n - 1 : 0);
	r = config_load(root, "/nonexistent", &p, &c);
	if ((r == 0) != (c != NULL) || (r < 0 && p.n_errors == 0))
		abort();
	for (size_t i = 0; c && i < c->n_appliances; i++) {
		size_t errors = p.n_errors;
		struct appliance *a = NULL;

		if ((appliance_new(&c->appliances[i], &p, &a) == 0) != (p.n_errors == errors))
			abort();
		appliance_free(a);
	}
	config_free(c);
	problems_done(&p);
	return 0;
}
