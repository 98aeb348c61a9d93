//! `--runtime multi`, and `--workers`, which implies it.
//!
//! Which worker comes first is nobody's to say, so no text is expected: what has to hold in every order is checked.

use super::{airmail, events, output, printed, stepped, word};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was told of one task so far.
#[derive(Default)]
struct Life<'a> {
    last: Option<&'a Value>,
    /// The worker that has it in its queue; `None`: the inbox.
    place: Option<u64>,
    polls: u64,
    wakes: u64,
}

/// What may come after an event of a task's life.
fn may_follow(before: Option<&Value>) -> &'static [&'static str] {
    match before.map(|event| (word(event, "event"), event["answer"].as_str())) {
        None => &["spawned"],
        Some(("spawned" | "woken", _) | ("polled", Some("yielded"))) => &["queued"],
        Some(("queued" | "stolen", _)) => &["stolen", "polled"],
        // Queued without a wake: it was woken during its poll.
        Some(("polled", Some("pending"))) => &["woken", "queued"],
        Some(("polled", Some("ready"))) => &["finished"],
        Some(("finished", _)) => &["result"],
        _ => &[],
    }
}

/// Every task's own events are in order, and it is polled by the worker that has it. How it was for each.
fn lives(events: &[Value], workers: u64) -> BTreeMap<&str, Life<'_>> {
    let mut lives: BTreeMap<&str, Life<'_>> = BTreeMap::new();
    for event in events {
        let life = lives.entry(word(event, "task")).or_default();
        let name = word(event, "event");
        assert!(may_follow(life.last).contains(&name), "{event} after {:?}", life.last);
        assert!(life.last.is_none_or(|before| before["id"] == event["id"]));
        match name {
            "queued" => {
                life.place = event["worker"].as_u64();
                assert_eq!(word(event, "queue"), if life.place.is_some() { "local" } else { "inbox" });
            }
            "stolen" => {
                let (from, to) = (event["from"].as_u64().unwrap(), event["to"].as_u64().unwrap());
                assert!(from != to && from < workers && to < workers, "{event}");
                assert!(life.place.is_none_or(|place| place == from), "{event} after {:?}", life.last);
                life.place = Some(to);
            }
            "polled" => {
                let worker = event["worker"].as_u64().unwrap();
                assert!(worker < workers, "{event}");
                assert!(life.place.is_none_or(|place| place == worker), "{event} after {:?}", life.last);
                life.polls += 1;
            }
            _ => {}
        }
        life.last = Some(event);
        let by = if ["woken", "spawned"].contains(&name) { event["by"].as_str() } else { None };
        if let Some(by) = by {
            lives.get_mut(by).expect("who does something is spawned already").wakes += 1;
        }
    }
    lives
}

fn find(events: &[Value], name: &str, task: &str) -> Option<usize> {
    events.iter().position(|event| event["event"] == name && event["task"] == task)
}

#[test]
fn every_task_lives_in_order_and_is_polled_where_it_is() {
    for (workers, tasks) in [
        (1, &["a=5", "b=0"][..]),
        (2, &[]),
        (2, &["a=0"]),
        (2, &["a=5", "b=0", "c=2"]),
        (8, &["a=40", "b=1"]),
    ] {
        let number = workers.to_string();
        for _ in 0..10 {
            let events = events(&[&["--json", "--workers", &number], tasks].concat());
            let lives = lives(&events, workers);
            for (task, life) in &lives {
                let end = life.last.unwrap();
                assert_eq!((word(end, "event"), &end["error"]), ("result", &Value::Null), "{task}");
                let output = end["output"].as_u64().unwrap();
                match *task {
                    "clerk" => assert_eq!((output, life.polls), (lives.len() as u64 - 1, 1)),
                    // Those that it woke during their polls are not told as woken.
                    "postman" => assert!(output >= life.wakes),
                    _ => assert_eq!(output, life.polls),
                }
            }
            for task in tasks {
                let (name, polls) = task.split_once('=').unwrap();
                assert_eq!(lives[name].polls, polls.parse::<u64>().unwrap() + 1);
            }
        }
    }
}

/// Another worker takes a task from the one that the clerk keeps, before it does not any more.
#[test]
fn the_clerk_is_stolen_from() {
    for number in ["2", "3", "16"] {
        for tasks in [&[][..], &["a=0"], &["a=1000"]] {
            let events = events(&[&["--json", "--workers", number], tasks].concat());
            let steal = events.iter().position(|event| event["event"] == "stolen").expect("a steal");
            let clerk = find(&events, "polled", "clerk").expect("it is polled");
            assert!(steal < clerk, "{} {}", events[steal], events[clerk]);
            assert_eq!(events[steal]["from"], events[clerk]["worker"]);
        }
    }
    let alone = events(&["--json", "--workers", "1"]);
    assert!(alone.iter().all(|event| event["event"] != "stolen"), "there is nobody");
}

