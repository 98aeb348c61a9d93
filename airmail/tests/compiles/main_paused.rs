//! On one thread, of either flavor.
#[airmail::main(start_paused = true, flavor = "current_thread")]
async fn main() {
    local();
}

#[airmail::main(start_paused = true, flavor = "local")]
async fn local() {}
