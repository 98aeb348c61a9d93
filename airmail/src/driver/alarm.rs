//! Wakes whoever polls at a point in time, to the microsecond, where the machine can.

use mio::{Registry, Token};
use std::io;
use std::time::Instant;

/// Rings at one time after another. Without one, a poll waits for whole milliseconds.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(super) struct Alarm {
    timer: std::os::fd::OwnedFd,
    /// When it rings next.
    rings: Option<Instant>,
}

#[cfg(target_os = "linux")]
impl Alarm {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Alarm> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        use std::os::fd::AsRawFd;

        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let mut source = mio::unix::SourceFd(&timer.as_raw_fd());
        registry.register(&mut source, token, mio::Interest::READABLE)?;
        Ok(Alarm { timer, rings: None })
    }

    /// `false`: it cannot be set.
    pub(super) fn set(&mut self, at: Instant, now: Instant) -> bool {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};

        if self.rings == Some(at) {
            return true;
        }
        let Ok(it_value) = Timespec::try_from(at.saturating_duration_since(now)) else { return false };
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        let set =
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value });
        self.rings = set.is_ok().then_some(at);
        set.is_ok()
    }

    /// It has rung.
    pub(super) fn rang(&mut self) {
        self.rings = None;
    }
}

/// There is none.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Alarm;

#[cfg(not(target_os = "linux"))]
impl Alarm {
    pub(super) fn new(_: &Registry, _: Token) -> io::Result<Alarm> {
        Ok(Alarm)
    }

    pub(super) fn set(&mut self, _at: Instant, _now: Instant) -> bool {
        false
    }

    pub(super) fn rang(&mut self) {}
}
