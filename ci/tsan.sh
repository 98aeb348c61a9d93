#!/usr/bin/env bash
# ThreadSanitizer, on stable, over programs in which threads meet (tsan/), each with each flavour of runtime, once
# the errors planted in a program and in airmail were found. Under three minutes on two cores.
#
#   ci/tsan.sh       every program 5 times
#   ci/tsan.sh 1000  so many times
#
# The standard library is not instrumented. What takes its place, and why:
#   its locks     core/src/tsan.rs, by --cfg airmail_tsan
#   Arc's fence   tsan/src/arc.rs, by --wrap
#   its threads   ci/tsan.supp
# Of airmail's own fences ThreadSanitizer sees nothing. Each decides who sees whom (two stores, two loads) or guards
# notes; none publishes plain memory, so none gives a false report. The models are for those.
set -euo pipefail
cd "$(dirname "$0")/.."
times=${1:-5}
command -v cc >/dev/null || { apt-get update -qq && apt-get install -y -qq gcc libc6-dev >/dev/null; }
# Suppressions are by name, and names come from one of these.
command -v llvm-symbolizer >/dev/null || command -v addr2line >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq binutils >/dev/null; }

started=$SECONDS
target=x86_64-unknown-linux-gnu
root=$PWD
# The stable compiler comes with the runtime; only the option's name is unstable. The mismatch is that with std.
export CARGO_TARGET_DIR=$root/target/tsan RUSTC_BOOTSTRAP=1 RUST_BACKTRACE=0 CARGO_INCREMENTAL=0
export RUSTFLAGS='-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg airmail_tsan
    -Clink-arg=-Wl,--wrap=__tsan_atomic64_fetch_sub'
# A thread that watches workers may end beside the process: not to be waited for.
export TSAN_OPTIONS=suppressions=$root/ci/tsan.supp:halt_on_error=1:exitcode=66:atexit_sleep_ms=0 AIRMAIL_STRESS=1
# Of model/planted: bugs after which plain memory is in no order, and the program that finds each.
planted=('close_relaxed joined current-thread' 'wake_relaxed root current-thread')
out=$CARGO_TARGET_DIR/out
mkdir -p "$out"

build() { # the folder of the sources, the folder of what is built
    (cd "$1" && cargo build --quiet --release --target $target --target-dir "$2" -p airmail-tsan)
    program=$2/$target/release/airmail-tsan
}

reported() { grep -q 'WARNING: ThreadSanitizer: data race' "$1"; }

# 1. It sees errors.
build "$root" "$CARGO_TARGET_DIR"
timeout 60 "$program" planted none >"$out/planted" 2>&1 ||
    { cat "$out/planted"; echo 'tsan: reports errors where there are none' >&2; exit 1; }
found=0
for error in race relaxed; do
    if timeout 60 "$program" planted $error >"$out/planted" 2>&1 || ! reported "$out/planted"; then
        cat "$out/planted"
        echo "tsan: the planted $error was not noticed" >&2
        exit 1
    fi
    found=$((found + 1))
done

# 2. There are none in airmail.
mapfile -t programs < <("$program")
runs=0 failed=''
for words in "${programs[@]}"; do
    read -r name flavour <<<"$words"
    at=$SECONDS
    for ((run = 1; run <= times; run++)); do
        runs=$((runs + 1))
        if ! timeout 120 "$program" "$name" "$flavour" >"$out/$name.$flavour" 2>&1; then
            cat "$out/$name.$flavour"
            failed+=" $name/$flavour"
            break
        fi
    done
    printf '  %-14s %-24s %4d s\n' "$name" "$flavour" $((SECONDS - at))
done
[ -z "$failed" ] || { echo "tsan: failed:$failed; the output is above" >&2; exit 1; }

# 3. It would see errors in airmail.
# In a folder of their own: to cargo both trees are the same packages.
tree=$CARGO_TARGET_DIR/tree
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [[ -e $file ]] && printf '%s\0' "$file"
done | tar --null --files-from=- --create | tar --extract --directory="$tree"
for words in "${planted[@]}"; do
    read -r bug name flavour <<<"$words"
    rm -rf "$tree/core/src"
    cp -r core/src "$tree/core/src"
    patch --directory="$tree" --strip=1 --quiet --fuzz=3 --no-backup-if-mismatch <"model/planted/$bug.patch"
    build "$tree" "$CARGO_TARGET_DIR/planted"
    for ((run = 1; run <= 20; run++)); do
        timeout 120 "$program" "$name" "$flavour" >"$out/$bug" 2>&1 || { reported "$out/$bug" && break; }
    done
    ((run <= 20)) || { echo "tsan: the planted bug $bug was not noticed by $name" >&2; exit 1; }
    echo "  planted $bug: found by $name in run $run"
    found=$((found + 1))
done
echo "tsan: ${#programs[@]} programs, $runs runs, 0 reports, $found of $found planted errors found," \
    "$((SECONDS - started)) s"
