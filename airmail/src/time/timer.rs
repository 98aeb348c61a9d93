//! A timer of some runtime: what [`Sleep`](super::Sleep) is made of.

use crate::context;
use crate::runtime::TryCurrentError;
use crate::scheduler::Scheduler;
use crate::timers::{Deadline, Entry, Remote, any_unreal, caught, nanos};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

pin_project! {
    /// A deadline, and who wakes the task then. Armed by the first poll that has to wait.
    pub(super) struct Timer {
        pub(super) deadline: Deadline,
        home: Home,
        #[pin]
        entry: Entry,
    }
}

/// Whose clock a timer goes by.
enum Home {
    /// The machine's, since it was made outside of runtimes; and when that was.
    Outside { made: Instant },
    /// The machine's, since it was made in a runtime that has it: in that one's wheel it waits. Nothing is held, so to make a
    /// timer costs no more than to read the clock, if that.
    Machine(Remote),
    /// That of a runtime which has another.
    Runtime(Scheduler),
}

impl Home {
    /// The current runtime.
    fn here() -> Home {
        let home = context::runtime(|here| {
            if has_real_clock(here) {
                here.company().timers.wheel(0).map(Home::Machine)
            } else {
                Some(Home::Runtime(here.clone()))
            }
        });
        home.ok().flatten().unwrap_or_else(|| Home::Outside { made: Instant::now() })
    }

    fn is(&self, scheduler: &Scheduler) -> bool {
        match self {
            Home::Outside { .. } => false,
            Home::Machine(wheel) => {
                Some(*wheel) == scheduler.company().timers.wheel(0) && has_real_clock(scheduler)
            }
            Home::Runtime(home) => home.is(scheduler),
        }
    }

    /// The clock of this runtime was stopped since the timer was made in it: the timer goes by that one. Both show the same
    /// time until then, so its deadline stays.
    fn follow(&mut self, here: &Scheduler) {
        if let Home::Machine(wheel) = self
            && !has_real_clock(here)
            && Some(*wheel) == here.company().timers.wheel(0)
        {
            *self = Home::Runtime(here.clone());
        }
    }

    fn now(&self) -> Instant {
        match self {
            Home::Machine(wheel) if any_unreal() => {
                let now = context::runtime(|here| {
                    let timers = &here.company().timers;
                    (timers.wheel(0) == Some(*wheel)).then(|| timers.now())
                });
                now.ok().flatten().unwrap_or_else(Instant::now)
            }
            Home::Outside { .. } | Home::Machine(_) => Instant::now(),
            Home::Runtime(scheduler) => scheduler.company().timers.now(),
        }
    }

    /// From when on what is left of a duration counts: now, or, as long as it has no runtime, when it was made.
    fn since(&self) -> Instant {
        match self {
            Home::Outside { made } => *made,
            home => home.now(),
        }
    }

    fn has_real_clock(&self) -> bool {
        match self {
            Home::Outside { .. } | Home::Machine(_) => true,
            Home::Runtime(scheduler) => has_real_clock(scheduler),
        }
    }
}

fn has_real_clock(scheduler: &Scheduler) -> bool {
    scheduler.company().timers.is_real()
}

impl Timer {
    /// Of the current runtime, if there is one.
    pub(super) fn at(deadline: Deadline) -> Timer {
        Timer { deadline, home: Home::here(), entry: Entry::new() }
    }

    /// The same, so long after what the clock shows now.
    pub(super) fn after(duration: Duration) -> Timer {
        let home = Home::here();
        Timer { deadline: Deadline::after(home.since(), duration), home, entry: Entry::new() }
    }

    /// What its clock shows.
    pub(super) fn now(&self) -> Instant {
        self.home.now()
    }

    pub(super) fn is_elapsed(&self) -> bool {
        self.deadline.is_due(self.now())
    }

