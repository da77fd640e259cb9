/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into a history block comes out: values to the resolution, times to 0.1 s, qualities
 * exactly; and no bytes whatever do more than be refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report-sample.h"
#include <math.h>

#define T0 (1000 * USEC_PER_SEC)

static struct decoded_block round_trip(const struct sample *v, size_t n, uint64_t t0, size_t *ret_n)
{
	struct decoded_block d;
	void *blob;
	size_t blob_n;

	assert_int_equal(block_encode(sample_new(), v, n, t0, &blob, &blob_n), 0);
	assert_int_equal(block_decode(blob, blob_n, t0, &d), 0);
	free(blob);
	if (ret_n)
		*ret_n = blob_n;
	assert_int_equal(d.n_samples, n);
	return d;
}

static const char *text_of(const struct decoded_block *d, size_t i)
{
	assert_in_range(d->samples[i].r.code, 0, d->n_texts - 1);
	return d->texts[d->samples[i].r.code];
}

static void test_all_types(void **s)
{
	const struct sample v[] = {
		sample_number(A_TEMPERATURE, T0, 21.8),
		sample_number(A_POWER, T0, 230.4567),
		sample_number(A_ENERGY, T0, (double)1234.567f),
		sample_code(A_ONLINE, T0 + 100000, VALUE_BOOL, 1),
		sample_code(A_MODE, T0 + 200000, VALUE_ENUM, 3),
		sample_code(A_MODE, T0 + 300000, VALUE_ENUM, ENUM_CODE_VENDOR + 0x1f),
		sample_text(A_TEXT, T0 + 400000, "空调 \"x\""),
		sample_code(A_FLAGS, T0 + 500000, VALUE_BITS, 9),
		sample_number(A_TEMPERATURE, T0 + 10 * USEC_PER_SEC, -3.1),
		sample_bad(A_TEMPERATURE, T0 + 20 * USEC_PER_SEC, QUALITY_UNAVAILABLE,
			REASON_NO_REPLY),
		sample_number(A_TEMPERATURE, T0 + 30 * USEC_PER_SEC, 21.9),
		sample_bad(A_ENERGY, T0 + 30 * USEC_PER_SEC, QUALITY_ABSENT, REASON_NONE),
	};
	struct decoded_block d = round_trip(v, ARRAY_SIZE(v), T0, NULL);

	assert_string_equal(d.kind, "heat_pump");
	assert_int_equal(d.n_columns, 7);
	for (size_t i = 0; i < d.n_samples; i++) {
		assert_int_equal(d.samples[i].t_us, v[i].t_us);
		assert_int_equal(d.samples[i].r.quality, v[i].r.quality);
		assert_int_equal(d.samples[i].r.reason, v[i].r.reason);
		assert_int_equal(d.samples[i].r.type, v[i].r.type);
		assert_int_equal(d.columns[d.samples[i].attr].order, v[i].attr);
	}
	assert_true(d.samples[0].r.num == 21.8);
	/* Floats to a tenth of the deadband; without one exactly. */
	assert_float_equal(d.samples[1].r.num, 230.5, 1e-9);
	assert_true(d.samples[2].r.num == (double)1234.567f);
	assert_int_equal(d.samples[3].r.code, 1);
	assert_string_equal(text_of(&d, 4), "cool");
	assert_string_equal(text_of(&d, 5), "vendor_1f");
	assert_string_equal(text_of(&d, 6), "空调 \"x\"");
	assert_string_equal(text_of(&d, 7), "defrost boost");
	assert_true(d.samples[8].r.num == -3.1);
	assert_string_equal(d.columns[0].name, "flow.temperature");
	assert_non_null(d.columns[0].model);
	assert_string_equal(unit_name(d.columns[0].unit), "°C");
	assert_true(d.columns[0].deadband == 0.2 && d.columns[0].resolution == 0.1);
	assert_string_equal(d.columns[2].name, "vendor.energy");
	assert_null(d.columns[2].model);
	decoded_block_done(&d);
	decoded_block_done(&d);
}

