//! No way out of the folder.

use super::server::Folder;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::os::unix::fs::symlink;

#[test]
fn no_spelling_leads_out() {
    let folder = Folder::new("spellings");
    folder.file("inner/card", "card");
    let server = folder.serve(&[]);
    let ups = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%00",
        "..\\",
        "..%5c",
        "...",
        ".. ",
        "%c0%ae%c0%ae",
    ];
    let slashes = ["/", "%2f", "%2F", "\\", "%5c", "//", "/./", "%252f", "%c0%af"];
    let absolute = folder.outside().join("secret").to_str().unwrap().to_owned();
    let mut targets = vec![format!("/{absolute}"), absolute.clone(), absolute.replace('/', "%2f")];
    for up in ups {
        for slash in slashes {
            targets.push(format!("/{up}{slash}secret"));
            targets.push(format!("/inner{slash}{up}{slash}{up}{slash}secret"));
            targets.push(format!("/inner/{}etc/passwd", format!("{up}{slash}").repeat(10)));
        }
    }
    let mut asked = 0;
    for target in targets {
        if target.contains(' ') {
            continue;
        }
        let target = if target.starts_with('/') { target } else { format!("/{target}") };
        let answer = server.get(&target);
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.status);
        assert!(!answer.text().contains("the secret") && !answer.text().contains("root:"), "{target}");
        asked += 1;
    }
    assert!(asked > 250);
    for target in ["/../secret", "/inner/../../secret", "/%2e%2e/secret", "/..%2fsecret"] {
        assert_eq!(server.curl(&["--path-as-is"], target).status, 400, "{target}");
    }
    // What curl makes of it itself is inside.
    assert_eq!(server.curl(&[], "/inner/../inner/card").text(), "card");
}

#[test]
fn links_may_lead_anywhere_inside() {
    let folder = Folder::new("links");
    folder.file("inner/card", "card");
    let served = folder.served();
    symlink("../secret", served.join("out")).unwrap();
    symlink(folder.outside().join("secret"), served.join("out-absolute")).unwrap();
    symlink("..", served.join("up")).unwrap();
    symlink("/", served.join("top")).unwrap();
    symlink("loop", served.join("loop")).unwrap();
    symlink("inner/card", served.join("in")).unwrap();
    symlink(served.join("inner"), served.join("in-absolute")).unwrap();
    folder.file(".env", "the secret").file(".git/config", "the secret");
    symlink(".env", served.join("env")).unwrap();
    symlink(".git", served.join("git")).unwrap();
    let server = folder.serve(&[]);
    for target in [
        "/out",
        "/out-absolute",
        "/up/secret",
        "/up/",
        "/top/etc/passwd",
        "/top/",
        "/loop",
        "/env",
        "/git/",
        "/git/config",
    ] {
        assert_eq!(server.curl(&[], target).status, 404, "{target}");
    }
    for target in ["/in", "/in-absolute/card"] {
        assert_eq!(server.curl(&[], target).text(), "card", "{target}");
    }
}

#[test]
fn what_is_no_file_holds_nobody_up() {
    let folder = Folder::new("special");
    mknodat(CWD, folder.served().join("pipe"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    symlink("/dev/zero", folder.served().join("zero")).unwrap();
    let server = folder.serve(&[]);
    for target in ["/pipe", "/zero"] {
        assert_eq!(server.curl(&[], target).status, 404, "{target}");
    }
}
