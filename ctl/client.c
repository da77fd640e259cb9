/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "daemon/config/ini.h"

#include <ctype.h>
#include <math.h>

#define CALL_TIMEOUT_US (5 * USEC_PER_SEC)

const char *json_str(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

json_int_t json_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

int client_open(const struct ctl_options *o, sd_bus **ret)
{
	const char *address = o->bus;
	sd_bus *bus = NULL;
	int r;

	if (!address || streq(address, "system"))
		address = "unix:path=/run/dbus/system_bus_socket";
	r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	/* The connection is made with the first exchange. */
	if (r >= 0)
		r = sd_bus_get_unique_name(bus, &(const char *){NULL});
	if (r < 0) {
		sd_bus_close_unref(bus);
		return ctl_error(o, CTL_NO_DAEMON,
			o->bus ? "hearthctl without --bus, for the system bus"
			       : "systemctl status dbus hearthd",
			"cannot reach D-Bus at %s: %s", address, ctl_strerror(o, -r));
	}
	(void)sd_bus_set_method_call_timeout(bus, CALL_TIMEOUT_US);
	*ret = bus;
	return CTL_OK;
}

int client_failed(const struct ctl_options *o, int r, const sd_bus_error *e)
{
	const char *name = e && e->name ? e->name : "";
	char text[512], zh[512];

	if (streq(name, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
		streq(name, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		return ctl_error(o, CTL_NO_DAEMON,
			"systemctl start hearthd; journalctl -e -u hearthd says why it stopped",
			"hearthd is not running");
	if (r == -ECONNRESET || r == -ENOTCONN || streq(name, SD_BUS_ERROR_DISCONNECTED))
		return ctl_error(o, CTL_NO_DAEMON, "systemctl status dbus hearthd",
			"the connection to D-Bus broke");
	if (r == -ETIMEDOUT || streq(name, SD_BUS_ERROR_NO_REPLY) ||
		streq(name, SD_BUS_ERROR_TIMEOUT))
		return ctl_error(o, CTL_NO_DAEMON, "systemctl status hearthd",
			"hearthd runs and does not answer");
	if (r == -EACCES || r == -EPERM || streq(name, SD_BUS_ERROR_ACCESS_DENIED) ||
		streq(name, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
		return ctl_error(o, CTL_FAILURE,
			"sudo hearthctl; or, to read only: sudo usermod -aG hearthd $USER, and log in again",
			"you are not allowed to ask this");
	str_escape(text, sizeof(text), e && e->message ? e->message : strerror(-r),
		strlen(e && e->message ? e->message : strerror(-r)));
	if (startswith(name, HEARTHD_NAME ".Error.") || streq(name, SD_BUS_ERROR_INVALID_ARGS)) {
		/* The daemon's own message says what to try. */
		if (!o->zh || !ctl_said_zh(zh, sizeof(zh), text))
			return ctl_error(o, CTL_FAILURE, NULL, "%s", text);
		return ctl_error(o, CTL_FAILURE, NULL, "%s", zh);
	}
	return ctl_error(o, CTL_FAILURE, "journalctl -e -u hearthd", "%s", text);
}

static int callv(const struct ctl_options *o, sd_bus *bus, sd_bus_message **reply,
	const char *method, const char *types, va_list ap)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *answer = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	const char *dot = strchr(method, '.');
	char interface[64];
	int r;

	(void)snprintf(
		interface, sizeof(interface), HEARTHD_NAME ".%.*s", (int)(dot - method), method);
	r = sd_bus_message_new_method_call(bus, &m, HEARTHD_NAME, HEARTHD_ROOT, interface, dot + 1);
	if (r >= 0)
		r = sd_bus_message_appendv(m, types, ap);
	if (r >= 0)
		r = sd_bus_call(bus, m, CLIENT_LONG_US, &e, &answer);
	if (r < 0)
		return client_failed(o, r, &e);
	if (reply)
		*reply = TAKE_PTR(answer);
	return CTL_OK;
}

int client_call(const struct ctl_options *o, sd_bus *bus, sd_bus_message **reply,
	const char *method, const char *types, ...)
{
	va_list ap;
	int r;

	va_start(ap, types);
	r = callv(o, bus, reply, method, types, ap);
	va_end(ap);
	return r;
}

int client_read_json(const struct ctl_options *o, sd_bus_message *reply, json_t **ret)
{
	const char *text;
	int r = sd_bus_message_read(reply, "s", &text);

	if (r >= 0) {
		*ret = json_loads(text, JSON_DECODE_ANY, NULL);
		r = *ret ? 0 : -EBADMSG;
	}
	return r < 0 ? client_failed(o, r, NULL) : CTL_OK;
}

int client_call_json(const struct ctl_options *o, sd_bus *bus, json_t **ret, const char *method,
	const char *types, ...)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	va_list ap;
	int r;

	va_start(ap, types);
	r = callv(o, bus, &reply, method, types, ap);
	va_end(ap);
	return r == CTL_OK ? client_read_json(o, reply, ret) : r;
}

/* "LastStored" to "last_stored". */
static void lower_name(char *dst, size_t size, const char *name)
{
	size_t n = 0;

	for (; *name && n + 2 < size; name++) {
		if (isupper((unsigned char)*name) && n > 0)
			dst[n++] = '_';
		dst[n++] = (char)tolower((unsigned char)*name);
	}
	dst[n] = '\0';
}

static int parse_value(sd_bus_message *m, json_t **ret);

static int parse_basic(sd_bus_message *m, char type, json_t **ret)
{
	union {
		const char *s;
		int b;
		int32_t i;
		uint32_t u;
		int64_t x;
		uint64_t t;
		double d;
	} v;
	int r = sd_bus_message_read_basic(m, type, &v);

	if (r < 0)
		return r;
	switch (type) {
	case SD_BUS_TYPE_STRING:
	case SD_BUS_TYPE_OBJECT_PATH:
		*ret = json_string(v.s);
		break;
	case SD_BUS_TYPE_BOOLEAN:
		*ret = json_boolean(v.b);
		break;
	case SD_BUS_TYPE_INT32:
		*ret = json_integer(v.i);
		break;
	case SD_BUS_TYPE_UINT32:
		*ret = json_integer(v.u);
		break;
	case SD_BUS_TYPE_INT64:
		*ret = json_integer(v.x);
		break;
	case SD_BUS_TYPE_UINT64:
		/* All our counters are far below 2^63. */
		*ret = json_integer((json_int_t)MIN(v.t, (uint64_t)INT64_MAX));
		break;
	case SD_BUS_TYPE_DOUBLE:
		*ret = json_real(v.d);
		break;
	default:
		return -EBADMSG;
	}
	return *ret ? 0 : -ENOMEM;
}

/* Arrays and structs become arrays. */
static int parse_sequence(sd_bus_message *m, char type, const char *contents, json_t **ret)
{
	_cleanup_(json_decrefp) json_t *array = json_array();
	int r = sd_bus_message_enter_container(m, type, contents);

	if (r < 0 || !array)
		return r < 0 ? r : -ENOMEM;
	while ((r = sd_bus_message_at_end(m, false)) == 0) {
		json_t *v = NULL;

		r = parse_value(m, &v);
		if (r >= 0 && json_array_append_new(array, v) < 0)
			r = -ENOMEM;
		if (r < 0)
			return r;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(array);
	return 0;
}

static int parse_value(sd_bus_message *m, json_t **ret)
{
	const char *contents;
	char type;
	int r = sd_bus_message_peek_type(m, &type, &contents);

	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	switch (type) {
	case SD_BUS_TYPE_VARIANT:
		r = sd_bus_message_enter_container(m, type, contents);
		if (r >= 0)
			r = parse_value(m, ret);
		return r < 0 ? r : sd_bus_message_exit_container(m);
	case SD_BUS_TYPE_ARRAY:
	case SD_BUS_TYPE_STRUCT:
		return parse_sequence(m, type, contents, ret);
	default:
		return parse_basic(m, type, ret);
	}
}

/* a{sv} at the cursor: an object. */
int client_parse_properties(sd_bus_message *m, json_t *to)
{
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		const char *name;
		char key[64];
		json_t *v = NULL;

		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = parse_value(m, &v);
		if (r < 0)
			return r;
		lower_name(key, sizeof(key), name);
		(void)json_object_set_new(to, key, v);
		r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Names for the members of structs, in their order. */
static void name_members(json_t *array, const char *const *names)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *from = json_array_get(array, i), *to = json_object();

		for (size_t k = 0; names[k]; k++)
			(void)json_object_set(to, names[k], json_array_get(from, k));
		(void)json_array_set_new(array, i, to);
	}
}

/* What reads better in another shape than D-Bus has. */
static void shape(json_t *object)
{
	static const char *const sources[] = {
		"name", "bus", "profile", "unit", "state", "reason", NULL};
	static const char *const waiting[][2] = {{"waiting_urgent", "urgent"},
		{"waiting_events", "events"}, {"waiting_reports", "reports"}};
	json_t *aliases = json_object_get(object, "aliases");

	if (json_is_array(json_object_get(object, "sources")))
		name_members(json_object_get(object, "sources"), sources);
	if (json_is_array(aliases)) {
		json_t *by_id = json_object();

		for (size_t i = 0; i < json_array_size(aliases); i++) {
			json_t *pair = json_array_get(aliases, i);

			(void)json_object_set(by_id, json_string_value(json_array_get(pair, 0)),
				json_array_get(pair, 1));
		}
		(void)json_object_set_new(object, "aliases", by_id);
	}
	if (json_object_get(object, waiting[0][0])) {
		json_t *to = json_object();

		for (size_t i = 0; i < ARRAY_SIZE(waiting); i++) {
			(void)json_object_set(
				to, waiting[i][1], json_object_get(object, waiting[i][0]));
			(void)json_object_del(object, waiting[i][0]);
		}
		(void)json_object_set_new(object, "waiting", to);
	}
}

static void insert_by_id(json_t *list, json_t *object)
{
	size_t i = 0;

	while (i < json_array_size(list) &&
		strcmp(json_str(json_array_get(list, i), "id"), json_str(object, "id")) < 0)
		i++;
	(void)json_array_insert_new(list, i, object);
}

/* {sa{sv}} of one object: takes our interfaces, passes over the standard ones. */
static int parse_interfaces(sd_bus_message *m, json_t *to)
{
	static const struct {
		const char *interface, *list;
	} lists[] = {{HEARTHD_NAME ".Appliance1", "appliances"}, {HEARTHD_NAME ".Bus1", "buses"},
		{HEARTHD_NAME ".Upstream1", "upstreams"}};
	_cleanup_(json_decrefp) json_t *more = json_object();
	json_t *own = NULL;
	int r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		const char *interface;
		size_t i;

		r = sd_bus_message_read(m, "s", &interface);
		if (r < 0)
			return r;
		for (i = 0; i < ARRAY_SIZE(lists) && !streq(lists[i].interface, interface); i++)
			;
		if (i < ARRAY_SIZE(lists)) {
			json_t *object = json_object();

			r = client_parse_properties(m, object);
			shape(object);
			insert_by_id(json_object_get(to, lists[i].list), object);
			own = object;
		} else if (streq(interface, HEARTHD_NAME ".Commands1"))
			r = client_parse_properties(m, more);
		else
			r = sd_bus_message_skip(m, "a{sv}");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	if (own)
		(void)json_object_update_missing(own, more);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int parse_objects(sd_bus_message *m, json_t *to)
{
	int r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
		r = sd_bus_message_skip(m, "o");
		if (r >= 0)
			r = parse_interfaces(m, to);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int client_objects(const struct ctl_options *o, sd_bus *bus, json_t **ret)
{
	_cleanup_(json_decrefp) json_t *all =
		json_pack("{s:{},s:[],s:[],s:[]}", "manager", "appliances", "buses", "upstreams");
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *objects = NULL, *manager = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	int r;

	r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, "org.freedesktop.DBus.Properties",
		"GetAll", &e, &manager, "s", HEARTHD_NAME ".Manager1");
	if (r >= 0)
		r = client_parse_properties(manager, json_object_get(all, "manager"));
	if (r >= 0)
		r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT,
			"org.freedesktop.DBus.ObjectManager", "GetManagedObjects", &e, &objects,
			NULL);
	if (r >= 0)
		r = parse_objects(objects, all);
	if (r < 0)
		return client_failed(o, r, &e);
	*ret = TAKE_PTR(all);
	return CTL_OK;
}

int client_find(
	const struct ctl_options *o, json_t *list, const char *noun, const char *id, json_t **ret)
{
	_cleanup_free_ const char **ids = calloc(json_array_size(list) + 1, sizeof(*ids));
	const char *near, *next = streq(noun, "upstream") ? "hearthctl upstream list"
				  : streq(noun, "bus")    ? "hearthctl bus list"
							  : "hearthctl list";

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *object = json_array_get(list, i);

		if (streq(json_str(object, "id"), id)) {
			*ret = object;
			return CTL_OK;
		}
		if (ids)
			ids[i] = json_str(object, "id");
	}
	near = ini_nearest(id, ids);
	if (near)
		return ctl_error(o, CTL_FAILURE, next,
			"there is no %s \"%s\"; did you mean \"%s\"?", ctl_tr(o, noun), id, near);
	return ctl_error(o, CTL_FAILURE, next, "there is no %s \"%s\"", ctl_tr(o, noun), id);
}

/* The text of a value as the JSON it stands for. */
static json_t *typed_value(const char *type, const char *text)
{
	double d;

	if (!*text && !streq(type, "string"))
		return json_null();
	if (streq(type, "number") && parse_double(text, &d) == 0)
		return fabs(d) < 1e15 && d == (double)(json_int_t)d ? json_integer((json_int_t)d)
								    : json_real(d);
	if (streq(type, "bool"))
		return json_boolean(streq(text, "true"));
	return json_string(text);
}

int client_parse_readings(sd_bus_message *m, json_t **ret)
{
	static const char *const names[] = {"attribute", "type", "value", "unit", "quality",
		"reason", "detail", "age_us", "label_en", "label_zh", NULL};
	_cleanup_(json_decrefp) json_t *v = NULL;
	int r = parse_value(m, &v);

	if (r < 0)
		return r;
	if (!json_is_array(v))
		return -EBADMSG;
	name_members(v, names);
	for (size_t i = 0; i < json_array_size(v); i++) {
		json_t *reading = json_array_get(v, i);
		_cleanup_free_ char *text = strdup(json_str(reading, "value"));

		/* "text" is what is shown: 230 and 230.0 may be one number and not one text. */
		(void)json_object_set(reading, "text", json_object_get(reading, "value"));
		(void)json_object_set_new(
			reading, "value", typed_value(json_str(reading, "type"), text ? text : ""));
	}
	*ret = TAKE_PTR(v);
	return 0;
}

static int get_readings(sd_bus *bus, const char *id, sd_bus_error *e, json_t **ret)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_free_ char *path = NULL;
	int r = sd_bus_path_encode(HEARTHD_ROOT "/appliance", id, &path);

	if (r >= 0)
		r = sd_bus_call_method(bus, HEARTHD_NAME, path, HEARTHD_NAME ".Appliance1",
			"GetReadings", e, &reply, NULL);
	return r < 0 ? r : client_parse_readings(reply, ret);
}

int client_readings(const struct ctl_options *o, sd_bus *bus, const char *id, json_t **ret)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	int r = get_readings(bus, id, &e, ret);

	return r < 0 ? client_failed(o, r, &e) : CTL_OK;
}

json_t *client_labels(sd_bus *bus, const char *id)
{
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	json_t *v = NULL;

	return get_readings(bus, id, &e, &v) < 0 ? NULL : v;
}

int client_findings(
	const struct ctl_options *o, sd_bus *bus, const char *subject, bool cleared, json_t **ret)
{
	static const char *const names[] = {"id", "subject_kind", "subject", "code", "meaning_en",
		"meaning_zh", "severity", "class", "component", "state", "first_seen", "last_seen",
		"cleared_at", "times", NULL};
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	_cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
	_cleanup_(json_decrefp) json_t *v = NULL;
	int r = sd_bus_call_method(bus, HEARTHD_NAME, HEARTHD_ROOT, HEARTHD_NAME ".Findings1",
		"List", &e, &reply, "sb", subject, (int)cleared);

	if (r >= 0)
		r = parse_value(reply, &v);
	if (r < 0)
		return client_failed(o, r, &e);
	name_members(v, names);
	for (size_t i = 0; i < json_array_size(v); i++) {
		json_t *f = json_array_get(v, i), *meaning = json_object();

		if (*json_str(f, "meaning_en"))
			(void)json_object_set(meaning, "en", json_object_get(f, "meaning_en"));
		if (*json_str(f, "meaning_zh"))
			(void)json_object_set(meaning, "zh", json_object_get(f, "meaning_zh"));
		(void)json_object_del(f, "meaning_en");
		(void)json_object_del(f, "meaning_zh");
		(void)json_object_set_new(f, "meaning", meaning);
	}
	*ret = TAKE_PTR(v);
	return CTL_OK;
}
