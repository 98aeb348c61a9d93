//! `airmail serve` as its clients see it: raw sockets, and curl.

#![cfg(unix)]

mod arguments;
mod clients;
mod end;
mod files;
mod folders;
mod paths;
mod ranges;
mod server;
