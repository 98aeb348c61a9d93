//! Methods that several types have, written once.
//!
//! Each macro is called with a type and the lines that make two connected ones, `one` and `two`, in its examples.

/// To wait until a read or a write does not.
macro_rules! ready_methods {
    ($pair:literal) => {
        /// Waits until it is ready for any of what is asked for, and says for what.
        ///
        /// Then an operation such as `try_read` or `try_write` mostly finds it so, but may not: somebody else may have
        /// come first.
        ///
        /// Urgent data is not heard of: sockets are registered for reads and writes, so `Interest::PRIORITY` hears only
        /// that nothing more will come. [`AsyncFd`](crate::io::unix::AsyncFd) can wait for it.
        ///
        /// # Errors
        /// If it is waited for outside of runtimes, or its runtime is gone.
        ///
        /// # Cancel safety
        /// Nothing is lost if the future is dropped: what it is ready for, it stays ready for.
        ///
        /// ```
        /// use airmail::io::Interest;
        ///
        /// # #[airmail::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        /// let ready = one.ready(Interest::READABLE | Interest::WRITABLE).await?;
        /// assert!(ready.is_writable() && !ready.is_readable());
        /// # drop(two);
        /// # Ok(())
        /// # }
        /// ```
        pub async fn ready(&self, interest: $crate::io::Interest) -> std::io::Result<$crate::io::Ready> {
            self.source().ready(interest).await
        }
    };
}

/// To wait until a read does not.
macro_rules! readable_method {
    () => {
        /// Waits until there is something to read, or nothing more will come.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        ///
        /// # Cancel safety
        /// Nothing is lost if the future is dropped.
        pub async fn readable(&self) -> std::io::Result<()> {
            self.source().ready($crate::io::Interest::READABLE).await.map(drop)
        }
    };
}

/// To wait until a write does not.
macro_rules! writable_method {
    () => {
        /// Waits until there is room to write, or the other side reads no more.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        ///
        /// # Cancel safety
        /// Nothing is lost if the future is dropped.
        pub async fn writable(&self) -> std::io::Result<()> {
            self.source().ready($crate::io::Interest::WRITABLE).await.map(drop)
        }
    };
}

/// Reads of a stream that never wait.
macro_rules! try_read_methods {
    ($pair:literal) => {
        /// Reads if that needs no waiting, and says how many bytes. None is the end, unless `buf` is empty.
        ///
        /// # Errors
        /// `WouldBlock` if there is nothing to read now.
        ///
        /// ```
        /// # #[airmail::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        /// one.try_write(b"letter")?;
        /// let mut buf = [0; 16];
        /// let read = loop {
        ///     two.readable().await?;
        ///     match two.try_read(&mut buf) {
        ///         Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
        ///         answer => break answer?,
        ///     }
        /// };
        /// assert_eq!(&buf[..read], b"letter");
        /// # Ok(())
        /// # }
        /// ```
        pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            use std::io::Read;
            self.source().try_io($crate::io::Interest::READABLE, |mut object| object.read(buf))
        }

        /// As [`try_read`](Self::try_read), into several buffers, one after the other.
        ///
        /// # Errors
        /// As [`try_read`](Self::try_read).
        pub fn try_read_vectored(&self, bufs: &mut [std::io::IoSliceMut<'_>]) -> std::io::Result<usize> {
            use std::io::Read;
            self.source().try_io($crate::io::Interest::READABLE, |mut object| object.read_vectored(bufs))
        }

        /// As [`try_read`](Self::try_read), to the end of a buffer that grows: as far as it has room without that, and
        /// 16 KiB at most. The bytes are copied once.
        ///
        /// # Errors
        /// As [`try_read`](Self::try_read).
        #[cfg(feature = "io-util")]
        pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            $crate::net::transfer::read_buf(buf, |block| self.try_read(block))
        }
    };
}

/// Writes to a stream that never wait.
macro_rules! try_write_methods {
    () => {
        /// Writes what there is room for now, and says how many bytes that were.
        ///
        /// # Errors
        /// `WouldBlock` if there is no room. Others as the system has them, such as `BrokenPipe`.
        pub fn try_write(&self, buf: &[u8]) -> std::io::Result<usize> {
            use std::io::Write;
            self.source().try_io($crate::io::Interest::WRITABLE, |mut object| object.write(buf))
        }

        /// As [`try_write`](Self::try_write), from several buffers, one after the other.
        ///
        /// # Errors
        /// As [`try_write`](Self::try_write).
        pub fn try_write_vectored(&self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
            use std::io::Write;
            self.source().try_io($crate::io::Interest::WRITABLE, |mut object| object.write_vectored(bufs))
        }
    };
}

