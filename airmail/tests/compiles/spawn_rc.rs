//! An `Arc` may change threads; and a task of `spawn_local` stays.
use std::{rc::Rc, sync::Arc};

fn main() {
    airmail::spawn(async {
        let shared = Arc::new(1);
        std::future::ready(()).await;
        drop(shared);
    });
    airmail::task::spawn_local(async {
        let shared = Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
    });
}
