//! Bugs in protocols, planted in sample programs: simulation finds each of them within a stated number of seeds, and
//! tokio's paused runtime, which has one order, none.
//!
//! Each program is written once over [`World`](world::World), as its authors meant it (`Mended`) and with its bug
//! (`Planted`). [`PROGRAMS`](table::Table::PROGRAMS) says what the bug is, what it takes to see it, and how it shows.

mod bank;
mod barrier;
mod cache;
mod claim;
mod deadline;
mod frames;
mod handshake;
mod limiter;
mod on_sim;
mod on_tokio;
mod pipeline;
mod pool;
mod retry;
mod shutdown;
mod table;
mod world;
mod write_behind;
