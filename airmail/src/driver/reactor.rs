//! Sockets and other sources: what the system says of them, and who is woken for it.
//!
//! Nothing is made before the first source has to wait; until then a runtime waits as if there were no sockets. Whoever
//! waits in the driver polls; what it learns is [delivered](Reactor::deliver) by whoever comes next, who is at work then.

use super::alarm::Alarm;
use super::events::{ALARM, CALL, flags, key, token};
use super::{Driver, Parker};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Arc, Duration, Instant, Mutex, OnceLock, lock, origin};
use crate::threads::{caught, say};
use airmail_core::ready::{Key, Resources};
use mio::event::Source;
use mio::{Events, Interest, Poll, Registry, Token};
use std::io;
use std::task::{Wake, Waker};

/// So many events are taken at once.
const EVENTS: usize = 1024;
/// What happened is asked for again after this time, while there is something to do.
const FRESH: Duration = Duration::from_micros(50);

/// The sources of a runtime.
#[derive(Debug, Default)]
pub(crate) struct Reactor {
    resources: Resources,
    /// Set by the first source that waits.
    selector: OnceLock<Selector>,
    /// It was made, and whoever waits in the driver has not heard of it.
    untold: AtomicBool,
    /// The system did not answer: nobody is told of any source any more.
    failed: AtomicBool,
    /// Held by whoever makes the selector. `None`: this runtime's driver knows no sources.
    driven: Option<Mutex<()>>,
    /// Whoever is to be woken for what happened.
    woken: Mutex<Vec<Waker>>,
    has_woken: AtomicBool,
    /// When it was polled last, in nanoseconds.
    polled: AtomicU64,
}

/// What the system keeps for a runtime.
#[derive(Debug)]
struct Selector {
    registry: Registry,
    waker: mio::Waker,
    poller: Mutex<Poller>,
}

#[derive(Debug)]
struct Poller {
    poll: Poll,
    events: Events,
    alarm: Alarm,
}

/// The default driver, and what it knows of sockets.
pub(crate) fn standard() -> (Box<dyn Driver>, Arc<Reactor>) {
    let reactor = Arc::new(Reactor { driven: Some(Mutex::default()), ..Reactor::default() });
    let driver = SystemDriver { parker: Parker::new(), reactor: Arc::clone(&reactor) };
    (Box::new(driver), reactor)
}

impl Reactor {
    /// There is a source, or was.
    #[inline(always)]
    pub(crate) fn is_started(&self) -> bool {
        self.selector.get().is_some()
    }

    /// It was polled so lately that what happened since can wait.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        let polled = origin() + Duration::from_nanos(self.polled.load(Ordering::Relaxed));
        now.saturating_duration_since(polled) < FRESH
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Begins to look at a source, which is taken to be ready for `ready`. One that alone has its descriptor takes the place
    /// of one that is gone: see [`Selector::add`].
    ///
    /// # Errors
    /// If the runtime's driver knows no sources, or has ended, or the system refuses.
    pub(crate) fn register(
        &self,
        source: &mut impl Source,
        interest: Interest,
        ready: u8,
        is_owner: bool,
    ) -> io::Result<Key> {
        let selector = self.start()?;
        let key = self.resources.take(ready).ok_or_else(|| self.ended())?;
        let registered = token(key)
            .ok_or_else(|| io::Error::other("this runtime has no number left for another socket"))
            .and_then(|token| selector.add(source, token, interest, is_owner));
        match registered {
            Ok(()) => Ok(key),
            Err(error) => {
                self.resources.give(key);
                Err(error)
            }
        }
    }

    /// Looks at a source no more. The system forgets it by itself as soon as it is closed, and its duplicates are.
    pub(crate) fn forget(&self, key: Key) {
        self.resources.give(key);
    }

    /// The system is to forget a source that lives on.
    pub(crate) fn deregister(&self, source: &mut impl Source) -> io::Result<()> {
        self.selector.get().map_or(Ok(()), |selector| selector.registry.deregister(source))
    }

    /// Whoever waits in the driver is to begin anew, since there is a selector now. Asked after each registration, whatever
    /// came of it.
    pub(crate) fn is_untold(&self) -> bool {
        self.untold.load(Ordering::Relaxed) && self.untold.swap(false, Ordering::Relaxed)
    }

    /// What an operation answers after the runtime's end.
    pub(crate) fn ended(&self) -> io::Error {
        if self.failed.load(Ordering::Relaxed) {
            return io::Error::other(
                "the system has refused to wait for the sockets of this runtime (stderr says why); a new runtime may do",
            );
        }
        io::Error::other(
            "the runtime of this socket has ended; make the socket anew in a runtime that goes on (`into_std`, \
             `from_std`)",
        )
    }

    /// The selector, which is made if there is none.
    fn start(&self) -> io::Result<&Selector> {
        if let Some(selector) = self.selector.get() {
            return Ok(selector);
        }
        let starting = self.driven.as_ref().ok_or_else(knows_none)?;
        let starting = lock(starting);
        if self.selector.get().is_none() {
            let selector = Selector::new()?;
            assert!(self.selector.set(selector).is_ok(), "under the lock");
            self.untold.store(true, Ordering::Relaxed);
        }
        drop(starting);
        self.selector.get().ok_or_else(|| self.ended())
    }

