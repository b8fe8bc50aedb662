#!/bin/sh
# Builds echo.wasm with Debian's compiler: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32
# The same compiler gives the same bytes; echo.wasm.sha256 names the committed ones.
set -eu
cd "$(dirname "$0")"
clang --target=wasm32-wasi -O2 -flto -Wall -Wextra -Werror -Wl,--strip-all -o "${1:-echo.wasm}" echo.c
if [ $# -eq 0 ]; then
	sha256sum echo.wasm >echo.wasm.sha256
fi
