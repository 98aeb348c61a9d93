//! Who comes in: not more at once than there is room for.

use super::connection::{self, Site};
use super::transport::{Listener, Stream};
use airmail::task::{JoinError, JoinSet, shutdown_notice};
use airmail::time::{Duration, Instant, sleep};
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

/// How long nobody is accepted after the system had nothing left for one more, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Trouble that comes back sooner is the same trouble, and was said.
const SILENCE: Duration = Duration::from_mins(1);

/// The connections, and whether there is room for one more. Those that find none wait in the system's queue.
struct Room {
    connections: JoinSet<()>,
    most: usize,
}

impl Room {
    /// Forgets those that have ended.
    fn clear(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(ended)) = self.connections.poll_join_next(cx) {
            report(ended);
        }
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        listener: &Listener,
    ) -> Poll<io::Result<(Stream, SocketAddr)>> {
        self.clear(cx);
        if self.connections.len() < self.most { listener.poll_accept(cx) } else { Poll::Pending }
    }
}

/// Accepts until the runtime is to end, and then waits for those that are being served.
pub(super) async fn run(listener: Listener, site: Site, most: usize) {
    let notice = shutdown_notice();
    let mut end = pin!(notice.given());
    let mut room = Room { connections: JoinSet::new(), most };
    let (mut pause, mut complained) = (FIRST_PAUSE, None);
    while let Some(next) = unless(end.as_mut(), poll_fn(|cx| room.poll_next(cx, &listener))).await {
        match next {
            Ok((stream, peer)) => {
                pause = FIRST_PAUSE;
                room.connections.spawn(connection::serve(site.clone(), stream, peer));
            }
            // It was gone before it was looked at.
            Err(error) if is_of_client(&error) => {}
            Err(error) => {
                if complained.replace(Instant::now()).is_none_or(|last| last.elapsed() > SILENCE) {
                    complain(&error, room.connections.len());
                }
                unless(end.as_mut(), sleep(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    drop(listener);
    while let Some(ended) = room.connections.join_next().await {
        report(ended);
    }
}

/// The answer, unless the end comes first.
async fn unless<T>(
    mut end: Pin<&mut impl Future<Output = ()>>,
    answer: impl Future<Output = T>,
) -> Option<T> {
    let mut answer = pin!(answer);
    poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => answer.as_mut().poll(cx).map(Some),
    })
    .await
}

fn complain(error: &io::Error, open: usize) {
    super::complain(&format!(
        "no connection can be accepted for now: {error}; {open} are open; fewer --connections, or a higher limit of \
         open files (ulimit -n), help"
    ));
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        super::complain(&format!("a connection failed: {error}"));
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
