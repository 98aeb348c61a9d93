//! `net`, `io`, `signal` and the traits of other crates, on both kinds of runtimes.
//!
//! Nothing here is ordered by time. A test that hangs is ended, with its name, by its [`Watchdog`].

#[path = "../common/mod.rs"]
mod common;
#[path = "../stress/watchdog.rs"]
mod watchdog;

mod async_fd;
mod cancel;
mod cut;
mod datagrams;
mod ends;
mod faults;
mod foreign;
mod halves;
mod interrupts;
mod limits;
mod listeners;
mod names;
mod options;
mod signals;
mod soak;
mod standard;
mod streams;
mod tries;
mod waiters;

use airmail::net::{TcpListener, TcpStream};
use airmail::runtime::{Builder, Runtime};
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use watchdog::Watchdog;

/// One runtime of each kind.
pub(crate) fn runtimes() -> [(&'static str, Runtime); 2] {
    let mut several = Builder::new_multi_thread();
    several.worker_threads(2);
    [
        ("current_thread", Builder::new_current_thread().build().expect("valid")),
        ("multi_thread", several.build().expect("valid")),
    ]
}

/// Runs `body` on each kind of runtime. No task may be left then.
pub(crate) fn each<F: Future<Output = io::Result<()>>>(test: &str, body: impl Fn() -> F) {
    for (flavor, runtime) in runtimes() {
        let _watchdog = Watchdog::new(&format!("{test}, {flavor}"), Duration::from_mins(1));
        if let Err(error) = runtime.block_on(body()) {
            panic!("{test}, {flavor}: {error}");
        }
        common::end(runtime);
    }
}

/// Two that are connected.
pub(crate) async fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let one = TcpStream::connect(listener.local_addr()?).await?;
    let (other, from) = listener.accept().await?;
    assert_eq!(from, one.local_addr()?);
    Ok((one, other))
}

/// Polls once, as the task that calls it.
pub(crate) async fn once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// A path where no socket is, and its removal.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new() -> Place {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Place(std::env::temp_dir().join(format!("airmail-net-{}-{number}", std::process::id())))
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _absent = std::fs::remove_file(&self.0);
    }
}

/// Bytes that tell their place.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

pub(crate) fn kind<T: std::fmt::Debug>(answer: io::Result<T>) -> ErrorKind {
    answer.expect_err("an error").kind()
}
