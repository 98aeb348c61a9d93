//! What it was measured on, with and when.

use crate::alloc::Allocator;
use crate::peer::{Kind, Who};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) kernel: String,
    /// Of the last one, five and fifteen minutes.
    pub(crate) load_before: String,
    pub(crate) libc: String,
    pub(crate) rustc: &'static str,
    pub(crate) allocator: Allocator,
    /// Of the sources: what `git describe` says.
    pub(crate) commit: String,
    pub(crate) release_build: bool,
    /// Of each contestant's crate, as the program was built.
    pub(crate) versions: BTreeMap<&'static str, &'static str>,
}

const UNKNOWN: &str = "unknown";

impl Machine {
    pub(crate) fn look<C: Who>(contestants: &[C]) -> Machine {
        let with_version = contestants.iter().filter(|contestant| contestant.kind() != Kind::Floor);
        let mut crates: Vec<_> = with_version.map(Who::from).collect();
        if Allocator::BUILT == Allocator::Mimalloc {
            crates.push("mimalloc");
        }
        Machine {
            date: date(SystemTime::now()),
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory: field("/proc/meminfo", "MemTotal").and_then(|kib| gib(&kib)).unwrap_or_else(unknown),
            kernel: read("/proc/sys/kernel/osrelease")
                .map_or_else(unknown, |release| format!("Linux {release}")),
            load_before: read("/proc/loadavg").map_or_else(unknown, |load| first_three(&load)),
            libc: answer("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_else(unknown),
            rustc: env!("BENCH_RUSTC"),
            allocator: Allocator::BUILT,
            commit: commit().unwrap_or_else(unknown),
            release_build: !cfg!(debug_assertions),
            versions: crates.iter().map(|name| (*name, version(name))).collect(),
        }
    }

    /// Knows the versions of these as well.
    pub(crate) fn with_crates(&mut self, crates: &[&'static str]) {
        self.versions.extend(crates.iter().map(|name| (*name, version(name))));
    }

    /// The part that fits under a chart.
    pub(crate) fn line(&self) -> String {
        let Machine { date, cpu, cores, kernel, rustc, .. } = self;
        let rustc = rustc.split(" (").next().unwrap_or(rustc);
        format!("{date}, {cpu}, {cores} cores, {kernel}, {rustc}, allocator: {}", self.allocator.name())
    }
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// What is behind the first `name` in a file of lines such as `name : value`.
pub(crate) fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let value = |line: &str| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(value)
}

/// KiB, as `/proc` writes a number of them.
pub(crate) fn kib(value: &str) -> Option<u64> {
    value.strip_suffix("kB")?.trim().parse().ok()
}

fn gib(value: &str) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "one digit of it is shown")]
    kib(value).map(|kib| format!("{:.1} GiB", kib as f64 / f64::from(1 << 20)))
}

fn first_three(load: &str) -> String {
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn commit() -> Option<String> {
    let here = env!("CARGO_MANIFEST_DIR");
    answer(
        "git",
        &["-C", here, "describe", "--always", "--dirty=, with changes", "--abbrev=9", "--exclude=*"],
    )
}

/// Of a crate, in the lock file that the program was built with.
fn version(name: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let of = |package: &'static str| {
        let field = |key: &str| {
            package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
        };
        (field("name") == Some(name)).then(|| field("version")).flatten()
    };
    lock.split("[[package]]").find_map(of).unwrap_or(UNKNOWN)
}

/// The day, in UTC.
fn date(now: SystemTime) -> String {
    let days = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    // Counted from the first of March of the year 0: then a leap day is the last day of its year.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{}-{month:02}-{day:02}", era * 400 + year + next)
}

#[cfg(test)]
pub(crate) fn made_up() -> Machine {
    Machine {
        date: "2026-11-23".into(),
        cpu: "Abacus <2>".into(),
        cores: 2,
        memory: "23.4 GiB".into(),
        kernel: "Linux 6.1".into(),
        load_before: "0.00 0.01 0.02".into(),
        libc: "glibc 2.36".into(),
        rustc: "rustc 1.95.0 (abc 2026-01-01)",
        allocator: Allocator::Glibc,
        commit: "0123abc".into(),
        release_build: true,
        versions: BTreeMap::from([("airmail", "0.1.0"), ("tokio", "1.54.1")]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Machine, UNKNOWN, date, gib};
    use crate::peer;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn days_have_dates() {
        let day = |days: u64| date(UNIX_EPOCH + Duration::from_secs(days * 86_400 + 5));
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(11_016), "2000-02-29");
        assert_eq!(day(11_017), "2000-03-01");
        assert_eq!(day(20_453), "2025-12-31");
        assert_eq!(day(20_454), "2026-01-01");
    }

    #[test]
    fn every_version_is_known() {
        let mut machine = Machine::look(&peer::all());
        machine.with_crates(&["hyper", "smol"]);
        assert!(machine.versions.len() >= 6, "{machine:?}");
        assert!(machine.versions.values().all(|version| *version != UNKNOWN), "{machine:?}");
        assert!(machine.rustc.starts_with("rustc "), "{machine:?}");
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(gib("  24574604 kB").as_deref(), Some("23.4 GiB"));
        assert_eq!(gib("24574604"), None);
    }
}
