//! What is in a folder, as a page. No scripts; names are text wherever they stand.

use super::path::{Asked, escaped};
use jiff::Timestamp;
use std::ffi::OsString;
use std::fmt::Write;
use std::time::SystemTime;

/// More are not listed: a page of them helps nobody, and each costs memory.
pub(super) const MOST: usize = 10_000;

/// What may run and be loaded in the page: its own style.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}\
h1{font-size:1.25rem;overflow-wrap:anywhere}\
table{width:100%;border-collapse:collapse}\
td{padding:.4rem .5rem;border-top:1px solid #8884;white-space:nowrap}\
td:first-child{width:100%;white-space:normal;overflow-wrap:anywhere}\
td+td{text-align:right;font-variant-numeric:tabular-nums;opacity:.75}\
@media(max-width:34rem){td:last-child{display:none}}";

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: OsString,
    /// The length in bytes; of a folder, nothing.
    pub(super) length: Option<u64>,
    pub(super) modified: Option<SystemTime>,
}

/// Folders first, then by name, in any case.
fn sort(entries: &mut [Entry]) {
    entries.sort_by_cached_key(|entry| {
        (entry.length.is_some(), entry.name.to_string_lossy().to_lowercase(), entry.name.clone())
    });
}

/// The page. `more` says that not all are in it.
pub(super) fn page(folder: &Asked, mut entries: Vec<Entry>, more: bool) -> String {
    sort(&mut entries);
    let title = text(&folder.shown());
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n<table>\n"
    );
    if !folder.is_root() {
        page += "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n";
    }
    for entry in &entries {
        line(&mut page, entry);
    }
    page += "</table>\n";
    if entries.is_empty() {
        page += "<p>Nothing is here.</p>\n";
    }
    if more {
        let _ = writeln!(page, "<p>There is more: only {} names are listed.</p>", entries.len());
    }
    page += "</body></html>\n";
    page
}

fn line(page: &mut String, Entry { name, length, modified }: &Entry) {
    let slash = if length.is_none() { "/" } else { "" };
    let (link, shown) = (escaped(name), text(&name.to_string_lossy()));
    let length = length.map(size).unwrap_or_default();
    let date = modified.map(date).unwrap_or_default();
    let _ = writeln!(
        page,
        // `./`: a name is never taken for another scheme, such as in `a:b`.
        "<tr><td><a href=\"./{link}{slash}\">{shown}{slash}</a></td><td>{length}</td><td>{date}</td></tr>"
    );
}

/// Characters that would be markup, or steer whoever reads the source.
pub(super) fn text(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for character in raw.chars() {
        match character {
            '&' => text += "&amp;",
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '"' => text += "&quot;",
            '\'' => text += "&#39;",
            // Those that turn the direction of what follows are no control characters, but do control.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => text.push('\u{fffd}'),
            character if character.is_control() => text.push('\u{fffd}'),
            character => text.push(character),
        }
    }
    text
}

/// In the unit in which it has one to four digits before the point.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

fn date(time: SystemTime) -> String {
    Timestamp::try_from(time)
        .map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn entry(name: &str, length: Option<u64>) -> Entry {
        Entry { name: name.into(), length, modified: Some(UNIX_EPOCH + Duration::from_secs(784_111_777)) }
    }

    #[test]
    fn folders_come_first() {
        let mut entries = [
            entry("b", Some(1)),
            entry("Z", None),
            entry("B", Some(1)),
            entry("a", Some(1)),
            entry("c", None),
        ];
        sort(&mut entries);
        assert_eq!(entries.map(|entry| entry.name.into_string().unwrap()), ["c", "Z", "a", "B", "b"]);
    }

    #[test]
    fn a_page() {
        let folder = Asked::parse("/post%20office/").unwrap();
        let page = page(&folder, vec![entry("letter", Some(2048)), entry("box", None)], true);
        let lines: Vec<_> = page.lines().filter(|line| line.starts_with("<tr>")).collect();
        assert_eq!(
            lines,
            [
                "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>",
                "<tr><td><a href=\"./box/\">box/</a></td><td></td><td>1994-11-06 08:49</td></tr>",
                "<tr><td><a href=\"./letter\">letter</a></td><td>2.0 KiB</td><td>1994-11-06 08:49</td></tr>",
            ]
        );
        assert!(page.contains("<title>/post office</title>") && page.contains("only 2 names are listed"));
    }

    #[test]
    fn the_root_has_no_way_up() {
        let page = page(&Asked::parse("/").unwrap(), Vec::new(), false);
        assert!(!page.contains("../") && page.contains("Nothing is here") && !page.contains("There is more"));
    }

    /// Every character below 256, and those that turn the text around, in a name: it stays one cell of a table.
    #[test]
    fn names_are_no_markup() {
        let all: String = (1..=255_u8).map(char::from).chain(['\u{202e}', '\u{2066}']).collect();
        let page = page(&Asked::parse("/").unwrap(), vec![entry(&all, None)], false);
        let line = page.lines().find(|line| line.starts_with("<tr>")).unwrap();
        assert_eq!(line.matches('<').count(), 10);
        assert!(line.matches('"').count() == 2 && !line.contains(['\'', '\u{202e}', '\u{2066}', '\u{1b}']));
        assert!(page.lines().all(|line| !line.contains(char::is_control)));
    }

    #[test]
    fn a_name_is_no_scheme() {
        let page = page(&Asked::parse("/").unwrap(), vec![entry("javascript:alert(1)", Some(0))], false);
        assert!(page.contains("href=\"./javascript%3Aalert%281%29\">"));
    }

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1024 * 1024 - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            (1 << 60, "1.0 EiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
