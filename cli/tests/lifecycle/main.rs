//! The `airmail` program as its users see it.

mod simulated;
mod workers;

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const DEFAULT: &str = "\
Tasks on airmail's single-threaded runtime, and where they are after each step:
task          answer   queue, next first           waiting                 done
spawn letter           letter
spawn parcel           letter parcel
spawn card             letter parcel card
spawn postman          letter parcel card postman
poll  letter  Pending  parcel card postman         letter
poll  parcel  Pending  card postman                letter parcel
poll  card    Ready    postman                     letter parcel           card
poll  postman Pending  letter parcel postman                               card
      woken by postman: letter, parcel, itself
poll  letter  Ready    parcel postman                               card letter
poll  parcel  Pending  postman                     parcel           card letter
poll  postman Pending  parcel postman                               card letter
      woken by postman: parcel, itself
poll  parcel  Ready    postman                               card letter parcel
poll  postman Ready                                  card letter parcel postman
results  letter -> Ok(2)  parcel -> Ok(3)  card -> Ok(1)  postman -> Ok(3)

next: airmail lifecycle a=2 b=5           your own tasks
      airmail lifecycle --runtime multi   workers, who steal tasks
      airmail lifecycle --seed 51         another order, simulated
      airmail lifecycle --step            stops after each step
";

const LONG_NAMES: &str = "\
Tasks on airmail's single-threaded runtime, and where they are after each step:
spawn christmas-card
      queue    christmas-card
spawn registered-letter
      queue    christmas-card registered-letter
spawn postman
      queue    christmas-card registered-letter postman
poll  christmas-card    Ready
      queue    registered-letter postman
      done     christmas-card
poll  registered-letter Pending
      queue    postman
      waiting  registered-letter
      done     christmas-card
poll  postman           Pending
      queue    registered-letter postman
      done     christmas-card
      woken by postman: registered-letter, itself
poll  registered-letter Ready
      queue    postman
      done     christmas-card registered-letter
poll  postman           Ready
      done     christmas-card registered-letter postman
results  christmas-card -> Ok(1)  registered-letter -> Ok(2)  postman -> Ok(1)
";

/// As from a shell, whatever surrounds the test.
fn airmail(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airmail"));
    for variable in ["CARGO_MANIFEST_DIR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.env("TERM", "xterm").args(arguments).stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// What it prints if nothing goes wrong.
fn printed(arguments: &[&str]) -> String {
    text(output(&mut airmail(arguments)))
}

fn text(output: Output) -> String {
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), &*errors), (Some(0), ""));
    String::from_utf8(output.stdout).unwrap()
}

fn events(arguments: &[&str]) -> Vec<Value> {
    printed(arguments).lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn word<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field].as_str().unwrap_or_else(|| panic!("no {field} in {event}"))
}

#[test]
fn no_arguments() {
    assert_eq!(printed(&[]), DEFAULT);
    assert_eq!(printed(&["lifecycle"]), DEFAULT);
    assert_eq!(printed(&["letter=1", "parcel=2", "card=0"]), DEFAULT);
}

#[test]
fn all_that_a_newcomer_sees_fits_a_small_terminal() {
    assert!(DEFAULT.lines().count() < 24, "and the prompt is the last line");
    assert!(DEFAULT.lines().all(|line| line.len() <= 80));
}

#[test]
fn the_lesson_does_the_same_in_the_same_order() {
    let expected = DEFAULT
        .replace("airmail's single-threaded runtime", "the lesson's executor")
        .replace("woken by postman", "woken")
        .replace("--runtime multi   workers, who steal tasks", "--runtime local   airmail's own runtime");
    assert_eq!(printed(&["--runtime", "lesson"]), expected);
    for tasks in [&["a=0"][..], &["a=3", "b=0", "c=7"], &["a=1000"]] {
        let table = |runtime: &str| {
            let text = printed(&[&["lifecycle", "--runtime", runtime], tasks].concat());
            text.lines().skip(1).take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(table("local").replace("woken by postman", "woken"), table("lesson"));
    }
}

#[test]
fn names_that_do_not_fit_beside_each_other_get_lines_of_their_own() {
    let text = printed(&["lifecycle", "christmas-card=0", "registered-letter=1"]);
    assert_eq!(text.split("\nnext:").next(), Some(LONG_NAMES));
}

#[test]
fn cargo_users_are_told_cargo_commands() {
    let text = text(output(airmail(&[]).env("CARGO_MANIFEST_DIR", "/")));
    let release = if cfg!(debug_assertions) { "" } else { "--release " };
    assert!(text.contains(&format!("next: cargo run {release}-- lifecycle a=2 b=5 ")), "{text}");
    assert!(text.lines().all(|line| line.len() <= 80));
}

/// What may come after an event of a task's life.
fn may_follow(before: Option<&Value>) -> &'static [&'static str] {
    match before.map(|event| (word(event, "event"), event["answer"].as_str())) {
        None => &["spawned"],
        Some(("spawned" | "woken", _) | ("polled", Some("yielded"))) => &["queued"],
        Some(("queued", _)) => &["picked", "polled"],
        Some(("picked", _)) => &["polled"],
        Some(("polled", Some("pending"))) => &["woken"],
        Some(("polled", Some("ready"))) => &["finished"],
        Some(("finished", _)) => &["result"],
        _ => &[],
    }
}

