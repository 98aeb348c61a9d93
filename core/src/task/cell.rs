//! The body of a task: first its future, later its output or its panic.
//!
//! The body lies in the slot behind the header, or, if it is large, unusually aligned, or if the process runs
//! in malloc mode, in an allocation of its own that the slot points to.

use super::meta::{Meta, Site};
use super::report::{self, Hook, Report, Trouble};
use super::slot::{BODY_ALIGN, Slot};
use super::word::Outcome;
use crate::pool::Size;
use crate::sync::Arc;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::any::Any;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The most bytes of a task's body (its future, and later its output) that lie in its slot; larger ones get an
/// allocation of their own.
pub const MAX_INLINE: usize = 256;

/// What a task can do whose type is forgotten.
#[derive(Debug)]
pub(crate) struct Vtable {
    /// Polls once. On `Ready` the future is gone and the outcome is in the body.
    pub(super) poll: unsafe fn(Slot, &mut Context<'_>) -> Poll<Outcome>,
    /// Drops the future before it answered; nothing unwinds out of it.
    pub(super) drop_future: unsafe fn(Slot),
    /// Drops the output; nothing unwinds out of it.
    pub(super) drop_output: unsafe fn(Slot),
    layout: Layout,
    boxed: bool,
    size: Size,
}

impl Vtable {
    /// Which size of slot the task has.
    #[inline(always)]
    pub(crate) const fn size(&self) -> Size {
        self.size
    }
}

/// For slots whose body is none of this file's: it holds a pointer.
pub(super) static NO_BODY: Vtable = Vtable {
    poll: |_, _| unreachable!("a slot without a future is never polled"),
    drop_future: |_| {},
    drop_output: |_| {},
    layout: Layout::new::<*const ()>(),
    boxed: false,
    size: Size::of_bytes(size_of::<*const ()>()),
};

/// A panic on its way to whoever asks for it. It carries its own hook, since it may outlive its executor.
pub(super) struct Panicked {
    pub(super) payload: Box<dyn Any + Send>,
    pub(super) hook: Option<Arc<Hook>>,
}

/// What lies in a body, one after the other.
#[repr(C)]
union Body<F: Future> {
    future: ManuallyDrop<F>,
    output: ManuallyDrop<F::Output>,
    panicked: ManuallyDrop<Box<Panicked>>,
}

/// The vtables of a future's type: one for bodies in the slot, one for bodies of their own.
struct Vtables<F>(F);

impl<F: Future> Vtables<F> {
    const LAYOUT: Layout = Layout::new::<Body<F>>();
    const LARGE: bool = Self::LAYOUT.size() > MAX_INLINE || Self::LAYOUT.align() > BODY_ALIGN;
    const INLINE: &'static Vtable = &Self::make::<false>();
    const BOXED: &'static Vtable = &Self::make::<true>();

    const fn make<const BOXED: bool>() -> Vtable {
        Vtable {
            poll: poll::<F, BOXED>,
            drop_future: drop_future::<F, BOXED>,
            drop_output: drop_output::<F, BOXED>,
            layout: Self::LAYOUT,
            boxed: BOXED,
            size: Size::of_bytes(if BOXED || Self::LARGE {
                size_of::<*mut u8>()
            } else {
                Self::LAYOUT.size()
            }),
        }
    }
}

#[inline(always)]
fn body<B, const BOXED: bool>(slot: Slot) -> *mut B {
    if BOXED { outer_body(slot) } else { slot.inline_body() }
}

/// The body that a boxed task's slot points to.
#[inline(always)]
fn outer_body<B>(slot: Slot) -> *mut B {
    // SAFETY: A4, `Plan::put` wrote the pointer there.
    unsafe { slot.inline_body::<*mut B>().read() }
}

/// Where a future of one type goes, decided before a slot is taken.
pub(crate) struct Plan {
    vtable: &'static Vtable,
}

impl Plan {
    #[inline(always)]
    pub(crate) fn of<F: Future>(boxed: bool) -> Plan {
        let boxed = Vtables::<F>::LARGE || boxed;
        Plan { vtable: if boxed { Vtables::<F>::BOXED } else { Vtables::<F>::INLINE } }
    }

    /// Which size of slot it needs.
    #[inline(always)]
    pub(crate) fn size(&self) -> Size {
        self.vtable.size
    }

