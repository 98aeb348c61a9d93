impl Pool {
    fn put(&self, connection: u32) {
        let mut state = self.0.lock().unwrap();
        state.idle.push(connection);
        // Some of them may have gone. Who is woken in vain waits again.
        for waiting in state.waiting.drain(..) {
            waiting.wake();
        }
    }
}
