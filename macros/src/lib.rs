//! The attribute macros of airmail. Use them through airmail, with its feature `macros`: `#[airmail::main]`,
//! `#[airmail::test]`.

#![forbid(unsafe_code)]

mod expand;
mod function;
mod kind;
mod options;
mod problems;
#[cfg(test)]
mod tests;
mod values;

use kind::Kind;
use proc_macro::TokenStream;

/// Runs an `async fn` without arguments on a runtime that is made for it: the program, if it is called `main`.
///
/// ```
/// #[airmail::main]
/// async fn main() {
///     let letters: Vec<_> = (1..=3).map(|n| airmail::spawn(async move { n * 7 })).collect();
///     let mut total = 0;
///     for letter in letters {
///         total += letter.await.expect("no letter panicked");
///     }
///     assert_eq!(total, 42);
/// }
/// ```
///
/// The function itself runs on the thread that calls it, and the tasks that it spawns on the runtime's workers. When it
/// ends, the runtime is dropped, and with it every task that is left; what the function returned is returned, such as a
/// `Result<(), E>`, an `ExitCode`, or, where it is not called `main`, anything.
///
/// ```
/// # use std::num::ParseIntError;
/// #[airmail::main(flavor = "current_thread")]
/// async fn main() -> Result<(), ParseIntError> {
///     let letter = airmail::spawn(async { "7".parse() });
///     let seven: u32 = letter.await.expect("no panic")?;
///     assert_eq!(seven, 7);
///     Ok(())
/// }
/// ```
///
/// # Options
///
/// | option | |
/// |---|---|
/// | `flavor = "multi_thread"` | workers, threads of its own, run the tasks; may be left out |
/// | `flavor = "current_thread"` | the thread of `main` runs the tasks |
/// | `flavor = "local"` | the same, and tasks need not be `Send`: `spawn_local` works |
/// | `worker_threads = 4` | how many workers there are: a constant expression; as many as processors if left out |
/// | `start_paused = true` | the clock stands still, and jumps to the next timer when nothing else is to be done |
/// | `grace = "5s"` | how long the end may take: a whole number and `ms`, `s` or `min`; as long as it takes if left out |
/// | `crate = "path"` | where airmail is, if not where `Cargo.toml` says: a dependency that was renamed is found |
///
/// `worker_threads` is for `"multi_thread"`, `start_paused` for the other two, `grace` for all but `"local"`.
///
/// With `grace`, the runtime ends with `Runtime::shutdown`: tasks that hold a `ShutdownNotice` end by themselves, and what
/// does not end in time is named on stderr, and left to end with the process. Without it, a function of `spawn_blocking`
/// that does not return keeps the program from ending.
///
/// ```
/// use std::sync::mpsc;
///
/// #[airmail::main(grace = "10ms")]
/// async fn main() {
///     let (hold, wait) = mpsc::channel::<()>();
///     airmail::task::spawn_blocking(move || wait.recv());
///     // Nobody sends, ever.
///     std::mem::forget(hold);
/// }
/// ```
///
/// ```
/// use airmail::task::spawn_local;
/// use std::rc::Rc;
///
/// #[airmail::main(flavor = "local")]
/// async fn main() {
///     let shared = Rc::new(7);
///     let copy = Rc::clone(&shared);
///     assert_eq!(spawn_local(async move { *copy }).await.unwrap(), *shared);
/// }
/// ```
///
/// # What it becomes
///
/// With `#[airmail::main(worker_threads = 4)]`, about this:
///
/// ```
/// fn program() {
///     async fn program() { /* as it was written */ }
///     let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(4).build().expect("it is built");
///     runtime.block_on(program())
/// }
/// # program();
/// ```
///
/// # Panics
/// If the runtime cannot be built: a thread cannot be started, or there is no `worker_threads`, and the environment
/// variable `AIRMAIL_WORKER_THREADS` is no number from 1 to 1,024.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Kind::Main, options.into(), item.into()).into()
}

/// Makes an `async fn` without arguments a test.
///
/// ```
/// #[airmail::test]
/// async fn a_letter_arrives() {
///     let letter = airmail::spawn(async { "delivered" });
///     assert_eq!(letter.await.unwrap(), "delivered");
/// }
/// ```
///
/// Every test has a runtime of its own, on its own thread: a `LocalRuntime`, so that `spawn` and `spawn_local` both
/// work, unless it asks for workers. When the test ends the runtime is dropped, and with it every task that is left.
///
/// The function may return whatever a test may, such as `Result<(), E>`. Other attributes stay: `#[ignore]`,
/// `#[should_panic]`, `#[cfg(..)]`, documentation.
///
/// ```
/// #[airmail::test]
/// #[should_panic = "lost"]
/// async fn a_panic_of_a_task_is_found_by_its_handle() {
///     let letter = airmail::spawn(async { panic!("lost") });
///     letter.await.unwrap()
/// }
/// ```
///
/// # Options
///
/// | option | |
/// |---|---|
/// | `start_paused = true` | the clock stands still, and jumps to the next timer when nothing else is to be done |
/// | `flavor = "current_thread"` | one thread; may be left out. `"local"` is the same |
/// | `flavor = "multi_thread"` | the tasks run on workers, threads of their own, as many as processors |
/// | `worker_threads = 2` | how many workers, with that flavor; it has no `start_paused` |
/// | `crate = "path"` | where airmail is, if not where `Cargo.toml` says: a dependency that was renamed is found |
/// | `seeds = 100` | a simulation: see below |
///
/// ```
/// use std::thread;
///
/// #[airmail::test(flavor = "multi_thread", worker_threads = 2)]
/// async fn letters_are_carried_by_others() {
///     let carrier = airmail::spawn(async { thread::current().id() });
///     assert_ne!(carrier.await.unwrap(), thread::current().id());
/// }
/// ```
///
/// # Simulation
///
/// With `seeds` the test runs so many times, each time in another world: the seed decides the order of the tasks and
/// what goes wrong. Time is virtual. A run that fails is reported with its seed. `seeds` is a constant expression;
/// these options go with it:
///
/// | option | |
/// |---|---|
/// | `faults = Faults::legal()` | what may go wrong |
/// | `strategy = ..` | how the next task is chosen |
/// | `sim = \|sim\| ..` | every other setting: a `fn(Sim) -> Sim`, applied last |
///
/// In these, `Faults` and `Strategy` of `airmail::sim` need no import. A test that returns `Result<(), E>` fails in
/// the first world in which it returns an error.
///
/// ```
/// #[airmail::test(seeds = 200, faults = Faults::legal())]
/// async fn letters_arrive_in_any_weather() {
///     let letters: Vec<_> = (0..3).map(|n| airmail::spawn(async move { n })).collect();
///     for (n, letter) in letters.into_iter().enumerate() {
///         assert_eq!(letter.await.unwrap(), n);
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Kind::Test, options.into(), item.into()).into()
}
