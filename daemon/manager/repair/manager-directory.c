/* SPDX-License-Identifier: Apache-2.0 */
#include "manager-directory.h"

#include "daemon/base/base64.h"
#include "daemon/base/log.h"
#include "manager-repair.h"
#include "daemon/report/report-internal.h"

#include <dirent.h>

#define HEAD      "hearthd directory 1\n"
#define STORE_MAX (DIRECTORY_SIZE_MAX + 512)

static struct directories *directories_unref(struct directories *d)
{
	if (--d->refs > 0)
		return NULL;
	for (size_t i = 0; i < d->n; i++)
		directory_free(d->v[i].list);
	free(d);
	return NULL;
}

static int64_t now_s(struct manager *m)
{
	return manager_clock(m).wall_us / (int64_t)USEC_PER_SEC;
}

static bool same_key(const struct signify_key *a, const struct signify_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void key_text(const struct signify_key *k, char ret[static BASE64_SIZE(42)])
{
	uint8_t raw[42] = {'E', 'd'};

	memcpy(raw + 2, k->number, sizeof(k->number));
	memcpy(raw + 10, k->key, sizeof(k->key));
	base64_encode(ret, raw, sizeof(raw));
}

/* ---- what is kept: the pin it descends from, the key in force, the version, the signed file as it came */

static int pack(const struct publisher *p, const void *file, size_t n, char **ret, size_t *ret_n)
{
	char pin[BASE64_SIZE(42)], key[BASE64_SIZE(42)];
	char *text = malloc(STORE_MAX);
	int used;

	if (!text)
		return -ENOMEM;
	key_text(&p->pin, pin);
	key_text(&p->key, key);
	used = snprintf(text, STORE_MAX, HEAD "pin %s\nkey %s\nversion %llu\n\n", pin, key,
		(unsigned long long)p->version);
	memcpy(text + used, file, n);
	*ret = text;
	*ret_n = (size_t)used + n;
	return 0;
}

static int take_line(const char **p, size_t *n, const char *word, const char **ret, size_t *ret_n)
{
	const char *end = memchr(*p, '\n', *n);
	size_t n_word = strlen(word);

	if (!end || (size_t)(end - *p) < n_word || memcmp(*p, word, n_word) != 0)
		return -EBADMSG;
	*ret = *p + n_word;
	*ret_n = (size_t)(end - *ret);
	*n -= (size_t)(end + 1 - *p);
	*p = end + 1;
	return 0;
}

static int unpack(const char *p, size_t n, struct signify_key *pin, struct signify_key *key,
	uint64_t *version, const char **file, size_t *n_file)
{
	char number[24];
	const char *v;
	size_t k;

	if (n < sizeof(HEAD) - 1 || memcmp(p, HEAD, sizeof(HEAD) - 1) != 0)
		return -EBADMSG;
	p += sizeof(HEAD) - 1;
	n -= sizeof(HEAD) - 1;
	if (take_line(&p, &n, "pin ", &v, &k) < 0 || signify_parse_key_line(v, k, pin) < 0 ||
		take_line(&p, &n, "key ", &v, &k) < 0 || signify_parse_key_line(v, k, key) < 0 ||
		take_line(&p, &n, "version ", &v, &k) < 0 || k >= sizeof(number))
		return -EBADMSG;
	memcpy(number, v, k);
	number[k] = '\0';
	if (parse_u64(number, 1, INT64_MAX, version) < 0 || take_line(&p, &n, "", &v, &k) < 0 ||
		k != 0)
		return -EBADMSG;
	*file = p;
	*n_file = n;
	return 0;
}

static void meta_key(const struct publisher *p, char *dst, size_t size)
{
	(void)snprintf(dst, size, "directory/%s", p->name);
}

/* ---- at the start */

struct kept_job {
	struct directories *d;
	struct publisher *p;
	char *file;
	size_t n;
};

static void kept_end(struct kept_job *j, enum publisher_state state)
{
	if (state == PUBLISHER_DAMAGED)
		log_warning("the service directory of %s that was kept is damaged: import it again",
			j->p->name);
	j->p->state = state;
	directories_unref(j->d);
	free(j->file);
	free(j);
}

static void on_kept_verified(
	int error, const uint8_t *public, const uint8_t *signature, void *userdata)
{
	struct kept_job *j = userdata;
	struct signify_signed s;

	if (j->d->dead || error < 0 || signify_parse_signed(j->file, j->n, &s) < 0 ||
		directory_parse(s.message, s.n, j->p->name, NULL, &j->p->list) < 0) {
		kept_end(j, PUBLISHER_DAMAGED);
		return;
	}
	kept_end(j, PUBLISHER_GOOD);
}

static void on_kept(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct kept_job *j = userdata;
	struct signify_key pin, in_force;
	struct signify_signed s;
	uint64_t version;
	const char *file;

	if (j->d->dead || error < 0) {
		kept_end(j, error == -ENOENT || j->d->dead ? PUBLISHER_NONE : PUBLISHER_DAMAGED);
		return;
	}
	if (unpack(blob, n, &pin, &in_force, &version, &file, &j->n) < 0) {
		kept_end(j, PUBLISHER_DAMAGED);
		return;
	}
	if (!same_key(&pin, &j->p->pin)) { /* pinned anew: what the old one said is void */
		kept_end(j, PUBLISHER_NONE);
		return;
	}
	j->p->key = in_force;
	j->p->version = version;
	j->file = malloc(j->n + 1);
	if (j->file)
		memcpy(j->file, file, j->n);
	if (!j->file || signify_parse_signed(j->file, j->n, &s) < 0 ||
		signer_verify(j->d->manager->repairs->signer, in_force.key, s.signature, s.message,
			s.n, on_kept_verified, j) < 0)
		kept_end(j, PUBLISHER_DAMAGED);
}

static void load_kept(struct directories *d, struct publisher *p)
{
	struct kept_job *j = calloc(1, sizeof(*j));
	char key[64];

	p->state = PUBLISHER_NONE;
	if (!j)
		return;
	*j = (struct kept_job){.d = d, .p = p};
	meta_key(p, key, sizeof(key));
	if (journal_get_meta(d->manager->journal, key, on_kept, j) < 0) {
		free(j);
		return;
	}
	p->state = PUBLISHER_LOADING;
	d->refs++;
}

static void load_pin(struct directories *d, const char *folder, const char *file)
{
	_cleanup_free_ char *text = NULL;
	struct publisher *p = &d->v[d->n];
	char path[800], name[64];
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - 4), file);
	if (d->n == DIRECTORIES_MAX || !id_valid(name)) {
		log_warning("%s is not used: %s", path,
			d->n == DIRECTORIES_MAX ? "too many keys are pinned"
						: "its name is not a-z 0-9 _ -");
		return;
	}
	if (read_file(path, 4096, &text, &n) < 0 || signify_parse_key(text, n, &p->pin) < 0) {
		log_warning("%s is no public key of signify", path);
		return;
	}
	(void)str_copy(p->name, sizeof(p->name), name);
	p->key = p->pin;
	d->n++;
}

