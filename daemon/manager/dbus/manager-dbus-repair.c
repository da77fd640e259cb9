/* SPDX-License-Identifier: Apache-2.0 */
/* org.hearthd.Repair1 of the daemon: requests for a repair. */
#include "daemon/base/base64.h"
#include "daemon/manager/manager-control.h"
#include "daemon/manager/feed/manager-feed-internal.h"
#include "daemon/manager/repair/manager-repair.h"

static uint32_t uid_of(sd_bus_message *call)
{
	sd_bus_creds *creds = NULL;
	uid_t uid = (uid_t)-1;

	if (sd_bus_query_sender_creds(call, SD_BUS_CREDS_EUID, &creds) >= 0)
		(void)sd_bus_creds_get_euid(creds, &uid);
	sd_bus_creds_unref(creds);
	return (uint32_t)uid;
}

static int refuse(sd_bus_error *e, int error, uint64_t number)
{
	switch (-error) {
	case ENODATA:
		return sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"earlier requests have not been read from the journal yet");
	case ENOENT:
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchRequest",
			"there is no request %llu: 'hearthctl repair list' shows them",
			(unsigned long long)number);
	case EEXIST:
		return sd_bus_error_setf(e, "org.hearthd.Error.AlreadyOpen",
			"request %llu is open for this appliance: 'hearthctl repair cancel %llu' ends it",
			(unsigned long long)number, (unsigned long long)number);
	case E2BIG:
		return sd_bus_error_setf(e, "org.hearthd.Error.TooMany",
			"%d requests are open: cancel one that is not needed any more",
			REPAIR_OPEN_MAX);
	case EALREADY:
		return sd_bus_error_setf(e, "org.hearthd.Error.Ended",
			"request %llu has ended, or is just being sent",
			(unsigned long long)number);
	case EACCES:
		return sd_bus_error_setf(e, "org.hearthd.Error.NotAllowed",
			"the privacy level or Planes= of the upstream do not let it out");
	case EPERM:
		return sd_bus_error_setf(e, "org.hearthd.Error.Locked",
			"%d wrong codes were said for request %llu: let nobody in by a code any more; a "
			"new request gets a new one",
			REPAIR_TRIES_MAX, (unsigned long long)number);
	case EINVAL:
		return sd_bus_error_setf(
			e, SD_BUS_ERROR_INVALID_ARGS, "a visit code is like K7M2-4XQ9");
	case ENOEXEC:
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSignature",
			"hearth-sign could not sign: the journal of hearthd says why; nothing was sent");
	default:
		return sd_bus_error_setf(
			e, "org.hearthd.Error.NotSent", "nothing was sent: %s", strerror(-error));
	}
}

/* ---- a draft */

struct draft_call {
	struct manager *manager;
	sd_bus_message *call;
	char appliance[33], upstream[33];
	struct repair_words words;
	struct repair_set sets[REPAIR_SETS_MAX];
	size_t n_sets;
	unsigned resets;
};

static struct draft_call *draft_call_free(struct draft_call *d)
{
	if (d)
		sd_bus_message_unref(d->call);
	free(d);
	return NULL;
}
DEFINE_CLEANUP(struct draft_call *, draft_call_free);

