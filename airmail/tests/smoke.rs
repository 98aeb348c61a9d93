use airmail::runtime::{Builder, Runtime};
use airmail::task::LocalSet;
use std::rc::Rc;
fn rt() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}
#[test]
fn spawn_join() {
    let rt = rt();
    assert_eq!(rt.block_on(async { airmail::spawn(async { 40 }).await.unwrap() + 2 }), 42);
}
#[test]
fn panics() {
    let rt = rt();
    let e = rt.block_on(async { airmail::spawn(async { panic!("boom") }).await.unwrap_err() });
    assert!(e.is_panic());
    println!("{e}");
}
#[test]
fn unobserved() {
    let rt = rt();
    rt.block_on(async {
        drop(airmail::spawn(async { panic!("boom") }));
        let h = airmail::spawn(async { 1 });
        h.await.unwrap();
    });
}
#[test]
fn foreign() {
    let rt = rt();
    let h = rt.handle().clone();
    let t = std::thread::spawn(move || {
        let j: Vec<_> = (0..100).map(|i| h.spawn(async move { i })).collect();
        h.block_on(async {
            let mut s = 0;
            for j in j {
                s += j.await.unwrap();
            }
            s
        })
    });
    rt.block_on(async {
        let (tx, rx) = std::sync::mpsc::channel::<()>();
        drop(tx);
        let _ = rx;
        std::future::poll_fn(move |cx| {
            if t.is_finished() {
                std::task::Poll::Ready(())
            } else {
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            }
        })
        .await
    });
}
#[test]
fn local_set() {
    let rt = rt();
    let ls = LocalSet::new();
    let r = Rc::new(5);
    assert_eq!(
        ls.block_on(&rt, async {
            let r2 = r.clone();
            airmail::task::spawn_local(async move { *r2 + 1 }).await.unwrap()
        }),
        6
    );
}
#[test]
fn drop_idle() {
    let rt = rt();
    let h: Vec<_> = (0..1000).map(|_| rt.spawn(std::future::pending::<()>())).collect();
    rt.block_on(async { airmail::spawn(async {}).await.unwrap() });
    drop(rt);
    let rt2 = self::rt();
    rt2.block_on(async {
        for h in h {
            assert!(h.await.unwrap_err().is_cancelled());
        }
    });
}
#[test]
fn two_threads() {
    let rt = std::sync::Arc::new(rt());
    let ts: Vec<_> = (0..4)
        .map(|i| {
            let rt = rt.clone();
            std::thread::spawn(move || {
                for k in 0..1000 {
                    assert_eq!(
                        rt.block_on(async { airmail::spawn(async move { i + k }).await.unwrap() }),
                        i + k
                    );
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
}
#[test]
#[should_panic(expected = "inside the `block_on` at")]
fn nested() {
    let rt = rt();
    rt.block_on(async { rt.block_on(async {}) });
}
