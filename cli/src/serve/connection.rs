//! One connection, from its first byte to its last.

use super::body::Told;
use super::log::{Log, Record};
use super::request;
use super::root::Root;
use super::stream::Guarded;
use super::tally::Tally;
use super::transport::{Stream, Timer};
use airmail::task::shutdown_notice;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

/// So long may the head of a request be, with its first line.
const HEAD: usize = 16 * 1024;

/// So much of a request that has no end yet is kept, and so much of an answer besides one piece of a file.
const BUFFER: usize = 32 * 1024;

/// So many fields may a request have.
const FIELDS: usize = 100;

/// What all connections share.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) root: Arc<Root>,
    pub(super) log: Log,
    /// How long a client may send no request, or take nothing of its answer.
    pub(super) patience: Duration,
}

/// Answers one request after another. When the runtime is to end, the one that is being answered is the last.
pub(super) async fn serve(site: Site, stream: Stream, peer: SocketAddr) {
    let notice = shutdown_notice();
    let tally = Tally::new(site.log.clone(), peer);
    let stream = Guarded::new(stream, Arc::clone(&tally), site.patience);
    let answer = service_fn(|request| answer(&site, &tally, request));
    let connection = http1::Builder::new()
        .timer(Timer::new())
        .header_read_timeout(site.patience)
        .max_buf_size(BUFFER)
        .max_header_size(HEAD)
        .max_headers(FIELDS)
        .serve_connection(stream, answer);
    let (mut connection, mut given) = (pin!(connection), pin!(notice.given()));
    let mut ends = false;
    let ended = poll_fn(|cx| {
        if !ends && given.as_mut().poll(cx).is_ready() {
            ends = true;
            tally.hurry();
            if tally.is_untouched() {
                return Poll::Ready(Ok(()));
            }
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        trouble(&tally, &error);
    }
}

async fn answer(
    site: &Site,
    tally: &Arc<Tally>,
    request: Request<Incoming>,
) -> Result<Response<Told>, Infallible> {
    let (parts, _) = request.into_parts();
    tally.begin(Record::new(tally.peer(), &parts.method, &parts.uri));
    let answer = request::answer(&site.root, parts).await;
    let end = tally.answer(answer.status());
    Ok(answer.map(|content| Told::new(content, end)))
}

/// Clients that go, or are too slow, are everyday business; who reads the log sees them. A file that cannot be read to its
/// end is not.
fn trouble(tally: &Tally, error: &hyper::Error) {
    if error.is_parse() {
        tally.malformed(error.is_parse_too_large());
    } else if error.is_timeout() {
        tally.too_slow();
    } else if error.is_user() {
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        super::complain(&format!("the answer to {} is cut: {cause}", tally.peer()));
    }
}
