//! docs/testing.md says what happens: its program is this one, and its reports are those that the simulation prints.
//!
//! `UPDATE_GUIDE=1 cargo test -p airmail --test guide` writes the reports into the page.

use airmail::runtime::Builder;
use airmail::sim::{Failure, Faults, Kind, Sim, Strategy};
use airmail::test::cancel_each_await;
use airmail::time::{Duration, sleep};
use std::cell::Cell;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// The pool as the page has it at first.
#[allow(dead_code, reason = "not every version runs every test")]
mod first {
    include!("guide/pool.rs");
    include!("guide/first.rs");
}

/// With the obvious fix.
mod second {
    include!("guide/pool.rs");
    include!("guide/second.rs");
}

/// Mended.
mod third {
    include!("guide/pool.rs");
    include!("guide/third.rs");
}

/// What it is called on the page: `pool::everyone_is_served` of the crate `shop`.
fn named(test: &str) -> Sim {
    Sim::for_test("shop::pool", test, "").keep_in(None)
}

fn fails<F: Future<Output = ()> + 'static>(sim: &Sim, body: impl Fn() -> F) -> Box<Failure> {
    sim.try_explore(body).expect_err("it fails")
}

/// The report of the first version, and the file that keeps the run.
fn first_report() -> (String, String) {
    let folder = env::temp_dir().join(format!("airmail-guide-{}", process::id()));
    let name = folder.to_str().expect("text");
    let sim = Sim::for_test("shop::pool", "everyone_is_served", name);
    let failure = sim.try_explore(first::everyone_is_served).expect_err("it fails");
    let file = folder.join("airmail-seeds/shop.pool.everyone_is_served.txt");
    let kept = fs::read_to_string(file).expect("it is kept");
    fs::remove_dir_all(&folder).expect("it was made");
    (failure.to_string().replace(name, "shop"), kept)
}

fn faults() -> String {
    let sim = named("one_connection_goes_round").faults(Faults::legal());
    fails(&sim, second::one_connection_goes_round).to_string()
}

async fn all_lent() -> second::Pool {
    let pool = second::Pool::new(1);
    let lease = pool.get().await;
    airmail::spawn(async move { lease.query().await });
    pool
}

async fn another_is_served(pool: second::Pool) {
    let other = airmail::spawn(async move { drop(pool.get().await) });
    other.await.unwrap();
}

fn cancelled() -> String {
    cancel_each_await(all_lent, async |pool: &mut second::Pool| drop(pool.get().await))
        .sim(named("who_gives_up_is_forgotten").seeds(1))
        .try_check(another_is_served)
        .expect_err("a waker is left behind")
        .to_string()
}

fn leak() -> String {
    let failure = named("a_task_is_left").try_explore(|| async {
        airmail::spawn(sleep(Duration::from_mins(1)));
    });
    failure.expect_err("a task is left").to_string()
}

fn panicked() -> String {
    let failure = named("a_panic_is_found").try_explore(|| async {
        airmail::spawn(async { panic!("no stamp") });
    });
    failure.expect_err("a task panics").to_string()
}

/// How many of the first 1,000 seeds find the first bug.
fn strategies() -> String {
    let mut table = String::new();
    let pct = |depth| Strategy::Pct { depth };
    for strategy in
        [Strategy::Mixed, Strategy::Random, pct(2), pct(3), pct(4), Strategy::RoundRobin, Strategy::Fifo]
    {
        let finds = |seed: &u64| {
            let sim = Sim::new().strategy(strategy).first_seed(*seed).seeds(1).check_every(0);
            sim.try_explore(first::everyone_is_served).is_err()
        };
        let found = (0..1000).filter(finds).count();
        writeln!(table, "{:<16} {found:>4}", format!("{strategy:?}")).expect("a string");
    }
    table
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The page without its blocks of code.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/testing.md")).expect("readable")
}

