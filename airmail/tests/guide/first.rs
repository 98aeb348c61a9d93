impl Pool {
    fn put(&self, connection: u32) {
        let mut state = self.0.lock().unwrap();
        let was_empty = state.idle.is_empty();
        state.idle.push(connection);
        // If the pool was not empty, nobody waits.
        if was_empty && let Some(first) = state.waiting.pop_front() {
            first.wake();
        }
    }
}