#[test]
fn every_task_lives_in_order() {
    for (option, value) in
        [("--runtime", "local"), ("--runtime", "lesson"), ("--seed", "51"), ("--strategy", "pct")]
    {
        let mut events = events(&["--json", option, value, "a=5", "b=0", "c=2"]);
        if option != "--runtime" {
            assert_eq!(word(&events.pop().unwrap(), "event"), "simulated");
        }
        let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
        let mut polls: BTreeMap<&str, u64> = BTreeMap::new();
        for event in &events {
            let task = word(event, "task");
            let before = last.insert(task, event);
            assert!(may_follow(before).contains(&word(event, "event")), "{event} after {before:?}");
            assert!(before.is_none_or(|before| before["id"] == event["id"]));
            *polls.entry(task).or_default() += u64::from(event["event"] == "polled");
        }
        assert_eq!(last.keys().copied().collect::<Vec<_>>(), ["a", "b", "c", "postman"]);
        for (task, event) in last {
            assert_eq!(event["error"], Value::Null);
            let wakes = events.iter().filter(|event| event["event"] == "woken").count() as u64;
            let output = if task == "postman" { wakes } else { polls[task] };
            assert_eq!(event["output"].as_u64(), Some(output), "{event}");
        }
        assert_eq!([polls["a"], polls["b"], polls["c"]], [6, 1, 3]);
    }
}

/// What is in the queue, and what is not: after each spawn and each poll.
type Places = Vec<(Vec<String>, Vec<String>)>;

/// As JSON tells it.
fn replayed(events: &[Value]) -> Places {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut replayed = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let name = word(event, "event");
        let place = match name {
            "queued" => "queue",
            "polled" if event["answer"] == "pending" => "waiting",
            "finished" => "done",
            "spawned" | "woken" | "polled" | "picked" => "",
            _ => continue,
        };
        let task = word(event, "task");
        for tasks in places.values_mut() {
            tasks.retain(|other| *other != task);
        }
        places.entry(place).or_default().push(task);
        // The last event of a spawn or a poll: the task waits, or its queue or its end follows at once.
        let cause = at.checked_sub(1).map(|at| word(&events[at], "event"));
        let follows = matches!(cause, Some("polled" | "spawned")) && ["queued", "finished"].contains(&name);
        if place == "waiting" || follows {
            let of = |place| places.get(place).into_iter().flatten().map(|task: &&str| (*task).to_owned());
            replayed.push((of("queue").collect(), of("waiting").chain(of("done")).collect()));
        }
    }
    replayed
}

/// As the text of the default tasks has it, whose columns begin there.
fn shown(text: &str, queue: usize, others: usize) -> Places {
    let rows = text.lines().filter(|line| line.starts_with("poll ") || line.starts_with("spawn "));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let halves = rows.map(|row| row.split_at_checked(others).unwrap_or((row, "")));
    halves.map(|(start, end)| (words(&start[queue..]), words(end))).collect()
}

#[test]
fn the_events_tell_what_the_text_shows() {
    assert_eq!(replayed(&events(&["--json"])), shown(DEFAULT, 23, 51));
}

