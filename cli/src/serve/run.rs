//! From the arguments to the end.

use super::accept;
use super::connection::Site;
use super::log::Log;
use super::options::Serve;
use super::root::Root;
use super::signals::{self, Interrupts};
use super::transport::{self, Listener};
use crate::out::Out;
use airmail::runtime::{Builder, Runtime};
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// So long the last lines of the log have, if something does not end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Why nothing is served, or the server ended.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Arguments that name nothing that can be served.
    Argument(String),
    /// Anything else.
    Failed(String),
}

impl Failure {
    fn new(what: &str, error: &io::Error) -> Failure {
        Failure::Failed(format!("{what}: {error}"))
    }
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let root = open(&self.folder)?;
        let addresses = resolve(&self.addr)?;
        let (log, writer) = if self.quiet {
            (Log::quiet(), None)
        } else {
            let (log, writer) =
                Log::start().map_err(|error| Failure::new("the access log did not start", &error))?;
            (log, Some(writer))
        };
        let runtime = self.runtime().map_err(|error| Failure::new("the runtime did not start", &error))?;
        let site = Site { root: Arc::new(root), log, patience: Duration::from_secs(self.timeout) };
        runtime.block_on(self.until_interrupted(site, &addresses))?;
        if let Err(error) = signals::next_one_ends() {
            super::complain(&format!("a second Ctrl-C will do nothing: {error}"));
        }
        let report = runtime.shutdown(Duration::from_secs(self.grace));
        if let Some(writer) = writer {
            // Who runs still may write still, and is not waited for.
            let patience = if report.is_clean() { None } else { Some(LAST_LINES) };
            writer.finish(patience).map_err(|error| Failure::new("stdout", &error))?;
        }
        print(&format!("{report}\n"))
    }

    fn runtime(&self) -> io::Result<Runtime> {
        let mut builder = Builder::new_multi_thread();
        if let Some(workers) = self.workers {
            builder.worker_threads(workers.get());
        }
        builder.build()
    }

    /// Serves in a task of its own; returns when the program is to end.
    async fn until_interrupted(&self, site: Site, addresses: &[SocketAddr]) -> Result<(), Failure> {
        let listener = bind(&self.addr, addresses).await?;
        let address = listener.local_addr().map_err(|error| Failure::new(&self.addr, &error))?;
        let folder = super::plain(&site.root.path().display().to_string());
        let line = format!("serving {folder} on http://{address}/\n");
        let trouble = |error: io::Error| Failure::new("signals cannot be heard", &error);
        let mut interrupts = Interrupts::new().map_err(trouble)?;
        let mut heard = pin!(interrupts.heard());
        // From when the line is there, Ctrl-C ends the program in order; and they are waited for before clients can have
        // taken the last open file.
        let at_once = poll_fn(|cx| Poll::Ready(heard.as_mut().poll(cx))).await;
        print(&line)?;
        // The task goes on, until it hears that the runtime is to end.
        airmail::spawn(accept::run(listener, site, self.connections.get()));
        let heard = if let Poll::Ready(heard) = at_once { heard } else { heard.await };
        heard.map_err(trouble)
    }
}

fn open(folder: &Path) -> Result<Root, Failure> {
    Root::open(folder).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::NotFound => "there is no such folder".to_owned(),
            ErrorKind::NotADirectory => "this is a file; name the folder that it is in".to_owned(),
            ErrorKind::PermissionDenied => "no permission to read this folder".to_owned(),
            _ => error.to_string(),
        };
        Failure::Argument(super::plain(&format!("{}: {why}", folder.display())))
    })
}

fn resolve(addr: &str) -> Result<Vec<SocketAddr>, Failure> {
    let bad = |why: String| Failure::Argument(format!("--addr {addr:?}: {why}"));
    let addresses: Vec<_> = match addr.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            return Err(bad("expected host:port, such as 127.0.0.1:8080 or [::1]:0".to_owned()));
        }
        Err(error) => return Err(bad(error.to_string())),
    };
    if addresses.is_empty() { Err(bad("the host has no address".to_owned())) } else { Ok(addresses) }
}

/// The first address that can be had.
async fn bind(addr: &str, addresses: &[SocketAddr]) -> Result<Listener, Failure> {
    let mut failure = None;
    for address in addresses {
        match transport::bind(*address).await {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                failure = Some(match failure {
                    Some(first) => told(first, error),
                    None => error,
                });
            }
        }
    }
    let error = failure.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into());
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there; take another port, or port 0 for a free one",
        ErrorKind::PermissionDenied => "ports below 1024 are for privileged users; take a higher one",
        ErrorKind::AddrNotAvailable => {
            "this machine does not have this address; 0.0.0.0 stands for all that it has"
        }
        _ => return Err(Failure::new(addr, &error)),
    };
    Err(Failure::Failed(format!("{addr}: {remedy}")))
}

/// Of two failures, the one to be told: the first, unless the other one is that somebody has the port.
fn told(first: io::Error, next: io::Error) -> io::Error {
    let in_use = |error: &io::Error| error.kind() == ErrorKind::AddrInUse;
    if in_use(&next) && !in_use(&first) { next } else { first }
}

fn print(line: &str) -> Result<(), Failure> {
    let mut out = Out::plain();
    out.print(line);
    out.finish().map_err(|error| Failure::new("stdout", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_port_is_taken_is_told_first() {
        use ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
        for (first, next, expected) in [
            (AddrNotAvailable, AddrInUse, AddrInUse),
            (AddrInUse, AddrNotAvailable, AddrInUse),
            (PermissionDenied, AddrNotAvailable, PermissionDenied),
        ] {
            assert_eq!(told(first.into(), next.into()).kind(), expected);
        }
    }
}
