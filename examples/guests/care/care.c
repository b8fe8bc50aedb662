/* care: how much care people of each age get in a year. Mode map.
 *
 * Tables: residents (birth_date), hospital_visits (department, fee_total).
 * Group: decades of age at the end of 2025, from 0 to 8; 8 is 80 and more.
 * Coordinates: patient (1 who came at all), visits, departments (different ones), fees (yuan). */
#include "yumen.h"

YUMEN_MODULE(4)

enum { RESIDENTS, VISITS };
enum { DEPARTMENT, FEE };

static const int64_t end_of_year = 20453; /* 2025-12-31 in days since 1970-01-01 */

/* Years that have passed since a day, by the mean length of a year in the Gregorian calendar. */
static int64_t years(int64_t days) { return days * 400 / 146097; }

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
	int64_t age = years(end_of_year - yumen_int(record, RESIDENTS, 0, 0));
	return age >= 80 ? 8 : age < 0 ? 0 : (uint32_t)(age / 10);
}
