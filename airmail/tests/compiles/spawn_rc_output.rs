//! What may be sent, is; and so are runtimes and handles.
use airmail::runtime::{Handle, Runtime};
use airmail::task::{AbortHandle, Id, JoinError, JoinHandle};

fn shared<T: Send + Sync + 'static>() {}

fn main() {
    shared::<Runtime>();
    shared::<Handle>();
    shared::<JoinHandle<i32>>();
    shared::<JoinHandle<std::cell::Cell<i32>>>();
    shared::<AbortHandle>();
    shared::<JoinError>();
    shared::<Id>();
    airmail::spawn(async { std::cell::Cell::new(1) });
}
