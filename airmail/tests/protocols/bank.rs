//! Transfers between accounts. Lock order: each transfer locks the account that it takes from, then the other one.
//!
//! Two transfers in opposite directions wait for each other, if each has its first lock.

use crate::world::{Bug, World, work};
use std::sync::Arc;
use tokio::sync::Mutex;

struct Bank {
    bug: Bug,
    accounts: [Mutex<u32>; 2],
}

impl Bank {
    async fn transfer<W: World>(&self, world: &W, from: usize, to: usize, amount: u32) {
        let (first, second) = match self.bug {
            Bug::Planted => (from, to),
            Bug::Mended => (from.min(to), from.max(to)),
        };
        let mut one = self.accounts[first].lock().await;
        // Another service is asked whether the owner may.
        work(world, 1).await;
        let mut other = self.accounts[second].lock().await;
        let (source, target) = if first == from { (&mut one, &mut other) } else { (&mut other, &mut one) };
        **source -= amount;
        **target += amount;
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let bank = Arc::new(Bank { bug, accounts: [Mutex::new(100), Mutex::new(100)] });
    // The second order is longer to read.
    let transfers = [(0, 1, 0), (1, 0, 3)].map(|(from, to, reading)| {
        let (world, bank) = (world.clone(), Arc::clone(&bank));
        world.clone().spawn("transfer", async move {
            work(&world, reading).await;
            bank.transfer(&world, from, to, 10).await;
        })
    });
    for transfer in transfers {
        let _ = transfer.await;
    }
    let total = *bank.accounts[0].lock().await + *bank.accounts[1].lock().await;
    assert_eq!(total, 200, "no money is made or lost");
}
