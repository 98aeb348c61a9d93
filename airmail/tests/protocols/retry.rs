//! Deposits that are tried again when no answer comes in time. Applied twice: the first try was only slow.

use crate::world::{Bug, World};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A deposit, and where to confirm it.
struct Deposit {
    id: u32,
    amount: u32,
    done: oneshot::Sender<()>,
}

/// The balance when nobody sends deposits any more.
async fn server<W: World>(world: W, bug: Bug, mut deposits: mpsc::UnboundedReceiver<Deposit>) -> u32 {
    let (mut balance, mut seen) = (0, HashSet::new());
    while let Some(deposit) = deposits.recv().await {
        if seen.insert(deposit.id) || bug == Bug::Planted {
            balance += deposit.amount;
        }
        world.sleep(Duration::from_millis(4)).await;
        // Whoever asked may have lost patience.
        let _ = deposit.done.send(());
    }
    balance
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let (sender, deposits) = mpsc::unbounded_channel();
    let server = world.spawn("server", server(world.clone(), bug, deposits));
    for id in 0..3 {
        let mut patience = Duration::from_millis(5);
        loop {
            let (done, confirmed) = oneshot::channel();
            sender.send(Deposit { id, amount: 10, done }).expect("the server is there");
            if world.timeout(patience, confirmed).await.is_some() {
                break;
            }
            patience *= 2;
        }
    }
    drop(sender);
    assert_eq!(server.await, Ok(30), "the balance after three deposits");
}
