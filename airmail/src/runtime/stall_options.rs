//! Choices for polls that take long.

use super::builder::Builder;
use crate::stalls::{Patience, Stall, StallHook, Stalls};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// How long a poll may take, and who hears of one that takes longer.
pub(super) struct StallOptions {
    patience: Patience,
    hook: Option<StallHook>,
}

impl Default for StallOptions {
    fn default() -> StallOptions {
        StallOptions { patience: Stalls::PATIENCE, hook: None }
    }
}

impl StallOptions {
    pub(super) fn stalls(&self) -> Stalls {
        Stalls::new(self.patience, self.hook.clone())
    }

    pub(super) fn check(&self) -> io::Result<()> {
        let Patience { rescue, report } = self.patience;
        for (option, time) in [("rescue_after", rescue), ("report_stalls_after", report)] {
            if time < Duration::from_millis(1) {
                let message = format!(
                    "`Builder::{option}` is {time:?}; workers are looked at every millisecond at most. `Duration::MAX` \
                     means never"
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }
}

impl Builder {
    /// How long a worker of a multi-thread runtime may be in one poll until others do what it has to do: tasks in its queues
    /// are run elsewhere, and if nobody else is free, a spare begins to work beside it, until it goes on. Default: 10 ms.
    /// From 1 ms; `Duration::MAX`: nobody is sent, and no spare begins. There are spares for at least 24 workers at a time.
    /// A worker that looks at events meanwhile (see [`event_interval`](Builder::event_interval)) hands those tasks on sooner.
    ///
    /// This bounds how long one poll that blocks, or computes, keeps other tasks waiting. It costs a look at all workers
    /// every half of that time, while there is something to do. What is pinned to the worker waits all the same.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    /// let (send, receive) = mpsc::channel();
    /// // The only worker blocks until another task has run.
    /// let blocks = runtime.spawn(async move { receive.recv() });
    /// runtime.spawn(async move { send.send("rescued") });
    /// assert_eq!(runtime.block_on(blocks).unwrap(), Ok("rescued"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn rescue_after(&mut self, time: Duration) -> &mut Builder {
        self.stalls.patience.rescue = time;
        self
    }

    /// How long a worker of a multi-thread runtime may be in one poll until that is reported, once for each such poll.
    /// Default: 100 ms. From 1 ms; `Duration::MAX`: never.
    pub fn report_stalls_after(&mut self, time: Duration) -> &mut Builder {
        self.stalls.patience.report = time;
        self
    }

    /// Who hears of polls that take long. Default: one line on stderr, which names the task, the line that spawned it, and,
    /// on Linux, the system call that its thread waits in. [`Handle::stalls`](super::Handle::stalls) counts them.
    ///
    /// The hook is called on the thread that looks at the workers of all runtimes: nobody is looked at meanwhile. A panic
    /// in it is printed on stderr.
    ///
    /// ```
    /// use airmail::runtime::{Builder, Stall};
    /// use std::sync::mpsc;
    /// use std::time::Duration;
    ///
    /// let (send, receive) = mpsc::channel();
    /// let runtime = Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .report_stalls_after(Duration::from_millis(5))
    ///     .on_stall(move |stall| {
    ///         if let Stall::Poll(poll) = stall {
    ///             let _ = send.send(poll.task.and_then(|task| task.meta.name));
    ///         }
    ///     })
    ///     .build()?;
    /// let sorts = airmail::task::Builder::new().name("sorter");
    /// // Blocks its worker until it was reported.
    /// let blocks = sorts.spawn_on(async move { receive.recv() }, runtime.handle())?;
    /// assert_eq!(runtime.block_on(blocks).unwrap(), Ok(Some("sorter")));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_stall(&mut self, hook: impl Fn(&Stall) + Send + Sync + 'static) -> &mut Builder {
        self.stalls.hook = Some(Arc::new(hook));
        self
    }
}
