#!/bin/sh
# Builds tool.wasm with Debian's compiler: apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32
set -eu
cd "$(dirname "$0")"
clang --target=wasm32-wasi -Oz -flto -Wall -Wextra -Werror -Wno-infinite-recursion -Wl,--strip-all -Wl,-z,stack-size=1048576 -o tool.wasm tool.c
