/* yumen.h: what a module in mode map or block is given and gives back. docs/wasm.md describes both byte by byte.
 *
 * Needs no library. In one source file of the module, put YUMEN_MODULE at file level and define yumen_run:
 *
 *     #include "yumen.h"
 *     YUMEN_MODULE(2)
 *     static uint32_t yumen_run(const void *record, union yumen_number *out) {
 *         out[0].i = yumen_rows(record, 0);
 *         out[1].d = yumen_null(record, 0, 0, 0) ? 0 : yumen_double(record, 0, 0, 0);
 *         return 0; // the group; 0 in mode block
 *     }
 *
 * clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,-z,stack-size=8192 -o module.wasm module.c
 *
 * Tables, columns and rows are counted from 0, columns in the order in which the job declares them. Nothing here checks
 * that they exist. */
#ifndef YUMEN_H
#define YUMEN_H

#include <stdint.h>

union yumen_number {
	int64_t i;
	double d;
};

struct yumen_table {
	uint32_t rows, columns, cells, nulls;
};

static inline const struct yumen_table *yumen_table(const void *record, uint32_t table) {
	return (const struct yumen_table *)((const uint8_t *)record + 8) + table;
}

static inline uint32_t yumen_rows(const void *record, uint32_t table) { return yumen_table(record, table)->rows; }

static inline int yumen_null(const void *record, uint32_t table, uint32_t column, uint32_t row) {
	const struct yumen_table *t = yumen_table(record, table);
	return ((const uint8_t *)record)[t->nulls + column * t->rows + row];
}

static inline union yumen_number yumen_cell(const void *record, uint32_t table, uint32_t column, uint32_t row) {
	const struct yumen_table *t = yumen_table(record, table);
	return ((const union yumen_number *)((const uint8_t *)record + t->cells))[column * t->rows + row];
}

/* integer; boolean as 0 or 1; date as days and timestamp as microseconds since 1970-01-01; decimal of up to 18 digits as its
 * digits without the point: 12.50 in a decimal(10,2) is 1250 */
static inline int64_t yumen_int(const void *record, uint32_t table, uint32_t column, uint32_t row) {
	return yumen_cell(record, table, column, row).i;
}

/* double; decimal of more than 18 digits */
static inline double yumen_double(const void *record, uint32_t table, uint32_t column, uint32_t row) {
	return yumen_cell(record, table, column, row).d;
}

/* text: UTF-8, not ended by a zero */
static inline const char *yumen_text(const void *record, uint32_t table, uint32_t column, uint32_t row, uint32_t *length) {
	uint64_t cell = (uint64_t)yumen_cell(record, table, column, row).i;
	*length = (uint32_t)(cell >> 32);
	return (const char *)record + (uint32_t)cell;
}

/* Room for the record: what lies behind the module's own data. Each call finds it empty. */
extern uint8_t __heap_base;
static inline void *yumen_room(uint32_t size) {
	uintptr_t at = ((uintptr_t)&__heap_base + 7) & ~(uintptr_t)7;
	uintptr_t missing = (at + size + 65535) / 65536;
	uintptr_t have = __builtin_wasm_memory_size(0);
	if (missing > have && __builtin_wasm_memory_grow(0, missing - have) == (uintptr_t)-1)
		__builtin_trap();
	return (void *)at;
}

static uint32_t yumen_run(const void *record, union yumen_number *out);

#define YUMEN_MODULE(coordinates)                                                                             \
	static struct {                                                                                           \
		uint32_t group, zero;                                                                                 \
		union yumen_number out[coordinates];                                                                  \
	} yumen_result;                                                                                           \
	__attribute__((export_name("yumen_alloc"))) void *yumen_alloc(uint32_t size) { return yumen_room(size); } \
	__attribute__((export_name("yumen_map"))) uint64_t yumen_map(const void *record, uint32_t size) {         \
		(void)size;                                                                                           \
		yumen_result.group = yumen_run(record, yumen_result.out);                                             \
		return (uint64_t)(uintptr_t)&yumen_result << 32 | sizeof yumen_result;                                \
	}

#endif
