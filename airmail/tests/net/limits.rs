//! No file descriptor is left: rows I6 and R3 of the catalogue. Each test in a process of its own, whose limit it sets.

use crate::common::{self, child};
use crate::watchdog::Watchdog;
use crate::{Place, runtimes};
use airmail::io::unix::AsyncFd;
use airmail::io::{AsyncReadExt, AsyncWriteExt};
use airmail::net::{TcpListener, TcpStream, UdpSocket, UnixListener, UnixStream};
use airmail::signal::unix::{SignalKind, signal};
use airmail::task::yield_now;
use airmail::time::{Duration, Instant, sleep, timeout};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit of descriptors, until it is dropped.
struct Limit(rustix::process::Rlimit);

impl Limit {
    /// `more` can be opened.
    fn leaves(more: u64) -> Limit {
        let next = File::open("/dev/null").expect("there is a descriptor yet").as_raw_fd();
        let before = getrlimit(Resource::Nofile);
        let current = Some(u64::try_from(next).expect("a descriptor") + more);
        setrlimit(Resource::Nofile, rustix::process::Rlimit { current, ..before })
            .expect("it may be lowered");
        Limit(before)
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        setrlimit(Resource::Nofile, self.0).expect("as it was");
    }
}

/// Every descriptor that can be had.
fn all() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

fn processor_time() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("not negative")
}

type Answer = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Greets one guest. Each error is counted, and it is tried again at once.
async fn greets(mut accept: impl FnMut() -> Answer, errors: Arc<AtomicUsize>) {
    while let Err(error) = accept().await {
        assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()), "{error}");
        errors.fetch_add(1, Ordering::Relaxed);
    }
}

/// Listeners, and how each of them accepts and greets.
async fn listeners(place: &Place) -> io::Result<(Arc<TcpListener>, Vec<Box<dyn FnMut() -> Answer + Send>>)> {
    let tcp = Arc::new(TcpListener::bind("127.0.0.1:0").await?);
    let unix = Arc::new(UnixListener::bind(place.path())?);
    let accepts: Vec<Box<dyn FnMut() -> Answer + Send>> = vec![
        Box::new({
            let tcp = Arc::clone(&tcp);
            move || {
                let tcp = Arc::clone(&tcp);
                Box::pin(async move { tcp.accept().await?.0.write_all(b"!").await })
            }
        }),
        Box::new({
            let tcp = Arc::clone(&tcp);
            move || {
                let tcp = Arc::clone(&tcp);
                Box::pin(async move { poll_fn(|cx| tcp.poll_accept(cx)).await?.0.write_all(b"!").await })
            }
        }),
        Box::new({
            let unix = Arc::clone(&unix);
            move || {
                let unix = Arc::clone(&unix);
                Box::pin(async move { unix.accept().await?.0.write_all(b"!").await })
            }
        }),
        Box::new(move || {
            let unix = Arc::clone(&unix);
            Box::pin(async move { poll_fn(|cx| unix.poll_accept(cx)).await?.0.write_all(b"!").await })
        }),
    ];
    Ok((tcp, accepts))
}

/// Without a descriptor, each accept is an error, and the next one rests: no spin. As soon as there are some, all guests are
/// greeted.
async fn without_descriptors() -> io::Result<()> {
    let place = Place::new();
    let (tcp, accepts) = listeners(&place).await?;
    let address = tcp.local_addr()?;
    let mut guests: Vec<Pin<Box<dyn airmail::io::AsyncRead + Send>>> = Vec::new();
    for _ in 0..2 {
        guests.push(Box::pin(TcpStream::connect(address).await?));
        guests.push(Box::pin(UnixStream::connect(place.path()).await?));
    }
    let (limit, before, began) = (Limit::leaves(20), processor_time(), Instant::now());
    let taken = all();
    let errors = [Arc::<AtomicUsize>::default(), Arc::default()];
    // Two for each listener.
    let greet = |(number, accept)| airmail::spawn(greets(accept, Arc::clone(&errors[number / 2])));
    let hosts: Vec<_> = accepts.into_iter().enumerate().map(greet).collect();
    sleep(Duration::from_secs(1)).await;
    let (used, passed) = (processor_time().saturating_sub(before), began.elapsed());
    for errors in errors {
        // One at once; then about ten times in a second, for one of those that share a listener or for both.
        let errors = errors.load(Ordering::Relaxed);
        let most = 2 + 2 * passed.as_millis() / 100;
        assert!((2..=most).contains(&(errors as u128)), "{errors} errors in {passed:?}");
    }
    assert!(used * 20 < passed, "{used:?} of {passed:?} to wait for descriptors");
    drop((taken, limit));
    for mut guest in guests {
        assert_eq!(guest.read_u8().await?, b'!');
    }
    for host in hosts {
        host.await.expect("no panic");
    }
    Ok(())
}

