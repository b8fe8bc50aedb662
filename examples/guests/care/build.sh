#!/bin/sh
# Builds care.wasm with Debian's compiler: apt-get install clang lld
# The same compiler gives the same bytes; care.wasm.sha256 names the committed ones.
set -eu
cd "$(dirname "$0")"
clang --target=wasm32 -O2 -nostdlib -Wall -Wextra -Werror -I ../../../guest/c -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=8192 \
	-o "${1:-care.wasm}" care.c
if [ $# -eq 0 ]; then
	sha256sum care.wasm >care.wasm.sha256
fi
