//! Choices for a new runtime's threads.

use super::builder::Builder;
use crate::blocking::{KEEP_ALIVE, MAX_THREADS, Pool};
use crate::company::Rests;
use crate::threads::Threads;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// How many threads for functions that block, and how every thread is made.
pub(super) struct ThreadOptions {
    max_blocking: usize,
    keep_alive: Duration,
    fixed_name: Option<String>,
    threads: Threads,
    rests: Rests,
}

impl Default for ThreadOptions {
    fn default() -> ThreadOptions {
        ThreadOptions {
            max_blocking: MAX_THREADS,
            keep_alive: KEEP_ALIVE,
            fixed_name: None,
            threads: Threads::default(),
            rests: Rests::default(),
        }
    }
}

impl ThreadOptions {
    pub(super) fn pool(&self) -> Pool {
        Pool::new(self.max_blocking, self.keep_alive, self.threads())
    }

    /// For one runtime: its starts are counted by themselves.
    pub(super) fn threads(&self) -> Threads {
        Threads { starts: Arc::new(AtomicUsize::new(0)), ..self.threads.clone() }
    }

    pub(super) fn rests(&self) -> Rests {
        self.rests.clone()
    }

    pub(super) fn check(&self) -> io::Result<()> {
        let invalid = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        if self.max_blocking == 0 {
            return invalid(
                "`Builder::max_blocking_threads` is 0, so `spawn_blocking` would never run anything; it must be at \
                 least 1"
                    .to_owned(),
            );
        }
        if let Some(name) = self.fixed_name.as_ref().filter(|name| name.contains('\0')) {
            return invalid(format!(
                "`Builder::thread_name` is {name:?}; the name of a thread cannot contain a zero byte"
            ));
        }
        Ok(())
    }
}

impl Builder {
    /// The most threads that run functions of [`spawn_blocking`](crate::task::spawn_blocking) at once; further
    /// functions wait. Default: 512. They are started as they are needed.
    ///
    /// With 0, building fails.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().max_blocking_threads(1).build()?;
    /// let first = runtime.spawn_blocking(|| thread::current().id());
    /// let second = runtime.spawn_blocking(|| thread::current().id());
    /// assert_eq!(runtime.block_on(first).unwrap(), runtime.block_on(second).unwrap());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn max_blocking_threads(&mut self, threads: usize) -> &mut Builder {
        self.threads.max_blocking = threads;
        self
    }

    /// For how long a thread for functions that block waits for the next one before it ends. Default: 10 seconds.
    /// With zero it ends when no function waits; [`Duration::MAX`] is for ever.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Builder {
        self.threads.keep_alive = duration;
        self
    }

    /// What each of the runtime's threads is called. Default: after what it does, such as `airmail-blocking`.
    ///
    /// With a name that contains a zero byte, building fails.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().thread_name("sorter").build()?;
    /// let name = runtime.spawn_blocking(|| thread::current().name().map(str::to_owned));
    /// assert_eq!(runtime.block_on(name).unwrap().as_deref(), Some("sorter"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Builder {
        let name = name.into();
        self.threads.fixed_name = Some(name.clone());
        self.threads.threads.name = Some(Arc::new(move || name.clone()));
        self
    }

    /// What the next of the runtime's threads is called. Default: as for [`thread_name`](Builder::thread_name).
    ///
    /// Called by whoever needs the thread, such as the caller of [`spawn_blocking`](crate::task::spawn_blocking), also
    /// if the thread cannot be started then. If the function panics, that is printed on stderr, and the thread gets the
    /// default name. A name that contains a zero byte counts as a thread that cannot be started.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use std::thread;
    ///
    /// let count = AtomicU32::new(1);
    /// let runtime = airmail::runtime::Builder::new_current_thread()
    ///     .thread_name_fn(move || format!("sorter-{}", count.fetch_add(1, Ordering::Relaxed)))
    ///     .build()?;
    /// let name = runtime.spawn_blocking(|| thread::current().name().map(str::to_owned));
    /// assert_eq!(runtime.block_on(name).unwrap().as_deref(), Some("sorter-1"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_name_fn(&mut self, name: impl Fn() -> String + Send + Sync + 'static) -> &mut Builder {
        self.threads.fixed_name = None;
        self.threads.threads.name = Some(Arc::new(name));
        self
    }

    /// How many bytes of stack each of the runtime's threads has. Default: the standard library's, which is 2 MiB
    /// unless `RUST_MIN_STACK` says otherwise. The system may give more; if it cannot give so much, the thread cannot
    /// be started.
    ///
    /// ```
    /// fn depth(n: u32) -> u32 {
    ///     let frame = std::hint::black_box([n; 1024]);
    ///     if n == 0 { 0 } else { 1 + depth(frame[0] - 1) }
    /// }
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread().thread_stack_size(64 << 20).build()?;
    /// assert_eq!(runtime.block_on(runtime.spawn_blocking(|| depth(2_000))).unwrap(), 2_000);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Builder {
        self.threads.threads.stack_size = Some(bytes);
        self
    }

    /// What each of the runtime's threads does first. Default: nothing. A panic in it is printed on stderr, and the
    /// thread goes on. It runs outside of the runtime's context.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// thread_local!(static READY: Cell<bool> = const { Cell::new(false) });
    ///
    /// let runtime = airmail::runtime::Builder::new_current_thread()
    ///     .on_thread_start(|| READY.set(true))
    ///     .build()?;
    /// assert!(runtime.block_on(runtime.spawn_blocking(|| READY.get())).unwrap());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_start(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Builder {
        self.threads.threads.on_start = Some(Arc::new(hook));
        self
    }

    /// What each of the runtime's threads does last. Default: nothing. A panic in it is printed on stderr. The drop
    /// of the runtime waits for it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// let stopped = Arc::new(AtomicU32::new(0));
    /// let count = Arc::clone(&stopped);
    /// let runtime = airmail::runtime::Builder::new_current_thread()
    ///     .on_thread_stop(move || {
    ///         count.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    /// drop(runtime);
    /// assert_eq!(stopped.load(Ordering::Relaxed), 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_stop(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Builder {
        self.threads.threads.on_stop = Some(Arc::new(hook));
        self
    }

    /// What a thread that runs tasks does before it waits, since there is nothing to do. Default: nothing. A panic in it
    /// is printed on stderr, and the thread goes on.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// static RESTS: AtomicU32 = AtomicU32::new(0);
    ///
    /// let runtime = airmail::runtime::Builder::new_multi_thread()
    ///     .worker_threads(1)
    ///     .on_thread_park(|| {
    ///         RESTS.fetch_add(1, Ordering::Relaxed);
    ///     })
    ///     .build()?;
    /// while RESTS.load(Ordering::Relaxed) == 0 {
    ///     std::thread::yield_now();
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_park(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Builder {
        self.threads.rests.before = Some(Arc::new(hook));
        self
    }

    /// What such a thread does after it has waited. As [`on_thread_park`](Builder::on_thread_park).
    pub fn on_thread_unpark(&mut self, hook: impl Fn() + Send + Sync + 'static) -> &mut Builder {
        self.threads.rests.after = Some(Arc::new(hook));
        self
    }

    /// For tests: whether the n-th start of a thread of this runtime fails, from 1.
    #[doc(hidden)]
    pub fn thread_start_fails(
        &mut self,
        fails: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> &mut Builder {
        self.threads.threads.start_fails = Some(Arc::new(fails));
        self
    }
}
