#!/usr/bin/env bash
# Runs the scenarios of the work-stealing executor under shuttle: 200,000 schedules of each (of those with a sibling,
# half of that), half of them random, half by priorities (PCT). Prints how many there were, and how long they took.
# `AIRMAIL_SCHEDULES=N`: N by each strategy; `AIRMAIL_FIRST_SEED=N`: other ones. A failure prints the command that runs
# its schedule again. `AIRMAIL_SHUTTLE=program`: that, instead of building it.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
program=${AIRMAIL_SHUTTLE:-}
if [ -z "$program" ]; then
    cargo build --release --quiet -p airmail-shuttle
    program=target/release/airmail-shuttle
fi
if ! "$program" --schedules "${AIRMAIL_SCHEDULES:-100000}" \
    --seed "${AIRMAIL_FIRST_SEED:-0}" >"$out" 2>&1; then
    cat "$out" >&2
    exit 1
fi
grep -E '^(scenario|shuttle)' "$out"