static bool one_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static int take_option(struct draft_call *d, const char *key, const char *value, sd_bus_error *e)
{
	const struct {
		const char *key;
		char *dst;
		size_t size;
	} options[] = {
		{"appliance", d->appliance, sizeof(d->appliance)},
		{"upstream", d->upstream, sizeof(d->upstream)},
		{"note", d->words.note, sizeof(d->words.note)},
		{"when", d->words.when, sizeof(d->words.when)},
		{"contact.name", d->words.name, sizeof(d->words.name)},
		{"contact.phone", d->words.phone, sizeof(d->words.phone)},
		{"contact.address", d->words.address, sizeof(d->words.address)},
		{"contact.mail", d->words.mail, sizeof(d->words.mail)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (!streq(key, options[i].key))
			continue;
		if (!one_line(value) || strlen(value) >= options[i].size)
			return sd_bus_error_setf(e, SD_BUS_ERROR_INVALID_ARGS,
				"%s is one line of at most %zu bytes", key, options[i].size - 1);
		(void)str_copy(options[i].dst, options[i].size, value);
		return 0;
	}
	return sd_bus_error_setf(
		e, SD_BUS_ERROR_INVALID_ARGS, "'%.64s' is no option of a request", key);
}

static int take_options(sd_bus_message *call, struct draft_call *d, sd_bus_error *e)
{
	const char *key, *value;
	int r = sd_bus_message_enter_container(call, 'a', "{ss}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "ss")) > 0) {
		r = sd_bus_message_read(call, "ss", &key, &value);
		if (r >= 0)
			r = take_option(d, key, value, e);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

/* The one named, or the only one that takes requests. */
static struct feed *choose_feed(struct manager *m, const struct draft_call *d, sd_bus_error *e)
{
	struct feed *only = NULL;
	size_t n = 0;

	for (size_t i = 0; i < m->n_feeds; i++) {
		struct feed *f = m->feeds[i];

		if (*d->upstream ? !streq(d->upstream, f->conf->id) : !feed_may(f, PLANE_REPAIR))
			continue;
		only = f;
		n++;
	}
	if (n == 0 && *d->upstream)
		(void)sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
			"there is no upstream '%s' that is on: 'hearthctl upstream list' names them",
			d->upstream);
	else if (n == 0)
		(void)sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
			"no upstream takes requests: add 'repair' to Planes= of one");
	else if (n > 1)
		(void)sd_bus_error_setf(e, "org.hearthd.Error.NoSuchUpstream",
			"several upstreams take requests: choose one with --upstream");
	else if (!feed_may(only, PLANE_REPAIR))
		(void)sd_bus_error_setf(e, "org.hearthd.Error.NotAllowed",
			"upstream %s takes no requests: add 'repair' to its Planes=",
			only->conf->id);
	else if (!feed_is_complete(only))
		(void)sd_bus_error_setf(e, "org.hearthd.Error.Busy",
			"upstream %s is not ready yet; try again in a few seconds", only->conf->id);
	else
		return only;
	return NULL;
}

static int reply_draft(struct draft_call *d, sd_bus_error *e)
{
	struct manager *m = d->manager;
	struct unit *u = manager_unit(m, d->appliance);
	struct feed *f = u ? choose_feed(m, d, e) : NULL;
	const struct repair_draft *draft;
	int r;

	if (!u)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
			"there is no appliance '%.64s': 'hearthctl list' names them", d->appliance);
	if (!f)
		return -ENOENT;
	if (!feed_may_unit(f, u, PLANE_REPAIR))
		return sd_bus_error_setf(e, "org.hearthd.Error.NotAllowed",
			"%s has Level=off: nothing of it leaves the house", d->appliance);
	r = manager_repair_draft(
		m, uid_of(d->call), f, u, &d->words, d->sets, d->n_sets, d->resets, &draft);
	if (r < 0)
		return r;
	return sd_bus_reply_method_return(
		d->call, "tsss", draft->number, f->conf->id, f->conf->url, draft->packet);
}

static void take_set(struct draft_call *d, const struct control_record *v)
{
	struct repair_set *s = &d->sets[d->n_sets];

	if (!streq(v->phase, "ended"))
		return;
	d->resets += strstr(v->attribute, "reset") != NULL;
	if (d->n_sets == REPAIR_SETS_MAX)
		return;
	(void)str_copy(s->attribute, sizeof(s->attribute), v->attribute);
	(void)str_copy(s->asked, sizeof(s->asked), v->asked);
	(void)str_copy(s->outcome, sizeof(s->outcome), v->outcome);
	s->wall_us = v->wall_us;
	d->n_sets++;
}