    /// Gives it another deadline. If it is armed, it stays so, with its waker.
    pub(super) fn reset(self: Pin<&mut Self>, deadline: Deadline) {
        let mut this = self.project();
        *this.deadline = deadline;
        if let Home::Outside { .. } = this.home {
            // The deadline is meant by the clock of here and now.
            *this.home = Home::here();
        } else if any_unreal() {
            // Outside of runtimes there is nothing to follow.
            let _ = context::runtime(|here| this.home.follow(here));
        }
        if this.entry.is_armed()
            && this.entry.as_mut().move_to(deadline.nanos(), nanos(this.home.now())) == Some(true)
        {
            let told = context::runtime(|here| this.home.is(here).then(|| here.tell_of_timer(deadline)));
            if !matches!(told, Ok(Some(()))) {
                caught(|| this.entry.ring());
            }
        }
    }

    /// Ready, or armed.
    ///
    /// # Panics
    /// If it has to wait and there is no runtime.
    pub(super) fn poll(mut self: Pin<&mut Self>, waker: &Waker) -> Poll<()> {
        let Ok(answer) = context::runtime(|here| self.as_mut().poll_in(here, waker)) else {
            return self.poll_outside(waker);
        };
        answer
    }

    fn poll_in(mut self: Pin<&mut Self>, here: &Scheduler, waker: &Waker) -> Poll<()> {
        if !self.home.is(here) {
            self.as_mut().project().home.follow(here);
            if !self.home.is(here) && !here.company().timers.is_closed() {
                self.as_mut().move_to(here);
            }
        }
        let this = self.project();
        let now = this.home.now();
        if this.deadline.is_due(now) {
            this.entry.cancel();
            return Poll::Ready(());
        }
        if this.home.is(here) {
            let armed = here.arm(this.entry, *this.deadline, now, waker);
            return if armed { Poll::Pending } else { at_the_end(Some(here), waker) };
        }
        wait_elsewhere(this.home, this.entry, *this.deadline, now, waker, Some(here))
    }

    /// Becomes the current runtime's: the other may be gone, or wait for this thread. Unless both clocks are the machine's,
    /// what was left on the one is left on the other.
    fn move_to(self: Pin<&mut Self>, here: &Scheduler) {
        let this = self.project();
        this.entry.cancel();
        if let Deadline::At(deadline) = *this.deadline
            && !(this.home.has_real_clock() && has_real_clock(here))
        {
            let left = deadline.saturating_duration_since(this.home.since());
            *this.deadline = Deadline::after(here.company().timers.now(), left);
        }
        *this.home = Home::here();
    }

    /// The thread is in no runtime.
    fn poll_outside(self: Pin<&mut Self>, waker: &Waker) -> Poll<()> {
        let this = self.project();
        let now = this.home.now();
        if this.deadline.is_due(now) {
            this.entry.cancel();
            return Poll::Ready(());
        }
        if let (Home::Outside { .. }, Err(missing)) = (&this.home, context::runtime(|_| ())) {
            panic!("`Sleep`: {}", TryCurrentError::from(missing));
        }
        wait_elsewhere(this.home, this.entry, *this.deadline, now, waker, None)
    }
}

/// Arms a timer in the runtime that is its home, from elsewhere.
fn wait_elsewhere(
    home: &Home,
    mut entry: Pin<&mut Entry>,
    deadline: Deadline,
    now: Instant,
    waker: &Waker,
    here: Option<&Scheduler>,
) -> Poll<()> {
    let armed = match home {
        Home::Runtime(home) => home.arm(entry, deadline, now, waker),
        Home::Outside { .. } => false,
        Home::Machine(_) if entry.as_mut().update(waker) => true,
        Home::Machine(wheel) => {
            let armed = wheel.arm(entry.as_mut(), deadline.nanos(), nanos(now), waker);
            if armed == Ok(true) {
                caught(|| entry.ring());
            }
            armed.is_ok()
        }
    };
    if armed { Poll::Pending } else { at_the_end(here, waker) }
}

/// The runtime takes no timers any more. If this is a poll of one of its tasks, it ends just now, and cancels the task as
/// soon as it finds it.
///
/// # Panics
/// Elsewhere.
fn at_the_end(scheduler: Option<&Scheduler>, waker: &Waker) -> Poll<()> {
    assert!(
        scheduler.is_some_and(Scheduler::is_here) && airmail_core::is_of_task(waker),
        "`Sleep`: the runtime whose timer it is was dropped, and this code is in no other one, so nobody would ever end \
         the sleep"
    );
    waker.wake_by_ref();
    Poll::Pending
}
