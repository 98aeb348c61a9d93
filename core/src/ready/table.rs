//! Where the sources of a driver are found by their numbers.

use super::resource::{Resource, Side, Waiting};
use super::word::{GONE, Readiness};
use crate::sync::process::{Mutex, MutexGuard, OnceLock};
use std::task::Waker;

/// So many places are in the first page; each next page has twice as many.
const FIRST: usize = 64;
/// Pages for all 32-bit numbers.
const PAGES: usize = 26;

/// The places of a driver's sources. They are made as needed, found without a lock, and freed with the table.
///
/// Places have numbers, and their sources have generations: who names both never means another source.
#[derive(Debug)]
pub struct Resources {
    pages: [OnceLock<Box<[Resource]>>; PAGES],
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// So many places were made.
    made: u32,
    /// Places without a source.
    free: Vec<u32>,
    /// Sources that there are.
    live: usize,
    /// The driver has ended.
    closed: bool,
}

/// Names a source: what its events carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The number of its place.
    pub place: u32,
    /// Which of the sources in that place it is.
    pub generation: u32,
}

impl Default for Resources {
    fn default() -> Resources {
        Resources::new()
    }
}

impl Resources {
    /// No places yet.
    pub const fn new() -> Resources {
        Resources {
            pages: [const { OnceLock::new() }; PAGES],
            state: Mutex::new(State { made: 0, free: Vec::new(), live: 0, closed: false }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A place for a source that is taken to be ready for `flags`. `None` if the driver has ended, or there are 2³² of them.
    pub fn take(&self, flags: u8) -> Option<Key> {
        let mut state = self.state();
        if state.closed {
            return None;
        }
        let place = if let Some(place) = state.free.pop() {
            place
        } else {
            let place = state.made;
            state.made = place.checked_add(1)?;
            self.make(place)?;
            place
        };
        state.live += 1;
        let generation = self.get(place)?.begin(flags);
        Some(Key { place, generation })
    }

    /// The source is gone, and nobody waits for it.
    pub fn give(&self, key: Key) {
        let Some(resource) = self.get(key.place) else { return };
        resource.end();
        let mut state = self.state();
        state.live -= 1;
        state.free.push(key.place);
    }

    /// How many sources there are.
    pub fn live(&self) -> usize {
        self.state().live
    }

    /// The driver has ended: whoever waits for a source comes out, under its lock, to be woken after this has returned, and
    /// nobody will wait any more.
    pub fn close(&self, mut out: impl FnMut(Waker)) {
        let made = {
            let mut state = self.state();
            state.closed = true;
            state.made
        };
        for resource in (0..made).filter_map(|place| self.get(place)) {
            let generation = resource.readiness().generation();
            resource.event(generation, GONE, &mut out);
        }
    }

    /// The driver has ended.
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Which page a place is in, and where there.
    const fn page(place: u32) -> (usize, usize) {
        let number = place as usize + FIRST;
        let page = number.ilog2() - FIRST.ilog2();
        (page as usize, number - (FIRST << page))
    }

    fn make(&self, place: u32) -> Option<()> {
        let (page, _) = Resources::page(place);
        self.pages.get(page)?.get_or_init(|| (0..FIRST << page).map(|_| Resource::new()).collect());
        Some(())
    }

    #[inline]
    fn get(&self, place: u32) -> Option<&Resource> {
        let (page, at) = Resources::page(place);
        self.pages.get(page)?.get()?.get(at)
    }

    fn of(&self, key: Key) -> &Resource {
        self.get(key.place).expect("a key names a place that was made")
    }

    /// Something happened to a source: whoever waits for it comes out, under its lock, to be woken after this has returned.
    /// Nothing happens if that source is gone.
    pub fn event(&self, key: Key, flags: u8, out: impl FnMut(Waker)) {
        if let Some(resource) = self.get(key.place) {
            resource.event(key.generation, flags, out);
        }
    }

    /// What a source is ready for.
    #[inline]
    pub fn readiness(&self, key: Key) -> Readiness {
        self.of(key).readiness()
    }

    /// An operation that began when the source was `seen` found nothing. `false`: something happened since, so try again.
    pub fn clear(&self, key: Key, seen: Readiness, flags: u8) -> bool {
        self.of(key).clear(seen, flags)
    }

    /// `Some`: the source is ready for some of `flags`. Otherwise the waker is called at the next such event, in place of the
    /// last one of this side.
    pub fn wait(&self, key: Key, side: Side, flags: u8, waker: &Waker) -> Option<Readiness> {
        self.of(key).wait(side, flags, waker)
    }

    /// As [`wait`](Resources::wait), for one of any number of waiters; each [forgets](Resources::forget) in the end.
    pub fn wait_among(
        &self,
        key: Key,
        waiting: &mut Option<Waiting>,
        flags: u8,
        waker: &Waker,
    ) -> Option<Readiness> {
        self.of(key).wait_among(waiting, flags, waker)
    }

    /// This one waits no more.
    pub fn forget(&self, key: Key, waiting: Waiting) {
        self.of(key).forget(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{READABLE, Side, WRITABLE};
    use super::{FIRST, Key, PAGES, Resources};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_number_has_one_place() {
        let mut next = (0, 0);
        for place in 0..10_000 {
            assert_eq!(Resources::page(place), next);
            next.1 += 1;
            if next.1 == FIRST << next.0 {
                next = (next.0 + 1, 0);
            }
        }
        assert!(Resources::page(u32::MAX).0 <= PAGES);
    }

    #[test]
    fn a_source_hears_of_its_own_events_only() {
        let table = Resources::new();
        let keys: Vec<Key> = (0..200).map(|_| table.take(0).expect("open")).collect();
        assert_eq!(table.live(), 200);
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        assert!(table.wait(keys[70], Side::Reader, Side::Reader.flags(), &waker).is_none());
        for key in keys.iter().filter(|key| **key != keys[70]) {
            table.event(*key, READABLE, Waker::wake);
        }
        let old = Key { generation: keys[70].generation.wrapping_sub(1), ..keys[70] };
        table.event(old, READABLE, Waker::wake);
        table.event(keys[70], WRITABLE, Waker::wake);
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        table.event(keys[70], READABLE, Waker::wake);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(table.readiness(keys[70]).has_any(READABLE));
    }

    #[test]
    fn a_place_goes_to_the_next_source_without_the_events_of_the_last() {
        let table = Resources::new();
        let first = table.take(0).expect("open");
        table.event(first, READABLE, Waker::wake);
        table.give(first);
        let second = table.take(WRITABLE).expect("open");
        assert_eq!(second.place, first.place);
        table.event(first, READABLE, Waker::wake);
        assert_eq!(table.readiness(second).flags(), WRITABLE);
        table.close(Waker::wake);
        assert!(table.readiness(second).has_any(0), "nothing is to be waited for any more");
        assert!(table.take(0).is_none());
    }

    #[test]
    fn any_number_may_wait_and_forget() {
        let table = Resources::new();
        let key = table.take(0).expect("open");
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut waiting = [None; 10];
        for one in &mut waiting {
            assert!(table.wait_among(key, one, READABLE, &waker).is_none());
            assert!(table.wait_among(key, one, READABLE, &waker).is_none(), "again, in the same place");
        }
        for one in &waiting[..4] {
            table.forget(key, one.expect("it waits"));
        }
        table.event(key, READABLE, Waker::wake);
        assert_eq!(count.0.load(Ordering::Relaxed), 6);
        assert!(table.wait_among(key, &mut waiting[4], READABLE, &waker).is_some());
    }

    /// One that was woken forgets late, when others wait: it forgets none of them.
    #[test]
    fn who_forgets_late_forgets_itself() {
        let table = Resources::new();
        let key = table.take(0).expect("open");
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        let mut early = [None; 2];
        for one in &mut early {
            assert!(table.wait_among(key, one, READABLE, &waker).is_none());
        }
        table.event(key, READABLE, Waker::wake);
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
        table.forget(key, early[0].expect("it waited"));
        assert!(table.clear(key, table.readiness(key), READABLE));
        let mut late = [None; 2];
        for one in &mut late {
            assert!(table.wait_among(key, one, READABLE, &waker).is_none());
        }
        table.forget(key, early[1].expect("it waited"));
        table.event(key, READABLE, Waker::wake);
        assert_eq!(count.0.load(Ordering::Relaxed), 4, "both late ones were woken");
    }
}
