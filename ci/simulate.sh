#!/usr/bin/env bash
# The simulated tests in release mode, with many seeds: the conformance suite in every order with all legal faults,
# the bounds over all schedules, the sample protocols, and, as they are, the planted protocol bugs and the simulator's
# own tests. Prints what each explored, and the sums. Under three minutes on two cores, the build among them.
#
#   AIRMAIL_SEEDS=100000 AIRMAIL_FIRST_SEED=5000 ci/simulate.sh    other seeds than 10,000 from 0
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${AIRMAIL_SEEDS:-10000} first=${AIRMAIL_FIRST_SEED:-0}
unset AIRMAIL_SEEDS AIRMAIL_FIRST_SEED AIRMAIL_SEED
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cargo test --release --no-run --quiet -p airmail --test conformance --test schedules --test protocols --test sim
started=$SECONDS

# Sums up the explorations that a test program told of: for each name, and all together.
sums() { # what the lines begin with, how long it took
    awk -v program="$1" -v seconds="$2" '
        function rate(schedules, time) { return schedules / (time > 0.001 ? time : 0.001) }
        # Whoever says how far it is has not come to its end.
        / % of / || !match($0, /[a-z_]+: [0-9]+ schedules, [0-9]+ polls in [0-9.]+(ns|µs|ms|s)/) { next }
        {
            split(substr($0, RSTART, RLENGTH), word, / /)
            time = word[7] + 0
            if (word[7] ~ /ms/) time /= 1e3; else if (word[7] ~ /µs/) time /= 1e6; else if (word[7] ~ /ns/) time /= 1e9
            name = word[1]
            schedules[name] += word[2]; polls[name] += word[4]; times[name] += time
            all += word[2]; all_polls += word[4]
        }
        END {
            form = "%s %s %d schedules, %d polls, %d schedules a second\n"
            for (name in schedules)
                printf form, program, name, schedules[name], polls[name], rate(schedules[name], times[name]) | "sort"
            close("sort")
            printf "%s: %d schedules, %d polls, %d schedules a second, %d s\n", program, all, all_polls,
                rate(all, seconds), seconds
        }'
}

# Runs those tests of a test program whose names begin so.
simulate() { # the program, the names, the environment
    local program=$1 tests=$2 at=$SECONDS
    shift 2
    if ! env "$@" cargo test --release --quiet -p airmail --test "$program" -- --nocapture "$tests" \
        >"$folder/out" 2>"$folder/err"; then
        cat "$folder/out" "$folder/err" >&2
        echo "simulate: $program failed; its environment: ${*:-as it is}" >&2
        exit 1
    fi
    cat "$folder/out" "$folder/err" | sums "$program" $((SECONDS - at)) | tee -a "$folder/explored"
}

simulate conformance simulation:: AIRMAIL_SEEDS="$seeds" AIRMAIL_FIRST_SEED="$first"
# Each of these explores seven orders.
simulate schedules '' AIRMAIL_SEEDS=$((seeds / 10)) AIRMAIL_FIRST_SEED="$first"
simulate protocols on_sim::mended AIRMAIL_SEEDS="$seeds" AIRMAIL_FIRST_SEED="$first"
# These count their seeds themselves, so once is enough.
if [ "$first" = 0 ]; then
    simulate protocols on_sim::
    simulate sim ''
fi

awk -v seconds=$((SECONDS - started)) -v first="$first" '
    match($0, /^[a-z]+: [0-9]+ schedules, [0-9]+ polls/) {
        split(substr($0, RSTART, RLENGTH), word, " "); schedules += word[2]; polls += word[4]
    }
    END {
        printf "simulate: %d schedules, %d polls, %d schedules a second, from seed %s, %d s\n",
            schedules, polls, schedules / (seconds ? seconds : 1), first, seconds
    }' "$folder/explored"
