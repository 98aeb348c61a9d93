//! Where there is no such limit.

pub(super) fn many_files() {}
