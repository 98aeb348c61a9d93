//! How many runs a second.

use airmail::sim::Sim;
use airmail::task::yield_now;

/// Ten tasks with fifty polls in all. `AIRMAIL_TEST_SPEED` asks for the bound, which a loaded machine would break.
#[test]
fn ten_tasks_and_fifty_polls() {
    let fast = cfg!(not(debug_assertions));
    let explored = Sim::new().seeds(if fast { 200_000 } else { 5_000 }).name("ten tasks").explore(|| async {
        let four = || async {
            for _ in 0..4 {
                yield_now().await;
            }
        };
        let tasks: Vec<_> = (0..9).map(|_| airmail::spawn(four())).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    println!("{explored}");
    let polls = explored.polls() / explored.schedules();
    assert!((46..=55).contains(&polls), "{polls} polls a run");
    if fast && std::env::var_os("AIRMAIL_TEST_SPEED").is_some() {
        assert!(explored.per_second() >= 50_000.0, "{explored}");
    }
}
