//! Folders: where they are, their index, their listing.

use super::server::Folder;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

#[test]
fn a_folder_ends_in_a_slash() {
    let folder = Folder::new("slash");
    folder.file("a b/card", "").file("evil.example/card", "");
    let server = folder.serve(&[]);
    for (target, location) in [
        ("/a%20b", "/a%20b/"),
        ("/a%20b?x=1&y=/", "/a%20b/?x=1&y=/"),
        ("/evil.example", "/evil.example/"),
        ("/evil%2Eexample", "/evil.example/"),
    ] {
        let answer = server.curl(&[], target);
        assert_eq!((answer.status, answer.field("location")), (308, Some(location)), "{target}");
    }
    // Two slashes would name a host.
    assert_eq!(server.curl(&["--path-as-is"], "//evil.example").status, 404);
    assert_eq!(server.curl(&["--location"], "/a%20b?x").head.matches("308").count(), 1);
}

#[test]
fn an_index_is_served_as_the_folder() {
    let folder = Folder::new("index");
    folder.file("index.html", "<p>all").file("inner/index.html/x", "").file("inner/card", "");
    let server = folder.serve(&[]);
    let answer = server.curl(&[], "/");
    assert_eq!((answer.text(), answer.field("content-type")), ("<p>all", Some("text/html; charset=utf-8")));
    assert!(answer.field("etag").is_some());
    let listing = server.curl(&[], "/inner/");
    assert!(listing.text().contains("href=\"./index.html/\""), "a folder is no index");
}

/// The links of a listing.
fn links(page: &str) -> Vec<&str> {
    page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn every_name_can_be_followed() {
    let folder = Folder::new("names");
    let names: [&[u8]; 14] = [
        b"plain.txt",
        b"two words",
        b"<script>alert(1)",
        b"\"quoted' & more",
        b"100%",
        b"%2e%2e",
        b"a?b#c",
        b"back\\slash",
        b"javascript:alert(1)",
        b"new\nline\x1b[31m",
        "\u{e9}\u{202e}txt".as_bytes(),
        b"bytes \xff\xfe",
        b"~tilde;=+,",
        b"-",
    ];
    for name in names {
        folder.file(OsStr::from_bytes(name), name);
    }
    folder.file("inner/card", "");
    let server = folder.serve(&[]);
    let page = server.curl(&[], "/");
    assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.field("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let text = page.text();
    assert!(!text.contains("<script") && !text.contains(['\x1b', '\u{202e}']));
    let links = links(text);
    assert_eq!((links.len(), links[0]), (names.len() + 1, "./inner/"));
    let mut seen: Vec<_> = links[1..].iter().map(|link| server.get(&link[1..]).body).collect();
    let mut expected = names.map(<[u8]>::to_vec);
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn only_what_is_served_is_listed() {
    let folder = Folder::new("listed");
    folder.file("card", "12345").file(".hidden", "").file("inner/card", "");
    let served = folder.served();
    symlink("../secret", served.join("out")).unwrap();
    symlink("card", served.join("in")).unwrap();
    symlink("nowhere", served.join("dangling")).unwrap();
    symlink(".hidden", served.join("shown")).unwrap();
    let _socket = UnixListener::bind(served.join("socket")).unwrap();
    let server = folder.serve(&[]);
    let page = server.curl(&[], "/");
    assert_eq!(links(page.text()), ["./inner/", "./card", "./in"]);
    assert_eq!(page.text().matches("<td>5 B</td>").count(), 2);
    assert_eq!(links(server.curl(&[], "/inner/").text()), ["../", "./card"]);
    fs::remove_file(served.join("card")).unwrap();
    assert_eq!(links(server.curl(&[], "/").text()), ["./inner/"], "it is looked at anew");
}
