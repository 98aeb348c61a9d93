//! 6:30: error[E0277]: the trait bound `u32: Termination` is not satisfied
//! What no test may return.
fn main() {}

#[airmail::test]
async fn letters_arrive() -> u32 {
    7
}
