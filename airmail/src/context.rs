//! Which runtime this thread is in: what `spawn` and `Handle::current` mean here.

use crate::local::scheduler::Scheduler as Single;
use crate::scheduler::Scheduler;
use std::cell::RefCell;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

/// What the thread is in, innermost last. Entered by guards that must leave in the opposite order.
struct Context {
    levels: RefCell<Vec<Rc<Level>>>,
    driving: RefCell<Vec<(*const Single, &'static Location<'static>)>>,
}

#[derive(Debug)]
pub(crate) struct Level {
    /// Where `spawn` goes; `None`: where it went before.
    runtime: Option<Scheduler>,
    /// Where `spawn_local` goes; `None`: nowhere.
    local: Option<Arc<Single>>,
}

impl Level {
    /// Of a local set: `spawn_local` goes there.
    pub(crate) fn of_set(local: Arc<Single>) -> Rc<Level> {
        Rc::new(Level { runtime: None, local: Some(local) })
    }
}

thread_local! {
    static CONTEXT: Context =
        const { Context { levels: RefCell::new(Vec::new()), driving: RefCell::new(Vec::new()) } };
}

/// Why there is no current runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The thread is in no runtime.
    NoContext,
    /// The thread is ending, and its thread-locals are gone.
    Destroyed,
}

/// The thread is in a runtime until the guard is dropped.
#[derive(Debug)]
#[must_use = "the context is left when the guard is dropped"]
pub(crate) struct Entered {
    depth: usize,
    not_send: std::marker::PhantomData<*const ()>,
}

/// Enters a runtime: `spawn` goes there; `spawn_local` goes to `local`, or nowhere.
pub(crate) fn enter(runtime: impl Into<Scheduler>, local: Option<Arc<Single>>) -> Entered {
    enter_level(Rc::new(Level { runtime: Some(runtime.into()), local }))
}

/// Enters a level, which can be made once and entered often.
pub(crate) fn enter_level(level: Rc<Level>) -> Entered {
    let depth = CONTEXT.try_with(|context| {
        let mut levels = context.levels.borrow_mut();
        levels.push(level);
        levels.len()
    });
    // A thread that is ending has no context; the guard then has nothing to leave.
    Entered { depth: depth.unwrap_or(0), not_send: std::marker::PhantomData }
}

impl Drop for Entered {
    #[track_caller]
    fn drop(&mut self) {
        let Ok(left) = CONTEXT.try_with(|context| {
            let mut levels = context.levels.borrow_mut();
            let keep = self.depth.saturating_sub(1).min(levels.len());
            levels.split_off(keep)
        }) else {
            return;
        };
        let in_order = left.len() <= 1;
        // May let a scheduler go: after the borrow.
        drop(left);
        assert!(
            in_order || std::thread::panicking(),
            "guards of `enter` must be dropped in the opposite order of the calls: a later guard of this \
             thread is still alive"
        );
    }
}

/// Calls `f` with the current runtime.
pub(crate) fn runtime<R>(f: impl FnOnce(&Scheduler) -> R) -> Result<R, Missing> {
    let with_runtime = |levels: &[Rc<Level>]| levels.iter().rfind(|level| level.runtime.is_some()).cloned();
    current(with_runtime, |level| level.runtime.as_ref(), f)
}

/// Runs something that blocks. If this thread is a worker, whatever runtime it is in by now, another one stands in for it
/// meanwhile.
pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    // A worker enters its own runtime before anything else.
    let outermost = |levels: &[Rc<Level>]| levels.first().cloned();
    match current(outermost, |level| level.runtime.as_ref(), Scheduler::clone) {
        Ok(Scheduler::Multi(scheduler)) => scheduler.block_in_place(f),
        _ => f(),
    }
}

/// Calls `f` with the current local executor.
pub(crate) fn local<R>(f: impl FnOnce(&Arc<Single>) -> R) -> Result<R, Missing> {
    current(|levels| levels.last().cloned(), |level| level.local.as_ref(), f)
}

#[inline]
fn current<S, R>(
    which: impl FnOnce(&[Rc<Level>]) -> Option<Rc<Level>>,
    what: impl FnOnce(&Level) -> Option<&S>,
    f: impl FnOnce(&S) -> R,
) -> Result<R, Missing> {
    // The level is kept by a count of its own, not by a borrow: `f` may run foreign code, which may enter.
    let level = CONTEXT.try_with(|context| which(&context.levels.borrow()));
    let level = level.map_err(|_| Missing::Destroyed)?.ok_or(Missing::NoContext)?;
    what(&level).map(f).ok_or(Missing::NoContext)
}

/// This thread is inside a `block_on` of `scheduler` until the guard is dropped.
pub(crate) struct Driving(());

/// Notes a `block_on`; `Err` with the outer call's place if this thread is inside one of the same scheduler.
pub(crate) fn drive(
    scheduler: &Arc<Single>,
    caller: &'static Location<'static>,
) -> Result<Driving, &'static Location<'static>> {
    let this = Arc::as_ptr(scheduler);
    CONTEXT
        .try_with(|context| {
            let mut driving = context.driving.borrow_mut();
            if let Some((_, outer)) = driving.iter().find(|(other, _)| *other == this) {
                return Err(*outer);
            }
            driving.push((this, caller));
            Ok(Driving(()))
        })
        .unwrap_or_else(|_| Ok(Driving(())))
}

impl Drop for Driving {
    fn drop(&mut self) {
        let _ = CONTEXT.try_with(|context| context.driving.borrow_mut().pop());
    }
}
