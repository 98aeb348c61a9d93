//! A permit that is handed to who waits longest. Lost permit: who was given it, and gives up in the same moment, has
//! it for ever.

use crate::world::{Bug, World, lock, work};
use futures::future::{Either, select};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

struct State {
    free: bool,
    waiting: VecDeque<Arc<Mutex<Place>>>,
}

/// Where somebody waits.
#[derive(Default)]
struct Place {
    given: bool,
    waker: Option<Waker>,
}

#[derive(Clone)]
struct Permits {
    bug: Bug,
    state: Arc<Mutex<State>>,
}

struct Permit(Permits);

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        let Some(next) = state.waiting.pop_front() else {
            state.free = true;
            return;
        };
        let mut next = lock(&next);
        next.given = true;
        if let Some(waker) = next.waker.take() {
            waker.wake();
        }
    }
}

/// Waits for the permit.
struct Acquire {
    permits: Permits,
    place: Option<Arc<Mutex<Place>>>,
}

impl Permits {
    fn acquire(&self) -> Acquire {
        Acquire { permits: self.clone(), place: None }
    }
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        let Acquire { permits, place } = &mut *self;
        let mut state = lock(&permits.state);
        if place.is_none() && state.free {
            state.free = false;
            return Poll::Ready(Permit(permits.clone()));
        }
        let own = place.get_or_insert_with(|| {
            let own = Arc::default();
            state.waiting.push_back(Arc::clone(&own));
            own
        });
        let mut inside = lock(own);
        if inside.given {
            drop(inside);
            *place = None;
            return Poll::Ready(Permit(permits.clone()));
        }
        inside.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        let was_waiting = {
            let mut state = lock(&self.permits.state);
            let waiting = state.waiting.len();
            state.waiting.retain(|other| !Arc::ptr_eq(other, &place));
            state.waiting.len() < waiting
        };
        if !was_waiting && self.permits.bug == Bug::Mended {
            // Given, and not wanted any more: the next one has it.
            drop(Permit(self.permits.clone()));
        }
    }
}

const SHIFT: Duration = Duration::from_millis(10);

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let permits =
        Permits { bug, state: Arc::new(Mutex::new(State { free: true, waiting: VecDeque::new() })) };
    let holder = {
        let (world, permits) = (world.clone(), permits.clone());
        world.clone().spawn("holder", async move {
            let permit = permits.acquire().await;
            work(&world, 1).await;
            world.sleep(SHIFT).await;
            drop(permit);
        })
    };
    let impatient = {
        let (world, permits) = (world.clone(), permits.clone());
        world.clone().spawn("impatient", async move {
            let over = pin!(world.sleep(SHIFT));
            if let Either::Right((permit, _)) = select(over, permits.acquire()).await {
                work(&world, 1).await;
                drop(permit);
            }
        })
    };
    let _ = (holder.await, impatient.await);
    drop(permits.acquire().await);
}
