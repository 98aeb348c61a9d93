# Sourced by ci/asan.sh and ci/valgrind.sh: a program that makes one memory error with an airmail task, so that a
# tool which does not see it is not trusted with the tests.

# Test programs that are left out. memory: it measures what the tools change. compile_fail, exercise_5: they run
# rustc. layers, tour, catalogue, guide: they read the repository.
left_out='memory compile_fail exercise_5 layers tour catalogue guide'

# Tests that are left out.
skip=(
    # They measure what the tools change: resident pages, the use of the stack.
    --skip ten_thousand_runtimes --skip t8_a_future_of_one_mebibyte
    # Of a payload whose drop panics, the second payload is leaked on purpose (core's `discard_payload`).
    --skip p4_a_payload_whose_drop_panics --skip p7_the_trouble_hook_panics
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

# The test programs that `cargo test` with these arguments would run, one a line.
test_programs() {
    local out
    out=$(cargo test --no-run "$@" 2>&1) || { printf '%s\n' "$out" >&2; return 1; }
    sed -n 's/^ *Executable .* (\(.*\))$/\1/p' <<<"$out"
}
