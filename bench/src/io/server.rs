//! In a process of its own: what each runtime serves, the same code for all but the runtime and its sockets.

use super::servers::{self, Server, Sockets};
use crate::cli::Exit;
use crate::machine;
use crate::multi::cpu;
use clap::Args;
use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

/// The command that the process gets: hidden, since it is of no use to anybody else.
pub(crate) const COMMAND: &str = "io-child";
/// What it reads: how much it has used so far?
pub(super) const USAGE: &str = "usage";
/// What it reads: compute for a while, in a task.
pub(super) const BURN: &str = "burn";
/// For how long.
pub(super) const BURNS: Duration = Duration::from_millis(50);

/// How many connections may wait until they are accepted.
const QUEUE: i32 = 1024;

/// What it says first.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Ports {
    pub(super) http: u16,
    pub(super) echo: u16,
}

/// What it answers.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Usage {
    /// Processor time of all its threads, in nanoseconds.
    pub(super) cpu: u64,
    /// In bytes.
    pub(super) resident: u64,
}

/// The hidden command's arguments.
#[derive(Debug, Args)]
pub(crate) struct ChildOptions {
    contestant: String,
}

/// What the hidden command does.
pub(crate) fn child(options: &ChildOptions) -> Result<(), Exit> {
    let Some(contestant) = servers::all().into_iter().find(|known| known.name == options.contestant) else {
        return Err(Exit::usage(format!("nobody is called {:?}", options.contestant)));
    };
    super::limits::many_files();
    (contestant.serve)().map_err(|error| Exit::Failed(format!("{}: {error}", contestant.name)))
}

/// Serves until nobody asks any more.
pub(super) fn serve<S: Server>() -> io::Result<()> {
    let [http, echo] = [listen()?, listen()?];
    say(&Ports { http: http.local_addr()?.port(), echo: echo.local_addr()?.port() })?;
    let (burn, burns) = mpsc::unbounded();
    // Not on the runtime, so that it answers at once and is no work for it.
    thread::spawn(move || obey(&burn));
    serve_on::<S>(http, echo, burns);
    Ok(())
}

/// Serves on these two, and computes when it is told to, until nobody can tell it any more.
pub(super) fn serve_on<S: Server>(http: TcpListener, echo: TcpListener, mut burns: UnboundedReceiver<()>) {
    S::run(async move {
        S::spawn(accept::<S, _>(http, S::Sockets::http));
        S::spawn(accept::<S, _>(echo, S::Sockets::echo));
        while let Some(()) = burns.next().await {
            S::spawn(async { compute(BURNS) });
        }
    });
}

pub(super) fn listen() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(QUEUE)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A task for each connection.
async fn accept<S: Server, F>(listener: TcpListener, serve: fn(<S::Sockets as Sockets>::Stream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = S::Sockets::listener(listener).expect("the listener is taken over");
    loop {
        match S::Sockets::accept(&listener).await {
            Ok(stream) => S::spawn(serve(stream)),
            // Whoever waits for an answer says that there is none.
            Err(error) => _ = writeln!(io::stderr(), "accept: {error}"),
        }
    }
}

/// Does what it is told, line by line; ends the process with the lines.
fn obey(burn: &UnboundedSender<()>) {
    for line in io::stdin().lock().lines() {
        let done = match line.as_deref() {
            Ok(USAGE) => say(&usage()),
            Ok(BURN) => burn.unbounded_send(()).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            Ok(_) | Err(_) => Err(io::ErrorKind::InvalidInput.into()),
        };
        if done.is_err() {
            break;
        }
    }
    std::process::exit(0);
}

fn say(what: &impl Serialize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, what)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}

fn usage() -> Usage {
    let resident = machine::field("/proc/self/status", "VmRSS").and_then(|value| machine::kib(&value));
    let cpu = cpu::time().as_nanos().try_into().expect("less than centuries");
    Usage { cpu, resident: resident.unwrap_or(0) * 1024 }
}

fn compute(time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        (0..1_000).for_each(|n| {
            black_box(n);
        });
    }
}

/// The same for all: hello.
pub(super) async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::new(Bytes::from_static(b"Hello, World!"))))
}
