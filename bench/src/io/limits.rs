//! As many open files as the system allows.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// A process may have more than the thousand that it is given at first; if not, opening them fails.
pub(super) fn many_files() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
