//! Who serves.

mod airmail_current;
mod airmail_multi;
mod airmail_sockets;
mod smol;
mod tokio_current;
mod tokio_multi;
mod tokio_sockets;

use super::server::serve;
use crate::peer::{Kind, Who};
use std::future::Future;
use std::io;
use std::net::TcpListener;

/// How many workers those have that have several.
pub(crate) const WORKERS: usize = 2;

/// A runtime with its own sockets, used as its documentation shows.
///
/// A server is one file in `servers/` and one line in [`all`].
pub(super) trait Server: 'static {
    /// How tables call it.
    const NAME: &'static str;
    /// The crate it comes from, whose version is told.
    const CRATE: &'static str;
    type Sockets: Sockets;

    /// Runs a future as a task, on a worker.
    fn run(main: impl Future<Output = ()> + Send + 'static);

    /// A task of the runtime that is running.
    fn spawn(task: impl Future<Output = ()> + Send + 'static);
}

/// Sockets that one or several servers share.
pub(super) trait Sockets: 'static {
    type Listener: Send + Sync + 'static;
    type Stream: Send + 'static;

    /// Of one that does not block; in the runtime.
    fn listener(listener: TcpListener) -> io::Result<Self::Listener>;

    /// The next connection, which does not delay what is written.
    fn accept(listener: &Self::Listener) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Sends all back, as it comes.
    fn echo(stream: Self::Stream) -> impl Future<Output = ()> + Send + 'static;

    /// Says hello, with hyper and the runtime's own timer.
    fn http(stream: Self::Stream) -> impl Future<Output = ()> + Send + 'static;
}

/// Who could take part.
#[derive(Clone, Copy)]
pub(super) struct Contestant {
    pub(super) name: &'static str,
    kind: Kind,
    from: &'static str,
    /// Serves as long as the process lives.
    pub(super) serve: fn() -> io::Result<()>,
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

const fn contestant<S: Server>(kind: Kind) -> Contestant {
    Contestant { name: S::NAME, kind, from: S::CRATE, serve: serve::<S> }
}

/// Everybody, in the order of the tables' rows.
pub(super) fn all() -> Vec<Contestant> {
    vec![
        contestant::<airmail_multi::MultiThread>(Kind::Airmail),
        contestant::<tokio_multi::MultiThread>(Kind::Peer),
        contestant::<smol::Smol>(Kind::Peer),
        contestant::<airmail_current::CurrentThread>(Kind::Airmail),
        contestant::<tokio_current::CurrentThread>(Kind::Peer),
    ]
}

/// What echoes are read into: a task's state, so not more than a message needs.
const BUFFER: usize = super::connection::MESSAGE;

#[cfg(test)]
mod tests {
    use super::{Server, airmail_current, airmail_multi, all, smol, tokio_current, tokio_multi};
    use crate::io::client::Client;
    use crate::io::connection::Talk;
    use crate::io::server::{listen, serve_on};
    use futures::channel::mpsc;
    use std::thread;
    use std::time::Duration;

    fn serves<S: Server>() {
        let (http, echo) = (listen().expect("a port is free"), listen().expect("a port is free"));
        let addresses = [&http, &http, &echo].map(|one| one.local_addr().expect("it is bound"));
        let (burn, burns) = mpsc::unbounded();
        let server = thread::spawn(|| serve_on::<S>(http, echo, burns));
        let talks = [Talk::Http { close: false }, Talk::Http { close: true }, Talk::Echo];
        for (address, talk) in addresses.into_iter().zip(talks) {
            let mut client = Client::new(address, talk, 3).expect("it accepts");
            burn.unbounded_send(()).expect("it listens");
            let answers = client.run(Duration::from_millis(50), None).expect("it answers");
            assert!(answers.times.number() >= 3, "{}: {talk:?}: {answers:?}", S::NAME);
        }
        drop(burn);
        server.join().expect("it ends");
    }

    #[test]
    fn everybody_serves() {
        serves::<airmail_multi::MultiThread>();
        serves::<airmail_current::CurrentThread>();
        serves::<tokio_multi::MultiThread>();
        serves::<tokio_current::CurrentThread>();
        serves::<smol::Smol>();
        assert_eq!(all().len(), 5, "each has its line here as well");
    }
}
