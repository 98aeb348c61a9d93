// What the blocks of docs/testing.md run that show the program before it is mended, or not at all.
include!("pool.rs");
include!("third.rs");
