#!/usr/bin/env bash
# Counts exactly what airmail's operations cost (read-modify-writes, instructions, system calls, clock reads), and
# fails if that is more than the design allows or than bench/accepted-counts.json says. Needs a Linux x86-64 that
# lets a program trace its child (in a container: --cap-add=SYS_PTRACE). Half a minute, besides the build.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet -p airmail-bench
started=$SECONDS
timeout 300 cargo run --release --quiet -p airmail-bench -- counts --check ||
    { echo 'counts: failed; what is above its bound or its accepted count is said above' >&2; exit 1; }
echo "counts: within the bounds and the accepted counts, $((SECONDS - started)) s"
