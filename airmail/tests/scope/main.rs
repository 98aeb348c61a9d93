//! Scopes: tasks that borrow, and are gone when the scope is.
//!
//! Nothing here is ordered by time. A test that hangs is ended, with its name, by its [`Watchdog`].

#[path = "../common/mod.rs"]
mod common;
#[path = "../stress/watchdog.rs"]
mod watchdog;

mod failures;
mod inherited;
mod lent;
mod stack;
mod stack_failures;

use airmail::runtime::{Builder, Runtime};
use airmail::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use watchdog::Watchdog;

/// A runtime of every kind that has scopes, with nobody who prints what goes wrong on purpose.
fn each(test: &str, body: impl Fn(Runtime)) {
    each_with(test, |_| {}, body);
}

fn each_with(test: &str, options: impl Fn(&mut Builder), body: impl Fn(Runtime)) {
    for count in [0, 1, 2, 8] {
        let kind = if count == 0 { Builder::new_current_thread } else { Builder::new_multi_thread };
        let mut builder = kind();
        builder.worker_threads(count).on_trouble(|_| {});
        options(&mut builder);
        let _watchdog = Watchdog::new(&format!("{test}, {count} workers"), Duration::from_mins(2));
        body(builder.build().expect("valid"));
    }
}

/// A task's end, as its future's drop sees it.
#[derive(Clone, Default)]
struct Gone(Arc<AtomicBool>);

impl Gone {
    fn is_set(&self) -> bool {
        self.0.load(SeqCst)
    }

    /// Set when this is dropped.
    fn at_drop(&self) -> impl Sync + Send + use<> {
        struct Set(Gone);
        impl Drop for Set {
            fn drop(&mut self) {
                self.0.0.store(true, SeqCst);
            }
        }
        Set(self.clone())
    }
}
