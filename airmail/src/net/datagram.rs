//! Methods of sockets that send and receive whole datagrams, written once.

/// Receives and sends with `$inner`, to and from `$address`; `$pair` makes two connected ones, `one` and `two`, in the examples.
macro_rules! datagram_methods {
    ($inner:ty, $address:ty, $pair:literal) => {
        $crate::net::methods::ready_methods!($pair);
        $crate::net::methods::readable_method!();
        $crate::net::methods::writable_method!();
        $crate::net::methods::any_io_methods!();

        /// Polls for room to send.
        ///
        /// Of several tasks that poll for sending, the last one is woken.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        pub fn poll_send_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.source.poll_ready(cx, $crate::io::source::Direction::Write)
        }

        /// Polls for something to receive.
        ///
        /// Of several tasks that poll for receiving, the last one is woken.
        ///
        /// # Errors
        /// As [`ready`](Self::ready).
        pub fn poll_recv_ready(
            &self,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            self.source.poll_ready(cx, $crate::io::source::Direction::Read)
        }

        /// Sends a datagram to the other side that it is connected to, and says how many bytes went.
        ///
        /// # Errors
        /// If it is not connected. What the system says, such as `ConnectionRefused` for an earlier datagram. As
        /// [`ready`](Self::ready), if it has to wait.
        ///
        /// # Cancel safety
        /// If the future is dropped, nothing was sent.
        pub async fn send(&self, buf: &[u8]) -> std::io::Result<usize> {
            self.source.io($crate::io::Interest::WRITABLE, |socket| socket.send(buf)).await
        }

        /// As [`send`](Self::send). Of several tasks that poll for sending, the last one is woken.
        ///
        /// # Errors
        /// As [`send`](Self::send).
        pub fn poll_send(
            &self,
            cx: &mut std::task::Context<'_>,
            buf: &[u8],
        ) -> std::task::Poll<std::io::Result<usize>> {
            self.source.poll_io(cx, $crate::io::source::Direction::Write, |socket| socket.send(buf))
        }

        /// As [`send`](Self::send), if that needs no waiting.
        ///
        /// # Errors
        /// `WouldBlock` if it does. Others as [`send`](Self::send).
        pub fn try_send(&self, buf: &[u8]) -> std::io::Result<usize> {
            self.source.try_io($crate::io::Interest::WRITABLE, |socket| socket.send(buf))
        }

        /// Receives a datagram from the other side that it is connected to, and says how many bytes it has. What does not
        /// fit into `buf` is lost.
        ///
        /// # Errors
        /// What the system says. As [`ready`](Self::ready), if it has to wait.
        ///
        /// # Cancel safety
        /// If the future is dropped, nothing was received: the datagram is the next call's.
        ///
        /// ```
        /// # #[airmail::main]
        /// # async fn main() -> std::io::Result<()> {
        #[doc = $pair]
        /// one.send(b"letter").await?;
        /// let mut buf = [0; 16];
        /// let received = two.recv(&mut buf).await?;
        /// assert_eq!(&buf[..received], b"letter");
        /// # Ok(())
        /// # }
        /// ```
        pub async fn recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.source.io($crate::io::Interest::READABLE, |socket| socket.recv(buf)).await
        }

        /// As [`recv`](Self::recv). Of several tasks that poll for receiving, the last one is woken.
        ///
        /// # Errors
        /// As [`recv`](Self::recv).
        pub fn poll_recv(
            &self,
            cx: &mut std::task::Context<'_>,
            buf: &mut $crate::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            $crate::net::transfer::poll_receive(&self.source, cx, buf, |socket, room| {
                Ok((socket.recv(room)?, ()))
            })
        }

        /// As [`recv`](Self::recv), if there is a datagram.
        ///
        /// # Errors
        /// `WouldBlock` if there is none. Others as [`recv`](Self::recv).
        pub fn try_recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.source.try_io($crate::io::Interest::READABLE, |socket| socket.recv(buf))
        }

        /// As [`recv`](Self::recv), to the end of a buffer that grows: what does not fit without that is lost. The bytes are
        /// copied once.
        ///
        /// # Errors
        /// As [`recv`](Self::recv).
        ///
        /// # Cancel safety
        /// As [`recv`](Self::recv).
        #[cfg(feature = "io-util")]
        pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            let receive = |socket: &$inner| {
                let receive = |block: &mut [u8]| Ok((socket.recv(block)?, ()));
                $crate::net::transfer::receive_buf(buf, receive)
            };
            self.source.io($crate::io::Interest::READABLE, receive).await.map(|(received, ())| received)
        }

        /// As [`recv_buf`](Self::recv_buf), if there is a datagram.
        ///
        /// # Errors
        /// `WouldBlock` if there is none. Others as [`recv`](Self::recv).
        #[cfg(feature = "io-util")]
        pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
            let receive = |block: &mut [u8]| Ok((self.try_recv(block)?, ()));
            $crate::net::transfer::receive_buf(buf, receive).map(|(received, ())| received)
        }

        /// As [`recv_from`](Self::recv_from), to the end of a buffer that grows: what does not fit without that is lost.
        /// The bytes are copied once.
        ///
        /// # Errors
        /// As [`recv_from`](Self::recv_from).
        ///
        /// # Cancel safety
        /// As [`recv_from`](Self::recv_from).
        #[cfg(feature = "io-util")]
        pub async fn recv_buf_from<B: bytes::BufMut>(
            &self,
            buf: &mut B,
        ) -> std::io::Result<(usize, $address)> {
            let receive =
                |socket: &$inner| $crate::net::transfer::receive_buf(buf, |block| socket.recv_from(block));
            self.source.io($crate::io::Interest::READABLE, receive).await
        }

        /// As [`recv_buf_from`](Self::recv_buf_from), if there is a datagram.
        ///
        /// # Errors
        /// `WouldBlock` if there is none. Others as [`recv_from`](Self::recv_from).
        #[cfg(feature = "io-util")]
        pub fn try_recv_buf_from<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<(usize, $address)> {
            $crate::net::transfer::receive_buf(buf, |block| self.try_recv_from(block))
        }

        /// Takes the error that the system keeps for this socket, if there is one (`SO_ERROR`).
        ///
        /// # Errors
        /// If the system cannot say.
        pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
            self.source.take_error()
        }
    };
}

pub(super) use datagram_methods;
