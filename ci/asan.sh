#!/usr/bin/env bash
# AddressSanitizer and LeakSanitizer, on stable, over the tests of airmail-core, airmail and airmail-lesson, once
# a planted use-after-free and a planted leak were found. Every task's body is an allocation of its own
# (AIRMAIL_SLOTS=malloc), so that an access to a body that is gone is seen. Under seven minutes on two cores, about
# half of them to compile.
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/memory-errors.sh
command -v cc >/dev/null || { apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null; }

started=$SECONDS
target=x86_64-unknown-linux-gnu
# The stable compiler comes with the runtime; only the option's name is unstable.
work=$PWD/target/asan
export CARGO_TARGET_DIR=$work RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address
# The product test plays every third case, and what is left out is thousands of runs of what the others run a few times.
export AIRMAIL_PRODUCT=3
left_out+=' schedules protocols'
export AIRMAIL_SLOTS=malloc ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 RUST_BACKTRACE=0

write_planted "$work/planted"
cargo build --quiet --manifest-path "$work/planted/Cargo.toml" --target $target
check_planted heap-use-after-free 'LeakSanitizer: detected memory leaks' "$work/$target/debug/planted"

programs=$(test_programs 'airmail|core|lesson' --target $target \
    -p airmail-core -p airmail -p airmail-lesson --lib --tests)
check_programs asan "$programs" --
