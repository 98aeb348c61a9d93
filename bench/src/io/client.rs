//! The load generator: one thread, epoll, no runtime. Whoever is measured has the rest of the machine.

use super::connection::{Connection, Step, Talk};
use crate::stats::Times;
use mio::{Events, Poll, Token};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many connect before they are answered. A queue that overflows makes one wait for a second.
const AT_ONCE: usize = 100;

/// Connections to one server, which ask it the same again and again.
pub(super) struct Client {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
}

/// What came of a while.
#[derive(Debug)]
pub(super) struct Answers {
    /// From the request to its whole answer.
    pub(super) times: Times,
    pub(super) per_second: f64,
}

impl Client {
    /// All of them connected and answered once, unless each request has a connection of its own.
    pub(super) fn new(address: SocketAddr, talk: Talk, connections: usize) -> Result<Client, String> {
        let poll = Poll::new().map_err(|error| format!("epoll: {error}"))?;
        let mut client = Client { poll, events: Events::with_capacity(1024), connections: Vec::new() };
        while client.connections.len() < connections {
            let there = client.connections.len();
            for place in there..connections.min(there + AT_ONCE) {
                let connection = Connection::new(address, talk, client.poll.registry(), Token(place))?;
                client.connections.push(connection);
            }
            if !talk.is_for_one() {
                client.run_from(there, Duration::ZERO, None)?;
            }
        }
        Ok(client)
    }

    /// Each asks as soon as it has its answer, or once in `pace`. Ends when all answers are there.
    ///
    /// With a pace, who has no answer when it is to ask again has waited since then: what a server keeps one waiting
    /// counts for all requests that come meanwhile.
    pub(super) fn run(&mut self, time: Duration, pace: Option<Duration>) -> Result<Answers, String> {
        self.run_from(0, time, pace)
    }

    /// Without the first ones.
    fn run_from(&mut self, first: usize, time: Duration, pace: Option<Duration>) -> Result<Answers, String> {
        let (start, mut times) = (Instant::now(), Vec::new());
        let until = start + time;
        let number = u32::try_from(self.connections.len()).expect("there are not so many ports");
        let mut asking = 0;
        for (place, connection) in (0..).zip(&mut self.connections[first..]) {
            match pace {
                None => {
                    connection.ask(start, self.poll.registry())?;
                    asking += 1;
                }
                // Spread, as the requests of many who do not know each other are.
                Some(pace) => connection.due = Some(start + pace * place / number),
            }
        }
        loop {
            if pace.is_some() {
                asking += self.ask_who_is_due(until)?;
            }
            let next = self.connections.iter().filter_map(|one| one.due).min().filter(|_| pace.is_some());
            if asking == 0 && next.is_none() {
                let per_second = number_of(times.len()) / start.elapsed().as_secs_f64();
                return Ok(Answers { times: Times::of(times), per_second });
            }
            asking -= self.answers(next, until, pace, &mut times)?;
        }
    }

    /// How many have asked.
    fn ask_who_is_due(&mut self, until: Instant) -> Result<usize, String> {
        let now = Instant::now();
        let mut asked = 0;
        for connection in &mut self.connections {
            let Some(due) = connection.due else { continue };
            if due >= until {
                connection.due = None;
            } else if due <= now {
                connection.due = None;
                // From now on: that this thread was not there in time is not the server's fault.
                connection.ask(now, self.poll.registry())?;
                asked += 1;
            }
        }
        Ok(asked)
    }

