//! The attribute macros of airmail. Use them through airmail, with its feature `macros`: `#[airmail::test]`.

#![forbid(unsafe_code)]

mod expand;
mod function;
mod options;
mod problems;
#[cfg(test)]
mod tests;
mod values;

use proc_macro::TokenStream;

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
/// work. When the test ends the runtime is dropped, and with it every task that is left.
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
/// | `start_paused = true` | the clock stands still, and jumps to the next timer when there is nothing else to do |
/// | `flavor = "current_thread"` | the only one there is; may be left out |
/// | `crate = "path"` | where airmail is, if not at `::airmail` |
/// | `seeds = 100` | a simulation: see below |
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
    expand::test(options.into(), item.into()).into()
}
