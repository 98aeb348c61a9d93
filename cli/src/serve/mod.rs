//! `airmail serve`: the files of a folder, over HTTP.
//!
//! [`accept`] lets clients in, [`connection`] speaks HTTP with each through a [`stream`] that has no endless patience,
//! [`request`] finds the [`answer`], and [`body`] sends it. What is served is decided by [`path`], which knows no files, and
//! [`root`], which trusts no path. Sockets come from [`transport`], the
//! wish to end from [`signals`].

mod accept;
mod answer;
mod body;
mod conditional;
mod connection;
mod encoding;
mod listing;
mod log;
mod options;
mod path;
mod range;
mod request;
mod root;
mod run;
#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(not(unix), path = "signals/other.rs")]
mod signals;
mod stream;
mod tally;
mod transport;

pub(crate) use options::Serve;
pub(crate) use run::Failure;

/// Without what could steer a terminal or begin another line: names of folders may have anything in them.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// A line on stderr. Nobody may be there to read it.
fn complain(line: &str) {
    let line = plain(line);
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("airmail: {line}\n").as_bytes());
}
