#!/usr/bin/env bash
# What the other scripts and the tests need, on Debian as root: rustfmt, clippy, curl, patch, valgrind.
set -euo pipefail
cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
missing=()
for program in curl patch valgrind; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if ((${#missing[@]})); then
    apt-get update -qq
    apt-get install -y -qq "${missing[@]}" >/dev/null
fi