#[test]
fn tasks_are_spawned_by_the_clerk() {
    let events = events(&["--json", "--runtime", "multi", "a=1", "b=0"]);
    let spawned = events.iter().filter(|event| event["event"] == "spawned");
    let spawned: Vec<_> = spawned.map(|event| (word(event, "task"), event["by"].as_str())).collect();
    let by = Some("clerk");
    assert_eq!(spawned, [("clerk", None), ("a", by), ("b", by), ("postman", by)]);
    let first = find(&events, "queued", "clerk").unwrap();
    assert_eq!(events[first]["queue"], "inbox", "from outside");
    assert_eq!(events[find(&events, "queued", "a").unwrap()]["queue"], "local", "from a worker");
}

#[test]
fn a_learner_sees_spawns_polls_and_a_steal() {
    let text = printed(&["--runtime", "multi"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "Tasks on airmail's runtime with 2 workers, and the queues after each step:");
    assert_eq!(lines[1], "clerk spawns the others, in a poll that lasts until another worker steals one");
    assert_eq!(lines[3].trim_end(), "         spawn clerk               inbox: clerk");
    assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
    let at = |who: &str, what: &str| {
        let found = lines.iter().position(|line| line.starts_with(who) && line.contains(what));
        found.unwrap_or_else(|| panic!("{who} {what}\n{text}"))
    };
    let (clerk, thief) = if lines[at("worker", "poll  clerk")].starts_with("worker 0") {
        ("worker 0", "worker 1")
    } else {
        ("worker 1", "worker 0")
    };
    assert!(at(clerk, "spawn letter  by clerk") < at(thief, "steal"));
    assert!(at(thief, "steal") < at(clerk, "poll  clerk   Ready"));
    for (who, what) in
        [("worker", "Pending"), ("worker", "wake"), ("results  clerk -> Ok(4)  letter -> Ok(2)", "")]
    {
        at(who, what);
    }
    assert!(text.contains("\nnext: airmail lifecycle --workers 3 a=5"), "{text}");
    let alone = printed(&["--workers", "1"]);
    assert!(alone.contains("with 1 worker,") && alone.contains("nobody who could steal"), "{alone}");
}

#[test]
fn what_comes_next_works() {
    let text = printed(&["--workers", "2"]);
    let commands = text.lines().filter_map(|line| line.split("airmail lifecycle ").nth(1));
    let commands: Vec<_> = commands.filter_map(|command| command.split("  ").next()).collect();
    assert_eq!(commands, ["--workers 3 a=5", "--runtime local", "--runtime lesson"]);
    for command in commands {
        printed(&command.split(' ').collect::<Vec<_>>());
    }
}

#[test]
fn cargo_users_are_told_cargo_commands_that_fit() {
    let text = super::text(output(airmail(&["--workers", "2"]).env("CARGO_MANIFEST_DIR", "/")));
    assert!(text.contains("next: cargo run "), "{text}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
}

#[test]
fn a_step_is_a_line() {
    let arguments = ["--workers", "2"];
    assert_eq!(stepped(&arguments, b"q\n").lines().count(), 4);
    assert_eq!(stepped(&arguments, b"\n\nq\n").lines().count(), 6);
    assert!(stepped(&arguments, b"").contains("\nnext: "), "it goes on at the end of the input");
    assert_eq!(stepped(&["--workers", "2", "--json"], b"\nq\n").lines().count(), 2);
}

#[test]
fn bad_arguments_give_one_line_and_exit_code_2() {
    let of_workers = |value| {
        format!(
            "invalid value '{value}' for '--workers <N>': a runtime has from 1 to 1024 workers, such as 2; see \
             airmail --help"
        )
    };
    let of_runtime = |runtime| {
        format!(
            "--workers is for the runtime with several workers; take --runtime multi instead of --runtime {runtime}"
        )
    };
    for (arguments, error) in [
        (&["--workers", "0"][..], of_workers("0")),
        (&["--workers", "1025"], of_workers("1025")),
        (&["--workers", "2000"], of_workers("2000")),
        (&["--workers", "abc"], of_workers("abc")),
        (&["--workers", "-1"], of_workers("-1")),
        (&["--workers", "+1"], of_workers("+1")),
        (&["--workers="], of_workers("")),
        (&["--workers", "99999999999999999999"], of_workers("99999999999999999999")),
        (&["--runtime", "local", "--workers", "2"], of_runtime("local")),
        (&["lifecycle", "--workers", "2", "--runtime", "lesson"], of_runtime("lesson")),
        (&["--runtime", "sim", "--workers", "2"], of_runtime("sim")),
        (
            &["--seed", "3", "--workers", "2"],
            "--workers is for the runtime with several workers, --seed for the simulated runtime; remove one of them"
                .to_owned(),
        ),
        (
            &["--runtime", "multi", "--seed", "3"],
            "--seed is for the simulated runtime; take --runtime sim instead of --runtime multi".to_owned(),
        ),
        (
            &["--runtime", "multi", "clerk=2"],
            "\"clerk=2\": \"clerk\" is the task that spawns the others on several workers; take another name, such \
             as letter=3"
                .to_owned(),
        ),
    ] {
        let output = output(&mut airmail(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("airmail: {error}\n"));
        assert_eq!(output.stdout, b"");
    }
    // Where there is no clerk, any task may be called so.
    assert!(printed(&["clerk=1"]).contains("clerk -> Ok(2)"));
}
