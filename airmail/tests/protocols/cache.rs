//! A cache before a slow source. Check, then act, across an await: two that miss the same key both fetch it.

use crate::world::{Bug, World, lock, work};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use tokio::sync::OnceCell;

struct Cache {
    bug: Bug,
    values: Mutex<HashMap<u32, u32>>,
    flights: Mutex<HashMap<u32, Arc<OnceCell<u32>>>>,
    /// What the source was asked for, and answered.
    fetched: Mutex<HashSet<u32>>,
}

impl Cache {
    async fn get<W: World>(&self, world: &W, key: u32) -> u32 {
        if self.bug == Bug::Mended {
            let flight = Arc::clone(lock(&self.flights).entry(key).or_default());
            return *flight.get_or_init(|| self.fetch(world, key)).await;
        }
        let known = lock(&self.values).get(&key).copied();
        if let Some(value) = known {
            return value;
        }
        let value = self.fetch(world, key).await;
        lock(&self.values).insert(key, value);
        value
    }

    async fn fetch<W: World>(&self, world: &W, key: u32) -> u32 {
        work(world, 2).await;
        assert!(lock(&self.fetched).insert(key), "key {key} is fetched twice");
        key * key
    }
}

pub(crate) async fn program<W: World>(world: W, bug: Bug) {
    let cache = Cache { bug, values: Mutex::default(), flights: Mutex::default(), fetched: Mutex::default() };
    let cache = Arc::new(cache);
    let pages: [&[u32]; 3] = [&[7], &[8, 7], &[9, 8, 7]];
    let pages = pages.map(|keys| {
        let (world, cache) = (world.clone(), Arc::clone(&cache));
        world.clone().spawn("page", async move {
            for key in keys {
                assert_eq!(cache.get(&world, *key).await, key * key);
            }
        })
    });
    for page in pages {
        let _ = page.await;
    }
}
