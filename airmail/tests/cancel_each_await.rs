//! `test::cancel_each_await`: it drops where it says, and finds what a dropped future leaves behind.

use airmail::sim::{Faults, Kind, Sim};
use airmail::task::yield_now;
use airmail::test::cancel_each_await;
use airmail::time::{Duration, sleep};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// Notes how far an operation came.
type Notes = Arc<Mutex<Vec<u32>>>;

#[test]
fn every_await_is_cancelled_twice() {
    let notes = Notes::default();
    let noted = Arc::clone(&notes);
    let checked = cancel_each_await(
        || async { Vec::new() },
        async |steps: &mut Vec<u32>| {
            steps.push(0);
            yield_now().await;
            steps.push(1);
            sleep(Duration::from_secs(1)).await;
            steps.push(2);
        },
    )
    .check(async move |steps| noted.lock().unwrap().push(steps.len() as u32));
    assert_eq!(checked.awaits(), 2);
    // To the end; at the first await as it waits, as it is woken; at the second; and one that finds no third. The first
    // seed is checked by a second run each time.
    assert_eq!(*notes.lock().unwrap(), [3, 3, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3]);
    assert_eq!(checked.schedules(), 6);
    assert_eq!(checked.to_string(), "cancelled at each of 2 awaits, 6 schedules");
}

#[test]
fn an_operation_that_never_waits_is_run_to_its_end() {
    let checked =
        cancel_each_await(async || 1, async |world| *world += 1).check(async |world| assert_eq!(world, 2));
    assert_eq!(checked.awaits(), 0);
}

struct Account {
    here: u32,
    there: u32,
}

/// What was taken is lost if the transfer is cancelled as it sleeps.
async fn transfer(account: &mut Account) {
    yield_now().await;
    account.here -= 1;
    sleep(Duration::from_millis(1)).await;
    account.there += 1;
}

#[test]
fn a_half_done_operation_is_found_and_its_await_named() {
    let failure = cancel_each_await(async || Account { here: 5, there: 0 }, transfer)
        .sim(Sim::new().seeds(10).name("transfer"))
        .try_check(async |account| assert_eq!(account.here + account.there, 5))
        .expect_err("the second await");
    assert_eq!(failure.kind(), Kind::Panic);
    let text = failure.to_string();
    assert!(
        text.starts_with("panic: transfer (cancelled at await 2, as it waits) fails with seed 0"),
        "{text}"
    );
    assert!(text.contains("the await that is cancelled:\n      in "), "{text}");
    assert!(text.contains("in cancel_each_await::transfer"), "{text}");
    assert!(text.contains("AIRMAIL_SEED=0 cargo test"), "{text}");
}

/// A queue whose senders hand a message to a waiting receiver.
#[derive(Default)]
struct Handoff {
    queue: VecDeque<u32>,
    waiting: VecDeque<Arc<Mutex<Option<u32>>>>,
    wakers: VecDeque<Waker>,
}

impl Handoff {
    fn send(&mut self, message: u32) {
        match self.waiting.pop_front() {
            None => self.queue.push_back(message),
            Some(receiver) => {
                *receiver.lock().unwrap() = Some(message);
                self.wakers.pop_front().expect("one for each").wake();
            }
        }
    }
}

/// Loses the message that was handed to it if it is dropped before it is polled.
async fn receive(queue: &Mutex<Handoff>) -> u32 {
    if let Some(message) = queue.lock().unwrap().queue.pop_front() {
        return message;
    }
    let place = Arc::new(Mutex::new(None));
    let mut waits = false;
    poll_fn(move |cx| {
        if let Some(message) = place.lock().unwrap().take() {
            return Poll::Ready(message);
        }
        if !waits {
            let mut queue = queue.lock().unwrap();
            queue.waiting.push_back(Arc::clone(&place));
            queue.wakers.push_back(cx.waker().clone());
            waits = true;
        }
        Poll::Pending
    })
    .await
}

struct Mailbox {
    queue: Arc<Mutex<Handoff>>,
    received: Vec<u32>,
}

#[test]
fn a_message_that_had_arrived_is_found_missing() {
    let failure = cancel_each_await(
        async || {
            let queue = Arc::new(Mutex::new(Handoff::default()));
            let send = Arc::clone(&queue);
            airmail::spawn(async move {
                yield_now().await;
                send.lock().unwrap().send(7);
            });
            Mailbox { queue, received: Vec::new() }
        },
        async |mailbox: &mut Mailbox| mailbox.received.push(receive(&mailbox.queue).await),
    )
    .try_check(async |mut mailbox| {
        sleep(Duration::from_secs(1)).await;
        mailbox.received.extend(mailbox.queue.lock().unwrap().queue.drain(..));
        assert_eq!(mailbox.received, [7]);
    })
    .expect_err("lost");
    assert!(failure.to_string().contains("cancelled at await 1, as it"), "{failure}");
}

#[test]
fn an_invariant_that_waits_for_ever_is_a_deadlock() {
    let failure = cancel_each_await(
        async || Arc::new(tokio::sync::Semaphore::new(1)),
        async |gate: &mut Arc<tokio::sync::Semaphore>| {
            // Forgotten until the end, and so for ever if that does not come.
            gate.acquire().await.expect("open").forget();
            yield_now().await;
            gate.add_permits(1);
        },
    )
    .try_check(async |gate| drop(gate.acquire().await.expect("open")))
    .expect_err("nobody gives the permit back");
    assert_eq!(failure.kind(), Kind::Deadlock);
}

#[test]
fn what_is_safe_to_cancel_passes_under_every_order_and_fault() {
    let checked = cancel_each_await(
        async || tokio::sync::mpsc::channel::<u32>(2),
        async |(send, receive): &mut (tokio::sync::mpsc::Sender<u32>, tokio::sync::mpsc::Receiver<u32>)| {
            let send = send.clone();
            airmail::spawn(async move { send.send(7).await });
            let message = receive.recv().await;
            // Back again, without an await in between.
            assert_eq!(message, Some(7));
            receive.close();
        },
    )
    .sim(Sim::new().seeds(200).faults(Faults::legal()))
    .check(async |(_send, mut receive)| {
        if !receive.is_closed() {
            sleep(Duration::from_secs(1)).await;
            assert_eq!(receive.recv().await, Some(7));
        }
    });
    assert!(checked.awaits() >= 1, "{checked}");
}

#[test]
fn an_operation_that_fails_by_itself_says_so() {
    let failure = cancel_each_await(async || (), async |()| panic!("on purpose")).try_check(async |()| {});
    let text = failure.expect_err("it panics").to_string();
    assert!(text.contains("not cancelled") && text.contains("on purpose"), "{text}");
}