static void test_edges(void **s)
{
	struct decoded_block d = round_trip(NULL, 0, T0, NULL);
	const struct sample big[] = {sample_number(A_TEMPERATURE, 5, 1e300),
		sample_number(A_TEMPERATURE, T0, -0.0), sample_number(A_ENERGY, T0, 0.1)};
	/* A second type under one name: a column of its own. */
	const struct sample mixed[] = {sample_bad(A_MODE, T0, QUALITY_STALE, REASON_NONE),
		sample_code(A_MODE, T0, VALUE_ENUM, 4), sample_number(A_MODE, T0 + 100000, 7)};
	const struct sample disorder[] = {
		sample_number(0, T0 + USEC_PER_SEC, 1), sample_number(0, T0, 1)};
	struct sample out = sample_number(A_COUNT, T0, 1);
	void *blob;
	size_t n;

	assert_int_equal(d.n_columns, 0);
	decoded_block_done(&d);
	d = round_trip(big, 3, T0, NULL);
	assert_true(d.samples[0].r.num == 1e300);
	/* Before t0, and no earlier than the boot. */
	assert_int_equal(d.samples[0].t_us, 0);
	assert_true(d.samples[2].r.num == 0.1);
	decoded_block_done(&d);
	d = round_trip(mixed, 3, T0, NULL);
	assert_int_equal(d.n_columns, 2);
	assert_int_equal(d.columns[0].type, VALUE_ENUM);
	assert_int_equal(d.columns[1].type, VALUE_NUMBER);
	assert_int_equal(d.samples[0].r.quality, QUALITY_STALE);
	assert_string_equal(text_of(&d, 1), "heat");
	assert_true(d.samples[2].r.num == 7);
	decoded_block_done(&d);
	assert_int_equal(block_encode(sample_new(), &out, 1, T0, &blob, &n), -EINVAL);
	assert_int_equal(block_encode(sample_new(), disorder, 2, T0, &blob, &n), -EINVAL);
}

static void test_random(void **s)
{
	static struct sample v[2000];
	unsigned seed = 7;

	for (int round = 0; round < 50; round++) {
		size_t n = (size_t)rand_r(&seed) % ARRAY_SIZE(v);
		uint64_t t = T0;
		struct decoded_block d;
		uint16_t before[A_COUNT];
		size_t at[A_COUNT] = {0}, matched = 0;

		for (size_t i = 0; i < n; i++) {
			uint16_t attr = (uint16_t)(rand_r(&seed) % 3);

			t += (uint64_t)rand_r(&seed) % 3 * 3333333;
			v[i] = rand_r(&seed) % 8 == 0
				       ? sample_bad(attr, t, QUALITY_STALE, REASON_NONE)
				       : sample_number(
						 attr, t, (rand_r(&seed) % 4001 - 2000) / 10.0);
		}
		d = round_trip(v, n, T0, NULL);
		/* Within each attribute the order is kept. */
		(void)before;
		for (size_t k = 0; k < n; k++) {
			const struct sample *x = &d.samples[k];
			uint16_t attr = d.columns[x->attr].order;

			while (v[at[attr]].attr != attr)
				at[attr]++;
			assert_true(llabs((long long)(x->t_us - v[at[attr]].t_us)) <= 50000);
			assert_int_equal(x->r.quality, v[at[attr]].r.quality);
			if (x->r.quality == QUALITY_GOOD && attr != A_ENERGY)
				assert_true(x->r.num == v[at[attr]].r.num);
			at[attr]++;
			matched++;
		}
		assert_int_equal(matched, n);
		decoded_block_done(&d);
	}
}

/* Steady values of a minute's polling cost little more than a byte each before deflate. */
static void test_size(void **s)
{
	static struct sample v[3000];
	size_t n = 0, bytes;
	struct decoded_block d;

	for (int i = 0; i < 1000; i++) {
		v[n++] = sample_number(
			A_TEMPERATURE, T0 + (uint64_t)i * 10 * USEC_PER_SEC, 20 + i % 7 * 0.1);
		v[n++] = sample_number(A_POWER, T0 + (uint64_t)i * 10 * USEC_PER_SEC, 100 + i % 3);
	}
	d = round_trip(v, n, T0, &bytes);
	assert_true(bytes < 2 * n + 1500);
	decoded_block_done(&d);
}

static void test_hostile(void **s)
{
	struct sample v[40];
	struct decoded_block d;
	void *blob;
	uint8_t *p;
	size_t n;
	unsigned seed = 3;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = i % 5 == 4   ? sample_code(A_MODE, T0 + i * 1000000, VALUE_ENUM, 3)
		       : i % 5 == 3 ? sample_bad(A_POWER, T0 + i * 1000000, QUALITY_SUSPECT,
					      REASON_RANGE)
				    : sample_number((uint16_t)(i % 3), T0 + i * 1000000, (double)i);
	assert_int_equal(block_encode(sample_new(), v, ARRAY_SIZE(v), T0, &blob, &n), 0);
	p = blob;
	for (size_t k = 0; k < n; k++)
		assert_int_equal(block_decode(p, k, T0, &d), -EBADMSG);
	for (int round = 0; round < 20000; round++) {
		size_t at = (size_t)rand_r(&seed) % n;
		uint8_t was = p[at];

		p[at] = (uint8_t)rand_r(&seed);
		if (block_decode(p, n, T0, &d) == 0) {
			for (size_t i = 0; i < d.n_samples; i++)
				assert_true(d.samples[i].attr < d.n_columns);
			decoded_block_done(&d);
		}
		p[at] = was;
	}
	p = realloc(p, n + 1);
	p[n] = 0;
	assert_int_equal(block_decode(p, n + 1, T0, &d), -EBADMSG);
	free(p);
	/* A format of the future is not guessed at. */
	assert_int_equal(block_decode("\x02\x00\x00\x00", 4, T0, &d), -EBADMSG);
	assert_int_equal(block_decode("\x01\x00\x00\x00", 4, T0, &d), 0);
	decoded_block_done(&d);
	/* Counts that the bytes cannot hold. */
	assert_int_equal(block_decode("\x01\x00\xff\xff\xff\xff\x0f\x00", 8, T0, &d), -EBADMSG);
	assert_int_equal(block_decode("\x01\x00\x00\xff\xff\xff\xff\x0f", 8, T0, &d), -EBADMSG);
}

