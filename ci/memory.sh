#!/usr/bin/env bash
# What airmail takes from the system and gives back, in release mode, at full size: ten rounds of a million tasks,
# which takes half a minute with `--quick`; a hundred and fifty rounds without, which takes three minutes. Appends
# the figures to results/memory.txt (not with `--quick`).
set -euo pipefail
cd "$(dirname "$0")/.."
factor=15 into=results/memory.txt
if [ "${1:-}" = --quick ]; then
    factor=1 into=/dev/null
fi
mkdir -p results
started=$SECONDS
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
AIRMAIL_MEMORY=$factor cargo test --release -q -p airmail --test memory -- --nocapture >"$figures" 2>&1 ||
    { cat "$figures"; exit 1; }
{
    echo "$(date -u +%F) $(git rev-parse --short HEAD) memory, $((10 * factor)) rounds:"
    sed -n 's/.*memory: /    /p' "$figures"
} | tee -a $into
echo "memory: $(grep -c 'memory: ' "$figures") figures, all within bounds, $((SECONDS - started)) s"
