//! The examples do what they say. Each is compiled into this test, and its parts are called; `renamed_tokio`, which is a
//! package, has a test of its own.

#![allow(dead_code, reason = "each example has a main of its own")]

use airmail::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use airmail::net::{TcpListener, TcpStream, UdpSocket};
use airmail::time::{Instant, timeout};
use std::net::SocketAddr;
use std::time::Duration;

#[path = "../examples/chat.rs"]
mod chat;
#[path = "../examples/hyper_client.rs"]
mod hyper_client;
#[path = "../examples/hyper_server.rs"]
mod hyper_server;
#[path = "../examples/retry.rs"]
mod retry;
#[path = "../examples/tcp_echo.rs"]
mod tcp_echo;
#[path = "../examples/udp_echo.rs"]
mod udp_echo;

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[airmail::test]
async fn tcp_echo() {
    let (listener, address) = listener().await;
    airmail::spawn(tcp_echo::serve(listener));
    for text in ["hello", ""] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut back = String::new();
        stream.read_to_string(&mut back).await.unwrap();
        assert_eq!(back, text);
    }
}

#[airmail::test]
async fn udp_echo() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    client.connect(server.local_addr().unwrap()).await.unwrap();
    airmail::spawn(async move { udp_echo::serve(&server).await });
    for length in [5, 0, 1400] {
        client.send(&vec![7; length]).await.unwrap();
        let mut back = [0; 2000];
        assert_eq!(client.recv(&mut back).await.unwrap(), length);
        assert!(back[..length].iter().all(|byte| *byte == 7));
    }
}

#[airmail::test]
async fn chat() {
    let (listener, address) = listener().await;
    airmail::spawn(chat::serve(listener));
    let anna = TcpStream::connect(address).await.unwrap();
    let mut heard = BufReader::new(anna).lines();
    let mut ben = TcpStream::connect(address).await.unwrap();
    // Anna may be in the room after Ben.
    let mut says = Vec::new();
    while says.last().is_none_or(|line: &String| !line.ends_with(" hello anna")) {
        ben.write_all(b"hello anna\n").await.unwrap();
        let line = timeout(Duration::from_secs(20), heard.next_line()).await.unwrap().unwrap().unwrap();
        says.push(line);
    }
    let name = ben.local_addr().unwrap().to_string();
    ben.write_all(b"\x1b[31mred\x07\n").await.unwrap();
    let red = format!("{name} [31mred");
    while heard.next_line().await.unwrap().unwrap() != red {}
    // Nobody sends a line without an end.
    ben.write_all(&[b'a'; 1024]).await.unwrap();
    let lost = format!("{name} is lost: a line has more than 1024 bytes");
    while heard.next_line().await.unwrap().unwrap() != lost {}
    let cleo = TcpStream::connect(address).await.unwrap();
    let goes = format!("{} goes", cleo.local_addr().unwrap());
    drop(cleo);
    while heard.next_line().await.unwrap().unwrap() != goes {}
}

#[airmail::test]
async fn hyper_both_ways() {
    let (listener, address) = listener().await;
    airmail::spawn(hyper_server::serve(listener));
    assert_eq!(hyper_client::get(&format!("http://{address}/anna")).await.unwrap(), "hello anna\n");
    assert_eq!(hyper_client::get(&format!("http://{address}")).await.unwrap(), "hello world\n");
    let error = hyper_client::get("/anna").await.unwrap_err().to_string();
    assert!(error.starts_with("expected a whole URL"), "{error}");
    let error = hyper_client::get(&format!("https://{address}/")).await.unwrap_err().to_string();
    assert!(error.ends_with("this example speaks http only, without encryption"), "{error}");
    // Where there is IPv6.
    if let Ok(listener) = TcpListener::bind("[::1]:0").await {
        let address = listener.local_addr().unwrap();
        airmail::spawn(hyper_server::serve(listener));
        assert_eq!(hyper_client::get(&format!("http://{address}/")).await.unwrap(), "hello world\n");
    }
}

#[airmail::test]
async fn retry() {
    assert_eq!(retry::run().await.unwrap(), "delivered");
}

/// The pauses, to the millisecond, on a clock that stands still.
#[airmail::test(start_paused = true)]
async fn retry_gives_up() {
    let (start, mut at) = (Instant::now(), Vec::new());
    let patience =
        retry::Patience { tries: 4, time: Duration::from_secs(1), pause: Duration::from_millis(100) };
    let answer = retry::retry(patience, async || {
        at.push(start.elapsed().as_millis());
        if at.len() == 2 { std::future::pending().await } else { Err::<(), _>("no") }
    });
    assert_eq!(answer.await, Err("given up after 4 tries: no".to_owned()));
    assert_eq!(at, [0, 100, 1300, 1700]);
}
