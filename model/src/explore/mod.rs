//! The transition functions by themselves, without threads and without loom: every word, every order of
//! events up to a bound, and the table in core's documentation.

mod order;
mod table;
mod walk;
mod words;

use crate::task::word::Word;

/// The flags by their names in `word.rs`, which keeps them to itself.
const LIVE: u64 = 1;
const OWNED: u64 = 1 << 1;
const WOKEN: u64 = 1 << 2;
const ABORT: u64 = 1 << 3;
const COUNTED: u64 = 1 << 4;
const DONE: u64 = 1 << 5;

fn flags(word: Word) -> u64 {
    word.bits() & 0xff
}

fn word(generation: u32, flags: u64) -> Word {
    Word::from_bits(Word::free_at(generation).bits() | flags)
}

/// The names of the flags that are set, as `Debug` says them.
fn names(flags: u64) -> String {
    format!("{:?}", word(0, flags)).trim_start_matches("0:").to_owned()
}
