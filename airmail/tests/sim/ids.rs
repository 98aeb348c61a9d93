//! In a simulation, ids are the numbers 1, 2, 3.. of the spawns, whatever ran in the process before.

use airmail::runtime::{Answer, Builder, Handle, Queue, Track, WokenBy};
use airmail::sim::Sim;
use airmail::task::{AbortHandle, Activity, Id, JoinSet, Meta, Outcome, id, try_id, yield_now};
use std::future::pending;
use std::sync::{Arc, Mutex};

fn number(id: Id) -> u64 {
    let number = id.as_u64();
    assert_eq!(id.to_string(), number.to_string());
    assert_eq!(format!("{id:?}"), format!("Id({number})"));
    number
}

/// From every side, in every run alike.
#[test]
fn an_id_is_the_same_from_every_side() {
    Sim::new().seeds(50).check_every(1).explore(|| async {
        assert_eq!(number(id()), 1);
        let child = airmail::spawn(async { number(id()) });
        assert_eq!(number(child.id()), 2);
        assert_eq!(child.abort_handle().id(), child.id());
        assert!(format!("{child:?}").contains("Id(2)"), "{child:?}");
        assert_eq!(format!("{:?}", child.abort_handle()), "AbortHandle(2)");
        assert!(child.meta().to_string().starts_with("task 2 (spawned at "));
        assert_eq!(child.await.unwrap(), 2);
        // Whose slot may be that of task 2.
        let aborted = airmail::task::Builder::new().name("late").spawn(pending::<()>()).unwrap();
        assert_eq!(number(aborted.id()), 3);
        yield_now().await;
        aborted.abort();
        let error = aborted.await.unwrap_err();
        assert_eq!(number(error.id()), 3);
        assert!(error.to_string().starts_with("task 3 \"late\" (spawned at "), "{error}");
        let mut set = JoinSet::new();
        let four = set.spawn(async { number(id()) }).id();
        assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (four, 4));
    });
    assert!(try_id().is_none());
}

/// A handle finds its task by slot and use, not by number: after the end, and in a later run whose tasks have the same
/// numbers and perhaps the same slots.
#[test]
fn handles_of_earlier_runs_find_nothing() {
    let kept = Arc::new(Mutex::new(Vec::<AbortHandle>::new()));
    Sim::new().seeds(60).check_every(0).explore(|| {
        let kept = Arc::clone(&kept);
        async move {
            for old in kept.lock().unwrap().iter() {
                assert!(old.is_finished());
                assert!(old.info().is_none());
                old.abort();
            }
            let waits = airmail::spawn(pending::<()>());
            let ended = airmail::spawn(async {});
            let (handle, of_ended) = (waits.abort_handle(), ended.abort_handle());
            let own = airmail::spawn(yield_now());
            while !ended.is_finished() || handle.info().unwrap().polls == 0 {
                yield_now().await;
            }
            assert!(of_ended.is_finished());
            assert_eq!(of_ended.info().unwrap().activity, Activity::Done(Outcome::Completed));
            assert_eq!(of_ended, ended.abort_handle());
            let mut ended = ended;
            (&mut ended).await.unwrap();
            assert!(of_ended.is_finished() && of_ended.info().is_none());
            // A handle that gave its outcome knows the number only.
            assert!(ended.is_finished() && ended.abort_handle().is_finished());
            assert_eq!(ended.abort_handle().id(), of_ended.id());
            ended.abort();
            ended.abort_handle().abort();
            // Nobody was hit.
            own.await.unwrap();
            assert!(!handle.is_finished());
            let info = handle.info().unwrap();
            assert_eq!((number(info.meta.id), info.activity), (2, Activity::Waiting));
            handle.abort();
            assert!(waits.await.unwrap_err().is_cancelled());
            assert!(handle.is_finished() && handle.info().is_none());
            kept.lock().unwrap().extend([handle, of_ended]);
        }
    });
}

