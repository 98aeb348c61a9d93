#!/usr/bin/env bash
# Valgrind's memcheck over the tests of airmail-core and airmail, once a planted use-after-free and a planted leak
# were found. Every task's body is an allocation of its own (AIRMAIL_SLOTS=malloc). About five minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/memory-errors.sh
# Thousands of runs of what the simulated conformance suite runs a few times.
left_out+=' schedules protocols sim'
# Thousands of rounds in which threads wait for each other: here only one thread runs at a time.
skip+=(--skip combinations_on_workers --skip workers_dropped_while_threads_spawn)
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind >/dev/null; }

started=$SECONDS
# A build without optimisation: LLVM's makes memcheck see "uninitialised" jumps where `matches!(poll, Ready(None))`
# looks at the niche first. So the product test plays every seventh case (ci/asan.sh plays all).
export CARGO_TARGET_DIR=$PWD/target/valgrind AIRMAIL_PRODUCT=7
export AIRMAIL_SLOTS=malloc RUST_BACKTRACE=0
# std keeps some blocks reachable and some "possibly lost": only what nothing points to counts.
memcheck=(valgrind -q --fair-sched=yes --error-exitcode=9 --leak-check=full
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect)

write_planted "$CARGO_TARGET_DIR/planted"
cargo build --quiet --manifest-path "$CARGO_TARGET_DIR/planted/Cargo.toml"
check_planted 'Invalid read' 'definitely lost' "${memcheck[@]}" "$CARGO_TARGET_DIR/debug/planted"

programs=$(test_programs -p airmail-core -p airmail --lib --tests)

# Runs one of them.
check() {
    local name at=$SECONDS program=$1
    name=$(basename "$program")
    name=${name%-*}
    if "${memcheck[@]}" "$program" "${skip[@]}" --quiet --test-threads=1 >"$CARGO_TARGET_DIR/$name.out" 2>&1; then
        printf '  %-16s %3d s\n' "$name" $((SECONDS - at))
    else
        cat "$CARGO_TARGET_DIR/$name.out"
        echo "$name" >>"$failed"
    fi
}

run=0 failed=$CARGO_TARGET_DIR/failed
rm -f "$failed"
for program in $programs; do
    name=$(basename "$program")
    case " $left_out " in *" ${name%-*} "*) continue ;; esac
    # Two at a time: each keeps one core busy, however many threads it has.
    (($(jobs -pr | wc -l) < 2)) || wait -n
    check "$program" &
    run=$((run + 1))
done
wait
[ ! -e "$failed" ] || { echo "valgrind: failed: $(paste -sd' ' "$failed"); the output is above" >&2; exit 1; }
echo "valgrind: $run test programs, 0 reports, 2 of 2 planted errors found, $((SECONDS - started)) s"
