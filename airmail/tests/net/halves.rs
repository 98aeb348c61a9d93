//! Streams that are split.

use crate::{each, tcp_pair};
use airmail::io::{AsyncReadExt, AsyncWriteExt, Interest};
use airmail::net::{TcpStream, UnixStream};
use std::io;

#[test]
fn borrowed_halves_work_at_once() {
    each("borrowed_halves", async || {
        let (mut here, mut there) = tcp_pair().await?;
        let (mut read, mut write) = here.split();
        let (mut their_read, mut their_write) = there.split();
        assert_eq!(read.local_addr()?, their_write.peer_addr()?);
        assert_eq!(write.peer_addr()?, their_read.local_addr()?);
        let (from, to): (&TcpStream, &TcpStream) = (read.as_ref(), write.as_ref());
        assert!(std::ptr::eq(from, to));
        write.write_all(b"question").await?;
        write.shutdown().await?;
        let mut text = String::new();
        their_read.read_to_string(&mut text).await?;
        their_write.write_all(b"answer").await?;
        their_write.shutdown().await?;
        read.read_to_string(&mut text).await?;
        assert_eq!(text, "questionanswer");
        Ok(())
    });
}

/// One task reads while another one writes; put together, it is the same stream.
#[test]
fn owned_halves_go_to_other_tasks() {
    each("owned_halves", async || {
        let (here, mut there) = tcp_pair().await?;
        let address = here.local_addr()?;
        let (mut read, mut write) = here.into_split();
        let reader = airmail::spawn(async move {
            let mut text = [0; 6];
            read.read_exact(&mut text).await?;
            io::Result::Ok((read, text))
        });
        let writer = airmail::spawn(async move {
            write.write_all(b"question").await?;
            io::Result::Ok(write)
        });
        let mut question = [0; 8];
        there.read_exact(&mut question).await?;
        there.write_all(b"answer").await?;
        let (read, answer) = reader.await.expect("no panic")?;
        assert_eq!((&question, &answer), (b"question", b"answer"));

        let whole = read.reunite(writer.await.expect("no panic")?).expect("of one stream");
        assert_eq!(whole.local_addr()?, address);
        // It did not end.
        assert!(there.ready(Interest::WRITABLE).await?.is_writable());
        assert_eq!(there.try_read(&mut [0; 8]).expect_err("nothing").kind(), io::ErrorKind::WouldBlock);
        drop(whole);
        assert_eq!(there.read(&mut [0; 8]).await?, 0);
        Ok(())
    });
}

#[test]
fn strangers_are_not_put_together() {
    each("strangers", async || {
        let ((one, other), (third, _fourth)) = (UnixStream::pair()?, UnixStream::pair()?);
        let ((read, write), (stranger, _)) = (one.into_split(), third.into_split());
        let error = stranger.reunite(write).expect_err("strangers");
        assert!(error.to_string().contains("not of the same `UnixStream`"), "{error}");
        // Both are still whole.
        let (_stranger, write) = (error.0, error.1);
        drop(write.reunite(read).expect("of one stream"));
        drop(other);
        Ok(())
    });
}

/// The drop of the half that writes ends the writing; forgotten, it does not.
#[test]
fn what_a_dropped_half_does() {
    each("dropped_half", async || {
        let (here, mut there) = tcp_pair().await?;
        let (mut read, write) = here.into_split();
        drop(write);
        assert_eq!(there.read(&mut [0; 8]).await?, 0);
        there.write_all(b"still").await?;
        let mut text = [0; 5];
        read.read_exact(&mut text).await?;
        assert_eq!(&text, b"still");

        let (here, mut there) = tcp_pair().await?;
        let (read, mut write) = here.into_split();
        write.write_all(b"x").await?;
        write.forget();
        assert_eq!(there.read(&mut [0; 8]).await?, 1);
        assert_eq!(there.try_read(&mut [0; 8]).expect_err("no end").kind(), io::ErrorKind::WouldBlock);
        drop(read);
        assert_eq!(there.read(&mut [0; 8]).await?, 0);
        Ok(())
    });
}
