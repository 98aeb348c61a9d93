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
