//! Steps one thread of a program from one of its marks to the next, and counts what it does.
//!
//! A mark is a signal that the thread sends itself; the tracer swallows it. Other threads run freely meanwhile.

mod instruction;
#[cfg(test)]
mod tests;

use super::Counts;
use instruction::Class;
use nix::errno::Errno;
use nix::sched::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use nix::sys::personality::{self, Persona};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, alarm};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

/// Seconds after which a traced program is given up. One takes a fraction of a second.
const LIMIT: u32 = 60;

/// The number of the system call `clock_gettime`.
const CLOCK_GETTIME: u64 = 228;

/// Begins and ends the part that is counted, in the traced program.
pub(crate) fn mark() {
    raise(Signal::SIGUSR1).expect("a thread may send itself a signal");
}

/// What a program that wants to be traced does first.
pub(crate) fn wait_for_tracer() {
    alarm::set(LIMIT);
    // The tracer writes nothing, and closes the pipe.
    io::stdin().read_to_end(&mut Vec::new()).expect("stdin is a pipe");
}

/// Runs a program that calls [`wait_for_tracer`], and counts what it does between its first two marks. The rest of
/// it is not run.
pub(crate) fn count(command: &mut Command) -> Result<Counts, String> {
    on_one_core(|| count_here(command))
}

/// Does something on the core that this thread is on now. That the traced program is on the same one halves the time
/// of a step: no core has to wake another.
fn on_one_core<R>(something: impl FnOnce() -> R) -> R {
    let this = Pid::from_raw(0);
    let before = sched_getaffinity(this);
    if let Ok(core) = sched_getcpu() {
        let mut only = CpuSet::new();
        // Where it is not permitted, it takes longer.
        only.set(core).and_then(|()| sched_setaffinity(this, &only)).ok();
    }
    let result = something();
    if let Ok(before) = before {
        sched_setaffinity(this, &before).ok();
    }
    result
}

fn count_here(command: &mut Command) -> Result<Counts, String> {
    let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::null()))
        .map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
    let mut program =
        Program { leader: Pid::from_raw(child.id().try_into().expect("a process id")), gone: false };
    let counts = program.attach().and_then(|()| {
        drop(child.stdin.take());
        program.count()
    });
    program.end();
    counts
}

/// Starts a program whose addresses are the same every time, where the system permits that (Docker does not): what
/// depends on them, as a growing heap does, is then the same too.
fn spawn(command: &mut Command) -> io::Result<std::process::Child> {
    let before = personality::get();
    let changed = before.and_then(|before| personality::set(before | Persona::ADDR_NO_RANDOMIZE));
    let child = command.spawn();
    if let Ok(before) = changed {
        personality::set(before).expect("it was so before");
    }
    child
}

/// A program that is traced by this thread.
struct Program {
    /// Its first thread, whose end is the program's.
    leader: Pid,
    gone: bool,
}

impl Program {
    /// Traces every thread that it has, and those to come.
    fn attach(&self) -> Result<(), String> {
        seize(self.leader).map_err(|errno| match errno {
            Errno::EPERM | Errno::EACCES | Errno::ENOSYS => format!(
                "this system does not let a program trace its own child (ptrace: {errno}). In a container, start \
                 it with --cap-add=SYS_PTRACE; else set kernel.yama.ptrace_scope to 1 or 0 with sysctl"
            ),
            _ => format!("cannot trace the child: {errno}"),
        })?;
        // A test program starts threads before anybody can wait for the tracer. Those of a thread that is traced
        // are traced too, so nobody is missed once all that can be seen are.
        let mut seized = HashSet::from([self.leader]);
        loop {
            let threads = fs::read_dir(format!("/proc/{}/task", self.leader))
                .map_err(|error| format!("cannot list the child's threads: {error}"))?
                .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
                .map(Pid::from_raw);
            let new: Vec<_> = threads.filter(|thread| seized.insert(*thread)).collect();
            if new.is_empty() {
                return Ok(());
            }
            for thread in new {
                match seize(thread) {
                    // Traced already, or at its end.
                    Ok(()) | Err(Errno::EPERM | Errno::ESRCH) => {}
                    Err(errno) => return Err(format!("cannot trace the child: {errno}")),
                }
            }
        }
    }

