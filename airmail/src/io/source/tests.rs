use super::{Direction, Source};
use crate::runtime::{Builder, Runtime};
use mio::net::UnixStream;
use std::future::poll_fn;
use std::io::{self, Read, Write};

type End = Source<UnixStream>;

fn runtimes() -> [Runtime; 3] {
    [
        Builder::new_current_thread().build().expect("valid"),
        Builder::new_multi_thread().worker_threads(1).build().expect("valid"),
        Builder::new_multi_thread().worker_threads(2).build().expect("valid"),
    ]
}

fn pair() -> (End, End) {
    let (one, other) = UnixStream::pair().expect("the system has pairs");
    (Source::new(one), Source::new(other))
}

async fn read(end: &End, bytes: &mut [u8]) -> io::Result<usize> {
    let room = bytes.len();
    poll_fn(|cx| end.poll_stream(cx, Direction::Read, room, |mut object| object.read(bytes))).await
}

async fn write(end: &End, bytes: &[u8]) -> io::Result<usize> {
    poll_fn(|cx| end.poll_stream(cx, Direction::Write, bytes.len(), |mut object| object.write(bytes))).await
}

/// Two tasks answer each other, so that each read has to wait.
#[test]
fn two_tasks_answer_each_other() {
    for runtime in runtimes() {
        let (one, other) = pair();
        let echo = runtime.spawn(async move {
            let mut byte = [0];
            while read(&other, &mut byte).await? != 0 {
                write(&other, &byte).await?;
            }
            io::Result::Ok(())
        });
        let count = runtime.block_on(async move {
            for round in 0..2000_u32 {
                assert_eq!(write(&one, &[round as u8]).await?, 1);
                let mut byte = [0; 8];
                assert_eq!(read(&one, &mut byte).await?, 1);
                assert_eq!(byte[0], round as u8);
            }
            io::Result::Ok(2000)
        });
        assert_eq!(count.expect("no error"), 2000);
        runtime.block_on(echo).expect("no panic").expect("no error");
    }
}

/// More than the system keeps for a stream.
#[test]
fn all_bytes_come_in_order() {
    const ALL: usize = 3 << 20;
    for runtime in runtimes() {
        let (one, other) = pair();
        let writer = runtime.spawn(async move {
            let bytes: Vec<u8> = (0..ALL).map(|at| (at % 251) as u8).collect();
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                rest = &rest[write(&one, rest).await?..];
            }
            io::Result::Ok(())
        });
        let reader = runtime.spawn(async move {
            let (mut seen, mut bytes) = (0, vec![0; 7777]);
            loop {
                let count = read(&other, &mut bytes).await?;
                if count == 0 {
                    return io::Result::Ok(seen);
                }
                for &byte in &bytes[..count] {
                    assert_eq!(byte, (seen % 251) as u8);
                    seen += 1;
                }
            }
        });
        runtime.block_on(writer).expect("no panic").expect("no error");
        assert_eq!(runtime.block_on(reader).expect("no panic").expect("no error"), ALL);
    }
}

/// A source outlives its runtime, and is of use in another one when it was made anew.
#[test]
fn a_source_outlives_its_runtime() {
    for runtime in runtimes() {
        let (one, other) = pair();
        let one = std::sync::Arc::new(one);
        let waits = std::sync::Arc::clone(&one);
        let waits = runtime.spawn(async move { read(&waits, &mut [0]).await });
        while one.registration.get().is_none() {
            runtime.block_on(crate::task::yield_now());
        }
        drop(runtime);
        let [runtime, ..] = runtimes();
        assert!(runtime.block_on(waits).expect_err("its runtime ended").is_cancelled());
        let error = runtime.block_on(read(&one, &mut [0])).expect_err("nobody would wake it");
        assert!(error.to_string().contains("has ended"), "{error}");
        let one = std::sync::Arc::into_inner(one).expect("the task is gone");
        let one = Source::new(one.into_inner().expect("forgotten"));
        let answer = runtime.spawn(async move { read(&one, &mut [0]).await });
        runtime.block_on(write(&other, &[7])).expect("written");
        assert_eq!(runtime.block_on(answer).expect("no panic").expect("no error"), 1);
    }
}

#[test]
fn who_waits_outside_of_a_runtime_hears_of_it() {
    let (one, _other) = pair();
    let error = one.register().expect_err("there is no runtime");
    assert!(error.to_string().contains("runtime"), "{error}");
    assert_eq!(one.try_io(crate::io::Interest::READABLE, |_| Ok(3)).expect("it need not wait"), 3);
    let simulated = Builder::new_simulated(1).build().expect("valid");
    let error = simulated.block_on(async { one.register() }).expect_err("it has no sockets");
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
}
