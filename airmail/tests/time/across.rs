//! Timers that are dropped, moved and polled on other threads while they fire.

use crate::common::Gate;
use airmail::runtime::{Builder, Runtime};
use airmail::time::{Duration, Instant, Sleep, sleep_until};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Wake, Waker};
use std::{pin::Pin, thread};

const ROUNDS: usize = 400;
const SLEEPS: usize = 12;

struct Woken {
    wakes: AtomicUsize,
    gate: Gate,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        self.gate.open();
    }
}

/// A sleep that was polled, and is just about to fire.
struct Sent {
    sleep: Pin<Box<Sleep>>,
    woken: Arc<Woken>,
    number: usize,
    deadline: Instant,
}

impl Sent {
    /// Its first waker is woken, and then it is ready, or waits with another one.
    async fn ends(mut self) {
        self.woken.gate.wait().await;
        self.sleep.as_mut().await;
        assert!(Instant::now() >= self.sleep.deadline());
    }
}

fn runtimes() -> Vec<Runtime> {
    let workers = |count| Builder::new_multi_thread().worker_threads(count).build().expect("valid");
    vec![Builder::new_current_thread().build().expect("valid"), workers(1), workers(3)]
}

/// Around the deadline, every third sleep is dropped, every third is moved to soon after, and the rest is left.
fn meddles(sleeps: &Receiver<Sent>, back: &Sender<Sent>, runtime: &Runtime) {
    let _entered = runtime.enter();
    for mut sent in sleeps {
        while Instant::now() + Duration::from_micros(20) < sent.deadline {
            std::hint::spin_loop();
        }
        match sent.number % 3 {
            0 => drop(sent.sleep),
            1 => {
                sent.sleep.as_mut().reset(sent.deadline + Duration::from_micros(100));
                back.send(sent).expect("the test waits");
            }
            _ => back.send(sent).expect("the test waits"),
        }
    }
}

/// Who was left or moved is woken, and of who was dropped nothing is kept.
#[test]
fn c4_dropped_on_another_thread_as_they_fire() {
    for runtime in runtimes() {
        let ((send, receive), (give, back)) = (channel(), channel());
        let mut all = Vec::new();
        thread::scope(|scope| {
            let meddling = scope.spawn({
                let runtime = &runtime;
                move || meddles(&receive, &give, runtime)
            });
            runtime.block_on(async {
                for round in 0..ROUNDS {
                    let deadline = Instant::now() + Duration::from_micros(200);
                    for number in 0..SLEEPS {
                        let woken = Arc::new(Woken { wakes: AtomicUsize::new(0), gate: Gate::new() });
                        let mut sleep = Box::pin(sleep_until(deadline));
                        let waker = Waker::from(Arc::clone(&woken));
                        let early = sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
                        drop(waker);
                        if !early {
                            all.push(Arc::clone(&woken));
                            send.send(Sent { sleep, woken, number, deadline }).expect("it is there");
                        }
                    }
                    if round % 2 == 0 {
                        sleep_until(deadline).await;
                    }
                    for sent in back.try_iter() {
                        sent.ends().await;
                    }
                }
                drop(send);
                for sent in back {
                    sent.ends().await;
                }
            });
            meddling.join().expect("no panic");
        });
        drop(runtime);
        let kept = all.iter().filter(|woken| Arc::strong_count(woken) != 1).count();
        assert_eq!(kept, 0, "wakers are kept for sleeps that are gone");
        assert!(
            all.iter().all(|woken| woken.wakes.load(Ordering::Relaxed) <= 2),
            "once, and once after a move"
        );
    }
}
