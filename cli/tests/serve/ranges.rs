//! Parts of files, across the pieces in which they are read.

use super::server::Folder;

#[test]
fn parts() {
    let bytes: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
    let folder = Folder::new("parts");
    folder.file("parcel", &bytes);
    let server = folder.serve(&[]);
    assert_eq!(server.curl(&[], "/parcel").body, bytes);
    for (range, first, end) in [
        ("0-0", 0, 1),
        ("5-9", 5, 10),
        ("65535-65536", 65_535, 65_537),
        ("1-199998", 1, 199_999),
        ("199999-", 199_999, 200_000),
        ("-3", 199_997, 200_000),
        ("-999999", 0, 200_000),
        ("100-999999999999999999999999", 100, 200_000),
    ] {
        let part = server.curl(&["--range", range], "/parcel");
        assert_eq!(part.status, 206, "{range}");
        let content_range = format!("bytes {first}-{}/200000", end - 1);
        assert_eq!(part.field("content-range"), Some(&*content_range));
        assert!(part.body == bytes[first..end], "{range}");
    }
    for range in ["200000-", "-0", "200000-300000"] {
        let none = server.curl(&["--range", range], "/parcel");
        assert_eq!((none.status, none.field("content-range")), (416, Some("bytes */200000")), "{range}");
    }
    for range in ["0-0,5-5", "9-5", "x"] {
        let whole = server.get_with("/parcel", &format!("Range: bytes={range}\r\n"));
        assert_eq!((whole.status, whole.body.len()), (200, bytes.len()), "{range}");
    }
    let whole = server.get_with("/parcel", "Range: bytes=0-0\r\nRange: bytes=5-5\r\n");
    assert_eq!((whole.status, whole.body.len()), (200, bytes.len()));
}

#[test]
fn a_part_of_another_state_is_the_whole() {
    let folder = Folder::new("if-range");
    folder.file("letter", "hello").settle();
    let server = folder.serve(&[]);
    let first = server.curl(&[], "/letter");
    let (tag, date) = (first.field("etag").unwrap(), first.field("last-modified").unwrap());
    for (state, status, content) in [
        (tag, 206, "ell"),
        (date, 200, "hello"),
        (&*format!("W/{tag}"), 200, "hello"),
        ("\"another\"", 200, "hello"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200, "hello"),
    ] {
        let field = format!("If-Range: {state}");
        let answer = server.curl(&["--range", "1-3", "--header", &field], "/letter");
        assert_eq!((answer.status, answer.text()), (status, content), "{state}");
    }
}
