//! One file an area, one test a race.
//!
//! Every model has the same shape: a little world is made, threads race, all are joined, what is queued is run
//! to its end, and then the end state is checked: each future dropped once, each output delivered or dropped
//! once, no task live, no task queued, every slot free again, the scheduler let go. A wake-up that got lost is
//! a task that is not done then.
//!
//! | file | races between |
//! |---|---|
//! | `wake` | wakes and the start, the middle and the end of a poll |
//! | `abort` | aborts, wakes, polls and completion |
//! | `join` | the join handle and completion |
//! | `slots` | stale references and the next task in the slot; slots on their way back |
//! | `scheduler` | wakes, spawns and the end of an executor |
//! | `counted` | counted wakers and the slot they pin |
//! | `root` | the future of a `block_on` and its wakers |
//! | `queues` | the inbox and the depot by themselves |
//! | `blocking` | jobs, threads that come and go, and the end of a pool |
//! | `ring`, `overflow` | the owner of a ring and thieves |
//! | `lifo` | the owner of the place for the next task and thieves |
//! | `injector` | who puts into the injector and who takes out |
//! | `gate` | who brings work and who goes to sleep |
//! | `doze` | a worker that begins to work, and who watches it |
//! | `ready` | users of a source and its driver |
//! | `timers` | who waits with a timer and who fires it |
//! | `deadline` | who arms a timer and who goes to sleep in the driver |
//! | `parker` | who goes to sleep in the driver and who calls it |
//! | `scope` | the children of a scope and who waits for the last one |
//! | `seats` | the seats of one executor |
//! | `stealing` | two workers and who brings them work: all of the above at once |

mod abort;
mod blocking;
mod counted;
mod deadline;
mod doze;
mod executor;
mod gate;
mod harness;
mod injector;
mod join;
mod lifo;
mod loose;
mod overflow;
mod parker;
mod queues;
mod ready;
mod ring;
mod root;
mod scheduler;
mod scope;
mod seats;
mod slots;
mod stealing;
mod timers;
mod wake;
