//! Ctrl-C.

use super::server::{Folder, Server};
use rustix::process::Signal;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// More than the system buffers for a client that takes nothing.
const LARGE: usize = 32 << 20;

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("letter", "hello");
    File::create(folder.served().join("large")).unwrap().set_len(LARGE as u64).unwrap();
    folder
}

/// A client that has the first bytes of a large answer, and takes no more for now.
fn downloading(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    stream
}

#[test]
fn a_download_is_finished() {
    let folder = folder("finished");
    let server = folder.serve(&["--grace", "20"]);
    let mut stream = downloading(&server);
    server.interrupt();
    server.wait_until_deaf();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("all of it");
    assert!(rest.len() > LARGE - 1000, "{} bytes", rest.len());
    let (code, lines, errors) = server.end();
    assert_eq!((code, errors), (Some(0), Vec::new()));
    let [log, report] = &lines[..] else { panic!("{lines:?}") };
    assert!(log.contains(" GET /large 200 ") && log.ends_with("ms"), "{log}");
    assert!(report.starts_with("the runtime ended in "), "{report}");
    // The tasks are the two of the server, and those that read the rest of the file.
    assert!(report.ends_with(" tasks completed, 0 cancelled"), "{report}");
}

#[test]
fn who_takes_too_long_is_cut_off() {
    let folder = folder("cut");
    let server = folder.serve(&["--grace", "1"]);
    let _stream = downloading(&server);
    server.interrupt();
    let (code, lines, _) = server.end();
    assert_eq!(code, Some(0));
    let [log, report] = &lines[..] else { panic!("{lines:?}") };
    assert!(log.ends_with(" cut"), "{log}");
    assert!(report.ends_with(" completed, 2 cancelled"), "{report}");
}

#[test]
fn the_second_one_ends_it_at_once() {
    let folder = folder("second");
    let server = folder.serve(&["--grace", "600"]);
    let _stream = downloading(&server);
    server.interrupt();
    server.wait_until_deaf();
    server.interrupt();
    let (code, lines, _) = server.end();
    assert_eq!((code, lines), (Some(130), Vec::new()));
}

/// Nobody is at the keyboard of a server that a supervisor runs.
#[test]
fn a_supervisor_ends_it_too() {
    let folder = folder("supervised");
    let server = folder.serve(&["--grace", "20"]);
    let mut stream = downloading(&server);
    server.signal(Signal::TERM);
    server.wait_until_deaf();
    assert!(stream.read_to_end(&mut Vec::new()).expect("all of it") > LARGE - 1000);
    let (code, lines, _) = server.end();
    assert_eq!((code, lines.len()), (Some(0), 2), "{lines:?}");
}

/// Clients that ask for nothing hold nothing up.
#[test]
fn who_is_idle_is_not_waited_for() {
    let folder = folder("idle");
    let server = folder.serve(&["--grace", "600", "--quiet"]);
    let silent = server.connect();
    let mut idle = server.connect();
    idle.write_all(b"GET /letter HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    idle.read_exact(&mut [0; 20]).unwrap();
    let start = Instant::now();
    server.interrupt();
    let (code, lines, _) = server.end();
    assert_eq!((code, lines.len()), (Some(0), 1), "{lines:?}");
    assert!(lines[0].ends_with(": 3 tasks completed, 0 cancelled"), "{lines:?}");
    assert!(start.elapsed() < Duration::from_secs(15));
    drop(silent);
}
