//! `--only`: who is asked what.

use crate::peer::{self, Contestant, Kind, Who};
use crate::question::{self, About};

/// What is left of the contestants and of the questions.
pub(crate) struct Only<C> {
    pub(crate) contestants: Vec<C>,
    /// Each with its place in the list of all questions.
    pub(crate) questions: Vec<(usize, About)>,
}

impl Only<Contestant> {
    /// On one thread.
    pub(crate) fn these(words: &[String], with_floor: bool) -> Result<Only<Contestant>, String> {
        Only::of(peer::all(), question::about(), words, with_floor)
    }
}

impl<C: Who> Only<C> {
    /// What the words leave. A word is a part of the name of questions, or of contestants, or of both.
    pub(crate) fn of(
        contestants: Vec<C>,
        questions: Vec<About>,
        words: &[String],
        with_floor: bool,
    ) -> Result<Only<C>, String> {
        let mut only = Only { contestants, questions: questions.into_iter().enumerate().collect() };
        let words = lower(words);
        if let Some(word) = words.iter().find(|word| !only.knows(word)) {
            let questions: Vec<_> = only.questions.iter().map(|(_, about)| about.name).collect();
            return Err(format!(
                "no question and no contestant is called {word:?}\n  questions: {}\n  contestants: {}",
                questions.join("; "),
                names(&only.contestants)
            ));
        }
        if only.questions.iter().any(|(_, about)| named(about.name, &words)) {
            only.questions.retain(|(_, about)| named(about.name, &words));
        }
        only.contestants = picked(only.contestants, &words, with_floor);
        Ok(only)
    }

    fn knows(&self, word: &str) -> bool {
        let word = [word.to_owned()];
        self.questions.iter().any(|(_, about)| named(about.name, &word))
            || self.contestants.iter().any(|contestant| named(contestant.name(), &word))
    }
}

/// The contestants that the words name, or all. For a command that asks no questions.
pub(crate) fn contestants_only(words: &[String], with_floor: bool) -> Result<Vec<Contestant>, String> {
    let words = lower(words);
    let all = peer::all();
    let unknown = |word: &&String| {
        let word = [(*word).clone()];
        !all.iter().any(|contestant| named(contestant.name, &word))
    };
    match words.iter().find(unknown) {
        Some(word) => Err(format!("no contestant is called {word:?}\n  contestants: {}", names(&all))),
        None => Ok(picked(all, &words, with_floor)),
    }
}

/// Airmail and the floor stay, since everything is compared with them: airmail unless a word picks some of
/// airmail's, the floor unless it is not wanted.
fn picked<C: Who>(mut all: Vec<C>, words: &[String], with_floor: bool) -> Vec<C> {
    let is_named = |contestant: &C| named(contestant.name(), words);
    let some = all.iter().any(is_named);
    let some_airmail =
        all.iter().any(|contestant| contestant.kind() == Kind::Airmail && is_named(contestant));
    all.retain(|contestant| match contestant.kind() {
        Kind::Floor => with_floor,
        Kind::Airmail => !some_airmail || is_named(contestant),
        Kind::Peer => !some || is_named(contestant),
    });
    all
}

fn names(contestants: &[impl Who]) -> String {
    contestants.iter().map(Who::name).collect::<Vec<_>>().join("; ")
}

fn named(name: &str, words: &[String]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word.as_str()))
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Only, contestants_only};

    fn these(words: &[&str]) -> Result<(Vec<&'static str>, Vec<&'static str>), String> {
        let words: Vec<_> = words.iter().map(ToString::to_string).collect();
        let only = Only::these(&words, true)?;
        let questions = only.questions.iter().map(|(_, about)| about.name).collect();
        Ok((questions, only.contestants.iter().map(|contestant| contestant.name).collect()))
    }

    const AIRMAIL: [&str; 3] = ["airmail local", "airmail LocalSet", "airmail current-thread"];

    #[test]
    fn no_words_leave_everything() {
        let (questions, contestants) = these(&[]).unwrap();
        assert_eq!((questions.len(), contestants.len()), (8, 14));
    }

    #[test]
    fn a_question_leaves_the_contestants() {
        let (questions, contestants) = these(&["Ping", " mpsc"]).unwrap();
        assert_eq!((questions, contestants.len()), (vec!["ping-pong", "mpsc"], 14));
    }

    #[test]
    fn airmail_and_the_floor_stay_beside_a_peer() {
        let (questions, contestants) = these(&["COMPIO"]).unwrap();
        assert_eq!((questions.len(), contestants.len()), (8, 5));
        assert_eq!(contestants[..3], AIRMAIL);
        assert_eq!(contestants[3..], ["compio", "floor"]);
    }

    #[test]
    fn a_word_for_some_of_airmail_drops_the_others() {
        let (_, contestants) = these(&["airmail local", "yield", "multi"]).unwrap();
        let expected = ["airmail local", "airmail LocalSet", "tokio multi-thread, 1 worker", "floor"];
        assert_eq!(contestants, expected);
        assert_eq!(these(&["airmail"]).unwrap().1, [&AIRMAIL[..], &["floor"]].concat());
    }

    #[test]
    fn a_name_with_a_comma_can_be_given() {
        let (_, contestants) = these(&["tokio multi-thread", " 1 worker"]).unwrap();
        assert_eq!(contestants[3..], ["tokio multi-thread, 1 worker", "floor"]);
    }

    #[test]
    fn the_floor_goes_when_asked() {
        let contestants = contestants_only(&["compio".to_owned()], false).unwrap();
        assert!(contestants.iter().all(|contestant| contestant.name != "floor"));
    }

    #[test]
    fn an_unknown_word_names_what_there_is() {
        let error = these(&["compio", "spwan"]).unwrap_err();
        assert!(error.contains("\"spwan\""), "{error}");
        assert!(error.contains("spawn+join; batch"), "{error}");
        assert!(error.contains("compio; nio"), "{error}");
        let error = contestants_only(&["batch".to_owned()], true).err().unwrap();
        assert!(error.contains("\"batch\"") && error.contains("compio; nio"), "{error}");
    }
}
