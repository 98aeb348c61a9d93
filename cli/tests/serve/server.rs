//! A server of its own for each test, and what it answers.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};
use std::{env, process, thread};

/// More than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder, gone afterwards.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("airmail-serve-{}-{name}", process::id()));
        fs::create_dir_all(path.join("served")).unwrap();
        fs::write(path.join("secret"), "the secret").unwrap();
        Folder(path.canonicalize().unwrap())
    }

    /// Beside what is served.
    pub(crate) fn outside(&self) -> &Path {
        &self.0
    }

    pub(crate) fn served(&self) -> PathBuf {
        self.0.join("served")
    }

    /// Waits until no file is new any more, so that their tags are strong ones.
    pub(crate) fn settle(&self) -> &Folder {
        thread::sleep(Duration::from_millis(2100));
        self
    }

    /// A file that is an hour old, as far as its own time says.
    pub(crate) fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Folder {
        let path = self.served().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_hours(1);
        File::options().append(true).open(&path).unwrap().set_modified(hour_ago).unwrap();
        self
    }

    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        Server::start(command(&self.served(), arguments))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airmail"));
    command.arg("serve").arg(folder).args(["--addr", "127.0.0.1:0", "--workers", "2"]).args(arguments);
    command
}

/// The same with room for fewer open files.
pub(crate) fn with_few_files(command: &Command, files: u32) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {files}; exec \"$@\""), "sh"]).arg(command.get_program());
    shell.args(command.get_args());
    shell
}

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) first_line: String,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

/// The lines, as they come.
fn lines(source: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Server {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().expect("the program starts");
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        let Ok(first_line) = stdout.recv_timeout(PATIENCE) else {
            panic!("no server: {:?}", stderr.recv_timeout(PATIENCE));
        };
        let address = first_line.rsplit_once("http://127.0.0.1:").expect("an address").1;
        let port = address.trim_end_matches('/').parse().expect("a port");
        Server { child, port, first_line, stdout, stderr }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line of the log.
    pub(crate) fn log(&self) -> String {
        self.stdout.recv_timeout(PATIENCE).expect("a line of the log")
    }

    pub(crate) fn error(&self) -> String {
        self.stderr.recv_timeout(PATIENCE).expect("a line on stderr")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.port)
    }

    /// Nobody listens any more.
    pub(crate) fn wait_until_deaf(&self) {
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            thread::yield_now();
        }
    }

    /// What comes until the server closes.
    pub(crate) fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).expect("it is taken");
        Answer::read(&mut stream)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.get_with(target, "")
    }

    /// With fields, each with its end of line.
    pub(crate) fn get_with(&self, target: &str, fields: &str) -> Answer {
        self.raw(format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n"))
    }

    pub(crate) fn curl(&self, arguments: &[&str], target: &str) -> Answer {
        let url = format!("http://127.0.0.1:{}{target}", self.port);
        let output = Command::new("curl")
            .args(["-q", "--noproxy", "*", "--silent", "--show-error", "--include", "--max-time", "20"])
            .args(arguments)
            .arg(url)
            .output()
            .expect("curl must be installed for this test: apt-get install curl, or its package elsewhere");
        assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
        Answer::parse(&output.stdout)
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Its exit code, and what it printed since.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<String>, Vec<String>) {
        let code = self.child.wait().expect("it ends").code();
        // The threads that read end with the pipes.
        (code, self.stdout.iter().collect(), self.stderr.iter().collect())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> Answer {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the server closes");
        Answer::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Answer {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).expect("text");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(": ")?;
            field.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }
}