/// The text as the page has it. Its crate is `shop`, with one file.
fn told(text: &str) -> String {
    let mut text = text.to_owned();
    for version in ["guide::first::", "guide::second::", "guide::"] {
        text = text.replace(version, "shop::pool::");
    }
    for file in
        ["airmail/tests/guide/pool.rs", "tests/guide/pool.rs", "airmail/tests/guide.rs", "tests/guide.rs"]
    {
        text = text.replace(file, "src/pool.rs");
    }
    // Paths of airmail itself, as a package that uses it sees them.
    text.replace(" at src/time/", " at airmail-0.1.0/src/time/").trim_end().to_owned()
}

/// A line of a backtrace in a report. They exist only where there is debug information, and are compared in debug
/// builds, where no call is inlined.
fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("kept by ") || line.starts_with("in ") || line == "the await that is cancelled:"
}

/// Without what may differ: the line and column after `.rs:`, and backtraces if they are not compared.
fn comparable(text: &str, frames: bool) -> Vec<String> {
    let lines = text.trim_end().lines().filter(|line| frames || !is_frame(line));
    let plain = |line: &str| {
        let mut parts = line.split(".rs:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |line, part| {
            line + ".rs:_" + part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':')
        })
    };
    lines.map(plain).collect()
}

/// What the page has between the fences behind the mark of this name: where, and what.
fn block<'a>(page: &'a str, name: &str) -> (usize, &'a str) {
    let fence = format!("<!-- text: {name} -->\n```text\n");
    let start = page.find(&fence).unwrap_or_else(|| panic!("the page has no block {name}")) + fence.len();
    let end = start + page[start..].find("```").expect("it ends");
    (start, &page[start..end])
}

#[test]
fn the_reports_are_those_of_the_page() {
    let (first, kept) = first_report();
    let texts = [
        ("first", first),
        ("kept", kept),
        ("leak", leak()),
        ("panic", panicked()),
        ("faults", faults()),
        ("cancelled", cancelled()),
        ("strategies", strategies()),
    ];
    let update = env::var_os("UPDATE_GUIDE").is_some();
    let mut page = page();
    for (name, text) in texts {
        let text = told(&text);
        let (start, shown) = block(&page, name);
        let frames =
            cfg!(debug_assertions) && text.lines().any(|line| is_frame(line) && line.contains(" at "));
        if comparable(shown, frames) == comparable(&text, frames) {
            continue;
        }
        if update {
            page.replace_range(start..start + shown.len(), &format!("{text}\n"));
            continue;
        }
        panic!(
            "docs/testing.md, block {name}, says\n{shown}\nand not, as UPDATE_GUIDE=1 would write,\n{text}"
        );
    }
    if update {
        fs::write(root().join("docs/testing.md"), page).expect("writable");
    }
}

/// Each paragraph of the page's first program is in the files that run here.
#[test]
fn the_program_is_that_of_the_page() {
    let folder = root().join("airmail/tests/guide");
    let files = ["pool.rs", "first.rs", "second.rs", "third.rs"];
    let source = files.map(|file| fs::read_to_string(folder.join(file)).expect("readable")).concat();
    let source = source.replace("pub(crate) ", "");
    let page = page();
    let mut checked = 0;
    for block in page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        if !block.contains("impl Pool")
            && !block.contains("fn serve(connections")
            && !block.contains("goes_round")
        {
            continue;
        }
        let visible: Vec<_> = block
            .lines()
            .filter(|line| !line.starts_with("# ") && !line.starts_with("#[airmail::test"))
            .collect();
        for part in visible.join("\n").split("\n\n") {
            assert!(
                source.contains(part.trim_end()),
                "the program of docs/testing.md is another one:\n{part}"
            );
            checked += 1;
        }
    }
    assert!(checked >= 14, "only {checked} parts: does the test still read the page?");
}

