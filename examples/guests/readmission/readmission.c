// Readmission by department, as a WebAssembly module for Yumen (a WASI command).
//
// It reads /in/visits.csv, whose header names at least resident_id (an integer), visit_date (YYYY-MM-DD) and department
// (text), in any order; other columns are skipped. For each department it counts the patients, their visits and the
// patients who came back to the same department 1 to 30 days after a visit there. It writes /out/readmission.csv with the
// columns department, patients, visits, returned_within_30_days, departments in byte order.
//
// Its one argument, where given, is the least number of people: a department where fewer were patients or came back is
// left out, so that what it writes says nothing of a few.
//
// Visits are packed into 64-bit keys (department, patient, day) and radix-sorted, so that one pass over neighbours answers
// everything. Exit codes: 1 input cannot be read, 2 input is not as described, 3 out of memory, 4 output cannot be written.

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_DEPARTMENTS 4096 // 12 bits of the key
#define DAY_BITS 20
#define PATIENT_BITS 32
#define WINDOW 30

typedef struct {
    const char *text; // inside the input buffer, quotes removed
    size_t len;
} cell;

typedef struct {
    const char *at, *end;
} reader;

static cell departments[MAX_DEPARTMENTS];
static uint32_t department_count;
static uint16_t slots[4 * MAX_DEPARTMENTS]; // hash table of department number + 1

static char *load(const char *path, size_t *len) {
    int fd = open(path, O_RDONLY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) exit(1);
    char *buf = malloc(st.st_size + 1);
    if (!buf) exit(3);
    size_t n = 0;
    while (n < (size_t)st.st_size) {
        ssize_t k = read(fd, buf + n, st.st_size - n);
        if (k <= 0) exit(1);
        n += k;
    }
    close(fd);
    *len = n;
    return buf;
}

// next_cell reads one cell in place and says whether it was the last of its line.
static cell next_cell(reader *r, int *last) {
    cell c = {r->at, 0};
    if (r->at < r->end && *r->at == '"') {
        char *to = (char *)r->at++;
        c.text = to;
        for (;;) {
            if (r->at >= r->end) exit(2);
            if (*r->at == '"') {
                if (r->at + 1 >= r->end || r->at[1] != '"') break;
                r->at++;
            }
            *to++ = *r->at++;
        }
        r->at++;
        c.len = to - c.text;
    } else {
        while (r->at < r->end && *r->at != ',' && *r->at != '\n' && *r->at != '\r') r->at++;
        c.len = r->at - c.text;
    }
    if (r->at < r->end && *r->at == '\r') r->at++;
    *last = r->at >= r->end || *r->at == '\n';
    if (r->at < r->end) {
        if (*r->at != ',' && *r->at != '\n') exit(2);
        r->at++;
    }
    return c;
}

static int is(cell c, const char *name) { return c.len == strlen(name) && memcmp(c.text, name, c.len) == 0; }

static uint32_t number(const char *p, size_t n) {
    uint64_t v = 0;
    if (n == 0) exit(2);
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') exit(2);
        v = v * 10 + (p[i] - '0');
        if (v > UINT32_MAX) exit(2);
    }
    return v;
}

// day_of counts days from 0000-03-01 (Hinnant, days_from_civil).
static uint32_t day_of(cell c) {
    if (c.len != 10 || c.text[4] != '-' || c.text[7] != '-') exit(2);
    uint32_t y = number(c.text, 4), m = number(c.text + 5, 2), d = number(c.text + 8, 2);
    if (m < 1 || m > 12 || d < 1 || d > 31 || y < 1 || y > 2800) exit(2);
    y -= m <= 2;
    uint32_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year;
}

static uint32_t department_of(cell c) {
    uint32_t h = 2166136261u; // FNV-1a
    for (size_t i = 0; i < c.len; i++) h = (h ^ (uint8_t)c.text[i]) * 16777619u;
    for (;; h++) {
        uint16_t *slot = &slots[h % (4 * MAX_DEPARTMENTS)];
        if (*slot == 0) {
            if (department_count == MAX_DEPARTMENTS) exit(2);
            departments[department_count] = c;
            *slot = ++department_count;
            return *slot - 1;
        }
        cell *known = &departments[*slot - 1];
        if (known->len == c.len && memcmp(known->text, c.text, c.len) == 0) return *slot - 1;
    }
}

