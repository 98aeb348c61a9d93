//! Random numbers, and hash maps in a random order, that are the same for the same seed.

use super::builder::current;
use std::hash::{BuildHasher, DefaultHasher, Hasher};

/// A random number. In a simulation it comes from the seed, so that the run can be repeated; elsewhere from the
/// system's randomness, through the standard library's [`RandomState`](std::hash::RandomState). Not for secrets.
///
/// ```
/// use airmail::sim::{Sim, random};
///
/// let numbers = |seed| {
///     let (send, receive) = std::sync::mpsc::channel();
///     Sim::new().first_seed(seed).seeds(1).check_every(0).explore(|| {
///         let send = send.clone();
///         async move { send.send([random(), random()]).unwrap() }
///     });
///     receive.recv().unwrap()
/// };
/// assert_eq!(numbers(41), numbers(41));
/// assert_ne!(numbers(41), numbers(42));
/// ```
pub fn random() -> u64 {
    match current() {
        Some(shared) => shared.state().random.next(),
        None => std::hash::RandomState::new().hash_one(0),
    }
}

/// For hash maps whose order is random, and in a simulation the same for the same seed.
///
/// ```
/// use airmail::sim::RandomState;
/// use std::collections::HashMap;
///
/// let mut map: HashMap<u32, &str, RandomState> = HashMap::default();
/// map.insert(1, "one");
/// assert_eq!(map[&1], "one");
/// ```
#[derive(Clone, Debug)]
pub struct RandomState(u64);

impl RandomState {
    /// Another order than the last one.
    #[must_use]
    pub fn new() -> RandomState {
        RandomState(random())
    }
}

impl Default for RandomState {
    fn default() -> RandomState {
        RandomState::new()
    }
}

impl BuildHasher for RandomState {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.0);
        hasher
    }
}
