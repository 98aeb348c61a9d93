//! 5:30: error: a simulation runs all tasks on one thread: with several, a seed would not decide what happens
//! A simulation on several threads.
fn main() {}

#[airmail::test(seeds = 100, flavor = "multi_thread")]
async fn letters_arrive() {
    airmail::spawn(async {}).await.unwrap();
}
