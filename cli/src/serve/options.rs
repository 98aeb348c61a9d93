//! The arguments of `airmail serve`.

use clap::Args;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Serve the files of a folder over HTTP.
///
/// GET and HEAD; ranges, conditional requests, index.html, or else a listing. A file name.br, name.zst or name.gz
/// beside a file is sent in its place to clients that take it. Files and folders whose names begin with a dot are
/// neither listed nor served, nor is anything outside of the folder, whatever links there are in it: what counts is
/// where a link leads.
///
/// Ctrl-C, or a supervisor's SIGTERM, lets the answers that are under way end; the second one ends the program at
/// once.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,

    /// Where to listen; port 0 takes a free one. Others than this machine reach it if it is 0.0.0.0
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    pub(super) addr: String,

    /// Threads that run tasks [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub(super) workers: Option<NonZeroUsize>,

    /// Connections at once; more wait until one ends. Each takes up to three of the system's open files
    #[arg(long, value_name = "N", default_value = "300")]
    pub(super) connections: NonZeroUsize,

    /// A client that for so long has not sent a whole request, or takes nothing of its answer, is disconnected
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) timeout: u64,

    /// How long the answers that are under way have after Ctrl-C
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(super) grace: u64,

    /// No access log. It has one line a request: time, client, method, target, status, bytes sent, duration
    #[arg(long)]
    pub(super) quiet: bool,
}
