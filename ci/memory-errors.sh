# Sourced by ci/asan.sh and ci/valgrind.sh, which write into the folder $work: a program that makes one memory error
# with an airmail task, so that a tool which does not see it is not trusted with the tests.

# Test programs that are left out. memory: it measures what the tools change. compile_fail, exercise_5,
# renamed_tokio: they run rustc. layers, tour, catalogue, guide: they read the repository.
left_out='memory compile_fail exercise_5 renamed_tokio layers tour catalogue guide'

# Tests that are left out.
skip=(
    # They measure what the tools change: resident pages, the use of the stack.
    --skip ten_thousand_runtimes --skip t8_a_future_of_one_mebibyte --skip connections_leave_nothing
    # Of a payload whose drop panics, the second payload is leaked on purpose (core's `discard_payload`).
    --skip p4_a_payload_whose_drop_panics --skip p7_the_trouble_hook_panics
    # They forget something on purpose.
    --skip a_forgotten_scope --skip the_output_of_a_forgotten_handle
    # The lesson's tasks hold their queue: one that is woken when its executor is gone lies in it for ever.
    --skip a_waker_outlives_its_executor --skip lesson::a_channel_whose_waker_outlives_the_poll
)

# Writes the crate `planted` into a folder.
write_planted() { # the folder
    mkdir -p "$1/src"
    cp Cargo.lock "$1/"
    cat >"$1/Cargo.toml" <<TOML
[package]
name = "planted"
edition = "2024"
[workspace]
[dependencies]
airmail = { path = "$PWD/airmail" }
TOML
    cat >"$1/src/main.rs" <<'RUST'
use std::hint::black_box;
use std::pin::Pin;
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};
use std::task::{Context, Poll};

static PLACE: AtomicPtr<u64> = AtomicPtr::new(std::ptr::null_mut());

/// A future that tells where it lies.
struct Spy(u64);

impl Future for Spy {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        PLACE.store(&raw mut self.0, SeqCst);
        Poll::Ready(self.0)
    }
}

fn main() {
    let error = std::env::args().nth(1).expect("none, use-after-free or leak");
    let runtime = airmail::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(runtime.spawn(Spy(7))).unwrap(), 7);
    match &*error {
        "none" => {}
        // The task has ended: its body is gone.
        "use-after-free" => println!("{}", unsafe { PLACE.load(SeqCst).read_volatile() }),
        "leak" => (0..20).for_each(|n| std::mem::forget(black_box(Box::new([n; 40])))),
        _ => unreachable!(),
    }
}
RUST
}

# Runs the program built from it: it must pass without an error, and each error must be found.
check_planted() { # how use-after-free is reported, how a leak is, the command
    local uaf=$1 leak=$2 out error
    shift 2
    "$@" none || { echo "$0: reports errors where there are none" >&2; exit 1; }
    for error in use-after-free leak; do
        if out=$("$@" "$error" 2>&1); then
            echo "$0: the planted $error was not noticed" >&2
            exit 1
        fi
        local words=$uaf
        [ "$error" = leak ] && words=$leak
        grep -q "$words" <<<"$out" || { printf '%s\n' "$out"; echo "$0: no '$words' for the $error" >&2; exit 1; }
    done
}

# The test programs of some packages that `cargo test` with these arguments would run, one a line.
test_programs() { # the packages' folders, as a pattern, then the arguments
    local folders=$1 errors=$work/errors out
    shift
    out=$(cargo test --no-run --message-format=json "$@" 2>"$errors") || { cat "$errors" >&2; return 1; }
    grep -E "\"manifest_path\":\"$PWD/($folders)/Cargo.toml\"" <<<"$out" | grep -vF '"kind":["bin"]' |
        sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}

# Runs one program with a command, and tells how long it took.
check_program() { # the folder for what it prints, the program, its arguments, --, the command if any
    local folder=$1 program=$2 at=$SECONDS arguments=() name
    shift 2
    while [ "$1" != -- ]; do arguments+=("$1"); shift; done
    shift
    name=$(basename "$program")
    name=${name%-*}
    if "$@" "$program" "${skip[@]}" --quiet "${arguments[@]}" >"$folder/$name.out" 2>&1; then
        printf '  %-16s %3d s\n' "$name" $((SECONDS - at))
    else
        cat "$folder/$name.out"
        echo "$name" >>"$folder/failed"
    fi
}

# Runs all programs that are not left out, two at a time, and sums up.
check_programs() { # the tool, the programs, then as for check_program
    local tool=$1 programs=$2 folder=$work/out run=0 program name
    shift 2
    rm -rf "$folder"
    mkdir -p "$folder"
    for program in $programs; do
        name=$(basename "$program")
        case " $left_out " in *" ${name%-*} "*) continue ;; esac
        (($(jobs -pr | wc -l) < 2)) || wait -n
        check_program "$folder" "$program" "$@" &
        run=$((run + 1))
    done
    wait
    if [ -e "$folder/failed" ]; then
        echo "$tool: failed: $(paste -sd' ' "$folder/failed"); the output is above" >&2
        return 1
    fi
    echo "$tool: $run test programs, 0 reports, 2 of 2 planted errors found, $((SECONDS - started)) s"
}
