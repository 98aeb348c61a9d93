//! The folder that is served, and the one way to what is in it.
//!
//! Everything is found from the folder itself, which is opened once at the start. What a path says is never trusted:
//! links may lead anywhere and change at any time, so the system itself is told not to leave the folder
//! ([`beneath`]), where it can be; elsewhere the answer is looked at twice ([`checked`]). What is opened is then asked
//! what it is, not its name.

#[cfg(target_os = "linux")]
mod beneath;
mod checked;

#[cfg(target_os = "linux")]
use beneath::Folder;
#[cfg(not(target_os = "linux"))]
use checked::Folder;

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct Root {
    /// As the system says it: absolute, without links.
    path: PathBuf,
    folder: Folder,
}

/// What there is under a path. Pipes, sockets and devices are as if they were not there.
#[derive(Debug)]
pub(super) enum Found {
    File(Opened),
    Folder,
}

/// A file to read, and what it was when it was opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) meta: Metadata,
}

/// Why nothing can be had from a path.
#[derive(Debug)]
pub(super) enum Problem {
    Missing,
    Forbidden,
    /// The system has no more files to give for now.
    Exhausted,
    Other(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        use io::ErrorKind::{InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied};
        match error.kind() {
            NotFound | NotADirectory | InvalidFilename | InvalidInput => Problem::Missing,
            PermissionDenied => Problem::Forbidden,
            _ => system(error),
        }
    }
}

/// Errors that std has no name for.
#[cfg(unix)]
fn system(error: io::Error) -> Problem {
    use rustix::io::Errno;
    match Errno::from_io_error(&error) {
        // It leads out, in circles, or to a device that is not there.
        Some(Errno::XDEV | Errno::LOOP | Errno::NXIO) => Problem::Missing,
        Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => Problem::Exhausted,
        _ => Problem::Other(error),
    }
}

#[cfg(not(unix))]
fn system(error: io::Error) -> Problem {
    Problem::Other(error)
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Root> {
        let path = path.canonicalize()?;
        let folder = Folder::open(&path)?;
        Ok(Root { path, folder })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks first, so that nothing but a file or a folder is ever opened.
    pub(super) fn find(&self, relative: &Path) -> Result<Found, Problem> {
        let meta = self.look(relative)?;
        if meta.is_dir() {
            return Ok(Found::Folder);
        }
        let (file, meta) = self.folder.open_below(&self.path, relative)?;
        // It may have been replaced meanwhile.
        if meta.is_file() { Ok(Found::File(Opened { file, meta })) } else { Err(Problem::Missing) }
    }

    /// What it is, if it is a file or a folder.
    pub(super) fn look(&self, relative: &Path) -> Result<Metadata, Problem> {
        let meta = self.folder.look(&self.path, relative)?;
        if meta.is_file() || meta.is_dir() { Ok(meta) } else { Err(Problem::Missing) }
    }

    /// The names in a folder, in no order, no more than `limit`, without hidden ones; and whether there are more.
    pub(super) fn names(&self, relative: &Path, limit: usize) -> Result<(Vec<OsString>, bool), Problem> {
        let mut names = Vec::new();
        let more = self.folder.each_name(&self.path, relative, |name| {
            if super::path::is_hidden(name.as_encoded_bytes()) {
                return true;
            }
            let room = names.len() < limit;
            if room {
                names.push(name);
            }
            room
        })?;
        Ok((names, more))
    }
}

#[cfg(all(test, unix))]
mod tests;
