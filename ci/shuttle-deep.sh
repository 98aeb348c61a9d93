#!/usr/bin/env bash
# Explores new schedules with ci/shuttle.sh until the time is over: 30 minutes, or as many as the first argument says.
# Goes on behind the last seed in results/shuttle.csv, and appends a line there for each block of seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30} block=100000 into=results/shuttle.csv
mkdir -p results
[ -f $into ] || echo 'date,commit,first seed,seeds,scenarios,schedules,seconds,failures' >$into
export AIRMAIL_SCHEDULES=$block
out=$(mktemp)
trap 'rm -f "$out"' EXIT
started=$SECONDS
while [ $((SECONDS - started)) -lt $((minutes * 60)) ]; do
    # Behind the furthest block; from the second block on if there is none, since ci/shuttle.sh has the first.
    first=$(awk -F, -v block=$block 'NR > 1 && $3 + $4 > next_ { next_ = $3 + $4 }
        END { print next_ ? next_ : block }' $into)
    failures=0
    AIRMAIL_FIRST_SEED=$first ci/shuttle.sh >"$out" 2>&1 || failures=1
    figures=$(awk '/^shuttle:/ { print $2 "," $4 "," $8 }' "$out")
    echo "$(date -u +%F),$(git rev-parse --short HEAD),$first,$block,${figures:-,,},$failures" | tee -a $into
    if [ $failures = 1 ]; then
        cat "$out" >&2
        exit 1
    fi
done
