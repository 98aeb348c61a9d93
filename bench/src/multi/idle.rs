//! In a process of its own: what a runtime does while there is nothing to do.

use super::cpu;
use super::peer::{self, Contestant};
use super::question;
use crate::cli::Exit;
use crate::machine;
use crate::out;
use crate::peer::Kind;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The command that the process gets: hidden, since it is of no use to anybody else.
pub(crate) const COMMAND: &str = "multi-idle-child";
/// What everybody does first, so that the workers were awake once.
const FIRST: &str = "batch";
/// How long the workers have to fall asleep then.
const SETTLE: Duration = Duration::from_millis(300);

/// What it did meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) struct Idle {
    /// How often one of the workers went to sleep. `None` if the system does not say.
    pub(crate) voluntary_switches: Option<u64>,
    /// Processor time, as a share of what one core has.
    pub(crate) busy: f64,
}

/// One runtime.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) idle: Option<Idle>,
    /// Why it was not measured, if it was not.
    pub(crate) missing: Option<String>,
}

/// The hidden command's arguments.
#[derive(Debug, Args)]
pub(crate) struct ChildOptions {
    contestant: String,
    workers: usize,
    seconds: u32,
}

/// Everybody but the floor, one after the other.
pub(super) fn measure(contestants: &[Contestant], workers: usize, seconds: u32) -> Vec<Row> {
    let runtimes = contestants.iter().filter(|contestant| contestant.kind != Kind::Floor);
    let row = |one: &Contestant| {
        let measured = in_child(one.name, workers, seconds);
        let (idle, missing) = measured.map_or_else(|error| (None, Some(error)), |idle| (Some(idle), None));
        Row { name: one.name.to_owned(), kind: one.kind, idle, missing }
    };
    runtimes.map(row).collect()
}

fn in_child(name: &str, workers: usize, seconds: u32) -> Result<Idle, String> {
    let program = env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
    let output = Command::new(program)
        .args([COMMAND, name, &workers.to_string(), &seconds.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("no process: {error}"))?;
    if !output.status.success() {
        let said =
            String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or("it said nothing").to_owned();
        return Err(format!("{}: {said}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

/// What the hidden command does.
pub(crate) fn child(options: &ChildOptions) -> Result<(), Exit> {
    let Some(contestant) = peer::all().into_iter().find(|known| known.name == options.contestant) else {
        return Err(Exit::usage(format!("nobody is called {:?}", options.contestant)));
    };
    let place =
        question::about_loads().iter().position(|about| about.name == FIRST).expect("it is in the list");
    let mut answer = (contestant.make)(options.workers);
    answer(place, 1_000);
    thread::sleep(SETTLE);
    let (switches, before) = (switches(), cpu::time());
    let seconds = Duration::from_secs(options.seconds.into());
    thread::sleep(seconds);
    let busy = cpu::time().saturating_sub(before).as_secs_f64() / seconds.as_secs_f64();
    let switched = self::switches().zip(switches).map(|(now, before)| now.saturating_sub(before));
    out::json(&Idle { voluntary_switches: switched, busy })
}

/// How often the threads of this process went to sleep so far, all but this one.
fn switches() -> Option<u64> {
    let this = std::process::id().to_string();
    let mut all = 0;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let task = task.ok()?.path();
        if task.file_name()?.to_str()? != this {
            let status = task.join("status");
            all += machine::field(status.to_str()?, "voluntary_ctxt_switches")?.parse::<u64>().ok()?;
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::switches;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn sleeping_is_a_switch() {
        let Some(before) = switches() else { return };
        let (sender, receiver) = mpsc::channel::<()>();
        let (back, answers) = mpsc::channel::<()>();
        let echo = thread::spawn(move || receiver.iter().for_each(|()| back.send(()).expect("it waits")));
        for _ in 0..20 {
            sender.send(()).expect("it listens");
            answers.recv().expect("it answers");
        }
        assert!(switches().expect("as before") > before);
        drop(sender);
        echo.join().expect("it ends");
    }
}
