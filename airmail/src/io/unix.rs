//! What only Unix has: any file descriptor that can be waited for.

pub use super::async_fd::{
    AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, TryIoError,
};
