//! What is printed at first, and for arguments that name nothing.

use super::server::{Folder, command};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// The exit code and stderr.
fn refused(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().expect("the program starts");
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_and_where() {
    let folder = Folder::new("where");
    let server = folder.serve(&[]);
    let expected = format!("serving {} on http://127.0.0.1:{}/", folder.served().display(), server.port);
    assert!(server.port != 0 && server.first_line == expected, "{}", server.first_line);
}

#[test]
fn folders_that_are_none() {
    let folder = Folder::new("none");
    folder.file("letter", "hello");
    for (path, why) in [
        (folder.served().join("nothing"), "there is no such folder"),
        (folder.served().join("letter"), "this is a file; name the folder that it is in"),
    ] {
        let line = format!("airmail: {}: {why}\n", path.display());
        assert_eq!(refused(command(&path, &[])), (Some(2), line));
    }
    let (_, line) = refused(command(&folder.served().join("red\x1b[31m\n"), &[]));
    assert!(line.ends_with("/red\u{fffd}[31m\u{fffd}: there is no such folder\n"), "{line}");
}

#[test]
fn addresses_that_are_none() {
    let folder = Folder::new("address");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let in_use = "another program listens there; take another port, or port 0 for a free one";
    let no_address = "this machine does not have this address; 0.0.0.0 stands for all that it has";
    let bad = "expected host:port, such as 127.0.0.1:8080 or [::1]:0";
    for (address, code, line) in [
        ("8080", 2, format!("--addr \"8080\": {bad}")),
        ("localhost", 2, format!("--addr \"localhost\": {bad}")),
        ("127.0.0.1:70000", 2, format!("--addr \"127.0.0.1:70000\": {bad}")),
        (&*taken, 1, format!("{taken}: {in_use}")),
        ("192.0.2.1:0", 1, format!("192.0.2.1:0: {no_address}")),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_airmail"));
        command.arg("serve").arg(folder.served()).args(["--addr", address]);
        assert_eq!(refused(command), (Some(code), format!("airmail: {line}\n")));
    }
}

#[test]
fn numbers_that_make_no_sense() {
    for arguments in [
        ["--workers", "0"],
        ["--workers", "many"],
        ["--connections", "0"],
        ["--timeout", "0"],
        ["--timeout", "100000"],
        ["--grace", "soon"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_airmail"));
        command.args(["serve", "."]).args(arguments);
        let (code, line) = refused(command);
        assert_eq!((code, line.lines().count()), (Some(2), 1), "{line}");
        assert!(line.starts_with("airmail: ") && line.contains(arguments[0]), "{line}");
    }
    let (code, line) = refused({
        let mut command = Command::new(env!("CARGO_BIN_EXE_airmail"));
        command.arg("serve");
        command
    });
    assert!(code == Some(2) && line.contains("DIR"), "{line}");
}

#[test]
fn the_help_says_what_is_not_served() {
    let output = command(Path::new("."), &["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("Files and folders whose names begin with a dot are neither listed nor served"));
}
