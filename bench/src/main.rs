use std::future::Future;
use std::time::Instant;
use std::pin::Pin;
use std::task::{Context, Poll};

struct SelfWake(u32);
impl Future for SelfWake { type Output = (); fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> { if self.0 == 0 { return Poll::Ready(()) } self.0 -= 1; cx.waker().wake_by_ref(); Poll::Pending } }

use std::sync::{Arc, Mutex};
use std::task::Waker;
#[derive(Default)]
struct Table { turn: std::sync::atomic::AtomicU32, wakers: [Mutex<Option<Waker>>; 2] }
struct Player { table: Arc<Table>, me: u32, left: u32 }
impl Future for Player { type Output = (); fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
  use std::sync::atomic::Ordering::*;
  loop {
    if self.left == 0 { return Poll::Ready(()) }
    if self.table.turn.load(Acquire) % 2 == self.me {
        self.left -= 1;
        self.table.turn.fetch_add(1, Release);
        let w = self.table.wakers[1 - self.me as usize].lock().unwrap().take();
        if let Some(w) = w { w.wake() }
    } else {
        *self.table.wakers[self.me as usize].lock().unwrap() = Some(cx.waker().clone());
        if self.table.turn.load(Acquire) % 2 == self.me { continue }
        return Poll::Pending;
    }
  }
} }
const N: u32 = 100_000;
macro_rules! work { ($name:ident, $rt:ty, $spawn:path) => {
  mod $name { use super::*;
    pub fn spawn_join(rt: &$rt) -> f64 { let t = Instant::now(); rt.block_on(async { for i in 0..N { assert_eq!($spawn(async move { i }).await.unwrap(), i); } }); t.elapsed().as_nanos() as f64 / N as f64 }
    pub fn batch(rt: &$rt) -> f64 { let t = Instant::now(); rt.block_on(async { for _ in 0..N/1000 { let v: Vec<_> = (0..1000u32).map(|i| $spawn(async move { i })).collect(); for h in v { h.await.unwrap(); } } }); t.elapsed().as_nanos() as f64 / N as f64 }
    pub fn self_wake(rt: &$rt) -> f64 { let t = Instant::now(); rt.block_on(async { $spawn(SelfWake(N)).await.unwrap() }); t.elapsed().as_nanos() as f64 / N as f64 }
    pub fn ping_pong(rt: &$rt) -> f64 { let t = Instant::now(); rt.block_on(async { let table = Arc::new(Table::default()); let a = $spawn(Player { table: table.clone(), me: 0, left: N / 2 }); let b = $spawn(Player { table, me: 1, left: N / 2 }); a.await.unwrap(); b.await.unwrap(); }); t.elapsed().as_nanos() as f64 / N as f64 }
  } } }
work!(air, airmail::runtime::Runtime, airmail::spawn);
work!(tok, tokio::runtime::Runtime, tokio::spawn);
fn main() {
  if let Some(which) = std::env::args().nth(1) { let a = airmail::runtime::Builder::new_current_thread().build().unwrap(); let f = match &*which { "sj" => air::spawn_join, "b" => air::batch, "sw" => air::self_wake, _ => air::ping_pong }; let n: usize = std::env::args().nth(2).unwrap().parse().unwrap(); for _ in 0..n { f(&a); } return }

  let a = airmail::runtime::Builder::new_current_thread().build().unwrap();
  let t = tokio::runtime::Builder::new_current_thread().build().unwrap();
  let rows: [(&str, fn(&airmail::runtime::Runtime) -> f64, fn(&tokio::runtime::Runtime) -> f64); 4] = [("spawn_join", air::spawn_join, tok::spawn_join), ("batch", air::batch, tok::batch), ("self_wake", air::self_wake, tok::self_wake), ("ping_pong", air::ping_pong, tok::ping_pong)];
  for (name, fa, ft) in rows {
    let (mut va, mut vt) = (vec![], vec![]);
    for _ in 0..15 { va.push(fa(&a)); vt.push(ft(&t)); }
    va.sort_by(f64::total_cmp); vt.sort_by(f64::total_cmp);
    println!("{name:12} airmail {:7.1} ns  tokio {:7.1} ns  ratio {:.2}", va[7], vt[7], va[7]/vt[7]);
  }
}
