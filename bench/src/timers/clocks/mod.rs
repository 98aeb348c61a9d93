//! Whose timers are compared.

mod airmail;
mod smol;
mod tokio;

use super::questions::{Figures, QUESTIONS, ask};
use crate::peer::{Kind, Who};
use futures_lite::future::poll_once;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::time::Duration;

/// How many workers those have that have several.
const WORKERS: usize = 2;

/// A runtime and its timers, used as its documentation shows.
///
/// A clock is in one file in `clocks/` and has one line in [`all`].
pub(super) trait Clock: Sized + 'static {
    /// How tables call it.
    const NAME: &'static str;
    /// The crate it comes from, whose version is told.
    const CRATE: &'static str;
    type Sleep: Future + Send + 'static;
    type Socket: Send;

    fn new() -> Self;

    /// Runs a future as a task, on a worker.
    fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T;

    /// A task of the runtime that is running.
    fn spawn<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send;

    fn sleep(time: Duration) -> Self::Sleep;

    /// A socket of the runtime that is running, which has waited for something.
    fn socket() -> impl Future<Output = Self::Socket> + Send;

    /// Whether it was in time.
    fn timeout(time: Duration, future: impl Future + Send) -> impl Future<Output = bool> + Send;
}

/// The clock of a runtime that has its names where tokio has them.
macro_rules! clock {
    ($name:ty, $title:literal, $runtime:ident) => {
        impl Clock for $name {
            const NAME: &'static str = $title;
            const CRATE: &'static str = stringify!($runtime);
            type Sleep = ::$runtime::time::Sleep;
            type Socket = ::$runtime::net::UdpSocket;

            fn new() -> Self {
                Self(Self::build())
            }

            fn run<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
                self.0.block_on(self.0.spawn(future)).expect("no task panics")
            }

            fn spawn<T: Send + 'static>(
                future: impl Future<Output = T> + Send + 'static,
            ) -> impl Future<Output = T> + Send {
                let handle = ::$runtime::spawn(future);
                async { handle.await.expect("no task panics") }
            }

            fn sleep(time: Duration) -> Self::Sleep {
                ::$runtime::time::sleep(time)
            }

            async fn socket() -> Self::Socket {
                let socket = Self::Socket::bind(ANYWHERE).await.expect("there is a port");
                begin_to_wait(socket.recv(&mut [0])).await;
                socket
            }

            async fn timeout(time: Duration, future: impl Future + Send) -> bool {
                ::$runtime::time::timeout(time, future).await.is_ok()
            }
        }
    };
}
use clock;

/// Answers a question, given by its place in the list.
pub(super) type Answer = Box<dyn FnMut(usize) -> Figures>;

/// Who could take part. Nothing runs until a runtime is made.
#[derive(Clone, Copy)]
pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    from: &'static str,
    pub(super) make: fn() -> Answer,
}

impl Who for Contestant {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn from(&self) -> &'static str {
        self.from
    }
}

const fn contestant<C: Clock>(kind: Kind) -> Contestant {
    Contestant {
        name: C::NAME,
        kind,
        from: C::CRATE,
        make: || {
            let clock = C::new();
            Box::new(move |place| ask(&clock, QUESTIONS[place]))
        },
    }
}

/// Everybody, in the order of the tables' rows.
pub(super) fn all() -> Vec<Contestant> {
    vec![
        contestant::<airmail::MultiThread>(Kind::Airmail),
        contestant::<tokio::MultiThread>(Kind::Peer),
        contestant::<smol::Smol>(Kind::Peer),
        contestant::<airmail::CurrentThread>(Kind::Airmail),
        contestant::<tokio::CurrentThread>(Kind::Peer),
    ]
}

/// Nothing comes, and so there is something to wait for.
async fn begin_to_wait<T>(receive: impl Future<Output = T>) {
    assert!(poll_once(pin!(receive)).await.is_none(), "nobody sends anything");
}

/// Where a socket is bound that nobody knows of.
const ANYWHERE: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

#[cfg(test)]
mod tests {
    use super::all;
    use crate::timers::questions::{QUESTIONS, Question};

    #[test]
    fn everybody_answers_everything_and_nobody_of_airmail_is_early() {
        for contestant in all() {
            let mut answer = (contestant.make)();
            for (place, question) in QUESTIONS.iter().enumerate() {
                // A million takes too long in a debug build; it is arming and cancelling as well.
                if *question == Question::Million {
                    continue;
                }
                let figures = answer(place);
                println!("{}: {question:?}: {figures:?}", contestant.name);
                assert!(figures.all.iter().take(3).any(|figure| figure.is_finite()));
                assert_eq!(figures.early, 0, "{}: {question:?}", contestant.name);
            }
        }
    }
}
