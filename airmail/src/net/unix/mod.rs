//! Sockets of Unix, which have paths for addresses: a listener, streams, halves of streams, datagrams.

mod datagram;
mod listener;
mod socket;
mod split;
mod split_owned;
mod stream;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod ucred;

use std::io;
use std::path::Path;

pub use datagram::UnixDatagram;
pub use listener::UnixListener;
pub use socket::UnixSocket;
pub use split::{ReadHalf, WriteHalf};
pub use split_owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
#[doc(no_inline)]
pub use std::os::unix::net::SocketAddr;
pub use stream::UnixStream;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use ucred::UCred;

/// What a path stands for. On Linux, one that begins with a NUL is the name of an abstract address.
fn address(path: &Path) -> io::Result<SocketAddr> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt;
        if let Some(name) = path.as_os_str().as_encoded_bytes().strip_prefix(b"\0") {
            return SocketAddr::from_abstract_name(name);
        }
    }
    SocketAddr::from_pathname(path)
}

/// The id of a user, as the system has it.
#[allow(non_camel_case_types, reason = "the system's name")]
pub type uid_t = u32;
/// The id of a group, as the system has it.
#[allow(non_camel_case_types, reason = "the system's name")]
pub type gid_t = u32;
/// The id of a process, as the system has it.
#[allow(non_camel_case_types, reason = "the system's name")]
pub type pid_t = i32;
