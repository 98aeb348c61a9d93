//! What a request's path asks for, without looking at any file.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// All that need not be escaped in a segment of a path: RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path below the folder that is served: plain names only, none hidden, and no way up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    names: Vec<OsString>,
    /// It ends in a slash, so a folder is meant.
    pub(super) folder: bool,
}

/// Why a path is answered without looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No client that means well sends it: `..`, a NUL, an escaped slash.
    Malformed,
    /// Nothing can be there: hidden names, empty ones, and those that this system cannot have.
    Missing,
}

impl Asked {
    /// Each segment is unescaped once, by itself, so that an escaped slash never separates names.
    pub(super) fn parse(path: &str) -> Result<Asked, Refused> {
        let rest = path.strip_prefix('/').ok_or(Refused::Malformed)?;
        let (rest, folder) = match rest.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (rest, rest.is_empty()),
        };
        if rest.is_empty() {
            // `/` is the root, `//` has an empty name.
            return if path == "/" { Ok(Asked { names: Vec::new(), folder }) } else { Err(Refused::Missing) };
        }
        // What is malformed is said first, wherever it is.
        let names: Vec<_> = rest.split('/').map(name).collect::<Result<_, _>>()?;
        names.into_iter().collect::<Option<_>>().map(|names| Asked { names, folder }).ok_or(Refused::Missing)
    }

    /// As the system says it, relative to the folder that is served; `.` for that folder itself.
    pub(super) fn relative(&self) -> PathBuf {
        if self.names.is_empty() { PathBuf::from(".") } else { self.names.iter().collect() }
    }

    pub(super) fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// The same with one name more.
    pub(super) fn join(&self, name: &str) -> Asked {
        let mut names = self.names.clone();
        names.push(name.into());
        Asked { names, folder: false }
    }

    /// The names, as they can be shown.
    pub(super) fn shown(&self) -> String {
        let names: Vec<_> = self.names.iter().map(|name| name.to_string_lossy()).collect();
        format!("/{}", names.join("/"))
    }

    /// As a link that can be followed anywhere, with a slash in the end. It begins with exactly one slash: two would
    /// name another host.
    pub(super) fn folder_link(&self) -> String {
        let mut link = String::from("/");
        for name in &self.names {
            link += &escaped(name);
            link.push('/');
        }
        link
    }

    /// The name of the file, for its type.
    pub(super) fn last(&self) -> Option<&OsStr> {
        self.names.last().map(OsString::as_os_str)
    }
}

/// One segment: `Ok(None)` if nothing of that name is served.
fn name(segment: &str) -> Result<Option<OsString>, Refused> {
    let bytes = percent_decode_str(segment).collect::<Vec<u8>>();
    // A `%` that begins no escape stays, and would mean something else to whoever unescapes again.
    let escapes = segment.bytes().filter(|byte| *byte == b'%').count();
    let is_bad = bytes.len() + 2 * escapes != segment.len();
    if is_bad || bytes == b".." || bytes == b"." || bytes.iter().any(|byte| matches!(byte, 0 | b'/')) {
        return Err(Refused::Malformed);
    }
    Ok(if bytes.is_empty() || is_hidden(&bytes) { None } else { system_name(bytes) })
}

/// Names that begin with a dot are not served.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.first() == Some(&b'.')
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere some bytes are no name")]
fn system_name(bytes: Vec<u8>) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(bytes))
}

/// Where names are text, and more characters separate them or name devices and streams.
#[cfg(not(unix))]
fn system_name(bytes: Vec<u8>) -> Option<OsString> {
    let name = String::from_utf8(bytes).ok()?;
    let is_plain = !name.contains(['\\', ':', '<', '>', '"', '|', '?', '*']) && !name.ends_with(['.', ' ']);
    is_plain.then(|| name.into())
}

/// A name as a segment of a link.
pub(super) fn escaped(name: &OsStr) -> String {
    percent_encode(name.as_encoded_bytes(), SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::Refused::{Malformed, Missing};
    use super::*;

    fn relative(path: &str) -> Result<String, Refused> {
        Asked::parse(path).map(|asked| asked.relative().to_string_lossy().into_owned())
    }

    #[test]
    fn plain_paths() {
        for (path, expected, folder) in [
            ("/", ".", true),
            ("/a", "a", false),
            ("/a/", "a", true),
            ("/a/b.txt", "a/b.txt", false),
            ("/a%20b", "a b", false),
            ("/%61", "a", false),
            ("/a...", "a...", false),
            ("/%C3%A9", "\u{e9}", false),
            ("/%252e", "%2e", false),
        ] {
            let asked = Asked::parse(path).expect(path);
            let expected = expected.replace('/', std::path::MAIN_SEPARATOR_STR);
            assert_eq!((relative(path), asked.folder), (Ok(expected), folder), "{path}");
        }
    }

    #[test]
    fn what_is_refused() {
        for path in
            ["", "a", "*", "/..", "/../", "/a/..", "/a/../b", "/%2e%2e/a", "/.%2E", "/%2e", "/./a", "/a%2fb"]
        {
            assert_eq!(relative(path), Err(Malformed), "{path}");
        }
        for path in ["/a%00", "/a%2Fb", "/%2f%2e%2e", "/%", "/%2", "/%zz", "/a%5", "/.git/..", "/..%2f.."] {
            assert_eq!(relative(path), Err(Malformed), "{path}");
        }
        for path in ["//", "//a", "/a//", "/a//b", "/.git", "/.git/", "/a/.b/c", "/%2egit", "/...", "/..a"] {
            assert_eq!(relative(path), Err(Missing), "{path}");
        }
    }

    /// Every path of up to five of the pieces that attacks are made of: none leads up, or to two roots.
    #[test]
    fn no_spelling_leads_out() {
        let pieces = ["/", ".", "a", "%2e", "%2f", "%5c", "\\", "%00", "%25", ":"];
        let mut paths = vec![String::new()];
        for _ in 0..5 {
            let longer = paths.iter().flat_map(|path| pieces.map(|piece| format!("{path}{piece}")));
            paths = longer.collect();
            for path in &paths {
                let Ok(asked) = Asked::parse(path) else { continue };
                let relative = asked.relative();
                let plain = relative.components().all(|part| {
                    matches!(part, std::path::Component::Normal(_)) || relative.as_os_str() == "."
                });
                assert!(plain && relative.is_relative(), "{path}");
                let hidden = asked.names.iter().any(|name| is_hidden(name.as_encoded_bytes()));
                assert!(!hidden && !asked.folder_link().starts_with("//"), "{path}");
            }
        }
        assert_eq!(paths.len(), 100_000);
    }

    #[test]
    fn links_come_back() {
        for byte in 1..=255_u8 {
            if byte == b'/' {
                continue;
            }
            let Some(name) = system_name(vec![b'a', byte, b'b']) else { continue };
            let asked = Asked { names: vec![name], folder: true };
            assert_eq!(Asked::parse(&asked.folder_link()), Ok(asked));
        }
    }
}
