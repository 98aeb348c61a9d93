//! lifetime may not live long enough: must outlive `'static`
//! A task of an asynchronous scope borrows what it is lent, and nothing from around the scope.
use airmail::runtime::Builder;
use airmail::task::scope;

async fn sort(letters: &[String]) -> usize {
    let (_, counts) = scope((), |scope| {
        scope.spawn(move |()| Box::pin(async move { letters.len() }));
    })
    .await;
    counts[0]
}

fn main() {
    println!("{}", Builder::new_current_thread().build().unwrap().block_on(sort(&[])));
}
