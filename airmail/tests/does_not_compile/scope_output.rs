//! lifetime may not live long enough
//! A borrow is no output either.
use airmail::runtime::Builder;
use airmail::task::scope;

fn main() {
    Builder::new_current_thread().build().unwrap().block_on(async {
        let (_, outputs) = scope(String::from("letter"), |scope| {
            scope.spawn(|data| Box::pin(async move { data }));
        })
        .await;
        drop::<Vec<&String>>(outputs);
    });
}