#[test]
fn i6_accepts_without_descriptors() {
    child::must_succeed("limits::i6_accepts_without_descriptors", || {
        for (flavor, runtime) in runtimes() {
            let _watchdog = Watchdog::new(&format!("i6, {flavor}"), Duration::from_mins(1));
            // So that the driver has all that it needs.
            runtime.block_on(speak()).expect("nothing is wrong yet");
            runtime.block_on(without_descriptors()).expect("as said");
            common::end(runtime);
        }
    });
}

/// A rest that is given up is not over: the next accept waits for what is left.
#[test]
fn i6_a_rest_can_be_cancelled() {
    child::must_succeed("limits::i6_a_rest_can_be_cancelled", || {
        for (_, runtime) in runtimes() {
            runtime.block_on(speak()).expect("nothing is wrong yet");
            let rests = async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let mut guest = TcpStream::connect(listener.local_addr()?).await?;
                let (limit, began) = (Limit::leaves(20), Instant::now());
                let taken = all();
                assert!(listener.accept().await.is_err());
                drop((taken, limit));
                // Both ways to accept, given up again and again.
                let (mut host, _) = loop {
                    if let Ok(accepted) = timeout(Duration::from_millis(7), listener.accept()).await {
                        break accepted?;
                    }
                    let polled = poll_fn(|cx| listener.poll_accept(cx));
                    if let Ok(accepted) = timeout(Duration::from_millis(7), polled).await {
                        break accepted?;
                    }
                };
                assert!(began.elapsed() >= Duration::from_millis(100));
                host.write_all(b"!").await?;
                assert_eq!(guest.read_u8().await?, b'!');
                io::Result::Ok(())
            };
            runtime.block_on(rests).expect("as said");
        }
    });
}

/// Sockets of each kind, all of which wait once.
async fn speak() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let host = airmail::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(b"!").await
    });
    yield_now().await;
    let greeted = async { TcpStream::connect(address).await?.read_u8().await }.await;
    if greeted.is_err() {
        // Nobody may come any more.
        host.abort();
    }
    // Its error is the first: the guest then hears that it is gone.
    host.await.unwrap_or(Ok(()))?;
    greeted?;
    let (here, there) = std::os::unix::net::UnixStream::pair()?;
    here.set_nonblocking(true)?;
    let here = AsyncFd::new(here)?;
    drop(there);
    assert!(here.readable().await?.ready().is_read_closed());
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    assert_eq!(socket.send_to(b"x", socket.local_addr()?).await?, 1);
    assert_eq!(socket.recv(&mut [0; 8]).await?, 1);
    let mut signals = signal(SignalKind::user_defined2())?;
    signal_hook::low_level::raise(SignalKind::user_defined2().as_raw_value())?;
    signals.recv().await.ok_or_else(|| io::Error::other("the runtime is there"))
}

pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a system with /proc").count()
}

/// Whichever descriptor is the first that cannot be had (the driver's four, a socket's): an error, no half registration, and
/// afterwards everything works.
#[test]
fn r3_each_descriptor_fails_once() {
    child::must_succeed("limits::r3_each_descriptor_fails_once", || {
        let mut outcomes = Vec::new();
        // What is made once for the process.
        runtimes()[0].1.block_on(speak()).expect("nothing is wrong yet");
        let before = descriptors();
        for more in 0..=16 {
            for (flavor, runtime) in runtimes() {
                let _watchdog = Watchdog::new(&format!("r3, {flavor}, {more} more"), Duration::from_mins(1));
                let limit = Limit::leaves(more);
                let outcome = runtime.block_on(speak());
                if let Err(error) = &outcome {
                    assert_eq!(
                        error.raw_os_error(),
                        Some(Errno::MFILE.raw_os_error()),
                        "{flavor}, {more} more: {error}"
                    );
                }
                drop(limit);
                for _ in 0..3 {
                    runtime
                        .block_on(speak())
                        .unwrap_or_else(|error| panic!("{flavor}, after {more} more: {error}"));
                }
                outcomes.push(outcome.is_ok());
                common::end(runtime);
                assert_eq!(descriptors(), before, "{flavor}, after {more} more");
            }
        }
        assert!(outcomes.is_sorted() && !outcomes[0] && outcomes[outcomes.len() - 1], "{outcomes:?}");
    });
}
