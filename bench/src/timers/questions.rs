//! What timers are asked: the same for every runtime.

use super::clocks::Clock;
use crate::multi::cpu;
use crate::question::About;
use crate::race::time;
use crate::stats::Times;
use futures::channel::oneshot;
use futures_lite::future::{poll_once, yield_now};
use std::future::ready;
use std::pin::{Pin, pin};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    ArmCancel,
    Timeout,
    Million,
    Late,
    Burst,
    /// Last, since a runtime keeps what it made for its first socket.
    LateEvents,
}

pub(super) const QUESTIONS: [Question; 6] = [
    Question::ArmCancel,
    Question::Timeout,
    Question::Million,
    Question::Late,
    Question::Burst,
    Question::LateEvents,
];

/// What each is, in the same order.
pub(super) const ABOUT: [About; 6] = [
    About {
        name: "arm+cancel",
        what: "a sleep of a second is polled once and dropped, in a task",
        round: 50_000,
    },
    About {
        name: "timeout",
        what: "a timeout of a second around a future that is ready, in a task",
        round: 50_000,
    },
    About {
        name: "1M",
        what: "a million sleeps of a second to an hour are armed by a task, then nine of ten cancelled by another \
               thread; processor time of both and of what the runtime does then",
        round: 1_000_000,
    },
    About {
        name: "late",
        what: "50 tasks sleep 8 times each, 1 to 20 ms and a fraction; how much later they go on",
        round: 8 * SLEEPERS,
    },
    About {
        name: "burst",
        what: "10,000 tasks sleep, all due within the same 100 ms; how much later they go on",
        round: 10_000,
    },
    About {
        name: "late net",
        what: "as late, in a runtime that has a socket too, and so waits for the system's events",
        round: 8 * SLEEPERS,
    },
];

const SLEEPERS: u32 = 50;
/// How many operations one poll has: a task that never lets others go first would not see what its runtime puts off.
const POLL: u32 = 200;
const SECOND: Duration = Duration::from_secs(1);

/// What came of one round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// What they are depends on the question.
    pub(super) all: [f64; 3],
    /// How many sleeps were awaited to their end.
    pub(super) sleeps: usize,
    /// How many of them ended before their time.
    pub(super) early: usize,
}

/// One round of a question.
pub(super) fn ask<C: Clock>(clock: &C, question: Question) -> Figures {
    let place = QUESTIONS.iter().position(|known| *known == question).expect("all are in it");
    let operations = ABOUT[place].round;
    match question {
        Question::ArmCancel => cost(time(|| clock.run(arm_cancel::<C>(operations)), operations)),
        Question::Timeout => cost(time(|| clock.run(timeouts::<C>(operations)), operations)),
        Question::Million => Figures { all: million(clock, operations), sleeps: 0, early: 0 },
        Question::Late => lateness(clock.run(late::<C>(operations))),
        Question::Burst => lateness(clock.run(burst::<C>(operations))),
        Question::LateEvents => lateness(clock.run(async move {
            let _waits = C::socket().await;
            late::<C>(operations).await
        })),
    }
}

fn cost(nanoseconds: f64) -> Figures {
    Figures { all: [nanoseconds, f64::NAN, f64::NAN], sleeps: 0, early: 0 }
}

async fn arm_cancel<C: Clock>(operations: u32) {
    for number in 0..operations {
        if number % POLL == 0 {
            yield_now().await;
        }
        let sleep = pin!(C::sleep(SECOND));
        assert!(poll_once(sleep).await.is_none(), "a second is not over");
    }
}

async fn timeouts<C: Clock>(operations: u32) {
    for number in 0..operations {
        if number % POLL == 0 {
            yield_now().await;
        }
        assert!(C::timeout(SECOND, ready(())).await, "it was ready");
    }
}

