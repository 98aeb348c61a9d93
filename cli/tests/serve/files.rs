//! Files, and whether a client's copy is still good.

use super::server::{Answer, Folder};

/// All fields but the date.
fn fields(answer: &Answer) -> Vec<&str> {
    answer.head.lines().skip(1).filter(|line| !line.starts_with("date: ")).collect()
}

#[test]
fn a_file_and_its_head() {
    let folder = Folder::new("file");
    folder.file("letter.txt", "hello").file("empty.css", "").settle();
    let server = folder.serve(&[]);
    let answer = server.curl(&[], "/letter.txt");
    assert_eq!((answer.status, answer.text()), (200, "hello"));
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "5"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
        ("vary", "Accept-Encoding"),
    ] {
        assert_eq!(answer.field(name), Some(value));
    }
    assert!(answer.field("etag").unwrap().starts_with('"') && answer.field("last-modified").is_some());
    let head = server.curl(&["--head"], "/letter.txt");
    assert_eq!((head.status, fields(&head), &*head.body), (200, fields(&answer), &b""[..]));
    // The head of a part is the head of the whole.
    let head = server.curl(&["--head", "--range", "0-0"], "/letter.txt");
    assert_eq!(fields(&head), fields(&answer));
    let empty = server.curl(&[], "/empty.css");
    assert_eq!((empty.status, empty.field("content-length"), empty.body.len()), (200, Some("0"), 0));
}

#[test]
fn what_is_not_there() {
    let folder = Folder::new("missing");
    folder.file("letter", "hello").file(".hidden", "the secret").file(".git/config", "the secret");
    let server = folder.serve(&[]);
    for target in ["/nothing", "/letter/", "/letter/x", "/.hidden", "/.git/config", "/.git/", "//letter"] {
        let answer = server.curl(&["--path-as-is"], target);
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.text().starts_with("404 Not Found: nothing is served under /"));
        assert_eq!(answer.field("content-type"), Some("text/plain; charset=utf-8"));
    }
    let head = server.curl(&["--head"], "/nothing");
    assert_eq!((head.status, head.body.len()), (404, 0));
    let long = server.get(&format!("/{}", "x".repeat(5000)));
    assert_eq!(long.status, 404);
}

#[test]
fn a_fresh_file_has_a_weak_tag() {
    let folder = Folder::new("fresh");
    std::fs::write(folder.served().join("letter"), "hello").unwrap();
    let server = folder.serve(&[]);
    assert!(server.get("/letter").field("etag").unwrap().starts_with("W/\""));
}

#[test]
fn only_get_and_head() {
    let folder = Folder::new("methods");
    folder.file("letter", "hello");
    let server = folder.serve(&[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "BREW"] {
        let answer = server.curl(&["--request", method], "/letter");
        assert_eq!((answer.status, answer.field("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    // One that is still sending gets its answer all the same.
    let mut request = b"POST /letter HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n".to_vec();
    request.resize(request.len() + 500_000, b'a');
    assert_eq!(server.raw(request).status, 405);
    assert_eq!(server.raw("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n").status, 405);
    assert_eq!(server.raw("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 405);
}

#[test]
fn one_host() {
    let folder = Folder::new("host");
    folder.file("letter", "hello");
    let server = folder.serve(&[]);
    let close = "Connection: close\r\n\r\n";
    assert_eq!(server.raw(format!("GET /letter HTTP/1.1\r\n{close}")).status, 400);
    assert_eq!(server.raw(format!("GET /letter HTTP/1.1\r\nHost: a\r\nHost: b\r\n{close}")).status, 400);
    assert_eq!(server.raw("GET /letter HTTP/1.0\r\n\r\n").text(), "hello");
    assert_eq!(server.raw(format!("GET http://a/letter HTTP/1.1\r\nHost: a\r\n{close}")).text(), "hello");
}

#[test]
fn copies_are_kept_while_they_are_good() {
    let folder = Folder::new("copies");
    folder.file("letter", "hello").settle();
    let server = folder.serve(&[]);
    let first = server.curl(&[], "/letter");
    let (tag, date) = (first.field("etag").unwrap(), first.field("last-modified").unwrap());
    for (field, status) in [
        (format!("If-None-Match: {tag}"), 304),
        (format!("If-None-Match: \"a\", W/{tag}"), 304),
        ("If-None-Match: *".to_owned(), 304),
        ("If-None-Match: \"a\"".to_owned(), 200),
        (format!("If-Modified-Since: {date}"), 304),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT".to_owned(), 200),
        (format!("If-Match: {tag}"), 200),
        ("If-Match: \"a\"".to_owned(), 412),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT".to_owned(), 412),
        (format!("If-Unmodified-Since: {date}"), 200),
    ] {
        let answer = server.curl(&["--header", &field], "/letter");
        assert_eq!(answer.status, status, "{field}");
        if status == 304 {
            assert_eq!((answer.field("etag"), answer.field("content-length")), (Some(tag), None));
            assert!(answer.body.is_empty() && answer.field("vary") == Some("Accept-Encoding"));
        }
        let head = server.curl(&["--head", "--header", &field], "/letter");
        assert_eq!(head.status, status, "{field}");
    }
    folder.file("letter", "hallo");
    let changed = server.curl(&["--header", &format!("If-None-Match: {tag}")], "/letter");
    assert_eq!((changed.status, changed.text()), (200, "hallo"));
}

#[test]
fn compressed_files_are_taken_where_they_may() {
    let folder = Folder::new("compressed");
    folder.file("page.html", "plain").file("page.html.br", "in br").file("page.html.gz", "in gzip!");
    folder.file("page.html.zst", "in zstd");
    let server = folder.serve(&[]);
    let mut tags = Vec::new();
    for (accepted, coding, content) in [
        ("", None, "plain"),
        ("br", Some("br"), "in br"),
        ("gzip, br, zstd", Some("br"), "in br"),
        ("gzip;q=0.9, zstd, br;q=0", Some("zstd"), "in zstd"),
        ("gzip, identity;q=0.5", Some("gzip"), "in gzip!"),
        ("gzip;q=0.5, identity", None, "plain"),
        ("deflate", None, "plain"),
    ] {
        let field = format!("Accept-Encoding: {accepted}");
        let answer = server.curl(&["--header", &field], "/page.html");
        assert_eq!((answer.field("content-encoding"), answer.text()), (coding, content), "{accepted}");
        assert_eq!(answer.field("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.field("vary"), Some("Accept-Encoding"));
        tags.push(answer.field("etag").unwrap().to_owned());
        let part = server.curl(&["--header", &field, "--range", "-2"], "/page.html");
        assert_eq!((part.status, part.text()), (206, &content[content.len() - 2..]));
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    // Made of what the file was before.
    std::fs::write(folder.served().join("page.html"), "changed").unwrap();
    let changed = server.curl(&["--header", "Accept-Encoding: br"], "/page.html");
    assert_eq!((changed.field("content-encoding"), changed.text()), (None, "changed"));
    let plain = server.curl(&["--header", "Accept-Encoding: br"], "/page.html.gz");
    assert_eq!((plain.field("content-encoding"), plain.text()), (None, "in gzip!"));
}
