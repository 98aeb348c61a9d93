//! What one connection has sent, and for which request; when an answer is out, its line is logged.
//!
//! An answer is out when its body has ended *and* what hyper had buffered went to the system: so the bytes are those
//! that were sent, not those that were meant to be.

use super::log::{Log, Malformed, Record};
use hyper::StatusCode;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Tally {
    log: Log,
    peer: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes, of all answers.
    written: u64,
    /// What was written when the request came.
    before: u64,
    request: Option<Record>,
    body: Body,
    /// The client has sent something.
    heard: bool,
    /// It has since the last request: perhaps the begin of another one.
    partial: bool,
    /// The server ends.
    hurried: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Body {
    #[default]
    Open,
    /// All of it went to hyper.
    Whole,
    /// It was dropped before.
    Cut,
}

impl Tally {
    pub(super) fn new(log: Log, peer: SocketAddr) -> Arc<Tally> {
        Arc::new(Tally { log, peer, state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has come. An earlier one is over, even if it was not seen to be.
    pub(super) fn begin(&self, request: Record) {
        let mut state = self.state();
        self.end(&mut state, true);
        state.before = state.written;
        state.partial = false;
        state.body = Body::Open;
        state.request = Some(request);
    }

    /// The answer is known; its body will say when it has ended.
    pub(super) fn answer(self: &Arc<Self>, status: StatusCode) -> BodyEnd {
        if let Some(request) = &mut self.state().request {
            request.status = status;
        }
        BodyEnd { tally: Arc::clone(self), body: Body::Cut }
    }

    pub(super) fn wrote(&self, bytes: usize) {
        self.state().written += bytes as u64;
    }

    /// Nothing is buffered any more.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        if state.body != Body::Open {
            self.end(&mut state, true);
        }
    }

    /// Logs the request, if there is one.
    fn end(&self, state: &mut State, flushed: bool) {
        if let Some(request) = state.request.take() {
            let whole = flushed && state.body == Body::Whole;
            self.log.write(&request.line(state.written - state.before, whole));
            state.before = state.written;
        }
    }

    /// What came was no request, and hyper has said so.
    pub(super) fn malformed(&self, too_large: bool) {
        self.no_request(if too_large {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        });
    }

    /// The client had no more time. If it was in the middle of a request, that is logged as what it could have been
    /// answered, though it is not.
    pub(super) fn too_slow(&self) {
        if self.state().partial {
            self.no_request(StatusCode::REQUEST_TIMEOUT);
        }
    }

    fn no_request(&self, status: StatusCode) {
        let mut state = self.state();
        self.end(&mut state, true);
        self.log.write(&Malformed { peer: self.peer, status, bytes: state.written - state.before });
    }

    pub(super) fn heard(&self) {
        let mut state = self.state();
        state.heard = true;
        state.partial = true;
    }

    /// The client has connected, and nothing more.
    pub(super) fn is_untouched(&self) -> bool {
        !self.state().heard
    }

    /// From now on nobody is waited for who need not be.
    pub(super) fn hurry(&self) {
        self.state().hurried = true;
    }

    pub(super) fn is_hurried(&self) -> bool {
        self.state().hurried
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let mut state = std::mem::take(&mut *self.state());
        self.end(&mut state, false);
    }
}

/// Goes with the body of an answer, and says so when it is gone.
#[derive(Debug)]
pub(super) struct BodyEnd {
    tally: Arc<Tally>,
    body: Body,
}

impl BodyEnd {
    /// Nothing is left to send.
    pub(super) fn whole(&mut self) {
        self.body = Body::Whole;
    }
}

impl Drop for BodyEnd {
    fn drop(&mut self) {
        self.tally.state().body = self.body;
    }
}
