//go:build cgo

package sandbox

/*
#include <string.h>
#include <sys/prctl.h>

// Emptying the bounding set takes a call for each capability on each thread. Before the Go runtime starts there is one thread
// only, and those that follow inherit: microseconds instead of milliseconds. In any process but an enclave this does nothing.
__attribute__((constructor, used)) static void empty_bounding_set(int argc, char **argv) {
	if (argc != 2 || strcmp(argv[1], "enclave") != 0) return;
	for (int c = 0; prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0; c++) {}
}
*/
import "C"
