//! error: future cannot be sent between threads safely
//! A task of `spawn` may change threads; an `Rc` that lives across an `.await` may not.
use std::rc::Rc;

fn main() {
    airmail::spawn(async {
        let shared = Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
    });
}
