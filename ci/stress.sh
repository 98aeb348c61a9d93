#!/usr/bin/env bash
# The stress tests in release mode, at growing sizes, until the time is over: 30 minutes, or as many as the first
# argument says. Appends what came of it to results/stress.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-30}
mkdir -p results
# Every check of a debug build, at nearly the speed of a release build.
export CARGO_TARGET_DIR=$PWD/target/stress CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
cargo test --release --no-run -q -p airmail --test stress
started=$SECONDS size=1 runs=0
while [ $((SECONDS - started)) -lt $((minutes * 60)) ]; do
    AIRMAIL_STRESS=$size cargo test --release -q -p airmail --test stress >"$CARGO_TARGET_DIR/out" 2>&1 || {
        cat "$CARGO_TARGET_DIR/out"
        echo "$(date -u +%F) $(git rev-parse --short HEAD) stress: FAILED at size $size, run $((runs + 1))" |
            tee -a results/stress.txt
        exit 1
    }
    runs=$((runs + 1))
    [ $size -lt 32 ] && size=$((size * 2))
done
echo "$(date -u +%F) $(git rev-parse --short HEAD) stress: $runs runs up to size $size, 0 failures," \
    "$((SECONDS - started)) s, $(nproc) cores" | tee -a results/stress.txt
