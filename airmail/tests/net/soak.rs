//! Connections are opened and closed again, for a while: nothing may pile up. In a process of its own.
//!
//! `AIRMAIL_SOAK_SECONDS` says for how long, 5 by default.

use crate::common::{self, child};
use crate::limits::descriptors;
use crate::watchdog::Watchdog;
use crate::{Place, runtimes};
use airmail::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use airmail::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use airmail::runtime::{Handle, Runtime};
use airmail::task::{JoinHandle, yield_now};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Connections of a wave, half of them of TCP.
const WAVE: usize = 2000;
/// After so many waves the allocator has what it needs.
const WARM: usize = 3;

fn seconds() -> u64 {
    let seconds = std::env::var("AIRMAIL_SOAK_SECONDS").ok();
    seconds.map_or(5, |seconds| seconds.parse().expect("`AIRMAIL_SOAK_SECONDS` is a number of seconds"))
}

/// Resident memory, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("a system with /proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is told");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

/// Gives back what comes, until the other side is gone.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    let mut block = [0; 64];
    loop {
        match stream.read(&mut block).await {
            Ok(0) => return Ok(()),
            Ok(read) => stream.write_all(&block[..read]).await?,
            // As half of the guests leave.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

async fn is_echoed<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, number: usize) -> io::Result<()> {
    let sent = number.to_le_bytes();
    stream.write_all(&sent).await?;
    let mut back = [0; 8];
    stream.read_exact(&mut back).await?;
    assert_eq!(back, sent);
    Ok(())
}

struct Servers {
    address: SocketAddr,
    path: PathBuf,
    accepting: [JoinHandle<io::Result<()>>; 2],
}

impl Servers {
    async fn new(place: &Place) -> io::Result<Servers> {
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let unix = UnixListener::bind(place.path())?;
        let (address, path) = (tcp.local_addr()?, place.path().to_owned());
        let tcp = airmail::spawn(async move {
            loop {
                drop(airmail::spawn(echo(tcp.accept().await?.0)));
            }
        });
        let unix = airmail::spawn(async move {
            loop {
                drop(airmail::spawn(echo(unix.accept().await?.0)));
            }
        });
        Ok(Servers { address, path, accepting: [tcp, unix] })
    }

    /// So many guests at once, who all are there before the first one leaves.
    async fn wave(&self) -> io::Result<()> {
        let (address, mut guests) = (self.address, Vec::new());
        for number in 0..WAVE / 2 {
            let path = self.path.clone();
            guests.push(airmail::spawn(async move {
                let mut one = TcpStream::connect(address).await?;
                is_echoed(&mut one, number).await?;
                let mut other = connected(path).await?;
                is_echoed(&mut other, number).await?;
                // No port is kept for a connection that was thrown away: there are not enough for a long run.
                one.set_zero_linger()?;
                io::Result::Ok((one, other))
            }));
        }
        let mut all = Vec::new();
        for guest in guests {
            all.push(guest.await.expect("no panic")?);
        }
        drop(all);
        while Handle::current().metrics().num_alive_tasks() > self.accepting.len() {
            yield_now().await;
        }
        Ok(())
    }

    async fn end(self) {
        for accepting in self.accepting {
            accepting.abort();
            assert!(accepting.await.expect_err("aborted").is_cancelled());
        }
    }
}

/// A Unix listener whose queue is full refuses guests at once.
async fn connected(path: PathBuf) -> io::Result<UnixStream> {
    loop {
        match UnixStream::connect(&path).await {
            Err(error) if error.kind() == ErrorKind::WouldBlock => yield_now().await,
            answer => return answer,
        }
    }
}

fn soak(flavor: &str, runtime: &Runtime, time: Duration) {
    let watchdog = Watchdog::new(&format!("soak, {flavor}"), Duration::from_mins(2));
    let place = Place::new();
    let servers = runtime.block_on(Servers::new(&place)).expect("nothing is wrong yet");
    let (began, mut waves, mut first) = (Instant::now(), 0, None);
    while waves < WARM + 2 || began.elapsed() < time {
        watchdog.doing(format!("soak, {flavor}, wave {waves}"));
        runtime.block_on(servers.wave()).unwrap_or_else(|error| panic!("{flavor}, wave {waves}: {error}"));
        waves += 1;
        let now = (descriptors(), resident());
        let (files, memory) = *first.get_or_insert(now);
        assert_eq!(now.0, files, "{flavor}: descriptors after wave {waves}");
        if waves <= WARM {
            first = Some(now);
        }
        let most = memory + memory / 10 + 4096;
        assert!(now.1 <= most, "{flavor}: {memory} KiB after {WARM} waves, {} KiB after {waves}", now.1);
    }
    runtime.block_on(servers.end());
    eprintln!("soak, {flavor}: {waves} waves of {WAVE} connections, {first:?}, now {}", resident());
}

#[test]
fn connections_leave_nothing() {
    child::must_succeed("soak::connections_leave_nothing", || {
        let time = Duration::from_secs(seconds()) / 2;
        for (flavor, runtime) in runtimes() {
            soak(flavor, &runtime, time);
            common::end(runtime);
        }
    });
}
