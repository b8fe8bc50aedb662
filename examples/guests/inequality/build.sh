#!/bin/sh
# Builds inequality.wasm with Debian's compiler: apt-get install rustc libstd-rust-dev-wasm32 lld
# The same compiler gives the same bytes; inequality.wasm.sha256 names the committed ones.
set -eu
cd "$(dirname "$0")"
"${RUSTC:-/usr/bin/rustc}" --target wasm32-unknown-unknown --edition 2021 --crate-type cdylib -C opt-level=3 -C panic=abort -C strip=symbols \
	-C linker=wasm-ld -C link-arg=-zstack-size=16384 -o "${1:-inequality.wasm}" inequality.rs
if [ $# -eq 0 ]; then
	sha256sum inequality.wasm >inequality.wasm.sha256
fi
