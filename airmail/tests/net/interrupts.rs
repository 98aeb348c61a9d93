//! Signals whose handlers do nothing while threads wait: row I3 of the catalogue. In a process of its own.

use crate::common::{self, child};
use crate::runtimes;
use crate::watchdog::Watchdog;
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpStream};
use airmail::time::{Duration, Instant, sleep};
use rustix::process::{Signal, getpid, kill_process};
use rustix::thread::gettid;
use signal_hook::consts::SIGURG;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

static ON_FIRST: AtomicUsize = AtomicUsize::new(0);
static ON_OTHERS: AtomicUsize = AtomicUsize::new(0);

/// The first thread is asked first by the system, so it stays in its handler for a moment: the next ones go to others.
fn handle_and_do_nothing() {
    let handler = || {
        if gettid() == getpid() {
            ON_FIRST.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_micros(300));
        } else {
            ON_OTHERS.fetch_add(1, Ordering::Relaxed);
        }
    };
    // SAFETY: atomics and a sleep may be used in a handler.
    unsafe { signal_hook::low_level::register(SIGURG, handler) }.expect("not a forbidden one");
}

/// Sleeps, accepts, connects, reads and writes, each of which waits for a while.
async fn waits() -> io::Result<()> {
    let began = Instant::now();
    sleep(Duration::from_millis(100)).await;
    assert!(began.elapsed() >= Duration::from_millis(100));
    assert!(began.elapsed() < Duration::from_secs(20), "a deadline was not kept: {:?}", began.elapsed());

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let host = airmail::spawn(async move {
        for _ in 0..10 {
            let (mut stream, _) = listener.accept().await?;
            sleep(Duration::from_millis(3)).await;
            stream.write_all(&vec![7; 1 << 20]).await?;
        }
        io::Result::Ok(())
    });
    for _ in 0..10 {
        sleep(Duration::from_millis(3)).await;
        let mut stream = TcpStream::connect(address).await?;
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await?;
        assert!(all.len() == 1 << 20 && all.iter().all(|&byte| byte == 7));
    }
    host.await.expect("no panic")
}

#[test]
fn i3_signals_while_threads_wait() {
    child::must_succeed("interrupts::i3_signals_while_threads_wait", || {
        handle_and_do_nothing();
        for (flavor, runtime) in runtimes() {
            let _watchdog = Watchdog::new(&format!("i3, {flavor}"), Duration::from_mins(1));
            let over = AtomicBool::new(false);
            thread::scope(|scope| {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        kill_process(getpid(), Signal::URG).expect("it is this one");
                        thread::sleep(Duration::from_micros(50));
                    }
                });
                let answer = runtime.block_on(async {
                    for _ in 0..3 {
                        waits().await?;
                    }
                    io::Result::Ok(())
                });
                over.store(true, Ordering::Relaxed);
                answer.expect("no error");
            });
            common::end(runtime);
        }
        let heard = (ON_FIRST.load(Ordering::Relaxed), ON_OTHERS.load(Ordering::Relaxed));
        assert!(heard.0 > 100 && heard.1 > 100, "signals on the first thread and on others: {heard:?}");
    });
}
