//! Halves of a stream, one to read and one to write: written once for all streams.

/// `ReadHalf` and `WriteHalf`, which borrow.
macro_rules! borrowed_halves {
    ($stream:ident, $inner:ty, $address:ty, $pair:literal) => {
        use crate::io::source::Source;
        use crate::net::{halves, methods};
        use std::io;
        use std::net::Shutdown;

        #[doc = concat!("What reads from a [`", stringify!($stream), "`](super::", stringify!($stream), "), made by [`split`](super::", stringify!($stream), "::split).")]
        #[derive(Debug)]
        pub struct ReadHalf<'a>(pub(super) &'a super::$stream);

        #[doc = concat!("What writes to a [`", stringify!($stream), "`](super::", stringify!($stream), "), made by [`split`](super::", stringify!($stream), "::split).")]
        ///
        /// To shut it down ends the stream's writing. Its drop does not: the stream is still there.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(pub(super) &'a super::$stream);

        impl super::$stream {
            /// Splits it into two halves that borrow it: one task can read and write at once.
            ///
            /// ```
            /// use airmail::io::{AsyncReadExt, AsyncWriteExt};
            ///
            /// # #[airmail::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $pair]
            /// let (mut read, mut write) = one.split();
            /// write.write_all(b"letter").await?;
            /// write.shutdown().await?;
            /// let mut letter = String::new();
            /// two.read_to_string(&mut letter).await?;
            /// assert_eq!(letter, "letter");
            /// # drop(two);
            /// assert_eq!(read.read(&mut [0; 1]).await?, 0);
            /// # Ok(())
            /// # }
            /// ```
            pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
                (ReadHalf(self), WriteHalf(self))
            }
        }

        impl ReadHalf<'_> {
            pub(crate) fn source(&self) -> &Source<$inner> {
                self.0.source()
            }
        }

        impl WriteHalf<'_> {
            pub(crate) fn source(&self) -> &Source<$inner> {
                self.0.source()
            }

            pub(crate) fn shut(&mut self) -> io::Result<()> {
                crate::net::transfer::ended(self.source().shutdown(Shutdown::Write))
            }
        }

        impl AsRef<super::$stream> for ReadHalf<'_> {
            fn as_ref(&self) -> &super::$stream {
                self.0
            }
        }

        impl AsRef<super::$stream> for WriteHalf<'_> {
            fn as_ref(&self) -> &super::$stream {
                self.0
            }
        }

        halves::half_methods!(ReadHalf<'_>, WriteHalf<'_>, $address, $pair, split);
    };
}

