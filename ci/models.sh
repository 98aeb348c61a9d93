#!/usr/bin/env bash
# Runs the models of the core, optimised, and prints what each explored: executions, bound of preemptions,
# outcomes seen.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
started=$SECONDS
if ! cargo test --release --quiet -p airmail-model -- --nocapture --test-threads=2 >"$out" 2>&1; then
    cat "$out" >&2
    exit 1
fi
grep -oE '(model [a-z_:]+|walk): .*' "$out" | sort
awk -v seconds=$((SECONDS - started)) '
    match($0, /model [a-z_:]+: [0-9]+ executions/) {
        split(substr($0, RSTART, RLENGTH), word, " "); models++; executions += word[3]
    }
    END { printf "models: %d models, %d executions, %d s\n", models, executions, seconds }' "$out"