/// Also when the waker's slot is another's by now.
#[test]
fn woken_by_is_a_number() {
    Sim::new().seeds(100).check_every(1).explore(|| async {
        let (give, take) = futures::channel::oneshot::channel::<()>();
        let (keep, kept) = futures::channel::oneshot::channel::<()>();
        let waits = airmail::spawn(async {
            take.await.unwrap();
            kept.await.unwrap();
        });
        while waits.abort_handle().info().unwrap().polls == 0 {
            yield_now().await;
        }
        let info = || Handle::current().tasks().into_iter().find(|task| task.meta.id == waits.id()).unwrap();
        assert_eq!(info().woken_by, 1, "the spawner");
        airmail::spawn(async { give.send(()).unwrap() }).await.unwrap();
        assert_eq!(info().woken_by, 3);
        // In the slot that task 3 gave back.
        let others: Vec<_> = (0..4).map(|_| airmail::spawn(yield_now())).collect();
        assert_eq!(info().woken_by, 3);
        for other in others {
            other.await.unwrap();
        }
        assert_eq!(info().woken_by, 3);
        while info().activity == Activity::Scheduled {
            yield_now().await;
        }
        keep.send(()).unwrap();
        assert_eq!(info().woken_by, 1);
        waits.await.unwrap();
    });
}

/// The tasks of a local set are not chosen by the seed, but they are numbered too: each set has a stretch of its own.
#[test]
fn a_task_of_a_set_has_a_number() {
    Sim::new().seeds(20).check_every(1).explore(|| async {
        let set = airmail::task::LocalSet::new();
        let (give, take) = futures::channel::oneshot::channel::<()>();
        let waits = airmail::spawn(take);
        while waits.abort_handle().info().is_some_and(|info| info.activity == Activity::Scheduled) {
            yield_now().await;
        }
        let local = set.spawn_local(async { give.send(()).unwrap() }).id();
        assert_eq!(local.to_string(), (1 << 20).to_string());
        set.await;
        let woken_by = waits.abort_handle().info().map(|info| u64::from(info.woken_by));
        assert_eq!(woken_by, Some(local.as_u64()));
        let second = airmail::task::LocalSet::new().spawn_local(async {}).id();
        assert_eq!(second.as_u64(), 2 << 20);
        waits.await.unwrap().unwrap();
    });
}

#[derive(Default)]
struct Steps(Mutex<Vec<String>>);

impl Steps {
    fn add(&self, step: String) {
        self.0.lock().unwrap().push(step);
    }
}

struct Told(Arc<Steps>);

impl Track for Told {
    fn spawned(&self, task: &Meta) {
        self.0.add(format!("{} spawned", task.id));
    }

    fn queued(&self, task: &Meta, queue: Queue) {
        assert_eq!(queue, Queue::Local);
        assert_ne!(task.id.as_u64(), 0);
    }

    fn polled(&self, task: &Meta, worker: usize, answer: Answer) {
        assert_eq!(worker, 0);
        self.0.add(format!("{} {answer:?}", task.id));
    }

    fn woken(&self, task: &Meta, by: WokenBy) {
        let by = match by {
            WokenBy::Outside => "nobody".to_owned(),
            WokenBy::Task(by) => by.id.to_string(),
        };
        self.0.add(format!("{} woken by {by}", task.id));
    }

    fn finished(&self, task: &Meta, outcome: Outcome) {
        self.0.add(format!("{} {outcome:?}", task.id));
    }
}

/// A tracker of the user's hears the numbers, the same in every runtime of one seed.
#[test]
fn a_tracker_hears_numbers() {
    let run = || {
        let steps = Arc::new(Steps::default());
        let runtime = Builder::new_simulated(0).track(Told(Arc::clone(&steps))).build().unwrap();
        runtime.block_on(async {
            let (give, take) = futures::channel::oneshot::channel::<()>();
            let one = airmail::spawn(take);
            let other = airmail::spawn(async { give.send(()) });
            one.await.unwrap().unwrap();
            other.await.unwrap().unwrap();
        });
        drop(runtime);
        steps.0.lock().unwrap().clone()
    };
    let expected = [
        "1 spawned",
        "2 spawned",
        "1 Pending",
        "1 woken by 2",
        "2 Ready",
        "2 Completed",
        "1 Ready",
        "1 Completed",
    ];
    assert_eq!(run(), expected);
    assert_eq!(run(), expected);
}

/// The tasks are listed in the order of their numbers, wherever earlier runs left the free slots.
#[test]
fn tasks_are_listed_in_order() {
    Sim::new().seeds(20).check_every(1).explore(|| async {
        let children: Vec<_> = (0..6).map(|_| airmail::spawn(yield_now())).collect();
        let listed: Vec<_> = Handle::current().tasks().iter().map(|task| number(task.meta.id)).collect();
        assert_eq!(listed, [1, 2, 3, 4, 5, 6, 7]);
        for child in children {
            child.await.unwrap();
        }
    });
}
