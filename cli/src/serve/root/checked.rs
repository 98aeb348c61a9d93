//! Where the system cannot be told to stay in a folder: links are resolved first, and what they lead to must be in it.
//!
//! Who can write into the folder can still win a race here; who can only ask for paths cannot.

use crate::serve::path::is_hidden;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// The way from `root` to `real`, which has no links, if it leads there by names that are not hidden.
pub(super) fn shown<'a>(root: &Path, real: &'a Path) -> Option<&'a Path> {
    let way = real.strip_prefix(root).ok()?;
    let is_shown = |name: &OsStr| !is_hidden(name.as_encoded_bytes());
    way.iter().all(is_shown).then_some(way)
}

/// What the path leads to now, if that is a file or a folder below `root`, and not hidden.
fn inside(root: &Path, relative: &Path) -> io::Result<(PathBuf, Metadata)> {
    let real = root.join(relative).canonicalize()?;
    let meta = real.symlink_metadata()?;
    let is_served = shown(root, &real).is_some() && (meta.is_file() || meta.is_dir());
    if is_served { Ok((real, meta)) } else { Err(io::Error::from(io::ErrorKind::NotFound)) }
}

/// The opened thing, and what it is.
pub(super) fn open_below(root: &Path, relative: &Path) -> io::Result<(File, Metadata)> {
    let (real, _) = inside(root, relative)?;
    let file = open(&real)?;
    let meta = file.metadata()?;
    Ok((file, meta))
}

/// Never waits, even if a pipe has taken the file's place.
#[cfg(unix)]
fn open(real: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(real, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(real: &Path) -> io::Result<File> {
    File::open(real)
}

/// The folder, by its name.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Folder;

#[cfg(not(target_os = "linux"))]
impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        path.read_dir().map(|_| Folder)
    }

    pub(super) fn look(&self, root: &Path, relative: &Path) -> io::Result<Metadata> {
        inside(root, relative).map(|(_, meta)| meta)
    }

    pub(super) fn open_below(&self, root: &Path, relative: &Path) -> io::Result<(File, Metadata)> {
        open_below(root, relative)
    }

    /// Until `each` has enough; then the answer is true.
    pub(super) fn each_name(
        &self,
        root: &Path,
        relative: &Path,
        mut each: impl FnMut(std::ffi::OsString) -> bool,
    ) -> io::Result<bool> {
        for entry in inside(root, relative)?.0.read_dir()? {
            if !each(entry?.file_name()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
