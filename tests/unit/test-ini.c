/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scratch.h"

#include "daemon/config/ini.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

static struct ini *parse_ok(const char *text)
{
	struct problems p = {0};
	struct ini *ini = NULL;
	int r = ini_parse(text, strlen(text), "f.conf", &p, &ini);

	for (size_t i = 0; i < p.n; i++)
		problem_print(stderr, &p.v[i]);
	assert_int_equal(r, 0);
	assert_int_equal(p.n, 0);
	problems_done(&p);
	return ini;
}

/* Exactly these problems, each as "LINE: part of the text". */
static void parse_bad(const char *text, size_t len, const char *const *want)
{
	struct problems p = {0};
	struct ini *ini = (void *)1;

	assert_int_equal(ini_parse(text, len, "f.conf", &p, &ini), -EINVAL);
	assert_ptr_equal(ini, (void *)1);
	for (size_t i = 0; want[i]; i++) {
		char *part;
		unsigned long line = strtoul(want[i], &part, 10);

		assert_true(i < p.n);
		if (p.v[i].line != line || !strstr(p.v[i].text, part + 2))
			fail_msg("want \"%s\", got line %u: %s", want[i], p.v[i].line, p.v[i].text);
		assert_string_equal(p.v[i].file, "f.conf");
		if (!want[i + 1])
			assert_int_equal(p.n, i + 1);
	}
	problems_done(&p);
}
#define BAD(text, ...) parse_bad(text, sizeof(text) - 1, (const char *const[]){__VA_ARGS__, NULL})

static void test_shapes(void **state)
{
	struct ini *ini = parse_ok("# comment\r\n"
				   "  ; another\n"
				   "\n"
				   "[Bus rs485-0]\r\n"
				   "Device = rtu:/dev/ttyUSB0 \r\n"
				   "Label[zh_CN]\t=\t厨房 冰箱\n"
				   "Label=a = b # not a comment\n"
				   "Empty=\n"
				   "\t[ Point  outlet water ]\n"
				   "0x7fff=on\n"
				   "-1=off\n"
				   "[Alone]");
	struct ini_section *s = ini_section(ini, "Bus", "rs485-0"), *t;
	const char *v = NULL;

	assert_non_null(s);
	assert_int_equal(s->line, 4);
	assert_int_equal(ini_get_string(s, "Device", &v), 1);
	assert_string_equal(v, "rtu:/dev/ttyUSB0");
	assert_int_equal(ini_get(s, "Device", NULL)->line, 5);
	assert_string_equal(ini_get(s, "Device", NULL)->file, "f.conf");
	assert_string_equal(ini_get(s, "Label", "zh_CN")->value, "厨房 冰箱");
	assert_string_equal(ini_get(s, "Label", NULL)->value, "a = b # not a comment");
	assert_null(ini_get(s, "Empty", NULL));
	assert_null(ini_get(s, "device", NULL));
	assert_null(ini_get(NULL, "Device", NULL));
	t = ini_section(ini, "Point", "outlet water");
	assert_non_null(t);
	assert_string_equal(ini_get(t, "0x7fff", NULL)->value, "on");
	assert_string_equal(ini_get(t, "-1", NULL)->value, "off");
	assert_null(ini_section(ini, "Point", NULL));
	assert_non_null(ini_section(ini, "Alone", NULL));
	assert_ptr_equal(ini_section_next(ini, "Point", NULL), t);
	assert_null(ini_section_next(ini, "Point", t));
	assert_int_equal(ini->n_sections, 3);
	assert_int_equal(ini->n_entries, 6);
	assert_string_equal(s->entries->key, "Device");
	assert_string_equal(s->entries->next->locale, "zh_CN");
	assert_null(ini_free(ini));
	assert_null(ini_free(NULL));
	ini_free(parse_ok(""));
}

