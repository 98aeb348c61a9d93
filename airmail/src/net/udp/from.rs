//! To anybody, from anybody.

use super::UdpSocket;
use crate::io::source::Direction;
use crate::io::{Interest, ReadBuf};
use crate::net::resolve::one;
use crate::net::{ToSocketAddrs, transfer};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

impl UdpSocket {
    /// Sends a datagram to the first address that `target` stands for, and says how many bytes went.
    ///
    /// # Errors
    /// What the system says, such as that the datagram is too long. Those of [`lookup_host`](crate::net::lookup_host). As
    /// [`ready`](Self::ready), if it has to wait.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was sent.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], target: A) -> io::Result<usize> {
        let target = one("`UdpSocket::send_to`", target).await?;
        self.source.io(Interest::WRITABLE, |socket| socket.send_to(buf, target)).await
    }

    /// As [`send_to`](Self::send_to). Of several tasks that poll for sending, the last one is woken.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.source.poll_io(cx, Direction::Write, |socket| socket.send_to(buf, target))
    }

    /// As [`send_to`](Self::send_to), if that needs no waiting.
    ///
    /// # Errors
    /// `WouldBlock` if it does. Others as [`send_to`](Self::send_to).
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.source.try_io(Interest::WRITABLE, |socket| socket.send_to(buf, target))
    }

    /// Receives a datagram, and says how many bytes it has and who sent it. What does not fit into `buf` is lost.
    ///
    /// # Errors
    /// What the system says, such as `ConnectionRefused` for a datagram that was sent before. As [`ready`](Self::ready), if
    /// it has to wait.
    ///
    /// # Cancel safety
    /// If the future is dropped, nothing was received: the datagram is the next call's.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.io(Interest::READABLE, |socket| socket.recv_from(buf)).await
    }

    /// As [`recv_from`](Self::recv_from). Of several tasks that poll for receiving, the last one is woken.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        transfer::poll_receive(&self.source, cx, buf, mio::net::UdpSocket::recv_from)
    }

    /// As [`recv_from`](Self::recv_from), if there is a datagram.
    ///
    /// # Errors
    /// `WouldBlock` if there is none. Others as [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.source.try_io(Interest::READABLE, |socket| socket.recv_from(buf))
    }
}
