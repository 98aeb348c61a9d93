//! Asks a server for a page.
//!
//! `cargo run -p airmail --example hyper_client -- http://127.0.0.1:7004/anna`, while the example `hyper_server` runs.

use airmail::net::TcpStream;
use airmail::time::{Duration, timeout};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::{Request, Uri};
use std::error::Error;

#[airmail::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:7004/".to_owned());
    // All of it, however it is held up.
    print!("{}", timeout(Duration::from_secs(10), get(&url)).await??);
    Ok(())
}

pub(crate) async fn get(url: &str) -> Result<String, Box<dyn Error>> {
    let url: Uri = url.parse()?;
    let authority = url.authority().ok_or("expected a whole URL, such as http://127.0.0.1:7004/")?;
    if url.scheme_str() != Some("http") {
        return Err(format!("{url}: this example speaks http only, without encryption").into());
    }
    // Addresses of IPv6 are in brackets there.
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;

    let (mut sender, connection) = handshake(stream).await?;
    // It moves the bytes, and ends when the sender is gone and the answer is read.
    airmail::spawn(connection);

    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::get(path).header(HOST, authority.as_str()).body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    if status.is_success() { Ok(text) } else { Err(format!("{status}: {text}").into()) }
}