static void test_errors(void **state)
{
	BAD("a=1\n", "1: before the first");
	BAD("[A]\na=1\nb=2\na=3\n", "4: already in line 2");
	BAD("[A]\na[zh_CN]=1\na=2\na[zh_CN]=3\n", "4: already in line 2");
	BAD("[A x]\n[B]\n[A  x ]\nk=1\nk=1\n", "3: already in line 1");
	BAD("[A]\nwords\n", "2: neither");
	BAD("[A\nk=1\n", "1: ends with");
	BAD("[A] # c\n", "1: ends with");
	BAD("[]\n[ ]\n[Ä b]\n[-b]\n", "1: no section header", "2: no section header",
		"3: no section header", "4: no section header");
	BAD("[A]\n=1\nsome key=2\nk[]=3\nk[zh=4\nk]=5\n", "2: no key", "3: no key", "4: no key",
		"5: no key", "6: no key");
	BAD("\xef\xbb\xbf[A]\nk=1\n", "1: byte order mark");
	BAD("[A]\nk=\0x\n", "2: NUL");
	BAD("[A]\nk=\xff\n", "2: UTF-8");
	BAD("[A]\nk=\xc0\x80\n", "2: UTF-8");
	BAD("[A]\nk=\x1b[2J\n", "2: control");
	BAD("[A]\nk=\xc2\x9b\n", "2: control");
	BAD("[A]\nk=1\rj=2\n", "2: control");
	/* What other formats, editors and input methods leave behind. */
	BAD("[A]\nUnit＝5\n［B］\nＵnit=5\n", "2: full-width", "3: full-width", "4: full-width");
	BAD("[A]\nUnit: 5\n// x\n-- x\n", "2: write Unit= and", "3: begins with #",
		"4: begins with #");
	BAD("\xff\xfe[\0A\0]\0\n\0x\0", "1: UTF-16");
	/* Everything wrong is told at once, in order. */
	BAD("[A]\nx\ny\nz=1\nz=1\n", "2: neither", "3: neither", "5: already");
}

static void test_habits(void **state)
{
	static const struct {
		const char *value, *says;
	} habits[] = {
		{"\"5\"", "leave them out"},
		{"'5'", "leave them out"},
		{"５", "full-width"},
		{"5　", "full-width"},
		{"5\u00a0", "invisible"},
		{"5 # the meter's", "line of its own"},
		{"5 ; the meter's", "line of its own"},
		{"x", "no whole number from 1 to 9"},
		{"", NULL},
	};

	assert_false(ini_fullwidth("[Bus x] 厨房。、「」 é ￥ \xef\xbd"));
	for (size_t i = 0; habits[i].says; i++) {
		struct problems p = {0};
		char text[128];
		struct ini *ini;
		uint64_t v = 0;

		snprintf(text, sizeof(text), "[A]\nk=%s\n", habits[i].value);
		ini = parse_ok(text);
		assert_int_equal(ini_get_u64(ini->sections, "k", 1, 9, &p, &v), -EINVAL);
		assert_int_equal(p.n, 1);
		if (!strstr(p.v[0].text, habits[i].says))
			fail_msg("%s: %s", text, p.v[0].text);
		assert_int_equal(!!strstr(p.v[0].text, "("), i < 7);
		/* Twice the same is told once. */
		assert_int_equal(ini_get_u64(ini->sections, "k", 1, 9, &p, &v), -EINVAL);
		assert_int_equal(p.n, 1);
		assert_int_equal(p.n_errors, 1);
		problems_done(&p);
		ini_free(ini);
	}
}