/// What the page says of each version, and the run that it names.
#[test]
fn the_story_is_true() {
    let runtime = Builder::new_current_thread().build().expect("the defaults make sense");
    for _ in 0..1000 {
        runtime.block_on(first::everyone_is_served());
    }
    let failure = fails(&named("x"), first::everyone_is_served);
    assert_eq!(failure.kind(), Kind::Deadlock);
    let (run, seed) = (failure.replay(), failure.seed());
    assert_eq!(run.to_string(), format!("{seed}:4.1"));
    let prose = prose(&page());
    for text in [
        format!("fails with seed {seed}, run {}", failure.runs()),
        format!("AIRMAIL_SEED={run} cargo test pool::everyone_is_served"),
        format!("(`AIRMAIL_SEED={seed}`)"),
        format!("`{run}` says: at decision 4,\nchoice 1"),
    ] {
        assert!(prose.contains(&text), "docs/testing.md does not say {text:?}");
    }
    let readme = fs::read_to_string(root().join("README.md")).expect("readable");
    for named in [&prose, &readme].into_iter().flat_map(|page| page.split("AIRMAIL_SEED=").skip(1)) {
        let end = named.find(|c: char| !c.is_ascii_digit()).unwrap_or(named.len());
        assert_eq!(named[..end], seed.to_string(), "another seed than the story's");
    }
    // The steps that it tells of.
    let report = failure.to_string();
    for step in [
        "10  task 5 \"dan\" polled: pending\n",
        "11  decision 4.1: task 3 \"ben\" goes before one ready earlier\n",
        "13  task 4 \"cleo\" woken by task 2 \"ann\"\n",
        "18  task 3 \"ben\" done\n",
        "19  task 4 \"cleo\" polled: pending, woke itself\n",
        "22  task 4 \"cleo\" done\n",
    ] {
        assert!(report.contains(step), "docs/testing.md tells of {step:?}, but\n{report}");
    }
    let times = Cell::new(0);
    let again = named("x").replay(run, || {
        times.set(times.get() + 1);
        first::everyone_is_served()
    });
    assert_eq!(again.expect_err("it fails again").kind(), Kind::Deadlock);
    assert_eq!(times.get(), 2, "prints come twice if it fails");
    let mended = named("x").replay(run, || {
        times.set(times.get() + 1);
        second::everyone_is_served()
    });
    mended.expect("mended");
    assert_eq!(times.get(), 4, "and if it passes");
    named("x").explore(second::everyone_is_served);
    named("x").explore(third::everyone_is_served);
    named("x").faults(Faults::legal()).explore(third::everyone_is_served);
    named("x").faults(Faults::legal()).explore(third::one_connection_goes_round);
    let report = faults();
    for step in [
        " 9  decision 4.1: ",
        "12  decision 7.1: fault, task 3 \"ben\" is woken for nothing\n",
        "19  task 3 \"ben\" polled: pending\n",
        "23  a waker of an earlier poll of task 3 \"ben\" is used, and does nothing\n",
    ] {
        assert!(report.contains(step), "docs/testing.md tells of {step:?}, but\n{report}");
    }
    named("x").explore(second::one_connection_goes_round);
}

/// The attribute finds it too.
#[airmail::test(seeds = 1000, sim = |sim| sim.keep_in(None))]
#[should_panic = "deadlock: everyone_is_served"]
async fn everyone_is_served() {
    first::everyone_is_served().await;
}

/// The figures on the planted bugs are those of their table.
#[test]
fn planted_bugs_are_counted() {
    let table = fs::read_to_string(root().join("airmail/tests/protocols/table.rs")).expect("readable");
    let seeds: Vec<u64> = table
        .lines()
        .filter_map(|line| {
            line.trim().strip_prefix("program!(")?.strip_suffix("),")?.rsplit(", ").next()?.parse().ok()
        })
        .collect();
    assert_eq!((seeds.len(), seeds.iter().max()), (13, Some(&120)));
    let page = page();
    assert!(page.contains("Each of the thirteen bugs") && page.contains("is found within 120\nseeds"));
}
