//! A server in a process of its own, seen from the load generator.

use super::server::{BURN, COMMAND, Ports, USAGE, Usage};
use serde::de::DeserializeOwned;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// It ends with this.
pub(super) struct Server {
    name: &'static str,
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    ports: Ports,
}

impl Server {
    pub(super) fn start(name: &'static str) -> Result<Server, String> {
        let program = env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
        let mut process = Command::new(program)
            .args([COMMAND, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: no process: {error}"))?;
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().expect("it was asked for"));
        let mut server = Server { name, process, orders, answers, ports: Ports { http: 0, echo: 0 } };
        server.ports = server.read()?;
        Ok(server)
    }

    pub(super) fn http(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.http))
    }

    pub(super) fn echo(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.ports.echo))
    }

    /// What it has used so far.
    pub(super) fn usage(&mut self) -> Result<Usage, String> {
        self.tell(USAGE)?;
        self.read()
    }

    /// One of its tasks computes for a while, from now on.
    pub(super) fn burn(&mut self) -> Result<(), String> {
        self.tell(BURN)
    }

    fn tell(&mut self, what: &str) -> Result<(), String> {
        let orders = self.orders.as_mut().expect("it is taken in drop");
        writeln!(orders, "{what}").map_err(|error| format!("{}: the server has ended: {error}", self.name))
    }

    fn read<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        read.map_err(|error| format!("{}: the server does not answer: {error}", self.name))?;
        serde_json::from_str(&line)
            .map_err(|error| format!("{}: the server said {line:?}: {error}", self.name))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when there is nothing to read any more.
        drop(self.orders.take());
        let _ = self.process.wait();
    }
}