/// Operations that are not airmail's.
macro_rules! any_io_methods {
    () => {
        /// Does an operation of another library if it needs no waiting: `op` is called once, or not at all.
        ///
        /// `op` must not block, and answer `WouldBlock` if it would: then this object counts as not ready for `interest`
        /// until the system says otherwise.
        ///
        /// # Errors
        /// `WouldBlock` if it is not ready; else what `op` says.
        pub fn try_io<R>(
            &self,
            interest: $crate::io::Interest,
            op: impl FnOnce() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.source().try_io(interest, |_| op())
        }

        /// Does an operation of another library, and waits while it answers `WouldBlock`.
        ///
        /// # Errors
        /// What `op` says, except `WouldBlock`. As [`ready`](Self::ready), if it has to wait.
        ///
        /// # Cancel safety
        /// If the future is dropped, the last call of `op` said `WouldBlock`: nothing is lost.
        pub async fn async_io<R>(
            &self,
            interest: $crate::io::Interest,
            mut op: impl FnMut() -> std::io::Result<R>,
        ) -> std::io::Result<R> {
            self.source().io(interest, |_| op()).await
        }
    };
}

/// Everything that a whole stream has.
macro_rules! stream_methods {
    ($pair:literal) => {
        $crate::net::methods::ready_methods!($pair);
        $crate::net::methods::readable_method!();
        $crate::net::methods::writable_method!();
        $crate::net::methods::try_read_methods!($pair);
        $crate::net::methods::try_write_methods!();
        $crate::net::methods::any_io_methods!();

        /// Polls for something to read, or the end of it.
        ///
        /// Of several tasks that poll, by this or by [`AsyncRead`](crate::io::AsyncRead), the last one is woken.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        pub fn poll_read_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.source().poll_ready(cx, $crate::io::source::Direction::Read)
        }

        /// Polls for room to write, or that the other side reads no more.
        ///
        /// Of several tasks that poll, by this or by [`AsyncWrite`](crate::io::AsyncWrite), the last one is woken.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        pub fn poll_write_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.source().poll_ready(cx, $crate::io::source::Direction::Write)
        }
    };
}

/// From the standard library's type and back, and the descriptor.
macro_rules! conversions {
    ($own:ident $({ $more:ident })?, $inner:ty, $std:ty, $make:literal) => {
        impl $own {
            pub(crate) fn of(object: $inner) -> $own {
                $own { source: $crate::io::source::Source::new(object) $(, $more: Default::default())? }
            }

            /// From the standard library's. It is made non-blocking.
            ///
            /// This can be done outside of runtimes: it belongs to the one in which it first has to wait.
            ///
            /// # Errors
            /// If the system refuses to make it non-blocking.
            ///
            /// ```
            /// # fn main() -> std::io::Result<()> {
            #[doc = $make]
            #[doc = concat!("let socket = airmail::net::", stringify!($own), "::from_std(standard)?;")]
            #[doc = concat!("let standard: ", stringify!($std), " = socket.into_std()?;")]
            /// # drop(standard);
            /// # Ok(())
            /// # }
            /// ```
            pub fn from_std(standard: $std) -> std::io::Result<$own> {
                standard.set_nonblocking(true)?;
                Ok($own::of(<$inner>::from_std(standard)))
            }

            /// To the standard library's, which stays non-blocking: `set_nonblocking(false)` changes that.
            ///
            /// # Errors
            /// If the system does not let it go from what waits for it.
            pub fn into_std(self) -> std::io::Result<$std> {
                self.source.into_inner().map(<$std>::from)
            }
        }

        impl TryFrom<$std> for $own {
            type Error = std::io::Error;

            /// As [`from_std`](Self::from_std).
            fn try_from(standard: $std) -> std::io::Result<$own> {
                $own::from_std(standard)
            }
        }

        #[cfg(unix)]
        impl std::os::fd::AsRawFd for $own {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                self.source.as_raw_fd()
            }
        }

        #[cfg(unix)]
        impl std::os::fd::AsFd for $own {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.source.as_fd()
            }
        }
    };
}

pub(super) use {
    any_io_methods, conversions, readable_method, ready_methods, stream_methods, try_read_methods,
    try_write_methods, writable_method,
};
