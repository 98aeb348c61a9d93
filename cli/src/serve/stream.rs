//! A connection that loses patience with its client, and counts what it sends.

use super::tally::Tally;
use super::transport::Stream;
use airmail::time::{Instant, Sleep, sleep};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// So long, and for so many bytes, a client that is still sending is listened to after the last answer: the system throws
/// away an answer that is under way when it closes a connection with bytes that nobody has read.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Guarded {
    stream: Stream,
    tally: Arc<Tally>,
    /// How long the client may take nothing.
    patience: Duration,
    /// Runs while it takes nothing.
    stalled: Timer,
    closing: Closing,
}

/// Made when it is needed first.
#[derive(Debug, Default)]
struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    runs: bool,
}

impl Timer {
    fn poll(&mut self, cx: &mut Context<'_>, time: Duration) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(time)));
        if !self.runs {
            sleep.as_mut().reset(Instant::now() + time);
            self.runs = true;
        }
        sleep.as_mut().poll(cx)
    }

    fn stop(&mut self) {
        self.runs = false;
    }
}

#[derive(Debug)]
enum Closing {
    No,
    /// Nothing is written any more; so many bytes were read since.
    Lingers(usize),
}

impl Guarded {
    pub(super) fn new(stream: Stream, tally: Arc<Tally>, patience: Duration) -> Guarded {
        Guarded { stream, tally, patience, stalled: Timer::default(), closing: Closing::No }
    }

    /// What a write answers, unless the client has taken nothing for too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, answer: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if answer.is_ready() {
            self.stalled.stop();
            return answer;
        }
        ready!(self.stalled.poll(cx, self.patience));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of the answer")))
    }

    fn wrote(&mut self, cx: &mut Context<'_>, answer: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &answer {
            self.tally.wrote(*bytes);
        }
        self.watched(cx, answer)
    }

    /// Until the client has closed its side too, or has gone on for too long. There is no error any more.
    fn poll_linger(&mut self, cx: &mut Context<'_>, mut heard: usize) -> Poll<()> {
        let mut block = [0; 4096];
        while heard < LINGER_BYTES && !self.tally.is_hurried() {
            let mut buffer = ReadBuf::new(&mut block);
            match Pin::new(&mut self.stream).poll_read(cx, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => heard += buffer.filled().len(),
                Poll::Ready(_) => break,
                Poll::Pending => {
                    self.closing = Closing::Lingers(heard);
                    return self.stalled.poll(cx, LINGER);
                }
            }
        }
        Poll::Ready(())
    }
}

impl Read for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let answer = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        self.tally.heard();
        Poll::Ready(answer)
    }
}

impl Write for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(cx, answer)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.wrote(cx, answer)
    }

    /// hyper flushes when it has written all that it had.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let answer = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = answer {
            self.tally.flushed();
        }
        self.watched(cx, answer)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Closing::No = self.closing {
            let answer = Pin::new(&mut self.stream).poll_shutdown(cx);
            ready!(self.watched(cx, answer))?;
            self.closing = Closing::Lingers(0);
        }
        let Closing::Lingers(heard) = self.closing else { return Poll::Ready(Ok(())) };
        self.poll_linger(cx, heard).map(Ok)
    }
}
