//! What was explored, for whoever reads the output, or a file.

use std::fs::OpenOptions;
use std::io::Write;

/// Prints it, and appends it to the file that `AIRMAIL_MODEL_FIGURES` names.
pub(crate) fn tell(explored: &str) {
    println!("{explored}");
    if let Some(path) = std::env::var_os("AIRMAIL_MODEL_FIGURES") {
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("it can be written");
        // In one piece: tests run side by side.
        file.write_all(format!("{explored}\n").as_bytes()).expect("it can be written");
    }
}
