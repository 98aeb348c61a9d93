//! The access log: one line a request, on stdout.
//!
//! Lines go to a thread of their own, so that whoever reads them slowly holds up no request. If too many wait,
//! those that come are dropped, and it is said how many.

use crate::out::Out;
use hyper::{Method, StatusCode, Uri};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use std::{io, iter};

/// So many lines may wait.
const ROOM: usize = 4096;

/// So many are written at once.
const BATCH: usize = 256;

/// Longer targets are cut.
const TARGET: usize = 1000;

/// Spaces separate the columns, and a quote would end one for those who quote them.
const TARGET_SET: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'\\');

/// What a connection writes to.
#[derive(Clone, Debug)]
pub(super) struct Log(Option<Lines>);

#[derive(Clone, Debug)]
struct Lines {
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

/// The thread that writes.
#[derive(Debug)]
pub(super) struct Writer(JoinHandle<io::Result<()>>);

impl Log {
    /// Nothing is written.
    pub(super) fn quiet() -> Log {
        Log(None)
    }

    pub(super) fn start() -> io::Result<(Log, Writer)> {
        let (sender, receiver) = sync_channel(ROOM);
        let lost = Arc::new(AtomicU64::new(0));
        let lines = Lines { sender, lost: Arc::clone(&lost) };
        let write = move || write_all(&receiver, &lost);
        let writer = thread::Builder::new().name("airmail-log".to_owned()).spawn(write)?;
        Ok((Log(Some(lines)), Writer(writer)))
    }

    pub(super) fn write(&self, line: &impl fmt::Display) {
        let Some(lines) = &self.0 else { return };
        if let Err(TrySendError::Full(_)) = lines.sender.try_send(format!("{line}\n")) {
            lines.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Waits until everything is written, which it is when every [`Log`] is gone.
    pub(super) fn finish(self) -> io::Result<()> {
        self.0.join().unwrap_or_else(|_| Err(io::Error::other("the thread of the access log panicked")))
    }
}

fn write_all(lines: &Receiver<String>, lost: &AtomicU64) -> io::Result<()> {
    let mut out = Out::plain();
    while let Ok(line) = lines.recv() {
        let mut text: String = iter::once(line).chain(lines.try_iter().take(BATCH)).collect();
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(text, "- {lost} lines are lost: stdout takes them too slowly");
        }
        out.print(&text);
    }
    out.finish()
}

/// One request, as it is logged when it is over.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) peer: SocketAddr,
    method: Method,
    target: String,
    begun: Instant,
    at: SystemTime,
    pub(super) status: StatusCode,
}

impl Record {
    /// `500` until there is an answer.
    pub(super) fn new(peer: SocketAddr, method: Method, uri: &Uri) -> Record {
        Record {
            peer,
            method,
            target: target(uri),
            begun: Instant::now(),
            at: SystemTime::now(),
            status: StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The line. `bytes` are all that went to the client, with the head of the answer.
    pub(super) fn line(&self, bytes: u64, whole: bool) -> Line<'_> {
        Line { record: self, bytes, elapsed: self.begun.elapsed(), whole }
    }
}

/// Nothing in it can begin another line, or steer a terminal.
fn target(uri: &Uri) -> String {
    let target = uri.path_and_query().map_or_else(|| uri.to_string(), ToString::to_string);
    let mut escaped = utf8_percent_encode(&target, TARGET_SET).to_string();
    if escaped.len() > TARGET {
        escaped.truncate(TARGET);
        escaped += "...";
    }
    escaped
}

/// `2024-05-01T12:00:00.123Z 127.0.0.1:5000 GET /a.txt 200 1234 0.4ms`, and `cut` if not all went out.
#[derive(Debug)]
pub(super) struct Line<'a> {
    record: &'a Record,
    bytes: u64,
    elapsed: Duration,
    whole: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { peer, method, target, at, status, .. } = self.record;
        let millis = self.elapsed.as_secs_f64() * 1000.0;
        let cut = if self.whole { "" } else { " cut" };
        write!(
            f,
            "{} {peer} {method} {target} {} {} {millis:.1}ms{cut}",
            Clock(*at),
            status.as_u16(),
            self.bytes
        )
    }
}

/// What was no request: hyper answers by itself.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) peer: SocketAddr,
    pub(super) status: StatusCode,
    pub(super) bytes: u64,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Clock(SystemTime::now());
        write!(f, "{now} {} - - {} {} -", self.peer, self.status.as_u16(), self.bytes)
    }
}

struct Clock(SystemTime);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::try_from(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line() {
        let uri = "/a%20b\"\u{202e}?c=d".parse().unwrap();
        let mut record = Record::new(([127, 0, 0, 1], 5000).into(), Method::GET, &uri);
        record.at = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_042);
        record.status = StatusCode::OK;
        let line = |bytes, elapsed, whole| Line { record: &record, bytes, elapsed, whole }.to_string();
        assert_eq!(
            line(17, Duration::from_micros(1230), true),
            "1994-11-06T08:49:37.042Z 127.0.0.1:5000 GET /a%20b%22%E2%80%AE?c=d 200 17 1.2ms"
        );
        assert!(line(0, Duration::from_secs(70), false).ends_with(" 200 0 70000.0ms cut"));
    }

    #[test]
    fn long_targets_are_cut() {
        let uri = format!("/{}", "a".repeat(5000)).parse().unwrap();
        assert_eq!(target(&uri).len(), TARGET + 3);
        let uri = Uri::from_static("example.org:80");
        assert_eq!(target(&uri), "example.org:80");
    }
}
