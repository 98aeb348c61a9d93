//! What a thread does that does not come back: on Linux its files in `/proc` say it.

use std::fmt;

/// What a worker's thread does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doing {
    /// It waits in a call of the system.
    Blocked {
        /// What the call is named, or its number.
        call: String,
    },
    /// It uses a processor.
    Computes,
    /// It could go on, and gets no processor: other threads have them.
    WaitsForProcessor,
    /// Nobody knows: this is not Linux, or `/proc` cannot be read.
    Unknown,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doing::Blocked { call } => write!(f, "its thread waits in `{call}`"),
            Doing::Computes => f.write_str("its thread computes"),
            Doing::WaitsForProcessor => f.write_str("its thread waits for a processor"),
            Doing::Unknown => f.write_str("what its thread does is not known"),
        }
    }
}

/// How long a thread had a processor, and how long it waited for one, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    ran: u64,
    waited: u64,
}

impl Times {
    /// Of a thread of this process.
    pub(super) fn of(thread: u32) -> Option<Times> {
        Times::parse(&read(thread, "schedstat")?)
    }

    fn parse(text: &str) -> Option<Times> {
        let mut words = text.split_whitespace().map(str::parse);
        let (Some(Ok(ran)), Some(Ok(waited))) = (words.next(), words.next()) else { return None };
        Some(Times { ran, waited })
    }
}

impl Doing {
    /// Of a thread of this process, and what it did since an earlier look.
    pub(super) fn of(thread: u32, earlier: Option<Times>) -> Doing {
        match read(thread, "syscall") {
            Some(call) => Doing::from(&call, earlier.zip(Times::of(thread))),
            None => Doing::Unknown,
        }
    }

    /// What its file `syscall` says, and its times then and now.
    fn from(syscall: &str, times: Option<(Times, Times)>) -> Doing {
        match syscall.split_whitespace().next() {
            // It is in no call: it runs, or was taken off its processor.
            Some("running" | "-1") => match times {
                Some((then, now))
                    if now.waited.saturating_sub(then.waited) > now.ran.saturating_sub(then.ran) =>
                {
                    Doing::WaitsForProcessor
                }
                _ => Doing::Computes,
            },
            Some(number) => {
                number.parse().map_or(Doing::Unknown, |number| Doing::Blocked { call: name_of(number) })
            }
            None => Doing::Unknown,
        }
    }
}

#[cfg(target_os = "linux")]
fn read(thread: u32, file: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/self/task/{thread}/{file}")).ok()
}

#[cfg(not(target_os = "linux"))]
fn read(_: u32, _: &str) -> Option<String> {
    None
}

/// The calls in which threads wait most.
#[cfg(target_arch = "x86_64")]
const CALLS: &[(u32, &str)] = &[
    (0, "read"),
    (1, "write"),
    (7, "poll"),
    (17, "pread64"),
    (18, "pwrite64"),
    (23, "select"),
    (34, "pause"),
    (35, "nanosleep"),
    (42, "connect"),
    (43, "accept"),
    (44, "sendto"),
    (45, "recvfrom"),
    (46, "sendmsg"),
    (47, "recvmsg"),
    (61, "wait4"),
    (73, "flock"),
    (74, "fsync"),
    (75, "fdatasync"),
    (202, "futex"),
    (230, "clock_nanosleep"),
    (232, "epoll_wait"),
    (247, "waitid"),
    (257, "openat"),
    (270, "pselect6"),
    (271, "ppoll"),
    (281, "epoll_pwait"),
    (288, "accept4"),
];

#[cfg(target_arch = "aarch64")]
const CALLS: &[(u32, &str)] = &[
    (22, "epoll_pwait"),
    (32, "flock"),
    (56, "openat"),
    (63, "read"),
    (64, "write"),
    (67, "pread64"),
    (68, "pwrite64"),
    (72, "pselect6"),
    (73, "ppoll"),
    (82, "fsync"),
    (83, "fdatasync"),
    (95, "waitid"),
    (98, "futex"),
    (101, "nanosleep"),
    (115, "clock_nanosleep"),
    (202, "accept"),
    (203, "connect"),
    (206, "sendto"),
    (207, "recvfrom"),
    (211, "sendmsg"),
    (212, "recvmsg"),
    (242, "accept4"),
    (260, "wait4"),
];

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const CALLS: &[(u32, &str)] = &[];

fn name_of(number: u32) -> String {
    let known = CALLS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("system call {number}"), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_understood() {
        let times = |ran, waited| Times { ran, waited };
        let parsed = Times::parse("700 30 5\n").expect("three numbers");
        assert_eq!((parsed.ran, parsed.waited), (700, 30));
        assert!(Times::parse("").is_none());
        let computed = Some((times(5, 5), times(100, 6)));
        let starved = Some((times(5, 5), times(6, 100)));
        assert_eq!(Doing::from("running\n", computed), Doing::Computes);
        assert_eq!(Doing::from("running\n", starved), Doing::WaitsForProcessor);
        assert_eq!(Doing::from("running\n", None), Doing::Computes);
        assert_eq!(Doing::from("-1 0x7ffd 0x7f\n", starved), Doing::WaitsForProcessor);
        assert_eq!(Doing::from("", computed), Doing::Unknown);
        assert_eq!(Doing::from("99999 0x0 0x0\n", None), Doing::Blocked { call: "system call 99999".into() });
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn calls_have_names() {
        assert_eq!(Doing::from("230 0x0 0x0\n", None), Doing::Blocked { call: "clock_nanosleep".into() });
        assert!(CALLS.is_sorted(), "by number");
    }
}
