#!/usr/bin/env bash
# Runs the README's first command and checks what it printed: tasks were spawned, polled, woken, done, and each
# handle gave its result; and, on several workers, that one stole from another. (That every line follows from the
# runtime's events is tested in cli/tests.)
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
log=$(timeout 60 cargo run --release --quiet -- lifecycle --runtime multi --workers 2)
printf '%s\n' "$log"
for words in '^ *spawn clerk .*inbox: clerk' '^worker [01] spawn letter ' '^worker [01] steal .*from [01]' \
    '^worker [01] poll .*Pending' '^worker [01] poll .*Ready' '^results .*letter -> Ok'; do
    grep -q -- "$words" <<<"$log" || { echo "ci/lifecycle.sh: nothing of the workers says '$words'" >&2; exit 1; }
done
echo "lifecycle: every step was seen, $(wc -l <<<"$events") events"
