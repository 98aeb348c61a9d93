//! The measurements as a picture: SVG, written by hand.
//!
//! One panel a question, one bar a contestant, the fastest on top. All panels share one scale: the time of the best
//! peer is 1.

use crate::machine::Machine;
use crate::peer::Kind;
use crate::race::{Row, Time};
use crate::report::number;
use std::fmt::Write;

const WIDTH: f64 = 1_080.0;
const MARGIN: f64 = 24.0;
/// Above the first panels: title, what is shown, legend.
const TOP: f64 = 112.0;
const PANEL: f64 = 504.0;
const GAP: f64 = 24.0;
/// Above the bars of a panel: the question, what one operation is.
const HEAD: f64 = 42.0;
const BAR: f64 = 16.0;
const NAMES: f64 = 186.0;
const BARS: f64 = 200.0;
/// Where the figures of a panel end: nanoseconds, and the ratio at its right edge.
const NANOSECONDS: f64 = 452.0;
/// Bars are cut off here, in times of the best peer.
const MOST: f64 = 5.0;

const PAPER: &str = "#ffffff";
const INK: &str = "#1f2328";
const QUIET: &str = "#59636e";
const AIRMAIL: &str = "#1f5fd0";
const PEER: &str = "#c3cad2";
const BEST: &str = "#7d8793";
const FLOOR: &str = "#c2410c";

pub(crate) fn svg(rows: &[Row], machine: &Machine, rounds: u32) -> String {
    let bars = rows.first().map_or(0, |row| row.times.iter().filter(|time| time.kind != Kind::Floor).count());
    let panel = HEAD + count(bars) * BAR + GAP;
    let height = TOP + count(rows.len().div_ceil(2)) * panel + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\" font-size=\"11.2\" fill=\"{INK}\">\n\
         <title>airmail and its peers on the same work</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>\n"
    );
    svg += &top(rounds);
    for (place, row) in rows.iter().enumerate() {
        let x = MARGIN + if place % 2 == 0 { 0.0 } else { PANEL + GAP };
        let y = TOP + count(place / 2) * panel;
        let _ = writeln!(svg, "<g transform=\"translate({x} {y})\">\n{}</g>", self::panel(row));
    }
    svg += &text(MARGIN, height - 16.0, &format!("fill=\"{QUIET}\""), &machine.line());
    svg + "</svg>\n"
}

#[expect(clippy::cast_precision_loss, reason = "a few bars and panels")]
fn count(number: usize) -> f64 {
    number as f64
}

fn top(rounds: u32) -> String {
    let mut svg =
        text(MARGIN, 36.0, "font-size=\"19\" font-weight=\"bold\"", "airmail and its peers on the same work");
    let what = format!(
        "Nanoseconds per operation, median of {rounds} interleaved rounds, and how many times that of the best \
         peer. Shorter is better; bars are cut at {MOST:.0} x."
    );
    svg += &text(MARGIN, 57.0, &format!("fill=\"{QUIET}\""), &what);
    let mut x = MARGIN;
    for (colour, word) in [(AIRMAIL, "airmail"), (BEST, "the best peer"), (PEER, "other peers")] {
        svg += &rect(x, 72.0, 11.0, 11.0, colour);
        svg += &text(x + 17.0, 82.0, "", word);
        x += 40.0 + 6.6 * count(word.len());
    }
    let lines = [
        (format!("stroke=\"{FLOOR}\" stroke-width=\"2\""), "floor: no runtime, just a queue of tasks"),
        (format!("stroke=\"{QUIET}\" stroke-dasharray=\"3 3\""), "as fast as the best peer"),
        (format!("stroke=\"{INK}\""), "fastest to slowest round"),
    ];
    for (place, (style, word)) in lines.iter().enumerate() {
        svg += &match place {
            2 => whisker(x - 2.0, x + 15.0, 77.5),
            _ => line(x + 6.0, 70.0, x + 6.0, 86.0, style),
        };
        svg += &text(x + 20.0, 82.0, "", word);
        x += 40.0 + 6.3 * count(word.len());
    }
    svg
}

