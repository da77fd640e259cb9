/* SPDX-License-Identifier: Apache-2.0 */
/* A heat pump made by hand, for the tests of blocks and messages: numbers with and without a
 * resolution, an enum, a switch, a text of the maker's own. */
#ifndef HEARTHD_TEST_REPORT_SAMPLE_H
#define HEARTHD_TEST_REPORT_SAMPLE_H

#include "daemon/report/report.h"

enum {
	A_TEMPERATURE,
	A_POWER,
	A_ENERGY,
	A_ONLINE,
	A_MODE,
	A_TEXT,
	A_FLAGS,
	A_TOTAL, /* a running total, told at a block's end */
	A_COUNT
};

static const struct model_value sample_modes[] = {{"off", 0}, {"heat", 4}, {"cool", 3}};
static const struct model_attr sample_mode_attr = {
	.name = "system_mode",
	.type = ATTR_ENUM,
	.values = sample_modes,
	.n_values = 3,
	.label_en = "Mode",
	.label_zh = "模式",
};
static struct enum_map sample_bits[] = {{0, (char *)"defrost", 0}, {3, (char *)"boost", 3}};
static struct point sample_flags_point = {
	.name = (char *)"flags", .enums = sample_bits, .n_enums = 2, .bits = true, .attr = -1};
static struct point sample_text_point = {.name = (char *)"note", .type = POINT_STRING, .attr = -1};
static struct point sample_number_point = {.name = (char *)"n", .type = POINT_S16, .attr = -1};
static struct point sample_float_point = {.name = (char *)"f", .type = POINT_F32, .attr = -1};

static struct appliance_config sample_conf = {.id = (char *)"pump"};
static struct attribute sample_attrs[A_COUNT];
static struct appliance sample_appliance = {
	.conf = &sample_conf, .attrs = sample_attrs, .n_attrs = A_COUNT};

static unit_id sample_unit(const char *name)
{
	unit_id u = UNIT_NONE;

	(void)unit_by_name(name, &u);
	return u;
}

static struct appliance *sample_new(void)
{
	sample_conf.kind = model_kind_by_name("heat_pump");
	sample_attrs[A_TEMPERATURE] = (struct attribute){.name = "flow.temperature",
		.unit = sample_unit("°C"),
		.deadband = 0.2,
		.resolution = 0.1,
		.point = &sample_number_point};
	sample_attrs[A_POWER] = (struct attribute){.name = "active_power",
		.unit = sample_unit("W"),
		.deadband = 5,
		.point = &sample_float_point};
	sample_attrs[A_ENERGY] = (struct attribute){
		.name = "vendor.energy", .unit = sample_unit("kWh"), .point = &sample_float_point};
	sample_attrs[A_ONLINE] =
		(struct attribute){.name = "vendor.pump", .point = &sample_number_point};
	sample_attrs[A_MODE] = (struct attribute){
		.name = "system_mode", .model = &sample_mode_attr, .point = &sample_number_point};
	sample_attrs[A_TEXT] =
		(struct attribute){.name = "vendor.note", .point = &sample_text_point};
	sample_attrs[A_FLAGS] =
		(struct attribute){.name = "vendor.flags", .point = &sample_flags_point};
	sample_attrs[A_TOTAL] = (struct attribute){.name = "vendor.starts",
		.point = &sample_number_point,
		.resolution = 1,
		.total = true};
	return &sample_appliance;
}

static inline struct sample sample_number(uint16_t attr, uint64_t t_us, double v)
{
	return (struct sample){.attr = attr,
		.t_us = t_us,
		.r = {.type = VALUE_NUMBER, .quality = QUALITY_GOOD, .num = v, .t_us = t_us}};
}

static inline struct sample sample_code(
	uint16_t attr, uint64_t t_us, enum value_type type, int64_t code)
{
	return (struct sample){.attr = attr,
		.t_us = t_us,
		.r = {.type = type, .quality = QUALITY_GOOD, .code = code, .t_us = t_us}};
}

static inline struct sample sample_text(uint16_t attr, uint64_t t_us, const char *text)
{
	struct sample s = sample_code(attr, t_us, VALUE_STRING, 0);

	str_copy(s.r.text, sizeof(s.r.text), text);
	return s;
}

static inline struct sample sample_bad(
	uint16_t attr, uint64_t t_us, enum quality q, enum reason reason)
{
	return (struct sample){
		.attr = attr, .t_us = t_us, .r = {.quality = q, .reason = reason, .t_us = t_us}};
}

#endif