    /// Moves the future into a free slot's body and describes the task.
    ///
    /// # Safety
    /// A4: the slot is free, the caller's, of the size `self.size()`, and `self` is the plan for `F`.
    #[inline(always)]
    pub(super) unsafe fn put<F: Future>(
        &self,
        slot: Slot,
        future: F,
        site: Site,
        exec: u32,
        tick: u32,
        by: u32,
    ) {
        let header = slot.header();
        header.body.with_mut(|_| {
            let body: *mut Body<F> = if self.vtable.boxed {
                // A `Body` is never of size zero: it has room for a box.
                // SAFETY: P4.
                let own = unsafe { alloc(self.vtable.layout) };
                if own.is_null() {
                    handle_alloc_error(self.vtable.layout);
                }
                // SAFETY: A4, the slot's body has room for a pointer.
                unsafe { slot.inline_body::<*mut u8>().write(own) };
                own.cast()
            } else {
                slot.inline_body()
            };
            // SAFETY: A4, the body is ours, large enough and aligned.
            unsafe { body.cast::<F>().write(future) };
        });
        header.describe(self.vtable, site, exec, tick, by);
    }
}

/// # Safety
/// R1: the caller owns the task, and its future is in the body.
unsafe fn poll<F: Future, const BOXED: bool>(slot: Slot, cx: &mut Context<'_>) -> Poll<Outcome> {
    slot.header().body.with_mut(|_| {
        let body = body::<Body<F>, BOXED>(slot);
        // SAFETY: R1; the future never moves again, since the body stays where it is until it is dropped.
        let future = unsafe { Pin::new_unchecked(&mut *body.cast::<F>()) };
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => {
                // SAFETY: R1; the future answered and is not touched again.
                unsafe { drop_in_place_caught(slot, body.cast::<F>()) };
                // SAFETY: R1; the body is empty now and has room for the output.
                unsafe { body.cast::<F::Output>().write(output) };
                Poll::Ready(Outcome::Completed)
            }
            Err(payload) => {
                // SAFETY: R1; a future that panicked is not polled again.
                unsafe { drop_in_place_caught(slot, body.cast::<F>()) };
                let hook = super::schedule::hook_of(slot);
                // SAFETY: R1; the body is empty now and has room for a box.
                unsafe { body.cast::<Box<Panicked>>().write(Box::new(Panicked { payload, hook })) };
                Poll::Ready(Outcome::Panicked)
            }
        }
    })
}

/// # Safety
/// R1: the caller owns the task, and its future is in the body.
unsafe fn drop_future<F: Future, const BOXED: bool>(slot: Slot) {
    slot.header().body.with_mut(|_| {
        // SAFETY: R1; nobody touches the future after this.
        unsafe { drop_in_place_caught(slot, body::<F, BOXED>(slot)) };
    });
}

/// Drops a future; its panic, if any, is reported and goes no further.
///
/// # Safety
/// R1: `future` is the living future of the task in `slot`, and the caller's.
unsafe fn drop_in_place_caught<F>(slot: Slot, future: *mut F) {
    if !std::mem::needs_drop::<F>() {
        return;
    }
    // SAFETY: R1; one drop, and the memory is not read as a future again.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { future.drop_in_place() })) {
        let hook = super::schedule::hook_of(slot);
        Report::new(Trouble::FutureDrop, Meta::of(slot)).panic(hook.as_deref(), payload);
    }
}

/// # Safety
/// R3: the caller owns a finished slot whose body holds the output.
unsafe fn drop_output<F: Future, const BOXED: bool>(slot: Slot) {
    slot.header().body.with_mut(|_| {
        let output = body::<F::Output, BOXED>(slot);
        // SAFETY: R3; one drop, and the body is empty afterwards.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { output.drop_in_place() })) {
            // A handle may be dropped long after its executor is gone: then stderr has to do.
            let hook = super::schedule::hook_of(slot);
            Report::new(Trouble::OutputDrop, Meta::of(slot)).panic(hook.as_deref(), payload);
        }
    });
}

fn any_body<B>(slot: Slot) -> *mut B {
    if slot.header().vtable().boxed { outer_body(slot) } else { slot.inline_body() }
}

/// Moves the output out of a finished slot.
///
/// # Safety
/// R3: the caller owns a finished slot whose body holds an output of type `T`.
pub(super) unsafe fn take_output<T>(slot: Slot) -> T {
    // SAFETY: R3; the output lies at the start of the body and is moved out once.
    slot.header().body.with_mut(|_| unsafe { any_body::<T>(slot).read() })
}

/// Moves the panic out of a finished slot.
///
/// # Safety
/// R3: the caller owns a finished slot whose outcome is `Panicked`.
pub(super) unsafe fn take_panic(slot: Slot) -> Panicked {
    // SAFETY: R3; the box lies at the start of the body and is moved out once.
    *slot.header().body.with_mut(|_| unsafe { any_body::<Box<Panicked>>(slot).read() })
}

/// Drops whatever a finished slot holds; an unobserved panic is reported.
///
/// # Safety
/// R3: the caller owns a finished slot.
pub(super) unsafe fn discard(slot: Slot) {
    match slot.header().state.peek().outcome() {
        // SAFETY: R3.
        Some(Outcome::Completed) => unsafe { (slot.header().vtable().drop_output)(slot) },
        Some(Outcome::Panicked) => {
            // SAFETY: R3.
            let Panicked { payload, hook } = unsafe { take_panic(slot) };
            Report::new(Trouble::Unobserved, Meta::of(slot)).panic(hook.as_deref(), payload);
            // The last reference to a closure of somebody's.
            report::drop_caught(hook);
        }
        Some(Outcome::Cancelled) | None => {}
    }
}

/// Gives back a body that lies outside its slot. The body is empty.
///
/// # Safety
/// R3: the caller owns a finished slot and gives it back next.
#[inline(always)]
pub(super) unsafe fn release_body(slot: Slot, vtable: &'static Vtable) {
    if vtable.boxed {
        // SAFETY: A4, R3; allocated by `Plan::put` with this layout.
        unsafe { dealloc(outer_body(slot), vtable.layout) };
    }
}
