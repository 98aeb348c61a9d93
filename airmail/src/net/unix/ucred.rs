//! Who is on the other side.

use super::{UnixStream, gid_t, pid_t, uid_t};
use std::io;

/// Who made the other end of a [`UnixStream`], from [`peer_cred`](UnixStream::peer_cred).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UCred {
    user: uid_t,
    group: gid_t,
    process: pid_t,
}

impl UCred {
    /// The user.
    pub fn uid(&self) -> uid_t {
        self.user
    }

    /// The group.
    pub fn gid(&self) -> gid_t {
        self.group
    }

    /// The process, if the system knows it.
    pub fn pid(&self) -> Option<pid_t> {
        Some(self.process)
    }
}

impl UnixStream {
    /// Who made the other end: of a connection, at the moment of `connect` or `listen`.
    ///
    /// On Linux only: elsewhere there is no way without unsafe code.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// ```
    /// use airmail::net::UnixStream;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let (here, there) = UnixStream::pair()?;
    /// assert_eq!(here.peer_cred()?, there.peer_cred()?);
    /// assert_eq!(here.peer_cred()?.pid(), Some(std::process::id().cast_signed()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn peer_cred(&self) -> io::Result<UCred> {
        let theirs = rustix::net::sockopt::socket_peercred(self)?;
        Ok(UCred {
            user: theirs.uid.as_raw(),
            group: theirs.gid.as_raw(),
            process: theirs.pid.as_raw_nonzero().get(),
        })
    }
}