static void on_control(int error, uint64_t id, const char *appliance, bool open, const void *blob,
	size_t n, void *userdata)
{
	struct draft_call *d = userdata;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_free_ char *copy = NULL;
	struct control_record v;
	int r;

	if (id != 0) {
		copy = malloc(n + 1);
		if (!copy)
			return;
		memcpy(copy, blob, n);
		if (control_record_parse(copy, n, &v) >= 0)
			take_set(d, &v);
		return;
	}
	r = reply_draft(d, &e); /* what was set is not worth failing for */
	if (r < 0)
		(void)sd_bus_reply_method_errno(d->call, r, &e);
	draft_call_free(d);
}

static int method_draft(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	_cleanup_(draft_call_freep) struct draft_call *d = calloc(1, sizeof(*d));
	struct manager *m = userdata;
	int r;

	if (!d)
		return -ENOMEM;
	d->manager = m;
	r = take_options(call, d, e);
	if (r < 0)
		return r;
	if (!manager_unit(m, d->appliance))
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchAppliance",
			"there is no appliance '%.64s': 'hearthctl list' names them", d->appliance);
	d->call = sd_bus_message_ref(call);
	r = journal_read_controls(m->journal, d->appliance, JOURNAL_CONTROLS_READ, on_control, d);
	if (r < 0)
		return r;
	TAKE_PTR(d);
	return 1;
}

/* ---- what takes its time */

static void on_number(int error, uint64_t number, void *userdata)
{
	sd_bus_message *call = userdata;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;

	if (error < 0) {
		int r = refuse(&e, error, number);

		(void)sd_bus_reply_method_errno(call, r, &e);
	} else
		(void)sd_bus_reply_method_return(call, "t", number);
	sd_bus_message_unref(call);
}

static int method_send(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	uint64_t draft, other = 0;
	int r = sd_bus_message_read(call, "t", &draft);

	if (r < 0)
		return r;
	r = manager_repair_send(
		userdata, uid_of(call), draft, on_number, sd_bus_message_ref(call), &other);
	if (r >= 0)
		return 1;
	sd_bus_message_unref(call);
	if (r == -ENOENT)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchDraft",
			"this page was shown too long ago, or the configuration was read again since: ask for "
			"the repair once more");
	return refuse(e, r, other);
}

static int method_cancel(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	uint64_t number;
	int r = sd_bus_message_read(call, "t", &number);

	if (r < 0)
		return r;
	r = manager_repair_cancel(userdata, number, on_number, sd_bus_message_ref(call));
	if (r >= 0)
		return 1;
	sd_bus_message_unref(call);
	return refuse(e, r, number);
}

struct visit_call {
	struct manager *manager;
	sd_bus_message *call;
};

static void on_visit(int error, uint64_t number, void *userdata)
{
	struct visit_call *v = userdata;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	const struct repair_request *q = manager_repair_find(v->manager, number);

	if (q && (error == 0 || error == -EKEYREJECTED))
		(void)sd_bus_reply_method_return(v->call, "bu", error == 0,
			(uint32_t)(REPAIR_TRIES_MAX - MIN(q->wrong, REPAIR_TRIES_MAX)));
	else {
		int r = refuse(&e, error, number);

		(void)sd_bus_reply_method_errno(v->call, r, &e);
	}
	sd_bus_message_unref(v->call);
	free(v);
}

/* 0 stands for the only open one. */
static uint64_t only_open(const struct repairs *r)
{
	uint64_t number = 0;

	for (size_t i = 0; i < REPAIR_KEPT_MAX; i++)
		if (repair_is_open(&r->v[i])) {
			if (number)
				return 0;
			number = r->v[i].number;
		}
	return number;
}

