/* care: how much care people of each age get in a year. Mode map.
 *
 * Tables: residents (birth_date), hospital_visits (department, fee_total).
 * Group: decades of age at the end of 2025, from 0 to 8; 8 is 80 and more.
 * Coordinates: patient (1 who came at all), visits, departments (different ones), fees (yuan). */
#include "yumen.h"

YUMEN_MODULE(4)

enum { RESIDENTS, VISITS };
enum { DEPARTMENT, FEE };

/* The calendar year of a day since 1970-01-01, after Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, civil_from_days. */
static int64_t year_of(int64_t days) {
	days += 719468; /* since 0000-03-01: years that begin in March end with the leap day */
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, day = days - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t march = day - (365 * year + year / 4 - year / 100); /* days since 1 March */
	return era * 400 + year + (march >= 306);
}

static int same(const void *record, uint32_t a, uint32_t b) {
	uint32_t n, m;
	const char *x = yumen_text(record, VISITS, DEPARTMENT, a, &n), *y = yumen_text(record, VISITS, DEPARTMENT, b, &m);
	if (n != m)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return 0;
	return 1;
}

static int first_of_department(const void *record, uint32_t row) {
	for (uint32_t i = 0; i < row; i++)
		if (same(record, i, row))
			return 0;
	return 1;
}

static uint32_t yumen_run(const void *record, union yumen_number *out) {
	uint32_t visits = yumen_rows(record, VISITS);
	int64_t departments = 0, cents = 0;
	for (uint32_t i = 0; i < visits; i++) {
		departments += first_of_department(record, i);
		cents += yumen_int(record, VISITS, FEE, i);
	}
	out[0].i = visits > 0;
	out[1].i = visits;
	out[2].i = departments;
	out[3].d = (double)cents / 100;
	if (yumen_rows(record, RESIDENTS) == 0)
		__builtin_trap(); /* nobody the register knows: the declared default */
	int64_t age = 2025 - year_of(yumen_int(record, RESIDENTS, 0, 0));
	return age >= 80 ? 8 : age < 0 ? 0 : (uint32_t)(age / 10);
}
