//! `--runtime sim`, and the options that imply it.

use super::{airmail, events, output, printed, replayed, shown, stepped, word};
use serde_json::Value;
use std::collections::BTreeSet;

/// But for the trace, which differs from build to build.
const SEED_51: &str = "\
Tasks on airmail's simulated runtime, and where they are after each step:
seed 51 chooses who is next; \"poll 3\" polls the third of the queue
task           answer   queue, oldest first         waiting                 done
spawn  letter           letter
spawn  parcel           letter parcel
spawn  card             letter parcel card
spawn  postman          letter parcel card postman
poll 2 parcel  Pending  letter card postman         parcel
poll 3 postman Pending  letter card parcel postman
       woken by postman: parcel, itself
poll   letter  Pending  card parcel postman         letter
poll 2 parcel  Pending  card postman                letter parcel
poll   card    Ready    postman                     letter parcel           card
poll   postman Pending  letter parcel postman                               card
       woken by postman: letter, parcel, itself
poll 2 parcel  Ready    letter postman                               card parcel
poll   letter  Ready    postman                               card parcel letter
poll   postman Ready                                  card parcel letter postman
results  letter -> Ok(2)  parcel -> Ok(3)  card -> Ok(1)  postman -> Ok(3)
trace    ----------------  9 polls, the same each time with seed 51

next: airmail lifecycle --seed 51         the same again
      airmail lifecycle --seed 52         another order
      airmail lifecycle --runtime local   first in, first out
      airmail lifecycle --help            other strategies
";

/// The number of 16 digits in the line of the trace.
fn trace(text: &str) -> &str {
    let line = text.lines().find(|line| line.starts_with("trace ")).expect(text);
    let trace = line.split_whitespace().nth(1).unwrap();
    assert!(trace.len() == 16 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    trace
}

#[test]
fn a_seed_chooses_the_order() {
    let text = printed(&["--seed", "51"]);
    assert_eq!(text.replace(trace(&text), "----------------"), SEED_51);
    assert!(text.lines().all(|line| line.len() <= 80));
}

/// Each run is a process of its own.
#[test]
fn a_seed_gives_the_same_bytes_each_time() {
    let tasks = ["a=5", "b=0", "c=2"];
    for options in [
        &["--seed", "0"][..],
        &["--seed", "51"],
        &["--seed", "18446744073709551615", "--json"],
        &["--seed", "3", "--strategy", "pct"],
        &["--seed", "3", "--strategy", "mixed", "--json"],
        &["--strategy", "round-robin"],
    ] {
        let arguments = [options, &tasks].concat();
        assert_eq!(printed(&arguments), printed(&arguments));
    }
}

/// Which tasks were polled, in order.
fn order(arguments: &[&str]) -> Vec<String> {
    let events = events(&[&["--json"], arguments].concat());
    let polled = events.iter().filter(|event| word(event, "event") == "polled");
    polled.map(|event| word(event, "task").to_owned()).collect()
}

#[test]
fn another_seed_gives_another_order() {
    let seeds: Vec<String> = (0..10).map(|seed| seed.to_string()).collect();
    for strategy in ["random", "pct", "mixed"] {
        let orders: BTreeSet<_> =
            seeds.iter().map(|seed| order(&["--strategy", strategy, "--seed", seed])).collect();
        assert!(orders.len() > 5, "{strategy}: {orders:?}");
    }
    let texts = seeds.iter().map(|seed| printed(&["--seed", seed]));
    let traces: BTreeSet<_> = texts.map(|text| trace(&text).to_owned()).collect();
    assert_eq!(traces.len(), seeds.len());
}

#[test]
fn strategies_choose_in_their_own_ways() {
    let local = order(&[]);
    assert_eq!(order(&["--strategy", "fifo"]), local);
    assert_eq!(order(&["--strategy", "fifo", "--seed", "9"]), local);
    assert_eq!(order(&["--strategy", "mixed", "--seed", "0"]), local);
    // By id, and a task that wakes only after its turn has to wait for the next round.
    assert_eq!(order(&["--strategy", "round-robin", "a=1", "b=0"]), ["a", "b", "postman", "a", "postman"]);
    let seed = ["--seed", "3"];
    assert_eq!(
        order(&[&seed[..], &["--depth", "3"]].concat()),
        order(&[&seed[..], &["--strategy", "pct"]].concat()),
    );
}

/// The place that was picked is where the queue had the task, which leaves from there.
#[test]
fn a_picked_task_leaves_from_its_place() {
    for seed in ["7", "41", "51"] {
        let events = events(&["--json", "--seed", seed]);
        let mut queue: Vec<&str> = Vec::new();
        let mut from_the_middle = 0;
        for event in &events {
            match word(event, "event") {
                "queued" => queue.push(word(event, "task")),
                "picked" => {
                    assert_eq!(event["of"], queue.len());
                    let place = event["place"].as_u64().unwrap() as usize;
                    from_the_middle += u32::from(place > 1 && place < queue.len());
                    assert_eq!(queue.remove(place - 1), word(event, "task"));
                }
                _ => {}
            }
        }
        assert!(from_the_middle > 0);
        assert_eq!(replayed(&events), shown(&printed(&["--seed", seed]), 24, 52));
    }
}

#[test]
fn the_end_says_how_to_repeat_it() {
    for arguments in [
        &["--runtime", "sim"][..],
        &["--depth", "5", "a=3", "b=0", "päckchen=1"],
        &["--strategy", "mixed", "--seed", "9"],
        &["--strategy", "fifo", "--", "-a=2", "b=3"],
    ] {
        let text = printed(arguments);
        let again = text.lines().find_map(|line| line.strip_prefix("next: airmail ")).unwrap();
        let again = again.strip_suffix("the same again").unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(printed(&again), text);
    }
    let events = events(&["--json", "--seed", "9", "--depth", "5"]);
    let Some(Value::Object(end)) = events.last() else { panic!("{events:?}") };
    let keys: Vec<_> = end.keys().map(String::as_str).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 6, "{keys:?}");
    assert_eq!((&end["seed"], &end["strategy"], &end["depth"]), (&9.into(), &"pct".into(), &5.into()));
    assert_eq!(end["trace"], trace(&printed(&["--seed", "9", "--depth", "5"])));
    let polls = events.iter().filter(|event| event["event"] == "polled").count();
    assert_eq!(end["polls"], polls);
}

