//! Runs that failed are kept in a file, and tried first.

use crate::common::panic_of;
use crate::{failure, panics, says, turns};
use airmail::sim::{Kind, Sim};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::{env, fs};

/// A folder for one test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let folder = env::temp_dir().join(format!("airmail-sim-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("writable");
        Folder(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("seeds").join("bank.txt")
    }

    fn sim(&self) -> Sim {
        Sim::new().keep_in(Some(self.file()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).expect("written")
}

#[test]
fn what_failed_is_tried_first_the_next_time() {
    let folder = Folder::new("kept");
    let runs = AtomicU64::new(0);
    let body = || {
        runs.fetch_add(1, Relaxed);
        let seed = airmail::sim::Simulation::current().unwrap().seed();
        async move {
            turns(2).await;
            assert!(seed < 500, "a large seed");
        }
    };
    let found = failure(&folder.sim(), body);
    assert_eq!((found.seed(), found.runs(), found.kind()), (500, 501, Kind::Panic));
    let path = folder.file().display().to_string();
    says(&found.to_string(), &[&format!("kept in {path}, which the next exploration tries first")]);
    let kept = text(&folder.file());
    says(&kept, &["# Runs that failed, one a line", "\n500  # the body panicked at ", "a large seed\n"]);
    let again = failure(&folder.sim(), body);
    assert_eq!((again.seed(), again.runs()), (500, 1));
    assert_eq!(again.replay(), found.replay());
    assert_eq!(text(&folder.file()), kept, "not twice");
    // Mended, it is run besides the others.
    runs.store(0, Relaxed);
    let explored = folder.sim().seeds(3).check_every(0).explore(|| {
        runs.fetch_add(1, Relaxed);
        async {}
    });
    // Kept runs are checked, so one of the five is a second look.
    assert_eq!((explored.schedules(), runs.load(Relaxed)), (4, 5));
    // Without a file nothing is kept.
    let found = failure(&Sim::new().keep_in(Some(folder.file())).keep_in(None), body);
    assert!(!found.to_string().contains("kept in"), "{found}");
}

#[test]
fn a_line_that_is_no_run_is_named() {
    let folder = Folder::new("corrupt");
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::write(folder.file(), "# runs\n\n7 # a run\nnonsense\n").unwrap();
    let text = panic_of(|| folder.sim().try_explore(|| async {}));
    let place = format!("{}:4: \"nonsense\" names no run of a simulation", folder.file().display());
    says(&text, &[&place]);
    // Nothing that is no text either.
    fs::write(folder.file(), [0xff, 0xfe, b'\n']).unwrap();
    let text = panic_of(|| folder.sim().try_explore(|| async {}));
    says(&text, &["cannot read ", "bank.txt"]);
}

/// The failure is told all the same.
#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    let folder = Folder::new("unwritable");
    // A file where the folder should be.
    fs::write(folder.0.join("seeds"), "").unwrap();
    let found = failure(&folder.sim(), || panics(0, "told"));
    says(&found.to_string(), &["told", "not kept: cannot write ", "bank.txt"]);
}

#[test]
fn a_test_has_a_file_of_its_own() {
    let folder = Folder::new("of-test");
    let sim = Sim::for_test("bank::transfers", "two_at_once", folder.0.to_str().unwrap());
    let found = failure(&sim, || panics(0, "on purpose"));
    says(&found.to_string(), &["panic: transfers::two_at_once fails", "cargo test transfers::two_at_once\n"]);
    let file = folder.0.join("airmail-seeds").join("bank.transfers.two_at_once.txt");
    says(&text(&file), &["\n0  # "]);
}