/// Nanoseconds to arm one and to cancel one, and processor time of each from the first poll to the end.
fn million<C: Clock>(clock: &C, operations: u32) -> [f64; 3] {
    clock.run(async move {
        let mut dice = Dice(u64::from(operations));
        let sleep = |_| Box::pin(C::sleep(SECOND + dice.below(Duration::from_secs(60 * 60 - 1))));
        let mut sleeps: Vec<Pin<Box<C::Sleep>>> = (0..operations).map(sleep).collect();
        let before = cpu::time();
        let start = Instant::now();
        for (number, sleep) in (0_u32..).zip(&mut sleeps) {
            if number % POLL == 0 {
                yield_now().await;
            }
            let _ = poll_once(sleep).await;
        }
        let armed = per(start.elapsed(), operations);
        let (mut place, all) = (0_u32, sleeps);
        let (kept, cancelled): (Vec<_>, Vec<_>) = all.into_iter().partition(|_| {
            place += 1;
            place.is_multiple_of(10)
        });
        let (done, cancel) = oneshot::channel();
        let number = u32::try_from(cancelled.len()).expect("less than a million");
        thread::spawn(move || {
            // What is left of the vector is freed after the time is taken.
            let mut cancelled = cancelled;
            let time = time(|| cancelled.clear(), number);
            let _ = done.send(time);
        });
        let cancelled = cancel.await.expect("the thread answers");
        // So that what a runtime put off until it has time is counted.
        C::sleep(Duration::from_millis(2)).await;
        let cpu = per(cpu::time().saturating_sub(before), operations);
        drop(kept);
        [armed, cancelled, cpu]
    })
}

fn per(time: Duration, operations: u32) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(operations)
}

/// When a sleep was to end, and when its task went on.
type Woken = (Instant, Instant);

async fn late<C: Clock>(operations: u32) -> Vec<Woken> {
    let sleeper = |number: u32| {
        C::spawn(async move {
            let mut dice = Dice(u64::from(number) + 1);
            let mut woken = Vec::new();
            for _ in 0..operations / SLEEPERS {
                let time = Duration::from_millis(1) + dice.below(Duration::from_millis(19));
                // Taken before, so that the runtime's own deadline is not sooner.
                let due = Instant::now() + time;
                C::sleep(time).await;
                woken.push((due, Instant::now()));
            }
            woken
        })
    };
    let sleepers: Vec<_> = (0..SLEEPERS).map(sleeper).collect();
    let mut woken = Vec::new();
    for sleeper in sleepers {
        woken.extend(sleeper.await);
    }
    woken
}

async fn burst<C: Clock>(operations: u32) -> Vec<Woken> {
    /// Until all tasks sleep.
    const BEFORE: Duration = Duration::from_millis(100);
    const WITHIN: Duration = Duration::from_millis(100);
    let first = Instant::now() + BEFORE;
    let sleeper = |number: u32| {
        C::spawn(async move {
            let due = first + WITHIN * number / operations;
            C::sleep(due.saturating_duration_since(Instant::now())).await;
            (due, Instant::now())
        })
    };
    let sleepers: Vec<_> = (0..operations).map(sleeper).collect();
    let mut woken = Vec::new();
    for sleeper in sleepers {
        woken.push(sleeper.await);
    }
    woken
}

/// p50, p99 and the longest, in microseconds.
fn lateness(woken: Vec<Woken>) -> Figures {
    let sleeps = woken.len();
    let early = woken.iter().filter(|(due, now)| now < due).count();
    let times = woken.into_iter().map(|(due, now)| now.saturating_duration_since(due));
    let times = Times::of(times.collect());
    Figures { all: [500, 990, 1_000].map(|of_1000| times.micros(of_1000)), sleeps, early }
}

/// The same numbers for everybody (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let limit = u64::try_from(limit.as_nanos()).expect("less than centuries");
        Duration::from_nanos(self.0 % limit)
    }
}

#[cfg(test)]
mod tests {
    use super::{ABOUT, Dice, QUESTIONS, lateness};
    use std::time::{Duration, Instant};

    #[test]
    fn early_is_not_late() {
        let due = Instant::now();
        let woken = |micros: u64| (due, due + Duration::from_micros(micros));
        let too_soon = (due + Duration::from_nanos(1), due);
        let figures = lateness(vec![woken(5), too_soon, woken(0), woken(7)]);
        assert_eq!((figures.sleeps, figures.early), (4, 1));
        assert_eq!(figures.all.map(|micros| format!("{micros:.0}")), ["0", "7", "7"]);
    }

    #[test]
    fn dice_stay_below_and_differ() {
        let (mut dice, limit) = (Dice(1), Duration::from_millis(19));
        let mut thrown: Vec<_> = (0..100).map(|_| dice.below(limit)).collect();
        assert!(thrown.iter().all(|time| *time < limit));
        thrown.sort_unstable();
        thrown.dedup();
        assert!(thrown.len() > 90, "{thrown:?}");
    }

    #[test]
    fn each_question_is_described() {
        assert_eq!(QUESTIONS.len(), ABOUT.len());
    }
}
