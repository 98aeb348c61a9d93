#!/usr/bin/env bash
# Explores new seeds with ci/simulate.sh until the time is over: 30 minutes, or as many as the first argument says.
# Goes on behind the last seed in results/simulate.csv, and appends a line there for each block of 10,000 seeds.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30} block=10000 into=results/simulate.csv
mkdir -p results
[ -f $into ] || echo 'date,commit,first seed,seeds,schedules,polls,schedules a second,failures' >$into
export AIRMAIL_SEEDS=$block
out=$(mktemp)
trap 'rm -f "$out"' EXIT
started=$SECONDS
while [ $((SECONDS - started)) -lt $((minutes * 60)) ]; do
    # Behind the furthest block; from 10,000 on if there is none, since ci/simulate.sh has those before.
    first=$(awk -F, -v block=$block 'NR > 1 && $3 + $4 > next_ { next_ = $3 + $4 }
        END { print next_ ? next_ : block }' $into)
    failures=0
    AIRMAIL_FIRST_SEED=$first ci/simulate.sh >"$out" 2>&1 || failures=1
    figures=$(sed -n 's/^simulate: \([0-9]*\) schedules, \([0-9]*\) polls, \([0-9]*\) schedules a second.*/\1,\2,\3/p' \
        "$out")
    echo "$(date -u +%F),$(git rev-parse --short HEAD),$first,$block,${figures:-,,},$failures" | tee -a $into
    if [ $failures = 1 ]; then
        cat "$out" >&2
        exit 1
    fi
done
