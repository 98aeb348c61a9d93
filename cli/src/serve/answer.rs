//! Answers that are no file, and what all answers have.

use super::body::Content;
use super::listing;
use super::root::Problem;
use airmail::task::JoinError;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, Response, StatusCode};
use std::ffi::OsStr;
use std::fmt::Display;

pub(super) type Answer = Response<Content>;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Without a content. Browsers take the type as it is said, and ask again each time, which costs little with a tag.
pub(super) fn with_status(status: StatusCode) -> Answer {
    let mut answer = Response::new(Content::Nothing);
    *answer.status_mut() = status;
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

/// The status in words, and why.
fn say(status: StatusCode, why: impl Display) -> Answer {
    let mut answer = with_status(status);
    answer.headers_mut().insert(CONTENT_TYPE, TEXT);
    *answer.body_mut() = Content::Text(Bytes::from(format!("{status}: {why}\n")));
    answer
}

/// Of texts, which is known before they are sent.
pub(super) fn length(answer: &Answer) -> usize {
    if let Content::Text(text) = answer.body() { text.len() } else { 0 }
}

/// As a field's value; what cannot be one is left out.
pub(super) fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

pub(super) fn page(html: String) -> Answer {
    let mut answer = with_status(StatusCode::OK);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(listing::POLICY));
    *answer.body_mut() = Content::Text(Bytes::from(html));
    answer
}

pub(super) fn redirect(link: &str, query: Option<&str>) -> Answer {
    let target = query.map_or_else(|| link.to_owned(), |query| format!("{link}?{query}"));
    // A query may have bytes that no field can have as text.
    let target = HeaderValue::from_bytes(target.as_bytes()).unwrap_or_else(|_| value(link));
    let mut answer = say(StatusCode::PERMANENT_REDIRECT, format_args!("this is a folder, {link}"));
    answer.headers_mut().insert(LOCATION, target);
    answer
}

pub(super) fn bad_request(why: &str) -> Answer {
    say(StatusCode::BAD_REQUEST, why)
}

pub(super) fn missing(path: &str) -> Answer {
    say(StatusCode::NOT_FOUND, format_args!("nothing is served under {path}"))
}

pub(super) fn method_not_allowed(method: &Method) -> Answer {
    let why = format_args!("{method} changes nothing here; ask with GET or HEAD");
    let mut answer = say(StatusCode::METHOD_NOT_ALLOWED, why);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

pub(super) fn precondition_failed() -> Answer {
    say(StatusCode::PRECONDITION_FAILED, "the file has changed, or was not what the request names")
}

pub(super) fn range_not_satisfiable(length: u64) -> Answer {
    let why = format_args!("the file has {length} bytes");
    let mut answer = say(StatusCode::RANGE_NOT_SATISFIABLE, why);
    answer.headers_mut().insert(CONTENT_RANGE, value(&format!("bytes */{length}")));
    answer
}

/// What the disk says to a path. What is the server's own trouble goes to its stderr too.
pub(super) fn problem(path: &str, problem: Problem) -> Answer {
    match problem {
        Problem::Missing => missing(path),
        Problem::Forbidden => say(StatusCode::FORBIDDEN, format_args!("the server may not read {path}")),
        Problem::Exhausted => {
            let mut answer =
                say(StatusCode::SERVICE_UNAVAILABLE, "too many files are open; try again in a moment");
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            answer
        }
        Problem::Other(error) => {
            super::complain(&format!("{path:?}: {error}"));
            say(StatusCode::INTERNAL_SERVER_ERROR, format_args!("{path} cannot be read"))
        }
    }
}

/// A function that panicked; who runs the server hears of it from the runtime.
pub(super) fn failed(error: &JoinError) -> Answer {
    super::complain(&format!("a request failed: {error}"));
    say(StatusCode::INTERNAL_SERVER_ERROR, "the server failed")
}

/// By the extension. Texts are taken to be UTF-8.
pub(super) fn media_type(name: Option<&OsStr>) -> String {
    let guess = name.map(|name| mime_guess::from_path(name).first_or_octet_stream());
    let media = guess.unwrap_or(mime_guess::mime::APPLICATION_OCTET_STREAM);
    let is_text = media.type_() == mime_guess::mime::TEXT && media.get_param("charset").is_none();
    if is_text { format!("{media}; charset=utf-8") } else { media.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (name, expected) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a.CSS", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.png", "image/png"),
            ("a.svg", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.tar.gz", "application/gzip"),
            ("README", "application/octet-stream"),
            ("a.html.unknown", "application/octet-stream"),
        ] {
            assert_eq!(media_type(Some(OsStr::new(name))), expected, "{name}");
        }
    }
}
