//! All servers are up, each in a process of its own, and are asked in turns.

use super::child::Server;
use super::client::Client;
use super::connection::Talk;
use super::load::{ABOUT_IDLE, IDLE, LOADS, Load};
use super::servers::Contestant;
use crate::only::Only;
use crate::race::{self, Better, Row};
use crate::section::{Measure, Section};
use crate::stats::Spread;
use std::time::Duration;

/// Which figures a load has, in the order of [`turn`]'s.
const FIGURES: [(Measure, Better); 6] = [
    (Measure::Rate, Better::More),
    (Measure::P50, Better::Less),
    (Measure::P99, Better::Less),
    (Measure::P999, Better::Less),
    (Measure::Longest, Better::Less),
    (Measure::ServerTime, Better::Less),
];

/// Those that say something: with a pace, everybody is asked as often.
fn says_something(load: &Load, measure: Measure) -> bool {
    match measure {
        Measure::Rate | Measure::P999 | Measure::ServerTime => load.pace.is_none(),
        Measure::Longest => load.pace.is_some(),
        _ => true,
    }
}

pub(super) struct Race<'a> {
    pub(super) only: &'a Only<Contestant>,
    /// After one that is not counted.
    pub(super) rounds: u32,
    /// How long one turn takes.
    pub(super) time: Duration,
    /// With a pace.
    pub(super) mixed: Duration,
    /// For idle connections, where each has a new process.
    pub(super) idle_rounds: u32,
}

impl Race<'_> {
    /// `progress` hears of each round before it begins: question, round, rounds.
    pub(super) fn run(&self, progress: &mut dyn FnMut(&str, u32, u32)) -> Result<Vec<Section>, String> {
        let mut rows = Vec::new();
        let mut servers = Vec::new();
        if self.only.questions.iter().any(|(place, _)| *place < LOADS.len()) {
            for contestant in &self.only.contestants {
                servers.push(Server::start(contestant.name)?);
            }
        }
        for (place, _) in &self.only.questions {
            match LOADS.get(*place) {
                Some(load) => rows.extend(self.load(load, &mut servers, progress)?),
                None => rows.push(self.idle(progress)?),
            }
        }
        Ok(Section::sorted(rows))
    }

    fn load(
        &self,
        load: &Load,
        servers: &mut [Server],
        progress: &mut dyn FnMut(&str, u32, u32),
    ) -> Result<Vec<(Measure, Row)>, String> {
        let named = |place: usize, error: String| {
            format!("{} is asked {:?}: {error}", self.only.contestants[place].name, load.name)
        };
        let connect = |(place, server): (usize, &Server)| {
            let address = if load.talk == Talk::Echo { server.echo() } else { server.http() };
            Client::new(address, load.talk, load.connections).map_err(|error| named(place, error))
        };
        let mut clients = servers.iter().enumerate().map(connect).collect::<Result<Vec<_>, _>>()?;
        let time = if load.pace.is_some() { self.mixed } else { self.time };
        let spreads = in_turns(self.only.contestants.len(), self.rounds, |place, is_first, round| {
            if is_first {
                progress(load.name, round, self.rounds);
            }
            turn(load, &mut servers[place], &mut clients[place], time).map_err(|error| named(place, error))
        })?;
        let rows = FIGURES.iter().enumerate().filter(|(_, (measure, _))| says_something(load, *measure));
        let row = |(figure, (measure, better)): (usize, &(Measure, Better))| {
            let spreads = spreads.iter().map(|spreads| spreads.map(|spreads| spreads[figure]));
            (*measure, self.row(load.name, load.what, spreads, *better))
        };
        Ok(rows.map(row).collect())
    }

    fn idle(&self, progress: &mut dyn FnMut(&str, u32, u32)) -> Result<(Measure, Row), String> {
        let (about, rounds) = (ABOUT_IDLE, self.idle_rounds);
        let spreads = in_turns(self.only.contestants.len(), rounds, |place, is_first, round| {
            if is_first {
                progress(about.name, round, rounds);
            }
            // Nobody is warm, so nothing is lost with the round that does not count.
            if round == 0 {
                return Ok([0.0]);
            }
            let name = self.only.contestants[place].name;
            idle(name)
                .map(|bytes| [bytes])
                .map_err(|error| format!("{name} with {IDLE} connections: {error}"))
        })?;
        let spreads = spreads.into_iter().map(|spreads| spreads.map(|[spread]| spread));
        Ok((Measure::Bytes, self.row(about.name, about.what, spreads, Better::Less)))
    }

    fn row(
        &self,
        name: &str,
        what: &str,
        spreads: impl Iterator<Item = Option<Spread>>,
        better: Better,
    ) -> Row {
        let times = race::times(&self.only.contestants, spreads);
        Row { question: name.to_owned(), what: what.to_owned(), times, better }
    }
}