    fn count(&mut self) -> Result<Counts, String> {
        let thread = loop {
            match self.wait()? {
                WaitStatus::Stopped(thread, Signal::SIGUSR1) => break thread,
                other => go_on(other)?,
            }
        };
        let mut counter = Counter::new(self.leader).map_err(|e| format!("cannot read the child: {e}"))?;
        let failed = |errno| format!("cannot step the child: {errno}");
        loop {
            let registers = ptrace::getregs(thread).map_err(failed)?;
            counter.see(registers.rip, registers.rax).map_err(|e| format!("cannot read the child: {e}"))?;
            ptrace::step(thread, None).map_err(failed)?;
            loop {
                match self.wait()? {
                    WaitStatus::Stopped(of, Signal::SIGTRAP) if of == thread => break,
                    WaitStatus::Stopped(of, Signal::SIGUSR1) if of == thread => return Ok(counter.counts),
                    WaitStatus::Stopped(_, Signal::SIGUSR1) => {
                        return Err("the second mark is on another thread than the first".into());
                    }
                    WaitStatus::Stopped(of, signal) if of == thread => {
                        ptrace::step(thread, signal).map_err(failed)?;
                    }
                    // It started a thread.
                    WaitStatus::PtraceEvent(of, ..) if of == thread => {
                        ptrace::step(thread, None).map_err(failed)?;
                    }
                    other => go_on(other)?,
                }
            }
        }
    }

    /// Waits until something happened to a thread of the program.
    fn wait(&mut self) -> Result<WaitStatus, String> {
        let status = loop {
            // Only what this thread traces: others may have children of their own.
            match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
                Err(Errno::EINTR) => {}
                status => break status.map_err(|errno| format!("cannot wait for the child: {errno}"))?,
            }
        };
        let how = match status {
            WaitStatus::Exited(thread, code) if thread == self.leader => format!("with code {code}"),
            WaitStatus::Signaled(thread, Signal::SIGALRM, _) if thread == self.leader => {
                format!("because it took more than {LIMIT} seconds")
            }
            WaitStatus::Signaled(thread, signal, _) if thread == self.leader => format!("by {signal}"),
            status => return Ok(status),
        };
        self.gone = true;
        Err(format!("the child ended {how} before its second mark"))
    }

    /// Kills it, if it still runs, and leaves nothing of it behind.
    fn end(&mut self) {
        if !self.gone {
            // Not yet waited for, so the number is still its own.
            nix::sys::signal::kill(self.leader, Signal::SIGKILL).ok();
        }
        while !self.gone && self.wait().is_ok() {}
    }
}

fn seize(thread: Pid) -> nix::Result<()> {
    // Threads that it starts are traced too. The program dies with its tracer.
    ptrace::seize(thread, Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL)
}

/// Lets a thread that is not stepped go on.
fn go_on(status: WaitStatus) -> Result<(), String> {
    let done = match status {
        WaitStatus::Stopped(thread, signal) => ptrace::cont(thread, signal),
        WaitStatus::PtraceEvent(thread, ..) => ptrace::cont(thread, None),
        _ => Ok(()),
    };
    match done {
        // It was killed meanwhile, with its program.
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(format!("cannot resume the child: {errno}")),
    }
}

/// Counts instructions before they are executed.
struct Counter {
    memory: File,
    /// Where the kernel put the code that reads the clock without a system call.
    vdso: Range<u64>,
    /// By address: code does not change.
    seen: HashMap<u64, Class>,
    last: u64,
    counts: Counts,
}

impl Counter {
    fn new(program: Pid) -> io::Result<Counter> {
        let maps = fs::read_to_string(format!("/proc/{program}/maps"))?;
        let vdso = maps.lines().find(|line| line.ends_with("[vdso]")).and_then(range).unwrap_or(0..0);
        let memory = File::open(format!("/proc/{program}/mem"))?;
        Ok(Counter { memory, vdso, seen: HashMap::new(), last: 0, counts: Counts::default() })
    }

    /// `at` is the address of the instruction, `rax` the number of the system call if it is one.
    fn see(&mut self, at: u64, rax: u64) -> io::Result<()> {
        let class = if let Some(class) = self.seen.get(&at) {
            *class
        } else {
            let mut bytes = [0; 15];
            let length = self.memory.read_at(&mut bytes, at)?;
            let class = Class::of(&bytes[..length]);
            self.seen.insert(at, class);
            class
        };
        let (inside, came_from_inside) = (self.vdso.contains(&at), self.vdso.contains(&self.last));
        let repeated = class == Class::Repeats && self.last == at;
        self.last = at;
        if inside {
            // How the clock is read in there differs from machine to machine, and from time to time.
            self.counts.clock_reads += u64::from(!came_from_inside);
            return Ok(());
        }
        self.counts.instructions += u64::from(!repeated);
        match class {
            Class::ReadModifyWrite => self.counts.rmws += 1,
            Class::SystemCall => {
                self.counts.system_calls += 1;
                self.counts.clock_reads += u64::from(rax == CLOCK_GETTIME);
            }
            Class::ClockRead => self.counts.clock_reads += 1,
            Class::Plain | Class::Repeats => {}
        }
        Ok(())
    }
}

/// The addresses at the start of a line of `/proc/PID/maps`.
fn range(line: &str) -> Option<Range<u64>> {
    let (start, end) = line.split(' ').next()?.split_once('-')?;
    Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
}