static uint64_t *parse(char *buf, size_t len, size_t *count) {
    reader r = {buf, buf + len};
    int last = 0, columns = 0, id = -1, date = -1, dept = -1;
    do {
        cell c = next_cell(&r, &last);
        if (is(c, "resident_id")) id = columns;
        if (is(c, "visit_date")) date = columns;
        if (is(c, "department")) dept = columns;
        columns++;
    } while (!last);
    if (id < 0 || date < 0 || dept < 0) exit(2);

    size_t lines = 1;
    for (const char *p = r.at; p < r.end; p++) lines += *p == '\n';
    uint64_t *keys = malloc(2 * lines * sizeof *keys); // the second half is for sorting
    if (!keys) exit(3);
    size_t n = 0;
    while (r.at < r.end) {
        uint64_t patient = 0, day = 0, department = 0;
        last = 0;
        for (int i = 0; i < columns; i++) {
            if (last) exit(2);
            cell c = next_cell(&r, &last);
            if (i == id) patient = number(c.text, c.len);
            if (i == date) day = day_of(c);
            if (i == dept) department = department_of(c);
        }
        if (!last) exit(2);
        keys[n++] = department << (PATIENT_BITS + DAY_BITS) | patient << DAY_BITS | day;
    }
    *count = n;
    return keys;
}

// sort orders n keys by least-significant-digit radix, 8 bits at a time; spare has room for n more.
static void sort(uint64_t *keys, uint64_t *spare, size_t n) {
    for (int shift = 0; shift < 64; shift += 8) {
        size_t at[256] = {0}, sum = 0;
        for (size_t i = 0; i < n; i++) at[keys[i] >> shift & 255]++;
        for (int d = 0; d < 256; d++) {
            size_t k = at[d];
            at[d] = sum;
            sum += k;
        }
        for (size_t i = 0; i < n; i++) spare[at[keys[i] >> shift & 255]++] = keys[i];
        uint64_t *swap = keys; // an even number of passes ends where it began
        keys = spare;
        spare = swap;
    }
}

typedef struct {
    uint32_t department, patients, visits, returned;
} tally;

static tally *count(const uint64_t *keys, size_t n) {
    tally *t = calloc(department_count + 1, sizeof *t);
    if (!t) exit(3);
    for (uint32_t i = 0; i < department_count; i++) t[i].department = i;
    int came_back = 0;
    for (size_t i = 0; i < n; i++) {
        tally *d = &t[keys[i] >> (PATIENT_BITS + DAY_BITS)];
        int same = i > 0 && keys[i] >> DAY_BITS == keys[i - 1] >> DAY_BITS;
        uint64_t gap = same ? keys[i] - keys[i - 1] : 0;
        d->visits++;
        if (!same) {
            d->patients++;
            came_back = 0;
        } else if (!came_back && gap >= 1 && gap <= WINDOW) {
            d->returned++;
            came_back = 1;
        }
    }
    return t;
}

static int by_name(const void *a, const void *b) {
    cell x = departments[((const tally *)a)->department], y = departments[((const tally *)b)->department];
    int c = memcmp(x.text, y.text, x.len < y.len ? x.len : y.len);
    return c ? c : (x.len > y.len) - (x.len < y.len);
}

static char *put_number(char *to, uint32_t v) {
    char digits[10];
    int n = 0;
    do digits[n++] = '0' + v % 10; while (v /= 10);
    while (n) *to++ = digits[--n];
    return to;
}

static char *put_text(char *to, cell c) {
    *to++ = '"';
    for (size_t i = 0; i < c.len; i++) {
        if (c.text[i] == '"') *to++ = '"';
        *to++ = c.text[i];
    }
    *to++ = '"';
    return to;
}

static void save(const char *path, const tally *t, uint32_t least) {
    static const char header[] = "department,patients,visits,returned_within_30_days\n";
    size_t room = sizeof header;
    for (uint32_t i = 0; i < department_count; i++) room += 2 * departments[i].len + 64;
    char *buf = malloc(room), *to = buf;
    if (!buf) exit(3);
    memcpy(to, header, sizeof header - 1);
    to += sizeof header - 1;
    for (uint32_t i = 0; i < department_count; i++) {
        if (t[i].patients < least || t[i].returned < least) continue;
        to = put_text(to, departments[t[i].department]);
        *to++ = ',';
        to = put_number(to, t[i].patients);
        *to++ = ',';
        to = put_number(to, t[i].visits);
        *to++ = ',';
        to = put_number(to, t[i].returned);
        *to++ = '\n';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) exit(4);
    for (char *p = buf; p < to;) {
        ssize_t k = write(fd, p, to - p);
        if (k <= 0) exit(4);
        p += k;
    }
    if (close(fd) != 0) exit(4);
}

int main(int argc, char **argv) {
    size_t len, n;
    uint32_t least = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    char *buf = load("/in/visits.csv", &len);
    uint64_t *keys = parse(buf, len, &n);
    sort(keys, keys + n, n);
    tally *t = count(keys, n);
    qsort(t, department_count, sizeof *t, by_name);
    save("/out/readmission.csv", t, least);
    return 0;
}
