//! `task_local!` takes keys without values
//! A key has no value by itself.
airmail::task_local! {
    static STAMP: u32 = 5;
}

fn main() {}
