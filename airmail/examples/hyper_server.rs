//! An HTTP server: hyper speaks the protocol, airmail runs it.
//!
//! `cargo run -p airmail --example hyper_server`, and elsewhere `curl http://127.0.0.1:7004/anna`. Ctrl-C ends it, and
//! whoever is being answered then gets the answer.

use airmail::hyper::Timer;
use airmail::net::{TcpListener, TcpStream};
use airmail::task;
use airmail::time::sleep;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::time::Duration;

fn main() -> io::Result<()> {
    let runtime = airmail::runtime::Builder::new_multi_thread().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:7004").await?;
        println!("serving http://{}/", listener.local_addr()?);
        airmail::spawn(serve(listener));
        airmail::signal::ctrl_c().await
    })?;
    println!("{}", runtime.shutdown(Duration::from_secs(5)));
    Ok(())
}

pub(crate) async fn serve(listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(airmail::spawn(connection(stream))),
            Err(error) => {
                // Too many files are open, perhaps: some will be closed.
                println!("nobody is let in for now: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// The runtime waits for who holds a notice, and tells it that it is to end.
async fn connection(stream: TcpStream) {
    let notice = task::shutdown_notice();
    let connection = http1::Builder::new().timer(Timer::new()).serve_connection(stream, service_fn(greet));
    let (mut connection, mut end) = (pin!(connection), pin!(notice.given()));
    let mut ends = false;
    let ended = poll_fn(|cx| {
        if !ends && end.as_mut().poll(cx).is_ready() {
            ends = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        println!("a client is lost: {error}");
    }
}

async fn greet(request: Request<Incoming>) -> hyper::Result<Response<String>> {
    let name = match request.uri().path().trim_start_matches('/') {
        "" => "world",
        name => name,
    };
    Ok(Response::new(format!("hello {name}\n")))
}
