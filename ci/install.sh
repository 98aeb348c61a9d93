#!/usr/bin/env bash
# What the other scripts need: rustfmt, clippy, valgrind.
set -euo pipefail
for component in rustfmt clippy; do
    cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
done
if ! command -v valgrind >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq valgrind >/dev/null
fi