    /// Waits for answers, or until `next`. How many do not ask any more.
    fn answers(
        &mut self,
        next: Option<Instant>,
        until: Instant,
        pace: Option<Duration>,
        times: &mut Vec<Duration>,
    ) -> Result<usize, String> {
        let wait = next.map_or(PATIENCE, |next| next.saturating_duration_since(Instant::now()));
        if let Err(error) = self.poll.poll(&mut self.events, Some(wait)) {
            if error.kind() == std::io::ErrorKind::Interrupted {
                return Ok(0);
            }
            return Err(format!("epoll: {error}"));
        }
        if self.events.is_empty() && next.is_none() {
            return Err(format!("the server has not answered for {} s", PATIENCE.as_secs()));
        }
        let mut ended = 0;
        for event in &self.events {
            let connection = &mut self.connections[event.token().0];
            let Step::Answered { asked, now } = connection.step(event)? else { continue };
            times.push(now - asked);
            match pace {
                // Late: it should have asked before.
                Some(pace) if asked + pace <= now && asked + pace < until => {
                    connection.ask(asked + pace, self.poll.registry())?;
                }
                Some(pace) => {
                    connection.due = Some(asked + pace);
                    ended += 1;
                }
                None if now < until => connection.ask(now, self.poll.registry())?,
                None => ended += 1,
            }
        }
        Ok(ended)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn number_of(answers: usize) -> f64 {
    answers as f64
}

#[cfg(test)]
mod tests {
    use super::Client;
    use crate::io::connection::Talk;
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::thread;
    use std::time::Duration;

    /// Answers each connection with `serve`, on a thread of its own.
    fn server(serve: fn(TcpStream)) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                thread::spawn(move || serve(stream));
            }
        });
        address
    }

    fn echo(mut stream: TcpStream) {
        let mut bytes = [0; 64];
        while stream.read_exact(&mut bytes).is_ok() {
            if stream.write_all(&bytes).is_err() {
                return;
            }
        }
    }

    /// In two parts, so that the first is no whole answer.
    fn hello(mut stream: TcpStream) {
        let mut bytes = [0; 1024];
        while let Ok(1..) = stream.read(&mut bytes) {
            let close = String::from_utf8_lossy(&bytes).contains("close");
            for part in ["HTTP/1.1 200 OK\r\nContent-Length: 13\r\n", "\r\nHello, World!"] {
                if stream.write_all(part.as_bytes()).is_err() {
                    return;
                }
            }
            if close {
                return;
            }
        }
    }

    #[test]
    fn everybody_is_answered_more_than_once() {
        for (talk, serve) in [
            (Talk::Echo, echo as fn(TcpStream)),
            (Talk::Http { close: false }, hello),
            (Talk::Http { close: true }, hello),
        ] {
            let mut client = Client::new(server(serve), talk, 3).unwrap();
            for _ in 0..2 {
                let answers = client.run(Duration::from_millis(100), None).unwrap();
                assert!(answers.times.number() > 3, "{talk:?}: {answers:?}");
                assert!(answers.per_second > 30.0 && answers.times.at(500) < 1.0, "{talk:?}: {answers:?}");
            }
        }
    }

    #[test]
    fn a_pace_is_kept() {
        let mut client = Client::new(server(echo), Talk::Echo, 4).unwrap();
        let answers = client.run(Duration::from_millis(100), Some(Duration::from_millis(10))).unwrap();
        // Fewer if this thread was late.
        assert!((12..=40).contains(&answers.times.number()), "{answers:?}");
    }

    #[test]
    fn who_has_to_wait_has_asked_meanwhile() {
        fn slow(mut stream: TcpStream) {
            let mut bytes = [0; 64];
            // The first one is asked while it connects.
            let _ = stream.read_exact(&mut bytes).and_then(|()| stream.write_all(&bytes));
            thread::sleep(Duration::from_millis(100));
            while stream.read_exact(&mut bytes).is_ok() && stream.write_all(&bytes).is_ok() {}
        }
        let mut client = Client::new(server(slow), Talk::Echo, 1).unwrap();
        let answers = client.run(Duration::from_millis(200), Some(Duration::from_millis(10))).unwrap();
        // About ten were due while the first one waited, and each waited for what was left.
        assert!(answers.times.micros(750) > 30_000.0, "{answers:?}");
        assert!((12..=20).contains(&answers.times.number()), "{answers:?}");
    }

    #[test]
    fn who_is_not_there_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = Client::new(address, Talk::Echo, 1).err().expect("nobody listens");
        assert!(error.contains(&address.to_string()), "{error}");
    }
}
