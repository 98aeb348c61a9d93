//! scratch
use std::{future::Future,pin::Pin,task::{Context,Poll}};
struct Big([u8; 1<<20], bool);
impl Future for Big { type Output=u32; fn poll(mut self: Pin<&mut Self>, cx:&mut Context<'_>)->Poll<u32>{ if self.1 { Poll::Ready(u32::from(self.0[0])+u32::from(self.0[(1<<20)-1])) } else { self.1=true; cx.waker().wake_by_ref(); Poll::Pending } } }
fn big()->Big{Big([1;1<<20],false)}
fn main(){
 let kib: usize = std::env::args().nth(1).unwrap().parse().unwrap();
 let how = std::env::args().nth(2).unwrap();
 std::thread::Builder::new().stack_size(kib<<10).spawn(move||{
  let rt=airmail::runtime::Builder::new_current_thread().build().unwrap();
  match &*how { "handle" => { let t=rt.spawn(big()); rt.block_on(t).unwrap(); }
   "make" => { let b=big(); std::hint::black_box(&b); }
   "box" => { let b=Box::new(big()); std::hint::black_box(&b); }
   "drop" => { drop(rt.spawn(big())); }
   "free" => { let _g=rt.enter(); let t=airmail::spawn(big()); rt.block_on(t).unwrap(); }
   "refused" => { let h=rt.handle().clone(); drop(rt); drop(h.spawn(big())); }
   _=>{} }
 }).unwrap().join().unwrap();
}