static void test_limits(void **state)
{
	size_t size = INI_FILE_MAX + 2;
	char *text = malloc(size);
	struct problems p = {0};
	struct ini *ini = NULL;
	size_t n = 0;

	/* A line of the greatest length is kept whole; one byte more is told. */
	memcpy(text, "[A]\nk=", 6);
	memset(text + 6, 'v', INI_LINE_MAX);
	assert_int_equal(ini_parse(text, 4 + INI_LINE_MAX, "f", &p, &ini), 0);
	assert_int_equal(
		strlen(ini_get(ini_section(ini, "A", NULL), "k", NULL)->value), INI_LINE_MAX - 2);
	ini = ini_free(ini);
	assert_int_equal(ini_parse(text, 5 + INI_LINE_MAX, "f", &p, &ini), -EINVAL);
	assert_int_equal(p.v[0].line, 2);
	problems_done(&p);

	memset(text, '\n', size);
	assert_int_equal(ini_parse(text, INI_FILE_MAX, "f", &p, &ini), 0);
	ini = ini_free(ini);
	assert_int_equal(ini_parse(text, INI_FILE_MAX + 1, "f", &p, &ini), -EINVAL);
	problems_done(&p);

	/* All keys that fit, and one more. */
	n = (size_t)sprintf(text, "[A]\n");
	for (unsigned i = 0; i < INI_KEYS_MAX; i++)
		n += (size_t)sprintf(text + n, "k%u=%u\n", i, i);
	assert_int_equal(ini_parse(text, n, "f", &p, &ini), 0);
	assert_int_equal(ini->n_entries, INI_KEYS_MAX);
	assert_string_equal(ini_get(ini->sections, "k32767", NULL)->value, "32767");
	ini = ini_free(ini);
	n += (size_t)sprintf(text + n, "one_more=1\nand_more=1\n");
	assert_int_equal(ini_parse(text, n, "f", &p, &ini), -EINVAL);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].line, INI_KEYS_MAX + 2);
	problems_done(&p);

	n = 0;
	for (unsigned i = 0; i <= INI_SECTIONS_MAX; i++)
		n += (size_t)sprintf(text + n, "[S %u]\n", i);
	assert_int_equal(ini_parse(text, n, "f", &p, &ini), -EINVAL);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].line, INI_SECTIONS_MAX + 1);
	problems_done(&p);
	free(text);
}

static void test_getters(void **state)
{
	static const struct ini_name parities[] = {{"none", 'N'}, {"even", 'E'}, {"odd", 'O'}, {0}};
	struct ini *ini = parse_ok("[T x]\nyes=on\nnum=0x10\nneg=-5\nreal=-0.25\ndur=1h30min\n"
				   "size=64M\nword=even\nlist=a  b\tc\nbad=maybe\nhuge=1e999\n"
				   "big=18446744073709551616\n");
	struct ini_section *s = ini_section(ini, "T", "x");
	struct problems p = {0};
	uint64_t u = 7;
	double d = 7;
	bool b = false;
	int e = 7;
	char **v = NULL;
	size_t n = 0;

	assert_int_equal(ini_get_bool(s, "yes", &p, &b), 1);
	assert_true(b);
	assert_int_equal(ini_get_u64(s, "num", 0, 16, &p, &u), 1);
	assert_int_equal(u, 16);
	assert_int_equal(ini_get_double(s, "real", -1, 1, &p, &d), 1);
	assert_true(d == -0.25);
	assert_int_equal(ini_get_duration(s, "dur", 0, USEC_PER_DAY, &p, &u), 1);
	assert_int_equal(u, 90 * USEC_PER_MIN);
	assert_int_equal(ini_get_size(s, "size", 0, 64 << 20, &p, &u), 1);
	assert_int_equal(u, 64 << 20);
	assert_int_equal(ini_get_enum(s, "word", parities, &p, &e), 1);
	assert_int_equal(e, 'E');
	assert_int_equal(ini_get_list(s, "list", 3, &p, &v, &n), 1);
	assert_int_equal(n, 3);
	assert_string_equal(v[1], "b");
	assert_string_equal(v[2], "c");
	assert_null(v[3]);
	free(v);
	assert_int_equal(p.n, 0);

	/* Not given: nothing touched. */
	u = 7;
	assert_int_equal(ini_get_u64(s, "none", 0, 16, &p, &u), 0);
	assert_int_equal(u, 7);
	assert_int_equal(p.n, 0);

	assert_int_equal(ini_get_bool(s, "bad", &p, &b), -EINVAL);
	assert_int_equal(ini_get_u64(s, "num", 0, 15, &p, &u), -EINVAL);
	assert_int_equal(ini_get_u64(s, "neg", 0, 15, &p, &u), -EINVAL);
	assert_int_equal(ini_get_u64(s, "big", 0, UINT64_MAX, &p, &u), -EINVAL);
	assert_int_equal(u, 7);
	assert_int_equal(ini_get_double(s, "huge", -1, 1, &p, &d), -EINVAL);
	assert_int_equal(ini_get_double(s, "real", 0, 1, &p, &d), -EINVAL);
	assert_int_equal(ini_get_duration(s, "dur", 0, USEC_PER_HOUR, &p, &u), -EINVAL);
	assert_int_equal(ini_get_duration(s, "bad", 0, USEC_PER_HOUR, &p, &u), -EINVAL);
	assert_int_equal(ini_get_size(s, "size", 0, 64 << 10, &p, &u), -EINVAL);
	assert_int_equal(ini_get_enum(s, "bad", parities, &p, &e), -EINVAL);
	assert_int_equal(ini_get_list(s, "list", 2, &p, &v, &n), -EINVAL);
	assert_int_equal(p.n, 11);
	assert_int_equal(p.n_errors, 11);
	assert_string_equal(p.v[0].key, "T x.bad");
	assert_int_equal(p.v[0].line, 10);
	assert_string_equal(p.v[6].text, "1h30min is outside 0 to 1h");
	assert_string_equal(p.v[8].text, "64M is outside 0 to 64K");
	assert_string_equal(p.v[9].text, "\"maybe\" is not one of none, even or odd");
	problems_done(&p);
	ini_free(ini);
}

