//! The arguments `name=polls`.

use std::fmt;

/// The task that wakes the others.
pub(super) const POSTMAN: &str = "postman";
/// The one that spawns the others, where there are several workers.
pub(super) const CLERK: &str = "clerk";
const MOST_TASKS: usize = 16;
const MOST_POLLS: u32 = 1000;
const LONGEST_NAME: usize = 24;
/// What runs without arguments: all that can happen, in so few steps that a small terminal shows them all.
const DEFAULT: [(&str, u32); 3] = [("letter", 1), ("parcel", 2), ("card", 0)];

/// A countdown that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) name: String,
    /// How often it answers Pending.
    pub(super) polls: u32,
}

/// An argument that is no task.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadTask {
    argument: String,
    reason: String,
}

impl fmt::Display for BadTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Quoted with escapes: the message is one line, whatever the argument holds.
        write!(f, "{:?}: {}", self.argument, self.reason)
    }
}

pub(super) fn parse(arguments: &[String]) -> Result<Vec<Task>, BadTask> {
    if arguments.is_empty() {
        return Ok(DEFAULT.map(|(name, polls)| Task { name: name.to_owned(), polls }).into());
    }
    let mut tasks: Vec<Task> = Vec::new();
    for argument in arguments {
        let bad = |reason| BadTask { argument: argument.clone(), reason };
        let task = parse_one(argument).map_err(bad)?;
        if tasks.iter().any(|other| other.name == task.name) {
            return Err(bad(format!(
                "there is a task {:?} already; each needs a name of its own, such as {}",
                task.name,
                example(&format!("{}2", task.name))
            )));
        }
        if tasks.len() == MOST_TASKS {
            return Err(bad(format!("one task too many; at most {MOST_TASKS}, such as a=2 b=5")));
        }
        tasks.push(task);
    }
    Ok(tasks)
}

/// Whether these can run beside a clerk.
pub(super) fn beside_a_clerk(tasks: &[Task]) -> Result<(), BadTask> {
    let Some(task) = tasks.iter().find(|task| task.name == CLERK) else { return Ok(()) };
    let reason = format!(
        "{CLERK:?} is the task that spawns the others on several workers; take another name, such as letter=3"
    );
    Err(BadTask { argument: format!("{}={}", task.name, task.polls), reason })
}

/// The names of all tasks in the order of their spawns, but for the clerk.
pub(super) fn names(tasks: &[Task]) -> impl Iterator<Item = &str> {
    tasks.iter().map(|task| task.name.as_str()).chain([POSTMAN])
}

/// What to type at the end of a command to have these; nothing for the default.
pub(super) fn arguments(tasks: &[Task]) -> String {
    if parse(&[]).is_ok_and(|default| default == tasks) {
        return String::new();
    }
    let argument = |task: &Task| {
        let plain = task.name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        let name = if plain { task.name.clone() } else { format!("'{}'", task.name.replace('\'', "'\\''")) };
        format!("{name}={}", task.polls)
    };
    let options_end = tasks.iter().any(|task| task.name.starts_with('-')).then(|| "--".to_owned());
    options_end.into_iter().chain(tasks.iter().map(argument)).collect::<Vec<_>>().join(" ")
}

fn parse_one(argument: &str) -> Result<Task, String> {
    let Some((name, polls)) = argument.split_once('=') else {
        return Err(format!("expected name=polls, such as {}", example(argument)));
    };
    let visible =
        |c: char| !c.is_whitespace() && (matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1);
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || !name.chars().all(visible) {
        return Err(format!("the name must be 1 to {LONGEST_NAME} visible characters, such as letter=3"));
    }
    if name == POSTMAN {
        return Err(format!(
            "{POSTMAN:?} is the task that wakes the others; take another name, such as letter=3"
        ));
    }
    // `u32::from_str` would take a plus sign as well.
    let digits = !polls.is_empty() && polls.bytes().all(|byte| byte.is_ascii_digit());
    match polls.parse() {
        Ok(polls @ 0..=MOST_POLLS) if digits => Ok(Task { name: name.to_owned(), polls }),
        _ => Err(format!("polls must be a number from 0 to {MOST_POLLS}, such as {}", example(name))),
    }
}

/// An argument like the one that was given, if its name can be printed as it is.
fn example(name: &str) -> String {
    let plain =
        !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(|b| b.is_ascii_alphanumeric());
    format!("{}=3", if plain && name != POSTMAN { name } else { "letter" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(argument: &str) -> Result<Task, String> {
        parse(&[argument.to_owned()]).map(|mut tasks| tasks.remove(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn good_tasks() {
        for (argument, name, polls) in [
            ("a=0", "a", 0),
            ("letter=1000", "letter", 1000),
            ("a=007", "a", 7),
            ("brief-an-oma=3", "brief-an-oma", 3),
            ("it's=1", "it's", 1),
            ("päckchen=2", "päckchen", 2),
            ("小包=2", "小包", 2),
            ("abcdefghijklmnopqrstuvwx=1", "abcdefghijklmnopqrstuvwx", 1),
        ] {
            assert_eq!(one(argument), Ok(Task { name: name.to_owned(), polls }), "{argument}");
        }
    }

    #[test]
    fn the_most_tasks() {
        let many = |count| (0..count).map(|n| format!("t{n}=1")).collect::<Vec<_>>();
        assert_eq!(parse(&many(16)).unwrap().len(), 16);
        let error = parse(&many(17)).unwrap_err().to_string();
        assert_eq!(error, "\"t16=1\": one task too many; at most 16, such as a=2 b=5");
    }

    #[test]
    fn bad_tasks() {
        let name = "the name must be 1 to 24 visible characters, such as letter=3";
        for (argument, reason) in [
            ("letter", "expected name=polls, such as letter=3"),
            ("", "expected name=polls, such as letter=3"),
            ("pärcel", "expected name=polls, such as letter=3"),
            ("=3", name),
            (" =3", name),
            ("a b=3", name),
            ("a\u{1b}[31m=3", name),
            ("a\n=3", name),
            ("a\u{200b}b=3", name),
            ("a\u{202e}b=3", name),
            ("abcdefghijklmnopqrstuvwxy=1", name),
            ("a=", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=1001", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=-1", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=+1", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=1.5", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=b=3", "polls must be a number from 0 to 1000, such as a=3"),
            ("a=99999999999999999999", "polls must be a number from 0 to 1000, such as a=3"),
            (
                "postman=3",
                "\"postman\" is the task that wakes the others; take another name, such as letter=3",
            ),
        ] {
            let error = one(argument).unwrap_err();
            assert_eq!(error, format!("{argument:?}: {reason}"));
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn tasks_for_the_shell() {
        let task = |name: &str, polls| Task { name: name.to_owned(), polls };
        assert_eq!(arguments(&parse(&[]).unwrap()), "");
        assert_eq!(arguments(&[task("a", 7), task("päckchen-2", 0)]), "a=7 päckchen-2=0");
        assert_eq!(arguments(&[task("it's", 1), task("$x", 2)]), r"'it'\''s'=1 '$x'=2");
        assert_eq!(arguments(&[task("a", 7), task("-b", 1)]), "-- a=7 -b=1");
    }

    #[test]
    fn names_are_distinct() {
        let error = parse(&["a=1".to_owned(), "a=2".to_owned()]).unwrap_err().to_string();
        assert_eq!(
            error,
            "\"a=2\": there is a task \"a\" already; each needs a name of its own, such as a2=3"
        );
    }
}
