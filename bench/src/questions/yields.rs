use crate::peer::Peer;
use crate::question::Question;

/// How many tasks take turns.
const TASKS: u32 = 100;

pub(crate) struct Yields;

impl Question for Yields {
    const NAME: &'static str = "yield";
    const WHAT: &'static str = "one `yield_now` of 100 tasks that take turns";
    const ROUND: u32 = 100_000;

    async fn run<P: Peer>(operations: u32) {
        let task = |_| {
            P::spawn(async move {
                for _ in 0..operations / TASKS {
                    P::yield_now().await;
                }
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(task).collect();
        for task in tasks {
            task.await;
        }
    }
}