static void test_suggestions(void **state)
{
	static const char *const known[] = {"Baud", "Parity", "StopBits", "Label", NULL};
	static const char *const types[] = {"Bus", "Daemon", NULL};
	struct ini *ini =
		parse_ok("[Bus a]\nbaud=1\nPartiy=x\nStop=1\nQuantum=1\nLabel[de]=x\nX-own=1\n"
			 "Parity=n\n[Deamon]\n[X-mine]\n[Elsewhere]\n");
	struct ini_section *s = ini_section(ini, "Bus", "a");
	struct problems p = {0};

	assert_non_null(ini_get(s, "Parity", NULL));
	ini_warn_unused(s, known, &p);
	assert_int_equal(p.n, 5);
	assert_int_equal(p.n_errors, 0);
	assert_non_null(strstr(p.v[0].text, "did you mean Baud=?"));
	assert_int_equal(p.v[0].line, 2);
	assert_non_null(strstr(p.v[1].text, "did you mean Parity=?"));
	assert_null(strstr(p.v[2].text, "did you mean"));
	assert_null(strstr(p.v[3].text, "did you mean"));
	assert_string_equal(p.v[4].key, "Bus a.Label[de]");
	problems_done(&p);
	ini_warn_unknown_sections(ini, types, &p);
	assert_int_equal(p.n, 2);
	assert_non_null(strstr(p.v[0].text, "did you mean [Daemon]?"));
	assert_int_equal(p.v[1].line, 11);
	problems_done(&p);
	assert_null(ini_nearest("x", NULL));
	ini_free(ini);
}

static char root[64];

static int make_root(void **state)
{
	scratch_new(root);
	return 0;
}

static int remove_root(void **state)
{
	return scratch_done(root);
}