static void check_decimals(double resolution, double deadband, int want)
{
	assert_int_equal(number_decimals(resolution, deadband), want);
}

static void check_format(double v, int decimals, const char *want)
{
	char b[40];

	number_format(b, sizeof(b), v, decimals);
	assert_string_equal(b, want);
}

static void test_numbers(void **s)
{
	check_decimals(0.1, 0.2, 1);
	check_decimals(1, 0, 0);
	check_decimals(10, 0, 0);
	check_decimals(0.25, 0, 2);
	check_decimals(0.5, 0.2, 1);
	check_decimals(0.001, 0, 3);
	check_decimals(1.0 / 207, 0, 4);
	check_decimals(5.0 / 9, 0, 2);
	check_decimals(0, 0.2, 2);
	check_decimals(0, 5, 1);
	check_decimals(0, 50, 0);
	check_decimals(0, 0, -1);
	check_format(21.8, 1, "21.8");
	check_format(21.0, 1, "21");
	check_format(-0.01, 1, "0");
	check_format(-21.85, 2, "-21.85");
	check_format(100, 0, "100");
	check_format(0, 3, "0");
	check_format((double)230.4f, -1, "230.4");
	check_format(0.1, -1, "0.1");
	check_format(1.0 / 3, -1, "0.3333333333333333");
	check_format(123456789, -1, "123456789");
	check_format(1e300, 1, "1e+300");
}

/* Digit by digit what printf() writes. */
static void test_as_printf(void **s)
{
	static const double edges[] = {0.125, 0.375, 0.5, 1.5, 2.5, 1.005, 1.115, 0.045, 9.995,
		99.95, 0.05, 0.999, 1e8 - 0.5, 999999999.96, 1e9, 1e14, 12345.678, 65535, 1 / 3.0};
	uint64_t seed = 42;

	for (size_t i = 0; i < 40000; i++) {
		int decimals = (int)(i % 7);
		double v;
		char want[64];

		seed = seed * UINT64_C(6364136223846793005) + 1;
		v = i / 14 < ARRAY_SIZE(edges) ? edges[i / 14] * (i % 2 ? -1 : 1)
		    : i % 3 ? (double)((int64_t)(seed >> 40) - (1 << 23)) / (double)(1 << (i % 9))
			    : (double)((int64_t)(seed >> 40) - (1 << 23)) / 1000;
		(void)snprintf(want, sizeof(want), "%.*f", decimals, v);
		for (size_t n = strlen(want); strchr(want, '.') && strchr("0.", want[n - 1]);) {
			bool point = want[n - 1] == '.';

			want[--n] = 0;
			if (point)
				break;
		}
		check_format(v, decimals, strcmp(want, "-0") == 0 ? "0" : want);
	}
}

/* Deadbands are floats in a block, and come back as the numbers that were meant. */
static void test_six_digits(void **s)
{
	const struct sample v = sample_number(A_TEMPERATURE, T0, 1);
	struct appliance *a = sample_new();
	double was = a->attrs[A_TEMPERATURE].deadband;

	for (int exponent = -12; exponent <= 12; exponent++)
		for (int digits = 1; digits < 1000000; digits = digits * 3 + exponent * exponent) {
			struct decoded_block d;
			char text[32];
			void *blob;
			size_t n;

			(void)snprintf(text, sizeof(text), "%de%d", digits, exponent);
			a->attrs[A_TEMPERATURE].deadband = strtod(text, NULL);
			assert_int_equal(block_encode(a, &v, 1, T0, &blob, &n), 0);
			assert_int_equal(block_decode(blob, n, T0, &d), 0);
			assert_true(d.columns[0].deadband == a->attrs[A_TEMPERATURE].deadband);
			decoded_block_done(&d);
			free(blob);
		}
	a->attrs[A_TEMPERATURE].deadband = was;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_as_printf),
		cmocka_unit_test(test_six_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
