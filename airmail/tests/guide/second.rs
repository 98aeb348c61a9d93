impl Pool {
    fn put(&self, connection: u32) {
        let mut state = self.0.lock().unwrap();
        state.idle.push(connection);
        if let Some(first) = state.waiting.pop_front() {
            first.wake();
        }
    }
}
