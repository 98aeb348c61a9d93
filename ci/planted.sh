#!/usr/bin/env bash
# Plants one bug after the other (model/planted/*.patch, shuttle/planted/*.patch) and demands that the test or scenario
# named in the patch falls, and says what the patch says. A planted bug that survives means that the models prove less
# than they seem to.
#
#   ci/planted.sh            all of them
#   ci/planted.sh idle_ wake those whose names contain one of the words
#   ci/planted.sh shuttle/   those of shuttle's
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export RUST_BACKTRACE=0
# Each bug is one compilation and, mostly, a few executions: compile the models as fast as can be, loom and shuttle well.
export CARGO_INCREMENTAL=1 CARGO_PROFILE_RELEASE_DEBUG=0
fast=(--config 'profile.release.package.airmail-model.opt-level=0'
    --config 'profile.release.package.airmail-shuttle.opt-level=1')
# A scenario must fall within so many schedules of each strategy.
within=60000

# One copy a lane, always in the same place, so that only the model crate is compiled for each bug.
make_tree() {
    rm -rf "$tree"
    mkdir -p "$tree"
    git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
        [[ -e $file ]] && printf '%s\0' "$file"
    done | tar --null --files-from=- --create | tar --extract --directory="$tree"
}

# Runs the test, or scenario, that is named.
fall() {
    if [[ $1 == shuttle/* ]]; then
        timeout 300 cargo run "${fast[@]}" --release --quiet -p airmail-shuttle -- --schedules "$within" "$2"
    else
        timeout 300 cargo test "${fast[@]}" --release --quiet -p airmail-model -- --exact --nocapture "$2"
    fi
}
field() { sed -n "s/^$1: //p" "$2"; }

# Plants one, and says how it was caught.
plant() {
    local patch=$1 name test says out said
    name=$(basename "$patch" .patch)
    test=$(field test "$patch")
    says=$(field says "$patch")
    for sources in core/src airmail/src model/src; do
        rm -rf "${tree:?}/$sources"
        cp -r "$sources" "$tree/$sources"
    done
    patch --directory="$tree" --strip=1 --quiet --fuzz=3 --no-backup-if-mismatch <"$root/$patch" ||
        { echo "planted $name: THE PATCH DOES NOT APPLY" >&2; return 1; }
    out=$root/target/planted/$name.log
    if (cd "$tree" && fall "$patch" "$test") >"$out" 2>&1; then
        echo "planted $name: SURVIVED $test" >&2
        return 1
    elif grep -q '^error\(\[\|: could not compile\)' "$out"; then
        echo "planted $name: DOES NOT COMPILE" >&2
        return 1
    elif said=$(grep -F -m1 -- "$says" "$out"); then
        echo "planted $name: caught by $test: ${said%%, and SHUTTLE*}$(grep -o -m1 ', in schedule .*' "$out" || true)"
    else
        echo "planted $name: $test fell, but does not say \"$says\":" >&2
        grep -m3 -A2 panicked "$out" >&2 || tail -n 5 "$out" >&2
        return 1
    fi
}

# Every other one of the list: two lanes, since a compilation keeps one core busy.
lane() {
    local at survived=0
    tree=$root/target/planted/tree$1
    export CARGO_TARGET_DIR=$root/target/planted/target$1
    make_tree
    for ((at = $1; at < ${#patches[@]}; at += 2)); do
        plant "${patches[at]}" || survived=1
    done
    return $survived
}

patches=()
for patch in model/planted/*.patch shuttle/planted/*.patch; do
    wanted=$((!$#))
    for word; do [[ $patch == *$word* ]] && wanted=1; done
    ((wanted)) && patches+=("$patch")
done
survived=0
lane 0 & first=$!
lane 1 || survived=1
wait $first || survived=1
echo "planted: ${#patches[@]} bugs"
exit $survived
