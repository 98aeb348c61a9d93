//! What happens when a task panics and nobody hears of it.

use crate::driver::Parker;
use crate::sync::{Arc, Mutex, OnceLock, Weak, lock};
use airmail_core::{Hook, Report, Trouble};
use std::fmt;

/// What a runtime does when a task panicked and nobody awaited its handle. In any case it is told
/// [`on_trouble`](crate::runtime::Builder::on_trouble).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnhandledPanic {
    /// It is reported, and everything goes on.
    #[default]
    #[doc(alias = "Ignore")]
    Report,
    /// The runtime takes no more tasks and cancels those that there are, and every `block_on` panics, with a message that
    /// names the task.
    ShutdownRuntime,
    /// The process is aborted.
    Abort,
}

/// Why a runtime was shut down from within, if it was.
#[derive(Default)]
pub(crate) struct Failure {
    watched: bool,
    cause: OnceLock<String>,
    shut_down: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Threads in `block_on`.
    roots: Mutex<Vec<Weak<Parker>>>,
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure").field("cause", &self.cause).finish_non_exhaustive()
    }
}

impl Failure {
    /// What to look at, and the hook that does what `policy` says, after what `hook` says.
    pub(crate) fn new(policy: UnhandledPanic, hook: Option<Arc<Hook>>) -> (Arc<Failure>, Option<Arc<Hook>>) {
        let watched = policy == UnhandledPanic::ShutdownRuntime;
        let failure = Arc::new(Failure { watched, ..Failure::default() });
        if policy == UnhandledPanic::Report {
            return (failure, hook);
        }
        let own = Arc::clone(&failure);
        let both = move |report: &Report<'_>| {
            match &hook {
                Some(hook) => hook(report),
                None => eprintln!("airmail: {report}"),
            }
            match (report.trouble, policy) {
                (Trouble::Unobserved, UnhandledPanic::Abort) => std::process::abort(),
                (Trouble::Unobserved, _) => own.shut_down_for(report.to_string()),
                _ => {}
            }
        };
        (failure, Some(Arc::new(both)))
    }

    /// What shuts the runtime down, and wakes the thread that drives it, if one does.
    pub(crate) fn shut_down_with(&self, shut_down: impl Fn() + Send + Sync + 'static) {
        if self.watched {
            assert!(self.shut_down.set(Box::new(shut_down)).is_ok(), "named once");
        }
    }

    /// This thread waits, and has to hear of a failure.
    pub(crate) fn watch(&self, root: &Arc<Parker>) {
        if self.watched {
            let mut roots = lock(&self.roots);
            roots.retain(|root| root.strong_count() != 0);
            roots.push(Arc::downgrade(root));
        }
    }

    fn shut_down_for(&self, cause: String) {
        if self.cause.set(cause).is_err() {
            return;
        }
        if let Some(shut_down) = self.shut_down.get() {
            shut_down();
        }
        let roots = std::mem::take(&mut *lock(&self.roots));
        roots.iter().filter_map(Weak::upgrade).for_each(|root| root.call());
    }

    /// The runtime was shut down.
    pub(crate) fn is_set(&self) -> bool {
        self.cause.get().is_some()
    }

    /// Goes on, unless the runtime was shut down.
    ///
    /// # Panics
    /// If it was: with the cause.
    #[track_caller]
    pub(crate) fn check(&self) {
        if let Some(cause) = self.cause.get() {
            panic!("`block_on`: the runtime was shut down (`Builder::unhandled_panic`): {cause}");
        }
    }
}
