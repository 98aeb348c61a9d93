#!/usr/bin/env bash
# Runs the README's first command and checks what it printed: tasks were spawned, polled, woken, done, and each
# handle gave its result. (That every line follows from the runtime's events is tested in cli/tests.)
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(cargo run --release --quiet)
printf '%s\n' "$out"
for words in '^spawn letter' '^poll .*Pending' '^poll .*Ready' 'woken by postman' '^results .*letter -> Ok' '^next: '; do
    grep -q -- "$words" <<<"$out" || { echo "ci/lifecycle.sh: nothing says '$words'" >&2; exit 1; }
done
events=$(cargo run --release --quiet -- lifecycle --json)
for event in spawned queued polled woken finished; do
    grep -q "\"event\":\"$event\"" <<<"$events" || { echo "ci/lifecycle.sh: no event '$event'" >&2; exit 1; }
done
echo "lifecycle: every step was seen, $(wc -l <<<"$events") events"
