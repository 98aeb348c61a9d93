//! Linux: the kernel resolves a path, never leaves the folder and follows no link (openat2, since 5.6), whatever is moved
//! meanwhile. Links are resolved before, and what they lead to is opened as if it had been asked for.

use super::checked;
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// So often it is begun again when something was moved meanwhile.
const TRIES: usize = 16;

#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Folder(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// It is not opened but named: a pipe's other end notices nothing, and a device does nothing.
    pub(super) fn look(&self, root: &Path, relative: &Path) -> io::Result<Metadata> {
        self.open_as(root, relative, OFlags::PATH).map(|(_, meta)| meta)
    }

    /// Never waits, even if a pipe has taken the file's place.
    pub(super) fn open_below(&self, root: &Path, relative: &Path) -> io::Result<(File, Metadata)> {
        self.open_as(root, relative, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY)
    }

    fn open_as(&self, root: &Path, relative: &Path, flags: OFlags) -> io::Result<(File, Metadata)> {
        match self.resolve(relative, flags) {
            // There is a link in it. What it led to when it was looked at is opened without links, so it cannot lead
            // elsewhere now, nor to a hidden name.
            Err(Errno::LOOP) => {
                let real = root.join(relative).canonicalize()?;
                let inside = checked::shown(root, &real).ok_or(Errno::NOENT)?;
                let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
                Ok(self.resolve(inside, flags).and_then(with_meta)?)
            }
            // An older kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => checked::open_below(root, relative),
            answer => Ok(answer.and_then(with_meta)?),
        }
    }

    fn resolve(&self, relative: &Path, flags: OFlags) -> Result<File, Errno> {
        let how = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        for _ in 0..TRIES {
            match openat2(&self.0, relative, flags | OFlags::CLOEXEC, Mode::empty(), how) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                answer => return answer.map(File::from),
            }
        }
        Err(Errno::NOENT)
    }

    /// Until `each` has enough; then the answer is true.
    pub(super) fn each_name(
        &self,
        root: &Path,
        relative: &Path,
        mut each: impl FnMut(OsString) -> bool,
    ) -> io::Result<bool> {
        let (folder, _) = self.open_below(root, relative)?;
        for entry in Dir::read_from(folder)? {
            if !each(OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn with_meta(file: File) -> Result<(File, Metadata), Errno> {
    let meta = file.metadata().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    Ok((file, meta))
}