/// `OwnedReadHalf` and `OwnedWriteHalf`, which share the stream.
macro_rules! owned_halves {
    ($stream:ident, $inner:ty, $address:ty, $pair:literal) => {
        use crate::io::source::Source;
        use crate::net::{halves, methods};
        use std::error::Error;
        use std::net::Shutdown;
        use std::sync::Arc;
        use std::{fmt, io};

        #[doc = concat!("What reads from a [`", stringify!($stream), "`](super::", stringify!($stream), "), made by [`into_split`](super::", stringify!($stream), "::into_split).")]
        #[derive(Debug)]
        pub struct OwnedReadHalf {
            stream: Arc<super::$stream>,
        }

        #[doc = concat!("What writes to a [`", stringify!($stream), "`](super::", stringify!($stream), "), made by [`into_split`](super::", stringify!($stream), "::into_split).")]
        ///
        /// Its drop ends the stream's writing, so that the other side reads the end; [`forget`](Self::forget) does not.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            stream: Arc<super::$stream>,
            ends: bool,
        }

        /// The halves are not of the same stream. They are in it, as they were.
        #[derive(Debug)]
        pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

        impl fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(
                    "`reunite`: these halves are not of the same `",
                    stringify!($stream),
                    "`; give the two that one `into_split` made"
                ))
            }
        }

        impl Error for ReuniteError {}

        impl super::$stream {
            /// Splits it into two halves that own it together: one task can read while another one writes.
            ///
            /// ```
            /// use airmail::io::{AsyncReadExt, AsyncWriteExt};
            ///
            /// # #[airmail::main]
            /// # async fn main() -> std::io::Result<()> {
            #[doc = $pair]
            /// let (read, mut write) = one.into_split();
            /// let writer = airmail::spawn(async move {
            ///     write.write_all(b"letter").await?;
            ///     std::io::Result::Ok(write)
            /// });
            /// let mut letter = [0; 6];
            /// two.read_exact(&mut letter).await?;
            /// assert_eq!(&letter, b"letter");
            /// let whole = read.reunite(writer.await.unwrap()?).unwrap();
            /// # drop(whole);
            /// # Ok(())
            /// # }
            /// ```
            pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
                let stream = Arc::new(self);
                let read = OwnedReadHalf { stream: Arc::clone(&stream) };
                (read, OwnedWriteHalf { stream, ends: true })
            }
        }

        impl OwnedReadHalf {
            pub(crate) fn source(&self) -> &Source<$inner> {
                self.stream.source()
            }

            /// Puts the halves together again.
            ///
            /// # Errors
            /// If they are not of the same stream.
            pub fn reunite(self, other: OwnedWriteHalf) -> Result<super::$stream, ReuniteError> {
                if !Arc::ptr_eq(&self.stream, &other.stream) {
                    return Err(ReuniteError(self, other));
                }
                let stream = Arc::clone(&self.stream);
                drop(self);
                other.forget();
                Ok(Arc::into_inner(stream).expect("both halves are gone, and nobody else has it"))
            }
        }

        impl OwnedWriteHalf {
            pub(crate) fn source(&self) -> &Source<$inner> {
                self.stream.source()
            }

            pub(crate) fn shut(&mut self) -> io::Result<()> {
                let answer = crate::net::transfer::ended(self.source().shutdown(Shutdown::Write));
                self.ends &= answer.is_err();
                answer
            }

            /// As [`OwnedReadHalf::reunite`].
            ///
            /// # Errors
            /// If they are not of the same stream.
            pub fn reunite(self, other: OwnedReadHalf) -> Result<super::$stream, ReuniteError> {
                other.reunite(self)
            }

            /// Drops this half without an end of the stream's writing. That comes when the other half is dropped.
            pub fn forget(mut self) {
                self.ends = false;
            }
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.ends {
                    // Who drops does not want to hear that there is nobody any more.
                    let _gone = self.shut();
                }
            }
        }

        impl AsRef<super::$stream> for OwnedReadHalf {
            fn as_ref(&self) -> &super::$stream {
                &self.stream
            }
        }

        impl AsRef<super::$stream> for OwnedWriteHalf {
            fn as_ref(&self) -> &super::$stream {
                &self.stream
            }
        }

        halves::half_methods!(OwnedReadHalf, OwnedWriteHalf, $address, $pair, into_split);
    };
}

/// What borrowed and owned halves can.
macro_rules! half_methods {
    ($read:ty, $write:ty, $address:ty, $pair:literal, $split:ident) => {
        impl $read {
            methods::ready_methods!($pair);
            methods::readable_method!();
            methods::try_read_methods!($pair);

            /// The other side's address.
            ///
            /// # Errors
            /// If there is no other side any more.
            pub fn peer_addr(&self) -> io::Result<$address> {
                self.source().peer_addr()
            }

            /// This side's address.
            ///
            /// # Errors
            /// What the system says.
            pub fn local_addr(&self) -> io::Result<$address> {
                self.source().local_addr()
            }
        }

        impl $write {
            methods::ready_methods!($pair);
            methods::writable_method!();
            methods::try_write_methods!();

            /// The other side's address.
            ///
            /// # Errors
            /// If there is no other side any more.
            pub fn peer_addr(&self) -> io::Result<$address> {
                self.source().peer_addr()
            }

            /// This side's address.
            ///
            /// # Errors
            /// What the system says.
            pub fn local_addr(&self) -> io::Result<$address> {
                self.source().local_addr()
            }
        }
    };
}

pub(super) use {borrowed_halves, half_methods, owned_halves};