/// The bars of one question; its upper left corner is 0, 0.
fn panel(row: &Row) -> String {
    let mut svg = text(0.0, 14.0, "font-size=\"14\" font-weight=\"bold\"", &row.question);
    svg += &text(0.0, 30.0, &format!("fill=\"{QUIET}\""), &row.what.replace('`', ""));
    // Without peers, airmail's own best is the measure.
    let mut times: Vec<_> = row.times.iter().filter(|time| time.kind != Kind::Floor).collect();
    times.sort_by(|a, b| a.spread.median.total_cmp(&b.spread.median));
    let Some(unit) = row.best_peer().or(times.first().copied()) else { return svg };
    let bottom = HEAD + count(times.len()) * BAR;
    for (place, time) in times.iter().enumerate() {
        svg += &bar(time, unit, HEAD + count(place) * BAR);
    }
    let one = place(1.0);
    svg += &line(one, HEAD - 3.0, one, bottom, &format!("stroke=\"{QUIET}\" stroke-dasharray=\"3 3\""));
    if let Some(floor) = row.floor() {
        let median = floor.spread.median;
        let ratio = median / unit.spread.median;
        let words = format!("floor {} ns", number(median));
        svg += &text(PANEL, 14.0, &format!("text-anchor=\"end\" fill=\"{FLOOR}\""), &words);
        if ratio <= MOST {
            let x = place(ratio);
            svg += &line(x, HEAD - 3.0, x, bottom, &format!("stroke=\"{FLOOR}\" stroke-width=\"2\""));
        }
    }
    svg
}

/// Where a ratio is on the scale.
fn place(ratio: f64) -> f64 {
    NAMES + ratio.min(MOST) / MOST * BARS
}

fn bar(time: &Time, unit: &Time, y: f64) -> String {
    let nanoseconds = &time.spread;
    let ratio = |value: f64| value / unit.spread.median;
    let of_median = ratio(nanoseconds.median);
    let (colour, name_style) = match time.kind {
        Kind::Airmail => (AIRMAIL, format!("fill=\"{AIRMAIL}\" font-weight=\"bold\"")),
        _ if time.name == unit.name => (BEST, String::new()),
        _ => (PEER, String::new()),
    };
    let mut svg = text(NAMES - 7.0, y + 11.5, &format!("text-anchor=\"end\" {name_style}"), &time.name);
    svg += &rect(NAMES, y + 1.5, place(of_median) - NAMES, BAR - 3.0, colour);
    if of_median > MOST {
        // A cut through the bar: it goes on beyond the scale.
        let end = place(MOST);
        svg += &line(end - 12.0, y + BAR, end - 6.0, y, &format!("stroke=\"{PAPER}\" stroke-width=\"3\""));
    } else {
        let (least, most) = (place(ratio(nanoseconds.least)), place(ratio(nanoseconds.most)));
        svg += &whisker(least, most, y + BAR / 2.0);
    }
    let style = format!("text-anchor=\"end\" {name_style}");
    svg += &text(NANOSECONDS, y + 11.5, &style, &format!("{} ns", number(nanoseconds.median)));
    svg + &text(PANEL, y + 11.5, &style, &format!("{of_median:.2} x"))
}

fn whisker(from: f64, to: f64, y: f64) -> String {
    line(from, y, to, y, &format!("stroke=\"{INK}\" stroke-width=\"1\""))
}

fn text(x: f64, y: f64, style: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>\n", escape(words))
}

fn rect(x: f64, y: f64, width: f64, height: f64, colour: &str) -> String {
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>\n"
    )
}

fn line(x: f64, y: f64, to_x: f64, to_y: f64, style: &str) -> String {
    format!("<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{to_x:.1}\" y2=\"{to_y:.1}\" {style}/>\n")
}

fn escape(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::machine;
    use crate::race::Row;
    use crate::verdict::made_up;

    /// Fails if tags do not match; the number of elements otherwise.
    fn elements(svg: &str) -> usize {
        let (mut open, mut count) = (Vec::new(), 0);
        for tag in svg.split('<').skip(1) {
            let (tag, rest) = tag.split_once('>').expect("a tag ends");
            assert!(!rest.contains('>'), "{rest:?}");
            let name = tag.split([' ', '/']).find(|word| !word.is_empty()).expect("a tag has a name");
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{tag}");
                continue;
            }
            count += 1;
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
        count
    }

    fn chart(rows: &[Row]) -> String {
        let svg = svg(rows, &machine::made_up(), 11);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(!svg.contains("=\"-"), "{svg}");
        svg
    }

    #[test]
    fn it_is_well_formed() {
        let svg = chart(&made_up::rows());
        // Three bars, a name and a figure each, in three panels.
        assert!(elements(&svg) > 3 * 3 * 3, "{svg}");
        assert!(svg.contains("snail &amp; co") && svg.contains("Abacus &lt;2&gt;"), "{svg}");
        assert!(svg.contains(">300 ns<") && svg.contains(">2.00 x<"), "{svg}");
    }

    #[test]
    fn the_fastest_is_on_top() {
        let svg = chart(&made_up::rows()[1..2]);
        let places = ["pigeon", "snail", "airmail x"].map(|name| svg.find(name).expect("it is there"));
        assert!(places.is_sorted(), "{svg}");
    }

    #[test]
    fn little_is_enough() {
        elements(&chart(&[]));
        let mut rows = made_up::rows();
        rows[0].times.truncate(1);
        assert!(chart(&rows[..1]).contains(">10.0 ns<"));
        rows[0].times.clear();
        elements(&chart(&rows[..1]));
    }
}
