//! What is sent: nothing, a text, or a file, piece by piece.

use super::range::Part;
use super::tally::BodyEnd;
use airmail::task::{JoinHandle, spawn_blocking};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A connection has one piece of a file in memory, and perhaps one that the system did not take yet.
pub(super) const PIECE: usize = 64 * 1024;

/// What an answer contains.
#[derive(Debug, Default)]
pub(super) enum Content {
    #[default]
    Nothing,
    Text(Bytes),
    File(Sending),
}

/// A part of a file, on its way.
#[derive(Debug)]
pub(super) struct Sending {
    /// Read already.
    piece: Option<Bytes>,
    /// Bytes that have not been read.
    left: u64,
    file: Reader,
}

#[derive(Debug)]
enum Reader {
    Idle(File),
    Reading(JoinHandle<(File, io::Result<Bytes>)>),
    /// It failed.
    Gone,
}

impl Sending {
    /// Reads the first piece: small files are sent without another thread.
    pub(super) fn new(mut file: File, part: Part) -> io::Result<Sending> {
        file.seek(SeekFrom::Start(part.first))?;
        let piece = read(&mut file, part.len())?;
        let left = part.len() - piece.len() as u64;
        Ok(Sending { piece: Some(piece), left, file: Reader::Idle(file) })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(piece) = self.piece.take().filter(|piece| !piece.is_empty()) {
            return Poll::Ready(Some(Ok(piece)));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        loop {
            match std::mem::replace(&mut self.file, Reader::Gone) {
                Reader::Idle(mut file) => {
                    let left = self.left;
                    self.file = Reader::Reading(spawn_blocking(move || {
                        let piece = read(&mut file, left);
                        (file, piece)
                    }));
                }
                Reader::Reading(mut reading) => {
                    let Poll::Ready(answer) = Pin::new(&mut reading).poll(cx) else {
                        self.file = Reader::Reading(reading);
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(answer.map_err(io::Error::other).and_then(|(file, piece)| {
                        let piece = piece?;
                        self.left -= piece.len() as u64;
                        self.file = Reader::Idle(file);
                        Ok(piece)
                    })));
                }
                Reader::Gone => return Poll::Ready(None),
            }
        }
    }
}

/// The next piece. That it is shorter than it must be is an error: what was promised cannot be sent any more.
fn read(file: &mut File, left: u64) -> io::Result<Bytes> {
    let length = left.min(PIECE as u64);
    let mut piece = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut piece)?;
    if (piece.len() as u64) < length {
        let cut = "the file got shorter while it was sent";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cut));
    }
    Ok(Bytes::from(piece))
}

/// A content that tells when it has ended.
#[derive(Debug)]
pub(super) struct Told {
    content: Content,
    end: BodyEnd,
}

impl Told {
    pub(super) fn new(content: Content, end: BodyEnd) -> Told {
        let mut told = Told { content, end };
        told.look();
        told
    }

    /// hyper drops a body that has nothing left without asking it again.
    fn look(&mut self) {
        if self.is_end_stream() {
            self.end.whole();
        }
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match &mut self.content {
            Content::Nothing => None,
            Content::Text(text) => Some(std::mem::take(text)).filter(|text| !text.is_empty()).map(Ok),
            Content::File(sending) => ready!(sending.poll(cx)),
        };
        self.look();
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.content {
            Content::Nothing => 0,
            Content::Text(text) => text.len() as u64,
            Content::File(Sending { piece, left, .. }) => {
                left + piece.as_ref().map_or(0, |piece| piece.len() as u64)
            }
        })
    }
}
