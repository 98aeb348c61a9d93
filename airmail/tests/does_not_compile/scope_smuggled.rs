//! E0521: borrowed data escapes outside of closure
//! What is lent stays inside: a task cannot hand its borrow to anybody who outlives it.
use airmail::runtime::Builder;
use airmail::task::scope;
use std::sync::mpsc::channel;

fn main() {
    let (out, smuggled) = channel::<&'static String>();
    Builder::new_current_thread().build().unwrap().block_on(async {
        let (data, _) = scope(String::from("letter"), |scope| {
            scope.spawn(move |data| Box::pin(async move { drop(out.send(data)) }));
        })
        .await;
        drop(data);
    });
    println!("{:?}", smuggled.recv());
}
