//! The traits of other crates: those of futures, and hyper's.

use crate::{each, tcp_pair};
use airmail::hyper::{Executor, Timer};
use airmail::net::{TcpListener, TcpStream, UnixStream};
use futures::io::{AsyncReadExt, AsyncWriteExt};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::rt::{Executor as _, Timer as _};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

#[test]
fn the_traits_of_futures() {
    each("futures-io", async || {
        let (mut here, mut there) = tcp_pair().await?;
        here.write_all(b"letter").await?;
        AsyncWriteExt::close(&mut here).await?;
        let mut text = String::new();
        there.read_to_string(&mut text).await?;
        assert_eq!(text, "letter");
        let (mut read, mut write) = there.split();
        assert_eq!(read.read(&mut [0; 8]).await?, 0);
        let parts = [io::IoSlice::new(b"an"), io::IoSlice::new(b"swer")];
        assert_eq!(write.write_vectored(&parts).await?, 6);
        write.close().await?;
        text.clear();
        here.read_to_string(&mut text).await?;
        assert_eq!(text, "answer");

        let (here, there) = UnixStream::pair()?;
        let ((mut read, _), (_, mut write)) = (here.into_split(), there.into_split());
        write.write_all(b"letter").await?;
        write.close().await?;
        text.clear();
        read.read_to_string(&mut text).await?;
        assert_eq!(text, "letter");
        Ok(())
    });
}

/// A body in pieces that are larger than a block of bytes.
struct Pieces(usize);

const PIECE: usize = 100_000;

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(crate::pattern(PIECE))))))
    }
}

async fn collect(mut body: impl Body<Data = Bytes, Error = hyper::Error> + Unpin) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.expect("a frame").into_data() {
            all.extend_from_slice(&data);
        }
    }
    all
}

async fn answer(request: Request<Incoming>) -> hyper::Result<Response<Pieces>> {
    let status = match request.uri().path() {
        "/letters" => StatusCode::OK,
        _ => StatusCode::NOT_FOUND,
    };
    let pieces = collect(request.into_body()).await.len() / PIECE;
    let mut response = Response::new(Pieces(pieces));
    *response.status_mut() = status;
    Ok(response)
}

/// Sends requests over one connection, and hears their bodies come back.
async fn ask<S>(stream: S) -> io::Result<()>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(stream).await.map_err(io::Error::other)?;
    let connection = airmail::spawn(connection);
    for (path, pieces, status) in [("/letters", 3, 200), ("/letters", 0, 200), ("/parcels", 1, 404)] {
        let request = Request::post(path).body(Pieces(pieces)).expect("valid");
        // While the last exchange is being put away, the connection takes no request.
        sender.ready().await.map_err(io::Error::other)?;
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        assert_eq!(response.status(), status);
        let back = collect(response.into_body()).await;
        assert!(back == crate::pattern(PIECE).repeat(pieces), "{} bytes came back", back.len());
    }
    drop(sender);
    connection.await.expect("no panic").map_err(io::Error::other)
}

async fn serve<S>(stream: S) -> io::Result<()>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(Timer::new()).header_read_timeout(Duration::from_mins(1));
    http.serve_connection(stream, service_fn(answer)).await.map_err(io::Error::other)
}

#[test]
fn http_over_tcp() {
    each("http_over_tcp", async || {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = airmail::spawn(async move {
            let (stream, _) = listener.accept().await?;
            serve(stream).await
        });
        ask(TcpStream::connect(address).await?).await?;
        server.await.expect("no panic")
    });
}

#[test]
fn http_over_unix() {
    each("http_over_unix", async || {
        let (here, there) = UnixStream::pair()?;
        let server = airmail::spawn(serve(there));
        ask(here).await?;
        server.await.expect("no panic")
    });
}

#[test]
fn work_in_the_background() {
    each("work_in_the_background", async || {
        let (tell, told) = futures::channel::oneshot::channel();
        Executor::new().execute(async move { tell.send(7) });
        assert_eq!(told.await, Ok(7));
        while airmail::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
            airmail::task::yield_now().await;
        }
        Ok(())
    });
}

/// hyper's sleeps go by the runtime's clock, and can be set anew.
#[test]
fn sleeps() {
    crate::common::run(async {
        airmail::time::pause();
        let (timer, start) = (Timer::new(), airmail::time::Instant::now());
        timer.sleep(Duration::from_secs(3)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        timer.sleep_until(timer.now() + Duration::from_secs(4)).await;
        assert_eq!(start.elapsed(), Duration::from_secs(7));

        let mut sleep = timer.sleep(Duration::from_hours(1));
        assert!(crate::once(sleep.as_mut()).await.is_pending());
        timer.reset(&mut sleep, timer.now() + Duration::from_secs(1));
        pin!(sleep).await;
        assert_eq!(start.elapsed(), Duration::from_secs(8));
    });
}