#[test]
fn bad_arguments_give_one_line_and_exit_code_2() {
    let name = "the name must be 1 to 24 visible characters, such as letter=3";
    let many: Vec<String> = (0..17).map(|n| format!("t{n}=1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (arguments, error) in [
        (&["lifecycle", "letter"][..], "\"letter\": expected name=polls, such as letter=3"),
        (&["lifecycle", "a=1", "b"], "\"b\": expected name=polls, such as b=3"),
        (&["lifecycle", ""], "\"\": expected name=polls, such as letter=3"),
        (&["letter"], "\"letter\": expected name=polls, such as letter=3, or a command (lifecycle, serve)"),
        (
            &["--json", "lifecycle"],
            "\"lifecycle\": the command comes first, such as airmail lifecycle --json",
        ),
        (&["a=1001"], "\"a=1001\": polls must be a number from 0 to 1000, such as a=3"),
        (&["a=-1"], "\"a=-1\": polls must be a number from 0 to 1000, such as a=3"),
        (&["=1"], &format!("\"=1\": {name}")),
        (&["a\n\x1b[2J=1"], &format!("\"a\\n\\u{{1b}}[2J=1\": {name}")),
        (
            &["a=1", "a=2"],
            "\"a=2\": there is a task \"a\" already; each needs a name of its own, such as a2=3",
        ),
        (
            &["postman=1"],
            "\"postman=1\": \"postman\" is the task that wakes the others; take another name, such as letter=3",
        ),
        (&many, "\"t16=1\": one task too many; at most 16, such as a=2 b=5"),
        (
            &["lifecycle", "--fast"],
            "unexpected argument '--fast' found; to pass '--fast' as a value, use '-- --fast'; see airmail --help",
        ),
        (
            &["--runtime", "tokio"],
            "invalid value 'tokio' for '--runtime <RUNTIME>' [possible values: lesson, local, \
             multi, sim]; see airmail --help",
        ),
        (
            &["--runtime"],
            "a value is required for '--runtime <RUNTIME>' but none was supplied [possible values: lesson, \
             local, multi, sim]; see airmail --help",
        ),
    ] {
        let output = output(&mut airmail(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("airmail: {error}\n"));
        assert_eq!(output.stdout, b"");
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_give_one_line() {
    use std::os::unix::ffi::OsStrExt;
    let output = output(airmail(&["lifecycle"]).arg(std::ffi::OsStr::from_bytes(b"\xff=1")));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}

#[test]
fn help_and_version() {
    assert_eq!(printed(&["--version"]), format!("airmail {}\n", env!("CARGO_PKG_VERSION")));
    assert!(printed(&["--help"]).contains("lifecycle  Run a few countdowns"));
    let help = printed(&["lifecycle", "--help"]);
    for documented in include_str!("../../EVENTS.md").lines() {
        assert!(help.contains(documented), "{documented}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for arguments in [
        &["a=1000", "b=1000"][..],
        &["--json", "a=1000"],
        &["--runtime", "lesson"],
        &["--seed", "51"],
        &["--workers", "2", "a=1000"],
        &["--help"],
    ] {
        let mut command = airmail(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(text(child.wait_with_output().unwrap()), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_one_line_and_exit_code_1() {
    for arguments in [&[][..], &["--json"], &["--seed", "51"], &["--workers", "2"], &["--help"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = airmail(arguments).stdout(full).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(error, "airmail: stdout: No space left on device (os error 28)\n");
    }
}

/// With `--step` and this input.
fn stepped(arguments: &[&str], input: &[u8]) -> String {
    let mut command = airmail(&[&["lifecycle", "--step"], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The program may have ended before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    text(child.wait_with_output().unwrap())
}

#[test]
fn a_step_is_the_spawns_or_a_poll() {
    let first = |lines| DEFAULT.split_inclusive('\n').take(lines).collect::<String>();
    assert_eq!(stepped(&[], b"q\n"), first(6));
    assert_eq!(stepped(&[], b"\nq\n"), first(7));
    assert_eq!(stepped(&[], b"anything\n\n\n q \n"), first(9));
    assert_eq!(stepped(&[], b"\n\n\n\nq"), first(11), "with the wakes of its poll");
    assert_eq!(stepped(&["--runtime", "lesson"], b"\n\n\n\nq\n").lines().count(), 11);
    assert_eq!(stepped(&["--json"], b"\nq\n").lines().count(), 9);
}

#[test]
fn steps_go_on_at_the_end_of_the_input() {
    assert_eq!(stepped(&[], b""), DEFAULT);
    assert_eq!(stepped(&[], b"\n\n"), DEFAULT);
    assert_eq!(stepped(&[], b"\xff\n"), DEFAULT);
}

#[test]
fn colours_are_for_terminals() {
    let coloured = |command: &mut Command| text(output(command)).contains('\x1b');
    assert!(!coloured(&mut airmail(&[])));
    assert!(coloured(airmail(&[]).env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(airmail(&["--json"]).env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(airmail(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
}

/// On a terminal of its own, which `script` provides.
#[cfg(target_os = "linux")]
fn on_a_terminal(arguments: &str, input: &[u8], variable: (&str, &str)) -> Option<String> {
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} {arguments}", env!("CARGO_BIN_EXE_airmail")), "/dev/null"]);
    for variable in ["CARGO_MANIFEST_DIR", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.env("TERM", "xterm").env(variable.0, variable.1);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("not checked, `script` does not start: {error}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input).unwrap();
    drop(stdin);
    Some(text(child.wait_with_output().unwrap()))
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_has_colours_and_a_prompt() {
    let other = ("LC_ALL", "C");
    let Some(text) = on_a_terminal("", b"", other) else { return };
    assert!(text.contains("\x1b[32mReady"), "{text:?}");
    let plain = on_a_terminal("", b"", ("NO_COLOR", "1")).unwrap();
    // The terminal echoes the end of the input, whenever it comes.
    assert_eq!(plain.replace("^D\u{8}\u{8}", "").replace("\r\n", "\n"), DEFAULT);
    let stepped = on_a_terminal("lifecycle --step", b"\nq\n", other).unwrap();
    assert!(stepped.contains("[Enter] next step"), "{stepped:?}");
    assert_eq!(stepped.matches("Pending").count(), 1, "{stepped:?}");
}