static int is_pin(const struct dirent *e)
{
	return e->d_name[0] != '.' && endswith(e->d_name, ".pub");
}

int manager_directories_start(struct manager *m)
{
	struct directories *d = calloc(1, sizeof(*d));
	struct dirent **names = NULL;
	char folder[512];
	int n;

	if (!d)
		return -ENOMEM;
	manager_directories_stop(m);
	d->manager = m;
	d->refs = 1;
	m->directories = d;
	(void)snprintf(folder, sizeof(folder), "%s/directory.d", m->options.etc);
	n = scandir(folder, &names, is_pin, alphasort);
	for (int i = 0; i < n; i++) {
		load_pin(d, folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	for (size_t i = 0; i < d->n; i++)
		load_kept(d, &d->v[i]);
	return 0;
}

void manager_directories_stop(struct manager *m)
{
	if (!m->directories)
		return;
	m->directories->dead = true;
	directories_unref(TAKE_PTR(m->directories));
}

/* ---- a list comes */

struct import_job {
	struct directories *d;
	struct publisher *p;
	struct signify_key key; /* it must be signed by */
	char *file;
	size_t n;
	bool store;
	struct directory *list;
	directory_fn fn;
	void *userdata;
};

static void import_end(struct import_job *j, const char *why)
{
	if (why)
		log_notice("a service directory was refused: %s", why);
	j->fn(why, j->p, j->list, j->userdata);
	directory_free(j->list);
	directories_unref(j->d);
	free(j->file);
	free(j);
}

static void on_import_stored(int error, void *userdata)
{
	struct import_job *j = userdata;

	j->p->storing = false;
	if (error < 0 || j->d->dead) {
		import_end(j, "it could not be stored");
		return;
	}
	j->p->key = j->key;
	j->p->version = j->list->version;
	j->p->state = PUBLISHER_GOOD;
	directory_free(j->p->list);
	j->p->list = NULL;
	log_notice("service directory of %s, version %llu: %zu services", j->p->name,
		(unsigned long long)j->p->version, j->list->n);
	j->fn(NULL, j->p, j->list, j->userdata);
	j->p->list = TAKE_PTR(j->list);
	directories_unref(j->d);
	free(j->file);
	free(j);
}

static void store_list(struct import_job *j)
{
	struct publisher then = *j->p;
	_cleanup_free_ char *text = NULL;
	char key[64];
	size_t n;

	then.key = j->key;
	then.version = j->list->version;
	meta_key(&then, key, sizeof(key));
	j->p->storing = true;
	if (pack(&then, j->file, j->n, &text, &n) < 0 ||
		journal_put_meta(j->d->manager->journal, key, text, n, on_import_stored, j) < 0) {
		j->p->storing = false;
		import_end(j, "it could not be stored");
	}
}

/* Is KEY in force at P, or announced as its next one? */
static bool may_sign(const struct publisher *p, const struct signify_key *key)
{
	return same_key(&p->key, key) ||
	       (p->list && p->list->has_next && same_key(&p->list->next, key));
}

static void on_import_verified(
	int error, const uint8_t *public, const uint8_t *signature, void *userdata)
{
	struct import_job *j = userdata;
	struct problems problems = {0};
	struct signify_signed s;
	char why[400];
	const char *refused = NULL;

	if (j->d->dead || error == -EKEYREJECTED) {
		import_end(j, j->d->dead ? "the configuration was read again meanwhile"
					 : "its signature is wrong: it was edited, or is damaged");
		return;
	}
	if (error < 0) {
		import_end(j, "its signature could not be checked");
		return;
	}
	if (signify_parse_signed(j->file, j->n, &s) < 0 ||
		directory_parse(s.message, s.n, "directory", &problems, &j->list) < 0) {
		(void)str_copy(why, sizeof(why), "it has errors");
		if (problems.n > 0)
			problem_format(why, sizeof(why), &problems.v[0]);
		problems_done(&problems);
		import_end(j, why);
		return;
	}
	problems_done(&problems);
	if (!streq(j->list->publisher, j->p->name))
		refused = "the key that signed it is pinned for another publisher";
	/* While it was verified another one may have come, with a higher version or a new key. */
	else if (j->p->storing)
		refused = "another one is just being stored; try again";
	else if (!may_sign(j->p, &j->key))
		refused = "it is signed by a key that is not pinned here, or not any more";
	else
		refused = directory_refuse(j->list, j->p->version, now_s(j->d->manager));
	if (refused || !j->store)
		import_end(j, refused);
	else
		store_list(j);
}

/* The publisher whose key in force, or whose announced next one, has this number. */
static struct publisher *signer_of(
	struct directories *d, const uint8_t number[static 8], struct signify_key *ret)
{
	for (size_t i = 0; i < d->n; i++) {
		struct publisher *p = &d->v[i];
		const struct signify_key *keys[] = {
			&p->key, p->list && p->list->has_next ? &p->list->next : NULL};

		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (keys[k] && memcmp(keys[k]->number, number, 8) == 0) {
				*ret = *keys[k];
				return p;
			}
	}
	return NULL;
}

int manager_directory_import(
	struct manager *m, const void *bytes, size_t n, bool store, directory_fn fn, void *userdata)
{
	struct directories *d = m->directories;
	struct signify_signed s;
	struct import_job *j;
	struct signify_key key;
	struct publisher *p;
	int r;

	if (n > DIRECTORY_SIZE_MAX || signify_parse_signed(bytes, n, &s) < 0) {
		fn(n > DIRECTORY_SIZE_MAX ? "it is larger than 48 KiB"
					  : "it is not signed in the form of signify -S -e",
			NULL, NULL, userdata);
		return 0;
	}
	p = signer_of(d, s.number, &key);
	if (!p) {
		fn(d->n ? "it is signed by a key that is not pinned here, or not any more"
			: "no key is pinned in directory.d of the configuration",
			NULL, NULL, userdata);
		return 0;
	}
	if (p->state == PUBLISHER_LOADING) {
		fn("what was accepted before has not been read yet; try again", NULL, NULL,
			userdata);
		return 0;
	}
	j = calloc(1, sizeof(*j));
	if (!j)
		return -ENOMEM;
	*j = (struct import_job){.d = d,
		.p = p,
		.key = key,
		.file = malloc(n + 1),
		.n = n,
		.store = store,
		.fn = fn,
		.userdata = userdata};
	if (!j->file) {
		free(j);
		return -ENOMEM;
	}
	memcpy(j->file, bytes, n);
	r = signer_verify(
		m->repairs->signer, key.key, s.signature, s.message, s.n, on_import_verified, j);
	if (r < 0) {
		free(j->file);
		free(j);
		return r;
	}
	d->refs++;
	return 0;
}

/* ---- shown */

static const char *state_of(const struct publisher *p, int64_t now)
{
	switch (p->state) {
	case PUBLISHER_LOADING:
		return "loading";
	case PUBLISHER_NONE:
		return "none";
	case PUBLISHER_DAMAGED:
		return "damaged";
	case PUBLISHER_GOOD:
		break;
	}
	return now <= 0 ? "expiry-not-checked" : p->list->expires_s <= now ? "expired" : "good";
}

static void write_words(struct writer *w, const char *key, char *const *v, size_t n)
{
	write_key(w, key);
	write_open(w, '[');
	for (size_t i = 0; i < n; i++)
		write_string(w, v[i]);
	write_close(w, ']');
}

static bool fits(const struct service *s, const struct unit *u, const char *region)
{
	const struct appliance_config *c = u ? u->appliance->conf : NULL;

	if (!u)
		return true;
	for (size_t i = 0; i < c->n_sources; i++)
		if (service_fits(s, c->sources[i].profile->maker, c->kind->name, region))
			return true;
	return false;
}

static void write_service(struct writer *w, const struct publisher *p, const struct service *s)
{
	write_open(w, '{');
	write_member(w, "publisher", p->name);
	write_member(w, "service", s->id);
	write_both(w, "name", s->name, s->name_zh);
	write_member(w, "phone", s->phone);
	write_member(w, "web", s->web);
	write_member(w, "mail", s->mail);
	write_both(w, "hours", s->hours, s->hours_zh);
	write_words(w, "makers", s->makers, s->n_makers);
	write_words(w, "kinds", s->kinds, s->n_kinds);
	write_words(w, "regions", s->regions, s->n_regions);
	write_close(w, '}');
}

int manager_directory_list(
	struct manager *m, const struct unit *appliance, const char *region, char **ret)
{
	const struct directories *d = m->directories;
	int64_t now = now_s(m);
	struct writer w = {0};
	size_t n;

	if (isempty(region))
		region = m->config->region;
	write_open(&w, '{');
	write_member(&w, "region", region);
	write_key(&w, "publishers");
	write_open(&w, '[');
	for (size_t i = 0; i < d->n; i++) {
		const struct publisher *p = &d->v[i];

		write_open(&w, '{');
		write_member(&w, "publisher", p->name);
		write_member(&w, "state", state_of(p, now));
		write_key(&w, "version");
		write_unsigned(&w, p->version);
		if (p->list) {
			write_key(&w, "issued");
			write_signed(&w, p->list->issued_s);
			write_key(&w, "expires");
			write_signed(&w, p->list->expires_s);
		}
		write_key(&w, "key_replaced");
		write_bool(&w, !same_key(&p->pin, &p->key));
		write_close(&w, '}');
	}
	write_close(&w, ']');
	write_key(&w, "services");
	write_open(&w, '[');
	for (size_t i = 0; i < d->n; i++) {
		const struct publisher *p = &d->v[i];

		if (p->state != PUBLISHER_GOOD || (now > 0 && p->list->expires_s <= now))
			continue;
		for (size_t k = 0; k < p->list->n; k++)
			if (fits(&p->list->v[k], appliance, region))
				write_service(&w, p, &p->list->v[k]);
	}
	write_close(&w, ']');
	write_close(&w, '}');
	return writer_take(&w, ret, &n);
}
