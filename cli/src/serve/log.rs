//! The access log: one line a request, on stdout.
//!
//! Lines go to a thread of their own, so that whoever reads them slowly holds up no request. If too many wait, those that
//! come are dropped; so are those that stdout does not take, such as on a full disk. As soon as it takes some again, it is
//! said how many are lost. If nobody reads them any more, they go nowhere.

use hyper::{Method, StatusCode, Uri};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::convert::Infallible;
use std::fmt::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};
use std::{io, iter};

/// So many lines may wait.
const ROOM: usize = 4096;

/// So many are written at once.
const BATCH: usize = 256;

/// Longer targets are cut, and longer methods.
const TARGET: usize = 1000;
const METHOD: usize = 32;

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
pub(super) struct Writer {
    thread: JoinHandle<io::Result<()>>,
    /// Says nothing; it is closed when the thread ends.
    running: Receiver<Infallible>,
}

impl Log {
    /// Nothing is written.
    pub(super) fn quiet() -> Log {
        Log(None)
    }

    pub(super) fn start() -> io::Result<(Log, Writer)> {
        let (sender, receiver) = sync_channel(ROOM);
        let lost = Arc::new(AtomicU64::new(0));
        let lines = Lines { sender, lost: Arc::clone(&lost) };
        let (runs, running) = channel();
        let write = move || {
            let _runs: Sender<Infallible> = runs;
            write_all(&receiver, &lost, &mut io::stdout())
        };
        let writer = thread::Builder::new().name("airmail-log".to_owned()).spawn(write)?;
        Ok((Log(Some(lines)), Writer { thread: writer, running }))
    }

    pub(super) fn write(&self, line: &impl fmt::Display) {
        let Some(lines) = &self.0 else { return };
        if let Err(TrySendError::Full(_)) = lines.sender.try_send(format!("{line}\n")) {
            lines.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Waits until everything is written, which it is when every [`Log`] is gone; not longer than `patience`, if there is
    /// one: what has come until then is mostly written.
    ///
    /// # Errors
    /// If the last lines could not be written.
    pub(super) fn finish(self, patience: Option<Duration>) -> io::Result<()> {
        if let Some(patience) = patience
            && let Err(RecvTimeoutError::Timeout) = self.running.recv_timeout(patience)
        {
            return Ok(());
        }
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread of the access log panicked")))
    }
}

/// Until every [`Log`] is gone.
fn write_all(lines: &Receiver<String>, lost: &AtomicU64, out: &mut impl io::Write) -> io::Result<()> {
    let mut failure: Option<io::Error> = None;
    let mut complained = false;
    while let Ok(line) = lines.recv() {
        let batch: Vec<_> = iter::once(line).chain(lines.try_iter().take(BATCH)).collect();
        let mut text = batch.concat();
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            let _ = writeln!(text, "- {missing} lines are lost: stdout did not take them");
        }
        failure = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
        match &failure {
            None => {}
            // Nobody reads any more, which is not an error.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => failure = None,
            Some(error) => {
                lost.fetch_add(missing + batch.len() as u64, Ordering::Relaxed);
                if !std::mem::replace(&mut complained, true) {
                    super::complain(&format!("the access log is not written for now: stdout: {error}"));
                }
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// One request, as it is logged when it is over.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) peer: SocketAddr,
    method: String,
    target: String,
    begun: Instant,
    at: SystemTime,
    pub(super) status: StatusCode,
}

impl Record {
    /// `500` until there is an answer.
    pub(super) fn new(peer: SocketAddr, method: &Method, uri: &Uri) -> Record {
        Record {
            peer,
            method: cut(method.to_string(), METHOD),
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
    cut(utf8_percent_encode(&target, TARGET_SET).to_string(), TARGET)
}

/// Of an ASCII text, the begin.
fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(most);
        text += "...";
    }
    text
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
        let mut record = Record::new(([127, 0, 0, 1], 5000).into(), &Method::GET, &uri);
        record.at = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_042);
        record.status = StatusCode::OK;
        let line = |bytes, elapsed, whole| Line { record: &record, bytes, elapsed, whole }.to_string();
        assert_eq!(
            line(17, Duration::from_micros(1230), true),
            "1994-11-06T08:49:37.042Z 127.0.0.1:5000 GET /a%20b%22%E2%80%AE?c=d 200 17 1.2ms"
        );
        assert!(line(0, Duration::from_secs(70), false).ends_with(" 200 0 70000.0ms cut"));
    }

    /// Fails while it is full.
    struct Disk {
        full: usize,
        text: Vec<u8>,
    }

    impl io::Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.full > 0 {
                self.full -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_not_taken_is_counted() {
        let (sender, receiver) = sync_channel(2 * BATCH);
        for line in 0..BATCH + 2 {
            sender.send(format!("{line}\n")).unwrap();
        }
        drop(sender);
        let (lost, mut disk) = (AtomicU64::new(0), Disk { full: 1, text: Vec::new() });
        write_all(&receiver, &lost, &mut disk).unwrap();
        let text = String::from_utf8(disk.text).unwrap();
        assert_eq!(text, "257\n- 257 lines are lost: stdout did not take them\n");
        let (sender, receiver) = sync_channel(1);
        sender.send("line\n".to_owned()).unwrap();
        drop(sender);
        let mut full = Disk { full: 9, text: Vec::new() };
        let error = write_all(&receiver, &lost, &mut full).unwrap_err();
        assert_eq!((error.kind(), lost.into_inner()), (io::ErrorKind::StorageFull, 1));
    }

    #[test]
    fn who_writes_still_is_not_waited_for() {
        let (log, writer) = Log::start().unwrap();
        writer.finish(Some(Duration::ZERO)).unwrap();
        drop(log);
        let (log, writer) = Log::start().unwrap();
        drop(log);
        writer.finish(None).unwrap();
    }

    #[test]
    fn long_methods_are_cut() {
        let method = Method::from_bytes(&[b'A'; 5000]).unwrap();
        let record = Record::new(([127, 0, 0, 1], 5000).into(), &method, &Uri::from_static("/"));
        assert_eq!(record.method, format!("{}...", "A".repeat(METHOD)));
    }

    #[test]
    fn long_targets_are_cut() {
        let uri = format!("/{}", "a".repeat(5000)).parse().unwrap();
        assert_eq!(target(&uri).len(), TARGET + 3);
        let uri = Uri::from_static("example.org:80");
        assert_eq!(target(&uri), "example.org:80");
    }
}
