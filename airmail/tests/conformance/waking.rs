//! Wakers: from anywhere, at any time, none lost, none doubled.

use crate::common::{Gate, lock, yield_now};
use crate::subject::{Spawner, Subject, until};
use airmail_lesson::CountdownFuture;
use futures::channel::{mpsc, oneshot};
use futures::{SinkExt, StreamExt};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

/// An executor that sleeps, because nothing is ready, is woken by another thread.
pub(crate) fn a_wake_from_another_thread<S: Subject>() {
    S::run(|spawner| async move {
        for _ in 0..20 {
            let gate = Gate::new();
            let task = spawner.spawn(gate.wait());
            let thread = thread::spawn(move || gate.open());
            task.await;
            thread.join().expect("no panic");
        }
    });
}

/// A wake-up that comes during the poll, from another thread, before the poll has answered, is not lost.
pub(crate) fn a_wake_before_the_poll_ends_is_not_lost<S: Subject>() {
    S::run(|spawner| async move {
        let open = AtomicBool::new(false);
        spawner
            .spawn(poll_fn(move |cx| {
                if open.swap(true, SeqCst) {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                thread::spawn(move || waker.wake()).join().expect("no panic");
                Poll::Pending
            }))
            .await;
    });
}

/// Many wake-ups of a waiting task give one poll.
pub(crate) fn many_wakes_are_one_poll<S: Subject>() {
    let polls = S::run(|spawner| async move {
        let gate = Gate::new();
        drop(spawner.spawn(gate.wait()));
        until(&spawner, || gate.polls() == 1).await;
        let wakers = gate.take_wakers();
        for _ in 0..100 {
            wakers[0].wake_by_ref();
        }
        until(&spawner, || gate.polls() == 2).await;
        spawner.spawn(CountdownFuture::new(3)).await;
        let polls = gate.polls();
        gate.open();
        polls
    });
    assert_eq!(polls, 2);
}

/// A waker that is used after its task ended does no harm: the future is gone, and nobody else suffers.
pub(crate) fn a_waker_kept_after_completion_is_harmless<S: Subject>() {
    S::run(|spawner| async move {
        let kept = Arc::new(Mutex::new(Vec::<Waker>::new()));
        for _ in 0..10 {
            let (keep, mut ready) = (Arc::clone(&kept), false);
            spawner
                .spawn(poll_fn(move |cx| {
                    assert!(!std::mem::replace(&mut ready, true), "polled after it was ready");
                    lock(&keep).push(cx.waker().clone());
                    Poll::Ready(())
                }))
                .await;
            lock(&kept).iter().for_each(Waker::wake_by_ref);
            spawner.spawn(yield_now()).await;
        }
        let wakers = std::mem::take(&mut *lock(&kept));
        thread::spawn(move || wakers.into_iter().for_each(Waker::wake)).join().expect("no panic");
    });
}

/// A future that moves to another task is woken there.
pub(crate) fn a_waker_moves_between_tasks<S: Subject>() {
    S::run(|spawner| async move {
        let (gate, sent) = (Gate::new(), Arc::new(Mutex::new(None)));
        let (send, mut wait) = (Arc::clone(&sent), Box::pin(gate.wait()));
        spawner
            .spawn(async move {
                assert!(futures::poll!(&mut wait).is_pending());
                *lock(&send) = Some(wait);
            })
            .await;
        let wait = lock(&sent).take().expect("it was sent");
        let second = spawner.spawn(wait);
        spawner.spawn(yield_now()).await;
        gate.open();
        second.await;
    });
}

/// A third-party oneshot channel: sent from another thread, and its sender dropped.
pub(crate) fn a_third_party_oneshot<S: Subject>() {
    S::run(|spawner| async move {
        let (sender, receiver) = oneshot::channel();
        let task = spawner.spawn(receiver);
        let thread = thread::spawn(move || sender.send(7).expect("the receiver waits"));
        assert_eq!(task.await, Ok(7));
        thread.join().expect("no panic");
        let (sender, receiver) = oneshot::channel::<()>();
        let task = spawner.spawn(receiver);
        spawner.spawn(async move { drop(sender) }).await;
        assert_eq!(task.await, Err(oneshot::Canceled));
    });
}

/// A third-party bounded channel between many tasks: nothing lost, the order of each sender kept.
pub(crate) fn a_third_party_channel<S: Subject>() {
    const SENDERS: usize = 4;
    const LETTERS: usize = 100;
    S::run(|spawner| async move {
        let (sender, mut receiver) = mpsc::channel::<(usize, usize)>(1);
        for from in 0..SENDERS {
            let mut sender = sender.clone();
            drop(spawner.spawn(async move {
                for letter in 0..LETTERS {
                    sender.send((from, letter)).await.expect("the receiver waits");
                }
            }));
        }
        drop(sender);
        let mut next = [0; SENDERS];
        while let Some((from, letter)) = receiver.next().await {
            assert_eq!(letter, next[from]);
            next[from] += 1;
        }
        assert_eq!(next, [LETTERS; SENDERS]);
    });
}

/// A channel keeps the waker of a receiver that is long gone, with its task: sending then harms nobody.
pub(crate) fn a_channel_whose_waker_outlives_the_poll<S: Subject>() {
    let later = S::run(|spawner| async move {
        let (sender, receiver) = mpsc::unbounded::<u32>();
        let receiver = Arc::new(Mutex::new(receiver));
        let polled = Arc::clone(&receiver);
        spawner
            .spawn(poll_fn(move |cx| {
                assert!(lock(&polled).poll_next_unpin(cx).is_pending());
                Poll::Ready(())
            }))
            .await;
        sender.unbounded_send(1).expect("the receiver is there");
        spawner.spawn(yield_now()).await;
        // And again, with a waker whose executor will be gone.
        assert!(poll_fn(|cx| Poll::Ready(lock(&receiver).poll_next_unpin(cx))).await.is_ready());
        assert!(poll_fn(|cx| Poll::Ready(lock(&receiver).poll_next_unpin(cx))).await.is_pending());
        (sender, receiver)
    });
    later.0.unbounded_send(2).expect("the receiver is there");
}

/// Two tasks that wake each other, a thousand times.
pub(crate) fn ping_pong_between_two_tasks<S: Subject>() {
    const ROUNDS: usize = 1000;
    let rounds = S::run(|spawner| async move {
        let (mut ping, mut pinged) = mpsc::channel::<usize>(0);
        let (mut pong, mut ponged) = mpsc::channel::<usize>(0);
        let echoes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&echoes);
        let echo = spawner.spawn(async move {
            while let Some(ball) = pinged.next().await {
                counted.fetch_add(1, SeqCst);
                pong.send(ball + 1).await.expect("the other side waits");
            }
        });
        let mut ball = 0;
        for _ in 0..ROUNDS {
            ping.send(ball).await.expect("the other side waits");
            ball = ponged.next().await.expect("the other side answers");
        }
        drop(ping);
        echo.await;
        assert_eq!(ball, ROUNDS);
        echoes.load(SeqCst)
    });
    assert_eq!(rounds, ROUNDS);
}