/// As [`race::in_turns`], for those who may fail: after a failure nobody has a turn any more.
fn in_turns<const FIGURES: usize>(
    contestants: usize,
    rounds: u32,
    mut ask: impl FnMut(usize, bool, u32) -> Result<[f64; FIGURES], String>,
) -> Result<Vec<Option<[Spread; FIGURES]>>, String> {
    let mut failed = None;
    let spreads = race::in_turns(contestants, rounds, |turn, round| {
        if failed.is_some() {
            return None;
        }
        ask(turn.place, turn.is_first, round).map_err(|error| failed = Some(error)).ok()
    });
    failed.map_or(Ok(spreads), Err)
}

/// The [`FIGURES`] of one server for a while.
fn turn(load: &Load, server: &mut Server, client: &mut Client, time: Duration) -> Result<[f64; 6], String> {
    let before = server.usage()?;
    if load.pace.is_some() {
        server.burn()?;
    }
    let answers = client.run(time, load.pace)?;
    let after = server.usage()?;
    let times = &answers.times;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let cpu = after.cpu.saturating_sub(before.cpu) as f64 / 1e3 / times.number() as f64;
    let [p50, p99, p999, longest] = [500, 990, 999, 1_000].map(|of_1000| times.micros(of_1000));
    Ok([answers.per_second, p50, p99, p999, longest, cpu])
}

/// What a new server has resident for each connection that waits, in bytes.
fn idle(name: &'static str) -> Result<f64, String> {
    let mut server = Server::start(name)?;
    // What comes with the first connection does not come with each.
    drop(Client::new(server.echo(), Talk::Echo, 1)?);
    let before = server.usage()?.resident;
    let full = |error| format!("{error} (is `ulimit -n` above {IDLE}, for this process and for the server?)");
    // Each is answered once, so each has a task that waits now.
    let client = Client::new(server.echo(), Talk::Echo, IDLE).map_err(full)?;
    let after = server.usage()?.resident;
    drop(client);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok(after.saturating_sub(before) as f64 / IDLE as f64)
}

#[cfg(test)]
mod tests {
    use super::in_turns;
    use crate::stats::Spread;

    #[test]
    fn after_a_failure_nobody_is_asked() {
        let mut asked = Vec::new();
        let error = in_turns(2, 3, |place, _, round| {
            asked.push((place, round));
            if (place, round) == (0, 1) { Err("it is broken".to_owned()) } else { Ok([1.0]) }
        });
        assert_eq!(error.unwrap_err(), "it is broken");
        assert_eq!(asked, [(0, 0), (1, 0), (1, 1), (0, 1)]);
    }

    #[test]
    fn the_first_round_does_not_count() {
        let spreads = in_turns(1, 2, |_, _, round| Ok([f64::from(round)])).unwrap();
        let [spread] = spreads[0].expect("it has figures");
        assert_eq!(spread, Spread::of(&[1.0, 2.0]));
    }
}
