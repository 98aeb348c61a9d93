//! One connection of the load generator.

use super::response;
use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// What an echo has, in bytes.
pub(super) const MESSAGE: usize = 64;
const KEPT: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const CLOSED: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    Echo,
    Http {
        /// Each request has a connection of its own.
        close: bool,
    },
}

impl Talk {
    fn request(self) -> &'static [u8] {
        match self {
            Talk::Echo => &[7; MESSAGE],
            Talk::Http { close: false } => KEPT,
            Talk::Http { close: true } => CLOSED,
        }
    }

    /// How long the answer is, if that is known by now.
    fn answer(self, bytes: &[u8]) -> Result<Option<usize>, String> {
        match self {
            Talk::Echo => Ok(Some(MESSAGE)),
            Talk::Http { .. } => response::length(bytes),
        }
    }

    pub(super) fn is_for_one(self) -> bool {
        self == Talk::Http { close: true }
    }
}

/// What an event brought.
pub(super) enum Step {
    Waits,
    /// The whole answer is there, and if it was the last one of its connection, the end as well.
    Answered {
        asked: Instant,
        now: Instant,
    },
}

pub(super) struct Connection {
    address: SocketAddr,
    talk: Talk,
    token: Token,
    /// `None` between requests that have a connection each.
    stream: Option<TcpStream>,
    sent: bool,
    asked: Instant,
    /// When the answer was complete, while the end of the connection is waited for.
    answered: Option<Instant>,
    bytes: [u8; 1024],
    filled: usize,
    /// When it is to ask next.
    pub(super) due: Option<Instant>,
}

impl Connection {
    pub(super) fn new(
        address: SocketAddr,
        talk: Talk,
        registry: &Registry,
        token: Token,
    ) -> Result<Connection, String> {
        let mut stream = None;
        if !talk.is_for_one() {
            let mut connected = connect(address)?;
            let registered = registry.register(&mut connected, token, Interest::READABLE);
            registered.map_err(|error| format!("epoll: {error}"))?;
            stream = Some(connected);
        }
        let asked = Instant::now();
        let bytes = [0; 1024];
        Ok(Connection {
            address,
            talk,
            token,
            stream,
            sent: false,
            asked,
            answered: None,
            bytes,
            filled: 0,
            due: None,
        })
    }

    /// Sends the request, which counts as asked at `time`.
    pub(super) fn ask(&mut self, time: Instant, registry: &Registry) -> Result<(), String> {
        (self.asked, self.filled, self.sent, self.answered) = (time, 0, false, None);
        if self.talk.is_for_one() {
            let mut stream =
                TcpStream::connect(self.address).map_err(|error| self.failed("connect", &error))?;
            let interest = Interest::READABLE | Interest::WRITABLE;
            registry
                .register(&mut stream, self.token, interest)
                .map_err(|error| self.failed("epoll", &error))?;
            self.stream = Some(stream);
            // It is sent when the connection is there.
            return Ok(());
        }
        self.send()
    }

    fn send(&mut self) -> Result<(), String> {
        let request = self.talk.request();
        let Some(stream) = &mut self.stream else { return Ok(()) };
        match stream.write(request) {
            Ok(written) if written == request.len() => {
                self.sent = true;
                Ok(())
            }
            // There is one short request at a time, and its buffer is empty.
            Ok(written) => Err(format!("{}: took only {written} bytes of a request", self.address)),
            Err(error) if self.talk.is_for_one() && is_early(&error) => Ok(()),
            Err(error) => Err(self.failed("write", &error)),
        }
    }

    pub(super) fn step(&mut self, event: &Event) -> Result<Step, String> {
        if !self.sent && event.is_writable() {
            self.send()?;
        }
        if !event.is_readable() {
            return Ok(Step::Waits);
        }
        loop {
            let Some(stream) = &mut self.stream else { return Ok(Step::Waits) };
            match stream.read(&mut self.bytes[self.filled..]) {
                Ok(0) => return self.end(),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Waits),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed("read", &error)),
            }
            let Some(length) = self.talk.answer(&self.bytes[..self.filled])? else { continue };
            if self.filled > length {
                return Err(format!("{}: more came than the answer", self.address));
            }
            if self.filled < length {
                continue;
            }
            let now = *self.answered.get_or_insert_with(Instant::now);
            if !self.talk.is_for_one() {
                return Ok(Step::Answered { asked: self.asked, now });
            }
        }
    }

    /// The server has closed it.
    fn end(&mut self) -> Result<Step, String> {
        let Some(now) = self.answered.filter(|_| self.talk.is_for_one()) else {
            return Err(format!("{}: the connection was closed before the answer", self.address));
        };
        // With a reset: otherwise thousands of ports a second would be kept for a minute.
        if let Some(stream) = self.stream.take() {
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
        Ok(Step::Answered { asked: self.asked, now })
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> String {
        format!("{}: {what}: {error}", self.address)
    }
}

/// The connection is not there yet.
fn is_early(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let failed = |what: &str, error: std::io::Error| format!("{address}: {what}: {error}");
    let stream = std::net::TcpStream::connect(address).map_err(|error| failed("connect", error))?;
    stream.set_nodelay(true).map_err(|error| failed("TCP_NODELAY", error))?;
    stream.set_nonblocking(true).map_err(|error| failed("not blocking", error))?;
    Ok(TcpStream::from_std(stream))
}
