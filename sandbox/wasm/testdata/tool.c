// A guest for tests: it does what its arguments say, well-behaved or not.

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int copy(const char *from, const char *to) {
    char buf[4096];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0) return 9;
    for (ssize_t n; (n = read(in, buf, sizeof buf)) > 0;)
        if (write(out, buf, n) != n) return 9;
    return close(out) ? 9 : 0;
}

static void tried(FILE *out, const char *what, int got) { fprintf(out, "%s,%d\n", what, got); }

static int reads(const char *path) {
    char b;
    int fd = open(path, O_RDONLY), got = fd >= 0 && read(fd, &b, 1) == 1;
    if (fd >= 0) close(fd);
    return got;
}

static int writes(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT, 0600), got = fd >= 0 && write(fd, "x", 1) == 1;
    if (fd >= 0) close(fd);
    return got;
}

// escape writes one line for each way out that it tries: its name and 1 if it led somewhere. arg names a file on the host
// that must stay out of reach, given relative to /out.
static int escape(const char *arg) {
    FILE *out = fopen("/out/out.csv", "w");
    char path[512];
    if (!out) return 9;
    fprintf(out, "try,got\n");
    tried(out, "read /etc/passwd", reads("/etc/passwd"));
    tried(out, "read /proc/self/environ", reads("/proc/self/environ"));
    tried(out, "read /", open("/", O_RDONLY | O_DIRECTORY) >= 0);
    snprintf(path, sizeof path, "/out/%s", arg);
    tried(out, "dot-dot from out", reads(path));
    snprintf(path, sizeof path, "/in/%s", arg);
    tried(out, "dot-dot from in", reads(path));
    tried(out, "symlink relative", symlink(arg, "/out/link") == 0);
    tried(out, "through symlink", reads("/out/link"));
    tried(out, "symlink absolute", symlink("/etc", "/out/abs") == 0);
    tried(out, "hard link", link("/in/data", "/out/hard") == 0);
    tried(out, "write into in", writes("/in/data"));
    tried(out, "create in in", writes("/in/new"));
    tried(out, "remove from in", unlink("/in/data") == 0);
    tried(out, "rename out of out", rename("/out/out.csv", "/out/../gone") == 0);
    tried(out, "environment", getenv("PATH") != NULL || getenv("HOME") != NULL);
    tried(out, "other descriptors", write(17, "x", 1) == 1 || write(-1, "x", 1) == 1);
    return fclose(out) ? 9 : 0;
}

// world writes what the module can see of time and chance, for comparing two runs.
static int world(void) {
    FILE *out = fopen("/out/out.csv", "w");
    unsigned char r[8] = {0};
    struct timespec t = {0, 0}, nap = {5, 0};
    if (!out) return 9;
    clock_gettime(CLOCK_REALTIME, &t);
    getentropy(r, sizeof r);
    nanosleep(&nap, NULL);
    fprintf(out, "seconds,random\n%lld,", (long long)t.tv_sec);
    for (unsigned i = 0; i < sizeof r; i++) fprintf(out, "%02x", r[i]);
    fprintf(out, "\n");
    return fclose(out) ? 9 : 0;
}

static int recurse(volatile char *caller) {
    volatile char frame[64];
    frame[0] = caller[0] + 1;
    return recurse(frame) + frame[0];
}

static int grow(void) {
    size_t sum = 0;
    for (;;) {
        size_t page = __builtin_wasm_memory_grow(0, 256);
        if (page == SIZE_MAX) abort();
        memset((void *)(page << 16), 1, 256 << 16);
        sum += page;
    }
    return sum == 0;
}

static int flood(const char *path, long megabytes) {
    static char buf[1 << 20];
    int fd = path ? open(path, O_WRONLY | O_CREAT, 0600) : 1;
    for (long i = 0; i < megabytes; i++)
        if (write(fd, buf, sizeof buf) < 0) return 9;
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    int code = 0;
    for (int i = 2; !strcmp(what, "copy") && i + 1 < argc; i += 2) code |= copy(argv[i], argv[i + 1]);
    if (!strcmp(what, "escape")) return escape(argv[2]);
    if (!strcmp(what, "world")) return world();
    if (!strcmp(what, "loop"))
        for (volatile int i = 0;; i++) {}
    if (!strcmp(what, "recurse")) return recurse((volatile char *)what);
    if (!strcmp(what, "grow")) return grow();
    if (!strcmp(what, "trap")) __builtin_trap();
    if (!strcmp(what, "wild")) *(volatile char *)0xfffffff0 = 1;
    if (!strcmp(what, "exit")) exit(atoi(argv[2]));
    if (!strcmp(what, "flood")) return flood(argv[2], atol(argv[3]));
    if (!strcmp(what, "print")) {
        flood(NULL, 8);
        return copy(argv[2], argv[3]);
    }
    if (!strcmp(what, "mkdir")) return mkdir("/out/folder", 0700);
    return code;
}
