//! Starts a process for each measurement, and reads what it says.

use super::idle::Resident;
use std::env;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a contestant may take.
const LIMIT: Duration = Duration::from_mins(5);

/// The command that the process gets: hidden, since it is of no use to anybody else.
pub(crate) const COMMAND: &str = "idle-child";

/// What `name` holds, or why that is not known.
pub(crate) fn measure(name: &str, bytes: usize, tasks: usize) -> Result<Resident, String> {
    let program = env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
    let mut child = Command::new(program)
        .args([COMMAND, name, &bytes.to_string(), &tasks.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("no process: {error}"))?;
    // Both are short enough for the pipes: a panic's lines, one line of JSON.
    let status = wait(&mut child)?;
    let said = text(child.stdout.take());
    if status.success() {
        read(&said)
    } else {
        let complaint = text(child.stderr.take());
        Err(format!(
            "{status}: {}",
            complaint.lines().find(|line| !line.is_empty()).unwrap_or("it said nothing")
        ))
    }
}

fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() < LIMIT => thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no answer within {} s", LIMIT.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a process prints.
pub(super) fn write(resident: &Resident) -> String {
    serde_json::to_string(resident).expect("three numbers")
}

fn read(said: &str) -> Result<Resident, String> {
    serde_json::from_str(said).map_err(|error| format!("it said {said:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::memory::idle::Resident;

    #[test]
    fn what_is_written_is_read() {
        let resident = Resident { before: 2_000, idle: 104_000, after: 103_000 };
        assert_eq!(read(&write(&resident)), Ok(resident));
        assert!(read("{}").unwrap_err().contains("\"{}\""));
        assert!(read("").is_err());
    }
}