static int method_verify_visit(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	struct visit_call *v;
	const char *code;
	uint64_t number;
	int r = sd_bus_message_read(call, "ts", &number, &code);

	if (r < 0)
		return r;
	/* It is in no error, no log, and in no other message. */
	(void)sd_bus_message_sensitive(call);
	if (number == 0)
		number = only_open(m->repairs);
	if (number == 0)
		return sd_bus_error_setf(e, "org.hearthd.Error.NoSuchRequest",
			"no request is open, or several are: say which, 'hearthctl repair list' shows them");
	v = malloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	*v = (struct visit_call){m, sd_bus_message_ref(call)};
	r = manager_repair_verify_visit(m, number, code, on_visit, v);
	if (r >= 0)
		return 1;
	sd_bus_message_unref(v->call);
	free(v);
	return refuse(e, r, number);
}

struct show_call {
	struct manager *manager;
	sd_bus_message *call;
	uint64_t number;
};

static void on_packet(int error, const char *key, const void *blob, size_t n, void *userdata)
{
	struct show_call *s = userdata;
	const struct repair_request *q = manager_repair_find(s->manager, s->number);
	_cleanup_free_ char *packet = malloc(n + 1), *json = NULL;

	if (packet && error >= 0) {
		memcpy(packet, blob, n);
		packet[n] = '\0';
	}
	if (packet && q && manager_repair_show(q, packet, error < 0 ? 0 : n, &json) >= 0)
		(void)sd_bus_reply_method_return(s->call, "s", json);
	else
		(void)sd_bus_reply_method_errnof(s->call, ENOMEM, "not enough memory");
	sd_bus_message_unref(s->call);
	free(s);
}

static int method_show(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	struct repair_request *q;
	struct show_call *s;
	uint64_t number;
	char key[32];
	int r = sd_bus_message_read(call, "t", &number);

	if (r < 0)
		return r;
	q = manager_repair_find(m, number);
	if (!q)
		return refuse(e, m->repairs->loaded ? -ENOENT : -ENODATA, number);
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct show_call){m, sd_bus_message_ref(call), number};
	manager_repair_packet_key(q, key, sizeof(key));
	r = journal_get_meta(m->journal, key, on_packet, s);
	if (r >= 0)
		return 1;
	sd_bus_message_unref(s->call);
	free(s);
	return r;
}

static int method_list(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	_cleanup_free_ char *json = NULL;
	int r;

	if (!m->repairs->loaded)
		return refuse(e, -ENODATA, 0);
	r = manager_repair_list(m, &json);
	return r < 0 ? r : sd_bus_reply_method_return(call, "s", json);
}

static void on_key(int error, const uint8_t *public, const uint8_t *signature, void *userdata)
{
	sd_bus_message *call = userdata;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	char text[BASE64_SIZE(SIGN_PUBLIC)];

	if (error == 0) {
		base64_encode(text, public, SIGN_PUBLIC);
		(void)sd_bus_reply_method_return(call, "s", text);
	} else {
		int r = refuse(&e, error, 0);

		(void)sd_bus_reply_method_errno(call, r, &e);
	}
	sd_bus_message_unref(call);
}

static int method_key(sd_bus_message *call, void *userdata, sd_bus_error *e)
{
	struct manager *m = userdata;
	int r = signer_sign(m->repairs->signer, "", 0, on_key, call);

	if (r < 0)
		return refuse(e, r, 0);
	(void)sd_bus_message_ref(call);
	return 1;
}

void manager_dbus_repair_changed(struct manager *m, const struct repair_request *r)
{
	if (m->dbus)
		(void)sd_bus_emit_signal(m->dbus, "/org/hearthd", "org.hearthd.Repair1", "Changed",
			"ts", r->number, repair_phase_name(r->phase));
}

const sd_bus_vtable manager_repair_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Draft", "a{ss}", "tsss", method_draft, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Send", "t", "t", method_send, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Cancel", "t", "t", method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("List", "", "s", method_list, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Show", "t", "s", method_show, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("VerifyVisit", "ts", "bu", method_verify_visit, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Key", "", "s", method_key, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_SIGNAL("Changed", "ts", 0),
	SD_BUS_VTABLE_END,
};