static void test_dropins(void **state)
{
	char etc[80], usr[80], path[256];
	const char *dirs[] = {etc, usr, NULL};
	struct problems p = {0};
	struct ini *ini = NULL;
	struct ini_section *s;

	snprintf(etc, sizeof(etc), "%s/etc", root);
	snprintf(usr, sizeof(usr), "%s/usr", root);
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), -ENOENT);

	scratch_put(root, "usr/x.profile", "[P]\na=1\nb=1\nc=1\nd=1\ne=1\n");
	scratch_put(root, "usr/x.profile.d/10-a.conf", "[P]\na=10\n\n[New]\nk=1\n");
	scratch_put(root, "usr/x.profile.d/20-b.conf", "[P]\nb=hidden by etc\n");
	scratch_put(root, "etc/x.profile.d/20-b.conf", "[P]\n\nb=20\na=20\n");
	scratch_put(root, "usr/x.profile.d/30-c.conf", "[P]\nc=masked\n");
	(void)snprintf(path, sizeof(path), "%s/x.profile.d/30-c.conf", etc);
	assert_int_equal(symlink("/dev/null", path), 0);
	scratch_put(root, "usr/x.profile.d/40-d.conf", "[P]\nd=masked\n");
	scratch_put(root, "etc/x.profile.d/40-d.conf", "");
	scratch_put(root, "etc/x.profile.d/50-e.conf", "[P]\ne=\n");
	scratch_put(root, "etc/x.profile.d/60-note.txt", "no configuration");
	scratch_put(root, "etc/x.profile.d/.60-swap.conf", "no configuration");
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), 0);
	assert_int_equal(p.n, 0);
	s = ini_section(ini, "P", NULL);
	assert_string_equal(ini_get(s, "a", NULL)->value, "20");
	assert_int_equal(ini_get(s, "a", NULL)->line, 4);
	snprintf(path, sizeof(path), "%s/x.profile.d/20-b.conf", etc);
	assert_string_equal(ini_get(s, "a", NULL)->file, path);
	assert_string_equal(ini_get(s, "b", NULL)->value, "20");
	assert_string_equal(ini_get(s, "c", NULL)->value, "1");
	assert_int_equal(ini_get(s, "c", NULL)->line, 4);
	assert_string_equal(ini_get(s, "d", NULL)->value, "1");
	assert_null(ini_get(s, "e", NULL));
	assert_string_equal(ini_get(ini_section(ini, "New", NULL), "k", NULL)->value, "1");
	assert_int_equal(s->line, 1);
	ini = ini_free(ini);

	/* The same file above replaces the whole base; its drop-ins stay. */
	scratch_put(root, "etc/x.profile", "[P]\nc=etc\n");
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), 0);
	s = ini_section(ini, "P", NULL);
	assert_string_equal(ini_get(s, "c", NULL)->value, "etc");
	assert_null(ini_get(s, "d", NULL));
	assert_string_equal(ini_get(s, "b", NULL)->value, "20");
	ini = ini_free(ini);

	/* Mistakes of base and drop-ins are told together, each at its own place. */
	scratch_put(root, "etc/x.profile", "[P]\nwrong\n");
	scratch_put(root, "etc/x.profile.d/70-bad.conf", "[P]\n\nwrong too\n");
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), -EINVAL);
	assert_null(ini);
	assert_int_equal(p.v[0].line, 2);
	problems_done(&p);
	scratch_put(root, "etc/x.profile", "[P]\n");
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), -EINVAL);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].line, 3);
	assert_true(endswith(p.v[0].file, "70-bad.conf"));
	problems_done(&p);

	/* An empty file above masks it all. */
	scratch_put(root, "etc/x.profile", "");
	snprintf(path, sizeof(path), "%s/x.profile", etc);
	assert_true(ini_file_is_mask(path));
	assert_int_equal(ini_load(dirs, "x.profile", &p, &ini), -ENOENT);
	assert_int_equal(p.n, 0);
	assert_int_equal(ini_load_file(etc, &p, &ini), -EINVAL);
	assert_int_equal(p.n, 1);
	problems_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_habits),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_getters),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test_setup_teardown(test_dropins, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
