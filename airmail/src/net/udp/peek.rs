//! To look at a datagram and leave it to be received.

use super::UdpSocket;
use crate::io::{Interest, ReadBuf};
use crate::net::transfer;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

impl UdpSocket {
    /// As [`recv`](Self::recv), but leaves the datagram to be received.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.source.io(Interest::READABLE, |socket| socket.peek(buf)).await
    }

    /// As [`peek`](Self::peek). Of several tasks that poll for receiving, the last one is woken.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        transfer::poll_receive(&self.source, cx, buf, |socket, room| Ok((socket.peek(room)?, ())))
    }

    /// As [`peek`](Self::peek), if there is a datagram.
    ///
    /// # Errors
    /// `WouldBlock` if there is none. Others as [`recv`](Self::recv).
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.source.try_io(Interest::READABLE, |socket| socket.peek(buf))
    }

    /// As [`recv_from`](Self::recv_from), but leaves the datagram to be received.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    ///
    /// ```
    /// use airmail::net::UdpSocket;
    ///
    /// # #[airmail::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let here = UdpSocket::bind("127.0.0.1:0").await?;
    /// let there = UdpSocket::bind("127.0.0.1:0").await?;
    /// here.send_to(b"letter", there.local_addr()?).await?;
    /// let mut buf = [0; 16];
    /// let looked_at = there.peek_from(&mut buf).await?;
    /// assert_eq!(there.recv_from(&mut buf).await?, looked_at);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.io(Interest::READABLE, |socket| socket.peek_from(buf)).await
    }

    /// As [`peek_from`](Self::peek_from). Of several tasks that poll for receiving, the last one is woken.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        transfer::poll_receive(&self.source, cx, buf, mio::net::UdpSocket::peek_from)
    }

    /// As [`peek_from`](Self::peek_from), if there is a datagram.
    ///
    /// # Errors
    /// `WouldBlock` if there is none. Others as [`recv_from`](Self::recv_from).
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.try_io(Interest::READABLE, |socket| socket.peek_from(buf))
    }

    /// Waits for a datagram and says who sent it.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// Nothing is lost if the future is dropped.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.source.io(Interest::READABLE, sender).await
    }

    /// As [`peek_sender`](Self::peek_sender). Of several tasks that poll for receiving, the last one is woken.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.source.poll_io(cx, crate::io::source::Direction::Read, sender)
    }

    /// As [`peek_sender`](Self::peek_sender), if there is a datagram.
    ///
    /// # Errors
    /// `WouldBlock` if there is none. Others as [`recv_from`](Self::recv_from).
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.source.try_io(Interest::READABLE, sender)
    }
}

/// Who sent the next datagram. On some systems a buffer that is too small is an error, which `socket2` knows how to avoid.
fn sender(socket: &mio::net::UdpSocket) -> io::Result<SocketAddr> {
    let sender = socket2::SockRef::from(socket).peek_sender()?;
    sender.as_socket().ok_or_else(|| {
        io::Error::other(
            "`UdpSocket::peek_sender`: the sender has no address of IP; is this a socket of UDP?",
        )
    })
}
