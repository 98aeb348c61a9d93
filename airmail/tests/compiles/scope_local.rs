use airmail::runtime::Builder;
use airmail::task::scope;

async fn sort(letters: Vec<String>) -> usize {
    let (_, counts) = scope(letters, |scope| {
        scope.spawn(|letters| Box::pin(async move { letters.len() }));
    })
    .await;
    counts[0]
}

fn main() {
    println!("{}", Builder::new_current_thread().build().unwrap().block_on(sort(Vec::new())));
}
