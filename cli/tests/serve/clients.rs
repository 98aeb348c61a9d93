//! Clients that mean no good, or are only slow, and too many of them.

use super::server::{Answer, Folder, Server, command, connect, with_few_files};
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const GET: &str = "GET /letter HTTP/1.1\r\nHost: a\r\n\r\n";

/// More than the system buffers for a client that takes nothing.
const LARGE: usize = 32 << 20;

fn good(server: &Server) {
    assert_eq!(server.get("/letter").text(), "hello");
}

/// Until the answer's body, `hello`, is there.
fn read_hello(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"hello") {
        let mut block = [0; 1024];
        let count = stream.read(&mut block).expect("an answer");
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&block[..count]);
    }
}

#[test]
fn several_requests_on_one_connection() {
    let folder = Folder::new("kept");
    folder.file("letter", "hello");
    let server = folder.serve(&[]);
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(GET.as_bytes()).unwrap();
        read_hello(&mut stream);
    }
    // All at once.
    let last = "GET /letter HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(format!("{GET}{GET}{last}").as_bytes()).unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.matches("HTTP/1.1 200 OK").count(), 3);
    for _ in 0..6 {
        let line = server.log();
        let columns: Vec<_> = line.split(' ').collect();
        assert_eq!(columns[2..5], ["GET", "/letter", "200"], "{line}");
        assert!(columns.len() == 7 && columns[6].ends_with("ms"), "{line}");
    }
}

#[test]
fn who_is_too_slow_is_disconnected() {
    let folder = Folder::new("slow");
    folder.file("letter", "hello");
    File::create(folder.served().join("large")).unwrap().set_len(LARGE as u64).unwrap();
    let server = folder.serve(&["--timeout", "1"]);
    let start = Instant::now();
    let mut silent = server.connect();
    let mut half = server.connect();
    half.write_all(b"GET /letter HTTP/1.1\r\nHost").unwrap();
    let mut idle = server.connect();
    idle.write_all(GET.as_bytes()).unwrap();
    let mut greedy = server.connect();
    greedy.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    // One that sends something again and again, and never all of it.
    let mut drops = server.connect();
    let dropping = thread::spawn(move || {
        drops.write_all(b"GET /").unwrap();
        while drops.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    read_hello(&mut idle);
    for stream in [&mut silent, &mut half, &mut idle] {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the server closes");
        assert!(rest.is_empty());
    }
    dropping.join().unwrap();
    let mut lines: Vec<_> = (0..4).map(|_| server.log()).collect();
    let mut has = |text: &str, end: &str| {
        let place = lines.iter().position(|line| line.contains(text) && line.ends_with(end));
        lines.remove(place.unwrap_or_else(|| panic!("{text}: {lines:?}")));
    };
    has(" GET /letter 200 ", "ms");
    has(" GET /large 200 ", " cut");
    // Half a request, and one that never ends. Who asks nothing has no line.
    has(" - - 408 0 -", "");
    has(" - - 408 0 -", "");
    assert!(start.elapsed() >= Duration::from_secs(1));
    let mut rest = Vec::new();
    let _ = greedy.read_to_end(&mut rest);
    assert!(rest.len() < LARGE);
    good(&server);
}

fn resident_bytes(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_malformed_requests_leave_nothing() {
    let folder = Folder::new("malformed");
    folder.file("letter", "hello");
    let server = folder.serve(&["--quiet"]);
    let many = "a: b\r\n".repeat(200);
    let kinds: Vec<Vec<u8>> = vec![
        b"\x00\x01\x02\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET /letter HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /letter HTTP/1.1\r\nno colon\r\n\r\n".to_vec(),
        b"GET /letter HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n".to_vec(),
        b"GET /letter HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".to_vec(),
        b"GET /let\x7fter\x00 HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        format!("GET /letter HTTP/1.1\r\n{many}\r\n").into_bytes(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000)).into_bytes(),
        b"PRI * HTTP/2.0\r\n\r\n".to_vec(),
    ];
    // Each is refused, with an answer.
    for kind in &kinds {
        let status = server.raw(kind).status;
        assert!((400..=505).contains(&status), "{:?}: {status}", String::from_utf8_lossy(kind));
    }
    let (kinds, port) = (&kinds, server.port);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                for index in 0..5000 {
                    let mut stream = connect(port);
                    // It may have been closed before all was sent.
                    let _ = stream.write_all(&kinds[index % kinds.len()]);
                    let _ = stream.read(&mut [0; 16]);
                }
            });
        }
    });
    good(&server);
    let resident = resident_bytes(&server);
    assert!(resident < 50 << 20, "{resident} bytes");
}

#[test]
fn malformed_requests_are_logged() {
    let folder = Folder::new("logged");
    let server = folder.serve(&[]);
    assert_eq!(server.raw("nonsense\r\n\r\n").status, 400);
    let line = server.log();
    assert!(line.contains(" - - 400 "), "{line}");
    assert_eq!(server.get(&format!("/{}", "b".repeat(17_000))).status, 431);
    let line = server.log();
    assert!(line.contains(" - - 431 "), "{line}");
    server.get("/a\"\u{e9}\u{202e}");
    let line = server.log();
    assert!(line.contains(" GET /a%22%C3%A9%E2%80%AE 404 "), "{line}");
}

#[test]
fn who_finds_no_room_waits() {
    let folder = Folder::new("room");
    folder.file("letter", "hello");
    let server = folder.serve(&["--connections", "2"]);
    let mut inside = [server.connect(), server.connect()];
    for stream in &mut inside {
        stream.write_all(GET.as_bytes()).unwrap();
        read_hello(stream);
    }
    let mut outside = server.connect();
    outside.write_all(GET.as_bytes()).unwrap();
    outside.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(outside.read(&mut [0; 16]).is_err(), "there are two already");
    outside.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    drop(inside);
    read_hello(&mut outside);
}

#[test]
fn without_files_it_waits_and_goes_on() {
    let folder = Folder::new("few");
    folder.file("letter", "hello");
    let server = Server::start(with_few_files(&command(&folder.served(), &["--connections", "100"]), 30));
    let streams: Vec<_> = (0..40).map(|_| server.connect()).collect();
    let line = server.error();
    assert!(
        line.starts_with("airmail: no connection can be accepted for now: ") && line.contains("ulimit -n")
    );
    drop(streams);
    good(&server);
    server.interrupt();
    let (code, _, errors) = server.end();
    assert_eq!((code, errors), (Some(0), Vec::new()), "it is said once");
}

#[test]
fn a_file_that_gets_shorter_ends_its_answer() {
    let folder = Folder::new("shorter");
    folder.file("letter", "hello");
    let large = File::create(folder.served().join("large")).unwrap();
    large.set_len(LARGE as u64).unwrap();
    let server = folder.serve(&[]);
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    large.set_len(10).unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < LARGE);
    let error = server.error();
    assert!(error.contains("is cut: the file got shorter while it was sent"), "{error}");
    assert!(server.log().ends_with(" cut"));
    good(&server);
}

/// Whoever reads the log goes away: the files are served on.
#[test]
fn a_log_that_nobody_reads() {
    let folder = Folder::new("unread");
    folder.file("letter", "hello");
    let mut program = command(&folder.served(), &[]);
    let mut child = program.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut first)
        .unwrap();
    let port = first.trim().rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap();
    for _ in 0..3 {
        let mut stream = connect(port);
        stream.write_all(b"GET /letter HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(Answer::read(&mut stream).text(), "hello");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
