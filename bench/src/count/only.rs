//! What `--only` chooses.

use super::scenarios::Scenario;

/// The runtimes and scenarios that are counted.
#[derive(Debug)]
pub(super) struct Wanted {
    contestants: Vec<String>,
    scenarios: Vec<&'static str>,
}

impl Wanted {
    /// A name chooses that one; another word all whose names contain it. Whoever names no runtime wants all, and the
    /// same with scenarios.
    pub(super) fn new(words: &[String], contestants: &[&str]) -> Result<Wanted, String> {
        let scenarios = Scenario::ALL.map(Scenario::name);
        for word in words {
            if !contestants.iter().chain(&scenarios).any(|name| name.contains(&**word)) {
                let known = [contestants, &scenarios].concat().join("; ");
                return Err(format!("nothing is called {word:?}; there are: {known}"));
            }
        }
        Ok(Wanted {
            contestants: chosen(words, contestants, &scenarios).into_iter().map(Into::into).collect(),
            scenarios: chosen(words, &scenarios, contestants),
        })
    }

    pub(super) fn has(&self, contestant: &str, scenario: Scenario) -> bool {
        self.contestants.iter().any(|name| name == contestant) && self.scenarios.contains(&scenario.name())
    }
}

/// Of `names`, those that `words` mean, if any means one. `others` may be meant too.
fn chosen<'a>(words: &[String], names: &[&'a str], others: &[&str]) -> Vec<&'a str> {
    let means = |word: &str, name: &str| {
        let is_a_name = names.contains(&word) || others.contains(&word);
        if is_a_name { word == name } else { name.contains(word) }
    };
    let named: Vec<_> =
        names.iter().copied().filter(|name| words.iter().any(|word| means(word, name))).collect();
    if named.is_empty() { names.to_vec() } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNTIMES: [&str; 3] = ["airmail local", "airmail current-thread", "tokio LocalSet"];

    /// How many runtimes and scenarios.
    fn chosen(words: &[&str]) -> Result<(usize, usize), String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        Wanted::new(&words, &RUNTIMES).map(|wanted| (wanted.contestants.len(), wanted.scenarios.len()))
    }

    #[test]
    fn words_choose() {
        assert_eq!(chosen(&[]), Ok((3, 9)));
        assert_eq!(chosen(&["airmail"]), Ok((2, 9)));
        assert_eq!(chosen(&["yield"]), Ok((3, 1)));
        assert_eq!(chosen(&["airmail local", "yield", "wake"]), Ok((1, 4)));
        assert_eq!(chosen(&["spawn"]), Ok((3, 1)), "a name means itself");
        assert_eq!(chosen(&["join"]), Ok((3, 3)));
        assert!(chosen(&["smol"]).unwrap_err().contains("airmail local; "));
    }
}
