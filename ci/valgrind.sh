#!/usr/bin/env bash
# Valgrind's memcheck over the tests of airmail-core and airmail, once a planted use-after-free and a planted leak
# were found. Every task's body is an allocation of its own (AIRMAIL_SLOTS=malloc).
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/memory-errors.sh
# Thousands of runs of what the simulated conformance suite runs a few times.
left_out+=' schedules protocols sim'
# Sockets: their code has no unsafe block, AddressSanitizer runs it, and here every time-out of a test comes too early. What
# it uses of core is run with core's tests.
left_out+=' net examples'
# Thousands of rounds in which threads wait for each other: here only one thread runs at a time.
skip+=(--skip combinations_on_workers --skip workers_dropped_while_threads_spawn)
# The longest, which make the same accesses as their neighbours.
skip+=(--skip ten_thousand_sleeps --skip o2_a_self_waker_on_each_worker --skip s6_dropped_on_a_spare
    --skip simulation::waking::ping_pong --skip simulation::real::ids_are_unique
    --skip simulation::real::a_drop_of_the_executor --skip simulation::real::futures_of
    --skip simulation::basics::spawn_inside)
# Every poll is late there.
skip+=(--skip rescue:: --skip sleeps_that_begin_at_the_end)
# It has 500 threads at most.
skip+=(--skip many_workers)
command -v valgrind >/dev/null || { apt-get update -qq && apt-get install -y -qq valgrind >/dev/null; }

started=$SECONDS
work=$PWD/target/valgrind
# The README's tests as they were built, without optimisation: LLVM's makes memcheck see "uninitialised" jumps where
# `matches!(poll, Ready(None))` looks at the niche first. So the product test plays every seventh case.
export AIRMAIL_PRODUCT=7 AIRMAIL_SLOTS=malloc RUST_BACKTRACE=0
# std keeps some blocks reachable and some "possibly lost": only what nothing points to counts.
memcheck=(valgrind -q --fair-sched=yes --error-exitcode=9 --leak-check=full
    --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect)

write_planted "$work/planted"
cargo build --quiet --manifest-path "$work/planted/Cargo.toml" --target-dir "$work"
check_planted 'Invalid read' 'definitely lost' "${memcheck[@]}" "$work/debug/planted"

programs=$(test_programs 'airmail|core' --workspace --lib --tests)
# Each keeps one core busy, however many threads it has.
check_programs valgrind "$programs" --test-threads=1 -- "${memcheck[@]}"