    /// Wakes whoever is to be woken for what the last poll said.
    #[inline(always)]
    pub(crate) fn deliver(&self) {
        // `Acquire` is the lock's.
        if self.has_woken.load(Ordering::Relaxed) {
            self.deliver_all();
        }
    }

    #[cold]
    fn deliver_all(&self) {
        let mut taken = {
            let mut woken = lock(&self.woken);
            self.has_woken.store(false, Ordering::Relaxed);
            std::mem::take(&mut *woken)
        };
        for waker in taken.drain(..) {
            caught("a waker of a socket's waiter", || waker.wake());
        }
        // Its memory is for the next poll.
        let mut woken = lock(&self.woken);
        if woken.capacity() == 0 {
            *woken = taken;
        }
    }

    /// The runtime ends: whoever waits hears of it, and nobody waits any more.
    pub(crate) fn close(&self) {
        self.wake_all();
        self.deliver();
    }

    /// Whoever waits is to be woken, and nobody waits any more.
    fn wake_all(&self) {
        let mut woken = lock(&self.woken);
        self.resources.close(|waker| woken.push(waker));
        self.has_woken.store(!woken.is_empty(), Ordering::Relaxed);
    }

    /// Waits for events until `until`, or, if it may not wait, takes those that there are.
    fn poll(&self, selector: &Selector, waits: bool, until: Option<Instant>) {
        let mut poller = lock(&selector.poller);
        let Poller { poll, events, alarm } = &mut *poller;
        let timeout = if waits { timeout(alarm, until) } else { Some(Duration::ZERO) };
        match poll.poll(events, timeout) {
            Ok(()) => {}
            // The park may end early.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(error) => {
                drop(poller);
                return self.fail(&error);
            }
        }
        self.note_poll();
        let mut woken = lock(&self.woken);
        for event in events.iter() {
            match event.token() {
                CALL => {}
                ALARM => alarm.rang(),
                token => self.resources.event(key(token), flags(event), |waker| woken.push(waker)),
            }
        }
        if !woken.is_empty() {
            self.has_woken.store(true, Ordering::Relaxed);
        }
    }

    fn note_poll(&self) {
        let now = origin().elapsed().as_nanos() as u64;
        self.polled.store(now, Ordering::Relaxed);
    }

    /// The system does not answer: nobody waits for sockets any more, rather than for ever.
    #[cold]
    fn fail(&self, error: &io::Error) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            say(&format!(
                "cannot wait for sockets any more: {error}; was a file descriptor closed that is not the program's own? \
                 Every operation on a socket of this runtime fails from now on"
            ));
        }
        self.wake_all();
    }

    /// What there is to poll.
    fn selector(&self) -> Option<&Selector> {
        self.selector.get().filter(|_| !self.failed.load(Ordering::Relaxed))
    }
}

impl Selector {
    fn new() -> io::Result<Selector> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = mio::Waker::new(&registry, CALL)?;
        let alarm = Alarm::new(&registry, ALARM)?;
        let poller = Poller { poll, events: Events::with_capacity(EVENTS), alarm };
        Ok(Selector { registry, waker, poller: Mutex::new(poller) })
    }

    /// The system forgets a closed source only when its last duplicate is closed. If one lives on and comes back under the
    /// old number, the system still knows it, under a token that means nobody.
    fn add(
        &self,
        source: &mut impl Source,
        token: Token,
        interest: Interest,
        is_owner: bool,
    ) -> io::Result<()> {
        match self.registry.register(source, token, interest) {
            Err(error) if is_owner && error.kind() == io::ErrorKind::AlreadyExists => {
                self.registry.reregister(source, token, interest)
            }
            added => added,
        }
    }
}

/// For how long to wait. `None`: until something happens, such as the alarm.
fn timeout(alarm: &mut Alarm, until: Option<Instant>) -> Option<Duration> {
    let (until, now) = (until?, Instant::now());
    let left = until.saturating_duration_since(now);
    (left.is_zero() || !alarm.set(until, now)).then_some(left)
}

fn knows_none() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "the driver of this runtime knows no sockets (it is a simulation, or `Builder::driver` gave it another driver); use a \
         runtime without one",
    )
}

/// Waits for sources as soon as there is one; before, it parks its thread.
#[derive(Debug)]
struct SystemDriver {
    parker: Arc<Parker>,
    reactor: Arc<Reactor>,
}

/// Wakes whoever waits in the driver, wherever that is.
#[derive(Debug)]
struct Caller {
    parker: Arc<Parker>,
    reactor: Arc<Reactor>,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.parker.summon()
            && let Some(selector) = self.reactor.selector.get()
            && let Err(error) = selector.waker.wake()
        {
            say(&format!("cannot wake the thread that waits for sockets: {error}"));
        }
    }
}

impl Driver for SystemDriver {
    fn waker(&self) -> Waker {
        let (parker, reactor) = (Arc::clone(&self.parker), Arc::clone(&self.reactor));
        Waker::from(Arc::new(Caller { parker, reactor }))
    }

    fn park(&mut self, until: Option<Instant>) {
        match self.reactor.selector() {
            None => self.parker.park(until),
            Some(selector) => self.parker.elsewhere(|waits| self.reactor.poll(selector, waits, until)),
        }
    }

    fn look(&mut self) {
        if let Some(selector) = self.reactor.selector() {
            self.reactor.poll(selector, false, None);
        }
    }

    /// It says itself when: see [`Reactor::is_started`].
    fn looks(&self) -> bool {
        false
    }
}
