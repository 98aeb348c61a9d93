//! What can be reached, both ways.

use super::{Found, Problem, Root, checked};
use rustix::fs::CWD;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::{env, process};

/// A folder of its own for each test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("airmail-root-{}-{name}", process::id()));
        fs::create_dir_all(path.join("served/inner")).unwrap();
        fs::write(path.join("secret"), "secret").unwrap();
        fs::write(path.join("served/letter"), "letter").unwrap();
        fs::write(path.join("served/inner/card"), "card").unwrap();
        Folder(path.canonicalize().unwrap())
    }

    fn served(&self) -> PathBuf {
        self.0.join("served")
    }

    fn root(&self) -> Root {
        Root::open(&self.served()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(mut file: File) -> String {
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    text
}

fn read(root: &Root, path: &str) -> Result<String, Problem> {
    match root.find(Path::new(path))? {
        Found::File(opened) => Ok(text(opened.file)),
        Found::Folder => Ok("folder".to_owned()),
    }
}

/// The same without the kernel's help.
fn read_checked(root: &Root, path: &str) -> Option<String> {
    let (file, meta) = checked::open_below(root.path(), Path::new(path)).ok()?;
    Some(if meta.is_dir() { "folder".to_owned() } else { text(file) })
}

#[test]
fn links_that_stay_inside_are_followed_and_no_others() {
    let folder = Folder::new("links");
    let served = folder.served();
    for (target, name) in [
        ("letter", "beside"),
        ("inner/card", "below"),
        ("../served/letter", "out-and-in"),
        ("../secret", "out"),
        ("..", "parent"),
        ("/etc/passwd", "system"),
        ("/", "top"),
        ("circle", "circle"),
        ("nothing", "dangling"),
        ("/proc/self/root", "magic"),
    ] {
        symlink(target, served.join(name)).unwrap();
    }
    symlink(served.join("letter"), served.join("absolute")).unwrap();
    symlink(&served, served.join("itself")).unwrap();
    symlink("../letter", served.join("inner/up")).unwrap();
    let root = folder.root();
    for (path, expected) in [
        ("letter", "letter"),
        (".", "folder"),
        ("inner", "folder"),
        ("inner/card", "card"),
        ("beside", "letter"),
        ("below", "card"),
        ("absolute", "letter"),
        ("itself", "folder"),
        ("itself/inner/card", "card"),
        ("inner/up", "letter"),
        ("out-and-in", "letter"),
    ] {
        assert_eq!(read(&root, path).expect(path), expected, "{path}");
        assert_eq!(read_checked(&root, path).as_deref(), Some(expected), "{path}");
    }
    let out = [
        "out",
        "parent",
        "parent/secret",
        "system",
        "top/etc/passwd",
        "circle",
        "dangling",
        "magic/etc/passwd",
        "../secret",
        "/etc/passwd",
        "inner/../../secret",
        "letter/x",
        "nothing",
    ];
    for path in out {
        assert!(matches!(read(&root, path), Err(Problem::Missing)), "{path}");
        assert_eq!(read_checked(&root, path), None, "{path}");
    }
    let long = "x".repeat(5000);
    assert!(matches!(read(&root, &long), Err(Problem::Missing)));
}

#[test]
fn what_is_hidden_is_not_shown_by_links() {
    let folder = Folder::new("hidden");
    let served = folder.served();
    fs::create_dir(served.join(".git")).unwrap();
    fs::write(served.join(".git/config"), "secret").unwrap();
    fs::write(served.join(".env"), "secret").unwrap();
    symlink(".env", served.join("env")).unwrap();
    symlink(served.join(".env"), served.join("env-absolute")).unwrap();
    symlink(".git", served.join("git")).unwrap();
    symlink("../.git/config", served.join("inner/config")).unwrap();
    let root = folder.root();
    for path in ["env", "env-absolute", "git", "git/config", "inner/config"] {
        assert!(matches!(read(&root, path), Err(Problem::Missing)), "{path}");
        assert_eq!(read_checked(&root, path), None, "{path}");
    }
    // What is served may itself be somewhere hidden.
    let hidden = Root::open(&served.join(".git")).unwrap();
    symlink("config", served.join(".git/link")).unwrap();
    assert_eq!(read(&hidden, "link").unwrap(), "secret");
}

#[test]
fn what_is_neither_file_nor_folder_is_not_there() {
    let folder = Folder::new("special");
    let served = folder.served();
    rustix::fs::mknodat(CWD, served.join("pipe"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .unwrap();
    let _socket = UnixListener::bind(served.join("socket")).unwrap();
    let root = folder.root();
    for path in ["pipe", "socket"] {
        assert!(matches!(read(&root, path), Err(Problem::Missing)), "{path}");
        assert_eq!(read_checked(&root, path), None, "{path}");
    }
}

#[test]
fn names_are_counted_and_hidden_ones_left_out() {
    let folder = Folder::new("names");
    fs::write(folder.served().join(".hidden"), "").unwrap();
    let root = folder.root();
    let (mut names, more) = root.names(Path::new("."), 10).unwrap();
    names.sort();
    assert_eq!((names, more), (vec!["inner".into(), "letter".into()], false));
    let (names, more) = root.names(Path::new("."), 2).unwrap();
    assert_eq!((names.len(), more), (2, false));
    let (names, more) = root.names(Path::new("."), 1).unwrap();
    assert_eq!((names.len(), more), (1, true));
}

/// A link that is turned in and out as fast as can be: the secret is never seen.
#[cfg(target_os = "linux")]
#[test]
fn a_race_is_not_won() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    let folder = Folder::new("race");
    let served = folder.served();
    fs::create_dir(served.join("a")).unwrap();
    fs::write(served.join("a/secret"), "harmless").unwrap();
    symlink("a", served.join("b")).unwrap();
    symlink("..", served.join("c")).unwrap();
    let (b, c) = (served.join("b"), served.join("c"));
    let root = folder.root();
    let over = AtomicBool::new(false);
    let (mut seen, mut missed) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(CWD, &b, CWD, &c, exchange).unwrap();
            }
        });
        while seen + missed < 20_000 || seen == 0 || missed == 0 {
            match read(&root, "b/secret") {
                Ok(text) => {
                    assert_eq!(text, "harmless");
                    seen += 1;
                }
                Err(_) => missed += 1,
            }
        }
        over.store(true, Relaxed);
    });
}
