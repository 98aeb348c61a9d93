//! Whether a client's copy is still good: RFC 9110, section 13.

use super::encoding::Coding;
use hyper::header::{
    AsHeaderName, HeaderMap, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use std::fs::Metadata;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Files can change twice within one tick of their clock; the coarsest one in use ticks every two seconds.
const TICK: Duration = Duration::from_secs(2);

/// The year 10,000 has no date.
const LAST_DATE: u64 = 253_402_300_799;

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    /// The tag, with its quotes.
    tag: String,
    /// The same tag means the same bytes. Not for a file that changed just now: it may change again, and nobody could
    /// tell from its times. The tag is weak then, and ranges of it are not put together.
    strong: bool,
    /// In seconds since 1970, as `Last-Modified` says it; never in the future.
    modified: u64,
}

/// What becomes of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client thinks.
    Failed,
}

impl Validators {
    /// The tag is a hash of everything that changes with the bytes: which file it is, how long, and when it was
    /// changed; the hash, since which file it is concerns nobody.
    pub(super) fn new(meta: &Metadata, coding: Option<Coding>, now: SystemTime) -> Validators {
        let modified = meta.modified().unwrap_or(now);
        let mut hasher = DefaultHasher::new();
        (meta.len(), modified, identity(meta), coding).hash(&mut hasher);
        // The times can be set back; that itself has a time.
        let touched = changed(meta).map_or(modified, |changed| changed.max(modified));
        let strong = now.duration_since(touched).is_ok_and(|age| age > TICK);
        Validators {
            tag: format!("\"{:016x}\"", hasher.finish()),
            strong,
            modified: seconds(modified.min(now)),
        }
    }

    /// The value of `ETag`.
    pub(super) fn tag(&self) -> String {
        format!("{}{}", if self.strong { "" } else { "W/" }, self.tag)
    }

    /// The value of `Last-Modified`.
    pub(super) fn date(&self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(self.modified))
    }

    /// The conditions of a GET or HEAD, in the order of section 13.2.2.
    pub(super) fn judge(&self, headers: &HeaderMap) -> Verdict {
        if headers.contains_key(IF_MATCH) {
            if !is_listed(headers, IF_MATCH, |tag| self.is_same(tag)) {
                return Verdict::Failed;
            }
        } else if date(headers, IF_UNMODIFIED_SINCE).is_some_and(|date| self.modified > date) {
            return Verdict::Failed;
        }
        let not_modified = if headers.contains_key(IF_NONE_MATCH) {
            is_listed(headers, IF_NONE_MATCH, |tag| self.is_alike(tag))
        } else {
            date(headers, IF_MODIFIED_SINCE).is_some_and(|date| self.modified <= date)
        };
        if not_modified { Verdict::NotModified } else { Verdict::Proceed }
    }

    /// Whether a range may be answered with a part: `If-Range` is not there, or names exactly this state by its tag.
    ///
    /// A date never holds: it is the same for the file and for the compressed ones beside it, whose bytes differ.
    pub(super) fn range_holds(&self, headers: &HeaderMap) -> bool {
        let mut fields = headers.get_all(IF_RANGE).iter();
        let Some(field) = fields.next() else { return true };
        let Some(text) = field.to_str().ok().filter(|_| fields.next().is_none()) else { return false };
        Tag::first(text).is_some_and(|(tag, rest)| rest.trim().is_empty() && self.is_same(tag))
    }

    /// The strong comparison.
    fn is_same(&self, tag: Tag<'_>) -> bool {
        self.strong && !tag.weak && self.is_alike(tag)
    }

    /// The weak comparison.
    fn is_alike(&self, tag: Tag<'_>) -> bool {
        tag.opaque == self.tag
    }
}

/// `*`, or a list, perhaps in several fields. What is malformed matches nothing.
fn is_listed(headers: &HeaderMap, name: impl AsHeaderName, is: impl Fn(Tag<'_>) -> bool) -> bool {
    headers.get_all(name).iter().filter_map(|field| field.to_str().ok()).any(|field| {
        let mut rest = field;
        let mut tags = std::iter::from_fn(|| {
            let (tag, after) = Tag::first(rest.trim_start_matches([',', ' ', '\t']))?;
            rest = after;
            Some(tag)
        });
        field.trim() == "*" || tags.any(&is)
    })
}

/// One tag of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag<'a> {
    weak: bool,
    /// With its quotes.
    opaque: &'a str,
}

impl Tag<'_> {
    /// The tag that a text begins with, and what is behind it.
    fn first(text: &str) -> Option<(Tag<'_>, &str)> {
        let (weak, quoted) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let end = quoted.strip_prefix('"')?.find('"')? + 2;
        let (opaque, rest) = quoted.split_at(end);
        Some((Tag { weak, opaque }, rest))
    }
}

fn date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<u64> {
    parse_date(headers.get(name)?.to_str().ok()?)
}

fn parse_date(text: &str) -> Option<u64> {
    httpdate::parse_http_date(text.trim()).ok().map(seconds)
}

/// Since 1970; what was before has no date, nor has what comes after the year 9999.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).min(LAST_DATE)
}

/// Which file, and when anything at all about it was changed last: a file with its times set back is another one.
#[cfg(unix)]
fn identity(meta: &Metadata) -> [u64; 4] {
    use std::os::unix::fs::MetadataExt;
    [meta.dev(), meta.ino(), meta.ctime().cast_unsigned(), meta.ctime_nsec().cast_unsigned()]
}

/// When anything at all about it was changed last.
#[cfg(unix)]
fn changed(meta: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let since = Duration::new(meta.ctime().try_into().ok()?, meta.ctime_nsec().try_into().ok()?);
    UNIX_EPOCH.checked_add(since)
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<SystemTime> {
    None
}

#[cfg(not(unix))]
fn identity(meta: &Metadata) -> Option<SystemTime> {
    meta.created().ok()
}

#[cfg(test)]
mod tests;
