//! Parts of a file: RFC 9110, section 14.

/// The bytes from `first` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) first: u64,
    pub(super) end: u64,
}

impl Part {
    pub(super) fn len(self) -> u64 {
        self.end - self.first
    }

    /// The value of `Content-Range`.
    pub(super) fn of(self, length: u64) -> String {
        format!("bytes {}-{}/{length}", self.first, self.end - 1)
    }
}

/// What a `Range` field means for a file of some length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// There is no range, or none that has to be understood.
    Whole,
    Part(Part),
    /// It is past the end: 416.
    Nothing,
}

/// What `field` asks for.
///
/// A field with several ranges is answered with the whole file, as section 14.2 allows: few clients ask for them, and
/// many small or overlapping ranges are an old way to make a server work hard for one request.
pub(super) fn wanted(field: &str, length: u64) -> Wanted {
    let Some((unit, set)) = field.split_once('=') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    // A list may have empty elements.
    let mut ranges =
        set.split(',').map(|range| range.trim_matches([' ', '\t'])).filter(|range| !range.is_empty());
    match (ranges.next(), ranges.next()) {
        (Some(range), None) => one(range, length).unwrap_or(Wanted::Whole),
        _ => Wanted::Whole,
    }
}

/// `None`: not a range.
fn one(range: &str, length: u64) -> Option<Wanted> {
    let (first, last) = range.split_once('-')?;
    if first.is_empty() {
        let suffix = number(last)?;
        // A part of no bytes cannot be said: of an empty file, the last bytes are the whole.
        return Some(match (suffix, length) {
            (0, _) => Wanted::Nothing,
            (_, 0) => Wanted::Whole,
            _ => Wanted::Part(Part { first: length.saturating_sub(suffix), end: length }),
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    let end = last.saturating_add(1).min(length);
    Some(if first < length { Wanted::Part(Part { first, end }) } else { Wanted::Nothing })
}

/// Digits only; a number too large for a file is larger than every file.
fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every range of a short file, against the bytes themselves.
    #[test]
    fn every_range_of_a_short_file() {
        for length in 0..5_u64 {
            let bytes: Vec<u64> = (0..length).collect();
            for first in 0..7_u64 {
                for last in 0..7_u64 {
                    let expected: Vec<_> =
                        bytes.iter().copied().filter(|byte| (first..=last).contains(byte)).collect();
                    let got = wanted(&format!("bytes={first}-{last}"), length);
                    check(got, last < first, &expected);
                }
                let expected: Vec<_> = bytes.iter().copied().filter(|byte| *byte >= first).collect();
                check(wanted(&format!("bytes={first}-"), length), false, &expected);
                let skip = length.saturating_sub(first) as usize;
                let whole = length == 0 && first > 0;
                check(wanted(&format!("bytes=-{first}"), length), whole, &bytes[skip..]);
            }
        }
    }

    fn check(got: Wanted, whole: bool, expected: &[u64]) {
        match got {
            Wanted::Whole => assert!(whole),
            Wanted::Nothing => assert!(!whole && expected.is_empty()),
            Wanted::Part(part) => {
                assert_eq!((part.first..part.end).collect::<Vec<_>>(), expected);
                assert!(!whole && part.len() == expected.len() as u64 && part.len() > 0);
            }
        }
    }

    #[test]
    fn what_is_no_range_is_ignored() {
        for field in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=1",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes= - ",
            "bytes=--1",
            "items=0-1",
            "bytes=0-0,2-3",
            "bytes=0-,-1",
            "bytes=1 -2",
            "=0-1",
            "bytes=0x1-2",
        ] {
            assert_eq!(wanted(field, 10), Wanted::Whole, "{field:?}");
        }
    }

    #[test]
    fn other_spellings() {
        let part = |first, end| Wanted::Part(Part { first, end });
        assert_eq!(wanted("Bytes=1-2", 10), part(1, 3));
        assert_eq!(wanted("bytes= 1-2 ,", 10), part(1, 3));
        assert_eq!(wanted("bytes=1-99999999999999999999999", 10), part(1, 10));
        assert_eq!(wanted("bytes=-99999999999999999999999", 10), part(0, 10));
        assert_eq!(wanted("bytes=99999999999999999999999-", 10), Wanted::Nothing);
        assert_eq!(wanted(&format!("bytes={}-", u64::MAX), u64::MAX), Wanted::Nothing);
        assert_eq!(Part { first: 0, end: 1 }.of(10), "bytes 0-0/10");
    }
}