#[test]
fn ids_are_sequence_numbers() {
    let events = events(&["--json", "--seed", "51"]);
    let spawned = events.iter().filter(|event| event["event"] == "spawned");
    assert_eq!(spawned.map(|event| word(event, "id")).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
}

#[test]
fn a_step_is_the_spawns_or_a_poll() {
    let first = |lines| SEED_51.split_inclusive('\n').take(lines).collect::<String>();
    assert_eq!(stepped(&["--seed", "51"], b"q\n"), first(7));
    assert_eq!(stepped(&["--seed", "51"], b"\n\nq\n"), first(10), "with the wakes of its poll");
    let all = stepped(&["--seed", "51"], b"");
    assert_eq!(all.replace(trace(&all), "----------------"), SEED_51);
    // Also the last polls, where there is nothing to choose from.
    assert_eq!(stepped(&["--seed", "51"], b"\n\n\n\n\n\n\n\nq\n"), first(17));
}

#[test]
fn bad_arguments_give_one_line_and_exit_code_2() {
    let seed = "a seed is a number from 0 to 18446744073709551615, such as 41; see airmail --help";
    let depth = "a depth is a number from 1 to 1000, such as 3; see airmail --help";
    let of_seed = |value| format!("invalid value '{value}' for '--seed <N>': {seed}");
    let of_depth = |value| format!("invalid value '{value}' for '--depth <N>': {depth}");
    let of_runtime = |option, runtime| {
        format!("{option} is for the simulated runtime; take --runtime sim instead of --runtime {runtime}")
    };
    for (arguments, error) in [
        (&["--seed", "x"][..], of_seed("x")),
        (&["--seed", "-1"], of_seed("-1")),
        (&["--seed", "+1"], of_seed("+1")),
        (&["--seed", "1.5"], of_seed("1.5")),
        (&["--seed="], of_seed("")),
        (&["--seed", "18446744073709551616"], of_seed("18446744073709551616")),
        (&["--depth", "0"], of_depth("0")),
        (&["--depth", "-3"], of_depth("-3")),
        (&["--depth", "1001"], of_depth("1001")),
        (
            &["--strategy", "lifo"],
            "invalid value 'lifo' for '--strategy <STRATEGY>' [possible values: random, pct, mixed, \
             round-robin, fifo]; a similar value exists: 'fifo'; see airmail --help"
                .to_owned(),
        ),
        (&["--runtime", "local", "--seed", "3"], of_runtime("--seed", "local")),
        (&["lifecycle", "--strategy", "pct", "--runtime", "lesson"], of_runtime("--strategy", "lesson")),
        (&["--runtime", "local", "--depth", "3"], of_runtime("--depth", "local")),
        (
            &["--depth", "3", "--strategy", "random"],
            "--depth is for --strategy pct, not for --strategy random".to_owned(),
        ),
    ] {
        let output = output(&mut airmail(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("airmail: {error}\n"));
        assert_eq!(output.stdout, b"");
    }
}
