//! What [hyper](https://docs.rs/hyper) asks of a runtime: an executor and a timer.
//!
//! Its third wish is for streams: [`TcpStream`](crate::net::TcpStream) and [`UnixStream`](crate::net::UnixStream) have
//! hyper's `Read` and `Write` themselves. (To read, the bytes are copied once: hyper's buffer cannot be given to the
//! system by safe code.)
//!
//! ```
//! use airmail::hyper::{Executor, Timer};
//! use airmail::net::{TcpListener, TcpStream};
//! use hyper::server::conn::http1;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response};
//!
//! # #[airmail::main]
//! # async fn main() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?;
//! # let client = airmail::spawn(async move {
//! #     let stream = TcpStream::connect(address).await.unwrap();
//! #     let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
//! #     airmail::spawn(connection);
//! #     sender.send_request(Request::new(String::new())).await.unwrap().status()
//! # });
//! // In a server, a loop.
//! let (stream, _) = listener.accept().await?;
//! let hello = service_fn(|_request: Request<_>| async { hyper::Result::Ok(Response::new("hello".to_owned())) });
//! let connection = http1::Builder::new().timer(Timer::new()).serve_connection(stream, hello);
//! airmail::spawn(connection);
//! # assert_eq!(client.await.unwrap(), 200);
//! # let _ = Executor::new();
//! # Ok(())
//! # }
//! ```

use crate::time;
use hyper::rt;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Runs hyper's background work, such as the streams of an HTTP/2 connection, as tasks of the current runtime.
///
/// # Panics
/// [`execute`](rt::Executor::execute) does, as [`spawn`](crate::spawn), if the thread is in no runtime.
///
/// ```
/// use airmail::hyper::Executor;
/// use hyper::rt::Executor as _;
///
/// # let (tell, told) = std::sync::mpsc::channel();
/// let runtime = airmail::runtime::Builder::new_current_thread().build()?;
/// runtime.block_on(async {
///     Executor::new().execute(async move { tell.send(7) });
///     airmail::task::yield_now().await;
/// });
/// assert_eq!(told.try_recv(), Ok(7));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Executor {}

impl Executor {
    /// For any runtime.
    pub fn new() -> Executor {
        Executor {}
    }
}

impl<F> rt::Executor<F> for Executor
where
    F: Future<Output: Send> + Send + 'static,
{
    #[track_caller]
    fn execute(&self, future: F) {
        // Detached: if it panics, the runtime reports it.
        drop(crate::spawn(future));
    }
}

/// Gives hyper the time of the current runtime, also one whose clock is [paused](crate::time::pause).
///
/// ```
/// use airmail::hyper::Timer;
/// use hyper::rt::Timer as _;
/// use std::time::Duration;
///
/// let runtime = airmail::runtime::Builder::new_current_thread().start_paused(true).build()?;
/// runtime.block_on(async {
///     let start = Timer::new().now();
///     Timer::new().sleep(Duration::from_secs(9)).await;
///     assert_eq!(Timer::new().now() - start, Duration::from_secs(9));
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Timer {}

impl Timer {
    /// For any runtime.
    pub fn new() -> Timer {
        Timer {}
    }
}

impl rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep { sleep: time::sleep(duration) })
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep { sleep: time::sleep_until(time::Instant::from_std(deadline)) })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn rt::Sleep>>, new_deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Sleep>() {
            Some(own) => own.project().sleep.reset(time::Instant::from_std(new_deadline)),
            None => *sleep = self.sleep_until(new_deadline),
        }
    }
}

pin_project! {
    /// A sleep that hyper can keep.
    struct Sleep {
        #[pin]
        sleep: time::Sleep,
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl rt::Sleep for Sleep {}
