#!/bin/sh
# Builds readmission.wasm with Debian's compiler: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32
# The same compiler gives the same bytes; readmission.wasm.sha256 names the committed ones.
set -eu
cd "$(dirname "$0")"
clang --target=wasm32-wasi -O2 -flto -Wall -Wextra -Werror -Wl,--strip-all -o "${1:-readmission.wasm}" readmission.c
if [ $# -eq 0 ]; then
	sha256sum readmission.wasm >readmission.wasm.sha256
fi
