/* SPDX-License-Identifier: Apache-2.0 */
/* How the requests of scan and add get onto a line: through hearthd where it has the line, in the gaps of
 * its schedule; else over a transport of our own. One thread. */
#ifndef HEARTHD_CTL_SCAN_PORT_H
#define HEARTHD_CTL_SCAN_PORT_H

#include "adapters/scan.h"
#include "adapters/transport.h"
#include "client.h"
#include "daemon/config/config.h"

struct scan_port {
	const struct ctl_options *o;
	char bus_id[40];  /* of hearthd.conf, or "" */
	char device[256]; /* "rtu:/dev/…" "tcp:host:502" */
	bool tcp;         /* no settings of its own: tcp: and rtutcp: */
	bool rtutcp;
	bool daemon; /* hearthd has it */
	bool fixed;  /* appliances are on it: its settings stay */
	bool configured[256];
	struct scan_line line; /* as configured; baud 0: not stated */

	/* Private. */
	sd_bus *bus;
	char *path;
	struct transport *transport;
};

/* WHERE is a bus of the configuration, a device's words, or NULL for the only line there is. CTL_OK, or
 * says why not and returns the exit code. C may be NULL: there is no configuration. */
int scan_port_open(const struct ctl_options *o, const char *where, const struct config *c,
	struct scan_port *ret);
void scan_port_close(struct scan_port *p); /* idempotent */
/* 0 with the reply's PDU of *RET_N bytes, -EREMOTEIO, -ETIMEDOUT, -EBADMSG, -EPERM, -EINTR; anything else was
 * said on standard error and ends the work. */
int scan_port_ask(struct scan_port *p, const struct scan_request *rq, uint8_t ret[MODBUS_PDU_MAX],
	size_t *ret_n, uint8_t *ret_exception, uint64_t *ret_took_us);

/* "9600 8N1", "" where BAUD is 0. */
const char *scan_line_text(const struct scan_line *l, char *dst, size_t size);
int scan_line_parse(const char *s, struct scan_line *ret); /* "9600,8N1" or "9600" */
/* BUS:5, DEVICE:5, DEVICE,9600,8N1:5 */
void scan_address(const struct scan_port *p, const struct scan_line *l, unsigned unit, char *dst,
	size_t size);
int scan_address_parse(const char *address, char *where, size_t size, struct scan_line *ret_line,
	unsigned *ret_unit);

/* verbs-scan.c. Until the end or Ctrl-C; FOUND is told of each unit, and may be NULL. */
int ctl_run_scan(struct scan_port *p, struct scan *s, bool progress,
	void (*found)(const struct scan_port *p, const struct scan_found *f));
void ctl_show_found(const struct scan_port *p, const struct scan_found *f);
void ctl_catch_interrupt(void);
bool ctl_interrupted(void);

/* verbs-profile.c: all that load, Modbus ones; freed with profile_unref() each. */
size_t ctl_load_profiles(const struct ctl_options *o, struct profile **ret, size_t max);
int ctl_load_profile(const struct ctl_options *o, const char *name,
	const struct profile_choices *choices, struct profile **ret);

#endif
