/* SPDX-License-Identifier: Apache-2.0 */
/* What Home Assistant reads: a discovery document an appliance, beside its state a word on its health, and
 * all of it again when Home Assistant has started. */
#include "build-config.h"
#include "daemon/report/discovery.h"
#include "manager-down.h"
#include "manager-feed-internal.h"
#include "daemon/manager/rules/manager-rules.h"

struct asker {
	const struct feed *feed;
	const struct unit *unit;
};

static bool granted(void *userdata, const char *attribute)
{
	const struct asker *a = userdata;

	return config_granted(a->unit->appliance->conf, a->feed->conf, attribute, COMMANDS_PLAIN);
}

bool feed_may_discover(const struct feed *f, const struct unit *u)
{
	return feed_may_unit(f, u, PLANE_DISCOVERY) && feed_may_unit(f, u, PLANE_STATE);
}

void feed_set_discovery(struct feed *f, const struct unit *u, const struct appliance_text *card)
{
	struct asker asker = {f, u};
	struct discovery_text d = {.card = card,
		.base = feed_base(f),
		.gw = feed_gw(f),
		.version = HEARTHD_VERSION,
		.zh = f->manager->config->zh,
		.granted = granted,
		.userdata = &asker};
	char topic[RELAY_TOPIC_MAX] = "/";
	char *json;
	size_t n;

	if (!feed_may_discover(f, u))
		return;
	if (discovery_topic(d.gw, card->id, topic + 1, sizeof(topic) - 1) &&
		discovery_compose(&d, &json, &n) >= 0)
		feed_retain(f,
			(struct retained_doc){.rank = RETAINED_DISCOVERY,
				.suffix = topic,
				.content_type = "application/json"},
			json, n, false);
}

/* The gravest of what stands; of two the older. */
static const struct finding *gravest(const struct findings *f)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (finding_is_active(f->v[i]) && (!worst || f->v[i]->severity > worst->severity))
			worst = f->v[i];
	return worst;
}

void feed_set_health(struct feed *f, const struct unit *u)
{
	const struct finding *v = gravest(&u->diagnose.findings);
	bool zh = f->manager->config->zh;
	struct health_text h = {.health = unit_health(u), .problem = unit_problem(u)};
	char suffix[64], *json;
	size_t n;

	if (!feed_may_discover(f, u))
		return;
	if (v) {
		const char *other = zh ? v->meaning_en : v->meaning_zh;

		h.fault_code = v->code;
		h.fault_text = zh ? v->meaning_zh : v->meaning_en;
		if (!h.fault_text)
			h.fault_text = other;
	}
	(void)snprintf(suffix, sizeof(suffix), "a/%s/health", feed_alias(f, u));
	if (health_compose(&h, &json, &n) >= 0)
		feed_retain(f,
			(struct retained_doc){.rank = RETAINED_AVAILABILITY,
				.suffix = suffix,
				.content_type = "application/json"},
			json, n, false);
}

/* ---- homeassistant/status */

static bool wanted(const struct feed *f)
{
	return feed_may(f, PLANE_DISCOVERY) && feed_may(f, PLANE_STATE);
}

static void on_message(struct feed *f, const struct down_message *d)
{
	uint64_t random = 0;

	/* A retained one comes with our own connection, behind which everything is published anyway. */
	if (d->raw->retained || d->raw->n != 6 || memcmp(d->raw->payload, "online", 6) != 0)
		return;
	(void)random_bytes(&random, sizeof(random));
	/* feed_tick_discovery() comes each second. */
	rediscovery_online(&f->rediscovery, clock_boottime_us(), random);
}

const struct down_handler down_hass = {
	.filter = "/homeassistant/status",
	.retained = true,
	.max = 64,
	.burst = 8,
	.period_us = 10 * USEC_PER_SEC,
	.wanted = wanted,
	.message = on_message,
};

void feed_tick_discovery(struct feed *f)
{
	if (rediscovery_take(&f->rediscovery, clock_boottime_us()))
		upstream_resend_retained(f->up, RETAINED_STATE);
}
