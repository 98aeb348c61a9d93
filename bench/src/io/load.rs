//! What the servers are asked.

use super::connection::{MESSAGE, Talk};
use super::server::BURNS;
use crate::question::About;
use std::time::Duration;

/// How many connections wait in the last question.
pub(super) const IDLE: usize = 10_000;
const IDLE_NAME: &str = "idle 10k";

/// How a server is kept busy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) talk: Talk,
    pub(super) connections: usize,
    /// How often each asks, if not as soon as it has its answer. A task computes meanwhile, once.
    pub(super) pace: Option<Duration>,
}

const HTTP: Talk = Talk::Http { close: false };
const CLOSE: Talk = Talk::Http { close: true };

const fn load(name: &'static str, talk: Talk, connections: usize, what: &'static str) -> Load {
    Load { name, what, talk, connections, pace: None }
}

/// In the order of the tables' columns.
pub(super) const LOADS: [Load; 8] = [
    load("http 1", HTTP, 1, "hello over HTTP/1.1 (hyper), one connection that is kept"),
    load("http 64", HTTP, 64, "the same with 64 connections at once"),
    load("http 1000", HTTP, 1_000, "the same with 1,000 connections at once"),
    load("close 1", CLOSE, 1, "hello over HTTP/1.1, a connection for each request, one at a time"),
    load("close 64", CLOSE, 64, "the same, 64 at a time"),
    load("echo 1", Talk::Echo, 1, "64 bytes there and back over TCP, one connection"),
    load("echo 64", Talk::Echo, 64, "the same with 64 connections at once"),
    Load {
        pace: Some(Duration::from_millis(10)),
        ..load(
            "mixed 64",
            Talk::Echo,
            64,
            "64 connections ask for an echo every 10 ms, while a task computes for 50 ms in each second",
        )
    },
];

/// What all connections of one server that wait need.
pub(super) const ABOUT_IDLE: About = About {
    name: IDLE_NAME,
    what: "what a server has resident for each of 10,000 connections that have had one echo and wait for the next",
    round: 1,
};

/// The loads, and then the idle connections.
pub(super) fn about() -> Vec<About> {
    debug_assert!(MESSAGE == 64 && BURNS == Duration::from_millis(50), "as it is written above");
    let loads = LOADS.iter().map(|load| About { name: load.name, what: load.what, round: 1 });
    loads.chain([ABOUT_IDLE]).collect()
}
